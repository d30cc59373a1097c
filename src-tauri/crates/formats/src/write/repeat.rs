//! What was replaced in one place and stands in others too: a word that a finder took for a name in a sentence may be a word of a code
//! or of a heading elsewhere. The file is handed over only where none of them is left, so they go together.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use deid::Span;

use super::Edit;
use super::verify::{SHORTEST, is_word};
use crate::draft::is_code;
use crate::{Origin, Record};

/// Edits for the places where texts under `edits` (in order, apart) stand again as words, case of ASCII aside, with the replacement of
/// the first of them. What the reader put there and what the format defines as a code stay; not the words that a vocabulary gives to one.
pub(super) fn repeated(record: &Record, edits: &[Edit]) -> Vec<Edit> {
    let text = record.text.expose();
    let mut originals = BTreeMap::<String, &Edit>::new();
    for edit in edits {
        let words = edit.span.of(text).trim();
        if words != edit.replacement.trim() && words.chars().count() >= SHORTEST && words.contains(char::is_alphanumeric) {
            originals.entry(words.to_ascii_lowercase()).or_insert(edit);
        }
    }
    let Ok(automaton) = AhoCorasick::builder().ascii_case_insensitive(true).build(originals.keys()) else { return Vec::new() };
    let edit_of: Vec<&Edit> = originals.into_values().collect();
    let mut hits: Vec<(Span, usize)> = automaton
        .find_overlapping_iter(text)
        .map(|hit| (Span::new(hit.start(), hit.end()), hit.pattern().as_usize()))
        .filter(|(span, _)| is_word(text, span.start, span.end))
        .collect();
    hits.sort_unstable_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut more = Vec::new();
    let mut end = 0;
    for (span, index) in hits {
        let next = edits.partition_point(|edit| edit.span.end <= span.start);
        let taken = span.start < end || edits.get(next).is_some_and(|edit| edit.span.overlaps(&span));
        let code = record.codes.partition_point(|code| code.end <= span.start);
        let coded = record.codes.get(code).is_some_and(|code| code.overlaps(&span) && is_code(code.of(text)));
        let made = || record.source_map.lookup(span).iter().any(|stretch| stretch.origin == Origin::Made);
        let Some(edit) = edit_of.get(index).filter(|_| !taken && !coded && !made()) else { continue };
        more.push(Edit { span, replacement: edit.replacement.clone() });
        end = span.end;
    }
    more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn the_same_words_go_wherever_they_stand() {
        let text = "Left knee. Seen by Ms Left, not Leftover; LEFT hip. Ana Left signs.";
        let record = crate::read(text.as_bytes(), "a.txt", &Limits::default()).unwrap();
        let at = |words: &str, with: &str| {
            let start = text.find(words).unwrap();
            Edit { span: Span::new(start, start + words.len()), replacement: with.into() }
        };
        let start = text.find("Left, not").unwrap();
        let ms_left = Edit { span: Span::new(start, start + 4), replacement: "[PERSON_1]".into() };
        let edits = [ms_left, at("Ana Left", "[PERSON_2]")];
        let more = repeated(&record, &edits);
        assert_eq!(more, [at("Left", "[PERSON_1]"), at("LEFT", "[PERSON_1]")]);
        assert!(repeated(&record, &[]).is_empty());
    }
}
