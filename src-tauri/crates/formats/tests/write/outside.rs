//! What was written, read by programs that share no code with ours: Python's own readers, LibreOffice, poppler. A program that is not
//! installed is said to be skipped; what is looked for in the bytes needs none.

use std::io::{Cursor, Read};

use super::made::office::{MAIL, ODS_BODY, ODT_BODY, odf, pptx, xlsx};
use super::made::outside::{nowhere, office, poppler, python};
use super::made::{BODY, CCDA, FHIR, HL7, docx, line, pdf, zip};
use super::{done, everywhere, record};

const CSV: &str = "name,mrn,note\n\"Garcia, Maria\",884421,seen\n";
const HTML: &str =
    "<html><head><title>Garcia</title></head><body id=\"garcia\"><p>Maria <b>Garc&#105;a</b> 884421 seen</p><!-- Garcia --></body></html>";
const RTF: &str = "{\\rtf1\\ansi{\\info{\\author Garcia}}\\pard Maria {\\b Garc}ia 884421 seen\\par}";
const XML: &str = "<?xml version=\"1.0\"?><r a=\"Garcia\"><!-- Garcia --><n>Maria Gar&#99;ia</n><m>884421</m><s>seen</s></r>";
const JSON: &str = "{\"name\": \"Maria Garc\\u0069a\", \"mrn\": 884421, \"note\": \"seen\"}";
const OFX: &str =
    "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRN><FITID>884421<NAME>MARIA GARCIA<MEMO>seen</STMTTRN></BANKMSGSRSV1></OFX>";
const SWIFT: &str = "{1:F01BANKBEBBAXXX0000000000}{2:I103BANKDEFFXXXXN}{4:\n:20:884421\n:32A:240305EUR500,\n:50K:MARIA GARCIA\n12 ELM ST\n:59:AARON HALE\n:70:SEEN\n:71A:SHA\n-}";

/// What goes from each file, in whatever case and character set it stands there.
const GONE: [&str; 4] = ["garcia", "garc\u{ed}a", "884421", "maria"];

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let mbox = format!("From a@b Tue Mar  5 10:15:30 2024\n{}", MAIL.replace("\r\n", "\n"));
    vec![
        ("a.txt", b"Maria Garcia, 884421, was seen".to_vec()),
        ("a.md", b"# Maria Garcia\n\n*884421* seen".to_vec()),
        ("a.csv", CSV.into()),
        ("a.tsv", CSV.replace(',', "\t").into()),
        ("a.json", JSON.into()),
        ("fhir.json", FHIR.into()),
        ("a.xml", XML.into()),
        ("ccda.xml", CCDA.into()),
        ("a.html", HTML.into()),
        ("a.rtf", RTF.into()),
        ("a.hl7", HL7.into()),
        ("a.ofx", OFX.into()),
        ("a.sta", SWIFT.into()),
        ("a.eml", MAIL.into()),
        ("a.mbox", mbox.into()),
        ("a.docx", docx(BODY)),
        ("a.xlsx", xlsx()),
        ("a.pptx", pptx()),
        ("a.odt", odf(ODT_BODY)),
        ("a.ods", odf(ODS_BODY)),
        ("a.pdf", pdf(&[&line(72, 700, "Maria Garcia, 884421, was seen")], "/PieceInfo << /X (Garcia) >>", "", &[])),
        ("a.zip", zip(&[("Maria Garcia.txt", b"Maria Garcia was seen"), ("b.csv", CSV.as_bytes())])),
    ]
}

/// The file without the words, in whatever case they stand there.
fn without(file: &[u8], name: &str) -> Vec<u8> {
    let record = record(file, name);
    let text = record.text.expose();
    let mut edits = Vec::new();
    let mut at = 0;
    for (word, with) in ["Garcia", "GARCIA", "garcia", "Garc\u{ed}a", "GARC\u{cd}A", "Maria", "Mar\u{ed}a", "MARIA", "maria", "884421"]
        .map(|w| (w, "[X_1]"))
    {
        edits.extend(everywhere(&record, &[(word, with)]));
    }
    edits.sort_by_key(|e| e.span.start);
    edits.retain(|e| {
        let made = record.source_map.lookup(e.span).iter().all(|s| s.origin == formats::Origin::Made);
        let apart = e.span.start >= at && !made;
        at = if apart { e.span.end } else { at };
        apart
    });
    assert!(!edits.is_empty(), "{name}: {text}");
    done(file, name, &edits).bytes
}

/// Every member of an archive, unpacked, whatever it is called.
fn unpacked(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return Vec::new() };
    let mut all = Vec::new();
    for index in 0..archive.len() {
        let mut bytes = Vec::new();
        archive.by_index(index).unwrap().read_to_end(&mut bytes).unwrap();
        all.push(bytes);
    }
    all
}

#[test]
fn nothing_that_was_removed_is_found_in_any_writing_by_any_reader() {
    for (name, file) in files() {
        let written = without(&file, name);
        let ending = name.rsplit('.').next().unwrap();
        let mut texts = vec![("our reader's text", Some(record(&written, name).text.expose().clone()))];
        texts.push(match ending {
            "pdf" => ("poppler's text", poppler(&written)),
            _ => ("Python's text", python(&written, ending)),
        });
        for word in GONE {
            nowhere(&written, word, name);
            unpacked(&written).iter().for_each(|member| nowhere(member, word, name));
            for (reader, text) in &texts {
                text.iter().for_each(|text| nowhere(text.as_bytes(), word, &format!("{reader} of {name}")));
            }
        }
        // What went has a placeholder, in the other program too.
        for (reader, text) in texts.iter().filter_map(|(reader, text)| Some((reader, text.as_ref()?))) {
            assert!(text.contains("X_1"), "{reader} of {name}: {text}");
        }
    }
}

/// Files of the office suite's own making, which hold far more than those above.
#[test]
fn an_office_suite_opens_its_own_files_once_they_were_written() {
    let text = b"Dear Maria Garcia,\n\nyour number is 884421. You were seen on Monday.\n".to_vec();
    let mut written = Vec::new();
    for (source, content, ending, name) in [
        ("a.txt", &text, "docx", "b.docx"),
        ("a.txt", &text, "odt", "c.odt"),
        ("a.txt", &text, "rtf", "d.rtf"),
        ("a.csv", &CSV.into(), "xlsx", "e.xlsx"),
        ("a.csv", &CSV.into(), "ods", "f.ods"),
    ] {
        let Some(made) = office(&[(source, content.clone())], ending) else { return };
        written.push((name, without(&made[0], name)));
    }
    for ((name, _), pdf) in written.iter().zip(office(&written, "pdf").unwrap()) {
        let Some(text) = poppler(&pdf) else { return };
        GONE.iter().for_each(|word| nowhere(text.as_bytes(), word, name));
        assert!(text.contains("X_1") && text.contains("seen"), "{name}: {text}");
    }
}
