//! Makes thumbnails on two threads, the one asked for last first, and keeps them on disk by content hash.

use crate::domain::{ImageId, Voi};
use crate::imaging::{self, write};
use crate::session::protocol::pictures::{Fetched, Thumbnail};
use crate::session::services::sources::{Source, Sources, decode_guarded};
use crate::session::services::worker::{Repaint, Shelf, Worker};
use crate::store::Thumbnails;
use std::sync::Arc;

/// Pixels of a thumbnail's longer side.
pub const SIDE: usize = 96;
const BUDGET: usize = 48 << 20;
/// Wishes that wait at most: a few screens of a list.
const WAITING: usize = 256;
const WORKERS: usize = 2;

/// A running service; its threads end when it is dropped.
pub struct ThumbnailService {
    worker: Worker<Shelf<ImageId, Thumbnail>>,
}

impl ThumbnailService {
    /// Starts the workers.
    pub fn start(sources: Sources, repaint: Repaint) -> std::io::Result<Self> {
        let shelf = Shelf::new(BUDGET, WAITING, |thumbnail: &Thumbnail| thumbnail.rgba.len());
        let worker = Worker::start("thumbnail", WORKERS, shelf, repaint, || {
            let sources = sources.clone();
            move |image: &ImageId| make(&sources.find(*image)?, sources.cache().as_ref())
        })?;
        Ok(Self { worker })
    }

    /// The thumbnail, begun if it is not there yet.
    pub fn thumbnail(&self, image: ImageId) -> Fetched<Thumbnail> {
        self.worker.fetch(image)
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        self.worker.reset(Shelf::clear);
    }
}

/// What the thumbnails of this size are kept under.
fn kind() -> String {
    // Since pixels that are not square are shown as they are.
    format!("png{SIDE}-shaped")
}

fn make(source: &Source, cache: Option<&Thumbnails>) -> Result<Thumbnail, String> {
    let kept = cache.and_then(|cache| cache.get(&source.content, &kind()));
    // One that does not decode is made again.
    if let Some(decoded) = kept.and_then(|bytes| imaging::from_bytes(&bytes, 0).ok()) {
        let whole = imaging::render(&decoded, Voi::Window(127.5, 255.0), false, SIDE);
        return Ok(Thumbnail { width: whole.width, height: whole.height, rgba: Arc::new(whole.rgba) });
    }
    let small = imaging::thumbnail(&decode_guarded(&source.file)?, SIDE);
    if let Some(cache) = cache {
        keep(cache, &source.content, &small);
    }
    Ok(Thumbnail { width: small.width, height: small.height, rgba: Arc::new(small.rgba) })
}

/// A thumbnail that cannot be kept is made again next time, so failing is only logged.
fn keep(cache: &Thumbnails, content: &str, small: &imaging::Rendered) {
    let size = (u32::try_from(small.width).unwrap_or(0), u32::try_from(small.height).unwrap_or(0));
    let bytes = write::png_rgba(size.0, size.1, &small.rgba).map_err(|e| e.to_string());
    let kept = bytes.and_then(|bytes| cache.put(content, &kind(), &bytes).map_err(|e| e.to_string()));
    if let Err(error) = kept {
        tracing::debug!(%error, "a thumbnail was not kept on disk");
    }
}
