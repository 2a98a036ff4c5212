//! What a repair did, or would do, in words.

use super::{Repair, Repaired};

impl Repair {
    /// A sentence or several; `planned` where it was only looked at.
    pub fn in_words(&self, planned: bool) -> String {
        let Some(damage) = &self.damage else {
            return "the database is whole and its log follows from the first event to the last: there is nothing to repair"
                .to_owned();
        };
        let entries = |count: usize| if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
        let (is, was) = if planned { ("would be", "would be") } else { ("is", "were") };
        let replayed = entries(self.replayed);
        let mut said = match &self.backup {
            Some(backup) => format!(
                "the database was damaged ({damage}): {} {is} put back, which holds {} of the log; {replayed} after it {was} \
                 replayed",
                backup.display(),
                entries(self.in_backup),
            ),
            None => format!(
                "the database was damaged ({damage}) and no whole backup of it is there: what it still holds {is} put into a \
                 new one; {replayed} of the log {was} replayed"
            ),
        };
        if self.blind {
            said.push_str(
                "; nothing of the damaged file could be read, so that what came after the backup is not here",
            );
        }
        if self.unreadable > 0 {
            said.push_str(&format!(", {} could not be read", entries(self.unreadable)));
        }
        if self.unfitting > 0 {
            let fit = if self.unfitting == 1 { "does not fit" } else { "do not fit" };
            said.push_str(&format!(", {} {fit} without those", entries(self.unfitting)));
        }
        self.recovered_in_words(&mut said, was);
        if self.images_gone > 0 {
            let images = images(self.images_gone);
            said.push_str(&format!("; {images} could not be read and must be imported again"));
        }
        if self.unmoved > 0 && !self.blind {
            let (images, keep) = (images(self.unmoved), if self.unmoved == 1 { "keeps" } else { "keep" });
            said.push_str(&format!(
                "; {images} {keep} the split, group and place of the backup, later ones could not be read"
            ));
        }
        if !self.cut.is_empty() && !self.blind {
            let of = |(table, rows): &(&str, usize)| match rows {
                0 => (*table).to_owned(),
                rows => format!("{table} ({rows} rows)"),
            };
            let tables: Vec<String> = self.cut.iter().map(of).collect();
            said.push_str(&format!("; not all could be read of: {}", tables.join(", ")));
        }
        if self.rows > 0 {
            said.push_str(&format!("; {} rows of images, models, runs and imports {was} taken over", self.rows));
        }
        if !self.passed_over.is_empty() {
            let names: Vec<String> = self.passed_over.iter().map(|path| path.display().to_string()).collect();
            said.push_str(&format!("; not whole themselves and passed over: {}", names.join(", ")));
        }
        if let Some(kept) = &self.kept {
            said.push_str(&format!(". The damaged file is kept in {}", kept.display()));
        }
        said
    }

    /// What the tables of state gave where the log did not.
    fn recovered_in_words(&self, said: &mut String, was: &str) {
        if self.recovered > 0 {
            let entries =
                if self.recovered == 1 { "1 entry".to_owned() } else { format!("{} entries", self.recovered) };
            said.push_str(&format!(
                "; {entries} {was} made of what the state of {} still held and the log did not, named \"recovered from the \
                 state\": what was said is there, how it came to be is not",
                if self.recovered_images == 0 { "models".to_owned() } else { images(self.recovered_images) },
            ));
            if self.recovered_images > 0 {
                said.push_str(
                    "; of images it counts as imported, so that a review among it no longer stands against the next import",
                );
            }
        }
        if self.recovered_unfitting > 0 {
            said.push_str(&format!(
                "; {} parts of states make no sense in the project as it is",
                self.recovered_unfitting
            ));
        }
        if self.states_unreadable > 0 {
            said.push_str(&format!(
                "; of {} images and models not even the state could be read: look at them again",
                self.states_unreadable
            ));
        }
    }
}

fn images(count: usize) -> String {
    if count == 1 { "1 image".to_owned() } else { format!("{count} images") }
}

impl Repaired {
    /// "repaired on 2026-01-15: ...".
    pub fn in_words(&self) -> String {
        let day = jiff::Timestamp::from_millisecond(self.time_ms).map(|time| time.strftime("%Y-%m-%d").to_string());
        format!("repaired on {}: {}", day.unwrap_or_else(|_| "a day that is not known".to_owned()), self.what)
    }
}
