//! Questions and answers as they are kept: encrypted, answers with their placeholders, and the exact text that left.

use deid::{Phi, Vault};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::ExchangeRow;

use crate::error::{Error, ErrorCode, Result};
use crate::session::{Session, parse_id, store_problem};
use crate::view::{AnswerPart, Exchange, Passage};

/// The newest exchanges of a record that are shown.
const SHOWN: u32 = 50;

impl Session {
    /// Keeps an exchange with its record; it is deleted with it. `answer` still has its placeholders.
    pub(crate) async fn keep_exchange(&self, record: &str, exchange: &Exchange, answer: &str) -> Result<()> {
        let passages: Vec<_> = exchange.passages.iter().map(|p| (p.start, p.end, &p.text, p.score)).collect();
        let problem = exchange.problem.as_ref().map(|p| json(&(p.code, &p.message, &p.hint))).transpose()?;
        let row = ExchangeRow {
            id: parse_id(&exchange.id)?,
            record: parse_id(record)?,
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

    /// The newest exchanges about a record, oldest first.
    pub(crate) async fn exchanges(&self, record: &str) -> Result<Vec<Exchange>> {
        let record = parse_id(record)?;
        let mut exchanges = Vec::new();
        for row in self.store.exchanges(record, SHOWN).await.map_err(store_problem)? {
            let vault = self.store.vault(record, Some(row.id)).await.map_err(store_problem)?;
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
    let passages: Vec<(u32, u32, String, f32)> = read(row.passages.expose())?;
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
        passages: passages.into_iter().map(|(start, end, text, score)| Passage { start, end, text, score }).collect(),
        confidence: row.confidence,
        problem: problem.map(|(code, message, hint)| Error::new(code, message, hint)),
        sent: row.sent.map(|s| s.expose().clone()),
    })
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::invalid(e.to_string()))
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|_| Error::new(ErrorCode::Store, "an answer in the store cannot be read", "restore a backup"))
}
