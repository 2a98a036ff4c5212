//! Which image files are where the project says, and finding those that moved by their content hash.

use crate::domain::{ImageId, ImageRecord};
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::store::images::find_moved;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// How often progress is told, in files.
const EVERY: usize = 64;

/// Files to look for.
#[derive(Clone, Debug)]
pub struct CheckPlan {
    pub files: Vec<(ImageId, PathBuf)>,
}

impl Task for CheckPlan {
    fn name(&self) -> String {
        "Looking for the image files".into()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let total = self.files.len();
        let mut missing = HashSet::new();
        for (done, (image, path)) in self.files.iter().enumerate() {
            if done % EVERY == 0 {
                if order() != Order::Go {
                    return;
                }
                tell(Report::Progress { done, total, text: format!("{done} of {total} files") });
            }
            if !path.is_file() {
                missing.insert(*image);
            }
        }
        tell(Report::FilesChecked { missing });
    }
}

/// Images to look for below a folder.
#[derive(Clone, Debug)]
pub struct RelinkPlan {
    pub folder: PathBuf,
    pub lost: Vec<ImageRecord>,
}

impl Task for RelinkPlan {
    fn name(&self) -> String {
        "Looking for moved images".into()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        if !self.folder.is_dir() {
            return tell(Report::Failed(format!(
                "{} is no folder: choose the one the images moved to",
                self.folder.display()
            )));
        }
        let found = find_moved(&self.lost, &self.folder, &mut |done, total| {
            if done % EVERY == 0 {
                tell(Report::Progress { done, total, text: format!("{done} of {total} files compared") });
            }
            order() == Order::Go
        });
        let still_missing = self.lost.len().saturating_sub(found.len());
        tell(Report::Relinked { moved: found, still_missing });
    }
}

impl Core {
    /// Looks which files are there.
    pub fn check_files(&self) -> Work {
        Box::new(CheckPlan { files: self.images.iter().map(|i| (i.id, i.path.clone())).collect() })
    }

    /// Looks below a folder for the images that are not where the project says.
    pub fn relink(&self, folder: &Path) -> Result<Work, SessionError> {
        self.check_writable()?;
        let lost: Vec<ImageRecord> = self.images.iter().filter(|i| !i.path.is_file()).cloned().collect();
        if lost.is_empty() {
            return Err(SessionError::refused("every image is where the project says: there is nothing to relink"));
        }
        Ok(Box::new(RelinkPlan { folder: folder.to_path_buf(), lost }))
    }

    /// Takes in which files are missing; what comes back are the predictions of those that are there.
    pub(in crate::session) fn take_files(&mut self, missing: HashSet<ImageId>) -> Result<Vec<Work>, SessionError> {
        if missing != self.missing {
            self.show_missing(missing);
        }
        Ok(self.missing_predictions()?.into_iter().collect())
    }

    fn show_missing(&mut self, missing: HashSet<ImageId>) {
        self.missing = missing;
        self.sources_changed = true;
        let missing = &self.missing;
        self.view.missing = missing.len();
        for row in std::sync::Arc::make_mut(&mut self.view.rows) {
            row.missing = missing.contains(&row.id);
        }
        if self.view.missing > 0 {
            let text = format!(
                "{} not where the project says: use Relink and point to the folder they moved to",
                if self.view.missing == 1 { "1 image is".into() } else { format!("{} images are", self.view.missing) }
            );
            self.warn(text);
        }
    }

    pub(in crate::session) fn take_moved(
        &mut self,
        moved: &[(ImageId, PathBuf)],
        still_missing: usize,
    ) -> Result<Vec<Work>, SessionError> {
        if !moved.is_empty() {
            self.store.set_paths(moved)?;
        }
        for (image, path) in moved {
            if let Some(record) = self.at.get(image).and_then(|&at| self.images.get_mut(at)) {
                record.path.clone_from(path);
            }
        }
        let found = crate::session::protocol::words::images(moved.len());
        match still_missing {
            0 => self.inform(format!("{found} found again")),
            more => self.warn(format!("{found} found again, {more} still missing: try another folder")),
        }
        self.missing = self.missing.iter().copied().filter(|id| moved.iter().all(|(m, _)| m != id)).collect();
        self.view.missing = self.missing.len();
        for row in std::sync::Arc::make_mut(&mut self.view.rows) {
            row.missing = self.missing.contains(&row.id);
        }
        self.sources_changed = true;
        Ok(self.missing_predictions()?.into_iter().collect())
    }
}
