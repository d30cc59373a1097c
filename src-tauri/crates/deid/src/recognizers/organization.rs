//! Banks and insurers by the word that makes them one, employers and schools by their label.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    BANK = r"\b(?:[A-Z][A-Za-z&.'-]+[ ]+){1,4}(?:Bank|Credit[ ]+Union|Savings[ ]+and[ ]+Loan|Insurance[ ]+Company|Mortgage|Brokerage)\b";
    EMPLOYER = r"(?im)\b(?:employer|company|school)\s*:[ \t]*(?P<id>[^\n,;|]{3,60}?)[ \t]*(?:$|[,;|]|  )";
    GENERIC = r"^(?i:the|your|our|my|this|that|name of|bank|transfer|wire|request|of|a|any|receiving|beneficiary|issuing)[ ]";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&BANK, "organization", EntityType::Organization, found, |hit, _| if GENERIC.is_match(hit) { 0.0 } else { 0.6 });
    text.each(&EMPLOYER, "organization", EntityType::Organization, found, |_, _| 0.8);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("at Harbor Trust Bank", &[("Harbor Trust Bank", Organization)]),
            ("Employer: Acme Freight LLC", &[("Acme Freight LLC", Organization)]),
            ("School: Lincoln High\nGrade: 9", &[("Lincoln High", Organization)]),
            ("The Bank is closed", &[]),
            ("bank transfer", &[]),
            ("Your Credit Union", &[]),
        ]);
    }
}
