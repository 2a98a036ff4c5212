//! The bundled fonts and the text styles made of them.

use egui::{FontData, FontDefinitions, FontFamily, FontId, TextStyle};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The names of the weights beside regular, as font families.
const MEDIUM: &str = "medium";
const SEMIBOLD: &str = "semibold";

/// Body text.
pub const BODY: f32 = 13.0;
/// Secondary text and section heads.
pub const SMALL: f32 = 11.0;

/// Inter Medium: names and values.
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(MEDIUM.into()))
}

/// Inter SemiBold: titles and what is chosen.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

/// Inter Regular.
pub fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// For the log, where columns of text should stand under each other.
pub fn monospace(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// Inter in three weights before egui's own fonts, which stay as fallback for what the subset lacks.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let weights: [(&str, FontFamily, &'static [u8]); 3] = [
        ("inter", FontFamily::Proportional, include_bytes!("../../assets/fonts/Inter-Regular.otf")),
        ("inter-medium", FontFamily::Name(MEDIUM.into()), include_bytes!("../../assets/fonts/Inter-Medium.otf")),
        ("inter-semibold", FontFamily::Name(SEMIBOLD.into()), include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
    ];
    for (name, family, bytes) in weights {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        let mut chain = vec![name.to_owned()];
        chain.extend(fallback.iter().cloned());
        fonts.families.insert(family, chain);
    }
    fonts
}

/// Sizes of egui's own styles.
pub fn text_styles() -> BTreeMap<TextStyle, FontId> {
    [
        (TextStyle::Small, regular(SMALL)),
        (TextStyle::Body, regular(BODY)),
        (TextStyle::Button, regular(BODY)),
        (TextStyle::Heading, semibold(16.0)),
        (TextStyle::Monospace, monospace(12.0)),
    ]
    .into()
}
