//! A small project for this floor's tests.

use super::{Access, Meta, NewImage, Store};
use crate::domain::{BoxId, Change, ClassList, ImageId, Measure, Measurement, MeasurementId, Rect, Split};
use std::path::{Path, PathBuf};

pub(super) struct Sample {
    pub store: Store,
    pub images: Vec<ImageId>,
    pub path: PathBuf,
    /// Removed last.
    pub dir: tempfile::TempDir,
}

/// A project of so many images (whose files do not exist) and the classes "intact", "broken", "unsure".
pub(super) fn project(images: usize) -> Sample {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sample.overread");
    let classes = ClassList::from_names(&["intact", "broken", "unsure"], false).unwrap();
    let mut store = Store::create(&path, &Meta::new("sample", classes)).unwrap();
    let records: Vec<NewImage> = (0..images).map(|i| image(dir.path(), i)).collect();
    let images = store.add_images(&records).unwrap();
    Sample { store, images, path, dir }
}

/// The `index`th image, below `dir/pictures`.
pub(super) fn image(dir: &Path, index: usize) -> NewImage {
    NewImage {
        path: dir.join("pictures").join(format!("{index:06}.png")),
        name: format!("intact/{index:06}.png"),
        sha256: format!("{index:064x}"),
        width: 640,
        height: 480,
        group: index.is_multiple_of(3).then(|| format!("patient {}", index / 3)),
        split: Split::ALL[index % 3],
        source: "imported from intact/".into(),
        truncated: index % 7 == 6,
        frame: 0,
        facts: crate::domain::ImageFacts::default(),
    }
}

/// A person's label.
pub(super) fn label(old: Option<usize>, old_reviewed: bool, new: usize) -> Change {
    Change::Label { old, new: Some(new), old_reviewed, new_reviewed: true, accepted: false }
}

/// A label found in the imported data.
pub(super) fn imported(new: usize) -> Change {
    Change::Label { old: None, new: Some(new), old_reviewed: false, new_reviewed: false, accepted: false }
}

pub(super) fn draw(id: BoxId, x: f64) -> Change {
    Change::Box { id, old: None, new: Some((1, Rect { xmin: x, ymin: 1.0, xmax: x + 10.0, ymax: 9.0 })) }
}

pub(super) fn measured(id: MeasurementId, x: f64) -> Change {
    let new = Measurement::new(Measure::Length, vec![[x, 1.0], [4.0, 5.0]]);
    Change::Measurement { id, old: None, new: Some(new) }
}

impl Sample {
    /// A person changes an image.
    pub(super) fn say(&mut self, image: usize, change: Change) -> crate::domain::AnnotationEvent {
        self.store.append("ada", self.images[image], change, None, None, None).unwrap()
    }

    /// Drops the store as a crash would, without closing it in order, and opens the project again.
    pub(super) fn reopen(mut self) -> Self {
        // The lock must go first, or the opener would find it taken.
        drop(self.store);
        self.store = Store::open(&self.path, Access::Write).unwrap();
        self
    }
}
