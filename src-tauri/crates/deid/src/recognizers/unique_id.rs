//! Numbers that only their label makes identifying (45 CFR 164.514(b)(2)(i)(R)): encounter, accession, claim, invoice, case, reference, confirmation, employee, transaction, policy and their kin.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    LABELLED = r"(?i)\b(?:encounter|visit|accession|specimen|claim|invoice|case|reference|ref|confirmation|employee|transaction|trace|order|ticket|policy|authorization|auth|referral|check|cheque|batch|dispute|application|contract|certificate|tracking|rx|prescription|study|report|file|customer|client|guarantor|payment|wire|imad|omad|docket)\s*(?:number|num|nbr|no\.?|id|#)\s*(?:is\s+|:|#|=)?\s*(?P<id>[A-Z]{0,6}[-/]?\d[A-Z0-9/-]{2,24})\b";
    MARKED = r"(?i)\b(?:encounter|accession|claim|invoice|case|reference|ref|confirmation|employee|transaction|trace|ticket|authorization|docket|specimen)\s*[:#]\s*(?P<id>[A-Z]{0,6}[-/]?\d[A-Z0-9/-]{3,24})\b";
    PREFIXED = r"\b(?:CLM|INV|REF|ENC|ACC|TXN|CASE|EMP|POL|AUTH|TKT|ORD|CNF)[-#]?\d[A-Z0-9-]{3,20}\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    for (pattern, sure) in [(&*LABELLED, 0.9), (&*MARKED, 0.88), (&*PREFIXED, 0.85)] {
        text.each(pattern, "unique_id", EntityType::UniqueId, found, |_, _| sure);
    }
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Claim number: 2024-118-7733", &[("2024-118-7733", UniqueId)]),
            ("Accession #S24-11873", &[("S24-11873", UniqueId)]),
            ("invoice INV-20931 is open", &[("INV-20931", UniqueId)]),
            ("Ref: 88-2211", &[("88-2211", UniqueId)]),
            ("Employee ID 44821", &[("44821", UniqueId)]),
            ("Policy no. HO-4471882", &[("HO-4471882", UniqueId)]),
            ("Encounter: 2024118877", &[("2024118877", UniqueId)]),
            ("in case of 3 or more, order 2 tablets, refer back", &[]),
            ("visit 3 of 5", &[]),
            ("report of 12 pages", &[]),
        ]);
    }
}
