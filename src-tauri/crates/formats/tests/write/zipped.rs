//! Archives of files written back: every member by its own kind, its name too.

use std::io::{Cursor, Write};

use formats::Note;
use formats::write::{WriteError, WriteNote};
use zip::write::{FullFileOptions, SimpleFileOptions};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::made::{docx, old};
use super::*;

/// An archive as systems make them: folders, times, comments, fields beside, a picture, an old workbook, an archive inside.
fn archive() -> Vec<u8> {
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    out.set_comment("for Maria Garcia").unwrap();
    let time = DateTime::from_date_and_time(2024, 3, 5, 10, 15, 30).unwrap();
    out.add_directory("Maria Garcia", SimpleFileOptions::default()).unwrap();
    let mut told = FullFileOptions::default().last_modified_time(time).unix_permissions(0o755);
    told.add_extra_field(0x6375, b"\x01\0\0\0\0Maria Garcia", true).unwrap();
    out.start_file("Maria Garcia/letter.txt", told.with_file_comment("Maria Garcia")).unwrap();
    out.write_all(b"Maria Garcia was seen by Dr. Hale.").unwrap();
    let inner = super::made::zip(&[("Maria Garcia.txt", b"Told by Maria Garcia")]);
    let members: [(&str, Vec<u8>); 7] = [
        ("Maria Garcia/visit.docx", docx("<w:p><w:r><w:t>Dear Maria Garcia</w:t></w:r></w:p>")),
        ("list.csv", b"name,ssn\nMaria Garcia,123-45-6789\nRosa Lopez,\n".to_vec()),
        ("scan of Maria Garcia.png", include_bytes!("../made/sheet.png").to_vec()),
        ("old.xls", old::xls()),
        ("inner.zip", inner),
        ("__MACOSX/._letter.txt", b"Maria Garcia".to_vec()),
        ("empty.txt", Vec::new()),
    ];
    for (name, bytes) in members {
        out.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(time))
            .unwrap();
        out.write_all(&bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

const GONE: [(&str, &str); 3] = [("Maria Garcia", "[PERSON_1]"), ("Hale", "[PERSON_2]"), ("123-45-6789", "[SSN_1]")];

#[test]
fn members_are_written_by_their_kind_and_under_other_names() {
    let file = archive();
    let record = record(&file, "a.zip");
    assert!(record.notes.contains(&Note::ImagesNotRead { count: 1 }), "{:?}", record.notes);
    let written = done(&file, "a.zip", &everywhere(&record, &GONE));
    let mut archive = ZipArchive::new(Cursor::new(written.bytes.clone())).unwrap();
    let names: Vec<String> = archive.file_names().map(|n| n.unwrap().into_owned()).collect();
    let expected = [
        "[PERSON_1]/letter.txt",
        "[PERSON_1]/visit.docx",
        "empty.txt",
        "inner.zip",
        "list.csv",
        "old.xls.left-out.txt",
        "scan of [PERSON_1].png.left-out.txt",
    ];
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>(), expected.map(String::from).iter().collect());
    assert!(written.notes.contains(&WriteNote::MembersLeftOut { count: 2 }), "{:?}", written.notes);
    assert_eq!(part(&written.bytes, "[PERSON_1]/letter.txt").unwrap(), "[PERSON_1] was seen by Dr. [PERSON_2].");
    assert_eq!(part(&written.bytes, "list.csv").unwrap(), "name,ssn\n[PERSON_1],[SSN_1]\nRosa Lopez,\n");
    assert!(archive.comment().is_empty());
    let mut inside = Vec::new();
    archive.by_name("inner.zip").unwrap().read_to_end(&mut inside).unwrap();
    assert_eq!(part(&inside, "[PERSON_1].txt").unwrap(), "Told by [PERSON_1]");
    // Every byte that can be unpacked, and what stands between.
    let mut all = written.bytes.clone();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        assert!(entry.comment_raw().is_empty() && entry.extra_data().is_none_or(|extra| extra.is_empty()));
        assert!(entry.last_modified().is_none_or(|time| time.year() == 1980));
        entry.read_to_end(&mut all).unwrap();
    }
    let all = String::from_utf8_lossy(&all).to_lowercase();
    for word in ["maria", "garcia", "hale", "123-45"] {
        assert!(!all.contains(word), "{word}");
    }
}

#[test]
fn what_stays_in_one_member_is_found_and_refused() {
    let file = super::made::zip(&[("a.txt", b"Maria Garcia"), ("b.txt", b"Maria Garcia too")]);
    let first = [edit(12, 24, "[P]")];
    assert_eq!(record(&file, "a.zip").text.expose().get(12..24), Some("Maria Garcia"));
    assert_eq!(write(&file, "a.zip", &Limits::default(), &first, false), Err(WriteError::Survived { count: 1 }));
    // A name is text as well.
    let file = super::made::zip(&[("Maria Garcia.txt", b"seen by Maria Garcia")]);
    let text = record(&file, "a.zip").text.expose().clone();
    let at = text.rfind("Maria").unwrap();
    assert_eq!(write(&file, "a.zip", &Limits::default(), &[edit(at, at + 12, "[P]")], false), Err(WriteError::Survived { count: 1 }));
    assert_eq!(done(&file, "a.zip", &everywhere(&record(&file, "a.zip"), &[("Maria Garcia", "[P]")])).format, formats::Format::Zip);
}

#[test]
fn what_nobody_could_read_stays_if_it_is_asked_for() {
    let picture = include_bytes!("../made/sheet.png");
    let file = super::made::zip(&[("a.txt", b"Maria Garcia"), ("b.png", picture)]);
    let edits = everywhere(&record(&file, "a.zip"), &[("Maria Garcia", "[P]")]);
    let kept = write(&file, "a.zip", &Limits::default(), &edits, true).unwrap();
    let mut bytes = Vec::new();
    ZipArchive::new(Cursor::new(kept.bytes)).unwrap().by_name("b.png").unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, picture);
}

#[test]
fn a_member_with_a_password_is_left_out_and_the_others_are_written() {
    use zip::unstable::write::FileOptionsExt;
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    out.start_file("a.txt", SimpleFileOptions::default()).unwrap();
    out.write_all(b"seen by Maria Garcia").unwrap();
    out.start_file("b.txt", SimpleFileOptions::default().with_deprecated_encryption(b"sesame").unwrap()).unwrap();
    out.write_all(b"Maria Garcia too").unwrap();
    let file = out.finish().unwrap().into_inner();
    let written = done(&file, "a.zip", &everywhere(&record(&file, "a.zip"), &[("Maria Garcia", "[P]")]));
    let names: Vec<String> = ZipArchive::new(Cursor::new(&written.bytes)).unwrap().file_names().map(|n| n.unwrap().into_owned()).collect();
    assert_eq!(names, ["a.txt", "b.txt.left-out.txt"]);
    assert!(written.notes.contains(&WriteNote::MembersLeftOut { count: 1 }), "{:?}", written.notes);
}
