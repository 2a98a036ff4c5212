//! The features of all images under the active model: worked out once in the background, kept in the project's cache.

use crate::domain::{ImageFile, ModelId};
use crate::files::hash;
use crate::inference::Classifier;
use crate::nn::Compute;
use crate::session::protocol::image_features::ImageFeatures;
use crate::session::protocol::task::{Order, Report, Task};
use crate::store::{FeatureFiles, FeatureKey, Features};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Images a step of the network.
const BATCH: usize = 16;
/// The status bar hears this often how far it is.
const EVERY: Duration = Duration::from_millis(300);
/// What is worked out is kept on disk this often.
const KEEP_EVERY: Duration = Duration::from_secs(60);

/// Works out the features of images that are not kept yet.
#[derive(Debug)]
pub struct FeaturesPlan {
    pub model: ModelId,
    pub name: String,
    /// The model's weights.
    pub file: PathBuf,
    /// In order of import; the file is absent where it is known to be missing.
    pub images: Vec<(Option<FeatureKey>, Option<ImageFile>)>,
    pub kept: FeatureFiles,
    /// Whether what is worked out may be kept on disk.
    pub keeps: bool,
}

impl Task for FeaturesPlan {
    fn name(&self) -> String {
        format!("Reading features with {}", self.name)
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let model = self.model;
        let features = match self.features(compute, order, tell) {
            Ok(features) => features.map(Box::new),
            Err(why) => {
                tell(Report::Failed(why));
                None
            }
        };
        tell(Report::FeaturesRead { model, features });
    }
}

impl FeaturesPlan {
    /// `None` where it was told to end.
    fn features(
        &self,
        compute: &Compute,
        order: &dyn Fn() -> Order,
        tell: &mut dyn FnMut(Report),
    ) -> Result<Option<ImageFeatures>, String> {
        let digest = hash::sha256_file(&self.file)
            .map_err(|error| format!("{} could not be read: {error}", self.file.display()))?;
        let mut kept = self.kept.read(self.model, &digest);
        let mut missing: Vec<(FeatureKey, ImageFile)> = Vec::new();
        let mut asked = std::collections::HashSet::new();
        for (key, file) in &self.images {
            if let (Some(key), Some(file)) = (key, file)
                && !kept.has(key)
                && asked.insert(*key)
            {
                missing.push((*key, file.clone()));
            }
        }
        if !missing.is_empty() {
            let classifier = Classifier::open(&self.file, compute).map_err(|error| error.to_string())?;
            let files: Vec<ImageFile> = missing.iter().map(|(_, file)| file.clone()).collect();
            let (mut done, mut told, mut written, total) = (0, Instant::now(), Instant::now(), files.len());
            classifier.pooled_features(&files, BATCH, &mut |index, row| {
                // Of an image that cannot be read the model's prediction has said why.
                if let (Ok(row), Some((key, _))) = (row, missing.get(index)) {
                    kept.put(*key, &row);
                }
                done += 1;
                if told.elapsed() >= EVERY {
                    told = Instant::now();
                    tell(Report::Progress { done, total, text: format!("{done} of {total} images") });
                }
                if written.elapsed() >= KEEP_EVERY {
                    self.keep(&digest, &kept);
                    written = Instant::now();
                }
                order() == Order::Go
            });
            self.keep(&digest, &kept);
        }
        if order() != Order::Go {
            return Ok(None);
        }
        let keys: Vec<Option<FeatureKey>> = self.images.iter().map(|(key, _)| *key).collect();
        Ok(Some(ImageFeatures::of(&kept, &keys)))
    }

    /// A cache that cannot be written costs the time to make it again, nothing else.
    fn keep(&self, digest: &str, features: &Features) {
        if self.keeps
            && let Err(error) = self.kept.write(self.model, digest, features)
        {
            tracing::warn!(%error, "the features of the images are not kept");
        }
    }
}
