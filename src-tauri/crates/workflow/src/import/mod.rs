//! Importing files: one after the other, with progress, pause and cancel, and a result for each. What is still to do stands in the
//! store before the first file is read, and each file leaves it in the same transaction that keeps its record: a stop in the middle
//! loses nothing and does nothing twice.

mod files;
pub(crate) mod keep;
mod view;
mod watch;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use audit::Action;
use deid::{Cancel, Phi};
use egress::CancellationToken;
use sha2::{Digest, Sha256};
use store::{ImportRow, ImportState};
use tokio::sync::Notify;

use crate::error::{Error, ErrorCode, Result};
use crate::session::{Cordon, Session, label, store_problem};
use crate::view::RecordSummary;

pub use files::{files, stamp};
pub use view::{FileProblem, ImportEvent, ImportOutcome, ImportProgress, ImportsView, WatchView};

/// Results that are kept for the window at most; the oldest go first.
const OUTCOMES: usize = 2000;

type Listener = Box<dyn Fn(ImportEvent) + Send + Sync>;

/// The import that is running, if one is.
#[derive(Default)]
pub(crate) struct Imports {
    now: Mutex<Now>,
    /// Something changed that a waiting import has to look at.
    changed: Notify,
    listener: OnceLock<Listener>,
}

#[derive(Default)]
struct Now {
    progress: ImportProgress,
    outcomes: Vec<ImportOutcome>,
    cancel: CancellationToken,
    /// Whether what is being read was found in the watched folder.
    watched: bool,
    /// The program ends: what is still to do stays in the store.
    closing: bool,
}

/// A record, and whether it was here before.
type Taken = (RecordSummary, bool);

impl Imports {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: ImportEvent) {
        if let Some(listener) = self.listener.get() {
            listener(event);
        }
    }

    /// Changes how far the import is, and tells.
    fn progress(&self, change: impl FnOnce(&mut ImportProgress)) {
        let progress = {
            let mut now = self.now();
            change(&mut now.progress);
            now.progress.clone()
        };
        self.tell(ImportEvent::Progress(progress));
    }

    /// Takes the work, unless it is taken: one file at a time.
    fn begin(&self) -> Option<Working<'_>> {
        let mut now = self.now();
        if now.progress.running || now.closing {
            return None;
        }
        now.cancel = CancellationToken::new();
        now.progress = ImportProgress { running: true, paused: now.progress.paused, ..ImportProgress::default() };
        Some(Working(self))
    }

    /// Waits for as long as somebody wants it to. The token ends what is read next.
    async fn turn(&self) -> CancellationToken {
        loop {
            let changed = self.changed.notified();
            {
                let now = self.now();
                if !now.progress.paused || now.cancel.is_cancelled() {
                    return now.cancel.clone();
                }
            }
            changed.await;
        }
    }

    fn outcome(&self, outcome: ImportOutcome) {
        {
            let mut now = self.now();
            now.outcomes.retain(|before| before.id != outcome.id);
            let many = now.outcomes.len();
            now.outcomes.drain(..(many + 1).saturating_sub(OUTCOMES));
            now.outcomes.push(outcome.clone());
        }
        self.tell(ImportEvent::Outcome(Box::new(outcome)));
    }

    /// Stops what is being read and begins nothing new; what is still to do stays.
    pub fn close(&self) {
        let mut now = self.now();
        now.closing = true;
        now.cancel.cancel();
        self.changed.notify_waiters();
    }
}

/// The work, taken; given back however it ends.
struct Working<'i>(&'i Imports);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.progress(|p| (p.running, p.name, p.page, p.pages) = (false, String::new(), 0, 0));
    }
}

/// Ends the analysis when the import does.
struct Stop(Cancel);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Cordon {
    /// Who hears what imports do. The first one stays.
    pub fn on_import(&self, listener: impl Fn(ImportEvent) + Send + Sync + 'static) {
        drop(self.imports.listener.set(Box::new(listener)));
    }

    /// Everything about imports.
    pub async fn imports(&self) -> Result<ImportsView> {
        let session = self.session().await?;
        let left = session.store.count_imports(ImportState::Left).await.map_err(store_problem)?;
        let watch = self.watch_view(&session).await?;
        let now = self.imports.now();
        Ok(ImportsView { progress: now.progress.clone(), outcomes: now.outcomes.clone(), left: left as u32, watch })
    }

    /// Imports files, and those in folders. Gives what became of each, where no other import was running; else that one takes them up.
    pub async fn import(&self, named: Vec<PathBuf>) -> Result<Vec<ImportOutcome>> {
        let session = self.session().await?;
        let found = tokio::task::spawn_blocking(move || files(&named)).await.map_err(crate::engine::stopped)?;
        if found.is_empty() {
            return Err(Error::new(ErrorCode::Empty, "there is no file in this folder", "hidden files and links are not read"));
        }
        session.store.add_imports(&found, false).await.map_err(store_problem)?;
        self.work(&session).await
    }

    /// Goes on with what an earlier run of the program did not come to, or forgets it.
    pub async fn resume_imports(&self, go_on: bool) -> Result<()> {
        let session = self.session().await?;
        if !go_on {
            return session.store.drop_imports(ImportState::Left).await.map(drop).map_err(store_problem);
        }
        session.store.move_imports(ImportState::Left, ImportState::Todo).await.map_err(store_problem)?;
        self.work(&session).await.map(drop)
    }

    /// Lets the import wait before its next file, or go on.
    pub fn pause_import(&self, paused: bool) {
        self.imports.progress(|p| p.paused = paused);
        self.imports.changed.notify_waiters();
    }

    /// Stops the import at once, also inside of a file; what was imported before stays. Where it was at files of the watched folder,
    /// that one waits from now on.
    pub async fn cancel_import(&self) -> Result<()> {
        self.cancel_reading();
        let watched = {
            let now = self.imports.now();
            now.cancel.cancel();
            now.watched
        };
        let session = self.session().await?;
        let watched = watched || session.store.imports(ImportState::Todo, u32::MAX).await.map_err(store_problem)?.iter().any(|r| r.watched);
        let dropped = session.store.drop_imports(ImportState::Todo).await.map_err(store_problem)?;
        self.imports.progress(|p| (p.paused, p.cancelled) = (false, p.cancelled + dropped as u32));
        self.imports.changed.notify_waiters();
        if watched { self.pause_watch(true).await } else { Ok(()) }
    }

    /// Opens a file that waits for its password, and where asked all others that it opens; without one the file is left out.
    pub async fn unlock_import(&self, id: u32, password: Option<Phi<String>>, others: bool) -> Result<()> {
        let session = self.session().await?;
        let Some(password) = password else {
            session.store.end_import(id.into()).await.map_err(store_problem)?;
            self.imports.now().outcomes.retain(|outcome| outcome.id != id);
            return Ok(());
        };
        let row = session.store.import(id.into()).await.map_err(store_problem)?.ok_or_else(|| Error::not_found("file"))?;
        let mut rows = vec![row];
        if others {
            let locked = session.store.imports(ImportState::Locked, u32::MAX).await.map_err(store_problem)?;
            rows.extend(locked.into_iter().filter(|row| row.id != i64::from(id)));
        }
        for (number, row) in rows.iter().enumerate() {
            let outcome = self.import_row(&session, row, Some(&password), &CancellationToken::new()).await?;
            // Another file may well have another one.
            if number == 0 || outcome.error.is_none() {
                self.imports.outcome(outcome);
            }
        }
        Ok(())
    }

    /// Clears the results away, with the files that wait for a password.
    pub async fn clear_imports(&self) -> Result<()> {
        let session = self.session().await?;
        session.store.drop_imports(ImportState::Locked).await.map_err(store_problem)?;
        let mut now = self.imports.now();
        now.outcomes.clear();
        now.progress.cancelled = 0;
        Ok(())
    }

    /// Imports what is to do, unless somebody else is at it already.
    async fn work(&self, session: &Session) -> Result<Vec<ImportOutcome>> {
        let todo = |limit| session.store.imports(ImportState::Todo, limit);
        let mut outcomes = Vec::new();
        // What was added just when the last file was done is found by the second look.
        while !todo(1).await.map_err(store_problem)?.is_empty() {
            let Some(_working) = self.imports.begin() else { break };
            loop {
                let cancel = self.imports.turn().await;
                if self.imports.now().closing {
                    return Ok(outcomes);
                }
                let Some(row) = todo(1).await.map_err(store_problem)?.pop() else { break };
                let more = session.store.count_imports(ImportState::Todo).await.map_err(store_problem)?;
                self.imports.now().watched = row.watched;
                self.imports.progress(|p| (p.of, p.name) = (p.done + more as u32, formats::display_name(&row.path)));
                let outcome = self.import_row(session, &row, None, &cancel).await;
                self.imports.now().watched = false;
                let outcome = outcome?;
                let cancelled = outcome.error.as_ref().is_some_and(|error| error.code == ErrorCode::Cancelled);
                self.imports.progress(|p| (p.done, p.name, p.page, p.pages) = (p.done + u32::from(!cancelled), String::new(), 0, 0));
                if !cancelled {
                    self.imports.outcome(outcome.clone());
                    outcomes.push(outcome);
                }
            }
        }
        Ok(outcomes)
    }

    /// Imports one file. An error is one of the store or the log, which ends the whole import.
    async fn import_row(
        &self,
        session: &Session,
        row: &ImportRow,
        password: Option<&Phi<String>>,
        cancel: &CancellationToken,
    ) -> Result<ImportOutcome> {
        let stamp = files::stamp(&row.path).filter(|_| row.watched);
        let taken = self.import_file(session, row, password, cancel).await;
        match &taken {
            Ok((_, false)) => {}
            Err(error) if matches!(error.code, ErrorCode::PasswordNeeded | ErrorCode::WrongPassword) => {
                session.store.set_import(row.id, ImportState::Locked).await.map_err(store_problem)?;
            }
            // What the store or the log cannot take now is still to do.
            Err(error) if matches!(error.code, ErrorCode::Store | ErrorCode::Audit | ErrorCode::Locked) => return Err(error.clone()),
            Err(error) if error.code == ErrorCode::Cancelled && self.imports.now().closing => {}
            // Who cancelled counts the files that he finds; one may end here first.
            Err(error) if error.code == ErrorCode::Cancelled => {
                let ended = session.store.end_import(row.id).await.map_err(store_problem)?;
                self.imports.progress(|p| p.cancelled += u32::from(ended));
            }
            _ => drop(session.store.end_import(row.id).await.map_err(store_problem)?),
        }
        let (record, known, error) = match taken {
            Ok((record, known)) => (Some(record), known, None),
            Err(error) => (None, false, Some(error)),
        };
        if let Some(stamp) = stamp
            && error.as_ref().is_none_or(|error| error.code != ErrorCode::Cancelled)
        {
            self.settle(session, &row.path, &stamp, error.as_ref()).await?;
        }
        Ok(ImportOutcome { id: row.id as u32, name: formats::display_name(&row.path), record, known, watched: row.watched, error })
    }

    async fn import_file(
        &self,
        session: &Session,
        row: &ImportRow,
        password: Option<&Phi<String>>,
        cancel: &CancellationToken,
    ) -> Result<Taken> {
        let start = Instant::now();
        let stop = Stop(Cancel::default());
        let read = async {
            let bytes = self.engine().open_file(&row.path).await?;
            let digest = <[u8; 32]>::from(Sha256::digest(&bytes));
            if let Some(id) = session.store.record_of(&digest).await.map_err(store_problem)? {
                return Ok(Err(id));
            }
            let bytes = match password {
                Some(password) => self.engine().unlock(bytes, password.expose()).await?,
                None => bytes,
            };
            let name = formats::display_name(&row.path);
            let pages = |page, pages| self.imports.progress(|p| (p.page, p.pages) = (page as u32, pages as u32));
            // A file that waits for its password may be opened while another one is being read, whose pages are shown.
            let quiet = |_, _| {};
            let pages: &(dyn Fn(usize, usize) + Send + Sync) = if password.is_some() { &quiet } else { &pages };
            let record = self.engine().read_with(bytes.clone(), &name, pages).await;
            self.engine().prepare_reader();
            let record = record?;
            let finding = Instant::now();
            let analysis = self.engine().analyse(&record, stop.0.clone()).await?;
            let (original, found) = (Some(Phi::new(bytes)), finding.elapsed());
            Ok(Ok(keep::New { name, record, original, digest: Some(digest), import: Some(row.id), analysis, start, found }))
        };
        // What is being read ends as it is dropped: its process is killed.
        let read: Result<std::result::Result<keep::New, store::Uuid>> = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(cancelled()),
            read = read => read,
        };
        match read {
            Ok(Ok(new)) => self.keep(session, new).await.map(|open| (self.summary_of(&open), false)),
            Ok(Err(id)) => Ok((self.summary_of(&self.opened(session, &id.to_string()).await?), true)),
            Err(error) => {
                if !matches!(error.code, ErrorCode::Cancelled | ErrorCode::Store) {
                    session.log(None, Action::ImportFailed { code: label(error.code.name())? }).await?;
                }
                Err(error)
            }
        }
    }
}

pub(crate) fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, "the import was cancelled", "")
}
