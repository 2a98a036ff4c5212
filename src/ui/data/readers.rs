//! How far the readers agree: all together, every two, and the images behind each cell.

use super::{adjudication, influence, open, over_time, readings};
use crate::domain::performance::Estimate;
use crate::session::{
    Agreement, AskedOfReaders, DataState, ImageSet, PairOfBoxes, PairOfReaders, ProjectCommand, ProjectView, Unblinded,
    WhichReadings,
};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle, Cell, Column, Table};
use egui::Ui;
use std::sync::Arc;

/// Which of what is asked, and which two readers, are looked at.
#[derive(Default)]
pub(super) struct State {
    asked: usize,
    pair: usize,
    boxes: usize,
    repeats: usize,
    /// Whose times are drawn.
    times: usize,
    which: WhichReadings,
    /// A rule takes students' words, too.
    with_students: bool,
}

/// Shows it, once it was compared.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    match &project.data.readers_state {
        DataState::Wanted if !project.rows.is_empty() => {
            cx.commands.push(ProjectCommand::CompareReaders(state.which).into());
        }
        // Others were asked for while these were compared.
        DataState::Done if project.data.readers.as_ref().is_some_and(|found| found.which != state.which) => {
            cx.commands.push(ProjectCommand::CompareReaders(state.which).into());
        }
        DataState::Ended(why) => {
            widgets::card(ui, theme, |ui| {
                ui.label(widgets::strong(theme, "The readers were not compared").color(theme.warning));
                ui.add(egui::Label::new(widgets::body(theme, format!("Because {why}."))).wrap());
                if Button::new("Compare the readers").ui(ui, theme).clicked() {
                    cx.send(ProjectCommand::CompareReaders(state.which));
                }
            });
        }
        DataState::Wanted | DataState::Running | DataState::Done => {}
    }
    let Some(agreement) = project.data.readers.clone() else {
        if project.data.readers_state == DataState::Running {
            ui.label(widgets::caption(theme, "Comparing the readers…"));
        }
        return;
    };
    widgets::card(ui, theme, |ui| people(ui, cx, project, &agreement, state));
    if let Some(asked) = agreement.asked.get(state.asked).or(agreement.asked.first()) {
        widgets::card(ui, theme, |ui| together(ui, cx, project, &agreement, asked, state));
    }
    if !agreement.repeats.is_empty() {
        let chosen = &mut state.repeats;
        widgets::card(ui, theme, |ui| readings::repeats(ui, cx, project, &agreement.repeats, chosen));
    }
    if !agreement.box_repeats.is_empty() {
        widgets::card(ui, theme, |ui| readings::box_repeats(ui, cx, project, &agreement.box_repeats));
    }
    if !agreement.asked.is_empty() || !agreement.boxes.is_empty() {
        widgets::card(ui, theme, |ui| adjudication::show(ui, cx, project, &mut state.with_students));
    }
    if influence::is_there(&agreement.influences) {
        widgets::card(ui, theme, |ui| influence::show(ui, cx, &agreement.influences, &mut state.times));
    }
    if !agreement.boxes.is_empty() {
        widgets::card(ui, theme, |ui| boxes(ui, cx, project, &agreement, state));
    }
}

fn wrapped(ui: &mut Ui, cx: &PanelContext<'_>, text: impl Into<String>) {
    ui.add(egui::Label::new(widgets::caption(cx.theme, text)).wrap());
}

/// The way to what others said elsewhere.
fn merge(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        let writable = project.read_only.is_none();
        widgets::action_button(ui, cx, Action::Merge, Some("Merge another copy…"), ButtonStyle::Plain, writable);
        wrapped(
            ui,
            cx,
            "What its readers say of the same images stands beside what is said here, and comes into force where nobody here has \
             reviewed; its log is kept whole. A copy of this project is kept before: there is no undo.",
        );
    });
}

fn people(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, agreement: &Agreement, state: &mut State) {
    widgets::section(ui, cx.theme, "Readers");
    if agreement.readers.is_empty() {
        merge(ui, cx, project);
        return wrapped(
            ui,
            cx,
            "Nobody has said anything of an image yet. What an import says without naming a reader is nobody's reading.",
        );
    }
    readings::choice(ui, cx, agreement, &mut state.which);
    let known = |name: &str| project.data.described.get(name);
    let row = |one: &crate::session::ReaderRead| {
        vec![
            Cell::strong(one.name.clone()),
            Cell::new(known(&one.name).map_or("", |known| known.role.name())),
            qualified(known(&one.name).map_or("", |known| known.qualification.as_str())),
            Cell::new(if one.imported { "imported" } else { "here" }),
            Cell::new(phrases::thousands(one.images)),
        ]
    };
    let columns = vec![
        Column::left("Reader"),
        Column::left("Role"),
        Column::left("Qualification"),
        Column::left("Read"),
        Column::right("Images"),
    ];
    let rows = agreement.readers.iter().map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, cx.theme);
    merge(ui, cx, project);
    if agreement.asked.is_empty() && agreement.boxes.is_empty() {
        wrapped(
            ui,
            cx,
            "No image was read by two of them, so there is nothing to compare. Change the reader in the top bar and read some \
             images again, or merge a copy in which somebody else has read them.",
        );
    }
}

/// A qualification as far as there is room for it, whole as a hint.
fn qualified(text: &str) -> Cell {
    const ROOM: usize = 60;
    match text.char_indices().nth(ROOM) {
        Some((end, _)) => Cell::new(format!("{}…", text.get(..end).unwrap_or(text))).hint(text.to_owned()),
        None => Cell::new(text),
    }
}

/// "0.71 (0.60 to 0.80)".
pub(super) fn figure(estimate: &Estimate) -> String {
    match (estimate.value, estimate.interval) {
        (None, _) => "not defined".to_owned(),
        (Some(value), None) => phrases::plain(value),
        (Some(value), Some([low, high])) => {
            format!("{} ({} to {})", phrases::plain(value), phrases::plain(low), phrases::plain(high))
        }
    }
}

pub(super) fn estimated(estimate: &Estimate) -> Cell {
    Cell::new(figure(estimate)).hint(estimate.why.clone().unwrap_or_default())
}

fn together(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    agreement: &Agreement,
    asked: &AskedOfReaders,
    state: &mut State,
) {
    let theme = cx.theme;
    let title = |asked: &AskedOfReaders| asked.finding.map(|finding| project.classes.name(finding));
    let head = title(asked).map_or_else(|| "Agreement on the class".to_owned(), |of| format!("Agreement on {of}"));
    widgets::section(ui, theme, &format!("{head} · {}", agreement.which.name()));
    if agreement.asked.len() > 1 {
        let names: Vec<String> = agreement.asked.iter().filter_map(title).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(at) = widgets::segmented(ui, theme, &names, Some(state.asked)) {
            // Of another finding other two may stand there.
            (state.asked, state.pair) = (at, 0);
        }
    }
    wrapped(
        ui,
        cx,
        format!(
            "{} read by two or more. Agreement is the share of pairs of readers who say the same; of all others 0 is what chance \
             would give and 1 is full agreement. {}",
            phrases::count(asked.shared, "image was", "images were"),
            if asked.all.iter().any(|one| one.estimate.interval.is_some()) {
                "In brackets 95 % intervals, made by drawing patients again, or images where no patient is known."
            } else {
                "There are too few patients, or images where no patient is known, for intervals."
            }
        ),
    );
    let row = |one: &crate::session::OfAllReaders| {
        vec![Cell::strong(one.coefficient.name(one.likeness)), estimated(&one.estimate)]
    };
    let columns = vec![Column::left("All readers"), Column::right("Value")];
    let rows = asked.all.iter().map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
    ui.add_space(space::S);
    let graded = asked.pairs.iter().any(|pair| pair.agreement.quadratic_kappa.is_some());
    let mut columns = vec![Column::left("Two readers"), Column::right("Images"), Column::right("Agreement")];
    columns.push(Column::right("Cohen's kappa"));
    columns.extend(graded.then(|| Column::right("Quadratic kappa")));
    columns.push(Column::right("Could see"));
    let row = |pair: &PairOfReaders| {
        let mut row = vec![
            Cell::strong(names(agreement, pair.readers)),
            Cell::new(phrases::thousands(pair.agreement.images)),
            estimated(&pair.agreement.agreement),
            estimated(&pair.agreement.kappa),
        ];
        row.extend(pair.agreement.quadratic_kappa.as_ref().map(estimated));
        row.push(could_see(pair.seen));
        row
    };
    let rows = asked.pairs.iter().map(row).collect();
    let chosen = state.pair.min(asked.pairs.len().saturating_sub(1));
    if let Some(at) = (Table { columns, rows, pressable: true, chosen: Some(chosen) }).ui(ui, theme) {
        state.pair = at;
    }
    said_of_seeing(ui, cx, asked.pairs.iter().map(|pair| pair.seen));
    if let Some(pair) = asked.pairs.get(chosen) {
        cells(ui, cx, agreement, asked, pair);
        over_time::show(ui, cx, asked, pair, &names(agreement, pair.readers));
    }
}

/// "12", "12, 40 not known".
fn could_see(seen: Unblinded) -> Cell {
    let text = match seen.not_known {
        0 => phrases::thousands(seen.could_see),
        not_known => format!("{}, {} not known", phrases::thousands(seen.could_see), phrases::thousands(not_known)),
    };
    Cell::new(text).hint(
        "Images on which the later of the two could see here what the other had said, and images that the later one read \
         elsewhere, of which that is not known: agreement on those tells less",
    )
}

fn said_of_seeing(ui: &mut Ui, cx: &PanelContext<'_>, mut seen: impl Iterator<Item = Unblinded>) {
    if seen.any(|seen| seen.could_see + seen.not_known > 0) {
        wrapped(
            ui,
            cx,
            "Where the later reader could see what the other had said, agreement is no independent second reading; of images \
             read elsewhere that is not known.",
        );
    }
}

fn names(agreement: &Agreement, pair: [usize; 2]) -> String {
    let name =
        |at: usize| agreement.readers.get(at).map_or_else(|| format!("reader {}", at + 1), |one| one.name.clone());
    let [one, other] = pair.map(name);
    format!("{one} and {other}")
}

/// What two readers said, as a table whose cells open their images.
fn cells(ui: &mut Ui, cx: &mut PanelContext<'_>, agreement: &Agreement, asked: &AskedOfReaders, pair: &PairOfReaders) {
    let theme = cx.theme;
    let name = |at: usize| agreement.readers.get(at).map_or("", |one| one.name.as_str());
    let [one, other] = pair.readers.map(name);
    ui.add_space(space::S);
    wrapped(ui, cx, format!("Rows: {one}. Columns: {other}. Press a number for its images."));
    let mut opened = None;
    egui::ScrollArea::horizontal().id_salt("what two readers said").show(ui, |ui| {
        egui::Grid::new("cells of two readers").spacing([space::S, space::XS]).show(ui, |ui| {
            ui.label("");
            for answer in &asked.answers {
                ui.label(widgets::caption(theme, answer));
            }
            ui.end_row();
            for ((row, said), of_row) in asked.answers.iter().enumerate().zip(&pair.cells) {
                ui.label(widgets::caption(theme, said));
                for ((column, other_said), images) in asked.answers.iter().enumerate().zip(of_row) {
                    let spoken = format!("{one} {said}, {other} {other_said}: {} images", images.len());
                    let style = if row == column { ButtonStyle::Quiet } else { ButtonStyle::Plain };
                    let count = phrases::thousands(images.len());
                    let button = Button::new(&count).name(spoken.clone()).style(style);
                    if button.enabled(!images.is_empty()).ui(ui, theme).clicked() {
                        opened = Some((spoken, images.clone()));
                    }
                }
                ui.end_row();
            }
        });
    });
    if let Some((title, images)) = opened {
        open(cx, ImageSet { title, images: Arc::new(images) });
    }
}

fn boxes(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, agreement: &Agreement, state: &mut State) {
    let theme = cx.theme;
    widgets::section(ui, theme, &format!("Agreement on boxes · {}", agreement.which.name()));
    wrapped(
        ui,
        cx,
        "Two boxes are the same where they are of one class and overlap by half of their union (IoU 0.5). F1 is twice the boxes \
         of both over all boxes of the two, so that neither reader is taken for the truth.",
    );
    let titles = ["Two readers", "Images", "F1", "Mean IoU", "Both drew", "First only", "Second only", "Other class"];
    let mut columns: Vec<Column> = titles.into_iter().map(Column::right).collect();
    if let Some(first) = columns.first_mut() {
        *first = Column::left("Two readers");
    }
    columns.push(Column::right("Could see"));
    let row = |pair: &PairOfBoxes| {
        let of = &pair.all;
        let counts = [of.both, of.only[0], of.only[1], of.other_class.unwrap_or_default()];
        let mut row = vec![
            Cell::strong(names(agreement, pair.readers)),
            Cell::new(phrases::thousands(of.images)),
            estimated(&of.f1),
            Cell::new(of.mean_iou.map_or_else(|| "none".to_owned(), phrases::plain)),
        ];
        row.extend(counts.map(|count| Cell::new(phrases::thousands(count))));
        row.push(could_see(pair.seen));
        row
    };
    let rows = agreement.boxes.iter().map(row).collect();
    let chosen = state.boxes.min(agreement.boxes.len().saturating_sub(1));
    if let Some(at) = (Table { columns, rows, pressable: true, chosen: Some(chosen) }).ui(ui, theme) {
        state.boxes = at;
    }
    said_of_seeing(ui, cx, agreement.boxes.iter().map(|pair| pair.seen));
    let Some(pair) = agreement.boxes.get(chosen) else { return };
    for (class, of) in &pair.by_class {
        let text = format!(
            "{}: F1 {}, {} by both, {} and {} by one alone",
            project.classes.name(*class),
            figure(&of.f1),
            of.both,
            of.only[0],
            of.only[1]
        );
        wrapped(ui, cx, text);
    }
    ui.horizontal(|ui| {
        let who = names(agreement, pair.readers);
        let [same, apart] = &pair.images;
        for (what, images) in [("drew other boxes", apart), ("drew the same boxes", same)] {
            let title = format!("{who} {what}");
            let text = format!("{}: {what}", phrases::count(images.len(), "image", "images"));
            if Button::new(&text)
                .name(format!("{title}: {} images", images.len()))
                .enabled(!images.is_empty())
                .ui(ui, theme)
                .clicked()
            {
                open(cx, ImageSet { title, images: Arc::new(images.clone()) });
            }
        }
    });
}
