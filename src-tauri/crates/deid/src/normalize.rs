//! The view that rules look at: full-width and look-alike letters folded, invisible characters dropped, entities decoded, with
//! the way back to the original bytes.

use unicode_normalization::UnicodeNormalization;

use crate::Span;

/// A text for rules. For plain ASCII without entities it is the text itself.
pub(crate) struct Normalized<'t> {
    original: &'t str,
    folded: Option<Folded>,
}

struct Folded {
    text: String,
    /// For each byte of `text`: where in the original its character starts and ends.
    from: Vec<(u32, u32)>,
}

impl<'t> Normalized<'t> {
    pub(crate) fn new(original: &'t str) -> Self {
        let plain = original.is_ascii() && !original.contains('&');
        let folded = if plain || original.len() > u32::MAX as usize { None } else { Some(fold(original)) };
        Self { original, folded }
    }

    pub(crate) fn text(&self) -> &str {
        self.folded.as_ref().map_or(self.original, |f| &f.text)
    }

    /// The original bytes behind a span of the view.
    pub(crate) fn original(&self, span: Span) -> Span {
        let Some(folded) = &self.folded else { return span };
        let start = folded.from.get(span.start).map_or(self.original.len(), |f| f.0 as usize);
        let end = span.end.checked_sub(1).and_then(|last| folded.from.get(last)).map_or(start, |f| f.1 as usize);
        Span::new(start, end)
    }
}

fn fold(original: &str) -> Folded {
    let mut folded = Folded { text: String::with_capacity(original.len()), from: Vec::with_capacity(original.len()) };
    let mut at = 0;
    while let Some(c) = original.get(at..).and_then(|rest| rest.chars().next()) {
        let (width, decoded) = match entity(original.get(at..).unwrap_or("")) {
            Some((width, decoded)) if c == '&' => (width, decoded),
            _ => (c.len_utf8(), c),
        };
        let place = (at as u32, (at + width) as u32);
        if !is_invisible(decoded) {
            // Combining marks stay: folding only changes how one character is written.
            for piece in std::iter::once(decoded).nfkc() {
                let before = folded.text.len();
                folded.text.push(look_alike(piece));
                folded.from.extend(std::iter::repeat_n(place, folded.text.len() - before));
            }
        }
        at += width;
    }
    folded
}

/// Characters that do not show: zero-width, soft hyphen, bidirectional controls, tags, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e007f}')
}

/// Letters of other scripts that look like Latin ones (Unicode UTS 39, the single-letter pairs), typographic marks, odd blanks.
fn look_alike(c: char) -> char {
    match c {
        'а' => 'a',
        'е' => 'e',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'у' => 'y',
        'х' => 'x',
        'і' | 'ι' => 'i',
        'ѕ' => 's',
        'ј' => 'j',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'Е' | 'Ε' => 'E',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Н' | 'Η' => 'H',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'С' => 'C',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        'І' | 'Ι' => 'I',
        'Ѕ' => 'S',
        'Ј' => 'J',
        'Ζ' => 'Z',
        'Υ' => 'Y',
        'Ν' => 'N',
        '‐' | '‑' | '‒' | '–' | '—' | '−' => '-',
        '‘' | '’' | 'ʼ' | '′' => '\'',
        '“' | '”' | '″' => '"',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// An HTML entity at the start of the text: its length in bytes, and its character.
fn entity(text: &str) -> Option<(usize, char)> {
    let end = text.bytes().take(10).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((end + 1, c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_01_to_r_20_the_view_and_the_way_back() {
        for (text, view) in [
            ("plain", "plain"),
            ("５３６", "536"),
            ("536\u{200b}-22", "536-22"),
            ("Mаriа", "Maria"),
            ("a&#45;b &amp; c", "a-b & c"),
            ("é\u{a0}x – y", "é x - y"),
        ] {
            assert_eq!(Normalized::new(text).text(), view);
        }
        let text = "x 5\u{200b}３６ y";
        let normalized = Normalized::new(text);
        let start = normalized.text().find("536").unwrap();
        assert_eq!(normalized.original(Span::new(start, start + 3)).of(text), "5\u{200b}３６");
    }

    proptest::proptest! {
        #[test]
        fn every_span_leads_back_to_a_whole_piece(text in "(\\PC|&amp;|&#45;|\u{200b}){0,30}") {
            let normalized = Normalized::new(&text);
            let view = normalized.text().to_owned();
            let places: Vec<usize> = view.char_indices().map(|(i, _)| i).chain([view.len()]).collect();
            for pair in places.windows(2) {
                let span = normalized.original(Span::new(pair[0], pair[1]));
                proptest::prop_assert!(text.get(span.start..span.end).is_some_and(|t| !t.is_empty()));
            }
        }
    }
}
