//! The stream inside.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cordon_fuzz::read(&cordon_fuzz::compound(&[("/PowerPoint Document", bytes)]), "record.ppt"));
