//! The place where a project is made: under another name beside its own, which it gets when it is whole, so that nothing
//! is left of an import that fails or is ended.

use super::error::SessionError;
use crate::interchange::Progress;
use crate::interchange::archive::{self, Limits};
use std::path::{Path, PathBuf};

/// Where a project keeps the images that came in an archive.
const IMAGES: &str = "images";

/// A project in the making; removed when dropped before it has its place.
pub(super) struct Staging {
    dir: tempfile::TempDir,
    project: PathBuf,
}

impl Staging {
    /// Makes the place for a project, whose own must be free.
    ///
    /// # Errors
    /// When something is in the way, or the folder above cannot be written to.
    pub fn beside(project: &Path) -> Result<Self, SessionError> {
        let project = std::path::absolute(project).map_err(|e| SessionError::file(project, "found", &e))?;
        super::create::check_free(&project)?;
        let parent = project.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent).map_err(|e| SessionError::file(parent, "made", &e))?;
        let dir = tempfile::Builder::new().prefix(".overread-").tempdir_in(parent);
        Ok(Self { dir: dir.map_err(|e| SessionError::file(parent, "written to", &e))?, project })
    }

    /// The folder as it is called now.
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The folder the project will be.
    pub(super) fn project(&self) -> &Path {
        &self.project
    }

    /// Gives the project its own name; where it lies now.
    pub(super) fn finish(self) -> Result<PathBuf, SessionError> {
        use std::io::ErrorKind;
        match std::fs::remove_dir(&self.project) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(SessionError::file(&self.project, "replaced", &e)),
            _ => {}
        }
        open_to_others(self.dir.path());
        std::fs::rename(self.dir.path(), &self.project).map_err(|e| SessionError::file(&self.project, "made", &e))?;
        // Nothing is left under that name to be removed.
        let _ = self.dir.keep();
        Ok(self.project)
    }
}

/// A source made ready to be read: a folder or file as it is, or what an archive holds, unpacked to where it stays.
pub struct Opened {
    /// What is to be read.
    pub source: PathBuf,
    /// What the archive holds besides, and why it was not unpacked.
    pub left_out: Vec<(String, String)>,
    unpacked: Unpacked,
}

/// Where an archive's images are until the import is done; removed when dropped before.
enum Unpacked {
    Nothing,
    InNew(Staging),
    InOld(tempfile::TempDir),
}

impl Opened {
    /// Makes a source ready for a project, which may be there already. `progress` hears the entries of an archive that
    /// are done and their number; `false` cancels.
    ///
    /// # Errors
    /// As [`archive::unpack`], and where the project's folder cannot be written to.
    pub fn of(source: &Path, project: &Path, progress: Progress) -> Result<Self, SessionError> {
        if !archive::is_archive(source) {
            return Ok(Self { source: source.to_owned(), left_out: Vec::new(), unpacked: Unpacked::Nothing });
        }
        let unpack = |to: &Path| {
            let left_out = archive::unpack(source, to, Limits::default(), progress);
            left_out.map_err(|e| SessionError::refused(e.to_string()))
        };
        if super::create::is_project(project)? {
            let images = project.join(IMAGES);
            std::fs::create_dir_all(&images).map_err(|e| SessionError::file(&images, "made", &e))?;
            let name = source.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let folder = tempfile::Builder::new().prefix(&format!("{name}-")).tempdir_in(&images);
            let folder = folder.map_err(|e| SessionError::file(&images, "written to", &e))?;
            open_to_others(folder.path());
            let left_out = unpack(folder.path())?;
            return Ok(Self { source: folder.path().to_owned(), left_out, unpacked: Unpacked::InOld(folder) });
        }
        let staging = Staging::beside(project)?;
        let images = staging.dir().join(IMAGES);
        std::fs::create_dir(&images).map_err(|e| SessionError::file(&images, "made", &e))?;
        let left_out = unpack(&images)?;
        Ok(Self { source: images, left_out, unpacked: Unpacked::InNew(staging) })
    }

    /// Leaves the images of an archive in the project that was there, which refers to them now.
    pub fn keep(self) {
        if let Unpacked::InOld(folder) = self.unpacked {
            let _ = folder.keep();
        }
    }

    /// The place where the new project is made.
    pub(super) fn staging(self, project: &Path) -> Result<Staging, SessionError> {
        match self.unpacked {
            Unpacked::InNew(staging) => Ok(staging),
            _ => Staging::beside(project),
        }
    }
}

/// Temporary folders are their owner's alone; a project is as open as its parent folder.
#[cfg(unix)]
fn open_to_others(dir: &Path) {
    let allowed = dir.parent().and_then(|parent| std::fs::metadata(parent).ok()).map(|m| m.permissions());
    if let Some(Err(error)) = allowed.map(|allowed| std::fs::set_permissions(dir, allowed)) {
        tracing::debug!(%error, "the project folder stays its owner's alone");
    }
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SplitRatios;
    use crate::imaging::write::png_rgba;
    use crate::interchange::{Format, Options, Reading, read};
    use crate::session::command::NewProject;
    use crate::session::{Core, create};
    use std::io::Write;

    /// An archive of three pictures in two class folders.
    fn zipped(dir: &Path) -> PathBuf {
        let path = dir.join("set.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, grey) in [("a/1.png", 9u8), ("a/2.png", 99), ("b/3.png", 199)] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(&png_rgba(1, 1, &[grey, grey, grey, 255]).unwrap()).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    fn new(dir: &Path) -> NewProject {
        NewProject {
            source: zipped(dir),
            project: dir.join("set.overread"),
            classes: Vec::new(),
            ordinal: false,
            ratios: SplitRatios::default(),
            seed: 1,
            group_pattern: None,
            exclude: Vec::new(),
            class_map: Vec::new(),
            reader: None,
        }
    }

    fn reading(opened: &Opened) -> Reading {
        read(&opened.source, Format::Folders, &Options::default(), &|_, _| true).unwrap()
    }

    /// Everything beside the archive, by name.
    fn beside(dir: &Path) -> Vec<String> {
        let names = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
        names.filter(|name| name != "set.zip").collect()
    }

    #[test]
    fn an_archives_images_lie_in_the_project_and_move_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let new = new(dir.path());
        let opened = Opened::of(&new.source, &new.project, &|_, _| true).unwrap();
        let reading = reading(&opened);
        create::create_project_of(opened, &new, &reading).unwrap();
        assert_eq!(beside(dir.path()), ["set.overread"]);
        let moved = dir.path().join("moved.overread");
        std::fs::rename(&new.project, &moved).unwrap();
        let core = Core::open(&moved).unwrap();
        let paths: Vec<&Path> = core.images().iter().map(|image| image.path.as_path()).collect();
        assert_eq!(paths, ["a/1.png", "a/2.png", "b/3.png"].map(|name| moved.join("images").join(name)));
        assert!(paths.iter().all(|path| path.is_file()));
    }

    #[test]
    fn nothing_is_left_of_an_archive_that_is_not_imported() {
        let dir = tempfile::tempdir().unwrap();
        let new = new(dir.path());
        drop(Opened::of(&new.source, &new.project, &|_, _| true).unwrap());
        assert!(Opened::of(&new.source, &new.project, &|_, _| false).is_err());
        assert!(beside(dir.path()).is_empty());
        // Into a project that is there, they stay only when they are kept.
        let opened = Opened::of(&new.source, &new.project, &|_, _| true).unwrap();
        let found = reading(&opened);
        create::create_project_of(opened, &new, &found).unwrap();
        let count = || std::fs::read_dir(new.project.join("images")).unwrap().count();
        let before = count();
        drop(Opened::of(&new.source, &new.project, &|_, _| true).unwrap());
        assert_eq!(count(), before);
        Opened::of(&new.source, &new.project, &|_, _| true).unwrap().keep();
        assert_eq!(count(), before + 1);
    }
}
