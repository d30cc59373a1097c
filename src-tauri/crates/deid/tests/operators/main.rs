//! Operators over whole records: tables of cases, and properties over generated records.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::panic, reason = "a test stops where it goes wrong")]

mod cases;
mod properties;
mod together;

use deid::*;

/// A text that is put together with its marks.
#[derive(Default, Debug, Clone)]
struct Record {
    text: String,
    detections: Vec<Detection>,
}

impl Record {
    fn plain(mut self, words: &str) -> Self {
        self.text += words;
        self
    }

    fn mark(mut self, entity: EntityType, words: &str) -> Self {
        let span = Span::new(self.text.len(), self.text.len() + words.len());
        self.text += words;
        self.detections.push(Detection { span, entity, confidence: 1.0, source: Source::Reviewer });
        self
    }

    /// `Seen by <PERSON:Maria Garcia>.`
    fn parse(marked: &str) -> Self {
        let mut record = Record::default();
        let mut rest = marked;
        while let Some(at) = rest.find('<') {
            let end = at + rest[at..].find('>').unwrap();
            let (name, words) = rest[at + 1..end].split_once(':').unwrap();
            record = record.plain(&rest[..at]).mark(EntityType::parse(name).unwrap(), words);
            rest = &rest[end + 1..];
        }
        record.plain(rest)
    }

    fn apply(&self, plan: &Plan<'_>) -> Applied {
        Case::new(plan, &self.text).apply(&self.text, &self.detections, plan.needed_of(0))
    }
}

fn joined(parts: Vec<Part>) -> String {
    parts.iter().map(|p| p.text.expose().as_str()).collect()
}

fn surrogates() -> Operators {
    let with = |all: Operators, entity: &EntityType| all.clone().with(*entity, Operator::Surrogate).unwrap_or(all);
    EntityType::ALL.iter().fold(Operators::default(), with)
}

fn shifting(keep_weekday: bool) -> Operators {
    Operators::default().with(EntityType::Date, Operator::ShiftDate { keep_weekday }).unwrap()
}

fn text(applied: &Applied) -> &str {
    applied.text.expose()
}
