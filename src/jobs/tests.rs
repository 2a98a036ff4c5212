//! Tests of the workers: every step is forced by a channel, none waits for time to pass.

use super::*;
use crossbeam_channel::{bounded, unbounded};
use std::sync::atomic::{AtomicUsize, Ordering};

fn quiet() -> Jobs {
    Jobs::new(|| {})
}

#[test]
fn a_result_comes_once_and_the_job_is_gone_from_the_list() {
    let jobs = quiet();
    let (go, wait) = bounded::<()>(0);
    let handle = jobs.spawn("scan", true, move |_| {
        wait.recv().unwrap();
        Ok::<_, String>(42)
    });
    assert!(handle.try_take().is_none());
    assert_eq!(jobs.snapshot().len(), 1);
    go.send(()).unwrap();
    jobs.wait_until_idle();
    assert_eq!(handle.receiver().recv().unwrap(), Ok(42));
    assert!(handle.try_take().is_none());
    assert_eq!(jobs.snapshot(), []);
}

#[test]
fn progress_is_seen_and_asks_for_a_repaint() {
    let repaints = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&repaints);
    let jobs = Jobs::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let (reported, seen) = bounded::<()>(0);
    let (go, wait) = bounded::<()>(0);
    let handle = jobs.spawn("train", true, move |context| {
        context.progress(0.25, "epoch 1 of 4");
        context.progress(0.2501, "epoch 1 of 4");
        reported.send(()).unwrap();
        wait.recv().unwrap();
        Ok::<_, String>(())
    });
    seen.recv().unwrap();
    let state = jobs.snapshot().remove(0);
    assert_eq!((state.name.as_str(), state.progress), ("train", Some(0.25)));
    assert_eq!((state.message.as_str(), state.ending), ("epoch 1 of 4", None));
    // Begun and once 0.25; the step too small to see is none.
    assert_eq!(repaints.load(Ordering::SeqCst), 2);
    go.send(()).unwrap();
    handle.wait().unwrap();
}

#[test]
fn a_panic_becomes_an_error_with_its_words() {
    let jobs = quiet();
    let handle = jobs.spawn("predict", true, |_| -> Result<(), String> { panic!("index {} is off", 7) });
    let error = handle.wait().unwrap_err();
    assert_eq!(error, JobError::Panicked("index 7 is off".into()));
    assert!(error.to_string().contains("index 7 is off"));
    jobs.wait_until_idle();
    let after = jobs.spawn("predict", true, |_| Ok::<_, String>("still works"));
    assert_eq!(after.wait(), Ok("still works"));
}

#[test]
fn an_error_is_what_the_work_said_unless_it_was_asked_to_end() {
    let jobs = quiet();
    let failed = jobs.spawn("scan", true, |_| Err::<(), _>("a.png is empty"));
    assert_eq!(failed.wait(), Err(JobError::Failed("a.png is empty".into())));

    let (asked, wait) = bounded::<()>(0);
    let ended = jobs.spawn("scan", true, move |context| {
        wait.recv().unwrap();
        match context.cancelled() {
            Some(_) => Err("interrupted"),
            None => Ok(()),
        }
    });
    assert!(jobs.cancel(ended.id(), CancelReason::Cancel));
    asked.send(()).unwrap();
    assert_eq!(ended.wait(), Err(JobError::Cancelled(CancelReason::Cancel)));
    assert!(!jobs.cancel(JobId(99), CancelReason::Cancel));
}

#[test]
fn a_stop_may_become_a_cancel_but_not_the_other_way_and_can_keep_a_result() {
    let jobs = quiet();
    let (asked, wait) = bounded::<()>(0);
    let handle = jobs.spawn("train", true, move |context| {
        wait.recv().unwrap();
        Ok::<_, String>(context.cancelled())
    });
    handle.cancel(CancelReason::Stop);
    assert_eq!(jobs.snapshot()[0].ending, Some(CancelReason::Stop));
    handle.cancel(CancelReason::Cancel);
    handle.cancel(CancelReason::Stop);
    asked.send(()).unwrap();
    assert_eq!(handle.wait(), Ok(Some(CancelReason::Cancel)));
}

#[test]
fn what_may_not_be_cancelled_still_ends_with_the_program() {
    let jobs = quiet();
    let (tell, heard) = unbounded();
    let (go, wait) = bounded::<()>(0);
    let _handle = jobs.spawn("save", false, move |context| {
        wait.recv().unwrap();
        tell.send(context.cancelled()).unwrap();
        Ok::<_, String>(())
    });
    let id = jobs.snapshot()[0].id;
    assert!(!jobs.cancel(id, CancelReason::Cancel));
    assert_eq!(jobs.snapshot()[0].ending, None);
    jobs.cancel_all(CancelReason::Closing);
    go.send(()).unwrap();
    jobs.wait_until_idle();
    assert_eq!(heard.recv().unwrap(), Some(CancelReason::Closing));
}

#[test]
fn a_dropped_handle_lets_the_job_finish() {
    let jobs = quiet();
    let (tell, heard) = unbounded();
    drop(jobs.spawn("index", true, move |_| {
        tell.send("done").unwrap();
        Ok::<_, String>(())
    }));
    assert_eq!(heard.recv().unwrap(), "done");
    jobs.wait_until_idle();
}

#[test]
fn work_on_the_callers_thread_is_seen_and_can_be_ended() {
    let changes = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&changes);
    let jobs = Jobs::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let ended = jobs.here("write", true, |context| {
        let seen = jobs.snapshot();
        assert_eq!((seen[0].id, seen[0].name.as_str(), seen.len()), (context.id(), "write", 1));
        assert!(jobs.cancel(context.id(), CancelReason::Cancel));
        context.cancelled()
    });
    assert_eq!(ended, Some(CancelReason::Cancel));
    assert_eq!((jobs.snapshot(), changes.load(Ordering::SeqCst)), (vec![], 3), "begun, cancelled, gone");
    let broken = catch_unwind(AssertUnwindSafe(|| jobs.here("break", true, |_| panic!("as the test wants it"))));
    assert_eq!((broken.is_err(), jobs.snapshot()), (true, vec![]));
}
