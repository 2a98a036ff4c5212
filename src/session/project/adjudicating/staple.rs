//! The boxes of all images at once, by how far each reader can be relied on.

use super::rules::{Cluster, clusters, looked_for_boxes};
use crate::domain::{Rect, Reliability};
use crate::evaluation::staple::staple;
use crate::session::importing::readings::Word;
use std::collections::BTreeMap;

/// With two readers who differ nothing tells who is right.
const LEAST_READERS: usize = 3;
/// Places that each reader looked at, below which the shares of a reader are little but chance.
const LEAST_PLACES: usize = 20;
/// A place is a finding from this probability on.
const FINDING: f64 = 0.5;

/// What the readers' boxes come to.
pub(super) struct Fused {
    /// Of each image, in the order given: absent where nobody looked for boxes.
    pub boxes: Vec<Option<Vec<(usize, Rect)>>>,
    pub readers: Vec<Reliability>,
}

/// A place of an image where somebody drew a box.
struct Place {
    image: usize,
    cluster: Cluster,
    /// Who looked at that image for boxes, in the order of the cluster's readers.
    looked: Vec<usize>,
}

/// The boxes of images of which each was read by two or more: where STAPLE takes a place for a finding there is one box, the mean of
/// its readers' boxes, each counting as much as the share of that reader's boxes that are findings. Or why that cannot be estimated.
pub(super) fn fuse(images: &[Vec<(String, Word)>]) -> Result<Fused, String> {
    let mut names: Vec<&str> = Vec::new();
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    let mut places: Vec<Place> = Vec::new();
    let mut boxes: Vec<Option<Vec<(usize, Rect)>>> = Vec::with_capacity(images.len());
    for (image, said) in images.iter().enumerate() {
        let (mut looked, mut words) = (Vec::new(), Vec::new());
        for (reader, word) in said.iter().filter(|(_, word)| looked_for_boxes(word)) {
            looked.push(*at.entry(reader.as_str()).or_insert_with(|| {
                names.push(reader);
                names.len() - 1
            }));
            words.push(word);
        }
        boxes.push((!words.is_empty()).then(Vec::new));
        places.extend(clusters(&words).into_iter().map(|cluster| Place { image, cluster, looked: looked.clone() }));
    }
    let answers: Vec<Vec<Option<bool>>> = places.iter().map(|place| answers(place, names.len())).collect();
    check(&names, &answers)?;
    let Some(found) = staple(&answers, names.len()) else {
        return Err("the estimate of the readers does not settle".to_owned());
    };
    let weight = |reader: usize| found.readers.get(reader).map_or(0.0, |one| one.right);
    for (place, _) in places.iter().zip(&found.places).filter(|(_, probability)| **probability >= FINDING) {
        if let Some(of_image) = boxes.get_mut(place.image).and_then(Option::as_mut) {
            let rect = place.cluster.weighted(|member| place.looked.get(member).map_or(0.0, |reader| weight(*reader)));
            of_image.push((place.cluster.class, rect));
        }
    }
    let named = names.iter().zip(&found.readers).map(|(reader, one)| Reliability {
        reader: (*reader).to_owned(),
        sensitivity: one.sensitivity,
        specificity: one.specificity,
        weight: one.right,
    });
    Ok(Fused { boxes, readers: named.collect() })
}

/// Who drew a box there, and who looked and drew none.
fn answers(place: &Place, readers: usize) -> Vec<Option<bool>> {
    let mut row = vec![None; readers];
    for (member, reader) in place.looked.iter().enumerate() {
        if let Some(answer) = row.get_mut(*reader) {
            *answer = Some(place.cluster.members.iter().any(|(of, _)| *of == member));
        }
    }
    row
}

/// Whether there is enough to estimate readers by.
fn check(names: &[&str], answers: &[Vec<Option<bool>>]) -> Result<(), String> {
    if names.len() < LEAST_READERS {
        return Err(format!(
            "STAPLE needs {LEAST_READERS} readers who looked for boxes, and there are {}",
            names.len()
        ));
    }
    for (reader, name) in names.iter().enumerate() {
        let seen = answers.iter().filter(|row| row.get(reader).is_some_and(Option::is_some)).count();
        if seen < LEAST_PLACES {
            return Err(format!(
                "STAPLE needs {LEAST_PLACES} places with a box on the images of each reader, and on those of {name} there are {seen}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "staple_tests.rs"]
mod tests;
