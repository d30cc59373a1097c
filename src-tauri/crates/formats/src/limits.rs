//! How much of a file is read before it is refused.

use serde::{Deserialize, Serialize};

/// Bounds on a reading. Every bound is counted on what was really read, never on what a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of the file.
    pub max_input: u64,
    /// Bytes of text.
    pub max_text: usize,
    /// Entries of an archive.
    pub max_entries: usize,
    /// Bytes of an archive's entries, unpacked, all together.
    pub max_unpacked: u64,
    /// Nesting of XML and JSON.
    pub max_depth: usize,
    /// Pages of a PDF.
    pub max_pages: usize,
    /// Bytes of address space that the confined process may take beyond what it starts with.
    pub max_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Self {
            max_input: 64 * MIB as u64,
            max_text: 32 * MIB,
            max_entries: 4096,
            max_unpacked: 256 * MIB as u64,
            max_depth: 128,
            max_pages: 5000,
            max_memory: 1536 * MIB as u64,
        }
    }
}
