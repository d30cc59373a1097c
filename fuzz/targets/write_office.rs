//! Archives written back: two numbers that say where the edit stands, a kind, the parts, parted by zero bytes.
#![no_main]

const KINDS: [(&str, &[&str]); 5] = [
    ("a.docx", &["word/document.xml", "word/comments.xml"]),
    ("a.xlsx", &["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/comments1.xml"]),
    ("a.pptx", &["ppt/slides/slide1.xml", "ppt/comments/comment1.xml", "ppt/commentAuthors.xml"]),
    ("a.odt", &["content.xml", "styles.xml", "META-INF/manifest.xml"]),
    ("a.zip", &["first.txt", "Maria Lopez.csv", "third.xml"]),
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(([first, second, kind], parts)) = bytes.split_first_chunk::<3>() else { return };
    if let Some((name, names)) = KINDS.get(usize::from(*kind) % KINDS.len()) {
        cordon_fuzz::written(&cordon_fuzz::archive(parts, names), name, *first, *second);
    }
});
