//! As what readers read is kept, shown to whom it may be, and nothing else changes by it.

use super::*;
use crate::domain::{ReaderRole, ReadingMode};
use crate::session::project::merging_tests::{Copies, merge};
use crate::session::protocol::audit::AuditRequest;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::test_project::{annotate, send, small};
use crate::store::Access;
use crate::store::sharing::share;
use std::path::Path;

fn description(role: ReaderRole, qualification: &str) -> ReaderDescription {
    ReaderDescription::new(role, qualification)
}

fn reads(core: &mut Core, reader: &str, mode: ReadingMode) {
    send(core, ProjectCommand::SetReader(reader.into())).unwrap();
    send(core, ProjectCommand::SetReadingMode { mode, everyone: false }).unwrap();
}

#[test]
fn a_reader_s_role_and_qualification_are_kept_shown_and_in_the_log() {
    let project = small(3);
    let mut core = project.open();
    reads(&mut core, "ann", ReadingMode::Assisted);
    assert_eq!(core.view().about_reader, ReaderDescription::default());
    let teacher = description(ReaderRole::Teacher, "radiologist, 12 years");
    send(&mut core, ProjectCommand::DescribeReader(teacher.clone())).unwrap();
    assert_eq!(core.view().about_reader, teacher);
    assert_eq!(core.view().data.described["ann"], teacher);
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    assert!(core.describe_reader(" ben ", &description(ReaderRole::Student, "")).unwrap());
    let known = readers(core.store()).unwrap();
    let known: Vec<_> = known.iter().map(|one| (one.name.as_str(), one.images, one.description.clone())).collect();
    let student = description(ReaderRole::Student, "");
    assert_eq!(known, [("ann", 1, Some(teacher.clone())), ("ben", 0, Some(student))]);
    assert_eq!(students(core.store()).unwrap().into_iter().collect::<Vec<_>>(), ["ben"]);
    // It is no step of undo: it is set back by setting it again.
    assert!(core.view().undo.as_deref().is_some_and(|what| what.contains("img0")), "{:?}", core.view().undo);
    send(&mut core, ProjectCommand::Audit(AuditRequest { count: 50, ..AuditRequest::default() })).unwrap();
    let lines = core.view().data.audit.as_ref().unwrap().lines.clone();
    let said = |what: &str| lines.iter().any(|line| line.what == what && line.who == "ann");
    assert!(said("ann described: Teacher, radiologist, 12 years") && said("ben described: Student"), "{lines:?}");
    core.store().verify_chain().unwrap();
    drop(core);
    let mut core = project.open();
    assert_eq!(core.view().about_reader, teacher, "also after opening again");
    send(&mut core, ProjectCommand::SetReader("ben".into())).unwrap();
    assert_eq!(core.view().about_reader.role, ReaderRole::Student, "each has one's own");
    drop(core);
    let mut core = Core::open_to_look(&project.project).unwrap();
    assert_eq!(core.view().data.described.len(), 2);
    send(&mut core, ProjectCommand::DescribeReader(description(ReaderRole::Reader, "other"))).unwrap_err();
    assert_eq!(core.store().described_readers().unwrap().len(), 2, "what cannot be written is as it was");
}

#[test]
fn who_reads_blind_sets_one_s_own_and_sees_nobody_else_s() {
    let project = small(3);
    let mut core = project.open();
    reads(&mut core, "ann", ReadingMode::Assisted);
    send(&mut core, ProjectCommand::DescribeReader(description(ReaderRole::Adjudicator, "of hands"))).unwrap();
    for mode in [ReadingMode::Blind, ReadingMode::Reveal] {
        reads(&mut core, "ben", mode);
        let own = description(ReaderRole::Student, mode.name());
        send(&mut core, ProjectCommand::DescribeReader(own.clone())).unwrap();
        assert_eq!(core.view().about_reader, own);
        assert!(core.view().data.described.is_empty());
        assert!(!format!("{:?}", core.view()).contains("of hands"));
    }
    reads(&mut core, "ben", ReadingMode::Assisted);
    assert_eq!(core.view().data.described.len(), 2, "it is there again");
}

#[test]
fn of_a_reader_s_descriptions_the_later_one_holds_and_a_shared_copy_carries_it() {
    let copies = Copies::new(2);
    let [ann, bob] = &copies.all[..] else { unreachable!() };
    let describe = |project: &Path, by: &str, reader: &str, role, text: &str| {
        let mut core = Core::open(project).unwrap();
        core.act_as(by);
        core.describe_reader(reader, &ReaderDescription::new(role, text)).unwrap();
    };
    let holds = |project: &Path, reader: &str| {
        let known = Store::open(project, Access::ReadOnly).unwrap().described_readers().unwrap();
        known.get(reader).map(|known| known.description.in_words())
    };
    describe(ann, "ann", "ann", ReaderRole::Teacher, "professor");
    describe(bob, "bob", "bob", ReaderRole::Student, "4th year");
    // Through a copy without pictures.
    let stick = copies.small.dir.path().join("stick.overread");
    share(bob, &stick, &|_, _| true).unwrap().unwrap();
    assert_eq!(merge(ann, &stick).described, 1);
    assert_eq!(holds(ann, "bob").as_deref(), Some("Student, 4th year"));
    assert_eq!(holds(ann, "ann").as_deref(), Some("Teacher, professor"), "and one's own stays");
    assert_eq!(merge(ann, bob).described, 0, "once");
    // Bob is described here later, then there: each time the later one comes.
    describe(ann, "ann", "bob", ReaderRole::Reader, "graduated");
    assert_eq!(merge(ann, bob).described, 0, "an older word changes nothing");
    assert_eq!(holds(ann, "bob").as_deref(), Some("Reader, graduated"));
    assert_eq!(merge(bob, ann).described, 2);
    assert_eq!(holds(bob, "bob").as_deref(), Some("Reader, graduated"));
    describe(bob, "bob", "bob", ReaderRole::SecondReader, "");
    assert_eq!(merge(ann, bob).described, 1);
    assert_eq!(holds(ann, "bob").as_deref(), Some("Second reader"));
    let store = Store::open(ann, Access::ReadOnly).unwrap();
    let last = store.decisions().unwrap().pop().unwrap();
    assert_eq!(last.reader, "import:bob", "who said so there");
    store.verify_chain().unwrap();
}
