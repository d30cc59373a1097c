//! International bank account numbers (ISO 13616: modulo 97).

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    IBAN = r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&IBAN, "iban", EntityType::Iban, found, |hit, _| if checks::iban(hit) { 0.99 } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("to GB82 WEST 1234 5698 7654 32 today", &[("GB82 WEST 1234 5698 7654 32", Iban)]),
            ("DE89370400440532013000", &[("DE89370400440532013000", Iban)]),
            ("FR14 2004 1010 0505 0001 3M02 606", &[("FR14 2004 1010 0505 0001 3M02 606", Iban)]),
            ("GB82 WEST 1234 5698 7654 33", &[]),
            ("AB12 CDEF 3456", &[]),
        ]);
    }
}
