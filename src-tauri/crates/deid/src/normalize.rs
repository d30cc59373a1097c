//! The view that rules look at, and the model too where something hides: full-width and look-alike letters and the digits of other
//! scripts folded, invisible characters and tags inside of words dropped, HTML entities and percent signs decoded, with the way
//! back to the original bytes.

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
    /// Whether letters or digits are written otherwise than they are read.
    hides: bool,
}

impl<'t> Normalized<'t> {
    pub(crate) fn new(original: &'t str) -> Self {
        let plain = original.is_ascii() && !original.bytes().any(|b| matches!(b, b'&' | b'%' | b'<' | 0x0b | 0x0c | 0x7f));
        let folded = if plain || original.len() > u32::MAX as usize { None } else { Some(fold(original)) };
        Self { original, folded }
    }

    pub(crate) fn text(&self) -> &str {
        self.folded.as_ref().map_or(self.original, |f| &f.text)
    }

    /// Whether letters or digits are written otherwise than they are read: in the view they are plain.
    pub(crate) fn hides(&self) -> bool {
        self.folded.as_ref().is_some_and(|f| f.hides)
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
    let mut folded = Folded { text: String::with_capacity(original.len()), from: Vec::with_capacity(original.len()), hides: false };
    let mut at = 0;
    while let Some(c) = original.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = original.get(at..).unwrap_or("");
        let encoded = match c {
            '&' => entity(rest),
            '%' => percent(rest),
            '<' if folded.text.ends_with(|c: char| c.is_alphanumeric() || WITHIN.contains(c)) => {
                tags(rest).map(|width| (width, '\u{200b}'))
            }
            _ => None,
        };
        folded.hides |= encoded.is_some();
        let (width, decoded) = encoded.unwrap_or((c.len_utf8(), c));
        let place = (at as u32, (at + width) as u32);
        at += width;
        // A mark over a digit only hides it.
        let mark = is_mark(decoded) && folded.text.ends_with(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
        if is_invisible(decoded) || mark {
            folded.hides = true;
            continue;
        }
        folded.hides |= decoded.is_alphanumeric() && !decoded.is_ascii() && look_alike(decoded).is_ascii();
        let mut push = |c: char| {
            let before = folded.text.len();
            folded.text.push(c);
            folded.from.extend(std::iter::repeat_n(place, folded.text.len() - before));
        };
        if decoded.is_ascii() {
            push(look_alike(decoded));
        } else {
            // Combining marks stay: folding only changes how one character is written.
            std::iter::once(decoded).nfkc().for_each(|piece| push(look_alike(piece)));
        }
    }
    folded
}

/// Characters that do not show (Default_Ignorable_Code_Point of the Unicode character database): zero-width, soft hyphen,
/// bidirectional controls, fillers, tags, variation selectors.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{7f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// The noughts of the decimal digits (general category Nd) that compatibility forms do not fold; nine more follow each.
const NOUGHTS: [u32; 48] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0,
    0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
    0x104a0, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x1e950,
];

/// Letters of other scripts that look like Latin ones (Unicode UTS 39, the single-letter pairs), digits of other scripts,
/// typographic marks, odd blanks.
fn look_alike(c: char) -> char {
    match c {
        ' '..='~' | '\n' | '\t' | '\r' => c,
        '\u{b}' | '\u{c}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        'а' | 'α' | 'ɑ' => 'a',
        'Ь' => 'b',
        'с' | 'ϲ' | 'ᴄ' => 'c',
        'ԁ' => 'd',
        'е' | 'ҽ' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' => 'h',
        'і' | 'ι' | 'ı' | 'ɩ' => 'i',
        'ј' | 'ϳ' => 'j',
        'κ' => 'k',
        'ӏ' | 'ǀ' => 'l',
        'ո' => 'n',
        'о' | 'ο' | 'օ' | 'σ' | 'ᴏ' => 'o',
        'р' | 'ρ' | 'ⲣ' => 'p',
        'ԛ' | 'զ' => 'q',
        'г' => 'r',
        'ѕ' | 'ꜱ' => 's',
        'υ' | 'ս' | 'ᴜ' => 'u',
        'ν' | 'ѵ' | 'ᴠ' => 'v',
        'ԝ' | 'ѡ' | 'ᴡ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ү' => 'y',
        'ᴢ' => 'z',
        'А' | 'Α' | 'Ꭺ' => 'A',
        'В' | 'Β' | 'Ᏼ' => 'B',
        'С' | 'Ϲ' | 'Ꮯ' => 'C',
        'Ꭰ' => 'D',
        'Е' | 'Ε' | 'Ꭼ' => 'E',
        'Ϝ' => 'F',
        'Ԍ' | 'Ꮐ' => 'G',
        'Н' | 'Η' | 'Ꮋ' => 'H',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'Ј' | 'Ꭻ' => 'J',
        'К' | 'Κ' | 'Ꮶ' => 'K',
        'Ꮮ' => 'L',
        'М' | 'Μ' | 'Ꮇ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' | 'Օ' => 'O',
        'Р' | 'Ρ' | 'Ꮲ' => 'P',
        'Ԛ' => 'Q',
        'Ꭱ' => 'R',
        'Ѕ' | 'Ꮪ' => 'S',
        'Т' | 'Τ' | 'Ꭲ' => 'T',
        'Ս' => 'U',
        'Ѵ' | 'Ꮩ' => 'V',
        'Ԝ' | 'Ꮃ' => 'W',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' | 'Ү' => 'Y',
        'Ζ' | 'Ꮓ' => 'Z',
        'З' | 'Ʒ' => '3',
        'б' => '6',
        '‐'..='―' | '−' | '⁃' | '﹘' | '᠆' | '־' | '⸺' | '⸻' | '➖' => '-',
        '‘' | '’' | '‛' | 'ʼ' | 'ʹ' | '′' | '＇' => '\'',
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => '"',
        '·' | '‧' | '・' | '∙' | '⋅' | '。' | '٫' | '۔' => '.',
        '⁄' | '∕' | '⧸' | '╱' => '/',
        '∶' | '꞉' | '׃' | '։' => ':',
        '，' | '‚' | '،' | '٬' => ',',
        '∼' | '˜' | '〜' => '~',
        '‖' | '¦' | '│' | '┃' => '|',
        other => {
            let nought = NOUGHTS.partition_point(|nought| *nought <= other as u32).checked_sub(1).and_then(|i| NOUGHTS.get(i));
            nought.and_then(|nought| char::from_digit((other as u32 - nought).min(99), 10)).unwrap_or(other)
        }
    }
}

/// Marks that stand inside of identifiers.
const WITHIN: &str = "-./:@_'";

/// The tags at the start of the text that part a word: their length in bytes. Those of words within a line, and comments.
fn tags(text: &str) -> Option<usize> {
    const NAMES: &[&str] =
        &["b", "i", "u", "s", "em", "strong", "span", "font", "wbr", "a", "sup", "sub", "mark", "small", "big", "tt", "o:p"];
    let mut rest = text;
    while let Some(inside) = rest.strip_prefix('<') {
        rest = if let Some(comment) = inside.strip_prefix("!--") {
            comment.get(comment.find("-->")? + 3..)?
        } else {
            let end = inside.bytes().take(120).take_while(|b| *b != b'<').position(|b| b == b'>')?;
            let name = inside.get(..end)?.trim_start_matches('/').split([' ', '/']).next()?;
            if !NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                return None;
            }
            inside.get(end + 1..)?
        };
    }
    let length = text.len() - rest.len();
    let goes_on = |c: char| c.is_alphanumeric() || WITHIN.contains(c);
    (length > 0 && rest.starts_with(goes_on)).then_some(length)
}

/// A percent-encoded printable ASCII character (RFC 3986, section 2.1) at the start of the text.
fn percent(text: &str) -> Option<(usize, char)> {
    let hex = text.get(1..3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let code = u8::from_str_radix(hex, 16).ok()?;
    // `%25` is a percent sign that may have been encoded twice.
    match (code, text.get(3..5)) {
        (0x25, Some(again)) if again.bytes().all(|b| b.is_ascii_hexdigit()) => {
            let code = u8::from_str_radix(again, 16).ok()?;
            (0x20..0x7f).contains(&code).then_some((5, char::from(code)))
        }
        _ => (0x20..0x7f).contains(&code).then_some((3, char::from(code))),
    }
}

/// An HTML entity at the start of the text: its length in bytes, and its character. The semicolon of a number may be missing
/// (HTML 13.2.5.80), and the ampersand may have been encoded once more.
fn entity(text: &str) -> Option<(usize, char)> {
    if let Some(again) = text.strip_prefix("&amp;").filter(|rest| rest.starts_with('#')) {
        return number(again).map(|(len, c)| (len + 5, c));
    }
    let rest = text.get(1..)?;
    if rest.starts_with('#') {
        return number(rest).map(|(len, c)| (len + 1, c));
    }
    let end = rest.bytes().take(10).position(|b| b == b';')?;
    let c = match rest.get(..end)? {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" | "numsp" => ' ',
        "ndash" | "mdash" | "hyphen" | "dash" | "minus" => '-',
        "shy" | "zwj" | "zwnj" | "lrm" | "rlm" | "ZeroWidthSpace" => '\u{200b}',
        "commat" => '@',
        "period" | "middot" => '.',
        "comma" => ',',
        "colon" => ':',
        "sol" => '/',
        "lpar" => '(',
        "rpar" => ')',
        "plus" => '+',
        "num" => '#',
        "lowbar" => '_',
        "NewLine" => '\n',
        "Tab" => '\t',
        _ => return None,
    };
    Some((end + 2, c))
}

/// `#45;`, `#x2d;` and their like: length and character.
fn number(text: &str) -> Option<(usize, char)> {
    let digits = text.get(1..)?;
    let (prefix, radix) = if digits.starts_with(['x', 'X']) { (2, 16) } else { (1, 10) };
    let digits = text.get(prefix..)?;
    let len = digits.bytes().take(8).take_while(|b| char::from(*b).is_digit(radix)).count();
    let c = u32::from_str_radix(digits.get(..len)?, radix).ok().and_then(char::from_u32)?;
    let semicolon = usize::from(digits.get(len..).is_some_and(|rest| rest.starts_with(';')));
    Some((prefix + len + semicolon, c))
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
            ("٤٤٧ ४४७ 𝟒𝟒𝟕 ④④⑦", "447 447 447 447"),
            ("4\u{336}4\u{336}7, e\u{301}", "447, e\u{301}"),
            ("5%2D5%20x%2540y 98 % of 10%z", "5-5 x@y 98 % of 10%z"),
            ("&#53;&#51&#x36;&amp;#45;&commat;", "536-@"),
            ("\u{202e}4\u{2066}7\u{2069}", "47"),
            ("ｍａｒｉａ＠ｘ．ｏｒｇ", "maria@x.org"),
            ("Mar<b>i</b>a <i>x</i>, 5<wbr>36<!-- a - b -->-22", "Maria <i>x</i>, 536-22"),
            ("03/<i>14</i>/1958, 682-<b>33</b>91. <b>A</b>", "03/14/1958, 682-3391. <b>A</b>"),
            ("Mar<br>ia a<b x<y>z", "Mar<br>ia a<b x<y>z"),
        ] {
            assert_eq!(Normalized::new(text).text(), view);
        }
        for (text, hides) in
            [("plain", false), ("é – “x”", false), ("Mаria", true), ("a &amp; b", true), ("a\u{ad}b", true), ("x<b>y</b>", true)]
        {
            assert_eq!(Normalized::new(text).hides(), hides, "{text}");
        }
        let text = "x 5\u{200b}３６ y";
        let normalized = Normalized::new(text);
        let start = normalized.text().find("536").unwrap();
        assert_eq!(normalized.original(Span::new(start, start + 3)).of(text), "5\u{200b}３６");
    }

    proptest::proptest! {
        #[test]
        fn every_span_leads_back_to_a_whole_piece(text in "(\\PC|&amp;|&#45;|%2d|%|\u{200b}){0,30}") {
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
