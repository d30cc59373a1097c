//! RTF, in place. What the document says of itself goes, and so do pictures and objects that were not read.

use std::ops::Range;

use super::Splice;
use super::ground::{Change, Ground, Unit};
use crate::rtf::Unshown;

/// A document, and what its reader leaves out.
pub(super) struct Rtf<'t> {
    pub text: &'t str,
    pub unshown: &'t Unshown,
}

impl Rtf<'_> {
    /// Splices that take out what no text shows, and how many of them are pictures and objects.
    pub fn clean(&self, keep_unread: bool) -> (Vec<Splice>, usize) {
        let gone = self.unshown.gone.iter().filter(|(_, unread)| !(*unread && keep_unread));
        let unread = gone.clone().filter(|(_, unread)| *unread).count();
        // An empty group keeps what stands around it apart.
        (gone.map(|(at, _)| Splice { at: at.clone(), with: "{}".into() }).collect(), unread)
    }
}

impl Ground for Rtf<'_> {
    fn text(&self) -> &str {
        self.text
    }

    fn units(&self, _: &Range<usize>) -> Vec<Unit> {
        Vec::new()
    }

    fn escape(&self, at: &Range<usize>, with: &str) -> String {
        let mut out = String::new();
        // A control word would go on.
        let joined = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if self.text.get(..at.start).is_some_and(|t| t.ends_with(joined)) && with.starts_with(joined) {
            out.push_str("{}");
        }
        for c in with.chars() {
            match c {
                '\\' | '{' | '}' => out.extend(['\\', c]),
                '\n' => out.push_str("\\line "),
                '\t' => out.push_str("\\tab "),
                c if c.is_control() => out.push(' '),
                c if c.is_ascii() => out.push(c),
                c => {
                    let mut units = [0; 2];
                    let units = c.encode_utf16(&mut units).iter().map(|u| format!("\\u{}", u.cast_signed())).collect::<String>();
                    out.push_str(&format!("{{\\uc0{units}}}"));
                }
            }
        }
        out
    }

    fn splices(&self, said: &str, range: &Range<usize>, changes: &[Change]) -> Vec<Splice> {
        if self.text.get(range.clone()) == Some(said) {
            let moved = |at: &Range<usize>| range.start + at.start..range.start + at.end;
            return changes.iter().map(|c| Splice { with: self.escape(&moved(&c.at), &c.with), at: moved(&c.at) }).collect();
        }
        let edits: Vec<Splice> = changes.iter().map(|c| Splice { at: c.at.clone(), with: c.with.clone() }).collect();
        // What stands for a character goes with it.
        let end = self.unshown.fallbacks.binary_search_by_key(&range.end, |(end, _)| *end).ok().and_then(|i| self.unshown.fallbacks.get(i));
        let at = range.start..end.map_or(range.end, |(_, to)| *to);
        vec![Splice { with: self.escape(&at, &super::splice(said, &edits)), at }]
    }
}
