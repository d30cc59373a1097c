//! A second verifier: it reads an export by `FORMAT.md` alone and shares no code with the writer.

use std::io::BufRead;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// No line of an export is longer.
const LONGEST_LINE: u64 = 1 << 20;

/// What the second verifier found in an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportVerdict {
    /// Entries read.
    pub checked: u64,
    /// What is wrong, line by line.
    pub faults: Vec<String>,
    /// The hash of the last entry, hexadecimal.
    pub head: String,
}

/// Checks an export. `head` is a hash that was noted down elsewhere, such as the one in the window; without it a cut end that
/// was patched up stays unseen.
pub fn verify_export(reader: &mut dyn BufRead, head: Option<&str>) -> std::io::Result<ExportVerdict> {
    let mut verdict = ExportVerdict { checked: 0, faults: Vec::new(), head: "0".repeat(64) };
    let mut ended = false;
    for number in 1u64.. {
        let mut line = String::new();
        if std::io::Read::take(&mut *reader, LONGEST_LINE).read_line(&mut line)? == 0 {
            break;
        }
        let Ok(value) = serde_json::from_str::<Value>(&line) else {
            verdict.faults.push(format!("line {number}: not JSON"));
            continue;
        };
        if ended {
            verdict.faults.push(format!("line {number}: stands behind the last line"));
        } else if value.get("format").is_some() {
            ended = true;
            last_line(&mut verdict, &value, number);
        } else {
            entry_line(&mut verdict, &value, number);
        }
    }
    if !ended {
        verdict.faults.push("the last line, which names the head, is missing".into());
    }
    if head.is_some_and(|noted| !noted.trim().eq_ignore_ascii_case(&verdict.head)) {
        verdict.faults.push("the head is not the one that was noted down".into());
    }
    Ok(verdict)
}

fn entry_line(verdict: &mut ExportVerdict, value: &Value, number: u64) {
    verdict.checked += 1;
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let integer = |name: &str| value.get(name).and_then(Value::as_u64).map(|n| n.to_string()).unwrap_or_default();
    let mut bytes = Vec::new();
    let mut put = |field: &str| {
        bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
        bytes.extend_from_slice(field.as_bytes());
    };
    put("cordon-audit-entry-v1");
    put(&integer("sequence"));
    ["id", "at"].into_iter().for_each(|name| put(text(name)));
    put(&integer("monotonic_ms"));
    ["actor", "role", "action", "outcome", "record", "detail", "previous"].into_iter().for_each(|name| put(text(name)));
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if value.as_object().is_none_or(|map| map.len() != 12) {
        verdict.faults.push(format!("line {number}: not the twelve fields of an entry"));
    }
    if integer("sequence") != verdict.checked.to_string() {
        verdict.faults.push(format!("line {number}: entry {} is not here", verdict.checked));
    }
    if text("hash") != hash {
        verdict.faults.push(format!("line {number}: a field or the hash was changed"));
    }
    if text("previous") != verdict.head {
        verdict.faults.push(format!("line {number}: does not follow the line before"));
    }
    verdict.head = text("hash").to_owned();
}

fn last_line(verdict: &mut ExportVerdict, value: &Value, number: u64) {
    if value.get("format").and_then(Value::as_str) != Some("cordon-audit-export-v1") {
        verdict.faults.push(format!("line {number}: an unknown format"));
    }
    if value.get("count").and_then(Value::as_u64) != Some(verdict.checked) {
        verdict.faults.push(format!("line {number}: the number of entries is another one"));
    }
    if value.get("head").and_then(Value::as_str) != Some(&verdict.head) {
        verdict.faults.push(format!("line {number}: the head is another one"));
    }
}
