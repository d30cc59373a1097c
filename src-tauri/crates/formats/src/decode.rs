//! Bytes to characters: UTF-8, UTF-16 with and without a mark, and legacy code pages.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::{Note, ReadError};

/// How much of a file a guess at its character set looks at.
const SAMPLE: usize = 1 << 20;

/// Decodes text, or says that it is none.
pub(crate) fn decode(bytes: &[u8], notes: &mut Vec<Note>) -> Result<String, ReadError> {
    // A UTF-32 mark begins like a UTF-16 one.
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) || bytes.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Err(ReadError::Unsupported { found: "utf-32".into() });
    }
    let (encoding, mark) = encoding(bytes);
    let (text, replaced) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
    if is_binary(&text) {
        return Err(ReadError::Binary);
    }
    if encoding != UTF_8 {
        notes.push(Note::Encoding { name: encoding.name().into() });
    }
    if replaced {
        notes.push(Note::ReplacedBytes { count: text.matches('\u{fffd}').count() });
    }
    Ok(text.into_owned())
}

/// The character set of a text, and the length of its byte order mark.
pub(crate) fn encoding(bytes: &[u8]) -> (&'static Encoding, usize) {
    Encoding::for_bom(bytes).unwrap_or_else(|| (unmarked_utf16(bytes).unwrap_or_else(|| guess(bytes)), 0))
}

/// UTF-16 without a mark: every second byte of mostly Latin text is zero.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..bytes.len().min(SAMPLE))?;
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    match half {
        0 => None,
        _ if bytes.len().is_multiple_of(2) && odd * 3 > half && even * 20 < half => Some(UTF_16LE),
        _ if bytes.len().is_multiple_of(2) && even * 3 > half && odd * 20 < half => Some(UTF_16BE),
        _ => None,
    }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let (mut valid, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    // A file that is UTF-8 but for a few broken places stays UTF-8; the places are replaced and reported.
    if broken == 0 || valid > broken {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..bytes.len().min(SAMPLE)).unwrap_or_default(), true);
    detector.guess(None, Utf8Detection::Deny)
}

/// Text holds no zero and few control characters.
fn is_binary(text: &str) -> bool {
    let (mut all, mut odd) = (0usize, 0usize);
    for c in text.chars() {
        all += 1;
        match c {
            '\0' => return true,
            // Separators of messages and pages occur in text.
            '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}' | '\u{1b}' => {}
            '\u{fffd}' => odd += 1,
            c if c.is_control() => odd += 1,
            _ => {}
        }
    }
    odd > 4 && odd * 20 > all || odd * 2 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    #[test]
    fn the_same_words_in_every_encoding() {
        let words = "Patient: José Müller, geb. 03.04.1961 in Köln. Er wurde gestern entlassen, die Eltern kommen später.";
        let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(words);
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("utf-8", words.as_bytes().to_vec()),
            ("utf-8 with mark", [b"\xef\xbb\xbf", words.as_bytes()].concat()),
            ("utf-16le with mark", utf16(words, false, true)),
            ("utf-16be with mark", utf16(words, true, true)),
            ("utf-16le", utf16(words, false, false)),
            ("utf-16be", utf16(words, true, false)),
            ("windows-1252", windows.into_owned()),
        ];
        for (name, bytes) in cases {
            assert_eq!(decode(&bytes, &mut Vec::new()).as_deref(), Ok(words), "{name}");
        }
        let cyrillic = "Пациент Иванова Мария Петровна, родилась третьего апреля в Москве, выписана домой.";
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(cyrillic);
        assert_eq!(decode(&bytes, &mut Vec::new()).as_deref(), Ok(cyrillic));
    }

    #[test]
    fn broken_utf8_is_replaced_and_reported_and_binary_is_refused() {
        let mut notes = Vec::new();
        let text = decode(b"caf\xc3\xa9 \xc3\xa0 la cr\xc3\xa8me \xff end", &mut notes).unwrap();
        assert_eq!(text, "café à la crème \u{fffd} end");
        assert_eq!(notes, [Note::ReplacedBytes { count: 1 }]);
        assert!(notes[0].incomplete());
        assert_eq!(decode(b"abc\0def", &mut Vec::new()), Err(ReadError::Binary));
        assert_eq!(decode(&(0..=255).cycle().take(4000).collect::<Vec<u8>>(), &mut Vec::new()), Err(ReadError::Binary));
        assert_eq!(decode(b"\xff\xfe\0\0a\0\0\0", &mut Vec::new()).unwrap_err().code(), "unsupported");
    }
}
