//! Attention in bfloat16, where a head has 32 numbers and the processor multiplies such: on tiles, or on vectors with AVX-512 BF16.
//! Queries, keys, shares and values go in as bfloat16, each number beside the one 16 places on; sums and softmax are f32.

use std::ops::Range;

use crate::amx::{self, TILE};
use crate::attention::largest;
use crate::simd::{Lane, Simd, Work};

/// Lanes of a head.
pub(crate) const HEAD: usize = 2;

/// Rows of scores that go through the softmax, or are summed, at once.
const ROWS: usize = 8;

/// Attention as `Attend` describes it.
pub(crate) struct HalvedAttention<'a> {
    /// On tiles; otherwise on vectors.
    pub tiles: bool,
    pub heads: usize,
    pub rows: &'a [&'a [Lane]],
    pub queries: Range<usize>,
    pub mixed: &'a mut [Lane],
    pub scratch: &'a mut Vec<Lane>,
}

impl Work for HalvedAttention<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let HalvedAttention { tiles, heads, rows, queries: Range { start, end }, mixed, scratch } = self;
        let across = heads * HEAD;
        let count = rows.len();
        // Tiles of 16 keys, and of 32.
        let (ahead, pairs) = (count.div_ceil(TILE), count.div_ceil(2 * TILE));
        scratch.resize(TILE * (1 + ahead + 2 * pairs + ahead + pairs + 2), Lane::default());
        let (query, rest) = scratch.split_at_mut(TILE);
        let (keys, rest) = rest.split_at_mut(TILE * ahead);
        let (values, rest) = rest.split_at_mut(2 * TILE * pairs);
        let (scores, rest) = rest.split_at_mut(TILE * ahead);
        let (shares, sums) = rest.split_at_mut(TILE * pairs);
        if tiles {
            amx::open();
        }
        for head in 0..heads {
            let part = |row: usize, of: usize| -> &[Lane; HEAD] { &rows[row][of * across + head * HEAD..].as_chunks().0[0] };
            // A tile of keys has a key in each column; those beyond the last are there, but nothing.
            for (tile, keys) in keys.as_chunks_mut::<TILE>().0.iter_mut().enumerate() {
                for column in 0..TILE {
                    let (at, mut key) = (tile * TILE + column, Lane::default());
                    if at < count {
                        let [first, second] = part(at, 1);
                        s.halved([s.load(first), s.load(second)], &mut key);
                    }
                    for (line, pair) in keys.iter_mut().zip(key.0) {
                        line.0[column] = pair;
                    }
                }
            }
            // A tile of values has in each line two rows that are 16 apart.
            for (tile, values) in values.as_chunks_mut::<{ 2 * TILE }>().0.iter_mut().enumerate() {
                for line in 0..TILE {
                    let row = |n: usize| if n < count { part(n, 2) } else { &[Lane([0.0; 16]); HEAD] };
                    let rows = [0, 1].map(|n| row((2 * tile + n) * TILE + line));
                    for half in 0..HEAD {
                        s.halved([s.load(&rows[0][half]), s.load(&rows[1][half])], &mut values[half * TILE + line]);
                    }
                }
            }
            for top in (start..end).step_by(TILE) {
                for (r, line) in query.iter_mut().enumerate() {
                    let [first, second] = part((top + r).min(end - 1), 0);
                    s.halved([s.load(first), s.load(second)], line);
                }
                if tiles {
                    amx::compare(query, keys, scores)
                } else {
                    compare(s, query, keys, scores)
                }
                let mut whole = [0.0; TILE];
                let rows = scores.chunks_exact_mut(ROWS * ahead).zip(shares.chunks_exact_mut(ROWS * pairs));
                for ((scores, shares), whole) in rows.zip(whole.as_chunks_mut::<ROWS>().0) {
                    let tops: [S::F; ROWS] = largest(s, scores, count);
                    let mut sums = [s.splat(0.0); ROWS];
                    for pair in 0..pairs {
                        for r in 0..ROWS {
                            let row = &scores[r * ahead..(r + 1) * ahead];
                            let first = s.exp2(s.sub(s.load(&row[2 * pair]), tops[r]));
                            let mut second = s.splat(0.0);
                            if let Some(lane) = row.get(2 * pair + 1) {
                                second = s.exp2(s.sub(s.load(lane), tops[r]));
                            }
                            sums[r] = s.add(sums[r], s.add(first, second));
                            s.halved([first, second], &mut shares[r * pairs + pair]);
                        }
                    }
                    for r in 0..ROWS {
                        whole[r] = s.sum(sums[r]);
                    }
                }
                if tiles {
                    amx::mix(shares, values, sums)
                } else {
                    mix(s, shares, values, sums)
                }
                for (r, whole) in whole.iter().enumerate().take(end - top) {
                    let inverse = s.splat(1.0 / whole);
                    for half in 0..HEAD {
                        let sum = s.load(&sums[half * TILE + r]);
                        s.store(s.mul(sum, inverse), &mut mixed[(top + r - start) * across + head * HEAD + half]);
                    }
                }
            }
        }
        if tiles {
            amx::release();
        }
    }
}

/// Scores of 16 queries for all keys, a row for each query; on vectors.
#[inline(always)]
fn compare<S: Simd>(s: S, query: &[Lane], keys: &[Lane], scores: &mut [Lane]) {
    let ahead = keys.len() / TILE;
    let keys = keys.as_chunks::<TILE>().0;
    for (query, scores) in query.as_chunks::<ROWS>().0.iter().zip(scores.chunks_exact_mut(ROWS * ahead)) {
        // At the edge the last tile is computed again.
        for left in (0..ahead).step_by(2) {
            let column = [left, (left + 1).min(ahead - 1)];
            let tiles = column.map(|n| &keys[n]);
            let mut sums = [[s.splat(0.0); 2]; ROWS];
            for n in 0..TILE {
                let keys = tiles.map(|tile| s.load(&tile[n]));
                for r in 0..ROWS {
                    let query = s.splat(query[r].0[n]);
                    for p in 0..2 {
                        sums[r][p] = s.pairs(sums[r][p], query, keys[p]);
                    }
                }
            }
            for r in 0..ROWS {
                for p in 0..2 {
                    s.store(sums[r][p], &mut scores[r * ahead + column[p]]);
                }
            }
        }
    }
}

/// Sums of 32 numbers for 16 queries, the first 16 of all, then the others; on vectors. `shares` has a row for each query.
#[inline(always)]
fn mix<S: Simd>(s: S, shares: &[Lane], values: &[Lane], sums: &mut [Lane]) {
    let values = values.as_chunks::<{ HEAD * TILE }>().0;
    for (top, shares) in shares.chunks_exact(ROWS * values.len()).enumerate() {
        let mut mixed = [[s.splat(0.0); HEAD]; ROWS];
        for (tile, values) in values.iter().enumerate() {
            let shares: [&Lane; ROWS] = std::array::from_fn(|r| &shares[r * (shares.len() / ROWS) + tile]);
            for n in 0..TILE {
                let values: [S::F; HEAD] = std::array::from_fn(|half| s.load(&values[half * TILE + n]));
                for r in 0..ROWS {
                    let share = s.splat(shares[r].0[n]);
                    for half in 0..HEAD {
                        mixed[r][half] = s.pairs(mixed[r][half], share, values[half]);
                    }
                }
            }
        }
        for r in 0..ROWS {
            for half in 0..HEAD {
                s.store(mixed[r][half], &mut sums[half * TILE + ROWS * top + r]);
            }
        }
    }
}
