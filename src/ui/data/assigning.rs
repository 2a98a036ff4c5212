//! Who is to read which images: a plan to be asked for, what would come of it, and how far the readers are.

use crate::domain::{AssignmentPlan, AssignmentState, ReadingMode, Reads, Split, Strata};
use crate::session::{
    AssigningCommand, AssignmentPreview, AssignmentView, ChosenImages, CountedPart, ProjectCommand, ProjectView,
    ReaderProgress, ReadingsAsked, reading_progress,
};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle, Cell, Column, Table};
use egui::{Label, Ui};

/// Of the names of what is asked, in points.
const WIDTH: f32 = 150.0;
const CHOICES: [(&str, ChosenImages); 5] = [
    ("All images", ChosenImages::All),
    ("Train", ChosenImages::Of(Split::Train)),
    ("Validation", ChosenImages::Of(Split::Validation)),
    ("Test", ChosenImages::Of(Split::Test)),
    ("What the queue shows", ChosenImages::Shown),
];

/// What is typed.
pub(super) struct State {
    is_open: bool,
    readers: String,
    images: ChosenImages,
    sample: usize,
    doubled: bool,
    each: usize,
    share: u8,
    honeypots_shown: bool,
    plan: AssignmentPlan,
}

impl Default for State {
    fn default() -> Self {
        Self {
            is_open: false,
            readers: String::new(),
            images: ChosenImages::All,
            sample: 0,
            doubled: false,
            each: 1,
            share: 20,
            honeypots_shown: false,
            plan: AssignmentPlan::default(),
        }
    }
}

impl State {
    fn asked(&self) -> ReadingsAsked {
        let readers = self.readers.split(',').map(|name| name.trim().to_owned()).collect();
        let reads = if self.doubled { Reads::Doubled(self.share) } else { Reads::Each(self.each) };
        ReadingsAsked {
            plan: AssignmentPlan { readers, reads, ..self.plan.clone() },
            images: self.images,
            sample: Some(self.sample).filter(|sample| *sample > 0),
            honeypots_shown: self.honeypots_shown,
        }
    }
}

/// Shows it.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    let Some(plans) = &project.data.assigning.plans else {
        // Counted only while somebody looks.
        cx.commands.push(ProjectCommand::Assigning(AssigningCommand::Count).into());
        return;
    };
    widgets::section(ui, theme, "Assigned reading");
    let text = "Gives each reader a list of images of the reader's own, in an order of its own. Readers do not see why an image \
                is in it: whether its truth is known, it comes again, or somebody else reads it, too.";
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    for plan in plans.iter() {
        ui.add_space(space::S);
        of_plan(ui, cx, project, plan);
    }
    ui.add_space(space::S);
    if !state.is_open {
        let button = Button::new("Assign reading…").enabled(project.read_only.is_none() && !project.rows.is_empty());
        state.is_open = button.ui(ui, theme).clicked();
        return;
    }
    form(ui, cx, state);
    match &project.data.assigning.preview {
        Some(Ok(preview)) => planned(ui, cx, project, preview, state),
        Some(Err(why)) => _ = ui.add(Label::new(widgets::body(theme, sentence(why)).color(theme.warning)).wrap()),
        None => {}
    }
}

/// With a capital and a full stop.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

fn form(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State) {
    let theme = cx.theme;
    let line = |ui: &mut Ui, name: &str, help: &str, add: &mut dyn FnMut(&mut Ui)| {
        widgets::labelled(ui, theme, name, WIDTH, help, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                add(ui);
            });
        });
    };
    line(ui, "Readers", "Names, with commas between: as they are signed with.", &mut |ui| {
        widgets::text_field(ui, theme, &mut state.readers, "Who reads", "Ann, Ben", 320.0);
    });
    line(ui, "Images", "", &mut |ui| {
        let names = CHOICES.map(|(name, _)| name);
        let chosen = CHOICES.iter().position(|(_, images)| *images == state.images);
        if let Some((_, images)) = widgets::segmented(ui, theme, &names, chosen).and_then(|at| CHOICES.get(at)) {
            state.images = *images;
        }
    });
    line(ui, "Only so many", "Drawn from these by the seed; 0 for all.", &mut |ui| {
        widgets::number(ui, &mut state.sample, "Only so many images", 0..=1_000_000, 1.0, 80.0);
    });
    line(ui, "Readings", "", &mut |ui| {
        let chosen = Some(usize::from(state.doubled));
        if let Some(at) = widgets::segmented(ui, theme, &["The same for each image", "A share by two"], chosen) {
            state.doubled = at == 1;
        }
        match state.doubled {
            false => _ = widgets::number(ui, &mut state.each, "Readers of each image", 1..=20, 0.1, 60.0),
            true => {
                widgets::number(ui, &mut state.share, "Percent that two read", 0..=100, 0.5, 60.0);
                ui.label(widgets::caption(theme, "%"));
            }
        }
    });
    let help = "Each reader gets so many images of the own list a second time, at least so many others later. Of use where \
                readers read blind or before the reveal.";
    line(ui, "Repeats", help, &mut |ui| {
        widgets::number(ui, &mut state.plan.repeats, "Repeats of each reader", 0..=10_000, 0.5, 60.0);
        ui.label(widgets::caption(theme, "images between at least"));
        widgets::number(ui, &mut state.plan.gap, "Images between two readings", 1..=10_000, 0.5, 60.0);
    });
    let help = "Images with a reviewed label that none of these readers had a part in. Every reader gets them.";
    line(ui, "Honeypots", help, &mut |ui| {
        widgets::number(ui, &mut state.plan.honeypots, "Honeypots", 0..=10_000, 0.5, 60.0);
        widgets::check(ui, &mut state.honeypots_shown, "Only of what the queue shows");
    });
    line(ui, "Even out", "Each reader gets as many of each, give or take one.", &mut |ui| {
        let names = Strata::ALL.map(|strata| match strata {
            Strata::None => "Nothing",
            Strata::Class => "By class",
            Strata::Uncertainty => "By uncertainty",
        });
        let chosen = Strata::ALL.iter().position(|strata| *strata == state.plan.strata);
        if let Some(strata) = widgets::segmented(ui, theme, &names, chosen).and_then(|at| Strata::ALL.get(at)) {
            state.plan.strata = *strata;
        }
    });
    let help = "Its readers read so until it ends, whatever they chose before. Without the model and the others in sight, honeypots and \
                repeats tell most.";
    line(ui, "Read", help, &mut |ui| {
        let names = ["As each chose"].into_iter().chain(ReadingMode::ALL.map(ReadingMode::name)).collect::<Vec<_>>();
        let ways = || [None].into_iter().chain(ReadingMode::ALL.map(Some));
        let chosen = ways().position(|way| way == state.plan.reading);
        if let Some(way) = widgets::segmented(ui, theme, &names, chosen).and_then(|at| ways().nth(at)) {
            state.plan.reading = way;
        }
    });
    let help = "Lists then differ in length by up to the images of a patient, and are not evened out.";
    line(ui, "Patients", help, &mut |ui| {
        widgets::check(ui, &mut state.plan.patients_together, "All images of a patient to the same readers");
    });
    line(ui, "Seed", "The same images, readers and seed give the same lists.", &mut |ui| {
        widgets::number(ui, &mut state.plan.seed, "Seed of the lists", 0..=u64::from(u32::MAX), 1.0, 90.0);
    });
    ui.horizontal(|ui| {
        let named = state.readers.split(',').any(|name| !name.trim().is_empty());
        let show = Button::new("Show the lists").style(ButtonStyle::Primary).enabled(named);
        if show.ui(ui, theme).clicked() {
            cx.send(ProjectCommand::Assigning(AssigningCommand::Plan(Box::new(state.asked()))));
        }
        if Button::new("Leave it").name("Assign nothing").style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
            state.is_open = false;
            cx.send(ProjectCommand::Assigning(AssigningCommand::Dismiss));
        }
    });
}

fn planned(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    preview: &AssignmentPreview,
    state: &mut State,
) {
    let theme = cx.theme;
    ui.add_space(space::S);
    let text = format!(
        "{} to be read, {} of them by two or more.",
        phrases::count(preview.images, "image", "images"),
        phrases::thousands(preview.shared)
    );
    ui.label(widgets::strong(theme, text));
    let strata = if preview.by_stratum.len() > 1 { preview.by_stratum.as_slice() } else { &[] };
    let mut columns = vec![Column::left("Reader")];
    columns.extend(["Readings", "Honeypots", "Repeats", "Read already"].map(Column::right));
    columns.extend(strata.iter().map(|(name, _)| Column::right(name.clone())));
    let row = |(at, one): (usize, &crate::session::ReaderShare)| {
        let mut cells = vec![Cell::strong(one.name.clone())];
        let counts = [one.readings, one.honeypots, one.repeats, one.read];
        let of_strata = strata.iter().map(|(_, counts)| counts.get(at).copied().unwrap_or_default());
        cells.extend(counts.into_iter().chain(of_strata).map(|count| Cell::new(phrases::thousands(count))));
        cells
    };
    let rows = preview.readers.iter().enumerate().map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
    for remark in &preview.remarks {
        ui.add(Label::new(widgets::body(theme, remark).color(theme.warning)).wrap());
    }
    let assign = Button::new("Assign them").style(ButtonStyle::Primary).enabled(project.read_only.is_none());
    if assign.ui(ui, theme).clicked() {
        state.is_open = false;
        cx.send(ProjectCommand::Assigning(AssigningCommand::Assign));
    }
}

fn of_plan(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, plan: &AssignmentView) {
    let theme = cx.theme;
    let state = match plan.state {
        AssignmentState::Open => "Open",
        AssignmentState::Ended => "Ended",
    };
    let text = format!("{state}, made {} by {}: {}.", plan.made, plan.by, plan.summary());
    ui.add(Label::new(widgets::body(theme, text)).wrap());
    let mut columns = vec![Column::left("Reader"), Column::left("Read")];
    let tested = plan.plan.honeypots + plan.plan.repeats > 0;
    if tested {
        columns.extend(["Right on honeypots", "Same when read again", "Cohen's kappa"].map(Column::right));
    }
    let rows = plan.readers.iter().map(|one| row(one, tested)).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
    ui.horizontal(|ui| {
        let writable = project.read_only.is_none();
        let mut to = |ui: &mut Ui, text: &str, name: &str, tip: &str, state: Option<AssignmentState>| {
            let button = Button::new(text).name(name).style(ButtonStyle::Quiet).enabled(writable);
            if button.tooltip(tip).ui(ui, theme).clicked() {
                cx.send(ProjectCommand::Assigning(AssigningCommand::Set { digest: plan.digest.clone(), state }));
            }
        };
        match plan.state {
            AssignmentState::Open => {
                let tip = "Readers no longer start in their lists; what was read stays";
                to(ui, "End", "End the plan of readings", tip, Some(AssignmentState::Ended));
            }
            AssignmentState::Ended => {
                let tip = "Readers start in their lists again";
                to(ui, "Open again", "Open the plan of readings again", tip, Some(AssignmentState::Open));
            }
        }
        to(ui, "Delete", "Delete the plan of readings", "What was read stays; undo brings the plan back", None);
    });
}

fn row(one: &ReaderProgress, tested: bool) -> Vec<Cell> {
    let mut cells = vec![Cell::strong(one.name.clone()), Cell::new(reading_progress(one.read, one.total, one.left_ms))];
    if tested {
        let honeypots = Cell::new(share(one.honeypots));
        cells.push(match one.honeypots_in_sight {
            0 => honeypots,
            more => honeypots.hint(format!("{more} more were read with the label in sight and are not counted")),
        });
        cells.push(Cell::new(share(one.repeats.equal)));
        cells.push(Cell::new(one.repeats.kappa.map_or_else(|| "not defined".to_owned(), phrases::plain)));
    }
    cells
}

/// "3 of 5 (0.23 to 0.88)".
fn share(part: CountedPart) -> String {
    match part.interval {
        Some([low, high]) => format!("{} of {} ({low:.2} to {high:.2})", part.count, part.of),
        None => "none".to_owned(),
    }
}
