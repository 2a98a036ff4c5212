//! The transforms of Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2016, "Fast algorithms for convolutional
//! neural networks"), by the construction of Cook and Toom.
//!
//! An output tile of 4 x 4 is `Y = A^T [(G g G^T) . (B^T d B)] A` of the 3 x 3 filter `g` and the 6 x 6 input tile `d`.
//! By the chain rule the gradient of the filter is `G^T [(B^T d B) . (A dY A^T)] G`, summed over tiles.

use super::cpu::vectorised;

/// Tiles, or filters, that are worked on together.
pub(super) const LANES: usize = 8;
/// One number of each.
pub(super) type Lane = [f32; LANES];
/// Side of an output tile.
pub(super) const OUT: usize = 4;
/// Side of an input tile, and of the tile of products.
pub(super) const IN: usize = 6;
/// Products a tile.
pub(super) const CELLS: usize = IN * IN;

#[inline(always)]
fn map2(a: Lane, b: Lane, f: impl Fn(f32, f32) -> f32) -> Lane {
    std::array::from_fn(|i| f(a[i], b[i]))
}

#[inline(always)]
fn sum(a: Lane, b: Lane) -> Lane {
    map2(a, b, |a, b| a + b)
}

#[inline(always)]
fn difference(a: Lane, b: Lane) -> Lane {
    map2(a, b, |a, b| a - b)
}

/// a + factor b.
#[inline(always)]
fn plus(a: Lane, factor: f32, b: Lane) -> Lane {
    map2(a, b, |a, b| a + factor * b)
}

#[inline(always)]
fn times(factor: f32, a: Lane) -> Lane {
    a.map(|a| factor * a)
}

/// The points of the interpolation are 0, A, -A, B, -B and infinity. These make half of the rounding errors of the
/// usual 1 and 2 (measured with 64 channels; Barabasz et al. 2020 say why small points do), and their low powers are exact
/// in f32.
const A: f32 = 0.625;
const B: f32 = 1.5;
const A2: f32 = A * A;
const B2: f32 = B * B;
/// One over the products of the differences between each point and the others.
const AT_0: f32 = 1.0 / (A2 * B2);
const AT_A: f32 = 1.0 / (2.0 * A2 * (A2 - B2));
const AT_B: f32 = 1.0 / (2.0 * B2 * (B2 - A2));

/// B^T times a column.
#[inline(always)]
pub(super) fn of_input(d: [Lane; IN]) -> [Lane; IN] {
    let (even, odd) = (plus(d[4], -B2, d[2]), times(A, plus(d[3], -B2, d[1])));
    let (even2, odd2) = (plus(d[4], -A2, d[2]), times(B, plus(d[3], -A2, d[1])));
    [
        plus(plus(d[4], -(A2 + B2), d[2]), A2 * B2, d[0]),
        sum(even, odd),
        difference(even, odd),
        sum(even2, odd2),
        difference(even2, odd2),
        plus(plus(d[5], -(A2 + B2), d[3]), A2 * B2, d[1]),
    ]
}

/// A times a column of an output tile's gradient.
#[inline(always)]
pub(super) fn of_gradient(d: [Lane; OUT]) -> [Lane; IN] {
    let (even, odd) = (plus(d[0], A2, d[2]), times(A, plus(d[1], A2, d[3])));
    let (even2, odd2) = (plus(d[0], B2, d[2]), times(B, plus(d[1], B2, d[3])));
    [d[0], sum(even, odd), difference(even, odd), sum(even2, odd2), difference(even2, odd2), d[3]]
}

/// A^T times a column of products.
#[inline(always)]
pub(super) fn to_output(m: [Lane; IN]) -> [Lane; OUT] {
    let (sum1, difference1) = (sum(m[1], m[2]), times(A, difference(m[1], m[2])));
    let (sum2, difference2) = (sum(m[3], m[4]), times(B, difference(m[3], m[4])));
    [
        sum(m[0], sum(sum1, sum2)),
        sum(difference1, difference2),
        plus(times(A2, sum1), B2, sum2),
        plus(plus(m[5], A2, difference1), B2, difference2),
    ]
}

/// G times a column of a filter.
#[inline(always)]
fn of_filter_column(g: [Lane; 3]) -> [Lane; IN] {
    let (even, odd) = (times(AT_A, plus(g[0], A2, g[2])), times(AT_A * A, g[1]));
    let (even2, odd2) = (times(AT_B, plus(g[0], B2, g[2])), times(AT_B * B, g[1]));
    [times(AT_0, g[0]), sum(even, odd), difference(even, odd), sum(even2, odd2), difference(even2, odd2), g[2]]
}

/// G^T times a column of products.
#[inline(always)]
fn to_filter_column(m: [Lane; IN]) -> [Lane; 3] {
    let (sum1, difference1) = (times(AT_A, sum(m[1], m[2])), times(AT_A * A, difference(m[1], m[2])));
    let (sum2, difference2) = (times(AT_B, sum(m[3], m[4])), times(AT_B * B, difference(m[3], m[4])));
    [plus(sum(sum1, sum2), AT_0, m[0]), sum(difference1, difference2), plus(plus(m[5], A2, sum1), B2, sum2)]
}

/// G g G^T, row by row.
#[inline(always)]
pub(super) fn of_filter(g: &[Lane; 9]) -> [Lane; CELLS] {
    let columns: [[Lane; IN]; 3] = std::array::from_fn(|x| of_filter_column([g[x], g[3 + x], g[6 + x]]));
    let rows: [[Lane; IN]; IN] =
        std::array::from_fn(|y| of_filter_column([columns[0][y], columns[1][y], columns[2][y]]));
    std::array::from_fn(|cell| rows[cell / IN][cell % IN])
}

/// G^T m G, row by row.
#[inline(always)]
pub(super) fn to_filter(m: &[Lane; CELLS]) -> [Lane; 9] {
    let columns: [[Lane; 3]; IN] = std::array::from_fn(|x| to_filter_column(std::array::from_fn(|y| m[y * IN + x])));
    let rows: [[Lane; 3]; 3] = std::array::from_fn(|y| to_filter_column(std::array::from_fn(|x| columns[x][y])));
    std::array::from_fn(|cell| rows[cell / 3][cell % 3])
}

/// The transpose of an 8 x 8 matrix.
#[inline(always)]
pub(super) fn transposed(rows: &[Lane; LANES]) -> [Lane; LANES] {
    std::array::from_fn(|i| std::array::from_fn(|j| rows[j][i]))
}

/// [`transposed`] by vector instructions.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn transposed_v3(v3: pulp::x86::V3, rows: &[Lane; LANES]) -> [Lane; LANES] {
    let avx = v3.avx;
    let r: [std::arch::x86_64::__m256; LANES] = rows.map(pulp::cast);
    let low = |i: usize| avx._mm256_unpacklo_ps(r[i], r[i + 1]);
    let high = |i: usize| avx._mm256_unpackhi_ps(r[i], r[i + 1]);
    let (a, b) = ([low(0), low(2), low(4), low(6)], [high(0), high(2), high(4), high(6)]);
    // Quarters of a column: rows 0..4 with columns (i, i + 4), then rows 4..8.
    let first = |x, y| avx._mm256_shuffle_ps::<0x44>(x, y);
    let second = |x, y| avx._mm256_shuffle_ps::<0xee>(x, y);
    let upper = [first(a[0], a[1]), second(a[0], a[1]), first(b[0], b[1]), second(b[0], b[1])];
    let lower = [first(a[2], a[3]), second(a[2], a[3]), first(b[2], b[3]), second(b[2], b[3])];
    std::array::from_fn(|i| {
        pulp::cast(if i < 4 {
            avx._mm256_permute2f128_ps::<0x20>(upper[i], lower[i])
        } else {
            avx._mm256_permute2f128_ps::<0x31>(upper[i - 4], lower[i - 4])
        })
    })
}

/// Transforms the tiles of one channel. Tile `i` begins at `places[i]` in `picture`, whose rows are `width` apart; cell `f`
/// of it goes to `cells[f * places.len() + i]`. `picture` goes on for at least [`LANES`] numbers in each row of a tile.
pub(super) fn spread_input(picture: &[f32], width: usize, places: &[usize], cells: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(v3) = crate::machine::v3() {
        v3.vectorize(
            #[inline(always)]
            || spread(picture, width, places, cells, of_input, |rows| transposed_v3(v3, rows)),
        );
        return;
    }
    vectorised(
        #[inline(always)]
        || spread(picture, width, places, cells, of_input, transposed),
    );
}

/// The same for the tiles of an output's gradient.
pub(super) fn spread_gradient(picture: &[f32], width: usize, places: &[usize], cells: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(v3) = crate::machine::v3() {
        v3.vectorize(
            #[inline(always)]
            || spread(picture, width, places, cells, of_gradient, |rows| transposed_v3(v3, rows)),
        );
        return;
    }
    vectorised(
        #[inline(always)]
        || spread(picture, width, places, cells, of_gradient, transposed),
    );
}

#[inline(always)]
fn spread<const SIDE: usize>(
    picture: &[f32],
    width: usize,
    places: &[usize],
    cells: &mut [f32],
    column: impl Fn([Lane; SIDE]) -> [Lane; IN],
    transposed: impl Fn(&[Lane; LANES]) -> [Lane; LANES],
) {
    let tiles = places.len();
    for (number, places) in places.as_chunks::<LANES>().0.iter().enumerate() {
        let mut rows = [[[0.0f32; LANES]; LANES]; IN];
        for (lane, &place) in places.iter().enumerate() {
            let tile: [Lane; SIDE] = std::array::from_fn(|row| lane_at(picture, place + row * width));
            for (row, numbers) in column(tile).into_iter().enumerate() {
                rows[row][lane] = numbers;
            }
        }
        for (row, numbers) in rows.iter().enumerate() {
            let columns = transposed(numbers);
            let out = column(std::array::from_fn(|x| columns[x]));
            for (x, lane) in out.iter().enumerate() {
                let at = (row * IN + x) * tiles + number * LANES;
                cells[at..at + LANES].copy_from_slice(lane);
            }
        }
    }
}

#[inline(always)]
fn lane_at(numbers: &[f32], at: usize) -> Lane {
    let mut lane = [0.0; LANES];
    lane.copy_from_slice(&numbers[at..at + LANES]);
    lane
}

/// Turns the products of one channel, laid out as by [`spread_input`], into output tiles: calls with the tile, its row
/// and the row's four numbers.
pub(super) fn gather_output(
    cells: &[f32],
    tiles: usize,
    finish: impl Fn(f32) -> f32,
    place: impl FnMut(usize, usize, &[f32; OUT]),
) {
    #[cfg(target_arch = "x86_64")]
    if let Some(v3) = crate::machine::v3() {
        v3.vectorize(
            #[inline(always)]
            || gather(cells, tiles, finish, place, |rows| transposed_v3(v3, rows)),
        );
        return;
    }
    vectorised(
        #[inline(always)]
        || gather(cells, tiles, finish, place, transposed),
    );
}

#[inline(always)]
fn gather(
    cells: &[f32],
    tiles: usize,
    finish: impl Fn(f32) -> f32,
    mut place: impl FnMut(usize, usize, &[f32; OUT]),
    transposed: impl Fn(&[Lane; LANES]) -> [Lane; LANES],
) {
    for first in (0..tiles).step_by(LANES) {
        let rows: [[Lane; OUT]; IN] = std::array::from_fn(|row| {
            to_output(std::array::from_fn(|x| lane_at(cells, (row * IN + x) * tiles + first)))
        });
        let columns: [[Lane; OUT]; OUT] =
            std::array::from_fn(|x| to_output(std::array::from_fn(|row| rows[row][x])).map(|lane| lane.map(&finish)));
        for pair in [0, 2] {
            let turned = transposed(&std::array::from_fn(|i| columns[i % OUT][pair + i / OUT]));
            for (lane, numbers) in turned.iter().enumerate() {
                let (halves, _) = numbers.as_chunks::<OUT>();
                place(first + lane, pair, &halves[0]);
                place(first + lane, pair + 1, &halves[1]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The finite points.
    const POINTS: [f64; 5] = [0.0, A as f64, -A as f64, B as f64, -B as f64];

    /// The coefficients, constant first, of the product of (x - p) over the finite points but the one at `left_out`.
    fn polynomial(left_out: usize) -> Vec<f64> {
        let mut coefficients = vec![1.0];
        for (_, point) in POINTS.iter().enumerate().filter(|(index, _)| *index != left_out) {
            let mut next = vec![0.0; coefficients.len() + 1];
            for (power, c) in coefficients.iter().enumerate() {
                next[power + 1] += c;
                next[power] -= point * c;
            }
            coefficients = next;
        }
        coefficients.resize(IN, 0.0);
        coefficients
    }

    /// Entry of A, and of G without its divisor: a power of the point, or what infinity takes.
    fn power(point: usize, power: usize, last: usize) -> f64 {
        POINTS.get(point).map_or(f64::from(u8::from(power == last)), |p| p.powi(power as i32))
    }

    fn divisor(point: usize) -> f64 {
        let Some(p) = POINTS.get(point) else { return 1.0 };
        POINTS.iter().enumerate().filter(|(index, _)| *index != point).map(|(_, q)| p - q).product()
    }

    /// The unit vector `i` in every lane.
    fn unit<const N: usize>(i: usize) -> [Lane; N] {
        std::array::from_fn(|j| [f32::from(u8::from(i == j)); LANES])
    }

    #[test]
    fn the_shortened_sums_are_the_matrices_of_cook_and_toom() {
        let near = |a: f32, b: f64| assert!((f64::from(a) - b).abs() < 1e-6, "{a} {b}");
        for i in 0..IN {
            for j in 0..IN {
                near(of_input(unit(j))[i][0], polynomial(i)[j]);
            }
            for j in 0..3 {
                near(of_filter_column(unit(j))[i][1], power(i, j, 2) / divisor(i));
                near(to_filter_column(unit(i))[j][2], power(i, j, 2) / divisor(i));
            }
            for j in 0..OUT {
                near(to_output(unit(i))[j][3], power(i, j, 3));
                near(of_gradient(unit(j))[i][4], power(i, j, 3));
            }
        }
    }

    #[test]
    fn both_transposes_agree() {
        let rows: [Lane; LANES] = std::array::from_fn(|i| std::array::from_fn(|j| (i * 8 + j) as f32));
        assert_eq!(transposed(&rows)[3][5], 43.0);
        #[cfg(target_arch = "x86_64")]
        if let Some(v3) = crate::machine::v3() {
            assert_eq!(transposed_v3(v3, &rows), transposed(&rows));
        }
    }
}
