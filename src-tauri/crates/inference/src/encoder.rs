//! The embedded model: one encoder, three heads, one forward pass for each window.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use candle_core::Device;
use deid::{Cancel, Classification, EntityType, Reading, RecognizeError, RecordClass};
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Deserialize;
use tokenizers::Tokenizer;

use crate::bert::{Batch, Bert, Output};
use crate::decode::{self, Labels};
use crate::pieces::{Piece, pieces};
use crate::windows::{Window, windows};
use crate::{Manifest, ModelError, device};

/// Windows that go through the encoder together.
const BATCH: usize = 8;

#[derive(Debug, Deserialize)]
pub(crate) struct Config {
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub vocab_size: usize,
    pub max_position_embeddings: usize,
    pub layer_norm_eps: f64,
    window: usize,
    pub labels: Vec<String>,
    pub classes: Vec<String>,
    pub embed_head: bool,
    tag_temperature: f32,
    class_temperature: f32,
    thresholds: BTreeMap<String, f32>,
}

/// The tagger, classifier and embedder, loaded and checked.
pub struct LocalEncoder {
    bert: Bert,
    tokenizer: Tokenizer,
    labels: Labels,
    classes: Vec<RecordClass>,
    class_temperature: f32,
    window: usize,
    first: u32,
    last: u32,
    /// One thread each: batches run side by side, the products inside a batch do not spread further.
    threads: Vec<ThreadPool>,
}

/// What the windows of a text gave.
struct Answers {
    tags: Vec<Option<decode::Tag>>,
    class: Vec<f32>,
    embedding: Vec<f32>,
}

impl LocalEncoder {
    /// Loads the model `id` from the folder `models`, after every file was checked against the manifest.
    pub fn load(models: &Path, id: &str) -> Result<LocalEncoder, ModelError> {
        let manifest = Manifest::load(models)?;
        let model = manifest.model(id)?;
        if model.architecture != "cordon-bert" {
            return Err(ModelError::Shape(format!("architecture `{}` is not known", model.architecture)));
        }
        let shape = |e: &dyn std::fmt::Display| ModelError::Shape(e.to_string());
        let config: Config = serde_json::from_slice(&manifest.read(model, "config.json")?).map_err(|e| shape(&e))?;
        let tokenizer = Tokenizer::from_bytes(manifest.read(model, "tokenizer.json")?).map_err(|e| shape(&e))?;
        let device = device::best();
        let weights =
            candle_core::safetensors::load_buffer(&manifest.read(model, "model.safetensors")?, &Device::Cpu).map_err(|e| shape(&e))?;
        let bert = Bert::new(weights, &config, &device).map_err(|e| shape(&e))?;
        let special = |token: &str| tokenizer.token_to_id(token).ok_or_else(|| ModelError::Shape(format!("no token `{token}`")));
        let (first, last) = (special("[CLS]")?, special("[SEP]")?);
        let cores = if bert.device.is_cpu() { std::thread::available_parallelism().map_or(1, |n| n.get()).min(8) } else { 1 };
        let threads = (0..cores).map(|_| ThreadPoolBuilder::new().num_threads(1).build()).collect::<Result<Vec<_>, _>>();
        Ok(LocalEncoder {
            labels: labels(&config)?,
            classes: config
                .classes
                .iter()
                .map(|c| RecordClass::parse(c).ok_or_else(|| shape(&format!("class `{c}` is not known"))))
                .collect::<Result<_, _>>()?,
            class_temperature: config.class_temperature,
            window: config.window.clamp(8, config.max_position_embeddings),
            threads: threads.map_err(|e| shape(&e))?,
            bert,
            tokenizer,
            first,
            last,
        })
    }

    /// Where it runs: `cpu`, `cuda` or `metal`.
    pub fn device(&self) -> &'static str {
        device::name(&self.bert.device)
    }

    fn answers(&self, text: &str, cancel: &Cancel) -> Result<(Vec<Piece>, Answers), RecognizeError> {
        let failed = |e: &dyn std::fmt::Display| RecognizeError::Inference(e.to_string());
        let pieces = pieces(&self.tokenizer, text).map_err(|e| failed(&e))?;
        let windows = windows(&pieces, self.window - 2);
        let mut order: Vec<&Window> = windows.iter().collect();
        order.sort_by_key(|w| w.sees.len());
        let queue = Mutex::new(order.chunks(self.batch_size(windows.len())));
        let width = (self.labels.meaning.len(), self.classes.len());
        let total = Mutex::new(Answers { tags: vec![None; pieces.len()], class: vec![0.0; width.1], embedding: Vec::new() });
        let work = |pool: &ThreadPool| -> Result<(), RecognizeError> {
            loop {
                cancel.check()?;
                let Some(batch) = queue.lock().map_err(|e| failed(&e))?.next() else { return Ok(()) };
                let output = pool.install(|| self.bert.forward(&self.batch(&pieces, batch))).map_err(|e| failed(&e))?;
                let mut total = total.lock().map_err(|e| failed(&e))?;
                self.collect(batch, &output, &mut total).map_err(|e| failed(&e))?;
            }
        };
        std::thread::scope(|scope| {
            let running: Vec<_> = self.threads.iter().map(|pool| scope.spawn(|| work(pool))).collect();
            running.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(failed(&"a thread ended"))))
        })?;
        Ok((pieces, total.into_inner().map_err(|e| failed(&e))?))
    }

    /// Few windows are spread over the cores, many go in full batches.
    fn batch_size(&self, windows: usize) -> usize {
        windows.div_ceil(self.threads.len().max(1)).clamp(1, BATCH)
    }

    fn batch(&self, pieces: &[Piece], windows: &[&Window]) -> Batch {
        let length = windows.iter().map(|w| w.sees.len()).max().unwrap_or(0) + 2;
        let size = windows.len();
        let mut batch = Batch {
            ids: vec![0; size * length],
            shapes: vec![0; size * length],
            gaps: vec![0; size * length],
            mask: vec![0.0; size * length],
            size,
            length,
        };
        for (row, window) in windows.iter().enumerate() {
            let seen = pieces.get(window.sees.clone()).unwrap_or(&[]);
            let inner = seen.iter().map(|p| (p.id, p.shape, p.gap));
            let all = std::iter::once((self.first, 0, 0)).chain(inner).chain([(self.last, 0, 0)]);
            for (column, (id, shape, gap)) in all.enumerate() {
                let at = row * length + column;
                if let (Some(i), Some(s), Some(g), Some(m)) =
                    (batch.ids.get_mut(at), batch.shapes.get_mut(at), batch.gaps.get_mut(at), batch.mask.get_mut(at))
                {
                    (*i, *s, *g, *m) = (id, shape, gap, 1.0);
                }
            }
        }
        batch
    }

    fn collect(&self, windows: &[&Window], output: &Output, total: &mut Answers) -> candle_core::Result<()> {
        let tags: Vec<Vec<Vec<f32>>> = output.tags.to_vec3()?;
        let class: Vec<Vec<f32>> = output.class.to_vec2()?;
        let embedding: Vec<Vec<f32>> = output.embedding.to_vec2()?;
        for (row, window) in windows.iter().enumerate() {
            let weight = window.sees.len() as f32;
            let logits = tags.get(row).map(Vec::as_slice).unwrap_or(&[]);
            for at in window.answers.clone() {
                if let (Some(slot), Some(logits)) = (total.tags.get_mut(at), logits.get(at - window.sees.start + 1)) {
                    *slot = self.labels.tag(logits);
                }
            }
            add(&mut total.class, class.get(row), weight);
            if total.embedding.is_empty() {
                total.embedding = vec![0.0; embedding.get(row).map_or(0, Vec::len)];
            }
            add(&mut total.embedding, embedding.get(row), weight);
        }
        Ok(())
    }

    fn classification(&self, logits: &[f32], pieces: usize) -> Classification {
        let scale = self.class_temperature * pieces.max(1) as f32;
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exp: Vec<f32> = logits.iter().map(|l| ((l - top) / scale).exp()).collect();
        let sum: f32 = exp.iter().sum();
        let best = exp.iter().zip(&self.classes).max_by(|a, b| a.0.total_cmp(b.0));
        match best {
            Some((share, class)) if sum.is_finite() && sum > 0.0 && pieces > 0 => {
                let domain: f32 = exp.iter().zip(&self.classes).filter(|(_, c)| c.domain() == class.domain()).map(|(e, _)| e).sum();
                Classification { class: *class, confidence: share / sum, domain_confidence: domain / sum }
            }
            _ => Classification { class: RecordClass::Other, confidence: 0.0, domain_confidence: 0.0 },
        }
    }
}

fn add(total: &mut [f32], values: Option<&Vec<f32>>, weight: f32) {
    for (sum, value) in total.iter_mut().zip(values.into_iter().flatten()) {
        *sum += value * weight;
    }
}

fn labels(config: &Config) -> Result<Labels, ModelError> {
    let unknown = |label: &str| ModelError::Shape(format!("label `{label}` is not known"));
    let meaning = config.labels.iter().map(|label| match label.split_once('-') {
        None if label == "O" => Ok(None),
        Some((place @ ("B" | "I"), name)) => EntityType::parse(name).map(|e| Some((e, place == "B"))).ok_or_else(|| unknown(label)),
        _ => Err(unknown(label)),
    });
    let thresholds = config.thresholds.iter().map(|(name, t)| EntityType::parse(name).map(|e| (e, *t)).ok_or_else(|| unknown(name)));
    Ok(Labels {
        meaning: meaning.collect::<Result<_, _>>()?,
        thresholds: thresholds.collect::<Result<_, _>>()?,
        temperature: config.tag_temperature,
    })
}

impl deid::Encoder for LocalEncoder {
    fn read(&self, text: &str, cancel: &Cancel) -> Result<Reading, RecognizeError> {
        let (pieces, answers) = self.answers(text, cancel)?;
        if answers.class.iter().any(|l| !l.is_finite()) {
            return Err(RecognizeError::Inference("the model gave numbers that are none".into()));
        }
        // Window weights were numbers of pieces that each window saw; overlaps count twice on both sides of the division.
        let seen: usize = windows(&pieces, self.window - 2).iter().map(|w| w.sees.len()).sum();
        Ok(Reading { detections: decode::detections(text, &pieces, &answers.tags), class: self.classification(&answers.class, seen) })
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, RecognizeError> {
        texts
            .iter()
            .map(|text| {
                let (_, answers) = self.answers(text, &Cancel::default())?;
                let norm = answers.embedding.iter().map(|v| v * v).sum::<f32>().sqrt();
                Ok(answers.embedding.iter().map(|v| if norm > 0.0 { v / norm } else { 0.0 }).collect())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
