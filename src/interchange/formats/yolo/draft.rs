//! From label files to a draft: rows named, counted, and those that are none left out.

use super::classes::Classes;
use super::rows::{Form, Kind, Labels, Row, parse_labels};
use crate::domain::Split;
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// A picture's label file.
pub struct Labelled {
    pub picture: String,
    pub split: Option<Split>,
    /// The label file's name below the source.
    pub file: String,
    pub text: String,
    pub form: Form,
}

/// Makes the draft of pictures and their label files' texts. The images are added to `images`.
pub fn draft<Images: Extend<DraftImage>>(
    classes: &Classes,
    labels: impl Iterator<Item = Labelled>,
    images: Images,
) -> Draft<Images> {
    let (left_out, unlisted, conflicts, remarks, tables) = Default::default();
    let mut draft = Draft { classes: Vec::new(), images, left_out, unlisted, conflicts, remarks, tables };
    let mut counts = Counts::default();
    for Labelled { picture, split, file, text, form } in labels {
        let labels = parse_labels(&text, form);
        for (line, why) in &labels.wrong {
            draft.leave_out(format!("{file} line {line}"), why.clone());
        }
        let nothing_found = labels.rows.is_empty() && labels.wrong.is_empty();
        let mut said = DraftSaid { nothing_found, ..DraftSaid::default() };
        if labels.is_mixed() {
            draft.leave_out(file, mixed(&labels));
        } else {
            said.boxes = counts.named(classes, &labels.rows, &picture, &file, &mut draft);
        }
        let said = if said.nothing_found || !said.boxes.is_empty() { vec![said] } else { Vec::new() };
        draft.images.extend([DraftImage { file: picture, split, said, ..DraftImage::default() }]);
    }
    draft.remarks.extend(counts.sentences());
    draft.classes = classes.names();
    draft
}

fn mixed(labels: &Labels) -> String {
    let boxes = labels.rows.iter().filter(|row| row.kind == Kind::Box).count();
    format!(
        "holds {boxes} rows of a box and {} of a polygon: Ultralytics takes no such file, since a row of five numbers is \
         then a box or a part of a polygon; nothing of it is taken, and its picture is not yet looked at. Write one kind in \
         each file",
        labels.rows.len() - boxes
    )
}

#[derive(Default)]
struct Counts {
    kinds: BTreeMap<Kind, usize>,
    predicted: usize,
    unnamed: BTreeSet<usize>,
}

impl Counts {
    fn named<Images>(
        &mut self,
        classes: &Classes,
        rows: &[Row],
        picture: &str,
        file: &str,
        draft: &mut Draft<Images>,
    ) -> Vec<DraftBox> {
        let (mut boxes, mut nameless) = (Vec::with_capacity(rows.len()), BTreeSet::new());
        for Row { class, rect, kind, predicted } in rows {
            let name = if classes.is_empty() {
                self.unnamed.insert(*class);
                Ok(class.to_string())
            } else {
                classes.name(*class, file, picture).map(str::to_owned)
            };
            match name {
                Ok(class) => {
                    *self.kinds.entry(*kind).or_default() += 1;
                    self.predicted += usize::from(*predicted);
                    boxes.push(DraftBox { class, rect: *rect, unit: Unit::Fractions });
                }
                Err(why) => drop(nameless.insert(why)),
            }
        }
        nameless.into_iter().for_each(|why| draft.leave_out(file, why));
        boxes
    }

    fn sentences(&self) -> Vec<String> {
        let mut sentences: Vec<String> = Vec::new();
        for (kind, count) in &self.kinds {
            match kind {
                Kind::Box => {}
                Kind::Polygon => sentences.push(format!("{count} polygons became the boxes around them.")),
                Kind::FourPoints => sentences.push(format!(
                    "{count} shapes of four points (oriented boxes or polygons) became the upright boxes around them."
                )),
                Kind::KeyPoints => sentences.push(format!(
                    "{count} rows have key points behind their box, as kpt_shape says: boxes are taken, key points are not."
                )),
                Kind::UnstatedKeyPoints => sentences.push(format!(
                    "{count} rows have key points behind their box, as their visibilities (0, 1, 2) show, though no \
                     data.yaml states kpt_shape: boxes are taken, key points are not."
                )),
            }
        }
        if self.predicted > 0 {
            sentences.push(format!(
                "{} rows end in a score or a track's number, as a model or tracker writes them: the shapes are taken as \
                 labels, those numbers are not.",
                self.predicted
            ));
        }
        if !self.unnamed.is_empty() {
            sentences.push("no classes.txt or data.yaml names the classes: they are called by their numbers.".into());
        }
        sentences
    }
}
