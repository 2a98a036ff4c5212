//! Where the pixels of a set are counted from.
//!
//! The format's home counts from 1 and includes the last one; most tools count from 0 and exclude it. Some writers take
//! one off the minima alone of a set that was counted from 0 already (supervision, up to 0.31.2). Which one a set follows
//! is said by a person or told by all its files together.

use crate::interchange::model::draft::DraftImage;
use crate::interchange::model::options::VocBase;

/// What a file says of its coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// Boxes of VOC elements seen.
    pub boxes: usize,
    /// A minimum of 0 or less, or a fraction: cannot be counted from 1.
    pub zero: usize,
    /// A minimum of -1.
    pub minus_one: usize,
    /// A minimum further out than that, or a fraction: no whole set was moved by one.
    pub unmoved: usize,
    /// A minimum of 1.
    pub one: usize,
    /// A maximum at the image's edge.
    pub edge: usize,
    /// The database is named as PASCAL's own.
    pub pascal: usize,
}

impl Hints {
    /// Adds another file's.
    pub fn add(&mut self, other: Self) {
        self.boxes += other.boxes;
        self.zero += other.zero;
        self.minus_one += other.minus_one;
        self.unmoved += other.unmoved;
        self.one += other.one;
        self.edge += other.edge;
        self.pascal += other.pascal;
    }

    /// Looks at a box, of which the sides may be in any order, in an image of the stated size.
    pub fn see(&mut self, corners: [f64; 4], size: Option<[f64; 2]>) {
        let [a, b, c, d] = corners;
        let (minima, maxima) = ([a.min(c), b.min(d)], [a.max(c), b.max(d)]);
        let fraction = corners.iter().any(|c| c.fract() != 0.0);
        let any = |wanted: fn(f64) -> bool| usize::from(minima.into_iter().any(wanted));
        self.boxes += 1;
        self.zero += usize::from(fraction || minima.iter().any(|c| *c < 1.0));
        self.minus_one += any(|c| c == -1.0);
        self.unmoved += usize::from(fraction || minima.iter().any(|c| *c < -1.0));
        self.one += any(|c| c == 1.0);
        self.edge += usize::from(size.is_some_and(|size| maxima.iter().zip(size).any(|(c, side)| *c == side)));
    }

    /// What is to be added to the minima of the set, and why, in a sentence.
    pub fn shift(self) -> (f64, String) {
        if self.minus_one > 0 && self.unmoved == 0 {
            return (
                1.0,
                format!(
                    "{} boxes begin at -1 and none further out: a writer took one off the left and upper sides alone \
                     (supervision does), so those sides of all boxes are moved back by one pixel. Say that pixels are \
                     counted from 0 to have them as they are.",
                    self.minus_one
                ),
            );
        }
        if self.zero > 0 {
            return (0.0, "VOC pixels are counted from 0, as coordinates of 0 or with fractions show.".into());
        }
        if self.pascal > 0 {
            return (-1.0, "VOC pixels are counted from 1, as in PASCAL's own sets, which the files name.".into());
        }
        let mut why = "VOC pixels are taken to be counted from 0, as most tools write them; no coordinate shows it. \
                       Say so if they are counted from 1."
            .to_owned();
        if self.one > 0 && self.edge > 0 {
            why.push_str(&format!(
                " {} boxes begin at 1, none at 0, and {} end at the image's edge, which speaks for 1.",
                self.one, self.edge
            ));
        }
        (0.0, why)
    }
}

/// What is to be added to the minima where a person says what pixels are counted from.
pub fn shift_of(base: VocBase) -> f64 {
    match base {
        VocBase::Zero => 0.0,
        VocBase::One => -1.0,
    }
}

/// Adds so much to the left and upper sides of an image's boxes, whichever of their corners comes first.
pub fn shifted(image: &mut DraftImage, by: f64) {
    let drawn = image.said.iter_mut().flat_map(|said| &mut said.boxes).map(|one| &mut one.rect);
    for rect in drawn.chain(image.marked.iter_mut().map(|marked| &mut marked.rect)) {
        *(if rect.xmin <= rect.xmax { &mut rect.xmin } else { &mut rect.xmax }) += by;
        *(if rect.ymin <= rect.ymax { &mut rect.ymin } else { &mut rect.ymax }) += by;
    }
}
