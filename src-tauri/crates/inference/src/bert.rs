//! The encoder as our own candle model: BERT (Devlin et al. 2018, arXiv:1810.04805) with embeddings for shape and gap, and heads
//! for tags, class and sentence embedding.

use std::collections::HashMap;

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{LayerNorm, Linear, Module, ops::softmax_last_dim};
use deid::{Cancel, RecognizeError};

use crate::encoder::Config;
use crate::sequence::{Output, Sequence};

struct Layer {
    qkv: Linear,
    attended: Linear,
    attended_norm: LayerNorm,
    up: Linear,
    down: Linear,
    down_norm: LayerNorm,
}

pub(crate) struct Bert {
    words: Tensor,
    places: Tensor,
    shapes: Tensor,
    gaps: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
    heads: usize,
    tags: Linear,
    class: Linear,
    embed: Option<Linear>,
    device: Device,
    kind: DType,
}

impl Bert {
    /// With the layers in numbers of `kind`; the heads are in f32, which a mean over many rows needs.
    pub(crate) fn new(mut weights: HashMap<String, Tensor>, config: &Config, device: &Device, kind: DType) -> Result<Bert> {
        let hidden = config.hidden_size;
        let mut take = |name: &str, shape: &[usize]| -> Result<Tensor> {
            let kind = if matches!(name.split_once('.'), Some(("tags" | "class" | "embed", _))) { DType::F32 } else { kind };
            let tensor = weights.remove(name).ok_or_else(|| candle_core::Error::Msg(format!("tensor `{name}` is missing")))?;
            if tensor.dims() != shape {
                return Err(candle_core::Error::Msg(format!("tensor `{name}` has another shape")));
            }
            tensor.to_dtype(kind)?.to_device(device)
        };
        let mut linear = |name: &str, out: usize, inner: usize| -> Result<Linear> {
            Ok(Linear::new(take(&format!("{name}.weight"), &[out, inner])?, Some(take(&format!("{name}.bias"), &[out])?)))
        };
        let mut layers = Vec::new();
        for n in 0..config.num_hidden_layers {
            let at = format!("encoder.layer.{n}");
            let parts = ["query", "key", "value"].map(|part| linear(&format!("{at}.attention.self.{part}"), hidden, hidden));
            let [query, key, value] = parts;
            let (query, key, value) = (query?, key?, value?);
            let bias = |l: &Linear| l.bias().cloned().ok_or_else(|| candle_core::Error::Msg("a bias is missing".into()));
            let qkv = Linear::new(
                Tensor::cat(&[query.weight(), key.weight(), value.weight()], 0)?,
                Some(Tensor::cat(&[bias(&query)?, bias(&key)?, bias(&value)?], 0)?),
            );
            let attended = linear(&format!("{at}.attention.output.dense"), hidden, hidden)?;
            let up = linear(&format!("{at}.intermediate.dense"), config.intermediate_size, hidden)?;
            let down = linear(&format!("{at}.output.dense"), hidden, config.intermediate_size)?;
            layers.push((at, qkv, attended, up, down));
        }
        let tags = linear("tags", config.labels.len(), hidden)?;
        let class = linear("class", config.classes.len(), hidden)?;
        let embed = if config.embed_head { Some(linear("embed", hidden, hidden)?) } else { None };
        let mut norm = |name: &str| -> Result<LayerNorm> {
            let weight = take(&format!("{name}.weight"), &[hidden])?;
            Ok(LayerNorm::new(weight, take(&format!("{name}.bias"), &[hidden])?, config.layer_norm_eps))
        };
        let mut normed = Vec::new();
        for (at, qkv, attended, up, down) in layers {
            let attended_norm = norm(&format!("{at}.attention.output.LayerNorm"))?;
            let down_norm = norm(&format!("{at}.output.LayerNorm"))?;
            normed.push(Layer { qkv, attended, attended_norm, up, down, down_norm });
        }
        let norm = norm("embeddings.LayerNorm")?;
        let first = take("embeddings.token_type_embeddings.weight", &[2, hidden])?.get(0)?;
        let places = take("embeddings.position_embeddings.weight", &[config.max_position_embeddings, hidden])?;
        Ok(Bert {
            words: take("embeddings.word_embeddings.weight", &[config.vocab_size, hidden])?,
            places: places.broadcast_add(&first)?,
            shapes: take("embeddings.shape_embeddings.weight", &[9, hidden])?,
            gaps: take("embeddings.gap_embeddings.weight", &[5, hidden])?,
            norm,
            layers: normed,
            heads: config.num_attention_heads,
            tags,
            class,
            embed,
            device: device.clone(),
            kind,
        })
    }

    /// One output for each sequence. Shorter ones are padded to the longest.
    pub(crate) fn forward(&self, sequences: &[&Sequence], cancel: &Cancel) -> std::result::Result<Vec<Output>, RecognizeError> {
        let failed = |e: candle_core::Error| RecognizeError::Inference(e.to_string());
        let (mut x, mask) = self.embeddings(sequences).map_err(failed)?;
        // Scores of padding get a large negative number before the softmax, which 16 bits can hold.
        let bias = match mask.affine(3e4, -3e4).and_then(|bias| bias.to_dtype(self.kind)?.unsqueeze(1)?.unsqueeze(1)) {
            Ok(bias) if sequences.windows(2).any(|pair| matches!(pair, [a, b] if a.len() != b.len())) => Some(bias),
            bias => bias.map(|_| None).map_err(failed)?,
        };
        for layer in &self.layers {
            cancel.check()?;
            x = self.layer(layer, &x, bias.as_ref()).map_err(failed)?;
        }
        self.heads(sequences, &x, &mask).map_err(failed)
    }

    fn embeddings(&self, sequences: &[&Sequence]) -> Result<(Tensor, Tensor)> {
        let (size, length) = (sequences.len(), sequences.iter().map(|s| s.len()).max().unwrap_or(0));
        let padded = |of: fn(&Sequence) -> &[u32]| {
            let rows = sequences.iter().flat_map(|s| of(s).iter().copied().chain(std::iter::repeat(0)).take(length));
            Tensor::from_vec(rows.collect::<Vec<u32>>(), size * length, &self.device)
        };
        let hidden = self.words.dim(1)?;
        let x = self.words.index_select(&padded(|s| &s.ids)?, 0)?;
        let x = (x + self.shapes.index_select(&padded(|s| &s.shapes)?, 0)?)?;
        let x = (x + self.gaps.index_select(&padded(|s| &s.gaps)?, 0)?)?;
        let x = x.reshape((size, length, hidden))?.broadcast_add(&self.places.narrow(0, 0, length)?)?;
        let mask = sequences.iter().flat_map(|s| (0..length).map(|at| if at < s.len() { 1.0f32 } else { 0.0 }));
        let mask = Tensor::from_vec(mask.collect::<Vec<f32>>(), (size, length), &self.device)?;
        Ok((self.norm.forward(&x)?, mask))
    }

    fn heads(&self, sequences: &[&Sequence], x: &Tensor, mask: &Tensor) -> Result<Vec<Output>> {
        let (x, weights) = (&x.to_dtype(DType::F32)?, mask.unsqueeze(D::Minus1)?);
        let mean = x.broadcast_mul(&weights)?.sum(1)?.broadcast_div(&mask.sum_keepdim(1)?)?;
        let embedding = match &self.embed {
            Some(embed) => embed.forward(&mean)?,
            None => mean.clone(),
        };
        let (tags, class, embedding) = (self.tags.forward(x)?.to_vec3()?, self.class.forward(&mean)?.to_vec2()?, embedding.to_vec2()?);
        let heads = sequences.iter().zip(tags).zip(class.into_iter().zip(embedding));
        Ok(heads
            .map(|((sequence, mut tags), (class, embedding))| {
                tags.truncate(sequence.len());
                Output { tags, class, embedding }
            })
            .collect())
    }

    fn layer(&self, layer: &Layer, x: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let (size, length, hidden) = x.dims3()?;
        let width = hidden / self.heads;
        let qkv = layer.qkv.forward(x)?.reshape((size, length, 3, self.heads, width))?.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let (query, key, value) = (qkv.get(0)?, qkv.get(1)?, qkv.get(2)?);
        let scores = ((query / (width as f64).sqrt())?).matmul(&key.t()?)?;
        let scores = match bias {
            Some(bias) => scores.broadcast_add(bias)?,
            None => scores,
        };
        let mixed = softmax_last_dim(&scores)?.matmul(&value)?.transpose(1, 2)?.reshape((size, length, hidden))?;
        let x = layer.attended_norm.forward(&(layer.attended.forward(&mixed)? + x)?)?;
        let wide = layer.up.forward(&x)?.gelu_erf()?;
        layer.down_norm.forward(&(layer.down.forward(&wide)? + x)?)
    }
}
