//! Opening, appending, listing, exporting.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sqlx::sqlite::SqlitePool;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::anchor::{Anchor, Distrust, Head};
use crate::entry::Entry;
use crate::verify::{self, Verification};
use crate::{Action, Actor, AuditError, Digest, Event, Label, Role, database};

/// The most entries that one page lists.
const PAGE: u32 = 1000;

/// Proof that an entry was committed and the head outside the database names it. Only [`Log::append`] makes one; it can
/// be neither copied nor kept on a disk, so that one entry allows one deed.
#[derive(Debug)]
#[must_use = "a receipt is what allows the deed that was logged"]
pub struct Receipt {
    sequence: u64,
    hash: [u8; 32],
    disclosure: Option<Digest>,
}

impl Receipt {
    /// The entry's place in the chain.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The entry's hash.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The digest of the bytes that the entry announced, where it announced any: only those may leave on this receipt.
    pub fn disclosure(&self) -> Option<Digest> {
        self.disclosure
    }
}

/// Which entries to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only older ones than this.
    pub before: Option<u64>,
    /// No more than this; at most 1,000.
    pub limit: u32,
    /// Only those about this record.
    pub record: Option<Uuid>,
    /// Only those of this action, by its name in the log.
    pub action: Option<String>,
}

/// Entries, newest first.
#[derive(Debug, Clone)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Entry>,
    /// How many match in all.
    pub total: u64,
    /// Pass this as [`Filter::before`] to get older ones; none at the end.
    pub before: Option<u64>,
}

/// The log, open. Clones share it.
#[derive(Clone)]
pub struct Log(Arc<Inner>);

struct Inner {
    pool: SqlitePool,
    anchor: Anchor,
    opened: Instant,
    writing: Mutex<()>,
    /// What a person changed in the schema or the chain while the log was closed; found at open, and lasting.
    damage: Option<String>,
    /// Held for as long as the log is open: a second program may not append.
    lock: std::sync::Mutex<Option<File>>,
}

impl Log {
    /// Opens the log in `dir`, or makes it. A log that does not agree with its head outside of it opens too, but only to
    /// be read: [`Log::damage`] says what is wrong.
    pub async fn open(dir: &Path, key: &[u8; 32]) -> Result<Self, AuditError> {
        fs::create_dir_all(dir)?;
        let lock = lock(dir).await?;
        let path = dir.join("audit.db");
        let anchor = Anchor::new(dir, key)?;
        // The head of an empty log is on the disk before the database: a log without a head has lost it.
        if !path.exists() && anchor.read() == Err(Distrust::Missing) {
            anchor.write(&Head::EMPTY)?;
        }
        let pool = database::open(&path, key).await?;
        let damage = verify::schema(&pool).await?.first().map(|fault| fault.message.clone());
        let mut inner =
            Inner { pool, anchor, opened: Instant::now(), writing: Mutex::new(()), damage: None, lock: std::sync::Mutex::new(Some(lock)) };
        inner.damage = match damage {
            Some(damage) => Some(damage),
            None => match inner.settle().await {
                Err(AuditError::Damaged(damage)) => Some(damage),
                settled => settled.map(|_| None)?,
            },
        };
        let log = Self(Arc::new(inner));
        if log.damage().is_none() && log.list(&Filter::default()).await?.total == 0 {
            let actor = Actor { id: Label::new("cordon")?, role: Role::System };
            let _first = log.append(Event { actor, action: Action::LogCreated {}, record: None }).await?;
        }
        Ok(log)
    }

    /// Why nothing can be appended, if so.
    pub fn damage(&self) -> Option<String> {
        self.0.damage.clone()
    }

    /// Commits an entry, then names it as the head outside the database. Once begun it goes on to its end, whatever
    /// becomes of the caller.
    pub async fn append(&self, event: Event) -> Result<Receipt, AuditError> {
        let inner = self.0.clone();
        let appended = tokio::spawn(async move { inner.append(event).await }).await;
        appended.map_err(|_| AuditError::Database("the writer stopped".into()))?
    }

    /// Entries, newest first.
    pub async fn list(&self, filter: &Filter) -> Result<Page, AuditError> {
        const MATCHING: &str = "(?1 IS NULL OR record = ?1) AND (?2 IS NULL OR action = ?2)";
        let (record, action) = (filter.record.map(|r| r.to_string()), filter.action.as_deref());
        let total: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM entries WHERE {MATCHING}")))
            .bind(record.as_deref())
            .bind(action)
            .fetch_one(&self.0.pool)
            .await?;
        let limit = filter.limit.clamp(1, PAGE);
        let before = filter.before.and_then(|b| i64::try_from(b).ok()).unwrap_or(i64::MAX);
        let sql =
            format!("SELECT {} FROM entries WHERE {MATCHING} AND sequence < ?3 ORDER BY entries.sequence DESC LIMIT ?4", Entry::COLUMNS);
        // One more than asked tells whether there are older ones.
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(record.as_deref())
            .bind(action)
            .bind(before)
            .bind(i64::from(limit) + 1)
            .fetch_all(&self.0.pool)
            .await?;
        let more = rows.len() > limit as usize;
        let entries = rows.iter().take(limit as usize).map(Entry::read).collect::<Result<Vec<_>, _>>()?;
        let before = entries.last().filter(|_| more).map(|e| e.sequence);
        Ok(Page { entries, total: u64::try_from(total).unwrap_or(0), before })
    }

    /// Checks every entry, the schema and the head, and says everything that is wrong.
    pub async fn verify(&self) -> Result<Verification, AuditError> {
        // An entry between commit and head would look like a fault.
        let _quiet = self.0.writing.lock().await;
        verify::run(&self.0.pool, &self.0.anchor).await
    }

    /// Writes every entry as a line of JSON, and a last line with the head; gives the number of entries.
    pub async fn export(&self, to: &mut (dyn Write + Send)) -> Result<u64, AuditError> {
        let _quiet = self.0.writing.lock().await;
        let (mut count, mut head) = (0u64, hex::encode(Head::EMPTY.hash));
        let sql = format!("SELECT {} FROM entries ORDER BY entries.sequence", Entry::COLUMNS);
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&self.0.pool);
        while let Some(row) = rows.try_next().await? {
            let entry = Entry::read(&row)?;
            serde_json::to_writer(&mut *to, &entry).map_err(|e| AuditError::Io(e.io_error_kind().unwrap_or(ErrorKind::Other)))?;
            to.write_all(b"\n")?;
            (head, count) = (entry.hash, count + 1);
        }
        writeln!(to, r#"{{"format":"cordon-audit-export-v1","count":{count},"head":"{head}"}}"#)?;
        to.flush()?;
        Ok(count)
    }

    /// Closes the file. Appending afterwards fails.
    pub async fn close(&self) {
        let _quiet = self.0.writing.lock().await;
        self.0.pool.close().await;
        // Clones may outlive this; the file is free all the same.
        drop(self.0.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
    }
}

/// The first entries from a place on.
async fn from(pool: &SqlitePool, sequence: u64, limit: u32) -> Result<Vec<Entry>, AuditError> {
    let sql = format!("SELECT {} FROM entries WHERE entries.sequence >= ?1 ORDER BY entries.sequence LIMIT ?2", Entry::COLUMNS);
    let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(sequence).bind(limit).fetch_all(pool).await?;
    Ok(rows.iter().map(Entry::read).collect::<Result<_, _>>()?)
}

impl Inner {
    async fn append(&self, event: Event) -> Result<Receipt, AuditError> {
        let _alone = self.writing.lock().await;
        if let Some(damage) = &self.damage {
            return Err(AuditError::Damaged(damage.clone()));
        }
        let head = self.settle().await?;
        let mut entry = self.entry(&event, &head)?;
        let hash = entry.computed();
        entry.hash = hex::encode(hash);
        let mut transaction = self.pool.begin().await?;
        insert(&entry)?.execute(&mut *transaction).await?;
        transaction.commit().await?;
        let head = Head { sequence: entry.sequence, hash };
        self.anchored(head).await?;
        let disclosure = match event.action {
            Action::DisclosureIntent { digest, .. } => Some(digest),
            _ => None,
        };
        Ok(Receipt { sequence: head.sequence, hash, disclosure })
    }

    /// The head, after the database and the head outside were found to agree. A database that is ahead by the one entry
    /// whose commit outran the head (a crash, a full disk) is legal: the head is written again.
    async fn settle(&self) -> Result<Head, AuditError> {
        let known = self.anchor.read();
        let named = known.map_or(0, |head| head.sequence);
        let tail = from(&self.pool, named, 3).await?;
        match verify::compare(known, &tail) {
            Ok(verify::Agreement::Same(head)) => Ok(head),
            Ok(verify::Agreement::OneAhead(head)) => {
                self.anchored(head).await?;
                Ok(head)
            }
            Err(fault) => Err(AuditError::Damaged(fault.message)),
        }
    }

    async fn anchored(&self, head: Head) -> Result<(), AuditError> {
        let anchor = self.anchor.clone();
        let written = tokio::task::spawn_blocking(move || anchor.write(&head)).await;
        written.map_err(|_| AuditError::Io(ErrorKind::Other))?
    }

    fn entry(&self, event: &Event, head: &Head) -> Result<Entry, AuditError> {
        let (action, detail) = named(&event.action)?;
        let now = Timestamp::now();
        Ok(Entry {
            sequence: head.sequence + 1,
            id: Uuid::now_v7().to_string(),
            at: format!("{now:.3}"),
            monotonic_ms: u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX),
            actor: event.actor.id.as_str().to_owned(),
            role: event.actor.role.name().to_owned(),
            action,
            outcome: event.action.outcome().name().to_owned(),
            record: event.record.map(|r| r.to_string()).unwrap_or_default(),
            detail,
            previous: hex::encode(head.hash),
            hash: String::new(),
        })
    }
}

/// An action's name and its fields as JSON.
fn named(action: &Action) -> Result<(String, String), AuditError> {
    let unwritable = || AuditError::Setup("an action cannot be written");
    let value = serde_json::to_value(action).map_err(|_| unwritable())?;
    let (name, fields) = value.as_object().and_then(|map| map.iter().next()).ok_or_else(unwritable)?;
    Ok((name.clone(), fields.to_string()))
}

fn insert(entry: &Entry) -> Result<sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>, AuditError> {
    let integer = |n: u64| i64::try_from(n).map_err(|_| AuditError::Setup("a number is too large"));
    Ok(sqlx::query("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")
        .bind(integer(entry.sequence)?)
        .bind(&entry.id)
        .bind(&entry.at)
        .bind(integer(entry.monotonic_ms)?)
        .bind(&entry.actor)
        .bind(&entry.role)
        .bind(&entry.action)
        .bind(&entry.outcome)
        .bind(&entry.record)
        .bind(&entry.detail)
        .bind(&entry.previous)
        .bind(&entry.hash))
}

/// Takes the log for this program. A process that is just being started holds a copy of every open file for a moment, so a
/// file that was only now let go is asked for again.
async fn lock(dir: &Path) -> Result<File, AuditError> {
    let file = File::create(dir.join("audit.lock"))?;
    for _ in 0..20 {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(AuditError::Busy)
}
