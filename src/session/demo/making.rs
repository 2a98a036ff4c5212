//! Makes a demo: phantoms with known truth, a project of them, and the small model that ships with the program.

use crate::domain::annotation::IMPORT_READER;
use crate::domain::{Change, Findings, ImageId, Presence};
use crate::interchange::{Format, Unannotated};
use crate::nn::Compute;
use crate::phantom::{self, Kind};
use crate::session::demo::models::demo_model;
use crate::session::importing::create;
use crate::session::project::core::Core;
use crate::session::project::rows::WRONG;
use crate::session::protocol::command::{DemoKind, NewProject};
use crate::session::protocol::error::SessionError;
use crate::store::{DemoInfo, Truth};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The setting under which a demo of findings keeps what is so: a list of image and findings.
pub const TRUE_FINDINGS: &str = "true_findings";

impl DemoKind {
    /// The phantoms with one class an image that it shows; none where it shows findings or boxes.
    pub fn phantoms(self) -> Option<Kind> {
        match self {
            DemoKind::Fracture => Some(Kind::Fracture),
            DemoKind::Knee => Some(Kind::Knee),
            DemoKind::Ankle => Some(Kind::Ankle),
            DemoKind::Findings | DemoKind::Boxes => None,
        }
    }

    /// `fracture`, `knee`, `ankle`, `findings`, `boxes`, as the command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            DemoKind::Fracture => Kind::Fracture.name(),
            DemoKind::Knee => Kind::Knee.name(),
            DemoKind::Ankle => Kind::Ankle.name(),
            DemoKind::Findings => "findings",
            DemoKind::Boxes => "boxes",
        }
    }
}

/// Writes phantoms to `dir/images` and makes `dir/NAME.overread` of them; the project's path. The true classes are kept
/// in the project but not given as annotations; boxes are, and what is said of findings. `progress` gets images done and how many there will be; `false` ends the work.
pub fn create_demo(
    kind: DemoKind,
    images: usize,
    seed: u64,
    dir: &Path,
    progress: create::ScanProgress,
) -> Result<PathBuf, SessionError> {
    if images == 0 {
        return Err(SessionError::refused("a demo needs at least one image: choose how many"));
    }
    let project = dir.join(format!("{}.overread", kind.name()));
    // Before the phantoms of the project that is there are replaced.
    create::check_free(&project)?;
    let folder = dir.join("images");
    std::fs::create_dir_all(dir).map_err(|e| SessionError::file(dir, "made", &e))?;
    let new =
        NewProject { ordinal: kind.phantoms().is_some_and(Kind::ordinal), seed, ..NewProject::of(folder, project) };
    let info = DemoInfo { kind: kind.name().to_owned(), images, seed };
    let project = match (kind, kind.phantoms()) {
        (_, Some(phantoms)) => create_with_classes(phantoms, info, new, progress)?,
        (DemoKind::Findings, None) => create_with_findings(dir, info, new, progress)?,
        (_, None) => create_with_boxes(info, new, progress)?,
    };
    if let Err(error) = add_shipped_model(kind, &project) {
        tracing::warn!(%error, "the demo has no model to begin with");
    }
    Ok(project)
}

/// Images are written and then read back, which is about as much work each: an image that is written is half done. Tells of so
/// many images how many are done, from those of one half and how many the other half did before.
fn in_halves(images: usize, progress: create::ScanProgress) -> impl Fn(usize, usize) -> bool {
    move |done, before| progress((before + done) / 2, images)
}

/// Each image is labelled with one class, some wrongly on purpose.
fn create_with_classes(
    kind: Kind,
    info: DemoInfo,
    new: NewProject,
    progress: create::ScanProgress,
) -> Result<PathBuf, SessionError> {
    let images = info.images;
    let half = in_halves(images, progress);
    let written = phantom::write_dataset(&new.source, kind, images, info.seed, &mut |done| half(done, 0))
        .map_err(|e| SessionError::refused(e.to_string()))?;
    let by_name: HashMap<String, &phantom::WrittenPhantom> = written.iter().map(|w| (w.name.clone(), w)).collect();
    let new = NewProject { classes: kind.class_names().into_iter().map(str::to_owned).collect(), ..new };
    let groups = written.iter().map(|w| (w.name.clone(), w.group.clone())).collect();
    let extras = create::Extras { demo: Some(info), groups, ..create::Extras::default() };
    let created = create::build(&new, extras, &|done, _| half(done, images), |store| {
        let made = store.images()?;
        let known: Vec<_> = made.iter().filter_map(|image| Some((image.id, *by_name.get(&image.name)?))).collect();
        let truths: Vec<_> = known.iter().map(|(id, w)| (*id, Truth { class: w.class, finding: w.finding })).collect();
        store.set_truths(&truths)?;
        let wrong = known.iter().filter(|(_, w)| w.class != w.label).count();
        store.set_setting(WRONG, &wrong)?;
        Ok(())
    })?;
    Ok(created.project)
}

/// Of each image it is said which findings it has, with the doubts, gaps and errors of a reader, and where they are.
fn create_with_findings(
    dir: &Path,
    info: DemoInfo,
    new: NewProject,
    progress: create::ScanProgress,
) -> Result<PathBuf, SessionError> {
    let images = info.images;
    let half = in_halves(images, progress);
    let written = phantom::write_findings_set(dir, images, info.seed, &mut |done| half(done, 0))
        .map_err(|e| SessionError::refused(e.to_string()))?;
    let classes = phantom::FINDINGS.map(str::to_owned).to_vec();
    let new = NewProject { classes, findings: Some(true), ..new };
    let groups = written.iter().map(|(name, film)| (name.clone(), film.group.clone())).collect();
    let by_name: HashMap<String, phantom::FindingsFilm> = written.into_iter().collect();
    let extras = create::Extras { demo: Some(info), groups, ..create::Extras::default() };
    let created = create::build(&new, extras, &|done, _| half(done, images), |store| {
        let made = store.images()?;
        let known = made.iter().filter_map(|image| Some((image.id, by_name.get(&image.name)?)));
        let known: Vec<(ImageId, &phantom::FindingsFilm)> = known.collect();
        let mut changes = Vec::new();
        for (image, film) in &known {
            for rect in film.boxes() {
                changes.push((*image, Change::Box { id: store.allocate_box_id(), old: None, new: Some(rect) }));
            }
            let (old, new) = (Findings::default(), film.said.clone());
            let said = Change::Findings { old, new, old_reviewed: false, new_reviewed: false, accepted: false };
            changes.push((*image, said));
        }
        store.append_many(IMPORT_READER, &changes)?;
        let truth = |film: &phantom::FindingsFilm| {
            (0..phantom::FINDINGS.len()).map(|finding| (finding, Presence::from(film.has(finding)))).collect()
        };
        let truths: Vec<(ImageId, Findings)> = known.iter().map(|(image, film)| (*image, truth(film))).collect();
        store.set_setting(TRUE_FINDINGS, &truths)?;
        store.set_setting(WRONG, &known.iter().map(|(_, film)| film.wrong()).sum::<usize>())?;
        Ok(())
    })?;
    Ok(created.project)
}

/// Each image has the boxes that are there, or is known to have none.
fn create_with_boxes(info: DemoInfo, new: NewProject, progress: create::ScanProgress) -> Result<PathBuf, SessionError> {
    let images = info.images;
    let half = in_halves(images, progress);
    phantom::write_chest_set(&new.source, images, info.seed, &mut |done| half(done, 0))
        .map_err(|e| SessionError::refused(e.to_string()))?;
    let new = NewProject { classes: phantom::CHEST_CLASSES.map(str::to_owned).to_vec(), ..new };
    // Films without annotations have nothing to find.
    let (format, unannotated) = (Format::COCO, Unannotated::Negative);
    let extras = create::Extras { demo: Some(info), format, unannotated, ..create::Extras::default() };
    let created = create::build(&new, extras, &|done, _| half(done, images), |_| Ok(()))?;
    Ok(created.project)
}

/// Registers the model that ships with the program, where one does, and makes it the active one.
fn add_shipped_model(kind: DemoKind, project: &Path) -> Result<(), SessionError> {
    let Some(bytes) = demo_model(kind) else { return Ok(()) };
    let mut file = tempfile::Builder::new()
        .suffix(".safetensors")
        .tempfile()
        .map_err(|e| SessionError::file(&std::env::temp_dir(), "written to", &e))?;
    file.write_all(bytes).map_err(|e| SessionError::file(file.path(), "written", &e))?;
    let mut core = Core::open(project)?;
    let model = core.import_model(file.path(), &Compute::cpu())?;
    core.promote(model)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Split;

    #[test]
    fn a_demo_of_findings_has_the_words_of_a_reader_and_keeps_what_is_so() {
        let dir = tempfile::tempdir().unwrap();
        let project = create_demo(DemoKind::Findings, 60, 3, dir.path(), &|_, _| true).unwrap();
        let core = Core::open(&project).unwrap();
        assert!(core.view().classes.findings);
        assert_eq!(core.view().classes.names(), phantom::FINDINGS);
        let truths: Vec<(ImageId, Findings)> = core.store().setting(TRUE_FINDINGS).unwrap().unwrap();
        let mut wrong = 0;
        for (at, (image, annotation)) in core.images().iter().zip(core.annotations()).enumerate() {
            let film = phantom::findings_film(3, at as u64);
            assert_eq!(annotation.findings, film.said, "{}", image.name);
            let boxes: Vec<_> = annotation.boxes.iter().map(|b| (b.class, b.rect)).collect();
            assert_eq!(boxes, film.boxes().collect::<Vec<_>>());
            assert_eq!(truths[at], (image.id, (0..4).map(|f| (f, Presence::from(film.has(f)))).collect()));
            wrong += film.wrong();
        }
        assert_eq!((core.view().wrong_on_purpose, wrong), (wrong, 2 + usize::from(wrong == 3)));
    }

    #[test]
    fn no_more_images_are_spoken_of_than_there_are() {
        for kind in DemoKind::ALL {
            let (dir, told) = (tempfile::tempdir().unwrap(), std::sync::Mutex::new(Vec::new()));
            create_demo(kind, 6, 3, dir.path(), &|done, total| {
                told.lock().unwrap().push((done, total));
                true
            })
            .unwrap();
            let told = told.into_inner().unwrap();
            assert!(told.is_sorted() && told.iter().all(|(done, total)| done <= total && *total == 6), "{told:?}");
            assert_eq!(told.last(), Some(&(6, 6)), "{kind:?}");
        }
    }

    #[test]
    fn a_demo_of_boxes_has_them_all_and_knows_the_films_without_any() {
        let dir = tempfile::tempdir().unwrap();
        let project = create_demo(DemoKind::Boxes, 30, 3, dir.path(), &|_, _| true).unwrap();
        let core = Core::open(&project).unwrap();
        assert_eq!((core.images().len(), core.view().wrong_on_purpose), (30, 0));
        assert_eq!(core.view().classes.names(), phantom::CHEST_CLASSES);
        for (at, (image, annotation)) in core.images().iter().zip(core.annotations()).enumerate() {
            let film = phantom::chest_film(3, at as u64);
            assert_eq!(image.name, format!("{:04}.png", at + 1));
            assert!(annotation.boxes_known(&core.view().classes), "{}", image.name);
            let boxes: Vec<_> = annotation.boxes.iter().map(|b| (b.class, b.rect)).collect();
            assert_eq!(boxes, film.findings);
        }
        let patients = |split: Split| -> std::collections::HashSet<Option<String>> {
            core.images().iter().filter(|i| i.split == split).map(|i| i.group.clone()).collect()
        };
        let (train, test) = (patients(Split::Train), patients(Split::Test));
        assert!(!test.is_empty() && train.is_disjoint(&test));
    }
}
