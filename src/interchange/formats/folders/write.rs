//! Class folders out: `SPLIT/CLASS/NAME`, also the layout of YOLO's classification; images without a label are left out.

use crate::domain::Split;
use crate::interchange::formats::folders::names::{COLUMNS, TABLE};
use crate::interchange::model::format::Format;
use crate::interchange::writing::losses::{Holds, sentences};
use crate::interchange::writing::names;
use crate::interchange::writing::pictures::{Pictures, Placing};
use crate::interchange::writing::{Export, ExportError, Writer, Written, last, put_with, split_folder};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::Path;

/// Longer names are cut, in signs: systems hold some 250 bytes.
const LONGEST: usize = 60;

/// Writes [`Format::FOLDERS`].
pub const WRITER: Writer = Writer {
    of_pictures: Some("Class folders are made of pictures: copy or link them."),
    frames_alone: true,
    ..Writer::new(Format::FOLDERS, "A folder a class, below one a split.", write)
};

/// Writes the tree.
pub fn write(
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    if placing.pictures == Pictures::Leave {
        return Err(ExportError::Refused("class folders are made of pictures: copy or link them".into()));
    }
    if !export.findings.is_empty() {
        return Err(ExportError::Refused(
            "class folders hold one class an image, and here an image may have several findings: export tables (csv), COCO \
             or Label Studio, or make a project of one class of this one first (overread convert)"
                .into(),
        ));
    }
    let splits = export.images.iter().any(|one| one.image.split.is_some());
    let labels: Vec<Option<String>> =
        export.images.iter().map(|one| last(&one.image).and_then(|said| said.label)).collect();
    let folders = folders_of(export.classes, labels.iter().flatten());
    let (mut unlabelled, mut taken) = (0usize, HashSet::new());
    for (image, label) in export.images.iter().map(|one| &one.image).zip(labels) {
        let Some(class) = label.and_then(|label| folders.get(&label)) else {
            unlabelled += 1;
            continue;
        };
        let below = if splits { format!("{}/{class}", split_folder(image.split)) } else { class.clone() };
        // Slashes in names would make further folders, and without them two names may be one.
        let (file, frame) = image.name.split_at(names::file_of(&image.name).len());
        let name = names::free(&format!("{below}/{}{}", file.replace('/', "_"), frame.replace('#', "_")), &mut taken);
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        let name = if frame.is_empty() { name } else { format!("{name}{frame}") };
        placing.put_alone(image, &to.join(below), &name)?;
        written.images += 1;
    }
    written.lost.extend(sentences(export, "A tree of class folders", Holds { labels: true, ..Holds::default() }));
    if unlabelled > 0 {
        let images = if unlabelled == 1 { "1 image" } else { &format!("{unlabelled} images") };
        written.lost.push(format!("{images} without a label: not in the class folders."));
    }
    let renamed = folders.iter().filter(|(class, folder)| class != folder).count();
    if renamed > 0 {
        put_with(&to.join(TABLE), |out| table(&folders, out))?;
        let classes = if renamed == 1 { "1 class is" } else { &format!("{renamed} classes are") };
        written.lost.push(format!("{classes} called what no folder can be: {TABLE} says which folder is which class."));
    }
    Ok(())
}

/// The folder of each class. A class that can be one is; the others are called by what is left of their names, with a
/// number where another folder is called so. Some systems do not tell capitals apart.
fn folders_of<'a>(classes: &'a [String], labels: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    let mut all: Vec<&String> = classes.iter().collect();
    all.extend(labels.collect::<BTreeSet<_>>().into_iter().filter(|label| !classes.contains(label)));
    let as_folder = |class: &str| {
        let part = names::part(&class.replace('/', "_")).unwrap_or_else(|| "class".into());
        let short: String = part.trim_start_matches('.').chars().take(LONGEST).collect();
        match short.is_empty() {
            true => "class".to_owned(),
            // A split is what a folder of that name is taken for.
            false if Split::parse(&short).is_some() => format!("{short}_"),
            false => short,
        }
    };
    let (mut folders, mut taken) = (BTreeMap::new(), HashSet::new());
    let (plain, others): (Vec<&String>, Vec<&String>) = all.into_iter().partition(|class| as_folder(class) == **class);
    for class in plain.into_iter().chain(others) {
        let wanted = as_folder(class);
        let numbered = (2u64..).map(|number| format!("{wanted}_{number}"));
        let mut free = std::iter::once(wanted.clone()).chain(numbered);
        let folder = free.find(|folder| taken.insert(folder.to_lowercase())).unwrap_or_default();
        folders.insert(class.clone(), folder);
    }
    folders
}

fn table(folders: &BTreeMap<String, String>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let row = |error: csv::Error| io::Error::other(error.to_string());
    table.write_record(COLUMNS).map_err(row)?;
    for (class, folder) in folders {
        table.write_record([folder, class]).map_err(row)?;
    }
    table.flush()
}
