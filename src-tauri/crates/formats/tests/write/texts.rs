//! Texts, tables, messages, JSON and C-CDA.

use formats::write::{Edit, WriteNote, write};
use formats::{Format, Limits, Origin};

use super::made::{BODY, CCDA, FHIR, HL7, docx};
use super::{all, done, edit, everywhere, part, record, replaced};

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

pub const PAGE: &str = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Visit of Maria</title><style>p {color: red}</style><script>var who = 'Ines';</script></head>\r\n\
<body id=\"maria\" onload='x(1)'><!-- Ines --><p class=\"a\">Mar&iacute;a  Garc&#237;a &amp; <b>Co</b></p><a href=\"mailto:maria@example.com\">mail</a>\
<img alt=Rosa src=\"maria.png\"><input type=\"hidden\" value=\"884421\"><textarea>Tom</textarea></body></html>\r\n";

#[test]
fn pages_keep_how_they_look() {
    let written = replaced(
        PAGE.as_bytes(),
        "a.html",
        &[
            ("María Garcia", "x"),
            ("María García", "<P&\">"),
            ("maria@example.com", "\"E\"@x"),
            ("Rosa", "R o>"),
            ("Tom", "</textarea>"),
            ("Co", ""),
        ],
    );
    let expected = PAGE
        .replace("var who = 'Ines';", "")
        .replace("id=\"maria\" onload='x(1)'", "id=\"\" onload=''")
        .replace("<!-- Ines -->", "")
        .replace("Mar&iacute;a  Garc&#237;a", "&lt;P&amp;\"&gt;")
        .replace("maria@example.com", "&quot;E&quot;@x")
        .replace("alt=Rosa src=\"maria.png\"", "alt=R&#32;o&#62; src=\"\"")
        .replace("value=\"884421\"", "value=\"\"")
        .replace("Tom", "&lt;/textarea&gt;")
        .replace("<b>Co</b>", "<b></b>");
    assert_eq!(written, expected);
}

#[test]
fn rtf_keeps_its_words() {
    let file = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}{\\stylesheet{\\s0 Normal;}}{\\info{\\author Vera Quill}{\\creatim\\yr2024}}{\\*\\datastore 4f6c6761}\r\n\
\\b0Mar\\'eda {\\b Garc\\u237?a} seen\\par by \\u8220\\'93Ines\\u8221\\'94\\par{\\pict\\pngblip 89504e47}Tom\\tab x\\par}\r\n";
    let written = replaced(
        file.as_bytes(),
        "a.rtf",
        &[("María García", "5{\\}\u{2603}"), ("\u{201c}Ines", "\u{201c}[I]"), ("Tom\tx", "T\nU"), ("Vera Quill", "")],
    );
    let expected = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}{\\stylesheet{\\s0 Normal;}}{}{}\r\n\
\\b0{}5\\{\\\\\\}{\\uc0\\u9731}{\\b } seen\\par by {\\uc0\\u8220}[I]\\u8221\\'94\\par{}T\\line U\\par}\r\n";
    let after = record(&written, "a.rtf");
    assert!(after.text.expose().starts_with("5{\\}\u{2603} seen\nby \u{201c}[I]\u{201d}\nT\nU\n"), "{} {written}", after.text.expose());
    assert_eq!(written, expected);
}
