//! Attributes of images: what their files are like, where they come from, what a header or table says of them.

use super::Material;
use crate::domain::{ImageFacts, ImageRecord, Split};
use crate::evaluation::performance::Attribute;
use crate::session::project::evaluation_report::attributes::shown;
use crate::session::protocol::survey::{AttributeTable, ValueCount};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Values of an attribute that are listed; of more, the most frequent.
const LISTED: usize = 40;
/// An attribute with more values than this, most of them once, names the images rather than describing them.
const NAMES: usize = 60;

const IMAGE_SIZE: &str = "image size";

/// What stands where an image has no value.
pub(super) const NOT_GIVEN: &str = "not given";

/// An attribute of every image.
pub(super) struct Column {
    pub name: String,
    pub values: Values,
}

pub(super) enum Values {
    /// Names, and for each image a place among them.
    Words { names: Vec<String>, of: Vec<Option<usize>> },
    /// A measure, with how it is written.
    Numbers { of: Vec<Option<f64>>, write: fn(f64) -> String },
}

/// Every attribute that at least one image has.
pub(super) fn columns(of: Material<'_>) -> Vec<Column> {
    let image = |value: &dyn Fn(&ImageRecord) -> Option<String>| -> Vec<Option<String>> {
        of.images.iter().map(value).collect()
    };
    let fact = |value: &dyn Fn(&ImageFacts) -> Option<String>| -> Vec<Option<String>> {
        of.facts.iter().map(|facts| value(facts.as_ref()?)).collect()
    };
    let numbers =
        |name: &str, write, of: Vec<Option<f64>>| Column { name: name.into(), values: Values::Numbers { of, write } };
    let strip = label_folders(of);
    let mut all = vec![
        words(IMAGE_SIZE, image(&|i| Some(format!("{} x {}", i.width, i.height)))),
        words("bit depth", fact(&|f| (f.bits > 0).then(|| format!("{} bit", f.bits)))),
        words(
            "colour mode",
            fact(&|f| (f.bits > 0).then(|| if f.color { "colour".into() } else { "greyscale".into() })),
        ),
        words("file format", fact(&|f| (!f.format.is_empty()).then(|| f.format.clone()))),
        words("source folder", image(&|i| Some(folder(&i.name, &strip)))),
        numbers(
            "number of pixels",
            |n| format!("{:.2} million", n / 1e6),
            of.images.iter().map(|i| Some(f64::from(i.width) * f64::from(i.height))).collect(),
        ),
        numbers(
            "aspect ratio",
            |n| format!("{n:.2}"),
            of.images.iter().map(|i| Some(f64::from(i.width) / f64::from(i.height.max(1)))).collect(),
        ),
        numbers(
            "mean brightness",
            |n| format!("{:.0} %", 100.0 * n),
            of.facts.iter().map(|f| f.as_ref()?.mean_brightness()).collect(),
        ),
    ];
    let given: BTreeSet<&String> = of.facts.iter().flatten().flat_map(|facts| facts.attributes.keys()).collect();
    all.extend(given.into_iter().map(|name| words(name, fact(&|f| f.attributes.get(name).cloned()))));
    all.retain(|column| match &column.values {
        Values::Words { names, of } => {
            !names.is_empty() && (names.len() <= NAMES || names.len() * 2 <= of.iter().flatten().count())
        }
        Values::Numbers { of, .. } => of.iter().any(Option::is_some),
    });
    all
}

/// Parts of images that an attribute makes: more of them are too small to judge a model by.
const PARTS: usize = 12;

/// The value of each image in every attribute that parts the images into a few; measures in three parts of as many images.
pub(in crate::session) fn values_of(of: Material<'_>) -> Vec<Attribute> {
    let parted = |column: Column| {
        let values: Vec<Option<String>> = match column.values {
            Values::Words { names, of } => {
                // Ages of single years part the images into too many.
                let names: Vec<String> = names.iter().map(|value| shown(&column.name, value)).collect();
                of.into_iter().map(|place| names.get(place?).cloned()).collect()
            }
            Values::Numbers { of, write } => thirds(&of, write),
        };
        let distinct: BTreeSet<&String> = values.iter().flatten().collect();
        (2..=PARTS).contains(&distinct.len()).then_some(Attribute { name: column.name, values })
    };
    columns(of).into_iter().filter_map(parted).collect()
}

/// Low, middle and high values; one part less where many are equal.
fn thirds(of: &[Option<f64>], write: fn(f64) -> String) -> Vec<Option<String>> {
    let mut sorted: Vec<f64> = of.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let cut = |share: usize| sorted.get(sorted.len() * share / 3).copied().unwrap_or(f64::INFINITY);
    let (low, high) = (cut(1), cut(2));
    // Edges that read alike would make a part such as "36 % to 36 %": it goes to the highest.
    let high = if write(low) == write(high) { low } else { high };
    let part = |value: f64| {
        if value < low {
            format!("below {}", write(low))
        } else if value < high {
            format!("{} to {}", write(low), write(high))
        } else {
            format!("{} and more", write(high))
        }
    };
    of.iter().map(|value| value.map(part)).collect()
}

fn words(name: &str, values: Vec<Option<String>>) -> Column {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut names = Vec::new();
    let of = values
        .into_iter()
        .map(|value| {
            let value = value?;
            Some(*places.entry(value).or_insert_with_key(|value| {
                names.push(value.clone());
                names.len() - 1
            }))
        })
        .collect();
    Column { name: name.into(), values: Values::Words { names, of } }
}

/// Names of folders that say the label or the split and nothing of where an image comes from.
fn label_folders(of: Material<'_>) -> BTreeSet<String> {
    of.classes.names().iter().map(|name| name.to_lowercase()).collect()
}

/// The folder of an image without the parts that are its class or its split.
fn folder(name: &str, labels: &BTreeSet<String>) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
    let tells = |part: &&&str| !labels.contains(&part.to_lowercase()) && Split::parse(part).is_none();
    let kept: Vec<&str> = folders.iter().filter(tells).copied().collect();
    if kept.is_empty() { "the imported folder".into() } else { kept.join("/") }
}

/// How often each attribute of words has which value; sizes that are too many to be told one by one, by the longer side.
pub(super) fn tables(of: Material<'_>, columns: &[Column]) -> Vec<AttributeTable> {
    let untold = !of.images.is_empty() && columns.iter().all(|column| column.name != IMAGE_SIZE);
    let sides = untold.then(|| longer_sides(of));
    sides
        .iter()
        .chain(columns)
        .filter_map(|column| match &column.values {
            Values::Words { names, of: values } => Some(table(of, &column.name, names, values)),
            Values::Numbers { .. } => None,
        })
        .collect()
}

/// In steps of a power of two.
fn longer_sides(of: Material<'_>) -> Column {
    let step = |image: &ImageRecord| {
        let most = image.width.max(image.height).max(1).checked_next_power_of_two()?;
        Some(format!("{} to {most} pixels", most / 2 + 1))
    };
    words("longer side", of.images.iter().map(step).collect())
}

fn table(of: Material<'_>, name: &str, names: &[String], values: &[Option<usize>]) -> AttributeTable {
    let mut counts: BTreeMap<Option<usize>, ValueCount> = BTreeMap::new();
    for (at, (image, value)) in of.images.iter().zip(values).enumerate() {
        let count = counts.entry(*value).or_insert_with(|| ValueCount {
            value: value.and_then(|value| names.get(value)).map_or_else(|| NOT_GIVEN.into(), Clone::clone),
            images: Vec::new(),
            by_class: vec![0; of.classes.len() + 1],
            by_split: [0; 3],
        });
        count.images.push(image.id);
        for class in of.counts_as(at) {
            if let Some(images) = count.by_class.get_mut(class) {
                *images += 1;
            }
        }
        for (total, split) in count.by_split.iter_mut().zip(Split::ALL) {
            *total += usize::from(image.split == split);
        }
    }
    let mut values: Vec<ValueCount> = counts.into_values().collect();
    values.sort_by(|a, b| b.images.len().cmp(&a.images.len()).then_with(|| a.value.cmp(&b.value)));
    let distinct = values.len();
    values.truncate(LISTED);
    AttributeTable { name: name.into(), values, distinct }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_lies_between_edges_that_read_alike() {
        let of: Vec<Option<f64>> = (0..9).map(|at| Some(0.30 + 0.01 * f64::from(at))).collect();
        let parts = |of: &[Option<f64>]| thirds(of, |n| format!("{:.0} %", 100.0 * n)).into_iter().flatten().collect();
        let named: BTreeSet<String> = parts(&of);
        assert_eq!(named.into_iter().collect::<Vec<_>>(), ["33 % to 36 %", "36 % and more", "below 33 %"]);
        let close: Vec<Option<f64>> = (0..9).map(|at| Some(0.361 + 0.0001 * f64::from(at))).collect();
        let named: BTreeSet<String> = parts(&close);
        assert_eq!(named.into_iter().collect::<Vec<_>>(), ["36 % and more", "below 36 %"]);
    }
}
