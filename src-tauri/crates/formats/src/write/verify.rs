//! The written file, read again: nothing that was to go may be found in it, in any writing.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use deid::EntityType;

use super::package::Parts;
use super::xml::{self, Kind, Xml};
use super::{Edit, WriteError, Written, ccda, is_mail, is_package};
use crate::{Format, Limits, Origin, Record, decode};

/// Shortest word, in characters, that is looked for.
pub(super) const SHORTEST: usize = 3;

/// Shortest one, in bytes, that is looked for in base64, hexadecimal digits and packed bytes: chance writes the shorter ones.
const SHORTEST_CODED: usize = 6;

/// Reads the file again and looks for the texts that the edits replaced, case aside, where they stand as words.
pub(super) fn verify(written: &Written, name: &str, limits: &Limits, search: &Search, edits: &[Edit]) -> Result<(), WriteError> {
    let record = crate::read(&written.bytes, name, limits)?;
    let plain = |format| matches!(format, Format::Text | Format::Csv | Format::Tsv);
    if record.format != written.format && !(plain(record.format) && plain(written.format)) {
        return Err(WriteError::Changed { found: record.format });
    }
    // A shifted date may be another one's original: as often as replacements say a word, it may stand there.
    let originals = &search.originals;
    if originals.is_empty() {
        return Ok(());
    }
    let mut allowed = vec![0; originals.len()];
    edits.iter().for_each(|e| search.words(&e.replacement, |index| add(&mut allowed, index)));
    let mut found = BTreeSet::new();
    let mut look = |view: &str, strong: bool| {
        let mut count = vec![0; originals.len()];
        search.words(view, |index| add(&mut count, index));
        found.extend(
            (0..originals.len())
                .filter(|i| count.get(*i) > allowed.get(*i))
                .filter(|i| !strong || originals.get(*i).is_some_and(|o| is_strong(o))),
        );
    };
    look(&said(&record), false);
    let mut coded = BTreeSet::new();
    if written.format == Format::Zip {
        // Each member was inspected as its own kind, for its own edits; here, for those of all.
        let mut parts = Parts::of(&written.bytes, limits)?;
        for index in 0..parts.len() {
            let (name, bytes) = parts.part(index)?;
            look(&name, false);
            search.coded(&bytes, false, &mut coded);
        }
        search.coded(&written.bytes, false, &mut coded);
    } else if is_package(written.format) {
        let mut parts = Parts::of(&written.bytes, limits)?;
        for index in 0..parts.len() {
            let (name, bytes) = parts.part(index)?;
            look(&name, true);
            // The kind of an OpenDocument file.
            if name == "mimetype" && bytes.starts_with(b"application/vnd.oasis.") {
                continue;
            }
            match decode::decode(&bytes, &mut Vec::new()) {
                Ok(text) if text.trim_start().starts_with('<') => {
                    let xml = Xml::new(&text);
                    let (words, values) = office(&xml);
                    look(&words, false);
                    look(&values, true);
                }
                _ => search.coded(&bytes, true, &mut coded),
            }
            search.coded(&bytes, false, &mut coded);
        }
    } else {
        let text = match is_mail(written.format) {
            // What a field is called is no one's word.
            true => {
                let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                let value = |line: &str| line.split_once(':').filter(|(name, _)| is_name(name)).map_or(line, |(_, v)| v).to_owned();
                String::from_utf8_lossy(&written.bytes).lines().map(value).collect::<Vec<_>>().join("\n")
            }
            false => decode::decode(&written.bytes, &mut Vec::new())?,
        };
        match written.format {
            Format::Ccda => {
                let xml = Xml::new(&text);
                look(&ccda::content(&xml).map(|at| read(xml.of(&at)) + "\n\0\n").collect::<String>(), false);
            }
            Format::Iso20022 | Format::FhirXml | Format::Xml => {
                let (words, values) = office(&Xml::new(&text));
                look(&words, false);
                look(&values, false);
            }
            // Its tags are the language's words.
            Format::Html => look(&text, true),
            Format::Json | Format::Fhir => look(&leaves(&crate::json::values(&text).unwrap_or_default()), false),
            _ => look(&text, false),
        }
        search.coded(&written.bytes, false, &mut coded);
    }
    // Those that a replacement says may be written in any way.
    found.extend(coded.into_iter().filter(|index| allowed.get(*index) == Some(&0)));
    if found.is_empty() { Ok(()) } else { Err(WriteError::Survived { count: found.len() }) }
}

fn add(counts: &mut [usize], index: usize) {
    if let Some(count) = counts.get_mut(index) {
        *count += 1;
    }
}

/// The record's text but for what its reader put there; its white space stays.
fn said(record: &Record) -> String {
    let text = record.text.expose();
    let word = |stretch: &crate::Stretch| {
        let words = stretch.span.of(text);
        if stretch.origin == Origin::Made && !words.trim().is_empty() { "\n\0\n" } else { words }
    };
    record.source_map.stretches().iter().map(word).collect()
}

/// Lower case, runs of white space as one space.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c.is_whitespace() {
            true if out.ends_with(' ') => {}
            true => out.push(' '),
            false => out.push(c),
        }
    }
    out
}

fn read(text: &str) -> String {
    let mut units = Vec::new();
    xml::read(text, 0, &mut units);
    units.iter().map(|u| u.c).collect()
}

/// The words of a part, and the values of its attributes, which are mostly the format's own words.
fn office(xml: &Xml<'_>) -> (String, String) {
    let (mut words, mut values) = (String::new(), String::new());
    for token in &xml.tokens {
        match &token.kind {
            Kind::Open { attributes, .. } => attributes.iter().filter(|a| !xml.of(&a.name).starts_with("xmlns")).for_each(|a| {
                values.push_str(&read(xml.of(&a.value)));
                values.push_str("\n\0\n");
            }),
            Kind::Close => {}
            Kind::Data(inside) => words.push_str(xml.of(inside)),
            Kind::Aside if xml.of(&token.at).starts_with("<?xml ") => {}
            Kind::Text | Kind::Aside => words.push_str(&(read(xml.of(&token.at)) + "\n\0\n")),
        }
    }
    (words, values)
}

/// Every text and number of JSON; names of members where they are the file's own stand in the record's text.
fn leaves(values: &[crate::json::Json]) -> String {
    use crate::json::Json;
    fn add(value: &Json, out: &mut String) {
        match value {
            Json::Text(text, _) => *out += &read(text),
            Json::Number(text, _) => *out += text,
            Json::List(list) => list.iter().for_each(|v| add(v, out)),
            Json::Object(members) => members.iter().for_each(|(_, v)| add(v, out)),
            Json::Null | Json::Bool(..) => {}
        }
        *out += "\n\0\n";
    }
    let mut out = String::new();
    values.iter().for_each(|v| add(v, &mut out));
    out
}

/// Whether a word is no word of a format: colours, fonts and sides of a page are called like people.
fn is_strong(original: &str) -> bool {
    original.contains([' ', '@']) || original.chars().count() >= 6 && original.chars().any(|c| c.is_ascii_digit())
}

/// Whether what stands there is no part of a longer word.
pub(super) fn is_word(text: &str, start: usize, end: usize) -> bool {
    let (before, words, behind) = (text.get(..start), text.get(start..end), text.get(end..));
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let first = |text: Option<&str>| letter(text.and_then(|text| text.chars().next()));
    let last = |text: Option<&str>| letter(text.and_then(|text| text.chars().next_back()));
    let touched = last(before) && first(words) || last(words) && first(behind);
    !touched
}

/// The words of a text that are long enough to be looked for.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= SHORTEST)
}

/// A word with a capital.
fn capital(word: &str) -> impl Iterator<Item = char> {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars)
}

/// The texts that edits replace, and how to find them.
pub(super) struct Search {
    /// In lower case.
    originals: Vec<String>,
    /// The words of names that the format itself points out, as they stand.
    names: BTreeSet<String>,
    words: AhoCorasick,
    /// UTF-16 and hexadecimal digits, any case; and which original each stands for.
    any_case: AhoCorasick,
    any_case_of: Vec<Coded>,
    base64: AhoCorasick,
    base64_of: Vec<usize>,
}

struct Coded {
    original: usize,
    wide: bool,
    /// Plain bytes are only looked for where nothing reads them.
    plain: bool,
}

impl Search {
    /// The texts under the edits, but for those that stay as they are.
    pub fn of(record: &Record, edits: &[Edit]) -> Result<Self, WriteError> {
        let text = record.text.expose();
        let mut forms = BTreeMap::<String, BTreeSet<String>>::new();
        for edit in edits {
            let exact = edit.span.of(text).trim();
            let word = folded(exact);
            let replaced = word != folded(edit.replacement.trim());
            if replaced && word.chars().count() >= SHORTEST && word.chars().any(char::is_alphanumeric) {
                forms.entry(word).or_default().insert(exact.to_owned());
            }
        }
        let people = record.fields.iter().filter(|field| field.entity == EntityType::Person);
        let names = people.flat_map(|field| words(field.span.of(text)).map(str::to_owned)).collect();
        Ok(Self { names, ..Self::new(&forms.into_iter().collect::<Vec<_>>())? })
    }

    /// Whether a word of a name stands in a text, with its own capitals.
    pub fn names_someone(&self, text: &str) -> bool {
        words(text).any(|word| self.names.contains(word))
    }

    /// Whether one of them stands in a text as a word.
    pub fn holds(&self, text: &str) -> bool {
        let mut holds = false;
        self.words(text, |_| holds = true);
        holds
    }

    /// Words in lower case, and how each stood in the text.
    fn new(originals: &[(String, BTreeSet<String>)]) -> Result<Self, WriteError> {
        let (mut any_case, mut any_case_of, mut base64, mut base64_of) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (original, (word, exact)) in originals.iter().enumerate() {
            let title: String = word.split_inclusive(|c: char| !c.is_alphanumeric()).flat_map(capital).collect();
            let usual = [word.clone(), word.to_uppercase(), title];
            for form in exact.iter().chain(&usual).collect::<BTreeSet<_>>() {
                let mut add = |bytes: Vec<u8>, wide: bool, plain: bool| {
                    any_case.push(bytes);
                    any_case_of.push(Coded { original, wide, plain });
                };
                // The search itself puts ASCII's cases aside.
                let told = !form.is_ascii() || form == word;
                if told {
                    add(form.encode_utf16().flat_map(u16::to_le_bytes).collect(), true, false);
                    add(form.encode_utf16().flat_map(u16::to_be_bytes).collect(), true, false);
                }
                if form.len() < SHORTEST_CODED {
                    continue;
                }
                if told {
                    add(form.clone().into_bytes(), false, true);
                }
                add(form.bytes().flat_map(|b| format!("{b:02x}").into_bytes()).collect(), false, false);
                for shift in 0..3usize {
                    let encoded = STANDARD_NO_PAD.encode([vec![0; shift], form.clone().into_bytes()].concat());
                    // Only characters that the word alone decides.
                    let from = (shift * 8).div_ceil(6);
                    let to = encoded.len() - usize::from(!(shift + form.len()).is_multiple_of(3));
                    base64.push(encoded.get(from..to).unwrap_or_default().as_bytes().to_vec());
                    base64_of.push(original);
                }
            }
        }
        let build = |patterns: Vec<Vec<u8>>, any_case: bool| {
            AhoCorasick::builder().match_kind(MatchKind::Standard).ascii_case_insensitive(any_case).build(patterns)
        };
        let memory = |_| WriteError::Read { error: crate::ReadError::Memory };
        Ok(Self {
            originals: originals.iter().map(|(word, _)| word.clone()).collect(),
            names: BTreeSet::new(),
            words: build(originals.iter().map(|(word, _)| word.clone().into_bytes()).collect(), false).map_err(memory)?,
            any_case: build(any_case, true).map_err(memory)?,
            any_case_of,
            base64: build(base64, false).map_err(memory)?,
            base64_of,
        })
    }

    /// The originals that stand in a text as words.
    fn words(&self, text: &str, mut found: impl FnMut(usize)) {
        let text = folded(text);
        for hit in self.words.find_overlapping_iter(&text) {
            if is_word(&text, hit.start(), hit.end()) {
                found(hit.pattern().as_usize());
            }
        }
    }

    /// The originals that stand in bytes in another writing.
    fn coded(&self, bytes: &[u8], plain: bool, found: &mut BTreeSet<usize>) {
        for hit in self.any_case.find_overlapping_iter(bytes) {
            let Some(coded) = self.any_case_of.get(hit.pattern().as_usize()) else { continue };
            let letter = |unit: Option<&[u8]>| unit.is_some_and(|u| u.contains(&0) && u.iter().any(u8::is_ascii_alphanumeric));
            let before = hit.start().checked_sub(2).and_then(|from| bytes.get(from..hit.start()));
            let joined = coded.wide && (letter(before) || letter(bytes.get(hit.end()..hit.end() + 2)));
            if !joined && (plain || !coded.plain) {
                found.insert(coded.original);
            }
        }
        found.extend(self.base64.find_overlapping_iter(bytes).filter_map(|hit| self.base64_of.get(hit.pattern().as_usize())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_every_writing_and_parts_of_words_are_not() {
        let originals = ["ann", "maria garcia", "müller"].map(|word| (word.to_owned(), BTreeSet::new()));
        let search = Search::new(&originals).unwrap();
        let words = |text: &str| {
            let mut found = BTreeSet::new();
            search.words(text, |i| found.extend([i]));
            found.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(words("ANN, Maria\n Garcia and MÜLLER"), [0, 1, 2]);
        assert!(words("annual, maria garcias").is_empty());
        for shift in 0..3 {
            let mut found = BTreeSet::new();
            search.coded(STANDARD_NO_PAD.encode(format!("{}Maria Garcia was", "x".repeat(shift))).as_bytes(), false, &mut found);
            assert_eq!(found, BTreeSet::from([1]), "{shift}");
        }
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let coded = |bytes: &[u8]| {
            let mut found = BTreeSet::new();
            search.coded(bytes, false, &mut found);
            found.len()
        };
        assert_eq!(
            (coded(&utf16("x Ann y")), coded(&utf16("annual")), coded(b"4D617269612047617263 6961"), coded(b"x4D6172696120476172636961")),
            (1, 0, 0, 1)
        );
    }
}
