//! What the window gets of imports.

use serde::Serialize;
use specta::Type;

use crate::{Error, RecordSummary};

/// How far the import is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportProgress {
    /// Whether files are being imported.
    pub running: bool,
    /// Whether somebody wants it to wait: the file that is being read is finished, the next one is not begun.
    pub paused: bool,
    /// Files that are done.
    pub done: u32,
    /// Of how many.
    pub of: u32,
    /// What is being read; empty between two files.
    pub name: String,
    /// Pages of it that were recognized.
    pub page: u32,
    /// Of how many; 0 where nothing has to be recognized.
    pub pages: u32,
    /// Files that were not begun because somebody stopped the import.
    pub cancelled: u32,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportOutcome {
    /// Its number among all that were imported.
    pub id: u32,
    /// The file's name, made safe to show.
    pub name: String,
    /// The record, where there is one.
    pub record: Option<RecordSummary>,
    /// Whether the record was here before: the file has the same bytes.
    pub known: bool,
    /// Whether the file was found in the watched folder.
    pub watched: bool,
    /// Why it could not be read, and what to do.
    pub error: Option<Error>,
}

/// The folder whose new files are imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct WatchView {
    /// Its name.
    pub folder: String,
    /// Whether it is there now.
    pub there: bool,
    /// Whether somebody wants its files to wait.
    pub paused: bool,
    /// Files in it that could not be read, each until it changes.
    pub problems: Vec<FileProblem>,
}

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FileProblem {
    /// Its name.
    pub name: String,
    /// Why, and what to do.
    pub error: Error,
}

/// Everything about imports.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportsView {
    /// How far the import is.
    pub progress: ImportProgress,
    /// What became of each file, in order, until it was cleared away.
    pub outcomes: Vec<ImportOutcome>,
    /// Files that an earlier run of the program did not come to.
    pub left: u32,
    /// The watched folder.
    pub watch: Option<WatchView>,
}

/// What happens while files are imported.
#[derive(Debug, Clone)]
pub enum ImportEvent {
    /// It went on.
    Progress(ImportProgress),
    /// A file is done, or was opened by its password.
    Outcome(Box<ImportOutcome>),
    /// The watched folder changed.
    Watch(Option<WatchView>),
}
