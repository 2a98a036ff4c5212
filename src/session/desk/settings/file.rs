//! The file of the settings: written whole, taken over from where it lay before, and put aside where it is broken.

use super::{Places, Settings};
use crate::files::{atomically, forgiving};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FILE: &str = "settings.json";

impl Places {
    /// The file of the settings.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join(FILE)
    }

    /// What is set; of a file that cannot be read what comes with the program: a lost name must not keep that from
    /// starting. [`Places::mend`] says what was lost.
    pub(super) fn settings(&self) -> Settings {
        let text = std::fs::read_to_string(self.settings_file()).unwrap_or_default();
        forgiving(&text).map(|read| read.value).unwrap_or_default()
    }

    pub(super) fn write(&self, settings: &Settings) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.config)?;
        let text = serde_json::to_vec_pretty(settings)?;
        atomically(&self.settings_file(), |out| out.write_all(&text))
    }

    /// Brings the file of the settings into order when the program starts: takes it over from the folder in which older
    /// versions kept it, and puts one aside that is broken or has a field that cannot be understood, so that the next change
    /// does not write over it. What a person has to know of it, a sentence each.
    pub fn mend(&self) -> Vec<String> {
        let mut said = Vec::new();
        let (file, older) = (self.settings_file(), self.dir.join(FILE));
        if older != file && older.is_file() && !file.exists() {
            match self.take_over(&older, &file) {
                Ok(()) => tracing::info!(from = %older.display(), to = %file.display(), "the settings were moved"),
                Err(error) => said.push(format!(
                    "the settings in {} could not be moved to {} ({error}): those that come with the program are used",
                    older.display(),
                    file.display()
                )),
            }
        }
        let text = match std::fs::read(&file) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => return said,
            Err(error) => {
                let file = file.display();
                said.push(format!("{file} cannot be read ({error}): the settings that come with the program are used"));
                return said;
            }
        };
        match forgiving::<Settings>(&text) {
            Some(read) if read.wrong.is_empty() => {}
            Some(read) => {
                let aside = put_aside(&file, true);
                let kept = aside.as_ref().is_ok_and(|_| self.write(&read.value).is_ok());
                let (what, is) = match read.wrong.as_slice() {
                    [one] => (format!("the setting {one}"), "is"),
                    more => (format!("the settings {}", more.join(", ")), "are"),
                };
                said.push(format!(
                    "{what} in {} could not be understood and {is} as the program comes; all others are kept.{}",
                    file.display(),
                    lies(aside, kept)
                ));
            }
            None => said.push(format!(
                "{} is broken: the settings that come with the program are used.{}",
                file.display(),
                lies(put_aside(&file, false), true)
            )),
        }
        said
    }

    /// The old file stays where it cannot be taken away: once there is a new one nobody reads it.
    fn take_over(&self, older: &Path, file: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.config)?;
        let content = std::fs::read(older)?;
        atomically(file, |out| out.write_all(&content))?;
        if let Err(error) = std::fs::remove_file(older) {
            tracing::warn!(%error, "the settings were moved, and the old file stays");
        }
        Ok(())
    }
}

fn lies(aside: std::io::Result<PathBuf>, kept: bool) -> String {
    match aside {
        Ok(aside) if kept => format!(" The file as it was is {}", aside.display()),
        Ok(_) => String::new(),
        Err(error) => format!(" It could not be put aside ({error}): the next change of a setting writes over it"),
    }
}

/// Gives a file a dated name of its own beside it, or makes a copy of that name.
fn put_aside(file: &Path, copy: bool) -> std::io::Result<PathBuf> {
    let date = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let first = format!("{stem}-broken-{date}.json");
    let names = std::iter::once(first).chain((2..).map(|n: u32| format!("{stem}-broken-{date}-{n}.json")));
    let aside = names.map(|name| file.with_file_name(name)).find(|aside| !aside.exists());
    let aside = aside.unwrap_or_else(|| file.with_extension("broken"));
    if copy { std::fs::copy(file, &aside).map(|_| ()) } else { std::fs::rename(file, &aside) }?;
    Ok(aside)
}
