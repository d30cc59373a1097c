//! What the words by themselves say of the class: a linear model over word pieces and pairs of neighbours, each counted once, whose
//! answer is added to that of the encoder's head.

use std::collections::HashMap;

use candle_core::{DType, Tensor};

use crate::ModelError;
use crate::pieces::Piece;

/// Places that pieces and pairs share, and the bits of a product that choose one: as `models/training/cordon_training/pairs.py` does.
const PLACES: usize = 1 << BITS;
const BITS: u32 = 14;
const FIRST: u32 = 0x9e37_79b1;
const SECOND: u32 = 0x85eb_ca6b;

pub(crate) struct Pairs {
    /// For each place what it says of each class.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Pairs {
    /// Takes them out of a model's tensors; none where it has none.
    pub fn taken(weights: &mut HashMap<String, Tensor>, classes: usize) -> Result<Option<Self>, ModelError> {
        let mut take = |name: &str, shape: &[usize]| -> Result<Option<Vec<f32>>, ModelError> {
            let Some(tensor) = weights.remove(name) else { return Ok(None) };
            if tensor.dims() != shape {
                return Err(ModelError::Shape(format!("tensor `{name}` has another shape")));
            }
            let floats = tensor.to_dtype(DType::F32).and_then(|t| t.flatten_all()).and_then(|t| t.to_vec1());
            floats.map(Some).map_err(|e| ModelError::Shape(e.to_string()))
        };
        let (weights, bias) = (take("class_pairs.weight", &[PLACES, classes])?, take("class_pairs.bias", &[classes])?);
        match (weights, bias) {
            (Some(weights), Some(bias)) => Ok(Some(Self { weights, bias })),
            (None, None) => Ok(None),
            _ => Err(ModelError::Shape("half of `class_pairs` is missing".into())),
        }
    }

    /// Adds what the pieces of a text say to the logits of its class.
    pub fn add(&self, pieces: &[Piece], logits: &mut [f32]) {
        let mut places = vec![false; PLACES];
        let pairs = pieces.windows(2).filter_map(|pair| match pair {
            [a, b] => Some(a.id.wrapping_mul(FIRST).wrapping_add(b.id.wrapping_mul(SECOND)) >> (32 - BITS)),
            _ => None,
        });
        let all = pieces.iter().map(|piece| piece.id % PLACES as u32).chain(pairs);
        all.for_each(|place| places.get_mut(place as usize).into_iter().for_each(|place| *place = true));
        let seen = places.iter().filter(|seen| **seen).count();
        if seen == 0 {
            return;
        }
        let said = places.iter().zip(self.weights.chunks(self.bias.len())).filter(|(seen, _)| **seen);
        said.for_each(|(_, row)| logits.iter_mut().zip(row).for_each(|(logit, weight)| *logit += weight / seen as f32));
        logits.iter_mut().zip(&self.bias).for_each(|(logit, bias)| *logit += bias);
    }
}
