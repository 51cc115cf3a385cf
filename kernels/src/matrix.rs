//! Products of matrices that are stored row by row: as they are, with the first one transposed, with the second one.
//!
//! A tile of the result stays in registers while the common side is walked along: four rows by two vectors, which is what
//! fits the 15 registers that an engine gives a WebAssembly function on x86. Three by four vectors, as larger libraries have
//! it, spill: 24 GFLOP/s where this has 31. What a tile reads is laid out for it before, so that the loop has no check.

/// Number of rows of a tile.
const ROWS: usize = 4;
/// Number of columns of a tile.
pub(crate) const COLUMNS: usize = 8;
/// The longest piece of the common side that is walked at once: what is read of the second matrix then stays in the first
/// cache for all rows.
const PIECE: usize = 320;

/// A matrix in a slice: row `i` begins at `i * stride`.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    /// The numbers; whole rows of `stride`.
    pub numbers: &'a [f32],
    /// The distance from one row to the next.
    pub stride: usize,
}

impl<'a> Matrix<'a> {
    /// The matrix whose rows are `stride` apart.
    pub fn new(numbers: &'a [f32], stride: usize) -> Self {
        Self { numbers, stride }
    }

    #[inline(always)]
    fn row(self, row: usize, from: usize, to: usize) -> &'a [f32] {
        &self.numbers[row * self.stride..][from..to]
    }
}

/// What is added to a product.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// Nothing.
    Zero,
    /// A number for each column.
    Columns(&'a [f32]),
    /// A number for each row.
    Rows(&'a [f32]),
    /// What is there.
    There,
}

/// The sides of a product `[rows, common] [common, columns]`.
#[derive(Clone, Copy, Debug)]
pub struct Sides {
    /// Number of rows of the result.
    pub rows: usize,
    /// Number of columns of the first and rows of the second.
    pub common: usize,
    /// Number of columns of the result.
    pub columns: usize,
}

/// The first matrix of a product as the tiles read it: strips of four rows, each along the common side.
#[derive(Clone, Debug)]
pub struct Left {
    strips: Vec<[f32; ROWS]>,
    rows: usize,
    common: usize,
}

impl Left {
    /// The matrix `a` `[rows, common]`.
    pub fn new(a: Matrix, rows: usize, common: usize) -> Self {
        let mut strips = vec![[0.0; ROWS]; rows.div_ceil(ROWS) * common];
        for (strip, places) in strips.chunks_exact_mut(common.max(1)).enumerate() {
            for row in strip * ROWS..rows.min((strip + 1) * ROWS) {
                for (place, x) in places.iter_mut().zip(a.row(row, 0, common)) {
                    place[row % ROWS] = *x;
                }
            }
        }
        Self { strips, rows, common }
    }

    /// The transposed of `a` `[common, rows]`.
    pub fn transposed(a: Matrix, rows: usize, common: usize) -> Self {
        let mut strips = Vec::with_capacity(rows.div_ceil(ROWS) * common);
        for strip in (0..rows).step_by(ROWS) {
            for l in 0..common {
                let row = a.row(l, strip, rows.min(strip + ROWS));
                strips.push(row.first_chunk().copied().unwrap_or_else(|| {
                    let mut padded = [0.0; ROWS];
                    padded[..row.len()].copy_from_slice(row);
                    padded
                }));
            }
        }
        Self { strips, rows, common }
    }

    /// Sets `out` `[rows, columns]` to `start` plus the product with `b` `[common, columns]`, rectified if asked for.
    pub fn times(&self, b: Matrix, columns: usize, start: Start, rectify: bool, out: &mut [f32]) {
        self.times_laid_out(|rows, j, panel| lay_out(b, rows, [j, columns], panel), columns, start, rectify, out);
    }

    /// As [`Left::times`], with a second matrix that `lay_out` brings: it pushes the columns from its second argument on, as many as
    /// a tile has, of the rows that its first one gives.
    pub(crate) fn times_laid_out(
        &self,
        lay_out: impl Fn([usize; 2], usize, &mut Vec<[f32; COLUMNS]>),
        columns: usize,
        start: Start,
        rectify: bool,
        out: &mut [f32],
    ) {
        let mut panel = Vec::with_capacity(PIECE.min(self.common));
        let mut from = 0;
        loop {
            let to = (from + PIECE).min(self.common);
            let is_last = to == self.common;
            let start = if from == 0 { start } else { Start::There };
            for j in (0..columns).step_by(COLUMNS) {
                panel.clear();
                lay_out([from, to], j, &mut panel);
                for (strip, i) in self.strips.chunks_exact(self.common.max(1)).zip((0..self.rows).step_by(ROWS)) {
                    store(tile(&strip[from..to], &panel), out, [self.rows, columns], [i, j], start, rectify && is_last);
                }
            }
            from = to;
            if is_last {
                return;
            }
        }
    }
}

/// Lays out the columns of `b` from `j` on, as many as a tile has, along the rows `from` to `to`.
fn lay_out(b: Matrix, [from, to]: [usize; 2], [j, columns]: [usize; 2], panel: &mut Vec<[f32; COLUMNS]>) {
    let width = COLUMNS.min(columns - j);
    let rows = b.numbers[from * b.stride..].chunks(b.stride).take(to - from);
    if width == COLUMNS {
        panel.extend(rows.filter_map(|row| row[j..].first_chunk::<COLUMNS>()).copied());
    } else {
        panel.extend(rows.map(|row| std::array::from_fn(|n| if n < width { row[j + n] } else { 0.0 })));
    }
}

#[inline(always)]
fn tile(a: &[[f32; ROWS]], b: &[[f32; COLUMNS]]) -> [[f32; COLUMNS]; ROWS] {
    let mut tile = [[0.0; COLUMNS]; ROWS];
    for (a, b) in a.iter().zip(b) {
        for m in 0..ROWS {
            for n in 0..COLUMNS {
                tile[m][n] += a[m] * b[n];
            }
        }
    }
    tile
}

/// Stores a tile into `out` `[rows, columns]`.
#[inline(always)]
fn store(tile: [[f32; COLUMNS]; ROWS], out: &mut [f32], [rows, columns]: [usize; 2], [i, j]: [usize; 2], start: Start, rectify: bool) {
    for (m, row) in tile.into_iter().enumerate().take(rows - i) {
        let out = &mut out[(i + m) * columns + j..(i + m + 1) * columns];
        if let Some(place) = out.first_chunk_mut::<COLUMNS>() {
            let start = match start {
                Start::Zero => [0.0; COLUMNS],
                Start::Columns(numbers) => numbers[j..].first_chunk().copied().unwrap_or_default(),
                Start::Rows(numbers) => [numbers[i + m]; COLUMNS],
                Start::There => *place,
            };
            let sum: [f32; COLUMNS] = std::array::from_fn(|n| row[n] + start[n]);
            *place = if rectify { sum.map(crate::relu) } else { sum };
        } else {
            for (n, (place, value)) in out.iter_mut().zip(row).enumerate() {
                let start = match start {
                    Start::Zero => 0.0,
                    Start::Columns(numbers) => numbers[j + n],
                    Start::Rows(numbers) => numbers[i + m],
                    Start::There => *place,
                };
                *place = if rectify { crate::relu(value + start) } else { value + start };
            }
        }
    }
}

/// Number of partial sums of a sum along contiguous numbers.
pub const LANES: usize = 4;

/// Rows of numbers that begin anywhere in a slice.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The numbers.
    pub numbers: &'a [f32],
    /// The place at which each row begins.
    pub starts: &'a [usize],
}

/// Adds `a bT` to `sums`, with rows of `common` numbers; `sums` is `[rows of a, rows of b]` of partial sums, which are added up when all
/// is in. Of `common` only whole vectors are walked.
pub fn add_products_of_rows(a: Rows, b: Rows, common: usize, sums: &mut [[f32; LANES]]) {
    let columns = b.starts.len();
    for (j, b_starts) in b.starts.chunks(2).enumerate() {
        for (i, a_starts) in a.starts.chunks(ROWS).enumerate() {
            let at = i * ROWS * columns + j * 2;
            match (a_starts.first_chunk::<ROWS>(), b_starts.first_chunk::<2>()) {
                (Some(a_starts), Some(b_starts)) => rows_tile(a, *a_starts, b, *b_starts, common, columns, &mut sums[at..]),
                _ => {
                    for (m, a_start) in a_starts.iter().enumerate() {
                        for (n, b_start) in b_starts.iter().enumerate() {
                            rows_tile(a, [*a_start], b, [*b_start], common, columns, &mut sums[at + m * columns + n..]);
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn rows_tile<const M: usize, const N: usize>(
    a: Rows,
    a_starts: [usize; M],
    b: Rows,
    b_starts: [usize; N],
    common: usize,
    columns: usize,
    sums: &mut [[f32; LANES]],
) {
    let vectors = common / LANES;
    let a: [&[[f32; LANES]]; M] = a_starts.map(|start| &a.numbers[start..].as_chunks().0[..vectors]);
    let b: [&[[f32; LANES]]; N] = b_starts.map(|start| &b.numbers[start..].as_chunks().0[..vectors]);
    let mut tile = [[[0.0; LANES]; N]; M];
    for l in 0..vectors {
        for m in 0..M {
            for n in 0..N {
                for lane in 0..LANES {
                    tile[m][n][lane] += a[m][l][lane] * b[n][l][lane];
                }
            }
        }
    }
    for (m, row) in tile.into_iter().enumerate() {
        for (n, sum) in row.into_iter().enumerate() {
            let place = &mut sums[m * columns + n];
            for lane in 0..LANES {
                place[lane] += sum[lane];
            }
        }
    }
}

/// The sum of each group of partial sums.
pub fn sum_lanes(sums: &[[f32; LANES]]) -> Vec<f32> {
    sums.iter().map(|[a, b, c, d]| (a + b) + (c + d)).collect()
}

/// `a bT`, with `a` `[rows, common]` and `b` `[columns, common]`.
pub fn product_of_rows(a: Matrix, b: Matrix, sides: Sides) -> Vec<f32> {
    let starts = |matrix: Matrix, rows: usize| -> Vec<usize> { (0..rows).map(|row| row * matrix.stride).collect() };
    let (a_starts, b_starts) = (starts(a, sides.rows), starts(b, sides.columns));
    let mut sums = vec![[0.0; LANES]; sides.rows * sides.columns];
    let (a_rows, b_rows) = (Rows { numbers: a.numbers, starts: &a_starts }, Rows { numbers: b.numbers, starts: &b_starts });
    add_products_of_rows(a_rows, b_rows, sides.common, &mut sums);
    let whole = sides.common / LANES * LANES;
    let mut out = sum_lanes(&sums);
    if whole < sides.common {
        for (i, row) in out.chunks_exact_mut(sides.columns).enumerate() {
            for (j, place) in row.iter_mut().enumerate() {
                for (x, y) in a.row(i, whole, sides.common).iter().zip(b.row(j, whole, sides.common)) {
                    *place += x * y;
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(length: usize, seed: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37 + seed * 11) % 23) as f32 / 8.0 - 1.25).collect()
    }

    fn naive(sides: Sides, a: impl Fn(usize, usize) -> f32, b: impl Fn(usize, usize) -> f32) -> Vec<f64> {
        let at = |i: usize, j: usize| (0..sides.common).map(|l| f64::from(a(i, l)) * f64::from(b(l, j))).sum();
        (0..sides.rows).flat_map(|i| (0..sides.columns).map(move |j| (i, j))).map(|(i, j)| at(i, j)).collect()
    }

    fn close(got: &[f32], right: &[f64]) {
        assert_eq!(got.len(), right.len());
        for (got, right) in got.iter().zip(right) {
            assert!((f64::from(*got) - right).abs() < 1e-3 * (1.0 + right.abs()), "{got} {right}");
        }
    }

    proptest! {
        #[test]
        fn products_are_the_sums_of_products(rows in 1_usize..11, common in 1_usize..300, columns in 1_usize..21, pad in 0_usize..9, seed in 0_usize..50) {
            let sides = Sides { rows, common, columns };
            let (a, b) = (numbers(rows * common, seed), numbers(common * (columns + pad), seed + 1));
            let mut out = vec![f32::NAN; rows * columns];
            let left = Left::new(Matrix::new(&a, common), rows, common);
            left.times(Matrix::new(&b, columns + pad), columns, Start::Zero, false, &mut out);
            let right = naive(sides, |i, l| a[i * common + l], |l, j| b[l * (columns + pad) + j]);
            close(&out, &right);

            let bias = numbers(columns, 3);
            left.times(Matrix::new(&b, columns + pad), columns, Start::Columns(&bias), true, &mut out);
            let rectified: Vec<f64> = right.iter().enumerate().map(|(at, x)| (x + f64::from(bias[at % columns])).max(0.0)).collect();
            close(&out, &rectified);

            let a = numbers(common * rows, seed);
            Left::transposed(Matrix::new(&a, rows), rows, common).times(Matrix::new(&b, columns + pad), columns, Start::Zero, false, &mut out);
            close(&out, &naive(sides, |i, l| a[l * rows + i], |l, j| b[l * (columns + pad) + j]));

            let (a, b) = (numbers(rows * (common + pad), seed), numbers(columns * common, seed));
            let out = product_of_rows(Matrix::new(&a, common + pad), Matrix::new(&b, common), sides);
            close(&out, &naive(sides, |i, l| a[i * (common + pad) + l], |l, j| b[j * common + l]));
        }
    }
}
