//! Payment cards: ISO/IEC 7812 (first digit, length, Luhn), also masked or by their last four digits (PCI DSS 3.4.1).

use super::labelled::{Label, Needs, Place, Value, number};
use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    CARD = r"\d(?:[ ./_-]{0,3}\d){12,18}";
    PRINTED = r"^[3-6]\d{3}-\d{4}-\d{4}-\d{4}$";
    CARD_WORDS = r"(?i)\b(?:card|visa|mastercard|amex|american express|discover|debit|credit|pan|cc)\b";
    CARD_LAST = r"(?i)\b(?:card|visa|mastercard|amex|discover|debit)\b[^\n\d]{0,24}(?:ending(?:\s+in)?|ends\s+in|last\s+(?:four|4)(?:\s+digits)?|[x*•]{2,}[x*• -]*)\s*:?\s*(?P<id>\d{4})\b";
    CARD_MASKED = r"(?i)(?:\d{4}[ -]?|\d{4}[ -]?\d{2})?(?:[x*•]{2,6}[ -]?){1,4}\d{4}\b";
}

pub const LABELS: &[Label] = &[Label {
    words: "card|credit card|debit card|payment card|visa|mastercard|amex|american express|discover|pan|ccn|card pan",
    needs: Needs::Nothing,
    entity: EntityType::CreditCard,
    rule: "credit_card",
    sure: 0.88,
    value,
}];

/// A whole number behind its label, whatever its check digit says, or the last four of one.
fn value(place: &Place<'_>) -> Option<Value> {
    let value = number::<4, 19>(place)?;
    let digits = checks::digits(place.rest.get(value.at.clone())?);
    let part = digits.len() == 4 && place.ending;
    (part || digits.len() >= 12).then(|| Value { checked: digits.len() > 12 && checks::luhn(&digits), ..value })
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::CreditCard;
    text.each(&CARD, "credit_card", CreditCard, found, |hit, span| {
        let digits = checks::digits(hit);
        let separators: std::collections::BTreeSet<char> = hit.chars().filter(|c| !c.is_ascii_digit()).collect();
        let issued = (13..=19).contains(&digits.len()) && matches!(digits.first(), Some(2..=6));
        let whole = issued && text.alone(span) && separators.len() < 3 && !text.before(span, 1).ends_with(['-', '.']);
        match (whole, checks::luhn(&digits), text.near(span, 48, &CARD_WORDS)) {
            (true, true, true) => 0.99,
            (true, true, false) if separators.len() < 2 && grouped(hit) => 0.93,
            (true, true, false) => 0.6,
            // A digit was mistyped or misread, and it is somebody's card all the same.
            (true, false, true) => 0.85,
            (true, false, false) if PRINTED.is_match(hit) => 0.6,
            _ => 0.0,
        }
    });
    text.each(&CARD_LAST, "credit_card", CreditCard, found, |_, _| 0.88);
    text.each(&CARD_MASKED, "credit_card", CreditCard, found, |hit, span| {
        let places = hit.chars().filter(|c| !matches!(c, ' ' | '-')).count();
        if (12..=24).contains(&places) && text.alone(span) { 0.9 } else { 0.0 }
    });
}

/// Whether the digits stand together or in the groups that are printed on cards.
fn grouped(hit: &str) -> bool {
    let groups: Vec<usize> = hit.split(|c: char| !c.is_ascii_digit()).map(str::len).collect();
    groups.iter().all(|len| (1..=7).contains(len) || groups.len() == 1) && (groups.len() < 6 || groups.iter().all(|len| *len < 3))
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("card 4111 1111 1111 1111 on file", &[("4111 1111 1111 1111", CreditCard)]),
            ("378282246310005 was charged", &[("378282246310005", CreditCard)]),
            ("Mastercard 5105-1051-0510-5101", &[("5105-1051-0510-5101", CreditCard)]),
            ("Visa ending in 4321", &[("4321", CreditCard)]),
            ("card ****4321", &[("4321", CreditCard)]),
            ("paid with xxxx-xxxx-xxxx-1234", &[("xxxx-xxxx-xxxx-1234", CreditCard)]),
            ("4111 1111 1111 1112 pieces", &[]),
            ("a balance of 4,111,111 and 12 payments", &[]),
            ("a card game with 52 cards", &[]),
            ("Card number: 4111-1111-1111-1112", &[("4111-1111-1111-1112", CreditCard)]),
            ("5105.1051.0510.5100", &[("5105.1051.0510.5100", CreditCard)]),
            ("3782 822463 10005", &[("3782 822463 10005", CreditCard)]),
            ("card 4111 **** **** 1111", &[("4111 **** **** 1111", CreditCard)]),
            ("411111******1111", &[("411111******1111", CreditCard)]),
            ("card number ending with 8841", &[("8841", CreditCard)]),
            ("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12", &[]),
            ("0.4111 1.2213 4.1182 2.2118", &[]),
        ]);
    }
}
