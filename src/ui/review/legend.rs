//! Which boxes are a reader's and which the model's, told beside the picture: over it the words would cover what is there.

use super::model::current::Current;
use super::state::ReviewState;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets;
use egui::{Color32, Galley, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// The width of a sample, and the height of a row.
const SAMPLE: f32 = 16.0;
const ROW: f32 = 26.0;

/// How a line on the pictures looks: where the colour is the class's, by being dashed or not.
#[derive(Clone, Copy)]
enum Sample {
    Box(Color32),
    Line(Color32),
    Dashes(Color32),
}

/// Shows it for a picture with so many boxes.
pub(super) fn show(ui: &mut Ui, cx: &PanelContext<'_>, review: &ReviewState, current: &Current<'_>, boxes: usize) {
    // The lines lie on the picture's black in both themes.
    let theme = Theme::dark();
    let of_classes = widgets::box_color(&theme, &current.project.classes, boxes, 0).is_some();
    let line = cx.theme.text;
    let drawn = if of_classes { Sample::Line(line) } else { Sample::Box(theme.truth) };
    let mut all = vec![("drawn".to_owned(), drawn)];
    if let Some(threshold) = review.threshold.of_all(current.project) {
        let sample = if of_classes { Sample::Dashes(line) } else { Sample::Box(theme.prediction) };
        all.push((format!("model, from {threshold:.2}"), sample));
    }
    let font = fonts::regular(12.0);
    let galley = |text: String| ui.painter().layout_no_wrap(text, font.clone(), cx.theme.muted);
    let all: Vec<_> = all.into_iter().map(|(text, sample)| (galley(text), sample)).collect();
    let wide: f32 = all.iter().map(|(galley, _)| width(galley) + ui.spacing().item_spacing.x).sum();
    if ui.available_size_before_wrap().x < wide {
        // They are read together.
        ui.end_row();
    }
    for (galley, sample) in all {
        whose(ui, galley, sample);
    }
}

/// How wide a sample is with its words.
fn width(galley: &Galley) -> f32 {
    SAMPLE + 2.0 + galley.size().x + space::XS
}

/// A sample with what it means, as one thing that is not broken over two rows.
fn whose(ui: &mut Ui, galley: Arc<Galley>, sample: Sample) {
    let (room, response) = ui.allocate_exact_size(vec2(width(&galley), ROW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, galley.text()));
    let swatch = Rect::from_center_size(pos2(room.left() + SAMPLE / 2.0, room.center().y), vec2(10.0, 10.0));
    let ends = [swatch.left_center(), swatch.right_center()];
    match sample {
        Sample::Box(color) => _ = ui.painter().rect_stroke(swatch, 1, Stroke::new(2.0, color), StrokeKind::Inside),
        Sample::Line(color) => _ = ui.painter().line_segment(ends, Stroke::new(2.0, color)),
        Sample::Dashes(color) => {
            ui.painter().extend(Shape::dashed_line(&ends, Stroke::new(2.0, color), 3.0, 2.0));
        }
    }
    widgets::line(ui.painter(), room.left() + SAMPLE + 2.0, room.center().y, galley);
}
