//! Which of the two panels beside the picture are there: as the person wants them, and only so far as the picture keeps
//! its room. What a narrow window folds is no choice of the person's: it comes back when there is room again.

use super::state::ReviewState;
use super::{DETAIL_WIDTH, QUEUE_WIDTH};

/// The least width of the picture while both panels, or one that nobody asked for, stand beside it, in points.
pub(super) const PICTURE: f32 = 320.0;
/// How much narrower than usual a panel may become before it folds.
pub(super) const GIVES: f32 = 64.0;

/// A panel beside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Queue,
    Detail,
}

/// The panels that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Panels {
    pub queue: bool,
    pub detail: bool,
}

impl Default for Panels {
    fn default() -> Self {
        Self { queue: true, detail: true }
    }
}

/// What there is room for. `wanted` is the person's choice, `opened` what was pressed open where there is no room.
pub(super) fn panels(room: f32, wanted: Panels, opened: Option<Side>) -> Panels {
    let (queue, detail) = (QUEUE_WIDTH - GIVES, DETAIL_WIDTH - GIVES);
    let needs = if wanted.queue { queue } else { 0.0 } + if wanted.detail { detail } else { 0.0 };
    if room - needs >= PICTURE {
        return wanted;
    }
    match opened {
        Some(Side::Queue) if wanted.queue => Panels { queue: true, detail: false },
        Some(Side::Detail) if wanted.detail => Panels { queue: false, detail: true },
        // Labels are given in the details; the queue is gone through by keys as well.
        Some(_) | None if wanted.detail && room - detail >= PICTURE => Panels { queue: false, detail: true },
        Some(_) | None if wanted.queue && !wanted.detail && room - queue >= PICTURE => {
            Panels { queue: true, detail: false }
        }
        Some(_) | None => Panels { queue: false, detail: false },
    }
}

impl ReviewState {
    /// The panels as the person wants them.
    fn wanted(&self) -> Panels {
        Panels { queue: !self.queue_folded, detail: !self.detail_folded }
    }

    /// Settles which panels there are in this room.
    pub(super) fn fold_to(&mut self, room: f32) -> Panels {
        let wanted = self.wanted();
        // Where there is room for all that is wanted nothing has to be pressed open.
        self.opened = self.opened.filter(|_| panels(room, wanted, None) != wanted);
        self.panels = panels(room, wanted, self.opened);
        self.panels
    }

    /// Shows a panel that is not there, or folds one that is.
    pub(super) fn toggle(&mut self, side: Side) {
        match self.shows(side) {
            false => self.unfold(side),
            true if self.opened == Some(side) => self.opened = None,
            true => *self.folded(side) = true,
        }
    }

    /// Shows a panel, in a narrow window in the place of the other one.
    pub(super) fn unfold(&mut self, side: Side) {
        *self.folded(side) = false;
        if !self.shows(side) {
            self.opened = Some(side);
        }
    }

    /// Whether the last frame showed it.
    fn shows(&self, side: Side) -> bool {
        match side {
            Side::Queue => self.panels.queue,
            Side::Detail => self.panels.detail,
        }
    }

    fn folded(&mut self, side: Side) -> &mut bool {
        match side {
            Side::Queue => &mut self.queue_folded,
            Side::Detail => &mut self.detail_folded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Panels = Panels { queue: true, detail: true };
    const QUEUE: Panels = Panels { queue: true, detail: false };
    const DETAIL: Panels = Panels { queue: false, detail: true };
    const NONE: Panels = Panels { queue: false, detail: false };

    #[test]
    fn panels_fold_before_the_picture_has_less_than_its_room_and_a_press_opens_one() {
        assert_eq!(
            [1000.0, 760.0, 759.0, 560.0, 559.0].map(|room| panels(room, BOTH, None)),
            [BOTH, BOTH, DETAIL, DETAIL, NONE]
        );
        assert_eq!([520.0, 519.0].map(|room| panels(room, QUEUE, None)), [QUEUE, NONE]);
        for room in [700.0, 500.0] {
            assert_eq!(panels(room, BOTH, Some(Side::Queue)), QUEUE);
            assert_eq!(panels(room, BOTH, Some(Side::Detail)), DETAIL);
        }
    }

    #[test]
    fn what_a_narrow_window_folds_comes_back_and_what_the_person_folded_does_not() {
        let mut state = ReviewState::default();
        assert_eq!(state.fold_to(500.0), NONE);
        state.toggle(Side::Queue);
        assert_eq!(state.fold_to(500.0), QUEUE);
        state.toggle(Side::Detail);
        assert_eq!(state.fold_to(500.0), DETAIL);
        state.toggle(Side::Detail);
        assert_eq!(state.fold_to(500.0), NONE);
        assert_eq!(state.fold_to(1200.0), BOTH);
        state.toggle(Side::Queue);
        assert_eq!(state.fold_to(1200.0), DETAIL);
        assert_eq!([state.fold_to(500.0), state.fold_to(1200.0)], [NONE, DETAIL]);
    }
}
