//! City, state and ZIP together (USPS Publication 28, appendix B: state abbreviations; Canada Post: provinces; Australia Post: states); towns behind their label.

use super::labelled::{Label, Needs, Place, Value, shaped};
use super::{Text, patterns};
use crate::{Detection, EntityType};

macro_rules! city {
    () => {
        r"(?P<city>[A-Z][A-Za-z.'-]+(?:\x20[A-Z][A-Za-z.'-]+){0,3})"
    };
}
macro_rules! state {
    () => {
        r"(?:A[AEKLPRZ]|C[AOT]|D[CE]|FL|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY])"
    };
}
macro_rules! state_name {
    () => {
        r"(?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New\x20(?:Hampshire|Jersey|Mexico|York)|(?:North|South)\x20(?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode\x20Island|Tennessee|Texas|Utah|Vermont|(?:West\x20)?Virginia|Washington|Wisconsin|Wyoming|Puerto\x20Rico|Ontario|Quebec|Alberta|Manitoba|Saskatchewan|Nova\x20Scotia|New\x20Brunswick|British\x20Columbia)"
    };
}

patterns! {
    CITY_STATE_ZIP = concat!(city!(), r",?\s{1,8}(?P<state>", state!(), r")\b\.?,?\s{1,8}(?P<zip>\d{5}(?:-\d{4}|\d{4})?)\b");
    CITY_STATE = "\\b(?P<city>[A-Z][a-z.'-]+(?:\\x20[A-Z][a-z.'-]+){0,2}),\\s(?P<state>A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[AEINOST]|N[CDEHJMVY]|O[HKR]|PR|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])\\b";
    CITY_STATE_NAME = concat!(city!(), r",\s(?P<state>", state_name!(), r")\b(?:,?\s{1,4}(?P<zip>\d{5}(?:-\d{4})?)\b)?");
    STATE_NAME_ZIP = concat!(r"\b(?P<state>", state_name!(), r")\b,?\s{1,4}(?P<zip>\d{5}(?:-\d{4})?)\b");
    CANADA = concat!(city!(), r",?\s{1,4}(?P<state>AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT)\s{1,4}(?P<zip>[A-Z]\d[A-Z]\x20?\d[A-Z]\d)\b");
    AUSTRALIA = concat!(city!(), r",?\s{1,4}(?P<state>NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s{1,4}(?P<zip>\d{4})\b");
    BRITAIN = concat!(city!(), r",?\s{1,4}(?P<zip>[A-Z]{1,2}\d[A-Z0-9]?\x20\d[ABD-HJLNP-UW-Z]{2})\b");
    GERMANY = r"(?:straße|strasse|str\.|weg|platz|gasse|allee|damm|ufer)\x20\d{1,4}\x20?[a-z]?,?\s{1,8}(?:D-)?(?P<zip>\d{5})\x20(?P<city>\p{Lu}[\p{L}.-]+(?:\x20(?:am|an\x20der|im)\x20\p{Lu}\p{L}+)?)";
    WORDS = r"^\p{Lu}[\p{L}.'’-]*(?:\x20(?:\p{Lu}[\p{L}.'’-]*|de|la|le|les|du|del|of|upon|sur|am)){0,4}";
    ENDS = r"\x20(?:State|Zip|ZIP|County|Country|Phone|Postal|Address|STATE|COUNTRY|Postcode|Province)\b";
    NOT_TOWNS = r"(?i)^(?:of|the|and|state|zip|code|name|unknown|none|n/?a|see|same|dob|date|current|capacity|drug)\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "city|town|city town|cityname|municipality|county|place of birth|birthplace|birth place|village|suburb|locality|\
            district|hometown|ort|ciudad|ville",
        needs: Needs::Colon,
        entity: EntityType::City,
        rule: "city",
        sure: 0.85,
        value: place,
    },
    Label {
        words: "state|province|st prov|state province",
        needs: Needs::Colon,
        entity: EntityType::State,
        rule: "state",
        sure: 0.85,
        value: state,
    },
    Label {
        words: "country|country of birth|country of residence",
        needs: Needs::Colon,
        entity: EntityType::Country,
        rule: "country",
        sure: 0.85,
        value: place,
    },
];

fn place(place: &Place<'_>) -> Option<Value> {
    let hit = WORDS.find(place.rest)?.as_str();
    let hit = hit.get(..ENDS.find(hit).map_or(hit.len(), |label| label.start()))?.trim_end_matches('.');
    let labels = place.rest.get(hit.len()..)?.starts_with([':', '=']);
    (!labels && hit.len() > 1 && !NOT_TOWNS.is_match(hit)).then_some(Value { at: 0..hit.len(), checked: false })
}

fn state(place: &Place<'_>) -> Option<Value> {
    patterns! {
        STATE = concat!("^(?:", state!(), "|", state_name!(), r"|AB|BC|MB|NB|NL|NS|ON|PE|QC|SK|NSW|VIC|QLD|TAS|ACT)\b");
    }
    shaped(place.rest, &STATE, |_| false)
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::{City, PostalCode, State};
    let formats = [
        (&*CITY_STATE_ZIP, 0.93),
        (&*CITY_STATE, 0.8),
        (&*CITY_STATE_NAME, 0.85),
        (&*STATE_NAME_ZIP, 0.85),
        (&*CANADA, 0.93),
        (&*AUSTRALIA, 0.9),
        (&*BRITAIN, 0.7),
        (&*GERMANY, 0.9),
    ];
    for (pattern, confidence) in formats {
        for captures in pattern.captures_iter(text.0).filter(|captures| is_place(text, captures)) {
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
fn is_place(text: &Text<'_>, captures: &regex::Captures<'_>) -> bool {
    let words = ["AL", "CO", "DE", "HI", "ID", "IN", "LA", "MA", "MD", "ME", "OH", "OK", "OR", "PA", "AA", "AE", "AP", "VI", "SA", "ACT"];
    let comma = captures.get(0).is_some_and(|whole| whole.as_str().contains(','));
    let zipped = captures.name("zip").is_some_and(|zip| zip.len() > 5);
    let label = captures
        .get(0)
        .is_some_and(|whole| text.behind(crate::Span::new(whole.start(), whole.end()), 8).trim_start().starts_with([':', '#', '=']));
    // `Gladys Chebet, ID 22010613`, `Ms Wheeler, CT urogram`, `Coleridge, VA cards`: a card, a scan, a clinic.
    let behind = captures.get(0).map_or("", |whole| text.behind(crate::Span::new(whole.end(), whole.end()), 24));
    let state = captures.name("state").map_or("", |state| state.as_str());
    let next = behind.trim_start();
    let numbered = next.split([' ', ',', '\n']).next().is_some_and(|word| word.bytes().any(|b| b.is_ascii_digit()));
    let begins = |words: &[&str]| words.iter().any(|word| next.starts_with(word));
    let other = captures.name("zip").is_none()
        && match state {
            "ID" => numbered || begins(&["number", "no.", "card", "triple", "double"]),
            "CT" => begins(&["scan", "abd", "head", "chest", "angio", "uro", "of the", "surgery"]),
            "VA" => begins(&["cards "]),
            "MO" => begins(&["i/c", "on call", "on duty"]),
            _ => false,
        };
    !label && !other && (comma || zipped || captures.name("state").is_none_or(|state| !words.contains(&state.as_str())))
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
            ("Portland, Oregon 97201", &[("Portland", City), ("Oregon", State), ("97201", PostalCode)]),
            ("Duluth,\n   MN  55802", &[("Duluth", City), ("MN", State), ("55802", PostalCode)]),
            ("Toronto, ON M5V 2T6", &[("Toronto", City), ("ON", State), ("M5V 2T6", PostalCode)]),
            ("Newtown NSW 2042", &[("Newtown", City), ("NSW", State), ("2042", PostalCode)]),
            ("Lindenweg 4, 80331 München", &[("Lindenweg 4", StreetAddress), ("80331", PostalCode), ("München", City)]),
            ("City: Duluth State: MN Zip: 55802", &[("Duluth", City), ("MN", State), ("55802", PostalCode)]),
            ("State: stable", &[]),
            ("Ms Tsosie, CT scan", &[("Tsosie", Person)]),
            ("cc Coleridge, VA cards on it; Falola, MO i/c", &[]),
            ("from Boise, ID was admitted, a Salem, VA clinic", &[("Boise", City), ("ID", State), ("Salem", City), ("VA", State)]),
            ("Student Emily, ID: 448212", &[("448212", UniqueId)]),
        ]);
    }
}
