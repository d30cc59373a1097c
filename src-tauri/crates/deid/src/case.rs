//! The records of a case: what is found in one is found in all of them.

use std::collections::{BTreeMap, HashSet};

use aho_corasick::AhoCorasick;

use crate::gate::{LONGEST, looked_for, stands_alone};
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

/// Where originals of a record stand in it uncovered: those that are too unsure or too short to be repeated by [`propagate`]. The last
/// look at the bytes would refuse the record for each of them.
pub(crate) fn left_open(text: &str, found: &[Detection]) -> Result<Vec<Detection>, RecognizeError> {
    let record = Reviewed { text, detections: found, codes: &[], released: &[] };
    let originals = Originals::of(std::slice::from_ref(&record), &[found.to_vec()])?;
    Ok(originals.uncovered(0, &record, found))
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
                if words.len() <= LONGEST && looked_for(d.entity, words).is_some() && !same.iter().any(known) {
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
        // Ordered by start, each with the furthest end so far: whether one of them holds a place is a search.
        let mut covered: Vec<Span> = own.iter().map(|d| d.span).collect();
        covered.sort_unstable_by_key(|span| span.start);
        let mut furthest = 0;
        covered.iter_mut().for_each(|span| {
            furthest = furthest.max(span.end);
            span.end = furthest;
        });
        let is_covered = |span: &Span| {
            let before = covered.partition_point(|c| c.start <= span.start);
            before.checked_sub(1).and_then(|last| covered.get(last)).is_some_and(|c| c.end >= span.end)
        };
        for hit in self.automaton.find_overlapping_iter(text) {
            let span = Span::new(hit.start(), hit.end());
            if is_covered(&span) || !stands_alone(text.as_bytes(), span.start, span.end) {
                continue;
            }
            let released = is_released(span.of(text), record.released);
            let fits = |(of, written, d): &&(usize, String, Detection)| {
                let own_capitals = looked_for(d.entity, written) == Some(true);
                (*of != number || !released) && (!own_capitals || written == span.of(text))
            };
            let same = self.found.get(hit.pattern().as_usize()).into_iter().flatten();
            let Some((.., found)) = same.filter(fits).max_by(|a, b| a.2.confidence.total_cmp(&b.2.confidence)) else { continue };
            marked.push(Detection { span, source: Source::Propagation, ..found.clone() });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EntityType, found_everywhere};

    /// For each of these the last look would refuse the record.
    #[test]
    fn what_is_too_unsure_to_be_repeated_is_covered_where_it_stands_again() {
        for (text, words, entity, again) in [
            ("Later Alvo came, Alvo said; alvo is a word.", "Alvo", EntityType::Person, 1),
            ("Pump 10.0.0.12 is down; ping 10.0.0.12.", "10.0.0.12", EntityType::IpAddress, 1),
            ("Lives in Reading, likes reading.", "Reading", EntityType::City, 0),
            ("Al saw Al.", "Al", EntityType::Person, 0),
        ] {
            let start = text.find(words).unwrap();
            let span = Span::new(start, start + words.len());
            let unsure = Detection { span, entity, confidence: 0.2, source: Source::Model };
            let found = found_everywhere(text, vec![unsure]).unwrap();
            assert_eq!(found.len(), again + 1, "{text}");
        }
    }
}
