//! The sentences that a question needs (45 CFR 164.502(b), minimum necessary).

use crate::Span;

/// The spans of the sentences and lines of `text` for which `keep` says yes, for [`super::Plan::needed`].
pub fn needed(text: &str, keep: &dyn Fn(&str) -> bool) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    let mut word = 0;
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        // Behind a short word a full stop ends an abbreviation (`Dr. Ruiz`), not a sentence.
        let stop = matches!(c, '.' | '!' | '?') && word > 3 && next.is_none_or(char::is_whitespace);
        word = if c.is_alphanumeric() { word + 1 } else { 0 };
        if c == '\n' || stop || next.is_none() {
            let span = Span::new(start, at + c.len_utf8());
            start = span.end;
            if !span.of(text).trim().is_empty() && keep(span.of(text).trim()) {
                spans.push(span);
            }
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_and_lines() {
        let text = "Seen by Dr. Ruiz today. Pain is better!\nLives alone. Smokes";
        let all: Vec<&str> = needed(text, &|_| true).iter().map(|s| s.of(text).trim()).collect();
        assert_eq!(all, ["Seen by Dr. Ruiz today.", "Pain is better!", "Lives alone.", "Smokes"]);
        let some = needed(text, &|sentence| sentence.contains("Pain"));
        assert_eq!(some.iter().map(|s| s.of(text)).collect::<Vec<_>>(), [" Pain is better!\n"].map(|s| s.trim_end_matches('\n')));
    }
}
