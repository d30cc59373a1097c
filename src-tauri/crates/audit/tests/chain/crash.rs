//! D-06: kill -9 at any moment loses no acknowledged entry.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use audit::Log;

use crate::bench::*;

const CHILD: &str = "CORDON_TEST_AUDIT_CHILD";

#[tokio::test]
async fn a_21_kill_9_loses_no_acknowledged_entry() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return child(std::path::Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..30u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::a_21_kill_9_loses_no_acknowledged_entry", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The first acknowledgement, then somewhere in the middle of what follows.
        let first = lines.by_ref().map_while(Result::ok).find_map(|line| sequence(&line)).unwrap();
        std::thread::sleep(Duration::from_micros(round * round * 37 % 23_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let last = lines.map_while(Result::ok).filter_map(|line| sequence(&line)).last().unwrap_or(first);
        assert!(first > acknowledged && last >= first);
        acknowledged = last;
        let log = Log::open(dir.path(), &KEY).await.unwrap();
        assert_eq!(log.damage(), None, "round {round}");
        let found = log.verify().await.unwrap();
        assert!(found.sound, "round {round}: {:?}", found.faults);
        // At most one was committed and not yet acknowledged.
        assert!((acknowledged..=acknowledged + 1).contains(&found.checked), "{acknowledged} {}", found.checked);
        log.close().await;
    }
}

fn sequence(line: &str) -> Option<u64> {
    line.rsplit_once("ack ")?.1.parse().ok()
}

async fn child(dir: &std::path::Path) {
    let log = Log::open(dir, &KEY).await.unwrap();
    loop {
        let receipt = log.append(event(1)).await.unwrap();
        println!("ack {}", receipt.sequence());
        std::io::stdout().flush().unwrap();
    }
}
