//! Documents with marks among their words: what a person sees, what stands behind it, and where it came from.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, reason = "tests")]

mod made;

use deid::EntityType::*;
use formats::{Format, Limits, Note, Origin, read};
use made::check::{covered, found, names, record, source};
use proptest::prelude::*;

const PAIN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"><CstmrCdtTrfInitn>
 <GrpHdr><MsgId>MSG-7712</MsgId><CreDtTm>2024-03-04T10:00:00</CreDtTm><NbOfTxs>1</NbOfTxs>
  <InitgPty><Nm>Hillside Clinic</Nm><Id><OrgId><AnyBIC>DABAIE2D</AnyBIC></OrgId></Id></InitgPty></GrpHdr>
 <PmtInf><PmtInfId>PI-1</PmtInfId><Dbtr><Nm> Maria Garc&#237;a
  </Nm><PstlAdr><StrtNm>Elm St</StrtNm><BldgNb>12</BldgNb><PstCd>01103</PstCd><TwnNm>Springfield</TwnNm><Ctry>US</Ctry></PstlAdr>
   <Id><PrvtId><DtAndPlcOfBirth><BirthDt>1961-01-03</BirthDt><CityOfBirth>Boston</CityOfBirth></DtAndPlcOfBirth>
    <Othr><Id>123-45-6789</Id><SchmeNm><Cd>SOSE</Cd></SchmeNm></Othr></PrvtId></Id><CtctDtls><Nm>Ines</Nm><EmailAdr>ines@example.com</EmailAdr></CtctDtls></Dbtr>
  <DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>
  <DbtrAgt><FinInstnId><BICFI>DEUTDEFF</BICFI><Nm>Hillside Bank</Nm><ClrSysMmbId><MmbId>121042882</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt>
  <CdtTrfTxInf><PmtId><EndToEndId>NOTPROVIDED</EndToEndId><UETR>eb6305c9-1f7f-49de-aed0-16487c27b42d</UETR></PmtId>
   <Amt><InstdAmt Ccy="EUR">100.50</InstdAmt></Amt><CdtrAcct><Id><Othr><Id>77123456</Id></Othr></Id></CdtrAcct>
   <RmtInf><Ustrd>for Ines, room 7</Ustrd><Strd><RfrdDocInf><Nb>INV-9</Nb></RfrdDocInf></Strd></RmtInf></CdtTrfTxInf><!-- asked by Rosa --></PmtInf>
</CstmrCdtTrfInitn></Document>"#;

#[test]
fn iso20022_names_its_elements() {
    let pain = record(PAIN, "x.xml");
    assert_eq!(pain.format, Format::Iso20022);
    for line in
        ["Dbtr.Nm: Maria García\n", "Amt.InstdAmt: 100.50; Ccy=EUR\n", "RmtInf.Ustrd: for Ines, room 7\n", "comment: asked by Rosa\n"]
    {
        assert!(pain.text.expose().contains(line), "{line:?} in {}", pain.text.expose());
    }
    assert!(!pain.text.expose().contains("a b"), "where the schema lies says nothing");
    names(
        &pain,
        &[
            (UniqueId, "MSG-7712"),
            (Date, "2024-03-04T10:00:00"),
            (Organization, "Hillside Clinic"),
            (Person, "Maria García"),
            (StreetAddress, "Elm St"),
            (StreetAddress, "12"),
            (PostalCode, "01103"),
            (City, "Springfield"),
            (Date, "1961-01-03"),
            (UsSsn, "123-45-6789"),
            (Person, "Ines"),
            (EmailAddress, "ines@example.com"),
            (Iban, "DE89370400440532013000"),
            (RoutingNumber, "DEUTDEFF"),
            (Organization, "Hillside Bank"),
            (RoutingNumber, "121042882"),
            (UniqueId, "eb6305c9-1f7f-49de-aed0-16487c27b42d"),
            (AccountNumber, "77123456"),
            (UniqueId, "INV-9"),
        ],
        &["NOTPROVIDED", "100.50", "EUR", "for Ines, room 7", "SOSE"],
    );
    assert_eq!(pain.notes, [Note::Comments]);
    assert_eq!(source(&pain, PAIN, "Springfield"), "Springfield");
    assert_eq!(source(&pain, PAIN, "ines@exam"), "ines@exam");
    assert_eq!(source(&pain, PAIN, "García").trim(), "Maria Garc&#237;a", "all of it, where it is written in another way");
}

const FHIR_XML: &str = r#"<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"><entry><fullUrl value="urn:uuid:0d2c5b9e-0001"/><resource><Patient>
 <id value="pat-0001"/><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Maria <b>Gar</b>c&#237;a</p><img alt="photo of Ines"/></div></text>
 <extension url="http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"><valueString value="Rossi"/></extension>
 <identifier><type><coding><code value="SS"/></coding></type><value value="123-45-6789"/></identifier><identifier><value value="MR884421"/></identifier>
 <name><family value="Garc&#237;a"/><given value="Maria"/></name><telecom><system value="email"/><value value="maria@example.com"/></telecom>
 <birthDate value="1961-01-03"/><address><line value="12 Elm St"/><city value="Springfield"/></address></Patient></resource></entry>
 <entry><resource><DocumentReference><subject><reference value="Patient/pat-0001"/><display value="M. Garcia"/></subject>
  <content><attachment><contentType value="text/plain"/><data value="U2VlbiB3aXRoIEluZXMu"/></attachment></content>
  <content><attachment><contentType value="application/pdf"/><data value="JVBERi0="/></attachment></content></DocumentReference></resource></entry></Bundle>"#;

#[test]
fn fhir_is_the_same_as_xml() {
    let fhir = record(FHIR_XML, "x");
    assert_eq!(fhir.format, Format::FhirXml);
    for line in ["text.div: Maria García\n", "img: alt=photo of Ines\n", "name.family: García\n", "attachment.data: Seen with Ines.\n"] {
        assert!(fhir.text.expose().contains(line), "{line:?} in {}", fhir.text.expose());
    }
    names(
        &fhir,
        &[
            (UniqueId, "0d2c5b9e-0001"),
            (UniqueId, "pat-0001"),
            (Person, "Rossi"),
            (UsSsn, "123-45-6789"),
            (MedicalRecordNumber, "MR884421"),
            (Person, "García"),
            (Person, "Maria"),
            (EmailAddress, "maria@example.com"),
            (Date, "1961-01-03"),
            (StreetAddress, "12 Elm St"),
            (City, "Springfield"),
            (Person, "M. Garcia"),
        ],
        &["generated", "SS", "email"],
    );
    assert_eq!(fhir.notes, [Note::AttachmentsNotRead { count: 1 }]);
    assert_eq!(source(&fhir, FHIR_XML, "Springfield"), "Springfield");
    assert_eq!(source(&fhir, FHIR_XML, "pat-0001"), "pat-0001");
}

#[test]
fn any_xml_is_read_by_its_names() {
    use formats::ReadError;
    let xml = record(
        "<?xml version='1.0'?><export><patient id='77' lastName='Garcia' state='active'><firstName>Maria</firstName><dob>1961-01-03</dob><city>Springfield</city>\
         <state>MA</state><note>Seen with <b>In</b>es<br/>call <a href='tel:413-555-0142'>Rosa</a></note><ssn>unknown</ssn><![CDATA[]]></patient>\
         <job><state>running</state><first>1</first></job><!-- for Tom --><?print Olga?></export>",
        "x",
    );
    assert_eq!(xml.format, Format::Xml);
    for line in [
        "export.patient: id=77; lastName=Garcia; state=active\n",
        "patient.note: Seen with Ines\ncall Rosa\n",
        "a: href=tel:413-555-0142\n",
        "comment: for Tom\n",
        "comment: Olga\n",
    ] {
        assert!(xml.text.expose().contains(line), "{line:?} in {}", xml.text.expose());
    }
    names(
        &xml,
        &[(Person, "Garcia"), (Person, "Maria"), (Date, "1961-01-03"), (City, "Springfield"), (State, "MA")],
        &["running", "unknown", "1"],
    );
    let refused = |text: &str| read(text.as_bytes(), "x.xml", &Limits::default()).map(|_| ()).unwrap_err();
    assert_eq!(refused("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").code(), "unsupported");
    assert_eq!(refused(&PAIN.replace("</GrpHdr>", "")), ReadError::Corrupt { format: Format::Iso20022 });
    assert_eq!(refused(&format!("{}{}", "<x>".repeat(5000), "</x>".repeat(5000))), ReadError::Bomb);
    assert_eq!(refused("<x><y/></x>"), ReadError::Empty);
}

const HTML: &str = "<!DOCTYPE html>\n<html><head><meta charset=utf-8><meta name=author content='Aaron Hale'><title>Visit of Mar&iacute;a</title>\n\
    <style>p { color: red }</style><script>var x = \"<p>Olga</p>\";</script></head>\n<body onload='x'><!-- told by Rosa --><h1>Seen   with\n <b>In</b>es</h1>\
    <p style='display: none'>hidden Tom</p><table><tr><th>Name</th><td>Garc&#237a</td></tr></table><a HREF=\"mailto:maria@example.com?subject=x\">mail</a> \
    <a href='tel:413-555-0142' data-patient=77123>call</a><img src='data:image/png;base64,AAAA' alt='Dr. Hale'><input value=\"O'Hara\">Hb <8 & R&D<pre>a\n  b</pre>\
    <textarea><b>note</b></textarea></body></html>";

#[test]
fn pages_are_read_as_they_are_seen_and_behind_it() {
    let page = record(HTML, "x");
    assert_eq!(page.format, Format::Html);
    let text = page.text.expose();
    for part in [
        "(content: Aaron Hale)",
        "Visit of María\n",
        "comment: told by Rosa\n",
        "Seen with Ines\nhidden Tom\nName | García\n",
        "(href: mailto:maria@example.com?subject=x) mail (href: tel:413-555-0142) (data-patient: 77123) call (alt: Dr. Hale) (value: O'Hara) Hb <8 & R&D\na\n  b\n",
        "<b>note</b>\n",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(!text.contains("Olga") && !text.contains("color"));
    names(&page, &[(EmailAddress, "maria@example.com"), (PhoneNumber, "413-555-0142")], &[]);
    assert_eq!(page.notes, [Note::SmallImagesNotRead { count: 1 }, Note::PropertiesLeftOut, Note::HiddenText, Note::Comments]);
    assert_eq!(source(&page, HTML, "hidden Tom"), "hidden Tom");
    let at = text.find("Seen with").unwrap();
    let exact: Vec<Origin> = page.source_map.lookup(deid::Span::new(at, at + 9)).into_iter().map(|s| s.origin).collect();
    assert!(
        matches!(&exact[..], [Origin::Part { .. }, Origin::Part { start, end, .. }, Origin::Part { .. }] if &HTML[*start..*end] == "   ")
    );
    // A piece of a page, whatever it is called; and what hides its words for good.
    assert_eq!(record("<div>Mar&#237;a Gar<i>c\u{ed}a</i></div>", "x.txt").text.expose(), "Mar\u{ed}a Garc\u{ed}a\n");
    assert_eq!(record("<p>Maria &unheardof; <a href=\"x>Garcia</a></p>", "x").notes, [Note::PartsNotRead { count: 2 }]);
    assert_eq!(record("<p>x<iframe srcdoc='<p>Maria</p>'></iframe></p>", "x").notes, [Note::AttachmentsNotRead { count: 1 }]);
}

#[test]
fn markdown_is_its_own_text() {
    let text = "<p align=center>x</p>\n# Visit of Maria\n\n| a | b |\n|---|---|\nsnake_case, **Ines**, AT&amp;T, [mail](mailto:maria@example.com), 5 <8 and a<b\n";
    let note = record(text, "note.md");
    assert_eq!((note.format, note.text.expose().as_str()), (Format::Markdown, text));
    assert!(note.notes.is_empty());
    let hidden = record("Gar**cia**, Mar&iacute;a, Gar<i>c</i>ia, &#1234567;\n", "note.md");
    assert_eq!(hidden.notes, [Note::PartsNotRead { count: 5 }]);
}

const RTF: &str = r#"{\rtf1\ansi\ansicpg1252\deff0\uc1{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}{\colortbl;\red0;}
{\*\generator Word;}{\stylesheet{\s0 Normal;}}{\info{\title Visit}{\author Aaron Hale}{\company Hillside Clinic}{\*\unknown Olga}}
{\header Hillside, MRN 884421\par}\pard Maria Garc\'eda\par
{\b Gar}cia \u8217?s daughter In\-es\~\{7\}\par {\f1 \'cc\'e0\'f0\'e8\'ff} \u-10179?\u-8704?\par
\trowd Born\cell 3 Jan 1961\cell\row{\v hidden Tom}{\deleted by Petrov}{\footnote told by Ines}{\*\atnauthor Rosa}{\*\annotation call back}\par
{\field{\*\fldinst HYPERLINK "mailto:maria@example.com"}{\fldrslt mail}}{\pict\pngblip 89504e47}{\object{\*\objdata 00ff}{\result shown}}
{\shp{\*\shpinst{\sp{\sn fLine}{\sv 0}}{\sp{\sn wzDescription}{\sv photo of Ana}}{\shptxt in a box\par}}}{\upr{\title x}{\*\ud{\u345?ek}}}}"#;

#[test]
fn rtf_gives_up_every_corner() {
    let letter = record(RTF, "letter.doc");
    assert_eq!(letter.format, Format::Rtf);
    let text = letter.text.expose();
    for part in [
        "Title: Visit\nAuthor: Aaron Hale\nCompany: Hillside Clinic\n",
        "Header: Hillside, MRN 884421\n",
        "Maria García\nGarcia ’s daughter Ines {7}\nМария 😀\n",
        "Born | 3 Jan 1961 |\nhidden Tomby Petrov (footnote: told by Ines) (comment by: Rosa) (comment: call back)\n",
        "(field: HYPERLINK \"mailto:maria@example.com\") mailshown",
        "(shape: photo of Ana) in a box\n",
        "řek",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    for word in ["Arial", "Word", "Normal", "Olga", "8950", "00ff", "fLine"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    assert_eq!(found(&letter), [(Person, "Aaron Hale"), (Organization, "Hillside Clinic"), (Person, "Rosa")]);
    let notes = [
        Note::SmallImagesNotRead { count: 1 },
        Note::AttachmentsNotRead { count: 1 },
        Note::PropertiesLeftOut,
        Note::HiddenText,
        Note::Comments,
        Note::TrackedDeletions,
    ];
    assert_eq!(letter.notes, notes);
    assert_eq!(source(&letter, RTF, "Hillside, MRN"), "Hillside, MRN");
    let at = text.find("ía").unwrap();
    let origins: Vec<&str> = letter
        .source_map
        .lookup(deid::Span::new(at, at + 3))
        .into_iter()
        .map(|s| {
            let Origin::Part { start, end, .. } = s.origin else { panic!() };
            &RTF[start..end]
        })
        .collect();
    assert_eq!(origins, [r"\'ed", "a"]);
}

#[test]
fn damaged_rtf_is_read_as_far_as_it_goes() {
    let notes = |text: &str| record(text, "x").notes;
    assert_eq!(notes(r"{\rtf1 Maria {Garcia"), [Note::PartsNotRead { count: 1 }]);
    assert_eq!(record(r"{\rtf1 Maria}} Garcia", "x").text.expose(), "Maria Garcia");
    assert_eq!(notes(r"{\rtf1\ansicpg850 Garc\'a1a \u-10179 x}"), [Note::ReplacedBytes { count: 2 }]);
    assert_eq!(notes(r"{\rtf1 Garc\'zza\"), [Note::PartsNotRead { count: 2 }]);
    let deep = format!(r"{{\rtf1 {}x", "{".repeat(100_000));
    assert_eq!(read(deep.as_bytes(), "x", &Limits::default()).map(|_| ()).unwrap_err().code(), "bomb");
    assert_eq!(read(br"{\rtf1{\pict 00}}", "x", &Limits::default()).map(|_| ()).unwrap_err().code(), "empty");
}

proptest! {
    #[test]
    fn damage_neither_panics_nor_loses_the_map(which in 0usize..5, edits in prop::collection::vec((any::<usize>(), 0usize..30, prop::sample::select(vec!["<", "</", ">", "\"", "'", "é", "<!--", "-->", "&#1;", "&iacute", "{", "}", "\\", "\\u-1 ", "\\'9", "\\*", "<script>", "="])), 0..8)) {
        let mut text = [PAIN.to_owned(), FHIR_XML.into(), HTML.into(), RTF.into(), "<x a='1'>Maria <b>Garc</b>ia</x>".into()][which].clone();
        for (at, gone, new) in edits {
            let start = text.floor_char_boundary(at % (text.len() + 1));
            let end = text.floor_char_boundary((start + gone).min(text.len())).max(start);
            text.replace_range(start..end, new);
        }
        if let Ok(record) = formats::read(text.as_bytes(), "x", &formats::Limits::default()) {
            covered(&record);
        }
    }
}

/// Places in FHIR where nothing identifies: what the format calls its members, and what public vocabularies say.
#[test]
fn what_fhir_and_its_vocabularies_say_is_no_ones() {
    let json = r#"{"resourceType":"Observation","id":"ob-77","status":"final","subject":{"reference":"Patient/pt-9921","display":"Maria Garcia"},
"code":{"coding":[{"system":"http://snomed.info/sct","code":"428191000124101","display":"Documentation of current medications"},
{"system":"http://hospital.example.org/local","code":"GARCIA1","display":"Garcia protocol"}],"text":"Garcia's own words"},
"identifier":[{"system":"urn:oid:2.16.840.1.113883.4.3.25","value":"S99951102"},{"system":"http://hl7.org/fhir/sid/us-npi","value":"140"}],
"extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"1002-5","display":"American Indian"}}],
"valueQuantity":{"value":13.258,"unit":"g/dL"},"component":[{"valueQuantity":{"value":94,"unit":"years"}}]}"#;
    let record = record(json, "x.json");
    let text = record.text.expose();
    let said: Vec<&str> = record.codes.iter().map(|code| code.of(text)).filter(|code| !code.ends_with(": ")).collect();
    assert_eq!(
        said,
        [
            "Observation",
            "final",
            "Patient/",
            "http://snomed.info/sct",
            "428191000124101",
            "Documentation of current medications",
            "urn:oid:2.16.840.1.113883.4.3.25",
            "http://hl7.org/fhir/sid/us-npi",
            "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
            "urn:oid:2.16.840.1.113883.6.238",
            "13.258",
            "g/dL",
            "years",
        ]
    );
    let labels = record.codes.iter().filter(|code| code.of(text).ends_with(": ")).count();
    assert_eq!(labels, text.lines().count(), "{text}");
    // Any other file chooses its own names.
    assert!(read(br#"{"Garcia":{"code":"718-7","system":"http://loinc.org"}}"#, "x.json", &Limits::default()).unwrap().codes.is_empty());
    assert!(read(b"<a><Garcia>718-7</Garcia></a>", "x.xml", &Limits::default()).unwrap().codes.is_empty());
}
