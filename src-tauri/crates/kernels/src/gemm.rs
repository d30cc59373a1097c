//! Products of quantized rows and packed weights: 8-bit integers, summed exactly in 32 bits, so every instruction set gives the
//! same sums. Every 192 numbers have a scale of their own: what one large number costs its neighbours in precision stays among them.

use std::ops::Range;

use crate::Isa;
use crate::rows::Quantized;
use crate::simd::{Blocks, Lane, Line, Portable, Simd, Work, lanes};
use crate::turn::{TURNED, TWICE, turn};

/// Lines of 64 inputs that have a scale in common: 192 numbers. Fewer are more exact, and the sums become floats more often: with one
/// line that takes longer than the sums.
pub(crate) const SPAN: usize = 3;

/// The weights of a linear layer in 8 bits: each `SPAN` of an output column has its own scale, 16 columns lie together.
pub struct Packed {
    /// For each 16 columns: for each 64 inputs 16 lines, each of four inputs for every column.
    panels: Vec<[Line; 16]>,
    /// Times 64 inputs.
    depth: usize,
    columns: usize,
    /// For each 16 columns: for each `SPAN`.
    groups: Vec<Group>,
    bias: Vec<Lane>,
}

/// What a `SPAN` of inputs of 16 columns has in common.
#[derive(Clone, Copy, Default)]
pub(crate) struct Group {
    pub(crate) scale: Lane,
    /// Scale times the sum of a column's weights: what an activation's zero point adds.
    pub(crate) drift: Lane,
    /// 128 times the sum of a column's weights.
    centre: [i32; 16],
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
        let spans = depth.div_ceil(SPAN);
        let mut packed = Packed {
            panels: vec![[Line([[0; 4]; 16]); 16]; panels * depth],
            depth,
            columns,
            groups: vec![Group::default(); panels * spans],
            bias: vec![Lane::default(); panels],
        };
        for (column, (row, bias)) in weights.chunks_exact(inputs).zip(bias).enumerate() {
            let (panel, lane) = (column / 16, column % 16);
            let lines = &mut packed.panels[panel * depth..(panel + 1) * depth];
            let in_groups = packed.groups[panel * spans..].iter_mut().zip(row.chunks(64 * SPAN).zip(lines.chunks_mut(SPAN)));
            for (group, (row, lines)) in in_groups {
                let row = turned(row);
                let row = row.as_flattened();
                let most = row.iter().fold(0.0f32, |most, w| most.max(w.abs()));
                let scale = most / 127.0;
                let inverse = if most > 0.0 { 127.0 / most } else { 0.0 };
                let mut sum = 0;
                for (four, line) in row.chunks(4).zip(lines.as_flattened_mut()) {
                    for (w, byte) in four.iter().zip(&mut line.0[lane]) {
                        // Adding 1.5 * 2^23 leaves the nearest whole number in the lowest bits.
                        let whole = (w * inverse + 12_582_912.0).to_bits() as u8;
                        *byte = whole;
                        sum += i32::from(whole.cast_signed());
                    }
                }
                group.scale.0[lane] = scale;
                group.drift.0[lane] = scale * sum as f32;
                group.centre[lane] = 128 * sum;
            }
            packed.bias[panel].0[lane] = *bias;
        }
        Some(packed)
    }

    /// Output columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn panel(&self, n: usize) -> (&[[Line; 16]], &[Group]) {
        let spans = self.depth.div_ceil(SPAN);
        (&self.panels[n * self.depth..(n + 1) * self.depth], &self.groups[n * spans..(n + 1) * spans])
    }
}

/// The weights of a span as they meet its turned numbers.
fn turned(row: &[f32]) -> [[f32; 16]; TURNED] {
    let mut all = [[0.0; 16]; TURNED];
    all.as_flattened_mut()[..row.len()].copy_from_slice(row);
    if lanes(row.len()) == TURNED {
        turn(Portable, &mut all);
        all.as_flattened_mut().iter_mut().for_each(|w| *w /= TWICE);
    }
    all
}

#[cfg(target_arch = "x86_64")]
impl Packed {
    pub(crate) fn width(&self) -> usize {
        self.bias.len()
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn bias(&self, n: usize) -> Lane {
        self.bias[n]
    }
}

/// `out` = `then`(rows of `a` · `weights` + bias); `out` has `lanes(columns)` for each of the rows. Panics where sizes do not fit.
pub fn multiply(isa: Isa, a: &Quantized, rows: Range<usize>, weights: &Packed, then: Then, out: &mut [Lane]) {
    assert_eq!(out.len(), rows.len() * weights.bias.len(), "a row of the result is not as wide as the weights");
    assert_eq!(a.depth(), weights.depth, "rows and weights have different numbers of inputs");
    assert!(rows.end <= a.rows(), "there are not so many rows");
    #[cfg(target_arch = "x86_64")]
    if isa.has_tiles() {
        return isa.run(crate::amx::Tiles { a, rows, w: weights, then, out });
    }
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
        let (count, width) = (rows.len(), w.bias.len());
        // Panels stay in the nearest cache while all rows pass. At the edges the last row or panel is computed again.
        for left in (0..width).step_by(P) {
            for top in (0..count).step_by(R) {
                let products = block::<S, R, P>(s, a, std::array::from_fn(|r| rows.start + (top + r).min(count - 1)), w, left);
                for (r, products) in products.into_iter().enumerate().take(count - top) {
                    for (p, product) in products.into_iter().enumerate().take(width - left) {
                        finish(s, then, product, &mut out[(top + r) * width + left + p]);
                    }
                }
            }
        }
    }
}

/// `to`, from its first row on, = the GELU of (rows of `a` · `weights` + bias), quantized. `between` is only there to be used again.
pub fn multiply_gelu(isa: Isa, a: &Quantized, rows: Range<usize>, weights: &Packed, to: &mut Quantized, between: &mut Vec<Lane>) {
    assert_eq!(a.depth(), weights.depth, "rows and weights have different numbers of inputs");
    assert!(rows.end <= a.rows() && rows.len() <= to.rows(), "there are not so many rows");
    assert_eq!(to.depth(), weights.columns.div_ceil(64), "a row of the result is not as wide as the weights");
    #[cfg(target_arch = "x86_64")]
    if isa.has_tiles() {
        between.resize(rows.len() * weights.bias.len(), Lane::default());
        multiply(isa, a, rows, weights, Then::Gelu, between);
        return crate::rows::quantize(isa, between, weights.bias.len(), to);
    }
    isa.run(MultiplyGelu { a, rows, w: weights, to, between });
}

struct MultiplyGelu<'a> {
    a: &'a Quantized,
    rows: Range<usize>,
    w: &'a Packed,
    to: &'a mut Quantized,
    between: &'a mut Vec<Lane>,
}

impl Work for MultiplyGelu<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        s.products(self);
    }
}

impl Blocks for MultiplyGelu<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const P: usize>(self, s: S) {
        let MultiplyGelu { a, rows, w, to, between } = self;
        let (count, width) = (rows.len(), w.bias.len());
        // What has a scale in common, so that nothing but bytes goes to memory that is farther than the nearest cache.
        const WIDE: usize = 4 * SPAN;
        between.resize(R * WIDE, Lane::default());
        for (span, left) in (0..width).step_by(WIDE).enumerate() {
            let wide = WIDE.min(width - left);
            for top in (0..count).step_by(R) {
                for from in (0..wide).step_by(P) {
                    let lines = std::array::from_fn(|r| rows.start + (top + r).min(count - 1));
                    let products = block::<S, R, P>(s, a, lines, w, left + from);
                    for (r, products) in products.into_iter().enumerate() {
                        for (p, product) in products.into_iter().enumerate().take(wide - from) {
                            finish(s, Then::Gelu, product, &mut between[r * WIDE + from + p]);
                        }
                    }
                }
                for (r, lanes) in between.chunks_exact(WIDE).enumerate().take(count - top) {
                    to.set_span(s, top + r, span, &lanes[..wide]);
                }
            }
        }
    }
}

/// The products of some rows and of `P` panels from `left` on, bias included.
#[inline(always)]
fn block<S: Simd, const R: usize, const P: usize>(s: S, a: &Quantized, rows: [usize; R], w: &Packed, left: usize) -> [[S::F; P]; R] {
    let width = w.bias.len();
    let panels: [_; P] = std::array::from_fn(|p| w.panel((left + p).min(width - 1)));
    let bias: [S::F; P] = std::array::from_fn(|p| s.load(&w.bias[(left + p).min(width - 1)]));
    // A loop, as `from_fn` of so much is not inlined.
    let mut lines = [a.row(rows[0]); R];
    for r in 1..R {
        lines[r] = a.row(rows[r]);
    }
    let mut products = [bias; R];
    for (span, from) in (0..w.depth).step_by(SPAN).enumerate() {
        let mut sums = [[s.ints(&[0; 16]); P]; R];
        if S::CENTRED {
            sums = [std::array::from_fn(|p| s.ints(&panels[p].1[span].centre)); R];
        }
        for d in from..w.depth.min(from + SPAN) {
            let rows: [&Line; R] = std::array::from_fn(|r| &lines[r].0[d]);
            let weights: [&[Line; 16]; P] = std::array::from_fn(|p| &panels[p].0[d]);
            sums = s.block(rows, weights, sums);
        }
        let scales: [S::F; P] = std::array::from_fn(|p| s.load(&panels[p].1[span].scale));
        let drifts: [S::F; P] = std::array::from_fn(|p| s.load(&panels[p].1[span].drift));
        for r in 0..R {
            let (scale, zero) = lines[r].1[span];
            let (scale, zero) = (s.splat(scale), s.splat(-zero));
            for p in 0..P {
                let product = s.mul(s.float(sums[r][p]), scales[p]);
                products[r][p] = s.fma(s.fma(zero, drifts[p], product), scale, products[r][p]);
            }
        }
    }
    products
}

#[inline(always)]
pub(crate) fn finish<S: Simd>(s: S, then: Then, product: S::F, to: &mut Lane) {
    let y = match then {
        Then::Store => product,
        Then::Gelu => s.gelu(product),
        Then::Add => s.add(product, s.load(to)),
    };
    s.store(y, to);
}
