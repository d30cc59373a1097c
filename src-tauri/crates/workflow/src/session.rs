//! The open app: engine, store, audit log. What is in here needs the key.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use audit::{Action, Actor, Event, Label, Receipt, Role};
use deid::{Classification, Detection, Phi};
use egress::CancellationToken;
use policy::{Decision, ProviderFacts};
use store::{RecordRow, Store};
use tokio::sync::RwLock;
use uuid::Uuid;

use crate::engine::{Circumstances, Engine};
use crate::error::{Error, ErrorCode, Result};
use crate::operators::Dates;
use crate::places::Options;
use crate::review::{self, KeptEdit};
use crate::view::{Lock, PolicyView, Status};

/// The app: what every door opens.
pub struct Cordon {
    engine: Engine,
    options: Options,
    state: RwLock<State>,
    client: egress::Client,
    /// Questions that are being answered, by record.
    asking: Mutex<HashMap<String, CancellationToken>>,
    kept_local: Mutex<HashSet<String>>,
    /// Stops what is being read or measured.
    importing: Mutex<deid::Cancel>,
    /// Stops the pull of a model that is running.
    pulling: Mutex<CancellationToken>,
    pub(crate) imports: crate::import::Imports,
}

enum State {
    Locked { lock: Lock, problem: Option<String> },
    Open(Arc<Session>),
}

/// Store and log, open.
pub(crate) struct Session {
    pub store: Store,
    pub log: audit::Log,
    pub secrets: store::Secrets,
    pub keystore: &'static str,
}

/// A record with its edits replayed.
#[derive(Clone)]
pub(crate) struct Open {
    pub id: String,
    pub row: Arc<RecordRow>,
    pub text: Phi<String>,
    pub class: Option<Classification>,
    pub special: BTreeSet<String>,
    pub reviewed: review::Reviewed,
    /// How dates go into questions.
    pub dates: Dates,
    pub can_undo: bool,
    pub can_redo: bool,
}

impl Cordon {
    /// Opens the app; the records too, where the keychain or `CORDON_PASSPHRASE` gives the key.
    pub async fn open(options: Options) -> Result<Cordon> {
        let for_engine = options.clone();
        let engine = tokio::task::spawn_blocking(move || Engine::open(&for_engine)).await.map_err(crate::engine::stopped)??;
        let proxy = options.proxy.as_deref().map(|p| p.parse().map_err(|_| Error::invalid("CORDON_PROXY is not an address"))).transpose();
        let client = egress::Client::new(&egress::Options { proxy: proxy?, ..Default::default() });
        let cordon = Cordon {
            engine,
            state: RwLock::new(State::Locked { lock: Lock::NeedsPassphrase, problem: None }),
            client,
            asking: Mutex::default(),
            kept_local: Mutex::default(),
            importing: Mutex::default(),
            pulling: Mutex::default(),
            imports: crate::import::Imports::default(),
            options,
        };
        let passphrase = cordon.options.passphrase.clone();
        let keys = cordon.probe().await;
        match (keys, &passphrase) {
            (Ok(store::KeyState::Keychain), _) | (Ok(_), Some(_)) => {
                if let Err(error) = cordon.unlock(passphrase).await {
                    cordon.lock(Lock::Damaged, Some(error)).await;
                }
            }
            (Ok(store::KeyState::NeedsPassphrase), None) => cordon.lock(Lock::NeedsPassphrase, None).await,
            (Ok(store::KeyState::NewPassphrase), None) => cordon.lock(Lock::NewPassphrase, None).await,
            (Ok(store::KeyState::KeyLost { .. }), None) => {
                let hint = "restore the key in the keychain, or the file key.wrapped; without it the records cannot be read";
                cordon.lock(Lock::Damaged, Some(Error::new(ErrorCode::Keychain, "the key of the records is gone", hint))).await;
            }
            (Err(error), None) => cordon.lock(Lock::Damaged, Some(error)).await,
            (Err(error), Some(_)) => cordon.lock(Lock::Damaged, Some(error)).await,
        }
        Ok(cordon)
    }

    async fn lock(&self, lock: Lock, problem: Option<Error>) {
        let lock = match &problem {
            Some(error) if error.code == ErrorCode::WrongPassphrase => Lock::NeedsPassphrase,
            _ => lock,
        };
        *self.state.write().await = State::Locked { lock, problem: problem.map(|e| e.to_string()) };
    }

    /// Finders, policy and reader, for what needs no storage.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn client(&self) -> &egress::Client {
        &self.client
    }

    /// The policy in force.
    pub fn policy(&self) -> PolicyView {
        self.engine.policy()
    }

    /// Whether records and log are open.
    pub async fn is_unlocked(&self) -> bool {
        matches!(&*self.state.read().await, State::Open(_))
    }

    /// An error that says why records and log are not open, if they are not.
    pub async fn require_unlocked(&self) -> Result<()> {
        self.session().await.map(drop)
    }

    pub(crate) async fn session(&self) -> Result<Arc<Session>> {
        match &*self.state.read().await {
            State::Open(session) => Ok(session.clone()),
            State::Locked { problem: Some(problem), .. } => {
                Err(Error::new(ErrorCode::Locked, format!("the records are locked: {problem}"), ""))
            }
            State::Locked { .. } => {
                Err(Error::new(ErrorCode::Locked, "the records are locked", "unlock the window, or set CORDON_PASSPHRASE"))
            }
        }
    }

    /// The state of the app.
    pub async fn status(&self) -> Status {
        let state = self.state.read().await;
        let (lock, lock_problem, keystore, session) = match &*state {
            State::Locked { lock, problem } => (*lock, problem.clone(), "passphrase", None),
            State::Open(session) => (Lock::Unlocked, None, session.keystore, Some(session)),
        };
        let provider = match session {
            Some(session) => session.selected_provider_name().await,
            None => None,
        };
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            lock,
            lock_problem,
            keystore: keystore.into(),
            model: self.engine.model(),
            provider,
            audit_problem: session.and_then(|s| s.log.damage()),
        }
    }

    async fn probe(&self) -> Result<store::KeyState> {
        let (home, keychain) = (self.options.home.clone(), self.options.keychain);
        tokio::task::spawn_blocking(move || store::Keystore::new(home, keychain).probe())
            .await
            .map_err(crate::engine::stopped)?
            .map_err(key_problem)
    }

    /// Opens records and log. On the first start without a keychain the passphrase becomes the one that protects them.
    pub async fn unlock(&self, passphrase: Option<String>) -> Result<Status> {
        let mut state = self.state.write().await;
        if let State::Locked { .. } = &*state {
            let (home, keychain) = (self.options.home.clone(), self.options.keychain);
            let unlocked = tokio::task::spawn_blocking(move || store::Keystore::new(home, keychain).unlock(passphrase.as_deref()));
            let unlocked = unlocked.await.map_err(crate::engine::stopped)?.map_err(key_problem)?;
            let log = audit::Log::open(&self.options.home, &unlocked.subkey("audit")).await.map_err(audit_problem)?;
            let store = Store::open(&self.options.home, &unlocked.subkey("store")).await.map_err(store_problem)?;
            store.leave_imports().await.map_err(store_problem)?;
            let keystore = unlocked.kind.name();
            let secrets = unlocked.secrets(&store);
            let session = Session { store, log, secrets, keystore };
            session.log(None, Action::Unlocked { keystore: label(keystore)? }).await.or_else(damaged_is_shown)?;
            session.log(None, Action::PolicyLoaded { version: label(&self.engine.policy().version)? }).await.or_else(damaged_is_shown)?;
            *state = State::Open(Arc::new(session));
        }
        drop(state);
        Ok(self.status().await)
    }

    /// Closes records and log; questions that are being answered are stopped.
    pub async fn close(&self) {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(CancellationToken::cancel);
        self.imports.close();
        let before = std::mem::replace(&mut *self.state.write().await, State::Locked { lock: Lock::NeedsPassphrase, problem: None });
        if let State::Open(session) = before {
            session.store.close().await;
            session.log.close().await;
        }
    }

    /// Never asks a provider about this record.
    pub fn keep_local(&self, id: &str) {
        self.kept_local.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    pub(crate) fn is_kept_local(&self, id: &str) -> bool {
        self.kept_local.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// One question at a time for each record.
    pub(crate) fn begin_ask(&self, id: &str) -> Result<CancellationToken> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if asking.contains_key(id) {
            return Err(Error::new(ErrorCode::Busy, "a question about this record is being answered", "wait for the answer, or cancel it"));
        }
        let cancel = CancellationToken::new();
        asking.insert(id.to_owned(), cancel.clone());
        Ok(cancel)
    }

    pub(crate) fn end_ask(&self, id: &str) {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Stops what is being measured, or read of a pasted text.
    pub(crate) fn cancel_reading(&self) {
        self.importing.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }

    /// A new wish to stop, for what begins.
    pub(crate) fn begin_import(&self) -> deid::Cancel {
        let cancel = deid::Cancel::default();
        *self.importing.lock().unwrap_or_else(PoisonError::into_inner) = cancel.clone();
        cancel
    }

    /// A new wish to stop, for a pull that begins; one that is running stops.
    pub(crate) fn begin_pull(&self) -> CancellationToken {
        let cancel = CancellationToken::new();
        std::mem::replace(&mut *self.pulling.lock().unwrap_or_else(PoisonError::into_inner), cancel.clone()).cancel();
        cancel
    }

    /// Stops the pull of a model that is running; what came stays, and the next one goes on there.
    pub fn cancel_pull(&self) {
        self.pulling.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }

    /// Stops the question about this record that is being answered.
    pub fn cancel_ask(&self, id: &str) {
        if let Some(cancel) = self.asking.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            cancel.cancel();
        }
    }

    /// A record with its edits replayed, without what other records of its case know.
    pub(crate) async fn alone(&self, session: &Session, id: &str) -> Result<Open> {
        let uuid = parse_id(id)?;
        let row = session.store.record(uuid).await.map_err(store_problem)?.ok_or_else(|| Error::not_found("record"))?;
        let found = session.store.detections(uuid).await.map_err(store_problem)?;
        let edits = session.store.edits(uuid).await.map_err(store_problem)?;
        let mut active: Vec<KeptEdit> = Vec::new();
        for edit in edits.iter().filter(|e| !e.undone) {
            active.push(serde_json::from_str(&edit.edit).map_err(|_| damaged_row())?);
        }
        let text = row.text.clone();
        let (can_undo, can_redo) = (!active.is_empty(), edits.iter().any(|e| e.undone));
        let for_replay = text.clone();
        let reviewed = tokio::task::spawn_blocking(move || review::replay(for_replay.expose(), found, &active));
        let reviewed = reviewed.await.map_err(crate::engine::stopped)??;
        let class = row.class.as_deref().and_then(deid::RecordClass::parse).map(|class| Classification {
            class,
            confidence: row.class_confidence,
            domain_confidence: row.domain_confidence,
        });
        let special = deid::special_categories(text.expose(), class.as_ref());
        let dates = session.dates().await?;
        Ok(Open { id: id.to_owned(), row: Arc::new(row), text, class, special, reviewed, dates, can_undo, can_redo })
    }

    /// Where questions about a record may go now.
    pub(crate) async fn decision(&self, session: &Session, open: &Open) -> Result<Decision> {
        let provider = session.selected_facts().await?;
        Ok(self.decide(open, provider))
    }

    pub(crate) fn decide(&self, open: &Open, provider: Option<ProviderFacts>) -> Decision {
        self.engine.decide(
            open.class,
            &open.special,
            &Circumstances {
                provider,
                released: open.reviewed.released.iter().map(|(entity, _)| entity.name().to_owned()).collect(),
                reviewed: open.is_reviewed(),
                complete: open.row.incomplete.is_none(),
                unread: open.row.notes_incomplete,
                detections: &open.reviewed.detections,
            },
        )
    }
}

impl Open {
    /// Whether a person approved this very version, with its dates as they would be sent.
    pub fn is_reviewed(&self) -> bool {
        self.row.reviewed_revision == Some(self.row.revision) && self.row.reviewed_dates == self.dates.name()
    }
}

impl Session {
    /// Appends to the log. What has to be logged and cannot be does not happen.
    pub async fn log(&self, record: Option<&str>, action: Action) -> Result<()> {
        self.announce(record, action).await.map(drop)
    }

    /// Appends the same for each of the records, so that the log of every one of them shows it.
    pub async fn log_each(&self, records: &[String], action: &Action) -> Result<()> {
        for record in records {
            self.log(Some(record), action.clone()).await?;
        }
        Ok(())
    }

    /// Appends what is about to happen; the receipt lets it happen.
    pub async fn announce(&self, record: Option<&str>, action: Action) -> Result<Receipt> {
        let actor = Actor { id: label("local")?, role: Role::User };
        let record = record.map(parse_id).transpose()?;
        self.log.append(Event { actor, action, record }).await.map_err(audit_problem)
    }
}

/// A damaged log is opened for reading: the window shows what is wrong, and everything that has to be logged fails.
fn damaged_is_shown(error: Error) -> Result<()> {
    if error.code == ErrorCode::Audit { Ok(()) } else { Err(error) }
}

pub(crate) fn label(words: &str) -> Result<Label> {
    // What an administrator typed may hold other characters than the log takes; it keeps those that it takes.
    let kept: String =
        words.chars().map(|c| if c.is_ascii_alphanumeric() || "_.:/+-".contains(c) { c } else { '-' }).take(Label::LONGEST).collect();
    Label::new(if kept.is_empty() { "-" } else { &kept }).map_err(audit_problem)
}

pub(crate) fn counts(detections: &[Detection]) -> Result<std::collections::BTreeMap<Label, u64>> {
    let mut counts = std::collections::BTreeMap::new();
    for detection in detections {
        *counts.entry(label(detection.entity.name())?).or_default() += 1;
    }
    Ok(counts)
}

pub(crate) fn parse_id(id: &str) -> Result<Uuid> {
    Uuid::parse_str(id).map_err(|_| Error::not_found("record"))
}

pub(crate) fn damaged_row() -> Error {
    Error::new(ErrorCode::Store, "a row of the store cannot be read", "restore a backup; the audit log is not affected")
}

pub(crate) fn now() -> String {
    jiff::Timestamp::now().round(jiff::Unit::Millisecond).unwrap_or_default().to_string()
}

pub(crate) fn audit_problem(error: audit::AuditError) -> Error {
    Error::new(ErrorCode::Audit, error.to_string(), "nothing that has to be logged can happen until this is mended")
}

pub(crate) fn store_problem(error: store::StoreError) -> Error {
    Error::new(ErrorCode::Store, error.to_string(), "")
}

pub(crate) fn key_problem(error: store::KeyError) -> Error {
    let code = match &error {
        store::KeyError::WrongPassphrase => ErrorCode::WrongPassphrase,
        _ => ErrorCode::Keychain,
    };
    Error::new(code, error.to_string(), "")
}
