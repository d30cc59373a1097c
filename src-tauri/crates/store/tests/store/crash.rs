//! D-01: the process is killed in the middle, again and again; what it said it kept is there, and nothing is half there.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use store::{Store, Uuid};

use crate::{KEY, found, record};

const CHILD: &str = "CORDON_STORE_CHILD";

/// The child: inserts records and says each id once it is kept.
#[tokio::test]
async fn child() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let store = Store::open(dir.as_ref(), &KEY).await.unwrap();
    loop {
        let new = record("a name", &"text of a record ".repeat(200));
        store.insert_record(&new, &found()).await.unwrap();
        println!("kept {}", new.id);
    }
}

#[tokio::test]
async fn d_01_kill_while_records_come_in() {
    let dir = tempfile::tempdir().unwrap();
    let mut kept: Vec<Uuid> = Vec::new();
    for run in 0..12u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let reading = std::thread::spawn(move || {
            let ids = output.lines().map_while(Result::ok).filter_map(|line| line.split("kept ").nth(1).and_then(|id| id.parse().ok()));
            ids.collect::<Vec<Uuid>>()
        });
        tokio::time::sleep(Duration::from_millis(250 + run * 37)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        kept.extend(reading.join().unwrap());
        let store = Store::open(dir.path(), &KEY).await.unwrap();
        let there = store.record_ids(100_000).await.unwrap();
        assert!(kept.iter().all(|id| there.contains(id)), "an acknowledged record is gone");
        for id in &there {
            assert_eq!(store.detections(*id).await.unwrap().len(), 2, "half a record");
        }
        store.close().await;
    }
    assert!(kept.len() > 20, "the child has to have worked: {}", kept.len());
}
