//! Chests from the front with several findings each, or none: each is there or not whatever the others are. What is said of
//! them is what a reader's table would say: some are uncertain, some not looked at, and a few wrong.

use super::PICTURES_A_PATIENT;
use super::chest::{Collapse, Fluid, Scene};
use super::dataset::PhantomError;
use super::draw::Draw;
use super::film::{Film, Side};
use super::raster::Plane;
use crate::domain::{Findings, Presence, Rect};
use crate::files::atomically;
use crate::imaging::write::write_png_gray;
use rayon::prelude::*;
use std::io::{self, Write};
use std::path::Path;

/// The findings in order; what is said of a film is by their places.
pub const FINDINGS: [&str; 4] = ["cardiomegaly", "effusion", "nodule", "pneumothorax"];
const CARDIOMEGALY: usize = 0;
const EFFUSION: usize = 1;
const NODULE: usize = 2;
const PNEUMOTHORAX: usize = 3;
/// How many films have each.
const SHARES: [f64; 4] = [0.3, 0.3, 0.35, 0.22];
/// What the draws are named by.
const KIND: &str = "findings";
/// Of the statements about a finding so many are "uncertain", and so many are missing.
const UNCERTAIN: f64 = 0.05;
const NOT_LOOKED_AT: f64 = 0.08;
/// Of so many films one has a wrong statement.
const FILMS_TO_ONE_WRONG: u64 = 28;
/// Pictures between two reports of progress.
const STRETCH: usize = 16;
/// The table of what is so.
const TRUTH: &str = "truth.csv";

/// One made film and what is on it.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingsFilm {
    pub width: u32,
    pub height: u32,
    /// Row by row.
    pub gray: Vec<u8>,
    /// Where each finding is that is there, by its place in [`FINDINGS`], in pixels; a film may have several nodules.
    pub truth: Vec<(usize, Rect)>,
    /// What the data say.
    pub said: Findings,
    /// The patient.
    pub group: String,
}

impl FindingsFilm {
    /// Whether a finding is there.
    pub fn has(&self, finding: usize) -> bool {
        self.truth.iter().any(|(there, _)| *there == finding)
    }

    /// How many statements about it are wrong.
    pub fn wrong(&self) -> usize {
        self.said.iter().filter(|(finding, said)| said.known().is_some_and(|said| said != self.has(*finding))).count()
    }

    /// The boxes of findings that the data say are there, where they are.
    pub fn boxes(&self) -> impl Iterator<Item = (usize, Rect)> + '_ {
        self.truth.iter().copied().filter(|(finding, _)| self.said.get(*finding) == Some(Presence::Present))
    }
}

/// Makes the film with this index; the same seed and index give the same film.
pub fn findings_film(seed: u64, index: u64) -> FindingsFilm {
    let patient = index / PICTURES_A_PATIENT;
    let mut build = Draw::new(KIND, "build", seed, patient);
    let mut view = Draw::new(KIND, "view", seed, index);
    let mut which = Draw::new(KIND, "findings", seed, index);
    let there = SHARES.map(|share| which.chance(share));
    let mut scene = Scene::drawn(false, &mut build, &mut view);
    if there[CARDIOMEGALY] {
        scene.heart = which.between(38.0, 46.0);
    }
    let side = which.sign();
    if there[EFFUSION] {
        scene.fluid = Some(Fluid { side, level: which.between(24.0, 44.0) });
    }
    if there[PNEUMOTHORAX] {
        // Air and fluid in one lung would hide each other.
        let other = if there[EFFUSION] { -side } else { which.sign() };
        scene.collapse = Some(Collapse { side: other, rim: which.between(0.26, 0.42) });
    }
    if there[NODULE] {
        scene.add_nodules(1 + which.below(2), &mut which);
    }
    let film = Film::drawn((scene.width, scene.height), true, Side::Trunk, &mut view);
    let attenuation = Plane::of(scene.width, scene.height, |x, y| scene.attenuation(x, y));
    let truth: Vec<(usize, Rect)> = [
        (CARDIOMEGALY, there[CARDIOMEGALY].then(|| scene.heart_outline()).flatten()),
        (EFFUSION, scene.fluid_outline()),
        (PNEUMOTHORAX, scene.collapse_outline()),
    ]
    .into_iter()
    .filter_map(|(finding, rect)| Some((finding, rect?)))
    .chain(scene.nodule_outlines().into_iter().map(|rect| (NODULE, rect)))
    .collect();
    let mut made = FindingsFilm {
        width: scene.width as u32,
        height: scene.height as u32,
        gray: film.expose(&attenuation, &mut view),
        truth,
        said: Findings::default(),
        group: format!("P{:04}", patient + 1),
    };
    made.said = said_of(&made, seed, index);
    made
}

fn said_of(film: &FindingsFilm, seed: u64, index: u64) -> Findings {
    let mut draw = Draw::new(KIND, "said", seed, index);
    let mut wrongs = Draw::new(KIND, "wrong", seed, index / FILMS_TO_ONE_WRONG);
    let (film_of_it, which) = (wrongs.below(FILMS_TO_ONE_WRONG as usize) as u64, wrongs.below(FINDINGS.len()));
    let wrong = (index % FILMS_TO_ONE_WRONG == film_of_it).then_some(which);
    (0..FINDINGS.len())
        .filter_map(|finding| {
            let (unsure, unseen) = (draw.chance(UNCERTAIN), draw.chance(NOT_LOOKED_AT));
            let there = film.has(finding);
            match wrong == Some(finding) {
                true => Some((finding, Presence::from(!there))),
                false if unseen => None,
                false if unsure => Some((finding, Presence::Uncertain)),
                false => Some((finding, Presence::from(there))),
            }
        })
        .collect()
}

/// Writes `images` films to `dir/images/0001.png` and on, on all cores, and beside that folder `truth.csv` with what is so:
/// a row a film, with 1 and 0 for each finding. What is said of each, without the pixels. `progress` gets the number written
/// so far; `false` cancels.
///
/// # Errors
/// [`PhantomError`] when the folder of the pictures holds anything already, something cannot be written, or on cancelling.
pub fn write_findings_set(
    dir: &Path,
    images: usize,
    seed: u64,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Vec<(String, FindingsFilm)>, PhantomError> {
    let folder = dir.join("images");
    let failed = |why| PhantomError::Write { path: folder.clone(), why };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    if std::fs::read_dir(&folder).map_err(failed)?.next().is_some() {
        return Err(PhantomError::NotEmpty(folder));
    }
    let write_one = |at: usize| -> Result<(String, FindingsFilm), PhantomError> {
        let film = findings_film(seed, at as u64);
        let name = format!("{:04}.png", at + 1);
        let path = folder.join(&name);
        write_png_gray(&path, film.width, film.height, &film.gray)
            .map_err(|why| PhantomError::Write { path: path.clone(), why })?;
        Ok((name, FindingsFilm { gray: Vec::new(), ..film }))
    };
    let mut written = Vec::with_capacity(images);
    for start in (0..images).step_by(STRETCH) {
        let end = (start + STRETCH).min(images);
        let stretch: Result<Vec<_>, _> = (start..end).into_par_iter().map(write_one).collect();
        written.extend(stretch?);
        if !progress(end) {
            return Err(PhantomError::Cancelled(dir.to_owned()));
        }
    }
    let path = dir.join(TRUTH);
    atomically(&path, |out| truth_table(out, &written))
        .map_err(|why| PhantomError::Write { path: path.clone(), why })?;
    Ok(written)
}

fn truth_table(out: &mut dyn Write, written: &[(String, FindingsFilm)]) -> io::Result<()> {
    writeln!(out, "image,patient,{}", FINDINGS.join(","))?;
    for (name, film) in written {
        let cells: Vec<String> = (0..FINDINGS.len()).map(|finding| u8::from(film.has(finding)).to_string()).collect();
        writeln!(out, "images/{name},{},{}", film.group, cells.join(","))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_come_together_and_alone_and_boxes_lie_inside() {
        let films: Vec<FindingsFilm> = (0..160).map(|index| findings_film(4, index)).collect();
        for (finding, share) in SHARES.iter().enumerate() {
            let with = films.iter().filter(|film| film.has(finding)).count() as f64 / 160.0;
            assert!((with - share).abs() < 0.12, "{}: {with}", FINDINGS[finding]);
        }
        let several = films.iter().filter(|film| (0..4).filter(|f| film.has(*f)).count() > 1).count();
        let none = films.iter().filter(|film| film.truth.is_empty()).count();
        assert!(several > 30 && none > 20, "{several} {none}");
        for (at, film) in films.iter().enumerate() {
            for (finding, rect) in &film.truth {
                assert!(rect.width() >= 8.0 && rect.height() >= 8.0, "{at}: {} {rect:?}", FINDINGS[*finding]);
                assert!(rect.xmin >= 0.0 && rect.xmax <= f64::from(film.width) && rect.ymax <= f64::from(film.height));
            }
        }
    }

    #[test]
    fn what_is_said_is_mostly_so_and_a_known_share_is_not() {
        let films: Vec<FindingsFilm> = (0..560).map(|index| findings_film(9, index)).collect();
        assert_eq!(films.iter().map(FindingsFilm::wrong).sum::<usize>(), 20, "one in each stretch of 28 films");
        let said = |presence| films.iter().map(|film| film.said.that_are(presence).count()).sum::<usize>() as f64;
        let all = 560.0 * 4.0;
        assert!((said(Presence::Uncertain) / all - UNCERTAIN).abs() < 0.02);
        let missing = films.iter().map(|film| 4 - film.said.len()).sum::<usize>() as f64 / all;
        assert!((missing - NOT_LOOKED_AT).abs() < 0.02, "{missing}");
        let boxed_unsaid =
            films.iter().any(|film| film.boxes().any(|(f, _)| film.said.get(f) != Some(Presence::Present)));
        assert!(!boxed_unsaid);
    }

    #[test]
    fn a_set_is_written_with_its_truth_and_nothing_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let written = write_findings_set(dir.path(), 20, 5, &mut |_| true).unwrap();
        let table = std::fs::read_to_string(dir.path().join(TRUTH)).unwrap();
        assert_eq!(table.lines().count(), 21);
        let has = |f| u8::from(written[6].1.has(f));
        let wanted = format!("images/0007.png,P0004,{},{},{},{}", has(0), has(1), has(2), has(3));
        assert_eq!(table.lines().nth(7), Some(wanted.as_str()));
        assert!(write_findings_set(dir.path(), 2, 5, &mut |_| true).is_err());
        assert_eq!(findings_film(5, 6).truth, written[6].1.truth);
    }
}
