//! The embedded model against what the training side computed from the same weights.
#![allow(clippy::string_slice, reason = "tests")]

use super::*;
use deid::Encoder;

#[derive(Deserialize)]
struct Parity {
    text: String,
    ids: Vec<u32>,
    shapes: Vec<u32>,
    gaps: Vec<u32>,
    tags: Vec<String>,
    class: String,
    embedding: Vec<f32>,
}

fn models() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../models")
}

#[test]
fn a_model_that_is_not_there_or_not_the_pinned_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(LocalEncoder::load(folder.path(), "cordon-base"), Err(ModelError::Manifest(_))));
    let model = folder.path().join("cordon-base");
    std::fs::create_dir(&model).unwrap();
    std::fs::copy(models().join("manifest.toml"), folder.path().join("manifest.toml")).unwrap();
    assert!(matches!(LocalEncoder::load(folder.path(), "cordon-base"), Err(ModelError::Missing(_))));
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(models().join("cordon-base").join(name), model.join(name)).unwrap();
    }
    assert!(LocalEncoder::load(folder.path(), "cordon-base").is_ok());
    let mut bytes = std::fs::read(model.join("model.safetensors")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(model.join("model.safetensors"), &bytes).unwrap();
    assert!(matches!(LocalEncoder::load(folder.path(), "cordon-base"), Err(ModelError::Changed { what, .. }) if what == "sha256"));
    bytes.truncate(middle);
    std::fs::write(model.join("model.safetensors"), &bytes).unwrap();
    assert!(matches!(LocalEncoder::load(folder.path(), "cordon-base"), Err(ModelError::Changed { what, .. }) if what == "size"));
}

fn computing(arithmetic: Arithmetic) -> LocalEncoder {
    let settings = Settings { arithmetic: Some(arithmetic), ..Settings::default() };
    LocalEncoder::load_with(&models(), "cordon-base", settings).unwrap()
}

/// Floats give what training computed; in integers one token in a hundred may get another label, and the embedding turns a little.
#[test]
fn the_same_numbers_as_in_training() {
    same_as_in_training(&computing(Arithmetic::F32), 0.0, 2e-3);
    same_as_in_training(&computing(Arithmetic::Int8), 0.01, 2e-2);
}

fn same_as_in_training(encoder: &LocalEncoder, tolerance: f64, embedding_tolerance: f32) {
    let (mut tokens, mut other) = (0, 0);
    let parity: Vec<Parity> = serde_json::from_slice(&std::fs::read(models().join("cordon-base/parity.json")).unwrap()).unwrap();
    assert!(parity.len() >= 6);
    for case in parity {
        let inner = 1..case.ids.len() - 1;
        let pieces = pieces(&encoder.tokenizer, &case.text, &Cancel::default()).unwrap();
        let sequence = Sequence::new(&pieces, encoder.first, encoder.last);
        assert_eq!(sequence.ids, case.ids, "ids");
        assert_eq!(sequence.shapes, case.shapes, "shapes");
        assert_eq!(sequence.gaps, case.gaps, "gaps");
        let output = encoder.outputs(&[(&sequence, 0)], &Cancel::default()).unwrap().remove(0).1;
        let logits = output.tags;
        let best = |row: &Vec<f32>| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        let meaning: Vec<Option<(EntityType, bool)>> = logits.iter().map(|row| encoder.labels.meaning[best(row)]).collect();
        let names: Vec<String> =
            meaning.iter().map(|m| m.map_or("O".into(), |(e, b)| format!("{}-{}", if b { "B" } else { "I" }, e.name()))).collect();
        tokens += inner.len();
        other += names[inner.clone()].iter().zip(&case.tags[inner]).filter(|(ours, theirs)| ours != theirs).count();
        // A text of a line may lie between two classes; `integers_say_what_floats_say` compares those of whole records.
        if tolerance == 0.0 {
            let reading = encoder.read(&case.text, &Cancel::default()).unwrap();
            assert_eq!(reading.class.class.name(), case.class);
        }
        let embedding = output.embedding;
        let norm = embedding.iter().map(|v| v * v).sum::<f32>().sqrt();
        for (ours, theirs) in embedding.iter().zip(&case.embedding) {
            assert!((ours - theirs).abs() < embedding_tolerance || (ours / norm - theirs).abs() < embedding_tolerance, "{ours} {theirs}");
        }
    }
    assert!(other as f64 <= tolerance * tokens as f64, "{other} of {tokens} tags differ");
}

#[test]
fn bad_texts_give_right_spans_and_no_panic() {
    let encoder = LocalEncoder::load(&models(), "cordon-base").unwrap();
    let long = format!("{} Maria Lopez {}", "x".repeat(20_000), "word ".repeat(3000));
    for text in ["", " ", "\u{0}\u{1}\u{2}", "\u{202e}Maria\u{200b} L\u{301}opez 😀", long.as_str()] {
        let reading = encoder.read(text, &Cancel::default()).unwrap();
        for d in reading.detections {
            assert!(text.get(d.span.start..d.span.end).is_some_and(|t| !t.is_empty()));
        }
    }
}

#[test]
fn a_cancelled_reading_stops() {
    let encoder = LocalEncoder::load(&models(), "cordon-base").unwrap();
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(encoder.read("Maria Lopez", &cancel), Err(RecognizeError::Cancelled));
}

#[test]
fn embeddings_rank_the_passage_that_answers() {
    let encoder = LocalEncoder::load(&models(), "cordon-base").unwrap();
    let texts = [
        "Which drugs does the patient take?",
        "Medications: metformin 500 mg twice daily and lisinopril 10 mg.",
        "The parking garage is behind the building.",
    ];
    let vectors = encoder.embed(&texts).unwrap();
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    assert!((dot(&vectors[0], &vectors[0]) - 1.0).abs() < 1e-3);
    assert!(dot(&vectors[0], &vectors[1]) > dot(&vectors[0], &vectors[2]) + 0.1);
}

/// What integers may cost against floats, over records of many kinds: of the tokens that floats call identifying 99.7 % still are,
/// with the same entity type; hardly one becomes identifying; every record keeps its class, and its embedding a cosine of 0.99.
#[test]
fn integers_say_what_floats_say() {
    say_what_floats_say(Arithmetic::Int8);
}

/// As a GPU computes, here on the processor.
#[test]
fn halves_say_what_floats_say() {
    say_what_floats_say(Arithmetic::F16);
}

fn say_what_floats_say(arithmetic: Arithmetic) {
    let (ours, reference) = (computing(arithmetic), computing(Arithmetic::F32));
    let records: Vec<&str> = include_str!("records.txt").split("----\n").collect();
    assert!(records.len() >= 25);
    let of = |encoder: &LocalEncoder| {
        let (cut, outputs) = encoder.answers(&records, &Cancel::default()).unwrap();
        let mean = |cut: &Cut, of: fn(&Output) -> &[f32]| LocalEncoder::mean(cut, &outputs, of);
        let said =
            |cut: &Cut| (encoder.tags(cut, &outputs), encoder.classification(&mean(cut, |o| &o.class)).class, mean(cut, |o| &o.embedding));
        cut.iter().map(said).collect::<Vec<_>>()
    };
    let (mut identifying, mut lost, mut retyped, mut new, mut tokens) = (0usize, 0usize, 0usize, 0usize, 0usize);
    let mut least = f32::INFINITY;
    for ((ours, class, embedding), (theirs, expected, reference)) in of(&ours).iter().zip(of(&reference)) {
        assert_eq!(*class, expected);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        least = least.min(dot(embedding, &reference) / (dot(embedding, embedding) * dot(&reference, &reference)).sqrt());
        for (ours, theirs) in ours.iter().zip(theirs) {
            tokens += 1;
            identifying += usize::from(theirs.is_some());
            lost += usize::from(theirs.is_some() && ours.is_none());
            new += usize::from(theirs.is_none() && ours.is_some());
            retyped += usize::from(matches!((ours, theirs), (Some(a), Some(b)) if a.entity != b.entity));
        }
    }
    println!("{tokens} tokens, {identifying} identifying: {lost} lost, {retyped} of another type, {new} new; least cosine {least}");
    assert!(identifying >= 1000);
    assert!((lost + retyped) as f64 <= 0.003 * identifying as f64, "{lost} of {identifying} lost, {retyped} of another type");
    assert!(new as f64 <= 0.003 * tokens as f64, "{new} of {tokens} tokens identify only there");
    assert!(least >= 0.99, "{least}");
}

/// Callers whose windows wait at the same time get what each gets alone; one that gives up takes nothing from the others.
#[test]
fn a_shared_gpu_gives_each_caller_its_own() {
    let alone = computing(Arithmetic::F32);
    let mut encoder = computing(Arithmetic::F32);
    let manifest = Manifest::load(&models()).unwrap();
    let file = |name| manifest.read(manifest.model("cordon-base").unwrap(), name).unwrap();
    let config: Config = serde_json::from_slice(&file("config.json")).unwrap();
    let bert = Bert::new(tensors(&file("model.safetensors")).unwrap(), &config, &Device::Cpu, DType::F32).unwrap();
    encoder.model = Model::Gpu(Box::new(Shared::new(bert)));
    let records: Vec<&str> = include_str!("records.txt").split("----\n").take(6).collect();
    std::thread::scope(|scope| {
        for (n, record) in records.iter().enumerate() {
            let (alone, encoder) = (&alone, &encoder);
            scope.spawn(move || {
                let cancel = Cancel::default();
                if n == 1 {
                    cancel.cancel();
                    return assert_eq!(encoder.read(record, &cancel), Err(RecognizeError::Cancelled));
                }
                let (own, shared) = (alone.read(record, &cancel).unwrap(), encoder.read(record, &cancel).unwrap());
                assert_eq!(own.class.class, shared.class.class);
                let spans = |reading: &Reading| reading.detections.iter().map(|d| (d.span, d.entity)).collect::<Vec<_>>();
                assert_eq!(spans(&own), spans(&shared));
            });
        }
    });
    assert_eq!(encoder.read("", &Cancel::default()), alone.read("", &Cancel::default()));
}

/// Bit for bit: neither neighbours in a batch nor the number of cores change what a text gives.
#[test]
fn a_batch_gives_what_single_texts_give() {
    let encoder = computing(Arithmetic::Int8);
    let settings = Settings { arithmetic: Some(Arithmetic::Int8), threads: Some(1), ..Settings::default() };
    let single = LocalEncoder::load_with(&models(), "cordon-base", settings).unwrap();
    let records: Vec<&str> = include_str!("records.txt").split("----\n").chain(["", "Ana"]).collect();
    let together = encoder.embed(&records).unwrap();
    for (text, together) in records.iter().zip(&together) {
        assert_eq!(single.embed(&[text]).unwrap(), std::slice::from_ref(together));
    }
    let all = records.concat();
    assert_eq!(encoder.read(&all, &Cancel::default()), single.read(&all, &Cancel::default()));
}

/// Neither the core that meets it nor those that wait for it go on, and the next text is read.
#[test]
fn what_fails_on_one_core_ends_them_all() {
    let encoder = computing(Arithmetic::Int8);
    let read = |text: &str| pieces(&encoder.tokenizer, text, &Cancel::default()).unwrap();
    let long = read(&"pain and rest ".repeat(40));
    for bad in [0, 60, 100] {
        let mut sequence = Sequence::new(&long, encoder.first, encoder.last);
        sequence.ids[bad] = u32::MAX;
        assert!(matches!(encoder.outputs(&[(&sequence, 0)], &Cancel::default()), Err(RecognizeError::Inference(_))));
    }
    let whole = Sequence::new(&long, encoder.first, encoder.last);
    assert!(encoder.outputs(&[(&whole, 0)], &Cancel::default()).is_ok());
}

/// A GPU that fails, or gives numbers that are none, is left for the processor; the reading is the same.
#[test]
fn when_the_gpu_fails_the_processor_goes_on() {
    let whole = computing(Arithmetic::Int8).read("Seen by Maria Lopez", &Cancel::default()).unwrap();
    for broken in [0.0, f64::NAN] {
        let mut encoder = computing(Arithmetic::F32);
        let manifest = Manifest::load(&models()).unwrap();
        let file = |name| manifest.read(manifest.model("cordon-base").unwrap(), name).unwrap();
        let mut weights = tensors(&file("model.safetensors")).unwrap();
        let mut config: Config = serde_json::from_slice(&file("config.json")).unwrap();
        let places = weights.get_mut("embeddings.position_embeddings.weight").unwrap();
        if broken == 0.0 {
            // Too few places for a window: an error of candle's.
            config.max_position_embeddings = 2;
            *places = places.narrow(0, 0, 2).unwrap();
        } else {
            *places = places.affine(broken, broken).unwrap();
        }
        let bert = Bert::new(weights, &config, &Device::Cpu, DType::F32).unwrap();
        encoder.model = Model::Gpu(Box::new(Shared::new(bert)));
        assert!(matches!(encoder.read("Seen by Maria Lopez", &Cancel::default()), Err(RecognizeError::Inference(_))));
        encoder.spare = Some(Spare::new(|| LocalEncoder::load_with(&models(), "cordon-base", on_processor(Settings::default()))));
        for _ in 0..2 {
            assert_eq!(encoder.read("Seen by Maria Lopez", &Cancel::default()), Ok(whole.clone()));
        }
        assert!(encoder.spare.as_ref().unwrap().is_used());
        encoder.spare = Some(Spare::new(|| LocalEncoder::load(Path::new("/nonexistent"), "cordon-base")));
        assert!(matches!(encoder.read("Seen by Maria Lopez", &Cancel::default()), Err(RecognizeError::Model(_))));
    }
}

/// They divide what comes out of a norm.
#[test]
fn spreads_that_are_no_positive_numbers_are_refused() {
    let manifest = Manifest::load(&models()).unwrap();
    let file = |name| manifest.read(manifest.model("cordon-base").unwrap(), name).unwrap();
    let config: Config = serde_json::from_slice(&file("config.json")).unwrap();
    for (wrong, refused) in [(1.0, false), (0.0, true), (-2.0, true), (f32::NAN, true)] {
        let mut weights = tensors(&file("model.safetensors")).unwrap();
        let spread = Tensor::full(wrong, config.hidden_size, &Device::Cpu).unwrap();
        assert!(weights.insert("encoder.layer.3.output.LayerNorm.spread".into(), spread).is_some());
        assert_eq!(matches!(Int8Bert::new(weights, &config, Isa::best()), Err(ModelError::Shape(_))), refused, "{wrong}");
    }
}

#[test]
fn words_of_the_class_are_whole_or_none() {
    let manifest = Manifest::load(&models()).unwrap();
    let file = manifest.read(manifest.model("cordon-base").unwrap(), "model.safetensors").unwrap();
    let of_words = |name: &&String| name.starts_with("class_pairs.");
    let mut weights = tensors(&file).unwrap();
    let names: Vec<String> = weights.keys().filter(of_words).cloned().collect();
    assert_eq!(names.len(), 4);
    for name in names {
        let part = weights.remove(&name).unwrap();
        assert!(matches!(Pairs::taken(&mut weights.clone(), 40), Err(ModelError::Shape(what)) if what.contains("class_pairs")), "{name}");
        weights.insert(name.clone(), part.narrow(0, 0, 2).unwrap());
        assert!(matches!(Pairs::taken(&mut weights.clone(), 40), Err(ModelError::Shape(what)) if what.contains(&name)), "{name}");
        weights.insert(name, part);
    }
    assert!(Pairs::taken(&mut weights, 40).unwrap().is_some());
    assert!(Pairs::taken(&mut weights, 40).unwrap().is_none());
}

#[test]
fn a_word_without_a_step_is_refused() {
    let device = &Device::Cpu;
    let mut file: HashMap<String, Tensor> = [(WORDS.into(), Tensor::full(130u8, (3, 16), device).unwrap())].into();
    for (steps, refused) in [(3, false), (2, true), (4, true)] {
        file.insert(format!("{WORDS}.step"), Tensor::full(0.25f32, steps, device).unwrap());
        let folder = tempfile::tempdir().unwrap();
        candle_core::safetensors::save(&file, folder.path().join("w")).unwrap();
        let read = tensors(&std::fs::read(folder.path().join("w")).unwrap());
        assert_eq!(read.is_err(), refused, "{steps}");
        if let Ok(read) = read {
            assert_eq!(read[WORDS].to_dtype(DType::F32).unwrap().to_vec2::<f32>().unwrap(), [[0.5; 16]; 3]);
        }
    }
}

#[test]
fn equal_windows_are_computed_once() {
    let encoder = computing(Arithmetic::Int8);
    let (cut, outputs) =
        encoder.answers(&["Page 1 of Maria Lopez", "Page 2 of Maria Lopez", "Page 1 of Maria Lopez"], &Cancel::default()).unwrap();
    assert_eq!(cut.iter().map(|c| c.windows[0].1).collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!(outputs.len(), 2);
}

/// Wherever the seam between two windows falls, the name that it meets is found whole.
#[test]
fn nothing_is_lost_at_a_seam() {
    let encoder = computing(Arithmetic::Int8);
    for before in 70..130 {
        let text = format!(
            "{}seen by Maria Lopez today {}",
            "pain and rest ".repeat(before / 3) + &"so ".repeat(before % 3),
            "and water ".repeat(40)
        );
        let reading = encoder.read(&text, &Cancel::default()).unwrap();
        let found: Vec<&str> = reading.detections.iter().map(|d| d.span.of(&text)).collect();
        assert!(found.iter().any(|span| span.contains("Maria Lopez") && span.len() < 20), "{before}: {found:?}");
    }
}

/// The best of some attempts: another program may hold the cores at any of them.
#[test]
fn a_long_reading_stops_within_20_milliseconds() {
    let encoder = computing(Arithmetic::Int8);
    let long: String = (0..40_000).map(|i| format!("{} ", i % 7919)).collect();
    let delay = |after: u64| {
        let cancel = Cancel::default();
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| (encoder.read(&long, &cancel), std::time::Instant::now()));
            std::thread::sleep(std::time::Duration::from_millis(after));
            let asked = std::time::Instant::now();
            cancel.cancel();
            let (reading, ended) = reading.join().unwrap();
            assert_eq!(reading, Err(RecognizeError::Cancelled));
            ended.saturating_duration_since(asked)
        })
    };
    // In the tokenizer, and between the layers.
    for after in [5, 300] {
        let best = (0..8).map(|_| delay(after)).min().unwrap();
        assert!(best.as_millis() < 20, "{best:?}");
    }
}
