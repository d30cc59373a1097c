//! Files of Office before 2007, of Outlook and of imaging, made for tests, with invented people.

use std::io::Write;

/// A compound file with these streams; folders are made on the way.
pub fn ole(streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
            file.create_storage_all(folder).unwrap();
        }
        file.create_stream(path).unwrap().write_all(bytes).unwrap();
    }
    file.into_inner().into_inner()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A workbook: a string over the end of its record, a date, a formula, two sheets, a comment, a header, and an object inside.
pub fn xls() -> Vec<u8> {
    let record = |kind: u16, body: &[u8]| [&kind.to_le_bytes()[..], &(body.len() as u16).to_le_bytes(), body].concat();
    let short = |text: &str| [&[text.len() as u8, 0][..], text.as_bytes()].concat();
    let long = |text: &str| [&(text.len() as u16).to_le_bytes()[..], &[0], text.as_bytes()].concat();
    let bof = record(0x0809, &[0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let end = record(0x000a, &[]);
    let cell = |row: u16, column: u16, style: u16, rest: &[u8]| {
        [&row.to_le_bytes()[..], &column.to_le_bytes(), &style.to_le_bytes(), rest].concat()
    };
    let label = |row, column, at: u32| record(0x00fd, &cell(row, column, 0, &at.to_le_bytes()));
    let style = |format: u16| record(0x00e0, &[&[0, 0][..], &format.to_le_bytes(), &[0; 16]].concat());
    // "Garcia" goes on in a continuation, in two bytes a letter.
    let sst = [&[9, 0, 0, 0, 4, 0, 0, 0][..], &long("Name"), &long("DOB"), &long("SSN"), &[9, 0, 0], b"Ma. Gar"].concat();
    let more = [&[1][..], &utf16("cí")].concat();
    let object =
        [record(0x00ec, &[]), record(0x01b6, &[&[0; 10][..], &[16, 0], &[0; 6]].concat()), record(0x003c, b"\0Call sister Rosa")].concat();
    let first = [
        bof.clone(),
        record(0x0014, &long("&LDr. Aaron Hale&RPage &P")),
        label(0, 0, 0),
        label(0, 1, 1),
        label(0, 2, 2),
        label(1, 0, 3),
        record(0x0203, &cell(1, 1, 1, &22284f64.to_le_bytes())),
        record(0x027e, &cell(1, 2, 2, &(((12_345_678u32) << 2) | 2).to_le_bytes())),
        record(0x0006, &cell(2, 0, 0, &[0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0])),
        record(0x0207, &long("Rosa Lopez")),
        object,
        record(0x001c, &[&[1, 0, 0, 0, 0, 0, 1, 0][..], &long("Aaron Hale")].concat()),
        end.clone(),
    ]
    .concat();
    let second = [bof.clone(), record(0x0204, &cell(0, 0, 0, &long("hidden Olga"))), end.clone()].concat();
    let head = |one: usize, two: usize| {
        let sheet =
            |at: usize, hidden: u8, name: &str| record(0x0085, &[&(at as u32).to_le_bytes()[..], &[hidden, 0], &short(name)].concat());
        [
            bof.clone(),
            record(0x041e, &[&[164, 0][..], &long("000\\-00\\-0000")].concat()),
            style(0),
            style(14),
            style(164),
            sheet(one, 0, "Visits"),
            sheet(two, 2, "Old"),
            record(0x00fc, &sst),
            record(0x003c, &more),
            end.clone(),
        ]
        .concat()
    };
    let one = head(0, 0).len();
    let book = [head(one, one + first.len()), first, second].concat();
    ole(&[("/Workbook", book), ("/MBD0001/Package", super::docx("<w:p><w:r><w:t>Inside: Ines</w:t></w:r></w:p>"))])
}

/// A document: a piece in one byte a letter, one in two, a table, a field, a footnote.
pub fn doc() -> Vec<u8> {
    let first = b"Maria \x13 HYPERLINK \"mailto:m@example.com\" \x14writes\x15\rName\x07DOB\x07\x07Rosa\x071961\x07\x07".to_vec();
    let second = "García said\r";
    let notes = "Told by Ines\r";
    let wide = utf16(&format!("{second}{notes}"));
    let mut stream = vec![0u8; 0x600];
    let mut put = |at: usize, bytes: &[u8]| stream[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &0xa5ecu16.to_le_bytes());
    put(2, &0x00c1u16.to_le_bytes());
    put(0x0a, &0x0200u16.to_le_bytes());
    let body = first.len() + second.chars().count();
    let all = body + notes.chars().count();
    put(0x4c, &(body as u32).to_le_bytes());
    put(0x50, &(notes.chars().count() as u32).to_le_bytes());
    put(0x400, &first);
    put(0x500, &wide);
    let pieces: Vec<u8> = [0, first.len(), all].iter().flat_map(|cp| (*cp as u32).to_le_bytes()).collect();
    let piece = |at: u32| [&[0, 0][..], &at.to_le_bytes(), &[0, 0]].concat();
    let plc = [pieces, piece(0x4000_0000 | 0x800), piece(0x500)].concat();
    let table = [&[1, 2, 0, 9, 9, 2][..], &(plc.len() as u32).to_le_bytes(), &plc].concat();
    ole(&[("/WordDocument", stream), ("/1Table", table), ("/\u{5}SummaryInformation", b"x".to_vec())])
}

/// A presentation: a slide with words in both kinds of atoms, and notes.
pub fn ppt() -> Vec<u8> {
    let record = |version: u16, kind: u16, body: &[u8]| {
        [&version.to_le_bytes()[..], &kind.to_le_bytes(), &(body.len() as u32).to_le_bytes(), body].concat()
    };
    let slide = record(0xf, 0x03ee, &[record(0, 0x0fa0, &utf16("María Garcia")), record(0, 0x0fa8, b"seen\rtoday")].concat());
    let notes = record(0xf, 0x03f0, &record(0, 0x0fba, &utf16("Told by Tom")));
    ole(&[("/PowerPoint Document", [slide, notes].concat()), ("/Current User", vec![0; 20])])
}

/// A mail: sender, recipient, date, words, a table attached, and a mail inside.
pub fn msg() -> Vec<u8> {
    let entry = |id: u16, kind: u16, value: u64| [&kind.to_le_bytes()[..], &id.to_le_bytes(), &[0; 4], &value.to_le_bytes()].concat();
    let text = |at: &str, id: u16, said: &str| (format!("{at}/__substg1.0_{id:04X}001F"), utf16(said));
    let inner = "/__attach_version1.0_#00000001/__substg1.0_3701000D";
    // 2024-03-05 15:15:30 UTC.
    let date = (1_709_651_730u64 + 11_644_473_600) * 10_000_000;
    let streams: Vec<(String, Vec<u8>)> = vec![
        ("/__properties_version1.0".into(), [vec![0; 32], entry(0x0039, 0x0040, date)].concat()),
        text("", 0x001a, "IPM.Note"),
        text("", 0x0037, "Visit on 3 March"),
        text("", 0x0c1a, "Aaron Hale"),
        text("", 0x5d01, "aaron@hillside.example"),
        text("", 0x1000, "Dear Maria,\r\nyour MRN is 884421."),
        ("/__recip_version1.0_#00000000/__properties_version1.0".into(), [vec![0; 8], entry(0x0c15, 3, 2)].concat()),
        text("/__recip_version1.0_#00000000", 0x3001, "Garcia, María"),
        text("/__recip_version1.0_#00000000", 0x39fe, "maria@example.com"),
        text("/__attach_version1.0_#00000000", 0x3707, "list.csv"),
        ("/__attach_version1.0_#00000000/__substg1.0_37010102".into(), b"name,ssn\nOlga Ruiz,123-45-6789\n".to_vec()),
        (format!("{inner}/__properties_version1.0"), vec![0; 24]),
        text(inner, 0x0037, "inner"),
        (format!("{inner}/__substg1.0_10130102"), b"<style>p{}</style><p>Told by <b>Tom</b></p>".to_vec()),
    ];
    let streams: Vec<(&str, Vec<u8>)> = streams.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
    ole(&streams)
}

/// A DICOM file, of explicit or implicit kinds of values, with a sequence and pixels.
pub fn dicom(explicit: bool) -> Vec<u8> {
    let element = |tag: u32, kind: &str, value: &[u8], explicit: bool| {
        let value = [value, if value.len() % 2 == 1 { b" " } else { b"" }].concat();
        let head = [(tag >> 16) as u16, tag as u16].map(u16::to_le_bytes).concat();
        let length = match (explicit, kind) {
            (false, _) => (value.len() as u32).to_le_bytes().to_vec(),
            (true, "SQ" | "OW" | "UT") => [kind.as_bytes(), &[0, 0], &(value.len() as u32).to_le_bytes()].concat(),
            (true, _) => [kind.as_bytes(), &(value.len() as u16).to_le_bytes()].concat(),
        };
        [head, length, value].concat()
    };
    let own = |tag, kind: &str, value: &[u8]| element(tag, kind, value, explicit);
    let item =
        |value: Vec<u8>| [&0xfffe_u16.to_le_bytes()[..], &0xe000_u16.to_le_bytes(), &(value.len() as u32).to_le_bytes(), &value].concat();
    let syntax: &[u8] = if explicit { b"1.2.840.10008.1.2.1\0" } else { b"1.2.840.10008.1.2\0" };
    [
        vec![0; 128],
        b"DICM".to_vec(),
        element(0x0002_0010, "UI", syntax, true),
        own(0x0008_0005, "CS", b"ISO_IR 192"),
        own(0x0008_0020, "DA", b"20240305"),
        own(0x0008_0090, "PN", "HALE^AARON".as_bytes()),
        own(0x0010_0010, "PN", "GARCÍA^MARIA".as_bytes()),
        own(0x0010_0020, "LO", b"MR884421"),
        own(0x0010_0030, "DA", b"19610103"),
        own(0x0040_0275, "SQ", &item(own(0x0032_1060, "LO", b"MRI OF THE KNEE"))),
        own(0x7fe0_0010, "OW", &[0; 64]),
    ]
    .concat()
}
