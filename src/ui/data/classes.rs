//! The class list: names, colours, keys, examples, the order they are shown in, and what becomes of what was said of each.

use super::{State, class_line, class_place, images_of};
use crate::domain::class_list::{Class, ClassList};
use crate::session::{ClassLooks, Command, ProjectCommand, ProjectView};
use crate::ui::action::{Action, ReviewAction};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::summary::Summary;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle, ThumbnailCache};
use egui::Ui;

/// What was asked for in the lines of the list.
#[derive(Default)]
struct Asked {
    /// The last class is taken away.
    removed: Option<usize>,
    /// To be asked about first: a headline, what it comes to, what its button says, and what is sent then.
    fate: Option<(String, String, &'static str, Command)>,
    looks: Option<ClassLooks>,
}

/// What the lines are about.
struct Lines<'a> {
    project: &'a ProjectView,
    summary: &'a Summary,
    /// The list with what is typed, and how many classes it has.
    edited: &'a mut ClassList,
    count: usize,
    thumbnails: &'a mut ThumbnailCache,
}

/// Shows it.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    summary: &Summary,
    state: &mut State,
) {
    let theme = cx.theme;
    ui.spacing_mut().item_spacing.y = space::S;
    widgets::section(ui, theme, "Classes");
    let writable = project.read_only.is_none();
    let mut asked = Asked::default();
    ui.add_enabled_ui(writable, |ui| {
        let count = state.edited.classes.len();
        let (edited, thumbnails) = (&mut state.edited, &mut state.thumbnails);
        let mut lines = Lines { project, summary, edited, count, thumbnails };
        for (rank, index) in project.class_looks.order(count).into_iter().enumerate() {
            line(ui, cx, &mut lines, (rank, index), &mut asked);
        }
        let below = ui.horizontal_wrapped(|ui| {
            if Button::new("Add a class").ui(ui, theme).clicked() {
                let index = state.edited.classes.len();
                state.edited.classes.push(Class::at(index, &format!("Class {}", index + 1)));
            }
            if Button::new("Change the keys").style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
                cx.push(Action::ChangeKeys);
            }
            if !state.edited.findings {
                ui.checkbox(&mut state.edited.ordinal, widgets::body(theme, "Grades in this order"));
            }
        });
        let known = project.classes.len();
        if let Some(dragged) = class_place::dropped_below(ui, theme, &below.response).filter(|at| *at < known) {
            asked.looks = Some(project.class_looks.with_rank(known, dragged, known - 1));
        }
    });
    if let Some((title, text, button, command)) = asked.fate {
        cx.push(Action::Ask(title, text, button, command));
    }
    if let Some(looks) = asked.looks {
        cx.send(ProjectCommand::SetClassLooks(looks));
    }
    if let Some(index) = asked.removed {
        state.edited.classes.truncate(index);
    }
    if state.changed() {
        changed(ui, cx, project, state);
    }
}

/// A class: its place, how it looks, what it means, its key, its example, and what can be done with it.
fn line(ui: &mut Ui, cx: &PanelContext<'_>, lines: &mut Lines<'_>, (rank, index): (usize, usize), asked: &mut Asked) {
    let (theme, project) = (cx.theme, lines.project);
    let known = project.classes.len();
    let findings = lines.edited.findings;
    let ordinal = lines.edited.ordinal;
    let Some(class) = lines.edited.classes.get_mut(index) else { return };
    let shown = ui.horizontal_wrapped(|ui| {
        if index < known {
            let moved = class_place::controls(ui, cx, (rank, known), (index, &class.name), ordinal);
            asked.looks = moved.map(|rank| project.class_looks.with_rank(known, index, rank)).or(asked.looks.take());
        }
        class_line::looks(ui, class);
        widgets::text_field(ui, theme, &mut class.name, &format!("Name of class {}", index + 1), "name", 190.0);
        class_line::meaning(ui, theme, class);
        let key = cx.key(ReviewAction::Label(index));
        if !key.is_empty() && index < known {
            widgets::key_cap(ui, theme, &key);
        }
        let no_example = class_line::example(ui, cx, project, lines.thumbnails, (index, &class.name));
        asked.looks = no_example.then(|| project.class_looks.with_example(index, None)).or(asked.looks.take());
        // A finding is something to find.
        if !findings || class.negative {
            let text = widgets::body(theme, "Nothing to find");
            let negative = ui.checkbox(&mut class.negative, text).on_hover_text(
                "Models that draw boxes learn from this class's images without boxes that none is there",
            );
            widgets::named(negative, &format!("Nothing to find on images of {}", class.name));
        }
        let images = images_of(project, lines.summary, index);
        if let Some(images) = images {
            let count = widgets::caption(theme, phrases::count(images, "image", "images"));
            ui.add(egui::Label::new(count).extend());
        }
        // Only the last one, and only unused: the others' numbers are what labels and models refer to.
        let unused = images == Some(0) && index + 1 == lines.count && lines.count > 2;
        let remove = Button::new("Remove").name(format!("Remove {}", class.name)).style(ButtonStyle::Quiet);
        if unused && remove.ui(ui, theme).clicked() {
            asked.removed = Some(index);
        }
        if index < known && images != Some(0) {
            asked.fate = class_line::fate(ui, theme, project, index, images).or(asked.fate.take());
        }
    });
    let order = project.class_looks.order(known);
    let comes_before = |class: usize| order.iter().position(|place| *place == class).is_some_and(|at| at < rank);
    let dropped = class_place::dropped(ui, theme, &shown.response, comes_before);
    if let Some(dragged) = dropped.filter(|_| index < known) {
        asked.looks = Some(project.class_looks.with_rank(known, dragged, rank));
    }
}

/// What was typed is kept or taken back.
fn changed(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    let writable = project.read_only.is_none();
    let problem = state.problem();
    if state.edited.classes.len() != project.classes.len() {
        widgets::hint(
            ui,
            theme,
            "Models trained on the old list no longer fit a list of another length; train a new one.",
        );
    }
    ui.horizontal(|ui| {
        let save = Button::new("Save classes").style(ButtonStyle::Primary).enabled(problem.is_none() && writable);
        if save.ui(ui, theme).clicked() {
            cx.send(ProjectCommand::SetClasses(state.edited.clone()));
        }
        if Button::new("Undo changes").ui(ui, theme).clicked() {
            state.edited = (*project.classes).clone();
        }
        if let Some(problem) = problem {
            ui.label(widgets::caption(theme, problem).color(theme.warning));
        }
    });
}
