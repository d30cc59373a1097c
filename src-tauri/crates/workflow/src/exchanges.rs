//! Questions and answers as they are kept: encrypted, answers with their placeholders, and the exact text that left.

use deid::{Phi, Vault};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{ExchangeRow, Uuid};

use crate::error::{Error, ErrorCode, Result};
use crate::session::{Session, parse_id, store_problem};
use crate::view::{AnswerPart, Exchange, Passage};

/// The newest exchanges of a record that are shown.
const SHOWN: u32 = 50;

impl Session {
    /// Keeps an exchange with the records that it was asked over; it is deleted with any of them. `answer` still has its
    /// placeholders.
    pub(crate) async fn keep_exchange(&self, case: Option<Uuid>, records: &[String], exchange: &Exchange, answer: &str) -> Result<()> {
        let passages: Vec<_> = exchange.passages.iter().map(|p| (&p.record, p.start, p.end, &p.text, p.score)).collect();
        let problem = exchange.problem.as_ref().map(|p| json(&(p.code, &p.message, &p.hint))).transpose()?;
        let row = ExchangeRow {
            id: parse_id(&exchange.id)?,
            case,
            records: records.iter().map(|id| parse_id(id)).collect::<Result<_>>()?,
            asked_at: exchange.asked_at.clone(),
            question: Phi::new(exchange.question.clone()),
            sent: exchange.sent.clone().map(Phi::new),
            tier: json(&exchange.tier)?,
            provider: exchange.provider.clone(),
            status: json(&exchange.status)?,
            why: exchange.why.clone(),
            answer: Phi::from(answer),
            passages: Phi::new(json(&passages)?),
            confidence: exchange.confidence,
            problem,
        };
        self.store.keep_exchange(&row).await.map_err(store_problem)
    }

    /// The newest exchanges about a record alone, oldest first.
    pub(crate) async fn exchanges(&self, record: &str) -> Result<Vec<Exchange>> {
        self.restored(self.store.exchanges(parse_id(record)?, SHOWN).await.map_err(store_problem)?).await
    }

    /// The newest exchanges about a case, oldest first.
    pub(crate) async fn exchanges_of_case(&self, case: Uuid) -> Result<Vec<Exchange>> {
        self.restored(self.store.exchanges_of_case(case, SHOWN).await.map_err(store_problem)?).await
    }

    async fn restored(&self, rows: Vec<ExchangeRow>) -> Result<Vec<Exchange>> {
        let mut exchanges = Vec::new();
        for row in rows {
            let vault = self.store.vault(row.id).await.map_err(store_problem)?;
            exchanges.push(shown(row, &vault)?);
        }
        Ok(exchanges)
    }
}

/// Restored parts as the window gets them.
pub(crate) fn answer_parts(parts: Vec<deid::Part>) -> Vec<AnswerPart> {
    let part = |p: deid::Part| AnswerPart { text: p.text.expose().clone(), restored: p.restored.map(|e| e.name().to_owned()) };
    parts.into_iter().map(part).collect()
}

fn shown(row: ExchangeRow, vault: &Vault) -> Result<Exchange> {
    let passages = passages(&row)?;
    let problem: Option<(ErrorCode, String, String)> = row.problem.as_deref().map(read).transpose()?;
    Ok(Exchange {
        id: row.id.to_string(),
        asked_at: row.asked_at,
        question: row.question.expose().clone(),
        tier: read(&row.tier)?,
        provider: row.provider,
        status: read(&row.status)?,
        why: row.why,
        answer: answer_parts(vault.restore(row.answer.expose())),
        passages,
        confidence: row.confidence,
        problem: problem.map(|(code, message, hint)| Error::new(code, message, hint)),
        sent: row.sent.map(|s| s.expose().clone()),
    })
}

fn passages(row: &ExchangeRow) -> Result<Vec<Passage>> {
    if let Ok(kept) = serde_json::from_str::<Vec<(String, u32, u32, String, f32)>>(row.passages.expose()) {
        return Ok(kept.into_iter().map(|(record, start, end, text, score)| Passage { record, start, end, text, score }).collect());
    }
    // Before there were cases: all of the one record.
    let record = row.records.first().map(Uuid::to_string).unwrap_or_default();
    let kept: Vec<(u32, u32, String, f32)> = read(row.passages.expose())?;
    Ok(kept.into_iter().map(|(start, end, text, score)| Passage { record: record.clone(), start, end, text, score }).collect())
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::invalid(e.to_string()))
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|_| Error::new(ErrorCode::Store, "an answer in the store cannot be read", "restore a backup"))
}
