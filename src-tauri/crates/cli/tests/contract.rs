//! What other programs rely on: lines in and out, exit codes, no originals unless they are asked for.
#![expect(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "contract/models.rs"]
mod models;

const NOTE: &str = "PROGRESS NOTE\nPatient: Quentin Abernathy, MRN 77120934\nMedications: lisinopril 20 mg daily.\nCall 415-555-0198.\n";

fn cordon(home: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cordon"));
    command.args(arguments).env("CORDON_HOME", home).env("CORDON_PASSPHRASE", "correct horse battery");
    with_input(&mut command, input)
}

fn with_input(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
    // A command that does not read its input closes it.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn jsonl_answers_every_line_in_order_and_bad_ones_with_an_error() {
    let home = tempfile::tempdir().unwrap();
    let good = |id: usize| format!("{}\n", json!({ "id": id, "text": format!("😀 Dr. Haddad, call 415-555-{id:04}") }));
    let mut input: Vec<u8> = (0..200).flat_map(|id| good(id).into_bytes()).collect();
    input.extend(b"not json\n{\"id\":\"x\",\"text\":5}\n{\"id\":7}\n\xff\xfe\n\n{\"id\":\"last\",\"text\":\"\"}");
    let output = cordon(home.path(), &["detect", "--jsonl"], &input);
    let lines = lines(&output);
    assert_eq!((lines.len(), code(&output)), (206, 1));
    for (id, line) in lines.iter().take(200).enumerate() {
        assert_eq!(line["id"], id);
        assert!(line["class"]["label"].is_string() && line["class"]["domain"].is_string() && line["class"]["confidence"].is_number());
        let phone = line["detections"].as_array().unwrap().iter().find(|d| d["label"] == "PHONE_NUMBER").unwrap();
        // Characters by default: the emoji counts once.
        assert_eq!((phone["start"].as_u64(), phone["end"].as_u64()), (Some(19), Some(31)), "{phone}");
        assert!(phone["confidence"].as_f64().unwrap() > 0.5 && phone["source"].is_string());
    }
    let errors: Vec<(&Value, &Value)> =
        lines[200..205].iter().map(|l| (if l["id"].is_null() { &l["line"] } else { &l["id"] }, &l["error"]["code"])).collect();
    let expected = [
        (json!(201), "invalid_json"),
        (json!("x"), "invalid_line"),
        (json!(7), "invalid_line"),
        (json!(204), "invalid_utf8"),
        (json!(205), "invalid_json"),
    ];
    for ((at, error), (expected_at, expected_error)) in errors.iter().zip(&expected) {
        assert_eq!((*at, error.as_str().unwrap()), (expected_at, *expected_error));
    }
    assert_eq!((&lines[205]["id"], &lines[205]["detections"]), (&json!("last"), &json!([])));
}

#[test]
fn offsets_count_what_was_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let input = format!("{}\n", json!({ "id": 1, "text": "é😀 call 415-555-0198" }));
    for (unit, start) in [("chars", 8), ("bytes", 12), ("utf16", 9)] {
        let output = cordon(home.path(), &["detect", "--jsonl", "--offsets", unit], input.as_bytes());
        assert_eq!(code(&output), 0);
        let found = lines(&output)[0]["detections"].as_array().unwrap().iter().find(|d| d["label"] == "PHONE_NUMBER").cloned();
        assert_eq!(found.unwrap()["start"], start, "{unit}");
    }
}

#[test]
fn redact_never_shows_originals_unless_asked() {
    let home = tempfile::tempdir().unwrap();
    let plain = cordon(home.path(), &["redact"], NOTE.as_bytes());
    let text = String::from_utf8(plain.stdout.clone()).unwrap();
    assert_eq!(code(&plain), 0);
    assert!(text.contains("[PERSON_1]") && text.contains("lisinopril 20 mg"));
    let json = cordon(home.path(), &["redact", "--json"], NOTE.as_bytes());
    let line = &lines(&json)[0];
    assert_eq!(line["counts"]["MEDICAL_RECORD_NUMBER"], 1);
    assert_eq!(line["decision"]["lane"], "local");
    for output in [&plain, &json] {
        for original in ["Abernathy", "77120934", "415-555-0198"] {
            assert!(!String::from_utf8_lossy(&output.stdout).contains(original), "{original}");
            assert!(!String::from_utf8_lossy(&output.stderr).contains(original), "{original}");
        }
    }
    let vault = cordon(home.path(), &["redact", "--json", "--include-vault"], NOTE.as_bytes());
    assert_eq!(lines(&vault)[0]["vault"]["[MEDICAL_RECORD_NUMBER_1]"], "77120934");
    assert_eq!(code(&cordon(home.path(), &["redact", "--include-vault"], b"")), 2);
}

#[test]
fn redact_writes_files_and_one_bad_file_does_not_keep_the_others_back() {
    let home = tempfile::tempdir().unwrap();
    let (good, bad, out) = (home.path().join("visit.txt"), home.path().join("scan.pdf"), home.path().join("out"));
    std::fs::write(&good, NOTE).unwrap();
    std::fs::write(&bad, [0u8, 1, 2, 255].repeat(100)).unwrap();
    let arguments = ["redact", bad.to_str().unwrap(), good.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = cordon(home.path(), &arguments, b"");
    assert_eq!(code(&output), 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("scan.pdf"));
    let written = std::fs::read_to_string(out.join("visit.redacted.txt")).unwrap();
    assert!(written.contains("[PERSON_1]") && !written.contains("Abernathy"));
    // A name that tells who it is about is not used.
    let named = home.path().join("Quentin Abernathy.txt");
    std::fs::write(&named, format!("{NOTE}\n")).unwrap();
    let output = cordon(home.path(), &["redact", named.to_str().unwrap(), "--out", out.to_str().unwrap()], b"");
    assert!(String::from_utf8_lossy(&output.stdout).contains("record-0001.redacted.txt"));
}

#[test]
fn without_a_model_nothing_is_redacted_and_detection_says_that_it_is_incomplete() {
    let home = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordon"));
        command
            .args(arguments)
            .env("CORDON_HOME", home.path())
            .env("CORDON_MODELS", home.path())
            .env("CORDON_KEYCHAIN", "off")
            .env_remove("CORDON_PASSPHRASE");
        with_input(&mut command, NOTE.as_bytes())
    };
    let redacted = run(&["redact"]);
    assert_eq!((code(&redacted), redacted.stdout.len()), (1, 0));
    let detected = run(&["detect", "--json"]);
    let line = &lines(&detected)[0];
    assert_eq!(code(&detected), 3);
    assert!(line["class"].is_null() && line["incomplete"].is_string());
    assert!(line["detections"].as_array().unwrap().iter().any(|d| d["label"] == "MEDICAL_RECORD_NUMBER"));
    // No keychain, no passphrase: what needs the key says what to do.
    let locked = run(&["audit", "list"]);
    assert_eq!(code(&locked), 4);
    assert!(String::from_utf8_lossy(&locked.stderr).contains("CORDON_PASSPHRASE"));
}

fn asked(home: &TempDir) -> Output {
    cordon(home.path(), &["ask", "-", "Which medications does the patient take?", "--json"], NOTE.as_bytes())
}

#[test]
fn ask_answers_locally_and_the_log_proves_it_until_someone_edits_it() {
    let home = tempfile::tempdir().unwrap();
    let output = asked(&home);
    assert_eq!(code(&output), 0, "{}", String::from_utf8_lossy(&output.stderr));
    let exchange: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(exchange["tier"], "local");
    assert!(exchange["passages"][0]["text"].as_str().unwrap().contains("lisinopril"));
    let unanswered = cordon(home.path(), &["ask", "-", "What is the capital of France?", "--json"], NOTE.as_bytes());
    assert_eq!(serde_json::from_slice::<Value>(&unanswered.stdout).unwrap()["status"], "no_answer");

    let verified = cordon(home.path(), &["audit", "verify"], b"");
    assert_eq!(code(&verified), 0, "{}", String::from_utf8_lossy(&verified.stdout));
    let exported = cordon(home.path(), &["audit", "export"], b"");
    let actions: Vec<String> = lines(&exported).iter().filter_map(|l| l["action"].as_str().map(str::to_owned)).collect();
    for action in ["record_imported", "detected", "classified", "decided", "answered", "deleted"] {
        assert!(actions.iter().any(|a| a == action), "{action} is missing in {actions:?}");
    }
    assert!(!String::from_utf8_lossy(&exported.stdout).contains("Abernathy"));
    // The newest entries vanish with the log of changes and an older head: somebody cut the end off.
    std::fs::write(home.path().join("audit.head"), "cordon-audit-head-v1\n1\n00\n00\n").unwrap();
    let verified = cordon(home.path(), &["audit", "verify"], b"");
    assert_eq!(code(&verified), 1);
    assert!(String::from_utf8_lossy(&verified.stdout).contains("NOT sound"));
    assert_ne!(code(&asked(&home)), 0, "a log that cannot be believed takes no question");
}

#[test]
fn policies_and_models_are_checked() {
    let home = tempfile::tempdir().unwrap();
    let policy = home.path().join("p.cedar");
    std::fs::write(&policy, "permit(principal, action, resource);").unwrap();
    assert_eq!(code(&cordon(home.path(), &["policy", "check"], b"")), 0);
    let refused = cordon(home.path(), &["policy", "check", policy.to_str().unwrap()], b"");
    assert!(code(&refused) == 1 && String::from_utf8_lossy(&refused.stderr).contains("line 1"));
    assert_eq!(code(&cordon(home.path(), &["models", "verify"], b"")), 0);
    assert_eq!(code(&cordon(home.path(), &["doctor", "--json"], b"")), 0);
    let mut wrong = Command::new(env!("CARGO_BIN_EXE_cordon"));
    wrong.args(["audit", "list"]).env("CORDON_HOME", home.path()).env("CORDON_PASSPHRASE", "another passphrase");
    assert_eq!(code(&with_input(&mut wrong, b"")), 4);
}

#[test]
fn a_folder_is_redacted_file_by_file_and_its_failures_do_not_stop_it() {
    let home = tempfile::tempdir().unwrap();
    let (folder, out) = (home.path().join("in"), home.path().join("out"));
    std::fs::create_dir_all(folder.join("deeper")).unwrap();
    std::fs::write(folder.join("visit.txt"), NOTE).unwrap();
    std::fs::write(folder.join("b.txt"), "").unwrap();
    std::fs::write(folder.join("deeper/visit.txt"), NOTE).unwrap();
    std::fs::write(folder.join(".hidden"), NOTE).unwrap();
    let output = cordon(home.path(), &["redact", folder.to_str().unwrap(), "--out", out.to_str().unwrap()], b"");
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("b.txt: the file is empty"));
    let mut written: Vec<String> = std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    written.sort();
    written.retain(|name| !name.starts_with('.'));
    assert_eq!(written, ["visit-1.redacted.txt", "visit.redacted.txt"]);
    assert!(!std::fs::read_to_string(out.join("visit.redacted.txt")).unwrap().contains("Abernathy"));
}

#[test]
fn eval_measures_on_records_whose_identifiers_are_known() {
    let home = tempfile::tempdir().unwrap();
    let start = NOTE.find("77120934").unwrap();
    let gold = home.path().join("gold.jsonl");
    let good = json!({ "text": NOTE, "spans": [{ "start": start, "end": start + 8, "label": "MEDICAL_RECORD_NUMBER" }], "class": "progress_note" });
    let wrong = json!({ "text": "short", "spans": [{ "start": 0, "end": 99, "label": "PERSON" }] });
    std::fs::write(&gold, format!("{good}\n{wrong}\n")).unwrap();
    let output = cordon(home.path(), &["eval", "--gold", gold.to_str().unwrap(), "--json", "--faults", "5"], b"");
    assert_eq!(code(&output), 1, "one line could not be read");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["records"], &report["unread"]), (&json!(1), &json!(1)));
    assert_eq!((&report["identifiers"]["hit"], &report["identifiers"]["of"]), (&json!(1), &json!(1)));
    assert!(String::from_utf8_lossy(&output.stderr).contains("covered for nothing PERSON"), "the name was not in the gold");
    std::fs::write(&gold, "nothing\n").unwrap();
    let output = cordon(home.path(), &["eval", "--gold", gold.to_str().unwrap()], b"");
    assert!(code(&output) == 1 && String::from_utf8_lossy(&output.stderr).contains("positions in characters"));
    let output = cordon(home.path(), &["eval", "--gold", home.path().join("gone.jsonl").to_str().unwrap()], b"");
    assert!(code(&output) == 1 && String::from_utf8_lossy(&output.stderr).contains("gone.jsonl"), "the error names the file");
}

/// OpenSSL's clean-up at exit once met connections that were still being closed: one run in twenty ended in a crash.
#[test]
fn the_program_ends_with_its_exit_code_every_time() {
    let home = tempfile::tempdir().unwrap();
    for _ in 0..25 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordon"));
        command.args(["audit", "verify"]).env("CORDON_HOME", home.path()).env("CORDON_PASSPHRASE", "correct horse battery");
        // Without a model it starts faster, and the race is the same.
        let output = with_input(command.env("CORDON_MODELS", home.path()), b"");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
}

#[test]
fn a_folder_is_redacted_in_its_own_formats_and_a_second_run_does_only_what_is_new() {
    let home = tempfile::tempdir().unwrap();
    let (folder, out) = (home.path().join("in"), home.path().join("out"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("people.csv"), "name,ssn,amount\n\"Abernathy, Quentin\",536-22-8726,12.50\n").unwrap();
    let run = || {
        let paths = [folder.to_str().unwrap(), out.to_str().unwrap()];
        cordon(home.path(), &["redact", paths[0], "--out", paths[1], "--own-format", "--preset", "hipaa_safe_harbor"], b"")
    };
    assert_eq!(code(&run()), 0);
    let written = std::fs::read_to_string(out.join("people.redacted.csv")).unwrap();
    assert!(written.starts_with("name,ssn,amount\n") && written.ends_with(",12.50\n"), "{written}");
    assert!(!written.contains("Abernathy") && !written.contains("536"), "{written}");
    // A run that was killed leaves a part and half a line.
    std::fs::write(out.join(".cordon-part"), "half").unwrap();
    let done = std::fs::read_to_string(out.join(".cordon-done.jsonl")).unwrap();
    assert!(!done.contains("Abernathy"));
    std::fs::write(out.join(".cordon-done.jsonl"), format!("{done}{{\"sha256\":\"ab")).unwrap();
    std::fs::write(folder.join("visit.txt"), NOTE).unwrap();
    let again = run();
    assert_eq!((code(&again), String::from_utf8_lossy(&again.stdout).lines().count()), (0, 1), "only the new one");
    assert!(out.join("visit.redacted.txt").exists() && !out.join("people-1.redacted.csv").exists());
    let other = cordon(home.path(), &["redact", folder.to_str().unwrap(), "--preset", "no_such_rule"], b"");
    let told = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(code(&other) == 1 && told.lines().count() == 1 && told.contains("choose one of all_placeholders"), "one error: {told}");
}

#[test]
fn a_table_of_operators_is_read_from_a_file_or_refused() {
    let home = tempfile::tempdir().unwrap();
    let (table, note) = (home.path().join("table.json"), home.path().join("visit.txt"));
    std::fs::write(&note, NOTE).unwrap();
    let run = |content: &str, more: &[&str]| {
        std::fs::write(&table, content).unwrap();
        let arguments = [&["redact", note.to_str().unwrap(), "--operators", table.to_str().unwrap()], more].concat();
        cordon(home.path(), &arguments, b"")
    };
    let output = run(r#"{"preset":"hipaa_safe_harbor","table":{"PERSON":"redact"}}"#, &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(text.contains("Patient: █████") && text.contains("[MEDICAL_RECORD_NUMBER_1]") && !text.contains("Abernathy"), "{text}");
    for refused in [r#"{"table":{"PERSON":"keep"}}"#, r#"{"table":{"CARD_SECURITY_CODE":"mask"}}"#, r#"{"tabel":{}}"#, "no table"] {
        let output = run(refused, &[]);
        assert!(code(&output) == 1 && output.stdout.is_empty(), "{refused}: {output:?}");
    }
    assert_eq!(code(&run("{}", &["--preset", "glba_pci"])), 2, "either a rule or a table");
    // Another table is another rule: what is there by the first is done again.
    let out = home.path().join("out");
    let to = ["--out", out.to_str().unwrap()];
    for (content, written) in [("{}", 1), (r#"{"table":{"DATE":"redact"}}"#, 1), (r#"{"table":{"DATE":"redact"}}"#, 0)] {
        let output = run(content, &to);
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), written, "{content}: {output:?}");
    }
}
