//! Models from a hub: files that are public, or that a token gives, asked for by name at a commit. Nothing of a record is in such
//! a request. Every file has its size and sha256 before it is asked for, and gets its name only after both were seen.
//!
//! `hf-hub` gives the layout of the cache, which is the one of the hub's own tools, so that a folder they filled elsewhere serves
//! here. The bytes come through this crate's own doors: its API clients check no sha256 and follow redirects to any host.

mod error;
mod hub;
mod part;

use std::path::{Path, PathBuf};
use std::time::Duration;

use hf_hub::{Cache, Repo, RepoType};
use reqwest::StatusCode;
use reqwest::header::CONTENT_RANGE;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

pub use error::DownloadError;
pub use hub::{Described, Hub, HubSettings};
use part::Part;

/// The longest pause that a hub may ask for within one pull.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// One file as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFile {
    /// Its name in the repository.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// 64 digits of hexadecimal in lower case.
    pub sha256: String,
}

/// A repository at a commit.
#[derive(Debug, Clone, Copy)]
pub struct Commit<'c> {
    /// `owner/name`.
    pub repo: &'c str,
    /// 40 digits of hexadecimal.
    pub revision: &'c str,
}

impl Commit<'_> {
    /// Where its files lie in a cache.
    pub fn folder(&self, cache: &Path) -> PathBuf {
        let repo = Repo::with_revision(self.repo.to_owned(), RepoType::Model, self.revision.to_owned());
        Cache::new(cache.to_owned()).repo(repo).pointer_path(self.revision)
    }
}

/// How far a pull is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The file that is being pulled.
    pub file: String,
    /// Bytes of all files that are here.
    pub received: u64,
    /// Bytes of all files.
    pub total: u64,
}

impl Hub {
    /// Gets the `files` of a commit into the cache, and gives their folder. What is there already and right is not asked for;
    /// what broke off goes on where it stopped.
    pub async fn pull(
        &self,
        cache: &Path,
        commit: Commit<'_>,
        files: &[HubFile],
        on_progress: &mut (dyn FnMut(Progress) + Send),
        cancel: &CancellationToken,
    ) -> Result<PathBuf, DownloadError> {
        hub::check_repo(commit.repo)?;
        if !hub::is_hex(commit.revision, 40) {
            return Err(DownloadError::BadName("the revision"));
        }
        let folder = commit.folder(cache);
        let total = files.iter().map(|f| f.size).sum();
        let mut before = 0;
        for file in files {
            hub::check_file(&file.name)?;
            let mut tell = |of_file: u64| on_progress(Progress { file: file.name.clone(), received: before + of_file, total });
            let target = folder.join(&file.name);
            if !part::is_right(&target, file).await? {
                let mut part = Part::open(&target, file).await?;
                let result = self.fill(&mut part, commit, file, &mut tell, cancel).await;
                part.flush().await?;
                match result {
                    Ok(()) => part.finish(file).await?,
                    Err(error @ (DownloadError::Size(_) | DownloadError::OtherRevision(_) | DownloadError::Digest(_))) => {
                        part.remove().await?;
                        return Err(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            tell(file.size);
            before += file.size;
        }
        Ok(folder)
    }

    /// Tries until the part is as long as it has to be.
    async fn fill(
        &self,
        part: &mut Part,
        commit: Commit<'_>,
        file: &HubFile,
        tell: &mut (dyn FnMut(u64) + Send),
        cancel: &CancellationToken,
    ) -> Result<(), DownloadError> {
        let (mut left, mut pause) = (self.options.retries, self.options.backoff);
        while part.length() < file.size {
            let before = part.length();
            let Err(error) = self.attempt(part, commit, file, tell, cancel).await else { continue };
            let asked = if let DownloadError::RateLimited { retry_after } = &error { *retry_after } else { None };
            // A try that brought something is not counted: a large file over a bad line arrives in the end.
            let counts = part.length() <= before;
            if !error.is_transient() || (counts && left == 0) || asked.is_some_and(|asked| asked > MAX_PAUSE) {
                return Err(error);
            }
            left -= u32::from(counts);
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(DownloadError::Cancelled),
                () = sleep(asked.unwrap_or(pause)) => {}
            }
            pause = if counts { (pause * 2).min(MAX_PAUSE) } else { self.options.backoff };
        }
        Ok(())
    }

    async fn attempt(
        &self,
        part: &mut Part,
        commit: Commit<'_>,
        file: &HubFile,
        tell: &mut (dyn FnMut(u64) + Send),
        cancel: &CancellationToken,
    ) -> Result<(), DownloadError> {
        let from = part.length();
        let mut response = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(DownloadError::Cancelled),
            response = self.file(commit, file, from) => response?,
        };
        match response.status() {
            StatusCode::PARTIAL_CONTENT if from > 0 => {
                let range = response.headers().get(CONTENT_RANGE).and_then(|r| r.to_str().ok());
                if range != Some(format!("bytes {from}-{}/{}", file.size - 1, file.size).as_str()) {
                    return Err(DownloadError::Size(file.name.clone()));
                }
            }
            StatusCode::OK => part.restart().await?,
            status => return Err(DownloadError::Status(status.as_u16())),
        }
        let announced = response.content_length().map(|length| part.length() + length);
        if announced.is_some_and(|whole| whole != file.size) {
            return Err(DownloadError::Size(file.name.clone()));
        }
        loop {
            let chunk = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(DownloadError::Cancelled),
                chunk = timeout(self.options.idle_timeout, response.chunk()) => chunk,
            };
            match chunk {
                Ok(Ok(Some(chunk))) => {
                    if part.length() + chunk.len() as u64 > file.size {
                        return Err(DownloadError::Size(file.name.clone()));
                    }
                    part.write(&chunk).await?;
                    tell(part.length());
                }
                Ok(Ok(None)) if part.length() == file.size => return Ok(()),
                // Cut off, silent for too long, or ended too early.
                _ => return Err(DownloadError::Broken(file.name.clone())),
            }
        }
    }
}
