//! The model manifest: which files make a model, with size, sha256 and licence. Nothing unpinned is ever loaded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Why a model cannot be used.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// There is no manifest, or it cannot be read.
    #[error("the list of models is missing or not readable ({0}); install Cordon again, or let CORDON_MODELS name the folder")]
    Manifest(String),
    /// The manifest has no such model.
    #[error("the manifest has no model `{0}`")]
    Unknown(String),
    /// A file of the model is not there.
    #[error("the model file `{0}` is missing; install Cordon again or restore the `models` folder")]
    Missing(String),
    /// A file is not the one that was pinned.
    #[error("the model file `{file}` is damaged or was changed ({what}); install Cordon again or restore the `models` folder")]
    Changed {
        /// Its name.
        file: String,
        /// What differs: size or sha256.
        what: String,
    },
    /// A file of a model from a hub is not there.
    #[error("the model `{0}` is not on this computer; an administrator gets it with `cordon models pull {0}`")]
    NotPulled(String),
    /// What the manifest says about a model cannot be used.
    #[error("the entry `{model}` of the list of models cannot be used: {what}")]
    Entry {
        /// Its id.
        model: String,
        /// What is wrong, in words.
        what: String,
    },
    /// The content does not have the shape that its architecture asks for.
    #[error("the model does not fit its architecture: {0}")]
    Shape(String),
}

/// All models that this installation knows.
#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    /// In order of preference.
    #[serde(rename = "model")]
    pub models: Vec<ModelEntry>,
    #[serde(skip)]
    folder: PathBuf,
}

/// One model.
#[derive(Debug, Clone, Deserialize)]
pub struct ModelEntry {
    /// Its name, also that of its folder.
    pub id: String,
    /// How its tensors are arranged, such as `cordon-bert`.
    pub architecture: String,
    /// SPDX expression.
    pub licence: String,
    /// Its files.
    pub files: Vec<ModelFile>,
    /// Where it comes from and what its labels mean, if it does not lie in the repository.
    pub hub: Option<HubModel>,
}

/// A token classifier from a hub, and how it is used here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubModel {
    /// The repository, `owner/name`.
    pub repo: String,
    /// The commit: 40 digits of hexadecimal, so that what is behind it cannot change.
    pub revision: String,
    /// Whether it reads every record beside the embedded model. If it then cannot be used, nothing is sent.
    #[serde(default)]
    pub enabled: bool,
    /// Tokens of a window, those that begin and end it among them.
    pub max_tokens: usize,
    /// The logits are divided by it before they become probabilities.
    #[serde(default = "one")]
    pub temperature: f32,
    /// From which probability of being any identifier a word is one.
    #[serde(default = "half")]
    pub threshold: f32,
    /// What the model's labels are here: an entity type or `none`. A label stands with or without the `B-` or `I-` before it.
    pub labels: BTreeMap<String, String>,
}

fn one() -> f32 {
    1.0
}

fn half() -> f32 {
    0.5
}

impl ModelEntry {
    /// Refuses an entry whose names lead out of its folder, whose files are not pinned or are no data, or whose numbers are none.
    pub fn check(&self) -> Result<(), ModelError> {
        let fault = |what: &str| Err(ModelError::Entry { model: self.id.clone(), what: what.to_owned() });
        if !is_plain(&self.id) {
            return fault("its id may hold letters, digits, `.`, `_` and `-`");
        }
        if !self.files.iter().all(|f| f.name.split('/').all(is_plain)) {
            return fault("the name of a file leads out of its folder");
        }
        if !self.files.iter().all(|f| is_hex(&f.sha256, 64) && f.size > 0) {
            return fault("a file has no size, or no sha256 of 64 digits in lower case");
        }
        let Some(hub) = &self.hub else { return Ok(()) };
        if !self.files.iter().all(|f| [".safetensors", ".json", ".txt", ".md"].iter().any(|end| f.name.ends_with(end))) {
            return fault("weights are read from safetensors alone; files of other kinds than safetensors, json, txt, md are not");
        }
        if hub.repo.split('/').count() != 2 || !hub.repo.split('/').all(is_plain) {
            return fault("the repository has to be `owner/name`");
        }
        if !is_hex(&hub.revision, 40) {
            return fault("the revision has to be a commit of 40 digits in lower case; the name of a branch can change its content");
        }
        if !(hub.temperature.is_finite() && hub.temperature > 0.0 && (0.0..1.0).contains(&hub.threshold)) {
            return fault("the temperature has to be above 0 and the threshold from 0 to below 1");
        }
        if !(16..=8192).contains(&hub.max_tokens) {
            return fault("max_tokens has to lie between 16 and 8192");
        }
        Ok(())
    }
}

/// Whether it can be part of a path and mean nothing but a name.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=96).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('.')
}

fn is_hex(digits: &str, length: usize) -> bool {
    digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// One pinned file.
#[derive(Debug, Clone, Deserialize)]
pub struct ModelFile {
    /// Name inside the model's folder.
    #[serde(rename = "path")]
    pub name: String,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

impl Manifest {
    /// Reads `manifest.toml` in the folder `models`.
    pub fn load(models: &Path) -> Result<Manifest, ModelError> {
        let text = std::fs::read_to_string(models.join("manifest.toml")).map_err(|e| ModelError::Manifest(e.kind().to_string()))?;
        let mut manifest: Manifest = toml::from_str(&text).map_err(|e| ModelError::Manifest(e.message().to_owned()))?;
        manifest.folder = models.to_owned();
        Ok(manifest)
    }

    /// The model of that name.
    pub fn model(&self, id: &str) -> Result<&ModelEntry, ModelError> {
        self.models.iter().find(|m| m.id == id).ok_or_else(|| ModelError::Unknown(id.to_owned()))
    }

    /// The models from a hub that read every record.
    pub fn enabled(&self) -> impl Iterator<Item = &ModelEntry> {
        self.models.iter().filter(|m| m.hub.as_ref().is_some_and(|hub| hub.enabled))
    }

    /// The cache of models from hubs, in the layout of the hub's own tools.
    pub fn cache(&self) -> PathBuf {
        self.folder.join("hub")
    }

    /// Where the files of a model lie.
    pub fn folder(&self, model: &ModelEntry) -> PathBuf {
        match &model.hub {
            None => self.folder.join(&model.id),
            Some(hub) => self.cache().join(format!("models--{}", hub.repo.replace('/', "--"))).join("snapshots").join(&hub.revision),
        }
    }

    /// The content of one file of a model, after its size and sha256 were checked.
    pub fn read(&self, model: &ModelEntry, name: &str) -> Result<Vec<u8>, ModelError> {
        let file = model.files.iter().find(|f| f.name == name).ok_or_else(|| ModelError::Missing(name.to_owned()))?;
        model.check()?;
        let changed = |what: &str| ModelError::Changed { file: name.to_owned(), what: what.to_owned() };
        let path = self.folder(model).join(name);
        let missing = |_| match model.hub {
            None => ModelError::Missing(name.to_owned()),
            Some(_) => ModelError::NotPulled(model.id.clone()),
        };
        let size = std::fs::metadata(&path).map_err(missing)?.len();
        if size != file.size {
            return Err(changed("size"));
        }
        let bytes = std::fs::read(&path).map_err(missing)?;
        if hex::encode(Sha256::digest(&bytes)) != file.sha256 {
            return Err(changed("sha256"));
        }
        Ok(bytes)
    }

    /// Checks every file of a model.
    pub fn verify(&self, model: &ModelEntry) -> Result<(), ModelError> {
        model.files.iter().try_for_each(|file| self.read(model, &file.name).map(drop))
    }
}
