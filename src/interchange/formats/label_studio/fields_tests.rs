//! Exports of several questions, and the configuration beside them, read with their pictures.

use crate::domain::Presence;
use crate::imaging::write::write_png_gray;
use crate::interchange::model::columns::Role;
use crate::interchange::{Format, Options, ReadError, Reading, read};
use serde_json::{Value, json};
use std::path::Path;

const CONFIG: &str = r#"<View><Image name="image" value="$image"/>
  <Choices name="lungs" toName="image" choice="multiple"><Choice value="opacity"/><Choice value="mass"/><Choice value="normal"/></Choices>
  <Choices name="bones" toName="image"><Choice value="mass"/><Choice value="fracture"/><Choice value="normal"/></Choices>
  <RectangleLabels name="box" toName="image"><Label value="wire"/><Label value="clip"/></RectangleLabels>
</View>"#;

fn source(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, grey) in [("a.png", 1), ("b.png", 2)] {
        write_png_gray(&dir.path().join(name), 8, 8, &[grey; 64]).unwrap();
    }
    files.iter().for_each(|(name, text)| std::fs::write(dir.path().join(name), text).unwrap());
    dir
}

fn tasks() -> Value {
    let choice =
        |name: &str, chosen: &[&str]| json!({"type": "choices", "from_name": name, "value": {"choices": chosen}});
    let task = |image: &str, result: Value| json!({"data": {"image": image}, "annotations": [{"completed_by": 1, "result": result}]});
    json!([
        task("a.png", json!([choice("lungs", &["opacity"]), choice("bones", &["mass"])])),
        task("b.png", json!([choice("lungs", &["normal"])])),
    ])
}

fn read_as(dir: &Path, findings: bool, class: Option<&str>) -> Result<Reading, ReadError> {
    let columns = class.map(|class| (Role::Class, class.to_owned())).into_iter().collect();
    let options = Options { findings, columns, ..Options::default() };
    read(dir, Format::LABEL_STUDIO, &options, &|_, _| true)
}

fn says(lines: &[String], words: &str) -> bool {
    lines.iter().any(|line| line.contains(words))
}

/// What is said of findings, image by image.
fn findings(reading: &Reading) -> Vec<(Vec<(String, Presence)>, bool)> {
    let images = reading.images.to_vec().unwrap();
    images.iter().map(|image| (image.said[0].findings.clone(), image.said[0].others_absent)).collect()
}

#[test]
fn of_findings_each_answer_to_each_question_is_one() {
    use Presence::{Absent, Present};
    let of = |name: &str, presence| (name.to_owned(), presence);
    let dir = source(&[("export.json", &tasks().to_string())]);
    let all = read_as(dir.path(), true, None).unwrap();
    assert_eq!(
        findings(&all),
        [(vec![of("mass", Present), of("opacity", Present)], true), (vec![of("opacity", Absent)], false)]
    );
    assert!(says(&all.remarks, "the answers to bones, lungs are findings each"), "{:?}", all.remarks);
    // With the configuration it is known what else might have been answered, and in which order.
    let dir = source(&[("export.json", &tasks().to_string()), ("config.xml", CONFIG)]);
    let all = read_as(dir.path(), true, None).unwrap();
    assert_eq!(all.classes, ["bones: mass", "fracture", "opacity", "lungs: mass", "wire", "clip"]);
    assert_eq!(
        findings(&all),
        [
            (vec![of("bones: mass", Present), of("opacity", Present)], true),
            (vec![of("opacity", Absent), of("lungs: mass", Absent)], false)
        ]
    );
}

#[test]
fn of_classes_one_question_is_the_label_which_a_person_may_choose() {
    let dir = source(&[("export.json", &tasks().to_string()), ("label_config.xml", CONFIG)]);
    let labels = |reading: &Reading| -> Vec<Option<String>> {
        reading.images.to_vec().unwrap().iter().map(|image| image.label().map(str::to_owned)).collect()
    };
    let some = |label: &str| Some(label.to_owned());
    let usual = read_as(dir.path(), false, None).unwrap();
    assert_eq!(labels(&usual), [some("opacity"), some("normal")]);
    assert_eq!(usual.classes, ["opacity", "mass", "normal", "wire", "clip"]);
    assert!(says(&usual.remarks, "answers to bones were left out: --column class=NAME"), "{:?}", usual.remarks);
    let bones = read_as(dir.path(), false, Some("bones")).unwrap();
    assert_eq!((labels(&bones), bones.classes[0].as_str()), (vec![some("mass")], "mass"));
    let one = read_as(dir.path(), true, Some("bones")).unwrap();
    assert_eq!(findings(&one), [(vec![("mass".to_owned(), Presence::Present)], true)]);
    let why = read_as(dir.path(), false, Some("heart")).unwrap_err().to_string();
    assert!(why.contains("export.json has no choices called heart") && why.contains("bones, lungs"), "{why}");
}

#[test]
fn a_configuration_tells_answers_from_data_in_the_short_form() {
    let tasks = json!([
        {"image": "a.png", "annotator": 1, "annotation_id": 1, "hospital": "north", "lungs": {"choices": ["opacity", "mass"]}, "bones": "fracture"},
        {"image": "b.png", "annotator": 1, "annotation_id": 2, "hospital": "north", "bones": "normal"},
    ]);
    let dir = source(&[("export.json", &tasks.to_string()), ("label_config.xml", CONFIG)]);
    let all = read_as(dir.path(), true, None).unwrap();
    let images = all.images.to_vec().unwrap();
    let present: Vec<Vec<&str>> = images.iter().map(|image| image.present().into_iter().collect()).collect();
    assert_eq!(present, [vec!["fracture", "lungs: mass", "opacity"], vec![]]);
    assert!(!says(&all.classes, "north"), "{:?}", all.classes);
    // The one export as a file, too.
    let one = read_as(&dir.path().join("export.json"), false, Some("bones")).unwrap();
    assert_eq!(one.classes, ["mass", "fracture", "normal", "wire", "clip"]);
}

#[test]
fn the_names_of_an_export_of_other_pictures_are_no_classes_here() {
    let dir = source(&[("export.json", &tasks().to_string())]);
    let other = dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    let elsewhere = tasks().to_string().replace("a.png", "x.png").replace("b.png", "y.png");
    std::fs::write(other.join("export.json"), elsewhere).unwrap();
    std::fs::write(other.join("label_config.xml"), CONFIG).unwrap();
    let read = read_as(dir.path(), false, None).unwrap();
    assert_eq!(read.classes, ["normal", "opacity"], "{:?}", read.remarks);
    assert!(!says(&read.remarks, "label_config.xml"), "{:?}", read.remarks);
}

#[test]
fn a_broken_configuration_is_told() {
    let dir = source(&[("export.json", &tasks().to_string()), ("label_config.xml", "<View><Choices>")]);
    let read = read_as(dir.path(), false, None).unwrap();
    assert!(read.left_out.iter().any(|(file, why)| file == "label_config.xml" && why.contains("cut short")));
}
