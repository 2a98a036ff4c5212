//! The figures of a classifier finding by finding, with their intervals, as a table in words.

use crate::cli::output::Output;
use crate::domain::performance::{BoxPerformance, Estimate, FindingPerformance, Performance, in_groups};
use anyhow::Result;

/// Prints them, with what the intervals are and why some are not there.
pub(super) fn print(performance: &Performance, out: Output) -> Result<()> {
    if out.is_json() || performance.images == 0 {
        return Ok(());
    }
    let Performance { images, groups, draws, seed, .. } = performance;
    out.text(basis([*images, *groups, *draws], *seed))?;
    let overall = performance.overall.iter().map(|(figure, estimate)| (figure.words().title, estimate));
    lines(overall, out)?;
    for finding in performance.told() {
        out.text(head(finding))?;
        lines(finding.figures.iter().map(|(figure, estimate)| (figure.words().title, estimate)), out)?;
    }
    Ok(())
}

/// The same of a model that draws boxes.
pub(super) fn print_boxes(performance: &BoxPerformance, out: Output) -> Result<()> {
    if out.is_json() || performance.images == 0 {
        return Ok(());
    }
    let BoxPerformance { images, groups, draws, seed, .. } = performance;
    out.text(basis([*images, *groups, *draws], *seed))?;
    lines(performance.figures.iter().map(|(figure, estimate)| (figure.words().title, estimate)), out)
}

/// What the figures are of, and what was drawn for their intervals.
fn basis([images, groups, draws]: [usize; 3], seed: u64) -> String {
    let grouped = in_groups(images, groups);
    match (draws, grouped) {
        (0, true) => format!("figures of {images} images of {groups} patients or groups"),
        (0, false) => format!("figures of {images} images"),
        (_, true) => format!(
            "figures of {images} images with 95 % intervals: {groups} patients or groups drawn {draws} times, seed {seed}"
        ),
        (_, false) => {
            format!("figures of {images} images with 95 % intervals: images drawn {draws} times, seed {seed}")
        }
    }
}

fn head(finding: &FindingPerformance) -> String {
    let FindingPerformance { name, positives, negatives, threshold, .. } = finding;
    let called = match threshold {
        Some(threshold) => format!("called from {threshold:.3} on"),
        None => "called where most probable".to_owned(),
    };
    format!("{name}: {positives} images with it, {negatives} without; {called}")
}

/// A line a figure; a reason that several share is said once, under the last of them.
fn lines<'a>(figures: impl Iterator<Item = (&'static str, &'a Estimate)>, out: Output) -> Result<()> {
    let mut reasons: Vec<&str> = Vec::new();
    for (title, estimate) in figures {
        out.text(format!("  {title:<26} {}", text(estimate)))?;
        match &estimate.why {
            Some(why) if !reasons.contains(&why.as_str()) => reasons.push(why),
            Some(_) | None => {}
        }
    }
    for why in reasons {
        out.text(format!("  ({why})"))?;
    }
    Ok(())
}

/// "0.751  (0.700 to 0.800)".
pub(super) fn text(estimate: &Estimate) -> String {
    // A figure that rounds to nothing has no sign.
    let number = |value: f64| if value.abs() < 0.0005 { "0.000".to_owned() } else { format!("{value:.3}") };
    match (estimate.value, estimate.interval) {
        (None, _) => "not defined".to_owned(),
        (Some(value), None) => number(value),
        (Some(value), Some([low, high])) => format!("{}  ({} to {})", number(value), number(low), number(high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_said_with_their_interval_and_without_a_sign_for_nothing() {
        let of = |value, interval| text(&Estimate { value, interval, why: None });
        assert_eq!(of(Some(0.7512), Some([0.70049, 0.8])), "0.751  (0.700 to 0.800)");
        assert_eq!((of(Some(-0.0001), None), of(None, None)), ("0.000".to_owned(), "not defined".to_owned()));
    }
}
