//! The records of a case: what is found in one is found in all of them.

use std::collections::{BTreeMap, HashSet};

use aho_corasick::AhoCorasick;

use crate::gate::{looked_for, stands_alone};
use crate::propagate::propagate;
use crate::{Detection, Phi, RecognizeError, Reviewed, Source, Span, resolve};

/// Between two records, where they are searched as one text: no value holds it, and it joins no words.
const BORDER: &str = "\n\u{1e}\n";

/// The detections of each record, with what is known from the others ([`crate::Source::Propagation`]). What a reviewer released stays
/// released, unless another record of the case holds these very words as an identifier: the words may leave in none then.
///
/// # Errors
/// Where the search cannot be made: what the records hold alone is not enough then.
pub fn found_in_case(records: &[Reviewed<'_>]) -> Result<Vec<Vec<Detection>>, RecognizeError> {
    let (text, known, places) = joined(records);
    let mut all: Vec<Vec<Detection>> = records.iter().map(|record| record.detections.to_vec()).collect();
    if records.len() < 2 {
        return Ok(all);
    }
    let repeated = propagate(&text, &known)?;
    let of = |place: &Span| repeated.iter().filter(|d| place.contains(&d.span)).map(|d| moved_back(d, place.start)).collect::<Vec<_>>();
    let found: Vec<Vec<Detection>> = places.iter().map(of).collect();
    let mut identifies: Vec<HashSet<String>> = records.iter().map(|record| words_of(record.text, record.detections)).collect();
    for ((record, found), words) in records.iter().zip(&found).zip(&mut identifies) {
        let free = found.iter().filter(|d| !is_released(d.span.of(record.text), record.released)).cloned().collect::<Vec<_>>();
        words.extend(words_of(record.text, &free));
    }
    let last = Originals::of(records, &all)?;
    for (number, ((record, found), own)) in records.iter().zip(found).zip(&mut all).enumerate() {
        let before = own.len();
        own.extend(found.into_iter().filter(|d| {
            let words = d.span.of(record.text);
            let elsewhere = || identifies.iter().enumerate().any(|(other, words_of)| other != number && words_of.contains(&plain(words)));
            !is_released(words, record.released) || elsewhere()
        }));
        own.extend(last.uncovered(number, record, own));
        if own.len() > before {
            *own = resolve(record.text, std::mem::take(own));
        }
    }
    Ok(all)
}

/// What the last look at the bytes would refuse: the originals of all records, also those that are too unsure or too short to be
/// repeated by the words of their type.
struct Originals {
    automaton: AhoCorasick,
    /// By pattern: the findings, each with the number of its record.
    found: Vec<Vec<(usize, String, Detection)>>,
}

impl Originals {
    fn of(records: &[Reviewed<'_>], all: &[Vec<Detection>]) -> Result<Self, RecognizeError> {
        let mut found: BTreeMap<String, Vec<(usize, String, Detection)>> = BTreeMap::new();
        for (number, (record, detections)) in records.iter().zip(all).enumerate() {
            for d in detections {
                let words = d.span.of(record.text).trim();
                let same = found.entry(words.to_ascii_lowercase()).or_default();
                let known = |(other, written, _): &(usize, String, Detection)| *other == number && written == words;
                if looked_for(d.entity, words).is_some() && !same.iter().any(known) {
                    same.push((number, words.to_owned(), d.clone()));
                }
            }
        }
        found.retain(|_, same| !same.is_empty());
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(found.keys());
        let automaton = automaton.map_err(|error| RecognizeError::Inference(error.to_string()))?;
        Ok(Self { automaton, found: found.into_values().collect() })
    }

    /// Where an original stands uncovered in a record; one of its own only where the reviewer did not release it.
    fn uncovered(&self, number: usize, record: &Reviewed<'_>, own: &[Detection]) -> Vec<Detection> {
        let text = record.text;
        let mut marked = Vec::new();
        for hit in self.automaton.find_overlapping_iter(text) {
            let span = Span::new(hit.start(), hit.end());
            let released = is_released(span.of(text), record.released);
            let fits = |(of, written, d): &&(usize, String, Detection)| {
                let own_capitals = looked_for(d.entity, written) == Some(true);
                (*of != number || !released) && (!own_capitals || written == span.of(text))
            };
            let same = self.found.get(hit.pattern().as_usize()).into_iter().flatten();
            let Some((.., found)) = same.filter(fits).max_by(|a, b| a.2.confidence.total_cmp(&b.2.confidence)) else { continue };
            if stands_alone(text.as_bytes(), span.start, span.end) && !own.iter().any(|d| d.span.contains(&span)) {
                marked.push(Detection { span, source: Source::Propagation, ..found.clone() });
            }
        }
        marked
    }
}

/// The records as one text with their detections, and where each of them stands in it.
pub(crate) fn joined(records: &[Reviewed<'_>]) -> (String, Vec<Detection>, Vec<Span>) {
    let (mut text, mut all, mut places) = (String::new(), Vec::new(), Vec::new());
    for record in records {
        if !text.is_empty() {
            text += BORDER;
        }
        let at = text.len();
        text += record.text;
        let moved = |d: &Detection| Detection { span: Span::new(d.span.start + at, d.span.end + at), ..d.clone() };
        all.extend(record.detections.iter().map(moved));
        places.push(Span::new(at, text.len()));
    }
    (text, all, places)
}

/// What reviewers released and no record of the case holds as an identifier.
pub(crate) fn released(records: &[Reviewed<'_>]) -> Vec<Phi<String>> {
    let identifies: HashSet<String> = records.iter().flat_map(|record| words_of(record.text, record.detections)).collect();
    let all = records.iter().flat_map(|record| record.released);
    all.filter(|words| !identifies.contains(&plain(words.expose()))).cloned().collect()
}

pub(crate) fn is_released(words: &str, released: &[Phi<String>]) -> bool {
    let words = plain(words);
    released.iter().any(|r| plain(r.expose()) == words)
}

fn moved_back(d: &Detection, by: usize) -> Detection {
    Detection { span: Span::new(d.span.start - by, d.span.end - by), ..d.clone() }
}

fn words_of(text: &str, detections: &[Detection]) -> HashSet<String> {
    detections.iter().map(|d| plain(d.span.of(text))).collect()
}

fn plain(words: &str) -> String {
    words.trim().to_lowercase()
}
