//! `cordon detect`, `classify`.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use serde_json::json;
use workflow::{Analysis, Engine, Error, Options, Phi, Record, Unit};

use crate::arguments::{Classify, Detect, Offsets};
use crate::{End, input};

pub async fn detect(options: Options, args: Detect) -> Result<End, Error> {
    let unit = match args.offsets {
        Offsets::Chars => Unit::Chars,
        Offsets::Bytes => Unit::Bytes,
        Offsets::Utf16 => Unit::Utf16,
    };
    let engine = Engine::open(&options)?;
    warn(&engine);
    if args.jsonl {
        return lines(engine, args.files, unit);
    }
    let passwords = input::passwords(&args.locked, &args.files)?;
    let mut end = Ending::default();
    let mut examined = pin!(in_order(args.files, async |file| examined(&engine, file, &passwords).await));
    while let Some((file, done)) = examined.next().await {
        let Some((record, analysis)) = end.of(&file, done) else { continue };
        end.incomplete |= analysis.incomplete.is_some();
        let text = record.text.expose();
        let found = workflow::jsonl::detected(text, &analysis, unit);
        if args.json {
            let class = workflow::jsonl::class(&analysis);
            println!(
                "{}",
                json!({ "id": input::name(&file), "class": class, "detections": found, "incomplete": analysis.incomplete.map(|e| e.to_string()) })
            );
        } else {
            println!("{}", input::name(&file));
            for (one, d) in found.iter().zip(&analysis.detections) {
                println!(
                    "  {:>6}..{:<6} {:<22} {:>5.1} %  {:<24} {}",
                    one.start,
                    one.end,
                    one.label,
                    one.confidence * 100.0,
                    one.source,
                    one_line(d.span.of(text))
                );
            }
        }
    }
    Ok(end.end())
}

fn lines(engine: Engine, files: Vec<PathBuf>, unit: Unit) -> Result<End, Error> {
    let mut end = Ending::default();
    for file in input::or_stdin(files) {
        let output = std::io::BufWriter::new(std::io::stdout().lock());
        let tally = if input::is_stdin(&file) {
            workflow::jsonl::detect_lines(&engine, BufReader::with_capacity(1 << 16, std::io::stdin()), output, unit)
        } else {
            std::fs::File::open(&file)
                .and_then(|f| workflow::jsonl::detect_lines(&engine, BufReader::with_capacity(1 << 16, f), output, unit))
        };
        match tally {
            Ok(tally) => {
                end.failed |= tally.errors > 0;
                end.incomplete |= tally.incomplete > 0;
            }
            // The reader of the output has gone: nobody wants the rest.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(End::Partly),
            Err(error) => end.failed(&file, &Error::unreadable(error.kind().to_string())),
        }
    }
    Ok(end.end())
}

pub async fn classify(options: Options, args: Classify) -> Result<End, Error> {
    let engine = Engine::open(&options)?;
    warn(&engine);
    let passwords = input::passwords(&args.locked, &args.files)?;
    let mut end = Ending::default();
    let mut examined = pin!(in_order(args.files, async |file| examined(&engine, file, &passwords).await));
    while let Some((file, done)) = examined.next().await {
        let Some((_, analysis)) = end.of(&file, done) else { continue };
        end.incomplete |= analysis.incomplete.is_some();
        let class = workflow::jsonl::class(&analysis);
        if args.json {
            println!("{}", json!({ "id": input::name(&file), "class": class, "special": analysis.special }));
        } else if let Some(class) = class {
            let special: Vec<&str> = analysis.special.iter().map(String::as_str).collect();
            println!(
                "{}: {} ({}), {:.0} %  {}",
                input::name(&file),
                class.label,
                class.domain,
                class.confidence * 100.0,
                special.join(", ")
            );
        } else {
            println!("{}: unknown", input::name(&file));
        }
    }
    Ok(end.end())
}

async fn examined(engine: &Engine, file: &Path, passwords: &[Phi<String>]) -> Result<(Record, Analysis), Error> {
    let record = input::read(engine, file, passwords).await?;
    let analysis = engine.examine(&record).await?;
    Ok((record, analysis))
}

/// Works on as many files at once as there are cores, and gives what came of each in their order.
pub(crate) fn in_order<T>(
    files: Vec<PathBuf>,
    work: impl AsyncFn(&Path) -> Result<T, Error>,
) -> impl Stream<Item = (PathBuf, Result<T, Error>)> {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let work = Arc::new(work);
    let one = move |file: PathBuf| {
        let work = work.clone();
        async move {
            let done = work(&file).await;
            (file, done)
        }
    };
    futures_util::stream::iter(input::or_stdin(files)).map(one).buffered(cores)
}

fn warn(engine: &Engine) {
    if let Some(problem) = &engine.model().problem {
        eprintln!("cordon: {problem}\ncordon: only the rules look now; what is printed is incomplete");
    }
}

fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What happened over all files.
#[derive(Default)]
pub(crate) struct Ending {
    failed: bool,
    incomplete: bool,
}

impl Ending {
    pub fn of<T>(&mut self, file: &Path, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.failed(file, &error)).ok()
    }

    pub fn failed(&mut self, file: &Path, error: &Error) {
        eprintln!("cordon: {}: {error}", input::name(file));
        self.failed = true;
    }

    pub fn end(self) -> End {
        match self {
            Ending { failed: true, .. } => End::Partly,
            Ending { incomplete: true, .. } => End::Incomplete,
            _ => End::Done,
        }
    }
}
