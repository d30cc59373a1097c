//! Taking a file's bytes from the disk without blocking, following links only where the user pointed, and within the limit.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

use crate::{Limits, ReadError};

/// Longest name that is shown.
const SHOWN: usize = 120;

/// Reads a file's bytes. A link given by the user is resolved first; what it leads to has to be a regular file, before and
/// after it was opened, and the same when the last byte was read.
pub fn open(path: &Path, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let path = std::fs::canonicalize(path)?;
    // Looked at before it is opened: to open a device or a pipe can already do something.
    if !std::fs::symlink_metadata(&path)?.is_file() {
        return Err(ReadError::NotRegular);
    }
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        options.custom_flags(flags.bits().try_into().unwrap_or_default());
    }
    read_all(options.open(&path)?, limits)
}

fn read_all(mut file: File, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let before = file.metadata()?;
    if !before.is_file() {
        return Err(ReadError::NotRegular);
    }
    let too_large = ReadError::TooLarge { limit: limits.max_input };
    if before.len() > limits.max_input {
        return Err(too_large);
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(before.len()).map_err(|_| too_large.clone())? + 1).map_err(|_| ReadError::Memory)?;
    file.by_ref().take(limits.max_input + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits.max_input {
        return Err(too_large);
    }
    if bytes.len() as u64 != before.len() || changed(&before, &file.metadata()?) {
        return Err(ReadError::Changed);
    }
    if bytes.is_empty() { Err(ReadError::Empty) } else { Ok(bytes) }
}

fn changed(before: &Metadata, after: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if after.nlink() == 0 {
            return true;
        }
    }
    before.len() != after.len() || before.modified().ok() != after.modified().ok()
}

/// A file's name for people to read: control characters and those that turn the writing direction are shown by their
/// number, so that no name can pretend to be another, and it has a bounded length.
pub fn display_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let mut shown = String::new();
    for (count, c) in name.chars().enumerate() {
        if count == SHOWN {
            shown.push('…');
            break;
        }
        let deceives = matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
        if c.is_control() || deceives {
            shown.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};

    #[test]
    fn a_name_cannot_turn_its_direction() {
        assert_eq!(display_name(Path::new("/tmp/report\u{202e}fdp.exe")), "report<U+202E>fdp.exe");
        assert_eq!(display_name(Path::new("a\nb\u{7}.txt")), "a<U+000A>b<U+0007>.txt");
        assert_eq!(display_name(Path::new(&"x".repeat(500))).chars().count(), SHOWN + 1);
        assert_eq!(display_name(Path::new("Befund Müller.pdf")), "Befund Müller.pdf");
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_is_gone_or_cut_when_the_last_byte_was_read_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.txt");
        std::fs::write(&path, "Maria Lopez").unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read_all(file, &Limits::default()), Err(ReadError::Changed));

        std::fs::write(&path, "Maria Lopez").unwrap();
        let before = std::fs::metadata(&path).unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(3).unwrap();
        assert!(changed(&before, &std::fs::metadata(&path).unwrap()));

        // Half of it is gone from under the reader: the length no longer fits.
        std::fs::write(&path, "Maria Lopez").unwrap();
        let mut file = File::open(&path).unwrap();
        file.seek_relative(5).unwrap();
        assert_eq!(read_all(file, &Limits::default()), Err(ReadError::Changed));
        File::create(&path).unwrap().flush().unwrap();
    }
}
