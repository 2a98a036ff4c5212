//! Reading what a project holds and looking through it, as a job of its own connection.

use super::{Material, analyse};
use crate::domain::{Annotation, ImageFacts};
use crate::nn::Compute;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::survey::Analysis;
use crate::session::protocol::task::{Order, Report, Task};
use crate::store::{Access, Store};
use std::path::PathBuf;

/// Parts of the work, for the progress.
const PARTS: usize = 4;

/// A project to look through.
#[derive(Clone, Debug)]
pub struct AnalysisPlan {
    pub dir: PathBuf,
    /// Which state of the project is looked at, so that a later change is seen as such.
    pub version: u64,
}

impl Task for AnalysisPlan {
    fn name(&self) -> String {
        "Looking through the data".into()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        tell(Report::Progress { done: 0, total: PARTS, text: "reading the project".into() });
        let done = std::cell::Cell::new(0);
        let tell = std::cell::RefCell::new(tell);
        let go_on = |part: &str| {
            done.set(done.get() + 1);
            (tell.borrow_mut())(Report::Progress { done: done.get(), total: PARTS, text: part.into() });
            order() == Order::Go
        };
        let found = Store::open(&self.dir, Access::ReadOnly).map_err(SessionError::from);
        let found = found.and_then(|store| of_project(&store, &go_on));
        let report = match found {
            Ok(Some(analysis)) => Report::Analysed { version: self.version, analysis: Box::new(analysis) },
            Ok(None) => Report::NotAnalysed("it was cancelled".into()),
            Err(error) => Report::NotAnalysed(error.to_string()),
        };
        (tell.borrow_mut())(report);
    }
}

/// Looks through an open project; `None` where `go_on` said no.
pub fn of_project(store: &Store, go_on: &dyn Fn(&str) -> bool) -> Result<Option<Analysis>, SessionError> {
    let (images, mut said, mut known) = (store.images()?, store.annotations()?, store.facts()?);
    let classes = store.classes()?;
    let annotations: Vec<Annotation> = images.iter().map(|i| said.remove(&i.id).unwrap_or_default()).collect();
    let facts: Vec<Option<ImageFacts>> = images.iter().map(|i| known.remove(&i.id)).collect();
    if !go_on("counts") {
        return Ok(None);
    }
    let material = Material { images: &images, annotations: &annotations, facts: &facts, classes: &classes };
    let said_at_import = store.imports()?.into_iter().flat_map(|import| import.report.conflicts).collect();
    Ok(analyse(material, go_on).map(|found| Analysis { said_at_import, ..found }))
}
