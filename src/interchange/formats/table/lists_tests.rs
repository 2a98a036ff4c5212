//! What lies beside tables or is told by several of their rows: lists of splits, grades, attributes, the lines themselves.

use crate::domain::Split;
use crate::imaging::write::write_png_gray;
use crate::interchange::{Format, Options, ReadImage, Reading, Role, format_at, read};

/// Pictures of 20 x 10 pixels, each of its own content, and files beside them.
fn source(pictures: &[&str], files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for (number, name) in (1u8..).zip(pictures) {
        write_png_gray(&put(name), 20, 10, &[number; 200]).unwrap();
    }
    files.iter().for_each(|(name, text)| std::fs::write(put(name), text).unwrap());
    dir
}

/// How a person names columns.
fn naming(columns: &[(Role, &str)]) -> Options {
    Options { columns: columns.iter().map(|(role, name)| (*role, (*name).to_owned())).collect(), ..Options::default() }
}

/// Told to be a table, and read with the columns that a person names.
fn reading_as(pictures: &[&str], files: &[(&str, &str)], columns: &[(Role, &str)]) -> Reading {
    let (dir, options) = (source(pictures, files), naming(columns));
    let told = format_at(dir.path(), &options).unwrap();
    assert_eq!((told.format, told.unclear.as_ref()), (Format::CSV, None), "{told:?}");
    read(dir.path(), Format::CSV, &options, &|_, _| true).unwrap()
}

/// Why it is not read, as the files are told.
fn why_not(pictures: &[&str], files: &[(&str, &str)], columns: &[(Role, &str)]) -> String {
    let (dir, options) = (source(pictures, files), naming(columns));
    let told = format_at(dir.path(), &options).unwrap();
    told.unclear.unwrap_or_else(|| read(dir.path(), told.format, &options, &|_, _| true).unwrap_err().to_string())
}

fn reading(pictures: &[&str], files: &[(&str, &str)]) -> Reading {
    reading_as(pictures, files, &[])
}

fn images(reading: &Reading) -> Vec<ReadImage> {
    reading.images.to_vec().unwrap()
}

fn says(lines: &[String], words: &[&str]) -> bool {
    lines.iter().any(|line| words.iter().all(|word| line.contains(word)))
}

#[test]
fn grades_are_grades_however_a_table_of_numbers_writes_them() {
    let pictures = ["a.png", "b.png", "c.png", "d.png"];
    for (table, written) in [
        ("image,grade\na,0.0\nb,1.0\nc,2.0\nd,\n", true),
        ("image;grade\na;0,0\nb;1,00\nc;2\nd;NaN\n", true),
        ("image,grade\na,0\nb,1\nc,2\nd,\n", false),
    ] {
        let read = reading(&pictures, &[("t.csv", table)]);
        assert_eq!((read.classes.join(" "), read.ordinal), ("0 1 2".to_owned(), true), "{table}");
        assert_eq!(images(&read)[1].label(), Some("1"), "{table}");
        assert_eq!(says(&read.remarks, &["grade", "whole numbers"]), written, "{:?}", read.remarks);
    }
    // One that is no whole number: they are names, or measures.
    let read = reading(&pictures, &[("t.csv", "image,grade\na,0.0\nb,1.0\nc,2.5\nd,2.0\n")]);
    assert_eq!((read.classes.join(" "), read.ordinal), ("0.0 1.0 2.0 2.5".to_owned(), false));
}

#[test]
fn rows_are_named_by_their_lines_whatever_lies_between_them() {
    let table = "image,label,xmin,ymin,xmax,ymax\n\na.png,M,1,1,2,2\n\n\n,M,1,1,2,2\n\" \nx\",M,1,1,2,2\n,N,1,1,2,2\n   \n,O,1,1,2,2";
    let lines = |text: &str| -> Vec<String> {
        let read = reading(&["a.png"], &[("t.csv", text)]);
        let rows = read.left_out.iter().filter(|(_, why)| why.contains("names no image"));
        rows.map(|(what, _)| what.replace("t.csv line ", "")).collect()
    };
    for text in [table.to_owned(), table.replace('\n', "\r\n")] {
        assert_eq!(lines(&text), ["6", "9", "11"], "{text:?}");
        assert_eq!(lines(&format!("sep=,\n{text}")), ["7", "10", "12"], "{text:?}");
    }
    let many: String = (0..5000).map(|_| "\na.png,M,1,1,2,2\n").collect();
    assert_eq!(lines(&format!("image,label,xmin,ymin,xmax,ymax{many}\n\n,M,1,1,2,2\n")), ["10003"]);
}

#[test]
fn an_attribute_that_differs_between_rows_has_all_its_values_and_is_told() {
    let head = "image,label,xmin,ymin,xmax,ymax,severity,view,tone\n";
    let tones: String =
        (0..6).map(|tone| format!("c.png,M,1,1,{},3,mild,AP,{tone}\n", tone + 2)).collect::<String>().repeat(2);
    let rows = "a.png,M,1,1,2,2,mild,AP,0\nb.png,M,1,1,2,2,severe,AP,0\na.png,M,3,3,4,4,severe,AP,0\n\
                a.png,M,3,3,5,5,mild,AP,0\nb.png,M,3,3,5,5,severe,AP,0\n";
    let read = reading(&["a.png", "b.png", "c.png"], &[("t.csv", &format!("{head}{rows}{tones}"))]);
    let of = |at: usize, name: &str| images(&read)[at].facts.attributes.get(name).cloned();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!([0, 1, 2].map(|at| of(at, "severity")), ["mild | severe", "severe", "mild"].map(some));
    assert_eq!([0, 1, 2].map(|at| of(at, "view")), ["AP"; 3].map(some));
    assert_eq!([0, 1, 2].map(|at| of(at, "tone")), [some("0"), some("0"), None]);
    assert!(says(&read.remarks, &["severity", "1 image", "a.png", "mild | severe"]), "{:?}", read.remarks);
    assert!(says(&read.remarks, &["tone", "1 image", "c.png", "none is kept"]), "{:?}", read.remarks);
    assert!(!says(&read.remarks, &["view"]), "{:?}", read.remarks);
}

#[test]
fn lists_of_a_split_beside_a_table_are_followed() {
    let pictures = ["images/1_0.png", "images/2_0.png", "images/3_0.png", "images/4_0.png"];
    let entries = "Image Index,Finding Labels,Patient ID\n1_0.png,Mass,1\n2_0.png,Edema,2\n3_0.png,Mass,3\n";
    let lists = [
        ("Data_Entry_2017.csv", entries),
        ("train_val_list.txt", "1_0.png\r\n2_0.png\r\n9_0.png\r\n"),
        ("test_list.txt", "3_0.png\r\n4_0.png\r\n"),
    ];
    let read = reading(&pictures, &lists);
    let splits: Vec<_> = images(&read).into_iter().map(|image| (image.name, image.split)).collect();
    let of = |name: &str, split| (name.to_owned(), Some(split));
    let expected = [of(pictures[0], Split::Train), of(pictures[1], Split::Train), of(pictures[2], Split::Test)];
    assert_eq!(splits, expected, "that a list names a picture does not take it");
    assert!(says(&read.remarks, &["the splits are those that test_list.txt, train_val_list.txt give"]));
    assert!(says(&read.remarks, &["2 pictures are listed for training and validation"]), "{:?}", read.remarks);
    // A list goes before what a row says, and that is told.
    let rows = "image,label,split\n1_0,M,test\n2_0,N,train\n3_0,M,test\n4_0,N,train\n";
    let both = reading(&pictures, &[("t.csv", rows), ("train.txt", "1_0\n2_0\n4_0\n"), ("test.txt", "3_0\n")]);
    assert_eq!(images(&both)[0].split, Some(Split::Train));
    assert!(says(&both.conflicts, &["1 image", "images/1_0.png", "another split"]), "{:?}", both.conflicts);
    // Notes are no lists.
    let notes = reading(&pictures, &[("t.csv", rows), ("test_notes.txt", "nothing of note\n")]);
    assert_eq!(images(&notes)[0].split, Some(Split::Test));
    assert!(!says(&notes.remarks, &["test_notes"]) && notes.left_out.is_empty(), "{:?}", notes.left_out);
}

#[test]
fn pictures_that_two_columns_name_together_are_found_and_that_is_told() {
    let pictures = ["x/9000099R.png", "x/9000099L.png", "x/9000296R.png"];
    let table = "ID|SIDE|READPRJ|XRKL\n9000099|1: Right|15|3\n9000099|2: Left|15|0\n9000296|1: Right|15|2\n";
    let read = reading_as(&pictures, &[("t.csv", table)], &[(Role::Class, "XRKL")]);
    let seen: Vec<_> = images(&read).into_iter().map(|image| (image.name, image.group.unwrap())).collect();
    let of = |name: &str, group: &str| (name.to_owned(), group.to_owned());
    assert_eq!(seen, [of(pictures[1], "9000099"), of(pictures[0], "9000099"), of(pictures[2], "9000296")]);
    assert_eq!((read.classes.join(" "), images(&read)[0].label()), ("0 2 3".to_owned(), Some("0")));
    assert!(says(&read.remarks, &["images from ID", "together with SIDE", "group"]), "{:?}", read.remarks);
    // An ID and a finding in one, of which nothing says whether it is there, are refused by name.
    let table = "ID,Label\nID_1a_any,left\nID_1a_epidural,0\nID_2b_any,0\nID_2b_epidural,0\n";
    let why = why_not(&["ID_1a.png", "ID_2b.png"], &[("t.csv", table)], &[]);
    assert!(why.contains("t.csv") && why.contains("a finding in one (ID_1a_any)"), "{why}");
}

#[test]
fn columns_that_a_person_names_are_asked_of_the_table_even_where_nothing_else_tells_it() {
    let table = "picture,Befund\nxa1,Mass\nxb2,Nodule\n";
    let told = format_at(source(&["a.png"], &[("t.csv", table)]).path(), &Options::default()).unwrap();
    assert!(told.format == Format::FOLDERS && says(&told.remarks, &["Befund"]), "{told:?}");
    let why = why_not(&["a.png"], &[("t.csv", table)], &[(Role::Class, "Bef"), (Role::Image, "picture")]);
    assert!(why.contains("t.csv has no column \"Bef\": its columns are picture, Befund"), "{why}");
    let why = why_not(&["a.png"], &[("t.csv", table)], &[(Role::Class, "Befund"), (Role::Image, "picture")]);
    assert!(why.contains("xa1"), "{why}");
    // Also beside folders that could be classes.
    let table = "picture,Befund\n1,Mass\n2,Nodule\n";
    let read = reading_as(&["x/1.png", "y/2.png"], &[("t.csv", table)], &[(Role::Class, "Befund")]);
    assert_eq!(read.classes, ["Mass", "Nodule"]);
}

#[test]
fn tables_that_contradict_each_other_are_named_and_nothing_is_taken_of_that() {
    let one = "image,Mass,Edema,Effusion\na.png,1,0,1\nb.png,1,1,0\nc.png,0,0,1\n";
    let other = "image,Mass,Edema,Effusion\na.png,0,0,1\nb.png,0,1,0\nc.png,0,0,1\n";
    let lists = |cells: [&str; 3]| {
        let [a, b, c] = cells;
        format!("Image Index,Finding Labels\na.png,{a}\nb.png,{b}\nc.png,{c}\n")
    };
    let as_lists =
        (lists(["Mass|Effusion", "Mass|Edema", "Effusion"]), lists(["Effusion", "Edema", "Effusion|Effusion"]));
    for (one, other) in [(one.to_owned(), other.to_owned()), as_lists] {
        let read = reading(&["a.png", "b.png", "c.png"], &[("one.csv", &one), ("other.csv", &other)]);
        assert_eq!(read.conflicts.len(), 1, "{:?}", read.conflicts);
        let told = ["one.csv and other.csv say different things of Mass on 2 images (a.png, b.png)", "other.csv\""];
        assert!(says(&read.conflicts, &told), "{:?}", read.conflicts);
        let all = images(&read);
        let said = |at: usize| {
            let said = &all[at].said[0];
            let mut findings: Vec<String> = said.findings.iter().map(|(name, is)| format!("{name} {is:?}")).collect();
            findings.sort();
            (findings.join(", "), said.others_absent)
        };
        assert_eq!(said(0), ("Edema Absent, Effusion Present".to_owned(), false));
        assert_eq!(said(2), ("Effusion Present".to_owned(), true));
    }
    // Two columns called alike are one finding, which the rows may contradict.
    let read = reading(&["a.png", "b.png"], &[("t.csv", "image,Mass,mass ,Edema\na.png,1,0,1\nb.png,1,1,0\n")]);
    assert!(says(&read.conflicts, &["t.csv says different things of Mass on 1 image (a.png)"]), "{:?}", read.conflicts);
    let sentence = read.tally().unwrap().of_findings.sentence(2);
    assert!(sentence.contains("2 images with 1"), "{sentence}");
    // Each row of one has exactly one: those are findings, too, where the other has several.
    let two = reading(
        &["a.png"],
        &[
            ("one.csv", "image,Mass,Edema,Effusion\na.png,1,0,\n"),
            ("two.csv", "image,Mass,Edema,Effusion\na.png,,1,1\n"),
        ],
    );
    assert!(says(&two.conflicts, &["Edema on 1 image"]) && !two.conflicts.is_empty(), "{:?}", two.conflicts);
}

#[test]
fn none_is_no_finding_and_that_is_said() {
    let read = reading(&["a.png", "b.png"], &[("t.csv", "image,finding\na.png,Mass\na.png,Edema\nb.png,None\n")]);
    assert_eq!((read.classes.join(" ").as_str(), read.tally().unwrap().of_findings.none), ("Edema Mass", 1));
    assert!(says(&read.remarks, &["once the image is called none"]), "{:?}", read.remarks);
}

#[test]
fn of_very_many_pictures_that_are_not_there_the_first_are_named() {
    use crate::interchange::model::many::NAMED;
    let rows: String = (0..NAMED + 5).map(|number| format!("gone{number}.png,x\n")).collect();
    let read = reading(&["a.png"], &[("t.csv", &format!("image,label\na.png,x\n{rows}"))]);
    assert_eq!((read.left_out.len(), read.unlisted), (NAMED + 1, 4));
    assert_eq!(read.left_out[NAMED].0, "5 more images");
}
