//! Card verification values and PINs, by their label (PCI DSS 3.3: never stored).

use super::labelled::{Label, Needs, Place, Value, shaped};
use super::patterns;
use crate::EntityType;

patterns! {
    CODE = r"^2?[ :#=]{0,3}(?:(?:code|is|number)[ :]{1,2})*(?P<id>\d{3,4})\b(?:[^-.,/%\d]|[.,]?(?:\s|$)|$)";
    PIN = r"^(?P<id>\d{4,8})\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "cvv|cvc|cvn|csc|security code|card verification|card verification value|verification value|card code|\
            card security code",
        needs: Needs::Nothing,
        entity: EntityType::CardSecurityCode,
        rule: "card_security_code",
        sure: 0.92,
        value: code,
    },
    Label { words: "cid", needs: Needs::Mark, entity: EntityType::CardSecurityCode, rule: "card_security_code", sure: 0.85, value: code },
    Label {
        words: "pin|card pin|atm pin|debit pin",
        needs: Needs::Nothing,
        entity: EntityType::CardSecurityCode,
        rule: "card_security_code",
        sure: 0.9,
        value: |place| shaped(place.rest, &PIN, |_| false),
    },
];

fn code(place: &Place<'_>) -> Option<Value> {
    shaped(place.rest, &CODE, |_| false)
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("CVV 921", &[("921", CardSecurityCode)]),
            ("cvc: 0412", &[("0412", CardSecurityCode)]),
            ("security code is 921", &[("921", CardSecurityCode)]),
            ("PIN 4821", &[("4821", CardSecurityCode)]),
            ("CPT 99213", &[]),
            ("pinned 3 plates", &[]),
            ("the security code of the door", &[]),
            ("CVV2: 118", &[("118", CardSecurityCode)]),
            ("CVC2 code 118.", &[("118", CardSecurityCode)]),
            ("the security code on the back is 4471", &[("4471", CardSecurityCode)]),
            ("her PIN number is 990182", &[("990182", CardSecurityCode)]),
            ("K-wire pin 3 was removed", &[]),
            ("cid procedure", &[]),
        ]);
    }
}
