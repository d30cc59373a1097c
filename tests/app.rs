//! The product in a home of its own, with a provider on loopback.

use std::path::{Path, PathBuf};

use product_tests::provider::Provider;
use tempfile::TempDir;
use workflow::{Cordon, ImportOutcome, Options, ProviderRequest};

pub const KEY: &str = "sk-test-4f1d9c2b7a";

/// The folder of the models in the checkout.
pub fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models")
}

/// The product's settings over a home.
pub fn options(home: &Path, models: PathBuf) -> Options {
    Options {
        home: home.join("cordon"),
        models,
        reader: env!("CARGO_BIN_EXE_confined-reader").into(),
        passphrase: Some("correct horse battery".into()),
        keychain: false,
        proxy: None,
    }
}

/// Opens the product.
pub async fn open(home: &TempDir) -> Cordon {
    let cordon = Cordon::open(options(home.path(), models())).await.unwrap();
    cordon.require_unlocked().await.unwrap();
    cordon
}

/// Sets the provider up, with an agreement, and chooses it.
pub async fn choose(cordon: &Cordon, provider: &Provider) {
    let request = ProviderRequest {
        id: None,
        name: "Loopback".into(),
        wire: "compatible".into(),
        base_url: format!("http://{}/v1", provider.address),
        model: "test-model".into(),
        key: Some(KEY.into()),
        agreement: true,
    };
    let saved = cordon.save_provider(request).await.unwrap();
    cordon.select_provider(Some(&saved[0].id)).await.unwrap();
}

/// Imports a text as a file; gives the record's id.
pub async fn import(cordon: &Cordon, home: &TempDir, name: &str, text: &str) -> String {
    let file = home.path().join(name);
    std::fs::write(&file, text).unwrap();
    let outcomes = cordon.import(vec![file.clone()]).await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let [ImportOutcome { record: Some(record), .. }] = outcomes.as_slice() else { panic!("not imported: {outcomes:?}") };
    record.id.clone()
}
