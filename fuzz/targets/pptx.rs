//! The XML inside: a slide, comments and their authors, parted by zero bytes.
#![no_main]

const PARTS: &[&str] = &["ppt/slides/slide1.xml", "ppt/comments/comment1.xml", "ppt/commentAuthors.xml"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cordon_fuzz::read(&cordon_fuzz::archive(bytes, PARTS), "record.pptx"));
