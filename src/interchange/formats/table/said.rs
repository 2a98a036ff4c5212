//! What one row of a table says of its image.

use super::aside::{Aside, Rest};
use super::beside::{Beside, is_machine_id};
use super::called::{Called, Folders};
use super::extents::{Extent, extent};
use super::findings::{self, Marked};
use super::mapping::InCell;
use super::named;
use super::plan::Plan;
use super::published::Published;
use super::rect::{number, rect};
use super::refused::Refused;
use super::rows::Row;
use crate::domain::class_list::means_nothing_to_find;
use crate::domain::{Presence, Rect, Split};
use crate::interchange::model::draft::{DraftBox, Unit};

/// What a table's rows are read with.
pub struct Around<'a, 'p> {
    /// The table's name below the source.
    pub file: &'a str,
    /// The folder in which its pictures are looked for first.
    pub scope: &'a str,
    /// What the table's name says of its images.
    pub split: Option<Split>,
    pub beside: &'a Beside,
    pub called: &'a Called,
    pub pictures: &'a dyn Fn() -> Folders<'p>,
}

/// What a row says.
#[derive(Default)]
pub struct Said {
    pub label: Option<String>,
    pub findings: Vec<(String, Presence)>,
    pub others_absent: bool,
    /// The row says all of the image's findings that its table knows of.
    pub whole: bool,
    pub also_none: bool,
    pub one: Option<DraftBox>,
    pub nothing_found: bool,
    /// The row says that there is any of the findings that other rows name.
    pub something: bool,
}

/// What a row says of its image.
pub fn said(plan: &Plan, row: &Row, around: &Around, refused: &mut Refused) -> Result<Said, String> {
    let mapping = &plan.mapping;
    if plan.exclusive {
        let label = findings::only(|at| row.cell(at), &plan.findings).map(|at| plan.column(at).to_owned());
        return Ok(Said { label, ..Said::default() });
    }
    if !plan.findings.is_empty() {
        let cells = plan.findings.iter().map(|at| (plan.finding(*at), row.cell(*at)));
        let Marked { findings, others_absent, also_none, unnamed, unread, unmentioned } =
            findings::marked(cells, plan.by_name);
        if unnamed {
            refused.unnamed();
        }
        if unmentioned {
            refused.unmentioned();
        }
        if let Some(unread) = unread {
            refused.unread(&unread);
        }
        let whole = others_absent || !findings.is_empty();
        return Ok(Said { findings, others_absent, whole, also_none, ..Said::default() });
    }
    if !plan.behind.is_empty() {
        return Ok(behind(plan, row));
    }
    let written = findings::unlisted(mapping.class.map(|at| row.cell(at)).unwrap_or_default());
    let written = if plan.is_unlabelled(written) {
        refused.unlabelled(written);
        if mapping.boxes.is_none() {
            return Ok(Said::default());
        }
        ""
    } else {
        written
    };
    if let (None, Some(said)) = (&mapping.boxes, listed(plan, written, around, refused)) {
        return Ok(said);
    }
    let class = class(plan, written, around).filter(|class| !class.is_empty());
    if let Some(class) = class.as_ref().filter(|class| is_machine_id(class)) {
        refused.nameless(class);
    }
    if let (Some(Published::OpenImages), Some(class)) = (plan.published, &class) {
        let confidence = plan.columns.iter().position(|column| column.eq_ignore_ascii_case("confidence"));
        let confidence = confidence.and_then(|at| number(row.cell(at), ','));
        match (&mapping.boxes, confidence) {
            // People were asked of each image whether it shows this and that, and of nothing else.
            (None, Some(sure)) if sure == 0.0 || sure == 1.0 => {
                let findings = vec![(class.clone(), Presence::from(sure == 1.0))];
                return Ok(Said { findings, ..Said::default() });
            }
            (_, Some(0.0)) => {
                refused.absent();
                return Ok(Said::default());
            }
            (None | Some(_), _) => {}
        }
    }
    if let (Some(at), Some(class)) = (plan.presence, &class) {
        return Ok(present_or_not(class, findings::mark(row.cell(at)).flatten()));
    }
    let Some(columns) = &mapping.boxes else {
        return Ok(Said { label: class, whole: plan.listed, ..Said::default() });
    };
    let nothing = class.as_ref().is_none_or(|class| is_nothing(class, plan));
    let Some(in_cell) = plan.in_cell.meant() else {
        // Its image is no negative either.
        if rect(columns, row, plan.delimiter, InCell::Corners)?.is_some() {
            refused.unsure();
            return Ok(Said::default());
        }
        return Ok(not_drawn(plan, class, nothing));
    };
    let found = rect(columns, row, plan.delimiter, in_cell)?;
    // Some write a box of one pixel where there is none.
    let of_one = |rect: &Rect| [rect.xmin, rect.ymin, rect.xmax, rect.ymax] == [0.0, 0.0, 1.0, 1.0];
    let Some(rect) = found.filter(|rect| !(nothing && mapping.class.is_some() && of_one(rect))) else {
        return Ok(not_drawn(plan, class, nothing));
    };
    let class = match class {
        Some(class) if plan.several(written).is_some() => {
            return Err(format!("a box of several classes ({class}): write a row for each"));
        }
        Some(class) => class,
        None if mapping.class.is_none() => "object".to_owned(),
        None => return Err("a box without a class".into()),
    };
    match plan.unit {
        Unit::Fractions if extent(rect) == Extent::Pixels => {
            Err("a box beyond the image, where the others are in shares of its sides".into())
        }
        Unit::Pixels if extent(rect) == Extent::Shares && !plan.tiny && rect.area() > 0.0 => {
            Err("a box within one pixel, where the others are in pixels: write it in pixels, too".into())
        }
        unit @ (Unit::Fractions | Unit::Pixels) => {
            let (findings, others_absent) = match plan.drawn_findings {
                true => (vec![(class.clone(), Presence::Present)], plan.says_none && !plan.by_name),
                false => (Vec::new(), false),
            };
            Ok(Said { one: Some(DraftBox { class, rect, unit }), findings, others_absent, ..Said::default() })
        }
    }
}

/// What a row without a box says: the image's own label, or that it has nothing; where the classes are findings, that all
/// of them are absent, if a word says so, and RSNA's one where that is 0.
fn not_drawn(plan: &Plan, class: Option<String>, nothing: bool) -> Said {
    let said = Said { nothing_found: nothing, ..Said::default() };
    match (plan.drawn_findings && nothing, class, plan.published) {
        (false, class, _) => Said { label: class.filter(|_| !nothing), ..said },
        (true, Some(_), Some(Published::Rsna)) => {
            Said { findings: vec![(plan.target.0.clone(), Presence::Absent)], ..said }
        }
        (true, Some(_), _) if plan.by_name => {
            let absent = |class: &str| (class.to_owned(), Presence::Absent);
            Said { findings: plan.drawn_classes().into_iter().map(absent).collect(), ..said }
        }
        (true, Some(_), _) => Said { others_absent: true, ..said },
        (true, None, _) => said,
    }
}

/// What a row says of the finding that stands behind its picture's name.
fn behind(plan: &Plan, row: &Row) -> Said {
    let presence = plan.mapping.class.and_then(|at| findings::mark(row.cell(at)).flatten());
    let Some((_, finding)) = named::finding_behind(row.cell(plan.mapping.image)) else { return Said::default() };
    match (plan.is_any_behind(finding), presence) {
        (true, Some(Presence::Absent)) => Said { others_absent: !plan.by_name, ..Said::default() },
        (true, presence) => Said { something: presence == Some(Presence::Present), ..Said::default() },
        (false, presence) => present_or_not(finding, presence),
    }
}

/// What a row says that names one finding and whether it is present: of others nothing.
fn present_or_not(class: &str, presence: Option<Presence>) -> Said {
    match (means_nothing_to_find(class), presence) {
        (true, Some(Presence::Present)) => Said { others_absent: true, ..Said::default() },
        (true, _) | (false, None) => Said::default(),
        (false, Some(presence)) => Said { findings: vec![(class.to_owned(), presence)], ..Said::default() },
    }
}

/// The class that a cell means.
fn class(plan: &Plan, written: &str, around: &Around) -> Option<String> {
    let flag = findings::flag(written);
    Some(match (plan.published, flag) {
        (Some(Published::Rsna), Some(Some(1))) => plan.target.0.clone(),
        (Some(Published::Graz), Some(flag))
            if plan.mapping.class.map(|at| plan.column(at)) == Some("fracture_visible") =>
        {
            if flag == Some(1) { "Fracture visible" } else { "No fracture visible" }.to_owned()
        }
        (_, Some(Some(yes @ (0 | 1)))) if plan.mapping.yes_or_no.is_some() => {
            plan.mapping.yes_or_no.and_then(|names| names.get(usize::from(yes == 0)).copied())?.to_owned()
        }
        (None, Some(Some(yes @ (0 | 1)))) if plan.studies => if yes == 1 { "positive" } else { "negative" }.to_owned(),
        _ => around.beside.classes.get(written).cloned().unwrap_or_else(|| plan.class_name(written).to_owned()),
    })
}

/// Words for a row that says there is nothing; in a column called target it is 0.
fn is_nothing(class: &str, plan: &Plan) -> bool {
    let is_target = plan.mapping.class.is_some_and(|at| plan.column(at).eq_ignore_ascii_case("target"));
    (is_target && findings::flag(class) == Some(Some(0))) || findings::is_none(class)
}

/// What a cell says that lists findings, or is one of a list with nothing but words that are none; `None` for the name of
/// one.
fn listed(plan: &Plan, written: &str, around: &Around, refused: &mut Refused) -> Option<Said> {
    let several = plan.several(written);
    if several.is_none() && !plan.listed && !plan.lists() {
        return None;
    }
    let names = several.as_deref().unwrap_or(std::slice::from_ref(&written));
    let rest = Rest::of(names, &plan.mapped);
    if several.is_none() && rest.asides.is_empty() {
        return None;
    }
    rest.asides.iter().for_each(|aside| refused.aside(*aside));
    if rest.names.is_empty() || rest.asides.contains(&Aside::Exclude) {
        return Some(Said::default());
    }
    if rest.names.len() > 1 {
        refused.several(written);
    }
    let names = rest.names.iter().map(|name| around.beside.classes.get(*name).map_or(*name, String::as_str));
    let Marked { findings, others_absent, also_none, .. } = findings::listed(names);
    let others_absent = others_absent && rest.is_whole();
    Some(Said { findings, others_absent, whole: true, also_none, ..Said::default() })
}
