//! What becomes of a page: boxes over what is removed, and the words that stay, at their places.

use std::collections::BTreeSet;

use deid::Span;
use hayro_interpret::kurbo::{Affine, Point, Rect, Vec2};

use super::{Unread, Unreadable};
use crate::pdf::Seen;
use crate::raster::Page;
use crate::redact_scan::{Fate, Sheet, Word as Recognized, outside};
use crate::write::Edit;

/// A box reaches beyond its glyphs by this share of its height, for edges that are drawn softly,
const MARGIN: f64 = 0.02;
/// and by so many pixels, before it is made one of whole pixels.
const PIXELS: f64 = 0.5;

/// Glyphs of a line share a box where the gap is narrower than this share of the height.
const GAP: f64 = 1.0;

/// A box, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    pub x: std::ops::Range<usize>,
    pub y: std::ops::Range<usize>,
    /// Over removed text, which is black; what was not read is covered in grey.
    pub removed: bool,
    /// Whether a label is written on it.
    pub labelled: bool,
}

impl Block {
    fn of(area: Rect, page: &Page, removed: bool) -> Option<Block> {
        let side = |low: f64, high: f64, most: usize| (low.floor().max(0.0) as usize).min(most)..(high.ceil().max(0.0) as usize).min(most);
        let (x, y) = (side(area.x0, area.x1, page.width), side(area.y0, area.y1, page.height));
        (!x.is_empty() && !y.is_empty()).then_some(Block { x, y, removed, labelled: false })
    }

    /// The grey of its pixels.
    pub fn grey(&self) -> u8 {
        if self.removed { 0 } else { 0xc0 }
    }

    pub fn paint(&self, page: &mut Page) {
        for line in page.pixels.chunks_exact_mut(page.width * 3).take(self.y.end).skip(self.y.start) {
            line.get_mut(self.x.start * 3..self.x.end * 3).unwrap_or_default().fill(self.grey());
        }
    }

    fn meets(&self, other: &Block) -> bool {
        let meet = |a: &std::ops::Range<usize>, b: &std::ops::Range<usize>| a.start < b.end && b.start < a.end;
        meet(&self.x, &other.x) && meet(&self.y, &other.y)
    }

    fn hides(&self, at: Point) -> bool {
        let within = |v: f64, range: &std::ops::Range<usize>| range.start as f64 <= v && v <= range.end as f64;
        within(at.x, &self.x) && within(at.y, &self.y)
    }
}

/// A word at its place, in points from the lower left corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub text: String,
    pub from: Point,
    pub to: Point,
    pub size: f64,
    /// A label that fits on its box is drawn.
    pub drawn: bool,
    /// Whether a blank follows.
    pub blank: bool,
}

/// What the new page holds.
pub(super) struct Layout {
    pub boxes: Vec<Block>,
    pub words: Vec<Word>,
}

/// What is shown on a page and was not read.
pub(super) fn unread(seen: &Seen, page: usize) -> Vec<Unread> {
    let note = |what, count| Unread { page, what, count };
    if seen.span.is_empty() {
        return if seen.ink.drawn { vec![note(Unreadable::Page, 1)] } else { Vec::new() };
    }
    let glyphs = seen.ink.glyphs.iter().filter(|g| g.unreadable && g.visible).count();
    let all =
        [(Unreadable::Images, seen.ink.pictures.len()), (Unreadable::Glyphs, glyphs), (Unreadable::Drawings, seen.ink.drawings.len())];
    all.into_iter().filter(|(_, count)| *count > 0).map(|(what, count)| note(what, count)).collect()
}

impl Layout {
    /// `placed` is set for each edit that gets a box; `covered` are the kinds of things that are covered as well; `sheet` are the words
    /// that were recognized.
    pub fn of(seen: &Seen, page: &Page, edits: &[&Edit], placed: &mut [bool], covered: &[Unread], sheet: Option<&Sheet>) -> Layout {
        let mut boxes = Vec::new();
        let mut labels = Vec::new();
        let first = edits.partition_point(|e| e.span.end <= seen.span.start);
        let here = edits.iter().zip(placed.iter_mut()).skip(first).take_while(|(e, _)| e.span.start < seen.span.end);
        for (edit, placed) in here {
            let begun = boxes.len();
            let numbers: BTreeSet<usize> = local(edit.span, seen).filter_map(|byte| seen.text.glyph(byte)).collect();
            let (black, along): (Vec<Block>, Vec<Vec2>) = blocks(&numbers, seen, page).into_iter().unzip();
            boxes.extend(black);
            // The label goes to the longest box, once.
            let longest = boxes.iter_mut().skip(begun).zip(along).max_by_key(|(b, _)| b.x.len().max(b.y.len()));
            if let (Some((longest, along)), false) = (longest, *placed) {
                *placed = true;
                labels.extend(label(&edit.replacement, longest, along, page).map(|word| (edit.span.start.max(seen.span.start), word)));
            }
        }
        let whole = Rect::new(0.0, 0.0, page.width as f64, page.height as f64);
        for unread in covered {
            let areas: Vec<Rect> = match unread.what {
                Unreadable::Page => vec![page.place.inverse().transform_rect_bbox(whole)],
                Unreadable::Images => seen.ink.pictures.clone(),
                Unreadable::Drawings => seen.ink.drawings.clone(),
                Unreadable::Glyphs => seen.ink.glyphs.iter().filter(|g| g.unreadable).map(|g| g.area).collect(),
            };
            // Under the black ones.
            let grey = areas.iter().filter_map(|a| Block::of(page.place.transform_rect_bbox(*a).inflate(PIXELS, PIXELS), page, false));
            boxes.splice(0..0, grey);
        }
        let burnt: Vec<Option<Block>> = sheet.iter().flat_map(|s| &s.words).map(|word| burnt(word, sheet, page)).collect();
        let first = boxes.len();
        boxes.extend(burnt.iter().flatten().cloned());
        let mut words = words(seen, page, edits, &boxes, labels);
        let (before, own) = boxes.split_at_mut(first);
        words.extend(recognized(seen, page, sheet, before, own));
        // A label may reach into the box beside its own.
        let labelled: Vec<Block> = boxes.iter().filter(|b| b.labelled).cloned().collect();
        boxes.iter_mut().filter(|b| b.removed).for_each(|b| b.labelled |= labelled.iter().any(|other| other.meets(b)));
        Layout { boxes, words }
    }
}

/// The box over a recognized word that goes.
fn burnt(word: &Recognized, sheet: Option<&Sheet>, page: &Page) -> Option<Block> {
    let area = sheet.filter(|_| word.fate == Fate::Burnt)?.area(word, page);
    Block::of(area, page, true)
}

/// Makes everything white but recognized words that stay and the page's own letters.
pub(super) fn clear(page: &mut Page, seen: &Seen, sheet: &Sheet) {
    let size = (page.width, page.height);
    let glyphs = seen.ink.glyphs.iter().filter(|g| g.visible && !g.unreadable && !seen.span.is_empty());
    let glyphs = glyphs.filter_map(|g| Block::of(page.place.transform_rect_bbox(g.area).inflate(PIXELS, PIXELS), page, false));
    let kept = sheet.words.iter().filter(|word| word.fate == Fate::Stays).map(|word| sheet.scaled(word, size));
    let places: Vec<[usize; 4]> = glyphs.map(|b| [b.x.start, b.y.start, b.x.end, b.y.end]).chain(kept).collect();
    outside(&places, size, |y, run| {
        let row = y * size.0;
        page.pixels.get_mut((row + run.start) * 3..(row + run.end) * 3).unwrap_or_default().fill(255);
    });
}

/// The words of a page that was recognized, labels among them; `before` are the boxes over the page's own letters, `own` those over
/// recognized words, in their order.
fn recognized(seen: &Seen, page: &Page, sheet: Option<&Sheet>, before: &[Block], own: &mut [Block]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut next = 0;
    for word in sheet.iter().flat_map(|sheet| &sheet.words) {
        let Some(area) = sheet.map(|sheet| sheet.area(word, page)) else { continue };
        let centre = area.center();
        // Of a page on its side.
        let along = if area.height() > 2.0 * area.width() { Vec2::new(0.0, -1.0) } else { Vec2::new(1.0, 0.0) };
        if word.fate == Fate::Burnt {
            if let Some(block) = own.get_mut(next).filter(|_| Block::of(area, page, true).is_some()) {
                next += 1;
                // What the page says in letters of its own was recognized too, and has its label.
                if before.iter().any(|b| b.removed && b.meets(block)) {
                    continue;
                }
                words.extend(label(&word.text, block, along, page).map(|label| Word { blank: true, ..label }));
            }
            continue;
        }
        let is_own = seen
            .ink
            .glyphs
            .iter()
            .any(|g| g.visible && !g.unreadable && !seen.span.is_empty() && page.place.transform_rect_bbox(g.area).contains(centre));
        if word.fate == Fate::Unsure || is_own || before.iter().chain(own.iter()).any(|block| block.hides(centre)) {
            continue;
        }
        let point = |x: f64, y: f64| Point::new(x / page.scale, (page.height as f64 - y) / page.scale);
        let (from, to, high) = match along.x == 0.0 {
            true => (point(area.x1, area.y1), point(area.x1, area.y0), area.width()),
            false => (point(area.x0, area.y1), point(area.x1, area.y1), area.height()),
        };
        words.push(Word { text: word.text.clone(), from, to, size: high / page.scale, drawn: false, blank: word.blank });
    }
    words
}

/// The bytes of the page's text that a span covers.
fn local(span: Span, seen: &Seen) -> std::ops::Range<usize> {
    let cut = |at: usize| at.clamp(seen.span.start, seen.span.end) - seen.span.start;
    cut(span.start)..cut(span.end)
}

/// One box for glyphs that stand together on a line, and the direction in which they are read: along a side of the page, or none.
fn blocks(glyphs: &BTreeSet<usize>, seen: &Seen, page: &Page) -> Vec<(Block, Vec2)> {
    let mut areas: Vec<(Rect, Vec2)> = Vec::new();
    for number in glyphs {
        let (Some(ink), Some(glyph)) = (seen.ink.glyphs.get(*number), seen.glyphs.get(*number)) else { continue };
        let area = page.place.transform_rect_bbox(ink.area);
        let run = page.place * Point::from(glyph.end) - page.place * Point::from(glyph.start);
        let along = match (run.x.abs() > 20.0 * run.y.abs(), run.y.abs() > 20.0 * run.x.abs()) {
            (true, _) => Vec2::new(run.x.signum(), 0.0),
            (_, true) => Vec2::new(0.0, run.y.signum()),
            _ => Vec2::ZERO,
        };
        match areas.last_mut() {
            Some((last, direction)) if *direction == along && beside(*last, area, along) => *last = last.union(area),
            _ => areas.push((area, along)),
        }
    }
    let block = |(area, along): (Rect, Vec2)| {
        let margin = area.width().min(area.height()) * MARGIN + PIXELS;
        Block::of(area.inflate(margin, margin), page, true).map(|block| (block, along))
    };
    areas.into_iter().filter_map(block).collect()
}

fn beside(a: Rect, b: Rect, along: Vec2) -> bool {
    let (x, y) = (a.x0.max(b.x0) - a.x1.min(b.x1), a.y0.max(b.y0) - a.y1.min(b.y1));
    let near = |gap: f64, common: f64, height: f64| common > 0.5 * height && gap < GAP * height;
    if along.x != 0.0 { near(x, -y, a.height().min(b.height())) } else { along.y != 0.0 && near(y, -x, a.width().min(b.width())) }
}

/// The width of a character of the label's font, Courier, and of the font of the invisible words, in sizes.
pub(super) const DRAWN_WIDTH: f64 = 0.6;
pub(super) const UNSEEN_WIDTH: f64 = 0.5;
/// How far letters of a label are narrowed before they get smaller,
const NARROWED: f64 = 0.55;
/// how far they are widened, so that no blank seems to stand between the label and what follows,
const WIDENED: f64 = 2.0;
/// and how small they get, in points.
const SMALLEST: f64 = 4.5;

fn label(text: &str, block: &mut Block, along: Vec2, page: &Page) -> Option<Word> {
    let letters = text.chars().count();
    if letters == 0 {
        return None;
    }
    let point = |v: usize| v as f64 / page.scale;
    // Pixels count downwards, points upwards.
    let along = if along == Vec2::ZERO { Vec2::new(1.0, 0.0) } else { Vec2::new(along.x, -along.y) };
    let (across, down) = (point(block.x.len()), point(block.y.len()));
    let (width, height) = if along.x != 0.0 { (across, down) } else { (down, across) };
    let fits = (width * 0.99 / (letters as f64 * DRAWN_WIDTH * NARROWED)).min(height * 0.8);
    let drawn = fits >= SMALLEST && text.chars().all(|c| (' '..='~').contains(&c));
    let size = if drawn { fits } else { height * 0.8 };
    let natural = letters as f64 * size * DRAWN_WIDTH;
    let taken = if drawn { (width * 0.99).min(natural * WIDENED) } else { width * 0.99 };
    // Letters stand in the middle: capitals are 0.6 sizes high.
    let middle = Point::new(point(block.x.start) + across / 2.0, point(page.height - block.y.end) + down / 2.0);
    let from = middle - along * (taken / 2.0) - Vec2::new(-along.y, along.x) * (0.3 * size);
    block.labelled = drawn;
    Some(Word { text: text.to_owned(), from, to: from + along * taken, size, drawn, blank: false })
}

/// The words of a page, in the order they are read, blanks among them. What lies under a box is gone, and so is what is not
/// on the page or cannot be seen, but for the words of a picture.
fn words(seen: &Seen, page: &Page, edits: &[&Edit], boxes: &[Block], labels: Vec<(usize, Word)>) -> Vec<Word> {
    let to_points = Affine::new([1.0 / page.scale, 0.0, 0.0, -1.0 / page.scale, 0.0, page.height as f64 / page.scale]) * page.place;
    let paper = Rect::new(0.0, 0.0, page.width as f64, page.height as f64);
    let first = edits.partition_point(|e| e.span.end <= seen.span.start);
    let mut edits = edits.iter().skip(first).peekable();
    let mut labels = labels.into_iter().peekable();
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    let mut last = None;
    for (at, c) in seen.text.as_str().char_indices().filter(|_| !seen.span.is_empty()) {
        let place = seen.span.start + at;
        while edits.next_if(|e| e.span.end <= place).is_some() {}
        if let Some((_, label)) = labels.next_if(|(start, _)| *start <= place) {
            words.push(label);
            open = false;
        }
        if c.is_whitespace() {
            words.iter_mut().rev().take(1).for_each(|w| w.blank = true);
        }
        let number = seen.text.glyph(at);
        let glyph = number.and_then(|n| Some((seen.glyphs.get(n)?, seen.ink.glyphs.get(n)?)));
        let Some((glyph, ink)) = glyph.filter(|_| !c.is_whitespace() && edits.peek().is_none_or(|e| place < e.span.start)) else {
            open = false;
            continue;
        };
        let centre = page.place * ink.area.center();
        let in_picture = || seen.ink.pictures.iter().any(|p| p.contains(ink.area.center()));
        if ink.unreadable || !paper.contains(centre) || boxes.iter().any(|b| b.hides(centre)) || !(ink.visible || in_picture()) {
            open = false;
            continue;
        }
        let (from, to) = (to_points * Point::from(glyph.start), to_points * Point::from(glyph.end));
        match words.last_mut().filter(|_| open) {
            // A ligature is one glyph for several letters.
            Some(word) if last == number => word.text.push(c),
            Some(word) if (word.to - from).hypot() < glyph.size => {
                word.text.push(c);
                word.to = to;
            }
            _ => words.push(Word { text: c.to_string(), from, to, size: glyph.size, drawn: false, blank: false }),
        }
        (open, last) = (true, number);
    }
    words
}
