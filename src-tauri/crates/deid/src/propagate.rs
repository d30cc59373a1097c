//! What was found once is found everywhere in the record.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::misspelt::misspelt;
use crate::{Detection, EntityType, Kind, RecognizeError, Source, Span};

/// Below this the first finding is too unsure to be repeated over the whole record.
const SURE_ENOUGH: f32 = 0.55;

/// Nobody repeats a longer value, in bytes; and building the search for long repeating patterns is not linear.
const LONGEST: usize = 256;

/// Given names, surnames and months that are words as well: alone they are repeated only with a capital, and less surely.
const NAMES_THAT_ARE_WORDS: &[&str] = &[
    "april",
    "art",
    "august",
    "bill",
    "bishop",
    "black",
    "brown",
    "chance",
    "chase",
    "christian",
    "cook",
    "dawn",
    "dean",
    "do",
    "drew",
    "early",
    "faith",
    "grace",
    "grant",
    "gray",
    "green",
    "hill",
    "hope",
    "jack",
    "joy",
    "june",
    "king",
    "lane",
    "law",
    "long",
    "low",
    "mark",
    "may",
    "miles",
    "miller",
    "page",
    "park",
    "pat",
    "penny",
    "price",
    "rice",
    "rich",
    "rose",
    "short",
    "son",
    "stone",
    "summer",
    "will",
    "wing",
    "wood",
    "young",
];

/// Local parts of addresses that name an office or a duty.
const OFFICES: &[&str] = &[
    "accounting",
    "accounts",
    "admin",
    "appointments",
    "billing",
    "care",
    "claims",
    "clinic",
    "contact",
    "customer",
    "desk",
    "front",
    "health",
    "help",
    "helpdesk",
    "hospital",
    "hr",
    "human",
    "info",
    "insurance",
    "intake",
    "lab",
    "legal",
    "mail",
    "medical",
    "news",
    "noreply",
    "office",
    "orders",
    "patient",
    "patients",
    "payments",
    "payroll",
    "pharmacy",
    "privacy",
    "records",
    "referrals",
    "reply",
    "resources",
    "sales",
    "scheduling",
    "security",
    "service",
    "services",
    "support",
    "team",
    "test",
    "user",
    "web",
];

struct Needle {
    entity: EntityType,
    confidence: f32,
    /// Only an occurrence with a capital counts (a part of a name, a place).
    capital: bool,
}

/// Finds the other places where words stand that were already found: whole values, and the parts of a person's name.
pub fn propagate(text: &str, detections: &[Detection]) -> Result<Vec<Detection>, RecognizeError> {
    let needles = needles(text, detections);
    if needles.is_empty() {
        return Ok(Vec::new());
    }
    let parts = needles.iter().filter(|(words, needle)| {
        let alone = needle.entity == EntityType::Person && needle.capital && words.chars().all(char::is_alphabetic);
        alone && NAMES_THAT_ARE_WORDS.binary_search(&words.as_str()).is_err()
    });
    let mut found = misspelt(text, &parts.map(|(words, needle)| (words.clone(), needle.confidence)).collect(), detections);
    let (patterns, needles): (Vec<String>, Vec<Needle>) = needles.into_iter().unzip();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(&patterns)
        .map_err(|error| RecognizeError::Inference(error.to_string()))?;
    let mut covered = detections.iter().map(|d| d.span).peekable();
    for hit in automaton.find_iter(text) {
        let span = Span::new(hit.start(), hit.end());
        while covered.peek().is_some_and(|c| c.end <= span.start) {
            covered.next();
        }
        let Some(needle) = needles.get(hit.pattern().as_usize()) else { continue };
        let inside = covered.peek().is_some_and(|c| c.contains(&span));
        let capital = span.of(text).chars().next().is_some_and(|c| !c.is_lowercase());
        if !inside && stands_alone(text, span) && (capital || !needle.capital) && !(needle.capital && is_label(text, span)) {
            found.push(Detection { span, entity: needle.entity, confidence: needle.confidence, source: Source::Propagation });
        }
    }
    found.sort_by_key(|d| d.span);
    Ok(found)
}

fn needles(text: &str, detections: &[Detection]) -> HashMap<String, Needle> {
    let mut needles = HashMap::<String, Needle>::new();
    let mut add = |words: &str, entity, confidence: f32, capital| {
        let needle = needles.entry(words.to_lowercase()).or_insert(Needle { entity, confidence: 0.0, capital });
        if confidence > needle.confidence {
            (needle.entity, needle.confidence) = (entity, confidence);
        }
        needle.capital &= capital;
    };
    for d in detections.iter().filter(|d| d.confidence >= SURE_ENOUGH || d.source == Source::Reviewer) {
        let words = d.span.of(text).trim();
        if words.len() > LONGEST || words.chars().filter(|c| c.is_alphanumeric()).count() < 3 {
            continue;
        }
        let repeated = d.confidence * 0.95;
        match d.entity {
            EntityType::Person => {
                let parts: Vec<&str> = words.split(|c: char| !c.is_alphanumeric() && !"'’-".contains(c)).collect();
                if parts.iter().filter(|p| !p.is_empty()).count() > 1 {
                    add(words, d.entity, repeated, false);
                }
                for part in parts.into_iter().filter(|p| p.chars().count() > 2 && p.chars().all(|c| !c.is_numeric())) {
                    let word = NAMES_THAT_ARE_WORDS.binary_search(&part.to_lowercase().as_str()).is_ok();
                    add(part, d.entity, if word { repeated * 0.7 } else { repeated * 0.95 }, true);
                }
            }
            EntityType::City | EntityType::Facility | EntityType::Organization if words.chars().count() > 3 => {
                add(words, d.entity, repeated, true);
            }
            EntityType::EmailAddress => {
                add(words, d.entity, repeated, false);
                for name in names_in_address(words) {
                    add(&name, EntityType::Person, repeated * 0.8, true);
                }
            }
            _ if d.entity.kind() == Kind::Direct => {
                let digits = words.chars().filter(char::is_ascii_digit).count();
                if digits >= 4 || words.chars().count() >= 6 {
                    add(words, d.entity, repeated, false);
                }
            }
            _ => {}
        }
    }
    needles
}

/// The names that `maria.lopez@...` spells: both orders, and the surname alone. None for offices.
fn names_in_address(address: &str) -> Vec<String> {
    let local = address.split(['@', ' ', '%']).next().unwrap_or("");
    let parts: Vec<String> = local.split(['.', '_', '-']).map(|part| part.trim_matches(|c: char| c.is_numeric()).to_lowercase()).collect();
    let name =
        |part: &String| part.chars().count() > 2 && part.chars().all(char::is_alphabetic) && OFFICES.binary_search(&part.as_str()).is_err();
    match parts.as_slice() {
        [given, .., surname] if name(given) && name(surname) => {
            let mut names = vec![format!("{given} {surname}"), format!("{surname}, {given}"), format!("{surname} {given}")];
            let word = NAMES_THAT_ARE_WORDS.binary_search(&surname.as_str()).is_ok();
            names.extend((surname.chars().count() > 4 && !word).then(|| surname.clone()));
            names
        }
        _ => Vec::new(),
    }
}

/// Whether the word is a label here (`Mobile: ...`, `Loan # ...`, `FAX NUMBER`), whatever it names elsewhere.
fn is_label(text: &str, span: Span) -> bool {
    let behind = text.get(span.end..).unwrap_or("").trim_start_matches(' ');
    let word: String = behind.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    behind.starts_with([':', '#', '=']) || matches!(word.as_str(), "number" | "no" | "id" | "account" | "phone" | "amount" | "balance")
}

/// Whether no letter or digit touches the span.
fn stands_alone(text: &str, span: Span) -> bool {
    let before = text.get(..span.start).and_then(|t| t.chars().next_back());
    let after = text.get(span.end..).and_then(|t| t.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, words: &str, entity: EntityType) -> Detection {
        let start = text.find(words).unwrap();
        Detection { span: Span::new(start, start + words.len()), entity, confidence: 0.95, source: Source::Model }
    }

    fn also(text: &str, first: &[(&str, EntityType)]) -> Vec<String> {
        let mut detections: Vec<_> = first.iter().map(|(words, entity)| at(text, words, *entity)).collect();
        detections.sort_by_key(|d| d.span);
        propagate(text, &detections).unwrap().iter().map(|d| d.span.of(text).to_owned()).collect()
    }

    #[test]
    fn the_lists_of_words_are_sorted_for_the_search() {
        assert!(NAMES_THAT_ARE_WORDS.is_sorted() && OFFICES.is_sorted());
    }

    #[test]
    fn table() {
        use EntityType::*;
        type Case<'c> = (&'c str, &'c [(&'c str, EntityType)], &'c [&'c str]);
        let cases: &[Case<'_>] = &[
            ("Maria Lopez came. Ms. Lopez left; MARIA LOPEZ signed.", &[("Maria Lopez", Person)], &["Lopez", "MARIA LOPEZ"]),
            ("Hope Grant said there is hope. Grant agreed.", &[("Hope Grant", Person)], &["Grant"]),
            ("MRN 4478812. See 4478812, not 44788123.", &[("4478812", MedicalRecordNumber)], &["4478812"]),
            ("Li saw a list.", &[("Li", Person)], &[]),
            ("Loan Tran. Loan number 5. Loan: x. Loan left.", &[("Loan Tran", Person)], &["Loan"]),
            ("Lives in Reading and likes reading. Reading is nice.", &[("Reading", City)], &["Reading"]),
            (
                "Write ana.ruiz@example.org. Ana Ruiz; RUIZ, ANA; dear Ms Alvarez",
                &[("ana.ruiz@example.org", EmailAddress)],
                &["Ana Ruiz", "RUIZ, ANA"],
            ),
            ("front.desk@example.org. The Front Desk.", &[("front.desk@example.org", EmailAddress)], &[]),
            ("Maria Delgado. Later Degaldo left.", &[("Maria Delgado", Person)], &["Degaldo"]),
            ("Seen 3/4/24 and 3/4/24", &[("3/4/24", Date)], &[]),
        ];
        for (text, first, expected) in cases {
            assert_eq!(also(text, first), *expected, "{text}");
        }
    }
}
