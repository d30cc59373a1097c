//! A panic in the PDF parser is caught and means a damaged file; one in the reader's own code is a find.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: std::panic::set_hook(Box::new(|panic| {
        let ours = panic.location().is_none_or(|at| at.file().contains("crates/formats") || at.file().contains("fuzz/"));
        if ours {
            eprintln!("{panic}");
            std::process::abort();
        }
    })),
    |bytes: &[u8]| cordon_fuzz::read(bytes, "record.pdf")
);
