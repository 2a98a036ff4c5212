//! What a repair did, or would do, in words.

use super::Repair;

impl Repair {
    /// A sentence or several; `planned` where it was only looked at.
    pub fn in_words(&self, planned: bool) -> String {
        let (Some(damage), Some(backup)) = (&self.damage, &self.backup) else {
            return "the database is whole and its log follows from the first event to the last: there is nothing to repair"
                .to_owned();
        };
        let entries = |count: usize| if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
        let (is, was) = if planned { ("would be", "would be") } else { ("is", "were") };
        let mut said = format!(
            "the database was damaged ({damage}): {} {is} put back, which holds {} of the log; {} after it {was} replayed",
            backup.display(),
            entries(self.in_backup),
            entries(self.replayed)
        );
        if self.unreadable > 0 {
            said.push_str(&format!(", {} could not be read", entries(self.unreadable)));
        }
        if self.unfitting > 0 {
            said.push_str(&format!(", {} do not fit without those", entries(self.unfitting)));
        }
        if self.rows > 0 {
            said.push_str(&format!("; {} newer rows of images, models, runs and imports {was} taken over", self.rows));
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
