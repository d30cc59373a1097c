//! rows edited, deleted, moved, forged. Each is found by both verifiers, at the first bad entry.

use audit::FaultKind::*;

use crate::bench::*;

/// Tampers with a log of 40, and demands exactly these faults and that the second verifier agrees.
async fn finds(sql: &str, expected: &[(Option<u64>, audit::FaultKind)]) -> audit::Verification {
    let dir = filled(40).await;
    let head = noted(dir.path());
    assert!(verify(dir.path()).await.sound);
    assert!(second_says_sound(dir.path(), &head).await);
    tamper(dir.path(), sql).await;
    let found = verify(dir.path()).await;
    assert_eq!(kinds(&found), expected, "{sql}");
    assert!(!found.sound);
    assert!(!second_says_sound(dir.path(), &head).await, "{sql}");
    found
}

#[tokio::test]
async fn a_01_edit_field() {
    let fields = [
        "id = '018f0000-0000-7000-8000-000000000000'",
        "at = '2020-01-01T00:00:00.000Z'",
        "monotonic_ms = monotonic_ms + 1",
        "actor = 'other'",
        "role = 'system'",
        "action = 'approved'",
        "outcome = 'done '",
        "record = ''",
        "detail = '{}'",
    ];
    for field in fields {
        let found = finds(&format!("UPDATE entries SET {field} WHERE sequence = 17"), &[(Some(17), Edited)]).await;
        assert!(found.faults[0].message.contains("a field"), "{}", found.faults[0].message);
    }
}

#[tokio::test]
async fn a_01_every_edit_in_every_row_is_found() {
    let dir = filled(25).await;
    for row in 1..=25u64 {
        tamper(dir.path(), &format!("UPDATE entries SET detail = detail || ' ' WHERE sequence = {row}")).await;
        let found = verify(dir.path()).await;
        assert_eq!(found.faults.first().map(|f| (f.sequence, f.kind)), Some((Some(row), Edited)));
        tamper(dir.path(), &format!("UPDATE entries SET detail = substr(detail, 1, length(detail) - 1) WHERE sequence = {row}")).await;
    }
    assert!(verify(dir.path()).await.sound);
}

#[tokio::test]
async fn a_02_edit_hash() {
    let hash = "a".repeat(64);
    let found = finds(&format!("UPDATE entries SET hash = '{hash}' WHERE sequence = 17"), &[(Some(17), Edited)]).await;
    assert!(found.faults[0].message.contains("the hash"), "{}", found.faults[0].message);
    finds("UPDATE entries SET previous = hash WHERE sequence = 17", &[(Some(17), Edited), (Some(17), BrokenLink)]).await;
    finds("UPDATE entries SET hash = 'no' WHERE sequence = 17", &[(Some(17), Edited)]).await;
}

#[tokio::test]
async fn a_03_delete_row_in_the_middle() {
    let found = finds("DELETE FROM entries WHERE sequence IN (17, 18)", &[(Some(17), Gap)]).await;
    assert_eq!(found.faults[0].message, "entries 17 to 18 are missing");
    let closed = "DELETE FROM entries WHERE sequence = 17; UPDATE entries SET sequence = sequence - 1 WHERE sequence > 17";
    let dir = filled(40).await;
    tamper(dir.path(), closed).await;
    assert_eq!(kinds(&verify(dir.path()).await)[0], (Some(17), Reordered));
}

#[tokio::test]
async fn a_04_delete_head() {
    finds("DELETE FROM entries WHERE sequence = 1", &[(Some(1), Gap)]).await;
}

#[tokio::test]
async fn a_05_delete_tail() {
    let found = finds("DELETE FROM entries WHERE sequence > 37", &[(Some(40), TailCut)]).await;
    assert!(found.faults[0].message.contains("cut off"));
    finds("DELETE FROM entries WHERE sequence = 40", &[(Some(40), TailCut)]).await;
    finds("DELETE FROM entries", &[(Some(40), TailCut)]).await;
}

#[tokio::test]
async fn a_06_reorder_two() {
    let swap = "UPDATE entries SET sequence = 1000 WHERE sequence = 17; UPDATE entries SET sequence = 17 WHERE sequence = 18; \
                UPDATE entries SET sequence = 18 WHERE sequence = 1000";
    let found = finds(swap, &[(Some(17), Reordered), (Some(18), Reordered)]).await;
    assert_eq!(found.faults[0].message, "this was entry 18 when it was written; it was moved");
}

const FORGED: &str = "INSERT INTO entries SELECT 41, '018f0000-0000-7000-8000-000000000000', at, monotonic_ms, actor, role, 'approved', \
                      'done', record, '{}', hash, '";

#[tokio::test]
async fn a_07_insert_forged() {
    let sql = format!("{FORGED}{}' FROM entries WHERE sequence = 40", "b".repeat(64));
    finds(&sql, &[(Some(41), Edited), (Some(41), HeadMismatch)]).await;
    // Two of them with the chain computed anew: the head outside names neither.
    let dir = filled(40).await;
    tamper(dir.path(), &sql).await;
    tamper(dir.path(), &sql.replace("41,", "42,").replace("018f0000", "018f0001")).await;
    rechain(dir.path(), 41).await;
    assert_eq!(kinds(&verify(dir.path()).await), [(Some(41), HeadMismatch)]);
}

#[tokio::test]
async fn a_08_duplicate() {
    let again = "INSERT INTO entries SELECT 41, replace(id, '-7', '-8'), at, monotonic_ms, actor, role, action, outcome, record, detail, \
                 previous, hash FROM entries WHERE sequence = 40";
    finds(again, &[(Some(41), Edited), (Some(41), BrokenLink), (Some(41), HeadMismatch)]).await;
    // Without the table's own constraints the very same row can stand there twice.
    let dir = filled(40).await;
    let loose = "CREATE TABLE copy AS SELECT * FROM entries; INSERT INTO copy SELECT * FROM entries WHERE sequence = 17; \
                 DROP TABLE entries; ALTER TABLE copy RENAME TO entries";
    let pool = raw(dir.path()).await;
    run(&pool, loose).await;
    pool.close().await;
    let found = verify(dir.path()).await;
    assert!(kinds(&found).contains(&(Some(17), Duplicate)), "{:?}", found.faults);
    assert!(kinds(&found).contains(&(None, SchemaChanged)));
}

#[tokio::test]
async fn a_09_rewrite_suffix_with_the_chain_computed_anew() {
    for from in [1, 17, 40] {
        let dir = filled(40).await;
        let head = noted(dir.path());
        tamper(dir.path(), &format!("UPDATE entries SET actor = 'other' WHERE sequence = {from}")).await;
        rechain(dir.path(), from).await;
        let found = verify(dir.path()).await;
        assert_eq!(kinds(&found), [(Some(40), HeadMismatch)]);
        assert!(!second_says_sound(dir.path(), &head).await);
    }
}

#[tokio::test]
async fn all_faults_are_reported_not_the_first() {
    let sql = "UPDATE entries SET actor = 'x' WHERE sequence IN (3, 9); DELETE FROM entries WHERE sequence = 20; \
               DELETE FROM entries WHERE sequence > 38";
    finds(sql, &[(Some(3), Edited), (Some(9), Edited), (Some(20), Gap), (Some(40), TailCut)]).await;
}

#[tokio::test]
async fn a_27_a_clock_that_went_back_is_noted() {
    let dir = filled(10).await;
    tamper(dir.path(), "UPDATE entries SET at = '2020-01-01T00:00:00.000Z' WHERE sequence = 5").await;
    let found = verify(dir.path()).await;
    assert_eq!(found.notes.iter().map(|n| (n.sequence, n.kind)).collect::<Vec<_>>(), [(Some(5), ClockBack)]);
}
