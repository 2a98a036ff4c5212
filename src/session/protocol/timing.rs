//! What is measured of the window over a project, and the figures that come of it.

use std::path::PathBuf;
use std::time::Duration;

/// What goes on meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meanwhile {
    Nothing,
    /// A model is trained on all threads, by the recipe that fits.
    Training,
}

/// A measurement of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowTrial {
    /// The project that is measured; a copy of it is worked on.
    pub project: PathBuf,
    pub meanwhile: Meanwhile,
    /// How often all is done.
    pub rounds: usize,
    /// Between one key and the next.
    pub pause: Duration,
    /// Whether one JSON object is wanted.
    pub json: bool,
}

/// How long something took, each time that it was done, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timed {
    pub what: String,
    pub milliseconds: Vec<f64>,
}

impl Timed {
    /// The value below which this share of all lies (nearest rank); `None` where nothing was measured.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let mut sorted = self.milliseconds.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied()
    }
}

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowFigures {
    pub images: usize,
    /// From the wish to open until the queue is there.
    pub open: Timed,
    /// From a wish until the queue has changed as wished.
    pub answers: Vec<Timed>,
    /// The window's own time for a frame, painting left out.
    pub frames: Vec<Timed>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_nearest_ranks() {
        let timed = Timed { what: "a".into(), milliseconds: (1..=20).rev().map(f64::from).collect() };
        assert_eq!([0.5, 0.95, 1.0].map(|share| timed.quantile(share)), [Some(10.0), Some(19.0), Some(20.0)]);
        assert_eq!(Timed::default().quantile(0.5), None);
    }
}
