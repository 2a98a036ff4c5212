//! What a run leaves on record of itself.

use super::job::TrainJob;
use crate::domain::{EpochRecord, RunFacts};
use std::path::Path;

/// The tensor library and its version; a test holds it against `Cargo.lock`.
const TENSOR_LIBRARY: &str = "candle 0.11.1";

/// The facts of a run of these epochs, of which this call took so many `seconds` and made those from number `from` on.
pub(super) fn facts(
    job: &TrainJob,
    data_digest: &str,
    images: (usize, usize),
    epochs: &[EpochRecord],
    (from, seconds): (usize, f64),
    ended: String,
) -> RunFacts {
    let mut drawn = vec![0; job.classes.len()];
    let (mut learned, mut learning, mut waited, mut all) = (0usize, 0.0, 0.0, 0.0);
    for epoch in epochs {
        let shown: usize = epoch.drawn.iter().sum();
        if epoch.images_per_second > 0.0 {
            learned += shown;
            learning += shown as f64 / epoch.images_per_second;
        }
        waited += epoch.data_wait * epoch.seconds;
        all += epoch.seconds;
        for (sum, n) in drawn.iter_mut().zip(&epoch.drawn) {
            *sum += n;
        }
    }
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    RunFacts {
        seed: job.recipe.seed,
        data_digest: data_digest.to_owned(),
        program: format!("Overread {}", env!("CARGO_PKG_VERSION")),
        tensor_library: TENSOR_LIBRARY.to_owned(),
        device: job.compute.describe(),
        started_from: started_from(job.start_from.as_deref()),
        vectors: job.compute.vectors(),
        train_images: images.0,
        validation_images: images.1,
        wall_seconds: seconds + epochs.iter().take(from).map(|epoch| epoch.seconds).sum::<f64>(),
        images_per_second: share(learned as f64, learning),
        data_wait: share(waited, all),
        drawn,
        ended,
    }
}

/// A file's name without its folders, which may name people.
fn started_from(file: Option<&Path>) -> String {
    let name = |file: &Path| file.file_name().map(|name| name.to_string_lossy().into_owned());
    file.and_then(name).unwrap_or_else(|| "random weights".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tensor_librarys_version_is_the_one_that_is_built() {
        let (name, version) = TENSOR_LIBRARY.split_once(' ').unwrap();
        let locked = format!("name = \"{name}-core\"\nversion = \"{version}\"");
        assert!(include_str!("../../Cargo.lock").contains(&locked), "not {TENSOR_LIBRARY}");
    }
}
