#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| cordon_fuzz::read(text.as_bytes(), "record.ach"));
