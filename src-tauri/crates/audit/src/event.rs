//! What can be logged: ids, enums, counts, digests. There is no type here that takes a text.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use crate::AuditError;

/// A short technical name, such as `US_SSN`, `progress_note` or `gpt-5.1`: 1 to 96 of `A-Z a-z 0-9 _ . : / + -`. A sentence or
/// a name with a blank in it is refused, so that no record's words come into the log by accident.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Label(String);

impl Label {
    /// The most bytes that a label may have.
    pub const LONGEST: usize = 96;

    /// A label, or [`AuditError::Label`] where the text is none.
    pub fn new(text: &str) -> Result<Self, AuditError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_.:/+-".contains(&b);
        if text.is_empty() || text.len() > Self::LONGEST || !text.bytes().all(allowed) {
            return Err(AuditError::Label);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A SHA-256 digest, shown in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// In which capacity somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Works on records.
    User,
    /// Approves records.
    Reviewer,
    /// Sets up providers and policy.
    Administrator,
    /// Cordon by itself.
    System,
}

impl Role {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Role::User => "user",
            Role::Reviewer => "reviewer",
            Role::Administrator => "administrator",
            Role::System => "system",
        }
    }
}

/// Who acts: an opaque id, never a person's name, and a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The id, such as `local`.
    pub id: Label,
    /// The role.
    pub role: Role,
}

/// What a reviewer did to a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum EditKind {
    Removed,
    Added,
    Retyped,
}

/// Which tier a question went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Tier {
    Cloud,
    Local,
    None,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It is about to happen. An intent without a later outcome counts as sent.
    Pending,
    /// It was kept from happening.
    Blocked,
    /// It was tried and did not end well.
    Failed,
}

impl Outcome {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Pending => "pending",
            Outcome::Blocked => "blocked",
            Outcome::Failed => "failed",
        }
    }
}

/// What happened. The names of variants and fields stand in the log: changing one is a change of the format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "fields are their names; units are in them")]
pub enum Action {
    /// The log was begun.
    LogCreated {},
    /// Records and log were opened.
    Unlocked { keystore: Label },
    /// Records and log were closed.
    Locked {},
    /// A record came in.
    RecordImported { format: Label, bytes: u64 },
    /// A file could not be read.
    ImportFailed { code: Label },
    /// Identifiers were looked for.
    Detected { counts: BTreeMap<Label, u64>, model: Label, device: Label, latency_ms: u64, complete: bool },
    /// The record's class was found.
    Classified { class: Label, confidence_ppm: u32 },
    /// The policy decided.
    Decided { lane: Label, rules: Vec<Label>, policy: Label },
    /// A reviewer changed what is hidden.
    Edited { edit: EditKind, entity: Label, revision: u64 },
    /// A change was taken back.
    Undone { revision: u64 },
    /// A change that was taken back was made again.
    Redone { revision: u64 },
    /// A reviewer approved this revision.
    Approved { revision: u64 },
    /// A question was asked.
    Asked { tier: Tier },
    /// These very bytes are about to leave. Always logged before the first of them does.
    DisclosureIntent { provider: Label, wire: Label, model: Label, bytes: u64, digest: Digest },
    /// What came of it: `complete`, or the code of what went wrong.
    DisclosureOutcome { status: Label, bytes: u64 },
    /// Something kept a prompt from being sent.
    Blocked { code: Label },
    /// A question was answered.
    Answered { tier: Tier, confidence_ppm: Option<u32> },
    /// Originals were put back into an answer, on this machine.
    Restored { count: u64 },
    /// De-identified text was written to a file or another program.
    Redacted { counts: BTreeMap<Label, u64>, bytes: u64 },
    /// A record or an answer was written to a file.
    Exported { format: Label, bytes: u64 },
    /// A record was put into a case: from now on it shares the case's placeholders.
    PutIntoCase { case: Label },
    /// A record was taken out of its case.
    TakenOutOfCase { case: Label },
    /// A case was dissolved, with the questions to it.
    CaseDissolved { case: Label },
    /// A record was deleted, with its vault.
    Deleted {},
    /// A provider was set up or changed.
    ProviderSaved { provider: Label, wire: Label, model: Label, agreement: bool },
    /// A provider was removed, with its key.
    ProviderDeleted { provider: Label },
    /// Questions go to another provider; none means that they stay here.
    ProviderSelected { provider: Option<Label>, agreement: bool },
    /// How dates go into questions from now on.
    DatesChosen { dates: Label },
    /// How much of a record goes with questions from now on.
    ScopeChosen { scope: Label },
    /// A policy is in force.
    PolicyLoaded { version: Label },
    /// A model's files were compared with the manifest.
    ModelVerified { model: Label, sound: bool },
    /// A model's files were asked of a hub.
    ModelPulled { model: Label, complete: bool },
    /// The files of a model from a hub were removed.
    ModelRemoved { model: Label },
    /// The log was read.
    AuditRead { rows: u64 },
    /// The log was verified.
    AuditVerified { sound: bool, checked: u64, faults: u64 },
    /// The log was written to a file.
    AuditExported { rows: u64 },
}

impl Action {
    /// How it ended.
    pub fn outcome(&self) -> Outcome {
        match self {
            Action::DisclosureIntent { .. } => Outcome::Pending,
            Action::DisclosureOutcome { status, .. } if status.as_str() != "complete" => Outcome::Failed,
            Action::Blocked { .. } => Outcome::Blocked,
            Action::ImportFailed { .. } => Outcome::Failed,
            Action::Detected { complete: false, .. } | Action::ModelPulled { complete: false, .. } => Outcome::Failed,
            Action::ModelVerified { sound: false, .. } | Action::AuditVerified { sound: false, .. } => Outcome::Failed,
            _ => Outcome::Done,
        }
    }
}

/// One thing to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// The id of the record that it is about.
    pub record: Option<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_g7_a_label_refuses_a_sentence() {
        for text in ["Maria Lopez", "", "Müller", "a\nb", "j.doe@example.org", "(415) 555-0132", &"x".repeat(97)] {
            assert_eq!(Label::new(text), Err(AuditError::Label), "{text:?}");
        }
        for text in ["US_SSN", "progress_note", "openai/gpt-5.1", "http:4xx", "a+b", &"x".repeat(96)] {
            assert!(Label::new(text).is_ok(), "{text:?}");
        }
    }
}
