//! Class folders with lists of splits beside them.

use crate::domain::Split;
use crate::imaging::write::write_png_gray;
use crate::interchange::{Format, Options, Reading, format_at, read};

/// Class folders and files beside them, told to be that, and read.
fn reading(pictures: &[&str], files: &[(&str, &str)]) -> Reading {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    for (number, name) in (1u8..).zip(pictures) {
        write_png_gray(&put(name), 4, 4, &[number; 16]).unwrap();
    }
    files.iter().for_each(|(name, text)| std::fs::write(put(name), text).unwrap());
    assert_eq!(format_at(dir.path(), &Options::default()).unwrap().format, Format::FOLDERS);
    read(dir.path(), Format::FOLDERS, &Options::default(), &|_, _| true).unwrap()
}

fn seen(reading: &Reading) -> Vec<(String, Option<String>, Option<Split>)> {
    let images = reading.images.to_vec().unwrap();
    images.iter().map(|i| (i.name.clone(), i.label().map(str::to_owned), i.split)).collect()
}

const PICTURES: [&str; 4] = ["No finding/1.png", "No finding/2.png", "mass/1.png", "mass/2.png"];

#[test]
fn lists_of_splits_beside_the_folders_are_followed_and_the_classes_stay() {
    let lists = [
        ("train.txt", "No finding/1.png 0\nmass/1.png 1\n"),
        ("val.txt", "mass/2.png 1\n"),
        ("test.txt", "No finding/2 0\n"),
        ("notes.txt", "a note\n"),
    ];
    let read = reading(&PICTURES, &lists);
    let of = |at: usize, split| {
        let class = PICTURES[at].split('/').next().map(str::to_owned);
        (PICTURES[at].to_owned(), class, Some(split))
    };
    let expected = [of(2, Split::Train), of(3, Split::Validation), of(0, Split::Train), of(1, Split::Test)];
    assert_eq!(seen(&read), expected);
    assert!(read.has_splits && read.classes.join(", ") == "mass, No finding");
    let told = "the splits are those that test.txt, train.txt, val.txt give.".to_owned();
    assert!(read.remarks.contains(&told), "{:?}", read.remarks);
    assert_eq!(read.left_out, [("1 file".to_owned(), "not named as pictures (1 .txt)".to_owned())]);
}

#[test]
fn what_stands_behind_names_is_the_class_where_folders_say_none() {
    let pictures = ["grading/train/1.png", "grading/train/2.png", "grading/test/3.png"];
    let lists = [("grading/train.txt", "1.png 0\n2.png 5\n"), ("grading/test.txt", "3.png 2\n")];
    let read = reading(&pictures, &lists);
    let of = |at: usize, class: &str, split| (pictures[at].to_owned(), Some(class.to_owned()), Some(split));
    let mut all = seen(&read);
    all.sort();
    assert_eq!(all, [of(2, "2", Split::Test), of(0, "0", Split::Train), of(1, "5", Split::Train)]);
    assert_eq!(read.classes, ["0", "2", "5"]);
    assert!(read.remarks.iter().any(|said| said.contains("what stands behind")), "{:?}", read.remarks);
    // Class folders stay, and what contradicts them is said.
    let lists =
        [("train.txt", "No finding/1.png 0\nmass/1.png 0\nNo finding/2.png 1\n"), ("val.txt", "mass/2.png 1\n")];
    let read = reading(&PICTURES, &lists);
    assert_eq!(read.classes.join(", "), "mass, No finding");
    assert!(read.conflicts.iter().any(|said| said.contains("in another way")), "{:?}", read.conflicts);
}

#[test]
fn what_lists_leave_open_is_told() {
    let read = reading(&PICTURES, &[("train.txt", "No finding/1.png\nmass/7.png\n"), ("test.txt", "mass/1.png\n")]);
    assert_eq!(seen(&read).iter().map(|(.., split)| *split).filter(Option::is_none).count(), 2);
    assert!(read.conflicts.iter().any(|c| c.starts_with("2 pictures are in no list")), "{:?}", read.conflicts);
    assert!(read.left_out.iter().any(|(list, why)| list == "train.txt" && why.contains("mass/7.png")));
    // Names that folders share are in no list by themselves, and nothing is guessed.
    let bare = reading(&PICTURES, &[("train.txt", "1.png\n"), ("test.txt", "2.png\n")]);
    assert!(!bare.has_splits, "{:?}", seen(&bare));
    assert!(
        bare.conflicts.iter().any(|c| c.contains("test.txt, train.txt") && c.contains("not followed")),
        "{:?}",
        bare.conflicts
    );
}
