//! What each step of a layer takes on one core, and the share of the processor's 8-bit peak that the products reach.
//!
//!     cargo run --release -p kernels --example parts

use std::time::Instant;

use kernels::{Attention, Isa, Lane, Norm, Packed, Quantized, Then, attend, multiply, normalize, peak, quantize, tile_peak};

fn main() {
    for isa in Isa::available() {
        let most = (0..30).map(|_| rate(|| peak(isa, 200_000))).fold(0.0, f64::max);
        println!("\n{}: {:.0} G 8-bit multiply-adds/s at most", isa.name(), most / 1e9);
        if tile_peak(isa, 1).is_some() {
            let most = (0..30).map(|_| rate(|| tile_peak(isa, 50_000).unwrap_or_default())).fold(0.0, f64::max);
            println!("  on tiles {:.0} G", most / 1e9);
        }
        for rows in [32, 128, 512] {
            layer(isa, rows, most);
        }
        println!();
        for rows in [32, 128, 512] {
            products(isa, rows, most);
        }
    }
}

/// Inputs, columns and what follows, of the products of a layer.
const PRODUCTS: [(&str, usize, usize, Then); 4] = [
    ("query, key, value", 384, 1152, Then::Store),
    ("attended", 384, 384, Then::Add),
    ("up, GELU", 384, 1536, Then::Gelu),
    ("down", 1536, 384, Then::Add),
];

fn packed(inputs: usize, columns: usize) -> Option<Packed> {
    let weights: Vec<f32> = (0..inputs * columns).map(|i| ((i * 7919 % 1000) as f32 - 500.0) / 5000.0).collect();
    Packed::new(&weights, &vec![0.1; columns], inputs)
}

fn rows_of(isa: Isa, rows: usize, inputs: usize) -> Quantized {
    let mut narrow = Quantized::default();
    narrow.resize(rows, inputs);
    quantize(isa, &vec![Lane([0.5; 16]); rows * inputs / 16], inputs / 16, &mut narrow);
    narrow
}

/// The products of all six layers, whose weights do not fit the nearer caches together.
fn products(isa: Isa, rows: usize, most: f64) {
    let layers: Vec<_> = (0..6).flat_map(|_| PRODUCTS).filter_map(|(_, i, c, then)| Some((packed(i, c)?, i, then))).collect();
    let (few, many) = (rows_of(isa, rows, 384), rows_of(isa, rows, 1536));
    let mut out = vec![Lane::default(); rows * 96];
    let took = least(|| {
        for (weights, inputs, then) in &layers {
            let from = if *inputs == 384 { &few } else { &many };
            multiply(isa, from, 0..rows, weights, *then, &mut out[..rows * weights.columns() / 16]);
        }
    });
    let macs: usize = layers.iter().map(|(weights, inputs, _)| rows * inputs * weights.columns()).sum();
    println!("  {rows:>4} rows, products of six layers {:.2} ms  {:.0} % of peak", took / 1e3, 100.0 * macs as f64 / (took / 1e6) / most);
}

/// The steps of one layer of the encoder for so many tokens.
fn layer(isa: Isa, rows: usize, most: f64) {
    let mut total = 0.0;
    for (name, inputs, columns, then) in PRODUCTS {
        let Some(packed) = packed(inputs, columns) else { return };
        let narrow = rows_of(isa, rows, inputs);
        let mut out = vec![Lane::default(); rows * columns / 16];
        let took = least(|| multiply(isa, &narrow, 0..rows, &packed, then, &mut out));
        let share = (rows * inputs * columns) as f64 / (took / 1e6) / most;
        println!("  {rows:>4} rows {name:<18} {took:>8.1} us  {:>3.0} % of peak", 100.0 * share);
        total += took;
    }
    let mut narrow = Quantized::default();
    narrow.resize(rows, 384);
    let shape = Attention { heads: 12, width: 2 };
    let qkv: Vec<Lane> = (0..3 * rows * 24).map(|i| Lane([(i % 17) as f32 / 17.0; 16])).collect();
    let qkv: Vec<&[Lane]> = qkv.chunks_exact(3 * 24).collect();
    let (mut mixed, mut scratch) = (vec![Lane::default(); rows * 24], Vec::new());
    let norm = Norm { scale: vec![Lane([1.0; 16]); 24], shift: vec![Lane::default(); 24], even: vec![Lane([1.0; 16]); 24], epsilon: 1e-12 };
    let steps: [(&str, f64); 3] = [
        ("attention", least(|| attend(isa, shape, &qkv, 0..rows, &mut mixed, &mut scratch))),
        ("norm, quantize", least(|| normalize(isa, &mut mixed.clone(), &norm, &mut narrow, 0))),
        ("quantize", least(|| quantize(isa, &mixed, 24, &mut narrow))),
    ];
    for (name, took) in steps {
        println!("  {rows:>4} rows {name:<18} {took:>8.1} us");
        total += took;
    }
    println!("  {rows:>4} rows in all {total:.0} us, six layers {:.2} ms", total * 6.0 / 1e3);
}

fn rate(work: impl Fn() -> usize) -> f64 {
    let start = Instant::now();
    let done = work();
    done as f64 / start.elapsed().as_secs_f64()
}

/// Microseconds, the least of many tries.
fn least(mut work: impl FnMut()) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..60 {
        let start = Instant::now();
        work();
        least = least.min(start.elapsed().as_secs_f64() * 1e6);
    }
    least
}
