//! The local tier: the passages of records that answer a question, ranked by the embedded encoder and by shared words.

use std::collections::BTreeSet;

use deid::{Encoder, RecognizeError, Span};

/// A passage and how well it answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Which of the records.
    pub record: usize,
    /// Where it stands in it.
    pub span: Span,
    /// In [0, 1].
    pub score: f32,
}

/// Below this no passage counts as an answer: the local tier says that it has none.
const ENOUGH: f32 = 0.42;
const MOST_PASSAGES: usize = 3;

/// What a question needs may be told less plainly than its answer, and stand in more places.
const ENOUGH_TO_SEND: f32 = 0.3;
const MOST_SENT: usize = 12;
/// The encoder ranks this many passages; in longer records those that share most words with the question.
const MOST_EMBEDDED: usize = 96;

/// The passages of `records` that answer `question`, best first; empty when none does.
pub fn rank(encoder: &dyn Encoder, records: &[&str], question: &str) -> Result<Vec<Ranked>, RecognizeError> {
    best(encoder, records, question, ENOUGH, MOST_PASSAGES)
}

/// The passages of each record that a question needs, in their order (45 CFR 164.502(b), minimum necessary).
pub fn needed(encoder: &dyn Encoder, records: &[&str], question: &str) -> Result<Vec<Vec<Span>>, RecognizeError> {
    let mut needed = vec![Vec::new(); records.len()];
    for passage in best(encoder, records, question, ENOUGH_TO_SEND, MOST_SENT)? {
        if let Some(spans) = needed.get_mut(passage.record) {
            spans.push(passage.span);
        }
    }
    needed.iter_mut().for_each(|spans| spans.sort_by_key(|span| span.start));
    Ok(needed)
}

fn best(encoder: &dyn Encoder, records: &[&str], question: &str, enough: f32, most: usize) -> Result<Vec<Ranked>, RecognizeError> {
    let asked = terms(question);
    let all = records.iter().enumerate().flat_map(|(record, text)| passages(text).into_iter().map(move |span| (record, span, *text)));
    let mut candidates: Vec<_> =
        all.map(|(record, span, text)| (record, span, span.of(text), shared(&asked, &terms(span.of(text))))).collect();
    if candidates.is_empty() || question.trim().is_empty() {
        return Ok(Vec::new());
    }
    if candidates.len() > MOST_EMBEDDED {
        candidates.sort_by(|a, b| b.3.total_cmp(&a.3));
        candidates.truncate(MOST_EMBEDDED);
    }
    let texts: Vec<&str> = std::iter::once(question).chain(candidates.iter().map(|(_, _, words, _)| *words)).collect();
    let vectors = encoder.embed(&texts)?;
    let (Some(query), Some(rest)) = (vectors.first(), vectors.get(1..)) else { return Ok(Vec::new()) };
    let mut ranked: Vec<Ranked> = candidates
        .iter()
        .zip(rest)
        .map(|((record, span, _, words), vector)| {
            let near: f32 = query.iter().zip(vector).map(|(a, b)| a * b).sum();
            Ranked { record: *record, span: *span, score: (0.75 * near.max(0.0) + 0.35 * words).min(1.0) }
        })
        .filter(|passage| passage.score >= enough)
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranked.truncate(most);
    Ok(ranked)
}

/// Cuts a record into passages: paragraphs and lines; a heading goes with what follows it, long ones are cut at sentences.
fn passages(text: &str) -> Vec<Span> {
    const LONG: usize = 400;
    let mut spans: Vec<Span> = Vec::new();
    let mut heading: Option<Span> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let whole = Span::new(at, at + line.len());
        at = whole.end;
        let words = line.trim();
        if words.is_empty() {
            continue;
        }
        let start = whole.start + (line.len() - line.trim_start().len());
        let mut span = Span::new(start, start + words.len());
        if words.len() < 60 && words.ends_with(':') {
            heading = Some(heading.map_or(span, |h| h.hull(&span)));
            continue;
        }
        if let Some(h) = heading.take() {
            span = h.hull(&span);
        }
        if span.len() <= LONG {
            spans.push(span);
            continue;
        }
        let mut from = span.start;
        for (offset, _) in span.of(text).match_indices(". ") {
            let end = span.start + offset + 1;
            if end - from > 80 {
                spans.push(Span::new(from, end));
                from = end + 1;
            }
        }
        if from < span.end {
            spans.push(Span::new(from, span.end));
        }
    }
    spans.extend(heading);
    spans
}

/// The words that carry meaning, without their commonest endings.
fn terms(text: &str) -> BTreeSet<String> {
    const COMMON: &[&str] = &[
        "and", "any", "are", "can", "did", "does", "for", "from", "had", "has", "have", "how", "her", "him", "his", "its", "much", "many",
        "patient", "please", "record", "she", "should", "tell", "that", "the", "their", "them", "there", "they", "this", "was", "were",
        "what", "when", "where", "which", "who", "why", "will", "with", "you",
    ];
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.chars().count() > 2)
        .map(str::to_lowercase)
        .filter(|w| !COMMON.contains(&w.as_str()))
        .map(|w| {
            ["ations", "ation", "ings", "ing", "ies", "ed", "es", "s"]
                .iter()
                .find_map(|e| w.strip_suffix(e).filter(|s| s.len() > 3))
                .unwrap_or(&w)
                .to_owned()
        })
        .collect()
}

/// The share of the question's words that stand in the passage.
fn shared(asked: &BTreeSet<String>, passage: &BTreeSet<String>) -> f32 {
    if asked.is_empty() { 0.0 } else { asked.intersection(passage).count() as f32 / asked.len() as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_goes_with_its_lines() {
        let text = "Medications:\nmetformin 500 mg\n\nPlan:\nreturn in two weeks\n";
        let cut: Vec<&str> = passages(text).iter().map(|s| s.of(text)).collect();
        assert_eq!(cut, ["Medications:\nmetformin 500 mg", "Plan:\nreturn in two weeks"]);
    }

    #[test]
    fn long_paragraphs_are_cut_at_sentences_and_nothing_is_lost() {
        let text = "The patient was seen in the clinic today for follow up of diabetes and blood pressure. ".repeat(12);
        let cut = passages(&text);
        assert!(cut.len() > 4 && cut.iter().all(|s| s.len() <= 400));
        let kept: usize = cut.iter().map(|s| s.of(&text).chars().filter(|c| c.is_alphanumeric()).count()).sum();
        assert_eq!(kept, text.chars().filter(|c| c.is_alphanumeric()).count());
    }

    #[test]
    fn words_meet_without_their_endings() {
        assert!(shared(&terms("What medications is she taking?"), &terms("Medication list: metformin, taken daily")) > 0.4);
    }
}
