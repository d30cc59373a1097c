//! Products on the tiles of AMX: 16 rows by 16 columns, 64 inputs at a time, which is how rows and panels lie in memory anyway.
//!
//! Instructions are written as such, since the intrinsics are not stable. Sums are the same as everywhere else, and what
//! becomes of them is computed in the same order, so results are equal to the last bit.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::ops::Range;

use crate::gemm::{Group, Packed, Then, finish};
use crate::rows::Quantized;
use crate::simd::{Lane, Line, Simd, Work};

/// Rows, or columns, of a tile.
const TILE: usize = 16;

/// Whether the processor has tiles of bytes, and the system lets this process use them.
pub(crate) fn available() -> bool {
    // Intel SDM, CPUID leaf 7: EDX bit 24 is AMX-TILE, bit 25 AMX-INT8.
    const BOTH: u32 = 0b11 << 24;
    __cpuid_count(7, 0).edx & BOTH == BOTH && permitted()
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
                // SAFETY: `available` said that there are tiles before this could be called; 64 bytes are read.
                unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const *(&Shapes::new(above, below)), options(nostack, readonly)) };
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
        // SAFETY: as above; gives the tiles back, so that a switch of threads need not save them.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
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
