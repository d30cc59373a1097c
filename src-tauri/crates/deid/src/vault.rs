//! Placeholder <-> original: restoring an answer locally, whole or while it streams in.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::operators::{Shift, StandIns};
use crate::{EntityType, Phi};

/// One placeholder, surrogate or shifted date, and what it stands for.
#[derive(Debug, Clone)]
pub struct VaultEntry {
    /// As it is written, such as `[PERSON_1]`. What does not begin with a bracket is a stand-in that looks real.
    pub placeholder: String,
    /// Its entity type.
    pub entity: EntityType,
    /// The original words.
    pub original: Phi<String>,
}

/// The originals of one record. Where one person was written in several ways, the longest comes back.
#[derive(Debug, Clone, Default)]
pub struct Vault {
    entries: HashMap<String, VaultEntry>,
    /// Every way in which an original was written: none of them may leave.
    written: Vec<(EntityType, Phi<String>)>,
    /// How far the dates of the record were moved.
    shift: Option<Shift>,
}

impl Vault {
    /// A vault read back from storage.
    pub fn from_entries(entries: impl IntoIterator<Item = VaultEntry>) -> Self {
        let mut vault = Vault::default();
        entries.into_iter().for_each(|entry| vault.insert(entry));
        vault
    }

    /// Adds an original; the way of writing the same one that reads best wins.
    pub fn insert(&mut self, entry: VaultEntry) {
        self.remember_only(entry.entity, entry.original.expose());
        match self.entries.get_mut(&entry.placeholder) {
            Some(known) if readable(known.original.expose()) >= readable(entry.original.expose()) => {}
            Some(known) => *known = entry,
            None => {
                self.entries.insert(entry.placeholder.clone(), entry);
            }
        }
    }

    /// Adds a way of writing that the record does not hold but an answer may; what is known stays.
    pub(crate) fn insert_form(&mut self, entry: VaultEntry) {
        self.entries.entry(entry.placeholder.clone()).or_insert(entry);
    }

    /// How far dates were moved: with it, dates of an answer come back that the record does not hold.
    pub fn shift(&self) -> Option<Shift> {
        self.shift
    }

    /// The vault with the shift that was kept beside it.
    #[must_use]
    pub fn with_shift(self, shift: Option<Shift>) -> Self {
        Self { shift, ..self }
    }

    pub(crate) fn set_shift(&mut self, shift: Shift) {
        self.shift = Some(shift);
    }

    /// Remembers words that must not leave, without a way back to them.
    pub(crate) fn remember_only(&mut self, entity: EntityType, words: &str) {
        if !self.written.iter().any(|(_, known)| known.expose() == words) {
            self.written.push((entity, Phi::from(words)));
        }
    }

    /// Adds all of another record's, or of the question.
    pub(crate) fn absorb(&mut self, other: Vault) {
        let Vault { entries, written, shift } = other;
        for entry in entries.into_values() {
            // A date that nobody marked stands for itself, unless it stands for another one here.
            let stays = |known: &VaultEntry| {
                let itself = |e: &VaultEntry| e.placeholder == *e.original.expose();
                !itself(known) && (itself(&entry) || readable(known.original.expose()) >= readable(entry.original.expose()))
            };
            if !self.entries.get(&entry.placeholder).is_some_and(stays) {
                self.entries.insert(entry.placeholder.clone(), entry);
            }
        }
        if self.written.is_empty() {
            self.written = written;
        } else {
            written.iter().for_each(|(entity, words)| self.remember_only(*entity, words.expose()));
        }
        self.shift = match (self.shift, shift) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        };
    }

    /// The placeholders and their originals, in no order.
    pub fn entries(&self) -> impl Iterator<Item = &VaultEntry> {
        self.entries.values()
    }

    /// Every way in which an original was written.
    pub(crate) fn written(&self) -> impl Iterator<Item = (EntityType, &str)> {
        self.written.iter().map(|(entity, words)| (*entity, words.expose().as_str()))
    }

    /// Puts the originals back. The text must already be in its final, parsed form: originals are never parsed again.
    pub fn restore(&self, text: &str) -> Vec<Part> {
        self.restored(text, &StandIns::new(self))
    }

    fn restored(&self, text: &str, stand_ins: &StandIns) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut at = 0;
        for (hit, entity, original) in self.hits(text, stand_ins) {
            push_text(&mut parts, text.get(at..hit.start).unwrap_or(""));
            parts.push(Part { text: original, restored: Some(entity) });
            at = hit.end;
        }
        push_text(&mut parts, text.get(at..).unwrap_or(""));
        parts
    }

    /// What stands for an original: in reading order, without overlaps; placeholders win.
    fn hits(&self, text: &str, stand_ins: &StandIns) -> Vec<(Range<usize>, EntityType, Phi<String>)> {
        let mut hits = Vec::new();
        for hit in PLACEHOLDER.iter().flat_map(|pattern| pattern.captures_iter(text)) {
            let Some(whole) = hit.get(0) else { continue };
            let name = hit.get(1).or(hit.get(3)).map(|m| m.as_str().replace(['\\', ' ', '-'], "_"));
            let number = hit.get(2).or(hit.get(4)).map(|m| m.as_str().trim_start_matches('0'));
            let (Some(name), Some(number)) = (name, number) else { continue };
            let name = name.split('_').filter(|p| !p.is_empty()).collect::<Vec<_>>().join("_").to_uppercase();
            let Some(entry) = self.entries.get(&format!("[{name}_{number}]")) else { continue };
            hits.push((whole.range(), entry.entity, entry.original.clone()));
        }
        if stand_ins.is_empty() {
            return hits;
        }
        let free = |at: &Range<usize>| !hits.iter().any(|(taken, ..)| taken.start < at.end && at.start < taken.end);
        let others: Vec<_> = stand_ins.hits(text).into_iter().filter(|(at, ..)| free(at)).collect();
        hits.extend(others);
        hits.sort_by_key(|(at, ..)| at.start);
        hits
    }

    /// Restores a text that arrives in pieces.
    pub fn restorer(&self) -> Restorer<'_> {
        Restorer { vault: self, stand_ins: StandIns::new(self), held: String::new(), within: false }
    }
}

/// How well a way of writing reads in an answer: `Maria Lopez` before `LOPEZ, MARIA` before `Lopez`.
fn readable(words: &str) -> (bool, bool, usize) {
    let whole = words.split_whitespace().nth(1).is_some();
    let plain = !words.contains([',', '^']) && words.chars().any(char::is_lowercase);
    (whole, plain, words.len())
}

/// A stretch of a restored answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The words.
    pub text: Phi<String>,
    /// The entity type, when the words are an original that was put back.
    pub restored: Option<EntityType>,
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part { text: Phi::from(text), restored: None });
    }
}

/// `[PERSON_1]`, and what models make of it: other case, blanks, escaped brackets or underscores, no brackets.
/// Only an exact type and number is restored; there is no nearest match.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names: Vec<String> = EntityType::ALL.iter().map(|e| e.name().replace('_', r"[\s\\_-]{1,3}")).collect();
    let names = names.join("|");
    Regex::new(&format!(r"(?i)\\?\[\s{{0,3}}({names})[\s\\_-]{{1,3}}(\d{{1,6}})\s{{0,3}}\\?\]|\b({names})\\?_(\d{{1,6}})\b")).ok()
});

/// The longest that a placeholder may be written, in bytes; an open bracket that far back is no placeholder.
const LONGEST: usize = 64;

/// A run without a blank that is longer, in bytes, holds no surrogate that is worth waiting for.
const UNBROKEN: usize = 4096;

/// Restores a stream: text comes out as soon as it can no longer be part of a placeholder.
pub struct Restorer<'v> {
    vault: &'v Vault,
    stand_ins: StandIns,
    held: String,
    /// What came out last was a part of a word that goes on.
    within: bool,
}

impl Restorer<'_> {
    /// Takes the next piece and gives what is settled.
    pub fn push(&mut self, piece: &str) -> Vec<Part> {
        self.held.push_str(piece);
        let settled = self.settled();
        let rest = self.held.get(settled..).unwrap_or("").to_owned();
        let ready = std::mem::replace(&mut self.held, rest);
        self.restored(ready.get(..settled).unwrap_or(""))
    }

    fn settled(&self) -> usize {
        let settled = settled(&self.held);
        if self.stand_ins.is_empty() {
            return settled;
        }
        // A surrogate may be going on: only what lies further back than the longest is settled, up to a blank, and never a
        // part of one that is already whole.
        let reach = self.stand_ins.reach().max(LONGEST);
        let mut cut = settled.min(self.held.len().saturating_sub(reach));
        while !self.held.is_char_boundary(cut) {
            cut -= 1;
        }
        let blank = self.held.get(..cut).and_then(|t| t.char_indices().rev().find(|(_, c)| c.is_whitespace()));
        cut = match blank {
            Some((at, c)) => at + c.len_utf8(),
            None if cut > UNBROKEN => cut,
            None => 0,
        };
        let hits = self.vault.hits(&self.held, &self.stand_ins);
        hits.iter().find(|(at, ..)| at.start < cut && cut < at.end).map_or(cut, |(at, ..)| at.start)
    }

    /// The stream has ended, or was cut: gives what was held back. A half placeholder stays as it is.
    pub fn finish(mut self) -> Vec<Part> {
        let held = std::mem::take(&mut self.held);
        self.restored(&held)
    }

    fn restored(&mut self, ready: &str) -> Vec<Part> {
        let Some(last) = ready.chars().next_back() else { return Vec::new() };
        let within = std::mem::replace(&mut self.within, is_word(last));
        if !within {
            return self.vault.restored(ready, &self.stand_ins);
        }
        // A letter in front keeps the end of a long word from looking like a word of its own.
        let mut parts = self.vault.restored(&format!("x{ready}"), &self.stand_ins);
        if let Some(first) = parts.first_mut() {
            first.text = Phi::from(first.text.expose().get(1..).unwrap_or(""));
        }
        parts.retain(|part| !part.text.expose().is_empty());
        parts
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How much of the text can no longer be part of a placeholder: the last word may go on, and so may an open bracket before it.
fn settled(text: &str) -> usize {
    let behind = |ends: &dyn Fn(char) -> bool| text.char_indices().rev().find(|(_, c)| ends(*c)).map_or(0, |(i, c)| i + c.len_utf8());
    // Up to a blank, or in a run without one up to a sign that stands in no placeholder.
    let starts = [behind(&char::is_whitespace), behind(&|c| !is_word(c) && c != '\\')];
    let escape = text.len() - usize::from(text.ends_with('\\'));
    let word = starts.into_iter().find(|start| text.len() - start < LONGEST).unwrap_or(escape);
    let before = text.get(..word).unwrap_or("");
    let open = before.rfind('[').filter(|i| word - i < LONGEST && !before.get(*i..).is_some_and(|t| t.contains(']')));
    // A backslash may stand before the bracket.
    open.map_or(word, |i| if before.get(..i).is_some_and(|t| t.ends_with('\\')) { i - 1 } else { i })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        let entry = |placeholder: &str, entity, original: &str| VaultEntry {
            placeholder: placeholder.into(),
            entity,
            original: Phi::from(original),
        };
        Vault::from_entries([
            entry("[PERSON_1]", EntityType::Person, "Lopez"),
            entry("[PERSON_1]", EntityType::Person, "Maria Lopez"),
            entry("[PERSON_12]", EntityType::Person, "Ana Ruiz"),
            entry("[MEDICAL_RECORD_NUMBER_1]", EntityType::MedicalRecordNumber, "4478812"),
        ])
    }

    fn joined(parts: Vec<Part>) -> String {
        parts.iter().map(|p| p.text.expose().as_str()).collect()
    }

    #[test]
    fn r_111_to_125_what_models_make_of_placeholders() {
        let cases = [
            ("[PERSON_1] is well", "Maria Lopez is well"),
            ("[PERSON_1]'s dose", "Maria Lopez's dose"),
            ("[person_1], [ PERSON_1 ], [Person 1], PERSON_1", "Maria Lopez, Maria Lopez, Maria Lopez, Maria Lopez"),
            (r"\[PERSON\_1\] and **[PERSON_12]**", "Maria Lopez and **Ana Ruiz**"),
            ("[MEDICAL RECORD NUMBER 1]", "4478812"),
            ("[PERSON_2] is unknown, [PERSON_] broken", "[PERSON_2] is unknown, [PERSON_] broken"),
            ("person 1 of 3", "person 1 of 3"),
            ("XPERSON_1 PERSON_1x", "XPERSON_1 PERSON_1x"),
        ];
        for (text, expected) in cases {
            assert_eq!(joined(vault().restore(text)), expected, "{text}");
        }
    }

    #[test]
    fn r_115_split_at_every_byte_and_in_single_bytes() {
        let text = r"Dr. saw \[PERSON\_1\] (MRN [MEDICAL_RECORD_NUMBER_1]) and [Person 12]; é [x] [PERSON_1";
        let vault = vault();
        let whole = joined(vault.restore(text));
        for cut in (0..=text.len()).filter(|i| text.is_char_boundary(*i)) {
            let mut restorer = vault.restorer();
            let (before, behind) = text.split_at(cut);
            let mut got = joined(restorer.push(before));
            got += &joined(restorer.push(behind));
            got += &joined(restorer.finish());
            assert_eq!(got, whole, "cut at {cut}");
        }
        let mut restorer = vault.restorer();
        let mut got: String = text.chars().map(|c| joined(restorer.push(&c.to_string()))).collect();
        got += &joined(restorer.finish());
        assert_eq!(got, whole);
    }

    /// Found by the fuzz target `restore`: runs without a blank, longer than any placeholder.
    #[test]
    fn r_115_long_runs_are_restored_as_a_whole_text_is() {
        let vault = vault();
        let (d, e) = ("d".repeat(64), "e".repeat(70));
        for text in [
            format!("{d}\u{1d}person_1 [ ] "),
            format!("{d}person_1-{e}"),
            format!("{e}\\[PERSON_1]{e}"),
            format!("{e}/PERSON\\_12/{d}[PERSON_1]{d}_PERSON_1 PERSON_1"),
        ] {
            for size in 1..9 {
                let mut restorer = vault.restorer();
                let pieces: Vec<char> = text.chars().collect();
                let mut got: String = pieces.chunks(size).map(|p| joined(restorer.push(&p.iter().collect::<String>()))).collect();
                got += &joined(restorer.finish());
                assert_eq!(got, joined(vault.restore(&text)), "{text} in pieces of {size}");
            }
        }
    }

    #[test]
    fn originals_are_not_parsed_again() {
        let vault = Vault::from_entries([
            VaultEntry { placeholder: "[PERSON_1]".into(), entity: EntityType::Person, original: Phi::from("[PERSON_2]") },
            VaultEntry { placeholder: "[PERSON_2]".into(), entity: EntityType::Person, original: Phi::from("<img src=x>") },
        ]);
        assert_eq!(joined(vault.restore("[PERSON_1] [PERSON_2]")), "[PERSON_2] <img src=x>");
    }

    #[test]
    fn a_long_word_is_not_held_for_ever() {
        let vault = vault();
        let mut restorer = vault.restorer();
        assert!(!restorer.push(&"a".repeat(200)).is_empty());
    }
}
