//! National identifiers of other kinds: EIN (IRS), NHS number (NHS Data Dictionary, modulo 11), UK National Insurance number (HMRC NIM39110), Canadian SIN (ESDC, Luhn), passports by their label (ICAO 9303: up to nine letters and digits).

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    EIN = r"(?i)\b(?:ein|fein|employer\s+identification(?:\s+number)?|tax\s+id(?:\s+(?:number|no))?|tin)\s*[:#]?\s*(?P<id>\d{2}-?\d{7})\b";
    NHS = r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b";
    NHS_WORDS = r"(?i)\bNHS\b[^\n]{0,24}$";
    NINO = r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b";
    SIN = r"(?i)\b(?:sin|social\s+insurance(?:\s+number)?)\s*[:#]?\s*(?P<id>\d{3}[ -]?\d{3}[ -]?\d{3})\b";
    PASSPORT = r"(?i)\bpassport(?:\s+(?:number|no\.?|num|#))?\s*[:#]?\s*(?:is\s+)?(?P<id>[a-z]{0,2}\d{6,9})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::NationalId;
    text.each(&EIN, "ein", NationalId, found, |_, _| 0.9);
    text.each(&NHS, "nhs", NationalId, found, |hit, span| match (checks::nhs(&checks::digits(hit)), text.after(span, &NHS_WORDS)) {
        (true, true) => 0.99,
        (false, true) => 0.85,
        _ => 0.0,
    });
    text.each(&NINO, "uk_nino", NationalId, found, |_, _| 0.9);
    text.each(&SIN, "ca_sin", NationalId, found, |hit, _| if checks::luhn(&checks::digits(hit)) { 0.98 } else { 0.85 });
    text.each(&PASSPORT, "passport", NationalId, found, |_, _| 0.92);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("NHS number 943 476 5919", &[("943 476 5919", NationalId)]),
            ("NHS no: 9434765918", &[("9434765918", NationalId)]),
            ("NI QQ 12 34 56 C is no number, AB 12 34 56 C is", &[("AB 12 34 56 C", NationalId)]),
            ("EIN 12-3456789", &[("12-3456789", NationalId)]),
            ("SIN: 046 454 286", &[("046 454 286", NationalId)]),
            ("Passport no. X1234567", &[("X1234567", NationalId)]),
            ("a tax idea of 12-3456", &[]),
            ("943 476 591 units", &[]),
            ("the passport office", &[]),
        ]);
    }
}
