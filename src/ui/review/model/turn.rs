//! How a view is turned and mirrored: the eight ways a rectangle can be laid onto an upright screen.

use super::geometry::Point;

/// The view's rotation in quarter turns clockwise, after it was mirrored left to right or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Turn {
    quarters: u8,
    mirrored: bool,
}

impl Turn {
    /// A number of quarter turns clockwise, any sign.
    #[cfg(test)]
    pub fn quarters(n: i32) -> Self {
        Self { quarters: n.rem_euclid(4) as u8, mirrored: false }
    }

    /// So many quarter turns clockwise, after mirroring or not.
    pub fn of(quarters: u8, mirrored: bool) -> Self {
        Self { quarters: quarters % 4, mirrored }
    }

    /// One more quarter turn clockwise, as seen.
    pub fn clockwise(self) -> Self {
        Self { quarters: (self.quarters + 1) % 4, ..self }
    }

    /// Left and right changed over, as seen: a mirror before which the turn is undone the other way round.
    pub fn flipped_horizontally(self) -> Self {
        Self { quarters: (4 - self.quarters) % 4, mirrored: !self.mirrored }
    }

    /// Top and bottom changed over, as seen: left and right changed over, and half a turn.
    pub fn flipped_vertically(self) -> Self {
        self.flipped_horizontally().clockwise().clockwise()
    }

    /// 0, 90, 180 or 270, after mirroring.
    pub fn degrees(self) -> u16 {
        u16::from(self.quarters) * 90
    }

    /// Whether what is right in the image is left of it before the turn.
    pub fn is_mirrored(self) -> bool {
        self.mirrored
    }

    /// An image direction as the screen's.
    pub fn apply(self, [x, y]: Point) -> Point {
        let x = if self.mirrored { -x } else { x };
        match self.quarters {
            0 => [x, y],
            1 => [-y, x],
            2 => [-x, -y],
            _ => [y, -x],
        }
    }

    /// A screen direction as the image's.
    pub fn undo(self, [x, y]: Point) -> Point {
        let [x, y] = match self.quarters {
            0 => [x, y],
            1 => [y, -x],
            2 => [-x, -y],
            _ => [-y, x],
        };
        [if self.mirrored { -x } else { x }, y]
    }

    /// The extent of an upright rectangle after the turn.
    pub fn extent(self, [width, height]: Point) -> Point {
        if self.quarters.is_multiple_of(2) { [width, height] } else { [height, width] }
    }

    /// What is to be said of it: "turned 90°", "mirrored"; empty for a view as it is stored.
    pub fn in_words(self) -> String {
        match (self.mirrored, self.degrees()) {
            (false, 0) => String::new(),
            (false, degrees) => format!("turned {degrees}°"),
            // Half a turn after mirroring is what people call flipping upside down.
            (true, 0) => "mirrored".to_owned(),
            (true, 180) => "upside down, mirrored".to_owned(),
            (true, degrees) => format!("mirrored, turned {degrees}°"),
        }
    }
}

/// All eight.
#[cfg(test)]
pub fn all() -> impl Iterator<Item = Turn> {
    (0..4).flat_map(|n| [Turn::quarters(n), Turn { mirrored: true, ..Turn::quarters(n) }])
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECTIONS: [Point; 3] = [[1.0, 0.0], [0.0, 1.0], [3.0, -7.0]];

    #[test]
    fn flips_change_what_is_seen_over_whatever_the_turn() {
        for turn in all() {
            for at in DIRECTIONS {
                let [x, y] = turn.apply(at);
                assert_eq!(turn.flipped_horizontally().apply(at), [-x, y], "{turn:?}");
                assert_eq!(turn.flipped_vertically().apply(at), [x, -y], "{turn:?}");
                assert_eq!(turn.clockwise().apply(at), [-y, x], "{turn:?}");
                assert_eq!(turn.undo(turn.apply(at)), at, "{turn:?}");
            }
            assert_eq!(turn.flipped_horizontally().flipped_horizontally(), turn);
            assert_eq!(turn.flipped_vertically().flipped_vertically(), turn);
        }
    }

    #[test]
    fn a_view_says_how_it_is_turned() {
        let words = |turn: Turn| turn.in_words();
        assert_eq!(words(Turn::default()), "");
        assert_eq!(words(Turn::default().clockwise()), "turned 90°");
        assert_eq!(words(Turn::default().flipped_horizontally()), "mirrored");
        assert_eq!(words(Turn::default().flipped_vertically()), "upside down, mirrored");
        assert_eq!(words(Turn::default().flipped_vertically().flipped_horizontally()), "turned 180°");
    }
}
