//! A hub: its address, the hosts that it may point to, and what it says about its files.

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, LOCATION, RANGE};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use url::Url;

use super::{Commit, DownloadError, HubFile};
use crate::client::retry_after;
use crate::net::Doors;
use crate::{Options, Phase, Secret, SendError, address};

/// How often an answer may point elsewhere.
const MAX_HOPS: usize = 4;
/// The longest description of a repository, and the longest file that is read without being pinned.
const MAX_READ: u64 = 64 << 20;

/// Where models come from.
#[derive(Debug, Clone)]
pub struct HubSettings {
    /// Its address, https or on this computer.
    pub endpoint: Url,
    /// The hosts that it may point to beside itself, each `host` or `host:port`.
    pub hosts: Vec<String>,
    /// Sent to the endpoint alone, never to a host that it points to. Without one, nothing says who asks.
    pub token: Option<Secret>,
}

impl HubSettings {
    /// The hub at an address, and where that of Hugging Face keeps its large files.
    pub fn at(endpoint: Url) -> Self {
        let hosts = ["cas-bridge.xethub.hf.co", "cdn-lfs.hf.co", "cdn-lfs-us-1.hf.co", "cdn-lfs-eu-1.hf.co", "cdn-lfs.huggingface.co"];
        Self { endpoint, hosts: hosts.map(str::to_owned).into(), token: None }
    }

    /// The address that is used where none is set.
    pub const DEFAULT: &'static str = "https://huggingface.co";
}

/// A hub that files are pulled from.
pub struct Hub {
    doors: Doors,
    settings: HubSettings,
    pub(super) options: Options,
}

/// What a hub says about a model at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The commit behind the revision that was asked for.
    pub revision: String,
    /// The licence on its card, as it stands there.
    pub licence: Option<String>,
    /// The files that were asked for and are there. Where the hub names no sha256, it is that of the bytes that came now.
    pub files: Vec<HubFile>,
    /// The content of `config.json`.
    pub config: Vec<u8>,
}

#[derive(Deserialize)]
struct Listing {
    sha: String,
    siblings: Vec<Sibling>,
    #[serde(default, rename = "cardData")]
    card: Option<Card>,
}

#[derive(Deserialize)]
struct Card {
    license: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    sha256: String,
    size: u64,
}

impl Hub {
    /// A hub; nothing is connected yet.
    pub fn new(options: &Options, settings: HubSettings) -> Result<Self, DownloadError> {
        address::check(&settings.endpoint).map_err(|_| DownloadError::BadName("the address of the model hub"))?;
        Ok(Self { doors: Doors::new(options), settings, options: options.clone() })
    }

    /// What the hub says about `names` at a revision, a branch or a commit. It is trusted here, once: what it says becomes what is
    /// pinned from then on, so a person has to compare it with another source.
    pub async fn describe(&self, repo: &str, revision: &str, names: &[&str]) -> Result<Described, DownloadError> {
        check_repo(repo)?;
        check_file(revision).map_err(|_| DownloadError::BadName("the revision"))?;
        let mut url = self.url(&["api", "models"], repo, &["revision", revision])?;
        url.set_query(Some("blobs=true"));
        let listing = self.read(url, repo).await?;
        let listing: Listing = serde_json::from_slice(&listing).map_err(|_| DownloadError::Malformed)?;
        if !is_hex(&listing.sha, 40) {
            return Err(DownloadError::Malformed);
        }
        let licence = listing.card.and_then(|c| c.license).and_then(|l| l.as_str().map(str::to_owned));
        let commit = Commit { repo, revision: &listing.sha };
        let (mut files, mut config) = (Vec::new(), Vec::new());
        for sibling in listing.siblings.into_iter().filter(|s| names.contains(&s.rfilename.as_str())) {
            check_file(&sibling.rfilename)?;
            let name = sibling.rfilename;
            let pinned = sibling.lfs.map(|lfs| HubFile { name: name.clone(), size: lfs.size, sha256: lfs.sha256 });
            let file = match pinned {
                Some(file) if is_hex(&file.sha256, 64) && name != "config.json" => file,
                _ if sibling.size.is_none_or(|size| size <= MAX_READ) => {
                    let bytes = self.read(self.resolve(commit, &name)?, &name).await?;
                    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                    let file = HubFile { name: name.clone(), size: bytes.len() as u64, sha256 };
                    if name == "config.json" {
                        config = bytes;
                    }
                    file
                }
                _ => return Err(DownloadError::Malformed),
            };
            files.push(file);
        }
        Ok(Described { revision: listing.sha, licence, files, config })
    }

    /// The answer to the wish for a file, from its byte `from` on.
    pub(super) async fn file(&self, commit: Commit<'_>, file: &HubFile, from: u64) -> Result<reqwest::Response, DownloadError> {
        self.get(self.resolve(commit, &file.name)?, &file.name, from, Some((commit, file))).await
    }

    /// A small answer, whole.
    async fn read(&self, url: Url, what: &str) -> Result<Vec<u8>, DownloadError> {
        let mut response = self.get(url, what, 0, None).await?;
        let mut bytes = Vec::new();
        loop {
            match timeout(self.options.idle_timeout, response.chunk()).await {
                Ok(Ok(Some(chunk))) if (bytes.len() + chunk.len()) as u64 <= MAX_READ => bytes.extend_from_slice(&chunk),
                Ok(Ok(Some(_))) => return Err(DownloadError::Malformed),
                Ok(Ok(None)) => return Ok(bytes),
                _ => return Err(DownloadError::Broken(what.to_owned())),
            }
        }
    }

    /// Asks, and goes where the hub points as long as that is on the list.
    async fn get(
        &self,
        mut url: Url,
        what: &str,
        from: u64,
        pinned: Option<(Commit<'_>, &HubFile)>,
    ) -> Result<reqwest::Response, DownloadError> {
        for _ in 0..=MAX_HOPS {
            let ours = url.origin() == self.settings.endpoint.origin();
            let mut request = self.doors.to(&url).map_err(DownloadError::Network)?.get(url.clone()).header(ACCEPT_ENCODING, "identity");
            if from > 0 {
                request = request.header(RANGE, format!("bytes={from}-"));
            }
            if let (true, Some(token)) = (ours, &self.settings.token) {
                request = request.header(AUTHORIZATION, format!("Bearer {}", token.expose()));
            }
            let response = timeout(self.options.first_byte_timeout, request.send())
                .await
                .map_err(|_| DownloadError::Network(SendError::Timeout { phase: Phase::FirstByte }))?
                .map_err(|error| DownloadError::Network(SendError::from(&error)))?;
            if let (true, Some((commit, file))) = (ours, pinned) {
                announced(response.headers(), commit, file)?;
            }
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            if !status.is_redirection() {
                let wait: Option<Duration> = retry_after(response.headers());
                return Err(DownloadError::of_status(status.as_u16(), what, wait));
            }
            let next = response.headers().get(LOCATION).and_then(|l| l.to_str().ok()).and_then(|l| url.join(l).ok());
            url = self.allowed(next.ok_or(DownloadError::Malformed)?)?;
        }
        Err(DownloadError::TooManyRedirects)
    }

    /// The address, if it is the hub's own or on the list.
    fn allowed(&self, url: Url) -> Result<Url, DownloadError> {
        let host = url.host_str().unwrap_or_default();
        let named = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let safe = url.scheme() == "https" || (url.scheme() == "http" && address::is_loopback(&url));
        let known = url.origin() == self.settings.endpoint.origin() || self.settings.hosts.contains(&named);
        if safe && known && url.username().is_empty() && url.password().is_none() {
            Ok(url)
        } else {
            // The name comes from the server: shown only where it is one.
            let plain = host.len() <= 96 && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
            Err(DownloadError::Redirected(if plain { host.to_owned() } else { "?".into() }))
        }
    }

    fn resolve(&self, commit: Commit<'_>, name: &str) -> Result<Url, DownloadError> {
        let tail: Vec<&str> = ["resolve", commit.revision].into_iter().chain(name.split('/')).collect();
        self.url(&[], commit.repo, &tail)
    }

    fn url(&self, before: &[&str], repo: &str, after: &[&str]) -> Result<Url, DownloadError> {
        let mut url = self.settings.endpoint.clone();
        let refused = |()| DownloadError::BadName("the address of the model hub");
        url.path_segments_mut().map_err(refused)?.pop_if_empty().extend(before).extend(repo.split('/')).extend(after);
        Ok(url)
    }
}

/// What the hub says about a file before its bytes come has to be what is pinned.
fn announced(headers: &HeaderMap, commit: Commit<'_>, file: &HubFile) -> Result<(), DownloadError> {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if header("x-repo-commit").is_some_and(|revision| revision != commit.revision) {
        return Err(DownloadError::OtherRevision(file.name.clone()));
    }
    if header("x-linked-size").is_some_and(|size| size.parse() != Ok(file.size)) {
        return Err(DownloadError::Size(file.name.clone()));
    }
    // Of a large file the tag is its sha256; of a small one it is something else.
    let tag = header("x-linked-etag").map(|tag| tag.trim_start_matches("W/").trim_matches('"'));
    if tag.is_some_and(|tag| is_hex(tag, 64) && tag != file.sha256) {
        return Err(DownloadError::Digest(file.name.clone()));
    }
    Ok(())
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=96).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('.')
}

pub(super) fn is_hex(digits: &str, length: usize) -> bool {
    digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

pub(super) fn check_repo(repo: &str) -> Result<(), DownloadError> {
    let plain = repo.split('/').count() == 2 && repo.split('/').all(is_plain);
    if plain { Ok(()) } else { Err(DownloadError::BadName("the name of the repository")) }
}

pub(super) fn check_file(name: &str) -> Result<(), DownloadError> {
    if name.split('/').all(is_plain) { Ok(()) } else { Err(DownloadError::BadName("the name of a file")) }
}
