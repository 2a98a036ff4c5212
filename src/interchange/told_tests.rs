//! What readers do not take they name, each kind of it: a small source of each format, and the words that must and must
//! not be said of it.

use crate::imaging::write::write_png_gray;
use crate::interchange::{Format, Options, Reading, read};
use std::path::Path;

/// A source of pictures of 20 x 10 pixels, each of its own content, and other files.
fn source(pictures: &[&str], files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for (number, name) in (1u8..).zip(pictures) {
        let pixels: Vec<u8> = (0..200u8).map(|at| at.wrapping_mul(number * 7).wrapping_add(number)).collect();
        write_png_gray(&put(name), 20, 10, &pixels).unwrap();
    }
    files.iter().for_each(|(name, text)| std::fs::write(put(name), text).unwrap());
    dir
}

fn reading(dir: &Path, format: Format) -> Reading {
    read(dir, format, &Options::default(), &|_, _| true).unwrap_or_else(|why| panic!("{}: {why}", format.id()))
}

/// All that is said of a reading, a line each.
fn said(reading: &Reading) -> String {
    let left_out = reading.left_out.iter().map(|(what, why)| format!("left out: {what}: {why}"));
    let lines = reading.remarks.iter().chain(&reading.conflicts).cloned().chain(left_out);
    lines.collect::<Vec<_>>().join("\n")
}

struct Case {
    format: Format,
    files: &'static [(&'static str, &'static str)],
    /// Parts of what must be said.
    says: &'static [&'static str],
    /// Parts of what must not be said.
    silent: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        format: Format::CREATE_ML,
        files: &[(
            "train/labels.json",
            r#"[{"image": "a.png", "annotations": [{"label": "M", "coordinates": {"x": 5, "y": 5, "width": 4, "height": 4}},
                {"coordinates": {"x": 1, "y": 1, "width": 1, "height": 1}}, {"label": "M", "coordinates": {"x": 1}},
                "N", "O", {"label": "P"}]}, {"image": "b.png", "annotations": []}, {"annotations": []}]"#,
        )],
        says: &[
            "a.png: an annotation without a label",
            "a box of M that lacks one of x, y, width and height",
            "entry 3: it names no image",
        ],
        silent: &["shares"],
    },
    Case {
        format: Format::DATUMARO,
        files: &[(
            "annotations/train.json",
            r#"{"categories": {"label": {"labels": [{"name": "M"}, {"name": "N"}]}}, "items": [{"annotations": []},
                {"id": "v", "video": {}}, {"id": "a", "image": {"path": "a.png"}, "annotations": [
                {"type": "label", "label_id": 0}, {"type": "label", "label_id": 1}, {"type": "label", "label_id": 0},
                {"type": "rotated_bbox", "label_id": 0, "points": [10, 5, 8, 4, 90]},
                {"type": "points", "label_id": 0}, {"type": "bbox", "label_id": 7, "bbox": [1, 1, 2, 2]},
                {"type": "bbox", "label_id": 0, "bbox": [1]}]}]}"#,
        )],
        says: &[
            "annotations/train.json: item 1: it has no id",
            "left out: v: it is no image, but a video",
            "1 rotated rectangle became the box around it",
            "1 shape of the kind points, the first in a",
            "a bbox whose label_id is none of the file's labels",
            "a bbox of M: its coordinates cannot be read",
        ],
        silent: &["the label M beside"],
    },
    Case {
        format: Format::ROBOFLOW,
        files: &[
            (
                "_annotations.csv",
                "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,20,10,M,1,1,5,5\n,20,10,M,1,1,5,5\n\
                 a.png,20,10,,1,1,5,5\na.png,20,10,M,x,1,5,5\n",
            ),
            ("_classes.csv", "filename, M, N\n,1,0\nb.png,0,0\n"),
        ],
        says: &[
            "_annotations.csv: row 3: it names no image",
            "row 4: a box without a class",
            "row 5: a box whose corners are not four numbers",
            "_classes.csv: row 2: it names no image",
            "_classes.csv: 1 image of none of its classes",
        ],
        silent: &[],
    },
    Case {
        format: Format::VIA,
        files: &[(
            "via_region_data.csv",
            "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n\
             a.png,9,{},2,0,\"{\"\"name\"\":\"\"rect\"\",\"\"x\"\":1,\"\"y\"\":2,\"\"width\"\":3,\"\"height\"\":4}\",\"{\"\"class\"\":\"\"M\"\"}\"\n\
             a.png,9,{},2,1,\"{\"\"name\"\":\"\"rect\"\",\"\"x\"\":1}\",\"{\"\"class\"\":\"\"M\"\"}\"\n\
             ,9,{},1,0,{},{}\nb.png,9,{},1,0,{broken,{}\n",
        )],
        says: &[
            "a.png: a rect whose place cannot be read",
            "row 4: it names no picture, or its region cannot be read",
            "row 5: it names no picture, or its region cannot be read",
        ],
        silent: &[],
    },
    Case {
        format: Format::VIA,
        files: &[(
            "project.json",
            r#"{"project": {}, "config": {}, "attribute": {"1": {"aname": "class", "type": 4, "options": {"0": "M"}},
                "2": {"aname": "grade", "type": 4, "options": {"0": "mild"}}},
                "file": {"1": {"fid": 1, "fname": "a.png", "type": 2}, "2": {"fid": 2, "fname": "c.mp4", "type": 4},
                    "3": {"fid": 3, "fname": "b.png", "type": 2}},
                "view": {"1": {"fid_list": [1]}, "2": {"fid_list": [1, 3]}, "3": {"fid_list": [3]}},
                "metadata": {"w": {"vid": "1", "z": [], "xy": [2, 1, 1, 5, 5], "av": {"1": "0"}},
                    "x": {"vid": "1", "z": [], "xy": [], "av": {"2": "0"}},
                    "y": {"vid": "2", "z": [], "xy": [2, 1, 1, 5, 5], "av": {"1": "0"}},
                    "z": {"vid": "1", "z": [], "xy": [1, 3, 3], "av": {"1": "0"}},
                    "u": {"vid": "1", "z": [], "xy": [2, 1], "av": {"1": "0"}},
                    "v": {"vid": "1", "z": [], "xy": [2, 1, 1, 5, 5], "av": {}}}}"#,
        )],
        says: &[
            "the label of an image is its file attribute grade",
            "c.mp4: it is no picture, but video or sound",
            "view 2: it shows no file, or several side by side",
            "1 shape of the kind point, the first in a.png",
            "a.png: a region whose place cannot be read",
            "a.png: a region without a class",
        ],
        silent: &["view 1"],
    },
    Case {
        format: Format::COCO,
        files: &[(
            "a.json",
            r#"{"images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 10}],
                "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "keypoints": [0, 0, 0]},
                {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 1, 6, 6], "iscrowd": 1},
                {"id": 3, "image_id": 1, "category_id": 1, "keypoints": [1, 1, 2]},
                {"id": 4, "image_id": 1, "category_id": 1, "bbox": [2, 1, 5, 5], "keypoints": [1, 1, 2],
                    "segmentation": [[2, 1, 7, 1, 7, 6, 2, 6]]}],
                "categories": [{"id": 1, "name": "M"}, {"id": 1, "name": "N"}, {"id": 3, "name": " "}, {"id": 3}, "x"]}"#,
        )],
        says: &[
            "two categories have the id 1, M and N",
            "only boxes are taken",
            "left out: category 3: it has no name",
            "a category without id or name",
            "a.json: 1 box has key points",
        ],
        silent: &["polygon or mask"],
    },
    Case {
        format: Format::COCO,
        files: &[(
            "b.json",
            r#"{"images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 10},
                {"id": 2, "file_name": "b.png", "width": 40, "height": 20}],
                "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0.1, 0.1, 0.5, 0.5]},
                {"id": 2, "image_id": 2, "category_id": 1, "bbox": [2, 2, 8, 8]}], "categories": [{"id": 1, "name": "M"}]}"#,
        )],
        says: &[
            "1 box lies in the first pixel of the picture, the first in a.png",
            "boxes of 1 images were drawn on a larger or smaller copy",
        ],
        silent: &[],
    },
    Case {
        format: Format::CVAT,
        files: &[(
            "annotations.xml",
            r#"<annotations><image id="0" name="a.png" width="20" height="10"><tag label="good"><attribute name="patient name">Ada
                </attribute></tag><box label="M" xtl="1" ytl="1" xbr="5" ybr="5" rotation="90"/>
                <polyline label="M" points="1,1;2,2"/><box label="M" xtl="1"/></image></annotations>"#,
        )],
        says: &[
            "the tags' attributes patient name are not taken",
            "a polyline of M: only tags, boxes, polygons, ellipses and masks are taken",
            "a box of M without whole coordinates",
        ],
        silent: &["Ada"],
    },
    Case {
        format: Format::LABEL_STUDIO,
        files: &[(
            "export.json",
            r#"[7, {"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": [
                {"type": "choices", "from_name": "c", "to_name": "image", "value": {"choices": ["x"]}},
                {"from_name": "d", "to_name": "image", "value": {"x": 1}},
                {"type": "choices", "from_name": "second", "to_name": "image", "value": {"choices": ["y"]}}]}]}]"#,
        )],
        says: &["task 1: it is no object", "a.png: a result without a type", "second"],
        silent: &[],
    },
    Case {
        format: Format::SUPERVISELY,
        files: &[
            ("meta.json", r#"{"classes": [{"title": "M", "shape": "rectangle"}], "tags": []}"#),
            (
                "ds/ann/a.png.json",
                r#"{"size": {"width": 20, "height": 10}, "tags": [], "objects": [
                    {"classTitle": "M", "geometryType": "rectangle", "tags": [{"name": "t"}],
                    "points": {"exterior": [[1, 1], [5, 5]], "interior": []}},
                    {"geometryType": "rectangle", "points": {"exterior": [[1, 1], [5, 5]], "interior": []}},
                    {"classTitle": "M", "geometryType": "rectangle", "points": {"exterior": [[1, 1]], "interior": []}}]}"#,
            ),
        ],
        says: &[
            "1 shape: the tags were not taken",
            "a rectangle without a classTitle",
            "a rectangle of M whose place cannot be read",
        ],
        silent: &[],
    },
    Case {
        format: Format::LABELME,
        files: &[(
            "a.json",
            r#"{"version": "5", "flags": {}, "imagePath": "a.png", "imageData": null, "imageWidth": 20, "imageHeight": 10,
                "shapes": [{"label": "M", "shape_type": "rectangle", "points": [[1, 1], [5, 5]], "flags": {"dim": false}},
                {"label": "M", "shape_type": "polygon", "points": [[1, 1], [5, 5], [1, 5]], "flags": {"dim": true}},
                {"label": "", "shape_type": "rectangle", "points": [[1, 1], [5, 5]]},
                {"label": "M", "shape_type": "rectangle", "points": [[1, 1]]},
                {"label": "M", "shape_type": "line", "points": [[1, 1], [5, 5]]}]}"#,
        )],
        says: &[
            "1 polygon became the box around it",
            "1 shape: the flags were not taken",
            "a rectangle without a label",
            "a rectangle of M whose points cannot be read",
            "1 shape of the kind line",
        ],
        silent: &[],
    },
    Case {
        format: Format::VOC,
        files: &[(
            "a.xml",
            "<annotation><filename>a.png</filename><size><width>20</width><height>10</height></size><object>\
             <name>M</name><difficult>1</difficult><attributes><attribute><name>reader name</name><value>Ada</value>\
             </attribute></attributes><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>\
             </annotation>",
        )],
        says: &["may name a person or a day is not taken: reader name (1)", "difficult (1)"],
        silent: &["Ada"],
    },
    Case {
        format: Format::YOLO,
        files: &[("a.txt", "0 0.5 0.5 0.2 0.2\n"), ("gone.txt", "0 0.5 0.5 0.2 0.2\n")],
        says: &["gone.txt: no picture below the folder has this name"],
        silent: &[],
    },
    Case {
        format: Format::CSV,
        files: &[
            ("boxes.csv", "image,xmin,ymin,xmax,ymax\na.png,1,1,5,5\n"),
            ("places.csv", "image,label,bx,by,bw,bh\nb.png,M,1,1,5,5\n"),
        ],
        says: &["they are called object", "the columns bx, by, bw, bh may hold boxes or places"],
        silent: &[],
    },
];

#[test]
fn every_kind_of_thing_that_is_not_taken_is_told() {
    for Case { format, files, says, silent } in CASES {
        let dir = source(&["a.png", "b.png"], files);
        let all = said(&reading(dir.path(), *format));
        for words in *says {
            assert!(all.contains(words), "{}: {words:?} is not said, but\n{all}", format.id());
        }
        for words in *silent {
            assert!(!all.contains(words), "{}: {words:?} is said\n{all}", format.id());
        }
    }
}

#[test]
fn what_pictures_and_folders_are_not_taken_for_is_told() {
    let dir = source(&["x/a.png", "x/a_mask.png", "y/b.png"], &[]);
    let read = reading(dir.path(), Format::FOLDERS);
    let all = said(&read);
    assert!(all.contains("1 picture, the first x/a_mask.png: masks or the like") && read.images.len() == 2, "{all}");
    // A folder for the test leaves no doubt what the other is.
    let doubt = "images of the folder valid are taken for validation";
    let two = ["train/x/a.png", "train/y/b.png", "valid/x/c.png", "valid/y/d.png"];
    let dir = source(&two, &[]);
    assert!(said(&reading(dir.path(), Format::FOLDERS)).contains(doubt) == crate::domain::Split::is_unsure("valid"));
    let dir = source(&["train/x/a.png", "train/y/b.png", "holdout/x/c.png", "holdout/y/d.png"], &[]);
    let all = said(&reading(dir.path(), Format::FOLDERS));
    assert_eq!(all.contains("folder holdout are taken for"), crate::domain::Split::is_unsure("holdout"), "{all}");
    // Cut short: the first are named, all are counted.
    let dir = source(&["x/a.png", "y/b.png"], &[]);
    let path = dir.path().join("x/a.png");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * 3 / 4]).unwrap();
    let read = reading(dir.path(), Format::FOLDERS);
    let all = said(&read);
    assert!(all.contains("x/a.png: the file is cut short, and the picture is used as far as it decodes"), "{all}");
    assert_eq!(read.tally().unwrap().truncated, 1);
}

#[test]
fn patients_that_names_tell_are_groups_unless_the_source_tells_them() {
    let groups = |dir: &Path, format| {
        let read = reading(dir, format);
        let images = read.images.to_vec().unwrap();
        let said = said(&read);
        (images.into_iter().map(|image| image.group.unwrap_or_default()).collect::<Vec<_>>(), said)
    };
    let pictures = ["x/1_left.png", "x/1_right.png", "y/2_left.png"];
    let (found, all) = groups(source(&pictures, &[]).path(), Format::FOLDERS);
    assert_eq!(found, ["1", "1", "2"]);
    assert!(all.contains("3 images are grouped by what stands before left and right"), "{all}");
    let table = "image,label,patient\n1_left,M,P\n1_right,N,P\n2_left,M,P\n";
    let (found, all) = groups(source(&pictures, &[("t.csv", table)]).path(), Format::CSV);
    assert_eq!(found, ["P", "P", "P"]);
    assert!(!all.contains("are grouped by"), "{all}");
}
