//! The second verifier of audit exports, built in here without the database beside it: whatever is not an export has a fault.
#![no_main]
#![allow(dead_code)]

#[path = "../../src-tauri/crates/audit/src/export.rs"]
mod export;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut reader = bytes;
    let lines = bytes.split(|b| *b == b'\n').count() as u64;
    if let Ok(verdict) = export::verify_export(&mut reader, Some("a head that was noted down")) {
        assert!(verdict.checked <= lines);
        assert!(!verdict.faults.is_empty());
    }
});
