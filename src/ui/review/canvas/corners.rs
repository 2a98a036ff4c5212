//! The text in the picture's lower corners: how it is shown at the left, what it is at the right. A person says what is in
//! it; the upper corners are left to the markers on the film.

use super::Scene;
use super::paint::figure;
use crate::domain::Taken;
use crate::session::{Corners, Picture, findings_in_words};
use crate::ui::fonts;
use crate::ui::review::model::current::Current;
use crate::ui::review::model::words::split_title;
use crate::ui::theme::Theme;
use crate::ui::widgets::{in_the_middle, on_plate};
use egui::{Align2, Painter, Rect, pos2};

/// How far lines are from one to the next, in points.
const LINE: f32 = 20.0;
/// Room for the lines of a corner, from the lower edge.
pub(super) const ROOM: f32 = 12.0 + 4.0 * LINE;
/// Narrower than this a canvas has no room for long lines in both corners.
const NARROW: f32 = 460.0;

/// What the corners are told from.
pub(super) struct Shown<'a> {
    pub current: &'a Current<'a>,
    pub picture: &'a Picture,
    pub scene: &'a Scene,
    /// What the pixel under the pointer says.
    pub value: Option<String>,
    /// The view goes along to the next image.
    pub keeps: bool,
    pub wanted: Corners,
}

/// Paints both corners.
pub(super) fn paint(painter: &Painter, theme: &Theme, rect: Rect, shown: &Shown<'_>) {
    let narrow = rect.width() < NARROW;
    let (left, right) = (shown.left(narrow), shown.right(narrow));
    let most = (rect.width() / 2.0 - 24.0).max(60.0);
    for (lines, x, anchor) in
        [(&left, rect.left() + 14.0, Align2::LEFT_BOTTOM), (&right, rect.right() - 14.0, Align2::RIGHT_BOTTOM)]
    {
        for (index, text) in lines.iter().rev().enumerate() {
            let font = fonts::regular(12.0);
            let text = in_the_middle(painter, text, &font, most);
            on_plate(painter, theme, pos2(x, rect.bottom() - 12.0 - LINE * index as f32), anchor, &text, font);
        }
    }
}

impl Shown<'_> {
    fn left(&self, narrow: bool) -> Vec<String> {
        let (picture, wanted) = (self.picture, self.wanted);
        let mut lines: Vec<String> = self.value.clone().filter(|_| wanted.values).into_iter().collect();
        if wanted.view {
            let (centre, width) = picture.window;
            let inverted = if picture.request.invert { " · inverted" } else { "" };
            lines.push(format!("W {}  C {}{inverted}", figure(width, width), figure(centre, width)));
        }
        if wanted.values && !narrow {
            let (bits, kind) = (picture.bits, picture.photometric);
            lines.push(format!("{bits} bit · {kind} · {} × {}", picture.image_width, picture.image_height));
        }
        if wanted.view {
            let zoom = self.scene.placement.zoom * self.scene.pixels_per_point * 100.0;
            let turn = self.scene.placement.turn.in_words();
            let keeps = if self.keeps { "view kept".to_owned() } else { String::new() };
            let parts = [format!("Zoom {zoom:.0} %"), turn, keeps];
            lines.push(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "));
        }
        lines
    }

    fn right(&self, narrow: bool) -> Vec<String> {
        let (current, wanted) = (self.current, self.wanted);
        let mut lines = Vec::new();
        if current.project.classes.findings {
            let known = current.findings();
            let said = || findings_in_words(&known, &current.project.classes);
            lines.push(if known.is_empty() { "nothing said yet".to_owned() } else { said() });
        }
        if wanted.study {
            lines.extend(self.picture.taken.as_deref().and_then(kind_of));
            let group = current.detail.and_then(|detail| detail.group.as_deref());
            lines.extend(group.map(|group| format!("group {group}")));
            let place = self.picture.taken.as_deref().map(place_of).unwrap_or_default();
            if !place.is_empty() {
                lines.push(place.join(" · "));
            }
        }
        if wanted.name {
            if !narrow {
                lines.push(current.row.short_name().to_owned());
            }
            lines.push(format!("{} split", split_title(current.row.split).to_lowercase()));
        }
        lines
    }
}

/// "CR · PA · CHEST".
fn kind_of(taken: &Taken) -> Option<String> {
    let parts: Vec<&str> =
        [&taken.modality, &taken.view, &taken.body_part].into_iter().flatten().map(|s| &**s).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// The study's mark and the place in the series, a part each.
fn place_of(taken: &Taken) -> Vec<String> {
    let study = taken.study.as_ref().map(|mark| format!("study {mark}"));
    let series = taken.series.map(|number| format!("series {number}"));
    let instance = taken.instance.map(|number| format!("image {number}"));
    let frame = taken.frame.map(|(at, of)| format!("frame {at} of {of}"));
    [study, series, instance, frame].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_what_kind_a_picture_is_and_where_it_stands() {
        let taken = Taken {
            modality: Some("CT".into()),
            body_part: Some("CHEST".into()),
            study: Some("1a2b3c4d".into()),
            series: Some(3),
            frame: Some((2, 40)),
            ..Taken::default()
        };
        assert_eq!(kind_of(&taken).as_deref(), Some("CT · CHEST"));
        assert_eq!(place_of(&taken).join(" · "), "study 1a2b3c4d · series 3 · frame 2 of 40");
        assert_eq!((kind_of(&Taken::default()), place_of(&Taken::default()).len()), (None, 0));
    }
}
