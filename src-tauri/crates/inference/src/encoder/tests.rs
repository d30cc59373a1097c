//! The embedded model against what the training side computed from the same weights.

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

#[test]
fn the_same_numbers_as_in_training() {
    let encoder = LocalEncoder::load(&models(), "cordon-base").unwrap();
    let parity: Vec<Parity> = serde_json::from_slice(&std::fs::read(models().join("cordon-base/parity.json")).unwrap()).unwrap();
    assert!(parity.len() >= 6);
    for case in parity {
        let inner = 1..case.ids.len() - 1;
        let pieces = pieces(&encoder.tokenizer, &case.text).unwrap();
        assert_eq!(pieces.iter().map(|p| p.id).collect::<Vec<_>>(), case.ids[inner.clone()], "ids");
        assert_eq!(pieces.iter().map(|p| p.shape).collect::<Vec<_>>(), case.shapes[inner.clone()], "shapes");
        assert_eq!(pieces.iter().map(|p| p.gap).collect::<Vec<_>>(), case.gaps[inner.clone()], "gaps");
        let window = Window { sees: 0..pieces.len(), answers: 0..pieces.len() };
        let output = encoder.bert.forward(&encoder.batch(&pieces, &[&window])).unwrap();
        let logits: Vec<Vec<f32>> = output.tags.get(0).unwrap().to_vec2().unwrap();
        let best = |row: &Vec<f32>| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        let meaning: Vec<Option<(EntityType, bool)>> = logits.iter().map(|row| encoder.labels.meaning[best(row)]).collect();
        let names: Vec<String> =
            meaning.iter().map(|m| m.map_or("O".into(), |(e, b)| format!("{}-{}", if b { "B" } else { "I" }, e.name()))).collect();
        assert_eq!(names[inner.clone()], case.tags[inner.clone()], "tags");
        let class: Vec<f32> = output.class.get(0).unwrap().to_vec1().unwrap();
        assert_eq!(encoder.classes[best(&class)].name(), case.class);
        let reading = encoder.read(&case.text, &Cancel::default()).unwrap();
        assert_eq!(reading.class.class.name(), case.class);
        let embedding: Vec<f32> = output.embedding.get(0).unwrap().to_vec1().unwrap();
        let norm = embedding.iter().map(|v| v * v).sum::<f32>().sqrt();
        for (ours, theirs) in embedding.iter().zip(&case.embedding) {
            assert!((ours - theirs).abs() < 2e-3 || (ours / norm - theirs).abs() < 2e-3, "{ours} {theirs}");
        }
    }
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
