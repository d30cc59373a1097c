//! Dates more specific than a year (45 CFR 164.514(b)(2)(i)(C)): ISO 8601, the numeric orders in use, worded ones.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    UNIT = r"^\s?(?:mg|mcg|ml|mL|kg|cm|mm|units?|%)";
    VERSION = r"(?i)\b(?:version|v|section|release)\.?\s?$";
    ISO = r"\b(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?\b";
    NUMERIC = r"\b(?:0?[1-9]|[12]\d|3[01])(?:/(?:0?[1-9]|[12]\d|3[01])/|-(?:0?[1-9]|[12]\d|3[01])-|\.(?:0?[1-9]|1[0-2])\.)(?:(?:19|20)\d{2}|\d{2})\b";
    YEAR_FIRST = r"\b(?:19|20)\d{2}[/.](?:0?[1-9]|1[0-2])[/.](?:0?[1-9]|[12]\d|3[01])\b";
    MONTH_FIRST = r"(?i)\b(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?\s+(?:the\s+)?\d{1,2}(?:st|nd|rd|th)?(?:\s*,?\s+(?:19|20)\d{2}|,?\s+'\d{2})?\b";
    DAY_FIRST = r"(?i)\b(?:the\s+)?(?P<id>\d{1,2}(?:st|nd|rd|th)?(?:\s+of)?[\s-]+(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?(?:,?\s+(?:19|20)\d{2}|-(?:(?:19|20)\d{2}|\d{2}))?)\b";
    MONTH_YEAR = r"(?i)\b(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?,?\s+(?:of\s+)?(?:19|20)\d{2}\b";
    SHORT = r"\b(?P<id>(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01]))\b";
    SHORT_WORDS = r"(?i)\b(?:on|since|dated?|dob|until|from|by|seen|due|admitted|discharged|mon|tues?|wed|thurs?|fri|sat|sun)\.?[\s:,]+$";
    COMPACT = r"(?i)\b(?:dob|date\s+of\s+birth|birth\s*date|d\.o\.b\.)\s*[:#]?\s*(?P<id>(?:19|20)\d{6}|\d{8}|\d{1,2}\s\d{1,2}\s(?:19|20)\d{2})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::Date;
    let whole = [(&*ISO, 0.98), (&*YEAR_FIRST, 0.92), (&*MONTH_FIRST, 0.9), (&*DAY_FIRST, 0.9), (&*MONTH_YEAR, 0.88), (&*COMPACT, 0.95)];
    let decimal = |span| text.behind(span, 2).strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    for (pattern, sure) in whole {
        text.each(pattern, "date", Date, found, |_, span| if text.alone(span) && !decimal(span) { sure } else { 0.0 });
    }
    let part = |span| text.before(span, 1).ends_with(['/', '-', '.']) || text.behind(span, 2).starts_with(['/', '-']);
    text.each(&NUMERIC, "date", Date, found, |hit, span| {
        let numbers: Vec<u32> = hit.split(['/', '-', '.']).filter_map(|n| n.parse().ok()).collect();
        let real = matches!(numbers.as_slice(), [a, b, _] if a.min(b) <= &12)
            && !text.after(span, &VERSION)
            && !UNIT.is_match(text.behind(span, 8));
        match (real && text.alone(span) && !part(span), hit.contains('/')) {
            (true, true) => 0.95,
            (true, false) => 0.8,
            _ => 0.0,
        }
    });
    text.each(
        &SHORT,
        "date",
        Date,
        found,
        |_, span| {
            if text.alone(span) && !part(span) && text.after(span, &SHORT_WORDS) { 0.75 } else { 0.0 }
        },
    );
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("DOB: 03/14/1958", &[("03/14/1958", Date)]),
            ("on November 4, 2024 and 4 May", &[("November 4, 2024", Date), ("4 May", Date)]),
            ("2024-05-04T10:22:00Z", &[("2024-05-04T10:22:00Z", Date)]),
            ("the 3rd of May, 05-MAY-2024, May 2024", &[("3rd of May", Date), ("05-MAY-2024", Date), ("May 2024", Date)]),
            ("Tues 5/4/24 and 31.12.1999", &[("5/4/24", Date), ("31.12.1999", Date)]),
            ("seen on 5/4 with pain 5/10", &[("5/4", Date)]),
            ("DOB 19580314", &[("19580314", Date)]),
            ("Friday, March 3rd", &[("Friday, March 3rd", Date)]),
            ("in 2024, over 3 days, may improve", &[]),
            ("BP 120/80, 1/2 tab, 20/20, 3/4 cup", &[]),
            ("13/13/2024", &[]),
            ("version 1.2.24", &[]),
        ]);
    }
}
