//! Weights from elsewhere become a model of the project: looked at, tried on, and taken in as they were shown.

use crate::domain::{ClassList, ModelId};
use crate::inference::{Adopted, Foreign, Model, Seen, adopt, look, try_on};
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::project::registry::unusable;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::weights::{AdoptedFile, WeightsAsked, WeightsFit, WeightsState, WeightsView};
use std::sync::Arc;
use tempfile::TempDir;

impl Core {
    /// Makes a model of the project of weights from elsewhere.
    ///
    /// # Errors
    /// In a sentence, when something does not fit or must be said, or the project cannot be written.
    pub fn adopt_weights(
        &mut self,
        foreign: &Foreign<'_>,
        compute: &Compute,
    ) -> Result<(ModelId, Adopted), SessionError> {
        let (described, adopted) = described(foreign, &self.view.classes, compute)?;
        Ok((self.import_model(&described.path().join(DESCRIBED), compute)?, adopted))
    }

    /// Begins to look at a file of weights, by what is said of it.
    pub(in crate::session) fn look_at_weights(&mut self, asked: WeightsAsked) -> Result<Work, SessionError> {
        self.check_writable()?;
        let same = |view: &&WeightsView| view.asked.file == asked.file && view.asked.key == asked.key;
        let seen = self.view.weights.as_deref().filter(same).and_then(|view| view.seen.clone());
        let asked = Arc::new(asked);
        let (state, before) = (WeightsState::Looking, seen.clone());
        self.view.weights = Some(Arc::new(WeightsView { asked: asked.clone(), seen, state }));
        Ok(Box::new(LookPlan { asked, seen: before, classes: self.view.classes.clone() }))
    }

    /// Begins to make a model of weights, as they were shown.
    pub(in crate::session) fn add_weights(&mut self) -> Result<Work, SessionError> {
        self.check_writable()?;
        let shown = self.view.weights.clone();
        let Some((view, seen)) = shown.as_deref().and_then(|view| Some((view, view.seen.clone()?))) else {
            return Err(SessionError::refused("look first what the file of weights is"));
        };
        if !matches!(view.state, WeightsState::Fits(_)) {
            return Err(SessionError::refused("the file of weights does not fit as it is: say of it what is asked"));
        }
        let asked = view.asked.clone();
        self.view.weights = Some(Arc::new(WeightsView { state: WeightsState::Adding, ..view.clone() }));
        Ok(Box::new(AdoptPlan { asked, seen, classes: self.view.classes.clone() }))
    }

    /// Shows what was found of weights, unless something else was said of them since.
    pub(in crate::session) fn take_looked(&mut self, view: WeightsView) {
        if self.view.weights.as_ref().is_some_and(|now| now.asked == view.asked) {
            self.view.weights = Some(Arc::new(view));
        }
    }

    /// Takes a file that describes itself in as a model; what goes wrong is shown where it was asked for.
    pub(in crate::session) fn take_adopted(&mut self, made: &AdoptedFile) {
        match self.import_model(made.file(), &Compute::cpu()) {
            Ok(id) => {
                self.view.weights = None;
                let name = self.models.iter().find(|model| model.id == id).map(|model| model.card.name.clone());
                self.inform(format!(
                    "{} is a candidate of this project now: Evaluate shows how it does, Promote makes it the active model",
                    name.unwrap_or_default()
                ));
            }
            Err(error) => {
                if let Some(view) = &mut self.view.weights {
                    Arc::make_mut(view).state = WeightsState::Refused(error.to_string());
                }
            }
        }
    }
}

/// The file that a foreign one becomes, in its folder.
const DESCRIBED: &str = "model.safetensors";

/// Given its description, a foreign file becomes one like those Overread writes.
fn described(
    foreign: &Foreign<'_>,
    classes: &ClassList,
    compute: &Compute,
) -> Result<(TempDir, Adopted), SessionError> {
    let folder = tempfile::tempdir().map_err(|e| SessionError::file(&std::env::temp_dir(), "written to", &e))?;
    let adopted = adopt(foreign, classes, compute, &folder.path().join(DESCRIBED))
        .map_err(|error| SessionError::refused(error.to_string()))?;
    Ok((folder, adopted))
}

/// Looks at a file and tries it on.
#[derive(Debug)]
struct LookPlan {
    asked: Arc<WeightsAsked>,
    seen: Option<Arc<Seen>>,
    classes: Arc<ClassList>,
}

impl LookPlan {
    fn found(&self, compute: &Compute) -> (Option<Arc<Seen>>, WeightsState) {
        let seen = match self.seen.clone() {
            Some(seen) => seen,
            None => match look(&self.asked.file, self.asked.key.as_deref(), compute) {
                Ok(seen) => Arc::new(seen),
                Err(error) => return (None, WeightsState::Refused(error.to_string())),
            },
        };
        let fits = if seen.described { self.own(compute) } else { self.foreign(&seen, compute) };
        let state = match fits {
            Ok(fit) => WeightsState::Fits(Arc::new(fit)),
            Err(error) => WeightsState::Refused(error.to_string()),
        };
        (Some(seen), state)
    }

    /// Of a file that says itself for what it is.
    fn own(&self, compute: &Compute) -> Result<WeightsFit, SessionError> {
        let model = Model::open(&self.asked.file, compute)?;
        let card = model.card();
        if let Some(why) = unusable(card, &self.classes) {
            let file = self.asked.file.display();
            return Err(SessionError::refused(format!("{file} cannot be used in this project: {why}")));
        }
        Ok(WeightsFit {
            name: card.name.clone(),
            architecture: card.architecture.clone(),
            answers: card.answers(),
            order: card.classes.names(),
            preprocessing: card.preprocessing.clone(),
            notes: Vec::new(),
            warnings: Vec::new(),
        })
    }

    fn foreign(&self, seen: &Seen, compute: &Compute) -> Result<WeightsFit, SessionError> {
        let Some(foreign) = self.asked.foreign(seen) else {
            let alike = seen.networks.first().map_or_else(
                || "none has half of its tensors".to_owned(),
                |fit| {
                    format!(
                        "most alike is {}, of whose {} tensors it has {}, and {} beside them",
                        fit.architecture.name(),
                        fit.of,
                        fit.fitting,
                        fit.beside
                    )
                },
            );
            return Err(SessionError::refused(format!(
                "{} is of none of the networks here as it stands ({alike}): choose the network that it is of",
                self.asked.file.display()
            )));
        };
        let Adopted { card, order, notes, warnings, .. } =
            try_on(&foreign, &self.classes, compute).map_err(|error| SessionError::refused(error.to_string()))?;
        Ok(WeightsFit {
            name: card.name.clone(),
            architecture: card.architecture.clone(),
            answers: card.answers(),
            order,
            preprocessing: card.preprocessing,
            notes,
            warnings,
        })
    }
}

impl Task for LookPlan {
    fn name(&self) -> String {
        format!("Looking at {}", file_name(&self.asked))
    }

    fn run(self: Box<Self>, compute: &Compute, _order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let (seen, state) = self.found(compute);
        tell(Report::WeightsLookedAt(Box::new(WeightsView { asked: self.asked, seen, state })));
    }
}

/// Writes a file with its description.
#[derive(Debug)]
struct AdoptPlan {
    asked: Arc<WeightsAsked>,
    seen: Arc<Seen>,
    classes: Arc<ClassList>,
}

impl Task for AdoptPlan {
    fn name(&self) -> String {
        format!("Adding {}", file_name(&self.asked))
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let made = if self.seen.described {
            Ok(AdoptedFile::AsItIs(self.asked.file.clone()))
        } else {
            match self.asked.foreign(&self.seen) {
                Some(foreign) => described(&foreign, &self.classes, compute).map(|(folder, _)| {
                    let file = folder.path().join(DESCRIBED);
                    AdoptedFile::Described(folder, file)
                }),
                None => Err(SessionError::refused("nothing says of which network the weights are: choose it")),
            }
        };
        match (made, order()) {
            (Ok(made), Order::Go) => tell(Report::WeightsAdopted(Box::new(made))),
            (Ok(_), Order::Stop | Order::Cancel | Order::Leave) => {
                let state = WeightsState::Refused("it was cancelled: press Add to begin again".to_owned());
                tell(Report::WeightsLookedAt(Box::new(WeightsView {
                    asked: self.asked,
                    seen: Some(self.seen),
                    state,
                })));
            }
            (Err(error), _) => {
                let state = WeightsState::Refused(error.to_string());
                tell(Report::WeightsLookedAt(Box::new(WeightsView {
                    asked: self.asked,
                    seen: Some(self.seen),
                    state,
                })));
            }
        }
    }
}

fn file_name(asked: &WeightsAsked) -> String {
    asked.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
#[path = "adopting_tests.rs"]
mod tests;
