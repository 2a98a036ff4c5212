//! The report of an evaluation for a reader outside: one page that needs nothing else (`report.html`), the same for programs
//! (`report.json`) and a table of all figures (`figures.csv`).
//!
//! Each block names the items that it serves of CLAIM 2024 (Tejani and others 2024), STARD-AI (Sounderajah and others 2025)
//! and TRIPOD+AI (Collins and others 2024). No pixel unless it is asked for, no image's name, no path, no patient and no reader is in it; groups are
//! only counted.

pub(in crate::session) mod attributes;
mod blanks;
mod boxes;
mod calibration;
mod figures;
mod findings;
mod flow_diagram;
mod html;
mod influence;
mod items;
mod maps;
pub mod mistakes;
mod precision;
mod prevalence;
mod readers;
mod robustness;
mod sections;
mod study;
mod subgroups;
mod table;
mod threshold;

pub use mistakes::{FindingMistakes, Mistakes};
pub use prevalence::Prevalence;
pub use readers::{Pair, Reader};
pub use study::Study;
pub use threshold::ThresholdFrom;

use crate::domain::calibration::{BoxCalibration, Calibration};
use crate::domain::finding_calibration::FindingsCalibration;
use crate::domain::performance::{BoxDifference, BoxPerformance, BoxSubgroups, Difference, Performance, Subgroups};
use crate::domain::{
    ClassificationReport, Decision, MapTest, ModelCard, ModelRecord, NamedThresholds, Preprocessing, Robustness, Split,
};
use crate::files::atomically;
use crate::files::hash::sha256_hex;
use crate::session::project::card::day;
use crate::session::project::{agreeing, tested_maps};
use crate::session::protocol::agreement::{Influences, WhichReadings};
use crate::session::protocol::claim::Claim;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words::now_ms;
use crate::store::Store;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A model on the images of a split of which the truth is known.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    #[serde(skip)]
    pub card: ModelCard,
    /// Absent where the model is a mere file, of which the project knows nothing.
    #[serde(skip)]
    pub record: Option<ModelRecord>,
    /// What it is called.
    pub model: String,
    pub split: Split,
    #[serde(flatten)]
    pub report: ClassificationReport,
    /// Figures with intervals; absent for models that draw boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub performance: Option<Performance>,
    /// The same of models that draw boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub box_performance: Option<BoxPerformance>,
    /// As asked for, of two classes; for boxes the one that they count from.
    pub threshold: Option<f64>,
    /// Each class's own, where there are some.
    pub class_thresholds: NamedThresholds,
    pub threshold_from: ThresholdFrom,
    /// Each image was looked at several times.
    pub tta: bool,
    /// How, in words, where it was.
    pub looked: Option<&'static str>,
    /// How pictures are prepared for the network.
    pub preprocessing: Preprocessing,
    /// Images of the split without a known truth or that could not be read.
    pub left_out: usize,
    /// Images that are used as far as they decode; absent where the pictures were not read for this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_short: Option<usize>,
    /// Images of the test split that the model was trained or tuned on.
    pub seen_in_training: usize,
    /// Classes that no image showed which the model learned from.
    pub never_learned: Vec<String>,
}

impl Judged {
    /// Whether figures of this class can be told: where an image may have several findings, a class of images with nothing to
    /// find is none of them.
    fn speaks_of(&self, class: &str) -> bool {
        self.report.findings.as_ref().is_none_or(|findings| findings.per_finding.contains_key(class))
    }
}

/// A second model on the same images.
#[derive(Clone, Debug, Serialize)]
pub struct Against {
    #[serde(flatten)]
    pub judged: Judged,
    /// The first model's figures less this one's; absent for models that draw boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// The same of models that draw boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub box_difference: Option<BoxDifference>,
}

/// All that the report says.
#[derive(Clone, Debug, Serialize)]
pub struct EvaluationReport {
    #[serde(flatten)]
    pub judged: Judged,
    /// "2026-01-15", in UTC.
    pub made: String,
    pub program: String,
    #[serde(flatten)]
    pub study: Study,
    /// That it was written is an event of the log, which holds this file's hash.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bound_to_log: bool,
    /// For intervals that reach 0.05 to each side.
    pub images_needed: Vec<precision::Needed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// What the log shows of when the threshold was fixed, and the same of the second model's; absent where the threshold is
    /// not the log's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prespecification: Option<Claim>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prespecification_against: Option<Claim>,
    /// How the probabilities and answers do; absent where nothing is decided about them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// The same of a model that answers with findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings_calibration: Option<FindingsCalibration>,
    /// How the scores of the first model's boxes do; absent where it draws none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub box_calibration: Option<BoxCalibration>,
    /// How the first model does on pictures made worse, where that was measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub robustness: Vec<Robustness>,
    /// The same of the further models, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prespecification_beside: Vec<Option<Claim>>,
    /// Further ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Against>,
    /// The first model's finding in parts of the images, by attribute; see [`fits`].
    pub subgroups: Vec<Subgroups>,
    /// The same of boxes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub box_subgroups: Vec<BoxSubgroups>,
    /// Every two readers of the same images; none of boxes.
    pub readers: Vec<Pair>,
    /// What models did to the readers of the split, who are numbers.
    pub influence: Influences,
    /// Who they are, by number, role and qualification; none of boxes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub who_read: Vec<Reader>,
    /// Those of the first model's maps that were made.
    pub map_tests: Vec<MapTest>,
    /// Those of the first model; absent where it does not give one class an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mistakes: Option<Mistakes>,
    /// The same of each finding, of a model that answers with findings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finding_mistakes: Vec<FindingMistakes>,
}

/// Whether parts by an attribute of this name may stand in a report. Others may name somebody.
pub fn fits(attribute: &str) -> bool {
    attributes::is_shown(attribute) || attributes::is_of_pictures(attribute)
}

/// The tests of a model's maps that the project keeps.
fn map_tests(store: &Store, judged: &Judged) -> Result<Vec<MapTest>, SessionError> {
    let Some(record) = &judged.record else { return Ok(Vec::new()) };
    let kept = tested_maps::kept(store)?.into_iter().filter(|tested| tested.model == record.id);
    Ok(kept.map(|tested| tested.test).collect())
}

impl EvaluationReport {
    /// Puts together what the project knows of a model's figures. `go_on` is told what comes next; `None` is where it
    /// said no.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn new(
        store: &Store,
        judged: Judged,
        others: Vec<Against>,
        subgroups: Vec<Subgroups>,
        go_on: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Self>, SessionError> {
        let mut others = others.into_iter();
        let against = others.next();
        let beside: Vec<Against> = others.collect();
        let Some(study) = Study::of(store, &judged, go_on)? else { return Ok(None) };
        let agreement = agreeing::of(store, WhichReadings::Last, Some(judged.split), &|_, _| true)?.unwrap_or_default();
        let influence = influence::numbered(&agreement);
        let (described, classes) = (store.described_readers()?, store.classes()?);
        let (readers, who_read) = readers::of(agreement, &described, &classes, judged.card.answers());
        Ok(Some(Self {
            bound_to_log: false,
            made: day(now_ms()),
            program: format!("Overread {}", env!("CARGO_PKG_VERSION")),
            study,
            prespecification: threshold::claim(store, &judged)?,
            prespecification_against: match &against {
                Some(against) => threshold::claim(store, &against.judged)?,
                None => None,
            },
            prespecification_beside: beside
                .iter()
                .map(|one| threshold::claim(store, &one.judged))
                .collect::<Result<_, _>>()?,
            images_needed: judged.performance.as_ref().map(precision::needed).unwrap_or_default(),
            against,
            calibration: None,
            findings_calibration: None,
            box_calibration: None,
            robustness: Vec::new(),
            beside,
            influence,
            readers,
            who_read,
            map_tests: map_tests(store, &judged)?,
            mistakes: None,
            finding_mistakes: Vec::new(),
            box_subgroups: Vec::new(),
            subgroups: subgroups.into_iter().filter(|one| fits(&one.attribute)).collect(),
            judged,
        }))
    }

    /// The models that the first is laid beside.
    pub(in crate::session) fn others(&self) -> impl Iterator<Item = &Against> {
        self.against.iter().chain(&self.beside)
    }

    /// With how the probabilities and answers do on the same images.
    pub fn with_calibration(self, calibration: Option<Calibration>) -> Self {
        Self { calibration, ..self }
    }

    /// With how the probabilities of findings do on the same images.
    pub fn with_findings_calibration(self, findings_calibration: Option<FindingsCalibration>) -> Self {
        Self { findings_calibration, ..self }
    }

    /// With how the scores of boxes do on the same images.
    pub fn with_box_calibration(self, box_calibration: Option<BoxCalibration>) -> Self {
        Self { box_calibration, ..self }
    }

    /// With the boxes in parts of the images, as far as their attributes may stand in a report.
    pub fn with_box_subgroups(self, subgroups: Vec<BoxSubgroups>) -> Self {
        Self { box_subgroups: subgroups.into_iter().filter(|one| fits(&one.attribute)).collect(), ..self }
    }

    /// As one whose hash goes into the log once it is written.
    pub fn bound(self, bound_to_log: bool) -> Self {
        Self { bound_to_log, ..self }
    }

    /// With what the first model called what it is not.
    pub fn with_mistakes(self, mistakes: Option<Mistakes>) -> Self {
        Self { mistakes, ..self }
    }

    /// With what the first model told wrong of each finding.
    pub fn with_finding_mistakes(self, finding_mistakes: Vec<FindingMistakes>) -> Self {
        Self { finding_mistakes, ..self }
    }

    /// With how the model does on pictures made worse.
    pub fn with_robustness(self, robustness: Vec<Robustness>) -> Self {
        Self { robustness, ..self }
    }

    /// The page.
    pub fn html(&self) -> String {
        let mut page = html::Html::default();
        sections::head(&mut page, self);
        sections::flow(&mut page, self);
        sections::characteristics(&mut page, self);
        sections::checks(&mut page, self);
        sections::training(&mut page, self);
        threshold::section(&mut page, self);
        match &self.judged.report.detection {
            Some(boxes) => boxes::section(&mut page, self, boxes),
            None => figures::section(&mut page, self),
        }
        calibration::section(&mut page, self);
        for (at, against) in self.others().enumerate() {
            figures::comparison(&mut page, self, (at, against));
        }
        figures::lineup(&mut page, self);
        subgroups::section(&mut page, self);
        robustness::section(&mut page, self);
        precision::section(&mut page, self);
        mistakes::section(&mut page, self);
        maps::section(&mut page, self);
        if self.judged.report.detection.is_none() {
            readers::section(&mut page, self);
        }
        influence::section(&mut page, self);
        sections::limits(&mut page, self);
        blanks::section(&mut page);
        items::section(&mut page);
        page.finish(&format!("{} on {} images", self.judged.model, self.judged.split.name()))
    }

    /// Whether a report may be written to this folder, which need not be there.
    ///
    /// # Errors
    /// When it is a file.
    pub fn check_folder(dir: &Path) -> Result<(), SessionError> {
        if dir.exists() && !dir.is_dir() {
            return Err(SessionError::refused(format!("{} is a file: name a folder for the report", dir.display())));
        }
        Ok(())
    }

    /// The first of `dir`, `dir-2`, `dir-3` ... that holds no report: an earlier one stays as it is.
    pub fn free_folder(dir: &Path) -> PathBuf {
        let numbered = |n: u32| {
            let mut name = dir.file_name().unwrap_or_default().to_owned();
            name.push(format!("-{n}"));
            dir.with_file_name(name)
        };
        let holds_none = |dir: &PathBuf| !dir.join("report.json").exists() && !dir.join("report.html").exists();
        std::iter::once(dir.to_owned()).chain((2..).map(numbered)).find(holds_none).unwrap_or_else(|| dir.to_owned())
    }

    /// Writes the three files to a folder, which is made where it is not there; each is there whole or not at all. What comes
    /// back is to go into the log of a project where the report is [bound](Self::bound) to it.
    ///
    /// # Errors
    /// When the folder is a file, or something cannot be written.
    pub fn write(&self, dir: &Path) -> Result<Decision, SessionError> {
        Self::check_folder(dir)?;
        std::fs::create_dir_all(dir).map_err(|error| SessionError::file(dir, "made", &error))?;
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| SessionError::refused(format!("the report cannot be written as JSON: {error}")))?;
        let page = self.html().into_bytes();
        let written = Decision::ReportWritten {
            model: self.judged.record.as_ref().map(|record| record.id),
            name: self.judged.model.clone(),
            sha256: sha256_hex(&json),
            page_sha256: sha256_hex(&page),
        };
        for (name, content) in
            [("report.json", json), ("figures.csv", table::csv(self).into_bytes()), ("report.html", page)]
        {
            let path = dir.join(name);
            atomically(&path, |out| out.write_all(&content))
                .map_err(|error| SessionError::file(&path, "written", &error))?;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod findings_tests;
#[cfg(test)]
mod influence_tests;
#[cfg(test)]
mod tests;
