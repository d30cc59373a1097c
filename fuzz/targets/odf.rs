//! The XML inside: the body and the styles, parted by a zero byte.
#![no_main]

const PARTS: &[&str] = &["content.xml", "styles.xml", "META-INF/manifest.xml"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cordon_fuzz::read(&cordon_fuzz::archive(bytes, PARTS), "record.odt"));
