//! The master key under a passphrase: Argon2id, then XChaCha20-Poly1305, in the file `key.wrapped`.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::KeyError;
use crate::keys::{Key, random};

const FORMAT: &str = "cordon-key-v1";
/// The most that a file may ask for: a changed one shall not take the machine's memory.
const MOST: Cost = Cost { memory_kib: 1 << 20, passes: 16, lanes: 16 };

/// What a guess at the passphrase costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 64 << 10, passes: 3, lanes: 1 }
    }
}

/// Writes the file. One that is there is never replaced.
pub(crate) fn write(path: &Path, key: &Key, passphrase: &str, cost: Cost) -> Result<(), KeyError> {
    let (mut salt, mut nonce) = ([0; 16], [0; 24]);
    random(&mut salt)?;
    random(&mut nonce)?;
    let header = format!("{FORMAT}\n{} {} {}\n{}\n{}\n", cost.memory_kib, cost.passes, cost.lanes, hex::encode(salt), hex::encode(nonce));
    let payload = Payload { msg: key.as_slice(), aad: header.as_bytes() };
    let sealed = cipher(passphrase, &salt, cost)?.encrypt(&XNonce::from(nonce), payload).map_err(|_| KeyError::Crypto)?;
    write_new(path, format!("{header}{}\n", hex::encode(sealed)).as_bytes())
}

/// Reads the key back.
pub(crate) fn read(path: &Path, passphrase: &str) -> Result<Key, KeyError> {
    let text = fs::read_to_string(path)?;
    let (header, sealed) = text.trim_end().rsplit_once('\n').ok_or(KeyError::Damaged)?;
    let header = format!("{header}\n");
    let mut lines = header.lines();
    let (Some(FORMAT), Some(cost), Some(salt), Some(nonce), None) = (lines.next(), lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return Err(KeyError::Damaged);
    };
    let (mut salt_bytes, mut nonce_bytes) = ([0; 16], [0; 24]);
    hex::decode_to_slice(salt, &mut salt_bytes).map_err(|_| KeyError::Damaged)?;
    hex::decode_to_slice(nonce, &mut nonce_bytes).map_err(|_| KeyError::Damaged)?;
    let sealed = hex::decode(sealed).map_err(|_| KeyError::Damaged)?;
    let payload = Payload { msg: &sealed, aad: header.as_bytes() };
    // A changed file and a wrong passphrase look alike; the passphrase is the likelier.
    let opened = cipher(passphrase, &salt_bytes, parse(cost)?)?.decrypt(&XNonce::from(nonce_bytes), payload);
    let opened = Zeroizing::new(opened.map_err(|_| KeyError::WrongPassphrase)?);
    Ok(Zeroizing::new(<[u8; 32]>::try_from(opened.as_slice()).map_err(|_| KeyError::Damaged)?))
}

fn parse(line: &str) -> Result<Cost, KeyError> {
    let numbers: Vec<u32> = line.split(' ').map(str::parse).collect::<Result<_, _>>().map_err(|_| KeyError::Damaged)?;
    match numbers.as_slice() {
        [memory_kib, passes, lanes] if *memory_kib <= MOST.memory_kib && *passes <= MOST.passes && *lanes <= MOST.lanes => {
            Ok(Cost { memory_kib: *memory_kib, passes: *passes, lanes: *lanes })
        }
        _ => Err(KeyError::Damaged),
    }
}

fn cipher(passphrase: &str, salt: &[u8], cost: Cost) -> Result<XChaCha20Poly1305, KeyError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| KeyError::Damaged)?;
    let mut key = Zeroizing::new([0; 32]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice()).map_err(|_| KeyError::Crypto)?;
    XChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| KeyError::Crypto)
}

/// Writes a whole file or none, readable by its owner alone; refuses where one is. Callers hold the lock of the folder.
pub(crate) fn write_new(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    if path.exists() {
        return Err(KeyError::Io(std::io::ErrorKind::AlreadyExists));
    }
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
