//! Mails.

use formats::Format;
use formats::write::{WriteNote, write};

use super::made::office::MAIL;
use super::{done, edit, everywhere, record, replaced};

#[test]
fn a_mail_is_put_together_from_its_own_pieces() {
    let words = [
        ("Aaron Hale", "[A<x>,\"]"),
        ("aaron@hillside.example", "[E1]"),
        ("Garcia, Maria", "[P]"),
        ("maria@example.com", "m\u{fc}@x"),
        ("ines@example.com", "[E3]"),
        ("José Ruiz", "Zo\u{eb} [R]"),
        ("jose@example.com", "[E4]"),
        ("3 March", "[D]\nBcc: x"),
        ("Tue, 5 Mar 2024 10:15:30 -0500", "[D2]"),
        ("Dear Maria", "Dear [P]"),
        ("884421", "[M]\n--b"),
        ("Call José", "Call <[J]>"),
        ("list.csv", "[\"f].csv"),
        ("Olga Ruiz", "[O, \"x\"]"),
        ("123-45-6789", "[S]"),
        ("From: Tom <tom@example.com>", "From: Tom <tom@example.com>"),
        ("Tom", "[T]"),
        ("tom@example.com", "[E5]"),
    ];
    let before = record(MAIL, "a.eml");
    let edits: Vec<_> = everywhere(&before, &words).into_iter().filter(|e| e.span.of(before.text.expose()) != e.replacement).collect();
    let written = done(MAIL, "a.eml", &edits);
    assert_eq!(written.format, Format::Eml);
    let text = String::from_utf8(written.bytes.clone()).unwrap();
    let head = "Return-Path: <[E1]>\r\nFrom: [A x   ] <[E1]>\r\nTo: \"[P]\" <m\u{fc}@x>,\r\n [E3]\r\nCc: =?utf-8?B?Wm/Dqw==?= [R] <[E4]>\r\n\
        Subject: Visit on [D] Bcc: x\r\nDate: [D2]\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
        --b\r\nContent-Type: multipart/alternative; boundary=\"c\"\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\nDear [P],\r\nyour MRN is [M]\r\n --b.\r\n--c\r\n\
        Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    assert!(text.starts_with(head), "{text}");
    let after = record(&text, "a.eml");
    let said = after.text.expose();
    for part in [
        "Cc: Zo\u{eb} [R] <[E4]>\n",
        "your MRN is [M]",
        "Call <[J]>\n",
        "Attachment: [_f].csv\nname,ssn\n\"[O, \"\"x\"\"]\",[S]\n",
        "From: [T] <[E5]>\n",
        "Told by [T].\n",
    ] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
    for gone in ["10.0.0.1", "Message-ID", "image/png", "iVBOR", "p {}", "884421", "Maria", "Olga", "\r\n--b.<"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    assert!(written.notes.contains(&WriteNote::UnreadRemoved { count: 1 }));
    let kept = write(MAIL.as_bytes(), "a.eml", &formats::Limits::default(), &[], true).unwrap();
    assert!(String::from_utf8(kept.bytes).unwrap().contains("iVBORw0KGgo="));
    assert!(record(done(MAIL, "a.eml", &[]).bytes, "a.eml").text.expose().contains("Call José"));
}

#[test]
fn bodies_keep_their_encoding() {
    let mail = |encoding: &str, body: &str| {
        format!(
            "From: a@example.com\nMIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: {encoding}\n\n{body}\n"
        )
    };
    let written = replaced(
        mail("quoted-printable", "Jos=E9 Ruiz and a long line that goes on until it has to be broken somewhere=\n here").as_bytes(),
        "a.eml",
        &[("José", "[=\u{2603}]")],
    );
    assert!(written.contains("charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n[=3D=E2=98=83] Ruiz and a long line that goes on until it has to be broken =\nsomewhere here\n"), "{written}");
    let written = replaced(mail("base64", "Sm9z6SBSdWl6").as_bytes(), "a.eml", &[("José", "[J]")]);
    assert!(written.ends_with("charset=utf-8\nContent-Transfer-Encoding: base64\n\nW0pdIFJ1aXo=\n"), "{written}");
    // A page that repeats the plain words says what they say now; what it hides goes.
    let both = "From: a@example.com\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\nHello Maria\n--c\nContent-Type: text/html\n\n<p>Hello <!-- Ines --><b>Maria</b></p>\n--c--\n";
    let written = replaced(both.as_bytes(), "a.eml", &[("Maria", "[<P]")]);
    assert!(
        written.contains("\n\nHello [<P]\n--c\n") && written.contains("<pre>Hello [&lt;P]</pre>") && !written.contains("Ines"),
        "{written}"
    );
}

#[test]
fn a_file_of_mails_is_written_mail_by_mail() {
    let mails = "From a@b Tue Mar  5 10:15:30 2024\nReceived: by Olga\nSubject: one for Maria\n\nHello Maria\n\nFrom c@d Tue Mar  5 11:15:30 2024\nSubject: two\n\nInes\n";
    let text = record(mails, "a").text.expose().clone();
    let at = text.find("Ines").unwrap();
    let mut edits = everywhere(&record(mails, "a"), &[("Maria", "[P]")]);
    edits.push(edit(at, at + 4, "x\nFrom e@f Tue Mar  5 11:15:30 2024"));
    let written = String::from_utf8(done(mails, "a", &edits).bytes).unwrap();
    let from = "From sender Thu Jan  1 00:00:00 1970\n";
    assert_eq!(
        written,
        format!(
            "{from}Subject: one for [P]\nMIME-Version: 1.0\n\nHello [P]\n\n{from}Subject: two\nMIME-Version: 1.0\n\nx\n From e@f Tue Mar  5 11:15:30 2024\n\n"
        )
    );
}
