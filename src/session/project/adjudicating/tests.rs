//! What several readers said becomes one word, and nobody's own word changes by it.

use super::*;
use crate::domain::{ReaderDescription, ReaderRole, ReadingMode};
use crate::session::project::agreeing;
use crate::session::protocol::agreement::WhichReadings;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::test_project::{Small, annotate, send, small};

/// Three readers who have read the same images blind: of every third image one says something else, of the last each but one
/// has said nothing.
fn read() -> (Small, Core) {
    let project = small(12);
    let mut core = project.open();
    for (at, reader) in ["ann", "ben", "cleo"].into_iter().enumerate() {
        send(&mut core, ProjectCommand::SetReader(reader.into())).unwrap();
        send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: false }).unwrap();
        for (place, image) in project.ids.iter().enumerate().take(if at == 0 { 12 } else { 11 }) {
            let other = place % 3 == at;
            send(&mut core, annotate(*image, Edit::Label(Some(usize::from(other))))).unwrap();
        }
    }
    send(&mut core, ProjectCommand::SetReader("dora".into())).unwrap();
    (project, core)
}

#[test]
fn by_majority_all_are_decided_in_one_step_and_no_reader_says_anything_else() {
    let (project, mut core) = read();
    let before = core.annotations().to_vec();
    let figures = |core: &Core| agreeing::of(core.store(), WhichReadings::Last, None, &|_, _| true).unwrap();
    let said = figures(&core);
    assert_eq!(said.as_ref().unwrap().asked[0].pairs[0].seen.could_see, 0, "they read blind");
    send(&mut core, ProjectCommand::PlanAdjudication { rule: AdjudicationRule::All, with_students: false }).unwrap();
    let plan = core.view().data.adjudication.clone().unwrap();
    assert_eq!((plan.shared, plan.decided.len(), plan.undecided.len()), (11, 0, 11), "one of three always differs");
    send(&mut core, ProjectCommand::PlanAdjudication { rule: AdjudicationRule::Majority, with_students: false })
        .unwrap();
    let plan = core.view().data.adjudication.clone().unwrap();
    assert_eq!((plan.decided.len(), plan.stand, plan.undecided.len()), (11, 0, 0));
    assert_eq!(core.adjudicate().unwrap(), 11);
    assert!(core.annotations()[..11].iter().all(|said| said.label == Some(0) && said.reviewed));
    assert_eq!(core.annotations()[11], before[11], "one reader alone decides nothing");
    assert_eq!(figures(&core), said, "the final label is nobody's own word");
    send(&mut core, ProjectCommand::Look { image: project.ids[0] }).unwrap();
    let line = core.view().detail.as_ref().unwrap().history[0].clone();
    assert_eq!(line.who, "dora");
    assert!(line.what.ends_with("adjudicated: majority (ann, ben, cleo)"), "{}", line.what);
    send(&mut core, ProjectCommand::PlanAdjudication { rule: AdjudicationRule::Majority, with_students: false })
        .unwrap();
    let again = core.view().data.adjudication.clone().unwrap();
    assert_eq!((again.decided.len(), again.stand), (0, 11));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.annotations(), before, "in one step");
    assert!(core.view().data.adjudication.is_none());
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert!(core.annotations()[..11].iter().all(|said| said.label == Some(0)));
    assert_eq!(core.store().annotations().unwrap(), core.store().replay().unwrap());
    core.store().verify_chain().unwrap();
}

#[test]
fn parts_that_no_reader_spoke_of_stay_as_they_are() {
    let (project, mut core) = read();
    let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 9.0, ymax: 9.0 };
    send(&mut core, annotate(project.ids[0], Edit::DrawBox { class: 1, rect })).unwrap();
    send(&mut core, ProjectCommand::PlanAdjudication { rule: AdjudicationRule::Majority, with_students: false })
        .unwrap();
    core.adjudicate().unwrap();
    let now = &core.annotations()[0];
    assert_eq!((now.label, now.boxes.len()), (Some(0), 1), "the three gave a class alone");
    // What was said of one class an image says nothing of findings.
    let word = |label| Word {
        label,
        ..words_by_name(&Readings::of(&core.store().events(project.ids[1]).unwrap()))[0].1.clone()
    };
    let of_findings = ClassList { findings: true, ..ClassList::clone(&core.view().classes) };
    assert!(that_fits(vec![("ann".into(), word(Some(1)))], &of_findings).is_empty());
}

#[test]
fn what_was_worked_out_before_somebody_spoke_is_not_put_in_force() {
    let (project, mut core) = read();
    assert!(core.adjudicate().unwrap_err().to_string().contains("choose a rule first"));
    let old =
        plan(core.store(), (AdjudicationRule::Majority, false), core.data_version, &|_, _| true).unwrap().unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    core.take_adjudication(Ok(old));
    assert!(core.adjudicate().unwrap_err().to_string().contains("work it out again"));
    assert!(core.view().data.adjudication.is_none());
}

#[test]
fn one_readers_word_is_taken_whole_and_stays_that_readers() {
    let (project, mut core) = read();
    let image = project.ids[0];
    let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 9.0, ymax: 9.0 };
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    send(&mut core, annotate(image, Edit::DrawBox { class: 1, rect })).unwrap();
    send(&mut core, ProjectCommand::SetReader("dora".into())).unwrap();
    let gone = send(&mut core, ProjectCommand::TakeWord { image, reader: "emil".into() }).unwrap_err().to_string();
    assert!(gone.contains("emil says nothing"), "{gone}");
    send(&mut core, ProjectCommand::TakeWord { image, reader: "ann".into() }).unwrap();
    let now = &core.annotations()[0];
    assert_eq!((now.label, now.reviewed, now.boxes.len(), now.boxes[0].rect), (Some(1), true, 1, rect));
    let words = words_by_name(&Readings::of(&core.store().events(image).unwrap()));
    let who: Vec<&str> = words.iter().map(|(who, _)| who.as_str()).collect();
    assert!(!who.contains(&"dora") && who.contains(&"ann"), "{who:?}");
    // A box that was brought into force so has a number that is never given again.
    let number = now.boxes[0].id;
    drop(core);
    let mut core = Core::open(&project.project).unwrap();
    assert!(core.store.allocate_box_id() > number);
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert!(core.annotations()[0].boxes.is_empty());
}

#[test]
fn what_students_say_is_left_out_unless_it_is_asked_for() {
    let (project, mut core) = read();
    // Of every image one of the three differs: without Ben two are left, who differ on two of three.
    core.describe_reader("ben", &ReaderDescription::new(ReaderRole::Student, "")).unwrap();
    let plan = |core: &mut Core, with_students| {
        let rule = AdjudicationRule::Majority;
        send(core, ProjectCommand::PlanAdjudication { rule, with_students }).unwrap();
        core.view().data.adjudication.clone().unwrap()
    };
    let without = plan(&mut core, false);
    assert_eq!((without.left_out, without.shared, without.decided.len(), without.undecided.len()), (11, 11, 4, 7));
    assert!(without.decided.iter().all(|one| one.readers == ["ann", "cleo"]));
    let with = plan(&mut core, true);
    assert_eq!((with.left_out, with.decided.len(), with.undecided.len()), (0, 11, 0));
    // A plan of before somebody became a student is not put in force.
    core.describe_reader("cleo", &ReaderDescription::new(ReaderRole::Student, "")).unwrap();
    assert!(core.adjudicate().is_err());
    let alone = plan(&mut core, false);
    assert_eq!((alone.left_out, alone.shared), (22, 0), "one reader alone decides nothing");
    // A person may take what a student says.
    send(&mut core, ProjectCommand::TakeWord { image: project.ids[1], reader: "ben".into() }).unwrap();
    assert_eq!(core.annotations()[1].label, Some(1));
}
