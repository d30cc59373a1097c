//! Telephone and fax numbers: North American Numbering Plan (area and exchange begin with 2 to 9), E.164, E.123, the common UK, German, French and Australian forms; anything of that length behind a label.

use super::labelled::{Label, Needs, Place, Value, shaped};
use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    NANP = r"(?x) (?:(?:\+|00)?1[\x20./-]{0,2})? (?: \([2-9]\d{2}\)\x20?[-./]?\x20{0,2} | [2-9]\d{2}(?:[\x20./_-]|\x20[-.]\x20) ) [2-9]\d{2} (?:[\x20./_-]|\x20[-.]\x20) \d{4} (?:[\x20,]{0,3}(?:x|ext\.?|extension|\#)[\x20:.]{0,2}\d{1,6})?";
    MIXED = r"\b1?[2-9]\d{2}[-. ]?[2-9]\d{2}[-. ]\d{4}\b|\b1?[2-9]\d{2}[-. ][2-9]\d{2}[-. ]?\d{4}\b";
    PRINTED = r"\(\d{3}\)[ .-]?\d{3}[-. ]\d{4}(?:[ ,]{0,3}(?:x|ext\.?)[ .]?\d{1,6})?|\b\d{3}([-.])\d{3}[-.]\d{4}\b";
    MISREAD = r"(?:\+?[1lI] ?)?\([\dOolISB]{3}\) ?[\dOolISB]{3}[-. ][\dOolISB]{4}\b";
    GROUPS = r"\(?\b\d{2,4}\)?(?:[ -]\d{2,4}){2,4}\b|\(?\b\d{2,4}\)?[ -]\d{4,8}\b";
    TOLD_BEHIND = r"(?i)^[ ]?[(\[]?(?:office|fax|mobile|cell|home|work|phone|tel|voice|direct|pager)\b";
    BARE = r"\b1?[2-9]\d{2}[2-9]\d{6}(?:\s?(?:x|ext\.?)\s?\d{1,6})?\b";
    LOCAL = r"\b[2-9]\d{2}[-. ]\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,6})?\b";
    WORLD = r"(?:\+|\b00|\b011[ -]?)\(?[1-9]\d{0,2}\)?[\s./-]{0,2}(?:\(?\d{1,5}\)?[\s./-]{0,2}){1,6}\d{1,6}(?:\s?(?:x|ext\.?)\s?\d{1,6})?";
    UK = r"\b\(?0\d{2,4}\)?[\s-]\d{3,4}[\s-]?\d{3,4}\b|\b0[1-9](?:[ .-]\d{2}){4}\b|\b0\d{3,4}[ /-]\d{5,8}\b|\b04\d{2} \d{3} \d{3}\b|\b07\d{3} ?\d{6}\b";
    // ISO 20022 names of messages: `pacs.008.001.08`.
    MESSAGE = r"^0(?:0\d|11)\.00\d\.\d{2}$";
    PHONE_WORDS = r"(?i)(?:phone|tel|telephone|telefon|call(?:ed|ing|back)?|cell|mobile|contact|reach(?:ed)?|pager|home|work|dial(?:ed)?|text(?:ed)?|fax|ph|voicemail|whatsapp|sms|hotline|office|direct|answer(?:ing|s|ed)?|messages?|ring|rang)\b";
    FAX_WORDS = r"(?i)\b(?:fax|facsimile|telefax)\b";
    NUMBER = r"(?i)^(?:\+|00|011[ -]?)?\(?[\dOolISB][\dOolISB()./_·\s-]{4,22}[\dOolISB](?:[ ,]{0,3}(?:x|ext\.?|extension|#)[ :.]{0,2}\d{1,6})?";
    SHORT = r"(?i)^(?:ext\.?|extension|x)?[ :.#]{0,2}\d{3,6}\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "phone|telephone|tel|cell|cell phone|mobile|mobile phone|home phone|work phone|contact|contact phone|phone home|\
            phone work|daytime phone|evening phone|pager|beeper|voicemail|whatsapp|telefon|phonenumber|phone no|ph|callback|\
            call back|emergency phone|office phone|direct line|direct dial|hotline|handy|mobil|telefono|sms|cellphone|home tel|\
            work tel|toll free|primary phone",
        needs: Needs::Mark,
        entity: EntityType::PhoneNumber,
        rule: "phone",
        sure: 0.9,
        value: phone,
    },
    Label {
        words: "phone|telephone|tel|cell|mobile|call|call back|callback",
        needs: Needs::Nothing,
        entity: EntityType::PhoneNumber,
        rule: "phone",
        sure: 0.85,
        value: |place| phone(place).filter(|v| count(place, v) >= 10),
    },
    Label {
        words: "fax|facsimile|telefax|fax no|fax number|efax|secure fax",
        needs: Needs::Nothing,
        entity: EntityType::FaxNumber,
        rule: "fax",
        sure: 0.92,
        value: phone,
    },
    Label {
        words: "my number|her number|his number|new number|contact number|number to call|their number|best number|your number|\
            reach me|reach us|call me|text me",
        needs: Needs::Nothing,
        entity: EntityType::PhoneNumber,
        rule: "phone",
        sure: 0.85,
        value: phone,
    },
    Label {
        words: "ext|extension|pager",
        needs: Needs::Mark,
        entity: EntityType::PhoneNumber,
        rule: "phone",
        sure: 0.7,
        value: |place| shaped(place.rest, &SHORT, |_| false),
    },
];

fn count(place: &Place<'_>, value: &Value) -> usize {
    place.rest.get(value.at.clone()).unwrap_or("").chars().filter(|c| c.is_ascii_digit() || "OolISB".contains(*c)).count()
}

/// Seven to fifteen digits (E.164) with any of the usual signs between them, on one line.
fn phone(place: &Place<'_>) -> Option<Value> {
    let line = place.rest.split('\n').next()?;
    let hit = NUMBER.find(line)?.as_str();
    // A wide gap is the next column.
    let end = hit.find("   ").unwrap_or(hit.len());
    let mut hit = hit.get(..end)?;
    let joins = |end: usize| line.get(end..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric);
    // `... 0142 or (218) ...`: a letter that could be a misread digit begins a word.
    while joins(hit.len()) {
        hit = hit.get(..hit.rfind(' ')?)?;
    }
    let hit = hit.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let date = super::date::is_numeric_date(hit);
    let digits = hit.chars().filter(|c| c.is_ascii_digit() || "OolISB".contains(*c)).count();
    ((7..=21).contains(&digits) && !date).then_some(Value { at: 0..hit.len(), checked: false })
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    let money = |span| {
        text.before(span, 2).ends_with(['$', '€', '£'])
            || text.before(span, 1).ends_with(['.', ',', '-', '/', ':']) && text.before(span, 2).starts_with(|c: char| c.is_ascii_digit())
    };
    let fax = |span| text.near(span, 22, &FAX_WORDS);
    let add = |pattern: &regex::Regex, found: &mut Vec<Detection>, sure: &dyn Fn(&str, crate::Span) -> f32| {
        for hit in pattern.find_iter(text.0) {
            let span = crate::Span::new(hit.start(), hit.end());
            let confidence = if text.alone(span) && !money(span) { sure(hit.as_str(), span) } else { 0.0 };
            if confidence > 0.0 {
                let (entity, name) = if fax(span) { (EntityType::FaxNumber, "fax") } else { (EntityType::PhoneNumber, "phone") };
                found.push(Detection { span, entity, confidence, source: crate::Source::Rule(name.into()) });
            }
        }
    };
    let told = |span| TOLD_BEHIND.is_match(text.behind(span, 12)) || text.near(span, 38, &PHONE_WORDS);
    let longer = |span| text.behind(span, 2).strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    add(&NANP, found, &|_, span| if longer(span) { 0.0 } else { 0.95 });
    add(&PRINTED, found, &|hit, span| match (longer(span), told(span) || hit.starts_with('(')) {
        (false, true) => 0.9,
        _ => 0.0,
    });
    add(&MISREAD, found, &|hit, _| if hit.bytes().filter(u8::is_ascii_digit).count() > 5 { 0.85 } else { 0.0 });
    add(&GROUPS, found, &|hit, span| {
        let digits = hit.bytes().filter(u8::is_ascii_digit).count();
        if (8..=12).contains(&digits) && told(span) && !super::date::is_numeric_date(hit) { 0.75 } else { 0.0 }
    });
    add(&WORLD, found, &|hit, _| {
        let digits = hit.split(['x', 'e']).next().unwrap_or("").bytes().filter(u8::is_ascii_digit).count();
        let plus = hit.starts_with('+');
        if (8..=17).contains(&digits) && !MESSAGE.is_match(hit) && (plus || hit.contains([' ', '-', '.'])) {
            if plus { 0.92 } else { 0.8 }
        } else {
            0.0
        }
    });
    add(&UK, found, &|_, span| if told(span) { 0.9 } else { 0.6 });
    add(&MIXED, found, &|_, span| if told(span) && !longer(span) { 0.85 } else { 0.0 });
    add(&BARE, found, &|_, span| if told(span) { 0.85 } else { 0.0 });
    add(&LOCAL, found, &|_, span| if told(span) { 0.8 } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Phone: (218) 555-0142", &[("(218) 555-0142", PhoneNumber)]),
            ("Fax 218.555.0143", &[("218.555.0143", FaxNumber)]),
            ("call 218 555 0144 ext. 12", &[("218 555 0144 ext. 12", PhoneNumber)]),
            ("+1-415-555-0198 is hers", &[("+1-415-555-0198", PhoneNumber)]),
            ("call +44 20 7946 0958 now", &[("+44 20 7946 0958", PhoneNumber)]),
            ("cell 2185550142", &[("2185550142", PhoneNumber)]),
            ("Tel. 555-0142", &[("555-0142", PhoneNumber)]),
            ("glucose 140-180-2000, 1,415,555 units", &[]),
            ("total $218 555 0144", &[]),
            ("order 2185550142 pieces", &[]),
            ("ratio 555-0142", &[]),
            ("218 - 555 - 0142, 218/555/0143", &[("218 - 555 - 0142", PhoneNumber), ("218/555/0143", PhoneNumber)]),
            ("Phone: 2185550142x118", &[("2185550142x118", PhoneNumber)]),
            ("Mobile: 0412 118 227", &[("0412 118 227", PhoneNumber)]),
            ("Tel.: 030 / 1188 2217", &[("030 / 1188 2217", PhoneNumber)]),
            ("phone (21B) 555-O142", &[("(21B) 555-O142", PhoneNumber)]),
            ("001-218-555-0142 rang", &[("001-218-555-0142", PhoneNumber)]),
            ("01 42 68 53 00 a Paris", &[("01 42 68 53 00", PhoneNumber)]),
            ("Fax No: (218)555-0143", &[("(218)555-0143", FaxNumber)]),
            ("phone visit 03/14/2024, phone 30 min", &[("03/14/2024", Date)]),
            ("NDC 0002-8215-01, CPT 99213-25", &[]),
            ("LOINC 2345-7, part 555-01424", &[]),
            ("My number is 123-456-7890 or (555) 123-4567", &[("123-456-7890", PhoneNumber), ("(555) 123-4567", PhoneNumber)]),
            ("9472 7916 office, nobody is answering at 06-65334860", &[("9472 7916", PhoneNumber), ("06-65334860", PhoneNumber)]),
            ("reached at +1 (35B) 579-9l10", &[("+1 (35B) 579-9l10", PhoneNumber)]),
            ("her number is 555-1234.", &[("555-1234", PhoneNumber)]),
            ("pacs.008.001.08, pain 001.001.09, acmt.011.001.04, call 001.218.555.0142", &[("001.218.555.0142", PhoneNumber)]),
        ]);
    }
}
