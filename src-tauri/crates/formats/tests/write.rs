//! Files written back: what was found goes, everything else stays byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice, clippy::panic, reason = "tests")]

mod made;

use std::io::Read;

use deid::Span;
use formats::write::{Edit, WriteError, WriteNote, Written, write};
use formats::{Format, Limits, Origin, Record, read};
use made::{BODY, CCDA, FHIR, HL7, docx, zip};
use proptest::prelude::*;

fn record(bytes: impl AsRef<[u8]>, name: &str) -> Record {
    read(bytes.as_ref(), name, &Limits::default()).unwrap()
}

fn edit(start: usize, end: usize, replacement: &str) -> Edit {
    Edit { span: Span::new(start, end), replacement: replacement.into() }
}

fn done(bytes: impl AsRef<[u8]>, name: &str, edits: &[Edit]) -> Written {
    write(bytes.as_ref(), name, &Limits::default(), edits, false).unwrap()
}

/// Every place of these words in the record's text, each with its replacement.
fn everywhere(record: &Record, words: &[(&str, &str)]) -> Vec<Edit> {
    let text = record.text.expose();
    words.iter().flat_map(|(find, with)| text.match_indices(find).map(|(at, _)| edit(at, at + find.len(), with))).collect()
}

/// The file with these words replaced everywhere.
fn replaced(file: &[u8], name: &str, words: &[(&str, &str)]) -> String {
    String::from_utf8(done(file, name, &everywhere(&record(file, name), words)).bytes).unwrap()
}

/// The text with the edits made, the sorted edits being apart.
fn edited(text: &str, edits: &[Edit]) -> String {
    let mut out = text.to_owned();
    edits.iter().rev().for_each(|e| out.replace_range(e.span.start..e.span.end, &e.replacement));
    out
}

/// A placeholder for each field of the record, and for further words; none overlaps another.
fn all(record: &Record, words: &[&str]) -> Vec<Edit> {
    let text = record.text.expose();
    let mut edits: Vec<Edit> = Vec::new();
    let fields = record.fields.iter().map(|f| f.span);
    // What the format names is found everywhere.
    let named: Vec<&str> = record.fields.iter().map(|f| f.span.of(text)).filter(|w| w.len() > 2).collect();
    let found = named.iter().chain(words).flat_map(|w| text.match_indices(*w).map(|(at, _)| Span::new(at, at + w.len())));
    let made = |span: &Span| record.source_map.lookup(*span).iter().all(|s| s.origin == Origin::Made);
    for span in fields.chain(found).collect::<Vec<_>>() {
        if !edits.iter().any(|e| e.span.overlaps(&span)) && !made(&span) {
            edits.push(Edit { span, replacement: format!("[P{}]", edits.len() + 1) });
        }
    }
    edits.sort_by_key(|e| e.span.start);
    edits
}

fn part(bytes: &[u8], name: &str) -> Option<String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).ok()?.read_to_string(&mut text).unwrap();
    Some(text)
}

#[test]
fn every_format_loses_its_fields_and_keeps_the_rest() {
    let text = "Maria Garcia\r\nborn 3 Jan 1961\r\nseen by Dr Hale\r\n";
    let csv = "Last Name,first_name,SSN,Note\r\n\"Garcia, Jr.\",Maria,123-45-6789,\"likes, \"\"commas\"\"\"\r\nDoe,unknown,,x\r\n";
    let json = "{\"name\": \"Mar\\u00eda Lopez\", \"n\": [1, 7.90, true], \"Rosa Diaz\": {\"seen\": null}}";
    let files: [(&str, Vec<u8>, &[&str]); 8] = [
        ("a.txt", text.into(), &["Maria Garcia", "3 Jan 1961", "Hale"]),
        ("a.csv", csv.into(), &[]),
        ("a.tsv", csv.replace(',', "\t").into(), &[]),
        ("a.hl7", HL7.into(), &["Ines"]),
        ("a.json", json.into(), &["María Lopez", "Rosa Diaz"]),
        ("b.json", FHIR.into(), &["Ines", "3 Jan 1961", "Maria"]),
        ("a.xml", CCDA.into(), &["Ines"]),
        (
            "a.docx",
            docx(BODY),
            &["Maria", "García", "Ines", "Petrov", "3 Jan", "1961", "Olga", "Tom", "maria@example.com", "Rosa", "884421", "Hillside"],
        ),
    ];
    for (name, file, words) in files {
        let before = record(&file, name);
        let edits = all(&before, words);
        assert!(edits.len() >= words.len().max(1), "{name}");
        let written = done(&file, name, &edits);
        let after = record(&written.bytes, name);
        assert_eq!((written.format, after.format), (before.format, before.format), "{name}");
        let kept = |edit: &Edit| before.source_map.lookup(edit.span).iter().any(|s| s.origin != Origin::Made);
        for edit in &edits {
            assert!(!kept(edit) || after.text.expose().contains(&edit.replacement), "{name}: {edit:?} in {}", after.text.expose());
            let original = edit.span.of(before.text.expose());
            let survives =
                after.text.expose().contains(original) || written.bytes.windows(original.len()).any(|w| w == original.as_bytes());
            assert!(original.len() < 3 || !survives, "{name}: {original}");
        }
        // Without edits nothing changes but what no text shows.
        if !matches!(before.format, Format::Fhir | Format::Ccda | Format::Docx) {
            assert_eq!(done(&file, name, &[]).bytes, file, "{name}");
        }
        assert_eq!(record(done(&file, name, &[]).bytes, name).text.expose(), before.text.expose(), "{name}");
    }
}

#[test]
fn text_stays_in_its_own_character_set() {
    let words = "Die Patientin Müller wurde am Montag nach Köln entlassen.\r\nDie Eltern kommen später.\r\n";
    let latin = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    let file = latin(words);
    let edits = |with: &str| everywhere(&record(&file, "a.txt"), &[("Müller", with)]);
    assert_eq!(done(&file, "a.txt", &edits("Ärztin")).bytes, latin(&words.replace("Müller", "Ärztin")));
    let snow = done(&file, "a.txt", &edits("☃"));
    assert_eq!((snow.bytes, snow.notes), (words.replace("Müller", "☃").into_bytes(), vec![WriteNote::Utf8]));
    for big in [false, true] {
        let utf16 = |text: &str| {
            format!("\u{feff}{text}").encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect::<Vec<_>>()
        };
        let file = utf16(words);
        assert_eq!(
            done(&file, "a.txt", &everywhere(&record(&file, "a.txt"), &[("Müller", "☃")])).bytes,
            utf16(&words.replace("Müller", "☃"))
        );
    }
    assert_eq!(replaced("\u{feff}Ana saw\r\nAna Bo\r".as_bytes(), "a.txt", &[("Ana", "X")]), "\u{feff}X saw\r\nX Bo\r");
    // Over the end of a line.
    assert_eq!(replaced(b"Maria\r\nGarcia\r\nend\r\n", "a.txt", &[("Maria\nGarcia", "X")]), "X\r\nend\r\n");
}

#[test]
fn cells_are_quoted_where_they_have_to_be() {
    let csv = "name,note,born\r\nMaria Garcia,\"says \"\"hi\"\", Ana\",1961\r\nBo,a \"b\" c,2\r\n";
    let hard = "a,\"b\"\nc";
    assert_eq!(
        replaced(csv.as_bytes(), "a.csv", &[("Maria", hard), ("hi\"\", Ana", hard), ("Bo", "\"x")]),
        "name,note,born\r\n\"a,\"\"b\"\"\nc Garcia\",\"says \"\"a,\"\"b\"\"\nc\",1961\r\n\"\"\"x\",a \"b\" c,2\r\n"
    );
    // Over the end of cells and of a row: the separators stay.
    let record = record(csv, "a.csv");
    let at = record.text.expose().find("Ana").unwrap();
    let across = edit(at, at + "Ana\",1961\nBo,a".len(), "[X]");
    let written = String::from_utf8(done(csv, "a.csv", &[across]).bytes).unwrap();
    assert_eq!(written, "name,note,born\r\nMaria Garcia,\"says \"\"hi\"\", [X]\",\r\n, \"b\" c,2\r\n");
    // Half of a pair of quotes is both of them.
    let at = record.text.expose().find("\"\"hi").unwrap();
    let half = done(csv, "a.csv", &[edit(at + 1, at + 4, "x")]);
    assert!(String::from_utf8(half.bytes).unwrap().contains("\"says x\"\", Ana\""));
    // A cell that closes its quotes too early is written anew.
    assert_eq!(replaced(b"a,b\n\"Ana\" Lopez,1\n2,3\n", "a.csv", &[("Ana\"", "[X]")]), "a,b\n\"[X] Lopez\",1\n2,3\n");
}

#[test]
fn messages_keep_their_separators() {
    let hl7 = replaced(HL7.as_bytes(), "a.hl7", &[("GARCIA^MARIA^LUISA", "|^~\\&\n"), ("004777^HALE^AARON^A", "[D]"), ("Ines", "R&D")]);
    let expected = HL7
        .replace("GARCIA^MARIA^LUISA", "\\F\\\\S\\\\R\\\\E\\\\T\\\\.br\\^^")
        .replace("004777^HALE^AARON^A", "[D]^^^")
        .replace("Ines", "R\\T\\D");
    assert_eq!(hl7, expected);
    // Over the whole of it: names of segments and the declaration stay.
    let short = "MSH|^~\\&|LAB|GH\rPID|1||77^^^A\r";
    let text = record(short, "a.hl7").text.expose().clone();
    assert_eq!(String::from_utf8(done(short, "a.hl7", &[edit(0, text.len(), "X")]).bytes).unwrap(), "MSH|^~\\&|X|\rPID|||^^^\r");
    // Escapes are one.
    assert_eq!(replaced(b"MSH|^~\\&|A\rNTE|1||O\\T\\Brien here\r", "a.hl7", &[("T\\Brien", "X")]), "MSH|^~\\&|A\rNTE|1||OX here\r");
    // Other separators.
    assert_eq!(replaced(b"MSH$%~!*$LAB\rPID$1$$$$ANA%BO\r", "a.hl7", &[("ANA%BO", "$%!|")]), "MSH$%~!*$LAB\rPID$1$$$$!F!!S!!E!|%\r");
    let scan = "MSH|^~\\&|A\rOBX|1|ED|PDF||^application^pdf^Base64^JVBERi0xLjQK||||||F\r";
    let written = done(scan, "a.hl7", &[]);
    assert_eq!(String::from_utf8(written.bytes).unwrap(), scan.replace("JVBERi0xLjQK", ""));
    assert_eq!(written.notes, [WriteNote::UnreadRemoved { count: 1 }]);
    let kept = write(scan.as_bytes(), "a.hl7", &Limits::default(), &[], true).unwrap();
    assert_eq!(kept.bytes, scan.as_bytes());
}

#[test]
fn json_keeps_its_notation() {
    let json = "{ \"a\" : \"x\\ud83d\\ude00 Ana\\tLopez \\/ \\u00e9\",\r\n\t\"n\":[1.50,true ,-7e1],\"Ana Lopez\":{\"b\":\" \"} }\r\n";
    let text = record(json, "a.json").text.expose().clone();
    assert_eq!(text, "a: x😀 Ana\tLopez / é\nn[0]: 1.50\nn[1]: true\nn[2]: -7e1\nAna Lopez.b:\n");
    let hard = "\"\\|^&<>,\n\u{1}";
    assert_eq!(
        replaced(json.as_bytes(), "a.json", &[("Ana\tLopez", hard), ("1.50", "2.5"), ("true", "[X]"), ("Ana Lopez", "[K]")]),
        json.replace("Ana\\tLopez", "\\\"\\\\|^&<>,\\n\\u0001")
            .replace("1.50", "2.5")
            .replace("true", "\"[X]\"")
            .replace("Ana Lopez", "[K]")
    );
    assert_eq!(replaced(json.as_bytes(), "a.json", &[("😀", "")]), json.replace("\\ud83d\\ude00", ""));
    assert_eq!(replaced(json.as_bytes(), "a.json", &[("7e1", "date")]), json.replace("-7e1", "\"-date\""), "part of a number is all of it");
    // One name stands before many leaves.
    assert_eq!(replaced(b"{\"Ana\":{\"x\":1,\"y\":2}}", "a.json", &[("Ana", "[K]")]), "{\"[K]\":{\"x\":1,\"y\":2}}");
    // Over a label, which stays.
    let record = record(FHIR, "a.json");
    let at = record.text.expose().find("given[0]: Maria").unwrap();
    let over = edit(at, at + "given[0]: Maria".len(), "[P]");
    let written = String::from_utf8(done(FHIR, "a.json", &[over]).bytes).unwrap();
    assert!(written.contains("\"given\":[\"[P]\",\"Luisa\"]"), "{written}");
}

#[test]
fn narratives_and_attachments_are_written_in_their_own_notation() {
    let written = replaced(FHIR.as_bytes(), "a.json", &[("Maria García", "<P&\">"), ("born 3 Jan 1961", "born [D]"), ("Ines", "[R]")]);
    assert!(written.contains("<p>&lt;P&amp;\\\"&gt;<b></b></p><p>born [D]</p>"), "{written}");
    assert!(written.contains("\"data\":\"U2VlbiB3aXRoIFtSXS4=\""), "{written}");
    assert!(written.contains("\"application/pdf\",\"data\":\"\""), "what was not read goes");
    let kept = write(FHIR.as_bytes(), "a.json", &Limits::default(), &[], true).unwrap();
    assert_eq!(String::from_utf8(kept.bytes).unwrap(), FHIR);
    let hidden = FHIR
        .replace("<p>Maria", "<!-- Rosa --><a href=\\\"mailto:x@example.com\\\">link</a><img alt=\\\"Dr Hale\\\" src=\\\"y\\\"/><p>Maria")
        .replace("\"gender\"", "\"a b\"");
    let cleaned = replaced(hidden.as_bytes(), "a.json", &[("Dr Hale", "[D\"]")]);
    assert!(cleaned.contains("<a>link</a><img alt=\\\"[D&quot;]\\\"/><p>Maria"), "{cleaned}");
    assert!(cleaned.contains("\"removed1\":\"female\""));
}

#[test]
fn xml_is_changed_in_place() {
    let document = CCDA
        .replace("<title>Discharge", "<!-- Rosa --><?x Rosa?><title>Discharge")
        .replace("Springfield", "<![CDATA[Spring&field]]>")
        .replace('\n', "\r\n");
    let hard = "|^&<>\"',]]>\nx";
    let written = replaced(
        document.as_bytes(),
        "a.xml",
        &[("García", hard), ("maria@example.com", hard), ("Spring&field", hard), ("Ines", "[I]"), ("food", ""), ("+1-413-555-0142", "[T]")],
    );
    let expected = document
        .replace("<!-- Rosa --><?x Rosa?>", "")
        .replace("Garc&#237;a", "|^&amp;&lt;&gt;\"',]]&gt;\nx")
        .replace("maria@example.com", "|^&amp;&lt;&gt;&quot;&#39;,]]&gt;&#10;x")
        .replace("Spring&field", "|^&<>\"',]]]]><![CDATA[>\nx")
        .replace("Ines", "[I]")
        .replace("food", "")
        .replace("+1-413-555-0142", "[T]")
        .replace(" code=\"34133-9\" displayName=\"Summary of episode note\"", " displayName=\"Summary of episode note\"")
        .replace(" code=\"F\"", "");
    assert_eq!(written, expected);
}

#[test]
fn text_that_is_written_in_pieces_goes_from_all_of_them() {
    let document = CCDA.replace("Garc&#237;a", "Gar<![CDATA[c&a]]>&amp;x");
    let written = replaced(document.as_bytes(), "a.xml", &[("Luisa Garc&a&x", "[P]")]);
    assert!(written.contains("<given>[P]</given><family><![CDATA[]]></family>"), "{written}");
    let body = "<w:p><w:r w:rsidR=\"00AB\"><w:t>Ma</w:t></w:r><w:r><w:t xml:space=\"preserve\">ria Gar</w:t></w:r><w:r><w:t>c&#237;a seen</w:t></w:r></w:p>";
    let file = docx(body);
    let written = done(&file, "a.docx", &everywhere(&record(&file, "a.docx"), &[("Maria García", "[P]")])).bytes;
    let expected = "<w:p><w:r><w:t>[P]</w:t></w:r><w:r><w:t xml:space=\"preserve\"></w:t></w:r><w:r><w:t> seen</w:t></w:r></w:p>";
    assert!(part(&written, "word/document.xml").unwrap().contains(expected));
}

#[test]
fn documents_lose_what_no_page_shows() {
    let extra = r#"<w:p><w:ins w:author="Vera Quill" w:date="2024-03-05T10:00:00Z"><w:r><w:t>ok</w:t></w:r></w:ins><w:bookmarkStart w:id="1" w:name="Vera_Quill"/></w:p>"#;
    let file = docx(&format!("{BODY}{extra}"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&file)).unwrap();
    let mut entries: Vec<(String, Vec<u8>)> = (0..archive.len())
        .map(|i| {
            let mut entry = archive.by_index(i).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect();
    let quill = b"<cp:coreProperties xmlns:cp=\"urn:c\"><dc:creator>Vera Quill</dc:creator></cp:coreProperties>".to_vec();
    entries.push(("docProps/core.xml".into(), quill.clone()));
    entries.push(("docProps/thumbnail.jpeg".into(), b"Vera Quill".to_vec()));
    entries.push(("customXml/item1.xml".into(), quill.clone()));
    entries.push(("word/media/image1.png".into(), b"\x89PNG Vera Quill".to_vec()));
    entries.push(("word/embeddings/oleObject1.bin".into(), b"Vera Quill".to_vec()));
    entries.push(("word/people.xml".into(), quill));
    entries.push(("word/fonts/font1.odttf".into(), vec![7; 64]));
    entries.push((
        "word/_rels/document.xml.rels".into(),
        br#"<Relationships><Relationship Id="a" Target="people.xml"/><Relationship Id="b" Target="mailto:vera@example.com" TargetMode="External"/><Relationship Id="c" Target="media/image1.png"/></Relationships>"#.to_vec(),
    ));
    let file = zip(&entries.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect::<Vec<_>>());
    let before = record(&file, "a.docx");
    let written = done(
        &file,
        "a.docx",
        &everywhere(&before, &[("Aaron Hale", "[A]"), ("maria@example.com", "[E]"), ("Tom", "[T]"), ("by Dr Petrov", "[D]")]),
    );
    let mut after = zip::ZipArchive::new(std::io::Cursor::new(&written.bytes)).unwrap();
    for index in 0..after.len() {
        let mut bytes = Vec::new();
        after.by_index(index).unwrap().read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!["vera", "quill", "hale", "maria@", "petrov", "tom<"].iter().any(|word| text.contains(word)), "{text}");
    }
    let names: Vec<String> = after.file_names().map(|n| n.unwrap().into_owned()).collect();
    assert!(!names.iter().any(|n| n.contains("people") || n.contains("thumbnail") || n.contains("customXml")), "{names:?}");
    assert!(names.iter().any(|n| n.contains("font1")));
    assert!(part(&written.bytes, "word/document.xml").unwrap().contains("<mc:Fallback/>"));
    assert!(part(&written.bytes, "word/document.xml").unwrap().contains("HYPERLINK \"mailto:[E]\""));
    assert!(part(&written.bytes, "word/_rels/document.xml.rels").unwrap().contains("Id=\"c\""));
    assert!(
        written.notes.contains(&WriteNote::ImagesReplaced { count: 1 }) && written.notes.contains(&WriteNote::UnreadRemoved { count: 1 })
    );
    // Parts without an edit are the bytes that they were.
    assert_eq!(part(&written.bytes, "word/footnotes.xml"), part(&file, "word/footnotes.xml"));
    let kept = write(&file, "a.docx", &Limits::default(), &[], true).unwrap();
    let mut kept = zip::ZipArchive::new(std::io::Cursor::new(kept.bytes)).unwrap();
    let mut image = Vec::new();
    kept.by_name("word/media/image1.png").unwrap().read_to_end(&mut image).unwrap();
    assert_eq!(image, b"\x89PNG Vera Quill");
}

/// Spans cut from a text by numbers: on character boundaries, in order, apart, none empty.
fn cut(text: &str, at: &[(usize, usize)], with: &[String]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for ((start, length), with) in at.iter().zip(with) {
        let start = text.floor_char_boundary(start % (text.len() + 1));
        let end = text.floor_char_boundary((start + 1 + length % 12).min(text.len()));
        let span = Span::new(start, end);
        if !span.is_empty() && !edits.iter().any(|e| e.span.overlaps(&span)) {
            edits.push(Edit { span, replacement: with.clone() });
        }
    }
    edits.sort_by_key(|e| e.span.start);
    edits
}

/// What the file becomes; a word that survives elsewhere or a file that turns into another kind is rightly refused.
fn tried(file: &str, name: &str, edits: &[Edit]) -> Option<String> {
    match write(file.as_bytes(), name, &Limits::default(), edits, false) {
        Ok(written) => Some(String::from_utf8(written.bytes).unwrap()),
        Err(WriteError::Survived { .. } | WriteError::Changed { .. } | WriteError::Read { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

fn edits() -> impl Strategy<Value = (Vec<(usize, usize)>, Vec<String>)> {
    (prop::collection::vec((0usize..400, 0usize..40), 1..6), prop::collection::vec("[A-Z|^&<>\"'\\\\,;\\n é😀]{0,6}", 6))
}

proptest! {
    #[test]
    fn text_becomes_the_edited_text(text in "([a-z é😀.]|\\r\\n|\\n){1,80}", (at, with) in edits()) {
        let file = format!("Note: {text}.");
        let before = record(&file, "a.txt");
        prop_assume!(before.format == Format::Text);
        let edits = cut(before.text.expose(), &at, &with);
        if let Some(written) = tried(&file, "a.txt", &edits) {
            let after = record(&written, "a.txt");
            prop_assert_eq!(after.text.expose(), &edited(before.text.expose(), &edits));
            // Line ends outside of edits stay as they were.
            let outside = |text: &str| text.matches("\r\n").count();
            let inside: usize = edits.iter().map(|e| e.span.of(before.text.expose()).matches('\n').count()).sum();
            prop_assert!(outside(&written) + inside >= outside(&file) || edits.is_empty());
        }
    }

    #[test]
    fn cells_become_edited_cells(cells in prop::collection::vec("[a-z ,\"\\né]{0,8}", 6), (at, with) in edits()) {
        let quoted = |c: &str| if c.contains([',', '"', '\n']) { format!("\"{}\"", c.replace('"', "\"\"")) } else { c.to_owned() };
        let rows: Vec<String> = cells.chunks(2).map(|row| row.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(",")).collect();
        let file = format!("left,right\r\n{}\r\n", rows.join("\r\n"));
        let before = record(&file, "a.csv");
        let text = before.text.expose();
        prop_assume!(before.format == Format::Csv && *text == file.replace("\r\n", "\n"));
        let edits = cut(text, &at, &with);
        let Some(written) = tried(&file, "a.csv", &edits) else { return Ok(()) };
        let shape = |text: &str| parsed(text).iter().map(Vec::len).collect::<Vec<_>>();
        prop_assert_eq!(shape(&written), shape(&file), "{:?} {:?}", file, written);
        // Edits of letters, told cell by cell.
        let letters = |e: &Edit| e.span.of(text).chars().all(|c| c.is_alphabetic() || c == ' ');
        if edits.iter().all(letters) {
            let mut start = "left,right\n".len();
            for (cell, after) in cells.iter().zip(parsed(&written).concat().iter().skip(2)) {
                let raw = quoted(cell);
                let inside = start + usize::from(raw != *cell);
                let is_quoted = raw != *cell;
                let mut expected = if is_quoted { raw[1..raw.len() - 1].to_owned() } else { raw.clone() };
                let end = inside + expected.len();
                for e in edits.iter().rev().filter(|e| e.span.start >= inside && e.span.end <= end) {
                    let with = if is_quoted { e.replacement.replace('"', "\"\"") } else { e.replacement.clone() };
                    expected.replace_range(e.span.start - inside..e.span.end - inside, &with);
                }
                let expected = if is_quoted { expected.replace("\"\"", "\"") } else { expected };
                prop_assert_eq!(after, &expected, "{:?} {:?} {:?}", file, written, edits);
                start += raw.len() + 1;
            }
        }
    }

    #[test]
    fn messages_become_edited_messages(words in prop::collection::vec("[A-Z a-z]{0,8}", 8), (at, with) in edits()) {
        let file = format!("MSH|^~\\&|{}|{}\rPID|1||{}^{}^^{}|{}\rNTE|1||{} \\T\\ {}\r", words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7]);
        let before = record(&file, "a.hl7");
        let text = before.text.expose();
        let edits = cut(text, &at, &with);
        let Some(written) = tried(&file, "a.hl7", &edits) else { return Ok(()) };
        let shape = |text: &str| text.chars().filter(|c| "|^~&\r".contains(*c)).collect::<String>();
        prop_assert_eq!(shape(&written), shape(&file), "{:?} {:?}", written, edits);
        prop_assert!(written.starts_with("MSH|^~\\&|"));
        let name = |e: &Edit| text.match_indices('\n').map(|(at, _)| at + 1).chain([0]).any(|line| e.span.start < line + 3 && line < e.span.end);
        if edits.iter().all(|e| !name(e) && e.span.of(text).chars().all(|c| c.is_ascii_alphabetic() && c != 'T' || c == ' ')) {
            let escaped = |with: &str| {
                let sign = |c: char| match c {
                    '|' => "\\F\\".to_owned(),
                    '^' => "\\S\\".to_owned(),
                    '&' => "\\T\\".to_owned(),
                    '\\' => "\\E\\".to_owned(),
                    '\n' => "\\.br\\".to_owned(),
                    c => c.to_string(),
                };
                with.chars().map(sign).collect::<String>()
            };
            let edits: Vec<Edit> = edits.iter().map(|e| Edit { replacement: escaped(&e.replacement), ..e.clone() }).collect();
            prop_assert_eq!(written, edited(text, &edits).replace('\n', "\r"));
        }
    }

    #[test]
    fn json_becomes_the_edited_values(texts in prop::collection::vec("[a-z é😀\"\\\\/\\n\\t]{0,12}", 3), (at, with) in edits()) {
        let escaped = |t: &str| serde_json::to_string(t).unwrap().replace('é', "\\u00e9").replace('😀', "\\ud83d\\ude00");
        let parts = [format!("{{ \"a\" :{}", escaped(&texts[0])), format!(",\n\"b\":[{}", escaped(&texts[1])), format!(" , 1.50],\"c\":{{\"d\":{}", escaped(&texts[2]))];
        let file = format!("{}}}}}\n", parts.concat());
        let before = record(&file, "a.json");
        let text = before.text.expose();
        // In one of the three texts each: what an edit of a label does is another test's.
        let mut end = 0;
        let starts: Vec<usize> = parts.iter().zip(&texts).map(|(part, t)| { end += part.len(); end - escaped(t).len() + 1 }).collect();
        let place = |span: &Span| {
            let stretch = before.source_map.stretches().iter().find(|s| s.span.start <= span.start && span.end <= s.span.end)?;
            let Origin::Bytes { start, .. } = stretch.origin else { return None };
            Some((starts.iter().position(|s| *s == start)?, stretch.span.start))
        };
        let edits: Vec<Edit> = cut(text, &at, &with).into_iter().filter(|e| place(&e.span).is_some()).collect();
        let Some(written) = tried(&file, "a.json", &edits) else { return Ok(()) };
        let mut expected: Vec<String> = texts.clone();
        for e in edits.iter().rev() {
            let (index, start) = place(&e.span).unwrap();
            let lead = texts[index].len() - texts[index].trim_start().len();
            expected[index].replace_range(e.span.start - start + lead..e.span.end - start + lead, &e.replacement);
        }
        let value: serde_json::Value = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(&value, &serde_json::json!({"a": expected[0], "b": [expected[1], 1.5], "c": {"d": expected[2]}}), "{:?} {:?}", written, edits);
        if edits.is_empty() {
            prop_assert_eq!(written, file);
        }
    }

    #[test]
    fn xml_becomes_the_edited_words(words in "[a-z &<>é\\n]{1,30}", entities in any::<bool>(), (at, with) in edits()) {
        let raw = if entities { words.chars().map(|c| format!("&#{};", u32::from(c))).collect() } else { words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&#62;") };
        let file = CCDA.replace("Taken with", &format!("Taken {raw} with"));
        let before = record(&file, "a.xml");
        let text = before.text.expose();
        let stretch = before.source_map.stretches().iter().find(|s| s.span.of(text).starts_with("Taken")).unwrap();
        let edits: Vec<Edit> = cut(stretch.span.of(text), &at, &with)
            .into_iter()
            .map(|e| edit(e.span.start + stretch.span.start, e.span.end + stretch.span.start, &e.replacement))
            .collect();
        let Some(written) = tried(&file, "a.xml", &edits) else { return Ok(()) };
        let clean = String::from_utf8(done(&file, "a.xml", &[]).bytes).unwrap();
        let (head, tail) = (clean.find("Taken").unwrap(), &clean[clean.find("<content").unwrap()..]);
        prop_assert!(written.starts_with(&clean[..head]) && written.ends_with(tail), "{}", written);
        let inside = format!("<p>{}</p>", &written[head..written.len() - tail.len()]);
        let found = roxmltree::Document::parse(&inside).unwrap().root_element().text().unwrap_or_default().to_owned();
        let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let inner: Vec<Edit> = edits.iter().map(|e| edit(e.span.start - stretch.span.start, e.span.end - stretch.span.start, &e.replacement)).collect();
        prop_assert_eq!(folded(&found), folded(&edited(stretch.span.of(text), &inner)));
    }

    #[test]
    fn no_edit_of_any_file_panics(which in 0usize..6, (at, with) in edits()) {
        let files: [(&str, Vec<u8>); 6] = [("a.hl7", HL7.into()), ("a.json", FHIR.into()), ("a.xml", CCDA.into()), ("a.docx", docx(BODY)), ("a.csv", "a,b\n\"x\"\"\",\"y\n".into()), ("b.json", "{\"a\":{\"b\":[1,\"x\"]}}".into())];
        let (name, file) = &files[which];
        let before = record(file, name);
        let edits = cut(before.text.expose(), &at, &with);
        let written = write(file, name, &Limits::default(), &edits, false);
        prop_assert!(matches!(written, Ok(_) | Err(WriteError::Survived { .. } | WriteError::Changed { .. } | WriteError::Read { .. })), "{:?}", written.err());
    }
}

/// A table, as any program reads it (RFC 4180).
fn parsed(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows
}
