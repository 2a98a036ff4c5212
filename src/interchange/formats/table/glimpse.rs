//! What the beginning of a table tells: whether it says something of the pictures that are there, and whether it only
//! lists what their folders say, too.

use super::begun::{self, Begun};
use super::called::{Called, Folders};
use super::commas::Commas;
use super::findings;
use super::rows::{Row, Table};
use super::{beside, named, told_columns};
use crate::interchange::formats::folders::likeness::look_like_classes;
use crate::interchange::formats::{Glance, Rank, Told};
use crate::interchange::model::layout::Layout;
use crate::interchange::model::names::{base_name, path_of, stem};
use crate::interchange::source::listing::Other;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The beginning of a table.
pub struct Glimpse {
    pub columns: Vec<String>,
    pub has_header: bool,
    begun: Result<Begun, String>,
    commas: Commas,
    /// The rows' cells.
    rows: Vec<Vec<String>>,
}

impl Glimpse {
    /// Of a file; `None` where it is no table, or not one line of it is whole.
    pub fn of(other: &Other, glance: &Glance<'_>) -> Option<Self> {
        Self::among(other, glance, &Called::of(glance.pictures.iter().copied()))
    }

    fn among(other: &Other, glance: &Glance<'_>, called: &Called) -> Option<Self> {
        if !is_table(&other) {
            return None;
        }
        let text = other.whole_lines()?;
        let is_picture = |cell: &str| called.is_picture(cell);
        let mut as_written = Table::of_text(text, &is_picture).ok()?;
        let none = Vec::new();
        let given = told_columns(glance.options, &as_written.columns, as_written.has_header).unwrap_or(&none);
        // The end of what was looked at may be within a quoted cell.
        let commas = Commas::of(&mut as_written, given).unwrap_or_default();
        let open = || Some(Table::of_text(text, &is_picture).ok()?.with(commas.clone()));
        let mut table = open()?;
        let has_ids = glance.others.iter().any(|other| beside::is_ids(&other.name));
        let (columns, has_header) = (table.columns.clone(), table.has_header);
        let known = begun::Known { has_ids, findings: glance.options.findings };
        let begun = begun::begin(&mut table, given, called, known);
        let (mut again, mut row, mut rows) = (open()?, Row::default(), Vec::new());
        // The end of what was looked at may be within a quoted cell.
        while let Ok(true) = again.next(&mut row) {
            rows.push((0..columns.len()).map(|at| row.cell(at).to_owned()).collect());
        }
        Some(Self { columns, has_header, begun, commas, rows })
    }

    /// Cells of the column for the images; of all columns where that is not known.
    pub fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.rows.iter().flat_map(move |row| match &self.begun {
            Ok(begun) => vec![name_in(begun, row)],
            Err(_) => row.iter().map(|cell| Cow::Borrowed(cell.as_str())).collect(),
        })
    }

    /// Why the table cannot be read, although it is known what its columns hold.
    pub fn why_not(&self) -> Option<String> {
        self.begun.as_ref().ok()?.why_not(&self.columns)
    }

    /// Why numbers of it are taken for none, where their commas are at odds.
    pub fn doubt(&self) -> Option<String> {
        let mapping = &self.begun.as_ref().ok()?.mapping;
        self.commas.doubt(mapping, |at| self.columns.get(at).map_or("", String::as_str))
    }

    /// The column for the images, where it is known.
    pub fn image(&self) -> Option<&str> {
        self.columns.get(self.begun.as_ref().ok()?.mapping.image).map(String::as_str)
    }

    /// The columns' names for a sentence, the first so many.
    pub fn columns_text(&self, named: usize) -> String {
        let first = self.rows.first().map_or(&[][..], Vec::as_slice);
        let names = if self.has_header { &self.columns } else { first };
        let more = if names.len() > named { ", ..." } else { "" };
        let of = if self.has_header { "" } else { "no line names them; the first row: " };
        format!("{of}{}{more}", names.iter().take(named).map(String::as_str).collect::<Vec<_>>().join(", "))
    }

    /// A column that may be a finding's, by what its cells say, where there are several such.
    pub fn a_finding(&self) -> Option<&str> {
        let is_of_findings = |at: usize| {
            let mut cells = self.rows.iter().filter_map(|row| row.get(at)).map(|cell| findings::flag(cell));
            cells.clone().all(|flag| flag.is_some()) && cells.any(|flag| flag.flatten().is_some())
        };
        let names = self.columns.iter().enumerate().filter(|(_, name)| !findings::is_of_image(name));
        let mut of_findings = names.filter(|(at, _)| is_of_findings(*at)).map(|(_, name)| name.as_str());
        of_findings.next().filter(|_| of_findings.next().is_some())
    }

    fn says_something(&self) -> bool {
        self.begun.as_ref().is_ok_and(|begun| {
            let Begun { mapping, findings, .. } = begun;
            (mapping.class.is_some() || mapping.boxes.is_some() || !findings.is_empty())
                && begun.why_not(&self.columns).is_none()
        })
    }

    /// What a row says of its image's class.
    fn class<'a>(&'a self, row: &'a [String]) -> Option<&'a str> {
        let Begun { mapping, findings, .. } = self.begun.as_ref().ok()?;
        let cell = |at: usize| row.get(at).map_or("", String::as_str);
        match mapping.class {
            Some(at) => Some(cell(at)).filter(|class| !class.is_empty()),
            None => self.columns.get(findings::only(cell, findings)?).map(String::as_str),
        }
    }

    fn rank(&self, pictures: &[&str]) -> Option<Rank> {
        let begun = self.begun.as_ref().ok()?;
        let mapping = &begun.mapping;
        Some(match (&mapping.boxes, mapping.yes_or_no) {
            // FracAtlas' table says more of the images than its annotation files, which are beside it.
            (_, Some(_)) => Rank::Whole,
            (Some(_), None) => Rank::Annotations,
            (None, None) if self.lists_folders(begun, pictures) => Rank::List,
            (None, None) => Rank::Labels,
        })
    }

    /// Whether its classes are those of the pictures' folders, by their names or each by another.
    fn lists_folders(&self, begun: &Begun, pictures: &[&str]) -> bool {
        if !look_like_classes(pictures.iter().copied()) {
            return false;
        }
        let bare = |cell: &str| stem(base_name(&path_of(cell))).to_lowercase();
        let classes = self.rows.iter().filter_map(|row| Some((bare(&name_in(begun, row)), self.class(row)?)));
        let classes: BTreeMap<String, &str> = classes.collect();
        let layout = Layout::of(pictures.iter().copied());
        let pairs: BTreeSet<(String, &str)> =
            pictures.iter().filter_map(|name| Some((layout.place(name).class?, *classes.get(&bare(name))?))).collect();
        let by_name = pairs.iter().all(|(folder, class)| folder.eq_ignore_ascii_case(class));
        let folders: BTreeSet<&str> = pairs.iter().map(|(folder, _)| folder.as_str()).collect();
        let classes: BTreeSet<&str> = pairs.iter().map(|(_, class)| *class).collect();
        // Of a table that speaks of whole folders, as MURA's does, nothing is known here.
        !pairs.is_empty() && (by_name || (pairs.len() == folders.len() && pairs.len() == classes.len()))
    }
}

/// The table that says most of the pictures, and why it is taken.
pub fn best(glance: &Glance<'_>) -> Option<Told> {
    if !glance.others.iter().any(|other| other.is("csv") || other.is("tsv")) {
        return None;
    }
    let called = Called::of(glance.pictures.iter().copied());
    let has_ids = glance.others.iter().any(|other| beside::is_ids(&other.name));
    let folders = std::cell::OnceCell::new();
    let told = glance.others.iter().filter_map(|other| {
        let glimpse = Glimpse::among(other, glance, &called).filter(Glimpse::says_something)?;
        let there = |cell: &str| {
            called.is_picture(cell)
                || (super::headless::is_folder(cell)
                    && !folders
                        .get_or_init(|| Folders::of(glance.pictures.iter().copied()))
                        .pictures_of(cell)
                        .is_empty())
        };
        if !has_ids && !glimpse.names().any(|name| there(&name)) {
            return None;
        }
        let image = glimpse.image()?;
        let unnamed = if glimpse.has_header { "" } else { " (no line names its columns)" };
        let reason = format!("{} names the pictures in its column {image}{unnamed}", other.name);
        Some(Told { reason, rank: glimpse.rank(glance.pictures)? })
    });
    let told = told.min_by_key(|told| told.rank);
    // Who names columns means the tables.
    let named = if glance.options.columns.is_empty() { None } else { glance.others.iter().find(is_table) };
    named.map_or(told.clone(), |other| {
        let reason = told.map_or_else(|| format!("columns were named, as {} has them", other.name), |told| told.reason);
        Some(Told { reason, rank: Rank::Whole })
    })
}

/// Whether a file is a table of what pictures show.
fn is_table(other: &&Other) -> bool {
    (other.is("csv") || other.is("tsv")) && !beside::is_ids(&other.name) && !beside::is_classes(&other.name)
}

/// What names the picture of a row.
fn name_in<'a>(begun: &Begun, row: &'a [String]) -> Cow<'a, str> {
    let cell = |at: usize| row.get(at).map_or("", String::as_str);
    let id = cell(begun.mapping.image);
    if let (Some(_), Some((id, _))) = (&begun.with_finding, named::finding_behind(id)) {
        return Cow::Borrowed(id);
    }
    let joined = begun.joined.as_ref().and_then(|joined| joined.name(id, cell(joined.column)));
    joined.map_or(Cow::Borrowed(id), Cow::Owned)
}
