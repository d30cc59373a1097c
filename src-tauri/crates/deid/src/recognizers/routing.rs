//! Bank codes: ABA routing numbers (ABA Routing Number Policy, weights 3, 7, 1), UK sort codes (Pay.UK), BIC (ISO 9362), BSB (AusPayNet), IFSC (RBI), by their labels.

use super::labelled::{Label, Needs, shaped};
use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    ABA = r"^[\dOolISB]{4}[ -]?[\dOolISB]{4}[ -]?[\dOolISB]\b|^[\dOolISB]{3}[ .-]?[\dOolISB]{3}[ .-]?[\dOolISB]{3}\b|^[\dOolISB](?:[ .-]?[\dOolISB]){8}\b|^\d{5}-\d{3}\b|^\d{2}-?\d{4}/\d{4}\b";
    SORT = r"^\d{2}[ ./-]?\d{2}[ ./-]?\d{2}\b";
    BIC = r"^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b";
    OTHER = r"^[A-Z]{4}[A-Z0-9]{7}\b|^\d{3}[ -]?\d{3}\b|^\d{3,8}\b";
    BARE_BIC = r"\b[A-Z]{4}(?:US|GB|DE|FR|CH|NL|ES|IT|CA|AU|JP|CN|HK|SG|IN|IE|BE|AT|LU|SE|NO|DK|FI|PL|MX|BR|ZA|AE)[A-Z0-9]{2}(?:XXX|[A-Z0-9]{2}\d)?\b";
    BIC_WORDS = r"(?i)\b(?:swift|bic|wire|beneficiary|correspondent|intermediary|bank)\b";
    BARE_ABA = r"\b\d{9}\b";
    ABA_WORDS = r"(?i)\b(?:routing|aba|rtn|fedwire|wire|ach|transit)\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "routing|aba|rtn|routing transit|aba routing|bank routing|routingnumber|bank code|rdfi|odfi",
        needs: Needs::Nothing,
        entity: EntityType::RoutingNumber,
        rule: "routing",
        sure: 0.85,
        value: |place| shaped(place.rest, &ABA, |hit| checks::aba(&checks::digits(hit))),
    },
    Label {
        words: "transit|r t",
        needs: Needs::Mark,
        entity: EntityType::RoutingNumber,
        rule: "routing",
        sure: 0.85,
        value: |place| shaped(place.rest, &ABA, |hit| checks::aba(&checks::digits(hit))),
    },
    Label {
        words: "sort|sortcode|sort code|bank sort code|s c",
        needs: Needs::Number,
        entity: EntityType::RoutingNumber,
        rule: "routing",
        sure: 0.95,
        value: |place| shaped(place.rest, &SORT, |_| false),
    },
    Label {
        words: "sort code|sortcode",
        needs: Needs::Nothing,
        entity: EntityType::RoutingNumber,
        rule: "routing",
        sure: 0.95,
        value: |place| shaped(place.rest, &SORT, |_| false),
    },
    Label {
        words: "swift|bic|swift bic|swift code|swift address|bic code|swift id",
        needs: Needs::Nothing,
        entity: EntityType::RoutingNumber,
        rule: "routing",
        sure: 0.95,
        value: |place| shaped(place.rest, &BIC, |_| false),
    },
    Label {
        words: "bsb|ifsc|blz|institution number|branch code|bank branch|branch transit|institution no|bankleitzahl",
        needs: Needs::Nothing,
        entity: EntityType::RoutingNumber,
        rule: "routing",
        sure: 0.88,
        value: |place| shaped(place.rest, &OTHER, |_| false),
    },
];

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::RoutingNumber;
    text.each(&BARE_ABA, "routing", RoutingNumber, found, |hit, span| {
        if text.alone(span) && checks::aba(&checks::digits(hit)) && text.near(span, 56, &ABA_WORDS) { 0.9 } else { 0.0 }
    });
    text.each(&BARE_BIC, "routing", RoutingNumber, found, |_, span| {
        if text.alone(span) && (text.near(span, 48, &BIC_WORDS) || text.before(span, 8).contains(":5")) { 0.85 } else { 0.0 }
    });
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
            ("routing number 0210-0002-1", &[("0210-0002-1", RoutingNumber)]),
            ("BSB 062-000", &[("062-000", RoutingNumber)]),
            ("IFSC: HDFC0001234", &[("HDFC0001234", RoutingNumber)]),
            ("ACH to 021000021 on Monday", &[("021000021", RoutingNumber)]),
            ("wire via bank DEUTDEFF today", &[("DEUTDEFF", RoutingNumber)]),
            ("public transit: 3 buses", &[]),
            ("sort the code 12 times", &[]),
        ]);
    }
}
