//! The session as the window holds it: commands in, views out, with its threads.

use crate::domain::recipe::Augmentation;
use crate::domain::{ImageId, MapMethod, ReadingMode, Voi};
use crate::files::hash::sha256_hex;
use crate::imaging::write;
use crate::interchange::notes;
use crate::pretrained::catalogue;
use crate::pretrained::server::{Answer, Server};
use crate::session::Workbench;
use crate::session::desk::settings::Places;
use crate::session::desk::test_window::{window, window_at, window_with};
use crate::session::protocol::command::{Command, DemoKind, DeskCommand, Edit, NewProject, ProjectCommand, StartFrom};
use crate::session::protocol::pictures::{Explained, Fetched, HeatPicture, MapRequest, PictureRequest, PreviewRequest};
use crate::session::protocol::queue;
use crate::session::protocol::view::{Offer, PretrainedState, View};
use crate::session::test_project::{annotate, small, tiny};
use std::path::PathBuf;

fn saved(view: &View) -> bool {
    view.project.as_ref().is_some_and(|p| p.saved)
}

#[test]
fn labels_are_unsaved_until_they_are_committed() {
    let project = small(10);
    let window = window(Some(project.project.clone()));
    window.until("the project", |view| view.project.is_some() && view.jobs.is_empty());
    window.send(annotate(project.ids[0], Edit::Flag(true)));
    let view = window.until("the flag", |view| saved(view) && view.project.as_ref().unwrap().rows[0].flagged);
    assert_eq!(view.project.as_ref().unwrap().undo.as_deref(), Some("flag of img0.png"));
    assert_eq!(view.recent.len(), 1);
    window.send(DeskCommand::CloseProject);
    let view = window.until("the start screen", |view| view.project.is_none());
    assert_eq!(view.recent[0].summary, "10 images, 0 reviewed");
    assert!(project.open().annotations()[0].flagged);
}

#[test]
fn nothing_is_compared_with_what_others_said_while_somebody_reads_blind() {
    let project = small(6);
    let window = window(Some(project.project.clone()));
    window.until("the project", |view| view.project.is_some() && view.jobs.is_empty());
    window.send(ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: false });
    let blind = |view: &View| view.project.as_ref().is_some_and(|p| p.reading == ReadingMode::Blind);
    window.until("blind reading", blind);
    let refused = |view: &View| view.notices.iter().filter(|n| n.text.contains("choose Assisted reading")).count();
    window.send(ProjectCommand::Merge { other: project.project.clone() });
    window.until("the merge to be refused", |view| refused(view) == 1);
    window.send(DeskCommand::AddImages(NewProject::of(project.dir.path(), &project.project)));
    let view = window.until("the import to be refused", |view| refused(view) == 2);
    assert!(view.import.is_none() && view.jobs.is_empty());
}

fn heat(session: &impl Workbench, request: MapRequest) -> Fetched<HeatPicture> {
    session.heat_maps(&[request]).pop().unwrap()
}

fn map_of(image: ImageId, class: usize) -> MapRequest {
    MapRequest { image, model: None, explained: Explained::Class(class), method: MapMethod::GradCam, layer: None }
}

#[test]
fn a_run_goes_on_beside_labelling_and_ends_in_a_comparison() {
    let project = small(20);
    let window = window(Some(project.project.clone()));
    window.until("the project", |view| view.project.is_some());
    window.send(ProjectCommand::Train(Box::new(tiny())));
    window.send(annotate(project.ids[0], Edit::Label(Some(1))));
    let compared = |view: &View| view.project.as_ref().is_some_and(|p| p.comparison.is_some());
    let view = window.until("the comparison", compared);
    let model = view.project.as_ref().unwrap().models[0].record.id;
    assert!(view.project.as_ref().unwrap().rows[0].reviewed);
    let judged = |view: &View| view.project.as_ref().unwrap().comparison.as_ref().unwrap().performances.clone();
    let view = window.until("its figures finding by finding", |view| !judged(view).is_empty());
    let (of, performance) = &judged(&view)[0];
    assert_eq!((*of, performance.images, performance.findings.len()), (model, 4, 2));
    assert_eq!(performance.draws, 0, "four images give no interval");
    window.send(ProjectCommand::Promote(model));
    let predicted = |view: &View| view.project.as_ref().is_some_and(|p| p.counts.predicted == 20);
    window.until("the predictions", predicted);
    let heat = window.wait("the heat map", |session| match heat(session, map_of(project.ids[0], 1)) {
        Fetched::Ready(heat) => Some(heat),
        Fetched::Loading(_) => None,
        Fetched::Failed(why) => panic!("{why}"),
    });
    assert_eq!(heat.rgba.len(), heat.width * heat.height * 4);
}

#[test]
fn weights_are_downloaded_in_a_job_then_used_and_what_fails_is_told() {
    let content = b"not really weights".to_vec();
    let server =
        Server::start("tiny.pth", content.clone(), vec![Answer::Status(503), Answer::CutAfter(5), Answer::Whole]);
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let mut tiny_weights = catalogue()[0];
    (tiny_weights.url, tiny_weights.name) = (leak(server.url.clone()), "tiny");
    (tiny_weights.sha256_prefix, tiny_weights.architecture) =
        (leak(sha256_hex(&content)[..8].to_owned()), "simple-cnn");
    let project = small(20);
    let window = window_with(Some(project.project.clone()), Box::leak(Box::new([tiny_weights])));
    let state = |view: &View| view.pretrained[0].state;
    let start = StartFrom::Pretrained("tiny".into());
    let train = Command::Project(ProjectCommand::TrainFrom { recipe: Box::new(tiny()), start });
    window.until("the project", |view| view.project.is_some());
    window.send(train.clone());
    let view = window.until("the way to get it", |view| !view.notices.is_empty());
    assert!(view.notices[0].text.contains("not downloaded yet"), "{:?}", view.notices);
    window.send(DeskCommand::Download("tiny".into()));
    let view = window.until("the refusal", |view| view.notices.len() == 2 && state(view) == PretrainedState::Absent);
    assert!(view.notices[1].text.contains("answers 503"), "{:?}", view.notices);
    window.send(DeskCommand::Download("tiny".into()));
    let view = window.until("the weights", |view| state(view) == PretrainedState::There);
    assert_eq!((view.notices.len(), server.asked()), (1, vec![None, None, Some(5)]), "the refusal is past");
    // They are taken up by a run, which says what is wrong with them.
    window.send(train);
    let says = |view: &View, text: &str| view.notices.iter().any(|notice| notice.text.contains(text));
    let view = window.until("the run's end", |view| says(view, "tiny.pth is no weight file"));
    assert_eq!(view.notices.len(), 1, "that they are not there is not said any more: {:?}", view.notices);
    window.send(DeskCommand::Download("vgg".into()));
    window.until("the names", |view| says(view, "vgg"));
}

#[test]
fn pictures_and_thumbnails_come_and_say_why_not() {
    let project = small(4);
    std::fs::write(&project.open().images()[1].path, "no picture any more").unwrap();
    let window = window(Some(project.project.clone()));
    window.until("the project", |view| view.project.is_some());
    let request = PictureRequest { image: project.ids[0], voi: Voi::Window(100.0, 50.0), invert: true, side: 8 };
    let picture = window.wait("the picture", |session| match session.picture(request) {
        Fetched::Ready(picture) => Some(picture),
        _ => None,
    });
    assert_eq!((picture.width, picture.height, picture.request), (8, 6, request));
    assert_eq!((picture.image_width, picture.image_height), (32, 24));
    let thumbnail = window.wait("the thumbnail", |session| match session.thumbnail(project.ids[0]) {
        Fetched::Ready(thumbnail) => Some(thumbnail),
        _ => None,
    });
    assert_eq!(thumbnail.rgba.len(), thumbnail.width * thumbnail.height * 4);
    let broken = PictureRequest { image: project.ids[1], voi: Voi::default(), invert: false, side: 8 };
    let why = window.wait("the reason", |session| match session.picture(broken) {
        Fetched::Failed(why) => Some(why),
        _ => None,
    });
    assert!(why.contains("img1.png"), "{why}");
    let request = |image| PreviewRequest {
        image: project.ids[image],
        preprocessing: tiny().preprocessing,
        augmentation: Augmentation { brightness: 0.1, ..Augmentation::default() },
        seed: 1,
        round: 0,
    };
    let preview = window.wait("the preview", |session| match session.preview(request(0)) {
        Fetched::Ready(preview) => Some(preview),
        _ => None,
    });
    assert_eq!((preview.original.len(), preview.copies.len(), preview.views), (16 * 16 * 4, 8, 1));
    assert!(preview.copies.iter().all(|copy| *copy != preview.original));
    assert_ne!(preview.copies[0], preview.copies[1]);
    let other = PreviewRequest { round: 1, ..request(0) };
    let Fetched::Loading(Some(older)) = window.session.preview(other) else { panic!("the older one is not shown") };
    assert_eq!(older, preview);
    let why = window.wait("the reason", |session| match session.preview(request(1)) {
        Fetched::Failed(why) => Some(why),
        _ => None,
    });
    assert!(why.contains("img1.png"), "{why}");
    let Fetched::Failed(why) = heat(&window.session, map_of(project.ids[0], 0)) else { panic!("no model, no map") };
    assert!(why.contains("no model"), "{why}");
}

#[test]
fn a_demo_made_beside_other_work_is_offered_and_does_not_take_its_place() {
    let project = small(10);
    let window = window(Some(project.project.clone()));
    window.until("the project", |view| view.project.is_some());
    window.send(DeskCommand::CreateDemo { kind: DemoKind::Knee, images: 6, seed: 1, dir: None });
    let offered = |view: &View| view.notices.iter().find_map(|notice| notice.offer.clone());
    let view = window.until("the demo", |view| offered(view).is_some());
    assert_eq!(view.project.as_ref().unwrap().path, project.project, "keys go where they went");
    let Some(Offer::Open(demo)) = offered(&view) else { panic!("{:?}", view.notices) };
    assert_eq!(view.recent.len(), 1, "it was not opened yet");
    window.send(DeskCommand::OpenProject(demo.clone()));
    window.until("the demo is open", |view| view.project.as_ref().is_some_and(|p| p.path == demo));
}

#[test]
fn a_demo_opens_itself_and_a_scan_is_shown() {
    let window = window(None);
    window.send(DeskCommand::CreateDemo { kind: DemoKind::Knee, images: 12, seed: 1, dir: None });
    let view = window.until("the demo", |view| view.project.is_some());
    let project = view.project.as_ref().unwrap();
    assert_eq!(project.rows.len(), 12);
    let folder = project.path.parent().unwrap().join("images");
    window.send(DeskCommand::ReadSource(crate::session::protocol::command::ImportSource::at(folder.clone())));
    let ready = |view: &View| {
        matches!(
            view.import.as_ref().map(|i| &i.state),
            Some(crate::session::protocol::import_view::ImportState::Ready(_))
        )
    };
    let view = window.until("the summary", ready);
    let Some(crate::session::protocol::import_view::ImportState::Ready(summary)) =
        view.import.as_ref().map(|i| i.state.clone())
    else {
        panic!()
    };
    assert_eq!(summary.images, 12);
    assert_eq!(summary.project.parent(), folder.parent());
    window.send(DeskCommand::DismissImport);
    window.until("the dismissal", |view| view.import.is_none());
    window.send(ProjectCommand::SetFilter(queue::Filter { label: Some(0), ..queue::Filter::default() }));
    window.until("the filter", |view| view.project.as_ref().is_some_and(|p| p.queue.len() < 12));
}

/// An archive of pictures in two class folders, beside nothing else.
fn archive(dir: &std::path::Path) -> PathBuf {
    let path = dir.join("set.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (at, name) in ["a/1.png", "a/2.png", "b/3.png"].into_iter().enumerate() {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        let grey = 50 * at as u8;
        std::io::Write::write_all(&mut zip, &write::png_rgba(1, 1, &[grey, grey, grey, 255]).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn import_of(source: &std::path::Path, project: PathBuf) -> NewProject {
    NewProject { classes: vec!["a".into(), "b".into()], ..NewProject::of(source, project) }
}

/// What lies in a folder, by name.
fn names(dir: &std::path::Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn ready(view: &View) -> bool {
    matches!(view.import.as_ref().map(|i| &i.state), Some(crate::session::protocol::import_view::ImportState::Ready(_)))
}

#[test]
fn an_archive_is_previewed_and_becomes_a_project_or_part_of_one() {
    let dir = tempfile::tempdir().unwrap();
    let source = archive(dir.path());
    let window = window(None);
    window
        .session
        .send(Command::Desk(DeskCommand::ReadSource(crate::session::protocol::command::ImportSource::at(&source))));
    window.until("the preview", ready);
    window.send(DeskCommand::DismissImport);
    window.until("nothing left of it", |view| view.import.is_none() && view.jobs.is_empty());
    assert_eq!(names(dir.path()), ["set.zip"]);

    window
        .session
        .send(Command::Desk(DeskCommand::ReadSource(crate::session::protocol::command::ImportSource::at(&source))));
    window.until("the preview", ready);
    // What stands in the way is said, and it can be tried again.
    let taken = dir.path().join("taken.overread");
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("x"), "x").unwrap();
    window.send(DeskCommand::CreateProject(import_of(&source, taken.clone())));
    let view = window.until("the refusal", |view| !view.notices.is_empty());
    assert!(view.notices[0].text.contains("not empty"), "{:?}", view.notices);
    std::fs::remove_dir_all(&taken).unwrap();
    window.send(DeskCommand::CreateProject(import_of(&source, taken.clone())));
    let view = window.until("the project", |view| view.project.is_some() && view.jobs.is_empty());
    assert_eq!(view.project.as_ref().unwrap().rows.len(), 3);
    assert_eq!(names(dir.path()), ["set.zip", "taken.overread"]);

    let other = small(10);
    window.send(DeskCommand::OpenProject(other.project.clone()));
    let is_open = |view: &View| view.project.as_ref().is_some_and(|p| p.path == other.project) && view.jobs.is_empty();
    window.until("the other project", is_open);
    window
        .session
        .send(Command::Desk(DeskCommand::ReadSource(crate::session::protocol::command::ImportSource::at(&source))));
    window.until("the preview", ready);
    let new = import_of(&source, other.project.clone());
    window.send(DeskCommand::PreviewMerge(new.clone()));
    let view = window.until("the comparison", |view| view.import.as_ref().is_some_and(|i| i.merge.is_some()));
    assert_eq!(view.import.as_ref().unwrap().merge.as_ref().unwrap().as_ref().unwrap().images, 3);
    window.send(DeskCommand::AddImages(new));
    window
        .until("the images", |view| view.import.is_none() && view.project.as_ref().is_some_and(|p| p.rows.len() == 13));
    let added = other.open_to_look().images()[12].path.clone();
    assert!(added.is_file() && added.starts_with(other.project.join("images")), "{}", added.display());
}

#[test]
fn what_becomes_of_patients_is_chosen_and_the_project_goes_on_with_it() {
    use crate::imaging::dicom::{element, small};
    let dir = tempfile::tempdir().unwrap();
    let write = |folder: &str, name: &str, patient: &[u8], grey: u16| {
        let mut bytes = small(b"MONOCHROME2 ", &[], [grey, 9]);
        // Attributes stand in the order of their tags.
        let at = bytes.windows(4).position(|tag| tag == [0x28, 0, 2, 0]).unwrap();
        bytes.splice(at..at, element((0x10, 0x20), b"LO", patient));
        std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        std::fs::write(dir.path().join(folder).join(name), bytes).unwrap();
    };
    write("first", "a.dcm", b"4711", 1);
    write("first", "b.dcm", b"0815", 2);
    write("more", "c.dcm", b"4711", 3);
    let window = window(None);
    let at = |folder: &str, patients| crate::session::protocol::command::ImportSource {
        patients,
        ..crate::session::protocol::command::ImportSource::at(dir.path().join(folder))
    };
    let read = |source: crate::session::protocol::command::ImportSource, how| {
        window.send(DeskCommand::ReadSource(source.clone()));
        window.until("the preview", |view| match view.import.as_ref().map(|i| (&i.source, &i.state)) {
            Some((of, crate::session::protocol::import_view::ImportState::Ready(summary))) => {
                *of == source && summary.patients == Some(how)
            }
            _ => false,
        })
    };
    let hashed = read(at("first", None), crate::session::protocol::patient_ids::PatientIds::Hashed);
    assert!(
        matches!(&hashed.import.as_ref().unwrap().state, crate::session::protocol::import_view::ImportState::Ready(s) if s.groups == 2)
    );
    let ignored = read(
        at("first", Some(crate::session::protocol::patient_ids::PatientIds::Ignored)),
        crate::session::protocol::patient_ids::PatientIds::Ignored,
    );
    assert!(
        matches!(&ignored.import.as_ref().unwrap().state, crate::session::protocol::import_view::ImportState::Ready(s) if s.groups == 0)
    );
    read(
        at("first", Some(crate::session::protocol::patient_ids::PatientIds::Kept)),
        crate::session::protocol::patient_ids::PatientIds::Kept,
    );
    let project = dir.path().join("p.overread");
    let new = |folder: &str| crate::session::protocol::command::NewProject {
        classes: vec!["a".into(), "b".into()],
        ..import_of(&dir.path().join(folder), project.clone())
    };
    window.send(DeskCommand::CreateProject(new("first")));
    window.until("the project", |view| view.project.is_some() && view.import.is_none());
    // Nobody says it anew: the second import joins the first one's groups.
    read(at("more", None), crate::session::protocol::patient_ids::PatientIds::Kept);
    window.send(DeskCommand::AddImages(new("more")));
    window.until("the third image", |view| view.project.as_ref().is_some_and(|p| p.rows.len() == 3));
    let store = crate::store::Store::open(&project, crate::store::Access::ReadOnly).unwrap();
    let groups: Vec<_> = store.images().unwrap().into_iter().map(|image| image.group.unwrap()).collect();
    assert_eq!(groups, ["4711", "0815", "4711"]);
    let before = window.session.view().revision;
    read(
        at("more", Some(crate::session::protocol::patient_ids::PatientIds::Hashed)),
        crate::session::protocol::patient_ids::PatientIds::Hashed,
    );
    window.send(DeskCommand::PreviewMerge(new("more")));
    let view = window.until("the comparison", |view| {
        view.revision > before && view.import.as_ref().is_some_and(|import| import.merge.is_some())
    });
    let report = view.import.as_ref().unwrap().merge.clone().unwrap().unwrap();
    assert!(report.conflicts.iter().any(|said| said.contains("PatientID")), "{:?}", report.conflicts);
}

#[test]
fn an_import_that_was_broken_off_is_offered_and_gone_on_with() {
    let (home, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = dir.path().join("set");
    crate::session::test_project::draw(&source, 0, 1);
    crate::session::test_project::draw(&source, 1, 2);
    let project = dir.path().join("set.overread");
    let broken_off = crate::session::protocol::import_view::Unfinished {
        source: source.clone(),
        images: None,
        exclude: Vec::new(),
        format: Some(crate::session::Format::FOLDERS),
        voc_base: None,
        frame: None,
        unannotated: crate::session::Unannotated::Unseen,
        unlabelled: false,
        patients: Some(crate::session::protocol::patient_ids::PatientIds::Ignored),
        findings: false,
        project: project.clone(),
        into: false,
    };
    Places::at(home.path()).begin_import(broken_off.clone()).unwrap();
    std::fs::write(notes::beside(&project), "").unwrap();
    let window = window_at(home, None, catalogue());
    assert_eq!(window.session.view().unfinished.as_deref(), Some(&broken_off));
    window.send(DeskCommand::ResumeImport);
    let view = window.until("the preview", ready);
    let read = &view.import.as_ref().unwrap().source;
    assert_eq!(
        (read.path.clone(), read.format, read.patients),
        (
            source.clone(),
            Some(crate::session::Format::FOLDERS),
            Some(crate::session::protocol::patient_ids::PatientIds::Ignored)
        ),
        "as it was read before"
    );
    assert_eq!(view.unfinished, None);
    window.send(DeskCommand::CreateProject(import_of(&source, project.clone())));
    window.until("the project", |view| view.project.is_some());
    assert_eq!(names(dir.path()), ["set", "set.overread"], "what was noted is gone");
    window.send(DeskCommand::ResumeImport);
    let view = window.until("the refusal", |view| !view.notices.is_empty());
    assert!(view.notices[0].text.contains("no import"), "{:?}", view.notices);
}

#[test]
fn nothing_is_written_beside_the_images_before_a_person_agrees_to_the_project_s_place() {
    let (home, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = dir.path().join("set");
    std::fs::create_dir(&source).unwrap();
    // Of fewer images nothing is noted.
    (0..500).for_each(|index| drop(crate::session::test_project::draw(&source, index % 2, index)));
    let kept = home.path().join("imports");
    let window = window_at(home, None, catalogue());
    window.send(DeskCommand::ReadSource(crate::session::ImportSource::at(&source)));
    window.until("the preview", ready);
    assert_eq!(
        (names(dir.path()), names(&kept).len()),
        (vec!["set".to_owned()], 1),
        "it is noted at the program's own"
    );
    window.send(DeskCommand::DismissImport);
    window.until("the start", |view| view.import.is_none());
    assert_eq!((names(dir.path()), names(&kept).len()), (vec!["set".to_owned()], 0));
}

#[test]
fn columns_that_were_chosen_are_suggested_for_the_same_header_in_another_project() {
    let dir = tempfile::tempdir().unwrap();
    let table = |name: &str| {
        let source = dir.path().join(name);
        crate::session::test_project::draw(&source, 0, 1);
        std::fs::write(source.join("t.csv"), "image,label,other\ndark/img1.png,a,b\n").unwrap();
        crate::session::protocol::command::ImportSource {
            format: Some(crate::session::Format::CSV),
            ..crate::session::protocol::command::ImportSource::at(source)
        }
    };
    let window = window(None);
    window.send(DeskCommand::ReadSource(table("first")));
    let view = window.until("the preview", ready);
    let suggested = view.import.as_ref().unwrap().table.as_ref().unwrap().suggested.clone().unwrap();
    assert_eq!(suggested.class, Some(1));
    let chosen = crate::session::Mapping { class: None, group: Some(2), ..suggested };
    window.send(DeskCommand::ReadSource(crate::session::protocol::command::ImportSource {
        columns: Some(chosen.clone()),
        ..table("first")
    }));
    let has = |view: &View, path: &str, classes: usize| {
        let import = view.import.as_ref().filter(|import| import.source.path.ends_with(path));
        match import.map(|import| (&import.state, import.source.columns.is_some() || path == "second")) {
            Some((crate::session::protocol::import_view::ImportState::Ready(summary), true)) => {
                summary.classes.len() == classes && summary.groups == 1
            }
            _ => false,
        }
    };
    window.until("no class and a group", |view| has(view, "first", 0));
    window.send(DeskCommand::ReadSource(table("second")));
    let view = window.until("the same of another table", |view| has(view, "second", 0));
    let table = view.import.as_ref().unwrap().table.clone().unwrap();
    assert_eq!((table.remembered, table.suggested), (true, Some(chosen)));
}

#[test]
fn what_cannot_be_done_is_said() {
    let window = window(Some(PathBuf::from("/nowhere/at/all.overread")));
    let view = window.until("a notice", |view| !view.notices.is_empty());
    assert!(view.notices[0].text.contains("all.overread"), "{:?}", view.notices);
    window.send(ProjectCommand::Undo);
    let view = window.until("another", |view| view.notices.len() == 2);
    window.send(DeskCommand::DismissNotice(view.notices[0].id));
    window.until("one less", |view| view.notices.len() == 1);
}
