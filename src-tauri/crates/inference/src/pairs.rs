//! What the words by themselves say of the class: a linear model over words and pairs of neighbours, each counted once, whose
//! answer is added to that of the encoder's head.

use std::collections::HashMap;

use candle_core::{DType, Tensor};

use crate::ModelError;
use crate::pieces::Piece;

/// Places that words and pairs share, and how one is chosen: as `models/training/cordon_training/pairs.py` does.
const PLACES: usize = 1 << BITS;
const BITS: u32 = 17;
const FIRST: u32 = 0x9e37_79b1;
const SECOND: u32 = 0x85eb_ca6b;
/// Words beyond the vocabulary: any digits, a line end.
const NUMBER: u32 = 40_001;
const LINE: u32 = 40_002;

pub(crate) struct Pairs {
    /// For each place what it says of each class, in steps of its own around 128.
    weights: Vec<u8>,
    steps: Vec<f32>,
    /// How much the place weighs in the length of a record: the rarer, the more.
    sizes: Vec<f32>,
    bias: Vec<f32>,
}

impl Pairs {
    /// Takes them out of a model's tensors; none where it has none.
    pub fn taken(weights: &mut HashMap<String, Tensor>, classes: usize) -> Result<Option<Self>, ModelError> {
        let mut take = |name: &str, shape: &[usize]| -> Result<Option<Tensor>, ModelError> {
            let name = format!("class_pairs.{name}");
            match weights.remove(&name) {
                Some(tensor) if tensor.dims() != shape => Err(ModelError::Shape(format!("tensor `{name}` has another shape"))),
                found => Ok(found),
            }
        };
        let parts =
            (take("weight", &[PLACES, classes])?, take("weight.step", &[PLACES])?, take("size", &[PLACES])?, take("bias", &[classes])?);
        let shape = |e: candle_core::Error| ModelError::Shape(e.to_string());
        let floats = |tensor: Tensor| tensor.to_dtype(DType::F32).and_then(|t| t.to_vec1()).map_err(shape);
        match parts {
            (Some(weights), Some(steps), Some(sizes), Some(bias)) => Ok(Some(Self {
                weights: weights.flatten_all().and_then(|t| t.to_vec1()).map_err(shape)?,
                steps: floats(steps)?,
                sizes: floats(sizes)?,
                bias: floats(bias)?,
            })),
            (None, None, None, None) => Ok(None),
            _ => Err(ModelError::Shape("a part of `class_pairs` is missing".into())),
        }
    }

    /// Adds what the words of a text say to the logits of its class.
    pub fn add(&self, pieces: &[Piece], logits: &mut [f32]) {
        let words = words(pieces);
        let pairs = words.windows(2).filter_map(|pair| match pair {
            [a, b] => Some(a.wrapping_mul(FIRST).wrapping_add(b.wrapping_mul(SECOND))),
            _ => None,
        });
        let hashed = words.iter().map(|word| word.wrapping_mul(FIRST)).chain(pairs);
        let mut places: Vec<usize> = hashed.map(|hash| (hash >> (32 - BITS)) as usize).collect();
        places.sort_unstable();
        places.dedup();
        let length = places.iter().filter_map(|place| self.sizes.get(*place)).map(|size| size * size).sum::<f32>().sqrt();
        if length == 0.0 {
            return;
        }
        let classes = self.bias.len();
        for place in places {
            let (Some(step), Some(row)) = (self.steps.get(place), self.weights.get(place * classes..(place + 1) * classes)) else {
                continue;
            };
            let by = step / length;
            logits.iter_mut().zip(row).for_each(|(logit, weight)| *logit += by * (f32::from(*weight) - 128.0));
        }
        logits.iter_mut().zip(&self.bias).for_each(|(logit, bias)| *logit += bias);
    }
}

/// A number for each word: pieces of letters without a gap are one.
fn words(pieces: &[Piece]) -> Vec<u32> {
    let mut words: Vec<u32> = Vec::with_capacity(pieces.len());
    let mut within = false;
    for (n, piece) in pieces.iter().enumerate() {
        if n > 0 && matches!(piece.gap, 2 | 3) {
            words.push(LINE);
        }
        let letters = matches!(piece.shape, 1..=5);
        match words.last_mut() {
            Some(word) if letters && within && piece.gap == 0 => *word = word.wrapping_mul(31).wrapping_add(piece.id),
            _ => words.push(if matches!(piece.shape, 6 | 7) { NUMBER } else { piece.id }),
        }
        within = letters;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_that_touch() {
        let piece = |id, shape, gap| Piece { id, start: 0, end: 0, shape, gap };
        // "Zolpidem 5mg,\nnightly" as pieces: zol ##pid ##em 5 ##mg , nightly
        let pieces =
            [piece(10, 4, 3), piece(11, 1, 0), piece(12, 1, 0), piece(20, 6, 1), piece(21, 1, 0), piece(30, 8, 0), piece(40, 1, 2)];
        assert_eq!(words(&pieces), [(10 * 31 + 11) * 31 + 12, NUMBER, 21, 30, LINE, 40]);
        assert_eq!(words(&[]), [0u32; 0]);
    }

    #[test]
    fn each_word_counts_once_and_no_word_says_nothing() {
        let mut tensors: HashMap<String, Tensor> = HashMap::new();
        let device = &candle_core::Device::Cpu;
        tensors.insert("class_pairs.weight".into(), Tensor::full(138u8, (PLACES, 2), device).unwrap());
        tensors.insert("class_pairs.weight.step".into(), Tensor::full(0.5f32, PLACES, device).unwrap());
        tensors.insert("class_pairs.size".into(), Tensor::full(2f32, PLACES, device).unwrap());
        tensors.insert("class_pairs.bias".into(), Tensor::new(&[1f32, -1.0], device).unwrap());
        let pairs = Pairs::taken(&mut tensors, 2).unwrap().unwrap();
        let said = |ids: &[u32]| {
            let pieces: Vec<Piece> = ids.iter().map(|id| Piece { id: *id, start: 0, end: 0, shape: 1, gap: 1 }).collect();
            let mut logits = [0.0; 2];
            pairs.add(&pieces, &mut logits);
            logits
        };
        assert_eq!(said(&[]), [0.0, 0.0]);
        // one place: (138 - 128) · 0.5 / 2 beside the bias; two words and a pair: three places, in a length of √12
        assert_eq!(said(&[7]), [3.5, 1.5]);
        assert!((said(&[7, 9])[0] - (15.0 / 12f32.sqrt() + 1.0)).abs() < 1e-5);
        // "7 7": the word, and the pair
        assert!((said(&[7, 7])[0] - (10.0 / 8f32.sqrt() + 1.0)).abs() < 1e-5);
    }
}
