//! Decodes and renders pictures on worker threads, latest wish first, and fetches the neighbours of the one looked at.

use super::lru::Lru;
use super::pictures::{Fetched, Picture, PictureRequest};
use super::sources::Sources;
use crate::domain::ImageId;
use crate::imaging::{self, DecodedImage, Samples};
use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The longest side of a picture handed over; every graphics card that wgpu takes allows textures of this size.
pub const MAX_SIDE: usize = 8192;
/// Bytes of decoded images kept.
const DECODED_BUDGET: usize = 192 << 20;
/// Bytes of rendered pictures kept.
const RENDERED_BUDGET: usize = 192 << 20;
/// Wishes that wait at most; older ones are dropped, the window asks again when it still needs them.
const WAITING: usize = 4;
const WORKERS: usize = 2;

/// Asks the window for a repaint.
pub type Repaint = Arc<dyn Fn() + Send + Sync>;

/// What a picture is kept under: bit patterns, because windows are floats.
type Key = (ImageId, Option<(u64, u64)>, bool);

fn key(request: &PictureRequest) -> Key {
    (request.image, request.window.map(|(c, w)| (c.to_bits(), w.to_bits())), request.invert)
}

/// A running service; its threads end when it is dropped.
pub struct PictureService {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    sources: Sources,
    repaint: Repaint,
}

struct State {
    /// Grows when the project changes, so that what was begun before is not kept.
    generation: u64,
    decoded: Lru<ImageId, Arc<DecodedImage>>,
    rendered: Lru<Key, Arc<Picture>>,
    failed: HashMap<ImageId, Arc<str>>,
    /// The newest last.
    wanted: Vec<PictureRequest>,
    ahead: VecDeque<ImageId>,
    busy: HashSet<ImageId>,
    ended: bool,
}

/// What a worker does next.
enum Task {
    Render(PictureRequest, Option<Arc<DecodedImage>>),
    Decode(ImageId),
}

impl PictureService {
    /// Starts the workers. `sources` says where images lie.
    pub fn start(sources: Sources, repaint: Repaint) -> std::io::Result<Self> {
        let state = State {
            generation: 0,
            decoded: Lru::new(DECODED_BUDGET),
            rendered: Lru::new(RENDERED_BUDGET),
            failed: HashMap::new(),
            wanted: Vec::new(),
            ahead: VecDeque::new(),
            busy: HashSet::new(),
            ended: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), wake: Condvar::new(), sources, repaint });
        for worker in 0..WORKERS {
            let shared = shared.clone();
            std::thread::Builder::new().name(format!("picture-{worker}")).spawn(move || shared.work())?;
        }
        Ok(Self { shared })
    }

    /// The picture, or the newest one of the same image while it is being made.
    pub fn picture(&self, request: PictureRequest) -> Fetched<Picture> {
        let mut state = self.shared.lock();
        if let Some(picture) = state.rendered.get(&key(&request)) {
            return Fetched::Ready(picture);
        }
        if let Some(why) = state.failed.get(&request.image) {
            return Fetched::Failed(why.clone());
        }
        // A drag of the window asks for a new picture every frame; only the last of an image is worth making.
        state.wanted.retain(|waiting| waiting.image != request.image);
        state.wanted.push(request);
        if state.wanted.len() > WAITING {
            state.wanted.remove(0);
        }
        let older = state.rendered.newest(|(image, ..)| *image == request.image);
        drop(state);
        self.shared.wake.notify_one();
        Fetched::Loading(older)
    }

    /// Decodes these images when nothing else is wanted, the first first; replaces what was asked for before.
    pub fn ahead(&self, images: &[ImageId]) {
        let mut state = self.shared.lock();
        let fresh: VecDeque<ImageId> =
            images.iter().copied().filter(|id| !state.rendered.contains(&plain(*id))).collect();
        state.ahead = fresh;
        drop(state);
        self.shared.wake.notify_all();
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        let mut state = self.shared.lock();
        state.generation += 1;
        state.decoded.clear();
        state.rendered.clear();
        state.failed.clear();
        state.wanted.clear();
        state.ahead.clear();
    }

    /// The decoded image where it is kept already.
    pub fn decoded(&self, image: ImageId) -> Option<Arc<DecodedImage>> {
        self.shared.lock().decoded.get(&image)
    }
}

impl Drop for PictureService {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.wake.notify_all();
    }
}

/// The key of an image as it is shown first.
fn plain(image: ImageId) -> Key {
    (image, None, false)
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        while !state.ended {
            let Some(task) = state.next() else {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let (generation, image) = (state.generation, task.image());
            state.busy.insert(image);
            drop(state);
            let done = self.perform(task);
            state = self.lock();
            state.busy.remove(&image);
            if generation == state.generation {
                state.keep(image, done);
                (self.repaint)();
            }
            // Another worker may have passed over this image while it was busy.
            self.wake.notify_all();
        }
    }

    fn perform(&self, task: Task) -> Result<(Arc<DecodedImage>, Arc<Picture>), String> {
        let (request, decoded) = match task {
            Task::Render(request, decoded) => (request, decoded),
            Task::Decode(image) => (PictureRequest { image, window: None, invert: false }, None),
        };
        let decoded = match decoded {
            Some(decoded) => decoded,
            None => Arc::new(self.sources.decode(request.image)?),
        };
        let picture = catch_unwind(AssertUnwindSafe(|| render(&decoded, request)))
            .map_err(|_| "the picture could not be drawn: report this file as a fault of the program".to_owned())?;
        Ok((decoded, Arc::new(picture)))
    }
}

fn render(decoded: &DecodedImage, request: PictureRequest) -> Picture {
    let rendered = imaging::render(decoded, request.window, request.invert, MAX_SIDE);
    Picture {
        request,
        width: rendered.width,
        height: rendered.height,
        rgba: Arc::new(rendered.rgba),
        image_width: decoded.width,
        image_height: decoded.height,
        bits: decoded.bits,
        photometric: decoded.photometric(),
        window: rendered.window,
        range: decoded.range(),
    }
}

impl Task {
    fn image(&self) -> ImageId {
        match self {
            Task::Render(request, _) => request.image,
            Task::Decode(image) => *image,
        }
    }
}

impl State {
    fn next(&mut self) -> Option<Task> {
        if let Some(at) = self.wanted.iter().rposition(|request| !self.busy.contains(&request.image)) {
            let request = self.wanted.remove(at);
            let decoded = self.decoded.get(&request.image);
            return Some(Task::Render(request, decoded));
        }
        while let Some(image) = self.ahead.pop_front() {
            if !self.busy.contains(&image)
                && !self.rendered.contains(&plain(image))
                && !self.failed.contains_key(&image)
            {
                return Some(Task::Decode(image));
            }
        }
        None
    }

    fn keep(&mut self, image: ImageId, done: Result<(Arc<DecodedImage>, Arc<Picture>), String>) {
        match done {
            Ok((decoded, picture)) => {
                let bytes = sample_bytes(&decoded);
                self.decoded.put(image, decoded, bytes);
                let bytes = picture.rgba.len();
                self.rendered.put(key(&picture.request), picture, bytes);
            }
            Err(why) => {
                self.failed.insert(image, why.into());
            }
        }
    }
}

fn sample_bytes(image: &DecodedImage) -> usize {
    match &image.samples {
        Samples::Gray8(v) | Samples::Rgb8(v) => v.len(),
        Samples::Gray16(v) | Samples::Rgb16(v) => v.len() * 2,
    }
}
