//! The augmentation in the settings: one field that opens its parts, and the words for them.

use super::settings::NAME_WIDTH;
use crate::domain::recipe::Augmentation;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{DragValue, Ui, Vec2};

const SMALL_FIELD: Vec2 = Vec2::new(64.0, 24.0);

pub(super) fn show(ui: &mut Ui, theme: &Theme, a: &mut Augmentation) {
    let text = words(a);
    let help = if a.view.is_empty() { "" } else { "Each image is shown once with each view in every epoch" };
    widgets::labelled(ui, theme, "Augmentation", NAME_WIDTH, help, |ui| {
        let width = ui.available_width();
        widgets::drop_down(ui, theme, "Augmentation", &text, width, |ui| {
            ui.set_min_width(270.0);
            if a.view.is_empty() { changes(ui, theme, a) } else { views(ui, theme, a) }
        });
    });
}

fn views(ui: &mut Ui, theme: &Theme, a: &mut Augmentation) {
    for (at, view) in a.view.iter().enumerate() {
        let text = format!("View {}: {}", at + 1, if view.changes_nothing() { "as it is".into() } else { words(view) });
        ui.add(egui::Label::new(widgets::body(theme, text)).wrap());
    }
    if Button::new("Random changes instead").style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
        *a = Augmentation::default();
    }
}

fn changes(ui: &mut Ui, theme: &Theme, a: &mut Augmentation) {
    widgets::section(ui, theme, "Place");
    ui.checkbox(&mut a.horizontal_flip, widgets::body(theme, "Mirror left and right"));
    ui.checkbox(&mut a.vertical_flip, widgets::body(theme, "Mirror top and bottom"));
    degrees(ui, theme, "Rotation", &mut a.rotation, 180.0);
    degrees(ui, theme, "Shear", &mut a.shear, 60.0);
    percent(ui, theme, "Shift", &mut a.shift, 50.0);
    percent(ui, theme, "Scale", &mut a.scale, 90.0);
    if [a.rotation, a.shear, a.shift, a.scale] != [0.0; 4] {
        percent(ui, theme, "of the copies are moved", &mut a.warp_probability, 100.0);
    }
    percent(ui, theme, "Crop, share of copies", &mut a.crop.probability, 100.0);
    if a.crop.probability > 0.0 {
        let [least, most] = &mut a.crop.area;
        percent(ui, theme, "Crop, smallest area", least, *most * 100.0);
    }
    widgets::section(ui, theme, "Tone");
    percent(ui, theme, "Brightness", &mut a.brightness, 90.0);
    percent(ui, theme, "Contrast", &mut a.contrast, 90.0);
    if [a.brightness, a.contrast] != [0.0; 2] {
        percent(ui, theme, "of the copies change tone", &mut a.tone_probability, 100.0);
    }
    percent(ui, theme, "Gamma, share of copies", &mut a.gamma.probability, 100.0);
    if a.gamma.probability > 0.0 {
        range(ui, theme, "Gamma", &mut a.gamma.power, (0.1, 10.0));
    }
    percent(ui, theme, "CLAHE, share of copies", &mut a.clahe.probability, 100.0);
    if a.clahe.probability > 0.0 {
        range(ui, theme, "CLAHE clip limit", &mut a.clahe.clip_limit, (0.0, 40.0));
    }
    widgets::section(ui, theme, "Detail");
    percent(ui, theme, "Blur, share of copies", &mut a.blur.probability, 100.0);
    if a.blur.probability > 0.0 {
        range(ui, theme, "Blur, pixels", &mut a.blur.sigma, (0.05, 20.0));
    }
    percent(ui, theme, "Holes, share of copies", &mut a.dropout.probability, 100.0);
    if a.dropout.probability > 0.0 {
        let most = &mut a.dropout.holes[1];
        line(ui, theme, "Most holes", DragValue::new(most).range(1..=64).speed(0.1));
        a.dropout.holes[0] = a.dropout.holes[0].min(a.dropout.holes[1]);
        percent(ui, theme, "Largest hole", &mut a.dropout.size[1], 100.0);
        a.dropout.size[0] = a.dropout.size[0].min(a.dropout.size[1]);
    }
}

fn line(ui: &mut Ui, theme: &Theme, name: &str, drag: DragValue<'_>) {
    ui.horizontal(|ui| {
        widgets::drag_value(ui, drag, name, SMALL_FIELD);
        ui.label(widgets::body(theme, name));
    });
}

fn percent(ui: &mut Ui, theme: &Theme, name: &str, share: &mut f64, most: f64) {
    let drag = DragValue::from_get_set(|set| {
        if let Some(set) = set {
            *share = set / 100.0;
        }
        *share * 100.0
    });
    line(ui, theme, name, drag.range(0.0..=most).speed(0.25).max_decimals(1).suffix(" %"));
}

fn degrees(ui: &mut Ui, theme: &Theme, name: &str, angle: &mut f64, most: f64) {
    line(ui, theme, name, DragValue::new(angle).range(0.0..=most).speed(0.25).max_decimals(1).suffix("°"));
}

/// The smallest and the largest value that are drawn.
fn range(ui: &mut Ui, theme: &Theme, name: &str, [least, most]: &mut [f64; 2], (low, high): (f64, f64)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let drag = DragValue::new(least).range(low..=*most).speed(0.02).max_decimals(2);
        widgets::drag_value(ui, drag, &format!("{name}, least"), SMALL_FIELD);
        let drag = DragValue::new(most).range(*least..=high).speed(0.02).max_decimals(2);
        widgets::drag_value(ui, drag, &format!("{name}, most"), SMALL_FIELD);
        ui.label(widgets::body(theme, name));
    });
}

/// "Mirror, rotate 10°, shift 5 %".
fn words(a: &Augmentation) -> String {
    if !a.view.is_empty() {
        return format!("{} an image", phrases::count(a.view.len(), "fixed view", "fixed views"));
    }
    let mut parts = Vec::new();
    match (a.horizontal_flip, a.vertical_flip) {
        (true, true) => parts.push("mirror both ways".to_owned()),
        (true, false) => parts.push("mirror".to_owned()),
        (false, true) => parts.push("mirror upside down".to_owned()),
        (false, false) => {}
    }
    for (name, angle) in [("rotate", a.rotation), ("shear", a.shear)] {
        if angle > 0.0 {
            parts.push(format!("{name} {}°", (angle * 10.0).round() / 10.0));
        }
    }
    for (name, value) in
        [("shift", a.shift), ("scale", a.scale), ("brightness", a.brightness), ("contrast", a.contrast)]
    {
        if value > 0.0 {
            parts.push(format!("{name} {} %", (value * 1000.0).round() / 10.0));
        }
    }
    for (name, probability) in [
        ("gamma", a.gamma.probability),
        ("crop", a.crop.probability),
        ("blur", a.blur.probability),
        ("CLAHE", a.clahe.probability),
        ("holes", a.dropout.probability),
    ] {
        if probability > 0.0 {
            parts.push(name.to_owned());
        }
    }
    if parts.is_empty() {
        return "None".into();
    }
    let text = parts.join(", ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::Blur;

    #[test]
    fn augmentation_is_said_in_words() {
        assert_eq!(words(&Augmentation::default()), "None");
        let a = Augmentation { horizontal_flip: true, rotation: 10.0, shift: 0.05, ..Augmentation::default() };
        assert_eq!(words(&a), "Mirror, rotate 10°, shift 5 %");
        let a = Augmentation { shear: 5.0, blur: Blur::default(), ..Augmentation::default() };
        assert_eq!(words(&a), "Shear 5°, blur");
        let views = Augmentation { view: vec![Augmentation::default(), a], ..Augmentation::default() };
        assert_eq!(words(&views), "2 fixed views an image");
    }
}
