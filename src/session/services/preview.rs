//! Makes previews of what a recipe does to an image: the network's input as it is, and changed copies of it.

use crate::domain::{ImageId, Preprocessing};
use crate::imaging::preprocess;
use crate::session::protocol::pictures::{Fetched, Preview, PreviewRequest};
use crate::session::services::picture::PictureService;
use crate::session::services::sources::Sources;
use crate::session::services::worker::{Repaint, Shelf, Worker};
use crate::training::augment::{CopyOf, Shape, Variation};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

const BUDGET: usize = 32 << 20;
/// Only the settings of the last frame of a drag are worth making.
const WAITING: usize = 1;
/// Changed copies shown at least.
const COPIES: usize = 8;

/// A request with its text, which is what it is told apart by: its settings are floats.
#[derive(Clone)]
struct Key {
    request: Arc<PreviewRequest>,
    text: Arc<str>,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// A running service; its thread ends when it is dropped.
pub struct PreviewService {
    worker: Worker<Shelf<Key, Preview>>,
}

impl PreviewService {
    /// Starts the worker; decoded images are taken from `pictures` where it has them.
    pub fn start(sources: Sources, pictures: Arc<PictureService>, repaint: Repaint) -> std::io::Result<Self> {
        let bytes = |preview: &Preview| preview.original.len() * (1 + preview.copies.len());
        let worker = Worker::start("preview", 1, Shelf::new(BUDGET, WAITING, bytes), repaint, || {
            let (sources, pictures) = (sources.clone(), pictures.clone());
            move |key: &Key| make(&key.request, &sources, &pictures)
        })?;
        Ok(Self { worker })
    }

    /// The preview, or the newest one of the same image while it is being made.
    pub fn preview(&self, request: PreviewRequest) -> Fetched<Preview> {
        let text = format!("{request:?}").into();
        let image = request.image;
        // Before it is asked for: it may be made between the two.
        let newest = self.worker.look(|shelf| shelf.newest(|key| key.request.image == image));
        match self.worker.fetch(Key { request: Arc::new(request), text }) {
            Fetched::Loading(_) => Fetched::Loading(newest),
            there => there,
        }
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        self.worker.reset(Shelf::clear);
    }
}

fn make(request: &PreviewRequest, sources: &Sources, pictures: &PictureService) -> Result<Preview, String> {
    let decoded = pictures.decoded_or(request.image, sources)?;
    if let Some(why) = decoded.too_little() {
        return Err(format!("{}: {why}", sources.find(request.image)?.file.path.display()));
    }
    Ok(vary(request, &preprocess::to_planes(&decoded, &request.preprocessing)))
}

/// The preview of 0..1 planes of the network's input.
pub(in crate::session) fn vary(request: &PreviewRequest, planes: &[f32]) -> Preview {
    let PreviewRequest { image: ImageId(number), preprocessing: p, augmentation, seed, round } = request;
    let shape = Shape { width: p.width, height: p.height };
    let views = augmentation.views();
    let copies = (0..COPIES.div_ceil(views) * views).map(|copy| {
        let of = CopyOf { image: *number as usize, copy, epoch: *round };
        Arc::new(rgba(&Variation::draw(augmentation, *seed, of).planes(planes.to_vec(), shape), p))
    });
    Preview {
        image: request.image,
        width: p.width,
        height: p.height,
        copies: copies.collect(),
        original: Arc::new(rgba(planes, p)),
        views,
    }
}

/// 0..1 planes as the eye sees them.
fn rgba(planes: &[f32], p: &Preprocessing) -> Vec<u8> {
    let area = p.width * p.height;
    let plane = |channel: usize| planes.get(channel * area..(channel + 1) * area).unwrap_or_default();
    let (red, green, blue) =
        if p.channels == 3 { (plane(0), plane(1), plane(2)) } else { (plane(0), plane(0), plane(0)) };
    let level = |value: &f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
    let pixels = red.iter().zip(green).zip(blue);
    pixels.flat_map(|((red, green), blue)| [level(red), level(green), level(blue), 255]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plane_is_grey_and_three_are_colours() {
        let p = Preprocessing { width: 2, height: 1, ..Preprocessing::default() };
        assert_eq!(rgba(&[0.0, 2.0], &p), [0, 0, 0, 255, 255, 255, 255, 255]);
        let p = Preprocessing { channels: 3, width: 1, height: 1, ..p };
        assert_eq!(rgba(&[1.0, 0.2, 0.0], &p), [255, 51, 0, 255]);
    }
}
