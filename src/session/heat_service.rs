//! Makes heat maps on one thread with its own copy of the active model, loaded from its file.

use super::picture_service::PictureService;
use super::pictures::{Fetched, HeatPicture};
use super::sources::Sources;
use super::worker::{Repaint, Shelf, Worker};
use crate::domain::{HeatMap, ImageId, ModelId};
use crate::explain;
use crate::imaging::colormap;
use crate::inference::Classifier;
use crate::nn::Compute;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

const BUDGET: usize = 32 << 20;
const WAITING: usize = 4;

/// A model with its file.
type Active = Arc<(ModelId, PathBuf)>;

/// A model, an image, a class.
type Key = (Active, ImageId, usize);

/// A running service; its thread ends when it is dropped.
pub struct HeatService {
    worker: Worker<Shelf<Key, HeatPicture>>,
    model: Mutex<Option<Active>>,
}

impl HeatService {
    /// Starts the worker; decoded images are taken from `pictures` where it has them.
    pub fn start(
        sources: Sources,
        pictures: Arc<PictureService>,
        compute: Compute,
        repaint: Repaint,
    ) -> std::io::Result<Self> {
        let shelf = Shelf::new(BUDGET, WAITING, |heat: &HeatPicture| heat.rgba.len() + heat.map.values.len() * 4);
        let worker = Worker::start("heat map", 1, shelf, repaint, || {
            let (sources, pictures, compute) = (sources.clone(), pictures.clone(), compute.clone());
            let mut loaded = None;
            move |key: &Key| make(&sources, &pictures, &compute, &mut loaded, key)
        })?;
        Ok(Self { worker, model: Mutex::new(None) })
    }

    /// The model whose maps are asked for from now on. Maps made with it before are kept.
    pub fn set_model(&self, model: Option<(ModelId, PathBuf)>) {
        let mut active = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        if active.as_deref() != model.as_ref() {
            *active = model.map(Arc::new);
            self.worker.look(Shelf::forget_wishes);
        }
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        self.worker.reset(Shelf::clear);
    }

    /// The active model's heat map for a class, begun if it is not there yet.
    pub fn heat_map(&self, image: ImageId, class: usize) -> Fetched<HeatPicture> {
        let model = self.model.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(model) = model else {
            return Fetched::Failed("there is no model yet: train one, or promote one on the Models screen".into());
        };
        self.worker.fetch((model, image, class))
    }
}

fn make(
    sources: &Sources,
    pictures: &PictureService,
    compute: &Compute,
    loaded: &mut Option<(Active, Classifier)>,
    (model, image, class): &Key,
) -> Result<HeatPicture, String> {
    if loaded.as_ref().is_none_or(|(of, _)| of != model) {
        let classifier = Classifier::open(&model.1, compute).map_err(|e| e.to_string())?;
        *loaded = Some((model.clone(), classifier));
    }
    let Some((_, classifier)) = loaded else { return Err("there is no model".into()) };
    let decoded = pictures.decoded_or(*image, sources)?;
    let map = explain::grad_cam(classifier, &decoded, *class).map_err(|e| e.to_string())?;
    Ok(colored(map))
}

/// Gives a map its colours; the alpha is the value, so that what does not matter stays clear.
pub fn colored(map: HeatMap) -> HeatPicture {
    let rgba = map
        .values
        .iter()
        .flat_map(|&value| {
            let [r, g, b] = colormap::heat(value);
            [r, g, b, (value.clamp(0.0, 1.0) * 255.0).round() as u8]
        })
        .collect();
    HeatPicture { width: map.width, height: map.height, map, rgba: Arc::new(rgba) }
}
