//! Records from files or from standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use workflow::{Engine, Error, Record};

/// The files to read: those in a folder and its folders in the order of their names, without hidden ones; standard input where
/// none is named.
pub fn or_stdin(files: Vec<PathBuf>) -> Vec<PathBuf> {
    if files.is_empty() {
        return vec![PathBuf::from("-")];
    }
    let mut all = Vec::new();
    for file in files {
        if file.is_dir() { inside(&file, &mut all) } else { all.push(file) }
    }
    all
}

fn inside(folder: &Path, all: &mut Vec<PathBuf>) {
    // A folder that cannot be listed is named as it is, and reading it says why.
    let Ok(entries) = std::fs::read_dir(folder) else { return all.push(folder.to_owned()) };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    entries.sort();
    for entry in entries {
        let hidden = entry.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        match entry.symlink_metadata() {
            Ok(kind) if !hidden && kind.is_dir() => inside(&entry, all),
            Ok(kind) if !hidden && kind.is_file() => all.push(entry),
            _ => {}
        }
    }
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
    let (bytes, name) = bytes(engine, path).await?;
    engine.read_bytes(bytes, &name).await
}

/// The bytes of one record, and what it is called.
pub async fn bytes(engine: &Engine, path: &Path) -> Result<(Vec<u8>, String), Error> {
    if !is_stdin(path) {
        return Ok((engine.open_file(path).await?, name(path)));
    }
    let mut bytes = Vec::new();
    match std::io::stdin().take(workflow::MOST_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) => Ok((bytes, "standard input".into())),
        Err(error) => Err(Error::unreadable(error.kind().to_string())),
    }
}
