//! The core from commands to what is shown and what is on disk, in one thread.

use crate::domain::{BoxId, ClassList, ModelStatus, Rect, RunState, Split, SplitRatios, StopReason};
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, NewProject, ProjectCommand, StartFrom};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::queue::{Filter, Review, Sort};
use crate::session::protocol::task::{Order, Report};
use crate::session::protocol::view::NoticeKind;
use crate::session::test_project::{annotate, draw, send, small, tiny};
use crate::training::TrainEvent;

#[test]
fn what_a_reader_does_is_shown_undone_and_there_after_reopening() {
    let project = small(20);
    let mut core = project.open();
    let before = core.annotations().to_vec();
    let (first, second) = (project.ids[0], project.ids[1]);
    core.set_reader("ada").unwrap();
    send(&mut core, ProjectCommand::Look { image: first }).unwrap();
    send(&mut core, annotate(first, Edit::Label(Some(1)))).unwrap();
    send(&mut core, annotate(first, Edit::Flag(true))).unwrap();
    send(&mut core, annotate(first, Edit::Note("cortex".into()))).unwrap();
    let rect = Rect { xmin: -3.0, ymin: 2.0, xmax: 9.0, ymax: 12.5 };
    send(&mut core, annotate(first, Edit::DrawBox { class: 0, rect })).unwrap();
    send(&mut core, annotate(second, Edit::Label(Some(1)))).unwrap();

    let view = core.view();
    assert_eq!((view.rows[0].label, view.rows[0].reviewed, view.rows[0].flagged), (Some(1), true, true));
    assert_eq!((view.counts.unreviewed, view.counts.flagged, view.counts.images), (18, 1, 20));
    assert_eq!(view.undo.as_deref(), Some("label of img1.png"));
    let detail = view.detail.as_ref().unwrap();
    assert_eq!(detail.annotation.boxes[0].rect, Rect { xmin: 0.0, ..rect }, "clipped to the picture");
    let history: Vec<(&str, &str)> = detail.history.iter().map(|l| (l.who.as_str(), l.what.as_str())).collect();
    assert_eq!(history[0], ("ada", "box dark"));
    assert_eq!(history[3], ("ada", "dark -> bright"));
    assert_eq!(history[4], ("import", "label dark"));

    let after = core.annotations().to_vec();
    for _ in 0..5 {
        send(&mut core, ProjectCommand::Undo).unwrap();
    }
    assert_eq!(core.annotations(), before);
    assert_eq!((core.view().undo.clone(), core.view().rows[0].reviewed), (None, false));
    drop(core);

    let mut core = project.open();
    assert_eq!(core.annotations(), before, "undo survives");
    assert_eq!(core.view().reader, "ada");
    for _ in 0..5 {
        send(&mut core, ProjectCommand::Redo).unwrap();
    }
    assert_eq!(core.annotations(), after, "redo survives");
    core.store().verify_chain().unwrap();
}

#[test]
fn edits_that_change_nothing_are_not_logged_and_wrong_ones_refused() {
    let project = small(4);
    let mut core = project.open();
    let image = project.ids[0];
    assert!(core.annotate(image, &Edit::Label(Some(0)), None, None).unwrap().is_some(), "confirming is a review");
    assert!(core.annotate(image, &Edit::Label(Some(0)), None, None).unwrap().is_none());
    assert!(core.annotate(image, &Edit::Flag(false), None, None).unwrap().is_none());
    assert!(core.annotate(image, &Edit::Note(String::new()), None, None).unwrap().is_none());
    let outside = Rect { xmin: 40.0, ymin: 0.0, xmax: 50.0, ymax: 5.0 };
    for (edit, expected) in [
        (Edit::Label(Some(2)), "no class number 3"),
        (Edit::Replace, "no model has looked at this image"),
        (Edit::DrawBox { class: 0, rect: outside }, "outside the image"),
        (Edit::DeleteBox { id: BoxId(9) }, "that box is gone"),
    ] {
        let error = core.annotate(image, &edit, None, None).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(core.store().events(image).unwrap().len(), 2);
}

#[test]
fn the_queue_follows_filters_and_labels() {
    let project = small(20);
    let mut core = project.open();
    let filter = Filter { review: Some(Review::Unreviewed), label: Some(0), ..Filter::default() };
    send(&mut core, ProjectCommand::SetFilter(filter)).unwrap();
    send(&mut core, ProjectCommand::SetSort(Sort::Name)).unwrap();
    let ids = |core: &Core| -> Vec<i64> {
        core.view().queue.iter().map(|&row| core.view().rows[row as usize].id.0).collect()
    };
    assert_eq!(ids(&core), [1, 3, 5, 7, 11, 13, 15, 17, 9, 19], "by name, test images last");
    send(&mut core, annotate(project.ids[2], Edit::Label(Some(0)))).unwrap();
    assert_eq!(ids(&core), [1, 5, 7, 11, 13, 15, 17, 9, 19]);
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(ids(&core), [1, 3, 5, 7, 11, 13, 15, 17, 9, 19]);
}

#[test]
fn a_run_becomes_a_candidate_is_compared_promoted_and_rolled_back() {
    let project = small(40);
    let mut core = project.open();
    let compute = Compute::cpu();
    let mut events = Vec::new();
    let work = vec![core.train(tiny(), None, &compute).unwrap()];
    core.perform(work, &compute, &mut |report| {
        if let Report::Training { event, .. } = report {
            events.push(event.clone());
        }
        Order::Go
    })
    .unwrap();
    assert!(events.iter().any(|e| matches!(e, TrainEvent::Epoch(e) if e.epoch == 1)));
    let training = core.view().training.clone().unwrap();
    assert!(!training.running && training.error.is_none(), "{training:?}");
    let first = training.model.unwrap();
    let run = core.runs()[0].clone();
    assert_eq!((run.state, run.model, run.epochs.len()), (RunState::Finished { stopped: None }, Some(first), 1));
    assert_eq!(core.view().active, None, "the person promotes");
    let comparison = core.view().comparison.clone().unwrap();
    assert_eq!((comparison.candidate, comparison.active.is_none()), (first, true));
    assert_eq!(comparison.candidate_report.images, 8);
    let in_cells: usize = comparison.candidate_cells.iter().flatten().map(|cell| cell.images.len()).sum();
    assert_eq!(in_cells, 8);
    assert_eq!(core.models()[0].status, ModelStatus::Candidate);
    assert!(core.models()[0].test.is_some());

    send(&mut core, ProjectCommand::Promote(first)).unwrap();
    assert_eq!(core.view().counts.predicted, 40);
    let shown: Vec<_> = core.view().rows.iter().map(|r| r.predicted).collect();
    let imported = core.view().rows[0].label;
    send(&mut core, annotate(project.ids[0], Edit::Accept)).unwrap();
    assert_eq!(
        (core.view().rows[0].label, core.view().rows[0].reviewed),
        (imported, false),
        "a label is not overwritten"
    );
    send(&mut core, annotate(project.ids[0], Edit::Replace)).unwrap();
    assert_eq!(core.view().rows[0].label, shown[0].map(|(class, _)| class));
    send(&mut core, annotate(project.ids[1], Edit::Label(None))).unwrap();
    send(&mut core, annotate(project.ids[1], Edit::Accept)).unwrap();
    assert_eq!(core.view().rows[1].label, shown[1].map(|(class, _)| class));

    let recipe = crate::domain::Recipe { seed: 7, ..tiny() };
    let start = StartFrom::Model(first);
    send(&mut core, ProjectCommand::TrainFrom { recipe: Box::new(recipe), start }).unwrap();
    let second = core.view().training.clone().unwrap().model.unwrap();
    assert_eq!(core.models().iter().map(|model| model.parent).collect::<Vec<_>>(), [None, Some(first)]);
    let comparison = core.view().comparison.clone().unwrap();
    assert_eq!(comparison.active.as_ref().unwrap().0, first);
    assert_eq!(comparison.flipped.images.len(), comparison.gained + comparison.lost);

    send(&mut core, ProjectCommand::Promote(second)).unwrap();
    assert_ne!(core.view().rows.iter().map(|r| r.predicted).collect::<Vec<_>>(), shown);
    assert!(core.discard(second).is_err(), "the active model cannot be discarded");
    let work = core.promote(first).unwrap();
    assert!(work.is_empty(), "what it said before is still there");
    assert_eq!(core.view().rows.iter().map(|r| r.predicted).collect::<Vec<_>>(), shown);
    core.discard(second).unwrap();
    drop(core);

    let core = project.open();
    assert_eq!(core.view().active, Some(first));
    assert_eq!(core.view().counts.predicted, 40);
    assert_eq!(core.models()[1].status, ModelStatus::Discarded);
}

#[test]
fn a_run_can_be_stopped_cancelled_or_left_and_resumed() {
    let project = small(40);
    let mut core = project.open();
    let compute = Compute::cpu();
    let long = crate::domain::Recipe { epochs: 50, ..tiny() };
    let after_second_epoch = |order: Order| {
        let mut seen = 0;
        move |report: &Report| {
            seen += usize::from(matches!(report, Report::Training { event: TrainEvent::Epoch(_), .. }));
            if seen >= 2 { order } else { Order::Go }
        }
    };

    let work = vec![core.train(long.clone(), None, &compute).unwrap()];
    assert!(core.train(tiny(), None, &compute).unwrap_err().to_string().contains("in progress"));
    core.perform(work, &compute, &mut after_second_epoch(Order::Stop)).unwrap();
    assert_eq!(core.runs()[0].state, RunState::Finished { stopped: Some(StopReason::Stopped) });
    assert!(core.runs()[0].model.is_some());

    let work = vec![core.train(long.clone(), None, &compute).unwrap()];
    core.perform(work, &compute, &mut after_second_epoch(Order::Cancel)).unwrap();
    assert_eq!((core.runs().len(), core.models().len()), (1, 1), "nothing is kept of a cancelled run");

    let work = vec![core.train(crate::domain::Recipe { epochs: 3, ..long }, None, &compute).unwrap()];
    core.perform(work, &compute, &mut after_second_epoch(Order::Leave)).unwrap();
    let run = core.runs()[1].id;
    drop(core);
    let mut core = project.open();
    assert_eq!(core.runs()[1].state, RunState::Interrupted);
    assert_eq!(core.runs()[1].epochs.len(), 2);
    // As if the program had ended before the second epoch was noted: its checkpoint is on disk all the same.
    let mut record = core.runs()[1].clone();
    record.epochs.truncate(1);
    core.store.update_run(&record).unwrap();
    drop(core);
    let mut core = project.open();
    // Labels given meanwhile belong to the next run.
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    send(&mut core, ProjectCommand::ResumeRun(run)).unwrap();
    let record = &core.runs()[1];
    let epochs: Vec<usize> = record.epochs.iter().map(|e| e.epoch).collect();
    assert_eq!((&record.state, epochs), (&RunState::Finished { stopped: None }, vec![1, 2, 3]));
    assert_eq!(core.store().runs().unwrap()[1].epochs.len(), 3);
    assert!(send(&mut core, ProjectCommand::ResumeRun(run)).unwrap_err().to_string().contains("interrupted"));
}

#[test]
fn training_needs_two_classes_and_leaves_missing_files_out() {
    let project = small(20);
    let mut core = project.open();
    std::fs::remove_file(&core.images()[0].path).unwrap();
    send(&mut core, ProjectCommand::Train(Box::new(tiny()))).unwrap();
    let notices = core.take_notices();
    assert!(notices.iter().any(|(_, text)| text.contains("1 image left out")), "{notices:?}");

    for (image, at) in project.ids.iter().zip(0..) {
        if at % 2 == 1 {
            core.annotate(*image, &Edit::Label(Some(0)), None, None).unwrap();
        }
    }
    let error = core.train(tiny(), None, &Compute::cpu()).unwrap_err().to_string();
    assert!(error.contains("\"dark\""), "{error}");
}

#[test]
fn the_second_to_open_only_looks() {
    let project = small(4);
    let first = project.open();
    let mut second = project.open();
    assert!(first.view().read_only.is_none());
    let why = second.view().read_only.clone().unwrap();
    assert!(why.contains("open"), "{why}");
    let error = send(&mut second, annotate(project.ids[0], Edit::Flag(true))).unwrap_err();
    assert_eq!(error.to_string(), why);
    assert!(send(&mut second, ProjectCommand::Undo).is_err());
    drop(first);
    drop(second);
    assert!(project.open().view().read_only.is_none());
}

#[test]
fn moved_images_are_found_by_their_content() {
    let project = small(6);
    let (old, new) = (project.dir.path().join("pictures"), project.dir.path().join("elsewhere"));
    std::fs::rename(&old, &new).unwrap();
    std::fs::rename(new.join("dark/img0.png"), new.join("renamed.png")).unwrap();
    std::fs::remove_file(new.join("bright/img1.png")).unwrap();
    let mut core = project.open();
    let compute = Compute::cpu();
    let work = core.opening_work();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    assert_eq!(core.view().missing, 6);
    assert!(core.view().rows.iter().all(|r| r.missing));
    send(&mut core, ProjectCommand::Relink { folder: new.clone() }).unwrap();
    assert_eq!(core.view().missing, 1);
    assert_eq!(core.images()[0].path, new.join("renamed.png"));
    assert!(core.take_notices().iter().any(|(kind, text)| *kind == NoticeKind::Warning && text.contains("1 still")));
    drop(core);
    assert_eq!(project.open().images()[0].path, new.join("renamed.png"));
}

#[test]
fn models_that_do_not_fit_or_are_cut_are_refused_with_a_sentence() {
    let project = small(20);
    let mut core = project.open();
    send(&mut core, ProjectCommand::Train(Box::new(tiny()))).unwrap();
    let model = core.models()[0].id;
    let copy = project.dir.path().join("copy.safetensors");
    core.export_model(model, &copy).unwrap();
    send(&mut core, ProjectCommand::Promote(model)).unwrap();

    let renamed = ClassList::from_names(&["dark", "light"], false).unwrap();
    send(&mut core, ProjectCommand::SetClasses(renamed)).unwrap();
    assert!(core.problem(model).unwrap().contains("dark, bright"));
    assert_eq!(core.view().counts.predicted, 0, "what it says about other classes is not shown");
    assert!(core.import_model(&copy, &Compute::cpu()).unwrap_err().to_string().contains("dark, light"));
    let swapped = ClassList::from_names(&["light", "dark"], false).unwrap();
    assert!(core.set_classes(&swapped).unwrap_err().to_string().contains("places"));
    send(&mut core, ProjectCommand::SetClasses(ClassList::from_names(&["dark", "bright"], false).unwrap())).unwrap();
    assert_eq!(core.view().counts.predicted, 20);

    let bytes = std::fs::read(&copy).unwrap();
    std::fs::write(&copy, &bytes[..bytes.len() / 2]).unwrap();
    assert!(core.import_model(&copy, &Compute::cpu()).is_err());
    let file = core.models()[0].file.clone();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    drop(core);
    let mut core = project.open();
    assert!(core.problem(model).unwrap().contains("bytes"));
    assert!(send(&mut core, ProjectCommand::Promote(model)).is_err());
}

#[test]
fn a_model_handed_out_can_be_brought_into_another_project() {
    let (one, other) = (small(20), small(10));
    let mut core = one.open();
    send(&mut core, ProjectCommand::Train(Box::new(tiny()))).unwrap();
    let to = other.dir.path().join("model.safetensors");
    let model = core.models()[0].id;
    send(&mut core, ProjectCommand::ExportModel { model, to: to.clone() }).unwrap();
    let mut core = other.open();
    let model = core.import_model(&to, &Compute::cpu()).unwrap();
    send(&mut core, ProjectCommand::Promote(model)).unwrap();
    assert_eq!(core.view().counts.predicted, 10);
    let evaluation = core.evaluation(model, Split::Test).unwrap();
    assert_eq!((evaluation.report.images, evaluation.left_out), (2, 0));
    assert_eq!(core.find_model("tiny").unwrap().id, model);
    assert!(core.find_model("huge").unwrap_err().to_string().contains("tiny"));
    // Once more: it is told from the first, and comes from no model of this project, whichever is the active one.
    let again = core.import_model(&to, &Compute::cpu()).unwrap();
    assert_eq!(core.find_model("tiny-2").unwrap().id, again);
    assert_eq!(core.models().iter().map(|model| model.parent).collect::<Vec<_>>(), [None, None]);
}

#[test]
fn images_are_found_by_what_people_call_them() {
    let project = small(4);
    let core = project.open();
    let path = core.images()[2].path.to_string_lossy().into_owned();
    for word in ["dark/img2.png", "img2.png", path.as_str()] {
        assert_eq!(core.find_image(word).unwrap(), project.ids[2]);
    }
    assert!(core.find_image("img9.png").unwrap_err().to_string().contains("no image img9.png"));
}

#[test]
fn the_table_has_a_row_an_image() {
    let project = small(4);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    send(&mut core, annotate(project.ids[1], Edit::Label(None))).unwrap();
    let to = project.dir.path().join("labels.csv");
    send(&mut core, ProjectCommand::Export(ExportRequest::table(to.clone()))).unwrap();
    let text = std::fs::read_to_string(&to).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[0].starts_with("path,sha256,split,group,label,reader,time"), "{}", lines[0]);
    assert!(lines[1].contains(",train,,bright,ada,"), "{}", lines[1]);
    assert!(lines[2].contains(",train,,,,"), "no label, no reader: {}", lines[2]);
    assert!(lines[3].contains(",dark,,20"), "what a folder says has a time and nobody who said it: {}", lines[3]);
}

#[test]
fn a_folder_becomes_a_project_once() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("pictures");
    for index in 0..20 {
        draw(&source, index % 2, index);
    }
    std::fs::copy(source.join("dark/img0.png"), source.join("dark/copy.png")).unwrap();
    std::fs::write(source.join("dark/broken.jpg"), "no picture").unwrap();
    let new = NewProject {
        classes: vec!["bright".into(), "dark".into()],
        ratios: SplitRatios { train: 60.0, validation: 20.0, test: 20.0 },
        group_pattern: Some(r"img(\d)".into()),
        class_map: vec![("dark".into(), "Dark".into())],
        ..NewProject::of(&source, dir.path().join("p.overread"))
    };
    let created = crate::session::importing::create::create_project(&new, &|_, _| true).unwrap();
    assert_eq!((created.report.images, created.report.labelled, created.report.left_out.len()), (20, 20, 2));
    let core = Core::open(&created.project).unwrap();
    assert_eq!(core.view().classes.names(), ["bright", "Dark"]);
    assert_eq!(core.view().counts.labelled, 20);
    assert!(core.view().counts.splits.iter().all(|&n| n > 0), "{:?}", core.view().counts);
    let of_group = |group: &str| {
        let mut splits: Vec<Split> =
            core.images().iter().filter(|i| i.group.as_deref() == Some(group)).map(|i| i.split).collect();
        splits.dedup();
        splits.len()
    };
    assert_eq!((of_group("1"), of_group("7")), (1, 1), "a group lies in one split");
    assert_eq!(core.store().events(core.images()[0].id).unwrap()[0].reader, "import");
    drop(core);

    let again = crate::session::importing::create::create_project(&new, &|_, _| true).unwrap_err().to_string();
    assert!(again.contains("not empty"), "{again}");
    let empty = dir.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let project = dir.path().join("e.overread");
    let nothing = NewProject { source: empty, project: project.clone(), ..new.clone() };
    assert!(crate::session::importing::create::create_project(&nothing, &|_, _| true).is_err());
    assert!(!project.exists());
    let pattern = NewProject { group_pattern: Some("(".into()), project, ..new };
    assert!(
        crate::session::importing::create::create_project(&pattern, &|_, _| true)
            .unwrap_err()
            .to_string()
            .contains("regular expression")
    );
    let litter: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(litter.len(), 3, "{litter:?}");
}

#[test]
fn a_demo_knows_which_labels_are_wrong_and_keeps_its_boxes_to_itself() {
    let dir = tempfile::tempdir().unwrap();
    let project = crate::session::demo::making::create_demo(
        crate::session::protocol::command::DemoKind::Fracture,
        60,
        3,
        dir.path(),
        &|_, _| true,
    )
    .unwrap();
    let core = Core::open(&project).unwrap();
    let view = core.view();
    assert_eq!((view.counts.images, view.counts.labelled, view.counts.unreviewed), (60, 60, 60));
    assert!(core.annotations().iter().all(|a| a.boxes.is_empty()));
    let truths = core.store().truths().unwrap();
    let wrong = core.images().iter().zip(core.annotations()).filter(|(i, a)| Some(truths[&i.id].class) != a.label);
    assert_eq!(wrong.count(), view.wrong_on_purpose);
    assert!(view.wrong_on_purpose > 0);
    assert!(
        crate::session::demo::making::create_demo(
            crate::session::protocol::command::DemoKind::Fracture,
            60,
            3,
            dir.path(),
            &|_, _| true
        )
        .is_err()
    );
}
