//! Opening the encrypted file, and refusing everything that is not set up as it has to be.

use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use zeroize::Zeroizing;

use crate::StoreError;

/// Every released migration, oldest first. A released one is never edited.
const MIGRATIONS: [&str; 4] = [
    include_str!("../migrations/0001_records.sql"),
    include_str!("../migrations/0002_originals.sql"),
    include_str!("../migrations/0003_imports.sql"),
    include_str!("../migrations/0004_cases.sql"),
];

/// The one connection that writes and checkpoints: two could meet SQLite's WAL-reset bug.
pub(crate) async fn writer(path: &Path, key: &[u8; 32]) -> Result<SqlitePool, StoreError> {
    // Without OpenSSL's clean-up at exit: connections end on threads of their own, and it would pull the ground from under them.
    openssl_sys::init();
    refuse_plain(path)?;
    let options = settings(path, key).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let pool = pool(1).connect_with(options).await?;
    check(&pool).await?;
    migrate(&pool).await?;
    refuse_plain(path)?;
    Ok(pool)
}

/// Connections that only read and never checkpoint.
pub(crate) async fn readers(path: &Path, key: &[u8; 32]) -> Result<SqlitePool, StoreError> {
    let pool = pool(2).connect_with(settings(path, key).read_only(true).pragma("wal_autocheckpoint", "0")).await?;
    check(&pool).await?;
    Ok(pool)
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().min_connections(1).max_connections(connections).idle_timeout(None).max_lifetime(None)
}

fn settings(path: &Path, key: &[u8; 32]) -> SqliteConnectOptions {
    let raw = Zeroizing::new(format!("\"x'{}'\"", hex::encode(key)));
    SqliteConnectOptions::new()
        .filename(path)
        .pragma("key", raw.to_string())
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("mmap_size", "0")
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("fullfsync", "ON")
        .pragma("checkpoint_fullfsync", "ON")
        .disable_statement_logging()
}

/// `PRAGMA key` on plain SQLite is silently ignored: nothing is believed that was not asked for.
async fn check(pool: &SqlitePool) -> Result<(), StoreError> {
    let cipher: Option<String> = sqlx::query_scalar("PRAGMA cipher_version").fetch_optional(pool).await?;
    if cipher.is_none_or(|version| version.is_empty()) {
        return Err(StoreError::Setup("SQLCipher is not linked"));
    }
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await?;
    if journal != "wal" {
        return Err(StoreError::Setup("the journal is not a write-ahead log"));
    }
    let expected: [(&'static str, i64, &'static str); 7] = [
        ("PRAGMA synchronous", 2, "commits are not synchronous"),
        ("PRAGMA foreign_keys", 1, "foreign keys are off"),
        ("PRAGMA secure_delete", 1, "deleted content is not overwritten"),
        ("PRAGMA temp_store", 2, "temporary tables are not kept in memory"),
        ("PRAGMA mmap_size", 0, "the file is mapped into memory"),
        ("PRAGMA trusted_schema", 0, "the schema is trusted"),
        ("PRAGMA cell_size_check", 1, "cell sizes are not checked"),
    ];
    for (question, wanted, problem) in expected {
        let found: Option<i64> = sqlx::query_scalar(question).fetch_optional(pool).await?;
        if found.unwrap_or(0) != wanted {
            return Err(StoreError::Setup(problem));
        }
    }
    let sound: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_all(pool).await?;
    if sound != ["ok"] {
        return Err(StoreError::Unreadable);
    }
    Ok(())
}

/// Runs what is new, each in its own transaction.
async fn migrate(pool: &SqlitePool) -> Result<(), StoreError> {
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(pool).await?;
    let done = usize::try_from(version).map_err(|_| StoreError::Newer)?;
    if done > MIGRATIONS.len() {
        return Err(StoreError::Newer);
    }
    for (number, migration) in (1..).zip(MIGRATIONS).skip(done) {
        let mut transaction = pool.begin().await?;
        sqlx::raw_sql(migration).execute(&mut *transaction).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {number}"))).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}

fn refuse_plain(path: &Path) -> Result<(), StoreError> {
    let mut header = Vec::new();
    match std::fs::File::open(path) {
        Ok(file) => file.take(16).read_to_end(&mut header)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if header.starts_with(b"SQLite format 3") {
        return Err(StoreError::Setup("the file is not encrypted"));
    }
    Ok(())
}
