//! The model manifest: which files make a model, with size, sha256 and licence. Nothing unpinned is ever loaded.

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

    /// The content of one file of a model, after its size and sha256 were checked.
    pub fn read(&self, model: &ModelEntry, name: &str) -> Result<Vec<u8>, ModelError> {
        let file = model.files.iter().find(|f| f.name == name).ok_or_else(|| ModelError::Missing(name.to_owned()))?;
        let changed = |what: &str| ModelError::Changed { file: name.to_owned(), what: what.to_owned() };
        let path = self.folder.join(&model.id).join(name);
        let size = std::fs::metadata(&path).map_err(|_| ModelError::Missing(name.to_owned()))?.len();
        if size != file.size {
            return Err(changed("size"));
        }
        let bytes = std::fs::read(&path).map_err(|_| ModelError::Missing(name.to_owned()))?;
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
