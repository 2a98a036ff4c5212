//! Whether boxes were drawn on the stored picture or on the one turned upright, and bringing them to the latter.
//!
//! A box that lies outside one of the two betrays it, and so does a stated size when the turn swaps width and height. Boxes
//! go before sizes: some tools write the size of the stored picture beside boxes of the upright one. What does not betray
//! itself is taken as the others of its set; a set without any evidence is taken as upright, since browsers and annotation
//! tools show pictures so.

use crate::domain::Rect;
pub use crate::interchange::model::options::Frame;

/// What a stated size says about the frame, given the oriented size in pixels and the EXIF orientation. `None` where
/// both frames have one size, or neither has the stated one.
pub fn evidence(stated: [f64; 2], oriented: [f64; 2], orientation: u8) -> Option<Frame> {
    let raw = raw_size(oriented, orientation);
    if raw == oriented {
        return None;
    }
    // Resized copies state the original's size: the shape decides.
    match (same_shape(stated, raw), same_shape(stated, oriented)) {
        (true, false) => Some(Frame::Raw),
        (false, true) => Some(Frame::Oriented),
        _ => None,
    }
}

/// Width and height as stored.
pub fn raw_size(oriented: [f64; 2], orientation: u8) -> [f64; 2] {
    if (5..=8).contains(&orientation) { [oriented[1], oriented[0]] } else { oriented }
}

/// Whether two sizes have the same proportions, up to the rounding of a resize: within 2 % or one pixel.
pub fn same_shape(a: [f64; 2], b: [f64; 2]) -> bool {
    if a.iter().chain(&b).any(|side| !side.is_finite() || *side <= 0.0) {
        return false;
    }
    let expected = a[0] * b[1] / b[0];
    (expected - a[1]).abs() <= (0.02 * a[1]).max(1.0)
}

/// A rectangle of the stored picture (`raw` its width and height) in the upright one.
pub fn upright(rect: Rect, raw: [f64; 2], orientation: u8) -> Rect {
    let [w, h] = raw;
    let point = |x: f64, y: f64| match orientation {
        2 => [w - x, y],
        3 => [w - x, h - y],
        4 => [x, h - y],
        5 => [y, x],
        6 => [h - y, x],
        7 => [h - y, w - x],
        8 => [y, w - x],
        _ => [x, y],
    };
    Rect::from_corners(point(rect.xmin, rect.ymin), point(rect.xmax, rect.ymax))
}

/// Boxes may reach out of their picture by this share of its side, or by a pixel, before they speak against a frame.
const SLACK: f64 = 0.02;

/// The stated size in either frame, stored and upright. A stated size is of one of them, whichever the boxes are in: some
/// tools write the stored size beside boxes of the upright picture.
fn both_sizes(stated: Option<[f64; 2]>, oriented: [f64; 2], orientation: u8) -> Option<([f64; 2], [f64; 2])> {
    let raw = raw_size(oriented, orientation);
    let Some([width, height]) = stated else { return Some((raw, oriented)) };
    match (same_shape([width, height], raw), same_shape([width, height], oriented)) {
        (true, false) => Some(([width, height], [height, width])),
        (false, true) => Some(([height, width], [width, height])),
        _ => None,
    }
}

/// What the boxes of an image themselves say: some fit only one of the two frames, and none only the other. `boxes` are in
/// pixels of the stated size.
pub fn boxes_evidence<'a>(
    boxes: impl Iterator<Item = &'a Rect>,
    stated: Option<[f64; 2]>,
    oriented: [f64; 2],
    orientation: u8,
) -> Option<Frame> {
    if raw_size(oriented, orientation) == oriented {
        return None;
    }
    let (raw, upright) = both_sizes(stated, oriented, orientation)?;
    let beyond = |rect: &Rect, size: [f64; 2]| {
        let over = |value: f64, side: f64| value - side > (SLACK * side).max(1.0);
        over(rect.xmin.max(rect.xmax), size[0]) || over(rect.ymin.max(rect.ymax), size[1])
    };
    let (mut only_raw, mut only_upright) = (false, false);
    for rect in boxes {
        match (beyond(rect, raw), beyond(rect, upright)) {
            (false, true) => only_raw = true,
            (true, false) => only_upright = true,
            _ => {}
        }
    }
    match (only_raw, only_upright) {
        (true, false) => Some(Frame::Raw),
        (false, true) => Some(Frame::Oriented),
        _ => None,
    }
}

/// The stated size as that of a frame: the same, or with its sides swapped where it is the other frame's.
pub fn stated_in(frame: Frame, stated: [f64; 2], oriented: [f64; 2], orientation: u8) -> [f64; 2] {
    match (both_sizes(Some(stated), oriented, orientation), frame) {
        (None, _) => stated,
        (Some((raw, _)), Frame::Raw) => raw,
        (Some((_, upright)), Frame::Oriented) => upright,
    }
}

/// What an image betrays of the frame of its boxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clues {
    /// The kind of its file.
    pub told: Option<Frame>,
    /// Its boxes.
    pub boxes: Option<Frame>,
    /// The size that stands beside them.
    pub size: Option<Frame>,
}

/// Why boxes are taken to be in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A person said so.
    Said,
    Boxes,
    Told,
    /// Boxes of other images, against the stated sizes.
    OtherBoxes,
    Size,
    /// Other images, where this one says nothing.
    Others,
    /// Nothing says anything.
    Nothing,
}

/// How many images betray the frame of their boxes.
#[derive(Default)]
pub struct Votes {
    raw: usize,
    oriented: usize,
    boxes_raw: usize,
    boxes_oriented: usize,
    /// Images whose boxes are in another frame than the stated size.
    size_is_wrong: usize,
    said: Option<Frame>,
}

impl Votes {
    /// None; `said` is a person's word, which goes before everything.
    pub fn of(said: Option<Frame>) -> Self {
        Self { said, ..Self::default() }
    }

    /// Takes in what an image betrays.
    pub fn count(&mut self, clues: Clues) {
        match clues.size {
            Some(Frame::Raw) => self.raw += 1,
            Some(Frame::Oriented) => self.oriented += 1,
            None => {}
        }
        match clues.boxes {
            Some(Frame::Raw) => self.boxes_raw += 1,
            Some(Frame::Oriented) => self.boxes_oriented += 1,
            None => {}
        }
        self.size_is_wrong += usize::from(clues.boxes.is_some() && clues.size.is_some() && clues.boxes != clues.size);
    }

    /// The frame of an image's boxes, and why.
    pub fn frame(&self, clues: Clues) -> (Frame, Why) {
        let more = |raw: usize, oriented: usize| match (raw, oriented) {
            (0, 0) => None,
            (raw, oriented) if raw > oriented => Some(Frame::Raw),
            _ => Some(Frame::Oriented),
        };
        let by_boxes = more(self.boxes_raw, self.boxes_oriented);
        let others = by_boxes.filter(|_| self.size_is_wrong > 0);
        let usual = more(self.raw + self.boxes_raw, self.oriented + self.boxes_oriented);
        let ways = [
            (self.said, Why::Said),
            (clues.boxes, Why::Boxes),
            (clues.told, Why::Told),
            (others, Why::OtherBoxes),
            (clues.size, Why::Size),
            (usual, Why::Others),
        ];
        let first = ways.into_iter().find_map(|(frame, why)| Some((frame?, why)));
        first.unwrap_or((Frame::Oriented, Why::Nothing))
    }
}

impl Why {
    /// What is told of images whose boxes are taken to be in this frame.
    pub fn sentence(self, frame: Frame) -> &'static str {
        match (self, frame) {
            (Self::Said, Frame::Oriented) => "boxes are in the upright frame, as you said",
            (Self::Said, Frame::Raw) => "boxes were in the stored frame, as you said, and were turned upright",
            (Self::Boxes, Frame::Oriented) => "boxes are in the upright frame: some lie outside the stored one",
            (Self::Boxes, Frame::Raw) => {
                "boxes were in the stored frame, as some lie outside the upright one, and were turned upright"
            }
            (Self::Told, Frame::Oriented) => {
                "boxes are in the upright frame, as the tool that wrote the file has them, whatever size stands beside them"
            }
            (Self::Told, Frame::Raw) => {
                "boxes were in the stored frame, as the tool that wrote the file has them, and were turned upright"
            }
            (Self::OtherBoxes, Frame::Oriented) => {
                "boxes are taken to be in the upright frame, as boxes of other images show against the stated sizes; \
                 --frame stored takes them as in the stored one"
            }
            (Self::OtherBoxes, Frame::Raw) => {
                "boxes were turned upright: boxes of other images show, against the stated sizes, that they are in the \
                 stored frame; --frame upright takes them as they are"
            }
            (Self::Size, Frame::Oriented) => "boxes are in the upright frame, as the stated size says",
            (Self::Size, Frame::Raw) => {
                "boxes were in the stored frame, as the stated size says, and were turned upright"
            }
            (Self::Others, Frame::Oriented) => {
                "boxes are taken to be in the upright frame: the stated size fits both, and other images of the set are so"
            }
            (Self::Others, Frame::Raw) => {
                "boxes were turned upright: the stated size fits both frames, and other images of the set are in the stored one"
            }
            (Self::Nothing, Frame::Oriented | Frame::Raw) => {
                "boxes are taken to be in the upright frame; nothing in the files says which it is"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_is_followed_through_every_orientation() {
        // The pixel c of "abc/def" as stored is at column 2 of row 0; where EXIF's drawings show it, as in imaging.
        let places = [(1, 2, 0), (2, 0, 0), (3, 0, 1), (4, 2, 1), (5, 0, 2), (6, 1, 2), (7, 1, 0), (8, 0, 0)];
        for (orientation, x, y) in places {
            let stored = Rect { xmin: 2.0, ymin: 0.0, xmax: 3.0, ymax: 1.0 };
            let (x, y) = (f64::from(x), f64::from(y));
            let expected = Rect { xmin: x, ymin: y, xmax: x + 1.0, ymax: y + 1.0 };
            assert_eq!(upright(stored, [3.0, 2.0], orientation), expected, "orientation {orientation}");
        }
    }

    #[test]
    fn the_stated_size_decides_where_it_can() {
        let oriented = [454.0, 373.0];
        assert_eq!(evidence([454.0, 373.0], oriented, 8), Some(Frame::Oriented));
        assert_eq!(evidence([373.0, 454.0], oriented, 8), Some(Frame::Raw));
        assert_eq!(evidence([908.0, 746.0], oriented, 6), Some(Frame::Oriented));
        assert_eq!(evidence([454.0, 373.0], oriented, 3), None);
        assert_eq!(evidence([100.0, 900.0], oriented, 8), None);
        assert_eq!(evidence([512.0, 512.0], [512.0, 512.0], 6), None);
    }

    #[test]
    fn boxes_that_fit_one_frame_only_decide_against_the_stated_size() {
        let rect = |xmax: f64, ymax: f64| Rect { xmin: 0.0, ymin: 0.0, xmax, ymax };
        let (raw, upright) = ([200.0, 100.0], [100.0, 200.0]);
        let says = |stated, boxes: &[Rect]| boxes_evidence(boxes.iter(), stated, upright, 6);
        assert_eq!(says(Some(raw), &[rect(60.0, 80.0)]), None);
        assert_eq!(says(Some(raw), &[rect(60.0, 180.0)]), Some(Frame::Oriented));
        assert_eq!(says(Some(upright), &[rect(180.0, 80.0)]), Some(Frame::Raw));
        assert_eq!(says(None, &[rect(180.0, 80.0)]), Some(Frame::Raw));
        // Drawn on a copy of half the size, a pixel out, and one of each.
        assert_eq!(says(Some([100.0, 50.0]), &[rect(30.0, 90.0)]), Some(Frame::Oriented));
        assert_eq!(says(Some(raw), &[rect(60.0, 101.0)]), None);
        assert_eq!(says(Some(raw), &[rect(60.0, 180.0), rect(180.0, 60.0)]), None);
        assert_eq!(boxes_evidence([rect(180.0, 80.0)].iter(), None, raw, 3), None);
        assert_eq!(stated_in(Frame::Oriented, [100.0, 50.0], upright, 6), [50.0, 100.0]);
        assert_eq!(stated_in(Frame::Raw, raw, upright, 6), raw);
    }

    #[test]
    fn a_persons_word_goes_before_boxes_and_boxes_of_others_before_a_size_they_contradict() {
        let size = Clues { size: Some(Frame::Raw), ..Clues::default() };
        let boxes = Clues { boxes: Some(Frame::Oriented), ..size };
        let mut votes = Votes::default();
        votes.count(size);
        assert_eq!(votes.frame(size), (Frame::Raw, Why::Size));
        assert_eq!(votes.frame(Clues::default()), (Frame::Raw, Why::Others));
        votes.count(boxes);
        assert_eq!(votes.frame(boxes), (Frame::Oriented, Why::Boxes));
        assert_eq!(votes.frame(size), (Frame::Oriented, Why::OtherBoxes));
        assert_eq!(votes.frame(Clues { told: Some(Frame::Raw), ..size }), (Frame::Raw, Why::Told));
        assert_eq!(Votes::of(Some(Frame::Raw)).frame(boxes), (Frame::Raw, Why::Said));
        assert_eq!(Votes::default().frame(Clues::default()), (Frame::Oriented, Why::Nothing));
    }
}
