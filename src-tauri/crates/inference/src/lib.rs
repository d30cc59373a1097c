//! The local models, behind plain data: no tensor leaves this room. On a processor they run in 8-bit integers (`int8`), on a GPU
//! and as the reference in floats by candle (`bert`). Models from a hub (`hub`) run in floats beside it.

mod bert;
mod cores;
mod decode;
mod device;
mod encoder;
mod hub;
mod int8;
mod manifest;
mod pairs;
mod pieces;
mod processor;
mod sequence;
mod shared;
mod windows;

#[cfg(feature = "bench")]
pub use encoder::tensors;
pub use encoder::{Arithmetic, LocalEncoder, Settings};
pub use hub::{HubDraft, Tagger, Together};
pub use manifest::{HubModel, Manifest, ModelEntry, ModelError, ModelFile};
