//! What the network is shown: an image brought to its input's size, and copies changed as the recipe says.

use crate::domain::{ImageId, Recipe, Split};
use crate::session::{Fetched, ImageRow, Preview, PreviewRequest, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::theme::{Theme, radius, space};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{ColorImage, CornerRadius, Rect, Role, Sense, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo};
use std::sync::Arc;

/// Points of a tile's side.
const TILE: f32 = 132.0;

/// Whether it is open, for which image and which draw, and what is on the graphics card.
#[derive(Default)]
pub(super) struct State {
    pub open: bool,
    image: Option<ImageId>,
    round: usize,
    shown: Option<(Arc<Preview>, Vec<TextureHandle>)>,
}

/// Opens and closes it; part of the settings.
pub(super) fn switch(ui: &mut Ui, theme: &Theme, open: &mut bool) {
    let text = if *open { "Hide preview" } else { "Show preview" };
    let tip = "What the network is shown: an image, and copies of it changed as set here";
    if Button::new(text).style(ButtonStyle::Quiet).height(22.0).tooltip(tip).ui(ui, theme).clicked() {
        *open = !*open;
    }
}

/// Shows it, where it is open.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, recipe: &Recipe, state: &mut State) {
    if !state.open {
        return;
    }
    let theme = cx.theme;
    widgets::card(ui, theme, |ui| {
        let images = choices(project);
        let at = state.image.and_then(|id| images.iter().position(|row| row.id == id)).unwrap_or(0);
        let Some(row) = images.get(at) else {
            widgets::section(ui, theme, "What the network is shown");
            ui.label(widgets::caption(theme, "There is no image to show: import some, or relink those that moved."));
            return;
        };
        head(ui, theme, &row.name, (at, images.len()), state, |to| images.get(to).map(|row| row.id));
        let image = state.image.unwrap_or(row.id);
        let request = PreviewRequest {
            image,
            preprocessing: recipe.preprocessing.clone(),
            augmentation: recipe.augmentation.clone(),
            seed: recipe.seed,
            round: state.round,
        };
        let preview = match cx.fetch.preview(request) {
            Fetched::Ready(preview) => Some(preview),
            Fetched::Loading(older) => older,
            Fetched::Failed(why) => {
                state.shown = None;
                ui.add(egui::Label::new(widgets::body(theme, why.as_ref()).color(theme.error)).wrap());
                return;
            }
        };
        let Some(preview) = preview else {
            ui.label(widgets::caption(theme, "The preview is being made."));
            return;
        };
        tiles(ui, theme, &preview, state);
        if recipe.augmentation.changes_nothing() {
            ui.label(widgets::caption(theme, "No change is set: every pass shows the image as it is."));
        }
    });
}

/// Training images whose files are there; any, where there is none.
fn choices(project: &ProjectView) -> Vec<&ImageRow> {
    let there = || project.rows.iter().filter(|row| !row.missing);
    let of_training: Vec<&ImageRow> = there().filter(|row| row.split == Split::Train).collect();
    if of_training.is_empty() { there().collect() } else { of_training }
}

/// The title, the image's name, and the buttons.
fn head(
    ui: &mut Ui,
    theme: &Theme,
    name: &str,
    (at, count): (usize, usize),
    state: &mut State,
    id: impl Fn(usize) -> Option<ImageId>,
) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::section(ui, theme, "What the network is shown");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let quiet = |text| Button::new(text).style(ButtonStyle::Quiet).height(24.0);
            if quiet("Close").name("Close the preview").ui(ui, theme).clicked() {
                state.open = false;
            }
            let again = quiet("Other samples").tooltip("Other random changes, as another pass would draw them");
            if again.ui(ui, theme).clicked() {
                state.round += 1;
            }
            let next = quiet("Next").name("Next image of the preview").enabled(count > 1);
            if next.ui(ui, theme).clicked() {
                state.image = id((at + 1) % count);
            }
            let back = quiet("Back").name("Image before in the preview").enabled(count > 1);
            if back.ui(ui, theme).clicked() {
                state.image = id((at + count - 1) % count);
            }
            ui.add(egui::Label::new(widgets::caption(theme, name)).truncate());
        });
    });
}

fn tiles(ui: &mut Ui, theme: &Theme, preview: &Arc<Preview>, state: &mut State) {
    if state.shown.as_ref().is_none_or(|(kept, _)| !Arc::ptr_eq(kept, preview)) {
        let pictures = std::iter::once(&preview.original).chain(&preview.copies);
        let uploaded = pictures.filter_map(|rgba| upload(ui.ctx(), preview.width, preview.height, rgba)).collect();
        state.shown = Some((Arc::clone(preview), uploaded));
    }
    let Some((_, textures)) = &state.shown else { return };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(space::M, space::M);
        for (at, texture) in textures.iter().enumerate() {
            let name = match at.checked_sub(1) {
                None => "As it is".to_owned(),
                Some(copy) if preview.views > 1 => {
                    format!("View {}, draw {}", copy % preview.views + 1, copy / preview.views + 1)
                }
                Some(copy) => format!("Sample {}", copy + 1),
            };
            tile(ui, theme, texture, &name);
        }
    });
}

fn tile(ui: &mut Ui, theme: &Theme, texture: &TextureHandle, name: &str) {
    let caption = 18.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(TILE, TILE + caption), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Preview: {name}")));
    let ground = Rect::from_min_size(rect.min, Vec2::splat(TILE));
    let size = texture.size_vec2();
    let fitted = size * (TILE / size.max_elem().max(1.0));
    let picture = Rect::from_center_size(ground.center(), fitted);
    let uv = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
    ui.painter().rect_filled(ground, CornerRadius::same(radius::S), theme.picture);
    ui.painter().image(texture.id(), picture, uv, egui::Color32::WHITE);
    let galley = ui.painter().layout_no_wrap(name.to_owned(), crate::ui::fonts::regular(11.0), theme.muted);
    ui.painter().galley(egui::pos2(rect.left(), ground.bottom() + space::XS), galley, theme.muted);
}

/// `None` where the pixels do not fit the size or the graphics card.
fn upload(ctx: &egui::Context, width: usize, height: usize, rgba: &[u8]) -> Option<TextureHandle> {
    let most = ctx.input(|i| i.max_texture_side);
    if width == 0 || height == 0 || width.max(height) > most || rgba.len() != width * height * 4 {
        return None;
    }
    let pixels = ColorImage::from_rgba_unmultiplied([width, height], rgba);
    Some(ctx.load_texture("preview", pixels, TextureOptions::LINEAR))
}
