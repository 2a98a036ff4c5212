//! Archives made for the purpose, honest and not.

use crate::interchange::source::archive::{Limits, Stop, is_archive, room, unpack};
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

struct Unpacked {
    dir: tempfile::TempDir,
    left_out: Result<Vec<(String, String)>, String>,
}

impl Unpacked {
    fn of(bytes: &[u8], limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("a.zip");
        std::fs::write(&archive, bytes).unwrap();
        std::fs::create_dir(dir.path().join("to")).unwrap();
        let left_out = unpack(&archive, &dir.path().join("to"), limits, &|_, _| true).map_err(|e| e.to_string());
        Self { dir, left_out }
    }

    /// The files that were written, wherever below the test's folder.
    fn files(&self) -> Vec<String> {
        let below = |path: &Path| path.strip_prefix(self.dir.path()).unwrap().to_string_lossy().replace('\\', "/");
        let walk = walkdir::WalkDir::new(self.dir.path()).sort_by_file_name().into_iter().map(Result::unwrap);
        let files = walk.filter(|entry| entry.file_type().is_file() && entry.file_name() != "a.zip");
        files.map(|entry| below(entry.path())).collect()
    }

    fn why(&self, name: &str) -> &str {
        let left_out = self.left_out.as_ref().unwrap();
        left_out.iter().find(|(what, _)| what == name).map_or_else(|| panic!("{name}: {left_out:?}"), |(_, why)| why)
    }
}

#[test]
fn pictures_and_labels_are_unpacked_and_the_rest_is_told() {
    let files: [(&str, &[u8]); 8] = [
        ("set/a/1.png", b"one"),
        ("set/labels.csv", b"two"),
        ("set\\b\\2.PNG", b"three"),
        ("set/IM0001", b"four"),
        ("set/setup.exe", b"five"),
        ("set/more.zip", b"six"),
        ("__MACOSX/set/a/._1.png", b"seven"),
        ("set/.DS_Store", b"eight"),
    ];
    let unpacked = Unpacked::of(&zipped(&files), Limits::default());
    assert_eq!(unpacked.files(), ["to/set/IM0001", "to/set/a/1.png", "to/set/b/2.PNG", "to/set/labels.csv"]);
    assert_eq!(std::fs::read(unpacked.dir.path().join("to/set/a/1.png")).unwrap(), b"one");
    assert!(unpacked.why("set/more.zip").contains("archive within"));
    assert_eq!(unpacked.left_out.as_ref().unwrap().len(), 2);
    assert!(unpacked.why("1 .exe").contains("neither"));
}

#[test]
fn nothing_is_written_outside_the_folder() {
    // The writer would clean such names, so they are put over others of the same length.
    let bad = ["../evil.png", "/etc/ev.png", "C:\\evil.png", "a/../../x.png", "..\\evil.png"];
    for name in bad {
        let stand_in = format!("{:x<1$}", "q", name.len());
        let mut bytes = zipped(&[(&stand_in, b"x"), ("good.png", b"y")]);
        while let Some(at) = bytes.windows(name.len()).position(|w| w == stand_in.as_bytes()) {
            bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
        }
        let unpacked = Unpacked::of(&bytes, Limits::default());
        assert_eq!(unpacked.files(), ["to/good.png"], "{name}");
        assert!(unpacked.why(name).contains("leads out"), "{name}");
    }
}

#[test]
fn links_are_not_made() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("link.png", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    zip.add_symlink("away", "/tmp", SimpleFileOptions::default()).unwrap();
    zip.start_file("away/in.png", SimpleFileOptions::default()).unwrap();
    let unpacked = Unpacked::of(&zip.finish().unwrap().into_inner(), Limits::default());
    assert_eq!(unpacked.files(), ["to/away/in.png"]);
    assert!(unpacked.why("link.png").contains("link") && unpacked.why("away").contains("link"));
}

#[test]
fn bombs_are_refused_by_what_they_unpack_to() {
    let zeros = vec![0u8; 3 << 20];
    let bomb = zipped(&[("bomb.png", &zeros), ("good.png", b"y")]);
    let unpacked = Unpacked::of(&bomb, Limits::default());
    assert_eq!(unpacked.files(), ["to/good.png"]);
    assert!(unpacked.why("bomb.png").contains("200 times"));
    let loose = Limits { ratio: u64::MAX, ..Limits::default() };
    let refused = Unpacked::of(&bomb, Limits { bytes: 1 << 20, ..loose }).left_out.unwrap_err();
    assert!(refused.contains("a.zip") && refused.contains("more than 1 MB"), "{refused}");
    let large = Unpacked::of(&bomb, Limits { file_bytes: 1 << 20, ..loose });
    assert!(large.why("bomb.png").contains("1 MB"));
    let many = Unpacked::of(&bomb, Limits { entries: 1, ..loose }).left_out.unwrap_err();
    assert!(many.contains("2 entries"), "{many}");
}

#[test]
fn encrypted_damaged_and_cut_archives_get_a_sentence() {
    let mut bytes = zipped(&[("secret.png", b"x"), ("good.png", b"y")]);
    // The flag "encrypted" (APPNOTE 4.4.4) in the local and in the central header of the first entry.
    for (signature, flag) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = bytes.windows(4).position(|w| w == signature).unwrap();
        bytes[at + flag] |= 1;
    }
    let unpacked = Unpacked::of(&bytes, Limits::default());
    assert_eq!(unpacked.files(), ["to/good.png"]);
    assert!(unpacked.why("secret.png").contains("encrypted"));

    let noise: Vec<u8> = (0..2000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let whole = zipped(&[("a.png", &noise), ("good.png", b"y")]);
    let mut damaged = whole.clone();
    damaged[500] ^= 0xFF;
    let unpacked = Unpacked::of(&damaged, Limits::default());
    assert_eq!(unpacked.files(), ["to/good.png"]);
    assert!(unpacked.why("a.png").contains("damaged"));
    let cut = Unpacked::of(&whole[..whole.len() * 2 / 3], Limits::default()).left_out.unwrap_err();
    assert!(cut.contains("a.zip") && cut.contains("no whole zip archive"), "{cut}");
    let reversed = zipped(&[("good.png", b"y"), ("b/also.png", b"z"), ("a.png", &noise), ("lost.png", b"y")]);
    let cut = Unpacked::of(&reversed[..500], Limits::default());
    assert_eq!(cut.files(), ["to/b/also.png", "to/good.png"]);
    assert!(cut.why("a.png").contains("cut short"));
    assert!(cut.why("the archive's end").contains("2 files before it"));
}

#[test]
fn what_the_disk_has_no_room_for_is_not_begun() {
    let why = |needed, free| match room(needed, free) {
        Err(Stop::Archive(why)) => Some(why),
        _ => None,
    };
    assert_eq!(why(5 << 20, 5 << 20), None);
    let why = why((5 << 20) + 1, 5 << 20).unwrap();
    assert!(why.contains("6 MB") && why.contains("5 MB are free"), "{why}");
}

#[test]
fn archives_are_known_by_content_and_unpacking_can_be_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    let (archive, other) = (dir.path().join("images"), dir.path().join("a.zip"));
    std::fs::write(&archive, zipped(&[("a.png", b"x")])).unwrap();
    std::fs::write(&other, b"no zip").unwrap();
    assert!(is_archive(&archive) && !is_archive(&other) && !is_archive(dir.path()));
    let cancelled = unpack(&archive, dir.path(), Limits::default(), &|_, _| false).unwrap_err();
    assert!(cancelled.to_string().contains("cancelled"));
}
