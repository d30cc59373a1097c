//! Finding, resolving, transforming and restoring identifiers: pure text, no file, clock, network or database.

mod case;
mod class;
mod codes;
mod deidentified;
mod detection;
mod entity;
mod gate;
mod misspelt;
mod normalize;
mod operators;
mod phi;
mod pipeline;
mod placeholder;
mod propagate;
pub mod recognizers;
mod rejoin;
mod resolve;
mod sensitivity;
mod span;
mod terms;
mod vault;

pub use case::found_in_case;
pub use class::{Classification, Domain, RecordClass};
pub use deidentified::{DeidentifiedPrompt, INSTRUCTION, instruction};
pub use detection::{Cancel, Detection, Encoder, Reading, RecognizeError, Source};
pub use entity::{EntityType, Kind};
pub use gate::{Gate, Leak};
pub use operators::{Applied, Case, Grain, Operator, Operators, Piece, Plan, Preset, Refused, Seed, Shift, needed};
pub use phi::Phi;
pub use pipeline::{Analysis, Pipeline, PrepareError, Reviewed, Transformed, found_everywhere};
pub use placeholder::{Numbering, Segment, is_restorable};
pub use propagate::propagate;
pub use resolve::resolve;
pub use sensitivity::{PSYCHOTHERAPY, SUBSTANCE_USE, special_categories};
pub use span::{Positions, Span, Unit};
pub use vault::{Part, Restorer, Vault, VaultEntry};
