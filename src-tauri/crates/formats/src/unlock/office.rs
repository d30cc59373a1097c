//! Encrypted packages of Office (MS-OFFCRYPTO 2.3.4.5 and 2.3.4.10): a compound file that says how, and holds the encrypted document.

use std::io::{Cursor, Read};

use aes::cipher::{BlockCipherDecrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cfb::CompoundFile;
use roxmltree::{Document, Node};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::old;
use crate::ole::{u16_at, u32_at};
use crate::{Format, Limits, ReadError};

/// Rounds of the hash at most (2.3.4.10).
const ROUNDS: u32 = 10_000_000;

/// Rounds of the hash in standard encryption (2.3.4.7).
const STANDARD_ROUNDS: u32 = 50_000;

/// Bytes that are encrypted at a time in agile encryption (2.3.4.15).
const SEGMENT: usize = 4096;

/// What keys of the password are made for (2.3.4.13).
const INPUT: [u8; 8] = [0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79];
const VALUE: [u8; 8] = [0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e];
const KEY: [u8; 8] = [0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6];

const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Docx };

/// The document inside, whose own checksums tell whether it is whole.
pub(super) fn package(bytes: &[u8], password: &str, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let mut file = CompoundFile::open(Cursor::new(bytes)).map_err(|_| CORRUPT)?;
    let secret = Zeroizing::new(password.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    if !file.is_stream("/EncryptedPackage") {
        return old::streams(bytes, &secret, limits);
    }
    let mut stream = |name: &str| {
        let mut bytes = Vec::new();
        let stream = file.open_stream(name).map_err(|_| ReadError::Encrypted)?;
        stream.take(limits.max_input).read_to_end(&mut bytes).map_err(|_| CORRUPT)?;
        Ok::<_, ReadError>(bytes)
    };
    let (info, package) = (stream("/EncryptionInfo")?, stream("/EncryptedPackage")?);
    let (size, content) = package.split_first_chunk::<8>().ok_or(CORRUPT)?;
    let mut plain = match (u16_at(&info, 0), u16_at(&info, 2), info.get(8..)) {
        (Some(4), Some(4), Some(xml)) => agile(xml, &secret, content)?,
        (Some(2..=4), Some(2), Some(binary)) => standard(binary, &secret, content)?,
        _ => return Err(ReadError::Encrypted),
    };
    let size = usize::try_from(u64::from_le_bytes(*size)).map_err(|_| CORRUPT)?;
    if size > plain.len() {
        return Err(CORRUPT);
    }
    plain.truncate(size);
    Ok(plain)
}

fn agile(xml: &[u8], password: &[u8], content: &[u8]) -> Result<Vec<u8>, ReadError> {
    let text = std::str::from_utf8(xml).map_err(|_| CORRUPT)?.trim_end_matches('\0');
    let document = Document::parse(text).map_err(|_| CORRUPT)?;
    let find = |name: &str| document.descendants().find(|n| n.tag_name().name() == name);
    // A certificate may be the only key.
    let (data, by_password) = (find("keyData").ok_or(CORRUPT)?, find("encryptedKey").ok_or(ReadError::Encrypted)?);
    let (key, package) = (Parameters::of(by_password)?, Parameters::of(data)?);
    let rounds = by_password.attribute("spinCount").and_then(|n| n.parse().ok()).filter(|n| *n <= ROUNDS).ok_or(CORRUPT)?;
    let whole = key.hash.rounds(&key.salt, password, rounds);
    let opened = |name: &str, purpose: &[u8]| {
        let key_of = sized(key.hash.of(&[&whole, purpose]), key.bytes);
        cbc(&key_of, &sized(key.salt.clone(), 16), &encoded(by_password, name)?)
    };
    let (input, value) = (opened("encryptedVerifierHashInput", &INPUT)?, opened("encryptedVerifierHashValue", &VALUE)?);
    let told = key.hash.of(&[input.get(..key.salt.len()).ok_or(CORRUPT)?]);
    if value.get(..told.len()) != Some(&told[..]) {
        return Err(ReadError::WrongPassword);
    }
    let mut secret = opened("encryptedKeyValue", &KEY)?;
    secret.truncate(package.bytes);
    let segments = (0u32..).zip(content.chunks(SEGMENT)).map(|(number, segment)| {
        let start = sized(package.hash.of(&[&package.salt, &number.to_le_bytes()]), 16);
        cbc(&secret, &start, segment)
    });
    Ok(segments.collect::<Result<Vec<_>, _>>()?.concat())
}

fn standard(info: &[u8], password: &[u8], content: &[u8]) -> Result<Vec<u8>, ReadError> {
    let header = u32_at(info, 0).ok_or(CORRUPT)? as usize;
    let bytes = key_bytes(u32_at(info, 4 + 16).ok_or(CORRUPT)? as usize)?;
    let verifier = header.checked_add(4).and_then(|at| info.get(at..)).ok_or(CORRUPT)?;
    let part = |from: usize, to: usize| verifier.get(from..to).ok_or(CORRUPT);
    let whole = Hash::Sha1.of(&[&Hash::Sha1.rounds(part(4, 20)?, password, STANDARD_ROUNDS), &0u32.to_le_bytes()]);
    // 2.3.4.7: as CryptDeriveKey of Windows does it.
    let pad = |by: u8| {
        let mut block = [by; 64];
        block.iter_mut().zip(&whole).for_each(|(b, h)| *b ^= h);
        Hash::Sha1.of(&[&block])
    };
    let key = sized([pad(0x36), pad(0x5c)].concat(), bytes);
    let input = ecb(&key, part(20, 36)?)?;
    let value = ecb(&key, part(40, 72)?)?;
    let told = Hash::Sha1.of(&[&input]);
    if value.get(..told.len()) != Some(&told[..]) {
        return Err(ReadError::WrongPassword);
    }
    ecb(&key, content)
}

/// What an element of agile encryption says of its cipher, which has to be AES in chained blocks.
struct Parameters {
    salt: Vec<u8>,
    bytes: usize,
    hash: Hash,
}

impl Parameters {
    fn of(node: Node<'_, '_>) -> Result<Self, ReadError> {
        if node.attribute("cipherAlgorithm") != Some("AES") || node.attribute("cipherChaining") != Some("ChainingModeCBC") {
            return Err(ReadError::Encrypted);
        }
        let hash = match node.attribute("hashAlgorithm") {
            Some("SHA1" | "SHA-1") => Hash::Sha1,
            Some("SHA256" | "SHA-256") => Hash::Sha256,
            Some("SHA384" | "SHA-384") => Hash::Sha384,
            Some("SHA512" | "SHA-512") => Hash::Sha512,
            _ => return Err(ReadError::Encrypted),
        };
        let bits: usize = node.attribute("keyBits").and_then(|n| n.parse().ok()).ok_or(CORRUPT)?;
        Ok(Self { salt: encoded(node, "saltValue")?, bytes: key_bytes(bits)?, hash })
    }
}

#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        fn digest<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hash = D::new();
            parts.iter().for_each(|part| hash.update(part));
            hash.finalize().to_vec()
        }
        match self {
            Hash::Sha1 => digest::<Sha1>(parts),
            Hash::Sha256 => digest::<Sha256>(parts),
            Hash::Sha384 => digest::<Sha384>(parts),
            Hash::Sha512 => digest::<Sha512>(parts),
        }
    }

    fn rounds(self, salt: &[u8], password: &[u8], rounds: u32) -> Zeroizing<Vec<u8>> {
        let first = self.of(&[salt, password]);
        Zeroizing::new((0..rounds).fold(first, |hash, round| self.of(&[&round.to_le_bytes(), &hash])))
    }
}

/// Bytes of a key of AES that has so many bits.
fn key_bytes(bits: usize) -> Result<usize, ReadError> {
    Some(bits / 8).filter(|bytes| matches!(bytes, 16 | 24 | 32)).ok_or(CORRUPT)
}

/// Bytes cut, or filled up with the byte that 2.3.4.12 names.
fn sized(mut bytes: Vec<u8>, to: usize) -> Zeroizing<Vec<u8>> {
    bytes.resize(to, 0x36);
    Zeroizing::new(bytes)
}

fn encoded(node: Node<'_, '_>, name: &str) -> Result<Vec<u8>, ReadError> {
    node.attribute(name).and_then(|value| STANDARD.decode(value).ok()).ok_or(CORRUPT)
}

/// Each block for itself. What is no whole block at the end is left out.
fn ecb(key: &[u8], bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
    fn each<C: BlockCipherDecrypt<BlockSize = aes::cipher::consts::U16>>(cipher: &C, bytes: &[u8]) -> Vec<u8> {
        let blocks = bytes.as_chunks::<16>().0.iter().map(|block| {
            let mut block = aes::Block::from(*block);
            cipher.decrypt_block(&mut block);
            <[u8; 16]>::from(block)
        });
        blocks.collect::<Vec<_>>().into_flattened()
    }
    match key.len() {
        16 => Aes128::new_from_slice(key).map(|cipher| each(&cipher, bytes)),
        24 => Aes192::new_from_slice(key).map(|cipher| each(&cipher, bytes)),
        _ => Aes256::new_from_slice(key).map(|cipher| each(&cipher, bytes)),
    }
    .map_err(|_| CORRUPT)
}

/// Each block mixed with the one before it.
pub(super) fn cbc(key: &[u8], start: &[u8], bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
    let mut plain = ecb(key, bytes)?;
    plain.iter_mut().zip(start.iter().chain(bytes)).for_each(|(byte, before)| *byte ^= before);
    Ok(plain)
}
