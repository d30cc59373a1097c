//! One surrogate person for each person of a record, in every form in which the name is written.

use std::collections::HashSet;

use super::ATTEMPTS;
use super::names::{any_language, is_female, language};
use super::seed::Draws;
use crate::Span;

/// A person who does not exist.
#[derive(Debug, Clone)]
pub(super) struct Persona {
    given: &'static str,
    surname: &'static str,
    /// Behind the hyphen of a double surname, and between given name and surname: empty where no mention has them.
    second: &'static str,
    middle: [&'static str; 2],
    /// The true name, in lower case: which part of a mention is which.
    real: (String, String),
}

/// What of a name a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Given,
    Middle(usize),
    Surname,
}

impl Persona {
    /// Draws a person of the language and, where the record shows it, the gender of the one who is met. After `ATTEMPTS` tries
    /// that language has no name left, and any will do.
    pub(super) fn draw(draws: &mut Draws, met: &Met, attempt: u32) -> Self {
        let (given, surname) = (met.given.to_lowercase(), met.surname.to_lowercase());
        let names = if attempt < ATTEMPTS { language(&given, &surname) } else { any_language(draws.below(usize::MAX)) };
        let female = met.female.or_else(|| is_female(&given)).unwrap_or_else(|| draws.below(2) == 0);
        let list = if female { &names.female } else { &names.male };
        let (given_name, surname_drawn) = (draws.pick(list), draws.pick(&names.surnames));
        let second = if met.hyphen { draws.pick(&names.surnames) } else { "" };
        let middle = if met.middle { [draws.pick(list), draws.pick(list)] } else { [""; 2] };
        Self { given: given_name, surname: surname_drawn, second, middle, real: (given, surname) }
    }

    /// The words that mean this person, in lower case; none if one of them stands twice.
    pub(super) fn words(&self) -> Option<HashSet<String>> {
        let [first, other] = self.middle;
        let words = || [self.given, self.surname, self.second, first, other].into_iter().filter(|word| !word.is_empty());
        let all: HashSet<String> = words().map(str::to_lowercase).collect();
        (all.len() == words().count()).then_some(all)
    }

    /// The mention with this person's name in it: same order, separators, initials, capitals.
    pub(super) fn written(&self, mention: &str) -> String {
        let tokens = tokens(mention);
        let names: Vec<Span> = tokens.iter().filter(|t| !stays(t.of(mention))).copied().collect();
        // What names it when every word is a particle or a title: all of them.
        let names = if names.is_empty() { tokens } else { names };
        let comma = mention.find([',', '^']);
        let surname_first =
            comma.is_some_and(|at| names.first().is_some_and(|n| n.end <= at) && names.last().is_some_and(|n| n.start > at));
        let mut out = String::with_capacity(mention.len() + 8);
        let mut at = 0;
        for (index, span) in names.iter().enumerate() {
            out += mention.get(at..span.start).unwrap_or("");
            let word = span.of(mention);
            let role = match (names.len(), index, surname_first) {
                (1, ..) => self.alone(word),
                (_, 0, true) => Role::Surname,
                (_, 1, true) | (_, 0, false) => Role::Given,
                (_, n, true) => Role::Middle(n - 2),
                (len, n, false) if n + 1 == len => Role::Surname,
                (_, n, false) => Role::Middle(n - 1),
            };
            out += &self.part(role, word);
            at = span.end;
        }
        out + mention.get(at..).unwrap_or("")
    }

    /// The ways in which an answer may write the name though the record does not: form, and what it means.
    pub(super) fn other_forms(&self, given: &str, surname: &str) -> Vec<(String, String)> {
        let mut forms = Vec::new();
        let (g, s) = (given.chars().count() > 1, !surname.is_empty());
        // `GARCIA, MARIA` reads better as a name.
        let plain = |name: &str| if name.chars().any(char::is_lowercase) { name.to_owned() } else { cased("Xx", &name.to_lowercase()) };
        let (given, surname) = (plain(given), plain(surname));
        if g && s {
            forms.push((format!("{} {}", self.given, self.surname), format!("{given} {surname}")));
            forms.push((format!("{}, {}", self.surname, self.given), format!("{surname}, {given}")));
        }
        forms.extend(g.then(|| (self.given.to_owned(), given)));
        forms.extend(s.then(|| (self.surname.to_owned(), surname)));
        forms
    }

    fn alone(&self, word: &str) -> Role {
        let word = word.to_lowercase();
        let (given, surname) = &self.real;
        if word != *surname && (word == *given || is_female(&word).is_some()) { Role::Given } else { Role::Surname }
    }

    fn part(&self, role: Role, word: &str) -> String {
        let name = match role {
            Role::Given => self.given,
            Role::Surname => self.surname,
            Role::Middle(n) => self.middle.get(n % 2).copied().filter(|m| !m.is_empty()).unwrap_or(self.given),
        };
        if word.chars().count() == 1 {
            return cased(word, name.get(..1).unwrap_or("X"));
        }
        match word.split_once('-') {
            Some((first, second)) if !first.is_empty() && !second.is_empty() => {
                let other = if role == Role::Surname { Some(self.second) } else { self.middle.get(1).copied() };
                let other = other.filter(|other| !other.is_empty()).unwrap_or(self.surname);
                format!("{}-{}", cased(first, name), cased(second, other))
            }
            _ => cased(word, name),
        }
    }
}

/// The words of a mention; a possessive ending is not part of one.
fn tokens(mention: &str) -> Vec<Span> {
    let mut tokens = Vec::new();
    let mut start = None;
    for (at, c) in mention.char_indices().chain([(mention.len(), ' ')]) {
        let joins = c.is_alphanumeric() || (start.is_some() && "'’-".contains(c));
        match (start, joins) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let word = mention.get(from..at).unwrap_or("");
                let bare = ["'s", "’s", "'S", "’S"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
                tokens.push(Span::new(from, from + bare.trim_end_matches(['\'', '’', '-']).len()));
                start = None;
            }
            _ => {}
        }
    }
    tokens
}

/// Titles, particles, generations and credentials: they name nobody, and stay.
fn stays(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "mr" | "mrs"
            | "ms"
            | "miss"
            | "dr"
            | "prof"
            | "herr"
            | "frau"
            | "sr"
            | "sra"
            | "mme"
            | "jr"
            | "ii"
            | "iii"
            | "iv"
            | "md"
            | "do"
            | "rn"
            | "np"
            | "phd"
            | "de"
            | "la"
            | "del"
            | "da"
            | "dos"
            | "van"
            | "der"
            | "den"
            | "von"
            | "bin"
            | "al"
            | "el"
            | "y"
    )
}

/// What a record tells about one person, over all mentions.
#[derive(Debug, Clone)]
pub(super) struct Met {
    pub(super) ordinal: u32,
    /// Empty, an initial, or the name as it is written.
    pub(super) given: String,
    pub(super) surname: String,
    female: Option<bool>,
    middle: bool,
    hyphen: bool,
}

impl Met {
    /// What one mention tells.
    pub(super) fn new(ordinal: u32, text: &str, mention: Span) -> Self {
        let words = mention.of(text);
        let names: Vec<String> = tokens(words).iter().map(|t| t.of(words).to_owned()).filter(|w| !stays(w)).collect();
        let (given, surname) = match names.as_slice() {
            [] => Default::default(),
            [one] if is_female(&one.to_lowercase()).is_some() => (one.clone(), String::new()),
            [one] => (String::new(), one.clone()),
            [first, second, ..] if words.contains([',', '^']) => (second.clone(), first.clone()),
            [first, .., last] => (first.clone(), last.clone()),
        };
        let hyphen = names.iter().any(|name| name.contains('-'));
        Self { ordinal, given, surname, female: shown_female(text, mention), middle: names.len() > 2 || hyphen, hyphen }
    }

    /// What another mention tells as well.
    pub(super) fn also(&mut self, other: Met) {
        if other.given.len() > self.given.len() {
            self.given = other.given;
        }
        if self.surname.is_empty() {
            self.surname = other.surname;
        }
        self.female = self.female.or(other.female);
        self.middle |= other.middle;
        self.hyphen |= other.hyphen;
    }
}

/// Whether the text shows the gender of the one mentioned: a title before, a pronoun soon behind.
pub(super) fn shown_female(text: &str, mention: Span) -> Option<bool> {
    let before = text.get(..mention.start).unwrap_or("").trim_end_matches([' ', '.']);
    let title = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("").to_lowercase();
    match title.as_str() {
        "mrs" | "ms" | "miss" | "frau" | "sra" | "mme" | "señora" | "madame" | "daughter" | "wife" | "mother" | "sister" => {
            return Some(true);
        }
        "mr" | "herr" | "señor" | "monsieur" | "son" | "husband" | "father" | "brother" => return Some(false),
        _ => {}
    }
    let behind = text.get(mention.end..).unwrap_or("").split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty());
    behind.take(14).find_map(|word| match word.to_lowercase().as_str() {
        "she" | "her" | "hers" | "woman" | "female" | "sie" | "ella" | "elle" => Some(true),
        "he" | "his" | "him" | "man" | "male" | "él" => Some(false),
        _ => None,
    })
}

/// `word` with the capitals of `like`: all of them, none, or the first of each part.
pub(super) fn cased(like: &str, word: &str) -> String {
    let letters = || like.chars().filter(|c| c.is_alphabetic());
    if letters().count() > 1 && letters().all(char::is_uppercase) {
        return word.to_uppercase();
    }
    if letters().count() > 0 && letters().all(char::is_lowercase) {
        return word.to_lowercase();
    }
    let mut out = String::with_capacity(word.len());
    let mut first = true;
    for c in word.chars() {
        if first && c.is_alphabetic() {
            out.extend(c.to_uppercase())
        } else {
            out.push(c)
        }
        first = !c.is_alphanumeric() && c != '\'';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn persona() -> Persona {
        Persona {
            given: "Elena",
            surname: "Ortega",
            second: "Zamora",
            middle: ["Marta", "Silvia"],
            real: ("maria".into(), "garcia".into()),
        }
    }

    #[test]
    fn one_person_in_every_form() {
        for (from, to) in [
            ("Maria Garcia", "Elena Ortega"),
            ("Garcia", "Ortega"),
            ("Ms. Garcia", "Ms. Ortega"),
            ("Maria", "Elena"),
            ("GARCIA, MARIA", "ORTEGA, ELENA"),
            ("GARCIA^MARIA^A", "ORTEGA^ELENA^M"),
            ("Garcia, Maria A.", "Ortega, Elena M."),
            ("M. Garcia", "E. Ortega"),
            ("maria garcia", "elena ortega"),
            ("Maria Ana Garcia", "Elena Marta Ortega"),
            ("Maria Garcia-Lopez", "Elena Ortega-Zamora"),
            ("Maria de la Garcia", "Elena de la Ortega"),
            ("Garcia's", "Ortega's"),
            ("Maria\n  Garcia", "Elena\n  Ortega"),
            ("Maria Garcia, MD", "Elena Ortega, MD"),
            ("Maria Garcia Jr.", "Elena Ortega Jr."),
        ] {
            assert_eq!(persona().written(from), to);
        }
    }

    #[test]
    fn gender_in_the_text() {
        for (text, expected) in [
            ("Mrs. Kim", Some(true)),
            ("Mr Kim", Some(false)),
            ("Kim came; she left", Some(true)),
            ("Kim lost his keys", Some(false)),
            ("Dr. Kim", None),
        ] {
            let at = text.find("Kim").unwrap();
            assert_eq!(shown_female(text, Span::new(at, at + 3)), expected, "{text}");
        }
    }
}
