//! True redaction of PDFs: what was removed is nowhere in the new file, what stays can be read in order.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

mod made;

use deid::Span;
use formats::write::{Edit, WriteError, WriteNote, write};
use formats::{Format, Limits, OnUnread, ReadError, RedactError, RedactOptions, Redacted, Unreadable, redact_pdf};
use made::outside::poppler;
use made::{line, pdf};
use proptest::prelude::*;

fn options(unread: OnUnread) -> RedactOptions {
    RedactOptions { dpi: 96.0, unread }
}

fn text(bytes: &[u8]) -> String {
    formats::read(bytes, "a.pdf", &Limits::default()).unwrap().text.expose().clone()
}

/// An edit for each place of each string in the record.
fn edits(bytes: &[u8], remove: &[(&str, &str)]) -> Vec<Edit> {
    let text = text(bytes);
    let mut all = Vec::new();
    for (string, label) in remove {
        assert!(text.contains(string), "{string} is in the record: {text}");
        let found = text.match_indices(string);
        all.extend(found.map(|(at, _)| Edit { span: Span::new(at, at + string.len()), replacement: (*label).to_owned() }));
    }
    all
}

fn redact(bytes: &[u8], remove: &[(&str, &str)], unread: OnUnread) -> Redacted {
    redact_pdf(bytes, &Limits::default(), &edits(bytes, remove), &options(unread)).unwrap()
}

/// Every byte that the file can be made to give, by a reader that is not ours.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let file = lopdf::Document::load_mem(bytes).unwrap();
    let mut all = bytes.to_vec();
    for object in file.objects.values() {
        all.extend(format!("{object:?}").bytes());
        if let Ok(stream) = object.as_stream() {
            all.extend(stream.decompressed_content().unwrap());
        }
    }
    all
}

fn holds(bytes: &[u8], string: &str) -> bool {
    let forms = [
        string.bytes().collect::<Vec<u8>>(),
        string.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        string.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        string.bytes().flat_map(|b| format!("{b:02x}").into_bytes()).collect(),
    ];
    let lower = bytes.to_ascii_lowercase();
    forms.iter().any(|form| lower.windows(form.len()).any(|w| w == form.to_ascii_lowercase()))
}

/// The new file opens, holds nothing of what was removed, and these words in this order.
fn check(redacted: &Redacted, removed: &[&str], order: &[&str]) -> String {
    let all = unpacked(&redacted.bytes);
    let ours = text(&redacted.bytes);
    for string in removed {
        assert!(!holds(&all, string), "{string} survived");
    }
    for (reader, text) in [("ours", Some(ours.clone())), ("poppler", poppler(&redacted.bytes))] {
        let Some(text) = text else { continue };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        removed.iter().for_each(|string| assert!(!text.to_lowercase().contains(&string.to_lowercase()), "{reader}: {string} in {text}"));
        let mut from = 0;
        for word in order {
            let at = text[from..].find(word).unwrap_or_else(|| panic!("{reader}: {word} is missing after {from} in: {text}"));
            from += at + word.len();
        }
    }
    ours
}

#[test]
fn plain_text_loses_what_was_removed_and_nothing_else() {
    let page = line(72, 700, "Patient Maria Lopez was seen by Dr. Hale.") + &line(72, 680, "MRN MR884421, next of kin Ines.");
    let file = pdf(&[&page, &line(72, 700, "Maria Lopez again.")], "", "", &[]);
    let remove = [("Maria Lopez", "[PERSON_1]"), ("Hale", "[PERSON_2]"), ("MR884421", "[ID_1]"), ("Ines", "")];
    let new = redact(&file, &remove, OnUnread::Refuse);
    assert_eq!((new.pages, new.boxes, new.absent, new.unread.len()), (2, 5, 0, 0));
    let order = ["Patient [PERSON_1] was seen by Dr. [PERSON_2].", "MRN [ID_1], next of kin", "[PERSON_1] again."];
    let text = check(&new, &["Maria", "Lopez", "Hale", "MR884421", "Ines"], &order);
    assert_eq!(text, "Patient [PERSON_1] was seen by Dr. [PERSON_2].\nMRN [ID_1], next of kin .\n\n[PERSON_1] again.");
}

#[test]
fn a_part_of_a_word_and_a_span_over_lines_are_removed() {
    let page = line(72, 700, "Seen with Maria") + &line(72, 686, "Lopez's mother, 1961-01-03T10:00.");
    let file = pdf(&[&page], "", "", &[]);
    let new = redact(&file, &[("Maria\nLopez", "[PERSON_1]"), ("1961-01-03", "[DATE_1]")], OnUnread::Refuse);
    assert_eq!(new.boxes, 3);
    check(&new, &["Maria", "Lopez", "1961-01-03"], &["Seen with", "mother,", "T10:00."]);
}

#[test]
fn text_in_a_form_xobject_is_redacted() {
    let object = "<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Matrix [1 0 0 1 20 -30] /Resources << /Font << /F1 3 0 R >> >> /Length 66 >>\nstream\nBT /F1 12 Tf 72 700 Td (Letterhead for Maria Lopez, Hillside) Tj ET\nendstream";
    let extra = "/Resources << /Font << /F1 3 0 R >> /XObject << /X 6 0 R >> >>";
    let content = line(72, 600, "Body text") + "/X Do";
    let bytes = String::from_utf8(pdf(&[&content], "", "", &[object])).unwrap();
    let bytes = bytes.replace("/Resources << /Font << /F1 3 0 R >> >> /Contents", &format!("{extra} /Contents"));
    let new = redact(bytes.as_bytes(), &[("Maria Lopez", "[PERSON_1]")], OnUnread::Refuse);
    check(&new, &["Maria", "Lopez"], &["Letterhead for [PERSON_1], Hillside"]);
    check(&new, &[], &["Body text"]);
}

#[test]
fn turned_pages_and_turned_text_are_redacted() {
    for turn in [90, 180, 270] {
        let file = pdf(&[&line(72, 700, "Patient Maria Lopez, seen today")], &format!("/Rotate {turn} /CropBox [50 50 500 780]"), "", &[]);
        let new = redact(&file, &[("Maria Lopez", "[PERSON_1]")], OnUnread::Refuse);
        assert_eq!(new.boxes, 1, "one line is one box");
        check(&new, &["Maria", "Lopez"], &["Patient", ", seen today"]);
    }
    let turned = "BT /F1 12 Tf 0.985 0.174 -0.174 0.985 200 300 Tm (Draft of Maria Lopez here) Tj ET\n";
    let new = redact(&pdf(&[turned], "", "", &[]), &[("aria L", "[P_1]"), ("opez", "")], OnUnread::Refuse);
    assert!(new.boxes > 8, "slanting glyphs have a box each");
    check(&new, &["aria", "opez"], &["Draft"]);
}

#[test]
fn hidden_text_is_absent() {
    let page = line(72, 700, "Shown words") + "BT 3 Tr /F1 12 Tf 72 500 Td (Secret Maria Lopez) Tj ET\n" + &line(2000, 100, "Beside Ines");
    let file = pdf(&[&page], "", "", &[]);
    let new = redact(&file, &[("Maria Lopez", "[PERSON_1]")], OnUnread::Refuse);
    let text = check(&new, &["Maria", "Lopez", "Secret", "Ines", "Beside"], &["Shown words"]);
    assert!(text.starts_with("Shown words"), "{text}");
}

/// A black picture of 400 by 200 points, as scans have it, under words that are not drawn.
const SCAN: &str = "q 400 0 0 200 72 500 cm BI /W 4 /H 4 /CS /G /BPC 8 /F /AHx ID 00ff00ff00ff00ff00ff00ff00ff00ff> EI Q\n";

#[test]
fn pictures_are_refused_covered_or_kept_and_keep_their_words() {
    let page = SCAN.to_owned() + "BT 3 Tr /F1 12 Tf 80 600 Td (Scanned Maria Lopez here) Tj ET\n";
    let file = pdf(&[&page], "", "", &[]);
    let remove = [("Maria Lopez", "[PERSON_1]")];
    let refused = redact_pdf(&file, &Limits::default(), &edits(&file, &remove), &RedactOptions::default()).unwrap_err();
    let RedactError::Unread(unread) = refused else { panic!("{refused}") };
    assert_eq!((unread.len(), unread[0].page, unread[0].what, unread[0].count), (1, 1, Unreadable::Images, 1));

    let kept = redact(&file, &remove, OnUnread::Keep);
    check(&kept, &["Maria", "Lopez"], &["Scanned [PERSON_1] here"]);
    assert_eq!(kept.unread, unread);
    let covered = redact(&file, &remove, OnUnread::Cover);
    assert_eq!(text(&covered.bytes), "[PERSON_1]", "what lies under the box is not in the text either");
    assert_eq!((covered.boxes, covered.unread), (1, unread));

    let blank = pdf(&[&line(72, 700, "Words"), SCAN, ""], "", "", &[]);
    let refused = redact_pdf(&blank, &Limits::default(), &[], &RedactOptions::default()).unwrap_err();
    let RedactError::Unread(unread) = refused else { panic!("{refused}") };
    assert_eq!((unread.len(), unread[0].page, unread[0].what), (1, 2, Unreadable::Page), "an empty page hides nothing");
}

#[test]
fn drawings_like_writing_and_text_in_patterns_count_as_unread() {
    let signature = "10 10 m ".to_owned() + &"20 20 30 0 40 10 c ".repeat(12) + "S\n" + &line(72, 700, "Signed");
    let pattern = "<< /Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 200 50] /XStep 200 /YStep 50 /Resources << /Font << /F1 3 0 R >> >> /Length 37 >>\nstream\nBT /F1 12 Tf 5 5 Td (Maria Lopez) Tj ET\nendstream";
    let tiled = line(72, 700, "Tiled") + "/Pattern cs /T scn 0 0 300 300 re f\n";
    let with = String::from_utf8(pdf(&[&tiled], "", "", &[pattern])).unwrap();
    let with = with.replace(
        "/Resources << /Font << /F1 3 0 R >> >> /Contents",
        "/Resources << /Font << /F1 3 0 R >> /Pattern << /T 6 0 R >> >> /Contents",
    );
    for file in [pdf(&[&signature], "", "", &[]), with.into_bytes()] {
        let refused = redact_pdf(&file, &Limits::default(), &[], &RedactOptions::default()).unwrap_err();
        let RedactError::Unread(unread) = refused else { panic!("{refused}") };
        assert_eq!(unread.iter().map(|u| u.what).collect::<Vec<_>>(), [Unreadable::Drawings]);
        redact(&file, &[], OnUnread::Cover);
    }
    let ruled = line(72, 700, "Ruled") + "0 0 m 100 100 l S 10 10 m 20 20 30 0 40 10 c S 5 5 50 50 re f\n";
    redact(&pdf(&[&ruled], "", "", &[]), &[], OnUnread::Refuse);
}

#[test]
fn annotations_and_fields_are_drawn_or_absent() {
    let look = "<< /Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >> /Length 48 >>\nstream\nBT /F1 12 Tf 2 5 Td (Stamped by Maria Lopez) Tj ET\nendstream";
    let value = "<< /Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >> /Length 36 >>\nstream\nBT /F1 12 Tf 2 5 Td (MR884421) Tj ET   \nendstream";
    let objects = [
        "<< /Type /Annot /Subtype /FreeText /Rect [72 500 272 520] /Contents (Stamped by Maria Lopez) /AP << /N 9 0 R >> >>",
        "<< /Type /Annot /Subtype /Text /Rect [72 400 92 420] /T (Aaron Hale) /Contents (Ask her sister Rosa) >>",
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (mrn) /V (MR884421) /Rect [72 300 272 320] /AP << /N 10 0 R >> >>",
        look,
        value,
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (secret) /V (Olga Petrova) /F 2 /Rect [72 200 272 220] >>",
    ];
    let file = pdf(
        &[&line(72, 700, "Form of the clinic")],
        "/Annots [6 0 R 7 0 R 8 0 R 11 0 R]",
        "/AcroForm << /Fields [8 0 R 11 0 R] >>",
        &objects,
    );
    let remove = [("Maria Lopez", "[PERSON_1]"), ("Rosa", "[PERSON_2]"), ("MR884421", "[ID_1]"), ("Olga Petrova", "[PERSON_3]")];
    let new = redact(&file, &remove, OnUnread::Refuse);
    assert_eq!(new.absent, 2, "a closed note and a hidden field are drawn nowhere");
    let gone = ["Maria", "Lopez", "Rosa", "Hale", "sister", "MR884421", "Olga", "Petrova", "/Annots", "/AcroForm"];
    check(&new, &gone, &["Form of the clinic", "Stamped by [PERSON_1]", "[ID_1]"]);
}

#[test]
fn metadata_attachments_scripts_and_outlines_stay_behind() {
    let objects = [
        "<< /Length 30 >>\nstream\n<x:xmpmeta>Maria Lopez</x:xmp>\nendstream",
        "<< /Type /Filespec /F (lopez.txt) /EF << /F 8 0 R >> >>",
        "<< /Type /EmbeddedFile /Length 11 >>\nstream\nMaria Lopez\nendstream",
        "<< /S /JavaScript /JS (app.alert\\('Maria Lopez'\\)) >>",
        "<< /First 11 0 R /Last 11 0 R >>",
        "<< /Title (Maria Lopez) /Parent 10 0 R >>",
        "<< /Author (Maria Lopez) /Title (Record of Maria Lopez) >>",
    ];
    let root = "/Metadata 6 0 R /Names << /EmbeddedFiles << /Names [(a) 7 0 R] >> >> /OpenAction 9 0 R /Outlines 10 0 R /Lang (Maria)";
    let file = pdf(&[&line(72, 700, "Nothing about anyone")], "/PieceInfo << /X (Maria Lopez) >>", root, &objects);
    let file = String::from_utf8(file).unwrap().replace("/Root 1 0 R", "/Root 1 0 R /Info 12 0 R").into_bytes();
    let new = redact(&file, &[], OnUnread::Refuse);
    let gone =
        ["Maria", "Lopez", "/Metadata", "/EmbeddedFile", "/JavaScript", "/Outlines", "/OpenAction", "/Author", "/Title", "/CreationDate"];
    assert_eq!(check(&new, &gone, &[]), "Nothing about anyone");
}

#[test]
fn earlier_revisions_stay_behind() {
    let old = pdf(&[&line(72, 700, "Draft for Maria Lopez")], "", "", &[]);
    let content = line(72, 700, "Final version for Ines");
    let mut file = old.clone();
    let at = file.len();
    file.extend(format!("5 0 obj\n<< /Length {} >>\nstream\n{content}\nendstream\nendobj\n", content.len()).bytes());
    let xref = file.len();
    let start = String::from_utf8_lossy(&old).rfind("startxref\n").unwrap();
    let before: usize = String::from_utf8_lossy(&old)[start + 10..].split_whitespace().next().unwrap().parse().unwrap();
    file.extend(
        format!("xref\n5 1\n{at:010} 00000 n \ntrailer\n<< /Size 6 /Root 1 0 R /Prev {before} >>\nstartxref\n{xref}\n%%EOF\n").bytes(),
    );
    assert!(text(&file).starts_with("Final"));
    let new = redact(&file, &[("Ines", "[PERSON_1]")], OnUnread::Refuse);
    check(&new, &["Maria", "Lopez", "Draft", "Ines"], &["Final version for [PERSON_1]"]);
}

#[test]
fn kerning_arrays_ligatures_and_letters_drawn_one_by_one_are_redacted() {
    let kerned = "BT /F1 12 Tf 72 700 Td [(Pa) 20 (tient M) -30 (ar) 15 (ia Lo) 10 (pez se) -10 (en)] TJ ET\n";
    let letters: String =
        "By Dr. Hale now".char_indices().map(|(i, c)| format!("BT /F1 12 Tf {} 600 Td ({c}) Tj ET\n", 72.0 + 7.2 * i as f64)).collect();
    // Bold by drawing twice, a hair apart.
    let bold = line(72, 500, "Born 1961") + "BT /F1 12 Tf 72.3 500 Td (Born 1961) Tj ET\n";
    let file = pdf(&[&(kerned.to_owned() + &letters + &bold)], "", "", &[]);
    let file = String::from_utf8(file).unwrap().replace("/Helvetica", "/Courier").into_bytes();
    let new = redact(&file, &[("Maria Lopez", "[PERSON_1]"), ("Hale", "[P_2]"), ("1961", "[D_1]")], OnUnread::Refuse);
    check(&new, &["Maria", "Lopez", "Hale", "1961"], &["Patient [PERSON_1] seen", "By Dr. [P_2] now", "Born [D_1]"]);

    let map = "<< /Length 200 >>\nstream\n/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange 3 beginbfchar <41> <FB01> <42> <4E2D6587> <43> <03A9> endbfchar endcmap end end                                     \nendstream";
    let with = String::from_utf8(pdf(&[&line(72, 700, "AB CCC B")], "", "", &[map])).unwrap();
    let with = with.replace("/BaseFont /Helvetica /Encoding /WinAnsiEncoding", "/BaseFont /Helvetica /ToUnicode 6 0 R");
    assert!(text(with.as_bytes()).starts_with("fi中文 ΩΩΩ"), "{}", text(with.as_bytes()));
    let new = redact(with.as_bytes(), &[("ΩΩΩ", "Ωmega")], OnUnread::Refuse);
    check(&new, &["ΩΩΩ"], &["fi中文", "Ωmega", "中文"]);
}

#[test]
fn columns_keep_their_order() {
    let row = |x: u32, n: u32, name: &str| line(x, 700 - n * 14, &format!("line {n} of column {x} about {name} here"));
    let page: String = [72, 330].into_iter().flat_map(|x| (0..4).map(move |n| row(x, n, if x == 72 { "Maria" } else { "Ines" }))).collect();
    let file = pdf(&[&page], "", "", &[]);
    let new = redact(&file, &[("Maria", "[P_1]"), ("Ines", "[P_2]")], OnUnread::Refuse);
    assert_eq!(new.boxes, 8);
    let text = check(&new, &["Maria", "Ines"], &[]);
    let at = |s: &str| text.find(s).unwrap_or_else(|| panic!("{s} in {text}"));
    assert!(at("line 3 of column 72 about [P_1] here") < at("line 0 of column 330 about [P_2] here"), "{text}");
}

#[test]
fn type_3_fonts_are_redacted() {
    let font = format!(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [0.001 0 0 0.001 0 0] /CharProcs << /M 7 0 R /x 7 0 R >> \
         /Encoding << /Type /Encoding /Differences [77 /M 120 /x] >> /FirstChar 77 /LastChar 120 /Widths [{}] /Resources << >> >>",
        "800 ".repeat(44)
    );
    let objects = [font.as_str(), "<< /Length 44 >>\nstream\n800 0 0 0 750 750 d1 0 0 750 750 re f       \nendstream"];
    let page = line(72, 700, "Type three") + "BT /F3 12 Tf 72 600 Td (xxMMMMxx) Tj ET\n";
    let file = String::from_utf8(pdf(&[&page], "", "", &objects)).unwrap();
    let file = file.replace("<< /F1 3 0 R >>", "<< /F1 3 0 R /F3 6 0 R >>").into_bytes();
    let new = redact(&file, &[("MMMM", "")], OnUnread::Refuse);
    check(&new, &["MMMM"], &["Type three", "xx", "xx"]);
}

#[test]
fn edits_that_do_not_fit_and_files_that_cannot_be_read_are_refused() {
    let file = pdf(&[&line(72, 700, "Grüße an Maria")], "", "", &[]);
    let edit = |start, end| Edit { span: Span::new(start, end), replacement: String::new() };
    let none = RedactOptions::default();
    for edits in [vec![edit(0, 3), edit(2, 5)], vec![edit(0, 1000)], vec![edit(4, 4)]] {
        assert_eq!(redact_pdf(&file, &Limits::default(), &edits, &none), Err(RedactError::Edits));
    }
    let encrypted = redact_pdf(&made::encrypted_pdf(), &Limits::default(), &[], &none);
    assert_eq!(encrypted, Err(RedactError::Read(ReadError::PasswordNeeded)));
    assert!(matches!(redact_pdf(b"%PDF-1.4 x", &Limits::default(), &[], &none), Err(RedactError::Read(ReadError::Corrupt { .. }))));
    let many = Limits { max_pages: 1, ..Limits::default() };
    let two = pdf(&["", ""], "", "", &[]);
    assert_eq!(redact_pdf(&two, &many, &[], &none), Err(RedactError::Read(ReadError::TooManyPages { limit: 1 })));
}

#[test]
fn a_pdf_is_written_without_what_was_removed_and_without_what_nobody_read() {
    let scan = SCAN.to_owned() + "BT 3 Tr /F1 12 Tf 80 600 Td (Scanned Maria Lopez here) Tj ET\n";
    let file = pdf(&[&line(72, 700, "Patient Maria Lopez was seen."), &scan], "", "", &[]);
    let edits = edits(&file, &[("Maria Lopez", "[PERSON_1]")]);
    for keep_unread in [false, true] {
        let written = write(&file, "a.pdf", &Limits::default(), &edits, keep_unread).unwrap();
        let all = unpacked(&written.bytes);
        assert!(!holds(&all, "Maria") && !holds(&all, "Lopez"));
        let text = text(&written.bytes);
        assert!(text.contains("Patient [PERSON_1] was seen."), "{text}");
        assert_eq!(text.contains("Scanned"), keep_unread, "what is under a cover goes too: {text}");
        let covered = (!keep_unread).then_some(WriteNote::UnreadCovered { count: 1 });
        assert_eq!(written.notes, [WriteNote::PagesDrawn { count: 2 }].into_iter().chain(covered).collect::<Vec<_>>());
        assert_eq!(written.format, Format::Pdf);
    }
    let beyond = Edit { span: Span::new(0, 9999), replacement: String::new() };
    assert_eq!(write(&file, "a.pdf", &Limits::default(), &[beyond], false), Err(WriteError::Astray));
    // A page that is all picture shows words that its text layer does not have.
    let bare = pdf(&[&line(72, 700, "Patient Maria Lopez was seen."), SCAN], "", "", &[]);
    assert_eq!(write(&bare, "a.pdf", &Limits::default(), &edits, false), Err(WriteError::NotRecognized));
    let empty = pdf(&[&line(72, 700, "Patient Maria Lopez was seen."), ""], "", "", &[]);
    let [person, ..] = edits.as_slice() else { panic!("two") };
    assert!(write(&empty, "a.pdf", &Limits::default(), std::slice::from_ref(person), false).is_ok(), "an empty page hides nothing");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random words at random places, a random part of them removed.
    #[test]
    fn nothing_that_was_removed_survives(
        words in prop::collection::vec(("[a-z]{4,9}", 0u32..14, 0u32..30, 8u32..16, any::<bool>()), 1..25),
        turn in 0u32..4,
    ) {
        let page: String = words.iter().map(|(word, x, y, size, _)| {
            format!("BT /F1 {size} Tf {} {} Td ({word}) Tj ET\n", 20 + x * 40, 20 + y * 24)
        }).collect();
        let file = pdf(&[&page], &format!("/Rotate {}", turn * 90), "", &[]);
        let text = text(&file);
        let mut edits: Vec<Edit> = Vec::new();
        let mut removed = Vec::new();
        for (word, .., remove) in &words {
            // Words that lie over each other are read as one or cut by each other.
            let Some(at) = text.find(word.as_str()).filter(|_| *remove) else { continue };
            let span = Span::new(at, at + word.len());
            if edits.iter().all(|e| e.span.end <= span.start || span.end <= e.span.start) {
                edits.push(Edit { span, replacement: "[X_1]".into() });
                removed.push(word.as_str());
            }
        }
        let new = redact_pdf(&file, &Limits::default(), &edits, &RedactOptions { dpi: 72.0, ..options(OnUnread::Refuse) }).unwrap();
        let mut left = text.clone();
        edits.sort_by_key(|e| std::cmp::Reverse(e.span.start));
        edits.iter().for_each(|e| left.replace_range(e.span.start..e.span.end, "|"));
        // A word may be a part of one of the format's own (`ontm`, of `/FontMatrix`).
        let plain = redact_pdf(&pdf(&[&line(72, 700, "0")], "", "", &[]), &Limits::default(), &[], &options(OnUnread::Refuse)).unwrap();
        for word in removed.iter().filter(|w| !left.contains(**w) && !holds(&unpacked(&plain.bytes), w)) {
            prop_assert!(!holds(&unpacked(&new.bytes), word), "{word} survived");
        }
    }
}
