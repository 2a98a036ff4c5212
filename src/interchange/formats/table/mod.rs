//! Tables (CSV, TSV): a row an image, a label or a box; with what lies beside them: ids and their files, the boxes of
//! FracAtlas.
//!
//! A table is looked through twice: once for what its columns hold, and once for its rows, which are put by as they come.

mod aside;
mod begun;
mod beside;
mod called;
mod cell;
mod commas;
mod doubt;
mod extents;
mod findings;
mod fracatlas;
pub mod glimpse;
pub mod head;
mod headless;
pub mod mapping;
pub mod measurements;
mod named;
mod plan;
mod published;
mod rect;
mod references;
mod refused;
pub mod rows;
mod rows_to_draft;
mod said;
pub mod write;

#[cfg(test)]
mod lists_tests;
#[cfg(test)]
mod published_findings_tests;
#[cfg(test)]
mod published_tests;
#[cfg(test)]
mod tests;

use super::{Found, Glance, Importer, Told};
use crate::domain::Split;
use crate::domain::class_list::folded;
use crate::interchange::model::columns::{Columns, KnownTable};
use crate::interchange::model::draft::{Draft, Drafts};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, folder_of, split_in_name};
use crate::interchange::model::options::Options;
use crate::interchange::model::spill::SpillError;
use crate::interchange::resolve::given::of_lists;
use crate::interchange::resolve::locate::Pictures;
use crate::interchange::resolve::named::place_of;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Source};
use crate::interchange::source::text::{stream_of, text_of};
use crate::interchange::source::walk::File;
use beside::Beside;
use called::{Called, Folders};
use commas::Commas;
use plan::Plan;
use published::Published;
use rows::Table;
use said::Around;
use std::collections::BTreeSet;

impl Format {
    /// Tables: comma, semicolon or tab separated.
    pub const CSV: Self = Self::new("csv", "CSV");
}

/// Reads [`Format::CSV`].
pub struct Tables;

impl Importer for Tables {
    fn format(&self) -> Format {
        Format::CSV
    }

    /// A table of which columns for the images and for a class or box are known, and that names a picture which is there;
    /// or one beside a table that gives ids their files.
    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        glimpse::best(glance)
    }

    /// The tables below a source, each by its own header.
    fn read(&self, source: &Source, options: &Options) -> Result<Found, ReadError> {
        let mut draft = source.draft();
        let tables: Vec<&File> = source.with_extension("csv").chain(source.with_extension("tsv")).collect();
        let names = || source.pictures.iter().map(|file| &*file.name);
        let reading = Tabular {
            options,
            beside: Beside::of(&tables, &mut draft),
            called: Called::of(names()),
            pictures: &|| Folders::of(names()),
            divided: are_divided(&tables),
        };
        let (mut any, mut yes_or_no) = (false, None);
        let tables = tables.into_iter().filter(|file| !beside::is_ids(&file.name) && !beside::is_classes(&file.name));
        let mut planned: Vec<(&File, Result<Option<Plan>, String>)> =
            tables.map(|file| (file, reading.plan(file))).collect();
        let named = planned.iter_mut();
        name_opacities(named.filter_map(|(file, plan)| Some((&*file.name, plan.as_mut().ok()?.as_mut()?))));
        name_all_findings(planned.iter_mut().filter_map(|(_, plan)| plan.as_mut().ok()?.as_mut()));
        for (file, plan) in planned {
            let before = draft.images.len();
            match plan.and_then(|plan| reading.table(file, plan.as_ref(), &mut draft)) {
                Ok(names) => {
                    any |= draft.images.len() > before;
                    yes_or_no = yes_or_no.or(names);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if let Some(names) = yes_or_no {
            // FracAtlas is a few thousand images.
            let mut here = draft.in_memory()?;
            fracatlas::complete(source, options, names, &mut here);
            draft = source.draft();
            draft.extend(here);
        }
        if any {
            follow_lists(source, &mut draft)?;
            Ok(Found { draft, rest: Rest::Leave })
        } else {
            Err(source.none_of("table (.csv) with a header that names a column for the images", &draft))
        }
    }
}

/// What all tables of a source are read with.
struct Tabular<'a> {
    options: &'a Options,
    beside: Beside,
    called: Called,
    pictures: &'a dyn Fn() -> Folders<'a>,
    /// The tables' names divide their images.
    divided: bool,
}

impl Tabular<'_> {
    /// How one table is read; `None` where it holds lengths and angles.
    fn plan(&self, file: &File) -> Result<Option<Plan>, String> {
        let is_picture = |cell: &str| self.called.is_picture(cell);
        let as_written = || Table::of(stream_of(file, LARGEST)?, &is_picture);
        let mut table = as_written()?;
        if measurements::is_table(&table.columns) {
            return Ok(None);
        }
        let none = Vec::new();
        let told = told_columns(self.options, &table.columns, table.has_header).unwrap_or(&none);
        let commas = Commas::of(&mut table, told)?;
        let open = || Ok(as_written()?.with(commas.clone()));
        let known = begun::Known { has_ids: !self.beside.files.is_empty(), findings: self.options.findings };
        let mut plan = Plan::of(&open, told, &self.options.mapped, &self.called, known)?;
        plan.commas = commas.clone();
        if plan.image_by_names && !plan.says_something() {
            let perhaps = refused::perhaps(&plan).map_or_else(String::new, |why| format!(" ({why})"));
            return Err(format!(
                "no column is known to hold a class or a box: say which does, --column class=NAME; it has {}{perhaps}",
                plan.columns.join(", ")
            ));
        }
        Ok(Some(plan))
    }

    /// Adds what one table says; what 0 and 1 mean in it, where that is FracAtlas'.
    fn table(&self, file: &File, plan: Option<&Plan>, draft: &mut Drafts) -> Result<Option<[&'static str; 2]>, String> {
        let scope = folder_of(&file.name);
        let Some(plan) = plan else {
            let (columns, rows) = rows::rows(&text_of(file, LARGEST)?)?;
            let mut more = measurements::draft(&columns, &rows);
            more.images.iter_mut().for_each(|image| scope.clone_into(&mut image.scope));
            draft.remarks.push(format!("{}: lengths and angles.", file.name));
            draft.extend(more);
            return Ok(None);
        };
        let table = Table::of(stream_of(file, LARGEST)?, &|cell: &str| self.called.is_picture(cell))?;
        let told = told_columns(self.options, &table.columns, table.has_header);
        let table = table.with(plan.commas.clone());
        let around = Around {
            file: &file.name,
            scope,
            split: split_in_name(base_name(&file.name)).filter(|_| self.divided),
            beside: &self.beside,
            called: &self.called,
            pictures: self.pictures,
        };
        let before = draft.images.len();
        let more = rows_to_draft::draft(plan, table, &around, &mut draft.images);
        let mut more: Draft<()> = more.inspect_err(|_| draft.images.truncate(before))?;
        // Without a header another table of as many columns would be taken for this one.
        let known = told.filter(|_| plan.has_header).map(|told| (plan.columns.clone(), told.clone()));
        more.tables.extend(known.map(|(header, columns)| KnownTable { header, columns }));
        draft.join(more);
        Ok(plan.mapping.yes_or_no)
    }
}

/// Where tables have different findings, each names all of its own: "all others are absent" would be said of those of the
/// other tables, too. So does one of which two columns are called alike. Where one has findings, the columns of all are
/// findings, though each row of another has exactly one.
fn name_all_findings<'a>(plans: impl Iterator<Item = &'a mut Plan>) {
    let mut plans: Vec<&mut Plan> = plans.collect();
    if plans.iter().any(|plan| !plan.named_findings().is_empty()) {
        plans.iter_mut().for_each(|plan| plan.exclusive = false);
        by_name_beside_columns(&mut plans);
    }
    plans.retain(|plan| !plan.named_findings().is_empty());
    for plan in &mut plans {
        let names = plan.named_findings();
        let folded: BTreeSet<String> = names.iter().map(|name| folded(name)).collect();
        plan.by_name |= folded.len() < names.len();
    }
    let different: BTreeSet<Vec<String>> = plans
        .iter()
        .map(|plan| {
            let mut names: Vec<String> = plan.named_findings().into_iter().map(str::to_owned).collect();
            names.sort_unstable();
            names
        })
        .collect();
    if different.len() > 1 {
        plans.into_iter().for_each(|plan| plan.by_name = true);
    }
}

/// Where classes that are drawn are findings and columns of other tables name others, no table says "all others".
fn by_name_beside_columns(plans: &mut [&mut Plan]) {
    let set = |names: &mut dyn Iterator<Item = &str>| names.map(folded).collect::<BTreeSet<String>>();
    let columns = set(&mut plans.iter().flat_map(|plan| plan.named_findings()));
    let differ = |plan: &&mut Plan| plan.drawn_findings && set(&mut plan.drawn_classes().into_iter()) != columns;
    if plans.iter().any(differ) {
        plans.iter_mut().for_each(|plan| plan.by_name = true);
    }
}

/// What RSNA's boxes are drawn around, as the table of classes beside them calls it (Shih et al. 2019, Radiology:
/// Artificial Intelligence 1): `Target` 1 is the same as that class there. `plans` are of tables with these names.
fn name_opacities<'a>(plans: impl Iterator<Item = (&'a str, &'a mut Plan)>) {
    let (mut boxed, mut named) = (Vec::new(), None);
    for (file, plan) in plans {
        match plan.published {
            Some(Published::Rsna) => boxed.push(plan),
            Some(Published::RsnaClasses) => {
                let opacity = plan.alone.iter().find(|class| mapping::normal(class) == published::OPACITY).cloned();
                named = named.or(opacity.map(|class| (class, Some(file.to_owned()))));
            }
            Some(Published::OpenImages | Published::Graz) | None => {}
        }
    }
    if let Some(named) = named {
        boxed.into_iter().for_each(|plan| plan.target.clone_from(&named));
    }
}

/// Gives the images the splits that lists of pictures beside the tables say, as those of NIH's ChestX-ray14. A picture that
/// only a list names is not taken for that.
fn follow_lists(source: &Source, draft: &mut Drafts) -> Result<(), SpillError> {
    let (splits, _) = of_lists(source, draft);
    if splits.is_empty() {
        return Ok(());
    }
    let pictures = Pictures::new(&source.pictures);
    let mut other: BTreeSet<usize> = BTreeSet::new();
    draft.images.change(|image| {
        let at = place_of(&pictures, image);
        if let Some((at, split)) = at.and_then(|at| Some((at, *splits.get(&at)?))) {
            if image.split.is_some_and(|own| own != split) {
                other.insert(at);
            }
            image.split = Some(split);
        }
    })?;
    if let Some(first) = other.first().and_then(|at| source.pictures.get(*at)) {
        let images = if other.len() == 1 { "1 image".to_owned() } else { format!("{} images", other.len()) };
        draft.conflicts.push(format!(
            "the lists give {images} another split than the tables do ({}): the lists are followed.",
            first.name
        ));
    }
    Ok(())
}

/// Whether the names of tables divide the images: `train.csv` alone does not, beside pictures to be tested that have no
/// labels.
fn are_divided(tables: &[&File]) -> bool {
    tables.iter().any(|file| split_in_name(base_name(&file.name)).is_some_and(|split| split != Split::Train))
}

/// What a person said of a table with these columns: now, or before.
fn told_columns<'a>(options: &'a Options, columns: &[String], has_header: bool) -> Option<&'a Columns> {
    if !options.columns.is_empty() {
        return Some(&options.columns);
    }
    let known = options.known_tables.iter().rev().find(|table| has_header && table.header == columns);
    known.map(|table| &table.columns)
}
