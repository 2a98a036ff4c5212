//! Labelled images in memory: each file is decoded and resized once, as far as memory allows.

use super::error::TrainError;
use super::job::{Sample, Truth};
use crate::domain::{Findings, Preprocessing, Presence, Rect};
use crate::files::hash::sha256_hex;
use crate::imaging::{self, decode, preprocess};
use rayon::prelude::*;

/// What the resized images of one run may take together; what does not fit is decoded again in each epoch.
pub(super) const MEMORY_BUDGET: usize = 2 << 30;

/// Images decoded between two looks at the listener.
const CHUNK: usize = 32;

/// One usable image.
struct Entry {
    sample: Sample,
    /// Boxes in pixels of the network's input.
    truth: Truth,
    /// 16 bits a value: more than any radiograph holds after resizing, half the memory of f32. One plane where all are
    /// the same, as those of a radiograph for a network that wants colours.
    planes: Option<Vec<u16>>,
    /// More than 8 bits a stored sample, and no DICOM header that says what is shown.
    wide: bool,
}

/// The usable images of one split.
pub(super) struct Samples {
    entries: Vec<Entry>,
    preprocessing: Preprocessing,
}

/// What happened to a file on reading.
struct Loaded {
    planes: Vec<u16>,
    /// Boxes in pixels of the network's input.
    truth: Truth,
    wide: bool,
    /// What can be seen of a file that is cut short, 0 to 1.
    truncated: Option<f64>,
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
                    Ok(Loaded { planes, truth, wide, truncated }) => {
                        if let Some(share) = truncated {
                            let (name, percent) = (&sample.name, share * 100.0);
                            log(format!("{name} is cut short; the {percent:.0} % of it that can be seen are used"));
                        }
                        let bytes = planes.len() * size_of::<u16>();
                        let fits = bytes <= *budget;
                        *budget -= if fits { bytes } else { 0 };
                        entries.push(Entry { sample: sample.clone(), truth, planes: fits.then_some(planes), wide });
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

    /// Those without a DICOM header that have more than 8 bits a sample.
    pub fn wide(&self) -> usize {
        self.entries.iter().filter(|entry| entry.wide).count()
    }

    /// The usable ones, in the order they were given.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.entries.iter().map(|entry| &entry.sample)
    }

    /// The different classes that each shows.
    pub fn shown(&self) -> Vec<Vec<usize>> {
        self.samples().map(|sample| sample.truth.classes()).collect()
    }

    /// The class of one of them, where it has one as a whole.
    pub fn class_of(&self, index: usize) -> Option<usize> {
        match self.entries.get(index)?.truth {
            Truth::Class(class) => Some(class),
            Truth::Findings(_) | Truth::Boxes(_) => None,
        }
    }

    /// The class of each, by which they are drawn; those with findings or boxes are all alike.
    pub fn classes(&self) -> Vec<usize> {
        let class = |sample: &Sample| match &sample.truth {
            Truth::Class(class) => *class,
            Truth::Findings(_) | Truth::Boxes(_) => 0,
        };
        self.samples().map(class).collect()
    }

    /// What each counts as when images are drawn: its class, or the findings that are present on it; of one without any,
    /// that it has none. Those with boxes are all alike.
    pub fn kinds(&self) -> Vec<Vec<usize>> {
        let kinds = |sample: &Sample| match &sample.truth {
            Truth::Class(class) => vec![*class],
            Truth::Findings(said) => {
                let present: Vec<usize> = said.that_are(Presence::Present).collect();
                if present.is_empty() { vec![usize::MAX] } else { present }
            }
            Truth::Boxes(_) => vec![0],
        };
        self.samples().map(kinds).collect()
    }

    /// What is said of the findings of each that has them.
    pub fn findings(&self) -> impl Iterator<Item = &Findings> {
        self.samples().filter_map(|sample| match &sample.truth {
            Truth::Findings(said) => Some(said),
            Truth::Class(_) | Truth::Boxes(_) => None,
        })
    }

    /// The boxes of each, in pixels of the network's input.
    pub fn boxes(&self) -> impl Iterator<Item = &[(usize, Rect)]> {
        self.entries.iter().map(|entry| entry.truth.boxes())
    }

    /// How many images show each of so many classes, and how many show none.
    pub fn counts(&self, classes: usize) -> (Vec<usize>, usize) {
        let shown = self.shown();
        let showing = |class| shown.iter().filter(|of| of.contains(&class)).count();
        ((0..classes).map(showing).collect(), shown.iter().filter(|of| of.is_empty()).count())
    }

    /// How they were brought to size.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// The 0..1 planes (height, width) of one image and what is known of it, boxes in pixels of the planes: one plane for
    /// each channel, or a single one that stands for all.
    ///
    /// # Errors
    /// When it was not kept in memory and its file cannot be read any more.
    pub fn planes(&self, index: usize) -> Result<(Vec<f32>, &Truth), TrainError> {
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
        Ok((planes, &entry.truth))
    }
}

fn load(sample: &Sample, preprocessing: &Preprocessing) -> Result<Loaded, String> {
    let bytes = std::fs::read(&sample.file.path).map_err(|error| format!("it cannot be read ({error})"))?;
    if sha256_hex(&bytes) != sample.sha256 {
        return Err("the file has changed since it was labelled; import it again".to_owned());
    }
    let image = decode::from_bytes(&bytes, sample.file.frame).map_err(|error| error.to_string())?;
    if let Some(why) = image.too_little() {
        return Err(why);
    }
    let planes = preprocess::to_planes(&image, preprocessing);
    let wide = matches!(image.samples, imaging::Samples::Gray16(_) | imaging::Samples::Rgb16(_));
    let area = preprocessing.width * preprocessing.height;
    let (first, others) = planes.split_at_checked(area).unwrap_or((&planes, &[]));
    let kept = if others.chunks(area.max(1)).all(|other| other == first) { first } else { &planes };
    let stored = kept.iter().map(|v| (v.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as u16).collect();
    let truth = on_input(&sample.truth, image.width, image.height, preprocessing);
    Ok(Loaded { planes: stored, truth, wide, truncated: image.truncated.then(|| image.visible_share()) })
}

/// What is known of an image of this size, with its boxes in pixels of the network's input: what reaches out of the
/// image is clipped, and left out where nothing is inside.
fn on_input(truth: &Truth, width: u32, height: u32, preprocessing: &Preprocessing) -> Truth {
    let moved = |(class, rect): &(usize, Rect)| {
        let inside = rect.clipped(f64::from(width), f64::from(height))?;
        Some((*class, preprocess::onto_input(&inside, width, height, preprocessing)))
    };
    match truth {
        Truth::Class(class) => Truth::Class(*class),
        Truth::Findings(said) => Truth::Findings(said.clone()),
        Truth::Boxes(boxes) => Truth::Boxes(boxes.iter().filter_map(moved).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ImageFile;
    use crate::imaging::write::write_png_gray;
    use std::path::Path;

    fn sample(dir: &Path, name: &str, class: usize) -> Sample {
        let path = dir.join(name);
        let bytes = std::fs::read(&path).unwrap_or_default();
        let truth = Truth::Class(class);
        Sample { file: ImageFile::first(path), name: name.to_owned(), sha256: sha256_hex(&bytes), truth }
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
        let (planes, truth) = read.planes(0).unwrap();
        assert_eq!((planes.len(), truth), (64, &Truth::Class(1)));
        assert!((planes[9] - 0.2).abs() < 1e-4);
        assert_eq!(log.len(), 3);
        for (line, name) in log.iter().zip(["text.png", "gone.png", "changed.png"]) {
            assert!(line.contains(name), "{line}");
        }
    }

    #[test]
    fn pictures_of_more_than_8_bits_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["narrow.png", "other.png"] {
            write_png_gray(&dir.path().join(name), 8, 8, &[51; 64]).unwrap();
        }
        let wide = image::ImageBuffer::<image::Luma<u16>, _>::from_fn(8, 8, |x, y| image::Luma([(x * y) as u16]));
        wide.save(dir.path().join("wide.png")).unwrap();
        let list = ["narrow.png", "wide.png", "other.png"].map(|n| sample(dir.path(), n, 0));
        let read = Samples::read(&list, &small(), &mut MEMORY_BUDGET.clone(), &mut |_| true, &mut |_| {}).unwrap();
        assert_eq!((read.len(), read.wide()), (3, 1));
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

    #[test]
    fn boxes_come_to_the_inputs_pixels_and_keep_to_the_picture() {
        let dir = tempfile::tempdir().unwrap();
        write_png_gray(&dir.path().join("a.png"), 32, 16, &[51; 512]).unwrap();
        let rect = |xmin, ymin, xmax, ymax| Rect { xmin, ymin, xmax, ymax };
        let boxes =
            vec![(1, rect(4.0, 4.0, 12.0, 8.0)), (0, rect(-9.0, 8.0, 8.0, 20.0)), (0, rect(40.0, 0.0, 50.0, 9.0))];
        let list = [Sample { truth: Truth::Boxes(boxes), ..sample(dir.path(), "a.png", 0) }];
        let read = Samples::read(&list, &small(), &mut MEMORY_BUDGET.clone(), &mut |_| true, &mut |_| {}).unwrap();
        // A quarter of the size, with two rows of black above and below.
        let expected = vec![(1, rect(1.0, 3.0, 3.0, 4.0)), (0, rect(0.0, 4.0, 2.0, 6.0))];
        assert_eq!(read.planes(0).unwrap().1, &Truth::Boxes(expected));
        assert_eq!((read.shown(), read.counts(2)), (vec![vec![0, 1]], (vec![1, 1], 0)));
    }

    #[test]
    fn greys_are_kept_once_and_colours_in_full() {
        let dir = tempfile::tempdir().unwrap();
        write_png_gray(&dir.path().join("a.png"), 8, 8, &[51; 64]).unwrap();
        let p = Preprocessing::imagenet(crate::domain::recipe::Resize::Stretch, 8);
        let list = [sample(dir.path(), "a.png", 0)];
        let read = Samples::read(&list, &p, &mut MEMORY_BUDGET.clone(), &mut |_| true, &mut |_| {}).unwrap();
        assert_eq!(read.planes(0).unwrap().0.len(), 64);
    }

    /// The folder of damaged files, beside the checkout or one folder further up; `None` after saying so.
    fn corrupt() -> Option<std::path::PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = ["../shared/data/corrupt", "../../shared/data/corrupt"].map(|p| root.join(p));
        let found = found.into_iter().find(|folder| folder.is_dir());
        if found.is_none() {
            assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data/corrupt is not there");
            println!("skipped: ../shared/data/corrupt is not there");
        }
        found
    }

    #[test]
    fn cut_files_are_used_as_far_as_they_go_and_broken_ones_are_left_out_by_name() {
        let Some(folder) = corrupt() else { return };
        let mut names: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        // One more, of which the header and hardly anything else is left.
        let dir = tempfile::tempdir().unwrap();
        let whole = std::fs::read(folder.join("IMG0004028.jpg")).unwrap();
        std::fs::write(dir.path().join("stump.jpg"), &whole[..whole.len() / 40]).unwrap();
        let mut list: Vec<Sample> = names.iter().map(|name| sample(&folder, name, 0)).collect();
        list.push(sample(dir.path(), "stump.jpg", 0));
        let mut log = Vec::new();
        let p = Preprocessing::imagenet(crate::domain::recipe::Resize::ShorterSideThenCrop(64), 56);
        let budget = &mut MEMORY_BUDGET.clone();
        let read = Samples::read(&list, &p, budget, &mut |_| true, &mut |line| log.push(line)).unwrap();
        let used: Vec<&str> = read.samples().map(|sample| sample.name.as_str()).collect();
        for name in ["empty.png", "text_named.jpg", "claims_4g_wide.png", "claims_60000x60000.png", "stump.jpg"] {
            assert!(!used.contains(&name), "{name} was used");
            assert!(log.iter().any(|line| line.starts_with(name) && line.contains("left out")), "{name}: {log:?}");
        }
        for name in names.iter().filter(|name| name.starts_with("IMG") || *name == "cut_in_half.png") {
            assert!(used.contains(&name.as_str()), "{name} was not used");
            assert!(log.iter().any(|line| line.starts_with(name) && line.contains("can be seen are used")), "{name}");
        }
        for (index, name) in used.iter().enumerate() {
            let (planes, _) = read.planes(index).unwrap();
            let (least, most) = planes.iter().fold((1.0f32, 0.0f32), |(l, m), v| (l.min(*v), m.max(*v)));
            assert!(most - least > 0.1, "{name} is an even square");
        }
    }
}
