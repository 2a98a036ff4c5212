//! The whole loop through the real binary: import, train, evaluate, predict, explain, promote, label, export.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly, its helpers too")]

mod program;

use overread::domain::recipe::{ClassifierArchitecture, Preprocessing};
use overread::domain::{ClassList, ModelCard};
use overread::nn::{Compute, Params};
use overread::{inference, models};
use program::{Place, arg};
use serde_json::Value;
use std::path::{Path, PathBuf};

const CLASSES: [&str; 2] = ["Fractured", "Non_fractured"];

/// A recipe that learns to tell bright pictures from dark ones in a few seconds.
const TINY: [&str; 10] = [
    "--recipe",
    "small-cnn",
    "--set",
    "epochs=8",
    "--set",
    "batch=8",
    "--set",
    "preprocessing.side=32",
    "--device",
    "cpu",
];

fn imported(place: &Place) -> PathBuf {
    let images = place.pictures("hands", &CLASSES, 40);
    let project = place.path("hands.overread");
    std::fs::write(images.join("Fractured/broken.png"), b"no picture").expect("a file");
    let report = place.json(&["import", arg(&images), "--project", arg(&project), "--split", "60/20/20", "--json"]);
    assert_eq!(report[0]["images"], 80);
    assert_eq!(report[0]["splits"]["test"], 16);
    assert_eq!(report[0]["left_out"][0]["file"], "Fractured/broken.png");
    project
}

fn train(place: &Place, project: &Path) -> Vec<Value> {
    let mut args = vec!["train", "--project", arg(project), "--json"];
    args.extend(TINY);
    place.json(&args)
}

#[test]
fn the_loop_runs_from_a_folder_to_a_promoted_model() {
    let place = Place::new();
    let project = imported(&place);
    let info = place.json(&["info", "--project", arg(&project), "--json"]);
    assert_eq!((&info[0]["images"], &info[0]["labelled"]), (&80.into(), &80.into()));

    let lines = train(&place, &project);
    let epochs = lines.iter().filter(|l| l["event"] == "epoch").count();
    assert_eq!(epochs, 8);
    let trained = lines.last().expect("a last line");
    println!("accuracy: {}", trained["accuracy"]);
    assert!(trained["accuracy"].as_f64().expect("a number") > 0.8, "{trained}");
    let model = trained["model"].as_str().expect("a name");

    let evaluated =
        place.json(&["evaluate", "--project", arg(&project), "--model", model, "--split", "test", "--json"]);
    for field in ["model", "split", "images", "accuracy", "balanced_accuracy", "per_class", "confusion_matrix", "auc"] {
        assert_eq!(evaluated[0][field], trained[field], "{field} differs from what training said");
    }
    let out = place.path("figures");
    place.ok(&["evaluate", "--project", arg(&project), "--model", model, "--tta", "--out", arg(&out)]);
    let predictions = std::fs::read_to_string(out.join("predictions.jsonl")).expect("a file");
    assert_eq!(predictions.lines().count(), 16);

    predict_and_explain(&place, &project, model);
    promote_and_export(&place, &project, model);
    refuses_bad_models(&place, &project, model);
}

fn predict_and_explain(place: &Place, project: &Path, model: &str) {
    let (dark, bright) = (place.path("hands/Fractured/000.png"), place.path("hands/Non_fractured/000.png"));
    let table = place.path("predictions.csv");
    let of = ["predict", "--project", arg(project), "--model", model, arg(&dark), arg(&bright)];
    let lines = place.json(&[&of[..], &["--json", "--csv", arg(&table)]].concat());
    assert_eq!(lines.len(), 2);
    for (line, class) in lines.iter().zip(CLASSES) {
        assert_eq!(line["label"], class, "{line}");
        let shares = CLASSES.map(|c| line["probabilities"][c].as_f64().expect("a number"));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-5);
        assert_eq!(line["logits"].as_array().map(Vec::len), Some(2));
        assert_eq!(line["boxes"].as_array().map(Vec::len), Some(0));
    }
    let text = std::fs::read_to_string(&table).expect("a table");
    assert!(text.starts_with("image,label,p_Fractured,p_Non_fractured\n"), "{text}");

    let explain = |out: &Path| {
        let of = ["explain", "--project", arg(project), "--model", model, arg(&dark), "--method", "grad-cam"];
        place.json(&[&of[..], &["--class", "Fractured", "--out", arg(out), "--json"]].concat());
    };
    let (picture, numbers) = (place.path("cam.png"), place.path("cam.npy"));
    explain(&picture);
    explain(&numbers);
    assert_eq!(image::image_dimensions(&picture).expect("a picture"), (24, 20));
    let array = npyz::NpyFile::new(std::fs::File::open(&numbers).expect("a file")).expect("an array");
    assert_eq!(array.shape(), [20, 24]);
    let values = array.into_vec::<f32>().expect("f32");
    assert!(values.iter().all(|v| (0.0..=1.0).contains(v)));

    let of = ["explain", "--project", arg(project), "--model", model, arg(&dark), "--out", arg(&numbers)];
    let by = |more: &[&str]| place.json(&[&of[..], more, &["--json"]].concat()).remove(0);
    let line = by(&["--method", "integrated-gradients"]);
    assert!(line["strength"].as_f64().is_some_and(|strength| strength > 0.0), "{line}");
    assert_eq!(line["calibrated"], false, "{line}");
    assert_eq!((&line["signed"], &line["empty"]), (&true.into(), &false.into()), "{line}");
    let line = by(&["--method", "hires-cam", "--layer", "1"]);
    assert_eq!((&line["layer"], &line["signed"]), (&1.into(), &false.into()), "{line}");
    assert_eq!(line["layer_name"], "blocks.0", "{line}");
    let line = by(&["--method", "rise", "--masks", "20", "--seed", "4"]);
    assert_eq!((&line["masks"], &line["seed"]), (&20.into(), &4.into()), "{line}");
    let refused = |more: &[&str]| place.fails(&[&of[..], more].concat());
    let said = refused(&["--layer", "99"]);
    assert!(said.contains("no layer 99") && said.contains("1 (Block 1, "), "{said}");
    let lines = place.path("lines.png");
    let of_lines =
        ["explain", "--project", arg(project), "--model", model, arg(&dark), "--lines", "--out", arg(&lines)];
    let said = place.ok(&of_lines);
    assert!(said.contains(" at layer ") && said.contains("Strength before scaling: "), "{said}");
    assert_ne!(std::fs::read(&lines).expect("a file"), std::fs::read(&picture).expect("a file"));
    assert!(refused(&["--method", "gradient", "--layer", "1"]).contains("leave the layer out"));
    test_maps(place, project, model);
}

fn test_maps(place: &Place, project: &Path, model: &str) {
    let of = ["explain", "--test", "--project", arg(project), "--model", model, "--split", "all", "--images", "3"];
    let line = place.json(&[&of[..], &["--method", "hires-cam", "--json"]].concat()).remove(0);
    assert_eq!(
        (&line["method"], &line["images"], &line["split"]),
        (&"hires-cam".into(), &3.into(), &"all".into()),
        "{line}"
    );
    assert!(line["pointing"].is_null(), "nobody drew a box: {line}");
    assert!(line["verdict"].as_str().is_some_and(|said| !said.is_empty()), "{line}");
    assert!(line["readable"].is_boolean(), "{line}");
    let said = place.ok(&[&of[..], &["--method", "gradient"]].concat());
    assert!(said.starts_with("gradient: ") && said.contains("rank correlation with maps of random weights"), "{said}");
    assert!(place.fails(&[&of[..], &["--method", "d-rise"]].concat()).contains("explains boxes"));
    let all = place
        .json(&[&of[..6], &["--split", "test", "--images", "1", "--masks", "8", "--method", "all", "--json"]].concat());
    assert_eq!(all.len(), 11, "one line a method that fits");
}

fn promote_and_export(place: &Place, project: &Path, model: &str) {
    place.ok(&["models", "promote", model, "--project", arg(project)]);
    let listed = place.json(&["models", "list", "--project", arg(project), "--json"]);
    assert_eq!((&listed[0]["name"], &listed[0]["active"]), (&model.into(), &true.into()));
    let shown: Value =
        serde_json::from_str(&place.ok(&["models", "show", model, "--project", arg(project)])).expect("JSON");
    assert_eq!(shown["card"]["architecture"]["kind"], "simple-cnn");
    let file = place.path("out.safetensors");
    place.ok(&["models", "export", model, "--project", arg(project), "--out", arg(&file)]);
    let image = place.path("hands/Fractured/001.png");
    let from_project = place.json(&["predict", "--project", arg(project), "--model", model, arg(&image), "--json"]);
    let from_file = place.json(&["predict", "--model", arg(&file), arg(&image), "--json"]);
    assert_eq!(from_project, from_file);
    let brought = place.json(&["models", "import", arg(&file), "--project", arg(project), "--json"]);
    assert_eq!(brought[0]["id"], 2);

    let answer = place.ok(&["label", "--project", arg(project), "--reader", "B", "Fractured/003.png", "Non_fractured"]);
    assert!(answer.starts_with("ok "), "{answer}");
    let table = place.path("labels.csv");
    place.ok(&["export", "--project", arg(project), "--format", "csv", "--out", arg(&table)]);
    let text = std::fs::read_to_string(&table).expect("a table");
    assert!(text.starts_with("path,sha256,split,group,label,reader,time"), "{text}");
    assert_eq!(text.lines().count(), 81);
    let row = text.lines().find(|l| l.contains("Fractured/003.png") && !l.contains("Non_fractured/003.png"));
    let row = row.expect("the row of the image");
    assert!(row.contains(",Non_fractured,B,"), "{row}");
}

fn refuses_bad_models(place: &Place, project: &Path, model: &str) {
    let image = place.path("hands/Fractured/000.png");
    let whole = std::fs::read(place.path("out.safetensors")).expect("the weights");
    let cut = place.path("cut.safetensors");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("a file");
    let said = place.fails(&["predict", "--model", arg(&cut), arg(&image)]);
    assert!(said.contains("cut.safetensors"), "{said}");
    let said = place.fails(&["models", "import", arg(&cut), "--project", arg(project)]);
    assert!(said.contains("cut.safetensors"), "{said}");

    let said = place.fails(&[
        "explain",
        "--project",
        arg(project),
        "--model",
        model,
        arg(&image),
        "--class",
        "Hand",
        "--out",
        "a.png",
    ]);
    assert!(said.contains("Hand") && said.contains("Non_fractured"), "{said}");
    let explain = ["explain", "--project", arg(project), "--model", model, arg(&image), "--box", "1", "--out", "a.png"];
    let said = place.fails(&explain);
    assert!(said.contains("--box") && said.contains("class"), "{said}");
    let explain = [&explain[..6], &["--method", "d-rise", "--out", "a.png"]].concat();
    assert!(place.fails(&explain).contains("use grad-cam"));
    let said = place.fails(&["predict", "--project", arg(project), "--model", "no-such", arg(&image)]);
    assert!(said.contains("no-such") && said.contains(model), "{said}");
    let text = place.path("text.png");
    std::fs::write(&text, "no picture").expect("a file");
    let said = place.fails(&["predict", "--project", arg(project), "--model", model, arg(&image), arg(&text)]);
    assert!(said.contains("text.png"), "{said}");
    // A model in the project's folder that was damaged behind its back.
    let shown: Value =
        serde_json::from_str(&place.ok(&["models", "show", model, "--project", arg(project)])).expect("JSON");
    let file = PathBuf::from(shown["file"].as_str().expect("a path"));
    std::fs::write(&file, &whole[..100]).expect("a file");
    let said = place.fails(&["evaluate", "--project", arg(project), "--model", model]);
    assert!(said.contains("safetensors"), "{said}");
}

#[test]
fn weights_with_torchvision_names_become_a_model() {
    let place = Place::new();
    let images = place.pictures("hands", &CLASSES, 6);
    let project = place.path("hands.overread");
    place.ok(&["import", arg(&images), "--project", arg(&project)]);
    // As torchvision would save it: the tensors of its names and no description.
    let described = place.path("described.safetensors");
    let classes = ClassList::from_names(&CLASSES, false).expect("distinct names");
    let preprocessing = Preprocessing { channels: 3, ..Preprocessing::default() };
    let params = Params::new(Compute::cpu().device(), 3);
    models::build(&ClassifierArchitecture::ResNet18, &preprocessing, 2, &params).expect("a network");
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: "described".into(),
        architecture: ClassifierArchitecture::ResNet18.into(),
        classes,
        preprocessing: Preprocessing { mean: vec![0.5; 3], std: vec![0.5; 3], ..preprocessing },
        recipe: None,
        head: None,
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: 0,
    };
    inference::save(&described, &card, &params).expect("a file");
    let bytes = std::fs::read(&described).expect("the weights");
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("weights");
    let plain = place.path("resnet18.safetensors");
    std::fs::write(&plain, safetensors::serialize(tensors.iter(), None).expect("bytes")).expect("a file");

    let said = place.fails(&["models", "import", arg(&plain), "--project", arg(&project)]);
    assert!(said.contains("--arch"), "{said}");
    let of = ["models", "import", arg(&plain), "--project", arg(&project), "--arch", "resnet18"];
    let said = place.fails(&[&of[..], &["--classes", "a,b,c"]].concat());
    assert!(said.contains("the project has no class \"a\""), "{said}");
    let made = place.json(&[&of[..], &["--size", "64", "--json"]].concat());
    assert_eq!(made[0]["preprocessing"]["resize"]["shorter-side-then-crop"], 73, "torchvision's share of 64");
    assert_eq!(made[0]["class_order_of_file"], made[0]["classes"]);
    let told = place.ok(&[&of[..], &["--size", "64", "--name", "again", "--preprocessing", "stretch"]].concat());
    for part in ["stretched to 64 x 64 pixels (bilinear, rounded as Pillow does)", "the project's order was taken"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let said = place.fails(&[&of[..], &["--preprocessing", "no-such-file"]].concat());
    assert!(said.contains("torchvision, stretch and letterbox"), "{said}");
    let onnx = place.path("resnet18.onnx");
    let told = place.ok(&["models", "export", "resnet18", "--project", arg(&project), "--out", arg(&onnx)]);
    assert!(told.contains("operator set 17") && told.contains("the shorter side to 73"), "{told}");
    assert!(std::fs::metadata(&onnx).expect("a file").len() > 40_000_000);
    assert_eq!((&made[0]["name"], &made[0]["arch"]), (&"resnet18".into(), &"resnet18".into()));
    let image = place.path("hands/Fractured/000.png");
    place.json(&["predict", "--project", arg(&project), "--model", "resnet18", arg(&image), "--json"]);
}
