//! Roboflow's tables as it exports them.

use super::*;
use crate::imaging::write::write_png_gray;
use crate::interchange::{Reading, format_at, read};
use std::path::Path;

fn reading(folder: &Path, tables: [(&str, &str); 2]) -> Reading {
    let pictures = ["train/a.png", "train/b.png", "valid/a.png", "valid/c.png"];
    for (at, name) in pictures.into_iter().enumerate() {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_png_gray(&path, 200, 100, &[at as u8; 20_000]).unwrap();
    }
    for (name, text) in tables {
        std::fs::write(folder.join(name), text).unwrap();
    }
    assert_eq!(format_at(folder, &Options::default()).unwrap().format, Format::ROBOFLOW);
    read(folder, Format::ROBOFLOW, &Options::default(), &|_, _| true).unwrap()
}

#[test]
fn boxes_of_both_folders_are_taken_each_with_its_own_picture() {
    let dir = tempfile::tempdir().unwrap();
    let head = "filename,width,height,class,xmin,ymin,xmax,ymax\n";
    let train = format!("{head}a.png,200,100,mass,60,30,140,80\na.png,200,100,cyst,1,2,3,4\na.png,200,100,,1,2,3,4\n");
    let valid = format!("{head}a.png,400,200,mass,20,40,60,80\na.png,400,200,mass,x,40,60,80\n");
    let reading = reading(dir.path(), [("train/_annotations.csv", &train), ("valid/_annotations.csv", &valid)]);
    let images = reading.images.to_vec().unwrap();
    let said: Vec<_> = images
        .iter()
        .map(|image| {
            let boxes = image.said.iter().flat_map(|said| &said.boxes);
            (
                &*image.name,
                image.split.map(|split| split.name()),
                boxes.map(|one| (&*one.class, one.rect)).collect::<Vec<_>>(),
            )
        })
        .collect();
    let rect = |xmin, ymin, xmax, ymax| Rect { xmin, ymin, xmax, ymax };
    let (train, valid) = (Some("train"), Some(crate::domain::Split::Validation.name()));
    let expected = [
        ("train/a.png", train, vec![("mass", rect(60.0, 30.0, 140.0, 80.0)), ("cyst", rect(1.0, 2.0, 3.0, 4.0))]),
        ("train/b.png", train, vec![]),
        // Drawn on a picture of twice the size.
        ("valid/a.png", valid, vec![("mass", rect(10.0, 20.0, 30.0, 40.0))]),
        ("valid/c.png", valid, vec![]),
    ];
    assert_eq!(said, expected);
    let what: Vec<&str> = reading.left_out.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(what, ["train/_annotations.csv: row 4", "valid/_annotations.csv: row 3"]);
    assert_eq!(reading.unannotated, 2);
}

#[test]
fn several_classes_of_one_image_are_findings() {
    let dir = tempfile::tempdir().unwrap();
    let train = "filename, mass, cyst\na.png,1,0\nb.png,1,1\n";
    let valid = "filename, mass, cyst\na.png,0,1\nc.png,0,0\n";
    let reading = reading(dir.path(), [("train/_classes.csv", train), ("valid/_classes.csv", valid)]);
    let images = reading.images.to_vec().unwrap();
    let present: Vec<_> =
        images.iter().map(|image| image.present().into_iter().collect::<Vec<_>>().join("+")).collect();
    assert_eq!((present, reading.findings), (["mass", "cyst+mass", "cyst", ""].map(str::to_owned).into(), true));
    assert_eq!(reading.classes, ["mass", "cyst"]);
    assert!(reading.remarks.iter().any(|remark| remark.starts_with("valid/_classes.csv: 1 image of none")));
}
