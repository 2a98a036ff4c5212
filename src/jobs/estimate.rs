//! How long a job will still take, from the rate of its progress.

use std::time::Instant;

/// Progress so far: from the first report to the last, so that a slow start-up before it does not count.
#[derive(Default)]
pub(super) struct Estimate {
    first: Option<(Instant, f32)>,
    last: Option<(Instant, f32)>,
    said: Option<(Instant, f64)>,
}

impl Estimate {
    /// Takes a report in. Progress that went back starts a new measurement.
    pub(super) fn note(&mut self, now: Instant, fraction: f32) {
        if self.last.is_none_or(|(_, last)| fraction < last) {
            self.first = Some((now, fraction));
        }
        self.last = Some((now, fraction));
    }

    /// Takes the work's own estimate in, which then stands before the measured one.
    pub(super) fn say(&mut self, now: Instant, seconds: f64) {
        self.said = (seconds.is_finite() && seconds >= 0.0).then_some((now, seconds));
    }

    /// Seconds left at a moment; `None` before there is a rate.
    pub(super) fn seconds_left(&self, now: Instant) -> Option<f64> {
        let (at, seconds) = match (self.said, self.first, self.last) {
            (Some(said), _, _) => said,
            (None, Some((from, low)), Some((to, high))) if high > low => {
                let rate = f64::from(high - low) / to.duration_since(from).as_secs_f64();
                (to, f64::from(1.0 - high) / rate)
            }
            _ => return None,
        };
        Some((seconds - now.saturating_duration_since(at).as_secs_f64()).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn time_left_follows_the_rate_since_the_first_report() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut estimate = Estimate::default();
        assert_eq!(estimate.seconds_left(at(0)), None);
        // (second, progress reported or none, seconds left)
        let table = [
            (5, Some(0.0), None),
            (15, Some(0.25), Some(30.0)),
            (20, None, Some(25.0)),
            (25, Some(0.5), Some(20.0)),
            (60, None, Some(0.0)),
            // Begun anew.
            (70, Some(0.0), None),
            (71, Some(0.5), Some(1.0)),
        ];
        for (second, report, expected) in table {
            if let Some(fraction) = report {
                estimate.note(at(second), fraction);
            }
            assert_eq!(estimate.seconds_left(at(second)), expected, "at {second} s");
        }
        estimate.say(at(80), 12.0);
        assert_eq!(estimate.seconds_left(at(82)), Some(10.0));
        estimate.say(at(80), f64::NAN);
        assert_eq!(estimate.seconds_left(at(72)), Some(0.0));
    }
}
