//! Every instruction set of this machine against plain Rust, and plain Rust against arithmetic in double precision.

use proptest::prelude::*;

use crate::simd::{Simd, Work, half};
use crate::*;

fn laned(values: &[f32], width: usize) -> Vec<Lane> {
    let rows = values.chunks(width).flat_map(|row| row.chunks(16));
    rows.map(|part| Lane(std::array::from_fn(|i| part.get(i).copied().unwrap_or(0.0)))).collect()
}

fn flat(rows: &[Lane], width: usize) -> Vec<f32> {
    rows.chunks(lanes(width)).flat_map(|row| row.iter().flat_map(|lane| lane.0).take(width).collect::<Vec<_>>()).collect()
}

fn quantized(isa: Isa, values: &[f32], width: usize) -> Quantized {
    let mut to = Quantized::default();
    to.resize(values.len() / width, width);
    quantize(isa, &laned(values, width), lanes(width), &mut to);
    to
}

/// Numbers as they come and as they should not: zeros, equal ones, one that towers over the others.
fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
    let number = prop_oneof![8 => -4.0f32..4.0, 1 => Just(0.0f32), 1 => prop_oneof![Just(3e4f32), Just(-3e4f32), Just(1e-30f32)]];
    prop_oneof![6 => prop::collection::vec(number, count), 1 => Just(vec![0.0; count]), 1 => (-9.0f32..9.0).prop_map(move |v| vec![v; count])]
}

fn product() -> impl Strategy<Value = (usize, usize, Vec<f32>, Vec<f32>, Vec<f32>)> {
    // Several spans of inputs and blocks of rows too, with and without a rest.
    let rows = prop_oneof![1usize..20, 30usize..70];
    let inner = prop_oneof![1usize..150, 180usize..450];
    (rows, inner, 1usize..70).prop_flat_map(|(rows, inner, columns)| {
        (Just(inner), Just(columns), numbers(rows * inner), numbers(columns * inner), numbers(columns))
    })
}

fn near(a: &[f32], b: &[f32], tolerance: f32) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.len(), b.len());
    let size = b.iter().fold(1.0f32, |most, v| most.max(v.abs()));
    for (a, b) in a.iter().zip(b) {
        prop_assert!((a - b).abs() <= tolerance * size, "{} is not {}", a, b);
    }
    Ok(())
}

/// What `turn` makes of whole spans, by its matrix: signs of a Hadamard matrix times a reflection; padded.
fn turned(row: &[f32], by: f32) -> Vec<f32> {
    let mut out = Vec::new();
    for span in row.chunks(192) {
        if lanes(span.len()) < 12 {
            out.extend(span);
            continue;
        }
        for at in 0..192 {
            let (to, number) = (at / 16, at % 16);
            let sum: f64 = (0..12)
                .filter_map(|from| Some((from, f64::from(*span.get(16 * from + number)?))))
                .map(|(from, value)| {
                    let sign = if ((to / 3) & (from / 3)).count_ones() % 2 == 0 { 1.0 } else { -1.0 };
                    sign * value * if to % 3 == from % 3 { 1.0 / 3.0 } else { -2.0 / 3.0 }
                })
                .sum();
            out.push(by * sum as f32);
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn products_are_those_of_plain_rust((inner, columns, rows, weights, bias) in product()) {
        let packed = Packed::new(&weights, &bias, inner).unwrap();
        prop_assert_eq!(packed.columns(), columns);
        let count = rows.len() / inner;
        let plain = Isa::available()[0];
        // The sums are the same; what follows them is rounded in another order, by a part of the largest term at most.
        let most = |part: &[f32]| part.iter().fold(0.0f32, |most, v| most.max(v.abs()));
        let columns_of = |row: f32| weights.chunks(inner).zip(&bias).map(move |(w, b)| 3.0 * row * w.iter().map(|w| w.abs()).sum::<f32>() + b.abs());
        let terms: Vec<f32> = rows.chunks(inner).flat_map(|row| columns_of(most(row)).collect::<Vec<_>>()).collect();
        for then in [Then::Store, Then::Gelu, Then::Add] {
            // The same bytes for all, so that only the product differs.
            let bytes = quantized(plain, &rows, inner);
            let all = |isa: Isa| {
                let mut out = vec![Lane([0.5; 16]); count * lanes(columns)];
                multiply(isa, &bytes, 0..count, &packed, then, &mut out);
                flat(&out, columns)
            };
            let expected = all(plain);
            for isa in Isa::available() {
                for ((ours, theirs), terms) in all(isa).iter().zip(&expected).zip(&terms) {
                    // The polynomial of the GELU takes differences of larger terms.
                    let tolerance = if then == Then::Gelu { 1e-5 * terms + 1e-4 } else { 1e-6 * (terms + 1.0) };
                    prop_assert!((ours - theirs).abs() <= tolerance, "{} {then:?}: {ours} is not {theirs}", isa.name());
                }
            }
        }
    }

    #[test]
    fn products_are_near_those_of_the_numbers((inner, columns, rows, weights, bias) in product()) {
        let packed = Packed::new(&weights, &bias, inner).unwrap();
        for isa in Isa::available() {
            let count = rows.len() / inner;
            let mut out = vec![Lane::default(); count * lanes(columns)];
            multiply(isa, &quantized(isa, &rows, inner), 0..count, &packed, Then::Store, &mut out);
            for (row, ours) in rows.chunks(inner).zip(flat(&out, columns).chunks(columns)) {
                let row = &turned(row, 1.0);
                let low = row.iter().fold(0.0f32, |a, b| a.min(*b));
                let step = f64::from((row.iter().fold(0.0f32, |a, b| a.max(*b)) - low) / 255.0);
                for ((weights, bias), ours) in weights.chunks(inner).zip(&bias).zip(ours) {
                    let weights = turned(weights, 0.25);
                    let terms = || row.iter().zip(&weights).map(|(a, w)| (f64::from(*a), f64::from(*w)));
                    let exact: f64 = terms().map(|(a, w)| a * w).sum::<f64>() + f64::from(*bias);
                    let grain = weights.iter().fold(0.0f64, |a, b| a.max(f64::from(b.abs()))) / 127.0;
                    // Each factor is off by half a step, the zero point by as much again.
                    let bound: f64 = terms().map(|(a, w)| step * (w.abs() + grain) + grain * a.abs()).sum();
                    prop_assert!((f64::from(*ours) - exact).abs() <= bound + 1e-4 * exact.abs() + 1e-6, "{ours} is not {exact} +- {bound}");
                }
            }
        }
    }

    #[test]
    fn parts_of_the_rows_give_parts_of_the_product((inner, columns, rows, weights, bias) in product(), at in 0usize..20) {
        let packed = Packed::new(&weights, &bias, inner).unwrap();
        let count = rows.len() / inner;
        let at = at.min(count - 1);
        for isa in Isa::available() {
            let bytes = quantized(isa, &rows, inner);
            let part = |range: std::ops::Range<usize>| {
                let mut out = vec![Lane::default(); range.len() * lanes(columns)];
                multiply(isa, &bytes, range, &packed, Then::Store, &mut out);
                out
            };
            prop_assert!(part(0..count)[at * lanes(columns)..] == part(at..count));
        }
    }

    #[test]
    fn a_product_that_becomes_bytes_is_quantized_as_if_it_had_been_stored((inner, columns, rows, weights, bias) in product()) {
        let packed = Packed::new(&weights, &bias, inner).unwrap();
        let (count, wide) = (rows.len() / inner, lanes(columns));
        for isa in Isa::available() {
            let bytes = quantized(isa, &rows, inner);
            let mut stored = vec![Lane::default(); count * wide];
            multiply(isa, &bytes, 0..count, &packed, Then::Gelu, &mut stored);
            // What an earlier product left must not be seen.
            let [mut expected, mut to] = [0, 1].map(|_| quantized(isa, &vec![9.0; (count + 1) * 16 * wide], 16 * wide));
            quantize(isa, &stored, wide, &mut expected);
            multiply_gelu(isa, &bytes, 0..count, &packed, &mut to, &mut vec![Lane([f32::NAN; 16]); 7]);
            for row in 0..=count {
                prop_assert!(to.row(row) == expected.row(row), "{} {row}", isa.name());
            }
        }
    }

    #[test]
    fn layer_norm((width, rows) in (1usize..8).prop_flat_map(|w| (Just(w), numbers(16 * w * 3))), seed in numbers(256)) {
        let even: Vec<f32> = (0..16 * width).map(|n| [1.0, 0.5, 0.125][n % 3]).collect();
        let of = |numbers: &[f32]| laned(&numbers[..16 * width], 16 * width);
        let norm = Norm { scale: of(&seed), shift: of(&seed[128..]), even: of(&even), epsilon: 1e-12 };
        for isa in Isa::available() {
            let mut out = laned(&rows, 16 * width);
            let mut to = Quantized::default();
            to.resize(5, 16 * width);
            normalize(isa, &mut out, &norm, &mut to, 2);
            let mut expected = Vec::new();
            for row in rows.chunks(16 * width) {
                let mean = row.iter().map(|v| f64::from(*v)).sum::<f64>() / row.len() as f64;
                let variance = row.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / row.len() as f64;
                // Of equal numbers only rounding is left, and epsilon is smaller than that: nothing to compare.
                prop_assume!(variance > 1e-6);
                let whitened = row.iter().map(|v| (f64::from(*v) - mean) / (variance + 1e-12).sqrt());
                let bent = whitened.zip(seed.iter().zip(&seed[128..])).map(|(v, (a, b))| (v * f64::from(*a) + f64::from(*b)) as f32);
                expected.extend(bent);
            }
            near(&flat(&out, 16 * width), &expected, 1e-4)?;
            let evened: Vec<f32> = flat(&out, 16 * width).iter().zip(even.iter().cycle()).map(|(v, by)| v * by).collect();
            let bytes = quantized(isa, &evened, 16 * width);
            prop_assert!((0..3).all(|row| to.row(2 + row) == bytes.row(row)), "{}", isa.name());
        }
    }

    #[test]
    fn attention_mixes_by_softmax(
        (heads, width, rows) in (1usize..4, 1usize..4, prop_oneof![1usize..40, 40usize..140])
            .prop_flat_map(|(h, w, n)| (Just(h), Just(w), prop::collection::vec(-2.0f32..2.0, n * h * w * 48)))
    ) {
        let across = 16 * heads * width;
        let count = rows.len() / (3 * across);
        let of = |row: usize, part: usize, head: usize| &rows[(3 * row + part) * across + head * 16 * width..][..16 * width];
        let mut expected = vec![0.0f32; count * across];
        for head in 0..heads {
            for query in 0..count {
                let dot = |key: usize| of(query, 0, head).iter().zip(of(key, 1, head)).map(|(a, b)| f64::from(a * b)).sum::<f64>();
                let powers: Vec<f64> = (0..count).map(|key| dot(key).exp2()).collect();
                let sum: f64 = powers.iter().sum();
                for n in 0..16 * width {
                    let mixed: f64 = (0..count).map(|key| powers[key] * f64::from(of(key, 2, head)[n])).sum();
                    expected[query * across + head * 16 * width + n] = (mixed / sum) as f32;
                }
            }
        }
        for isa in Isa::available() {
            let mut mixed = vec![Lane::default(); count * lanes(across)];
            // What an earlier window left in the scratch must not be seen.
            let mut scratch = vec![Lane([f32::NAN; 16]); 4000];
            let (shape, rows) = (Attention { heads, width }, laned(&rows, 3 * across));
            let rows: Vec<&[Lane]> = rows.chunks_exact(3 * lanes(across)).collect();
            let (above, below) = mixed.split_at_mut(count / 2 * lanes(across));
            attend(isa, shape, &rows, 0..count / 2, above, &mut scratch);
            attend(isa, shape, &rows, count / 2..count, below, &mut scratch);
            // Some take bfloat16, whose numbers have 8 bits: a score of 100 may be off by a third, and shares are powers of it.
            let brief = ["amx-int8", "avx512-bf16"].contains(&isa.name()) && width == 2;
            near(&flat(&mixed, across), &expected, if brief { 1e-1 } else { 1e-4 })?;
        }
    }
}

struct Curves<'a>(&'a [f32]);

impl Work for Curves<'_> {
    type Out = Vec<(f32, f32, f32)>;
    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> Self::Out {
        let mut lane = Lane::default();
        let mut at = |x: f32, f: &dyn Fn(S::F) -> S::F| {
            s.store(f(s.splat(x)), &mut lane);
            lane.0[7]
        };
        self.0.iter().map(|x| (*x, at(*x, &|x| s.exp2(x)), at(*x, &|x| s.gelu(x)))).collect()
    }
}

/// erf by its series (Abramowitz and Stegun 7.1.6).
fn erf(x: f64) -> f64 {
    let (mut sum, mut term) = (0.0, x);
    for n in 0..200 {
        sum += term;
        term *= 2.0 * x * x / (2 * n + 3) as f64;
    }
    sum * 2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp()
}

#[test]
fn powers_and_gelu_are_as_near_as_they_say() {
    let points: Vec<f32> = (-1000..=1000).map(|i| i as f32 * 0.008).chain([-1e30, -130.0, -126.0, 0.0, 30.5, 127.0]).collect();
    for isa in Isa::available() {
        for (x, power, gelu) in isa.run(Curves(&points)) {
            let exact = f64::from(x.max(-125.0)).exp2();
            assert!((f64::from(power) - exact).abs() <= 3e-6 * exact, "{} 2^{x} {power}", isa.name());
            if x.abs() <= 8.0 {
                let exact = f64::from(x) * 0.5 * (1.0 + erf(f64::from(x) / std::f64::consts::SQRT_2));
                assert!((f64::from(gelu) - exact).abs() <= 1e-4, "{} gelu({x}) {gelu} {exact}", isa.name());
            }
        }
    }
}

#[test]
fn halves_become_floats_exactly() {
    // Exponent and fraction by the definition of IEEE 754 binary16.
    let defined = |bits: u16| {
        let (sign, exponent, fraction) = (1.0 - 2.0 * f32::from(bits >> 15), i32::from(bits >> 10 & 31), f32::from(bits & 1023));
        match exponent {
            0 => sign * fraction * 2f32.powi(-24),
            31 if fraction == 0.0 => sign * f32::INFINITY,
            31 => f32::NAN,
            _ => sign * (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
        }
    };
    let all: Vec<u16> = (0..=u16::MAX).collect();
    for bits in &all {
        let (ours, theirs) = (half(*bits), defined(*bits));
        assert!(ours == theirs || (ours.is_nan() && theirs.is_nan()), "{bits:x}");
    }
    for isa in Isa::available() {
        let mut out = vec![Lane::default(); 4096];
        sum_halves(isa, &[&all], &mut out);
        for (bits, ours) in all.iter().zip(flat(&out, 65_536)) {
            assert!(ours == half(*bits) || ours.is_nan() && half(*bits).is_nan(), "{} {bits:x}", isa.name());
        }
    }
}

#[test]
fn the_extremes_of_the_integers_do_not_overflow() {
    // All activations 255 or 0 and all weights 127 or -127, at the greatest depth that is allowed.
    let inner = 60_000;
    for weight in [1.0f32, -1.0] {
        let packed = Packed::new(&vec![weight; inner], &[0.0], inner).unwrap();
        for value in [2.0f32, -2.0] {
            for isa in Isa::available() {
                let mut out = [Lane::default()];
                multiply(isa, &quantized(isa, &vec![value; inner], inner), 0..1, &packed, Then::Store, &mut out);
                let exact = value * weight * inner as f32;
                assert!((out[0].0[0] - exact).abs() <= 1e-5 * exact.abs(), "{} {value} {weight}: {}", isa.name(), out[0].0[0]);
            }
        }
    }
    assert!(Packed::new(&vec![1.0; 60_001], &[0.0], 60_001).is_none());
    assert!(Packed::new(&[f32::NAN], &[0.0], 1).is_none());
    assert!(Packed::new(&[1.0, 2.0], &[0.0], 1).is_none());
}
