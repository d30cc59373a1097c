//! SWIFT MT (User Handbook, categories 1, 2 and 9: MT103, 202, 940, 942, 950 and their kin): the text is the message itself; options
//! of fields that are defined to hold an identifier are named. Words of people (:70:, :72:, :77B:, :86:) stay plain text, but for
//! the subfields that German banks number in them (DK, Anlage 3: counterparty's bank, account and name).
//!
//! An own splitter: files come with and without blocks, wrapped by anything, and a broken line costs that line alone.

use deid::{EntityType, Span};

use crate::Note;
use crate::draft::Draft;

/// Field tags and the letters that may follow; a space is none. Other lines that look like a tag are words, as `:26:37` of a time.
const TAGS: &[(&str, &str)] = &[
    ("11", "RS"),
    ("12", " "),
    ("13", "CD"),
    ("20", " C"),
    ("21", " CDEFR"),
    ("23", " BE"),
    ("25", " AP"),
    ("26", "T"),
    ("28", " CD"),
    ("30", " "),
    ("32", "ABCDK"),
    ("33", "BK"),
    ("34", "F"),
    ("36", " "),
    ("37", "H"),
    ("50", " ACFGHKL"),
    ("51", "A"),
    ("52", "ABCD"),
    ("53", "ABCD"),
    ("54", "ABD"),
    ("55", "ABD"),
    ("56", "ACD"),
    ("57", "ABCD"),
    ("58", "ABD"),
    ("59", " AF"),
    ("60", "FM"),
    ("61", " "),
    ("62", "FM"),
    ("64", " "),
    ("65", " "),
    ("70", " "),
    ("71", "ABFG"),
    ("72", " "),
    ("75", " "),
    ("76", " "),
    ("77", "ABT"),
    ("79", " "),
    ("86", " "),
    ("90", "CD"),
];

/// The tag that a line begins with, and what follows it.
fn tag(line: &str) -> Option<(&str, &str)> {
    let (tag, rest) = line.strip_prefix(':')?.split_once(':')?;
    let known = TAGS.iter().any(|(digits, letters)| {
        tag.strip_prefix(digits).is_some_and(|letter| match letter.len() {
            0 => letters.starts_with(' '),
            1 => letter != " " && letters.contains(letter),
            _ => false,
        })
    });
    (known || tag == "NS").then_some((tag, rest))
}

/// Whether a text is a message: it begins with a block or a tag, or has the tags of one within its first lines.
pub(crate) fn begins(text: &str) -> bool {
    let head = text.get(..text.floor_char_boundary(4096)).unwrap_or(text);
    let block = head.strip_prefix("{1:").is_some_and(|rest| rest.starts_with(['F', 'A', 'L']));
    let mut tags = head.lines().take(40).filter_map(|line| tag(line.trim_start_matches("{4:"))).map(|(tag, _)| tag);
    let first = head.lines().next().is_some_and(|line| tag(line).is_some());
    block || first || tags.clone().any(|t| t == "20") && tags.any(|t| matches!(t, "25" | "32A" | "60F" | "28C"))
}

/// Names the identifiers in the draft's text, which is one message or many.
pub(crate) fn fields(draft: &mut Draft) {
    let text = draft.text().to_owned();
    let mut reader = Reader { draft, text: &text };
    let (mut at, mut open, mut broken) = (0, None::<(&str, Span)>, 0);
    for line in text.split_inclusive('\n') {
        let mut span = Span::new(at, at + line.trim_end().len());
        at += line.len();
        if span.of(&text).starts_with('{') {
            open.take().into_iter().for_each(|(tag, field)| reader.field(tag, field));
            let Some(end) = reader.blocks(span) else {
                broken += 1;
                continue;
            };
            span = Span::new(end, span.end.max(end));
        }
        let body = span.of(&text);
        if let Some((tag, rest)) = tag(body) {
            open.replace((tag, Span::new(span.end - rest.len(), span.end))).into_iter().for_each(|(tag, field)| reader.field(tag, field));
        } else if body == "-" || body.starts_with("-}") {
            open.take().into_iter().for_each(|(tag, field)| reader.field(tag, field));
            if let Some(trailer) = body.strip_prefix("-}").filter(|t| t.starts_with('{')) {
                broken += usize::from(reader.blocks(Span::new(span.end - trailer.len(), span.end)).is_none());
            }
        } else if let Some((_, field)) = &mut open {
            field.end = span.end;
        }
    }
    open.into_iter().for_each(|(tag, field)| reader.field(tag, field));
    draft.notes.extend((broken > 0).then_some(Note::PartsNotRead { count: broken }));
}

struct Reader<'d, 't> {
    draft: &'d mut Draft,
    text: &'t str,
}

impl<'t> Reader<'_, 't> {
    fn add(&mut self, span: Span, entity: EntityType, tag: &str) {
        self.draft.field(span, entity, &format!(":{tag}:"));
    }

    /// The lines of a field.
    fn lines(&self, field: Span) -> Vec<Span> {
        let mut at = field.start;
        let line = |line: &str| {
            let found = Span::new(at, at + line.trim_end().len());
            at += line.len();
            found
        };
        field.of(self.text).split_inclusive('\n').map(line).collect()
    }

    /// Blocks 1 to 3 and 5 on a line; where the text block begins, or the line ends. `None` if one is not closed.
    fn blocks(&mut self, line: Span) -> Option<usize> {
        let mut at = line.start;
        while let Some(block) = self.text.get(at..line.end).and_then(|rest| rest.strip_prefix('{')) {
            let (name, body) = block.split_once(':')?;
            let start = line.end - body.len();
            if name == "4" {
                return Some(start);
            }
            let mut depth = 1usize;
            let end = body.char_indices().find_map(|(i, c)| {
                depth = if c == '{' { depth + 1 } else { depth - usize::from(c == '}') };
                (depth == 0).then_some(start + i)
            })?;
            self.block(name, Span::new(start, end));
            at = end + 1;
        }
        Some(at)
    }

    fn block(&mut self, name: &str, body: Span) {
        let part = |from: usize, to: usize| Span::new((body.start + from).min(body.end), (body.start + to).min(body.end));
        if !body.of(self.text).is_ascii() {
            return;
        }
        match name {
            // F01, the sender's terminal, session and sequence.
            "1" => self.add(part(3, 15), EntityType::RoutingNumber, "1"),
            // I, type, receiver; or O, type, time, date, sender, session and sequence, date, time. Banks also write O for I.
            "2" if part(0, 14).of(self.text).strip_prefix('O').is_some_and(|s| s.bytes().all(|b| b.is_ascii_digit())) => {
                self.add(part(8, 14), EntityType::Date, "2");
                self.add(part(14, 26), EntityType::RoutingNumber, "2");
                self.add(part(36, 42), EntityType::Date, "2");
            }
            "2" => self.add(part(4, 16), EntityType::RoutingNumber, "2"),
            "3" => {
                let mut at = body.start;
                for inner in body.of(self.text).split_inclusive('}') {
                    let end = at + inner.trim_end_matches('}').len();
                    if let Some((tag, value)) = inner.trim_start_matches('{').trim_end_matches('}').split_once(':')
                        && matches!(tag, "108" | "121" | "106")
                    {
                        self.add(Span::new(end - value.len(), end), EntityType::UniqueId, tag);
                    }
                    at += inner.len();
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, tag: &str, field: Span) {
        let lines = self.lines(field);
        let Some(first) = lines.first().copied() else { return };
        let body = first.of(self.text);
        let (digits, option) = tag.split_at_checked(2).unwrap_or((tag, ""));
        match (digits, option) {
            ("20" | "21", _) => self.reference(first, tag),
            ("25", _) => {
                // Bank and account, or the account alone; option P has a BIC in line 2.
                let (bank, account) = body.rsplit_once('/').map_or((None, body), |(bank, account)| (Some(bank.len()), account));
                // A bank may write a currency behind it.
                let (account, bank) = match bank {
                    Some(len) if account.len() == 3 && account.bytes().all(|b| b.is_ascii_uppercase()) => {
                        let rest = body.get(..len).unwrap_or_default();
                        rest.rsplit_once('/').map_or((Span::new(first.start, first.start + len), None), |(bank, account)| {
                            (Span::new(first.start + len - account.len(), first.start + len), Some(bank.len()))
                        })
                    }
                    _ => (Span::new(first.end - account.len(), first.end), bank),
                };
                self.account(account, tag);
                if let Some(len) = bank {
                    self.add(Span::new(first.start, first.start + len), EntityType::RoutingNumber, tag);
                }
                lines.get(1).into_iter().for_each(|bic| self.add(*bic, EntityType::RoutingNumber, tag));
            }
            ("30", _) | ("32", "A" | "C" | "D") | ("13", "D") => self.date(first, 0, tag),
            ("60" | "62" | "64" | "65", _) => self.date(first, 1, tag),
            ("11", _) => lines.get(1).into_iter().for_each(|line| self.date(*line, 0, tag)),
            ("61", _) => self.statement_line(first, tag),
            ("50" | "59", _) => self.customer(&lines, tag, option),
            ("51" | "52" | "53" | "54" | "55" | "56" | "57" | "58", _) => self.bank(&lines, tag, option),
            ("86", _) | ("NS", _) => self.numbered(field, tag),
            _ => {}
        }
    }

    fn reference(&mut self, span: Span, tag: &str) {
        if !matches!(span.of(self.text).trim(), "NONREF" | "STARTUMS" | "STARTUMSE") {
            self.add(span, EntityType::UniqueId, tag);
        }
    }

    fn account(&mut self, span: Span, tag: &str) {
        let bare: Vec<u8> = span.of(self.text).bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let iban = bare.len() >= 15
            && matches!(bare.as_slice(), [a, b, c, d, ..] if (a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit()));
        self.add(span, if iban { EntityType::Iban } else { EntityType::AccountNumber }, tag);
    }

    /// Six digits, `skip` bytes into the span.
    fn date(&mut self, span: Span, skip: usize, tag: &str) {
        let date = span.of(self.text).get(skip..skip + 6).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
        if date.is_some() {
            self.add(Span::new(span.start + skip, span.start + skip + 6), EntityType::Date, tag);
        }
    }

    /// Value date, entry date, mark, amount, kind, the owner's reference, `//` and the bank's.
    fn statement_line(&mut self, line: Span, tag: &str) {
        self.date(line, 0, tag);
        let body = line.of(self.text);
        let entry = body.get(6..10).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
        if entry.is_some() {
            self.add(Span::new(line.start + 6, line.start + 10), EntityType::Date, tag);
        }
        // The kind is a letter and three signs after the amount, which ends with the last digit behind the comma.
        let Some(comma) = body.find(',') else { return };
        let cents = body.get(comma + 1..).unwrap_or_default();
        let kind = comma + 1 + (cents.len() - cents.trim_start_matches(|c: char| c.is_ascii_digit()).len());
        let Some(references) = body.get(kind + 4..) else { return };
        let (owner, bank) = references.split_once("//").map_or((references, None), |(owner, bank)| (owner, Some(bank)));
        let start = line.end - references.len();
        self.reference(Span::new(start, start + owner.len()), tag);
        bank.into_iter().for_each(|bank| self.reference(Span::new(line.end - bank.len(), line.end), tag));
    }

    /// `/account`, then a BIC (A, C, G) or name and address; option F numbers its lines.
    fn customer(&mut self, lines: &[Span], tag: &str, option: &str) {
        let mut named = false;
        for line in lines {
            let body = line.of(self.text);
            let rest = |n: usize| Span::new(line.start + n, line.end);
            let after = |c: char| body.rfind(c).map_or(*line, |at| rest(at + 1));
            match (option, body.as_bytes()) {
                ("F", [number @ b'1'..=b'8', b'/', ..]) => {
                    // The number, then what it says; lines 3, 5, 6 and 7 begin with a country.
                    let entity = match number {
                        b'1' => EntityType::Person,
                        b'2' => EntityType::StreetAddress,
                        b'3' | b'5' => EntityType::City,
                        b'4' => EntityType::Date,
                        b'7' => EntityType::NationalId,
                        _ => EntityType::UniqueId,
                    };
                    self.add(if matches!(number, b'6' | b'7') { after('/') } else { rest(2) }, entity, tag);
                }
                (_, [b'/', ..]) => self.account(after('/'), tag),
                // A code, a country and a number: `ARNU/US/123`, `CCPT/DE/C01X`.
                ("F", [_, _, _, _, b'/', ..]) => self.add(after('/'), EntityType::NationalId, tag),
                ("A" | "C" | "G", _) => self.add(*line, EntityType::RoutingNumber, tag),
                _ => {
                    self.add(*line, if named { EntityType::StreetAddress } else { EntityType::Person }, tag);
                    named = true;
                }
            }
        }
    }

    /// `/account` or `//clearing code`, then a BIC (A), a place (B) or name and address (D).
    fn bank(&mut self, lines: &[Span], tag: &str, option: &str) {
        let mut named = false;
        for line in lines {
            let body = line.of(self.text);
            if let Some(code) = body.strip_prefix("//") {
                self.add(Span::new(line.end - code.len(), line.end), EntityType::RoutingNumber, tag);
            } else if body.starts_with('/') {
                self.account(body.rfind('/').map_or(*line, |at| Span::new(line.start + at + 1, line.end)), tag);
            } else {
                let entity = match option {
                    "A" | "C" => EntityType::RoutingNumber,
                    "B" => EntityType::City,
                    _ if named => EntityType::StreetAddress,
                    _ => EntityType::Organization,
                };
                self.add(*line, entity, tag);
                named = true;
            }
        }
    }

    /// `166?00GUTSCHRIFT?20...?30BIC?31account?32name?33name`, wrapped anywhere.
    fn numbered(&mut self, field: Span, tag: &str) {
        let body = field.of(self.text);
        let digits = |s: Option<&str>| s.is_some_and(|s| s.bytes().all(|b| b.is_ascii_digit()));
        let Some(sign) = body.get(3..).and_then(|rest| rest.chars().next()).filter(char::is_ascii_punctuation) else { return };
        if !digits(body.get(..3)) || !digits(body.get(4..6)) {
            return;
        }
        let mut at = field.start;
        for piece in body.split(sign) {
            let span = Span::new((at + 2).min(at + piece.len()), at + piece.len());
            at += piece.len() + 1;
            match piece.get(..2) {
                Some("30") => self.add(span, EntityType::RoutingNumber, tag),
                Some("31" | "38") => self.account(span, tag),
                Some("32" | "33") => self.add(span, EntityType::Person, tag),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_by_its_blocks_or_tags() {
        for text in ["{1:F01BANKBEBB", ":60F:C140829EUR1,", "ABNANL2A\n940\nABNANL2A\n:20:ABN\n:25:123\n", "x\n{4::20:1\n:32A:1"] {
            assert!(begins(text), "{text:?}");
        }
        for text in ["{1: 2}", ":26:37 it rang", ":x:", ":20 past nine:", "see :20: and :25:", "a\n:20:1\n"] {
            assert!(!begins(text), "{text:?}");
        }
    }
}
