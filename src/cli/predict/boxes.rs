//! `overread predict` for a model that draws boxes.

use super::classes::cell;
use crate::cli::output::Output;
use crate::domain::{BoxThresholds, PredictedBox};
use crate::files::atomically;
use crate::inference::Output as Said;
use crate::interchange::submission::{self, Row};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// A box as the command line writes it.
pub fn box_object(names: &[String], found: &PredictedBox) -> Value {
    let r = &found.rect;
    json!({
        "class": names.get(found.class),
        "score": found.score,
        "xmin": r.xmin,
        "ymin": r.ymin,
        "xmax": r.xmax,
        "ymax": r.ymax,
    })
}

/// Prints the boxes of one image from the threshold on, the highest score first.
pub(super) fn print(out: Output, image: &str, names: &[String], thresholds: &BoxThresholds, said: &Said) -> Result<()> {
    let counts: Vec<&PredictedBox> = said.boxes.iter().filter(|b| thresholds.counts(b)).collect();
    let label = counts.first().and_then(|b| names.get(b.class));
    let boxes: Vec<Value> = counts.iter().map(|b| box_object(names, b)).collect();
    let cut_short = said.visible.is_some();
    out.json(&json!({
        "image": image,
        "label": label,
        "probabilities": {},
        "logits": [],
        "boxes": boxes,
        "cut_short": cut_short,
    }))?;
    let word = |b: &&PredictedBox| {
        let (r, name) = (&b.rect, names.get(b.class).map_or("", String::as_str));
        let (x, y, score) = (r.xmin, r.ymin, 100.0 * b.score);
        format!("{name} {score:.1} % at {x:.0}, {y:.0}, {:.0} x {:.0}", r.width(), r.height())
    };
    match counts.is_empty() {
        true => out.text(format!("{image}: no box")),
        false => out.text(format!("{image}: {}", counts.iter().map(word).collect::<Vec<_>>().join("; "))),
    }
}

/// Writes a row a box.
pub(super) fn write_csv(path: &Path, names: &[String], rows: &[(&str, Said)]) -> Result<()> {
    atomically(path, |out| {
        writeln!(out, "image,class,score,xmin,ymin,xmax,ymax")?;
        for (image, said) in rows {
            for b in &said.boxes {
                let (class, r) = (names.get(b.class).map_or("", String::as_str), &b.rect);
                let (image, class) = (cell(image), cell(class));
                writeln!(out, "{image},{class},{},{},{},{},{}", b.score, r.xmin, r.ymin, r.xmax, r.ymax)?;
            }
        }
        Ok(())
    })
    .with_context(|| format!("{} was not written", path.display()))
}

/// The rows that a submission wants: their ids, and the images of the command they are of.
#[derive(Debug)]
pub(super) struct Wanted {
    rows: Vec<submission::Id>,
    /// The image of the command that each row's `image_id` means.
    images: HashMap<String, String>,
}

impl Wanted {
    /// The rows of a table of ids, else a row an image, numbered from 0. An image is meant by its file's name, with or
    /// without its ending, and must be the only one of the command that is called so.
    pub(super) fn new(ids: Option<&Path>, given: &[String]) -> Result<Self> {
        let stem = |image: &str| Path::new(image).file_stem().map(|s| s.to_string_lossy().into_owned());
        let name = |image: &str| Path::new(image).file_name().map(|s| s.to_string_lossy().into_owned());
        let mut images: HashMap<String, String> = HashMap::new();
        for image in given {
            for called in [stem(image), name(image).filter(|name| stem(image).as_ref() != Some(name))] {
                let Some(called) = called else { continue };
                if let Some(other) = images.insert(called.clone(), image.clone()) {
                    bail!("{other} and {image} are both called {called}: rename one, or submit them apart");
                }
            }
        }
        let rows = match ids {
            Some(path) => submission::read_ids(path)?,
            None => {
                let of = |(at, image): (usize, &String)| submission::Id {
                    id: at.to_string(),
                    image_id: stem(image).unwrap_or_default(),
                };
                given.iter().enumerate().map(of).collect()
            }
        };
        let absent: Vec<&str> =
            rows.iter().map(|row| row.image_id.as_str()).filter(|id| !images.contains_key(*id)).collect();
        match absent.first() {
            None => Ok(Self { rows, images }),
            Some(first) => {
                bail!(
                    "{} images of the table of ids are not given to the command, first {first}: give all",
                    absent.len()
                )
            }
        }
    }
}

/// Writes the best box of each wanted image.
pub(super) fn write_submission(
    path: &Path,
    wanted: &Wanted,
    names: &[String],
    least: &BoxThresholds,
    rows: &[(&str, Said)],
) -> Result<()> {
    let said: HashMap<&str, &Said> = rows.iter().map(|(image, said)| (*image, said)).collect();
    let best = |image_id: &str| {
        let said = wanted.images.get(image_id).and_then(|image| said.get(image.as_str()));
        said.and_then(|said| said.boxes.iter().find(|b| least.counts(b)))
    };
    let rows: Vec<Row<'_>> = wanted
        .rows
        .iter()
        .map(|id| match best(&id.image_id) {
            Some(b) => {
                Row { id, rect: b.rect, confidence: b.score, label: names.get(b.class).map_or("", String::as_str) }
            }
            None => Row::dummy(id, names.first().map_or("", String::as_str)),
        })
        .collect();
    submission::write(path, &rows).with_context(|| format!("{} was not written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;

    fn found(score: f32, class: usize) -> PredictedBox {
        PredictedBox { class, score, rect: Rect { xmin: 1.0, ymin: 2.5, xmax: 30.0, ymax: 40.25 } }
    }

    #[test]
    fn a_submission_has_a_row_for_every_id_in_its_order() {
        let dir = tempfile::tempdir().unwrap();
        let ids = dir.path().join("ids.csv");
        std::fs::write(&ids, "ID,image_id\n7,b\n3,a.png\n").unwrap();
        let given = ["x/a.png".to_owned(), "x/b.png".to_owned()];
        let wanted = Wanted::new(Some(&ids), &given).unwrap();
        let rows = [
            ("x/a.png", Said::from_boxes(vec![found(0.75, 1), found(0.5, 0)])),
            ("x/b.png", Said::from_boxes(Vec::new())),
        ];
        let to = dir.path().join("out.csv");
        let names = ["nodule".to_owned(), "mass, large".to_owned()];
        write_submission(&to, &wanted, &names, &BoxThresholds::default(), &rows).unwrap();
        let text = std::fs::read_to_string(&to).unwrap();
        let expected = "ID,image_id,x_min,y_min,x_max,y_max,confidence,label\n7,b,0,0,1,1,0.001,nodule\n\
                        3,a.png,1,2.5,30,40.25,0.75,\"mass, large\"\n";
        assert_eq!(text, expected);
        write_submission(&to, &wanted, &names, &BoxThresholds::of_all(0.8), &rows).unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap().matches("0.001").count(), 2, "all below the threshold");
    }

    #[test]
    fn ids_that_do_not_tell_images_apart_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let given = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let why = Wanted::new(None, &given(&["x/a.png", "y/a.jpg"])).unwrap_err().to_string();
        assert!(why.contains("x/a.png and y/a.jpg are both called a"), "{why}");
        let ids = dir.path().join("ids.csv");
        std::fs::write(&ids, "ID,image_id\n1,a\n1,b\n").unwrap();
        let why = Wanted::new(Some(&ids), &given(&["a.png", "b.png"])).unwrap_err().to_string();
        assert!(why.contains("ID 1"), "{why}");
        std::fs::write(&ids, "ID,image_id\n1,a\n2,c\n").unwrap();
        let why = Wanted::new(Some(&ids), &given(&["a.png", "b.png"])).unwrap_err().to_string();
        assert!(why.contains("first c"), "{why}");
    }
}
