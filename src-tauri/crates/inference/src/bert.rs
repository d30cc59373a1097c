//! The encoder as our own candle model: BERT (Devlin et al. 2018, arXiv:1810.04805) with embeddings for shape and gap, and heads
//! for tags, class and sentence embedding.

use std::collections::HashMap;

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{LayerNorm, Linear, Module, ops::softmax_last_dim};

use crate::encoder::Config;

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
    pub(crate) device: Device,
}

/// A batch of windows, padded to the longest: `[batch, length]` each; `mask` is 1 for a piece and 0 for padding.
pub(crate) struct Batch {
    pub ids: Vec<u32>,
    pub shapes: Vec<u32>,
    pub gaps: Vec<u32>,
    pub mask: Vec<f32>,
    pub size: usize,
    pub length: usize,
}

/// What the heads say: tags `[batch, length, labels]`, class `[batch, classes]`, embedding `[batch, hidden]`.
pub(crate) struct Output {
    pub tags: Tensor,
    pub class: Tensor,
    pub embedding: Tensor,
}

impl Bert {
    pub(crate) fn new(mut weights: HashMap<String, Tensor>, config: &Config, device: &Device) -> Result<Bert> {
        let hidden = config.hidden_size;
        let mut take = |name: &str, shape: &[usize]| -> Result<Tensor> {
            let tensor = weights.remove(name).ok_or_else(|| candle_core::Error::Msg(format!("tensor `{name}` is missing")))?;
            if tensor.dims() != shape {
                return Err(candle_core::Error::Msg(format!("tensor `{name}` has another shape")));
            }
            tensor.to_dtype(DType::F32)?.to_device(device)
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
        let kind = take("embeddings.token_type_embeddings.weight", &[2, hidden])?.get(0)?;
        let places = take("embeddings.position_embeddings.weight", &[config.max_position_embeddings, hidden])?;
        Ok(Bert {
            words: take("embeddings.word_embeddings.weight", &[config.vocab_size, hidden])?,
            places: places.broadcast_add(&kind)?,
            shapes: take("embeddings.shape_embeddings.weight", &[9, hidden])?,
            gaps: take("embeddings.gap_embeddings.weight", &[5, hidden])?,
            norm,
            layers: normed,
            heads: config.num_attention_heads,
            tags,
            class,
            embed,
            device: device.clone(),
        })
    }

    pub(crate) fn forward(&self, batch: &Batch) -> Result<Output> {
        let (size, length) = (batch.size, batch.length);
        let on = |values: &[u32]| Tensor::from_slice(values, size * length, &self.device);
        let hidden = self.words.dim(1)?;
        let x = self.words.index_select(&on(&batch.ids)?, 0)?;
        let x = (x + self.shapes.index_select(&on(&batch.shapes)?, 0)?)?;
        let x = (x + self.gaps.index_select(&on(&batch.gaps)?, 0)?)?;
        let x = x.reshape((size, length, hidden))?.broadcast_add(&self.places.narrow(0, 0, length)?)?;
        let mut x = self.norm.forward(&x)?;
        let mask = Tensor::from_slice(&batch.mask, (size, length), &self.device)?;
        let padded = batch.mask.contains(&0.0);
        // Scores of padding get a large negative number before the softmax.
        let bias = if padded { Some(((&mask - 1.0)? * 1e9)?.reshape((size, 1, 1, length))?) } else { None };
        for layer in &self.layers {
            x = self.layer(layer, &x, bias.as_ref())?;
        }
        let weights = mask.unsqueeze(D::Minus1)?;
        let mean = x.broadcast_mul(&weights)?.sum(1)?.broadcast_div(&mask.sum_keepdim(1)?)?;
        let embedding = match &self.embed {
            Some(embed) => embed.forward(&mean)?,
            None => mean.clone(),
        };
        Ok(Output { tags: self.tags.forward(&x)?, class: self.class.forward(&mean)?, embedding })
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
