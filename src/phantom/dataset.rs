//! A folder of phantoms: class folders by the given label, and `truth.csv` with what is really so.

use super::{Kind, Phantom, generate};
use crate::domain::Rect;
use crate::files::atomically;
use crate::imaging::write::write_png_gray;
use rayon::prelude::*;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file beside the class folders.
const TRUTH: &str = "truth.csv";
const HEADER: &str = "name,truth,label,xmin,ymin,xmax,ymax,group";
/// Pictures between two reports of progress.
const STRETCH: usize = 16;

/// A phantom that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenPhantom {
    pub path: PathBuf,
    /// The path below the folder, with `/`: `fracture/0002.png`.
    pub name: String,
    pub width: u32,
    pub height: u32,
    /// Indices into [`Kind::class_names`]: what is so, and what the folder says.
    pub class: usize,
    pub label: usize,
    pub finding: Option<Rect>,
    pub group: String,
}

/// One row of `truth.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The path below the folder, with `/`.
    pub name: String,
    /// The true class' name.
    pub truth: String,
    /// The class' name its folder gives it; another one where the label is wrong on purpose.
    pub label: String,
    /// The box of the finding in pixels.
    pub finding: Option<Rect>,
    pub group: String,
}

/// Why phantoms were not written or read back.
#[derive(Debug, thiserror::Error)]
pub enum PhantomError {
    #[error("{} cannot be written ({why}): choose a folder you may write to, on a disk with room", .path.display())]
    Write { path: PathBuf, why: io::Error },
    #[error("{} cannot be read ({why}): make the phantoms again", .path.display())]
    Read { path: PathBuf, why: String },
    #[error("{} already holds other files: choose an empty folder for the phantoms", .0.display())]
    NotEmpty(PathBuf),
    #[error("making phantoms was cancelled; the pictures made so far are in {}", .0.display())]
    Cancelled(PathBuf),
}

/// Writes `images` phantoms to `dir/LABEL/0001.png` and on, and `dir/truth.csv`, on all cores. Phantoms of an earlier
/// call in that folder are replaced. `progress` gets the number written so far; `false` cancels.
///
/// # Errors
/// [`PhantomError`] when the folder holds anything else, something cannot be written, or on cancelling.
pub fn write_dataset(
    dir: &Path,
    kind: Kind,
    images: usize,
    seed: u64,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Vec<WrittenPhantom>, PhantomError> {
    clear(dir)?;
    for class in kind.class_names() {
        let folder = dir.join(class);
        std::fs::create_dir_all(&folder).map_err(|why| PhantomError::Write { path: folder.clone(), why })?;
    }
    let mut written = Vec::with_capacity(images);
    for start in (0..images).step_by(STRETCH) {
        let end = (start + STRETCH).min(images);
        let stretch: Result<Vec<_>, _> = (start..end).into_par_iter().map(|i| write_one(dir, kind, seed, i)).collect();
        written.extend(stretch?);
        // Before the last picture, so that a cancelled set is known for what it is and can be replaced.
        write_truth(dir, kind, &written)?;
        if !progress(end) {
            return Err(PhantomError::Cancelled(dir.to_owned()));
        }
    }
    write_truth(dir, kind, &written)?;
    Ok(written)
}

fn write_one(dir: &Path, kind: Kind, seed: u64, index: usize) -> Result<WrittenPhantom, PhantomError> {
    let Phantom { width, height, gray, class, label, finding, group } = generate(kind, seed, index as u64);
    let folder = kind.class_names().get(label).copied().unwrap_or_default();
    let name = format!("{folder}/{:04}.png", index + 1);
    let path = dir.join(&name);
    write_png_gray(&path, width, height, &gray).map_err(|why| PhantomError::Write { path: path.clone(), why })?;
    Ok(WrittenPhantom { path, name, width, height, class, label, finding, group })
}

/// Makes room: an earlier set's own files go, anything else stays and is a reason to refuse.
fn clear(dir: &Path) -> Result<(), PhantomError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |why| PhantomError::Write { path, why }
    };
    std::fs::create_dir_all(dir).map_err(failed(dir))?;
    if dir.join(TRUTH).exists() {
        for truth in read_truth(dir)? {
            // The list is ours, but a file may have been changed by hand: only names of our own form are removed.
            let path = dir.join(&truth.name);
            if own_name(&truth.name) && path.is_file() {
                std::fs::remove_file(&path).map_err(failed(&path))?;
            }
        }
        return Ok(());
    }
    let mut entries = std::fs::read_dir(dir).map_err(failed(dir))?;
    let foreign = entries.any(|entry| {
        entry.is_ok_and(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            !name.starts_with('.') && !name.ends_with(".overread")
        })
    });
    if foreign { Err(PhantomError::NotEmpty(dir.to_owned())) } else { Ok(()) }
}

/// Whether a name is `CLASS/DIGITS.png` of a class we make.
fn own_name(name: &str) -> bool {
    let Some((class, file)) = name.split_once('/') else { return false };
    let digits = file.strip_suffix(".png").unwrap_or("");
    let known = Kind::ALL.iter().any(|kind| kind.class_names().contains(&class));
    known && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn write_truth(dir: &Path, kind: Kind, written: &[WrittenPhantom]) -> Result<(), PhantomError> {
    let names = kind.class_names();
    let class = |index: usize| names.get(index).copied().unwrap_or_default();
    let path = dir.join(TRUTH);
    let table = |out: &mut dyn Write| {
        writeln!(out, "{HEADER}")?;
        for phantom in written {
            write!(out, "{},{},{},", phantom.name, class(phantom.class), class(phantom.label))?;
            match phantom.finding {
                Some(Rect { xmin, ymin, xmax, ymax }) => write!(out, "{xmin},{ymin},{xmax},{ymax},")?,
                None => write!(out, ",,,,")?,
            }
            writeln!(out, "{}", phantom.group)?;
        }
        Ok(())
    };
    atomically(&path, table).map_err(|why| PhantomError::Write { path: path.clone(), why })
}

/// Reads `truth.csv` of a folder written by [`write_dataset`].
///
/// # Errors
/// [`PhantomError::Read`] when it is not there or not of that form.
pub fn read_truth(dir: &Path) -> Result<Vec<Truth>, PhantomError> {
    let path = dir.join(TRUTH);
    let text = std::fs::read_to_string(&path)
        .map_err(|why| PhantomError::Read { path: path.clone(), why: why.to_string() })?;
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(PhantomError::Read { path, why: format!("the first line is not {HEADER}") });
    }
    let rows = lines.enumerate().map(|(index, line)| {
        truth_of(line)
            .ok_or_else(|| PhantomError::Read { path: path.clone(), why: format!("line {} is no row", index + 2) })
    });
    rows.collect()
}

fn truth_of(line: &str) -> Option<Truth> {
    // No name, class or patient of ours holds a comma or a quote.
    let cells: Vec<&str> = line.split(',').collect();
    let [name, truth, label, xmin, ymin, xmax, ymax, group] = cells.as_slice() else { return None };
    let finding = match (xmin.is_empty(), [xmin, ymin, xmax, ymax].map(|cell| cell.parse::<f64>().ok())) {
        (true, _) => None,
        (false, [Some(xmin), Some(ymin), Some(xmax), Some(ymax)]) => Some(Rect { xmin, ymin, xmax, ymax }),
        _ => return None,
    };
    let text = |cell: &str| cell.to_owned();
    Some(Truth { name: text(name), truth: text(truth), label: text(label), finding, group: text(group) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_written_read_back_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let mut reports = Vec::new();
        let mut note = |done| {
            reports.push(done);
            true
        };
        let written = write_dataset(dir.path(), Kind::Fracture, 30, 5, &mut note).unwrap();
        assert_eq!(reports, [16, 30]);
        let truth = read_truth(dir.path()).unwrap();
        assert_eq!(truth.len(), 30);
        for (row, phantom) in truth.iter().zip(&written) {
            assert_eq!((&row.name, &row.group, row.finding), (&phantom.name, &phantom.group, phantom.finding));
            assert_eq!(row.label, Kind::Fracture.class_names()[phantom.label]);
            assert!(phantom.path.is_file() && phantom.name.starts_with(row.label.as_str()));
        }
        assert!(truth.iter().any(|row| row.truth != row.label));
        write_dataset(dir.path(), Kind::Fracture, 4, 6, &mut |_| true).unwrap();
        let files = ["normal", "fracture"].map(|class| std::fs::read_dir(dir.path().join(class)).unwrap().count());
        assert_eq!(files[0] + files[1], 4);
    }

    #[test]
    fn other_peoples_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("thesis.txt"), "all of it").unwrap();
        let error = write_dataset(dir.path(), Kind::Knee, 4, 1, &mut |_| true).unwrap_err();
        assert!(matches!(error, PhantomError::NotEmpty(_)));
        std::fs::write(dir.path().join(TRUTH), format!("{HEADER}\nthesis.txt,a,a,,,,,P\n")).unwrap();
        write_dataset(dir.path(), Kind::Knee, 4, 1, &mut |_| true).unwrap();
        assert!(dir.path().join("thesis.txt").is_file());
    }

    #[test]
    fn cancelling_stops_and_the_rest_can_be_made_later() {
        let dir = tempfile::tempdir().unwrap();
        let error = write_dataset(dir.path(), Kind::Ankle, 40, 1, &mut |_| false).unwrap_err();
        assert!(matches!(error, PhantomError::Cancelled(_)));
        assert_eq!(read_truth(dir.path()).unwrap().len(), STRETCH);
        assert_eq!(write_dataset(dir.path(), Kind::Ankle, 20, 1, &mut |_| true).unwrap().len(), 20);
    }

    #[test]
    fn a_damaged_table_names_the_line() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(TRUTH), format!("{HEADER}\na,b\n")).unwrap();
        assert!(read_truth(dir.path()).unwrap_err().to_string().contains("line 2"));
    }
}
