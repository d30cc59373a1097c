//! Every failure ends in nothing sent; what is on this machine goes on.

use std::path::Path;

use product_tests::provider::Provider;
use workflow::{Cordon, ErrorCode, Lane, Tier};

use crate::app;

const RECORD: &str = "Patient: Quentin Abernathy, MRN 77120934, takes lisinopril 20 mg daily for hypertension. Phone 415-555-0198.\n";

async fn sent_nothing(provider: &Provider) {
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(provider.requests.lock().unwrap().is_empty(), "something was sent");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|e| e.unwrap().path()) {
        std::fs::copy(&entry, to.join(entry.file_name().unwrap())).unwrap();
    }
}

/// the model is missing, truncated, or another one.
#[tokio::test]
async fn r_126_to_128_a_model_that_cannot_be_used() {
    let damage: [fn(&Path); 3] = [
        |weights| std::fs::remove_file(weights).unwrap(),
        |weights| std::fs::write(weights, b"short").unwrap(),
        |weights| {
            let mut bytes = std::fs::read(weights).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            std::fs::write(weights, bytes).unwrap();
        },
    ];
    for damage in damage {
        let home = tempfile::tempdir().unwrap();
        let models = home.path().join("models");
        copy(&app::models().join("cordon-base"), &models.join("cordon-base"));
        std::fs::copy(app::models().join("manifest.toml"), models.join("manifest.toml")).unwrap();
        damage(&models.join("cordon-base/model.safetensors"));
        let provider = Provider::start(&["no"]).await.unwrap();
        let cordon = Cordon::open(app::options(home.path(), models)).await.unwrap();
        assert!(!cordon.status().await.model.usable);
        app::choose(&cordon, &provider).await;
        let id = app::import(&cordon, &home, "visit.txt", RECORD).await;
        let record = cordon.approve(&id).await.unwrap();
        assert!(record.incomplete.is_some() && record.class.is_none(), "what is shown says that it is incomplete");
        assert!(record.detections.iter().any(|d| d.entity == "MEDICAL_RECORD_NUMBER"), "the rules still show what they find");
        assert!(matches!(record.decision.lane, Lane::Local | Lane::Refuse));
        let exchange = cordon.ask(&id, "What does the patient take?", &mut |_| {}).await.unwrap();
        assert_ne!(exchange.tier, Tier::Cloud);
        sent_nothing(&provider).await;
        let request = crate::export::request("all_placeholders", false);
        let written = cordon.export_record(&id, &request, &home.path().join("out.txt")).await;
        assert!(written.is_err() && !home.path().join("out.txt").exists());
    }
}

/// A-G2, A-39: a log that was cut, or whose head is gone, takes no entry, so nothing that needs one happens.
#[tokio::test]
async fn a_05_a_damaged_log_sends_nothing() {
    let home = tempfile::tempdir().unwrap();
    let provider = Provider::start(&["no"]).await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    let id = app::import(&cordon, &home, "visit.txt", RECORD).await;
    cordon.close().await;
    let before: Vec<_> =
        ["audit.db", "audit.db-wal"].iter().map(|name| std::fs::read(home.path().join("cordon").join(name)).ok()).collect();
    let cordon = app::open(&home).await;
    cordon.approve(&id).await.unwrap();
    cordon.close().await;
    // The whole file is put back to an older state: a chain that is whole in itself.
    for (name, bytes) in ["audit.db", "audit.db-wal"].iter().zip(before) {
        let path = home.path().join("cordon").join(name);
        match bytes {
            Some(bytes) => std::fs::write(path, bytes).unwrap(),
            None => drop(std::fs::remove_file(path)),
        }
    }
    let cordon = Cordon::open(app::options(home.path(), app::models())).await.unwrap();
    assert!(cordon.status().await.audit_problem.is_some());
    assert!(!cordon.audit_verify().await.unwrap().sound);
    let asked = cordon.ask(&id, "What does the patient take?", &mut |_| {}).await;
    assert_eq!(asked.unwrap_err().code, ErrorCode::Audit);
    sent_nothing(&provider).await;
}

/// D-27 to D-32: a store whose pages were changed gives no record, no vault and no key, so nothing is sent; the file stays as it
/// is, for whoever can mend it.
#[tokio::test]
async fn d_27_a_damaged_store_sends_nothing() {
    for damage in [0usize, 4096 + 100] {
        let home = tempfile::tempdir().unwrap();
        let provider = Provider::start(&["no"]).await.unwrap();
        let cordon = app::open(&home).await;
        app::choose(&cordon, &provider).await;
        let id = app::import(&cordon, &home, "visit.txt", RECORD).await;
        cordon.approve(&id).await.unwrap();
        cordon.close().await;
        let store = home.path().join("cordon/store.db");
        let mut bytes = std::fs::read(&store).unwrap();
        for byte in bytes.iter_mut().skip(damage).step_by(512) {
            *byte ^= 0xff;
        }
        std::fs::write(&store, &bytes).unwrap();
        let cordon = Cordon::open(app::options(home.path(), app::models())).await.unwrap();
        let asked = cordon.ask(&id, "What does the patient take?", &mut |_| {}).await;
        assert!(matches!(asked.unwrap_err().code, ErrorCode::Locked | ErrorCode::Store));
        sent_nothing(&provider).await;
        drop(cordon);
        assert_eq!(std::fs::read(&store).unwrap(), bytes, "a damaged store is not written over");
    }
}

/// P-09 and following: what the policy does not permit is not sent, whatever was approved.
#[tokio::test]
async fn p_09_policy_lanes_that_send_nothing() {
    let home = tempfile::tempdir().unwrap();
    let provider = Provider::start(&["no"]).await.unwrap();
    let cordon = app::open(&home).await;
    let asked = "What was discussed?";
    // No provider: local.
    let id = app::import(&cordon, &home, "visit.txt", RECORD).await;
    cordon.approve(&id).await.unwrap();
    assert_eq!(cordon.ask(&id, asked, &mut |_| {}).await.unwrap().tier, Tier::Local);
    app::choose(&cordon, &provider).await;
    // Psychotherapy and substance use: local. A card with its security code: refused.
    let cases = [
        ("therapy.txt", "PSYCHOTHERAPY NOTE\nSession with Quentin Abernathy about the loss of his brother.", Lane::Local),
        ("program.txt", "Methadone maintenance program, 42 CFR Part 2. Patient: Quentin Abernathy.", Lane::Local),
        ("card.txt", "Cardholder Quentin Abernathy, card 4111 1111 1111 1111, CVV 921, disputes a charge of $40.", Lane::Refuse),
    ];
    for (name, text, lane) in cases {
        let id = app::import(&cordon, &home, name, text).await;
        let record = cordon.approve(&id).await.unwrap();
        assert_eq!(record.decision.lane, lane, "{name}: {:?}", record.decision.rules);
        assert!(!record.text.contains("921"), "a card security code is never stored");
        let exchange = cordon.ask(&id, asked, &mut |_| {}).await.unwrap();
        assert_eq!(exchange.tier, if lane == Lane::Refuse { Tier::None } else { Tier::Local }, "{name}");
    }
    sent_nothing(&provider).await;
}

/// R-126 and following at the gate: an identifier that a reviewer took away is not sent either.
#[tokio::test]
async fn p_14_a_released_identifier_stays_local() {
    let home = tempfile::tempdir().unwrap();
    let provider = Provider::start(&["no"]).await.unwrap();
    let cordon = app::open(&home).await;
    app::choose(&cordon, &provider).await;
    let id = app::import(&cordon, &home, "visit.txt", RECORD).await;
    let record = cordon.open_record(&id).await.unwrap();
    let number = record.detections.iter().find(|d| d.entity == "MEDICAL_RECORD_NUMBER").unwrap().id;
    cordon.edit_record(&id, workflow::Edit::Remove { detection: number }).await.unwrap();
    let record = cordon.approve(&id).await.unwrap();
    assert_eq!(record.decision.lane, Lane::Local, "{:?}", record.decision.rules);
    cordon.ask(&id, "What does the patient take?", &mut |_| {}).await.unwrap();
    sent_nothing(&provider).await;
    let record = cordon.undo(&id).await.unwrap();
    assert!(record.detections.iter().any(|d| d.entity == "MEDICAL_RECORD_NUMBER") && record.can_redo);
}
