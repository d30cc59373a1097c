//! Character references of HTML: the names of HTML 4, those of European letters in HTML 5, and numbers. Not all of the 2231 names:
//! what is not resolved stays as it is written, and its reader says so.

/// Names of U+00A0 to U+00FF, in order. Browsers take these without a semicolon, too.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy", "reg", "macr",
    "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34",
    "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave",
    "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute",
    "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave",
    "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml",
    "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("AMP", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("LT", '<'),
    ("GT", '>'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("num", '#'),
    ("commat", '@'),
    ("period", '.'),
    ("comma", ','),
    ("colon", ':'),
    ("semi", ';'),
    ("excl", '!'),
    ("quest", '?'),
    ("lpar", '('),
    ("rpar", ')'),
    ("lsqb", '['),
    ("rsqb", ']'),
    ("lbrack", '['),
    ("rbrack", ']'),
    ("lcub", '{'),
    ("rcub", '}'),
    ("plus", '+'),
    ("equals", '='),
    ("sol", '/'),
    ("bsol", '\\'),
    ("lowbar", '_'),
    ("UnderBar", '_'),
    ("hyphen", '\u{2010}'),
    ("dash", '\u{2010}'),
    ("ast", '*'),
    ("percnt", '%'),
    ("dollar", '$'),
    ("grave", '`'),
    ("vert", '|'),
    ("verbar", '|'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("OElig", 'Œ'),
    ("oelig", 'œ'),
    ("Scaron", 'Š'),
    ("scaron", 'š'),
    ("Yuml", 'Ÿ'),
    ("Zcaron", 'Ž'),
    ("zcaron", 'ž'),
    ("fnof", 'ƒ'),
    ("Abreve", 'Ă'),
    ("abreve", 'ă'),
    ("Amacr", 'Ā'),
    ("amacr", 'ā'),
    ("Aogon", 'Ą'),
    ("aogon", 'ą'),
    ("Cacute", 'Ć'),
    ("cacute", 'ć'),
    ("Ccaron", 'Č'),
    ("ccaron", 'č'),
    ("Ccirc", 'Ĉ'),
    ("ccirc", 'ĉ'),
    ("Cdot", 'Ċ'),
    ("cdot", 'ċ'),
    ("Dcaron", 'Ď'),
    ("dcaron", 'ď'),
    ("Dstrok", 'Đ'),
    ("dstrok", 'đ'),
    ("Ecaron", 'Ě'),
    ("ecaron", 'ě'),
    ("Edot", 'Ė'),
    ("edot", 'ė'),
    ("Emacr", 'Ē'),
    ("emacr", 'ē'),
    ("Eogon", 'Ę'),
    ("eogon", 'ę'),
    ("Gbreve", 'Ğ'),
    ("gbreve", 'ğ'),
    ("Gcedil", 'Ģ'),
    ("Gdot", 'Ġ'),
    ("gdot", 'ġ'),
    ("Hstrok", 'Ħ'),
    ("hstrok", 'ħ'),
    ("Idot", 'İ'),
    ("imath", 'ı'),
    ("inodot", 'ı'),
    ("Imacr", 'Ī'),
    ("imacr", 'ī'),
    ("Iogon", 'Į'),
    ("iogon", 'į'),
    ("Kcedil", 'Ķ'),
    ("kcedil", 'ķ'),
    ("Lacute", 'Ĺ'),
    ("lacute", 'ĺ'),
    ("Lcaron", 'Ľ'),
    ("lcaron", 'ľ'),
    ("Lcedil", 'Ļ'),
    ("lcedil", 'ļ'),
    ("Lstrok", 'Ł'),
    ("lstrok", 'ł'),
    ("Nacute", 'Ń'),
    ("nacute", 'ń'),
    ("Ncaron", 'Ň'),
    ("ncaron", 'ň'),
    ("Ncedil", 'Ņ'),
    ("ncedil", 'ņ'),
    ("Odblac", 'Ő'),
    ("odblac", 'ő'),
    ("Omacr", 'Ō'),
    ("omacr", 'ō'),
    ("Racute", 'Ŕ'),
    ("racute", 'ŕ'),
    ("Rcaron", 'Ř'),
    ("rcaron", 'ř'),
    ("Sacute", 'Ś'),
    ("sacute", 'ś'),
    ("Scedil", 'Ş'),
    ("scedil", 'ş'),
    ("Tcaron", 'Ť'),
    ("tcaron", 'ť'),
    ("Tcedil", 'Ţ'),
    ("tcedil", 'ţ'),
    ("Ubreve", 'Ŭ'),
    ("ubreve", 'ŭ'),
    ("Udblac", 'Ű'),
    ("udblac", 'ű'),
    ("Umacr", 'Ū'),
    ("umacr", 'ū'),
    ("Uogon", 'Ų'),
    ("uogon", 'ų'),
    ("Uring", 'Ů'),
    ("uring", 'ů'),
    ("Wcirc", 'Ŵ'),
    ("wcirc", 'ŵ'),
    ("Ycirc", 'Ŷ'),
    ("ycirc", 'ŷ'),
    ("Zacute", 'Ź'),
    ("zacute", 'ź'),
    ("Zdot", 'Ż'),
    ("zdot", 'ż'),
    ("circ", 'ˆ'),
    ("tilde", '˜'),
    ("Alpha", 'Α'),
    ("Beta", 'Β'),
    ("Gamma", 'Γ'),
    ("Delta", 'Δ'),
    ("Epsilon", 'Ε'),
    ("Zeta", 'Ζ'),
    ("Eta", 'Η'),
    ("Theta", 'Θ'),
    ("Iota", 'Ι'),
    ("Kappa", 'Κ'),
    ("Lambda", 'Λ'),
    ("Mu", 'Μ'),
    ("Nu", 'Ν'),
    ("Xi", 'Ξ'),
    ("Omicron", 'Ο'),
    ("Pi", 'Π'),
    ("Rho", 'Ρ'),
    ("Sigma", 'Σ'),
    ("Tau", 'Τ'),
    ("Upsilon", 'Υ'),
    ("Phi", 'Φ'),
    ("Chi", 'Χ'),
    ("Psi", 'Ψ'),
    ("Omega", 'Ω'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("epsilon", 'ε'),
    ("zeta", 'ζ'),
    ("eta", 'η'),
    ("theta", 'θ'),
    ("iota", 'ι'),
    ("kappa", 'κ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("nu", 'ν'),
    ("xi", 'ξ'),
    ("omicron", 'ο'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("sigmaf", 'ς'),
    ("sigma", 'σ'),
    ("tau", 'τ'),
    ("upsilon", 'υ'),
    ("phi", 'φ'),
    ("chi", 'χ'),
    ("psi", 'ψ'),
    ("omega", 'ω'),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("numsp", ' '),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("horbar", '―'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("rsquor", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("dagger", '†'),
    ("Dagger", '‡'),
    ("bull", '•'),
    ("hellip", '…'),
    ("mldr", '…'),
    ("permil", '‰'),
    ("prime", '′'),
    ("Prime", '″'),
    ("lsaquo", '‹'),
    ("rsaquo", '›'),
    ("oline", '‾'),
    ("frasl", '⁄'),
    ("euro", '€'),
    ("image", 'ℑ'),
    ("weierp", '℘'),
    ("real", 'ℜ'),
    ("trade", '™'),
    ("numero", '№'),
    ("alefsym", 'ℵ'),
    ("larr", '←'),
    ("uarr", '↑'),
    ("rarr", '→'),
    ("darr", '↓'),
    ("harr", '↔'),
    ("crarr", '↵'),
    ("rArr", '⇒'),
    ("hArr", '⇔'),
    ("forall", '∀'),
    ("part", '∂'),
    ("exist", '∃'),
    ("empty", '∅'),
    ("isin", '∈'),
    ("prod", '∏'),
    ("sum", '∑'),
    ("minus", '−'),
    ("lowast", '∗'),
    ("radic", '√'),
    ("prop", '∝'),
    ("infin", '∞'),
    ("ang", '∠'),
    ("and", '∧'),
    ("or", '∨'),
    ("cap", '∩'),
    ("cup", '∪'),
    ("int", '∫'),
    ("there4", '∴'),
    ("sim", '∼'),
    ("cong", '≅'),
    ("asymp", '≈'),
    ("ne", '≠'),
    ("equiv", '≡'),
    ("le", '≤'),
    ("ge", '≥'),
    ("sub", '⊂'),
    ("sup", '⊃'),
    ("sdot", '⋅'),
    ("loz", '◊'),
    ("spades", '♠'),
    ("clubs", '♣'),
    ("hearts", '♥'),
    ("diams", '♦'),
    ("female", '♀'),
    ("male", '♂'),
    ("check", '✓'),
    ("phone", '☎'),
];

/// Longest name, and most digits of a number.
const LONGEST: usize = 12;
const DIGITS: usize = 32;

/// The character that a reference stands for, and the bytes it takes behind its `&`.
pub(crate) fn entity(after: &str) -> Option<(char, usize)> {
    if let Some(number) = after.strip_prefix('#') {
        let (radix, digits) = number.strip_prefix(['x', 'X']).map_or((10, number), |hex| (16, hex));
        let length = digits.bytes().take(DIGITS).take_while(|b| char::from(*b).is_digit(radix)).count();
        let value = u32::from_str_radix(digits.get(..length)?, radix).ok()?;
        let end = after.len() - digits.len() + length;
        return Some((numbered(value)?, end + usize::from(after.get(end..)?.starts_with(';'))));
    }
    let length = after.bytes().take(LONGEST + 1).take_while(u8::is_ascii_alphanumeric).count();
    let name = after.get(..length)?;
    let latin = |name: &str| LATIN.iter().position(|n| *n == name).and_then(|n| char::from_u32(0xa0 + u32::try_from(n).ok()?));
    if after.get(length..).is_some_and(|rest| rest.starts_with(';')) {
        let found = latin(name).or_else(|| NAMED.iter().find(|(n, _)| *n == name).map(|(_, c)| *c));
        return found.map(|c| (if c == '\u{a0}' { ' ' } else { c }, length + 1));
    }
    // Without a semicolon only letters: `Mar&iacutea`, but not the `&copy=1` of an address.
    (4..=6).rev().filter_map(|n| Some((latin(name.get(..n)?)?, n))).find(|(c, _)| c.is_alphabetic())
}

/// Numbers of the old code page mean its characters, as browsers take them.
fn numbered(value: u32) -> Option<char> {
    match value {
        0xa0 => Some(' '),
        0x80..=0x9f => {
            let byte = [u8::try_from(value).ok()?];
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0.chars().next()
        }
        _ => char::from_u32(value).filter(|c| !c.is_control() || c.is_whitespace()),
    }
}

/// Whether `after` would be a reference if its name were known.
pub(crate) fn is_unknown(after: &str) -> bool {
    let name: usize = after.strip_prefix('#').unwrap_or(after).bytes().take(DIGITS).take_while(u8::is_ascii_alphanumeric).count();
    let end = name + usize::from(after.starts_with('#'));
    name > 0 && after.get(end..).is_some_and(|rest| rest.starts_with(';')) && entity(after).is_none()
}

/// Text with its references resolved, and how many were not.
pub(crate) fn resolve(text: &str) -> (String, usize) {
    let (mut out, mut rest, mut unknown) = (String::new(), text, 0);
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        match entity(after) {
            Some((c, length)) => {
                out.push(c);
                rest = after.get(length..).unwrap_or_default();
            }
            None => {
                out.push('&');
                unknown += usize::from(is_unknown(after));
                rest = after;
            }
        }
    }
    out.push_str(rest);
    (out, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_as_browsers_do() {
        let cases = [
            ("Mar&iacute;a &Ntilde;u&#xF1;ez &#0000000000233; &Lstrok;ukasz", "María Ñuñez é Łukasz"),
            ("Mar&iacutea &#233t&#xe9t", "María ététÁ".trim_end_matches('Á')),
            ("O&#146;Hara&nbsp;&amp; Co", "O’Hara & Co"),
            ("?a=1&copy=2&b=3 R&D AT&T", "?a=1&copy=2&b=3 R&D AT&T"),
        ];
        for (text, expected) in cases {
            assert_eq!(resolve(text), (expected.to_owned(), 0), "{text}");
        }
        assert_eq!(resolve("&nosuchname; &#x110000; &; &é;"), ("&nosuchname; &#x110000; &; &é;".to_owned(), 2));
        assert_eq!(resolve(&"&".repeat(100_000)).0.len(), 100_000);
        assert_eq!(LATIN.len(), 0x60);
        assert_eq!(entity("yuml;"), Some(('ÿ', 5)));
    }
}
