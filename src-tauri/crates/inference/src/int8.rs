//! The encoder on a processor, in 8-bit integers: the same weights as `bert`, each 192 inputs of an output channel with their own
//! scale, and activations quantized row by row, 192 by 192, as they come. No candle op: between two products nothing is stored that
//! the next one does not read, which a graph of tensors does not allow.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use candle_core::{DType, Tensor};
use deid::{Cancel, RecognizeError};
use half::f16;
use kernels::{Attention, Isa, Lane, Norm, Packed, Quantized, Then, attend, lanes, multiply, normalize, quantize, sum_halves};
use rayon::prelude::*;

use crate::ModelError;
use crate::encoder::Config;
use crate::sequence::{Output, Sequence};

/// Rows that go through the wide layers together, so that what lies between them stays in the cache.
const ROWS: usize = 128;

/// Rows that a core gets are a multiple of this, what the products take at once.
const BLOCK: usize = 32;

struct Layer {
    qkv: Packed,
    attended: Packed,
    attended_norm: Norm,
    up: Packed,
    down: Packed,
    down_norm: Norm,
}

pub(crate) struct Int8Bert {
    isa: Isa,
    /// Lanes of a row, and of a row between the wide layers.
    width: usize,
    wide: usize,
    attention: Attention,
    words: Table,
    places: Table,
    kind: Table,
    shapes: Table,
    gaps: Table,
    norm: Norm,
    layers: Vec<Layer>,
    tags: Packed,
    class: Packed,
    embed: Option<Packed>,
    /// Memory of earlier calls.
    idle: Mutex<Vec<Scratch>>,
}

/// Rows of half-precision numbers.
struct Table {
    numbers: Vec<u16>,
    width: usize,
}

impl Table {
    fn row(&self, n: u32) -> Result<&[u16], RecognizeError> {
        let at = n as usize * self.width;
        self.numbers.get(at..at + self.width).ok_or_else(|| RecognizeError::Inference("a token beyond the table".into()))
    }
}

/// The memory of a batch: queries, keys and values of all rows, which every core reads, those of the next layer, and what each core
/// has for itself.
#[derive(Default)]
struct Scratch {
    qkv: Vec<Lane>,
    next: Vec<Lane>,
    parts: Vec<Part>,
}

/// Neighbouring rows that one core carries through the layers.
#[derive(Default)]
struct Part {
    rows: Range<usize>,
    x: Vec<Lane>,
    narrow: Quantized,
    mixed: Vec<Lane>,
    attention: Vec<Lane>,
    between: Vec<Lane>,
    wide: Quantized,
}

impl Int8Bert {
    pub(crate) fn new(mut weights: HashMap<String, Tensor>, config: &Config, isa: Isa) -> Result<Int8Bert, ModelError> {
        let (hidden, inner, heads) = (config.hidden_size, config.intermediate_size, config.num_attention_heads);
        let shape = |e: &dyn std::fmt::Display| ModelError::Shape(e.to_string());
        if heads == 0 || hidden % (16 * heads) != 0 || inner % 16 != 0 {
            return Err(shape(&"a head is no multiple of 16 numbers"));
        }
        let mut take = |name: &str, expected: &[usize]| -> Result<Tensor, ModelError> {
            let tensor = weights.remove(name).ok_or_else(|| shape(&format!("tensor `{name}` is missing")))?;
            if tensor.dims() != expected {
                return Err(shape(&format!("tensor `{name}` has another shape")));
            }
            tensor.flatten_all().map_err(|e| shape(&e))
        };
        let floats = |tensor: Tensor| tensor.to_dtype(DType::F32).and_then(|t| t.to_vec1::<f32>()).map_err(|e| shape(&e));
        let mut linear = |name: &str, out: usize, inner: usize| -> Result<(Vec<f32>, Vec<f32>), ModelError> {
            Ok((floats(take(&format!("{name}.weight"), &[out, inner])?)?, floats(take(&format!("{name}.bias"), &[out])?)?))
        };
        let packed = |(weights, bias): (Vec<f32>, Vec<f32>), inner: usize| {
            Packed::new(&weights, &bias, inner).ok_or_else(|| shape(&"weights that cannot be packed"))
        };
        // Attention takes powers of two.
        let by = std::f32::consts::LOG2_E / ((hidden / heads) as f32).sqrt();
        let mut layers = Vec::new();
        for n in 0..config.num_hidden_layers {
            let at = format!("encoder.layer.{n}");
            let (mut rows, mut bias) = linear(&format!("{at}.attention.self.query"), hidden, hidden)?;
            rows.iter_mut().chain(&mut bias).for_each(|v| *v *= by);
            for part in ["key", "value"] {
                let (more, more_bias) = linear(&format!("{at}.attention.self.{part}"), hidden, hidden)?;
                rows.extend(more);
                bias.extend(more_bias);
            }
            let attended = packed(linear(&format!("{at}.attention.output.dense"), hidden, hidden)?, hidden)?;
            let up = packed(linear(&format!("{at}.intermediate.dense"), inner, hidden)?, hidden)?;
            let down = packed(linear(&format!("{at}.output.dense"), hidden, inner)?, inner)?;
            layers.push((at, packed((rows, bias), hidden)?, attended, up, down));
        }
        let tags = packed(linear("tags", config.labels.len(), hidden)?, hidden)?;
        let class = packed(linear("class", config.classes.len(), hidden)?, hidden)?;
        let embed = if config.embed_head { Some(packed(linear("embed", hidden, hidden)?, hidden)?) } else { None };
        let mut norm = |name: &str| -> Result<Norm, ModelError> {
            let mut part = |of: &str| Ok(laned(&floats(take(&format!("{name}.{of}"), &[hidden])?)?));
            Ok(Norm { scale: part("weight")?, shift: part("bias")?, epsilon: config.layer_norm_eps as f32 })
        };
        let mut normed = Vec::new();
        for (at, qkv, attended, up, down) in layers {
            let attended_norm = norm(&format!("{at}.attention.output.LayerNorm"))?;
            let down_norm = norm(&format!("{at}.output.LayerNorm"))?;
            normed.push(Layer { qkv, attended, attended_norm, up, down, down_norm });
        }
        let norm = norm("embeddings.LayerNorm")?;
        let mut table = |name: &str, rows: usize| -> Result<Table, ModelError> {
            let tensor = take(&format!("embeddings.{name}.weight"), &[rows, hidden])?.to_dtype(DType::F16).map_err(|e| shape(&e))?;
            let numbers = tensor.to_vec1::<f16>().map_err(|e| shape(&e))?.into_iter().map(f16::to_bits).collect();
            Ok(Table { numbers, width: hidden })
        };
        Ok(Int8Bert {
            isa,
            width: lanes(hidden),
            wide: lanes(inner),
            attention: Attention { heads, width: hidden / heads / 16 },
            words: table("word_embeddings", config.vocab_size)?,
            places: table("position_embeddings", config.max_position_embeddings)?,
            kind: table("token_type_embeddings", 2)?,
            shapes: table("shape_embeddings", 9)?,
            gaps: table("gap_embeddings", 5)?,
            norm,
            layers: normed,
            tags,
            class,
            embed,
            idle: Mutex::default(),
        })
    }

    /// One output for each sequence. The rows of all of them stand one under the other, so nothing is padded, and what a sequence
    /// gives does not depend on the others, nor on how many `cores` of the pool it runs in share the rows.
    pub(crate) fn forward(&self, sequences: &[&Sequence], cores: usize, cancel: &Cancel) -> Result<Vec<Output>, RecognizeError> {
        // A thread that ended while it held the lock left whole values behind.
        let mut scratch = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let outputs = self.compute(sequences, cores, &mut scratch, cancel);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        outputs
    }

    fn compute(
        &self,
        sequences: &[&Sequence],
        cores: usize,
        scratch: &mut Scratch,
        cancel: &Cancel,
    ) -> Result<Vec<Output>, RecognizeError> {
        let width = self.width;
        let rows: usize = sequences.iter().map(|s| s.len()).sum();
        let Scratch { qkv, next, parts } = scratch;
        qkv.resize(3 * rows * width, Lane::default());
        next.resize(3 * rows * width, Lane::default());
        let share = rows.div_ceil(cores).next_multiple_of(BLOCK);
        parts.resize_with(rows.div_ceil(share), Part::default);
        for (n, part) in parts.iter_mut().enumerate() {
            part.rows = n * share..rows.min((n + 1) * share);
        }
        let project = |part: &Part, layer: Option<&Layer>, into: &mut [Lane]| {
            layer.into_iter().for_each(|l| multiply(self.isa, &part.narrow, 0..part.rows.len(), &l.qkv, Then::Store, into));
        };
        let of_parts = parts.par_iter_mut().zip(qkv.par_chunks_mut(3 * share * width));
        of_parts.try_for_each(|(part, into)| self.begin(part, sequences).map(|()| project(part, self.layers.first(), into)))?;
        // The cores wait for each other once in a layer: attention needs the keys and values of all.
        for (n, layer) in self.layers.iter().enumerate() {
            cancel.check()?;
            let of_parts = parts.par_iter_mut().zip(next.par_chunks_mut(3 * share * width));
            of_parts.for_each(|(part, into)| {
                self.layer(layer, part, sequences, qkv);
                project(part, self.layers.get(n + 1), into);
            });
            std::mem::swap(qkv, next);
        }
        self.heads(sequences, parts)
    }

    /// The sum of its embeddings for each row.
    fn begin(&self, part: &mut Part, sequences: &[&Sequence]) -> Result<(), RecognizeError> {
        part.x.resize(part.rows.len() * self.width, Lane::default());
        part.mixed.resize(part.rows.len() * self.width, Lane::default());
        part.narrow.resize(part.rows.len(), 16 * self.width);
        let mut rows = part.x.chunks_exact_mut(self.width);
        for (sequence, _, within) in touched(sequences, &part.rows) {
            let tokens = sequence.ids.iter().zip(sequence.shapes.iter().zip(&sequence.gaps)).skip(within.start);
            for ((place, (id, (shape, gap))), row) in (0..).skip(within.start).zip(tokens.take(within.len())).zip(&mut rows) {
                let tables =
                    [self.words.row(*id)?, self.shapes.row(*shape)?, self.gaps.row(*gap)?, self.places.row(place)?, self.kind.row(0)?];
                sum_halves(self.isa, &tables, row);
            }
        }
        normalize(self.isa, &mut part.x, &self.norm, &mut part.narrow, 0);
        Ok(())
    }

    /// What a layer does with its rows once all queries, keys and values are there.
    fn layer(&self, layer: &Layer, part: &mut Part, sequences: &[&Sequence], qkv: &[Lane]) {
        let (isa, width) = (self.isa, self.width);
        let Part { rows, x, narrow, mixed, attention, between, wide } = part;
        let mut into = mixed.as_mut_slice();
        for (_, window, within) in touched(sequences, rows) {
            let mixed = into.split_off_mut(..within.len() * width).unwrap_or_default();
            let window = qkv.get(3 * window.start * width..3 * window.end * width).unwrap_or_default();
            attend(isa, self.attention, window, within, mixed, attention);
        }
        quantize(isa, mixed, width, narrow);
        multiply(isa, narrow, 0..rows.len(), &layer.attended, Then::Add, x);
        normalize(isa, x, &layer.attended_norm, narrow, 0);
        for (n, x) in x.chunks_mut(ROWS * width).enumerate() {
            let (first, count) = (n * ROWS, x.len() / width);
            between.resize(count * self.wide, Lane::default());
            wide.resize(count, 16 * self.wide);
            multiply(isa, narrow, first..first + count, &layer.up, Then::Gelu, between);
            quantize(isa, between, self.wide, wide);
            multiply(isa, wide, 0..count, &layer.down, Then::Add, x);
            normalize(isa, x, &layer.down_norm, narrow, first);
        }
    }

    /// Tags of each row; class and embedding of the mean over the rows of a sequence.
    fn heads(&self, sequences: &[&Sequence], parts: &[Part]) -> Result<Vec<Output>, RecognizeError> {
        let width = self.width;
        let mut tags = parts.iter().flat_map(|part| self.head(&self.tags, &part.narrow, part.rows.len()));
        let mut rows = parts.iter().flat_map(|part| part.x.chunks_exact(width));
        let mut means = vec![Lane::default(); sequences.len() * width];
        for (sequence, mean) in sequences.iter().zip(means.chunks_exact_mut(width)) {
            for row in rows.by_ref().take(sequence.len()) {
                let pairs = mean.iter_mut().zip(row).flat_map(|(sum, lane)| sum.0.iter_mut().zip(lane.0));
                pairs.for_each(|(sum, value)| *sum += value);
            }
            mean.iter_mut().flat_map(|lane| &mut lane.0).for_each(|v| *v /= sequence.len() as f32);
        }
        let mut narrow = Quantized::default();
        narrow.resize(sequences.len(), 16 * width);
        quantize(self.isa, &means, width, &mut narrow);
        let class = self.head(&self.class, &narrow, sequences.len());
        let embedding = match &self.embed {
            Some(embed) => self.head(embed, &narrow, sequences.len()),
            None => means.chunks_exact(width).map(flat).collect(),
        };
        let heads = sequences.iter().zip(class.into_iter().zip(embedding));
        Ok(heads.map(|(s, (class, embedding))| Output { tags: tags.by_ref().take(s.len()).collect(), class, embedding }).collect())
    }

    fn head(&self, weights: &Packed, from: &Quantized, rows: usize) -> Vec<Vec<f32>> {
        let across = lanes(weights.columns());
        let mut out = vec![Lane::default(); rows * across];
        multiply(self.isa, from, 0..rows, weights, Then::Store, &mut out);
        let numbers = |row: &[Lane]| row.iter().flat_map(|lane| lane.0).take(weights.columns()).collect();
        out.chunks_exact(across).map(numbers).collect()
    }
}

/// The sequences that `rows` touch: each with the rows where it stands, and those of its own rows that are touched.
fn touched<'s>(sequences: &'s [&Sequence], rows: &Range<usize>) -> impl Iterator<Item = (&'s Sequence, Range<usize>, Range<usize>)> {
    let (from, to, mut at) = (rows.start, rows.end, 0);
    let placed = sequences.iter().map(move |sequence| {
        at += sequence.len();
        (*sequence, at - sequence.len()..at)
    });
    placed.filter_map(move |(sequence, window)| {
        let within = from.max(window.start)..to.min(window.end);
        (within.start < within.end).then(|| (sequence, window.clone(), within.start - window.start..within.end - window.start))
    })
}

fn flat(row: &[Lane]) -> Vec<f32> {
    row.iter().flat_map(|lane| lane.0).collect()
}

fn laned(numbers: &[f32]) -> Vec<Lane> {
    numbers.as_chunks::<16>().0.iter().map(|lane| Lane(*lane)).collect()
}
