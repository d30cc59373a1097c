//! Token classifiers as `transformers` saves them, on the encoders of candle: names of tensors, configuration, the linear head.

use std::collections::HashMap;

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{LayerNorm, Linear, Module, VarBuilder, layer_norm_no_bias, linear, linear_no_bias};
use candle_transformers::models::{bert, debertav2, modernbert, xlm_roberta};
use serde_json::{Map, Value, json};

use crate::ModelError;

/// An encoder and the linear layer on top of it.
pub(crate) struct Classifier {
    body: Body,
    head: Linear,
    pad: u32,
    device: Device,
    /// Tokens that it has places for.
    pub places: usize,
    /// The labels, in the order of the logits.
    pub labels: Vec<String>,
}

enum Body {
    /// BERT, and DistilBERT with the names of BERT.
    Bert(bert::BertModel),
    /// RoBERTa and XLM-RoBERTa.
    Roberta(xlm_roberta::XLMRobertaModel),
    DebertaV2(Box<debertav2::DebertaV2Model>),
    ModernBert(modernbert::ModernBert, Linear, LayerNorm),
}

/// Before the tensors of the encoder; the head has no prefix.
fn prefix(architecture: &str) -> &'static str {
    match architecture {
        "bert" => "bert.",
        "distilbert" => "distilbert.",
        "roberta" | "xlm-roberta" => "roberta.",
        "deberta-v2" => "deberta.",
        // candle asks for the tensors of ModernBERT with their prefix `model.`.
        _ => "",
    }
}

impl Classifier {
    /// Builds a classifier from `config.json` and the tensors of `model.safetensors`.
    pub(crate) fn new(
        architecture: &str,
        config: Map<String, Value>,
        tensors: HashMap<String, Tensor>,
        device: &Device,
    ) -> std::result::Result<Classifier, ModelError> {
        let mut config = Config(config);
        config.is_of(architecture)?;
        let labels = config.labels()?;
        let tensors = tensors.into_iter().map(|(name, tensor)| (renamed(architecture, &name), tensor)).collect();
        let shape = |e: candle_core::Error| ModelError::Shape(e.to_string());
        Classifier::build(architecture, &mut config, labels, tensors, device).map_err(shape)
    }

    fn build(
        architecture: &str,
        config: &mut Config,
        labels: Vec<String>,
        mut tensors: HashMap<String, Tensor>,
        device: &Device,
    ) -> Result<Classifier> {
        let mut places = config.number("max_position_embeddings")?;
        let pad = config.number("pad_token_id").unwrap_or(if architecture.ends_with("roberta") { 1 } else { 0 });
        if architecture == "distilbert" {
            config.distilbert_as_bert()?;
            let hidden = config.number("hidden_size")?;
            tensors.insert("embeddings.token_type_embeddings.weight".into(), Tensor::zeros((1, hidden), DType::F32, &Device::Cpu)?);
        }
        let hidden = config.checked()?;
        let vb = VarBuilder::from_tensors(tensors, DType::F32, device);
        let body = match architecture {
            "bert" | "distilbert" => Body::Bert(bert::BertModel::load(vb.clone(), &config.bert()?)?),
            "roberta" | "xlm-roberta" => {
                // The first place is the one after that of padding.
                places = places.saturating_sub(pad + 1);
                Body::Roberta(xlm_roberta::XLMRobertaModel::new(&config.roberta(pad)?, vb.clone())?)
            }
            "deberta-v2" => Body::DebertaV2(Box::new(debertav2::DebertaV2Model::load(vb.clone(), &config.deberta()?)?)),
            _ => {
                let body = config.modernbert(pad)?;
                let dense = linear_no_bias(hidden, hidden, vb.pp("head.dense"))?;
                let norm = layer_norm_no_bias(hidden, body.layer_norm_eps, vb.pp("head.norm"))?;
                Body::ModernBert(modernbert::ModernBert::load(vb.clone(), &body)?, dense, norm)
            }
        };
        let head = linear(hidden, labels.len(), vb.pp("classifier"))?;
        Ok(Classifier { body, head, pad: u32::try_from(pad)?, device: device.clone(), places, labels })
    }

    /// A logit for each label, for each token of each sequence.
    pub(crate) fn forward(&self, sequences: &[&[u32]]) -> Result<Vec<Vec<Vec<f32>>>> {
        let (size, length) = (sequences.len(), sequences.iter().map(|s| s.len()).max().unwrap_or(0));
        let ids = sequences.iter().flat_map(|s| s.iter().copied().chain(std::iter::repeat(self.pad)).take(length));
        let ids = Tensor::from_vec(ids.collect::<Vec<u32>>(), (size, length), &self.device)?;
        let mask = sequences.iter().flat_map(|s| (0..length).map(|at| u32::from(at < s.len())));
        let mask = Tensor::from_vec(mask.collect::<Vec<u32>>(), (size, length), &self.device)?;
        let types = ids.zeros_like()?;
        let x = match &self.body {
            Body::Bert(body) => body.forward(&ids, &types, Some(&mask))?,
            Body::Roberta(body) => body.forward(&ids, &mask, &types, None, None, None)?,
            Body::DebertaV2(body) => body.forward(&ids, Some(types), Some(mask))?,
            Body::ModernBert(body, dense, norm) => norm.forward(&dense.forward(&body.forward(&ids, &mask)?)?.gelu_erf()?)?,
        };
        let mut logits = self.head.forward(&x)?.to_vec3()?;
        logits.iter_mut().zip(sequences).for_each(|(rows, sequence)| rows.truncate(sequence.len()));
        Ok(logits)
    }
}

/// The name that candle asks for: without the encoder's prefix, `gamma` and `beta` of old checkpoints as weight and bias, and
/// DistilBERT in the words of BERT.
fn renamed(architecture: &str, name: &str) -> String {
    let name = name.strip_prefix(prefix(architecture)).unwrap_or(name);
    let mut name = match (name.strip_suffix(".gamma"), name.strip_suffix(".beta")) {
        (Some(norm), _) => format!("{norm}.weight"),
        (_, Some(norm)) => format!("{norm}.bias"),
        _ => name.to_owned(),
    };
    if architecture == "distilbert" {
        for (theirs, bert) in [
            ("transformer.layer.", "encoder.layer."),
            (".attention.q_lin.", ".attention.self.query."),
            (".attention.k_lin.", ".attention.self.key."),
            (".attention.v_lin.", ".attention.self.value."),
            (".attention.out_lin.", ".attention.output.dense."),
            (".sa_layer_norm.", ".attention.output.LayerNorm."),
            (".ffn.lin1.", ".intermediate.dense."),
            (".ffn.lin2.", ".output.dense."),
            (".output_layer_norm.", ".output.LayerNorm."),
        ] {
            name = name.replace(theirs, bert);
        }
    }
    name
}

/// `config.json`, where versions of `transformers` differ in what they leave out.
struct Config(Map<String, Value>);

fn fault<T>(what: String) -> Result<T> {
    Err(candle_core::Error::Msg(what))
}

impl Config {
    fn is_of(&self, architecture: &str) -> std::result::Result<(), ModelError> {
        let of = self.0.get("model_type").and_then(Value::as_str).unwrap_or("no architecture");
        if of == architecture {
            return Ok(());
        }
        Err(ModelError::Shape(format!("config.json is of `{of}`, the list of models says `{architecture}`")))
    }

    /// The names of `id2label`, which has to have every number from 0 on once.
    fn labels(&self) -> std::result::Result<Vec<String>, ModelError> {
        let by_number = self.0.get("id2label").and_then(Value::as_object).cloned().unwrap_or_default();
        let labels = (0..by_number.len()).map(|n| by_number.get(&n.to_string()).and_then(Value::as_str).map(str::to_owned));
        let labels: Option<Vec<String>> = labels.collect();
        labels.filter(|l| !l.is_empty()).ok_or_else(|| ModelError::Shape("config.json does not name its labels from 0 on".into()))
    }

    fn number(&self, name: &str) -> Result<usize> {
        match self.0.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()) {
            Some(number) => Ok(number),
            None => fault(format!("config.json has no number `{name}`")),
        }
    }

    /// What would make candle divide by nothing; gives the hidden size.
    fn checked(&self) -> Result<usize> {
        for name in ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size"] {
            if !(1..=1 << 20).contains(&self.number(name)?) {
                return fault(format!("`{name}` in config.json is out of range"));
            }
        }
        let (hidden, heads) = (self.number("hidden_size")?, self.number("num_attention_heads")?);
        if hidden.is_multiple_of(heads) { Ok(hidden) } else { fault("the attention heads do not share the hidden size".into()) }
    }

    fn default(&mut self, name: &str, value: Value) {
        if self.0.get(name).is_none_or(Value::is_null) {
            self.0.insert(name.into(), value);
        }
    }

    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(Value::Object(self.0.clone())).or_else(|e| fault(format!("config.json: {e}")))
    }

    /// Only places counted from the front are computed here.
    fn absolute_places(&self) -> Result<()> {
        match self.0.get("position_embedding_type").and_then(Value::as_str) {
            None | Some("absolute") => Ok(()),
            Some(other) => fault(format!("places of the kind `{other}` are not known")),
        }
    }

    /// BERT and DeBERTa of candle call the approximated GELU otherwise than `transformers`.
    fn activation(&mut self) {
        if let Some("gelu_new" | "gelu_pytorch_tanh" | "gelu_fast") = self.0.get("hidden_act").and_then(Value::as_str) {
            self.0.insert("hidden_act".into(), "geluapproximate".into());
        }
    }

    fn distilbert_as_bert(&mut self) -> Result<()> {
        for (theirs, bert) in [
            ("dim", "hidden_size"),
            ("n_layers", "num_hidden_layers"),
            ("n_heads", "num_attention_heads"),
            ("hidden_dim", "intermediate_size"),
            ("activation", "hidden_act"),
        ] {
            let Some(value) = self.0.get(theirs).cloned() else { return fault(format!("config.json has no `{theirs}`")) };
            self.0.insert(bert.into(), value);
        }
        self.0.insert("type_vocab_size".into(), 1.into());
        self.0.insert("layer_norm_eps".into(), json!(1e-12));
        Ok(())
    }

    fn bert(&mut self) -> Result<bert::Config> {
        self.absolute_places()?;
        self.activation();
        self.default("layer_norm_eps", json!(1e-12));
        for (name, value) in [("hidden_dropout_prob", json!(0.0)), ("initializer_range", json!(0.02)), ("pad_token_id", json!(0))] {
            self.default(name, value);
        }
        self.read()
    }

    fn roberta(&mut self, pad: usize) -> Result<xlm_roberta::Config> {
        self.absolute_places()?;
        self.0.insert("pad_token_id".into(), pad.into());
        for (name, value) in [
            ("position_embedding_type", json!("absolute")),
            ("hidden_dropout_prob", json!(0.0)),
            ("attention_probs_dropout_prob", json!(0.0)),
            ("layer_norm_eps", json!(1e-12)),
        ] {
            self.default(name, value);
        }
        self.read()
    }

    fn deberta(&mut self) -> Result<debertav2::Config> {
        self.activation();
        for (name, value) in [
            ("hidden_dropout_prob", json!(0.0)),
            ("attention_probs_dropout_prob", json!(0.0)),
            ("initializer_range", json!(0.02)),
            ("layer_norm_eps", json!(1e-7)),
            ("relative_attention", json!(false)),
            ("max_relative_positions", json!(-1)),
            ("position_biased_input", json!(true)),
            ("type_vocab_size", json!(0)),
            ("pos_att_type", json!([])),
        ] {
            self.default(name, value);
        }
        // Not needed here, and of many shapes in the wild.
        for name in ["pooler_hidden_act", "label2id", "id2label"] {
            self.0.remove(name);
        }
        self.read()
    }

    fn modernbert(&mut self, pad: usize) -> Result<modernbert::Config> {
        for name in ["attention_bias", "mlp_bias", "norm_bias", "classifier_bias"] {
            if self.0.get(name).and_then(Value::as_bool) == Some(true) {
                return fault(format!("`{name}` is not known"));
            }
        }
        for name in ["hidden_activation", "classifier_activation"] {
            if self.0.get(name).and_then(Value::as_str).is_some_and(|act| act != "gelu") {
                return fault(format!("only gelu is known as `{name}`"));
            }
        }
        // Since version 5 of `transformers` the two angles stand by the kind of attention.
        for (name, kind, usual) in [("global_rope_theta", "full_attention", 160_000.0), ("local_rope_theta", "sliding_attention", 10_000.0)]
        {
            let theta = self.0.get("rope_parameters").and_then(|r| r.get(kind)?.get("rope_theta")).and_then(Value::as_f64);
            self.default(name, json!(theta.unwrap_or(usual)));
        }
        self.0.insert("pad_token_id".into(), pad.into());
        for (name, value) in [("layer_norm_eps", self.0.get("norm_eps").cloned().unwrap_or(json!(1e-5))), ("local_attention", json!(128))] {
            self.default(name, value);
        }
        self.0.remove("id2label");
        let every = self.every()?;
        self.0.insert("global_attn_every_n_layers".into(), every.into());
        self.read()
    }

    /// Every how many layers one sees the whole window; as a number, or as the kinds of all layers.
    fn every(&self) -> Result<usize> {
        let kinds: Option<Vec<&str>> =
            self.0.get("layer_types").and_then(Value::as_array).map(|k| k.iter().filter_map(Value::as_str).collect());
        let every = match (self.number("global_attn_every_n_layers"), &kinds) {
            (Ok(every), _) => every,
            (_, Some(kinds)) => kinds.iter().skip(1).position(|k| *k == "full_attention").map_or(kinds.len(), |at| at + 1),
            _ => 3,
        };
        let regular =
            |kinds: &Vec<&str>| kinds.iter().enumerate().all(|(at, kind)| (*kind == "full_attention") == at.is_multiple_of(every));
        if every == 0 || kinds.is_some_and(|kinds| !regular(&kinds)) {
            return fault("the kinds of attention of the layers do not follow one step".into());
        }
        Ok(every)
    }
}

/// Whether every number is one.
pub(crate) fn is_finite(logits: &[Vec<f32>]) -> bool {
    logits.iter().flatten().all(|l| l.is_finite())
}

/// The tensors of a safetensors file, in 32-bit floats.
pub(crate) fn tensors(bytes: &[u8]) -> Result<HashMap<String, Tensor>> {
    let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)?.into_iter();
    // Numbers of places are stored as integers by old checkpoints, and not needed.
    tensors.filter(|(_, t)| t.dtype().is_float()).map(|(name, t)| Ok((name, t.to_dtype(DType::F32)?))).collect()
}
