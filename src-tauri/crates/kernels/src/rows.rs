//! What happens to rows between the products: sums of embeddings, layer norm, quantization.

use crate::Isa;
use crate::gemm::SPAN;
use crate::simd::{Lane, Line, Simd, Work};
use crate::turn::{TURNED, turn};

/// Rows as 8-bit integers, each `SPAN` of 192 numbers of a row with the scale and zero point of their own range.
#[derive(Default)]
pub struct Quantized {
    lines: Vec<Line>,
    depth: usize,
    /// For each row, for each `SPAN`: value = scale · (byte - zero).
    ranges: Vec<(f32, f32)>,
}

impl Quantized {
    /// Makes room for `rows` of `numbers` each. What was in it is undefined afterwards.
    pub fn resize(&mut self, rows: usize, numbers: usize) {
        self.depth = numbers.div_ceil(64);
        self.lines.resize(rows * self.depth, Line([[0; 4]; 16]));
        self.ranges.resize(rows * self.depth.div_ceil(SPAN), (0.0, 0.0));
    }

    pub(crate) fn rows(&self) -> usize {
        self.lines.len() / self.depth
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn row(&self, n: usize) -> (&[Line], &[(f32, f32)]) {
        let spans = self.depth.div_ceil(SPAN);
        (&self.lines[n * self.depth..(n + 1) * self.depth], &self.ranges[n * spans..(n + 1) * spans])
    }

    /// The lines of some rows, one row after the other.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn lines(&self, rows: std::ops::Range<usize>) -> &[Line] {
        &self.lines[rows.start * self.depth..rows.end * self.depth]
    }

    #[inline(always)]
    fn set<S: Simd>(&mut self, s: S, n: usize, row: &[Lane]) {
        for (span, lanes) in row.chunks(4 * SPAN).enumerate() {
            self.set_span(s, n, span, lanes);
        }
    }

    /// Sets what has a scale in common: turned, where it is whole.
    #[inline(always)]
    pub(crate) fn set_span<S: Simd>(&mut self, s: S, n: usize, span: usize, lanes: &[Lane]) {
        match <&[Lane; TURNED]>::try_from(lanes) {
            Ok(lanes) => {
                let mut turned = [s.splat(0.0); TURNED];
                for n in 0..TURNED {
                    turned[n] = s.load(&lanes[n]);
                }
                turn(s, &mut turned);
                let mut lanes = [Lane::default(); TURNED];
                for n in 0..TURNED {
                    s.store(turned[n], &mut lanes[n]);
                }
                self.set_bytes(s, n, span, &lanes);
            }
            Err(_) => self.set_bytes(s, n, span, lanes),
        }
    }

    #[inline(always)]
    fn set_bytes<S: Simd>(&mut self, s: S, n: usize, span: usize, lanes: &[Lane]) {
        // Zero is in every range and stands for itself.
        let (mut low, mut high) = (s.splat(0.0), s.splat(0.0));
        for lane in lanes {
            let y = s.load(lane);
            (low, high) = (s.min(low, y), s.max(high, y));
        }
        let (low, high) = (s.smallest(low), s.largest(high));
        let scale = (high - low) / 255.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        let zero = (-low * inverse + 12_582_912.0) - 12_582_912.0;
        self.ranges[n * self.depth.div_ceil(SPAN) + span] = (scale, zero);
        let (inverse, zero, most) = (s.splat(inverse), s.splat(zero), s.splat(255.0));
        for (lanes, line) in lanes.chunks(4).zip(&mut self.lines[n * self.depth + span * SPAN..]) {
            for (lane, four) in lanes.iter().zip(line.0.as_chunks_mut::<4>().0) {
                let whole = s.fma(s.load(lane), inverse, zero);
                let bytes = s.bytes(s.min(s.max(whole, s.splat(0.0)), most));
                four.as_flattened_mut().copy_from_slice(&bytes);
            }
        }
    }
}

/// Scale and shift of a layer norm.
pub struct Norm {
    /// As wide as a row.
    pub scale: Vec<Lane>,
    /// As wide as a row.
    pub shift: Vec<Lane>,
    /// As wide as a row: what each number is multiplied by before it becomes 8 bits, so that a few large ones do not make the steps
    /// of all others coarse. The weights that it meets are divided by the same.
    pub even: Vec<Lane>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// Normalizes `rows` in place and writes them, evened and quantized, to `to` from its row `first` on.
pub fn normalize(isa: Isa, rows: &mut [Lane], norm: &Norm, to: &mut Quantized, first: usize) {
    isa.run(Normalize { rows, norm, to, first });
}

struct Normalize<'a> {
    rows: &'a mut [Lane],
    norm: &'a Norm,
    to: &'a mut Quantized,
    first: usize,
}

impl Work for Normalize<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.norm.scale.len();
        let share = 1.0 / (16 * width) as f32;
        let mut evened = vec![Lane::default(); width];
        for (n, row) in self.rows.chunks_exact_mut(width).enumerate() {
            let mut sum = s.splat(0.0);
            for lane in &*row {
                sum = s.add(sum, s.load(lane));
            }
            let mean = s.splat(s.sum(sum) * share);
            let mut squares = s.splat(0.0);
            for lane in &*row {
                let from_mean = s.sub(s.load(lane), mean);
                squares = s.fma(from_mean, from_mean, squares);
            }
            let by = s.splat(1.0 / (s.sum(squares) * share + self.norm.epsilon).sqrt());
            let outs = row.iter_mut().zip(&mut evened);
            for ((lane, evened), (scale, (shift, even))) in
                outs.zip(self.norm.scale.iter().zip(self.norm.shift.iter().zip(&self.norm.even)))
            {
                let whitened = s.mul(s.sub(s.load(lane), mean), by);
                let y = s.fma(whitened, s.load(scale), s.load(shift));
                s.store(y, lane);
                s.store(s.mul(y, s.load(even)), evened);
            }
            self.to.set(s, self.first + n, &evened);
        }
    }
}

/// Quantizes `rows` of `width` lanes to the first rows of `to`.
pub fn quantize(isa: Isa, rows: &[Lane], width: usize, to: &mut Quantized) {
    isa.run(Quantize { rows, width, to });
}

struct Quantize<'a> {
    rows: &'a [Lane],
    width: usize,
    to: &'a mut Quantized,
}

impl Work for Quantize<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (n, row) in self.rows.chunks_exact(self.width).enumerate() {
            self.to.set(s, n, row);
        }
    }
}

/// The sum of rows of half-precision numbers, which are as wide as `out`.
pub fn sum_halves(isa: Isa, rows: &[&[u16]], out: &mut [Lane]) {
    isa.run(Sum { rows, out });
}

struct Sum<'a> {
    rows: &'a [&'a [u16]],
    out: &'a mut [Lane],
}

impl Work for Sum<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (n, lane) in self.out.iter_mut().enumerate() {
            let mut sum = s.splat(0.0);
            for row in self.rows {
                sum = s.add(sum, s.halves(&row.as_chunks::<16>().0[n]));
            }
            s.store(sum, lane);
        }
    }
}
