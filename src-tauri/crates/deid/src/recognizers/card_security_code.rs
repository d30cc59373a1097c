//! Card verification values and PINs, by their label (PCI DSS 3.3: never stored).

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    CODE = r"(?i)\b(?:cvv2?|cvc2?|cid|csc|security\s+code|card\s+verification(?:\s+(?:value|code))?|card\s+pin|pin)\s*(?:number|code|no\.?|#)?\s*(?:is\s+|:|=|#)?\s*(?P<id>\d{3,6})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&CODE, "card_security_code", EntityType::CardSecurityCode, found, |_, _| 0.92);
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
        ]);
    }
}
