//! Appending, listing, exporting, and two writers.

use audit::{Action, AuditError, Filter, Log, Uuid};

use crate::bench::*;

#[tokio::test]
async fn what_is_appended_is_listed() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    append(&log, 11).await;
    let page = log.list(&Filter { limit: 5, ..Filter::default() }).await.unwrap();
    assert_eq!((page.total, page.before), (12, Some(8)));
    assert_eq!(page.entries.iter().map(|e| e.sequence).collect::<Vec<_>>(), [12, 11, 10, 9, 8]);
    let rest = log.list(&Filter { before: Some(3), limit: 5, ..Filter::default() }).await.unwrap();
    assert_eq!((rest.entries.len(), rest.before), (2, None));
    assert_eq!(rest.entries[1].action, "log_created");
    let one = Filter { record: Some(Uuid::from_u128(1)), limit: 50, ..Filter::default() };
    assert_eq!(log.list(&one).await.unwrap().total, 3);
    let decided = Filter { action: Some("decided".into()), limit: 50, ..Filter::default() };
    let decided = log.list(&decided).await.unwrap();
    assert_eq!(decided.total, 4);
    let fields = decided.entries[0].fields();
    let mut shown: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    shown.sort_unstable();
    assert_eq!(shown, [("lane", "cloud"), ("policy", "p1"), ("rules", "r1, r2")]);
    let failed = log.list(&Filter { action: Some("disclosure_outcome".into()), limit: 1, ..Filter::default() }).await.unwrap();
    assert_eq!(failed.entries[0].outcome, "failed");
    log.close().await;
}

#[tokio::test]
async fn a_receipt_names_the_committed_entry() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    let receipt = log.append(event(0)).await.unwrap();
    let newest = log.list(&Filter { limit: 1, ..Filter::default() }).await.unwrap().entries.remove(0);
    assert_eq!((newest.sequence, newest.hash), (receipt.sequence(), hex::encode(receipt.hash())));
    log.close().await;
}

#[tokio::test]
async fn a_31_a_second_writer_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    assert_eq!(Log::open(dir.path(), &KEY).await.err(), Some(AuditError::Busy));
    append(&log, 1).await;
    drop(log);
    Log::open(dir.path(), &KEY).await.unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_32_sixteen_tasks_and_a_reader_make_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            tokio::spawn({
                let log = log.clone();
                async move { append(&log, 5).await }
            })
        })
        .collect();
    let during = log.verify().await.unwrap();
    assert!(during.sound, "{:?}", during.faults);
    for task in tasks {
        task.await.unwrap();
    }
    let after = log.verify().await.unwrap();
    assert!(after.sound && after.checked == 81, "{:?}", after.faults);
    log.close().await;
}

#[tokio::test]
async fn a_23_a_caller_that_goes_away_leaves_no_half() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    for number in 0..40u64 {
        let appending = log.append(event(number));
        let _ = tokio::time::timeout(std::time::Duration::from_micros(number * 60), appending).await;
    }
    let found = log.verify().await.unwrap();
    assert!(found.sound && log.damage().is_none(), "{:?}", found.faults);
    append(&log, 1).await;
    log.close().await;
}

#[tokio::test]
async fn a_40_nothing_is_acknowledged_while_the_head_cannot_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    append(&log, 3).await;
    let obstacle = dir.path().join("audit.head.new");
    std::fs::create_dir(&obstacle).unwrap();
    for _ in 0..3 {
        assert!(matches!(log.append(event(0)).await, Err(AuditError::Io(_))));
    }
    std::fs::remove_dir(&obstacle).unwrap();
    append(&log, 3).await;
    let found = log.verify().await.unwrap();
    // The one that was committed, and never acknowledged, stays; there are no more of them.
    assert!(found.sound && found.checked == 8, "{} {:?}", found.checked, found.faults);
    log.close().await;
}

#[tokio::test]
async fn a_55_export_round_trip_and_what_the_second_verifier_sees() {
    let dir = filled(12).await;
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    let mut export = Vec::new();
    assert_eq!(log.export(&mut export).await.unwrap(), 12);
    let head = noted(dir.path());
    let verdict = |text: &str, head: Option<&str>| audit::verify_export(&mut text.as_bytes(), head).unwrap();
    let text = String::from_utf8(export).unwrap();
    let sound = verdict(&text, Some(&head));
    assert_eq!((sound.checked, sound.faults.as_slice(), sound.head.as_str()), (12, [].as_slice(), head.as_str()));
    assert_eq!(log.verify().await.unwrap().head, head);

    let lines: Vec<&str> = text.lines().collect();
    let without = |skip: usize| lines.iter().enumerate().filter(|(i, _)| *i != skip).map(|(_, l)| format!("{l}\n")).collect::<String>();
    for line in 0..lines.len() {
        assert!(!verdict(&without(line), None).faults.is_empty(), "without line {line}");
    }
    assert!(!verdict(&text.replacen("timeout", "complete", 1), None).faults.is_empty());
    assert!(!verdict(&text.replacen("\"local\"", "\"other\"", 1), None).faults.is_empty());
    assert!(!verdict(&format!("{text}{}\n", lines[0]), None).faults.is_empty());
    assert!(!verdict("", None).faults.is_empty());
    // A cut end that was patched up is seen only by who noted the head down.
    let last: serde_json::Value = serde_json::from_str(lines[10]).unwrap();
    let patched = format!("{}\n{{\"format\":\"cordon-audit-export-v1\",\"count\":11,\"head\":{}}}\n", lines[..11].join("\n"), last["hash"]);
    assert!(verdict(&patched, None).faults.is_empty());
    assert!(!verdict(&patched, Some(&head)).faults.is_empty());
    log.close().await;
}

#[tokio::test]
async fn a_19_the_verifier_is_a_program_of_its_own() {
    let dir = filled(5).await;
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    let mut export = Vec::new();
    log.export(&mut export).await.unwrap();
    let file = dir.path().join("export.jsonl");
    let status = |text: &[u8]| {
        std::fs::write(&file, text).unwrap();
        std::process::Command::new(env!("CARGO_BIN_EXE_audit-verify")).arg(&file).output().unwrap().status.code()
    };
    assert_eq!(status(&export), Some(0));
    assert_eq!(status(&export[..export.len() / 2]), Some(1));
    log.close().await;
}

#[tokio::test]
async fn an_empty_log_says_when_it_was_begun() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    log.close().await;
    drop(log);
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    let page = log.list(&Filter { limit: 9, ..Filter::default() }).await.unwrap();
    assert_eq!(page.entries.iter().map(|e| e.action.as_str()).collect::<Vec<_>>(), ["log_created"]);
    let _receipt = log.append(audit::Event { action: Action::Approved { revision: 1 }, ..event(0) }).await.unwrap();
    log.close().await;
}
