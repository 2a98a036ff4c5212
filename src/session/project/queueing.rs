//! The queue: its filter, its order, and what of it is drawn at random.

use crate::session::project::core::Core;
use crate::session::project::order::Matcher;
use crate::session::project::random_arm::{self, Ordered};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::{Filter, Sort};
use std::sync::Arc;

impl Core {
    pub(in crate::session) fn set_filter(&mut self, filter: Filter) -> Result<(), SessionError> {
        self.read_said(&filter, self.view.sort)?;
        self.matcher = Matcher::with(&filter, self.view.data.analysis.as_deref());
        self.view.filter = filter;
        self.rebuild_queue();
        Ok(())
    }

    pub(in crate::session) fn set_sort(&mut self, sort: Sort) -> Result<(), SessionError> {
        self.want_order(sort)?;
        self.want_heat(sort)?;
        let filter = self.view.filter.clone();
        self.read_said(&filter, sort)?;
        self.read_apart(sort)?;
        self.view.sort = sort;
        self.rebuild_queue();
        Ok(())
    }

    pub(in crate::session) fn set_random_arm(&mut self, percent: u8) {
        self.view.random_arm = percent.min(100);
        self.rebuild_queue();
    }

    pub(in crate::session) fn rebuild_queue(&mut self) {
        let started = std::time::Instant::now();
        let how = Ordered { sort: self.view.sort, at_random: self.view.random_arm };
        let queue = match self.view.filter.assigned {
            true => {
                let passes = |at: &u32| self.view.rows.get(*at as usize).is_some_and(|row| self.matcher.passes(row));
                self.assigned_rows().into_iter().filter(passes).collect()
            }
            false => random_arm::queue(&self.view.rows, &self.names, &self.matcher, how),
        };
        // Seen with OVERREAD_LOG=overread::queue=trace.
        let milliseconds = 1e3 * started.elapsed().as_secs_f64();
        let (rows, sort) = (self.view.rows.len(), self.view.sort);
        tracing::trace!(target: "overread::queue", milliseconds, rows, found = queue.len(), ?sort, "a new queue");
        self.view.queue = Arc::new(queue);
    }
}
