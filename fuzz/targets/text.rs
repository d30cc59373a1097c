//! Bytes of any kind: character sets are told apart here.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cordon_fuzz::read(bytes, "record.txt"));
