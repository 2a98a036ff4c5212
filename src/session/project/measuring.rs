//! Looking at the pictures of older projects again for what was not kept when they were imported.

use crate::domain::{ImageFacts, ImageFile, ImageId};
use crate::imaging;
use crate::nn::Compute;
use crate::session::project::agreeing::AgreementPlan;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::order::Matcher;
use crate::session::protocol::agreement::{Agreement, WhichReadings};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::query::What;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::view::DataState;
use rayon::prelude::*;

/// Pictures that are looked at between two reports.
const PIECE: usize = 64;
/// Sentences about single files that are shown before the rest is only counted.
const NAMED: usize = 3;

/// Pictures to look at, with what is known of them.
#[derive(Clone, Debug)]
pub struct MeasurePlan {
    pub files: Vec<(ImageId, ImageFile, ImageFacts)>,
}

impl Task for MeasurePlan {
    fn name(&self) -> String {
        "Looking at the pictures".into()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let total = self.files.len();
        for (piece, files) in self.files.chunks(PIECE).enumerate() {
            if order() != Order::Go {
                return;
            }
            let done = piece * PIECE;
            tell(Report::Progress { done, total, text: format!("{done} of {total} images") });
            let looked: Vec<_> = files.par_iter().map(|(image, file, known)| (*image, look(file, known))).collect();
            let (mut facts, mut failed) = (Vec::new(), Vec::new());
            for (image, outcome) in looked {
                match outcome {
                    Ok(found) => facts.push((image, found)),
                    Err(why) => failed.push(why),
                }
            }
            tell(Report::Measured { facts, failed });
        }
    }
}

/// What the picture is like, with what tables said of it before.
fn look(file: &ImageFile, known: &ImageFacts) -> Result<ImageFacts, String> {
    let looked = std::panic::catch_unwind(|| imaging::facts(file));
    let fails = || format!("{} made the decoder fail: save it again with another program", file.path.display());
    let mut facts = looked.map_err(|_| fails())?.map_err(|error| error.to_string())?;
    facts.attributes.extend(known.attributes.clone());
    facts.box_marks.clone_from(&known.box_marks);
    Ok(facts)
}

impl Core {
    /// Looks at the pictures that were not measured yet and are there.
    pub fn measure(&self) -> Result<Work, SessionError> {
        self.check_writable()?;
        let mut known = self.store.facts()?;
        let files: Vec<_> = self
            .images
            .iter()
            .filter(|image| !self.missing.contains(&image.id))
            .map(|image| (image.id, image.file(), known.remove(&image.id).unwrap_or_default()))
            .filter(|(.., facts)| !facts.measured())
            .collect();
        if files.is_empty() {
            return Err(SessionError::refused("every picture that is there was looked at already"));
        }
        Ok(Box::new(MeasurePlan { files }))
    }

    pub(in crate::session) fn take_measured(
        &mut self,
        facts: &[(ImageId, ImageFacts)],
        failed: &[String],
    ) -> Result<(), SessionError> {
        self.store.set_facts(facts)?;
        for why in failed.iter().take(NAMED) {
            self.warn(why.clone());
        }
        self.refresh(Changed::Facts)
    }

    /// Looks through the data, unless that is under way.
    pub(in crate::session) fn analyse(&mut self) -> Vec<Work> {
        if self.view.data.state == DataState::Running {
            return Vec::new();
        }
        self.view.data.state = DataState::Running;
        let dir = self.store.dir().to_path_buf();
        vec![Box::new(crate::session::project::analysis::AnalysisPlan { dir, version: self.data_version })]
    }

    pub(in crate::session) fn take_analysis(
        &mut self,
        version: u64,
        analysis: crate::session::protocol::survey::Analysis,
    ) -> Result<(), SessionError> {
        if !analysis.problems.is_empty() {
            // Which of several copies is kept goes by it, and that is said before it is done.
            self.know_said()?;
        }
        self.view.data.analysis = Some(std::sync::Arc::new(analysis));
        self.view.data.state = if version == self.data_version { DataState::Done } else { DataState::Wanted };
        if self.view.filter.terms.iter().any(|term| matches!(term.what, What::Attribute(..))) {
            self.matcher = Matcher::with(&self.view.filter, self.view.data.analysis.as_deref());
            self.rebuild_queue();
        }
        Ok(())
    }

    /// Compares the readers, unless that is under way.
    pub(in crate::session) fn compare_readers(&mut self, which: WhichReadings) -> Vec<Work> {
        if self.view.data.readers_state == DataState::Running {
            return Vec::new();
        }
        self.view.data.readers_state = DataState::Running;
        let (dir, version) = (self.store.dir().to_path_buf(), self.data_version);
        vec![Box::new(AgreementPlan { which, dir, version })]
    }

    pub(in crate::session) fn take_compared_readers(&mut self, version: u64, found: Result<Box<Agreement>, String>) {
        self.view.data.readers_state = match found {
            Ok(agreement) => {
                self.view.data.readers = Some(std::sync::Arc::new(*agreement));
                if version == self.data_version { DataState::Done } else { DataState::Wanted }
            }
            Err(why) => DataState::Ended(why),
        };
    }

    /// What the data are made of is no longer what was found.
    pub(in crate::session) fn data_changed(&mut self) {
        self.data_version += 1;
        (self.view.data.work, self.view.data.adjudication) = (None, None);
        if self.view.data.audit_state != DataState::Running {
            self.view.data.audit_state = DataState::Wanted;
        }
        (self.view.data.assigning.plans, self.view.data.assigning.preview) = (None, None);
        if self.view.data.readers_state != DataState::Running {
            self.view.data.readers_state = DataState::Wanted;
        }
        if self.view.data.state != DataState::Running {
            self.view.data.state = DataState::Wanted;
        }
    }
}
