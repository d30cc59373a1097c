//! A window as the encoder gets it, and what the encoder says about it: plain numbers, whichever way they are computed.

use crate::pieces::Piece;

/// The pieces of a window between the tokens that begin and end it. Equal sequences have equal outputs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Sequence {
    pub ids: Vec<u32>,
    pub shapes: Vec<u32>,
    pub gaps: Vec<u32>,
}

impl Sequence {
    pub(crate) fn new(pieces: &[Piece], first: u32, last: u32) -> Sequence {
        let between =
            |of: fn(&Piece) -> u32, first: u32, last: u32| [first].into_iter().chain(pieces.iter().map(of)).chain([last]).collect();
        Sequence { ids: between(|p| p.id, first, last), shapes: between(|p| p.shape, 0, 0), gaps: between(|p| p.gap, 0, 0) }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }
}

/// What the heads say about a sequence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Output {
    /// A logit for each label, for each token of the sequence.
    pub tags: Vec<Vec<f32>>,
    pub class: Vec<f32>,
    pub embedding: Vec<f32>,
}
