//! A compound file as it is, with whatever document it holds.
#![no_main]

libfuzzer_sys::fuzz_target!(init: cordon_fuzz::only_ours(), |bytes: &[u8]| cordon_fuzz::read(bytes, "record.msg"));
