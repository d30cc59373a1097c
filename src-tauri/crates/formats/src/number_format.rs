//! How a spreadsheet shows a number: format codes such as `m/d/yyyy`, `00000` and `000-00-0000` (ECMA-376 part 1, 18.8.30-31).

use deid::EntityType;

/// Codes that a workbook uses without spelling them out, by their number; for dates those of the United States.
const BUILT_IN: &[(u32, &str)] = &[
    (1, "0"),
    (2, "0.00"),
    (3, "#,##0"),
    (4, "#,##0.00"),
    (5, "$#,##0;($#,##0)"),
    (6, "$#,##0;($#,##0)"),
    (7, "$#,##0.00;($#,##0.00)"),
    (8, "$#,##0.00;($#,##0.00)"),
    (9, "0%"),
    (10, "0.00%"),
    (14, "m/d/yyyy"),
    (15, "d-mmm-yy"),
    (16, "d-mmm"),
    (17, "mmm-yy"),
    (18, "h:mm AM/PM"),
    (19, "h:mm:ss AM/PM"),
    (20, "h:mm"),
    (21, "h:mm:ss"),
    (22, "m/d/yyyy h:mm"),
    (27, "yyyy-mm-dd"),
    (28, "yyyy-mm-dd"),
    (29, "yyyy-mm-dd"),
    (30, "m/d/yy"),
    (31, "yyyy-mm-dd"),
    (32, "h:mm"),
    (33, "h:mm:ss"),
    (34, "yyyy-mm-dd"),
    (35, "yyyy-mm-dd"),
    (36, "yyyy-mm-dd"),
    (37, "#,##0;(#,##0)"),
    (38, "#,##0;(#,##0)"),
    (39, "#,##0.00;(#,##0.00)"),
    (40, "#,##0.00;(#,##0.00)"),
    (45, "mm:ss"),
    (46, "h:mm:ss"),
    (47, "mm:ss"),
    (50, "yyyy-mm-dd"),
    (51, "yyyy-mm-dd"),
    (52, "yyyy-mm-dd"),
    (53, "yyyy-mm-dd"),
    (54, "yyyy-mm-dd"),
    (55, "yyyy-mm-dd"),
    (56, "yyyy-mm-dd"),
    (57, "yyyy-mm-dd"),
    (58, "yyyy-mm-dd"),
];

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Longest code that is followed; longer ones show the number as it is.
const CODE: usize = 255;

/// The code of a built-in format.
pub(crate) fn built_in(id: u32) -> Option<&'static str> {
    BUILT_IN.iter().find(|(n, _)| *n == id).map(|(_, code)| *code)
}

/// The number as a person sees it, and what its format says that it is.
pub(crate) fn show(number: f64, code: &str, since_1904: bool) -> (String, Option<EntityType>) {
    let plain = || general(number);
    if code.is_empty() || code.len() > CODE || code.eq_ignore_ascii_case("general") {
        return (plain(), None);
    }
    let Some((section, signed)) = section(code, number) else { return (plain(), None) };
    let tokens = tokens(section);
    if tokens.iter().any(|t| matches!(t, Token::Date(..))) {
        let day = tokens.iter().any(|t| matches!(t, Token::Date('d' | 'm', _)) && !is_time(&tokens));
        return match date(number, &tokens, since_1904) {
            Some(text) => (text, day.then_some(EntityType::Date)),
            None => (plain(), None),
        };
    }
    let shape: String = tokens.iter().map(Token::shape).collect();
    let entity = match shape.as_str() {
        "000-00-0000" => Some(EntityType::UsSsn),
        "00000" | "00000-0000" => Some(EntityType::PostalCode),
        "(000) 000-0000" | "(###) ###-####" | "###-####" | "000-000-0000" | "###-###-####" => Some(EntityType::PhoneNumber),
        _ => None,
    };
    match tokens.iter().any(|t| matches!(t, Token::General)) {
        true => (plain(), None),
        false => (digits(if signed { number } else { number.abs() }, &tokens), entity),
    }
}

/// Up to eleven digits, as a cell without a format shows them; whole numbers whole, for they may be identifiers.
pub(crate) fn general(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    if number == 0.0 || !(1e-4..1e15).contains(&number.abs()) {
        return format!("{number:E}");
    }
    let before = number.abs().log10().floor().max(0.0) as usize + 1;
    let text = format!("{number:.*}", 11usize.saturating_sub(before));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The part of a code that applies to a number, and whether the number keeps its sign there.
fn section(code: &str, number: f64) -> Option<(&str, bool)> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in code.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                parts.push(code.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(code.get(start..)?);
    let conditions: Vec<Option<bool>> = parts.iter().map(|part| condition(part, number)).collect();
    if conditions.iter().any(Option::is_some) {
        let at = conditions.iter().position(|c| *c == Some(true)).or_else(|| conditions.iter().position(Option::is_none))?;
        return Some((parts.get(at)?, true));
    }
    let numeric = parts.len().min(3);
    match number {
        n if n < 0.0 && numeric > 1 => Some((parts.get(1)?, false)),
        n if n == 0.0 && numeric > 2 => Some((parts.get(2)?, true)),
        _ => Some((parts.first()?, true)),
    }
}

/// Whether a number meets a section's condition such as `[<=9999999]`, if it has one.
fn condition(section: &str, number: f64) -> Option<bool> {
    section.split('[').skip(1).filter_map(|inside| inside.split_once(']')).find_map(|(inside, _)| {
        let sign = inside.find(|c: char| c.is_ascii_digit() || c == '-')?;
        let (sign, value) = (inside.get(..sign)?, inside.get(sign..)?.parse::<f64>().ok()?);
        match sign {
            "<" => Some(number < value),
            "<=" => Some(number <= value),
            ">" => Some(number > value),
            ">=" => Some(number >= value),
            "=" => Some(number == value),
            "<>" => Some(number != value),
            _ => None,
        }
    })
}

#[derive(Debug, PartialEq)]
enum Token {
    /// Shown as it is.
    Literal(char),
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Comma,
    Percent,
    Exponent,
    /// A unit of time by its letter, and how often the letter stands there. Minutes are `n`; `p` is AM/PM.
    Date(char, usize),
    General,
}

impl Token {
    fn shape(&self) -> char {
        match self {
            Token::Literal(c) | Token::Digit(c) => *c,
            Token::Point => '.',
            Token::Comma => ',',
            Token::Percent => '%',
            Token::Exponent => 'E',
            Token::Date(c, _) => *c,
            Token::General => 'G',
        }
    }
}

fn tokens(section: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = section;
    while let Some(c) = rest.chars().next() {
        let after = |n: usize| rest.get(n..).unwrap_or_default();
        let begins = |with: &str| rest.get(..with.len()).is_some_and(|r| r.eq_ignore_ascii_case(with));
        let lower = c.to_ascii_lowercase();
        if begins("am/pm") {
            tokens.push(Token::Date('p', 5));
            rest = after(5);
        } else if begins("a/p") {
            tokens.push(Token::Date('p', 3));
            rest = after(3);
        } else if begins("general") {
            tokens.push(Token::General);
            rest = after(7);
        } else if let 'y' | 'm' | 'd' | 'h' | 's' = lower {
            let run = rest.chars().take_while(|r| r.to_ascii_lowercase() == lower).count();
            tokens.push(Token::Date(lower, run));
            rest = after(run);
        } else {
            rest = after(c.len_utf8());
            match c {
                '"' => {
                    let (inside, out) = rest.split_once('"').unwrap_or((rest, ""));
                    tokens.extend(inside.chars().map(Token::Literal));
                    rest = out;
                }
                '[' => {
                    let (inside, out) = rest.split_once(']').unwrap_or((rest, ""));
                    let letter = inside.chars().next().unwrap_or_default().to_ascii_lowercase();
                    if let Some(currency) = inside.strip_prefix('$') {
                        tokens.extend(currency.split('-').next().unwrap_or_default().chars().map(Token::Literal));
                    } else if matches!(letter, 'h' | 'm' | 's') && inside.chars().all(|i| i.to_ascii_lowercase() == letter) {
                        tokens.push(Token::Date(letter, inside.len()));
                    }
                    rest = out;
                }
                '\\' => {
                    let mut chars = rest.chars();
                    tokens.extend(chars.next().map(Token::Literal));
                    rest = chars.as_str();
                }
                // As wide as the next character, or filled with it.
                '_' | '*' => {
                    let mut chars = rest.chars();
                    chars.next();
                    rest = chars.as_str();
                }
                '0' | '#' | '?' => tokens.push(Token::Digit(c)),
                '.' => tokens.push(Token::Point),
                ',' => tokens.push(Token::Comma),
                '%' => tokens.push(Token::Percent),
                'E' | 'e' if rest.starts_with(['+', '-']) => {
                    tokens.push(Token::Exponent);
                    rest = rest.get(1..).unwrap_or_default();
                }
                '@' => tokens.push(Token::General),
                c => tokens.push(Token::Literal(c)),
            }
        }
    }
    minutes(&mut tokens);
    tokens
}

/// An `m` after hours or before seconds counts minutes.
fn minutes(tokens: &mut [Token]) {
    let dates: Vec<(usize, char)> =
        tokens.iter().enumerate().filter_map(|(i, t)| if let Token::Date(c, _) = t { Some((i, *c)) } else { None }).collect();
    for (at, (index, letter)) in dates.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|b| dates.get(b)).map(|(_, c)| *c);
        let next = dates.get(at + 1).map(|(_, c)| *c);
        if *letter == 'm'
            && (before == Some('h') || next == Some('s'))
            && let Some(Token::Date(c, _)) = tokens.get_mut(*index)
        {
            *c = 'n';
        }
    }
}

fn is_time(tokens: &[Token]) -> bool {
    tokens.iter().all(|t| !matches!(t, Token::Date('y' | 'm' | 'd', _)))
}

/// Days since 1899-12-30 (or 1904-01-01) as a date; none where a sheet would show `####`.
fn date(serial: f64, tokens: &[Token], since_1904: bool) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let seconds = (serial * 86_400.0).round() as i64;
    let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // 1900-02-29, which never was, has the number 60.
    let since_1970 = if since_1904 {
        days - 24_107
    } else if days < 60 {
        days - 25_568
    } else {
        days - 25_569
    };
    let (year, month, day) = civil(since_1970);
    let twelve = tokens.iter().any(|t| matches!(t, Token::Date('p', _)));
    let hour = clock / 3600;
    let month_name = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
    let day_name = DAYS.get((since_1970 + 4).rem_euclid(7) as usize).copied().unwrap_or_default();
    let short = |name: &'static str| name.get(..3).unwrap_or(name).to_owned();
    let padded = |n: i64, width: usize| if width > 1 { format!("{n:02}") } else { n.to_string() };
    let mut text = String::new();
    for token in tokens {
        text.push_str(&match token {
            Token::Date('y', n) if *n > 2 => format!("{year:04}"),
            Token::Date('y', _) => format!("{:02}", year.rem_euclid(100)),
            Token::Date('m', 3) => short(month_name),
            Token::Date('m', 4) => month_name.to_owned(),
            Token::Date('m', 5) => month_name.chars().take(1).collect(),
            Token::Date('m', n) => padded(month, *n),
            Token::Date('d', 3) => short(day_name),
            Token::Date('d', n) if *n > 3 => day_name.to_owned(),
            Token::Date('d', n) => padded(day, *n),
            Token::Date('h', n) if twelve => padded((hour + 11) % 12 + 1, *n),
            Token::Date('h', n) => padded(hour, *n),
            Token::Date('n', n) => padded(clock / 60 % 60, *n),
            Token::Date('s', n) => padded(clock % 60, *n),
            Token::Date('p', _) => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Token::Literal(c) => c.to_string(),
            Token::Point => ".".to_owned(),
            Token::Comma => ",".to_owned(),
            _ => String::new(),
        });
    }
    Some(text)
}

/// The civil date of a day counted from 1970-01-01 (Howard Hinnant, chrono-compatible low-level date algorithms).
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Digits laid out on the places of a code.
fn digits(number: f64, tokens: &[Token]) -> String {
    if tokens.contains(&Token::Exponent) || !number.is_finite() || number.abs() >= 1e21 {
        return format!("{number:E}");
    }
    let is_digit = |t: &Token| matches!(t, Token::Digit(_));
    let point = tokens.iter().position(|t| *t == Token::Point).unwrap_or(tokens.len());
    let (whole, fraction) = tokens.split_at_checked(point).unwrap_or((tokens, &[]));
    let decimals = fraction.iter().filter(|t| is_digit(t)).count();
    // A comma between digits parts thousands, one behind the last divides by a thousand.
    let last = tokens.iter().rposition(is_digit);
    let scaling = last.map_or(0, |at| tokens.iter().skip(at + 1).filter(|t| **t == Token::Comma).count());
    let grouped = whole.iter().rposition(is_digit).is_some_and(|at| whole.iter().take(at).any(|t| *t == Token::Comma));
    let percent = tokens.iter().filter(|t| **t == Token::Percent).count();
    let scaled = number * 100f64.powi(percent as i32) / 1000f64.powi(scaling as i32);
    let text = format!("{:.*}", decimals.min(30), scaled.abs());
    let (int, frac) = text.split_once('.').unwrap_or((&text, ""));
    let places = whole.iter().filter(|t| is_digit(t)).count();
    let mut left: Vec<char> = int.trim_start_matches('0').chars().collect();
    let mut out: Vec<char> = Vec::new();
    // From the right: the first place takes all that is left over.
    let (mut place, mut set) = (0, 0);
    for token in whole.iter().rev() {
        match token {
            Token::Digit(kind) => {
                place += 1;
                let mut take = if place == places { left.len().max(1) } else { 1 };
                while take > 0 {
                    take -= 1;
                    let digit = left.pop().or((*kind == '0').then_some('0'));
                    let Some(digit) = digit else { continue };
                    if grouped && set > 0 && set % 3 == 0 {
                        out.push(',');
                    }
                    out.push(digit);
                    set += 1;
                }
            }
            Token::Literal(c) => out.push(*c),
            Token::Percent => out.push('%'),
            _ => {}
        }
    }
    if scaled < 0.0 && text.contains(|c: char| ('1'..='9').contains(&c)) {
        out.push('-');
    }
    let mut shown: String = out.into_iter().rev().collect();
    let mut frac: Vec<char> = frac.chars().rev().collect();
    let kept =
        fraction.iter().filter(|t| is_digit(t)).enumerate().filter(|(_, t)| **t == Token::Digit('0')).last().map_or(0, |(at, _)| at + 1);
    while frac.len() > kept && frac.first() == Some(&'0') {
        frac.remove(0);
    }
    for token in fraction {
        match token {
            Token::Point if !frac.is_empty() || kept > 0 => shown.push('.'),
            Token::Digit(_) => shown.extend(frac.pop()),
            Token::Literal(c) => shown.push(*c),
            Token::Percent => shown.push('%'),
            _ => {}
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_sees_them() {
        let cases: &[(f64, &str, &str)] = &[
            (44_562.0, "m/d/yyyy", "1/1/2022"),
            (22_284.0, "yyyy\\-mm\\-dd", "1961-01-03"),
            (22_284.75, "m/d/yyyy h:mm", "1/3/1961 18:00"),
            (0.75, "h:mm AM/PM", "6:00 PM"),
            (22_284.0, "[$-409]mmmm d, yyyy;@", "January 3, 1961"),
            (22_284.0, "dddd, mmm dd", "Tuesday, Jan 03"),
            (1.0, "yyyy-mm-dd", "1900-01-01"),
            (61.0, "yyyy-mm-dd", "1900-03-01"),
            (-1.0, "yyyy-mm-dd", "-1"),
            (1103.0, "00000", "01103"),
            (11_031_234.0, "00000\\-0000", "01103-1234"),
            (123_456_789.0, "000\\-00\\-0000", "123-45-6789"),
            (4_135_550_142.0, "[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", "(413) 555-0142"),
            (5_550_142.0, "[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", "555-0142"),
            (0.075, "0.0%", "7.5%"),
            (1_234_567.891, "#,##0.00", "1,234,567.89"),
            (-12.5, "$#,##0.00;($#,##0.00)", "($12.50)"),
            (-12.5, "0.0", "-12.5"),
            (12.0, "0.##", "12"),
            (1_500_000.0, "0.0,,\"M\"", "1.5M"),
            (884_421.0, "\"MRN \"0", "MRN 884421"),
            (884_421.0, "General", "884421"),
            (0.1, "General", "0.1"),
            (1.0 / 3.0, "", "0.3333333333"),
            (123_456_789_012.0, "", "123456789012"),
            (0.0, "0;-0;\"none\"", "none"),
            (f64::NAN, "0", "NaN"),
        ];
        for (number, code, shown) in cases {
            assert_eq!(show(*number, code, false).0, *shown, "{number} as {code}");
        }
        assert_eq!(show(20_822.0, "yyyy-mm-dd", true).0, "1961-01-03");
    }

    #[test]
    fn formats_say_what_a_number_is() {
        use EntityType::*;
        let cases = [
            ("m/d/yyyy", Some(Date)),
            ("mmm-yy", Some(Date)),
            ("yyyy", None),
            ("h:mm", None),
            ("mm:ss", None),
            ("000\\-00\\-0000", Some(UsSsn)),
            ("00000", Some(PostalCode)),
            ("[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", Some(PhoneNumber)),
            ("0.00", None),
        ];
        for (code, entity) in cases {
            assert_eq!(show(30_000.0, code, false).1, entity, "{code}");
        }
    }
}
