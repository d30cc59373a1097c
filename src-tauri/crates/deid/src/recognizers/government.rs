//! National identifiers: US SSN (SSA, randomization and invalid areas), ITIN (IRS), EIN (IRS), NHS number (NHS Data Dictionary),
//! UK National Insurance number (HMRC NIM39110), Canadian SIN (ESDC, Luhn), passports and driver's licences by their labels.

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    SSN = r"\b\d{3}[- .]\d{2}[- .]\d{4}\b";
    SSN_LABEL = r"(?i)\b(?:ssn|ss\s?#|s\.s\.n\.?|social(?:\s+security)?(?:\s+(?:number|no\.?|num|#))?)\s*[:#=]?\s*(?:is\s+|number\s+)?(?P<id>(?:\d{3}[- .]?\d{2}[- .]?\d{4}|[x*•]{3}[- ]?[x*•]{2}[- ]?\d{4}))\b";
    SSN_LAST = r"(?i)\b(?:last\s+(?:four|4)(?:\s+digits)?(?:\s+of)?(?:\s+(?:the|her|his|my|your))?(?:\s+(?:ssn|social(?:\s+security)?(?:\s+number)?))|(?:ssn|social)\s+(?:ending|ends)\s+in|ssn\s+last\s+(?:four|4))\s*(?:is|are|in|:)?\s*(?P<id>\d{4})\b";
    MASKED = r"(?i)(?:xxx|\*\*\*|•••)[- ]?(?:xx|\*\*|••)[- ]?\d{4}\b";
    EIN = r"(?i)\b(?:ein|fein|employer\s+identification(?:\s+number)?|tax\s+id(?:\s+(?:number|no))?|tin)\s*[:#]?\s*(?P<id>\d{2}-?\d{7})\b";
    NHS = r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b";
    NHS_WORDS = r"(?i)\bNHS\b[^\n]{0,24}$";
    NINO = r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b";
    SIN = r"(?i)\b(?:sin|social\s+insurance(?:\s+number)?)\s*[:#]?\s*(?P<id>\d{3}[ -]?\d{3}[ -]?\d{3})\b";
    PASSPORT = r"(?i)\bpassport(?:\s+(?:number|no\.?|num|#))?\s*[:#]?\s*(?:is\s+)?(?P<id>[a-z]{0,2}\d{6,9})\b";
    LICENSE = r"(?i)\b(?:driver'?s?\s+licen[sc]e|driving\s+licen[sc]e|dl|licen[sc]e|lic)\.?\s*(?:number|no\.?|num|#)?\s*[:#]\s*(?:[A-Z]{2}\s+)?(?P<id>[A-Z]{0,3}[- ]?\d[A-Z0-9-]{4,17})\b";
    DEA = r"\b[A-HJ-NPRSTUX][A-Z9]\d{7}\b";
    DEA_LABEL = r"(?i)\bDEA(?:\s+(?:number|no\.?|#))?\s*[:#]?\s*(?P<id>[a-z]{2}\d{7})\b";
    NPI = r"(?i)\bNPI(?:\s+(?:number|no\.?|#))?\s*[:#]?\s*(?P<id>\d{10})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::{LicenseNumber, NationalId, UsSsn};
    text.each(&SSN, "us_ssn", UsSsn, found, |hit, span| {
        let digits = checks::digits(hit);
        let separators: Vec<char> = hit.chars().filter(|c| !c.is_ascii_digit()).collect();
        let number = |part: Option<&[u32]>| part.unwrap_or(&[]).iter().fold(0, |n, d| n * 10 + d);
        let (area, group, serial) = (number(digits.get(..3)), number(digits.get(3..5)), number(digits.get(5..)));
        let issued = area != 0 && area != 666 && group != 0 && serial != 0;
        if !text.alone(span) || separators.first() != separators.last() {
            0.0
        } else if issued && area < 900 {
            if separators.first() == Some(&'-') { 0.95 } else { 0.85 }
        } else {
            0.6
        }
    });
    text.each(&SSN_LABEL, "us_ssn", UsSsn, found, |_, _| 0.99);
    text.each(&SSN_LAST, "us_ssn", UsSsn, found, |_, _| 0.95);
    text.each(&MASKED, "us_ssn", UsSsn, found, |_, _| 0.85);
    text.each(&EIN, "ein", NationalId, found, |_, _| 0.9);
    text.each(&NHS, "nhs", NationalId, found, |hit, span| match (checks::nhs(&checks::digits(hit)), text.after(span, &NHS_WORDS)) {
        (true, true) => 0.99,
        (false, true) => 0.85,
        _ => 0.0,
    });
    text.each(&NINO, "uk_nino", NationalId, found, |_, _| 0.9);
    text.each(&SIN, "ca_sin", NationalId, found, |hit, _| if checks::luhn(&checks::digits(hit)) { 0.98 } else { 0.85 });
    text.each(&PASSPORT, "passport", NationalId, found, |_, _| 0.92);
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
            ("SSN: 536-22-8726", &[("536-22-8726", UsSsn)]),
            ("social security number 536228726", &[("536228726", UsSsn)]),
            ("last four of her SSN is 8726", &[("8726", UsSsn)]),
            ("ends XXX-XX-8726.", &[("XXX-XX-8726", UsSsn)]),
            ("NHS number 943 476 5919", &[("943 476 5919", NationalId)]),
            ("DEA AB1234563, NPI: 1234567893", &[("AB1234563", LicenseNumber), ("1234567893", LicenseNumber)]),
            ("Passport no. X1234567", &[("X1234567", NationalId)]),
            ("lab 536-22 and 123-45-678", &[]),
        ]);
    }
}
