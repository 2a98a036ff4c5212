//! Studies: some images are shown with a wrong answer of the model, to see how far readers follow it.

use super::open;
use crate::session::{CountedPart, ImageSet, ProjectCommand, ProjectView, StudyCommand, StudyReader, StudyView};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle, Cell, Column, Table};
use egui::{Label, Ui};
use std::sync::Arc;

/// What is typed.
pub(super) struct State {
    images: usize,
    seed: u64,
}

impl Default for State {
    fn default() -> Self {
        Self { images: 20, seed: 1 }
    }
}

/// Shows it.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Study with planted answers");
    let text = "While a study runs, some images whose class is known are shown with a wrong answer of the model, to see how often \
                readers follow it; a study plants classes, neither findings nor boxes. Everybody sees that one runs, and which \
                images they were is said at its end. What the model said stays as it is; heat maps, Evaluate, training, reports and \
                exports wait until then, and training leaves out what was labelled as planted until it is said again.";
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    let text = "Have readers read with the reveal after the commit (the reader's menu at the top right): who reads assisted sees \
                the class that is known beside the planted one.";
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    let writable = project.read_only.is_none();
    ui.horizontal_wrapped(|ui| {
        if project.study {
            let end = Button::new("End the study").style(ButtonStyle::Primary).enabled(writable);
            if end.ui(ui, theme).clicked() {
                cx.send(ProjectCommand::Study(StudyCommand::End));
            }
            return;
        }
        ui.label(widgets::body(theme, "Images"));
        widgets::number(ui, &mut state.images, "Images with a planted answer", 1..=10_000, 0.5, 60.0);
        ui.label(widgets::body(theme, "Seed"));
        widgets::number(ui, &mut state.seed, "Seed of the study", 0..=u64::from(u32::MAX), 1.0, 90.0);
        let start = Button::new("Start a study").enabled(writable && project.active.is_some());
        if start.ui(ui, theme).clicked() {
            cx.send(ProjectCommand::Study(StudyCommand::Begin { images: state.images, seed: state.seed }));
        }
    });
    for study in project.data.studies.iter().flat_map(|studies| studies.iter()) {
        ui.add_space(space::S);
        of_study(ui, cx, study);
    }
}

fn of_study(ui: &mut Ui, cx: &mut PanelContext<'_>, study: &StudyView) {
    let theme = cx.theme;
    let planted = phrases::count(study.planted, "image", "images");
    let (began, by, model) = (&study.began, &study.by, &study.model);
    let text = match &study.ended {
        None if study.here => format!("Runs since {began} (by {by}, {model}): a wrong answer is planted in {planted}."),
        None => format!("Runs in another copy since {began} (by {by}, {model})."),
        Some(ended) => {
            let read = phrases::thousands(study.read);
            let copy = if study.here { "" } else { ", in another copy" };
            format!(
                "From {began} to {ended} (by {by}, {model}, seed {}{copy}): a wrong answer was planted in {planted}, of which \
                 {read} were read.",
                study.seed
            )
        }
    };
    ui.add(Label::new(widgets::body(theme, text)).wrap());
    if let Some(why) = &study.unreadable {
        let text = format!(
            "Which images they were is not known: {why}. A merge with a copy that has the list brings it back."
        );
        ui.add(Label::new(widgets::body(theme, text)).wrap());
    }
    if !study.readers.is_empty() {
        let columns = vec![Column::left("Reader"), Column::right("Followed planted answers")];
        let row = |one: &StudyReader| vec![Cell::strong(one.reader.clone()), Cell::new(share(one.followed))];
        let rows = study.readers.iter().map(row).collect();
        Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
    }
    ui.horizontal_wrapped(|ui| {
        let sets = [
            ("with a planted answer", &study.images, ButtonStyle::Plain),
            ("to read again: the label follows a planted answer", &study.unconfirmed, ButtonStyle::Primary),
        ];
        for (title, images, style) in sets.into_iter().filter(|(_, images, _)| !images.is_empty()) {
            let text = format!("{} {title}", phrases::count(images.len(), "image", "images"));
            if Button::new(&text).style(style).ui(ui, theme).clicked() {
                open(cx, ImageSet { title: title.to_owned(), images: Arc::clone(images) });
            }
        }
    });
    if !study.unconfirmed.is_empty() {
        let text = "Training leaves these out until their label is said again.";
        ui.add(Label::new(widgets::caption(theme, text)).wrap());
    }
}

/// "3 of 5 (0.23 to 0.88)".
fn share(part: CountedPart) -> String {
    match part.interval {
        Some([low, high]) => format!("{} of {} ({low:.2} to {high:.2})", part.count, part.of),
        None => "none".to_owned(),
    }
}
