//! A log to tamper with, and the attacker's tools: the key and SQL.

use std::path::{Path, PathBuf};

use audit::{Action, Actor, Event, FaultKind, Label, Log, Role, Uuid, Verification};
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tempfile::TempDir;

pub const KEY: [u8; 32] = [7; 32];

pub fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

pub fn event(number: u64) -> Event {
    let action = match number % 3 {
        0 => Action::RecordImported { format: label("text"), bytes: number },
        1 => Action::Decided { lane: label("cloud"), rules: vec![label("r1"), label("r2")], policy: label("p1") },
        _ => Action::DisclosureOutcome { status: label("timeout"), bytes: number },
    };
    Event { actor: Actor { id: label("local"), role: Role::User }, action, record: Some(Uuid::from_u128(u128::from(number % 4))) }
}

/// Appends; one test after the other looks at what that left behind.
pub async fn append(log: &Log, count: u64) {
    for number in 0..count {
        let _receipt = log.append(event(number)).await.unwrap();
    }
}

/// A closed log of `count` entries.
pub async fn filled(count: u64) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    append(&log, count - 1).await;
    log.close().await;
    dir
}

/// The database without the log's own code around it.
pub async fn raw(dir: &Path) -> SqlitePool {
    let options =
        SqliteConnectOptions::new().filename(dir.join("audit.db")).pragma("key", format!("\"x'{}'\"", hex::encode(KEY))).disable();
    sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap()
}

trait Quiet {
    fn disable(self) -> Self;
}

impl Quiet for SqliteConnectOptions {
    fn disable(self) -> Self {
        sqlx::ConnectOptions::disable_statement_logging(self)
    }
}

/// Runs SQL with the triggers taken away, and puts them back as they were: no trace in the schema.
pub async fn tamper(dir: &Path, sql: &str) {
    let pool = raw(dir).await;
    let triggers: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetch_all(&pool).await.unwrap();
    for (name, _) in &triggers {
        run(&pool, &format!("DROP TRIGGER {name}")).await;
    }
    run(&pool, sql).await;
    for (_, sql) in &triggers {
        run(&pool, sql).await;
    }
    pool.close().await;
}

pub async fn run(pool: &SqlitePool, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(pool).await.unwrap();
}

/// Computes the hashes anew from an entry on, as `FORMAT.md` says: a third writing of it.
pub async fn rechain(dir: &Path, from: i64) {
    let pool = raw(dir).await;
    let mut sql = String::new();
    let mut previous: String = sqlx::query_scalar("SELECT ifnull((SELECT hash FROM entries WHERE sequence = ?1 - 1), printf('%064d', 0))")
        .bind(from)
        .fetch_one(&pool)
        .await
        .unwrap();
    let rows: Vec<(i64, String, String, i64, String, String, String, String, String, String)> = sqlx::query_as(
        "SELECT sequence, id, at, monotonic_ms, actor, role, action, outcome, record, detail FROM entries WHERE sequence >= ?1 ORDER BY sequence",
    )
    .bind(from)
    .fetch_all(&pool)
    .await
    .unwrap();
    for r in rows {
        let fields =
            ["cordon-audit-entry-v1", &r.0.to_string(), &r.1, &r.2, &r.3.to_string(), &r.4, &r.5, &r.6, &r.7, &r.8, &r.9, &previous];
        let bytes: Vec<u8> = fields.iter().flat_map(|f| [&(f.len() as u64).to_be_bytes(), f.as_bytes()].concat()).collect();
        let hash = hex::encode(Sha256::digest(&bytes));
        sql += &format!("UPDATE entries SET previous = '{previous}', hash = '{hash}' WHERE sequence = {};", r.0);
        previous = hash;
    }
    pool.close().await;
    tamper(dir, &sql).await;
}

pub async fn verify(dir: &Path) -> Verification {
    let log = Log::open(dir, &KEY).await.unwrap();
    let found = log.verify().await.unwrap();
    log.close().await;
    found
}

pub fn kinds(found: &Verification) -> Vec<(Option<u64>, FaultKind)> {
    found.faults.iter().map(|f| (f.sequence, f.kind)).collect()
}

/// The hash that the head outside the database names: what an auditor noted down.
pub fn noted(dir: &Path) -> String {
    std::fs::read_to_string(dir.join("audit.head")).unwrap().lines().nth(2).unwrap().to_owned()
}

/// Whether the second verifier finds nothing, given the export and the head that was noted down.
pub async fn second_says_sound(dir: &Path, head: &str) -> bool {
    let log = Log::open(dir, &KEY).await.unwrap();
    let mut export = Vec::new();
    log.export(&mut export).await.unwrap();
    log.close().await;
    audit::verify_export(&mut export.as_slice(), Some(head)).unwrap().faults.is_empty()
}

pub fn copy(from: &Path, to: &Path, names: &[&str]) {
    for name in names {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

pub fn database(dir: &Path) -> PathBuf {
    dir.join("audit.db")
}
