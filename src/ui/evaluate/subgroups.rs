//! A finding in parts of the images: a table and a forest plot, and which part does worst.

use super::plot_card;
use crate::domain::ImageId;
use crate::domain::performance::{
    BoxFigure, BoxSubgroup, BoxSubgroups, Estimate, FindingFigure, Subgroup, Subgroups, Words,
};
use crate::session::drawing::{Drawing, forest};
use crate::session::{Comparison, ImageSet};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Cell, Column, Table, plot};
use egui::Ui;
use egui_plot::{AxisHints, Line, LineStyle, PlotPoints, Points, VLine};
use std::sync::Arc;

/// Which attribute is shown.
#[derive(Default)]
pub struct State {
    attribute: Option<String>,
}

/// What is shown of one attribute.
struct Parts<'a> {
    attribute: &'a str,
    /// Its place in the comparison's list.
    at: usize,
    head: String,
    verdict: String,
    /// The lowest figure among the parts where it has an interval.
    lowest: Option<f64>,
    /// What is counted beside the images.
    counted: &'static str,
    /// The figures of each part, in their order.
    titles: Vec<&'static str>,
    rows: Vec<Part<'a>>,
    /// The first figure, for the plot.
    figure: &'static str,
    /// Where chance is, for figures that have such a place.
    chance: Option<f64>,
    draw: Box<dyn Fn() -> Drawing + 'a>,
}

struct Part<'a> {
    name: &'a str,
    images: usize,
    counted: usize,
    figures: Vec<(Words, &'a Estimate)>,
}

impl<'a> Parts<'a> {
    fn of((at, of): (usize, &'a Subgroups), attributes: usize) -> Self {
        let figures = |part: &'a Subgroup| part.figures.iter().map(|(kind, one)| (kind.words(), one)).collect();
        let rows = of.parts.iter().map(|part| Part {
            name: part.name(),
            images: part.images,
            counted: part.positives,
            figures: figures(part),
        });
        Self {
            attribute: &of.attribute,
            at,
            head: format!("Subgroups · {}", of.finding),
            verdict: of.verdict(attributes),
            lowest: of.worst().and_then(|part| part.figure(FindingFigure::Auroc)?.value),
            counted: "With it",
            titles: of.parts.first().map(|part| titles(figures(part))).unwrap_or_default(),
            rows: rows.collect(),
            figure: FindingFigure::Auroc.words().title,
            chance: Some(0.5),
            draw: Box::new(|| forest::draw(of)),
        }
    }

    fn of_boxes((at, of): (usize, &'a BoxSubgroups), attributes: usize) -> Self {
        let figures = |part: &'a BoxSubgroup| part.figures.iter().map(|(kind, one)| (kind.words(), one)).collect();
        let rows = of.parts.iter().map(|part| Part {
            name: part.name(),
            images: part.images,
            counted: part.boxes,
            figures: figures(part),
        });
        Self {
            attribute: &of.attribute,
            at,
            head: "Subgroups · boxes".to_owned(),
            verdict: of.verdict(attributes),
            lowest: of.worst().and_then(|part| part.figure(BoxFigure::Map50)?.value),
            counted: "Boxes",
            titles: of.parts.first().map(|part| titles(figures(part))).unwrap_or_default(),
            rows: rows.collect(),
            figure: BoxFigure::Map50.words().title,
            chance: None,
            draw: Box::new(|| forest::draw_boxes(of)),
        }
    }
}

fn titles(figures: Vec<(Words, &Estimate)>) -> Vec<&'static str> {
    figures.into_iter().map(|(words, _)| words.title).collect()
}

/// Shows what was worked out; nothing where no attribute parts the images. Of several findings an image `finding` is the one
/// that is looked at.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    comparison: &Comparison,
    finding: Option<&str>,
    state: &mut State,
) {
    let attributes = Subgroups::attributes(&comparison.subgroups);
    let classes = comparison.subgroups.iter().enumerate();
    let classes = classes.filter(|(_, of)| finding.is_none_or(|finding| finding == of.finding));
    let classes = classes.map(|of| Parts::of(of, attributes));
    let boxes = comparison.boxes.subgroups.iter().enumerate();
    let boxes = boxes.map(|of| Parts::of_boxes(of, comparison.boxes.subgroups.len()));
    let all: Vec<Parts<'_>> = classes.chain(boxes).collect();
    let theme = cx.theme;
    let chosen = all.iter().find(|one| Some(one.attribute) == state.attribute.as_deref());
    // The one with the worst part is the one to look at first.
    let lowest = || all.iter().filter_map(|one| Some((one.lowest?, one)));
    let first = lowest().min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, one)| one);
    let Some(shown) = chosen.or(first).or(all.first()) else { return };
    let images = comparison.part_images.get(shown.at).map(Vec::as_slice).unwrap_or_default();
    let mut opened = None;
    plot_card::show(
        ui,
        cx,
        (&shown.head, "forest"),
        || (shown.draw)(),
        |ui, _| {
            ui.add_space(space::S);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                ui.label(widgets::body(theme, "By"));
                widgets::drop_down(ui, theme, "Attribute of the parts", shown.attribute, 220.0, |ui| {
                    for one in &all {
                        if widgets::choice(ui, theme, one.attribute, one.attribute == shown.attribute) {
                            state.attribute = Some(one.attribute.to_owned());
                        }
                    }
                });
            });
            ui.add_space(space::S);
            ui.add(egui::Label::new(widgets::body(theme, shown.verdict.clone())).wrap());
            ui.add_space(space::S);
            opened = table(ui, theme, shown, images);
            forest_plot(ui, theme, shown);
        },
    );
    if let Some((part, images)) = opened.and_then(|at| Some((shown.rows.get(at)?, images.get(at)?))) {
        let title = format!("{}: {}", shown.attribute, part.name);
        super::open(cx, ImageSet { title, images: Arc::new(images.clone()) });
    }
}

/// Each part; the one that was pressed just now, where its images are known.
fn table(ui: &mut Ui, theme: &Theme, of: &Parts<'_>, images: &[Vec<ImageId>]) -> Option<usize> {
    let mut columns = vec![Column::yielding(of.attribute), Column::right("Images"), Column::right(of.counted)];
    for title in &of.titles {
        columns.extend([Column::right(*title), Column::right("95 % interval")]);
    }
    let row = |part: &Part<'_>| {
        let mut row = vec![
            Cell::strong(part.name).hint(hint(part)),
            Cell::new(phrases::thousands(part.images)).color(theme.muted),
            Cell::new(phrases::thousands(part.counted)).color(theme.muted),
        ];
        row.extend(part.figures.iter().flat_map(|(_, one)| super::finding::cells(theme, one)));
        row
    };
    let rows = of.rows.iter().map(row).collect();
    Table { columns, rows, pressable: !images.is_empty(), chosen: None }.ui(ui, theme)
}

/// What the figures of a part say, and that its images can be seen.
fn hint(part: &Part<'_>) -> String {
    let lines = part.figures.iter().map(|(words, _)| format!("{}: {}", words.title, words.sentence));
    lines.chain(["Press for its images".to_owned()]).collect::<Vec<_>>().join("\n")
}

/// The first figure and its interval of each part, the first at the top.
fn forest_plot(ui: &mut Ui, theme: &Theme, of: &Parts<'_>) {
    let known: Vec<(&str, f64, [f64; 2])> = of
        .rows
        .iter()
        .filter_map(|part| {
            let (_, estimate) = part.figures.iter().find(|(words, _)| words.title == of.figure)?;
            Some((part.name, estimate.value?, estimate.interval?))
        })
        .collect();
    if known.is_empty() {
        return;
    }
    ui.add_space(space::S);
    let top = known.len() as f64;
    let height = 34.0 + 22.0 * known.len() as f32;
    let names: Vec<String> = known.iter().rev().map(|(name, ..)| (*name).to_owned()).collect();
    let label = move |at: f64| {
        let whole = at.fract().abs() < 1e-6 && at >= 1.0;
        let name = whole.then(|| names.get(at as usize - 1)).flatten();
        name.map(|name| name.chars().take(24).collect()).unwrap_or_default()
    };
    let shown = plot::still(&format!("{} by part", of.figure), theme, height)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(move |mark, _| label(mark.value))])
        .show_grid([true, false])
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=1.0);
            ui.set_plot_bounds_y(0.4..=top + 0.6);
            if let Some(chance) = of.chance {
                ui.vline(VLine::new("chance", chance).color(theme.faint).style(LineStyle::dashed_dense()).width(1.0));
            }
            for (at, (name, value, [low, high])) in known.iter().enumerate() {
                let y = top - at as f64;
                let ends = PlotPoints::from(vec![[*high, y], [*low, y]]);
                ui.line(Line::new((*name).to_owned(), ends).color(theme.accent).width(2.0));
                ui.points(Points::new((*name).to_owned(), vec![[*value, y]]).color(theme.accent).radius(4.0));
            }
        });
    let said: Vec<String> = known.iter().map(|(name, value, _)| format!("{name} {value:.3}")).collect();
    widgets::named(shown.response, &format!("{} by part: {}", of.figure, said.join(", ")));
}
