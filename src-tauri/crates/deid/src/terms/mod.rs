//! Words that look like a name, a firm or a place and mean no person of the record: eponyms, drugs, devices, laws, software, people of
//! history. A finding that is one of them is doubted, never ruled out: a patient may be called Kernig.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use crate::{Detection, EntityType, Span};

/// Below this confidence a finding of the model is left alone.
pub(crate) const LEAST: f32 = 0.17;

/// A finding at least this sure makes its neighbours likelier.
const SURE: f32 = 0.6;

/// What is added to the logit of a confidence. Measured by logistic regression on the records that the model was tuned on
/// (`models/training/eval`: dev and queries, 711 records): -2.1 for a thing, -2.0 for a firm, -1.9 for a person of public life, -0.6
/// where nothing else in the text is sure. The longer a text about somebody is, the surer it names him more than once: of 20 such
/// findings in texts of 200 bytes and more (the same records, and 621 of `models/training/natural` that were held back) 1 was right, of
/// 109 in texts below 100 bytes 79. Where several are likely, none is alone.
const TERM: f32 = -2.0;
const ALONE: f32 = -0.6;
const ALONE_IN_MORE: f32 = -3.2;
const SHORT: f32 = 100.0;
const LONG: f32 = 250.0;
const SEVERAL: f32 = 1.5;

/// Most words of a term, and most bytes that five of them take.
const WORDS: usize = 6;
const NEAR: usize = 96;

/// Of what kind a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Thing,
    /// Firms, banks, payers, agencies: in a record about somebody they say where he works or is insured.
    Organization,
    Person,
}

static TERMS: LazyLock<HashMap<String, Kind>> = LazyLock::new(|| {
    let lists = [
        (Kind::Person, include_str!("people.txt")),
        (Kind::Organization, include_str!("organizations.txt")),
        (Kind::Thing, include_str!("public.txt")),
        (Kind::Thing, include_str!("medicine.txt")),
    ];
    lists.iter().flat_map(|(kind, list)| list.lines().map(|term| (key(words(term).map(|word| word.of(term))), *kind))).collect()
});

/// The findings of the model with the confidence that they have once it is known what else their words may be and whether anything
/// else in the text is sure; without those that are then below [`LEAST`].
pub(crate) fn weighed(text: &str, found: Vec<Detection>) -> Vec<Detection> {
    let sure = found.iter().filter(|d| d.confidence >= SURE).count();
    let more = ((text.len() as f32 - SHORT) / (LONG - SHORT)).clamp(0.0, 1.0);
    let expected: f32 = found.iter().map(|d| d.confidence).sum();
    let doubt = ALONE + if expected < SEVERAL { more * ALONE_IN_MORE } else { 0.0 };
    let weigh = |mut d: Detection| {
        let alone = sure == usize::from(d.confidence >= SURE);
        let p = d.confidence.clamp(1e-6, 1.0 - 1e-6);
        let term = match term(text, d.span) {
            Some(Kind::Organization) => alone,
            other => other.is_some() || d.entity != EntityType::Date && is_clock(d.span.of(text)),
        };
        let logit = (p / (1.0 - p)).ln() + if alone { doubt } else { 0.0 } + if term { TERM } else { 0.0 };
        d.confidence = 1.0 / (1.0 + (-logit).exp());
        (d.confidence >= LEAST).then_some(d)
    };
    found.into_iter().filter_map(weigh).collect()
}

/// What the words at this place are, if all of them belong to terms.
fn term(text: &str, span: Span) -> Option<Kind> {
    let from = text.floor_char_boundary(span.start.saturating_sub(NEAR));
    let to = text.ceil_char_boundary((span.end + NEAR).min(text.len()));
    let around = text.get(from..to)?;
    let near: Vec<Span> = words(around).map(|word| Span::new(word.start + from, word.end + from)).collect();
    let mut covered = span.start;
    let mut kind = None;
    for (at, first) in near.iter().enumerate().filter(|(_, word)| word.start < span.end) {
        // The longest first: what stands in a longer one is part of it.
        let longest = (1..=WORDS).rev().filter_map(|count| near.get(at..at + count)).find_map(|phrase| {
            let last = phrase.last().filter(|last| last.end > span.start)?;
            TERMS.get(&key(phrase.iter().map(|word| word.of(text)))).map(|kind| (last.end, *kind))
        });
        if let Some((end, this)) = longest.filter(|_| first.start <= covered || is_apart(text, covered, first.start)) {
            covered = covered.max(end);
            kind = if kind == Some(Kind::Thing) { kind } else { Some(this) };
        }
    }
    kind.filter(|_| covered >= span.end || is_apart(text, covered, span.end))
}

/// Whether words are times of day as wards write them: `0340`, `2300-0700`.
fn is_clock(words: &str) -> bool {
    let time = |digits: &str| {
        let number = digits.parse::<u16>().ok().filter(|_| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()));
        number.is_some_and(|number| number / 100 < 24 && number % 100 < 60)
    };
    words.trim().split(['-', '–']).all(time)
}

/// No letter and no digit between two places, but for the `s` of a genitive.
fn is_apart(text: &str, from: usize, to: usize) -> bool {
    let between = text.get(from..to).unwrap_or("");
    let between = between.strip_prefix(['\'', '’']).map_or(between, |rest| rest.strip_prefix(['s', 'S']).unwrap_or(rest));
    !between.contains(char::is_alphanumeric)
}

fn words(text: &str) -> impl Iterator<Item = Span> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        Span::new(start, start + word.len())
    })
}

/// Words as the list knows them: in lower case, without accents, a blank between two.
fn key<'t>(words: impl Iterator<Item = &'t str>) -> String {
    let mut key = String::new();
    for word in words {
        key += if key.is_empty() { "" } else { " " };
        if word.is_ascii() {
            key.extend(word.bytes().map(|b| char::from(b.to_ascii_lowercase())));
        } else {
            key.extend(word.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn found(text: &str, words: &str, confidence: f32) -> Detection {
        let start = text.find(words).unwrap();
        Detection { span: Span::new(start, start + words.len()), entity: EntityType::Person, confidence, source: Source::Model }
    }

    #[test]
    fn table() {
        for (text, words, is_term) in [
            ("a positive Kernig sign", "Kernig", true),
            ("Guillain-Barré, rapidly progressive", "Guillain-Barré", true),
            ("GUILLAIN BARRE?", "GUILLAIN", true),
            ("Dakin's solution", "Dakin's", true),
            ("the jackson pratt drain", "jackson pratt", true),
            ("is Sallie Mae a bank", "Sallie", true),
            ("Brudzinski and Kernig", "Brudzinski and Kernig", false),
            ("seen by Maria Kernig", "Maria Kernig", false),
            ("Maria Lopez, MRN 44", "Maria Lopez", false),
            ("Marcumar nach INR", "Marcumar", true),
            ("xKernig", "xKernig", false),
        ] {
            assert_eq!(term(text, found(text, words, 0.5).span).is_some(), is_term, "{text}");
        }
    }

    #[test]
    fn what_is_sure_stays_and_what_is_doubtful_goes() {
        let text = "Kernig sign negative, told Ana Kernig";
        let kept = |confidence, words| weighed(text, vec![found(text, words, confidence)]).len();
        assert_eq!(kept(0.4, "Kernig"), 0);
        assert_eq!(kept(0.95, "Kernig"), 1);
        assert_eq!(kept(0.4, "Ana Kernig"), 1);
        assert_eq!(kept(0.1, "Ana Kernig"), 0);
        assert!(weighed(text, vec![found(text, "Kernig", 0.0), found(text, "Kernig", 1.0)]).iter().all(|d| d.confidence.is_finite()));
    }

    #[test]
    fn a_time_of_day_is_doubted_as_anything_but_a_date() {
        for (words, is_time) in [("0340", true), ("2300-0700", true), ("2460", false), ("0975", false), ("340", false), ("12-0340", false)]
        {
            assert_eq!(is_clock(words), is_time, "{words}");
        }
        let text = "obs til 0530, home";
        let time = |entity| weighed(text, vec![Detection { entity, ..found(text, "0530", 0.5) }]).len();
        assert_eq!((time(EntityType::UniqueId), time(EntityType::Date)), (0, 1));
    }

    #[test]
    fn what_stands_alone_is_doubted_more_in_a_longer_text() {
        let kept = |more: usize, confidence| {
            let text = format!("told Alvo{}", " and then some".repeat(more));
            weighed(&text, vec![found(&text, "Alvo", confidence)]).len()
        };
        assert_eq!((kept(0, 0.5), kept(20, 0.5), kept(20, 0.98)), (1, 0, 1));
        let text = format!("told Alvo, Brem, Cerl, Dost{}", " and then some".repeat(20));
        let unsure = ["Alvo", "Brem", "Cerl", "Dost"].map(|name| found(&text, name, 0.5));
        assert_eq!(weighed(&text, unsure.to_vec()).len(), 4);
    }

    #[test]
    fn a_firm_is_doubted_where_nothing_else_is_sure() {
        let text = "Ana Ruiz, Aetna W2039";
        let aetna = || found(text, "Aetna", 0.45);
        assert_eq!(weighed(text, vec![aetna()]).len(), 0);
        assert_eq!(weighed(text, vec![found(text, "Ana Ruiz", 0.99), aetna()]).len(), 2);
    }

    #[test]
    fn the_lists_hold_no_term_twice() {
        let mut seen = std::collections::HashSet::new();
        for list in
            [include_str!("medicine.txt"), include_str!("public.txt"), include_str!("organizations.txt"), include_str!("people.txt")]
        {
            let keys: Vec<String> = list.lines().map(|term| key(words(term).map(|word| word.of(term)))).collect();
            assert!(list.lines().all(|term| term == term.trim()) && keys.iter().all(|key| !key.is_empty()));
            assert!(keys.iter().all(|key| key.split(' ').count() <= WORDS));
            for key in keys {
                assert!(seen.insert(key.clone()), "{key} stands there twice");
            }
        }
        assert_eq!(seen.len(), TERMS.len());
    }
}
