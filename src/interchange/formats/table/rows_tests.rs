//! Tables as they come, and what of them is taken.

use super::super::begun::Known;
use super::super::beside::Beside;
use super::super::called::{Called, Folders};
use super::*;
use crate::domain::Rect;
use crate::interchange::model::columns::Columns;
use crate::interchange::model::draft::Unit;
use std::io::Cursor;

/// A table's images, those that follow each other come together, and what is said of the table.
fn read_as(text: &str, given: &Columns) -> Result<Draft, String> {
    read_with(text, given, &[], Known::default())
}

/// With classes that a person names anew.
fn read_mapped(text: &str, given: &Columns, mapped: &[String]) -> Result<Draft, String> {
    read_with(text, given, mapped, Known::default())
}

fn read_with(text: &str, given: &Columns, mapped: &[String], known: Known) -> Result<Draft, String> {
    let called = Called::of(std::iter::empty());
    let open = || Table::of(Cursor::new(text), &|_| false);
    let plan = Plan::of(&open, given, mapped, &called, known)?;
    let beside = Beside::default();
    let around = Around {
        file: "t.csv",
        scope: "",
        split: None,
        beside: &beside,
        called: &called,
        pictures: &|| Folders::of(std::iter::empty()),
    };
    let mut images = Spilled::within(None);
    let rest = draft(&plan, open()?, &around, &mut images)?;
    Ok(rest.with(images.to_vec().unwrap()))
}

fn read(text: &str) -> Draft {
    read_as(text, &Columns::new()).unwrap()
}

fn left_out(draft: &Draft) -> Vec<&str> {
    draft.left_out.iter().map(|(what, _)| what.as_str()).collect()
}

#[test]
fn known_tables_are_recognised() {
    let expected = Rect { xmin: 1.5, ymin: 2.0, xmax: 4.5, ymax: 6.0 };
    for text in [
        "Image Index,Finding Label,Bbox [x,y,w,h],,,\na.png,Mass,1.5,2,3,4,,,\n",
        "Image Index,Finding Label,\"Bbox [x, y, w, h]\"\na.png,Mass,\"[1.5, 2, 3, 4]\"\n",
        "image_file,label,xmin,ymin,xmax,ymax,width,height\na.png,Mass,1.5,2,4.5,6,100,50\n",
        "filename;class;x;y;width;height\na.png;Mass;1.5;2;3;4\n",
        "filename;class;x;y;width;height\na.png;Mass;1,5;2;3;4\n",
        "Mass,1.5,2,3,4,a.png,200,100\n",
        "image,label,x_center,y_center,width,height\na.png,Mass,3,4,3,4\n",
        "/data/a.png\t1.5\t2\t4.5\t6\tMass\n",
    ] {
        let draft = read(text);
        let boxes = &draft.images[0].said[0].boxes;
        assert_eq!((boxes[0].class.as_str(), boxes[0].rect, boxes[0].unit), ("Mass", expected, Unit::Pixels), "{text}");
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
    assert_eq!(left_out(&draft), ["t.csv line 5", "t.csv line 6"]);
}

#[test]
fn of_many_wrong_rows_the_first_are_named_and_the_others_counted() {
    let rows: String = (0..100).map(|n| format!("{n}.png,M,1,x,2,2\n")).collect();
    let draft = read(&format!("path,label,xmin,ymin,xmax,ymax\n{rows}"));
    assert_eq!(draft.left_out.len(), 21);
    assert_eq!((left_out(&draft)[0], left_out(&draft)[20]), ("t.csv line 2", "t.csv, 80 more rows"));
}

#[test]
fn shares_of_the_sides_are_told_from_pixels() {
    let header = "image,label,xmin,ymin,xmax,ymax\n";
    let draft = read(&format!("{header}a.png,M,0.1,0.2,0.5,0.9\na.png,M,0,0,1,1\n"));
    assert!(draft.images[0].said[0].boxes.iter().all(|one| one.unit == Unit::Fractions));
    assert!(draft.remarks[0].contains("shares"), "{:?}", draft.remarks);
    let draft = read(&format!("{header}a.png,M,0,0,2,1\n"));
    assert_eq!(draft.images[0].said[0].boxes[0].unit, Unit::Pixels);
    assert!(!draft.remarks[0].contains("shares"), "{:?}", draft.remarks);
    // Both in one table: what most are not is named.
    let draft = read(&format!("{header}a.png,M,0.1,0.2,0.5,0.9\na.png,M,3,4,50,60\nb.png,M,3,4,50,60\n"));
    assert_eq!(draft.images[0].said[0].boxes.len(), 1);
    assert_eq!(left_out(&draft), ["t.csv line 2"]);
    let draft = read(&format!("{header}a.png,M,0.1,0.2,0.5,0.9\na.png,M,3,4,50,60\nb.png,M,0,0,0.5,0.7\n"));
    assert_eq!(left_out(&draft), ["t.csv line 3"]);
}

/// What is said of each image: its class, or the findings by their first letters, capitals present, and "." behind
/// them where all others are absent.
fn said(draft: &Draft) -> Vec<String> {
    let one = |said: &DraftSaid| {
        let letter = |(name, presence): &(String, Presence)| {
            let letter = &name[..1];
            match presence {
                Presence::Present => letter.to_uppercase(),
                Presence::Absent => letter.to_lowercase(),
                Presence::Uncertain => format!("{}?", letter.to_lowercase()),
            }
        };
        let findings: String = said.findings.iter().map(letter).collect();
        said.label.clone().unwrap_or(format!("{findings}{}", if said.others_absent { "." } else { "" }))
    };
    draft.images.iter().map(|image| image.said.iter().map(one).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn several_findings_in_one_cell_are_present_and_the_others_absent() {
    let draft = read("Image Index,Finding Labels\na.png,Mass\nb.png,Mass|Edema\nc.png,No Finding\n");
    assert_eq!(said(&draft), ["Mass", "ME.", "No Finding"], "the reading makes findings of the other two");
    assert!(draft.left_out.is_empty() && draft.remarks[1].contains("Mass|Edema"), "{:?}", draft.remarks);
    let draft = read("image,labels\na.png,\"['edema', 'mass']\"\nb.png,['normal']\nc.png,[]\n");
    assert_eq!(said(&draft), ["EM.", "normal", ""]);
    // One row each, as its column is called.
    let draft = read("image,finding\na.png,Mass\na.png,Edema\na.png,No finding\nb.png,Mass\n");
    assert_eq!(said(&draft), ["ME. .", "Mass"], "none and some are two statements, of which one is wrong");
    let draft = read("image,class\na.png,Mass\na.png,Edema\n");
    assert_eq!(said(&draft), ["Mass Edema"], "a contradiction, unless a person says otherwise");
}

#[test]
fn a_column_each_is_a_class_each_where_every_row_has_one() {
    let draft = read("image,MEL,Foo,age\na,1.0,0.0,40\nb,0.0,1.0,50\nc,1.0,0.0,60\n");
    assert_eq!((said(&draft).join(" ").as_str(), draft.classes.len()), ("MEL Foo MEL", 0));
    let text = "Path,Sex,No Finding,Edema,Fracture,Mass\na.png,F,1.0,,,\nb.png,M,,1.0,1.0,\nc.png,F,,-1.0,0.0,\n\
                d.png,F,,0.0,,\ne.png,M,0.0,0.0,0.0,1.0\nf.png,M,,,,\n";
    let draft = read(text);
    assert_eq!(said(&draft), [".", "EF", "e?f", "e", "M.", ""]);
    assert_eq!(draft.classes, ["Edema", "Fracture", "Mass"], "all, in the order of the columns");
    let words = read("Path,Edema,Fracture,hardware\na.png,yes,u,1\nb.png,No,TRUE,0\n");
    assert_eq!(said(&words), ["Ef?H.", "F."]);
    let risk = read("ID,Disease_Risk,DR,ARMD,MH\na.png,1,1,0,1\nb.png,0,,,\nc.png,1,0,0,0\n");
    assert_eq!((said(&risk).join(" ").as_str(), risk.classes.join(" ").as_str()), ("DM. . .", "DR ARMD MH"));
    // One of them, as a person says it.
    let class = vec![(crate::interchange::Role::Class, "Edema".into())];
    let draft = read_as("Path,Edema,Fracture\na.png,1,1\nb.png,0,1\n", &class).unwrap();
    assert_eq!(said(&draft), ["1", "0"]);
}

#[test]
fn a_finding_left_out_for_some_cells_is_told_with_the_first() {
    let of = |cells: [&str; 3]| {
        let [a, b, c] = cells;
        let draft = read(&format!("image,Mass,Edema,Effusion,hardware\na,{a},0,1,1\nb,{b},1,0,0\nc,{c},1,1,left\n"));
        (draft.classes.join(" "), draft.conflicts)
    };
    for (cells, told) in [
        (["1", "0", "0.5"], "1 cell is neither"),
        (["yes", "not assessed", "no"], "the first not assessed in line 3"),
        (["0", "2", "3"], "2 cells are neither"),
    ] {
        let (classes, conflicts) = of(cells);
        assert_eq!((classes.as_str(), conflicts.len()), ("Edema Effusion", 1), "{conflicts:?}");
        assert!(conflicts[0].starts_with("t.csv: the column Mass is taken for no finding"), "{conflicts:?}");
        assert!(conflicts[0].contains(told) && conflicts[0].contains("--column finding=NAME"), "{conflicts:?}");
    }
    assert_eq!(of(["1", "", "u"]), ("Mass Edema Effusion".to_owned(), Vec::new()));
    // What is no mark at all is something else.
    assert!(of(["left", "right", "both"]).1.is_empty());
}

#[test]
fn a_row_may_say_of_the_finding_it_names_whether_it_is_there() {
    let text =
        "image,finding,present\na,Mass,1\na,Edema,0\nb,Mass,no\nb,Edema,-1\nc,Mass,\nd,No finding,1\ne,No finding,0\n";
    let draft = read(text);
    assert_eq!(said(&draft), ["Me", "me?", "", ".", ""]);
    assert!(draft.remarks[0].contains("whether each is present from present"), "{:?}", draft.remarks);
    let draft = read("image,finding,present\na,Mass,1\na,Edema,perhaps\n");
    assert_eq!(said(&draft), ["ME."], "that column says something else");
}

#[test]
fn something_that_no_column_names_and_none_beside_some_are_told() {
    let draft = read("ID,Disease_Risk,DR,ARMD\na,1,0,0\nb,1,1,0\nc,0,0,1\n");
    assert_eq!(said(&draft), [".", "D.", "A."]);
    assert!(draft.conflicts[0].contains("by Disease_Risk there is something in 1 row"), "{:?}", draft.conflicts);
    let none = |draft: &Draft| draft.images.iter().map(|image| image.said[0].also_none).collect::<Vec<_>>();
    assert_eq!((none(&draft), draft.conflicts.len()), (vec![false, false, true], 1));
    // Devices are no finding that contradicts it, and where they are not mentioned nothing is said of them.
    let draft = read("Path,No Finding,Edema,Mass,Support Devices\na,1,,0,\nb,1,,,1\nc,1,1,,\nd,,0,0,0\ne,1,-1,,\n");
    // A row that contradicts itself says nothing of what it leaves blank.
    assert_eq!(said(&draft), ["em", "S.", "E", ".", "e?"]);
    assert_eq!(none(&draft), [false, false, true, false, true]);
    let blank = |said: &&String| said.contains("Support Devices is blank in 1 row");
    assert_eq!(draft.remarks.iter().filter(blank).count(), 1, "{:?}", draft.remarks);
    let draft = read("image,labels\na,Mass|Normal\nb,none|Mass|Edema\nc,Mass|\n");
    assert_eq!(
        (said(&draft), none(&draft)),
        (["M.", "ME.", "Mass"].map(str::to_owned).into(), vec![true, true, false])
    );
    assert!(draft.images.iter().all(|image| image.said[0].table.as_deref() == Some("t.csv")));
}

#[test]
fn columns_that_nothing_calls_findings_are_named_with_the_way_out() {
    let text = "image,hand,hardware,patient,sex\na.png,1,0,P1,1\nb.png,1,1,P2,0\n";
    let draft = read(text);
    assert_eq!(said(&draft), ["", ""]);
    let told = draft.conflicts.join(" ");
    assert!(told.contains("hand, hardware hold 0 and 1") && told.contains("--findings"), "{told}");
    let finding = |name: &str| (crate::interchange::Role::Finding, name.to_owned());
    let draft = read_as(text, &vec![finding("hand")]).unwrap();
    assert_eq!((said(&draft).join(" ").as_str(), draft.classes.join(" ").as_str()), ("H. H.", "hand"));
    assert!(draft.images[0].attributes.is_empty() || !draft.images[0].attributes.contains_key("hand"));
    let draft = read_with(text, &Columns::new(), &[], Known { findings: true, ..Known::default() }).unwrap();
    assert_eq!((said(&draft).join(" ").as_str(), draft.classes.join(" ").as_str()), ("H. HH.", "hand hardware"));
    // What a cell says that is neither is told, and nothing is taken of it.
    let draft = read_as("image,mass,edema\na.png,1,maybe not\n", &vec![finding("mass"), finding("edema")]).unwrap();
    assert_eq!(said(&draft), ["M"]);
    assert!(draft.left_out[0].1.contains("edema maybe not"), "{:?}", draft.left_out);
}

#[test]
fn a_table_in_no_known_order_is_refused_by_its_first_row() {
    let why = read_as("a.png,10,10,5,5,Mass\n", &Columns::new()).unwrap_err();
    assert!(why.contains("a.png, 10, 10, 5, 5, Mass") && why.contains("--column image=1"), "{why}");
    let role = |role, name: &str| (role, name.to_owned());
    use crate::interchange::Role::{Class, H, Image, W, X, Y};
    let given = vec![role(Image, "1"), role(X, "2"), role(Y, "3"), role(W, "4"), role(H, "5"), role(Class, "6")];
    let draft = read_as("a.png,10,10,5,5,Mass\n", &given).unwrap();
    let Rect { xmin, xmax, .. } = draft.images[0].said[0].boxes[0].rect;
    assert_eq!((xmin, xmax), (10.0, 15.0));
}

#[test]
fn few_boxes_in_one_cell_are_none_until_a_person_says_what_they_are() {
    let table = "image,label,bbox\na.png,Mass,10 20 30 40\nb.png,No finding,\n";
    let draft = read(table);
    assert!(draft.images[0].said[0].boxes.is_empty() && !draft.images[0].said[0].nothing_found);
    assert!(draft.images[1].said[0].nothing_found);
    assert_eq!(left_out(&draft), ["t.csv, boxes of 1 row"]);
    for word in ["none of them is taken", "--column xywh=bbox", "--column xyxy=bbox"] {
        assert!(draft.conflicts[0].contains(word), "{:?}", draft.conflicts);
    }
    use crate::interchange::Role::{Box, Xywh, Xyxy};
    for (role, xmax) in [(Xywh, Some(40.0)), (Xyxy, Some(30.0)), (Box, None)] {
        let draft = read_as(table, &vec![(role, "bbox".into())]).unwrap();
        assert_eq!(draft.images[0].said[0].boxes.first().map(|one| one.rect.xmax), xmax, "{role:?}");
        assert_eq!(draft.conflicts.len(), usize::from(xmax.is_none()), "{:?}", draft.conflicts);
    }
    // The column's name says it, also where a person names the column.
    let table = table.replace("bbox", "Bbox_XYXY");
    for given in [Columns::new(), vec![(Box, "Bbox_XYXY".into())]] {
        assert_eq!(read_as(&table, &given).unwrap().images[0].said[0].boxes[0].rect.xmax, 30.0);
    }
}

#[test]
fn words_for_not_known_are_no_class_unless_a_person_names_them() {
    let labels = |draft: &Draft| {
        draft.images.iter().map(|image| image.said[0].label.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    let words = "image,label\na,NA\nb,n/a\nc,#N/A\nd,NULL\ne,Mass\nf,NaN\n";
    let draft = read(words);
    assert_eq!(labels(&draft), ["", "", "", "", "Mass", ""]);
    assert!(draft.images.iter().all(|image| !image.said[0].nothing_found));
    for word in ["NA in 1 row", "n/a in 1 row", "#N/A in 1 row", "NULL in 1 row"] {
        assert!(draft.remarks.iter().any(|remark| remark.contains(word)), "{word}: {:?}", draft.remarks);
    }
    let draft = read_mapped(words, &Columns::new(), &["NA".to_owned()]).unwrap();
    assert_eq!(labels(&draft), ["NA", "", "", "", "Mass", ""]);
    assert!(draft.remarks.iter().all(|remark| !remark.contains("label is NA")), "{:?}", draft.remarks);
    // -1 among grades; of -1 and 1 alone both are classes.
    for (cells, seen) in [
        (["-1", "0", "1.0"], ["", "0", "1"]),
        (["-1", "2", "-1"], ["", "2", ""]),
        (["-1", "1", "-1"], ["-1", "1", "-1"]),
        (["-1", "Mass", "1"], ["", "Mass", "1"]),
        (["-1", "-1", "-1"], ["-1", "-1", "-1"]),
    ] {
        let [a, b, c] = cells;
        assert_eq!(labels(&read(&format!("image,grade\na,{a}\nb,{b}\nc,{c}\n"))), seen, "{cells:?}");
    }
    // Grades stay grades, and a box without a class is none.
    let draft = read("image,grade\na,0.0\nb,NA\nc,1.0\n");
    assert_eq!(labels(&draft), ["0", "", "1"]);
    let draft = read("image,label,xmin,ymin,xmax,ymax\na,NA,1,1,5,5\n");
    assert!(draft.images[0].said[0].boxes.is_empty(), "{:?}", draft.images);
    assert!(draft.left_out[0].1.contains("a box without a class"), "{:?}", draft.left_out);
}

#[test]
fn our_own_table_says_what_is_reviewed_and_no_other_does() {
    let head = "path,sha256,split,group,label,reader,time,model,intact,reviewed,flagged,note,predicted,probability\n";
    let rows =
        "a.png,00,test,,intact,ada,1970-01-01T00:00:01Z,,,true,false,,,\nb.png,01,test,,intact,ada,,,,false,false,,,\n";
    let reviewed = |text: &str| -> Vec<bool> {
        read(text).images.iter().map(|image| image.said.iter().any(|said| said.reviewed)).collect()
    };
    assert_eq!(reviewed(&format!("{head}{rows}")), [true, false]);
    assert_eq!(reviewed(&format!("{head}{rows}").replace("sha256", "hash")), [false, false]);
}
