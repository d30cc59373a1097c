//! Files of Office before 2007, of Outlook and of imaging, read from files made here.
#![allow(clippy::type_complexity, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod made;

use deid::EntityType;
use formats::{Format, Limits, Note, Record, read};
use made::old;

fn record(bytes: &[u8]) -> Record {
    read(bytes, "", &Limits::default()).unwrap()
}

/// The text holds all of these, and these are the fields.
fn holds(record: &Record, parts: &[&str], fields: &[(EntityType, &str)]) {
    let text = record.text.expose();
    for part in parts {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    let found: Vec<(EntityType, &str)> = record.fields.iter().map(|f| (f.entity, f.span.of(text))).collect();
    assert_eq!(found, fields, "{text}");
}

#[test]
fn a_workbook_of_2003() {
    use EntityType::*;
    let record = record(&old::xls());
    assert_eq!(record.format, Format::Xls);
    holds(
        &record,
        &[
            "Sheet: Visits\nName | DOB | SSN\nMa. Garcí | 1/3/1961 | 012-34-5678\nRosa Lopez\nHeader: Dr. Aaron Hale | Page \n",
            "Call sister Rosa\nComment by Aaron Hale\n",
            "Hidden sheet: Old\nhidden Olga\n",
            "Embedded file:\nHeader:\nHillside Clinic, MRN 884421\nInside: Ines\n",
        ],
        &[
            (Person, "Ma. Garcí"),
            (Date, "1/3/1961"),
            (UsSsn, "012-34-5678"),
            (Person, "Rosa Lopez"),
            (Person, "Aaron Hale"),
            (Person, "Aaron Hale"),
        ],
    );
    assert_eq!(record.notes, [Note::Comments, Note::HiddenText]);
}

#[test]
fn a_document_of_2003() {
    let record = record(&old::doc());
    assert_eq!(record.format, Format::Doc);
    let parts = [
        "Maria writes\nName | DOB | \nRosa | 1961 | \nGarcía said\n",
        "Footnotes:\nTold by Ines\n",
        "Field codes:\n HYPERLINK \"mailto:m@example.com\"",
    ];
    holds(&record, &parts, &[]);
    assert_eq!(record.notes, [Note::PropertiesLeftOut]);
}

#[test]
fn a_presentation_of_2003() {
    let record = record(&old::ppt());
    assert_eq!((record.format, record.text.expose().as_str()), (Format::Ppt, "Slide:\nMaría Garcia\nseen\ntoday\nNotes:\nTold by Tom\n"));
}

#[test]
fn a_mail_of_outlook() {
    use EntityType::*;
    let record = record(&old::msg());
    assert_eq!(record.format, Format::Msg);
    holds(
        &record,
        &[
            "From: Aaron Hale <aaron@hillside.example>\nCc: Garcia, María <maria@example.com>\nSubject: Visit on 3 March\nDate: 2024-03-05 15:15 UTC\n",
            "\nDear Maria,\nyour MRN is 884421.\n",
            "Attachment: list.csv\nname,ssn\nOlga Ruiz,123-45-6789\n",
            "Subject: inner\n\nTold by Tom\n",
        ],
        &[
            (Person, "Aaron Hale"),
            (EmailAddress, "aaron@hillside.example"),
            (Person, "Garcia, María"),
            (EmailAddress, "maria@example.com"),
            (Date, "2024-03-05 15:15 UTC"),
            (Person, "Olga Ruiz"),
            (UsSsn, "123-45-6789"),
        ],
    );
    assert_eq!(record.notes, [Note::PropertiesLeftOut]);
}

#[test]
fn the_header_of_an_image() {
    use EntityType::*;
    for explicit in [true, false] {
        let record = record(&old::dicom(explicit));
        assert_eq!(record.format, Format::Dicom);
        holds(
            &record,
            &[
                "Study date: 20240305\nReferring physician: HALE^AARON\nPatient: GARCÍA^MARIA\nPatient id: MR884421\n",
                "Requested procedure: MRI OF THE KNEE\n",
            ],
            &[(Date, "20240305"), (Person, "HALE^AARON"), (Person, "GARCÍA^MARIA"), (MedicalRecordNumber, "MR884421"), (Date, "19610103")],
        );
        assert_eq!(record.notes, [Note::ImagesNotRead { count: 1 }], "pixels may show a name");
    }
}

#[test]
fn what_only_a_password_opens_is_said() {
    let record = |kind: u16, body: &[u8]| [&kind.to_le_bytes()[..], &(body.len() as u16).to_le_bytes(), body].concat();
    let workbook = |kind| [record(0x0809, &[0, 6, 5, 0]), record(0x002f, &[kind, 0, 1, 0])].concat();
    let document = |flags| {
        let mut document = vec![0; 0x400];
        document[0x0b] = flags;
        document
    };
    let user = [vec![0; 12], 0xf3d1_c4dfu32.to_le_bytes().to_vec()].concat();
    let cases: Vec<(&str, Vec<(&str, Vec<u8>)>)> = vec![
        ("xls, password_needed", vec![("/Workbook", workbook(1))]),
        ("doc, password_needed", vec![("/WordDocument", document(1))]),
        ("xls under XOR", vec![("/Workbook", workbook(0))]),
        ("doc under XOR", vec![("/WordDocument", document(0x81))]),
        ("ppt", vec![("/PowerPoint Document", vec![0; 8]), ("/Current User", user)]),
        ("ooxml", vec![("/EncryptedPackage", vec![0; 8])]),
        ("rights", vec![("/WordDocument", vec![0; 0x400]), ("/\u{9}DRMContent", vec![0; 8])]),
    ];
    for (name, streams) in cases {
        let expected = if name.ends_with("password_needed") { "password_needed" } else { "encrypted" };
        assert_eq!(read(&old::ole(&streams), "", &Limits::default()).unwrap_err().code(), expected, "{name}");
    }
}
