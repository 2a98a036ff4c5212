//! Reads the headers of DICOM files for the window.

use crate::domain::ImageId;
use crate::imaging::dicom;
use crate::session::protocol::pictures::{Fetched, Header, HeaderLine};
use crate::session::services::sources::Sources;
use crate::session::services::worker::{Repaint, Shelf, Worker};

const BUDGET: usize = 8 << 20;
/// Only the image that is looked at is of interest.
const WAITING: usize = 1;

/// A running service; its thread ends when it is dropped.
pub struct HeaderService {
    worker: Worker<Shelf<ImageId, Header>>,
}

impl HeaderService {
    /// Starts the worker.
    pub fn start(sources: Sources, repaint: Repaint) -> std::io::Result<Self> {
        let bytes = |header: &Header| {
            let line = |line: &HeaderLine| line.name.len() + line.value.len() + size_of::<HeaderLine>();
            header.lines.iter().map(line).sum()
        };
        let worker = Worker::start("header", 1, Shelf::new(BUDGET, WAITING, bytes), repaint, || {
            let sources = sources.clone();
            move |image: &ImageId| read(&sources, *image)
        })?;
        Ok(Self { worker })
    }

    /// The header of an image's file, begun if it is not there yet.
    pub fn header(&self, image: ImageId) -> Fetched<Header> {
        self.worker.fetch(image)
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        self.worker.reset(Shelf::clear);
    }
}

fn read(sources: &Sources, image: ImageId) -> Result<Header, String> {
    let path = sources.find(image)?.file.path;
    let attributes = dicom::with_file(&path, |file| Ok(file.attributes())).map_err(|e| e.to_string())?;
    let line = |one: dicom::Attribute| HeaderLine {
        tag: one.tag,
        depth: one.depth,
        name: one.name,
        value: one.value,
        identifying: one.identifying,
    };
    Ok(Header { lines: attributes.into_iter().map(line).collect() })
}
