//! Spreadsheets, whatever their file: rows of cells as lines, and the cells that a heading or a label beside them names.

use std::collections::{BTreeMap, BTreeSet};

use deid::{EntityType, Span};

use crate::ReadError;
use crate::csv::{column, columns, is_nothing};
use crate::draft::Draft;

/// Empty cells that are shown between two that are not; a cell far out does not fill the line with bars.
const GAP: usize = 32;

type Cell = (usize, Span);

/// The cells of one sheet, by row.
#[derive(Default)]
pub(crate) struct Sheet {
    rows: Vec<Vec<Cell>>,
    row: Vec<Cell>,
}

impl Sheet {
    /// Makes room for the cell of a column, counted from 0, which the caller then writes; [`Sheet::end_cell`] follows.
    pub fn begin_cell(&mut self, draft: &mut Draft, column: usize) -> Result<(), ReadError> {
        if let Some((last, _)) = self.row.last() {
            let bars = column.saturating_sub(*last).clamp(1, GAP);
            draft.made(&" | ".repeat(bars))?;
        }
        Ok(())
    }

    /// The cell of that column stands in the text.
    pub fn end_cell(&mut self, column: usize, span: Span) {
        if !span.is_empty() {
            self.row.push((column, span));
        }
    }

    pub fn end_row(&mut self, draft: &mut Draft) -> Result<(), ReadError> {
        if !self.row.is_empty() {
            draft.made("\n")?;
            self.rows.push(std::mem::take(&mut self.row));
        }
        Ok(())
    }

    /// Names what stands below known headings and beside known labels.
    pub fn fields(self, draft: &mut Draft) {
        let text = draft.text();
        let mut found: Vec<(Span, EntityType, &'static str)> = Vec::new();
        let mut below: BTreeMap<usize, (&'static str, EntityType)> = BTreeMap::new();
        let labels = |row: &Vec<Cell>| row.iter().filter(|(_, cell)| column(cell.of(text)).is_some()).map(|(at, _)| *at).collect();
        let labels: Vec<BTreeSet<usize>> = self.rows.iter().map(labels).collect();
        for (index, row) in self.rows.iter().enumerate() {
            let near = [index.checked_sub(1), index.checked_add(1)].map(|at| at.and_then(|at| labels.get(at)));
            // A list of labels, one below the other.
            let listed = |at: usize| near.iter().flatten().any(|labels| labels.contains(&at));
            if let Some(headings) = headings(row, text, !below.is_empty(), listed) {
                below = headings;
                continue;
            }
            for (at, cell) in row {
                if let Some((name, entity)) = below.get(at)
                    && !is_nothing(cell.of(text))
                {
                    found.push((*cell, *entity, name));
                }
            }
            for pair in row.windows(2).filter(|_| below.is_empty()) {
                let [(at, label), (_, value)] = pair else { continue };
                let (label, said) = (label.of(text).trim(), value.of(text));
                if let Some((name, entity)) = column(label)
                    && (label.ends_with(':') || listed(*at))
                    && column(said).is_none()
                    && !is_nothing(said)
                {
                    found.push((*value, entity, name));
                }
            }
        }
        for (span, entity, name) in found {
            draft.field(span, entity, name);
        }
    }
}

/// The columns that a row of headings opens: every cell looks like one, and enough of them are known.
fn headings(row: &[Cell], text: &str, opened: bool, listed: impl Fn(usize) -> bool) -> Option<BTreeMap<usize, (&'static str, EntityType)>> {
    let like = |cell: &str| {
        let cell = cell.trim();
        cell.len() <= 64
            && cell.split_whitespace().count() <= 6
            && !cell.contains(['@', '\n'])
            && !cell.ends_with(':')
            && cell.chars().filter(char::is_ascii_digit).count() <= 1
    };
    if !row.iter().all(|(_, cell)| like(cell.of(text))) {
        return None;
    }
    let kinds = columns(row.iter().map(|(_, cell)| cell.of(text)));
    let known: BTreeMap<_, _> = row.iter().zip(&kinds).filter_map(|((at, _), kind)| Some((*at, (*kind)?))).collect();
    // One known heading opens a table once; a label with its value looks the same, but stands in a list of labels.
    (known.len() > 1 || known.len() == 1 && !opened && !known.keys().any(|at| listed(*at))).then_some(known)
}
