//! A second look at places where an identifier was taken apart: broken over two lines, its digits spelled out or set apart.
//!
//! Only the lines around such places are copied, joined, and given to the rules again; what the rules find there counts where
//! it holds a joint.

use crate::Span;

/// Lines with their identifiers joined, with the way back to the text that they came from.
pub(crate) struct Rejoined {
    pub(crate) text: String,
    /// For each byte of `text`: where in the source its character starts and ends.
    from: Vec<(u32, u32)>,
    /// Joined places in `text`, in order.
    joints: Vec<Joint>,
}

struct Joint {
    span: Span,
    /// Whether other characters stand there now; else two characters touch that did not.
    rewritten: bool,
    /// How many digits were spelled out in words.
    spelled: usize,
}

/// How far around a joint the text is looked at again, in bytes.
const AROUND: usize = 160;

/// A stretch of the source that is written in another way: its place, and the characters with their own places.
struct Edit {
    at: Span,
    written: Vec<(Span, char)>,
    spelled: usize,
}

impl Rejoined {
    /// None where nothing in the text was taken apart.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut rejoined = Self { text: String::new(), from: Vec::new(), joints: Vec::new() };
        // A hyphen at the end of a line may belong to the number or to the line: both are tried.
        for keep_hyphen in [true, false] {
            let mut edits = breaks(text, keep_hyphen);
            if keep_hyphen {
                edits.extend(spelled(text));
                edits.extend(spaced(text));
                edits.sort_by_key(|edit| edit.at);
            }
            rejoined.copy(text, &edits);
        }
        (!rejoined.joints.is_empty()).then_some(rejoined)
    }

    /// The source behind a span of the joined text, if the span holds a joint.
    pub(crate) fn source(&self, span: Span) -> Option<Span> {
        let next = self.joints.partition_point(|joint| joint.span.end <= span.start);
        let mut near = self.joints.iter().skip(next).take_while(|joint| joint.span.start < span.end);
        near.any(|joint| joint.rewritten || span.contains(&joint.span)).then(|| self.back(span))?
    }

    /// Runs of seven and more spelled-out digits, and how many: nobody dictates an ordinary number like that.
    pub(crate) fn dictated(&self) -> impl Iterator<Item = (Span, usize)> {
        self.joints.iter().filter(|joint| joint.spelled > 6).filter_map(|joint| Some((self.back(joint.span)?, joint.spelled)))
    }

    fn back(&self, span: Span) -> Option<Span> {
        let start = self.from.get(span.start)?.0;
        let end = self.from.get(span.end.checked_sub(1)?)?.1;
        Some(Span::new(start as usize, end as usize))
    }

    /// Copies the lines around the edits, with the edits made; stretches that do not touch are kept apart by empty lines.
    fn copy(&mut self, text: &str, edits: &[Edit]) {
        let mut until = 0;
        for (i, edit) in edits.iter().enumerate() {
            let begin = floor(text, edit.at.start.saturating_sub(AROUND));
            if i == 0 || begin > until {
                self.push('\n', Span::new(begin, begin));
                self.push('\n', Span::new(begin, begin));
                self.push('\n', Span::new(begin, begin));
                until = begin;
            }
            if edit.at.start < until {
                continue;
            }
            self.copy_plain(text, until, edit.at.start);
            let start = self.text.len();
            for (place, c) in &edit.written {
                self.push(*c, *place);
            }
            let rewritten = !edit.written.is_empty();
            let span = if rewritten { Span::new(start, self.text.len()) } else { Span::new(start.saturating_sub(1), start + 1) };
            self.joints.push(Joint { span, rewritten, spelled: edit.spelled });
            until = edit.at.end;
            let next = edits.get(i + 1).map_or(text.len(), |next| next.at.start);
            let end = ceil(text, (edit.at.end + AROUND).min(next).min(text.len()));
            self.copy_plain(text, until, end);
            until = end;
        }
    }

    fn copy_plain(&mut self, text: &str, from: usize, to: usize) {
        for (i, c) in text.get(from..to).unwrap_or("").char_indices() {
            self.push(c, Span::new(from + i, from + i + c.len_utf8()));
        }
    }

    fn push(&mut self, c: char, place: Span) {
        self.text.push(c);
        self.from.extend(std::iter::repeat_n((place.start as u32, place.end as u32), c.len_utf8()));
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// Line breaks inside of what looks like one number, e-mail or web address.
fn breaks(text: &str, keep_hyphen: bool) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, _) in text.match_indices('\n') {
        let before = text.get(floor(text, at.saturating_sub(80))..at).unwrap_or("").trim_end_matches(['\r', ' ', '\t']);
        let start = at - (text.get(..at).map_or(0, |t| t.len() - t.trim_end_matches(['\r', ' ', '\t']).len()).min(80));
        let after = text.get(at + 1..ceil(text, (at + 140).min(text.len()))).unwrap_or("");
        let behind = after.trim_start_matches([' ', '\t', '|', '>']);
        let end = at + 1 + after.len() - behind.len();
        let last = before.rsplit(|c: char| c.is_whitespace() || "|,;\"&<>".contains(c)).next().unwrap_or("");
        let next = behind.split(|c: char| c.is_whitespace() || "|,;\"&<".contains(c)).next().unwrap_or("");
        let ahead = before.get(..before.len() - last.len()).unwrap_or("").trim_end();
        let word = ahead.rsplit(' ').next().unwrap_or("");
        let opened =
            ahead.ends_with([':', '<', '"', ',', '(', '|', '=']) || matches!(word, "is" | "at" | "email" | "mail") || last.starts_with('(');
        let hyphen = last.ends_with('-') && last.len() > 1;
        if !(keep_hyphen || hyphen) || !one_value(last.strip_suffix('-').unwrap_or(last), hyphen, opened, next, behind) {
            continue;
        }
        let start = if hyphen && !keep_hyphen { start - 1 } else { start };
        edits.push(Edit { at: Span::new(start, end), written: Vec::new(), spelled: 0 });
    }
    edits
}

/// Whether the last word of a line and the first of the next are likely one value; `opened` says that the last word begins one.
fn one_value(last: &str, hyphen: bool, opened: bool, next: &str, behind: &str) -> bool {
    if last.is_empty() || next.is_empty() {
        return false;
    }
    let digits = |word: &str| word.bytes().filter(u8::is_ascii_digit).count();
    let ends = last.chars().next_back().unwrap_or(' ');
    let begins = next.chars().next().unwrap_or(' ');
    if last.contains('@') || next.contains('@') || last.contains("://") || last.starts_with("www.") {
        let domain = last.rsplit('@').next().unwrap_or("");
        let open = last.contains('@') && (!domain.contains('.') || domain.rsplit('.').next().is_some_and(|tld| tld.len() < 2));
        let last = last.trim_start_matches(['(', '[', '\'']);
        let small = |word: &str| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
        let inside = opened || last.contains(['.', '_']) || last.bytes().any(|b| b.is_ascii_digit());
        let said = matches!(last, "to" | "at" | "is" | "email" | "mail" | "me" | "us" | "or" | "and" | "contact");
        let local = next.contains('@') && !said && !last.contains('@') && small(last) && ends.is_ascii_alphanumeric() && inside;
        let rest = behind.get(next.len()..).unwrap_or("");
        let tld = domain.rsplit('.').next().unwrap_or("").to_owned() + next.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let known = last.contains('@') && domain.contains('.') && matches!(tld.as_str(), "com" | "org" | "net" | "edu" | "gov");
        let last_letter = known
            || last.contains('@') && next.len() < 3 && small(next) && (rest.is_empty() || rest.starts_with(['\n', '\r', '<', '"', ',']));
        let address = last.contains("://") || last.starts_with("www.");
        return open
            || local
            || last_letter
            || "@._-".contains(begins)
            || "@_".contains(ends)
            || (address && (next.contains(['/', '.', '?', '=', '%']) || digits(next) > 0));
    }
    let number = next.trim_end_matches(['.', ')', ']', '?', '!', '\'', ':']);
    // `(65` and `2) 964-2876`: an area code.
    if last.contains('(') && !last.contains(')') && next.contains(')') && digits(last) > 0 && digits(next) > 0 {
        return true;
    }
    // `M` and `RN-44718`: the letters before a number.
    let capitals = |word: &str| !word.is_empty() && word.len() < 5 && word.bytes().all(|b| b.is_ascii_uppercase());
    let bare = last.trim_start_matches('(');
    let letters = next.bytes().take_while(u8::is_ascii_uppercase).count();
    if opened && capitals(bare) && letters < 5 && next.len() > letters + 3 && next.bytes().skip(letters).all(|b| b.is_ascii_digit()) {
        return true;
    }
    if capitals(bare) && next.split_once('-').is_some_and(|(letters, rest)| (letters.is_empty() || capitals(letters)) && digits(rest) > 3) {
        return true;
    }
    // `1. Aspirin` and `2) ...` are lists, `240 mg` is a dose, `3/4/24` and `10:30` stand for themselves.
    let marker = number.len() < 3
        && !hyphen
        && !last.contains('-')
        && next.len() > number.len()
        && behind.get(next.len()..).is_some_and(|r| r.starts_with(' '));
    let word = behind.get(next.len()..).unwrap_or("").trim_start();
    let unit = [
        "mg", "mcg", "ml", "mL", "kg", "g ", "units", "tab", "cap", "day", "week", "month", "year", "y/o", "yo", "hour", "min", "%", "x ",
        "lb", "cm", "mm", "pm", "am", "AM", "PM", "of ", "ng", "IU", "mEq", "mmol",
    ];
    let counted = !hyphen && unit.iter().any(|u| word.starts_with(u));
    let iso = number.len() == 10 && number.starts_with(['1', '2']) && number.get(4..5) == Some("-") && number.get(7..8) == Some("-");
    let alone = iso || number.matches('/').count() > 1 || number.contains([':', '%', '$']) || number.contains('.') && !last.contains('.');
    let plain = |word: &str| word.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase() || "-./()+".contains(c));
    let whole =
        last.contains(['$', '%', ':', '=']) && digits(last) < 4 || (last.contains('.') && last.matches('.').count() == 1 && !hyphen);
    digits(last) > 0
        && digits(number) > 0
        && plain(
            last.trim_start_matches(|c: char| !c.is_ascii_digit() && !c.is_ascii_uppercase() && !"(+".contains(c))
                .rsplit([':', '#', '=', '(', '>'])
                .next()
                .unwrap_or(""),
        )
        && plain(number)
        && (ends.is_ascii_alphanumeric() || ends == ')' || hyphen || (ends == '.' && last.matches('.').count() > 1))
        && (begins.is_ascii_alphanumeric() || "-.(/".contains(begins))
        && !marker
        && !counted
        && !alone
        && !whole
}

/// The digits that a word stands for, as it is dictated; none for words that are no numbers.
fn digit_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "zero" | "oh" | "o" | "nought" => "0",
        "one" => "1",
        "two" => "2",
        "three" => "3",
        "four" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" | "niner" => "9",
        "ten" => "10",
        "eleven" => "11",
        "twelve" => "12",
        "thirteen" => "13",
        "fourteen" => "14",
        "fifteen" => "15",
        "sixteen" => "16",
        "seventeen" => "17",
        "eighteen" => "18",
        "nineteen" => "19",
        "twenty" => "20",
        "thirty" => "30",
        "forty" => "40",
        "fifty" => "50",
        "sixty" => "60",
        "seventy" => "70",
        "eighty" => "80",
        "ninety" => "90",
        "hundred" => "00",
        "thousand" => "000",
        _ => return None,
    })
}

struct Run {
    start: usize,
    end: usize,
    written: Vec<(Span, char)>,
    words: usize,
    /// Words for one digit each: only those are dictated one after the other.
    singles: usize,
}

/// Runs of spelled-out digits, `five five five, oh one four two`, digits among them too; `double` and `triple` repeat the next.
fn spelled(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut run: Option<Run> = None;
    // How often the next digit is said, and where that was said.
    let mut times: Option<(usize, usize)> = None;
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let letter = byte.is_ascii_alphabetic();
        if !letter && !byte.is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() && b.is_ascii_alphabetic() == letter) {
            at += 1;
        }
        let word = text.get(start..at).unwrap_or("");
        let lower = if word.len() < 10 { word.to_ascii_lowercase() } else { String::new() };
        let gap = run.as_ref().and_then(|r| text.get(r.end..start));
        let near = gap.is_some_and(|g| g.len() < 5 && !g.is_empty() && g.chars().all(|c| " ,-.\n\t/".contains(c)));
        if !near {
            edits.extend(run.take().and_then(finished));
        }
        let digits = if letter { digit_word(&lower).map(str::to_owned) } else { (word.len() < 5).then(|| word.to_owned()) };
        let Some(digits) = digits else {
            match (lower.as_str(), &mut run) {
                ("double" | "triple", _) => {
                    times = Some((if lower == "double" { 2 } else { 3 }, start));
                    let run = run.get_or_insert(Run { start, end: at, written: Vec::new(), words: 0, singles: 0 });
                    run.end = at;
                }
                ("dash" | "hyphen" | "space" | "dot" | "point" | "and", Some(run)) => {
                    if lower != "and" {
                        run.written.push((Span::new(start, at), '-'));
                    }
                    run.end = at;
                }
                _ => {
                    times = None;
                    edits.extend(run.take().and_then(finished));
                }
            }
            continue;
        };
        let run = run.get_or_insert(Run { start, end: at, written: Vec::new(), words: 0, singles: 0 });
        let tens = run.written.last().is_some_and(|(place, c)| *c == '0' && place.len() > 4 && digits.len() == 1 && letter)
            && text.get(run.end..start).is_some_and(|g| g == " " || g == "-")
            && text
                .get(run.written.last().map_or(start, |(place, _)| place.start)..run.end)
                .is_some_and(|w| w.to_ascii_lowercase().ends_with("ty"));
        if tens {
            // `eighty-seven`: the seven stands in place of the nought.
            run.written.pop();
        } else if text.get(run.end..start).is_some_and(|g| g.contains([',', '-', '.', '/'])) && !run.written.is_empty() {
            run.written.push((Span::new(run.end, start), '-'));
        }
        let (times, from) = times.take().unwrap_or((1, start));
        let place = Span::new(from, at);
        for _ in 0..times {
            run.written.extend(digits.chars().map(|c| (place, c)));
        }
        run.words += if letter { times } else { 0 };
        run.singles += if digits.len() == 1 && !tens { times } else { 0 };
        run.end = at;
    }
    edits.extend(run.take().and_then(finished));
    edits
}

/// A run that is long enough to be a dictated number.
fn finished(mut run: Run) -> Option<Edit> {
    while run.written.last().is_some_and(|(_, c)| *c == '-') {
        run.written.pop();
    }
    let end = run.written.last()?.0.end;
    let digits = run.written.iter().filter(|(_, c)| c.is_ascii_digit()).count();
    let spelled = if run.singles == digits { digits } else { 0 };
    (run.words > 2 && digits > 3).then_some(Edit { at: Span::new(run.start, end), written: run.written, spelled })
}

/// Runs of five and more single digits or signs of an address, set apart by the same sign: `4 4 7 8 8`, `a n a @ x . o r g`.
fn spaced(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let bytes = text.as_bytes();
    let single =
        |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'.' | b'-' | b'_' | b'/' | b'(' | b')'));
    let mut at = 0;
    while at < bytes.len() {
        let separator = bytes.get(at + 1).copied().filter(|b| matches!(b, b' ' | b'-' | b'.' | b'_' | b'/' | b'*' | b'~' | b'\t'));
        let alone = at == 0 || !bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
        let (Some(separator), true, true) = (separator, alone, single(at)) else {
            at += 1;
            continue;
        };
        let mut places = vec![at];
        let mut next = at + 1;
        while bytes.get(next) == Some(&separator) {
            let gap = if separator == b' ' && bytes.get(next + 1) == Some(&b' ') { 2 } else { 1 };
            let here = next + gap;
            let closed =
                !bytes.get(here + 1).is_some_and(u8::is_ascii_alphanumeric) || !bytes.get(here).is_some_and(u8::is_ascii_alphanumeric);
            if !single(here) || !closed {
                break;
            }
            places.push(here);
            next = here + 1;
        }
        let of = |test: fn(&u8) -> bool| places.iter().filter(|at| bytes.get(**at).is_some_and(test)).count();
        let (digits, signs) = (of(u8::is_ascii_digit), of(|b| *b == b'@'));
        if places.len() > 4 && (digits > 4 || signs == 1 && places.len() > 7) {
            let written = places.iter().filter_map(|at| Some((Span::new(*at, at + 1), char::from(*bytes.get(*at)?)))).collect();
            // Nine and more that do not count up are no scale.
            let counts = places.windows(2).all(|pair| matches!(pair, [a, b] if bytes.get(*a) < bytes.get(*b)));
            let dictated = separator == b' ' && digits > 8 && digits == places.len() && !counts;
            edits.push(Edit { at: Span::new(at, next), written, spelled: if dictated { digits } else { 0 } });
        }
        at = next;
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        Rejoined::new(text).map_or(String::new(), |r| r.text.trim().to_owned())
    }

    #[test]
    fn what_is_joined() {
        for (text, expected) in [
            ("MRN 4478\n  8123 was", "MRN 44788123 was"),
            ("SSN 536-22-\n8726.", "SSN 536-22-8726.\n\n\nSSN 536-228726."),
            ("call five five five, oh one four two now", "call 555-0142 now"),
            ("triple five double oh one two", "5550012"),
            ("eighty-seven twenty-six forty one", "872641"),
            ("MRN 4 4 7 8 8 1 2 ok", "MRN 4478812 ok"),
            ("a n a @ x y . o r g", "ana@xy.org"),
            ("ana.ruiz@exam\nple.org", "ana.ruiz@example.org"),
            ("Email: sar\nah.c@example.org", "Email: sarah.c@example.org"),
            ("+1 (65\n   2) 964-2876", "+1 (652) 964-2876"),
            ("MRN: M\nRN-5317203", "MRN: MRN-5317203"),
            ("<ssn>6\n07-67-9607</ssn>", "<ssn>607-67-9607</ssn>"),
            ("SSN verified: 8\n00-80-1700\n2024-06-01", "SSN verified: 800-80-1700\n2024-06-01"),
            ("write to\nana@example.org", ""),
            ("my email is sar\nah.c@example.org", "my email is sarah.c@example.org"),
            ("ana.c@example.co\nm or", "ana.c@example.com or"),
            ("(MR\nN-2022967)", "(MRN-2022967)"),
            ("Policy Number: Q\nRS321654", "Policy Number: QRS321654"),
            ("Plt 240\n138 mg daily", ""),
            ("WBC 7.2\n13.8 Hgb", ""),
            ("Dx 250\n1. Aspirin", ""),
            ("one two three, go", ""),
            ("pain 5 5 4, then 3", ""),
        ] {
            assert_eq!(joined(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_span_leads_back(text in "([0-9]{1,4}[ -]?|\n|five |oh |double |é|[a-z]{1,3}@| |[0-9] ){0,40}") {
            if let Some(rejoined) = Rejoined::new(&text) {
                let places: Vec<usize> = rejoined.text.char_indices().map(|(i, _)| i).chain([rejoined.text.len()]).collect();
                for pair in places.windows(2) {
                    if let Some(span) = rejoined.source(Span::new(pair[0], pair[1])) {
                        proptest::prop_assert!(text.get(span.start..span.end).is_some());
                    }
                }
                for (span, _) in rejoined.dictated() {
                    proptest::prop_assert!(text.get(span.start..span.end).is_some());
                }
            }
        }
    }
}
