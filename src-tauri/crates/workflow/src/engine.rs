//! What works without any storage: reading files, finding, classifying, deciding.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deid::{Analysis, Cancel, Detection, Encoder, Pipeline, RecognizeError};
use formats::write::{Edit, WriteError, Written};
use formats::{Limits, Record, worker::Confined};
use inference::{Manifest, Together};
use policy::{Decision, Facts, PolicySet, ProviderFacts};

use crate::error::{Error, ErrorCode, Result};
use crate::places::Options;
use crate::view::{DecisionView, Lane, ModelStatus, ModelView, PolicyRule, PolicyView, RuleView};

/// The model that lies in the repository.
pub const MODEL: &str = "cordon-base";

/// The argument that turns the program into the confined reader.
pub const READER_ARGUMENT: &str = "__read";

const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Each page of a PDF that is written back is drawn twice: some two seconds a page.
const WRITE_TIMEOUT: Duration = Duration::from_secs(900);

/// Finders, policy and reader.
pub struct Engine {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) policy: PolicySet,
    reader: Confined,
    limits: Limits,
    model: ModelStatus,
    models: std::path::PathBuf,
}

/// What the policy has to know beside the analysis.
pub(crate) struct Circumstances<'c> {
    pub provider: Option<ProviderFacts>,
    pub released: BTreeSet<String>,
    pub reviewed: bool,
    pub complete: bool,
    pub unread: bool,
    pub detections: &'c [Detection],
}

impl Engine {
    /// Loads the model and the policy. A model that cannot be used is no error here: rules go on finding, and nothing is sent.
    pub fn open(options: &Options) -> Result<Engine> {
        let policy = PolicySet::default_policy();
        let manifest = Manifest::load(&options.models);
        let sha256 = manifest
            .as_ref()
            .ok()
            .and_then(|m| m.model(MODEL).ok())
            .and_then(|m| m.files.iter().find(|f| f.name.ends_with(".safetensors")));
        let sha256 = sha256.map(|f| f.sha256.clone()).unwrap_or_default();
        let loaded = Together::load(&options.models, MODEL);
        let problem = loaded.as_ref().err().map(ToString::to_string);
        let model = ModelStatus { id: MODEL.into(), usable: problem.is_none(), problem, device: "none".into(), sha256 };
        let encoder = loaded.map(|e| Arc::new(e) as Arc<dyn Encoder>).map_err(|e| RecognizeError::Model(e.to_string()));
        Ok(Engine {
            pipeline: Arc::new(Pipeline::new(encoder)),
            policy,
            reader: Confined::new(options.reader.clone(), vec![READER_ARGUMENT.into()], READ_TIMEOUT),
            limits: Limits::default(),
            model,
            models: options.models.clone(),
        })
    }

    /// Gets ready for the first record while nobody waits: a reader is started, patterns are compiled, weights are touched.
    /// Within a tokio runtime.
    pub fn prepare(&self) {
        self.prepare_reader();
        let pipeline = self.pipeline.clone();
        drop(tokio::task::spawn_blocking(move || {
            pipeline.analyse("Patient: Ana Ruiz, MRN 4478812, 3/4/2024.", &[], &[], &Cancel::default())
        }));
    }

    /// The local model, and where it runs now.
    pub fn model(&self) -> ModelStatus {
        let device = self.pipeline.encoder().map_or("none", |encoder| encoder.device());
        ModelStatus { device: device.into(), ..self.model.clone() }
    }

    /// Reads a file in the confined process.
    pub async fn read_file(&self, path: &Path) -> Result<Record> {
        self.read_original(path).await.map(|(record, _)| record)
    }

    /// A file's bytes, within the limits.
    pub async fn open_file(&self, path: &Path) -> Result<Vec<u8>> {
        let (from, limits) = (path.to_owned(), self.limits.clone());
        tokio::task::spawn_blocking(move || formats::open(&from, &limits)).await.map_err(stopped)?.map_err(unread)
    }

    /// The same, with the bytes that it was read from.
    pub(crate) async fn read_original(&self, path: &Path) -> Result<(Record, Vec<u8>)> {
        let bytes = self.open_file(path).await?;
        Ok((self.read_bytes(bytes.clone(), &formats::display_name(path)).await?, bytes))
    }

    /// Writes a record back in its own format with the edits made, in the confined process; what nobody could read is taken out.
    pub(crate) async fn write_back(
        &self,
        bytes: Vec<u8>,
        name: &str,
        text: &str,
        edits: &[Edit],
    ) -> std::result::Result<Written, WriteError> {
        self.reader.clone().with_timeout(WRITE_TIMEOUT).write(bytes, name, text, edits, false).await
    }

    /// Starts a confined process ahead, so that the next record does not wait for it.
    pub(crate) fn prepare_reader(&self) {
        self.reader.prepare();
    }

    /// Reads bytes in the confined process; `name` only helps to tell formats apart.
    pub async fn read_bytes(&self, bytes: Vec<u8>, name: &str) -> Result<Record> {
        self.reader.read(bytes, name).await.map_err(unread)
    }

    /// The same, and tells how many pages are recognized, and of how many. What is dropped before its end leaves no process behind.
    pub(crate) async fn read_with(&self, bytes: Vec<u8>, name: &str, progress: &(dyn Fn(usize, usize) + Send + Sync)) -> Result<Record> {
        self.reader.read_with(bytes, name, progress).await.map_err(unread)
    }

    /// A file without its password, opened in the confined process.
    pub async fn unlock(&self, bytes: Vec<u8>, password: &str) -> Result<Vec<u8>> {
        self.reader.unlock(bytes, password).await.map_err(unread)
    }

    /// Finds and classifies, off the async threads.
    pub(crate) async fn analyse(&self, record: &Record, cancel: Cancel) -> Result<Analysis> {
        let (pipeline, record) = (self.pipeline.clone(), record.clone());
        tokio::task::spawn_blocking(move || pipeline.analyse(record.text.expose(), &record.fields, &record.codes, &cancel))
            .await
            .map_err(stopped)
    }

    /// Finds and classifies.
    pub async fn examine(&self, record: &Record) -> Result<Analysis> {
        self.analyse(record, Cancel::default()).await
    }

    /// Whether a file's name tells nothing about a person.
    pub fn is_plain_name(&self, name: &str) -> bool {
        let words = name.replace(['_', '-', '.'], " ");
        let found = self.pipeline.analyse(&words, &[], &[], &Cancel::default());
        found.incomplete.is_none() && found.detections.is_empty()
    }

    /// Where questions may go.
    pub(crate) fn decide(
        &self,
        class: Option<deid::Classification>,
        special: &BTreeSet<String>,
        circumstances: &Circumstances<'_>,
    ) -> Decision {
        let share = |confidence: f32| (confidence.clamp(0.0, 1.0) * 10_000.0) as u32;
        let mut entities = BTreeMap::<String, u32>::new();
        for detection in circumstances.detections {
            *entities.entry(detection.entity.name().into()).or_default() += 1;
        }
        let lowest = circumstances.detections.iter().map(|d| share(d.confidence)).min().unwrap_or(10_000);
        self.policy.decide(&Facts {
            class: class.map_or("unknown", |c| c.class.name()).into(),
            domain: class.map_or("other", |c| c.class.domain().name()).into(),
            class_confidence: class.map_or(0, |c| share(c.confidence)),
            entities,
            lowest_confidence: lowest,
            complete: circumstances.complete && class.is_some(),
            unread: circumstances.unread,
            released: circumstances.released.clone(),
            reviewed: circumstances.reviewed,
            special: special.clone(),
            provider: circumstances.provider.clone(),
            actor_role: "staff".into(),
            purpose: "treatment_payment_operations".into(),
        })
    }

    /// The policy in force.
    pub fn policy(&self) -> PolicyView {
        let rules = self.policy.rules().into_iter();
        PolicyView {
            version: self.policy.version().into(),
            rules: rules.map(|r| PolicyRule { id: r.id, effect: r.effect.to_string(), reason: r.reason, source: r.source }).collect(),
            source: self.policy.source().into(),
        }
    }

    /// Checks a policy file without using it; gives the number of its rules.
    pub fn check_policy(source: &str) -> Result<usize> {
        let policy =
            PolicySet::load(source).map_err(|e| Error::new(ErrorCode::Policy, e.to_string(), "correct the policy and check it again"))?;
        Ok(policy.rules().len())
    }

    /// The models in the manifest, each checked.
    pub async fn models(&self) -> Result<Vec<ModelView>> {
        let folder = self.models.clone();
        let checked = tokio::task::spawn_blocking(move || -> std::result::Result<_, inference::ModelError> {
            let manifest = Manifest::load(&folder)?;
            let check = |model: &inference::ModelEntry| {
                let problem = manifest.verify(model).err().map(|e| e.to_string());
                let weights = model.files.iter().find(|f| f.name.ends_with(".safetensors"));
                ModelView {
                    id: model.id.clone(),
                    kind: model.architecture.clone(),
                    licence: model.licence.clone(),
                    sha256: weights.map(|f| f.sha256.clone()).unwrap_or_default(),
                    size: model.files.iter().map(|f| f.size as f64).sum(),
                    usable: problem.is_none(),
                    problem,
                    repo: model.hub.as_ref().map(|hub| hub.repo.clone()),
                    enabled: model.hub.as_ref().is_none_or(|hub| hub.enabled),
                }
            };
            Ok(manifest.models.iter().map(check).collect())
        });
        checked.await.map_err(stopped)?.map_err(|e| Error::new(ErrorCode::Model, e.to_string(), ""))
    }
}

/// A decision as the window shows it.
pub(crate) fn decision_view(decision: &Decision, reviewed: bool) -> DecisionView {
    let rules = decision.rules.iter();
    DecisionView {
        lane: lane(decision.lane),
        headline: reason(decision),
        rules: rules.map(|r| RuleView { id: r.id.clone(), reason: r.reason.clone(), effect: r.effect.to_string() }).collect(),
        reviewed,
    }
}

/// Why the policy decided so: the rule that forbids, in its own words, before the general sentence.
pub(crate) fn reason(decision: &Decision) -> String {
    let forbids = decision.rules.iter().find(|rule| rule.effect == policy::Effect::Forbid);
    forbids.map_or_else(|| decision.headline.clone(), |rule| rule.reason.clone())
}

pub(crate) fn lane(lane: policy::Lane) -> Lane {
    match lane {
        policy::Lane::Cloud => Lane::Cloud,
        policy::Lane::Review => Lane::Review,
        policy::Lane::Local => Lane::Local,
        policy::Lane::Refuse => Lane::Refuse,
    }
}

pub(crate) fn stopped(_: tokio::task::JoinError) -> Error {
    Error::new(ErrorCode::Internal, "a task of this program ended unexpectedly", "try again; nothing was sent")
}

fn unread(error: formats::ReadError) -> Error {
    use formats::ReadError::*;
    let code = match &error {
        Empty => ErrorCode::Empty,
        TooLarge { .. } | Bomb | Memory => ErrorCode::TooLarge,
        NotRegular => ErrorCode::NotRegular,
        NoPermission => ErrorCode::NoPermission,
        NotFound => ErrorCode::NotFound,
        Unsupported { .. } | Binary | OcrMissing => ErrorCode::Unsupported,
        PasswordNeeded => ErrorCode::PasswordNeeded,
        WrongPassword => ErrorCode::WrongPassword,
        Encrypted => ErrorCode::EncryptedFile,
        Timeout => ErrorCode::Timeout,
        Cancelled => ErrorCode::Cancelled,
        _ => ErrorCode::Unreadable,
    };
    // What happened, and what to do about it.
    let told = error.to_string();
    let (message, hint) = told.split_once("; ").unwrap_or((&told, ""));
    Error::new(code, message, hint)
}
