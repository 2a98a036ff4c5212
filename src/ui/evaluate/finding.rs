//! Figures of one finding with their intervals, of one model or of two beside each other.

use super::curves::{self, Shown};
use super::{model_name, threshold};
use crate::domain::ModelId;
use crate::domain::performance::{
    Better, Difference, Estimate, FindingDifference, FindingPerformance, OverallFigure, Performance, Words,
};
use crate::session::{Comparison, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Cell, Column, Table, plot};
use egui::Ui;

/// Which finding is shown, and what is typed for its threshold.
#[derive(Default)]
pub struct State {
    /// The one that matters most where nobody chose.
    pub(super) finding: Option<usize>,
    threshold: threshold::Typed,
    /// What was pressed last in a plot.
    picked: Option<curves::Picked>,
}

/// Shows what is worked out of the models that are compared, the candidate first.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    comparison: &Comparison,
    state: &mut State,
) {
    let theme = cx.theme;
    let of = |id| comparison.performances.iter().find(|(model, _)| *model == id).map(|(_, performance)| performance);
    let Some(now) = of(comparison.candidate) else {
        if cx.view.jobs.iter().any(|job| job.name == "Working out intervals") {
            widgets::card(ui, theme, |ui| ui.label(widgets::caption(theme, "Intervals are being worked out…")));
        }
        return;
    };
    let before = comparison.active.as_ref().and_then(|(id, _)| Some((*id, of(*id)?)));
    let names: Vec<&str> = now.findings.iter().map(|finding| finding.name.as_str()).collect();
    let chosen = state.finding.filter(|at| *at < names.len()).unwrap_or_else(|| now.main_finding());
    let Some(finding) = now.findings.get(chosen) else { return };
    let earlier = before.and_then(|(id, performance)| Some((id, performance.findings.get(chosen)?)));
    let difference = comparison.difference.as_deref();
    let name = model_name(project, comparison.candidate);
    let other = earlier.map(|(id, _)| model_name(project, id));
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, &format!("Figures with 95 % intervals · {}", finding.name));
        if names.len() > 1 {
            if let Some(pressed) = widgets::segmented(ui, theme, &names, Some(chosen)) {
                state.finding = Some(pressed);
            }
            ui.add_space(space::S);
        }
        ui.label(widgets::caption(theme, basis(now, finding)));
        ui.add_space(space::S);
        let active = comparison.active.as_ref().map(|(id, _)| *id);
        // Of two classes there is one threshold, whichever is shown.
        let own = (names.len() > 2 || project.classes.findings).then_some(chosen);
        threshold::show(ui, cx, project, ([Some(comparison.candidate), active], own), &mut state.threshold);
        ui.add_space(space::S);
        let of_finding = difference.and_then(|difference| difference.findings.get(chosen));
        let lines = finding.figures.iter().map(|(figure, estimate)| Line {
            words: figure.words(),
            better: figure.better(),
            now: estimate,
            before: earlier.and_then(|(_, finding)| finding.figure(*figure)),
            apart: of_finding.and_then(|finding| finding.figure(*figure)),
        });
        table(ui, theme, &name, other.as_deref(), lines);
        ui.add_space(space::M);
        let together = if project.classes.findings { "All findings together" } else { "All classes together" };
        widgets::section(ui, theme, together);
        let lines = now.overall.iter().map(|(figure, estimate)| Line {
            words: figure.words(),
            better: figure.better(),
            now: estimate,
            before: before.and_then(|(_, performance)| in_list(&performance.overall, *figure)),
            apart: difference.and_then(|difference| in_list(&difference.overall, *figure)),
        });
        table(ui, theme, &name, other.as_deref(), lines);
        for sentence in difference.map(|difference| test_sentences(difference, of_finding)).unwrap_or_default() {
            ui.add(egui::Label::new(widgets::caption(theme, sentence)).wrap());
        }
    });
    let names: Vec<(ModelId, String)> =
        order_of(comparison).into_iter().map(|model| (model, model_name(project, model))).collect();
    let models: Vec<Shown<'_>> = names
        .iter()
        .enumerate()
        .filter_map(|(at, (model, name))| {
            let performance = comparison.performances.iter().find(|(id, _)| id == model).map(|(_, one)| one)?;
            let said = comparison.said.iter().find(|(id, _)| id == model).map(|(_, said)| said.as_slice());
            let record = project.models.iter().map(|row| &row.record).find(|record| record.id == *model);
            Some(Shown {
                name,
                color: plot::series(theme, at),
                performance,
                finding: performance.findings.get(chosen)?,
                class: chosen,
                said: said.unwrap_or_default(),
                thresholds: record.map(|record| record.thresholds()).unwrap_or_default(),
            })
        })
        .collect();
    curves::show(ui, cx, &models, &mut state.picked);
}

/// The finding that is shown, by its name.
pub(super) fn looked_at<'a>(comparison: &'a Comparison, state: &State) -> Option<&'a str> {
    let (_, performance) = comparison.performances.iter().find(|(model, _)| *model == comparison.candidate)?;
    let chosen = state.finding.filter(|at| *at < performance.findings.len());
    performance.findings.get(chosen.unwrap_or_else(|| performance.main_finding())).map(|finding| finding.name.as_str())
}

/// The models of a comparison: the candidate, the one it is compared with, the others.
pub(super) fn order_of(comparison: &Comparison) -> Vec<ModelId> {
    std::iter::once(comparison.candidate)
        .chain(comparison.active.iter().map(|(id, _)| *id))
        .chain(comparison.beside.iter().map(|one| one.model))
        .collect()
}

fn in_list(list: &[(OverallFigure, Estimate)], figure: OverallFigure) -> Option<&Estimate> {
    list.iter().find(|(kind, _)| *kind == figure).map(|(_, estimate)| estimate)
}

/// What the figures are of.
fn basis(performance: &Performance, finding: &FindingPerformance) -> String {
    let images = phrases::count(performance.images, "image", "images");
    let groups = super::of_groups(performance.images, performance.groups);
    let called = match finding.threshold {
        Some(threshold) => format!("called from {threshold:.2} on"),
        None if performance.findings.iter().any(|one| one.threshold.is_some()) => {
            "called where most probable and no class with a threshold reaches its own".to_owned()
        }
        None => "called where most probable".to_owned(),
    };
    let drawn = match performance.draws {
        0 => String::new(),
        draws => super::drawn([performance.images, performance.groups, draws], performance.seed),
    };
    format!("{images}{groups}: {} with it, {} without; {called}.{drawn}", finding.positives, finding.negatives)
}

/// A figure with what it says, as it is now, as it is of the other model, and how much the two are apart.
struct Line<'a> {
    words: Words,
    better: Better,
    now: &'a Estimate,
    before: Option<&'a Estimate>,
    apart: Option<&'a Estimate>,
}

/// A table of figures; `other` names the model beside the one that is judged.
fn table<'a>(ui: &mut Ui, theme: &Theme, name: &str, other: Option<&str>, lines: impl Iterator<Item = Line<'a>>) {
    let interval = || Column::right("95 % interval");
    let mut columns = vec![Column::yielding("Figure"), Column::right(name), interval()];
    if let Some(other) = other {
        columns.extend([Column::right(other), interval(), Column::right("Difference"), interval()]);
    }
    let row = |line: Line<'_>| {
        let mut row = vec![Cell::strong(line.words.title).hint(hint(line.words.sentence, line.now))];
        row.extend(cells(theme, line.now));
        if other.is_some() {
            let none = || [Cell::new(""), Cell::new("")];
            row.extend(line.before.map_or_else(none, |estimate| cells(theme, estimate)));
            row.extend(line.apart.map_or_else(none, |estimate| apart(theme, estimate, line.better)));
        }
        row
    };
    let rows = lines.map(row).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}

/// A difference: grey where its interval holds 0, which is no difference that these images show.
pub(super) fn apart(theme: &Theme, estimate: &Estimate, better: Better) -> [Cell; 2] {
    let Some(value) = estimate.value else { return [Cell::new(""), Cell::new("")] };
    let color = color_of(theme, Some(estimate), better);
    let [_, interval] = cells(theme, estimate);
    let sign = if value >= 0.0005 { "+" } else { "" };
    [Cell::strong(format!("{sign}{}", phrases::plain(value))).color(color), interval]
}

/// Whether these images show that a difference is one: its interval leaves 0 out.
pub(super) fn is_shown(estimate: Option<&Estimate>) -> bool {
    estimate.and_then(|estimate| estimate.interval).is_some_and(|[low, high]| low > 0.0 || high < 0.0)
}

/// The colour of a difference: good or bad where these images show one, else grey.
pub(super) fn color_of(theme: &Theme, estimate: Option<&Estimate>, better: Better) -> egui::Color32 {
    let above = estimate.and_then(|estimate| estimate.value).is_some_and(|value| value > 0.0);
    match better {
        Better::NearTo(_) => theme.muted,
        Better::Higher | Better::Lower if !is_shown(estimate) => theme.muted,
        Better::Higher => {
            if above {
                theme.truth
            } else {
                theme.error
            }
        }
        Better::Lower => {
            if above {
                theme.error
            } else {
                theme.truth
            }
        }
    }
}

/// What the tests for two models say, a sentence each.
fn test_sentences(difference: &Difference, finding: Option<&FindingDifference>) -> Vec<String> {
    let p = |p: f64| if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") };
    let area = finding.and_then(|finding| finding.auroc_p).map(|value| {
        format!("AUROCs of two such models that are equally good would lie as far apart with {} (DeLong).", p(value))
    });
    let (only, other) = (difference.only_candidate, difference.only_other);
    let calls = difference.mcnemar_p.map(|value| {
        let images = |count| phrases::count(count, "image", "images");
        format!(
            "On {} only this model is right, on {} only the other: {} where neither is better (McNemar, exact).",
            images(only),
            images(other),
            p(value)
        )
    });
    [area, calls].into_iter().flatten().collect()
}

pub(super) fn hint(sentence: &str, estimate: &Estimate) -> String {
    estimate.why.as_ref().map_or_else(|| sentence.to_owned(), |why| format!("{sentence}\nHere {why}."))
}

/// A value and its interval.
pub(super) fn cells(theme: &Theme, estimate: &Estimate) -> [Cell; 2] {
    let value = match estimate.value {
        Some(value) => Cell::strong(phrases::plain(value)),
        None => Cell::new("not defined").color(theme.muted),
    };
    let interval = match estimate.interval {
        Some([low, high]) => format!("{} to {}", phrases::plain(low), phrases::plain(high)),
        None => String::new(),
    };
    [value, Cell::new(interval).color(theme.muted)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_coloured_only_where_the_images_show_one() {
        let theme = Theme::dark();
        let of =
            |value: f64, interval, better| apart(&theme, &Estimate { value: Some(value), interval, why: None }, better);
        let color = |cells: [Cell; 2]| cells[0].color;
        assert_eq!(color(of(0.1, Some([0.02, 0.2]), Better::Higher)), Some(theme.truth));
        assert_eq!(color(of(0.1, Some([0.02, 0.2]), Better::Lower)), Some(theme.error));
        assert_eq!(color(of(-0.1, Some([-0.2, -0.02]), Better::Lower)), Some(theme.truth));
        assert_eq!(color(of(0.1, Some([-0.02, 0.2]), Better::Higher)), Some(theme.muted));
        assert_eq!(color(of(0.1, None, Better::Higher)), Some(theme.muted), "without an interval nobody knows");
        assert_eq!(of(0.1, None, Better::Higher)[0].text, "+0.100");
        assert_eq!(of(-0.0001, None, Better::Higher)[0].text, "0.000");
    }
}
