//! Copies of a project, and projects over the same images, become one.

use crate::domain::{
    Change, ClassList, DisplayState, ImageId, Measure, Measurement, ReaderDescription, ReaderRole, ReadingMode, Rect,
    SignOffStep,
};
use crate::session::importing::readings::Readings;
use crate::session::project::agreeing;
use crate::session::project::core::Core;
use crate::session::project::merging::Merged;
use crate::session::protocol::agreement::{Unblinded, WhichReadings};
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::words;
use crate::session::test_project::{annotate, send, small};
use crate::store::sharing::share;
use crate::store::{Access, Meta, Store, follow_log};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_path_that_is_not_there_is_not_said_to_have_been_moved() {
    let project = small(4);
    let mut core = project.open();
    let other = project.dir.path().join("typo.overread");
    let why = core.merge(&other, &|_, _| true).unwrap_err().to_string();
    assert!(why.contains("typo.overread is not there: check how the path is written"), "{why}");
}

pub(super) fn merge(into: &Path, other: &Path) -> Merged {
    let mut core = Core::open(into).unwrap();
    core.merge(other, &|_, _| true).unwrap().unwrap().0
}

/// What each reader said last of each image, by the names of images and readers, how far its sign-offs are, and as what readers
/// are described; and the kept logs.
type Known = (BTreeMap<(String, String), String>, Vec<String>);

fn known(project: &Path) -> Known {
    let store = Store::open(project, Access::ReadOnly).unwrap();
    let chain = store.verify_chain().unwrap();
    assert!(store.replay().unwrap() == store.annotations().unwrap(), "{} events", chain.events);
    let mut said: BTreeMap<(String, String), (i64, String)> = BTreeMap::new();
    for image in store.images().unwrap() {
        let readings = Readings::of(&store.events(image.id).unwrap());
        for (reader, word) in
            readings.words.clone().into_iter().filter(|(reader, word)| !readings.silenced(reader, word))
        {
            let key = (image.name.clone(), words::reader(&reader).to_owned());
            let word = (word.said_ms, format!("{:?}", (word.label, word.findings, word.boxes, word.nothing_found)));
            let best = said.entry(key).or_insert_with(|| word.clone());
            *best = best.clone().max(word);
        }
    }
    for (image, events) in store.sign_off_events().unwrap() {
        let name = store.images().unwrap().into_iter().find(|one| one.id == image).unwrap().name;
        let steps = SignOffStep::last(events.iter().map(|event| &event.change));
        let holding = steps.iter().filter(|one| one.holds).count();
        assert_eq!(store.annotation(image).unwrap().signed.len(), holding, "{steps:?}");
        let mut steps: Vec<_> =
            steps.into_iter().map(|one| (one.sign_off.signed_ms, one.sign_off.by, one.at_ms, one.step)).collect();
        steps.sort();
        said.insert((name, "sign-offs".to_owned()), (0, format!("{steps:?}")));
    }
    for (reader, known) in store.described_readers().unwrap() {
        said.insert(("described".to_owned(), reader), (0, format!("{known:?}")));
    }
    let logs = store.merged_logs().unwrap().into_iter().map(|one| one.log.head).collect();
    (said.into_iter().map(|(key, (_, word))| (key, word)).collect(), logs)
}

/// Copies of a project in which other readers worked on.
pub(super) struct Copies {
    pub small: crate::session::test_project::Small,
    pub all: Vec<PathBuf>,
}

/// One thing that somebody does: in which copy, who, to which image, and what.
type Step = (usize, usize, usize, usize);

impl Copies {
    pub fn new(count: usize) -> Self {
        let small = small(6);
        let all: Vec<PathBuf> = (0..count).map(|at| small.dir.path().join(format!("copy{at}.overread"))).collect();
        all.iter().for_each(|to| copy(&small.project, to));
        Self { small, all }
    }

    fn work(&self, steps: &[Step]) {
        for (at, project) in self.all.iter().enumerate() {
            let mut core = Core::open(project).unwrap();
            for (_, reader, image, what) in steps.iter().filter(|step| step.0 % self.all.len() == at) {
                send(&mut core, ProjectCommand::SetReader(format!("reader {}", reader % 3))).unwrap();
                let image = self.small.ids[image % self.small.ids.len()];
                let reads = |mode| ProjectCommand::SetReadingMode { mode, everyone: false };
                // Blind, as a rule; committed where the reader then goes on with the model and the others in sight.
                let mode = match what % 12 {
                    0..5 | 9..12 => ReadingMode::Assisted,
                    8 => ReadingMode::Reveal,
                    _ => ReadingMode::Blind,
                };
                send(&mut core, reads(mode)).unwrap();
                let say = |core: &mut Core, edit| {
                    // What is signed off stays as it is.
                    let done = send(core, annotate(image, edit)).map_err(|error| error.to_string());
                    assert!(done.as_ref().err().is_none_or(|why| why.contains("signed off")), "{done:?}");
                };
                match what % 12 {
                    // Nothing to take back is no fault of the walk's.
                    4 | 7 => _ = send(&mut core, ProjectCommand::Undo),
                    8 => {
                        let display = DisplayState::default();
                        _ = send(&mut core, ProjectCommand::CommitReading { image, display });
                        say(&mut core, Edit::Label(Some(reader % 2)));
                    }
                    9 => _ = send(&mut core, ProjectCommand::SignOff { images: self.small.ids.clone() }),
                    10 => {
                        let reason = format!("reason {reader}");
                        _ = send(&mut core, ProjectCommand::Reopen { images: vec![image], reason });
                    }
                    11 => {
                        let role = ReaderRole::ALL[(reader + image.0 as usize) % ReaderRole::ALL.len()];
                        let description = ReaderDescription::new(role, &format!("since copy {at}"));
                        send(&mut core, ProjectCommand::DescribeReader(description)).unwrap();
                    }
                    3 => say(&mut core, Edit::Note(format!("note {what}"))),
                    label => say(&mut core, Edit::Label(Some(label % 2))),
                }
            }
        }
    }

    /// A copy of these copies, to merge in another order.
    fn again(&self, name: &str) -> Vec<PathBuf> {
        let to = |from: &PathBuf| self.small.dir.path().join(name).join(from.file_name().unwrap());
        self.all.iter().for_each(|from| copy(from, &to(from)));
        self.all.iter().map(to).collect()
    }
}

#[test]
fn what_a_second_reader_said_in_a_copy_stands_beside_the_first_and_both_logs_are_kept() {
    let copies = Copies::new(2);
    let [ann, bob] = &copies.all[..] else { unreachable!() };
    copies.work(&[(0, 0, 0, 0), (0, 0, 1, 1), (1, 1, 0, 1), (1, 1, 2, 0)]);
    let end = |project: &Path| Store::open(project, Access::ReadOnly).unwrap().log_end().unwrap();
    let theirs = end(bob);
    let merged = merge(ann, bob);
    assert_eq!((merged.shared, merged.logs.kept, merged.logs.events), (6, 1, 2));
    let store = Store::open(ann, Access::ReadOnly).unwrap();
    assert_eq!(store.merged_logs().unwrap()[0].log.head, theirs.1, "as it ended there");
    let first = copies.small.ids[0];
    let readings = Readings::of(&store.events(first).unwrap());
    assert_eq!((readings.words["reader 0"].label, readings.words["import:reader 1"].label), (Some(0), Some(1)));
    assert_eq!(readings.state.label, Some(0), "what a person here reviewed stays in force");
    let of_third = Readings::of(&store.events(copies.small.ids[2]).unwrap()).state;
    assert_eq!(
        (of_third.label, of_third.reviewed),
        (Some(0), true),
        "what only the other reviewed is in force, and reviewed"
    );
    assert_eq!(end(bob), theirs, "the other is only read");
    // From a shared copy without pictures and paths it comes to the same.
    let [again, stick] = ["again.overread", "stick.overread"].map(|name| copies.small.dir.path().join(name));
    copy(&copies.small.project, &again);
    merge(&again, ann);
    share(bob, &stick, &|_, _| true).unwrap().unwrap();
    merge(&again, &stick);
    assert_eq!(known(&again).0, known(ann).0);
    // Who shares what was merged hands on the other's log, without the names of files, which its chain does not need.
    let handed_on = copies.small.dir.path().join("handed-on.overread");
    assert_eq!(share(ann, &handed_on, &|_, _| true).unwrap().unwrap().merged, 1);
    let log = Store::open(&handed_on, Access::ReadOnly).unwrap().merged_logs().unwrap().remove(0);
    assert_eq!(log.log.head, theirs.1);
    assert!(!std::fs::read_to_string(&log.file).unwrap().contains("img0.png"));
    // The other way round each keeps the other's log and knows the same.
    merge(bob, ann);
    assert_eq!(known(ann).0, known(bob).0);
    // Neither could see what the other had said.
    for (project, not_known) in [(ann, 1), (bob, 0)] {
        let store = Store::open(project, Access::ReadOnly).unwrap();
        let agreement = agreeing::of(&store, WhichReadings::Last, None, &|_, _| true).unwrap().unwrap();
        let [pair] = &agreement.asked[0].pairs[..] else { panic!("{agreement:?}") };
        let seen = Unblinded { could_see: 0, not_known };
        assert_eq!((pair.agreement.images, pair.seen), (1, seen));
    }
    let (before, again) = (end(ann), merge(ann, bob));
    assert_eq!((again.taken, again.logs.events), (None, again.logs.events));
    assert_eq!(end(ann), before, "nothing more is said");
}

#[test]
fn what_was_taken_back_here_does_not_come_back_with_an_older_copy() {
    let copies = Copies::new(2);
    let [ann, bob] = &copies.all[..] else { unreachable!() };
    let first = copies.small.ids[0];
    let length = |x: f64| {
        let points = vec![[1.0, 1.0], [x, 9.0]];
        Measurement { measure: Measure::Length, points, known_mm: None }
    };
    let measured = |project: &Path| {
        let store = Store::open(project, Access::ReadOnly).unwrap();
        Readings::of(&store.events(first).unwrap()).state.measurements
    };
    copies.work(&[(0, 0, 0, 1)]);
    let mut store = Store::open(ann, Access::Write).unwrap();
    let id = store.allocate_measurement_id();
    let drawn = Change::Measurement { id, old: None, new: Some(length(5.0)) };
    store.append("reader 0", first, drawn.clone(), None, None, None).unwrap();
    drop(store);
    let older = copies.small.dir.path().join("older.overread");
    copy(ann, &older);
    let mut store = Store::open(ann, Access::Write).unwrap();
    store.append("reader 0", first, drawn.inverse(), None, None, None).unwrap();
    drop(store);
    copies.work(&[(0, 0, 0, 4), (0, 0, 0, 4), (0, 0, 0, 4)]);
    let before = known(ann);
    assert!(before.0.keys().all(|(_, reader)| reader != "reader 0"), "all of it was taken back");
    let merged = merge(ann, &older);
    assert_eq!((merged.taken, merged.logs.kept), (None, 0), "it is the beginning of this one's log");
    assert_eq!(known(ann), before);

    // What another measured comes along once, and a box alone is no review.
    let mut store = Store::open(bob, Access::Write).unwrap();
    let (id, at) = (store.allocate_measurement_id(), store.allocate_box_id());
    let drawn = Change::Measurement { id, old: None, new: Some(length(7.0)) };
    store.append("reader 1", first, drawn, None, None, None).unwrap();
    let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 9.0, ymax: 9.0 };
    let drawn = Change::Box { id: at, old: None, new: Some((1, rect)) };
    store.append("reader 1", copies.small.ids[1], drawn, None, None, None).unwrap();
    drop(store);
    merge(ann, bob);
    assert_eq!(measured(ann).iter().map(|one| one.measurement.clone()).collect::<Vec<_>>(), [length(7.0)]);
    assert_eq!(merge(ann, bob).taken, None);
    let store = Store::open(ann, Access::ReadOnly).unwrap();
    let second = Readings::of(&store.events(copies.small.ids[1]).unwrap()).state;
    assert_eq!((second.boxes.len(), second.reviewed), (1, false));
}

#[test]
fn a_log_that_goes_on_takes_the_place_of_its_beginning_and_a_changed_one_is_refused() {
    let copies = Copies::new(2);
    let [ann, bob] = &copies.all[..] else { unreachable!() };
    copies.work(&[(1, 1, 0, 1)]);
    merge(ann, bob);
    copies.work(&[(1, 1, 2, 0)]);
    let merged = merge(ann, bob);
    assert_eq!((merged.logs.kept, merged.logs.outgrown, merged.logs.events), (1, 1, 1));
    let kept = Store::open(ann, Access::ReadOnly).unwrap().merged_logs().unwrap();
    assert_eq!(kept.len(), 1);
    let text = std::fs::read_to_string(&kept[0].file).unwrap();
    let shorter: String = text.lines().take(text.lines().count() - 1).map(|line| format!("{line}\n")).collect();
    std::fs::write(&kept[0].file, shorter).unwrap();
    assert!(follow_log(&kept[0].file).is_ok(), "what is left of it follows");
    let why = Store::open(ann, Access::ReadOnly).unwrap().merged_logs().unwrap_err().to_string();
    assert!(why.contains("events were taken out"), "{why}");
    let mut core = Core::open(ann).unwrap();
    let why = core.merge(ann, &|_, _| true).unwrap_err().to_string();
    assert!(why.contains("the same project"), "{why}");
}

#[test]
fn a_merge_that_was_broken_off_once_the_log_was_kept_is_made_up_for() {
    let copies = Copies::new(2);
    let [ann, bob] = &copies.all[..] else { unreachable!() };
    copies.work(&[(0, 0, 0, 0), (1, 1, 0, 1), (1, 1, 2, 0)]);
    let whole = copies.again("whole");
    merge(&whole[0], &whole[1]);
    // As if killed between the two.
    let mut store = Store::open(ann, Access::Write).unwrap();
    store.begin_taking().unwrap();
    store.keep_logs_of(&Store::open(bob, Access::ReadOnly).unwrap()).unwrap();
    drop(store);
    assert!(merge(ann, bob).taken.is_some());
    assert_eq!(known(ann), known(&whole[0]));
    assert_eq!(merge(ann, bob).taken, None, "and nothing more is said");
}

/// What somebody says last of the first image in each of three copies, one after the other.
#[test]
fn of_a_reader_who_said_the_same_before_and_after_the_last_word_counts_in_any_order() {
    let copies = Copies::new(3);
    for step in [(0, 2, 0, 0), (2, 2, 0, 1), (1, 2, 0, 0)] {
        copies.work(&[step]);
    }
    let [one, other] = ["one", "other"].map(|name| copies.again(name));
    merge(&one[0], &one[1]);
    merge(&one[0], &one[2]);
    merge(&other[2], &other[1]);
    merge(&other[0], &other[2]);
    let word = |project: &Path| known(project).0[&("dark/img0.png".to_owned(), "reader 2".to_owned())].clone();
    assert_eq!([word(&one[0]), word(&other[0])], ["(Some(0), Findings({}), [], false)"; 2]);
    assert_eq!(merge(&one[0], &one[1]).taken, None, "once is enough");
}

#[test]
fn what_was_taken_back_to_an_earlier_word_comes_along_and_does_not_return() {
    let copies = Copies::new(2);
    let [ann, bob] = &copies.all[..] else { unreachable!() };
    copies.work(&[(1, 1, 0, 0), (1, 1, 0, 1)]);
    merge(ann, bob);
    copies.work(&[(1, 1, 0, 4)]);
    let word = |project: &Path| known(project).0[&("dark/img0.png".to_owned(), "reader 1".to_owned())].clone();
    assert_eq!(
        (&*word(ann), &*word(bob)),
        ("(Some(1), Findings({}), [], false)", "(Some(0), Findings({}), [], false)")
    );
    let whole = copies.again("whole");
    merge(&whole[1], &whole[0]);
    merge(ann, bob);
    assert_eq!([word(ann), word(&whole[1])], ["(Some(0), Findings({}), [], false)"; 2]);
}

#[test]
fn a_note_or_a_flag_takes_nothing_back_that_was_said_elsewhere() {
    let copies = Copies::new(2);
    let [ann, bob] = &copies.all[..] else { unreachable!() };
    copies.work(&[(1, 0, 0, 1)]);
    merge(ann, bob);
    let mut core = Core::open(ann).unwrap();
    send(&mut core, ProjectCommand::SetReader("reader 0".into())).unwrap();
    let first = copies.small.ids[0];
    // Assisted, and in a reading of the reader's own.
    for mode in [ReadingMode::Assisted, ReadingMode::Blind] {
        send(&mut core, ProjectCommand::SetReadingMode { mode, everyone: false }).unwrap();
        send(&mut core, annotate(first, Edit::Flag(true))).unwrap();
        send(&mut core, ProjectCommand::Undo).unwrap();
        send(&mut core, annotate(first, Edit::Note("later".into()))).unwrap();
    }
    let readings = Readings::of(&core.store.events(first).unwrap());
    assert_eq!((readings.silent.len(), readings.words["import:reader 0"].label), (0, Some(1)));
    drop(core);
    merge(bob, ann);
    assert!(known(bob).0.contains_key(&("dark/img0.png".to_owned(), "reader 0".to_owned())), "{:?}", known(bob).0);
}

#[test]
fn images_that_only_the_other_has_come_along_where_their_files_are_as_they_were() {
    let (ours, theirs) = (small(4), small(6));
    let mut core = theirs.open();
    send(&mut core, annotate(theirs.ids[4], Edit::Label(Some(1)))).unwrap();
    drop(core);
    let path = theirs.open().images[5].path.clone();
    std::fs::write(&path, b"something else").unwrap();
    let merged = merge(&ours.project, &theirs.project);
    assert_eq!((merged.shared, merged.taken.as_ref().unwrap().images), (4, 1));
    assert_eq!(merged.left_out.len(), 1);
    assert!(merged.left_out[0].1.contains("another one by now"), "{:?}", merged.left_out);
    let core = ours.open();
    let came = core.images.last().unwrap();
    assert_eq!(came.sha256, theirs.open().images[4].sha256);
    let said = |id: ImageId| core.store.events(id).unwrap().into_iter().map(|event| event.change).collect::<Vec<_>>();
    assert!(said(came.id).iter().any(|change| matches!(change, Change::Label { new: Some(1), .. })));
}

#[test]
fn merging_comes_to_the_same_in_any_order_grouping_and_number() {
    // More by hand: OVERREAD_HISTORIES=1000, or one of them: OVERREAD_HISTORIES=707..708.
    let asked = std::env::var("OVERREAD_HISTORIES").ok();
    let number = |text: &str| text.parse::<u64>().ok();
    let (from, to) = match asked.as_deref().map(|text| text.split_once("..").unwrap_or(("0", text))) {
        Some((from, to)) => (number(from).unwrap(), number(to).unwrap()),
        None => (0, 24),
    };
    for seed in from..to {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut steps = |most: usize| -> Vec<Step> {
            let count = rng.random_range(0..=most);
            let mut one = |below: usize| rng.random_range(0..below);
            (0..count).map(|_| (one(3), one(3), one(6), one(12))).collect()
        };
        let (mut before, after) = (steps(8), steps(4));
        // Each copy describes the same reader in another way.
        before.extend((0..3).map(|at| (at, 0, at, 11)));
        let copies = Copies::new(3);
        copies.work(&before);
        // One has merged before it goes on.
        merge(&copies.all[0], &copies.all[1]);
        copies.work(&after);
        let [one, other] = ["one", "other"].map(|name| copies.again(name));
        // (a + b) + c, and again; a + (c + b), in the other order.
        merge(&one[0], &one[1]);
        merge(&one[0], &one[2]);
        let once = known(&one[0]);
        merge(&one[0], &one[2]);
        merge(&one[0], &one[1]);
        assert_eq!(known(&one[0]), once, "idempotent: {seed}");
        merge(&other[2], &other[1]);
        merge(&other[0], &other[2]);
        assert_eq!(known(&other[0]).0, once.0, "associative: {seed}");
        merge(&other[2], &other[0]);
        assert_eq!(known(&other[2]).0, once.0, "commutative: {seed}");
    }
}

#[test]
fn what_is_not_taken_over_is_counted_and_a_review_comes_by_any_route() {
    let copies = Copies::new(3);
    let [gus, hal, third] = &copies.all[..] else { unreachable!() };
    // Both say the same, and Hal writes a note.
    copies.work(&[(0, 0, 0, 1), (1, 1, 0, 1), (1, 1, 0, 3)]);
    let merged = merge(gus, hal);
    assert_eq!(merged.left_in_log, 1);
    assert!(merged.said_of_log().unwrap().contains("stays in its kept log"));
    merge(third, gus);
    let store = Store::open(third, Access::ReadOnly).unwrap();
    let state = Readings::of(&store.events(copies.small.ids[0]).unwrap()).state;
    assert_eq!((state.label, state.reviewed), (Some(1), true), "as if both had been merged one after the other");

    let classes = ClassList::from_names(&["dark", "bright"], false).unwrap();
    let empty = copies.small.dir.path().join("empty.overread");
    drop(Store::create(&empty, &Meta::new("empty", classes)).unwrap());
    let why = Core::open(third).unwrap().merge(&empty, &|_, _| true).unwrap_err().to_string();
    assert!(why.contains("no image is in both"), "{why}");
}
