//! Token classifiers from a hub: they read beside the embedded model and only add detections. A text goes the same way as there:
//! pieces, windows, batches over cores or a GPU, labels, words.

mod classifier;
mod draft;
mod labels;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::Device;
use deid::{Cancel, Detection, Reading, RecognizeError, Span};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokenizers::Tokenizer;

use crate::decode::{self, Labels, Tag};
use crate::device::{self, Spare};
use crate::encoder::{LocalEncoder, Settings};
use crate::pieces::{Piece, pieces};
use crate::windows::{Window, windows};
use crate::{Manifest, ModelError};
use classifier::Classifier;
pub use draft::HubDraft;

/// Windows that go through a GPU together; a core takes one alone, so that it can stop between two.
const WINDOWS: usize = 8;

/// The architectures whose token classifiers can be run.
const ARCHITECTURES: [&str; 6] = ["bert", "distilbert", "roberta", "xlm-roberta", "deberta-v2", "modernbert"];

/// A token classifier, loaded and checked.
pub struct Tagger {
    id: String,
    classifier: Classifier,
    device: Device,
    tokenizer: Tokenizer,
    labels: Labels,
    /// Pieces of a window, without what begins and ends it.
    window: usize,
    before: Vec<u32>,
    after: Vec<u32>,
    threads: ThreadPool,
    /// Where it is on a GPU.
    spare: Option<Spare<Tagger>>,
}

impl Tagger {
    /// Loads the model `id` of the manifest in the folder `models`, after every file was checked.
    pub fn load(models: &Path, id: &str, settings: Settings) -> Result<Tagger, ModelError> {
        let device = device::best();
        if device.is_cpu() {
            return Tagger::load_on(device, models, id, settings);
        }
        let (at, name) = (models.to_owned(), id.to_owned());
        let on_processor = move || Tagger::load_on(Device::Cpu, &at, &name, settings);
        match Tagger::load_on(device, models, id, settings) {
            Ok(tagger) => Ok(Tagger { spare: Some(Spare::new(on_processor)), ..tagger }),
            // A GPU that cannot take it; what is wrong with the model itself shows there too.
            Err(ModelError::Shape(_)) => on_processor(),
            Err(e) => Err(e),
        }
    }

    fn load_on(device: Device, models: &Path, id: &str, settings: Settings) -> Result<Tagger, ModelError> {
        let manifest = Manifest::load(models)?;
        let entry = manifest.model(id)?;
        entry.check()?;
        let shape = |e: &dyn std::fmt::Display| ModelError::Shape(e.to_string());
        let hub = entry.hub.as_ref().ok_or_else(|| shape(&"it does not come from a hub"))?;
        if !ARCHITECTURES.contains(&entry.architecture.as_str()) {
            return Err(shape(&format!("architecture `{}` is not known", entry.architecture)));
        }
        let config: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&manifest.read(entry, "config.json")?).map_err(|e| shape(&e))?;
        let mut tokenizer = Tokenizer::from_bytes(manifest.read(entry, "tokenizer.json")?).map_err(|e| shape(&e))?;
        let (before, after) = plain(&mut tokenizer).map_err(|e| shape(&e))?;
        let tensors = classifier::tensors(&manifest.read(entry, "model.safetensors")?).map_err(|e| shape(&e))?;
        let classifier = Classifier::new(&entry.architecture, config, tensors, &device)?;
        if hub.max_tokens > classifier.places {
            return Err(shape(&format!("max_tokens is {}, the model has places for {}", hub.max_tokens, classifier.places)));
        }
        let cores = settings.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()).min(8));
        let cores = if device.is_cpu() { cores } else { 1 };
        let special = before.len() + after.len();
        Ok(Tagger {
            id: entry.id.clone(),
            labels: labels::labels(&classifier.labels, hub)?,
            window: settings.window.unwrap_or(hub.max_tokens).clamp(special + 8, hub.max_tokens.max(special + 8)) - special,
            threads: ThreadPoolBuilder::new().num_threads(cores).build().map_err(|e| shape(&e))?,
            classifier,
            device,
            tokenizer,
            before,
            after,
            spare: None,
        })
    }

    /// Its name in the manifest.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it runs: `cpu`, `cuda` or `metal`.
    pub fn device(&self) -> &'static str {
        device::name(if self.spare.as_ref().is_some_and(Spare::is_used) { &Device::Cpu } else { &self.device })
    }

    /// What identifies people in `text`: ordered by start, not overlapping. From the processor once the GPU failed.
    pub fn find(&self, text: &str, cancel: &Cancel) -> Result<Vec<Detection>, RecognizeError> {
        match &self.spare {
            Some(spare) => spare.after(|| self.found(text, cancel), |on_processor| on_processor.found(text, cancel)),
            None => self.found(text, cancel),
        }
    }

    fn found(&self, text: &str, cancel: &Cancel) -> Result<Vec<Detection>, RecognizeError> {
        let pieces = pieces(&self.tokenizer, text, cancel)?;
        let windows = windows(text, &pieces, self.window);
        let logits = self.logits(&pieces, &windows, cancel)?;
        let mut tags: Vec<Option<Tag>> = vec![None; pieces.len()];
        for (window, logits) in windows.iter().zip(&logits) {
            for at in window.answers.clone() {
                if let (Some(slot), Some(logits)) = (tags.get_mut(at), logits.get(self.before.len() + at - window.sees.start)) {
                    *slot = self.labels.tag(logits);
                }
            }
        }
        Ok(whole_words(text, decode::detections(text, &pieces, &tags, &self.labels.confidence)))
    }

    /// The logits of every window, in order: cores that are free take the next batch.
    fn logits(&self, pieces: &[Piece], windows: &[Window], cancel: &Cancel) -> Result<Logits, RecognizeError> {
        let sequences: Vec<Vec<u32>> = windows.iter().map(|w| self.sequence(pieces.get(w.sees.clone()).unwrap_or(&[]))).collect();
        let batches: Vec<&[Vec<u32>]> = sequences.chunks(if self.device.is_cpu() { 1 } else { WINDOWS }).collect();
        let next = AtomicUsize::new(0);
        let work = || -> Result<Vec<(usize, Logits)>, RecognizeError> {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(batch) = batches.get(at) else { return Ok(done) };
                cancel.check()?;
                let batch: Vec<&[u32]> = batch.iter().map(Vec::as_slice).collect();
                let logits = self.classifier.forward(&batch).map_err(|e| RecognizeError::Inference(format!("{}: {e}", self.id)))?;
                if !logits.iter().all(|rows| classifier::is_finite(rows)) {
                    return Err(RecognizeError::Inference(format!("{} gave numbers that are none", self.id)));
                }
                done.push((at, logits));
            }
        };
        let done = match batches.len() {
            0 | 1 => vec![self.threads.install(work)],
            _ => self.threads.broadcast(|_| work()),
        };
        let mut done: Vec<_> = done.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        done.sort_unstable_by_key(|(at, _)| *at);
        Ok(done.into_iter().flat_map(|(_, logits)| logits).collect())
    }

    fn sequence(&self, pieces: &[Piece]) -> Vec<u32> {
        self.before.iter().copied().chain(pieces.iter().map(|p| p.id)).chain(self.after.iter().copied()).collect()
    }
}

/// By window, token and label.
type Logits = Vec<Vec<Vec<f32>>>;

/// Tokenizers of hubs may drop letters that they do not know: the word around a detection is covered all the same.
fn whole_words(text: &str, mut detections: Vec<Detection>) -> Vec<Detection> {
    let mut changed = false;
    for detection in &mut detections {
        let (span, words) = (detection.span, detection.span.of(text));
        let run = |chars: &mut dyn Iterator<Item = char>| chars.take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum::<usize>();
        let (before, after) = (text.get(..span.start).unwrap_or(""), text.get(span.end..).unwrap_or(""));
        let front = if words.starts_with(char::is_alphanumeric) { run(&mut before.chars().rev()) } else { 0 };
        let back = if words.ends_with(char::is_alphanumeric) { run(&mut after.chars()) } else { 0 };
        detection.span = Span::new(span.start - front, span.end + back);
        changed |= front + back > 0;
    }
    if changed { deid::resolve(text, detections) } else { detections }
}

/// Makes the tokenizer cut whole texts, words that look like its special tokens among them; gives the tokens that its
/// post-processor puts before and after a text.
fn plain(tokenizer: &mut Tokenizer) -> Result<(Vec<u32>, Vec<u32>), tokenizers::Error> {
    tokenizer.with_padding(None).with_truncation(None)?;
    tokenizer.set_encode_special_tokens(true);
    let encoding = tokenizer.encode("a", true)?;
    let special = encoding.get_special_tokens_mask();
    let ids = |range: Option<&[u32]>| range.unwrap_or(&[]).to_vec();
    let first = special.iter().position(|s| *s == 0).unwrap_or(special.len());
    let last = special.iter().rposition(|s| *s == 0).map_or(special.len(), |at| at + 1);
    let (before, after) = (ids(encoding.get_ids().get(..first)), ids(encoding.get_ids().get(last..)));
    if before.is_empty() || after.is_empty() {
        return Err("the tokenizer does not say which tokens begin and end a text".into());
    }
    Ok((before, after))
}

/// The embedded model and, beside it, the models from a hub that an administrator enabled. Class and embedding are those of the
/// embedded one; detections are those of all. Where one of them fails, the reading fails, and nothing is sent.
pub struct Together {
    base: LocalEncoder,
    taggers: Vec<Tagger>,
}

impl Together {
    /// Loads the embedded model `id` and every enabled one, from the folder `models`.
    pub fn load(models: &Path, id: &str) -> Result<Together, ModelError> {
        let manifest = Manifest::load(models)?;
        let taggers = manifest.enabled().map(|entry| Tagger::load(models, &entry.id, Settings::default()));
        Ok(Together { taggers: taggers.collect::<Result<_, _>>()?, base: LocalEncoder::load(models, id)? })
    }
}

impl deid::Encoder for Together {
    fn read(&self, text: &str, cancel: &Cancel) -> Result<Reading, RecognizeError> {
        let mut reading = self.base.read(text, cancel)?;
        if self.taggers.is_empty() {
            return Ok(reading);
        }
        for tagger in &self.taggers {
            reading.detections.extend(tagger.find(text, cancel)?);
        }
        reading.detections = deid::resolve(text, reading.detections);
        Ok(reading)
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, RecognizeError> {
        self.base.embed(texts)
    }

    /// That of the embedded model.
    fn device(&self) -> &'static str {
        self.base.device()
    }
}

#[cfg(test)]
mod tests;
