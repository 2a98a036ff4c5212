//! Regions of an export as boxes.

use super::parse::Export;
use super::results::{kind, labels};
use super::shape::{number, shape};
use crate::interchange::model::draft::{DraftBox, DraftImage, DraftSaid, Unit};
use serde_json::Value;

impl Export<'_> {
    /// A rectangle, polygon or ellipse as a box, or one for each of its labels.
    pub(super) fn region(
        &mut self,
        result: &Value,
        value: &Value,
        labelled_elsewhere: bool,
        image: &mut DraftImage,
        said: &mut DraftSaid,
    ) {
        let kind = kind(result).to_owned();
        let out = |export: &mut Self, why: String| export.leave_out(&image.file, why);
        let classes = labels(value);
        if classes.is_empty() {
            match kind.as_str() {
                // The same region comes again with its label.
                "rectangle" | "polygon" | "ellipse" if labelled_elsewhere => {}
                "rectangle" | "polygon" | "ellipse" | "rectanglelabels" | "polygonlabels" | "ellipselabels"
                | "labels" => {
                    out(self, format!("a {} without a label", kind.trim_end_matches("labels")));
                }
                "" => out(self, "a result without a type".into()),
                other => out(
                    self,
                    format!("a result of the kind {other}: only choices, rectangles, polygons and ellipses are taken"),
                ),
            }
            return;
        }
        let class = classes.join(", ");
        if number(result, "image_rotation").is_some_and(|angle| angle != 0.0) {
            return out(self, format!("a {kind} of {class} on an image that was turned in Label Studio"));
        }
        if let (Some(w), Some(h)) = (number(result, "original_width"), number(result, "original_height"))
            && w > 0.0
            && h > 0.0
        {
            image.stated = Some([w, h]);
        }
        // Turning needs the true proportions.
        let size = result.get("original_width").and(image.stated).unwrap_or([1.0, 1.0]);
        match shape(value, size) {
            Some((rect, what)) => {
                if let Some(what) = what {
                    *self.counts.entry(what).or_default() += 1;
                }
                if classes.len() > 1 {
                    *self.counts.entry("regions of several labels became a box for each of them").or_default() += 1;
                }
                let drawn = |class: &&str| DraftBox { class: (*class).to_owned(), rect, unit: Unit::Fractions };
                said.boxes.extend(classes.iter().map(drawn));
            }
            None => out(self, format!("a {kind} of {class} whose coordinates cannot be read")),
        }
    }
}
