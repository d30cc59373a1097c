//! The system's keychain, asked off the caller's thread: a Secret Service that is missing or locked may never answer.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::KeyError;

/// The name under which the keychain shows our items.
const SERVICE: &str = "cordon";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes that are wiped when dropped.
pub(crate) type Bytes = Zeroizing<Vec<u8>>;

/// A place that keeps secrets by name.
pub(crate) trait Keychain: Send + Sync {
    fn get(&self, name: &str) -> Result<Option<Bytes>, KeyError>;
    fn put(&self, name: &str, value: &[u8]) -> Result<(), KeyError>;
    fn delete(&self, name: &str) -> Result<(), KeyError>;
}

/// The keychain of the operating system.
pub(crate) struct System;

impl Keychain for System {
    fn get(&self, name: &str) -> Result<Option<Bytes>, KeyError> {
        match entry(name)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(_) => Err(KeyError::Keychain),
        }
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), KeyError> {
        entry(name)?.set_secret(value).map_err(|_| KeyError::Keychain)
    }

    fn delete(&self, name: &str) -> Result<(), KeyError> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(_) => Err(KeyError::Keychain),
        }
    }
}

fn entry(name: &str) -> Result<keyring::v1::Entry, KeyError> {
    keyring::v1::Entry::new(SERVICE, name).map_err(|_| KeyError::Keychain)
}

/// Asks the keychain, and gives up when it does not answer in time.
pub(crate) fn ask<T: Send + 'static>(
    keychain: &Arc<dyn Keychain>,
    question: impl FnOnce(&dyn Keychain) -> Result<T, KeyError> + Send + 'static,
) -> Result<T, KeyError> {
    let (tell, answer) = mpsc::channel();
    let keychain = keychain.clone();
    std::thread::Builder::new()
        .name("keychain".into())
        .spawn(move || tell.send(question(keychain.as_ref())))
        .map_err(|_| KeyError::Keychain)?;
    answer.recv_timeout(PATIENCE).map_err(|_| KeyError::Keychain)?
}

/// Whether it keeps what it is given: many Linux machines have a keychain that fails only when it is used.
pub(crate) fn works(keychain: &Arc<dyn Keychain>) -> bool {
    let name = format!("probe-{}", uuid::Uuid::now_v7());
    let probe = move |keychain: &dyn Keychain| {
        keychain.put(&name, b"probe")?;
        let kept = keychain.get(&name)?.is_some_and(|bytes| bytes.as_slice() == b"probe");
        keychain.delete(&name)?;
        Ok(kept)
    };
    ask(keychain, probe).unwrap_or(false)
}
