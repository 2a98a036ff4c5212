//! Dividing a project's images anew: what would move and what that invalidates, before anything is done.

use crate::domain::{
    Annotation, ClassList, ImageId, ImageRecord, ModelRecord, Presence, Regroup, RunRecord, Split, SplitChange,
    SplitMove, SplitRatios,
};
use crate::evaluation::similar::{self, Look, Sets};
use crate::nn::Compute;
use crate::session::importing::incoming;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::order::NameOrder;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::splits::{Invalidated, SplitOptions, SplitPlan};
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::view::{DataState, SplitLine};
use crate::session::protocol::words;
use crate::splits;
use crate::store::{Access, Store};
use jiff::Zoned;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// What a plan is worked out from.
pub struct Divided<'a> {
    pub images: &'a [ImageRecord],
    pub annotations: &'a [Annotation],
    pub classes: &'a ClassList,
    pub models: &'a [ModelRecord],
    pub runs: &'a [RunRecord],
    pub changes: &'a [SplitChange],
    /// What each picture looks like, as far as it is known.
    pub looks: &'a [Option<Look>],
}

/// Works a change out.
pub fn plan(of: &Divided<'_>, options: &SplitOptions) -> Result<SplitPlan, SessionError> {
    let pattern = incoming::group_regex(options.group.as_deref())?;
    let groups: Vec<Option<String>> = of
        .images
        .iter()
        .map(|image| match &pattern {
            Some(pattern) => incoming::group_of(pattern, &image.name),
            None => image.group.clone(),
        })
        .collect();
    if pattern.is_some() && groups.iter().all(Option::is_none) {
        return Err(SessionError::refused(
            "the group expression fits no image's name: correct it, or leave it empty to keep the groups there are",
        ));
    }
    let units = units(of, &groups, options.freeze_test);
    let splits = divide(of, options, &units);
    let moves: Vec<SplitMove> = of
        .images
        .iter()
        .zip(&splits)
        .filter(|(image, to)| image.split != **to)
        .map(|(image, to)| SplitMove { image: image.id, from: image.split, to: *to })
        .collect();
    let regroup = |(image, to): (&ImageRecord, &Option<String>)| {
        (image.group != *to).then(|| Regroup { image: image.id, from: image.group.clone(), to: to.clone() })
    };
    let count = |split: &dyn Fn(usize) -> Split| {
        let mut counts = vec![[0; 3]; of.classes.len() + 1];
        for (at, annotation) in of.annotations.iter().enumerate().take(of.images.len()) {
            let place = Split::ALL.iter().position(|s| *s == split(at));
            let classes = Some(annotation.classes(of.classes.len())).filter(|classes| !classes.is_empty());
            for class in classes.unwrap_or_else(|| [of.classes.len()].into()) {
                if let Some(count) = counts.get_mut(class).zip(place).and_then(|(row, place)| row.get_mut(place)) {
                    *count += 1;
                }
            }
        }
        counts
    };
    Ok(SplitPlan {
        what: options.in_words(),
        before: count(&|at| of.images.get(at).map_or(Split::Train, |i| i.split)),
        after: count(&|at| splits.get(at).copied().unwrap_or(Split::Train)),
        groups: groups.iter().flatten().collect::<BTreeSet<_>>().len(),
        invalidated: invalidated(of, &moves),
        joins_test: if options.freeze_test { moves.iter().filter(|m| m.to == Split::Test).count() } else { 0 },
        test_changes: moves.iter().any(|m| m.from == Split::Test || m.to == Split::Test),
        regroups: of.images.iter().zip(&groups).filter_map(regroup).collect(),
        moves,
    })
}

/// For each image the first of those that must stay with it: its group's, copies of the same picture, and those that look
/// alike. A test split that is frozen gets none for its looks: Problems names those that look like its images.
fn units(of: &Divided<'_>, groups: &[Option<String>], frozen: bool) -> Vec<usize> {
    let images = of.images;
    let mut sets = Sets::new(images.len());
    let mut by_group: HashMap<&str, usize> = HashMap::new();
    let mut by_content: HashMap<(&str, u32), usize> = HashMap::new();
    for (at, (image, group)) in images.iter().zip(groups).enumerate() {
        if let Some(group) = group {
            sets.link(at, *by_group.entry(group).or_insert(at));
        }
        sets.link(at, *by_content.entry((&image.sha256, image.frame)).or_insert(at));
    }
    let free =
        |(image, look): (&ImageRecord, &Option<Look>)| look.clone().filter(|_| !frozen || image.split != Split::Test);
    let looks: Vec<Option<Look>> = images.iter().zip(of.looks).map(free).collect();
    similar::link_alike(&looks, &mut sets);
    (0..images.len()).map(|at| sets.first(at)).collect()
}

/// What each picture of a project looks like, as far as it is known.
///
/// # Errors
/// When the project cannot be read.
pub fn looks(store: &Store, images: &[ImageRecord]) -> Result<Vec<Option<Look>>, SessionError> {
    let facts = store.facts()?;
    Ok(images.iter().map(|image| Look::of(facts.get(&image.id)?, image.width, image.height)).collect())
}

/// The split of every image.
fn divide(of: &Divided<'_>, options: &SplitOptions, units: &[usize]) -> Vec<Split> {
    let frozen: BTreeSet<usize> = match options.freeze_test {
        true => of.images.iter().zip(units).filter(|(i, _)| i.split == Split::Test).map(|(_, unit)| *unit).collect(),
        false => BTreeSet::new(),
    };
    let ratios = match options.freeze_test {
        true => SplitRatios { test: 0.0, ..options.ratios },
        false => options.ratios,
    };
    let mut sizes = HashMap::new();
    for unit in units {
        *sizes.entry(*unit).or_insert(0usize) += 1;
    }
    // By content and name rather than by number, so that two projects of the same images are divided alike.
    let names: Vec<Option<String>> = units
        .iter()
        .map(|unit| {
            let image = of.images.get(*unit)?;
            Some(image.group.clone().filter(|_| sizes.get(unit) > Some(&1)).unwrap_or_else(|| image.content()))
        })
        .collect();
    let free: Vec<usize> =
        (0..of.images.len()).filter(|at| units.get(*at).is_some_and(|unit| !frozen.contains(unit))).collect();
    let stratum = |at: usize| {
        let annotation = of.annotations.get(at)?;
        annotation.label.or_else(|| annotation.boxes.first().map(|b| b.class))
    };
    let name = |at: usize| names.get(at).and_then(Option::as_deref);
    let drawn = if of.classes.findings {
        let places: Vec<usize> = of.classes.finding_places().collect();
        let stated = |at: &usize| {
            let known = of.annotations.get(*at).map(Annotation::known_findings).unwrap_or_default();
            places.iter().map(|place| known.get(*place).and_then(Presence::known)).collect::<Vec<_>>()
        };
        let stated: Vec<Vec<Option<bool>>> = free.iter().map(stated).collect();
        let keys = free.iter().zip(&stated).map(|(&at, stated)| (stated.as_slice(), name(at)));
        splits::assign_findings(keys, ratios, options.seed)
    } else {
        splits::assign(free.iter().map(|&at| (stratum(at), name(at))), ratios, options.seed)
    };
    let mut splits = vec![Split::Test; of.images.len()];
    for (at, split) in free.iter().zip(drawn) {
        if let Some(place) = splits.get_mut(*at) {
            *place = split;
        }
    }
    splits
}

/// The models that may have seen images which these moves make test images. What a model was trained on is known by
/// its time: the images that were for training or validation then.
pub fn invalidated(of: &Divided<'_>, moves: &[SplitMove]) -> Vec<Invalidated> {
    let now: HashMap<ImageId, Split> = of.images.iter().map(|image| (image.id, image.split)).collect();
    let mut then = now.clone();
    then.extend(moves.iter().map(|m| (m.image, m.to)));
    let started = |model: &ModelRecord| {
        let run = model.run.and_then(|run| of.runs.iter().find(|r| r.id == run));
        run.map(|run| run.started_ms)
    };
    let seen = |model: &ModelRecord| {
        let time = started(model)?;
        let mut at_that_time = now.clone();
        for change in of.changes.iter().rev().filter(|change| change.time_ms > time) {
            at_that_time.extend(change.moves.iter().map(|m| (m.image, m.from)));
        }
        let images = then
            .iter()
            .filter(|(image, split)| **split == Split::Test && at_that_time.get(*image) != Some(&Split::Test))
            .count();
        (images > 0).then(|| Invalidated { id: model.id, model: model.card.name.clone(), images })
    };
    of.models.iter().filter_map(seen).collect()
}

/// A change to work out in a job, from the project on disk.
#[derive(Clone, Debug)]
pub struct SplitWork {
    pub dir: PathBuf,
    pub options: SplitOptions,
}

impl Task for SplitWork {
    fn name(&self) -> String {
        "Dividing the images".into()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let worked_out = Store::open(&self.dir, Access::ReadOnly).map_err(SessionError::from);
        let worked_out = worked_out.and_then(|store| plan_of_project(&store, &self.options));
        if order() == Order::Go {
            tell(match worked_out {
                Ok(plan) => Report::SplitPlanned(Box::new(plan)),
                Err(error) => Report::Failed(error.to_string()),
            });
        }
    }
}

/// Works a change of an open project out.
pub fn plan_of_project(store: &Store, options: &SplitOptions) -> Result<SplitPlan, SessionError> {
    let (images, mut said) = (store.images()?, store.annotations()?);
    let annotations: Vec<Annotation> = images.iter().map(|i| said.remove(&i.id).unwrap_or_default()).collect();
    let (models, runs, changes) = (store.models()?, store.runs()?, store.split_changes()?);
    let (classes, looks) = (store.classes()?, looks(store, &images)?);
    let of = Divided {
        images: &images,
        annotations: &annotations,
        classes: &classes,
        models: &models,
        runs: &runs,
        changes: &changes,
        looks: &looks,
    };
    plan(&of, options)
}

impl Core {
    /// Carries out the division that was worked out last.
    pub(in crate::session) fn apply_shown_split(&mut self) -> Result<(), SessionError> {
        let plan = self.view.data.plan.clone();
        let plan = plan.ok_or_else(|| SessionError::refused("no division was worked out yet"))?;
        self.apply_split(&plan)
    }

    /// Carries a change out that was worked out before.
    pub fn apply_split(&mut self, plan: &SplitPlan) -> Result<(), SessionError> {
        self.check_splits_free()?;
        if plan.moves.is_empty() && plan.regroups.is_empty() {
            return Err(SessionError::refused("no image would move: change the shares or the seed"));
        }
        self.store.change_splits(&self.view.reader, &plan.what, &plan.moves, &plan.regroups)?;
        self.splits_changed(&plan.moves, &plan.regroups)?;
        self.inform_of_split(&format!("{} moved to another split", words::images(plan.moves.len())));
        self.tell_invalidated(&plan.invalidated);
        Ok(())
    }

    /// Takes the last change of the splits back.
    pub fn undo_split(&mut self) -> Result<(), SessionError> {
        self.check_splits_free()?;
        let changes = self.store.split_changes()?;
        let none = || SessionError::refused("no change of the splits is left to take back");
        let last = crate::store::splits::last_standing(&changes).ok_or_else(none)?;
        if last.reader != self.view.reader {
            let other = words::reader(&last.reader);
            return Err(SessionError::refused(format!(
                "the last change of the splits is {other}'s ({}): only {other} can take it back",
                last.what
            )));
        }
        let undone = self.store.undo_splits(&self.view.reader)?.ok_or_else(none)?;
        self.splits_changed(&undone.moves, &undone.regroups)?;
        self.mention(format!("Undid: {}; {} moved back", last.what, words::images(undone.moves.len())));
        Ok(())
    }

    /// Brings the images of each set, with their groups, into one split: the first of train, validation and test that
    /// one of them is in, because what a model was trained on cannot test it.
    pub fn move_together(&mut self, sets: &[Vec<ImageId>]) -> Result<(), SessionError> {
        self.check_splits_free()?;
        let mut tied = Sets::new(self.images.len());
        let mut by_group: HashMap<&str, usize> = HashMap::new();
        for (at, image) in self.images.iter().enumerate() {
            if let Some(group) = &image.group {
                tied.link(at, *by_group.entry(group).or_insert(at));
            }
        }
        let mut asked = BTreeSet::new();
        for set in sets {
            let places: Vec<usize> = set.iter().filter_map(|image| self.at.get(image).copied()).collect();
            places.windows(2).for_each(|pair| {
                if let [a, b] = pair {
                    tied.link(*a, *b)
                }
            });
            asked.extend(places);
        }
        let asked: BTreeSet<usize> = asked.into_iter().map(|at| tied.first(at)).collect();
        let mut members: HashMap<usize, Vec<&ImageRecord>> = HashMap::new();
        for (at, image) in self.images.iter().enumerate() {
            let unit = tied.first(at);
            if asked.contains(&unit) {
                members.entry(unit).or_default().push(image);
            }
        }
        let mut moves: Vec<SplitMove> = Vec::new();
        for set in members.values() {
            let Some(to) = set.iter().map(|image| image.split).min() else { continue };
            let others = set.iter().filter(|image| image.split != to);
            moves.extend(others.map(|image| SplitMove { image: image.id, from: image.split, to }));
        }
        moves.sort_by_key(|m| m.image);
        if moves.is_empty() {
            return Err(SessionError::refused("these images are in one split already"));
        }
        let what = format!("{} moved to the split of their duplicates or group", words::images(moves.len()));
        self.store.change_splits(&self.view.reader, &what, &moves, &[])?;
        self.splits_changed(&moves, &[])?;
        self.inform_of_split(&what);
        Ok(())
    }

    /// Says which models were judged by images that they have seen.
    pub(in crate::session) fn tell_invalidated(&mut self, invalidated: &[Invalidated]) {
        for one in invalidated {
            self.warn(format!(
                "{} was trained on {} that {} now in the test split: its test figures no longer count",
                one.model,
                words::images(one.images),
                if one.images == 1 { "is" } else { "are" }
            ));
        }
    }

    pub(in crate::session) fn check_splits_free(&self) -> Result<(), SessionError> {
        self.check_writable()?;
        if self.training.is_some() {
            return Err(SessionError::refused(
                "a run is in progress, and the splits decide what it may see: wait for it, or stop or cancel it first",
            ));
        }
        Ok(())
    }

    /// Shows images where they are now.
    pub(in crate::session) fn splits_changed(
        &mut self,
        moves: &[SplitMove],
        regroups: &[Regroup],
    ) -> Result<(), SessionError> {
        let rows = Arc::make_mut(&mut self.view.rows);
        for m in moves {
            let Some(&at) = self.at.get(&m.image) else { continue };
            if let Some(image) = self.images.get_mut(at) {
                image.split = m.to;
            }
            if let Some(row) = rows.get_mut(at) {
                row.split = m.to;
            }
        }
        for regroup in regroups {
            if let Some(image) = self.at.get(&regroup.image).and_then(|&at| self.images.get_mut(at)) {
                image.group.clone_from(&regroup.to);
            }
            if let Some(row) = self.at.get(&regroup.image).and_then(|&at| rows.get_mut(at)) {
                Arc::make_mut(&mut row.facts).group = regroup.to.as_deref().map(Arc::from);
            }
        }
        self.names = NameOrder::new(&self.view.rows);
        // Its figures are of the test split as it was.
        self.view.comparison = None;
        self.view.data.plan = None;
        self.refresh(Changed::Splits)
    }

    /// Reads what became of the splits so far.
    pub(in crate::session) fn show_split_history(&mut self) -> Result<(), SessionError> {
        let now = Zoned::now();
        let changes = self.store.split_changes()?;
        let undoable = crate::store::splits::last_standing(&changes).map(|change| change.id);
        self.undo_split_change = undoable;
        let line = |change: &SplitChange| SplitLine {
            time: words::instant(change.time_ms, &now),
            who: change.reader.clone(),
            what: change.what.clone(),
            moved: change.moves.len(),
            undoable: Some(change.id) == undoable,
            mine: change.reader == self.view.reader,
            touches_test: change.moves.iter().any(|m| m.from == Split::Test || m.to == Split::Test),
        };
        self.view.data.history = Arc::new(changes.iter().rev().map(line).collect());
        Ok(())
    }

    /// What to do to work a change out.
    pub(in crate::session) fn plan_split(&self, options: SplitOptions) -> Work {
        Box::new(SplitWork { dir: self.store.dir().to_path_buf(), options })
    }

    /// Whether the data were looked through since they last changed.
    pub fn analysed(&self) -> bool {
        self.view.data.state == DataState::Done
    }
}
