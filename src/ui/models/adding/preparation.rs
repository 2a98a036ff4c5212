//! How pictures were prepared for weights from elsewhere: as torchvision does, stretched, letterboxed, or as a file says, and
//! what of that was otherwise.

use super::{NAME_WIDTH, State};
use crate::domain::recipe::{Interpolation, Resize};
use crate::session::{Preparation, Rule, WeightsFit, WeightsView};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets;
use egui::Ui;

const RULES: [&str; 4] = ["As torchvision", "Stretched", "Letterbox", "As a file says…"];
/// Sides of an input that make sense.
const SIDES: std::ops::RangeInclusive<usize> = 8..=4096;

/// Shows it; whether something is being typed. `fit` is what follows from what was said, where it fits.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    view: &WeightsView,
    fit: Option<&WeightsFit>,
    state: &mut State,
) -> bool {
    let theme = cx.theme;
    let network = state.network(view).cloned();
    let boxes = network.as_ref().is_some_and(|network| network.draws_boxes());
    // What is taken where nobody says anything.
    let usual = match &network {
        Some(network) if boxes || network.is_torchvisions() => Some(if boxes { 2 } else { 0 }),
        Some(_) | None => None,
    };
    let chosen = match &state.asked.preparation.rule {
        None => usual,
        Some(Rule::Torchvision) => Some(0),
        Some(Rule::Stretch) => Some(1),
        Some(Rule::Letterbox) => Some(2),
        Some(Rule::File(_)) => Some(3),
    };
    let help = match &state.asked.preparation.rule {
        Some(Rule::File(file)) => format!("As {} says.", file.display()),
        None => match usual {
            Some(0) => "Nothing says how; torchvision's preset for this network is taken.".to_owned(),
            Some(_) => "Nothing says how; the whole image is taken, padded with black.".to_owned(),
            None => "Nothing says how: choose.".to_owned(),
        },
        Some(Rule::Torchvision) => "The shorter side to a length, then the centre.".to_owned(),
        Some(Rule::Stretch) => "To the input's size, whatever the picture's shape.".to_owned(),
        Some(Rule::Letterbox) => "The whole image, padded with black.".to_owned(),
    };
    widgets::labelled(ui, theme, "Pictures", NAME_WIDTH, &help, |ui| {
        let Some(pressed) = widgets::segmented(ui, theme, &RULES, chosen) else { return };
        let rule = match pressed {
            0 => Rule::Torchvision,
            1 => Rule::Stretch,
            2 => Rule::Letterbox,
            _ => return cx.push(Action::ChoosePreparation),
        };
        // What was said of another rule's sizes does not go with this one.
        let said = &state.asked.preparation;
        state.asked.preparation = Preparation {
            rule: Some(rule),
            mean: said.mean.clone(),
            std: said.std.clone(),
            interpolation: said.interpolation,
            ..Preparation::default()
        };
    });
    let mut typing = false;
    let said = &mut state.asked.preparation;
    widgets::labelled(ui, theme, "Size", NAME_WIDTH, "", |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            typing |=
                if chosen == Some(0) { cropped(ui, theme, said, fit) } else { whole(ui, theme, said, fit, boxes) };
        });
    });
    widgets::labelled(ui, theme, "Between pixels", NAME_WIDTH, "", |ui| {
        let now = said.interpolation.or(fit.map(|fit| fit.preprocessing.interpolation));
        let shown = now.map_or("as usual for the network", Interpolation::name);
        widgets::drop_down(ui, theme, "Interpolation", shown, 200.0, |ui| {
            for interpolation in Interpolation::ALL {
                if widgets::choice(ui, theme, interpolation.name(), now == Some(interpolation)) {
                    said.interpolation = Some(interpolation);
                }
            }
        });
    });
    let help = "Of values from 0 to 1, a number a channel or one for all. Empty: ImageNet's, or the file's.";
    widgets::labelled(ui, theme, "Mean, deviation", NAME_WIDTH, help, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            typing |= numbers(ui, theme, "Mean", "0.485 0.456 0.406", &mut state.mean, &mut said.mean);
            typing |= numbers(ui, theme, "Deviation", "0.229 0.224 0.225", &mut state.std, &mut said.std);
        });
        for (name, text) in [("mean", &state.mean), ("deviation", &state.std)] {
            if read(text).is_none() {
                let text = format!("The {name} is no list of numbers: write such as 0.5 0.5 0.5.");
                ui.label(widgets::caption(theme, text).color(theme.warning));
            }
        }
    });
    typing
}

/// The shorter side, and what is cut from the centre.
fn cropped(ui: &mut Ui, theme: &Theme, said: &mut Preparation, fit: Option<&WeightsFit>) -> bool {
    let now = fit.map(|fit| &fit.preprocessing);
    let shorter = now.and_then(|p| match p.resize {
        Resize::ShorterSideThenCrop(side) => Some(side),
        _ => None,
    });
    let mut side = said.resize.map(|(side, _)| side).or(shorter).unwrap_or(256);
    let (mut width, mut height) = said.crop.or(now.map(|p| (p.width, p.height))).unwrap_or((224, 224));
    ui.label(widgets::caption(theme, "shorter side"));
    let mut typing = changed(ui, &mut side, "Shorter side", |side| said.resize = Some((side, side)));
    ui.label(widgets::caption(theme, "centre"));
    let other = height;
    typing |= changed(ui, &mut width, "Width of the centre", |width| said.crop = Some((width, other)));
    ui.label(widgets::caption(theme, "×"));
    let other = width;
    typing |= changed(ui, &mut height, "Height of the centre", |height| said.crop = Some((other, height)));
    typing
}

/// The input's size.
fn whole(ui: &mut Ui, theme: &Theme, said: &mut Preparation, fit: Option<&WeightsFit>, boxes: bool) -> bool {
    let usual = if boxes { 1024 } else { 224 };
    let now = fit.map(|fit| (fit.preprocessing.width, fit.preprocessing.height));
    let (mut width, mut height) = said.resize.or(now).unwrap_or((usual, usual));
    let other = height;
    let mut typing = changed(ui, &mut width, "Width of the input", |width| said.resize = Some((width, other)));
    ui.label(widgets::caption(theme, "×"));
    let other = width;
    typing |= changed(ui, &mut height, "Height of the input", |height| said.resize = Some((other, height)));
    typing
}

/// A side in pixels; whether it is being typed or dragged.
fn changed(ui: &mut Ui, value: &mut usize, name: &str, set: impl FnOnce(usize)) -> bool {
    let before = *value;
    let field = widgets::number(ui, value, name, SIDES, 1.0, 70.0);
    if *value != before {
        set(*value);
    }
    field.has_focus() || field.dragged()
}

/// Numbers with spaces or commas between them; whether they are being typed.
fn numbers(ui: &mut Ui, theme: &Theme, name: &str, hint: &str, text: &mut String, values: &mut Vec<f32>) -> bool {
    let field = widgets::text_field(ui, theme, text, name, hint, 150.0);
    if let Some(read) = read(text) {
        *values = read;
    }
    field.has_focus()
}

fn read(text: &str) -> Option<Vec<f32>> {
    let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    parts.map(|part| part.parse::<f32>().ok().filter(|value| value.is_finite())).collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn numbers_stand_with_spaces_or_commas_between_them() {
        assert_eq!(read("0.5, 0.25  1"), Some(vec![0.5, 0.25, 1.0]));
        assert_eq!(read(" "), Some(Vec::new()));
        assert_eq!((read("0.5;0.5"), read("nan"), read("a")), (None, None, None));
    }
}
