//! How a model does where pictures are worse than those it knows: measured as a job, and kept with the project.

pub mod measure;
pub mod pictures;

use crate::domain::robustness::keep;
use crate::domain::{BoxThresholds, MeasuredRobustness, ModelId, Perturbation, Robustness, Split};
use crate::inference::Model;
use crate::nn::Compute;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::words;
use crate::store::Store;
use measure::{Asked, Subject, measure};
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

/// The project's setting that keeps what was measured.
const KEPT: &str = "robustness";

/// A model, the images it is measured on, and what is asked.
#[derive(Clone, Debug)]
pub struct RobustnessPlan {
    model: ModelId,
    name: String,
    file: PathBuf,
    on: Subject,
    asked: Asked,
}

impl Task for RobustnessPlan {
    fn name(&self) -> String {
        words::measuring_robustness(&self.name)
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let model = match Model::open(&self.file, compute) {
            Ok(model) => model,
            Err(error) => return tell(Report::Failed(error.to_string())),
        };
        let tell = RefCell::new(tell);
        let found = measure(&model, &self.on, &self.asked, &mut |done, total, text| {
            (tell.borrow_mut())(Report::Progress { done, total, text: text.to_owned() });
            order() == Order::Go
        });
        let report = match found {
            Ok(Some(measured)) => Report::RobustnessMeasured { model: self.model, measured },
            // It was told to end.
            Ok(None) => return,
            Err(why) => Report::Failed(format!("{} was not measured: {why}", self.name)),
        };
        (tell.borrow_mut())(report);
    }
}

/// What a project keeps of its models.
///
/// # Errors
/// Where the project cannot be read.
pub fn kept(store: &Store) -> Result<Vec<MeasuredRobustness>, SessionError> {
    Ok(store.setting(KEPT)?.unwrap_or_default())
}

/// Keeps what was measured of a model with its project.
///
/// # Errors
/// Where the project cannot be written.
pub fn keep_in(store: &mut Store, model: ModelId, measured: Vec<Robustness>) -> Result<(), SessionError> {
    let mut all = kept(store)?;
    keep(&mut all, model, measured);
    Ok(store.set_setting(KEPT, &all)?)
}

impl Core {
    /// The work of measuring a model on a split, its pictures made worse in these ways.
    ///
    /// # Errors
    /// When the model cannot be used, no way is chosen, or there is no image of which the truth is known.
    pub fn measure_robustness(
        &self,
        model: ModelId,
        kinds: Vec<Perturbation>,
        split: Split,
    ) -> Result<Work, SessionError> {
        let record = self.usable_model(model)?;
        if kinds.is_empty() {
            return Err(SessionError::refused("choose at least one way to make the pictures worse"));
        }
        let thresholds = self.thresholds_of(model);
        let images = self.images.iter().zip(self.annotations.iter().map(Some));
        let mut on = Subject::of(split, record.card.answers(), images, &self.view.classes);
        let all = thresholds.boxes.unwrap_or(BoxThresholds { all: 0.0, each: thresholds.classes });
        (on.thresholds, on.temperatures) = (all, record.temperatures());
        if on.is_empty() {
            return Err(SessionError::refused(format!(
                "the {} split has no image of which the truth is known: label some first",
                split.name()
            )));
        }
        Ok(Box::new(RobustnessPlan {
            model,
            name: record.card.name.clone(),
            file: record.file.clone(),
            on,
            asked: Asked::plain(kinds),
        }))
    }

    /// Shows what was measured and keeps it; that test images were opened for it stands in the log.
    pub(in crate::session) fn take_robustness(
        &mut self,
        model: ModelId,
        measured: Vec<Robustness>,
    ) -> Result<(), SessionError> {
        let name = self.record(model)?.card.name.clone();
        let opened = measured.iter().filter(|one| one.split == Split::Test).map(|one| one.images).max();
        if self.view.read_only.is_none() {
            if let Some(images) = opened {
                self.store.open_test(&self.view.reader, Some(model), &name, images)?;
                self.refresh(Changed::Models)?;
            }
            keep_in(&mut self.store, model, measured.clone())?;
        }
        self.mention(format!("{name} was measured on worse pictures: see Robustness on the Evaluate screen"));
        keep(Arc::make_mut(&mut self.view.robustness), model, measured);
        Ok(())
    }
}
