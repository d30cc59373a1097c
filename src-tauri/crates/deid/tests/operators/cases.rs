//! Tables of cases.

use std::collections::BTreeSet;
use std::sync::Arc;

use deid::*;
use regex::Regex;

use crate::*;

#[test]
fn each_operator_in_a_record() {
    use EntityType::*;
    use Operator::*;
    let cases: &[(EntityType, Operator, &str, &str)] = &[
        (Person, Placeholder, "<PERSON:Ana Ruiz> came; <PERSON:Ruiz> left", "[PERSON_1] came; [PERSON_1] left"),
        (City, Keep, "in <CITY:Duluth>", "in Duluth"),
        (Profession, Redact, "a <PROFESSION:glass blower>.", "a █████."),
        (CreditCard, Mask, "card <CREDIT_CARD:4111 1111 1111 1234>", "card **** **** **** 1234"),
        (AccountNumber, Mask, "acct <ACCOUNT_NUMBER:004-417722>", "acct ***-**7722"),
        (AccountNumber, Mask, "acct <ACCOUNT_NUMBER:41772>", "acct *****"),
        (Date, Generalize(Grain::Year), "seen <DATE:5/4/2024>, <DATE:Christmas 2023>, <DATE:5/4>", "seen 2024, 2023, [DATE_1]"),
        (
            Date,
            Generalize(Grain::Year),
            "born 1931; <DATE:DOB> <DATE:03/14/1930>; <DATE:May 2024>",
            "born 90+ years ago; [DATE_1] 90+ years ago; 2024",
        ),
        (Date, Generalize(Grain::Quarter), "seen <DATE:2024-05-04T10:22:00Z>", "seen Q2 2024"),
        (Date, Generalize(Grain::Month), "seen <DATE:05-MAY-2024>", "seen May 2024"),
        (Age, Generalize(Grain::Over89), "<AGE:89 yo> and <AGE:92-year-old>", "89 yo and 90+-year-old"),
        (Age, Generalize(Grain::TenYears), "<AGE:66-year-old>", "60-69-year-old"),
        (
            PostalCode,
            Generalize(Grain::Zip3),
            "<POSTAL_CODE:55802>, <POSTAL_CODE:03601>, <POSTAL_CODE:SW1A 1AA>",
            "558, 000, [POSTAL_CODE_1]",
        ),
        (PostalCode, Generalize(Grain::Zip3), "<POSTAL_CODE:80331> <CITY:München>", "[POSTAL_CODE_1] [CITY_1]"),
        (
            City,
            Generalize(Grain::State),
            "<CITY:Duluth>, <STATE:MN>. Back in <CITY:Duluth> from <CITY:Reno>.",
            "(town), [STATE_1]. Back in MN from [CITY_1].",
        ),
    ];
    for (entity, operator, marked, expected) in cases {
        let operators = Operators::default().with(*entity, *operator).unwrap();
        let record = Record::parse(marked);
        let applied = record.apply(&Plan { operators, ..Plan::default() });
        assert_eq!(text(&applied), *expected, "{marked}");
        for piece in &applied.pieces {
            let used = applied.text.expose();
            assert!(
                !piece.new.of(used).is_empty() && record.detections.iter().any(|d| d.span == piece.original) || marked.contains("born")
            );
        }
    }
}

#[test]
fn without_a_seed_there_are_placeholders() {
    let operators = surrogates().with(EntityType::Date, Operator::ShiftDate { keep_weekday: false }).unwrap();
    let applied = Record::parse("<PERSON:Ana Ruiz> on <DATE:5/4/2024>").apply(&Plan { operators, ..Plan::default() });
    assert_eq!(text(&applied), "[PERSON_1] on [DATE_1]");
    assert!(applied.pieces.iter().all(|p| p.operator == Operator::Placeholder && p.reversible));
}

#[test]
fn what_no_table_may_say() {
    use EntityType::*;
    let keeps = |operators: Operators, entity| operators.with(entity, Operator::Keep).is_ok();
    let limited = || Operators::from(Preset::HipaaLimitedDataSet);
    for entity in EntityType::ALL {
        let quasi = entity.kind() == Kind::Quasi;
        assert_eq!(keeps(Operators::default(), *entity), quasi, "{}", entity.name());
        assert_eq!(keeps(limited(), *entity), quasi || *entity == UniqueId, "{}", entity.name());
    }
    for entity in [CardSecurityCode, Secret] {
        for operator in [Operator::Keep, Operator::Mask, Operator::Surrogate, Operator::Generalize(Grain::Year)] {
            assert_eq!(Operators::default().with(entity, operator), Err(Refused { entity, operator }));
        }
        for preset in Preset::ALL {
            assert!(matches!(Operators::from(preset).of(entity), Operator::Placeholder | Operator::Redact));
        }
    }
    for (entity, operator) in [
        (UsSsn, Operator::Mask),
        (Person, Operator::ShiftDate { keep_weekday: false }),
        (Date, Operator::Surrogate),
        (Age, Operator::Generalize(Grain::Year)),
        (Date, Operator::Generalize(Grain::Zip3)),
    ] {
        assert!(Operators::default().with(entity, operator).is_err());
    }
}

#[test]
fn presets_obey_the_rules_of_tables_and_say_what_they_claim() {
    for preset in Preset::ALL {
        for entity in EntityType::ALL {
            let operator = Operators::from(preset).of(*entity);
            assert!(Operators::from(preset).with(*entity, operator).is_ok(), "{preset:?} {} {operator:?}", entity.name());
        }
        let claims = preset.claims();
        assert!(claims.starts_with("Claims") && claims.contains("does not claim") && !claims.contains('\n'));
    }
}

#[test]
fn a_table_is_read_from_a_file_only_if_it_is_allowed() {
    let read = |json: &str| serde_json::from_str::<Operators>(json);
    let table = Operators::from(Preset::GlbaPci)
        .with(EntityType::Date, Operator::ShiftDate { keep_weekday: true })
        .and_then(|t| t.with(EntityType::Age, Operator::Generalize(Grain::FiveYears)))
        .unwrap();
    let json = serde_json::to_string(&table).unwrap();
    assert_eq!(json, r#"{"preset":"glba_pci","table":{"DATE":{"shift_date":{"keep_weekday":true}},"AGE":{"generalize":"five_years"}}}"#);
    assert_eq!(read(&json).unwrap(), table);
    assert_eq!(read("{}").unwrap(), Operators::default());
    assert_eq!(read(r#"{"table":{"CITY":"keep"}}"#).unwrap().of(EntityType::City), Operator::Keep);
    for refused in [
        r#"{"table":{"SECRET":"keep"}}"#,
        r#"{"table":{"CARD_SECURITY_CODE":"mask"}}"#,
        r#"{"table":{"PERSON":"keep"}}"#,
        r#"{"preset":"hipaa_safe_harbor","table":{"UNIQUE_ID":"keep"}}"#,
        r#"{"tabel":{}}"#,
        r#"{"table":{"NOBODY":"keep"}}"#,
    ] {
        assert!(read(refused).is_err(), "{refused}");
    }
}

const LETTER: &str = "Patient <PERSON:Maria Garcia>, DOB <DATE:03/14/1934>, <AGE:92-year-old> <NRP:Basque> <PROFESSION:harbor pilot>, \
    <STREET_ADDRESS:12 Oak Street>, <CITY:Duluth>, <STATE:MN> <POSTAL_CODE:55802>, phone <PHONE_NUMBER:(415) 867-2671>, \
    SSN <US_SSN:536-22-8726>, MRN <MEDICAL_RECORD_NUMBER:4478812>, claim <UNIQUE_ID:C-448271>, card <CREDIT_CARD:4111 1111 1111 1111>, \
    CVV <CARD_SECURITY_CODE:417>, account <ACCOUNT_NUMBER:0044177221>, portal password <SECRET:hunter2!!>. Owes $1,284.50.";

#[test]
fn presets_on_a_letter() {
    let seed = Seed::new([9; 32]);
    let make = |preset| {
        text(&Record::parse(LETTER).apply(&Plan { operators: Operators::from(preset), seed: Some(&seed), year: Some(2026), needed: None }))
            .to_owned()
    };
    assert_eq!(
        make(Preset::HipaaSafeHarbor),
        "Patient [PERSON_1], DOB 90+ years ago, 90+-year-old [NRP_1] [PROFESSION_1], [STREET_ADDRESS_1], [CITY_1], MN 558, phone \
         [PHONE_NUMBER_1], SSN [US_SSN_1], MRN [MEDICAL_RECORD_NUMBER_1], claim [UNIQUE_ID_1], card [CREDIT_CARD_1], CVV \
         [CARD_SECURITY_CODE], account [ACCOUNT_NUMBER_1], portal password [SECRET]. Owes $1,284.50."
    );
    let limited = make(Preset::HipaaLimitedDataSet);
    assert!(
        limited.starts_with("Patient [PERSON_1], DOB 03/14/1934, 92-year-old") && limited.contains("[STREET_ADDRESS_1], Duluth, MN 55802")
    );
    let glba = make(Preset::GlbaPci);
    assert!(glba.contains("card **** **** **** 1111, CVV [CARD_SECURITY_CODE], account ******7221,") && glba.contains("[PERSON_1]"));
    let gdpr = make(Preset::GdprPseudonymization);
    assert!(gdpr.contains("90+-year-old █████ █████, ") && gdpr.contains("$1,284.50") && gdpr.contains("[CARD_SECURITY_CODE]"));
    for original in ["Maria", "Garcia", "1934", "Oak", "Duluth", "55802", "867-2671", "8726", "4478812", "448271", "4111", "417,", "hunter"]
    {
        assert!(!gdpr.contains(original), "{original} in {gdpr}");
    }
    assert_eq!(make(Preset::MinimumNecessary), "[...]");
}

#[test]
fn only_what_the_question_needs() {
    let record =
        Record::parse("Seen by <PERSON:Ana Ruiz>. Takes metformin.\nLives with <PERSON:Tom Beck> in <CITY:Reno>.\nAllergies: none.");
    let spans = [needed(&record.text, &|sentence| sentence.contains("metformin") || sentence.contains("Allergies"))];
    let plan = Plan { operators: Operators::from(Preset::MinimumNecessary), needed: Some(&spans), ..Plan::default() };
    let applied = record.apply(&plan);
    assert_eq!(text(&applied), "[...] Takes metformin.\n[...]\nAllergies: none.");
    assert_eq!(applied.pieces.iter().filter(|p| p.entity.is_none()).count(), 2);
    // What was left out must not leave by another way.
    assert!(Gate::new(&applied.vault).check(b"Tom Beck").is_err());
    // A span that cuts an identifier in two takes all of it.
    let half = [vec![Span::new(0, 10)]];
    let applied = record.apply(&Plan { needed: Some(&half), ..plan });
    assert!(text(&applied).starts_with("Seen by [PERSON_1]") && !text(&applied).contains("Ruiz"));
}

#[test]
fn one_person_is_one_surrogate_in_every_form() {
    let seed = Seed::new([4; 32]);
    let record = Record::parse(
        "<PERSON:Maria Garcia> came. Ms. <PERSON:Garcia> was seen; <PERSON:GARCIA, MARIA> / <PERSON:M. Garcia> / <PERSON:maria>'s son. \
         Dr. <PERSON:Hans Zimmermann> saw her; <PERSON:Zimmermann> wrote.",
    );
    let applied = record.apply(&Plan { operators: surrogates(), seed: Some(&seed), ..Plan::default() });
    let out: Vec<&str> = applied.pieces.iter().map(|p| p.new.of(text(&applied))).collect();
    let (given, surname) = out[0].split_once(' ').unwrap();
    assert_eq!(out[1], surname);
    assert_eq!(out[2], format!("{surname}, {given}").to_uppercase());
    assert_eq!(out[3], format!("{}. {surname}", &given[..1]));
    assert_eq!(out[4], given.to_lowercase());
    assert!(out[5].ends_with(out[6]) && out[6] != surname);
    // The answer writes it in ways that the record does not.
    for (answer, expected) in [
        (format!("{given} {surname}'s dose"), "Maria Garcia's dose".to_owned()),
        (format!("{given}\n{surname} and {}", out[5]), "Maria Garcia and Hans Zimmermann".into()),
        (format!("Ms. {surname} ({given})"), "Ms. Garcia (Maria)".into()),
        (format!("{} {}", given.to_uppercase(), surname.to_uppercase()), "MARIA GARCIA".into()),
        (format!("{surname}son, x{surname}, {surname}_1"), format!("{surname}son, x{surname}, {surname}_1")),
    ] {
        assert_eq!(joined(applied.vault.restore(&answer)), expected, "{answer}");
    }
}

#[test]
fn gender_and_language_are_those_of_the_record() {
    // The lists of the crate are not public: names that stand in one list alone are told by many seeds.
    let drawn = |marked: &str| -> BTreeSet<String> {
        let one = |n: u8| {
            let seed = Seed::new([n; 32]);
            let applied = Record::parse(marked).apply(&Plan { operators: surrogates(), seed: Some(&seed), ..Plan::default() });
            applied.pieces[0].new.of(text(&applied)).split(' ').next().unwrap().to_owned()
        };
        (0..120).map(one).collect()
    };
    let (she, he) = (drawn("Mrs. <PERSON:Kim Nguyen> came"), drawn("<PERSON:Kim Nguyen> took his pills"));
    assert!(she.is_disjoint(&he) && she.contains("Emily") && he.contains("Kevin"), "{she:?} {he:?}");
    let es = drawn("<PERSON:Rosa Gutierrez> came");
    assert!(es.contains("Carmen") && es.is_disjoint(&she) && es.is_disjoint(&he), "{es:?}");
    assert!(drawn("<PERSON:Hans Zimmermann> came").contains("Klaus"));
}

#[test]
fn numbers_come_back_however_the_answer_parts_them() {
    let seed = Seed::new([6; 32]);
    let record = Record::parse("call <PHONE_NUMBER:(415) 867-2671>, SSN <US_SSN:536-22-8726>");
    let applied = record.apply(&Plan { operators: surrogates(), seed: Some(&seed), ..Plan::default() });
    let phone = applied.pieces[0].new.of(text(&applied)).to_owned();
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    for written in [phone.clone(), digits.clone(), format!("{}-{}-{}", &digits[..3], &digits[3..6], &digits[6..]), phone.replace(' ', "\n")]
    {
        assert_eq!(joined(applied.vault.restore(&format!("at {written}."))), "at (415) 867-2671.", "{written}");
    }
    assert_eq!(joined(applied.vault.restore(&format!("{digits}1"))), format!("{digits}1"));
}

#[test]
fn dates_that_only_the_answer_holds_come_back() {
    let seed = Seed::new([6; 32]);
    let record = Record::parse("seen <DATE:05/04/2024>, next <DATE:5/4>, since 2019");
    let applied = record.apply(&Plan { operators: shifting(true), seed: Some(&seed), ..Plan::default() });
    assert!(text(&applied).ends_with("next [DATE_1], since 2019"));
    let shift = applied.vault.shift().unwrap();
    let later = shift.apply("May 11, 2024").unwrap();
    assert_eq!(joined(applied.vault.restore(&format!("a week later, {later}, and [DATE_1]."))), "a week later, May 11, 2024, and 5/4.");
    // Read back from where a store keeps it.
    let kept = Vault::from_entries(applied.vault.entries().cloned())
        .with_shift(serde_json::from_str(&serde_json::to_string(&shift).unwrap()).unwrap());
    assert_eq!(joined(kept.restore(&later)), "May 11, 2024");
    assert_eq!(format!("{shift:?}"), "[shift]");
}

#[test]
fn a_case_of_two_records_has_one_stand_in() {
    let seed = Seed::new([11; 32]);
    let plan = Plan { operators: surrogates(), seed: Some(&seed), ..Plan::default() };
    let (first, second) = (Record::parse("<PERSON:Maria Garcia> in <CITY:Duluth>"), Record::parse("<CITY:Duluth>: <PERSON:GARCIA, MARIA>"));
    let mut case = Case::new(&plan, &first.text);
    let one = case.apply(&first.text, &first.detections, None);
    let two = case.apply(&second.text, &second.detections, None);
    let of = |applied: &Applied, n: usize| applied.pieces[n].new.of(text(applied)).to_owned();
    let (given, surname) = of(&one, 0).split_once(' ').map(|(g, s)| (g.to_uppercase(), s.to_uppercase())).unwrap();
    assert_eq!((of(&two, 0), of(&two, 1)), (of(&one, 1), format!("{surname}, {given}")));
    // A record in which the surrogate's own name stands: it would not find the way back.
    let third = Record::parse(&format!("<PERSON:Maria Garcia> met a {}.", surname.to_lowercase()));
    let three = case.apply(&third.text, &third.detections, None);
    assert_eq!(of(&three, 0), "[PERSON_1]");
}

#[test]
fn a_stream_is_restored_as_the_whole_is() {
    let seed = Seed::new([12; 32]);
    let operators = surrogates().with(EntityType::Date, Operator::ShiftDate { keep_weekday: false }).unwrap();
    let record = Record::parse(
        "<PERSON:Maria Garcia> (<PHONE_NUMBER:(415) 867-2671>) on <DATE:May 4, 2024> and <DATE:5/4>; \
         <DATE:Wednesday, September 4th, 2024>",
    );
    let applied = record.apply(&Plan { operators, seed: Some(&seed), ..Plan::default() });
    let answer = format!("{0}. And so, after a long while é, {0}; [ DATE_1 ] {1}{0}", text(&applied), "x".repeat(300));
    let whole = joined(applied.vault.restore(&answer));
    assert!(whole.contains("Maria Garcia ((415) 867-2671) on May 4, 2024 and 5/4"));
    for size in 1..40 {
        let mut restorer = applied.vault.restorer();
        let chars: Vec<char> = answer.chars().collect();
        let mut got: String = chars.chunks(size).map(|c| joined(restorer.push(&c.iter().collect::<String>()))).collect();
        got += &joined(restorer.finish());
        assert_eq!(got, whole, "in pieces of {size}");
    }
    let mut restorer = applied.vault.restorer();
    assert!(!restorer.push(&"a".repeat(9000)).is_empty());
}

#[test]
fn a_crowd_has_as_many_surrogates_as_there_are_names_and_placeholders_then() {
    let seed = Seed::new([14; 32]);
    let mut record = Record::default();
    for n in 0..300u32 {
        let letter = |n: u32| char::from(b'a' + (n % 26) as u8);
        let name = format!("{}o{}u", letter(n), letter(n / 26));
        record = record.mark(EntityType::Person, &format!("Q{name} Z{name}")).plain("; ");
    }
    let applied = record.apply(&Plan { operators: surrogates(), seed: Some(&seed), ..Plan::default() });
    let names: Vec<&str> = applied.pieces.iter().map(|p| p.new.of(text(&applied))).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 300);
    let drawn = applied.pieces.iter().filter(|p| p.operator == Operator::Surrogate).count();
    assert!((150..300).contains(&drawn), "{drawn}");
    assert_eq!(joined(applied.vault.restore(text(&applied))), record.text);
}

#[test]
fn dates_that_stayed_are_not_moved_in_an_answer() {
    let seed = Seed::new([6; 32]);
    let record = Record::parse("seen <DATE:05/04/2024>; guideline of January 7, 2019");
    let applied = record.apply(&Plan { operators: shifting(false), seed: Some(&seed), ..Plan::default() });
    assert!(text(&applied).ends_with("January 7, 2019"));
    assert_eq!(joined(applied.vault.restore(text(&applied))), record.text);
}

#[test]
fn blanks_around_a_mark_stay() {
    let seed = Seed::new([6; 32]);
    let operators = surrogates().with(EntityType::Date, Operator::ShiftDate { keep_weekday: false }).unwrap();
    let record = Record::parse("in<CITY: Duluth\n>on<DATE: 05/04/2024 >by<PERSON: Ana Ruiz>");
    let applied = record.apply(&Plan { operators, seed: Some(&seed), ..Plan::default() });
    assert!(
        Regex::new(r"^in [A-Z][a-z]+\non \d\d/\d\d/\d{4} by [A-Z][a-z]+ [A-Z][a-z]+$").unwrap().is_match(text(&applied)),
        "{}",
        text(&applied)
    );
    assert_eq!(joined(applied.vault.restore(text(&applied))), record.text);
}

#[test]
fn a_surrogate_that_stands_in_the_record_is_drawn_again() {
    let seed = Seed::new([15; 32]);
    let plan = Plan { operators: surrogates(), seed: Some(&seed), ..Plan::default() };
    for marked in [
        "<PHONE_NUMBER:(415) 867-2671>",
        "<CITY:Duluth>",
        "<US_SSN:536-22-8726>",
        "<PERSON:Maria Garcia>",
        "<EMAIL_ADDRESS:a@b.org>",
        "<IP_ADDRESS:10.0.0.7>",
        "<STREET_ADDRESS:12 Oak Street>",
    ] {
        let made = |marked: &str| {
            let applied = Record::parse(marked).apply(&plan);
            assert_eq!(applied.pieces[0].operator, Operator::Surrogate);
            applied.pieces[0].new.of(text(&applied)).to_owned()
        };
        let first = made(marked);
        let second = made(&format!("{marked} or {}", first.to_uppercase()));
        assert_ne!(first, second);
        assert_ne!(made(&format!("{marked} or {first} or {second}")), second);
    }
}

#[test]
fn a_needed_span_that_cuts_a_character_leaves_all_out() {
    let record = Record::parse("Zoé lives alone. <PERSON:Ana Ruiz> calls.");
    let plan = Plan { needed: Some(&[vec![Span { start: 0, end: 3 }]]), ..Plan::default() };
    assert_eq!(text(&record.apply(&plan)), "[...]");
}

pub struct Silent;

impl Encoder for Silent {
    fn read(&self, _: &str, cancel: &Cancel) -> Result<Reading, RecognizeError> {
        cancel.check()?;
        let class = Classification { class: RecordClass::parse("progress_note").unwrap(), confidence: 0.9, domain_confidence: 0.9 };
        Ok(Reading { detections: Vec::new(), class })
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, RecognizeError> {
        Ok(vec![Vec::new(); texts.len()])
    }
}

#[test]
fn the_sealed_prompt_takes_a_plan() {
    let pipeline = Pipeline::new(Ok(Arc::new(Silent)));
    let seed = Seed::new([13; 32]);
    let record = Record::parse("Patient <PERSON:Maria Garcia>, SSN <US_SSN:536-22-8726>, seen <DATE:05/04/2024>.");
    let reviewed = Reviewed { text: &record.text, detections: &record.detections, codes: &[], released: &[] };
    let question = "When was Maria Garcia seen after 05/01/2024?";
    let (prompt, _) = pipeline.prepare(&reviewed, question).unwrap();
    assert_eq!(
        (prompt.instruction(), prompt.content()),
        (INSTRUCTION, "Record:\nPatient [PERSON_1], SSN [US_SSN_1], seen [DATE_1].\n\nQuestion: When was [PERSON_1] seen after [DATE_2]?")
    );
    let operators = surrogates().with(EntityType::Date, Operator::ShiftDate { keep_weekday: true }).unwrap();
    let (prompt, vault) = pipeline.prepare_with(&reviewed, question, &Plan { operators, seed: Some(&seed), ..Plan::default() }).unwrap();
    assert_ne!(prompt.instruction(), INSTRUCTION);
    let content = prompt.content();
    for original in ["Maria", "Garcia", "536", "05/04/2024", "05/01/2024"] {
        assert!(!content.contains(original), "{content}");
    }
    assert_eq!(joined(vault.restore(content)), format!("Record:\n{}\n\nQuestion: {question}", record.text));
    // An identifier that nobody marked is still a reason not to send, whatever the plan.
    let open = Record::parse("Patient <PERSON:Maria Garcia>, SSN 536-22-8726.");
    let reviewed = Reviewed { text: &open.text, detections: &open.detections, codes: &[], released: &[] };
    for preset in Preset::ALL {
        let whole = [vec![Span::new(0, open.text.len())]];
        let plan = Plan { operators: Operators::from(preset), seed: Some(&seed), needed: Some(&whole), ..Plan::default() };
        assert!(matches!(pipeline.prepare_with(&reviewed, "Who?", &plan), Err(PrepareError::Residual { entity: EntityType::UsSsn })));
        assert!(pipeline.deidentify_with(&reviewed, &plan).is_err());
    }
    // A unique number that a limited data set keeps passes the second look.
    let kept = Record::parse("Claim number <UNIQUE_ID:CLM-4482716> of <PERSON:Maria Garcia>.");
    let reviewed = Reviewed { text: &kept.text, detections: &kept.detections, codes: &[], released: &[] };
    let operators = Operators::from(Preset::HipaaLimitedDataSet).with(EntityType::UniqueId, Operator::Keep).unwrap();
    let applied = pipeline.deidentify_with(&reviewed, &Plan { operators, ..Plan::default() }).unwrap();
    assert_eq!(text(&applied), "Claim number CLM-4482716 of [PERSON_1].");
}

#[test]
fn what_the_rules_see_only_after_the_others_are_replaced_is_replaced_too_where_no_one_reviews() {
    let pipeline = Pipeline::new(Ok(Arc::new(Silent)));
    let record = Record::parse("Provider name: Enterprise Sunbeam <FACILITY:Riverside Medical Center> since <DATE:05/04/2024>.");
    let reviewed = Reviewed { text: &record.text, detections: &record.detections, codes: &[], released: &[] };
    let plan = Plan::default();
    assert_eq!(pipeline.deidentify_with(&reviewed, &plan).unwrap_err(), PrepareError::Residual { entity: EntityType::Person });
    let detections = pipeline.unattended(&reviewed, &plan).unwrap();
    let applied = pipeline.deidentify_with(&Reviewed { detections: &detections, ..reviewed }, &plan).unwrap();
    assert_eq!(text(&applied), "Provider name: [PERSON_1] [FACILITY_1] since [DATE_1].");
    // What a reviewer released stays.
    let released = [Phi::new("Enterprise Sunbeam".to_owned())];
    assert_eq!(pipeline.unattended(&Reviewed { released: &released, ..reviewed }, &plan).unwrap(), record.detections);
}
