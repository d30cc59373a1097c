//! Postal codes by their label or format: ZIP (USPS), UK postcodes (Royal Mail PAF), Canadian postal codes (Canada Post).

use super::labelled::{Label, Needs, shaped};
use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    LABELLED = r"(?i)^(?:\d{5}(?:[- ]\d{4})?|[A-Z]{1,2}\d[A-Z0-9]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d|\d{3,7}|\d{4} ?[A-Z]{2}|\d{2,5}-\d{3,4})\b";
    UK_POSTCODE = r"\b[A-Z]{1,2}\d[A-Z0-9]? \d[ABD-HJLNP-UW-Z]{2}\b";
    CANADA = r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]\d[A-Z]\d\b";
}

pub const LABELS: &[Label] = &[Label {
    words: "zip|zip code|zipcode|postal|postal code|postcode|post code|plz|postalcode|pin code|eircode|cap",
    needs: Needs::Nothing,
    entity: EntityType::PostalCode,
    rule: "postal_code",
    sure: 0.95,
    value: |place| shaped(place.rest, &LABELLED, |_| false),
}];

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    for (pattern, sure) in [(&*UK_POSTCODE, 0.85), (&*CANADA, 0.85)] {
        text.each(pattern, "postal_code", EntityType::PostalCode, found, |_, span| if text.alone(span) { sure } else { 0.0 });
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
            ("London EC1A 1BB", &[("London", City), ("EC1A 1BB", PostalCode)]),
            ("K1A 0B1", &[("K1A 0B1", PostalCode)]),
            ("99213 was billed", &[]),
            ("zip line", &[]),
            ("\"postalCode\": \"02139-4307\"", &[("02139-4307", PostalCode)]),
            ("City | ZIP\nDuluth | 55802", &[("55802", PostalCode), ("Duluth", City)]),
            ("cap refill under 2 s", &[]),
        ]);
    }
}
