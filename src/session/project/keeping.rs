//! The last comparison is kept with the project, so that it is there when the project is opened again: as it was made, even
//! where labels changed since, which the figures then say of themselves.

use crate::domain::performance::{
    BoxDifference, BoxPerformance, BoxSubgroups, BoxesOn, Difference, Performance, Subgroups,
};
use crate::domain::{Annotation, AnswerKind, ClassificationReport, Findings, ImageId, ModelId, Prediction};
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::project::truth;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::ImageSet;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::view::{Beside, ComparedBoxes, Comparison, Recall, Said};
use crate::store::{Access, Store};
use crate::training::Truth;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The setting under which it is kept.
const KEY: &str = "comparison";

/// A comparison as it is written down. What models said of the images is not in it: their predictions are kept anyway.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// The names of the classes: figures of others are of another question.
    classes: Vec<String>,
    candidate: KeptModel,
    active: Option<KeptModel>,
    flipped: KeptSet,
    gained: usize,
    lost: usize,
    performances: Vec<(ModelId, Performance)>,
    difference: Option<Difference>,
    subgroups: Vec<Subgroups>,
    part_images: Vec<Vec<Vec<ImageId>>>,
    beside: Vec<(ModelId, ClassificationReport, Option<Difference>)>,
    boxes: KeptBoxes,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptBoxes {
    performances: Vec<(ModelId, BoxPerformance)>,
    differences: Vec<(ModelId, BoxDifference)>,
    on: Vec<(ModelId, Vec<(ImageId, BoxesOn)>)>,
    #[serde(default)]
    subgroups: Vec<BoxSubgroups>,
}

fn owned<T: Clone>(list: &[(ModelId, Arc<T>)]) -> Vec<(ModelId, T)> {
    list.iter().map(|(model, one)| (*model, (**one).clone())).collect()
}

fn shared<T>(list: Vec<(ModelId, T)>) -> Vec<(ModelId, Arc<T>)> {
    list.into_iter().map(|(model, one)| (model, Arc::new(one))).collect()
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptModel {
    model: ModelId,
    report: ClassificationReport,
    /// By `[truth][predicted]`.
    cells: Vec<Vec<KeptSet>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptSet {
    title: String,
    images: Vec<ImageId>,
}

impl KeptSet {
    fn of(set: &ImageSet) -> Self {
        Self { title: set.title.clone(), images: set.images.to_vec() }
    }

    fn set(self) -> ImageSet {
        ImageSet { title: self.title, images: Arc::new(self.images) }
    }
}

impl KeptModel {
    fn of(model: ModelId, report: &ClassificationReport, cells: &[Vec<ImageSet>]) -> Self {
        let cells = cells.iter().map(|row| row.iter().map(KeptSet::of).collect()).collect();
        Self { model, report: report.clone(), cells }
    }
}

fn sets(cells: Vec<Vec<KeptSet>>) -> Vec<Vec<ImageSet>> {
    cells.into_iter().map(|row| row.into_iter().map(KeptSet::set).collect()).collect()
}

impl Kept {
    fn of(comparison: &Comparison, classes: Vec<String>) -> Self {
        let of = comparison;
        Self {
            classes,
            candidate: KeptModel::of(of.candidate, &of.candidate_report, &of.candidate_cells),
            active: of.active.as_ref().map(|(model, report)| KeptModel::of(*model, report, &of.active_cells)),
            flipped: KeptSet::of(&of.flipped),
            gained: of.gained,
            lost: of.lost,
            performances: owned(&of.performances),
            boxes: KeptBoxes {
                performances: owned(&of.boxes.performances),
                differences: owned(&of.boxes.differences),
                on: owned(&of.boxes.on),
                subgroups: of.boxes.subgroups.to_vec(),
            },
            difference: of.difference.as_deref().cloned(),
            subgroups: of.subgroups.to_vec(),
            part_images: of.part_images.to_vec(),
            beside: of
                .beside
                .iter()
                .map(|one| (one.model, one.report.clone(), one.difference.as_deref().cloned()))
                .collect(),
        }
    }

    fn models(&self) -> impl Iterator<Item = ModelId> {
        let active = self.active.iter().map(|active| active.model);
        std::iter::once(self.candidate.model).chain(active).chain(self.beside.iter().map(|(model, ..)| *model))
    }

    /// As it is shown, with what the models said of the images.
    fn comparison(self, said: Vec<(ModelId, Arc<Vec<Said>>)>) -> Comparison {
        let (active, active_cells) = match self.active {
            Some(active) => (Some((active.model, active.report)), sets(active.cells)),
            None => (None, Vec::new()),
        };
        let beside = |(model, report, difference): (ModelId, ClassificationReport, Option<Difference>)| Beside {
            model,
            report,
            difference: difference.map(Arc::new),
        };
        Comparison {
            candidate: self.candidate.model,
            candidate_report: self.candidate.report,
            candidate_cells: sets(self.candidate.cells),
            active,
            active_cells,
            flipped: self.flipped.set(),
            gained: self.gained,
            lost: self.lost,
            performances: shared(self.performances),
            boxes: ComparedBoxes {
                performances: shared(self.boxes.performances),
                differences: shared(self.boxes.differences),
                on: shared(self.boxes.on),
                subgroups: Arc::new(self.boxes.subgroups),
            },
            subgroups: Arc::new(self.subgroups),
            part_images: Arc::new(self.part_images),
            said,
            beside: self.beside.into_iter().map(beside).collect(),
            difference: self.difference.map(Arc::new),
        }
    }
}

/// The last comparison of a project, to be brought back.
#[derive(Clone, Debug)]
pub struct RecallPlan {
    pub project: PathBuf,
}

impl Task for RecallPlan {
    fn name(&self) -> String {
        "Bringing back the last comparison".into()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        tell(Report::Progress { done: 0, total: 1, text: String::new() });
        let found = Store::open(&self.project, Access::ReadOnly)
            .map_err(SessionError::from)
            .and_then(|store| recalled(&store, &|| order() == Order::Go));
        match found {
            Ok(comparison) => tell(Report::Recalled(comparison.map(Box::new))),
            Err(error) => {
                // Nobody asked for it: it is made again by a press of the button.
                tracing::warn!(%error, "the last comparison was not brought back");
                tell(Report::Recalled(None));
            }
        }
    }
}

/// What is kept, where it still is about this project's classes and models.
fn recalled(store: &Store, go_on: &dyn Fn() -> bool) -> Result<Option<Comparison>, SessionError> {
    let Some(kept) = store.setting::<Kept>(KEY)? else { return Ok(None) };
    let models = store.models()?;
    let known = |model: ModelId| models.iter().any(|record| record.id == model);
    if kept.classes != store.classes()?.names() || !kept.models().all(known) {
        return Ok(None);
    }
    // The truth as it was, image by image.
    let cells = kept.candidate.cells.iter().enumerate();
    let truth: Vec<(ImageId, usize)> = cells
        .flat_map(|(truth, row)| row.iter().flat_map(move |cell| cell.images.iter().map(move |image| (*image, truth))))
        .collect();
    // Of findings as they are now: what was kept says of whole images alone what was known.
    let classes = store.classes()?;
    let findings: HashMap<ImageId, Findings> = if classes.findings {
        let known = |(image, annotation): (ImageId, Annotation)| match truth::truth(
            &annotation,
            AnswerKind::Findings,
            &classes,
        ) {
            Some(Truth::Findings(said)) => Some((image, said)),
            Some(Truth::Class(_) | Truth::Boxes(_)) | None => None,
        };
        store.annotations()?.into_iter().filter_map(known).collect()
    } else {
        HashMap::new()
    };
    let mut said = Vec::new();
    for model in kept.models() {
        if !go_on() {
            return Ok(None);
        }
        let all: HashMap<ImageId, Prediction> =
            store.predictions(model)?.into_iter().map(|one| (one.image, one)).collect();
        said.push((model, Arc::new(said_of(&all, &truth, &findings))));
    }
    Ok(Some(kept.comparison(said)))
}

/// What a classifier said of images with this truth, in their order.
pub(in crate::session) fn said_of(
    all: &HashMap<ImageId, Prediction>,
    truth: &[(ImageId, usize)],
    findings: &HashMap<ImageId, Findings>,
) -> Vec<Said> {
    let one = |&(image, truth): &(ImageId, usize)| {
        let probabilities = all.get(&image)?.probabilities.clone();
        let findings = findings.get(&image).cloned();
        (!probabilities.is_empty()).then_some(Said { image, truth, findings, probabilities })
    };
    truth.iter().filter_map(one).collect()
}

impl Core {
    /// Keeps the comparison that is shown, where the project can be written.
    pub(in crate::session) fn keep_comparison(&mut self) -> Result<(), SessionError> {
        let Some(comparison) = self.view.comparison.as_ref().filter(|_| self.view.read_only.is_none()) else {
            return Ok(());
        };
        let kept = Kept::of(comparison, self.view.classes.names());
        Ok(self.store.set_setting(KEY, &kept)?)
    }

    /// The work of bringing the last comparison back; none where one is shown or was looked for.
    pub(in crate::session) fn recall_comparison(&mut self) -> Option<Work> {
        if self.view.comparison.is_some() || self.view.recall != Recall::Wanted {
            return None;
        }
        self.view.recall = Recall::Running;
        Some(Box::new(RecallPlan { project: self.view.path.clone() }))
    }

    /// Shows what was kept, unless something newer is shown; what comes back makes anew what was broken off.
    pub(in crate::session) fn take_recalled(
        &mut self,
        comparison: Option<Comparison>,
    ) -> Result<Vec<Work>, SessionError> {
        self.view.recall = Recall::Done;
        let Some(comparison) = comparison.filter(|_| self.view.comparison.is_none()) else { return Ok(Vec::new()) };
        let (candidate, active) = (comparison.candidate, comparison.active.as_ref().map(|(model, _)| *model));
        let of_boxes = comparison.candidate_report.detection.is_some();
        let worked_out =
            if of_boxes { !comparison.boxes.performances.is_empty() } else { !comparison.performances.is_empty() };
        let broken_off = comparison.candidate_report.images > 0 && !worked_out;
        self.view.beside = Arc::new(comparison.beside.iter().map(|one| one.model).collect());
        self.view.comparison = Some(Arc::new(comparison));
        self.show_detail()?;
        if broken_off && self.problem(candidate).is_none() {
            return Ok(vec![self.compare(candidate, active)?]);
        }
        Ok(Vec::new())
    }
}

#[cfg(test)]
#[path = "keeping_tests.rs"]
mod tests;
