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
        if self.images_gone > 0 {
            let images =
                if self.images_gone == 1 { "1 image".to_owned() } else { format!("{} images", self.images_gone) };
            said.push_str(&format!("; {images} could not be read and must be imported again"));
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
}

impl Repaired {
    /// "repaired on 2026-01-15: ...".
    pub fn in_words(&self) -> String {
        let day = jiff::Timestamp::from_millisecond(self.time_ms).map(|time| time.strftime("%Y-%m-%d").to_string());
        format!("repaired on {}: {}", day.unwrap_or_else(|_| "a day that is not known".to_owned()), self.what)
    }
}
