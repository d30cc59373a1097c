//! Scans and pictures, read by Tesseract where it is installed.
#![allow(clippy::unwrap_used, reason = "tests")]

mod made;

use std::io::Cursor;
use std::sync::Mutex;
use std::time::Duration;

use formats::{Format, Limits, Note, Origin, ReadError, Record, read, worker::Confined};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, hayro_interpret::InterpreterSettings, hayro_syntax::Pdf};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, imageops};
use made::{line, pdf};

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

/// Whether there is anything to test with.
fn installed() -> bool {
    let found = formats::ocr::find().is_some();
    if !found {
        println!("skipped: Tesseract is not installed; {}", formats::ocr::INSTALL);
    }
    found
}

/// A sheet of paper with these lines, 200 dots per inch.
fn sheet(lines: &[&str]) -> GrayImage {
    let content: String = (0u32..).zip(lines).map(|(i, text)| line(72, 700 - 24 * i, text)).collect();
    let pdf = Pdf::new(pdf(&[&content], "", "", &[])).unwrap();
    let settings = PixmapSettings { x_scale: 200.0 / 72.0, y_scale: 200.0 / 72.0, bg_color: WHITE };
    let pages = pdf.pages();
    let drawn = hayro::render(&pages[0], &RenderCache::new(), &InterpreterSettings::default(), &RenderSettings::default(), &settings);
    let gray = drawn.data_as_u8_slice().chunks_exact(4).map(|pixel| pixel[1]).collect();
    GrayImage::from_raw(drawn.width().into(), drawn.height().into(), gray).unwrap()
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn ocr_note(record: &Record) -> usize {
    record.notes.iter().find_map(|note| if let Note::Ocr { pages } = note { Some(*pages) } else { None }).unwrap_or_default()
}

#[tokio::test]
async fn pictures_become_text_with_the_place_of_every_word() {
    if !installed() {
        return;
    }
    let sheet = sheet(&LINES);
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff] {
        let record = worker().read(file(sheet.clone(), format), "scan").await.unwrap();
        let text = record.text.expose();
        assert_eq!(text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>(), LINES, "{format:?}");
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
        assert!((330..420).contains(&left) && (235..265).contains(&top), "{left} {top}");
    }
}

#[tokio::test]
async fn a_page_on_its_side_or_its_head_is_turned_and_the_boxes_lie_where_the_words_are() {
    if !installed() {
        return;
    }
    let prose: Vec<String> = (0..20).map(|i| format!("{} Line {i} of a letter about nothing.", LINES[i % 4])).collect();
    let upright = sheet(&prose.iter().map(String::as_str).collect::<Vec<_>>());
    for turned in [imageops::rotate90(&upright), imageops::rotate180(&upright), imageops::rotate270(&upright)] {
        let record = worker().read(file(turned.clone(), ImageFormat::Png), "scan.png").await.unwrap();
        let text = record.text.expose();
        assert!(text.contains("Maria Garcia"), "{text}");
        let at = text.find("Maria").unwrap();
        let Origin::Box { left, top, right, bottom, .. } = record.source_map.lookup(deid::Span::new(at, at + 5))[0].origin else {
            unreachable!("a word has a box")
        };
        let ink = (left..right).flat_map(|x| (top..bottom).map(move |y| (x, y))).filter(|(x, y)| turned.get_pixel(*x, *y).0[0] < 128).count();
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
    let pages = [sheet(&["The first page is about Maria."]), GrayImage::from_pixel(300, 300, Luma([255])), sheet(&["The third page is about Tom."])];
    for page in &pages {
        encoder.write_image::<tiff::encoder::colortype::Gray8>(page.width(), page.height(), page.as_raw()).unwrap();
    }
    let told = Mutex::new(Vec::new());
    let record = worker().read_with(bytes.into_inner(), "fax.tif", &|done, of| told.lock().unwrap().push((done, of))).await.unwrap();
    assert_eq!(record.text.expose(), "The first page is about Maria.\n\nThe third page is about Tom.\n");
    assert_eq!(*told.lock().unwrap(), [(0, 3), (1, 3), (2, 3), (3, 3)]);
    assert_eq!(record.notes, [Note::Ocr { pages: 2 }], "an empty page is one that was read");
    let at = record.text.expose().find("Tom").unwrap();
    assert!(matches!(record.source_map.lookup(deid::Span::new(at, at + 3))[0].origin, Origin::Box { page: 3, .. }));
}

#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let missing = worker().with_tesseract("/nowhere/tesseract");
    let scan = file(sheet(&LINES), ImageFormat::Png);
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
    let prose = [LINES; 7].concat();
    let scan = file(imageops::resize(&sheet(&prose), 3400, 4400, imageops::FilterType::Triangle), ImageFormat::Png);
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
