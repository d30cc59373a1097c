//! How an edit of a record's text becomes splices of the text it was read from.

use std::ops::Range;

use super::Splice;

/// A character as it was read, and the bytes that write it.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub c: char,
    pub at: Range<usize>,
}

/// An edit inside of a stretch: bytes of the stretch's text, and what goes there.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub at: Range<usize>,
    pub with: String,
}

/// A text that stretches were read from, in its own notation.
pub(super) trait Ground {
    /// The text as it is written.
    fn text(&self) -> &str;

    /// The characters that a reader finds at a place, in order.
    fn units(&self, range: &Range<usize>) -> Vec<Unit>;

    /// What has to be replaced where the characters cannot be told apart: the first range takes the new text.
    fn whole(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        vec![range.clone()]
    }

    /// A replacement in the notation of the place it goes to.
    fn escape(&self, at: &Range<usize>, with: &str) -> String;

    /// The splices that make the changes, which are sorted and apart, in a stretch that reads `said`.
    fn splices(&self, said: &str, range: &Range<usize>, changes: &[Change]) -> Vec<Splice> {
        if self.text().get(range.clone()) == Some(said) {
            let moved = |at: &Range<usize>| range.start + at.start..range.start + at.end;
            return changes.iter().map(|c| Splice { with: self.escape(&moved(&c.at), &c.with), at: moved(&c.at) }).collect();
        }
        let units = self.units(range);
        match align(said, &units) {
            Some(pairs) => changes.iter().flat_map(|change| self.pieces(change, &units, &pairs)).collect(),
            None => {
                let mut edited =
                    super::splice(said, &changes.iter().map(|c| Splice { at: c.at.clone(), with: c.with.clone() }).collect::<Vec<_>>());
                let all = self.whole(range).into_iter();
                all.map(|at| Splice { with: self.escape(&at, &std::mem::take(&mut edited)), at }).collect()
            }
        }
    }

    /// The places of a change, broken where something else, such as a tag, stands between its characters.
    fn pieces(&self, change: &Change, units: &[Unit], pairs: &[(usize, Option<usize>)]) -> Vec<Splice> {
        let first = pairs.partition_point(|(at, _)| *at < change.at.start);
        let inside = pairs.get(first..).unwrap_or_default().iter().take_while(|(at, _)| *at < change.at.end).filter_map(|(_, unit)| *unit);
        let (low, mut high) = inside.fold((usize::MAX, 0), |(low, high), unit| (low.min(unit), high.max(unit + 1)));
        // One white space may have been read from several.
        let folded = units.get(high.saturating_sub(1)).is_some_and(|u| u.c.is_whitespace());
        let next = pairs.iter().skip(first).filter(|(at, _)| *at >= change.at.end).find_map(|(_, unit)| *unit);
        if folded && high > low {
            high = next.unwrap_or(units.len()).max(high);
        }
        let mut places: Vec<Range<usize>> = Vec::new();
        for unit in units.get(low.min(high)..high).unwrap_or_default() {
            match places.last_mut() {
                Some(last) if last.end == unit.at.start => last.end = unit.at.end,
                _ => places.push(unit.at.clone()),
            }
        }
        let mut with = change.with.as_str();
        places.into_iter().map(|at| Splice { with: self.escape(&at, std::mem::take(&mut with)), at }).collect()
    }
}

/// Each character of a text with the unit it was read from. Readers fold and trim white space, and part cells; none where more
/// than that lies between the two.
fn align(said: &str, units: &[Unit]) -> Option<Vec<(usize, Option<usize>)>> {
    let mut next = 0;
    let mut pairs = Vec::with_capacity(said.len());
    for (at, c) in said.char_indices() {
        if !c.is_whitespace() {
            next += units.get(next..)?.iter().take_while(|u| u.c.is_whitespace() && u.c != c).count();
        }
        match units.get(next) {
            Some(unit) if unit.c == c || unit.c.is_whitespace() && c.is_whitespace() => {
                pairs.push((at, Some(next)));
                next += 1;
            }
            _ if c.is_whitespace() || c == '|' => pairs.push((at, None)),
            _ => return None,
        }
    }
    // Nothing may be left that the text does not show: it would be kept.
    units.get(next..)?.iter().all(|u| u.c.is_whitespace()).then_some(pairs)
}

/// The first character of a text, a line's end being one.
pub(super) fn plain(text: &str) -> Option<(char, usize)> {
    match text.chars().next()? {
        '\r' => Some(('\n', if text.starts_with("\r\n") { 2 } else { 1 })),
        c => Some((c, c.len_utf8())),
    }
}

/// A text that is its own notation.
pub(super) struct Plain<'t>(pub &'t str);

impl Ground for Plain<'_> {
    fn text(&self) -> &str {
        self.0
    }

    fn units(&self, range: &Range<usize>) -> Vec<Unit> {
        let mut at = range.start;
        std::iter::from_fn(|| {
            let (c, length) = plain(self.0.get(at..range.end)?)?;
            at += length;
            Some(Unit { c, at: at - length..at })
        })
        .collect()
    }

    fn escape(&self, _: &Range<usize>, with: &str) -> String {
        with.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_ends_of_two_bytes_are_one_character() {
        let splices =
            |said: &str, range, at, with: &str| Plain("Ana\r\nLopez\r\n").splices(said, &range, &[Change { at, with: with.into() }]);
        assert_eq!(splices("Ana\nLopez\n", 0..12, 2..5, "X"), [Splice { at: 2..6, with: "X".into() }]);
        assert_eq!(splices("Ana\nLopez\n", 0..12, 4..9, "X"), [Splice { at: 5..10, with: "X".into() }]);
        assert_eq!(splices("other", 0..12, 0..3, "X"), [Splice { at: 0..12, with: "Xer".into() }], "told apart by nothing: all of it");
    }
}
