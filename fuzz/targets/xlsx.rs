//! The XML inside: a sheet, its strings, its styles and its comments, parted by zero bytes.
#![no_main]

const PARTS: &[&str] = &["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/comments1.xml"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cordon_fuzz::read(&cordon_fuzz::archive(bytes, PARTS), "record.xlsx"));
