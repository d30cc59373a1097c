//! Bank codes: ABA routing numbers (ABA Routing Number Policy, weights 3, 7, 1), UK sort codes (Pay.UK), BIC (ISO 9362), by their labels.

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    ABA = r"(?i)\b(?:routing|aba|rtn|transit|r/t)(?:\s+(?:transit|number|no\.?|num|#|code))*\s*[:#]?\s*(?:is\s+)?(?P<id>\d{9})\b";
    SORT = r"(?i)\bsort\s*code\s*[:#]?\s*(?P<id>\d{2}[- ]?\d{2}[- ]?\d{2})\b";
    BIC = r"\b(?:SWIFT|BIC|Swift|swift|bic)(?:/BIC)?(?:\s+(?:code|address))?\s*[:#]?\s*(?P<id>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::RoutingNumber;
    text.each(&ABA, "routing", RoutingNumber, found, |hit, _| if checks::aba(&checks::digits(hit)) { 0.99 } else { 0.85 });
    text.each(&SORT, "routing", RoutingNumber, found, |_, _| 0.95);
    text.each(&BIC, "routing", RoutingNumber, found, |_, _| 0.95);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Routing number: 021000021", &[("021000021", RoutingNumber)]),
            ("ABA 021000022", &[("021000022", RoutingNumber)]),
            ("sort code 20-45-77", &[("20-45-77", RoutingNumber)]),
            ("SWIFT: DEUTDEFF500", &[("DEUTDEFF500", RoutingNumber)]),
            ("BIC CHASUS33", &[("CHASUS33", RoutingNumber)]),
            ("021000021 people", &[]),
            ("routing of 9 parcels", &[]),
            ("a swift answer", &[]),
        ]);
    }
}
