//! The headless demo through the real binary: from nothing to a model that is right and looks where the fracture is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use program::{Place, arg};
use std::path::Path;

#[test]
fn the_headless_demo_learns_to_see_fractures_where_they_are() {
    let place = Place::new();
    let dir = place.path("demo");
    let lines = place.json(&["demo", "--headless", "--kind", "fracture", "--json", "--dir", arg(&dir)]);
    let last = lines.last().expect("a last line");
    let number = |field: &str| last[field].as_f64().unwrap_or_else(|| panic!("no {field} in {last}"));
    let figures = ["accuracy", "heat_inside", "heat_chance", "heat_images"].map(number);
    println!("accuracy, heat inside and by chance, images: {figures:.3?}");
    // The issue asks for 0.8; the labels are wrong for some images on purpose, so that 1 cannot be had.
    assert!(number("accuracy") > 0.8, "{last}");
    assert!(number("heat_images") >= 10.0, "{last}");
    assert!(number("heat_inside") > 3.0 * number("heat_chance"), "{last}");
    assert!(number("wrong_on_purpose") > 0.0, "{last}");
    let picture = Path::new(last["grad_cam"].as_str().expect("a path"));
    let (width, height) = image::image_dimensions(picture).expect("a picture");
    assert!(width > 0 && height > 0);
    let project = last["project"].as_str().expect("a path");
    let info = place.json(&["info", "--project", project, "--json"]);
    assert_eq!(
        info[0]["wrong_on_purpose"].as_array().map(Vec::len),
        last["wrong_on_purpose"].as_u64().map(|n| n as usize)
    );
}
