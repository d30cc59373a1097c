//! Records, what was found in them, and what a reviewer did to that.

use deid::{Detection, EntityType, Phi, Source, Span};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::{Result, Store, StoreError, signed, unsigned};

/// A record as it comes in.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// A new id, version 7: ids sort by time.
    pub id: Uuid,
    /// What it is called; a file's name may be a person's.
    pub name: Phi<String>,
    /// Its format.
    pub format: String,
    /// Its text.
    pub text: Phi<String>,
    /// Its class; none where the model could not say.
    pub class: Option<String>,
    /// Probability of the class.
    pub class_confidence: f32,
    /// Probability of the class's domain.
    pub domain_confidence: f32,
    /// Why detection is incomplete.
    pub incomplete: Option<String>,
    /// What the reader left out or could not read.
    pub notes: Vec<String>,
    /// Whether one of the notes means that something is missing.
    pub notes_incomplete: bool,
    /// RFC 3339, UTC.
    pub imported_at: String,
    /// How long the import took.
    pub elapsed_ms: u64,
    /// The bytes it was read from; none where they may not be kept.
    pub original: Option<Phi<Vec<u8>>>,
    /// Where its format says that a code of meaning stands.
    pub codes: Vec<Span>,
    /// SHA-256 of the file that it was read from; none where there was none, or where it may not be kept.
    pub digest: Option<[u8; 32]>,
    /// The file among those to be imported, which it is no longer once the record is kept.
    pub import: Option<i64>,
}

/// A record as it is kept.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are those of `NewRecord`")]
pub struct RecordRow {
    pub id: Uuid,
    pub name: Phi<String>,
    pub format: String,
    pub text: Phi<String>,
    pub class: Option<String>,
    pub class_confidence: f32,
    pub domain_confidence: f32,
    pub incomplete: Option<String>,
    pub notes: Vec<String>,
    pub notes_incomplete: bool,
    pub imported_at: String,
    pub elapsed_ms: u64,
    pub codes: Vec<Span>,
    /// Goes up with every edit, and with every one that is taken back or made again.
    pub revision: u64,
    /// The revision that a person approved.
    pub reviewed_revision: Option<u64>,
    /// How dates stood in the text that was approved.
    pub reviewed_dates: String,
    /// The case that it is in.
    pub case: Option<Uuid>,
}

/// Something that a reviewer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditRow {
    /// Its place among the record's edits.
    pub sequence: u64,
    /// What was done: the caller's JSON, spans and types, no words.
    pub edit: String,
    /// Whether it was taken back.
    pub undone: bool,
}

impl Store {
    /// Keeps a record and what was found in it, all or nothing.
    pub async fn insert_record(&self, record: &NewRecord, found: &[Detection]) -> Result<()> {
        let mut transaction = self.writer().begin().await?;
        sqlx::query(
            "INSERT INTO records (id, name, format, text, class, class_confidence, domain_confidence, incomplete, notes, \
             notes_incomplete, imported_at, elapsed_ms, codes, digest) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )
        .bind(record.id.to_string())
        .bind(record.name.expose())
        .bind(&record.format)
        .bind(record.text.expose())
        .bind(&record.class)
        .bind(record.class_confidence)
        .bind(record.domain_confidence)
        .bind(&record.incomplete)
        .bind(serde_json::to_string(&record.notes).map_err(|_| StoreError::Damaged)?)
        .bind(record.notes_incomplete)
        .bind(&record.imported_at)
        .bind(signed(record.elapsed_ms)?)
        .bind(serde_json::to_string(&record.codes).map_err(|_| StoreError::Damaged)?)
        .bind(record.digest.as_ref().map(<[u8; 32]>::as_slice))
        .execute(&mut *transaction)
        .await?;
        for (number, detection) in (0i64..).zip(found) {
            sqlx::query("INSERT INTO detections VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                .bind(record.id.to_string())
                .bind(number)
                .bind(signed(detection.span.start as u64)?)
                .bind(signed(detection.span.end as u64)?)
                .bind(detection.entity.name())
                .bind(detection.confidence)
                .bind(serde_json::to_string(&detection.source).map_err(|_| StoreError::Damaged)?)
                .execute(&mut *transaction)
                .await?;
        }
        if let Some(original) = &record.original {
            sqlx::query("INSERT INTO originals VALUES (?1, ?2)")
                .bind(record.id.to_string())
                .bind(original.expose().as_slice())
                .execute(&mut *transaction)
                .await?;
        }
        if let Some(import) = record.import {
            sqlx::query("DELETE FROM imports WHERE id = ?1").bind(import).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// One record.
    pub async fn record(&self, id: Uuid) -> Result<Option<RecordRow>> {
        let row = sqlx::query("SELECT * FROM records WHERE id = ?1").bind(id.to_string()).fetch_optional(self.reader()).await?;
        row.as_ref().map(record).transpose()
    }

    /// The ids of the newest records, newest first.
    pub async fn record_ids(&self, limit: u32) -> Result<Vec<Uuid>> {
        self.record_ids_before(None, limit).await
    }

    /// The ids of records older than one, newest first.
    pub async fn record_ids_before(&self, before: Option<Uuid>, limit: u32) -> Result<Vec<Uuid>> {
        let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM records WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2")
            .bind(before.map(|id| id.to_string()))
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        ids.iter().map(|id| Uuid::parse_str(id).map_err(|_| StoreError::Damaged)).collect()
    }

    /// What was found in a record at import, in the order of its text.
    pub async fn detections(&self, record: Uuid) -> Result<Vec<Detection>> {
        let rows = sqlx::query("SELECT * FROM detections WHERE record = ?1 ORDER BY number")
            .bind(record.to_string())
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(detection).collect()
    }

    /// Deletes a record with everything that belongs to it.
    pub async fn delete_record(&self, id: Uuid) -> Result<()> {
        let gone = sqlx::query("DELETE FROM records WHERE id = ?1").bind(id.to_string()).execute(self.writer()).await?;
        if gone.rows_affected() == 0 {
            return Err(StoreError::Gone);
        }
        // Older pages of it leave the log of changes too; where a reader is in the way, the next time will do.
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(self.writer()).await?;
        Ok(())
    }

    /// What a reviewer did, in order, the undone included.
    pub async fn edits(&self, record: Uuid) -> Result<Vec<EditRow>> {
        let rows: Vec<(i64, String, bool)> = sqlx::query_as("SELECT sequence, edit, undone FROM edits WHERE record = ?1 ORDER BY sequence")
            .bind(record.to_string())
            .fetch_all(self.reader())
            .await?;
        rows.into_iter().map(|(sequence, edit, undone)| Ok(EditRow { sequence: unsigned(sequence)?, edit, undone })).collect()
    }

    /// Keeps an edit; what was taken back before it cannot be made again. Gives the new revision.
    pub async fn push_edit(&self, record: Uuid, edit: &str) -> Result<u64> {
        let id = record.to_string();
        let mut transaction = self.writer().begin().await?;
        sqlx::query("DELETE FROM edits WHERE record = ?1 AND undone").bind(&id).execute(&mut *transaction).await?;
        sqlx::query("INSERT INTO edits (record, sequence, edit) SELECT ?1, ifnull(max(sequence), 0) + 1, ?2 FROM edits WHERE record = ?1")
            .bind(&id)
            .bind(edit)
            .execute(&mut *transaction)
            .await?;
        let revision = bump(&mut transaction, &id).await?;
        transaction.commit().await?;
        Ok(revision)
    }

    /// Takes the last edit back; none where there is none. Gives the new revision.
    pub async fn undo_edit(&self, record: Uuid) -> Result<Option<u64>> {
        let last = "UPDATE edits SET undone = 1 WHERE record = ?1 AND sequence = \
                    (SELECT max(sequence) FROM edits WHERE record = ?1 AND NOT undone)";
        self.turn(record, last).await
    }

    /// Makes the edit again that was taken back last; none where there is none. Gives the new revision.
    pub async fn redo_edit(&self, record: Uuid) -> Result<Option<u64>> {
        let next = "UPDATE edits SET undone = 0 WHERE record = ?1 AND sequence = \
                    (SELECT min(sequence) FROM edits WHERE record = ?1 AND undone)";
        self.turn(record, next).await
    }

    async fn turn(&self, record: Uuid, sql: &'static str) -> Result<Option<u64>> {
        let id = record.to_string();
        let mut transaction = self.writer().begin().await?;
        if sqlx::query(sql).bind(&id).execute(&mut *transaction).await?.rows_affected() == 0 {
            return Ok(None);
        }
        let revision = bump(&mut transaction, &id).await?;
        transaction.commit().await?;
        Ok(Some(revision))
    }

    /// A person approves a revision. An edit that came in between makes it [`StoreError::Gone`].
    /// `dates` names how dates stood in the text.
    pub async fn approve(&self, record: Uuid, revision: u64, dates: &str) -> Result<()> {
        let done = sqlx::query("UPDATE records SET reviewed_revision = ?2, reviewed_dates = ?3 WHERE id = ?1 AND revision = ?2")
            .bind(record.to_string())
            .bind(signed(revision)?)
            .bind(dates)
            .execute(self.writer())
            .await?;
        if done.rows_affected() == 0 { Err(StoreError::Gone) } else { Ok(()) }
    }
}

async fn bump(transaction: &mut sqlx::SqliteTransaction<'_>, id: &str) -> Result<u64> {
    let revision: Option<i64> = sqlx::query_scalar("UPDATE records SET revision = revision + 1 WHERE id = ?1 RETURNING revision")
        .bind(id)
        .fetch_optional(&mut **transaction)
        .await?;
    unsigned(revision.ok_or(StoreError::Gone)?)
}

fn record(row: &SqliteRow) -> Result<RecordRow> {
    Ok(RecordRow {
        id: Uuid::parse_str(row.try_get("id")?).map_err(|_| StoreError::Damaged)?,
        name: Phi::new(row.try_get("name")?),
        format: row.try_get("format")?,
        text: Phi::new(row.try_get("text")?),
        class: row.try_get("class")?,
        class_confidence: row.try_get("class_confidence")?,
        domain_confidence: row.try_get("domain_confidence")?,
        incomplete: row.try_get("incomplete")?,
        notes: serde_json::from_str(row.try_get("notes")?).map_err(|_| StoreError::Damaged)?,
        notes_incomplete: row.try_get("notes_incomplete")?,
        imported_at: row.try_get("imported_at")?,
        elapsed_ms: unsigned(row.try_get("elapsed_ms")?)?,
        codes: serde_json::from_str(row.try_get("codes")?).map_err(|_| StoreError::Damaged)?,
        revision: unsigned(row.try_get("revision")?)?,
        reviewed_revision: row.try_get::<Option<i64>, _>("reviewed_revision")?.map(unsigned).transpose()?,
        reviewed_dates: row.try_get("reviewed_dates")?,
        case: row.try_get::<Option<&str>, _>("case_id")?.map(Uuid::parse_str).transpose().map_err(|_| StoreError::Damaged)?,
    })
}

fn detection(row: &SqliteRow) -> Result<Detection> {
    let byte = |name: &str| usize::try_from(row.try_get::<i64, _>(name)?).map_err(|_| StoreError::Damaged);
    let source: Source = serde_json::from_str(row.try_get("source")?).map_err(|_| StoreError::Damaged)?;
    Ok(Detection {
        span: Span::new(byte("start")?, byte("end")?),
        entity: EntityType::parse(row.try_get("entity")?).ok_or(StoreError::Damaged)?,
        confidence: row.try_get("confidence")?,
        source,
    })
}
