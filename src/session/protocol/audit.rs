//! The log as it is audited: which of its events are asked for, and what is shown of them.

use crate::domain::ImageId;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::PathBuf;
use std::sync::Arc;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AuditKind {
    Label,
    Findings,
    Box,
    Measurement,
    Note,
    Flag,
    KeyImage,
    /// In a reading of the reader's own.
    Own,
    /// What an imported or merged reader said.
    Word,
    Adjudication,
    SignOff,
    /// About models, thresholds, the test split, ways of reading: about no image.
    Decision,
}

impl AuditKind {
    pub const ALL: [Self; 12] = [
        Self::Label,
        Self::Findings,
        Self::Box,
        Self::Measurement,
        Self::Note,
        Self::Flag,
        Self::KeyImage,
        Self::Own,
        Self::Word,
        Self::Adjudication,
        Self::SignOff,
        Self::Decision,
    ];

    /// As it is asked for on the command line and stands in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Findings => "findings",
            Self::Box => "box",
            Self::Measurement => "measurement",
            Self::Note => "note",
            Self::Flag => "flag",
            Self::KeyImage => "key-image",
            Self::Own => "own-reading",
            Self::Word => "imported-word",
            Self::Adjudication => "adjudication",
            Self::SignOff => "sign-off",
            Self::Decision => "decision",
        }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "Labels",
            Self::Findings => "Findings",
            Self::Box => "Boxes",
            Self::Measurement => "Measurements",
            Self::Note => "Notes",
            Self::Flag => "Flags",
            Self::KeyImage => "Key images",
            Self::Own => "Own readings",
            Self::Word => "Imported words",
            Self::Adjudication => "Adjudications",
            Self::SignOff => "Sign-offs",
            Self::Decision => "Decisions",
        }
    }
}

/// Which events are asked for; every part narrows it further.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    /// A part of the image's name, ignoring case; empty for all, also what is about no image.
    pub image: String,
    /// A reader's name, as people call the reader.
    pub reader: Option<String>,
    /// From this instant on, in milliseconds since 1970-01-01 UTC.
    pub from_ms: Option<i64>,
    /// Before this instant.
    pub until_ms: Option<i64>,
    pub kind: Option<AuditKind>,
    /// A part of what it says, of the name or of the reader, ignoring case.
    pub text: String,
}

/// The instants of days as people type them, `YYYY-MM-DD`, in local time: from the first on, and before the end of the last.
/// Empty is none.
///
/// # Errors
/// A sentence where one is no day.
pub fn days(from: &str, to: &str) -> Result<[Option<i64>; 2], String> {
    let day = |text: &str, later: bool| -> Result<Option<i64>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let no_day = || format!("{text:?} is no day: write it as 2026-01-31");
        let day: Date = text.parse().map_err(|_| no_day())?;
        let day = if later { day.tomorrow().map_err(|_| no_day())? } else { day };
        let start = day.to_zoned(TimeZone::system()).map_err(|_| no_day())?;
        Ok(Some(start.timestamp().as_millisecond()))
    };
    Ok([day(from, false)?, day(to, true)?])
}

/// A part of what is asked for, to be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditRequest {
    pub filter: AuditFilter,
    /// The first line of those asked for, from 0, the newest first.
    pub first: usize,
    pub count: usize,
}

/// An event in words.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    pub event: i64,
    /// When it was logged, in milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    /// When it was said, where imported data state that.
    pub stated_ms: Option<i64>,
    /// Local time: "2026-01-31 10:42:07".
    pub when: String,
    pub who: String,
    /// Absent for what is about no image.
    pub image: Option<ImageId>,
    pub name: String,
    pub kind: AuditKind,
    /// As the history says it.
    pub what: String,
    /// The model whose answer was on screen; empty where none is known of.
    pub model: String,
    /// From which score its boxes were shown.
    pub threshold: Option<f64>,
    /// For how long the image had been looked at, in ms.
    pub looked_ms: Option<u64>,
}

/// The log as it was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditView {
    pub filter: AuditFilter,
    /// Events of the log, and the number of the last.
    pub events: usize,
    pub last: i64,
    /// The numbers of those that are asked for, the newest first.
    pub matching: Arc<Vec<i64>>,
    /// How many of them there are of each kind.
    pub kinds: Vec<(AuditKind, usize)>,
    /// Everybody who is in the log.
    pub readers: Arc<Vec<String>>,
    /// The place of the first of the lines below.
    pub first: usize,
    pub lines: Vec<AuditLine>,
}

/// Where what is asked for is written, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditExport {
    pub filter: AuditFilter,
    pub to: PathBuf,
    pub format: AuditFormat,
}

/// As what the events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuditFormat {
    #[default]
    Csv,
    /// An array with an object for each event.
    Json,
}

impl AuditFormat {
    /// The one that a file's name asks for.
    pub fn of(path: &std::path::Path) -> Self {
        let json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        if json { Self::Json } else { Self::Csv }
    }
}
