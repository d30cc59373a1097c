//! What went wrong, as every door (window, command line) tells it: a code for programs, words for people, what to do.

use serde::{Deserialize, Serialize};
use specta::Type;

/// The kinds of failure that a caller can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each code says what it is; `Error::hint` says what to do")]
pub enum ErrorCode {
    Locked,
    WrongPassphrase,
    NotFound,
    Unreadable,
    TooLarge,
    Unsupported,
    EncryptedFile,
    PasswordNeeded,
    WrongPassword,
    Empty,
    NoPermission,
    NotRegular,
    Timeout,
    Cancelled,
    Model,
    Policy,
    Audit,
    Store,
    Keychain,
    Provider,
    NotAllowed,
    Invalid,
    Busy,
    Internal,
}

impl ErrorCode {
    /// The name in the log.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ErrorCode::Locked => "locked",
            ErrorCode::WrongPassphrase => "wrong_passphrase",
            ErrorCode::NotFound => "not_found",
            ErrorCode::Unreadable => "unreadable",
            ErrorCode::TooLarge => "too_large",
            ErrorCode::Unsupported => "unsupported",
            ErrorCode::EncryptedFile => "encrypted_file",
            ErrorCode::PasswordNeeded => "password_needed",
            ErrorCode::WrongPassword => "wrong_password",
            ErrorCode::Empty => "empty",
            ErrorCode::NoPermission => "no_permission",
            ErrorCode::NotRegular => "not_regular",
            ErrorCode::Timeout => "timeout",
            ErrorCode::Cancelled => "cancelled",
            ErrorCode::Model => "model",
            ErrorCode::Policy => "policy",
            ErrorCode::Audit => "audit",
            ErrorCode::Store => "store",
            ErrorCode::Keychain => "keychain",
            ErrorCode::Provider => "provider",
            ErrorCode::NotAllowed => "not_allowed",
            ErrorCode::Invalid => "invalid",
            ErrorCode::Busy => "busy",
            ErrorCode::Internal => "internal",
        }
    }
}

/// A failure, without a word of any record in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
#[error("{message}{}{hint}", if .hint.is_empty() { "" } else { ": " })]
pub struct Error {
    /// For programs.
    pub code: ErrorCode,
    /// What happened.
    pub message: String,
    /// What to do about it; empty where nothing can be done.
    pub hint: String,
}

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }

    /// A file or a stream that cannot be used.
    pub fn unreadable(message: String) -> Self {
        Self::new(ErrorCode::Unreadable, message, "")
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("this {what} is not there any more"), "refresh the list")
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Invalid, message, "")
    }
}
