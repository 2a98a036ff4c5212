//! How the readers of a plan read, who they are, and that they begin in their own list.

use crate::domain::{AssignmentPlan, AssignmentState, DisplayState, ImageId, ReadingMode};
use crate::session::project::core::Core;
use crate::session::protocol::assignments::{AssigningCommand, AssignmentPreview, ReadingsAsked};
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::workplace::Workplace;
use crate::session::test_project::{Small, annotate, send, small};

fn asked(readers: &[&str], reading: Option<ReadingMode>) -> ReadingsAsked {
    let readers = readers.iter().map(|name| (*name).to_owned()).collect();
    let plan = AssignmentPlan { readers, repeats: 1, gap: 1, reading, ..AssignmentPlan::default() };
    ReadingsAsked { plan, ..ReadingsAsked::default() }
}

fn project() -> (Small, Core) {
    let small = small(8);
    let mut core = small.open();
    send(&mut core, ProjectCommand::SetReader("dora".into())).unwrap();
    (small, core)
}

fn assign(core: &mut Core, asked: ReadingsAsked) -> AssignmentPreview {
    send(core, ProjectCommand::Assigning(AssigningCommand::Plan(Box::new(asked)))).unwrap();
    let preview = core.view().data.assigning.preview.clone().unwrap().unwrap();
    send(core, ProjectCommand::Assigning(AssigningCommand::Assign)).unwrap();
    preview.as_ref().clone()
}

fn reader(core: &mut Core, name: &str) {
    send(core, ProjectCommand::SetReader(name.into())).unwrap();
}

#[test]
fn readers_of_a_plan_read_as_it_asks_until_it_ends() {
    let (small, mut core) = project();
    reader(&mut core, "ann");
    reader(&mut core, "dora");
    assign(&mut core, asked(&["ann", "ben"], Some(ReadingMode::Blind)));
    assert_eq!(core.view().reading, ReadingMode::Assisted, "Dora is none of them");
    let chain = core.store().assignments().unwrap().remove(0);
    assert_eq!(chain.plan.reading, Some(ReadingMode::Blind), "the log keeps what was asked");
    reader(&mut core, "ann");
    assert_eq!(core.view().reading, ReadingMode::Blind);
    assert!(core.view().filter.assigned && core.view().rows.iter().all(|row| row.label.is_none()));
    let way = |mode, everyone| ProjectCommand::SetReadingMode { mode, everyone };
    let why = send(&mut core, way(ReadingMode::Assisted, false)).unwrap_err().to_string();
    assert!(why.contains("the plan of readings asks ann to read blind until it ends"), "{why}");
    assert_eq!(core.view().reading, ReadingMode::Blind);
    send(&mut core, way(ReadingMode::Blind, false)).unwrap();
    drop(core);
    // Nor does it hang on the window staying open, or on who is asked first.
    let mut core = small.open();
    core.enter_reading_mode().unwrap();
    assert_eq!(core.view().reading, ReadingMode::Blind);
    reader(&mut core, "dora");
    core.set_assignment(&chain.digest, Some(AssignmentState::Ended)).unwrap();
    reader(&mut core, "ben");
    assert_eq!(core.view().reading, ReadingMode::Assisted, "as Ben chose");
    send(&mut core, way(ReadingMode::Reveal, false)).unwrap();
    // A plan that is opened again while one of its readers sits there.
    core.set_assignment(&chain.digest, Some(AssignmentState::Open)).unwrap();
    assert_eq!(core.view().reading, ReadingMode::Blind);
    core.set_assignment(&chain.digest, None).unwrap();
    assert_eq!(core.view().reading, ReadingMode::Reveal, "and as chosen again once it is gone");
}

#[test]
fn before_it_is_said_who_reads_nothing_is_shown_that_a_plan_keeps_from_somebody() {
    let (small, mut core) = project();
    for name in ["ann", "dora"] {
        reader(&mut core, name);
        send(&mut core, annotate(small.ids[0], Edit::Flag(true))).unwrap();
        send(&mut core, annotate(small.ids[0], Edit::Flag(false))).unwrap();
    }
    assign(&mut core, asked(&["ann"], Some(ReadingMode::Blind)));
    drop(core);
    let mut core = small.open();
    core.ask_for_reader();
    core.enter_reading_mode().unwrap();
    assert_eq!(core.view().reading, ReadingMode::Blind, "it may be Ann");
    assert!(core.view().rows.iter().all(|row| row.label.is_none()));
    reader(&mut core, "dora");
    assert_eq!(core.view().reading, ReadingMode::Assisted);
}

#[test]
fn of_several_open_plans_the_one_that_shows_least_holds_and_one_that_ended_keeps_its_count() {
    let (small, mut core) = project();
    // All of it is read with the label in sight.
    assign(&mut core, asked(&["ann"], None));
    reader(&mut core, "ann");
    for image in &small.ids {
        send(&mut core, annotate(*image, Edit::Confirm)).unwrap();
    }
    let of_ann = |core: &Core, at: usize| core.assignments().unwrap()[at].readers[0].read;
    let first = of_ann(&core, 0);
    assert!(first > 0);
    let digest = core.assignments().unwrap()[0].digest.clone();
    reader(&mut core, "dora");
    core.set_assignment(&digest, Some(AssignmentState::Ended)).unwrap();
    assign(&mut core, asked(&["ann", "bea"], Some(ReadingMode::Blind)));
    assert_eq!(of_ann(&core, 1), first, "a later plan asks for another way, and counts nothing away");
    // A newer plan that asks for no way shows nothing of the older one's images.
    assign(&mut core, asked(&["ann"], Some(ReadingMode::Assisted)));
    reader(&mut core, "ann");
    assert_eq!(core.view().reading, ReadingMode::Blind);
    assert!(core.view().rows.iter().all(|row| row.label.is_none()));
    // Whoever is called nearly so is told of it, blind too.
    reader(&mut core, "Bea");
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: true }).unwrap();
    let _ = core.take_notices();
    reader(&mut core, "aNN");
    assert_eq!(core.view().reading, ReadingMode::Blind);
    let told = core.take_notices();
    assert!(told.iter().any(|told| told.1.contains("is another reader than")), "{told:?}");
}

#[test]
fn who_reads_is_asked_where_a_plan_names_somebody_else() {
    let (small, mut core) = project();
    let asked_of = |small: &Small, name: &str| {
        let mut core = small.open();
        send(&mut core, ProjectCommand::SetReader(name.into())).unwrap();
        core.ask_for_reader();
        core.enter_reading_mode().unwrap();
        (core.view().readers.clone().map(|all| all.to_vec()), core.view().reading)
    };
    let plan = assign(&mut core, asked(&["ann", "bea"], Some(ReadingMode::Blind)));
    drop((core, plan));
    let (names, reading) = asked_of(&small, "Reader 1");
    assert_eq!(names.unwrap(), ["Reader 1", "ann", "bea"]);
    assert_eq!(reading, ReadingMode::Blind, "nothing is shown before it is known who looks");
    assert_eq!(asked_of(&small, "bea").0.unwrap(), ["bea", "ann"], "it may be the other one");
    let mut core = small.open();
    let digest = core.assignments().unwrap()[0].digest.clone();
    core.set_assignment(&digest, None).unwrap();
    drop(core);
    assert_eq!(asked_of(&small, "Reader 1"), (None, ReadingMode::Assisted));
}

#[test]
fn what_is_shown_of_a_plan_counts_no_repeats_that_are_left_out() {
    let (_small, mut core) = project();
    send(&mut core, ProjectCommand::SetReader("ben".into())).unwrap();
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: false }).unwrap();
    reader(&mut core, "dora");
    let readings = |preview: &AssignmentPreview| -> Vec<(usize, usize)> {
        preview.readers.iter().map(|one| (one.readings, one.repeats)).collect()
    };
    for (reading, wanted) in [
        // Ann reads with the label in force in sight, Ben chose not to.
        (None, [(4, 0), (5, 1)]),
        (Some(ReadingMode::Reveal), [(5, 1), (5, 1)]),
        (Some(ReadingMode::Assisted), [(4, 0), (4, 0)]),
    ] {
        let preview = assign(&mut core, asked(&["ann", "ben"], reading));
        assert_eq!(readings(&preview), wanted, "{reading:?}");
        let plan = core.assignments().unwrap().remove(0);
        let totals: Vec<usize> = plan.readers.iter().map(|one| one.total).collect();
        assert_eq!(totals, wanted.map(|(readings, _)| readings), "and so it is: {reading:?}");
        let left_out = preview.remarks.iter().any(|one| one.contains("repeats are left out"));
        assert_eq!(left_out, wanted.iter().any(|(_, repeats)| *repeats == 0), "{reading:?}: {:?}", preview.remarks);
        core.set_assignment(&plan.digest, None).unwrap();
    }
}

#[test]
fn a_new_reader_who_is_called_almost_like_another_is_told() {
    let (small, mut core) = project();
    reader(&mut core, "Ann");
    send(&mut core, annotate(small.ids[0], Edit::Label(Some(1)))).unwrap();
    core.take_notices();
    reader(&mut core, "ann");
    let said: Vec<String> = core.take_notices().into_iter().map(|(_, text)| text).collect();
    assert!(said.iter().any(|text| text.contains("another reader than \u{201c}Ann\u{201d}")), "{said:?}");
    reader(&mut core, "Ann");
    assert!(core.take_notices().is_empty(), "who is known is known");
    // In a plan, too, and of two of its own.
    let told = core.plan_readings(&asked(&["ann", "Lee, M", "lee, m"], None)).unwrap();
    let like =
        |name: &str| told.remarks.iter().filter(|one| one.starts_with(&format!("\u{201c}{name}\u{201d}"))).count();
    assert_eq!((like("ann"), like("Lee, M"), like("lee, m")), (1, 0, 1), "{:?}", told.remarks);
    assert_eq!(told.plan.readers, ["Lee, M", "ann", "lee, m"]);
}

#[test]
fn who_comes_back_to_a_list_sees_no_image_that_is_not_left_of_it() {
    let (small, mut core) = project();
    let plan = AssignmentPlan { readers: vec!["ann".into(), "ben".into()], ..AssignmentPlan::default() };
    assign(&mut core, ReadingsAsked { plan, ..ReadingsAsked::default() });
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    let mine: Vec<ImageId> = core.view().queue.iter().map(|row| core.view().rows[*row as usize].id).collect();
    let other = *small.ids.iter().find(|image| !mine.contains(image)).unwrap();
    let found = |core: &mut Core, image: ImageId| {
        core.take_workplace(Workplace { image: Some(image), screen: "Data".into(), ..Workplace::default() });
        let left = core.view().workplace.clone().unwrap();
        (left.image, left.screen.clone())
    };
    assert_eq!(found(&mut core, other), (None, "Data".to_owned()), "one of Ben's");
    assert_eq!(found(&mut core, mine[1]).0, Some(mine[1]));
    send(&mut core, annotate(mine[1], Edit::Label(Some(1)))).unwrap();
    assert_eq!(found(&mut core, mine[1]).0, None, "it is read");
    let display = DisplayState::default();
    assert!(send(&mut core, ProjectCommand::CommitReading { image: mine[0], display }).is_err());
    // Who has nothing left goes on where it was.
    for &image in &mine {
        send(&mut core, annotate(image, Edit::Label(Some(1)))).unwrap();
    }
    assert_eq!(found(&mut core, other).0, Some(other));
}
