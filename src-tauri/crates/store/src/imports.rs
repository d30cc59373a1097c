//! What is still to be imported, what was imported before, and what was dealt with in the watched folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::{Result, Store, StoreError, unsigned};

/// Where a file stands that is still to be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportState {
    /// It comes in its turn.
    Todo,
    /// It waits for a password.
    Locked,
    /// An earlier run of the program did not come to it; a person says whether to go on.
    Left,
}

impl ImportState {
    fn name(self) -> &'static str {
        match self {
            ImportState::Todo => "todo",
            ImportState::Locked => "locked",
            ImportState::Left => "left",
        }
    }
}

/// A file that is still to be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Its place in the order.
    pub id: i64,
    /// Where it lies.
    pub path: PathBuf,
    /// Whether it was found in the watched folder.
    pub watched: bool,
}

impl Store {
    /// Puts files at the end of what is still to be imported, all or none.
    pub async fn add_imports(&self, paths: &[PathBuf], watched: bool) -> Result<()> {
        let mut transaction = self.writer().begin().await?;
        for path in paths {
            sqlx::query("INSERT INTO imports (path, state, watched) VALUES (?1, 'todo', ?2)")
                .bind(written(path)?)
                .bind(watched)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The files in a state, in order, at most `limit`.
    pub async fn imports(&self, state: ImportState, limit: u32) -> Result<Vec<ImportRow>> {
        let rows = sqlx::query("SELECT * FROM imports WHERE state = ?1 ORDER BY id LIMIT ?2")
            .bind(state.name())
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(row).collect()
    }

    /// A file that is still to be imported.
    pub async fn import(&self, id: i64) -> Result<Option<ImportRow>> {
        sqlx::query("SELECT * FROM imports WHERE id = ?1").bind(id).fetch_optional(self.reader()).await?.as_ref().map(row).transpose()
    }

    /// How many files are in a state.
    pub async fn count_imports(&self, state: ImportState) -> Result<u64> {
        unsigned(sqlx::query_scalar("SELECT count(*) FROM imports WHERE state = ?1").bind(state.name()).fetch_one(self.reader()).await?)
    }

    /// Puts a file into another state.
    pub async fn set_import(&self, id: i64, state: ImportState) -> Result<()> {
        sqlx::query("UPDATE imports SET state = ?2 WHERE id = ?1").bind(id).bind(state.name()).execute(self.writer()).await?;
        Ok(())
    }

    /// Puts all files of one state into another.
    pub async fn move_imports(&self, from: ImportState, to: ImportState) -> Result<()> {
        sqlx::query("UPDATE imports SET state = ?2 WHERE state = ?1").bind(from.name()).bind(to.name()).execute(self.writer()).await?;
        Ok(())
    }

    /// A file needs no import any more; gives whether it still did.
    pub async fn end_import(&self, id: i64) -> Result<bool> {
        Ok(sqlx::query("DELETE FROM imports WHERE id = ?1").bind(id).execute(self.writer()).await?.rows_affected() > 0)
    }

    /// Forgets the files in a state; gives how many.
    pub async fn drop_imports(&self, state: ImportState) -> Result<u64> {
        Ok(sqlx::query("DELETE FROM imports WHERE state = ?1").bind(state.name()).execute(self.writer()).await?.rows_affected())
    }

    /// At the start of the program: what an earlier run did not come to is left aside. Files of the watched folder are found again.
    pub async fn leave_imports(&self) -> Result<()> {
        let mut transaction = self.writer().begin().await?;
        sqlx::query("DELETE FROM imports WHERE watched").execute(&mut *transaction).await?;
        sqlx::query("UPDATE imports SET state = 'left'").execute(&mut *transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// The record that was read from bytes of this digest.
    pub async fn record_of(&self, digest: &[u8; 32]) -> Result<Option<Uuid>> {
        let id: Option<String> =
            sqlx::query_scalar("SELECT id FROM records WHERE digest = ?1").bind(digest.as_slice()).fetch_optional(self.reader()).await?;
        id.map(|id| Uuid::parse_str(&id).map_err(|_| StoreError::Damaged)).transpose()
    }

    /// Notes a file of the watched folder as dealt with; `stamp` says how it was then, `problem` what was wrong, as the caller's JSON.
    pub async fn settle(&self, path: &Path, stamp: &str, problem: Option<&str>) -> Result<()> {
        sqlx::query("INSERT OR REPLACE INTO watched VALUES (?1, ?2, ?3)")
            .bind(written(path)?)
            .bind(stamp)
            .bind(problem)
            .execute(self.writer())
            .await?;
        Ok(())
    }

    /// How a file of the watched folder was when it was dealt with.
    pub async fn settled(&self, path: &Path) -> Result<Option<String>> {
        Ok(sqlx::query_scalar("SELECT stamp FROM watched WHERE path = ?1").bind(written(path)?).fetch_optional(self.reader()).await?)
    }

    /// Files of the watched folder with something wrong.
    pub async fn unsettled(&self) -> Result<Vec<(PathBuf, String)>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT path, problem FROM watched WHERE problem IS NOT NULL ORDER BY path").fetch_all(self.reader()).await?;
        rows.into_iter().map(|(path, problem)| Ok((read(&path)?, problem))).collect()
    }

    /// Forgets what was dealt with in the watched folder: everything, or only what had something wrong.
    pub async fn unsettle(&self, everything: bool) -> Result<()> {
        sqlx::query("DELETE FROM watched WHERE ?1 OR problem IS NOT NULL").bind(everything).execute(self.writer()).await?;
        Ok(())
    }
}

fn row(row: &SqliteRow) -> Result<ImportRow> {
    Ok(ImportRow { id: row.try_get("id")?, path: read(row.try_get("path")?)?, watched: row.try_get("watched")? })
}

/// A path as JSON: its words, or the system's own units where they are no words.
fn written(path: &Path) -> Result<String> {
    serde_json::to_string(path).or_else(|_| serde_json::to_string(path.as_os_str())).map_err(|_| StoreError::Damaged)
}

fn read(json: &str) -> Result<PathBuf> {
    let words = serde_json::from_str::<PathBuf>(json);
    words.or_else(|_| serde_json::from_str::<OsString>(json).map(PathBuf::from)).map_err(|_| StoreError::Damaged)
}
