//! A finding in parts of the images: a table and a forest plot, and which part does worst.

use super::plot_card;
use crate::domain::ImageId;
use crate::domain::performance::{Estimate, FindingFigure, Subgroup, Subgroups};
use crate::session::drawing::forest;
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

/// Shows what was worked out; nothing where no attribute parts the images.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, comparison: &Comparison, state: &mut State) {
    let (theme, all) = (cx.theme, comparison.subgroups.as_slice());
    let chosen = all.iter().find(|one| Some(&one.attribute) == state.attribute.as_ref());
    // The one with the worst part is the one to look at first.
    let lowest = || all.iter().filter_map(|one| Some((area(one.worst()?)?.value?, one)));
    let first = lowest().min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, one)| one);
    let Some(shown) = chosen.or(first).or(all.first()) else { return };
    let images = all.iter().position(|one| one.attribute == shown.attribute);
    let images = images.and_then(|at| comparison.part_images.get(at)).map(Vec::as_slice).unwrap_or_default();
    let mut opened = None;
    let head = format!("In parts of the images · {}", shown.finding);
    plot_card::show(
        ui,
        cx,
        (&head, "forest"),
        || forest::draw(shown),
        |ui, _| {
            ui.add_space(space::S);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                ui.label(widgets::body(theme, "By"));
                widgets::drop_down(ui, theme, "Attribute of the parts", &shown.attribute, 220.0, |ui| {
                    for one in all {
                        if widgets::choice(ui, theme, &one.attribute, one.attribute == shown.attribute) {
                            state.attribute = Some(one.attribute.clone());
                        }
                    }
                });
            });
            ui.add_space(space::S);
            ui.add(egui::Label::new(widgets::body(theme, shown.verdict(all.len()))).wrap());
            ui.add_space(space::S);
            opened = table(ui, theme, shown, images);
            forest_plot(ui, theme, shown);
        },
    );
    if let Some((part, images)) = opened.and_then(|at| Some((shown.parts.get(at)?, images.get(at)?))) {
        let title = format!("{}: {}", shown.attribute, part.name());
        super::open(cx, ImageSet { title, images: Arc::new(images.clone()) });
    }
}

fn area(part: &Subgroup) -> Option<&Estimate> {
    part.figure(FindingFigure::Auroc)
}

/// Each part; the one that was pressed just now, where its images are known.
fn table(ui: &mut Ui, theme: &Theme, of: &Subgroups, images: &[Vec<ImageId>]) -> Option<usize> {
    let mut columns = vec![Column::growing(&of.attribute), Column::right("Images"), Column::right("With it")];
    let figures: Vec<FindingFigure> =
        of.parts.first().map(|part| part.figures.iter().map(|(figure, _)| *figure).collect()).unwrap_or_default();
    for figure in &figures {
        columns.extend([Column::right(figure.words().title), Column::right("95 % interval")]);
    }
    let row = |part: &Subgroup| {
        let mut row = vec![
            Cell::strong(part.name()).hint(hint(part)),
            Cell::new(phrases::thousands(part.images)).color(theme.muted),
            Cell::new(phrases::thousands(part.positives)).color(theme.muted),
        ];
        for figure in &figures {
            row.extend(part.figure(*figure).map(|one| super::finding::cells(theme, one)).into_iter().flatten());
        }
        row
    };
    let rows = of.parts.iter().map(row).collect();
    Table { columns, rows, pressable: !images.is_empty(), chosen: None }.ui(ui, theme)
}

/// What the figures of a part say, and that its images can be seen.
fn hint(part: &Subgroup) -> String {
    let lines = part.figures.iter().map(|(figure, _)| format!("{}: {}", figure.words().title, figure.words().sentence));
    lines.chain(["Press for its images".to_owned()]).collect::<Vec<_>>().join("\n")
}

/// AUROC and its interval of each part, the first at the top.
fn forest_plot(ui: &mut Ui, theme: &Theme, of: &Subgroups) {
    let known: Vec<(&str, f64, [f64; 2])> = of
        .parts
        .iter()
        .filter_map(|part| {
            let estimate = area(part)?;
            Some((part.name(), estimate.value?, estimate.interval?))
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
    let shown = plot::still("AUROC by part", theme, height)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 22.0).formatter(|mark, _| plot::decimals(mark))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(move |mark, _| label(mark.value))])
        .show_grid([true, false])
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=1.0);
            ui.set_plot_bounds_y(0.4..=top + 0.6);
            ui.vline(VLine::new("chance", 0.5).color(theme.faint).style(LineStyle::dashed_dense()).width(1.0));
            for (at, (name, value, [low, high])) in known.iter().enumerate() {
                let y = top - at as f64;
                let ends = PlotPoints::from(vec![[*high, y], [*low, y]]);
                ui.line(Line::new((*name).to_owned(), ends).color(theme.accent).width(2.0));
                ui.points(Points::new((*name).to_owned(), vec![[*value, y]]).color(theme.accent).radius(4.0));
            }
        });
    let said: Vec<String> = known.iter().map(|(name, value, _)| format!("{name} {value:.3}")).collect();
    widgets::named(shown.response, &format!("AUROC by part: {}", said.join(", ")));
}
