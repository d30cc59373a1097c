//! How a number behind a label is read: its groups, its mask, what a scanner misread, and what is a dose, a date or an amount
//! instead.

use super::labelled::{Needs, Place, Value};

/// How many digits stand in the words.
pub fn digits(words: &str) -> usize {
    words.bytes().filter(u8::is_ascii_digit).count()
}

/// A number with at least `MIN` and at most `MAX` digits, in groups, with letters before or between, masked or misread.
pub fn number<const MIN: usize, const MAX: usize>(place: &Place<'_>) -> Option<Value> {
    super::patterns! {
        COUNTED = r"(?i)^[ ]?(?:mg|mcg|ml|kg|g|lbs?|oz|units?|days?|weeks?|months?|years?|yrs?|y/?o|hours?|hrs?|minutes?|mins?|times|tab(?:let)?s?|cap(?:sule)?s?|pills?|pages?|percent|people|patients|pieces|payments|visits|members|items|mmHg|bpm|a\.?m|p\.?m|dollars|usd|eur|cm|mm)\b|^[ ]?%|^,\d{3}\b|^:\d\d|^(?i:st|nd|rd|th)\b|^[ ]?[x×][ ]?\d";
        UNITED = r"(?i)^\d{1,4}(?:mg|mcg|ml|kg|g|lbs?|am|pm|cm|mm|st|nd|rd|th|x|h|hrs?|yo|k)$";
        AMOUNT = r"^\d+\.\d{1,2}$";
        // A reference range of a laboratory in a column that looks like one of numbers.
        RANGE = r"^\d{1,3}(?:\.\d{1,2})?[-–]\d{1,3}(?:\.\d{1,2})?$";
        YEAR = r"^(?:19|20)\d\d$";
        // `since 2010`
        WORD = r"^[a-z]{4,}[ ]";
    }
    let rest = place.rest;
    let len = token(rest);
    let token = rest.get(..len)?;
    let digits = misread_digits(token);
    let behind = rest.get(len..).unwrap_or("");
    let masked = token.starts_with(['*', '•']) || token.to_ascii_lowercase().starts_with("xx");
    let least = if masked {
        2
    } else if place.ending {
        3
    } else if place.marked == Needs::Nothing {
        MIN.max(4)
    } else {
        MIN
    };
    let year = YEAR.is_match(token) && place.marked != Needs::Number && !place.ending;
    let wrong = digits < least
        || digits > MAX
        || year
        || WORD.is_match(token)
        || dated(token)
        || UNITED.is_match(token)
        || AMOUNT.is_match(token)
        || RANGE.is_match(token)
        || (digits < 7 && COUNTED.is_match(behind));
    (!wrong).then_some(Value { at: 0..len, checked: false })
}

/// Whether a token is a date or a part of one: other rules find those.
fn dated(token: &str) -> bool {
    let parts: Option<Vec<u32>> = token.split(['/', '.', '-']).map(|part| part.parse().ok()).collect();
    let day = |a: u32, b: u32| a > 0 && b > 0 && a.max(b) < 32 && a.min(b) < 13;
    match parts.as_deref() {
        Some([a, b, c]) => {
            let year = |y: u32, len: usize| (len == 2 && y < 100) || (1900..2100).contains(&y);
            let last = token.rsplit(['/', '.', '-']).next().map_or(0, str::len);
            (day(*a, *b) && year(*c, last)) || ((1900..2100).contains(a) && day(*b, *c))
        }
        Some([a, b]) => token.contains('/') && day(*a, *b),
        _ => false,
    }
}

/// Digits of a token; letters that a scanner writes for digits count where the token is mostly digits.
fn misread_digits(token: &str) -> usize {
    let digits = digits(token);
    let alike = token.chars().filter(|c| "OoQlISBZ|".contains(*c)).count();
    let letters = token.chars().filter(char::is_ascii_alphabetic).count();
    if letters == alike && digits > alike { digits + alike } else { digits }
}

/// How long the number at the start of `rest` is: groups of letters and digits, joined by one sign or, where they are short, a blank.
fn token(rest: &str) -> usize {
    let mask = |c: char| matches!(c, '*' | '•' | '#');
    let group = |at: usize| {
        rest.get(at..).unwrap_or("").chars().take_while(|c| c.is_ascii_alphanumeric() || mask(*c)).map(char::len_utf8).sum::<usize>()
    };
    let mut end = group(0);
    let mut previous = 0..end;
    let mut spaced = false;
    let mut joined = false;
    while end > 0 {
        let Some(sign) = rest.get(end..).and_then(|r| r.chars().next()) else { break };
        let at = end + sign.len_utf8();
        let len = group(at);
        let (here, last) = (rest.get(at..at + len).unwrap_or(""), rest.get(previous.clone()).unwrap_or(""));
        let plain_digits = |g: &str| !g.is_empty() && g.chars().all(|c| c.is_ascii_digit() || "OlISB".contains(c) || mask(c));
        let letters = |g: &str| !g.is_empty() && g.chars().all(|c| c.is_ascii_uppercase());
        let fits = match sign {
            '-' | '/' | '_' | '.' | '·' => {
                let digit = here.bytes().any(|b| b.is_ascii_digit()) || last.bytes().any(|b| b.is_ascii_digit());
                joined = joined || digit;
                len > 0
                    && (!spaced || (sign == '-' && plain_digits(here) && plain_digits(last)))
                    && (digit || letters(last))
                    && (here.len() < 12 || digit)
                    && (sign != '.' || plain_digits(here))
            }
            ' ' => {
                let last_letter =
                    here.len() == 1 && letters(here) && spaced && plain_digits(last) && !rest.get(at + 1..).unwrap_or("").starts_with(" ");
                if last_letter {
                    end = at + 1;
                    break;
                }
                let number = plain_digits(here)
                    || (len > 1 && here.bytes().any(|b| b.is_ascii_digit()) && !here.bytes().any(|b| b.is_ascii_lowercase()));
                let next = rest.get(at + len..).unwrap_or("");
                let dated = next.starts_with(['/', '.', ':', ',', '%'])
                    && next.get(1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
                    || (next.starts_with('-') && (here.len() < 3 || (here.len() == 4 && here.starts_with(['1', '2']))));
                let counted = next.starts_with(' ')
                    && next.get(1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_lowercase()))
                    && here.len() < 3;
                let short = (letters(last) && last.len() < 5) || (last.len() <= 6 && (2..=6).contains(&len));
                number && short && !joined && !dated && !counted
            }
            _ => false,
        };
        if !fits {
            break;
        }
        spaced |= sign == ' ';
        (previous, end) = (at..at + len, at + len);
    }
    let token = rest.get(..end).unwrap_or("");
    let first = token.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    let word = first.len() > 10 && first.chars().all(|c| c.is_ascii_alphabetic()) || !token.bytes().any(|b| b.is_ascii_digit());
    let touched = rest.get(end..).and_then(|r| r.chars().next()).is_some_and(|c| c.is_alphanumeric());
    if word || touched { 0 } else { end }
}

/// A value that a pattern describes; the pattern is anchored, its group `id` is the value.
pub fn shaped(rest: &str, pattern: &regex::Regex, check: impl Fn(&str) -> bool) -> Option<Value> {
    let captures = pattern.captures(rest)?;
    let hit = captures.name("id").or_else(|| captures.get(0))?;
    let open = rest.get(hit.end()..).and_then(|r| r.chars().next()).is_some_and(|c| c.is_alphanumeric());
    (!open).then(|| Value { at: hit.range(), checked: check(hit.as_str()) })
}
