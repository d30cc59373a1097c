//! Bad input: every kind ends in a typed error, and nothing hangs or grows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod made;

use std::fs;
use std::path::Path;

use deid::Span;
use formats::write::{Edit, WriteError, write};
use formats::{Format, Limits, Note, display_name, open, read};
use made::{assemble, docx, encrypted_pdf, line, pdf, zip};

fn code(bytes: &[u8]) -> &'static str {
    match read(bytes, "record.pdf", &Limits::default()) {
        Ok(_) => "read",
        Err(error) => {
            assert!(!error.to_string().contains("Garcia"), "an error never quotes the file");
            error.code()
        }
    }
}

#[test]
fn each_bad_file_has_its_own_error() {
    let mut corrupt = pdf(&[&line(72, 700, "Maria Garcia")], "", "", &[]);
    corrupt.truncate(30);
    let ole = |stream: &str| {
        [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), vec![0; 600], stream.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat()
    };
    let damaged_docx = docx("").into_iter().take(200).collect::<Vec<u8>>();
    let bomb = zip(&[("word/document.xml", &vec![b' '; 300 << 20])]);
    assert!(bomb.len() < 1 << 20);
    let noise: Vec<u8> = (0u32..5000).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let nested = format!("{{\"resourceType\":\"Patient\",\"a\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let deep = zip(&[("word/document.xml", "<a>".repeat(100_000).as_bytes())]);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", b"".to_vec(), "empty"),
        ("only spaces", b" \n\t ".to_vec(), "empty"),
        ("random binary", noise, "binary"),
        ("text with zeros", b"Maria\0Garcia\0and more of it".to_vec(), "binary"),
        ("png called pdf", b"\x89PNG\r\n\x1a\n....".to_vec(), "no_text"),
        ("rtf without words", b"{\\rtf1{\\fonttbl{\\f0 Arial;}}}".to_vec(), "empty"),
        ("rtf bomb", format!("{{\\rtf1 {}", "{".repeat(100_000)).into_bytes(), "bomb"),
        ("damaged word 97", ole("WordDocument"), "corrupt"),
        ("an unknown compound file", ole("Something"), "unsupported"),
        ("encrypted docx", ole("EncryptedPackage"), "encrypted"),
        ("encrypted pdf", encrypted_pdf(), "password_needed"),
        ("corrupt pdf", corrupt, "corrupt"),
        (
            "pdf without pages",
            assemble(&[b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(), b"<< /Type /Pages /Kids [] /Count 0 >>".to_vec()], ""),
            "corrupt",
        ),
        ("pdf without text", pdf(&["0 0 9 9 re f"], "", "", &[]), "no_text"),
        ("corrupt docx", damaged_docx, "corrupt"),
        ("docx without words", zip(&[("word/document.xml", b"<w:document xmlns:w='w'><w:body/></w:document>")]), "no_text"),
        ("docx with a type definition", zip(&[("word/document.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")]), "corrupt"),
        ("workbook without a sheet", zip(&[("xl/workbook.xml", b"<x/>")]), "no_text"),
        ("zip of nothing that is read", zip(&[("a.png", b"\x89PNG\r\n\x1a\n....")]), "unsupported"),
        ("zip bomb", bomb, "bomb"),
        ("xml bomb", deep, "bomb"),
        ("xml with an endless tag", format!("<ClinicalDocument{}/>", " a='>'".repeat(100_000)).into_bytes(), "bomb"),
        ("json bomb", nested.into_bytes(), "corrupt"),
        ("page of the web without words", b"<div><script>Garcia</script></div>".to_vec(), "empty"),
        ("page of the web that is swallowed by its first tag", b"<div title='Maria Garcia".to_vec(), "read"),
        (
            "message with a type definition",
            b"<!DOCTYPE a [<!ENTITY b 'c'>]><Document xmlns='urn:iso:std:iso:20022:x'>&b;</Document>".to_vec(),
            "unsupported",
        ),
        ("half a message", b"<Document xmlns='urn:iso:std:iso:20022:tech'><Nm>Garcia</Nm>".to_vec(), "corrupt"),
        ("half a resource as xml", b"<Patient xmlns=\"http://hl7.org/fhir\"><family value='Garcia'/>".to_vec(), "corrupt"),
        ("xml bomb of any kind", format!("{}</x>", "<x>".repeat(100_000)).into_bytes(), "bomb"),
        ("xml without words", b"<x><y/></x>".to_vec(), "empty"),
        ("packed metro 2", [b"\x01r\0\0\x01n\0\0HEADER".to_vec(), vec![0; 400]].concat(), "binary"),
        ("utf-32", "Maria".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(), "binary"),
        ("only a mark", b"\xef\xbb\xbf".to_vec(), "empty"),
        ("pdf whose password is asked for in a broken way", b"%PDF-1.7\ntrailer << /Encrypt 4 0 R".to_vec(), "encrypted"),
        ("docx that asks for a password", locked_docx(), "password_needed"),
        ("docx whose parts lie about their size", lying_docx(), "corrupt"),
        ("half a resource", b"{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Garcia\"".to_vec(), "corrupt"),
        (
            "mail in a mail in a mail, of which nothing is there",
            b"MIME-Version: 1.0\nContent-Type:multipart;boundary=b\n\n--bContent-Type:message/rfc822\n\nContent-Type:message/rfc822\n\n\n--b--"
                .to_vec(),
            "corrupt",
        ),
        ("half a document", b"<ClinicalDocument xmlns='urn:hl7-org:v3'><title>Garcia".to_vec(), "corrupt"),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(code(&bytes), expected, "{name}");
    }
}

/// The first entry's flags say that it is encrypted.
fn locked_docx() -> Vec<u8> {
    let mut bytes = zip(&[("word/document.xml", b"<w:document xmlns:w='w'><w:t>Garcia</w:t></w:document>")]);
    let central = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[central + 8] |= 1;
    bytes
}

/// The directory promises a shorter part than comes out.
fn lying_docx() -> Vec<u8> {
    let mut bytes = zip(&[("word/document.xml", format!("<w>{}</w>", "Garcia ".repeat(5000)).as_bytes())]);
    let central = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[central + 20..central + 24].copy_from_slice(&9u32.to_le_bytes());
    bytes
}

#[test]
fn invalid_utf8_and_utf16_are_read_and_said() {
    let broken = read(b"Mar\xc3\xada Garc\xc3\xada, 3\xb0 visit, \xc3\xa9t\xc3\xa9", "a.txt", &Limits::default()).unwrap();
    assert_eq!(broken.notes, [Note::ReplacedBytes { count: 1 }]);
    let utf16: Vec<u8> = "María García, MRN 884421".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let read = read(&utf16, "a.txt", &Limits::default()).unwrap();
    assert_eq!(*read.text.expose(), "María García, MRN 884421");
    assert_eq!(read.notes, [Note::Encoding { name: "UTF-16LE".into() }]);
}

#[test]
fn files_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let code = |path: &Path| open(path, &Limits::default()).map(|_| ()).map_err(|e| e.code());
    fs::write(at("good.txt"), "Maria").unwrap();
    fs::write(at("empty.txt"), "").unwrap();
    fs::File::create(at("sparse.txt")).unwrap().set_len(2 << 30).unwrap();
    fs::write(at("re\u{202e}txt.pdf"), "Maria").unwrap();
    assert_eq!(code(&at("good.txt")), Ok(()));
    assert_eq!(code(&at("empty.txt")), Err("empty"));
    assert_eq!(code(&at("sparse.txt")), Err("too_large"));
    assert_eq!(code(&at("nothing.txt")), Err("not_found"));
    assert_eq!(code(folder.path()), Err("not_regular"));
    assert_eq!(code(&at("re\u{202e}txt.pdf")), Ok(()));
    assert_eq!(display_name(&at("re\u{202e}txt.pdf")), "re<U+202E>txt.pdf");
}

#[test]
#[cfg(unix)]
fn pipes_devices_links_and_rights() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let code = |path: &Path| open(path, &Limits::default()).map(|_| ()).map_err(|e| e.code());
    // No writer will ever come: an open that waits for one would hang here.
    rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    symlink(at("pipe"), at("link to pipe")).unwrap();
    fs::write(at("good.txt"), "Maria").unwrap();
    symlink(at("good.txt"), at("link to file")).unwrap();
    symlink(at("loop"), at("loop")).unwrap();
    assert_eq!(code(&at("pipe")), Err("not_regular"));
    assert_eq!(code(&at("link to pipe")), Err("not_regular"));
    assert_eq!(code(&at("link to file")), Ok(()), "a link that the user names is followed");
    assert!(code(&at("loop")).is_err());
    assert_eq!(code(Path::new("/dev/zero")), Err("not_regular"));

    fs::write(at("secret.txt"), "Maria").unwrap();
    fs::set_permissions(at("secret.txt"), fs::Permissions::from_mode(0o0)).unwrap();
    assert_eq!(as_nobody(|| code(&at("secret.txt"))), Err("no_permission"));
    fs::create_dir(at("closed")).unwrap();
    fs::write(at("closed/record.txt"), "Maria").unwrap();
    fs::set_permissions(at("closed"), fs::Permissions::from_mode(0o0)).unwrap();
    assert_eq!(as_nobody(|| code(&at("closed/record.txt"))), Err("no_permission"));
    fs::set_permissions(at("closed"), fs::Permissions::from_mode(0o700)).unwrap();
}

/// Root reads everything; where the tests run as root, a thread of theirs gives that right up first.
#[cfg(unix)]
fn as_nobody<T: Send>(look: impl Fn() -> T + Sync) -> T {
    #[cfg(target_os = "linux")]
    if rustix::process::geteuid().is_root() {
        let nobody = rustix::process::Uid::from_raw(65534);
        let thread = || rustix::thread::set_thread_res_uid(nobody, nobody, nobody).map(|()| look()).unwrap();
        return std::thread::scope(|scope| scope.spawn(thread).join().unwrap());
    }
    look()
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_rewritten_all_the_time_is_read_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.txt");
    let whole = |letter: &str| letter.repeat(1 << 20);
    fs::write(&path, whole("a")).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    let mut codes = std::collections::BTreeSet::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                // Cut, then written anew; and gone, then back.
                fs::write(&path, whole("b")).unwrap();
                fs::remove_file(&path).unwrap();
                fs::write(&path, whole("a")).unwrap();
            }
        });
        for _ in 0..300 {
            match open(&path, &Limits::default()) {
                Ok(bytes) => assert_eq!(bytes.len(), 1 << 20, "never half a file"),
                Err(error) => drop(codes.insert(error.code())),
            }
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(codes.iter().all(|code| ["changed", "not_found", "empty"].contains(code)), "{codes:?}");
}

fn edit(start: usize, end: usize, replacement: &str) -> Edit {
    Edit { span: Span::new(start, end), replacement: replacement.into() }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let refuse = |bytes: &[u8], name: &str, edits: &[Edit]| write(bytes, name, &Limits::default(), edits, false).unwrap_err();
    let picture = include_bytes!("made/sheet.png");
    assert_eq!(refuse(picture, "a.png", &[]), WriteError::NotRecognized, "it takes Tesseract, and so another process");
    assert_eq!(refuse(&made::old::dicom(true), "a.dcm", &[]), WriteError::NotWritable { format: Format::Dicom });
    assert_eq!(refuse(b"Ana Lopez", "a.txt", &[edit(0, 5, ""), edit(4, 9, "")]), WriteError::Overlap);
    for (start, end) in [(0, 0), (0, 99), (8, 4), (99, 100)] {
        assert_eq!(refuse(b"Ana Lopez", "a.txt", &[edit(start, end, "x")]), WriteError::Astray);
    }
    assert_eq!(refuse("é".as_bytes(), "a.txt", &[edit(0, 1, "x")]), WriteError::Astray);
    assert_eq!(refuse(b"Ana Lopez saw ANA LOPEZ.", "a.txt", &[edit(0, 9, "X")]), WriteError::Survived { count: 1 });
    assert_eq!(
        refuse(b"Ana Lopez saw QW5hIExvcGV6 and 416e61204c6f70657a.", "a.txt", &[edit(0, 9, "X")]),
        WriteError::Survived { count: 1 }
    );
    assert_eq!(refuse(b"Ana saw Bo.", "a.txt", &[edit(0, 3, "{\"a\":1}"), edit(3, 11, " ")]), WriteError::Changed { found: Format::Json });
    let small = Limits { max_input: 12, ..Limits::default() };
    assert_eq!(write(b"Ana Lopez", "a.txt", &small, &[edit(0, 3, "[PERSON_1]")], false), Err(WriteError::TooLarge { limit: 12 }));
    // Part of a longer word, or another's replacement, is none.
    assert!(write(b"Ann has an annual visit.", "a.txt", &Limits::default(), &[edit(0, 3, "X")], false).is_ok());
    let dates = [edit(0, 10, "2024-03-12"), edit(11, 21, "2024-03-19")];
    assert!(write(b"2024-03-05 2024-03-12 end", "a.txt", &Limits::default(), &dates, false).is_ok());
}
