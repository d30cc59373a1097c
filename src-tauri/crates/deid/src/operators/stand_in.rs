//! Finding surrogates and shifted dates in an answer.

use std::collections::HashMap;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::Shift;
use super::surrogate::is_number;
use crate::{EntityType, Phi, Vault, VaultEntry};

/// The surrogates of a vault, ready for looking: whole words, longest first.
#[derive(Default)]
pub(crate) struct StandIns {
    pattern: Option<Regex>,
    /// By the way of writing: as it is, in lower case with single blanks, and for numbers the signs alone.
    forms: HashMap<String, (EntityType, Phi<String>)>,
    shift: Option<Shift>,
    longest: usize,
}

/// Bytes of compiled pattern for the surrogates of one record; some tens of thousands of them.
const PATTERN_BYTES: usize = 1 << 28;

impl StandIns {
    pub(crate) fn new(vault: &Vault) -> Self {
        let entries: Vec<&VaultEntry> = vault.entries().filter(|entry| !entry.placeholder.starts_with('[')).collect();
        let mut all = Self { shift: vault.shift().map(Shift::inverse), ..Self::default() };
        for entry in &entries {
            let value = (entry.entity, entry.original.clone());
            all.longest = all.longest.max(entry.placeholder.len());
            all.forms.entry(spaced(&entry.placeholder)).or_insert_with(|| value.clone());
            if is_number(entry.entity) {
                all.forms.entry(signs(&entry.placeholder)).or_insert_with(|| value.clone());
            }
        }
        // Exact ways of writing win over all others.
        all.forms.extend(entries.iter().map(|entry| (entry.placeholder.clone(), (entry.entity, entry.original.clone()))));
        let mut words: Vec<(usize, String)> = entries.iter().map(|entry| (entry.placeholder.len(), pattern(entry))).collect();
        words.sort_by(|a, b| b.cmp(a));
        words.dedup();
        if !words.is_empty() {
            let any = words.into_iter().map(|(_, pattern)| pattern).collect::<Vec<_>>().join("|");
            all.pattern = RegexBuilder::new(&any).case_insensitive(true).size_limit(PATTERN_BYTES).build().ok();
        }
        all
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.forms.is_empty() && self.shift.is_none()
    }

    /// The most bytes that one of them takes in an answer, with other separators.
    pub(crate) fn reach(&self) -> usize {
        (self.longest * 3).max(96)
    }

    /// Where they stand, in reading order, and what they stand for.
    pub(crate) fn hits(&self, text: &str) -> Vec<(Range<usize>, EntityType, Phi<String>)> {
        let mut hits = Vec::new();
        let mut from = 0;
        while let Some(hit) = self.pattern.as_ref().and_then(|pattern| pattern.find_at(text, from)) {
            let found = if stands_alone(text, &hit.range()) { self.meaning(hit.as_str()) } else { None };
            from = match found {
                Some((entity, original)) => {
                    hits.push((hit.range(), entity, original));
                    hit.end()
                }
                // One letter on: a shorter one may begin inside.
                None => hit.start() + hit.as_str().chars().next().map_or(1, char::len_utf8),
            };
        }
        let dates = self.shift.map(|shift| shift.in_text(text)).unwrap_or_default();
        for (at, date) in dates {
            if !hits.iter().any(|(taken, ..)| taken.start < at.end && at.start < taken.end) {
                hits.push((at, EntityType::Date, Phi::new(date)));
            }
        }
        hits.sort_by_key(|(at, ..)| at.start);
        hits
    }

    fn meaning(&self, words: &str) -> Option<(EntityType, Phi<String>)> {
        if let Some(exact) = self.forms.get(words) {
            return Some(exact.clone());
        }
        let (entity, original) = self.forms.get(&spaced(words)).or_else(|| self.forms.get(&signs(words)))?;
        // A name in small letters may be a word.
        let word = *entity == EntityType::Person && !words.contains(char::is_whitespace) && words.starts_with(char::is_lowercase);
        let shouted = words.chars().any(char::is_alphabetic) && !words.chars().any(char::is_lowercase) && !is_number(*entity);
        let original = if shouted { Phi::new(original.expose().to_uppercase()) } else { original.clone() };
        (!word).then_some((*entity, original))
    }
}

/// A pattern for one surrogate: blanks may be line breaks, and the signs of a number may be parted otherwise.
fn pattern(entry: &VaultEntry) -> String {
    let words = &entry.placeholder;
    if !is_number(entry.entity) {
        let parts: Vec<String> = words.split_whitespace().map(regex::escape).collect();
        return parts.join(r"[ \t\r\n\u{a0}]{1,8}");
    }
    let lead: String = words.chars().take_while(|c| !c.is_alphanumeric()).map(|c| format!("{}?", regex::escape(&c.to_string()))).collect();
    let parts: Vec<String> = words.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_string()).collect();
    lead + &parts.join(r"[ \r\n./()_-]{0,2}")
}

fn spaced(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn signs(words: &str) -> String {
    words.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn stands_alone(text: &str, at: &Range<usize>) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    let before = text.get(..at.start).and_then(|t| t.chars().next_back());
    let behind = text.get(at.end..).and_then(|t| t.chars().next());
    !before.is_some_and(joins) && !behind.is_some_and(joins)
}
