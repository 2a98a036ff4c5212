//! Makes thumbnails on two threads, the one asked for last first, and keeps them on disk by content hash.

use super::lru::Lru;
use super::picture_service::Repaint;
use super::pictures::{Fetched, Thumbnail};
use super::sources::{Source, Sources, decode_guarded};
use crate::domain::ImageId;
use crate::imaging::{self, write};
use crate::store::Thumbnails;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Pixels of a thumbnail's longer side.
pub const SIDE: usize = 96;
const BUDGET: usize = 48 << 20;
/// Wishes that wait at most: a few screens of a list.
const WAITING: usize = 256;
const WORKERS: usize = 2;

/// A running service; its threads end when it is dropped.
pub struct ThumbnailService {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    sources: Sources,
    repaint: Repaint,
}

struct State {
    generation: u64,
    made: Lru<ImageId, Arc<Thumbnail>>,
    failed: HashMap<ImageId, Arc<str>>,
    /// The newest last.
    wanted: Vec<ImageId>,
    busy: HashSet<ImageId>,
    ended: bool,
}

impl ThumbnailService {
    /// Starts the workers.
    pub fn start(sources: Sources, repaint: Repaint) -> std::io::Result<Self> {
        let state = State {
            generation: 0,
            made: Lru::new(BUDGET),
            failed: HashMap::new(),
            wanted: Vec::new(),
            busy: HashSet::new(),
            ended: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new(), sources, repaint });
        for worker in 0..WORKERS {
            let shared = shared.clone();
            std::thread::Builder::new().name(format!("thumbnail-{worker}")).spawn(move || shared.work())?;
        }
        Ok(Self { shared })
    }

    /// The thumbnail, begun if it is not there yet.
    pub fn thumbnail(&self, image: ImageId) -> Fetched<Thumbnail> {
        let mut state = self.shared.lock();
        if let Some(made) = state.made.get(&image) {
            return Fetched::Ready(made);
        }
        if let Some(why) = state.failed.get(&image) {
            return Fetched::Failed(why.clone());
        }
        if !state.busy.contains(&image) {
            // Asked for again means still on screen: it moves to the front.
            state.wanted.retain(|waiting| *waiting != image);
            state.wanted.push(image);
            if state.wanted.len() > WAITING {
                state.wanted.remove(0);
            }
            drop(state);
            self.shared.wake.notify_one();
        }
        Fetched::Loading(None)
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        let mut state = self.shared.lock();
        state.generation += 1;
        state.made.clear();
        state.failed.clear();
        state.wanted.clear();
    }
}

impl Drop for ThumbnailService {
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
        let mut state = self.lock();
        while !state.ended {
            let Some(image) = state.wanted.pop() else {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let generation = state.generation;
            state.busy.insert(image);
            drop(state);
            let made = match self.sources.get(image) {
                Some(source) => make(&source, self.sources.cache().as_ref()),
                None => Err("the file is not where the project says: point to its folder with Relink".to_owned()),
            };
            state = self.lock();
            state.busy.remove(&image);
            if generation == state.generation {
                match made {
                    Ok(thumbnail) => {
                        let bytes = thumbnail.rgba.len();
                        state.made.put(image, Arc::new(thumbnail), bytes);
                    }
                    Err(why) => {
                        state.failed.insert(image, why.into());
                    }
                }
                (self.repaint)();
            }
        }
    }
}

/// What the thumbnails of this size are kept under.
fn kind() -> String {
    format!("png{SIDE}")
}

fn make(source: &Source, cache: Option<&Thumbnails>) -> Result<Thumbnail, String> {
    let kept = cache.and_then(|cache| cache.get(&source.sha256, &kind()));
    // One that does not decode is made again.
    if let Some(decoded) = kept.and_then(|bytes| imaging::from_bytes(&bytes).ok()) {
        let whole = imaging::render(&decoded, Some((127.5, 255.0)), false, SIDE);
        return Ok(Thumbnail { width: whole.width, height: whole.height, rgba: Arc::new(whole.rgba) });
    }
    let small = imaging::thumbnail(&decode_guarded(&source.path)?, SIDE);
    if let Some(cache) = cache {
        keep(cache, &source.sha256, &small);
    }
    Ok(Thumbnail { width: small.width, height: small.height, rgba: Arc::new(small.rgba) })
}

/// A thumbnail that cannot be kept is made again next time, so failing is only logged.
fn keep(cache: &Thumbnails, sha256: &str, small: &imaging::Rendered) {
    let size = (u32::try_from(small.width).unwrap_or(0), u32::try_from(small.height).unwrap_or(0));
    let bytes = write::png_rgba(size.0, size.1, &small.rgba).map_err(|e| e.to_string());
    let kept = bytes.and_then(|bytes| cache.put(sha256, &kind(), &bytes).map_err(|e| e.to_string()));
    if let Err(error) = kept {
        tracing::debug!(%error, "a thumbnail was not kept on disk");
    }
}
