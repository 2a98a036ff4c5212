//! A line of the class list: name, colour, what it means, and what becomes of what was said of it.

use crate::domain::class_list::Class;
use crate::session::{Command, ProjectCommand, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle, Glyph, ThumbnailCache};
use egui::{Popup, Ui};

/// The side of an example in its line, and under the pointer, in points.
const EXAMPLE: f32 = 26.0;
const LARGE_EXAMPLE: f32 = 160.0;

/// The colour, which changes nothing of labels and models.
pub(super) fn looks(ui: &mut Ui, class: &mut Class) {
    let color = ui.color_edit_button_srgb(&mut class.color).on_hover_text("Colour on pictures and in lists");
    widgets::named(color, &format!("Colour of {}", class.name));
}

/// What the class means.
pub(super) fn meaning(ui: &mut Ui, theme: &Theme, class: &mut Class) {
    let name = format!("What {} means", class.name);
    widgets::text_field(ui, theme, &mut class.description, &name, "what it means, shown over its button", 240.0);
}

/// The image that shows what is meant, where one was chosen; whether it is to be none any more.
pub(super) fn example(
    ui: &mut Ui,
    cx: &PanelContext<'_>,
    project: &ProjectView,
    thumbnails: &mut ThumbnailCache,
    (class, name): (usize, &str),
) -> bool {
    let Some(image) = project.class_looks.example(class) else { return false };
    let Some(shown) = widgets::example(ui, cx, thumbnails, (image, name), EXAMPLE) else { return false };
    shown.on_hover_ui(|ui| {
        ui.label("The example of this class. Another is chosen in the menu of an image in Review.");
        widgets::example(ui, cx, thumbnails, (image, name), LARGE_EXAMPLE);
    });
    let button = Button::of_glyph(Glyph::Cross, format!("No example of {name}")).height(22.0);
    button.tooltip("No example any more; the image stays what it is").ui(ui, cx.theme).clicked()
}

/// The menu that gives all that is said of a class to another one or takes it away; what was chosen, with the question to ask.
pub(super) fn fate(
    ui: &mut Ui,
    theme: &Theme,
    project: &ProjectView,
    class: usize,
    images: Option<usize>,
) -> Option<(String, String, &'static str, Command)> {
    let name = project.classes.name(class);
    let button = Button::new("Merge or empty").name(format!("Merge or empty {name}")).style(ButtonStyle::Quiet);
    let response = button.ui(ui, theme);
    let mut chosen = None;
    let count = images.map_or_else(|| "All images".to_owned(), |images| phrases::count(images, "image", "images"));
    Popup::menu(&response).show(|ui| {
        ui.set_min_width(220.0);
        ui.spacing_mut().item_spacing.y = space::XS;
        for (into, other) in project.classes.names().into_iter().enumerate().filter(|(into, _)| *into != class) {
            if widgets::choice(ui, theme, &format!("Merge into {other}"), false) {
                let text = format!(
                    "{count} of {name}, and its boxes, become {other}; what is reviewed stays reviewed. {name} stays in the \
                     list, empty: models and the log refer to its place. Undo brings all of it back in one step."
                );
                let command = ProjectCommand::EmptyClass { class, into: Some(into) }.into();
                chosen = Some((format!("Merge {name} into {other}?"), text, "Merge them", command));
            }
        }
        ui.separator();
        if widgets::choice(ui, theme, "Take it away from all images", false) {
            let text = format!(
                "{count} lose the label {name}, and its boxes are deleted; they are open to be reviewed again. Undo brings all \
                 of it back in one step."
            );
            let command = ProjectCommand::EmptyClass { class, into: None }.into();
            chosen = Some((format!("Take {name} away from all images?"), text, "Take it away", command));
        }
    });
    chosen
}
