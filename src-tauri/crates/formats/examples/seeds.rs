//! What the fuzz targets begin with: `seeds FOLDER [FILE...]` writes a small file for each target that wants one into
//! `FOLDER/TARGET`, made as the tests make theirs, and the parts of further files (of an office suite, say) in the shape of the target
//! that reads them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a tool for us")]

#[path = "../tests/made/mod.rs"]
mod made;

use std::io::{Cursor, Read};
use std::path::Path;

use made::{office, old};

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().unwrap();
    let mut count = 0;
    let mut put = |target: &str, bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("seed-{count}")), bytes).unwrap();
        count += 1;
    };
    for (name, text) in TEXTS {
        put(name, text.as_bytes());
    }
    put("text", "Maria García, born 3 Jan 1961".as_bytes());
    for (target, text) in [("hl7", made::HL7), ("ccda", made::CCDA), ("xml", made::CCDA), ("fhir", made::FHIR)] {
        put(target, text.as_bytes());
    }
    // Where the edits stand, which name the file has, the file: the names are those of `targets/write.rs`.
    let written = [made::HL7, made::CCDA, made::FHIR].into_iter().chain(TEXTS.iter().map(|(_, text)| *text)).chain([office::MAIL]);
    for text in written {
        (0..NAMES).for_each(|name| put("write", &[&[90, 20, name][..], text.as_bytes()].concat()));
    }
    put("mail", office::MAIL.as_bytes());
    let page = made::line(72, 700, "Patient Maria Lopez") + "q 90 0 0 90 72 500 cm BI /W 2 /H 2 /CS /G /BPC 8 /F /AHx ID 00ff00ff> EI Q\n";
    let pdf =
        made::pdf(&[&page, &made::line(72, 700, "again")], "/Annots [6 0 R]", "", &["<< /Type /Annot /Subtype /Text /Contents (Rosa) >>"]);
    put("pdf", &pdf);
    put("redact_pdf", &pdf);
    put("dicom", &old::dicom(true)[132..]);
    put("dicom", &old::dicom(false)[132..]);
    put("zip", &made::zip(&[("a.txt", b"Maria Lopez"), ("b/c.csv", b"name,ssn\nAna,123-45-6789\n"), ("d.docx", &made::docx(made::BODY))]));
    for picture in ["fax_g3_2d.tif", "fax_g3.tif", "fax_g4.tif", "fax_rle.tif"] {
        picture_of(&made_file(picture), &mut put);
    }
    for locked in ["aes.zip", "old.zip", "aes128.pdf", "aes256.pdf", "rc4.pdf", "agile.docx", "standard.docx"] {
        put("unlock", &made_file(&format!("locked/{locked}")));
    }
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff};
    for format in [Png, Jpeg, Tiff, Bmp, Gif] {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([(x * 10) as u8, 0, (y * 9) as u8])).write_to(&mut bytes, format).unwrap();
        picture_of(bytes.get_ref(), &mut put);
    }
    put("ocr_tsv", b"\x40\x01\x40\x011\t1\t0\t0\t0\t0\t0\t0\t100\t50\t-1\t\n5\t1\t2\t1\t3\t1\t10\t20\t30\t12\t96.063\tMaria\n");
    put("sse", b"\x05event: delta\ndata: {\"text\":\"Maria\"}\n\ndata: [DONE]\n\n");
    put("restore", b"\x03[PERSON_1] was seen on [DATE_12] [PERSON_2]");
    put("export", b"{\"seq\":1}\n");
    let made = [
        old::xls(),
        old::doc(),
        old::ppt(),
        old::msg(),
        office::xlsx(),
        office::pptx(),
        office::odf(office::ODT_BODY),
        office::odf(office::ODS_BODY),
        made::docx(made::BODY),
    ];
    for bytes in made.into_iter().chain(args.map(|path| std::fs::read(path).unwrap())) {
        split(&bytes, &mut put);
    }
    println!("{count} seeds");
}

fn made_file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/made").join(name)).unwrap()
}

/// For `targets/redact_picture.rs` the place that is burnt stands before the picture.
fn picture_of(bytes: &[u8], put: &mut impl FnMut(&str, &[u8])) {
    put("picture", bytes);
    put("redact_picture", &[&[40, 40, 200, 200][..], bytes].concat());
}

/// Names that `targets/write.rs` chooses from.
const NAMES: u8 = 16;

const TEXTS: &[(&str, &str)] = &[
    ("csv", "name,ssn,dob\n\"Lopez, Ana\",123-45-6789,1961-01-03\nRosa,,\n"),
    (
        "x12",
        "ISA*00*          *00*          *ZZ*HILLSIDE       *ZZ*PAYER          *240305*1015*^*00501*000000001*0*P*:~GS*HC*A*B*20240305*1015*1*X*005010X222A1~ST*837*0001*005010X222A1~NM1*IL*1*GARCIA*MARIA*L***MI*W123456789~N3*12 ELM ST~N4*SPRINGFIELD*MA*01103~DMG*D8*19610103*F~CLM*AC7712*500***11:B:1*Y*A*Y*Y~SE*7*0001~GE*1*1~IEA*1*000000001~",
    ),
    (
        "nacha",
        "101 076401251 0764012512403051015A094101HILLSIDE BANK          CLINIC                 \n5200CLINIC                              1234567890PPDPAYROLL         240305   1076401250000001\n622076401251123456789        0000050000ID77           MARIA GARCIA            0076401250000001\n820000000100076401250000000000000000000500001234567890                         076401250000001\n9000001000001000000010007640125000000000000000000050000                                       \n",
    ),
    (
        "swift",
        "{1:F01BANKBEBBAXXX0000000000}{2:I103BANKDEFFXXXXN}{4:\n:20:REF123\n:23B:CRED\n:32A:240305EUR500,\n:50K:/BE62510007547061\nMARIA GARCIA\n12 ELM ST\n:59:/DE89370400440532013000\nAARON HALE\n:70:RENT\n:71A:SHA\n-}",
    ),
    (
        "ofx",
        "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><BANKACCTFROM><BANKID>076401251<ACCTID>123456789<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240305<TRNAMT>-5.00<FITID>1<NAME>MARIA GARCIA<MEMO>rent</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>",
    ),
    (
        "metro2",
        "0426HEADER  01                              030520240305202403052024        HILLSIDE LENDING\n0426103052024101530 12345 123456789                     0016C010120230000005000000000600GARCIA                   MARIA               L                    123456789010319614135550142\n",
    ),
    (
        "iso20022",
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.03\"><CstmrCdtTrfInitn><GrpHdr><MsgId>M1</MsgId></GrpHdr><PmtInf><Dbtr><Nm>Maria Garcia</Nm><PstlAdr><AdrLine>12 Elm St</AdrLine></PstlAdr></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></PmtInf></CstmrCdtTrfInitn></Document>",
    ),
    (
        "fhir_xml",
        "<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"p1\"/><text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Maria</p></div></text><name><family value=\"Garcia\"/><given value=\"Maria\"/></name><birthDate value=\"1961-01-03\"/></Patient>",
    ),
    (
        "xml",
        "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"b\">]><r a=\"Maria\"><!-- Rosa --><name>Garcia &amp; <![CDATA[Ines]]></name></r>",
    ),
    (
        "html",
        "<!doctype html><html><head><title>Maria</title><style>p{}</style></head><body><p>Seen by <b>Dr. Hale</b>&nbsp;&mdash; <a href=\"mailto:m@example.com\">mail</a><br><img alt=\"Ines\" src=x><!-- Rosa --><table><tr><th>SSN<td>123-45-6789</table></body></html>",
    ),
    (
        "markdown",
        "# Maria\n\n- [a](http://x \"Rosa\")\n\n| name | ssn |\n|---|---|\n| Ana | 123-45-6789 |\n\n<!-- Ines -->\n```\ncode\n```\n",
    ),
    (
        "rtf",
        "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Arial;}}{\\info{\\author Hale}}\\pard Mar\\'eda \\b Garc\\u237?a\\b0\\par{\\field{\\*\\fldinst HYPERLINK \"mailto:m@example.com\"}{\\fldrslt mail}}\\trowd\\cell Rosa\\cell\\row{\\*\\bkmkstart Ana}{\\footnote Ines}{\\pict\\pngblip 8950}}",
    ),
];

/// The parts of a file, as the target for its kind takes them.
fn split(bytes: &[u8], put: &mut impl FnMut(&str, &[u8])) {
    if bytes.starts_with(b"PK") {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut part = |name: &str| {
            let mut bytes = Vec::new();
            let _ = archive.by_name(name).map(|mut entry| entry.read_to_end(&mut bytes));
            bytes
        };
        let kinds: [(&str, &[&str]); 5] = [
            ("docx", &["word/document.xml", "word/comments.xml"]),
            ("xlsx", &["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/comments1.xml"]),
            ("xlsx", &["xl/worksheets/sheet2.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/comments1.xml"]),
            ("pptx", &["ppt/slides/slide1.xml", "ppt/comments/comment1.xml", "ppt/commentAuthors.xml"]),
            ("odf", &["content.xml", "styles.xml", "META-INF/manifest.xml"]),
        ];
        for (nth, (target, names)) in (0u8..).zip(kinds) {
            let parts: Vec<Vec<u8>> = names.iter().map(|name| part(name)).collect();
            if parts.first().is_some_and(|first| !first.is_empty()) {
                put(target, &parts.join(&0));
                // The kinds of `targets/write_office.rs`.
                put("write_office", &[&[90, 20, nth.saturating_sub(u8::from(nth > 1))][..], &parts.join(&0)].concat());
            }
        }
    } else if bytes.starts_with(b"\xd0\xcf") {
        put("ole", bytes);
        let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).unwrap();
        let mut stream = |name: &str| {
            let mut bytes = Vec::new();
            let _ = file.open_stream(name).map(|mut stream| stream.read_to_end(&mut bytes));
            bytes
        };
        for (target, name) in [("xls", "/Workbook"), ("ppt", "/PowerPoint Document")] {
            Some(stream(name)).filter(|s| !s.is_empty()).iter().for_each(|s| put(target, s));
        }
        let (document, one, zero) = (stream("/WordDocument"), stream("/1Table"), stream("/0Table"));
        if !document.is_empty() {
            let table = if one.is_empty() { zero } else { one };
            put("doc", &[&(table.len().min(0xffff) as u16).to_le_bytes()[..], &table[..table.len().min(0xffff)], &document].concat());
        }
        let properties = stream("/__properties_version1.0");
        if !properties.is_empty() {
            let streams = ["/__substg1.0_1000001F", "/__substg1.0_0037001F", "/__substg1.0_10130102", "/__substg1.0_10090102"].map(stream);
            let all = [vec![properties], streams.to_vec()].concat();
            put("msg", &all.iter().flat_map(|s| [&(s.len() as u16).to_le_bytes()[..], s].concat()).collect::<Vec<u8>>());
        }
    }
}
