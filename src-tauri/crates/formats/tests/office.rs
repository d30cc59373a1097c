//! Office and mail files, read from files made here: what is in every corner, and that each stretch leads back to its source.
#![allow(clippy::type_complexity, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod made;

use deid::EntityType;
use formats::{Format, Limits, Note, Origin, ReadError, Record, read};
use made::{docx, office, zip};

fn record(bytes: &[u8]) -> Record {
    read(bytes, "", &Limits::default()).unwrap()
}

fn found(record: &Record) -> Vec<(EntityType, &str)> {
    record.fields.iter().map(|f| (f.entity, f.span.of(record.text.expose()))).collect()
}

/// The text holds all of these, and every stretch from a part says what stands there, up to its entities.
fn holds(record: &Record, parts: &[&str]) {
    for part in parts {
        assert!(record.text.expose().contains(part), "{part:?} in {}", record.text.expose());
    }
}

/// Stretches that run in step with their source are equal to it.
fn leads_back(record: &Record, part: impl Fn(&str) -> Option<Vec<u8>>) -> usize {
    let mut checked = 0;
    for stretch in record.source_map.stretches() {
        let Origin::Part { name, start, end } = &stretch.origin else { continue };
        let Some(source) = part(name) else { continue };
        let (text, source) = (stretch.span.of(record.text.expose()), &source[*start..*end]);
        if text.len() == source.len() && text.len() > 1 {
            assert_eq!(text.as_bytes(), source, "{name}");
            checked += 1;
        }
    }
    checked
}

fn entry(archive: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name(name).ok()?, &mut bytes).unwrap();
    Some(bytes)
}

#[test]
fn a_workbook_reads_as_a_person_sees_it() {
    use EntityType::*;
    let file = office::xlsx();
    let record = record(&file);
    assert_eq!(record.format, Format::Xlsx);
    holds(
        &record,
        &[
            "Defined names:\nGarcia_total: Visits!$A$1\n",
            "Sheet: Visits & notes\nName | DOB | SSN | ZIP | Balance\nMaría Garcia Marija | 1/3/1961 | 012-34-5678 | 01103 | 1,250.50\n",
            "Rosa Lopez |  | 987654321 |  | TRUE\n",
            "Header: Dr. Aaron Hale | Page ",
            "Hidden sheet: Old\nPhone: | x413-555-0142\n",
            "Comment by Aaron Hale: Call her sister Rosa\n",
            "Comment by Ines Petrov: done\n",
            "Pivot cache:\nPatient\nOlga Ruiz\n",
            "Formulas:\nCONCATENATE(\"Rosa \",\"Lopez\")\n",
        ],
    );
    let found = found(&record);
    for pair in [
        (Person, "María Garcia Marija"),
        (Date, "1/3/1961"),
        (UsSsn, "012-34-5678"),
        (PostalCode, "01103"),
        (Person, "Rosa Lopez"),
        (UsSsn, "987654321"),
        (PhoneNumber, "x413-555-0142"),
        (Person, "Aaron Hale"),
        (Person, "Ines Petrov"),
        (Person, "Olga Ruiz"),
    ] {
        assert!(found.contains(&pair), "{pair:?} is missing from {found:?}");
    }
    assert_eq!(found.len(), 10, "{found:?}");
    assert_eq!(record.notes, [Note::HiddenText, Note::Comments, Note::PropertiesLeftOut]);
    assert!(leads_back(&record, |name| entry(&file, name)) > 15);
    // A date leads back to its number of days, whole, however little of it is asked for.
    let at = record.text.expose().find("1/3/1961").unwrap();
    for stretch in record.source_map.lookup(deid::Span::new(at + 2, at + 4)) {
        let whole = matches!(&stretch.origin, Origin::Part { name, start, end } if entry(&file, name).unwrap()[*start..*end] == *b"22284");
        assert!(whole, "{stretch:?}");
    }
}

#[test]
fn labels_in_a_column_name_what_stands_beside_them() {
    use EntityType::*;
    let sheet = |rows: &[&[&str]]| {
        let cell = |c: &&str| format!("<c t=\"inlineStr\"><is><t>{c}</t></is></c>");
        let rows: String = rows.iter().map(|r| format!("<row>{}</row>", r.iter().map(cell).collect::<String>())).collect();
        record(&zip(&[("xl/worksheets/sheet1.xml", format!("<w><sheetData>{rows}</sheetData></w>").as_bytes())]))
    };
    let cases: Vec<(&[&[&str]], Vec<(EntityType, &str)>)> = vec![
        (&[&["Patient", "Maria Garcia"], &["DOB", "1961-01-03"], &["Score", "7"]], vec![(Person, "Maria Garcia"), (Date, "1961-01-03")]),
        (&[&["Ward list"], &["MRN", "Note"], &["884421", "seen"]], vec![(MedicalRecordNumber, "884421")]),
        (&[&["Name", "Price"], &["Gauze", "3.20"]], vec![]),
        (&[&["Fax: ", "413 555 0142"], &["Rank", "5"]], vec![(FaxNumber, "413 555 0142")]),
        (&[&["SSN", "Score"], &["none", "1"], &["123456789", "2"]], vec![(UsSsn, "123456789")]),
    ];
    for (rows, expected) in cases {
        assert_eq!(found(&sheet(rows)), expected, "{rows:?}");
    }
}

#[test]
fn an_open_document_gives_up_every_corner() {
    use EntityType::*;
    let file = office::odf(office::ODT_BODY);
    let text = record(&file);
    assert_eq!(text.format, Format::OpenDocument);
    holds(
        &text,
        &[
            "Header:\nHillside Clinic\n",
            "María  Garcia seen\n",
            "Comment by Aaron Hale: Call Rosa\n",
            "hidden Olga\nTold by Ines\n",
            "Name | DOB\nRosa Lopez | 3 Jan 1961\n",
            "Ines on the ward\n",
            "Change by Tom Ruiz\n",
            "Tracked deletions:\nby Dr Petrov\n",
        ],
    );
    assert!(!text.text.expose().contains("Footer"));
    assert_eq!(found(&text), [(Person, "Tom Ruiz"), (Person, "Aaron Hale"), (Person, "Rosa Lopez"), (Date, "3 Jan 1961")]);
    assert_eq!(
        text.notes,
        [Note::Comments, Note::HiddenText, Note::TrackedDeletions, Note::ImagesNotRead { count: 1 }, Note::PropertiesLeftOut]
    );
    assert!(leads_back(&text, |name| entry(&file, name)) > 8);
    let sheet = record(&office::odf(office::ODS_BODY));
    holds(&sheet, &["Sheet: Visits\nSSN |  |  | Patient\n123456789 | x |  | Maria Garcia\n", "Formulas:\nof:=\"Dr. Hale\"\n"]);
    assert_eq!(found(&sheet), [(UsSsn, "123456789"), (Person, "Maria Garcia")]);
    assert_eq!(sheet.notes, [Note::HiddenText, Note::PropertiesLeftOut]);
}

#[test]
fn a_presentation_gives_up_every_corner() {
    let file = office::pptx();
    let record = record(&file);
    assert_eq!(record.format, Format::Pptx);
    holds(
        &record,
        &[
            "Slide:\nMaría Garcia\nBorn | 3 Jan\nInes \nSlide:\nhidden Olga\nSlide:\nLast words\n",
            "Notes:\nTold by Tom\n",
            "Master:\nHillside Clinic\n",
            "Comment by Aaron Hale: Call Rosa\n",
        ],
    );
    assert!(!record.text.expose().contains("Click"));
    assert_eq!(found(&record), [(EntityType::Person, "Aaron Hale")]);
    let notes = [
        Note::Comments,
        Note::AttachmentsNotRead { count: 1 },
        Note::PropertiesLeftOut,
        Note::HiddenText,
        Note::ImagesNotRead { count: 1 },
    ];
    assert_eq!(record.notes, notes);
    assert!(leads_back(&record, |name| entry(&file, name)) > 6);
}

#[test]
fn an_archive_is_read_file_by_file() {
    let inner = zip(&[("deep/table.csv", b"name,ssn\nMaria,123-45-6789\n".as_slice()), ("scan.png", b"\x89PNG\r\n\x1a\n....")]);
    let file = zip(&[("letter.docx", &docx("<w:p><w:r><w:t>Dear Ines</w:t></w:r></w:p>")), ("more.zip", &inner), ("empty.txt", b"")]);
    let record = record(&file);
    assert_eq!(record.format, Format::Zip);
    holds(&record, &["File: letter.docx\nHeader:\nHillside Clinic", "Dear Ines\n", "File: deep/table.csv\nname,ssn\nMaria,123-45-6789\n"]);
    assert_eq!(found(&record), [(EntityType::Person, "Aaron Hale"), (EntityType::Person, "Maria"), (EntityType::UsSsn, "123-45-6789")]);
    assert_eq!(record.notes, [Note::Comments, Note::ImagesNotRead { count: 1 }]);
    let at = record.text.expose().find("Dear").unwrap();
    let origin = &record.source_map.lookup(deid::Span::new(at, at + 4))[0].origin;
    assert!(matches!(origin, Origin::Part { name, .. } if name == "letter.docx/word/document.xml"), "{origin:?}");
}

#[test]
fn nesting_and_unpacking_are_bounded_together() {
    let nested = |deep: usize| (0..deep).fold(b"Maria Garcia".to_vec(), |file, _| zip(&[("f", &file)]));
    assert_eq!(record(&nested(3)).notes, []);
    let deeper = record(&zip(&[("a", &nested(3)), ("b.txt", b"seen")]));
    assert_eq!(deeper.notes, [Note::AttachmentsNotRead { count: 1 }]);
    assert_eq!(read(&nested(4), "", &Limits::default()).unwrap_err().code(), "unsupported");
    let part = vec![b' '; 1 << 20];
    let inner = zip(&[("a.txt", &part), ("b.txt", &part)]);
    let bomb = zip(&[("a.zip", &inner), ("b.zip", &inner), ("c.zip", &inner)]);
    let limits = Limits { max_unpacked: 5 << 20, ..Limits::default() };
    assert_eq!(read(&bomb, "", &limits).unwrap_err(), ReadError::Bomb);
    let limits = Limits { max_entries: 8, ..Limits::default() };
    assert_eq!(read(&bomb, "", &limits).unwrap_err(), ReadError::Bomb);
}
