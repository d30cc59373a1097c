//! A panic in the PDF parser is caught and means a damaged file; one in the reader's own code is a find.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: cordon_fuzz::only_ours(),
    |bytes: &[u8]| cordon_fuzz::read(bytes, "record.pdf")
);
