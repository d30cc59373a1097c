//! International bank account numbers (ISO 13616: modulo 97).

use super::labelled::{Label, Needs, shaped};
use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    IBAN = r"(?i)\b[A-Z]{2}[ .-]?\d{2}(?:[ .-]?[A-Z0-9]{4}){2,7}(?:[ .-]?[A-Z0-9]{1,3})?\b";
    LABELLED = r"(?i)^[A-Z]{2}[ .-]?\d{2}(?:[ .-]?[A-Z0-9]{2,4}){2,8}(?:[ .-]?[A-Z0-9]{1,3})?\b";
}

pub const LABELS: &[Label] = &[Label {
    words: "iban|international bank account",
    needs: Needs::Nothing,
    entity: EntityType::Iban,
    rule: "iban",
    sure: 0.85,
    value: |place| {
        let value = shaped(place.rest, &LABELLED, checks::iban)?;
        // Words behind the number look like groups of four: cut where the check digits agree.
        let hit = place.rest.get(value.at.clone())?;
        let end = valid_prefix(hit).unwrap_or_else(|| hit.len() - hit.bytes().rev().position(|b| b.is_ascii_digit()).unwrap_or(0));
        let hit = place.rest.get(..end)?;
        (hit.bytes().filter(u8::is_ascii_digit).count() >= 8).then(|| super::labelled::Value { at: 0..end, checked: checks::iban(hit) })
    },
}];

/// Where the longest part with right check digits ends.
fn valid_prefix(hit: &str) -> Option<usize> {
    let open = |end: usize| hit.get(end..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()));
    let mut ends = hit.char_indices().map(|(i, c)| i + c.len_utf8());
    ends.rfind(|end| !open(*end) && hit.get(..*end).is_some_and(checks::iban))
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    for hit in IBAN.find_iter(text.0) {
        if let Some(end) = valid_prefix(hit.as_str()) {
            let (span, source) = (crate::Span::new(hit.start(), hit.start() + end), crate::Source::Rule("iban".into()));
            found.push(Detection { span, entity: EntityType::Iban, confidence: 0.99, source });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("to GB82 WEST 1234 5698 7654 32 today", &[("GB82 WEST 1234 5698 7654 32", Iban)]),
            ("DE89370400440532013000", &[("DE89370400440532013000", Iban)]),
            ("FR14 2004 1010 0505 0001 3M02 606", &[("FR14 2004 1010 0505 0001 3M02 606", Iban)]),
            ("GB82 WEST 1234 5698 7654 33", &[]),
            ("AB12 CDEF 3456", &[]),
            ("iban: gb82west12345698765432", &[("gb82west12345698765432", Iban)]),
            ("IBAN DE89 3704 0044 0532 0130 01 for rent", &[("DE89 3704 0044 0532 0130 01", Iban)]),
            ("DE89.3704.0044.0532.0130.00 paid", &[("DE89.3704.0044.0532.0130.00", Iban)]),
            ("NL91ABNA0417164300 with care", &[("NL91ABNA0417164300", Iban)]),
            ("IBAN is required", &[]),
        ]);
    }
}
