//! How images are seen: what was changed of it, image by image, and the way back. Of no consequence for any file: the log
//! takes it down with what is said while it is so.

use super::model::display::Display;
use super::model::geometry::Placement;
use super::state::ReviewState;
use crate::domain::{ImageId, SpacingKind};
use crate::session::{Command, DeskCommand, OwnPreset, Picture, Reading, View};
use crate::ui::settings::reading::USUAL;
use std::collections::HashMap;

/// Steps that can be taken back.
const STEPS: usize = 100;

/// What pictures must have in common for the view of one to go along to the other.
#[derive(Clone, Debug, PartialEq)]
struct Kind {
    modality: Option<String>,
    photometric: &'static str,
    bits: u8,
    size: (u32, u32),
}

impl Kind {
    fn of(picture: &Picture) -> Self {
        let modality = picture.taken.as_ref().and_then(|taken| taken.modality.clone());
        let size = (picture.image_width, picture.image_height);
        Self { modality, photometric: picture.photometric, bits: picture.bits, size }
    }
}

/// A view that went along before it was known whether the image is of the same kind.
struct Carried {
    image: ImageId,
    kind: Kind,
    /// As the image was seen before.
    display: Display,
    place: Option<Placement>,
}

/// How each image is displayed, where a person changed it.
#[derive(Default)]
pub struct Views {
    displays: HashMap<ImageId, Display>,
    /// What was so before each change, the newest last.
    before: Vec<(ImageId, Display)>,
    /// Where a person put each image.
    places: HashMap<ImageId, Placement>,
    carried: Option<Carried>,
}

impl Views {
    /// How an image is displayed.
    pub fn of(&self, image: ImageId) -> Display {
        self.displays.get(&image).copied().unwrap_or_default()
    }

    /// All that was changed.
    pub fn displays(&self) -> impl Iterator<Item = (ImageId, Display)> + '_ {
        self.displays.iter().map(|(image, display)| (*image, *display))
    }

    /// Changes how an image is displayed.
    pub fn set(&mut self, image: ImageId, display: Display) {
        if display == Display::default() {
            self.displays.remove(&image);
        } else {
            self.displays.insert(image, display);
        }
    }

    /// A change of this image begins that can be taken back.
    pub fn remember(&mut self, image: ImageId) {
        let now = self.of(image);
        if self.before.last() == Some(&(image, now)) {
            return;
        }
        if self.before.len() == STEPS {
            self.before.remove(0);
        }
        self.before.push((image, now));
    }

    /// Takes back the last change of an image that is still to be seen; whether there was one.
    pub fn undo(&mut self, image: ImageId) -> bool {
        let now = self.of(image);
        let Some(at) = self.before.iter().rposition(|(of, display)| *of == image && *display != now) else {
            return false;
        };
        let (_, display) = self.before.remove(at);
        self.set(image, display);
        true
    }
}

/// Asks for a change of how the person likes to read pictures.
pub(super) fn prefer(commands: &mut Vec<Command>, view: &View, change: impl FnOnce(&mut Reading)) {
    let mut preferences = (*view.preferences).clone();
    change(&mut preferences.reading);
    commands.push(Command::Desk(DeskCommand::SetPreferences(preferences)));
}

impl ReviewState {
    /// How images are displayed, where a person changed that.
    pub(super) fn displays(&self) -> impl Iterator<Item = (ImageId, Display)> + '_ {
        self.views.displays()
    }

    /// How the image is displayed.
    pub(super) fn display(&self, image: ImageId) -> Display {
        self.views.of(image)
    }

    /// Changes how the image is displayed, as a part of what [`Views::remember`] can take back.
    pub(super) fn set_display(&mut self, image: ImageId, display: Display) {
        self.views.set(image, display);
    }

    /// Changes how the image that is looked at is displayed, as one step.
    pub(super) fn change_display(&mut self, change: impl FnOnce(&mut Display)) {
        if let Some(image) = self.selection.image() {
            let mut display = self.display(image);
            change(&mut display);
            if display != self.display(image) {
                self.views.remember(image);
                self.set_display(image, display);
            }
        }
    }

    /// From one image to the next: where the picture was put is kept with the one, and taken up again with the other. With
    /// `keep` the view goes along, once it is known that both are of one kind.
    pub(super) fn carry(&mut self, from: Option<ImageId>, to: Option<ImageId>, keep: bool) {
        let place = self.canvas.put_at();
        if let Some(from) = from {
            match place {
                Some(place) => self.views.places.insert(from, place),
                None => self.views.places.remove(&from),
            };
        }
        let seen = from.and_then(|from| self.canvas.on_screen(from)).map(Kind::of);
        // An image that was passed before its picture was there hands on what it was handed.
        let handed =
            self.views.carried.take().filter(|carried| Some(carried.image) == from).map(|carried| carried.kind);
        let kind = handed.or(seen);
        self.canvas.another_image();
        let Some(to) = to else { return };
        let before = self.views.places.get(&to).copied();
        self.canvas.put(before);
        if let (true, Some(from), Some(kind)) = (keep, from, kind) {
            self.views.carried = Some(Carried { image: to, kind, display: self.display(to), place: before });
            if self.display(from) != self.display(to) {
                self.views.remember(to);
                self.set_display(to, self.display(from));
            }
            self.canvas.put(place);
        }
    }

    /// Now that the picture is there: a view that came along to one of another kind is not its.
    pub(super) fn check_carried(&mut self, picture: &Picture) {
        let image = picture.request.image;
        let Some(carried) = self.views.carried.take_if(|carried| carried.image == image) else { return };
        if carried.kind != Kind::of(picture) {
            self.set_display(image, carried.display);
            self.canvas.put(carried.place);
        }
    }

    /// Shows the picture in its true size, where it is known how large its pixels are and those of the screen; else says why
    /// not.
    pub(super) fn show_true_size(&mut self, view: &View) {
        let spacing = self.current(view).and_then(|current| current.detail?.spacing);
        match spacing.filter(|spacing| spacing.kind != SpacingKind::Ratio) {
            Some(spacing) => {
                let points = view.preferences.reading.points_per_mm.unwrap_or(USUAL);
                self.canvas.zoom_to(spacing.horizontal * points);
            }
            None => {
                self.canvas.say("No true size: it is not known how large pixels are. Draw a known length (Measure).")
            }
        }
    }

    /// Keeps the window on screen under a name, for pictures of its modality.
    pub(super) fn keep_window(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(picture) = self.selected().and_then(|image| self.canvas.on_screen(image)) else { return };
        let (centre, width) = picture.window;
        let modality = picture.taken.as_ref().and_then(|taken| taken.modality.clone());
        prefer(commands, view, |reading| {
            let name = format!("Own {}", reading.presets.len() + 1);
            reading.presets.push(OwnPreset { name, modality, centre, width });
        });
        self.canvas.say("The window is kept among the presets; its name is changed in the Settings, under Reading.");
    }

    /// Displays the image that is looked at as its file says, fitted.
    pub(super) fn reset_display(&mut self) {
        self.change_display(|display| *display = Display::default());
        self.canvas.fit();
    }

    /// Takes a window of those to choose from for the image that is looked at.
    pub(super) fn take_preset(&mut self, view: &View, index: usize) {
        let own = &view.preferences.reading.presets;
        let presets = self.selected().map(|image| self.canvas.presets(image, own)).unwrap_or_default();
        if let Some((_, voi)) = presets.get(index) {
            self.change_display(|display| display.voi = *voi);
        }
    }

    /// Takes back the last change of how the image that is looked at is displayed.
    pub(super) fn undo_display(&mut self) {
        if let Some(image) = self.selection.image() {
            self.views.undo(image);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Voi;

    #[test]
    fn changes_of_an_image_are_taken_back_one_by_one_and_only_its_own() {
        let (one, other) = (ImageId(1), ImageId(2));
        let mut views = Views::default();
        let inverted = Display { invert: true, ..Display::default() };
        let turned = Display { turn: inverted.turn.clockwise(), ..inverted };
        for (image, display) in [(one, inverted), (one, turned), (other, inverted)] {
            views.remember(image);
            views.set(image, display);
        }
        assert!(views.undo(one));
        assert_eq!((views.of(one), views.of(other)), (inverted, inverted));
        assert!(views.undo(one) && !views.undo(one));
        assert_eq!((views.of(one), views.of(other)), (Display::default(), inverted));
        // A drag of the window is one step, however many values it passes; one that leads nowhere is none.
        views.remember(one);
        for centre in [10.0, 20.0, 30.0] {
            views.set(one, Display { voi: Voi::Window(centre, 5.0), ..Display::default() });
        }
        views.remember(one);
        assert!(views.undo(one));
        assert_eq!(views.of(one), Display::default());
    }

    #[test]
    fn no_more_steps_are_kept_than_anybody_takes_back() {
        let mut views = Views::default();
        for step in 0..3 * STEPS {
            views.remember(ImageId(1));
            views.set(ImageId(1), Display { voi: Voi::Window(step as f64, 1.0), ..Display::default() });
        }
        assert_eq!(views.before.len(), STEPS);
        assert_eq!((0..3 * STEPS).filter(|_| views.undo(ImageId(1))).count(), STEPS);
    }
}
