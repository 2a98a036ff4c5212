//! Runs beside other projects, and what the next start knows of them.

use crate::domain::{EpochRecord, Metric, Recipe, RunState};
use crate::pretrained::catalogue;
use crate::session::Workbench;
use crate::session::desk::runs::kept_figure;
use crate::session::desk::test_window::{Window, window, window_at};
use crate::session::protocol::command::{Command, DeskCommand, Edit, ProjectCommand};
use crate::session::protocol::view::{NoticeKind, Offer, View};
use crate::session::test_project::{Small, annotate, small, tiny};
use crate::store::UnfinishedRun;

#[test]
fn what_is_said_of_a_run_that_is_done_is_the_figure_of_its_kind() {
    use crate::domain::recipe::Loss;
    let recipe = Recipe { loss: Loss::BinaryCrossEntropy, ..tiny() };
    let epoch = |best, auroc| EpochRecord {
        best,
        validation: [(Metric::Auroc, auroc), (Metric::Accuracy, 0.5)].into(),
        ..EpochRecord::default()
    };
    let mut training = crate::session::fixture::training(false);
    (training.recipe, training.epochs) = (recipe, vec![epoch(true, 0.912), epoch(false, 0.8)]);
    let said = kept_figure(&training).unwrap();
    assert_eq!(said, "; mean AUROC over the findings 0.912 on the validation images");
    training.recipe = tiny();
    assert_eq!(kept_figure(&training).unwrap(), "; accuracy 0.500 on the validation images");
    training.epochs[0].best = false;
    assert_eq!(kept_figure(&training), None);
}

/// More epochs than a test waits for.
const MANY: usize = 10_000;

fn is_open(view: &View, project: &Small) -> bool {
    view.project.as_ref().is_some_and(|open| open.path == project.project)
}

/// Starts a run and waits for its first epoch.
fn train(window: &Window, project: &Small) {
    window.until("the project", |view| is_open(view, project));
    window.send(ProjectCommand::Train(Box::new(Recipe { epochs: MANY, patience: None, ..tiny() })));
    let begun = |view: &View| view.project.as_ref().unwrap().training.as_ref().is_some_and(|t| !t.epochs.is_empty());
    window.until("an epoch", begun);
}

#[test]
fn a_run_goes_on_while_another_project_is_open_and_is_come_back_to() {
    let (first, second) = (small(40), small(10));
    let window = window(Some(first.project.clone()));
    train(&window, &first);
    window.send(DeskCommand::OpenProject(second.project.clone()));
    let view = window.until("the other project", |view| is_open(view, &second));
    let [elsewhere] = view.elsewhere.as_slice() else { panic!("{:?}", view.elsewhere) };
    assert_eq!((elsewhere.name.as_str(), elsewhere.path.as_path()), ("small", first.project.as_path()));
    assert!(view.jobs.iter().any(|job| elsewhere.jobs.contains(&job.id)), "{:?}", view.jobs);
    let epochs = elsewhere.training.as_ref().unwrap().epochs.len();
    let grown = |view: &View| view.elsewhere[0].training.as_ref().is_some_and(|t| t.epochs.len() > epochs);
    window.until("more epochs", grown);

    // The open project is worked in meanwhile, but two runs do not share the machine.
    window.send(annotate(second.ids[0], Edit::Flag(true)));
    window.until("the flag", |view| view.project.as_ref().unwrap().rows[0].flagged);
    window.send(ProjectCommand::Train(Box::new(tiny())));
    let view = window.until("the refusal", |view| view.notices.iter().any(|n| n.kind == NoticeKind::Warning));
    assert!(view.notices[0].text.contains("a run of small goes on in the background"), "{:?}", view.notices);
    assert!(view.project.as_ref().unwrap().training.is_none());

    window.send(DeskCommand::CloseProject);
    let view = window.until("the start screen", |view| view.project.is_none());
    assert_eq!((view.elsewhere.len(), view.notices.len()), (1, 0), "messages go with their project");
    window.send(DeskCommand::OpenProject(first.project.clone()));
    let view = window.until("the first again", |view| is_open(view, &first));
    assert!(view.elsewhere.is_empty());
    assert!(view.project.as_ref().unwrap().training.as_ref().is_some_and(|t| t.running && t.epochs.len() > epochs));
    window.send(DeskCommand::StopTraining);
    let done = |view: &View| view.project.as_ref().unwrap().models.len() == 1;
    let view = window.until("the model", done);
    assert!(view.notices.iter().any(|n| matches!(n.offer, Some(Offer::Evaluate(_)))), "{:?}", view.notices);
}

#[test]
fn a_run_that_is_stopped_on_leaving_keeps_its_best_and_says_when_it_is_done() {
    let (first, second) = (small(40), small(10));
    let window = window(Some(first.project.clone()));
    train(&window, &first);
    window.send(DeskCommand::StopTraining);
    window.send(DeskCommand::OpenProject(second.project.clone()));
    let offered = Some(Offer::Open(first.project.clone()));
    let view = window.until("the end", |view| view.notices.iter().any(|notice| notice.offer == offered));
    assert!(is_open(&view, &second) && view.elsewhere.is_empty());
    assert!(view.notices[0].text.contains("The run in small is done: tiny waits"), "{:?}", view.notices);
    // Nobody holds it any more, and the model was judged.
    let core = first.open();
    assert!(core.view().read_only.is_none());
    assert!(core.models()[0].test.is_some());
    assert!(matches!(core.runs()[0].state, RunState::Finished { .. }));
    drop(core);
    // Opened another way than by the message, it is open all the same.
    window.send(DeskCommand::OpenProject(first.project.join("project.db")));
    let view = window.until("the first again", |view| is_open(view, &first));
    assert!(view.notices.iter().all(|notice| notice.offer.is_none()), "{:?}", view.notices);
}

#[test]
fn a_run_in_the_background_can_be_stopped_from_there() {
    let first = small(40);
    let window = window(Some(first.project.clone()));
    train(&window, &first);
    window.send(DeskCommand::CloseProject);
    let view = window.until("the start screen", |view| view.project.is_none());
    window.send(DeskCommand::StopJob(view.elsewhere[0].jobs[0]));
    window.until("the end", |view| view.elsewhere.is_empty());
    assert_eq!(first.open().models().len(), 1);
}

#[test]
fn what_can_be_resumed_is_offered_at_the_next_start() {
    let project = small(40);
    let before = window(Some(project.project.clone()));
    train(&before, &project);
    let Window { session, home, .. } = before;
    drop(session);
    let after = window_at(home, None, catalogue());
    let view = after.session.view();
    let run = view.recent[0].run.unwrap();
    assert!(run.epochs > 0 && run.of == MANY, "{run:?}");
    after.session.send(Command::Desk(DeskCommand::OpenProject(project.project.clone())));
    let view = after.until("the project", |view| is_open(view, &project));
    let notice = view.notices.iter().find(|notice| notice.offer == Some(Offer::Train)).unwrap();
    assert!(notice.text.contains("can be resumed") && notice.of_project, "{notice:?}");
    let run = view.project.as_ref().unwrap().runs[0].id;
    after.session.send(Command::Project(ProjectCommand::ResumeRun(run)));
    let goes_on = |view: &View| view.notices.is_empty() && view.project.as_ref().unwrap().training.is_some();
    after.until("the run, and nothing to offer any more", goes_on);
    after.session.send(Command::Desk(DeskCommand::CancelTraining));
    after.until("its end", |view| view.project.as_ref().unwrap().runs.is_empty());
    after.session.send(Command::Desk(DeskCommand::CloseProject));
    let view = after.until("the start screen", |view| view.project.is_none());
    assert_eq!(view.recent[0].run, None);
}

#[test]
fn a_run_without_an_epoch_is_no_run_to_be_resumed() {
    let project = small(40);
    let mut core = project.open();
    core.train(tiny(), None, &crate::nn::Compute::cpu()).unwrap();
    drop(core);
    let window = window(Some(project.project.clone()));
    let view = window.until("the project", |view| is_open(view, &project));
    assert!(view.notices[0].text.contains("before its first epoch was done: start it again"), "{:?}", view.notices);
    assert_eq!(view.recent[0].run, Some(UnfinishedRun { epochs: 0, of: 1 }));
}
