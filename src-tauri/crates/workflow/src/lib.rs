//! The use cases, for every door: the window, the command line. No door holds logic, and nothing in here knows a door.
#![forbid(unsafe_code)]

mod ask;
mod audit_log;
mod cases;
mod engine;
mod error;
mod exchanges;
mod export;
mod import;
pub mod jsonl;
mod models;
mod operators;
mod passages;
mod places;
mod providers;
pub mod quality;
mod records;
mod redact;
mod review;
mod sample;
mod session;
mod taxonomy;
mod view;

pub use cases::{CaseSummary, CaseView};
pub use deid::{Analysis, Phi, Unit};
pub use egress::CancellationToken;
pub use engine::{Engine, MODEL, READER_ARGUMENT};
pub use error::{Error, ErrorCode, Result};
pub use export::CaseFile;
pub use formats::{Record, display_name};
pub use import::{FileProblem, ImportEvent, ImportOutcome, ImportProgress, ImportsView, WatchView, files, stamp};
pub use models::{HubAccess, add_model, pull_model, remove_model};
pub use operators::{Dates, Scope, TableView, TypeChoice, presets};
pub use places::Options;
pub use redact::Redacted;
pub use session::Cordon;
pub use taxonomy::entity_types;
pub use view::*;

/// The most bytes that a record may have.
pub const MOST_BYTES: u64 = 64 << 20;

/// The program that reads scans and pictures, or how it is installed.
pub fn tesseract() -> std::result::Result<std::path::PathBuf, &'static str> {
    formats::ocr::find().ok_or(formats::ocr::INSTALL)
}

/// Runs as the confined reader: reads one file's bytes on standard input and answers on standard output.
pub fn serve_reader() -> std::process::ExitCode {
    formats::worker::serve()
}
