//! The categories of COCO files and the classes they become. What tells two categories of one name apart is what stands
//! above them.

use crate::interchange::formats::coco::lists::Lenient;
use crate::interchange::formats::coco::{key, shown};
use crate::interchange::model::draft::{Draft, Drafts};
use crate::interchange::model::spill::SpillError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

/// A category as the file has it.
#[derive(Deserialize)]
pub struct Category {
    id: Value,
    name: String,
    supercategory: Option<Value>,
}

/// What a file's categories are called, with what stands above each; empty where nothing does.
#[derive(Debug, Default)]
pub struct Categories {
    /// Name and what stands above it, each pair once.
    named: BTreeSet<(String, String)>,
}

impl Categories {
    /// The classes by the ids of the categories. Categories of one name below different ones become classes of their own,
    /// `crane (bird)`.
    pub fn of<T>(entries: Vec<Lenient<Category>>, draft: &mut Draft<T>) -> (Self, HashMap<String, String>) {
        let mut listed: Vec<(String, String, String)> = Vec::new();
        for entry in entries {
            match entry {
                Lenient::Good(Category { id, name, supercategory }) if !name.trim().is_empty() => {
                    let above = supercategory.as_ref().and_then(Value::as_str).unwrap_or_default().trim().to_owned();
                    listed.push((key(&id), name.trim().to_owned(), above));
                }
                Lenient::Good(Category { id, .. }) => {
                    draft.leave_out(format!("category {}", key(&id)), "it has no name");
                }
                Lenient::Bad(what) => draft.leave_out(shown(&what), "a category without id or name"),
            }
        }
        let known = Self { named: listed.iter().map(|(_, name, above)| (name.clone(), above.clone())).collect() };
        let several = known.of_several();
        let (mut classes, mut ids): (HashMap<String, String>, BTreeMap<String, Vec<String>>) = Default::default();
        for (id, name, above) in listed {
            let class = if several.contains(&name) { apart(&name, &above) } else { name };
            if !draft.classes.contains(&class) {
                draft.classes.push(class.clone());
            }
            let of_class = ids.entry(class.clone()).or_default();
            if !of_class.contains(&id) {
                of_class.push(id.clone());
            }
            if let Some(before) = classes.insert(id.clone(), class.clone()).filter(|before| *before != class) {
                draft.conflicts.push(format!(
                    "two categories have the id {id}, {before} and {class}: its boxes are taken as {class}; give each \
                     category an id of its own."
                ));
            }
        }
        for (class, ids) in ids.iter().filter(|(_, ids)| ids.len() > 1) {
            draft
                .conflicts
                .push(format!("the categories {} are all called {class}: taken as one class.", ids.join(", ")));
        }
        (known, classes)
    }

    /// Names below several others.
    fn of_several(&self) -> BTreeSet<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, _) in &self.named {
            *counts.entry(name).or_default() += 1;
        }
        counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name.to_owned()).collect()
    }

    /// What stands above a name.
    fn above(&self, name: &str) -> Option<&str> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, above)| above.as_str())
    }
}

/// What a category of a name that several have is called.
fn apart(name: &str, above: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{name} ({above})") }
}

/// Files whose categories were told apart, and files with one of them only, speak of the same classes then. `files` are
/// their names, the places of their images and their categories.
pub fn told_apart(draft: &mut Drafts, files: &[(String, Range<usize>, Categories)]) -> Result<(), SpillError> {
    let several: BTreeSet<String> = files.iter().flat_map(|(.., categories)| categories.of_several()).collect();
    for name in &several {
        draft.remarks.push(format!(
            "several categories are called {name}: what stands above them (supercategory) is written behind the name; \
             rename them where they mean the same."
        ));
    }
    let mut classes = Vec::new();
    for (_, places, categories) in files {
        let own = categories.of_several();
        let renamed: BTreeMap<&str, String> = several
            .iter()
            .filter(|name| !own.contains(*name))
            .filter_map(|name| Some((name.as_str(), apart(name, categories.above(name)?))))
            .filter(|(name, new)| name != new)
            .collect();
        classes.extend(renamed.values().cloned());
        for place in places.clone().filter(|_| !renamed.is_empty()) {
            let mut image = draft.images.get(place)?.into_owned();
            for said in &mut image.said {
                let boxes = said.boxes.iter_mut().map(|one| &mut one.class);
                let whole = said.label.iter_mut().chain(said.findings.iter_mut().map(|(name, _)| name));
                for class in boxes.chain(whole) {
                    if let Some(new) = renamed.get(class.as_str()) {
                        class.clone_from(new);
                    }
                }
            }
            draft.images.set(place, image);
        }
    }
    classes.retain(|class| !draft.classes.contains(class));
    draft.classes.extend(classes);
    let plain = |name: &String| files.iter().any(|(.., c)| c.above(name) == Some(""));
    draft.classes.retain(|class| !several.contains(class) || plain(class));
    one_name_in_several_files(draft, files, &several);
    Ok(())
}

/// Says which names stand below one thing in one file and below another in the next: they are one class.
fn one_name_in_several_files(
    draft: &mut Drafts,
    files: &[(String, Range<usize>, Categories)],
    several: &BTreeSet<String>,
) {
    let mut above: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for (file, _, categories) in files {
        for (name, super_name) in
            categories.named.iter().filter(|(name, above)| !above.is_empty() && above != "none" && above != name)
        {
            above.entry(name).or_default().entry(super_name).or_insert(file);
        }
    }
    for (name, supers) in above.into_iter().filter(|(name, supers)| supers.len() > 1 && !several.contains(*name)) {
        let places: Vec<String> = supers.iter().map(|(above, file)| format!("{above} in {file}")).collect();
        draft.conflicts.push(format!(
            "{name} stands below {}: it is taken as one class; rename it in one file if it means two.",
            places.join(" and below ")
        ));
    }
}
