//! Published sets whose images have findings, told and read as anyone would.

use super::published_tests::{boxes, images, reading, source};
use crate::domain::Presence;
use crate::interchange::{Format, Options, ReadImage, Reading, format_at, read};
use std::path::Path;

/// As [`reading`], of findings.
fn reading_findings(dir: &Path) -> Reading {
    let options = Options { findings: true, ..Options::default() };
    let told = format_at(dir, &options).unwrap();
    assert_eq!(told.format, Format::CSV, "{told:?}");
    read(dir, Format::CSV, &options, &|_, _| true).unwrap()
}

/// What each reader says of findings: present ones in capitals, absent ones small, `.` for all others absent.
fn findings_said(image: &ReadImage) -> Vec<(String, String)> {
    let letter = |(name, presence): &(String, Presence)| {
        let first: String = name.chars().take(4).collect();
        match presence {
            Presence::Present => first.to_uppercase(),
            Presence::Absent => first.to_lowercase(),
            Presence::Uncertain => format!("{first}?"),
        }
    };
    let one = |said: &crate::interchange::Said| {
        let all: Vec<String> = said.findings.iter().map(letter).collect();
        (said.reader.clone().unwrap_or_default(), all.join(" ") + if said.others_absent { "." } else { "" })
    };
    image.said.iter().map(one).collect()
}

#[test]
fn vindrs_readers_say_of_findings_which_are_there_and_that_there_is_none() {
    let text = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\nd1,No finding,14,R11,,,,\n\
                d2,Cardiomegaly,3,R8,1,2,30,40\nd2,Cardiomegaly,3,R9,2,2,31,40\nd2,ILD,5,R9,2,2,31,40\n\
                d2,No finding,14,R10,0,0,1,1\n";
    let dir = source(&["train/d1.png", "train/d2.png"], &[("train.csv", text)]);
    let read = reading_findings(dir.path());
    let all = images(&read);
    let of = |said: &[(&str, &str)]| -> Vec<(String, String)> {
        said.iter().map(|(reader, said)| ((*reader).to_owned(), (*said).to_owned())).collect()
    };
    assert_eq!(findings_said(&all[0]), of(&[("R11", ".")]));
    assert_eq!(findings_said(&all[1]), of(&[("R8", "CARD."), ("R9", "CARD ILD."), ("R10", ".")]));
    assert_eq!((boxes(&all[1]).len(), read.conflicts.len()), (3, 0), "{:?}", read.conflicts);
    assert!(all[0].said[0].nothing_found && read.findings);
    assert_eq!(read.classes, ["Cardiomegaly", "ILD"]);
    assert!(read.remarks.iter().any(|said| said.contains("is a finding that is present, and all others are absent")));
    // What is said in columns beside them of other findings, no box contradicts.
    let columns = "image_id,rad_id,Cardiomegaly,ILD,Pneumonia,No finding\nd1,R11,0,0,1,0\nd2,R8,1,0,1,0\n";
    let dir = source(&["train/d1.png", "train/d2.png"], &[("train.csv", text), ("image_labels_train.csv", columns)]);
    let read = reading_findings(dir.path());
    let all = images(&read);
    assert_eq!(findings_said(&all[0])[0], ("R11".to_owned(), "PNEU card ild".to_owned()));
    let r8 = findings_said(&all[1]).into_iter().find(|(reader, _)| reader == "R8");
    assert_eq!((r8.map(|(_, said)| said), read.conflicts.len()), (Some("CARD PNEU ild".to_owned()), 0));
    // Where nobody has a row for nothing, who draws one thing says nothing of another.
    let dir = source(&["a.png"], &[("t.csv", "image,label,xmin,ymin,xmax,ymax\na.png,Mass,1,2,30,40\n")]);
    assert_eq!(findings_said(&images(&reading_findings(dir.path()))[0]), of(&[("", "MASS")]));
}

/// The challenge's tables of boxes and of classes, of one image each way.
const RSNA: [(&str, &str); 2] = [
    ("stage_2_train_labels.csv", "patientId,x,y,width,height,Target\np1,,,,,0\np2,10,20,30,10,1\np3,,,,,0\n"),
    (
        "stage_2_detailed_class_info.csv",
        "patientId,class\np1,Normal\np2,Lung Opacity\np2,Lung Opacity\n\
      p3,No Lung Opacity / Not Normal\n",
    ),
];

#[test]
fn rsnas_two_tables_speak_of_the_same_opacity() {
    let pictures = ["stage_2_train_images/p1.png", "stage_2_train_images/p2.png", "stage_2_train_images/p3.png"];
    let dir = source(&pictures, &RSNA);
    let read = reading(dir.path());
    let (all, other) = (images(&read), "No Lung Opacity / Not Normal");
    assert_eq!(read.classes, ["Lung Opacity", other, "Normal"]);
    let labels: Vec<_> = all.iter().map(|image| image.label()).collect();
    assert_eq!(labels, [Some("Normal"), Some("Lung Opacity"), Some(other)]);
    assert_eq!(boxes(&all[1]), [("Lung Opacity", [10.0, 20.0, 40.0, 30.0])]);
    let told = "1 is Lung Opacity (as stage_2_detailed_class_info.csv calls it) and 0 that nothing was found";
    assert!(read.remarks.iter().any(|said| said.contains(told)), "{:?}", read.remarks);
    let read = reading_findings(dir.path());
    let all = images(&read);
    let said: Vec<String> = all.iter().map(|image| findings_said(image)[0].1.clone()).collect();
    assert_eq!(said, ["lung.", "LUNG.", "lung NO L."]);
    assert_eq!(
        (read.classes.as_slice(), boxes(&all[1]).len()),
        (["Lung Opacity", other].map(str::to_owned).as_slice(), 1)
    );
    assert!(read.conflicts.is_empty(), "{:?}", read.conflicts);
    // One table alone.
    let dir = source(&pictures, &RSNA[..1]);
    let read = reading_findings(dir.path());
    let said: Vec<String> = images(&read).iter().map(|image| findings_said(image)[0].1.clone()).collect();
    assert_eq!(
        (said.as_slice(), read.classes.join(" ")),
        (["pneu", "PNEU", "pneu"].map(str::to_owned).as_slice(), "Pneumonia".to_owned())
    );
    // What one says is there, the other calls normal.
    let dir = source(&pictures, &[RSNA[0], (RSNA[1].0, "patientId,class\np2,Normal\np1,Lung Opacity\n")]);
    let told = reading_findings(dir.path()).conflicts.join(" ");
    assert!(told.contains("p2.png) is said to have no finding, and some"), "{told}");
    assert!(told.contains("Different things"), "{told}");
}

#[test]
fn rsnas_haemorrhages_stand_behind_the_names_of_images() {
    let row = |id: &str, of: [u8; 4]| -> String {
        let ends = ["epidural", "intraventricular", "subdural", "any"];
        ends.iter().zip(of).map(|(end, says)| format!("ID_{id}_{end},{says}\n")).collect()
    };
    let table = format!("ID,Label\n{}{}{}", row("a1", [0, 0, 0, 0]), row("b2", [1, 0, 1, 1]), row("c3", [0, 0, 0, 1]));
    let dir = source(
        &["stage_2_train/ID_a1.png", "stage_2_train/ID_b2.png", "stage_2_train/ID_c3.png"],
        &[("stage_2_train.csv", &table)],
    );
    let read = reading(dir.path());
    let said: Vec<String> = images(&read).iter().map(|image| findings_said(image)[0].1.clone()).collect();
    assert_eq!(said, ["epid intr subd.", "EPID intr SUBD", "epid intr subd"]);
    assert_eq!(
        (read.classes.as_slice(), read.findings),
        (["epidural", "intraventricular", "subdural"].map(str::to_owned).as_slice(), true)
    );
    assert_eq!(read.tally().unwrap().of_findings.none, 1);
    assert!(read.remarks.iter().any(|said| said.contains("any is no finding")), "{:?}", read.remarks);
    assert!(read.conflicts[0].contains("by any there is something in 1 image"), "{:?}", read.conflicts);
    // Where it is all that is asked, it is the finding.
    let dir = source(&["ID_a1.png", "ID_b2.png"], &[("t.csv", "ID,Label\nID_a1_any,0\nID_b2_any,1\n")]);
    let read = reading(dir.path());
    let said: Vec<String> = images(&read).iter().map(|image| findings_said(image)[0].1.clone()).collect();
    assert_eq!((said, read.classes.join(" ")), (vec!["any".to_owned(), "ANY".to_owned()], "any".to_owned()));
}

#[test]
fn padchests_lists_have_words_that_are_no_findings() {
    let rows = [
        ("1", "['cardiomegaly', 'unchanged']"),
        ("2", "['unchanged']"),
        ("3", "['exclude', 'cardiomegaly']"),
        ("4", "['normal', 'suboptimal study']"),
        ("5", "['suboptimal study', 'nodule']"),
        ("6", "['normal']"),
    ];
    let table: String = rows.iter().map(|(id, labels)| format!("{id}.png,{id},\"{labels}\"\n")).collect();
    let table = format!("ImageID,PatientID,Labels\n{table}");
    let pictures = ["1.png", "2.png", "3.png", "4.png", "5.png", "6.png"];
    let dir = source(&pictures, &[("PADCHEST_chest_x_ray_images_labels.csv", &table)]);
    let read = reading(dir.path());
    let said: Vec<String> = images(&read)
        .iter()
        .map(|image| findings_said(image).first().map(|(_, said)| said.clone()).unwrap_or_default())
        .collect();
    assert_eq!(said, ["CARD", "", "", ".", "NODU.", "."]);
    assert_eq!((read.classes.join(" "), read.findings), ("cardiomegaly nodule".to_owned(), true));
    for words in ["exclude in 1 row", "unchanged in 2 rows", "suboptimal study in 2 rows"] {
        assert!(read.remarks.iter().any(|said| said.contains(words)), "{words}: {:?}", read.remarks);
    }
    let options = Options { mapped: vec!["unchanged".into()], ..Options::default() };
    let kept = crate::interchange::read(dir.path(), Format::CSV, &options, &|_, _| true).unwrap();
    assert_eq!(kept.classes, ["cardiomegaly", "nodule", "unchanged"]);
}

#[test]
fn decimal_commas_are_read_where_they_separate_no_cells() {
    let table = "image;Pneumonia;Edema;Mass\na.png;1,0;0,0;0,0\nb.png;0,0;-1,0;\n";
    let dir = source(&["a.png", "b.png"], &[("t.csv", table)]);
    let read = reading(dir.path());
    let said: Vec<String> = images(&read).iter().map(|image| findings_said(image)[0].1.clone()).collect();
    assert_eq!(said, ["PNEU.", "Edem? pneu"]);
    let told = "the numbers in Pneumonia, Edema, Mass are read with a decimal comma";
    assert!(read.remarks.iter().any(|said| said.contains(told)), "{:?}", read.remarks);
    let boxed = "image\tlabel\txmin\tymin\txmax\tymax\na.png\tMass\t1,5\t2\t30,25\t40\n";
    let dir = source(&["a.png"], &[("t.tsv", boxed)]);
    assert_eq!(boxes(&images(&reading(dir.path()))[0]), [("Mass", [1.5, 2.0, 30.25, 40.0])]);
}
