//! Pulling a model: a hub on this computer, and a second host where it keeps its large files.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egress::{CancellationToken, Commit, DownloadError, Hub, HubFile, HubSettings, Options, Progress, Secret, SendError};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;

use crate::support::{Log, Part, Seen, closed_port, options, reply};

const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
const COMMIT: Commit<'static> = Commit { repo: "owner/name", revision: REVISION };

/// Answers every request by a function, in the order of connections.
async fn serve(answer: impl Fn(&Seen, usize) -> Vec<Part> + Send + Sync + 'static) -> (u16, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, log) = (listener.local_addr().unwrap().port(), Log::new());
    let (server_log, answer) = (log.clone(), Arc::new(answer));
    tokio::spawn(async move {
        let mut number = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let (log, answer, at) = (server_log.clone(), answer.clone(), number);
            number += 1;
            tokio::spawn(async move {
                // The head is read here, so that the answer can depend on it.
                let Some(seen) = crate::support::read_request(&mut stream).await else { return };
                log.add(seen.clone());
                log.play(stream, &answer(&seen, at)).await;
            });
        }
    });
    (port, log)
}

fn weights() -> Vec<u8> {
    (0..300_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

const CONFIG: &str = r#"{"model_type":"bert"}"#;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pinned(name: &str, bytes: &[u8]) -> HubFile {
    HubFile { name: name.into(), size: bytes.len() as u64, sha256: sha256(bytes) }
}

fn files() -> Vec<HubFile> {
    vec![pinned("config.json", CONFIG.as_bytes()), pinned("model.safetensors", &weights())]
}

fn bytes(head: &str, body: &[u8]) -> Vec<Part> {
    vec![Part::Bytes([head.as_bytes(), b"\r\n", body].concat())]
}

/// What a store of large files says: the rest of the file where a range is asked for.
fn stored(seen: &Seen, file: &[u8]) -> Vec<Part> {
    match seen.headers.get("range").map(|r| r.trim_start_matches("bytes=").trim_end_matches('-').parse::<usize>().unwrap()) {
        None => bytes(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n", file.len()), file),
        Some(from) => {
            let (rest, all) = (&file[from..], file.len());
            let head = format!("HTTP/1.1 206 X\r\ncontent-length: {}\r\ncontent-range: bytes {from}-{}/{all}\r\n", rest.len(), all - 1);
            bytes(&head, rest)
        }
    }
}

/// Breaks off after so many bytes of the body.
fn cut(mut parts: Vec<Part>, after: usize) -> Vec<Part> {
    if let Some(Part::Bytes(bytes)) = parts.first_mut() {
        let head = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        bytes.truncate(head + after);
    }
    parts
}

/// A hub as Hugging Face's: small files by a redirect on the same host, large ones by a redirect to the store.
struct Test {
    hub: Hub,
    cache: TempDir,
    hub_log: Log,
    store_log: Log,
    settings: HubSettings,
}

type Answer = Box<dyn Fn(&Seen, usize) -> Vec<Part> + Send + Sync>;

impl Test {
    async fn new(store: Answer) -> Self {
        Self::with(store, |settings| settings, None).await
    }

    /// `hub` stands for the hub's own answer where it gives one.
    async fn with(store: Answer, edit: impl Fn(HubSettings) -> HubSettings, hub: Option<Answer>) -> Self {
        let (store_port, store_log) = serve(store).await;
        let answer = move |seen: &Seen, at: usize| {
            if let Some(hub) = &hub {
                return hub(seen, at);
            }
            let commit = format!("x-repo-commit: {REVISION}\r\n");
            let path = seen.line.split(' ').nth(1).unwrap();
            match path.strip_prefix(&format!("/owner/name/resolve/{REVISION}/")) {
                Some("config.json") => reply(307, &format!("{commit}location: /api/resolve-cache/config.json\r\n"), ""),
                Some("model.safetensors") => {
                    let linked = format!("x-linked-size: 300000\r\nx-linked-etag: \"{}\"\r\n", sha256(&weights()));
                    reply(302, &format!("{commit}{linked}location: http://127.0.0.1:{store_port}/signed?key=a%2Fb\r\n"), "")
                }
                _ if path == "/api/resolve-cache/config.json" => reply(200, "etag: \"abc\"\r\n", CONFIG),
                _ => reply(404, "", ""),
            }
        };
        let (port, hub_log) = serve(answer).await;
        let endpoint: Url = format!("http://127.0.0.1:{port}").parse().unwrap();
        let settings = HubSettings { hosts: vec![format!("127.0.0.1:{store_port}")], ..HubSettings::at(endpoint) };
        let settings = edit(settings);
        let hub = Hub::new(&options(), settings.clone()).unwrap();
        Self { hub, cache: TempDir::new().unwrap(), hub_log, store_log, settings }
    }

    async fn pull(&self) -> Result<PathBuf, DownloadError> {
        self.pull_of(&files(), &mut |_| (), &CancellationToken::new()).await
    }

    async fn pull_of(
        &self,
        files: &[HubFile],
        on_progress: &mut (dyn FnMut(Progress) + Send),
        cancel: &CancellationToken,
    ) -> Result<PathBuf, DownloadError> {
        self.hub.pull(self.cache.path(), COMMIT, files, on_progress, cancel).await
    }

    /// The names in the folder of the commit, and the sizes.
    fn kept(&self) -> Vec<(String, u64)> {
        let Ok(folder) = std::fs::read_dir(COMMIT.folder(self.cache.path())) else { return Vec::new() };
        let mut kept: Vec<_> =
            folder.map(|e| e.unwrap()).map(|e| (e.file_name().into_string().unwrap(), e.metadata().unwrap().len())).collect();
        kept.sort();
        kept
    }
}

fn whole() -> Answer {
    Box::new(|seen, _| stored(seen, &weights()))
}

fn ranges(log: &Log) -> Vec<Option<String>> {
    log.requests().iter().map(|seen| seen.headers.get("range").cloned()).collect()
}

#[tokio::test]
async fn a_model_is_pulled_and_then_needs_no_hub() {
    let test = Test::new(whole()).await;
    let mut progress = Vec::new();
    let folder = test.pull_of(&files(), &mut |p| progress.push(p), &CancellationToken::new()).await.unwrap();
    assert_eq!(folder, test.cache.path().join("models--owner--name/snapshots").join(REVISION));
    assert_eq!(std::fs::read(folder.join("model.safetensors")).unwrap(), weights());
    assert_eq!(std::fs::read(folder.join("config.json")).unwrap(), CONFIG.as_bytes());
    assert_eq!(test.kept().len(), 2, "no part is left");
    let total = 300_000 + CONFIG.len() as u64;
    assert!(progress.is_sorted_by_key(|p| p.received) && progress.iter().all(|p| p.total == total) && progress.len() > 4);
    assert_eq!(progress.last().unwrap(), &Progress { file: "model.safetensors".into(), received: total, total });
    let asked = test.hub_log.requests().len() + test.store_log.requests().len();
    assert_eq!(test.pull().await.unwrap(), folder);
    assert_eq!(test.hub_log.requests().len() + test.store_log.requests().len(), asked, "nothing was asked again");
    for seen in test.hub_log.requests().iter().chain(&test.store_log.requests()) {
        assert!(!seen.headers.contains_key("authorization") && !seen.headers.contains_key("cookie") && seen.body.is_empty());
        assert!(seen.headers["user-agent"].starts_with("cordon/"));
    }
}

#[tokio::test]
async fn what_broke_off_goes_on() {
    // Three times a little more; then the rest.
    let test = Test::new(Box::new(|seen, at| if at < 3 { cut(stored(seen, &weights()), 70_000) } else { stored(seen, &weights()) })).await;
    let folder = test.pull().await.unwrap();
    assert_eq!(std::fs::read(folder.join("model.safetensors")).unwrap(), weights());
    let ranges = ranges(&test.store_log);
    assert_eq!(ranges.len(), 4);
    let from = |range: &Option<String>| range.as_ref().map_or(0, |r| r[6..r.len() - 1].parse::<usize>().unwrap());
    assert!(ranges.windows(2).all(|pair| from(&pair[0]) < from(&pair[1])), "{ranges:?}");
}

#[tokio::test]
async fn another_pull_goes_on_where_the_last_one_was_killed() {
    let hold = |seen: &Seen, at: usize| {
        if at > 0 {
            return stored(seen, &weights());
        }
        [cut(stored(seen, &weights()), 100_000), vec![Part::Hold]].concat()
    };
    let test = Test::new(Box::new(hold)).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let mut on_progress = move |p: Progress| {
        if p.received > 90_000 {
            stop.cancel();
        }
    };
    assert_eq!(test.pull_of(&files(), &mut on_progress, &cancel).await, Err(DownloadError::Cancelled));
    let part = test.kept().into_iter().find(|(name, _)| name.ends_with(".part")).unwrap();
    assert!(part.0.starts_with(".model.safetensors.") && part.1 > 80_000 && part.1 < 300_000);
    assert!(!COMMIT.folder(test.cache.path()).join("model.safetensors").exists());
    let folder = test.pull().await.unwrap();
    assert_eq!(std::fs::read(folder.join("model.safetensors")).unwrap(), weights());
    assert_eq!(ranges(&test.store_log), [None, Some(format!("bytes={}-", part.1))]);
}

#[tokio::test]
async fn a_store_without_ranges_starts_again() {
    let test = Test::new(Box::new(|_, at| {
        let whole = bytes("HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n", &weights());
        if at == 0 { cut(whole, 50_000) } else { whole }
    }))
    .await;
    let folder = test.pull().await.unwrap();
    assert_eq!(std::fs::read(folder.join("model.safetensors")).unwrap(), weights());
}

#[tokio::test]
async fn a_part_that_was_changed_is_refused_and_removed() {
    let test = Test::new(whole()).await;
    let folder = COMMIT.folder(test.cache.path());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!(".model.safetensors.{}.part", &sha256(&weights())[..16])), vec![0; 1000]).unwrap();
    assert_eq!(test.pull().await, Err(DownloadError::Digest("model.safetensors".into())));
    assert_eq!(test.kept(), [("config.json".into(), CONFIG.len() as u64)]);
    assert!(test.pull().await.is_ok(), "and the next pull starts again");
}

#[tokio::test]
async fn other_bytes_than_the_pinned_ones_are_removed() {
    let other = |seen: &Seen, _: usize| {
        let mut weights = weights();
        weights[200_000] ^= 1;
        stored(seen, &weights)
    };
    let test = Test::new(Box::new(other)).await;
    assert_eq!(test.pull().await, Err(DownloadError::Digest("model.safetensors".into())));
    assert_eq!(test.kept(), [("config.json".into(), CONFIG.len() as u64)]);
}

#[tokio::test]
async fn another_size_than_the_pinned_one_is_refused() {
    let longer = || [weights(), vec![0]].concat();
    let unannounced = move |_: &Seen, _: usize| bytes("HTTP/1.1 200 OK\r\nconnection: close\r\n", &longer());
    for store in [Box::new(move |seen: &Seen, _: usize| stored(seen, &longer())) as Answer, Box::new(unannounced)] {
        let test = Test::new(store).await;
        assert_eq!(test.pull().await, Err(DownloadError::Size("model.safetensors".into())));
        assert_eq!(test.kept(), [("config.json".into(), CONFIG.len() as u64)]);
    }
    // What the hub announces is compared before a byte of the file is asked for.
    let test = Test::new(whole()).await;
    let of = |size, sha256: &str| vec![HubFile { name: "model.safetensors".into(), size, sha256: sha256.into() }];
    let cancel = CancellationToken::new();
    let pulled = test.pull_of(&of(299_999, &sha256(&weights())), &mut |_| (), &cancel).await;
    assert_eq!(pulled, Err(DownloadError::Size("model.safetensors".into())));
    let pulled = test.pull_of(&of(300_000, &"0".repeat(64)), &mut |_| (), &cancel).await;
    assert_eq!(pulled, Err(DownloadError::Digest("model.safetensors".into())));
    assert!(test.store_log.requests().is_empty());
}

#[tokio::test]
async fn what_the_hub_refuses() {
    for (status, headers, tries, expected) in [
        (401, "", 1, DownloadError::NotAllowed("config.json".into())),
        (403, "", 1, DownloadError::NotAllowed("config.json".into())),
        (404, "", 1, DownloadError::NotFound("config.json".into())),
        (429, "retry-after: 60\r\n", 1, DownloadError::RateLimited { retry_after: Some(Duration::from_secs(60)) }),
        (500, "", 3, DownloadError::Overloaded),
        (503, "", 3, DownloadError::Overloaded),
        (418, "", 1, DownloadError::Status(418)),
    ] {
        let hub: Answer = Box::new(move |_, _| reply(status, headers, "Maria Lopez"));
        let test = Test::with(whole(), |settings| settings, Some(hub)).await;
        let error = test.pull().await.unwrap_err();
        assert!(!error.to_string().contains("Maria"));
        assert_eq!((error, test.hub_log.requests().len()), (expected, tries), "{status}");
        assert!(test.kept().iter().all(|(name, size)| name.ends_with(".part") && *size == 0));
    }
    // One that recovers.
    let hub: Answer = Box::new(|_, at| if at < 2 { reply(503, "", "") } else { reply(200, "", CONFIG) });
    let test = Test::with(whole(), |settings| settings, Some(hub)).await;
    assert!(test.pull_of(&files()[..1], &mut |_| (), &CancellationToken::new()).await.is_ok());
}

#[tokio::test]
async fn a_hub_that_says_another_commit_is_refused() {
    let hub: Answer = Box::new(|_, _| reply(200, &format!("x-repo-commit: {}\r\n", "f".repeat(40)), CONFIG));
    let test = Test::with(whole(), |settings| settings, Some(hub)).await;
    assert_eq!(test.pull().await, Err(DownloadError::OtherRevision("config.json".into())));
}

#[tokio::test]
async fn only_hosts_on_the_list_are_followed() {
    let (stranger, log) = serve(|_, _| reply(200, "", CONFIG)).await;
    for to in [
        format!("http://127.0.0.1:{stranger}/config.json"),
        format!("http://localhost:{stranger}/config.json"),
        "https://evil.example/config.json".into(),
        "https://huggingface.co.evil.example/x".into(),
        "https://huggingface.co@evil.example/x".into(),
        "http://huggingface.co/x".into(),
        "file:///etc/passwd".into(),
        "//evil.example/x".into(),
    ] {
        let hub: Answer = Box::new(move |_, _| reply(302, &format!("location: {to}\r\n"), ""));
        let test = Test::with(whole(), |settings| settings, Some(hub)).await;
        assert!(matches!(test.pull().await, Err(DownloadError::Redirected(_))));
    }
    assert!(log.requests().is_empty());
    let hub: Answer = Box::new(|_, _| reply(302, "location: /again\r\n", ""));
    let test = Test::with(whole(), |settings| settings, Some(hub)).await;
    assert_eq!(test.pull().await, Err(DownloadError::TooManyRedirects));
}

#[tokio::test]
async fn a_token_goes_to_the_hub_alone() {
    let token = |settings| HubSettings { token: Some(Secret::new("hf_secret")), ..settings };
    let test = Test::with(whole(), token, None).await;
    test.pull().await.unwrap();
    assert!(test.hub_log.requests().iter().all(|seen| seen.headers["authorization"] == "Bearer hf_secret"));
    assert_eq!(test.store_log.requests().len(), 1);
    assert!(!test.store_log.requests()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn nobody_there_and_names_that_lead_elsewhere() {
    let closed = closed_port();
    let endpoint: Url = format!("http://127.0.0.1:{}", closed.local_addr().unwrap().port()).parse().unwrap();
    let hub = Hub::new(&options(), HubSettings::at(endpoint)).unwrap();
    let cache = TempDir::new().unwrap();
    let pull = async |commit: Commit<'_>, name: &str| {
        hub.pull(cache.path(), commit, &[pinned(name, b"x")], &mut |_| (), &CancellationToken::new()).await.unwrap_err()
    };
    assert_eq!(pull(COMMIT, "config.json").await, DownloadError::Network(SendError::Refused));
    for name in ["../x", "/etc/passwd", "a//b", "..", "a\\b", "a?b", ".part"] {
        assert_eq!(pull(COMMIT, name).await, DownloadError::BadName("the name of a file"), "{name}");
    }
    for repo in ["owner", "owner/..", "a/b/c", "owner/na me", "https://x/y"] {
        assert_eq!(pull(Commit { repo, ..COMMIT }, "x").await, DownloadError::BadName("the name of the repository"), "{repo}");
    }
    for revision in ["main", "", "../..", &REVISION[1..]] {
        assert_eq!(pull(Commit { revision, ..COMMIT }, "x").await, DownloadError::BadName("the revision"));
    }
    for endpoint in ["http://hub.example", "https://hub.example/?q", "https://u:p@hub.example", "ftp://hub.example"] {
        assert!(Hub::new(&options(), HubSettings::at(endpoint.parse().unwrap())).is_err(), "{endpoint}");
    }
}

#[tokio::test]
async fn two_pulls_do_not_write_to_one_file() {
    let test = Test::new(Box::new(|seen, _| [cut(stored(seen, &weights()), 1000), vec![Part::Hold]].concat())).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let other = async {
        while !test.kept().iter().any(|(name, size)| name.starts_with(".model") && *size > 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let busy = test.pull().await;
        stop.cancel();
        busy
    };
    let (files, mut ignore) = (files(), |_| ());
    let pull = test.pull_of(&files, &mut ignore, &cancel);
    assert_eq!(tokio::join!(pull, other), (Err(DownloadError::Cancelled), Err(DownloadError::Busy("model.safetensors".into()))));
}

#[tokio::test]
async fn a_silent_store_is_left() {
    let test = Test::new(Box::new(|seen, _| [cut(stored(seen, &weights()), 1000), vec![Part::Hold]].concat())).await;
    let options = Options { idle_timeout: Duration::from_millis(50), retries: 0, ..options() };
    let hub = Hub::new(&options, test.settings.clone()).unwrap();
    let cancel = CancellationToken::new();
    let (weights, mut ignore) = (&files()[1..], |_| ());
    let pulled = hub.pull(test.cache.path(), COMMIT, weights, &mut ignore, &cancel);
    // Each try brings a little, so it goes on until someone stops it.
    let stop = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        cancel.cancel();
    };
    assert_eq!(tokio::join!(pulled, stop).0, Err(DownloadError::Cancelled));
    assert!(test.store_log.requests().len() >= 2);
}

#[tokio::test]
async fn a_hub_describes_a_model() {
    let listing = format!(
        r#"{{"sha":"{REVISION}","cardData":{{"license":"mit"}},"siblings":[
            {{"rfilename":"README.md","size":10}},
            {{"rfilename":"pytorch_model.bin","size":5,"lfs":{{"sha256":"{0}","size":5}}}},
            {{"rfilename":"config.json","size":21,"blobId":"x"}},
            {{"rfilename":"model.safetensors","size":300000,"lfs":{{"sha256":"{1}","size":300000,"pointerSize":134}}}}]}}"#,
        "1".repeat(64),
        sha256(&weights())
    );
    let hub: Answer = Box::new(move |seen, _| match seen.line.split(' ').nth(1).unwrap() {
        "/api/models/owner/name/revision/main?blobs=true" => reply(200, "content-type: application/json\r\n", &listing),
        path if path == format!("/owner/name/resolve/{REVISION}/config.json") => reply(200, "", CONFIG),
        _ => reply(404, "", ""),
    });
    let test = Test::with(whole(), |settings| settings, Some(hub)).await;
    let described = test.hub.describe("owner/name", "main", &["config.json", "tokenizer.json", "model.safetensors"]).await.unwrap();
    assert_eq!((described.revision.as_str(), described.licence.as_deref()), (REVISION, Some("mit")));
    assert_eq!((described.files, described.config), (files(), CONFIG.as_bytes().to_vec()));
    assert_eq!(test.hub.describe("owner/other", "main", &[]).await, Err(DownloadError::NotFound("owner/other".into())));
}
