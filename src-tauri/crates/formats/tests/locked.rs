//! Files with a password, made by other programs: qpdf, 7-Zip, msoffcrypto-tool, LibreOffice.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use deid::Span;
use formats::worker::Confined;
use formats::write::Edit;
use formats::{Format, Limits, ReadError, read};

const PASSWORD: &str = "sesam-7";

const FILES: &[(&str, &[u8], Format)] = &[
    ("aes256.pdf", include_bytes!("made/locked/aes256.pdf"), Format::Pdf),
    ("aes128.pdf, objects in streams", include_bytes!("made/locked/aes128.pdf"), Format::Pdf),
    ("rc4.pdf", include_bytes!("made/locked/rc4.pdf"), Format::Pdf),
    ("agile.docx", include_bytes!("made/locked/agile.docx"), Format::Docx),
    ("standard.docx", include_bytes!("made/locked/standard.docx"), Format::Docx),
    ("aes.odt", include_bytes!("made/locked/aes.odt"), Format::OpenDocument),
    ("aes.ods", include_bytes!("made/locked/aes.ods"), Format::OpenDocument),
    ("old.doc", include_bytes!("made/locked/old.doc"), Format::Doc),
    ("old.xls", include_bytes!("made/locked/old.xls"), Format::Xls),
    ("rc4_128.xls", include_bytes!("made/locked/rc4_128.xls"), Format::Xls),
    ("aes.zip", include_bytes!("made/locked/aes.zip"), Format::Zip),
    ("old.zip", include_bytes!("made/locked/old.zip"), Format::Zip),
];

fn worker() -> Confined {
    Confined::new(env!("CARGO_BIN_EXE_formats-reader"), vec!["__read".into()], Duration::from_secs(60))
}

#[tokio::test]
async fn a_password_opens_the_file_and_another_one_does_not() {
    for (name, bytes, format) in FILES {
        assert_eq!(worker().read(bytes.to_vec(), name).await.unwrap_err(), ReadError::PasswordNeeded, "{name}");
        for wrong in ["", "sesam-8", "Sesam-7", "ключ"] {
            let refused = worker().unlock(bytes.to_vec(), wrong).await.unwrap_err();
            assert_eq!(refused, ReadError::WrongPassword, "{name} with {wrong}");
            assert!(!format!("{refused:?} {refused}").contains("esam"));
        }
        let open = worker().unlock(bytes.to_vec(), PASSWORD).await.unwrap();
        let record = worker().read(open, name).await.unwrap();
        assert_eq!(record.format, *format);
        assert!(record.text.expose().contains("Patient: Ana Ruiz, MRN 4478812. Takes metformin."), "{name}: {}", record.text.expose());
    }
}

/// What Excel locks without asking opens without asking, and goes back open.
#[tokio::test]
async fn a_password_that_nobody_chose_is_asked_of_nobody() {
    let bytes = include_bytes!("made/locked/unasked.xlsx").to_vec();
    let record = worker().read(bytes.clone(), "visits.xlsx").await.unwrap();
    assert_eq!(record.format, Format::Xlsx);
    let text = record.text.expose();
    let at = text.find("Ana Ruiz").unwrap_or_else(|| panic!("{text}"));
    let edit = Edit { span: Span::new(at, at + 8), replacement: "[PERSON_1]".to_owned() };
    let written = worker().write(bytes, "visits.xlsx", text, &[edit], false).await.unwrap();
    let again = worker().read(written.bytes, "visits.xlsx").await.unwrap();
    assert!(again.text.expose().contains("Patient: [PERSON_1], MRN 4478812."), "{}", again.text.expose());
}

/// A header of standard encryption may ask for a key of half a gigabyte.
#[test]
fn a_key_of_no_length_of_aes_is_refused() {
    let bytes = include_bytes!("made/locked/standard.docx");
    let is_header = |at: &usize| bytes[*at..].starts_with(&[3, 0, 2, 0]) || bytes[*at..].starts_with(&[4, 0, 2, 0]);
    let header = (0..bytes.len() - 64).find(is_header).unwrap();
    let mut changed = bytes.to_vec();
    let size = header + 12 + 16;
    assert!(matches!(bytes[size..size + 4], [128 | 192, 0, 0, 0] | [0, 1, 0, 0]), "{:?}", &bytes[size..size + 4]);
    changed[size..size + 4].fill(0xff);
    let refused = formats::unlock(&changed, PASSWORD, &Limits::default()).unwrap_err();
    assert_eq!(refused.code(), "corrupt");
}

#[tokio::test]
async fn what_has_no_password_or_is_cut_is_told() {
    assert_eq!(worker().unlock(b"Patient: Ana Ruiz".to_vec(), PASSWORD).await.unwrap_err(), ReadError::Encrypted);
    assert_eq!(worker().unlock(Vec::new(), PASSWORD).await.unwrap_err(), ReadError::Empty);
    for (name, bytes, _) in FILES {
        for part in 1..8 {
            let cut = bytes[..bytes.len() * part / 8].to_vec();
            let Ok(open) = worker().unlock(cut, PASSWORD).await else { continue };
            // Some of a file may be left that opens. It never says anything else.
            if let Ok(record) = read(&open, name, &Limits::default()) {
                assert!("Patient: Ana Ruiz, MRN 4478812. Takes metformin.".contains(record.text.expose().trim()), "{name} cut");
            }
        }
    }
}
