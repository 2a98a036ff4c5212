//! The small parts that all screens are made of, each painted with the theme's tokens and named for screen readers.

mod action_button;
mod bar;
mod button;
mod card;
mod chip;
mod empty_state;
mod field;
mod glyph;
mod key_cap;
mod marks;
mod notice;
pub mod plot;
mod screen_scroll;
mod section;
mod segmented;
mod shorten;
mod table;
mod text;
mod thumbnail;

pub use action_button::action_button;
pub use bar::{ProbabilityBar, bar, progress};
pub use button::{Button, ButtonStyle};
pub use card::{card, card_frame, dialog_frame};
pub use chip::{
    chip, chip_button, chip_button_width, filter_chip, filter_chip_width, filter_chip_within, short_chip_button, tag,
};
pub use empty_state::empty_state;
pub use field::{
    check, choice, choice_line, drag_value, drop_down, give_keyboard, labelled, menu_scroll, named, number, text_field,
};
pub use glyph::Glyph;
pub use key_cap::key_cap;
pub use marks::{SPOKEN_BOXES, Whose, box_color, chosen_mark, class_color, image_marks, test_mark, whose_mark};
pub use notice::{notice_mark, notices};
pub use screen_scroll::{screen_scroll, with_buttons};
pub use section::{section, section_text, section_with};
pub use segmented::{segmented, segmented_fitting, segmented_height, segmented_within};
pub use shorten::{shortened, shortened_path};
pub use table::{Align, Cell, Column, Table};
pub use text::{body, caption, elided, faint, heading, hint, in_the_middle, line, on_plate, over_picture, strong};
pub use thumbnail::{ThumbnailCache, example, thumbnail, thumbnail_button, thumbnail_texture};

use egui::{Rect, Ui, Vec2};

/// The common outline of what has keyboard focus.
pub fn focus_ring(ui: &Ui, theme: &super::theme::Theme, rect: Rect, corner: u8) {
    ui.painter().rect_stroke(
        rect.expand(2.0),
        egui::CornerRadius::same(corner.saturating_add(2)),
        egui::Stroke::new(1.5, theme.accent),
        egui::StrokeKind::Inside,
    );
}

/// A gap along the layout.
pub fn gap(ui: &mut Ui, points: f32) {
    ui.allocate_exact_size(
        Vec2::splat(points).min(ui.available_size_before_wrap().max(Vec2::ZERO)),
        egui::Sense::empty(),
    );
}
