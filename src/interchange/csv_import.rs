//! Tables of labels and boxes: one row an image or a box. Which column holds what is told by the columns' names, or said
//! by a [`Mapping`].
//!
//! NIH's `BBox_List_2017.csv` names the first of four box columns `Bbox [x` and the last `h]`; tables made of it have
//! `Bbox [x, y, w, h]` as one. FracAtlas' `dataset.csv` has a column `fractured` of 0 and 1.

use super::reading::{Draft, DraftBox, DraftImage, DraftSaid, Unit, instant};
use crate::domain::{Rect, Split};
use std::collections::HashMap;

/// Where a table holds a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoxColumns {
    /// Left, top, right, bottom in pixels from 0, the maximum exclusive.
    Corners([usize; 4]),
    /// Left, top, width, height in pixels.
    Size([usize; 4]),
    /// One cell with left, top, width and height.
    OneCell(usize),
}

/// Which column holds what, by its place from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub image: usize,
    pub class: Option<usize>,
    pub boxes: Option<BoxColumns>,
    pub group: Option<usize>,
    pub split: Option<usize>,
    pub reader: Option<usize>,
    pub time: Option<usize>,
    /// The image's width and height in pixels.
    pub size: Option<[usize; 2]>,
    /// The class column holds 0 and 1, which mean the names "Non_NAME" and "NAME".
    pub yes_or_no: Option<String>,
}

impl Mapping {
    /// The mapping that a table's header suggests; `None` where no column looks like an image's name.
    pub fn of(columns: &[String]) -> Option<Self> {
        let names: Vec<String> = columns.iter().map(|name| normal(name)).collect();
        let find = |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|have| have == name));
        let image = find(&[
            "path",
            "filename",
            "filepath",
            "imagepath",
            "imagefile",
            "imagefilename",
            "imageindex",
            "image",
            "imageid",
            "imagename",
            "file",
            "img",
            "name",
            "id",
        ])?;
        let all = |wanted: [&[&str]; 4]| {
            let [a, b, c, d] = wanted.map(find);
            Some([a?, b?, c?, d?])
        };
        let corners = all([
            &["xmin", "x1", "left", "xtl"],
            &["ymin", "y1", "top", "ytl"],
            &["xmax", "x2", "right", "xbr"],
            &["ymax", "y2", "bottom", "ybr"],
        ]);
        // NIH's header: Bbox [x,y,w,h] cut at its commas.
        let size = all([
            &["x", "bboxx", "boxx", "xmin", "left"],
            &["y", "bboxy", "boxy", "ymin", "top"],
            &["w", "bboxw", "boxwidth", "boxw", "width"],
            &["h", "bboxh", "boxheight", "boxh", "height"],
        ]);
        let one = find(&["bboxxywh", "bbox", "box"]);
        let boxes = corners.map(BoxColumns::Corners).or(size.map(BoxColumns::Size)).or(one.map(BoxColumns::OneCell));
        let of_image = match boxes {
            Some(BoxColumns::Size(_)) => find(&["imagewidth", "imgwidth"]).zip(find(&["imageheight", "imgheight"])),
            _ => find(&["imagewidth", "imgwidth", "width"]).zip(find(&["imageheight", "imgheight", "height"])),
        };
        let class = find(&[
            "label",
            "class",
            "classname",
            "findinglabel",
            "category",
            "finding",
            "diagnosis",
            "target",
            "grade",
        ]);
        let yes_or_no = if class.is_none() { find(&["fractured"]) } else { None };
        Some(Self {
            image,
            class: class.or(yes_or_no),
            boxes,
            group: find(&["group", "patient", "patientid", "subject", "subjectid", "uploader"]),
            split: find(&["split", "set", "subset", "fold"]),
            reader: find(&["reader", "annotator", "radiologist", "radid"]),
            time: find(&["time", "createdat", "updatedat"]),
            size: of_image.map(|(w, h)| [w, h]),
            yes_or_no: yes_or_no.and_then(|at| columns.get(at).cloned()),
        })
    }
}

/// Letters and digits of a column's name in lower case.
fn normal(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Makes a draft of a table's rows; `names` gives the file of what the image column calls otherwise (an id).
pub fn draft(mapping: &Mapping, rows: &[Vec<String>], names: &HashMap<String, String>) -> Draft {
    let mut draft = Draft::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (number, row) in (2..).zip(rows) {
        let cell = |at: usize| row.get(at).map(String::as_str).filter(|text| !text.is_empty());
        let optional = |at: Option<usize>| at.and_then(cell).map(str::to_owned);
        let Some(id) = cell(mapping.image) else {
            draft.leave_out(format!("row {number}"), "it names no image");
            continue;
        };
        let file = names.get(id).map_or(id, String::as_str).to_owned();
        let mut said = DraftSaid {
            reader: optional(mapping.reader),
            time_ms: mapping.time.and_then(cell).and_then(instant),
            ..DraftSaid::default()
        };
        let class = optional(mapping.class).map(|class| match (&mapping.yes_or_no, class.as_str()) {
            (Some(name), "0") => format!("Non_{name}"),
            (Some(name), "1") => name.clone(),
            _ => class,
        });
        match mapping.boxes.as_ref().map(|columns| rect(columns, &cell)) {
            None => said.label = class,
            Some(Ok(Some(rect))) => match class {
                Some(class) => said.boxes.push(DraftBox { class, rect, unit: Unit::Pixels }),
                None if mapping.class.is_none() => {
                    said.boxes.push(DraftBox { class: "object".into(), rect, unit: Unit::Pixels });
                }
                None => draft.leave_out(format!("row {number}"), "a box without a class"),
            },
            // A row without a box: the image's own label, or that it has nothing.
            Some(Ok(None)) => match class.filter(|class| !is_nothing(class)) {
                Some(class) => said.label = Some(class),
                None => said.nothing_found = true,
            },
            Some(Err(why)) => draft.leave_out(format!("row {number}"), why),
        }
        let side = |at: usize| cell(at).and_then(|text| text.parse::<f64>().ok()).filter(|n| n.is_finite() && *n > 0.0);
        let image = DraftImage {
            split: mapping.split.and_then(cell).and_then(Split::parse),
            group: optional(mapping.group),
            stated: mapping.size.and_then(|[w, h]| Some([side(w)?, side(h)?])),
            said: vec![said],
            file: file.clone(),
            ..DraftImage::default()
        };
        match places.get(&file).and_then(|at| draft.images.get_mut(*at)) {
            Some(before) => super::named::join(before, image),
            None => {
                places.insert(file, draft.images.len());
                draft.images.push(image);
            }
        }
    }
    draft
}

/// Words for a row that says there is nothing.
fn is_nothing(class: &str) -> bool {
    ["no finding", "none", "nofinding", "background", "normal"].contains(&class.to_lowercase().as_str())
}

fn rect<'a>(columns: &BoxColumns, cell: &impl Fn(usize) -> Option<&'a str>) -> Result<Option<Rect>, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
    let four = |numbers: [Option<f64>; 4]| match numbers {
        [Some(a), Some(b), Some(c), Some(d)] => Ok([a, b, c, d]),
        _ => Err("a box with something that is no number".to_owned()),
    };
    match columns {
        BoxColumns::Corners(places) | BoxColumns::Size(places) => {
            let cells = places.map(cell);
            if cells.iter().all(Option::is_none) {
                return Ok(None);
            }
            let [a, b, c, d] = four(cells.map(|text| text.and_then(number)))?;
            let rect = match columns {
                BoxColumns::Corners(_) => Rect { xmin: a, ymin: b, xmax: c, ymax: d },
                _ => Rect { xmin: a, ymin: b, xmax: a + c, ymax: b + d },
            };
            Ok(Some(rect))
        }
        BoxColumns::OneCell(at) => {
            let Some(text) = cell(*at) else { return Ok(None) };
            let separators = [',', ' ', ';'];
            let inner = text.trim_matches(['[', ']', '(', ')', ' ']);
            let parts: Vec<&str> = inner.split(separators).filter(|part| !part.is_empty()).collect();
            let &[x, y, w, h] = parts.as_slice() else {
                return Err(format!("a box with {} numbers instead of 4", parts.len()));
            };
            let [x, y, w, h] = four([number(x), number(y), number(w), number(h)])?;
            Ok(Some(Rect { xmin: x, ymin: y, xmax: x + w, ymax: y + h }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Draft {
        let (columns, rows) = super::super::table::rows(text).unwrap();
        draft(&Mapping::of(&columns).unwrap(), &rows, &HashMap::new())
    }

    #[test]
    fn known_tables_are_recognised() {
        let expected = Rect { xmin: 1.5, ymin: 2.0, xmax: 4.5, ymax: 6.0 };
        for text in [
            "Image Index,Finding Label,Bbox [x,y,w,h],,,\na.png,Mass,1.5,2,3,4,,,\n",
            "Image Index,Finding Label,\"Bbox [x, y, w, h]\"\na.png,Mass,\"[1.5, 2, 3, 4]\"\n",
            "image_file,label,xmin,ymin,xmax,ymax,width,height\na.png,Mass,1.5,2,4.5,6,100,50\n",
            "filename;class;x;y;width;height\na.png;Mass;1.5;2;3;4\n",
        ] {
            let draft = read(text);
            let boxes = &draft.images[0].said[0].boxes;
            assert_eq!((boxes[0].class.as_str(), boxes[0].rect), ("Mass", expected), "{text}");
        }
        let draft = read("image_id,hand,fractured,frontal\nIMG1.jpg,0,1,0\nIMG2.jpg,0,0,0\n");
        let labels: Vec<_> = draft.images.iter().map(|i| i.said[0].label.as_deref().unwrap()).collect();
        assert_eq!(labels, ["fractured", "Non_fractured"]);
    }

    #[test]
    fn rows_of_one_image_come_together_and_wrong_ones_are_told() {
        let draft = read(
            "path,label,split,group,xmin,ymin,xmax,ymax\na.png,M,test,P1,1,1,2,2\na.png,N,test,P1,3,3,5,5\n\
             b.png,No finding,,,,,,\n,M,,,1,1,2,2\nc.png,M,,,1,x,2,2\n",
        );
        assert_eq!(draft.images[0].said[0].boxes.len(), 2);
        assert_eq!((draft.images[0].split, draft.images[0].group.as_deref()), (Some(Split::Test), Some("P1")));
        assert!(draft.images[1].said[0].nothing_found);
        assert_eq!(draft.left_out.iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>(), ["row 5", "row 6"]);
    }
}
