//! Working out an adjudication as a job of its own connection.

use crate::domain::AdjudicationRule;
use crate::nn::Compute;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task};
use crate::store::{Access, Store};
use std::path::PathBuf;

/// A project whose readers' words are to become one.
#[derive(Clone, Debug)]
pub struct AdjudicationWork {
    pub dir: PathBuf,
    pub rule: AdjudicationRule,
    /// Students' words count, too.
    pub with_students: bool,
    /// Which state of the project is looked at.
    pub version: u64,
}

impl Task for AdjudicationWork {
    fn name(&self) -> String {
        "Adjudicating".into()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let tell = std::cell::RefCell::new(tell);
        let go_on = |done: usize, total: usize| {
            (tell.borrow_mut())(Report::Progress { done, total, text: "reading the log".into() });
            order() == Order::Go
        };
        let store = Store::open(&self.dir, Access::ReadOnly).map_err(SessionError::from);
        let planned =
            match store.and_then(|store| super::plan(&store, (self.rule, self.with_students), self.version, &go_on)) {
                Ok(Some(plan)) => Ok(Box::new(plan)),
                Ok(None) => Err("it was cancelled".to_owned()),
                Err(error) => Err(error.to_string()),
            };
        (tell.borrow_mut())(Report::Adjudicable(planned));
    }
}
