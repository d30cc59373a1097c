//! How fast the encoder is here, against candle's own BERT on the same weights and against what the processor could do at most.
//! Everything is measured in one run, turn by turn, because other programs share the cores: of each engine the median and the least.
//!
//!     cargo run --release -p inference --features bench --example bench
//!
//! With CORDON_PEERS naming a Python that has torch, onnx, onnxruntime and safetensors, ONNX Runtime and PyTorch take their
//! turns too (`peers.py`).

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use deid::{Cancel, Encoder, Pipeline, RecognizeError};
use inference::{Arithmetic, LocalEncoder, Settings};
use kernels::Isa;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Words that are one piece each.
const WORDS: &[&str] = &[
    "the", "patient", "was", "seen", "in", "clinic", "for", "pain", "and", "rest", "with", "blood", "pressure", "normal", "heart", "bank",
    "account", "payment", "due", "march", "home", "left", "right", "doctor", "nurse", "water", "letter", "report", "old", "man",
];

fn main() -> Result<(), Failed> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models");
    // First, so that the memory it reports is that of the product's way alone.
    page(&models)?;
    let macs = macs(&models)?;
    let (vectors, tiles) = peaks();
    println!(
        "\n{} on {} cores; most that one core multiplies on vectors: {:.0} G 8-bit multiply-adds/s",
        Isa::best().name(),
        cores(),
        vectors / 1e9
    );
    if let Some(tiles) = tiles {
        println!("and on tiles: {:.0} G", tiles / 1e9);
    }
    let mut peers = Peers::start()?;
    println!("\nmilliseconds, median (least); in brackets the ratio of its median to ours in int8");
    let names = ["int8", "f32", "stock candle", "ONNX int8", "ONNX f32", "PyTorch f32"];
    let names = if peers.is_some() { &names[..] } else { &names[..3] };
    println!(
        "{:<24}{}{:>11}{:>11}",
        "tokens x windows, cores",
        names.iter().map(|n| format!("{n:>22}")).collect::<String>(),
        "of vectors",
        "of tiles"
    );
    for threads in [1, 2] {
        for (length, size) in [(128, 1), (128, 8), (512, 1), (512, 4)] {
            let texts: Vec<String> = (0..size).map(|n| words(length - 2, n)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let load = |arithmetic| {
                let settings = Settings { arithmetic: Some(arithmetic), threads: Some(threads), window: Some(length) };
                LocalEncoder::load_with(&models, "cordon-base", settings)
            };
            let (int8, f32) = (load(Arithmetic::Int8)?, load(Arithmetic::F32)?);
            let stock = Stock::load(&models, threads, length, size)?;
            let mut times = vec![Vec::new(); names.len()];
            for _ in 0..rounds() {
                let mut took = vec![
                    in_turn(|| int8.embed(&texts).map(drop).map_err(Failed::from))?,
                    in_turn(|| f32.embed(&texts).map(drop).map_err(Failed::from))?,
                    in_turn(|| stock.forward())?,
                ];
                if let Some(peers) = &mut peers {
                    took.extend(peers.ask(length, size, threads)?);
                }
                times.iter_mut().zip(took).for_each(|(all, one)| all.push(one));
            }
            let times: Vec<(f64, f64)> = times.into_iter().map(|mut t| (median(&mut t), t.first().copied().unwrap_or_default())).collect();
            let (ours, least) = times.first().copied().unwrap_or_default();
            let shown = times.iter().map(|(m, l)| format!("{:>22}", format!("{m:.1} ({l:.1}) [{:.1}]", m / ours)));
            let share = |peak: f64| 100.0 * macs * (length * size) as f64 / (least / 1e3) / (peak * threads as f64);
            let tiles = tiles.map_or_else(String::new, |tiles| format!("{:.0}%", share(tiles)));
            let shape = format!("{length} x {size}, {threads}");
            println!("{shape:<24}{}{:>10.0}%{tiles:>11}", shown.collect::<String>(), share(vectors));
        }
    }
    Ok(())
}

/// Engines that live in Python, asked over a pipe.
struct Peers {
    ask: ChildStdin,
    hear: Lines<BufReader<ChildStdout>>,
}

impl Peers {
    fn start() -> Result<Option<Peers>, Failed> {
        let Some(python) = std::env::var_os("CORDON_PEERS") else { return Ok(None) };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/peers.py");
        let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (Some(ask), Some(hear)) = (child.stdin.take(), child.stdout.take()) else { return Err("no pipe".into()) };
        let mut peers = Peers { ask, hear: BufReader::new(hear).lines() };
        println!("beside {}", peers.line()?);
        Ok(Some(peers))
    }

    fn line(&mut self) -> Result<String, Failed> {
        Ok(self.hear.next().ok_or("the Python engines ended; is everything installed that peers.py names?")??)
    }

    fn ask(&mut self, length: usize, size: usize, threads: usize) -> Result<Vec<f64>, Failed> {
        writeln!(self.ask, "{length} {size} {threads}")?;
        Ok(self.line()?.split_whitespace().map(str::parse).collect::<Result<_, _>>()?)
    }
}

/// A page from text to tags, class and embedding (one pass of the encoder gives all three), as the product does it.
fn page(models: &Path) -> Result<(), Failed> {
    let start = Instant::now();
    let encoder = Arc::new(LocalEncoder::load(models, "cordon-base")?);
    let loaded = start.elapsed();
    encoder.read("Maria Lopez", &Cancel::default())?;
    println!("loaded in {:.0} ms, first result after {:.0} ms", millis(loaded), millis(start.elapsed()));
    let records = include_str!("../src/encoder/records.txt");
    // Records are dense: 500 of their words are 1,025 tokens.
    let first = |words: usize| records.split_whitespace().take(words).collect::<Vec<_>>().join(" ");
    let (dense, page) = (first(500), first(342));
    let prompt = words(126, 3);
    for (name, text) in [("500 words of dense records", &dense), ("a page of 700 tokens", &page), ("a prompt of 128 tokens", &prompt)] {
        let mut times = Vec::new();
        for _ in 0..200 {
            times.push(timed(|| encoder.read(text, &Cancel::default()).map(drop).map_err(Failed::from))?);
        }
        let p50 = median(&mut times);
        let p95 = times.get(times.len() * 95 / 100).copied().unwrap_or_default();
        println!(
            "{name}: p50 {p50:.1} ms, p95 {p95:.1} ms, least {:.1} ms, of {}",
            times.first().copied().unwrap_or_default(),
            times.len()
        );
    }
    memory("so far");
    whole(encoder, &page)?;
    memory("with these texts");
    Ok(())
}

fn memory(when: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("memory at most {}, {when}", line.split_whitespace().skip(1).collect::<Vec<_>>().join(" "));
    }
}

/// The whole way by stage, a hundred pages, and texts that nobody writes: their time against that of a page of as many bytes.
fn whole(encoder: Arc<LocalEncoder>, page: &str) -> Result<(), Failed> {
    let cancel = Cancel::default();
    let rules = Pipeline::new(Err(RecognizeError::Model("not asked".into())));
    let both = Pipeline::new(Ok(encoder.clone() as Arc<dyn Encoder>));
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..50 {
        let [model, alone, all] = &mut times;
        model.push(timed(|| encoder.read(page, &cancel).map(drop).map_err(Failed::from))?);
        alone.push(timed(|| Ok(drop(rules.analyse(page, &[], &[], &cancel))))?);
        all.push(timed(|| Ok(drop(both.analyse(page, &[], &[], &cancel))))?);
    }
    let [model, alone, all] = times.each_mut().map(|times| median(times));
    println!(
        "a page, text to detections: {all:.1} ms; the model alone {model:.1}, the rules alone {alone:.1} ({:.0} % of it)",
        100.0 * alone / model
    );

    let words: Vec<&str> = page.split_whitespace().collect();
    // 500 words of a usual page are some 700 tokens; of these dense records 342 words are as many.
    for count in [342, 500] {
        let pages: Vec<String> = (0..100)
            .map(|n| words.iter().cycle().skip(n * 7).take(count).copied().collect::<Vec<_>>().join(if n % 2 == 0 { " " } else { "\n" }))
            .collect();
        let hundred = timed(|| Ok(pages.iter().for_each(|page| drop(both.analyse(page, &[], &[], &cancel)))))?;
        println!("100 pages of {count} dense words, {} tokens: {:.2} s", 700 * count / 342, hundred / 1e3);
    }
    let per_byte = all / page.len() as f64;
    for (name, text) in [
        ("one line of 10 MB", words.join(" ").repeat(10_000_000 / page.len())),
        ("1,000,000 pieces without a blank", "xq".repeat(1_000_000)),
        ("control characters, 1 MB", "\u{1}\u{7f}".repeat(500_000)),
        ("mixed scripts, 1 MB", "аб漢ع".repeat(120_000)),
    ] {
        let took = timed(|| Ok(drop(both.analyse(&text, &[], &[], &cancel))))?;
        println!("{name}: {:.1} s, {:.2} of a page's time for as many bytes", took / 1e3, took / (per_byte * text.len() as f64));
    }
    Ok(())
}

/// candle_transformers' BERT without heads, in a pool of as many threads.
struct Stock {
    model: BertModel,
    ids: Tensor,
    kinds: Tensor,
    threads: rayon::ThreadPool,
}

impl Stock {
    fn load(models: &Path, threads: usize, length: usize, size: usize) -> Result<Stock, Failed> {
        let folder = models.join("cordon-base");
        let tensors = inference::tensors(&std::fs::read(folder.join("model.safetensors"))?)?;
        let mut config: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&std::fs::read(folder.join("config.json"))?)?;
        for (name, value) in [("type_vocab_size", 2.into()), ("pad_token_id", 0.into()), ("hidden_act", "gelu".into())] {
            config.insert(name.to_owned(), value);
        }
        for (name, value) in
            [("hidden_dropout_prob", 0.0.into()), ("initializer_range", 0.02.into()), ("position_embedding_type", "absolute".into())]
        {
            config.insert(name.to_owned(), value);
        }
        let config: Config = serde_json::from_value(config.into())?;
        let ids: Vec<u32> = (0..length * size).map(|i| 2000 + (i * 7919 % 20_000) as u32).collect();
        let ids = Tensor::from_vec(ids, (size, length), &Device::Cpu)?;
        Ok(Stock {
            model: BertModel::load(VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu), &config)?,
            kinds: ids.zeros_like()?,
            ids,
            threads: rayon::ThreadPoolBuilder::new().num_threads(threads).build()?,
        })
    }

    fn forward(&self) -> Result<(), Failed> {
        Ok(self.threads.install(|| self.model.forward(&self.ids, &self.kinds, None)).map(drop)?)
    }
}

/// 8-bit multiply-adds of the products for one token.
fn macs(models: &Path) -> Result<f64, Failed> {
    let config: serde_json::Value = serde_json::from_slice(&std::fs::read(PathBuf::from(models).join("cordon-base/config.json"))?)?;
    let number = |name: &str| config.get(name).and_then(serde_json::Value::as_f64).unwrap_or(0.0);
    let hidden = number("hidden_size");
    Ok(number("num_hidden_layers") * (4.0 * hidden * hidden + 2.0 * hidden * number("intermediate_size")))
}

fn peaks() -> (f64, Option<f64>) {
    let most = |work: &dyn Fn() -> usize| {
        let rate = |_| {
            let start = Instant::now();
            work() as f64 / start.elapsed().as_secs_f64()
        };
        (0..30).map(rate).fold(0.0, f64::max)
    };
    let best = Isa::best();
    let tiles = kernels::tile_peak(best, 1).map(|_| most(&|| kernels::tile_peak(best, 50_000).unwrap_or_default()));
    (most(&|| kernels::peak(best, 200_000)), tiles)
}

fn words(count: usize, seed: usize) -> String {
    let pick = |i: usize| WORDS.get((i * 31 + seed * 17 + i * i * 7) % WORDS.len()).copied().unwrap_or("the");
    (0..count).map(pick).collect::<Vec<_>>().join(" ")
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get())
}

fn rounds() -> usize {
    std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(15)
}

/// As `timed`, once the threads of the engine before no longer spin: they would hold a core.
fn in_turn(work: impl FnOnce() -> Result<(), Failed>) -> Result<f64, Failed> {
    std::thread::sleep(Duration::from_millis(20));
    timed(work)
}

fn timed(work: impl FnOnce() -> Result<(), Failed>) -> Result<f64, Failed> {
    let start = Instant::now();
    work()?;
    Ok(millis(start.elapsed()))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Sorts, and gives the middle.
fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
