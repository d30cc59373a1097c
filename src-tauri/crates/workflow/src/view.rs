//! What the window gets: plain structs, positions in UTF-16 code units.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::Error;
use crate::operators::{Dates, TypeChoice};

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Type)]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $($(#[$field_doc])* pub $field: $kind,)* })*
    };
}

/// Whether the records can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Lock {
    /// They are open.
    Unlocked,
    /// A passphrase protects them.
    NeedsPassphrase,
    /// There is no keychain: a passphrase has to be chosen first.
    NewPassphrase,
    /// The key is lost, or the store is damaged.
    Damaged,
}

/// Where a question may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the policy's")]
pub enum Lane {
    Cloud,
    Review,
    Local,
    Refuse,
}

/// How a record is to be written to a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportRequest {
    /// The preset.
    pub preset: String,
    /// Entity type and operator where it differs from the preset.
    #[serde(default)]
    pub changes: std::collections::BTreeMap<String, String>,
    /// In the format that it came in, else as text.
    pub own_format: bool,
}

/// Which tier answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// A provider, over the de-identified prompt.
    Cloud,
    /// This machine.
    Local,
    /// Nobody: the policy refuses.
    None,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ExchangeStatus {
    Complete,
    Partial,
    Failed,
    Cancelled,
    NoAnswer,
}

views! {
    /// The state of the app.
    Status {
        /// Version of Cordon.
        version: String,
        /// Whether the records can be opened.
        lock: Lock,
        /// Why they cannot, in words.
        lock_problem: Option<String>,
        /// What keeps the key: `keychain` or `passphrase`.
        keystore: String,
        /// The local model.
        model: ModelStatus,
        /// The provider that questions go to.
        provider: Option<String>,
        /// Why the audit log is not sound.
        audit_problem: Option<String>,
    }
    /// The local model.
    ModelStatus {
        /// Its name in the manifest.
        id: String,
        /// Whether it can be used.
        usable: bool,
        /// Why not.
        problem: Option<String>,
        /// Where it runs.
        device: String,
        /// Of its weights.
        sha256: String,
    }
    /// One identifier that was found.
    DetectionView {
        /// Its number in the record.
        id: u32,
        /// First UTF-16 code unit.
        start: u32,
        /// One past the last.
        end: u32,
        /// Entity type.
        entity: String,
        /// Probability, in [0, 1].
        confidence: f32,
        /// Who found it.
        source: String,
        /// What stands for it in the prompt.
        placeholder: String,
    }
    /// A stretch of what would be sent.
    SegmentView {
        /// The words, or the placeholder.
        text: String,
        /// The entity type where it is a placeholder.
        entity: Option<String>,
        /// The detection that it replaces.
        detection: Option<u32>,
    }
    /// A table of operators that follows a rule.
    PresetView {
        /// Its name in requests and in the log.
        id: String,
        /// What it claims and what it does not, in a sentence.
        claims: String,
    }
    /// What a table of operators makes of a record.
    ExportPreview {
        /// Its text in reading order.
        segments: Vec<SegmentView>,
        /// The entity types of the record, and what is done to each.
        types: Vec<TypeChoice>,
        /// What the table claims and what it does not.
        claims: String,
        /// The format that the record came in, where it can be written again.
        own_format: Option<String>,
        /// Why it cannot.
        why: String,
    }
    /// A file that was written.
    Exported {
        /// Its name.
        name: String,
        /// What a person should know about it.
        notes: Vec<String>,
    }
    /// A rule that made the decision.
    RuleView {
        /// Its name in the policy.
        id: String,
        /// In words.
        reason: String,
        /// `permit` or `forbid`.
        effect: String,
    }
    /// Where questions about a record may go, and why.
    DecisionView {
        /// The lane.
        lane: Lane,
        /// In one sentence.
        headline: String,
        /// The rules that made it.
        rules: Vec<RuleView>,
        /// Whether a person approved this version of the record.
        reviewed: bool,
    }
    /// A record in the list.
    RecordSummary {
        /// Its id.
        id: String,
        /// What it is called.
        name: String,
        /// Its format.
        format: String,
        /// Its class; empty where the model could not say.
        class: String,
        /// Its domain; empty where the model could not say.
        domain: String,
        /// Where questions may go.
        lane: Lane,
        /// How many identifiers were found.
        detections: u32,
        /// RFC 3339, UTC.
        imported_at: String,
        /// The case that it is in.
        case: Option<String>,
    }
    /// A record's class.
    ClassView {
        /// Its name.
        label: String,
        /// Its domain.
        domain: String,
        /// Probability of the class.
        confidence: f32,
        /// Probability of the domain.
        domain_confidence: f32,
        /// The laws that it may fall under.
        laws: Vec<String>,
    }
    /// A record, open.
    RecordView {
        /// Its id.
        id: String,
        /// What it is called.
        name: String,
        /// Its format.
        format: String,
        /// RFC 3339, UTC.
        imported_at: String,
        /// The original text.
        text: String,
        /// What was found.
        detections: Vec<DetectionView>,
        /// What kind of record it is.
        class: Option<ClassView>,
        /// Why detection is incomplete.
        incomplete: Option<String>,
        /// What the reader left out or could not read.
        notes: Vec<String>,
        /// Where questions may go.
        decision: DecisionView,
        /// Exactly what would be sent of the record.
        preview: Vec<SegmentView>,
        /// The fixed words before it.
        instruction: String,
        /// How dates go into it.
        dates: Dates,
        /// The case that it is in.
        case: Option<String>,
        /// Whether an edit can be taken back.
        can_undo: bool,
        /// Whether an edit that was taken back can be made again.
        can_redo: bool,
        /// From the file to the highlights, milliseconds.
        elapsed_ms: u32,
        /// Questions and answers so far.
        exchanges: Vec<Exchange>,
    }
    /// A passage that may answer a question.
    Passage {
        /// The record.
        record: String,
        /// First UTF-16 code unit in it.
        start: u32,
        /// One past the last.
        end: u32,
        /// The words.
        text: String,
        /// How well it fits, in [0, 1].
        score: f32,
    }
    /// A stretch of an answer.
    AnswerPart {
        /// The words.
        text: String,
        /// The entity type, where an original was put back.
        restored: Option<String>,
    }
    /// A question and what came of it.
    Exchange {
        /// Its id.
        id: String,
        /// RFC 3339, UTC.
        asked_at: String,
        /// The question as it was asked.
        question: String,
        /// Who answered.
        tier: Tier,
        /// The provider, where one was asked.
        provider: Option<String>,
        /// How it ended.
        status: ExchangeStatus,
        /// Why this tier answered.
        why: String,
        /// The answer, restored.
        answer: Vec<AnswerPart>,
        /// Where in the record it stands.
        passages: Vec<Passage>,
        /// How sure the local tier is.
        confidence: Option<f32>,
        /// What went wrong.
        problem: Option<Error>,
        /// The exact text that left, placeholders in it.
        sent: Option<String>,
    }
    /// A cloud model that questions can go to.
    ProviderView {
        /// Its id.
        id: String,
        /// What it is called.
        name: String,
        /// The wire format.
        wire: String,
        /// Where it listens.
        base_url: String,
        /// The model there.
        model: String,
        /// Whether a key is stored.
        has_key: bool,
        /// Whether a business associate agreement, or its equal, is on file.
        agreement: bool,
        /// Whether questions go to it.
        selected: bool,
    }
    /// A row of the audit log.
    AuditRow {
        /// Its place in the chain.
        sequence: u32,
        /// RFC 3339, UTC.
        at: String,
        /// Who.
        actor: String,
        /// What.
        action: String,
        /// How it ended.
        outcome: String,
        /// Which record.
        record: Option<String>,
        /// The rest, as name and value.
        detail: Vec<(String, String)>,
        /// Of this row.
        hash: String,
        /// Of the row before.
        previous: String,
    }
    /// Rows of the audit log, newest first.
    AuditPage {
        /// The rows.
        rows: Vec<AuditRow>,
        /// How many there are in all.
        total: u32,
        /// Pass this to get older ones.
        before: Option<u32>,
    }
    /// Something that is wrong with the audit log.
    FaultView {
        /// The row.
        sequence: Option<u32>,
        /// The kind of fault.
        kind: String,
        /// In words.
        message: String,
    }
    /// What a check of the audit log found.
    VerificationView {
        /// Whether nothing is wrong.
        sound: bool,
        /// Rows checked.
        checked: u32,
        /// Everything that is wrong.
        faults: Vec<FaultView>,
        /// Hash of the newest row.
        head: String,
    }
    /// An entity type.
    EntityInfo {
        /// Its name.
        name: String,
        /// In words.
        label: String,
        /// For its colour.
        group: String,
        /// Whether it identifies by itself.
        direct: bool,
    }
    /// A rule of the policy.
    PolicyRule {
        /// Its name.
        id: String,
        /// `permit` or `forbid`.
        effect: String,
        /// In words.
        reason: String,
        /// In Cedar.
        source: String,
    }
    /// The policy in force.
    PolicyView {
        /// Of its source.
        version: String,
        /// Its rules.
        rules: Vec<PolicyRule>,
        /// All of it, in Cedar.
        source: String,
    }
    /// A local model.
    ModelView {
        /// Its name.
        id: String,
        /// Its architecture.
        kind: String,
        /// SPDX expression.
        licence: String,
        /// Of its weights.
        sha256: String,
        /// Bytes.
        size: f64,
        /// Whether every file is the pinned one.
        usable: bool,
        /// What is wrong.
        problem: Option<String>,
        /// The hub's repository that it can be pulled from; none for what is installed with Cordon.
        repo: Option<String>,
        /// Whether it reads records; an installed one always does.
        enabled: bool,
    }
}

/// What a reviewer does to a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Not an identifier: takes the detection away, and every other one of the same words and type.
    Remove {
        /// The detection.
        detection: u32,
    },
    /// An identifier that was missed; it is marked wherever it stands.
    Add {
        /// First UTF-16 code unit.
        start: u32,
        /// One past the last.
        end: u32,
        /// Entity type.
        entity: String,
    },
    /// Another type of identifier.
    Retype {
        /// The detection.
        detection: u32,
        /// Entity type.
        entity: String,
    },
}

/// What happens while a question is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AskEvent {
    /// Who will answer, and why.
    Routed {
        /// The tier.
        tier: Tier,
        /// In one sentence.
        why: String,
    },
    /// More of the answer.
    Parts {
        /// In order.
        parts: Vec<AnswerPart>,
    },
    /// The end.
    Done {
        /// All of it.
        exchange: Box<Exchange>,
    },
}

/// A provider as the form gives it.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderRequest {
    /// None for a new one.
    pub id: Option<String>,
    /// What it is called.
    pub name: String,
    /// The wire format.
    pub wire: String,
    /// Where it listens.
    pub base_url: String,
    /// The model there.
    pub model: String,
    /// None keeps the stored one.
    pub key: Option<String>,
    /// Whether a business associate agreement, or its equal, is on file.
    pub agreement: bool,
}
