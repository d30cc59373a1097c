//! The log against everything that security.md lists in section 3.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::type_complexity, reason = "tests")]

mod bench;
mod crash;
mod files;
mod rows;
mod schema;
mod writing;
