//! Cases: questions and exports over several records with one placeholder map.

use product_tests::provider::Provider;
use tempfile::TempDir;
use workflow::{Cordon, Dates, Edit, ErrorCode, ExchangeStatus, Lane, Scope, Tier};

use crate::app;
use crate::export::request;

const CANARIES: &[&str] =
    &["Quentin", "Abernathy", "ABERNATHY", "77120934", "536-22-8726", "415-555-0198", "Larkspur", "Delacroix-Nwosu", "Imogen"];

const VISIT: &str = "\
PROGRESS NOTE
Patient: Quentin Abernathy     MRN: 77120934     DOB: 02/17/1961
SSN: 536-22-8726   Phone: 415-555-0198
Mr. Abernathy was seen on March 14, 2024 for follow-up of hypertension by Dr. Imogen Delacroix-Nwosu.
He takes lisinopril 20 mg daily. Blood pressure 128/78. Continue lisinopril and return in three months.
";

/// Says the surname alone, which nothing in this record marks as a name.
const LETTER: &str = "\
DISCHARGE SUMMARY
Patient: ABERNATHY, QUENTIN     MRN: 77120934
Admitted on March 21, 2024 from 81 Larkspur Hollow Road, Petaluma, CA 94952 with pneumonia and
hypertension. He was given amoxicillin 500 mg and improved. Copy to Delacroix-Nwosu. Discharged home in stable condition.
";

async fn two(cordon: &Cordon, home: &TempDir) -> (String, String, String) {
    let visit = app::import(cordon, home, "visit.txt", VISIT).await;
    let letter = app::import(cordon, home, "letter.txt", LETTER).await;
    let case = cordon.make_case("Abernathy", &[visit.clone(), letter.clone()]).await.unwrap();
    (case.id, visit, letter)
}

fn text(parts: &[workflow::AnswerPart]) -> String {
    parts.iter().map(|p| p.text.as_str()).collect()
}

#[tokio::test]
async fn a_question_spans_the_records_of_a_case_and_none_of_their_words_leaves() {
    let home = tempfile::tempdir().unwrap();
    // What was asked, said again: every placeholder of both records.
    let provider = Provider::answering(|asked| asked.split_inclusive(' ').map(str::to_owned).collect()).await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    let (case, visit, letter) = two(&cordon, &home).await;
    for id in [&visit, &letter] {
        cordon.approve(id).await.unwrap();
    }
    let view = cordon.open_case(&case).await.unwrap();
    assert_eq!(view.decision.unwrap().lane, Lane::Cloud, "{:?}", view.records);
    let question = "What did Quentin Abernathy take at home and in hospital?";
    let exchange = cordon.ask_case(&case, question, &mut |_| {}).await.unwrap();
    assert_eq!((exchange.tier, exchange.status), (Tier::Cloud, ExchangeStatus::Complete), "{exchange:?}");

    let sent = exchange.sent.clone().unwrap();
    assert!(sent.contains("Record 1:\nPROGRESS NOTE") && sent.contains("\n\nRecord 2:\nDISCHARGE SUMMARY"), "{sent}");
    assert!(!sent.contains(".txt"), "names of files identify");
    let request = provider.requests.lock().unwrap()[0].clone();
    for canary in CANARIES {
        assert!(!request.contains(canary), "{canary} left: {request}");
    }
    // One person, one number, one hospital number: in both records and in the question.
    let places: Vec<&str> = sent.matches("[PERSON_1]").collect();
    assert!(places.len() >= 4 && sent.matches("[MEDICAL_RECORD_NUMBER_1]").count() == 2, "{sent}");
    let answer = text(&exchange.answer);
    for canary in ["Quentin Abernathy", "77120934", "536-22-8726", "81 Larkspur Hollow Road", "Imogen Delacroix-Nwosu"] {
        assert!(answer.contains(canary), "{canary} did not come back: {answer}");
    }
    assert!(!answer.contains("[PERSON"), "{answer}");

    // The log of each record names the disclosure, with the digest of the same bytes.
    let mut digests = Vec::new();
    for id in [&visit, &letter] {
        let rows = cordon.audit_list(None, Some(id)).await.unwrap().rows;
        let intent = rows.iter().find(|r| r.action == "disclosure_intent").unwrap();
        digests.push(intent.detail.iter().find(|(name, _)| name == "digest").unwrap().1.clone());
    }
    let digest = product_tests::sha256(request.split_once("\r\n\r\n").unwrap().1.as_bytes());
    assert_eq!(digests, [digest.clone(), digest]);
    assert!(cordon.audit_verify().await.unwrap().sound);

    // After a restart it is restored as it was; without the record that it was asked over it is gone.
    cordon.close().await;
    drop(cordon);
    let cordon = app::open(&home).await;
    let view = cordon.open_case(&case).await.unwrap();
    assert_eq!((view.name.as_str(), view.records.len(), text(&view.exchanges[0].answer)), ("Abernathy", 2, answer));
    assert!(cordon.open_record(&visit).await.unwrap().exchanges.is_empty(), "it was asked of the case");
    cordon.delete_record(&letter).await.unwrap();
    let view = cordon.open_case(&case).await.unwrap();
    assert_eq!((view.records.len(), view.exchanges.len()), (1, 0));
}

#[tokio::test]
async fn a_record_of_the_case_is_numbered_as_the_case_and_knows_its_names() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let (case, visit, letter) = two(&cordon, &home).await;
    // A word that only a person knows to identify, marked in one record.
    let start = VISIT.find("hypertension").unwrap() as u32;
    let first = cordon.edit_record(&visit, Edit::Add { start, end: start + 12, entity: "UNIQUE_ID".into() }).await.unwrap();
    let shown = cordon.open_record(&letter).await.unwrap();
    let of = |view: &workflow::RecordView, words: &str| {
        let at = |d: &&workflow::DetectionView| view.text.get(d.start as usize..d.end as usize).is_some_and(|w| w.contains(words));
        view.detections.iter().find(at).map(|d| (d.id, d.placeholder.clone(), d.source.clone()))
    };
    let (id, placeholder, source) = of(&shown, "hypertension").unwrap();
    assert_eq!((Some(placeholder), source.as_str()), (of(&first, "hypertension").map(|d| d.1), "propagation"));
    assert_eq!(of(&shown, "ABERNATHY").unwrap().1, of(&first, "Quentin").unwrap().1);
    // What only the other record says is not taken away here; there it is.
    let refused = cordon.edit_record(&letter, Edit::Remove { detection: id }).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotAllowed);
    cordon.take_out_of_case(std::slice::from_ref(&letter)).await.unwrap();
    let alone = cordon.open_record(&letter).await.unwrap();
    assert!(alone.case.is_none() && of(&alone, "hypertension").is_none());
    cordon.put_into_case(&case, std::slice::from_ref(&letter)).await.unwrap();
    assert!(of(&cordon.open_record(&letter).await.unwrap(), "hypertension").is_some());
    let listed = cordon.list_records().await.unwrap();
    assert!(listed.iter().all(|r| r.case.as_ref() == Some(&case)));
    assert_eq!(listed.iter().find(|r| r.id == letter).unwrap().detections as usize, shown.detections.len());
    cordon.undo(&visit).await.unwrap();
    assert!(of(&cordon.open_record(&letter).await.unwrap(), "hypertension").is_none());
}

#[tokio::test]
async fn a_record_that_waits_for_review_keeps_the_case_here() {
    let home = tempfile::tempdir().unwrap();
    let provider = Provider::start(&["never"]).await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    let (case, visit, letter) = two(&cordon, &home).await;
    // Neither a health nor a financial record: a person has to look at it first.
    let memo = app::import(
        &cordon,
        &home,
        "memo.txt",
        "Recipe for the cake sale: 4 eggs, 200 g flour, 200 g butter, 200 g sugar. Quentin Abernathy brings the tent on Sunday.\n",
    )
    .await;
    for id in [&visit, &letter] {
        cordon.approve(id).await.unwrap();
    }
    assert_eq!(cordon.open_case(&case).await.unwrap().decision.unwrap().lane, Lane::Cloud);
    cordon.put_into_case(&case, std::slice::from_ref(&memo)).await.unwrap();
    let view = cordon.open_case(&case).await.unwrap();
    assert_eq!(view.decision.as_ref().unwrap().lane, Lane::Review, "{view:?}");
    let exchange = cordon.ask_case(&case, "Which lisinopril dose and which amoxicillin dose?", &mut |_| {}).await.unwrap();
    assert_eq!((exchange.tier, provider.requests.lock().unwrap().len()), (Tier::Local, 0), "{exchange:?}");
    // This machine looks in all of them.
    assert!(!exchange.passages.is_empty());
    for passage in &exchange.passages {
        let of = if passage.record == visit { VISIT } else { LETTER };
        assert_eq!(of.get(passage.start as usize..passage.end as usize), Some(passage.text.as_str()));
    }
    let log = cordon.audit_list(None, Some(&letter)).await.unwrap().rows;
    assert!(log.iter().any(|r| r.action == "answered") && !log.iter().any(|r| r.action == "disclosure_intent"));
    cordon.approve(&memo).await.unwrap();
    // It was approved with placeholders for its dates; with moved ones it would be another text.
    cordon.set_dates(Dates::Shifted).await.unwrap();
    assert_eq!(cordon.open_case(&case).await.unwrap().decision.unwrap().lane, Lane::Review);
    cordon.set_dates(Dates::Placeholders).await.unwrap();
    let exchange = cordon.ask_case(&case, "Which dose?", &mut |_| {}).await.unwrap();
    assert_eq!((exchange.tier, provider.requests.lock().unwrap().len()), (Tier::Cloud, 1), "{exchange:?}");
}

/// 42 CFR Part 2: one record of the case is enough.
#[tokio::test]
async fn a_special_category_of_one_record_counts_for_the_case() {
    let home = tempfile::tempdir().unwrap();
    let provider = Provider::start(&["never"]).await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    let (case, visit, letter) = two(&cordon, &home).await;
    let program = format!("{VISIT}He is in a methadone clinic for opioid use disorder (42 CFR Part 2).\n");
    let third = app::import(&cordon, &home, "program.txt", &program).await;
    cordon.put_into_case(&case, std::slice::from_ref(&third)).await.unwrap();
    for id in [&visit, &letter, &third] {
        cordon.approve(id).await.unwrap();
    }
    let alone = cordon.ask(&visit, "What does he take?", &mut |_| {}).await.unwrap();
    assert_eq!(alone.tier, Tier::Cloud, "the record by itself may go");
    let exchange = cordon.ask_case(&case, "What does he take?", &mut |_| {}).await.unwrap();
    assert_eq!((exchange.tier, provider.requests.lock().unwrap().len()), (Tier::Local, 1), "{exchange:?}");
    cordon.take_out_of_case(&[third]).await.unwrap();
    assert_eq!(cordon.ask_case(&case, "What does he take?", &mut |_| {}).await.unwrap().tier, Tier::Cloud);
    cordon.dissolve_case(&case).await.unwrap();
    assert_eq!(cordon.ask_case(&case, "What?", &mut |_| {}).await.unwrap_err().code, ErrorCode::Invalid);
    assert!(cordon.list_cases().await.unwrap().is_empty());
    assert_eq!(cordon.list_records().await.unwrap().len(), 3);
}

/// The provider sees moved dates and names one that no record holds; the window shows the true one, also after a restart.
#[tokio::test]
async fn dates_go_out_moved_and_come_back_also_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let moved = |asked: &str| -> String {
        let from = asked.find("seen on ").map(|at| &asked[at + 8..]).unwrap();
        from[..from.find(" for").unwrap()].to_owned()
    };
    let provider = Provider::answering(move |asked| {
        // `August 8, 2024` -> the tenth of that month.
        let date = moved(asked);
        let (month, year) = (date.split(' ').next().unwrap(), date.rsplit(' ').next().unwrap());
        vec![format!("On {date}, "), format!("and {month} 10, {year}.")]
    });
    let provider = provider.await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    cordon.set_dates(Dates::ShiftedWeeks).await.unwrap();
    assert!(cordon.audit_list(None, None).await.unwrap().rows.iter().any(|row| row.action == "dates_chosen"));
    let (case, visit, letter) = two(&cordon, &home).await;
    for id in [&visit, &letter] {
        let view = cordon.approve(id).await.unwrap();
        let preview: String = view.preview.iter().map(|s| s.text.as_str()).collect();
        assert!(view.dates == Dates::ShiftedWeeks && !preview.contains("[DATE"), "{preview}");
    }
    let exchange = cordon.ask_case(&case, "When was he seen?", &mut |_| {}).await.unwrap();
    let sent = exchange.sent.clone().unwrap();
    assert_ne!(moved(&sent), "March 14, 2024");
    let day: i32 = moved(&sent).split(' ').nth(1).unwrap().trim_end_matches(',').parse().unwrap();
    // Thursdays both, a week apart, in one record and in the other.
    let true_day = 14 + 10 - day;
    let named = if true_day > 0 { format!("March {true_day}, 2024") } else { format!("February {}, 2024", 29 + true_day) };
    let expected = format!("On March 14, 2024, and {named}.");
    assert_eq!(text(&exchange.answer), expected);
    cordon.close().await;
    drop(cordon);
    let cordon = app::open(&home).await;
    // Not drawn again: the record may be in another case by now.
    cordon.take_out_of_case(&[visit, letter]).await.unwrap();
    assert_eq!(text(&cordon.open_case(&case).await.unwrap().exchanges[0].answer), expected);
}

#[tokio::test]
async fn the_files_of_a_case_agree_in_surrogates_and_dates() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let (case, visit, letter) = two(&cordon, &home).await;
    // The letter holds an admission's date and an address, the visit a phone number: all can be chosen for.
    let types = async |whole| {
        let preview = cordon.preview_export(&letter, &request("all_placeholders", false), whole).await.unwrap();
        preview.types.into_iter().map(|t| t.entity).collect::<Vec<_>>()
    };
    assert!(!types(false).await.contains(&"PHONE_NUMBER".to_owned()) && types(true).await.contains(&"PHONE_NUMBER".to_owned()));
    let folder = home.path().join("shared");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("record-1.redacted.txt"), "mine").unwrap();
    let files = cordon.export_case(&case, &request("gdpr_pseudonymization", true), &folder).await.unwrap();
    let names: Vec<&str> = files.iter().map(|f| f.written.as_ref().unwrap().name.as_str()).collect();
    assert_eq!(names, ["record-1-1.redacted.txt", "record-2.redacted.txt"]);
    assert_eq!(std::fs::read_to_string(folder.join("record-1.redacted.txt")).unwrap(), "mine");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let (first, second) = (read(names[0]), read(names[1]));
    let lower = |text: &str| text.to_lowercase();
    for canary in CANARIES {
        assert!(!lower(&first).contains(&lower(canary)) && !lower(&second).contains(&lower(canary)), "{canary}: {first}{second}");
    }
    // `Patient: Maria Vega` here, `Patient: VEGA, MARIA` there.
    let patient = |text: &str| text.split_once("Patient: ").unwrap().1.split("  ").next().unwrap().to_owned();
    let (given, surname) = patient(&first).split_once(' ').map(|(g, s)| (g.to_owned(), s.to_owned())).unwrap();
    assert_eq!(lower(&patient(&second)), lower(&format!("{surname}, {given}")));
    let mrn = |text: &str| text.split_once("MRN: ").unwrap().1.split_whitespace().next().unwrap().to_owned();
    assert_eq!(mrn(&first), mrn(&second));
    // One record of the case written alone is the same file.
    for (id, file) in [(&visit, first), (&letter, second)] {
        let to = home.path().join("alone.txt");
        cordon.export_record(id, &request("gdpr_pseudonymization", false), &to).await.unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), file);
    }
    assert!(cordon.export_case(&case, &request("none_of_these", false), &folder).await.is_err());
}

/// 45 CFR 164.502(b): of each record only the passages that fit the question leave.
#[tokio::test]
async fn a_question_may_take_only_what_it_needs() {
    let home = tempfile::tempdir().unwrap();
    let provider = Provider::start(&["He takes lisinopril."]).await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    let (case, visit, letter) = two(&cordon, &home).await;
    for id in [&visit, &letter] {
        cordon.approve(id).await.unwrap();
    }
    assert_eq!(cordon.question_scope().await.unwrap(), Scope::Whole);
    cordon.set_question_scope(Scope::Fitting).await.unwrap();
    let exchange = cordon.ask_case(&case, "Which blood pressure drug does he take, lisinopril?", &mut |_| {}).await.unwrap();
    let sent = exchange.sent.clone().unwrap_or_else(|| panic!("{exchange:?}"));
    assert!(sent.contains("lisinopril 20 mg daily") && sent.contains("[...]"), "{sent}");
    for left_out in ["Phone", "SSN", "MRN", "Admitted"] {
        assert!(!sent.contains(left_out), "{left_out} in {sent}");
    }
    let request = provider.requests.lock().unwrap()[0].clone();
    for canary in CANARIES {
        assert!(!request.contains(canary), "{canary} left: {request}");
    }
    // What fits nothing is not sent; this machine says what it can.
    let exchange = cordon.ask(&letter, "zzqx?", &mut |_| {}).await.unwrap();
    assert!(exchange.sent.is_none() && exchange.problem.is_some_and(|p| p.code == ErrorCode::NotFound), "{:?}", exchange.why);
    assert_eq!(provider.requests.lock().unwrap().len(), 1);
    let log = format!("{:?}", cordon.audit_list(None, None).await.unwrap().rows);
    assert!(log.contains("scope_chosen") && log.contains("fitting"), "{log}");
    cordon.close().await;
    drop(cordon);
    assert_eq!(app::open(&home).await.question_scope().await.unwrap(), Scope::Fitting);
}
