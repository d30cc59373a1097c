//! Whatever Tesseract writes, its words have letters and lie on the page.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: (u16, u16, &[u8])| {
    let (width, height, rows) = input;
    const HEAD: &[u8] = b"level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n";
    let _ = formats::ocr::words(rows, width.into(), height.into());
    for word in formats::ocr::words(&[HEAD, rows].concat(), width.into(), height.into()).unwrap_or_default() {
        let [left, top, right, bottom] = word.place;
        assert!(left < right && right <= width.into() && top < bottom && bottom <= height.into());
        assert!(!word.text.is_empty() && (0.0..=100.0).contains(&word.confidence));
    }
});
