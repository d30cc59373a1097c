//! Encrypted workbooks and documents of Office 97 to 2003 (MS-OFFCRYPTO 2.3.5 and 2.3.6): their streams under RC4, which begins anew
//! with every block. The older XOR, and presentations, whose every object is encrypted for itself, are not opened here.

use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use cfb::CompoundFile;
use md5::Md5;
use rc4::{KeyInit, Rc4, StreamCipher};
use sha1::Sha1;
use sha2::Digest;
use zeroize::Zeroizing;

use crate::ole::{u16_at, u32_at};
use crate::{Format, Limits, ReadError};

/// Bytes of a block in a workbook (MS-XLS 2.2.10) and in a document (MS-DOC 2.2.6.2).
const WORKBOOK_BLOCK: usize = 1024;
const DOCUMENT_BLOCK: usize = 512;

/// What of a document's stream is not encrypted (MS-DOC 2.2.6.2), and where its flags stand (2.5.2).
const PLAIN: usize = 68;
const FLAGS: usize = 0x0a;
const ENCRYPTED: u16 = 0x0100;
const OBFUSCATED: u16 = 0x8000;

/// Records of a workbook (MS-XLS 2.3): the one that says how it is encrypted, and what takes its place.
pub(crate) const FILE_PASS: u16 = 0x002f;
const NOTHING: u16 = 0x00e2;
/// Records that stay as they are (MS-XLS 2.2.10), and the one that says where a sheet begins, whose first four bytes do.
const STAY: &[u16] = &[0x0809, FILE_PASS, 0x0194, 0x0195, 0x00e1, 0x0196, 0x0138];
const SHEET: u16 = 0x0085;

type File = CompoundFile<Cursor<Vec<u8>>>;

/// Whether the flags of a document say that a password opens it here.
pub(crate) fn is_opened_here(flags: u16) -> bool {
    flags & ENCRYPTED != 0 && flags & OBFUSCATED == 0
}

/// The same file with its streams as they are without the password.
pub(super) fn streams(bytes: &[u8], password: &[u8], limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let corrupt = ReadError::Corrupt { format: Format::Xls };
    let mut file = CompoundFile::open(Cursor::new(bytes.to_vec())).map_err(|_| corrupt)?;
    let names = ["/Workbook", "/Book"];
    if let Some(name) = names.into_iter().find(|name| file.is_stream(name)) {
        let stream = read(&mut file, name, limits)?;
        write(&mut file, name, &workbook(stream, password)?)?;
    } else if file.is_stream("/WordDocument") {
        document(&mut file, password, limits)?;
    } else {
        return Err(ReadError::Encrypted);
    }
    Ok(file.into_inner().into_inner())
}

fn read(file: &mut File, name: &str, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let stream = file.open_stream(name).map_err(|_| ReadError::Corrupt { format: Format::Doc })?;
    stream.take(limits.max_input).read_to_end(&mut bytes).map_err(|_| ReadError::Corrupt { format: Format::Doc })?;
    Ok(bytes)
}

fn write(file: &mut File, name: &str, bytes: &[u8]) -> Result<(), ReadError> {
    let corrupt = |_| ReadError::Corrupt { format: Format::Doc };
    let mut stream = file.open_stream(name).map_err(corrupt)?;
    stream.seek(SeekFrom::Start(0)).map_err(corrupt)?;
    stream.write_all(bytes).and_then(|()| stream.flush()).map_err(corrupt)
}

fn workbook(mut stream: Vec<u8>, password: &[u8]) -> Result<Vec<u8>, ReadError> {
    let (mut at, mut key) = (0, None::<Key>);
    while let (Some(kind), Some(length)) = (u16_at(&stream, at), u16_at(&stream, at + 2)) {
        let body = at + 4;
        let end = body.saturating_add(usize::from(length)).min(stream.len());
        if kind == FILE_PASS && key.is_none() {
            // 1: RC4 (MS-XLS 2.4.117).
            if u16_at(&stream, body) != Some(1) {
                return Err(ReadError::Encrypted);
            }
            key = Some(Key::opened(stream.get(body + 2..end).unwrap_or_default(), password)?);
            stream.get_mut(at..at + 2).into_iter().for_each(|kind| kind.copy_from_slice(&NOTHING.to_le_bytes()));
        } else if let Some(key) = key.as_ref().filter(|_| !STAY.contains(&kind)) {
            let from = if kind == SHEET { (body + 4).min(end) } else { body };
            key.apply(&mut stream, from..end, WORKBOOK_BLOCK);
        }
        at = end;
    }
    if key.is_some() { Ok(stream) } else { Err(ReadError::Encrypted) }
}

fn document(file: &mut File, password: &[u8], limits: &Limits) -> Result<(), ReadError> {
    let corrupt = ReadError::Corrupt { format: Format::Doc };
    let mut words = read(file, "/WordDocument", limits)?;
    let flags = u16_at(&words, FLAGS).filter(|_| words.len() > PLAIN).ok_or(corrupt.clone())?;
    if !is_opened_here(flags) {
        return Err(ReadError::Encrypted);
    }
    let table_name = if flags & 0x0200 != 0 { "/1Table" } else { "/0Table" };
    let mut table = read(file, table_name, limits)?;
    // lKey: how long the table's beginning is that says how (MS-DOC 2.5.2).
    let head = u32_at(&words, 0x0e).map_or(0, |n| n as usize);
    let key = Key::opened(table.get(..head).ok_or(corrupt)?, password)?;
    let whole = 0..table.len();
    key.apply(&mut table, whole, DOCUMENT_BLOCK);
    write(file, table_name, &table)?;
    if file.is_stream("/Data") {
        let mut data = read(file, "/Data", limits)?;
        let whole = 0..data.len();
        key.apply(&mut data, whole, DOCUMENT_BLOCK);
        write(file, "/Data", &data)?;
    }
    let rest = PLAIN..words.len();
    key.apply(&mut words, rest, DOCUMENT_BLOCK);
    words.get_mut(FLAGS..FLAGS + 2).into_iter().for_each(|at| at.copy_from_slice(&(flags & !ENCRYPTED).to_le_bytes()));
    write(file, "/WordDocument", &words)
}

/// What a block's key is made from.
struct Key {
    secret: Zeroizing<Vec<u8>>,
    /// Bytes of a key by SHA-1; none: sixteen by MD5.
    bytes: Option<usize>,
}

impl Key {
    /// The key of a password that fits what an encryption header (2.3.5.1, 2.3.6.1) holds to tell.
    fn opened(header: &[u8], password: &[u8]) -> Result<Self, ReadError> {
        let part = |from: usize, length: usize| header.get(from..from + length).ok_or(ReadError::Encrypted);
        let (key, input, value) = match (u16_at(header, 0), u16_at(header, 2)) {
            (Some(1), Some(1)) => {
                // 2.3.6.2
                let first = Zeroizing::new(Md5::digest(password).to_vec());
                let mixed = [first.get(..5).unwrap_or_default(), part(4, 16)?].concat().repeat(16);
                let secret = Zeroizing::new(Md5::digest(mixed).as_slice().get(..5).unwrap_or_default().to_vec());
                (Self { secret, bytes: None }, part(20, 16)?, part(36, 16)?)
            }
            (Some(2..=4), Some(2)) => {
                // 2.3.5.2
                let size = u32_at(header, 8).ok_or(ReadError::Encrypted)? as usize;
                let bits = u32_at(header, 12 + 16).ok_or(ReadError::Encrypted)?;
                let verifier = size.checked_add(12).ok_or(ReadError::Encrypted)?;
                let told = |from: usize, length: usize| part(verifier.saturating_add(from).min(header.len()), length);
                let secret = Zeroizing::new(Sha1::digest([told(4, 16)?, password].concat()).to_vec());
                let bytes = if bits == 0 { 5 } else { (bits as usize / 8).clamp(5, 16) };
                (Self { secret, bytes: Some(bytes) }, told(20, 16)?, told(40, 20)?)
            }
            _ => return Err(ReadError::Encrypted),
        };
        // Both were encrypted one behind the other.
        let mut told = [input, value].concat();
        let whole = 0..told.len();
        key.apply(&mut told, whole, DOCUMENT_BLOCK);
        let (input, value) = told.split_at(input.len());
        let hash = if key.bytes.is_some() { Sha1::digest(input).to_vec() } else { Md5::digest(input).to_vec() };
        if hash == value { Ok(key) } else { Err(ReadError::WrongPassword) }
    }

    fn of_block(&self, number: u32) -> Zeroizing<Vec<u8>> {
        let mixed = Zeroizing::new([self.secret.as_slice(), &number.to_le_bytes()].concat());
        let mut key = match self.bytes {
            None => Md5::digest(&*mixed).to_vec(),
            Some(bytes) => Sha1::digest(&*mixed).as_slice().get(..bytes).unwrap_or_default().to_vec(),
        };
        // A key of 40 bits is one of 128 whose rest is nothing (2.3.5.2).
        if key.len() == 5 {
            key.resize(16, 0);
        }
        Zeroizing::new(key)
    }

    /// Decrypts a part of a stream; where in its block it stands decides what of the key's stream it meets.
    fn apply(&self, stream: &mut [u8], part: std::ops::Range<usize>, block: usize) {
        let mut at = part.start;
        while at < part.end {
            let (number, skip) = (at / block, at % block);
            let end = part.end.min((number + 1) * block);
            let Ok(mut cipher) = Rc4::new_from_slice(&self.of_block(number as u32)) else { return };
            cipher.apply_keystream(&mut vec![0; skip]);
            stream.get_mut(at..end).into_iter().for_each(|bytes| cipher.apply_keystream(bytes));
            at = end;
        }
    }
}
