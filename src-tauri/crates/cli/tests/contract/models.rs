//! A model from a hub on this computer: added, refused until a person said what its labels mean, pulled, used, changed, removed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::{code, lines, with_input};

const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];

fn fixture(file: &str) -> Vec<u8> {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("../inference/src/hub/fixtures/bert");
    std::fs::read(at.join(file)).unwrap()
}

/// Speaks the hub's protocol; while `breaks` is set, half of the weights comes and no more.
struct Hub {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    breaks: Arc<AtomicBool>,
}

impl Hub {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (asked, breaks) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, broken) = (asked.clone(), breaks.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &log, broken.load(Ordering::SeqCst));
            }
        });
        Self { address, asked, breaks }
    }
}

fn answer(mut stream: TcpStream, log: &Mutex<Vec<String>>, breaks: bool) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let head: Vec<String> = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let Some(request) = head.first() else { return };
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let from = head.iter().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=")?.trim_end_matches('-').parse::<usize>().ok());
    log.lock().unwrap().push(format!("{path}{}", from.map(|at| format!(" from {at}")).unwrap_or_default()));
    let body = if path.starts_with("/api/models/clinic/names/revision/main") {
        let siblings = FILES.map(|name| format!(r#"{{"rfilename":"{name}","size":{}}}"#, fixture(name).len()));
        format!(r#"{{"sha":"{REVISION}","cardData":{{"license":"mit"}},"siblings":[{}]}}"#, siblings.join(",")).into_bytes()
    } else {
        let file = path.strip_prefix(&format!("/clinic/names/resolve/{REVISION}/")).map(fixture);
        // Not even what is left is given while it breaks, so that the pull gives up.
        let Some(file) = file.filter(|_| !(breaks && from.is_some())) else {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").unwrap();
            return;
        };
        file
    };
    let (status, rest) = match from {
        Some(at) => ("206 Partial Content", body.get(at..).unwrap_or_default()),
        None => ("200 OK", body.as_slice()),
    };
    let range = from.map(|at| format!("content-range: bytes {at}-{}/{}\r\n", body.len() - 1, body.len())).unwrap_or_default();
    let head = format!("HTTP/1.1 {status}\r\n{range}content-length: {}\r\nconnection: close\r\n\r\n", rest.len());
    let sent = if breaks && path.ends_with("safetensors") { rest.split_at(rest.len() / 2).0 } else { rest };
    // A client that goes away in the middle is none of the hub's faults.
    drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent)));
}

/// The installed models in a folder of their own, as an administrator would copy them.
fn copied(into: &Path) -> PathBuf {
    let (from, to) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models"), into.join("models"));
    std::fs::create_dir_all(to.join("cordon-base")).unwrap();
    for file in ["manifest.toml", "cordon-base/config.json", "cordon-base/tokenizer.json", "cordon-base/model.safetensors"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
    to
}

#[test]
fn a_model_from_a_hub_is_added_pulled_used_and_removed() {
    let home = tempfile::tempdir().unwrap();
    let (models, hub) = (copied(home.path()), Hub::start());
    let run = |arguments: &[&str], input: &[u8]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cordon"));
        command.args(arguments).env("CORDON_HOME", home.path().join("home")).env("CORDON_MODELS", &models);
        with_input(command.env("CORDON_HUB", &hub.address), input)
    };
    let said = |output: &std::process::Output| String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    let manifest = models.join("manifest.toml");
    let note = br#"{"id":1,"text":"Maria Lopez came in."}"#;

    let added = run(&["models", "add", "clinic/names"], b"");
    assert_eq!(code(&added), 0, "{}", said(&added));
    let entry = std::fs::read_to_string(&manifest).unwrap();
    assert!(entry.contains(REVISION) && entry.contains("enabled = false") && entry.contains("\"PER\" = \"PERSON\""), "{entry}");
    // An entry that nobody enabled changes nothing.
    let alone = run(&["detect", "--jsonl"], note);
    assert_eq!(code(&alone), 0);
    // Enabled before a person said what `LOC` is: nothing may pass for complete.
    std::fs::write(&manifest, entry.replace("enabled = false", "enabled = true").replace("\"LOC\" = \"CITY\"", "\"LOC\" = \"?\"")).unwrap();
    assert!(!said(&run(&["doctor"], b"")).contains("model      ok"));
    let meant = entry.replace("enabled = false", "enabled = true").replace("\"LOC\" = \"?\"", "\"LOC\" = \"CITY\"");
    std::fs::write(&manifest, &meant).unwrap();
    // Enabled and not here: what is found is marked as incomplete.
    let without = run(&["doctor"], b"");
    assert!(said(&without).contains("model      NOT"), "{}", said(&without));

    // The connection breaks in the middle; the next pull goes on where it stopped.
    hub.breaks.store(true, Ordering::SeqCst);
    let broken = run(&["models", "pull", "names"], b"");
    assert_ne!(code(&broken), 0, "{}", said(&broken));
    hub.breaks.store(false, Ordering::SeqCst);
    hub.asked.lock().unwrap().clear();
    let pulled = run(&["models", "pull", "names"], b"");
    assert_eq!(code(&pulled), 0, "{}", said(&pulled));
    let asked = hub.asked.lock().unwrap().clone();
    let resumed = format!("/clinic/names/resolve/{REVISION}/model.safetensors from ");
    assert!(asked.len() == 1 && asked[0].starts_with(&resumed), "{asked:?}");

    // It reads records now, beside the installed one: its weights are random, and it takes "came in" for a place.
    assert!(said(&run(&["doctor"], b"")).contains("model      ok"));
    let found = run(&["detect", "--jsonl"], note);
    assert_eq!(code(&found), 0, "{}", said(&found));
    let count = |output: &std::process::Output| lines(output)[0]["detections"].as_array().unwrap().len();
    assert!(count(&found) > count(&alone), "{}", said(&found));
    // Pulled again, nothing is asked; after a changed byte, nothing passes for complete.
    hub.asked.lock().unwrap().clear();
    assert_eq!(code(&run(&["models", "pull", "names"], b"")), 0);
    assert_eq!(*hub.asked.lock().unwrap(), Vec::<String>::new());
    let weights = models.join("hub/models--clinic--names/snapshots").join(REVISION).join("model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    bytes[20_000] ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    assert!(said(&run(&["doctor"], b"")).contains("model      NOT"));
    assert_eq!(code(&run(&["models", "remove", "names"], b"")), 0);
    assert!(!weights.exists());
}
