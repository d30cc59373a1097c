//! Values that their label makes identifying: `MRN: 4478812`, `acct # 88231177`, `"memberId": "W88"`, `<ssn>…</ssn>`, a label on
//! the line above, a list behind one label, `8823 (acct)`, and columns under a header row.
//!
//! Each recognizer lists its labels. All of them are looked for in one walk over the words of the text, so the number of labels
//! costs nothing; only where one stands is its value read.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::numbers::digits;
pub use super::numbers::{number, shaped};
use super::{ALL, Text};
use crate::{Detection, EntityType, Source, Span};

/// What must stand between a label and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Nothing: the label has no other meaning (`MRN 4478812`).
    Nothing,
    /// A sign or a word for "number" (`Invoice: 20931`, `claim no 20931`).
    Mark,
    /// A word for "number" (`check number 1182`), because the label with a colon may head anything.
    Number,
    /// A colon, an equals sign, a tag, a column: what follows is words.
    Colon,
}

/// A family of labels whose values look alike.
pub struct Label {
    /// Phrases divided by `|`, in small letters with one blank between words; other separators, plurals and camelCase are read
    /// the same.
    pub words: &'static str,
    pub needs: Needs,
    pub entity: EntityType,
    /// Name of the rule.
    pub rule: &'static str,
    /// Confidence without a check digit.
    pub sure: f32,
    /// Reads the value at the start of the rest of the text.
    pub value: fn(&Place<'_>) -> Option<Value>,
}

/// Where a value is looked for.
pub struct Place<'t> {
    /// The text from there, at most `REACH` bytes; for a cell of a table, the cell.
    pub rest: &'t str,
    /// A sign or a word between the label and here says that a number follows.
    pub marked: Needs,
    /// `ending in`, `last four`: a part of the number follows.
    pub ending: bool,
}

/// A value that was read: where in `rest`, and whether a check digit confirms it.
pub struct Value {
    pub at: Range<usize>,
    pub checked: bool,
}

/// How far behind a label its value may begin, and how far it may reach, in bytes.
const REACH: usize = 120;
/// Values of one list.
const LIST: usize = 64;

/// Words between a label and its value. The first ones mean "number".
const NUMBER_WORDS: &[&str] =
    &["number", "no", "num", "nbr", "nr", "id", "identifier", "identification", "code", "ident", "value", "ref", "reference", "nummer"];
const ENDING_WORDS: &[&str] = &["ending", "ends", "ended", "last"];
const FILLERS: &[&str] = &[
    "is",
    "was",
    "are",
    "were",
    "be",
    "of",
    "the",
    "for",
    "as",
    "in",
    "with",
    "four",
    "digit",
    "on",
    "file",
    "reads",
    "read",
    "shows",
    "listed",
    "provided",
    "given",
    "following",
    "verified",
    "confirmed",
    "her",
    "his",
    "my",
    "your",
    "their",
    "our",
    "current",
    "new",
    "old",
    "primary",
    "secondary",
    "to",
    "and",
    "full",
    "same",
    "assigned",
    "issued",
    "equals",
    "registered",
    "entered",
    "recorded",
    "changed",
    "updated",
    "from",
    "has",
    "it",
    "s",
    "it's",
    "i",
    "m",
    "at",
    "card",
    "holder",
    "patient",
    "member",
    "account",
    "bank",
    "date",
    "by",
    "us",
    "usa",
    "uk",
    "state",
    "type",
    "used",
    "back",
    "details",
    "info",
    "information",
    "transfer",
    "payment",
    "under",
    "be",
    "believe",
    "think",
    "there",
    "yes",
    "sure",
    "okay",
    "this",
    "that",
    "which",
    "does",
];

struct Index {
    /// The number of each word that a label, a filler or a column uses.
    words: HashMap<&'static str, u32>,
    /// From a node and a word to the next node; 0 is the root.
    next: HashMap<(u32, u32), u32>,
    /// Which labels end at a node.
    ends: HashMap<u32, Vec<&'static Label>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index { words: HashMap::new(), next: HashMap::new(), ends: HashMap::new() };
    let mut nodes = 0;
    for label in ALL.iter().flat_map(|(labels, _)| labels.iter()) {
        for phrase in label.words.split('|') {
            let mut node = 0;
            for word in phrase.split(' ') {
                let fresh = index.words.len() as u32;
                let word = *index.words.entry(word).or_insert(fresh);
                node = *index.next.entry((node, word)).or_insert_with(|| {
                    nodes += 1;
                    nodes
                });
            }
            index.ends.entry(node).or_default().push(label);
        }
    }
    index
});

/// A word of the text and its number among the labels' words.
struct Word {
    span: Span,
    known: Option<u32>,
}

/// A label that stands in the text.
struct Hit {
    span: Span,
    label: &'static Label,
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    let hits = hits(text.0);
    for hit in &hits {
        behind(text, hit, found);
    }
    super::columns::recognize(text, hits.iter().map(|hit| (hit.span, hit.label)), found);
}

/// Every label, the longest at each place.
fn hits(text: &str) -> Vec<Hit> {
    let words = words(text);
    let mut hits = Vec::new();
    let mut at = 0;
    while let Some(first) = words.get(at) {
        let mut node = 0;
        let mut best = None;
        let mut last_end = first.span.start;
        for (i, word) in words.iter().enumerate().skip(at) {
            let gap = text.get(last_end..word.span.start).unwrap_or("");
            if i > at && !one_label(gap) {
                break;
            }
            let Some(next) = word.known.and_then(|known| INDEX.next.get(&(node, known))) else { break };
            (node, last_end) = (*next, word.span.end);
            if let Some(labels) = INDEX.ends.get(&node) {
                best = Some((i, Span::new(first.span.start, word.span.end), labels));
            }
        }
        match best {
            Some((last, span, labels)) => {
                hits.extend(labels.iter().map(|label| Hit { span, label }));
                at = last + 1;
            }
            None => at += 1,
        }
    }
    hits
}

/// Whether two words may belong to one label with this between them.
fn one_label(gap: &str) -> bool {
    let newlines = gap.matches('\n').count();
    gap.len() <= if newlines == 1 { 12 } else { 2 } && newlines < 2 && gap.chars().all(|c| " .-_/'’\n".contains(c)) && !gap.contains('\t')
}

/// Runs of letters, cut where a small letter meets a capital; those of placeholders (`[PERSON_1]`) are left out.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut lower = String::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'[' {
            at += super::placeholder(text.get(at..).unwrap_or("")).unwrap_or(1);
            continue;
        }
        if !(byte.is_ascii_alphabetic() || *byte >= 0x80) {
            at += 1;
            continue;
        }
        let start = at;
        lower.clear();
        while let Some(byte) = bytes.get(at).filter(|b| b.is_ascii_alphabetic() || **b >= 0x80) {
            let camel = byte.is_ascii_uppercase() && at > start && bytes.get(at - 1).is_some_and(u8::is_ascii_lowercase);
            if camel {
                break;
            }
            if lower.len() < 20 {
                lower.push(if *byte < 0x80 { char::from(byte.to_ascii_lowercase()) } else { '\u{fffd}' });
            }
            at += 1;
        }
        let known = INDEX.words.get(lower.as_str()).or_else(|| INDEX.words.get(lower.strip_suffix('s')?)).copied();
        words.push(Word { span: Span::new(start, at), known });
    }
    words
}

/// The values behind a label; where there is none, the one before it.
fn behind(text: &Text<'_>, hit: &Hit, found: &mut Vec<Detection>) {
    let label = hit.label;
    let rest = text.behind(hit.span, REACH);
    let mut add = |at: usize, value: &Value| {
        let mut span = Span::new(at + value.at.start, at + value.at.end);
        let words = span.of(text.0);
        if words.contains(')') && !words.contains('(') && text.before(span, 1) == "(" {
            span.start -= 1;
        }
        // `MRN-B8061` and `MRN.20229`: the label is the first part of the number.
        let between = text.0.get(hit.span.end..span.start).unwrap_or(" ");
        if matches!(between, "-" | "." | "_") && !hit.span.of(text.0).bytes().any(|b| b.is_ascii_lowercase()) {
            span.start = hit.span.start;
        }
        let confidence = if value.checked { 0.99 } else { label.sure };
        found.push(Detection { span, entity: label.entity, confidence, source: Source::Rule(label.rule.to_owned()) });
        span.end
    };
    let Some((skip, marked, ending)) = connector(rest, label.needs == Needs::Colon) else { return };
    let from = hit.span.end + skip;
    let enough = |marked: Needs| match label.needs {
        Needs::Nothing => true,
        Needs::Mark => marked != Needs::Nothing || ending,
        Needs::Number => marked == Needs::Number || ending,
        Needs::Colon => marked == Needs::Colon,
    };
    let read = |from: usize, marked| {
        let rest = text.behind(Span::new(from, from), REACH);
        (label.value)(&Place { rest, marked, ending })
    };
    let value = if enough(marked) { read(from, marked) } else { None };
    let Some(first) = value else {
        // Further on in the sentence, where the label leaves no doubt that a number comes.
        let sure = marked != Needs::Nothing || label.sure >= 0.95;
        let far = if label.needs == Needs::Colon || !sure { None } else { far(text.behind(Span::new(from, from), 96)) };
        if let Some((far, value)) = far.filter(|_| enough(marked)).and_then(|far| Some((from + far, read(from + far, marked)?))) {
            add(far, &value);
        } else if let Some(before) = before(text, hit) {
            add(before.start, &Value { at: 0..before.len(), checked: false });
        }
        return;
    };
    let pattern = digits(span_of(text, from, &first));
    let mut end = add(from, &first);
    // `MRNs 123, 456 and 789`: the rest of a list looks like its first.
    for _ in 0..LIST {
        let Some(skip) = list_gap(text.behind(Span::new(end, end), 24)).filter(|_| label.needs != Needs::Colon) else { break };
        let Some(value) = read(end + skip, Needs::Number) else { break };
        let count = digits(span_of(text, end + skip, &value));
        if count.abs_diff(pattern) > 1 || count < 3 {
            break;
        }
        end = add(end + skip, &value);
    }
}

fn span_of<'t>(text: &'t Text<'_>, from: usize, value: &Value) -> &'t str {
    text.0.get(from + value.at.start..from + value.at.end).unwrap_or("")
}

/// What stands between a label and its value: how long it is, what it says, and whether only a part of the number follows.
/// None where a new paragraph begins.
fn connector(rest: &str, words_follow: bool) -> Option<(usize, Needs, bool)> {
    let (mut at, mut newlines) = (0, 0);
    let (mut marked, mut ending) = (Needs::Nothing, false);
    while let Some(c) = rest.get(at..).and_then(|r| r.chars().next()) {
        match c {
            '\n' => {
                newlines += 1;
                if newlines > 2 {
                    return None;
                }
                if words_follow && marked != Needs::Colon {
                    return Some((at, marked, ending));
                }
                // A line that nobody filled in.
                if words_follow && rest.get(..at).is_some_and(|line| line.trim_end().ends_with("___")) {
                    return None;
                }
            }
            ':' | '=' | '>' | '|' | '\t' => marked = if words_follow { Needs::Colon } else { marked.max(Needs::Mark) },
            '#' | '№' => marked = Needs::Number,
            '(' if words_follow => return Some((at, marked, ending)),
            '.' if rest.get(at + 1..).is_some_and(|r| r.starts_with([' ', '\n'])) && marked == Needs::Nothing && newlines == 0 => {
                // The end of a sentence, unless an abbreviation like `acct.` goes on with a number.
                if !rest.get(at + 1..).unwrap_or("").trim_start().starts_with(|c: char| c.is_ascii_digit() || "#:nN".contains(c)) {
                    return Some((at, marked, ending));
                }
            }
            ' ' | '\r' | '.' | ',' | '-' | '"' | '\'' | '“' | '”' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | '_' | '~' | '^' | '&'
            | '/' | '\\' => {}
            '*' if rest.get(at + 1..).is_some_and(|r| r.starts_with('*'))
                && rest.get(at + 2..).is_some_and(|r| r.starts_with([' ', ':'])) =>
            {
                at += 1
            }
            _ if c.is_ascii_alphabetic() => {
                let word: String = rest.get(at..).unwrap_or("").chars().take_while(char::is_ascii_alphabetic).take(16).collect();
                let behind = rest.get(at + word.len()..).and_then(|r| r.chars().next());
                let lower = word.to_ascii_lowercase();
                let single = lower.strip_suffix('s').filter(|w| w.len() > 1).unwrap_or(&lower);
                if behind.is_some_and(|c| c.is_alphanumeric()) && !(lower == "no" || lower == "id") || words_follow {
                    return Some((at, marked, ending));
                }
                if NUMBER_WORDS.contains(&single) {
                    // `ID-448` and `no-22` begin the value.
                    if behind == Some('-') && rest.get(at + word.len() + 1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit())) {
                        return Some((at, Needs::Number, ending));
                    }
                    marked = Needs::Number;
                } else if ENDING_WORDS.contains(&lower.as_str()) {
                    ending = true;
                } else if !(FILLERS.contains(&lower.as_str()) || (single.len() > 2 && FILLERS.contains(&single))) || behind == Some('-') {
                    return Some((at, marked, ending));
                }
                at += word.len();
                continue;
            }
            '4' if ending && !rest.get(at + 1..).is_some_and(|r| r.starts_with(|c: char| c.is_alphanumeric())) => {}
            _ => return Some((at, marked, ending)),
        }
        at += c.len_utf8();
        if at > 64 {
            return Some((at, marked, ending));
        }
    }
    Some((at, marked, ending))
}

/// Where in the same sentence a number of five or more digits begins: `account number for her checking is 00421182`.
fn far(rest: &str) -> Option<usize> {
    super::patterns! {
        // `... your account number? [5:06 PM] Ana: Sure, it's 00421182`
        ASKED = r"^[^.\n]{0,40}\?\s{0,4}(?:\[?\d{1,2}:\d{2}(?: ?[AaPp][Mm])?\]?\s)?";
    }
    let asked = ASKED.find(rest).map_or(0, |question| question.end());
    let at = asked + rest.get(asked..)?.find(|c: char| c.is_ascii_digit())?;
    let before = rest.get(asked..at)?;
    if before.chars().any(|c| !(c.is_alphabetic() || " '’-,:!".contains(c))) {
        return None;
    }
    let before = rest.get(..at)?;
    let start = before.rfind([' ', ':', ',']).map_or(0, |i| i + 1);
    let run =
        rest.get(start..)?.chars().take_while(|c| c.is_ascii_alphanumeric() || "- ".contains(*c)).filter(char::is_ascii_digit).count();
    (run >= 5).then_some(start)
}

/// Blanks, commas and joining words between two values of a list.
fn list_gap(rest: &str) -> Option<usize> {
    let mut at = 0;
    let mut joined = false;
    loop {
        let here = rest.get(at..)?;
        let word = ["and ", "or ", "plus ", "also ", "to ", "through ", "& ", "# ", "#"].iter().find(|w| here.starts_with(**w));
        match (word, here.chars().next()?) {
            (Some(word), _) => (joined, at) = (true, at + word.len()),
            (None, c @ (',' | ';' | '/' | '\n' | '|')) => (joined, at) = (true, at + c.len_utf8()),
            (None, c @ (' ' | '\t' | '"' | '\'' | '\r')) => at += c.len_utf8(),
            _ => return (joined && at > 0).then_some(at),
        }
    }
}

/// A number before its label: `4478812 (MRN)`, `88231177 is her account`.
fn before(text: &Text<'_>, hit: &Hit) -> Option<Span> {
    super::patterns! {
        BEFORE = r"(?P<id>[A-Za-z]{0,4}-?[0-9][A-Za-z0-9-]{3,24})[ \t]*(?:[(\[][ \t]*(?:(?:the|her|his|patient|bank|old|new)[ \t]+)?|[ \t](?:is|was|as)[ \t]+(?:(?:the|her|his|my|our|your|their|patient'?s?)[ \t]+)?)$";
    }
    if hit.label.needs == Needs::Colon {
        return None;
    }
    let ahead = text.before(hit.span, 56);
    let id = BEFORE.captures(ahead)?.name("id")?;
    let start = hit.span.start - ahead.len() + id.start();
    let place = Place { rest: id.as_str(), marked: Needs::Mark, ending: false };
    let value = (hit.label.value)(&place).filter(|v| v.at == (0..id.len()) && digits(id.as_str()) >= 4)?;
    Some(Span::new(start + value.at.start, start + value.at.end))
}
