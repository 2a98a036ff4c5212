//! Decodes and renders pictures on worker threads, latest wish first, and fetches the neighbours of the one looked at.

use super::lru::Lru;
use super::pictures::{Fetched, Picture, PictureRequest};
use super::sources::Sources;
use super::worker::{Repaint, Wishes, Worker};
use crate::domain::{ImageId, Voi};
use crate::imaging::{self, DecodedImage, Samples};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// The longest side of a picture handed over; every graphics card that wgpu takes allows textures of this size.
pub const MAX_SIDE: usize = 8192;
/// Bytes of decoded images kept.
const DECODED_BUDGET: usize = 192 << 20;
/// Bytes of rendered pictures kept.
const RENDERED_BUDGET: usize = 192 << 20;
/// Wishes that wait at most; older ones are dropped, the window asks again when it still needs them.
const WAITING: usize = 4;
const WORKERS: usize = 2;

/// What a picture is kept under: bit patterns, because windows are floats.
type Key = (ImageId, Result<usize, (u64, u64)>, bool);

fn key(request: &PictureRequest) -> Key {
    let voi = match request.voi {
        Voi::Preset(index) => Ok(index),
        Voi::Window(centre, width) => Err((centre.to_bits(), width.to_bits())),
    };
    (request.image, voi, request.invert)
}

/// A running service; its threads end when it is dropped.
pub struct PictureService {
    worker: Worker<Pictures>,
}

struct Pictures {
    decoded: Lru<ImageId, Arc<DecodedImage>>,
    rendered: Lru<Key, Arc<Picture>>,
    failed: HashMap<ImageId, Arc<str>>,
    /// The newest last.
    wanted: Vec<PictureRequest>,
    ahead: VecDeque<ImageId>,
    busy: HashSet<ImageId>,
}

/// A picture to render, with the decoded image where it is kept already.
struct Task {
    request: PictureRequest,
    decoded: Option<Arc<DecodedImage>>,
}

impl PictureService {
    /// Starts the workers. `sources` says where images lie.
    pub fn start(sources: Sources, repaint: Repaint) -> std::io::Result<Self> {
        let wishes = Pictures {
            decoded: Lru::new(DECODED_BUDGET),
            rendered: Lru::new(RENDERED_BUDGET),
            failed: HashMap::new(),
            wanted: Vec::new(),
            ahead: VecDeque::new(),
            busy: HashSet::new(),
        };
        let worker = Worker::start("picture", WORKERS, wishes, repaint, || {
            let sources = sources.clone();
            move |task: &Task| {
                let decoded = match &task.decoded {
                    Some(decoded) => decoded.clone(),
                    None => Arc::new(sources.decode(task.request.image)?),
                };
                let picture = render(&decoded, task.request);
                Ok((decoded, Arc::new(picture)))
            }
        })?;
        Ok(Self { worker })
    }

    /// The picture, or the newest one of the same image while it is being made.
    pub fn picture(&self, request: PictureRequest) -> Fetched<Picture> {
        let fetched = self.worker.look(|pictures| {
            if let Some(picture) = pictures.rendered.get(&key(&request)) {
                return Fetched::Ready(picture);
            }
            if let Some(why) = pictures.failed.get(&request.image) {
                return Fetched::Failed(why.clone());
            }
            // A drag of the window asks for a new picture every frame; only the last of an image is worth making.
            pictures.wanted.retain(|waiting| waiting.image != request.image);
            pictures.wanted.push(request);
            if pictures.wanted.len() > WAITING {
                pictures.wanted.remove(0);
            }
            Fetched::Loading(pictures.rendered.newest(|(image, ..)| *image == request.image))
        });
        if matches!(fetched, Fetched::Loading(_)) {
            self.worker.wake();
        }
        fetched
    }

    /// Decodes these images when nothing else is wanted, the first first; replaces what was asked for before.
    pub fn ahead(&self, images: &[ImageId]) {
        self.worker.look(|pictures| {
            let fresh = images.iter().copied().filter(|id| !pictures.rendered.contains(&plain(*id)));
            pictures.ahead = fresh.collect();
        });
        self.worker.wake();
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        self.worker.reset(|pictures| {
            pictures.decoded.clear();
            pictures.rendered.clear();
            pictures.failed.clear();
            pictures.wanted.clear();
            pictures.ahead.clear();
        });
    }

    /// The decoded image, from `sources` where it is not kept; for other services' threads.
    pub fn decoded_or(&self, image: ImageId, sources: &Sources) -> Result<Arc<DecodedImage>, String> {
        match self.worker.look(|pictures| pictures.decoded.get(&image)) {
            Some(decoded) => Ok(decoded),
            None => Ok(Arc::new(sources.decode(image)?)),
        }
    }
}

/// The key of an image as it is shown first.
fn plain(image: ImageId) -> Key {
    (image, Ok(0), false)
}

fn render(decoded: &DecodedImage, request: PictureRequest) -> Picture {
    let rendered = imaging::render(decoded, request.voi, request.invert, MAX_SIDE);
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
        presets: decoded.presets().into(),
    }
}

impl Wishes for Pictures {
    type Task = Task;
    type Made = (Arc<DecodedImage>, Arc<Picture>);

    fn next(&mut self) -> Option<Task> {
        let task = self.wished().or_else(|| self.foreseen())?;
        self.busy.insert(task.request.image);
        Some(task)
    }

    fn release(&mut self, task: &Task) {
        self.busy.remove(&task.request.image);
    }

    fn keep(&mut self, task: Task, made: Result<Self::Made, String>) {
        match made {
            Ok((decoded, picture)) => {
                let bytes = sample_bytes(&decoded);
                self.decoded.put(task.request.image, decoded, bytes);
                let bytes = picture.rgba.len();
                self.rendered.put(key(&picture.request), picture, bytes);
            }
            Err(why) => {
                self.failed.insert(task.request.image, why.into());
            }
        }
    }
}

impl Pictures {
    /// What was asked for last among the images nobody works on.
    fn wished(&mut self) -> Option<Task> {
        let at = self.wanted.iter().rposition(|request| !self.busy.contains(&request.image))?;
        let request = self.wanted.remove(at);
        Some(Task { request, decoded: self.decoded.get(&request.image) })
    }

    /// What will likely be asked for next.
    fn foreseen(&mut self) -> Option<Task> {
        while let Some(image) = self.ahead.pop_front() {
            if !self.busy.contains(&image)
                && !self.rendered.contains(&plain(image))
                && !self.failed.contains_key(&image)
            {
                let request = PictureRequest { image, voi: Voi::default(), invert: false };
                return Some(Task { request, decoded: None });
            }
        }
        None
    }
}

fn sample_bytes(image: &DecodedImage) -> usize {
    match &image.samples {
        Samples::Gray8(v) | Samples::Rgb8(v) => v.len(),
        Samples::Gray16(v) | Samples::Rgb16(v) => v.len() * 2,
        Samples::Measured(measured) => measured.codes.len() * 2,
    }
}
