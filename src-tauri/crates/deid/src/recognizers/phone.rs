//! Telephone and fax numbers: North American Numbering Plan (area and exchange begin with 2 to 9), E.164, E.123, the common UK form.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    NANP = r"(?x) (?:\+?1[\s.-]?)? (?: \([2-9]\d{2}\)\s?[-.]?\s? | [2-9]\d{2}[\s.-]\s? ) [2-9]\d{2} [\s.-]\s? \d{4} (?:\s*(?:x|ext\.?|extension)\s*\d{1,6})?";
    BARE = r"\b[2-9]\d{2}[2-9]\d{6}\b";
    LOCAL = r"\b[2-9]\d{2}[-.]\d{4}\b";
    WORLD = r"\+\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d{1,4}(?:[\s.-]?\d{2,4}){2,4}";
    UK = r"\b0\d{2,4}[\s-]\d{3,4}[\s-]?\d{3,4}\b";
    PHONE_WORDS = r"(?i)(?:phone|tel|telephone|call(?:ed|back)?|cell|mobile|contact|reach(?:ed)?|pager|home|work|dial|text|fax|ph)\b[^\n]{0,30}$";
    FAX_WORDS = r"(?i)\b(?:fax|facsimile)\b[^\n]{0,14}$";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    let money = |span| text.before(span, 2).ends_with(['$', '€', '£']) || text.before(span, 1).ends_with(['.', ',']);
    for (entity, fax) in [(EntityType::PhoneNumber, false), (EntityType::FaxNumber, true)] {
        let name = if fax { "fax" } else { "phone" };
        let this = |span| text.alone(span) && !money(span) && text.after(span, &FAX_WORDS) == fax;
        text.each(&NANP, name, entity, found, |_, span| if this(span) { 0.95 } else { 0.0 });
        text.each(&WORLD, name, entity, found, |hit, span| {
            let digits = hit.chars().filter(char::is_ascii_digit).count();
            if this(span) && (8..=15).contains(&digits) { 0.92 } else { 0.0 }
        });
        text.each(&UK, name, entity, found, |_, span| match (this(span), text.after(span, &PHONE_WORDS)) {
            (true, true) => 0.9,
            (true, false) => 0.6,
            _ => 0.0,
        });
        let told = |span| this(span) && text.after(span, &PHONE_WORDS);
        text.each(&BARE, name, entity, found, |_, span| if told(span) { 0.85 } else { 0.0 });
        text.each(&LOCAL, name, entity, found, |_, span| if told(span) { 0.8 } else { 0.0 });
    }
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Phone: (218) 555-0142", &[("(218) 555-0142", PhoneNumber)]),
            ("Fax 218.555.0143", &[("218.555.0143", FaxNumber)]),
            ("call 218 555 0144 ext. 12", &[("218 555 0144 ext. 12", PhoneNumber)]),
            ("+1-415-555-0198 is hers", &[("+1-415-555-0198", PhoneNumber)]),
            ("call +44 20 7946 0958 now", &[("+44 20 7946 0958", PhoneNumber)]),
            ("cell 2185550142", &[("2185550142", PhoneNumber)]),
            ("Tel. 555-0142", &[("555-0142", PhoneNumber)]),
            ("glucose 140-180-2000, 1,415,555 units", &[]),
            ("total $218 555 0144", &[]),
            ("order 2185550142 pieces", &[]),
            ("ratio 555-0142", &[]),
        ]);
    }
}
