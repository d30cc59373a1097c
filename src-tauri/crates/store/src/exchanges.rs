//! Questions and what came of them.

use deid::Phi;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::{Result, Store, StoreError};

/// A question and what came of it.
#[derive(Debug, Clone)]
pub struct ExchangeRow {
    /// A new id.
    pub id: Uuid,
    /// The record that was asked about.
    pub record: Uuid,
    /// RFC 3339, UTC.
    pub asked_at: String,
    /// As it was asked.
    pub question: Phi<String>,
    /// The exact text that left.
    pub sent: Option<Phi<String>>,
    /// Who answered.
    pub tier: String,
    /// The provider's name.
    pub provider: Option<String>,
    /// How it ended.
    pub status: String,
    /// Why this tier answered.
    pub why: String,
    /// The answer: the caller's JSON.
    pub answer: Phi<String>,
    /// Passages of the record: the caller's JSON.
    pub passages: Phi<String>,
    /// How sure the local tier is.
    pub confidence: Option<f32>,
    /// What went wrong: the caller's JSON.
    pub problem: Option<String>,
}

impl Store {
    /// Keeps an exchange, or its newer state.
    pub async fn keep_exchange(&self, exchange: &ExchangeRow) -> Result<()> {
        sqlx::query(
            "INSERT INTO exchanges VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (id) DO UPDATE SET \
             sent = excluded.sent, tier = excluded.tier, provider = excluded.provider, status = excluded.status, why = excluded.why, \
             answer = excluded.answer, passages = excluded.passages, confidence = excluded.confidence, problem = excluded.problem",
        )
        .bind(exchange.id.to_string())
        .bind(exchange.record.to_string())
        .bind(&exchange.asked_at)
        .bind(exchange.question.expose())
        .bind(exchange.sent.as_ref().map(Phi::expose))
        .bind(&exchange.tier)
        .bind(&exchange.provider)
        .bind(&exchange.status)
        .bind(&exchange.why)
        .bind(exchange.answer.expose())
        .bind(exchange.passages.expose())
        .bind(exchange.confidence)
        .bind(&exchange.problem)
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// The newest exchanges about a record, oldest of them first.
    pub async fn exchanges(&self, record: Uuid, limit: u32) -> Result<Vec<ExchangeRow>> {
        let rows = sqlx::query("SELECT * FROM exchanges WHERE record = ?1 ORDER BY asked_at DESC, id DESC LIMIT ?2")
            .bind(record.to_string())
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().rev().map(exchange).collect()
    }
}

fn exchange(row: &SqliteRow) -> Result<ExchangeRow> {
    let id = |name: &str| Uuid::parse_str(row.try_get(name)?).map_err(|_| StoreError::Damaged);
    Ok(ExchangeRow {
        id: id("id")?,
        record: id("record")?,
        asked_at: row.try_get("asked_at")?,
        question: Phi::new(row.try_get("question")?),
        sent: row.try_get::<Option<String>, _>("sent")?.map(Phi::new),
        tier: row.try_get("tier")?,
        provider: row.try_get("provider")?,
        status: row.try_get("status")?,
        why: row.try_get("why")?,
        answer: Phi::new(row.try_get("answer")?),
        passages: Phi::new(row.try_get("passages")?),
        confidence: row.try_get("confidence")?,
        problem: row.try_get("problem")?,
    })
}
