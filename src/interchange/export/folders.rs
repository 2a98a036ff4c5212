//! Class folders out: `SPLIT/CLASS/NAME`, also the layout of YOLO's classification; images without a label are left out.

use super::losses::{Holds, sentences};
use super::names;
use super::pictures::{Pictures, Placing};
use super::{Export, ExportError, Writer, Written, last, split_folder};
use crate::interchange::model::format::Format;
use std::path::Path;

/// Writes [`Format::FOLDERS`].
pub const WRITER: Writer = Writer { format: Format::FOLDERS, about: "A folder a class, below one a split.", write };

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
    let splits = export.images.iter().any(|one| one.image.split.is_some());
    let mut unlabelled = 0usize;
    for image in export.images.iter().map(|one| &one.image) {
        let Some(label) = last(image).and_then(|said| said.label) else {
            unlabelled += 1;
            continue;
        };
        // Slashes in names would make further folders, dots might leave this one.
        let class = names::part(&label.replace('/', "_")).unwrap_or_else(|| "class".into());
        let folder = if splits { to.join(split_folder(image.split)).join(class) } else { to.join(class) };
        placing.put_alone(image, &folder, &image.name.replace('/', "_"))?;
        written.images += 1;
    }
    written.lost.extend(sentences(export, "A tree of class folders", Holds { labels: true, ..Holds::default() }));
    if unlabelled > 0 {
        written.lost.push(format!("{unlabelled} images without a label are not in the class folders."));
    }
    Ok(())
}
