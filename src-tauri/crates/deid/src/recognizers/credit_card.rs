//! Payment cards: ISO/IEC 7812 (first digit, length, Luhn), also masked or by their last four digits (PCI DSS 3.4.1).

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    CARD = r"\b(?:\d[ -]?){12,18}\d\b";
    CARD_WORDS = r"(?i)\b(?:card|visa|mastercard|amex|american express|discover|debit|credit|pan)\b[^\n]{0,40}$";
    CARD_LAST = r"(?i)\b(?:card|visa|mastercard|amex|discover|debit)\b[^\n\d]{0,24}(?:ending(?:\s+in)?|ends\s+in|last\s+(?:four|4)(?:\s+digits)?|[x*•]{2,}[x*• -]*)\s*:?\s*(?P<id>\d{4})\b";
    CARD_MASKED = r"(?i)\b(?:[x*•]{4}[ -]?){3}\d{4}\b|(?:[*•]{4}[ -]?){3}\d{4}\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::CreditCard;
    text.each(&CARD, "credit_card", CreditCard, found, |hit, span| {
        let digits = checks::digits(hit);
        let issued = (13..=19).contains(&digits.len()) && matches!(digits.first(), Some(2..=6));
        match (issued && text.alone(span), checks::luhn(&digits), text.after(span, &CARD_WORDS)) {
            (true, true, true) => 0.99,
            (true, true, false) => 0.93,
            // A digit was mistyped or misread, and it is somebody's card all the same.
            (true, false, true) => 0.85,
            _ => 0.0,
        }
    });
    text.each(&CARD_LAST, "credit_card", CreditCard, found, |_, _| 0.88);
    text.each(&CARD_MASKED, "credit_card", CreditCard, found, |_, _| 0.9);
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
        ]);
    }
}
