//! A copy of a project to try things on, which goes when it is let go of.

use super::backups::copy_pages;
use super::error::{IoContext, StoreError};
use super::project::{Access, Store};
use super::schema::DATABASE;
use std::path::Path;
use tempfile::TempDir;

/// Copies a project beside itself, so that the paths of its pictures hold there too, with its models and what it keeps of
/// images. The pictures themselves stay where they are. The folder is removed when what is returned is dropped.
///
/// # Errors
/// When the project cannot be read or its folder's parent not be written.
pub fn trial_copy(project: &Path) -> Result<TempDir, StoreError> {
    let project = std::path::absolute(project).on(project)?;
    // It says what is wrong with what is no project.
    drop(Store::open(&project, Access::ReadOnly)?);
    let beside = project.parent().unwrap_or(&project);
    let copy = tempfile::Builder::new().prefix(".trial-").suffix(".overread").tempdir_in(beside).on(beside)?;
    let _ = copy_pages(&project.join(DATABASE), &copy.path().join(DATABASE), &|_, _| true)?;
    for folder in ["models", "cache/features"] {
        copy_files(&project.join(folder), &copy.path().join(folder))?;
    }
    Ok(copy)
}

/// Copies the files of a folder, where it is there.
fn copy_files(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(to).on(to)?;
    let Ok(entries) = std::fs::read_dir(from) else { return Ok(()) };
    for entry in entries {
        let entry = entry.on(from)?;
        if entry.file_type().on(&entry.path())?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).on(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    #[test]
    fn what_is_tried_on_a_copy_leaves_the_project_as_it_was() {
        let project = sample::project(3);
        let path = project.store.dir().to_path_buf();
        std::fs::create_dir_all(path.join("models")).unwrap();
        std::fs::write(path.join("models/a.safetensors"), "weights").unwrap();
        let copy = trial_copy(&path).unwrap();
        assert_eq!(copy.path().parent(), path.parent());
        assert!(copy.path().join("models/a.safetensors").exists());
        let mut store = Store::open(copy.path(), Access::Write).unwrap();
        let image = store.images().unwrap()[0].clone();
        assert_eq!(image.path, project.store.images().unwrap()[0].path);
        store.append("ada", image.id, crate::domain::Change::Flag { old: false, new: true }, None, None, None).unwrap();
        assert!(project.store.events(image.id).unwrap().is_empty());
        drop(store);
        let gone = copy.path().to_path_buf();
        drop(copy);
        assert!(!gone.exists() && path.join("project.db").exists());
    }
}
