//! Keys of providers: in the system's keychain, or in the encrypted store where there is none.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::keychain::{self, Keychain};
use crate::{KeyError, Result, Store};

/// Keeps keys of providers by name.
#[derive(Clone)]
pub struct Secrets(Place);

#[derive(Clone)]
enum Place {
    Keychain { keychain: Arc<dyn Keychain>, prefix: String },
    Store(Store),
}

impl Secrets {
    pub(crate) fn in_keychain(keychain: Arc<dyn Keychain>, item: &str) -> Self {
        Self(Place::Keychain { keychain, prefix: format!("{item}/") })
    }

    pub(crate) fn in_store(store: Store) -> Self {
        Self(Place::Store(store))
    }

    /// Keeps a secret in place of the one of that name.
    pub async fn put(&self, name: &str, secret: &str) -> Result<()> {
        match &self.0 {
            Place::Keychain { keychain, prefix } => {
                let (name, secret) = (format!("{prefix}{name}"), Zeroizing::new(secret.to_owned()));
                ask(keychain, move |keychain| keychain.put(&name, secret.as_bytes())).await
            }
            Place::Store(store) => {
                sqlx::query("INSERT INTO secrets VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
                    .bind(name)
                    .bind(secret)
                    .execute(store.writer())
                    .await?;
                Ok(())
            }
        }
    }

    /// The secret of that name.
    pub async fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>> {
        match &self.0 {
            Place::Keychain { keychain, prefix } => {
                let name = format!("{prefix}{name}");
                let bytes = ask(keychain, move |keychain| keychain.get(&name)).await?;
                let text = |bytes: keychain::Bytes| std::str::from_utf8(&bytes).map(|t| Zeroizing::new(t.to_owned()));
                Ok(bytes.map(text).transpose().map_err(|_| KeyError::Damaged)?)
            }
            Place::Store(store) => {
                let found: Option<String> =
                    sqlx::query_scalar("SELECT value FROM secrets WHERE name = ?1").bind(name).fetch_optional(store.reader()).await?;
                Ok(found.map(Zeroizing::new))
            }
        }
    }

    /// Forgets the secret of that name.
    pub async fn delete(&self, name: &str) -> Result<()> {
        match &self.0 {
            Place::Keychain { keychain, prefix } => {
                let name = format!("{prefix}{name}");
                ask(keychain, move |keychain| keychain.delete(&name)).await
            }
            Place::Store(store) => {
                sqlx::query("DELETE FROM secrets WHERE name = ?1").bind(name).execute(store.writer()).await?;
                Ok(())
            }
        }
    }
}

async fn ask<T: Send + 'static>(
    keychain: &Arc<dyn Keychain>,
    question: impl FnOnce(&dyn Keychain) -> std::result::Result<T, KeyError> + Send + 'static,
) -> Result<T> {
    let keychain = keychain.clone();
    let asked = tokio::task::spawn_blocking(move || keychain::ask(&keychain, question)).await;
    Ok(asked.map_err(|_| KeyError::Keychain)??)
}
