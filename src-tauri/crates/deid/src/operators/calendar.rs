//! Dates as they are written: read into year, month and day, and written back in the same form.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};

use super::person::cased;

/// Which number of `05/04/2024` is the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    MonthFirst,
    DayFirst,
}

/// A date that was read, and how its parts were written.
#[derive(Debug, Clone)]
pub(super) struct Date<'t> {
    text: &'t str,
    pub(super) year: i32,
    pub(super) month: u32,
    /// None where only a month is written.
    pub(super) day: Option<u32>,
    /// The century is not written: `year` lies in 1950 to 2049.
    pub(super) short_year: bool,
    parts: Vec<(Range<usize>, Style)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Year,
    ShortYear,
    Month {
        wide: bool,
    },
    MonthName {
        language: usize,
    },
    Day {
        wide: bool,
    },
    DayWord,
    /// `st`, `nd`, `rd`, `th` behind the day.
    Suffix,
    Weekday {
        short: bool,
    },
}

/// The years that four digits may say here; the recognizer reads no others.
const YEARS: Range<i32> = 1900..2100;
/// The years that two digits may say.
const SHORT_YEARS: Range<i32> = 1950..2050;

const MONTHS: [[&str; 12]; 8] = [
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"],
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    ["januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"],
    ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
    ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    ["gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"],
    ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"],
    ["janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"],
];
const SHORT_MONTHS: usize = 1;
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const ORDINALS: [&str; 31] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
];

struct Form {
    whole: Regex,
    /// For looking in an answer; none for forms that are dates only behind a label.
    anywhere: Option<Regex>,
}

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let mut names: Vec<&str> = MONTHS.iter().flatten().copied().chain(["sept", "maerz", "fevrier", "aout", "decembre"]).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let month = format!("(?P<n>{})", names.join("|"));
    let mut ordinals = ORDINALS.to_vec();
    ordinals.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let word = ordinals.join("|").replace('-', "[- ]");
    let day = format!(r"(?:(?P<d>\d{{1,2}})(?P<o>st|nd|rd|th)?|(?P<dw>{word}))");
    let weekday = r"(?:(?P<w>(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\.?,?\s+(?:the\s+)?)?";
    let year = r"(?:(?P<y>(?:19|20)\d{2})|'?(?P<yy>\d{2}))";
    let long = r"(?P<y>(?:19|20)\d{2})";
    let time = r"(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?";
    let (month_of, day_of) = ("(?P<m>0[1-9]|1[0-2])", r"(?P<d>0[1-9]|[12]\d|3[01])");
    let both = [
        format!(r"{long}(?P<a>[-/.])(?P<m>\d{{1,2}})(?P<b>[-/.])(?P<d>\d{{1,2}}){time}"),
        format!(r"{long}{month_of}{day_of}(?:T?\d{{4}}(?:\d{{2}})?(?:\.\d{{1,6}})?(?:Z|[+-]\d{{4}})?)?"),
        format!(r"(?P<p>\d{{1,2}})(?P<a> ?[/-] ?)(?P<q>\d{{1,2}})(?P<b> ?[/-] ?){year}"),
        format!(r"(?P<p>\d{{1,2}})(?P<a>\.)(?P<q>\d{{1,2}})(?P<b>\.){long}"),
        format!(r"{weekday}{month}\.?\s+(?:the\s+)?{day}(?:\s*,?\s+(?:of\s+)?{long}|,?\s+'(?P<yy>\d{{2}}))"),
        format!(
            r"{weekday}{day}(?:\.|er)?(?:\s+(?:day\s+)?of|\s+de)?[\s./-]*{month}\.?(?:,?\s+(?:of\s+|de\s+|del\s+)?{long}|[-/ .]?{})",
            year.replace("<y>", "<y2>")
        ),
        format!(r"{month}\.?,?(?:\s+(?:of\s+|de\s+)?|[-/])(?:{long}|'(?P<yy>\d{{2}}))"),
        format!(r"(?P<m>\d{{1,2}})/{long}"),
        format!(r"{long}-{month_of}"),
    ];
    let labelled = [
        format!(r"(?P<p>\d{{1,2}})(?P<a>[ ._/-]{{1,3}})(?P<q>\d{{1,2}})(?P<b>[ ._/-]{{1,3}}){year}"),
        format!(r"(?P<p>\d{{2}})(?P<q>\d{{2}}){long}"),
        r"(?P<p>\d{2})(?P<q>\d{2})(?P<yy>\d{2})".to_owned(),
    ];
    let whole = |source: &String| Regex::new(&format!("(?i)^(?:{source})$")).ok();
    let anywhere = |source: &String| Regex::new(&format!("(?i){source}")).ok();
    let both = both.iter().filter_map(|s| Some(Form { whole: whole(s)?, anywhere: Some(anywhere(s)?) }));
    both.chain(labelled.iter().filter_map(|s| Some(Form { whole: whole(s)?, anywhere: None }))).collect()
});

impl<'t> Date<'t> {
    /// Reads a date that fills `text`. None where it is no whole date or month with its year, or where it could be two
    /// dates and `order` does not say which.
    pub(super) fn read(text: &'t str, order: Option<Order>) -> Option<Date<'t>> {
        FORMS.iter().find_map(|form| read(text, &form.whole.captures(text)?, order))
    }

    /// The dates in a text, in reading order, without those that need a label to be dates.
    pub(super) fn all(text: &'t str, order: Option<Order>) -> Vec<(Range<usize>, Date<'t>)> {
        let alone = |at: &Range<usize>| {
            let joins = |c: char| c.is_alphanumeric() || c == '_' || c == '/';
            let before = text.get(..at.start).and_then(|t| t.chars().next_back());
            let mut behind = text.get(at.end..).unwrap_or("").chars();
            let next = behind.next();
            // `2024-05-04-17` and `5/4/2024.1` are parts of something longer; `.` and `-` end sentences and clauses too.
            let digit = matches!(next, Some('-' | '.')) && behind.next().is_some_and(|c| c.is_ascii_digit());
            !before.is_some_and(|c| joins(c) || c == '-' || c == '.') && !next.is_some_and(joins) && !digit
        };
        let mut all: Vec<(Range<usize>, Date<'t>)> = Vec::new();
        for pattern in FORMS.iter().filter_map(|form| form.anywhere.as_ref()) {
            for at in pattern.find_iter(text).map(|hit| hit.range()).filter(alone) {
                if let Some(date) = text.get(at.clone()).and_then(|words| Date::read(words, order)) {
                    all.push((at, date));
                }
            }
        }
        all.sort_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
        let mut end = 0;
        all.retain(|(at, _)| {
            let free = at.start >= end;
            end = if free { at.end } else { end };
            free
        });
        all
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar; none for a month.
    pub(super) fn days(&self) -> Option<i64> {
        self.day.map(|day| days(self.year, self.month, day))
    }

    /// The same form with another date; none where the form cannot say it.
    pub(super) fn written(&self, year: i32, month: u32, day: Option<u32>) -> Option<String> {
        let years = if self.short_year { SHORT_YEARS } else { YEARS };
        if !years.contains(&year) || day.is_some() != self.day.is_some() {
            return None;
        }
        let day = day.unwrap_or(1);
        let mut out = String::with_capacity(self.text.len() + 8);
        let mut at = 0;
        for (place, style) in &self.parts {
            out += self.text.get(at..place.start)?;
            let old = self.text.get(place.clone())?;
            let number = |n: u32, wide: bool| if wide { format!("{n:02}") } else { n.to_string() };
            out += &match style {
                Style::Year => format!("{year:04}"),
                Style::ShortYear => format!("{:02}", year.rem_euclid(100)),
                Style::Month { wide } => number(month, *wide),
                Style::MonthName { language } => cased(old, MONTHS.get(*language)?.get(month as usize - 1)?),
                Style::Day { wide } => number(day, *wide),
                Style::DayWord => cased_words(old, ORDINALS.get(day as usize - 1)?),
                Style::Suffix => cased_words(old, suffix(day)),
                Style::Weekday { short } => {
                    let name = DAYS.get((days(year, month, day) + 3).rem_euclid(7) as usize)?;
                    cased(old, if *short { name.get(..3)? } else { name })
                }
            };
            at = place.end;
        }
        out += self.text.get(at..)?;
        Some(out)
    }
}

/// Lower or upper case as the old words, for words that take no capital of their own.
fn cased_words(old: &str, new: &str) -> String {
    if old.chars().any(char::is_lowercase) && !old.starts_with(char::is_uppercase) { new.to_owned() } else { cased(old, new) }
}

fn suffix(day: u32) -> &'static str {
    match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    }
}

fn read<'t>(text: &'t str, hit: &Captures<'_>, order: Option<Order>) -> Option<Date<'t>> {
    let mut parts = Vec::new();
    let number = |name: &str| hit.name(name).and_then(|m| m.as_str().parse::<u32>().ok());
    if let (Some(a), Some(b)) = (hit.name("a"), hit.name("b"))
        && a.as_str().trim() != b.as_str().trim()
    {
        return None;
    }
    let (year, short_year) = match (hit.name("y").or(hit.name("y2")), hit.name("yy")) {
        (Some(year), _) => {
            parts.push((year.range(), Style::Year));
            (year.as_str().parse::<i32>().ok()?, false)
        }
        (None, Some(short)) => {
            parts.push((short.range(), Style::ShortYear));
            let year = short.as_str().parse::<i32>().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, true)
        }
        _ => return None,
    };
    let (month, day);
    if let (Some(p), Some(q)) = (hit.name("p"), hit.name("q")) {
        let (first, second) = (number("p")?, number("q")?);
        let day_first = match (first, second) {
            (13.., 1..=12) => true,
            (1..=12, 13..) => false,
            // Dots are the continent's; the same number twice has no order.
            _ if first == second => false,
            _ => match (hit.name("a").map(|a| a.as_str().trim()), order) {
                (Some("."), None | Some(Order::DayFirst)) | (_, Some(Order::DayFirst)) => true,
                (_, Some(Order::MonthFirst)) => false,
                (_, None) => return None,
            },
        };
        let wide = p.len() == 2 && q.len() == 2;
        let (m, d) = if day_first { (q, p) } else { (p, q) };
        (month, day) = if day_first { (second, Some(first)) } else { (first, Some(second)) };
        parts.push((m.range(), Style::Month { wide }));
        parts.push((d.range(), Style::Day { wide }));
    } else {
        let digits = [hit.name("m"), hit.name("d")];
        month = match (hit.name("n"), hit.name("m")) {
            (Some(name), _) => {
                // `may` is short where the form is: `05-MAY-2024`.
                let tight = text.get(..name.start()).is_some_and(|t| t.ends_with(|c: char| c == '-' || c.is_ascii_digit()));
                let (language, month) = month_named(name.as_str(), tight)?;
                parts.push((name.range(), Style::MonthName { language }));
                month
            }
            (None, Some(m)) => {
                let wide = digits.iter().flatten().all(|part| part.len() == 2);
                parts.push((m.range(), Style::Month { wide }));
                number("m")?
            }
            _ => return None,
        };
        day = match (hit.name("d"), hit.name("dw")) {
            (Some(d), _) => {
                let tight = text.get(d.end()..).is_some_and(|t| t.starts_with(|c: char| c == '-' || c.is_alphabetic()));
                let named = hit.name("n").is_some() && hit.name("o").is_none();
                let wide = if hit.name("n").is_some() {
                    d.as_str().starts_with('0') || (named && tight && d.len() == 2)
                } else {
                    digits.iter().flatten().all(|part| part.len() == 2)
                };
                parts.push((d.range(), Style::Day { wide }));
                parts.extend(hit.name("o").map(|o| (o.range(), Style::Suffix)));
                Some(number("d")?)
            }
            (None, Some(word)) => {
                let plain = word.as_str().to_lowercase().replace(' ', "-");
                parts.push((word.range(), Style::DayWord));
                Some(ORDINALS.iter().position(|o| *o == plain)? as u32 + 1)
            }
            _ => None,
        };
    }
    parts.extend(hit.name("w").map(|w| (w.range(), Style::Weekday { short: !w.as_str().to_lowercase().ends_with("day") })));
    parts.sort_by_key(|(place, _)| place.start);
    let real = (1..=12).contains(&month) && day.is_none_or(|d| (1..=days_in(year, month)).contains(&d));
    real.then_some(Date { text, year, month, day, short_year, parts })
}

fn month_named(name: &str, tight: bool) -> Option<(usize, u32)> {
    let name = name.to_lowercase();
    let name = match name.as_str() {
        "sept" => "sep",
        "maerz" => "märz",
        "fevrier" => "février",
        "aout" => "août",
        "decembre" => "décembre",
        other => other,
    };
    if name == "may" && tight {
        return Some((SHORT_MONTHS, 5));
    }
    MONTHS.iter().enumerate().find_map(|(language, names)| Some((language, names.iter().position(|n| *n == name)? as u32 + 1)))
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days(year: i32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
pub(super) fn civil(days: i64) -> (i32, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * month + 2) / 5 + 1) as u32;
    let month = if month < 10 { month + 3 } else { month - 9 } as u32;
    ((year + era * 400) as i32 + i32::from(month <= 2), month, day)
}

/// The English name of a month, 1 to 12.
pub(super) fn month_name(month: u32) -> &'static str {
    const NAMES: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    NAMES.get((month as usize).wrapping_sub(1)).copied().unwrap_or("")
}

/// Which order the dates of a record are written in: what those show that have only one reading; `other` where none does; none
/// where they contradict each other.
pub(super) fn order<'t>(dates: impl Iterator<Item = &'t str>, other: Option<Order>) -> Option<Order> {
    static NUMERIC: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^(\d{1,2}) ?[/._-] ?(\d{1,2}) ?[/._-] ?(?:\d{4}|'?\d{2})$").ok());
    let (mut month, mut day) = (false, false);
    for hit in dates.filter_map(|words| NUMERIC.as_ref()?.captures(words.trim())) {
        let number = |i: usize| hit.get(i).and_then(|m| m.as_str().parse::<u32>().ok()).unwrap_or(0);
        day |= number(1) > 12 && number(2) <= 12;
        month |= number(2) > 12 && number(1) <= 12;
    }
    match (month, day) {
        (true, true) => None,
        (false, false) => other,
        (true, false) => Some(Order::MonthFirst),
        (false, true) => Some(Order::DayFirst),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_and_written_back() {
        let m = Some(Order::MonthFirst);
        let cases = [
            ("03/14/1958", m, (1958, 3, Some(14)), "11/02/2001"),
            ("3/4/58", m, (1958, 3, Some(4)), "11/2/01"),
            ("03/04/1958", Some(Order::DayFirst), (1958, 4, Some(3)), "02/11/2001"),
            ("31.12.1999", m, (1999, 12, Some(31)), "02.11.2001"),
            ("2024-05-04T10:22:00Z", m, (2024, 5, Some(4)), "2001-11-02T10:22:00Z"),
            ("20240504", m, (2024, 5, Some(4)), "20011102"),
            ("202405041022", m, (2024, 5, Some(4)), "200111021022"),
            ("2024/5/4", m, (2024, 5, Some(4)), "2001/11/2"),
            ("November 4, 2024", m, (2024, 11, Some(4)), "November 2, 2001"),
            ("MAY 14, 2024", m, (2024, 5, Some(14)), "NOVEMBER 2, 2001"),
            ("Sept. 14th, 2024", m, (2024, 9, Some(14)), "Nov. 2nd, 2001"),
            ("Mon, May 6, 2024", m, (2024, 5, Some(6)), "Fri, November 2, 2001"),
            ("Saturday, May 4th, 2024", m, (2024, 5, Some(4)), "Friday, November 2nd, 2001"),
            ("3rd of May 2024", m, (2024, 5, Some(3)), "2nd of November 2001"),
            ("third of May, 2024", m, (2024, 5, Some(3)), "second of November, 2001"),
            ("May twenty-first, 2024", m, (2024, 5, Some(21)), "November second, 2001"),
            ("05-MAY-2024", m, (2024, 5, Some(5)), "02-NOV-2001"),
            ("05MAY24", m, (2024, 5, Some(5)), "02NOV01"),
            ("14. März 1958", m, (1958, 3, Some(14)), "2. November 2001"),
            ("3 de mayo de 2024", m, (2024, 5, Some(3)), "2 de noviembre de 2001"),
            ("1er août 2024", m, (2024, 8, Some(1)), "2er novembre 2001"),
            ("May 2024", m, (2024, 5, None), "November 2001"),
            ("05/2024", m, (2024, 5, None), "11/2001"),
            ("2024-05", m, (2024, 5, None), "2001-11"),
            ("03141958", m, (1958, 3, Some(14)), "11022001"),
            ("03 14 1958", m, (1958, 3, Some(14)), "11 02 2001"),
            ("03-14-58", m, (1958, 3, Some(14)), "11-02-01"),
        ];
        for (text, order, (year, month, day), expected) in cases {
            let date = Date::read(text, order).unwrap_or_else(|| panic!("{text} is not read"));
            assert_eq!((date.year, date.month, date.day), (year, month, day), "{text}");
            assert_eq!(date.written(2001, 11, day.map(|_| 2)).as_deref(), Some(expected), "{text}");
            assert_eq!(date.written(date.year, date.month, date.day).unwrap().to_lowercase(), {
                text.to_lowercase().replace("sept.", "sep.")
            });
        }
    }

    #[test]
    fn what_is_no_whole_date_is_not_read() {
        for text in
            ["5/4", "March 3rd", "Christmas Eve", "2024", "March 3-9, 2024", "13/13/2024", "02/30/2024", "exp 04/27", "04/27", "5/4-6/2024"]
        {
            assert!(Date::read(text, Some(Order::MonthFirst)).is_none(), "{text}");
        }
        assert!(Date::read("03/04/2024", None).is_none() && Date::read("03/14/2024", None).is_some());
    }

    #[test]
    fn the_order_of_a_record() {
        assert_eq!(order(["03/04/2024", "3/14/24"].into_iter(), Some(Order::MonthFirst)), Some(Order::MonthFirst));
        assert_eq!(order(["03/04/2024", "14/3/24"].into_iter(), Some(Order::MonthFirst)), Some(Order::DayFirst));
        assert_eq!(order(["13/04/2024", "3/14/24"].into_iter(), Some(Order::MonthFirst)), None);
        assert_eq!(order(["May 4, 2024"].into_iter(), Some(Order::MonthFirst)), Some(Order::MonthFirst));
    }

    #[test]
    fn dates_in_an_answer() {
        let text = "Seen 05/04/2024, again on May 6, 2024; due 2024-06. Version 1.2.2024.3, ratio 1/2, call 555-01-2024x.";
        let found: Vec<&str> = Date::all(text, Some(Order::MonthFirst)).into_iter().filter_map(|(at, _)| text.get(at)).collect();
        assert_eq!(found, ["05/04/2024", "May 6, 2024", "2024-06"]);
    }

    #[test]
    fn the_calendar_agrees_with_itself() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 3, 1), 11_017);
        for day in -30_000..60_000 {
            let (y, m, d) = civil(day);
            assert_eq!(days(y, m, d), day);
        }
    }
}
