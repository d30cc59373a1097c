//! What becomes of real files: `survey READER FILE...` reads each in the confined process (READER is the built
//! `formats-reader`) and prints a line of JSON with its text, fields and notes, or why it was refused.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "an example")]

use std::path::Path;
use std::time::{Duration, Instant};

use formats::{Limits, ReadError, Record, display_name, open, worker::Confined};
use serde_json::json;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let worker = Confined::new(args.next().unwrap(), Vec::new(), Duration::from_secs(30));
    for file in args {
        let begun = Instant::now();
        let read = read(&worker, Path::new(&file)).await;
        let ms = begun.elapsed().as_millis() as u64;
        let line = match &read {
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
