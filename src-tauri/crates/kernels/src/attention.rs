//! Softmax attention, head by head, on the rows as they come from the product: no copies but the keys, turned by a quarter.

use std::ops::Range;

use crate::Isa;
use crate::simd::{Blocks, Lane, Simd, Work};

/// How the rows of a window divide: query, key and value of each head, in this order, all `width` lanes wide.
#[derive(Debug, Clone, Copy)]
pub struct Attention {
    /// Heads.
    pub heads: usize,
    /// Lanes of a head.
    pub width: usize,
}

/// Writes softmax(query · keys) · values of some `queries` of the window `rows` to `mixed`; the rows may lie apart. Queries come
/// scaled by log₂e / √numbers of a head. `scratch` is only there to be used again.
pub fn attend(isa: Isa, shape: Attention, rows: &[&[Lane]], queries: Range<usize>, mixed: &mut [Lane], scratch: &mut Vec<Lane>) {
    let across = shape.heads * shape.width;
    assert!(across > 0 && rows.iter().all(|row| row.len() == 3 * across), "whole rows of queries, keys and values");
    assert!(queries.end <= rows.len() && mixed.len() == queries.len() * across, "rows of the result");
    #[cfg(target_arch = "x86_64")]
    if isa.has_bfloat() && shape.width == crate::bfloat::HEAD && !queries.is_empty() {
        let tiles = isa.has_tiles();
        return isa.run(crate::bfloat::HalvedAttention { tiles, heads: shape.heads, rows, queries, mixed, scratch });
    }
    isa.run(Attend { shape, rows, queries, mixed, scratch });
}

struct Attend<'a> {
    shape: Attention,
    rows: &'a [&'a [Lane]],
    queries: Range<usize>,
    mixed: &'a mut [Lane],
    scratch: &'a mut Vec<Lane>,
}

impl Work for Attend<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        s.floats(self);
    }
}

impl Blocks for Attend<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const P: usize>(self, s: S) {
        let Attention { heads, width } = self.shape;
        let across = heads * width;
        let count = self.rows.len();
        let Range { start, end } = self.queries;
        let ahead = count.div_ceil(16);
        self.scratch.resize((16 * width + R) * ahead, Lane::default());
        let (keys, scores) = self.scratch.split_at_mut(16 * width * ahead);
        for head in 0..heads {
            let part = |row: usize, of: usize| {
                let at = of * across + head * width;
                &self.rows[row][at..at + width]
            };
            for key in 0..count {
                for (n, value) in part(key, 1).iter().flat_map(|lane| lane.0).enumerate() {
                    keys[n * ahead + key / 16].0[key % 16] = value;
                }
            }
            for top in (start..end).step_by(R) {
                let queries: [&[Lane]; R] = std::array::from_fn(|r| part((top + r).min(end - 1), 0));
                for left in (0..ahead).step_by(P) {
                    let column: [usize; P] = std::array::from_fn(|p| (left + p).min(ahead - 1));
                    let mut sums = [[s.splat(0.0); P]; R];
                    for lane in 0..width {
                        let queries: [&Lane; R] = std::array::from_fn(|r| &queries[r][lane]);
                        for n in 0..16 {
                            let keys = &keys[(16 * lane + n) * ahead..][..ahead];
                            let keys: [S::F; P] = std::array::from_fn(|p| s.load(&keys[column[p]]));
                            for r in 0..R {
                                let query = s.splat(queries[r].0[n]);
                                for p in 0..P {
                                    sums[r][p] = s.fma(query, keys[p], sums[r][p]);
                                }
                            }
                        }
                    }
                    for r in 0..R {
                        for p in 0..P {
                            s.store(sums[r][p], &mut scores[r * ahead + column[p]]);
                        }
                    }
                }
                let tops: [S::F; R] = largest(s, scores, count);
                let mut shares = [0.0; R];
                for (r, row) in scores.chunks_exact_mut(ahead).enumerate() {
                    let mut sum = s.splat(0.0);
                    for lane in row {
                        let power = s.exp2(s.sub(s.load(lane), tops[r]));
                        sum = s.add(sum, power);
                        s.store(power, lane);
                    }
                    shares[r] = 1.0 / s.sum(sum);
                }
                for left in (0..width).step_by(P) {
                    let column: [usize; P] = std::array::from_fn(|p| (left + p).min(width - 1));
                    let mut sums = [[s.splat(0.0); P]; R];
                    for lane in 0..ahead {
                        let weights: [&Lane; R] = std::array::from_fn(|r| &scores[r * ahead + lane]);
                        for n in 0..(count - 16 * lane).min(16) {
                            let values = part(16 * lane + n, 2);
                            let values: [S::F; P] = std::array::from_fn(|p| s.load(&values[column[p]]));
                            for r in 0..R {
                                let weight = s.splat(weights[r].0[n]);
                                for p in 0..P {
                                    sums[r][p] = s.fma(weight, values[p], sums[r][p]);
                                }
                            }
                        }
                    }
                    for r in 0..R {
                        if top + r >= end {
                            break;
                        }
                        let share = s.splat(shares[r]);
                        for p in 0..P {
                            s.store(s.mul(sums[r][p], share), &mut self.mixed[(top + r - start) * across + head * width + column[p]]);
                        }
                    }
                }
            }
        }
    }
}

/// The largest of each row. What stands beyond `count` keys becomes so small that it has no share. Several rows at once, as each
/// step waits for the one before.
#[inline(always)]
pub(crate) fn largest<S: Simd, const R: usize>(s: S, rows: &mut [Lane], count: usize) -> [S::F; R] {
    let ahead = rows.len() / R;
    for row in rows.chunks_exact_mut(ahead) {
        for beyond in count..16 * ahead {
            row[beyond / 16].0[beyond % 16] = -1e30;
        }
    }
    let mut tops = [s.splat(-1e30); R];
    for lane in 0..ahead {
        for r in 0..R {
            tops[r] = s.max(tops[r], s.load(&rows[r * ahead + lane]));
        }
    }
    for top in &mut tops {
        *top = s.splat(s.largest(*top));
    }
    tops
}
