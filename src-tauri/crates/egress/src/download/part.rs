//! A file on its way: what arrived lies beside its place, under another name, until its size and sha256 are right.

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio::task::spawn_blocking;

use super::{DownloadError, HubFile};

/// What arrived of a file. Nobody else writes to it meanwhile.
pub(super) struct Part {
    file: tokio::fs::File,
    hasher: Sha256,
    length: u64,
    path: PathBuf,
    target: PathBuf,
}

/// Whether the file is there and is the one pinned.
pub(super) async fn is_right(path: &Path, wanted: &HubFile) -> Result<bool, DownloadError> {
    let (path, wanted) = (path.to_owned(), wanted.clone());
    let right = spawn_blocking(move || -> std::io::Result<bool> {
        match std::fs::File::open(path) {
            Ok(mut file) if file.metadata()?.len() == wanted.size => Ok(hex(&hashed(&mut file)?.0) == wanted.sha256),
            Ok(_) => Ok(false),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    });
    Ok(right.await.map_err(|_| DownloadError::Cancelled)??)
}

/// The hash of what is left to read of a file, and its length.
fn hashed(file: &mut std::fs::File) -> std::io::Result<(Sha256, u64)> {
    let (mut hasher, mut length, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((hasher, length)),
            n => {
                hasher.update(buffer.get(..n).unwrap_or(&[]));
                length += n as u64;
            }
        }
    }
}

fn hex(hasher: &Sha256) -> String {
    hasher.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Part {
    /// What arrived earlier of a file whose place is `target`, or nothing yet.
    pub(super) async fn open(target: &Path, wanted: &HubFile) -> Result<Part, DownloadError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // With another pinned content it is another part.
        let of: String = wanted.sha256.chars().take(16).collect();
        let path = target.with_file_name(format!(".{name}.{of}.part"));
        let (target, size, busy) = (target.to_owned(), wanted.size, wanted.name.clone());
        let opened = spawn_blocking(move || -> Result<Part, DownloadError> {
            if let Some(folder) = target.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            file.try_lock().map_err(|_| DownloadError::Busy(busy))?;
            if file.metadata()?.len() > size {
                file.set_len(0)?;
            }
            let (hasher, length) = hashed(&mut file)?;
            Ok(Part { file: tokio::fs::File::from_std(file), hasher, length, path, target })
        });
        opened.await.map_err(|_| DownloadError::Cancelled)?
    }

    /// Bytes that are here.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Forgets what arrived.
    pub(super) async fn restart(&mut self) -> Result<(), DownloadError> {
        self.file.set_len(0).await?;
        self.file.rewind().await?;
        (self.hasher, self.length) = (Sha256::new(), 0);
        Ok(())
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        self.file.write_all(bytes).await?;
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    pub(super) async fn flush(&mut self) -> Result<(), DownloadError> {
        Ok(self.file.flush().await?)
    }

    /// Gives the file its name, if it is the one pinned; else it is removed.
    pub(super) async fn finish(self, wanted: &HubFile) -> Result<(), DownloadError> {
        if self.length != wanted.size || hex(&self.hasher) != wanted.sha256 {
            self.remove().await?;
            return Err(DownloadError::Digest(wanted.name.clone()));
        }
        self.file.sync_all().await?;
        drop(self.file);
        Ok(tokio::fs::rename(&self.path, &self.target).await?)
    }

    pub(super) async fn remove(self) -> Result<(), DownloadError> {
        drop(self.file);
        Ok(tokio::fs::remove_file(&self.path).await?)
    }
}
