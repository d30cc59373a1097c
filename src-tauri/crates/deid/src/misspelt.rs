//! A name that was found once, written again with a slip of the pen: `Delgado` and `Degaldo`.

use std::collections::{HashMap, HashSet};

use crate::{Detection, EntityType, Source, Span};

/// Shorter names are too close to ordinary words.
const SHORTEST: usize = 5;
/// From this length on two slips count.
const LONG: usize = 7;
/// From this length on the word may also begin a sentence.
const BEGINS: usize = 8;
const LONGEST: usize = 18;
/// Names with the same first letter that are compared, and different words that are looked at: more are no names of people.
const MOST: usize = 64;
const MOST_WORDS: usize = 20_000;

/// Finds capitalised words that differ by a letter or two from a name's part. `parts` are in small letters; `known` are
/// detections in order. Words that the record also writes in small letters are ordinary words.
pub(crate) fn misspelt(text: &str, parts: &HashMap<String, f32>, known: &[Detection]) -> Vec<Detection> {
    let mut near = HashMap::<char, Vec<(&str, f32)>>::new();
    for (part, sure) in parts.iter().filter(|(part, _)| (SHORTEST..=LONGEST).contains(&part.chars().count())) {
        let alike = part.chars().next().map(|first| near.entry(first).or_default());
        alike.into_iter().filter(|alike| alike.len() < MOST).for_each(|alike| alike.push((part, *sure)));
    }
    if near.is_empty() {
        return Vec::new();
    }
    let words: Vec<Span> = words(text);
    let lower = |c: char| c.is_lowercase();
    let ordinary: HashSet<&str> = words.iter().map(|span| span.of(text)).filter(|word| word.starts_with(lower)).collect();
    let mut covered = known.iter().map(|d| d.span).peekable();
    let mut found = Vec::new();
    let mut seen = HashMap::<String, Option<f32>>::new();
    for span in &words {
        while covered.peek().is_some_and(|c| c.end <= span.start) {
            covered.next();
        }
        let word = span.of(text);
        let len = word.chars().count();
        if !word.starts_with(char::is_uppercase) || !(SHORTEST..=LONGEST).contains(&len) || covered.peek().is_some_and(|c| c.overlaps(span))
        {
            continue;
        }
        let small = word.to_lowercase();
        if ordinary.contains(small.as_str()) || (len < BEGINS && !within_sentence(text, *span)) {
            continue;
        }
        if seen.len() >= MOST_WORDS && !seen.contains_key(&small) {
            continue;
        }
        let best = *seen.entry(small).or_insert_with_key(|small| {
            let alike = small.chars().next().and_then(|first| near.get(&first));
            let slip = |part: &str| {
                let short = len.min(part.chars().count());
                part != small && distance(part, small) <= if short < LONG { 1 } else { 2 }
            };
            alike.into_iter().flatten().find(|(part, _)| slip(part)).map(|(_, sure)| *sure)
        });
        if let Some(sure) = best {
            found.push(Detection { span: *span, entity: EntityType::Person, confidence: sure * 0.7, source: Source::Propagation });
        }
    }
    found
}

/// Runs of letters.
fn words(text: &str) -> Vec<Span> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphabetic(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(Span::new(from, at));
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Whether a word stands before it in the same sentence: then its capital means something.
fn within_sentence(text: &str, span: Span) -> bool {
    let before = text.get(..span.start).unwrap_or("");
    let mut near = before.chars().rev().take(3);
    near.next() == Some(' ') && near.next().is_some_and(|c| c.is_alphanumeric() || matches!(c, ',' | ')'))
}

/// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let of = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (of(&row, j + 1) + 1).min(of(&next, j) + 1).min(of(&row, j) + usize::from(x != y));
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(of(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slips(text: &str, parts: &[&str]) -> Vec<String> {
        let parts = parts.iter().map(|p| ((*p).to_owned(), 0.9)).collect();
        misspelt(text, &parts, &[]).iter().map(|d| d.span.of(text).to_owned()).collect()
    }

    #[test]
    fn table() {
        for (text, parts, expected) in [
            ("saw Degaldo and Delgado-Quin", &["delgado", "quinn"][..], &["Degaldo"][..]),
            ("with Okafr today", &["okafor"], &["Okafr"]),
            ("Hernadnes left; seen by Hernandes", &["hernandez"], &["Hernadnes", "Hernandes"]),
            ("Walked in. He walked with Walker", &["walker"], &[]),
            ("the Parker house", &["marker"], &[]),
            ("a Lopes", &["lopez"], &["Lopes"]),
            ("a Li", &["lu"], &[]),
        ] {
            assert_eq!(slips(text, parts), expected, "{text}");
        }
    }

    #[test]
    fn distances() {
        for (a, b, expected) in [("abc", "abc", 0), ("abc", "acb", 1), ("abcd", "abd", 1), ("abcd", "axcy", 2), ("", "ab", 2)] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
