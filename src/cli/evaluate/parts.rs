//! A finding in parts of the images (`--by`), and those that a report holds.

use super::Args;
use super::boxes::Found;
use super::intervals::text;
use crate::cli::output::Output;
use crate::domain::performance::{BoxFigure, BoxSubgroups, Subgroup, Subgroups};
use crate::domain::{BoxThresholds, ClassList, ImageId};
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::boxes::box_subgroups;
use crate::evaluation::performance::{Attribute, Judged, subgroups};
use crate::session::attributes_of;
use crate::session::project::evaluation_report::fits;
use crate::store::Store;
use anyhow::{Result, bail};

/// Every attribute of which there is a name to ask for.
const ALL: &str = "all";

/// The figures by the attributes asked for, and by those that a report holds where one is to be written. Without `--by`
/// and `--report` nothing is looked at.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub asked: Vec<Subgroups>,
    pub of_report: Vec<Subgroups>,
}

impl Parts {
    /// Works them out, of what is judged of these images.
    pub fn of(args: &Args, store: &Store, images: impl Iterator<Item = ImageId>, of: Judged<'_>) -> Result<Self> {
        if args.by.is_empty() && args.report.is_none() {
            return Ok(Self::default());
        }
        let attributes = attributes(store, images)?;
        check(args, &attributes)?;
        let how = Bootstrap { draws: args.draws, seed: args.seed };
        let mut parts = Self::default();
        for attribute in &attributes {
            let asked = args.by.iter().any(|wanted| wanted == ALL || *wanted == attribute.name);
            let of_report = args.report.is_some() && fits(&attribute.name);
            if !asked && !of_report {
                continue;
            }
            let found = subgroups(of, attribute, how);
            if of_report {
                parts.of_report.extend(found.iter().cloned());
            }
            if asked {
                parts.asked.extend(found);
            }
        }
        Ok(parts)
    }

    /// Prints those that were asked for.
    pub fn print(&self, out: Output) -> Result<()> {
        if out.is_json() {
            return Ok(());
        }
        for of in &self.asked {
            out.text(format!("{} by {}", of.finding, of.attribute))?;
            for part in &of.parts {
                out.text(line(part))?;
            }
            out.text(format!("  {}", of.verdict(Subgroups::attributes(&self.asked))))?;
        }
        Ok(())
    }
}

/// "  frontal  40 images, 12 with it: AUROC 0.912 (0.801 to 0.975); ...".
fn line(part: &Subgroup) -> String {
    let figures: Vec<String> =
        part.figures.iter().map(|(figure, estimate)| format!("{} {}", figure.words().title, text(estimate))).collect();
    format!("  {:<24} {} images, {} with it: {}", part.name(), part.images, part.positives, figures.join("; "))
}

/// Fails where an attribute is asked for that parts nothing.
fn check(args: &Args, attributes: &[Attribute]) -> Result<()> {
    for wanted in args.by.iter().filter(|wanted| *wanted != ALL) {
        if !attributes.iter().any(|attribute| attribute.name == *wanted) {
            let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            match names.as_slice() {
                [] => bail!("no attribute parts these images into a few, so that there is no {wanted:?}"),
                names => bail!("no attribute {wanted:?} parts these images: use {ALL}, or {}", names.join(", ")),
            }
        }
    }
    Ok(())
}

fn attributes(store: &Store, images: impl Iterator<Item = ImageId>) -> Result<Vec<Attribute>> {
    let mut known: std::collections::HashMap<_, _> =
        store.images()?.into_iter().map(|image| (image.id, image)).collect();
    let mut said = store.annotations()?;
    let (mut records, mut annotations) = (Vec::new(), Vec::new());
    for image in images {
        let Some(record) = known.remove(&image) else { continue };
        annotations.push(said.remove(&image).unwrap_or_default());
        records.push(record);
    }
    Ok(attributes_of(store, &records, &annotations, &store.classes()?)?)
}

/// The boxes in parts of the images, by the attributes asked for.
#[derive(Debug, Default)]
pub(super) struct BoxParts {
    pub asked: Vec<BoxSubgroups>,
    pub of_report: Vec<BoxSubgroups>,
}

impl BoxParts {
    /// Works them out.
    pub fn of(
        args: &Args,
        store: &Store,
        found: &Found,
        classes: &ClassList,
        thresholds: &BoxThresholds,
    ) -> Result<Self> {
        if args.by.is_empty() && args.report.is_none() {
            return Ok(Self::default());
        }
        let attributes = attributes(store, found.images.iter().copied())?;
        check(args, &attributes)?;
        let of = found.judged(classes, thresholds);
        let mut parts = Self::default();
        for attribute in &attributes {
            let asked = args.by.iter().any(|by| by == ALL || *by == attribute.name);
            let of_report = args.report.is_some() && fits(&attribute.name);
            if !asked && !of_report {
                continue;
            }
            let Some(found) = box_subgroups(of, attribute, args.bootstrap()) else { continue };
            if of_report {
                parts.of_report.push(found.clone());
            }
            if asked {
                parts.asked.push(found);
            }
        }
        Ok(parts)
    }

    /// Prints them.
    pub fn print(&self, out: Output) -> Result<()> {
        if out.is_json() {
            return Ok(());
        }
        for of in &self.asked {
            out.text(format!("boxes by {}", of.attribute))?;
            for part in &of.parts {
                let figure =
                    |(figure, estimate): &(BoxFigure, _)| format!("{} {}", figure.words().title, text(estimate));
                let figures: Vec<String> = part.figures.iter().map(figure).collect();
                let (name, images, boxes) = (part.name(), part.images, part.boxes);
                out.text(format!("  {name:<24} {images} images, {boxes} boxes: {}", figures.join("; ")))?;
            }
            out.text(format!("  {}", of.verdict(self.asked.len())))?;
        }
        Ok(())
    }
}
