//! the schema itself.

use audit::FaultKind::SchemaChanged;
use audit::{AuditError, Log};

use crate::bench::*;

async fn changed(sql: &str, words: &str) {
    let dir = filled(10).await;
    let pool = raw(dir.path()).await;
    run(&pool, sql).await;
    pool.close().await;
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    let found = log.verify().await.unwrap();
    assert!(!found.sound);
    let told = found.faults.iter().filter(|f| f.kind == SchemaChanged).any(|f| f.message.contains(words));
    assert!(told, "{sql}: {:?}", found.faults);
    assert!(matches!(log.append(event(1)).await, Err(AuditError::Damaged(_))));
}

#[tokio::test]
async fn a_15_drop_trigger() {
    changed("DROP TRIGGER entries_no_update", "the trigger entries_no_update is missing").await;
    changed("DROP TRIGGER entries_no_delete", "the trigger entries_no_delete is missing").await;
}

#[tokio::test]
async fn a_16_rename_column() {
    changed("ALTER TABLE entries RENAME COLUMN actor TO someone", "the table entries was changed").await;
}

#[tokio::test]
async fn a_17_type_change() {
    changed(
        "CREATE TABLE copy AS SELECT * FROM entries; DROP TABLE entries; ALTER TABLE copy RENAME TO entries; \
         UPDATE entries SET detail = NULL, actor = x'ff00', sequence = 'nine' WHERE sequence = 9",
        "the table entries was changed",
    )
    .await;
}

#[tokio::test]
async fn a_18_view_in_place_of_the_table() {
    changed(
        "ALTER TABLE entries RENAME TO hidden; CREATE VIEW entries AS SELECT * FROM hidden WHERE sequence < 5",
        "a view that does not belong",
    )
    .await;
}

#[tokio::test]
async fn a_20_something_added() {
    changed("CREATE TABLE other (x)", "a table that does not belong").await;
}

#[tokio::test]
async fn the_triggers_refuse_every_change() {
    let dir = filled(10).await;
    let pool = raw(dir.path()).await;
    for sql in [
        "UPDATE entries SET actor = 'x' WHERE sequence = 3",
        "DELETE FROM entries WHERE sequence = 3",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE sequence = 3",
        "INSERT INTO entries SELECT 12, 'x', at, 0, actor, role, action, outcome, record, detail, hash, 'h' FROM entries WHERE sequence = 10",
        "INSERT INTO entries SELECT 11, 'x', at, 0, actor, role, action, outcome, record, detail, previous, 'h' FROM entries WHERE sequence = 10",
    ] {
        assert!(sqlx::raw_sql(sql).execute(&pool).await.is_err(), "{sql}");
    }
    pool.close().await;
    assert!(verify(dir.path()).await.sound);
}

#[tokio::test]
async fn d_32_a_newer_schema_is_refused() {
    let dir = filled(3).await;
    let pool = raw(dir.path()).await;
    run(&pool, "PRAGMA user_version = 99").await;
    pool.close().await;
    assert_eq!(Log::open(dir.path(), &KEY).await.err(), Some(AuditError::Newer));
}
