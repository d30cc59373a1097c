//! Licences: DEA registration (DEA Diversion Control, check digit), NPI (CMS, Luhn over 80840), driver's and professional licences by their label.

use super::labelled::{Label, Needs, Place, Value, number, shaped};
use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    DEA = r"(?i)\b[A-HJ-NPRSTUX][A-Z9][- ]?\d{7}\b";
    DEA_LABEL = r"(?i)^[a-z][a-z9][- ]?[\dOolISB][\dOolISB -]{5,7}[\dOolISB](?:-[A-Z0-9]{2,6})?\b";
    NPI = r"\b[12]\d{9}\b";
    NPI_LABEL = r"^[\dOolISB](?:[ .-]?[\dOolISB]){9}\b";
    NPI_WORDS = r"(?i)\b(?:npi|provider|physician|prescriber|pharmacy|rendering|billing|attending|referring)\b";
    STATE = r"^(?:(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])[ :,]{1,2})?";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "driver s license|drivers license|driver license|driver s licence|driving licence|driver licence|drivers licence|\
            driving license|medical license|nursing license|state license|license|licence|lic|dl|rn license|pharmacist license|\
            professional license|license id|dln|license number|licence number|physician license|upin|clia|registration number|gmc|\
            gmc number|nmc pin|bar number|bar|cds|ahpra|driverslicense|driverlicense|medical licence|permit|\
            certification|notary commission|nmls|crd",
        needs: Needs::Mark,
        entity: EntityType::LicenseNumber,
        rule: "license",
        sure: 0.88,
        value: license,
    },
    Label { words: "provider", needs: Needs::Mark, entity: EntityType::LicenseNumber, rule: "license", sure: 0.88, value: number::<6, 20> },
    Label {
        words: "driver s license|drivers license|driver license|driving licence|dea|medical license|driverslicense",
        needs: Needs::Nothing,
        entity: EntityType::LicenseNumber,
        rule: "license",
        sure: 0.88,
        value: dea,
    },
    Label {
        words: "npi|national provider|national provider identifier",
        needs: Needs::Nothing,
        entity: EntityType::LicenseNumber,
        rule: "npi",
        sure: 0.9,
        value: |place| shaped(place.rest, &NPI_LABEL, |hit| checks::npi(&checks::digits(hit))),
    },
];

/// A state may stand before the number.
fn license(place: &Place<'_>) -> Option<Value> {
    let skip = STATE.find(place.rest).map_or(0, |state| state.end());
    let rest = place.rest.get(skip..).filter(|rest| rest.bytes().take(24).any(|b| b.is_ascii_digit()))?;
    let value = number::<4, 20>(&Place { rest, ..*place })?;
    Some(Value { at: value.at.start + skip..value.at.end + skip, checked: false })
}

fn dea(place: &Place<'_>) -> Option<Value> {
    shaped(place.rest, &DEA_LABEL, |hit| checks::dea(&checks::digits(hit))).or_else(|| license(place))
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::LicenseNumber;
    text.each(&DEA, "dea", LicenseNumber, found, |hit, span| {
        if text.alone(span) && checks::dea(&checks::digits(hit)) { if hit.contains(' ') { 0.6 } else { 0.9 } } else { 0.0 }
    });
    text.each(&NPI, "npi", LicenseNumber, found, |hit, span| {
        let real = text.alone(span)
            && checks::npi(&checks::digits(hit))
            && (text.near(span, 48, &NPI_WORDS) || text.before(span, 64).contains("us-npi"));
        if real { 0.95 } else { 0.0 }
    });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("DEA AB1234563, NPI: 1234567893", &[("AB1234563", LicenseNumber), ("1234567893", LicenseNumber)]),
            ("DEA # BX9999999", &[("BX9999999", LicenseNumber)]),
            ("NPI 1234567890", &[("1234567890", LicenseNumber)]),
            ("wrote AB1234563 on it", &[("AB1234563", LicenseNumber)]),
            ("Driver's license: D1234567", &[("D1234567", LicenseNumber)]),
            ("License #: RN-448812", &[("RN-448812", LicenseNumber)]),
            ("wrote AB1234567 on it", &[]),
            ("a licensed nurse, license pending", &[]),
            ("code AB12345", &[]),
            ("DL: CA D1234567", &[("D1234567", LicenseNumber)]),
            ("driver's license S530-4218-8827", &[("S530-4218-8827", LicenseNumber)]),
            ("Medical License No. G-88217", &[("G-88217", LicenseNumber)]),
            ("NPI#: 1234567893", &[("1234567893", LicenseNumber)]),
            ("rendering provider 1234567893", &[("1234567893", LicenseNumber)]),
            ("DEA number AB-1234563", &[("AB-1234563", LicenseNumber)]),
            ("DEA schedule 2, license renewal in 2025", &[]),
            ("1234567893 views", &[]),
        ]);
    }
}
