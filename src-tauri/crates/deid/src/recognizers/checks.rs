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

/// Australian tax file number: weights 1, 4, 3, 7, 5, 8, 6, 9, 10, modulo 11 (ATO).
pub fn tfn(digits: &[u32]) -> bool {
    let sum: u32 = digits.iter().zip([1, 4, 3, 7, 5, 8, 6, 9, 10]).map(|(d, w)| d * w).sum();
    (8..=9).contains(&digits.len()) && sum > 0 && sum.is_multiple_of(11)
}

/// Australian Medicare card: weights 1, 3, 7, 9 over eight digits (Services Australia).
pub fn medicare_au(digits: &[u32]) -> bool {
    let sum: u32 = digits.iter().take(8).zip([1, 3, 7, 9].iter().cycle()).map(|(d, w)| d * w).sum();
    digits.len() >= 10 && digits.get(8) == Some(&(sum % 10))
}

/// Aadhaar: Verhoeff over twelve digits (UIDAI), in the dihedral group of order ten.
pub fn verhoeff(digits: &[u32]) -> bool {
    const TURN: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let turned = |digit: u32, times: usize| (0..times % 8).fold(digit, |d, _| TURN.get(d as usize).copied().unwrap_or(d));
    digits.len() == 12 && digits.iter().rev().enumerate().fold(0, |sum, (place, digit)| product(sum, turned(*digit, place))) == 0
}

/// Brazilian CPF: two check digits, modulo 11 (Receita Federal).
pub fn cpf(digits: &[u32]) -> bool {
    let check = |len: usize| {
        let sum: u32 = digits.iter().take(len).zip((2..=len as u32 + 1).rev()).map(|(d, w)| d * w).sum();
        digits.get(len) == Some(&(sum * 10 % 11 % 10))
    };
    digits.len() == 11 && check(9) && check(10) && digits.iter().any(|d| Some(d) != digits.first())
}

/// Italian codice fiscale: the last letter from the values of odd and even places (DM 345/2004).
pub fn codice_fiscale(text: &str) -> bool {
    const ODD: [u32; 26] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let value = |c: char| c.to_digit(36).map(|v| if v > 9 { v - 10 } else { v });
    let sum: Option<u32> = text
        .chars()
        .take(15)
        .enumerate()
        .map(|(i, c)| value(c).and_then(|v| if i % 2 == 0 { ODD.get(v as usize).copied() } else { Some(v) }))
        .sum();
    text.len() == 16 && sum.map(|s| s % 26) == text.chars().last().and_then(value)
}

/// Spanish DNI and NIE: the letter of the number modulo 23 (RD 1553/2005).
pub fn dni(text: &str) -> bool {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let (Some(body), Some(letter)) = (plain.get(..8), plain.chars().last()) else { return false };
    let number = body.replacen('X', "0", 1).replacen('Y', "1", 1).replacen('Z', "2", 1).parse::<usize>();
    plain.len() == 9 && number.is_ok_and(|n| "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth(n % 23) == Some(letter))
}

/// Singapore NRIC and FIN: weights 2, 7, 6, 5, 4, 3, 2 (ICA; series S, T, F, G).
pub fn nric(text: &str) -> bool {
    let (Some(series), Some(letter)) = (text.chars().next(), text.chars().last()) else { return false };
    let sum: u32 = digits(text).iter().zip([2, 7, 6, 5, 4, 3, 2]).map(|(d, w)| d * w).sum();
    let (offset, letters) = match series {
        'S' => (0, "JZIHGFEDCBA"),
        'T' => (4, "JZIHGFEDCBA"),
        'F' => (0, "XWUTRQPNMLK"),
        'G' => (4, "XWUTRQPNMLK"),
        _ => return true,
    };
    letters.chars().nth(((sum + offset) % 11) as usize) == Some(letter)
}

/// French NIR: 97 minus the number modulo 97 (INSEE); Corsica's departments count as 19 and 18.
pub fn nir(text: &str) -> bool {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().replace("2A", "19").replace("2B", "18");
    let number = |part: Option<&str>| part.and_then(|p| p.parse::<u64>().ok());
    match (number(plain.get(..13)), number(plain.get(13..15))) {
        (Some(body), Some(key)) => plain.len() == 15 && 97 - body % 97 == key,
        _ => false,
    }
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
        assert!(tfn(&digits("123456782")) && !tfn(&digits("123456781")));
        assert!(medicare_au(&digits("2428778132")) && !medicare_au(&digits("2428778142")));
        assert!(verhoeff(&digits("234123412346")) && !verhoeff(&digits("234123412347")) && !verhoeff(&digits("324123412346")));
        assert!(cpf(&digits("52998224725")) && !cpf(&digits("52998224724")) && !cpf(&digits("11111111111")));
        assert!(codice_fiscale("RSSMRA85T10A562S") && !codice_fiscale("RSSMRA85T10A562T"));
        assert!(dni("12345678Z") && dni("X1234567L") && !dni("12345678A"));
        assert!(nric("S1234567D") && !nric("S1234567A"));
        assert!(nir("2 69 05 49 588 157 80") && !nir("2 69 05 49 588 157 81"));
    }
}
