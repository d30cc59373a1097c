//! Checking the chain: every fault is reported, in words, and none ends the check.

use std::collections::{BTreeMap, HashSet};

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqlitePool;

use crate::anchor::{Anchor, Distrust, Head};
use crate::entry::{Entry, GENESIS};
use crate::{AuditError, database};

/// How far from its place an entry is looked for.
const NEAR: u64 = 16;

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A field, or the hash, is not the one that was written.
    Edited,
    /// It does not follow the entry before it.
    BrokenLink,
    /// Entries are missing.
    Gap,
    /// The same entry stands there twice.
    Duplicate,
    /// An entry stands in another one's place.
    Reordered,
    /// Entries at the end are missing.
    TailCut,
    /// The end is not the one that the head outside names.
    HeadMismatch,
    /// The head outside is missing, unreadable or not ours.
    HeadLost,
    /// A trigger, table or index is missing, changed or added.
    SchemaChanged,
    /// A row cannot be read.
    Unreadable,
    /// The clock went backwards. No sign of tampering by itself.
    ClockBack,
}

impl FaultKind {
    /// The name for programs.
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Edited => "edited",
            FaultKind::BrokenLink => "broken_link",
            FaultKind::Gap => "gap",
            FaultKind::Duplicate => "duplicate",
            FaultKind::Reordered => "reordered",
            FaultKind::TailCut => "tail_cut",
            FaultKind::HeadMismatch => "head_mismatch",
            FaultKind::HeadLost => "head_lost",
            FaultKind::SchemaChanged => "schema_changed",
            FaultKind::Unreadable => "unreadable",
            FaultKind::ClockBack => "clock_back",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The entry, where it is about one.
    pub sequence: Option<u64>,
    /// The kind.
    pub kind: FaultKind,
    /// In words.
    pub message: String,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Whether there is no fault.
    pub sound: bool,
    /// How many entries were checked.
    pub checked: u64,
    /// Everything that is wrong.
    pub faults: Vec<Fault>,
    /// What is worth knowing but no fault.
    pub notes: Vec<Fault>,
    /// The hash of the newest entry, hexadecimal.
    pub head: String,
}

fn fault(sequence: impl Into<Option<u64>>, kind: FaultKind, message: impl Into<String>) -> Fault {
    Fault { sequence: sequence.into(), kind, message: message.into() }
}

pub(crate) async fn run(pool: &SqlitePool, anchor: &Anchor) -> Result<Verification, AuditError> {
    let mut walk = Walk { faults: schema(pool).await?, ..Walk::default() };
    let sql = format!("SELECT {} FROM entries ORDER BY entries.sequence", Entry::COLUMNS);
    let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(pool);
    let known = anchor.read();
    loop {
        match rows.try_next().await {
            Ok(Some(row)) => match Entry::read(&row) {
                Ok(entry) => walk.take(entry, &known),
                Err(_) => walk.faults.push(fault(None, FaultKind::Unreadable, "a row holds something else than text and numbers")),
            },
            Ok(None) => break,
            Err(_) => {
                walk.faults.push(fault(None, FaultKind::Unreadable, "the entries cannot be read to their end"));
                break;
            }
        }
    }
    drop(rows);
    walk.end(known);
    let Walk { checked, faults, notes, before, .. } = walk;
    let head = hex::encode(before.map_or(GENESIS, |b| b.stored));
    Ok(Verification { sound: faults.is_empty(), checked, faults, notes, head })
}

/// What is remembered of the entry before.
struct Before {
    sequence: u64,
    stored: [u8; 32],
    computed: [u8; 32],
    at: String,
    moved: bool,
    /// The fault that says that it was edited.
    edited: Option<usize>,
}

#[derive(Default)]
struct Walk {
    checked: u64,
    faults: Vec<Fault>,
    notes: Vec<Fault>,
    before: Option<Before>,
    ids: HashSet<[u8; 16]>,
    /// The entries from the one that the head outside names, as far as they matter.
    tail: Vec<Entry>,
}

impl Walk {
    fn take(&mut self, entry: Entry, known: &Result<Head, Distrust>) {
        self.checked += 1;
        let sequence = entry.sequence;
        let (computed, mut stored, mut previous) = (entry.computed(), [0; 32], [0; 32]);
        let decoded =
            [hex::decode_to_slice(&entry.hash, &mut stored).is_ok(), hex::decode_to_slice(&entry.previous, &mut previous).is_ok()];
        let readable = decoded == [true, true];
        let (gap, duplicate) = (self.gap(sequence), self.duplicate(&entry));
        let original = self.original_place(&entry, stored, computed);
        let edited = (computed != stored || !readable).then(|| {
            self.faults.push(match original {
                Some(place) => fault(sequence, FaultKind::Reordered, format!("this was entry {place} when it was written; it was moved")),
                None => fault(sequence, FaultKind::Edited, "a field of this entry was changed after it was written"),
            });
            self.faults.len() - 1
        });
        let moved = original.is_some();
        if !gap && !duplicate {
            self.link(sequence, previous, moved);
        }
        if let Some(before) = self.before.as_ref().filter(|b| entry.at < b.at) {
            let message = format!("the clock went back, from {} to {}; the order is that of the entries", before.at, entry.at);
            self.notes.push(fault(sequence, FaultKind::ClockBack, message));
        }
        let at = entry.at.clone();
        if known.is_ok_and(|head| sequence >= head.sequence.max(1)) && self.tail.len() < 3 {
            self.tail.push(entry);
        }
        self.before = Some(Before { sequence, stored, computed, at, moved, edited });
    }

    /// Whether entries are missing before this one.
    fn gap(&mut self, sequence: u64) -> bool {
        let expected = self.before.as_ref().map_or(1, |b| b.sequence + 1);
        if sequence <= expected {
            return false;
        }
        let last = sequence - 1;
        let missing =
            if last == expected { format!("entry {last} is missing") } else { format!("entries {expected} to {last} are missing") };
        self.faults.push(fault(expected, FaultKind::Gap, missing));
        true
    }

    fn duplicate(&mut self, entry: &Entry) -> bool {
        let place = self.before.as_ref().is_some_and(|b| b.sequence == entry.sequence);
        let id = uuid::Uuid::parse_str(&entry.id).map(|id| id.into_bytes());
        let again = id.is_ok_and(|id| !self.ids.insert(id));
        if place || again {
            self.faults.push(fault(entry.sequence, FaultKind::Duplicate, "this entry stands in the log twice"));
        }
        place || again
    }

    /// Where the entry stood when it was written, if that was somewhere else nearby.
    fn original_place(&self, entry: &Entry, stored: [u8; 32], computed: [u8; 32]) -> Option<u64> {
        let near = entry.sequence.saturating_sub(NEAR).max(1)..=entry.sequence.saturating_add(NEAR);
        (computed != stored).then(|| near.into_iter().find(|place| entry.computed_at(*place) == stored)).flatten()
    }

    fn link(&mut self, sequence: u64, previous: [u8; 32], moved: bool) {
        let (stored, computed) = self.before.as_ref().map_or((GENESIS, GENESIS), |b| (b.stored, b.computed));
        if previous == stored {
            return;
        }
        if previous == computed {
            // The next entry still names what the fields give: so the hash is what was changed.
            if let Some(edited) = self.before.as_ref().and_then(|b| b.edited).and_then(|at| self.faults.get_mut(at)) {
                edited.message = "the hash of this entry was changed after it was written".into();
            }
            return;
        }
        if !moved && !self.before.as_ref().is_some_and(|b| b.moved) {
            let message = match sequence {
                0 | 1 => "this is not how a log begins: it names an entry before it".into(),
                _ => format!("this entry does not follow entry {}", sequence - 1),
            };
            self.faults.push(fault(sequence, FaultKind::BrokenLink, message));
        }
    }

    fn end(&mut self, known: Result<Head, Distrust>) {
        if let Err(found) = compare(known, &self.tail) {
            self.faults.push(found);
        }
        self.faults.sort_by_key(|f| (f.sequence.unwrap_or(0), f.kind));
    }
}

/// How database and head outside agree.
pub(crate) enum Agreement {
    /// They name the same entry.
    Same(Head),
    /// One commit outran the head.
    OneAhead(Head),
}

/// Compares the head outside with the entries from the one that it names.
pub(crate) fn compare(known: Result<Head, Distrust>, tail: &[Entry]) -> Result<Agreement, Fault> {
    let lost = |what: &str| fault(None, FaultKind::HeadLost, format!("the head outside the database {what}"));
    let head = known.map_err(|distrust| match distrust {
        Distrust::Missing => lost("is missing"),
        Distrust::Unreadable => lost("cannot be read"),
        Distrust::Forged => lost("was not written by this installation"),
    })?;
    let mut tail = tail.iter();
    if head.sequence > 0 {
        let Some(named) = tail.next().filter(|e| e.sequence == head.sequence) else {
            let message = format!(
                "the log ends before entry {}, which was committed: its end was cut off, or an older copy was put back",
                head.sequence
            );
            return Err(fault(head.sequence, FaultKind::TailCut, message));
        };
        if named.computed() != head.hash || named.hash != hex::encode(head.hash) {
            let message = "this entry is not the one that the head outside the database names: the end of the log was changed";
            return Err(fault(head.sequence, FaultKind::HeadMismatch, message));
        }
    }
    let Some(next) = tail.next() else { return Ok(Agreement::Same(head)) };
    let follows =
        next.sequence == head.sequence + 1 && next.previous == hex::encode(head.hash) && next.hash == hex::encode(next.computed());
    if tail.next().is_some() || !follows {
        let message = "the log goes on after the entry that the head outside the database names";
        return Err(fault(next.sequence, FaultKind::HeadMismatch, message));
    }
    Ok(Agreement::OneAhead(Head { sequence: next.sequence, hash: next.computed() }))
}

/// What is not as the migrations made it.
pub(crate) async fn schema(pool: &SqlitePool) -> Result<Vec<Fault>, AuditError> {
    let pristine = database::pristine().await?;
    let (wanted, mut found) = (objects(&pristine).await?, objects(pool).await?);
    pristine.close().await;
    let mut faults = Vec::new();
    for (object, sql) in wanted {
        let problem = match found.remove(&object) {
            Some(same) if same == sql => continue,
            Some(_) => "was changed",
            None => "is missing",
        };
        faults.push(fault(None, FaultKind::SchemaChanged, format!("the {} {} {problem}", object.0, object.1)));
    }
    // A name in a foreign schema is the attacker's text: it is counted, not shown.
    faults.extend(
        found.into_keys().map(|(kind, _)| fault(None, FaultKind::SchemaChanged, format!("there is a {kind} that does not belong there"))),
    );
    Ok(faults)
}

async fn objects(pool: &SqlitePool) -> Result<BTreeMap<(String, String), String>, AuditError> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT type, name, ifnull(sql, '') FROM sqlite_master").fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(kind, name, sql)| ((kind, name), sql)).collect())
}
