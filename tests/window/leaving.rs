//! What is going on is not left without a word, and what was cut short is offered again.

use super::*;

#[test]
fn a_project_of_which_an_export_is_written_is_not_left_without_asking() {
    let bench = Bench::project();
    bench.edit(|view| {
        view.jobs.push(JobView {
            id: 9,
            kind: JobKind::Export,
            name: "Exporting as COCO".into(),
            progress: Some(0.5),
            seconds_left: Some(60.0),
            message: "30 of 60".into(),
            cancellable: true,
        });
    });
    let mut harness = window(&bench);
    bench.take_commands();
    ctrl(&mut harness, Key::W);
    assert!(harness.query_by_label("An export of wrist is being written").is_some());
    press(&mut harness, "Stay here");
    assert_eq!(last(&bench), None);
    ctrl(&mut harness, Key::W);
    press(&mut harness, "Break the export off");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::CloseProject)));
}

#[test]
fn a_project_with_a_run_is_not_left_without_asking() {
    let bench = Bench::training();
    let mut harness = window(&bench);
    bench.take_commands();
    ctrl(&mut harness, Key::W);
    assert!(harness.query_by_label("A run is in progress in wrist").is_some());
    assert_eq!(last(&bench), None);
    press(&mut harness, "Stay here");
    assert!(harness.query_by_label("A run is in progress in wrist").is_none());
    assert_eq!(last(&bench), None);
    ctrl(&mut harness, Key::W);
    press(&mut harness, "Keep training in the background");
    assert_eq!(bench.take_commands().last(), Some(&Command::Desk(DeskCommand::CloseProject)));

    let bench = Bench::training();
    let mut harness = window(&bench);
    bench.take_commands();
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    harness.run();
    assert_eq!(last(&bench), None, "the demo would close the project as well");
    press(&mut harness, "Stop, keep the best so far");
    let sent: Vec<Command> = bench
        .take_commands()
        .into_iter()
        .filter(|c| !matches!(c, Command::Project(ProjectCommand::Look { .. })))
        .collect();
    assert_eq!(sent[0], Command::Desk(DeskCommand::StopTraining));
    assert!(matches!(sent[1], Command::Desk(DeskCommand::CreateDemo { .. })), "{sent:?}");
}

/// The window manager asks the window to close; whether the window refused.
fn ask_to_close(harness: &mut Harness<'_, App>) -> Option<bool> {
    let viewport = harness.input_mut().viewports.get_mut(&egui::ViewportId::ROOT)?;
    viewport.events.push(egui::ViewportEvent::Close);
    harness.step();
    let output = &harness.output().viewport_output[&egui::ViewportId::ROOT];
    let refused = output.commands.contains(&egui::ViewportCommand::CancelClose);
    let viewport = harness.input_mut().viewports.get_mut(&egui::ViewportId::ROOT)?;
    viewport.events.clear();
    harness.run();
    Some(refused)
}

#[test]
fn the_window_does_not_close_over_a_run_or_an_export_without_asking() {
    let bench = Bench::training();
    let mut harness = window(&bench);
    assert_eq!(ask_to_close(&mut harness), Some(true));
    assert!(harness.query_by_label_contains("can be resumed after epoch 6 of 10").is_some());
    press(&mut harness, "Go on training");
    assert!(harness.query_by_label("Quit now?").is_none());
    assert_eq!(ask_to_close(&mut harness), Some(true), "asked again the next time");
    press(&mut harness, "Stop, keep the best so far, and quit");
    assert_eq!(ask_to_close(&mut harness), Some(false), "now it may");

    let bench = Bench::project();
    let mut harness = window(&bench);
    assert_eq!(ask_to_close(&mut harness), Some(false), "nothing is going on");
    bench.edit(|view| {
        view.jobs = vec![JobView {
            id: 5,
            kind: JobKind::Export,
            name: "Exporting as COCO".into(),
            progress: Some(0.3),
            seconds_left: None,
            message: String::new(),
            cancellable: true,
        }];
    });
    harness.run();
    assert_eq!(ask_to_close(&mut harness), Some(true));
    assert!(harness.query_by_label_contains("what it has written is not whole").is_some());
}

#[test]
fn a_run_elsewhere_stays_in_sight_and_leads_back() {
    let bench = Bench::training();
    let knee = PathBuf::from("/home/reader/knee.overread");
    bench.edit(|view| {
        let training = view.project.as_ref().unwrap().training.clone();
        let elsewhere = Elsewhere { path: knee.clone(), name: "knee".into(), jobs: vec![1], training };
        view.elsewhere = Arc::new(vec![elsewhere]);
    });
    bench.edit_project(|p| p.training = None);
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("knee: Training Small CNN · epoch 7 of 10").is_some());
    assert_eq!(ask_to_close(&mut harness), Some(true), "it would be lost as well");
    assert!(harness.query_by_label_contains("The run in knee").is_some());
    press(&mut harness, "Go on training");
    bench.take_commands();
    press(&mut harness, "Go back to knee");
    assert!(bench.take_commands().contains(&Command::Desk(DeskCommand::OpenProject(knee))));
    press(&mut harness, "Stop knee: Training Small CNN");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::StopJob(1))));
}

#[test]
fn what_can_be_resumed_is_said_at_the_start_and_on_every_screen() {
    let bench = Bench::start_screen();
    bench.edit(|view| {
        let recent = Arc::make_mut(&mut view.recent);
        recent[0].run = Some(UnfinishedRun { epochs: 3, of: 12 });
        recent[1].run = Some(UnfinishedRun { epochs: 0, of: 12 });
    });
    let harness = window(&bench);
    assert!(harness.query_by_label_contains("a training run can be resumed after epoch 3 of 12").is_some());
    assert!(harness.query_by_label_contains("did not get to its first epoch: start it again").is_some());

    let bench = Bench::project();
    bench.edit(|view| {
        let text = "A run of Small CNN was cut short after epoch 4 of 10: it can be resumed".into();
        let offer = Some(Offer::Train);
        view.notices.push(Notice { id: 9, kind: NoticeKind::Warning, text, offer, of_project: true });
    });
    let mut harness = window(&bench);
    for tab in ["Review", "Data", "Models"] {
        harness.get_by_role_and_label(Role::Tab, tab).click();
        harness.run();
        assert!(harness.query_by_label_contains("it can be resumed").is_some(), "{tab}");
    }
    press(&mut harness, "Go to Train");
    assert_eq!(harness.state().screen(), Screen::Train);
    assert!(harness.query_by_label_contains("it can be resumed").is_none());
    bench.edit_project(|p| Arc::make_mut(&mut p.runs)[0].epochs.clear());
    harness.run();
    assert!(harness.query_by_label_contains("did not get to its first epoch").is_some());
    press(&mut harness, "Start again run 4");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::ResumeRun(RunId(4)))));
}

#[test]
fn a_candidate_waits_to_be_decided_on_also_after_a_restart() {
    let bench = Bench::project();
    bench.edit_project(|p| {
        p.active = None;
        Arc::make_mut(&mut p.models).iter_mut().for_each(|m| m.record.active = false);
    });
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("small-cnn-3 is trained and waits").is_some());
    assert!(harness.query_by_label_contains("No model yet").is_none());
    harness.get_by_role_and_label(Role::Tab, "Train").click();
    harness.run();
    press(&mut harness, "Promote small-cnn-3");
    assert_eq!(
        last(&bench),
        Some(Command::Project(ProjectCommand::Promote(ModelId(3)))),
        "there is none to be worse than"
    );
}
