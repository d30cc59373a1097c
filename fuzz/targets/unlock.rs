//! A locked file and its password: what comes out is no longer locked, or there is a typed error.
#![no_main]

use formats::{Limits, ReadError};

libfuzzer_sys::fuzz_target!(
    init: cordon_fuzz::only_ours(),
    |bytes: &[u8]| {
        let limits = Limits { max_input: 1 << 20, max_text: 4 << 20, max_unpacked: 16 << 20, max_pages: 50, ..Limits::default() };
        match formats::unlock(bytes, "sesam-7", &limits) {
            Ok(open) => assert_ne!(formats::read(&open, "open", &limits).err(), Some(ReadError::WrongPassword)),
            Err(error) => assert!(!error.code().is_empty()),
        }
    }
);
