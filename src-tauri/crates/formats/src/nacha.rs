//! ACH files as the Nacha Operating Rules (Appendix Three) lay them out: records of 94 columns, on lines or in one run. The text is
//! the file itself; columns that the rules define to hold an identifier are named. Addenda are words of people and stay plain text.

use deid::{EntityType, Span};

use crate::Note;
use crate::draft::Draft;
use crate::fixed::{self, Column, column, value};

/// Characters of a record.
const RECORD: usize = 94;

/// Records of a block.
const BLOCK: usize = 10;

const fn is(from: usize, to: usize, entity: EntityType) -> Column {
    (from, to, Some(entity))
}

use EntityType::{AccountNumber, City, CreditCard, Date, Organization, Person, RoutingNumber, State, StreetAddress, UniqueId};

const FILE: &[Column] = &[
    is(4, 13, RoutingNumber),
    is(14, 23, RoutingNumber),
    is(24, 29, Date),
    is(41, 63, Organization),
    is(64, 86, Organization),
    is(87, 94, UniqueId),
];
const BATCH: &[Column] = &[
    is(5, 20, Organization),
    (21, 40, None),
    is(41, 50, UniqueId),
    (54, 63, None),
    is(64, 69, Date),
    is(70, 75, Date),
    is(80, 87, RoutingNumber),
];
const BATCH_IAT: &[Column] = &[is(24, 38, UniqueId), is(41, 50, UniqueId), (54, 63, None), is(70, 75, Date), is(80, 87, RoutingNumber)];
const BATCH_END: &[Column] = &[is(45, 54, UniqueId), (55, 73, None), is(80, 87, RoutingNumber)];
const BATCH_END_ADV: &[Column] = &[(61, 79, None), is(80, 87, RoutingNumber)];

/// Entry details by standard entry class. Routing number, account and trace number stand in all, the rest differs.
const ENTRIES: &[(&str, &[Column])] = &[
    ("IAT", &[is(4, 12, RoutingNumber), is(40, 74, AccountNumber), is(80, 94, UniqueId)]),
    (
        "ADV",
        &[
            is(4, 12, RoutingNumber),
            is(13, 27, AccountNumber),
            is(40, 48, RoutingNumber),
            is(49, 53, UniqueId),
            is(55, 76, Person),
            is(80, 87, RoutingNumber),
        ],
    ),
    ("CCD", &entry(is(40, 54, UniqueId), is(55, 76, Organization))),
    ("ACK", &entry(is(40, 54, UniqueId), is(55, 76, Organization))),
    ("CTX", &entry(is(40, 54, UniqueId), is(59, 74, Organization))),
    ("ATX", &entry(is(40, 54, UniqueId), is(59, 74, Organization))),
    ("TRX", &entry(is(40, 54, UniqueId), is(59, 74, Organization))),
    ("ENR", &entry(is(40, 54, UniqueId), is(59, 74, Organization))),
    ("CIE", &entry(is(40, 54, Person), is(55, 76, UniqueId))),
    ("MTE", &entry(is(40, 61, Person), is(62, 76, UniqueId))),
    ("SHR", &entry(is(44, 54, UniqueId), is(55, 76, CreditCard))),
    ("TRC", &entry(is(40, 54, UniqueId), is(55, 76, UniqueId))),
    ("XCK", &entry(is(40, 54, UniqueId), is(55, 76, UniqueId))),
    (
        "POP",
        &[
            is(4, 12, RoutingNumber),
            is(13, 29, AccountNumber),
            is(40, 48, UniqueId),
            is(49, 52, City),
            is(53, 54, State),
            is(55, 76, Person),
            is(80, 94, UniqueId),
        ],
    ),
];

/// PPD, WEB, TEL, ARC, BOC, RCK, POS, DNE, COR and what else there may be.
const ENTRY: &[Column] = &entry(is(40, 54, UniqueId), is(55, 76, Person));

const fn entry(first: Column, second: Column) -> [Column; 5] {
    [is(4, 12, RoutingNumber), is(13, 29, AccountNumber), first, second, is(80, 94, UniqueId)]
}

/// Addenda by their type code.
const ADDENDA: &[(&str, &[Column])] = &[
    (
        "02",
        &[
            is(4, 10, UniqueId),
            is(14, 19, UniqueId),
            is(20, 25, UniqueId),
            is(30, 35, UniqueId),
            is(36, 62, StreetAddress),
            is(63, 77, City),
            is(78, 79, State),
            is(80, 94, UniqueId),
        ],
    ),
    ("05", &[(4, 83, None)]),
    ("10", &[is(25, 46, UniqueId), is(47, 81, Person)]),
    ("11", &[is(4, 38, Person), is(39, 73, StreetAddress)]),
    ("12", &[is(4, 38, City), is(39, 73, EntityType::PostalCode)]),
    ("13", &[is(4, 38, Organization), is(41, 74, RoutingNumber)]),
    ("14", &[is(4, 38, Organization), is(41, 74, RoutingNumber)]),
    ("15", &[is(4, 18, UniqueId), is(19, 53, StreetAddress)]),
    ("16", &[is(4, 38, City), is(39, 73, EntityType::PostalCode)]),
    ("17", &[(4, 83, None)]),
    ("18", &[is(4, 38, Organization), is(41, 74, RoutingNumber)]),
    ("98", &[is(7, 21, UniqueId), is(28, 35, RoutingNumber), (36, 64, None), is(80, 94, UniqueId)]),
    ("99", &[is(7, 21, UniqueId), is(22, 27, Date), is(28, 35, RoutingNumber), (36, 79, None), is(80, 94, UniqueId)]),
];

/// Corrected data of a notification of change (addenda 98), by change code.
const CORRECTED: &[(&str, &[Column])] = &[
    ("C01", &[is(36, 52, AccountNumber)]),
    ("C02", &[is(36, 44, RoutingNumber)]),
    ("C03", &[is(36, 44, RoutingNumber), is(48, 64, AccountNumber)]),
    ("C04", &[is(36, 57, Person)]),
    ("C06", &[is(36, 52, AccountNumber)]),
    ("C07", &[is(36, 44, RoutingNumber), is(45, 61, AccountNumber)]),
    ("C09", &[is(36, 57, UniqueId)]),
];

/// Whether a text begins with the header of a file (type, priority, a record size of 94) or that of a batch (service class, entry
/// class, batch number).
pub(crate) fn begins(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let all = |from: usize, to: usize, of: fn(&u8) -> bool| line.get(from..to).is_some_and(|s| s.as_bytes().iter().all(of));
    line.starts_with("101") && line.get(34..37) == Some("094")
        || line.starts_with("52") && all(1, 4, u8::is_ascii_digit) && all(50, 53, u8::is_ascii_uppercase) && all(79, 94, u8::is_ascii_digit)
}

/// The records of a text, blanks at their end left out.
fn records(text: &str) -> impl Iterator<Item = Span> {
    let mut at = 0;
    text.split_inclusive('\n').flat_map(move |line| {
        let (start, mut rest) = (at, line.trim_end());
        at += line.len();
        let mut begun = start;
        std::iter::from_fn(move || {
            let end = rest.char_indices().nth(RECORD).map_or(rest.len(), |(at, _)| at);
            let (record, after) = rest.split_at_checked(end)?;
            let found = Span::new(begun, begun + record.len());
            (begun, rest) = (found.end, after);
            (!found.is_empty()).then_some(found)
        })
    })
}

/// The columns of each record, one after another. The entry class of a batch holds for its entries.
struct Layout(String);

impl Layout {
    fn of(&mut self, text: &str, record: Span) -> Option<(&'static str, Vec<Column>)> {
        let find = |of: &[(&str, &'static [Column])], key: &str| of.iter().find(|(name, _)| *name == key).map(|(_, columns)| *columns);
        let body = record.of(text);
        let (name, columns) = match body.chars().next()? {
            '1' => ("1", FILE),
            '5' => {
                self.0 = value(text, record, 51, 53).to_owned();
                // A returned international batch is of class COR or IAT, with the class of the entries in its first columns.
                if self.0 == "IAT" || value(text, record, 5, 20).trim() == "IATCOR" { ("5 IAT", BATCH_IAT) } else { ("5", BATCH) }
            }
            '6' => ("6", find(ENTRIES, &self.0).unwrap_or(ENTRY)),
            '7' => {
                let code = value(text, record, 2, 3);
                let mut columns = find(ADDENDA, code)?.to_vec();
                columns.extend(find(CORRECTED, value(text, record, 4, 6)).filter(|_| code == "98").into_iter().flatten());
                return Some(("7", columns));
            }
            '8' => ("8", if self.0 == "ADV" { BATCH_END_ADV } else { BATCH_END }),
            '9' => ("9", &[][..]),
            _ => return None,
        };
        Some((name, columns.to_vec()))
    }
}

/// Names the identifiers in the draft's text.
pub(crate) fn fields(draft: &mut Draft) {
    let text = draft.text().to_owned();
    let (mut layout, mut broken) = (Layout(String::new()), 0);
    for record in records(&text) {
        let Some((name, columns)) = layout.of(&text, record) else {
            broken += 1;
            continue;
        };
        for (from, to, entity) in columns {
            let (Some(span), Some(entity)) = (column(&text, record, from, to), entity) else { continue };
            let label = format!("{name}:{from}-{to}");
            match entity {
                // Six digits, or else words such as `MAR PAY`; a date that is not there is written as noughts.
                Date if span.of(&text).bytes().any(|b| !b.is_ascii_digit()) || span.of(&text).bytes().all(|b| b == b'0') => {}
                // `CITY*STATE\` and `COUNTRY*CODE\`.
                City if name == "7" && to == 38 => pair(draft, &text, span, [City, State], &label),
                EntityType::PostalCode => pair(draft, &text, span, [EntityType::Country, entity], &label),
                _ => draft.field(span, entity, &label),
            }
        }
    }
    draft.notes.extend((broken > 0).then_some(Note::PartsNotRead { count: broken }));
}

fn pair(draft: &mut Draft, text: &str, span: Span, entities: [EntityType; 2], label: &str) {
    let mut at = span.start;
    for (part, entity) in span.of(text).split('*').zip(entities) {
        draft.field(Span::new(at, at + part.trim_end().trim_end_matches('\\').len()), entity, label);
        at += part.len() + 1;
    }
}

/// The file with each span's text replaced, every column in its place, and the totals mended. Edits are in order and do not overlap.
pub(crate) fn rewrite(text: &str, edits: &[(Span, String)]) -> String {
    let mut layout = Layout(String::new());
    let columns = |record| (record, layout.of(text, record).map(|(_, columns)| columns).unwrap_or_default());
    mend(&fixed::rewrite_all(text, edits, records(text).map(columns)))
}

/// Entries, addenda and the hash of a batch or of a file.
#[derive(Clone, Copy, Default)]
struct Totals {
    lines: u64,
    /// The routing numbers' sum; `None` once one of them is no number.
    hash: Option<u64>,
}

/// Repairs what an exchange of words leaves wrong: records of 94 characters, the counts and hashes of batches and of the file, and
/// the block filled with nines. Amounts and batch numbers stay, and a hash does where a routing number is no number any more.
pub(crate) fn mend(text: &str) -> String {
    let begin = Totals { lines: 0, hash: Some(0) };
    let (mut batch, mut file, mut batches, mut all, mut ended) = (begin, begin, 0u64, 0usize, false);
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    let mut separator = "";
    let ends = records(text).filter(|r| r.of(text).starts_with('9') && !is_filler(r.of(text))).map(|r| r.start).last();
    let total = records(text).take_while(|r| ends.is_some_and(|end| r.start <= end)).count();
    for record in records(text) {
        let between = text.get(done..record.start).unwrap_or_default();
        if all == 1 {
            separator = between.trim_matches(|c| c == ' ');
        }
        out.push_str(if between.ends_with('\n') { between.trim_start_matches(' ') } else { between });
        done = record.end;
        all += 1;
        let mut line: Vec<char> = record.of(text).chars().collect();
        line.resize(line.len().max(RECORD), ' ');
        let mut put = |from: usize, width: usize, number: Option<u64>| {
            let Some(number) = number else { return };
            let digits = format!("{:0width$}", number % 10u64.pow(width as u32));
            line.iter_mut().skip(from - 1).zip(digits.chars()).for_each(|(place, digit)| *place = digit);
        };
        match record.of(text).chars().next() {
            Some('5') => batch = begin,
            Some('6') => {
                batch.lines += 1;
                batch.hash = batch.hash.zip(value(text, record, 4, 11).trim().parse().ok()).map(|(sum, routing): (u64, u64)| sum + routing);
            }
            Some('7') => batch.lines += 1,
            Some('8') => {
                put(5, 6, Some(batch.lines));
                put(11, 10, batch.hash);
                batches += 1;
                file = Totals { lines: file.lines + batch.lines, hash: file.hash.zip(batch.hash).map(|(a, b)| a + b) };
            }
            Some('9') if ends == Some(record.start) => {
                put(2, 6, Some(batches));
                put(8, 6, Some(total.div_ceil(BLOCK) as u64));
                put(14, 8, Some(file.lines));
                put(22, 10, file.hash);
                ended = true;
            }
            _ => {}
        }
        out.extend(line);
    }
    let after = text.get(done..).unwrap_or_default().trim_start_matches(' ');
    if ended {
        for _ in all..all.next_multiple_of(BLOCK) {
            out.push_str(separator);
            out.push_str(&"9".repeat(RECORD));
        }
    }
    out.push_str(after);
    out
}

/// A record of nines fills a block.
fn is_filler(record: &str) -> bool {
    record.bytes().all(|b| b == b'9')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file() -> String {
        let line = |text: &str| format!("{text:<94}\r\n");
        [
            line("101 231380104 1210428821812060000A094101Federal Reserve Bank   My Bank Name"),
            line("5220Clinic Payroll                      121042882 PPDREG.SALARY      181207   1121042880000001"),
            line("62223138010412345678         0100000000884421         Maria Garcia            1121042880000001"),
            line("705thank you Maria, call 413-555-0142                                              00010000001"),
            line("82200000020023138010000000000000000100000000121042882                          121042880000001"),
            line("9000001000001000000020023138010000000000000000100000000"),
        ]
        .concat()
    }

    #[test]
    fn totals_are_mended_and_a_right_file_stays() {
        let filled = mend(&file());
        assert_eq!(filled.lines().count(), 10);
        assert!(filled.starts_with(&file()) && filled.lines().all(|l| l.len() == 94), "{filled}");
        assert_eq!(mend(&filled), filled);
        let wrong =
            filled.replace("8220000002002313", "8220000009999999").replace("9000001000001000000020023", "9000009000009000000090099");
        assert_eq!(mend(&wrong), filled);
        let run = filled.replace("\r\n", "");
        assert_eq!((mend(&run), records(&run).count()), (run.clone(), 10));
        // A routing number that is none leaves the hash alone; records that lost their blanks get them back.
        let no_number = filled.replace("231380104123", "[ROUTING_123");
        assert_eq!(mend(&no_number), no_number);
        let trimmed: String = filled.lines().map(|l| format!("{}\n", l.trim_end())).collect();
        assert_eq!(mend(&trimmed), filled.replace("\r\n", "\n"));
        assert_eq!(
            mend("1é\n90"),
            format!("1é{}\n9000000000001000000000000000000{}\n{}", " ".repeat(92), " ".repeat(63), vec!["9".repeat(94); 8].join("\n"))
        );
    }

    #[test]
    fn a_replacement_keeps_to_its_column() {
        let text = file();
        let span = |words: &str| text.find(words).map(|at| Span::new(at, at + words.len())).unwrap();
        let edits = [
            (span("231380104123").start, 9, "031000011"),
            (span("Maria Garcia").start, 12, "[PERSON_1] and more than that"),
            (span("Maria, call").start, 5, "[PERSON_1]"),
        ]
        .map(|(at, len, with)| (Span::new(at, at + len), with.to_owned()));
        let new = rewrite(&text, &edits);
        let lines: Vec<&str> = new.lines().collect();
        assert_eq!(lines[2], "62203100001112345678         0100000000884421         [PERSON_1] and more th  1121042880000001");
        assert_eq!(lines[3], "705thank you [PERSON_1], call 413-555-0142                                         00010000001");
        assert!(lines[4].starts_with("82200000020003100001"), "{}", lines[4]);
        assert!(lines[5].starts_with("9000001000001000000020003100001"), "{}", lines[5]);
    }

    proptest! {
        #[test]
        fn any_edit_leaves_the_columns_as_they_are(line in 0usize..5, at in 0usize..94, len in 0usize..30, with in "[a-z0-9é]{0,40}") {
            let text = mend(&file());
            let start = line * 96 + at;
            let new = rewrite(&text, &[(Span::new(start, (start + len).min(line * 96 + 94)), with)]);
            prop_assert!(new.lines().all(|l| l.chars().count() == RECORD), "{}", new);
            prop_assert_eq!(new.lines().count(), text.lines().count());
            prop_assert_eq!(mend(&new), new);
        }

        #[test]
        fn any_text_can_be_mended(text in "[0-9A-Zé \\n]{0,400}") {
            let once = mend(&text);
            prop_assert_eq!(mend(&once), once);
        }
    }
}
