//! The files that somebody points at, those in folders included.

use std::path::{Path, PathBuf};

/// The files themselves, and those in folders and their folders in the order of their names. Left out are hidden files, the marks
/// that Office leaves beside open documents, and links in folders: they could lead anywhere.
pub fn files(named: &[PathBuf]) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for path in named {
        if path.is_dir() { inside(path, &mut all) } else { all.push(path.clone()) }
    }
    all
}

fn inside(folder: &Path, all: &mut Vec<PathBuf>) {
    // A folder that cannot be listed is named as it is, and reading it says why.
    let Ok(entries) = std::fs::read_dir(folder) else { return all.push(folder.to_owned()) };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    entries.sort();
    for entry in entries {
        let left_out = entry.file_name().is_some_and(|n| [&b"."[..], b"~$"].iter().any(|start| n.as_encoded_bytes().starts_with(start)));
        match entry.symlink_metadata() {
            Ok(kind) if !left_out && kind.is_dir() => inside(&entry, all),
            Ok(kind) if !left_out && kind.is_file() => all.push(entry),
            _ => {}
        }
    }
}

/// How a file is now: when it changes, so does this.
pub fn stamp(path: &Path) -> Option<String> {
    let about = std::fs::metadata(path).ok()?;
    let since = about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Some(format!("{} {}", about.len(), since.as_nanos()))
}
