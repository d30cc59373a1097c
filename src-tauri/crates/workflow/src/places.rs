//! Where things lie on this machine: data, models, the program that reads files.

use std::path::{Path, PathBuf};

/// How to open Cordon.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the store and the audit log.
    pub home: PathBuf,
    /// The folder that holds `manifest.toml` and the models.
    pub models: PathBuf,
    /// The program that reads files in a process of its own, when called with [`crate::READER_ARGUMENT`].
    pub reader: PathBuf,
    /// The passphrase, where there is no keychain and no one to ask (`CORDON_PASSPHRASE`).
    pub passphrase: Option<String>,
    /// Whether the keychain is used: not where `CORDON_PASSPHRASE` is set or `CORDON_KEYCHAIN` is `off`.
    pub keychain: bool,
    /// Where requests to providers go through, where an administrator set it (`CORDON_PROXY`).
    pub proxy: Option<String>,
}

impl Options {
    /// For the window; `resources` is where its bundle was installed.
    pub fn desktop(resources: Option<PathBuf>) -> Options {
        Self::found(resources)
    }

    /// For the command line.
    pub fn command_line() -> Options {
        Self::found(None)
    }

    fn found(resources: Option<PathBuf>) -> Options {
        let passphrase = std::env::var("CORDON_PASSPHRASE").ok().filter(|p| !p.is_empty());
        let program = std::env::current_exe().unwrap_or_default();
        Options {
            home: std::env::var_os("CORDON_HOME").map_or_else(home, PathBuf::from),
            models: models(&program, resources),
            reader: program,
            keychain: passphrase.is_none() && std::env::var_os("CORDON_KEYCHAIN").is_none_or(|v| v != "off"),
            passphrase,
            proxy: std::env::var("CORDON_PROXY").ok().filter(|p| !p.is_empty()),
        }
    }
}

/// The user's folder for application data, as each system has it.
fn home() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let user = || from("HOME").unwrap_or_else(|| PathBuf::from("."));
    if cfg!(target_os = "macos") {
        user().join("Library/Application Support/Cordon")
    } else if cfg!(windows) {
        from("LOCALAPPDATA").unwrap_or_else(user).join("Cordon")
    } else {
        from("XDG_DATA_HOME").unwrap_or_else(|| user().join(".local/share")).join("cordon")
    }
}

/// `CORDON_MODELS`, else beside the program or in its bundle, else the checkout that it was built from.
fn models(program: &Path, resources: Option<PathBuf>) -> PathBuf {
    if let Some(folder) = std::env::var_os("CORDON_MODELS") {
        return folder.into();
    }
    let beside = program.parent().map(|folder| folder.join("models"));
    let installed = ["/usr/lib/Cordon/models", "/usr/share/cordon/models"].map(PathBuf::from);
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models");
    let known = resources.map(|r| r.join("models")).into_iter().chain(beside).chain(installed);
    known.into_iter().find(|folder| folder.join("manifest.toml").is_file()).unwrap_or(checkout)
}
