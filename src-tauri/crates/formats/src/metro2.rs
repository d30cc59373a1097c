//! Metro 2 (CDIA Credit Reporting Resource Guide, character format): base segments of 426 columns with J, K, L and N segments behind
//! them. The text is the file itself; columns that the guide defines to hold an identifier are named. The packed format is binary
//! and refused as such.

use deid::EntityType::{
    self, AccountNumber, City, Country, Date, Organization, Person, PhoneNumber, PostalCode, State, StreetAddress, UniqueId, UsSsn,
};
use deid::Span;

use crate::Note;
use crate::draft::Draft;
use crate::fixed::{self, Column, column, value};

/// Characters of a base segment, a header and a trailer.
const BASE: usize = 426;

const fn is(from: usize, to: usize, entity: EntityType) -> Column {
    (from, to, Some(entity))
}

const HEADER: &[Column] = &[
    is(13, 22, UniqueId),
    is(23, 32, UniqueId),
    is(33, 37, UniqueId),
    is(38, 47, UniqueId),
    is(48, 55, Date),
    is(56, 63, Date),
    is(80, 119, Organization),
    is(120, 215, StreetAddress),
    is(216, 225, PhoneNumber),
    is(226, 265, Organization),
];

const ACCOUNT: &[Column] = &[
    is(6, 13, Date),
    is(21, 40, UniqueId),
    is(43, 72, AccountNumber),
    is(76, 83, Date),
    is(182, 189, Date),
    is(190, 197, Date),
    is(198, 205, Date),
    is(206, 213, Date),
    is(232, 256, Person),
    is(257, 276, Person),
    is(277, 296, Person),
    is(298, 306, UsSsn),
    is(307, 314, Date),
    is(315, 324, PhoneNumber),
    is(328, 329, Country),
    is(330, 361, StreetAddress),
    is(362, 393, StreetAddress),
    is(394, 413, City),
    is(414, 415, State),
    is(416, 424, PostalCode),
];

/// Segments behind the base: name, length, columns.
const SEGMENTS: &[(&str, usize, &[Column])] = &[
    ("J1", 100, &[is(4, 28, Person), is(29, 48, Person), is(49, 68, Person), is(70, 78, UsSsn), is(79, 86, Date), is(87, 96, PhoneNumber)]),
    (
        "J2",
        200,
        &[
            is(4, 28, Person),
            is(29, 48, Person),
            is(49, 68, Person),
            is(70, 78, UsSsn),
            is(79, 86, Date),
            is(87, 96, PhoneNumber),
            is(100, 101, Country),
            is(102, 133, StreetAddress),
            is(134, 165, StreetAddress),
            is(166, 185, City),
            is(186, 187, State),
            is(188, 196, PostalCode),
        ],
    ),
    ("K1", 34, &[is(3, 32, Organization)]),
    ("K2", 34, &[is(4, 33, Organization)]),
    ("K3", 40, &[is(5, 22, AccountNumber), is(23, 40, UniqueId)]),
    ("K4", 30, &[is(5, 12, Date), is(13, 20, Date)]),
    ("L1", 54, &[is(4, 33, AccountNumber), is(34, 53, UniqueId)]),
    (
        "N1",
        146,
        &[
            is(3, 32, Organization),
            is(33, 64, StreetAddress),
            is(65, 96, StreetAddress),
            is(97, 116, City),
            is(117, 118, State),
            is(119, 127, PostalCode),
            is(128, 145, EntityType::Profession),
        ],
    ),
];

/// Where the word of a header stands: behind the record's length, or that of its block and of the record.
const HEADS: [usize; 2] = [4, 8];

/// Whether a text begins with a header.
pub(crate) fn begins(text: &str) -> bool {
    let length = |n: usize| text.get(..n).is_some_and(|s| s.bytes().all(|b| b.is_ascii_digit()));
    HEADS.into_iter().any(|n| length(n) && text.get(n..).is_some_and(|rest| rest.starts_with("HEADER")))
}

/// What is read next.
enum Piece {
    Record(Span),
    Broken(Span),
}

/// The records, lengths of blocks left out. Line ends may stand between them; where the length is wrong, the line's end counts.
fn records(text: &str) -> impl Iterator<Item = Piece> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at + (rest.len() - rest.trim_start().len());
        let rest = text.get(start..).filter(|r| !r.is_empty())?;
        let line = rest.find('\n').unwrap_or(rest.len());
        let Some(skip) = [0, 4].into_iter().find(|skip| rest.get(*skip..).is_some_and(is_record)) else {
            at = start + line;
            return Some(Piece::Broken(Span::new(start, at)));
        };
        let body = rest.get(skip..line).unwrap_or_default();
        let length = body.get(..4).and_then(|n| n.parse().ok()).map_or(BASE, |n: usize| n.max(BASE));
        let end = body.char_indices().nth(length).map_or(body.len(), |(at, _)| at);
        at = start + skip + end;
        Some(Piece::Record(Span::new(start + skip, at)))
    })
}

/// A length, then the word of a header or trailer, or an indicator and a day as month, day, year.
fn is_record(text: &str) -> bool {
    let number =
        |from: usize, to: usize| text.get(from..to).filter(|s| s.bytes().all(|b| b.is_ascii_digit())).and_then(|s| s.parse::<u32>().ok());
    let word = text.get(4..).is_some_and(|rest| rest.starts_with("HEADER") || rest.starts_with("TRAILER"));
    let day = || Some((1..=12).contains(&number(5, 7)?) && (1..=31).contains(&number(7, 9)?) && (1900..2200).contains(&number(9, 13)?));
    number(0, 4).is_some() && (word || day().unwrap_or(false))
}

/// The columns of a record, and whether something behind its base is no segment.
fn layout(text: &str, record: Span) -> (Vec<Column>, bool) {
    match value(text, record, 5, 11) {
        head if head.starts_with("HEADER") => return (HEADER.to_vec(), false),
        "TRAILER" => return (Vec::new(), false),
        _ => {}
    }
    let mut columns = ACCOUNT.to_vec();
    let mut at = BASE;
    while let Some((_, length, of)) = SEGMENTS.iter().find(|(name, ..)| *name == value(text, record, at + 1, at + 2)) {
        columns.extend(of.iter().map(|(from, to, entity)| (at + from, at + to, *entity)));
        at += length;
    }
    let left = column(text, record, at + 1, usize::MAX).is_some_and(|rest| !rest.of(text).trim().is_empty());
    (columns, left)
}

/// Names the identifiers in the draft's text.
pub(crate) fn fields(draft: &mut Draft) {
    let text = draft.text().to_owned();
    let mut broken = 0;
    for piece in records(&text) {
        let Piece::Record(record) = piece else {
            broken += 1;
            continue;
        };
        let (columns, left) = layout(&text, record);
        broken += usize::from(left);
        for (from, to, entity) in columns {
            let (Some(span), Some(entity)) = (column(&text, record, from, to), entity) else { continue };
            // What is not there is written as noughts.
            if span.of(&text).bytes().any(|b| b != b'0' && b != b' ') {
                draft.field(span, entity, &format!("{from}-{to}"));
            }
        }
    }
    draft.notes.extend((broken > 0).then_some(Note::PartsNotRead { count: broken }));
}

/// The file with each span's text replaced and every column in its place. Edits are in order and do not overlap.
pub(crate) fn rewrite(text: &str, edits: &[(Span, String)]) -> String {
    let columns = |piece| match piece {
        Piece::Record(record) => (record, layout(text, record).0),
        Piece::Broken(part) => (part, Vec::new()),
    };
    fixed::rewrite_all(text, edits, records(text).map(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_do_not_overlap_and_lie_in_their_segments() {
        for (columns, length) in [(HEADER, BASE), (ACCOUNT, BASE)].into_iter().chain(SEGMENTS.iter().map(|(_, length, of)| (*of, *length)))
        {
            assert!(columns.iter().all(|(from, to, _)| from <= to && *to <= length));
            assert!(columns.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }

    #[test]
    fn a_replacement_keeps_to_its_column() {
        let base = format!("04261{:<226}{:<25}{:<20}{:<149}", "01012020011122", "GARCIA", "MARIA", "");
        let text = format!("0426HEADER{:<416}\n{base}", "");
        let at = text.find("GARCIA").unwrap();
        let new = rewrite(&text, &[(Span::new(at, at + 6), "[PERSON_1]".into())]);
        assert_eq!(new, text.replace("GARCIA    ", "[PERSON_1]"));
    }
}
