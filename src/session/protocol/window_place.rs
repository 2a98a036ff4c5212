//! Where the window lay on the screens.

use serde::{Deserialize, Serialize};

/// Where the window lay when it was neither maximised nor over the whole screen, in points of the screen, whatever the size
/// of the text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// The upper left corner with its frame; absent where the system does not say (Wayland).
    #[serde(default)]
    pub corner: Option<[f32; 2]>,
    /// Width and height within the frame.
    pub size: [f32; 2],
    #[serde(default)]
    pub maximised: bool,
}

/// A screen: its upper left corner, and its width and height, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScreenArea {
    pub corner: [f32; 2],
    pub size: [f32; 2],
}

/// So much of the window has to be on a screen, in points, for a person to take hold of it by its title.
const IN_REACH: [f32; 2] = [120.0, 40.0];

impl WindowPlace {
    /// The place with no number that no window has; `None` where a file has such.
    pub fn sane(self) -> Option<Self> {
        let numbers = self.size.into_iter().chain(self.corner.into_iter().flatten());
        let possible = numbers.into_iter().all(f32::is_finite) && self.size.into_iter().all(|side| side >= 1.0);
        possible.then_some(self)
    }

    /// The same on one of these screens: no larger than the one it is on, and moved where its upper edge lies off all of
    /// them. Without a screen it stays.
    pub fn within(self, screens: &[ScreenArea]) -> Self {
        let Some(corner) = self.corner else { return self };
        let seen = |screen: &&ScreenArea| {
            let across = |axis: usize, length: f32| {
                let [from, to] = [corner[axis], corner[axis] + length];
                to.min(screen.corner[axis] + screen.size[axis]) - from.max(screen.corner[axis])
            };
            let wide = across(0, self.size[0]) >= IN_REACH[0].min(self.size[0]);
            // The title is above: what hangs out below can be drawn up by it.
            wide && across(1, IN_REACH[1]) >= IN_REACH[1] / 2.0
        };
        if screens.is_empty() || screens.iter().any(|screen| seen(&screen)) {
            return self;
        }
        let Some(first) = screens.first() else { return self };
        let side = |axis: usize| self.size[axis].min(first.size[axis]);
        let middle = |axis: usize| first.corner[axis] + (first.size[axis] - side(axis)) / 2.0;
        Self { corner: Some([middle(0), middle(1)]), size: [side(0), side(1)], ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, y: f32) -> WindowPlace {
        WindowPlace { corner: Some([x, y]), size: [1280.0, 800.0], maximised: false }
    }

    #[test]
    fn a_window_off_all_screens_comes_back_and_any_other_stays() {
        let screens = [
            ScreenArea { corner: [0.0, 0.0], size: [1920.0, 1080.0] },
            ScreenArea { corner: [-1280.0, 0.0], size: [1280.0, 1024.0] },
        ];
        for there in [at(10.0, 20.0), at(1700.0, 900.0), at(-1200.0, 0.0), at(-900.0, 40.0)] {
            assert_eq!(there.within(&screens), there);
        }
        for (gone, why) in [
            (at(1900.0, 20.0), "a strip of 20 points cannot be taken hold of"),
            (at(100.0, 1070.0), "its title is below the screen"),
            (at(100.0, -30.0), "its title is above"),
            (at(4000.0, 0.0), "that screen was taken away"),
        ] {
            assert_eq!(gone.within(&screens), at(320.0, 140.0), "{why}");
        }
        let small = [ScreenArea { corner: [0.0, 0.0], size: [1024.0, 768.0] }];
        let back = at(4000.0, 0.0).within(&small);
        assert_eq!((back.corner, back.size), (Some([0.0, 0.0]), [1024.0, 768.0]));
        assert_eq!(at(4000.0, 0.0).within(&[]), at(4000.0, 0.0), "no screen is known");
        let unknown = WindowPlace { corner: None, ..at(0.0, 0.0) };
        assert_eq!(unknown.within(&screens), unknown);
    }

    #[test]
    fn numbers_that_no_window_has_are_none() {
        assert_eq!(at(f32::NAN, 0.0).sane(), None);
        assert_eq!(WindowPlace { size: [0.0, 800.0], ..at(0.0, 0.0) }.sane(), None);
        assert_eq!(at(-5.0, 0.0).sane(), Some(at(-5.0, 0.0)));
    }
}
