//! Lines of equal heat on a map, by marching squares (Lorensen and Cline 1987 in two dimensions).

use super::heat_map::HeatMap;
use std::collections::HashMap;

/// A line along which a map has one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// Of the map's strongest value; below zero where a place of a signed map speaks against.
    pub level: f32,
    /// In pixels of the image.
    pub points: Vec<[f64; 2]>,
    /// Whether the last point leads back to the first; else the line ends where the map does.
    pub closed: bool,
}

/// The levels that lines are drawn at; of a signed map also on the other side of zero.
pub const LEVELS: [f32; 3] = [0.25, 0.5, 0.75];

/// Where on the scale of colours a line's own is: the dark end could not be seen on a dark picture.
pub fn shade(level: f32, signed: bool) -> f32 {
    if signed { level.signum() * (0.5 + level.abs() / 2.0) } else { 0.4 + 0.6 * level }
}

/// Places along a side at which a map is looked at, for each of its cells and at most.
const EACH: usize = 8;
const MOST: usize = 160;

impl HeatMap {
    /// The lines at [`LEVELS`]. Between its cells the map is taken as it is shown, by [`Self::at`].
    pub fn contours(&self) -> Vec<Contour> {
        let count = |cells: usize| (cells * EACH).clamp(2, MOST);
        let (columns, rows) = (count(self.width), count(self.height));
        let place = |index: f64, min: f64, extent: f64, count: usize| min + (index + 0.5) / count as f64 * extent;
        let onto = |[x, y]: [f64; 2]| {
            let covers = &self.covers;
            [place(x, covers.xmin, covers.width(), columns), place(y, covers.ymin, covers.height(), rows)]
        };
        let mut values = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                let [x, y] = onto([column as f64, row as f64]);
                values.push(self.at(x, y));
            }
        }
        let mut lines = Vec::new();
        let signs: &[f32] = if self.signed { &[1.0, -1.0] } else { &[1.0] };
        for sign in signs {
            let side: Vec<f32> = values.iter().map(|value| value * sign).collect();
            for level in LEVELS {
                for (points, closed) in joined(segments(&side, columns, level)) {
                    let points = points.into_iter().map(onto).collect();
                    lines.push(Contour { level: level * sign, points, closed });
                }
            }
        }
        lines
    }
}

/// Where a line crosses an edge between two places of the grid, with a number of the edge's own.
type Crossing = (usize, [f64; 2]);

/// The pieces of the lines, each through one square of four places.
fn segments(values: &[f32], columns: usize, level: f32) -> Vec<[Crossing; 2]> {
    let mut pieces = Vec::new();
    let rows: Vec<&[f32]> = values.chunks(columns).collect();
    for (row, pair) in rows.windows(2).enumerate() {
        let [upper, lower] = pair else { continue };
        for (column, (above, below)) in upper.windows(2).zip(lower.windows(2)).enumerate() {
            let (&[a, b], &[d, c]) = (above, below) else { continue };
            let inside = [a, b, c, d].map(|value| value >= level);
            let share = |from: f32, to: f32| f64::from(((level - from) / (to - from)).clamp(0.0, 1.0));
            let (x, y) = (column as f64, row as f64);
            let at = row * columns + column;
            // Of the square's sides the upper and the left are its own, the others its neighbours'.
            let top = || (2 * at, [x + share(a, b), y]);
            let right = || (2 * (at + 1) + 1, [x + 1.0, y + share(b, c)]);
            let bottom = || (2 * (at + columns), [x + share(d, c), y + 1.0]);
            let left = || (2 * at + 1, [x, y + share(a, d)]);
            let middle = (a + b + c + d) / 4.0 >= level;
            match inside {
                [true, true, true, true] | [false, false, false, false] => {}
                [true, false, false, false] | [false, true, true, true] => pieces.push([left(), top()]),
                [false, true, false, false] | [true, false, true, true] => pieces.push([top(), right()]),
                [false, false, true, false] | [true, true, false, true] => pieces.push([right(), bottom()]),
                [false, false, false, true] | [true, true, true, false] => pieces.push([bottom(), left()]),
                [true, true, false, false] | [false, false, true, true] => pieces.push([left(), right()]),
                [true, false, false, true] | [false, true, true, false] => pieces.push([top(), bottom()]),
                // Two corners that lie across: whether they hang together is what the middle says.
                [true, false, true, false] if middle => pieces.extend([[top(), right()], [bottom(), left()]]),
                [true, false, true, false] => pieces.extend([[left(), top()], [right(), bottom()]]),
                [false, true, false, true] if middle => pieces.extend([[left(), top()], [right(), bottom()]]),
                [false, true, false, true] => pieces.extend([[top(), right()], [bottom(), left()]]),
            }
        }
    }
    pieces
}

/// Pieces joined where they meet: lines, each with whether it is closed.
fn joined(pieces: Vec<[Crossing; 2]>) -> Vec<(Vec<[f64; 2]>, bool)> {
    let mut meeting: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, piece) in pieces.iter().enumerate() {
        for (edge, _) in piece {
            meeting.entry(*edge).or_default().push(index);
        }
    }
    let mut used = vec![false; pieces.len()];
    // From a crossing on, along pieces that are not used yet.
    let follow = |used: &mut Vec<bool>, mut edge: usize| {
        let mut points = Vec::new();
        loop {
            let next = meeting.get(&edge).into_iter().flatten().find(|index| !used[**index]);
            let Some((index, [one, other])) = next.and_then(|index| Some((*index, pieces.get(*index)?))) else {
                return (points, edge);
            };
            used[index] = true;
            let on = if one.0 == edge { other } else { one };
            points.push(on.1);
            edge = on.0;
        }
    };
    let mut lines = Vec::new();
    for index in 0..pieces.len() {
        let Some([from, to]) = pieces.get(index).filter(|_| !used[index]) else { continue };
        used[index] = true;
        let (ahead, end) = follow(&mut used, to.0);
        let closed = end == from.0 && !ahead.is_empty();
        let (behind, _) = follow(&mut used, from.0);
        let mut points: Vec<[f64; 2]> = behind.into_iter().rev().collect();
        points.extend([from.1, to.1]);
        points.extend(ahead);
        if closed {
            // The first point came back at the end.
            points.pop();
        }
        lines.push((points, closed));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;

    fn map(width: usize, height: usize, signed: bool, value: impl Fn(f64, f64) -> f64) -> HeatMap {
        let covers = Rect { xmin: 10.0, ymin: 20.0, xmax: 10.0 + width as f64, ymax: 20.0 + height as f64 };
        let at = |index: usize| value((index % width) as f64 + 0.5, (index / width) as f64 + 0.5) as f32;
        let values = (0..width * height).map(at).collect();
        HeatMap { width, height, values, strength: 1.0, signed, covers }
    }

    #[test]
    fn lines_around_a_cone_are_circles_of_the_right_size() {
        let cone = map(100, 100, false, |x, y| (1.0 - (x - 50.0).hypot(y - 50.0) / 40.0).max(0.0));
        let lines = cone.contours();
        assert_eq!(
            lines.iter().map(|line| (line.level, line.closed)).collect::<Vec<_>>(),
            [(0.25, true), (0.5, true), (0.75, true)]
        );
        for line in &lines {
            let wanted = 40.0 * (1.0 - f64::from(line.level));
            for [x, y] in &line.points {
                let radius = (x - 60.0).hypot(y - 70.0);
                assert!((radius - wanted).abs() < 0.2, "level {}: {radius}, expected {wanted}", line.level);
            }
        }
    }

    #[test]
    fn a_slope_has_open_lines_and_a_signed_one_both_kinds() {
        let slope = map(41, 10, false, |x, _| x / 41.0);
        let lines = slope.contours();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| !line.closed));
        assert!(lines[1].points.iter().all(|[x, _]| (x - 10.0 - 20.5).abs() < 0.1), "{:?}", lines[1]);
        let signed = map(41, 10, true, |x, _| x / 20.5 - 1.0);
        let mut levels: Vec<f32> = signed.contours().iter().map(|line| line.level).collect();
        levels.sort_by(f32::total_cmp);
        assert_eq!(levels, [-0.75, -0.5, -0.25, 0.25, 0.5, 0.75]);
        assert!(map(5, 5, false, |_, _| 0.0).contours().is_empty(), "an empty map has none");
    }

    #[test]
    fn two_corners_that_lie_across_hang_together_where_the_middle_is_high() {
        let open = |middle: bool| {
            let (low, high) = if middle { (0.4, 0.9) } else { (0.1, 0.6) };
            segments(&[high, low, low, high], 2, 0.5)
        };
        let of =
            |pieces: Vec<[Crossing; 2]>| pieces.iter().map(|piece| piece.map(|(edge, _)| edge)).collect::<Vec<_>>();
        assert_eq!(of(open(true)), [[0, 3], [4, 1]]);
        assert_eq!(of(open(false)), [[1, 0], [3, 4]]);
    }
}
