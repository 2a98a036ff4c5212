//! A session as the window holds it, for tests: commands in, and waiting for what there is to see.

use crate::nn::Compute;
use crate::pretrained::{Pretrained, catalogue};
use crate::session::Workbench;
use crate::session::desk::clock::Clock;
use crate::session::desk::session::{Options, Session};
use crate::session::desk::settings::Places;
use crate::session::protocol::command::Command;
use crate::session::protocol::view::View;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Counts the session's repaint requests, so that tests wait for news instead of sleeping.
#[derive(Default)]
struct News {
    count: Mutex<u64>,
    came: Condvar,
}

pub(in crate::session) struct Window {
    pub(in crate::session) session: Session,
    news: Arc<News>,
    pub(in crate::session) home: tempfile::TempDir,
}

pub(in crate::session) fn window(open: Option<PathBuf>) -> Window {
    window_with(open, catalogue())
}

pub(in crate::session) fn window_with(open: Option<PathBuf>, weights: &'static [Pretrained]) -> Window {
    window_at(tempfile::tempdir().unwrap(), open, weights)
}

/// By another clock than this machine's.
pub(in crate::session) fn window_by(clock: Clock, open: Option<PathBuf>) -> Window {
    window_of(tempfile::tempdir().unwrap(), open, (catalogue(), clock))
}

/// With the settings of this folder.
pub(in crate::session) fn window_at(
    home: tempfile::TempDir,
    open: Option<PathBuf>,
    weights: &'static [Pretrained],
) -> Window {
    window_of(home, open, (weights, Clock::default()))
}

fn window_of(
    home: tempfile::TempDir,
    open: Option<PathBuf>,
    (weights, clock): (&'static [Pretrained], Clock),
) -> Window {
    let news = Arc::new(News::default());
    let heard = news.clone();
    let places = Places::at(home.path()).with_weights(weights);
    let options = Options { places, compute: Compute::cpu(), open, clock };
    let session = Session::start(options, move || {
        *heard.count.lock().unwrap() += 1;
        heard.came.notify_all();
    })
    .unwrap();
    Window { session, news, home }
}

impl Window {
    pub(in crate::session) fn send(&self, command: impl Into<Command>) {
        self.session.send(command.into());
    }

    /// Looks again after every repaint request until there is an answer.
    pub(in crate::session) fn wait<T>(&self, what: &str, mut look: impl FnMut(&Session) -> Option<T>) -> T {
        let mut seen = *self.news.count.lock().unwrap();
        for _ in 0..10_000 {
            if let Some(answer) = look(&self.session) {
                return answer;
            }
            let count = self.news.count.lock().unwrap();
            let (count, timeout) =
                self.news.came.wait_timeout_while(count, Duration::from_secs(60), |count| *count == seen).unwrap();
            assert!(!timeout.timed_out(), "waited in vain for {what}: {:?}", self.session.view().notices);
            seen = *count;
        }
        panic!("no end of news before {what}");
    }

    pub(in crate::session) fn until(&self, what: &str, test: impl Fn(&View) -> bool) -> Arc<View> {
        self.wait(what, |session| Some(session.view()).filter(|view| test(view)))
    }
}
