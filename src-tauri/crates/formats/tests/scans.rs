//! Scans and pictures written back: what was removed is in no pixel, layer or corner of the new file.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod made;

use std::io::Cursor;
use std::time::Duration;

use deid::Span;
use formats::write::{Edit, WriteError, WriteNote, Written};
use formats::{Format, Limits, Note, Origin, ReadError, Record, read, worker::Confined};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, imageops};
use made::outside::poppler;
use made::paper::{file, installed, lines};

const READER: &str = env!("CARGO_BIN_EXE_formats-reader");

/// Words of the sheet that are removed, and some that stay.
const GONE: [&str; 4] = ["Maria Garcia", "3 January 1961", "413-555-0142", "Aaron Hale"];
const STAYS: [&str; 4] = ["Hillside Clinic", "Patient", "Record number 884421", "chest pain"];

fn worker() -> Confined {
    Confined::new(READER, vec!["__read".into()], Duration::from_secs(60))
}

fn edits(text: &str, gone: &[&str]) -> Vec<Edit> {
    let found = gone.iter().enumerate().flat_map(|(i, word)| {
        assert!(text.contains(word), "{word} in {text}");
        text.match_indices(word).map(move |(at, w)| Edit { span: Span::new(at, at + w.len()), replacement: format!("[ID_{i}]") })
    });
    found.collect()
}

async fn written(bytes: &[u8], name: &str, gone: &[&str], keep_unread: bool) -> (Record, Written) {
    let record = worker().read(bytes.to_vec(), name).await.unwrap();
    let text = record.text.expose();
    let written = worker().write(bytes.to_vec(), name, text, &edits(text, gone), keep_unread).await;
    (record.clone(), written.unwrap())
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// Nothing of what was removed is in the text, nor any of its words; what stays is there.
fn check(text: &str, gone: &[&str], stays: &[&str]) {
    let (all, run) = (words(text), words(text).concat());
    for word in gone.iter().flat_map(|g| words(g)).filter(|w| w.len() > 3) {
        assert!(!all.contains(&word) && !run.contains(&word), "{word} in {text}");
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    stays.iter().for_each(|stay| assert!(text.contains(stay), "{stay} in {text}"));
}

/// The pixels of each removed word's place have one colour.
fn burnt(record: &Record, gone: &[&str], picture: &GrayImage) {
    let text = record.text.expose();
    for edit in edits(text, gone) {
        for stretch in record.source_map.lookup(edit.span) {
            let Origin::Box { left, top, right, bottom, .. } = stretch.origin else { continue };
            for (x, y) in (left..right).flat_map(|x| (top..bottom).map(move |y| (x, y))) {
                assert!(picture.get_pixel(x, y).0[0] <= 8, "{x} {y}");
            }
        }
    }
}

#[tokio::test]
async fn pictures_of_every_kind_are_burnt_and_hold_nothing_but_pixels() {
    if !installed() {
        return;
    }
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff, ImageFormat::Bmp, ImageFormat::Gif] {
        let picture: DynamicImage = match format {
            ImageFormat::Gif => DynamicImage::from(lines(0, 4)).to_rgba8().into(),
            ImageFormat::Jpeg => DynamicImage::from(lines(0, 4)).to_rgb8().into(),
            _ => lines(0, 4).into(),
        };
        let (record, written) = written(&file(picture, format), "scan", &GONE, false).await;
        assert_eq!((image::guess_format(&written.bytes).unwrap(), written.format), (format, Format::Image));
        assert_eq!(written.notes, [WriteNote::PagesDrawn { count: 1 }, WriteNote::RecognizedOnly { count: 1 }]);
        let new = image::load_from_memory(&written.bytes).unwrap().into_luma8();
        assert_eq!(new.dimensions(), lines(0, 4).dimensions());
        burnt(&record, &GONE, &new);
        let again = worker().read(written.bytes, "scan").await.unwrap();
        check(again.text.expose(), &GONE, &STAYS);
    }
}

/// A PNG with a comment, a profile's name and a time, and a JPEG with an Exif thumbnail and a comment.
fn talking() -> [Vec<u8>; 2] {
    let mut png = file(lines(0, 4), ImageFormat::Png);
    let mut chunk = |kind: &[u8], body: &[u8]| {
        let crc = [kind, body]
            .concat()
            .iter()
            .fold(!0u32, |crc, b| (0..8).fold(crc ^ u32::from(*b), |c, _| c >> 1 ^ (0xedb8_8320 & (c & 1).wrapping_neg())));
        let all = [&(body.len() as u32).to_be_bytes()[..], kind, body, &(!crc).to_be_bytes()].concat();
        png.splice(33..33, all);
    };
    chunk(b"tEXt", b"Author\0Maria Garcia");
    chunk(b"tIME", &[7, 0xe8, 3, 5, 10, 15, 30]);
    let mut jpeg = file(DynamicImage::from(lines(0, 4)).to_rgb8(), ImageFormat::Jpeg);
    let segment = |marker: u8, body: &[u8]| [&[0xff, marker][..], &(body.len() as u16 + 2).to_be_bytes(), body].concat();
    let exif = [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x3b\0\x02\0\0\0\x0d\0\0\0\x1a\0\0\0\0"[..], b"Maria Garcia\0"].concat();
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Maria Garcia</x:xmpmeta>";
    jpeg.splice(2..2, [segment(0xe1, &exif), segment(0xe1, xmp), segment(0xfe, b"for Maria Garcia")].concat());
    [png, jpeg]
}

#[tokio::test]
async fn comments_profiles_and_thumbnails_stay_behind() {
    if !installed() {
        return;
    }
    for (bytes, old) in talking().into_iter().zip([&b"tEXt"[..], b"Exif"]) {
        assert!(bytes.windows(4).any(|w| w == old) && bytes.windows(12).any(|w| w == b"Maria Garcia"));
        let (_, written) = written(&bytes, "scan", &[], true).await;
        for word in [&b"Maria"[..], b"tEXt", b"tIME", b"Exif", b"xmp", b"\xff\xfe\0"] {
            assert!(!written.bytes.windows(word.len()).any(|w| w == word), "{}", String::from_utf8_lossy(word));
        }
    }
}

#[tokio::test]
async fn what_was_not_recognized_goes_unless_it_is_asked_for() {
    if !installed() {
        return;
    }
    // A stroke of a pen below the words.
    let mut picture = GrayImage::from_pixel(1700, 500, Luma([255]));
    imageops::replace(&mut picture, &lines(0, 4), 0, 0);
    let pen = |x: u32| (400.0 + 30.0 * (f64::from(x) / 40.0).sin()) as u32;
    (600..1200).for_each(|x| (0..4).for_each(|w| picture.put_pixel(x, pen(x) + w, Luma([0]))));
    let ink = |picture: &GrayImage| (600..1200).filter(|x| picture.get_pixel(*x, pen(*x) + 1).0[0] < 128).count();
    let bytes = file(picture, ImageFormat::Png);
    for (keep, left) in [(false, 0), (true, 600)] {
        let (_, written) = written(&bytes, "a.png", &GONE, keep).await;
        assert_eq!(ink(&image::load_from_memory(&written.bytes).unwrap().into_luma8()), left);
    }
}

#[tokio::test]
async fn pages_on_their_side_and_faxes_of_high_pixels_are_burnt_at_their_places() {
    if !installed() {
        return;
    }
    let turned =
        file(imageops::rotate90(&image::load_from_memory(include_bytes!("made/sheet.png")).unwrap().into_luma8()), ImageFormat::Png);
    let gone = ["Maria Garcia", "Aaron Hale"];
    let (record, new) = written(&turned, "a.png", &gone, false).await;
    burnt(&record, &gone, &image::load_from_memory(&new.bytes).unwrap().into_luma8());
    check(worker().read(new.bytes, "a.png").await.unwrap().text.expose(), &gone, &["Hillside Clinic"]);
    // 204 by 98 dots per inch.
    let (_, new) = written(include_bytes!("made/fax_g3.tif"), "a.tif", &["Maria Garcia"], false).await;
    assert_eq!(image::load_from_memory(&new.bytes).unwrap().into_luma8().dimensions(), (1700, 304), "pixels became as high as wide");
    check(worker().read(new.bytes, "a.tif").await.unwrap().text.expose(), &["Maria Garcia"], &["Hillside Clinic"]);
}

#[tokio::test]
async fn every_page_of_a_fax_is_written() {
    if !installed() {
        return;
    }
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap();
    for page in [lines(0, 4), GrayImage::from_pixel(300, 300, Luma([255])), lines(0, 4)] {
        encoder.write_image::<tiff::encoder::colortype::Gray8>(page.width(), page.height(), page.as_raw()).unwrap();
    }
    let (_, new) = written(&bytes.into_inner(), "fax.tif", &GONE, false).await;
    assert_eq!(formats::ocr::count(&new.bytes, &Limits::default()), Ok(3));
    let again = worker().read(new.bytes, "fax.tif").await.unwrap();
    check(again.text.expose(), &GONE, &STAYS);
    assert_eq!(again.text.expose().matches("Hillside").count(), 2);
}

/// A PDF whose pages may show the lines as `/X`, in the size that they were scanned in.
fn scanned(pages: &[&str]) -> Vec<u8> {
    let picture = lines(0, 4);
    let hex: String = picture.as_raw().iter().map(|light| format!("{light:02x}")).collect();
    let image = format!(
        "<< /Type /XObject /Subtype /Image /Width 1700 /Height 284 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /ASCIIHexDecode /Length {} >>\nstream\n{hex}>\nendstream",
        hex.len() + 1
    );
    let file = made::pdf(pages, "", "", &[&image]);
    let resources = format!("/Font << /F1 3 0 R >> /XObject << /X {} 0 R >>", 4 + 2 * pages.len());
    String::from_utf8(file).unwrap().replace("/Font << /F1 3 0 R >>", &resources).into_bytes()
}

const SHOWN: &str = "q 612 0 0 102.24 0 600 cm /X Do Q\n";

/// The text that a page shows once it is a picture, at 200 dots per inch.
async fn recognized(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let (file, pages) = (folder.path().join("a.pdf"), folder.path().join("page"));
    std::fs::write(&file, pdf).unwrap();
    let ran = std::process::Command::new("pdftoppm").args(["-r", "200", "-png"]).arg(&file).arg(&pages).status();
    if !ran.is_ok_and(|status| status.success()) {
        println!("skipped: poppler's pdftoppm is not installed (poppler-utils)");
        return None;
    }
    let mut all = String::new();
    for page in std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "png")) {
        match worker().read(std::fs::read(page).unwrap(), "a.png").await {
            Ok(record) => all += record.text.expose(),
            Err(error) => assert_eq!(error, ReadError::NoText),
        }
    }
    Some(all)
}

#[tokio::test]
async fn a_scanned_pdf_is_burnt_and_says_what_stays() {
    if !installed() {
        return;
    }
    let file = scanned(&[&made::line(72, 700, "Cover sheet for Maria Garcia"), SHOWN, ""]);
    let (record, new) = written(&file, "a.pdf", &GONE, false).await;
    assert_eq!(record.format, Format::Pdf);
    assert_eq!(new.notes, [WriteNote::PagesDrawn { count: 3 }, WriteNote::RecognizedOnly { count: 1 }]);
    let text = read(&new.bytes, "a.pdf", &Limits::default()).unwrap().text.expose().clone();
    check(&text, &GONE, &STAYS);
    assert!(text.contains("Cover sheet for [ID_0]") && text.contains("[ID_3]"), "{text}");
    if let Some(text) = poppler(&new.bytes) {
        check(&text, &GONE, &STAYS);
    }
    if let Some(text) = recognized(&new.bytes).await {
        check(&text, &GONE, &["Hillside Clinic", "chest pain"]);
    }
}

#[tokio::test]
async fn a_line_printed_over_a_scan_and_the_scan_are_burnt() {
    if !installed() {
        return;
    }
    // The picture fills a good part of the page, as a fax does.
    let page = made::line(72, 770, "Fax of 5 March from Ines Petrov 555-0199") + "q 612 0 0 230 0 450 cm /X Do Q\n";
    let file = scanned(&[&page]);
    let record = worker().read(file.clone(), "a.pdf").await.unwrap();
    assert!(record.notes.contains(&Note::Ocr { pages: 1 }), "{:?}", record.notes);
    assert_eq!(record.text.expose().matches("Ines").count(), 2, "as it is written, and as it is drawn: {}", record.text.expose());
    let gone = ["Ines Petrov", "Maria Garcia"];
    let (_, new) = written(&file, "a.pdf", &gone, false).await;
    let text = read(&new.bytes, "a.pdf", &Limits::default()).unwrap().text.expose().clone();
    check(&text, &gone, &["Fax of 5 March from [ID_0]", "Hillside"]);
    if let Some(text) = recognized(&new.bytes).await {
        check(&text, &gone, &["Fax of 5 March", "Hillside"]);
    }
    // Words that somebody else recognized lie under many a scan: they are taken for what the page says.
    let layer = "BT 3 Tr /F1 12 Tf 72 690 Td (Maria Garcia was here) Tj ET\nq 612 0 0 230 0 450 cm /X Do Q\n";
    let record = worker().read(scanned(&[layer]), "a.pdf").await.unwrap();
    assert!(!record.notes.iter().any(|n| matches!(n, Note::Ocr { .. })) && record.notes.iter().any(Note::incomplete));
}

#[tokio::test]
async fn a_word_that_is_nearly_a_removed_one_goes_too() {
    if !installed() {
        return;
    }
    // As if recognition had read one of two numbers with a mistake.
    let once = lines(0, 4);
    let picture = GrayImage::from_fn(1700, 568, |x, y| *once.get_pixel(x, y % 284));
    let bytes = file(picture, ImageFormat::Png);
    let record = worker().read(bytes.clone(), "a.png").await.unwrap();
    let text = record.text.expose();
    let at = text.find("884421").unwrap();
    let first = Edit { span: Span::new(at, at + 6), replacement: "[ID]".into() };
    let new = worker().write(bytes.clone(), "a.png", text, &[first], false).await.unwrap();
    let again = worker().read(new.bytes, "a.png").await.unwrap();
    assert!(!again.text.expose().contains("884421"), "{}", again.text.expose());
    // What no longer reads as it did is not written.
    assert_eq!(worker().write(bytes, "a.png", "other words", &[], false).await, Err(WriteError::Astray));
}
