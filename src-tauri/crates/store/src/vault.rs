//! The way back from placeholders to originals, per prompt.

use deid::{EntityType, Phi, Vault, VaultEntry};
use uuid::Uuid;

use crate::{Result, Store, StoreError};

impl Store {
    /// Keeps the originals of one prompt: placeholders that stand in a question are numbered per prompt. `exchange` is none
    /// for those of the record alone. All or nothing; a card security code is refused.
    pub async fn keep_vault(&self, record: Uuid, exchange: Option<Uuid>, vault: &Vault) -> Result<()> {
        if vault.entries().any(|entry| entry.entity == EntityType::CardSecurityCode) {
            return Err(StoreError::SecurityCode);
        }
        let mut transaction = self.writer().begin().await?;
        for entry in vault.entries() {
            sqlx::query("INSERT OR REPLACE INTO vault VALUES (?1, ?2, ?3, ?4, ?5)")
                .bind(record.to_string())
                .bind(owner(exchange))
                .bind(&entry.placeholder)
                .bind(entry.entity.name())
                .bind(entry.original.expose())
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The originals of one prompt.
    pub async fn vault(&self, record: Uuid, exchange: Option<Uuid>) -> Result<Vault> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("SELECT placeholder, entity, original FROM vault WHERE record = ?1 AND exchange = ?2")
                .bind(record.to_string())
                .bind(owner(exchange))
                .fetch_all(self.reader())
                .await?;
        let entry = |(placeholder, entity, original): (String, String, String)| {
            let entity = EntityType::parse(&entity).ok_or(StoreError::Damaged)?;
            Ok(VaultEntry { placeholder, entity, original: Phi::new(original) })
        };
        Ok(Vault::from_entries(rows.into_iter().map(entry).collect::<Result<Vec<_>>>()?))
    }
}

fn owner(exchange: Option<Uuid>) -> String {
    exchange.map(|id| id.to_string()).unwrap_or_default()
}
