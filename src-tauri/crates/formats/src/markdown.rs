//! Markdown (CommonMark): the text is the file itself, marks and targets of links included. Where a mark or a reference stands inside
//! a word, no recognizer sees the word whole; that is counted and said.

use crate::draft::Draft;
use crate::{Note, entities};

/// Says where words are hidden.
pub(crate) fn notes(draft: &mut Draft) {
    let text = draft.text();
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let before = |at: usize| is_letter(text.get(..at).and_then(|t| t.chars().next_back()));
    let references = text.match_indices('&').filter(|(at, _)| match entities::entity(rest(at + 1)) {
        Some((c, _)) => c.is_alphanumeric(),
        None => entities::is_unknown(rest(at + 1)),
    });
    // `Gar<b>cia</b>`, `Gar**cia**`; not `snake_case`, where the mark is one and means nothing.
    let tags = text.match_indices('<').filter(|(at, _)| {
        let near = rest(at + 1).get(..rest(at + 1).floor_char_boundary(256)).unwrap_or_default();
        let tag = near.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        tag && before(*at) && near.find('>').is_some_and(|end| is_letter(near.get(end + 1..).and_then(|r| r.chars().next())))
    });
    let marks = text.match_indices("**").filter(|(at, _)| before(*at) && is_letter(rest(at + 2).chars().next()));
    let count = references.count() + tags.count() + marks.count();
    draft.notes.extend((count > 0).then_some(Note::PartsNotRead { count }));
}
