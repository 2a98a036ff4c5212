//! Comparing the readers as a job of its own connection.

use crate::nn::Compute;
use crate::session::protocol::agreement::WhichReadings;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task};
use crate::store::{Access, Store};
use std::path::PathBuf;

/// A project whose readers are compared.
#[derive(Clone, Debug)]
pub struct AgreementPlan {
    pub which: WhichReadings,
    pub dir: PathBuf,
    /// Which state of the project is looked at, so that a later change is seen as such.
    pub version: u64,
}

impl Task for AgreementPlan {
    fn name(&self) -> String {
        "Comparing the readers".into()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let tell = std::cell::RefCell::new(tell);
        let go_on = |done: usize, total: usize| {
            let text = if total > 0 { "reading the log" } else { "comparing" };
            (tell.borrow_mut())(Report::Progress { done, total, text: text.into() });
            order() == Order::Go
        };
        let found = Store::open(&self.dir, Access::ReadOnly).map_err(SessionError::from);
        let found = match found.and_then(|store| super::of(&store, self.which, None, &go_on)) {
            Ok(Some(agreement)) => Ok(Box::new(agreement)),
            Ok(None) => Err("it was cancelled".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        (tell.borrow_mut())(Report::ReadersCompared { version: self.version, found });
    }
}
