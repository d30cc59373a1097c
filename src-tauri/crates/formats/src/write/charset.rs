//! A text in its file's own character set: changed in place, with every other byte as it was.

use std::ops::Range;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{Splice, WriteError};
use crate::decode;

/// A decoded text, and how to get back to the bytes it came from.
pub(super) struct Charset<'b> {
    bytes: &'b [u8],
    encoding: &'static Encoding,
    /// Length of the byte order mark.
    mark: usize,
}

/// How a character is written that the character set does not have.
pub(super) type Spelling = fn(char) -> Option<String>;

/// XML and HTML: as a numeric entity.
pub(super) fn numeric(c: char) -> Option<String> {
    Some(format!("&#{};", u32::from(c)))
}

/// JSON: as an escape.
pub(super) fn escaped(c: char) -> Option<String> {
    let mut units = [0; 2];
    Some(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect())
}

/// Text: not at all.
pub(super) fn unspelled(_: char) -> Option<String> {
    None
}

impl<'b> Charset<'b> {
    pub fn of(bytes: &'b [u8]) -> Self {
        let (encoding, mark) = decode::encoding(bytes);
        Self { bytes, encoding, mark }
    }

    /// The bytes once the splices, sorted and apart, are made in `text`, which is what `bytes` decode to; the flag is set where the
    /// file had to become UTF-8, since its own character set lacks a character or is no longer told from the bytes.
    pub fn encode(&self, text: &str, splices: &[Splice], spell: Spelling) -> Result<(Vec<u8>, bool), WriteError> {
        if let Some(spelled) = splices.iter().map(|s| self.spelled(s, spell)).collect::<Option<Vec<_>>>()
            && let Some(bytes) = self.in_place(text, &spelled)?
            && decode::decode(&bytes, &mut Vec::new())? == super::splice(text, &spelled)
        {
            return Ok((bytes, false));
        }
        Ok((super::splice(text, splices).into_bytes(), true))
    }

    /// The splice in characters that the character set has.
    fn spelled(&self, splice: &Splice, spell: Spelling) -> Option<Splice> {
        let with =
            splice.with.chars().map(|c| if self.character(c).is_some() { Some(c.into()) } else { spell(c) }).collect::<Option<String>>()?;
        Some(Splice { at: splice.at.clone(), with })
    }

    fn in_place(&self, text: &str, splices: &[Splice]) -> Result<Option<Vec<u8>>, WriteError> {
        let mut edges: Vec<usize> = splices.iter().flat_map(|s| [s.at.start, s.at.end]).collect();
        edges.dedup();
        let Some(places) = self.places(text, &edges) else { return Ok(None) };
        let place = |edge: usize| edges.binary_search(&edge).ok().and_then(|i| places.get(i).copied()).ok_or(ASTRAY);
        let mut out = Vec::new();
        let mut done = 0;
        for Splice { at, with } in splices {
            out.extend(self.bytes.get(done..place(at.start)?).ok_or(ASTRAY)?);
            with.chars().filter_map(|c| self.character(c)).for_each(|bytes| out.extend(bytes));
            done = place(at.end)?;
        }
        out.extend(self.bytes.get(done..).ok_or(ASTRAY)?);
        Ok(Some(out))
    }

    /// A character's bytes, if it has any.
    fn character(&self, c: char) -> Option<Vec<u8>> {
        let (mut utf8, mut units) = ([0; 4], [0; 2]);
        if self.encoding == UTF_16LE {
            return Some(c.encode_utf16(&mut units).iter().flat_map(|u| u.to_le_bytes()).collect());
        } else if self.encoding == UTF_16BE {
            return Some(c.encode_utf16(&mut units).iter().flat_map(|u| u.to_be_bytes()).collect());
        }
        let (bytes, _, lacking) = self.encoding.encode(c.encode_utf8(&mut utf8));
        (!lacking).then(|| bytes.into_owned())
    }

    /// Where in the bytes each place of the text stands, the places being sorted. None where one lies inside of what the bytes say
    /// as one.
    fn places(&self, text: &str, edges: &[usize]) -> Option<Vec<usize>> {
        let body = self.bytes.get(self.mark..)?;
        if self.encoding == UTF_8 && body == text.as_bytes() {
            return Some(edges.iter().map(|edge| self.mark + edge).collect());
        }
        let mut left = edges.iter().copied().peekable();
        let mut found = Vec::with_capacity(edges.len());
        let mut step = |decoded: usize, raw: usize| -> Option<()> {
            while let Some(edge) = left.next_if(|edge| *edge <= decoded) {
                found.push((edge == decoded).then_some(self.mark + raw)?);
            }
            Some(())
        };
        let (mut decoded, mut raw) = (0, 0);
        step(0, 0)?;
        if self.encoding == UTF_8 {
            for chunk in body.utf8_chunks() {
                for c in chunk.valid().chars() {
                    (decoded, raw) = (decoded + c.len_utf8(), raw + c.len_utf8());
                    step(decoded, raw)?;
                }
                if !chunk.invalid().is_empty() {
                    (decoded, raw) = (decoded + '\u{fffd}'.len_utf8(), raw + chunk.invalid().len());
                    step(decoded, raw)?;
                }
            }
        } else if self.encoding == UTF_16LE || self.encoding == UTF_16BE {
            for c in text.chars() {
                (decoded, raw) = (decoded + c.len_utf8(), body.len().min(raw + 2 * c.len_utf16()));
                step(decoded, raw)?;
            }
        } else {
            // A byte at a time: a character ends where the decoder speaks.
            let mut decoder = self.encoding.new_decoder_without_bom_handling();
            let mut out = String::with_capacity(64);
            for (index, byte) in body.iter().enumerate() {
                out.clear();
                let _ = decoder.decode_to_string(&[*byte], &mut out, index + 1 == body.len());
                if !out.is_empty() {
                    decoded += out.len();
                    step(decoded, index + 1)?;
                }
            }
        }
        step(decoded, body.len())?;
        (found.len() == edges.len() && decoded == text.len()).then_some(found)
    }
}

const ASTRAY: WriteError = WriteError::Astray;

/// Whether the ranges share a byte.
pub(super) fn touch(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(bytes: &[u8], find: &str, with: &str, spell: Spelling) -> (Vec<u8>, bool) {
        let text = decode::decode(bytes, &mut Vec::new()).unwrap();
        let start = text.find(find).unwrap();
        Charset::of(bytes).encode(&text, &[Splice { at: start..start + find.len(), with: with.into() }], spell).unwrap()
    }

    #[test]
    fn every_character_set_keeps_its_other_bytes() {
        let words = "Die Patientin Müller wurde am Montag nach Köln entlassen, die Eltern kommen später.";
        let edited = "Die Patientin [Ä] wurde am Montag nach Köln entlassen, die Eltern kommen später.";
        for encoding in [encoding_rs::WINDOWS_1252, UTF_8] {
            let (bytes, utf8) = changed(&encoding.encode(words).0, "Müller", "[Ä]", unspelled);
            assert_eq!((bytes.as_slice(), utf8), (&*encoding.encode(edited).0, false), "{}", encoding.name());
        }
        for mark in ["\u{feff}", ""] {
            let utf16 = |text: &str| format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
            assert_eq!(changed(&utf16(words), "Müller", "[Ä]", unspelled), (utf16(edited), false));
        }
        let japanese = "患者の山田太郎さんは昨日退院しました。次の予約は来週です。よろしくお願いします。";
        let (bytes, utf8) = changed(&encoding_rs::SHIFT_JIS.encode(japanese).0, "山田太郎", "[人]", unspelled);
        assert_eq!((bytes.as_slice(), utf8), (&*encoding_rs::SHIFT_JIS.encode(&japanese.replace("山田太郎", "[人]")).0, false));
        let broken = b"caf\xc3\xa9 \xc3\xa0 Maria la cr\xc3\xa8me \xff\xe2\x82 end Maria.";
        assert_eq!(
            changed(broken, "end", "X", unspelled),
            (b"caf\xc3\xa9 \xc3\xa0 Maria la cr\xc3\xa8me \xff\xe2\x82 X Maria.".to_vec(), false)
        );
    }

    #[test]
    fn a_character_that_the_file_cannot_say_is_spelled_or_the_file_becomes_utf8() {
        let words = encoding_rs::WINDOWS_1252.encode("Señora Muñoz, año 1961, mañana, España").0;
        assert_eq!(changed(&words, "Muñoz", "☃", unspelled), ("Señora ☃, año 1961, mañana, España".into(), true));
        assert_eq!(
            changed(&words, "Muñoz", "☃", numeric).0,
            *encoding_rs::WINDOWS_1252.encode("Señora &#9731;, año 1961, mañana, España").0
        );
        assert_eq!(escaped('😀').as_deref(), Some("\\ud83d\\ude00"));
    }
}
