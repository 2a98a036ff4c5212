//! Attributes that tell the class on their own. A network that finds such a way round the picture looks good on these
//! data and fails on others (Geirhos et al. 2020, "Shortcut learning in deep neural networks").

use super::Material;
use super::attributes::{Column, NOT_GIVEN, Values};
use crate::domain::Findings;
use crate::evaluation::shortcut::{folds, one_rule, quantile_bins};
use crate::session::protocol::survey::Shortcut;
use std::collections::BTreeMap;

/// A measure is cut into so many ranges, or into fewer of at least [`LEAST`] images each.
const BINS: usize = 10;
/// Values of fewer images than this count as one value, "rare".
const RARE: usize = 5;
/// Classes and ranges of fewer images than this say nothing.
const LEAST: usize = 10;
/// The lower bound must lie so far from chance towards always being right before it is worth a warning.
const MARGIN: f64 = 0.05;
/// Values named in a sentence.
const NAMED: usize = 3;

/// What is to be told apart, by image.
struct Targets {
    /// "the class", "Effusion".
    what: String,
    of: Vec<Option<usize>>,
    names: Vec<String>,
}

/// The classes by label, or where nothing is labelled whether there is a box; of findings whether each is there.
fn targets(of: Material<'_>) -> Vec<Targets> {
    let places = 0..of.images.len();
    if of.classes.findings {
        let known: Vec<_> = places.map(|at| of.findings(at)).collect();
        let one = |finding: usize| {
            let name = of.classes.name(finding);
            let said = |of: &Findings| Some(usize::from(!of.get(finding)?.known()?));
            let names = vec![format!("with {name}"), format!("without {name}")];
            Targets { what: name, of: known.iter().map(said).collect(), names }
        };
        return of.classes.finding_places().map(one).collect();
    }
    let what = "the class".to_owned();
    let labels: Vec<Option<usize>> = places.map(|at| of.label(at)).collect();
    if labels.iter().any(Option::is_some) {
        return vec![Targets { what, of: labels, names: of.classes.names() }];
    }
    let boxed = of.annotations.iter().map(|annotation| Some(usize::from(annotation.boxes.is_empty()))).collect();
    vec![Targets { what, of: boxed, names: vec!["with boxes".into(), "without boxes".into()] }]
}

/// Every attribute that is a shortcut.
pub(super) fn find(of: Material<'_>, columns: &[Column]) -> Vec<Shortcut> {
    let mut found: Vec<Shortcut> = targets(of).iter().flat_map(|targets| of_targets(of, columns, targets)).collect();
    found.sort_by(|a, b| b.balanced_accuracy.total_cmp(&a.balanced_accuracy));
    found
}

/// The attributes that tell these.
fn of_targets(of: Material<'_>, columns: &[Column], targets: &Targets) -> Vec<Shortcut> {
    let Targets { what, of: targets, names } = targets;
    let mut sizes = vec![0usize; names.len()];
    for &class in targets.iter().flatten() {
        if let Some(size) = sizes.get_mut(class) {
            *size += 1;
        }
    }
    let kept: Vec<usize> = (0..names.len()).filter(|&class| sizes.get(class).is_some_and(|n| *n >= LEAST)).collect();
    let renumbered = |class: usize| kept.iter().position(|kept| *kept == class);
    let judged: Vec<(usize, usize)> = targets
        .iter()
        .enumerate()
        .filter_map(|(at, class)| Some((at, renumbered((*class)?)?)))
        .filter(|(at, _)| *at < of.images.len())
        .collect();
    let names: Vec<String> = kept.iter().filter_map(|&class| names.get(class).cloned()).collect();
    let labels: Vec<usize> = judged.iter().map(|(_, class)| *class).collect();
    let unit = |at: usize| match of.images.get(at).and_then(|image| image.group.as_deref()) {
        Some(group) => (Some(group), 0),
        None => (None, at),
    };
    let units: Vec<(Option<&str>, usize)> = judged.iter().map(|(at, _)| unit(*at)).collect();
    let folds = folds(&labels, &units);
    columns
        .iter()
        .filter_map(|column| {
            let values = codes(column, &judged);
            let rule = one_rule(&values, &labels, &folds)?;
            let telling = rule.low > rule.chance + MARGIN * (1.0 - rule.chance);
            telling.then(|| Shortcut {
                attribute: column.name.clone(),
                balanced_accuracy: rule.balanced_accuracy,
                low: rule.low,
                chance: rule.chance,
                sentence: format!(
                    "{} alone tells {what} for {:.0} % of the images (chance {:.0} %)",
                    capital(&column.name),
                    100.0 * rule.balanced_accuracy,
                    100.0 * rule.chance
                ),
                detail: detail(column, &judged, &names),
            })
        })
        .collect()
}

/// The attribute of each judged image as a number: one a value, rare ones together; ranges of a measure.
fn codes(column: &Column, judged: &[(usize, usize)]) -> Vec<usize> {
    match &column.values {
        Values::Words { names, of } => {
            let value = |at: usize| of.get(at).copied().flatten().unwrap_or(names.len());
            let mut counts = vec![0usize; names.len() + 1];
            for (at, _) in judged {
                if let Some(count) = counts.get_mut(value(*at)) {
                    *count += 1;
                }
            }
            let rare = names.len() + 1;
            let code = |value: usize| if counts.get(value).is_some_and(|n| *n >= RARE) { value } else { rare };
            judged.iter().map(|(at, _)| code(value(*at))).collect()
        }
        Values::Numbers { of, .. } => {
            let value = |at: usize| of.get(at).copied().flatten();
            let numbers: Vec<f64> = judged.iter().filter_map(|(at, _)| value(*at)).collect();
            let most = (numbers.len() / LEAST).clamp(2, BINS);
            let mut bins = quantile_bins(&numbers, most).into_iter();
            judged.iter().map(|(at, _)| value(*at).and_then(|_| bins.next()).unwrap_or(BINS)).collect()
        }
    }
}

/// What the attribute says of the classes, in words.
fn detail(column: &Column, judged: &[(usize, usize)], classes: &[String]) -> String {
    match &column.values {
        Values::Words { names, of } => {
            let mut counts: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
            for (at, class) in judged {
                let row = counts.entry(of.get(*at).copied().flatten()).or_insert_with(|| vec![0; classes.len()]);
                if let Some(count) = row.get_mut(*class) {
                    *count += 1;
                }
            }
            let mut rows: Vec<(Option<usize>, Vec<usize>)> = counts.into_iter().collect();
            rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.iter().sum::<usize>()));
            let say = |(value, row): &(Option<usize>, Vec<usize>)| {
                let total: usize = row.iter().sum();
                let (class, most) = row.iter().enumerate().max_by_key(|(_, count)| **count)?;
                let value = value.and_then(|value| names.get(value)).map_or(NOT_GIVEN, String::as_str);
                let share = 100.0 * *most as f64 / total.max(1) as f64;
                Some(format!("{value}: {share:.0} % of {total} are {}", classes.get(class)?))
            };
            rows.iter().take(NAMED).filter_map(say).collect::<Vec<_>>().join("; ")
        }
        Values::Numbers { of, write } => {
            let mean = |class: usize| {
                let numbers = judged.iter().filter(|(_, of_image)| *of_image == class);
                let numbers: Vec<f64> = numbers.filter_map(|(at, _)| of.get(*at).copied().flatten()).collect();
                numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
            };
            let say = |(class, name): (usize, &String)| format!("{name}: {} on average", write(mean(class)));
            classes.iter().enumerate().map(say).collect::<Vec<_>>().join("; ")
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
