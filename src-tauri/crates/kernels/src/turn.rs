//! Before numbers become 8 bits, those that share a scale are mixed with each other, so that a large one makes the steps of all a little
//! coarser instead of those of its neighbours much coarser. What they are multiplied with is mixed in the same way, so the products stay
//! what they are (rotations before quantization: Ashkboos et al. 2024, arXiv:2404.00456).

use crate::gemm::SPAN;
use crate::simd::Simd;

/// Lanes that share a scale.
pub(crate) const TURNED: usize = 4 * SPAN;

/// What two turns, one after the other, multiply by.
pub(crate) const TWICE: f32 = 4.0;

/// Mixes lanes by a Hadamard matrix of order 4 times a reflection of order 3, which is symmetric. The order of lanes is that of `models/
/// training/cordon_training/grid.py`.
#[inline(always)]
pub(crate) fn turn<S: Simd>(s: S, lanes: &mut [S::F; TURNED]) {
    for n in 0..3 {
        let (a, b, c, d) = (lanes[n], lanes[n + 3], lanes[n + 6], lanes[n + 9]);
        let (e, f, g, h) = (s.add(a, b), s.sub(a, b), s.add(c, d), s.sub(c, d));
        (lanes[n], lanes[n + 3], lanes[n + 6], lanes[n + 9]) = (s.add(e, g), s.add(f, h), s.sub(e, g), s.sub(f, h));
    }
    let share = s.splat(2.0 / 3.0);
    for three in lanes.as_chunks_mut::<3>().0 {
        let part = s.mul(s.add(three[0], s.add(three[1], three[2])), share);
        for lane in three {
            *lane = s.sub(*lane, part);
        }
    }
}
