//! What goes in comes out; edits can be taken back; what may not be stored is refused.

use std::path::{Path, PathBuf};

use deid::{EntityType, Phi, Vault, VaultEntry};
use store::{ImportState, ProviderRow, Store, StoreError, Uuid};

use crate::{KEY, found, record};

#[tokio::test]
async fn records_come_back_as_they_were_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    let (first, second) = (record("a", "Maria 😀"), record("b", "two"));
    store.insert_record(&first, &found()).await.unwrap();
    store.insert_record(&second, &[]).await.unwrap();
    assert_eq!(store.record_ids(10).await.unwrap(), [second.id, first.id]);
    let row = store.record(first.id).await.unwrap().unwrap();
    assert_eq!(
        (row.text.expose().as_str(), row.class.as_deref(), row.revision, row.reviewed_revision),
        ("Maria 😀", Some("progress_note"), 0, None)
    );
    assert_eq!((row.notes, row.codes), (first.notes.clone(), first.codes.clone()));
    assert_eq!(store.detections(first.id).await.unwrap(), found());
    assert_eq!(store.original(first.id).await.unwrap(), first.original);
    assert!(store.record(Uuid::now_v7()).await.unwrap().is_none());
    assert!(store.insert_record(&first, &[]).await.is_err(), "an id is used once");
    store.close().await;
}

#[tokio::test]
async fn an_original_goes_with_its_record_and_the_seed_stays_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    let (kept, pasted) = (record("a", "one"), store::NewRecord { original: None, ..record("b", "two") });
    store.insert_record(&kept, &[]).await.unwrap();
    store.insert_record(&pasted, &[]).await.unwrap();
    assert!(store.has_original(kept.id).await.unwrap() && !store.has_original(pasted.id).await.unwrap());
    let seed = store.seed().await.unwrap();
    assert_ne!(seed, [0; 32]);
    let marked = record("c", "three");
    store.insert_record(&marked, &[]).await.unwrap();
    store.forget_original(marked.id).await.unwrap();
    assert!(!store.has_original(marked.id).await.unwrap() && store.record(marked.id).await.unwrap().is_some());
    store.delete_record(kept.id).await.unwrap();
    assert!(store.original(kept.id).await.unwrap().is_none());
    store.close().await;
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    assert_eq!(store.seed().await.unwrap(), seed);
}

#[tokio::test]
async fn edits_are_undone_redone_and_forgotten_by_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    let id = record("a", "text").id;
    let new = store::NewRecord { id, ..record("a", "text") };
    store.insert_record(&new, &found()).await.unwrap();
    let active = async || store.edits(id).await.unwrap().into_iter().filter(|e| !e.undone).map(|e| e.edit).collect::<Vec<_>>();
    for edit in ["1", "2", "3"] {
        store.push_edit(id, edit).await.unwrap();
    }
    let revision = store.record(id).await.unwrap().unwrap().revision;
    store.approve(id, revision, "shifted").await.unwrap();
    let row = store.record(id).await.unwrap().unwrap();
    assert_eq!((row.reviewed_revision, row.reviewed_dates.as_str()), (Some(revision), "shifted"));
    assert!(store.undo_edit(id).await.unwrap().is_some());
    assert!(store.undo_edit(id).await.unwrap().is_some());
    assert_eq!(active().await, ["1"]);
    assert!(store.redo_edit(id).await.unwrap().is_some());
    assert_eq!(active().await, ["1", "2"]);
    let row = store.record(id).await.unwrap().unwrap();
    assert_ne!(row.reviewed_revision, Some(row.revision), "what was approved is not what stands there now");
    store.push_edit(id, "4").await.unwrap();
    assert_eq!(active().await, ["1", "2", "4"]);
    assert!(store.redo_edit(id).await.unwrap().is_none(), "a new edit ends what could be made again");
    for _ in 0..3 {
        assert!(store.undo_edit(id).await.unwrap().is_some());
    }
    assert!(store.undo_edit(id).await.unwrap().is_none());
    store.close().await;
}

#[tokio::test]
async fn a_card_security_code_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    let new = record("a", "text");
    store.insert_record(&new, &[]).await.unwrap();
    let entry = |entity: EntityType| VaultEntry { placeholder: "[X_1]".into(), entity, original: Phi::from("921") };
    let exchange = Uuid::now_v7();
    let refused = store.keep_vault(exchange, &[new.id], &Vault::from_entries([entry(EntityType::CardSecurityCode)])).await;
    assert_eq!(refused, Err(StoreError::SecurityCode));
    store.keep_vault(exchange, &[new.id], &Vault::from_entries([entry(EntityType::UniqueId)])).await.unwrap();
    assert_eq!(store.vault(exchange).await.unwrap().entries().count(), 1);
    assert_eq!(store.vault(Uuid::now_v7()).await.unwrap().entries().count(), 0);
    let nobody = store.keep_vault(exchange, &[Uuid::now_v7()], &Vault::from_entries([entry(EntityType::UniqueId)])).await;
    assert_eq!(nobody, Err(StoreError::Gone));
    store.close().await;
}

#[tokio::test]
async fn a_text_is_overwritten_by_one_of_its_length() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    let new = record("a", "code 731, Müller");
    store.insert_record(&new, &[]).await.unwrap();
    let text = |text: &str| Phi::new(text.to_owned());
    assert_eq!(store.overwrite_text(new.id, &text("code 73, Müller")).await, Err(StoreError::Gone), "spans would move");
    store.overwrite_text(new.id, &text("code ***, Müller")).await.unwrap();
    assert_eq!(store.record(new.id).await.unwrap().unwrap().text.expose(), "code ***, Müller");
    assert!(!store.has_original(new.id).await.unwrap());
    store.close().await;
}

#[tokio::test]
async fn one_provider_is_chosen_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    let provider = |id: &str| ProviderRow {
        id: id.into(),
        name: id.into(),
        wire: "compatible".into(),
        base_url: "http://127.0.0.1:1/v1".into(),
        model: "m".into(),
        agreement: true,
        selected: false,
    };
    for id in ["a", "b"] {
        store.save_provider(&provider(id)).await.unwrap();
        store.select_provider(Some(id)).await.unwrap();
    }
    let chosen: Vec<(String, bool)> = store.providers().await.unwrap().into_iter().map(|p| (p.id, p.selected)).collect();
    assert_eq!(chosen, [("a".to_owned(), false), ("b".to_owned(), true)]);
    store.select_provider(None).await.unwrap();
    assert!(store.selected_provider().await.unwrap().is_none());
    store.delete_provider("b").await.unwrap();
    assert_eq!(store.providers().await.unwrap().len(), 1);
    store.close().await;
}

#[tokio::test]
async fn what_is_to_be_imported_stays_in_order_until_its_record_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), &KEY).await.unwrap();
    let mut paths: Vec<PathBuf> = ["b.txt", "a.txt", "watched.txt"].iter().map(|name| Path::new("/inbox").join(name)).collect();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        // A name that is no text.
        paths[1] = Path::new(std::ffi::OsStr::from_bytes(b"/inbox/\xff.txt")).into();
    }
    store.add_imports(&paths[..2], false).await.unwrap();
    store.add_imports(&paths[2..], true).await.unwrap();
    let todo = store.imports(ImportState::Todo, 10).await.unwrap();
    assert_eq!(todo.iter().map(|row| row.path.clone()).collect::<Vec<_>>(), paths);
    let kept = store::NewRecord { digest: Some([7; 32]), import: Some(todo[0].id), ..record("b.txt", "text") };
    store.insert_record(&kept, &found()).await.unwrap();
    assert_eq!(store.record_of(&[7; 32]).await.unwrap(), Some(kept.id));
    assert_eq!(store.import(todo[0].id).await.unwrap(), None, "kept and done in one");
    store.set_import(todo[1].id, ImportState::Locked).await.unwrap();
    // The next start of the program: what is watched is found again, the rest is left aside.
    store.leave_imports().await.unwrap();
    assert_eq!(store.imports(ImportState::Left, 10).await.unwrap(), [todo[1].clone()]);
    assert_eq!(store.count_imports(ImportState::Todo).await.unwrap(), 0);
    store.forget_original(kept.id).await.unwrap();
    assert_eq!(store.record_of(&[7; 32]).await.unwrap(), None, "the digest goes with the file");
    assert_eq!(store.drop_imports(ImportState::Left).await.unwrap(), 1);
    store.close().await;
}
