//! Folders with tables made for the purpose.

use super::csv_mapping::Role;
use super::{Format, Options, Reading, format_of, read};
use crate::imaging::write::write_png_gray;
use std::path::Path;

fn picture(path: &Path, seed: u8) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_png_gray(path, 8, 8, &std::array::from_fn::<u8, 64, _>(|at| at as u8 + seed)).unwrap();
}

fn reading(source: &Path, format: Format, options: &Options) -> Reading {
    read(source, format, options, &|_, _| true).unwrap()
}

fn labels(reading: &Reading) -> Vec<(&str, Option<&str>, usize)> {
    let of = |image: &'_ super::ReadImage| image.said.iter().map(|said| said.boxes.len()).sum();
    let label = |image| Option::<&super::Said>::and_then(image, |said| said.label.as_deref());
    reading.images.iter().map(|image| (image.name.as_str(), label(image.said.first()), of(image))).collect()
}

#[test]
fn fracatlas_is_read_as_published() {
    let dir = tempfile::tempdir().unwrap();
    let mut table = "image_id,hand,leg,hardware,fractured,fracture_count\n".to_owned();
    for number in 0..6u8 {
        let folder = if number % 2 == 1 { "Fractured" } else { "Non_fractured" };
        picture(&dir.path().join(format!("images/{folder}/IMG{number}.png")), number);
        let broken = number % 2;
        table += &format!("IMG{number}.png,1,0,{},{broken},{broken}\n", u8::from(number > 2));
    }
    std::fs::write(dir.path().join("dataset.csv"), table).unwrap();
    let boxes = r#"{"images": [{"id": 1, "file_name": "IMG1.png", "width": 8, "height": 8}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 0, "bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 0, "name": "fractured"}]}"#;
    std::fs::create_dir_all(dir.path().join("Annotations/COCO JSON")).unwrap();
    std::fs::write(dir.path().join("Annotations/COCO JSON/COCO_fracture_masks.json"), boxes).unwrap();

    let found = format_of(dir.path(), &Options::default()).unwrap();
    assert_eq!(found.format, Format::Csv, "{found:?}");
    let reading = reading(dir.path(), Format::Csv, &Options::default());
    assert_eq!(reading.classes, ["Fractured", "Non_fractured"]);
    let expected: Vec<(String, Option<&str>, usize)> = [1, 3, 5, 0, 2, 4]
        .map(|n| match n % 2 {
            1 => (format!("images/Fractured/IMG{n}.png"), Some("Fractured"), usize::from(n == 1)),
            _ => (format!("images/Non_fractured/IMG{n}.png"), Some("Non_fractured"), 0),
        })
        .to_vec();
    assert_eq!(labels(&reading), expected.iter().map(|(n, l, b)| (n.as_str(), *l, *b)).collect::<Vec<_>>());
    let facts: Vec<(&str, &str)> =
        reading.images[0].facts.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(facts, [("hand", "1"), ("hardware", "0"), ("leg", "0")]);
}

#[test]
fn a_persons_columns_are_used_and_known_again() {
    let dir = tempfile::tempdir().unwrap();
    picture(&dir.path().join("a.png"), 1);
    std::fs::write(dir.path().join("t.csv"), "Foto;Befund;l;o;r;u\na;Mass;1;2;5;6\n").unwrap();
    assert!(read(dir.path(), Format::Csv, &Options::default(), &|_, _| true).is_err());
    let columns = [
        (Role::Image, "Foto"),
        (Role::Class, "Befund"),
        (Role::Xmin, "l"),
        (Role::Ymin, "o"),
        (Role::Xmax, "r"),
        (Role::Ymax, "u"),
    ];
    let columns = columns.map(|(role, name)| (role, name.to_owned())).to_vec();
    let first = reading(dir.path(), Format::Csv, &Options { columns, ..Options::default() });
    assert_eq!(first.images[0].said[0].boxes[0].class, "Mass");
    let again = Options { known_tables: first.tables.clone(), ..Options::default() };
    assert_eq!(reading(dir.path(), Format::Csv, &again).images, first.images);
}

#[test]
fn ids_are_looked_up_in_the_table_beside() {
    let dir = tempfile::tempdir().unwrap();
    picture(&dir.path().join("images/first.png"), 1);
    std::fs::write(dir.path().join("train.csv"), "id,class,x,y,w,h\n17,Mass,1,2,3,4\n").unwrap();
    std::fs::write(dir.path().join("ID_to_Image_Mapping.csv"), "image_id,image\n17,first.png\n").unwrap();
    assert_eq!(format_of(dir.path(), &Options::default()).unwrap().format, Format::Csv);
    assert_eq!(labels(&reading(dir.path(), Format::Csv, &Options::default())), [("images/first.png", None, 1)]);
}
