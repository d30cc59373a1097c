//! What the device that the product chooses here does: its name, whether its halves say what integers say on the processor, how long
//! a page and a prompt take, and how many pages a second it reads for one caller and for many.
//!
//!     cargo run --release -p inference --features cuda --example device

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use deid::{Cancel, Encoder};
use inference::{Arithmetic, LocalEncoder, Settings};

type Failed = Box<dyn std::error::Error + Send + Sync>;

const RECORDS: &str = include_str!("../src/encoder/records.txt");
/// Pages read for each number of callers.
const PAGES: usize = 2000;

fn main() -> Result<(), Failed> {
    let models =
        std::env::var_os("CORDON_MODELS").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models"), Into::into);
    let load = |arithmetic| LocalEncoder::load_with(&models, "cordon-base", Settings { arithmetic, ..Settings::default() });
    let start = Instant::now();
    let chosen = load(None)?;
    println!("device: {}, loaded in {:.0} ms", chosen.device(), millis(start));
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let integers = load(Some(Arithmetic::Int8))?;
    // Without a spare: what fails there is said.
    let engines = [("chosen", &chosen), ("halves", &load(Some(Arithmetic::F16))?), ("floats", &load(Some(Arithmetic::F32))?)];
    for (name, engine) in engines {
        let (mut same, mut all, mut class) = (0, 0, 0);
        let records: Vec<&str> = RECORDS.split("----\n").collect();
        for record in &records {
            let (a, b) = (engine.read(record, &Cancel::default())?, integers.read(record, &Cancel::default())?);
            let spans: Vec<_> = b.detections.iter().map(|d| (d.span, d.entity)).collect();
            all += spans.len();
            same += a.detections.iter().filter(|d| spans.contains(&(d.span, d.entity))).count();
            class += usize::from(a.class.class == b.class.class);
        }
        println!("{name}, on {}: {same} of {all} detections and {class} of {} classes as in integers", engine.device(), records.len());
    }
    let words: Vec<&str> = RECORDS.split_whitespace().collect();
    let page = |n: usize| words.iter().cycle().skip(n * 37 % words.len()).take(500).copied().collect::<Vec<_>>().join(" ");
    let pages: Vec<String> = (0..PAGES).map(page).collect();
    let prompt: String = words.iter().take(80).copied().collect::<Vec<_>>().join(" ");
    for (name, engine) in [("chosen", &chosen), ("integers on the processor", &integers)] {
        let mut took = Vec::new();
        let mut took_prompt = Vec::new();
        for page in pages.iter().take(60) {
            let start = Instant::now();
            engine.read(page, &Cancel::default())?;
            took.push(millis(start));
            let start = Instant::now();
            engine.read(&prompt, &Cancel::default())?;
            took_prompt.push(millis(start));
        }
        took.sort_by(f64::total_cmp);
        took_prompt.sort_by(f64::total_cmp);
        let at = |took: &[f64], share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or_default();
        println!(
            "{name}: page p50 {:.1} ms, p95 {:.1}; prompt of 80 words p50 {:.1}, p95 {:.1}",
            at(&took, 0.5),
            at(&took, 0.95),
            at(&took_prompt, 0.5),
            at(&took_prompt, 0.95)
        );
        for callers in [1, 4, cores, 4 * cores] {
            let (next, start) = (AtomicUsize::new(0), Instant::now());
            std::thread::scope(|scope| {
                let read = || -> Result<(), Failed> {
                    while let Some(page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                        engine.read(page, &Cancel::default())?;
                        // The processor is asked for a time that is enough to see its rate.
                        if start.elapsed().as_secs() > 4 {
                            break;
                        }
                    }
                    Ok(())
                };
                let threads: Vec<_> = (0..callers).map(|_| scope.spawn(read)).collect();
                threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a caller panicked".into())))
            })?;
            let done = next.load(Ordering::Relaxed).min(pages.len());
            println!("{name}: {callers} callers: {:.0} pages/s", done as f64 / start.elapsed().as_secs_f64());
        }
    }
    println!("device at the end: {}", chosen.device());
    Ok(())
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
