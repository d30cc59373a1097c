//! Cases: their records, their questions, and what goes with what.

use deid::{EntityType, Operator, Operators, Phi, Plan, Seed, Source, Span, Vault, VaultEntry};
use store::{CaseRow, ExchangeRow, Store, StoreError, Uuid};

use crate::{KEY, record};

async fn with_case(store: &Store, names: &[&str]) -> (Uuid, Vec<Uuid>) {
    let case = CaseRow { id: Uuid::now_v7(), name: Phi::from("Abernathy, Quentin") };
    store.make_case(&case).await.unwrap();
    let mut records = Vec::new();
    for name in names {
        let new = record(name, "text");
        store.insert_record(&new, &[]).await.unwrap();
        store.set_case(new.id, Some(case.id)).await.unwrap();
        records.push(new.id);
    }
    (case.id, records)
}

fn entry(original: &str) -> VaultEntry {
    VaultEntry { placeholder: "[PERSON_1]".into(), entity: EntityType::Person, original: Phi::from(original) }
}

async fn ask(store: &Store, case: Option<Uuid>, records: &[Uuid]) -> Uuid {
    let id = Uuid::now_v7();
    store.keep_vault(id, records, &Vault::from_entries([entry("Quentin Abernathy")])).await.unwrap();
    let row = ExchangeRow {
        id,
        case,
        records: records.to_vec(),
        asked_at: "2026-11-26T08:00:01.000Z".into(),
        question: Phi::from("What does Quentin Abernathy take?"),
        sent: None,
        tier: "local".into(),
        provider: None,
        status: "complete".into(),
        why: "test".into(),
        answer: Phi::from("[PERSON_1]"),
        passages: Phi::from("[]"),
        confidence: None,
        problem: None,
    };
    store.keep_exchange(&row).await.unwrap();
    id
}

async fn open() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    (dir, store)
}

#[tokio::test]
async fn a_record_is_in_one_case_at_most() {
    let (_dir, store) = open().await;
    let (first, records) = with_case(&store, &["a", "b"]).await;
    assert_eq!(store.records_of_case(first).await.unwrap(), records, "oldest first");
    assert_eq!(store.record(records[0]).await.unwrap().unwrap().case, Some(first));
    let (second, _) = with_case(&store, &[]).await;
    store.set_case(records[0], Some(second)).await.unwrap();
    assert_eq!(store.records_of_case(first).await.unwrap(), [records[1]]);
    assert_eq!(store.records_of_case(second).await.unwrap(), [records[0]]);
    store.set_case(records[0], None).await.unwrap();
    assert!(store.records_of_case(second).await.unwrap().is_empty());
    store.rename_case(second, &Phi::from("Zoe")).await.unwrap();
    let names: Vec<String> = store.cases().await.unwrap().into_iter().map(|c| c.name.expose().clone()).collect();
    assert_eq!(names, ["Abernathy, Quentin", "Zoe"]);
    let nobody = Uuid::now_v7();
    assert_eq!(store.set_case(records[0], Some(nobody)).await, Err(StoreError::Gone));
    assert_eq!(store.set_case(nobody, Some(first)).await, Err(StoreError::Gone));
    assert_eq!(store.rename_case(nobody, &Phi::from("x")).await, Err(StoreError::Gone));
    assert_eq!(store.dissolve_case(nobody).await, Err(StoreError::Gone));
    store.close().await;
}

#[tokio::test]
async fn dissolving_keeps_the_records_and_what_was_asked_of_each() {
    let (_dir, store) = open().await;
    let (case, records) = with_case(&store, &["a", "b"]).await;
    let (of_case, of_one) = (ask(&store, Some(case), &records).await, ask(&store, None, &records[..1]).await);
    let asked = store.exchanges_of_case(case, 9).await.unwrap();
    assert_eq!((asked.len(), asked[0].id, asked[0].records.len()), (1, of_case, 2));
    assert_eq!(store.exchanges(records[0], 9).await.unwrap().iter().map(|e| e.id).collect::<Vec<_>>(), [of_one]);
    store.dissolve_case(case).await.unwrap();
    assert!(store.case(case).await.unwrap().is_none() && store.exchanges_of_case(case, 9).await.unwrap().is_empty());
    assert_eq!(store.vault(of_case).await.unwrap().entries().count(), 0);
    assert_eq!(store.vault(of_one).await.unwrap().entries().count(), 1);
    assert_eq!(store.exchanges(records[0], 9).await.unwrap().len(), 1);
    assert_eq!(store.record(records[1]).await.unwrap().unwrap().case, None);
    store.close().await;
}

/// The words of a deleted record stand in every answer over it.
#[tokio::test]
async fn a_deleted_record_leaves_its_case_and_takes_the_questions_over_it_along() {
    let (_dir, store) = open().await;
    let (case, records) = with_case(&store, &["a", "b", "c"]).await;
    let (over_two, over_others) = (ask(&store, Some(case), &records[..2]).await, ask(&store, Some(case), &records[2..]).await);
    store.delete_record(records[1]).await.unwrap();
    assert_eq!(store.records_of_case(case).await.unwrap(), [records[0], records[2]]);
    assert_eq!(store.exchanges_of_case(case, 9).await.unwrap().iter().map(|e| e.id).collect::<Vec<_>>(), [over_others]);
    assert_eq!(store.vault(over_two).await.unwrap().entries().count(), 0);
    assert_eq!(store.vault(over_others).await.unwrap().entries().count(), 1);
    store.close().await;
}

#[tokio::test]
async fn the_shift_of_a_prompt_comes_back_with_its_vault() {
    let (dir, store) = open().await;
    let (_, records) = with_case(&store, &["a"]).await;
    let text = "Seen 05/04/2024";
    let found = [deid::Detection { span: Span::new(5, 15), entity: EntityType::Date, confidence: 1.0, source: Source::Model }];
    let operators = Operators::default().with(EntityType::Date, Operator::ShiftDate { keep_weekday: true }).unwrap();
    let seed = Seed::new([3; 32]);
    let plan = Plan { operators, seed: Some(&seed), ..Plan::default() };
    let vault = deid::Case::new(&plan, text).apply(text, &found, None).vault;
    let exchange = Uuid::now_v7();
    store.keep_vault(exchange, &records, &vault).await.unwrap();
    store.close().await;
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    assert!(vault.shift().is_some());
    assert_eq!(store.vault(exchange).await.unwrap().shift(), vault.shift());
    store.delete_record(records[0]).await.unwrap();
    assert_eq!(store.vault(exchange).await.unwrap().shift(), None);
    store.close().await;
}

/// A store of the version before cases, with a question in it.
#[tokio::test]
async fn what_was_asked_before_there_were_cases_is_still_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.db");
    let (record, exchange) = (Uuid::now_v7(), Uuid::now_v7());
    old(&path, record, exchange).await;
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    let asked = store.exchanges(record, 9).await.unwrap();
    assert_eq!((asked.len(), asked[0].id, asked[0].case), (1, exchange, None));
    assert_eq!(asked[0].records, [record]);
    assert_eq!(store.vault(exchange).await.unwrap().entries().count(), 1);
    store.delete_record(record).await.unwrap();
    assert!(store.exchanges(record, 9).await.unwrap().is_empty());
    store.close().await;
}

async fn old(path: &std::path::Path, record: Uuid, exchange: Uuid) {
    use sqlx::ConnectOptions as _;
    openssl_sys::init();
    let key = format!("\"x'{}'\"", hex::encode(KEY));
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).pragma("key", key).create_if_missing(true);
    let mut old = options.connect().await.unwrap();
    for migration in [include_str!("../../migrations/0001_records.sql"), include_str!("../../migrations/0002_originals.sql")] {
        sqlx::raw_sql(migration).execute(&mut old).await.unwrap();
    }
    let rows = format!(
        "PRAGMA user_version = 2; PRAGMA journal_mode = WAL;
         INSERT INTO records (id, name, format, text, class_confidence, domain_confidence, notes, notes_incomplete, imported_at, elapsed_ms)
         VALUES ('{record}', 'a', 'text', 'Ana', 0, 0, '[]', 0, '', 0);
         INSERT INTO vault VALUES ('{record}', '{exchange}', '[PERSON_1]', 'PERSON', 'Ana');
         INSERT INTO exchanges VALUES ('{exchange}', '{record}', 't', 'q', NULL, 'local', NULL, 'complete', 'w', 'a', '[]', NULL, NULL);"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(rows)).execute(&mut old).await.unwrap();
    sqlx::Connection::close(old).await.unwrap();
}
