//! The place where a project is made: under another name beside its own, which it gets when it is whole, so that nothing
//! is left of an import that fails or is ended.

use crate::imaging::making::Making;
use crate::interchange::Progress;
use crate::interchange::archive::{self, Limits};
use crate::session::protocol::error::SessionError;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Where a project keeps the images that came in an archive.
const IMAGES: &str = "images";

/// A project in the making; removed when dropped before it has its place.
pub(in crate::session) struct Staging {
    dir: Making,
    project: PathBuf,
}

impl Staging {
    /// Makes the place for a project, whose own must be free.
    ///
    /// # Errors
    /// When something is in the way, or the folder above cannot be written to.
    pub fn beside(project: &Path) -> Result<Self, SessionError> {
        let project = std::path::absolute(project).map_err(|e| SessionError::file(project, "found", &e))?;
        crate::session::importing::create::check_free(&project)?;
        let parent = project.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent).map_err(|e| SessionError::file(parent, "made", &e))?;
        let dir = Making::within(parent);
        Ok(Self { dir: dir.map_err(|e| SessionError::file(parent, "written to", &e))?, project })
    }

    /// The folder as it is called now.
    pub(in crate::session) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The folder the project will be.
    pub(in crate::session) fn project(&self) -> &Path {
        &self.project
    }

    /// Makes the folder for images that come in an archive.
    pub(in crate::session) fn images(&self) -> Result<PathBuf, SessionError> {
        let images = self.dir.path().join(IMAGES);
        std::fs::create_dir(&images).map_err(|e| SessionError::file(&images, "made", &e))?;
        Ok(images)
    }

    /// Gives the project its own name; where it lies now.
    pub(in crate::session) fn finish(self) -> Result<PathBuf, SessionError> {
        open_to_others(self.dir.path());
        self.dir.take_place(&self.project).map_err(|e| SessionError::file(&self.project, "made", &e))?;
        Ok(self.project)
    }
}

/// A source made ready to be read: a folder or file as it is, or what an archive holds, unpacked to where it waits until
/// the import is done. What waits is removed when this is dropped.
#[derive(Debug)]
pub struct Opened {
    /// What was given.
    pub given: PathBuf,
    /// What is to be read.
    pub source: PathBuf,
    /// What the archive holds besides, and why it was not unpacked.
    pub left_out: Vec<(String, String)>,
    unpacked: Option<Making>,
    /// What was unpacked has been brought away.
    taken: AtomicBool,
}

impl Opened {
    /// Makes a source ready: an archive is unpacked beside the path `beside`, or into the temporary folder where that cannot be
    /// written to. `progress` hears the entries of an archive that are done and
    /// their number; `false` cancels.
    ///
    /// # Errors
    /// As [`archive::unpack`], and where nothing can be written.
    pub fn of(source: &Path, beside: &Path, progress: Progress) -> Result<Self, SessionError> {
        let given = source.to_owned();
        if !archive::is_archive(source) {
            return Ok(Self {
                source: given.clone(),
                given,
                left_out: Vec::new(),
                unpacked: None,
                taken: AtomicBool::new(false),
            });
        }
        let beside = std::path::absolute(beside).map_err(|e| SessionError::file(beside, "found", &e))?;
        let parent = beside.parent().unwrap_or(Path::new("."));
        let made = std::fs::create_dir_all(parent)
            .and_then(|()| Making::within(parent))
            .or_else(|_| Making::within(&std::env::temp_dir()));
        let folder = made.map_err(|e| SessionError::file(parent, "written to", &e))?;
        let left_out = unpack(source, folder.path(), progress)?;
        Ok(Self {
            given,
            source: folder.path().to_owned(),
            left_out,
            unpacked: Some(folder),
            taken: AtomicBool::new(false),
        })
    }

    /// Whether there is something that waits and must be brought to where it stays.
    pub fn waits(&self) -> bool {
        self.unpacked.is_some()
    }

    /// Whether what was unpacked has been brought away, so that there is nothing to be read.
    pub(in crate::session) fn is_taken(&self) -> bool {
        self.taken.load(Ordering::Acquire)
    }

    /// Brings what was unpacked into an empty folder where it stays. What was brought away before, to a place that came
    /// to nothing, is unpacked anew; `progress` as in [`Self::of`].
    pub(in crate::session) fn place(&self, to: &Path, progress: Progress) -> Result<(), SessionError> {
        if !self.waits() {
            return Ok(());
        }
        if self.taken.swap(true, Ordering::AcqRel) {
            return unpack(&self.given, to, progress).map(drop);
        }
        let failed = |e: &std::io::Error| SessionError::file(to, "written to", e);
        for entry in std::fs::read_dir(&self.source).map_err(|e| failed(&e))? {
            let entry = entry.map_err(|e| failed(&e))?;
            match std::fs::rename(entry.path(), to.join(entry.file_name())) {
                // It waited on another disk.
                Err(e) if e.kind() == std::io::ErrorKind::CrossesDevices => {
                    return unpack(&self.given, to, progress).map(drop);
                }
                moved => moved.map_err(|e| failed(&e))?,
            }
        }
        Ok(())
    }

    /// A path of the source as it is once that was brought to `to`.
    pub(in crate::session) fn placed(&self, path: &Path, to: &Path) -> PathBuf {
        match path.strip_prefix(&self.source) {
            Ok(inside) if self.waits() => to.join(inside),
            _ => path.to_owned(),
        }
    }

    /// Brings the source's images into a project that is there, where it needs that; `progress` as in [`Self::of`].
    pub(in crate::session) fn bring_into(
        &self,
        project: &Path,
        progress: Progress,
    ) -> Result<Option<Brought>, SessionError> {
        if !self.waits() {
            return Ok(None);
        }
        let images = project.join(IMAGES);
        std::fs::create_dir_all(&images).map_err(|e| SessionError::file(&images, "made", &e))?;
        let folder = Making::within(&images).map_err(|e| SessionError::file(&images, "written to", &e))?;
        self.place(folder.path(), progress)?;
        open_to_others(folder.path());
        let name = self.given.file_stem().map_or_else(|| "archive".into(), |name| name.to_string_lossy().into_owned());
        let numbered = (2..).map(|number: u32| images.join(format!("{name}-{number}")));
        let place = std::iter::once(images.join(&name)).chain(numbered).find(|place| !place.exists());
        Ok(place.map(|place| Brought { folder, place }))
    }

    /// An error's words, which may name the folder that an archive was unpacked to.
    pub(in crate::session) fn in_words(&self, error: &str) -> String {
        error.replace(&*self.source.to_string_lossy(), &self.given.to_string_lossy())
    }
}

/// An archive's images in a project, under another name until they are wanted there; removed when dropped before.
pub(in crate::session) struct Brought {
    folder: Making,
    place: PathBuf,
}

impl Brought {
    /// Where they will be.
    pub(in crate::session) fn place(&self) -> &Path {
        &self.place
    }

    /// Gives them their place just before the project refers to them, by `refer`; they go when that fails.
    pub(in crate::session) fn settle<T>(
        self,
        refer: impl FnOnce() -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        let Self { folder, place } = self;
        folder.take_place(&place).map_err(|e| SessionError::file(&place, "made", &e))?;
        #[cfg(unix)]
        if let Some(images) = place.parent() {
            let synced = std::fs::File::open(images).and_then(|images| images.sync_all());
            synced.map_err(|e| SessionError::file(images, "written", &e))?;
        }
        let done = refer();
        if done.is_err()
            && let Err(error) = std::fs::remove_dir_all(&place)
        {
            tracing::warn!(%error, "{} is not referred to and may be deleted", place.display());
        }
        done
    }
}

fn unpack(archive: &Path, to: &Path, progress: Progress) -> Result<Vec<(String, String)>, SessionError> {
    archive::unpack(archive, to, Limits::default(), progress).map_err(|e| SessionError::refused(e.to_string()))
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
    use crate::imaging::write::png_rgba;
    use crate::interchange::{Format, Options, Reading, read};
    use crate::session::importing::create;
    use crate::session::project::core::Core;
    use crate::session::protocol::command::NewProject;
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
        NewProject::of(zipped(dir), dir.join("set.overread"))
    }

    fn reading(opened: &Opened) -> Reading {
        read(&opened.source, Format::FOLDERS, &Options::default(), &|_, _| true).unwrap()
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
        create::create_project_of(&opened, &new, &reading, &|_, _| true).unwrap();
        drop(opened);
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
        assert!(!dir.path().join("set.overread").exists());
    }

    #[test]
    fn making_a_project_can_be_ended_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let new = new(dir.path());
        let opened = Opened::of(&new.source, &new.project, &|_, _| true).unwrap();
        let reading = reading(&opened);
        let heard = std::sync::Mutex::new(Vec::new());
        let until = |last: usize| {
            create::create_project_of(&opened, &new, &reading, &|done, total| {
                heard.lock().unwrap().push((done, total));
                done < last
            })
        };
        assert!(until(1).unwrap_err().to_string().contains("cancelled"));
        assert_eq!(*heard.lock().unwrap(), [(0, 3), (1, 3)]);
        assert!(!new.project.exists() && opened.is_taken());
        assert_eq!(until(usize::MAX).unwrap().report.images, 3);
        drop(opened);
        assert_eq!(beside(dir.path()), ["set.overread"]);
    }

    #[test]
    fn an_archives_images_come_into_a_project_that_is_there_only_with_the_import() {
        let dir = tempfile::tempdir().unwrap();
        let new = new(dir.path());
        let open = || Opened::of(&new.source, &new.project, &|_, _| true).unwrap();
        let opened = open();
        create::create_project_of(&opened, &new, &reading(&opened), &|_, _| true).unwrap();
        let folders = || std::fs::read_dir(new.project.join("images")).unwrap().count();
        let before = folders();
        let mut core = Core::open(&new.project).unwrap();
        let second = open();
        let wrong = NewProject { group_pattern: Some("(".into()), ..new.clone() };
        core.add(&wrong, &reading(&second), &second).unwrap_err();
        assert_eq!(folders(), before);
        let second_reading = reading(&second);
        let (report, _) = core.add(&new, &second_reading, &second).unwrap();
        assert_eq!((report.images, report.already_there), (0, 3));
        // Nothing of it is referred to: what is there already stays where it is.
        assert_eq!(folders(), before);

        let more = dir.path().join("set.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&more).unwrap());
        zip.start_file("b/4.png", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&png_rgba(1, 1, &[1, 2, 3, 255]).unwrap()).unwrap();
        zip.finish().unwrap();
        let third = open();
        let third_reading = reading(&third);
        let refused = third.bring_into(&new.project, &|_, _| true).unwrap().unwrap();
        let place = refused.place().to_owned();
        let fails = || Err::<(), _>(SessionError::refused(format!("{}", place.join("b/4.png").is_file())));
        assert_eq!(refused.settle(fails).unwrap_err().to_string(), "true", "they are there when they are referred to");
        assert!(!place.exists());
        core.add(&new, &third_reading, &third).unwrap();
        drop((opened, second, third));
        assert_eq!((folders(), beside(dir.path())), (before + 1, vec!["set.overread".to_owned()]));
        let added = &core.images()[3];
        assert!(added.path.is_file() && added.path.starts_with(new.project.join("images")), "{added:?}");
    }
}
