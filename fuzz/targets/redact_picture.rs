//! A place of a picture, in 256ths, is burnt: the new picture is one of the same kind that can be read, or there is none.
#![no_main]

use formats::{Limits, ocr};

libfuzzer_sys::fuzz_target!(
    init: cordon_fuzz::only_ours(),
    |bytes: &[u8]| {
        let Some((place, picture)) = bytes.split_first_chunk::<4>() else { return };
        let limits = Limits { max_input: 1 << 20, max_memory: 128 << 20, max_pages: 3, ..Limits::default() };
        let Ok(page) = ocr::page(picture, 1, &limits) else { return };
        let at = |part: u8, of: u32| (u64::from(of) * u64::from(part) / 256) as u32;
        let [left, top, right, bottom] = *place;
        let (width, height) = page.source;
        let place = [at(left, width), at(top, height), at(right, width), at(bottom, height)];
        if let Ok(written) = formats::burnt(picture, &limits, &[place]) {
            let again = ocr::page(&written, 1, &limits).unwrap();
            // The pixels of a fax may be twice as high as wide; those of what is written are as high as wide.
            assert!(again.source.0 >= width && again.source.1 >= height);
        }
    }
);
