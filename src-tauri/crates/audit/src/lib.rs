//! The hash-chained audit log: what happened, in an encrypted file of its own, with its head kept outside of it.
//!
//! It is tamper-evident, not tamper-proof: who holds the key and both files can put back an older copy of everything.
//!
//! A [`Receipt`] says that an entry was committed. Only [`Log::append`] makes one:
//!
//! ```compile_fail,E0451
//! let forged = audit::Receipt { sequence: 1, hash: [0; 32], disclosure: None };
//! ```
//! ```compile_fail,E0599
//! fn twice(receipt: audit::Receipt) { let _ = receipt.clone(); }
//! ```
//! ```compile_fail,E0277
//! fn made<T: Default>() {}
//! made::<audit::Receipt>();
//! ```
//! ```compile_fail,E0277
//! let forged: audit::Receipt = (1u64, [0u8; 32]).into();
//! ```
//! ```compile_fail,E0277
//! fn read_back<T: serde::de::DeserializeOwned>() {}
//! read_back::<audit::Receipt>();
//! ```
//!
//! No action takes a text:
//!
//! ```compile_fail,E0308
//! let action = audit::Action::Blocked { code: String::from("Maria Lopez") };
//! ```

mod anchor;
mod database;
mod entry;
mod event;
mod export;
mod log;
mod verify;

pub use entry::Entry;
pub use event::{Action, Actor, Digest, EditKind, Event, Label, Outcome, Role, Tier};
pub use export::{ExportVerdict, verify_export};
pub use log::{Filter, Log, Page, Receipt};
pub use uuid::Uuid;
pub use verify::{Fault, FaultKind, Verification};

/// Why the log could not do something. While it cannot append, nothing that has to be logged may happen.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AuditError {
    /// A text is not a label.
    #[error("this is not a label: 1 to 96 of A-Z a-z 0-9 _ . : / + -")]
    Label,
    /// The log does not agree with its head outside of it: it can be read and verified, but nothing is appended.
    #[error("the audit log is damaged: {0}")]
    Damaged(String),
    /// The file does not open with this key.
    #[error("the audit log cannot be read with this key: it is damaged, or belongs to another installation")]
    Unreadable,
    /// Another program has the log open.
    #[error("another program has the audit log open")]
    Busy,
    /// SQLite or SQLCipher is not what it has to be.
    #[error("the database is not set up as it has to be: {0}")]
    Setup(&'static str),
    /// The file was written by a newer version.
    #[error("the audit log was written by a newer version of this program")]
    Newer,
    /// The database failed.
    #[error("the audit log's database failed: {0}")]
    Database(String),
    /// A file could not be read or written.
    #[error("a file of the audit log cannot be used: {0}")]
    Io(std::io::ErrorKind),
}

impl From<std::io::Error> for AuditError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.kind())
    }
}

impl From<sqlx::Error> for AuditError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default();
        match code.as_ref() {
            // SQLITE_NOTADB: not a database, which is what a wrong key looks like.
            "26" => Self::Unreadable,
            "5" | "6" => Self::Busy,
            // The message of a database error may quote a statement, never a bound value; the code is enough.
            "" => Self::Database("no answer".into()),
            code => Self::Database(format!("code {code}")),
        }
    }
}
