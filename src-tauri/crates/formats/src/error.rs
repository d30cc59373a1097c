//! Why a file could not be read. No variant holds content or a path.

use serde::{Deserialize, Serialize};

use crate::Format;

/// Why a file could not be read, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ReadError {
    /// Nothing in it.
    #[error("the file is empty; choose one with content")]
    Empty,
    /// Larger than allowed, as a file or as text.
    #[error("the file is too large, the limit is {} MiB; split it", .limit >> 20)]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// More pages than allowed.
    #[error("the document has more than {limit} pages; split it")]
    TooManyPages {
        /// The limit.
        limit: usize,
    },
    /// A folder, device, pipe or socket.
    #[error("this is not a regular file; choose a file")]
    NotRegular,
    /// The system forbids reading it.
    #[error("the system does not permit reading this file; ask its owner or change its permissions")]
    NoPermission,
    /// It is not there.
    #[error("the file is not there; check its name")]
    NotFound,
    /// It shrank, grew or vanished meanwhile.
    #[error("the file changed while it was read; try again when nothing writes to it")]
    Changed,
    /// A type that is known but not read.
    #[error("files of this type ({found}) are not read; save it as text, pdf or docx")]
    Unsupported {
        /// What it is, from a fixed list of names.
        found: String,
    },
    /// A password opens it.
    #[error("the file is protected by a password; enter it, or save a copy without a password")]
    PasswordNeeded,
    /// The password that was given is not the one.
    #[error("this password does not open the file; try again")]
    WrongPassword,
    /// Encrypted in a way that no password opens here.
    #[error("the file is encrypted; save a copy without a password")]
    Encrypted,
    /// Damaged.
    #[error("the file is damaged and cannot be read as {format}; export it again from where it came")]
    Corrupt {
        /// What it claims to be.
        format: Format,
    },
    /// A scan, or otherwise without text.
    #[error("no text could be read from the document; if it is a scan, scan it again, upright and with 300 dots per inch")]
    NoText,
    /// A scan or a picture, and no program that reads it.
    #[error("this is a scan or a picture, and Tesseract, which reads those, is not installed; {}", crate::ocr::INSTALL)]
    OcrMissing,
    /// Neither text nor a known type.
    #[error("the file is binary data of an unknown type; save it as text, pdf or docx")]
    Binary,
    /// It unpacks, nests or repeats beyond reason.
    #[error("the file unpacks to far more than it should; it may be built to do harm")]
    Bomb,
    /// Took too long.
    #[error("reading took too long and was stopped; try a smaller part of the file")]
    Timeout,
    /// Took too much memory.
    #[error("reading needed too much memory and was stopped; try a smaller part of the file")]
    Memory,
    /// Somebody asked to stop.
    #[error("reading was cancelled")]
    Cancelled,
    /// The confined process died or could not be started.
    #[error("the reading process failed; the file may be damaged or built to do harm")]
    Worker,
    /// Any other failure of the system.
    #[error("the file could not be read ({kind}); try again")]
    Io {
        /// The kind of failure, in the standard library's words.
        kind: String,
    },
}

impl ReadError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::Empty => "empty",
            ReadError::TooLarge { .. } => "too_large",
            ReadError::TooManyPages { .. } => "too_many_pages",
            ReadError::NotRegular => "not_regular",
            ReadError::NoPermission => "no_permission",
            ReadError::NotFound => "not_found",
            ReadError::Changed => "changed",
            ReadError::Unsupported { .. } => "unsupported",
            ReadError::PasswordNeeded => "password_needed",
            ReadError::WrongPassword => "wrong_password",
            ReadError::Encrypted => "encrypted",
            ReadError::Corrupt { .. } => "corrupt",
            ReadError::NoText => "no_text",
            ReadError::OcrMissing => "ocr_missing",
            ReadError::Binary => "binary",
            ReadError::Bomb => "bomb",
            ReadError::Timeout => "timeout",
            ReadError::Memory => "memory",
            ReadError::Cancelled => "cancelled",
            ReadError::Worker => "worker",
            ReadError::Io { .. } => "io",
        }
    }
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::*;
        match error.kind() {
            NotFound => ReadError::NotFound,
            PermissionDenied => ReadError::NoPermission,
            IsADirectory | NotADirectory => ReadError::NotRegular,
            UnexpectedEof => ReadError::Changed,
            OutOfMemory => ReadError::Memory,
            TimedOut => ReadError::Timeout,
            kind => ReadError::Io { kind: kind.to_string() },
        }
    }
}
