//! The stream inside: compound files are too hard for a fuzzer to write.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cordon_fuzz::read(&cordon_fuzz::compound(&[("/Workbook", bytes)]), "record.xls"));
