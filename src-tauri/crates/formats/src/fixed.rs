//! Records of fixed columns: a column's place in the text, and the exchange of words that keeps every column where it is.

use deid::{EntityType, Span};

/// First and last column, counted from 1 as the standards do, and what stands there; `None` where only its width matters.
pub(crate) type Column = (usize, usize, Option<EntityType>);

/// The bytes of a record's column, as far as the record reaches.
pub(crate) fn column(text: &str, record: Span, from: usize, to: usize) -> Option<Span> {
    let body = record.of(text);
    let place = |n: usize| if body.is_ascii() { Some(n).filter(|n| *n < body.len()) } else { body.char_indices().nth(n).map(|(at, _)| at) };
    let start = place(from.checked_sub(1)?)?;
    let end = place(to).unwrap_or(body.len());
    Some(Span::new(record.start + start, record.start + end))
}

/// The text of a record's column; empty where the record does not reach it.
pub(crate) fn value(text: &str, record: Span, from: usize, to: usize) -> &str {
    column(text, record, from, to).map(|s| s.of(text)).unwrap_or_default()
}

/// The record with these parts of it (bytes from its start) replaced. What a column cannot hold is cut, what it lacks is padded,
/// and an edit that reaches beyond its column leaves blanks there.
pub(crate) fn rewrite(record: &str, columns: &[Column], edits: &[(Span, &str)]) -> String {
    let mut out = String::with_capacity(record.len());
    let mut ends: Vec<usize> = columns.iter().flat_map(|(from, to, _)| [from.saturating_sub(1), *to]).collect();
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    let mut edits = edits.iter().peekable();
    // `covered` ends the edit that began in the column that begins at `edited`.
    let (mut cell, mut begun, mut covered, mut edited) = (String::new(), 0, 0, 0);
    let mut close = |cell: &mut String, begun: &mut usize, at: usize| {
        let width = at - *begun;
        out.push_str(&format!("{cell:<width$.width$}"));
        cell.clear();
        *begun = at;
    };
    let mut count = 0;
    for (index, (at, c)) in record.char_indices().enumerate() {
        while ends.next_if(|end| *end <= index).is_some() {
            close(&mut cell, &mut begun, index);
        }
        if at >= covered
            && let Some((span, with)) = edits.next_if(|(span, _)| span.start <= at)
        {
            // An edit outside of every known column keeps its own width.
            let known = columns.iter().any(|(from, to, _)| (*from..=*to).contains(&(index + 1)));
            let width = if known { usize::MAX } else { span.of(record).chars().count() };
            cell.extend(with.chars().map(|c| if c.is_control() { ' ' } else { c }).take(width));
            if !known {
                cell.extend(std::iter::repeat_n(' ', width.saturating_sub(with.chars().count())));
            }
            (covered, edited) = (span.end, begun);
        }
        if at >= covered {
            cell.push(c);
        } else if begun != edited {
            cell.push(' ');
        }
        count = index + 1;
    }
    close(&mut cell, &mut begun, count);
    out
}

/// The text with each span's words replaced, record by record. Edits are in order and do not overlap; one that reaches into further
/// records leaves blanks there.
pub(crate) fn rewrite_all(text: &str, edits: &[(Span, String)], records: impl Iterator<Item = (Span, Vec<Column>)>) -> String {
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    let mut left = edits;
    for (record, columns) in records {
        let mut here = Vec::new();
        while let Some(((span, with), rest)) = left.split_first().filter(|((span, _), _)| span.start < record.end) {
            let begins = span.start >= record.start || here.is_empty() && span.start >= done;
            let inside = Span::new(span.start.max(record.start) - record.start, span.end.min(record.end).saturating_sub(record.start));
            if inside.start < inside.end {
                here.push((inside, if begins { with.as_str() } else { "" }));
            }
            if span.end > record.end {
                break;
            }
            left = rest;
        }
        out.push_str(text.get(done..record.start).unwrap_or_default());
        out.push_str(&rewrite(record.of(text), &columns, &here));
        done = record.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_stays_where_it_is() {
        let columns = [(3, 8, Some(EntityType::Person)), (9, 11, None), (14, 20, None)];
        let cases: &[(usize, usize, &str, &str)] = &[
            (2, 5, "[PERSON_1]", "00[PERSO123xxGarcia "),
            (2, 5, "J", "00J     123xxGarcia "),
            (2, 9, "Rosa", "00Rosa   23xxGarcia "),
            (11, 12, "long", "00Ana   123lxGarcia "),
            (11, 13, "l", "00Ana   123l Garcia "),
            (13, 19, "", "00Ana   123xx       "),
        ];
        let record = "00Ana   123xxGarcia ";
        for (start, end, with, expected) in cases {
            assert_eq!(rewrite(record, &columns, &[(Span::new(*start, *end), with)]), *expected, "{start}-{end} {with}");
        }
        let free = "7see Ana and Ana  0";
        let edits = [(Span::new(5, 8), "[PERSON_1]"), (Span::new(13, 16), "Eva")];
        assert_eq!(rewrite(free, &[(2, 18, None)], &edits), "7see [PERSON_1] an0");
        let lines = "00Ana   1\n00Eva   2\n";
        let records = [Span::new(0, 9), Span::new(10, 19)].map(|record| (record, columns.to_vec()));
        let edits = [(Span::new(2, 15), "Rosa".to_owned()), (Span::new(18, 19), "3".to_owned()), (Span::new(19, 20), "x".to_owned())];
        assert_eq!(rewrite_all(lines, &edits, records.into_iter()), "00Rosa   \n        3\n");
        assert_eq!(column("é€abc", Span::new(0, 8), 3, 4), Some(Span::new(5, 7)));
        assert_eq!(column("abc", Span::new(0, 3), 4, 6), None);
    }
}
