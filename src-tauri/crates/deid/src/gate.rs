//! The last look at the bytes before they leave: none of the originals may stand in them, in any of the usual encodings.

use aho_corasick::AhoCorasick;

use crate::recognizers::placeholder;
use crate::{EntityType, Kind, Phi, Vault};

/// Something that must not leave stands in the outgoing bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an original of type {} stands in the outgoing text; nothing was sent", .entity.name())]
pub struct Leak {
    /// The entity type of what was found; never the words.
    pub entity: EntityType,
}

/// Knows every original of a record that identifies by itself, in the encodings in which it might slip through.
pub struct Gate {
    /// Looked for without regard to case, on word boundaries.
    plain: Needles,
    /// Looked for as bytes: base64, hex, URL, HTML, UTF-16, reversed.
    encoded: Needles,
    /// Looked for in the letters and digits alone, for originals with at least six digits.
    digits: Needles,
}

struct Needles {
    automaton: Option<AhoCorasick>,
    entities: Vec<(EntityType, Option<Phi<String>>)>,
    broken: bool,
}

/// The longest original that is looked for as a whole, in bytes: building the search for long repeating patterns is not linear.
pub(crate) const LONGEST: usize = 512;

fn head(words: &str) -> &str {
    let end = (0..=LONGEST).rev().find(|end| words.is_char_boundary(*end)).unwrap_or(0);
    words.get(..end).unwrap_or(words)
}

fn significant(words: &str) -> usize {
    words.chars().filter(|c| c.is_alphanumeric()).count()
}

/// Whether an original is looked for, and whether with its own capitals alone: one word that is a name may be an ordinary word.
pub(crate) fn looked_for(entity: EntityType, words: &str) -> Option<bool> {
    let one_word = entity == EntityType::Person && !words.trim().contains(|c: char| !c.is_alphanumeric());
    (entity.kind() == Kind::Direct && significant(words) >= 3).then_some(one_word)
}

/// The letters and digits alone, in lower case, of an original that is looked for in that way too: one with at least six digits.
pub(crate) fn without_separators(words: &str) -> Option<String> {
    let only: String = words.chars().filter(|c| c.is_alphanumeric()).collect();
    (only.bytes().filter(u8::is_ascii_digit).count() >= 6).then(|| only.to_lowercase())
}

/// Whether a byte is left where separators are taken out.
pub(crate) fn is_no_separator(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Whether no letter or digit touches the place.
pub(crate) fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let letter = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(|b| is_no_separator(*b));
    !letter(start.checked_sub(1)) && !letter(Some(end))
}

impl Needles {
    fn new(patterns: Vec<(Vec<u8>, EntityType, Option<Phi<String>>)>, any_case: bool) -> Self {
        let bytes: Vec<&[u8]> = patterns.iter().map(|(bytes, ..)| bytes.as_slice()).collect();
        let automaton = AhoCorasick::builder().ascii_case_insensitive(any_case).build(&bytes).ok();
        let broken = automaton.is_none();
        Self { automaton, entities: patterns.into_iter().map(|(_, entity, exact)| (entity, exact)).collect(), broken }
    }

    fn first(&self, bytes: &[u8], accept: impl Fn(usize, usize, Option<&str>) -> bool) -> Result<(), Leak> {
        if self.broken {
            return Err(Leak { entity: EntityType::UniqueId });
        }
        let hits = self.automaton.iter().flat_map(|a| a.find_overlapping_iter(bytes));
        for hit in hits {
            if let Some((entity, exact)) = self.entities.get(hit.pattern().as_usize())
                && accept(hit.start(), hit.end(), exact.as_ref().map(|e| e.expose().as_str()))
            {
                return Err(Leak { entity: *entity });
            }
        }
        Ok(())
    }
}

impl Gate {
    /// A gate for the originals of a vault. Places, dates and other quasi-identifiers are left to the pipeline: their words
    /// stand in ordinary text as well.
    pub fn new(vault: &Vault) -> Self {
        let (mut plain, mut encoded, mut digits) = (Vec::new(), Vec::new(), Vec::new());
        for (entity, words) in vault.written() {
            let Some(own_capitals) = looked_for(entity, words) else { continue };
            let significant = significant(words);
            if words.len() > LONGEST {
                // Of a very long original its beginning stands for it, wherever it stands.
                let head = head(words);
                encoded.push((head.as_bytes().to_vec(), entity, None));
                encoded.extend(encodings(head).into_iter().map(|bytes| (bytes, entity, None)));
                continue;
            }
            plain.push((words.as_bytes().to_vec(), entity, own_capitals.then(|| Phi::from(words))));
            if significant >= 6 {
                encoded.extend(encodings(words).into_iter().map(|bytes| (bytes, entity, None)));
            }
            digits.extend(without_separators(words).map(|only| (only.into_bytes(), entity, None)));
        }
        Self { plain: Needles::new(plain, true), encoded: Needles::new(encoded, false), digits: Needles::new(digits, true) }
    }

    /// Refuses bytes in which an original stands: as it is, in JSON escapes, without separators, or encoded.
    pub fn check(&self, bytes: &[u8]) -> Result<(), Leak> {
        let bytes = unnumbered(bytes);
        let unescaped = json_unescaped(&bytes);
        for view in [&bytes, &unescaped] {
            self.plain.first(view, |start, end, exact| {
                stands_alone(view, start, end) && exact.is_none_or(|words| view.get(start..end) == Some(words.as_bytes()))
            })?;
            self.encoded.first(view, |_, _, _| true)?;
        }
        let only: Vec<u8> = unescaped.iter().copied().filter(|b| is_no_separator(*b)).collect();
        self.digits.first(&only, |_, _, _| true)
    }
}

/// The bytes with blanks for the numbers of placeholders: `[UNIQUE_ID_140]` says nothing of a licence with the number 140.
fn unnumbered(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: usize = 5;
    let mut out = bytes.to_vec();
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'[') {
        let rest = bytes.get(at..bytes.len().min(at + 48)).unwrap_or_default();
        let written = rest.iter().position(|b| *b == b']').and_then(|end| std::str::from_utf8(rest.get(..=end)?).ok());
        let Some(written) = written.filter(|written| placeholder(written) == Some(written.len())) else { continue };
        let digits = written.bytes().filter(u8::is_ascii_digit).count();
        if digits <= DIGITS {
            let end = at + written.len() - 1;
            out.get_mut(end - digits..end).into_iter().flatten().for_each(|byte| *byte = b' ');
        }
    }
    out
}

/// The bytes with JSON string escapes undone, as a reader of the request would see them.
fn json_unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n' | b'r' | b't' | b'b' | b'f') => out.push(b' '),
            Some(b'u') => {
                let digits: Vec<u8> = rest.by_ref().take(4).collect();
                let code = std::str::from_utf8(&digits).ok().and_then(|d| u32::from_str_radix(d, 16).ok());
                let c = code.and_then(char::from_u32).unwrap_or(' ');
                out.extend(c.encode_utf8(&mut [0; 4]).bytes());
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

fn encodings(words: &str) -> Vec<Vec<u8>> {
    let bytes = words.as_bytes();
    let hex = |upper: bool| -> Vec<u8> {
        bytes.iter().flat_map(|b| if upper { format!("{b:02X}") } else { format!("{b:02x}") }.into_bytes()).collect()
    };
    let percent: String =
        bytes.iter().map(|b| if b.is_ascii_alphanumeric() { char::from(*b).to_string() } else { format!("%{b:02X}") }).collect();
    let html: String = words.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { format!("&#{};", c as u32) }).collect();
    let reversed: String = words.chars().rev().collect();
    let mut all = vec![
        hex(false),
        hex(true),
        percent.clone().into_bytes(),
        percent.replace("%20", "+").into_bytes(),
        html.into_bytes(),
        words.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        words.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        reversed.into_bytes(),
        words.to_uppercase().into_bytes(),
    ];
    // Base64 at each of the three alignments, without the characters that the neighbours share.
    for offset in 0..3 {
        let padded: Vec<u8> = std::iter::repeat_n(0, offset).chain(bytes.iter().copied()).collect();
        let whole = base64(padded.get(..padded.len() / 3 * 3).unwrap_or(&[]));
        let skip = if offset == 0 { 0 } else { 4 };
        all.push(whole.get(skip..).unwrap_or(&[]).to_vec());
    }
    all.retain(|pattern| pattern.len() >= 6);
    all
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks_exact(3)
        .flat_map(|chunk| {
            let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
            [18, 12, 6, 0].map(|shift| ALPHABET.get((bits >> shift & 63) as usize).copied().unwrap_or(b'='))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VaultEntry;

    fn gate() -> Gate {
        let entry = |placeholder: &str, entity, original: &str| VaultEntry {
            placeholder: placeholder.into(),
            entity,
            original: Phi::from(original),
        };
        Gate::new(&Vault::from_entries([
            entry("[PERSON_1]", EntityType::Person, "Maria Lopez-Ünal"),
            entry("[PERSON_2]", EntityType::Person, "Grant"),
            entry("[US_SSN_1]", EntityType::UsSsn, "536-22-8726"),
            entry("[CITY_1]", EntityType::City, "Reading"),
        ]))
    }

    #[test]
    fn a_very_long_original_is_known_by_its_beginning() {
        let secret = "k3y-Material/".repeat(4000);
        let gate = Gate::new(&Vault::from_entries([VaultEntry {
            placeholder: "[URL_1]".into(),
            entity: EntityType::Url,
            original: Phi::from(secret.as_str()),
        }]));
        assert!(gate.check(format!("see{secret}x").as_bytes()).is_err());
        assert!(gate.check(b"see k3y-Material/ only").is_ok());
    }

    #[test]
    fn originals_are_seen_in_every_encoding() {
        let leaks: Vec<Vec<u8>> = vec![
            b"about Maria Lopez-\xC3\x9Cnal today".to_vec(),
            "ABOUT MARIA LOPEZ-Ünal".into(),
            br#"{"text":"x\nMaria Lopez-\u00dcnal"}"#.to_vec(),
            b"536-22-8726".to_vec(),
            b"536228726".to_vec(),
            b"5 3 6 2 2 8 7 2 6".to_vec(),
            b"NTM2LTIyLTg3MjY=".to_vec(),
            b"IDUzNi0yMi04NzI2".to_vec(),
            b"3533362d32322d38373236".to_vec(),
            b"6278-22-635".to_vec(),
            b"536%2D22%2D8726".to_vec(),
            "536-22-8726".encode_utf16().flat_map(u16::to_le_bytes).collect(),
            b"\\nGrant agreed".to_vec(),
        ];
        for bytes in leaks {
            assert!(gate().check(&bytes).is_err(), "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn the_number_of_a_placeholder_is_no_original() {
        let entry = |entity, original: &str| VaultEntry { placeholder: "[X_1]".into(), entity, original: Phi::from(original) };
        let vault = [entry(EntityType::LicenseNumber, "140"), entry(EntityType::LicenseNumber, "12-34567")];
        let gate = Gate::new(&Vault::from_entries(vault));
        for text in ["[UNIQUE_ID_140]", "[UNIQUE_ID_12] 34567", "[DATE_1] of [X]"] {
            assert_eq!(gate.check(text.as_bytes()), Ok(()), "{text}");
        }
        for text in ["[140]", "[PERSON_1] 140", "[UNIQUE_ID_1234567]", "[UNIQUE_ID_1]40, 140", "UNIQUE_ID_140]"] {
            assert!(gate.check(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn ordinary_words_pass() {
        for text in ["[PERSON_1] lives in Reading", "we grant access", "Maria", "536 patients, 22 beds", "Grants"] {
            assert_eq!(gate().check(text.as_bytes()), Ok(()), "{text}");
        }
    }
}
