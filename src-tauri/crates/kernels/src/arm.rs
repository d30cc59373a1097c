//! NEON with the dot product of ARMv8.2 (every Apple M1, most since 2018), or the matrix product of ARMv8.6 (Apple M2, most since 2021).

use std::arch::aarch64::*;

use crate::simd::{Blocks, Lane, Line, Simd, Work, half};

/// Exists only in the function that opens the instruction set, so whoever holds one may use its instructions.
#[derive(Clone, Copy)]
pub(crate) struct Neon<const MATRIX: bool>(());

#[target_feature(enable = "neon,dotprod")]
pub(crate) fn dotprod<W: Work>(work: W) -> W::Out {
    work.run(Neon::<false>(()))
}

#[target_feature(enable = "neon,dotprod,i8mm")]
pub(crate) fn i8mm<W: Work>(work: W) -> W::Out {
    work.run(Neon::<true>(()))
}

/// Methods that are an instruction for each of four registers.
macro_rules! instructions {
    ($(fn $name:ident($self:ident $(, $arg:ident: $kind:ty)*) $(-> $out:ty)? { $i:ident => $body:expr })*) => {
        $(#[inline(always)]
        fn $name($self $(, $arg: $kind)*) $(-> $out)? {
            // SAFETY: a value of this type exists only inside of a function that opened the instruction set after the
            // processor was asked for it (`Isa::run`); every pointer is that of an array reference of the full width.
            let at = |$i: usize| unsafe { $body };
            [at(0), at(1), at(2), at(3)]
        })*
    };
}

type Four<T> = [T; 4];
type F = Four<float32x4_t>;

impl<const MATRIX: bool> Simd for Neon<MATRIX> {
    type F = F;
    type I = Four<int32x4_t>;
    type W = Four<int8x16_t>;
    type A = int8x16_t;
    const CENTRED: bool = true;

    #[inline(always)]
    fn products<W: Blocks>(self, work: W) {
        work.run::<Self, 6, 1>(self);
    }
    #[inline(always)]
    fn floats<W: Blocks>(self, work: W) {
        work.run::<Self, 6, 1>(self);
    }
    instructions! {
        fn splat(self, value: f32) -> F { _i => vdupq_n_f32(value) }
        fn load(self, from: &Lane) -> F { i => vld1q_f32(from.0.as_ptr().add(4 * i)) }
        fn add(self, a: F, b: F) -> F { i => vaddq_f32(a[i], b[i]) }
        fn sub(self, a: F, b: F) -> F { i => vsubq_f32(a[i], b[i]) }
        fn mul(self, a: F, b: F) -> F { i => vmulq_f32(a[i], b[i]) }
        fn fma(self, a: F, b: F, c: F) -> F { i => vfmaq_f32(c[i], a[i], b[i]) }
        fn min(self, a: F, b: F) -> F { i => vminq_f32(a[i], b[i]) }
        fn max(self, a: F, b: F) -> F { i => vmaxq_f32(a[i], b[i]) }
        fn round(self, a: F) -> F { i => vrndnq_f32(a[i]) }
        fn scale2(self, a: F, n: F) -> F { i => {
            let power = vshlq_n_s32::<23>(vaddq_s32(vcvtnq_s32_f32(n[i]), vdupq_n_s32(127)));
            vmulq_f32(a[i], vreinterpretq_f32_s32(power))
        } }
        fn ints(self, from: &[i32; 16]) -> Self::I { i => vld1q_s32(from.as_ptr().add(4 * i)) }
        fn float(self, a: Self::I) -> F { i => vcvtq_f32_s32(a[i]) }
        fn weights(self, from: &Line) -> Self::W { i => vld1q_s8(from.0.as_ptr().add(4 * i).cast()) }
        fn dot(self, sum: Self::I, a: Self::A, w: Self::W) -> Self::I { i => dot(sum[i], a, w[i]) }
    }

    #[inline(always)]
    fn store(self, value: F, to: &mut Lane) {
        for (i, part) in value.into_iter().enumerate() {
            // SAFETY: as in `instructions`.
            unsafe { vst1q_f32(to.0.as_mut_ptr().add(4 * i), part) }
        }
    }
    #[inline(always)]
    fn bytes(self, a: F) -> [u8; 16] {
        let mut out = [0; 16];
        // SAFETY: as in `instructions`.
        unsafe {
            let low = vcombine_u16(vqmovn_u32(vcvtnq_u32_f32(a[0])), vqmovn_u32(vcvtnq_u32_f32(a[1])));
            let high = vcombine_u16(vqmovn_u32(vcvtnq_u32_f32(a[2])), vqmovn_u32(vcvtnq_u32_f32(a[3])));
            vst1q_u8(out.as_mut_ptr(), vcombine_u8(vqmovn_u16(low), vqmovn_u16(high)));
        }
        out
    }
    #[inline(always)]
    fn halves(self, from: &[u16; 16]) -> F {
        self.load(&Lane(from.map(half)))
    }
    #[inline(always)]
    fn activations(self, four: [u8; 4]) -> int8x16_t {
        // SAFETY: as in `instructions`.
        unsafe { vreinterpretq_s8_u8(veorq_u8(vreinterpretq_u8_u32(vdupq_n_u32(u32::from_le_bytes(four))), vdupq_n_u8(128))) }
    }
    #[inline(always)]
    fn block<const R: usize, const P: usize>(
        self,
        rows: [&Line; R],
        panels: [&[Line; 16]; P],
        mut sums: [[Self::I; P]; R],
    ) -> [[Self::I; P]; R] {
        if !MATRIX {
            return crate::simd::dots(self, rows, panels, sums);
        }
        for p in 0..P {
            // A register of sums holds two rows of two columns; where the last row has no other, it is its own.
            let other = |r: usize| (r + 1).min(R - 1);
            // SAFETY: as in `instructions`; a line has 64 bytes.
            unsafe {
                let mut pairs: [[[int32x4_t; 2]; 4]; R] =
                    std::array::from_fn(|r| std::array::from_fn(|i| halves(sums[r][p][i], sums[other(r)][p][i])));
                for eight in 0..8 {
                    let activations: [int8x16_t; R] = std::array::from_fn(|r| {
                        let of = |row: &Line| vld1_u8(row.0.as_flattened().as_ptr().add(8 * eight));
                        vreinterpretq_s8_u8(veorq_u8(vcombine_u8(of(rows[r]), of(rows[other(r)])), vdupq_n_u8(128)))
                    });
                    for i in 0..4 {
                        let four = |n: usize| vreinterpretq_s32_s8(self.weights(&panels[p][2 * eight + n])[i]);
                        let columns = [vzip1q_s32(four(0), four(1)), vzip2q_s32(four(0), four(1))].map(|c| vreinterpretq_s8_s32(c));
                        for r in (0..R).step_by(2) {
                            for (sum, columns) in pairs[r][i].iter_mut().zip(columns) {
                                *sum = matrix(*sum, activations[r], columns);
                            }
                        }
                    }
                }
                for r in (0..R).step_by(2) {
                    for i in 0..4 {
                        let [row, next] = halves(pairs[r][i][0], pairs[r][i][1]);
                        sums[other(r)][p][i] = next;
                        sums[r][p][i] = row;
                    }
                }
            }
        }
        sums
    }
}

/// The lower halves of two registers, and the upper ones.
#[inline(always)]
unsafe fn halves(a: int32x4_t, b: int32x4_t) -> [int32x4_t; 2] {
    // SAFETY: callers have opened `neon`; registers in, registers out.
    unsafe {
        let (a, b) = (vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b));
        [vreinterpretq_s32_s64(vzip1q_s64(a, b)), vreinterpretq_s32_s64(vzip2q_s64(a, b))]
    }
}

/// sum + the products of two rows of eight with two columns of eight, by the instruction: the intrinsic is not stable yet.
#[inline(always)]
unsafe fn matrix(sum: int32x4_t, rows: int8x16_t, columns: int8x16_t) -> int32x4_t {
    let mut sum = sum;
    // SAFETY: callers have opened `i8mm`; registers in, a register out.
    unsafe {
        std::arch::asm!(".arch_extension i8mm", "smmla {0:v}.4s, {1:v}.16b, {2:v}.16b", inout(vreg) sum, in(vreg) rows, in(vreg) columns, options(pure, nomem, nostack));
    }
    sum
}

/// sum + Σ of four products, by the instruction: the intrinsic is not stable yet.
#[inline(always)]
unsafe fn dot(sum: int32x4_t, a: int8x16_t, w: int8x16_t) -> int32x4_t {
    let mut sum = sum;
    // SAFETY: callers have opened `dotprod`; registers in, a register out.
    unsafe {
        std::arch::asm!(".arch_extension dotprod", "sdot {0:v}.4s, {1:v}.16b, {2:v}.16b", inout(vreg) sum, in(vreg) a, in(vreg) w, options(pure, nomem, nostack));
    }
    sum
}
