//! Reads a source to be imported, off the session's thread, and says what was found.

use crate::domain::{ImageFile, LeftOut, Split};
use crate::imaging;
use crate::interchange::{
    self, Columns, Format, KnownTable, Mapping, Options, ReadError, ReadImage, Reading, Role, SpillError, Spilled,
    TableHead,
};
use crate::session::importing::create;
use crate::session::importing::staging::Opened;
use crate::session::importing::{incoming, patients, tables};
use crate::session::protocol::command::ImportSource;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::import_view::{FoundClass, ImportSummary, Sample};
use crate::session::protocol::pictures::Thumbnail;
use crate::session::services::sources::decode_guarded;
use crate::session::services::thumbnail::SIDE;
use std::path::Path;
use std::sync::Arc;

/// Names kept to try a pattern on.
const NAMES: usize = 200;
/// Pictures shown.
const SAMPLES: usize = 8;

/// A source that was read, or why it could not be.
pub(in crate::session) struct SourceRead {
    pub source: ImportSource,
    pub formats: Vec<(Format, String)>,
    pub format: Option<Format>,
    pub table: Option<TableHead>,
    /// Where an archive's images wait.
    pub opened: Option<Arc<Opened>>,
    pub read: Result<(Reading, ImportSummary), String>,
}

/// Opens the source, tells the format, reads it and makes the pictures that are shown of it. The project it may go to,
/// `project`, has the key that tells patients apart and knows tables. What is seen is noted in the file `notes`, so that an
/// import that is broken off can go on; what has to be put by meanwhile lies beside that file, because nobody has agreed to
/// the project's place yet. `opened` is what the source was opened to before; `tables` are those that the program
/// knows besides.
pub(in crate::session) fn find(
    source: ImportSource,
    (project, notes): (&Path, &Path),
    opened: Option<Arc<Opened>>,
    tables: Vec<KnownTable>,
    progress: create::ScanProgress,
) -> SourceRead {
    let (formats, format, table, read) = (Vec::new(), None, None, Err(String::new()));
    let mut found = SourceRead { source, formats, format, table, opened, read };
    if let Err(error) = look(&mut found, (project, notes), tables, progress) {
        let error = error.to_string();
        found.read = Err(found.opened.as_ref().map_or(error.clone(), |opened| opened.in_words(&error)));
    }
    found
}

fn look(
    found: &mut SourceRead,
    (project, notes): (&Path, &Path),
    mut known_tables: Vec<KnownTable>,
    progress: create::ScanProgress,
) -> Result<(), SessionError> {
    if let Some(folder) = notes.parent() {
        std::fs::create_dir_all(folder).map_err(|e| SessionError::file(folder, "made", &e))?;
    }
    let opened = match found.opened.take() {
        Some(opened) => opened,
        None => Arc::new(Opened::of(&found.source.path, notes, progress)?),
    };
    found.opened = Some(opened.clone());
    tables::learn(&mut known_tables, &tables::known(project)?);
    let head = || {
        let mut head = interchange::table_head(&opened.source, &found.source.exclude)?;
        let known = known_tables.iter().rev().find(|table| table.header == head.columns);
        let told = known.and_then(|table| Mapping::given(&head.columns, &table.columns).ok());
        head.remembered = told.is_some();
        head.suggested = told.or(head.suggested);
        Some(head)
    };
    let table = head();
    let asked = found.source.columns.as_ref().zip(table.as_ref());
    let columns = asked.map(|(asked, table)| table.told(asked)).unwrap_or_default();
    let options = options(&found.source, columns, known_tables, (project, notes), &opened)?;
    let refused = |error: ReadError| SessionError::refused(error.to_string());
    let told = formats(&opened, &options).map_err(refused)?;
    found.formats.clone_from(&told.formats);
    let chosen = chosen(found.source.format, &told);
    // What a table holds can be said where it is not known.
    let unclear = if table.is_some() { Format::CSV } else { Format::FOLDERS };
    let format = *chosen.as_ref().unwrap_or(&unclear);
    found.format = Some(format);
    found.table = table.filter(|_| format == Format::CSV || found.source.columns.is_some());
    let reading = read(&opened, chosen.map_err(refused)?, told, &options, progress).map_err(refused)?;
    if reading.images.is_empty() {
        return Err(create::nothing_read(&found.source.path, &reading));
    }
    let summary = summary(&opened, &reading)?;
    found.read = Ok((reading, summary));
    Ok(())
}

/// How a source is read for the project it may go to, and what is seen noted in the file `notes`; `columns` are what a person said of tables, `known_tables` what was
/// said of others before.
///
/// # Errors
/// When what the project knows of patients cannot be read.
pub fn options(
    source: &ImportSource,
    columns: Columns,
    known_tables: Vec<KnownTable>,
    (project, notes): (&Path, &Path),
    opened: &Opened,
) -> Result<Options, SessionError> {
    Ok(Options {
        exclude: source.exclude.clone(),
        images: source.images.clone(),
        columns,
        mapped: Vec::new(),
        patients: patients::on_import(project, notes, source.patients)?,
        scratch: notes.parent().map(Path::to_owned),
        // An archive is unpacked anew each time.
        notes: (!opened.waits()).then(|| notes.to_owned()),
        known_tables,
        voc_base: source.voc_base,
        frame: source.frame,
        unannotated: source.unannotated,
        unlabelled: source.unlabelled,
        findings: source.findings,
    })
}

/// What is told of a source by its files.
#[derive(Default)]
pub struct Told {
    /// The formats that they look like, each with its reason; the first is the one to read.
    formats: Vec<(Format, String)>,
    /// Why that is not read unless a person says so.
    unclear: Option<String>,
    /// What else lies there.
    remarks: Vec<String>,
    /// The files, as they were listed to tell it.
    listing: Option<interchange::Source>,
}

/// The formats that the files of a source look like.
///
/// # Errors
/// [`ReadError`] when the source cannot be looked through.
pub fn formats(opened: &Opened, options: &Options) -> Result<Told, ReadError> {
    let listing = interchange::Source::of(&opened.source, options)?;
    let interchange::Detection { format, reason, others, unclear, remarks } = interchange::format_of(&listing, options);
    let formats = std::iter::once((format, reason)).chain(others).collect();
    Ok(Told { formats, unclear, remarks, listing: Some(listing) })
}

/// The format to read: the one that was asked for, else the one that was told.
///
/// # Errors
/// [`ReadError::Refused`] where something lies there that may say more than what was told.
pub fn chosen(asked: Option<Format>, told: &Told) -> Result<Format, ReadError> {
    match (asked, &told.unclear) {
        (Some(asked), _) => Ok(asked),
        (None, Some(why)) => Err(ReadError::Refused(why.clone())),
        (None, None) => Ok(told.formats.first().map_or(Format::FOLDERS, |(format, _)| *format)),
    }
}

/// Reads a source in a format; the reading says how the format was told, where the files tell it, and what else is there.
///
/// # Errors
/// As [`interchange::read`].
pub fn read(
    opened: &Opened,
    format: Format,
    told: Told,
    options: &Options,
    progress: create::ScanProgress,
) -> Result<Reading, ReadError> {
    let Told { formats, remarks, listing, .. } = told;
    let mut reading = match listing {
        Some(listing) => interchange::read_listed(listing, format, options, progress)?,
        None => interchange::read(&opened.source, format, options, progress)?,
    };
    let reason = formats.iter().find(|(known, _)| *known == format && format != Format::FOLDERS);
    let others: Vec<&str> =
        formats.iter().filter(|(known, _)| *known != format).map(|(known, _)| known.name()).collect();
    let others = if others.is_empty() { String::new() } else { format!("; also there: {}", others.join(", ")) };
    let how = reason.map(|(format, reason)| format!("read as {}: {reason}{others}.", format.name()));
    let remarks = remarks.into_iter().filter(|_| format == Format::FOLDERS);
    reading.remarks.splice(0..0, how.into_iter().chain(remarks));
    if options.columns.iter().any(|(role, _)| !is_asked(format, *role)) {
        reading.conflicts.push(format!(
            "which column holds what was said of a table, and this was read as {}: to read a table (.csv, .tsv), choose CSV \
             (--format csv).",
            format.name()
        ));
    }
    reading.left_out.splice(0..0, opened.left_out.iter().cloned());
    Ok(reading)
}

/// Whether a format asks which of its columns, attributes or questions holds something.
fn is_asked(format: Format, role: Role) -> bool {
    format == Format::CSV || (role == Role::Class && [Format::VIA, Format::LABEL_STUDIO].contains(&format))
}

fn summary(opened: &Opened, reading: &Reading) -> Result<ImportSummary, SpillError> {
    let tally = reading.tally()?;
    let class = |name: &String| FoundClass {
        name: name.clone(),
        images: tally.images.get(name).copied().unwrap_or(0),
        boxes: tally.boxes.get(name).copied().unwrap_or(0),
    };
    let in_none = reading.images.len() - tally.splits.values().sum::<usize>();
    let of_split = |split: Split| {
        let own = tally.splits.get(&split).copied().unwrap_or(0);
        (split, if split == Split::Train { own + in_none } else { own })
    };
    let names = reading.images.iter().take(NAMES).map(|image| Ok(image?.name.clone()));
    Ok(ImportSummary {
        images: reading.images.len(),
        ordinal: reading.ordinal,
        findings: reading.findings,
        splits: if reading.has_splits { Split::ALL.map(of_split).into() } else { Vec::new() },
        groups: tally.groups,
        readers: tally.readers.iter().cloned().collect(),
        patients: (reading.with_headers > 0).then(|| (&reading.patients).into()),
        boxes: tally.all_boxes(),
        turned: reading.turned,
        unannotated: reading.unannotated,
        boxes_clipped: reading.boxes_clipped,
        measurements: tally.measurements,
        truncated: tally.truncated,
        left_out: reading.left_out.iter().map(|(file, why)| LeftOut { file: file.clone(), why: why.clone() }).collect(),
        unlisted: reading.unlisted,
        remarks: reading
            .remarks
            .iter()
            .cloned()
            .chain(tally.sentences())
            .chain(incoming::of_findings(reading, tally))
            .collect(),
        conflicts: reading.conflicts.clone(),
        names: names.collect::<Result<_, SpillError>>()?,
        samples: samples(&reading.images, tally.boxed)?,
        project: create::project_beside(&opened.given),
        unpacked: opened.waits(),
        classes: reading.classes.iter().map(class).collect(),
    })
}

/// Some of the images, those with boxes first, spread over the source; `boxed` is the number of those.
fn samples(images: &Spilled<ReadImage>, boxed: usize) -> Result<Vec<Sample>, SpillError> {
    let among = if boxed > 0 { boxed } else { images.len() };
    let step = (among / SAMPLES).max(1);
    let wanted = images.iter().filter(|image| boxed == 0 || !matches!(image, Ok(image) if !image.has_box()));
    wanted.step_by(step).take(SAMPLES).filter_map(|image| image.map(|image| sample(&image)).transpose()).collect()
}

fn sample(image: &ReadImage) -> Option<Sample> {
    let decoded = decode_guarded(&ImageFile { path: image.path.clone(), frame: image.frame }).ok()?;
    let small = imaging::thumbnail(&decoded, SIDE);
    let said = image.said.iter().rev().find(|said| !said.boxes.is_empty());
    Some(Sample {
        name: image.name.clone(),
        label: image.label().map(str::to_owned).or_else(|| {
            let present: Vec<&str> = image.present().into_iter().collect();
            Some(present.join(", ")).filter(|text| !text.is_empty())
        }),
        boxes: said
            .map(|said| said.boxes.iter().map(|one| (one.class.clone(), one.rect)).collect())
            .unwrap_or_default(),
        size: [image.width, image.height],
        thumbnail: Thumbnail { width: small.width, height: small.height, rgba: Arc::new(small.rgba) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::write::write_png_gray;
    use crate::session::project::core::Core;
    use crate::session::protocol::command::NewProject;

    #[test]
    fn a_question_of_label_studio_is_asked_for_and_a_column_of_coco_is_not() {
        assert!(is_asked(Format::CSV, Role::Xmin) && is_asked(Format::LABEL_STUDIO, Role::Class));
        assert!(!is_asked(Format::LABEL_STUDIO, Role::Xmin) && !is_asked(Format::COCO, Role::Class));
    }

    #[test]
    fn pictures_may_lie_elsewhere_than_what_is_said_of_them() {
        let dir = tempfile::tempdir().unwrap();
        let (pictures, said) = (dir.path().join("pictures"), dir.path().join("said"));
        for folder in [&pictures, &said] {
            std::fs::create_dir(folder).unwrap();
        }
        // In two folders, as if those were the classes.
        for (folder, name) in [("p", "1.png"), ("q", "2.png")] {
            std::fs::create_dir(pictures.join(folder)).unwrap();
            write_png_gray(&pictures.join(folder).join(name), 8, 8, &[name.as_bytes()[0]; 64]).unwrap();
        }
        std::fs::write(said.join("t.csv"), "image,class\n1.png,x\n2.png,y\n").unwrap();
        let project = dir.path().join("set.overread");
        let read = |images| {
            let source = ImportSource { images, ..ImportSource::at(&said) };
            let found = find(source, (&project, &dir.path().join("imports/notes")), None, Vec::new(), &|_, _| true);
            (found.format, found.read)
        };
        let (_, alone) = read(None);
        assert!(alone.as_ref().is_err_and(|why| why.contains("no pictures")), "{alone:?}");
        let (format, together) = read(Some(pictures.clone()));
        let (reading, summary) = together.unwrap();
        assert_eq!((format, reading.format), (Some(Format::CSV), Format::CSV));
        assert_eq!((summary.classes[0].name.as_str(), summary.classes[0].images), ("x", 1));
        assert_eq!(reading.images.get(0).unwrap().path, pictures.join("p/1.png"));
        let (_, gone) = read(Some(dir.path().join("gone")));
        assert!(gone.as_ref().is_err_and(|why| why.contains("gone")), "{gone:?}");
    }

    #[test]
    fn columns_that_were_named_and_are_of_no_use_are_told() {
        let dir = tempfile::tempdir().unwrap();
        for (folder, grey) in [("p", 1), ("q", 2)] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
            write_png_gray(&dir.path().join(folder).join("1.png"), 8, 8, &[grey; 64]).unwrap();
        }
        let opened = Opened::of(dir.path(), &dir.path().join("x.overread"), &|_, _| true).unwrap();
        let said = |columns: Columns| {
            let options = Options { columns, ..Options::default() };
            let told = formats(&opened, &options).unwrap();
            read(&opened, Format::FOLDERS, told, &options, &|_, _| true).unwrap().conflicts
        };
        assert_eq!(said(Columns::new()), Vec::<String>::new());
        let named = said(vec![(interchange::Role::Class, "x".into())]);
        assert!(named.len() == 1 && named[0].contains("--format csv"), "{named:?}");
    }

    #[test]
    fn images_with_boxes_are_shown_and_patients_come_into_the_project() {
        let dir = tempfile::tempdir().unwrap();
        let (path, project) = (dir.path().join("set"), dir.path().join("set.overread"));
        std::fs::create_dir(&path).unwrap();
        let mut table = "image,class,xmin,ymin,xmax,ymax,patient\n".to_owned();
        for (number, rest) in ["x,,,,,P1", "x,1,1,5,5,P2", "y,,,,,P2"].into_iter().enumerate() {
            write_png_gray(&path.join(format!("{number}.png")), 8, 8, &[number as u8 + 1; 64]).unwrap();
            table += &format!("{number}.png,{rest}\n");
        }
        std::fs::write(path.join("t.csv"), table).unwrap();
        let source = ImportSource { path: path.clone(), ..ImportSource::default() };
        let found = find(source, (&project, &dir.path().join("imports/notes")), None, Vec::new(), &|_, _| true);
        let (reading, summary) = found.read.unwrap();
        assert_eq!(summary.samples.iter().map(|sample| sample.name.as_str()).collect::<Vec<_>>(), ["1.png"]);
        assert_eq!((summary.images, summary.boxes, summary.groups), (3, 1, 2));
        let new = NewProject::of(path, &project);
        create::create_project_of(&found.opened.unwrap(), &new, &reading, &|_, _| true).unwrap();
        let core = Core::open(&project).unwrap();
        let groups: Vec<_> = core.images().iter().map(|image| image.group.as_deref()).collect();
        assert_eq!(groups, [Some("P1"), Some("P2"), Some("P2")]);
    }
}
