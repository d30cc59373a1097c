//! The tiles of AMX. Products: 16 rows by 16 columns, 64 inputs at a time, which is how rows and panels lie in memory anyway; sums
//! are the same as everywhere else, and what becomes of them is computed in the same order, so results are equal to the last
//! bit. Attention, where a head has 32 numbers: queries, keys, shares and values go in as bfloat16, sums and softmax are f32.
//!
//! Instructions are written as such, since the intrinsics are not stable.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::ops::Range;

use crate::attention::masked_softmax;
use crate::gemm::{Group, Packed, Then, finish};
use crate::rows::Quantized;
use crate::simd::{Lane, Line, Simd, Work};

/// Rows, or columns, of a tile.
const TILE: usize = 16;

/// Whether the processor has tiles, and the system lets this process use them.
pub(crate) fn available() -> bool {
    // Intel SDM, CPUID leaf 7: EDX bit 22 is AMX-BF16, bit 24 AMX-TILE, bit 25 AMX-INT8.
    const ALL: u32 = 0b1101 << 22;
    __cpuid_count(7, 0).edx & ALL == ALL && permitted()
}

/// Linux keeps the room for tiles from a process until it asks (`ARCH_REQ_XCOMP_PERM`, Documentation/arch/x86/xstate.rst).
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const REQUEST: u64 = 0x1023;
    const TILE_DATA: u64 = 18;
    let result: i64;
    // SAFETY: a system call that takes two numbers and touches no memory of this process.
    unsafe {
        asm!("syscall", inlateout("rax") ARCH_PRCTL => result, in("rdi") REQUEST, in("rsi") TILE_DATA, out("rcx") _, out("r11") _);
    }
    result == 0
}

#[cfg(not(target_os = "linux"))]
fn permitted() -> bool {
    false
}

/// The shapes of tiles: 0 to 3 are sums, 4 and 5 rows, 6 and 7 panels.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start: u8,
    reserved: [u8; 14],
    bytes: [u16; 16],
    rows: [u8; 16],
}

impl Shapes {
    /// For `above` and `below` rows, at most 16 each.
    fn new(above: usize, below: usize) -> Shapes {
        let mut shapes = Shapes { palette: 1, start: 0, reserved: [0; 14], bytes: [0; 16], rows: [0; 16] };
        shapes.bytes[..8].fill(64);
        for (tile, rows) in [above, above, below, below, above, below, TILE, TILE].into_iter().enumerate() {
            // A tile without rows must not be: one that is not used has some.
            shapes.rows[tile] = rows.clamp(1, TILE) as u8;
        }
        shapes
    }

    fn load(&self) {
        // SAFETY: `available` said that there are tiles before there was an `Isa` that leads here; 64 bytes are read.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const *self, options(nostack, readonly)) };
    }
}

/// Gives the tiles back, so that a switch of threads need not save them.
fn release() {
    // SAFETY: as for `Shapes::load`.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// Sums of four tiles: rows above and below, columns left and right.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Sums([[[i32; 16]; TILE]; 4]);

/// Sixty-fours of inputs whose sums are made while those before become floats: two such runs fit the nearest cache.
const RUN: usize = 3;

/// Rows whose floats fit the registers.
const ROWS: usize = 8;

/// A product as `Multiply` describes it; run where AVX-512 is open.
pub(crate) struct Tiles<'a> {
    pub a: &'a Quantized,
    pub rows: Range<usize>,
    pub w: &'a Packed,
    pub then: Then,
    pub out: &'a mut [Lane],
}

impl Work for Tiles<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Tiles { a, rows, w, then, out } = self;
        let (count, width, depth) = (rows.len(), w.width(), w.depth());
        let mut ready = [[Sums([[[0; 16]; TILE]; 4]); RUN]; 2];
        let mut products = [[Lane::default(); 2]; 2 * TILE];
        let mut shaped = 0;
        for top in (0..count).step_by(2 * TILE) {
            let high = (count - top).min(2 * TILE);
            let (above, below) = (high.min(TILE), high.saturating_sub(TILE));
            if shaped != high {
                Shapes::new(above, below).load();
                shaped = high;
            }
            let (lines, _) = a.lines(rows.start + top..rows.start + top + high);
            for left in (0..width).step_by(2) {
                let panels = [w.panel(left), w.panel((left + 1).min(width - 1))];
                products[..high].fill(std::array::from_fn(|p| w.bias((left + p).min(width - 1))));
                let start = |d: usize, sums: &mut Sums| {
                    tiles(&lines[d..], depth, [&panels[0].0[d], &panels[1].0[d]], below > 0, sums);
                };
                for (d, sums) in ready[0].iter_mut().enumerate().take(depth) {
                    start(d, sums);
                }
                for (run, from) in (0..depth).step_by(RUN).enumerate() {
                    let mut next = from + RUN..depth.min(from + 2 * RUN);
                    let [even, odd] = &mut ready;
                    let (sums, into) = if run % 2 == 0 { (even, odd) } else { (odd, even) };
                    let sums = &sums[..RUN.min(depth - from)];
                    for first in (0..high).step_by(ROWS) {
                        // The tiles work on the next run while these sums become floats.
                        if let Some(d) = next.next() {
                            start(d, &mut into[(d - from) % RUN]);
                        }
                        let rows = std::array::from_fn(|r| a.row(rows.start + top + (first + r).min(high - 1)).1);
                        let groups = [&panels[0].1[from..], &panels[1].1[from..]];
                        let products = &mut products.as_chunks_mut().0[first / ROWS];
                        floats(s, sums, first, rows.map(|row| &row[from..]), groups, products);
                    }
                    for d in next {
                        start(d, &mut into[(d - from) % RUN]);
                    }
                }
                for (r, products) in products[..high].iter().enumerate() {
                    for (p, product) in products.iter().enumerate().take(width - left) {
                        finish(s, then, s.load(product), &mut out[(top + r) * width + left + p]);
                    }
                }
            }
        }
        release();
    }
}

/// Adds the sums of a run, scaled, to the products of some rows.
#[inline(always)]
fn floats<S: Simd>(s: S, run: &[Sums], first: usize, ranges: [&[(f32, f32)]; ROWS], groups: [&[Group]; 2], to: &mut [[Lane; 2]; ROWS]) {
    let mut products: [[S::F; 2]; ROWS] = std::array::from_fn(|r| std::array::from_fn(|p| s.load(&to[r][p])));
    for (d, Sums(sums)) in run.iter().enumerate() {
        let scales: [S::F; 2] = std::array::from_fn(|p| s.load(&groups[p][d].scale));
        let drifts: [S::F; 2] = std::array::from_fn(|p| s.load(&groups[p][d].drift));
        let sums: [&[[i32; 16]; ROWS]; 2] = std::array::from_fn(|p| &sums[2 * (first / TILE) + p].as_chunks().0[first % TILE / ROWS]);
        for r in 0..ROWS {
            let (scale, zero) = ranges[r][d];
            let (scale, zero) = (s.splat(scale), s.splat(-zero));
            for p in 0..2 {
                let product = s.mul(s.float(s.ints(&sums[p][r])), scales[p]);
                products[r][p] = s.fma(s.fma(zero, drifts[p], product), scale, products[r][p]);
            }
        }
    }
    for r in 0..ROWS {
        for p in 0..2 {
            s.store(products[r][p], &mut to[r][p]);
        }
    }
}

/// Sums of 64 inputs: `lines` begins with the first row's, and a row has `depth` of them.
#[inline(always)]
fn tiles(lines: &[Line], depth: usize, panels: [&[Line; 16]; 2], below: bool, sums: &mut Sums) {
    let (above, step, out) = (lines.as_ptr(), 64 * depth, &raw mut sums.0);
    // SAFETY: `Shapes` says how many rows tiles 4 and 5 have, and `lines` reaches as far (`Tiles::run` cuts it to these rows);
    // panels are 16 lines each, a quarter of the sums is 16 times 64 bytes.
    unsafe {
        if below {
            asm!(
                "tileloadd tmm4, [{a} + {step}*1]",
                "tileloadd tmm6, [{b0} + {line}*1]",
                "tileloadd tmm7, [{b1} + {line}*1]",
                "tileloadd tmm5, [{below} + {step}*1]",
                "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
                "tdpbusd tmm0, tmm4, tmm6",
                "tdpbusd tmm1, tmm4, tmm7",
                "tdpbusd tmm2, tmm5, tmm6",
                "tdpbusd tmm3, tmm5, tmm7",
                "tilestored [{out} + {line}*1], tmm0",
                "tilestored [{out} + {line}*1 + 1024], tmm1",
                "tilestored [{out} + {line}*1 + 2048], tmm2",
                "tilestored [{out} + {line}*1 + 3072], tmm3",
                a = in(reg) above, below = in(reg) above.add(TILE * depth), step = in(reg) step, b0 = in(reg) panels[0],
                b1 = in(reg) panels[1], line = in(reg) 64usize, out = in(reg) out, options(nostack),
            );
        } else {
            asm!(
                "tileloadd tmm4, [{a} + {step}*1]",
                "tileloadd tmm6, [{b0} + {line}*1]",
                "tileloadd tmm7, [{b1} + {line}*1]",
                "tilezero tmm0", "tilezero tmm1",
                "tdpbusd tmm0, tmm4, tmm6",
                "tdpbusd tmm1, tmm4, tmm7",
                "tilestored [{out} + {line}*1], tmm0",
                "tilestored [{out} + {line}*1 + 1024], tmm1",
                a = in(reg) above, step = in(reg) step, b0 = in(reg) panels[0], b1 = in(reg) panels[1],
                line = in(reg) 64usize, out = in(reg) out, options(nostack),
            );
        }
    }
}

/// Attention as `Attend` describes it, of heads of 32 numbers.
pub(crate) struct TileAttention<'a> {
    pub heads: usize,
    pub rows: &'a [Lane],
    pub queries: Range<usize>,
    pub mixed: &'a mut [Lane],
    pub scratch: &'a mut Vec<Lane>,
}

/// Lanes of a head.
pub(crate) const HEAD: usize = 2;

impl Work for TileAttention<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let TileAttention { heads, rows, queries: Range { start, end }, mixed, scratch } = self;
        let across = heads * HEAD;
        let count = rows.len() / (3 * across);
        // Tiles of 16 keys, and of 32.
        let (ahead, pairs) = (count.div_ceil(TILE), count.div_ceil(2 * TILE));
        scratch.resize(TILE * (1 + ahead + 2 * pairs + ahead + pairs + 2), Lane::default());
        let (query, rest) = scratch.split_at_mut(TILE);
        let (keys, rest) = rest.split_at_mut(TILE * ahead);
        let (values, rest) = rest.split_at_mut(2 * TILE * pairs);
        let (scores, rest) = rest.split_at_mut(TILE * ahead);
        let (shares, sums) = rest.split_at_mut(TILE * pairs);
        Shapes::new(TILE, TILE).load();
        for head in 0..heads {
            let part = |row: usize, of: usize| -> &[Lane; HEAD] {
                let at = (3 * row + of) * across + head * HEAD;
                &rows[at..].as_chunks().0[0]
            };
            // A tile of keys has a key in each column; those beyond the last are there, but nothing.
            for (tile, keys) in keys.as_chunks_mut::<TILE>().0.iter_mut().enumerate() {
                for column in 0..TILE {
                    let key = tile * TILE + column;
                    let key = if key < count { pairs_of(part(key, 1)) } else { Lane::default() };
                    for (line, pair) in keys.iter_mut().zip(key.0) {
                        line.0[column] = pair;
                    }
                }
            }
            // A tile of values has in each line two rows that are 16 apart.
            for (tile, values) in values.as_chunks_mut::<{ 2 * TILE }>().0.iter_mut().enumerate() {
                for line in 0..TILE {
                    let row = |n: usize| if n < count { *part(n, 2) } else { [Lane::default(); HEAD] };
                    let (first, second) = (row(2 * TILE * tile + line), row(2 * TILE * tile + TILE + line));
                    for half in 0..HEAD {
                        values[half * TILE + line] = pairs_of(&[first[half], second[half]]);
                    }
                }
            }
            for top in (start..end).step_by(TILE) {
                for (r, line) in query.iter_mut().enumerate() {
                    *line = pairs_of(part((top + r).min(end - 1), 0));
                }
                compare(query, keys, scores);
                let mut inverse = [0.0; TILE];
                let of_rows = scores.chunks_exact_mut(ahead).zip(shares.chunks_exact_mut(pairs));
                for ((row, shares), inverse) in of_rows.zip(&mut inverse) {
                    *inverse = 1.0 / masked_softmax(s, row, count);
                    for (two, share) in row.chunks(2).zip(shares) {
                        *share = pairs_of(&[two[0], two.get(1).copied().unwrap_or_default()]);
                    }
                }
                mix(shares, values, sums);
                for (r, inverse) in inverse.iter().enumerate().take(end - top) {
                    for half in 0..HEAD {
                        let sum = s.load(&sums[half * TILE + r]);
                        s.store(s.mul(sum, s.splat(*inverse)), &mut mixed[(top + r - start) * across + head * HEAD + half]);
                    }
                }
            }
        }
        release();
    }
}

/// A number in half its bits: the nearest bfloat16, of two the even one.
#[inline(always)]
fn bfloat(value: f32) -> u32 {
    let bits = value.to_bits();
    (bits + 0x7fff + ((bits >> 16) & 1)) >> 16
}

/// 32 numbers as bfloat16, each with the one 16 places on, in the bits of a float: the order in which all tiles here have them.
#[inline(always)]
fn pairs_of([first, second]: &[Lane; 2]) -> Lane {
    Lane(std::array::from_fn(|n| f32::from_bits(bfloat(first.0[n]) | (bfloat(second.0[n]) << 16))))
}

/// Scores of 16 queries for all keys, a row for each query.
#[inline(always)]
fn compare(query: &[Lane], keys: &[Lane], scores: &mut [Lane]) {
    let tiles = keys.len() / TILE;
    assert!(query.len() == TILE && scores.len() == TILE * tiles && tiles > 0, "tiles of queries, keys and scores");
    // SAFETY: 16 lines of 64 bytes are read for the query and for each tile of keys, which `keys` has; a tile of scores is 16
    // lines that are `tiles` lines apart, and moves on by one line for each.
    unsafe {
        asm!(
            "tileloadd tmm4, [{query} + {line}*1]",
            "2:",
            "tileloadd tmm6, [{keys} + {line}*1]",
            "tilezero tmm0",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tilestored [{scores} + {step}*1], tmm0",
            "add {keys}, 1024",
            "add {scores}, 64",
            "dec {tiles}",
            "jnz 2b",
            query = in(reg) query.as_ptr(), line = in(reg) 64usize, keys = inout(reg) keys.as_ptr() => _,
            scores = inout(reg) scores.as_mut_ptr() => _, step = in(reg) 64 * tiles, tiles = inout(reg) tiles => _, options(nostack),
        );
    }
}

/// Sums of 32 numbers for 16 queries, the first 16 of all, then the others: `shares` has a row for each query.
#[inline(always)]
fn mix(shares: &[Lane], values: &[Lane], sums: &mut [Lane]) {
    let tiles = values.len() / (2 * TILE);
    assert!(shares.len() == TILE * tiles && sums.len() == 2 * TILE && tiles > 0, "tiles of shares, values and sums");
    // SAFETY: a tile of shares is 16 lines that are `tiles` lines apart, and moves on by one line for each; there are two tiles
    // of values for each of them, and two of sums.
    unsafe {
        asm!(
            "tilezero tmm0", "tilezero tmm1",
            "2:",
            "tileloadd tmm4, [{shares} + {step}*1]",
            "tileloadd tmm6, [{values} + {line}*1]",
            "tileloadd tmm7, [{values} + {line}*1 + 1024]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "add {shares}, 64",
            "add {values}, 2048",
            "dec {tiles}",
            "jnz 2b",
            "tilestored [{sums} + {line}*1], tmm0",
            "tilestored [{sums} + {line}*1 + 1024], tmm1",
            shares = inout(reg) shares.as_ptr() => _, step = in(reg) 64 * tiles, values = inout(reg) values.as_ptr() => _,
            line = in(reg) 64usize, sums = in(reg) sums.as_mut_ptr(), tiles = inout(reg) tiles => _, options(nostack),
        );
    }
}
