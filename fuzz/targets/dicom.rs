//! What follows the mark.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cordon_fuzz::read(&[&[0; 128], b"DICM".as_slice(), bytes].concat(), "record.dcm"));
