//! Files that a password protects, as what they are without it: everything else then reads and writes them like any other file.

pub(crate) mod odf;
mod office;
pub(crate) mod old;

use std::io::{Cursor, Read, Write};

use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use lopdf::{Document, LoadOptions};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::draft::Draft;
use crate::sniff::{self, Shape};
use crate::{Format, Limits, ReadError, pdf};

/// The file without its password. [`ReadError::WrongPassword`] where it is another one, [`ReadError::Encrypted`] where no password
/// would help here.
pub fn unlock(bytes: &[u8], password: &str, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    match sniff::shape(bytes)? {
        Shape::Pdf => pdf::apart(|| document(bytes, password, limits)),
        Shape::Zip => archive(bytes, password, limits),
        Shape::Ole => office::package(bytes, password, limits),
        _ => Err(ReadError::Encrypted),
    }
}

/// What Excel locks a workbook with whose author only protected it from changes, and opens without a word (MS-OFFCRYPTO 2.4.2.3).
const UNASKED: &str = "VelvetSweatshop";

/// The file without the password that nobody chose; none where it has another one.
pub(crate) fn unasked(bytes: &[u8], limits: &Limits) -> Option<Vec<u8>> {
    office::package(bytes, UNASKED, limits).ok()
}

/// A PDF written anew. Nothing may get lost on the way: the reader that knows the password has to see the same in both.
fn document(bytes: &[u8], password: &str, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let sealed = Pdf::new_with_password(bytes.to_vec(), password).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => ReadError::WrongPassword,
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => ReadError::Encrypted,
    })?;
    let mut open = Document::load_mem_with_options(bytes, LoadOptions::with_password(password)).map_err(|_| ReadError::Encrypted)?;
    open.trailer.remove(b"Encrypt");
    open.encryption_state = None;
    let mut written = Vec::new();
    open.save_to(&mut written).map_err(|_| ReadError::Encrypted)?;
    let seen = |pdf: &Pdf| {
        let mut draft = Draft::new(limits);
        pdf::document(pdf, limits, &mut draft, None)?;
        Ok::<_, ReadError>((pdf.pages().len(), draft.text().to_owned(), draft.notes.clone()))
    };
    if seen(&sealed)? == seen(&pdf::load(&written, limits)?)? { Ok(written) } else { Err(ReadError::Encrypted) }
}

/// An archive of the same entries, in their order.
fn archive(bytes: &[u8], password: &str, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Zip };
    let mut locked = ZipArchive::new(Cursor::new(bytes)).map_err(|_| CORRUPT)?;
    if locked.len() > limits.max_entries {
        return Err(ReadError::Bomb);
    }
    if locked.index_for_name("mimetype").is_some() && locked.index_for_name(odf::MANIFEST).is_some() {
        return odf::package(bytes, password, limits);
    }
    let mut open = ZipWriter::new(Cursor::new(Vec::new()));
    let mut left = limits.max_unpacked;
    for number in 0..locked.len() {
        let entry = locked.by_index_decrypt(number, password.as_bytes()).map_err(|error| match error {
            ZipError::InvalidPassword => ReadError::WrongPassword,
            _ => CORRUPT,
        })?;
        let (name, encrypted) = (entry.name().map_err(|_| CORRUPT)?.into_owned(), entry.encrypted());
        if entry.is_dir() {
            open.add_directory(name, SimpleFileOptions::default()).map_err(|_| CORRUPT)?;
            continue;
        }
        let mut content = Vec::new();
        // The old cipher tells one wrong password in 256 only by what comes out.
        let wrong = if encrypted { ReadError::WrongPassword } else { CORRUPT };
        entry.take(left + 1).read_to_end(&mut content).map_err(|_| wrong)?;
        left = left.checked_sub(content.len() as u64).ok_or(ReadError::Bomb)?;
        let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        open.start_file(name, deflated).map_err(|_| CORRUPT)?;
        open.write_all(&content).map_err(|_| CORRUPT)?;
    }
    Ok(open.finish().map_err(|_| CORRUPT)?.into_inner())
}
