//! E-07 to E-12: the key is made once, wrapped, and never silently made anew.

use store::{Cost, KeyError, KeyKind, KeyState, Keystore, Store};

const PASSPHRASE: &str = "correct horse battery";

/// A guess that costs little: these tests make many.
const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

fn keystore(dir: &std::path::Path) -> Keystore {
    Keystore::new(dir, false).with_cost(CHEAP)
}

#[test]
fn e_07_the_first_start_asks_for_a_passphrase_and_the_next_for_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let keys = keystore(dir.path());
    assert_eq!(keys.probe(), Ok(KeyState::NewPassphrase));
    assert!(matches!(keys.unlock(None), Err(KeyError::NewPassphrase)));
    assert!(matches!(keys.unlock(Some("short")), Err(KeyError::TooShort)));
    let first = keys.unlock(Some(PASSPHRASE)).unwrap();
    assert_eq!(first.kind, KeyKind::Passphrase);
    assert_eq!(keys.probe(), Ok(KeyState::NeedsPassphrase));
    assert!(matches!(keys.unlock(None), Err(KeyError::NeedsPassphrase)));
    assert!(matches!(keys.unlock(Some("another passphrase")), Err(KeyError::WrongPassphrase)));
    let again = keys.unlock(Some(PASSPHRASE)).unwrap();
    assert_eq!(first.subkey("store"), again.subkey("store"));
    assert_ne!(first.subkey("store"), first.subkey("audit"));
    // Neither the key nor the passphrase stands in a file.
    for entry in std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()) {
        let text = String::from_utf8_lossy(&std::fs::read(entry).unwrap()).into_owned();
        assert!(!text.contains(PASSPHRASE) && !text.contains(&hex::encode(&first.subkey("store")[..])));
    }
}

#[tokio::test]
async fn e_08_a_lost_key_never_makes_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let keys = keystore(dir.path());
    let key = keys.unlock(Some(PASSPHRASE)).unwrap().subkey("store");
    Store::open(dir.path(), &key).await.unwrap().close().await;
    std::fs::remove_file(dir.path().join("key.wrapped")).unwrap();
    assert!(matches!(keys.probe(), Ok(KeyState::KeyLost { .. })));
    assert!(matches!(keys.unlock(Some(PASSPHRASE)), Err(KeyError::KeyLost { .. })));
    assert!(!dir.path().join("key.wrapped").exists());
}

#[test]
fn e_09_a_changed_key_file_opens_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let keys = keystore(dir.path());
    keys.unlock(Some(PASSPHRASE)).unwrap();
    let path = dir.path().join("key.wrapped");
    let whole = std::fs::read_to_string(&path).unwrap();
    let price = whole.replacen("64 1 1", "8 1 1", 1);
    let greedy = whole.replacen("64 1 1", "4000000000 1 1", 1);
    let last = whole.trim_end().len() - 1;
    let flipped = format!("{}{}\n", &whole[..last], if whole.as_bytes()[last] == b'0' { '1' } else { '0' });
    for changed in [price, greedy, flipped, whole[..whole.len() / 2].to_owned(), String::new(), "garbage".into()] {
        std::fs::write(&path, &changed).unwrap();
        assert!(matches!(keys.unlock(Some(PASSPHRASE)), Err(KeyError::Damaged | KeyError::WrongPassphrase)), "{changed}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), changed, "it is left as it is, for a backup to mend");
    }
}

#[tokio::test]
async fn secrets_are_kept_encrypted_and_go_when_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let unlocked = keystore(dir.path()).unlock(Some(PASSPHRASE)).unwrap();
    let store = Store::open(dir.path(), &unlocked.subkey("store")).await.unwrap();
    let secrets = unlocked.secrets(&store);
    secrets.put("provider/1", "sk-canary-key").await.unwrap();
    assert_eq!(secrets.get("provider/1").await.unwrap().unwrap().as_str(), "sk-canary-key");
    assert!(secrets.get("provider/2").await.unwrap().is_none());
    for entry in std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()) {
        assert!(!std::fs::read(&entry).unwrap().windows(13).any(|w| w == b"sk-canary-key"), "{}", entry.display());
    }
    secrets.delete("provider/1").await.unwrap();
    assert!(secrets.get("provider/1").await.unwrap().is_none());
    store.close().await;
}
