//! The local models, run by candle, behind plain data: no tensor leaves this room.

mod bert;
mod decode;
mod device;
mod encoder;
mod manifest;
mod pieces;
mod windows;

pub use encoder::LocalEncoder;
pub use manifest::{Manifest, ModelEntry, ModelError, ModelFile};
