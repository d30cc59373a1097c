//! Cloud models that questions can go to. Their keys are elsewhere: [`crate::Secrets`].

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};

use crate::{Result, Store, StoreError};

/// A cloud model that questions can go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The wire format.
    pub wire: String,
    /// Where it listens.
    pub base_url: String,
    /// The model there.
    pub model: String,
    /// Whether a business associate agreement, or its equal, is on file.
    pub agreement: bool,
    /// Whether questions go to it. Set by [`Store::select_provider`] alone.
    pub selected: bool,
}

impl FromRow<'_, SqliteRow> for ProviderRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            wire: row.try_get("wire")?,
            base_url: row.try_get("base_url")?,
            model: row.try_get("model")?,
            agreement: row.try_get("agreement")?,
            selected: row.try_get("selected")?,
        })
    }
}

impl Store {
    /// All providers, by name.
    pub async fn providers(&self) -> Result<Vec<ProviderRow>> {
        Ok(sqlx::query_as("SELECT * FROM providers ORDER BY name COLLATE NOCASE, id").fetch_all(self.reader()).await?)
    }

    /// The provider that questions go to.
    pub async fn selected_provider(&self) -> Result<Option<ProviderRow>> {
        Ok(sqlx::query_as("SELECT * FROM providers WHERE selected = 1").fetch_optional(self.reader()).await?)
    }

    /// Keeps a provider, or its newer state. Whether it is selected stays as it is.
    pub async fn save_provider(&self, provider: &ProviderRow) -> Result<()> {
        sqlx::query(
            "INSERT INTO providers (id, name, wire, base_url, model, agreement) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, wire = excluded.wire, base_url = excluded.base_url, \
             model = excluded.model, agreement = excluded.agreement",
        )
        .bind(&provider.id)
        .bind(&provider.name)
        .bind(&provider.wire)
        .bind(&provider.base_url)
        .bind(&provider.model)
        .bind(provider.agreement)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// Forgets a provider. Its key is not here: delete it from [`crate::Secrets`] too.
    pub async fn delete_provider(&self, id: &str) -> Result<()> {
        let gone = sqlx::query("DELETE FROM providers WHERE id = ?1").bind(id).execute(self.writer()).await?;
        if gone.rows_affected() == 0 { Err(StoreError::Gone) } else { Ok(()) }
    }

    /// Sends questions to this provider, or to none.
    pub async fn select_provider(&self, id: Option<&str>) -> Result<()> {
        let mut transaction = self.writer().begin().await?;
        sqlx::query("UPDATE providers SET selected = 0 WHERE selected = 1").execute(&mut *transaction).await?;
        if let Some(id) = id {
            let chosen = sqlx::query("UPDATE providers SET selected = 1 WHERE id = ?1").bind(id).execute(&mut *transaction).await?;
            if chosen.rows_affected() == 0 {
                return Err(StoreError::Gone);
            }
        }
        Ok(transaction.commit().await?)
    }
}
