//! Products of quantized rows and packed weights: 8-bit integers, summed exactly in 32 bits, so every instruction set gives the
//! same sums.

use std::ops::Range;

use crate::Isa;
use crate::rows::Quantized;
use crate::simd::{Blocks, Lane, Line, Simd, Work, lanes};

/// The weights of a linear layer: each output column has 8-bit weights of its own scale, 16 columns lie together.
pub struct Packed {
    /// For each 16 columns: for each 64 inputs 16 lines, each of four inputs for every column.
    panels: Vec<[Line; 16]>,
    /// Times 64 inputs.
    depth: usize,
    columns: usize,
    scale: Vec<Lane>,
    /// Scale times the sum of a column's weights: what an activation's zero point adds.
    drift: Vec<Lane>,
    /// 128 times the sum of a column's weights.
    centre: Vec<[i32; 16]>,
    bias: Vec<Lane>,
}

/// What becomes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It is stored.
    Store,
    /// Its GELU is stored.
    Gelu,
    /// It is added to what is there.
    Add,
}

impl Packed {
    /// Packs `weights`, `[bias.len(), inputs]` in rows. None when the sizes do not fit, there are more inputs than 32-bit sums hold,
    /// or a number is not finite.
    pub fn new(weights: &[f32], bias: &[f32], inputs: usize) -> Option<Packed> {
        let columns = bias.len();
        let finite = weights.iter().chain(bias).all(|w| w.is_finite());
        if inputs == 0 || columns == 0 || inputs > 60_000 || weights.len() != columns * inputs || !finite {
            return None;
        }
        let (depth, panels) = (inputs.div_ceil(64), lanes(columns));
        let mut packed = Packed {
            panels: vec![[Line([[0; 4]; 16]); 16]; panels * depth],
            depth,
            columns,
            scale: vec![Lane::default(); panels],
            drift: vec![Lane::default(); panels],
            centre: vec![[0; 16]; panels],
            bias: vec![Lane::default(); panels],
        };
        for (column, (row, bias)) in weights.chunks_exact(inputs).zip(bias).enumerate() {
            let (panel, lane) = (column / 16, column % 16);
            let most = row.iter().fold(0.0f32, |most, w| most.max(w.abs()));
            let scale = most / 127.0;
            let inverse = if most > 0.0 { 127.0 / most } else { 0.0 };
            let lines = packed.panels[panel * depth..(panel + 1) * depth].as_flattened_mut();
            let mut sum = 0;
            for (four, line) in row.chunks(4).zip(lines) {
                for (w, byte) in four.iter().zip(&mut line.0[lane]) {
                    let whole = (w * inverse).round_ties_even() as i8;
                    *byte = whole.cast_unsigned();
                    sum += i32::from(whole);
                }
            }
            packed.scale[panel].0[lane] = scale;
            packed.drift[panel].0[lane] = scale * sum as f32;
            packed.centre[panel][lane] = 128 * sum;
            packed.bias[panel].0[lane] = *bias;
        }
        Some(packed)
    }

    /// Output columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    fn panel(&self, n: usize) -> &[[Line; 16]] {
        &self.panels[n * self.depth..(n + 1) * self.depth]
    }
}

/// `out` = `then`(rows of `a` · `weights` + bias); `out` has `lanes(columns)` for each of the rows. Panics where sizes do not fit.
pub fn multiply(isa: Isa, a: &Quantized, rows: Range<usize>, weights: &Packed, then: Then, out: &mut [Lane]) {
    assert_eq!(out.len(), rows.len() * weights.scale.len(), "a row of the result is not as wide as the weights");
    assert_eq!(a.depth(), weights.depth, "rows and weights have different numbers of inputs");
    assert!(rows.end <= a.rows(), "there are not so many rows");
    isa.run(Multiply { a, rows, w: weights, then, out });
}

struct Multiply<'a> {
    a: &'a Quantized,
    rows: Range<usize>,
    w: &'a Packed,
    then: Then,
    out: &'a mut [Lane],
}

impl Work for Multiply<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        s.products(self);
    }
}

impl Blocks for Multiply<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const P: usize>(self, s: S) {
        let Multiply { a, rows, w, then, out } = self;
        let (count, width) = (rows.len(), w.scale.len());
        // A panel stays in the nearest cache while all rows pass. At the edges the last row or panel is computed again.
        for left in (0..width).step_by(P) {
            let panels: [_; P] = std::array::from_fn(|p| w.panel((left + p).min(width - 1)));
            for top in (0..count).step_by(R) {
                let lines: [_; R] = std::array::from_fn(|r| a.row(rows.start + (top + r).min(count - 1)));
                let mut sums = [[s.ints(&[0; 16]); P]; R];
                if S::CENTRED {
                    sums = [std::array::from_fn(|p| s.ints(&w.centre[(left + p).min(width - 1)])); R];
                }
                sums = block(s, lines, panels, sums, w.depth);
                for r in 0..R {
                    if top + r >= count {
                        break;
                    }
                    let (scale, zero) = a.range(rows.start + top + r);
                    let (scale, zero) = (s.splat(scale), s.splat(-zero));
                    for p in 0..P {
                        let column = left + p;
                        if column >= width {
                            break;
                        }
                        let product = s.mul(s.float(sums[r][p]), s.load(&w.scale[column]));
                        let product = s.fma(zero, s.load(&w.drift[column]), product);
                        let y = s.fma(product, scale, s.load(&w.bias[column]));
                        let to = &mut out[(top + r) * width + column];
                        let y = match then {
                            Then::Store => y,
                            Then::Gelu => s.gelu(y),
                            Then::Add => s.add(y, s.load(to)),
                        };
                        s.store(y, to);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn block<S: Simd, const R: usize, const P: usize>(
    s: S,
    rows: [&[Line]; R],
    panels: [&[[Line; 16]]; P],
    mut sums: [[S::I; P]; R],
    depth: usize,
) -> [[S::I; P]; R] {
    let rows: [&[Line]; R] = std::array::from_fn(|r| &rows[r][..depth]);
    let panels: [&[[Line; 16]]; P] = std::array::from_fn(|p| &panels[p][..depth]);
    for d in 0..depth {
        let rows: [&Line; R] = std::array::from_fn(|r| &rows[r][d]);
        let panels: [&[Line; 16]; P] = std::array::from_fn(|p| &panels[p][d]);
        for four in 0..16 {
            let weights: [S::W; P] = std::array::from_fn(|p| s.weights(&panels[p][four]));
            for r in 0..R {
                let activations = s.activations(rows[r].0[four]);
                for p in 0..P {
                    sums[r][p] = s.dot(sums[r][p], activations, weights[p]);
                }
            }
        }
    }
    sums
}
