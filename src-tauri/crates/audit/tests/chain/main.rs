//! The log against everything that security.md lists in section 3.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod bench;
mod crash;
mod files;
mod rows;
mod schema;
mod writing;
