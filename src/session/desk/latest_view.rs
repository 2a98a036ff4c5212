//! What of the session can be seen from other threads: the newest view, and a word to the window when there is one.

use crate::jobs::Jobs;
use crate::session::desk::jobs::job_view;
use crate::session::protocol::view::{ImageRow, View};
use crate::session::services::worker::Repaint;
use std::sync::{Arc, Mutex, PoisonError};

/// The newest view; clones are the same.
#[derive(Clone)]
pub(in crate::session) struct LatestView {
    view: Arc<Mutex<Arc<View>>>,
    /// Rows that were shown: whoever lets go of a list of 100,000 last frees each of its rows, and that should not be the window
    /// in the middle of a frame.
    rows: Arc<Mutex<Vec<Arc<Vec<ImageRow>>>>>,
    repaint: Repaint,
}

impl LatestView {
    /// An empty view. `repaint` asks the window to look again.
    pub fn new(repaint: Repaint) -> Self {
        Self { view: Arc::default(), rows: Arc::default(), repaint }
    }

    /// The newest view.
    pub fn newest(&self) -> Arc<View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows a view, with the jobs as they are.
    pub fn show(&self, mut view: View, jobs: &Jobs) {
        let mut shown = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        view.revision = shown.revision + 1;
        view.jobs = jobs.snapshot().into_iter().map(job_view).collect();
        if let Some(project) = &view.project {
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            if !rows.last().is_some_and(|last| Arc::ptr_eq(last, &project.rows)) {
                rows.push(Arc::clone(&project.rows));
            }
        }
        *shown = Arc::new(view);
        drop(shown);
        self.sweep();
    }

    /// Frees rows that nobody looks at any more; whether there are others that somebody may still look at for a moment.
    pub fn sweep(&self) -> bool {
        let newest = self.newest();
        let shown = |rows: &Arc<Vec<ImageRow>>| newest.project.as_ref().is_some_and(|p| Arc::ptr_eq(rows, &p.rows));
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.retain(|rows| Arc::strong_count(rows) > 1);
        rows.iter().any(|rows| !shown(rows))
    }

    /// Shows how far the jobs are while the session's thread is at something long itself.
    pub fn show_jobs(&self, jobs: &Jobs) {
        self.show((*self.newest()).clone(), jobs);
        self.repaint();
    }

    /// Asks the window to look again.
    pub fn repaint(&self) {
        (self.repaint)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::CancelReason;
    use crate::session::desk::jobs::in_sight;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn long_work_on_the_sessions_thread_shows_how_far_it_is_and_can_be_ended() {
        let (jobs, painted) = (Jobs::new(|| {}), Arc::new(AtomicUsize::new(0)));
        let counter = painted.clone();
        let repaint = move || {
            counter.fetch_add(1, Ordering::SeqCst);
        };
        let shown = LatestView::new(Arc::new(repaint));
        let window = shown.clone();
        let steps = jobs.here("Adding images", true, |context| {
            in_sight(context, &jobs, &shown, |progress| {
                // As the window: it looks, and once it sees the job it ends it.
                let mut steps = 0..200_000_000u32;
                steps.find(|_| {
                    let goes_on = progress(25, 100);
                    if let Some(job) = window.newest().jobs.first() {
                        assert_eq!((job.progress, job.name.as_str()), (Some(0.25), "Adding images"));
                        jobs.cancel(context.id(), CancelReason::Cancel);
                    }
                    !goes_on
                })
            })
        });
        assert!(steps.is_some());
        assert!(painted.load(Ordering::SeqCst) >= 1);
        let before = shown.newest().revision;
        shown.show(View::default(), &jobs);
        assert_eq!((shown.newest().revision, shown.newest().jobs.len()), (before + 1, 0));
    }

    #[test]
    fn rows_that_the_window_lets_go_of_are_freed_by_the_session() {
        use crate::session::protocol::view::ProjectView;
        let (jobs, shown) = (Jobs::new(|| {}), LatestView::new(Arc::new(|| {})));
        let view = || {
            let project = ProjectView { rows: Arc::new(Vec::new()), ..ProjectView::default() };
            View { project: Some(Arc::new(project)), ..View::default() }
        };
        shown.show(view(), &jobs);
        let window = shown.newest();
        let before = Arc::downgrade(&window.project.as_ref().unwrap().rows);
        shown.show(view(), &jobs);
        assert!(shown.sweep(), "the window still looks at the rows before");
        drop(window);
        assert!(before.upgrade().is_some(), "letting go frees nothing");
        assert!(!shown.sweep());
        assert!(before.upgrade().is_none());
        let (window, last) = (shown.newest(), Arc::downgrade(&shown.newest().project.as_ref().unwrap().rows));
        shown.show(View::default(), &jobs);
        assert!(shown.sweep(), "also where the project is closed");
        drop(window);
        assert!(!shown.sweep() && last.upgrade().is_none());
    }
}
