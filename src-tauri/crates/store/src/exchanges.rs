//! Questions and what came of them.

use deid::Phi;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::vault::asked_over;
use crate::{Result, Store, StoreError};

/// A question and what came of it.
#[derive(Debug, Clone)]
pub struct ExchangeRow {
    /// A new id.
    pub id: Uuid,
    /// The case that was asked about; none where it was one record.
    pub case: Option<Uuid>,
    /// The records that it was asked over; never none.
    pub records: Vec<Uuid>,
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
        let mut transaction = self.writer().begin().await?;
        asked_over(&mut transaction, exchange.id, &exchange.records).await?;
        sqlx::query(
            "INSERT INTO exchanges VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (id) DO UPDATE SET \
             sent = excluded.sent, tier = excluded.tier, provider = excluded.provider, status = excluded.status, why = excluded.why, \
             answer = excluded.answer, passages = excluded.passages, confidence = excluded.confidence, problem = excluded.problem",
        )
        .bind(exchange.id.to_string())
        .bind(exchange.case.map(|id| id.to_string()))
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
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// The newest exchanges about a record alone, oldest of them first.
    pub async fn exchanges(&self, record: Uuid, limit: u32) -> Result<Vec<ExchangeRow>> {
        self.newest("case_id IS NULL AND id IN (SELECT exchange FROM asked_over WHERE record = ?1)", record, limit).await
    }

    /// The newest exchanges about a case, oldest of them first.
    pub async fn exchanges_of_case(&self, case: Uuid, limit: u32) -> Result<Vec<ExchangeRow>> {
        self.newest("case_id = ?1", case, limit).await
    }

    async fn newest(&self, about: &'static str, id: Uuid, limit: u32) -> Result<Vec<ExchangeRow>> {
        let sql = format!(
            "SELECT *, (SELECT group_concat(record) FROM asked_over WHERE exchange = id) AS records FROM exchanges WHERE {about} \
             ORDER BY asked_at DESC, id DESC LIMIT ?2"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).bind(limit).fetch_all(self.reader()).await?;
        rows.iter().rev().map(exchange).collect()
    }
}

fn exchange(row: &SqliteRow) -> Result<ExchangeRow> {
    let id = |text: &str| Uuid::parse_str(text).map_err(|_| StoreError::Damaged);
    Ok(ExchangeRow {
        id: id(row.try_get("id")?)?,
        case: row.try_get::<Option<&str>, _>("case_id")?.map(id).transpose()?,
        records: row.try_get::<&str, _>("records")?.split(',').map(id).collect::<Result<_>>()?,
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
