//! Folders of images: class folders, with or without train/validation/test folders above them, or no classes at all.
//!
//! `ROOT/class/*`, `ROOT/train|val|valid|validation|test|testing/class/*` and `ROOT/class/train|..../*` are understood,
//! with further folders below and a wrapping folder above; see [`Layout`]. Lists of splits beside them, `train.txt`, are
//! followed.

mod behind;
pub mod likeness;
pub mod names;
pub mod write;

use super::{Found, Glance, Importer, Rank, Told};
use crate::imaging::is_picture_file;
use crate::interchange::model::draft::{DraftImage, DraftSaid};
use crate::interchange::model::error::{FolderError, IMAGES_APART, ReadError};
use crate::interchange::model::format::Format;
use crate::interchange::model::layout::Layout;
use crate::interchange::model::names::{base_name, folder_of};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::given::of_lists;
use crate::interchange::resolve::named::of_folders;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::Source;
use crate::interchange::source::walk;
use std::collections::{BTreeSet, HashSet};

impl Format {
    /// One folder a class.
    pub const FOLDERS: Self = Self::new("folders", "class folders");
}

/// Reads [`Format::FOLDERS`].
pub struct Folders;

impl Importer for Folders {
    fn format(&self) -> Format {
        Format::FOLDERS
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let folders: HashSet<&str> =
            glance.pictures.iter().map(|name| folder_of(name)).filter(|folder| !folder.is_empty()).collect();
        let reason = match folders.len() {
            0 if glance.pictures.is_empty() => "there are no pictures".to_owned(),
            0 => "there are only pictures".to_owned(),
            1 => "the pictures lie in a folder".to_owned(),
            count => format!("the pictures lie in {count} folders"),
        };
        Some(Told { reason, rank: Rank::Folders })
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        if source.is_file {
            return Err(if is_picture_file(&source.path) {
                FolderError::NotAFolder(source.path.clone()).into()
            } else {
                ReadError::Refused(format!(
                    "{} says nothing of pictures below its folder: choose the folder that holds both, name the pictures' folder where they lie elsewhere ({IMAGES_APART}), or choose another file",
                    source.path.display()
                ))
            });
        }
        if source.pictures.is_empty() {
            let others = walk::others(&source.others);
            return Err(FolderError::NoPictures { folder: source.path.clone(), others }.into());
        }
        let mut draft = source.draft();
        let is_table = |file: &&walk::File| base_name(&file.name) == names::TABLE;
        let table = source.others.iter().filter(is_table).find_map(|file| Some((file, names::table_of(file)?)));
        let (splits, lists) = of_lists(source, &mut draft);
        let is_read = |file: &walk::File| {
            table.as_ref().is_some_and(|(table, _)| table.name == file.name) || lists.contains(&*file.name)
        };
        let others: Vec<walk::File> = source.others.iter().filter(|file| !is_read(file)).cloned().collect();
        draft.left_out.extend(walk::not_pictures(&others));
        let mut layout = Layout::of(source.pictures.iter().map(|file| &*file.name));
        if let Some((file, table)) = table {
            layout.call(&table);
            draft.remarks.push(format!("{} says which folder is which class.", file.name));
        }
        let mut behind = behind::classes(source, &lists);
        let listed: BTreeSet<&String> = behind.values().collect();
        if listed.len() >= 2 && layout.classes().len() <= 1 {
            let names: Vec<&str> = lists.iter().map(String::as_str).collect();
            draft.remarks.push(format!(
                "the classes are what stands behind the pictures' names in {}; a name with nothing behind it has none.",
                names.join(", ")
            ));
            layout.without_classes();
        } else {
            draft.conflicts.extend(behind::differing(&behind, source, &layout));
            behind.clear();
        }
        draft.classes = layout.classes();
        draft.conflicts.splice(0..0, layout.remarks.iter().cloned());
        for (at, split) in splits {
            let Some(picture) = source.pictures.get(at) else { continue };
            let mut image = DraftImage { split: Some(split), ..of_folders(&layout, &picture.name) };
            let label = behind.remove(&at).map(|class| DraftSaid { label: Some(class), ..DraftSaid::default() });
            image.said.extend(label);
            draft.images.push(image);
        }
        Ok(Found { draft, rest: Rest::Folders(layout) })
    }
}

#[cfg(test)]
mod lists_tests;
#[cfg(test)]
mod tests;
