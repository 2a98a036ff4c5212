//! Reading a source in a given format: the files of the format below it, parsed one by one, then settled together.

use super::csv_mapping::{Columns, KnownTable};
use super::detect::{self, Detection};
use super::folders;
use super::folders::walk::{self, File, Walk};
use super::locate::{base_name, folder_of};
use super::read_csv::read_csv;
use super::reading::{Draft, Drafts, Format, ReadError, Reading};
use super::settle::{Rest, settle};
use super::spill::Spilled;
use super::text::{head_of, stream_of, text_of};
use super::{coco, label_studio, voc, yolo};
use crate::imaging::dicom::Patients;
use crate::imaging::is_picture_file;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Annotation files beyond this size, in bytes, are refused unread.
pub(super) const LARGEST: u64 = 512 << 20;
/// Of so many files of each kind the beginning is looked at to tell a format.
const LOOKED_INTO: usize = 1000;
/// Files of one image's annotations that are read together.
const TOGETHER: usize = 512;
/// Files that hold one image's annotations are smaller.
const LARGEST_OF_ONE: u64 = 16 << 20;

/// Called with how many files were looked at and of how many, from several threads; `false` ends the work.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// How a source is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names and paths to leave out, as in [`folders::scan`].
    pub exclude: Vec<String>,
    /// The folder of the pictures where it is not the source.
    pub images: Option<PathBuf>,
    /// Where VOC counts pixels from; `None` detects it.
    pub voc_base: Option<voc::Base>,
    /// Which column of tables holds what, as a person says it; what is not said is told by their names.
    pub columns: Columns,
    /// What was said before, of tables with these headers.
    pub known_tables: Vec<KnownTable>,
    /// What becomes of patients' identifiers in DICOM headers.
    pub patients: Patients,
    /// The folder for what is put by while a large source is read; where it is not said, the system's for temporary
    /// files.
    pub scratch: Option<PathBuf>,
    /// Where what was seen is noted, so that an import that was ended can go on; see [`super::notes`].
    pub notes: Option<PathBuf>,
}

/// A source's files: pictures, the rest, and what was left out already.
struct Source {
    pictures: Vec<File>,
    others: Vec<File>,
    draft: Drafts,
}

/// Reads a folder, or one annotation file whose pictures lie below its folder.
///
/// `progress` is called with the pictures looked at and their number, from several threads; `false` cancels.
///
/// # Errors
/// [`ReadError`] when the source cannot be read, has no file of the format or no picture could be taken.
pub fn read(source: &Path, format: Format, options: &Options, progress: Progress) -> Result<Reading, ReadError> {
    if format == Format::Folders {
        if source.is_file() && !is_picture_file(source) {
            return Err(ReadError::Refused(format!(
                "{} says nothing of pictures below its folder: choose the folder that holds both, or another file",
                source.display()
            )));
        }
        return Ok(folders::scan_with(source, options, progress)?);
    }
    let Source { pictures, others, draft } = listed(source, options)?;
    let (mut draft, rest) = match format {
        Format::Coco => (read_coco(source, &others, draft)?, Rest::Leave),
        Format::Yolo => (read_yolo(source, &pictures, &others, draft)?, Rest::Take),
        Format::LabelStudio => {
            (read_label_studio(source, &pictures, &others, draft, options.images.is_some())?, Rest::Leave)
        }
        Format::Csv => (read_csv(source, &pictures, &others, draft, options)?, Rest::Leave),
        _ => read_voc(source, &others, draft, options.voc_base)?,
    };
    if pictures.is_empty() {
        return Err(ReadError::Refused(format!(
            "{} holds no pictures (PNG, JPEG, TIFF, BMP, WebP, DICOM): choose the folder above both, or name the pictures' folder",
            source.display()
        )));
    }
    drop(others);
    draft.remarks.dedup();
    settle(format, draft, pictures, rest, options, progress)
}

/// Tells the format of a source from its files.
///
/// # Errors
/// [`ReadError`] when the source cannot be looked through.
pub fn format_of(source: &Path, options: &Options) -> Result<Detection, ReadError> {
    let Source { pictures, others, .. } = listed(source, options)?;
    let pictures: Vec<&str> = pictures.iter().map(|file| &*file.name).collect();
    let texts = ["json", "xml", "csv", "tsv", "txt"];
    let others: Vec<detect::Other> = texts
        .iter()
        .flat_map(|extension| with_extension(&others, extension).take(LOOKED_INTO))
        .map(|file| detect::Other { name: file.name.to_string(), head: head_of(&file.path()) })
        .collect();
    let detected = detect::detect(&pictures, &others);
    // Classes are not told by folders that hold no pictures.
    Ok(if source.is_file() || options.images.is_some() { detected.of_a_file() } else { detected })
}

fn listed(source: &Path, options: &Options) -> Result<Source, ReadError> {
    let is_file = source.is_file();
    let folder = if is_file { source.parent().unwrap_or(Path::new(".")) } else { source };
    let Walk { files: mut pictures, mut other_files, mut left_out } = walk::walk(folder, &options.exclude)?;
    if let Some(images) = &options.images {
        let more = walk::walk(images, &options.exclude)?;
        pictures = more.files;
        left_out.extend(more.left_out);
    }
    if is_file {
        other_files.retain(|file| file.path() == source);
        if other_files.is_empty() {
            let name = source.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            other_files.push(File::at(source, &name));
        }
    }
    let images = Spilled::within(options.scratch.as_deref());
    Ok(Source { pictures, others: other_files, draft: Draft { images, left_out, ..Draft::default() } })
}

pub(super) fn with_extension<'a>(files: &'a [File], extension: &'a str) -> impl Iterator<Item = &'a File> {
    files.iter().filter(move |file| file.extension().is_some_and(|e| e.eq_ignore_ascii_case(extension)))
}

pub(super) fn none_of(source: &Path, what: &str, draft: &Drafts) -> ReadError {
    let first = draft
        .left_out
        .iter()
        .find(|(_, why)| why.starts_with("is ") || why.starts_with("has ") || why.starts_with("cannot"));
    let first = first.map_or_else(String::new, |(file, why)| format!(" ({file} {why})"));
    ReadError::Refused(format!("{} holds no {what}{first}: choose another folder or format", source.display()))
}

pub(super) fn read_coco(source: &Path, others: &[File], mut draft: Drafts) -> Result<Drafts, ReadError> {
    let mut any = false;
    for file in with_extension(others, "json") {
        let split = yolo::split_of(&file.name).or_else(|| split_in_name(base_name(&file.name)));
        let scope = folder_of(&file.name);
        let read = match stream_of(file, LARGEST) {
            Ok(json) => coco::read(json, split, scope, &mut draft.images)?,
            Err(why) => Err(why),
        };
        match read {
            Ok(more) => {
                any = true;
                draft.join(more);
            }
            Err(why) => draft.leave_out(file.name.clone(), why),
        }
    }
    if any { Ok(draft) } else { Err(none_of(source, "COCO file (.json)", &draft)) }
}

pub(super) fn scoped(draft: &mut Draft, folder: &str) {
    for image in &mut draft.images {
        image.scope = folder.to_owned();
    }
}

/// The split in a name such as `instances_val2017.json`.
pub(super) fn split_in_name(base: &str) -> Option<crate::domain::Split> {
    base.split(|c: char| !c.is_ascii_alphabetic()).find_map(crate::domain::Split::parse)
}

pub(super) fn read_yolo(
    source: &Path,
    pictures: &[File],
    others: &[File],
    mut draft: Drafts,
) -> Result<Drafts, ReadError> {
    let texts: Vec<&File> = others.iter().filter(|file| !yolo::is_other_text(&file.name)).collect();
    let names: Vec<&str> = texts.iter().map(|file| &*file.name).collect();
    let picture_names: Vec<&str> = pictures.iter().map(|file| &*file.name).collect();
    let pairs = yolo::pairs(&picture_names, &names);
    let mut used = vec![false; texts.len()];
    let mut wanted = Vec::new();
    for (picture, pair) in pictures.iter().zip(&pairs) {
        if let Some((at, text)) = pair.and_then(|at| Some((at, *texts.get(at)?))) {
            if let Some(used) = used.get_mut(at) {
                *used = true;
            }
            wanted.push((picture, text));
        }
    }
    let (classes, from) = yolo_classes(others, &mut draft);
    let loaded = |pairs: &[(&File, &File)]| -> Vec<_> {
        pairs
            .par_iter()
            .map(|(picture, file)| (picture.name.clone(), file.name.clone(), text_of(file, LARGEST_OF_ONE)))
            .collect()
    };
    let mut unread: Vec<(String, String)> = Vec::new();
    let labels = wanted.chunks(TOGETHER).flat_map(loaded).filter_map(|(picture, file, text)| {
        let text = text.map_err(|why| unread.push((file.to_string(), why))).ok()?;
        Some((picture.into(), file.into(), text))
    });
    let images = std::mem::take(&mut draft.images);
    let found = yolo::draft(classes, labels, images);
    draft.left_out.extend(unread);
    if found.images.is_empty() {
        return Err(none_of(source, "YOLO label file (.txt) that belongs to a picture", &draft));
    }
    for (file, _) in texts.iter().zip(&used).filter(|(_, used)| !**used) {
        draft.leave_out(file.name.clone(), "no picture below the folder has this name");
    }
    let unlabelled = pictures.len() - found.images.len();
    draft.take(found);
    if let Some(from) = from {
        draft.remarks.push(format!("the classes are named by {from}."));
    }
    if unlabelled > 0 {
        draft.remarks.push(format!("{unlabelled} pictures have no label file: they are taken as not yet looked at."));
    }
    Ok(draft)
}

/// The class names of the first file that has any, and which that was: data.yaml before lists.
fn yolo_classes(others: &[File], draft: &mut Drafts) -> (Vec<String>, Option<String>) {
    let lists = ["classes.txt", "obj.names", "_darknet.labels", "labels.txt"];
    let yaml = others.iter().filter(|f| [".yaml", ".yml"].iter().any(|e| f.name.to_lowercase().ends_with(e)));
    let list = others.iter().filter(|f| {
        let base = base_name(&f.name).to_lowercase();
        lists.contains(&base.as_str()) || base.ends_with(".names")
    });
    for file in yaml.chain(list) {
        let parse = if file.name.to_lowercase().ends_with("ml") { yolo::parse_yaml_names } else { yolo::parse_classes };
        match text_of(file, LARGEST_OF_ONE).map(|text| parse(&text)) {
            Ok(names) if names.iter().any(|name| !name.is_empty()) => return (names, Some(file.name.to_string())),
            Ok(_) => {}
            Err(why) => draft.leave_out(file.name.clone(), why),
        }
    }
    (Vec::new(), None)
}

pub(super) fn read_voc(
    source: &Path,
    others: &[File],
    mut draft: Drafts,
    base: Option<voc::Base>,
) -> Result<(Drafts, Rest), ReadError> {
    let files: Vec<&File> = with_extension(others, "xml").collect();
    let largest = if files.len() == 1 { LARGEST } else { LARGEST_OF_ONE.max(LARGEST / files.len().max(1) as u64) };
    let parsed = |files: &[&File]| -> Vec<_> {
        let parse = |file: &&File| text_of(file, largest).and_then(|text| voc::parse(&text, &file.name));
        files.par_iter().map(parse).collect()
    };
    let (mut hints, mut each) = (voc::Hints::default(), 0usize);
    for (file, parsed) in files.iter().zip(files.chunks(TOGETHER).flat_map(parsed)) {
        match parsed {
            Ok((more, of_file)) => {
                hints.add(of_file);
                each += usize::from(more.images.len() == 1);
                draft.extend(more);
            }
            Err(why) => draft.leave_out(file.name.clone(), why),
        }
    }
    if draft.images.is_empty() {
        return Err(none_of(source, "Pascal VOC file (.xml)", &draft));
    }
    if hints.boxes > 0 {
        let (base, why) = match base {
            Some(base) => (base, None),
            None => {
                let (base, why) = hints.base();
                (base, Some(why))
            }
        };
        if base == voc::Base::One {
            draft.images.change(voc::from_zero)?;
        }
        draft.remarks.extend(why);
    }
    let rest = if each == files.len() && each > 1 { Rest::Take } else { Rest::Leave };
    Ok((draft, rest))
}

/// Reads the exports below a folder. Where none lies in the folder itself, each folder in it is an uploader's: images
/// are looked for only there, carry its name and are one group. Pictures that lie `apart` have such folders, too, or else
/// are looked for everywhere.
fn read_label_studio(
    source: &Path,
    pictures: &[File],
    others: &[File],
    mut draft: Drafts,
    apart: bool,
) -> Result<Drafts, ReadError> {
    let exports: Vec<&File> = others.iter().filter(|file| is_export(&file.name)).collect();
    let wrapper = wrapper(pictures.iter().chain(exports.iter().copied()));
    let inside = |name: &str| name.get(wrapper.len()..).unwrap_or(name).trim_start_matches('/').to_owned();
    let folder = |name: &str| inside(name).split_once('/').map(|(first, _)| first.to_owned());
    let codes: BTreeSet<String> = exports.iter().filter_map(|file| folder(&file.name)).collect();
    let has_folder = |file: &File| folder(&file.name).is_some_and(|folder| codes.contains(&folder));
    let by_uploader = !exports.is_empty()
        && exports.iter().all(|file| folder(&file.name).is_some())
        && (!apart || pictures.iter().any(has_folder));
    let uploader = |name: &str| folder(name).filter(|_| by_uploader).unwrap_or_default();
    let mut read: BTreeSet<String> = BTreeSet::new();
    for file in &exports {
        let parsed = text_of(file, LARGEST).and_then(|text| export_of(&file.name, &text));
        match parsed {
            Ok(mut more) => {
                let code = uploader(&file.name);
                let scope = [wrapper.as_str(), code.as_str()]
                    .into_iter()
                    .filter(|p| !p.is_empty())
                    .collect::<Vec<_>>()
                    .join("/");
                for image in &mut more.images {
                    image.scope.clone_from(&scope);
                    image.uploader = Some(code.clone());
                    if image.group.is_none() && !code.is_empty() {
                        image.group = Some(code.clone());
                    }
                }
                read.insert(code);
                draft.extend(more);
            }
            Err(why) => draft.leave_out(file.name.clone(), why),
        }
    }
    if read.is_empty() {
        return Err(none_of(source, "Label Studio export (.json, .csv)", &draft));
    }
    if by_uploader {
        let folders: BTreeSet<String> = pictures.iter().map(|file| uploader(&file.name)).collect();
        for folder in folders.iter().filter(|folder| !folder.is_empty() && !read.contains(*folder)) {
            draft.leave_out(format!("{folder}/"), "it holds no Label Studio export that can be read");
        }
    }
    Ok(draft)
}

/// Whether a name is that of an export: Label Studio writes .json, .csv and .tsv.
fn is_export(name: &str) -> bool {
    [".json", ".csv", ".tsv"].iter().any(|e| name.to_lowercase().ends_with(e))
}

fn export_of(name: &str, text: &str) -> Result<Draft, String> {
    if name.to_lowercase().ends_with(".json") {
        return label_studio::parse(text);
    }
    let (columns, rows) = super::table::rows(text)?;
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    if !label_studio::is_table(&columns) {
        return Err("is no Label Studio export: it has no columns annotation_id and annotator".into());
    }
    Ok(label_studio::parse_rows(&columns, rows.into_iter()))
}

/// The folder that holds everything, where the source only wraps it; empty where it does not.
fn wrapper<'a>(files: impl Iterator<Item = &'a File> + Clone) -> String {
    let mut common = String::new();
    loop {
        let rest = |file: &'a File| file.name.get(common.len()..).unwrap_or("").trim_start_matches('/');
        let mut firsts = files.clone().map(|file| rest(file).split_once('/').map(|(first, _)| first));
        let Some(Some(first)) = firsts.next() else { return common };
        if !firsts.all(|other| other == Some(first)) {
            return common;
        }
        // One folder with the export right in it is an uploader's, or the project itself.
        let below = if common.is_empty() { first.to_owned() } else { format!("{common}/{first}") };
        if files.clone().any(|file| is_export(&file.name) && folder_of(&file.name) == below) {
            return common;
        }
        common = below;
    }
}
