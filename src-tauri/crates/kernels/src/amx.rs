//! The tiles of AMX. Products: 16 rows by 16 columns, 64 inputs at a time, which is how rows and panels lie in memory anyway; sums
//! are the same as everywhere else, and what becomes of them is computed in the same order, so results are equal to the last
//! bit. Attention in bfloat16 (`bfloat`) has its two products here.
//!
//! Instructions are written as such, since the intrinsics are not stable.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::ops::Range;

use crate::gemm::{Group, Packed, SPAN, Then, finish};
use crate::rows::Quantized;
use crate::simd::{Lane, Line, Simd, Work};

/// Rows, or columns, of a tile.
pub(crate) const TILE: usize = 16;

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

/// Takes the tiles, all of 16 rows.
pub(crate) fn open() {
    Shapes::new(TILE, TILE).load();
}

/// Gives the tiles back, so that a switch of threads need not save them.
pub(crate) fn release() {
    // SAFETY: as for `Shapes::load`.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}

/// Sums of four tiles: rows above and below, columns left and right.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Sums([[[i32; 16]; TILE]; 4]);

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
        let mut ready = [Sums([[[0; 16]; TILE]; 4]); 2];
        let mut products = [[Lane::default(); 2]; 2 * TILE];
        let (blocks, spans) = (count.div_ceil(2 * TILE), depth.div_ceil(SPAN));
        let panels = |left: usize| [w.panel(left.min(width - 1)), w.panel((left + 1).min(width - 1))];
        let high = |block: usize| (count - block * 2 * TILE).min(2 * TILE);
        let mut shaped = 0;
        // A step is a span of two panels and of 32 rows; a span stays in the nearest cache while all rows pass.
        let steps = width.div_ceil(2) * blocks * spans;
        let place = |step: usize| (2 * (step / spans / blocks), step / spans % blocks, step % spans);
        for step in 0..=steps {
            let [even, odd] = &mut ready;
            let (sums, next) = if step % 2 == 0 { (odd, even) } else { (even, odd) };
            // The tiles work on the next sums while the last ones become floats, and the panels after them come from afar.
            if step < steps {
                let (left, block, span) = place(step);
                let high = high(block);
                let (above, below) = (high.min(TILE), high.saturating_sub(TILE));
                if shaped != high {
                    Shapes::new(above, below).load();
                    shaped = high;
                }
                let first = rows.start + block * 2 * TILE;
                let lines = a.lines(first..first + high);
                let part = span * SPAN..depth.min((span + 1) * SPAN);
                let [one, two] = panels(left).map(|(lines, _)| &lines[part.clone()]);
                tiles(&lines[part.start..], depth, [one, two], below > 0, next);
                for (panel, _) in panels(left + 2) {
                    let lines = panel[part.clone()].as_flattened();
                    let share = lines.len().div_ceil(blocks);
                    fetch(&lines[lines.len().min(block * share)..lines.len().min((block + 1) * share)]);
                }
            }
            if step == 0 {
                continue;
            }
            let (left, block, span) = place(step - 1);
            let high = high(block);
            if span == 0 {
                products[..high].fill(std::array::from_fn(|p| w.bias((left + p).min(width - 1))));
            }
            let groups = panels(left).map(|(_, groups)| &groups[span]);
            let top = block * 2 * TILE;
            for first in (0..high).step_by(ROWS) {
                let ranges = std::array::from_fn(|r| a.row(rows.start + top + (first + r).min(high - 1)).1[span]);
                floats(s, sums, first, ranges, groups, &mut products.as_chunks_mut().0[first / ROWS]);
            }
            if span + 1 == spans {
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

/// Asks for lines that are needed soon.
#[inline(always)]
fn fetch(lines: &[Line]) {
    for line in lines {
        // SAFETY: an address that may be read; nothing is changed.
        unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(std::ptr::from_ref(line).cast()) };
    }
}

/// Adds the sums of a span, scaled, to the products of some rows.
#[inline(always)]
fn floats<S: Simd>(s: S, Sums(sums): &Sums, first: usize, ranges: [(f32, f32); ROWS], groups: [&Group; 2], to: &mut [[Lane; 2]; ROWS]) {
    let scales: [S::F; 2] = groups.map(|group| s.load(&group.scale));
    let drifts: [S::F; 2] = groups.map(|group| s.load(&group.drift));
    let sums: [&[[i32; 16]; ROWS]; 2] = std::array::from_fn(|p| &sums[2 * (first / TILE) + p].as_chunks().0[first % TILE / ROWS]);
    for r in 0..ROWS {
        let (scale, zero) = (s.splat(ranges[r].0), s.splat(-ranges[r].1));
        for p in 0..2 {
            let product = s.mul(s.float(s.ints(&sums[p][r])), scales[p]);
            s.store(s.fma(s.fma(zero, drifts[p], product), scale, s.load(&to[r][p])), &mut to[r][p]);
        }
    }
}

/// Sums of a span: `lines` begins with the first row's, and a row has `depth` of them; panels have 16 for each 64 inputs.
#[inline(always)]
fn tiles(lines: &[Line], depth: usize, panels: [&[[Line; 16]]; 2], below: bool, sums: &mut Sums) {
    let (above, step, out) = (lines.as_ptr(), 64 * depth, &raw mut sums.0);
    assert!(!panels[0].is_empty() && panels[0].len() == panels[1].len(), "a span of both panels");
    // SAFETY: `Shapes` says how many rows tiles 4 and 5 have, and `lines` reaches as far (`Tiles::run` cuts it to these rows); as
    // many times as the panels are long, what is read moves on by a line of each row and 16 lines of each panel, which are
    // there; a quarter of the sums is 16 times 64 bytes.
    unsafe {
        if below {
            asm!(
                "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
                "2:",
                "tileloadd tmm4, [{a} + {step}*1]",
                "tileloadd tmm6, [{b0} + {line}*1]",
                "tileloadd tmm7, [{b1} + {line}*1]",
                "tileloadd tmm5, [{below} + {step}*1]",
                "tdpbusd tmm0, tmm4, tmm6",
                "tdpbusd tmm1, tmm4, tmm7",
                "tdpbusd tmm2, tmm5, tmm6",
                "tdpbusd tmm3, tmm5, tmm7",
                "add {a}, 64",
                "add {below}, 64",
                "add {b0}, 1024",
                "add {b1}, 1024",
                "dec {times}",
                "jnz 2b",
                "tilestored [{out} + {line}*1], tmm0",
                "tilestored [{out} + {line}*1 + 1024], tmm1",
                "tilestored [{out} + {line}*1 + 2048], tmm2",
                "tilestored [{out} + {line}*1 + 3072], tmm3",
                a = inout(reg) above => _, below = inout(reg) above.add(TILE * depth) => _, step = in(reg) step,
                b0 = inout(reg) panels[0].as_ptr() => _, b1 = inout(reg) panels[1].as_ptr() => _, line = in(reg) 64usize,
                out = in(reg) out, times = inout(reg) panels[0].len() => _, options(nostack),
            );
        } else {
            asm!(
                "tilezero tmm0", "tilezero tmm1",
                "2:",
                "tileloadd tmm4, [{a} + {step}*1]",
                "tileloadd tmm6, [{b0} + {line}*1]",
                "tileloadd tmm7, [{b1} + {line}*1]",
                "tdpbusd tmm0, tmm4, tmm6",
                "tdpbusd tmm1, tmm4, tmm7",
                "add {a}, 64",
                "add {b0}, 1024",
                "add {b1}, 1024",
                "dec {times}",
                "jnz 2b",
                "tilestored [{out} + {line}*1], tmm0",
                "tilestored [{out} + {line}*1 + 1024], tmm1",
                a = inout(reg) above => _, step = in(reg) step,
                b0 = inout(reg) panels[0].as_ptr() => _, b1 = inout(reg) panels[1].as_ptr() => _, line = in(reg) 64usize,
                out = in(reg) out, times = inout(reg) panels[0].len() => _, options(nostack),
            );
        }
    }
}

/// Multiplies tiles that are there already, four sums in turn; gives the number of multiply-adds.
pub(crate) fn peak(rounds: usize) -> usize {
    open();
    // SAFETY: as for `Shapes::load`; no memory is touched, and there is at least one round.
    unsafe {
        asm!(
            "tilezero tmm4", "tilezero tmm5", "tilezero tmm6", "tilezero tmm7",
            "2:",
            "tdpbusd tmm0, tmm4, tmm6",
            "tdpbusd tmm1, tmm4, tmm7",
            "tdpbusd tmm2, tmm5, tmm6",
            "tdpbusd tmm3, tmm5, tmm7",
            "dec {rounds}",
            "jnz 2b",
            rounds = inout(reg) rounds.max(1) => _, options(nostack, nomem),
        );
    }
    release();
    rounds.max(1) * 4 * TILE * TILE * 64
}

/// Scores of 16 queries for all keys, a row for each query.
#[inline(always)]
pub(crate) fn compare(query: &[Lane], keys: &[Lane], scores: &mut [Lane]) {
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
pub(crate) fn mix(shares: &[Lane], values: &[Lane], sums: &mut [Lane]) {
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
