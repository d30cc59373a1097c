//! Files made for tests, with invented people.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]
#![expect(dead_code, reason = "each test file uses some of these")]

pub mod check;
pub mod office;
pub mod old;
pub mod outside;
pub mod paper;

use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub const HL7: &str = "MSH|^~\\&|LAB|GOOD HEALTH|EHR|HILLSIDE CLINIC|20240305101530||ORU^R01|MSG00017|P|2.5.1\r\
PID|1||MR884421^^^GH^MR~123-45-6789^^^SSA^SS||GARCIA^MARIA^LUISA^^^||19610103|F|||12 ELM ST^APT 4^SPRINGFIELD^MA^01103^USA||(413)555-0142^PRN^PH^maria@example.com|||||AC7712\r\
PV1|1|I|W^389^1^HILLSIDE||||004777^HALE^AARON^A^^DR\r\
OBR|1|ORD5501|ACC9912|CBC^COMPLETE BLOOD COUNT|||20240304\r\
OBX|1|NM|718-7^Hemoglobin^LN||7.9|g/dL|12-16|L|||F|||2024\r\
NTE|1||Seen with her daughter Ines.\r";

pub const CCDA: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc">
  <id root="2.16.840.1.113883.19.5" extension="DOC-77"/><code code="34133-9" displayName="Summary of episode note"/>
  <title>Discharge summary</title><effectiveTime value="20240305120000-0500"/>
  <recordTarget><patientRole>
    <id root="2.16.840.1.113883.19.5" extension="MR884421"/><id root="2.16.840.1.113883.4.1" extension="123-45-6789"/>
    <addr use="HP"><streetAddressLine>12 Elm St</streetAddressLine><city>Springfield</city><state>MA</state><postalCode>01103</postalCode></addr>
    <telecom use="HP" value="tel:+1-413-555-0142"/><telecom value="mailto:maria@example.com"/>
    <patient><name use="L"><prefix>Ms.</prefix><given>Maria</given><given>Luisa</given><family>Garc&#237;a</family></name>
      <administrativeGenderCode code="F" displayName="Female"/><birthTime value="19610103"/></patient>
  </patientRole></recordTarget>
  <author><time value="20240305"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="1234567893"/>
    <assignedPerson><name><given>Aaron</given><family>Hale</family></name></assignedPerson>
    <representedOrganization><name>Hillside Clinic</name></representedOrganization></assignedAuthor></author>
  <component><structuredBody><component><section>
    <title>Medications</title>
    <text><paragraph>Taken with <content styleCode="Bold">food</content>, says Ines.</paragraph>
      <table><thead><tr><th>Drug</th><th>Dose</th></tr></thead><tbody><tr><td>Metformin &amp; diet</td><td>500 mg</td></tr></tbody></table></text>
    <entry><act classCode="ACT" moodCode="EVN"/></entry>
  </section></component></structuredBody></component>
</ClinicalDocument>"#;

pub const FHIR: &str = r##"{"resourceType":"Bundle","type":"collection","entry":[
 {"fullUrl":"urn:uuid:0d2c5b9e-0001","resource":{"resourceType":"Patient","id":"pat-0001",
  "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Maria <b>Garc&iacute;a</b></p><p>born 3 Jan 1961</p></div>"},
  "identifier":[{"type":{"coding":[{"code":"SS"}]},"system":"http://hl7.org/fhir/sid/us-ssn","value":"123-45-6789"},{"system":"http://hospital.example","value":"MR884421"}],
  "name":[{"family":"García","given":["Maria","Luisa"],"prefix":["Ms."]}],"gender":"female","birthDate":"1961-01-03",
  "telecom":[{"system":"phone","value":"413-555-0142"},{"system":"email","value":"maria@example.com"}],
  "address":[{"line":["12 Elm St"],"city":"Springfield","state":"MA","postalCode":"01103"}]}},
 {"resource":{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/pat-0001","display":"Maria García"},
  "content":[{"attachment":{"contentType":"text/plain","data":"U2VlbiB3aXRoIEluZXMu"}},{"attachment":{"contentType":"application/pdf","data":"JVBERi0="}}]}},
 {"resource":{"resourceType":"Observation","valueQuantity":{"value":7.9,"unit":"g/dL"},"effectiveDateTime":"2024-03-04T10:00:00Z","code":{"text":"Hemoglobin"}}}]}"##;

/// An archive of these entries.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated)).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const W: &str = r#"xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006""#;

/// A document with this body, and something in every corner.
pub fn docx(body: &str) -> Vec<u8> {
    let part = |tag: &str, inner: &str| format!("<?xml version=\"1.0\"?><w:{tag} {W}>{inner}</w:{tag}>").into_bytes();
    let paragraph = |text: &str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", &part("document", &format!("<w:body>{body}</w:body>"))),
        ("word/header1.xml", &part("hdr", &paragraph("Hillside Clinic, MRN 884421"))),
        ("word/footer1.xml", &part("ftr", "<w:p/>")),
        ("word/footnotes.xml", &part("footnotes", &format!("<w:footnote>{}</w:footnote>", paragraph("Told by Ines.")))),
        (
            "word/comments.xml",
            &part("comments", &format!("<w:comment w:author=\"Aaron Hale\">{}</w:comment>", paragraph("Call her sister Rosa."))),
        ),
    ])
}

pub const BODY: &str = r#"<w:p><w:r><w:t>Maria </w:t></w:r><w:r><w:t xml:space="preserve">Garc&#237;a &amp; Ines</w:t></w:r><w:r><w:tab/><w:t>seen</w:t></w:r>
<w:del><w:r><w:delText>by Dr Petrov</w:delText></w:r></w:del></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Born</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>3 Jan</w:t></w:r></w:p><w:p><w:r><w:t>1961</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden Olga</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>Box: Tom</w:t></w:r></w:p></w:txbxContent></mc:Choice>
<mc:Fallback><w:txbxContent><w:p><w:r><w:t>Box: Tom</w:t></w:r></w:p></w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>
<w:p><w:r><w:instrText>HYPERLINK "mailto:maria@example.com"</w:instrText></w:r></w:p>"#;

/// A PDF whose pages have these content streams, Helvetica as `/F1`; `extra` goes into every page, `root` into the catalog.
pub fn pdf(pages: &[&str], extra: &str, root: &str, objects: &[&str]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|i| format!("{} 0 R", 4 + 2 * i)).collect();
    let mut all = vec![
        format!("<< /Type /Catalog /Pages 2 0 R {root} >>"),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for (i, content) in pages.iter().enumerate() {
        all.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R {extra} >>",
            5 + 2 * i
        ));
        all.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    all.extend(objects.iter().map(|o| (*o).to_owned()));
    let bodies: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    assemble(&bodies, "")
}

/// Objects, numbered from 1, with their table.
pub fn assemble(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n", i + 1).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    offsets.iter().for_each(|o| file.extend(format!("{o:010} 00000 n \n").bytes()));
    file.extend(format!("trailer\n<< /Size {} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).bytes());
    file
}

/// Text of one line at a place.
pub fn line(x: u32, y: u32, text: &str) -> String {
    format!("BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n")
}

/// A PDF that only a password opens.
pub fn encrypted_pdf() -> Vec<u8> {
    let key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let objects: Vec<Vec<u8>> = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>".to_vec(),
        format!("<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <{key}> /U <{key}> >>").into_bytes(),
    ];
    assemble(&objects, "/Encrypt 4 0 R /ID [<0123456789abcdef0123456789abcdef> <0123456789abcdef0123456789abcdef>]")
}
