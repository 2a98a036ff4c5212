//! Reads values off the picture that is looked at, away from the window's thread.

use crate::domain::ImageFile;
use crate::imaging::DecodedImage;
use crate::session::protocol::pictures::{Fetched, Values, ValuesOf, ValuesRequest};
use crate::session::services::picture::PictureService;
use crate::session::services::sources::Sources;
use crate::session::services::worker::{Repaint, Shelf, Worker};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

const BUDGET: usize = 4 << 20;
/// The pointer's, and what is measured on one image; while one is being drawn the newest counts.
const WAITING: usize = 24;

/// A request as a key. Places that are no numbers are asked for by nobody.
#[derive(Clone, Copy, PartialEq)]
struct Key(ValuesRequest);

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.image.hash(state);
        let bits = |all: [f64; 4]| all.map(f64::to_bits);
        match self.0.of {
            ValuesOf::Pixel { column, row } => (0u8, column, row).hash(state),
            ValuesOf::Region(_, rect) => (1u8, bits([rect.xmin, rect.ymin, rect.xmax, rect.ymax])).hash(state),
            ValuesOf::Line(from, to) => (2u8, bits([from[0], from[1], to[0], to[1]])).hash(state),
        }
    }
}

/// A running service; its thread ends when it is dropped.
pub struct ValuesService {
    worker: Worker<Shelf<Key, Values>>,
}

impl ValuesService {
    /// Starts the worker. It keeps the picture it last read, and no other: `pictures` may have let go of it.
    pub fn start(sources: Sources, pictures: Arc<PictureService>, repaint: Repaint) -> std::io::Result<Self> {
        let bytes = |values: &Values| match values {
            Values::Pixel(_) | Values::Region(_) | Values::Nothing => size_of::<Values>(),
            Values::Line(all) => size_of::<Values>() + all.len() * size_of::<f64>(),
        };
        let worker = Worker::start("values", 1, Shelf::new(BUDGET, WAITING, bytes), repaint, || {
            let (sources, pictures) = (sources.clone(), Arc::clone(&pictures));
            let mut last: Option<(ImageFile, Arc<DecodedImage>)> = None;
            move |key: &Key| {
                let (image, file) = (key.0.image, sources.find(key.0.image)?.file);
                let decoded = match last.take().filter(|(of, _)| *of == file) {
                    Some((_, decoded)) => decoded,
                    None => pictures.decoded_or(image, &sources)?,
                };
                last = Some((file, Arc::clone(&decoded)));
                Ok::<_, String>(values(&decoded, key.0.of))
            }
        })?;
        Ok(Self { worker })
    }

    /// These values, begun if they are not there yet.
    pub fn values(&self, request: ValuesRequest) -> Fetched<Values> {
        self.worker.fetch(Key(request))
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        self.worker.reset(Shelf::clear);
    }
}

fn values(image: &DecodedImage, of: ValuesOf) -> Values {
    match of {
        ValuesOf::Pixel { column, row } => image.value_at(column, row).map_or(Values::Nothing, Values::Pixel),
        ValuesOf::Region(outline, rect) => image.region(outline, &rect).map_or(Values::Nothing, Values::Region),
        ValuesOf::Line(from, to) => Values::Line(image.profile(from, to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Outline, PixelValue, Rect};

    #[test]
    fn what_is_asked_for_is_read_off_the_picture() {
        let image = DecodedImage::from_gray8(4, 2, vec![0, 10, 20, 30, 40, 50, 60, 70]).unwrap();
        let pixel = |column, row| values(&image, ValuesOf::Pixel { column, row });
        assert_eq!(pixel(2, 1), Values::Pixel(PixelValue::Grey { stored: 60.0, value: 60.0, padding: false }));
        assert_eq!(pixel(4, 0), Values::Nothing);
        let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 2.0, ymax: 2.0 };
        let Values::Region(figures) = values(&image, ValuesOf::Region(Outline::Rectangle, rect)) else {
            panic!("no figures")
        };
        assert_eq!((figures.pixels, figures.mean, figures.min, figures.max), (4, 25.0, 0.0, 50.0));
        assert_eq!(values(&image, ValuesOf::Line([0.5, 0.5], [3.5, 0.5])), Values::Line(vec![0.0, 10.0, 20.0, 30.0]));
    }
}
