//! What Tesseract writes with `tessedit_create_tsv`: <https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html>.

/// Words of one page at most; a page of small print has two thousand.
const WORDS: usize = 100_000;

const HEAD: &str = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext";

/// The level of a row that is a word; pages, blocks, paragraphs and lines are 1 to 4.
const WORD: u32 = 5;

/// A recognized word.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Its letters, without white space.
    pub text: String,
    /// Block, paragraph in it, line in that, each counted from 1.
    pub line: (u32, u32, u32),
    /// Left, top, right and bottom in pixels of the page; right and bottom are one past.
    pub place: [u32; 4],
    /// How sure Tesseract is, in percent.
    pub confidence: f32,
}

/// Why an answer of Tesseract was not taken. Holds no text of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TsvError {
    /// It is not UTF-8.
    #[error("no UTF-8")]
    Encoding,
    /// The first row is another one.
    #[error("no heading")]
    Head,
    /// A row does not have the twelve columns.
    #[error("row {row} does not have twelve columns")]
    Columns {
        /// Counted from 1, after the heading.
        row: usize,
    },
    /// A number is none, or is out of its range.
    #[error("row {row} holds a number that is none")]
    Number {
        /// Counted from 1, after the heading.
        row: usize,
    },
    /// A word is empty or lies outside of the page.
    #[error("row {row} lies outside of the page")]
    Outside {
        /// Counted from 1, after the heading.
        row: usize,
    },
    /// A word holds control characters or blanks.
    #[error("row {row} holds characters that a word does not have")]
    Text {
        /// Counted from 1, after the heading.
        row: usize,
    },
    /// More words than any page has.
    #[error("too many words")]
    TooMany,
}

/// The words of a page of this size, in Tesseract's order.
pub fn words(tsv: &[u8], width: u32, height: u32) -> Result<Vec<Word>, TsvError> {
    let tsv = std::str::from_utf8(tsv).map_err(|_| TsvError::Encoding)?;
    let mut rows = tsv.split('\n').map(|row| row.strip_suffix('\r').unwrap_or(row));
    if rows.next() != Some(HEAD) {
        return Err(TsvError::Head);
    }
    let mut words = Vec::new();
    let mut rows = rows.enumerate().peekable();
    while let Some((index, row)) = rows.next() {
        // The last row is ended too.
        if row.is_empty() && rows.peek().is_none() {
            break;
        }
        words.extend(word(row, index + 1, width, height)?);
        if words.len() > WORDS {
            return Err(TsvError::TooMany);
        }
    }
    Ok(words)
}

/// The word of a row, if it is a row of a word and there is anything in it.
fn word(line: &str, row: usize, width: u32, height: u32) -> Result<Option<Word>, TsvError> {
    let columns: Vec<&str> = line.split('\t').collect();
    let Ok::<[&str; 12], _>([level, page, block, paragraph, line, number, left, top, w, h, confidence, text]) = columns.try_into() else {
        return Err(TsvError::Columns { row });
    };
    // Digits alone: `parse` would take a sign too.
    let whole = |s: &str| s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse::<u32>().ok()).flatten().ok_or(TsvError::Number { row });
    let [level, _, block, paragraph, line, _] =
        [whole(level)?, whole(page)?, whole(block)?, whole(paragraph)?, whole(line)?, whole(number)?];
    let [left, top, w, h] = [whole(left)?, whole(top)?, whole(w)?, whole(h)?];
    let confidence = confidence.parse::<f32>().ok().filter(|c| (-1.0..=100.0).contains(c)).ok_or(TsvError::Number { row })?;
    if !(1..=WORD).contains(&level) {
        return Err(TsvError::Number { row });
    }
    let text = text.trim();
    if level < WORD || text.is_empty() {
        return Ok(None);
    }
    let ends = left.checked_add(w).zip(top.checked_add(h)).filter(|(right, bottom)| w > 0 && h > 0 && *right <= width && *bottom <= height);
    let (right, bottom) = ends.ok_or(TsvError::Outside { row })?;
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(TsvError::Text { row });
    }
    let confidence = confidence.max(0.0);
    Ok(Some(Word { text: text.to_owned(), line: (block, paragraph, line), place: [left, top, right, bottom], confidence }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(rows: &[&str]) -> Vec<u8> {
        [HEAD].iter().chain(rows).map(|row| format!("{row}\n")).collect::<String>().into_bytes()
    }

    #[test]
    fn words_come_with_their_places_and_everything_else_is_refused() {
        let page = "1\t1\t0\t0\t0\t0\t0\t0\t100\t50\t-1\t";
        let maria = "5\t1\t2\t1\t3\t1\t10\t20\t30\t12\t96.063\tMaría";
        let read = words(&table(&[page, maria, "5\t1\t2\t1\t3\t2\t0\t0\t100\t50\t95\t "]), 100, 50).unwrap();
        assert_eq!(read, [Word { text: "María".into(), line: (2, 1, 3), place: [10, 20, 40, 32], confidence: 96.063 }]);
        assert_eq!(words(&table(&[]), 1, 1), Ok(vec![]));
        let windows = String::from_utf8(table(&[maria])).unwrap().replace('\n', "\r\n");
        assert_eq!(words(windows.as_bytes(), 100, 50).unwrap().len(), 1);

        let cases: &[(&str, TsvError)] = &[
            ("", TsvError::Columns { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t10\t20\t30\t12\t96", TsvError::Columns { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t10\t20\t30\t12\t96\ta\tb", TsvError::Columns { row: 1 }),
            ("6\t1\t2\t1\t3\t1\t10\t20\t30\t12\t96\ta", TsvError::Number { row: 1 }),
            ("0\t1\t2\t1\t3\t1\t10\t20\t30\t12\t96\ta", TsvError::Number { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t-1\t20\t30\t12\t96\ta", TsvError::Number { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t+1\t20\t30\t12\t96\ta", TsvError::Number { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t\t20\t30\t12\t96\ta", TsvError::Number { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t4294967296\t20\t30\t12\t96\ta", TsvError::Number { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t10\t20\t30\t12\tNaN\ta", TsvError::Number { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t10\t20\t30\t12\t101\ta", TsvError::Number { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t4294967295\t20\t30\t12\t96\ta", TsvError::Outside { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t80\t20\t30\t12\t96\ta", TsvError::Outside { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t10\t20\t30\t31\t96\ta", TsvError::Outside { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t10\t20\t0\t12\t96\ta", TsvError::Outside { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t10\t20\t30\t12\t96\ta b", TsvError::Text { row: 1 }),
            ("5\t1\t2\t1\t3\t1\t10\t20\t30\t12\t96\ta\u{7}b", TsvError::Text { row: 1 }),
        ];
        for (row, error) in cases {
            assert_eq!(words(&table(&[row, maria]), 100, 50), Err(*error), "{row:?}");
        }
        assert_eq!(words(b"", 1, 1), Err(TsvError::Head));
        assert_eq!(words(b"level\tpage_num\n", 1, 1), Err(TsvError::Head));
        assert_eq!(words(b"\xff", 1, 1), Err(TsvError::Encoding));
        let many = vec![maria; WORDS + 1];
        assert_eq!(words(&table(&many), 100, 50), Err(TsvError::TooMany));
    }

    proptest! {
        #[test]
        fn words_lie_on_the_page(rows in proptest::collection::vec("[1-6]\t1\t[0-9]\t1\t1\t1\t[0-9]{1,3}\t[0-9]{1,3}\t[0-9]{1,3}\t[0-9]{1,3}\t[0-9-]{1,3}\t[a-z\\s]{0,3}", 0..4), cut in 0usize..200) {
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let mut bytes = table(&rows);
            bytes.truncate(bytes.len().saturating_sub(cut % 40));
            if let Ok(words) = words(&bytes, 500, 400) {
                for word in words {
                    let [left, top, right, bottom] = word.place;
                    prop_assert!(left < right && right <= 500 && top < bottom && bottom <= 400);
                    prop_assert!(!word.text.is_empty() && (0.0..=100.0).contains(&word.confidence));
                }
            }
        }
    }
}
