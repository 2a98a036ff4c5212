//! The sign-offs of copies that become one.

use super::merging_tests::{Copies, merge};
use crate::domain::{Change, Measure, Measurement, signed_by};
use crate::session::importing::readings::Readings;
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::query::{Is, Term, What};
use crate::session::protocol::queue::Filter;
use crate::session::test_project::{annotate, send};
use crate::store::{Access, Store};
use std::path::Path;

#[test]
fn a_sign_off_holds_where_either_copy_has_it_until_one_reopens_it() {
    let copies = Copies::new(2);
    let [ann, bob] = &copies.all[..] else { unreachable!() };
    let first = copies.small.ids[0];
    let signed = |project: &Path| {
        let said = Store::open(project, Access::ReadOnly).unwrap().annotation(first).unwrap();
        (signed_by(&said.signed), said.signed.iter().any(|one| one.elsewhere), said.label)
    };
    let act = |project: &Path, reader: &str, command: ProjectCommand| {
        let mut core = Core::open(project).unwrap();
        send(&mut core, ProjectCommand::SetReader(reader.into())).unwrap();
        send(&mut core, command).map_err(|error| error.to_string())
    };
    let sign = || ProjectCommand::SignOff { images: vec![first] };
    let label = |class| annotate(first, Edit::Label(Some(class)));
    act(ann, "ann", label(0)).unwrap();
    act(ann, "ann", sign()).unwrap();
    act(bob, "bob", label(1)).unwrap();
    assert_eq!(merge(bob, ann).sign_offs, 1);
    // What Bob reviewed stays in force and is locked, and it is told that Ann signed something else.
    assert_eq!(signed(bob), (Some("ann".into()), true, Some(1)));
    assert!(act(bob, "bob", label(0)).unwrap_err().contains("signed off by ann"));
    assert_eq!(merge(bob, ann).sign_offs, 0, "once");
    assert_eq!(merge(ann, bob).sign_offs, 0);
    assert_eq!(signed(ann), (Some("ann".into()), false, Some(0)));
    // A search for what is signed finds it where it says what Ann signed.
    let found = |project: &Path, what: Is| {
        let mut core = Core::open(project).unwrap();
        let terms = vec![Term { not: false, what: What::Is(what) }];
        send(&mut core, ProjectCommand::SetFilter(Filter { terms, ..Filter::default() })).unwrap();
        core.view().queue.iter().map(|row| core.view().rows[*row as usize].id).collect::<Vec<_>>()
    };
    assert_eq!((found(ann, Is::Signed), found(ann, Is::SignedElsewhere)), (vec![first], vec![]));
    assert_eq!((found(bob, Is::Signed), found(bob, Is::SignedElsewhere)), (vec![], vec![first]));
    let reopen = ProjectCommand::Reopen { images: vec![first], reason: "they differ".into() };
    act(bob, "bob", reopen).unwrap();
    assert_eq!(merge(ann, bob).sign_offs, 1);
    assert_eq!(signed(ann), (None, false, Some(0)), "reopened there since");
    assert_eq!(merge(bob, ann).sign_offs, 0);
    let store = Store::open(ann, Access::ReadOnly).unwrap();
    let last = store.events(first).unwrap().into_iter().next_back().unwrap();
    assert!(matches!(&last.change, Change::SignOff { reason, new: false, .. } if reason == "they differ"), "{last:?}");
    assert_eq!((last.reader.as_str(), last.stated_ms.is_some()), ("import:bob", true));
}

#[test]
fn a_reopening_and_then_the_sign_off_taken_back_are_so_in_every_copy() {
    let copies = Copies::new(2);
    let ([ann, bob], first) = (&copies.all[..], copies.small.ids[0]) else { unreachable!() };
    let act = |project: &Path, reader: &str, commands: Vec<ProjectCommand>| {
        let mut core = Core::open(project).unwrap();
        send(&mut core, ProjectCommand::SetReader(reader.into())).unwrap();
        commands.into_iter().for_each(|command| send(&mut core, command).unwrap());
    };
    let signed =
        |project: &Path| Store::open(project, Access::ReadOnly).unwrap().annotation(first).unwrap().signed.len();
    let reopen = || ProjectCommand::Reopen { images: vec![first], reason: "why".into() };
    let sign = || ProjectCommand::SignOff { images: vec![first] };
    act(ann, "ann", vec![annotate(first, Edit::Label(Some(0))), sign()]);
    merge(bob, ann);
    act(ann, "ann", vec![reopen(), ProjectCommand::Undo, ProjectCommand::Undo]);
    assert_eq!((merge(bob, ann).sign_offs, signed(ann), signed(bob)), (1, 0, 0));
    assert_eq!(merge(ann, bob).sign_offs, 0);
    act(ann, "ann", vec![sign()]);
    merge(bob, ann);
    act(bob, "bob", vec![reopen()]);
    merge(ann, bob);
    assert_eq!((signed(ann), signed(bob)), (0, 0));
}

#[test]
fn what_another_copy_says_of_what_is_signed_off_is_kept_beside_it_and_named() {
    let copies = Copies::new(2);
    let [ann, bob] = &copies.all[..] else { unreachable!() };
    let first = copies.small.ids[0];
    let act = |project: &Path, reader: &str, commands: Vec<ProjectCommand>| {
        let mut core = Core::open(project).unwrap();
        send(&mut core, ProjectCommand::SetReader(reader.into())).unwrap();
        commands.into_iter().for_each(|command| send(&mut core, command).unwrap());
    };
    let label = |class| annotate(first, Edit::Label(Some(class)));
    act(ann, "ann", vec![label(0), ProjectCommand::SignOff { images: vec![first] }]);
    let length = Measurement { measure: Measure::Length, points: vec![[1.0, 1.0], [5.0, 9.0]], known_mm: None };
    act(bob, "bob", vec![label(1), annotate(first, Edit::Measure(length))]);
    let before = Store::open(ann, Access::ReadOnly).unwrap().annotation(first).unwrap();
    let conflicts = merge(ann, bob).taken.unwrap().conflicts;
    let named = |part: &str| conflicts.iter().any(|line| line.contains("img0.png") && line.contains(part));
    assert!(named("bob says bright; dark is signed off by ann and stays in force"), "{conflicts:?}");
    assert!(named("measurements were not taken"), "{conflicts:?}");
    let store = Store::open(ann, Access::ReadOnly).unwrap();
    assert_eq!(store.annotation(first).unwrap(), before);
    let readings = Readings::of(&store.events(first).unwrap());
    assert_eq!(readings.words["import:bob"].label, Some(1), "for whoever adjudicates once it is reopened");
}

#[test]
fn what_a_sign_off_was_of_is_told_by_what_was_signed_in_whatever_order_copies_are_merged() {
    let copies = Copies::new(5);
    let ([ann, bob, cid, dan, eve], first) = (&copies.all[..], copies.small.ids[0]) else { unreachable!() };
    let act = |project: &Path, reader: &str, commands: Vec<ProjectCommand>| {
        let mut core = Core::open(project).unwrap();
        send(&mut core, ProjectCommand::SetReader(reader.into())).unwrap();
        commands.into_iter().for_each(|command| send(&mut core, command).unwrap());
    };
    // Who signed here, and who is named in what is handed out.
    let signed = |project: &Path| {
        let core = Core::open(project).unwrap();
        let request = ExportRequest::table(project.with_extension("csv"));
        let by = core.outgoing(&request).unwrap()[0].signed.clone().and_then(|signed| signed.by);
        (signed_by(&core.annotations()[0].signed), by)
    };
    let label = |class| annotate(first, Edit::Label(Some(class)));
    act(ann, "ann", vec![label(0), ProjectCommand::SignOff { images: vec![first] }]);
    act(bob, "bob", vec![label(1)]);
    act(cid, "cid", vec![label(0)]);
    act(dan, "dan", vec![label(0)]);
    act(eve, "eve", vec![label(0), annotate(first, Edit::Note("the other hand".into()))]);
    merge(bob, ann);
    merge(cid, bob);
    merge(dan, ann);
    merge(eve, ann);
    let by = Some("ann".to_owned());
    assert_eq!(signed(bob), (by.clone(), None), "what Bob says is not what Ann signed, and locked");
    assert_eq!(signed(cid), (by.clone(), by.clone()), "what Cid says is, though the sign-off came through Bob's copy");
    assert_eq!(signed(dan), signed(cid));
    assert_eq!(signed(eve), (by, None), "a note is locked, too");
}
