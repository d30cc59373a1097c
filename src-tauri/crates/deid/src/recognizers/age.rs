//! Ages (45 CFR 164.514(b)(2)(i)(C)), also above 89 and in words; durations are none.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    AGE = r"(?i)\b(?P<id>\d{1,3}(?:\.\d)?[\s-]{0,2}(?:years?|yrs?|y/?o|months?|mos?|weeks?|wks?|days?)\.?[\s-]{1,2}(?:old|of\s+age|young)|\d{1,3}[\s-]?(?:(?:y/?o|yo|yrs?\.?\s+old)\b|y\.o\.)|\d{1,3}[- ]?y(?:r|ear)?s?[- ]old)";
    WORDED = r"(?i)\b(?P<id>(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|one[- ]hundred(?:[- ]and)?(?:[- ](?:one|two|three|four|five|six|seven))?)[- ]+(?:years?|yrs?|months?|weeks?|days?)[- ]+(?:old|of\s+age))\b";
    AGED = r"(?i)\b(?:age[ds]?|aged\s+about|turn(?:ed|ing|s)?)\s*(?:\(?(?:years|yrs)\)?\s*)?(?:is\s+|was\s+|:|of\s+|=)?\s*(?P<id>\d{1,3})\b";
    DECADE = r"(?i)\bin\s+(?:his|her|their)\s+(?:early|mid|late)?[- ]?(?P<id>(?:90|9\ds|100)s?|nineties)\b|\b(?P<old>nonagenarian|centenarian)\b|\b(?P<day>\d{2,3}(?:st|nd|rd|th))\s+birthday";
    SEXED = r"\b(?P<id>(?:[1-9]?\d|1[01]\d)\s?(?:y\s?)?[MF])(?:\s+(?:with|w/|who|presents|presenting|c/o|h/o|s/p|admitted|patient|pt|here|complaining|referred|seen)\b|,)";
    GROUP = r"(?i)^\s*(?:\+|(?:years?\s+)?(?:and|or)\s+(?:over|older|above|under|younger|up)\b|to\s+\d|[-–]\d{1,3}(?:\s|$|[,.;:)]))";
    // `benefit to age 19`, `max age 9`: a limit.
    LIMIT = r"(?i)\b(?:to|until|till|over|under|above|below|max(?:imum)?|min(?:imum)?)\s+age\s*$";
    // `up to 25M`: an amount of millions.
    AMOUNT = r"(?i)(?:\b(?:under|over|up\s+to|above|below|least|most|than|max)\s*|[$€£]\s?)$";
    SEX_WORDS = r"(?i)\b(?P<id>\d{1,3})\s+(?:years?|yrs?)\s+(?:male|female|man|woman|boy|girl)\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    for pattern in [&*AGE, &*WORDED, &*SEX_WORDS] {
        text.each(pattern, "age", EntityType::Age, found, |_, span| if text.before(span, 1).ends_with(['.', ',']) { 0.0 } else { 0.92 });
    }
    text.each(&AGED, "age", EntityType::Age, found, |hit, span| {
        let years = hit.parse().unwrap_or(u32::MAX);
        let limit = years < 90 && text.after(span, &LIMIT);
        let likely = years <= 120
            && !limit
            // `Adults aged 65 and over` are nobody.
            && !GROUP.is_match(text.behind(span, 20))
            && !text.behind(span, 3).trim_start().starts_with(['%', '.', 't', '/', ':', '°', 'd']);
        if likely && text.alone(span) { 0.8 } else { 0.0 }
    });
    text.each(&SEXED, "age", EntityType::Age, found, |_, span| {
        let hot = ["temp ", "temp. ", "t "].iter().any(|word| text.before(span, 6).to_lowercase().ends_with(word));
        if hot || text.after(span, &AMOUNT) || text.before(span, 1).ends_with(['-', '.', '/']) { 0.0 } else { 0.7 }
    });
    for captures in DECADE.captures_iter(text.0) {
        if let Some(hit) = ["id", "old", "day"].iter().find_map(|group| captures.name(group)) {
            let (span, source) = (crate::Span::new(hit.start(), hit.end()), crate::Source::Rule("age".into()));
            found.push(Detection { span, entity: EntityType::Age, confidence: 0.75, source });
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
            ("a 66-year-old woman, Age: 45", &[("66-year-old", Age), ("45", Age)]),
            ("45 yo male", &[("45 yo", Age)]),
            ("aged 92, 3 months old", &[("92", Age), ("3 months old", Age)]),
            ("92 y/o", &[("92 y/o", Age)]),
            ("for 3 years, every 6 months, in 2 weeks", &[]),
            ("stage 45 %", &[]),
            ("adults aged 65 and over, ages 12 to 15, age 45 or older, aged 6-17.", &[]),
            ("Age: 45 - 03/04/2024", &[("45", Age), ("03/04/2024", Date)]),
            ("average 45", &[]),
            ("a ninety-two-year-old man", &[("ninety-two-year-old", Age)]),
            ("in her 90s, a nonagenarian", &[("90s", Age), ("nonagenarian", Age)]),
            ("72F with cough", &[("72F", Age)]),
            ("6-wk-old, 45 y.o.", &[("6-wk-old", Age), ("45 y.o.", Age)]),
            ("temp 98.6 F, 68 F room", &[]),
            ("ortho 50 % to age 19, max age 9 model years, ages 3–12: sand tray, lived to age 93", &[("93", Age)]),
            ("margin 11.3% UNDER 25M, up to 40M, a 25M, cough", &[("25M", Age)]),
            ("page: 45, dosage 45, ages ago", &[]),
        ]);
    }
}
