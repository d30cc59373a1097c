//! Any edit of any file.

use deid::Span;
use formats::write::{Edit, WriteError, write};
use formats::{Format, Limits, Origin};
use proptest::prelude::*;

use super::made::{BODY, CCDA, FHIR, HL7, docx, office};
use super::texts::PAGE;
use super::{done, edit, edited, record};

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
    fn no_edit_of_any_file_panics(which in 0usize..13, (at, with) in edits()) {
        let files: [(&str, Vec<u8>); 13] = [("a.xlsx", office::xlsx()), ("a.odt", office::odf(office::ODT_BODY)), ("a.ods", office::odf(office::ODS_BODY)), ("a.pptx", office::pptx()), ("a.eml", office::MAIL.into()), ("c.xml", "<a b=\"x\">y<!-- z --><c>Ana &amp; Bo</c></a>".into()), ("a.html", PAGE.into()), ("a.hl7", HL7.into()), ("a.json", FHIR.into()), ("a.xml", CCDA.into()), ("a.docx", docx(BODY)), ("a.csv", "a,b\n\"x\"\"\",\"y\n".into()), ("b.json", "{\"a\":{\"b\":[1,\"x\"]}}".into())];
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
