//! Records from files or from standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use workflow::{Engine, Error, ErrorCode, Phi, Record};

use crate::arguments::Locked;

/// The files to read, those in folders included; standard input where none is named.
pub fn or_stdin(files: Vec<PathBuf>) -> Vec<PathBuf> {
    if files.is_empty() { vec![PathBuf::from("-")] } else { workflow::files(&files) }
}

/// Passwords that files may have, a line each, from a file or from standard input: arguments can be seen by others.
pub fn passwords(from: &Locked, files: &[PathBuf]) -> Result<Vec<Phi<String>>, Error> {
    let Some(path) = &from.password_file else { return Ok(Vec::new()) };
    if is_stdin(path) && (files.is_empty() || files.iter().any(|file| is_stdin(file))) {
        return Err(Error::unreadable("standard input cannot give both a record and its password".into()));
    }
    let read = if is_stdin(path) { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    let lines = Phi::new(read.map_err(|e| Error::unreadable(format!("the passwords cannot be read: {}", e.kind())))?);
    Ok(lines.expose().lines().map(Phi::from).collect())
}

/// Reads bytes; where a password is needed, with the first one that opens them. Gives what was read, and from which bytes.
pub async fn unlocked(engine: &Engine, bytes: Vec<u8>, name: &str, passwords: &[Phi<String>]) -> Result<(Record, Vec<u8>), Error> {
    let locked = match engine.read_bytes(bytes.clone(), name).await {
        Ok(record) => return Ok((record, bytes)),
        Err(error) if error.code == ErrorCode::PasswordNeeded => error,
        Err(error) => return Err(error),
    };
    let mut refused = Error { hint: "give its password by --password-file".into(), ..locked };
    for password in passwords {
        match engine.unlock(bytes.clone(), password.expose()).await {
            Ok(open) => return Ok((engine.read_bytes(open.clone(), name).await?, open)),
            Err(error) if error.code == ErrorCode::WrongPassword => {
                refused = Error { message: "no password that was given opens the file".into(), hint: String::new(), ..error };
            }
            Err(error) => return Err(error),
        }
    }
    Err(refused)
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
pub async fn read(engine: &Engine, path: &Path, passwords: &[Phi<String>]) -> Result<Record, Error> {
    let (bytes, name) = bytes(engine, path).await?;
    unlocked(engine, bytes, &name, passwords).await.map(|(record, _)| record)
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
