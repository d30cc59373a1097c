//! How much the rules alone find: `rule_recall FILE... [--misses LABEL] [--extras]`.
//!
//! Reads lines of `{"text", "spans": [{"start", "end", "label"}]}` with offsets in characters, and prints for each label how
//! many spans are wholly covered by any detection, for complete files (no `"partial": true`) the precision over characters,
//! and the time that the rules took for a page of 3000 characters. `--misses` shows the spans of a label that are not covered,
//! `--extras` what was covered and is marked by nobody.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use deid::{Positions, Span, Unit, found_everywhere, recognizers};
use serde::Deserialize;

#[derive(Deserialize)]
struct Record {
    text: String,
    #[serde(default)]
    partial: bool,
    spans: Vec<Marked>,
}

#[derive(Deserialize)]
struct Marked {
    start: usize,
    end: usize,
    label: String,
}

#[derive(Default)]
struct Tally {
    spans: BTreeMap<String, (usize, usize)>,
    covered: usize,
    right: usize,
    chars: usize,
    rules: Duration,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    let (mut misses, mut extras) = (None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--misses" => misses = arguments.next(),
            "--extras" => extras = true,
            _ => files.push(argument),
        }
    }
    for file in files {
        let mut tally = Tally::default();
        for line in std::fs::read_to_string(&file)?.lines() {
            tally.add(&serde_json::from_str(line)?, misses.as_deref(), extras)?;
        }
        tally.print(&file);
    }
    Ok(())
}

impl Tally {
    fn add(&mut self, record: &Record, misses: Option<&str>, extras: bool) -> Result<(), Box<dyn std::error::Error>> {
        let text = record.text.as_str();
        let start = Instant::now();
        let found = recognizers::recognize(text)?;
        self.rules += start.elapsed();
        self.chars += text.chars().count();
        let detections = found_everywhere(text, found).map_err(|(_, error)| error)?;
        let mut covered = vec![false; text.len()];
        for detection in &detections {
            covered.iter_mut().take(detection.span.end).skip(detection.span.start).for_each(|c| *c = true);
        }
        let positions = Positions::new(text, Unit::Chars);
        let mut marked = vec![false; text.len()];
        for span in &record.spans {
            let whole = Span::new(positions.to_byte(span.start), positions.to_byte(span.end));
            let bytes = whole.start..whole.end;
            marked.iter_mut().take(bytes.end).skip(bytes.start).for_each(|m| *m = true);
            // Separators at the ends and between words identify nobody.
            let missed = whole.of(text).char_indices().any(|(i, c)| c.is_alphanumeric() && !covered.get(bytes.start + i).unwrap_or(&false));
            let (hits, all) = self.spans.entry(span.label.clone()).or_default();
            *all += 1;
            *hits += usize::from(!missed);
            if missed && misses == Some(span.label.as_str()) {
                println!("missed {:?} in {:?}", whole.of(text), around(text, whole));
            }
        }
        for detection in detections.iter().filter(|_| !record.partial) {
            let bytes = detection.span.start..detection.span.end;
            let right = marked.iter().take(bytes.end).skip(bytes.start).filter(|m| **m).count();
            self.right += right;
            self.covered += detection.span.len();
            if extras && right == 0 {
                println!("extra {} {:?} in {:?}", detection.entity.name(), detection.span.of(text), around(text, detection.span));
            }
        }
        Ok(())
    }

    fn print(&self, file: &str) {
        let share = |part: usize, all: usize| 100.0 * part as f64 / all.max(1) as f64;
        println!("{file}");
        for (label, (hits, all)) in &self.spans {
            println!("  {label:<16} {hits:>6} of {all:>6}  {:6.2} %", share(*hits, *all));
        }
        if self.covered > 0 {
            println!("  precision over bytes {:.2} %", share(self.right, self.covered));
        }
        println!("  {:.3} ms per page", self.rules.as_secs_f64() * 1000.0 * 3000.0 / self.chars.max(1) as f64);
    }
}

/// The span with forty bytes on each side, or as near as characters allow.
fn around(text: &str, span: Span) -> &str {
    let near = |byte: usize| (byte..=text.len()).find(|b| text.is_char_boundary(*b)).unwrap_or(text.len());
    text.get(near(span.start.saturating_sub(60))..near(span.end + 30)).unwrap_or("")
}
