//! Products of f32 matrices that lie in slices, by the `gemm` crate, on the calling thread: how work is shared out is
//! the operators' own affair, so that the order of every sum depends on shapes alone.

use crate::machine::{Vectors, product_noise};

/// A matrix that lies in a slice: element (row, column) is at `row * stride.0 + column * stride.1`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    stride: (usize, usize),
}

impl<'a> View<'a> {
    /// A view of so many rows and columns.
    pub fn new(values: &'a [f32], rows: usize, columns: usize, stride: (usize, usize)) -> Self {
        Self { values, rows, columns, stride }
    }

    /// Rows that follow each other, one every `stride` numbers.
    pub fn of_rows(values: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        Self::new(values, rows, columns, (stride, 1))
    }

    /// The transposed matrix.
    pub fn turned(self) -> Self {
        let Self { values, rows, columns, stride } = self;
        Self { values, rows: columns, columns: rows, stride: (stride.1, stride.0) }
    }

    fn is_inside(&self) -> bool {
        reach(self.rows, self.columns, self.stride).is_some_and(|end| end <= self.values.len())
    }
}

/// One more than the place of the last element of a matrix; none where that is no number the machine can hold.
fn reach(rows: usize, columns: usize, stride: (usize, usize)) -> Option<usize> {
    let (Some(down), Some(right)) = (rows.checked_sub(1), columns.checked_sub(1)) else { return Some(0) };
    let largest = isize::MAX.cast_unsigned();
    if stride.0 > largest || stride.1 > largest {
        return None;
    }
    down.checked_mul(stride.0)?.checked_add(right.checked_mul(stride.1)?)?.checked_add(1)
}

/// Writes `a` times `b`, or adds it, to the rows of `to`, which begin `row_stride` numbers apart.
///
/// # Panics
/// When the sizes do not fit each other or leave their slices: a mistake of the caller.
#[allow(unsafe_code, reason = "the product's own interface takes pointers; every bound is checked before the one call")]
pub fn product(to: &mut [f32], row_stride: usize, a: View, b: View, add: bool) {
    let (rows, columns, depth) = (a.rows, b.columns, a.columns);
    assert_eq!(depth, b.rows, "the factors of a product do not fit each other");
    assert!(a.is_inside() && b.is_inside(), "a factor of a product leaves its slice");
    let end = reach(rows, columns, (row_stride, 1));
    assert!(
        end.is_some_and(|end| end <= to.len()) && row_stride >= columns.min(to.len()),
        "a product leaves its slice"
    );
    if rows == 0 || columns == 0 {
        return;
    }
    if depth == 0 {
        if !add {
            to.chunks_mut(row_stride).take(rows).for_each(|row| row[..columns].fill(0.0));
        }
        return;
    }
    // SAFETY: the product reads `a[r * a.stride.0 + d * a.stride.1]` and `b[d * b.stride.0 + c * b.stride.1]` and reads and
    // writes `to[r * row_stride + c]` for r < rows, d < depth, c < columns. The largest of each index was checked to lie
    // inside its slice and each stride to fit an isize; none is negative. `to` is borrowed mutably, so it overlaps neither
    // factor, and since row_stride >= columns no two of its elements are the same.
    unsafe { at_level(Vectors::in_use(), to.as_mut_ptr(), row_stride, a, b, add) };
    if let Some(seed) = product_noise() {
        to.chunks_mut(row_stride).take(rows).for_each(|row| disturb(&mut row[..columns], seed));
    }
}

/// Moves each number by one unit in its last place, up, down or not at all, as a hash of the number and the seed says.
fn disturb(numbers: &mut [f32], seed: u64) {
    for number in numbers.iter_mut().filter(|number| number.is_normal()) {
        let mixed = (u64::from(number.to_bits()) ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
            .wrapping_mul(0xBF58_476D_1CE4_E5B9);
        *number = match (mixed >> 40) % 3 {
            0 => number.next_down(),
            1 => number.next_up(),
            _ => *number,
        };
    }
}

/// One product by the kernels of a level.
///
/// # Safety
/// The factors and the rows to write must lie in memory that may be read and written, and overlap nowhere.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "the product's own interface takes pointers")]
unsafe fn at_level(level: Vectors, to: *mut f32, row_stride: usize, a: View, b: View, add: bool) {
    use gemm_common::simd::{MixedSimd, Scalar, V3, V4};
    /// The `gemm` crate's own way to call its kernels, with the level named; the last number is the lanes of a vector.
    macro_rules! by_kernels {
        ($simd:expr, $kernels:ident, $lanes:literal) => {{
            use gemm_f32::microkernel::$kernels::f32::{H_M, H_N, H_UKR, MR_DIV_N, NR, UKR};
            let signed = usize::cast_signed;
            // SAFETY: what the caller promises; the vector instructions are there, since their token was made.
            unsafe {
                // Turned over: the kernels write columns, which the rows of `to` are then.
                gemm_common::gemm::gemm_basic_generic::<_, f32, $lanes, { MR_DIV_N * $lanes }, NR, MR_DIV_N, H_M, H_N>(
                    $simd,
                    b.columns,
                    a.rows,
                    a.columns,
                    to,
                    signed(row_stride),
                    1,
                    add,
                    b.values.as_ptr(),
                    signed(b.stride.0),
                    signed(b.stride.1),
                    a.values.as_ptr(),
                    signed(a.stride.0),
                    signed(a.stride.1),
                    1.0,
                    1.0,
                    false,
                    false,
                    false,
                    |a, b, c| a * b + c,
                    &UKR,
                    &H_UKR,
                    false,
                    gemm_common::Parallelism::None,
                );
            }
            return;
        }};
    }
    if level >= Vectors::Avx512
        && let Some(simd) = <V4 as MixedSimd<f32, f32, f32, f32>>::try_new()
    {
        by_kernels!(simd, avx512f, 16);
    }
    if level >= Vectors::Avx2
        && let Some(simd) = <V3 as MixedSimd<f32, f32, f32, f32>>::try_new()
    {
        by_kernels!(simd, fma, 8);
    }
    by_kernels!(Scalar, scalar, 1);
}

/// One product by the best kernels of this processor.
///
/// # Safety
/// The factors and the rows to write must lie in memory that may be read and written, and overlap nowhere.
#[cfg(not(target_arch = "x86_64"))]
#[allow(unsafe_code, reason = "the product's own interface takes pointers")]
unsafe fn at_level(_level: Vectors, to: *mut f32, row_stride: usize, a: View, b: View, add: bool) {
    let signed = usize::cast_signed;
    // SAFETY: what the caller promises.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            to,
            1,
            signed(row_stride),
            add,
            a.values.as_ptr(),
            signed(a.stride.1),
            signed(a.stride.0),
            b.values.as_ptr(),
            signed(b.stride.1),
            signed(b.stride.0),
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 % 23) as f32) - 11.0).collect()
    }

    #[test]
    fn products_are_those_of_the_definition() {
        if product_noise().is_some() {
            return; // Disturbed products are not exact: that is what they are for.
        }
        for (rows, columns, depth) in [(1, 1, 1), (3, 5, 7), (17, 33, 9), (4, 4, 0), (0, 3, 2), (64, 50, 40)] {
            for (turn_a, turn_b, gap) in [(false, false, 0), (true, false, 3), (false, true, 1), (true, true, 0)] {
                let (a, b) = (numbers((rows + 1) * (depth + gap + 1)), numbers((columns + 1) * (depth + gap + 1)));
                let at = if turn_a {
                    View::of_rows(&a, depth, rows, rows).turned()
                } else {
                    View::of_rows(&a, rows, depth, depth + gap)
                };
                let bt = if turn_b {
                    View::of_rows(&b, columns, depth, depth + gap).turned()
                } else {
                    View::of_rows(&b, depth, columns, columns)
                };
                let get = |v: &View, r: usize, c: usize| v.values[r * v.stride.0 + c * v.stride.1];
                for add in [false, true] {
                    let stride = columns + gap;
                    let mut to = vec![2.0f32; rows * stride + 1];
                    product(&mut to, stride, at, bt, add);
                    for r in 0..rows {
                        for c in 0..columns {
                            let sum: f32 = (0..depth).map(|d| get(&at, r, d) * get(&bt, d, c)).sum();
                            assert_eq!(
                                to[r * stride + c],
                                if add { 2.0 + sum } else { sum },
                                "{rows} {columns} {depth}"
                            );
                        }
                        assert!(to[r * stride + columns..][..gap].iter().all(|&v| v == 2.0), "between the rows");
                    }
                    assert_eq!(to.last(), Some(&2.0), "behind the rows");
                }
            }
        }
    }

    #[test]
    fn disturbing_moves_numbers_by_one_unit_and_the_same_way_each_time() {
        let before: Vec<f32> = (1..400).map(|i| i as f32 / 7.0).collect();
        let after = |seed| {
            let mut numbers = before.clone();
            disturb(&mut numbers, seed);
            numbers
        };
        let moved = after(1);
        let units = |a: f32, b: f32| i64::from(a.to_bits()) - i64::from(b.to_bits());
        for unit in [-1, 0, 1] {
            assert!(moved.iter().zip(&before).any(|(a, b)| units(*a, *b) == unit), "none by {unit}");
        }
        assert!(moved.iter().zip(&before).all(|(a, b)| units(*a, *b).abs() <= 1));
        assert_eq!(moved, after(1));
        assert_ne!(moved, after(2));
        let mut nothing = [0.0, f32::INFINITY];
        disturb(&mut nothing, 1);
        assert_eq!(nothing, [0.0, f32::INFINITY]);
    }

    /// The same products by the kernels of every level that this processor has.
    #[test]
    #[allow(unsafe_code, reason = "the levels are called by name")]
    fn every_level_gives_the_product() {
        let (rows, columns, depth) = (37, 41, 300);
        let value = |i: usize| ((i * 7919 % 1009) as f32 - 504.0) / 504.0;
        let a: Vec<f32> = (0..rows * depth).map(value).collect();
        let b: Vec<f32> = (0..depth * columns).map(|i| value(i + 13)).collect();
        let machine = Vectors::of_machine();
        for level in [Vectors::None, Vectors::Avx2, Vectors::Avx512, Vectors::Native] {
            if level > machine || (machine == Vectors::Native && level != machine) {
                continue;
            }
            let mut to = vec![0.0f32; rows * columns];
            let (at, bt) = (View::of_rows(&a, rows, depth, depth), View::of_rows(&b, depth, columns, columns));
            // SAFETY: both factors and the result are as large as their views say.
            unsafe { at_level(level, to.as_mut_ptr(), columns, at, bt, false) };
            let mut largest = 0.0f64;
            for (i, found) in to.iter().enumerate() {
                let exact: f64 = (0..depth)
                    .map(|d| f64::from(a[i / columns * depth + d]) * f64::from(b[d * columns + i % columns]))
                    .sum();
                largest = largest.max((f64::from(*found) - exact).abs());
            }
            println!("{level}: at most {largest:.2e} from the exact sums of 300");
            assert!(largest < 2e-5, "{level}: {largest}");
        }
    }

    #[test]
    fn what_leaves_its_slice_is_refused() {
        let a = numbers(12);
        let refused = |length: usize, stride: usize, a: View, b: View| {
            let mut to = vec![0.0; length];
            std::panic::catch_unwind(move || product(&mut to, stride, a, b, false)).is_err()
        };
        let square = |side| View::of_rows(&a, side, side, side);
        assert!(!refused(9, 3, square(3), square(3)));
        assert!(refused(8, 3, square(3), square(3)), "a short result");
        assert!(refused(16, 4, square(4), square(4)), "short factors");
        assert!(refused(9, 2, square(3), square(3)), "rows that overlap");
        assert!(refused(9, 3, square(3), square(2)), "factors that do not fit");
        assert!(refused(9, 3, View::new(&a, 3, 3, (usize::MAX, 1)), square(3)), "a stride beyond all numbers");
        assert!(refused(9, 3, View::new(&a, 1, 3, (usize::MAX, 1)), square(3)), "even where it is not used");
    }
}
