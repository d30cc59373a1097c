//! What the tests of the whole product share.

pub mod provider;

use sha2::{Digest, Sha256};

/// The SHA-256 of bytes, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
