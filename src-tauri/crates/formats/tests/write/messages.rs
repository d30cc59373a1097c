//! Messages of finance, and XML of every kind.

use formats::Format;
use formats::write::write;

use super::{all, done, record, replaced};

const PAIN: &str = "<?xml version=\"1.0\"?>\r\n<!-- for Ines --><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.03\"><CstmrCdtTrfInitn><GrpHdr><MsgId>M-7781</MsgId></GrpHdr>\
<PmtInf><Dbtr><Nm>Maria <!-- x -->Garc&#237;a &amp; Co</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>\
<CdtTrfTxInf><Amt><InstdAmt Ccy=\"EUR\">18.15</InstdAmt></Amt><RmtInf><Ustrd>for Ines</Ustrd></RmtInf></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>";

#[test]
fn xml_keeps_its_notation_and_loses_its_comments() {
    let written = replaced(
        PAIN.as_bytes(),
        "a.xml",
        &[("Maria García & Co", "<P&1>"), ("DE89370400440532013000", "[\"I\"]"), ("for Ines", "[X]"), ("M-7781", "]]>")],
    );
    let expected = PAIN
        .replace("<!-- for Ines -->", "")
        .replace("Maria <!-- x -->Garc&#237;a &amp; Co", "&lt;P&amp;1&gt;")
        .replace("DE89370400440532013000", "[\"I\"]")
        .replace("for Ines", "[X]")
        .replace("M-7781", "]]&gt;");
    assert_eq!(written, expected);
    assert_eq!(record(&written, "a.xml").format, Format::Iso20022);
    let other = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><people><person lastName=\"M&#252;ller\" note='a'><?php x?>Ana<![CDATA[ & Bo]]></person></people>";
    let written = replaced(other.as_bytes(), "b.xml", &[("Müller", "\"'<\u{2603}"), ("Ana & Bo", "[<]")]);
    assert_eq!(
        written,
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><people><person lastName=\"&quot;&#39;&lt;\u{2603}\" note='a'>[&lt;]<![CDATA[]]></person></people>"
    );
}

#[test]
fn fhir_in_xml_writes_attachments_anew() {
    let file = "<Bundle xmlns=\"http://hl7.org/fhir\"><entry><resource><Patient><id value=\"p1\"/><text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Maria <b>Garc&#237;a</b> came</p></div></text>\
<name><family value=\"Garc&#237;a\"/><given value=\"Maria\"/></name><birthDate value=\"1961-01-03\"/></Patient></resource></entry><entry><resource><DocumentReference><content><attachment><contentType value=\"text/plain\"/><data value=\"U2VlbiB3aXRoIEluZXMu\"/></attachment></content>\
<content><attachment><contentType value=\"application/pdf\"/><data value=\"JVBERi0xLjQK\"/></attachment></content></DocumentReference></resource></entry></Bundle>";
    assert_eq!(record(file, "a.xml").format, Format::FhirXml);
    let written = replaced(file.as_bytes(), "a.xml", &[("García", "[\"F\"]"), ("Maria", "[G]"), ("1961-01-03", "1961"), ("Ines", "[R]")]);
    let expected = file
        .replace("<b>Garc&#237;a", "<b>[\"F\"]")
        .replace("Garc&#237;a", "[&quot;F&quot;]")
        .replace("Maria", "[G]")
        .replace("1961-01-03", "1961")
        .replace("U2VlbiB3aXRoIEluZXMu", "U2VlbiB3aXRoIFtSXS4=")
        .replace(" value=\"JVBERi0xLjQK\"", "");
    assert_eq!(written, expected);
    let kept = write(file.as_bytes(), "a.xml", &formats::Limits::default(), &[], true).unwrap();
    assert_eq!(String::from_utf8(kept.bytes).unwrap(), file);
}

/// The file with each of its fields replaced by a text of hard signs, and what the record reads then.
fn hardened(file: &str, name: &str, format: Format) -> String {
    let before = record(file, name);
    assert_eq!(before.format, format);
    let written = done(file, name, &all(&before, &[]));
    let after = record(&written.bytes, name);
    assert_eq!((after.format, written.format), (format, format));
    // A block of ACH is filled up.
    assert!(after.text.expose().lines().count() >= before.text.expose().lines().count());
    String::from_utf8(written.bytes).unwrap()
}

#[test]
fn x12_keeps_its_separators_and_counts_right() {
    let x12 = "ISA*00*          *00*          *ZZ*SUBMITTERS.ID  *ZZ*RECEIVERS.ID   *240304*1253*^*00501*000000905*1*T*:~\r\nGS*HC*SENDER*RECEIVER*20240304*0802*1*X*005010X222A1~\r\n\
ST*837*0021*005010X222A1~\r\nNM1*IL*1*SMITH*JANE*M**JR*MI*JS00111223333~\r\nDMG*D8*19430501*F~\r\nSE*99*0021~\r\nGE*1*1~\r\nIEA*1*000000905~\r\n";
    let written =
        replaced(x12.as_bytes(), "a.txt", &[("SMITH*JANE", "A*B~C:D"), ("19430501", "1943"), ("SUBMITTERS.ID", "A LONGER ONE THAN FITS")]);
    let expected = x12
        .replace("SMITH*JANE", "A B C D*")
        .replace("19430501", "1943")
        .replace("SUBMITTERS.ID  ", "A LONGER ONE TH")
        .replace("SE*99", "SE*4");
    assert_eq!(written, expected);
    hardened(x12, "a.txt", Format::X12);
}

#[test]
fn fixed_columns_stay_where_they_are() {
    let lines = [
        "101 231380104 1210428821812060000A094101Federal Reserve Bank   My Bank Name           REF77",
        "5220Hillside Clinic                     1121042882PPDREG.SALARY181206181207   1121042880000001",
        "62223138010412345678         0100000000884421         Maria Garcia            1121042880000001",
        "705thank you Ines                                                                  00010000001",
        "82200000020023138010000000000000000100000000121042882                          121042880000001",
        "9000001000001000000020023138010000000000000000100000000",
    ];
    let ach: String = lines.iter().map(|line| format!("{line:<94}\r\n")).collect();
    let written =
        replaced(ach.as_bytes(), "a", &[("Maria Garcia", "A name that is longer than its column"), ("12345678 ", "9 "), ("Ines", "I")]);
    let widths = |text: &str| text.split("\r\n").map(str::len).collect::<Vec<_>>();
    assert_eq!(widths(&written)[..6], widths(&ach)[..6]);
    assert!(written.contains("884421         A name that is longer   1121"), "{written}");
    assert!(!written.contains("Garcia") && written.contains("\r\n705thank you I "));
    assert!(hardened(&ach, "a", Format::Nacha).split("\r\n").filter(|l| !l.is_empty()).all(|l| l.len() == 94));
    let base = format!("04261{:<226}{:<25}{:<20}{:<149}", "01012020011122", "GARCIA", "MARIA", "");
    let metro = format!("0426HEADER{:<416}\r\n{base}\r\n", "");
    let written = replaced(metro.as_bytes(), "a", &[("GARCIA", "A NAME LONGER THAN ITS COLUMN IS"), ("MARIA", "\n")]);
    assert_eq!(widths(&written), widths(&metro));
    assert!(!written.contains("GARCIA") && !written.contains("MARIA"));
}

#[test]
fn payments_and_statements_keep_their_signs() {
    let swift = ":20:REF494931\r\n:23B:CRED\r\n:32A:240304EUR1958,47\r\n:50F:/12345678\r\n1/SMITH JOHN\r\n:59:/DE89370400440532013000\r\nMARIA GARCIA\r\n:70:FOR INES\r\n:71A:SHA\r\n";
    let file = format!("{{1:F01BANKBEBBAXXX2222123456}}{{2:I103BANKDEFFXXXXN}}{{4:\r\n{swift}-}}");
    assert_eq!(record(&file, "a.txt").format, Format::Swift);
    let written = replaced(file.as_bytes(), "a.txt", &[("MARIA GARCIA", ":70:{x}\n"), ("SMITH JOHN", "A\nB"), ("INES", "[I]")]);
    assert_eq!(written, file.replace("MARIA GARCIA", " :70:(x) ").replace("SMITH JOHN", "A B").replace("INES", "[I]"));
    hardened(&file, "a.txt", Format::Swift);
    let ofx = "OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n<OFX><ACCTID>7712345\r\n<PAYEE><NAME>Garcia &amp; Co<CITY>Springfield</PAYEE><MEMO>for Ines</OFX>\r\n";
    assert_eq!(record(ofx, "a.ofx").format, Format::Ofx);
    let written = replaced(ofx.as_bytes(), "a.ofx", &[("Garcia &amp; Co", "<A&B>"), ("7712345", "[N]"), ("Ines", "")]);
    assert_eq!(written, ofx.replace("Garcia &amp; Co", "&lt;A&amp;B&gt;").replace("7712345", "[N]").replace("Ines", ""));
    let markdown = "# Visit\r\n\r\n- **Maria Garcia**, born 3 Jan\r\n- [mail](mailto:maria@example.com)\r\n";
    let written = replaced(markdown.as_bytes(), "a.md", &[("Maria Garcia", "[P]"), ("maria@example.com", "[E]")]);
    assert_eq!(written, markdown.replace("Maria Garcia", "[P]").replace("maria@example.com", "[E]"));
    assert_eq!(record(&written, "a.md").format, Format::Markdown);
}
