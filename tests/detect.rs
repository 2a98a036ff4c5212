//! The loop of boxes through the real binary: import, train, evaluate, choose a threshold, predict, submit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use overread::domain::{Architecture, ClassList, ModelCard, Preprocessing};
use overread::inference;
use overread::models::faster_rcnn::FasterRcnn;
use overread::nn::{Compute, Params};
use program::{Place, arg};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const WIDE: u32 = 64;
const HIGH: u32 = 48;

/// A light network small enough to learn bright squares in seconds.
const TINY: [&str; 9] = [
    "epochs=16",
    "batch=4",
    "preprocessing.side=64",
    "architecture.anchor_sizes=[12, 24, 48, 96, 192]",
    "architecture.pyramid_channels=32",
    "architecture.head_units=64",
    "architecture.proposals_learning=[80, 40]",
    "architecture.proposals_in_use=[60, 30]",
    "augmentation.scale=0",
];

/// Films with a bright square each but every sixth, and a COCO file of them.
fn films(place: &Place, count: u32) -> PathBuf {
    let folder = place.path("films");
    std::fs::create_dir_all(folder.join("images")).unwrap();
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for number in 0..count {
        let side = 14 + number * 5 % 9;
        let (left, top) = (number * 17 % (WIDE - side), number * 11 % (HIGH - side));
        let there = number % 6 != 5;
        let inside = |x: u32, y: u32| there && (left..left + side).contains(&x) && (top..top + side).contains(&y);
        let shade = |x: u32, y: u32| if inside(x, y) { 220 } else { 60 + (x * 7 + y * 13 + number * 29) % 25 };
        let picture = image::GrayImage::from_fn(WIDE, HIGH, |x, y| image::Luma([shade(x, y) as u8]));
        picture.save(folder.join(format!("images/film{number:02}.png"))).unwrap();
        images.push(json!({"id": number, "file_name": format!("film{number:02}.png"), "width": WIDE, "height": HIGH}));
        if there {
            annotations.push(json!({
                "id": annotations.len() + 1, "image_id": number, "category_id": 1, "iscrowd": 0,
                "bbox": [left, top, side, side], "area": side * side,
            }));
        }
    }
    let coco = json!({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "square"}]});
    std::fs::write(folder.join("coco.json"), coco.to_string()).unwrap();
    folder
}

#[test]
fn boxes_go_round_from_import_to_submission() {
    let place = Place::new();
    let films = films(&place, 96);
    let project = place.path("films.overread");
    let pictures = films.join("images");
    let coco = films.join("coco.json");
    let import = ["import", arg(&coco), "--images", arg(&pictures), "--project", arg(&project), "--split", "60/15/25"];
    place.ok(&import);

    // A recipe for classes has nothing to learn from here.
    let refused = place.fails(&["train", "--project", arg(&project), "--recipe", "small-cnn"]);
    assert!(refused.contains("no training image"), "{refused}");

    let mut train = vec!["train", "--project", arg(&project), "--recipe", "boxes-light", "--device", "cpu", "--json"];
    train.extend(TINY.iter().flat_map(|setting| ["--set", *setting]));
    let lines = place.json(&train);
    let epoch = lines.iter().rfind(|line| line["event"] == "epoch").unwrap();
    assert_eq!(epoch["train_loss_parts"].as_object().unwrap().len(), 4, "{epoch}");
    assert!(epoch["validation_map50"].is_number() && epoch["validation_map"].is_number(), "{epoch}");
    let trained = lines.last().unwrap();
    println!("mAP at 0.5: {}", trained["detection"]["map50"]);
    // In six draws with disturbed products it was 1.0. Without the loss of boxes it came to 0.40, with wrong matching to 0.59.
    assert!(trained["detection"]["map50"].as_f64().unwrap() > 0.75, "{trained}");
    let model = trained["model"].as_str().unwrap();

    let evaluate = |more: &[&str]| -> Value {
        let mut args = vec!["evaluate", "--project", arg(&project), "--model", model, "--json"];
        args.extend(more);
        place.json(&args).remove(0)
    };
    let plain = evaluate(&[]);
    for figure in ["images", "boxes", "map50", "map", "threshold", "per_class"] {
        assert_eq!(plain["detection"][figure], trained["detection"][figure], "{figure}");
    }
    assert_eq!(evaluate(&["--threshold", "0.99"])["detection"]["threshold"], 0.99);
    assert!(evaluate(&["--tta", "--fusion", "weighted"])["detection"]["map50"].is_number());
    let chosen = evaluate(&["--choose", "sensitivity=0.5"])["threshold"].as_f64().unwrap();
    assert_eq!(evaluate(&[])["threshold"].as_f64(), Some(chosen), "it is kept with the model");
    let info = place.json(&["info", "--project", arg(&project), "--json"]);
    assert_eq!(info[0]["models"][0]["threshold"].as_f64(), Some(chosen));

    let images: Vec<String> = (0..6).map(|n| arg(&pictures).to_owned() + &format!("/film{n:02}.png")).collect();
    let ids = place.path("ids.csv");
    std::fs::write(&ids, "ID,image_id\n10,film03\n11,film05\n").unwrap();
    let (csv, submission) = (place.path("boxes.csv"), place.path("submission.csv"));
    let mut predict = vec!["predict", "--model", model, "--project", arg(&project), "--threshold", "0.05", "--json"];
    predict.extend(["--csv", arg(&csv), "--submission", arg(&submission), "--ids", arg(&ids)]);
    predict.extend(images.iter().map(String::as_str));
    let said = place.json(&predict);
    assert_eq!(said.len(), 6);
    let boxes: usize = said.iter().map(|line| line["boxes"].as_array().unwrap().len()).sum();
    assert_eq!(std::fs::read_to_string(&csv).unwrap().lines().count(), boxes + 1);
    for found in said.iter().flat_map(|line| line["boxes"].as_array().unwrap()) {
        assert_eq!(found["class"], "square");
        let side = |name: &str| found[name].as_f64().unwrap();
        assert!(0.0 <= side("xmin") && side("xmin") < side("xmax") && side("xmax") <= f64::from(WIDE), "{found}");
        assert!(0.0 <= side("ymin") && side("ymin") < side("ymax") && side("ymax") <= f64::from(HIGH), "{found}");
    }
    let table = std::fs::read_to_string(&submission).unwrap();
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows[0], "ID,image_id,x_min,y_min,x_max,y_max,confidence,label");
    assert!(rows.len() == 3 && rows[1].starts_with("10,film03,") && rows[2].starts_with("11,film05,"), "{table}");
    let best: Vec<(&str, &Value)> =
        said.iter().filter_map(|line| Some((line["image"].as_str()?, line["boxes"].get(0)?))).collect();
    let asked = ["explain", "--model", model, "--project", arg(&project)];
    explain(&place, &[&asked[..], &[best[0].0]].concat(), best[0].1);
    // A weak box may be of nothing.
    let sure: Vec<(&str, &Value)> = best.into_iter().filter(|(_, found)| found["score"].as_f64() > Some(0.5)).collect();
    heat_lies_in_boxes(&place, &asked, &sure);
}

/// But for what f32 sums differ by where images go through the network together.
fn assert_same_box(found: &Value, expected: &Value) {
    assert_eq!(found["class"], expected["class"]);
    for field in ["score", "xmin", "ymin", "xmax", "ymax"] {
        let (found, expected) = (found[field].as_f64().unwrap(), expected[field].as_f64().unwrap());
        assert!((found - expected).abs() < 1e-3, "{field}: {found}, expected {expected}");
    }
}

/// The mean of a written map inside and outside of a box.
fn means(numbers: &Path, of: &Value) -> (f64, f64) {
    let array = npyz::NpyFile::new(std::fs::File::open(numbers).unwrap()).unwrap();
    assert_eq!(array.shape(), [u64::from(HIGH), u64::from(WIDE)]);
    let side = |name: &str| of[name].as_f64().unwrap();
    let (mut inside, mut outside) = ((0.0, 0.0), (0.0, 0.0));
    for (at, value) in array.into_vec::<f32>().unwrap().into_iter().enumerate() {
        let (x, y) = (f64::from(at as u32 % WIDE) + 0.5, f64::from(at as u32 / WIDE) + 0.5);
        let within = (side("xmin")..side("xmax")).contains(&x) && (side("ymin")..side("ymax")).contains(&y);
        let mean = if within { &mut inside } else { &mut outside };
        (mean.0, mean.1) = (mean.0 + f64::from(value), mean.1 + 1.0);
    }
    (inside.0 / inside.1, outside.0 / outside.1)
}

/// Grad-CAM of the best box of each image, all taken together: the heat lies in the boxes. Of one box it may be nowhere, where
/// all that speaks for the box is outweighed and nothing is left above 0; over eleven runs with disturbed products the heat
/// inside was 11 times that outside at least.
fn heat_lies_in_boxes(place: &Place, asked: &[&str], best: &[(&str, &Value)]) {
    assert!(best.len() >= 3, "{best:?}");
    let numbers = place.path("heat.npy");
    let (mut inside, mut outside) = (0.0, 0.0);
    for (image, found) in best {
        place.json(&[asked, &[*image, "--box", "1", "--json", "--out", arg(&numbers)]].concat());
        let (within, without) = means(&numbers, found);
        println!("heat inside {within:.3}, outside {without:.3}");
        (inside, outside) = (inside + within, outside + without);
    }
    assert!(inside > 3.0 * outside, "heat inside {inside}, outside {outside} of {} boxes", best.len());
}

/// The best box of an image as `predict` told it, explained.
fn explain(place: &Place, of: &[&str], best: &Value) {
    let (picture, numbers) = (place.path("cam.png"), place.path("cam.npy"));
    let asked = |more: &[&str], out: &Path| place.json(&[of, more, &["--json", "--out", arg(out)]].concat()).remove(0);
    let line = asked(&["--box", "1", "--class", "square"], &numbers);
    assert_same_box(&line["box"], best);
    assert_eq!((&line["class"], &line["number"]), (&json!("square"), &json!(1)), "{line}");
    assert_eq!(line["stride"].as_u64(), line["level"].as_u64().map(|level| 4 << level), "{line}");
    let line = asked(&["--method", "d-rise", "--masks", "150", "--seed", "3"], &numbers);
    assert_same_box(&line["box"], best);
    assert_eq!((&line["masks"], &line["seed"]), (&json!(150), &json!(3)), "{line}");
    let (inside, outside) = means(&numbers, best);
    assert!(inside > outside, "{inside} inside, {outside} outside of {best}");
    let line = asked(&[], &picture);
    // The best one where none is named.
    assert_same_box(&line["box"], best);
    assert_eq!(image::image_dimensions(&picture).unwrap(), (WIDE, HIGH));

    let refused = |more: &[&str]| place.fails(&[of, more, &["--out", arg(&picture)]].concat());
    assert!(refused(&["--box", "9999"]).contains("--box"));
    assert!(refused(&["--class", "circle"]).contains("circle"));
    assert!(
        refused(&["--method", "rise"]).ends_with("this one draws boxes: use grad-cam, grad-cam++, hires-cam or d-rise")
    );
    assert!(refused(&["--layer", "1"]).contains("leave it out"));
}

#[test]
fn weights_of_a_detector_with_torchvisions_names_are_brought_in_and_used() {
    let place = Place::new();
    let films = films(&place, 6);
    let project = place.path("films.overread");
    place.ok(&[
        "import",
        arg(&films.join("coco.json")),
        "--images",
        arg(&films.join("images")),
        "--project",
        arg(&project),
    ]);

    let architecture = Architecture::from_name("fasterrcnn-resnet18-fpn").unwrap();
    let preprocessing =
        Preprocessing { channels: 3, mean: vec![0.5; 3], std: vec![0.5; 3], ..Preprocessing::default() };
    let params = Params::new(Compute::cpu().device(), 3);
    FasterRcnn::new(architecture.detector().unwrap(), &preprocessing, 1, &params).unwrap();
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: "described".into(),
        architecture,
        classes: ClassList::from_names(&["square"], false).unwrap(),
        preprocessing,
        recipe: None,
        head: None,
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: 0,
    };
    let described = place.path("described.safetensors");
    inference::save(&described, &card, &params).unwrap();
    let bytes = std::fs::read(&described).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let plain = place.path("plain.safetensors");
    std::fs::write(&plain, safetensors::serialize(tensors.iter(), None).unwrap()).unwrap();

    let of = ["models", "import", arg(&plain), "--project", arg(&project), "--arch", "fasterrcnn-resnet18-fpn"];
    let said = place.fails(&[&of[..], &["--classes", "a,b"]].concat());
    assert!(said.contains("the project has no class \"a\""), "{said}");
    let made = place.json(&[&of[..], &["--size", "64", "--json"]].concat());
    assert_eq!(made[0]["arch"], "fasterrcnn-resnet18-fpn");
    let image = films.join("images/film00.png");
    let predict =
        ["predict", "--project", arg(&project), "--model", "plain", arg(&image), "--threshold", "0", "--json"];
    assert!(place.json(&predict)[0]["boxes"].is_array());
}
