//! Classes of which one is the mirror image of another: pictures must not be mirrored then, or the network learns that
//! both are the same.

use super::error::TrainError;
use super::job::{TrainJob, Truth};
use super::samples::Samples;
use crate::domain::Recipe;

/// The side of the coarse pictures that classes are compared by.
const SIDE: usize = 16;
/// Images of a class that are looked at, and how few say nothing.
const MOST: usize = 200;
const LEAST: usize = 10;
/// So many times nearer must the mirror image of a class be to the other class than to its own.
const NEARER: f64 = 4.0;

/// The recipe without mirroring left and right, and why, where it has it and may not: two classes are called after sides, or
/// the mean picture of one is the other's mirror image.
///
/// # Errors
/// When an image cannot be read again.
pub(super) fn unmirrored(job: &TrainJob, train: &Samples) -> Result<Option<(Recipe, String)>, TrainError> {
    if !job.recipe.augmentation.mirrors() {
        return Ok(None);
    }
    let name = |class: usize| job.classes.name(class);
    let why = match job.classes.sides() {
        Some((left, right)) => format!("{} and {} are sides", name(left), name(right)),
        None => match mirror_images(train, job.classes.len())? {
            Some((one, other)) => format!("the images of {} look like mirror images of {}", name(one), name(other)),
            None => return Ok(None),
        },
    };
    let mut recipe = job.recipe.clone();
    recipe.augmentation.horizontal_flip = false;
    recipe.augmentation.view.iter_mut().for_each(|view| view.horizontal_flip = false);
    Ok(Some((recipe, format!("{why}: images are not mirrored left and right in this run, whatever the recipe says"))))
}

/// Two classes of which each one's mean picture, mirrored, is far nearer to the other's than to its own.
fn mirror_images(train: &Samples, classes: usize) -> Result<Option<(usize, usize)>, TrainError> {
    let mut means = vec![(vec![0.0; SIDE * SIDE], 0usize); classes];
    for index in 0..train.len() {
        let seen = train.class_of(index).and_then(|class| means.get(class)).is_none_or(|(_, count)| *count >= MOST);
        if seen {
            continue;
        }
        let (planes, truth) = train.planes(index)?;
        let p = train.preprocessing();
        if let Truth::Class(class) = truth
            && let Some((sum, count)) = means.get_mut(*class)
        {
            coarse(&planes, p.width, p.height).iter().zip(sum).for_each(|(value, sum)| *sum += value);
            *count += 1;
        }
    }
    for (sum, count) in &mut means {
        sum.iter_mut().for_each(|value| *value /= (*count).max(1) as f64);
    }
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let mirrored = |of: &[f64]| of.chunks(SIDE).flat_map(|row| row.iter().rev().copied()).collect::<Vec<f64>>();
    let turns_into = |a: &[f64], b: &[f64]| NEARER * apart(&mirrored(a), b) < apart(&mirrored(a), a);
    for (one, (a, of_a)) in means.iter().enumerate() {
        for (other, (b, of_b)) in means.iter().enumerate().skip(one + 1) {
            if (*of_a).min(*of_b) >= LEAST && turns_into(a, b) && turns_into(b, a) {
                return Ok(Some((one, other)));
            }
        }
    }
    Ok(None)
}

/// A plane in SIDE by SIDE means.
fn coarse(plane: &[f32], width: usize, height: usize) -> Vec<f64> {
    let mut cells = vec![(0.0, 0usize); SIDE * SIDE];
    for (y, row) in plane.chunks(width.max(1)).take(height).enumerate() {
        for (x, value) in row.iter().enumerate() {
            let cell = y * SIDE / height.max(1) * SIDE + x * SIDE / width.max(1);
            if let Some((sum, count)) = cells.get_mut(cell) {
                *sum += f64::from(*value);
                *count += 1;
            }
        }
    }
    cells.into_iter().map(|(sum, count)| sum / count.max(1) as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::Augmentation;
    use crate::domain::{ClassList, ImageFile, Preprocessing};
    use crate::files::hash::sha256_hex;
    use crate::imaging::write::write_png_gray;
    use crate::training::job::Sample;

    /// Whether a run on pictures with a bright column at one of these places, by class, still mirrors.
    fn mirrors(names: [&str; 2], columns: [usize; 2]) -> (bool, String) {
        let dir = tempfile::tempdir().unwrap();
        let image = |number: usize| {
            let class = number % 2;
            let noise = |at: usize| ((at * 7919 + number * 104_729) % 61) as u8;
            let pixels: Vec<u8> =
                (0..32 * 32).map(|at| noise(at) + if at % 32 / 4 == columns[class] { 150 } else { 0 }).collect();
            let path = dir.path().join(format!("{number}.png"));
            write_png_gray(&path, 32, 32, &pixels).unwrap();
            let sha256 = sha256_hex(&std::fs::read(&path).unwrap());
            Sample { file: ImageFile::first(path), name: number.to_string(), sha256, truth: Truth::Class(class) }
        };
        let train: Vec<Sample> = (0..40).map(image).collect();
        let preprocessing = Preprocessing { width: 32, height: 32, ..Preprocessing::default() };
        let read = Samples::read(&train, &preprocessing, &mut (1 << 20), &mut |_| true, &mut |line| panic!("{line}"));
        let flip = Augmentation { horizontal_flip: true, ..Augmentation::default() };
        let augmentation = Augmentation { view: vec![flip.clone()], ..Augmentation::default() };
        let recipe = Recipe { preprocessing, augmentation, ..Recipe::default() };
        let job = TrainJob {
            recipe,
            classes: ClassList::from_names(&names, false).unwrap(),
            model_name: "m".into(),
            train,
            validation: Vec::new(),
            dir: dir.path().to_owned(),
            start_from: None,
            resume: false,
            compute: crate::nn::Compute::cpu(),
            created_ms: 0,
        };
        let changed = unmirrored(&job, &read.unwrap()).unwrap();
        let (recipe, why) = changed.unwrap_or_else(|| (job.recipe.clone(), String::new()));
        (recipe.augmentation.mirrors(), why)
    }

    #[test]
    fn sides_are_told_by_name_and_by_what_is_seen() {
        let (mirrored, why) = mirrors(["Hand L", "Hand R"], [3, 3]);
        assert!(!mirrored && why.starts_with("Hand L and Hand R are sides"), "{why}");
        let (mirrored, why) = mirrors(["a", "b"], [1, 6]);
        assert!(!mirrored && why.contains("mirror images of b"), "{why}");
        for columns in [[1, 3], [3, 3], [1, 1], [3, 4]] {
            let told = mirrors(["a", "b"], columns);
            assert_eq!(told.0, columns != [3, 4], "{columns:?}: {}", told.1);
        }
    }
}
