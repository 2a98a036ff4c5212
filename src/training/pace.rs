//! How fast a run goes and how long it will still take.

/// What lies before a run within one pass and after it.
pub(super) struct Pace {
    /// Images in one pass.
    pub images: usize,
    /// Passes after this one.
    pub epochs_after: usize,
    pub validation_images: usize,
    /// Of the last look at them, once there was one.
    pub validation_seconds: Option<f64>,
}

impl Pace {
    /// Images a second, and seconds left in the run, after so many images and seconds of this pass.
    pub fn after(&self, done: usize, seconds: f64) -> (f64, f64) {
        let per_image = seconds / done.max(1) as f64;
        let images = self.images.saturating_sub(done) + self.epochs_after * self.images;
        // Looking takes about a third of learning until it has been measured.
        let looking = self.validation_seconds.unwrap_or(per_image * self.validation_images as f64 / 3.0);
        let left = per_image * images as f64 + looking * (self.epochs_after + 1) as f64;
        (if per_image > 0.0 { 1.0 / per_image } else { 0.0 }, left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_counts_the_passes_and_the_looks_to_come() {
        let mut pace = Pace { images: 100, epochs_after: 2, validation_images: 30, validation_seconds: None };
        let (speed, left) = pace.after(50, 10.0);
        assert!((speed - 5.0).abs() < 1e-9);
        assert!((left - (250.0 * 0.2 + 3.0 * 2.0)).abs() < 1e-9);
        pace.validation_seconds = Some(1.0);
        assert!((pace.after(100, 20.0).1 - (200.0 * 0.2 + 3.0)).abs() < 1e-9);
        assert_eq!(pace.after(0, 0.0).0, 0.0);
    }
}
