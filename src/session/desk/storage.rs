//! What lies where on the disk and how large it is, and what of it can go.

use crate::jobs::JobContext;
use crate::session::desk::Desk;
use crate::session::desk::job_board::{Ended, Kind};
use crate::session::desk::settings::Places;
use crate::session::protocol::storage::{StorageLine, StorageView};
use crate::session::protocol::view::NoticeKind;
use crate::store::backups;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use walkdir::WalkDir;

/// What the jobs are called.
const MEASURING: &str = "Measuring what is stored";
const CLEARING: &str = "Clearing the cache";

impl Desk {
    /// Looks in a job what lies where.
    pub(super) fn measure_storage(&mut self) {
        let (places, project) = (self.places.clone(), self.core.as_ref().map(|core| core.view().path.clone()));
        self.board.start((Kind::Other, self.project), MEASURING, move |context| {
            Ok::<_, String>(Ended::Measured(measured(&places, project.as_deref(), context)))
        });
    }

    /// Shows what was found.
    pub(super) fn measured(&mut self, lines: Vec<StorageLine>) {
        self.view.storage = Some(StorageView { lines: Arc::new(lines) });
    }

    /// Deletes in a job what of the open project is made again when it is needed.
    pub(super) fn clear_cache(&mut self) {
        let Some(core) = self.core.as_ref().filter(|core| core.view().read_only.is_none()) else {
            return self.notice(NoticeKind::Warning, "no project is open that can be changed: its cache stays");
        };
        let (thumbnails, features) = (core.store().thumbnails(), core.store().features());
        let (places, project) = (self.places.clone(), core.view().path.clone());
        self.board.start((Kind::Other, self.project), CLEARING, move |context| {
            thumbnails.clear()?;
            features.clear()?;
            Ok::<_, crate::store::StoreError>(Ended::Measured(measured(&places, Some(&project), context)))
        });
    }
}

fn measured(places: &Places, project: Option<&Path>, context: &JobContext) -> Vec<StorageLine> {
    let data = places.data_dir();
    let mut lines = vec![
        (places.settings_file(), "Settings", "What is chosen here, and the keys."),
        (
            places.workplaces(),
            "How projects were left",
            "The screen, the queue, the image: of each project and reader.",
        ),
        (data.join("recent.json"), "Projects opened before", "The list of the start screen."),
        (places.shelf().dir().to_path_buf(), "Downloaded weights", "What runs can start from."),
        (data.join("demos"), "Demos", "Made-up images and the projects of them."),
    ];
    if let Some(project) = project {
        lines.extend([
            (
                project.join("project.db"),
                "This project: database",
                "Labels, boxes, notes and the log of all that was said.",
            ),
            (backups::folder(project), "This project: backups", "Whole copies of the database: the last five."),
            (project.join("models"), "This project: models", "Weight files."),
            (
                project.join("cache"),
                "This project: cache",
                "Thumbnails, features of images, and what runs need to be resumed.",
            ),
        ]);
    }
    let line = |(path, name, what): (PathBuf, &str, &str)| StorageLine {
        bytes: size(&path, context),
        folder: if path.is_dir() { path.clone() } else { path.parent().map(Path::to_path_buf).unwrap_or_default() },
        name: name.to_owned(),
        what: what.to_owned(),
        path,
    };
    lines.into_iter().map(line).collect()
}

/// The bytes of a file, or of all files below a folder; `None` where there is neither.
fn size(path: &Path, context: &JobContext) -> Option<u64> {
    if !path.exists() {
        return None;
    }
    let mut bytes = 0;
    for entry in WalkDir::new(path).into_iter().flatten() {
        if context.cancelled().is_some() {
            break;
        }
        bytes += entry.metadata().ok().filter(std::fs::Metadata::is_file).map_or(0, |about| about.len());
    }
    Some(bytes)
}
