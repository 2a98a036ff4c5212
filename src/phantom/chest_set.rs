//! A folder of chest phantoms: pictures, and a COCO file with the boxes, which is the truth.

use super::chest::{CHEST_CLASSES, ChestFilm, chest_film};
use super::dataset::PhantomError;
use crate::files::atomically;
use crate::imaging::write::write_png_gray;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

/// The file beside the pictures.
const TRUTH: &str = "coco.json";
/// Pictures between two reports of progress.
const STRETCH: usize = 16;

/// Writes `images` chest phantoms to `dir/0001.png` and on, and `dir/coco.json`, on all cores. Phantoms of an earlier
/// call in that folder are replaced. `progress` gets the number written so far; `false` cancels.
///
/// # Errors
/// [`PhantomError`] when the folder holds anything else, something cannot be written, or on cancelling.
pub fn write_chest_set(
    dir: &Path,
    images: usize,
    seed: u64,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<(), PhantomError> {
    clear(dir)?;
    let mut films = Vec::with_capacity(images);
    for start in (0..images).step_by(STRETCH) {
        let end = (start + STRETCH).min(images);
        let stretch: Result<Vec<_>, _> = (start..end).into_par_iter().map(|at| write_one(dir, seed, at)).collect();
        films.extend(stretch?);
        if !progress(end) {
            return Err(PhantomError::Cancelled(dir.to_owned()));
        }
    }
    let path = dir.join(TRUTH);
    let text = coco(&films).to_string();
    atomically(&path, |out| out.write_all(text.as_bytes()))
        .map_err(|why| PhantomError::Write { path: path.clone(), why })
}

fn file_name(at: usize) -> String {
    format!("{:04}.png", at + 1)
}

fn write_one(dir: &Path, seed: u64, at: usize) -> Result<ChestFilm, PhantomError> {
    let film = chest_film(seed, at as u64);
    let path = dir.join(file_name(at));
    write_png_gray(&path, film.width, film.height, &film.gray)
        .map_err(|why| PhantomError::Write { path: path.clone(), why })?;
    // Pixels of a whole set need not be kept.
    Ok(ChestFilm { gray: Vec::new(), ..film })
}

/// Every film is listed: one without annotations was looked at and has nothing.
fn coco(films: &[ChestFilm]) -> Value {
    let image = |(at, film): (usize, &ChestFilm)| {
        json!({
            "id": at + 1,
            "file_name": file_name(at),
            "width": film.width,
            "height": film.height,
            "patient": film.group,
        })
    };
    let findings = films.iter().enumerate().flat_map(|(at, film)| film.findings.iter().map(move |f| (at, f)));
    let annotation = |(id, (at, (class, rect))): (usize, (usize, &(usize, crate::domain::Rect)))| {
        json!({
            "id": id + 1,
            "image_id": at + 1,
            "category_id": class + 1,
            "bbox": [rect.xmin, rect.ymin, rect.width(), rect.height()],
            "area": rect.area(),
            "iscrowd": 0,
        })
    };
    let categories = CHEST_CLASSES.iter().enumerate().map(|(at, name)| json!({"id": at + 1, "name": name}));
    json!({
        "images": films.iter().enumerate().map(image).collect::<Vec<_>>(),
        "annotations": findings.enumerate().map(annotation).collect::<Vec<_>>(),
        "categories": categories.collect::<Vec<_>>(),
    })
}

/// Makes room: an earlier set's own files go, anything else is a reason to refuse.
fn clear(dir: &Path) -> Result<(), PhantomError> {
    let failed = |why| PhantomError::Write { path: dir.to_owned(), why };
    std::fs::create_dir_all(dir).map_err(failed)?;
    let mut old = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let digits = name.strip_suffix(".png").unwrap_or("");
        let picture = digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if name != TRUTH && !picture {
            return Err(PhantomError::NotEmpty(dir.to_owned()));
        }
        old.push(path);
    }
    for path in old {
        std::fs::remove_file(&path).map_err(|why| PhantomError::Write { path: path.clone(), why })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_lists_every_film_and_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        write_chest_set(dir.path(), 20, 1, &mut |_| true).unwrap();
        write_chest_set(dir.path(), 6, 2, &mut |_| true).unwrap();
        let text = std::fs::read_to_string(dir.path().join(TRUTH)).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["images"].as_array().unwrap().len(), 6);
        let boxes: usize = (0..6).map(|at| chest_film(2, at).findings.len()).sum();
        assert_eq!(read["annotations"].as_array().unwrap().len(), boxes);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 7);
    }

    #[test]
    fn other_peoples_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("thesis.txt"), "all of it").unwrap();
        assert!(matches!(write_chest_set(dir.path(), 2, 1, &mut |_| true), Err(PhantomError::NotEmpty(_))));
        assert!(dir.path().join("thesis.txt").is_file());
    }
}
