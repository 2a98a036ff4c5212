//! That what is shown is not the model's stored answer, where a head learned while somebody labelled.

use crate::ui::phrases;
use crate::ui::review::model::current::Current;
use crate::ui::theme::Theme;

/// Says so, and from how many images it learned.
pub(super) fn show(ui: &mut egui::Ui, theme: &Theme, current: &Current<'_>) {
    if let Some(images) = current.detail.and_then(|detail| detail.learned_from) {
        let images = phrases::count(images, "image", "images");
        let text =
            format!("Learned on top of the model from what you said of {images}; figures keep the model's own answer.");
        super::sentence(ui, theme, text);
    }
}
