//! What the window tests need: the running window, a file dropped on it, a provider on loopback.

pub mod drop;
pub use product_tests::provider;
pub mod window;
