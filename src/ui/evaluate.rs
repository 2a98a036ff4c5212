//! The Evaluate screen: two models beside each other on the frozen test split, down to the images they differ in.

mod box_scores;
mod boxes;
mod by_class;
mod curves;
mod deciding;
mod doubt;
mod finding;
mod findings;
mod lineup;
mod matrix;
mod picking;
mod plot_card;
mod plots;
mod report;
mod robustness;
mod sets;
mod subgroups;
mod threshold;
mod tiles;

use super::action::{Action, Screen};
use super::context::PanelContext;
use super::phrases::{count, thousands};
use super::theme::{Theme, space};
use super::widgets::{self, Button, ButtonStyle};
use crate::domain::performance::in_groups;
use crate::domain::{ClassificationReport, ModelId, ModelStatus};
use crate::session::{Comparison, ImageSet, ModelRow, ProjectCommand, ProjectView, Recall};
use egui::{Ui, Vec2};

/// What the screen remembers: the models chosen to compare.
#[derive(Default)]
pub struct State {
    candidate: Option<ModelId>,
    /// `None` where nobody chose; of a choice `None` is no other model.
    against: Option<Option<ModelId>>,
    boxes: boxes::State,
    finding: finding::State,
    deciding: deciding::State,
    report: report::State,
    subgroups: subgroups::State,
    robustness: robustness::State,
    shares: matrix::Shares,
}

/// Shows it.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(22, 18));
    widgets::screen_scroll("evaluate").show(ui, |ui| {
        frame.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::L;
            if project.models.is_empty() {
                nothing_yet(ui, cx);
                return;
            }
            if project.study {
                study_runs(ui, cx);
                return;
            }
            chooser(ui, cx, project, state);
            match &project.comparison {
                Some(comparison) => compared(ui, cx, project, comparison, state),
                None => nothing_compared(ui, cx, project),
            }
        });
    });
}

fn nothing_yet(ui: &mut Ui, cx: &mut PanelContext<'_>) {
    widgets::card(ui, cx.theme, |ui| {
        ui.label(widgets::heading(cx.theme, "No model yet"));
        ui.label(widgets::caption(cx.theme, "Train one, then see here how it does on images it never saw."));
        if Button::new("Go to Train").style(ButtonStyle::Primary).ui(ui, cx.theme).clicked() {
            cx.push(Action::GoTo(Screen::Train));
        }
    });
}

/// Why there is nothing to see here while a study runs, and what to do.
fn study_runs(ui: &mut Ui, cx: &mut PanelContext<'_>) {
    widgets::card(ui, cx.theme, |ui| {
        ui.label(widgets::heading(cx.theme, "A study runs"));
        let text = "Here stands what the model itself says of single images, by which it could be told which answers are planted. \
                    It is shown again once the study has ended (Data, Readers: End the study).";
        ui.add(egui::Label::new(widgets::caption(cx.theme, text)).wrap());
        if Button::new("Go to Data").ui(ui, cx.theme).clicked() {
            cx.push(Action::GoTo(Screen::Data));
        }
    });
}

/// What stands in the place of a comparison; brings the last one back.
fn nothing_compared(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    if project.recall == Recall::Wanted {
        cx.commands.push(ProjectCommand::RecallComparison.into());
    }
    let text = match project.recall {
        Recall::Wanted | Recall::Running => "Bringing back the last comparison…",
        Recall::Done => {
            "Choose a model and press Evaluate. Figures come from the test split, which no training ever sees."
        }
    };
    widgets::card(ui, cx.theme, |ui| ui.label(widgets::caption(cx.theme, text)));
}

/// A model by its id.
pub(super) fn model(project: &ProjectView, id: ModelId) -> Option<&ModelRow> {
    project.models.iter().find(|m| m.record.id == id)
}

/// A model's name, or its number where it is gone.
pub(super) fn model_name(project: &ProjectView, id: ModelId) -> String {
    model(project, id).map_or_else(|| format!("model {id}"), |m| m.record.card.name.clone())
}

/// What became of the test images since a model was judged, to stand beside its figures.
pub(super) fn since(project: &ProjectView, id: ModelId) -> Option<String> {
    model(project, id)?.since.in_words()
}

/// Says of which of these models the figures shown are of other test labels than there are now. True when they are to be
/// made anew.
pub(super) fn outdated(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    project: &ProjectView,
    models: impl Iterator<Item = ModelId>,
) -> bool {
    let theme = cx.theme;
    let lines: Vec<String> =
        models.filter_map(|id| Some(format!("{}: {}", model_name(project, id), since(project, id)?))).collect();
    if lines.is_empty() {
        return false;
    }
    ui.add_space(space::S);
    for line in &lines {
        ui.add(egui::Label::new(widgets::body(theme, line).color(theme.warning)).wrap());
    }
    let tip = "Figures on the test labels as they are now";
    Button::new("Evaluate again").enabled(project.read_only.is_none()).tooltip(tip).ui(ui, theme).clicked()
}

fn chooser(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    let newest = project.models.first().map(|m| m.record.id);
    let compared = project.comparison.as_ref();
    let known = |id: &ModelId| model(project, *id).is_some();
    let candidate = state.candidate.filter(known).or(compared.map(|c| c.candidate)).or(newest);
    let fallback = compared.and_then(|c| c.active.as_ref().map(|a| a.0)).or(project.active);
    let wanted = state.against.filter(|wanted| wanted.as_ref().is_none_or(known));
    let against = wanted.unwrap_or(fallback).filter(|id| Some(*id) != candidate);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        ui.add(egui::Label::new(widgets::body(theme, "Compare")).extend());
        let text = candidate.map_or_else(|| "a model".to_owned(), |id| model_name(project, id));
        widgets::drop_down(ui, theme, "Candidate", &text, 190.0, |ui| {
            for row in project.models.iter() {
                if widgets::choice(ui, theme, &row.record.card.name, candidate == Some(row.record.id)) {
                    state.candidate = Some(row.record.id);
                }
            }
        });
        ui.add(egui::Label::new(widgets::body(theme, "with")).extend());
        let text = against.map_or_else(|| "no other".to_owned(), |id| model_name(project, id));
        widgets::drop_down(ui, theme, "Compared with", &text, 190.0, |ui| {
            if widgets::choice(ui, theme, "no other", against.is_none()) {
                state.against = Some(None);
            }
            for row in project.models.iter().filter(|r| Some(r.record.id) != candidate) {
                if widgets::choice(ui, theme, &row.record.card.name, against == Some(row.record.id)) {
                    state.against = Some(Some(row.record.id));
                }
            }
        });
        let can = candidate.is_some() && project.counts.splits[2] > 0;
        if Button::new("Evaluate").style(ButtonStyle::Primary).enabled(can).ui(ui, theme).clicked()
            && let Some(candidate) = candidate
        {
            cx.send(ProjectCommand::Compare { candidate, active: against });
        }
        // Behind the button, which stays where it is whatever is chosen.
        further(ui, cx, project, [candidate, against]);
        let on = format!("on {}", count(project.counts.splits[2], "test image", "test images"));
        ui.add(egui::Label::new(widgets::caption(theme, on)).extend());
        deciding::closed(ui, cx, project);
        if let Some(comparison) = &project.comparison {
            report::show(ui, cx, project, comparison, &mut state.report);
        }
    });
    if let Some(comparison) = compared {
        stale(ui, theme, project, comparison, (candidate, wanted.map(|_| against)));
    }
    deciding::before(ui, cx, project, [candidate, against], &mut state.deciding);
}

/// Says that the figures below are of other models than those that are chosen now.
fn stale(
    ui: &mut Ui,
    theme: &Theme,
    project: &ProjectView,
    of: &Comparison,
    (candidate, against): (Option<ModelId>, Option<Option<ModelId>>),
) {
    let draws = |id: &ModelId| model(project, *id).map(|row| row.record.card.architecture.draws_boxes());
    // One that cannot be used, or answers another question, is not laid beside the candidate.
    let fits = |id: &ModelId| {
        model(project, *id).is_some_and(|row| row.problem.is_none()) && draws(id) == candidate.as_ref().and_then(draws)
    };
    let shown = of.active.as_ref().map(|(id, _)| *id);
    let further = |id: &&ModelId| fits(id) && Some(**id) != candidate && Some(**id) != against.unwrap_or(shown);
    let wanted: Vec<ModelId> = project.beside.iter().filter(further).copied().collect();
    let beside: Vec<ModelId> = of.beside.iter().map(|one| one.model).collect();
    let other = against.is_some_and(|against| against.filter(fits) != shown);
    if candidate.is_none_or(|id| id == of.candidate) && !other && wanted == beside {
        return;
    }
    let names: Vec<String> = finding::order_of(of).into_iter().map(|id| model_name(project, id)).collect();
    let text =
        format!("The figures below are still of {}. Press Evaluate for the models chosen here.", names.join(" and "));
    ui.add(egui::Label::new(widgets::body(theme, text).color(theme.warning)).wrap());
}

/// " of 24 patients or groups"; nothing where no two images are known to be of one.
fn of_groups(images: usize, groups: usize) -> String {
    if in_groups(images, groups) {
        format!(" of {}", count(groups, "patient or group", "patients or groups"))
    } else {
        String::new()
    }
}

/// " Groups were drawn 2,000 times (seed 1).", or images where there are no groups.
fn drawn([images, groups, draws]: [usize; 3], seed: u64) -> String {
    let what = if in_groups(images, groups) { "Groups" } else { "Images" };
    format!(" {what} were drawn {} times (seed {seed}).", thousands(draws))
}

/// Choosing models beyond the two.
fn further(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, two: [Option<ModelId>; 2]) {
    let others: Vec<&ModelRow> = project.models.iter().filter(|row| !two.contains(&Some(row.record.id))).collect();
    if others.is_empty() {
        return;
    }
    let chosen: Vec<ModelId> = project.beside.iter().copied().filter(|id| !two.contains(&Some(*id))).collect();
    let text = match chosen.len() {
        0 => "and no other".to_owned(),
        more => format!("and {}", count(more, "other", "others")),
    };
    widgets::drop_down(ui, cx.theme, "Further models", &text, 130.0, |ui| {
        for row in others {
            let id = row.record.id;
            if widgets::choice(ui, cx.theme, &row.record.card.name, chosen.contains(&id)) {
                let mut models = chosen.clone();
                models.retain(|model| *model != id);
                if models.len() == chosen.len() {
                    models.push(id);
                }
                cx.send(ProjectCommand::LayBeside(models));
            }
        }
    });
}

fn compared(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, comparison: &Comparison, state: &mut State) {
    headline(ui, cx, project, comparison);
    let theme = cx.theme;
    let mut names = project.classes.names();
    match &comparison.candidate_report.detection {
        Some(found) => {
            boxes::show(ui, cx, project, comparison, found, &mut state.boxes);
            let active = comparison.active.as_ref().map(|(id, _)| *id);
            box_scores::show(ui, cx, project, comparison.candidate, active);
            subgroups::show(ui, cx, comparison, None, &mut state.subgroups);
            // Its matrix is of whole images: negative and positive ones.
            names = comparison.candidate_report.per_class.keys().cloned().collect();
        }
        None if comparison.candidate_report.findings.is_some() => {
            widgets::card(ui, theme, |ui| {
                widgets::section(ui, theme, "By finding");
                findings::table(ui, cx, project, comparison);
            });
            lineup::show(ui, theme, project, comparison, state.finding.finding);
            finding::show(ui, cx, project, comparison, &mut state.finding);
            let active = comparison.active.as_ref().map(|(id, _)| *id);
            deciding::show_findings(ui, cx, project, [Some(comparison.candidate), active], &mut state.deciding);
            let looked_at = finding::looked_at(comparison, &state.finding);
            subgroups::show(ui, cx, comparison, looked_at, &mut state.subgroups);
            // Its matrix is of whole images: those with a finding and those without.
            names = comparison.candidate_report.per_class.keys().cloned().collect();
        }
        None => {
            widgets::card(ui, theme, |ui| {
                widgets::section(ui, theme, "By class");
                by_class::per_class(ui, cx, project, comparison);
            });
            lineup::show(ui, theme, project, comparison, state.finding.finding);
            finding::show(ui, cx, project, comparison, &mut state.finding);
            let active = comparison.active.as_ref().map(|(id, _)| *id);
            deciding::show(ui, cx, project, [Some(comparison.candidate), active], &mut state.deciding);
            subgroups::show(ui, cx, comparison, None, &mut state.subgroups);
        }
    }
    robustness::show(ui, cx, project, comparison.candidate, &mut state.robustness);
    let name = model_name(project, comparison.candidate);
    let wide = ui.available_width();
    let side_by_side = comparison.active.is_some() && wide > 620.0;
    let width = if side_by_side { (wide - space::L) / 2.0 } else { wide };
    let mut opened = None;
    let layout = if side_by_side {
        egui::Layout::left_to_right(egui::Align::Min)
    } else {
        egui::Layout::top_down(egui::Align::Min)
    };
    state.shares.choose(ui, theme);
    let other = comparison.active.as_ref().map(|(id, report)| (model_name(project, *id), report));
    ui.with_layout(layout, |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(space::L);
        let own = (&comparison.candidate_report, &comparison.candidate_cells);
        let mut show = |title: &str, (report, cells): (&ClassificationReport, &Vec<Vec<ImageSet>>)| {
            let of = matrix::Matrix { title, names: &names, report, cells };
            opened = opened.take().or(matrix::card(ui, cx, width, &of, state.shares));
        };
        show(&name, own);
        if let Some((name, report)) = &other {
            show(name, (report, &comparison.active_cells));
        }
    });
    if let Some(set) = opened {
        open(cx, set);
    }
}

/// Goes to the images of a set.
fn open(cx: &mut PanelContext<'_>, set: ImageSet) {
    cx.push(Action::LookAt(set, Screen::Evaluate));
}

fn headline(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, comparison: &Comparison) {
    let theme = cx.theme;
    let active = comparison.active.as_ref().map(|a| &a.1);
    widgets::card(ui, theme, |ui| {
        ui.horizontal(|ui| {
            ui.label(widgets::heading(theme, model_name(project, comparison.candidate)));
            status_tag(ui, cx, project, comparison.candidate);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                decide(ui, cx, project, comparison.candidate);
            });
        });
        ui.add_space(space::S);
        if let Some(found) = &comparison.candidate_report.findings {
            findings::tiles(ui, cx, comparison, found, active);
            ui.add_space(space::S);
            ui.label(widgets::caption(theme, "Images: whether any finding is present"));
        }
        if let Some(found) = &comparison.candidate_report.detection {
            boxes::tiles(ui, cx, comparison, found, active.and_then(|report| report.detection.as_ref()));
            ui.add_space(space::S);
            ui.label(widgets::caption(theme, "Images: positive where a box counts"));
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(36.0, space::S);
            let now = &comparison.candidate_report;
            for figure in ClassificationReport::FIGURES.iter().filter(|figure| (figure.of)(now).is_some()) {
                tiles::tile(ui, cx, comparison, figure, (active, now));
            }
        });
        if let Some((other, _)) = &comparison.active {
            ui.add_space(space::S);
            let (name, other) = (model_name(project, comparison.candidate), model_name(project, *other));
            let text = format!(
                "Differences are {name} less {other}: green or red where their 95 % interval leaves 0 out, grey where these \
                 images show none or neither way is better."
            );
            ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
            flips(ui, cx, comparison);
        }
        let active = comparison.active.as_ref().map(|(id, _)| *id);
        if outdated(ui, cx, project, std::iter::once(comparison.candidate).chain(active)) {
            cx.send(ProjectCommand::Compare { candidate: comparison.candidate, active });
        }
    });
}

fn flips(ui: &mut Ui, cx: &mut PanelContext<'_>, comparison: &Comparison) {
    let theme = cx.theme;
    let flipped = comparison.flipped.images.len();
    ui.horizontal_wrapped(|ui| {
        if flipped == 0 {
            ui.label(widgets::caption(theme, "Both give the same answer for every test image."));
            return;
        }
        let (gained, lost) = (comparison.gained, comparison.lost);
        let neither = match flipped.saturating_sub(gained + lost) {
            0 => String::new(),
            both => format!(", {both} wrong by both in different ways"),
        };
        let flip = count(flipped, "image has another answer", "images have other answers");
        let text = format!("{flip}: {gained} now right, {lost} now wrong{neither}");
        ui.label(widgets::body(theme, text));
        if Button::new("Review these images").ui(ui, theme).clicked() {
            open(cx, comparison.flipped.clone());
        }
    });
}

/// The word for what a model is.
pub(super) fn status_tag(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView, id: ModelId) {
    let Some(row) = model(project, id) else { return };
    let theme = cx.theme;
    if row.record.active {
        widgets::tag(ui, theme, "active", theme.truth);
        return;
    }
    match row.record.status {
        ModelStatus::Candidate => widgets::tag(ui, theme, "candidate", theme.accent),
        ModelStatus::Promoted => widgets::tag(ui, theme, "previously active", theme.muted),
        ModelStatus::Discarded => widgets::tag(ui, theme, "discarded", theme.muted),
    };
}

/// Promote and Discard for a model that is not active.
pub(super) fn decide(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, id: ModelId) {
    let Some(row) = model(project, id) else { return };
    let writable = project.read_only.is_none();
    if row.record.active {
        return;
    }
    let usable = writable && row.problem.is_none();
    let doubt = doubt::doubt(project, id);
    let promote = match (row.record.status, &doubt) {
        (ModelStatus::Promoted, _) => Button::new("Back to this model"),
        (ModelStatus::Candidate | ModelStatus::Discarded, Some(_)) => Button::new("Promote…"),
        (ModelStatus::Candidate | ModelStatus::Discarded, None) => Button::new("Promote").style(ButtonStyle::Primary),
    };
    let promote = promote.name(format!("Promote {}", row.record.card.name));
    let tip = "Makes it the active model and predicts every image again in the background";
    let tip = doubt.as_ref().map_or_else(|| tip.to_owned(), |doubt| format!("{tip}. {doubt}"));
    if promote.enabled(usable).tooltip(&tip).ui(ui, cx.theme).clicked() {
        match doubt {
            Some(why) => cx.push(Action::AskPromote(id, row.record.card.name.clone(), why)),
            None => cx.send(ProjectCommand::Promote(id)),
        }
    }
    if row.record.status == ModelStatus::Candidate {
        let discard = Button::new("Discard").name(format!("Discard {}", row.record.card.name));
        let tip = "Keeps the active model. The discarded one stays in the list and can be promoted later";
        if discard.enabled(writable).tooltip(tip).ui(ui, cx.theme).clicked() {
            cx.send(ProjectCommand::Discard(id));
        }
    }
}
