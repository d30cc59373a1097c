//! The six architectures: against what `transformers` computed (`fixtures/`), and as finders, on models that each test makes itself.
#![allow(clippy::string_slice, clippy::cloned_ref_to_slice_refs, reason = "tests")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use candle_core::Tensor;
use deid::EntityType;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

const LABELS: &str = r#"{ PER = "PERSON", LOC = "CITY" }"#;

fn fixtures(architecture: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/hub/fixtures").join(architecture)
}

/// A folder of models with one model from a hub: `files` under the commit that the manifest pins.
struct Installed(TempDir);

impl Installed {
    fn new(architecture: &str, files: &[(&str, Vec<u8>)], labels: &str, max_tokens: usize) -> Installed {
        let folder = TempDir::new().unwrap();
        let mut manifest = format!(
            "[[model]]\nid = \"m\"\narchitecture = \"{architecture}\"\nlicence = \"MIT\"\n[model.hub]\nrepo = \"owner/name\"\nrevision = \"{}\"\n\
             enabled = true\nmax_tokens = {max_tokens}\nthreshold = 0.4\nlabels = {labels}\n",
            "a".repeat(40)
        );
        let at = folder.path().join("hub/models--owner--name/snapshots").join("a".repeat(40));
        std::fs::create_dir_all(&at).unwrap();
        for (name, bytes) in files {
            let sha256 = hex::encode(Sha256::digest(bytes));
            write!(manifest, "[[model.files]]\npath = \"{name}\"\nsize = {}\nsha256 = \"{sha256}\"\n", bytes.len()).unwrap();
            std::fs::write(at.join(name), bytes).unwrap();
        }
        std::fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
        Installed(folder)
    }

    fn fixture(architecture: &str) -> Installed {
        Installed::new(architecture, &files_of(architecture), LABELS, 64)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join("hub/models--owner--name/snapshots").join("a".repeat(40)).join(name)
    }

    fn load(&self) -> Result<Tagger, ModelError> {
        Tagger::load(self.0.path(), "m", Settings::default())
    }

    fn edit(&self, from: &str, to: &str) {
        let path = self.0.path().join("manifest.toml");
        let manifest = std::fs::read_to_string(&path).unwrap();
        assert!(manifest.contains(from));
        std::fs::write(path, manifest.replace(from, to)).unwrap();
    }
}

fn files_of(architecture: &str) -> Vec<(&'static str, Vec<u8>)> {
    ["config.json", "tokenizer.json", "model.safetensors"].map(|n| (n, std::fs::read(fixtures(architecture).join(n)).unwrap())).into()
}

#[derive(Deserialize)]
struct Parity {
    text: String,
    ids: Vec<u32>,
    offsets: Vec<(usize, usize)>,
    logits: Vec<Vec<f32>>,
}

/// Alone and in a batch with longer and shorter ones, every token has the logits of `transformers`, and stands where it stood there.
#[test]
fn the_same_numbers_as_transformers() {
    for architecture in ARCHITECTURES {
        let tagger = Installed::fixture(architecture).load().unwrap();
        let cases: Vec<Parity> = serde_json::from_slice(&std::fs::read(fixtures(architecture).join("parity.json")).unwrap()).unwrap();
        let mut most = 0.0f32;
        let mut sequences = Vec::new();
        for case in &cases {
            let pieces = pieces(&tagger.tokenizer, &case.text, &Cancel::default()).unwrap();
            sequences.push(tagger.sequence(&pieces));
            assert_eq!(sequences.last().unwrap(), &case.ids, "{architecture}: {}", case.text);
            for (piece, (start, end)) in pieces.iter().zip(&case.offsets[1..]) {
                let theirs = &case.text[*start..*end];
                assert_eq!(&case.text[piece.start..piece.end], theirs.trim(), "{architecture}: {}", case.text);
                assert_eq!(piece.end, start + theirs.trim_end().len().max(if theirs.trim().is_empty() { theirs.len() } else { 0 }));
            }
        }
        let batch: Vec<&[u32]> = sequences.iter().map(Vec::as_slice).collect();
        let together = tagger.classifier.forward(&batch).unwrap();
        for ((sequence, case), together) in batch.iter().zip(&cases).zip(&together) {
            for logits in [&tagger.classifier.forward(&[*sequence]).unwrap()[0], together] {
                assert_eq!(logits.len(), case.logits.len());
                for (ours, theirs) in logits.iter().flatten().zip(case.logits.iter().flatten()) {
                    most = most.max((ours - theirs).abs());
                }
            }
        }
        println!("{architecture}: {} texts, logits differ by {most:e} at most", cases.len());
        assert!(most < 1e-3, "{architecture}: {most}");
    }
}

/// Numbers in (-1, 1) that are the same in every run.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

/// The fixture of the architecture with other weights: large enough that its labels differ from token to token.
fn seeded(architecture: &str, seed: u64, scale: f32) -> Vec<(&'static str, Vec<u8>)> {
    let mut files = files_of(architecture);
    let old = candle_core::safetensors::load_buffer(&files[2].1, &Device::Cpu).unwrap();
    let mut names: Vec<&String> = old.keys().collect();
    names.sort();
    let mut numbers = Seeded(seed);
    let mut tensors = HashMap::new();
    for name in names {
        let shape = old[name].shape().clone();
        let around = if name.to_lowercase().contains("norm") && name.ends_with("weight") { 1.0 } else { 0.0 };
        let values: Vec<f32> = (0..shape.elem_count()).map(|_| around + scale * numbers.next()).collect();
        tensors.insert(name.clone(), Tensor::from_vec(values, shape, &Device::Cpu).unwrap());
    }
    let folder = TempDir::new().unwrap();
    candle_core::safetensors::save(&tensors, folder.path().join("w")).unwrap();
    files[2].1 = std::fs::read(folder.path().join("w")).unwrap();
    files
}

/// What the records of the tests are made of: words that the fixtures' tokenizers know in parts.
fn record(words: usize) -> String {
    let mut numbers = Seeded(9);
    let mut text = String::new();
    for at in 0..words {
        let words = ["Maria", "Lopez", "came in", "seen", "by", "Dr.", "Ana Ruiz", "Zoë", "3/4/2024", "note"];
        let word = words[((numbers.next() + 1.0) * 5.0) as usize % words.len()];
        text.push_str(word);
        text.push_str(if at % 11 == 10 { "\n" } else { " " });
    }
    text
}

fn found(tagger: &Tagger, text: &str) -> Vec<Detection> {
    tagger.find(text, &Cancel::default()).unwrap()
}

/// Random weights find at random, but always the same, whole words, in order, at any number of cores.
#[test]
fn every_architecture_finds_whole_words_and_the_same_each_time() {
    for architecture in ARCHITECTURES {
        let installed = Installed::new(architecture, &seeded(architecture, 5, 0.6), LABELS, 40);
        let tagger = installed.load().unwrap();
        let one = Tagger::load(installed.0.path(), "m", Settings { threads: Some(1), ..Settings::default() }).unwrap();
        let text = record(120);
        let detections = found(&tagger, &text);
        assert!(!detections.is_empty(), "{architecture}");
        assert_eq!(detections, found(&tagger, &text), "{architecture}");
        assert_eq!(detections, found(&one, &text), "{architecture}");
        let mut at = 0;
        for detection in &detections {
            assert!(detection.span.start >= at && !detection.span.is_empty(), "{architecture}");
            at = detection.span.end;
            let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let (before, inside, after) = (&text[..detection.span.start], detection.span.of(&text), &text[at..]);
            assert!(!(letter(before.chars().next_back()) && letter(inside.chars().next())), "{architecture}: {inside}");
            assert!(!(letter(after.chars().next()) && letter(inside.chars().next_back())), "{architecture}: {inside}");
            assert!(detection.confidence > 0.0 && detection.confidence <= 1.0 && detection.source == deid::Source::Model);
        }
        for odd in ["", " ", "\n\n", "\u{0}\u{1}", "\u{202e}Maria\u{200b} L\u{301}opez 😀", "[SEP] </s> <mask> Maria", &"x".repeat(5000)]
        {
            for detection in found(&tagger, odd) {
                assert!(odd.get(detection.span.start..detection.span.end).is_some_and(|t| !t.is_empty()));
            }
        }
    }
}

/// A model whose every layer is silent and whose head knows one word by its embedding: wherever the seam between two windows
/// falls, the word is found.
#[test]
fn nothing_is_lost_at_a_seam() {
    let mut files = files_of("bert");
    let tokenizer = Tokenizer::from_bytes(&files[1].1).unwrap();
    let old = candle_core::safetensors::load_buffer(&files[2].1, &Device::Cpu).unwrap();
    let mut tensors: HashMap<String, Tensor> = old
        .iter()
        .map(|(name, t)| {
            let norm = name.contains("LayerNorm") && name.ends_with("weight");
            (name.clone(), if norm { t.ones_like().unwrap() } else { t.zeros_like().unwrap() })
        })
        .collect();
    let ids: Vec<u32> = tokenizer.encode("maria lopez", false).unwrap().get_ids().to_vec();
    let words = &old["bert.embeddings.word_embeddings.weight"];
    let (vocab, hidden) = words.dims2().unwrap();
    let row = |is: bool| (0..hidden).map(move |at| if (at == 0) == is { 4.0f32 } else { -0.5 });
    let rows: Vec<f32> = (0..vocab as u32).flat_map(|id| row(ids.contains(&id))).collect();
    tensors.insert("bert.embeddings.word_embeddings.weight".into(), Tensor::from_vec(rows, (vocab, hidden), &Device::Cpu).unwrap());
    let head: Vec<f32> = (0..5).flat_map(|label| (0..hidden).map(move |at| if label == 2 && at == 0 { 5.0f32 } else { 0.0 })).collect();
    tensors.insert("classifier.weight".into(), Tensor::from_vec(head, (5, hidden), &Device::Cpu).unwrap());
    tensors.insert("classifier.bias".into(), Tensor::new(&[5.0f32, 0.0, 0.0, 0.0, 0.0], &Device::Cpu).unwrap());
    let folder = TempDir::new().unwrap();
    candle_core::safetensors::save(&tensors, folder.path().join("w")).unwrap();
    files[2].1 = std::fs::read(folder.path().join("w")).unwrap();
    let tagger = Installed::new("bert", &files, LABELS, 64).load().unwrap();
    for before in 0..140 {
        let text = format!("{}Maria Lopez {}", "in on ".repeat(before / 2) + &"of ".repeat(before % 2), "on in ".repeat(60));
        let detections = found(&tagger, &text);
        let words: Vec<&str> = detections.iter().map(|d| d.span.of(&text)).collect();
        assert_eq!(words, ["Maria Lopez"], "{before}");
        assert_eq!(detections[0].entity, EntityType::Person);
    }
}

#[test]
fn label_schemes() {
    let of = |labels: &[&str], map: &str| {
        let hub = format!("repo = \"o/n\"\nrevision = \"{}\"\nmax_tokens = 64\nlabels = {map}", "a".repeat(40));
        let labels: Vec<String> = labels.iter().map(ToString::to_string).collect();
        labels::labels(&labels, &toml::from_str(&hub).unwrap()).map(|l| l.meaning)
    };
    use EntityType::{City, Date, Person};
    let bio = of(&["O", "B-PER", "I-PER", "B-MISC"], r#"{ PER = "PERSON", MISC = "none" }"#).unwrap();
    assert_eq!(bio, [None, Some((Person, true)), Some((Person, false)), None]);
    let bioes = of(&["O", "B-L", "I-L", "E-L", "S-L"], r#"{ L = "CITY" }"#).unwrap();
    assert_eq!(bioes, [None, Some((City, true)), Some((City, false)), Some((City, false)), Some((City, true))]);
    let plain = of(
        &["LABEL_0", "name", "E-MAIL", "DATE-TIME"],
        r#"{ LABEL_0 = "none", name = "PERSON", E-MAIL = "EMAIL_ADDRESS", DATE-TIME = "DATE" }"#,
    );
    assert_eq!(plain.unwrap(), [None, Some((Person, false)), Some((EntityType::EmailAddress, false)), Some((Date, false))]);
    for (labels, map, why) in [
        (&["O", "B-PER"][..], r#"{ PER = "HUMAN" }"#, "no entity type"),
        (&["O", "B-PER", "B-LOC"], r#"{ PER = "PERSON" }"#, "`none` leaves it out"),
        (&["O", "B-PER"], r#"{ PER = "PERSON", LOC = "CITY" }"#, "does not have"),
        (&["O", "B-PER"], r#"{ PER = "none" }"#, "nothing to find"),
    ] {
        assert!(matches!(of(labels, map), Err(ModelError::Shape(what)) if what.contains(why)), "{map}");
    }
}

#[test]
fn what_is_not_the_pinned_model_is_refused() {
    let installed = Installed::fixture("bert");
    assert!(installed.load().is_ok());
    let weights = std::fs::read(installed.file("model.safetensors")).unwrap();
    let mut changed = weights.clone();
    *changed.last_mut().unwrap() ^= 1;
    for (bytes, what) in [(&changed[..], "sha256"), (&weights[1..], "size")] {
        std::fs::write(installed.file("model.safetensors"), bytes).unwrap();
        assert!(matches!(installed.load(), Err(ModelError::Changed { what: w, .. }) if w == what));
    }
    std::fs::remove_file(installed.file("model.safetensors")).unwrap();
    assert_eq!(installed.load().err(), Some(ModelError::NotPulled("m".into())));
    assert_eq!(Together::load(installed.0.path(), "cordon-base").err(), Some(ModelError::NotPulled("m".into())));
}

fn with_config(architecture: &str, edit: impl Fn(&mut Value)) -> Result<Tagger, ModelError> {
    let mut files = files_of(architecture);
    let mut config: Value = serde_json::from_slice(&files[0].1).unwrap();
    edit(&mut config);
    files[0].1 = config.to_string().into_bytes();
    Installed::new(architecture, &files, LABELS, 64).load()
}

#[test]
fn what_does_not_fit_the_architecture_is_refused() {
    let shape = |tagger: Result<Tagger, ModelError>| matches!(tagger, Err(ModelError::Shape(_)));
    for architecture in ARCHITECTURES {
        assert!(shape(with_config(architecture, |c| c["model_type"] = "gpt2".into())), "{architecture}");
        assert!(shape(with_config(architecture, |c| c["vocab_size"] = 7.into())), "{architecture}");
        assert!(shape(with_config(architecture, |c| c["id2label"] = json!({ "0": "O", "1": "PER" }))), "{architecture}");
        assert!(shape(with_config(architecture, |c| c["id2label"] = json!({ "1": "O" }))), "{architecture}");
        for number in ["num_attention_heads", "n_heads"] {
            assert!(with_config(architecture, |c| c[number] = 0.into()).is_err() || number_is_not_read(architecture, number));
        }
        let mut files = files_of(architecture);
        files[2].1 = b"\x80\x04\x95 a pickle".to_vec();
        assert!(shape(Installed::new(architecture, &files, LABELS, 64).load()), "{architecture}");
        assert!(
            shape(Installed::new(architecture, &files_of(architecture), LABELS, 500).load()),
            "{architecture}: more tokens than places"
        );
        let mut files = files_of(architecture);
        let mut tokenizer: Value = serde_json::from_slice(&files[1].1).unwrap();
        tokenizer["post_processor"] = Value::Null;
        files[1].1 = tokenizer.to_string().into_bytes();
        assert!(shape(Installed::new(architecture, &files, LABELS, 64).load()), "{architecture}: no special tokens");
    }
    assert!(shape(with_config("modernbert", |c| c["norm_bias"] = true.into())));
    assert!(shape(with_config("modernbert", |c| c["global_attn_every_n_layers"] = 0.into())));
    assert!(shape(with_config("bert", |c| c["position_embedding_type"] = "relative_key".into())));
    assert!(shape(Installed::new("gpt2", &files_of("bert"), LABELS, 64).load()));
}

fn number_is_not_read(architecture: &str, number: &str) -> bool {
    (architecture == "distilbert") != (number == "n_heads")
}

#[test]
fn entries_that_lead_elsewhere_are_refused() {
    for (from, to) in [
        ("owner/name", "owner/../.."),
        ("owner/name", "owner"),
        (&"a".repeat(40), "main"),
        ("path = \"config.json\"", "path = \"../config.json\""),
        ("path = \"config.json\"", "path = \"/etc/config.json\""),
        ("path = \"config.json\"", "path = \"config.bin\""),
        ("max_tokens = 64", "max_tokens = 1"),
        ("threshold = 0.4", "threshold = 1.5"),
        ("threshold = 0.4", "temperature = nan"),
        ("id = \"m\"", "id = \"../m\""),
    ] {
        let installed = Installed::fixture("bert");
        installed.edit(from, to);
        let loaded = Tagger::load(installed.0.path(), if to.contains("id = ") { "../m" } else { "m" }, Settings::default());
        assert!(matches!(loaded, Err(ModelError::Entry { .. })), "{to}: {:?}", loaded.err());
    }
    let installed = Installed::fixture("bert");
    installed.edit("threshold", "treshold");
    assert!(matches!(installed.load(), Err(ModelError::Manifest(_))));
}

#[test]
fn a_cancelled_reading_stops() {
    let tagger = Installed::fixture("modernbert").load().unwrap();
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(tagger.find("Maria Lopez", &cancel), Err(RecognizeError::Cancelled));
}

/// The GPU is played by a model that gives numbers that are none.
#[test]
fn when_the_gpu_fails_the_processor_goes_on() {
    let whole = Installed::new("bert", &seeded("bert", 3, 0.5), LABELS, 64);
    let text = record(90);
    let expected = found(&whole.load().unwrap(), &text);
    assert!(!expected.is_empty());
    let mut tagger = Installed::new("bert", &seeded("bert", 3, f32::NAN), LABELS, 64).load().unwrap();
    let folder = whole.0.path().to_owned();
    tagger.spare = Some(Spare::new(move || Tagger::load(&folder, "m", Settings::default())));
    for _ in 0..2 {
        assert_eq!(found(&tagger, &text), expected);
        assert!(tagger.spare.as_ref().unwrap().is_used());
    }
    tagger.spare = Some(Spare::new(|| Err(ModelError::NotPulled("m".into()))));
    assert!(matches!(tagger.find(&text, &Cancel::default()), Err(RecognizeError::Model(_))));
}

#[test]
fn numbers_that_are_none_fail() {
    let tagger = Installed::new("bert", &seeded("bert", 3, f32::NAN), LABELS, 64).load().unwrap();
    assert!(matches!(tagger.find("Maria Lopez", &Cancel::default()), Err(RecognizeError::Inference(_))));
}

/// The embedded model says the same as without company, and everything that it found stays covered.
#[test]
fn a_tagger_only_adds_to_the_embedded_model() {
    use deid::Encoder;
    let installed = Installed::new("bert", &seeded("bert", 5, 0.6), LABELS, 64);
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models");
    std::fs::create_dir(installed.0.path().join("cordon-base")).unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(models.join("cordon-base").join(name), installed.0.path().join("cordon-base").join(name)).unwrap();
    }
    let manifest = installed.0.path().join("manifest.toml");
    let both = [std::fs::read_to_string(models.join("manifest.toml")).unwrap(), std::fs::read_to_string(&manifest).unwrap()].join("\n");
    std::fs::write(&manifest, both).unwrap();
    let text = "Seen by Maria Lopez in Salem. ".to_owned() + &record(40);
    let alone = LocalEncoder::load(&models, "cordon-base").unwrap().read(&text, &Cancel::default()).unwrap();
    let together = Together::load(installed.0.path(), "cordon-base").unwrap().read(&text, &Cancel::default()).unwrap();
    assert_eq!(alone.class, together.class);
    let covered = |at: usize| together.detections.iter().any(|d| (d.span.start..d.span.end).contains(&at));
    assert!(alone.detections.iter().all(|d| (d.span.start..d.span.end).all(covered)));
    let letters = |detections: &[Detection]| detections.iter().map(|d| d.span.len()).sum::<usize>();
    assert!(letters(&together.detections) > letters(&alone.detections));
    assert!(together.detections.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
}

/// What a hub described becomes an entry that loads as soon as a person said what the labels mean.
#[test]
fn a_drafted_entry_waits_for_a_person() {
    for architecture in ARCHITECTURES {
        let files = files_of(architecture);
        let pinned = |(name, bytes): &(&str, Vec<u8>)| crate::ModelFile {
            name: (*name).into(),
            sha256: hex::encode(Sha256::digest(bytes)),
            size: bytes.len() as u64,
        };
        let pinned: Vec<_> = files.iter().map(pinned).collect();
        let revision = "a".repeat(40);
        let draft =
            HubDraft { id: "m", repo: "owner/name", revision: &revision, licence: Some("mit"), files: &pinned, config: &files[0].1 };
        let installed = Installed::new(architecture, &files, LABELS, 64);
        let entry = draft.entry().unwrap();
        assert!(entry.contains("enabled = false") && entry.contains("max_tokens = 128") && entry.contains("= \"PERSON\""));
        std::fs::write(installed.0.path().join("manifest.toml"), &entry).unwrap();
        assert!(matches!(installed.load(), Err(ModelError::Shape(what)) if what.contains("`?`, which is no entity type")));
        installed.edit("\"?\"", "\"CITY\"");
        assert!(installed.load().is_ok(), "{architecture}");
        assert_eq!(Manifest::load(installed.0.path()).unwrap().enabled().count(), 0);
        let other = HubDraft { config: br#"{"model_type":"gpt2"}"#, ..draft.clone() };
        assert!(matches!(other.entry(), Err(ModelError::Shape(_))));
        let elsewhere = HubDraft { id: "../m", ..draft.clone() };
        assert!(matches!(elsewhere.entry(), Err(ModelError::Entry { .. })));
        assert!(
            matches!(HubDraft { files: &pinned[..2], ..draft }.entry(), Err(ModelError::Shape(what)) if what.contains("model.safetensors"))
        );
    }
}
