//! Projects of VIA 3: files, what is seen together, and what was said of it each have a list of their own.

use super::choice::{Attributes, value_of};
use super::shapes::{Place, of_numbers};
use crate::interchange::formats::drawn::{Drawn, number};
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The number of pictures among the kinds of files.
const PICTURE: u64 = 2;

/// Reads a project.
pub fn parse(whole: &Value, file: &str, wanted: Option<&str>) -> Result<(Draft, Drawn), String> {
    let list = |key: &str| whole.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    let (files, views, attributes) = (list("file"), list("view"), list("attribute"));
    let (mut draft, mut drawn): (Draft, Drawn) = (Draft::default(), Drawn::default());
    let mut images: BTreeMap<String, DraftImage> = BTreeMap::new();
    let mut spoken_of: BTreeSet<String> = BTreeSet::new();
    for (id, one) in &files {
        let name = one.get("fname").or_else(|| one.get("src")).and_then(Value::as_str).unwrap_or("");
        if one.get("type").and_then(Value::as_u64).is_some_and(|kind| kind != PICTURE) {
            draft.leave_out(name, "it is no picture, but video or sound: only pictures are taken");
            continue;
        }
        let said = vec![DraftSaid::default()];
        images.insert(id.clone(), DraftImage { file: name.to_owned(), said, ..DraftImage::default() });
    }
    if files.is_empty() {
        return Err("is no project of VGG Image Annotator 3: it lists no files".into());
    }
    let metadata: Vec<Value> = list("metadata").into_iter().map(|(_, one)| one).collect();
    let named: Vec<Value> = metadata.iter().map(|one| values(one, &attributes)).collect();
    let is_region = |one: &Value| one.get("xy").and_then(Value::as_array).is_some_and(|xy| !xy.is_empty());
    let (mut of_regions, mut of_files) = (Attributes::default(), Attributes::default());
    for attribute in attributes.values().filter(|one| one.get("type").and_then(number).is_some_and(|kind| kind > 2.0)) {
        if let Some(name) = attribute.get("aname").and_then(Value::as_str) {
            of_regions.declare(name);
            of_files.declare(name);
        }
    }
    for (one, named) in metadata.iter().zip(&named) {
        if is_region(one) { of_regions.see(named) } else { of_files.see(named) }
    }
    let class = of_regions.class(wanted)?;
    draft.remarks.extend(class.iter().filter_map(|(_, why)| Some(format!("{file}: {}.", why.as_ref()?))));
    let (class, label) = (class.map(|(class, _)| class), of_files.label());
    draft
        .remarks
        .extend(label.iter().map(|label| format!("{file}: the label of an image is its file attribute {label}.")));
    for (one, named) in metadata.iter().zip(&named) {
        let view = one.get("vid").map(id_text).unwrap_or_default();
        let fids = views.get(&view).and_then(|view| view.get("fid_list")).and_then(Value::as_array);
        let Some([fid]) = fids.map(Vec::as_slice) else {
            draft.leave_out(
                format!("{file}: view {view}"),
                "it shows no file, or several side by side: what was drawn is of no one picture",
            );
            continue;
        };
        let Some(image) = images.get_mut(&id_text(fid)) else { continue };
        let name = image.file.clone();
        spoken_of.insert(name.clone());
        let Some(said) = image.said.first_mut() else { continue };
        if !is_region(one) {
            said.label = said.label.take().or_else(|| named.get(label.as_deref()?).and_then(value_of));
            continue;
        }
        let xy = one.get("xy").and_then(Value::as_array).into_iter().flatten();
        let numbers: Option<Vec<f64>> = xy.map(number).collect();
        let rect = match numbers.as_deref().and_then(of_numbers) {
            Some(Place::Box(rect)) => rect,
            Some(Place::Around(rect, shapes)) => {
                drawn.became(shapes);
                rect
            }
            Some(Place::Nothing(kind)) => {
                drawn.dropped(&kind, &name);
                continue;
            }
            None => {
                draft.leave_out(name, "a region whose place cannot be read: draw it again");
                continue;
            }
        };
        match class.as_deref().and_then(|class| named.get(class)).and_then(value_of) {
            Some(class) => said.boxes.push(DraftBox { class, rect, unit: Unit::Pixels }),
            None => {
                let which = class.as_deref().unwrap_or("class");
                draft.leave_out(name, format!("a region without a {which}: give it one in VGG Image Annotator"));
            }
        }
    }
    draft.images.extend(images.into_values().map(|mut image| {
        if !spoken_of.contains(&image.file) {
            image.unannotated = true;
            image.said.clear();
        }
        image
    }));
    Ok((draft, drawn))
}

/// What is said, by the attributes' names; of a choice the option's own text.
fn values(one: &Value, attributes: &Map<String, Value>) -> Value {
    let said = one.get("av").and_then(Value::as_object).into_iter().flatten();
    let named = said.filter_map(|(id, value)| {
        let attribute = attributes.get(id)?;
        let options = attribute.get("options").and_then(Value::as_object);
        let text = value.as_str().and_then(|chosen| options?.get(chosen)?.as_str()).map(|text| json!(text.trim()));
        // A choice without a text is named by its number.
        let text = text.filter(|text| text != "");
        Some((attribute.get("aname")?.as_str()?.to_owned(), text.unwrap_or_else(|| value.clone())))
    });
    Value::Object(named.collect())
}

/// A number or text that names something.
fn id_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
