//! AVX2, AVX-VNNI and AVX-512 VNNI.

use std::arch::x86_64::*;
use std::mem::transmute;

use crate::simd::{Blocks, Lane, Line, Simd, Work, each_pair};

/// These exist only in the four functions that open the instruction sets, so whoever holds one may use its instructions.
#[derive(Clone, Copy)]
pub(crate) struct Avx512<const BFLOAT: bool>(());
#[derive(Clone, Copy)]
pub(crate) struct Avx<const VNNI: bool>(());

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,fma")]
pub(crate) fn avx512<W: Work>(work: W) -> W::Out {
    work.run(Avx512::<false>(()))
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,fma")]
pub(crate) fn avx512_bfloat<W: Work>(work: W) -> W::Out {
    work.run(Avx512::<true>(()))
}

#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) fn avx2<W: Work>(work: W) -> W::Out {
    work.run(Avx::<false>(()))
}

#[target_feature(enable = "avx2,fma,f16c,avxvnni")]
pub(crate) fn avx_vnni<W: Work>(work: W) -> W::Out {
    work.run(Avx::<true>(()))
}

/// Methods that are an instruction each. Pointers come from references to arrays as long as what is read or written.
macro_rules! instructions {
    ($(fn $name:ident($self:ident $(, $arg:ident: $kind:ty)*) $(-> $out:ty)? { $body:expr })*) => {
        $(#[inline(always)]
        fn $name($self $(, $arg: $kind)*) $(-> $out)? {
            // SAFETY: a value of this type exists only inside of a function that opened the instruction set after the
            // processor was asked for it (`Isa::run`); every pointer is that of an array reference of the full width.
            unsafe { $body }
        })*
    };
}

impl<const BFLOAT: bool> Simd for Avx512<BFLOAT> {
    type F = __m512;
    type I = __m512i;
    type W = __m512i;
    type A = __m512i;
    const CENTRED: bool = false;

    #[inline(always)]
    fn products<W: Blocks>(self, work: W) {
        work.run::<Self, 8, 3>(self);
    }
    #[inline(always)]
    fn floats<W: Blocks>(self, work: W) {
        work.run::<Self, 8, 2>(self);
    }
    instructions! {
        fn splat(self, value: f32) -> __m512 { _mm512_set1_ps(value) }
        fn load(self, from: &Lane) -> __m512 { _mm512_load_ps(from.0.as_ptr()) }
        fn store(self, value: __m512, to: &mut Lane) { _mm512_store_ps(to.0.as_mut_ptr(), value) }
        fn add(self, a: __m512, b: __m512) -> __m512 { _mm512_add_ps(a, b) }
        fn sub(self, a: __m512, b: __m512) -> __m512 { _mm512_sub_ps(a, b) }
        fn mul(self, a: __m512, b: __m512) -> __m512 { _mm512_mul_ps(a, b) }
        fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 { _mm512_fmadd_ps(a, b, c) }
        fn min(self, a: __m512, b: __m512) -> __m512 { _mm512_min_ps(a, b) }
        fn max(self, a: __m512, b: __m512) -> __m512 { _mm512_max_ps(a, b) }
        fn round(self, a: __m512) -> __m512 { _mm512_roundscale_ps::<0>(a) }
        fn scale2(self, a: __m512, n: __m512) -> __m512 { _mm512_scalef_ps(a, n) }
        fn ints(self, from: &[i32; 16]) -> __m512i { _mm512_loadu_si512(from.as_ptr().cast()) }
        fn float(self, a: __m512i) -> __m512 { _mm512_cvtepi32_ps(a) }
        fn bytes(self, a: __m512) -> [u8; 16] {{
            let mut out = [0; 16];
            _mm_storeu_si128(out.as_mut_ptr().cast(), _mm512_cvtusepi32_epi8(_mm512_cvtps_epi32(a)));
            out
        }}
        fn halved(self, both: [__m512; 2], to: &mut Lane) {{
            let nearest = |a: __m512| _mm512_add_epi32(_mm512_castps_si512(a), _mm512_set1_epi32(0x8000));
            let low = _mm512_srli_epi32::<16>(nearest(both[0]));
            _mm512_store_si512(to.0.as_mut_ptr().cast(), _mm512_mask_blend_epi16(0xaaaa_aaaa, low, nearest(both[1])));
        }}
        fn pairs(self, sum: __m512, a: __m512, b: __m512) -> __m512 {{
            if BFLOAT {
                _mm512_dpbf16_ps(sum, transmute::<__m512, __m512bh>(a), transmute::<__m512, __m512bh>(b))
            } else {
                each_pair(self, sum, a, b)
            }
        }}
        fn halves(self, from: &[u16; 16]) -> __m512 { _mm512_cvtph_ps(_mm256_loadu_si256(from.as_ptr().cast())) }
        fn weights(self, from: &Line) -> __m512i { _mm512_load_si512(from.0.as_ptr().cast()) }
        fn activations(self, four: [u8; 4]) -> __m512i { _mm512_set1_epi32(i32::from_le_bytes(four)) }
        fn dot(self, sum: __m512i, a: __m512i, w: __m512i) -> __m512i { _mm512_dpbusd_epi32(sum, a, w) }
        fn sum(self, a: __m512) -> f32 { _mm512_reduce_add_ps(a) }
        fn largest(self, a: __m512) -> f32 { _mm512_reduce_max_ps(a) }
        fn smallest(self, a: __m512) -> f32 { _mm512_reduce_min_ps(a) }
    }
}

type Two<T> = [T; 2];

impl<const VNNI: bool> Simd for Avx<VNNI> {
    type F = Two<__m256>;
    type I = Two<__m256i>;
    type W = Two<__m256i>;
    /// The activations as they are, or centred at zero: their sizes and themselves.
    type A = Two<__m256i>;
    const CENTRED: bool = !VNNI;

    #[inline(always)]
    fn products<W: Blocks>(self, work: W) {
        if VNNI { work.run::<Self, 6, 1>(self) } else { work.run::<Self, 4, 1>(self) }
    }
    #[inline(always)]
    fn floats<W: Blocks>(self, work: W) {
        work.run::<Self, 6, 1>(self);
    }
    instructions! {
        fn splat(self, value: f32) -> Two<__m256> { [_mm256_set1_ps(value); 2] }
        fn load(self, from: &Lane) -> Two<__m256> { [_mm256_load_ps(from.0.as_ptr()), _mm256_load_ps(from.0.as_ptr().add(8))] }
        fn store(self, value: Two<__m256>, to: &mut Lane) {{
            _mm256_store_ps(to.0.as_mut_ptr(), value[0]);
            _mm256_store_ps(to.0.as_mut_ptr().add(8), value[1]);
        }}
        fn add(self, a: Two<__m256>, b: Two<__m256>) -> Two<__m256> { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
        fn sub(self, a: Two<__m256>, b: Two<__m256>) -> Two<__m256> { [_mm256_sub_ps(a[0], b[0]), _mm256_sub_ps(a[1], b[1])] }
        fn mul(self, a: Two<__m256>, b: Two<__m256>) -> Two<__m256> { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
        fn fma(self, a: Two<__m256>, b: Two<__m256>, c: Two<__m256>) -> Two<__m256> {
            [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])]
        }
        fn min(self, a: Two<__m256>, b: Two<__m256>) -> Two<__m256> { [_mm256_min_ps(a[0], b[0]), _mm256_min_ps(a[1], b[1])] }
        fn max(self, a: Two<__m256>, b: Two<__m256>) -> Two<__m256> { [_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])] }
        fn round(self, a: Two<__m256>) -> Two<__m256> { [_mm256_round_ps::<8>(a[0]), _mm256_round_ps::<8>(a[1])] }
        fn scale2(self, a: Two<__m256>, n: Two<__m256>) -> Two<__m256> {{
            let bias = _mm256_set1_epi32(127);
            let low = _mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_cvtps_epi32(n[0]), bias));
            let high = _mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_cvtps_epi32(n[1]), bias));
            [_mm256_mul_ps(a[0], _mm256_castsi256_ps(low)), _mm256_mul_ps(a[1], _mm256_castsi256_ps(high))]
        }}
        fn ints(self, from: &[i32; 16]) -> Two<__m256i> {
            [_mm256_loadu_si256(from.as_ptr().cast()), _mm256_loadu_si256(from.as_ptr().add(8).cast())]
        }
        fn float(self, a: Two<__m256i>) -> Two<__m256> { [_mm256_cvtepi32_ps(a[0]), _mm256_cvtepi32_ps(a[1])] }
        fn bytes(self, a: Two<__m256>) -> [u8; 16] {{
            let packed = _mm256_packs_epi32(_mm256_cvtps_epi32(a[0]), _mm256_cvtps_epi32(a[1]));
            // Packing works on halves of a register: the quarters come out as 0, 2, 1, 3.
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
            let mut out = [0; 16];
            let packed = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
            _mm_storeu_si128(out.as_mut_ptr().cast(), packed);
            out
        }}
        fn halves(self, from: &[u16; 16]) -> Two<__m256> {
            [_mm256_cvtph_ps(_mm_loadu_si128(from.as_ptr().cast())), _mm256_cvtph_ps(_mm_loadu_si128(from.as_ptr().add(8).cast()))]
        }
        fn weights(self, from: &Line) -> Two<__m256i> {
            [_mm256_load_si256(from.0.as_ptr().cast()), _mm256_load_si256(from.0.as_ptr().add(8).cast())]
        }
        fn activations(self, four: [u8; 4]) -> Two<__m256i> {{
            let all = _mm256_set1_epi32(i32::from_le_bytes(four));
            let centred = _mm256_xor_si256(all, _mm256_set1_epi8(i8::MIN));
            if VNNI { [all, all] } else { [_mm256_abs_epi8(centred), centred] }
        }}
        fn dot(self, sum: Two<__m256i>, a: Two<__m256i>, w: Two<__m256i>) -> Two<__m256i> {{
            if VNNI {
                [_mm256_dpbusd_avx_epi32(sum[0], a[0], w[0]), _mm256_dpbusd_avx_epi32(sum[1], a[0], w[1])]
            } else {
                // |a| · ±w: at most 2 · 128 · 127 in 16 bits, so that nothing saturates.
                let low = _mm256_maddubs_epi16(a[0], _mm256_sign_epi8(w[0], a[1]));
                let high = _mm256_maddubs_epi16(a[0], _mm256_sign_epi8(w[1], a[1]));
                let one = _mm256_set1_epi16(1);
                [_mm256_add_epi32(sum[0], _mm256_madd_epi16(low, one)), _mm256_add_epi32(sum[1], _mm256_madd_epi16(high, one))]
            }
        }}
    }
}
