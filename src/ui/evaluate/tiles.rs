//! Figures shown large, each with how much it differs from the other model's.

use super::finding;
use crate::domain::Figure;
use crate::domain::performance::{Better, Estimate, FindingFigure, OverallFigure};
use crate::domain::report::WithInterval;
use crate::session::Comparison;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::phrases::{change, figure, plain};
use crate::ui::widgets;
use egui::Ui;

/// The height of a tile, in points.
const TILE: f32 = 42.0;

/// A figure with its change, where it has a tile; the sign says which way, the colour whether that is good, where these images
/// show a difference at all.
pub(super) fn tile<R>(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    comparison: &Comparison,
    shown: &Figure<R>,
    (before, now): (Option<&R>, &R),
) {
    let Some(name) = shown.tile else { return };
    let theme = cx.theme;
    let (before, now) = (before.and_then(shown.of), (shown.of)(now));
    let by = change(before, now);
    let apart = shown.measured.and_then(|measured| apart_of(comparison, measured));
    let better = if shown.lower_is_better { Better::Lower } else { Better::Higher };
    let painter = ui.painter();
    let wide = |text: &str, font| painter.layout_no_wrap(text.to_owned(), font, theme.text).size().x;
    let figures = wide(&figure(now), fonts::semibold(20.0)) + 6.0 + wide(&by, fonts::medium(12.0));
    let width = wide(name, fonts::regular(12.0)).max(figures) + 1.0;
    // With its width said before, it goes into the next row where there is no room.
    let layout = egui::Layout::top_down(egui::Align::Min);
    let tile = ui.allocate_ui_with_layout(egui::vec2(width, TILE), layout, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.label(widgets::caption(theme, name));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.label(egui::RichText::new(figure(now)).font(fonts::semibold(20.0)).color(theme.text));
            if !by.is_empty() {
                let color = finding::color_of(theme, apart, better);
                ui.label(egui::RichText::new(&by).font(fonts::medium(12.0)).color(color));
            }
        });
    });
    let difference = if by.is_empty() { String::new() } else { format!("\n{}", said_of(apart)) };
    tile.response.on_hover_text(format!("{}{difference}", shown.sentence));
}

/// Whether these images show a difference, as a sentence.
fn said_of(apart: Option<&Estimate>) -> String {
    match apart.and_then(|apart| apart.interval) {
        Some([low, high]) => format!(
            "The difference has a 95 % interval of {} to {}{}",
            plain(low),
            plain(high),
            if finding::is_shown(apart) {
                ", which leaves 0 out."
            } else {
                ": it holds 0, so that these images show no difference."
            }
        ),
        None => "No interval of the difference is known, so that it may be chance.".to_owned(),
    }
}

/// How much the two models differ in a figure; `None` where that is not worked out.
pub(super) fn apart_of(comparison: &Comparison, measured: WithInterval) -> Option<&Estimate> {
    let difference = comparison.difference.as_deref();
    let overall = |wanted: OverallFigure| {
        difference?.overall.iter().find(|(figure, _)| *figure == wanted).map(|(_, estimate)| estimate)
    };
    match measured {
        WithInterval::Overall(figure) => overall(figure),
        WithInterval::Auroc => match difference?.findings.as_slice() {
            [_, second] => second.figure(FindingFigure::Auroc),
            _ => overall(OverallFigure::MacroAuroc),
        },
        WithInterval::Boxes(figure) => {
            let all = &comparison.boxes.differences;
            all.iter().find(|(model, _)| *model == comparison.candidate)?.1.figure(figure)
        }
    }
}
