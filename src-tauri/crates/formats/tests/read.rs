//! Every format, read from files made here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod made;

use deid::{EntityType, Span};
use formats::{Format, Limits, Note, Origin, ReadError, Record, read};
use made::check::covered;
use made::{BODY, CCDA, FHIR, HL7, docx, line, pdf, zip};
use proptest::prelude::*;

fn record(bytes: impl AsRef<[u8]>, name: &str) -> Record {
    let record = read(bytes.as_ref(), name, &Limits::default()).unwrap();
    covered(&record);
    record
}

fn found(record: &Record) -> Vec<(EntityType, &str)> {
    record.fields.iter().map(|f| (f.entity, f.span.of(record.text.expose()))).collect()
}

fn holds(record: &Record, expected: &[(EntityType, &str)]) {
    let found = found(record);
    for pair in expected {
        assert!(found.contains(pair), "{pair:?} is missing from {found:?}");
    }
}

#[test]
fn text_keeps_its_words_and_the_map_its_offsets() {
    let record = record("Maria Garcia\r\nborn 1961\r\rend\n", "a.txt");
    assert_eq!((record.format, record.text.expose().as_str()), (Format::Text, "Maria Garcia\nborn 1961\n\nend\n"));
    let origins: Vec<Origin> = record.source_map.lookup(Span::new(13, 17)).into_iter().map(|s| s.origin).collect();
    assert_eq!(origins, [Origin::Bytes { start: 14, end: 18 }]);
}

#[test]
fn the_content_decides_and_not_the_extension() {
    assert_eq!(record(HL7, "photo.png").format, Format::Hl7);
    assert_eq!(record(FHIR, "report.pdf").format, Format::Fhir);
    assert_eq!(record(docx(BODY), "notes.txt").format, Format::Docx);
    assert_eq!(record("Dear Maria, thank you.", "letter.pdf").format, Format::Text);
}

#[test]
fn tables_name_the_cells_below_known_headings() {
    use EntityType::*;
    let record =
        record("Last Name,first_name,SSN,Note\r\n\"Garcia, Jr.\",Maria,123-45-6789,\"likes, commas\"\r\nDoe,unknown,,x\r\n", "a.csv");
    assert_eq!(record.format, Format::Csv);
    assert_eq!(found(&record), [(Person, "Garcia, Jr."), (Person, "Maria"), (UsSsn, "123-45-6789"), (Person, "Doe")]);
    assert_eq!(self::record("name\tdob\nMaria\t1961-01-03\n", "x").format, Format::Tsv);
}

#[test]
fn hl7_fields_are_named_and_the_message_stays_itself() {
    use EntityType::*;
    let record = record(HL7, "message.hl7");
    assert_eq!(*record.text.expose(), HL7.replace('\r', "\n"));
    holds(
        &record,
        &[
            (MedicalRecordNumber, "MR884421"),
            (UsSsn, "123-45-6789"),
            (Person, "GARCIA^MARIA^LUISA"),
            (Date, "19610103"),
            (StreetAddress, "12 ELM ST"),
            (City, "SPRINGFIELD"),
            (State, "MA"),
            (PostalCode, "01103"),
            (PhoneNumber, "(413)555-0142"),
            (EmailAddress, "maria@example.com"),
            (AccountNumber, "AC7712"),
            (LicenseNumber, "004777"),
            (Person, "HALE^AARON^A"),
            (UniqueId, "ACC9912"),
            (Facility, "HILLSIDE CLINIC"),
            (UniqueId, "MSG00017"),
            (Date, "20240304"),
        ],
    );
    let named: Vec<&str> = found(&record).iter().map(|(_, words)| *words).collect();
    assert!(!named.contains(&"7.9") && !named.contains(&"2024"), "a value and a bare year identify nobody");
    assert_eq!(record.fields[0].source.label(), "field:MSH-4");
    let batch = self::record(format!("\u{b}{HL7}\u{1c}\r\u{b}{}\u{1c}\r", HL7.replace("GARCIA", "ROSSI")), "");
    holds(&batch, &[(Person, "GARCIA^MARIA^LUISA"), (Person, "ROSSI^MARIA^LUISA")]);
    let other = self::record("MSH$%~\\&$LAB$A$B$C$20240305\rPID$1$$77123$$GARCIA%MARIA\r", "");
    holds(&other, &[(Person, "GARCIA%MARIA"), (MedicalRecordNumber, "77123")]);
}

#[test]
fn hl7_names_more_than_the_patient() {
    use EntityType::*;
    let message = "MSH|^~\\&|A|B\r\
        PID|1||77^^^^MR^NORTH CLINIC||LOPEZ^ANA^^^^^L^^^^^^^^Nita||||||^^^^^^^^^^^^^^^^^^c/o Rosa||||||C^Christian: Baptist\r\
        PRT|1|UC||AD^Admitting|8175^VAN DYK^MOHAN|||LAKE HOSPITAL^^^^^^^^^H22|WARD^2^B^EAST SITE^^^LEFT WING|||20240102||6547 DRUMS ST^^FLINT^MI^48507|^^^^^313^4502369\r\
        RXE|||||||||||||||PN12345\rSAC||2017-PT-1\rRF1||||||226839|20220125||||||||||||||\rTQ1|||||||20211009|20211109\r";
    holds(
        &record(message, "a.hl7"),
        &[
            (Facility, "NORTH CLINIC"),
            (Person, "Nita"),
            (StreetAddress, "c/o Rosa"),
            (Nrp, "Christian: Baptist"),
            (Person, "VAN DYK^MOHAN"),
            (LicenseNumber, "8175"),
            (Facility, "LAKE HOSPITAL"),
            (UniqueId, "H22"),
            (Facility, "EAST SITE"),
            (Facility, "LEFT WING"),
            (StreetAddress, "6547 DRUMS ST"),
            (City, "FLINT"),
            (PhoneNumber, "313^4502369"),
            (UniqueId, "PN12345"),
            (UniqueId, "2017-PT-1"),
            (UniqueId, "226839"),
            (Date, "20211109"),
        ],
    );
}

#[test]
fn what_base64_hides_is_left_out_of_any_json() {
    let hidden = "TWFyaWEgR2FyY2lh".repeat(30);
    let record = record(format!("{{\"note\": \"seen\", \"scan\": \"{hidden}\", \"photo\": \"data:image/png;base64,{hidden}\"}}"), "x.json");
    assert_eq!(record.text.expose(), "note: seen\nscan:\nphoto:\n");
    assert_eq!(record.notes, [Note::AttachmentsNotRead { count: 2 }]);
}

#[test]
fn fhir_has_a_line_for_every_leaf() {
    use EntityType::*;
    let record = record(FHIR, "bundle.json");
    let text = record.text.expose();
    for line in [
        "Patient.name[0].family: García\n",
        "Patient.name[0].given[1]: Luisa\n",
        "Patient.text.div:\nMaria García\nborn 3 Jan 1961\n",
        "Observation.valueQuantity.value: 7.9\n",
        "DocumentReference.content[0].attachment.data: Seen with Ines.\n",
        "Observation.code.text: Hemoglobin\n",
    ] {
        assert!(text.contains(line), "{line:?} in {text}");
    }
    assert!(!text.contains("JVBERi0"), "what could not be decoded is left out, not passed on unread");
    assert_eq!(record.notes, [Note::AttachmentsNotRead { count: 1 }]);
    holds(
        &record,
        &[
            (Person, "García"),
            (Person, "Luisa"),
            (UsSsn, "123-45-6789"),
            (MedicalRecordNumber, "MR884421"),
            (Date, "1961-01-03"),
            (PhoneNumber, "413-555-0142"),
            (EmailAddress, "maria@example.com"),
            (StreetAddress, "12 Elm St"),
            (City, "Springfield"),
            (PostalCode, "01103"),
            (UniqueId, "pat-0001"),
            (Person, "Maria García"),
            (Date, "2024-03-04T10:00:00Z"),
        ],
    );
    let at = text.find("García").unwrap();
    let family = text.find("family: García").unwrap() + "family: ".len();
    assert!(at <= family);
    let origin = &record.source_map.lookup(Span::new(family, family + 7))[0].origin;
    let place = FHIR.find("García").unwrap();
    assert_eq!(*origin, Origin::Bytes { start: place, end: place + "García".len() });
}

#[test]
fn ndjson_and_other_json_are_read_line_by_line() {
    let record = record(
        "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Garcia\"}]}\n{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Rossi\"}]}\n",
        "p.ndjson",
    );
    assert_eq!(found(&record), [(EntityType::Person, "Garcia"), (EntityType::Person, "Rossi")]);
    let other = self::record("{\"note\": \"Mar\\u00eda\", \"n\": [1, true, null]}", "x.json");
    assert_eq!((other.format, other.text.expose().as_str()), (Format::Json, "note: María\nn[0]: 1\nn[1]: true\n"));
    let names = self::record("{\"seen\": {\"Ana L\u{f3}pez\": null, \"Bo\": [], \"\": {\"x\": \" \"}}}", "x.json");
    assert_eq!(names.text.expose(), "seen.Ana L\u{f3}pez:\nseen.Bo:\nseen..x:\n", "a name without a value is one");
}

#[test]
fn ccda_has_its_header_and_its_narrative() {
    use EntityType::*;
    let record = record(CCDA, "summary.xml");
    let text = record.text.expose();
    for line in [
        "Patient name: Ms. Maria Luisa García\n",
        "Patient address: 12 Elm St, Springfield, MA, 01103\n",
        "Patient birth time: 19610103\n",
        "Author organization name: Hillside Clinic\n",
        "Medications\nTaken with food, says Ines.\nDrug | Dose\nMetformin & diet | 500 mg\n",
    ] {
        assert!(text.contains(line), "{line:?} in {text}");
    }
    holds(
        &record,
        &[
            (Person, "Maria Luisa García"),
            (Person, "Aaron Hale"),
            (Facility, "Hillside Clinic"),
            (MedicalRecordNumber, "MR884421"),
            (UsSsn, "123-45-6789"),
            (LicenseNumber, "1234567893"),
            (Date, "19610103"),
            (StreetAddress, "12 Elm St"),
            (PhoneNumber, "+1-413-555-0142"),
            (EmailAddress, "maria@example.com"),
        ],
    );
    assert_eq!(record.notes, [Note::EntriesLeftOut { count: 1 }]);
}

#[test]
fn docx_gives_up_every_corner() {
    let record = record(docx(BODY), "letter.docx");
    let text = record.text.expose();
    for part in [
        "Header:\nHillside Clinic, MRN 884421\n",
        "Maria García & Ines\tseen",
        "Born | 3 Jan 1961\n",
        "hidden Olga",
        "Footnotes:\nTold by Ines.",
        "Comment by Aaron Hale: Call her sister Rosa.",
        "Tracked deletions:\nby Dr Petrov",
        "mailto:maria@example.com",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert_eq!(text.matches("Box: Tom").count(), 1, "once, although it is there for two programs");
    assert!(!text.contains("Footer"), "a part without words leaves no heading");
    assert_eq!(found(&record), [(EntityType::Person, "Aaron Hale")]);
    assert_eq!(record.notes, [Note::Comments, Note::TrackedDeletions, Note::HiddenText]);
    let at = text.find("Garc").unwrap();
    assert!(matches!(&record.source_map.lookup(Span::new(at, at + 4))[0].origin, Origin::Part { name, .. } if name == "word/document.xml"));
}

#[test]
fn pdf_lines_words_forms_and_annotations() {
    let first = [
        line(72, 700, "Patient: Maria Garc\\355a"),
        line(300, 700, "MRN 884421"),
        line(72, 684, "Seen by Dr. Hale"),
        "BT /F1 12 Tf 3 Tr 72 600 Td (unseen words) Tj ET\n".into(),
        "BT /F1 12 Tf 72 560 Td [(apart) -600 (words)] TJ ET\n".into(),
    ]
    .concat();
    let bytes = pdf(
        &[&first, "0 0 100 100 re f"],
        "/Annots [8 0 R 9 0 R]",
        "/AcroForm << /Fields [9 0 R] >>",
        &[
            "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /T (Rosa) /Contents (call back) >>",
            "<< /Type /Annot /Subtype /Widget /Rect [0 0 9 9] /T (phone) /V (413-555-0142) >>",
        ],
    );
    let record = record(bytes, "scan.pdf");
    let text = record.text.expose();
    assert!(text.starts_with("Patient: Maria García  MRN 884421\nSeen by Dr. Hale\n"), "{text}");
    for part in ["unseen words", "apart words", "Annotation: Rosa: call back\n", "phone: 413-555-0142\n"] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert_eq!(record.notes, [Note::PagesWithoutText { count: 1 }, Note::HiddenText]);
    assert!(record.notes[0].incomplete());
    assert_eq!(record.source_map.lookup(Span::new(0, 5))[0].origin, Origin::Page { number: 1 });
}

#[test]
fn docx_drawings_pictures_and_what_stands_in_their_place() {
    let picture = |cx: u32, text: &str| {
        format!(
            "<w:p><w:r><w:drawing><wp:inline><wp:extent cx=\"{cx}\" cy=\"{cx}\"/><wp:docPr id=\"1\" name=\"Picture 1\" descr=\"{text}\"/>\
             <a:graphic><pic:pic/></a:graphic></wp:inline></w:drawing></w:r></w:p>"
        )
    };
    let older = |style: &str| format!("<w:p><w:r><w:pict><v:shape style=\"{style}\"><v:imagedata/></v:shape></w:pict></w:r></w:p>");
    let names = "xmlns:w=\"w\" xmlns:wp=\"wp\" xmlns:a=\"a\" xmlns:pic=\"pic\" xmlns:v=\"v\" xmlns:dgm=\"dgm\" xmlns:c=\"c\"";
    let document = |body: &str| {
        let words = "<w:p><w:r><w:t>Ward list</w:t></w:r></w:p>";
        zip(&[
            ("word/document.xml", format!("<w:document {names}><w:body>{words}{body}</w:body></w:document>").as_bytes()),
            (
                "word/diagrams/data1.xml",
                format!("<dgm:d {names}><dgm:t><a:p><a:r><a:t>Olga leads</a:t></a:r></a:p></dgm:t></dgm:d>").as_bytes(),
            ),
            ("word/charts/chart1.xml", format!("<c:c {names}><c:pt><c:v>Tom</c:v></c:pt><c:pt><c:v>Rosa</c:v></c:pt></c:c>").as_bytes()),
            ("docProps/core.xml", b"<x>Aaron Hale</x>"),
        ])
    };
    let small = record(document(&[picture(900_000, "Ines on the ward"), older("width:72pt;height:1in")].concat()), "a.docx");
    let text = small.text.expose();
    for part in ["Ward list\n", "Ines on the ward", "Olga leads\n", "Tom\nRosa\n"] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(!text.contains("Hale"));
    assert_eq!(small.notes, [Note::PropertiesLeftOut, Note::SmallImagesNotRead { count: 2 }]);
    let large = record(document(&[picture(7_000_000, ""), older("width:500pt;height:20cm"), older("width:50%")].concat()), "a.docx");
    assert_eq!(large.notes, [Note::PropertiesLeftOut, Note::ImagesNotRead { count: 3 }]);
}

#[test]
fn pdf_forms_in_xml_and_words_beside_the_page() {
    let xml = "<xdp:xdp xmlns:xdp=\"x\"><xfa:datasets xmlns:xfa=\"d\"><xfa:data><f><last>Garc&#237;a</last></f></xfa:data></xfa:datasets></xdp:xdp>";
    let read = |xml: &str| {
        let form = format!("<< /Length {} >>\nstream\n{xml}\nendstream", xml.len());
        record(pdf(&[&line(72, 700, "Please wait")], "", "/AcroForm << /Fields [] /XFA 6 0 R >> /OpenAction 6 0 R", &[&form]), "a.pdf")
    };
    let form = read(xml);
    assert_eq!((form.text.expose().as_str(), &form.notes[..]), ("Please wait\nlast: García\n", &[Note::PropertiesLeftOut][..]));
    assert_eq!(read("<xdp:xdp>").notes, [Note::PropertiesLeftOut, Note::PartsNotRead { count: 1 }], "what is damaged is said");
    let beside = record(pdf(&[&[line(72, 700, "seen"), line(5000, 700, "unseen")].concat()], "", "", &[]), "a.pdf");
    assert!(beside.text.expose().contains("unseen"));
    assert_eq!(beside.notes, [Note::HiddenText]);
}

#[test]
fn pdf_letters_are_dropped_only_where_they_are_drawn_twice() {
    // In both sizes the letters stand at the same multiple of the size.
    let sizes = "BT /F1 8 Tf 160 400 Td (recouvrement) Tj ET BT /F1 10 Tf 200 500 Td (recouvrement) Tj ET\n";
    let narrow = "BT /F1 12 Tf 30 Tz 72 300 Td (Hill) Tj ET\n";
    let bold = "BT /F1 12 Tf 72 200 Td (Lopez) Tj ET BT /F1 12 Tf 72.3 200 Td (Lopez) Tj ET\n";
    let record = record(pdf(&[&[sizes, narrow, bold].concat()], "", "", &[]), "a.pdf");
    let words: Vec<&str> = record.text.expose().split_whitespace().collect();
    assert_eq!(words, ["recouvrement", "recouvrement", "Hill", "Lopez"]);
}

#[test]
fn limits_are_kept() {
    let small = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits
    };
    let error = |bytes: &[u8], limits| read(bytes, "", &limits).unwrap_err();
    assert_eq!(error(b"Maria", small(|l| l.max_input = 4)), ReadError::TooLarge { limit: 4 });
    assert_eq!(error(b"Maria", small(|l| l.max_text = 4)), ReadError::TooLarge { limit: 4 });
    assert_eq!(error(b"Ma\r\nria", small(|l| l.max_text = 4)), ReadError::TooLarge { limit: 4 });
    assert_eq!(error(&docx(BODY), small(|l| l.max_entries = 3)), ReadError::Bomb);
    assert_eq!(error(&docx(BODY), small(|l| l.max_unpacked = 300)), ReadError::Bomb);
    assert_eq!(error(&pdf(&["", ""], "", "", &[]), small(|l| l.max_pages = 1)), ReadError::TooManyPages { limit: 1 });
    assert_eq!(error(FHIR.as_bytes(), small(|l| l.max_depth = 3)), ReadError::Bomb);
    assert_eq!(error(CCDA.as_bytes(), small(|l| l.max_depth = 3)), ReadError::Bomb);
}

/// The source of a stretch as its reader wrote it into the text: entities resolved, white space folded.
fn folded(source: &str) -> String {
    let resolved = source.replace("&amp;", "&").replace("&#237;", "í").replace("&quot;", "\"");
    resolved.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_stretch_leads_back_to_its_source() {
    let part = |name: &str| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(docx(BODY))).unwrap();
        std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
    };
    let (mut bytes, mut parts) = (0, 0);
    for (file, name) in [
        ("name,dob\r\n\"Lopez, Ana\",1961-01-03\r\n".as_bytes().to_vec(), "a.csv"),
        (HL7.into(), "a.hl7"),
        (CCDA.into(), "a.xml"),
        (FHIR.into(), "a.json"),
        (docx(BODY), "a.docx"),
    ] {
        let record = record(&file, name);
        for stretch in record.source_map.stretches() {
            let text = stretch.span.of(record.text.expose());
            match &stretch.origin {
                Origin::Bytes { start, end } => {
                    bytes += 1;
                    let source = str::from_utf8(&file[*start..*end]).unwrap();
                    let coded = record.format == Format::Fhir && (source.starts_with("<div") || source == "U2VlbiB3aXRoIEluZXMu");
                    assert!(coded || text == source.replace("\r\n", "\n").replace('\r', "\n"), "{text:?} is not {source:?}");
                }
                Origin::Part { name, start, end } => {
                    parts += 1;
                    let source = if name.is_empty() { CCDA.to_owned() } else { part(name) };
                    let source = folded(source.get(*start..*end).unwrap());
                    assert!(source.contains(folded(text).as_str()), "{text:?} is not in {source:?}");
                }
                Origin::Box { .. } | Origin::Path { .. } | Origin::Page { .. } | Origin::Made => {}
            }
        }
    }
    assert!(bytes > 25 && parts > 20, "{bytes} {parts}");
}

/// A file of each parser, whole.
fn seeds() -> Vec<Vec<u8>> {
    let form = "/AcroForm << /Fields [8 0 R] /XFA 9 0 R >>";
    let objects = ["<< /T (name) /V (Ana) /Kids [8 0 R] >>", "<< /Length 9 >>\nstream\n<a>b</a>\nendstream"];
    vec![
        "Maria Garc\u{ed}a\r\nborn 1961\r\n".into(),
        "last name,dob,note\r\n\"Lopez, \"\"Ana\"\"\",1961-01-03,x\r\n".into(),
        HL7.into(),
        FHIR.into(),
        CCDA.into(),
        docx(BODY),
        // Not packed, so that a changed byte changes the XML and not the packing.
        pdf(&[&line(72, 700, "Maria Garcia"), &line(72, 80, "page 2")], "/Annots [8 0 R]", form, &objects),
    ]
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

fn edits() -> impl Strategy<Value = Vec<(usize, usize, Vec<u8>)>> {
    let marks: Vec<&[u8]> = vec![
        b"<",
        b"</",
        b"\"",
        b"|",
        b"^",
        b"\r",
        b"\n",
        b",",
        b"[",
        b"{",
        b"\0",
        b"\xff",
        "\u{e9}".as_bytes(),
        b"<!--",
        b"&#1;",
        b"99999999",
    ];
    let new = prop_oneof![prop::collection::vec(any::<u8>(), 0..6), prop::sample::select(marks).prop_map(<[u8]>::to_vec)];
    prop::collection::vec((any::<usize>(), 0usize..40, new), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_a_parser_panic(start in 0usize..9, tail in prop::collection::vec(any::<u8>(), 0..600)) {
        let start: &[u8] = [b"".as_slice(), b"%PDF-1.7\n", b"PK\x03\x04", b"MSH|^~\\&|", b"{\"resourceType\":\"Patient\",", b"<ClinicalDocument ", b"a,b\n", b"\xff\xfe", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"][start];
        if let Ok(record) = read(&[start, &tail].concat(), "x", &Limits::default()) {
            covered(&record);
        }
    }

    #[test]
    fn damaged_files_neither_panic_nor_lose_the_map(which in 0usize..7, edits in edits()) {
        let bytes = splice(seeds().swap_remove(which), &edits);
        if let Ok(record) = read(&bytes, "x", &Limits::default()) {
            covered(&record);
        }
    }

    #[test]
    fn any_xml_and_json_inside_a_file_of_that_kind(xml in "(<[abp/]{1,3}>|<w:(t|p|r|tbl|tc)>|</w:(t|p|r|tbl|tc)>|é|&amp;| ){0,40}", json in "[\\[\\]{}\",:a0\\\\ \u{e9}]{0,60}") {
        let document = zip(&[("word/document.xml", format!("<w:body xmlns:w='w'>{xml}</w:body>").as_bytes())]);
        let cda = format!("<ClinicalDocument><component><structuredBody><component><section><text>{xml}</text></section></component></structuredBody></component></ClinicalDocument>");
        let fhir = format!("{{\"resourceType\":\"Patient\",\"name\":{json}}}");
        for bytes in [document, cda.into_bytes(), fhir.into_bytes()] {
            if let Ok(record) = read(&bytes, "x", &Limits::default()) {
                covered(&record);
            }
        }
    }

    #[test]
    fn any_text_survives_and_its_offsets_lead_back(start in prop::sample::select(vec!["", "MSH|^~\\&|", "dob,name\n"]), text in "[a-z éü😀,|^\"\\r\\n]{1,200}") {
        let text = format!("{start}{text}");
        if let Ok(record) = read(text.as_bytes(), "x.txt", &Limits::default()) {
            covered(&record);
            for stretch in record.source_map.stretches() {
                let Origin::Bytes { start, end } = stretch.origin else { continue };
                let source = text.get(start..end).unwrap().replace("\r\n", "\n").replace('\r', "\n");
                prop_assert_eq!(stretch.span.of(record.text.expose()), source);
            }
        }
    }
}

/// HL7 v2.5.1: what the standard defines to be a code is named as one, if it looks like one.
#[test]
fn hl7_codes_are_told_from_words() {
    let message = "MSH|^~\\&|LAB|HOSP|||20240304||ORU^R01|M1|P|2.5.1\rPID|1||88^^^NG^MR||ABERNATHY^QUENTIN||19610217|M|||||^PRN^PH^^1^415^5550198\r\
OBX|1|NM|718-7^Hemoglobin^LN||13.2|g/dL|12.0-16.0|N|||F\rOBX|2|ABERNATHY|X\r";
    let record = formats::read(message.as_bytes(), "a.hl7", &formats::Limits::default()).unwrap();
    let text = record.text.expose();
    let codes: Vec<&str> = record.codes.iter().map(|code| code.of(text)).collect();
    for code in ["MSH", "ORU", "R01", "MR", "PRN", "PH", "718-7", "LN", "g/dL", "12.0-16.0", "N", "F"] {
        assert!(codes.contains(&code), "{code} of {codes:?}");
    }
    assert!(codes.iter().all(|code| !["ABERNATHY", "QUENTIN", "Hemoglobin", "HOSP", "5550198", "88"].contains(code)), "{codes:?}");
    assert!(record.codes.is_sorted_by(|a, b| a.end <= b.start));
}
