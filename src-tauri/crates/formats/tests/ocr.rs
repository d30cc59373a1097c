//! Scans and pictures, read by Tesseract where it is installed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod made;

use std::io::Cursor;
use std::sync::Mutex;
use std::time::Duration;

use formats::{Format, Limits, Note, Origin, ReadError, Record, read, worker::Confined};
use image::{GrayImage, ImageFormat, Luma, imageops};
use made::paper::{file, installed, lines, sheet};

const READER: &str = env!("CARGO_BIN_EXE_formats-reader");

const LINES: [&str; 4] = [
    "Hillside Clinic, discharge summary",
    "Patient: Maria Garcia, born 3 January 1961",
    "Record number 884421, phone 413-555-0142",
    "Seen by Dr. Aaron Hale for chest pain.",
];

fn worker() -> Confined {
    Confined::new(READER, vec!["__read".into()], Duration::from_secs(60))
}

fn ocr_note(record: &Record) -> usize {
    record.notes.iter().find_map(|note| if let Note::Ocr { pages } = note { Some(*pages) } else { None }).unwrap_or_default()
}

#[tokio::test]
async fn pictures_become_text_with_the_place_of_every_word() {
    if !installed() {
        return;
    }
    let sheet = imageops::crop_imm(&sheet(), 0, 0, 1700, 410).to_image();
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff] {
        let record = worker().read(file(sheet.clone(), format), "scan").await.unwrap();
        let text = record.text.expose();
        assert_eq!(text.lines().filter(|line| !line.is_empty()).take(4).collect::<Vec<_>>(), LINES, "{format:?}");
        assert_eq!((record.format, ocr_note(&record)), (Format::Image, 1));
        assert!(record.notes.iter().any(Note::incomplete), "somebody has to look");
        let at = text.find("Garcia").unwrap();
        let found = record.source_map.lookup(deid::Span::new(at, at + 6));
        let Origin::Box { page: 1, left, top, right, bottom, confidence } = found[0].origin else { unreachable!("{found:?}") };
        assert!(confidence >= 60);
        // There is ink in the box and none around it: the right word, in pixels of the file.
        let ink = |x: u32, y: u32| sheet.get_pixel(x, y).0[0] < 128;
        assert!((left..right).any(|x| ink(x, (top + bottom) / 2)));
        assert!((left..right).all(|x| !ink(x, bottom + 12) && !ink(x, top - 12)));
        assert!((440..520).contains(&left) && (210..240).contains(&top), "{left} {top}");
    }
}

#[tokio::test]
async fn a_page_on_its_side_or_its_head_is_turned_and_the_boxes_lie_where_the_words_are() {
    if !installed() {
        return;
    }
    let upright = sheet();
    for turned in [imageops::rotate90(&upright), imageops::rotate180(&upright), imageops::rotate270(&upright)] {
        let record = worker().read(file(turned.clone(), ImageFormat::Png), "scan.png").await.unwrap();
        let text = record.text.expose();
        assert!(text.contains("Maria Garcia"), "{text}");
        let at = text.find("Maria").unwrap();
        let Origin::Box { left, top, right, bottom, .. } = record.source_map.lookup(deid::Span::new(at, at + 5))[0].origin else {
            unreachable!("a word has a box")
        };
        let ink =
            (left..right).flat_map(|x| (top..bottom).map(move |y| (x, y))).filter(|(x, y)| turned.get_pixel(*x, *y).0[0] < 128).count();
        assert!(ink * 10 > ((right - left) * (bottom - top)) as usize, "a tenth of a word's box is ink: {ink}");
    }
}

#[tokio::test]
async fn pages_of_a_file_stay_in_order_and_progress_is_told() {
    if !installed() {
        return;
    }
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap();
    let pages = [lines(1, 1), GrayImage::from_pixel(300, 300, Luma([255])), lines(3, 1)];
    for page in &pages {
        encoder.write_image::<tiff::encoder::colortype::Gray8>(page.width(), page.height(), page.as_raw()).unwrap();
    }
    let told = Mutex::new(Vec::new());
    let record = worker().read_with(bytes.into_inner(), "fax.tif", &|done, of| told.lock().unwrap().push((done, of))).await.unwrap();
    assert_eq!(*record.text.expose(), format!("{}\n\n{}\n", LINES[1], LINES[3]));
    assert_eq!(*told.lock().unwrap(), [(0, 3), (1, 3), (2, 3), (3, 3)]);
    assert_eq!(record.notes, [Note::Ocr { pages: 2 }], "an empty page is one that was read");
    let at = record.text.expose().find("Hale").unwrap();
    assert!(matches!(record.source_map.lookup(deid::Span::new(at, at + 4))[0].origin, Origin::Box { page: 3, .. }));
}

#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let missing = worker().with_tesseract("/nowhere/tesseract");
    let scan = file(lines(0, 4), ImageFormat::Png);
    assert_eq!(missing.read(scan.clone(), "a.png").await.unwrap_err(), ReadError::OcrMissing);
    assert_eq!(read(&scan, "a.png", &Limits::default()).unwrap_err(), ReadError::NoText);
    // One that does not do what it should.
    #[cfg(unix)]
    for broken in ["/bin/false", "/bin/true", "/bin/cat"] {
        assert_eq!(worker().with_tesseract(broken).read(scan.clone(), "a.png").await.unwrap_err(), ReadError::Worker, "{broken}");
    }
    if !installed() {
        return;
    }
    let blank = file(GrayImage::from_pixel(800, 800, Luma([250])), ImageFormat::Png);
    assert_eq!(worker().read(blank, "a.png").await.unwrap_err(), ReadError::NoText);
    let waves = GrayImage::from_fn(900, 900, |x, y| Luma([if (x / 90 + y / 90) % 2 == 0 { 90 } else { 200 }]));
    assert_eq!(worker().read(file(waves, ImageFormat::Png), "a.png").await.unwrap_err(), ReadError::NoText);
    assert_eq!(worker().read(scan[..scan.len() / 2].to_vec(), "a.png").await.unwrap_err(), ReadError::Corrupt { format: Format::Image });
}

/// A fax of the first two lines of the sheet, compressed in four ways by libtiff.
const FAXES: [&[u8]; 4] = [
    include_bytes!("made/fax_g4.tif"),
    include_bytes!("made/fax_g3_2d.tif"),
    include_bytes!("made/fax_rle.tif"),
    include_bytes!("made/fax_g3.tif"), // with 204 by 98 dots per inch
];

/// Where a tag of the one page stands; its value is 8 bytes further on.
fn tag(bytes: &[u8], tag: u16) -> usize {
    let ifd = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    (0..).map(|i| ifd + 2 + 12 * i).find(|at| bytes[*at..at + 2] == tag.to_le_bytes()).unwrap()
}

fn value(bytes: &[u8], of: u16) -> usize {
    let at = tag(bytes, of) + 8;
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

#[test]
fn faxes_are_unpacked_to_the_pixel() {
    let limits = Limits::default();
    let page = |bytes: &[u8]| formats::ocr::page(bytes, 1, &limits);
    let expected = page(&file(lines(0, 2), ImageFormat::Png)).unwrap();
    assert_eq!((expected.width, expected.source), (3400, (1700, 152)));
    for fax in &FAXES[..3] {
        assert!(page(fax).unwrap() == expected);
    }
    let low = page(FAXES[3]).unwrap();
    assert_eq!((low.width, low.height, low.source), (3400, 608, (1700, 152)), "pixels that are higher than wide");

    let g4 = FAXES[0];
    let (strip, length) = (value(g4, 273), value(g4, 279));
    // Bits in the other order: a tag that says what goes without saying becomes the one for that.
    let mut reversed = g4.to_vec();
    reversed[strip..strip + length].iter_mut().for_each(|byte| *byte = byte.reverse_bits());
    let at = tag(g4, 258);
    reversed[at..at + 2].copy_from_slice(&266u16.to_le_bytes());
    reversed[at + 8] = 2;
    assert!(page(&reversed).unwrap() == expected);
    let mut negative = g4.to_vec();
    negative[tag(g4, 262) + 8] = 0;
    assert_eq!(page(&negative).unwrap().pixels[0], 0);

    let corrupt = Err(ReadError::Corrupt { format: Format::Image });
    let mut short = g4.to_vec();
    let at = tag(g4, 279) + 8;
    short[at..at + 4].copy_from_slice(&100u32.to_le_bytes());
    assert_eq!(page(&short), corrupt, "rows are missing");
    short[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(page(&short), corrupt, "more than there is");
    let mut bomb = g4.to_vec();
    for side in [256, 257, 278] {
        let at = tag(g4, side);
        bomb[at + 2] = 4;
        bomb[at + 8..at + 12].copy_from_slice(&60_000u32.to_le_bytes());
    }
    assert_eq!(page(&bomb), Err(ReadError::Bomb));
    // A file whose pages come round again.
    let ifd = u32::from_le_bytes(g4[4..8].try_into().unwrap()) as usize;
    let next = ifd + 2 + 12 * usize::from(u16::from_le_bytes(g4[ifd..ifd + 2].try_into().unwrap()));
    let mut round = g4.to_vec();
    round[next..next + 4].copy_from_slice(&(ifd as u32).to_le_bytes());
    assert!(formats::ocr::count(&round, &limits).is_err());
    assert!(formats::ocr::count(b"II*\0\x08\0\0\0\0\0\0\0\0\0", &limits).is_err(), "no page at all");
}

/// A PDF of these pages, which may show `lines(0, 4)` as `/X`, in the size that it was scanned in, and write in `/F3`, a font whose
/// `A` draws the same and whose other letters draw nothing; it says of none which letter it is.
fn scanned(pages: &[&str]) -> Vec<u8> {
    let picture = lines(0, 4);
    let (width, height) = picture.dimensions();
    let hex: String = picture.as_raw().iter().map(|light| format!("{light:02x}")).collect();
    let first = 4 + 2 * pages.len();
    let image = format!(
        "<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /ASCIIHexDecode \
         /Length {} >>\nstream\n{hex}>\nendstream",
        hex.len() + 1
    );
    let font = format!(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 612 103] /FontMatrix [1 0 0 1 0 0] /CharProcs << /zq0 {} 0 R /zq1 {} 0 R >> \
         /Encoding << /Type /Encoding /Differences [65 /zq0 /zq1] >> /FirstChar 65 /LastChar 66 /Widths [612 1] \
         /Resources << /XObject << /X {first} 0 R >> >> >>",
        first + 2,
        first + 3
    );
    let glyph = |draws: &str| format!("<< /Length {} >>\nstream\n{draws}\nendstream", draws.len());
    let objects = [image, font, glyph("612 0 d0 q 612 0 0 102.24 0 0 cm /X Do Q"), glyph("1 0 d0")];
    let file = made::pdf(pages, "", "", &objects.each_ref().map(String::as_str));
    let resources = format!("/Font << /F1 3 0 R /F3 {} 0 R >> /XObject << /X {first} 0 R >>", first + 1);
    String::from_utf8(file).unwrap().replace("/Font << /F1 3 0 R >>", &resources).into_bytes()
}

const SHOWN: &str = "q 612 0 0 102.24 0 600 cm /X Do Q\n";

#[tokio::test]
async fn pages_of_a_pdf_without_a_text_layer_are_recognized() {
    if !installed() {
        return;
    }
    let file = scanned(&[&made::line(72, 700, "Cover sheet"), SHOWN, "", &made::line(72, 700, "Last page")]);
    assert_eq!(read(&file, "a.pdf", &Limits::default()).unwrap().text.expose().matches("Maria").count(), 0, "it takes another process");
    let heard = Mutex::new(Vec::new());
    let record = worker().read_with(file.clone(), "a.pdf", &|done, of| heard.lock().unwrap().push((done, of))).await.unwrap();
    assert_eq!(heard.into_inner().unwrap(), [(0, 1), (1, 1)], "an empty page is no scan");
    let text = record.text.expose();
    let mut from = 0;
    for line in ["Cover sheet"].iter().chain(&LINES).chain(&["Last page"]) {
        from += text.get(from..).unwrap().find(line).unwrap_or_else(|| panic!("{line} in {text}")) + line.len();
    }
    assert_eq!((record.format, ocr_note(&record)), (Format::Pdf, 1));
    assert!(!record.notes.iter().any(|note| matches!(note, Note::PagesWithoutText { .. } | Note::PagesNotRead { .. })));
    // Places are told in 300 pixels per inch.
    let at = text.find("Maria").unwrap();
    let Origin::Box { page: 2, top, bottom, left, right, .. } = record.source_map.lookup(deid::Span::new(at, at + 5))[0].origin else {
        panic!("no box")
    };
    assert!(top > 374 && bottom < 800 && top < bottom && left < right && right < 2550, "{left} {top} {right} {bottom}");
    let missing = worker().with_tesseract("/nowhere/tesseract").read(file, "a.pdf").await.unwrap();
    assert!(missing.notes.contains(&Note::PagesWithoutText { count: 2 }) && ocr_note(&missing) == 0);
}

#[tokio::test]
async fn pages_whose_letters_do_not_say_what_they_are_are_recognized_too() {
    if !installed() {
        return;
    }
    let glyphs = "BT /F3 1 Tf 0 600 Td (ABBBBB) Tj ET\n";
    let record = worker().read(scanned(&[&(made::line(72, 750, "ok") + glyphs)]), "a.pdf").await.unwrap();
    assert!(record.text.expose().contains(LINES[1]), "{}", record.text.expose());
    assert_eq!(ocr_note(&record), 1);
    assert!(record.notes.iter().any(|note| matches!(note, Note::UnreadableGlyphs { .. })), "they stay named");
    // Here and there a sign of a rare font: the page is read as it is.
    let page = made::line(72, 750, "A line of words that say what they are") + "BT /F3 1 Tf 0 600 Td (BB) Tj ET\n";
    assert_eq!(ocr_note(&worker().read(scanned(&[&page]), "a.pdf").await.unwrap()), 0);
}

/// The processes that this test started and that still run, by what they are.
#[cfg(target_os = "linux")]
fn children(program: &str) -> usize {
    let me = std::process::id().to_string();
    let stat = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("stat")).ok();
    let all = std::fs::read_dir("/proc").unwrap().flatten().filter_map(stat);
    all.filter(|stat| {
        let (name, rest) = stat.rsplit_once(')').unwrap();
        let mut rest = rest.split_whitespace();
        let (state, parent) = (rest.next().unwrap(), rest.next().unwrap());
        name.ends_with(&format!("({program}")) && parent == me && state != "Z"
    })
    .count()
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn nothing_goes_on_when_the_reading_is_dropped() {
    if !installed() {
        return;
    }
    // A copy under another name, which no other test runs.
    let folder = tempfile::tempdir_in("/opt").or_else(|_| tempfile::tempdir()).unwrap();
    let program = folder.path().join("tess-dropped");
    std::fs::copy(formats::ocr::find().unwrap(), &program).unwrap();
    let scan = file(imageops::resize(&sheet(), 3400, 2612, imageops::FilterType::Triangle), ImageFormat::Png);
    let confined = worker().with_tesseract(&program);
    let reading = tokio::spawn(async move { confined.read(scan, "a.png").await });
    let mut started = false;
    for _ in 0..2000 {
        started = children("tess-dropped") > 0;
        if started || reading.is_finished() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(started && !reading.is_finished());
    reading.abort();
    assert!(reading.await.unwrap_err().is_cancelled());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(children("tess-dropped"), 0);
}
