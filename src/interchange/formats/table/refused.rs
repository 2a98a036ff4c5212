//! What of a table is not taken: the first rows by their numbers, and how many there are.

use super::aside::Aside;
use super::cell;
use super::findings;
use super::mapping::BoxColumns;
use super::plan::Plan;
use super::published::Published;
use crate::domain::class_list::means_nothing_to_find;
use crate::interchange::model::draft::{Draft, Unit};
use std::collections::BTreeMap;

/// So many rows are named for each reason.
const NAMED: usize = 20;

/// What was not taken.
#[derive(Default)]
pub struct Refused {
    rows: BTreeMap<String, (Vec<u64>, u64)>,
    /// Rows that name several findings, and what the first has.
    several: (u64, String),
    /// Cells of findings' columns that say nothing that is known, and the first.
    unread: (u64, String),
    /// Rows that say that there is something, and name nothing.
    unnamed: u64,
    /// Rows that say that there is no finding and do not mention what is none.
    unmentioned: u64,
    asides: BTreeMap<Aside, u64>,
    absent: u64,
    unsure: u64,
    unlabelled: BTreeMap<String, u64>,
    nameless: Option<String>,
}

impl Refused {
    /// A row.
    pub fn row(&mut self, number: u64, why: &str) {
        if !self.rows.contains_key(why) {
            self.rows.insert(why.to_owned(), (Vec::new(), 0));
        }
        if let Some((named, count)) = self.rows.get_mut(why) {
            *count += 1;
            if named.len() < NAMED {
                named.push(number);
            }
        }
    }

    /// A row that names several findings.
    pub fn several(&mut self, written: &str) {
        count(&mut self.several, written);
    }

    /// A cell of a finding's column that says nothing that is known.
    pub fn unread(&mut self, written: &str) {
        count(&mut self.unread, written);
    }

    /// A row that says that there is something, and names none of the findings.
    pub fn unnamed(&mut self) {
        self.unnamed += 1;
    }

    /// A row that says that there is no finding, and nothing of what is none.
    pub fn unmentioned(&mut self) {
        self.unmentioned += 1;
    }

    /// A word in a list of findings that is none.
    pub fn aside(&mut self, aside: Aside) {
        *self.asides.entry(aside).or_default() += 1;
    }

    /// A row that says that its image is not of a class.
    pub fn absent(&mut self) {
        self.absent += 1;
    }

    /// A class that says that none was given.
    pub fn unlabelled(&mut self, written: &str) {
        match self.unlabelled.get_mut(written) {
            Some(count) => *count += 1,
            None => drop(self.unlabelled.insert(written.to_owned(), 1)),
        }
    }

    /// A box of which it is not sure what its numbers are.
    pub fn unsure(&mut self) {
        self.unsure += 1;
    }

    /// A class that has an identifier and no name.
    pub fn nameless(&mut self, class: &str) {
        if self.nameless.is_none() {
            self.nameless = Some(class.to_owned());
        }
    }

    /// All of it, and how the table was read, in words.
    pub fn told(mut self, plan: &Plan, file: &str) -> Draft<()> {
        let mut draft = Draft::default();
        let mut rows: Vec<(u64, String)> = Vec::new();
        for (why, (named, count)) in std::mem::take(&mut self.rows) {
            let more = count - named.len() as u64;
            rows.extend(named.into_iter().map(|number| (number, why.clone())));
            if more > 0 {
                draft.leave_out(format!("{file}, {more} more rows"), why);
            }
        }
        rows.sort();
        let rows = rows.into_iter().map(|(number, why)| (format!("{file} line {number}"), why));
        draft.left_out.splice(0..0, rows);
        let mut label = |count: u64, why: String| {
            if count > 0 {
                draft.leave_out(format!("{file}, labels of {}", rows_text(count)), why);
            }
        };
        let (unread, first) = &self.unread;
        label(
            *unread,
            format!(
                "a finding's cell ({first}) is neither present (1, yes, true), absent (0, no, false), uncertain (-1, u) nor \
                 blank: nothing is taken of it"
            ),
        );
        label(self.absent, "the image is not of the class (confidence 0), which is not kept".into());
        let (several, first) = &self.several;
        draft.remarks.push(format!("{file}: {}.", how(plan)));
        draft.remarks.extend(plan.commas.sentence(|at| plan.column(at)).map(|said| format!("{file}: {said}")));
        let doubt = plan.commas.doubt(&plan.mapping, |at| plan.column(at));
        draft.conflicts.extend(doubt.map(|said| format!("{file}: {said}.")));
        let class = plan.mapping.class.map_or("its columns", |at| plan.column(at));
        for (written, count) in &self.unlabelled {
            draft.remarks.push(format!(
                "{file}: {class} is {written} in {}, which says that no class was given: it is none, and such images are not \
                 taken for looked at (to make a class of it, --map={written}=NAME).",
                rows_text(*count)
            ));
        }
        let asides = self.asides.iter().map(|(aside, count)| aside.sentence(class, &rows_text(*count)));
        draft.remarks.extend(asides.map(|said| format!("{file}: {said}")));
        if self.unmentioned > 0 {
            let list = |is: fn(&str) -> bool| {
                let all = plan.findings.iter().map(|at| plan.column(*at));
                all.filter(|name| is(name)).collect::<Vec<_>>().join(", ")
            };
            draft.remarks.push(format!(
                "{file}: {} is blank in {} by whose {} there is nothing to find: that speaks of pathology only (as in \
                 CheXpert's labeler), so that nothing is said of what is blank there.",
                list(findings::is_beside),
                rows_text(self.unmentioned),
                list(|name| means_nothing_to_find(name) || findings::is_any(name))
            ));
        }
        if *several > 0 {
            draft.remarks.push(format!(
                "{file}: {} several findings ({first}): those named are present on the image, all others absent.",
                if *several == 1 { "1 row names".to_owned() } else { format!("{several} rows name") }
            ));
        }
        draft.classes.extend(plan.named_findings().into_iter().map(str::to_owned));
        draft.conflicts.extend(perhaps(plan).into_iter().chain(plan.doubtful()).map(|why| format!("{file}: {why}")));
        if self.unnamed > 0 {
            let all = plan.findings.iter().map(|at| plan.column(*at));
            let any = all.filter(|name| findings::is_any(name) || means_nothing_to_find(name));
            let any: Vec<&str> = any.chain(plan.any_behind()).collect();
            let (places, others) = if plan.behind.is_empty() {
                ("row", "each of the other columns")
            } else {
                ("image", "each of the others")
            };
            draft.conflicts.push(format!(
                "{file}: by {} there is something in {} {places}{}, where {others} is 0: all findings are taken as absent \
                 there; give what is meant a column of its own, or leave these images out.",
                any.join(", "),
                self.unnamed,
                if self.unnamed == 1 { "" } else { "s" }
            ));
        }
        self.tell_of_columns(plan, file, &mut draft);
        draft
    }

    /// What is not sure of the columns, or lies in none of them.
    fn tell_of_columns(&self, plan: &Plan, file: &str, draft: &mut Draft<()>) {
        if let Some(BoxColumns::OneCell(at, _)) = &plan.mapping.boxes {
            draft.conflicts.extend(plan.in_cell.doubt(plan.column(*at)).map(|doubt| format!("{file}: {doubt}")));
            if self.unsure > 0 {
                let what = format!("{file}, boxes of {}", rows_text(self.unsure));
                draft.leave_out(what, format!("it is not sure what the numbers in {} are", plan.column(*at)));
            }
        }
        let unread = if plan.own { Vec::new() } else { cell::unread(&plan.columns, &plan.mapping) };
        if !unread.is_empty() {
            draft.conflicts.push(format!(
                "{file}: the columns {} may hold boxes or places, and nothing of them is taken: if they are boxes, say which \
                 holds what with --column, in pixels or shares of the sides.",
                unread.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ")
            ));
        }
        if let Some(class) = &self.nameless {
            draft.remarks.push(format!(
                "{file}: classes have identifiers and no names ({class}): put the file class-descriptions-boxable.csv, \
                 which names them, beside it, or rename them."
            ));
        }
    }
}

fn count((count, first): &mut (u64, String), written: &str) {
    *count += 1;
    if first.is_empty() {
        written.clone_into(first);
    }
}

/// What to say of columns of 0 and 1 that may be findings.
pub fn perhaps(plan: &Plan) -> Option<String> {
    let names: Vec<&str> = plan.perhaps.iter().take(NAMED).map(|at| plan.column(*at)).collect();
    (names.len() >= 2 && plan.mapping.class.is_none() && plan.findings.is_empty()).then(|| {
        format!(
            "the columns {} hold 0 and 1 and are taken for no findings: if an image may have several of them, say so with \
             --findings, or --column finding=NAME for each that is one.",
            names.join(", ")
        )
    })
}

/// Which columns were taken for what.
fn how(plan: &Plan) -> String {
    let mapping = &plan.mapping;
    let name = |at: usize| {
        let name = plan.column(at);
        if plan.has_header { name.to_owned() } else { format!("column {name}") }
    };
    let mut told = vec![format!("images from {}", name(mapping.image))];
    if plan.image_by_names {
        told.push("which names pictures that are there".into());
    }
    if let Some(joined) = &plan.joined {
        told.push(format!(
            "which together with {} names pictures that are there, and whose value is their group",
            name(joined.column)
        ));
    }
    match mapping.class {
        Some(at) if !plan.behind.is_empty() => told.push(format!(
            "findings from what stands behind the last _ there, and whether each is present from {}: 1 is present, 0 absent, \
             -1 uncertain",
            name(at)
        )),
        class => told.extend(class.map(|at| format!("classes from {}", name(at)))),
    }
    let any: Vec<&str> = plan.any_behind().collect();
    if !any.is_empty() {
        told.push(format!("{} is no finding: 0 there says that all are absent", any.join(", ")));
    }
    if let Some(at) = plan.presence {
        told.push(format!("whether each is present from {}: 1 is present, 0 absent, -1 uncertain", name(at)));
    }
    if plan.whole {
        told.push("which are whole numbers: taken without the zeros behind the point".into());
    }
    if !plan.findings.is_empty() {
        let count = plan.findings.len();
        told.push(if plan.exclusive {
            format!("a class for each of the {count} columns of 0 and 1")
        } else {
            let columns = if count == 1 { "its one column".to_owned() } else { format!("each of {count} columns") };
            format!("a finding for {columns}: 1 is present, 0 absent, -1 uncertain, and blank was not assessed")
        });
    }
    if mapping.boxes.is_some() {
        told.push("boxes from their columns".into());
        if mapping.class.is_none() && plan.findings.is_empty() {
            told.push("which no column names a class of: they are called object".into());
        }
        if plan.drawn_findings {
            let others = match (plan.published, plan.says_none && !plan.by_name) {
                (Some(Published::Rsna), _) | (_, false) => "",
                (_, true) => ", and all others are absent, since who found nothing has a row that says so",
            };
            told.push(format!("a class that is drawn is a finding that is present{others}"));
        }
        if plan.unit == Unit::Fractions {
            told.push("in shares of the image's sides, since none is larger than a pixel".into());
        }
    }
    let others = (0..plan.columns.len()).filter(|at| !mapping.uses(*at)).count();
    if !plan.says_something() && others > 0 {
        let columns = plan.columns.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        told.push(format!(
            "no column is known to hold a class or a box (of {columns}): say which does, --column class=NAME"
        ));
    }
    if let Some(words) = plan.meaning() {
        told.push(words);
    }
    if !plan.has_header {
        told.push("told by their order, since no line names them".into());
    }
    told.join(", ")
}

fn rows_text(count: u64) -> String {
    if count == 1 { "1 row".into() } else { format!("{count} rows") }
}
