//! Encrypted OpenDocument files (OASIS ODF 1.3 part 2, 3.16 and 4.8): the manifest says of each entry how its deflated bytes are
//! encrypted. The newer way, one encrypted package, and the older one, Blowfish, are not opened here.

use std::collections::HashMap;
use std::io::{Cursor, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;
use pbkdf2::pbkdf2_hmac;
use roxmltree::Node;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::office::cbc;
use crate::ccda::parse;
use crate::{Format, Limits, ReadError};

/// Where the manifest stands (part 2, 3.2).
pub(crate) const MANIFEST: &str = "META-INF/manifest.xml";

/// Rounds of the key's derivation at most, all keys of a file together: each entry may have its own.
const ROUNDS: u32 = 10_000_000;

/// Bytes of an entry that its checksum is of (part 2, 4.8.3).
const CHECKED: usize = 1024;

const CORRUPT: ReadError = ReadError::Corrupt { format: Format::OpenDocument };

/// Whether the manifest says that entries are encrypted in the way that is opened here.
pub(crate) fn is_opened_here(manifest: &str) -> bool {
    manifest.contains("#aes256-cbc") && !manifest.contains("blowfish")
}

/// How an entry is encrypted.
struct Sealed {
    salt: Vec<u8>,
    start: Vec<u8>,
    rounds: u32,
    checksum: Vec<u8>,
}

/// The package with its entries as they are without the password, and a manifest that says so.
pub(super) fn package(bytes: &[u8], password: &str, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let mut locked = ZipArchive::new(Cursor::new(bytes)).map_err(|_| CORRUPT)?;
    let mut manifest = String::new();
    locked.by_name(MANIFEST).map_err(|_| CORRUPT)?.take(limits.max_input).read_to_string(&mut manifest).map_err(|_| CORRUPT)?;
    if !is_opened_here(&manifest) {
        return Err(ReadError::Encrypted);
    }
    let (sealed, open_manifest) = read(&manifest, limits)?;
    let start = Zeroizing::new(Sha256::digest(password.as_bytes()).to_vec());
    let mut keys = HashMap::<(Vec<u8>, u32), Zeroizing<[u8; 32]>>::new();
    let (mut rounds, mut left) = (ROUNDS, limits.max_unpacked);
    let mut open = ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for number in 0..locked.len() {
        let entry = locked.by_index(number).map_err(|_| CORRUPT)?;
        let name = entry.name().map_err(|_| CORRUPT)?.into_owned();
        if entry.is_dir() {
            open.add_directory(name, SimpleFileOptions::default()).map_err(|_| CORRUPT)?;
            continue;
        }
        let mut content = Vec::new();
        entry.take(left + 1).read_to_end(&mut content).map_err(|_| CORRUPT)?;
        if let Some(how) = sealed.get(&name) {
            let of = (how.salt.clone(), how.rounds);
            if !keys.contains_key(&of) {
                rounds = rounds.checked_sub(how.rounds).ok_or(ReadError::Bomb)?;
                let mut key = Zeroizing::new([0; 32]);
                pbkdf2_hmac::<Sha1>(&start, &how.salt, how.rounds, &mut *key);
                keys.insert(of.clone(), key);
            }
            let key = keys.get(&of).ok_or(CORRUPT)?;
            content = unsealed(how, &**key, &content, left)?;
        } else if name == MANIFEST {
            content = open_manifest.clone().into_bytes();
        }
        left = left.checked_sub(content.len() as u64).ok_or(ReadError::Bomb)?;
        // The kind of the document stands unpacked, so that its bytes show it (part 2, 3.3).
        let method = if name == "mimetype" { SimpleFileOptions::default().compression_method(CompressionMethod::Stored) } else { deflated };
        open.start_file(name, method).map_err(|_| CORRUPT)?;
        open.write_all(&content).map_err(|_| CORRUPT)?;
    }
    Ok(open.finish().map_err(|_| CORRUPT)?.into_inner())
}

/// An entry as it was before it was deflated, filled up and encrypted.
fn unsealed(how: &Sealed, key: &[u8], content: &[u8], most: u64) -> Result<Vec<u8>, ReadError> {
    let mut deflated = cbc(key, &how.start, content)?;
    // The last byte says how many fill the last block (XML Encryption 1.0, 5.2).
    let filled = deflated.last().map_or(0, |last| usize::from(*last));
    let whole = deflated.len().checked_sub(filled).filter(|_| (1..=16).contains(&filled)).ok_or(ReadError::WrongPassword)?;
    deflated.truncate(whole);
    let checked = deflated.get(..CHECKED).unwrap_or(&deflated);
    if Sha256::digest(checked).as_slice() != how.checksum {
        return Err(ReadError::WrongPassword);
    }
    let mut plain = Vec::new();
    DeflateDecoder::new(deflated.as_slice()).take(most + 1).read_to_end(&mut plain).map_err(|_| CORRUPT)?;
    Ok(plain)
}

/// The encrypted entries by name, and the manifest without what it says of that.
fn read(manifest: &str, limits: &Limits) -> Result<(HashMap<String, Sealed>, String), ReadError> {
    let document = parse(manifest, limits, Format::OpenDocument)?;
    let mut sealed = HashMap::new();
    let mut open = String::new();
    let mut done = 0;
    for data in document.descendants().filter(|n| n.tag_name().name() == "encryption-data") {
        let part = |name: &str| data.children().find(|n| n.tag_name().name() == name).ok_or(CORRUPT);
        let (algorithm, derivation) = (part("algorithm")?, part("key-derivation")?);
        let ends = |node: Node<'_, '_>, name: &str, end: &str| named(node, name).is_some_and(|value| value.ends_with(end));
        let known = ends(data, "checksum-type", "#sha256-1k")
            && ends(algorithm, "algorithm-name", "#aes256-cbc")
            && (ends(derivation, "key-derivation-name", "PBKDF2") || ends(derivation, "key-derivation-name", "#pbkdf2"))
            && part("start-key-generation").is_ok_and(|s| ends(s, "start-key-generation-name", "#sha256"));
        if !known {
            return Err(ReadError::Encrypted);
        }
        let rounds = named(derivation, "iteration-count").and_then(|n| n.parse().ok()).filter(|n| (1..=ROUNDS).contains(n));
        let bytes = |node: Node<'_, '_>, name: &str| named(node, name).and_then(|value| STANDARD.decode(value).ok()).ok_or(CORRUPT);
        let how = Sealed {
            salt: bytes(derivation, "salt")?,
            start: bytes(algorithm, "initialisation-vector")?,
            rounds: rounds.ok_or(CORRUPT)?,
            checksum: bytes(data, "checksum")?,
        };
        let name = data.parent().and_then(|entry| named(entry, "full-path")).ok_or(CORRUPT)?;
        sealed.insert(name.to_owned(), how);
        let at = data.range();
        open.push_str(manifest.get(done..at.start).unwrap_or_default());
        done = at.end;
    }
    open.push_str(manifest.get(done..).unwrap_or_default());
    Ok((sealed, open))
}

/// An attribute of the manifest's own namespace.
fn named<'n>(node: Node<'n, '_>, name: &str) -> Option<&'n str> {
    node.attributes().find(|a| a.name() == name).map(|a| a.value())
}
