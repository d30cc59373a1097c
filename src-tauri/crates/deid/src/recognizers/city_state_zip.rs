//! City, state and ZIP together (USPS Publication 28, appendix B: state abbreviations).

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    CITY_STATE_ZIP = r"(?P<city>[A-Z][A-Za-z.'-]+(?:\s[A-Z][A-Za-z.'-]+){0,3}),?\s+(?P<state>A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])\.?\s+(?P<zip>\d{5}(?:-\d{4})?)\b";
    CITY_STATE = r"\b(?P<city>[A-Z][a-z.'-]+(?:\s[A-Z][a-z.'-]+){0,2}),\s(?P<state>A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[AEINOST]|N[CDEHJMVY]|O[HKR]|PR|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::{City, PostalCode, State};
    for (pattern, confidence) in [(&*CITY_STATE_ZIP, 0.93), (&*CITY_STATE, 0.8)] {
        for captures in pattern.captures_iter(text.0).filter(|captures| is_place(captures)) {
            for (group, entity) in [("city", City), ("state", State), ("zip", PostalCode)] {
                if let Some(hit) = captures.name(group) {
                    let (span, source) = (crate::Span::new(hit.start(), hit.end()), crate::Source::Rule("city_state_zip".into()));
                    found.push(Detection { span, entity, confidence, source });
                }
            }
        }
    }
}

/// Abbreviations that are words too (`ID`, `IN`, `OR`) name a state only behind a comma.
fn is_place(captures: &regex::Captures<'_>) -> bool {
    let words = ["AL", "CO", "DE", "HI", "ID", "IN", "LA", "MA", "MD", "ME", "OH", "OK", "OR", "PA"];
    let comma = captures.get(0).is_some_and(|whole| whole.as_str().contains(','));
    comma || captures.name("state").is_some_and(|state| !words.contains(&state.as_str()))
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Duluth, MN 55802", &[("Duluth", City), ("MN", State), ("55802", PostalCode)]),
            ("Salt Lake City UT 84101-1234", &[("Salt Lake City", City), ("UT", State), ("84101-1234", PostalCode)]),
            ("moved to Boise, ID last year", &[("Boise", City), ("ID", State)]),
            ("Ana Ruiz, MD 2024", &[("Ana Ruiz", Person)]),
            ("Employee ID 44821", &[("44821", UniqueId)]),
            ("IN 2024 HE CAME", &[]),
        ]);
    }
}
