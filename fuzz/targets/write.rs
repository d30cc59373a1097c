//! Texts written back: two numbers that say where the edit stands, a format, the file.
#![no_main]

const NAMES: [&str; 16] = [
    "a.txt", "a.csv", "a.tsv", "a.hl7", "a.json", "a.xml", "a.html", "a.rtf", "a.md", "a.x12", "a.ach", "a.sta", "a.ofx", "a.dat", "a.eml",
    "a.mbox",
];

libfuzzer_sys::fuzz_target!(
    init: cordon_fuzz::only_ours(),
    |bytes: &[u8]| {
        let Some(([first, second, name], file)) = bytes.split_first_chunk::<3>() else { return };
        if let Some(name) = NAMES.get(usize::from(*name) % NAMES.len()) {
            cordon_fuzz::written(file, name, *first, *second);
        }
    }
);
