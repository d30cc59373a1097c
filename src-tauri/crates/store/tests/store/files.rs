//! E-13 to E-15: nothing legible on the disk, and no key but the right one.

use std::path::Path;

use deid::{EntityType, Phi, Vault, VaultEntry};
use store::{CaseRow, ExchangeRow, Store, StoreError, Uuid};

use crate::{KEY, found, record};

const CANARIES: &[&str] = &["Quentin Abernathy-Voss", "77120934", "lisinopril for his heart", "sk-canary-key"];

async fn used(dir: &Path) -> (Store, Uuid) {
    let store = Store::open(dir, &KEY).await.unwrap();
    let new = record("Quentin Abernathy-Voss.txt", "Quentin Abernathy-Voss 77120934 lisinopril for his heart");
    store.insert_record(&new, &found()).await.unwrap();
    let vault = Vault::from_entries([VaultEntry {
        placeholder: "[PERSON_1]".into(),
        entity: EntityType::Person,
        original: Phi::from("Quentin Abernathy-Voss"),
    }]);
    let exchange = Uuid::now_v7();
    store.keep_vault(exchange, &[new.id], &vault).await.unwrap();
    let row = ExchangeRow {
        id: exchange,
        case: None,
        records: vec![new.id],
        asked_at: "2026-11-24T08:00:01.000Z".into(),
        question: Phi::from("What does Quentin Abernathy-Voss take?"),
        sent: Some(Phi::from("[PERSON_1] 77120934")),
        tier: "cloud".into(),
        provider: None,
        status: "complete".into(),
        why: "test".into(),
        answer: Phi::from("lisinopril for his heart"),
        passages: Phi::from("[]"),
        confidence: None,
        problem: None,
    };
    store.keep_exchange(&row).await.unwrap();
    store.set_setting("secret", "\"sk-canary-key\"").await.unwrap();
    let case = CaseRow { id: Uuid::now_v7(), name: Phi::from("Quentin Abernathy-Voss") };
    store.make_case(&case).await.unwrap();
    store.set_case(new.id, Some(case.id)).await.unwrap();
    (store, new.id)
}

fn nowhere(dir: &Path, canaries: &[&str]) {
    for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
        let bytes = std::fs::read(&entry).unwrap();
        for canary in canaries {
            let utf16: Vec<u8> = canary.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for form in [canary.as_bytes(), &utf16, hex::encode(canary).as_bytes()] {
                assert!(!bytes.windows(form.len()).any(|w| w == form), "{canary} stands in {}", entry.display());
            }
        }
    }
}

#[tokio::test]
async fn e_13_e_14_nothing_is_legible_while_open_and_after() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = used(dir.path()).await;
    nowhere(dir.path(), CANARIES);
    let header = std::fs::read(dir.path().join("store.db")).unwrap();
    assert!(!header.starts_with(b"SQLite format 3"));
    store.close().await;
    nowhere(dir.path(), CANARIES);
}

#[tokio::test]
async fn e_15_a_wrong_key_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, id) = used(dir.path()).await;
    store.close().await;
    let before = std::fs::read(dir.path().join("store.db")).unwrap();
    assert!(matches!(Store::open(dir.path(), &[8; 32]).await, Err(StoreError::Unreadable)));
    assert_eq!(std::fs::read(dir.path().join("store.db")).unwrap(), before);
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    assert!(store.record(id).await.unwrap().is_some());
    store.close().await;
}

#[tokio::test]
async fn d_29_a_foreign_or_cut_file_is_refused_and_kept() {
    for content in [
        &b"not a database at all, but longer than a header of one hundred bytes so that it is looked at, page by page"[..],
        b"SQLite format 3\0",
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("store.db"), content).unwrap();
        assert!(Store::open(dir.path(), &KEY).await.is_err());
        assert_eq!(std::fs::read(dir.path().join("store.db")).unwrap(), content);
    }
}

#[tokio::test]
async fn d_22_a_second_opener_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    assert!(matches!(Store::open(dir.path(), &KEY).await, Err(StoreError::Busy)));
    store.close().await;
    Store::open(dir.path(), &KEY).await.unwrap().close().await;
}

#[tokio::test]
async fn a_deleted_record_takes_everything_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (store, id) = used(dir.path()).await;
    store.push_edit(id, "{}").await.unwrap();
    let asked = store.exchanges(id, 50).await.unwrap()[0].id;
    assert_eq!(store.vault(asked).await.unwrap().entries().count(), 1);
    store.delete_record(id).await.unwrap();
    assert!(store.record(id).await.unwrap().is_none());
    assert!(store.detections(id).await.unwrap().is_empty());
    assert!(store.edits(id).await.unwrap().is_empty());
    assert!(store.exchanges(id, 50).await.unwrap().is_empty());
    assert_eq!(store.vault(asked).await.unwrap().entries().count(), 0);
    assert!(store.record_ids(10).await.unwrap().is_empty());
    store.close().await;
}
