//! Cases: records of one patient or client that share their placeholders.

use deid::Phi;
use uuid::Uuid;

use crate::{Result, Store, StoreError};

/// A case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    /// A new id, version 7.
    pub id: Uuid,
    /// What it is called: mostly a person's name.
    pub name: Phi<String>,
}

impl Store {
    /// Makes a case without records.
    pub async fn make_case(&self, case: &CaseRow) -> Result<()> {
        sqlx::query("INSERT INTO cases VALUES (?1, ?2)").bind(case.id.to_string()).bind(case.name.expose()).execute(self.writer()).await?;
        Ok(())
    }

    /// All cases, by name.
    pub async fn cases(&self) -> Result<Vec<CaseRow>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, name FROM cases ORDER BY name COLLATE NOCASE, id").fetch_all(self.reader()).await?;
        rows.into_iter().map(case).collect()
    }

    /// One case.
    pub async fn case(&self, id: Uuid) -> Result<Option<CaseRow>> {
        let row = sqlx::query_as("SELECT id, name FROM cases WHERE id = ?1").bind(id.to_string()).fetch_optional(self.reader()).await?;
        row.map(case).transpose()
    }

    /// Gives a case another name.
    pub async fn rename_case(&self, id: Uuid, name: &Phi<String>) -> Result<()> {
        let done =
            sqlx::query("UPDATE cases SET name = ?2 WHERE id = ?1").bind(id.to_string()).bind(name.expose()).execute(self.writer()).await?;
        if done.rows_affected() == 0 { Err(StoreError::Gone) } else { Ok(()) }
    }

    /// Dissolves a case: its records stay, the questions to it go.
    pub async fn dissolve_case(&self, id: Uuid) -> Result<()> {
        let gone = sqlx::query("DELETE FROM cases WHERE id = ?1").bind(id.to_string()).execute(self.writer()).await?;
        if gone.rows_affected() == 0 {
            return Err(StoreError::Gone);
        }
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(self.writer()).await?;
        Ok(())
    }

    /// Puts a record into a case, out of any other; or with none takes it out.
    pub async fn set_case(&self, record: Uuid, case: Option<Uuid>) -> Result<()> {
        let done = sqlx::query("UPDATE records SET case_id = ?2 WHERE id = ?1")
            .bind(record.to_string())
            .bind(case.map(|id| id.to_string()))
            .execute(self.writer())
            .await?;
        if done.rows_affected() == 0 { Err(StoreError::Gone) } else { Ok(()) }
    }

    /// The records of a case, oldest first: the order in which their placeholders are numbered.
    pub async fn records_of_case(&self, case: Uuid) -> Result<Vec<Uuid>> {
        let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM records WHERE case_id = ?1 ORDER BY id")
            .bind(case.to_string())
            .fetch_all(self.reader())
            .await?;
        ids.iter().map(|id| Uuid::parse_str(id).map_err(|_| StoreError::Damaged)).collect()
    }
}

fn case((id, name): (String, String)) -> Result<CaseRow> {
    Ok(CaseRow { id: Uuid::parse_str(&id).map_err(|_| StoreError::Damaged)?, name: Phi::new(name) })
}
