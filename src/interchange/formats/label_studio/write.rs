//! Label Studio out: a JSON list of tasks with annotations and predictions, as its import takes them, and the labelling
//! configuration that shows them.

use super::results::{STATED, control};
use crate::domain::{Presence, Split};
use crate::interchange::model::format::Format;
use crate::interchange::model::reading::{ReadBox, ReadImage, Said};
use crate::interchange::writing::losses::{Holds, sentences};
use crate::interchange::writing::names;
use crate::interchange::writing::pictures::{Pictures, Placing};
use crate::interchange::writing::{Export, ExportError, Outgoing, Predicted, Signed, Writer, Written, put, time_of};
use quick_xml::escape::escape;
use serde_json::{Value, json};
use std::path::Path;

/// Writes [`Format::LABEL_STUDIO`].
pub const WRITER: Writer =
    Writer::new(Format::LABEL_STUDIO, "Tasks with annotations and predictions, to be imported there.", write);

/// Writes `tasks.json`, `label_config.xml` and `images/`.
pub fn write(
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    let left = placing.pictures == Pictures::Leave;
    let mut tasks = Vec::with_capacity(export.images.len());
    for (id, one) in (1usize..).zip(export.images) {
        let image = &one.image;
        placing.put(&image.path, &to.join("images").join(names::file_of(&image.name)))?;
        written.images += 1;
        written.boxes += image.said.iter().map(|said| said.boxes.len()).sum::<usize>();
        tasks.push(task(id, one, left, !export.findings.is_empty()));
    }
    put(&to.join("tasks.json"), &Value::Array(tasks).to_string())?;
    put(&to.join("label_config.xml"), &config(export))?;
    let holds = Holds {
        readers: true,
        several: true,
        groups: true,
        labels: true,
        boxes: true,
        marks: false,
        attributes: false,
        notes: true,
        predictions: true,
        measurements: false,
        own_key: None,
    };
    written.lost.extend(sentences(export, "Label Studio", holds));
    let folder = if left { "the folder the images were imported from" } else { "this folder" };
    written.warnings.push(format!(
        "For Label Studio to show the pictures, serve {folder}: LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and \
         LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT set to it."
    ));
    Ok(())
}

/// `left`: the picture stays where it was imported from; `findings`: of each is stated what is said of it.
fn task(id: usize, one: &Outgoing, left: bool, findings: bool) -> Value {
    let image = &one.image;
    let annotations: Vec<Value> =
        (1usize..).zip(&image.said).map(|(number, said)| annotation(&format!("{id}-{number}"), image, said)).collect();
    let predictions: Vec<Value> = one.predicted.iter().map(|p| prediction(id, image, p, findings)).collect();
    let [signed_by, signed_at] = Signed::texts(one.signed.as_ref());
    let mut task = json!({
        "id": id,
        "data": {
            // Local storage with this folder as its root.
            "image": format!("/data/local-files/?d={}{}", if left { "" } else { "images/" }, encoded(&image.name)),
            "split": image.split.map(Split::name),
            "group": image.group,
            "sha256": image.sha256,
            "reviewed": one.reviewed,
            "flagged": one.flagged,
            "key_image": one.key,
            "signed_off_by": signed_by,
            "signed_off_at": signed_at,
            "note": one.note,
        },
        "annotations": annotations,
        "predictions": predictions,
    });
    if let (true, Some(Value::Object(data))) = (findings, task.get_mut("data")) {
        data.insert(STATED.into(), json!(true));
    }
    task
}

fn annotation(id: &str, image: &ReadImage, said: &Said) -> Value {
    let label = said.label.as_deref().map(|label| choice(format!("{id}-label"), "label", &[label]));
    let findings = Presence::ALL.into_iter().filter_map(|presence| {
        let of: Vec<&str> =
            said.findings.iter().filter(|(_, is)| *is == presence).map(|(name, _)| name.as_str()).collect();
        let control = control(presence);
        (!of.is_empty()).then(|| choice(format!("{id}-{control}"), control, &of))
    });
    let boxes = said.boxes.iter().enumerate().map(|(at, one)| rectangle(format!("{id}-box{at}"), image, one));
    let result: Vec<Value> = label.into_iter().chain(findings).chain(boxes).collect();
    let mut annotation = json!({"was_cancelled": false, "ground_truth": false, "result": result});
    if let Some(map) = annotation.as_object_mut() {
        if let Some(reader) = &said.reader {
            map.insert("completed_by".into(), json!({"email": reader}));
        }
        if let Some(time) = time_of(said) {
            map.insert("created_at".into(), json!(time));
            map.insert("updated_at".into(), json!(time));
        }
    }
    annotation
}

fn prediction(id: usize, image: &ReadImage, predicted: &Predicted, findings: bool) -> Value {
    let mut result = Vec::new();
    if !predicted.label.is_empty() {
        let chosen: Vec<&str> =
            if findings { predicted.label.split('|').collect() } else { vec![predicted.label.as_str()] };
        let mut label = choice(format!("{id}-predicted"), "label", &chosen);
        scored(&mut label, predicted.score);
        result.push(label);
    }
    for (at, (one, score)) in predicted.boxes.iter().enumerate() {
        let mut drawn = rectangle(format!("{id}-predicted-box{at}"), image, one);
        scored(&mut drawn, *score);
        result.push(drawn);
    }
    json!({"model_version": predicted.model, "score": predicted.score, "result": result})
}

fn scored(result: &mut Value, score: f32) {
    if let Some(map) = result.as_object_mut() {
        map.insert("score".into(), json!(score));
    }
}

/// Percent of the image's width and height, as Label Studio counts.
fn rectangle(id: String, image: &ReadImage, one: &ReadBox) -> Value {
    let (w, h, r) = (f64::from(image.width), f64::from(image.height), one.rect);
    json!({
        "id": id,
        "type": "rectanglelabels",
        "from_name": "box",
        "to_name": "image",
        "original_width": image.width,
        "original_height": image.height,
        "image_rotation": 0,
        "value": {
            "x": r.xmin / w * 100.0,
            "y": r.ymin / h * 100.0,
            "width": (r.xmax - r.xmin) / w * 100.0,
            "height": (r.ymax - r.ymin) / h * 100.0,
            "rotation": 0,
            "rectanglelabels": [one.class],
        },
    })
}

fn choice(id: String, control: &str, chosen: &[&str]) -> Value {
    json!({"id": id, "type": "choices", "from_name": control, "to_name": "image", "value": {"choices": chosen}})
}

/// The signs that have a meaning in an address, escaped.
fn encoded(path: &str) -> String {
    path.replace('%', "%25").replace('&', "%26").replace('?', "%3F").replace('#', "%23").replace('+', "%2B")
}

fn config(export: &Export<'_>) -> String {
    let list = |tag: &str, names: &[String]| {
        let line = |name: &String| format!("    <{tag} value=\"{}\"/>\n", escape(name.as_str()));
        names.iter().map(line).collect::<String>()
    };
    let choices = if export.findings.is_empty() {
        format!("  <Choices name=\"label\" toName=\"image\">\n{}  </Choices>\n", list("Choice", export.classes))
    } else {
        let of = |presence: Presence| {
            format!(
                "  <Header value=\"{}\"/>\n  <Choices name=\"{}\" toName=\"image\" choice=\"multiple\">\n{}  </Choices>\n",
                presence.name(),
                control(presence),
                list("Choice", export.findings)
            )
        };
        Presence::ALL.map(of).concat()
    };
    format!(
        "<View>\n  <Image name=\"image\" value=\"$image\"/>\n{choices}  <RectangleLabels name=\"box\" toName=\"image\">\n{}  \
         </RectangleLabels>\n</View>\n",
        list("Label", export.classes)
    )
}
