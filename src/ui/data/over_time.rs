//! Two readers on each class, and over the order of reading.

use super::open;
use crate::session::{AgreementBlock, AskedOfReaders, ImageSet, PairOfReaders};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Cell, Column, Table, plot};
use egui::{Label, Ui};
use egui_plot::{AxisHints, Line, PlotPoints, Points};
use std::sync::Arc;

const HEIGHT: f32 = 130.0;

/// Shows both, as far as there is something; `who` are the two.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, asked: &AskedOfReaders, pair: &PairOfReaders, who: &str) {
    let theme = cx.theme;
    let said = asked.answers.iter().zip(&pair.by_class).filter(|(_, one)| one.value.is_some());
    let said: Vec<String> = said.map(|(answer, one)| format!("{answer}: {}", super::readers::figure(one))).collect();
    if said.len() > 1 {
        ui.add_space(space::S);
        let text = format!("On each answer, twice the images of both over all of either. {}.", said.join("; "));
        ui.add(Label::new(widgets::caption(theme, text)).wrap());
    }
    if pair.over_time.is_empty() {
        return;
    }
    ui.add_space(space::M);
    widgets::section(ui, theme, "Over the order of reading");
    let text = format!(
        "{who}: the share of images of which both say the same, by when the later of the two spoke, with 95 % intervals (Wilson). \
         Press a row for its images."
    );
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    curve(ui, theme, &pair.over_time);
    let columns =
        [("Images", false), ("Days", false), ("The same", true), ("Agreement", true), ("Cohen's kappa", true)];
    let columns = columns.map(|(name, number)| if number { Column::right(name) } else { Column::left(name) });
    let rows = pair.over_time.iter().map(row).collect();
    if let Some(block) = (Table { columns: columns.into(), rows, pressable: true, chosen: None })
        .ui(ui, theme)
        .and_then(|at| pair.over_time.get(at))
    {
        let title = format!("{who}, images {}", numbers(block));
        open(cx, ImageSet { title, images: Arc::new(block.images.clone()) });
    }
}

/// "26 to 50".
fn numbers(of: &AgreementBlock) -> String {
    format!("{} to {}", of.from, of.from + of.agreement.images - 1)
}

fn share(of: &AgreementBlock) -> f64 {
    of.agreement.same as f64 / of.agreement.images.max(1) as f64
}

fn row(of: &AgreementBlock) -> Vec<Cell> {
    let [first, last] = &of.days;
    let days = if first == last { first.clone() } else { format!("{first} to {last}") };
    let ends = of.agreement.interval.map_or_else(String::new, |[low, high]| format!(" ({low:.2} to {high:.2})"));
    vec![
        Cell::strong(numbers(of)),
        Cell::new(days),
        Cell::new(format!("{} of {}", of.agreement.same, of.agreement.images)),
        Cell::new(format!("{}{ends}", phrases::plain(share(of)))),
        Cell::new(of.agreement.kappa.map_or_else(|| "not defined".to_owned(), phrases::plain)),
    ]
}

fn curve(ui: &mut Ui, theme: &Theme, blocks: &[AgreementBlock]) {
    let middle = |of: &AgreementBlock| of.from as f64 + (of.agreement.images as f64 - 1.0) / 2.0;
    let last = blocks.last().map_or(1.0, |of| (of.from + of.agreement.images) as f64);
    let shares: Vec<[f64; 2]> = blocks.iter().map(|of| [middle(of), share(of)]).collect();
    let shown = plot::still("Agreement over the order of reading", theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 40.0).formatter(|mark, _| plot::whole(mark.value))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        .default_x_bounds(0.0, last)
        .default_y_bounds(0.0, 1.02)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=last);
            ui.set_plot_bounds_y(0.0..=1.02);
            for (of, [low, high]) in blocks.iter().filter_map(|of| Some((of, of.agreement.interval?))) {
                let ends = PlotPoints::from(vec![[middle(of), low], [middle(of), high]]);
                ui.line(Line::new("interval", ends).color(theme.muted).width(1.5));
            }
            ui.line(Line::new("the same", PlotPoints::from(shares.clone())).color(theme.accent).width(1.5));
            ui.points(Points::new("the same", PlotPoints::from(shares)).color(theme.accent).radius(3.0));
        });
    let told: Vec<String> =
        blocks.iter().map(|of| format!("images {}: {}", numbers(of), phrases::plain(share(of)))).collect();
    let spoken = format!("Agreement over the order of reading, {}", told.join("; "));
    shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &spoken));
}
