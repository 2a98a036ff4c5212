//! From what files say to what is taken: pictures found and looked at once, boxes brought to pixels of the oriented
//! frame and cut to the image, copies of one picture merged.

use crate::domain::change::Seeing;
use crate::domain::class_list::means_nothing_to_find;
use crate::domain::{BoxMarks, Rect, Split};
use crate::imaging::Probe;
use crate::interchange::model::draft::{DraftBox, DraftImage, DraftSaid, Drafts, Unit, is_called_none};
use crate::interchange::model::error::{FolderError, ReadError};
use crate::interchange::model::format::Format;
use crate::interchange::model::layout::Layout;
use crate::interchange::model::many::Many;
use crate::interchange::model::names::{are_grades, base_name, natural_order, unsure_split};
use crate::interchange::model::options::{Options, Progress};
use crate::interchange::model::reading::{Counted, ReadBox, ReadImage, Reading, Said};
use crate::interchange::model::spill::{SpillError, Spilled};
use crate::interchange::model::tally::Tally;
use crate::interchange::resolve::copies::Contents;
use crate::interchange::resolve::differing::Differing;
use crate::interchange::resolve::frame::{Clues, Frame, Votes};
use crate::interchange::resolve::listed::Listed;
use crate::interchange::resolve::look::look_at_all;
use crate::interchange::resolve::masks::drawn_over;
use crate::interchange::resolve::named::{Located, OfFile, Repeated, Taken};
use crate::interchange::resolve::patients::Patients;
use crate::interchange::resolve::{frame, named};
use crate::interchange::source::listing::Source;
use crate::interchange::source::walk::File;
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// Sides of pictures of a few pixels, at most.
const TINY: f64 = 16.0;
/// Coordinates of fractions may miss the edge by what six decimals of rounding make of it, in pixels.
const EDGE: f64 = 0.01;

/// Images of a kind that are named; of more the number is said.
pub(super) const SHOWN: usize = 5;

/// What becomes of pictures no annotation names.
pub enum Rest {
    /// They are taken without a label.
    Take,
    /// They are taken with the class and split of their folders.
    Folders(Layout),
    /// They are left out.
    Leave,
}

/// Makes a reading of a draft and the pictures of the source.
///
/// `progress` is called with the pictures looked at and their number, from several threads; `false` cancels.
///
/// # Errors
/// [`ReadError`] when cancelled, when nothing at all could be taken, or when what was put by cannot be read again.
pub fn settle(
    format: Format,
    mut draft: Drafts,
    source: Source,
    rest: Rest,
    options: &Options,
    progress: Progress,
) -> Result<Reading, ReadError> {
    let Source { path, pictures: files, .. } = source;
    let rest = match rest {
        Rest::Leave if options.unlabelled => Rest::Take,
        rest @ (Rest::Take | Rest::Folders(_) | Rest::Leave) => rest,
    };
    let there = files.len();
    let located = Located::of(&mut draft, &files)?;
    let named = located.named;
    let masks = match rest {
        Rest::Folders(_) => drawn_over(files.iter().map(|file| &*file.name)),
        Rest::Leave | Rest::Take => HashSet::new(),
    };
    let patients = Patients::of(files.iter().map(|file| &*file.name));
    let (mut first_mask, mut unnamed) = (None, Many::default());
    let mut wanted: Vec<(File, usize)> = Vec::with_capacity(files.len());
    for (at, file) in files.into_iter().enumerate() {
        if masks.contains(&at) && !located.names(at) {
            first_mask.get_or_insert(file.name);
            continue;
        }
        match rest {
            Rest::Leave if !located.names(at) => unnamed.leave_out(&mut draft, file.name, "no annotation names it"),
            Rest::Leave | Rest::Take | Rest::Folders(_) => wanted.push((file, at)),
        }
    }
    unnamed.told(&mut draft, "pictures");
    if let Some(first) = first_mask {
        let (count, files) = (masks.len(), if masks.len() == 1 { "picture" } else { "pictures" });
        draft.leave_out(
            format!("{count} {files}, the first {first}"),
            "masks or the like, drawn over the pictures that they are called as: choose their folder by itself to have them",
        );
    }
    let scratch = options.scratch.as_deref();
    let (mut seen, mut contents) = (Spilled::within(scratch), Contents::of(wanted.len()));
    let (mut votes, mut lost, failed) = (Votes::of(options.frame), None, AtomicBool::new(false));
    let (mut unread, mut again, mut listed) = (None, Repeated::default(), Listed::default());
    let mut findings = options.findings;
    let go_on = |done, total| !failed.load(Ordering::Relaxed) && progress(done, total);
    let looked = look_at_all(wanted.into_iter(), options, &go_on, |file, at, frames| {
        let said = located.said_of(at).unwrap_or_else(|why| {
            lost.get_or_insert(why);
            failed.store(true, Ordering::Relaxed);
            OfFile::default()
        });
        if let (None, Some(Err(why))) = (&unread, frames.first()) {
            unread = Some((file.name.to_string(), why.clone()));
        }
        again.once += said.repeated().once;
        again.alike += said.repeated().alike;
        for mut taken in named::frames(&file, frames, said, &rest, &mut draft) {
            listed.settle(&mut taken, options.unannotated);
            let of_findings = |said: &DraftSaid| !said.findings.is_empty() || said.others_absent;
            findings = findings || taken.image.said.iter().any(of_findings);
            contents.push(&taken.seen.sha256, taken.frame);
            votes.count(clues(&taken.seen, &taken.image));
            seen.push(taken);
        }
    });
    if let Some(why) = lost {
        return Err(why.into());
    }
    let with_headers = looked?;
    drop(located);
    if seen.is_empty() {
        return Err(match (rest, unread) {
            (Rest::Folders(_) | Rest::Take, Some((first, why))) => {
                FolderError::NoneReadable { folder: path, count: there, first, why }.into()
            }
            (Rest::Folders(_) | Rest::Take | Rest::Leave, _) => none_taken(format, named, &draft),
        });
    }
    draft.remarks.extend(again.sentences());
    draft.remarks.extend(listed.sentence(options.unannotated));
    let mut settling = Settling {
        draft,
        clipped: 0,
        turned: BTreeMap::new(),
        scaled: 0,
        swapped: 0,
        within_one: (0, String::new()),
        differing: Differing::default(),
        unannotated: listed.count,
        unsure: BTreeMap::new(),
        cut_short: (0, Vec::new()),
        patients,
        of_patients: 0,
        findings,
        called_none: 0,
    };
    let mut images = Spilled::within(scratch);
    settling.merge(&seen, &contents.copies(), &votes, &mut images)?;
    drop(seen);
    Ok(settling.finished(format, images, with_headers, options)?)
}

fn none_taken(format: Format, named: usize, draft: &Drafts) -> ReadError {
    let first = draft.left_out.first();
    let first = first.map_or_else(String::new, |(what, why)| format!("; the first: {what}: {why}"));
    ReadError::Refused(format!(
        "none of the {named} images that the {} files name can be taken{first}: choose the folder that holds the \
         pictures too",
        format.name()
    ))
}

fn oriented(seen: &Probe) -> [f64; 2] {
    [f64::from(seen.width), f64::from(seen.height)]
}

/// What an image betrays of the frame of its boxes.
fn clues(seen: &Probe, image: &DraftImage) -> Clues {
    let (size, turn) = (oriented(seen), seen.orientation);
    let in_pixels = image.said.iter().flat_map(|said| &said.boxes).filter(|one| one.unit == Unit::Pixels);
    Clues {
        told: image.frame,
        boxes: frame::boxes_evidence(in_pixels.map(|one| &one.rect), image.stated, size, turn),
        size: image.stated.and_then(|stated| frame::evidence(stated, size, turn)),
    }
}

pub(super) struct Settling {
    pub(super) draft: Drafts,
    clipped: usize,
    /// Images with boxes whose EXIF turns them, by the sentence about them.
    turned: BTreeMap<&'static str, Vec<String>>,
    scaled: usize,
    unannotated: usize,
    /// Boxes drawn from another corner than the upper left.
    swapped: usize,
    /// Boxes in pixels that lie within the first one, and the first image that has some.
    within_one: (usize, String),
    differing: Differing,
    /// Images by the folder that says their split in a word that some use for another one.
    unsure: BTreeMap<(String, Split), usize>,
    /// Images whose file is cut short: how many, and the first ones.
    pub(super) cut_short: (usize, Vec<String>),
    /// How names tell patients, and of how many images nothing else did.
    patients: Option<Patients>,
    of_patients: usize,
    /// An image may have several findings: who gives it one class says that it has that one.
    pub(super) findings: bool,
    /// Statements that call what an image has none.
    called_none: usize,
}

impl Settling {
    pub(super) fn image(&mut self, taken: Taken, votes: &Votes) -> ReadImage {
        let Taken { path, name: file_name, frame: number, seen, mut image } = taken;
        self.differing.settle(&mut image, &file_name);
        let size = oriented(&seen);
        let frame = self.frame(&file_name, &seen, &image, votes);
        let from = if frame == Frame::Raw { frame::raw_size(size, seen.orientation) } else { size };
        let stated = image.stated.map_or(from, |stated| frame::stated_in(frame, stated, size, seen.orientation));
        let has_boxes = image.said.iter().any(|said| !said.boxes.is_empty());
        let fits = frame::same_shape(stated, from);
        if has_boxes && fits && stated != from {
            self.scaled += 1;
        }
        let name = match &image.uploader {
            Some(uploader) if !uploader.is_empty() => format!("{uploader}_{}", base_name(&file_name)),
            _ => file_name,
        };
        let mut said: Vec<Said> = Vec::with_capacity(image.said.len());
        let mut box_marks = Vec::new();
        for mut draft in image.said {
            if self.findings {
                self.called_none += usize::from(draft.label.as_deref().is_some_and(is_called_none));
                draft.label_as_finding();
            }
            let mut boxes = Vec::with_capacity(draft.boxes.len());
            let drawn = draft.boxes.len();
            for one in draft.boxes {
                if one.unit == Unit::Pixels && !fits {
                    continue;
                }
                if let Some(rect) = self.placed(&name, &one, from, stated, frame, seen.orientation) {
                    let marked = image.marked.iter().find(|marked| marked.rect == one.rect);
                    box_marks.extend(marked.map(|marked| BoxMarks { rect, marks: marked.marks.clone() }));
                    boxes.push(ReadBox { class: one.class, rect });
                }
            }
            if !fits && drawn > boxes.len() {
                let [w, h] = stated;
                let why = format!(
                    "{} left out: the file says {w} x {h} pixels, but the picture has {} x {}",
                    boxes_text(drawn - boxes.len()),
                    seen.width,
                    seen.height
                );
                self.draft.leave_out(name.clone(), why);
            }
            let said_now = Said {
                reader: draft.reader,
                time_ms: draft.time_ms,
                label: draft.label,
                findings: draft.findings,
                others_absent: draft.others_absent,
                also_none: draft.also_none,
                table: draft.table,
                boxes,
                nothing_found: draft.nothing_found,
                reviewed: draft.reviewed,
                // A second reading comes into force nowhere.
                seeing: if draft.again { Seeing::Nothing } else { Seeing::InForce },
                taken_back: false,
                is_later: false,
                again: draft.again,
            };
            if !said_now.is_empty() {
                said.push(said_now);
            }
        }
        let mut measured = Vec::with_capacity(image.measured.len());
        for mut one in image.measured {
            let placed = |at: &[f64; 2]| fits.then(|| point(*at, from, stated, frame, seen.orientation)).flatten();
            let points: Option<Vec<[f64; 2]>> = one.measurement.points.iter().map(placed).collect();
            let Some(points) = points else {
                let what = one.measurement.measure.name().to_lowercase();
                self.draft.leave_out(name.clone(), format!("the {what} has a point outside the image"));
                continue;
            };
            one.measurement.points = points;
            measured.push(one);
        }
        let Probe { width, height, sha256, truncated, mut facts, patient, .. } = seen;
        facts.attributes.extend(image.attributes);
        facts.box_marks = box_marks;
        let by_name = self.patients.and_then(|patients| patients.patient(&name)).map(str::to_owned);
        let (split, mut group) = (image.split, image.group.or(patient));
        if group.is_none() && by_name.is_some() {
            self.of_patients += 1;
            group = by_name;
        }
        if let Some((folder, told)) = unsure_split(&name).filter(|(_, told)| split == Some(*told)) {
            *self.unsure.entry((folder.to_owned(), told)).or_default() += 1;
        }
        ReadImage { path, name, sha256, width, height, truncated, frame: number, facts, split, group, said, measured }
    }

    /// The frame of one image's boxes; remembers what is to be told about it.
    fn frame(&mut self, name: &str, seen: &Probe, image: &DraftImage, votes: &Votes) -> Frame {
        let (frame, why) = votes.frame(clues(seen, image));
        if (2..=8).contains(&seen.orientation) && image.said.iter().any(|said| !said.boxes.is_empty()) {
            self.turned.entry(why.sentence(frame)).or_default().push(name.to_owned());
        }
        frame
    }

    /// The box in pixels of the oriented frame, inside the image.
    fn placed(
        &mut self,
        name: &str,
        one: &DraftBox,
        from: [f64; 2],
        stated: [f64; 2],
        frame: Frame,
        orientation: u8,
    ) -> Option<Rect> {
        let [x, y] = match one.unit {
            Unit::Fractions => from,
            Unit::Pixels if stated == from => [1.0, 1.0],
            Unit::Pixels => [from[0] / stated[0], from[1] / stated[1]],
        };
        let Rect { xmin, ymin, xmax, ymax } = one.rect;
        let corners = [xmin * x, ymin * y, xmax * x, ymax * y];
        let rect = Rect::from_corners([corners[0], corners[1]], [corners[2], corners[3]]);
        // The smaller of a number and none is the number: what was written is asked.
        if corners.iter().any(|c| !c.is_finite()) {
            self.draft.leave_out(name, format!("a box of {} has a corner that is no number", one.class));
            return None;
        }
        if rect.area() <= 0.0 {
            self.draft.leave_out(name, format!("a box of {} has no area", one.class));
            return None;
        }
        // Who drags from the lower right to the upper left gets a negative size, or the corners in that order.
        self.swapped += usize::from(xmax < xmin || ymax < ymin);
        if one.unit == Unit::Pixels
            && [xmin, ymin, xmax, ymax].iter().all(|c| (0.0..=1.001).contains(c))
            && from.iter().any(|side| *side > TINY)
        {
            self.within_one.0 += 1;
            if self.within_one.1.is_empty() {
                name.clone_into(&mut self.within_one.1);
            }
        }
        let Some(inside) = rect.clipped(from[0], from[1]) else {
            self.draft.leave_out(name, format!("a box of {} lies outside the image", one.class));
            return None;
        };
        let cut = [rect.xmin - inside.xmin, rect.ymin - inside.ymin, rect.xmax - inside.xmax, rect.ymax - inside.ymax];
        if cut.iter().any(|c| c.abs() > EDGE) {
            self.clipped += 1;
        }
        Some(if frame == Frame::Raw { frame::upright(inside, from, orientation) } else { inside })
    }

    fn finished(
        mut self,
        format: Format,
        images: Spilled<ReadImage>,
        with_headers: usize,
        options: &Options,
    ) -> Result<Reading, SpillError> {
        let mut remarks = std::mem::take(&mut self.draft.remarks);
        for (sentence, names) in &self.turned {
            let shown: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
            let more = names.len().saturating_sub(shown.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            remarks.push(format!("{}{more} (turned by EXIF): {sentence}.", shown.join(", ")));
        }
        if self.scaled > 0 {
            remarks.push(format!(
                "boxes of {} images were drawn on a larger or smaller copy, as the stated sizes say, and were scaled.",
                self.scaled
            ));
        }
        if self.swapped > 0 {
            remarks.push(format!(
                "{} written with a negative size or with the corners in another order: the same rectangle is taken, \
                 whichever corner it was drawn from.",
                boxes_text(self.swapped)
            ));
        }
        let (within, first) = &self.within_one;
        if *within > 0 {
            self.draft.conflicts.push(format!(
                "{} in the first pixel of the picture, the first in {first}: they seem to be in shares of the sides where \
                 pixels are meant; write them in pixels.",
                if *within == 1 { "1 box lies".to_owned() } else { format!("{within} boxes lie") }
            ));
        }
        if self.called_none > 0 {
            remarks.push(format!(
                "{} the image is called none, which is taken for no finding; where it means something else, give it another \
                 name.",
                if self.called_none == 1 { "once".to_owned() } else { format!("{} times", self.called_none) }
            ));
        }
        remarks.extend(self.differing.sentences());
        let of_patients = self.patients.filter(|_| self.of_patients > 0);
        remarks.extend(of_patients.map(|patients| patients.sentence(self.of_patients)));
        let (cut_short, names) = self.cut_short;
        if cut_short > 0 {
            let more =
                if cut_short > names.len() { format!(" and {} more", cut_short - names.len()) } else { String::new() };
            remarks.push(format!(
                "{}{more}: the file is cut short, and the picture is used as far as it decodes; copy it again.",
                names.join(", ")
            ));
        }
        let tally = Tally::of(&images)?;
        // Beside a folder for the test there is but one thing it can mean.
        for ((folder, split), count) in self.unsure.iter().filter(|_| !tally.splits.contains_key(&Split::Test)) {
            self.draft.conflicts.push(format!(
                "the {count} images of the folder {folder} are taken for {}, as it is called; some call what is tested on \
                 so: call it val or test to have no doubt.",
                split.name()
            ));
        }
        let findings = self.findings || tally.findings;
        let mut classes = classes(self.draft.classes, &tally);
        if findings {
            // Of findings "nothing to find" is that all are absent.
            classes.retain(|class| !means_nothing_to_find(class) || tally.boxes.contains_key(class));
        }
        Ok(Reading {
            format,
            ordinal: !findings && are_grades(&classes),
            findings,
            has_splits: !tally.splits.is_empty(),
            images,
            turned: self.turned.values().map(Vec::len).sum(),
            unannotated: self.unannotated,
            classes,
            left_out: self.draft.left_out,
            unlisted: self.draft.unlisted,
            conflicts: self.draft.conflicts,
            remarks,
            boxes_clipped: self.clipped,
            with_headers,
            patients: options.patients.clone(),
            tables: self.draft.tables,
            counted: Counted::of(tally),
        })
    }
}

/// A point of a picture of the stated size in pixels of the oriented frame; `None` where it lies outside the image.
fn point(at: [f64; 2], from: [f64; 2], stated: [f64; 2], frame: Frame, orientation: u8) -> Option<[f64; 2]> {
    // In this order, so that nothing is lost where both sizes are one.
    let [x, y] = [at[0] * (from[0] / stated[0]), at[1] * (from[1] / stated[1])];
    let inside = |value: f64, side: f64| -EDGE <= value && value <= side + EDGE;
    if !inside(x, from[0]) || !inside(y, from[1]) {
        return None;
    }
    let rect = Rect { xmin: x, ymin: y, xmax: x, ymax: y };
    let rect = if frame == Frame::Raw { frame::upright(rect, from, orientation) } else { rect };
    Some([rect.xmin, rect.ymin])
}

/// The classes the files declare, then those only used, in natural order.
fn classes(mut declared: Vec<String>, tally: &Tally) -> Vec<String> {
    let known: HashSet<&str> = declared.iter().map(String::as_str).collect();
    let mut more: Vec<String> =
        tally.classes().into_iter().filter(|class| !known.contains(class)).map(str::to_owned).collect();
    more.sort_by(|a, b| natural_order(a, b));
    declared.extend(more);
    declared
}

fn boxes_text(count: usize) -> String {
    if count == 1 { "1 box is".into() } else { format!("{count} boxes are") }
}
