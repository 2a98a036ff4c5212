//! Folders with tables made for the purpose.

use crate::imaging::write::write_png_gray;
use crate::interchange::format_at;
use crate::interchange::model::columns::Role;
use crate::interchange::model::format::Format;
use crate::interchange::model::options::Options;
use crate::interchange::model::reading::Reading;
use crate::interchange::read;
use std::path::Path;

fn picture(path: &Path, seed: u8) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_png_gray(path, 8, 8, &std::array::from_fn::<u8, 64, _>(|at| at as u8 + seed)).unwrap();
}

fn reading(source: &Path, format: Format, options: &Options) -> Reading {
    read(source, format, options, &|_, _| true).unwrap()
}

fn images(reading: &Reading) -> Vec<crate::interchange::ReadImage> {
    reading.images.to_vec().unwrap()
}

fn labels(images: &[crate::interchange::ReadImage]) -> Vec<(&str, Option<&str>, usize)> {
    let of = |image: &'_ crate::interchange::ReadImage| image.said.iter().map(|said| said.boxes.len()).sum();
    let label = |image| Option::<&crate::interchange::Said>::and_then(image, |said| said.label.as_deref());
    images.iter().map(|image| (image.name.as_str(), label(image.said.first()), of(image))).collect()
}

/// Six images with the table of FracAtlas, of which the odd ones have a fracture.
fn fracatlas() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut table = "image_id,hand,leg,hardware,fractured,fracture_count\n".to_owned();
    for number in 0..6u8 {
        let folder = if number % 2 == 1 { "Fractured" } else { "Non_fractured" };
        picture(&dir.path().join(format!("images/{folder}/IMG{number}.png")), number);
        let broken = number % 2;
        table += &format!("IMG{number}.png,1,0,{},{broken},{broken}\n", u8::from(number > 2));
    }
    std::fs::write(dir.path().join("dataset.csv"), table).unwrap();
    dir
}

fn put(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn fracatlas_is_read_as_published() {
    let dir = fracatlas();
    let boxes = r#"{"images": [{"id": 1, "file_name": "IMG1.png", "width": 8, "height": 8}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 0, "bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 0, "name": "fractured"}]}"#;
    put(dir.path(), "Annotations/COCO JSON/COCO_fracture_masks.json", boxes);

    let found = format_at(dir.path(), &Options::default()).unwrap();
    assert_eq!(found.format, Format::CSV, "{found:?}");
    let reading = reading(dir.path(), Format::CSV, &Options::default());
    assert_eq!(reading.classes, ["Fractured", "Non_fractured"]);
    let expected: Vec<(String, Option<&str>, usize)> = [1, 3, 5, 0, 2, 4]
        .map(|n| match n % 2 {
            1 => (format!("images/Fractured/IMG{n}.png"), Some("Fractured"), usize::from(n == 1)),
            _ => (format!("images/Non_fractured/IMG{n}.png"), Some("Non_fractured"), 0),
        })
        .to_vec();
    assert_eq!(labels(&images(&reading)), expected.iter().map(|(n, l, b)| (n.as_str(), *l, *b)).collect::<Vec<_>>());
    let known = &images(&reading)[0].facts;
    let facts: Vec<(&str, &str)> =
        known.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(facts, [("hand", "1"), ("hardware", "0"), ("leg", "0")]);
}

/// The same box of 3 x 4 pixels at 1, 2 in each format.
#[test]
fn fracatlas_takes_boxes_from_whichever_format_is_beside_it_and_compares_them_with_the_table() {
    let voc = |name: &str| {
        format!(
            "<annotation><filename>{name}.png</filename><size><width>8</width><height>8</height></size><object>\
             <name>fractured</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>4</xmax><ymax>6</ymax></bndbox></object>\
             </annotation>"
        )
    };
    let yolo = |_: &str| "0 0.3125 0.5 0.375 0.5\n".to_owned();
    let kinds = [("Annotations/PASCAL VOC", "xml", voc as fn(&str) -> String), ("Annotations/YOLO", "txt", yolo)];
    for (folder, extension, written) in kinds {
        let dir = fracatlas();
        // Image 2 has none by the table.
        for name in ["IMG1", "IMG2", "IMG3"] {
            put(dir.path(), &format!("{folder}/{name}.{extension}"), &written(name));
        }
        if extension == "txt" {
            put(dir.path(), &format!("{folder}/IMG0.txt"), "");
        }
        assert_eq!(format_at(dir.path(), &Options::default()).unwrap().format, Format::CSV);
        let options = Options { voc_base: Some(crate::interchange::VocBase::Zero), ..Options::default() };
        let reading = reading(dir.path(), Format::CSV, &options);
        assert_eq!(reading.classes, ["Fractured", "Non_fractured"], "{folder}");
        let counts: Vec<usize> = labels(&images(&reading)).into_iter().map(|(_, _, boxes)| boxes).collect();
        assert_eq!((labels(&images(&reading))[4].0, counts), ("images/Non_fractured/IMG2.png", vec![1, 1, 0, 0, 1, 0]));
        for one in images(&reading).iter().flat_map(|image| &image.said).flat_map(|said| &said.boxes) {
            let r = one.rect;
            assert_eq!((one.class.as_str(), [r.xmin, r.ymin, r.xmax, r.ymax]), ("Fractured", [1.0, 2.0, 4.0, 6.0]));
        }
        assert!(!images(&reading).iter().any(|image| image.said.iter().any(|said| said.nothing_found)));
        let [conflict] = reading.conflicts.as_slice() else { panic!("{:?}", reading.conflicts) };
        assert!(conflict.contains("Non_fractured of 1 image ") && conflict.contains("IMG2.png"), "{conflict}");
        assert!(
            reading.remarks.iter().any(|r| r.starts_with("Fractured by the table") && r.ends_with(": 1 image.")),
            "{:?}",
            reading.remarks
        );
    }
}

#[test]
fn fracatlas_division_of_the_fractures_alone_is_not_followed() {
    let dir = fracatlas();
    for (name, images) in [("train", "IMG1.png\nIMG3.png\n"), ("test", "IMG5.png\n")] {
        put(dir.path(), &format!("Utilities/Fracture Split/{name}.csv"), &format!("image_id\n{images}"));
    }
    let part = reading(dir.path(), Format::CSV, &Options::default());
    assert!(!part.has_splits && images(&part).iter().all(|image| image.split.is_none()));
    assert!(part.remarks.iter().any(|r| r.contains("name 3 of 6")), "{:?}", part.remarks);
    put(dir.path(), "Utilities/valid.csv", "image_id\nIMG0.png\nIMG2.png\nIMG4.png\n");
    let whole = reading(dir.path(), Format::CSV, &Options::default());
    assert!(images(&whole).iter().all(|image| image.split.is_some()));
}

#[test]
fn a_persons_columns_are_used_and_known_again() {
    let dir = tempfile::tempdir().unwrap();
    picture(&dir.path().join("a.png"), 1);
    std::fs::write(dir.path().join("t.csv"), "Foto;Befund;l;o;r;u\na;Mass;1;2;5;6\n").unwrap();
    assert!(read(dir.path(), Format::CSV, &Options::default(), &|_, _| true).is_err());
    let columns = [
        (Role::Image, "Foto"),
        (Role::Class, "Befund"),
        (Role::Xmin, "l"),
        (Role::Ymin, "o"),
        (Role::Xmax, "r"),
        (Role::Ymax, "u"),
    ];
    let columns = columns.map(|(role, name)| (role, name.to_owned())).to_vec();
    let first = reading(dir.path(), Format::CSV, &Options { columns, ..Options::default() });
    assert_eq!(images(&first)[0].said[0].boxes[0].class, "Mass");
    let again = Options { known_tables: first.tables.clone(), ..Options::default() };
    assert_eq!(reading(dir.path(), Format::CSV, &again).images, first.images);
}

#[test]
fn ids_are_looked_up_in_the_table_beside() {
    let dir = tempfile::tempdir().unwrap();
    picture(&dir.path().join("images/first.png"), 1);
    std::fs::write(dir.path().join("train.csv"), "id,class,x,y,w,h\n17,Mass,1,2,3,4\n").unwrap();
    std::fs::write(dir.path().join("ID_to_Image_Mapping.csv"), "image_id,image\n17,first.png\n").unwrap();
    assert_eq!(format_at(dir.path(), &Options::default()).unwrap().format, Format::CSV);
    assert_eq!(
        labels(&images(&reading(dir.path(), Format::CSV, &Options::default()))),
        [("images/first.png", None, 1)]
    );
}

#[test]
fn a_table_that_is_chosen_itself_is_read_and_not_the_folders_of_its_pictures() {
    let dir = tempfile::tempdir().unwrap();
    ["a/1.png", "b/2.png"].into_iter().zip(0..).for_each(|(name, seed)| picture(&dir.path().join(name), seed));
    let table = dir.path().join("t.csv");
    std::fs::write(&table, "image,label,patient\na/1.png,x,P1\nb/2.png,y,P1\n").unwrap();
    let told = |source: &Path| format_at(source, &Options::default()).unwrap();
    let (of_folder, of_file) = (told(dir.path()), told(&table));
    assert_eq!((of_folder.format, of_folder.others.len()), (Format::FOLDERS, 1));
    assert_eq!((of_file.format, of_file.others), (Format::CSV, Vec::new()));
    let read = images(&reading(&table, of_file.format, &Options::default()));
    let seen: Vec<_> = read.iter().map(|image| (image.label(), image.group.as_deref())).collect();
    assert_eq!(seen, [(Some("x"), Some("P1")), (Some("y"), Some("P1"))]);
    let alone = tempfile::tempdir().unwrap();
    std::fs::copy(&table, alone.path().join("t.csv")).unwrap();
    let table = alone.path().join("t.csv");
    let error = crate::interchange::read(&table, told(&table).format, &Options::default(), &|_, _| true)
        .unwrap_err()
        .to_string();
    assert!(error.contains("choose the folder that holds both"), "{error}");
}
