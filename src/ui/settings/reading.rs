//! How pictures are read: heat maps, what goes along from picture to picture, what the corners say, a person's own windows, and
//! how large the screen is.

use super::State;
use super::rows::Rows;
use crate::domain::{MapMethod, MapMethods};
use crate::session::{DeskCommand, OwnPreset, Preferences, Reading};
use crate::ui::context::PanelContext;
use crate::ui::theme::Theme;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Sense, Ui, vec2};

/// Millimetres of the bar by which the size of the screen is told.
const BAR: f64 = 50.0;
/// Points a millimetre that a screen is taken to have while nobody has said: 96 points an inch.
pub const USUAL: f64 = 96.0 / 25.4;

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, _: &mut State) {
    rows.row("Keep the view", "Press again for each image its own view.", |ui, _, preferences| {
        let text = "Window, zoom, rotation and flip go along to the next image of the same kind";
        widgets::check(ui, &mut preferences.reading.keep_view, text);
    });
    rows.row("Over the picture", "", |ui, _, preferences| {
        let corners = &mut preferences.reading.corners;
        ui.vertical(|ui| {
            for (on, text) in [
                (&mut corners.view, "Corner: window and zoom"),
                (&mut corners.values, "Corner: size, depth and the value under the pointer"),
                (&mut corners.name, "Corner: name of the file and split"),
                (
                    &mut corners.study,
                    "Corner: patient and study as marks that name nobody, and the place in the series",
                ),
                (&mut corners.letters, "Edges: R L A P H F, which way the picture lies in the patient"),
            ] {
                widgets::check(ui, on, text);
            }
        });
    });
    let size = "Change the number until the bar is 50 mm long on a ruler.";
    rows.row("True size", size, |ui, cx, preferences| {
        ui.vertical(|ui| screen(ui, cx.theme, &mut preferences.reading));
    });
    rows.row("Films", "The strip over a film that plays changes it too.", |ui, _, preferences| {
        let speed = &mut preferences.reading.frames_a_second;
        ui.horizontal(|ui| {
            let mut own = speed.is_some();
            if widgets::check(ui, &mut own, "Always so many frames a second, not as the file says").changed() {
                *speed = own.then_some(10.0);
            }
            if let Some(speed) = speed {
                widgets::number(ui, speed, "Frames of films a second", 0.2..=60.0, 0.2, 70.0);
            }
        });
    });
    rows.row("Own windows", "Offered after those of the header.", |ui, cx, preferences| {
        ui.vertical(|ui| presets(ui, cx.theme, &mut preferences.reading.presets));
    });
    for (boxes, name, help) in [
        (false, "Heat maps of classes", "How it is worked out where in an image a class comes from."),
        (true, "Heat maps of boxes", "The same for models that draw boxes."),
    ] {
        rows.row(name, help, |ui, cx, _| heat_maps(ui, cx, boxes, name));
    }
}

/// As the program comes.
pub(super) fn reset(cx: &mut PanelContext<'_>) {
    for boxes in [false, true] {
        cx.send(DeskCommand::SetMapMethod { boxes, method: MapMethods::default().of(boxes) });
    }
    let mut preferences: Preferences = (*cx.view.preferences).clone();
    preferences.reading = Reading { mouse: preferences.reading.mouse, ..Reading::default() };
    cx.send(DeskCommand::SetPreferences(preferences));
}

fn heat_maps(ui: &mut Ui, cx: &mut PanelContext<'_>, boxes: bool, name: &str) {
    let chosen = cx.view.map_methods.of(boxes);
    let (theme, mut new) = (cx.theme, None);
    widgets::drop_down(ui, theme, name, chosen.title(), 240.0, |ui| {
        for method in MapMethod::that_fit(boxes) {
            if widgets::choice(ui, theme, method.title(), method == chosen) {
                new = Some(method);
                ui.close();
            }
        }
    });
    if let Some(method) = new {
        cx.send(DeskCommand::SetMapMethod { boxes, method });
    }
}

/// A bar that is as long as it says once the number is right, for pictures in their true size.
fn screen(ui: &mut Ui, theme: &Theme, reading: &mut Reading) {
    let mut points = reading.points_per_mm.unwrap_or(USUAL);
    let (rect, _) = ui.allocate_exact_size(vec2((BAR * points) as f32, 10.0), Sense::hover());
    ui.painter().rect_filled(rect, 1, theme.accent);
    let changed =
        widgets::number(ui, &mut points, "Points of the screen a millimetre", 1.0..=20.0, 0.01, 90.0).changed();
    if changed {
        reading.points_per_mm = Some(points);
    }
}

fn presets(ui: &mut Ui, theme: &Theme, presets: &mut Vec<OwnPreset>) {
    let mut gone = None;
    for (at, preset) in presets.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            let of = |what: &str| format!("Window {}: {what}", at + 1);
            widgets::text_field(ui, theme, &mut preset.name, &of("name"), "Name", 130.0);
            ui.label(widgets::caption(theme, "C"));
            widgets::number(ui, &mut preset.centre, &of("centre"), -1e6..=1e6, 1.0, 70.0);
            ui.label(widgets::caption(theme, "W"));
            widgets::number(ui, &mut preset.width, &of("width"), 1e-6..=1e6, 1.0, 70.0);
            let mut modality = preset.modality.clone().unwrap_or_default();
            if widgets::text_field(ui, theme, &mut modality, &of("modality"), "any", 50.0).changed() {
                let modality = modality.trim().to_uppercase();
                preset.modality = (!modality.is_empty()).then_some(modality);
            }
            if Button::new("Remove").name(of("remove")).style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
                gone = Some(at);
            }
        });
    }
    if let Some(at) = gone {
        presets.remove(at);
    }
    if Button::new("Add a window").ui(ui, theme).clicked() {
        presets.push(OwnPreset {
            name: format!("Own {}", presets.len() + 1),
            modality: None,
            centre: 0.0,
            width: 100.0,
        });
    }
}
