//! Small sources in the layouts of published sets, told and read as anyone would.

use crate::domain::Presence;
use crate::imaging::write::write_png_gray;
use crate::interchange::{Format, Options, ReadImage, Reading, format_at, read};
use std::path::Path;

/// Pictures of 100 x 50 pixels, each of its own content, and tables beside them.
pub(super) fn source(pictures: &[&str], tables: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for (number, name) in (0u16..).zip(pictures) {
        let pixels: Vec<u8> = (0..5000u16).map(|at| ((at * 7 + number * 13) % 251) as u8).collect();
        write_png_gray(&put(name), 100, 50, &pixels).unwrap();
    }
    tables.iter().for_each(|(name, text)| std::fs::write(put(name), text).unwrap());
    dir
}

/// Told to be a table, and read.
pub(super) fn reading(dir: &Path) -> Reading {
    let told = format_at(dir, &Options::default()).unwrap();
    assert_eq!(told.format, Format::CSV, "{told:?}");
    read(dir, Format::CSV, &Options::default(), &|_, _| true).unwrap()
}

pub(super) fn images(reading: &Reading) -> Vec<ReadImage> {
    reading.images.to_vec().unwrap()
}

pub(super) fn boxes(image: &ReadImage) -> Vec<(&str, [f64; 4])> {
    let all = image.said.iter().flat_map(|said| &said.boxes);
    all.map(|one| (one.class.as_str(), [one.rect.xmin, one.rect.ymin, one.rect.xmax, one.rect.ymax])).collect()
}

#[test]
fn open_images_boxes_are_shares_and_their_classes_have_names_beside() {
    let boxes_csv = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf\n\
                     0001aa,xclick,/m/0k65p,1,0.1,0.4,0.2,0.9,0,0,0\n0002bb,xclick,/m/0k65p,1,0.0,0.5,0.25,0.5,1,0,0\n\
                     0001aa,xclick,/m/0dzf4,1,0.5,0.75,0.2,0.5,0,0,1\n";
    let pictures = ["validation/0001aa.png", "validation/0002bb.png"];
    let beside = ("class-descriptions-boxable.csv", "/m/0dzf4,Arm\n/m/0k65p,Hand\n");
    let dir = source(&pictures, &[("validation-annotations-bbox.csv", boxes_csv), beside]);
    let read = reading(dir.path());
    let all = images(&read);
    assert_eq!(boxes(&all[0]), [("Hand", [10.0, 10.0, 40.0, 45.0]), ("Arm", [50.0, 10.0, 75.0, 25.0])]);
    assert_eq!(boxes(&all[1]), [("Hand", [0.0, 12.5, 50.0, 25.0])]);
    assert!(all[0].facts.attributes.is_empty(), "what is said of a box is not said of the image: {:?}", all[0].facts);
    assert!(read.remarks.iter().any(|remark| remark.contains("shares")), "{:?}", read.remarks);
    // Without the table beside, they are told to have no names.
    let dir = source(&pictures, &[("validation-annotations-bbox.csv", boxes_csv)]);
    let read = reading(dir.path());
    assert_eq!(read.classes, ["/m/0dzf4", "/m/0k65p"]);
    assert!(read.remarks.iter().any(|remark| remark.contains("class-descriptions")), "{:?}", read.remarks);
    // Labels of images: that one is not there is no label.
    let labels_csv =
        "ImageID,Source,LabelName,Confidence\n0001aa,verification,/m/0k65p,0\n0001aa,verification,/m/0dzf4,1\n";
    let dir = source(&pictures, &[("validation-annotations-human-imagelabels.csv", labels_csv), beside]);
    let read = reading(dir.path());
    let expected = [("Hand".to_owned(), Presence::Absent), ("Arm".to_owned(), Presence::Present)];
    assert_eq!((images(&read)[0].said[0].findings.as_slice(), read.findings), (&expected[..], true));
    assert!(!images(&read)[0].said[0].others_absent, "of other classes nobody was asked");
    assert!(read.remarks.iter().any(|remark| remark.contains("names of classes")), "{:?}", read.remarks);
}

#[test]
fn rsna_has_boxes_and_images_with_none() {
    let text = "patientId,x,y,width,height,Target\np1,,,,,0\np2,10.0,20.0,30.0,10.0,1\np2,60.0,20.0,30.0,20.0,1\n\
                p3,NaN,NaN,NaN,NaN,0\n";
    let pictures = ["stage_2_train_images/p1.png", "stage_2_train_images/p2.png", "stage_2_train_images/p3.png"];
    let dir = source(&pictures, &[("stage_2_train_labels.csv", text)]);
    let read = reading(dir.path());
    let all = images(&read);
    assert_eq!(boxes(&all[1]), [("Pneumonia", [10.0, 20.0, 40.0, 30.0]), ("Pneumonia", [60.0, 20.0, 90.0, 40.0])]);
    for at in [0, 2] {
        assert!(all[at].said[0].nothing_found && all[at].label().is_none(), "{:?}", all[at].said);
    }
    assert_eq!((read.classes.as_slice(), all[1].group.as_deref()), (["Pneumonia".to_owned()].as_slice(), None));
}

#[test]
fn vindr_has_several_readers_of_whom_one_may_find_nothing() {
    let text = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\nd1,No finding,14,R11,,,,\n\
                d2,Cardiomegaly,3,R8,1,2,30,40\nd2,Cardiomegaly,3,R9,2,2,31,40\nd2,No finding,14,R10,0,0,1,1\n";
    let dir = source(&["train/d1.png", "train/d2.png"], &[("train.csv", text)]);
    let read = reading(dir.path());
    let all = images(&read);
    assert!(all[0].said[0].nothing_found && all[0].said[0].reader.as_deref() == Some("R11"));
    let of = |reader: &str| all[1].said.iter().find(|said| said.reader.as_deref() == Some(reader)).unwrap();
    assert_eq!((of("R8").boxes.len(), of("R9").boxes.len(), of("R10").nothing_found), (1, 1, true));
    assert_eq!(read.classes, ["Cardiomegaly"]);
}

#[test]
fn mura_says_of_a_folder_what_its_pictures_are() {
    let study =
        |set: &str, patient: u8, what: &str| format!("MURA-v1.1/{set}/XR_WRIST/patient0000{patient}/study1_{what}");
    let (first, second, third) =
        (study("train", 1, "positive"), study("train", 2, "negative"), study("valid", 3, "positive"));
    let pictures: Vec<String> =
        [&first, &first, &second, &third].iter().zip([1, 2, 1, 1]).map(|(f, n)| format!("{f}/image{n}.png")).collect();
    let paths = format!("{}\n{}\n{}\n", pictures[0], pictures[1], pictures[2]);
    let pictures: Vec<&str> = pictures.iter().map(String::as_str).collect();
    let train = format!("{first}/,1\n{second}/,0\n");
    let valid = format!("{third}/,1\n{}/,0\n", study("valid", 4, "negative"));
    let dir = source(
        &pictures,
        &[
            ("MURA-v1.1/train_labeled_studies.csv", &train),
            ("MURA-v1.1/valid_labeled_studies.csv", &valid),
            ("MURA-v1.1/train_image_paths.csv", &paths),
        ],
    );
    for path in [dir.path().to_owned(), dir.path().join("MURA-v1.1")] {
        let read = reading(&path);
        let all = images(&read);
        let seen: Vec<_> = all.iter().map(|i| (i.label(), i.group.as_deref(), i.split.map(|s| s.name()))).collect();
        let of = |label, patient, split| (Some(label), Some(patient), Some(split));
        assert_eq!(
            seen,
            [
                of("positive", "patient00001", "train"),
                of("positive", "patient00001", "train"),
                of("negative", "patient00002", "train"),
                of("positive", "patient00003", "validation")
            ]
        );
        assert_eq!(read.left_out.len(), 1, "the study that is not there: {:?}", read.left_out);
    }
}

#[test]
fn mura_is_of_studies_and_not_of_the_parts_of_the_body_that_its_folders_name() {
    let study =
        |part: &str, patient: u8, what: &str| format!("MURA-v1.1/train/XR_{part}/patient0000{patient}/study1_{what}");
    let studies = [
        study("WRIST", 1, "positive"),
        study("WRIST", 2, "negative"),
        study("HAND", 3, "negative"),
        study("HAND", 4, "positive"),
    ];
    let pictures = studies.clone().map(|study| format!("{study}/image1.png"));
    let rows: String = studies.iter().map(|s| format!("{s}/,{}\n", u8::from(s.ends_with("positive")))).collect();
    let names: Vec<&str> = pictures.iter().map(String::as_str).collect();
    let dir = source(&names, &[("MURA-v1.1/train_labeled_studies.csv", &rows)]);
    let read = reading(dir.path());
    let said: Vec<_> = images(&read).iter().map(|image| image.label().map(str::to_owned)).collect();
    let mut sorted: Vec<Option<String>> =
        ["negative", "positive", "positive", "negative"].map(|l| Some(l.into())).into();
    sorted.sort();
    let mut seen = said.clone();
    seen.sort();
    assert_eq!(seen, sorted, "{said:?}");
    assert_eq!(read.format, Format::CSV);
}

#[test]
fn chexpert_is_of_several_findings_and_its_names_are_of_many_patients() {
    let header = "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Edema,Cardiomegaly,Fracture,Support Devices\n";
    let name = |patient: u8| format!("CheXpert-v1.0-small/train/patient0000{patient}/study1/view1_frontal");
    let rows = [(1, "1.0,,,,"), (2, ",-1.0,,,"), (3, ",1.0,,1.0,"), (4, ",,,0.0,1.0"), (9, "1.0,,,,")];
    let rows: String = rows.iter().map(|(p, row)| format!("{}.jpg,Female,61,Frontal,AP,{row}\n", name(*p))).collect();
    let pictures: Vec<String> = (1..=4).map(|p| format!("{}.png", name(p))).collect();
    let pictures: Vec<&str> = pictures.iter().map(String::as_str).collect();
    let dir = source(&pictures, &[("CheXpert-v1.0-small/train.csv", &format!("{header}{rows}"))]);
    for path in [dir.path().to_owned(), dir.path().join("CheXpert-v1.0-small/train")] {
        if path.ends_with("train") {
            std::fs::rename(dir.path().join("CheXpert-v1.0-small/train.csv"), path.join("train.csv")).unwrap();
        }
        let read = reading(&path);
        use Presence::{Absent, Present, Uncertain};
        let seen: Vec<_> =
            images(&read).iter().map(|image| (image.said[0].findings.clone(), image.said[0].others_absent)).collect();
        let of =
            |all: &[(&str, Presence)]| all.iter().map(|(name, said)| ((*name).to_owned(), *said)).collect::<Vec<_>>();
        let expected = [
            (of(&[("Edema", Absent), ("Cardiomegaly", Absent), ("Fracture", Absent)]), false),
            (of(&[("Edema", Uncertain)]), false),
            (of(&[("Edema", Present), ("Fracture", Present)]), false),
            (of(&[("Support Devices", Present), ("Fracture", Absent)]), false),
        ];
        assert_eq!(seen, expected);
        assert_eq!(read.classes, ["Edema", "Cardiomegaly", "Fracture", "Support Devices"]);
        let told = read.tally().unwrap().of_findings.sentence(read.classes.len());
        assert_eq!(
            told,
            "several findings an image, of 4: 2 images with none, 1 image with 1, 1 image with 2, 1 image with an uncertain \
             one, 4 images of which not every finding was looked at."
        );
        let told = read.remarks.iter().filter(|said| said.contains("Support Devices is blank in 2 rows")).count();
        assert_eq!(told, 1, "of the third as well as the one that is not there: {:?}", read.remarks);
        assert_eq!(images(&read)[2].group.as_deref(), Some("patient00003"));
        let left: Vec<&str> = read.left_out.iter().map(|(what, _)| what.as_str()).collect();
        assert!(left.iter().any(|what| what.contains("patient00009")), "not the picture of another patient: {left:?}");
    }
}

#[test]
fn folders_that_only_hold_pictures_do_not_go_before_a_table() {
    let text = "lesion_id,image_id,dx,dx_type,age,sex,localization\nH0,I0,nv,histo,50.0,male,back\n\
                H0,I1,nv,histo,50.0,male,back\nH1,I2,mel,histo,52.0,male,back\n";
    let pictures = ["HAM10000_images_part_1/I0.png", "HAM10000_images_part_1/I1.png", "HAM10000_images_part_2/I2.png"];
    let dir = source(
        &pictures,
        &[("HAM10000_metadata.csv", text), ("hmnist_8_8_L.csv", "pixel0000,pixel0001,label\n1,2,3\n")],
    );
    let read = reading(dir.path());
    let groups: Vec<_> = images(&read).iter().map(|image| image.group.clone().unwrap()).collect();
    assert_eq!(
        (read.classes.as_slice(), groups),
        (["mel", "nv"].map(str::to_owned).as_slice(), vec!["H0".into(), "H0".into(), "H1".to_owned()])
    );
    assert!(read.left_out.iter().any(|(what, _)| what == "hmnist_8_8_L.csv"), "{:?}", read.left_out);
    let dir =
        source(&["train_images/0a.png", "train_images/1b.png"], &[("train.csv", "id_code,diagnosis\n0a,0\n1b,2\n")]);
    assert_eq!(reading(dir.path()).classes, ["0", "2"]);
    let pictures = ["images_001/images/1_0.png", "images_002/images/2_0.png"];
    let entries = "Image Index,Finding Labels,Patient ID\n1_0.png,Mass,1\n2_0.png,Mass|Edema,2\n";
    let dir = source(&pictures, &[("Data_Entry_2017.csv", entries)]);
    let read = reading(dir.path());
    assert_eq!((read.classes.join(" ").as_str(), read.findings), ("Edema Mass", true));
    assert!(
        images(&read).iter().all(|image| image.said[0].others_absent && image.label().is_none()),
        "one is a list, too"
    );
    // Where the folders are the classes, the table is a list of them.
    let dir = source(&["nv/a.png", "mel/b.png"], &[("list.csv", "image,dx\na.png,nv\nb.png,mel\n")]);
    let told = format_at(dir.path(), &Options::default()).unwrap();
    assert_eq!((told.format, told.others[0].0), (Format::FOLDERS, Format::CSV));
    assert!(told.remarks[0].starts_with("list.csv") && told.remarks[0].contains("choose CSV"), "{:?}", told.remarks);
    let dir = source(&["x/a.png", "y/b.png"], &[("list.csv", "image,dx\na.png,nv\nb.png,nv\n")]);
    assert_eq!(format_at(dir.path(), &Options::default()).unwrap().format, Format::CSV);
}

#[test]
fn graz_says_which_have_a_fracture() {
    let text = "filestem,patient_id,gender,laterality,ao_classification,fracture_visible\n\
                0001_a,1,M,L,23-M/3.1;23u-E/7,1\n0002_b,2,F,R,,\n";
    let dir = source(&["images_part1/0001_a.png", "images_part1/0002_b.png"], &[("dataset.csv", text)]);
    let read = reading(dir.path());
    assert_eq!(read.classes, ["Fracture visible", "No fracture visible"]);
    assert_eq!(images(&read)[1].group.as_deref(), Some("2"));
}

#[test]
fn the_column_of_the_images_is_told_by_their_names() {
    let dir = source(&["a.png", "b.png"], &[("t.tsv", "SOPInstance\tLABEL\nA\tMass\nB\t\"No;dule\"\n")]);
    let read = reading(dir.path());
    assert_eq!(read.classes, ["Mass", "No;dule"]);
    assert!(read.remarks.iter().any(|remark| remark.contains("SOPInstance")), "{:?}", read.remarks);
}

#[test]
fn nih_has_findings_of_the_image_and_boxes_on_some() {
    let pictures = ["images/1_0.png", "images/2_0.png", "images/3_0.png"];
    let entries = "Image Index,Finding Labels,Follow-up #,Patient ID\n1_0.png,Mass|Edema,0,1\n2_0.png,No Finding,0,2\n\
                   3_0.png,Mass,1,2\n";
    let boxed = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n1_0.png,Mass,10,5,30,20,,,\n3_0.png,Mass,1,5,30,20,,,\n";
    let dir = source(&pictures, &[("Data_Entry_2017.csv", entries), ("BBox_List_2017.csv", boxed)]);
    let read = reading(dir.path());
    let all = images(&read);
    let present: Vec<String> =
        all.iter().map(|image| image.present().into_iter().collect::<Vec<_>>().join("+")).collect();
    assert_eq!(present, ["Edema+Mass", "", "Mass"]);
    assert_eq!(all.iter().map(|image| boxes(image).len()).collect::<Vec<_>>(), [1, 0, 1]);
    assert_eq!(read.tally().unwrap().of_findings.none, 1);
    assert_eq!((read.conflicts.len(), all[2].group.as_deref()), (0, Some("2")), "{:?}", read.conflicts);
}

#[test]
fn findings_of_several_readers_and_tables_stay_apart() {
    // As VinDr-CXR's image_labels: a row each reader and image.
    let text = "image_id,rad_id,Aortic enlargement,Cardiomegaly,Pleural effusion,No finding\nd1,R1,0,1,1,0\nd1,R2,0,1,0,0\n\
                d2,R1,0,0,0,1\n";
    let dir = source(&["train/d1.png", "train/d2.png"], &[("image_labels_train.csv", text)]);
    let read = reading(dir.path());
    let all = images(&read);
    let of = |image: &ReadImage| -> Vec<(String, usize, bool)> {
        let one =
            |s: &crate::interchange::Said| (s.reader.clone().unwrap_or_default(), s.findings.len(), s.others_absent);
        image.said.iter().map(one).collect()
    };
    assert_eq!(of(&all[0]), [("R1".to_owned(), 2, true), ("R2".to_owned(), 1, true)]);
    assert_eq!(of(&all[1]), [("R1".to_owned(), 0, true)]);
    // Two tables with different findings: neither says that the other's are absent.
    let one = "image,Mass,Edema\na.png,1,0\nb.png,1,1\n";
    let other = "image,Fracture,Hernia\na.png,0,0\nb.png,1,1\n";
    let dir = source(&["a.png", "b.png"], &[("one.csv", one), ("other.csv", other)]);
    let all = images(&reading(dir.path()));
    assert!(
        all.iter().all(|image| !image.said[0].others_absent && image.said[0].findings.len() == 4),
        "{:?}",
        all[0].said
    );
    // What contradicts itself is told and not taken.
    let again = "image,Mass,Edema\na.png,0,0\nb.png,1,1\n";
    let dir = source(&["a.png", "b.png"], &[("one.csv", one), ("other.csv", again)]);
    let read = reading(dir.path());
    assert!(
        read.conflicts
            .iter()
            .any(|told| told.starts_with("one.csv and other.csv say different things of Mass on 1 image (a.png)")),
        "{:?}",
        read.conflicts
    );
}
