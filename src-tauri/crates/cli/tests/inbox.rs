//! Files with passwords, and a folder that is watched, at the command line.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const ZIP: &[u8] = include_bytes!("../../formats/tests/made/locked/aes.zip");
const DOCX: &[u8] = include_bytes!("../../formats/tests/made/locked/agile.docx");
const NOTE: &str = "PROGRESS NOTE\nPatient: Quentin Abernathy, MRN 77120934. Takes lisinopril 20 mg daily.\n";

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cordon"));
    command.args(arguments).env("CORDON_HOME", home.join("home")).env("CORDON_PASSPHRASE", "correct horse battery");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(home: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = command(home, arguments).spawn().unwrap();
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn passwords_come_from_a_file_or_from_standard_input() {
    let home = tempfile::tempdir().unwrap();
    let (zip, docx) = (home.path().join("visit.zip"), home.path().join("visit.docx"));
    std::fs::write(&zip, ZIP).unwrap();
    std::fs::write(&docx, DOCX).unwrap();
    let (zip, docx) = (zip.to_str().unwrap(), docx.to_str().unwrap());
    let without = run(home.path(), &["redact", zip], "");
    assert!(without.stdout.is_empty() && said(&without.stderr).contains("--password-file"), "{}", said(&without.stderr));
    let wrong = run(home.path(), &["redact", zip, "--password-file", "-"], "sesam-8\n");
    assert!(wrong.stdout.is_empty() && said(&wrong.stderr).contains("no password that was given"), "{}", said(&wrong.stderr));
    let right = run(home.path(), &["redact", zip, "--password-file", "-"], "sesam-8\nsesam-7\n");
    assert!(said(&right.stdout).contains("[PERSON_1]") && !said(&right.stdout).contains("Ana Ruiz"), "{}", said(&right.stderr));
    let passwords = home.path().join("passwords");
    std::fs::write(&passwords, "sesam-7\r\n").unwrap();
    let (passwords, out) = (passwords.to_str().unwrap(), home.path().join("out"));
    let own = ["redact", docx, "--own-format", "--out", out.to_str().unwrap(), "--password-file", passwords];
    let written = run(home.path(), &own, "");
    assert_eq!(written.status.code(), Some(0), "{}", said(&written.stderr));
    // What is written needs no password, and says nobody.
    let read = run(home.path(), &["redact", out.join("visit.redacted.docx").to_str().unwrap(), "--json"], "");
    assert!(said(&read.stdout).contains("metformin") && !said(&read.stdout).contains("Ruiz"), "{}", said(&read.stderr));
    let detected = run(home.path(), &["detect", docx, "--json", "--password-file", passwords], "");
    assert!(said(&detected.stdout).contains("MEDICAL_RECORD_NUMBER"));
    let both = run(home.path(), &["redact", "--password-file", "-"], "sesam-7\n");
    assert!(said(&both.stderr).contains("standard input"));
    for output in [&without, &wrong, &right, &written, &read, &detected] {
        assert!(!said(&output.stderr).contains("sesam"));
    }
}

#[test]
fn a_watched_folder_tells_each_failure_once_and_takes_what_comes() {
    let home = tempfile::tempdir().unwrap();
    let (inbox, out) = (home.path().join("inbox"), home.path().join("out"));
    std::fs::create_dir(&inbox).unwrap();
    std::fs::write(inbox.join("broken.txt"), [0u8, 1, 2, 255].repeat(40)).unwrap();
    std::fs::write(inbox.join("first.txt"), NOTE).unwrap();
    let arguments = ["redact", inbox.to_str().unwrap(), "--out", out.to_str().unwrap(), "--watch", "1"];
    let mut child = command(home.path(), &arguments).spawn().unwrap();
    let complaints = BufReader::new(child.stderr.take().unwrap());
    let complaints = std::thread::spawn(move || complaints.lines().map_while(Result::ok).collect::<Vec<_>>());
    // Results, by their number: a name that may be somebody's is not used.
    let results =
        || std::fs::read_dir(&out).map_or(0, |all| all.flatten().filter(|e| !e.file_name().to_string_lossy().starts_with('.')).count());
    let wait = |many: usize| {
        let start = Instant::now();
        while results() < many {
            assert!(start.elapsed() < Duration::from_secs(90), "{many} results do not come");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    wait(1);
    std::fs::write(inbox.join("second.txt"), format!("{NOTE}again\n")).unwrap();
    wait(2);
    std::thread::sleep(Duration::from_secs(3));
    child.kill().unwrap();
    child.wait().unwrap();
    let told: Vec<String> = complaints.join().unwrap().into_iter().filter(|line| line.contains("broken.txt")).collect();
    assert_eq!((told.len(), results()), (1, 2), "{told:?}");
}
