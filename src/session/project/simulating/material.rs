//! What a replay works on: features of images, what is true of them, and what their labels say.

use crate::domain::{AnswerKind, ImageFile, ImageRecord, Split};
use crate::inference::Classifier;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::store::Store;
use std::collections::HashMap;

/// Images a step of the network.
const BATCH: usize = 16;

/// The images of a project that are known to be of a class, one row of each vector an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Material {
    /// Features as [`Classifier::pooled_features`] makes them, each over the pool with mean 0 and variance 1 / width, so that a
    /// row is about 1 long; row after row.
    features: Vec<f32>,
    pub width: usize,
    pub classes: usize,
    truths: Vec<usize>,
    labels: Vec<Option<usize>>,
    /// Whose image it is, by number.
    pub groups: Vec<Option<usize>>,
    /// The images to label, of the training and validation splits, and those to judge by, of the test split.
    pub pool: Vec<usize>,
    pub test: Vec<usize>,
    /// Images that could not be read.
    pub unread: Vec<String>,
    /// The truth is the project's own, which readers do not see, and not their labels.
    pub own_truth: bool,
    /// The features come from a network that has learned from labels in this project, which it may know by heart.
    pub learned_here: bool,
}

impl Material {
    /// The features of images, row after row.
    pub fn features(&self, images: &[usize]) -> Vec<f32> {
        let of = |at: &usize| self.features.get(at * self.width..(at + 1) * self.width).unwrap_or_default();
        images.iter().flat_map(of).copied().collect()
    }

    /// What is true of images.
    pub fn truth(&self, images: &[usize]) -> Vec<usize> {
        images.iter().map(|at| self.truths.get(*at).copied().unwrap_or_default()).collect()
    }

    /// The images that have a label.
    pub fn labelled(&self) -> Vec<usize> {
        (0..self.labels.len()).filter(|at| self.labels.get(*at).is_some_and(Option::is_some)).collect()
    }

    /// The labels of images, class 0 for those without one.
    pub fn labels(&self, images: &[usize]) -> Vec<usize> {
        images.iter().map(|at| self.labels.get(*at).copied().flatten().unwrap_or_default()).collect()
    }

    /// Of rows of features that were made otherwise, all of the pool but the last `test`.
    #[cfg(test)]
    pub(super) fn made(features: Vec<f32>, width: usize, truths: Vec<usize>, classes: usize, test: usize) -> Self {
        let pool = truths.len() - test;
        let labels = truths.iter().copied().map(Some).collect();
        let groups = vec![None; truths.len()];
        let (pool, test) = ((0..pool).collect(), (pool..truths.len()).collect());
        Self { features, width, classes, truths, labels, groups, pool, test, ..Self::default() }
    }
}

/// An image whose class is known.
struct Known<'a> {
    image: &'a ImageRecord,
    truth: usize,
    label: Option<usize>,
}

/// Reads what a project knows and has a classifier look at each image; `None` where `go_on`, which is told how many of how many
/// images were looked at, said no.
///
/// # Errors
/// When the project cannot be read, is not of one class an image, or has no images to label or to judge by; and when no image can be
/// read.
pub fn gather(
    store: &Store,
    classifier: &Classifier,
    learned_here: bool,
    go_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<Material>, SessionError> {
    let classes = store.classes()?;
    if classes.findings || classifier.card().answers() != AnswerKind::Class {
        return Err(SessionError::refused("a replay is of projects and models with one class an image"));
    }
    let images = store.images()?;
    let (truths, annotations) = (store.truths()?, store.annotations()?);
    let known: Vec<Known<'_>> = images
        .iter()
        .filter_map(|image| {
            let label = annotations.get(&image.id).and_then(|said| said.label);
            let truth = truths.get(&image.id).map(|truth| truth.class).or(label)?;
            (truth < classes.len()).then_some(Known { image, truth, label })
        })
        .collect();
    let files: Vec<ImageFile> = known.iter().map(|one| one.image.file()).collect();
    let mut rows: Vec<Option<Vec<f32>>> = Vec::with_capacity(files.len());
    let mut unread = Vec::new();
    let mut stopped = false;
    classifier.pooled_features(&files, BATCH, &mut |_, row| {
        rows.push(row.map_err(|why| unread.push(why)).ok());
        stopped = !go_on(rows.len(), files.len());
        !stopped
    });
    if stopped {
        return Ok(None);
    }
    let mut material =
        Material { classes: classes.len(), unread, own_truth: !truths.is_empty(), learned_here, ..Material::default() };
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (one, row) in known.iter().zip(rows) {
        let Some(row) = row else { continue };
        let at = material.truths.len();
        match one.image.split {
            Split::Train | Split::Validation => material.pool.push(at),
            Split::Test => material.test.push(at),
        }
        material.width = row.len();
        material.features.extend(row);
        material.truths.push(one.truth);
        material.labels.push(one.label.filter(|label| *label < classes.len()));
        let next = numbers.len();
        material.groups.push(one.image.group.as_deref().map(|group| *numbers.entry(group).or_insert(next)));
    }
    check(&material)?;
    standardise(&mut material);
    Ok(Some(material))
}

fn check(material: &Material) -> Result<(), SessionError> {
    let refuse = |why: String| Err(SessionError::refused(why));
    if material.classes < 2 {
        return refuse("the project has fewer than two classes: there is nothing to tell apart".into());
    }
    if let (true, Some(first)) = (material.truths.is_empty(), material.unread.first()) {
        return refuse(format!("none of the {} can be read: {first}", words::images(material.unread.len())));
    }
    let pool = material.pool.len();
    if pool < 20 {
        return refuse(format!(
            "{} with a known class lie in the training and validation splits: label 20 at least, by which labelling can be \
             replayed",
            words::images(pool)
        ));
    }
    if material.test.is_empty() {
        return refuse("no image of the test split has a known class: label some to judge a head by".into());
    }
    Ok(())
}

/// Brings each feature over the pool to mean 0 and variance 1 / width; one that is the same everywhere to 0.
fn standardise(material: &mut Material) {
    let width = material.width;
    let count = material.pool.len() as f64;
    let (mut sums, mut squares) = (vec![0.0f64; width], vec![0.0f64; width]);
    for row in material.features(&material.pool).chunks_exact(width.max(1)) {
        for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(row) {
            *sum += f64::from(*value);
            *square += f64::from(*value).powi(2);
        }
    }
    let scales: Vec<(f64, f64)> = sums
        .iter()
        .zip(&squares)
        .map(|(sum, square)| {
            let mean = sum / count;
            let variance = (square / count - mean * mean).max(0.0);
            (mean, if variance > 1e-12 { (variance * width as f64).sqrt().recip() } else { 0.0 })
        })
        .collect();
    for row in material.features.chunks_exact_mut(width.max(1)) {
        for (value, (mean, scale)) in row.iter_mut().zip(&scales) {
            *value = ((f64::from(*value) - mean) * scale) as f32;
        }
    }
}
