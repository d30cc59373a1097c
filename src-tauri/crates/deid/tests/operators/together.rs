//! Several records of a case: one map for all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use deid::*;
use proptest::prelude::*;

use crate::cases::Silent;
use crate::properties::{Facts, PEOPLE, facts, record};
use crate::*;

fn pipeline() -> Pipeline {
    Pipeline::new(Ok(Arc::new(Silent)))
}

fn reviewed(records: &[Record]) -> Vec<Reviewed<'_>> {
    records.iter().map(|r| Reviewed { text: &r.text, detections: &r.detections, codes: &[], released: &[] }).collect()
}

/// The records with what each of them knows of the others.
fn together(records: &[Record]) -> Vec<Record> {
    let found = found_in_case(&reviewed(records)).unwrap();
    records.iter().zip(found).map(|(record, detections)| Record { detections, ..record.clone() }).collect()
}

fn texts(records: &[Record], plan: &Plan<'_>) -> Vec<String> {
    pipeline().preview_case(&reviewed(records), plan).iter().map(|one| text(one).to_owned()).collect()
}

#[test]
fn a_surname_in_the_first_record_finds_its_person_in_the_last() {
    let records = together(&[
        Record::parse("Ms. <PERSON:Lopez> called about account <ACCOUNT_NUMBER:004417722>."),
        Record::parse("<PERSON:Ana Ruiz> saw nobody on <DATE:5/4/2024>."),
        Record::parse("<PERSON:Maria Lopez> came on <DATE:5/4/2024>; account 004417722, and Ruiz signed."),
    ]);
    assert_eq!(
        texts(&records, &Plan::default()),
        [
            "Ms. [PERSON_1] called about account [ACCOUNT_NUMBER_1].",
            "[PERSON_2] saw nobody on [DATE_1].",
            "[PERSON_1] came on [DATE_1]; account [ACCOUNT_NUMBER_1], and [PERSON_2] signed.",
        ]
        .map(|s| s.replace("PERSON_1", "PERSON_x").replace("PERSON_2", "PERSON_1").replace("PERSON_x", "PERSON_2"))
    );
    let added: Vec<&Source> = records[2].detections.iter().filter(|d| d.source != Source::Reviewer).map(|d| &d.source).collect();
    assert_eq!(added, [&Source::Propagation; 2]);
}

#[test]
fn what_was_released_in_one_record_stays_only_where_no_other_holds_it() {
    let records = [Record::parse("She has Hope and Grace."), Record::parse("<PERSON:Hope> Miller of <CITY:Grace>. <PERSON:Grace> came.")];
    let released = [Phi::from("Hope"), Phi::from("She")];
    let mut all = reviewed(&records);
    all[0].released = &released;
    let found = found_in_case(&all).unwrap();
    let words: Vec<&str> = found[0].iter().map(|d| d.span.of(&records[0].text)).collect();
    assert_eq!(words, ["Hope", "Grace"], "the other record says that it is somebody's name");
    // Released in both: nobody holds it any more.
    let second = Record::parse("Hope Miller");
    let both = [
        Reviewed { text: &records[0].text, detections: &[], codes: &[], released: &released },
        Reviewed { text: &second.text, detections: &second.detections, codes: &[], released: &released[..1] },
    ];
    assert!(found_in_case(&both).unwrap().iter().all(Vec::is_empty));
}

#[test]
fn a_prompt_over_records_has_headings_and_no_names_of_files() {
    let records = together(&[Record::parse("<PERSON:Ana Ruiz> takes zinc."), Record::parse("<PERSON:Ana Ruiz> is well.")]);
    let (prompt, vault) = pipeline().prepare_case(&reviewed(&records), 0..2, "How is Ana Ruiz?", &Plan::default()).unwrap();
    let content = "Record 1:\n[PERSON_1] takes zinc.\n\nRecord 2:\n[PERSON_1] is well.\n\nQuestion: How is [PERSON_1]?";
    assert_eq!(prompt.content(), content);
    assert_eq!(joined(vault.restore("[PERSON_1]")), "Ana Ruiz");
    let (prompt, _) = pipeline().prepare_case(&reviewed(&records), 1..2, "Well?", &Plan::default()).unwrap();
    assert_eq!(prompt.content(), "Record:\n[PERSON_1] is well.\n\nQuestion: Well?");
}

/// What is kept with the question to one record holds nothing of another, which may be deleted before it.
#[test]
fn the_vault_of_one_record_holds_no_original_of_another() {
    let records = together(&[
        Record::parse("<PERSON:Ana Ruiz> called."),
        Record::parse("<PERSON:Tom Beck> came, MRN <MEDICAL_RECORD_NUMBER:4478812>."),
    ]);
    let (prompt, vault) = pipeline().prepare_case(&reviewed(&records), 1..2, "Who came?", &Plan::default()).unwrap();
    assert!(prompt.content().contains("[PERSON_2] came"), "numbered over the case");
    let kept: Vec<String> = vault.entries().map(|e| e.original.expose().clone()).collect();
    assert!(kept.len() == 2 && !kept.contains(&"Ana Ruiz".to_owned()), "{kept:?}");
    assert!(prompt.gate().check(b"Ana Ruiz").is_err(), "the last look knows all of the case");
}

/// Too unsure to be repeated within a record, too short, or no word: the last look refuses them all the same.
#[test]
fn what_the_last_look_would_refuse_is_marked_in_the_other_records() {
    let mut first = Record::parse("Room <UNIQUE_ID:A12>; <PERSON:Hill> came, <PERSON:Zoë9> left, <MEDICAL_RECORD_NUMBER:B-7>.");
    first.detections.iter_mut().for_each(|d| (d.confidence, d.source) = (0.3, Source::Model));
    let second = Record::parse("In a12 and xA12: Hill went down the hill, Zoë9 saw B-7.");
    assert!(pipeline().deidentify_case(&reviewed(&[first.clone(), second.clone()]), 0..2, &Plan::default()).is_err());
    let records = together(&[first, second]);
    let all = pipeline().deidentify_case(&reviewed(&records), 0..2, &Plan::default()).unwrap();
    assert_eq!(text(&all[1]), "In [UNIQUE_ID_1] and xA12: [PERSON_1] went down the hill, [PERSON_2] saw B-7.");
    assert!(records[1].detections.iter().all(|d| d.source == Source::Propagation && d.confidence == 0.3));
}

/// Records of people who overlap, the second with some of the values of the first.
fn a_case() -> impl Strategy<Value = Vec<Record>> {
    (proptest::collection::vec(facts(), 2..4), any::<bool>()).prop_map(|(mut all, same)| {
        let first = all[0].clone();
        if let Some(last) = all.last_mut().filter(|_| same) {
            let people = std::mem::take(&mut last.people);
            *last = Facts { people, ..first };
        }
        all.iter().map(record).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_case_of_one_record_is_the_record_alone(f in facts(), seed in any::<[u8; 32]>(), preset in proptest::sample::select(Preset::ALL.to_vec())) {
        let records = [record(&f)];
        let seed = Seed::new(seed);
        prop_assert_eq!(&together(&records)[0].detections, &records[0].detections);
        let whole = [vec![Span::new(0, records[0].text.len())]];
        for operators in [Operators::from(preset), surrogates()] {
            let plan = Plan { operators, seed: Some(&seed), year: Some(2026), needed: Some(&whole) };
            let alone = records[0].apply(&plan);
            let case = pipeline().preview_case(&reviewed(&records), &plan).remove(0);
            prop_assert_eq!(text(&case), text(&alone));
            prop_assert_eq!(&case.pieces, &alone.pieces);
            prop_assert_eq!(case.vault.shift(), alone.vault.shift());
        }
    }

    #[test]
    fn no_original_survives_in_any_record_of_a_case(records in a_case(), seed in any::<[u8; 32]>()) {
        let (records, seed) = (together(&records), Seed::new(seed));
        let originals: Vec<String> = records.iter()
            .flat_map(|r| r.detections.iter().filter(|d| d.entity.kind() == Kind::Direct).map(|d| d.span.of(&r.text).to_lowercase()))
            .collect();
        for preset in Preset::ALL.into_iter().filter(|p| *p != Preset::MinimumNecessary) {
            let plan = Plan { operators: Operators::from(preset), seed: Some(&seed), year: Some(2026), needed: None };
            let all = pipeline().deidentify_case(&reviewed(&records), 0..records.len(), &plan);
            let all = all.map_err(|e| TestCaseError::fail(format!("{preset:?}: {e}")))?;
            prop_assert_eq!(all.len(), records.len());
            for one in &all {
                let out = text(one).to_lowercase();
                for words in originals.iter().filter(|words| words.len() > 3) {
                    prop_assert!(!out.contains(words.as_str()), "{} under {:?}: {}", words, preset, out);
                }
            }
        }
    }

    #[test]
    fn what_was_done_to_all_records_is_undone(records in a_case(), seed in any::<[u8; 32]>(), keep_weekday in any::<bool>()) {
        let (records, seed) = (together(&records), Seed::new(seed));
        let operators = surrogates().with(EntityType::Date, Operator::ShiftDate { keep_weekday }).unwrap();
        let plan = Plan { operators, seed: Some(&seed), ..Plan::default() };
        let (prompt, vault) = pipeline().prepare_case(&reviewed(&records), 0..records.len(), "Who is it?", &plan)
            .map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mut expected = String::new();
        for (number, one) in records.iter().enumerate() {
            expected += &format!("Record {}:\n{}\n\n", number + 1, one.text);
        }
        expected += "Question: Who is it?";
        // As the store reads it back.
        let kept = Vault::from_entries(vault.entries().cloned()).with_shift(vault.shift());
        prop_assert_eq!(joined(kept.restore(prompt.content())), expected);
    }

    #[test]
    fn the_same_value_is_the_same_placeholder_in_all_records_and_stays_it(records in a_case()) {
        let records = together(&records);
        let all = pipeline().preview_case(&reviewed(&records), &Plan::default());
        let mut map = BTreeMap::new();
        for (one, record) in all.iter().zip(&records) {
            for piece in &one.pieces {
                let (words, placeholder) = (piece.original.of(&record.text), piece.new.of(text(one)));
                let known = map.entry((piece.entity, words.to_lowercase())).or_insert(placeholder);
                prop_assert_eq!(*known, placeholder, "{}", words);
            }
        }
        for (given, surname) in PEOPLE {
            let whole = map.get(&(Some(EntityType::Person), format!("{given} {surname}").to_lowercase()));
            let turned = map.get(&(Some(EntityType::Person), format!("{surname}, {given}").to_lowercase()));
            prop_assert_eq!(whole, turned);
        }
        // Whichever records are asked about, the numbers are those of the case.
        let last = records.len() - 1;
        let (prompt, _) = pipeline().prepare_case(&reviewed(&records), last..last + 1, "Who?", &Plan::default()).unwrap();
        prop_assert_eq!(prompt.content(), format!("Record:\n{}\n\nQuestion: Who?", text(&all[last])));
    }
}
