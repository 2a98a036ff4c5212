//! What the whole session says of jobs and of what can be taken back, and when that is past.

use crate::session::Workbench;
use crate::session::desk::test_window::{Window, window};
use crate::session::protocol::command::{DeskCommand, ProjectCommand};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::splits::SplitOptions;
use crate::session::protocol::view::{NoticeKind, View};
use crate::session::test_project::small;

/// What is said that went wrong.
fn errors(view: &View) -> Vec<&str> {
    let errors = view.notices.iter().filter(|notice| notice.kind == NoticeKind::Error);
    errors.map(|notice| notice.text.as_str()).collect()
}

fn says(view: &View, text: &str) -> bool {
    view.notices.iter().any(|notice| notice.text.contains(text))
}

#[test]
fn what_a_job_could_not_do_is_not_said_any_more_once_one_of_its_kind_did() {
    let project = small(10);
    let window = window(Some(project.project.clone()));
    window.until("the project", |view| view.project.is_some());
    let plan = |group: Option<&str>| {
        ProjectCommand::PlanSplit(SplitOptions { group: group.map(str::to_owned), ..SplitOptions::default() })
    };
    window.send(plan(Some("(")));
    window.until("why not", |view| errors(view).len() == 1);
    let taken = project.dir.path().join("taken.txt");
    std::fs::write(&taken, "x").unwrap();
    window.send(ProjectCommand::Export(ExportRequest::table(taken.join("below").join("labels.csv"))));
    window.until("why not that", |view| errors(view).len() == 2);
    window.send(plan(None));
    window.until("the plan", |view| view.project.as_ref().is_some_and(|p| p.data.plan.is_some()));
    let view = window.until("the end of its job", |view| view.jobs.is_empty());
    assert!(matches!(errors(&view)[..], [one] if one.contains("taken.txt")), "{:?}", view.notices);
    window.send(ProjectCommand::Export(ExportRequest::table(project.dir.path().join("labels.csv"))));
    let view = window.until("the export", |view| view.project.as_ref().is_some_and(|p| p.exported.is_some()));
    assert_eq!(errors(&view), [""; 0]);
    // All of it can still be read afterwards.
    let past: Vec<(NoticeKind, Option<&str>)> =
        view.past.iter().map(|one| (one.kind, one.project.as_deref())).collect();
    assert_eq!(past, [(NoticeKind::Error, Some("small")); 2]);
}

/// Waits for a sentence, takes back what it promises, and waits until it is gone.
fn taken_back(window: &Window, said: &str, back: ProjectCommand) {
    window.until(said, |view| says(view, said));
    window.send(back);
    window.until("that it is gone", |view| !says(view, said));
}

#[test]
fn a_promise_that_something_can_be_taken_back_goes_when_it_was() {
    let project = small(20);
    let window = window(Some(project.project.clone()));
    window.until("the project", |view| view.project.is_some());
    window.send(ProjectCommand::KeepOne(vec![project.ids[..2].to_vec()]));
    taken_back(&window, "Undo brings it back", ProjectCommand::Undo);
    window.send(ProjectCommand::PlanSplit(SplitOptions { seed: 7, ..SplitOptions::default() }));
    window.until("the plan", |view| view.project.as_ref().is_some_and(|p| p.data.plan.is_some()));
    window.send(ProjectCommand::ApplySplit);
    taken_back(&window, "it can be undone under Splits", ProjectCommand::UndoSplit);
    window.send(DeskCommand::CloseProject);
    let view = window.until("the start screen", |view| view.project.is_none());
    assert_eq!(view.notices, []);
    assert!(window.session.view().past.iter().any(|one| one.text.contains("Undo brings it back")));
}
