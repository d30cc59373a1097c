#![no_main]

libfuzzer_sys::fuzz_target!(
    init: cordon_fuzz::only_ours(),
    |bytes: &[u8]| {
        // What no mail begins with would go to another reader.
        cordon_fuzz::read(&[b"MIME-Version: 1.0\n", bytes].concat(), "record.eml");
        cordon_fuzz::read(&[b"From a@b Tue Mar  5 10:15:30 2024\nSubject: x\n", bytes].concat(), "record.mbox");
    }
);
