//! US social security numbers, whole or last four (SSA, "Social Security Number Randomization": areas 000, 666 and 900 to 999, group 00 and serial 0000 are never issued).

use super::labelled::{Label, Needs, Place, Value, shaped};
use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    SSN = r"\d{3}(?:[ ]?[-./_ ][ ]?)\d{2}(?:[ ]?[-./_ ][ ]?)\d{4}";
    SSN_LABEL = r"(?i)^(?:[\dOolISBZ]{3}\W{0,3}[\dOolISBZ]{2}\W{0,3}[\dOolISBZ]{4}|[\dOolISBZ](?:[ ._-]{1,2}[\dOolISBZ]){8}|(?:[x*•]{3}[- .]?[x*•]{2}|[x*•]{5})[- .]?\d{4}|[x*•]{2,}[- .]?\d{4}|[\dx*]{3}-[\dx*]{2}-[\dx*]{4})";
    LAST = r"^\d{4}\b";
    SSN_LAST = r"(?i)\b(?:last\s+(?:four|4)(?:\s+digits)?(?:\s+of)?(?:\s+(?:the|her|his|my|your|their))?(?:\s+(?:ssn|social(?:\s+security)?(?:\s+number)?))|(?:ssn|social)\s+(?:ending|ends)\s+in|ssn\s+last\s+(?:four|4)|last\s+(?:four|4)\s+(?:ssn|social)|ssn\s*[-(]\s*last\s+(?:four|4)\)?|ssn4)\s*(?:is|are|in|:|=)?\s*(?P<id>\d{4})\b";
    MASKED = r"(?i)(?:xxx|\*\*\*|•••|###)[- ]?(?:xx|\*\*|••|##)[- ]?\d{4}\b";
    BARE = r"\b\d{9}\b";
    WORDS = r"(?i)\b(?:ssn|social\s+sec|soc\s+sec|tax\s?payer)\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "ssn|s s n|social security|social sec|soc sec|ss number|socialsecurity|ssn ein|ssn tin|ssnumber|socialsecuritynumber|\
            social",
        needs: Needs::Nothing,
        entity: EntityType::UsSsn,
        rule: "us_ssn",
        sure: 0.99,
        value: ssn,
    },
    Label { words: "ss|soc", needs: Needs::Mark, entity: EntityType::UsSsn, rule: "us_ssn", sure: 0.95, value: ssn },
];

fn ssn(place: &Place<'_>) -> Option<Value> {
    let part = if place.ending { shaped(place.rest, &LAST, |_| false) } else { None };
    let written = |value: &Value| place.rest.get(value.at.clone()).is_some_and(|hit| hit.bytes().filter(u8::is_ascii_digit).count() >= 3);
    shaped(place.rest, &SSN_LABEL, |_| false).filter(written).or(part)
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&SSN, "us_ssn", EntityType::UsSsn, found, |hit, span| {
        let digits = checks::digits(hit);
        let separators: Vec<&str> = hit.split(|c: char| c.is_ascii_digit()).filter(|s| !s.is_empty()).collect();
        let number = |part: Option<&[u32]>| part.unwrap_or(&[]).iter().fold(0, |n, d| n * 10 + d);
        let (area, group, serial) = (number(digits.get(..3)), number(digits.get(3..5)), number(digits.get(5..)));
        let issued = area != 0 && area != 666 && group != 0 && serial != 0;
        let part = text.before(span, 1).ends_with(['-', '/', '.']) || text.behind(span, 1).starts_with(['-', '/']);
        if !text.alone(span) || separators.first() != separators.last() || part {
            0.0
        } else if issued && area < 900 {
            if separators.first().is_some_and(|s| s.contains('-')) { 0.95 } else { 0.85 }
        } else {
            // Never issued: a typing error or an example, and all the same somebody's number in this record.
            0.6
        }
    });
    text.each(&BARE, "us_ssn", EntityType::UsSsn, found, |_, span| if text.alone(span) && text.near(span, 56, &WORDS) { 0.9 } else { 0.0 });
    for (pattern, sure) in [(&*SSN_LAST, 0.95), (&*MASKED, 0.85)] {
        text.each(pattern, "us_ssn", EntityType::UsSsn, found, |_, _| sure);
    }
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("SSN: 536-22-8726", &[("536-22-8726", UsSsn)]),
            ("social security number 536228726", &[("536228726", UsSsn)]),
            ("SS# 536 22 8726", &[("536 22 8726", UsSsn)]),
            ("last four of her SSN is 8726", &[("8726", UsSsn)]),
            ("SSN ending in 8726", &[("8726", UsSsn)]),
            ("it ends XXX-XX-8726.", &[("XXX-XX-8726", UsSsn)]),
            ("tax number 912-70-1234 here", &[("912-70-1234", NationalId)]),
            ("lab 536-22 and 123-45-678", &[]),
            ("score 12-34 of 5678", &[]),
            ("1536-22-87261", &[]),
            ("SSN 536.22.8726, 536/22/8727", &[("536.22.8726", UsSsn), ("536/22/8727", UsSsn)]),
            ("social is 536 - 22 - 8726", &[("536 - 22 - 8726", UsSsn)]),
            ("SSN: 5 3 6 2 2 8 7 2 6", &[("5 3 6 2 2 8 7 2 6", UsSsn)]),
            ("SSN: S36-22-87Z6", &[("S36-22-87Z6", UsSsn)]),
            ("S.S.N. 536228726", &[("536228726", UsSsn)]),
            ("<ssn>536-22-8726</ssn>", &[("536-22-8726", UsSsn)]),
            ("SSN (last 4): 8726", &[("8726", UsSsn)]),
            ("SSN: ***-**-8726", &[("***-**-8726", UsSsn)]),
            ("Name | SSN\nx | 536228726", &[("536228726", UsSsn)]),
            ("social history: 2 cigarettes", &[]),
            ("social worker called at 1015", &[]),
        ]);
    }
}
