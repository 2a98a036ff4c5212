//! How the model that is judged does on pictures made worse: which ways are measured, how far that is, and a plot of each.

mod findings;

use super::{model, model_name, picking, plot_card};
use crate::domain::{AnswerKind, ModelId, Perturbation, RobustPoint, RobustValue, Robustness, Split};
use crate::session::drawing::robustness as drawing;
use crate::session::{DeskCommand, JobView, ProjectCommand, ProjectView, measuring_robustness};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, plot};
use egui::Ui;
use egui_plot::{AxisHints, Line, LineStyle, PlotPoints, Points, VLine};

const HEIGHT: f32 = 190.0;

/// Which ways are to be measured, and which finding stands beside the mean of all.
pub struct State {
    wanted: [bool; Perturbation::ALL.len()],
    finding: Option<String>,
}

impl Default for State {
    fn default() -> Self {
        Self { wanted: [true; Perturbation::ALL.len()], finding: None }
    }
}

/// Shows what was measured of the candidate, and the way to measure it.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    candidate: ModelId,
    state: &mut State,
) {
    let of = |one: &&crate::domain::MeasuredRobustness| one.model == candidate && one.robustness.split == Split::Test;
    let mut measured: Vec<&Robustness> = project.robustness.iter().filter(of).map(|one| &one.robustness).collect();
    measured.sort_by_key(|one| one.kind);
    head(ui, cx, project, candidate, &measured, state);
    findings::show(ui, cx, &measured, &mut state.finding);
    let beside: Vec<Robustness> = match &state.finding {
        Some(finding) => measured.iter().map(|one| one.with_finding(finding)).collect(),
        None => Vec::new(),
    };
    if !beside.is_empty() {
        measured = beside.iter().collect();
    }
    for two in measured.chunks(2) {
        match two {
            [left, right] => {
                plot_card::pair(ui, cx, |ui, cx| card(ui, cx, left), |ui, cx| card(ui, cx, right));
            }
            [one] => card(ui, cx, one),
            [] | [_, _, _, ..] => {}
        }
    }
}

fn head(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    candidate: ModelId,
    measured: &[&Robustness],
    state: &mut State,
) {
    let theme = cx.theme;
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Robustness");
        let text = if measured.is_empty() {
            "Not measured yet. Choose ways to make the test images worse and press Measure: the model looks at each image \
             again at about five strengths a way. No prediction of the project changes."
        } else {
            "The figures on the test images made worse, before they are resized for the network. A fall is paired, image by \
             image, with the unchanged pictures; of many falls some exclude nothing by chance alone."
        };
        ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
        ui.add_space(space::S);
        let name = measuring_robustness(&model_name(project, candidate));
        if let Some(job) = cx.view.jobs.iter().find(|job| job.name == name).cloned() {
            return running(ui, cx, &job);
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            for (kind, wanted) in Perturbation::ALL.into_iter().zip(&mut state.wanted) {
                widgets::check(ui, wanted, kind.title()).on_hover_text(kind.sentence());
            }
            let kinds = chosen(state);
            let problem = model(project, candidate).and_then(|row| row.problem.clone());
            let why = match (&problem, kinds.is_empty(), project.counts.splits[2]) {
                (Some(problem), ..) => problem.clone(),
                (None, true, _) => "Choose at least one way to make the pictures worse".to_owned(),
                (None, false, 0) => "There is no test image: divide the images on the Data screen".to_owned(),
                (None, false, _) => {
                    "Runs beside your reading. That the test split is opened is noted in the log".to_owned()
                }
            };
            let can = problem.is_none() && !kinds.is_empty() && project.counts.splits[2] > 0;
            let words = if measured.is_empty() { "Measure" } else { "Measure again" };
            if Button::new(words)
                .name(format!("{words} the robustness"))
                .enabled(can)
                .tooltip(why)
                .ui(ui, theme)
                .clicked()
            {
                cx.send(ProjectCommand::MeasureRobustness { model: candidate, kinds });
            }
        });
        remarks(ui, theme, project, candidate, measured);
    });
}

fn chosen(state: &State) -> Vec<Perturbation> {
    Perturbation::ALL.into_iter().zip(state.wanted).filter(|(_, wanted)| *wanted).map(|(kind, _)| kind).collect()
}

/// What a person must know of figures that were made some time ago.
fn remarks(ui: &mut Ui, theme: &Theme, project: &ProjectView, candidate: ModelId, measured: &[&Robustness]) {
    let Some(row) = model(project, candidate) else { return };
    // Averages of boxes are of all scores, and areas of findings of all probabilities, whatever the threshold is.
    let calls = row.record.card.answers() == AnswerKind::Class;
    let now = (row.record.class_threshold(), &row.record.class_thresholds);
    if calls && measured.iter().any(|one| (one.threshold, &one.class_thresholds) != now) {
        let text = "Measured before the threshold was changed: accuracy is of the one before. Measure again.";
        ui.add(egui::Label::new(widgets::body(theme, text).color(theme.warning)).wrap());
    }
    if let Some(one) = measured.first() {
        let images = phrases::count(one.images, "test image", "test images");
        let groups = super::of_groups(one.images, one.groups);
        let left_out = match one.left_out {
            0 => String::new(),
            more => format!(", {} left out", phrases::count(more, "image", "images")),
        };
        let finding = one.finding.as_ref().map_or_else(String::new, |finding| format!(" AUROC is of {finding}."));
        let text = format!("Of {images}{groups}{left_out}, with the labels and boxes of that time.{finding}");
        ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
    }
}

fn running(ui: &mut Ui, cx: &mut PanelContext<'_>, job: &JobView) {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::progress(ui, theme, "Progress of the robustness", job.progress, 180.0);
        let left = job.seconds_left.map(phrases::time_left).filter(|left| !left.is_empty());
        let text = left.map_or_else(|| job.message.clone(), |left| format!("{}, {left}", job.message));
        ui.label(widgets::caption(theme, text));
        let cancel = Button::new("Cancel").name("Cancel measuring the robustness").enabled(job.cancellable);
        if cancel.ui(ui, theme).clicked() {
            cx.send(DeskCommand::CancelJob(job.id));
        }
    });
}

fn card(ui: &mut Ui, cx: &mut PanelContext<'_>, of: &Robustness) {
    let theme = cx.theme;
    let head = format!("Robustness · {}", of.kind.title());
    plot_card::show(
        ui,
        cx,
        (&head, drawing::file(of.kind)),
        || drawing::draw(of),
        |ui, _| {
            ui.add_space(space::S);
            ui.add(egui::Label::new(widgets::body(theme, of.verdict())).wrap());
            ui.add_space(space::S);
            curves(ui, theme, of);
        },
    );
}

/// What lies at a strength: the point, and which of its figures.
type Spot<'a> = picking::Spot<(&'a RobustPoint, &'a RobustValue)>;

fn curves(ui: &mut Ui, theme: &Theme, of: &Robustness) {
    let [left, right] = drawing::bounds(of);
    let low = drawing::floor(of);
    let none = of.kind.none();
    let all = drawing::series(of);
    let shown = plot::still(of.kind.title(), theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 40.0).formatter(|mark, _| mark_text(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        // By tenths where there is room, else by fifths: never by ones alone.
        .y_grid_spacer(egui_plot::uniform_grid_spacer(|_| [1.0, 0.2, 0.1]))
        .default_x_bounds(left, right)
        .default_y_bounds(low, 1.02)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(left..=right);
            ui.set_plot_bounds_y(low..=1.02);
            ui.vline(VLine::new("unchanged", none).color(theme.faint).style(LineStyle::dashed_dense()).width(1.0));
            for (at, one) in all.iter().enumerate().rev() {
                let color = plot::series(theme, at);
                let name = of.title_of(one.figure);
                let place = |x: f64| drawing::beside(of, at, x);
                let known: Vec<[f64; 2]> = one.points.iter().filter_map(|(x, e)| Some([place(*x), e.value?])).collect();
                for (x, [low, high]) in one.points.iter().filter_map(|(x, e)| Some((place(*x), e.interval?))) {
                    let ends = PlotPoints::from(vec![[x, low], [x, high]]);
                    ui.line(Line::new(&name, ends).color(color).width(1.2));
                }
                // From the right to the left: see the staircases of other curves.
                let line: Vec<[f64; 2]> = known.iter().rev().copied().collect();
                ui.line(Line::new(&name, PlotPoints::from(line)).color(color).width(2.0));
                ui.points(Points::new(&name, known).color(color).radius(3.5));
            }
        });
    let response = widgets::named(shown.response, &spoken(of));
    let spots = of.points.iter().flat_map(|point| {
        point.values.iter().enumerate().filter_map(move |(at, value)| {
            let x = drawing::beside(of, at, point.strength);
            Some(Spot { at: [x, value.value.value?], what: (point, value) })
        })
    });
    if let Some(spot) = picking::nearest(&response, &shown.transform, spots) {
        picking::mark(ui, theme, &shown.transform, spot.at);
        let (point, value) = spot.what;
        picking::tell(response, &told(of, point, value));
    }
    ui.label(widgets::faint(theme, of.kind.axis()));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (at, one) in all.iter().enumerate() {
            plot::legend_entry(ui, of.title_of(one.figure), plot::series(theme, at));
        }
    });
}

/// Numbers at the axis without needless digits.
fn mark_text(mark: egui_plot::GridMark) -> String {
    let rounded = (mark.value * 1000.0).round() / 1000.0;
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

/// The first figure at every strength, for who does not see the plot.
fn spoken(of: &Robustness) -> String {
    let all = drawing::series(of);
    let Some(first) = all.first() else { return of.kind.title().to_owned() };
    let value = |(at, estimate): &(f64, &crate::domain::performance::Estimate)| {
        format!("{} {}", of.kind.says(*at), phrases::figure(estimate.value))
    };
    let values: Vec<String> = first.points.iter().map(value).collect();
    format!("{} against {}: {}", of.title_of(first.figure), of.kind.title().to_lowercase(), values.join(", "))
}

/// What is said of a point that is pointed at.
fn told(of: &Robustness, point: &RobustPoint, value: &RobustValue) -> String {
    let with = |estimate: &crate::domain::performance::Estimate| {
        let interval = match estimate.interval {
            Some([low, high]) => format!(" (95 % interval {} to {})", phrases::plain(low), phrases::plain(high)),
            None => estimate.why.as_ref().map_or_else(String::new, |why| format!(" ({why})")),
        };
        format!("{}{interval}", phrases::figure(estimate.value))
    };
    let mut said = format!("{}\n{} {}", of.kind.says(point.strength), of.title_of(value.figure), with(&value.value));
    if let Some(drop) = &value.drop {
        said.push_str(&format!("\nFall {}", with(drop)));
    }
    let images = phrases::count(of.images, "image", "images");
    said.push_str(&format!("\n{images}{}", super::of_groups(of.images, of.groups)));
    said
}
