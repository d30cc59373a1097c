//! Rules: patterns with check digits and context words, one file for each identifier, each citing its format.
//!
//! A new one is a file with its labels, a `recognize` function for formats that need no label, and a table of cases, and a line
//! in `ALL`.

mod account_number;
mod age;
mod card_security_code;
pub(crate) mod checks;
mod city_state_zip;
mod columns;
mod credit_card;
mod date;
mod device_id;
mod email;
mod facility;
mod health_plan_id;
mod iban;
mod ip;
mod labelled;
mod license_number;
mod medical_record_number;
mod national_id;
mod numbers;
mod organization;
mod person;
mod phone;
mod postal_code;
mod routing;
mod secret;
mod street_address;
mod unique_id;
mod url;
mod us_ssn;
mod username;
mod vehicle_id;

use regex::Regex;

use crate::normalize::Normalized;
use crate::rejoin::Rejoined;
use crate::{Detection, EntityType, RecognizeError, Source, Span};

/// One identifier: the labels behind which it stands, and a function that looks for its own formats.
type Recognizer = (&'static [labelled::Label], fn(&Text<'_>, &mut Vec<Detection>));

const ALL: &[Recognizer] = &[
    (account_number::LABELS, |_, _| {}),
    (&[], age::recognize),
    (card_security_code::LABELS, |_, _| {}),
    (city_state_zip::LABELS, city_state_zip::recognize),
    (credit_card::LABELS, credit_card::recognize),
    (date::LABELS, date::recognize),
    (device_id::LABELS, device_id::recognize),
    (&[], email::recognize),
    (&[], facility::recognize),
    (health_plan_id::LABELS, health_plan_id::recognize),
    (iban::LABELS, iban::recognize),
    (&[], ip::recognize),
    (license_number::LABELS, license_number::recognize),
    (medical_record_number::LABELS, |_, _| {}),
    (national_id::LABELS, national_id::recognize),
    (&[], organization::recognize),
    (person::LABELS, person::recognize),
    (phone::LABELS, phone::recognize),
    (postal_code::LABELS, postal_code::recognize),
    (routing::LABELS, routing::recognize),
    (secret::LABELS, secret::recognize),
    (street_address::LABELS, street_address::recognize),
    (unique_id::LABELS, unique_id::recognize),
    (&[], url::recognize),
    (us_ssn::LABELS, us_ssn::recognize),
    (username::LABELS, username::recognize),
    (vehicle_id::LABELS, vehicle_id::recognize),
];

/// Runs every rule over a text. Spans are of the original text; they may overlap.
pub fn recognize(text: &str) -> Result<Vec<Detection>, RecognizeError> {
    let normalized = Normalized::new(text);
    let mut found = Vec::new();
    look(&Text(normalized.text()), &mut found);
    if let Some(rejoined) = Rejoined::new(normalized.text()) {
        let mut again = Vec::new();
        look(&Text(&rejoined.text), &mut again);
        found.extend(again.into_iter().filter_map(|d| Some(Detection { span: rejoined.source(d.span)?, ..d })));
        found.extend(rejoined.dictated().map(|(span, digits)| {
            let entity = if matches!(digits, 7 | 10 | 11) { EntityType::PhoneNumber } else { EntityType::UniqueId };
            Detection { span, entity, confidence: 0.75, source: Source::Rule("dictated".into()) }
        }));
    }
    for detection in &mut found {
        detection.span = normalized.original(detection.span);
    }
    Ok(found)
}

fn look(text: &Text<'_>, found: &mut Vec<Detection>) {
    labelled::recognize(text, found);
    for (_, formats) in ALL {
        formats(text, found);
    }
}

/// The normalized text, as rules look at it.
struct Text<'t>(&'t str);

impl Text<'_> {
    /// Adds every match of `pattern`: its group `id` where it has one, else all of it, with the confidence that `sure` gives;
    /// none where that is 0.
    fn each(&self, pattern: &Regex, name: &str, entity: EntityType, found: &mut Vec<Detection>, sure: impl Fn(&str, Span) -> f32) {
        for captures in pattern.captures_iter(self.0) {
            let Some(hit) = captures.name("id").or_else(|| captures.get(0)) else { continue };
            let span = Span::new(hit.start(), hit.end());
            let confidence = sure(hit.as_str(), span);
            if confidence > 0.0 {
                found.push(Detection { span, entity, confidence, source: Source::Rule(name.to_owned()) });
            }
        }
    }

    /// Whether one of the words stands at most that many bytes before the span, on its line.
    fn near(&self, span: Span, most: usize, words: &Regex) -> bool {
        words.is_match(self.before(span, most).rsplit('\n').next().unwrap_or(""))
    }

    /// Whether the 48 bytes before the span end in what the pattern, anchored at its end, describes.
    fn after(&self, span: Span, words: &Regex) -> bool {
        words.is_match(self.before(span, 48))
    }

    /// The text before a span, at most `most` bytes.
    fn before(&self, span: Span, most: usize) -> &str {
        let mut from = span.start.saturating_sub(most);
        while !self.0.is_char_boundary(from) {
            from += 1;
        }
        self.0.get(from..span.start).unwrap_or("")
    }

    /// The text after a span, at most `most` bytes.
    fn behind(&self, span: Span, most: usize) -> &str {
        let mut to = (span.end + most).min(self.0.len());
        while !self.0.is_char_boundary(to) {
            to -= 1;
        }
        self.0.get(span.end..to).unwrap_or("")
    }

    /// Whether neither letter nor digit touches the span, nor a sign that would make it a part of something longer.
    fn alone(&self, span: Span) -> bool {
        let joins = |c: char| c.is_alphanumeric() || c == '_';
        let before = self.before(span, 4).chars().next_back();
        let behind = self.behind(span, 4).chars().next();
        !before.is_some_and(joins) && !behind.is_some_and(joins)
    }
}

/// How long the placeholder at the start of the text is, such as `[PERSON_1]` or, for what never comes back, `[SECRET]`.
pub(crate) fn placeholder(text: &str) -> Option<usize> {
    let name = text.strip_prefix('[')?;
    let end = name.bytes().take(40).position(|b| b == b']')?;
    let name = name.get(..end)?;
    let words = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = words.len() < name.len() && words.len() > 1 && words.ends_with('_');
    let written = words.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    (written && (numbered || EntityType::parse(name).is_some())).then_some(end + 2)
}

/// Every pattern of the rules, so that one test compiles them all.
static COMPILED: std::sync::Mutex<Vec<&'static str>> = std::sync::Mutex::new(Vec::new());

/// A pattern that is written in this source. Digits, blanks and word boundaries are those of ASCII: the view has no others, and
/// the fast engine would give up at the first other letter.
fn pattern(source: &'static str) -> Regex {
    if let Ok(mut compiled) = COMPILED.lock() {
        compiled.push(source);
    }
    let ascii = source.replace(r"\b", r"(?-u:\b)").replace(r"\d", "[0-9]").replace(r"\s", r"[\t\n\r\x20]");
    #[expect(clippy::expect_used, reason = "the source is a constant; the tests run every recognizer and so compile every pattern")]
    Regex::new(&ascii).expect("a pattern of the rules compiles")
}

/// Declares patterns, compiled once.
macro_rules! patterns {
    ($($name:ident = $source:expr;)*) => {
        $(static $name: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| $crate::recognizers::pattern($source));)*
    };
}
use patterns;

#[cfg(test)]
pub(crate) fn check(cases: &[(&str, &[(&str, EntityType)])]) {
    let mut wrong = String::new();
    for (text, expected) in cases {
        let mut got: Vec<(&str, EntityType)> =
            crate::resolve(text, recognize(text).unwrap()).iter().map(|d| (d.span.of(text), d.entity)).collect();
        let mut expected = expected.to_vec();
        got.sort();
        expected.sort();
        if got != expected {
            wrong += &format!("in {text:?}\n     found {got:?}\n  expected {expected:?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of one hostile piece; sixteen of them make a line.
    const LONG: usize = 131_072;

    #[test]
    fn every_pattern_compiles_and_harmless_text_is_not_touched() {
        let mut touched = String::new();
        for text in [
            "BP 138/82, pulse 72, SpO2 98 % on room air, temp 37.2 C, weight 74.2 kg, A1c 7.1 %.",
            "Continue metformin 1000 mg twice daily and lisinopril 20 mg; repeat labs in 3 months.",
            "Parkinson's disease, Glasgow Coma Scale 15, Foley catheter, Hodgkin lymphoma, Apgar 9/10.",
            "ICD-10 E11.9, CPT 99213, LOINC 4548-4, MCC 5411.",
            "Total due $1,284.50 at 4.25 % APR over 360 months.",
            "Take 1/2 tab at 8:30 pm; visual acuity 20/20; pain 5/10; ratio 3:1.",
            "What is the difference between a Roth IRA and a traditional IRA?",
            "Na 138, K 4.1, Cl 102, CO2 24, BUN 14, Cr 0.9, glucose 104.",
            "WBC 7.2, Hgb 13.8, Plt 240; INR 1.1; TSH 2.35 mIU/L.",
            "Amoxicillin 500 mg PO q8h x 10 days, dispense #30, refills 2.",
            "EF 55-60 %, LVEDD 4.8 cm, gradient 12/6 mmHg.",
            "Wound 3 x 2 x 0.5 cm, stage 2, edges pink.",
            "FINDINGS: No acute fracture. IMPRESSION: Normal chest.",
            "REVIEW OF SYSTEMS: negative except as above.",
            "MELD-Na 14, CHA2DS2-VASc 3, ECOG 1, GCS 15.",
            "APR 19.99 %, minimum payment $35.00, 24 payments of $118.20.",
            "Net pay 2,118.40; YTD 24,880.11; federal tax 312.00.",
            "Press 1 for billing, 2 for appointments.",
            "Fiscal year 2024, Q3, revenue up 4.2 % to $1.2bn.",
            "Form 1040, Schedule C, line 31; W-2 box 12.",
            "See section 4.2.1 and figure 3-2 on page 118.",
            "Room temperature 68-72 F, humidity 40 %.",
            "1:1000 epinephrine, 0.3 mL IM; 5-10-15 mg titration.",
            "Dial tone, fax machine, phone menu: press pound.",
            "Crohn's disease, Down syndrome, Foley, Swan-Ganz, Kocher incision.",
            "You may call the office in the morning; will follow up in May or June.",
            "T1N0M0, Gleason 3+4=7, BI-RADS 2, Hb A1c.",
            "NDC 0002-8215-01, HCPCS J1885, CPT 99213-25, revenue code 0450, DRG 470.",
            "CUSIP 037833100, ISIN US0378331005, SEDOL 2046251, ticker MSFT, SIC 8011, NAICS 621111.",
            "LOINC 2345-7 glucose 104 mg/dL (ref 70-99), SNOMED 44054006, RxNorm 860975, ICD-10-CM I10, Z79.4.",
            "Model X-2200, firmware 4.11.2, part 8841-B, size 7.5, gauge 18G.",
            "Section 164.514(b)(2)(i), 45 CFR 160, chapter 12, pages 118-122, table 4.",
            "Seen at 10:30, discharged 14:05, next dose 0800; door-to-needle 42 min.",
            "Ratio 1:10000, odds 3:2, scale 1/48, dilution 1:64, 20/40 OS.",
            "Heart rate 72-88, RR 16-18, I/O 1200/850, MAP 65, PEEP 5, FiO2 0.4, tidal 450.",
            "Account balance: $12,450.18. Loan amount: 150000. Interest 4.875 %, term 360 months, LTV 80 %.",
            "Opening balance 1,204.55  Deposits 2,300.00  Withdrawals 1,118.20  Closing balance 2,386.35",
            "Total 118\n240\n356\n4118\n22017",
            "Hgb 13.8\nHct 41.2\nPlt 240\nWBC 7.2\nNa 138",
            "1. Aspirin 81 mg\n2. Atorvastatin 40 mg\n3. Metoprolol 25 mg",
            "Order 2 units PRBC; check INR in 3 days; call if glucose > 300; visit 2 of 6; case 4 of 10.",
            "Group therapy 3 times a week; member of the team; policy on visitors; card stock 120 g.",
            "The account was reviewed. The claim was denied. The file is closed. The license is pending.",
            "Patient: stable. Nurse: aware. Provider: notified. Name of drug: lisinopril. From: home. To: rehab.",
            "One or two tablets, three times a day, for five to seven days; four of six criteria met.",
            "Stage three disease, two out of five points, one in ten thousand, eight hundred milligrams.",
            "Customer service is open from nine to five. Press one for sales, two for support.",
            "Phone consultation lasted 25 minutes; fax machine 2 is broken; text message reminders on.",
            "Medicare Part D covers 75 %. Medicaid expansion in 2014. Member since 2009. Plan G, tier 3.",
            "Q1 2024 EPS 1.24 vs 1.18; P/E 22.4; volume 1,204,550; high 188.42, low 181.07; beta 1.12.",
            "Invoice total 1,284.50, net 30, 2/10 discount; qty 12, unit price 4.75, tax 8.25 %.",
            "Tanner stage 4, Mallampati 2, ASA 3, NYHA II, Killip 1, Braden 18, PHQ-9 12, GAD-7 8.",
            "Every 8 to 12 hours for 10 to 14 days; 30-day supply, 90 tablets, 3 refills.",
            "L4-L5 disc, C5-6, T12, V1-V3, CN II-XII, S1/S2 normal, 2+ pulses, 5/5 strength.",
            "Vitamin B12 1000 mcg, D3 2000 IU, omega-3, 0.9 % NaCl 1000 mL at 125 mL/h.",
            "Payment of $250.00 posted; check enclosed; wire transfer pending; deposit 500.00.",
            "[PERSON_1] saw [PERSON_2]. MRN [MEDICAL_RECORD_NUMBER_1], SSN [US_SSN_1], account [ACCOUNT_NUMBER_12].",
            "HTTP 404, TCP port 8443, IPv6, SHA-256, UTF-8, ISO 13485, RFC 5322, COVID-19, H1N1.",
        ] {
            for d in crate::resolve(text, recognize(text).unwrap()) {
                touched += &format!("{} {:?} in {text:?}\n", d.entity.name(), d.span.of(text));
            }
        }
        assert!(touched.is_empty(), "\n{touched}");
        assert!(COMPILED.lock().unwrap().len() > 40);
    }

    #[test]
    fn identifiers_taken_apart_or_in_disguise_are_found() {
        use EntityType::*;
        let cases: &[(&str, &str, EntityType)] = &[
            ("SSN: 5\u{200b}3\u{200b}6-22-8726", "5\u{200b}3\u{200b}6-22-8726", UsSsn),
            ("SSN \u{202d}536-22-8726\u{202c} ok", "536-22-8726", UsSsn),
            ("SSN: 536&#45;22&#45;8726", "536&#45;22&#45;8726", UsSsn),
            ("SSN: 536%2D22%2D8726", "536%2D22%2D8726", UsSsn),
            ("SSN: 536–22–8726", "536–22–8726", UsSsn),
            ("SSN: ５３６-２２-８７２６", "５３６-２２-８７２６", UsSsn),
            ("SSN: ٥٣٦-٢٢-٨٧٢٦", "٥٣٦-٢٢-٨٧٢٦", UsSsn),
            ("SSN: 536-2\n2-8726", "536-2\n2-8726", UsSsn),
            ("SSN: 536-22-\n    8726", "536-22-\n    8726", UsSsn),
            ("SSN: 536-2-\n2-8726", "536-2-\n2-8726", UsSsn),
            ("SSN five three six, two two, eight seven two six", "five three six, two two, eight seven two six", UsSsn),
            (
                "her social is five thirty-six twenty-two eighty-seven twenty-six",
                "five thirty-six twenty-two eighty-seven twenty-six",
                UsSsn,
            ),
            ("SSN: 5 3 6 2 2 8 7 2 6", "5 3 6 2 2 8 7 2 6", UsSsn),
            ("MRN: 4478\n8123 is hers", "4478\n8123", MedicalRecordNumber),
            ("MRN: 44788-\n123", "44788-\n123", MedicalRecordNumber),
            ("MRN four four seven eight eight one two three", "four four seven eight eight one two three", MedicalRecordNumber),
            ("ＭＲＮ： ４４７８８１", "４４７８８１", MedicalRecordNumber),
            ("МRN: 447881", "447881", MedicalRecordNumber),
            ("M.R.N. 4 4 7 8 8 1", "4 4 7 8 8 1", MedicalRecordNumber),
            ("phone 218.555.\n0142", "218.555.\n0142", PhoneNumber),
            ("call (218) 5\n55-0142 now", "(218) 5\n55-0142", PhoneNumber),
            ("call two one eight, five five five, oh one four two", "two one eight, five five five, oh one four two", PhoneNumber),
            ("reach me at two one eight triple five zero one double four", "two one eight triple five zero one double four", PhoneNumber),
            ("two one eight five five five oh one four two", "two one eight five five five oh one four two", PhoneNumber),
            ("call 218\u{a0}555\u{2009}0142", "218\u{a0}555\u{2009}0142", PhoneNumber),
            ("card 4111 1111 11\n11 1111", "4111 1111 11\n11 1111", CreditCard),
            ("card 4111-1111-11-\n11-1111", "4111-1111-11-\n11-1111", CreditCard),
            ("4111/1111/1111/1111", "4111/1111/1111/1111", CreditCard),
            ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", CreditCard),
            ("DE89 3704 0044\n  0532 0130 00", "DE89 3704 0044\n  0532 0130 00", Iban),
            ("VIN 1M8GDM9A\nXKP042788", "1M8GDM9A\nXKP042788", VehicleId),
            ("ana.ruiz@exam\nple.org", "ana.ruiz@exam\nple.org", EmailAddress),
            ("ana.ruiz\n@example.org", "ana.ruiz\n@example.org", EmailAddress),
            ("ana&#64;example&period;org", "ana&#64;example&period;org", EmailAddress),
            ("ana%40example.org", "ana%40example.org", EmailAddress),
            ("аnа@ехаmрlе.org", "аnа@ехаmрlе.org", EmailAddress),
            ("a n a @ e x a m p l e . o r g", "a n a @ e x a m p l e . o r g", EmailAddress),
            ("ana＠example．org", "ana＠example．org", EmailAddress),
            ("account 0042 118-\n2231", "0042 118-\n2231", AccountNumber),
            ("NHS number 943\u{2011}476\u{2011}5919", "943\u{2011}476\u{2011}5919", NationalId),
        ];
        let mut wrong = String::new();
        for (text, words, entity) in cases {
            let start = text.find(words).unwrap();
            let span = Span::new(start, start + words.len());
            let found = crate::resolve(text, recognize(text).unwrap());
            if !found.iter().any(|d| d.entity == *entity && d.span.contains(&span)) {
                wrong += &format!("in {text:?}\n     found {:?}\n", found.iter().map(|d| (d.span.of(text), d.entity)).collect::<Vec<_>>());
            }
        }
        assert!(wrong.is_empty(), "\n{wrong}");
    }

    #[test]
    fn what_was_replaced_is_not_found_again() {
        for text in [
            "Patient: Maria Lopez   DOB: 03/14/1958   MRN: 4478812\nSSN: 536-22-8726  Phone: (218) 555-0142\nEmail: m.lopez@example.org\n\
             Address: 12 Oak Street, Salem\nDr. Okafor saw Ms. Lopez. Insurance ID: W88231177. NPI 1234567893.",
            "MRN | Name | Phone\n4478812 | Ruiz, Ana | 218-555-0142\n4478813 | OKAFOR, TOM | 218-555-0143\n",
            "Account number: 0042-118-2231, routing 021000021, card 4111 1111 1111 1111 exp 04/27 CVV 921, PIN 4471.",
            "Her social is five three six, two two, eight seven two six; MRN: 4478\n8123; user name: mlopez58, password: Tr0ub4dor&3.",
            "VIN 1M8GDM9AXKP042788, plate: 7ABC123, IMEI 490154203237518, serial # PM-4471-22X, IBAN DE89370400440532013000.",
            "MRNs 4478812, 4478820 and 4478833; 88231177 (acct); claim #2024-118-7733; DEA AB1234563; from 10.22.4.118.",
        ] {
            let pipeline = crate::Pipeline::new(Err(RecognizeError::Cancelled));
            let detections = crate::found_everywhere(text, recognize(text).unwrap()).unwrap();
            let record = crate::Reviewed { text, detections: &detections, codes: &[], released: &[] };
            let (out, _) = pipeline.deidentify(&record).unwrap_or_else(|error| panic!("{error} in {text}"));
            assert!(!out.contains("8726") && !out.contains("44788"), "{out}");
        }
        let text = "sshd[8821]: Failed password for mjozwiak from 91.203.5.146";
        let mut found = recognize(text).unwrap();
        for (words, entity) in [("mjozwiak", EntityType::Username), ("[8821", EntityType::Secret)] {
            let start = text.find(words).unwrap();
            let span = Span::new(start, start + words.len());
            found.push(Detection { span, entity, confidence: 0.9, source: crate::Source::Model });
        }
        let detections = crate::found_everywhere(text, found).unwrap();
        let record = crate::Reviewed { text, detections: &detections, codes: &[], released: &[] };
        crate::Pipeline::new(Err(RecognizeError::Cancelled)).deidentify(&record).unwrap();
    }

    #[test]
    fn a_long_hostile_line_is_read_to_its_end() {
        // Each piece repeats what some rule begins with and never ends it: a rule, or the search for what was found already, that
        // looked back or ahead without a bound would not return.
        let pieces = ["a.", "1 ", "MRN ", "five ", "a@", "12-", "Maria ", "(01)", "Name: ", "1\t", "x9", "é", "www.", "0:", "5", "eyJ"];
        let line: String = pieces.iter().map(|piece| piece.repeat(LONG / piece.len())).collect::<String>() + " SSN 536-22-8726";
        let found = crate::found_everywhere(&line, recognize(&line).unwrap()).unwrap();
        assert!(found.iter().any(|d| d.span.of(&line) == "536-22-8726"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_spans_on_character_boundaries(text in "(\\PC|\n|[0-9]{3}-|Patient: |MRN ){0,60}") {
            for d in recognize(&text).unwrap() {
                proptest::prop_assert!(text.get(d.span.start..d.span.end).is_some());
            }
        }
    }
}
