//! Postal codes by their label or format: ZIP (USPS), UK postcodes (Royal Mail PAF), Canadian postal codes (Canada Post).

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    ZIP_LABEL = r"(?i)\b(?:zip(?:\s*code)?|postal\s+code|postcode)\s*[:#]?\s*(?P<id>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z0-9]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b";
    UK_POSTCODE = r"\b[A-Z]{1,2}\d[A-Z0-9]? \d[ABD-HJLNP-UW-Z]{2}\b";
    CANADA = r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    for (pattern, sure) in [(&*ZIP_LABEL, 0.95), (&*UK_POSTCODE, 0.85), (&*CANADA, 0.85)] {
        text.each(pattern, "postal_code", EntityType::PostalCode, found, |_, _| sure);
    }
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("ZIP 55802", &[("55802", PostalCode)]),
            ("Postcode: SW1A 1AA", &[("SW1A 1AA", PostalCode)]),
            ("London EC1A 1BB", &[("EC1A 1BB", PostalCode)]),
            ("K1A 0B1", &[("K1A 0B1", PostalCode)]),
            ("99213 was billed", &[]),
            ("zip line", &[]),
        ]);
    }
}
