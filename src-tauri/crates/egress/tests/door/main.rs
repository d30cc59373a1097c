//! The door against real servers on this computer. Tests are named by the security goals that they hold.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test stops where it goes wrong")]

mod cuts;
mod faults;
mod hub;
mod payload;
mod proxy;
mod support;
mod tls;
mod wires;
