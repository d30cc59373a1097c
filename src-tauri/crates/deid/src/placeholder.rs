//! Typed placeholders such as `[PERSON_1]`: ordinals per record, never derived from the value (45 CFR 164.514(c)).

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::{Detection, EntityType, Phi, Vault, VaultEntry};

/// One stretch of a de-identified text.
#[derive(Debug, Clone)]
pub enum Segment {
    /// Text that stays as it is.
    Kept(Phi<String>),
    /// A placeholder, and which detection (by its index) it stands for.
    Placeholder {
        /// The placeholder as it is written.
        text: String,
        /// Its entity type.
        entity: EntityType,
        /// The index of the detection that it replaces.
        detection: usize,
    },
}

/// Whether the original may be kept for restoring. Card security codes may not be stored at all (PCI DSS 3.3); secrets
/// have no use in an answer.
pub fn is_restorable(entity: EntityType) -> bool {
    !matches!(entity, EntityType::CardSecurityCode | EntityType::Secret)
}

/// Gives every detection of a record its placeholder; the same person, the same value, gets the same one.
pub struct Numbering {
    next: HashMap<EntityType, u32>,
    values: HashMap<(EntityType, String), u32>,
    people: Vec<Person>,
    vault: Vault,
}

struct Person {
    ordinal: u32,
    given: Vec<String>,
    surname: String,
}

impl Numbering {
    /// A numbering for a record. Placeholders that already stand in `text` are somebody else's: their numbers are not used.
    pub fn new(text: &str) -> Self {
        static WRITTEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b([A-Za-z]+(?:_[A-Za-z]+)*)_(\d{1,6})\b").ok());
        let mut next = HashMap::new();
        for hit in WRITTEN.iter().flat_map(|pattern| pattern.captures_iter(text)) {
            let entity = hit.get(1).and_then(|name| EntityType::parse(&name.as_str().to_uppercase()));
            let number = hit.get(2).and_then(|number| number.as_str().parse::<u32>().ok());
            if let (Some(entity), Some(number)) = (entity, number) {
                let free = next.entry(entity).or_insert(0);
                *free = number.max(*free);
            }
        }
        Self { next, values: HashMap::new(), people: Vec::new(), vault: Vault::default() }
    }

    /// Cuts the text into what stays and what is replaced. `detections` are resolved: ordered, without overlaps.
    pub fn segments(&mut self, text: &str, detections: &[Detection]) -> Vec<Segment> {
        let mut written: Vec<String> = vec![String::new(); detections.len()];
        for index in reading_order(text, detections) {
            if let (Some(detection), Some(slot)) = (detections.get(index), written.get_mut(index)) {
                *slot = self.placeholder(detection.entity, detection.span.of(text));
            }
        }
        let mut segments = Vec::with_capacity(detections.len() * 2 + 1);
        let mut at = 0;
        for (index, (detection, placeholder)) in detections.iter().zip(written).enumerate() {
            if at < detection.span.start {
                segments.push(Segment::Kept(Phi::from(text.get(at..detection.span.start).unwrap_or(""))));
            }
            segments.push(Segment::Placeholder { text: placeholder, entity: detection.entity, detection: index });
            at = detection.span.end.max(at);
        }
        if at < text.len() {
            segments.push(Segment::Kept(Phi::from(text.get(at..).unwrap_or(""))));
        }
        segments
    }

    /// The originals behind the placeholders given so far.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    pub(crate) fn vault_mut(&mut self) -> &mut Vault {
        &mut self.vault
    }

    /// The number of a value, or of the person of that name.
    pub(crate) fn ordinal(&mut self, entity: EntityType, words: &str) -> u32 {
        if entity == EntityType::Person { self.person(words) } else { self.value(entity, words) }
    }

    pub(crate) fn placeholder(&mut self, entity: EntityType, words: &str) -> String {
        if !is_restorable(entity) {
            self.vault.remember_only(entity, words);
            return format!("[{}]", entity.name());
        }
        let ordinal = self.ordinal(entity, words);
        let placeholder = format!("[{}_{ordinal}]", entity.name());
        self.vault.insert(VaultEntry { placeholder: placeholder.clone(), entity, original: Phi::from(words) });
        placeholder
    }

    fn fresh(&mut self, entity: EntityType) -> u32 {
        let next = self.next.entry(entity).or_insert(0);
        *next += 1;
        *next
    }

    fn value(&mut self, entity: EntityType, words: &str) -> u32 {
        let key: String = words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if let Some(ordinal) = self.values.get(&(entity, key.clone())) {
            return *ordinal;
        }
        let ordinal = self.fresh(entity);
        self.values.insert((entity, key), ordinal);
        ordinal
    }

    /// The number of the person of that name. A mention that fits two people, or none, gets a number of its own.
    fn person(&mut self, words: &str) -> u32 {
        let (tokens, surname_first) = name_tokens(words);
        let key = (EntityType::Person, tokens.join(" "));
        if let Some(ordinal) = self.values.get(&key) {
            return *ordinal;
        }
        let (given, surname) = match tokens.as_slice() {
            [] => (Vec::new(), String::new()),
            [first, rest @ ..] if surname_first => (rest.to_vec(), first.clone()),
            [rest @ .., last] => (rest.to_vec(), last.clone()),
        };
        let fits = |p: &&Person| {
            if given.is_empty() {
                p.surname == surname || (!p.given.is_empty() && p.given.first() == Some(&surname))
            } else {
                p.surname == surname && !p.given.is_empty() && p.given.iter().zip(&given).take(1).all(|(a, b)| same_given(a, b))
            }
        };
        let candidates: Vec<u32> = self.people.iter().filter(fits).map(|p| p.ordinal).collect();
        let ordinal = match candidates.as_slice() {
            [one] => *one,
            _ => {
                let ordinal = self.fresh(EntityType::Person);
                self.people.push(Person { ordinal, given, surname });
                ordinal
            }
        };
        self.values.insert(key, ordinal);
        ordinal
    }
}

/// The order in which detections get their numbers: whole names first, so that a surname that comes before the whole name
/// still finds its person; in each group by place.
pub(crate) fn reading_order(text: &str, detections: &[Detection]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..detections.len()).collect();
    order.sort_by_key(|i| match detections.get(*i) {
        Some(d) if d.entity == EntityType::Person => (0, whole_names_first(d.span.of(text)), *i),
        _ => (1, std::cmp::Reverse(0), *i),
    });
    order
}

pub(crate) fn whole_names_first(name: &str) -> std::cmp::Reverse<usize> {
    std::cmp::Reverse(name_tokens(name).0.len().min(2))
}

fn same_given(a: &str, b: &str) -> bool {
    a == b || (a.chars().count() == 1 && b.starts_with(a)) || (b.chars().count() == 1 && a.starts_with(b))
}

/// The words of a name in lower case without initials' dots, and whether the surname stands first (`LOPEZ, MARIA`, `LOPEZ^MARIA`).
fn name_tokens(words: &str) -> (Vec<String>, bool) {
    let surname_first = words.contains(',') || words.contains('^');
    let tokens = words
        .split(|c: char| !(c.is_alphanumeric() || "'’-".contains(c)))
        .filter(|t| !t.is_empty())
        .map(str::to_lowercase)
        .filter(|t| !matches!(t.as_str(), "jr" | "sr" | "ii" | "iii" | "iv"))
        .collect();
    (tokens, surname_first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, Span};

    fn transformed(text: &str, marks: &[(&str, EntityType)]) -> String {
        let mut at = 0;
        let detections: Vec<Detection> = marks
            .iter()
            .map(|(words, entity)| {
                let start = at + text.get(at..).unwrap().find(words).unwrap();
                at = start + words.len();
                Detection { span: Span::new(start, at), entity: *entity, confidence: 1.0, source: Source::Model }
            })
            .collect();
        let segments = Numbering::new(text).segments(text, &detections);
        segments
            .iter()
            .map(|s| match s {
                Segment::Kept(t) => t.expose().clone(),
                Segment::Placeholder { text, .. } => text.clone(),
            })
            .collect()
    }

    #[test]
    fn the_same_person_gets_the_same_number() {
        use EntityType::Person as P;
        let cases: &[(&str, &[&str], &str)] = &[
            ("Maria Lopez saw Ana Ruiz; Lopez left", &["Maria Lopez", "Ana Ruiz", "Lopez"], "[PERSON_1] saw [PERSON_2]; [PERSON_1] left"),
            (
                "LOPEZ, MARIA A / Maria Lopez / M. Lopez",
                &["LOPEZ, MARIA A", "Maria Lopez", "M. Lopez"],
                "[PERSON_1] / [PERSON_1] / [PERSON_1]",
            ),
            ("Lopez (Maria Lopez)", &["Lopez", "Maria Lopez"], "[PERSON_1] ([PERSON_1])"),
            ("Ana Lopez and Maria Lopez: Lopez", &["Ana Lopez", "Maria Lopez", "Lopez"], "[PERSON_1] and [PERSON_2]: [PERSON_3]"),
        ];
        for (text, names, expected) in cases {
            let marks: Vec<_> = names.iter().map(|n| (*n, P)).collect();
            assert_eq!(transformed(text, &marks), *expected);
        }
    }

    #[test]
    fn placeholders_in_the_text_keep_their_numbers() {
        assert_eq!(transformed("[PERSON_3] met Ana", &[("Ana", EntityType::Person)]), "[PERSON_3] met [PERSON_4]");
    }

    #[test]
    fn card_security_codes_have_no_number_and_no_vault_entry() {
        let text = "CVV 123";
        let detection = Detection { span: Span::new(4, 7), entity: EntityType::CardSecurityCode, confidence: 1.0, source: Source::Model };
        let mut numbering = Numbering::new(text);
        assert!(matches!(&numbering.segments(text, &[detection])[1], Segment::Placeholder { text, .. } if text == "[CARD_SECURITY_CODE]"));
        assert_eq!(numbering.vault().entries().count(), 0);
    }
}
