//! The chain's head in a small file outside the database: a chain alone still verifies after its tail was cut off.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::AuditError;
use crate::entry::GENESIS;

type HmacSha256 = Hmac<Sha256>;

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) sequence: u64,
    pub(crate) hash: [u8; 32],
}

impl Head {
    /// The head of an empty log.
    pub(crate) const EMPTY: Head = Head { sequence: 0, hash: GENESIS };
}

/// Why the head outside cannot be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Distrust {
    /// The file is not there.
    Missing,
    /// It cannot be read, or is not in the format.
    Unreadable,
    /// Its authentication code is not ours.
    Forged,
}

/// The file that holds the head.
#[derive(Clone)]
pub(crate) struct Anchor {
    path: PathBuf,
    key: Zeroizing<[u8; 32]>,
}

impl Anchor {
    pub(crate) fn new(dir: &Path, key: &[u8; 32]) -> Result<Self, AuditError> {
        let mut derived = Zeroizing::new([0; 32]);
        derived.copy_from_slice(&mac(key, b"cordon-audit-anchor-key-v1")?.finalize().into_bytes());
        Ok(Self { path: dir.join("audit.head"), key: derived })
    }

    pub(crate) fn read(&self) -> Result<Head, Distrust> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(Distrust::Missing),
            Err(_) => return Err(Distrust::Unreadable),
        };
        let mut lines = text.lines();
        let (Some("cordon-audit-head-v1"), Some(sequence), Some(hash), Some(code), None) =
            (lines.next(), lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(Distrust::Unreadable);
        };
        let mut head = Head::EMPTY;
        head.sequence = sequence.parse().map_err(|_| Distrust::Unreadable)?;
        hex::decode_to_slice(hash, &mut head.hash).map_err(|_| Distrust::Unreadable)?;
        let code = hex::decode(code).map_err(|_| Distrust::Unreadable)?;
        let expected = mac(&self.key, signed(&head).as_bytes()).map_err(|_| Distrust::Unreadable)?;
        expected.verify_slice(&code).map_err(|_| Distrust::Forged)?;
        Ok(head)
    }

    /// Replaces the head; when this returns, the new one is on the disk.
    pub(crate) fn write(&self, head: &Head) -> Result<(), AuditError> {
        let text = signed(head);
        let code = hex::encode(mac(&self.key, text.as_bytes())?.finalize().into_bytes());
        let beside = self.path.with_extension("head.new");
        let mut file = File::create(&beside)?;
        file.write_all(format!("{text}{code}\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        sync_folder(&self.path)
    }
}

fn signed(head: &Head) -> String {
    format!("cordon-audit-head-v1\n{}\n{}\n", head.sequence, hex::encode(head.hash))
}

fn mac(key: &[u8; 32], message: &[u8]) -> Result<HmacSha256, AuditError> {
    let mut mac = HmacSha256::new_from_slice(key).map_err(|_| AuditError::Setup("the key has the wrong length"))?;
    mac.update(message);
    Ok(mac)
}

/// A rename is on the disk when its folder is.
#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), AuditError> {
    path.parent().map_or(Ok(()), |folder| File::open(folder).and_then(|f| f.sync_all())).map_err(Into::into)
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> Result<(), AuditError> {
    Ok(())
}
