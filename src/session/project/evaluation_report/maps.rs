//! Whether the maps of the model can be believed, as they were tested.

use super::EvaluationReport;
use super::html::Html;
use super::items;
use crate::domain::MapTest;
use crate::session::drawing::numbers::{counted, number, with_interval};

pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("maps", "Tests of the heat maps", Some(items::MAPS));
    if of.map_tests.is_empty() {
        return page.paragraph(
            "The maps of this model were not tested: what they mark is not known to have to do with its answers.",
        );
    }
    page.paragraph(
        "Pointing: the share of maps whose largest value lies in a reader's box, beside the share of the image that boxes \
         cover. Random weights: how alike maps stay when nothing is learned; near 1 they do not show what was learned. \
         Deletion and insertion: by how much the answer hangs more on what is marked than on places drawn at random.",
    );
    let row = |test: &MapTest| {
        let dash = || "-".to_owned();
        vec![
            method(test),
            test.maps.to_string(),
            test.empty.to_string(),
            test.pointing.as_ref().map_or_else(dash, |found| with_interval(&found.right)),
            test.pointing.as_ref().map_or_else(dash, |found| number(found.chance)),
            test.sanity.as_ref().map_or_else(dash, |found| number(found.correlation)),
            test.curves.as_ref().map_or_else(dash, |found| with_interval(&found.deletion_gain)),
            test.curves.as_ref().map_or_else(dash, |found| with_interval(&found.insertion_gain)),
        ]
    };
    let head = ["Method", "Maps", "Empty", "Pointing", "Chance", "Random weights", "Deletion", "Insertion"];
    page.table("lrrrrrrr", &head, &of.map_tests.iter().map(row).collect::<Vec<_>>());
    let verdict = |test: &MapTest| {
        let of = test.split.map_or_else(String::new, |split| format!("{} ", split.name()));
        let on = counted(test.images, &format!("{of}image"), &format!("{of}images"));
        format!("{} ({on}): {}.", method(test), test.verdict())
    };
    page.list(&of.map_tests.iter().map(verdict).collect::<Vec<_>>());
}

/// The method, with the layer where it is not the last.
fn method(test: &MapTest) -> String {
    let layer = test.layer.map_or_else(String::new, |number| format!(", layer {number}"));
    format!("{}{layer}", test.method.title())
}
