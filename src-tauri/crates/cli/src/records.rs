//! `cordon detect`, `classify`, `redact`.

use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use serde_json::json;
use workflow::{Analysis, Cordon, Engine, Error, Options, Record, Redacted, Unit};

use crate::arguments::{Classify, Detect, Offsets, Redact};
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
    let mut end = Ending::default();
    let mut examined = pin!(in_order(args.files, async |file| examined(&engine, file).await));
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
    let mut end = Ending::default();
    let mut examined = pin!(in_order(args.files, async |file| examined(&engine, file).await));
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

pub async fn redact(options: Options, args: Redact) -> Result<End, Error> {
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).map_err(|e| Error::unreadable(format!("the folder cannot be made: {}", e.kind())))?;
    }
    let cordon = Cordon::open(options).await?;
    let (mut end, mut unlogged) = (Ending::default(), false);
    let work = async |file: &Path| cordon.redact(&input::read(cordon.engine(), file).await?).await;
    let mut all = pin!(in_order(args.files, work).enumerate());
    while let Some((number, (file, done))) = all.next().await {
        let file = &file;
        let Some(redacted) = end.of(file, done) else { continue };
        unlogged |= !cordon.is_unlocked().await;
        for note in &redacted.notes {
            eprintln!("cordon: {}: {note}", input::name(file));
        }
        let written = args.out.as_ref().map(|folder| write(cordon.engine(), folder, file, number, &redacted));
        let written = match written.transpose() {
            Ok(written) => written,
            Err(error) => {
                end.failed(file, &error);
                continue;
            }
        };
        if args.json {
            let mut line = json!({
                "id": input::name(file), "class": redacted.class, "counts": redacted.counts, "decision": redacted.decision,
                "notes": redacted.notes, "text": redacted.text, "file": written.map(|p| p.display().to_string()),
            });
            if let Some(fields) = line.as_object_mut().filter(|_| args.include_vault) {
                let vault: serde_json::Map<_, _> = redacted.vault.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
                fields.insert("vault".into(), vault.into());
            }
            println!("{line}");
        } else if let Some(written) = written {
            println!("{}", written.display());
        } else {
            print!("{}{}", redacted.text, if redacted.text.ends_with('\n') { "" } else { "\n" });
        }
    }
    cordon.close().await;
    if unlogged {
        eprintln!("cordon: this is not in the audit log, because there is no keychain here and CORDON_PASSPHRASE is not set");
    }
    Ok(end.end())
}

async fn examined(engine: &Engine, file: &Path) -> Result<(Record, Analysis), Error> {
    let record = input::read(engine, file).await?;
    let analysis = engine.examine(&record).await?;
    Ok((record, analysis))
}

/// Works on as many files at once as there are cores, and gives what came of each in their order.
fn in_order<T>(files: Vec<PathBuf>, work: impl AsyncFn(&Path) -> Result<T, Error>) -> impl Stream<Item = (PathBuf, Result<T, Error>)> {
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

/// Writes the text under the record's own name, unless the name itself tells who it is about.
fn write(engine: &Engine, folder: &Path, file: &Path, number: usize, redacted: &Redacted) -> Result<PathBuf, Error> {
    let stem = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let plain = !input::is_stdin(file) && engine.is_plain_name(&stem);
    let stem = if plain { stem } else { format!("record-{:04}", number + 1) };
    let failed = |e: std::io::Error| Error::unreadable(format!("the result cannot be written: {}", e.kind()));
    for attempt in 0..1000 {
        let name = if attempt == 0 { format!("{stem}.redacted.txt") } else { format!("{stem}-{attempt}.redacted.txt") };
        let path = folder.join(name);
        match std::fs::File::create_new(&path) {
            Ok(mut out) => return out.write_all(redacted.text.as_bytes()).map(|()| path).map_err(failed),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Err(Error::unreadable("the folder holds too many results of that name".into()))
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
struct Ending {
    failed: bool,
    incomplete: bool,
}

impl Ending {
    fn of<T>(&mut self, file: &Path, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.failed(file, &error)).ok()
    }

    fn failed(&mut self, file: &Path, error: &Error) {
        eprintln!("cordon: {}: {error}", input::name(file));
        self.failed = true;
    }

    fn end(self) -> End {
        match self {
            Ending { failed: true, .. } => End::Partly,
            Ending { incomplete: true, .. } => End::Incomplete,
            _ => End::Done,
        }
    }
}
