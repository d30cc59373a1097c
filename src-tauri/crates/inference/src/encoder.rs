//! The embedded model: one encoder, three heads, one forward pass for each window.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use deid::{Cancel, Classification, Domain, EntityType, Reading, RecognizeError, RecordClass};
use half::f16;
use half::slice::HalfFloatSliceExt;
use kernels::Isa;
use rayon::ThreadPoolBuilder;
use serde::Deserialize;
use tokenizers::Tokenizer;

use crate::bert::Bert;
use crate::cores::Cores;
use crate::decode::{self, Confidence, Labels};
use crate::device::{self, Spare};
use crate::int8::Int8Bert;
use crate::pairs::Pairs;
use crate::pieces::{Piece, pieces};
use crate::processor::Processor;
use crate::sequence::{Output, Sequence};
use crate::shared::Shared;
use crate::windows::{Window, windows};
use crate::{Manifest, ModelError};

const WORDS: &str = "embeddings.word_embeddings.weight";

/// How the model computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// 8-bit integers on the processor.
    Int8,
    /// 32-bit floats by candle: the reference.
    F32,
    /// 16-bit floats by candle: the way of a GPU.
    F16,
}

/// How a model is loaded.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// None for what is fastest here: floats where a GPU answers, else integers.
    pub arithmetic: Option<Arithmetic>,
    /// Processor cores that it may use; none for all, eight at most.
    pub threads: Option<usize>,
    /// Tokens of a window, as many as the model has places for at most; none for what it was trained with.
    pub window: Option<usize>,
}

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
    #[serde(default)]
    confidence: Confidence,
}

enum Model {
    Processor(Processor),
    Gpu(Box<Shared>),
}

/// The tagger, classifier and embedder, loaded and checked.
pub struct LocalEncoder {
    model: Model,
    pairs: Option<Pairs>,
    device: Device,
    tokenizer: Tokenizer,
    labels: Labels,
    classes: Vec<RecordClass>,
    class_temperature: f32,
    window: usize,
    first: u32,
    last: u32,
    /// Where the GPU was our choice, not that of the settings.
    spare: Option<Spare<LocalEncoder>>,
}

/// A text as the encoder sees it, and which output belongs to each of its windows.
struct Cut {
    pieces: Vec<Piece>,
    windows: Vec<(Window, usize)>,
}

impl LocalEncoder {
    /// Loads the model `id` from the folder `models`, after every file was checked against the manifest.
    pub fn load(models: &Path, id: &str) -> Result<LocalEncoder, ModelError> {
        LocalEncoder::load_with(models, id, Settings::default())
    }

    /// As `load`, computing as `settings` say.
    pub fn load_with(models: &Path, id: &str, settings: Settings) -> Result<LocalEncoder, ModelError> {
        let manifest = Manifest::load(models)?;
        let model = manifest.model(id)?;
        if model.architecture != "cordon-bert" {
            return Err(ModelError::Shape(format!("architecture `{}` is not known", model.architecture)));
        }
        let shape = |e: &dyn std::fmt::Display| ModelError::Shape(e.to_string());
        let config: Config = serde_json::from_slice(&manifest.read(model, "config.json")?).map_err(|e| shape(&e))?;
        let tokenizer = Tokenizer::from_bytes(manifest.read(model, "tokenizer.json")?).map_err(|e| shape(&e))?;
        let device = if settings.arithmetic == Some(Arithmetic::Int8) { Device::Cpu } else { device::best() };
        let mut weights = tensors(&manifest.read(model, "model.safetensors")?).map_err(|e| shape(&e))?;
        let pairs = Pairs::taken(&mut weights, config.classes.len())?;
        let all = || std::thread::available_parallelism().map_or(1, |n| n.get()).min(8);
        let (integers, kind) = match settings.arithmetic {
            None => (device.is_cpu(), DType::F16),
            Some(Arithmetic::Int8) => (true, DType::F32),
            Some(Arithmetic::F32) => (false, DType::F32),
            Some(Arithmetic::F16) => (false, DType::F16),
        };
        let model = if integers {
            let cores = Cores::new(settings.threads.unwrap_or_else(all)).map_err(|e| shape(&e))?;
            Model::Processor(Processor::Int8(Box::new(Int8Bert::new(weights, &config, Isa::best())?), cores))
        } else {
            match Bert::new(weights, &config, &device, kind) {
                Ok(bert) if device.is_cpu() => {
                    let cores = ThreadPoolBuilder::new().num_threads(settings.threads.unwrap_or_else(all));
                    Model::Processor(Processor::Floats(Box::new(bert), cores.build().map_err(|e| shape(&e))?))
                }
                Ok(bert) => Model::Gpu(Box::new(Shared::new(bert))),
                // A GPU that cannot take it, for want of memory or of an instruction.
                Err(_) if settings.arithmetic.is_none() => return LocalEncoder::load_with(models, id, on_processor(settings)),
                Err(e) => return Err(shape(&e)),
            }
        };
        let spare = (!device.is_cpu() && settings.arithmetic.is_none()).then(|| {
            let (models, id) = (models.to_owned(), id.to_owned());
            Spare::new(move || LocalEncoder::load_with(&models, &id, on_processor(settings)))
        });
        let special = |token: &str| tokenizer.token_to_id(token).ok_or_else(|| ModelError::Shape(format!("no token `{token}`")));
        let (first, last) = (special("[CLS]")?, special("[SEP]")?);
        Ok(LocalEncoder {
            labels: labels(&config)?,
            classes: config
                .classes
                .iter()
                .map(|c| RecordClass::parse(c).ok_or_else(|| shape(&format!("class `{c}` is not known"))))
                .collect::<Result<_, _>>()?,
            class_temperature: config.class_temperature,
            window: settings.window.unwrap_or(config.window).clamp(8, config.max_position_embeddings),
            model,
            pairs,
            device,
            tokenizer,
            first,
            last,
            spare,
        })
    }

    /// Cuts texts into windows, and computes each different window once.
    fn answers(&self, texts: &[&str], cancel: &Cancel) -> Result<(Vec<Cut>, Vec<Output>), RecognizeError> {
        let mut numbers: HashMap<Sequence, usize> = HashMap::new();
        let mut cut = Vec::new();
        for text in texts {
            let pieces = pieces(&self.tokenizer, text, cancel)?;
            let mut numbered = Vec::new();
            for window in windows(text, &pieces, self.window - 2) {
                let sequence = Sequence::new(pieces.get(window.sees.clone()).unwrap_or(&[]), self.first, self.last);
                let next = numbers.len();
                numbered.push((window, *numbers.entry(sequence).or_insert(next)));
            }
            cut.push(Cut { pieces, windows: numbered });
        }
        let mut sequences: Vec<(&Sequence, usize)> = numbers.iter().map(|(sequence, number)| (sequence, *number)).collect();
        sequences.sort_unstable_by_key(|(sequence, number)| (std::cmp::Reverse(sequence.len()), *number));
        let mut outputs = self.outputs(&sequences, cancel)?;
        outputs.sort_unstable_by_key(|(number, _)| *number);
        Ok((cut, outputs.into_iter().map(|(_, output)| output).collect()))
    }

    /// The outputs of numbered sequences, which come longest first; from the processor once the GPU failed.
    fn outputs(&self, sequences: &[(&Sequence, usize)], cancel: &Cancel) -> Result<Vec<(usize, Output)>, RecognizeError> {
        match &self.spare {
            Some(spare) => spare.after(|| self.computed(sequences, cancel), |on_processor| on_processor.computed(sequences, cancel)),
            None => self.computed(sequences, cancel),
        }
    }

    /// The outputs of this model, where it is.
    fn computed(&self, sequences: &[(&Sequence, usize)], cancel: &Cancel) -> Result<Vec<(usize, Output)>, RecognizeError> {
        let done = match &self.model {
            Model::Gpu(gpu) => {
                let (of, numbers): (Vec<&Sequence>, Vec<usize>) = sequences.iter().copied().unzip();
                numbers.into_iter().zip(gpu.forward(&of, cancel)?).collect()
            }
            Model::Processor(processor) => processor.forward(sequences, cancel)?,
        };
        let finite = |output: &Output| output.class.iter().chain(output.tags.iter().flatten()).all(|l| l.is_finite());
        if !done.iter().all(|(_, output)| finite(output)) {
            return Err(RecognizeError::Inference("the model gave numbers that are none".into()));
        }
        Ok(done)
    }

    fn tags(&self, cut: &Cut, outputs: &[Output]) -> Vec<Option<decode::Tag>> {
        let mut tags = vec![None; cut.pieces.len()];
        for (window, output) in &cut.windows {
            let logits = outputs.get(*output).map_or(&[][..], |o| &o.tags);
            for at in window.answers.clone() {
                if let (Some(slot), Some(logits)) = (tags.get_mut(at), logits.get(at - window.sees.start + 1)) {
                    *slot = self.labels.tag(logits);
                }
            }
        }
        tags
    }

    /// The mean over the windows of a text, each counting for the pieces that it sees.
    fn mean(cut: &Cut, outputs: &[Output], of: fn(&Output) -> &[f32]) -> Vec<f32> {
        let seen: usize = cut.windows.iter().map(|(window, _)| window.sees.len()).sum();
        let mut mean = Vec::new();
        for (window, output) in &cut.windows {
            let values = outputs.get(*output).map_or(&[][..], of);
            mean.resize(values.len(), 0.0);
            let weight = window.sees.len() as f32 / seen as f32;
            mean.iter_mut().zip(values).for_each(|(sum, value)| *sum += value * weight);
        }
        mean
    }

    fn classification(&self, logits: &[f32]) -> Classification {
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exp: Vec<f32> = logits.iter().map(|l| ((l - top) / self.class_temperature).exp()).collect();
        let sum: f32 = exp.iter().sum();
        let share = |domain: Domain| exp.iter().zip(&self.classes).filter(|(_, c)| c.domain() == domain).map(|(e, _)| e).sum::<f32>();
        // The field first: where several of its classes are likely, none of them may be the likeliest.
        let domains = [Domain::Healthcare, Domain::Financial, Domain::Other].map(|domain| (share(domain), domain));
        let domain = domains.into_iter().max_by(|a, b| a.0.total_cmp(&b.0));
        let of = |domain| exp.iter().zip(&self.classes).filter(move |(_, c)| c.domain() == domain).max_by(|a, b| a.0.total_cmp(b.0));
        match domain.and_then(|(all, domain)| of(domain).map(|(one, class)| (all, one, class))) {
            Some((all, one, class)) if sum.is_finite() && sum > 0.0 => {
                Classification { class: *class, confidence: one / sum, domain_confidence: all / sum }
            }
            _ => Classification { class: RecordClass::Other, confidence: 0.0, domain_confidence: 0.0 },
        }
    }
}

/// The tensors of a model file. The words' embeddings may be bytes around 128 there, with a step for each row.
pub fn tensors(file: &[u8]) -> candle_core::Result<HashMap<String, Tensor>> {
    let mut tensors = candle_core::safetensors::load_buffer(file, &Device::Cpu)?;
    if let Some(steps) = tensors.remove(&format!("{WORDS}.step"))
        && let Some(words) = tensors.remove(WORDS)
    {
        let (count, width) = words.dims2()?;
        let (bytes, steps) = (words.flatten_all()?.to_vec1::<u8>()?, steps.to_dtype(DType::F32)?.to_vec1::<f32>()?);
        drop(words);
        if steps.len() != count {
            candle_core::bail!("tensor `{WORDS}.step` has another shape");
        }
        let (mut halves, mut row) = (vec![f16::ZERO; bytes.len()], vec![0.0; width]);
        for ((bytes, halves), step) in bytes.chunks(width.max(1)).zip(halves.chunks_mut(width.max(1))).zip(steps) {
            row.iter_mut().zip(bytes).for_each(|(number, byte)| *number = (f32::from(*byte) - 128.0) * step);
            halves.convert_from_f32_slice(&row);
        }
        tensors.insert(WORDS.into(), Tensor::from_vec(halves, (count, width), &Device::Cpu)?);
    }
    Ok(tensors)
}

fn on_processor(settings: Settings) -> Settings {
    Settings { arithmetic: Some(Arithmetic::Int8), ..settings }
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
        confidence: config.confidence,
    })
}

impl deid::Encoder for LocalEncoder {
    fn read(&self, text: &str, cancel: &Cancel) -> Result<Reading, RecognizeError> {
        let (cut, outputs) = self.answers(&[text], cancel)?;
        let cut = cut.first().ok_or_else(|| RecognizeError::Inference("a text was lost".into()))?;
        let mut class = LocalEncoder::mean(cut, &outputs, |o| &o.class);
        self.pairs.iter().for_each(|pairs| pairs.add(&cut.pieces, &mut class));
        let class = self.classification(&class);
        Ok(Reading { detections: decode::detections(text, &cut.pieces, &self.tags(cut, &outputs), &self.labels.confidence), class })
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, RecognizeError> {
        let (cut, outputs) = self.answers(texts, &Cancel::default())?;
        let unit = |cut: &Cut| {
            let mean = LocalEncoder::mean(cut, &outputs, |o| &o.embedding);
            let norm = mean.iter().map(|v| v * v).sum::<f32>().sqrt();
            mean.iter().map(|v| if norm > 0.0 { v / norm } else { 0.0 }).collect()
        };
        Ok(cut.iter().map(unit).collect())
    }

    fn device(&self) -> &'static str {
        device::name(if self.spare.as_ref().is_some_and(Spare::is_used) { &Device::Cpu } else { &self.device })
    }
}

#[cfg(test)]
mod tests;
