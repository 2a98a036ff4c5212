//! `overread evaluate --robustness`: the main figures on pictures that are made worse, way by way and strength by strength.

use super::Args;
use super::intervals::text;
use crate::cli::interrupt;
use crate::cli::output::Output;
use crate::cli::predict::cell;
use crate::cli::progress::Bar;
use crate::cli::project::Chosen;
use crate::domain::performance::Estimate;
use crate::domain::robustness::keep;
use crate::domain::{BoxThresholds, ModelId, Perturbation, RobustFinding, RobustPoint, RobustValue, Robustness, Split};
use crate::files::atomically;
use crate::inference::Model;
use crate::session::project::robustness::measure::{Asked, Subject, measure, said};
use crate::session::project::robustness::{keep_in, kept};
use crate::store::{Access, Store};
use anyhow::{Context, Result, anyhow, bail};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

/// The ways to make pictures worse, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kinds(Vec<Perturbation>);

/// All, or some by their names.
pub(super) fn kinds(typed: &str) -> Result<Kinds, String> {
    if typed == "all" {
        return Ok(Kinds(Perturbation::ALL.to_vec()));
    }
    let known = || Perturbation::ALL.map(Perturbation::name).join(", ");
    let one = |name: &str| {
        Perturbation::parse(name.trim()).ok_or_else(|| format!("there is no {name:?}: use all, or some of {}", known()))
    };
    let mut found: Vec<Perturbation> = typed.split(',').map(one).collect::<Result<_, _>>()?;
    found.sort();
    found.dedup();
    Ok(Kinds(found))
}

/// What the model is on worse pictures of the split, where that is asked for; kept with a model of the project unless its
/// threshold or the way of looking is of this command only.
pub(super) fn measured(
    args: &Args,
    store: &mut Store,
    split: Split,
    (of, model): (&Chosen, &Model),
    thresholds: BoxThresholds,
) -> Result<Vec<Robustness>> {
    let Some(Kinds(kinds)) = &args.robustness else { return Ok(Vec::new()) };
    let (images, annotations) = (store.images()?, store.annotations()?);
    let card = model.card();
    let mut on = Subject::of(split, card.answers(), said(&images, &annotations), &store.classes()?);
    (on.thresholds, on.temperatures) = (thresholds, of.temperatures(card));
    let asked = Asked { kinds: kinds.clone(), options: args.options(), how: args.bootstrap() };
    let (interrupted, bar) = (interrupt::pressed(), Bar::with_time_left("robustness"));
    let found = measure(model, &on, &asked, &mut |done, total, text| {
        bar.at(done, total);
        bar.message(text.to_owned());
        !interrupted.load(Ordering::Relaxed)
    });
    drop(bar);
    let Some(found) = found.map_err(|why| anyhow!(why))? else {
        bail!("interrupted, the robustness was not measured");
    };
    let own_threshold = args.threshold.is_empty() || args.keep;
    if let Some(record) = of.record.as_ref().filter(|_| own_threshold && !args.tta) {
        keep_with(args, store, record.id, &found)?;
    }
    Ok(found)
}

/// Keeps what was measured with a model of the project, where it can be changed.
fn keep_with(args: &Args, store: &mut Store, model: ModelId, measured: &[Robustness]) -> Result<()> {
    if store.read_only_reason().is_none() {
        return Ok(keep_in(store, model, measured.to_vec())?);
    }
    // Held only for this moment: a window may want the project while images are looked at.
    let mut writer = Store::open(&args.project.project, Access::Write)?;
    if let Some(why) = writer.read_only_reason() {
        tracing::warn!("the robustness is told here only and not kept: {why}");
        return Ok(());
    }
    Ok(keep_in(&mut writer, model, measured.to_vec())?)
}

/// What a report has of it: what was measured now, and else what the project keeps of the model.
pub(super) fn of_report(
    store: &Store,
    of: &Chosen,
    split: Split,
    measured: Vec<Robustness>,
) -> Result<Vec<Robustness>> {
    let Some(model) = of.record.as_ref().map(|record| record.id) else { return Ok(measured) };
    let mut all = kept(store)?;
    all.retain(|one| one.model == model && one.robustness.split == split);
    keep(&mut all, model, measured);
    let mut all: Vec<Robustness> = all.into_iter().map(|one| one.robustness).collect();
    all.sort_by_key(|one| one.kind);
    Ok(all)
}

/// Prints a table a way.
pub(super) fn print(measured: &[Robustness], out: Output) -> Result<()> {
    if out.is_json() {
        return Ok(());
    }
    for one in measured {
        out.text(format!("{} ({}), {} images", one.kind.title(), one.kind.axis().to_lowercase(), one.images))?;
        for point in &one.points {
            out.text(line(one, point))?;
            for of in &point.findings {
                out.text(finding_line(of))?;
            }
        }
        out.text(format!("  {}", one.verdict()))?;
    }
    Ok(())
}

/// "                 Mass AUROC 0.912 (0.801 to 0.975), fall 0.010 (-0.002 to 0.030)".
fn finding_line(of: &RobustFinding) -> String {
    format!("  {:<12} {} AUROC {}{}", "", of.finding, text(&of.value), fell(of.drop.as_ref()))
}

/// ", fall 0.010 (-0.002 to 0.030)", where it is defined.
fn fell(drop: Option<&Estimate>) -> String {
    drop.filter(|drop| drop.value.is_some()).map_or_else(String::new, |drop| format!(", fall {}", text(drop)))
}

/// "  sd 0.05        AUROC 0.912 (0.801 to 0.975), fall 0.010 (-0.002 to 0.030); Accuracy ...".
fn line(of: &Robustness, point: &RobustPoint) -> String {
    let value =
        |one: &RobustValue| format!("{} {}{}", of.title_of(one.figure), text(&one.value), fell(one.drop.as_ref()));
    let values: Vec<String> = point.values.iter().map(value).collect();
    format!("  {:<12} {}", of.kind.says(point.strength), values.join("; "))
}

/// Writes a row a way, strength and figure, those of single findings after those of all.
pub(super) fn write_csv(dir: &Path, measured: &[Robustness]) -> Result<()> {
    if measured.is_empty() {
        return Ok(());
    }
    let path = dir.join("robustness.csv");
    atomically(&path, |out| {
        writeln!(out, "kind,strength,figure,value,low,high,drop,drop_low,drop_high,images,groups")?;
        for one in measured {
            for point in &one.points {
                let cells = |value, drop| [Some(value), drop];
                for RobustValue { figure, value, drop } in &point.values {
                    row(out, one, (point.strength, figure.key()), cells(value, drop.as_ref()))?;
                }
                for RobustFinding { finding, value, drop } in &point.findings {
                    let figure = cell(&format!("auroc of {finding}"));
                    row(out, one, (point.strength, &figure), cells(value, drop.as_ref()))?;
                }
            }
        }
        Ok(())
    })
    .with_context(|| format!("{} was not written", path.display()))
}

fn row(
    out: &mut dyn Write,
    of: &Robustness,
    (strength, figure): (f64, &str),
    cells: [Option<&Estimate>; 2],
) -> std::io::Result<()> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let three = |of: Option<&Estimate>| {
        let interval = of.and_then(|of| of.interval);
        let (low, high) = (interval.map(|[low, _]| low), interval.map(|[_, high]| high));
        [of.and_then(|of| of.value), low, high].map(number).join(",")
    };
    let [now, drop] = cells.map(three);
    writeln!(out, "{},{strength},{figure},{now},{drop},{},{}", of.kind.name(), of.images, of.groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::RobustFigure;

    #[test]
    fn ways_are_typed_by_name_in_any_order() {
        assert_eq!(kinds("all").unwrap().0, Perturbation::ALL);
        assert_eq!(kinds("jpeg, noise,jpeg").unwrap().0, [Perturbation::Noise, Perturbation::Jpeg]);
        let why = kinds("fog").unwrap_err();
        assert!(why.contains("fog") && why.contains("rotation"), "{why}");
        assert!(kinds("").is_err());
    }

    #[test]
    fn a_row_has_the_figure_and_its_fall_with_their_intervals() {
        let estimate = |value, interval| Estimate { value: Some(value), interval, why: None };
        let value = RobustValue {
            figure: RobustFigure::Auroc,
            value: estimate(0.75, Some([0.5, 0.9])),
            drop: Some(estimate(0.125, None)),
        };
        let point = RobustPoint { strength: 0.1, values: vec![value], ..RobustPoint::default() };
        let dir = tempfile::tempdir().unwrap();
        let measured = Robustness {
            kind: Perturbation::Noise,
            split: Split::Test,
            images: 40,
            groups: 30,
            left_out: 0,
            draws: 10,
            seed: 1,
            finding: None,
            threshold: None,
            class_thresholds: Default::default(),
            points: vec![point.clone()],
            made_ms: 0,
        };
        let line = line(&measured, &point);
        write_csv(dir.path(), &[measured]).unwrap();
        let text = std::fs::read_to_string(dir.path().join("robustness.csv")).unwrap();
        assert!(text.ends_with("\nnoise,0.1,auroc,0.75,0.5,0.9,0.125,,,40,30\n"), "{text}");
        assert!(line.starts_with("  sd 0.1 ") && line.contains("fall 0.125"), "{line}");
    }
}
