//! How a rectangle is told relative to another (Girshick et al. 2014, appendix C), as torchvision's `BoxCoder`:
//! the centre's shift in widths and heights, and the logarithms of how much wider and higher it is, each times a weight.

/// The weights of shift and size.
#[derive(Clone, Copy)]
pub struct Coding {
    /// Of the centre's shift.
    pub shift: f32,
    /// Of the logarithms of width and height.
    pub size: f32,
}

/// Of proposals relative to anchors.
pub const PROPOSALS: Coding = Coding { shift: 1.0, size: 1.0 };
/// Of boxes relative to proposals.
pub const BOXES: Coding = Coding { shift: 10.0, size: 5.0 };

/// ln(1000 / 16): sizes do not grow further, so that nothing overflows.
pub const MOST_GROWTH: f32 = 4.135_166_6;

/// The centre, the width and the height of `xmin ymin xmax ymax`.
pub fn centre_and_size(rect: &[f32; 4]) -> (f32, f32, f32, f32) {
    let (width, height) = (rect[2] - rect[0], rect[3] - rect[1]);
    (rect[0] + 0.5 * width, rect[1] + 0.5 * height, width, height)
}

impl Coding {
    /// `rect` as seen from `from`.
    pub(super) fn encode(self, rect: &[f32; 4], from: &[f32; 4]) -> [f32; 4] {
        let ((x, y, width, height), (fx, fy, fwidth, fheight)) = (centre_and_size(rect), centre_and_size(from));
        [
            self.shift * (x - fx) / fwidth,
            self.shift * (y - fy) / fheight,
            self.size * (width / fwidth).ln(),
            self.size * (height / fheight).ln(),
        ]
    }

    /// The rectangle that looks so from `from`.
    pub(super) fn decode(self, code: &[f32; 4], from: &[f32; 4]) -> [f32; 4] {
        let (fx, fy, fwidth, fheight) = centre_and_size(from);
        let (x, y) = (code[0] / self.shift * fwidth + fx, code[1] / self.shift * fheight + fy);
        let grown = |code: f32, side: f32| (code / self.size).min(MOST_GROWTH).exp() * side * 0.5;
        let (half_width, half_height) = (grown(code[2], fwidth), grown(code[3], fheight));
        [x - half_width, y - half_height, x + half_width, y + half_height]
    }
}

/// The part of a rectangle that lies in a picture of `height` x `width` pixels.
pub(super) fn clip(rect: [f32; 4], (height, width): (usize, usize)) -> [f32; 4] {
    let (x, y) = (|v: f32| v.clamp(0.0, width as f32), |v: f32| v.clamp(0.0, height as f32));
    [x(rect[0]), y(rect[1]), x(rect[2]), y(rect[3])]
}

/// Whether both sides are at least this long; never where one is undefined.
pub(super) fn is_at_least(rect: &[f32; 4], side: f32) -> bool {
    rect[2] - rect[0] >= side && rect[3] - rect[1] >= side
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_undoes_encoding_and_growth_ends() {
        let (rect, from) = ([3.0, 8.0, 40.0, 21.0], [10.0, 10.0, 30.0, 50.0]);
        for coding in [PROPOSALS, BOXES] {
            let back = coding.decode(&coding.encode(&rect, &from), &from);
            assert!(rect.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-4), "{back:?}");
        }
        let wide = PROPOSALS.decode(&[0.0, 0.0, 99.0, 0.0], &[0.0, 0.0, 16.0, 16.0]);
        assert!((wide[2] - wide[0] - 1000.0).abs() < 0.1, "{wide:?}");
        assert_eq!(clip([-3.0, 2.0, 70.0, 55.0], (50, 60)), [0.0, 2.0, 60.0, 50.0]);
        assert!(!is_at_least(&[0.0, 0.0, f32::NAN, 5.0], 1.0));
    }
}
