//! FracAtlas as it is published (Abedeen et al. 2023, "FracAtlas: A Dataset for Fracture Classification, Localization and
//! Segmentation of Musculoskeletal Radiographs", Scientific Data 10): a table says of each image whether there is a
//! fracture, and the boxes lie in folders beside it, once in each of several formats.

use crate::interchange::formats::Importer;
use crate::interchange::formats::coco::Coco;
use crate::interchange::formats::voc::Voc;
use crate::interchange::formats::yolo::Yolo;
use crate::interchange::model::draft::{Draft, DraftImage};
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, path_of, stem};
use crate::interchange::model::options::Options;
use crate::interchange::source::listing::Source;
use std::collections::{BTreeMap, BTreeSet};

/// Images named in a sentence.
const NAMED: usize = 5;

/// Adds the boxes beside the table, of the first format that has any: COCO, Pascal VOC, YOLO. `yes` and `no` are the
/// table's names for images with a fracture and without.
pub fn complete(source: &Source, options: &Options, [yes, no]: [&str; 2], draft: &mut Draft) {
    leave_part_of_a_division(draft);
    let formats: [&dyn Importer; 3] = [&Coco, &Voc, &Yolo];
    let beside = formats.into_iter().find_map(|importer| {
        let found = importer.read(source, options).ok()?.draft.in_memory().ok()?;
        found.images.iter().any(has_boxes).then(|| (importer.format(), found))
    });
    let Some((format, mut beside)) = beside else { return };
    beside.classes.clear();
    let drawn = || beside.images.iter().flat_map(|image| &image.said).flat_map(|said| &said.boxes);
    let alone = drawn().map(|one| one.class.as_str()).collect::<BTreeSet<_>>().len() == 1;
    for said in beside.images.iter_mut().flat_map(|image| &mut image.said) {
        // That there is nothing is the table's to say.
        said.nothing_found = false;
        for one in &mut said.boxes {
            match [yes, no].into_iter().find(|name| name.eq_ignore_ascii_case(&one.class)) {
                Some(name) => one.class = name.to_owned(),
                // YOLO has but a number for it.
                None if alone => one.class = yes.to_owned(),
                None => {}
            }
        }
    }
    compare(draft, &beside, format, [yes, no]);
    beside.remarks.push(format!("boxes are from the {} files beside the table.", format.name()));
    draft.extend(beside);
}

fn has_boxes(image: &DraftImage) -> bool {
    image.said.iter().any(|said| !said.boxes.is_empty())
}

/// What names of one image have in common.
fn key(image: &DraftImage) -> String {
    stem(base_name(&path_of(&image.file))).to_lowercase()
}

/// Says where the table and the boxes contradict each other.
fn compare(draft: &mut Draft, beside: &Draft, format: Format, [yes, no]: [&str; 2]) {
    let boxed: BTreeSet<String> = beside.images.iter().filter(|image| has_boxes(image)).map(key).collect();
    let labelled = |wanted: &str| {
        let is = |image: &&DraftImage| image.said.iter().any(|said| said.label.as_deref() == Some(wanted));
        draft.images.iter().filter(is).map(|image| (key(image), base_name(&image.file))).collect::<BTreeMap<_, _>>()
    };
    let against: Vec<&str> =
        labelled(no).into_iter().filter(|(k, _)| boxed.contains(k)).map(|(_, name)| name).collect();
    let without = labelled(yes).into_keys().filter(|k| !boxed.contains(k)).count();
    let conflict = (!against.is_empty()).then(|| {
        let shown = against.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = if against.len() > NAMED { ", ..." } else { "" };
        format!(
            "the table says {no} of {} on which the {} files draw boxes ({shown}{more}): look which is right",
            images(against.len()),
            format.name()
        )
    });
    let remark = (without > 0)
        .then(|| format!("{yes} by the table and without a box in the {} files: {}.", format.name(), images(without)));
    draft.conflicts.extend(conflict);
    draft.remarks.extend(remark);
}

fn images(count: usize) -> String {
    if count == 1 { "1 image".to_owned() } else { format!("{count} images") }
}

/// The published division is of the images with a fracture only, for training on their boxes: with it, all others would
/// be trained on and none tested.
fn leave_part_of_a_division(draft: &mut Draft) {
    let labelled = draft.images.iter().filter(|image| image.said.iter().any(|said| said.label.is_some()));
    let labelled: BTreeSet<String> = labelled.map(key).collect();
    let divided: BTreeSet<String> = draft.images.iter().filter(|image| image.split.is_some()).map(key).collect();
    let of_these = labelled.intersection(&divided).count();
    if of_these == 0 || of_these == labelled.len() {
        return;
    }
    draft.images.iter_mut().for_each(|image| image.split = None);
    draft.remarks.push(format!(
        "the tables that divide the images name {of_these} of {}: they are not followed, since the others would then all \
         be trained on.",
        images(labelled.len())
    ));
}
