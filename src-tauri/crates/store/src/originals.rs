//! The bytes that records were read from, and the secret that surrogates are drawn from.

use deid::Phi;
use uuid::Uuid;

use crate::{Result, Store, StoreError};

impl Store {
    /// The bytes of the file that a record was read from, where they were kept.
    pub async fn original(&self, record: Uuid) -> Result<Option<Phi<Vec<u8>>>> {
        let bytes: Option<Vec<u8>> = sqlx::query_scalar("SELECT bytes FROM originals WHERE record = ?1")
            .bind(record.to_string())
            .fetch_optional(self.reader())
            .await?;
        Ok(bytes.map(Phi::new))
    }

    /// Deletes the bytes that a record was read from, and their digest; the record stays.
    pub async fn forget_original(&self, record: Uuid) -> Result<()> {
        let mut transaction = self.writer().begin().await?;
        sqlx::query("DELETE FROM originals WHERE record = ?1").bind(record.to_string()).execute(&mut *transaction).await?;
        sqlx::query("UPDATE records SET digest = NULL WHERE id = ?1").bind(record.to_string()).execute(&mut *transaction).await?;
        transaction.commit().await?;
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(self.writer()).await?;
        Ok(())
    }

    /// Puts another text of the same length in the place of a record's text, and deletes the bytes that it was read from: what was
    /// overwritten may not be kept (PCI DSS 3.3).
    pub async fn overwrite_text(&self, record: Uuid, text: &Phi<String>) -> Result<()> {
        let done = sqlx::query("UPDATE records SET text = ?2 WHERE id = ?1 AND length(CAST(text AS BLOB)) = length(CAST(?2 AS BLOB))")
            .bind(record.to_string())
            .bind(text.expose())
            .execute(self.writer())
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::Gone);
        }
        self.forget_original(record).await
    }

    /// Whether they were kept, without reading them.
    pub async fn has_original(&self, record: Uuid) -> Result<bool> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM originals WHERE record = ?1").bind(record.to_string()).fetch_optional(self.reader()).await?;
        Ok(found.is_some())
    }

    /// 32 random bytes, drawn when they are first asked for.
    pub async fn seed(&self) -> Result<[u8; 32]> {
        let mut drawn = [0; 32];
        getrandom::fill(&mut drawn).map_err(|_| StoreError::Setup("no random numbers"))?;
        sqlx::query("INSERT INTO settings (key, value) VALUES ('seed', ?1) ON CONFLICT (key) DO NOTHING")
            .bind(hex::encode(drawn))
            .execute(self.writer())
            .await?;
        let kept: String = sqlx::query_scalar("SELECT value FROM settings WHERE key = 'seed'").fetch_one(self.writer()).await?;
        hex::decode(kept).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(StoreError::Damaged)
    }
}
