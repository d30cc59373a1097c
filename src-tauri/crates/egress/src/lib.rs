//! The one door to the network: of a record, nothing but a sealed prompt with the receipt of its log entry leaves through it.
//! Beside that, an administrator can have models pulled from a hub ([`Hub`]): public names go out, pinned files come in.
//!
//! A request is made once ([`Client::prepare`]), its digest is logged, and then exactly its bytes are sent
//! ([`Client::send`]). Raw text does not compile into either:
//!
//! ```compile_fail,E0308
//! fn prepare(client: egress::Client, provider: egress::Provider) {
//!     let _ = client.prepare(&provider, "Maria Lopez, 536-22-8726".to_string());
//! }
//! ```
//! ```compile_fail,E0308
//! fn send(client: egress::Client, receipt: audit::Receipt, cancel: egress::CancellationToken) {
//!     let _ = client.send("Maria Lopez".to_string(), receipt, &mut |_| {}, &cancel);
//! }
//! ```
//! Nothing is sent that was not logged:
//! ```compile_fail,E0061
//! fn send(client: egress::Client, outbound: egress::Outbound, cancel: egress::CancellationToken) {
//!     let _ = client.send(outbound, &mut |_| {}, &cancel);
//! }
//! ```
//! A receipt is for the bytes whose digest its entry announced ([`SendError::WrongReceipt`]), and one receipt sends once:
//! ```compile_fail,E0382
//! fn twice(client: egress::Client, outbound: egress::Outbound, receipt: audit::Receipt, cancel: egress::CancellationToken) {
//!     let _ = client.send(outbound, receipt, &mut |_| {}, &cancel);
//!     let _ = client.send(outbound, receipt, &mut |_| {}, &cancel);
//! }
//! ```

mod address;
mod answer;
mod client;
mod download;
mod error;
mod net;
mod outbound;
mod provider;
mod secret;
mod sse;

pub use address::{check as check_address, is_loopback};
pub use answer::{Answer, Failure, Stop};
pub use client::Client;
pub use download::{Commit, Described, DownloadError, Hub, HubFile, HubSettings, Progress};
pub use error::{Code, Phase, SendError};
pub use net::{Options, USER_AGENT};
pub use outbound::Outbound;
pub use provider::{Provider, Wire};
pub use secret::Secret;
pub use tokio_util::sync::CancellationToken;
