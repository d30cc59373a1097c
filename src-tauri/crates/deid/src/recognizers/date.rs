//! Dates more specific than a year (45 CFR 164.514(b)(2)(i)(C)): ISO 8601, the numeric orders in use, worded ones, ranges, holidays.

use super::labelled::{Label, Needs, shaped};
use super::{Text, patterns};
use crate::{Detection, EntityType};

macro_rules! month {
    () => {
        "(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
    };
}
macro_rules! weekday {
    () => {
        r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+(?:the\s+)?"
    };
}
macro_rules! ordinal {
    () => {
        "(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|(?:twenty|thirty)[- ](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth))"
    };
}
macro_rules! worded_year {
    () => {
        r"(?:,?\s+(?:of\s+)?(?:(?:19|20)\d{2}|(?:nineteen|twenty)[- ][a-z]+(?:[- ][a-z]+)?|two thousand(?: and)?(?: [a-z]+(?:-[a-z]+)?)?))?"
    };
}

patterns! {
    UNIT = r"^\s?(?:mg|mcg|ml|mL|kg|cm|mm|units?|%)";
    VERSION = r"(?i)\b(?:version|v|section|release|policy|firmware|firmware notes|excerpt|chapter|rule|npsg)\.?\s?$";
    ISO = r"\b(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?\b";
    BASIC = r"\b(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:T?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?(?:\.\d{1,6})?(?:Z|[+-]\d{4})?)?\b";
    NUMERIC = r"\b(?:0?[1-9]|[12]\d|3[01])(?: ?/ ?(?:0?[1-9]|[12]\d|3[01]) ?/ ?| ?- ?(?:0?[1-9]|[12]\d|3[01]) ?- ?|\.(?:0?[1-9]|[12]\d|3[01])\.)(?:(?:19|20)\d{2}|'?\d{2})\b";
    RANGE = r"\b(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01]) ?(?:-|to|through) ?(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])(?:/(?:\d{4}|\d{2}))?\b";
    YEAR_FIRST = r"\b(?:19|20)\d{2}[/.](?:0?[1-9]|1[0-2])[/.](?:0?[1-9]|[12]\d|3[01])\b";
    // As in German: without the year, with both points.
    POINTED = r"\b(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.";
    YEAR_MONTH = r"\b(?:(?:0?[1-9]|1[0-2])/(?:19|20)\d{2}|(?:19|20)\d{2}-(?:0[1-9]|1[0-2]))\b";
    MONTH_FIRST = concat!(r"(?i)\b(?:", weekday!(), ")?", month!(), r"\.?\s+(?:the\s+)?\d{1,2}(?:st|nd|rd|th)?(?:\s?(?:-|to|and|&|through)\s?\d{1,2}(?:st|nd|rd|th)?)?(?:\s*,?\s+(?:of\s+)?(?:19|20)\d{2}|,?\s+'\d{2})?\b");
    DAY_FIRST = concat!(r"(?i)\b(?:", weekday!(), r")?(?:the\s+)?(?P<id>\d{1,2}(?:st|nd|rd|th)?(?:\s?(?:-|to|and|&)\s?\d{1,2}(?:st|nd|rd|th)?)?(?:\s+(?:day\s+)?of)?[\s./-]+", month!(), r"\.?(?:,?\s+(?:of\s+)?(?:19|20)\d{2}|[-/ .](?:(?:19|20)\d{2}|'?\d{2}\b))?)\b");
    MILITARY = r"(?i)\b\d{1,2}(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:(?:19|20)\d{2}|\d{2})\b";
    MONTH_YEAR = concat!(r"(?i)\b", month!(), r"\.?,?(?:\s+(?:of\s+)?|[-/])(?:(?:19|20)\d{2}|'\d{2})\b");
    ORDINAL_FIRST = concat!(r"(?i)\b(?:the\s+)?(?P<id>", ordinal!(), r"\s+(?:day\s+)?of\s+", month!(), worded_year!(), r")\b");
    MONTH_ORDINAL = concat!(r"(?i)\b", month!(), r"\s+(?:the\s+)?", ordinal!(), worded_year!(), r"\b");
    ABROAD = r"(?i)\b\d{1,2}(?:\.|er)?\s+(?:de\s+)?(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|januar|februar|märz|maerz|mai|juni|juli|oktober|dezember|janvier|février|fevrier|mars|avril|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|januari|februari|maart|mei|augustus|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro)(?:\s+(?:de\s+|del\s+)?(?:19|20)\d{2})?\b";
    HOLIDAY = r"\b(?:(?:Christmas|New Year'?s?)(?: (?:Eve|Day))?|Thanksgiving(?: Day)?|Labor Day|Labour Day|Memorial Day|Independence Day|(?:Fourth|4th) of July|Halloween|Valentine'?s Day|Easter(?: Sunday| Monday)?|Good Friday|Boxing Day|Veterans Day|Columbus Day|MLK Day|Presidents'? Day|Mother'?s Day|Father'?s Day|St\.? Patrick'?s Day|Juneteenth|Yom Kippur|Rosh Hashanah|Hanukkah|Diwali|Eid al-(?:Fitr|Adha)|Ash Wednesday|Canada Day|Bastille Day)(?:,? (?:19|20)\d{2})?\b";
    NO_HOLIDAY = r"(?i)^[ -](?:disease|factor|tree|card|island|fund|lily|egg|party|bonus)";
    SHORT = r"\b(?P<id>(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01]))\b";
    // `creat 3.9 from 6.2. bk` is no date: without a year, a day has no English word for a value before it.
    POINTED_VALUE = r"(?i)(?:\d\s?(?:to|from|->|→|was)|(?:^|[\s,;(])(?:k|r|na|cr|creat|lact|lactate|hgb|hb|wbc|ph|inr|mg|mag|ca|phos|cl|bun|tsh|ldl|a1c|trop|max|min|from|to|is|was|of|so|low|beta|\d{1,2}\s?[ap]m))\x20$";
    SHORT_WORDS = r"(?i)\b(?:on|since|dated?|dob|until|from|by|seen|due|admitted|discharged|mon|tues?|wed|thurs?|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|started|stopped|surgery|appt|appointment|last|next|scheduled|visit|of|through|before|after|around|approx|note|labs?|called|received|sent|adm|dc|d/c|f/u)\.?[\s:,(]+$";
    COMPACT = r"(?i)^(?:(?:19|20)\d{6}|\d{8}|\d{6}|\d{1,2}[ ._/-]{1,3}\d{1,2}[ ._/-]{1,3}(?:(?:19|20)\d{2}|\d{2}))\b";
    EXPIRY = r"(?i)\b(?:exp(?:ir(?:y|es|ation))?(?:\s+date)?|valid\s+(?:thru|through|until)|good\s+thru)\.?\s*[:#]?\s*(?P<id>(?:0?[1-9]|1[0-2])\s?[/-]\s?(?:20)?\d{2})\b";
    NUMERIC_ONLY = r"^(?:\d{1,2}[ /.-]+\d{1,2}[ /.-]+(?:(?:19|20)\d{2}|\d{2})|(?:19|20)\d{2}[ /.-]+\d{1,2}[ /.-]+\d{1,2})\b";
}

pub const LABELS: &[Label] = &[Label {
    words: "dob|d o b|date of birth|birth date|birthdate|dateofbirth|born|birthday|bdate|date of death|dod|dos|date of service|\
        service date|admission date|discharge date|admit date|admitted|discharged|collected|statement date|value date|\
        geburtsdatum",
    needs: Needs::Nothing,
    entity: EntityType::Date,
    rule: "date",
    sure: 0.95,
    value: |place| shaped(place.rest, &COMPACT, |_| false),
}];

/// Whether the text begins like a date in digits: no telephone number then.
pub fn is_numeric_date(hit: &str) -> bool {
    NUMERIC_ONLY.is_match(hit)
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::Date;
    let whole = [
        (&*ISO, 0.98),
        (&*YEAR_FIRST, 0.92),
        (&*MONTH_FIRST, 0.9),
        (&*DAY_FIRST, 0.9),
        (&*MONTH_YEAR, 0.88),
        (&*MILITARY, 0.9),
        (&*ORDINAL_FIRST, 0.9),
        (&*MONTH_ORDINAL, 0.88),
        (&*ABROAD, 0.9),
        (&*EXPIRY, 0.9),
    ];
    let decimal = |span| text.behind(span, 2).strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    for (pattern, sure) in whole {
        text.each(pattern, "date", Date, found, |hit, span| {
            let year = hit.bytes().filter(u8::is_ascii_digit).count() > 2;
            // `may 5`, `march 4`: verbs, unless a capital or a year says otherwise.
            let verb = !year && ["may", "march", "mar", "sun", "sat", "second"].iter().any(|w| hit.starts_with(w));
            // `49.95 june`, `in January.\n2. ...`: the end of an amount, the number of a list.
            let amount = text.before(span, 2).ends_with('.') && text.before(span, 2).starts_with(|c: char| c.is_ascii_digit());
            let listed = hit.contains('\n') && text.behind(span, 1).starts_with(['.', ')']);
            if text.alone(span) && !decimal(span) && !amount && !listed && !verb && (year || !UNIT.is_match(text.behind(span, 8))) {
                sure
            } else {
                0.0
            }
        });
    }
    let part = |span| {
        text.before(span, 1).ends_with(['/', '-', '.'])
            || text.behind(span, 2).starts_with(['/', '-']) && text.behind(span, 2).ends_with(|c: char| c.is_ascii_digit())
    };
    text.each(&NUMERIC, "date", Date, found, |hit, span| {
        let numbers: Vec<u32> = hit.split(['/', '-', '.']).filter_map(|n| n.trim_matches([' ', '\'']).parse().ok()).collect();
        let real = matches!(numbers.as_slice(), [a, b, _] if a.min(b) <= &12)
            && (hit.contains('/') || !text.after(span, &VERSION))
            && !UNIT.is_match(text.behind(span, 8));
        // A range joins two whole dates with a hyphen.
        let ranged = hit.contains('/') && !text.before(span, 1).ends_with('/') && !text.behind(span, 1).starts_with('/');
        let spaced_hyphens = hit.contains(" -");
        match (
            real && text.alone(span) && (ranged || !part(span)) && !(spaced_hyphens && numbers.last().is_some_and(|y| *y < 100)),
            hit.contains('/'),
        ) {
            (true, true) => 0.95,
            (true, false) => 0.8,
            _ => 0.0,
        }
    });
    text.each(&RANGE, "date", Date, found, |hit, span| {
        let dated = hit.matches('/').count() > 2 || text.after(span, &SHORT_WORDS);
        if dated && text.alone(span) && !part(span) { 0.9 } else { 0.0 }
    });
    text.each(&POINTED, "date", Date, found, |_, span| {
        let next = text.behind(span, 2);
        let ends = next.starts_with([' ', '\n', ',', ';', ')']) && !next.ends_with(|c: char| c.is_uppercase());
        let value = text.before(span, 1).ends_with(['.', ',', '$', '€', '-']) || text.after(span, &POINTED_VALUE);
        if ends && !value { 0.75 } else { 0.0 }
    });
    text.each(&YEAR_MONTH, "date", Date, found, |_, span| if text.alone(span) && !part(span) { 0.8 } else { 0.0 });
    text.each(&BASIC, "date", Date, found, |hit, span| {
        if text.alone(span) && !part(span) && !decimal(span) { if hit.len() > 8 { 0.85 } else { 0.6 } } else { 0.0 }
    });
    text.each(&HOLIDAY, "date", Date, found, |_, span| if NO_HOLIDAY.is_match(text.behind(span, 12)) { 0.0 } else { 0.7 });
    text.each(&SHORT, "date", Date, found, |_, span| {
        let part = part(span) && !text.before(span, 1).ends_with('-');
        if text.alone(span) && !part && text.after(span, &SHORT_WORDS) { 0.75 } else { 0.0 }
    });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("03.09. rente, 49.95 june, beta 1.12. Then", &[("03.09.", Date)]),
            ("Termin am 4.11., Mg 1.7. will, max 7.9. moved, lactate 2.8 to 1.6. more, creat from 6.2. bk", &[("4.11.", Date)]),
            (
                "Aufnahme: 12.3., Chemo am 4.11., 6.11. und 8.11., stationär 03.09. - 05.09. bei uns",
                &[("12.3.", Date), ("4.11.", Date), ("6.11.", Date), ("8.11.", Date), ("03.09.", Date), ("05.09.", Date)],
            ),
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
            ("version 1.2.24, firmware notes 4.2.11, MEDICAL POLICY EXCERPT 7.01.44, npsg 01.01.01, NPSG 03.06.01", &[]),
            ("3/4-3/9/24, then 3/4/24-3/9/24", &[("3/4-3/9/24", Date), ("3/4/24", Date), ("3/9/24", Date)]),
            ("March 3-9, 2024 and 3-9 March 2024", &[("March 3-9, 2024", Date), ("3-9 March 2024", Date)]),
            ("05MAY24, the third of May, May twenty-first", &[("05MAY24", Date), ("third of May", Date), ("May twenty-first", Date)]),
            ("on Christmas Eve; Christmas disease", &[("Christmas Eve", Date)]),
            ("2024-05 and 05/2024", &[("2024-05", Date), ("05/2024", Date)]),
            ("20240504102233", &[("20240504102233", Date)]),
            ("DOB: 03-14-58; born 03141958", &[("03-14-58", Date), ("03141958", Date)]),
            ("exp 04/27", &[("04/27", Date)]),
            ("am 14. März 1958, el 3 de mayo de 2024", &[("14. März 1958", Date), ("3 de mayo de 2024", Date)]),
            ("Wednesday 4 June", &[("4 June", Date)]),
            ("you may 5 times march 4 miles", &[]),
            ("Q3 2024, 10:30, at 1015, second of two", &[]),
            ("FY2024, 24-7 coverage, 9-1-1", &[]),
        ]);
    }
}
