//! Scans and pictures without what was removed: its place is burnt black, and only words that were recognized for sure are kept. The
//! parent says what becomes of each word ([`Sheet`]), the confined process draws, and what it drew is recognized again before anybody
//! gets it ([`again`]).

mod again;
mod near;
mod picture;

use deid::Span;
use hayro_interpret::kurbo::Rect;
use serde::{Deserialize, Serialize};

use crate::ocr::{self, Recognized};
use crate::raster::Page;
use crate::worker::Confined;
use crate::write::{Edit, Order, WriteError, Written};
use crate::{Origin, Record, SourceMap, Trace};

use near::{Gone, tokens};
pub use picture::burnt;
pub(crate) use picture::write;

/// A page whose words were recognized, and what becomes of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sheet {
    /// Counted from 1.
    pub page: usize,
    /// Width and height in the pixels that places are told in.
    pub size: (u32, u32),
    /// In reading order.
    pub words: Vec<Word>,
}

/// A word of a page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Word {
    /// What stays of it: the word itself, or what is written in its place.
    pub text: String,
    /// Left, top, right and bottom of what is kept or burnt, in pixels; right and bottom are one past.
    pub place: [u32; 4],
    pub fate: Fate,
    /// Whether a blank or a line's end follows.
    pub blank: bool,
}

/// What becomes of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    Stays,
    /// Recognized with little confidence: nobody knows what it says.
    Unsure,
    Burnt,
}

/// A kept or burnt place reaches beyond the recognized one by so many pixels and this share of its height: letters are cut close.
const MARGIN: (u32, u32) = (2, 8);

/// Writes a file whose pages were recognized, with edits of the record's `text`.
pub(crate) async fn redact(
    confined: &Confined,
    bytes: Vec<u8>,
    name: &str,
    text: &str,
    edits: &[Edit],
    keep_unread: bool,
) -> Result<Written, WriteError> {
    let (base, scans) = confined.read_unrecognized(bytes.clone(), name).await?;
    let base_text = base.text.expose().clone();
    let (record, pages) = ocr::read(confined, bytes.clone(), base, &scans, &|_, _| {}).await?;
    if record.text.expose() != text {
        return Err(WriteError::Astray);
    }
    let edits = crate::write::in_order(edits, text)?;
    let gone = Gone::of(text, &edits);
    let sheets = pages.iter().map(|page| sheet(&record, page, &edits, &gone)).collect::<Result<Vec<_>, _>>()?;
    let spans: Vec<Span> = pages.iter().map(|page| page.span).collect();
    let expected: Vec<Vec<String>> = sheets.iter().map(|sheet| sheet.said(record.format == crate::Format::Pdf, keep_unread)).collect();
    let order =
        Order { edits: unrecognized(&edits, &spans), keep_unread, everywhere: true, text: Some(crate::write::mark(&base_text)), sheets };
    let written = confined.order(bytes, name, order).await?;
    let numbers = pages.iter().map(|page| page.page).collect();
    again::look(confined, written.bytes.clone(), numbers, &gone, &expected).await?;
    Ok(written)
}

/// What becomes of a page's words.
fn sheet(record: &Record, page: &Recognized, edits: &[Edit], gone: &Gone) -> Result<Sheet, WriteError> {
    let text = record.text.expose();
    let mut found = boxes(text, &record.source_map, page.span);
    // Words as the edits say, and those that are nearly one of the removed: recognition may mistake a letter in one place and not in another.
    let first = edits.partition_point(|e| e.span.end <= page.span.start);
    let here: Vec<&Edit> = edits.iter().skip(first).take_while(|e| e.span.start < page.span.end).collect();
    for edit in here {
        let mut touched: Vec<&mut Found> = found.iter_mut().filter(|w| w.span.overlaps(&edit.span)).collect();
        let is_same = edit.span.of(text) == edit.replacement;
        touched.iter_mut().filter(|_| !is_same).for_each(|w| w.label.get_or_insert_default().clear());
        // The label goes to the widest, where the edit begins.
        let begins = !is_same && edit.span.start >= page.span.start;
        if let Some(widest) = touched.into_iter().filter(|_| begins).max_by_key(|w| w.place[2].saturating_sub(w.place[0])) {
            widest.label = Some(edit.replacement.clone());
        }
    }
    let said: Vec<(usize, String)> = found
        .iter()
        .enumerate()
        .filter(|(_, w)| w.label.is_none())
        .flat_map(|(i, w)| tokens(w.span.of(text)).map(move |t| (i, t)))
        .collect();
    for nearly in gone.found(&said.iter().map(|(_, token)| token.as_str()).collect::<Vec<_>>()) {
        for (index, _) in said.get(nearly.tokens).unwrap_or_default() {
            found.iter_mut().skip(*index).take(1).for_each(|w| _ = w.label.get_or_insert_default());
        }
    }
    let mut words = Vec::new();
    for (index, word) in found.iter().enumerate() {
        let whole_line = || {
            let line = || found.iter().enumerate().filter(|(_, w)| w.line == word.line);
            let others = line().any(|(i, w)| i != index && is_sane(w.place, w.span.of(text), page.size));
            others.then(|| line().fold(word.place, |hull, (_, w)| joined(hull, w.place)))
        };
        let place = match (is_sane(word.place, word.span.of(text), page.size), &word.label) {
            (true, _) => Some(word.place),
            // A place that no such word has is no place: its line goes.
            (false, Some(_)) => Some(whole_line().ok_or(WriteError::Inspection { found: Trace::Places })?),
            (false, None) => None,
        };
        let fate = match (&word.label, place) {
            (Some(_), _) => Fate::Burnt,
            (None, Some(_)) if word.sure => Fate::Stays,
            (None, _) => Fate::Unsure,
        };
        let text = word.label.clone().unwrap_or_else(|| word.span.of(text).to_owned());
        words.push(Word { text, place: wider(place.unwrap_or(word.place), page.size), fate, blank: word.blank });
    }
    Ok(Sheet { page: page.page, size: page.size, words })
}

/// A recognized word on its way.
struct Found {
    span: Span,
    place: [u32; 4],
    sure: bool,
    line: usize,
    blank: bool,
    /// What is written over it, if it goes.
    label: Option<String>,
}

/// The words of a part of the text, with their places.
fn boxes(text: &str, map: &SourceMap, part: Span) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut line = 0;
    for stretch in map.lookup(part) {
        if let Origin::Box { left, top, right, bottom, confidence, .. } = stretch.origin {
            let sure = f32::from(confidence) >= ocr::UNCERTAIN;
            found.push(Found { span: stretch.span, place: [left, top, right, bottom], sure, line, blank: false, label: None });
            continue;
        }
        let between = stretch.span.of(text);
        line += between.matches('\n').count();
        found.iter_mut().rev().take(1).for_each(|w| w.blank |= between.contains(char::is_whitespace));
    }
    found
}

/// Signs without letters are no larger than this share of the page's longer side, and letters no higher than the next share, or so many
/// pixels: a larger place shows more than the word.
const LARGEST: (u32, u32, u32) = (20, 12, 64);

/// Whether a word may have this place, upright or turned: neither far too short nor far too long for its height, nor too high.
fn is_sane([left, top, right, bottom]: [u32; 4], text: &str, page: (u32, u32)) -> bool {
    let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let (width, height) = (right.saturating_sub(left), bottom.saturating_sub(top));
    let side = page.0.max(page.1);
    // Dashes, dots and rules have no height to speak of.
    if !text.contains(char::is_alphanumeric) {
        return width.max(height) <= (side / LARGEST.0).max(LARGEST.2);
    }
    let fits = |long: u32, short: u32| {
        let range = letters.saturating_mul(short).div_ceil(10)..=letters.saturating_mul(short).saturating_mul(3);
        (5..=(side / LARGEST.1).max(LARGEST.2)).contains(&short) && range.contains(&long)
    };
    fits(width, height) || fits(height, width)
}

fn joined(a: [u32; 4], b: [u32; 4]) -> [u32; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn wider([left, top, right, bottom]: [u32; 4], (width, height): (u32, u32)) -> [u32; 4] {
    let by = MARGIN.0 + bottom.saturating_sub(top).min(right.saturating_sub(left)) / MARGIN.1;
    [left.saturating_sub(by), top.saturating_sub(by), right.saturating_add(by).min(width), bottom.saturating_add(by).min(height)]
}

/// The edits of what was not recognized, in the text without what was.
fn unrecognized(edits: &[Edit], recognized: &[Span]) -> Vec<Edit> {
    let mut out = Vec::new();
    for edit in edits {
        let (mut at, mut shift, mut with) = (edit.span.start, 0, edit.replacement.clone());
        let mut add = |from: usize, to: usize, shift: usize| {
            if from < to {
                out.push(Edit { span: Span::new(from - shift, to - shift), replacement: std::mem::take(&mut with) });
            }
        };
        for part in recognized {
            if part.start < edit.span.end && part.end > edit.span.start {
                add(at, part.start, shift);
                at = part.end;
            }
            shift += if part.start < edit.span.end { part.len() } else { 0 };
        }
        add(at, edit.span.end, shift);
    }
    out
}

impl Sheet {
    /// What a page should say once it is drawn, in tokens: what stays, and what is written over the rest where that is drawn.
    fn said(&self, labels: bool, keep_unread: bool) -> Vec<String> {
        let shown = |word: &&Word| match word.fate {
            Fate::Stays => true,
            Fate::Unsure => keep_unread,
            Fate::Burnt => labels,
        };
        self.words.iter().filter(shown).flat_map(|word| tokens(&word.text)).collect()
    }

    /// A word's place on a drawn page of a PDF.
    pub fn area(&self, word: &Word, page: &Page) -> Rect {
        let [left, top, right, bottom] = self.scaled(word, (page.width, page.height)).map(|at| at as f64);
        Rect::new(left, top, right, bottom)
    }

    /// Places on a page that is drawn in another size, rounded outwards.
    pub fn scaled(&self, word: &Word, (width, height): (usize, usize)) -> [usize; 4] {
        let [left, top, right, bottom] = word.place;
        let scale = |at: u32, from: u32, to: usize, up: bool| {
            let (product, from) = (u64::from(at) * to as u64, u64::from(from.max(1)));
            usize::try_from(if up { product.div_ceil(from) } else { product / from }).unwrap_or(to).min(to)
        };
        let (w, h) = self.size;
        [scale(left, w, width, false), scale(top, h, height, false), scale(right, w, width, true), scale(bottom, h, height, true)]
    }
}

/// Whether pixels of a page lie in none of these places, line by line: calls `blank` for each run of them.
pub(crate) fn outside(places: &[[usize; 4]], (width, height): (usize, usize), mut blank: impl FnMut(usize, std::ops::Range<usize>)) {
    for y in 0..height {
        let mut runs: Vec<(usize, usize)> = places.iter().filter(|p| p[1] <= y && y < p[3]).map(|p| (p[0], p[2])).collect();
        runs.sort_unstable();
        let mut at = 0;
        for (from, to) in runs {
            if at < from {
                blank(y, at..from.min(width));
            }
            at = at.max(to);
        }
        if at < width {
            blank(y, at..width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize) -> Edit {
        Edit { span: Span::new(start, end), replacement: "[P]".into() }
    }

    #[test]
    fn edits_lose_what_was_recognized_and_move_up() {
        // Text of a page, a recognized page, text, a recognized page.
        let recognized = [Span::new(10, 30), Span::new(40, 60)];
        let base =
            |e| unrecognized(&[e], &recognized).iter().map(|e| (e.span.start, e.span.end, e.replacement.clone())).collect::<Vec<_>>();
        assert_eq!(base(edit(2, 5)), [(2, 5, "[P]".into())]);
        assert_eq!(base(edit(12, 20)), []);
        assert_eq!(base(edit(32, 35)), [(12, 15, "[P]".into())]);
        assert_eq!(base(edit(8, 33)), [(8, 10, "[P]".into()), (10, 13, String::new())]);
        assert_eq!(base(edit(20, 70)), [(10, 20, "[P]".into()), (20, 30, String::new())]);
    }

    #[test]
    fn a_place_that_no_word_has_is_told() {
        let is_sane = |place, text| is_sane(place, text, (2550, 3300));
        for place in [[10, 10, 90, 34], [10, 10, 34, 90], [10, 10, 500, 200]] {
            assert!(is_sane(place, "Garcia"), "{place:?}");
        }
        assert!(is_sane([10, 10, 16, 40], "l") && is_sane([10, 10, 90, 12], "--") && !is_sane([10, 10, 600, 400], "~"));
        let none =
            [[10, 10, 12, 34], [10, 10, 90, 13], [0, 0, 2000, 30], [0, 0, 900, 3000], [0, 0, 900, 400], [10, 10, 10, 10], [50, 10, 10, 34]];
        for place in none {
            assert!(!is_sane(place, "Garcia"), "{place:?}");
        }
    }

    #[test]
    fn what_lies_in_no_place_is_told_line_by_line() {
        let mut all = Vec::new();
        outside(&[[2, 0, 5, 2], [4, 1, 8, 2]], (10, 3), |y, run| all.push((y, run)));
        assert_eq!(all, [(0, 0..2), (0, 5..10), (1, 0..2), (1, 8..10), (2, 0..10)]);
    }
}
