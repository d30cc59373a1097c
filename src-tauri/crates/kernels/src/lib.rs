//! What the encoder computes on a processor: products of 8-bit integers and the steps between them, written once over vectors of
//! 16 numbers (`simd`) and compiled for each instruction set. Slices go in and come out; the only unsafe code is in the files
//! that name instructions (`x86`, `amx`, `arm`).

mod attention;
mod gemm;
mod peak;
mod rows;
mod simd;
mod turn;

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "aarch64")]
mod arm;
#[cfg(target_arch = "x86_64")]
mod bfloat;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
mod tests;

pub use attention::{Attention, attend};
pub use gemm::{Packed, Then, multiply, multiply_gelu};
pub use peak::{peak, tile_peak};
pub use rows::{Norm, Quantized, normalize, quantize, sum_halves};
pub use simd::{Lane, lanes};

use simd::{Portable, Work};

/// An instruction set that this processor has. There is no other way to get one than to ask the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX-512, and attention in bfloat16.
    #[cfg(target_arch = "x86_64")]
    Avx512Bfloat,
    /// AVX-512, and products and attention on tiles.
    #[cfg(target_arch = "x86_64")]
    Amx,
    #[cfg(target_arch = "aarch64")]
    Dotprod,
    #[cfg(target_arch = "aarch64")]
    I8mm,
}

impl Isa {
    /// All that this processor has, the best one last.
    pub fn available() -> Vec<Isa> {
        let mut found = vec![Isa(Kind::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") && has!("f16c") {
                found.push(Isa(Kind::Avx2));
                if has!("avxvnni") {
                    found.push(Isa(Kind::AvxVnni));
                }
            }
            if has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512dq") && has!("avx512vnni") && has!("fma") {
                found.push(Isa(Kind::Avx512));
                if has!("avx512bf16") {
                    found.push(Isa(Kind::Avx512Bfloat));
                }
                if amx::available() {
                    found.push(Isa(Kind::Amx));
                }
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("dotprod") {
            found.push(Isa(Kind::Dotprod));
            if std::arch::is_aarch64_feature_detected!("i8mm") {
                found.push(Isa(Kind::I8mm));
            }
        }
        found
    }

    /// The best one of this processor.
    pub fn best() -> Isa {
        Isa::available().pop().unwrap_or(Isa(Kind::Portable))
    }

    /// Its name, such as `avx512-vnni`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::AvxVnni => "avx-vnni",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512-vnni",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Bfloat => "avx512-bf16",
            #[cfg(target_arch = "x86_64")]
            Kind::Amx => "amx-int8",
            #[cfg(target_arch = "aarch64")]
            Kind::Dotprod => "neon-dotprod",
            #[cfg(target_arch = "aarch64")]
            Kind::I8mm => "neon-i8mm",
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn has_tiles(self) -> bool {
        self.0 == Kind::Amx
    }

    #[cfg(target_arch = "x86_64")]
    fn has_bfloat(self) -> bool {
        matches!(self.0, Kind::Avx512Bfloat | Kind::Amx)
    }

    fn run<W: Work>(self, work: W) -> W::Out {
        match self.0 {
            Kind::Portable => work.run(Portable),
            // SAFETY: `available` makes this value only where the processor said that it has the instructions.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { x86::avx2(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::AvxVnni => unsafe { x86::avx_vnni(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 | Kind::Amx => unsafe { x86::avx512(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Bfloat => unsafe { x86::avx512_bfloat(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Kind::Dotprod => unsafe { arm::dotprod(work) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Kind::I8mm => unsafe { arm::i8mm(work) },
        }
    }
}
