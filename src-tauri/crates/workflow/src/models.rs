//! Models from a hub: an administrator lists, pulls and removes them. Nothing is pulled by itself.

use std::path::PathBuf;

use audit::Action;
use egress::{CancellationToken, Commit, DownloadError, Hub, HubFile, HubSettings};
use inference::{HubDraft, Manifest, ModelEntry, ModelError, ModelFile};

use crate::error::{Error, ErrorCode, Result};
use crate::places::Options;
use crate::session::{Cordon, label};
use crate::view::ModelView;

/// Which hub, and as whom.
#[derive(Debug, Clone, Default)]
pub struct HubAccess {
    /// Its address; none for the usual one.
    pub address: Option<String>,
    /// Sent to that address alone; without one nothing says who asks.
    pub token: Option<String>,
}

impl HubAccess {
    /// As `CORDON_HUB` and `CORDON_HUB_TOKEN` say.
    pub fn from_env() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
        Self { address: set("CORDON_HUB"), token: set("CORDON_HUB_TOKEN") }
    }
}

impl Cordon {
    /// The local models, each checked.
    pub async fn models(&self) -> Result<Vec<ModelView>> {
        self.engine().models().await
    }

    /// Pulls a model of the list, because the person at the window asks for it. It is used from the next start on.
    pub async fn pull_model(&self, id: &str, tell: &mut (dyn FnMut(&str, f64) + Send)) -> Result<Vec<ModelView>> {
        let session = self.session().await?;
        let (model, cancel) = (label(id)?, self.begin_pull());
        let pulled = pull_model(self.options(), &HubAccess::from_env(), id, tell, &cancel).await;
        session.log(None, Action::ModelPulled { model, complete: pulled.is_ok() }).await?;
        pulled?;
        self.models().await
    }

    /// Removes the files of a model from a hub.
    pub async fn remove_model(&self, id: &str) -> Result<Vec<ModelView>> {
        let session = self.session().await?;
        let model = label(id)?;
        remove_model(self.options(), id)?;
        session.log(None, Action::ModelRemoved { model }).await?;
        self.models().await
    }
}

/// The files that a model is made of.
const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];

/// Pulls the model `id` of the manifest, tells the file and the share that is here, and gives the folder.
pub async fn pull_model(
    options: &Options,
    access: &HubAccess,
    id: &str,
    tell: &mut (dyn FnMut(&str, f64) + Send),
    cancel: &CancellationToken,
) -> Result<PathBuf> {
    let manifest = Manifest::load(&options.models).map_err(model_problem)?;
    let (entry, commit) = from_hub(&manifest, id)?;
    let files: Vec<HubFile> =
        entry.files.iter().map(|f| HubFile { name: f.name.clone(), size: f.size, sha256: f.sha256.clone() }).collect();
    let mut progress = |p: egress::Progress| tell(&p.file, p.received as f64 / p.total.max(1) as f64);
    hub(options, access)?.pull(&manifest.cache(), commit, &files, &mut progress, cancel).await.map_err(hub_problem)?;
    // What was pulled lies where it is looked for, and is read the way it is loaded.
    let folder = manifest.folder(entry);
    let entry = entry.clone();
    tokio::task::spawn_blocking(move || manifest.verify(&entry)).await.map_err(crate::engine::stopped)?.map_err(model_problem)?;
    Ok(folder)
}

/// Removes the files of the model `id`; its entry stays. Where it is enabled, nothing is sent until it is back.
pub fn remove_model(options: &Options, id: &str) -> Result<()> {
    let manifest = Manifest::load(&options.models).map_err(model_problem)?;
    let (entry, _) = from_hub(&manifest, id)?;
    match std::fs::remove_dir_all(manifest.folder(entry)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::unreadable(error.kind().to_string())),
        _ => Ok(()),
    }
}

/// Writes an entry for a repository into the manifest, pinned to what the hub gives now, and gives it. It is not enabled.
pub async fn add_model(options: &Options, access: &HubAccess, id: &str, repo: &str, revision: &str) -> Result<String> {
    let manifest = Manifest::load(&options.models).map_err(model_problem)?;
    if manifest.model(id).is_ok() {
        return Err(Error::invalid(format!("the list of models already has `{id}`")));
    }
    let described = hub(options, access)?.describe(repo, revision, &FILES).await.map_err(hub_problem)?;
    let files: Vec<ModelFile> = described.files.into_iter().map(|f| ModelFile { name: f.name, sha256: f.sha256, size: f.size }).collect();
    let licence = described.licence.as_deref();
    let draft = HubDraft { id, repo, revision: &described.revision, licence, files: &files, config: &described.config };
    let entry = draft.entry().map_err(model_problem)?;
    let path = options.models.join("manifest.toml");
    let unwritten = |e: std::io::Error| Error::unreadable(format!("the list of models cannot be written: {}", e.kind()));
    let whole = std::fs::read_to_string(&path).map_err(unwritten)? + &entry;
    let beside = path.with_extension("toml.new");
    std::fs::write(&beside, whole).and_then(|()| std::fs::rename(&beside, &path)).map_err(unwritten)?;
    Ok(entry)
}

fn from_hub<'m>(manifest: &'m Manifest, id: &str) -> Result<(&'m ModelEntry, Commit<'m>)> {
    let entry = manifest.model(id).map_err(model_problem)?;
    entry.check().map_err(model_problem)?;
    let hub = entry.hub.as_ref().ok_or_else(|| Error::invalid(format!("`{id}` is installed with Cordon and not from a hub")))?;
    Ok((entry, Commit { repo: &hub.repo, revision: &hub.revision }))
}

fn hub(options: &Options, access: &HubAccess) -> Result<Hub> {
    let address = access.address.as_deref().unwrap_or(HubSettings::DEFAULT);
    let endpoint = address.parse().map_err(|_| Error::invalid("the address of the model hub is not a web address"))?;
    let proxy = options.proxy.as_deref().map(|p| p.parse().map_err(|_| Error::invalid("CORDON_PROXY is not an address"))).transpose()?;
    let token = access.token.as_deref().map(egress::Secret::new);
    let options = egress::Options { proxy, ..Default::default() };
    Hub::new(&options, HubSettings { token, ..HubSettings::at(endpoint) }).map_err(hub_problem)
}

fn model_problem(error: ModelError) -> Error {
    Error::new(ErrorCode::Model, error.to_string(), "")
}

fn hub_problem(error: DownloadError) -> Error {
    let code = match error {
        DownloadError::NotFound(_) => ErrorCode::NotFound,
        DownloadError::NotAllowed(_) => ErrorCode::NotAllowed,
        DownloadError::Busy(_) => ErrorCode::Busy,
        DownloadError::Cancelled => ErrorCode::Cancelled,
        _ => ErrorCode::Model,
    };
    Error::new(code, error.to_string(), "")
}
