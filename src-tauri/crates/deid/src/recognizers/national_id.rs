//! National identifiers of other kinds: EIN and ITIN (IRS, publication 1915), NHS number (NHS Data Dictionary, modulo 11), UK National Insurance number (HMRC NIM39110), Canadian SIN (ESDC, Luhn), Australian TFN and Medicare (ATO, Services Australia), Aadhaar (UIDAI, Verhoeff), Indian PAN (Income Tax Department), CPF (Receita Federal), codice fiscale (DM 345/2004), DNI and NIE (RD 1553/2005), NRIC (ICA), NIR (INSEE), passports and their machine-readable lines (ICAO 9303).

use super::labelled::{Label, Needs, number, shaped};
use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    EIN = r"(?i)\b\d{2}-\d{7}\b";
    EIN_WORDS = r"(?i)\b(?:ein|fein|tax|employer|federal\s+id|irs)\b";
    ITIN = r"\b9\d{2}[- ](?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]\d{4}\b";
    NHS = r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b";
    NHS_WORDS = r"(?i)\bNHS\b";
    NINO = r"(?i)\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]\b";
    NINE = r"^[\dOolISB]{3}[ ./-]?[\dOolISB]{3}[ ./-]?[\dOolISB]{2,3}\b";
    MEDICARE_AU = r"\b[2-6]\d{3} \d{5} \d(?:[ /-]\d)?\b";
    AADHAAR = r"\b[2-9]\d{3}([ -])\d{4}[ -]\d{4}\b";
    PAN = r"\b[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]\b";
    PAN_LABEL = r"(?i)^[a-z]{3,9}\d{3,6}[a-z]{1,3}\b";
    CPF = r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b";
    FISCALE = r"(?i)\b[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]\b";
    CURP = r"\b[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d\b";
    DNI = r"(?i)\b(?:\d{8}|[XYZ][- ]?\d{7})[- ]?[TRWAGMYFPDXBNJZSQVHLCKE]\b";
    NRIC = r"\b[STFGM]\d{7}[A-Z]\b";
    NIR = r"\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b";
    PERSONNUMMER = r"\b(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]\d{4}\b";
    MRZ = r"\b[PIACV][A-Z<][A-Z<]{3}[A-Z0-9<]{25,39}|\b[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{2,16}";
    PASSPORT = r"(?i)^[a-z]{0,3}[- ]?\d[\dOolISB ]{5,10}[a-z]?\b";
    GENERAL = r"(?i)^[a-z]{0,4}[-/ ]?\d[\da-z]{1,12}(?:[ ./-][\da-z]{1,8}){0,5}\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "ein|nip|regon|fein|employer identification|tax id|tin|taxpayer id|taxpayer identification|federal id|federal tax id|\
            itin|tax identification|steuer id|tax number|vat|vat id|gst|irs number|utr",
        needs: Needs::Nothing,
        entity: EntityType::NationalId,
        rule: "ein",
        sure: 0.9,
        value: number::<5, 14>,
    },
    Label {
        words: "nhs|nhs number|chi number|ihi",
        needs: Needs::Nothing,
        entity: EntityType::NationalId,
        rule: "nhs",
        sure: 0.85,
        value: |place| {
            let value = number::<9, 16>(place)?;
            Some(super::labelled::Value { checked: checks::nhs(&checks::digits(place.rest.get(value.at.clone())?)), ..value })
        },
    },
    Label {
        words: "sin|social insurance|tfn|tax file",
        needs: Needs::Nothing,
        entity: EntityType::NationalId,
        rule: "national_id",
        sure: 0.85,
        value: |place| {
            shaped(place.rest, &NINE, |hit| {
                let digits = checks::digits(hit);
                checks::luhn(&digits) || checks::tfn(&digits)
            })
        },
    },
    Label {
        words: "passport|passeport|reisepass|pasaporte",
        needs: Needs::Nothing,
        entity: EntityType::NationalId,
        rule: "passport",
        sure: 0.92,
        value: |place| shaped(place.rest, &PASSPORT, |_| false).or_else(|| number::<5, 12>(place)),
    },
    Label {
        words: "aadhaar|aadhar|uidai|national insurance|nino|national id|national identity|identity card|id card|identity number|\
            personnummer|codice fiscale|dni|nie|nif|curp|cpf|bsn|pesel|hkid|nric|insee|cpr number|ssin|alien registration|\
            green card|permanent resident|voter id|residence permit|citizenship|naturalization|visa number|uscis|\
            sozialversicherungsnummer|rut|cnp|ahv|oib|egn|fiscal code|national identification|government id|state id|tribal id|\
            military id|dod id|edipi|veteran id|social credit|pps number|ppsn",
        needs: Needs::Nothing,
        entity: EntityType::NationalId,
        rule: "national_id",
        sure: 0.88,
        value: |place| number::<5, 20>(place).or_else(|| shaped(place.rest, &GENERAL, |_| false).filter(|v| v.at.len() > 6)),
    },
    Label {
        words: "pan|pan card|permanent account",
        needs: Needs::Nothing,
        entity: EntityType::NationalId,
        rule: "in_pan",
        sure: 0.85,
        value: |place| shaped(place.rest, &PAN_LABEL, |_| false),
    },
    Label {
        words: "ni|abn|acn|alien|a|uid",
        needs: Needs::Number,
        entity: EntityType::NationalId,
        rule: "national_id",
        sure: 0.85,
        value: number::<6, 16>,
    },
];

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::NationalId;
    text.each(&EIN, "ein", NationalId, found, |_, span| if text.alone(span) && text.near(span, 48, &EIN_WORDS) { 0.9 } else { 0.0 });
    text.each(&NHS, "nhs", NationalId, found, |hit, span| match (checks::nhs(&checks::digits(hit)), text.near(span, 32, &NHS_WORDS)) {
        (true, true) => 0.99,
        (false, true) => 0.85,
        (true, false) if hit.contains(' ') && text.alone(span) && !text.before(span, 1).ends_with('$') => 0.5,
        _ => 0.0,
    });
    let verhoeff = |hit: &str| checks::verhoeff(&checks::digits(hit));
    type Check<'c> = &'c dyn Fn(&str) -> bool;
    let formats: [(&regex::Regex, &str, f32, Check<'_>); 13] = [
        (&ITIN, "itin", 0.85, &|_| true),
        (&NINO, "uk_nino", 0.9, &|hit| hit.bytes().all(|b| !b.is_ascii_lowercase()) || hit.bytes().all(|b| !b.is_ascii_uppercase())),
        (&MEDICARE_AU, "au_medicare", 0.9, &|hit| checks::medicare_au(&checks::digits(hit))),
        (&AADHAAR, "aadhaar", 0.9, &verhoeff),
        (&PAN, "in_pan", 0.85, &|_| true),
        (&CPF, "br_cpf", 0.95, &|hit| checks::cpf(&checks::digits(hit))),
        (&FISCALE, "it_fiscale", 0.95, &checks::codice_fiscale),
        (&CURP, "mx_curp", 0.95, &|_| true),
        (&DNI, "es_dni", 0.8, &checks::dni),
        (&NRIC, "sg_nric", 0.9, &checks::nric),
        (&NIR, "fr_nir", 0.95, &checks::nir),
        (&PERSONNUMMER, "se_personnummer", 0.85, &|hit| {
            let digits = checks::digits(hit);
            digits.get(digits.len().saturating_sub(10)..).is_some_and(checks::luhn)
        }),
        (&MRZ, "mrz", 0.95, &|hit| hit.contains('<')),
    ];
    for (pattern, name, sure, check) in formats {
        text.each(pattern, name, NationalId, found, |hit, span| if text.alone(span) && check(hit) { sure } else { 0.0 });
    }
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("NHS number 943 476 5919", &[("943 476 5919", NationalId)]),
            ("NHS no: 9434765918", &[("9434765918", NationalId)]),
            ("NI QQ 12 34 56 C is no number, AB 12 34 56 C is", &[("AB 12 34 56 C", NationalId)]),
            ("EIN 12-3456789", &[("12-3456789", NationalId)]),
            ("SIN: 046 454 286", &[("046 454 286", NationalId)]),
            ("Passport no. X1234567", &[("X1234567", NationalId)]),
            ("a tax idea of 12-3456", &[]),
            ("943 476 591 units", &[]),
            ("the passport office", &[]),
            ("NI number: QQ 12 34 56 C", &[("QQ 12 34 56 C", NationalId)]),
            ("NINO AB123456C", &[("AB123456C", NationalId)]),
            ("Aadhaar 2341 2341 2346", &[("2341 2341 2346", NationalId)]),
            ("PAN ABCPE1234F", &[("ABCPE1234F", NationalId)]),
            ("CPF 529.982.247-25", &[("529.982.247-25", NationalId)]),
            ("codice RSSMRA85T10A562S", &[("RSSMRA85T10A562S", NationalId)]),
            ("DNI 12345678Z", &[("12345678Z", NationalId)]),
            ("S1234567D", &[("S1234567D", NationalId)]),
            ("TFN: 123 456 782", &[("123 456 782", NationalId)]),
            ("Medicare 2428 77813 2 1", &[("2428 77813 2 1", NationalId)]),
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
                &[
                    ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", NationalId),
                    ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", NationalId),
                ],
            ),
            ("ITIN 912-70-1234", &[("912-70-1234", NationalId)]),
            ("Tax ID: 12-3456789", &[("12-3456789", NationalId)]),
            ("CUSIP 037833100, ISIN US0378331005", &[]),
            ("part AB12CDE3, code 12-34567", &[]),
        ]);
    }
}
