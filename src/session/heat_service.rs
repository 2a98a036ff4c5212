//! Makes heat maps on one thread with its own copy of the active model, loaded from its file.

use super::lru::Lru;
use super::picture_service::{PictureService, Repaint};
use super::pictures::{Fetched, HeatPicture};
use super::sources::Sources;
use crate::domain::{HeatMap, ImageId, ModelId};
use crate::explain;
use crate::imaging::colormap;
use crate::inference::Classifier;
use crate::nn::Compute;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

const BUDGET: usize = 32 << 20;
/// Wishes that wait at most; older ones are dropped.
const WAITING: usize = 4;

type Key = (ModelId, ImageId, usize);

/// A running service; its thread ends when it is dropped.
pub struct HeatService {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    sources: Sources,
    pictures: Arc<PictureService>,
    compute: Compute,
    repaint: Repaint,
}

struct State {
    model: Option<(ModelId, PathBuf)>,
    generation: u64,
    made: Lru<Key, Arc<HeatPicture>>,
    failed: HashMap<Key, Arc<str>>,
    /// The newest last.
    wanted: Vec<Key>,
    ended: bool,
}

impl HeatService {
    /// Starts the worker; decoded images are taken from `pictures` where it has them.
    pub fn start(
        sources: Sources,
        pictures: Arc<PictureService>,
        compute: Compute,
        repaint: Repaint,
    ) -> std::io::Result<Self> {
        let state = State {
            model: None,
            generation: 0,
            made: Lru::new(BUDGET),
            failed: HashMap::new(),
            wanted: Vec::new(),
            ended: false,
        };
        let shared =
            Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new(), sources, pictures, compute, repaint });
        let worker = shared.clone();
        std::thread::Builder::new().name("heat-maps".into()).spawn(move || worker.work())?;
        Ok(Self { shared })
    }

    /// The model whose maps are asked for from now on. Maps made with it before are kept.
    pub fn set_model(&self, model: Option<(ModelId, PathBuf)>) {
        let mut state = self.shared.lock();
        if state.model != model {
            state.model = model;
            state.wanted.clear();
            state.failed.clear();
        }
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        let mut state = self.shared.lock();
        state.generation += 1;
        state.made.clear();
        state.failed.clear();
        state.wanted.clear();
    }

    /// The active model's heat map for a class, begun if it is not there yet.
    pub fn heat_map(&self, image: ImageId, class: usize) -> Fetched<HeatPicture> {
        let mut state = self.shared.lock();
        let Some((model, _)) = state.model else {
            return Fetched::Failed("there is no model yet: train one, or promote one on the Models screen".into());
        };
        let key = (model, image, class);
        if let Some(made) = state.made.get(&key) {
            return Fetched::Ready(made);
        }
        if let Some(why) = state.failed.get(&key) {
            return Fetched::Failed(why.clone());
        }
        state.wanted.retain(|waiting| *waiting != key);
        state.wanted.push(key);
        if state.wanted.len() > WAITING {
            state.wanted.remove(0);
        }
        drop(state);
        self.shared.wake.notify_one();
        Fetched::Loading(None)
    }
}

impl Drop for HeatService {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut loaded: Option<(ModelId, PathBuf, Classifier)> = None;
        let mut state = self.lock();
        while !state.ended {
            let (Some(key), Some((model, file))) = (state.wanted.pop(), state.model.clone()) else {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            // Asked for again while it was being made.
            if state.made.contains(&key) {
                continue;
            }
            let generation = state.generation;
            drop(state);
            let made =
                catch_unwind(AssertUnwindSafe(|| self.make(&mut loaded, model, file, key))).unwrap_or_else(|_| {
                    Err("the heat map could not be made: report this as a fault of the program".into())
                });
            state = self.lock();
            if generation == state.generation {
                match made {
                    Ok(picture) => {
                        let bytes = picture.rgba.len() + picture.map.values.len() * 4;
                        state.made.put(key, Arc::new(picture), bytes);
                    }
                    Err(why) => {
                        state.failed.insert(key, why.into());
                    }
                }
                (self.repaint)();
            }
        }
    }

    fn make(
        &self,
        loaded: &mut Option<(ModelId, PathBuf, Classifier)>,
        model: ModelId,
        file: PathBuf,
        (_, image, class): Key,
    ) -> Result<HeatPicture, String> {
        if loaded.as_ref().is_none_or(|(id, path, _)| (*id, path) != (model, &file)) {
            let classifier = Classifier::open(&file, &self.compute).map_err(|e| e.to_string())?;
            *loaded = Some((model, file, classifier));
        }
        let Some((_, _, classifier)) = loaded else { return Err("there is no model".into()) };
        let decoded = match self.pictures.decoded(image) {
            Some(decoded) => decoded,
            None => Arc::new(self.sources.decode(image)?),
        };
        let map = explain::grad_cam(classifier, &decoded, class).map_err(|e| e.to_string())?;
        Ok(colored(map))
    }
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
