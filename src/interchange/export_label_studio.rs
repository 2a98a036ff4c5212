//! Label Studio out: a JSON list of tasks with annotations and predictions, as its import takes them, and the labelling
//! configuration that shows them.

use super::export::{Export, ExportError, Pictures, Written, picture, put, safe, time_of};
use super::reading::{ReadImage, Said};
use crate::domain::Split;
use quick_xml::escape::escape;
use serde_json::{Value, json};
use std::path::Path;

/// Writes `tasks.json`, `label_config.xml` and `images/`.
pub fn write(export: &Export<'_>, to: &Path, pictures: Pictures) -> Result<Written, ExportError> {
    let mut written = Written::default();
    let mut tasks = Vec::with_capacity(export.images.len());
    for (id, image) in (1usize..).zip(export.images) {
        picture(&image.path, &to.join("images").join(safe(&image.name)), pictures)?;
        written.images += 1;
        written.boxes += image.said.iter().map(|said| said.boxes.len()).sum::<usize>();
        tasks.push(task(id, image, export));
    }
    put(&to.join("tasks.json"), &Value::Array(tasks).to_string())?;
    put(&to.join("label_config.xml"), &config(export))?;
    if export.images.iter().any(|image| image.said.is_empty()) {
        written.lost.push("Images nobody has said anything of are tasks without annotations.".into());
    }
    Ok(written)
}

fn task(id: usize, image: &ReadImage, export: &Export<'_>) -> Value {
    let annotations: Vec<Value> = image.said.iter().map(|said| annotation(image, said)).collect();
    let predictions: Vec<Value> = export
        .predictions
        .get(&image.name)
        .map(|p| json!({"model_version": p.model, "score": p.score, "result": [choice(&p.label)]}))
        .into_iter()
        .collect();
    json!({
        "id": id,
        "data": {
            // Local storage with this folder as its root.
            "image": format!("/data/local-files/?d=images/{}", encoded(&safe(&image.name))),
            "split": image.split.map(Split::name),
            "group": image.group,
            "sha256": image.sha256,
        },
        "annotations": annotations,
        "predictions": predictions,
    })
}

fn annotation(image: &ReadImage, said: &Said) -> Value {
    let (w, h) = (f64::from(image.width), f64::from(image.height));
    let mut result: Vec<Value> = said.label.as_deref().map(choice).into_iter().collect();
    for (at, one) in said.boxes.iter().enumerate() {
        let r = one.rect;
        result.push(json!({
            "id": format!("box{at}"),
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
        }));
    }
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

fn choice(label: &str) -> Value {
    json!({"type": "choices", "from_name": "label", "to_name": "image", "value": {"choices": [label]}})
}

/// The signs that have a meaning in an address, escaped.
fn encoded(path: &str) -> String {
    path.replace('%', "%25").replace('&', "%26").replace('?', "%3F").replace('#', "%23").replace('+', "%2B")
}

fn config(export: &Export<'_>) -> String {
    let list = |tag: &str| {
        let line = |name: &String| format!("    <{tag} value=\"{}\"/>\n", escape(name.as_str()));
        export.classes.iter().map(line).collect::<String>()
    };
    format!(
        "<View>\n  <Image name=\"image\" value=\"$image\"/>\n  <Choices name=\"label\" toName=\"image\">\n{}  </Choices>\n  \
         <RectangleLabels name=\"box\" toName=\"image\">\n{}  </RectangleLabels>\n</View>\n",
        list("Choice"),
        list("Label")
    )
}
