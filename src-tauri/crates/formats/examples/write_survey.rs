//! How files come back from writing: `write_survey FILE LIST`, where LIST has a word a line, or `write_survey FILE` to take the
//! fields. Every place of a word in the text is replaced; what is written goes to FILE.out. Prints counts, never content.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use deid::Span;
use formats::Limits;
use formats::write::{Edit, write};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else { return eprintln!("write_survey FILE [LIST]") };
    let words = arguments.next().map(|list| std::fs::read_to_string(list).unwrap_or_default()).unwrap_or_default();
    let limits = Limits::default();
    let bytes = std::fs::read(&path).unwrap_or_default();
    let record = match formats::read(&bytes, &path, &limits) {
        Ok(record) => record,
        Err(error) => return println!("unread {}", error.code()),
    };
    let text = record.text.expose();
    let lower = text.to_lowercase();
    let mut spans: Vec<Span> = record.fields.iter().map(|f| f.span).collect();
    let named: Vec<String> = record.fields.iter().map(|f| f.span.of(text).to_owned()).filter(|w| w.len() > 2).collect();
    if lower.len() == text.len() {
        for word in words.lines().map(str::to_owned).chain(named).filter(|w| w.len() > 1) {
            let word = word.to_lowercase();
            spans.extend(
                lower
                    .match_indices(&word)
                    .map(|(at, _)| Span::new(at, at + word.len()))
                    .filter(|s| text.is_char_boundary(s.start) && text.is_char_boundary(s.end)),
            );
        }
    }
    spans.sort_by_key(|s| (s.start, std::cmp::Reverse(s.end)));
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.overlaps(&span) => *last = last.hull(&span),
            _ => joined.push(span),
        }
    }
    let edits: Vec<Edit> = joined.iter().enumerate().map(|(i, span)| Edit { span: *span, replacement: format!("[X{i}]") }).collect();
    let begun = std::time::Instant::now();
    match write(&bytes, &path, &limits, &edits, false) {
        Ok(written) => {
            let saved = std::fs::write(format!("{path}.out"), &written.bytes).is_ok();
            println!(
                "written {} {} edits {} ms saved {saved} {:?}",
                written.format,
                edits.len(),
                begun.elapsed().as_millis(),
                written.notes
            );
        }
        Err(error) => println!("refused {} {} edits {} ms: {error}", record.format, edits.len(), begun.elapsed().as_millis()),
    }
}
