//! What was measured on an image, as a list.

use super::remove;
use crate::domain::{AnnotatedMeasurement, Spacing, SpacingKind};
use crate::session::{Edit, ImageDetail};
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::review::model::current::Current;
use crate::ui::review::state::ReviewState;
use crate::ui::review::values;
use crate::ui::theme::space;
use crate::ui::widgets;
use egui::{Align, Label, Layout, Role, Sense, WidgetInfo, vec2};

/// Shows the section, with the space after it; without any measurement there is none.
pub(super) fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, current: &Current<'_>) {
    let Some(detail) = current.detail.filter(|d| !d.annotation.measurements.is_empty()) else { return };
    let (theme, writable) = (cx.theme, current.may_change());
    widgets::section_with(ui, theme, "Measurements", |_| {});
    let mut edit = None;
    for (number, one) in (1..).zip(&detail.annotation.measurements) {
        let with = values::Scale::of(detail, review.canvas.units());
        let value = values::text(cx.fetch, current.row.id, &one.measurement, with).unwrap_or_else(|| "–".to_owned());
        let name = one.measurement.measure.name();
        let chosen = review.canvas.measuring.chosen == Some(one.id);
        ui.horizontal(|ui| {
            let ink = if chosen { theme.text } else { theme.muted };
            let galley = widgets::elided(ui.painter(), name, fonts::regular(13.0), ink, 150.0);
            let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 4.0, 26.0), Sense::click());
            widgets::line(ui.painter(), rect.left() + 2.0, rect.center().y, galley);
            if response.has_focus() {
                widgets::focus_ring(ui, theme, rect, 4);
            }
            let text = format!("Measurement {number}, {name}, {value}");
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &text));
            if response.clicked() {
                review.canvas.measuring.chosen = (!chosen).then_some(one.id);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if writable {
                    let response = remove(ui, theme, &format!("Delete measurement {number}"));
                    if response.on_hover_text(cx.tooltip(ReviewAction::Delete)).clicked() {
                        edit = Some(Edit::DeleteMeasurement { id: one.id });
                    }
                }
                // What values come to is long; the picture beside has it all.
                ui.add(Label::new(widgets::body(theme, &value)).truncate()).on_hover_text(whole(&value, detail));
            });
        });
    }
    let scale = match detail.spacing {
        Some(s) if s.kind == SpacingKind::Ratio => {
            format!(
                "A pixel is {:.3} times as high as wide: {}. Lengths are in widths of a pixel.",
                s.shape(),
                s.kind.name()
            )
        }
        Some(s) if s.kind == SpacingKind::Reader => {
            let which = holds(&detail.annotation.measurements, detail.file_spacing);
            format!("{} mm a pixel: {}.{which}", values::size(s), values::by_reader(detail.file_spacing))
        }
        Some(s) => format!("{} mm a pixel: {}.", values::size(s), s.kind.name()),
        None => "The file does not say how large its pixels are: lengths are in pixels.".to_owned(),
    };
    ui.add(Label::new(widgets::caption(theme, scale)).wrap());
    if let Some(edit) = edit {
        review.annotate(cx.commands, cx.view, current.row.id, edit);
    }
    ui.add_space(space::M);
}

/// Which known length holds, where there are several.
fn holds(measurements: &[AnnotatedMeasurement], file: Option<Spacing>) -> String {
    let known = (1..).zip(measurements).filter(|(_, one)| one.measurement.calibrates(file).is_some());
    let numbers: Vec<usize> = known.map(|(number, _)| number).collect();
    match numbers.last() {
        Some(last) if numbers.len() > 1 => {
            format!(" Of {} known lengths the last one drawn holds, measurement {last}.", numbers.len())
        }
        Some(_) | None => String::new(),
    }
}

/// A value with the spacing of the header that a calibration stands in the place of, where it does not say so itself.
fn whole(value: &str, detail: &ImageDetail) -> String {
    let (short, long) = (SpacingKind::Reader.name(), values::by_reader(detail.file_spacing));
    match value.strip_suffix(short) {
        Some(before) => format!("{before}{long}"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Measure, Measurement, MeasurementId};

    #[test]
    fn of_several_known_lengths_it_says_which_holds() {
        let known = |id: i64, measure, known_mm| {
            let measurement = Measurement { measure, points: vec![[0.0, 0.0], [10.0, 0.0]], known_mm };
            AnnotatedMeasurement { id: MeasurementId(id), measurement }
        };
        let mut all = vec![known(1, Measure::Known, Some(50.0)), known(2, Measure::Length, None)];
        assert_eq!(holds(&all, None), "");
        all.extend([known(3, Measure::Known, Some(20.0)), known(4, Measure::Length, None)]);
        assert_eq!(holds(&all, None), " Of 2 known lengths the last one drawn holds, measurement 3.");
    }
}
