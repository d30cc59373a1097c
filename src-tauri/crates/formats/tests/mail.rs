//! Mails, read from files made here.
#![allow(clippy::string_slice, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod made;

use deid::{EntityType, Span};
use formats::{Format, Limits, Note, Origin, Record, read};
use made::office::MAIL;

fn record(bytes: &[u8]) -> Record {
    read(bytes, "", &Limits::default()).unwrap()
}

fn found(record: &Record) -> Vec<(EntityType, &str)> {
    record.fields.iter().map(|f| (f.entity, f.span.of(record.text.expose()))).collect()
}

#[test]
fn a_mail_gives_up_every_corner() {
    use EntityType::*;
    let record = record(MAIL.as_bytes());
    assert_eq!(record.format, Format::Eml);
    let text = record.text.expose();
    for part in [
        "From: Aaron Hale <aaron@hillside.example>\n",
        "To: \"Garcia, Maria\" <maria@example.com>, ines@example.com\n",
        "Cc: José Ruiz <jose@example.com>\n",
        "Subject: Visit on 3 March\n",
        "\nDear Maria,\nyour MRN is 884421.\n",
        "your MRN is 884421.\nCall José\n",
        "Attachment: list.csv\nname,ssn\nOlga Ruiz,123-45-6789\n",
        "From: Tom <tom@example.com>\n",
        "Told by Tom.\n",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(!text.contains("10.0.0.1") && !text.contains("p {}"));
    for pair in [
        (EmailAddress, "aaron@hillside.example"),
        (Person, "Aaron Hale"),
        (Person, "Garcia, Maria"),
        (EmailAddress, "ines@example.com"),
        (Person, "José Ruiz"),
        (Date, "Tue, 5 Mar 2024 10:15:30 -0500"),
        (Person, "Olga Ruiz"),
        (UsSsn, "123-45-6789"),
        (Person, "Tom"),
    ] {
        assert!(found(&record).contains(&pair), "{pair:?} is missing from {:?}", found(&record));
    }
    assert_eq!(record.notes, [Note::PropertiesLeftOut, Note::ImagesNotRead { count: 1 }]);
    // What is not encoded leads back to the file, what is to its decoded body.
    for stretch in record.source_map.stretches() {
        let said = stretch.span.of(text);
        match &stretch.origin {
            Origin::Bytes { start, end } if end - start == said.len() => assert_eq!(&MAIL[*start..*end], said),
            Origin::Bytes { start, end } => assert_eq!(&MAIL[*start..*end].trim()[..2], "=?"),
            _ => {}
        }
    }
    let origin =
        |words: &str| record.source_map.lookup(Span::new(text.find(words).unwrap(), text.find(words).unwrap() + 3))[0].origin.clone();
    assert!(matches!(origin("884421"), Origin::Bytes { .. }));
    assert!(matches!(origin("Call"), Origin::Part { name, .. } if name == "body/3"));
    assert!(matches!(origin("Olga"), Origin::Part { name, .. } if name.starts_with("attachment/")));
}

#[test]
fn a_letter_is_no_mail_and_a_file_of_mails_is_many() {
    let cases = [
        ("From: Aaron\nTo: Maria\nDate: 3/4/2024\n\nhello\n", Format::Text),
        ("From now on, at 10:00, take\nNote: two\n", Format::Text),
        ("\n\nSubject: x\nMIME-Version: 1.0\n\nhello Maria\n", Format::Eml),
        (
            "From a@b Tue Mar  5 10:15:30 2024\nSubject: one\n\nMaria\n\nFrom c@d Tue Mar  5 11:15:30 2024\nSubject: two\n\nInes\n",
            Format::Mbox,
        ),
    ];
    for (text, format) in cases {
        assert_eq!(record(text.as_bytes()).format, format, "{text:?}");
    }
    let two = record(cases[3].0.as_bytes());
    assert_eq!(two.text.expose(), "Subject: one\n\nMaria\n\n\nSubject: two\n\nInes\n");
    for stretch in two.source_map.stretches() {
        if let Origin::Bytes { start, end } = stretch.origin {
            assert_eq!(&cases[3].0[start..end], stretch.span.of(two.text.expose()));
        }
    }
}

#[test]
fn what_only_a_key_opens_is_said() {
    let mail = |kind: &str, body: &str| {
        format!("Subject: x\nMIME-Version: 1.0\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{body}\n")
    };
    let locked = mail("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "MIAGCSqGSIb3DQEHA6CAMIACAQAx");
    assert_eq!(read(locked.as_bytes(), "", &Limits::default()).unwrap_err().code(), "encrypted");
    let winmail = record(mail("application/ms-tnef; name=winmail.dat", "eJ8+IgAAAAE=").as_bytes());
    assert_eq!(winmail.notes, [Note::AttachmentsNotRead { count: 1 }]);
}
