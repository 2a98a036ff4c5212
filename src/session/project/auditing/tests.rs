//! The log as it is asked for.

use crate::domain::{ClassList, Decision, ReadingMode};
use crate::nn::Compute;
use crate::session::project::auditing;
use crate::session::project::core::Core;
use crate::session::protocol::audit::{
    AuditExport, AuditFilter, AuditFormat, AuditKind, AuditLine, AuditRequest, AuditView,
};
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::task::{Order, Report};
use crate::session::protocol::view::DataState;
use crate::session::test_project::{Small, annotate, send, small};
use crate::store::{Access, Store};

/// Six labels of the import, then what Ann and Ben do.
fn project() -> (Small, Core) {
    let project = small(6);
    let mut core = project.open();
    core.set_reader("ann").unwrap();
    send(&mut core, ProjectCommand::Look { image: project.ids[0] }).unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
    send(&mut core, annotate(project.ids[1], Edit::Note("cortex".into()))).unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    send(&mut core, ProjectCommand::Redo).unwrap();
    send(&mut core, ProjectCommand::SignOff { images: vec![project.ids[0]] }).unwrap();
    core.set_reader("ben").unwrap();
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Reveal, everyone: false }).unwrap();
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Assisted, everyone: false }).unwrap();
    send(&mut core, annotate(project.ids[2], Edit::Flag(true))).unwrap();
    (project, core)
}

fn asked(core: &Core, filter: AuditFilter) -> Vec<AuditLine> {
    let mut lines = Vec::new();
    auditing::for_each(core.store(), &filter, &|_, _| true, &mut |_| {}, &mut |line| lines.push(line)).unwrap();
    lines
}

fn looked(core: &mut Core, request: AuditRequest) -> AuditView {
    let work = core.apply(ProjectCommand::Audit(request), &Compute::cpu()).unwrap();
    core.perform(work, &Compute::cpu(), &mut |_| Order::Go).unwrap();
    assert_eq!(core.view().data.audit_state, DataState::Done);
    (**core.view().data.audit.as_ref().unwrap()).clone()
}

#[test]
fn every_event_is_told_and_each_part_of_the_filter_narrows_it() {
    let (_project, core) = project();
    let of = |filter| asked(&core, filter);
    let all = of(AuditFilter::default());
    assert_eq!(all.len(), core.store().event_count().unwrap());
    let said: Vec<(&str, &str, &str)> =
        all.iter().skip(6).map(|one| (one.who.as_str(), one.kind.id(), one.what.as_str())).collect();
    let expected = [
        ("ann", "label", "dark -> bright"),
        ("ann", "note", "note \u{201c}cortex\u{201d}"),
        ("ann", "note", "undo: note \u{201c}cortex\u{201d} (ann, event 8) taken back"),
        ("ann", "note", "redo: note \u{201c}cortex\u{201d} (ann, event 8) done again"),
        ("ann", "sign-off", "signed off by ann"),
        ("ben", "decision", "reading mode: Reveal after commit"),
        ("ben", "decision", "reading mode: Assisted"),
        ("ben", "flag", "flagged"),
    ];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (said, expected) in said.iter().zip(expected) {
        assert_eq!((said.0, said.1), (expected.0, expected.1));
        assert!(said.2 == expected.2 || expected.1 == "decision", "{said:?}");
    }
    assert_eq!(all[0].who, "import");
    assert!(all[6].looked_ms.is_some() && all[6].name == "dark/img0.png" && all[12].image.is_none());

    let count = |filter: AuditFilter| of(filter).len();
    let some = |reader: &str| AuditFilter { reader: Some(reader.into()), ..AuditFilter::default() };
    assert_eq!((count(some("ann")), count(some("ben")), count(some("nobody"))), (5, 3, 0));
    assert_eq!(count(AuditFilter { image: "IMG1".into(), ..AuditFilter::default() }), 4);
    assert_eq!(count(AuditFilter { kind: Some(AuditKind::Note), ..AuditFilter::default() }), 3);
    assert_eq!(count(AuditFilter { text: "Cortex".into(), ..some("ann") }), 3, "what takes it back names it, too");
    let time = all[7].time_ms;
    let from = count(AuditFilter { from_ms: Some(time), ..AuditFilter::default() });
    let until = count(AuditFilter { until_ms: Some(time), ..AuditFilter::default() });
    assert_eq!(from + until, all.len(), "each is on one side");
    assert_eq!(count(AuditFilter { from_ms: Some(i64::MAX), ..AuditFilter::default() }), 0);
}

#[test]
fn a_part_of_the_list_is_read_at_a_time_and_what_is_said_meanwhile_is_seen() {
    let (project, mut core) = project();
    let first = looked(&mut core, AuditRequest { count: 3, ..AuditRequest::default() });
    assert_eq!((first.matching.len(), first.events, first.lines.len()), (14, 14, 3));
    assert_eq!(first.lines[0].what, "flagged", "the newest first");
    assert_eq!(*first.readers, ["ann", "ben", "import"]);
    assert_eq!(first.kinds.iter().map(|(_, count)| count).sum::<usize>(), 14);
    let next = looked(&mut core, AuditRequest { first: 3, count: 3, ..AuditRequest::default() });
    assert!(std::sync::Arc::ptr_eq(&first.matching, &next.matching), "the log is not looked through again");
    assert_eq!((next.first, next.lines[0].event), (3, first.matching[3]));
    send(&mut core, annotate(project.ids[3], Edit::Flag(true))).unwrap();
    assert_eq!(core.view().data.audit_state, DataState::Wanted);
    assert_eq!(looked(&mut core, AuditRequest { count: 3, ..AuditRequest::default() }).events, 15);
    send(&mut core, ProjectCommand::Look { image: project.ids[1] }).unwrap();
    assert_eq!(core.view().data.audit_state, DataState::Done, "nothing was logged");
    let earlier = looked(&mut core, AuditRequest { count: 3, ..AuditRequest::default() });
    let decision = Decision::ReadingMode { before: ReadingMode::Assisted, mode: ReadingMode::Reveal, everyone: true };
    core.store.decide("ben", &[decision]).unwrap();
    send(&mut core, ProjectCommand::Look { image: project.ids[2] }).unwrap();
    assert_eq!(core.view().data.audit_state, DataState::Wanted, "a decision is an event, too");
    let found = Report::Audited { version: core.data_version, found: Ok(Box::new(earlier)) };
    core.take(found).unwrap();
    assert_eq!(core.view().data.audit_state, DataState::Wanted, "it was decided while the log was looked through");
    assert_eq!(looked(&mut core, AuditRequest { count: 3, ..AuditRequest::default() }).events, 16);

    let work = core.apply(ProjectCommand::VerifyLog, &Compute::cpu()).unwrap();
    core.perform(work, &Compute::cpu(), &mut |_| Order::Go).unwrap();
    assert_eq!(core.view().data.log_verified, Some(Ok(16)));
}

#[test]
fn what_is_said_while_the_log_is_looked_through_is_no_part_of_what_is_found() {
    let (project, mut core) = project();
    let looking = Store::open(&project.project, Access::ReadOnly).unwrap();
    let writer = std::cell::RefCell::new(&mut core);
    let go_on = |_: usize, _: usize| {
        let mut writer = writer.borrow_mut();
        send(&mut writer, annotate(project.ids[3], Edit::Flag(true))).unwrap();
        let named = ClassList::from_names(&["black", "bright"], false).unwrap();
        send(&mut writer, ProjectCommand::SetClasses(named)).unwrap();
        true
    };
    let request = AuditRequest { count: 20, ..AuditRequest::default() };
    let view = auditing::look(&looking, &request, None, &go_on).unwrap().unwrap();
    assert_eq!((view.events, view.matching.len(), view.lines.len()), (14, 14, 14));
    assert!(view.lines.iter().any(|line| line.what == "dark -> bright"), "by the names of that moment");
    assert_eq!(looking.event_count().unwrap(), 15);
}

#[test]
fn what_is_asked_for_is_written_whole_or_not_at_all_and_nobody_who_reads_blind_sees_it() {
    let (project, mut core) = project();
    let filter = AuditFilter { kind: Some(AuditKind::Note), ..AuditFilter::default() };
    let export = |name: &str, format| AuditExport { filter: filter.clone(), to: project.dir.path().join(name), format };
    let csv = export("notes.csv", AuditFormat::Csv);
    assert_eq!(auditing::write(core.store(), &csv, &|_, _| true).unwrap(), Some(3));
    let table = std::fs::read_to_string(&csv.to).unwrap();
    assert!(table.starts_with("event,time,stated,reader,image,kind,what,model,threshold,looked_seconds\n"), "{table}");
    assert_eq!(table.lines().count(), 4);
    let json = export("notes.json", AuditFormat::of(&project.dir.path().join("notes.json")));
    auditing::write(core.store(), &json, &|_, _| true).unwrap();
    let all: Vec<serde_json::Value> = serde_json::from_str(&std::fs::read_to_string(&json.to).unwrap()).unwrap();
    assert_eq!(
        (all.len(), all[1]["what"].as_str()),
        (3, Some("undo: note \u{201c}cortex\u{201d} (ann, event 8) taken back"))
    );
    let left = export("left.csv", AuditFormat::Csv);
    assert_eq!(auditing::write(core.store(), &left, &|_, _| false).unwrap(), None);
    assert!(!left.to.exists());
    let inside = AuditExport { to: project.project.join("notes.csv"), ..csv };
    let why = auditing::write(core.store(), &inside, &|_, _| true).unwrap_err().to_string();
    assert!(why.contains("own folder"), "{why}");

    looked(&mut core, AuditRequest { count: 3, ..AuditRequest::default() });
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: false }).unwrap();
    assert!(core.view().data.audit.is_none());
    for command in [ProjectCommand::Audit(AuditRequest::default()), ProjectCommand::VerifyLog] {
        let why = send(&mut core, command).unwrap_err().to_string();
        assert!(why.contains("the audit of the log would show"), "{why}");
    }
}
