//! Makes heat maps on one thread with its own copy of the active model, loaded from its file.

use crate::domain::{HeatMap, ImageId, MapMethod, ModelId, Rect, map_layers};
use crate::explain::{self, How, MapError, Masks};
use crate::imaging::{DecodedImage, colormap};
use crate::inference::{Detector, Examined, Model};
use crate::nn::Compute;
use crate::session::protocol::pictures::{Explained, Fetched, HeatPicture, MapRequest};
use crate::session::services::picture::PictureService;
use crate::session::services::sources::Sources;
use crate::session::services::worker::{Repaint, Shelf, Unmade, Worker};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const BUDGET: usize = 32 << 20;
/// Two maps are on screen at a time at most: what was asked for before them is stale.
const WAITING: usize = 2;
/// How far a map is, is told this often.
const EVERY: Duration = Duration::from_millis(100);

/// A model with its file.
type Active = Arc<(ModelId, PathBuf)>;

/// What a map is kept under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    model: Active,
    image: ImageId,
    class: usize,
    /// The place of a box: its edges' bit patterns, because they are floats.
    rect: Option<[u64; 4]>,
    method: MapMethod,
    layer: Option<usize>,
}

/// Models to be explained.
#[derive(Default)]
struct Models {
    active: Option<Active>,
    all: Vec<Active>,
}

/// What the threads keep from one map to the next.
#[derive(Default)]
struct Kept {
    /// As many as maps are on screen, the last used first.
    models: Mutex<Vec<(Active, Arc<Model>)>>,
    /// The last picture whose boxes were explained, by which model: the next is most often another box of it.
    examined: Mutex<Option<Looked>>,
}

type Looked = (Active, Arc<DecodedImage>, Arc<Examined>);

/// What the window and the thread tell each other about the map that is being made.
#[derive(Default)]
struct Watch {
    /// The maps on screen; any other that is being made is given up.
    wanted: Vec<Key>,
    /// How many passes of how many, of which maps.
    progress: Vec<(Key, (usize, usize))>,
}

/// A running service; its thread ends when it is dropped.
pub struct HeatService {
    worker: Worker<Shelf<Key, HeatPicture>>,
    models: Mutex<Models>,
    watch: Arc<Mutex<Watch>>,
}

fn locked<T>(watch: &Mutex<T>) -> MutexGuard<'_, T> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HeatService {
    /// Starts the worker; decoded images are taken from `pictures` where it has them.
    pub fn start(
        sources: Sources,
        pictures: Arc<PictureService>,
        compute: Compute,
        repaint: Repaint,
    ) -> std::io::Result<Self> {
        let shelf = Shelf::new(BUDGET, WAITING, |heat: &HeatPicture| {
            let points: usize = heat.lines.iter().map(|line| line.points.len()).sum();
            heat.rgba.len() + heat.map.values.len() * 4 + points * 16
        });
        let watch: Arc<Mutex<Watch>> = Arc::default();
        let kept: Arc<Kept> = Arc::default();
        // A thread for each map on screen, so that a quick one does not wait for a slow one.
        let worker = Worker::start("heat map", WAITING, shelf, repaint.clone(), || {
            let (sources, pictures, compute) = (sources.clone(), pictures.clone(), compute.clone());
            let (watch, repaint, kept) = (watch.clone(), repaint.clone(), kept.clone());
            move |key: &Key| {
                if !locked(&watch).wanted.contains(key) {
                    return Err(Unmade::GivenUp);
                }
                let mut told = Instant::now();
                let made = kept.make(&sources, &pictures, &compute, key, &mut |done, total| {
                    let mut watch = locked(&watch);
                    match watch.progress.iter_mut().find(|(of, _)| of == key) {
                        Some((_, progress)) => *progress = (done, total),
                        None => watch.progress.push((key.clone(), (done, total))),
                    }
                    if told.elapsed() >= EVERY {
                        told = Instant::now();
                        repaint();
                    }
                    watch.wanted.contains(key)
                });
                locked(&watch).progress.retain(|(of, _)| of != key);
                made
            }
        })?;
        Ok(Self { worker, models: Mutex::default(), watch })
    }

    /// The active model and all that can be explained from now on. Maps made with them before are kept.
    pub fn set_models(&self, active: Option<ModelId>, all: Vec<(ModelId, PathBuf)>) {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let same = models.active.as_ref().map(|model| model.0) == active
            && models.all.len() == all.len()
            && models.all.iter().zip(&all).all(|(old, new)| old.as_ref() == new);
        if !same {
            models.all = all.into_iter().map(Arc::new).collect();
            models.active = models.all.iter().find(|model| Some(model.0) == active).cloned();
            self.give_up();
            self.worker.look(Shelf::forget_wishes);
        }
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        self.give_up();
        self.worker.reset(Shelf::clear);
    }

    /// No map is on screen.
    pub fn give_up(&self) {
        locked(&self.watch).wanted.clear();
    }

    /// How many passes of how many are done of a map while it is being made.
    pub fn progress(&self, request: &MapRequest) -> Option<(usize, usize)> {
        let key = self.key(request).ok()?;
        locked(&self.watch).progress.iter().find(|(of, _)| *of == key).map(|(_, progress)| *progress)
    }

    /// Heat maps of a class or a box each, begun if they are not there yet, the first first.
    pub fn heat_maps(&self, requests: &[MapRequest]) -> Vec<Fetched<HeatPicture>> {
        let keys: Vec<Result<Key, String>> = requests.iter().map(|request| self.key(request)).collect();
        let wanted: Vec<Key> = keys.iter().flatten().cloned().collect();
        self.worker.look(|shelf| shelf.keep_wishes(|key| wanted.contains(key)));
        locked(&self.watch).wanted = wanted;
        let fetch = |key: Result<Key, String>| match key {
            Ok(key) => self.worker.fetch(key),
            Err(why) => Fetched::Failed(why.into()),
        };
        // What is asked for last is made first.
        let mut found: Vec<Fetched<HeatPicture>> = keys.into_iter().rev().map(fetch).collect();
        found.reverse();
        found
    }

    /// What the map is kept under, or why there can be none.
    fn key(&self, request: &MapRequest) -> Result<Key, String> {
        let MapRequest { image, model, explained, method, layer } = *request;
        let models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match model {
            Some(id) => models.all.iter().find(|one| one.0 == id),
            None => models.active.as_ref(),
        };
        let none = || match model {
            Some(_) => "the file of this model cannot be used: choose another one".to_owned(),
            None => "there is no model yet: train one, or promote one on the Models screen".to_owned(),
        };
        let rect = match explained {
            Explained::Class(_) => None,
            Explained::Box { rect: Rect { xmin, ymin, xmax, ymax }, .. } => {
                Some([xmin, ymin, xmax, ymax].map(f64::to_bits))
            }
        };
        let layer = layer.filter(|_| method.has_layers());
        Ok(Key { model: found.cloned().ok_or_else(none)?, image, class: explained.class(), rect, method, layer })
    }
}

impl Kept {
    /// A model, opened where it is not yet.
    fn model(&self, model: &Active, compute: &Compute) -> Result<Arc<Model>, String> {
        let mut models = locked(&self.models);
        let found = models.iter().position(|(of, _)| of == model).map(|at| models.remove(at));
        let (of, opened) = match found {
            Some(used) => used,
            None => {
                // What is let go makes room first.
                models.truncate(WAITING - 1);
                (model.clone(), Arc::new(Model::open(&model.1, compute).map_err(|e| e.to_string())?))
            }
        };
        models.insert(0, (of, opened.clone()));
        Ok(opened)
    }

    /// What a model that draws boxes makes of a picture.
    fn examined(
        &self,
        model: &Active,
        detector: &Detector,
        decoded: &Arc<DecodedImage>,
    ) -> Result<Arc<Examined>, String> {
        // Whoever wants the same meanwhile waits for it instead of doing it twice.
        let mut kept = locked(&self.examined);
        // The one picture before it is let go first.
        let same = |(by, of, _): &Looked| by == model && Arc::ptr_eq(of, decoded);
        let examined = match kept.take().filter(same) {
            Some((_, _, examined)) => examined,
            None => Arc::new(detector.examine(decoded).map_err(|e| e.to_string())?),
        };
        *kept = Some((model.clone(), decoded.clone(), examined.clone()));
        Ok(examined)
    }

    fn make(
        &self,
        sources: &Sources,
        pictures: &PictureService,
        compute: &Compute,
        key: &Key,
        on: explain::OnPass<'_>,
    ) -> Result<HeatPicture, Unmade> {
        let Key { model, image, class, rect, method, layer } = key;
        let opened = self.model(model, compute)?;
        let decoded = pictures.decoded_or(*image, sources)?;
        let failed = |error: MapError| Unmade::Failed(error.to_string());
        match (opened.as_ref(), rect) {
            (Model::Classifier(classifier), None) => {
                let layers = map_layers(&classifier.card().architecture, &classifier.card().preprocessing).len();
                let how = How { layer: layer.filter(|layer| *layer <= layers), ..How::from(*method) };
                let map = explain::class_map(classifier, &decoded, *class, &how, on).map_err(failed)?;
                map.map(|map| colored(map, None)).ok_or(Unmade::GivenUp)
            }
            (Model::Detector(detector), Some(edges)) => {
                let examined = self.examined(model, detector, &decoded)?;
                let [xmin, ymin, xmax, ymax] = edges.map(f64::from_bits);
                let wanted = (*class, Rect { xmin, ymin, xmax, ymax });
                let made_by = explain::BoxCam::of(*method);
                let of_box = explain::cam_box(detector, &examined, wanted, made_by.unwrap_or(explain::BoxCam::GradCam))
                    .map_err(|e| failed(e.into()));
                let (map, score) = of_box.and_then(|of_box| match (made_by, method) {
                    (Some(_), _) => Ok((of_box.map, of_box.score)),
                    (None, MapMethod::DRise) => {
                        let (masks, mut on) = (Masks::default(), |done| on(done, Masks::default().count));
                        let map = explain::d_rise(detector, &decoded, (&examined, wanted), &masks, &mut on);
                        map.map_err(|e| failed(e.into()))?.map(|map| (map, of_box.score)).ok_or(Unmade::GivenUp)
                    }
                    (None, other) => Err(failed(MapError::OfImages(*other))),
                })?;
                Ok(colored(map, Some(score)))
            }
            (Model::Classifier(_), Some(_)) => {
                Err(Unmade::Failed("the model gives the whole image a class; it draws no boxes".into()))
            }
            (Model::Detector(_), None) => {
                Err(Unmade::Failed("the model draws boxes: choose one to see its heat map".into()))
            }
        }
    }
}

/// Gives a map its colours; the alpha is the value, so that what does not matter stays clear.
fn colored(map: HeatMap, score: Option<f32>) -> HeatPicture {
    let rgba = map
        .values
        .iter()
        .flat_map(|&value| {
            let ([r, g, b], shown) = colormap::of_map(value, map.signed);
            [r, g, b, (shown * 255.0).round() as u8]
        })
        .collect();
    HeatPicture {
        width: map.width,
        height: map.height,
        lines: Arc::new(map.contours()),
        map,
        score,
        rgba: Arc::new(rgba),
    }
}

#[cfg(test)]
#[path = "heat_tests.rs"]
mod tests;
