//! Projects and region data of VIA 1 and 2, as JSON and as a table.

use super::choice::{Attributes, value_of};
use super::shapes::{Place, of_attributes};
use crate::interchange::formats::drawn::Drawn;
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A picture as VIA lists it.
struct Listed {
    file: String,
    /// Shape and attributes of each region.
    regions: Vec<(Value, Value)>,
    attributes: Value,
}

/// A project, or the metadata of its pictures alone.
pub fn of_json(whole: &Value, file: &str, wanted: Option<&str>) -> Result<(Draft, Drawn), String> {
    let pictures = whole.get("_via_img_metadata").unwrap_or(whole);
    let is_picture = |value: &&Value| value.get("filename").is_some() && value.get("regions").is_some();
    let pictures = pictures.as_object().into_iter().flatten().map(|(_, value)| value).filter(is_picture);
    let listed: Vec<Listed> = pictures.map(listed).collect();
    let declared = |of: &str| whole.get("_via_attributes").and_then(|all| all.get(of)).and_then(Value::as_object);
    if listed.is_empty() && whole.get("_via_img_metadata").is_none() {
        return Err("is no file of VGG Image Annotator: it has no pictures with regions".into());
    }
    draft(listed, declared("region"), declared("file"), file, wanted)
}

fn listed(value: &Value) -> Listed {
    let part = |region: &Value, key: &str| region.get(key).cloned().unwrap_or_default();
    let region = |region: &Value| (part(region, "shape_attributes"), part(region, "region_attributes"));
    let regions = match value.get("regions") {
        Some(Value::Array(list)) => list.iter().map(region).collect(),
        // VIA 1 numbers them.
        Some(Value::Object(numbered)) => numbered.values().map(region).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => Vec::new(),
    };
    Listed {
        file: value.get("filename").and_then(Value::as_str).unwrap_or("").to_owned(),
        regions,
        attributes: part(value, "file_attributes"),
    }
}

/// The table that VIA 1 and 2 export: a row a region, whose shape and attributes are JSON.
pub fn of_table(
    columns: &[String],
    rows: &[Vec<String>],
    file: &str,
    wanted: Option<&str>,
) -> Result<(Draft, Drawn), String> {
    let place = |name: &str| columns.iter().position(|column| column.trim_start_matches('#').trim() == name);
    let (Some(name), Some(shape), Some(attributes)) =
        (place("filename"), place("region_shape_attributes"), place("region_attributes"))
    else {
        return Err("is no table of VGG Image Annotator: it lacks filename, region_shape_attributes or \
                    region_attributes"
            .into());
    };
    let of_file = place("file_attributes");
    let mut listed: Vec<Listed> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut broken = Vec::new();
    for (number, row) in (2..).zip(rows) {
        let text = |at: usize| row.get(at).map_or("", String::as_str);
        let json = |at: usize| match text(at) {
            "" => Ok(Value::Object(Map::new())),
            text => serde_json::from_str::<Value>(text),
        };
        let (Ok(shape), Ok(attributes), false) = (json(shape), json(attributes), text(name).is_empty()) else {
            broken.push((format!("{file}: row {number}"), "it names no picture, or its region cannot be read"));
            continue;
        };
        let at = *places.entry(text(name).to_owned()).or_insert_with(|| {
            let attributes = of_file.and_then(|at| json(at).ok()).unwrap_or_default();
            listed.push(Listed { file: text(name).to_owned(), regions: Vec::new(), attributes });
            listed.len() - 1
        });
        // A picture without a region has a row with empty objects.
        if let (Some(one), true) = (listed.get_mut(at), shape.get("name").is_some()) {
            one.regions.push((shape, attributes));
        }
    }
    let (mut draft, drawn) = draft(listed, None, None, file, wanted)?;
    broken.into_iter().for_each(|(what, why)| draft.leave_out(what, why));
    Ok((draft, drawn))
}

type Declared<'a> = Option<&'a Map<String, Value>>;

/// Whether an attribute is a choice of one.
fn is_choice(attribute: &Value) -> bool {
    matches!(attribute.get("type").and_then(Value::as_str), Some("dropdown" | "radio"))
}

fn draft(
    listed: Vec<Listed>,
    of_regions: Declared,
    of_files: Declared,
    file: &str,
    wanted: Option<&str>,
) -> Result<(Draft, Drawn), String> {
    let (mut draft, mut drawn) = (Draft::default(), Drawn::default());
    let (mut regions, mut files) = (Attributes::default(), Attributes::default());
    for (declared, attributes) in [(of_regions, &mut regions), (of_files, &mut files)] {
        let choices = declared.into_iter().flatten().filter(|(_, attribute)| is_choice(attribute));
        choices.for_each(|(name, _)| attributes.declare(name));
    }
    for one in &listed {
        one.regions.iter().for_each(|(_, attributes)| regions.see(attributes));
        files.see(&one.attributes);
    }
    let class = match regions.class(wanted)? {
        Some((class, why)) => {
            draft.remarks.extend(why.map(|why| format!("{file}: {why}.")));
            Some(class)
        }
        None => None,
    };
    let label = files.label();
    if let Some(label) = &label {
        draft.remarks.push(format!("{file}: the label of an image is its file attribute {label}."));
    }
    let others = files.others(label.as_deref());
    if !others.is_empty() {
        draft.remarks.push(format!("{file}: the file attributes {} were not taken.", others.join(", ")));
    }
    declared_classes(of_regions, class.as_deref(), &mut draft);
    declared_classes(of_files, label.as_deref(), &mut draft);
    for one in listed {
        let value = |attributes: &Value, name: &Option<String>| attributes.get(name.as_deref()?).and_then(value_of);
        let mut said = DraftSaid { label: value(&one.attributes, &label), ..DraftSaid::default() };
        for (shape, attributes) in &one.regions {
            let kind = shape.get("name").and_then(Value::as_str).unwrap_or("region").to_owned();
            let rect = match of_attributes(shape) {
                Some(Place::Nothing(kind)) => {
                    drawn.dropped(&kind, &one.file);
                    continue;
                }
                Some(Place::Box(rect)) => rect,
                Some(Place::Around(rect, shapes)) => {
                    drawn.became(shapes);
                    rect
                }
                None => {
                    draft.leave_out(&*one.file, format!("a {kind} whose place cannot be read: draw it again"));
                    continue;
                }
            };
            match value(attributes, &class) {
                Some(class) => said.boxes.push(DraftBox { class, rect, unit: Unit::Pixels }),
                None => {
                    let which = class.as_deref().unwrap_or("class");
                    draft.leave_out(
                        &*one.file,
                        format!("a {kind} without a {which}: give it one in VGG Image Annotator"),
                    );
                }
            }
        }
        let unannotated = one.regions.is_empty() && said.label.is_none();
        let said = if unannotated { Vec::new() } else { vec![said] };
        draft.images.push(DraftImage { file: one.file, unannotated, said, ..DraftImage::default() });
    }
    Ok((draft, drawn))
}

/// The options of the attribute that is the class.
fn declared_classes(declared: Declared, class: Option<&str>, draft: &mut Draft) {
    let options = class.and_then(|class| declared?.get(class)?.get("options")?.as_object());
    for name in options.into_iter().flatten().map(|(name, _)| name.trim()).filter(|name| !name.is_empty()) {
        if !draft.classes.iter().any(|known| known == name) {
            draft.classes.push(name.to_owned());
        }
    }
}
