//! Encrypted storage: records, what was found in them, what was asked, and the keys that open it.

mod cases;
mod database;
mod exchanges;
mod imports;
mod keychain;
pub mod keys;
mod originals;
mod providers;
mod records;
mod secrets;
mod vault;
mod wrapped;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqlitePool;

pub use cases::CaseRow;
pub use exchanges::ExchangeRow;
pub use imports::{ImportRow, ImportState};
pub use keys::{KeyError, KeyKind, KeyState, Keystore, Unlocked};
pub use providers::ProviderRow;
pub use records::{EditRow, NewRecord, RecordRow};
pub use secrets::Secrets;
pub use uuid::Uuid;
pub use wrapped::Cost;

/// Why the store could not do something. No message holds a word of a record.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum StoreError {
    /// The file does not open with this key.
    #[error("the records cannot be read with this key: the file is damaged, or belongs to another installation")]
    Unreadable,
    /// Another program has the store open.
    #[error("another program has the records open")]
    Busy,
    /// SQLite or SQLCipher is not what it has to be.
    #[error("the database is not set up as it has to be: {0}")]
    Setup(&'static str),
    /// The file was written by a newer version.
    #[error("the records were written by a newer version of this program")]
    Newer,
    /// A row does not hold what it should.
    #[error("a row of the records cannot be read")]
    Damaged,
    /// There is no such record, provider or exchange any more.
    #[error("it is not there any more")]
    Gone,
    /// A card security code may not be stored, not even encrypted (PCI DSS 3.3).
    #[error("a card security code may not be stored")]
    SecurityCode,
    /// The keychain failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(String),
    /// A file could not be read or written.
    #[error("a file of the records cannot be used: {0}")]
    Io(std::io::ErrorKind),
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.kind())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) {
            return Self::Damaged;
        }
        let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default();
        match code.as_ref() {
            // SQLITE_NOTADB: not a database, which is what a wrong key looks like.
            "26" => Self::Unreadable,
            "5" | "6" => Self::Busy,
            // A foreign key that leads nowhere.
            "787" => Self::Gone,
            // The message of a database error may quote a statement; the code is enough.
            "" => Self::Database("no answer".into()),
            code => Self::Database(format!("code {code}")),
        }
    }
}

/// The result of a storage call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The store, open. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Held for as long as the store is open: a second program may not write.
    lock: std::sync::Mutex<Option<File>>,
}

impl Store {
    /// Opens the store in `dir`, or makes it. A file that exists is never replaced.
    pub async fn open(dir: &Path, key: &[u8; 32]) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let lock = lock(dir).await?;
        let path = dir.join("store.db");
        let writer = database::writer(&path, key).await?;
        let readers = database::readers(&path, key).await?;
        Ok(Self(Arc::new(Inner { writer, readers, lock: std::sync::Mutex::new(Some(lock)) })))
    }

    /// Closes the file, the writer last: only it may move the log of changes into the file.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
        // Clones may outlive this; the file is free all the same.
        drop(self.0.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
    }

    /// A setting, as JSON.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar("SELECT value FROM settings WHERE key = ?1").bind(key).fetch_optional(self.reader()).await?)
    }

    /// Keeps a setting, as JSON.
    pub async fn set_setting(&self, key: &str, json: &str) -> Result<()> {
        sqlx::query("INSERT INTO settings VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
            .bind(key)
            .bind(json)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    pub(crate) fn writer(&self) -> &SqlitePool {
        &self.0.writer
    }

    pub(crate) fn reader(&self) -> &SqlitePool {
        &self.0.readers
    }
}

/// Takes the store for this program. A process that is just being started holds a copy of every open file for a moment, so a
/// file that was only now let go is asked for again.
async fn lock(dir: &Path) -> Result<File> {
    let file = File::create(dir.join("store.lock"))?;
    for _ in 0..20 {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(StoreError::Busy)
}

/// A number for a column.
pub(crate) fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| StoreError::Damaged)
}

/// A number from a column.
pub(crate) fn unsigned(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| StoreError::Damaged)
}
