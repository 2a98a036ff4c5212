//! What is signed off is changed by nobody and nothing until it is reopened.

use crate::domain::{AdjudicationRule, Change, ClassList, ImageId, ReadingMode, Rect};
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::many::ManyEdit;
use crate::session::protocol::query::{Is, Term, What};
use crate::session::protocol::queue::Filter;
use crate::session::test_project::{Small, annotate, send, small};

/// A project in which Ann has labelled the first four images and signed the first two off.
fn project() -> (Small, Core) {
    let project = small(8);
    let mut core = project.open();
    core.set_reader("ann").unwrap();
    for image in &project.ids[..4] {
        send(&mut core, annotate(*image, Edit::Label(Some(1)))).unwrap();
    }
    send(&mut core, sign(&project.ids[..2])).unwrap();
    core.take_notices();
    (project, core)
}

fn sign(images: &[ImageId]) -> ProjectCommand {
    ProjectCommand::SignOff { images: images.to_vec() }
}

fn reopen(images: &[ImageId], reason: &str) -> ProjectCommand {
    ProjectCommand::Reopen { images: images.to_vec(), reason: reason.to_owned() }
}

fn refused(core: &mut Core, command: ProjectCommand) -> String {
    let what = format!("{command:?}");
    let before = core.annotations().to_vec();
    let why = send(core, command).expect_err(&what).to_string();
    assert_eq!(core.annotations(), before, "{what}");
    why
}

#[test]
fn no_way_of_changing_it_changes_what_is_signed_off_and_each_says_why() {
    let (project, mut core) = project();
    let [first, second] = [project.ids[0], project.ids[1]];
    core.set_reader("ben").unwrap();
    let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 9.0, ymax: 9.0 };
    for edit in [
        Edit::Label(Some(0)),
        Edit::Label(None),
        Edit::Flag(true),
        Edit::Key(true),
        Edit::Note("later".into()),
        Edit::DrawBox { class: 0, rect },
        Edit::DrawBoxes(vec![(0, rect)]),
        Edit::NothingHere,
    ] {
        let why = refused(&mut core, annotate(first, edit));
        assert!(why.contains("img0.png is signed off by ann") && why.contains("reopen it first"), "{why}");
    }
    // What changes nothing is no change.
    send(&mut core, annotate(first, Edit::Confirm)).unwrap();
    send(&mut core, annotate(first, Edit::Label(Some(1)))).unwrap();
    let many = |edit| ProjectCommand::AnnotateMany { images: vec![first, second], edit };
    let why = refused(&mut core, many(ManyEdit::Flag(true)));
    assert!(why.contains("2 images (img0.png, img1.png) are signed off") && why.contains("reopen them"), "{why}");
    let why = refused(&mut core, ProjectCommand::EmptyClass { class: 1, into: Some(0) });
    assert!(why.contains("2 images (img0.png, img1.png) are signed off"), "{why}");
    let why = refused(&mut core, ProjectCommand::KeepOne(vec![vec![first, second]]));
    assert!(why.contains("signed off"), "{why}");
    send(&mut core, ProjectCommand::PlanConversion { findings: true }).unwrap();
    let why = core.view().data.conversion.clone().unwrap().unwrap_err();
    assert!(why.contains("2 images (img0.png, img1.png) are signed off"), "{why}");
    let why = refused(&mut core, ProjectCommand::Convert);
    assert!(why.contains("look first"), "{why}");

    // Among others those are done, and it is said which were not.
    let all = ProjectCommand::AnnotateMany { images: project.ids[..4].to_vec(), edit: ManyEdit::Flag(true) };
    send(&mut core, all).unwrap();
    let said = core.take_notices().pop().unwrap().1;
    assert!(said.starts_with("2 images flagged; 2 images (img0.png, img1.png) are signed off"), "{said}");
    assert_eq!(core.view().counts.flagged, 2);
    core.store().verify_chain().unwrap();
}

#[test]
fn a_class_that_signed_images_say_keeps_its_name() {
    let (project, mut core) = project();
    let named = |names: &[&str]| ProjectCommand::SetClasses(ClassList::from_names(names, false).unwrap());
    let before = core.view().classes.clone();
    let why = refused(&mut core, named(&["dark", "light"]));
    let expected =
        "bright cannot be called light: 2 images (img0.png, img1.png) are signed off, and nothing said of them changes";
    assert!(why.starts_with(expected), "{why}");
    assert_eq!((core.view().classes.clone(), core.store().classes().unwrap()), (before.clone(), (*before).clone()));
    // What no signed image says may be called otherwise, and classes may be added.
    send(&mut core, named(&["black", "bright", "grey"])).unwrap();
    send(&mut core, reopen(&project.ids[..2], "the class has a better name")).unwrap();
    send(&mut core, named(&["black", "light", "grey"])).unwrap();
    assert_eq!(core.view().classes.names(), ["black", "light", "grey"]);
}

#[test]
fn several_are_signed_off_in_one_step_and_those_left_out_are_named() {
    let (project, mut core) = project();
    // Of the third Ben says something else; the fifth on are labelled by the import alone, and of the last nothing is said.
    let other = Change::Reading {
        label: Some(0),
        findings: Default::default(),
        boxes: Vec::new(),
        nothing_found: false,
        in_force: false,
        seeing: Default::default(),
        again: false,
    };
    core.store.append("import:ben", project.ids[2], other, None, None, None).unwrap();
    send(&mut core, annotate(project.ids[7], Edit::Label(None))).unwrap();
    core.take_notices();
    send(&mut core, sign(&project.ids)).unwrap();
    let said = core.take_notices().pop().unwrap().1;
    let expected = "1 image signed off by ann; left out: nothing said yet: 1 image (img7.png); not reviewed: 3 images \
                    (img4.png, img5.png, img6.png); readers differ: 1 image (img2.png); take one reader's word, or \
                    adjudicate, first; signed off already: 2 images (img0.png, img1.png)";
    assert_eq!(said, expected);
    assert_eq!((core.view().counts.signed, core.view().undo.as_deref()), (3, Some("sign-off of img3.png")));
    let why = refused(&mut core, sign(&project.ids[2..3]));
    assert!(why.contains("readers differ"), "{why}");
    // Once a person has taken one of the words it does not matter that the other says something else.
    send(&mut core, ProjectCommand::TakeWord { image: project.ids[2], reader: "ben".into() }).unwrap();
    send(&mut core, sign(&project.ids[2..3])).unwrap();
    let why = refused(&mut core, ProjectCommand::TakeWord { image: project.ids[2], reader: "ann".into() });
    assert!(why.contains("img2.png) is signed off"), "{why}");

    let filter = |not| Filter { terms: vec![Term { not, what: What::Is(Is::Signed) }], ..Filter::default() };
    send(&mut core, ProjectCommand::SetFilter(filter(false))).unwrap();
    assert_eq!(core.view().queue.len(), 4);
    send(&mut core, ProjectCommand::SetFilter(filter(true))).unwrap();
    assert_eq!(core.view().queue.len(), 4);
    let to = project.dir.path().join("signed.csv");
    core.export(&ExportRequest::table(to.clone()), &|_, _| true).unwrap();
    let table = std::fs::read_to_string(to).unwrap();
    let columns: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let at = |name: &str| columns.iter().position(|column| *column == name).expect(name);
    let cell =
        |name: &str| table.lines().skip(1).filter(|line| !line.split(',').nth(at(name)).unwrap().is_empty()).count();
    assert_eq!((cell("signed_off_by"), cell("signed_off_at")), (4, 4), "{table}");
}

#[test]
fn reopening_needs_a_reason_and_undo_takes_back_both_at_once() {
    let (project, mut core) = project();
    let images = &project.ids[..2];
    assert_eq!(core.view().undo.as_deref(), Some("sign-off of 2 images"));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.view().counts.signed, 0, "a sign-off is taken back at once by who made it");
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(core.view().counts.signed, 2);
    assert!(refused(&mut core, reopen(images, "  ")).contains("with a reason"));
    assert!(refused(&mut core, reopen(&project.ids[4..], "why")).contains("none of these images is signed off"));
    send(&mut core, ProjectCommand::Look { image: images[0] }).unwrap();
    assert!(core.view().detail.as_ref().unwrap().signed.as_ref().unwrap().starts_with("Signed off by ann, "));
    core.set_reader("ben").unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.view().counts.signed, 2, "nor does another take it back without a reason");
    send(&mut core, reopen(images, "the lateral view was missed")).unwrap();
    send(&mut core, ProjectCommand::Look { image: images[0] }).unwrap();
    let detail = core.view().detail.clone().unwrap();
    let line = &detail.history[0];
    assert_eq!((line.who.as_str(), detail.signed.clone()), ("ben", None));
    assert_eq!(line.what, "reopened (signed off by ann): \u{201c}the lateral view was missed\u{201d}");
    send(&mut core, annotate(images[0], Edit::Label(Some(0)))).unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.view().undo.as_deref(), Some("reopening of 2 images"));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.view().counts.signed, 2, "taking the reopening back locks them again");
    assert!(refused(&mut core, annotate(images[0], Edit::Label(Some(0)))).contains("signed off by ann"));
    drop(core);
    let mut core = project.open();
    assert_eq!(core.view().counts.signed, 2, "also after a restart");
    core.act_as("Reader 1");
    assert!(refused(&mut core, reopen(images, "why")).contains("say first who reads"));
    assert!(core.store().annotations().unwrap() == core.store().replay().unwrap());
}

#[test]
fn a_reading_of_ones_own_is_neither_locked_nor_told_of_it() {
    let (project, mut core) = project();
    core.set_reader("cleo").unwrap();
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: false }).unwrap();
    let image = project.ids[0];
    send(&mut core, ProjectCommand::Look { image }).unwrap();
    send(&mut core, annotate(image, Edit::Label(Some(0)))).unwrap();
    send(&mut core, annotate(image, Edit::Note("mine".into()))).unwrap();
    let many = ProjectCommand::AnnotateMany { images: project.ids.clone(), edit: ManyEdit::Flag(true) };
    send(&mut core, many).unwrap();
    assert_eq!((core.view().counts.flagged, core.view().counts.signed), (8, 0));
    let detail = core.view().detail.clone().unwrap();
    assert!(detail.signed.is_none() && detail.annotation.signed.is_empty());
    assert!(core.view().rows.iter().all(|row| row.facts.signed.is_none()));
    for command in [sign(&project.ids), reopen(&project.ids, "why")] {
        assert!(refused(&mut core, command).contains("signing off would show or change"));
    }
    send(&mut core, ProjectCommand::Undo).unwrap();
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    assert_eq!(core.view().counts.signed, 2);
    assert_eq!(core.annotations()[0].label, Some(1), "what is signed off stays in force");
    // The word that differs is for whoever adjudicates, and that waits until it is reopened.
    let work = core
        .apply(
            ProjectCommand::PlanAdjudication { rule: AdjudicationRule::Majority, with_students: false },
            &crate::nn::Compute::cpu(),
        )
        .unwrap();
    core.perform(work, &crate::nn::Compute::cpu(), &mut |_| crate::session::protocol::task::Order::Go).unwrap();
    assert!(core.view().data.adjudication.as_ref().unwrap().undecided.contains(&image));
    let why = refused(&mut core, ProjectCommand::TakeWord { image, reader: "cleo".into() });
    assert!(why.contains("img0.png) is signed off"), "{why}");
}

#[test]
fn a_rule_leaves_what_is_signed_off_and_says_so() {
    let (project, mut core) = project();
    let word = Change::Reading {
        label: Some(0),
        findings: Default::default(),
        boxes: Vec::new(),
        nothing_found: false,
        in_force: false,
        seeing: Default::default(),
        again: false,
    };
    for image in [project.ids[0], project.ids[2]] {
        for reader in ["import:ben", "import:cleo"] {
            core.store.append(reader, image, word.clone(), None, None, None).unwrap();
        }
    }
    let compute = crate::nn::Compute::cpu();
    let work = core
        .apply(ProjectCommand::PlanAdjudication { rule: AdjudicationRule::Majority, with_students: false }, &compute)
        .unwrap();
    core.perform(work, &compute, &mut |_| crate::session::protocol::task::Order::Go).unwrap();
    let plan = core.view().data.adjudication.clone().unwrap();
    assert_eq!((plan.decided.len(), &plan.signed[..]), (1, &project.ids[..1]));
    send(&mut core, ProjectCommand::Adjudicate).unwrap();
    let said = core.take_notices().pop().unwrap().1;
    assert!(said.contains("1 image adjudicated (majority); 1 image (img0.png) is signed off"), "{said}");
    assert_eq!((core.annotations()[0].label, core.annotations()[2].label), (Some(1), Some(0)));
}
