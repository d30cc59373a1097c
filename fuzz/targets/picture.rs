//! A panic in a decoder is caught and means a damaged file; a page has as many pixels as it says. Pictures are small here.
#![no_main]

use formats::Limits;

libfuzzer_sys::fuzz_target!(
    init: cordon_fuzz::only_ours(),
    |bytes: &[u8]| {
        let limits = Limits { max_input: 1 << 20, max_memory: 128 << 20, max_pages: 20, ..Limits::default() };
        cordon_fuzz::read(bytes, "scan");
        for number in 1..=formats::ocr::count(bytes, &limits).unwrap_or_default().min(3) {
            if let Ok(page) = formats::ocr::page(bytes, number, &limits) {
                assert_eq!(page.pixels.len(), page.width as usize * page.height as usize);
                assert!(!page.pixels.is_empty() && page.source.0 > 0 && page.source.1 > 0);
            }
        }
    }
);
