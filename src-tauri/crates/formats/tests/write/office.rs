//! Office and OpenDocument files.

use std::io::Read;

use formats::write::{WriteNote, write};
use formats::{Limits, Origin};

use super::made::{BODY, docx, office, zip};
use super::{all, done, edit, everywhere, part, record};

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

/// Every part of an archive, unpacked.
fn parts(bytes: &[u8]) -> String {
    let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut all = String::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        all += &format!("\n== {}\n", entry.name().unwrap());
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        all += &String::from_utf8_lossy(&bytes);
    }
    all
}

#[test]
fn every_corner_of_office_files_loses_what_was_found() {
    let hard = "<\"P&'|>";
    let files: [(&str, Vec<u8>, &[&str]); 4] = [
        ("a.xlsx", office::xlsx(), &["María Garcia Marija", "Rosa Lopez", "Aaron Hale", "sister Rosa", "413-555-0142", "Rosa "]),
        ("a.odt", office::odf(office::ODT_BODY), &["María", "Garcia", "Petrov", "Olga", "Ines", "Call Rosa"]),
        ("a.ods", office::odf(office::ODS_BODY), &["Dr. Hale"]),
        ("a.pptx", office::pptx(), &["María Garcia", "Olga", "Tom", "Rosa", "3 Jan"]),
    ];
    for (name, file, words) in files {
        let before = record(&file, name);
        assert_eq!(record(done(&file, name, &[]).bytes, name).text.expose(), before.text.expose(), "{name}");
        let mut edits = all(&before, words);
        edits.iter_mut().for_each(|e| e.replacement = format!("{hard}{}", e.replacement));
        let written = done(&file, name, &edits);
        let after = record(&written.bytes, name);
        assert_eq!(after.format, before.format);
        let raw = parts(&written.bytes);
        for e in &edits {
            let original = e.span.of(before.text.expose());
            let computed = before
                .source_map
                .lookup(e.span)
                .iter()
                .any(|s| matches!(&s.origin, Origin::Part { name, .. } if name.contains("workbook")));
            let formula = before.text.expose()[..e.span.start].contains("Formulas:");
            assert!(computed || formula || after.text.expose().contains(&e.replacement), "{name}: {e:?} in {}", after.text.expose());
            assert!(!raw.contains(original), "{name}: {original} in {raw}");
        }
        for xml in raw.split("\n== ").filter(|p| p.split('\n').next().is_some_and(|n| n.ends_with(".xml"))) {
            let text = xml.split_once('\n').unwrap().1;
            assert!(roxmltree::Document::parse(text).is_ok(), "{name}: {xml}");
        }
    }
}

#[test]
fn cells_that_share_a_string_may_part() {
    let cells = "<row><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"3\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c><c r=\"D1\"><v>7.25</v></c>\
        <c r=\"E1\" s=\"1\"><f>TODAY()</f><v>22284</v></c><c r=\"F1\"><f t=\"shared\" ref=\"F1:G1\" si=\"0\">LEN(\"Hale\")</f><v>4</v></c><c r=\"G1\"><f t=\"shared\" si=\"0\"/><v>5</v></c></row>";
    let sheet = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
    let strings = "<sst><si><t>Maria</t></si><si><t>Hale</t></si><si><t>nobody shows Ines</t></si></sst>";
    let styles = "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";
    let file = zip(&[
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
    ]);
    let before = record(&file, "a.xlsx");
    let text = before.text.expose();
    assert!(text.contains("Maria | Maria | Hale | 7.25 | 1/3/1961 | 4 | 5\n"), "{text}");
    let at = |word: &str| text.find(word).unwrap();
    // The two of one string get different texts, a number a number, a day words; over two cells the first takes the text.
    let edits = [
        edit(at("Maria"), at("Maria") + 5, "[A]"),
        edit(at("Maria") + 8, at("Hale") + 4, "[B<]"),
        edit(at("7.25"), at("7.25") + 4, "8.5"),
        edit(at("1/3/1961"), at("1/3/1961") + 4, "[D] "),
        edit(at("\"Hale") + 1, at("\"Hale") + 5, "a\"b"),
    ];
    let written = done(&file, "a.xlsx", &edits).bytes;
    let expected = "<row><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"3\" t=\"inlineStr\"><is><t xml:space=\"preserve\">[B&lt;]</t></is></c><c r=\"C1\" t=\"s\"><v>1</v></c><c r=\"D1\"><v>8.5</v></c>\
        <c r=\"E1\" s=\"1\" t=\"inlineStr\"><is><t xml:space=\"preserve\">[D] 1961</t></is></c><c r=\"F1\"><f t=\"shared\" ref=\"F1:G1\" si=\"0\">LEN(\"a\"\"b\")</f><v>4</v></c><c r=\"G1\"><f t=\"shared\" si=\"0\"/><v>5</v></c></row>";
    assert_eq!(part(&written, "xl/worksheets/sheet1.xml").unwrap(), format!("<worksheet><sheetData>{expected}</sheetData></worksheet>"));
    assert_eq!(part(&written, "xl/sharedStrings.xml").unwrap(), "<sst><si><t>[A]</t></si><si><t></t></si><si><t></t></si></sst>");
    // A formula that names what went, outside of its quoted texts, goes, and those that share it.
    let over = edit(at("LEN(\"Hale"), at("LEN(\"Hale") + 9, "x");
    let written = done(&file, "a.xlsx", &[over]).bytes;
    assert!(
        part(&written, "xl/worksheets/sheet1.xml")
            .unwrap()
            .ends_with("<c r=\"F1\"><v>4</v></c><c r=\"G1\"><v>5</v></c></row></sheetData></worksheet>")
    );
}

#[test]
fn names_of_sheets_stay_ones_that_are_allowed() {
    let file = office::xlsx();
    let written = done(
        &file,
        "a.xlsx",
        &everywhere(
            &record(&file, "a.xlsx"),
            &[("Visits & notes", "[OLD]: a very long name that goes on"), ("Old", "(OLD)_ a very long name that go")],
        ),
    )
    .bytes;
    let book = part(&written, "xl/workbook.xml").unwrap();
    for name in ["(OLD)_ a very long name that go", "(OLD)_ a very long name that  2"] {
        assert!(book.contains(&format!("<sheet name=\"{name}\"")), "{book}");
    }
    let written = done(&file, "a.xlsx", &everywhere(&record(&file, "a.xlsx"), &[("Garcia", "[G]")])).bytes;
    assert!(part(&written, "xl/workbook.xml").unwrap().contains("<definedNames></definedNames>"));
    let page = "Dr. Aaron Hale";
    let written = done(&file, "a.xlsx", &everywhere(&record(&file, "a.xlsx"), &[(page, "7 & co")])).bytes;
    assert!(
        part(&written, "xl/worksheets/sheet2.xml").unwrap().contains("&amp;L&amp;\"Arial,Bold\"&amp;12 7 &amp;&amp; co&amp;RPage &amp;P<")
    );
}

#[test]
fn a_cell_of_an_open_sheet_becomes_words() {
    let body = "<office:spreadsheet><table:table table:name=\"V\"><table:table-row><table:table-cell office:value-type=\"float\" office:value=\"123456789\" table:formula=\"of:=[.A1]\"><text:p>123-45-6789</text:p></table:table-cell>\
        <table:table-cell office:value-type=\"float\" office:value=\"7\"><text:p>7.0</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>";
    let file = office::odf(body);
    let written = done(&file, "a.ods", &everywhere(&record(&file, "a.ods"), &[("123-45-6789", "[S]")])).bytes;
    let content = part(&written, "content.xml").unwrap();
    assert!(content.contains("<table:table-cell office:value-type=\"string\"><text:p>[S]</text:p></table:table-cell>"), "{content}");
    assert!(content.contains("<table:table-cell office:value-type=\"float\" office:value=\"7\"><text:p>7.0</text:p>"));
    assert_eq!(part(&written, "meta.xml").unwrap(), "<m/>");
    assert_eq!(part(&written, "mimetype"), part(&file, "mimetype"));
}
