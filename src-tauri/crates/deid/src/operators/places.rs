//! Streets, towns, offices and addresses on the network that do not exist.

use super::numbers;
use super::person::cased;
use super::seed::Draws;

/// Beginnings and endings of invented places; no town of any size is called any of the pairs.
const STEMS: [&str; 40] = [
    "Alder", "Amber", "Bracken", "Briar", "Calder", "Cinder", "Clover", "Copper", "Cresten", "Dunmor", "Elder", "Ember", "Fallow",
    "Fernho", "Fennel", "Gorsen", "Harrow", "Hazel", "Heron", "Juniper", "Kestrel", "Larken", "Linden", "Marlow", "Merrin", "Osier",
    "Pebble", "Quillen", "Rowan", "Rushen", "Sorrel", "Sparrow", "Tansy", "Teasel", "Thistle", "Umber", "Velden", "Willow", "Wrenham",
    "Yarrow",
];
const ENDS: [&str; 20] = [
    "brook", "combe", "croft", "dene", "fold", "garth", "hythe", "leigh", "mere", "mott", "nook", "rigg", "shaw", "stead", "stoke",
    "thorpe", "thwaite", "wick", "worth", "wold",
];

/// Words of addresses and offices that name a kind, not a place: they stay. In lower case, sorted.
const KINDS: &[&str] = &[
    "academy",
    "ag",
    "alley",
    "apartment",
    "apt",
    "associates",
    "ave",
    "avenue",
    "bank",
    "bldg",
    "blvd",
    "boulevard",
    "box",
    "building",
    "calle",
    "care",
    "center",
    "centre",
    "chemin",
    "cir",
    "circle",
    "clinic",
    "co",
    "college",
    "community",
    "company",
    "corp",
    "corporation",
    "county",
    "court",
    "credit",
    "ct",
    "de",
    "dental",
    "des",
    "dr",
    "drive",
    "drugstore",
    "du",
    "e",
    "east",
    "family",
    "financial",
    "fl",
    "flat",
    "floor",
    "for",
    "general",
    "gmbh",
    "group",
    "health",
    "healthcare",
    "highway",
    "hospital",
    "hwy",
    "imaging",
    "inc",
    "insurance",
    "la",
    "lab",
    "laboratory",
    "labs",
    "lane",
    "le",
    "les",
    "llc",
    "ln",
    "loop",
    "ltd",
    "medical",
    "medicine",
    "memorial",
    "mutual",
    "n",
    "ne",
    "north",
    "nw",
    "o",
    "of",
    "office",
    "p",
    "parkway",
    "partners",
    "pharmacy",
    "pkwy",
    "pl",
    "place",
    "plaza",
    "po",
    "practice",
    "rd",
    "regional",
    "road",
    "room",
    "route",
    "rue",
    "s",
    "school",
    "se",
    "services",
    "sons",
    "south",
    "sq",
    "square",
    "st",
    "state",
    "ste",
    "street",
    "suite",
    "surgery",
    "sw",
    "systems",
    "ter",
    "terrace",
    "the",
    "trail",
    "trust",
    "union",
    "unit",
    "university",
    "via",
    "w",
    "way",
    "west",
];

/// Endings of German street names, which are one word with the name.
const FUSED: [&str; 9] = ["straße", "strasse", "str", "weg", "platz", "gasse", "allee", "damm", "ufer"];

fn invented(draws: &mut Draws) -> String {
    format!("{}{}", draws.pick(&STEMS), draws.pick(&ENDS))
}

/// A town of that capitalization.
pub(super) fn town(words: &str, draws: &mut Draws) -> String {
    cased(words, &invented(draws))
}

/// The same with an invented name and other numbers: `12 Oak Street, Apt 4B` becomes `38 Alderwick Street, Apt 7K`.
pub(super) fn named(words: &str, draws: &mut Draws) -> Option<String> {
    let mut out = String::with_capacity(words.len() + 12);
    let (mut named, mut last) = (false, String::new());
    let mut rest = words;
    while let Some(c) = rest.chars().next() {
        let joins = |c: char| c.is_alphanumeric() || "'’-".contains(c);
        let token =
            rest.get(..rest.find(|c| !joins(c)).filter(|end| *end > 0).unwrap_or(if joins(c) { rest.len() } else { c.len_utf8() }))?;
        rest = rest.get(token.len()..)?;
        let lower = token.to_lowercase();
        if !joins(c) {
            if !c.is_whitespace() {
                last.clear();
            }
            out += token;
            continue;
        }
        // The state of a whole address stays, and its ZIP is one that does not exist.
        if token.len() == 2 && token.chars().all(|c| c.is_ascii_uppercase()) && out.trim_end().ends_with(',') {
            out += token;
            last.clear();
            continue;
        }
        if token.len() == 5 && token.bytes().all(|b| b.is_ascii_digit()) && !out.is_empty() {
            out += &numbers::postal_code(token, draws)?;
            last.clear();
            continue;
        }
        if token.chars().any(|c| c.is_ascii_digit()) {
            out.extend(token.chars().enumerate().map(|(i, c)| match c {
                '0'..='9' if i == 0 => char::from_digit(1 + draws.below(9) as u32, 10).unwrap_or('1'),
                '0'..='9' => draws.digit(),
                // `5th`, `4B`: the letters of a unit are as much an address as its digits.
                c if c.is_ascii_uppercase() => draws.letter(),
                c => c,
            }));
            last.clear();
        } else if KINDS.binary_search(&lower.as_str()).is_ok() {
            out += token;
            last.clear();
        } else if !last.is_empty() {
            // One invented name for all the words of the real one.
            out.truncate(out.trim_end().len());
        } else {
            let name = invented(draws);
            let fused = FUSED.iter().find(|end| lower.len() > end.len() && lower.ends_with(**end));
            out += &match fused {
                Some(end) => cased(token, &format!("{name}{end}")),
                None => cased(token, &name),
            };
            named = true;
            last = name;
        }
    }
    (named || words.chars().any(|c| c.is_ascii_digit())).then_some(out)
}

/// An address at a domain that is kept for examples (RFC 2606).
pub(super) fn email(words: &str, draws: &mut Draws) -> String {
    let host = draws.pick(&["example.com", "example.org", "example.net"]);
    let made = format!("{}.{}{}@{host}", draws.pick(&STEMS), draws.pick(&ENDS), 10 + draws.below(90)).to_lowercase();
    if words.chars().any(char::is_lowercase) { made } else { made.to_uppercase() }
}

/// A page at a domain that is kept for examples (RFC 2606).
pub(super) fn url(words: &str, draws: &mut Draws) -> String {
    let scheme = words.find("://").and_then(|at| words.get(..at + 3)).unwrap_or("");
    let rest = words.get(scheme.len()..).unwrap_or("");
    let www = if rest.to_lowercase().starts_with("www.") { "www." } else { "" };
    let name = format!("{}{}", invented(draws), 10 + draws.below(90)).to_lowercase();
    let path = if rest.trim_end_matches('/').contains('/') { format!("/{}", invented(draws).to_lowercase()) } else { String::new() };
    format!("{scheme}{www}{name}.example.com{path}")
}

/// An address of the nets for documentation: RFC 5737 (IPv4), RFC 3849 (IPv6). What stands behind it, such as `/24`, stays.
pub(super) fn ip(words: &str, draws: &mut Draws) -> Option<String> {
    let address = words.split('/').next()?;
    let behind = words.get(address.len()..)?;
    let made = if address.contains(':') && !address.contains('.') {
        format!("2001:db8::{:x}:{:x}", 1 + draws.below(0xfffe), 1 + draws.below(0xfffe))
    } else {
        format!("{}.{}", draws.pick(&["192.0.2", "198.51.100", "203.0.113"]), 1 + draws.below(254))
    };
    Some(made + behind)
}

/// A login name.
pub(super) fn username(words: &str, draws: &mut Draws) -> String {
    let at = if words.starts_with('@') { "@" } else { "" };
    let made = format!("{at}{}{}{}", draws.pick(&STEMS), draws.pick(&ENDS), 10 + draws.below(90)).to_lowercase();
    if words.chars().any(char::is_lowercase) { made } else { made.to_uppercase() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntityType;
    use crate::operators::Seed;
    use regex::Regex;

    #[test]
    fn forms() {
        assert!(KINDS.is_sorted());
        type Make = fn(&str, &mut Draws) -> Option<String>;
        let cases: &[(Make, &str, &str)] = &[
            (named, "12 Oak Street, Apt 4B", r"^[1-9]\d [A-Z][a-z]+ Street, Apt \d[A-Z]$"),
            (named, "1200 N. Martin Luther King BLVD", r"^[1-9]\d{3} N\. [A-Z][a-z]+ BLVD$"),
            (named, "12 Oak Street, Duluth, MN 55802", r"^[1-9]\d [A-Z][a-z]+ Street, [A-Z][a-z]+, MN 00[0-4]\d\d$"),
            (named, "P.O. Box 4411", r"^P\.O\. Box [1-9]\d{3}$"),
            (named, "Lindenweg 4", r"^[A-Z][a-z]+weg \d$"),
            (named, "12 rue de la Paix", r"^\d\d rue de la [A-Z][a-z]+$"),
            (named, "Mercy General Hospital", r"^[A-Z][a-z]+ General Hospital$"),
            (named, "Wells Fargo Bank", r"^[A-Z][a-z]+ Bank$"),
            (|w, d| Some(town(w, d)), "DULUTH", "^[A-Z]+$"),
            (|w, d| Some(town(w, d)), "Salt Lake City", "^[A-Z][a-z]+$"),
            (|w, d| Some(email(w, d)), "a.b@c.org", r"^[a-z]+\.[a-z]+\d\d@example\.(com|org|net)$"),
            (|w, d| Some(url(w, d)), "https://www.x.org/a?b=1", r"^https://www\.[a-z]+\d\d\.example\.com/[a-z]+$"),
            (ip, "10.1.2.3/24", r"^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}/24$"),
            (ip, "fe80::1", r"^2001:db8::[0-9a-f]+:[0-9a-f]+$"),
            (|w, d| Some(username(w, d)), "@mgarcia", r"^@[a-z]+\d\d$"),
        ];
        for (make, words, pattern) in cases {
            for ordinal in 1..30 {
                let made = make(words, &mut Seed::new([5; 32]).draws(EntityType::City, ordinal, 0)).unwrap();
                assert!(Regex::new(pattern).unwrap().is_match(&made), "{words} -> {made}");
            }
        }
    }
}
