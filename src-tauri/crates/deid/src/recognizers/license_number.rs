//! Licences: DEA registration (DEA Diversion Control, check digit), NPI (CMS, Luhn over 80840), driver's and professional licences by their label.

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    LICENSE = r"(?i)\b(?:driver'?s?\s+licen[sc]e|driving\s+licen[sc]e|dl|licen[sc]e|lic)\.?\s*(?:number|no\.?|num|#)?\s*[:#]\s*(?:[A-Z]{2}\s+)?(?P<id>[A-Z]{0,3}[- ]?\d[A-Z0-9-]{4,17})\b";
    DEA = r"\b[A-HJ-NPRSTUX][A-Z9]\d{7}\b";
    DEA_LABEL = r"(?i)\bDEA(?:\s+(?:number|no\.?|#))?\s*[:#]?\s*(?P<id>[a-z]{2}\d{7})\b";
    NPI = r"(?i)\bNPI(?:\s+(?:number|no\.?|#))?\s*[:#]?\s*(?P<id>\d{10})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::LicenseNumber;
    text.each(&LICENSE, "license", LicenseNumber, found, |_, _| 0.88);
    text.each(&DEA, "dea", LicenseNumber, found, |hit, _| if checks::dea(&checks::digits(hit)) { 0.9 } else { 0.0 });
    text.each(&DEA_LABEL, "dea", LicenseNumber, found, |_, _| 0.96);
    text.each(&NPI, "npi", LicenseNumber, found, |hit, _| if checks::npi(&checks::digits(hit)) { 0.99 } else { 0.9 });
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
        ]);
    }
}
