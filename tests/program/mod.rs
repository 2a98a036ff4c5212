//! Runs the real binary, with settings and data of its own.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder for one test, in which the binary also keeps its settings.
pub struct Place(tempfile::TempDir);

#[allow(dead_code, reason = "each test binary uses its share of these")]
impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The binary, not yet started.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_overread"));
        command.args(args).current_dir(self.0.path());
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            command.env(variable, self.0.path().join("home"));
        }
        command.env_remove("OVERREAD_LOG").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command
    }

    fn finish(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the binary starts")
    }

    /// Runs a command that must succeed; its standard output.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.finish(args);
        let (out, err) = texts(&output);
        assert!(output.status.success(), "{args:?} failed: {err}{out}");
        out
    }

    /// Runs a command that must succeed; the JSON objects it printed, one a line.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Vec<Value> {
        self.ok(args).lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"))).collect()
    }

    /// Runs a command that must fail, with one sentence on standard error, which is returned.
    #[track_caller]
    pub fn fails(&self, args: &[&str]) -> String {
        let output = self.finish(args);
        let (out, err) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {out}{err}");
        assert!(!err.contains("panicked"), "{args:?} panicked: {err}");
        assert_eq!(err.trim_end().lines().count(), 1, "{args:?} said more than a sentence: {err}");
        err.strip_prefix("overread: ").unwrap_or_else(|| panic!("{args:?} said {err}")).trim_end().to_owned()
    }

    /// Writes `count` small grey pictures into `folder/class/`, which a small network can tell apart by brightness.
    pub fn pictures(&self, folder: &str, classes: &[&str], count: u32) -> PathBuf {
        let folder = self.path(folder);
        for (class, name) in classes.iter().enumerate() {
            let class_folder = folder.join(name);
            std::fs::create_dir_all(&class_folder).expect("a folder");
            for number in 0..count {
                let shade = |x: u32, y: u32| 40 + 90 * class as u32 + (x * 7 + y * 13 + number * 29) % 40;
                let picture = image::GrayImage::from_fn(24, 20, |x, y| image::Luma([shade(x, y) as u8]));
                picture.save(class_folder.join(format!("{number:03}.png"))).expect("a picture");
            }
        }
        folder
    }
}

fn texts(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A path as an argument.
#[allow(dead_code, reason = "each test binary uses its share of these")]
pub fn arg(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}
