//! Attributes of one image of which several rows or files say different things.

use crate::interchange::model::draft::DraftImage;
use std::collections::{BTreeMap, BTreeSet};

/// More values than these of one image are none of the image.
const MOST_VALUES: usize = 4;
/// What stands between them.
const BETWEEN: &str = " | ";

/// Adds what another place says of an image.
pub fn join(to: &mut DraftImage, attributes: BTreeMap<String, String>, differing: BTreeMap<String, BTreeSet<String>>) {
    let mut several: Vec<(String, BTreeSet<String>)> = differing.into_iter().collect();
    for (name, value) in attributes {
        match to.attributes.get(&name) {
            None => drop(to.attributes.insert(name, value)),
            Some(known) if *known == value => {}
            Some(known) => several.push((name, BTreeSet::from([known.clone(), value]))),
        }
    }
    for (name, values) in several {
        let all = to.differing.entry(name).or_default();
        // One too many is enough to tell.
        all.extend(values.into_iter().take(MOST_VALUES + 1));
        while all.len() > MOST_VALUES + 1 {
            all.pop_last();
        }
    }
}

/// What became of them.
#[derive(Default)]
pub struct Differing(BTreeMap<String, [Images; 2]>);

/// So many images, and what is said of the first.
#[derive(Default)]
struct Images {
    count: usize,
    first: String,
}

impl Images {
    fn add(&mut self, first: impl FnOnce() -> String) {
        if self.count == 0 {
            self.first = first();
        }
        self.count += 1;
    }

    fn told(&self, told: impl Fn(&str, &str) -> String) -> Option<String> {
        let images = if self.count == 1 { "1 image".to_owned() } else { format!("{} images", self.count) };
        (self.count > 0).then(|| told(&images, &self.first))
    }
}

impl Differing {
    /// Settles those of an image of this name: a few values are all kept, of many none is.
    pub fn settle(&mut self, image: &mut DraftImage, name: &str) {
        for (attribute, values) in std::mem::take(&mut image.differing) {
            if !self.0.contains_key(&attribute) {
                self.0.insert(attribute.clone(), Default::default());
            }
            let Some([joined, dropped]) = self.0.get_mut(&attribute) else { continue };
            if values.len() > MOST_VALUES {
                dropped.add(|| name.to_owned());
                image.attributes.remove(&attribute);
                continue;
            }
            let all: Vec<&str> = values.iter().map(String::as_str).collect();
            let all = all.join(BETWEEN);
            joined.add(|| format!("{name}: {all}"));
            image.attributes.insert(attribute, all);
        }
    }

    /// What there is to say of them.
    pub fn sentences(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|(attribute, [joined, dropped])| {
            let joined = joined.told(|images, first| {
                format!(
                    "rows or files say different things of one image's {attribute}, for {images} ({first}): all of them are \
                     kept as one value."
                )
            });
            let dropped = dropped.told(|images, first| {
                format!(
                    "rows or files say more than {MOST_VALUES} different things of one image's {attribute}, for {images} \
                     ({first}): none is kept there, since it is not the image that it tells of."
                )
            });
            joined.into_iter().chain(dropped)
        })
    }
}
