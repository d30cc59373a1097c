//! The way back from placeholders to originals, per prompt.

use deid::{EntityType, Phi, Vault, VaultEntry};
use sqlx::SqliteTransaction;
use uuid::Uuid;

use crate::{Result, Store, StoreError};

impl Store {
    /// Keeps the originals of one prompt over `records`, and how far its dates were moved. All or nothing; a card security code
    /// is refused.
    pub async fn keep_vault(&self, exchange: Uuid, records: &[Uuid], vault: &Vault) -> Result<()> {
        if vault.entries().any(|entry| entry.entity == EntityType::CardSecurityCode) {
            return Err(StoreError::SecurityCode);
        }
        let mut transaction = self.writer().begin().await?;
        asked_over(&mut transaction, exchange, records).await?;
        for entry in vault.entries() {
            sqlx::query("INSERT OR REPLACE INTO vault VALUES (?1, ?2, ?3, ?4)")
                .bind(exchange.to_string())
                .bind(&entry.placeholder)
                .bind(entry.entity.name())
                .bind(entry.original.expose())
                .execute(&mut *transaction)
                .await?;
        }
        if let Some(shift) = vault.shift() {
            sqlx::query("INSERT OR REPLACE INTO shifts VALUES (?1, ?2)")
                .bind(exchange.to_string())
                .bind(serde_json::to_string(&shift).map_err(|_| StoreError::Damaged)?)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The originals of one prompt.
    pub async fn vault(&self, exchange: Uuid) -> Result<Vault> {
        let rows: Vec<(String, String, String)> = sqlx::query_as("SELECT placeholder, entity, original FROM vault WHERE exchange = ?1")
            .bind(exchange.to_string())
            .fetch_all(self.reader())
            .await?;
        let entry = |(placeholder, entity, original): (String, String, String)| {
            let entity = EntityType::parse(&entity).ok_or(StoreError::Damaged)?;
            Ok(VaultEntry { placeholder, entity, original: Phi::new(original) })
        };
        let shift: Option<String> = sqlx::query_scalar("SELECT shift FROM shifts WHERE exchange = ?1")
            .bind(exchange.to_string())
            .fetch_optional(self.reader())
            .await?;
        let shift = shift.map(|json| serde_json::from_str(&json).map_err(|_| StoreError::Damaged)).transpose()?;
        Ok(Vault::from_entries(rows.into_iter().map(entry).collect::<Result<Vec<_>>>()?).with_shift(shift))
    }
}

/// Notes which records a question was asked over: with any of them it goes too.
pub(crate) async fn asked_over(transaction: &mut SqliteTransaction<'_>, exchange: Uuid, records: &[Uuid]) -> Result<()> {
    for record in records {
        sqlx::query("INSERT OR IGNORE INTO asked_over VALUES (?1, ?2)")
            .bind(exchange.to_string())
            .bind(record.to_string())
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}
