//! What is handed out of a project, how, and what came of it.

use crate::domain::{ImageId, ModelId};
use crate::interchange::export::WRITERS;
use crate::interchange::{Format, Pictures, Unseen, Writer};
use std::path::PathBuf;
use std::sync::Arc;

/// In what form a project is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Labels(Format),
    /// The annotation log as JSON lines, with its hash chain.
    AuditLog,
}

impl ExportFormat {
    /// All of them, in the order they are offered.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        WRITERS.iter().map(|writer| Self::Labels(writer.format)).chain([Self::AuditLog])
    }

    /// What it is called in commands.
    pub fn id(self) -> &'static str {
        match self {
            Self::Labels(format) => format.id(),
            Self::AuditLog => "audit-log",
        }
    }

    /// What writes it; `None` for the log.
    fn writer(self) -> Option<&'static Writer> {
        match self {
            Self::Labels(format) => WRITERS.iter().find(|writer| writer.format == format),
            Self::AuditLog => None,
        }
    }

    /// What it is for, a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Labels(_) => self.writer().map_or("", |writer| writer.about),
            Self::AuditLog => {
                "Every change with who, when and its hash, as JSON lines; overread verify --log checks it."
            }
        }
    }

    /// Whether it has no word for images nobody has looked at.
    pub fn takes_silence_for_none(self) -> bool {
        self.writer().is_some_and(|writer| writer.silent)
    }

    /// Where there is nothing to write without the pictures: the sentence for who wants none.
    pub fn without_pictures(self) -> Option<&'static str> {
        self.writer().and_then(|writer| writer.of_pictures)
    }

    /// Whether frames of one file become pictures of their own.
    pub(in crate::session) fn takes_frames_apart(self) -> bool {
        self.writer().is_some_and(|writer| writer.frames_alone)
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labels(format) => format.name(),
            Self::AuditLog => "audit log",
        }
    }
}

/// Since when something of an image must have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Since {
    #[default]
    Ever,
    /// Milliseconds since 1970-01-01 UTC.
    Time(i64),
    /// Since this model was made.
    Model(ModelId),
}

/// Cleaning what is handed out of what may tell who the patient is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deidentify {
    /// Dates are moved, or else removed.
    pub shift_dates: bool,
    /// The file that holds the key, made where it is not there yet: files of two exports with one key fit together.
    /// Without one the key is forgotten.
    pub key: Option<PathBuf>,
}

/// What is handed out, how, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    pub format: ExportFormat,
    /// A folder, new or empty; a file for the log, and for tables where its name ends in `.csv`.
    pub to: PathBuf,
    pub pictures: Pictures,
    /// What every reader said of each image, not only what is in force.
    pub every_reader: bool,
    pub since: Since,
    /// What becomes of images nobody has looked at, where the format has no word for them.
    pub unseen: Unseen,
    pub deidentify: Option<Deidentify>,
    /// Only these images; all where it is absent.
    pub only: Option<Arc<Vec<ImageId>>>,
}

impl ExportRequest {
    /// The labels in force as a table, without pictures.
    pub fn table(to: PathBuf) -> Self {
        Self {
            format: ExportFormat::Labels(Format::CSV),
            to,
            pictures: Pictures::Leave,
            every_reader: false,
            since: Since::Ever,
            unseen: Unseen::LeaveOut,
            deidentify: None,
            only: None,
        }
    }

    /// Whether the tables are written as files, without a folder round them.
    pub(in crate::session) fn is_file(&self) -> bool {
        self.format == ExportFormat::Labels(Format::CSV)
            && self.to.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    }
}

/// What was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    pub to: PathBuf,
    /// "COCO".
    pub format: &'static str,
    pub images: usize,
    pub boxes: usize,
    /// Events, of the log.
    pub events: usize,
    /// What the format has no place for, a sentence each.
    pub lost: Vec<String>,
    /// Pictures that are not in the export, by name, and why.
    pub left_out: Vec<(String, String)>,
    /// What a person has to look at.
    pub warnings: Vec<String>,
}
