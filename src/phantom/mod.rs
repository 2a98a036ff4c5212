//! Synthetic radiographs and photos with known truth, for the demo and for tests.
//!
//! Nothing here is anatomy to learn from: shapes, densities and grain are only near enough to radiographs that a
//! network has to find what a reader would look for. Everything follows from a kind, a seed and an index, so that one
//! picture can be made again without the others.

mod ankle;
mod chest;
mod chest_set;
pub mod dataset;
mod draw;
mod film;
mod findings;
mod fracture;
mod knee;
mod raster;

pub use chest::{CHEST_CLASSES, ChestFilm, chest_film};
pub use chest_set::write_chest_set;
pub use dataset::{PhantomError, Truth, WrittenPhantom, read_truth, write_dataset};
pub use findings::{FINDINGS, FindingsFilm, findings_film, write_findings_set};

use crate::domain::Rect;
use draw::Draw;
use std::str::FromStr;

/// One label of this many is wrong on purpose: 3.6 %.
const LABELS_TO_ONE_WRONG: u64 = 28;
/// Pictures of one (invented) patient, who has the same build in all of them.
const PICTURES_A_PATIENT: u64 = 2;

/// What is pictured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Long bones of a limb, with or without a fracture.
    Fracture,
    /// A knee from the front, by Kellgren-Lawrence grade (Kellgren and Lawrence 1957).
    Knee,
    /// Both rear feet from behind, photo-like, by the angle of the heels.
    Ankle,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Fracture, Kind::Knee, Kind::Ankle];

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Fracture => "fracture",
            Kind::Knee => "knee",
            Kind::Ankle => "ankle",
        }
    }

    /// Names of the classes in order; a phantom's `class` and `label` are indices into them.
    pub fn class_names(self) -> Vec<&'static str> {
        match self {
            Kind::Fracture => vec!["normal", "fracture"],
            Kind::Knee => vec!["0", "1", "2", "3", "4"],
            Kind::Ankle => vec!["pronation", "neutral", "supination"],
        }
    }

    /// Whether the order of the classes means something.
    pub fn ordinal(self) -> bool {
        self != Kind::Fracture
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.trim().to_lowercase();
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == wanted)
            .ok_or_else(|| format!("there are no phantoms of the kind {text:?}: choose one of {}", known()))
    }
}

/// One made picture and what is true about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Phantom {
    pub width: u32,
    pub height: u32,
    /// Row by row.
    pub gray: Vec<u8>,
    /// The true class.
    pub class: usize,
    /// The class the data say it has; wrong for one in 28.
    pub label: usize,
    /// The box around the fracture line, in pixels.
    pub finding: Option<Rect>,
    /// The patient.
    pub group: String,
}

/// What a kind's own file makes: the picture and, where there is one, the box.
struct Made {
    width: usize,
    height: usize,
    gray: Vec<u8>,
    finding: Option<Rect>,
}

/// Makes the phantom with this index. Classes take turns, so that any stretch of indices is balanced.
pub fn generate(kind: Kind, seed: u64, index: u64) -> Phantom {
    let classes = kind.class_names().len() as u64;
    let class = (index % classes) as usize;
    let patient = index / PICTURES_A_PATIENT;
    let mut build = Draw::new(kind.name(), "build", seed, patient);
    let mut view = Draw::new(kind.name(), "view", seed, index);
    let made = match kind {
        Kind::Fracture => fracture::make(class == 1, &mut build, &mut view),
        Kind::Knee => knee::make(class, &mut build, &mut view),
        Kind::Ankle => ankle::make(class, &mut build, &mut view),
    };
    Phantom {
        width: made.width as u32,
        height: made.height as u32,
        gray: made.gray,
        class,
        label: given_label(kind, seed, index, class),
        finding: made.finding,
        group: format!("P{:04}", patient + 1),
    }
}

/// The true class but for one picture in each stretch of 28, which gets another (a neighbouring one where classes are
/// ordered, as readers err).
fn given_label(kind: Kind, seed: u64, index: u64, class: usize) -> usize {
    let mut draw = Draw::new(kind.name(), "labels", seed, index / LABELS_TO_ONE_WRONG);
    let wrong = draw.below(LABELS_TO_ONE_WRONG as usize) as u64;
    let up = draw.chance(0.5);
    if index % LABELS_TO_ONE_WRONG != wrong {
        return class;
    }
    let last = kind.class_names().len() - 1;
    match (class, up) {
        (0, _) => 1,
        (class, true) if class < last => class + 1,
        (class, _) => class - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_balanced_and_a_known_share_of_labels_is_wrong() {
        for kind in Kind::ALL {
            let classes = kind.class_names().len();
            let labels: Vec<(usize, usize)> = (0..840)
                .map(|index| {
                    let class = (index % classes as u64) as usize;
                    (class, given_label(kind, 9, index, class))
                })
                .collect();
            for class in 0..classes {
                assert_eq!(labels.iter().filter(|(truth, _)| *truth == class).count(), 840 / classes);
            }
            let wrong: Vec<_> = labels.iter().filter(|(truth, label)| truth != label).collect();
            assert_eq!(wrong.len(), 30, "{kind:?}");
            assert!(wrong.iter().all(|(truth, label)| truth.abs_diff(*label) == 1 && *label < classes));
        }
    }

    #[test]
    fn one_picture_can_be_made_again_without_the_others() {
        for kind in Kind::ALL {
            let alone = generate(kind, 3, 5);
            let among: Vec<Phantom> = (0..8).map(|index| generate(kind, 3, index)).collect();
            assert_eq!(alone, among[5]);
            assert_eq!(alone.class, 5 % kind.class_names().len());
            assert_ne!(alone.gray, generate(kind, 4, 5).gray);
            assert!(among.windows(2).all(|pair| pair[0].gray != pair[1].gray));
            assert_eq!(among[4].group, among[5].group);
        }
    }

    #[test]
    fn pictures_use_the_range_without_burning_out() {
        for kind in Kind::ALL {
            for index in 0..12 {
                let phantom = generate(kind, 1, index);
                let (w, h) = (phantom.width as usize, phantom.height as usize);
                assert_eq!(phantom.gray.len(), w * h);
                assert!((140..=260).contains(&w) && (140..=260).contains(&h) && w != h, "{kind:?}: {w} x {h}");
                let white = phantom.gray.iter().filter(|v| **v == 255).count();
                assert!(white < w * h / 25, "{kind:?} {index} burns out");
                let mut sorted = phantom.gray.clone();
                sorted.sort_unstable();
                let spread = sorted[w * h * 95 / 100] - sorted[w * h * 5 / 100];
                assert!(spread > 50, "{kind:?} {index} is flat: {spread}");
            }
        }
    }

    #[test]
    fn only_fractures_have_a_box_and_it_lies_inside() {
        for index in 0..60 {
            let phantom = generate(Kind::Fracture, 7, index);
            assert_eq!(phantom.finding.is_some(), phantom.class == 1);
            if let Some(rect) = phantom.finding {
                assert!(rect.xmin >= 0.0 && rect.ymin >= 0.0 && rect.width() >= 8.0 && rect.height() >= 8.0);
                assert!(rect.xmax <= f64::from(phantom.width) && rect.ymax <= f64::from(phantom.height));
                let share = rect.area() / f64::from(phantom.width * phantom.height);
                assert!(share < 0.25, "{index}: the box is {share} of the picture");
            }
        }
        assert_eq!("KNEE".parse(), Ok(Kind::Knee));
        assert!("hip".parse::<Kind>().unwrap_err().contains("ankle"));
    }
}
