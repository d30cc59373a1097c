//! Check digits, each by the rule of its publisher.

/// Digits of a text.
pub fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// Luhn, ISO/IEC 7812-1 annex B.
pub fn luhn(digits: &[u32]) -> bool {
    let doubled = |d: u32| if d > 4 { d * 2 - 9 } else { d * 2 };
    let sum: u32 = digits.iter().rev().enumerate().map(|(i, d)| if i % 2 == 1 { doubled(*d) } else { *d }).sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// ABA routing number: weights 3, 7, 1 (American Bankers Association, Routing Number Policy).
pub fn aba(digits: &[u32]) -> bool {
    let sum: u32 = digits.iter().zip([3, 7, 1].iter().cycle()).map(|(d, w)| d * w).sum();
    digits.len() == 9 && sum > 0 && sum.is_multiple_of(10)
}

/// IBAN, ISO 13616: modulo 97 over the rearranged number.
pub fn iban(text: &str) -> bool {
    let plain: Vec<char> = text.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
    if plain.len() < 15 || plain.len() > 34 {
        return false;
    }
    let rest = plain.iter().cycle().skip(4).take(plain.len()).filter_map(|c| c.to_digit(36));
    rest.fold(0u32, |sum, value| if value > 9 { (sum * 100 + value) % 97 } else { (sum * 10 + value) % 97 }) == 1
}

/// NPI: Luhn over 80840 and the ten digits (CMS, National Provider Identifier Standard).
pub fn npi(digits: &[u32]) -> bool {
    let whole: Vec<u32> = [8, 0, 8, 4, 0].into_iter().chain(digits.iter().copied()).collect();
    digits.len() == 10 && luhn(&whole)
}

/// DEA registration number: the last digit of d1+d3+d5 plus twice d2+d4+d6 (DEA Diversion Control, form 106 guidance).
pub fn dea(digits: &[u32]) -> bool {
    match digits {
        [a, b, c, d, e, f, check] => (a + c + e + 2 * (b + d + f)) % 10 == *check,
        _ => false,
    }
}

/// VIN: 49 CFR 565.15, transliteration and weights.
pub fn vin(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |c: char| match c.to_ascii_uppercase() {
        d @ '0'..='9' => d.to_digit(10),
        'A' | 'J' => Some(1),
        'B' | 'K' | 'S' => Some(2),
        'C' | 'L' | 'T' => Some(3),
        'D' | 'M' | 'U' => Some(4),
        'E' | 'N' | 'V' => Some(5),
        'F' | 'W' => Some(6),
        'G' | 'P' | 'X' => Some(7),
        'H' | 'Y' => Some(8),
        'R' | 'Z' => Some(9),
        _ => None,
    };
    let Some(values) = text.chars().map(value).collect::<Option<Vec<u32>>>() else { return false };
    let check = values.iter().zip(WEIGHTS).map(|(v, w)| v * w).sum::<u32>() % 11;
    let written = text.chars().nth(8).map(|c| if c.eq_ignore_ascii_case(&'x') { 10 } else { c.to_digit(10).unwrap_or(99) });
    values.len() == 17 && written == Some(check)
}

/// NHS number: modulo 11 (NHS Data Dictionary).
pub fn nhs(digits: &[u32]) -> bool {
    let (Some(body), Some(check)) = (digits.get(..9), digits.get(9)) else { return false };
    let sum: u32 = body.iter().zip((2..=10).rev()).map(|(d, w)| d * w).sum();
    digits.len() == 10 && (11 - sum % 11) % 11 == *check && sum > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        assert!(luhn(&digits("4111111111111111")) && !luhn(&digits("4111111111111112")));
        assert!(aba(&digits("021000021")) && !aba(&digits("021000022")) && !aba(&digits("000000000")));
        assert!(iban("GB82 WEST 1234 5698 7654 32") && iban("DE89370400440532013000") && !iban("GB82 WEST 1234 5698 7654 33"));
        assert!(npi(&digits("1234567893")) && !npi(&digits("1234567890")));
        assert!(dea(&digits("1234563")) && !dea(&digits("1234567")));
        assert!(vin("1M8GDM9AXKP042788") && vin("11111111111111111") && !vin("1M8GDM9AXKP042789"));
        assert!(nhs(&digits("9434765919")) && !nhs(&digits("9434765918")));
    }
}
