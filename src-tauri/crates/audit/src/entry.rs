//! One entry as it is stored, and the hash that chains it. `FORMAT.md` says the same in words.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// Stands before every entry's bytes, so that no other hash can be taken for one of an entry.
const DOMAIN: &str = "cordon-audit-entry-v1";
/// What the first entry names as the hash before it.
pub(crate) const GENESIS: [u8; 32] = [0; 32];

/// One entry of the log, all fields as text or integers, as they are hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place, from 1.
    pub sequence: u64,
    /// Its id: a UUID, version 7.
    pub id: String,
    /// UTC, RFC 3339, milliseconds.
    pub at: String,
    /// Milliseconds since the log was opened: it goes on when the clock is set back.
    pub monotonic_ms: u64,
    /// Who: an opaque id.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// What.
    pub action: String,
    /// How it ended.
    pub outcome: String,
    /// The record that it is about; empty where it is about none.
    pub record: String,
    /// The rest, as a JSON object. The text itself is hashed, not what it means.
    pub detail: String,
    /// The hash of the entry before, hexadecimal.
    pub previous: String,
    /// Of this entry, hexadecimal.
    pub hash: String,
}

impl Entry {
    /// The columns, in a form that any type in them survives: a damaged row still has to be shown.
    pub(crate) const COLUMNS: &str = "CAST(ifnull(sequence, 0) AS INTEGER) AS sequence, CAST(ifnull(id, '') AS TEXT) AS id, \
        CAST(ifnull(at, '') AS TEXT) AS at, CAST(ifnull(monotonic_ms, 0) AS INTEGER) AS monotonic_ms, \
        CAST(ifnull(actor, '') AS TEXT) AS actor, CAST(ifnull(role, '') AS TEXT) AS role, CAST(ifnull(action, '') AS TEXT) AS action, \
        CAST(ifnull(outcome, '') AS TEXT) AS outcome, CAST(ifnull(record, '') AS TEXT) AS record, \
        CAST(ifnull(detail, '') AS TEXT) AS detail, CAST(ifnull(previous, '') AS TEXT) AS previous, \
        CAST(ifnull(hash, '') AS TEXT) AS hash";

    pub(crate) fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            sequence: unsigned(row.try_get("sequence")?),
            id: row.try_get("id")?,
            at: row.try_get("at")?,
            monotonic_ms: unsigned(row.try_get("monotonic_ms")?),
            actor: row.try_get("actor")?,
            role: row.try_get("role")?,
            action: row.try_get("action")?,
            outcome: row.try_get("outcome")?,
            record: row.try_get("record")?,
            detail: row.try_get("detail")?,
            previous: row.try_get("previous")?,
            hash: row.try_get("hash")?,
        })
    }

    /// The hash that its fields give, as if it stood at `sequence`.
    pub(crate) fn computed_at(&self, sequence: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        let (sequence, monotonic_ms) = (sequence.to_string(), self.monotonic_ms.to_string());
        let fields: [&str; 12] = [
            DOMAIN,
            &sequence,
            &self.id,
            &self.at,
            &monotonic_ms,
            &self.actor,
            &self.role,
            &self.action,
            &self.outcome,
            &self.record,
            &self.detail,
            &self.previous,
        ];
        for field in fields {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        hash.finalize().into()
    }

    /// The hash that its fields give.
    pub(crate) fn computed(&self) -> [u8; 32] {
        self.computed_at(self.sequence)
    }

    /// The details as name and value, for a list.
    pub fn fields(&self) -> Vec<(String, String)> {
        match serde_json::from_str(&self.detail) {
            Ok(Value::Object(fields)) => fields.iter().map(|(name, value)| (name.clone(), shown(value))).collect(),
            _ => vec![("detail".into(), "unreadable".into())],
        }
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(map) => map.iter().map(|(name, value)| format!("{name} {}", shown(value))).collect::<Vec<_>>().join(", "),
        Value::Number(number) => number.to_string(),
    }
}
