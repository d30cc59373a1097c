//! The arrows and nevers of ARCHITECTURE.md, read from the manifests and the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ROOMS: &[(&str, &[&str])] = &[
    ("deid", &[]),
    ("policy", &[]),
    ("audit", &[]),
    ("formats", &["deid"]),
    ("inference", &["deid", "kernels"]),
    ("kernels", &[]),
    ("store", &["deid"]),
    ("egress", &["audit", "deid"]),
    ("workflow", &["audit", "deid", "egress", "formats", "inference", "policy", "store"]),
    ("cli", &["workflow"]),
    ("xtask", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn manifest(path: &Path) -> toml::Table {
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

/// The names of a manifest's dependencies, those for one system or for the build included; `tests` adds those for tests.
fn dependencies(manifest: &toml::Table, tests: bool) -> BTreeSet<String> {
    let mut kinds = vec!["dependencies", "build-dependencies"];
    if tests {
        kinds.push("dev-dependencies");
    }
    let systems = manifest.get("target").and_then(|t| t.as_table()).into_iter().flat_map(|t| t.values().filter_map(|v| v.as_table()));
    let tables = std::iter::once(manifest).chain(systems);
    tables.flat_map(|t| kinds.iter().filter_map(|k| t.get(*k)?.as_table()).flat_map(|d| d.keys().cloned()).collect::<Vec<_>>()).collect()
}

fn crates() -> BTreeMap<String, toml::Table> {
    let folder = root().join("src-tauri/crates");
    let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap());
    names.map(|e| (e.file_name().into_string().unwrap(), manifest(&e.path().join("Cargo.toml")))).collect()
}

#[test]
fn every_room_depends_only_on_the_rooms_it_may() {
    let crates = crates();
    assert_eq!(crates.keys().map(String::as_str).collect::<BTreeSet<_>>(), ROOMS.iter().map(|(name, _)| *name).collect());
    let rooms: BTreeSet<&str> = ROOMS.iter().map(|(name, _)| *name).collect();
    for (room, may) in ROOMS {
        for dependency in dependencies(&crates[*room], false).iter().filter(|d| rooms.contains(d.as_str())) {
            assert!(may.contains(&dependency.as_str()), "{room} may not import {dependency}");
        }
    }
    let shell = dependencies(&manifest(&root().join("Cargo.toml")), false);
    let imported: Vec<&str> = rooms.into_iter().filter(|room| shell.contains(*room)).collect();
    assert_eq!(imported, ["workflow"], "the shell imports the workflow alone");
}

#[test]
fn only_the_shell_names_tauri_and_only_egress_a_network_client() {
    for (room, manifest) in crates() {
        for dependency in dependencies(&manifest, false) {
            assert!(!dependency.starts_with("tauri"), "{room} names {dependency}");
            let network = ["reqwest", "hyper", "ureq", "curl", "tungstenite", "tokio-tungstenite", "hf-hub"];
            assert!(room == "egress" || !network.contains(&dependency.as_str()), "{room} names {dependency}");
            assert!(["store", "audit"].contains(&room.as_str()) || dependency != "sqlx", "{room} names {dependency}");
        }
    }
    let shell = dependencies(&manifest(&root().join("Cargo.toml")), false);
    for plugin in ["tauri-plugin-http", "tauri-plugin-shell", "tauri-plugin-fs", "tauri-plugin-sql", "tauri-plugin-websocket", "reqwest"] {
        assert!(!shell.contains(plugin), "the shell names {plugin}");
    }
}

/// T-01 to T-08: the window's configuration, as strict as it was written.
#[test]
fn t_01_to_t_08_the_windows_configuration() {
    let config: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(root().join("tauri.conf.json")).unwrap()).unwrap();
    let security = &config["app"]["security"];
    assert_eq!(
        security["csp"],
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src ipc: http://ipc.localhost; \
         frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'"
    );
    assert_eq!(security["freezePrototype"], true);
    assert_eq!(security["assetProtocol"]["enable"], false);
    assert!(security.get("dangerousDisableAssetCspModification").is_none());
    assert_eq!(config["app"]["withGlobalTauri"], false);
    for window in config["app"]["windows"].as_array().unwrap() {
        assert_eq!(window["generalAutofillEnabled"], false);
        assert_eq!(window["incognito"], true);
        assert!(window.get("additionalBrowserArgs").is_none() && window.get("url").is_none() && window.get("devtools").is_none());
    }
    for entry in std::fs::read_dir(root().join("src-tauri/capabilities")).unwrap() {
        let capability: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        assert_eq!(capability["windows"], serde_json::json!(["main"]));
        assert!(capability.get("remote").is_none());
        for permission in capability["permissions"].as_array().unwrap() {
            let permission = permission.as_str().unwrap();
            assert!(!permission.ends_with(":default") && !permission.contains('*'), "{permission} is wider than it needs to be");
        }
    }
}

#[test]
fn every_source_file_says_what_it_is_and_stays_readable() {
    let mut folders = vec![root().join("src-tauri/src"), root().join("src-tauri/crates"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|e| e == "rs") {
                let source = std::fs::read_to_string(&entry).unwrap();
                assert!(source.starts_with("//!"), "{} opens without saying what it is", entry.display());
                assert!(source.lines().count() <= 520, "{} is two rooms in one", entry.display());
            }
        }
    }
}
