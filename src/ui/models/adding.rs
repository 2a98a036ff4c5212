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
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::Ui;
use order::Order;
use std::path::Path;

const NAME_WIDTH: f32 = 130.0;

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
        if !described && view.seen.is_some() {
            ui.add_enabled_ui(!adding, |ui| typing = says(ui, cx, project, view, state));
        }
        ui.add_space(space::XS);
        outcome(ui, theme, view);
        ui.horizontal(|ui| {
            let fits = matches!(view.state, WeightsState::Fits(_)) && *view.asked == state.said();
            let ready = fits && (described || state.order.confirmed);
            let add = Button::new("Add the model").style(ButtonStyle::Primary).enabled(ready);
            if add.ui(ui, theme).clicked() {
                cx.send(ProjectCommand::AddWeights);
            }
            let leave = Button::new("Leave it").name("Leave the file alone").enabled(!adding);
            if leave.ui(ui, theme).clicked() {
                cx.send(ProjectCommand::DismissWeights);
            }
            if fits && !ready {
                ui.label(widgets::caption(theme, "Say first that the order above is that of its last layer."));
            }
        });
        // What is being typed is asked for once it is done.
        let said = state.said();
        if !described && view.seen.is_some() && !adding && !typing && said != state.sent {
            state.sent = said.clone();
            cx.send(ProjectCommand::LookAtWeights(Box::new(said)));
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
            let outputs = fit.outputs.map_or_else(String::new, |outputs| format!(", {outputs} outputs"));
            let channels = fit.channels.map_or_else(String::new, |channels| match channels {
                1 => ", for grey pictures (1 channel)".to_owned(),
                n => format!(", for pictures of {n} channels"),
            });
            let coral = if fit.coral { ", steps between grades (CORAL)" } else { "" };
            format!("{file} holds the weights of a {}{outputs}{channels}{coral}.", fit.architecture.name())
        }
        (None, Some(fit)) => format!(
            "{file} is of none of the networks here as it stands. Most alike is {}: {} of its {} tensors are there.",
            fit.architecture.name(),
            fit.fitting,
            fit.of
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
            ui.label(widgets::body(theme, shown));
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
    let (sentence, table) = why.split_once('\n').unwrap_or((why, ""));
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
            "It fits: {} as a {}, {what} in the order of its last layer: {order}.",
            fit.name,
            fit.architecture.name()
        ),
        format!("Pictures: {}; {}.", fit.preprocessing.sentence(), fit.preprocessing.greys.sentence()),
    ];
    for line in lines {
        ui.add(egui::Label::new(widgets::body(theme, line)).wrap());
    }
    for note in &fit.notes {
        ui.add(egui::Label::new(widgets::caption(theme, format!("Note: {note}."))).wrap());
    }
    for warning in &fit.warnings {
        ui.add(egui::Label::new(widgets::body(theme, format!("Look at it: {warning}.")).color(theme.warning)).wrap());
    }
}

/// The button that chooses a file.
pub(super) fn choose(ui: &mut Ui, cx: &mut PanelContext<'_>) {
    let writable = cx.read_only().is_none();
    widgets::action_button(ui, cx, Action::ImportModel, Some("Add from a file…"), ButtonStyle::Plain, writable);
}
