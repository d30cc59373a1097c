//! Bad office and mail files: a broken part costs a note, all else ends in a typed error, and nothing hangs or grows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod made;

use std::time::{Duration, Instant};

use formats::{Limits, Note, read};
use made::check::covered;
use made::{docx, office, old, zip};
use proptest::prelude::*;

/// A file of each parser, whole.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("xlsx", office::xlsx()),
        ("pptx", office::pptx()),
        ("odt", office::odf(office::ODT_BODY)),
        ("ods", office::odf(office::ODS_BODY)),
        ("zip", zip(&[("a.docx", &docx("")), ("b.csv", b"name,dob\nMaria,1961-01-03\n")])),
        ("eml", office::MAIL.into()),
        (
            "mbox",
            format!("From a@b Tue Mar  5 10:15:30 2024\n{}\nFrom c@d Tue Mar  5 11:15:30 2024\n{}", office::MAIL, office::MAIL).into(),
        ),
        ("xls", old::xls()),
        ("doc", old::doc()),
        ("ppt", old::ppt()),
        ("msg", old::msg()),
        ("dicom", old::dicom(true)),
        ("implicit dicom", old::dicom(false)),
    ]
}

fn code(bytes: &[u8]) -> &'static str {
    match read(bytes, "", &Limits::default()) {
        Ok(record) => {
            covered(&record);
            "read"
        }
        Err(error) => error.code(),
    }
}

#[test]
fn a_file_cut_anywhere_is_read_or_refused() {
    for (name, bytes) in seeds() {
        assert_eq!(code(&bytes), "read", "{name}");
        for tenth in 1..10 {
            let code = code(&bytes[..bytes.len() * tenth / 10]);
            assert!(["read", "corrupt", "no_text", "unsupported", "binary"].contains(&code), "{name} at {tenth}/10: {code}");
        }
    }
}

/// The first byte of a part's packed content is changed, so that its checksum no longer fits.
fn broken(mut bytes: Vec<u8>, part: &str) -> Vec<u8> {
    let at = bytes.windows(part.len()).position(|w| w == part.as_bytes()).unwrap();
    bytes[at + part.len() + 8] ^= 0x55;
    bytes
}

#[test]
fn a_broken_part_costs_a_note_and_not_the_record() {
    let cases = [
        ("xlsx", broken(office::xlsx(), "xl/worksheets/sheet2.xml")),
        ("xlsx", broken(office::xlsx(), "xl/sharedStrings.xml")),
        ("xlsx", broken(office::xlsx(), "xl/styles.xml")),
        ("xlsx", broken(office::xlsx(), "xl/comments1.xml")),
        ("pptx", broken(office::pptx(), "ppt/slides/slide2.xml")),
        ("odt", broken(office::odf(office::ODT_BODY), "styles.xml")),
    ];
    for (name, bytes) in cases {
        let record = read(&bytes, "", &Limits::default()).unwrap();
        assert!(record.notes.contains(&Note::PartsNotRead { count: 1 }), "{name}: {:?}", record.notes);
    }
    let all = broken(
        zip(&[("xl/worksheets/sheet1.xml", b"<w><sheetData><row><c><v>884421</v></c></row></sheetData></w>")]),
        "xl/worksheets/sheet1.xml",
    );
    assert_eq!(code(&all), "corrupt");
}

#[test]
fn bombs_and_endless_files_are_stopped_in_time() {
    let xml = |name: &str, body: String| zip(&[(name, body.as_bytes())]);
    let odf = |body: &str| office::odf(body);
    let strings = format!("<sst><si><t>{}</t></si></sst>", "Maria ".repeat(10_000));
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(2_000);
    let long = |inner: &str| format!("<w><sheetData><row>{inner}</row></sheetData></w>");
    let deep_mail = (0..20_000)
        .fold(String::from("MIME-Version: 1.0\n"), |mail, i| mail + &format!("Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n"));
    let many: String = (0..200_000).map(|i| format!("X-{i}: y\n")).collect();
    let to: String = (0..200_000).map(|i| format!("\"a\\\"{i}\" <a{i}@b>,")).collect();
    let boundaries = format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(100_000));
    let mails = "From a@b Tue Mar  5 10:15:30 2024\nSubject: x\n\nMaria\n\n".repeat(50_000);
    let tags = format!("MIME-Version: 1.0\nContent-Type: text/html\n\n{}", "<style".repeat(500_000));
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        (
            "strings used again and again",
            zip(&[("xl/sharedStrings.xml", strings.as_bytes()), ("xl/worksheets/sheet1.xml", long(&cells).as_bytes())]),
            &["too_large"],
        ),
        ("a sheet of spaces", zip(&[("xl/worksheets/sheet1.xml", &vec![b' '; 300 << 20])]), &["bomb"]),
        ("a deep sheet", xml("xl/worksheets/sheet1.xml", "<a>".repeat(100_000)), &["bomb"]),
        ("a far cell", xml("xl/worksheets/sheet1.xml", long("<c r=\"XFD1048576\"><v>1</v></c><c r=\"ZZZZ9\"><v>2</v></c>")), &["read"]),
        ("many cells", xml("xl/worksheets/sheet1.xml", long(&"<c><v>1</v></c>".repeat(100_000))), &["read"]),
        (
            "many labels",
            xml(
                "xl/worksheets/sheet1.xml",
                format!(
                    "<w><sheetData>{}</sheetData></w>",
                    format!("<row>{}</row>", "<c t=\"str\"><v>Fax:</v></c><c><v>1</v></c>".repeat(50_000)).repeat(2)
                ),
            ),
            &["read"],
        ),
        ("a type definition", xml("xl/worksheets/sheet1.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".into()), &["corrupt"]),
        ("deep slides", xml("ppt/slides/slide1.xml", "<a>".repeat(100_000)), &["bomb"]),
        ("deep text", odf(&"<text:p>".repeat(1_000)), &["bomb", "corrupt"]),
        (
            "a cell that stands for all",
            odf(
                "<office:spreadsheet><table:table><table:table-row table:number-rows-repeated=\"99999999\"><table:table-cell table:number-columns-repeated=\"99999999\"><text:p>Maria</text:p></table:table-cell><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>",
            ),
            &["read"],
        ),
        ("spaces without end", odf("<office:text><text:p>a<text:s text:c=\"999999999999\"/></text:p></office:text>"), &["read"]),
        ("mails in mails", deep_mail.into_bytes(), &["read", "corrupt", "no_text"]),
        ("many fields", format!("MIME-Version: 1.0\n{many}\nMaria\n").into_bytes(), &["read"]),
        ("many people", format!("MIME-Version: 1.0\nTo: {to}\n\nMaria\n").into_bytes(), &["read"]),
        ("many parts", boundaries.into_bytes(), &["read"]),
        ("many mails", mails.into_bytes(), &["read"]),
        ("many tags", tags.into_bytes(), &["read", "no_text"]),
        ("pieces named again and again", pieces_again(), &["bomb"]),
        ("a workbook of strings", cells_again(), &["too_large"]),
    ];
    for (name, bytes, expected) in cases {
        let begun = Instant::now();
        let code = code(&bytes);
        assert!(expected.contains(&code), "{name}: {code}");
        assert!(begun.elapsed() < Duration::from_secs(60), "{name}: {:?}", begun.elapsed());
    }
}

/// A document whose pieces all are the same 60 KiB.
fn pieces_again() -> Vec<u8> {
    let mut stream = vec![b'a'; 0x10000];
    stream[..0x400].fill(0);
    stream[..4].copy_from_slice(&[0xec, 0xa5, 0xc1, 0]);
    stream[0x4c..0x50].copy_from_slice(&u32::MAX.to_le_bytes());
    let count = 20_000u32;
    let places: Vec<u8> = (0..=count).flat_map(|i| i.wrapping_mul(0xf000).to_le_bytes()).collect();
    let piece = [&[0, 0][..], &(0x4000_0000u32 | 0x800).to_le_bytes(), &[0, 0]].concat();
    let plc = [places, piece.repeat(count as usize)].concat();
    let table = [&[2][..], &(plc.len() as u32).to_le_bytes(), &plc].concat();
    old::ole(&[("/WordDocument", stream), ("/0Table", table)])
}

/// A workbook whose cells all show the same long string.
fn cells_again() -> Vec<u8> {
    let record = |kind: u16, body: &[u8]| [&kind.to_le_bytes()[..], &(body.len() as u16).to_le_bytes(), body].concat();
    let string = [&[1, 0, 0, 0, 1, 0, 0, 0][..], &8000u16.to_le_bytes(), &[0], &[b'a'; 8000]].concat();
    let cell = |i: u16| record(0x00fd, &[&i.to_le_bytes()[..], &[0; 8]].concat());
    let book = [record(0x0809, &[0, 6, 5, 0]), record(0x00fc, &string), (0..60_000).flat_map(cell).collect()].concat();
    old::ole(&[("/Workbook", book)])
}

/// Puts other bytes into a file, here and there.
fn splice(mut bytes: Vec<u8>, edits: &[(usize, usize, Vec<u8>)]) -> Vec<u8> {
    for (at, gone, new) in edits {
        let at = at % (bytes.len() + 1);
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, new.iter().copied());
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_files_neither_panic_nor_lose_the_map(which in 0usize..13, same_length: bool, edits in prop::collection::vec((any::<usize>(), 0usize..8, prop::collection::vec(any::<u8>(), 0..8)), 1..12)) {
        // Bytes that only change leave the places that tables of contents name where they are.
        let edits: Vec<_> = edits.into_iter().map(|(at, gone, new)| (at, if same_length { new.len() } else { gone }, new)).collect();
        code(&splice(seeds().swap_remove(which).1, &edits));
    }

    #[test]
    fn any_xml_inside_a_part(xml in "(<[abp/]{1,3}>|<(row|c|v|is|t|f|si|comment|cm|sp|ph|p|annotation|note|table|table-row|table-cell|frame|image)( r=\"[A-Z]{1,4}1\"| t=\"s\")?>|</(row|c|v|t|p|table|table-row|table-cell)>|é|&amp;|1| ){0,40}") {
        for (name, root) in [("xl/worksheets/sheet1.xml", "worksheet"), ("xl/sharedStrings.xml", "sst"), ("xl/comments1.xml", "comments"), ("ppt/slides/slide1.xml", "sld")] {
            code(&zip(&[(name, format!("<{root}>{xml}</{root}>").as_bytes())]));
        }
        code(&office::odf(&xml));
    }
}
