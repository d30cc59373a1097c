//! How fast the real window is, and how much memory the app holds: printed by `cargo xtask bench`, never asserted.

mod drop;
#[expect(dead_code, reason = "the tests do more with a window")]
mod window;

use std::time::{Duration, Instant};

use drop::drop_files;
use fantoccini::Locator;
use window::{AppWindow, Outcome};

const RUNS: usize = 7;
const PASSPHRASE: &str = "correct horse battery";

/// A page of some 500 words.
fn page() -> String {
    let sentence = |n: usize| {
        format!(
            "On 03/{:02}/2024 Mrs. Delgado-Quinn (MRN 4471{:04}) came with her daughter Elena for a follow-up of type 2 diabetes; she \
             measures her sugar every morning and takes metformin 1000 mg twice daily. Dr. Okafor increased lisinopril and asked \
             her to call (218) 555-01{:02} if she feels dizzy.\n",
            n % 28 + 1,
            n * 37 % 10_000,
            n % 100
        )
    };
    (0..12).map(sentence).collect()
}

#[tokio::main]
async fn main() -> Outcome<()> {
    // `cargo test --benches` only wants to know that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let (mut started, mut shown, mut calls, mut memory) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let run = once().await?;
        started.push(run.started);
        shown.push(run.shown);
        calls.push(run.call);
        memory.push(run.resident_kib);
    }
    memory.sort_unstable();
    calls.sort_unstable();
    let call = calls.get(RUNS / 2).map_or(0.0, |d| d.as_secs_f64() * 1000.0);
    println!(
        "\nthe real window under WebKitWebDriver, {RUNS} runs; each figure holds up to 15 ms of waiting and a call of the driver, of {call:.0} ms"
    );
    line("start to a window that takes records", &mut started, 1500);
    line("a dropped page of 500 words to its highlights", &mut shown, 300);
    println!("{:<58} {:>7} MiB (bound 400)", "resident memory of the app's Rust process, most", memory.last().unwrap_or(&0) / 1024);
    Ok(())
}

struct Run {
    started: Duration,
    /// From a drop to its highlights.
    shown: Duration,
    /// One question to the driver about an element that is there.
    call: Duration,
    /// Of the app's Rust process.
    resident_kib: u64,
}

async fn once() -> Outcome<Run> {
    let start = Instant::now();
    let window = AppWindow::start(Some(PASSPHRASE)).await?;
    until(&window, "[data-testid=drop-zone]").await?;
    let started = start.elapsed();
    let file = window.home.path().join("page.txt");
    std::fs::write(&file, page())?;
    // The drop itself moves a pointer; what counts begins when the app took the file.
    tokio::task::spawn_blocking(move || drop_files(&[&file]).map_err(|e| e.to_string())).await??;
    let dropped = Instant::now();
    until(&window, "[data-testid=detection]").await?;
    let shown = dropped.elapsed();
    let asked = Instant::now();
    for _ in 0..10 {
        until(&window, "[data-testid=detection]").await?;
    }
    let call = asked.elapsed() / 10;
    let process = window.processes().into_iter().next().ok_or("the app runs")?;
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let resident = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).and_then(|l| l.split_whitespace().next()?.parse().ok());
    window.close().await?;
    Ok(Run { started, shown, call, resident_kib: resident.ok_or("the system tells the memory")? })
}

/// Asks every 15 ms until the element is there: more often, asking would take the cores from what is measured.
async fn until(window: &AppWindow, css: &str) -> Outcome<()> {
    let begun = Instant::now();
    while window.client.find(Locator::Css(css)).await.is_err() {
        if begun.elapsed() > Duration::from_secs(30) {
            return Err(format!("{css} did not come").into());
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    Ok(())
}

fn line(what: &str, runs: &mut [Duration], bound_ms: u32) {
    runs.sort_unstable();
    let ms = |at: usize| runs.get(at).map_or(0.0, |d| d.as_secs_f64() * 1000.0);
    let (median, best) = (ms(runs.len() / 2), ms(0));
    println!("{what:<58} {median:>7.0} ms {best:>7.0} ms   {:.2} of the bound of {bound_ms} ms", median / f64::from(bound_ms));
}
