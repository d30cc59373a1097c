//! Office and mail files made for tests, with invented people.

use super::zip;

/// A workbook: two sheets, one of them hidden, dates, codes, comments, names, headings, a header, formulas, a cache.
pub fn xlsx() -> Vec<u8> {
    let cell = |at: &str, kind: &str, value: &str| format!("<c r=\"{at}\" {kind}><v>{value}</v></c>");
    let first = [
        "<worksheet><cols><col min=\"9\" max=\"9\" hidden=\"1\"/></cols><sheetData><row r=\"1\">".to_owned(),
        cell("A1", "t=\"s\"", "0") + &cell("B1", "t=\"s\"", "1") + &cell("C1", "t=\"s\"", "2") + &cell("D1", "t=\"s\"", "3"),
        "<c r=\"E1\" t=\"inlineStr\"><is><t>Balance</t></is></c></row><row r=\"2\">".to_owned(),
        cell("A2", "t=\"s\"", "4") + &cell("B2", "s=\"1\"", "22284") + &cell("C2", "s=\"2\"", "12345678") + &cell("D2", "s=\"3\"", "1103"),
        cell("E2", "s=\"4\"", "1250.5") + "</row><row r=\"3\">",
        "<c r=\"A3\" t=\"str\"><f>CONCATENATE(\"Rosa \",\"Lopez\")</f><v>Rosa Lopez</v></c>".to_owned(),
        cell("C3", "", "987654321") + &cell("E3", "t=\"b\"", "1") + "</row></sheetData>",
        "<headerFooter><oddHeader>&amp;L&amp;\"Arial,Bold\"&amp;12Dr. Aaron Hale&amp;RPage &amp;P</oddHeader></headerFooter></worksheet>"
            .to_owned(),
    ]
    .concat();
    let second = "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>Phone:</t></is></c><c t=\"inlineStr\"><is><t>x_x0034_13-555-0142</t></is></c></row></sheetData></worksheet>";
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        (
            "xl/workbook.xml",
            b"<workbook xmlns:r=\"r\"><definedNames><definedName name=\"Garcia_total\">Visits!$A$1</definedName></definedNames>\
              <sheets><sheet name=\"Visits &amp; notes\" r:id=\"a\"/><sheet name=\"Old\" state=\"veryHidden\" r:id=\"b\"/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            b"<R><Relationship Id=\"a\" Target=\"worksheets/sheet2.xml\"/><Relationship Id=\"b\" Target=\"/xl/worksheets/sheet1.xml\"/></R>",
        ),
        ("xl/worksheets/sheet1.xml", second.as_bytes()),
        ("xl/worksheets/sheet2.xml", first.as_bytes()),
        (
            "xl/sharedStrings.xml",
            "<sst><si><t>Name</t></si><si><t>DOB</t></si><si><t>SSN</t></si><si><t>ZIP</t></si>\
             <si><r><t>Mar&#237;a </t></r><r><t>Garcia</t></r><rPh><t>Marija</t></rPh></si></sst>"
                .as_bytes(),
        ),
        (
            "xl/styles.xml",
            b"<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"000\\-00\\-0000\"/><numFmt numFmtId=\"165\" formatCode=\"00000\"/></numFmts>\
              <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf numFmtId=\"4\"/></cellXfs></styleSheet>",
        ),
        (
            "xl/comments1.xml",
            b"<comments><authors><author>Aaron Hale</author></authors><commentList><comment ref=\"A2\" authorId=\"0\"><text><r><t>Call her sister Rosa</t></r></text></comment></commentList></comments>",
        ),
        ("xl/persons/person.xml", b"<personList><person displayName=\"Ines Petrov\" id=\"{1}\"/></personList>"),
        (
            "xl/threadedComments/threadedComment1.xml",
            b"<ThreadedComments><threadedComment ref=\"A2\" personId=\"{1}\"><text>done</text></threadedComment></ThreadedComments>",
        ),
        (
            "xl/pivotCache/pivotCacheDefinition1.xml",
            b"<p><cacheFields><cacheField name=\"Patient\"><sharedItems><s v=\"Olga Ruiz\"/></sharedItems></cacheField></cacheFields></p>",
        ),
        ("docProps/core.xml", b"<x>Aaron Hale</x>"),
    ])
}

/// A mail with a folded, an encoded and a plain head, two versions of its words, a table, a picture and a mail inside.
pub const MAIL: &str = "Return-Path: <aaron@hillside.example>\r\nReceived: from mx (10.0.0.1)\r\n\
From: Aaron Hale <aaron@hillside.example>\r\nTo: \"Garcia, Maria\" <maria@example.com>,\r\n ines@example.com\r\n\
Cc: =?utf-8?Q?Jos=C3=A9_Ruiz?= <jose@example.com>\r\nSubject: Visit on 3 March\r\nDate: Tue, 5 Mar 2024 10:15:30 -0500\r\n\
MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
--b\r\nContent-Type: multipart/alternative; boundary=\"c\"\r\n\r\n\
--c\r\nContent-Type: text/plain\r\n\r\nDear Maria,\r\nyour MRN is 884421.\r\n\
--c\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
<style>p {}</style><p>Dear Maria,</p><p>your MRN is 884421.</p><p>Call Jos=C3=A9</p>\r\n--c--\r\n\
--b\r\nContent-Type: text/csv; name=\"list.csv\"\r\nContent-Disposition: attachment; filename=\"list.csv\"\r\n\
Content-Transfer-Encoding: base64\r\n\r\nbmFtZSxzc24KT2xnYSBSdWl6LDEyMy00NS02Nzg5Cg==\r\n\
--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n\
--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: Tom <tom@example.com>\r\nMessage-ID: <1@x>\r\nSubject: inner\r\n\r\nTold by Tom.\r\n\
--b--\r\n";
