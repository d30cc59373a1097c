//! Cards (ISO/IEC 7812), security codes (PCI DSS 3.3), IBAN (ISO 13616), ABA routing numbers, BIC (ISO 9362), sort codes (UK Pay),
//! accounts by their labels.

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    CARD = r"\b(?:\d[ -]?){12,18}\d\b";
    CARD_WORDS = r"(?i)\b(?:card|visa|mastercard|amex|american express|discover|debit|credit|pan)\b[^\n]{0,40}$";
    CARD_LAST = r"(?i)\b(?:card|visa|mastercard|amex|discover|debit)\b[^\n\d]{0,24}(?:ending(?:\s+in)?|ends\s+in|last\s+(?:four|4)(?:\s+digits)?|[x*•]{2,}[x*• -]*)\s*:?\s*(?P<id>\d{4})\b";
    CARD_MASKED = r"(?i)\b(?:[x*•]{4}[ -]?){3}\d{4}\b|(?:[*•]{4}[ -]?){3}\d{4}\b";
    CODE = r"(?i)\b(?:cvv2?|cvc2?|cid|csc|security\s+code|card\s+verification(?:\s+(?:value|code))?|card\s+pin|pin)\s*(?:number|code|no\.?|#)?\s*(?:is\s+|:|=|#)?\s*(?P<id>\d{3,6})\b";
    IBAN = r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b";
    ABA = r"(?i)\b(?:routing|aba|rtn|transit|r/t)(?:\s+(?:transit|number|no\.?|num|#|code))*\s*[:#]?\s*(?:is\s+)?(?P<id>\d{9})\b";
    SORT = r"(?i)\bsort\s*code\s*[:#]?\s*(?P<id>\d{2}[- ]?\d{2}[- ]?\d{2})\b";
    BIC = r"\b(?:SWIFT|BIC|Swift|swift|bic)(?:/BIC)?(?:\s+(?:code|address))?\s*[:#]?\s*(?P<id>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b";
    ACCOUNT = r"(?i)\b(?:(?:bank|checking|savings|loan|brokerage|customer|deposit|mortgage|credit|beneficiary|escrow)\s+)?(?:account|acct|a/c|acc)\.?\s*(?:number|num|nbr|no\.?|#|id)?\s*(?:is\s+|:|#|=)?\s*(?P<id>(?:[x*•]{2,}[- ]?)?[A-Z]{0,4}-?\d[\d -]{2,22}\d)\b";
    ACCOUNT_END = r"(?i)\b(?:account|acct|a/c|loan)\b[^\n\d]{0,24}(?:ending(?:\s+in)?|ends\s+in|last\s+(?:four|4)(?:\s+digits)?|[x*•]{2,})\s*:?\s*(?P<id>\d{3,6})\b";
    LOAN = r"(?i)\b(?:loan|mortgage|policy\s+loan|line\s+of\s+credit)\s*(?:number|num|no\.?|#|id)\s*[:#]?\s*(?P<id>[A-Z]{0,4}[- ]?\d[\d-]{4,18})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::{AccountNumber, CardSecurityCode, CreditCard, Iban, RoutingNumber};
    text.each(&CARD, "credit_card", CreditCard, found, |hit, span| {
        let digits = checks::digits(hit);
        let issued = (13..=19).contains(&digits.len()) && matches!(digits.first(), Some(2..=6));
        match (issued && text.alone(span), checks::luhn(&digits), text.after(span, &CARD_WORDS)) {
            (true, true, true) => 0.99,
            (true, true, false) => 0.93,
            (true, false, true) => 0.85,
            _ => 0.0,
        }
    });
    text.each(&CARD_LAST, "credit_card", CreditCard, found, |_, _| 0.88);
    text.each(&CARD_MASKED, "credit_card", CreditCard, found, |_, _| 0.9);
    text.each(&CODE, "card_security_code", CardSecurityCode, found, |_, _| 0.92);
    text.each(&IBAN, "iban", Iban, found, |hit, _| if checks::iban(hit) { 0.99 } else { 0.0 });
    text.each(&ABA, "routing", RoutingNumber, found, |hit, _| if checks::aba(&checks::digits(hit)) { 0.99 } else { 0.85 });
    text.each(&SORT, "routing", RoutingNumber, found, |_, _| 0.95);
    text.each(&BIC, "routing", RoutingNumber, found, |_, _| 0.95);
    let long = |hit: &str| hit.chars().filter(char::is_ascii_digit).count() >= 4;
    text.each(&ACCOUNT, "account_number", AccountNumber, found, |hit, _| if long(hit) { 0.9 } else { 0.0 });
    text.each(&ACCOUNT_END, "account_number", AccountNumber, found, |_, _| 0.88);
    text.each(&LOAN, "account_number", AccountNumber, found, |_, _| 0.9);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("card 4111 1111 1111 1111 CVV 921", &[("4111 1111 1111 1111", CreditCard), ("921", CardSecurityCode)]),
            ("Visa ending in 4321", &[("4321", CreditCard)]),
            ("to GB82 WEST 1234 5698 7654 32 today", &[("GB82 WEST 1234 5698 7654 32", Iban)]),
            ("Routing number: 021000021", &[("021000021", RoutingNumber)]),
            ("Account number: 0042-118-2231", &[("0042-118-2231", AccountNumber)]),
            ("a balance of 4,111,111 and 12 payments", &[]),
        ]);
    }
}
