//! Lines of text from glyphs and their places: words by gaps, lines by baselines, columns by the order they were drawn in.

use std::ops::Range;

/// One drawn glyph, in page coordinates, upwards positive.
pub(crate) struct Glyph {
    pub text: String,
    pub start: (f64, f64),
    pub end: (f64, f64),
    pub size: f64,
}

/// The text of a page, and for each of its bytes the glyph that it came from.
#[derive(Default)]
pub(crate) struct Text {
    text: String,
    glyphs: Vec<u32>,
}

/// Where a glyph would stand: a blank or a line end that the layout puts in.
const MADE: u32 = u32::MAX;

impl Text {
    fn of(text: String, glyph: u32) -> Text {
        Text { glyphs: vec![glyph; text.len()], text }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The glyph that a byte came from, if it came from one.
    pub fn glyph(&self, byte: usize) -> Option<usize> {
        self.glyphs.get(byte).filter(|g| **g != MADE).and_then(|g| usize::try_from(*g).ok())
    }

    fn push(&mut self, made: &str) {
        self.text.push_str(made);
        self.glyphs.resize(self.text.len(), MADE);
    }

    fn append(&mut self, other: &Text, part: Range<usize>) {
        self.text.push_str(other.text.get(part.clone()).unwrap_or_default());
        self.glyphs.extend_from_slice(other.glyphs.get(part).unwrap_or_default());
        self.glyphs.resize(self.text.len(), MADE);
    }

    fn add(&mut self, other: &Text) {
        self.append(other, 0..other.text.len());
    }

    fn truncate(&mut self, len: usize) {
        self.text.truncate(len);
        self.glyphs.truncate(self.text.len());
    }

    fn joined(parts: impl IntoIterator<Item = Text>) -> Text {
        let mut all = Text::default();
        for (i, part) in parts.into_iter().enumerate() {
            if i > 0 {
                all.push("\n");
            }
            all.add(&part);
        }
        all
    }
}

/// A gap wider than this share of the size parts words.
const WORD_GAP: f64 = 0.17;
/// And one wider than this parts cells.
const CELL_GAP: f64 = 1.0;
/// Baselines nearer than this share of the size are one line.
const SAME_LINE: f64 = 0.35;
/// Blocks that are compared pairwise at most; beyond, the page is one block.
const BLOCKS: usize = 200;

/// Running text has at least so many lines,
const PROSE_LINES: usize = 3;
/// with so many characters each, blanks included.
const PROSE_WIDTH: usize = 25;

/// A piece of a line drawn in one go.
struct Fragment {
    x0: f64,
    x1: f64,
    y: f64,
    size: f64,
    text: Text,
}

/// The text of a page, upright text first, then text turned by a quarter, a half, three quarters.
pub(crate) fn text(glyphs: &[Glyph]) -> Text {
    let mut turned: [Vec<Fragment>; 4] = Default::default();
    for (number, glyph) in (0..MADE).zip(glyphs) {
        let (dx, dy) = (glyph.end.0 - glyph.start.0, glyph.end.1 - glyph.start.1);
        let quarter = if dx.abs() >= dy.abs() {
            if dx >= 0.0 { 0 } else { 2 }
        } else if dy > 0.0 {
            1
        } else {
            3
        };
        let turn = |(x, y): (f64, f64)| match quarter {
            0 => (x, y),
            1 => (y, -x),
            2 => (-x, -y),
            _ => (-y, x),
        };
        let ((x0, y), (x1, _)) = (turn(glyph.start), turn(glyph.end));
        if let Some(fragments) = turned.get_mut(quarter) {
            append(fragments, Fragment { x0, x1, y, size: glyph.size.max(0.1), text: Text::of(letters(&glyph.text), number) });
        }
    }
    Text::joined(turned.into_iter().filter(|f| !f.is_empty()).map(page).filter(|t| !t.text.trim().is_empty()))
}

/// Ligatures become their letters: `ﬁ` inside a name would hide it.
fn letters(text: &str) -> String {
    let spelled = match text {
        "\u{fb00}" => "ff",
        "\u{fb01}" => "fi",
        "\u{fb02}" => "fl",
        "\u{fb03}" => "ffi",
        "\u{fb04}" => "ffl",
        "\u{fb05}" | "\u{fb06}" => "st",
        "\u{a0}" | "\u{2002}" | "\u{2003}" | "\u{2009}" | "\t" => " ",
        "\u{ad}" => "-",
        _ => return text.chars().filter(|c| !c.is_control()).collect(),
    };
    spelled.to_owned()
}

/// Adds a glyph to the fragment it continues, or begins one.
fn append(fragments: &mut Vec<Fragment>, glyph: Fragment) {
    if let Some(last) = fragments.last_mut() {
        let size = last.size.max(glyph.size);
        let gap = glyph.x0 - last.x1;
        if (glyph.y - last.y).abs() <= SAME_LINE * size && gap > -0.5 * size && gap <= CELL_GAP * size {
            if gap > WORD_GAP * size && !last.text.text.ends_with(' ') && glyph.text.text != " " {
                last.text.push(" ");
            }
            last.text.add(&glyph.text);
            last.x1 = last.x1.max(glyph.x1);
            return;
        }
    }
    fragments.push(glyph);
}

struct Block {
    x0: f64,
    x1: f64,
    y0: f64,
    y1: f64,
    fragments: Vec<Fragment>,
}

impl Block {
    fn of(fragment: Fragment) -> Block {
        Block { x0: fragment.x0, x1: fragment.x1, y0: fragment.y, y1: fragment.y + fragment.size * 0.8, fragments: vec![fragment] }
    }

    fn take(&mut self, other: Block) {
        (self.x0, self.x1) = (self.x0.min(other.x0), self.x1.max(other.x1));
        (self.y0, self.y1) = (self.y0.min(other.y0), self.y1.max(other.y1));
        self.fragments.extend(other.fragments);
    }

    fn overlaps(&self, other: &Block) -> bool {
        let width = self.x1.min(other.x1) - self.x0.max(other.x0);
        let height = self.y1.min(other.y1) - self.y0.max(other.y0);
        width > 0.5 && height > 0.5
    }

    /// Whether the two are columns of running text, beside each other wherever both have lines. A heading over both columns,
    /// drawn with the first, makes it overlap the second.
    fn is_column_beside(&self, other: &Block) -> bool {
        let (low, high) = (self.y0.max(other.y0), self.y1.min(other.y1));
        let (Some(a), Some(b)) = (self.prose(low, high), other.prose(low, high)) else { return false };
        a.1 < b.0 || b.1 < a.0
    }

    /// How far the lines between two heights reach, if they are running text.
    fn prose(&self, low: f64, high: f64) -> Option<(f64, f64)> {
        let mut within: Vec<&Fragment> = self.fragments.iter().filter(|f| low <= f.y && f.y <= high).collect();
        within.sort_by(|a, b| a.y.total_cmp(&b.y));
        let lines = within.chunk_by(|a, b| b.y - a.y <= SAME_LINE * a.size.max(b.size)).count();
        let letters: usize = within.iter().map(|f| f.text.text.chars().count()).sum();
        let reach = within.iter().map(|f| (f.x0, f.x1)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        reach.filter(|_| lines >= PROSE_LINES && letters >= lines * PROSE_WIDTH)
    }
}

/// Blocks are drawn downwards; one that starts above the last begins a column, or lies over what is there already (a form's
/// values over its labels), in which case the two are read together, line by line.
fn page(fragments: Vec<Fragment>) -> Text {
    let mut blocks: Vec<Block> = Vec::new();
    let mut last_y = f64::NEG_INFINITY;
    for fragment in fragments.into_iter().filter(|f| !f.text.text.trim().is_empty()) {
        let (y, up) = (fragment.y, fragment.y > last_y + fragment.size * 0.8);
        last_y = y;
        match blocks.last_mut() {
            Some(block) if !up => block.take(Block::of(fragment)),
            _ => blocks.push(Block::of(fragment)),
        }
    }
    if blocks.len() > BLOCKS {
        blocks = blocks
            .into_iter()
            .reduce(|mut a, b| {
                a.take(b);
                a
            })
            .into_iter()
            .collect();
    }
    let mut merged: Vec<Block> = Vec::new();
    for mut block in blocks {
        while let Some(place) = merged.iter().position(|m| m.overlaps(&block) && !m.is_column_beside(&block)) {
            let mut other = merged.remove(place);
            other.take(block);
            block = other;
        }
        merged.push(block);
    }
    Text::joined(merged.into_iter().map(|b| lines(b.fragments)))
}

fn lines(mut fragments: Vec<Fragment>) -> Text {
    fragments.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut lines: Vec<Vec<Fragment>> = Vec::new();
    for fragment in fragments {
        match lines.last_mut() {
            Some(line) if line.first().is_some_and(|f| (f.y - fragment.y).abs() <= SAME_LINE * f.size.max(fragment.size)) => {
                line.push(fragment)
            }
            _ => lines.push(vec![fragment]),
        }
    }
    let mut out = Text::default();
    let mut above: Option<(f64, f64)> = None;
    for mut line in lines {
        line.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        let (y, size) = line.first().map_or((0.0, 1.0), |f| (f.y, f.size));
        if let Some((above_y, above_size)) = above {
            out.push("\n");
            if above_y - y > 1.9 * size.max(above_size) {
                out.push("\n");
            }
        }
        above = Some((y, size));
        let mut end = None::<f64>;
        for fragment in line {
            let gap = end.map(|end| fragment.x0 - end);
            match gap {
                Some(gap) if gap > CELL_GAP * fragment.size => out.push("  "),
                Some(gap)
                    if (gap > WORD_GAP * fragment.size || gap < -0.5 * fragment.size)
                        && !out.text.ends_with(' ')
                        && !fragment.text.text.starts_with(' ') =>
                {
                    out.push(" ")
                }
                _ => {}
            }
            let (all, shown) = (fragment.text.text.len(), fragment.text.text.trim_end().len());
            out.append(&fragment.text, 0..shown);
            if all > shown {
                out.push(" ");
            }
            end = Some(end.map_or(fragment.x1, |end: f64| end.max(fragment.x1)));
        }
        out.truncate(out.text.trim_end_matches(' ').len());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of 10 point glyphs, half as wide as high.
    fn drawn(words: &[(f64, f64, &str)]) -> Vec<Glyph> {
        let glyphs = words.iter().flat_map(|(x, y, text)| {
            text.chars().enumerate().map(move |(i, c)| {
                let x = x + i as f64 * 5.0;
                Glyph { text: c.to_string(), start: (x, *y), end: (x + 5.0, *y), size: 10.0 }
            })
        });
        glyphs.collect()
    }

    #[test]
    fn gaps_make_words_cells_and_paragraphs() {
        let page = drawn(&[(0.0, 100.0, "Maria"), (27.5, 100.0, "Lopez"), (200.0, 100.0, "MRN"), (0.0, 88.0, "home"), (0.0, 50.0, "end")]);
        assert_eq!(text(&page).as_str(), "Maria Lopez  MRN\nhome\n\nend");
    }

    #[test]
    fn columns_stay_apart_and_overlaid_values_join_their_labels() {
        let columns = drawn(&[(0.0, 100.0, "one"), (0.0, 88.0, "two"), (300.0, 100.0, "three"), (300.0, 88.0, "four")]);
        assert_eq!(text(&columns).as_str(), "one\ntwo\nthree\nfour");
        let form = drawn(&[
            (0.0, 100.0, "Name:"),
            (100.0, 100.0, "Born:"),
            (0.0, 88.0, "City:"),
            (30.0, 100.0, "Ada"),
            (130.0, 100.0, "1961"),
            (30.0, 88.0, "Köln"),
        ]);
        assert_eq!(text(&form).as_str(), "Name: Ada  Born: 1961\nCity: Köln");
    }

    #[test]
    fn a_heading_over_two_columns_of_text_does_not_mix_them() {
        let row = |column: f64, n: u32| (column, 80.0 - f64::from(n) * 12.0, "words that fill a whole line");
        let first = [(0.0, 100.0, "A heading that is as wide as the page and stands over both of its columns")];
        let rows = [0.0, 160.0].into_iter().flat_map(|column| (0..3).map(move |n| row(column, n)));
        let words: Vec<_> =
            first.into_iter().chain(rows).chain([(0.0, 20.0, "page 1 of 2, a footer below both of the columns above it")]).collect();
        let column = "words that fill a whole line\n".repeat(3);
        let expected = format!("A heading that is as wide as the page and stands over both of its columns\n{column}\n{column}");
        let text = text(&drawn(&words));
        let text = text.as_str();
        assert!(text.replace("\n\n", "\n").starts_with(&expected.replace("\n\n", "\n")), "{text}");
        assert!(text.ends_with("page 1 of 2, a footer below both of the columns above it"), "{text}");
    }

    #[test]
    fn turned_text_is_read_along_its_own_lines() {
        let glyphs = "up".chars().enumerate().map(|(i, c)| {
            let y = i as f64 * 5.0;
            Glyph { text: c.to_string(), start: (50.0, y), end: (50.0, y + 5.0), size: 10.0 }
        });
        assert_eq!(text(&glyphs.collect::<Vec<_>>()).as_str(), "up");
    }

    #[test]
    fn every_byte_that_was_drawn_knows_its_glyph() {
        let mut glyphs = drawn(&[(100.0, 100.0, "Ölb"), (0.0, 100.0, "Köln a")]);
        glyphs.push(Glyph { text: "\u{fb01}".into(), start: (115.0, 100.0), end: (120.0, 100.0), size: 10.0 });
        let text = text(&glyphs);
        assert_eq!(text.as_str(), "Köln a  Ölbfi");
        for (at, c) in text.as_str().char_indices() {
            match text.glyph(at) {
                Some(g) => assert!(glyphs[g].text.starts_with(c) || glyphs[g].text == "\u{fb01}", "{c}"),
                None => assert_eq!(c, ' '),
            }
        }
        assert_eq!(text.glyph(text.as_str().len()), None);
    }
}
