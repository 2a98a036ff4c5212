//! How a table is read: which column holds what, told by its header, by what a person said, and by what its rows hold.

use super::begun::{Begun, Known, begin};
use super::called::Called;
use super::cell::{Cells, Order};
use super::commas::Commas;
use super::doubt::Doubt;
use super::extents::Extents;
use super::findings;
use super::mapping::{ATTRIBUTE, InCell, Mapping};
use super::named::{self, Joined};
use super::published::Published;
use super::rect::rect;
use super::references::References;
use super::rows::{Row, Table};
use super::write;
use crate::domain::class_list::means_nothing_to_find;
use crate::interchange::model::attributes::Column;
use crate::interchange::model::columns::Columns;
use crate::interchange::model::draft::Unit;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::io::BufRead;

/// Sides of pictures of a few pixels, at most.
const TINY: f64 = 16.0;
/// So many different classes are kept to tell several in one cell from one.
const MOST_CLASSES: usize = 10_000;
/// What stands behind a picture's name where a row says whether there is any of the others.
const ANY_BEHIND: &str = "any";

/// How a table is read.
pub struct Plan {
    pub columns: Vec<String>,
    pub delimiter: char,
    /// The columns whose numbers have a decimal comma.
    pub commas: Commas,
    pub mapping: Mapping,
    pub published: Option<Published>,
    /// Columns of 0 and 1, a finding each.
    pub findings: Vec<usize>,
    /// Exactly one of those is 1 in each row: they are classes.
    pub exclusive: bool,
    /// Columns of 0 and 1 that may be findings, and nothing says so.
    pub perhaps: Vec<usize>,
    /// Another table beside it has other findings, so that "all others" would say too much here.
    pub by_name: bool,
    /// Columns that hold nothing else and are kept as attributes, with their names.
    pub kept: Vec<(usize, String)>,
    /// It is our own export, whose columns are known.
    pub own: bool,
    /// Where it is, the column that says whether a person reviewed the image.
    pub reviewed: Option<usize>,
    /// Where it is, the column that says which reading of its reader a row is of.
    pub reading: Option<usize>,
    /// How most of its boxes are meant.
    pub unit: Unit,
    /// What the four numbers of a box in one cell are.
    pub in_cell: Order,
    /// There are pictures of a few pixels.
    pub tiny: bool,
    /// Classes that cells name by themselves.
    pub alone: HashSet<String>,
    /// All its classes are whole numbers, some with nothing behind their point: numbers of a column with gaps are written so.
    pub whole: bool,
    /// So many folders above a picture's name must be as written: names alone do not tell pictures apart.
    pub folders: usize,
    /// The column for the images was told by their names being there.
    pub image_by_names: bool,
    /// The column that names pictures together with that for the images.
    pub joined: Option<Joined>,
    /// Classes that a person gives a name, whatever they are called.
    pub mapped: Vec<String>,
    /// -1 stands for no class.
    minus_one: bool,
    pub has_header: bool,
    /// Its images are all that lie in the folders it names.
    pub studies: bool,
    /// A cell of the class column holds a list: each cell names all that its image has.
    pub listed: bool,
    /// The column that says whether what the class column names is present.
    pub presence: Option<usize>,
    /// A person said that there are findings: the class of a box is one that is present.
    pub drawn_findings: bool,
    /// Some rows say that there is nothing to find: who finds nothing has a row, and all that nobody names is absent.
    pub says_none: bool,
    /// Where the column for the images names a finding in one with the picture: all that it names, as they come.
    pub behind: Vec<String>,
    /// What RSNA's `Target` means, and the table that calls it so.
    pub target: (String, Option<String>),
    /// Columns that may be findings, but for some cells.
    doubt: Doubt,
}

impl Plan {
    /// Looks through a table; `open` opens it anew. `mapped` are the classes that a person names anew.
    ///
    /// # Errors
    /// What is wrong with it, in words that go behind its name.
    pub fn of<R: BufRead>(
        open: &dyn Fn() -> Result<Table<R>, String>,
        given: &Columns,
        mapped: &[String],
        called: &Called,
        known: Known,
    ) -> Result<Self, String> {
        let mut table = open()?;
        let begun = begin(&mut table, given, called, known)?;
        if let Some(why) = begun.why_not(&table.columns) {
            return Err(why);
        }
        let Begun { mapping, image_by_names, joined, findings, perhaps, studies, with_finding } = begun;
        let Table { columns, delimiter, has_header, .. } = table;
        let mut table = open()?;
        let published = Published::of(&columns);
        let mut plan = Self {
            columns,
            delimiter,
            commas: Commas::default(),
            mapping,
            published,
            findings,
            exclusive: false,
            perhaps,
            by_name: false,
            kept: Vec::new(),
            own: false,
            reviewed: None,
            reading: None,
            unit: Unit::Pixels,
            in_cell: Order::Size,
            tiny: false,
            alone: HashSet::new(),
            whole: false,
            folders: 0,
            image_by_names,
            joined,
            mapped: mapped.to_vec(),
            minus_one: false,
            has_header,
            studies,
            listed: false,
            presence: None,
            drawn_findings: false,
            says_none: false,
            behind: Vec::new(),
            target: ("Pneumonia".to_owned(), None),
            doubt: Doubt::default(),
        };
        plan.drawn_findings = known.findings && plan.mapping.class.is_some() && plan.mapping.boxes.is_some();
        plan.look_through(&mut table, known, with_finding.is_some())?;
        if !plan.findings.is_empty() && !plan.are_findings(&mut open()?, known)? {
            plan.perhaps = std::mem::take(&mut plan.findings);
        }
        Ok(plan)
    }

    fn look_through<R: BufRead>(
        &mut self,
        table: &mut Table<R>,
        known: Known,
        with_finding: bool,
    ) -> Result<(), String> {
        // Our own export: its other columns are what the program and its readers said, but for those it calls attributes.
        let own = self.columns.iter().any(|name| name == "sha256");
        self.own = own;
        self.reviewed = write::reviewed_of(&self.columns);
        self.reading = write::reading_of(&self.columns);
        let of_image = |name: &str| !own || name.starts_with(ATTRIBUTE);
        let mut others: Vec<(usize, Column)> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(at, name)| {
                // How often a class was found says the class itself.
                let again = self.mapping.yes_or_no.is_some() && name == "fracture_count";
                let of_a_row = self.published.is_some_and(|published| published.is_of_a_row(name));
                let used = self.reading == Some(at) || self.mapping.uses(at);
                let other = of_image(name) && !again && !of_a_row && !used;
                other.then(|| (at, Column::of(name.strip_prefix(ATTRIBUTE).unwrap_or(name))))
            })
            .collect();
        let mut tiny = false;
        // As either order of a box in one cell has it.
        let mut extents = [Extents::default(), Extents::default()];
        let mut cells = Cells::of(self.mapping.boxes.as_ref());
        let (mut whole, mut pointed) = (true, false);
        let mut references = References::default();
        let (mut row, mut filled) = (Row::default(), BTreeSet::<usize>::new());
        let (columns, mapping) = (&self.columns, &self.mapping);
        let name = |at: usize| columns.get(at).map_or("", String::as_str);
        let holds = |at: usize, cell: &str| {
            own || mapping.findings.contains(&at) || findings::may_be(name(at), cell, known.findings)
        };
        let mut presence = self.may_say_presence();
        let asked = mapping.class.is_none() && mapping.findings.is_empty() && self.has_header && !own;
        let free = (0..).zip(columns).filter(|(at, _)| asked && !mapping.uses(*at));
        let mut doubt = Doubt::of(free.map(|(at, name)| (at, name.as_str())));
        while table.next(&mut row)? {
            doubt.take(&row);
            if with_finding {
                let behind = named::finding_behind(row.cell(self.mapping.image)).map(|(_, finding)| finding);
                let new = behind.filter(|finding| self.behind.iter().all(|known| known != finding));
                self.behind.extend(new.filter(|_| self.behind.len() < named::MOST_ENDS).map(str::to_owned));
            }
            presence = presence.filter(|at| findings::mark(row.cell(*at)).is_some());
            others.retain_mut(|(at, column)| column.take(row.cell(*at)));
            self.findings.retain(|at| holds(*at, row.cell(*at)));
            self.perhaps.retain(|at| findings::flag(row.cell(*at)).is_some());
            filled.extend(self.findings.iter().chain(&self.perhaps).filter(|at| !row.cell(**at).is_empty()));
            references.take(&self.name_of(&row));
            if let Some(columns) = &self.mapping.boxes
                && let Ok(Some(sized)) = rect(columns, &row, self.delimiter, InCell::Size)
                && let Ok(Some(cornered)) = rect(columns, &row, self.delimiter, InCell::Corners)
            {
                let [by_size, by_corners] = &mut extents;
                by_size.take(sized);
                by_corners.take(cornered);
                let side = |at: usize| row.cell(at).parse::<f64>().ok();
                cells.take(cornered, self.mapping.size.and_then(|[w, h]| Some([side(w)?, side(h)?])));
                // What is drawn on a picture of a few pixels is small.
                tiny |= self.mapping.size.is_some_and(|size| {
                    size.iter().all(|at| row.cell(*at).parse::<f64>().is_ok_and(|side| side <= TINY))
                });
            }
            let class = self.mapping.class.map(|at| row.cell(at));
            let Some(class) = class.filter(|class| !class.is_empty() && !self.is_unlabelled(class)) else {
                continue;
            };
            self.says_none |= self.drawn_findings && findings::is_none(class);
            self.listed |= findings::several(findings::unlisted(class), &HashSet::new()).is_some();
            let number = if whole { whole_number(class, self.delimiter) } else { None };
            whole &= number.is_some();
            pointed |= number.is_some_and(|number| number.len() < class.len());
            if self.alone.len() < MOST_CLASSES && !self.alone.contains(class) {
                self.alone.insert(class.to_owned());
            }
        }
        (self.doubt, self.presence) = (doubt, presence);
        // With 1 alone it is one of two classes.
        let mut classes = self.alone.iter().filter(|class| !findings::is_minus_one(class)).peekable();
        self.minus_one = classes.peek().is_some() && !classes.all(|class| findings::flag(class) == Some(Some(1)));
        self.in_cell = cells.order();
        let [by_size, by_corners] = extents;
        let Extents { shares, pixels, ones } = match self.in_cell.meant() {
            Some(InCell::Size) | None => by_size,
            Some(InCell::Corners) => by_corners,
        };
        let in_shares = !tiny && (shares > pixels || (shares + pixels == 0 && ones > 0));
        self.unit = if in_shares { Unit::Fractions } else { Unit::Pixels };
        self.tiny = tiny;
        self.whole = whole && pointed;
        self.folders = references.folders();
        // One that is blank throughout is a finding where it is called so.
        self.findings
            .retain(|at| own || filled.contains(at) || mapping.findings.contains(at) || findings::is_known(name(*at)));
        self.perhaps.retain(|at| filled.contains(at));
        let kept = others.into_iter().filter(|(at, column)| column.is_kept() && self.presence != Some(*at));
        let name = |at: usize| {
            let name = self.columns.get(at).map_or("", String::as_str);
            name.strip_prefix(ATTRIBUTE).filter(|_| own).unwrap_or(name).to_lowercase().replace('_', " ")
        };
        self.kept = kept.map(|(at, _)| (at, name(at))).collect();
        Ok(())
    }

    /// Whether columns of 0 and 1 are findings: by their names, since somebody said so, or since exactly one is 1 in each
    /// row; those are classes unless somebody said otherwise.
    fn are_findings<R: BufRead>(&mut self, table: &mut Table<R>, known: Known) -> Result<bool, String> {
        let name = |at: &usize| self.columns.get(*at).map_or("", String::as_str);
        self.kept.retain(|(at, _)| !self.findings.contains(at));
        if self.own || !self.mapping.findings.is_empty() || known.findings {
            return Ok(true);
        }
        let named = findings::are_findings(self.findings.iter().map(name));
        let one_of: Vec<usize> = self.findings.iter().copied().filter(|at| !findings::is_any(name(at))).collect();
        let mut row = Row::default();
        let mut seen = HashSet::new();
        self.exclusive = true;
        while self.exclusive && table.next(&mut row)? {
            match findings::only(|at| row.cell(at), &one_of) {
                Some(at) => drop(seen.insert(at)),
                None => self.exclusive = false,
            }
        }
        if self.exclusive {
            self.findings = one_of;
        }
        Ok(named || (self.exclusive && seen.len() >= 2))
    }

    /// Whether it says anything of images besides that they are there.
    pub fn says_something(&self) -> bool {
        let Mapping { class, boxes, group, split, .. } = &self.mapping;
        class.is_some() || boxes.is_some() || group.is_some() || split.is_some() || !self.findings.is_empty()
    }

    /// Whether a finding that stands behind a picture's name says that there is any of the others.
    pub fn is_any_behind(&self, finding: &str) -> bool {
        self.behind.len() > 1 && finding.eq_ignore_ascii_case(ANY_BEHIND)
    }

    /// The name behind pictures' names that says so.
    pub fn any_behind(&self) -> impl Iterator<Item = &str> {
        self.behind.iter().map(String::as_str).filter(|name| self.is_any_behind(name))
    }

    /// The classes that a cell of the class column names, where they are several.
    pub fn several<'a>(&self, class: &'a str) -> Option<Vec<&'a str>> {
        if self.whole { None } else { findings::several(class, &self.alone) }
    }

    /// What the finding of a column is called.
    pub fn finding(&self, at: usize) -> &str {
        let name = self.column(at);
        if self.own { write::finding_of(name) } else { name }
    }

    /// The names of its findings in order, where its columns hold some.
    pub fn named_findings(&self) -> Vec<&str> {
        let all = self.findings.iter().filter(|_| !self.exclusive).map(|at| self.finding(*at));
        let all = all.filter(|name| !findings::is_any(name));
        let behind = self.behind.iter().map(String::as_str).filter(|name| !self.is_any_behind(name));
        all.chain(behind).filter(|name| !means_nothing_to_find(name)).collect()
    }

    /// The classes of its boxes, in order, where those are findings.
    pub fn drawn_classes(&self) -> Vec<&str> {
        if self.published == Some(Published::Rsna) {
            return vec![&self.target.0];
        }
        let is_one = |class: &&str| !findings::is_none(class) && !means_nothing_to_find(class);
        let mut classes: Vec<&str> = self.alone.iter().map(String::as_str).filter(is_one).collect();
        classes.sort_unstable();
        classes
    }

    /// Whether each row names one finding of several: its column is called so.
    pub fn lists(&self) -> bool {
        self.mapping.boxes.is_none()
            && self.behind.is_empty()
            && self.mapping.class.is_some_and(|at| findings::is_list(self.column(at)))
    }

    /// The column that may say whether what its row names is present, by what it is called.
    fn may_say_presence(&self) -> Option<usize> {
        let has_names = self.mapping.class.is_some() && self.mapping.boxes.is_none() && !self.own;
        let named = |(at, name): (usize, &String)| {
            (has_names && !self.mapping.uses(at) && findings::says_presence(name)).then_some(at)
        };
        (0..).zip(&self.columns).find_map(named)
    }

    /// A sentence for each column that is taken for no finding because of some of its cells, beside columns that are.
    pub fn doubtful(&self) -> Vec<String> {
        if self.findings.is_empty() { Vec::new() } else { self.doubt.sentences(&self.findings, |at| self.column(at)) }
    }

    /// Whether a cell of the class column says that nobody gave a class.
    pub fn is_unlabelled(&self, class: &str) -> bool {
        (findings::is_not_known(class) || (self.minus_one && findings::is_minus_one(class)))
            && !self.mapped.iter().any(|mapped| mapped == class)
    }

    /// What names the picture of a row.
    pub fn name_of<'a>(&self, row: &'a Row) -> Cow<'a, str> {
        let id = row.cell(self.mapping.image);
        if let (false, Some((id, _))) = (self.behind.is_empty(), named::finding_behind(id)) {
            return Cow::Borrowed(id);
        }
        let joined = self.joined.as_ref().and_then(|joined| joined.name(id, row.cell(joined.column)));
        joined.map_or(Cow::Borrowed(id), Cow::Owned)
    }

    /// What a class is called that is written so.
    pub fn class_name<'a>(&self, written: &'a str) -> &'a str {
        if self.whole { whole_number(written, self.delimiter).unwrap_or(written) } else { written }
    }

    /// What its numbers mean, as it is published.
    pub fn meaning(&self) -> Option<String> {
        Some(match self.published {
            Some(Published::Rsna) => {
                let (target, by) = &self.target;
                let none = if self.drawn_findings { "that it is absent" } else { "that nothing was found" };
                let by = by.as_ref().map_or_else(String::new, |by| format!(" (as {by} calls it)"));
                format!("1 is {target}{by} and 0 {none}")
            }
            Some(Published::Graz) => "1 is a fracture that is visible and an empty cell none".to_owned(),
            None if self.studies => "for all pictures of the folders it names, 1 is positive and 0 negative".to_owned(),
            Some(Published::OpenImages | Published::RsnaClasses) | None => return None,
        })
    }

    /// A column's name.
    pub fn column(&self, at: usize) -> &str {
        self.columns.get(at).map_or("", String::as_str)
    }
}

/// The whole number that a cell holds, without the zeros behind its point or decimal comma.
fn whole_number(cell: &str, delimiter: char) -> Option<&str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let comma = || cell.split_once(',').filter(|_| delimiter != ',');
    let (whole, fraction) = cell.split_once('.').or_else(comma).unwrap_or((cell, "0"));
    let is_whole = digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(fraction);
    Some(whole).filter(|_| is_whole && fraction.bytes().all(|byte| byte == b'0'))
}
