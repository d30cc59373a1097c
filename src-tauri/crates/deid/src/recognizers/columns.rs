//! Columns under a header row (`Acct No | Name | DOB`): each cell below is read by the label above it.

use super::Text;
use super::labelled::{Label, Needs, Place};
use crate::{Detection, Source, Span};

/// Cells of one row; what lies beyond is read like other text.
const CELLS: usize = 64;
/// The longest line that is looked at as a header, in bytes.
const WIDEST: usize = 2000;

/// A cell of the header: its label, its place among the cells, and where on the line it begins.
struct Column {
    label: &'static Label,
    index: usize,
    at: usize,
}

struct Table {
    sign: Sign,
    cells: usize,
    columns: Vec<Column>,
}

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Char(char),
    Gap,
}

pub fn recognize(text: &Text<'_>, labels: impl Iterator<Item = (Span, &'static Label)>, found: &mut Vec<Detection>) {
    let mut labels = labels.peekable();
    let mut table: Option<Table> = None;
    let mut start = 0;
    for line in text.0.split_inclusive('\n') {
        let end = start + line.len();
        let mut here = Vec::new();
        while let Some(label) = labels.next_if(|(span, _)| span.start < end) {
            here.push(label);
        }
        let line = line.trim_end();
        if let Some(header) = header(line, start, &here) {
            table = Some(header);
        } else if let Some(columns) = &table
            && !columns.read(line, start, found)
        {
            table = None;
        }
        start = end;
    }
}

/// The table that a line opens: cells that are labels and nothing else.
fn header(line: &str, start: usize, labels: &[(Span, &'static Label)]) -> Option<Table> {
    if labels.is_empty() || line.len() > WIDEST || line.bytes().any(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    [Sign::Char('|'), Sign::Char('\t'), Sign::Gap, Sign::Char(','), Sign::Char(';')].into_iter().find_map(|sign| {
        let cells = cells(line, sign);
        let columns: Vec<Column> = cells
            .iter()
            .enumerate()
            .filter_map(|(index, cell)| {
                let (span, label) = labels.iter().find(|(span, _)| cell.start + start <= span.start && span.end <= cell.end + start)?;
                let words = cell.of(line);
                let rest = words.get(span.end - start - cell.start..).unwrap_or("").to_lowercase();
                let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
                let before = words.get(..span.start - start - cell.start).unwrap_or("").trim_matches(|c: char| !c.is_alphanumeric());
                let alone = before.len() < 12 && matches!(rest, "" | "no" | "number" | "num" | "nbr" | "id" | "name" | "code" | "ids");
                let label: &'static Label = label;
                alone.then_some(Column { label, index, at: cell.start })
            })
            .collect();
        // One label among other words is a header only where lines divide the cells.
        let one = columns.len() == 1 && cells.len() > 1 && !matches!(sign, Sign::Char(',' | ';'));
        let enough = columns.len() > 1 || (one && !columns.iter().all(|column| is_form(column, &cells, line)));
        enough.then_some(Table { sign, cells: cells.len(), columns })
    })
}

/// Whether a label stands before its own value (`Name    Ana Ruiz`): the lines below are then other fields.
fn is_form(column: &Column, cells: &[Span], line: &str) -> bool {
    let beside = cells.get(column.index + 1).map_or("", |cell| cell.of(line));
    let value = (column.label.value)(&Place { rest: beside, marked: Needs::Colon, ending: true });
    beside.contains(' ') && value.is_some_and(|value| value.at == (0..beside.len()))
}

impl Table {
    /// Reads a row; false where the table has ended.
    fn read(&self, line: &str, start: usize, found: &mut Vec<Detection>) -> bool {
        let rule = !line.is_empty() && line.chars().all(|c| "-=+|: \t_".contains(c));
        if rule {
            return true;
        }
        let cells = cells(line, self.sign);
        if line.trim().is_empty() || (self.sign != Sign::Gap && cells.len() != self.cells) || cells.len() < 2 {
            return false;
        }
        for column in &self.columns {
            let near = || cells.iter().min_by_key(|cell| cell.start.abs_diff(column.at));
            let cell = if cells.len() == self.cells { cells.get(column.index) } else { near() };
            let Some(cell) = cell else { continue };
            let marked = if column.label.needs == Needs::Colon { Needs::Colon } else { Needs::Number };
            let words = cell.of(line).trim_start_matches(['"', '\'']);
            let skipped = cell.len() - words.len();
            if let Some(value) = (column.label.value)(&Place { rest: words, marked, ending: false }) {
                let at = start + cell.start + skipped;
                let span = Span::new(at + value.at.start, at + value.at.end);
                let confidence = if value.checked { 0.99 } else { column.label.sure };
                let source = Source::Rule(column.label.rule.to_owned());
                found.push(Detection { span, entity: column.label.entity, confidence, source });
            }
        }
        true
    }
}

/// The cells of a line without the blanks around them; a quoted cell may hold the sign.
fn cells(line: &str, sign: Sign) -> Vec<Span> {
    let mut cells = Vec::new();
    let mut start = 0;
    let mut add = |start: usize, end: usize| {
        let words = line.get(start..end).unwrap_or("");
        let lead = words.len() - words.trim_start().len();
        if cells.len() < CELLS && !(words.trim().is_empty() && (start == 0 || end == line.len() || sign == Sign::Gap)) {
            cells.push(Span::new(start + lead, start + lead + words.trim().len()));
        }
    };
    match sign {
        Sign::Char(sign) => {
            let mut quoted = false;
            for (at, c) in line.char_indices() {
                quoted ^= c == '"';
                if c == sign && !quoted {
                    add(start, at);
                    start = at + c.len_utf8();
                }
            }
        }
        Sign::Gap => {
            let mut blanks = 0;
            for (at, c) in line.char_indices() {
                if c != ' ' && c != '\t' {
                    if blanks > 1 {
                        add(start, at);
                        start = at;
                    }
                    blanks = 0;
                } else {
                    blanks += if c == '\t' { 2 } else { 1 };
                }
            }
        }
    }
    add(start, line.len());
    cells
}
