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

const ODF: &str = "xmlns:office=\"o\" xmlns:text=\"t\" xmlns:table=\"ta\" xmlns:draw=\"d\" xmlns:svg=\"s\" xmlns:style=\"st\" xmlns:dc=\"dc\" xmlns:fo=\"fo\"";

/// An OpenDocument file with this body.
pub fn odf(body: &str) -> Vec<u8> {
    let document = |inner: &str| format!("<?xml version=\"1.0\"?><office:document {ODF}>{inner}</office:document>").into_bytes();
    zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("META-INF/manifest.xml", b"<manifest/>"),
        (
            "content.xml",
            &document(&format!(
                "<office:automatic-styles><style:style style:name=\"T1\"><style:text-properties text:display=\"none\"/></style:style></office:automatic-styles><office:body>{body}</office:body>"
            )),
        ),
        (
            "styles.xml",
            &document(
                "<office:master-styles><style:master-page><style:header><text:p>Hillside Clinic</text:p></style:header>\
                 <style:footer><text:p/></style:footer></style:master-page></office:master-styles>",
            ),
        ),
        ("meta.xml", b"<m/>"),
    ])
}

pub const ODT_BODY: &str = "<office:text><text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>Tom Ruiz</dc:creator></office:change-info>\
<text:p>by Dr Petrov</text:p></text:deletion></text:changed-region></text:tracked-changes>\
<text:p>Mar&#237;a<text:s text:c=\"2\"/><text:span>Garcia</text:span><office:annotation><dc:creator>Aaron Hale</dc:creator><text:p>Call Rosa</text:p></office:annotation> seen</text:p>\
<text:p><text:span text:style-name=\"T1\">hidden Olga</text:span><text:note><text:note-body><text:p>Told by Ines</text:p></text:note-body></text:note></text:p>\
<table:table table:name=\"Table1\"><table:table-header-rows><table:table-row><table:table-cell><text:p>Name</text:p></table:table-cell><table:table-cell><text:p>DOB</text:p></table:table-cell></table:table-row></table:table-header-rows>\
<table:table-row><table:table-cell><text:p>Rosa</text:p><text:p>Lopez</text:p></table:table-cell><table:table-cell><text:p>3 Jan 1961</text:p></table:table-cell></table:table-row></table:table>\
<text:p><draw:frame svg:width=\"20cm\" svg:height=\"20cm\"><draw:image/><svg:desc>Ines on the ward</svg:desc></draw:frame></text:p></office:text>";

pub const ODS_BODY: &str = "<office:spreadsheet><table:table table:name=\"Visits\"><table:table-row><table:table-cell><text:p>SSN</text:p></table:table-cell>\
<table:table-cell table:number-columns-repeated=\"2\"/><table:table-cell><text:p>Patient</text:p></table:table-cell></table:table-row>\
<table:table-row table:visibility=\"collapse\"><table:table-cell office:value-type=\"float\" office:value=\"123456789\"/>\
<table:table-cell table:formula=\"of:=&quot;Dr. Hale&quot;\"><text:p>x</text:p></table:table-cell><table:table-cell/><table:table-cell><text:p>Maria Garcia</text:p></table:table-cell></table:table-row>\
</table:table></office:spreadsheet>";

/// A presentation with a hidden slide, notes, a comment, a table, a picture, and a master with a foot and a prompt.
pub fn pptx() -> Vec<u8> {
    let names = "xmlns:p=\"p\" xmlns:a=\"a\" xmlns:r=\"r\"";
    let shape = |kind: &str, text: &str| {
        format!(
            "<p:sp><p:nvSpPr><p:cNvPr id=\"1\" name=\"x\"/><p:nvPr>{kind}</p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        )
    };
    let part = |tag: &str, inner: &str| format!("<p:{tag} {names}><p:cSld><p:spTree>{inner}</p:spTree></p:cSld></p:{tag}>").into_bytes();
    let table = "<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>Born</a:t></a:r></a:p></a:txBody></a:tc><a:tc><a:txBody><a:p><a:r><a:t>3 Jan</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>";
    let picture = "<p:pic><p:nvPicPr><p:cNvPr id=\"3\" name=\"y\" descr=\"Ines\"/></p:nvPicPr><p:spPr><a:xfrm><a:ext cx=\"9000000\" cy=\"9000000\"/></a:xfrm></p:spPr></p:pic>";
    let second = format!("<p:sld {names} show=\"0\">{}</p:sld>", shape("", "hidden Olga"));
    zip(&[
        ("ppt/slides/slide10.xml", &part("sld", &shape("", "Last words"))),
        ("ppt/slides/slide1.xml", &part("sld", &format!("{}{table}{picture}", shape("<p:ph type=\"title\"/>", "Mar&#237;a Garcia")))),
        ("ppt/slides/slide2.xml", second.as_bytes()),
        ("ppt/notesSlides/notesSlide1.xml", &part("notes", &shape("", "Told by Tom"))),
        (
            "ppt/slideMasters/slideMaster1.xml",
            &part("m", &(shape("<p:ph type=\"title\"/>", "Click to edit") + &shape("<p:ph type=\"ftr\"/>", "Hillside Clinic"))),
        ),
        ("ppt/commentAuthors.xml", b"<p:l xmlns:p=\"p\"><p:cmAuthor id=\"0\" name=\"Aaron Hale\"/></p:l>"),
        ("ppt/comments/comment1.xml", b"<p:l xmlns:p=\"p\"><p:cm authorId=\"0\"><p:text>Call Rosa</p:text></p:cm></p:l>"),
        ("ppt/media/film.mp4", b"...."),
        ("docProps/core.xml", b"<x/>"),
    ])
}
