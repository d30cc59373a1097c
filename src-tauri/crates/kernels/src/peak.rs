//! How fast this processor multiplies bytes when nothing else is in the way.

use std::hint::black_box;

use crate::Isa;
use crate::simd::{Blocks, Line, Simd, Work};

/// Does `rounds` times the inner step of a product on vectors, almost from registers alone; gives the number of multiply-adds.
pub fn peak(isa: Isa, rounds: usize) -> usize {
    let mut done = 0;
    isa.run(Peak { rounds, done: &mut done });
    done
}

/// The same on tiles, where the processor has them.
pub fn tile_peak(isa: Isa, rounds: usize) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if isa.has_tiles() {
        return Some(crate::amx::peak(rounds));
    }
    let _ = (isa, rounds);
    None
}

struct Peak<'a> {
    rounds: usize,
    done: &'a mut usize,
}

impl Work for Peak<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        s.products(self);
    }
}

impl Blocks for Peak<'_> {
    #[inline(always)]
    fn run<S: Simd, const R: usize, const P: usize>(self, s: S) {
        let line = Line([[1; 4]; 16]);
        let activations = s.activations(black_box([1; 4]));
        let mut sums = [[s.ints(&black_box([0; 16])); P]; R];
        for _ in 0..self.rounds {
            // Loaded again each time, or the compiler would multiply once.
            let weights = s.weights(black_box(&line));
            for row in &mut sums {
                for sum in row {
                    *sum = s.dot(*sum, activations, weights);
                }
            }
        }
        black_box(sums);
        *self.done = self.rounds * R * P * 64;
    }
}
