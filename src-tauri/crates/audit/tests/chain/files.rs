//! whole files put back, cut, swapped, forged.

use audit::FaultKind::*;
use audit::{AuditError, Log};

use crate::bench::*;

/// The log opens, says what is wrong, refuses to append, and can still be read and verified.
async fn damaged(dir: &std::path::Path, expected: (Option<u64>, audit::FaultKind)) {
    let log = Log::open(dir, &KEY).await.unwrap();
    assert!(log.damage().is_some());
    assert!(matches!(log.append(event(1)).await, Err(AuditError::Damaged(_))));
    let found = log.verify().await.unwrap();
    assert!(!found.sound && kinds(&found).contains(&expected), "{:?}", found.faults);
    assert!(log.list(&audit::Filter { limit: 10, ..Default::default() }).await.is_ok());
    log.close().await;
    // It stays so: opening again does not mend it.
    assert!(Log::open(dir, &KEY).await.unwrap().damage().is_some());
}

#[tokio::test]
async fn a_10_whole_file_put_back() {
    let dir = filled(20).await;
    let old = tempfile::tempdir().unwrap();
    copy(dir.path(), old.path(), &["audit.db"]);
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    append(&log, 10).await;
    log.close().await;
    copy(old.path(), dir.path(), &["audit.db"]);
    damaged(dir.path(), (Some(30), TailCut)).await;
}

#[tokio::test]
async fn a_10_file_deleted() {
    let dir = filled(20).await;
    std::fs::remove_file(database(dir.path())).unwrap();
    damaged(dir.path(), (Some(20), TailCut)).await;
}

#[tokio::test]
async fn a_11_wal_deleted_or_flipped() {
    let dir = filled(20).await;
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    append(&log, 10).await;
    // As a crash leaves them: the newest entries stand in the -wal alone.
    let crashed = tempfile::tempdir().unwrap();
    copy(dir.path(), crashed.path(), &["audit.db", "audit.db-wal", "audit.head"]);
    assert!(verify(crashed.path()).await.sound, "the copy itself is whole");

    copy(dir.path(), crashed.path(), &["audit.db", "audit.head"]);
    damaged(crashed.path(), (Some(30), TailCut)).await;

    for part in 1..8 {
        let flipped = tempfile::tempdir().unwrap();
        copy(dir.path(), flipped.path(), &["audit.db", "audit.db-wal", "audit.head"]);
        let mut wal = std::fs::read(flipped.path().join("audit.db-wal")).unwrap();
        let at = wal.len() * part / 8;
        wal[at] ^= 0x10;
        std::fs::write(flipped.path().join("audit.db-wal"), wal).unwrap();
        match Log::open(flipped.path(), &KEY).await {
            Ok(log) => assert!(log.damage().is_some(), "flip in part {part}"),
            Err(error) => assert!(matches!(error, AuditError::Unreadable | AuditError::Database(_)), "{error:?}"),
        }
    }
    log.close().await;
}

#[tokio::test]
async fn a_12_database_of_another_device() {
    let (dir, other) = (filled(20).await, filled(20).await);
    copy(other.path(), dir.path(), &["audit.db"]);
    damaged(dir.path(), (Some(20), HeadMismatch)).await;
    let before = std::fs::read(database(dir.path())).unwrap();
    assert_eq!(Log::open(dir.path(), &[8; 32]).await.err(), Some(AuditError::Unreadable));
    assert_eq!(std::fs::read(database(dir.path())).unwrap(), before, "a wrong key changes nothing");
}

#[tokio::test]
async fn a_13_fork() {
    let (dir, twin) = (filled(20).await, tempfile::tempdir().unwrap());
    copy(dir.path(), twin.path(), &["audit.db", "audit.head"]);
    for half in [dir.path(), twin.path()] {
        let log = Log::open(half, &KEY).await.unwrap();
        append(&log, 5).await;
        log.close().await;
    }
    copy(twin.path(), dir.path(), &["audit.db"]);
    damaged(dir.path(), (Some(25), HeadMismatch)).await;
}

#[tokio::test]
async fn a_14_head_replayed_forged_or_lost() {
    let dir = filled(20).await;
    let head = dir.path().join("audit.head");
    let old = std::fs::read(&head).unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    append(&log, 5).await;
    log.close().await;
    let new = std::fs::read_to_string(&head).unwrap();

    std::fs::write(&head, &old).unwrap();
    damaged(dir.path(), (Some(21), HeadMismatch)).await;
    std::fs::write(&head, new.replacen("\n25\n", "\n24\n", 1)).unwrap();
    damaged(dir.path(), (None, HeadLost)).await;
    std::fs::write(&head, "nonsense").unwrap();
    damaged(dir.path(), (None, HeadLost)).await;
    std::fs::remove_file(&head).unwrap();
    damaged(dir.path(), (None, HeadLost)).await;
    std::fs::write(&head, new).unwrap();
    assert!(verify(dir.path()).await.sound);
}

#[tokio::test]
async fn a_22_one_commit_ahead_of_the_head_is_legal() {
    let dir = filled(20).await;
    let head = dir.path().join("audit.head");
    let before = std::fs::read(&head).unwrap();
    let log = Log::open(dir.path(), &KEY).await.unwrap();
    append(&log, 1).await;
    log.close().await;
    std::fs::write(&head, before).unwrap();
    let found = verify(dir.path()).await;
    assert!(found.sound && found.checked == 21, "{:?}", found.faults);
    assert!(std::fs::read_to_string(&head).unwrap().contains("\n21\n"), "the head was written again");
}

#[tokio::test]
async fn e_13_header_is_not_sqlite_and_nothing_is_readable() {
    let dir = filled(20).await;
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.starts_with(b"SQLite format 3"));
        for word in ["record_imported", "entries", "local"] {
            assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{word}");
        }
    }
}

#[tokio::test]
async fn e_13_a_plain_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let plain = sqlx::sqlite::SqliteConnectOptions::new().filename(database(dir.path())).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(plain).await.unwrap();
    run(&pool, "CREATE TABLE t (x)").await;
    pool.close().await;
    assert_eq!(Log::open(dir.path(), &KEY).await.err(), Some(AuditError::Setup("the file is not encrypted")));
}
