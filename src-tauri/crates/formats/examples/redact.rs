//! Redacts a part of the words of PDFs, to look at the outcome: `redact FOLDER FILE...` writes a new file for each into the folder
//! and the removed words beside it, and says how it went.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for us")]

use std::time::Instant;

use formats::write::Edit;
use formats::{Limits, OnUnread, RedactOptions};

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = std::path::PathBuf::from(args.next().unwrap());
    for (nth, path) in args.enumerate() {
        let bytes = std::fs::read(&path).unwrap();
        let limits = Limits::default();
        let record = match formats::read(&bytes, "a.pdf", &limits) {
            Ok(record) => record,
            Err(error) => {
                println!("{nth}\t{path}\tnot read\t{}", error.code());
                continue;
            }
        };
        let text = record.text.expose();
        let words = text.split_whitespace().filter(|w| w.chars().count() > 3 && w.chars().all(char::is_alphanumeric)).step_by(7);
        let edits: Vec<Edit> = words
            .map(|word| {
                let start = word.as_ptr() as usize - text.as_ptr() as usize;
                Edit { span: deid::Span::new(start, start + word.len()), replacement: format!("[ID_{}]", start % 90) }
            })
            .collect();
        let began = Instant::now();
        let options = RedactOptions { unread: OnUnread::Keep, ..RedactOptions::default() };
        match formats::redact_pdf(&bytes, &limits, &edits, &options) {
            Ok(new) => {
                let seconds = began.elapsed().as_secs_f64();
                let (pages, boxes, absent, unread) = (new.pages, new.boxes, new.absent, new.unread.len());
                let (before, after) = (bytes.len() >> 10, new.bytes.len() >> 10);
                println!(
                    "{nth}\t{path}\tok\t{pages} pages\t{boxes} boxes\t{absent} absent\t{unread} unread\t{before} -> {after} KiB\t{seconds:.1} s"
                );
                std::fs::write(folder.join(format!("{nth}.pdf")), new.bytes).unwrap();
                let gone: Vec<&str> = edits.iter().map(|e| e.span.of(text)).collect();
                std::fs::write(folder.join(format!("{nth}.txt")), gone.join("\n")).unwrap();
            }
            Err(error) => println!("{nth}\t{path}\tfailed\t{error:?}"),
        }
    }
}
