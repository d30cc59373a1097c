//! Ages as they are written, and coarser ones (45 CFR 164.514(b)(2)(i)(C): over 89 is one category).

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Grain;

/// What stands for every age over 89.
const OLDEST: &str = "90+";

/// The age in the grain, in the form in which it was written; none where it cannot be read.
pub(super) fn generalized(words: &str, grain: Grain) -> Option<String> {
    let (at, years, unit) = read(words)?;
    let band = |width: u32| format!("{}-{}", years / width * width, years / width * width + width - 1);
    let number = match grain {
        _ if years > 89 => OLDEST.to_owned(),
        Grain::Over89 => return Some(words.to_owned()),
        Grain::FiveYears => band(5),
        Grain::TenYears => band(10),
        _ => return None,
    };
    // Weeks and months are years now; `in her 90s`, `92nd` and words lose their ending with the number.
    let before = words.get(..at.start)?;
    match unit {
        Some(unit) => Some(format!("{before}{number} years{}", words.get(unit.end..)?)),
        None => Some(format!("{before}{number}{}", words.get(at.end..)?)),
    }
}

/// Where the number stands, the age in whole years, and where a unit stands that is not years.
fn read(words: &str) -> Option<(Range<usize>, u32, Option<Range<usize>>)> {
    static DIGITS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^\D{0,20}?(?P<n>\d{1,4})(?P<part>[.,]\d+)?(?P<end>s|st|nd|rd|th)?(?:[\s-]{0,2}(?P<unit>months?|mos?|weeks?|wks?|wk|days?)\b)?(?P<rest>\D*)$").ok()
    });
    static OLD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\b(?:nineties|nonagenarian|centenarian)\b").ok());
    if let Some(hit) = OLD.as_ref()?.find(words) {
        return Some((hit.range(), 90, None));
    }
    if let Some(hit) = DIGITS.as_ref()?.captures(words) {
        let number = hit.name("n")?;
        let end = hit.name("end").or(hit.name("part")).map_or(number.end(), |m| m.end());
        let n = number.as_str().parse::<u32>().ok()?;
        let unit = hit.name("unit");
        let years = match unit.map(|u| u.as_str().to_lowercase()) {
            None => n,
            Some(u) if u.starts_with('m') => n / 12,
            Some(u) if u.starts_with('w') => n / 52,
            Some(_) => n / 365,
        };
        return Some((number.start()..end, years, unit.map(|u| u.range())));
    }
    worded(words)
}

/// `ninety-two-year-old`, `one hundred and two years old`, `six weeks old`.
fn worded(words: &str) -> Option<(Range<usize>, u32, Option<Range<usize>>)> {
    const ONES: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let lower = words.to_ascii_lowercase();
    let (mut years, mut end, mut at) = (0, 0, 0);
    for token in lower.split([' ', '-']) {
        let stop = at + token.len();
        let value = |list: &[&str]| list.iter().position(|w| !w.is_empty() && *w == token).map(|n| n as u32);
        match (value(&ONES), value(&TENS), token) {
            (Some(n), ..) => years = u32::saturating_add(years, n),
            (_, Some(n), _) => years = years.saturating_add(n * 10),
            (.., "hundred") => years = years.saturating_mul(100),
            (.., "and" | "") if end > 0 => {}
            _ if end == 0 => return None,
            (.., unit) => {
                let months = ["month", "week", "day"].iter().position(|u| unit.starts_with(u));
                let per = months.and_then(|i| [12, 52, 365].get(i).copied()).unwrap_or(1);
                return Some((0..end, years / per, months.map(|_| at..stop)));
            }
        }
        end = stop;
        at = stop + 1;
    }
    (end > 0).then_some((0..end, years, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        use Grain::*;
        for (words, grain, expected) in [
            ("66-year-old", FiveYears, Some("65-69-year-old")),
            ("66-year-old", TenYears, Some("60-69-year-old")),
            ("66-year-old", Over89, Some("66-year-old")),
            ("89 y/o", Over89, Some("89 y/o")),
            ("92 y/o", Over89, Some("90+ y/o")),
            ("92 y/o", TenYears, Some("90+ y/o")),
            ("104", Over89, Some("90+")),
            ("90", Over89, Some("90+")),
            ("90.5 years old", Over89, Some("90+ years old")),
            ("72F", TenYears, Some("70-79F")),
            ("95F", Over89, Some("90+F")),
            ("90s", Over89, Some("90+")),
            ("nineties", Over89, Some("90+")),
            ("centenarian", Over89, Some("90+")),
            ("92nd", Over89, Some("90+")),
            ("ninety-two-year-old", Over89, Some("90+-year-old")),
            ("one hundred and two years old", Over89, Some("90+ years old")),
            ("sixty-six years old", FiveYears, Some("65-69 years old")),
            ("3 months old", FiveYears, Some("0-4 years old")),
            ("3 months old", Over89, Some("3 months old")),
            ("1100 months old", Over89, Some("90+ years old")),
            ("six weeks old", TenYears, Some("0-9 years old")),
            ("very old", Over89, None),
            ("45 to 92", Over89, None),
        ] {
            assert_eq!(generalized(words, grain).as_deref(), expected, "{words}");
        }
    }
}
