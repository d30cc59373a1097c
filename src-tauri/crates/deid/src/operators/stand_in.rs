//! Finding surrogates and shifted dates in an answer.

use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::Shift;
use super::surrogate::is_number;
use crate::{EntityType, Phi, Vault, VaultEntry};

/// The surrogates of a vault, ready for looking: whole words, longest first.
#[derive(Default)]
pub(crate) struct StandIns {
    /// Finds the letters and digits of each, in a view of the answer that has nothing else.
    signs: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
    /// By the way of writing: as it is, in lower case with single blanks, and for numbers the signs alone.
    forms: HashMap<String, (EntityType, Phi<String>)>,
    shift: Option<Shift>,
    longest: usize,
}

struct Pattern {
    number: bool,
    /// What stands before the first letter or digit and behind the last: an answer may leave it away.
    edges: (String, String),
    /// What is between, in lower case with single blanks.
    core: String,
}

impl StandIns {
    pub(crate) fn new(vault: &Vault) -> Self {
        let entries: Vec<&VaultEntry> = vault.entries().filter(|entry| !entry.placeholder.starts_with('[')).collect();
        let mut all = Self { shift: vault.shift().map(Shift::inverse), ..Self::default() };
        let mut needles = Vec::new();
        for entry in &entries {
            let (words, value) = (entry.placeholder.as_str(), (entry.entity, entry.original.clone()));
            let core = words.trim_matches(|c: char| !c.is_alphanumeric());
            let needle = signs(core);
            if needle.is_empty() {
                continue;
            }
            let (before, behind) = words.split_once(core).unwrap_or_default();
            let number = is_number(entry.entity);
            all.longest = all.longest.max(words.len());
            for form in [spaced(words), spaced(core)].into_iter().chain(number.then(|| needle.clone())) {
                all.forms.entry(form).or_insert_with(|| value.clone());
            }
            all.patterns.push(Pattern { number, edges: (before.to_owned(), behind.to_owned()), core: spaced(core) });
            needles.push(needle);
        }
        // Exact ways of writing win over all others.
        all.forms.extend(entries.iter().map(|entry| (entry.placeholder.clone(), (entry.entity, entry.original.clone()))));
        all.signs = AhoCorasick::new(&needles).ok();
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
        let mut view = String::with_capacity(text.len());
        let mut places: Vec<(usize, usize)> = Vec::with_capacity(text.len());
        for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
            let before = view.len();
            view.extend(c.to_lowercase());
            places.extend(std::iter::repeat_n((at, at + c.len_utf8()), view.len() - before));
        }
        let found = self.signs.iter().flat_map(|signs| signs.find_overlapping_iter(&view));
        let mut places: Vec<(Range<usize>, EntityType, Phi<String>)> = found
            .filter_map(|hit| {
                let at = places.get(hit.start())?.0..places.get(hit.end().checked_sub(1)?)?.1;
                let at = self.patterns.get(hit.pattern().as_usize())?.place(text, at)?;
                let (entity, original) = self.meaning(text.get(at.clone())?)?;
                Some((at, entity, original))
            })
            .collect();
        let count = places.len();
        let dates = self.shift.map(|shift| shift.in_text(text)).unwrap_or_default();
        places.extend(dates.into_iter().map(|(at, date)| (at, EntityType::Date, Phi::new(date))));
        // What the vault says about a date wins over what the shift says.
        let mut all = free(places.drain(..count).collect());
        let taken: Vec<Range<usize>> = all.iter().map(|(at, ..)| at.clone()).collect();
        all.extend(places.into_iter().filter(|(at, ..)| {
            let next = taken.partition_point(|t| t.end <= at.start);
            taken.get(next).is_none_or(|t| t.start >= at.end)
        }));
        all.sort_by_key(|(at, ..)| at.start);
        all
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

impl Pattern {
    /// Where it stands in the text, if what is between its letters and digits fits: the signs of a number may be parted
    /// otherwise, blanks may be line breaks.
    fn place(&self, text: &str, at: Range<usize>) -> Option<Range<usize>> {
        let words = text.get(at.clone())?;
        let fits = if self.number {
            let parts = words.split(char::is_alphanumeric).all(|gap| gap.len() <= 2 && gap.chars().all(|c| " \r\n./()_-".contains(c)));
            parts && words.is_ascii()
        } else {
            words.len() <= self.core.len() * 3 && spaced(words) == self.core
        };
        if !fits || !stands_alone(text, &at) {
            return None;
        }
        let (before, behind) = &self.edges;
        let start = if text.get(..at.start)?.ends_with(before) { at.start - before.len() } else { at.start };
        let end = if text.get(at.end..)?.starts_with(behind) { at.end + behind.len() } else { at.end };
        Some(start..end)
    }
}

/// Those that do not overlap an earlier one, or a longer one at the same place.
fn free(mut hits: Vec<(Range<usize>, EntityType, Phi<String>)>) -> Vec<(Range<usize>, EntityType, Phi<String>)> {
    hits.sort_by_key(|(at, ..)| (at.start, std::cmp::Reverse(at.end)));
    let mut end = 0;
    hits.retain(|(at, ..)| {
        let free = at.start >= end;
        end = if free { at.end } else { end };
        free
    });
    hits
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
