//! Numbers that look like the real ones and are nobody's: from ranges that are never given out, with right check digits.

use super::seed::Draws;
use crate::EntityType;
use crate::recognizers::checks;

/// Ranges that publishers keep free, or that are never given out:
/// telephone: 555-0100 to 555-0199 (NANPA), 01632 960000 to 960999 and 07700 900000 to 900999 (Ofcom), 02 5550 xxxx (ACMA),
/// 01 99 00 xx xx (ARCEP), elsewhere a number that begins with 000;
/// SSN: area 9xx (SSA; groups below 50, so that it is no ITIN); cards: 9999 (ISO/IEC 7812: national use, and no country is 999);
/// NHS number: 999 (NHS England: test); SIN: first digit 0 (ESDC: not given out); ABA: first two digits 90 to 99; NPI: first digit 9 (CMS: 1 or 2); DEA: first letter Z; VIN: A0 (ISO 3780: not assigned);
/// IMEI: 00 (GSMA: test); MAC: 00-00-5E-00-53-xx (RFC 7042); BIC: country ZZ (ISO 3166: user-assigned).
/// Numbers that an office makes itself have no such range: they are drawn, and checked against the record.
///
/// None where the value is too short to be told from ordinary numbers.
pub(super) fn drawn(entity: EntityType, words: &str, draws: &mut Draws) -> Option<String> {
    use EntityType::*;
    let signs: Vec<char> = words.chars().filter(|c| c.is_alphanumeric()).collect();
    let digits = checks::digits(words);
    let count = digits.len();
    let plain = count == signs.len();
    if signs.len() < 5 || count < 3 || !words.is_ascii() {
        return None;
    }
    let made = match entity {
        PhoneNumber | FaxNumber => phone(words, &signs, draws)?,
        UsSsn if plain && count == 9 => fixed("9", 9, draws, |d| (d.get(3).is_some_and(|n| *n < 5)) && d.get(5..) != Some(&[0; 4])),
        NationalId if plain && checks::nhs(&digits) => fixed("999", 10, draws, checks::nhs),
        NationalId if plain && count == 9 && checks::luhn(&digits) => checked("0", 9, draws, checks::luhn),
        CreditCard if plain && count >= 12 => checked("9999", count, draws, checks::luhn),
        RoutingNumber if plain && count == 9 => checked("9", 9, draws, checks::aba),
        RoutingNumber if plain && count == 6 => fixed("00", 6, draws, |_| true),
        RoutingNumber => like(&signs, "", draws),
        Iban => iban(&signs, draws)?,
        LicenseNumber if plain && checks::npi(&digits) => checked("9", 10, draws, checks::npi),
        LicenseNumber if signs.len() == 9 && count == 7 && checks::dea(&digits) => {
            let letters = [sign(signs.first()?, 'Z'), sign(signs.get(1)?, draws.letter())];
            letters.into_iter().chain(checked("", 7, draws, checks::dea)).collect()
        }
        VehicleId if signs.len() == 17 => vin(&signs, draws),
        DeviceId if signs.len() == 12 && words.matches([':', '-']).count() == 5 => {
            let hex = |(place, c): (usize, char)| if place < 10 || c.is_ascii_digit() { c } else { hexadecimal(c) };
            like(&signs, "00005E0053", draws).into_iter().enumerate().map(hex).collect()
        }
        DeviceId if plain && count == 15 && checks::luhn(&digits) => checked("00", 15, draws, checks::luhn),
        _ => like(&signs, "", draws),
    };
    Some(laid_out(words, &made))
}

/// A postal code that does not exist: ZIP 00001 to 00499 (USPS gives out from 00501), postcodes that begin with Q (Royal
/// Mail) or W (Canada Post), and for others a leading 000.
pub(super) fn postal_code(words: &str, draws: &mut Draws) -> Option<String> {
    let signs: Vec<char> = words.chars().filter(|c| c.is_alphanumeric()).collect();
    let [first, rest @ ..] = signs.as_slice() else { return None };
    if signs.len() < 5 {
        return None;
    }
    let made: Vec<char> = if signs.iter().all(char::is_ascii_digit) {
        let mut made = fixed("00", signs.len(), draws, |_| true);
        made.iter_mut().skip(2).take(1).for_each(|c| *c = char::from_digit(draws.below(5) as u32, 10).unwrap_or('0'));
        if made.iter().take(5).all(|c| *c == '0') { like(&signs, "00417", draws) } else { made }
    } else if rest.first().is_some_and(char::is_ascii_digit) && rest.get(1).is_some_and(|c| c.is_ascii_alphabetic()) && signs.len() == 6 {
        like(&signs, "W", draws)
    } else if first.is_ascii_alphabetic() {
        like(&signs, "Q", draws)
    } else {
        like(&signs, "000", draws)
    };
    Some(laid_out(words, &made))
}

/// The drawn signs in the places of the value's own.
fn laid_out(words: &str, made: &[char]) -> String {
    let mut made = made.iter();
    words.chars().map(|c| if c.is_alphanumeric() { made.next().copied().unwrap_or(c) } else { c }).collect()
}

fn sign(like: &char, new: char) -> char {
    if like.is_lowercase() { new.to_ascii_lowercase() } else { new }
}

fn hexadecimal(c: char) -> char {
    let new = char::from_digit(10 + u32::from(c.to_ascii_uppercase()) % 6, 16).unwrap_or('a');
    if c.is_lowercase() { new } else { new.to_ascii_uppercase() }
}

/// Digits for digits and letters for letters, the first ones as given.
fn like(signs: &[char], first: &str, draws: &mut Draws) -> Vec<char> {
    let mut first = first.chars();
    let one = |c: &char| {
        let drawn = if c.is_ascii_digit() { draws.digit() } else { draws.letter() };
        sign(c, first.next().unwrap_or(drawn))
    };
    signs.iter().map(one).collect()
}

/// That many digits with these in front which satisfy `is`; what was drawn last if a thousand tries do not.
fn fixed(first: &str, count: usize, draws: &mut Draws, is: impl Fn(&[u32]) -> bool) -> Vec<char> {
    let mut made = Vec::new();
    for _ in 0..1000 {
        made = first.chars().chain(std::iter::repeat_with(|| draws.digit())).take(count).collect();
        if is(&made.iter().filter_map(|c| c.to_digit(10)).collect::<Vec<_>>()) {
            break;
        }
    }
    made
}

/// That many digits with these in front, the last of which makes `is` true.
fn checked(first: &str, count: usize, draws: &mut Draws, is: impl Fn(&[u32]) -> bool) -> Vec<char> {
    let mut made = fixed(first, count, draws, |_| true);
    for check in '0'..='9' {
        made.pop();
        made.push(check);
        if is(&made.iter().filter_map(|c| c.to_digit(10)).collect::<Vec<_>>()) {
            break;
        }
    }
    made
}

fn phone(words: &str, signs: &[char], draws: &mut Draws) -> Option<Vec<char>> {
    const AREAS: [&str; 24] = [
        "201", "203", "206", "212", "213", "215", "216", "303", "305", "312", "313", "404", "412", "414", "415", "503", "512", "602",
        "612", "614", "617", "702", "713", "816",
    ];
    if !signs.iter().all(char::is_ascii_digit) {
        // An extension in letters: the number before it is what counts.
        let number = words.find(|c: char| c.is_ascii_alphabetic()).and_then(|at| words.get(..at))?;
        let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
        let mut made = phone(number, &digits, draws)?;
        made.extend(signs.iter().skip(digits.len()).map(|c| if c.is_ascii_digit() { draws.digit() } else { *c }));
        return Some(made);
    }
    let number: String = signs.iter().collect();
    let area = draws.pick(&AREAS);
    // `+44`, `0044`, `01144`: what calls abroad, the country, and whether a `(0)` follows.
    let call = if words.trim_start().starts_with('+') { Some("") } else { ["011", "00"].into_iter().find(|c| number.starts_with(c)) };
    let head = match (call, call.and_then(|call| number.strip_prefix(call)).unwrap_or(&number)) {
        (Some(call), abroad) => {
            let own = |code: &str, free: &str| {
                abroad.strip_prefix(code).map(|rest| {
                    let nought = if rest.starts_with('0') && code != "1" { "0" } else { "" };
                    let mobile = code == "44" && rest.trim_start_matches('0').starts_with('7');
                    format!("{call}{code}{nought}{}", if mobile { "7700900" } else { free })
                })
            };
            let other = || Some(format!("{call}{}000", abroad.get(..2)?));
            own("1", &format!("{area}55501")).or_else(|| own("44", "1632960")).or_else(|| own("61", "25550")).or_else(other)?
        }
        (None, _) => match (signs.len(), number.as_bytes()) {
            (7, _) => "55501".to_owned(),
            (10, [b'2'..=b'9', ..]) => format!("{area}55501"),
            (11, [b'1', ..]) => format!("1{area}55501"),
            (11, [b'0', b'7', ..]) => "07700900".to_owned(),
            (11, [b'0', ..]) => "01632960".to_owned(),
            (10, [b'0', b'4', ..]) => "025550".to_owned(),
            (10, [b'0', ..]) => "019900".to_owned(),
            _ => "000".to_owned(),
        },
    };
    // The last two are always drawn, whatever the form's length.
    let kept = signs.len().saturating_sub(2);
    Some(head.chars().take(kept).chain(std::iter::repeat_with(|| draws.digit())).take(signs.len()).collect())
}

fn iban(signs: &[char], draws: &mut Draws) -> Option<Vec<char>> {
    let country: String = signs.get(..2)?.iter().collect();
    let body = signs.get(4..)?;
    if !country.chars().all(|c| c.is_ascii_alphabetic()) || body.len() < 11 {
        return None;
    }
    // Eight signs cover the bank of every country's form but some, and more than half of the account stays free.
    let bank = body.iter().take(8).map(|c| if c.is_ascii_digit() { '0' } else { sign(c, 'X') });
    let body: Vec<char> = bank.chain(like(body.get(8..)?, "", draws)).collect();
    let text = |check: u32| format!("{country}{check:02}{}", body.iter().collect::<String>());
    (2..=98).map(text).find(|iban| checks::iban(iban)).map(|iban| iban.chars().collect())
}

fn vin(signs: &[char], draws: &mut Draws) -> Vec<char> {
    let mut made: Vec<char> = like(signs, "", draws).into_iter().map(|c| if "IOQioq".contains(c) { sign(&c, 'X') } else { c }).collect();
    for (place, new) in [(0, 'A'), (1, '0')] {
        if let (Some(c), Some(old)) = (made.get_mut(place), signs.get(place)) {
            *c = sign(old, new);
        }
    }
    for check in "0123456789X".chars() {
        if let Some(c) = made.get_mut(8) {
            *c = check;
        }
        if checks::vin(&made.iter().collect::<String>()) {
            break;
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntityType::*;
    use crate::operators::Seed;

    fn one(entity: EntityType, words: &str, ordinal: u32) -> Option<String> {
        drawn(entity, words, &mut Seed::new([3; 32]).draws(entity, ordinal, 0))
    }

    /// The pattern of a value: `9` for digits, letters by case, all else as it is.
    fn shape(words: &str) -> String {
        let class = |c: char| match c {
            '0'..='9' => '9',
            c if c.is_uppercase() => 'A',
            c if c.is_lowercase() => 'a',
            c => c,
        };
        words.chars().map(class).collect()
    }

    #[test]
    fn ranges_shapes_and_check_digits() {
        type Is = fn(&str) -> bool;
        let cases: &[(EntityType, &str, Is)] = &[
            (PhoneNumber, "(415) 555-2671", |s| s.contains(" 555-01")),
            (PhoneNumber, "415.867.2671", |s| s.contains(".555.01")),
            (PhoneNumber, "+1 415 867 2671", |s| s.starts_with("+1 ") && s.contains(" 555 01")),
            (PhoneNumber, "867-2671", |s| s.starts_with("555-01")),
            (PhoneNumber, "415-867-2671 ext 204", |s| s.contains("-555-01") && s.contains(" ext ")),
            (PhoneNumber, "+44 20 7946 8123", |s| s.starts_with("+44 16 3296 0")),
            (PhoneNumber, "+44 7911 123456", |s| s.starts_with("+44 7700 900")),
            (PhoneNumber, "07911 123456", |s| s.starts_with("07700 900")),
            (PhoneNumber, "020 7946 8123", |s| s.starts_with("016 3296 0")),
            (FaxNumber, "01 42 68 53 00", |s| s.starts_with("01 99 00")),
            (PhoneNumber, "+49 30 901820", |s| s.starts_with("+49 00 0")),
            (UsSsn, "536-22-8726", |s| s.starts_with('9') && !s.ends_with("0000")),
            (UsSsn, "536228726", |s| s.starts_with('9') && s.as_bytes()[3] < b'5'),
            (NationalId, "943 476 5919", |s| s.starts_with("999 ") && checks::nhs(&checks::digits(s))),
            (NationalId, "130 692 544", |s| s.starts_with('0') && checks::luhn(&checks::digits(s))),
            (CreditCard, "4111 1111 1111 1111", |s| s.starts_with("9999 ") && checks::luhn(&checks::digits(s))),
            (CreditCard, "378282246310005", |s| s.starts_with("9999") && checks::luhn(&checks::digits(s))),
            (RoutingNumber, "021000021", |s| s.starts_with('9') && checks::aba(&checks::digits(s))),
            (RoutingNumber, "20-00-00", |s| s.starts_with("00-")),
            (Iban, "GB82 WEST 1234 5698 7654 32", |s| s.contains(" XXXX 0000 ") && checks::iban(s)),
            (Iban, "DE89370400440532013000", |s| s.get(4..12) == Some("00000000") && checks::iban(s)),
            (LicenseNumber, "1234567893", |s| s.starts_with('9') && checks::npi(&checks::digits(s))),
            (LicenseNumber, "AB1234563", |s| s.starts_with('Z') && checks::dea(&checks::digits(s))),
            (VehicleId, "1M8GDM9AXKP042788", |s| s.starts_with("A0") && checks::vin(s)),
            (DeviceId, "00:1B:44:11:3A:B7", |s| s.starts_with("00:00:5E:00:53:") && s.chars().all(|c| c == ':' || c.is_ascii_hexdigit())),
            (DeviceId, "490154203237518", |s| s.starts_with("00") && checks::luhn(&checks::digits(s))),
            (MedicalRecordNumber, "MRN-4478812", |s| s.len() == 11),
            (HealthPlanId, "1EG4-TE5-MK73", |s| s.len() == 13),
        ];
        for (entity, words, is) in cases {
            for ordinal in 1..40 {
                let made = one(*entity, words, ordinal).unwrap_or_else(|| panic!("{words}"));
                assert!(is(&made), "{words} -> {made}");
                let letters_may_vary = matches!(entity, VehicleId | DeviceId);
                assert!(letters_may_vary || shape(&made) == shape(words), "{words} -> {made}");
                assert_eq!(made.len(), words.len());
                assert_ne!(made, *words);
            }
        }
    }

    #[test]
    fn what_is_too_short_gets_none() {
        for words in ["1234", "x12", "ABCDEF", ""] {
            assert_eq!(one(UniqueId, words, 1), None, "{words}");
        }
    }

    #[test]
    fn postal_codes_that_do_not_exist() {
        for ordinal in 1..60 {
            let make = |words| postal_code(words, &mut Seed::new([3; 32]).draws(PostalCode, ordinal, 0)).unwrap();
            let zip = make("55802");
            assert!((1..500).contains(&zip.parse::<u32>().unwrap()), "{zip}");
            assert!(make("55802-1234").starts_with("00") && make("SW1A 1AA").starts_with('Q') && make("K1A 0B1").starts_with('W'));
            assert_eq!(make("SW1A 1AA").find(' '), Some(4));
        }
    }
}
