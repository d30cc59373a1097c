//! Tag probabilities of word pieces -> detections.

use std::collections::BTreeMap;

use deid::{Detection, EntityType, Source, Span};
use serde::Deserialize;

use crate::pieces::Piece;

/// What the labels of the tag head mean.
pub(crate) struct Labels {
    /// For each label: its entity type and whether it begins a span; none for O.
    pub meaning: Vec<Option<(EntityType, bool)>>,
    /// Below this probability of being any identifier a piece is left alone; by entity type.
    pub thresholds: BTreeMap<EntityType, f32>,
    pub temperature: f32,
    pub confidence: Confidence,
}

/// From the mean probability of a span's words to the share of such spans that are right, as measured on records of life.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Confidence {
    /// Of the logit.
    pub slope: f32,
    /// Added to it.
    pub offset: f32,
    /// Spans below this confidence are left alone.
    pub least: f32,
}

impl Default for Confidence {
    fn default() -> Self {
        Confidence { slope: 1.0, offset: 0.0, least: 0.0 }
    }
}

impl Confidence {
    fn of(&self, probability: f32) -> f32 {
        let p = probability.clamp(1e-6, 1.0 - 1e-6);
        1.0 / (1.0 + (-(self.slope * (p / (1.0 - p)).ln() + self.offset)).exp())
    }
}

/// What one piece is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag {
    pub entity: EntityType,
    /// Whether the model sees the start of a new span here.
    pub begins: bool,
    /// Probability that it identifies at all.
    pub probability: f32,
}

impl Labels {
    /// The likeliest entity type of a piece, if it passes its threshold. `logits` has one number for each label.
    pub(crate) fn tag(&self, logits: &[f32]) -> Option<Tag> {
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if !top.is_finite() {
            return None;
        }
        let exp: Vec<f32> = logits.iter().map(|l| ((l - top) / self.temperature).exp()).collect();
        let sum: f32 = exp.iter().sum();
        // Most pieces are plainly nothing: what no threshold lets through needs no sums by type.
        let plain: f32 = exp.iter().zip(&self.meaning).filter(|(_, m)| m.is_none()).map(|(e, _)| e / sum).sum();
        if 1.0 - plain < self.thresholds.values().copied().fold(0.5, f32::min) {
            return None;
        }
        let (mut outside, mut types) = (0.0, BTreeMap::<EntityType, (f32, f32)>::new());
        for (share, meaning) in exp.iter().map(|e| e / sum).zip(&self.meaning) {
            match meaning {
                None => outside += share,
                Some((entity, true)) => types.entry(*entity).or_default().0 += share,
                Some((entity, false)) => types.entry(*entity).or_default().1 += share,
            }
        }
        let (entity, (begin, inside)) = types.into_iter().max_by(|a, b| (a.1.0 + a.1.1).total_cmp(&(b.1.0 + b.1.1)))?;
        let probability = 1.0 - outside;
        let threshold = self.thresholds.get(&entity).copied().unwrap_or(0.5);
        (probability >= threshold).then_some(Tag { entity, begins: begin > inside, probability })
    }
}

/// Joins tagged pieces into detections. A word is never split: when one of its pieces identifies, all of it does.
pub(crate) fn detections(text: &str, pieces: &[Piece], tags: &[Option<Tag>], confidence: &Confidence) -> Vec<Detection> {
    let mut found: Vec<(Span, EntityType, Vec<f32>)> = Vec::new();
    let mut broken = true;
    let mut at = 0;
    while at < pieces.len() {
        let word = word_end(text, pieces, at);
        let of_word = tags.get(at..word).unwrap_or(&[]);
        let best = of_word.iter().flatten().max_by(|a, b| a.probability.total_cmp(&b.probability)).copied();
        if let (Some(tag), Some(first), Some(last)) = (best, pieces.get(at), pieces.get(word - 1)) {
            let span = Span::new(first.start, last.end);
            let begins = of_word.first().and_then(|t| t.as_ref()).is_some_and(|t| t.begins);
            match found.last_mut() {
                // A new begin inside a joined run (`O'Neill`, `3/4/24`) is no new span, and a blank line always is one.
                Some((open, entity, shares))
                    if !broken
                        && *entity == tag.entity
                        && first.gap != 3
                        && (!begins || first.gap == 0 || (first.gap == 1 && is_phrase(*entity))) =>
                {
                    *open = open.hull(&span);
                    shares.push(tag.probability);
                }
                _ => found.push((span, tag.entity, vec![tag.probability])),
            }
            broken = false;
        } else {
            broken = true;
        }
        at = word;
    }
    let trimmed = found.into_iter().filter_map(|(span, entity, shares)| {
        let span = trimmed(text, span)?;
        let sure = confidence.of(shares.iter().sum::<f32>() / shares.len() as f32);
        let amount = if entity == EntityType::Date { is_amount(number(text, span)) } else { is_decimals(text, span) };
        let left_alone = sure < confidence.least || amount;
        (!left_alone).then_some(Detection { span, entity, confidence: sure, source: Source::Model })
    });
    trimmed.collect()
}

/// The whole number of which the span is a part (`12.50` around `.50`); else the span's words.
fn number(text: &str, span: Span) -> &str {
    let numeric = |c: char| c.is_ascii_digit() || c == '.';
    let words = span.of(text);
    if !words.chars().all(numeric) {
        return words;
    }
    let start = text.get(..span.start).unwrap_or("").trim_end_matches(numeric).len();
    let end = text.len() - text.get(span.end..).unwrap_or("").trim_start_matches(numeric).len();
    text.get(start..end).unwrap_or(words).trim_matches('.')
}

/// A number with two decimals that no calendar has as a day or a month (`12.50`, `104.60`): no date.
fn is_amount(words: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    words.split_once('.').is_some_and(|(whole, part)| {
        digits(whole) && digits(part) && part.len() == 2 && (whole.len() == 3 || part.parse().is_ok_and(|n: u8| n > 31)) && whole.len() < 4
    })
}

/// The decimals of a number and nothing else of it (`00` of `3.00`): half an amount identifies nobody.
fn is_decimals(text: &str, span: Span) -> bool {
    let (words, before, behind) = (span.of(text), text.get(..span.start).unwrap_or(""), text.get(span.end..).unwrap_or(""));
    let whole = before.strip_suffix('.').unwrap_or("");
    let number = whole.trim_end_matches(|c: char| c.is_ascii_digit());
    let goes_on = behind.trim_start_matches('.').starts_with(char::is_alphanumeric) || behind.starts_with(['-', '/']);
    words.len() <= 2
        && words.bytes().all(|b| b.is_ascii_digit())
        && number.len() < whole.len()
        && !number.ends_with(['.', '-', '/'])
        && !goes_on
}

/// Types whose words only ever stand for one thing together: two in a row are one (`retired school teacher`).
fn is_phrase(entity: EntityType) -> bool {
    matches!(entity, EntityType::Profession | EntityType::Facility | EntityType::Organization | EntityType::StreetAddress | EntityType::Age)
}

/// One past the last piece of the word that begins at `at`: pieces that touch, all of letters and digits.
fn word_end(text: &str, pieces: &[Piece], at: usize) -> usize {
    let alphanumeric = |p: &Piece| text.get(p.start..p.end).is_some_and(|s| s.chars().all(char::is_alphanumeric));
    let mut end = at + 1;
    if !pieces.get(at).is_some_and(alphanumeric) {
        return end;
    }
    while pieces.get(end).is_some_and(|p| p.gap == 0 && alphanumeric(p)) {
        end += 1;
    }
    end
}

/// The span without blanks and separators at its ends; none when no letter or digit is in it.
fn trimmed(text: &str, span: Span) -> Option<Span> {
    let loose = |c: char| c.is_whitespace() || ",;:|\"*_".contains(c);
    let words = span.of(text);
    if !words.chars().any(char::is_alphanumeric) {
        return None;
    }
    let start = span.start + (words.len() - words.trim_start_matches(loose).len());
    Some(Span::new(start, span.start + words.trim_end_matches(loose).len()))
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "tests")]
mod tests {
    use super::*;

    fn joined(text: &str, marks: &[Option<(EntityType, bool)>]) -> Vec<String> {
        let mut pieces = Vec::new();
        let mut at = 0;
        for word in text.split_inclusive([' ', '\n']) {
            let trimmed = word.trim_end();
            let gap = if at == 0 { 3 } else { u32::from(text[..at].ends_with(' ')) + 2 * u32::from(text[..at].ends_with('\n')) };
            pieces.push(Piece { id: 0, start: at, end: at + trimmed.len(), shape: 0, gap });
            at += word.len();
        }
        let tags: Vec<_> = marks.iter().map(|m| m.map(|(entity, begins)| Tag { entity, begins, probability: 0.9 })).collect();
        detections(text, &pieces, &tags, &Confidence::default()).iter().map(|d| d.span.of(text).to_owned()).collect()
    }

    #[test]
    fn spans_begin_end_and_are_trimmed() {
        use EntityType::{City, Person};
        let text = "Maria Lopez, Salem Ana";
        let marks = [Some((Person, true)), Some((Person, false)), Some((City, true)), Some((Person, true))];
        assert_eq!(joined(text, &marks), ["Maria Lopez", "Salem", "Ana"]);
        assert_eq!(joined("Ana Ruiz", &[Some((Person, true)), Some((Person, true))]), ["Ana", "Ruiz"]);
        assert_eq!(joined("Ana x Ruiz", &[Some((Person, true)), None, Some((Person, false))]), ["Ana", "Ruiz"]);
    }

    #[test]
    fn an_amount_is_no_date() {
        assert!(["12.50", "104.60", "104.25", "9.99"].iter().all(|words| is_amount(words)));
        let part = |text: &str, start, end| is_amount(number(text, Span::new(start, end)));
        assert!(part("paid 12.50 now", 7, 10) && part("paid 12.50", 8, 10) && part("12.50", 0, 2));
        assert!(!part("on 3.12.50", 5, 10) && !part("on 12.05.", 5, 8) && !part("12.50 on 3/4", 9, 12));
        assert!(!["12.05", "31.12", "2024.11", "1.9.", "3/4", "12.5", "3.12.24"].iter().any(|words| is_amount(words)));
    }

    #[test]
    fn decimals_alone_are_left_alone() {
        for (text, decimals) in [
            ("3.00", true),
            ("1,204.55 due", true),
            ("3.00. Then", true),
            ("10.1.2.34", false),
            ("3.001", false),
            ("v. 12", false),
            ("1.22-3", false),
        ] {
            let start = text.rfind('.').filter(|_| text != "3.00. Then" && text != "1.22-3").map_or(2, |at| at + 1);
            let end = text[start..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |n| start + n);
            assert_eq!(is_decimals(text, Span::new(start, end)), decimals, "{text}");
        }
    }

    #[test]
    fn confidence_is_what_was_measured_and_the_least_are_left_alone() {
        let measured = Confidence { slope: 1.0, offset: -1.0, least: 0.3 };
        assert!((measured.of(0.5) - 0.2689).abs() < 1e-3 && measured.of(1.0) <= 1.0 && measured.of(0.0) >= 0.0);
        let pieces = [Piece { id: 0, start: 0, end: 3, shape: 0, gap: 3 }];
        let tag = |probability| [Some(Tag { entity: EntityType::Person, begins: true, probability })];
        assert_eq!(detections("Ana", &pieces, &tag(0.5), &measured).len(), 0);
        assert_eq!(detections("Ana", &pieces, &tag(0.9), &measured).len(), 1);
    }

    #[test]
    fn nothing_is_found_in_numbers_that_are_none() {
        let labels = Labels {
            meaning: vec![None, Some((EntityType::Person, true))],
            thresholds: BTreeMap::new(),
            temperature: 1.0,
            confidence: Confidence::default(),
        };
        assert!(labels.tag(&[f32::NAN, f32::NAN]).is_none());
        assert!(labels.tag(&[0.0, 4.0]).is_some());
    }
}
