//! The table at work on the records of a case.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::calendar::{self, Date, Order};
use super::person::{Met, Persona};
use super::signs::{Signs, signs};
use super::{ATTEMPTS, Grain, Operator, Plan, Preset, Shift, age, generalize, mask, surrogate};
use crate::placeholder::{Numbering, is_restorable, reading_order, whole_names_first};
use crate::{Detection, EntityType, Kind, Phi, Reviewed, Source, Span, Vault, VaultEntry};

/// A record after the operators.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What may be shown to a model once the pipeline has looked at it again; made by [`crate::Pipeline`] it has been.
    pub text: Phi<String>,
    /// What was replaced or kept as an identifier, and what was left out: in reading order.
    pub pieces: Vec<Piece>,
    /// The way back, and every original that must not leave; in a case those of this record alone.
    pub vault: Vault,
}

/// One stretch of a record that an operator treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it stood in the record, in bytes.
    pub original: Span,
    /// Where it stands in the text, in bytes.
    pub new: Span,
    /// What it identifies; none for a passage that was left out.
    pub entity: Option<EntityType>,
    /// What was done. A placeholder where the table's operator could not treat this value.
    pub operator: Operator,
    /// Whether the vault turns it back in an answer.
    pub reversible: bool,
}

impl Piece {
    /// Whether the words are not the record's own, or are an identifier that the table lets stand.
    pub(crate) fn is_settled(&self) -> bool {
        self.operator != Operator::Keep || self.entity.is_some_and(|entity| entity.kind() == Kind::Direct)
    }
}

/// What stands for a redacted value, whatever its length.
const BLACK: &str = "█████";
/// What stands for a passage that is not needed.
const LEFT_OUT: &str = "[...]";
/// The records of one case: the same person, the same value, gets the same stand-in in all of them.
pub struct Case<'p> {
    plan: Plan<'p>,
    numbering: Numbering,
    /// Every letter and digit of the records, and every word, in lower case: no surrogate is one of them.
    signs: Signs,
    words: HashSet<String>,
    /// Whose surrogates these are.
    used: HashMap<String, (EntityType, u32)>,
    attempts: HashMap<(EntityType, u32), u32>,
    people: HashMap<u32, Persona>,
    /// Whether there was no name left for one of them.
    crowded: bool,
    order: Option<Order>,
    latest_year: Option<i32>,
}

impl<'p> Case<'p> {
    /// A case that begins with `text`: all that is applied at once, as a record and a question about it.
    pub fn new(plan: &Plan<'p>, text: &str) -> Self {
        let mut case = Self {
            plan: plan.clone(),
            numbering: Numbering::new(text),
            signs: Signs::default(),
            words: HashSet::new(),
            used: HashMap::new(),
            attempts: HashMap::new(),
            people: HashMap::new(),
            crowded: false,
            order: Some(Order::MonthFirst),
            latest_year: plan.year,
        };
        case.look_at(text);
        case
    }

    /// A case of records and a question about them. Who is in any of them, and how dates are written, is known before the first is
    /// treated: a surname in the first finds its person in the last.
    pub(crate) fn of(plan: &Plan<'p>, records: &[Reviewed<'_>], question: &str) -> Self {
        let texts: Vec<&str> = records.iter().map(|record| record.text).chain([question]).collect();
        let mut case = Self::new(plan, &texts.join("\n"));
        if records.len() > 1 {
            case.meet(records);
        }
        case
    }

    fn meet(&mut self, records: &[Reviewed<'_>]) {
        let all =
            |entity| records.iter().flat_map(move |r| r.detections.iter().filter(move |d| d.entity == entity).map(|d| (r.text, d.span)));
        let dates = || all(EntityType::Date).map(|(text, span)| span.of(text).trim());
        self.order = calendar::order(dates(), self.order);
        self.latest_year = self.latest_year.max(generalize::latest_year(dates(), self.order));
        let mut people: Vec<(&str, Span)> = all(EntityType::Person).collect();
        people.sort_by_key(|(text, span)| whole_names_first(span.of(text)));
        self.draw_people(&people);
    }

    /// Treats a record. `detections` are resolved: ordered, without overlaps. `needed` are the spans of this record that stay;
    /// none: all of it, or under [`Preset::MinimumNecessary`] nothing.
    pub fn apply(&mut self, text: &str, detections: &[Detection], needed: Option<&[Span]>) -> Applied {
        let nothing: &[Span] = &[];
        self.treat(text, detections, needed.or((self.plan.operators.preset() == Preset::MinimumNecessary).then_some(nothing)))
    }

    /// Treats a text all of which is needed, such as the question.
    pub(crate) fn apply_whole(&mut self, text: &str, detections: &[Detection]) -> Applied {
        self.treat(text, detections, None)
    }

    fn treat(&mut self, text: &str, detections: &[Detection], needed: Option<&[Span]>) -> Applied {
        self.look_at(text);
        let with_years;
        let detections = if self.plan.operators.of(EntityType::Date) == Operator::Generalize(Grain::Year) {
            with_years = with_birth_years(text, detections);
            &with_years
        } else {
            detections
        };
        let dates = || detections.iter().filter(|d| d.entity == EntityType::Date).map(|d| d.span.of(text).trim());
        self.order = calendar::order(dates(), self.order);
        self.latest_year = self.latest_year.max(generalize::latest_year(dates(), self.order));
        let left_out = needed.map(|needed| left_out(text, detections, needed)).unwrap_or_default();
        let dropped = |d: &Detection| left_out.iter().any(|gap| gap.overlaps(&d.span));
        self.meet_people(text, detections, &dropped);
        let states = generalize::states(text, detections);

        let mut written: Vec<(Operator, String)> = vec![(Operator::Redact, String::new()); detections.len()];
        for index in reading_order(text, detections) {
            let (Some(detection), Some(slot)) = (detections.get(index), written.get_mut(index)) else { continue };
            if dropped(detection) {
                self.numbering.vault_mut().remember_only(detection.entity, detection.span.of(text));
                continue;
            }
            let next = detections.get(index + 1);
            *slot = self.operated(text, detection, next, &states);
        }
        let treated = detections.iter().zip(written).filter(|(d, _)| !dropped(d)).map(|(d, (operator, words))| {
            let restorable = operator != Operator::Placeholder || is_restorable(d.entity);
            (d.span, Some(d.entity), operator, words, operator.is_reversible() && restorable)
        });
        let mut all: Vec<_> =
            treated.chain(left_out.iter().map(|gap| (*gap, None, Operator::Redact, LEFT_OUT.to_owned(), false))).collect();
        all.sort_by_key(|(span, ..)| *span);

        let mut out = String::with_capacity(text.len());
        let mut pieces = Vec::with_capacity(all.len());
        let mut at = 0;
        for (original, entity, operator, words, reversible) in all {
            out += text.get(at..original.start).unwrap_or("");
            let new = Span::new(out.len(), out.len() + words.len());
            out += &words;
            pieces.push(Piece { original, new, entity, operator, reversible });
            at = original.end.max(at);
        }
        out += text.get(at..).unwrap_or("");
        if self.numbering.vault().shift().is_some() {
            // Dates that stay as they are, because nobody marked them, must not be moved in an answer.
            for (at, _) in Date::all(&out, self.order)
                .into_iter()
                .filter(|(at, _)| !pieces.iter().any(|p| p.new.overlaps(&Span::new(at.start, at.end))))
            {
                let words = out.get(at).unwrap_or("");
                let entry = VaultEntry { placeholder: words.to_owned(), entity: EntityType::Date, original: Phi::from(words) };
                self.numbering.vault_mut().insert_form(entry);
            }
        }
        Applied { text: Phi::new(out), pieces, vault: std::mem::take(self.numbering.vault_mut()) }
    }

    /// What is written for a detection, and by which operator: a placeholder where the table's own has nothing to write.
    fn operated(
        &mut self,
        text: &str,
        detection: &Detection,
        next: Option<&Detection>,
        states: &HashMap<String, String>,
    ) -> (Operator, String) {
        let entity = detection.entity;
        let whole = detection.span.of(text);
        let words = whole.trim();
        let operator = match self.plan.operators.of(entity) {
            // Whatever the table says (PCI DSS 3.3).
            operator if !is_restorable(entity) && operator != Operator::Redact => Operator::Placeholder,
            // A year alone is not moved: it is no finer than what a shift could hide.
            Operator::ShiftDate { .. } if is_year(words) => Operator::Keep,
            operator => operator,
        };
        let made = match operator {
            Operator::Placeholder => None,
            Operator::Keep => return (operator, whole.to_owned()),
            Operator::Redact => Some(BLACK.to_owned()),
            Operator::Mask => Some(mask::masked(words)),
            Operator::Surrogate => self.surrogate(entity, words),
            Operator::ShiftDate { keep_weekday } => self.shifted(words, keep_weekday),
            Operator::Generalize(grain) => self.generalized(text, detection, next, states, grain),
        };
        match made {
            Some(made) => {
                if operator.is_reversible() {
                    let entry = VaultEntry { placeholder: made.clone(), entity, original: Phi::from(words) };
                    self.numbering.vault_mut().insert(entry);
                } else {
                    self.numbering.vault_mut().remember_only(entity, words);
                }
                let (before, behind) = (whole.len() - whole.trim_start().len(), whole.trim_end().len());
                (operator, format!("{}{made}{}", whole.get(..before).unwrap_or(""), whole.get(behind..).unwrap_or("")))
            }
            None => (Operator::Placeholder, self.numbering.placeholder(entity, whole)),
        }
    }

    fn generalized(
        &self,
        text: &str,
        detection: &Detection,
        next: Option<&Detection>,
        states: &HashMap<String, String>,
        grain: Grain,
    ) -> Option<String> {
        let words = detection.span.of(text).trim();
        let beside = |entity| next.is_some_and(|n| n.entity == entity && n.span.start <= detection.span.end + 3);
        match grain {
            Grain::Year | Grain::Quarter | Grain::Month => {
                generalize::date(words, grain, self.order, self.plan.year.or(self.latest_year), self.latest_year)
            }
            Grain::Over89 | Grain::FiveYears | Grain::TenYears => age::generalized(words, grain),
            // `80331 München`: five digits before the town are no ZIP.
            Grain::Zip3 if beside(EntityType::City) => None,
            Grain::Zip3 => generalize::zip3(words),
            Grain::State => {
                let state = states.get(&words.to_lowercase())?;
                Some(if beside(EntityType::State) { "(town)".to_owned() } else { state.clone() })
            }
        }
    }

    fn shifted(&mut self, words: &str, keep_weekday: bool) -> Option<String> {
        let (seed, order) = (self.plan.seed?, self.order);
        let shift = Shift::drawn(seed, keep_weekday, order);
        let made = shift.apply(words)?;
        self.numbering.vault_mut().set_shift(shift);
        Some(made)
    }

    fn surrogate(&mut self, entity: EntityType, words: &str) -> Option<String> {
        let seed = self.plan.seed?;
        let ordinal = self.numbering.ordinal(entity, words);
        if entity == EntityType::Person {
            let made = self.people.get(&ordinal)?.written(words);
            // Initials alone, and what stands in a record that came later, would not find the way back.
            let own = |word: &str| word.chars().count() > 2 && !words.to_lowercase().contains(&word.to_lowercase());
            let fit = made.split(|c: char| !c.is_alphanumeric()).any(own) && !self.stands(&made, words);
            return fit.then_some(made);
        }
        let known = self.attempts.get(&(entity, ordinal)).copied();
        let tries = known.map_or(0..ATTEMPTS, |attempt| attempt..attempt + 1);
        for attempt in tries {
            let made = surrogate::drawn(entity, words, &mut seed.draws(entity, ordinal, attempt))?;
            let key = signs(&made);
            let owner = self.used.get(&key).is_none_or(|owner| *owner == (entity, ordinal));
            // The last look at the bytes would take one that is another's original written backwards for that.
            let backwards: String = key.chars().rev().collect();
            if key.chars().count() >= 4 && owner && !self.signs.hold(&key) && !self.signs.hold(&backwards) {
                self.used.insert(key, (entity, ordinal));
                self.attempts.insert((entity, ordinal), attempt);
                return Some(made);
            }
        }
        None
    }

    /// Whether a word of the surrogate that is not a word of the mention stands in a record.
    fn stands(&self, made: &str, mention: &str) -> bool {
        let kept: HashSet<String> = words(mention).collect();
        words(made).any(|word| word.chars().count() > 2 && !kept.contains(&word) && self.words.contains(&word))
    }

    /// Meets the people of a record: how an answer may write them comes into its vault.
    fn meet_people(&mut self, text: &str, detections: &[Detection], dropped: &dyn Fn(&Detection) -> bool) {
        let order = reading_order(text, detections).into_iter().filter_map(|index| detections.get(index));
        let mentions: Vec<(&str, Span)> = order.filter(|d| d.entity == EntityType::Person && !dropped(d)).map(|d| (text, d.span)).collect();
        for met in self.draw_people(&mentions) {
            let Some(persona) = self.people.get(&met.ordinal) else { continue };
            for (form, original) in persona.other_forms(&met.given, &met.surname) {
                let entry = VaultEntry { placeholder: form, entity: EntityType::Person, original: Phi::new(original) };
                self.numbering.vault_mut().insert_form(entry);
            }
        }
    }

    /// Numbers people, and draws a surrogate for each who has none: first all that is written about them, then the name.
    fn draw_people(&mut self, mentions: &[(&str, Span)]) -> Vec<Met> {
        let surrogates = self.plan.operators.of(EntityType::Person) == Operator::Surrogate;
        let mut people: Vec<Met> = Vec::new();
        for (text, span) in mentions {
            let met = Met::new(self.numbering.ordinal(EntityType::Person, span.of(text)), text, *span);
            match people.iter_mut().find(|one| one.ordinal == met.ordinal) {
                Some(known) => known.also(met),
                None => people.push(met),
            }
        }
        let Some(seed) = self.plan.seed.filter(|_| surrogates) else { return Vec::new() };
        for met in &people {
            if !self.people.contains_key(&met.ordinal) {
                let free = |word: &String| !self.words.contains(word) && !self.used.contains_key(word);
                let draw = |attempt| {
                    let persona = Persona::draw(&mut seed.draws(EntityType::Person, met.ordinal, attempt), met, attempt);
                    let words = persona.words()?;
                    words.iter().all(free).then_some((words, persona))
                };
                // Where one was not found in all attempts, the names are about used up, and the next gets a placeholder sooner.
                let (of_language, of_any) = if self.crowded { (ATTEMPTS / 4, ATTEMPTS / 4) } else { (ATTEMPTS, ATTEMPTS * 3) };
                let drawn = (0..of_language).chain(ATTEMPTS..ATTEMPTS + of_any).find_map(draw);
                self.crowded |= drawn.is_none();
                if let Some((words, persona)) = drawn {
                    self.used.extend(words.into_iter().map(|word| (word, (EntityType::Person, met.ordinal))));
                    self.people.insert(met.ordinal, persona);
                }
            }
        }
        people
    }

    fn look_at(&mut self, text: &str) {
        self.signs.add(&signs(text));
        self.words.extend(words(text));
    }
}

/// What is not needed: without the blanks around it, and without detections that a needed span touches.
fn left_out(text: &str, detections: &[Detection], needed: &[Span]) -> Vec<Span> {
    // A span that cuts a character in two is none: with it, less is left out than was asked for.
    let mut kept: Vec<Span> = needed.iter().filter(|span| text.get(span.start..span.end).is_some()).copied().collect();
    kept.extend(detections.iter().map(|d| d.span).filter(|d| needed.iter().any(|n| n.overlaps(d) && text.get(n.start..n.end).is_some())));
    kept.sort();
    kept.push(Span::new(text.len(), text.len()));
    let mut gaps = Vec::new();
    let mut at = 0;
    for span in kept {
        let words = text.get(at..span.start).unwrap_or("");
        let start = at + words.len() - words.trim_start().len();
        if !words.trim().is_empty() {
            gaps.push(Span::new(start, start + words.trim().len()));
        }
        at = at.max(span.end);
    }
    gaps
}

/// The detections and the years of birth that stand alone: a year may stay, but not where it shows an age over 89.
fn with_birth_years(text: &str, detections: &[Detection]) -> Vec<Detection> {
    static BORN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:born(?:\s+in)?|yob|birth\s+year|year\s+of\s+birth|dob|date\s+of\s+birth)\s*[:=]?\s*(?P<y>(?:19|20)\d{2})\b")
            .ok()
    });
    let mut all = detections.to_vec();
    for hit in BORN.iter().flat_map(|pattern| pattern.captures_iter(text)).filter_map(|c| c.name("y")) {
        let span = Span::new(hit.start(), hit.end());
        if !detections.iter().any(|d| d.span.overlaps(&span)) {
            all.push(Detection { span, entity: EntityType::Date, confidence: 1.0, source: Source::Rule("birth_year".into()) });
        }
    }
    all.sort_by_key(|d| d.span);
    all
}

fn is_year(words: &str) -> bool {
    let words = words.trim();
    words.len() == 4 && words.bytes().all(|b| b.is_ascii_digit())
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::{Operators, Seed};

    /// No such table can be made; if one were, it would change nothing.
    #[test]
    fn security_codes_and_secrets_never_stand_whatever_the_table_says() {
        let seed = Seed::new([1; 32]);
        let text = "CVV 417, password hunter2!!";
        let mark = |start, end, entity| Detection { span: Span::new(start, end), entity, confidence: 1.0, source: Source::Model };
        let detections = [mark(4, 7, EntityType::CardSecurityCode), mark(18, 27, EntityType::Secret)];
        for operator in [Operator::Keep, Operator::Mask, Operator::Surrogate, Operator::Placeholder] {
            let table = [EntityType::CardSecurityCode, EntityType::Secret].map(|entity| (entity, operator)).into();
            let operators = Operators { preset: Preset::HipaaLimitedDataSet, table };
            let applied = Case::new(&Plan { operators, seed: Some(&seed), ..Plan::default() }, text).apply(text, &detections, None);
            assert_eq!(applied.text.expose(), "CVV [CARD_SECURITY_CODE], password [SECRET]");
            assert_eq!(applied.vault.entries().count(), 0);
            assert!(applied.pieces.iter().all(|piece| !piece.reversible));
        }
    }
}
