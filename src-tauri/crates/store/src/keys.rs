//! The master key: in the system's keychain, or under a passphrase where there is none. Never in the clear, and never a new
//! one over records that an old one opens.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::keychain::{self, Keychain, System};
use crate::{Cost, Secrets, Store, wrapped};

/// A passphrase has at least this many characters.
pub const SHORTEST_PASSPHRASE: usize = 8;

/// 32 bytes that are wiped when dropped.
pub type Key = Zeroizing<[u8; 32]>;

/// Why there is no key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// A passphrase protects the records.
    #[error("the records are protected by a passphrase")]
    NeedsPassphrase,
    /// There is no keychain: somebody has to choose a passphrase first.
    #[error("there is no keychain here: choose a passphrase of at least {SHORTEST_PASSPHRASE} characters")]
    NewPassphrase,
    /// The chosen passphrase is too short.
    #[error("the passphrase has to have at least {SHORTEST_PASSPHRASE} characters")]
    TooShort,
    /// It is not the passphrase.
    #[error("this is not the passphrase")]
    WrongPassphrase,
    /// There are records and no key. Nothing is overwritten.
    #[error("the key of the records is gone: {why}")]
    KeyLost {
        /// What happened, and what to do.
        why: &'static str,
    },
    /// The keychain refused, or did not answer in time.
    #[error("the keychain does not answer: unlock it and try again")]
    Keychain,
    /// `key.wrapped` or `key.keychain` is not in its format.
    #[error("the key file is damaged: restore it from a backup")]
    Damaged,
    /// A cipher or the system's random numbers failed.
    #[error("a key could not be made")]
    Crypto,
    /// A file could not be read or written.
    #[error("a key file cannot be used: {0}")]
    Io(std::io::ErrorKind),
}

impl From<std::io::Error> for KeyError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// What stands between the caller and the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Nothing: the keychain has it, or will on the first start.
    Keychain,
    /// The passphrase.
    NeedsPassphrase,
    /// A passphrase that has to be chosen.
    NewPassphrase,
    /// The key is gone, but the records are not.
    KeyLost {
        /// What happened, and what to do.
        why: &'static str,
    },
}

/// What keeps the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The system's keychain.
    Keychain,
    /// A passphrase.
    Passphrase,
}

impl KeyKind {
    /// The name for the log and the window.
    pub fn name(self) -> &'static str {
        match self {
            KeyKind::Keychain => "keychain",
            KeyKind::Passphrase => "passphrase",
        }
    }
}

/// Where the key of one folder is kept. Its calls block: the keychain may take two seconds, a passphrase half of one.
pub struct Keystore {
    dir: PathBuf,
    keychain: Option<Arc<dyn Keychain>>,
    cost: Cost,
}

impl Keystore {
    /// The keystore of the records in `dir`; without `keychain` only a passphrase will do.
    pub fn new(dir: impl Into<PathBuf>, keychain: bool) -> Self {
        let system: Arc<dyn Keychain> = Arc::new(System);
        Self { dir: dir.into(), keychain: keychain.then_some(system), cost: Cost::default() }
    }

    /// With another price of a guess, for new passphrases.
    pub fn with_cost(self, cost: Cost) -> Self {
        Self { cost, ..self }
    }

    /// What stands between the caller and the key. Makes nothing.
    pub fn probe(&self) -> Result<KeyState, KeyError> {
        let records = ["store.db", "audit.db", "audit.head"].iter().any(|name| self.dir.join(name).exists());
        if self.wrapped().exists() {
            return Ok(KeyState::NeedsPassphrase);
        }
        if let Some(item) = self.item()? {
            let Some(keychain) = &self.keychain else {
                return Ok(KeyState::KeyLost { why: "it is in the system's keychain, which is not used here; unset CORDON_PASSPHRASE" });
            };
            let why = "the keychain does not have it any more; restore the keychain, or the file key.wrapped, from a backup";
            let there = keychain::ask(keychain, move |keychain| keychain.get(&item))?.is_some();
            return Ok(if there { KeyState::Keychain } else { KeyState::KeyLost { why } });
        }
        if records {
            return Ok(KeyState::KeyLost { why: "restore the file key.wrapped or key.keychain from a backup; nothing was changed" });
        }
        let usable = self.keychain.as_ref().is_some_and(keychain::works);
        Ok(if usable { KeyState::Keychain } else { KeyState::NewPassphrase })
    }

    /// The key; on the first start a new one.
    pub fn unlock(&self, passphrase: Option<&str>) -> Result<Unlocked, KeyError> {
        make_folder(&self.dir)?;
        let lock = File::create(self.dir.join("key.lock"))?;
        lock.lock()?;
        let (master, kind) = match self.probe()? {
            KeyState::Keychain => (self.keychain_key()?, KeyKind::Keychain),
            KeyState::NeedsPassphrase => {
                let passphrase = passphrase.ok_or(KeyError::NeedsPassphrase)?;
                (wrapped::read(&self.wrapped(), passphrase)?, KeyKind::Passphrase)
            }
            KeyState::NewPassphrase => {
                let passphrase = passphrase.ok_or(KeyError::NewPassphrase)?;
                if passphrase.chars().count() < SHORTEST_PASSPHRASE {
                    return Err(KeyError::TooShort);
                }
                let key = new_key()?;
                wrapped::write(&self.wrapped(), &key, passphrase, self.cost)?;
                (key, KeyKind::Passphrase)
            }
            KeyState::KeyLost { why } => return Err(KeyError::KeyLost { why }),
        };
        let keychain = self.keychain.clone().filter(|_| kind == KeyKind::Keychain);
        Ok(Unlocked { master, kind, keychain, item: self.item()?.unwrap_or_default() })
    }

    fn keychain_key(&self) -> Result<Key, KeyError> {
        let keychain = self.keychain.as_ref().ok_or(KeyError::Keychain)?;
        let (item, new) = match self.item()? {
            Some(item) => (item, None),
            None => (format!("master-{}", uuid::Uuid::now_v7()), Some(new_key()?)),
        };
        let (name, made) = (item.clone(), new.clone());
        let kept = keychain::ask(keychain, move |keychain| {
            if let Some(key) = &made {
                keychain.put(&name, key.as_slice())?;
            }
            keychain.get(&name)
        })?;
        let kept = kept.ok_or(KeyError::Keychain)?;
        let key = Zeroizing::new(<[u8; 32]>::try_from(kept.as_slice()).map_err(|_| KeyError::Damaged)?);
        if let Some(made) = new {
            // Only what the keychain gave back is a key that will open the records tomorrow.
            if made != key {
                return Err(KeyError::Keychain);
            }
            wrapped::write_new(&self.dir.join("key.keychain"), format!("{item}\n").as_bytes())?;
        }
        Ok(key)
    }

    fn wrapped(&self) -> PathBuf {
        self.dir.join("key.wrapped")
    }

    /// The name of the keychain's item, where the key is there.
    fn item(&self) -> Result<Option<String>, KeyError> {
        match fs::read_to_string(self.dir.join("key.keychain")) {
            Ok(item) if item.trim().starts_with("master-") => Ok(Some(item.trim().to_owned())),
            Ok(_) => Err(KeyError::Damaged),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The key, and what keeps it.
pub struct Unlocked {
    /// The master key. Nothing is encrypted with it but other keys.
    master: Key,
    /// What keeps it.
    pub kind: KeyKind,
    keychain: Option<Arc<dyn Keychain>>,
    item: String,
}

impl Unlocked {
    /// The key for one purpose, such as `store` or `audit`.
    pub fn subkey(&self, purpose: &str) -> Key {
        // Filled up with zeros to a block: what HMAC does with a shorter key, and it cannot fail.
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(self.master.iter()).for_each(|(to, from)| *to = *from);
        let mut mac = Hmac::<Sha256>::new(&(*block).into());
        mac.update(b"cordon-subkey-v1\0");
        mac.update(purpose.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// Where keys of providers are kept: beside the master key in the keychain, or in the encrypted store.
    pub fn secrets(&self, store: &Store) -> Secrets {
        match &self.keychain {
            Some(keychain) => Secrets::in_keychain(keychain.clone(), &self.item),
            None => Secrets::in_store(store.clone()),
        }
    }
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unlocked").field("kind", &self.kind).finish_non_exhaustive()
    }
}

fn new_key() -> Result<Key, KeyError> {
    let mut key = Zeroizing::new([0; 32]);
    random(key.as_mut_slice())?;
    Ok(key)
}

pub(crate) fn random(bytes: &mut [u8]) -> Result<(), KeyError> {
    getrandom::fill(bytes).map_err(|_| KeyError::Crypto)
}

/// A folder that other users of the machine cannot look into.
fn make_folder(dir: &Path) -> Result<(), KeyError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(dir)?)
}
