//! The encoder on a processor, in 8-bit integers: the same weights as `bert`, each 192 inputs of an output channel with their own
//! scale, and activations quantized row by row, 192 by 192, as they come, the few large channels behind a norm made smaller first.
//! No candle op: between two products nothing is stored that the next one does not read, which a graph of tensors does not allow.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use candle_core::{DType, Tensor};
use deid::{Cancel, RecognizeError};
use half::f16;
use kernels::{
    Attention, Isa, Lane, Norm, Packed, Quantized, Then, attend, lanes, multiply, multiply_gelu, normalize, quantize, sum_halves,
};

use crate::ModelError;
use crate::cores::Cores;
use crate::encoder::Config;
use crate::sequence::{Output, Sequence};

/// Rows that go through the wide layers together, so that what lies between them stays in the cache.
const ROWS: usize = 128;

/// Rows that a core gets are a multiple of this, what the products take at once.
const BLOCK: usize = 32;

/// How often a core looks for the others before it lets other programs have its time: some 50 microseconds.
const PATIENCE: usize = 1000;

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

/// The memory of a batch.
#[derive(Default)]
struct Scratch {
    parts: Vec<Mutex<Part>>,
    /// Queries, keys and values of each part, which every core reads: those of a layer, and those of the next.
    qkv: [Vec<RwLock<Vec<Lane>>>; 2],
}

/// Neighbouring rows that one core at a time carries through a layer.
#[derive(Default)]
struct Part {
    rows: Range<usize>,
    /// Steps that are behind it: the embeddings, then the layers.
    steps: usize,
    x: Vec<Lane>,
    narrow: Quantized,
    mixed: Vec<Lane>,
    attention: Vec<Lane>,
    between: Vec<Lane>,
    wide: Quantized,
}

/// What the cores that share a batch know of each other.
#[derive(Default)]
struct Together {
    /// Steps of all parts that are done.
    steps: AtomicUsize,
    /// One of them failed or panicked: nobody waits for it.
    failed: AtomicBool,
}

/// Says that a core failed, unless it came to its end.
struct Alarm<'a> {
    failed: &'a AtomicBool,
    ended: bool,
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        self.failed.fetch_or(!self.ended, Ordering::Relaxed);
    }
}

/// The tensors of a model file, each taken out once.
struct Weights {
    tensors: HashMap<String, Tensor>,
    hidden: usize,
    epsilon: f32,
}

impl Weights {
    fn find(&mut self, name: &str, expected: &[usize]) -> Result<Option<Tensor>, ModelError> {
        match self.tensors.remove(name) {
            Some(tensor) if tensor.dims() != expected => Err(ModelError::Shape(format!("tensor `{name}` has another shape"))),
            found => found.map(|t| t.flatten_all()).transpose().map_err(shape),
        }
    }

    fn take(&mut self, name: &str, expected: &[usize]) -> Result<Tensor, ModelError> {
        self.find(name, expected)?.ok_or_else(|| ModelError::Shape(format!("tensor `{name}` is missing")))
    }

    /// Weights and bias.
    fn linear(&mut self, name: &str, out: usize, inner: usize) -> Result<(Vec<f32>, Vec<f32>), ModelError> {
        Ok((floats(self.take(&format!("{name}.weight"), &[out, inner])?)?, floats(self.take(&format!("{name}.bias"), &[out])?)?))
    }

    /// A norm, and what its numbers are divided by before they become 8 bits: the file may tell, where some are far larger.
    fn norm(&mut self, name: &str) -> Result<(Norm, Vec<f32>), ModelError> {
        let hidden = [self.hidden];
        let spread = match self.find(&format!("{name}.spread"), &hidden)? {
            Some(spread) => floats(spread)?,
            None => vec![1.0; self.hidden],
        };
        if !spread.iter().all(|v| v.is_normal() && *v > 0.0) {
            return Err(ModelError::Shape(format!("tensor `{name}.spread` holds other numbers than positive ones")));
        }
        let even: Vec<f32> = spread.iter().map(|v| v.recip()).collect();
        let mut part = |of: &str| Ok(laned(&floats(self.take(&format!("{name}.{of}"), &hidden)?)?));
        Ok((Norm { scale: part("weight")?, shift: part("bias")?, even: laned(&even), epsilon: self.epsilon }, spread))
    }

    fn table(&mut self, name: &str, rows: usize) -> Result<Table, ModelError> {
        let tensor = self.take(&format!("embeddings.{name}.weight"), &[rows, self.hidden])?.to_dtype(DType::F16).map_err(shape)?;
        let numbers = tensor.to_vec1::<f16>().map_err(shape)?.into_iter().map(f16::to_bits).collect();
        Ok(Table { numbers, width: self.hidden })
    }
}

fn shape(e: candle_core::Error) -> ModelError {
    ModelError::Shape(e.to_string())
}

fn floats(tensor: Tensor) -> Result<Vec<f32>, ModelError> {
    tensor.to_dtype(DType::F32).and_then(|t| t.to_vec1()).map_err(shape)
}

/// Weights of `inner` inputs, which come divided by `spread`.
fn packed((mut weights, bias): (Vec<f32>, Vec<f32>), inner: usize, spread: Option<&[f32]>) -> Result<Packed, ModelError> {
    if let Some(spread) = spread {
        weights.chunks_mut(inner).flat_map(|row| row.iter_mut().zip(spread)).for_each(|(weight, by)| *weight *= by);
    }
    Packed::new(&weights, &bias, inner).ok_or_else(|| ModelError::Shape("weights that cannot be packed".into()))
}

impl Int8Bert {
    pub(crate) fn new(weights: HashMap<String, Tensor>, config: &Config, isa: Isa) -> Result<Int8Bert, ModelError> {
        let (hidden, inner, heads) = (config.hidden_size, config.intermediate_size, config.num_attention_heads);
        if heads == 0 || hidden % (16 * heads) != 0 || inner % 16 != 0 {
            return Err(ModelError::Shape("a head is no multiple of 16 numbers".into()));
        }
        let mut weights = Weights { tensors: weights, hidden, epsilon: config.layer_norm_eps as f32 };
        // Attention takes powers of two.
        let by = std::f32::consts::LOG2_E / ((hidden / heads) as f32).sqrt();
        let (norm, mut spread) = weights.norm("embeddings.LayerNorm")?;
        let mut layers = Vec::new();
        for n in 0..config.num_hidden_layers {
            let at = format!("encoder.layer.{n}");
            let (attended_norm, within) = weights.norm(&format!("{at}.attention.output.LayerNorm"))?;
            let (down_norm, behind) = weights.norm(&format!("{at}.output.LayerNorm"))?;
            let (mut rows, mut bias) = weights.linear(&format!("{at}.attention.self.query"), hidden, hidden)?;
            rows.iter_mut().chain(&mut bias).for_each(|v| *v *= by);
            for part in ["key", "value"] {
                let (more, more_bias) = weights.linear(&format!("{at}.attention.self.{part}"), hidden, hidden)?;
                rows.extend(more);
                bias.extend(more_bias);
            }
            layers.push(Layer {
                qkv: packed((rows, bias), hidden, Some(&spread))?,
                attended: packed(weights.linear(&format!("{at}.attention.output.dense"), hidden, hidden)?, hidden, None)?,
                attended_norm,
                up: packed(weights.linear(&format!("{at}.intermediate.dense"), inner, hidden)?, hidden, Some(&within))?,
                down: packed(weights.linear(&format!("{at}.output.dense"), hidden, inner)?, inner, None)?,
                down_norm,
            });
            spread = behind;
        }
        Ok(Int8Bert {
            isa,
            width: lanes(hidden),
            wide: lanes(inner),
            attention: Attention { heads, width: hidden / heads / 16 },
            words: weights.table("word_embeddings", config.vocab_size)?,
            places: weights.table("position_embeddings", config.max_position_embeddings)?,
            kind: weights.table("token_type_embeddings", 2)?,
            shapes: weights.table("shape_embeddings", 9)?,
            gaps: weights.table("gap_embeddings", 5)?,
            norm,
            layers,
            tags: packed(weights.linear("tags", config.labels.len(), hidden)?, hidden, Some(&spread))?,
            class: packed(weights.linear("class", config.classes.len(), hidden)?, hidden, None)?,
            embed: if config.embed_head { Some(packed(weights.linear("embed", hidden, hidden)?, hidden, None)?) } else { None },
            idle: Mutex::default(),
        })
    }

    /// One output for each sequence. The rows of all of them stand one under the other, so nothing is padded, and what a sequence
    /// gives does not depend on the others, nor on whether several `cores` share the rows.
    pub(crate) fn forward(&self, sequences: &[&Sequence], cores: Option<&Cores>, cancel: &Cancel) -> Result<Vec<Output>, RecognizeError> {
        // A thread that ended while it held the lock left whole values behind.
        let mut scratch = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let rows: usize = sequences.iter().map(|s| s.len()).sum();
        let share = rows.div_ceil(cores.map_or(1, Cores::count)).next_multiple_of(BLOCK);
        let count = rows.div_ceil(share);
        scratch.parts.resize_with(count, Mutex::default);
        scratch.qkv.iter_mut().for_each(|qkv| qkv.resize_with(count, RwLock::default));
        for (n, part) in scratch.parts.iter_mut().enumerate() {
            let part = part.get_mut().map_err(|_| lost())?;
            (part.rows, part.steps) = (n * share..rows.min((n + 1) * share), 0);
        }
        let together = Together::default();
        let carry = |core| self.carry(core, &scratch, &together, sequences, cancel);
        match cores {
            Some(cores) => cores.each(carry).into_iter().collect::<Result<(), _>>()?,
            None => carry(0)?,
        }
        let outputs = self.heads(sequences, &mut scratch.parts)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        Ok(outputs)
    }

    /// Carries parts through the layers: its own, and those that no other core has begun, so a core that wakes late delays nobody.
    /// The cores wait for each other once in a layer, as attention needs the keys and values of all, and do not sleep until then:
    /// to be woken may take longer than a layer.
    fn carry(
        &self,
        core: usize,
        scratch: &Scratch,
        together: &Together,
        sequences: &[&Sequence],
        cancel: &Cancel,
    ) -> Result<(), RecognizeError> {
        let mut alarm = Alarm { failed: &together.failed, ended: false };
        let (count, [even, odd]) = (scratch.parts.len(), &scratch.qkv);
        for step in 0..=self.layers.len() {
            let (from, into) = if step % 2 == 0 { (odd, even) } else { (even, odd) };
            cancel.check()?;
            for n in (core..core + count).map(|n| n % count) {
                let (Some(part), Some(into)) = (scratch.parts.get(n), into.get(n)) else { continue };
                let Ok(mut part) = part.try_lock() else { continue };
                if part.steps > step {
                    continue;
                }
                match step.checked_sub(1).and_then(|n| self.layers.get(n)) {
                    Some(layer) => self.layer(layer, &mut part, sequences, from)?,
                    None => self.begin(&mut part, sequences)?,
                }
                if let Some(next) = self.layers.get(step) {
                    let mut into = into.write().map_err(|_| lost())?;
                    into.resize(3 * part.rows.len() * self.width, Lane::default());
                    multiply(self.isa, &part.narrow, 0..part.rows.len(), &next.qkv, Then::Store, &mut into);
                }
                part.steps += 1;
                together.steps.fetch_add(1, Ordering::Release);
            }
            let mut looked = 0;
            while together.steps.load(Ordering::Acquire) < (step + 1) * count {
                cancel.check()?;
                if together.failed.load(Ordering::Relaxed) {
                    return Err(lost());
                }
                looked += 1;
                if looked < PATIENCE { std::hint::spin_loop() } else { std::thread::yield_now() }
            }
        }
        alarm.ended = true;
        Ok(())
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
    fn layer(&self, layer: &Layer, part: &mut Part, sequences: &[&Sequence], qkv: &[RwLock<Vec<Lane>>]) -> Result<(), RecognizeError> {
        let (isa, width) = (self.isa, self.width);
        let Part { rows, x, narrow, mixed, attention, between, wide, .. } = part;
        let qkv = qkv.iter().map(|of_part| of_part.read().map_err(|_| lost())).collect::<Result<Vec<_>, _>>()?;
        let qkv: Vec<&[Lane]> = qkv.iter().flat_map(|of_part| of_part.chunks_exact(3 * width)).collect();
        let mut into = mixed.as_mut_slice();
        for (_, window, within) in touched(sequences, rows) {
            let mixed = into.split_off_mut(..within.len() * width).unwrap_or_default();
            attend(isa, self.attention, qkv.get(window).unwrap_or_default(), within, mixed, attention);
        }
        quantize(isa, mixed, width, narrow);
        multiply(isa, narrow, 0..rows.len(), &layer.attended, Then::Add, x);
        normalize(isa, x, &layer.attended_norm, narrow, 0);
        for (n, x) in x.chunks_mut(ROWS * width).enumerate() {
            let (first, count) = (n * ROWS, x.len() / width);
            wide.resize(count, 16 * self.wide);
            multiply_gelu(isa, narrow, first..first + count, &layer.up, wide, between);
            multiply(isa, wide, 0..count, &layer.down, Then::Add, x);
            normalize(isa, x, &layer.down_norm, narrow, first);
        }
        Ok(())
    }

    /// Tags of each row; class and embedding of the mean over the rows of a sequence.
    fn heads(&self, sequences: &[&Sequence], parts: &mut [Mutex<Part>]) -> Result<Vec<Output>, RecognizeError> {
        let width = self.width;
        let parts = parts.iter_mut().map(|part| part.get_mut().map_err(|_| lost())).collect::<Result<Vec<_>, _>>()?;
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

fn lost() -> RecognizeError {
    RecognizeError::Inference("a core did not end its share".into())
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
