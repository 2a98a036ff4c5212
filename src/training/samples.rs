//! Labelled images in memory: each file is decoded and resized once, as far as memory allows.

use super::error::TrainError;
use super::job::Sample;
use crate::domain::Preprocessing;
use crate::imaging::hash::sha256_hex;
use crate::imaging::{decode, preprocess};
use rayon::prelude::*;

/// What the resized images of one run may take together; what does not fit is decoded again in each epoch.
pub(super) const MEMORY_BUDGET: usize = 2 << 30;

/// Images decoded between two looks at the listener.
const CHUNK: usize = 32;

/// One usable image.
struct Entry {
    sample: Sample,
    /// 16 bits a value: more than any radiograph holds after resizing, half the memory of f32.
    planes: Option<Vec<u16>>,
}

/// The usable images of one split.
pub(super) struct Samples {
    entries: Vec<Entry>,
    preprocessing: Preprocessing,
}

/// What happened to a file on reading.
struct Loaded {
    planes: Vec<u16>,
    truncated: bool,
}

impl Samples {
    /// Reads all images. Those that cannot be read, or are no longer what was labelled, are left out; `log` gets a
    /// sentence for each of them and for each truncated one. `progress` is told after every few images and may end
    /// the reading by answering `false`, which gives `None`. `budget` loses the bytes that are kept.
    pub fn read(
        samples: &[Sample],
        preprocessing: &Preprocessing,
        budget: &mut usize,
        progress: &mut dyn FnMut(usize) -> bool,
        log: &mut dyn FnMut(String),
    ) -> Option<Self> {
        let mut entries = Vec::with_capacity(samples.len());
        for (at, chunk) in samples.chunks(CHUNK).enumerate() {
            let loaded: Vec<Result<Loaded, String>> = chunk.par_iter().map(|s| load(s, preprocessing)).collect();
            for (sample, result) in chunk.iter().zip(loaded) {
                match result {
                    Err(why) => log(format!("{} is left out: {why}", sample.name)),
                    Ok(Loaded { planes, truncated }) => {
                        if truncated {
                            log(format!("{} is cut short; the part that is there is used", sample.name));
                        }
                        let bytes = planes.len() * size_of::<u16>();
                        let fits = bytes <= *budget;
                        *budget -= if fits { bytes } else { 0 };
                        entries.push(Entry { sample: sample.clone(), planes: fits.then_some(planes) });
                    }
                }
            }
            if !progress((at * CHUNK) + chunk.len()) {
                return None;
            }
        }
        Some(Self { entries, preprocessing: preprocessing.clone() })
    }

    /// Number of usable images.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Those that did not fit into memory.
    pub fn not_kept(&self) -> usize {
        self.entries.iter().filter(|entry| entry.planes.is_none()).count()
    }

    /// The usable ones, in the order they were given.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.entries.iter().map(|entry| &entry.sample)
    }

    /// The class of each.
    pub fn classes(&self) -> Vec<usize> {
        self.samples().map(|sample| sample.class).collect()
    }

    /// How they were brought to size.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// The 0..1 planes (channels, height, width) of one image and its class.
    ///
    /// # Errors
    /// When it was not kept in memory and its file cannot be read any more.
    pub fn planes(&self, index: usize) -> Result<(Vec<f32>, usize), TrainError> {
        let Some(entry) = self.entries.get(index) else {
            return Err(TrainError::Vanished { name: format!("number {index}"), why: "it is not listed".into() });
        };
        let values = |stored: &[u16]| stored.iter().map(|&v| f32::from(v) / f32::from(u16::MAX)).collect();
        let planes = match &entry.planes {
            Some(planes) => values(planes),
            None => {
                let again = load(&entry.sample, &self.preprocessing)
                    .map_err(|why| TrainError::Vanished { name: entry.sample.name.clone(), why })?;
                values(&again.planes)
            }
        };
        Ok((planes, entry.sample.class))
    }
}

fn load(sample: &Sample, preprocessing: &Preprocessing) -> Result<Loaded, String> {
    let bytes = std::fs::read(&sample.path).map_err(|error| format!("it cannot be read ({error})"))?;
    if sha256_hex(&bytes) != sample.sha256 {
        return Err("the file has changed since it was labelled; import it again".to_owned());
    }
    let image = decode::from_bytes(&bytes).map_err(|error| error.to_string())?;
    let planes = preprocess::to_planes(&image, preprocessing);
    let stored = planes.iter().map(|v| (v.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as u16).collect();
    Ok(Loaded { planes: stored, truncated: image.truncated })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::write::write_png_gray;
    use std::path::Path;

    fn sample(dir: &Path, name: &str, class: usize) -> Sample {
        let path = dir.join(name);
        let bytes = std::fs::read(&path).unwrap_or_default();
        Sample { path, name: name.to_owned(), sha256: sha256_hex(&bytes), class }
    }

    fn small() -> Preprocessing {
        Preprocessing { width: 8, height: 8, ..Preprocessing::default() }
    }

    #[test]
    fn nothing_is_left_out_silently() {
        let dir = tempfile::tempdir().unwrap();
        write_png_gray(&dir.path().join("good.png"), 8, 8, &[51; 64]).unwrap();
        write_png_gray(&dir.path().join("changed.png"), 8, 8, &[7; 64]).unwrap();
        std::fs::write(dir.path().join("text.png"), "hello").unwrap();
        let mut list: Vec<Sample> =
            ["good.png", "text.png", "gone.png", "changed.png"].map(|n| sample(dir.path(), n, 1)).to_vec();
        list[3].sha256 = "0".repeat(64);
        let (mut log, mut seen) = (Vec::new(), 0);
        let read = Samples::read(
            &list,
            &small(),
            &mut MEMORY_BUDGET.clone(),
            &mut |n| {
                seen = n;
                true
            },
            &mut |line| log.push(line),
        )
        .unwrap();
        assert_eq!((read.len(), seen, read.not_kept()), (1, 4, 0));
        let (planes, class) = read.planes(0).unwrap();
        assert_eq!((planes.len(), class), (64, 1));
        assert!((planes[9] - 0.2).abs() < 1e-4);
        assert_eq!(log.len(), 3);
        for (line, name) in log.iter().zip(["text.png", "gone.png", "changed.png"]) {
            assert!(line.contains(name), "{line}");
        }
    }

    #[test]
    fn what_does_not_fit_into_memory_is_read_again_to_the_same_values() {
        let dir = tempfile::tempdir().unwrap();
        for (name, value) in [("a.png", 10), ("b.png", 200)] {
            write_png_gray(&dir.path().join(name), 9, 7, &[value; 63]).unwrap();
        }
        let list = ["a.png", "b.png"].map(|n| sample(dir.path(), n, 0));
        let read = |mut budget: usize| {
            Samples::read(&list, &small(), &mut budget, &mut |_| true, &mut |line| panic!("{line}")).unwrap()
        };
        let (all, half) = (read(1000), read(128));
        assert_eq!((all.not_kept(), half.not_kept()), (0, 1));
        assert_eq!(all.planes(1).unwrap(), half.planes(1).unwrap());
        std::fs::remove_file(dir.path().join("b.png")).unwrap();
        assert!(half.planes(1).unwrap_err().to_string().contains("b.png"));
        assert!(Samples::read(&list, &small(), &mut 0, &mut |_| false, &mut |_| {}).is_none());
    }
}
