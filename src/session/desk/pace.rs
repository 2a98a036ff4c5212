//! How often the window is shown how far work in the background is. Where no graphics card paints, a picture of the window costs
//! the processor a tenth of a second and more: ten of them a second would leave the work itself next to nothing.

use crate::jobs::JobState;
use crate::session::desk::Message;
use crate::session::desk::jobs::job_view;
use crate::session::protocol::task::Report;
use crate::session::protocol::view::JobView;
use crate::training::TrainEvent;
use std::time::{Duration, Instant};

/// Between two pictures while something ends soon.
const SOON: Duration = Duration::from_millis(250);
/// While it takes longer, or nobody knows how long: the time left is told in seconds, and each picture is painted twice until all
/// of it has settled.
const LONG: Duration = Duration::from_secs(1);
/// What ends soon, in seconds.
const ENDS_SOON: f64 = 20.0;

/// When the window was shown something last, and whether something has come since that does not wait.
#[derive(Default)]
pub(in crate::session) struct Pace {
    shown: Option<Instant>,
    news: bool,
}

impl Pace {
    /// What has come is to be seen at once.
    pub fn news(&mut self) {
        self.news = true;
    }

    /// All is shown now.
    pub fn shown(&mut self, now: Instant) {
        *self = Self { shown: Some(now), news: false };
    }

    /// How long what has come may wait to be seen: not at all where it is more than that the same jobs are further.
    pub fn wait(&self, now: Instant, shown: &[JobView], jobs: Vec<JobState>) -> Duration {
        let jobs: Vec<JobView> = jobs.into_iter().map(job_view).collect();
        let same = shown.len() == jobs.len()
            && shown.iter().zip(&jobs).all(|(a, b)| (a.id, a.cancellable) == (b.id, b.cancellable));
        match self.shown {
            Some(last) if same && !self.news => rest(&jobs).saturating_sub(now.saturating_duration_since(last)),
            _ => Duration::ZERO,
        }
    }
}

/// How long the window is left alone while these jobs go on; zero where there are none.
pub(in crate::session) fn rest(jobs: &[JobView]) -> Duration {
    let one = |job: &JobView| match job.seconds_left {
        Some(left) if left <= ENDS_SOON => SOON,
        Some(_) | None => LONG,
    };
    jobs.iter().map(one).min().unwrap_or_default()
}

/// Whether a message says nothing but how far a job is. A job's end comes with the same message and is found by looking.
pub(in crate::session) fn is_progress(message: &Message) -> bool {
    match message {
        Message::Jobs => true,
        Message::Report { report, .. } => match &**report {
            Report::Progress { .. } => true,
            Report::Training { event, .. } => match event {
                TrainEvent::Preparing { .. }
                | TrainEvent::KeepingFeatures { .. }
                | TrainEvent::Step { .. }
                | TrainEvent::Validating { .. } => true,
                TrainEvent::Started { .. } | TrainEvent::Epoch(_) | TrainEvent::Log(_) => false,
            },
            // All others are results, and a new kind is shown at once.
            _ => false,
        },
        Message::Command(_) | Message::Settle { .. } | Message::Quit => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RunId;
    use crate::jobs::{CancelReason, JobId};
    use crate::session::desk::notices::Tried;

    fn job(id: u64, left: Option<f64>, ending: Option<CancelReason>) -> JobState {
        JobState {
            id: JobId(id),
            name: "train".into(),
            progress: Some(0.5),
            message: String::new(),
            seconds_left: left,
            cancellable: true,
            ending,
        }
    }

    #[test]
    fn progress_waits_and_news_does_not() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let shown = |jobs: &[JobState]| jobs.iter().cloned().map(job_view).collect::<Vec<_>>();
        let long = vec![job(1, Some(600.0), None)];
        let mut pace = Pace::default();
        assert_eq!(pace.wait(at(0), &shown(&long), long.clone()), Duration::ZERO, "nothing was shown yet");
        pace.shown(at(0));
        assert_eq!(pace.wait(at(100), &shown(&long), long.clone()), Duration::from_millis(900));
        assert_eq!(pace.wait(at(1000), &shown(&long), long.clone()), Duration::ZERO);
        let soon = vec![job(1, Some(600.0), None), job(2, Some(3.0), None)];
        assert_eq!(pace.wait(at(100), &shown(&soon), soon.clone()), Duration::from_millis(150));
        let unknown = vec![job(1, None, None)];
        assert_eq!(pace.wait(at(100), &shown(&long), unknown), Duration::from_millis(900));
        // Begun, ended, or asked to end.
        for other in [soon, vec![], vec![job(1, Some(600.0), Some(CancelReason::Stop))], vec![job(2, None, None)]] {
            assert_eq!(pace.wait(at(100), &shown(&long), other), Duration::ZERO);
        }
        pace.news();
        assert_eq!(pace.wait(at(100), &shown(&long), long.clone()), Duration::ZERO);
        pace.shown(at(100));
        assert_eq!(pace.wait(at(100), &shown(&long), long.clone()), Duration::from_secs(1));
        assert_eq!(pace.wait(at(200), &[], vec![]), Duration::ZERO, "where nothing goes on nothing waits");
    }

    #[test]
    fn an_epoch_is_more_than_progress() {
        let of = |event| {
            let report = Report::Training { run: RunId(1), event };
            is_progress(&Message::Report { project: 1, tried: Tried::Train, report: Box::new(report) })
        };
        assert!(of(TrainEvent::Validating { epoch: 1, done: 2, total: 3 }));
        assert!(!of(TrainEvent::Log("a line".into())));
        assert!(!of(TrainEvent::Started { train: 2, validation: 1 }));
        assert!(is_progress(&Message::Jobs) && !is_progress(&Message::Quit));
    }
}
