//! What an analysis finds in records whose problems are known.

use super::*;
use crate::domain::{AnnotatedBox, BoxId, ImageFacts, Rect};
use crate::session::ProblemKind;
use std::path::PathBuf;

struct Made {
    images: Vec<ImageRecord>,
    annotations: Vec<Annotation>,
    facts: Vec<Option<ImageFacts>>,
}

/// So many images of two classes with nothing wrong: different hashes, no group, facts without a pattern.
fn made(count: usize) -> Made {
    let image = |at: usize| ImageRecord {
        id: ImageId(at as i64 + 1),
        path: PathBuf::from("x.png"),
        frame: 0,
        name: format!("{}/{at}.png", ["sound", "broken"][at % 2]),
        sha256: format!("{at:064x}"),
        width: 640,
        height: 480,
        group: None,
        split: Split::ALL[at / 2 % 3],
        source: String::new(),
        truncated: false,
    };
    let facts = |at: usize| ImageFacts {
        bits: 8,
        color: (at / 2).is_multiple_of(2),
        brightness: vec![63; 16],
        // A multiplication by this spreads numbers over all bits.
        perceptual_hash: Some((at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        ..ImageFacts::default()
    };
    Made {
        images: (0..count).map(image).collect(),
        annotations: (0..count).map(|at| Annotation { label: Some(at % 2), ..Annotation::default() }).collect(),
        facts: (0..count).map(|at| Some(facts(at))).collect(),
    }
}

impl Made {
    fn analysis(&self) -> Analysis {
        self.analysis_of(ClassList::from_names(&["sound", "broken"], false).unwrap())
    }

    fn analysis_of(&self, classes: ClassList) -> Analysis {
        let material =
            Material { images: &self.images, annotations: &self.annotations, facts: &self.facts, classes: &classes };
        analyse(material, &|_| true).unwrap()
    }

    fn sets(&self, kind: ProblemKind) -> Vec<Vec<i64>> {
        let found = self.analysis().problems.into_iter().find(|problem| problem.kind == kind);
        let ids = |set: Vec<ImageId>| set.into_iter().map(|id| id.0).collect();
        found.map(|problem| problem.sets.into_iter().map(ids).collect()).unwrap_or_default()
    }

    fn hash(&mut self, at: usize) -> &mut u64 {
        self.facts[at].as_mut().unwrap().perceptual_hash.as_mut().unwrap()
    }
}

#[test]
fn sound_data_have_no_problem_and_no_shortcut() {
    let analysis = made(200).analysis();
    assert_eq!((analysis.problems, analysis.shortcuts), (vec![], vec![]));
    assert_eq!(analysis.splits, [[34, 33, 33], [34, 33, 33], [0, 0, 0]]);
    assert_eq!((analysis.unmeasured, analysis.groups), (0, 0));
    assert_eq!(analysis.examples.iter().map(Vec::len).collect::<Vec<_>>(), [12, 12]);
    assert_eq!(analysis.brightness.iter().map(Vec::len).collect::<Vec<_>>(), [16, 16, 0]);
}

#[test]
fn images_without_a_label_count_in_the_classes_of_their_boxes() {
    let mut made = made(4);
    let drawn = |class| AnnotatedBox { id: BoxId(1), class, rect: Rect { xmin: 0.0, ymin: 0.0, xmax: 9.0, ymax: 9.0 } };
    // Both classes, one of them twice; the second class alone; nothing; a label and a box of the other class.
    made.annotations[0] = Annotation { boxes: vec![drawn(1), drawn(0), drawn(1)], ..Annotation::default() };
    made.annotations[1] = Annotation { boxes: vec![drawn(1)], ..Annotation::default() };
    made.annotations[2] = Annotation::default();
    made.annotations[3] = Annotation { label: Some(0), boxes: vec![drawn(1)], ..Annotation::default() };
    let analysis = made.analysis();
    assert_eq!(analysis.splits, [[1, 1, 0], [2, 0, 0], [0, 1, 0]]);
    let ids = |class: usize| analysis.examples[class].iter().map(|id| id.0).collect::<Vec<_>>();
    assert_eq!((ids(0), ids(1)), (vec![1, 4], vec![1, 2]));
    assert!(analysis.brightness.iter().all(|bins| bins.len() == 16));
    let depth = analysis.attributes.iter().find(|table| table.name == "bit depth").unwrap();
    assert_eq!(depth.values[0].by_class, [2, 2, 1]);
}

#[test]
fn of_findings_each_counts_and_copies_contradict_where_one_is_present_and_absent() {
    use crate::domain::Presence::{Absent, Present, Uncertain};
    let mut made = made(60);
    let classes = ClassList::of_findings(&["Effusion", "Mass"]).unwrap();
    for (at, annotation) in made.annotations.iter_mut().enumerate() {
        let effusion = if at % 2 == 0 { Present } else { Absent };
        let mass = if at % 4 == 0 { Present } else { Absent };
        *annotation =
            Annotation { findings: [(0, effusion), (1, mass)].into_iter().collect(), ..Annotation::default() };
        made.facts[at].as_mut().unwrap().format = ["PNG", "JPEG"][at % 2].into();
    }
    made.annotations[2].findings.set(1, Some(Uncertain));
    // Two copies that say the opposite of the mass, and two of which one does not know.
    made.images[4].sha256 = made.images[6].sha256.clone();
    made.images[2].sha256 = made.images[8].sha256.clone();
    let found = made.analysis_of(classes);
    assert_eq!(found.splits.iter().map(|row| row.iter().sum::<usize>()).collect::<Vec<_>>(), [30, 15, 30]);
    let conflicts = found.problems.iter().find(|problem| problem.kind == ProblemKind::ConflictingLabels).unwrap();
    assert_eq!(conflicts.sets, [[ImageId(5), ImageId(7)]]);
    let told: Vec<&str> = found.shortcuts.iter().map(|shortcut| shortcut.sentence.as_str()).collect();
    assert_eq!(told[0], "File format alone tells Effusion for 100 % of the images (chance 50 %)");
    assert!(told.iter().any(|said| said.starts_with("File format alone tells Mass for ")), "{told:?}");
    assert!(found.shortcuts[0].detail.contains("JPEG: 100 % of 30 are without Effusion"), "{:?}", found.shortcuts[0]);
}

#[test]
fn sizes_that_are_too_many_to_list_are_told_by_the_longer_side() {
    let mut made = made(70);
    let names = |made: &Made| made.analysis().attributes.into_iter().map(|table| table.name).collect::<Vec<_>>();
    assert!(names(&made).contains(&"image size".to_owned()) && !names(&made).contains(&"longer side".to_owned()));
    for (at, image) in made.images.iter_mut().enumerate() {
        image.height = 1000 + at as u32;
    }
    assert!(!names(&made).contains(&"image size".to_owned()));
    let told = made.analysis().attributes.swap_remove(0);
    let values: Vec<_> = told.values.iter().map(|value| (value.value.as_str(), value.images.len())).collect();
    assert_eq!(
        (told.name.as_str(), values),
        ("longer side", vec![("1025 to 2048 pixels", 45), ("513 to 1024 pixels", 25)])
    );
}

#[test]
fn every_kind_of_duplicate_is_found_once_in_its_list() {
    use ProblemKind::*;
    let mut made = made(60);
    // 1 and 3: the same file, the same label, in train and validation. 10 and 11: the same file, two labels.
    made.images[2].sha256 = made.images[0].sha256.clone();
    made.images[10].sha256 = made.images[9].sha256.clone();
    made.images[10].split = made.images[9].split;
    // 21 and 33 look alike: two bits differ; 41 and 43 too, but are of another shape; 51 and 53 differ in five bits.
    *made.hash(32) = *made.hash(20) ^ 0x8000_0001;
    made.images[32].split = made.images[20].split;
    *made.hash(42) = *made.hash(40);
    made.images[42].width = 480;
    *made.hash(52) = *made.hash(50) ^ 0x1f;
    // 55 and 57 have one hash and quite other greys.
    *made.hash(56) = *made.hash(54);
    made.facts[56].as_mut().unwrap().brightness = (0..16).map(|bin| if bin < 8 { 88 } else { 38 }).collect();
    // A patient in two splits.
    for at in [24, 26] {
        made.images[at].group = Some("p1".into());
    }
    assert_eq!(made.sets(ExactDuplicates), [[1, 3], [10, 11]]);
    assert_eq!(made.sets(NearDuplicates), [[21, 33]]);
    assert_eq!(made.sets(ConflictingLabels), [[10, 11]]);
    assert_eq!(made.sets(DuplicatesAcrossSplits), [[1, 3]]);
    assert_eq!(made.sets(GroupsAcrossSplits), [[25, 27]]);
    // Somebody kept one: the other one of a pair is no problem any more.
    for at in [2, 26, 32] {
        made.annotations[at] = Annotation { flagged: true, ..Annotation::default() };
    }
    assert_eq!(made.sets(ExactDuplicates), [[10, 11]]);
    for kind in [NearDuplicates, DuplicatesAcrossSplits, GroupsAcrossSplits] {
        assert_eq!(made.sets(kind), Vec::<Vec<i64>>::new());
    }
    // Frames of one file are different pictures, and flat pictures have no look.
    for at in [2, 26, 32] {
        made.annotations[at].flagged = false;
    }
    assert_eq!(made.sets(ExactDuplicates), [[1, 3], [10, 11]], "without a label and yet to be looked at");
    made.images[2].frame = 1;
    made.facts[20].as_mut().unwrap().perceptual_hash = None;
    assert_eq!(made.sets(ExactDuplicates), [[10, 11]]);
    assert_eq!(made.sets(NearDuplicates), Vec::<Vec<i64>>::new());
}

#[test]
fn attributes_that_give_the_class_away_are_named_in_words() {
    let mut made = made(200);
    for at in 0..200 {
        let broken = at % 2 == 1;
        // Right for nine images of ten.
        made.facts[at].as_mut().unwrap().color = broken != (at % 20 < 2);
        made.images[at].name = format!("{}/{}/{at}.png", ["sound", "broken"][at % 2], ["a", "b"][at / 2 % 2]);
        let brightness = &mut made.facts[at].as_mut().unwrap().brightness;
        *brightness = (0..16).map(|bin| if bin == 4 + 6 * usize::from(broken) { 1000 } else { 0 }).collect();
        made.images[at].width = if at / 2 % 3 == 0 { 640 } else { 480 };
    }
    let shortcuts = made.analysis().shortcuts;
    let names: Vec<&str> = shortcuts.iter().map(|s| s.attribute.as_str()).collect();
    assert_eq!(names, ["mean brightness", "colour mode"]);
    assert_eq!(shortcuts[1].sentence, "Colour mode alone tells the class for 90 % of the images (chance 50 %)");
    assert_eq!(shortcuts[1].detail, "colour: 90 % of 100 are broken; greyscale: 90 % of 100 are sound");
    assert_eq!(shortcuts[0].detail, "sound: 28 % on average; broken: 66 % on average");
    assert!(shortcuts[1].low > 0.8 && shortcuts[1].low < 0.9);
}

#[test]
fn attributes_are_counted_by_class_and_split_and_identifiers_are_none() {
    let mut made = made(100);
    for at in 0..100 {
        let attributes = &mut made.facts[at].as_mut().unwrap().attributes;
        attributes.insert("view".into(), if at < 30 { "LL".into() } else { "AP".into() });
        attributes.insert("accession".into(), format!("A{at}"));
    }
    made.facts[99] = None;
    let analysis = made.analysis();
    let table = |name: &str| analysis.attributes.iter().find(|table| table.name == name);
    let view = table("view").unwrap();
    let counts: Vec<_> = view.values.iter().map(|v| (v.value.as_str(), v.images.len())).collect();
    assert_eq!(counts, [("AP", 69), ("LL", 30), ("not given", 1)]);
    assert_eq!(view.values[1].by_class, [15, 15, 0]);
    assert_eq!(view.values[1].by_split, [10, 10, 10]);
    assert!(table("accession").is_none());
    assert_eq!(table("source folder").unwrap().distinct, 1);
    assert_eq!(analysis.unmeasured, 1);
}

/// `cargo test --release --lib -- --ignored --nocapture a_hundred_thousand_images_are_looked_through`
#[test]
#[ignore = "measures, asserts no time"]
fn a_hundred_thousand_images_are_looked_through() {
    let mut made = made(100_000);
    for at in (0..99_000).step_by(100) {
        *made.hash(at + 2) = *made.hash(at) ^ 1;
    }
    let started = std::time::Instant::now();
    let analysis = made.analysis();
    println!("{:?}", started.elapsed());
    assert_eq!(analysis.problems.iter().filter(|p| p.kind == ProblemKind::NearDuplicates).count(), 1);
}
