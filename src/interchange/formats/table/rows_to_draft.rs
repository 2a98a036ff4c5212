//! Tables of labels and boxes: one row an image or a box, in the columns that a [`Mapping`] says.

use crate::domain::{Rect, Split};
use crate::interchange::formats::table::mapping::{BoxColumns, Mapping};
use crate::interchange::model::attributes;
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::reading::instant;
use std::collections::HashMap;

/// Makes a draft of a table's rows; `names` gives the file of what the image column calls otherwise (an id).
pub fn draft(mapping: &Mapping, header: &[String], rows: &[Vec<String>], names: &HashMap<String, String>) -> Draft {
    let mut draft: Draft = Draft::default();
    let kept = other_columns(mapping, header, rows);
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
            (Some([_, no]), "0") => (*no).to_owned(),
            (Some([yes, _]), "1") => (*yes).to_owned(),
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
            attributes: kept.iter().filter_map(|(at, name)| Some((name.clone(), cell(*at)?.to_owned()))).collect(),
            file: file.clone(),
            ..DraftImage::default()
        };
        match places.get(&file).and_then(|at| draft.images.get_mut(*at)) {
            Some(before) => crate::interchange::resolve::named::join(before, image),
            None => {
                places.insert(file, draft.images.len());
                draft.images.push(image);
            }
        }
    }
    draft
}

/// The columns that hold nothing else and may be kept as attributes, with their places.
fn other_columns(mapping: &Mapping, header: &[String], rows: &[Vec<String>]) -> Vec<(usize, String)> {
    // Our own export: its other columns are what the program and its readers said.
    if header.iter().any(|name| name == "sha256") {
        return Vec::new();
    }
    let values = |at: usize| rows.iter().filter_map(move |row| row.get(at)).map(String::as_str);
    let others = header.iter().enumerate().filter(|(at, name)| {
        // How often a class was found says the class itself.
        !mapping.uses(*at) && (mapping.yes_or_no.is_none() || *name != "fracture_count")
    });
    let kept = others.filter(|(at, name)| attributes::is_kept(name, values(*at)));
    kept.map(|(at, name)| (at, name.to_lowercase().replace('_', " "))).collect()
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
        let (columns, rows) = crate::interchange::formats::table::rows::rows(text).unwrap();
        draft(&Mapping::of(&columns).unwrap(), &columns, &rows, &HashMap::new())
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
        assert_eq!(labels, ["Fractured", "Non_fractured"]);
        let text = "image_id,Name,hand,fractured,fracture_count,StudyDate\n";
        let rows: String = (0..6).map(|n| format!("{n}.jpg,Ada,{},{},{},2017-03-09\n", n % 2, n % 2, n % 2)).collect();
        let draft = read(&format!("{text}{rows}"));
        assert_eq!(draft.images[1].attributes, [("hand".to_owned(), "1".to_owned())].into());
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
