//! Decodes and renders the pictures on screen on worker threads, and fetches the neighbours of the one looked at.

use crate::domain::{ImageId, Voi};
use crate::imaging::{self, DecodedImage, Samples};
use crate::session::protocol::pictures::{Fetched, Picture, PictureRequest};
use crate::session::services::lru::Lru;
use crate::session::services::sources::Sources;
use crate::session::services::worker::{Repaint, Unmade, Wishes, Worker};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Bytes of decoded images kept.
const DECODED_BUDGET: usize = 192 << 20;
/// Bytes of rendered pictures kept.
const RENDERED_BUDGET: usize = 192 << 20;
const WORKERS: usize = 2;

/// What a picture is kept under: bit patterns, because windows are floats.
type Key = (ImageId, Result<usize, (u64, u64)>, bool, usize);

fn key(request: &PictureRequest) -> Key {
    let voi = match request.voi {
        Voi::Preset(index) => Ok(index),
        Voi::Window(centre, width) => Err((centre.to_bits(), width.to_bits())),
    };
    (request.image, voi, request.invert, request.side)
}

/// A running service; its threads end when it is dropped.
pub struct PictureService {
    worker: Worker<Pictures>,
}

struct Pictures {
    decoded: Lru<ImageId, Arc<DecodedImage>>,
    rendered: Lru<Key, Arc<Picture>>,
    failed: HashMap<ImageId, Arc<str>>,
    /// What is on screen and not there yet, the first to be made last.
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
                Ok::<_, String>((decoded, Arc::new(picture)))
            }
        })?;
        Ok(Self { worker })
    }

    /// These pictures, or the newest ones of the same images while they are being made, the first first. What was asked
    /// for before and is not among them is not made any more.
    pub fn pictures(&self, requests: &[PictureRequest]) -> Vec<Fetched<Picture>> {
        let fetched = self.worker.look(|pictures| pictures.want(requests));
        if fetched.iter().any(|one| matches!(one, Fetched::Loading(_))) {
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
    (image, Ok(0), false, PictureRequest::WHOLE)
}

fn render(decoded: &DecodedImage, request: PictureRequest) -> Picture {
    let rendered = imaging::render(decoded, request.voi, request.invert, request.side);
    Picture {
        request,
        width: rendered.width,
        height: rendered.height,
        rgba: Arc::new(rendered.rgba),
        image_width: decoded.width,
        image_height: decoded.height,
        bits: decoded.bits,
        shape: decoded.shape,
        photometric: decoded.photometric(),
        inverted: decoded.is_inverted(),
        window: rendered.window,
        range: decoded.range(),
        middle: decoded.window_between(0.01, 0.99),
        presets: decoded.presets().into(),
        taken: decoded.taken.clone(),
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

    fn keep(&mut self, task: Task, made: Result<Self::Made, Unmade>) {
        match made {
            Ok((decoded, picture)) => {
                let bytes = sample_bytes(&decoded);
                self.decoded.put(task.request.image, decoded, bytes);
                let bytes = picture.rgba.len();
                self.rendered.put(key(&picture.request), picture, bytes);
            }
            Err(Unmade::GivenUp) => {}
            Err(Unmade::Failed(why)) => {
                self.failed.insert(task.request.image, why.into());
            }
        }
    }
}

impl Pictures {
    fn want(&mut self, requests: &[PictureRequest]) -> Vec<Fetched<Picture>> {
        let fetched: Vec<_> = requests.iter().map(|request| self.find(request)).collect();
        let missing = requests.iter().zip(&fetched).rev().filter(|(_, one)| matches!(one, Fetched::Loading(_)));
        self.wanted = missing.map(|(request, _)| *request).collect();
        fetched
    }

    fn find(&mut self, request: &PictureRequest) -> Fetched<Picture> {
        if let Some(picture) = self.rendered.get(&key(request)) {
            return Fetched::Ready(picture);
        }
        match self.failed.get(&request.image) {
            Some(why) => Fetched::Failed(why.clone()),
            None => Fetched::Loading(self.rendered.newest(|(image, ..)| *image == request.image)),
        }
    }

    /// The first that is wanted of the images nobody works on.
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
                let request = PictureRequest { image, voi: Voi::default(), invert: false, side: PictureRequest::WHOLE };
                return Some(Task { request, decoded: self.decoded.get(&image) });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures() -> Pictures {
        Pictures {
            decoded: Lru::new(1000),
            rendered: Lru::new(1000),
            failed: HashMap::new(),
            wanted: Vec::new(),
            ahead: VecDeque::new(),
            busy: HashSet::new(),
        }
    }

    fn page(images: std::ops::Range<i64>) -> Vec<PictureRequest> {
        images.map(|id| PictureRequest { image: ImageId(id), voi: Voi::default(), invert: false, side: 256 }).collect()
    }

    fn made(pictures: &mut Pictures, task: Task) {
        let decoded = Arc::new(DecodedImage::from_gray8(2, 2, vec![7; 4]).unwrap());
        let picture = Arc::new(render(&decoded, task.request));
        pictures.release(&task);
        pictures.keep(task, Ok((decoded, picture)));
    }

    fn next(pictures: &mut Pictures) -> Option<i64> {
        pictures.next().map(|task| task.request.image.0)
    }

    #[test]
    fn a_page_is_made_in_its_order_and_what_was_left_behind_is_not() {
        let mut pictures = pictures();
        assert!(pictures.want(&page(0..9)).iter().all(|one| *one == Fetched::Loading(None)));
        let first = pictures.next().unwrap();
        assert_eq!((first.request.image.0, next(&mut pictures)), (0, Some(1)));
        made(&mut pictures, first);
        let fetched = pictures.want(&page(0..9));
        assert!(matches!(fetched.first(), Some(Fetched::Ready(_))));
        // 1 is being made, the page is turned: 2 to 8 are dropped.
        pictures.want(&page(9..11));
        assert_eq!([9, 10].map(|_| next(&mut pictures)), [Some(9), Some(10)]);
        assert_eq!(next(&mut pictures), None);
    }

    #[test]
    fn a_picture_of_another_size_is_another_one_and_stands_for_it_meanwhile() {
        let mut pictures = pictures();
        pictures.want(&page(0..1));
        let task = pictures.next().unwrap();
        made(&mut pictures, task);
        let large = PictureRequest { side: PictureRequest::WHOLE, ..page(0..1)[0] };
        let fetched = pictures.want(&[large]);
        let [Fetched::Loading(Some(older))] = fetched.as_slice() else { panic!("{fetched:?}") };
        assert_eq!(older.request.side, 256);
        assert!(pictures.next().unwrap().decoded.is_some(), "it is not decoded again");
    }
}
