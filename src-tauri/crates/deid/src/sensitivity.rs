//! Words that raise a record's sensitivity. They can only raise it, never lower it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::{Classification, RecordClass};

/// Psychotherapy notes, 45 CFR 164.501: kept apart and disclosed only with authorisation (164.508(a)(2)).
pub const PSYCHOTHERAPY: &str = "psychotherapy";
/// Records of substance-use-disorder programs, 42 CFR Part 2.
pub const SUBSTANCE_USE: &str = "substance_use";

const PHRASES: &[(&str, &str)] = &[
    ("psychotherapy note", PSYCHOTHERAPY),
    ("psychotherapy process", PSYCHOTHERAPY),
    ("psychotherapy session", PSYCHOTHERAPY),
    ("therapy session note", PSYCHOTHERAPY),
    ("process note", PSYCHOTHERAPY),
    ("42 cfr part 2", SUBSTANCE_USE),
    ("part 2 program", SUBSTANCE_USE),
    ("substance use disorder", SUBSTANCE_USE),
    ("substance abuse treatment", SUBSTANCE_USE),
    ("opioid use disorder", SUBSTANCE_USE),
    ("alcohol use disorder", SUBSTANCE_USE),
    ("alcohol dependence", SUBSTANCE_USE),
    ("opioid dependence", SUBSTANCE_USE),
    ("methadone maintenance", SUBSTANCE_USE),
    ("methadone clinic", SUBSTANCE_USE),
    ("buprenorphine", SUBSTANCE_USE),
    ("suboxone", SUBSTANCE_USE),
    ("detox program", SUBSTANCE_USE),
    ("inpatient rehab for alcohol", SUBSTANCE_USE),
];

static WORDS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(PHRASES.iter().map(|(words, _)| words)).ok());

/// The special categories that a record may fall under, by its words and its class.
pub fn special_categories(text: &str, class: Option<&Classification>) -> BTreeSet<String> {
    let mut special = BTreeSet::new();
    match WORDS.as_ref() {
        Some(words) => {
            let found = words.find_overlapping_iter(text).filter_map(|hit| PHRASES.get(hit.pattern().as_usize()));
            special.extend(found.map(|(_, category)| (*category).to_owned()));
        }
        // Without the word list nothing can be ruled out.
        None => special.extend([PSYCHOTHERAPY.to_owned(), SUBSTANCE_USE.to_owned()]),
    }
    if class.is_some_and(|c| c.class == RecordClass::TherapyNote) {
        special.insert(PSYCHOTHERAPY.to_owned());
    }
    special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_raise() {
        let special = |text: &str| special_categories(text, None).into_iter().collect::<Vec<_>>();
        assert_eq!(special("Started Suboxone for Opioid Use Disorder"), [SUBSTANCE_USE]);
        assert_eq!(special("PSYCHOTHERAPY NOTE, session 4"), [PSYCHOTHERAPY]);
        assert!(special("Denies alcohol use. Physical therapy twice a week.").is_empty());
    }
}
