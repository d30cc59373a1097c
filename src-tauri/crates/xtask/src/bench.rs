//! Speed and memory of the built product, as a person or a program meets it; printed, never asserted.
//!
//! Baselines, in the same run: the rules alone (no model) for detection, and a bare start of the program for start-up.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Outcome, cargo, on_a_screen, root, setup, step};

/// Builds for release and prints.
pub fn bench() -> Outcome {
    setup::system(setup::TEST)?;
    setup::ui()?;
    step(cargo("build").args(["--release", "--package", "cli"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let cordon = target.join("release/cordon");
    let folder = std::env::temp_dir().join(format!("cordon-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let outcome = measure(&cordon, &folder);
    std::fs::remove_dir_all(&folder).map_err(|e| e.to_string())?;
    outcome?;
    // The encoder against stock candle; against ONNX Runtime and PyTorch too where CORDON_PEERS names a Python that has them.
    step(cargo("run").args(["--release", "--package", "inference", "--features", "bench", "--example", "bench"]))?;
    step(on_a_screen(&["cargo", "bench", "--bench", "window", "--features", "cordon-desktop/custom-protocol"]))
}

fn measure(cordon: &Path, folder: &Path) -> Outcome {
    println!("\n{} on {} cores", machine(), std::thread::available_parallelism().map_or(1, |n| n.get()));
    let page = page();
    let note = folder.join("page.txt");
    std::fs::write(&note, &page).map_err(|e| e.to_string())?;
    println!("one page: {} words, {} bytes\n", page.split_whitespace().count(), page.len());
    println!("{:<58} {:>10} {:>10} {:>9} {:>9}", "", "median", "best", "ratio", "memory");

    let bare = runs(9, || run(cordon, &["--version"], None, &[]))?;
    line("start of the program (baseline 1.0)", &bare, &bare);
    let note = note.display().to_string();
    let rules = runs(5, || run(cordon, &["detect", &note, "--json"], None, &[("CORDON_MODELS", "/nonexistent")]))?;
    line("a page, file to findings, rules alone, with start", &rules, &bare);
    let model = runs(5, || run(cordon, &["detect", &note, "--json"], None, &[]))?;
    line("a page, file to findings, rules and model, with start", &model, &bare);

    for (count, name) in [(1_000, "1,000"), (10_000, "10,000")] {
        let lines = lines(count);
        let rules = runs(1, || run(cordon, &["detect", "--jsonl"], Some(&lines), &[("CORDON_MODELS", "/nonexistent")]))?;
        line(&format!("{name} short lines through --jsonl, rules alone"), &rules, &rules);
        let model = runs(1, || run(cordon, &["detect", "--jsonl"], Some(&lines), &[]))?;
        line(&format!("{name} short lines through --jsonl, rules and model"), &model, &rules);
        let seconds = median(&model).as_secs_f64();
        let words = lines.split(|b| b.is_ascii_whitespace()).count();
        println!(
            "    {:.0} lines/s, {:.0} words/s, {:.2} MB/s",
            count as f64 / seconds,
            words as f64 / seconds,
            lines.len() as f64 / seconds / 1e6
        );
    }
    println!("\nmemory is the largest resident set; constant memory shows as the same figure for 1,000 and 10,000 lines");
    Ok(())
}

struct Run {
    took: Duration,
    memory_kib: u64,
}

fn runs(times: usize, mut once: impl FnMut() -> Result<Run, String>) -> Result<Vec<Run>, String> {
    let mut runs = (0..times).map(|_| once()).collect::<Result<Vec<_>, _>>()?;
    runs.sort_by_key(|r| r.took);
    Ok(runs)
}

fn median(runs: &[Run]) -> Duration {
    runs.get(runs.len() / 2).map_or(Duration::ZERO, |r| r.took)
}

fn line(what: &str, runs: &[Run], baseline: &[Run]) {
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    let best = runs.first().map_or(Duration::ZERO, |r| r.took);
    let memory = runs.iter().map(|r| r.memory_kib).max().unwrap_or(0);
    let ratio = ms(median(runs)) / ms(median(baseline)).max(0.001);
    println!("{what:<58} {:>7.1} ms {:>7.1} ms {ratio:>7.2} x {:>6} MiB", ms(median(runs)), ms(best), memory / 1024);
}

/// Runs the program to its end, and watches how much memory it held.
fn run(program: &Path, arguments: &[&str], input: Option<&[u8]>, environment: &[(&str, &str)]) -> Result<Run, String> {
    let mut command = Command::new(program);
    command.args(arguments).envs(environment.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    let stdin = child.stdin.take();
    let input = input.map(<[u8]>::to_vec).unwrap_or_default();
    let feeder = std::thread::spawn(move || {
        // A program that does not read its input closes it early.
        if let Some(mut stdin) = stdin {
            drop(stdin.write_all(&input));
        }
    });
    let mut memory_kib = 0;
    loop {
        memory_kib = memory_kib.max(peak(child.id()));
        if child.try_wait().map_err(|e| e.to_string())?.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = start.elapsed();
    drop(feeder.join());
    Ok(Run { took, memory_kib })
}

/// The largest resident set so far, KiB; 0 where the system does not tell.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpus.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or("a processor");
    name.trim_start_matches([' ', '\t', ':']).to_owned()
}

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

fn lines(count: usize) -> Vec<u8> {
    let line = |n: usize| {
        format!(
            "{{\"id\":{n},\"text\":\"Patient Maria Delgado-Quinn, MRN 4471{:04}, was seen on 3/{}/24. Please summarise her metformin dose.\"}}\n",
            n % 10_000,
            n % 28 + 1
        )
    };
    (0..count).flat_map(|n| line(n).into_bytes()).collect()
}
