//! Downloads from a server on this machine: whole, gone on with, cut, wrong, absent, cancelled.

use super::download::part_of;
use super::server::{Answer, Server};
use super::*;
use crate::files::hash::sha256_hex;
use std::path::PathBuf;

struct Trial {
    folder: tempfile::TempDir,
    content: Vec<u8>,
    server: Server,
}

impl Trial {
    fn new(answers: &[Answer]) -> Self {
        // Longer than a few pieces, and no two places alike.
        let content: Vec<u8> = (0..300_001u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let server = Server::start("tiny-00000000.pth", content.clone(), answers.to_vec());
        Self { folder: tempfile::tempdir().unwrap(), content, server }
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("deep/weights/tiny.pth")
    }

    fn had(&self, bytes: &[u8]) {
        std::fs::create_dir_all(self.place().parent().unwrap()).unwrap();
        std::fs::write(part_of(&self.place()), bytes).unwrap();
    }

    fn part(&self) -> Option<Vec<u8>> {
        std::fs::read(part_of(&self.place())).ok()
    }

    fn fetch(&self, listen: &mut dyn FnMut(Progress) -> Going) -> Result<(), DownloadError> {
        let hash = sha256_hex(&self.content);
        let source = Source { url: &self.server.url, sha256_prefix: &hash[..8], bytes: 1000 };
        fetch(&source, &self.place(), listen)
    }

    #[track_caller]
    fn arrives(&self) {
        self.fetch(&mut |_| Going::On).unwrap();
        assert!(std::fs::read(self.place()).unwrap() == self.content);
        assert_eq!(self.part(), None, "nothing temporary is left");
    }
}

#[test]
fn a_whole_file_arrives_with_progress_and_is_not_fetched_twice() {
    let trial = Trial::new(&[Answer::Whole]);
    let mut seen = Vec::new();
    trial
        .fetch(&mut |progress| {
            seen.push(progress);
            Going::On
        })
        .unwrap();
    assert!(std::fs::read(trial.place()).unwrap() == trial.content);
    let total = trial.content.len() as u64;
    assert_eq!(seen.last(), Some(&Progress { done: total, total }));
    assert!(seen.len() > 3 && seen.is_sorted_by_key(|p| p.done));
    // The server has no second answer.
    trial.arrives();
    assert_eq!(trial.server.asked(), [None]);
}

#[test]
fn what_an_earlier_attempt_left_is_gone_on_with() {
    let trial = Trial::new(&[Answer::Whole]);
    trial.had(&trial.content[..70_000]);
    trial.arrives();
    assert_eq!(trial.server.asked(), [Some(70_000)]);
}

#[test]
fn a_server_that_knows_no_ranges_begins_anew() {
    let trial = Trial::new(&[Answer::IgnoreRange]);
    trial.had(&trial.content[..70_000]);
    trial.arrives();
}

#[test]
fn a_cut_connection_is_taken_up_again_where_it_broke() {
    let trial = Trial::new(&[Answer::CutAfter(100_000), Answer::CutAfter(50_000), Answer::Whole]);
    trial.arrives();
    assert_eq!(trial.server.asked(), [None, Some(100_000), Some(150_000)]);
}

#[test]
fn a_server_that_always_cuts_is_given_up_and_what_came_is_kept() {
    let trial = Trial::new(&[Answer::CutAfter(1000), Answer::CutAfter(0), Answer::CutAfter(0), Answer::CutAfter(0)]);
    let error = trial.fetch(&mut |_| Going::On).unwrap_err();
    assert!(matches!(error, DownloadError::Broken { .. }), "{error}");
    assert!(error.to_string().contains("goes on where it stopped"), "{error}");
    assert!(error.to_string().contains("download tiny-00000000.pth elsewhere"), "{error}");
    assert_eq!(trial.part().unwrap(), trial.content[..1000]);
    assert!(!trial.place().exists());
}

#[test]
fn a_wrong_beginning_is_thrown_away_once_and_a_wrong_file_refused() {
    let trial = Trial::new(&[Answer::Whole, Answer::Whole]);
    trial.had(&[7; 5000]);
    trial.arrives();
    assert_eq!(trial.server.asked(), [Some(5000), None]);

    let trial = Trial::new(&[Answer::Whole]);
    let source = Source { url: &trial.server.url, sha256_prefix: "ffffffff", bytes: 1000 };
    let error = fetch(&source, &trial.place(), &mut |_| Going::On).unwrap_err();
    assert!(matches!(&error, DownloadError::WrongHash { found, .. } if found.len() == 8), "{error}");
    assert!(!trial.place().exists() && trial.part().is_none());
}

#[test]
fn a_part_that_is_whole_needs_no_byte_more() {
    let trial = Trial::new(&[Answer::Status(416)]);
    trial.had(&trial.content);
    trial.arrives();
}

#[test]
fn a_part_longer_than_the_file_is_thrown_away() {
    let trial = Trial::new(&[Answer::Status(416), Answer::Whole]);
    trial.had(&[&trial.content[..], b"more"].concat());
    trial.arrives();
}

#[test]
fn refusals_of_a_server_get_their_sentences() {
    for (status, part) in [(404, "is not there"), (503, "answers 503"), (302, "answers 302")] {
        let error = Trial::new(&[Answer::Status(status)]).fetch(&mut |_| Going::On).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("Choose file"), "{error}");
    }
    // A port nobody listens on any more.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let trial = Trial::new(&[]);
    let url = format!("http://{free}/x.pth");
    let source = Source { url: &url, sha256_prefix: "00", bytes: 1 };
    let error = fetch(&source, &trial.place(), &mut |_| Going::On).unwrap_err();
    assert!(matches!(error, DownloadError::Unreachable { .. }), "{error}");
    // Another machine is only spoken to over https.
    let source = Source { url: "http://example.invalid/x.pth", sha256_prefix: "00", bytes: 1 };
    let error = fetch(&source, &trial.place(), &mut |_| Going::On).unwrap_err();
    assert!(matches!(error, DownloadError::Unreachable { .. }), "{error}");
}

#[test]
fn a_cancelled_download_keeps_what_came_and_goes_on_later() {
    let trial = Trial::new(&[Answer::Whole, Answer::Whole]);
    let stop = |progress: Progress| if progress.done > 200_000 { Going::Stop } else { Going::On };
    let error = trial.fetch(&mut { stop }).unwrap_err();
    assert!(matches!(error, DownloadError::Cancelled), "{error}");
    let kept = trial.part().unwrap().len() as u64;
    assert!(kept > 200_000 && kept < trial.content.len() as u64, "{kept}");
    trial.arrives();
    assert_eq!(trial.server.asked(), [None, Some(kept)]);
}

#[test]
fn two_downloads_of_one_file_do_not_get_in_each_others_way() {
    let trial = Trial::new(&[Answer::Whole]);
    let mut refused = None;
    let other = Source { url: &trial.server.url, sha256_prefix: "00", bytes: 1 };
    trial
        .fetch(&mut |_| {
            refused.get_or_insert_with(|| fetch(&other, &trial.place(), &mut |_| Going::On));
            Going::On
        })
        .unwrap();
    assert!(matches!(refused, Some(Err(DownloadError::Busy { .. }))), "{refused:?}");
}

#[test]
fn the_shelf_knows_what_it_has() {
    let data = tempfile::tempdir().unwrap();
    let shelf = Shelf::in_dir(data.path());
    let entry = shelf.find("resnet18").unwrap();
    assert_eq!(shelf.kept(entry), Downloaded::Nothing);
    std::fs::create_dir_all(shelf.dir()).unwrap();
    std::fs::write(part_of(&shelf.place(entry)), [0; 17]).unwrap();
    assert_eq!(shelf.kept(entry), Downloaded::Part(17));
    std::fs::write(shelf.place(entry), b"x").unwrap();
    assert_eq!(shelf.kept(entry), Downloaded::Whole(data.path().join("weights/resnet18-f37072fd.pth")));
    let error = shelf.find("resnet9000").unwrap_err().to_string();
    assert!(error.contains("densenet121") && error.contains("resnet9000"), "{error}");
    // A name is its file, a path is itself, and nothing is fetched on the way.
    assert_eq!(shelf.resolve("ResNet18").unwrap(), shelf.place(entry));
    let own = data.path().join("own.pth");
    let error = shelf.resolve(&own.display().to_string()).unwrap_err();
    assert!(matches!(error, DownloadError::NoFile { .. }), "{error}");
    std::fs::write(&own, b"x").unwrap();
    assert_eq!(shelf.start_for(&own.display().to_string(), "resnet18").unwrap(), own);
    let error = shelf.resolve("resnet50-v2").unwrap_err().to_string();
    assert!(error.contains("overread weights download resnet50-v2") && error.contains("103 MB"), "{error}");
    let error = shelf.start_for("resnet18", "resnet50").unwrap_err().to_string();
    assert!(error.contains("take resnet50 or resnet50-v2"), "{error}");
    let error = shelf.start_for("resnet18", "simple-cnn").unwrap_err().to_string();
    assert!(error.contains("there are none for that network"), "{error}");
}
