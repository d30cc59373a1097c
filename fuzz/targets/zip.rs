#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cordon_fuzz::read(bytes, "record.docx"));
