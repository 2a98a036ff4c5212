//! Which picture, and which of its frames, each annotation means.

use crate::imaging::Probe;
use crate::interchange::model::draft::{DraftBox, DraftImage, DraftSaid, Drafts};
use crate::interchange::model::layout::{Layout, Place};
use crate::interchange::model::many::Many;
use crate::interchange::model::names::{base_name, path_of, split_of};
use crate::interchange::model::spill::{SpillError, Spilled};
use crate::interchange::resolve::differing;
use crate::interchange::resolve::locate::{Lost, Pictures};
use crate::interchange::resolve::look::frame_name;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::walk::File;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;

/// What is said of one file, frame by frame; `None` stands for the file as a whole.
#[derive(Default)]
pub struct OfFile(Vec<(Option<u32>, DraftImage)>, Repeated);

/// Boxes that come again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repeated {
    /// The same box of the same name, taken once.
    pub once: usize,
    /// The same class and corners, but another name: both are taken.
    pub alike: usize,
}

impl OfFile {
    fn add(&mut self, frame: Option<u32>, image: DraftImage) {
        match self.0.iter_mut().find(|(known, _)| *known == frame) {
            Some((_, before)) => {
                let more = join_counting(before, image);
                self.1.once += more.once;
                self.1.alike += more.alike;
            }
            None => self.0.push((frame, image)),
        }
    }

    /// How many boxes came again in another file.
    pub fn repeated(&self) -> Repeated {
        self.1
    }

    fn remove(&mut self, frame: Option<u32>) -> Option<DraftImage> {
        let at = self.0.iter().position(|(known, _)| *known == frame)?;
        Some(self.0.swap_remove(at).1)
    }
}

/// All that the files of a source say, by the picture's file.
pub struct Located {
    images: Spilled<DraftImage>,
    /// Different names that were said, of files or of none.
    pub named: usize,
    /// A file's place, the place of what is said of it, and the frame; by file, and then as it was said.
    places: Vec<(u32, u32, Option<u32>)>,
}

/// Pictures whose path leads out of the source, which were found by their base name.
#[derive(Default)]
struct Outside {
    count: usize,
    first: Option<(String, String)>,
}

impl Outside {
    fn take(&mut self, reference: &str, found: &str) {
        let path = path_of(reference);
        let leads_out = reference.starts_with('/') || path.split('/').any(|part| part == "..");
        if !leads_out || path.ends_with(found) {
            return;
        }
        self.count += 1;
        self.first.get_or_insert_with(|| (reference.to_owned(), found.to_owned()));
    }

    fn sentence(self) -> Option<String> {
        let (reference, found) = self.first?;
        let names =
            if self.count == 1 { "1 image name leads".to_owned() } else { format!("{} image names lead", self.count) };
        Some(format!("{names} out of the folder: the pictures of that base name were taken; {reference} is {found}."))
    }
}

impl Located {
    /// Finds the files that are meant, and leaves out what means none.
    pub fn of(draft: &mut Drafts, files: &[File]) -> Result<Self, SpillError> {
        if draft.images.is_empty() {
            return Ok(Self { images: std::mem::take(&mut draft.images), named: 0, places: Vec::new() });
        }
        let pictures = Pictures::new(files);
        let images = std::mem::take(&mut draft.images);
        let (mut places, mut outside) = (Vec::with_capacity(images.len()), Outside::default());
        let (mut lost_names, hasher, mut many) = (HashSet::new(), RandomState::new(), Many::default());
        for (said, image) in (0..).zip(images.iter()) {
            let image = image?;
            match find(&pictures, &image) {
                Err(lost) => {
                    let path = path_of(&image.file);
                    let scoped = format!("{}: {}", image.scope, base_name(&path));
                    let name = if image.scope.is_empty() || image.folders > 0 { path } else { scoped };
                    // Each row of a table may name it again.
                    if lost_names.insert(hasher.hash_one(&name)) {
                        many.leave_out(draft, name, &lost.to_string());
                    }
                }
                Ok((at, frame)) => {
                    if let Some(file) = files.get(at) {
                        outside.take(&image.file, &file.name);
                    }
                    places.push((u32::try_from(at).unwrap_or(u32::MAX), said, frame));
                }
            }
        }
        many.told(draft, "images");
        draft.remarks.extend(outside.sentence());
        places.sort_unstable();
        let found = places.chunk_by(|a: &(u32, u32, _), b| a.0 == b.0).count();
        Ok(Self { images, named: found + lost_names.len(), places })
    }

    fn of_file(&self, at: usize) -> &[(u32, u32, Option<u32>)] {
        let from = self.places.partition_point(|(file, ..)| (*file as usize) < at);
        let to = self.places.partition_point(|(file, ..)| *file as usize <= at);
        self.places.get(from..to).unwrap_or_default()
    }

    /// Whether anything is said of the file at this place.
    pub fn names(&self, at: usize) -> bool {
        !self.of_file(at).is_empty()
    }

    /// What is said of the file at this place.
    pub fn said_of(&self, at: usize) -> Result<OfFile, SpillError> {
        let mut said = OfFile::default();
        for (_, image, frame) in self.of_file(at) {
            said.add(*frame, self.images.get(*image as usize)?.into_owned());
        }
        Ok(said)
    }
}

/// The place of the picture that is meant, where it is there.
pub fn place_of(pictures: &Pictures, image: &DraftImage) -> Option<usize> {
    Some(find(pictures, image).ok()?.0)
}

fn find(pictures: &Pictures, image: &DraftImage) -> Result<(usize, Option<u32>), Lost> {
    let by_name = |file: &str| match &image.uploader {
        Some(uploader) => match pictures.find_upload(file, &image.scope, uploader) {
            // No uploader's folder: the pictures may lie elsewhere.
            Err(Lost::NotThere) if uploader.is_empty() => pictures.find(file, &image.scope),
            found => found,
        },
        None => match (pictures.find(file, &image.scope), image.split) {
            // instances_val2017.json means the picture in val2017.
            (Err(Lost::Several(count)), Some(split)) => {
                pictures.find_in_split(file, &image.scope, split).map_err(|_| Lost::Several(count))
            }
            (found, _) => found,
        },
    };
    let lost = match by_name(&image.file) {
        Ok(at) if pictures.shares_folders(at, &image.file, image.folders) => return Ok((at, None)),
        Ok(_) => return Err(Lost::NotThere),
        Err(lost) => lost,
    };
    // Addresses write the sign before the frame's number as %23.
    let path = path_of(&image.file);
    let numbered = path.rsplit_once('#').and_then(|(file, frame)| Some((file, frame.parse().ok()?)));
    if let Some((file, frame)) = numbered
        && let Ok(at) = by_name(file)
    {
        return Ok((at, Some(frame)));
    }
    match &image.stem {
        Some(stem) => match pictures.find_stem(stem, &image.scope)? {
            at if pictures.shares_folders(at, stem, image.folders) => Ok((at, None)),
            _ => Err(Lost::NotThere),
        },
        None => Err(lost),
    }
}

/// One frame that is taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taken {
    pub path: PathBuf,
    pub name: String,
    pub frame: u32,
    pub seen: Probe,
    pub image: DraftImage,
}

/// The frames of one file with what is said of them. What is said of a file as a whole counts for its only picture; of
/// several frames each gets the label, and the first the boxes.
pub fn frames(
    file: &File,
    frames: Vec<Result<Probe, String>>,
    mut said: OfFile,
    rest: &Rest,
    draft: &mut Drafts,
) -> Vec<Taken> {
    let count = frames.len();
    let whole = said.remove(None);
    if count > 1 && whole.iter().flat_map(|whole| &whole.said).any(|said| !said.boxes.is_empty()) {
        draft.remarks.push(format!("{} has {count} frames: boxes drawn on it are taken for the first.", file.name));
    }
    let mut taken = Vec::with_capacity(count);
    for (frame, seen) in (0u32..).zip(frames) {
        let name = frame_name(&file.name, frame, count);
        let of_whole = whole.as_ref().map(|whole| if frame == 0 { whole.clone() } else { labels_of(whole) });
        let image = match (said.remove(Some(frame)), of_whole) {
            (Some(mut own), Some(whole)) => {
                join(&mut own, whole);
                own
            }
            (Some(image), None) | (None, Some(image)) => image,
            (None, None) => match rest {
                Rest::Take => DraftImage { file: name.clone(), split: split_of(&file.name), ..DraftImage::default() },
                Rest::Folders(layout) => of_folders(layout, &file.name),
                Rest::Leave => {
                    draft.leave_out(name, "no annotation names it");
                    continue;
                }
            },
        };
        match seen {
            Ok(seen) => taken.push(Taken { path: file.path().into_owned(), name, frame, seen, image }),
            Err(why) => draft.leave_out(name, why),
        }
    }
    let mut beyond: Vec<u32> = said.0.iter().filter_map(|(frame, _)| *frame).collect();
    beyond.sort_unstable();
    for frame in beyond {
        let frames =
            if count == 1 { "one picture, frame 0".to_owned() } else { format!("{count} frames, counted from 0") };
        draft.leave_out(format!("{}#{frame}", file.name), format!("the file holds {frames}"));
    }
    taken
}

/// What its folders say of a picture.
pub fn of_folders(layout: &Layout, file: &str) -> DraftImage {
    let Place { class, split, group } = layout.place(file);
    let said = class.map(|class| DraftSaid { label: Some(class), ..DraftSaid::default() }).into_iter().collect();
    DraftImage { file: file.to_owned(), split, group, said, ..DraftImage::default() }
}

/// The same without what belongs to one picture only.
fn labels_of(whole: &DraftImage) -> DraftImage {
    let said = whole.said.iter().map(|said| DraftSaid {
        boxes: Vec::new(),
        ids: Vec::new(),
        nothing_found: false,
        ..said.clone()
    });
    DraftImage { said: said.collect(), measured: Vec::new(), ..whole.clone() }
}

/// Adds what is said of an image in a second place.
pub fn join(to: &mut DraftImage, from: DraftImage) {
    join_counting(to, from);
}

/// As [`join`]; how many boxes were there already.
fn join_counting(to: &mut DraftImage, from: DraftImage) -> Repeated {
    let mut repeated = Repeated::default();
    to.stated = to.stated.or(from.stated);
    to.frame = to.frame.or(from.frame);
    to.unannotated |= from.unannotated;
    to.split = to.split.max(from.split);
    to.group = to.group.take().or(from.group);
    differing::join(to, from.attributes, from.differing);
    to.measured.extend(from.measured);
    to.marked.extend(from.marked);
    for said in from.said {
        // That there is no finding, and that there are some, are two statements, of which one is wrong.
        let none = |s: &DraftSaid| s.others_absent && s.findings.is_empty();
        // So do rows that say of each finding whether it is there.
        let agrees = |s: &DraftSaid| s.findings == said.findings && s.others_absent == said.others_absent;
        let alike =
            |s: &DraftSaid| if s.table.is_some() || said.table.is_some() { agrees(s) } else { none(s) == none(&said) };
        let fits = |s: &DraftSaid| !(s.is_about_the_whole() && said.is_about_the_whole()) || alike(s);
        let same =
            |s: &&mut DraftSaid| (&s.reader, s.time_ms, s.again) == (&said.reader, said.time_ms, said.again) && fits(s);
        match to.said.iter_mut().find(same) {
            // One row a box, or boxes in one file and labels in another.
            Some(before) if before.label.is_none() || said.label.is_none() || before.label == said.label => {
                before.label = before.label.take().or(said.label);
                // A row may come a thousand times.
                for finding in said.findings {
                    if !before.findings.contains(&finding) {
                        before.findings.push(finding);
                    }
                }
                before.others_absent |= said.others_absent;
                before.reviewed |= said.reviewed;
                before.also_none |= said.also_none;
                before.table = before.table.take().or(said.table);
                let more = add_boxes(before, said.boxes, said.ids);
                repeated.once += more.once;
                repeated.alike += more.alike;
                before.nothing_found = (before.nothing_found || said.nothing_found) && before.boxes.is_empty();
            }
            _ => to.said.push(said),
        }
    }
    repeated
}

/// Adds boxes of another place to a statement. One that has the name, class and corners of a box that is there is the
/// same one in a second file.
fn add_boxes(to: &mut DraftSaid, boxes: Vec<DraftBox>, ids: Vec<Option<Box<str>>>) -> Repeated {
    let (mut repeated, there) = (Repeated::default(), to.boxes.len());
    let named = |said: &DraftSaid| !said.ids.is_empty() && said.ids.len() == said.boxes.len();
    let both = (named(to) || to.boxes.is_empty()) && ids.len() == boxes.len();
    if !both {
        to.boxes.extend(boxes);
        to.ids.clear();
        return repeated;
    }
    for (one, id) in boxes.into_iter().zip(ids) {
        let mut same = to.boxes.iter().zip(&to.ids).take(there).filter(|(known, _)| **known == one).peekable();
        let comes_again = same.peek().is_some();
        if same.any(|(_, known)| *known == id) {
            repeated.once += 1;
            continue;
        }
        repeated.alike += usize::from(comes_again);
        to.boxes.push(one);
        to.ids.push(id);
    }
    repeated
}
