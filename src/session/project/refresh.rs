//! What is shown follows what changed: whoever changes something says what, and here stands what that touches.

use crate::domain::{ImageId, ReadingMode};
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::random_arm::{self, Ordered};
use crate::session::project::rows::{Thresholds, counts, state};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::Sort;
use std::collections::HashMap;
use std::sync::Arc;

impl Core {
    /// Brings up to date what is shown of what changed, with as little work as it needs.
    pub(in crate::session) fn refresh(&mut self, changed: Changed<'_>) -> Result<(), SessionError> {
        self.refitting.heed(&changed);
        if matches!(changed, Changed::Everything | Changed::Classes | Changed::ActiveModel) {
            self.forget_by_features();
            self.forget_heat();
        }
        if matches!(changed, Changed::Threshold) {
            // Other classes are said of some images now.
            self.forget_heat();
        }
        let shown = self.show(changed);
        self.hide_what_may_not_be_seen();
        shown
    }

    fn show(&mut self, changed: Changed<'_>) -> Result<(), SessionError> {
        match changed {
            Changed::Everything => {
                self.date_map_tests();
                self.data_changed();
                self.read_models()?;
                self.read_predictions()?;
                self.show_runs();
                self.show_sweeps();
                self.show_split_history()?;
                self.show_described()?;
                self.show_undo()?;
                self.show_images()
            }
            // What a reader says for himself changes neither the truth nor what is known of the data.
            Changed::Annotations(places) if self.view.reading.is_own() => {
                self.said_touched(places)?;
                self.heat_touched(places);
                self.show_rows(places);
                self.show_undo()?;
                self.show_images()
            }
            Changed::Annotations(places) => {
                self.date_map_tests();
                self.said_touched(places)?;
                self.heat_touched(places);
                self.readers_touched(places)?;
                self.assigned_touched(places)?;
                self.studied_touched(places)?;
                self.show_rows(places);
                for &at in places {
                    self.yardstick_touched(at)?;
                }
                self.data_changed();
                self.show_undo()?;
                self.show_images()
            }
            Changed::Classes => {
                self.data_changed();
                self.read_models()?;
                self.read_predictions()?;
                self.show_images()
            }
            Changed::ActiveModel => {
                self.read_models()?;
                self.read_predictions()?;
                self.show_undo()?;
                self.show_images()
            }
            Changed::Models => {
                self.read_models()?;
                self.show_undo()
            }
            Changed::Threshold => {
                self.read_models()?;
                self.show_undo()?;
                self.show_all_rows();
                self.show_images()
            }
            Changed::Predictions(images) => {
                self.view.counts = counts(&self.view.rows);
                if self.view.sort.depends_on_model() || self.view.filter.depends_on_model() {
                    self.rebuild_queue();
                }
                let on_screen = |image: &ImageId| self.looked == Some(*image) || self.page.contains(image);
                if images.iter().any(on_screen) { self.show_images() } else { Ok(()) }
            }
            Changed::Runs => {
                self.show_runs();
                Ok(())
            }
            Changed::Splits => {
                self.date_map_tests();
                self.view.counts = counts(&self.view.rows);
                self.yardsticks_moved()?;
                self.rebuild_queue();
                self.show_split_history()?;
                self.data_changed();
                self.show_images()
            }
            Changed::Reader => {
                self.show_described()?;
                self.show_split_history()
            }
            Changed::Facts => {
                self.data_changed();
                Ok(())
            }
            Changed::Looked => self.show_images(),
            Changed::Page => {
                self.show_page();
                Ok(())
            }
        }
    }

    /// Reads what the active model said and shows it instead of what was shown.
    fn read_predictions(&mut self) -> Result<(), SessionError> {
        self.predictions = match self.view.active.filter(|active| self.problem(*active).is_none()) {
            Some(active) => self.stored_predictions(active)?,
            None => HashMap::new(),
        };
        let reading = self.view.reading;
        if reading.is_own() {
            let seen = &self.own.committed;
            self.predictions.retain(|image, _| reading == ReadingMode::Reveal && seen.contains(image));
        }
        if self.view.sort == Sort::ModelsApart {
            self.read_models_apart()?;
        }
        self.show_all_rows();
        Ok(())
    }

    pub(in crate::session) fn show_all_rows(&mut self) {
        let thresholds = Thresholds::of(&self.view);
        // Where readings are committed, what is only said is not done yet.
        let (commits, committed) = (self.view.reading == ReadingMode::Reveal, &self.own.committed);
        for (row, annotation) in Arc::make_mut(&mut self.view.rows).iter_mut().zip(&self.annotations) {
            let said = self.studying.said(row.id, self.refitting.said(&self.predictions, row.id));
            state(row, annotation, said, &thresholds, &self.view.classes);
            row.reviewed &= !commits || committed.contains(&row.id);
        }
        self.view.counts = counts(&self.view.rows);
        self.rebuild_queue();
    }

    fn show_rows(&mut self, places: &[usize]) {
        let thresholds = Thresholds::of(&self.view);
        let (commits, committed) = (self.view.reading == ReadingMode::Reveal, &self.own.committed);
        let rows = Arc::make_mut(&mut self.view.rows);
        for &at in places {
            if let (Some(row), Some(annotation)) = (rows.get_mut(at), self.annotations.get(at)) {
                let said = self.studying.said(row.id, self.refitting.said(&self.predictions, row.id));
                state(row, annotation, said, &thresholds, &self.view.classes);
                row.reviewed &= !commits || committed.contains(&row.id);
            }
        }
        self.view.counts = counts(&self.view.rows);
        let [at] = *places else { return self.rebuild_queue() };
        if self.view.filter.assigned {
            return self.rebuild_queue();
        }
        let (queue, rows) = (Arc::make_mut(&mut self.view.queue), &self.view.rows);
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let how = Ordered { sort: self.view.sort, at_random: self.view.random_arm };
        random_arm::refresh_one(queue, rows, &self.names, &self.matcher, how, at);
    }

    /// What is known of the images on screen.
    pub(in crate::session) fn show_images(&mut self) -> Result<(), SessionError> {
        self.show_page();
        self.show_detail()
    }
}
