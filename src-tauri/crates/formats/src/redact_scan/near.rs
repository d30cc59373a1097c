//! Words that are nearly those that were removed: recognition mistakes a letter here and there.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::write::Edit;

/// Removed words of fewer letters and digits have to be found as they are,
const FUZZY: usize = 5;
/// and those of fewer are looked for nowhere: they occur by chance.
const SHORTEST: usize = 3;

/// The words of a text: runs of letters and digits, in lower case.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    words.into_iter()
}

/// What was removed, without blanks and signs.
pub(super) struct Gone(Vec<(String, usize)>);

/// Where something that was removed stands.
pub(super) struct Nearly {
    /// Which of them.
    pub which: usize,
    /// In these tokens.
    pub tokens: Range<usize>,
}

impl Gone {
    /// The texts under the edits, but for those that stay as they are.
    pub fn of(text: &str, edits: &[Edit]) -> Self {
        let removed = edits.iter().filter(|e| e.span.of(text) != e.replacement).map(|e| {
            let tokens: Vec<String> = tokens(e.span.of(text)).collect();
            (tokens.concat(), tokens.len())
        });
        let distinct: BTreeSet<(String, usize)> = removed.filter(|(word, _)| word.chars().count() >= SHORTEST).collect();
        Self(distinct.into_iter().collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Every place where one of them stands, but for one letter. Recognition may also part a word in two, or join two.
    pub fn found(&self, said: &[&str]) -> Vec<Nearly> {
        let mut found = Vec::new();
        for (which, (word, count)) in self.0.iter().enumerate() {
            let letters = word.chars().count();
            for size in count.saturating_sub(1).max(1)..=count + 1 {
                for (at, window) in said.windows(size).enumerate() {
                    let length: usize = window.iter().map(|t| t.len()).sum();
                    // A letter has four bytes at most.
                    if length.abs_diff(word.len()) > 4 {
                        continue;
                    }
                    let joined = window.concat();
                    if joined == *word || letters >= FUZZY && near(&joined, word) {
                        found.push(Nearly { which, tokens: at..at + size });
                    }
                }
            }
        }
        found
    }

    /// How often each of them is found.
    pub fn counts(&self, said: &[&str]) -> Vec<usize> {
        let mut counts = vec![0; self.0.len()];
        self.found(said).iter().for_each(|nearly| counts.iter_mut().skip(nearly.which).take(1).for_each(|c| *c += 1));
        counts
    }

    /// How often each of them stands in letters that run together.
    pub fn within(&self, run: &str) -> impl Iterator<Item = usize> {
        self.0.iter().map(move |(word, _)| run.match_indices(word.as_str()).count())
    }
}

/// Whether one letter more, less or other makes one word of the other.
fn near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let begin = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    begin + end + 1 >= a.len().max(b.len())
}

#[cfg(test)]
mod tests {
    use deid::Span;

    use super::*;

    #[test]
    fn one_letter_is_not_enough_to_hide_a_word() {
        for other in ["garcia", "garcla", "garci", "arcia", "garciia", "gaarcia"] {
            assert!(near("garcia", other), "{other}");
        }
        for other in ["garc", "gracia", "garclo", "marcio", "garciaab"] {
            assert!(!near("garcia", other), "{other}");
        }
        let text = "Maria Garcia, MR 884421, in 1961";
        let spans = [(0, 12), (17, 23), (28, 32)];
        let edits = spans.map(|(a, b)| Edit { span: Span::new(a, b), replacement: "[X]".into() });
        let gone = Gone::of(text, &edits);
        let found = |said: &str| {
            let said: Vec<String> = tokens(said).collect();
            gone.counts(&said.iter().map(String::as_str).collect::<Vec<_>>()).iter().sum::<usize>()
        };
        for said in ["Maria-Garcia", "MariaGarcia", "Mar ia Garcia", "Marla Garcia", "No. 884421", "88442l", "8844 21", "(1961)"] {
            assert_eq!(found(said), 1, "{said}");
        }
        for said in ["Mario Garcio", "Maria", "1962", "884400", "19611"] {
            assert_eq!(found(said), 0, "{said}");
        }
    }
}
