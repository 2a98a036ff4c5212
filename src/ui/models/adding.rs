//! Weights from elsewhere become a model: what the file was found to be, what a person says of it, and what would become of
//! it, before anything is taken in.

mod order;
mod preparation;

use crate::domain::{AnswerKind, Architecture};
use crate::session::{
    Fit, Outputs, ProjectCommand, ProjectView, Rule, Seen, WeightsAsked, WeightsFit, WeightsState, WeightsView,
};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::Ui;
use order::Order;
use std::path::Path;

const NAME_WIDTH: f32 = 130.0;
/// From this width on what follows stands beside what is said.
const TWO_COLUMNS: f32 = 1000.0;

/// What is said of the file that is looked at.
#[derive(Default)]
pub struct State {
    asked: WeightsAsked,
    /// What the session was asked last.
    sent: WeightsAsked,
    order: Order,
    /// As they are typed.
    mean: String,
    std: String,
}

impl State {
    /// Another file: all that was said was of the one before. Once it is known what it is, its outputs are listed.
    fn follow(&mut self, project: &ProjectView, view: &WeightsView) {
        if self.asked.file != view.asked.file {
            let asked = (*view.asked).clone();
            *self = Self { sent: asked.clone(), asked, ..Self::default() };
        }
        let fit = view.seen.as_deref().and_then(|seen| self.fit(seen));
        let boxes = self.network(view).is_some_and(Architecture::draws_boxes);
        self.order.follow(&project.classes, boxes, fit.and_then(|fit| fit.outputs));
    }

    /// How the file fits the network that is said, or that was told.
    fn fit<'a>(&self, seen: &'a Seen) -> Option<&'a Fit> {
        match &self.asked.network {
            Some(network) => seen.networks.iter().find(|fit| fit.architecture == *network),
            None => seen.network(),
        }
    }

    fn network<'a>(&'a self, view: &'a WeightsView) -> Option<&'a Architecture> {
        let told = || view.seen.as_deref()?.network().map(|fit| &fit.architecture);
        self.asked.network.as_ref().or_else(told)
    }

    /// A file says how pictures were prepared.
    pub fn prepare_as(&mut self, file: &Path) {
        self.asked.preparation.rule = Some(Rule::File(file.to_owned()));
    }

    /// What is said now.
    fn said(&self) -> WeightsAsked {
        WeightsAsked { classes: self.order.classes(), leave_out: self.order.left_out(), ..self.asked.clone() }
    }
}

/// Shows it.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    view: &WeightsView,
    state: &mut State,
) {
    state.follow(project, view);
    let theme = cx.theme;
    widgets::card(ui, theme, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        widgets::section(ui, theme, "A model from a file");
        let described = view.seen.as_ref().is_some_and(|seen| seen.described);
        ui.add(egui::Label::new(widgets::strong(theme, found(view))).wrap());
        let adding = view.state == WeightsState::Adding;
        let mut typing = false;
        if described || view.seen.is_none() {
            decision(ui, cx, view, state, described);
        } else if ui.available_width() < TWO_COLUMNS {
            ui.add_enabled_ui(!adding, |ui| typing = says(ui, cx, project, view, state));
            ui.add_space(space::XS);
            decision(ui, cx, view, state, described);
        } else {
            // What follows from what is said stands beside it, with the button in sight.
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing = egui::vec2(space::L, space::S);
                let width = (ui.available_width() - space::L) / 2.0;
                column(ui, width, |ui| {
                    ui.add_enabled_ui(!adding, |ui| typing = says(ui, cx, project, view, state));
                });
                column(ui, width, |ui| decision(ui, cx, view, state, described));
            });
        }
        // What is being typed is asked for once it is done.
        let said = state.said();
        if !described && view.seen.is_some() && !adding && !typing && said != state.sent {
            state.sent = said.clone();
            cx.commands.push(ProjectCommand::LookAtWeights(Box::new(said)).into());
        }
    });
}

/// A part of the width.
fn column(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    let layout = egui::Layout::top_down(egui::Align::Min);
    ui.allocate_ui_with_layout(egui::vec2(width, 0.0), layout, |ui| {
        ui.set_width(width);
        add(ui);
    });
}

/// What would become of the file, and the buttons that decide.
fn decision(ui: &mut Ui, cx: &mut PanelContext<'_>, view: &WeightsView, state: &State, described: bool) {
    let theme = cx.theme;
    ui.spacing_mut().item_spacing.y = space::S;
    if described || view.seen.is_none() || state.order.is_said() {
        outcome(ui, theme, view);
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let fits = matches!(view.state, WeightsState::Fits(_)) && (described || *view.asked == state.said());
        let ready = fits && (described || state.order.confirmed);
        let add = Button::new("Add the model").style(ButtonStyle::Primary).enabled(ready);
        if add.ui(ui, theme).clicked() {
            cx.send(ProjectCommand::AddWeights);
        }
        let leave = Button::new("Cancel").name("Leave the file alone");
        if leave.enabled(view.state != WeightsState::Adding).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::DismissWeights);
        }
        if fits && !ready {
            ui.label(widgets::caption(theme, "Say first that the order is that of its last layer."));
        }
    });
}

/// What the file was found to be.
fn found(view: &WeightsView) -> String {
    let file = view.asked.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(seen) = view.seen.as_deref() else { return file };
    if seen.described {
        return format!("{file} was written by Overread and says itself for what it is.");
    }
    match (seen.network(), seen.networks.first()) {
        (Some(fit), _) => {
            let outputs = fit.outputs.map(|outputs| phrases::count(outputs, "output", "outputs"));
            let channels = fit.channels.map(|channels| match channels {
                1 => "grey pictures (1 channel)".to_owned(),
                n => format!("pictures of {n} channels"),
            });
            let coral = fit.coral.then(|| "steps between grades (CORAL)".to_owned());
            let parts: Vec<String> = [outputs, channels, coral].into_iter().flatten().collect();
            format!("{file} holds weights of {}: {}.", fit.architecture.name(), parts.join(", "))
        }
        (None, Some(fit)) => format!(
            "{file} is of none of the networks here as it stands. Most alike is {}: {} of its {} tensors are there, and {} \
             that have no place in it.",
            fit.architecture.name(),
            fit.fitting,
            fit.of,
            fit.beside
        ),
        (None, None) => format!("{file} is of none of the networks here: none has half of its tensors."),
    }
}

/// What a person says of weights from elsewhere; whether something is being typed.
fn says(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, view: &WeightsView, state: &mut State) -> bool {
    let theme = cx.theme;
    let mut typing = false;
    widgets::labelled(ui, theme, "Name", NAME_WIDTH, "", |ui| {
        let field = widgets::text_field(ui, theme, &mut state.asked.name, "Name of the model", "name", 260.0);
        typing |= field.has_focus();
    });
    network(ui, theme, view, state);
    key(ui, theme, view, state);
    let fit = match &view.state {
        WeightsState::Fits(fit) => Some(&**fit),
        WeightsState::Looking | WeightsState::Refused(_) | WeightsState::Adding => None,
    };
    let boxes = state.network(view).is_some_and(Architecture::draws_boxes);
    if !boxes {
        outputs(ui, theme, project.classes.findings, state);
    }
    typing |= preparation::show(ui, cx, view, fit, state);
    order::show(ui, cx.theme, &project.classes, &mut state.order);
    typing
}

fn network(ui: &mut Ui, theme: &Theme, view: &WeightsView, state: &mut State) {
    let told = view.seen.as_deref().and_then(Seen::network).map(|fit| fit.architecture.name());
    let shown = match (&state.asked.network, told) {
        (Some(network), _) => network.name().to_owned(),
        (None, Some(told)) => format!("{told}, as its tensors say"),
        (None, None) => "choose one".to_owned(),
    };
    widgets::labelled(ui, theme, "Network", NAME_WIDTH, "", |ui| {
        widgets::drop_down(ui, theme, "Network", &shown, 260.0, |ui| {
            for network in Architecture::all() {
                let chosen = state.asked.network.as_ref() == Some(&network);
                if widgets::choice(ui, theme, network.name(), chosen) {
                    state.asked.network = Some(network);
                }
            }
        });
    });
}

/// Of a checkpoint that has weights more than once.
fn key(ui: &mut Ui, theme: &Theme, view: &WeightsView, state: &mut State) {
    let Some(seen) = view.seen.as_deref().filter(|seen| !seen.others.is_empty()) else { return };
    let help = "The file has as many weights under several names, such as averaged ones.";
    widgets::labelled(ui, theme, "Weights under", NAME_WIDTH, help, |ui| {
        widgets::drop_down(ui, theme, "Weights under", &seen.taken, 260.0, |ui| {
            for key in std::iter::once(&seen.taken).chain(&seen.others) {
                if widgets::choice(ui, theme, key, *key == seen.taken) {
                    state.asked.key = Some(key.clone());
                }
            }
        });
    });
}

/// What the rows of the last layer are.
fn outputs(ui: &mut Ui, theme: &Theme, findings: bool, state: &mut State) {
    let choices: &[(&str, Option<Outputs>)] = if findings {
        &[("a sigmoid for each finding", None)]
    } else {
        &[
            ("as their number says", None),
            ("one a class (softmax)", Some(Outputs::Softmax)),
            ("a single one (sigmoid)", Some(Outputs::Sigmoid)),
            ("steps between grades (CORN)", Some(Outputs::Corn)),
            ("steps between grades (CORAL)", Some(Outputs::Coral)),
        ]
    };
    let shown = choices.iter().find(|(_, outputs)| *outputs == state.asked.outputs).map_or("", |(text, _)| *text);
    widgets::labelled(ui, theme, "Outputs", NAME_WIDTH, "", |ui| {
        if findings {
            let size = egui::vec2(ui.available_width(), CONTROL_HEIGHT);
            let layout = egui::Layout::left_to_right(egui::Align::Center);
            ui.allocate_ui_with_layout(size, layout, |ui| ui.label(widgets::body(theme, shown)));
            return;
        }
        widgets::drop_down(ui, theme, "Outputs", shown, 260.0, |ui| {
            for (text, outputs) in choices {
                if widgets::choice(ui, theme, text, *outputs == state.asked.outputs) {
                    state.asked.outputs = *outputs;
                }
            }
        });
    });
}

/// What would become of it, or why nothing can.
fn outcome(ui: &mut Ui, theme: &Theme, view: &WeightsView) {
    match &view.state {
        WeightsState::Looking => {
            ui.label(widgets::caption(theme, "Looking at the weights…"));
        }
        WeightsState::Adding => {
            ui.label(widgets::caption(theme, "Adding the model…"));
        }
        WeightsState::Refused(why) => refused(ui, theme, why),
        WeightsState::Fits(fit) => fits(ui, theme, fit),
    }
}

/// A sentence, and where tensors do not fit a table of them under it.
fn refused(ui: &mut Ui, theme: &Theme, why: &str) {
    let why = in_the_window(why);
    let (sentence, table) = why.split_once('\n').unwrap_or((&why, ""));
    let end = if sentence.ends_with(['.', ':']) { "" } else { "." };
    let text = widgets::body(theme, format!("It cannot become a model so: {sentence}{end}")).color(theme.warning);
    ui.add(egui::Label::new(text).wrap());
    if table.is_empty() {
        return;
    }
    egui::ScrollArea::horizontal().id_salt("misfits").show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for line in table.lines() {
            let text = egui::RichText::new(line).font(crate::ui::fonts::monospace(12.0)).color(theme.muted);
            ui.add(egui::Label::new(text).extend());
        }
    });
}

fn fits(ui: &mut Ui, theme: &Theme, fit: &WeightsFit) {
    let what = match fit.answers {
        AnswerKind::Class | AnswerKind::Boxes => "classes",
        AnswerKind::Findings => "findings",
    };
    let order = fit.order.join(", ");
    let lines = [
        format!(
            "It fits: {} as {}, {what} in the order of its last layer: {order}.",
            fit.name,
            fit.architecture.name()
        ),
        format!("Pictures: {}; {}.", fit.preprocessing.sentence(), fit.preprocessing.greys.sentence()),
    ];
    for line in lines {
        ui.add(egui::Label::new(widgets::body(theme, line)).wrap());
    }
    for note in &fit.notes {
        ui.add(egui::Label::new(widgets::caption(theme, format!("Note: {}.", in_the_window(note)))).wrap());
    }
    for warning in &fit.warnings {
        let text = widgets::body(theme, format!("Look at it: {}.", in_the_window(warning))).color(theme.warning);
        ui.add(egui::Label::new(text).wrap());
    }
}

/// What sentences call by the command line's options, as it is called here.
const CALLED: [(&str, &str); 15] = [
    ("--preprocessing", "“Pictures”"),
    ("--resize", "“Size”"),
    ("--crop", "“Centre”"),
    ("--size", "“Size”"),
    ("--mean", "“Mean”"),
    ("--std", "“Deviation”"),
    ("--interpolation", "“Between pixels”"),
    ("--head", "“Outputs”"),
    ("--classes", "the list of outputs"),
    ("--leave-out", "“left out”"),
    ("--arch", "“Network”"),
    ("--key", "“Weights under”"),
    ("--channels", "the file"),
    ("`overread convert --to findings`", "“Convert” on the Data screen"),
    ("`overread train --weights`", "“Start from” on the Train screen"),
];

/// A sentence of the session with the names of what is on screen.
fn in_the_window(text: &str) -> String {
    CALLED.iter().fold(text.to_owned(), |text, (option, here)| text.replace(option, here))
}

/// The button that chooses a file.
pub(super) fn choose(ui: &mut Ui, cx: &mut PanelContext<'_>) {
    let writable = cx.read_only().is_none();
    widgets::action_button(ui, cx, Action::ImportModel, Some("Add from a file…"), ButtonStyle::Plain, writable);
}

#[cfg(test)]
mod tests {
    use super::in_the_window;

    #[test]
    fn sentences_name_what_is_on_screen_instead_of_options() {
        let said = in_the_window("for no --preprocessing was given; --mean and --std: use `overread train --weights`");
        assert_eq!(said, "for no “Pictures” was given; “Mean” and “Deviation”: use “Start from” on the Train screen");
    }
}
