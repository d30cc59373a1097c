//! A sheet of paper, for what Tesseract reads.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, imageops};

/// Whether there is anything to test with.
pub fn installed() -> bool {
    let found = formats::ocr::find().is_some();
    if !found {
        println!("skipped: Tesseract is not installed; {}", formats::ocr::INSTALL);
    }
    found
}

/// Sixteen lines, a discharge summary of four and then a letter, 200 dots per inch, 66 apart from the 150th on.
pub fn sheet() -> GrayImage {
    image::load_from_memory(include_bytes!("sheet.png")).unwrap().into_luma8()
}

/// Some lines of it.
pub fn lines(first: u32, count: u32) -> GrayImage {
    imageops::crop_imm(&sheet(), 0, 130 + 66 * first, 1700, 66 * count + 20).to_image()
}

/// A picture as a file.
pub fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}
