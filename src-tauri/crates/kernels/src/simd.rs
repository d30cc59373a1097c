//! Vectors of 16 numbers: what each instruction set has to offer, and the same in plain Rust.

/// Sixteen numbers, one line of a cache. Rows of activations are whole lanes; a last one is filled up with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(align(64))]
pub struct Lane(pub [f32; 16]);

/// Lanes that hold `numbers`.
pub const fn lanes(numbers: usize) -> usize {
    numbers.div_ceil(16)
}

/// Sixteen groups of four bytes: four neighbours of a row for one of 16 columns (weights), or 64 neighbours (activations).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(64))]
pub(crate) struct Line(pub [[u8; 4]; 16]);

/// Something to compute, for whichever instruction set.
pub(crate) trait Work {
    type Out;
    fn run<S: Simd>(self, s: S) -> Self::Out;
}

/// An instruction set. Every vector has 16 numbers, in as many registers as that takes.
pub(crate) trait Simd: Copy {
    type F: Copy;
    type I: Copy;
    /// Four weights for each of 16 columns, and four activations for all of them.
    type W: Copy;
    type A: Copy;
    /// Whether `dot` subtracts 128 from each activation.
    const CENTRED: bool;
    /// Rows and vectors of 16 columns that fit the registers: integers, then floats.
    fn products<W: Blocks>(self, work: W);
    fn floats<W: Blocks>(self, work: W);

    fn splat(self, value: f32) -> Self::F;
    fn load(self, from: &Lane) -> Self::F;
    fn store(self, value: Self::F, to: &mut Lane);
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    /// a · b + c
    fn fma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// To the nearest whole number.
    fn round(self, a: Self::F) -> Self::F;
    /// a · 2ⁿ for whole n of -126 to 127.
    fn scale2(self, a: Self::F, n: Self::F) -> Self::F;
    fn ints(self, from: &[i32; 16]) -> Self::I;
    fn float(self, a: Self::I) -> Self::F;
    /// The nearest whole numbers; all are in 0 to 255.
    fn bytes(self, a: Self::F) -> [u8; 16];
    /// As bfloat16, the nearest: each of the first 16 lies below the one of the second, in the bits of a float. Only `bfloat` takes them.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn halved(self, [first, second]: [Self::F; 2], to: &mut Lane) {
        let (mut low, mut high) = (Lane::default(), Lane::default());
        self.store(first, &mut low);
        self.store(second, &mut high);
        let nearest = |value: f32| value.to_bits().wrapping_add(0x8000);
        to.0 = std::array::from_fn(|n| f32::from_bits(nearest(low.0[n]) >> 16 | nearest(high.0[n]) & 0xffff_0000));
    }
    /// For each of 16: sum + the two products of a pair of bfloat16, as `halved` leaves them.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn pairs(self, sum: Self::F, a: Self::F, b: Self::F) -> Self::F {
        each_pair(self, sum, a, b)
    }
    /// From IEEE half precision.
    fn halves(self, from: &[u16; 16]) -> Self::F;
    fn weights(self, from: &Line) -> Self::W;
    fn activations(self, four: [u8; 4]) -> Self::A;
    /// For each column: sum + Σ activation · weight, exactly.
    fn dot(self, sum: Self::I, a: Self::A, w: Self::W) -> Self::I;
    /// For `R` rows and `P` times 16 columns: sums + Σ of 64 products.
    #[inline(always)]
    fn block<const R: usize, const P: usize>(
        self,
        rows: [&Line; R],
        panels: [&[Line; 16]; P],
        sums: [[Self::I; P]; R],
    ) -> [[Self::I; P]; R] {
        dots(self, rows, panels, sums)
    }

    #[inline(always)]
    fn fold(self, a: Self::F, with: fn(f32, f32) -> f32) -> f32 {
        let mut lane = Lane::default();
        self.store(a, &mut lane);
        let mut values = lane.0;
        let mut half = 8;
        while half > 0 {
            for i in 0..half {
                values[i] = with(values[i], values[i + half]);
            }
            half /= 2;
        }
        values[0]
    }
    #[inline(always)]
    fn sum(self, a: Self::F) -> f32 {
        self.fold(a, |a, b| a + b)
    }
    #[inline(always)]
    fn largest(self, a: Self::F) -> f32 {
        self.fold(a, f32::max)
    }
    #[inline(always)]
    fn smallest(self, a: Self::F) -> f32 {
        self.fold(a, f32::min)
    }

    /// 2ˣ for x ≤ 127, relative error below 3e-6; below -125 the result is that of -125, which no sum of a softmax
    /// sees; many processors are slow with what is smaller.
    #[inline(always)]
    fn exp2(self, x: Self::F) -> Self::F {
        const P: [f32; 5] = [0.999_999_3, 0.693_121_8, 0.240_247_44, 0.055_917_863, 0.009_570_097];
        let x = self.max(x, self.splat(-125.0));
        let whole = self.round(x);
        let part = self.sub(x, whole);
        let mut y = self.splat(P[4]);
        for p in P.iter().rev().skip(1) {
            y = self.fma(y, part, self.splat(*p));
        }
        self.scale2(y, whole)
    }

    /// GELU, x · Φ(x), with Φ as an odd polynomial on ±4.5: absolute error below 1e-4 on ±8.
    #[inline(always)]
    fn gelu(self, x: Self::F) -> Self::F {
        const P: [f32; 9] = [
            0.398_712_58,
            -0.065_984_62,
            0.009_585_185,
            -0.001_037_586_4,
            8.142_444e-5,
            -4.451_666_4e-6,
            1.590_965_5e-7,
            -3.314_575_3e-9,
            3.036_323_6e-11,
        ];
        let within = self.max(self.min(x, self.splat(4.5)), self.splat(-4.5));
        let square = self.mul(within, within);
        let mut y = self.splat(P[8]);
        for p in P.iter().rev().skip(1) {
            y = self.fma(y, square, self.splat(*p));
        }
        self.mul(x, self.fma(y, within, self.splat(0.5)))
    }
}

/// A computation in blocks of `R` rows and `P` vectors of columns.
pub(crate) trait Blocks {
    fn run<S: Simd, const R: usize, const P: usize>(self, s: S);
}

/// No instructions but those that every processor has. The reference for the others.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

#[inline(always)]
fn each<A: Copy, B: Copy, C: Copy + Default>(a: [A; 16], b: [B; 16], with: impl Fn(A, B) -> C) -> [C; 16] {
    std::array::from_fn(|i| with(a[i], b[i]))
}

impl Simd for Portable {
    type F = [f32; 16];
    type I = [i32; 16];
    type W = Line;
    type A = [u8; 4];
    const CENTRED: bool = false;

    fn products<W: Blocks>(self, work: W) {
        work.run::<Self, 1, 1>(self);
    }
    fn floats<W: Blocks>(self, work: W) {
        work.run::<Self, 2, 1>(self);
    }
    fn splat(self, value: f32) -> [f32; 16] {
        [value; 16]
    }
    fn load(self, from: &Lane) -> [f32; 16] {
        from.0
    }
    fn store(self, value: [f32; 16], to: &mut Lane) {
        to.0 = value;
    }
    fn add(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each(a, b, |a, b| a + b)
    }
    fn sub(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each(a, b, |a, b| a - b)
    }
    fn mul(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each(a, b, |a, b| a * b)
    }
    fn fma(self, a: [f32; 16], b: [f32; 16], c: [f32; 16]) -> [f32; 16] {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
    fn min(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each(a, b, f32::min)
    }
    fn max(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each(a, b, f32::max)
    }
    fn round(self, a: [f32; 16]) -> [f32; 16] {
        a.map(f32::round_ties_even)
    }
    fn scale2(self, a: [f32; 16], n: [f32; 16]) -> [f32; 16] {
        each(a, n, |a, n| a * f32::from_bits(((n as i32 + 127) as u32) << 23))
    }
    fn ints(self, from: &[i32; 16]) -> [i32; 16] {
        *from
    }
    fn float(self, a: [i32; 16]) -> [f32; 16] {
        a.map(|a| a as f32)
    }
    fn bytes(self, a: [f32; 16]) -> [u8; 16] {
        a.map(|a| a.round_ties_even() as u8)
    }
    fn halves(self, from: &[u16; 16]) -> [f32; 16] {
        from.map(half)
    }
    fn weights(self, from: &Line) -> Line {
        *from
    }
    fn activations(self, four: [u8; 4]) -> [u8; 4] {
        four
    }
    fn dot(self, sum: [i32; 16], a: [u8; 4], w: Line) -> [i32; 16] {
        let product = |w: [u8; 4]| (0..4).map(|i| i32::from(a[i]) * i32::from(w[i].cast_signed())).sum::<i32>();
        each(sum, w.0, |sum, w| sum + product(w))
    }
}

/// An IEEE half as a float, exactly.
pub(crate) fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let rest = u32::from(bits & 0x7fff);
    match rest >> 10 {
        31 => f32::from_bits(sign | 0x7f80_0000 | (rest & 0x3ff) << 13),
        // Subnormal: the fraction counts steps of 2⁻²⁴.
        0 => f32::from_bits(sign | (rest as f32 * 2f32.powi(-24)).to_bits()),
        _ => f32::from_bits(sign | ((rest << 13) + (112 << 23))),
    }
}

/// `Simd::block` by `dot`.
#[inline(always)]
pub(crate) fn dots<S: Simd, const R: usize, const P: usize>(
    s: S,
    rows: [&Line; R],
    panels: [&[Line; 16]; P],
    mut sums: [[S::I; P]; R],
) -> [[S::I; P]; R] {
    for four in 0..16 {
        let weights: [S::W; P] = std::array::from_fn(|p| s.weights(&panels[p][four]));
        for r in 0..R {
            let activations = s.activations(rows[r].0[four]);
            for p in 0..P {
                sums[r][p] = s.dot(sums[r][p], activations, weights[p]);
            }
        }
    }
    sums
}

/// `Simd::pairs` in plain Rust.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn each_pair<S: Simd>(s: S, sum: S::F, a: S::F, b: S::F) -> S::F {
    let [mut to, mut left, mut right] = [Lane::default(); 3];
    s.store(sum, &mut to);
    s.store(a, &mut left);
    s.store(b, &mut right);
    for (sum, (a, b)) in to.0.iter_mut().zip(left.0.iter().zip(&right.0)) {
        let of = |pair: &f32| [f32::from_bits(pair.to_bits() << 16), f32::from_bits(pair.to_bits() & 0xffff_0000)];
        let ([a, c], [b, d]) = (of(a), of(b));
        *sum += a * b + c * d;
    }
    s.load(&to)
}
