//! Where the images of the open project lie, for the services that decode them on their own threads.

use crate::domain::{ImageFile, ImageId, ImageRecord};
use crate::imaging::{self, DecodedImage};
use crate::store::Thumbnails;
use std::collections::{HashMap, HashSet};
use std::panic::catch_unwind;
use std::sync::{Arc, PoisonError, RwLock};

/// A handle to a table that the session replaces when a project is opened or its images moved.
#[derive(Clone, Default)]
pub struct Sources {
    table: Arc<RwLock<Table>>,
}

#[derive(Default)]
struct Table {
    images: HashMap<ImageId, Source>,
    /// Where thumbnails may be kept on disk; absent for a project that cannot be written.
    cache: Option<Thumbnails>,
}

/// One image's file.
#[derive(Clone, Debug)]
pub struct Source {
    pub file: ImageFile,
    /// What its thumbnails are kept under.
    pub content: String,
}

impl Sources {
    /// Replaces the table.
    pub fn set(&self, images: &[ImageRecord], missing: &HashSet<ImageId>, cache: Option<Thumbnails>) {
        let source = |image: &ImageRecord| Source { file: image.file(), content: image.content() };
        let images = images.iter().filter(|i| !missing.contains(&i.id)).map(|i| (i.id, source(i))).collect();
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Table { images, cache };
    }

    fn get(&self, image: ImageId) -> Option<Source> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).images.get(&image).cloned()
    }

    /// The thumbnails on disk.
    pub fn cache(&self) -> Option<Thumbnails> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).cache.clone()
    }

    /// One image's file; the error says what to do.
    pub fn find(&self, image: ImageId) -> Result<Source, String> {
        let absent = || "the file is not where the project says: point to its folder with Relink".to_owned();
        self.get(image).ok_or_else(absent)
    }

    /// Decodes an image; the error is a sentence that names the file and says what to do.
    pub fn decode(&self, image: ImageId) -> Result<DecodedImage, String> {
        decode_guarded(&self.find(image)?.file)
    }
}

/// Decodes a picture; a panic inside a decoder becomes a sentence instead of ending the worker.
pub fn decode_guarded(file: &ImageFile) -> Result<DecodedImage, String> {
    match catch_unwind(|| imaging::read(file)) {
        Ok(Ok(image)) => Ok(image),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("{} made the decoder fail: save it again with another program", file.path.display())),
    }
}
