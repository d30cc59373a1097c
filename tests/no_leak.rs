//! Planted identifiers through the whole way: none of them leaves, none of them lies anywhere on the disk.

use std::path::Path;

use product_tests::provider::Provider;
use workflow::{ExchangeStatus, Lane, Tier};

use crate::app;

/// What identifies someone in the record below.
const CANARIES: &[&str] = &[
    "Quentin Abernathy-Voss",
    "Abernathy",
    "ABERNATHY",
    "536-22-8726",
    "77120934",
    "415-555-0198",
    "q.abernathy@example.net",
    "4111 1111 1111 1111",
    "Larkspur Hollow",
];

const RECORD: &str = "\
PROGRESS NOTE
Patient: Quentin Abernathy-Voss     MRN: 77120934     DOB: 02/17/1961
SSN: 536-22-8726   Phone: 415-555-0198   E-mail: q.abernathy@example.net
Address: 81 Larkspur Hollow Road, Petaluma, CA 94952
Card on file: 4111 1111 1111 1111

Mr. Abernathy-Voss was seen on March 4, 2024 for follow-up of hypertension. ABERNATHY-VOSS, QUENTIN takes lisinopril
20 mg daily. Blood pressure 128/78. Continue lisinopril and return in three months.
";

const ANSWER: &[&str] = &["[PER", "SON_1] takes ", "lisinopril 20 mg", " daily; \\[PERSON\\_1\\]'s pressure is 128/78."];

#[tokio::test]
async fn r_g5_e_01_nothing_that_identifies_leaves_or_lies_on_the_disk() {
    let home = tempfile::tempdir().unwrap();
    let provider = Provider::start(ANSWER).await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    let id = app::import(&cordon, &home, "visit.txt", RECORD).await;
    let record = cordon.approve(&id).await.unwrap();
    assert_eq!(record.decision.lane, Lane::Cloud, "{:?}", record.decision);
    let preview: String = record.preview.iter().map(|s| s.text.as_str()).collect();
    absent(preview.as_bytes(), "the preview");

    let exchange = cordon.ask(&id, "What does Quentin Abernathy-Voss take, and is 77120934 right?", &mut |_| {}).await.unwrap();
    assert_eq!((exchange.tier, exchange.status), (Tier::Cloud, ExchangeStatus::Complete), "{exchange:?}");
    let answer: String = exchange.answer.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(answer, "Quentin Abernathy-Voss takes lisinopril 20 mg daily; Quentin Abernathy-Voss's pressure is 128/78.");

    let requests = provider.requests.lock().unwrap().clone();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].contains(exchange.sent.as_ref().unwrap().lines().next().unwrap()), "what is shown is what was sent");
    absent(requests[0].as_bytes(), "the request");
    absent(cordon.audit_export_text().await.unwrap().as_bytes(), "the audit log");
    assert!(cordon.audit_verify().await.unwrap().sound);
    // While it runs, with its write-ahead logs, and after it was closed.
    scan(home.path());
    drop(cordon);
    scan(home.path());
}

/// The log says, row by row, what happened; the digest in it is that of the bytes that the provider got.
#[tokio::test]
async fn n_g4_the_digest_in_the_log_is_that_of_the_bytes_that_left() {
    let home = tempfile::tempdir().unwrap();
    let provider = Provider::start(ANSWER).await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    let id = app::import(&cordon, &home, "visit.txt", RECORD).await;
    cordon.approve(&id).await.unwrap();
    cordon.ask(&id, "What does the patient take?", &mut |_| {}).await.unwrap();
    let rows = cordon.audit_list(None, Some(&id)).await.unwrap().rows;
    let actions: Vec<&str> = rows.iter().rev().map(|r| r.action.as_str()).collect();
    let expected = [
        "record_imported",
        "detected",
        "classified",
        "decided",
        "approved",
        "decided",
        "disclosure_intent",
        "disclosure_outcome",
        "restored",
        "answered",
    ];
    assert_eq!(actions, expected);
    let request = provider.requests.lock().unwrap()[0].clone();
    let body = request.split_once("\r\n\r\n").unwrap().1;
    let digest = product_tests::sha256(body.as_bytes());
    let intent = rows.iter().find(|r| r.action == "disclosure_intent").unwrap();
    assert!(intent.detail.contains(&("digest".into(), digest)), "{:?}", intent.detail);
}

/// Two records in one session never share placeholders' originals.
#[tokio::test]
async fn r_125_two_records_do_not_mix() {
    let home = tempfile::tempdir().unwrap();
    let provider = Provider::start(&["[PERSON_1]"]).await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    let first = app::import(&cordon, &home, "a.txt", RECORD).await;
    let second = app::import(
        &cordon,
        &home,
        "b.txt",
        &RECORD
            .replace("Quentin Abernathy-Voss", "Wilhelmina Castellanos")
            .replace("Abernathy-Voss", "Castellanos")
            .replace("ABERNATHY-VOSS, QUENTIN", "CASTELLANOS, WILHELMINA"),
    )
    .await;
    for (id, name) in [(&first, "Quentin Abernathy-Voss"), (&second, "Wilhelmina Castellanos")] {
        cordon.approve(id).await.unwrap();
        let exchange = cordon.ask(id, "Who is it?", &mut |_| {}).await.unwrap();
        assert_eq!(exchange.answer.iter().map(|p| p.text.as_str()).collect::<String>(), name);
    }
}

fn scan(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        absent(entry.to_string_lossy().as_bytes(), "a file's name");
        if entry.is_dir() {
            scan(&entry);
        } else {
            // A file may be replaced while the product runs; the new one is looked at in the second scan.
            match std::fs::read(&entry) {
                Ok(bytes) => absent(&bytes, &entry.to_string_lossy()),
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
            }
        }
    }
}

/// No canary stands in the bytes: as it is, in UTF-16, in hexadecimal.
fn absent(bytes: &[u8], place: &str) {
    for canary in CANARIES {
        let utf16: Vec<u8> = canary.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for form in [canary.as_bytes().to_vec(), utf16, hex::encode(canary).into_bytes()] {
            assert!(!bytes.windows(form.len()).any(|w| w == form), "{canary} stands in {place}");
        }
    }
}
