//! What becomes of real files: `survey READER FILE...` reads each in the confined process (READER is the built
//! `formats-reader`) and prints a line of JSON with its text, fields and notes, or why it was refused; `--brief` leaves out what
//! the file says. Without a file it reads two of its own making, 100 pages of text and a table of 10,000 rows, which `--made FOLDER`
//! writes down for other readers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, reason = "an example")]

#[path = "../tests/made/mod.rs"]
mod made;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use formats::{Limits, ReadError, Record, display_name, open, worker::Confined};
use serde_json::json;

#[tokio::main]
async fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let brief = args.iter().position(|a| a == "--brief").map(|at| args.remove(at)).is_some();
    let folder = args.iter().position(|a| a == "--made").map(|at| args.drain(at..at + 2).next_back().unwrap());
    let own = tempfile::tempdir().unwrap();
    if args.len() == 1 {
        args.extend(made_files(folder.as_deref().map_or(own.path(), Path::new)).iter().map(|path| path.display().to_string()));
    }
    let worker = Confined::new(args.remove(0), Vec::new(), Duration::from_secs(60));
    for file in args {
        let begun = Instant::now();
        let read = read(&worker, Path::new(&file)).await;
        let ms = begun.elapsed().as_millis() as u64;
        let line = match &read {
            Ok(record) if brief => json!({ "file": file, "ms": ms, "format": record.format, "bytes": record.text.expose().len() }),
            Ok(record) => json!({
                "file": file, "ms": ms, "format": record.format, "text": record.text.expose(), "notes": record.notes,
                "fields": record.fields.iter().map(|f| (f.span.start, f.span.end, f.entity.name(), f.source.label())).collect::<Vec<_>>(),
            }),
            Err(error) => json!({ "file": file, "ms": ms, "error": error.code(), "why": error.to_string() }),
        };
        println!("{line}");
    }
}

async fn read(worker: &Confined, path: &Path) -> Result<Record, ReadError> {
    worker.read(open(path, &Limits::default())?, &display_name(path)).await
}

fn made_files(folder: &Path) -> [PathBuf; 2] {
    const WORDS: &str = "The patient was seen on Monday and took no other drug than before; she will come again in two weeks.";
    let page: String = (0..50).map(|row| made::line(50, 750 - 14 * row, WORDS)).collect();
    let table =
        (0..10_000).map(|n| format!("{n},Maria,Lopez,19{:02}-03-05,413-555-{n:04},\"seen, and sent home\"\n", n % 100)).collect::<String>();
    let files = ["pages.pdf", "rows.csv"].map(|name| folder.join(name));
    std::fs::write(&files[0], made::pdf(&vec![page.as_str(); 100], "", "", &[])).unwrap();
    std::fs::write(&files[1], format!("id,first name,last name,dob,phone,note\n{table}")).unwrap();
    files
}
