//! Records from files or from standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use workflow::{Engine, Error, Record};

/// The files to read; standard input where none is named.
pub fn or_stdin(files: Vec<PathBuf>) -> Vec<PathBuf> {
    if files.is_empty() { vec![PathBuf::from("-")] } else { files }
}

/// What a file is called in output.
pub fn name(path: &Path) -> String {
    if is_stdin(path) { "-".into() } else { workflow::display_name(path) }
}

/// Whether it stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads one record.
pub async fn read(engine: &Engine, path: &Path) -> Result<Record, Error> {
    if !is_stdin(path) {
        return engine.read_file(path).await;
    }
    let mut bytes = Vec::new();
    match std::io::stdin().take(workflow::MOST_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) => engine.read_bytes(bytes, "standard input").await,
        Err(error) => Err(Error::unreadable(error.kind().to_string())),
    }
}
