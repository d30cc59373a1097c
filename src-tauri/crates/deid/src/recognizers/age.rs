//! Ages (45 CFR 164.514(b)(2)(i)(C)); durations are none.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    AGE = r"(?i)\b(?P<id>\d{1,3}[\s-]?(?:years?|yrs?|y/?o|months?|weeks?|days?)[\s-]?(?:old|of\s+age)|\d{1,3}\s?(?:y/?o|yo)\b)";
    AGED = r"(?i)\b(?:age[ds]?)\s*(?:is\s+|:|of\s+|=)?\s*(?P<id>\d{1,3})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&AGE, "age", EntityType::Age, found, |_, _| 0.92);
    text.each(&AGED, "age", EntityType::Age, found, |hit, span| {
        let likely = hit.parse::<u32>().is_ok_and(|n| n <= 120) && !text.behind(span, 3).trim_start().starts_with(['-', '%', '.', 't']);
        if likely && text.alone(span) { 0.8 } else { 0.0 }
    });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("a 66-year-old woman, Age: 45", &[("66-year-old", Age), ("45", Age)]),
            ("45 yo male", &[("45 yo", Age)]),
            ("aged 92, 3 months old", &[("92", Age), ("3 months old", Age)]),
            ("92 y/o", &[("92 y/o", Age)]),
            ("for 3 years, every 6 months, in 2 weeks", &[]),
            ("stage 45 %", &[]),
            ("average 45", &[]),
        ]);
    }
}
