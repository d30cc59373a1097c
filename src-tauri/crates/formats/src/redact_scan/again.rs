//! The new file, recognized again: nothing that was removed may be read from its pixels, not even with a letter mistaken.

use super::near::{Gone, tokens};
use crate::ocr;
use crate::worker::Confined;
use crate::write::WriteError;
use crate::{ReadError, Trace};

/// Fails where anything that was removed is recognized more often than what stays says it. `expected` are the words that each page
/// should say.
pub(super) async fn look(
    confined: &Confined,
    bytes: Vec<u8>,
    pages: Vec<usize>,
    gone: &Gone,
    expected: &[Vec<String>],
) -> Result<(), WriteError> {
    if gone.len() == 0 {
        return Ok(());
    }
    let found = ocr::again(confined, bytes, pages).await?;
    if found.len() != expected.len() {
        return Err(ReadError::Worker.into());
    }
    for (words, expected) in found.iter().zip(expected) {
        let said: Vec<String> = words.iter().flat_map(|word| tokens(&word.text)).collect();
        if more(gone, &said, expected) {
            return Err(WriteError::Inspection { found: Trace::Recognized });
        }
    }
    Ok(())
}

/// Whether a page says more of what was removed than it should.
fn more(gone: &Gone, said: &[String], expected: &[String]) -> bool {
    fn strings(all: &[String]) -> Vec<&str> {
        all.iter().map(String::as_str).collect()
    }
    let (counts, allowed) = (gone.counts(&strings(said)), gone.counts(&strings(expected)));
    let (run, run_allowed) = (said.concat(), expected.concat());
    counts.iter().zip(&allowed).any(|(count, allowed)| count > allowed)
        || gone.within(&run).zip(gone.within(&run_allowed)).any(|(count, allowed)| count > allowed)
}

#[cfg(test)]
mod tests {
    use deid::Span;

    use super::*;
    use crate::write::Edit;

    #[test]
    fn what_was_removed_is_found_and_what_stays_is_allowed() {
        let text = "Maria Garcia 884421";
        let edits = [(0, 12), (13, 19)].map(|(a, b)| Edit { span: Span::new(a, b), replacement: "[X]".into() });
        let gone = Gone::of(text, &edits);
        let all = |text: &str| tokens(text).collect::<Vec<_>>();
        for (said, expected, found) in [
            ("seen today", "seen today", false),
            ("seen by Maria Garcla", "seen by", true),
            ("No 88442l", "No", true),
            ("xx884421yy", "", true),
            ("No 884422", "No 884422", false),
            ("884422 and 884421", "884422", true),
            ("MARIA GARCIA", "", true),
        ] {
            assert_eq!(more(&gone, &all(said), &all(expected)), found, "{said}");
        }
    }
}
