//! The records of a case: what is found in one is found in all of them.

use std::collections::{BTreeMap, HashSet};

use aho_corasick::AhoCorasick;

use crate::gate::{LONGEST, is_no_separator, looked_for, stands_alone, without_separators};
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

/// An original: the number of its record, its words, the finding.
type Known = (usize, String, Detection);

/// What the last look at the bytes would refuse: the originals of all records, also those that are too unsure or too short to be
/// repeated by the words of their type.
struct Originals {
    words: Needles,
    /// Those that are numbers, by their letters and digits alone.
    numbers: Needles,
}

struct Needles {
    automaton: AhoCorasick,
    /// By pattern.
    known: Vec<Vec<Known>>,
}

impl Needles {
    fn of(known: BTreeMap<String, Vec<Known>>) -> Result<Self, RecognizeError> {
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(known.keys());
        let automaton = automaton.map_err(|error| RecognizeError::Inference(error.to_string()))?;
        Ok(Self { automaton, known: known.into_values().collect() })
    }

    fn find(&self, text: &[u8]) -> impl Iterator<Item = (Span, &[Known])> {
        let hits = self.automaton.find_overlapping_iter(text);
        hits.filter_map(|hit| Some((Span::new(hit.start(), hit.end()), self.known.get(hit.pattern().as_usize())?.as_slice())))
    }
}

impl Originals {
    fn of(records: &[Reviewed<'_>], all: &[Vec<Detection>]) -> Result<Self, RecognizeError> {
        let (mut by_words, mut by_number) = (BTreeMap::<String, Vec<Known>>::new(), BTreeMap::<String, Vec<Known>>::new());
        for (number, (record, detections)) in records.iter().zip(all).enumerate() {
            for d in detections {
                let words = d.span.of(record.text).trim();
                if words.len() > LONGEST || looked_for(d.entity, words).is_none() {
                    continue;
                }
                let same = by_words.entry(words.to_ascii_lowercase()).or_default();
                if same.iter().any(|(other, written, _)| *other == number && written == words) {
                    continue;
                }
                same.push((number, words.to_owned(), d.clone()));
                if let Some(only) = without_separators(words) {
                    by_number.entry(only).or_default().push((number, words.to_owned(), d.clone()));
                }
            }
        }
        Ok(Self { words: Needles::of(by_words)?, numbers: Needles::of(by_number)? })
    }

    /// Where an original stands uncovered in a record; one of its own only where the reviewer did not release it.
    fn uncovered(&self, number: usize, record: &Reviewed<'_>, own: &[Detection]) -> Vec<Detection> {
        let text = record.text;
        // Ordered by start, each with the furthest end so far: whether one of them holds a place is a search.
        let mut covered: Vec<Span> = own.iter().map(|d| d.span).collect();
        covered.sort_unstable_by_key(|span| span.start);
        let mut furthest = 0;
        covered.iter_mut().for_each(|span| {
            furthest = furthest.max(span.end);
            span.end = furthest;
        });
        let words = self.words.find(text.as_bytes());
        let words =
            words.filter(|(span, _)| covered_from(&covered, span.start) < span.end && stands_alone(text.as_bytes(), span.start, span.end));
        let marked = words.chain(self.numbers_in(text, &covered)).filter_map(|(span, known)| {
            let released = is_released(span.of(text), record.released);
            let fits = |(of, written, d): &&Known| {
                let own_capitals = looked_for(d.entity, written) == Some(true);
                (*of != number || !released) && (!own_capitals || written == span.of(text))
            };
            let (.., found) = known.iter().filter(fits).max_by(|a, b| a.2.confidence.total_cmp(&b.2.confidence))?;
            Some(Detection { span, source: Source::Propagation, ..found.clone() })
        });
        marked.collect()
    }

    /// Where a number stands between what is covered, whatever parts it; with the letters and digits that touch it.
    fn numbers_in(&self, text: &str, covered: &[Span]) -> Vec<(Span, &[Known])> {
        if self.numbers.known.is_empty() {
            return Vec::new();
        }
        let (mut only, mut place) = (Vec::new(), Vec::new());
        let mut ahead = covered.iter().peekable();
        for (at, byte) in text.bytes().enumerate() {
            while ahead.next_if(|c| c.end <= at).is_some() {}
            if ahead.peek().is_some_and(|c| c.start <= at) {
                if only.last() != Some(&0) {
                    only.push(0);
                    place.push(at);
                }
            } else if is_no_separator(byte) {
                only.push(byte);
                place.push(at);
            }
        }
        let bytes = text.as_bytes();
        let letter = |at: usize| bytes.get(at).is_some_and(|b| is_no_separator(*b)) && covered_from(covered, at) <= at;
        let found = self.numbers.find(&only).filter_map(|(hit, known)| {
            let (mut start, mut end) = (*place.get(hit.start)?, *place.get(hit.end - 1)? + 1);
            while start.checked_sub(1).is_some_and(letter) {
                start -= 1;
            }
            while letter(end) {
                end += 1;
            }
            Some((Span::new(start, end), known))
        });
        found.collect()
    }
}

/// How far a place is covered by spans that are ordered by start, each with the furthest end so far.
fn covered_from(covered: &[Span], at: usize) -> usize {
    let before = covered.partition_point(|c| c.start <= at);
    before.checked_sub(1).and_then(|last| covered.get(last)).map_or(at, |c| c.end)
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
            ("SSN 536-22-8726, file 536228726.txt, ref 5 3 6-22 8726", "536-22-8726", EntityType::UsSsn, 2),
            ("MRN 00-4471-23, label A00447123B.", "00-4471-23", EntityType::MedicalRecordNumber, 1),
            ("MRN 00-4471-23, 00 beds, 4471 yes, 23 no.", "00-4471-23", EntityType::MedicalRecordNumber, 0),
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
