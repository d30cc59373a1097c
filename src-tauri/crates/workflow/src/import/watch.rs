//! The watched folder: what comes into it is imported, each file once. It is looked at, again and again, since not every file system
//! (a share of a clinic's server, say) tells of changes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{FileProblem, ImportEvent, WatchView, files};
use crate::error::{Error, ErrorCode, Result};
use crate::session::{Cordon, Session, store_problem};

/// How often the folder is looked at. A file that was the same twice has stopped growing.
const EVERY: Duration = Duration::from_secs(2);

/// The name of the setting.
const SETTING: &str = "watch";

/// The folder, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Watch {
    folder: std::ffi::OsString,
    paused: bool,
}

impl Cordon {
    /// Imports what comes into the watched folder, for as long as the program runs.
    pub async fn watch(&self) {
        let mut seen = HashMap::new();
        loop {
            tokio::time::sleep(EVERY).await;
            // Where the store or the log fails, the next look tries again, and the window says it where something is done by hand.
            drop(self.look(&mut seen).await);
        }
    }

    /// One look: what is new and has stopped growing is imported. `seen` are the files of the last look, as they were then.
    async fn look(&self, seen: &mut HashMap<PathBuf, String>) -> Result<()> {
        let session = self.session().await?;
        let Some(watch) = kept(&session).await?.filter(|watch| !watch.paused) else { return Ok(()) };
        let folder = PathBuf::from(&watch.folder);
        let now = tokio::task::spawn_blocking(move || {
            let all = if folder.is_dir() { files(&[folder]) } else { Vec::new() };
            all.into_iter().filter_map(|path| Some((files::stamp(&path)?, path))).map(|(stamp, path)| (path, stamp)).collect()
        });
        let now: HashMap<PathBuf, String> = now.await.map_err(crate::engine::stopped)?;
        let mut fresh = Vec::new();
        for (path, stamp) in now.iter().filter(|(path, stamp)| seen.get(*path) == Some(stamp)) {
            if session.store.settled(path).await.map_err(store_problem)?.as_ref() != Some(stamp) {
                fresh.push(path.clone());
            }
        }
        *seen = now;
        if fresh.is_empty() {
            return Ok(());
        }
        fresh.sort();
        session.store.add_imports(&fresh, true).await.map_err(store_problem)?;
        self.work(&session).await.map(drop)
    }

    /// The watched folder, if there is one.
    pub(super) async fn watch_view(&self, session: &Session) -> Result<Option<WatchView>> {
        let Some(watch) = kept(session).await? else { return Ok(None) };
        let folder = PathBuf::from(&watch.folder);
        let problems = session.store.unsettled().await.map_err(store_problem)?.into_iter().map(|(path, problem)| {
            let error = serde_json::from_str(&problem).unwrap_or_else(|_| Error::unreadable("the file could not be read".into()));
            FileProblem { name: formats::display_name(&path), error }
        });
        let there = folder.is_dir();
        Ok(Some(WatchView { folder: formats::display_name(&folder), there, paused: watch.paused, problems: problems.collect() }))
    }

    /// Watches this folder from now on, and no other one. What lies in it already is imported too.
    pub async fn set_watch(&self, folder: &Path) -> Result<()> {
        let session = self.session().await?;
        if !folder.is_dir() {
            return Err(Error::new(ErrorCode::NotFound, "this folder is not there", "choose another one"));
        }
        session.store.unsettle(true).await.map_err(store_problem)?;
        self.put(&session, Some(&Watch { folder: folder.into(), paused: false })).await
    }

    /// Lets the files of the watched folder wait, or not.
    pub async fn pause_watch(&self, paused: bool) -> Result<()> {
        let session = self.session().await?;
        match kept(&session).await? {
            Some(watch) => self.put(&session, Some(&Watch { paused, ..watch })).await,
            None => Ok(()),
        }
    }

    /// Watches no folder any more. Its files and the records stay.
    pub async fn stop_watch(&self) -> Result<()> {
        let session = self.session().await?;
        session.store.unsettle(true).await.map_err(store_problem)?;
        self.put(&session, None).await
    }

    /// Tries the files of the watched folder again that could not be read.
    pub async fn retry_watch(&self) -> Result<()> {
        let session = self.session().await?;
        session.store.unsettle(false).await.map_err(store_problem)?;
        self.tell_watch(&session).await
    }

    /// A file of the watched folder was dealt with.
    pub(super) async fn settle(&self, session: &Session, path: &Path, stamp: &str, error: Option<&Error>) -> Result<()> {
        let problem = error.map(serde_json::to_string).transpose().map_err(|e| Error::invalid(e.to_string()))?;
        session.store.settle(path, stamp, problem.as_deref()).await.map_err(store_problem)?;
        self.tell_watch(session).await
    }

    async fn put(&self, session: &Session, watch: Option<&Watch>) -> Result<()> {
        let json = serde_json::to_string(&watch).map_err(|e| Error::invalid(e.to_string()))?;
        session.store.set_setting(SETTING, &json).await.map_err(store_problem)?;
        self.tell_watch(session).await
    }

    async fn tell_watch(&self, session: &Session) -> Result<()> {
        self.imports.tell(ImportEvent::Watch(self.watch_view(session).await?));
        Ok(())
    }
}

async fn kept(session: &Session) -> Result<Option<Watch>> {
    let json = session.store.setting(SETTING).await.map_err(store_problem)?;
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()).flatten())
}
