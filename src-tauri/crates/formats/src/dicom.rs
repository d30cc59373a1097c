//! DICOM files (PS3.10): what the header says about patient, visit and study, as lines. Pixels are not read.

use deid::EntityType;
use encoding_rs::Encoding;

use crate::archive::origin;
use crate::draft::Draft;
use crate::ole::{u16_at, u32_at};
use crate::{Format, Limits, Note, ReadError};

const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Dicom };

/// Longest value that is shown; longer ones are data.
const VALUE: usize = 64 << 10;

const PIXELS: u32 = 0x7fe0_0010;
const ITEM: u32 = 0xfffe_e000;
const ENDS: [u32; 2] = [0xfffe_e00d, 0xfffe_e0dd];

/// Attributes that PS3.15 table E.1-1 protects and that people type into, with their names and what they hold.
const ATTRIBUTES: &[(u32, &str, Option<EntityType>)] = {
    use EntityType::*;
    &[
        (0x0008_0012, "Instance creation date", Some(Date)),
        (0x0008_0020, "Study date", Some(Date)),
        (0x0008_0021, "Series date", Some(Date)),
        (0x0008_0022, "Acquisition date", Some(Date)),
        (0x0008_0023, "Content date", Some(Date)),
        (0x0008_002a, "Acquisition time", Some(Date)),
        (0x0008_0050, "Accession number", Some(UniqueId)),
        (0x0008_0060, "Modality", None),
        (0x0008_0070, "Manufacturer", None),
        (0x0008_0080, "Institution", Some(Facility)),
        (0x0008_0081, "Institution address", Some(StreetAddress)),
        (0x0008_0090, "Referring physician", Some(Person)),
        (0x0008_0092, "Referring physician address", Some(StreetAddress)),
        (0x0008_0094, "Referring physician telephone", Some(PhoneNumber)),
        (0x0008_009c, "Consulting physician", Some(Person)),
        (0x0008_1010, "Station", Some(DeviceId)),
        (0x0008_1030, "Study description", None),
        (0x0008_103e, "Series description", None),
        (0x0008_1040, "Department", Some(Facility)),
        (0x0008_1048, "Physician of record", Some(Person)),
        (0x0008_1050, "Performing physician", Some(Person)),
        (0x0008_1060, "Reading physician", Some(Person)),
        (0x0008_1070, "Operator", Some(Person)),
        (0x0008_1080, "Admitting diagnosis", None),
        (0x0008_4000, "Identifying comments", None),
        (0x0010_0010, "Patient", Some(Person)),
        (0x0010_0020, "Patient id", Some(MedicalRecordNumber)),
        (0x0010_0021, "Issuer of patient id", Some(Facility)),
        (0x0010_0030, "Birth date", Some(Date)),
        (0x0010_0032, "Birth time", None),
        (0x0010_0040, "Sex", None),
        (0x0010_0050, "Insurance plan", Some(HealthPlanId)),
        (0x0010_1000, "Other patient ids", Some(MedicalRecordNumber)),
        (0x0010_1001, "Other patient names", Some(Person)),
        (0x0010_1005, "Birth name", Some(Person)),
        (0x0010_1010, "Age", Some(Age)),
        (0x0010_1040, "Patient address", Some(StreetAddress)),
        (0x0010_1060, "Mother's birth name", Some(Person)),
        (0x0010_1080, "Military rank", Some(Profession)),
        (0x0010_1081, "Branch of service", Some(Organization)),
        (0x0010_1090, "Medical record locator", Some(MedicalRecordNumber)),
        (0x0010_2000, "Medical alerts", None),
        (0x0010_2110, "Allergies", None),
        (0x0010_2150, "Country", Some(Country)),
        (0x0010_2152, "Region", Some(State)),
        (0x0010_2154, "Patient telephone", Some(PhoneNumber)),
        (0x0010_2160, "Ethnic group", Some(Nrp)),
        (0x0010_2180, "Occupation", Some(Profession)),
        (0x0010_21b0, "History", None),
        (0x0010_21d0, "Last menstrual date", Some(Date)),
        (0x0010_21f0, "Religion", Some(Nrp)),
        (0x0010_2297, "Responsible person", Some(Person)),
        (0x0010_2299, "Responsible organization", Some(Organization)),
        (0x0010_4000, "Patient comments", None),
        (0x0018_1000, "Device serial number", Some(DeviceId)),
        (0x0018_1030, "Protocol", None),
        (0x0020_0010, "Study id", Some(UniqueId)),
        (0x0020_4000, "Image comments", None),
        (0x0032_1032, "Requesting physician", Some(Person)),
        (0x0032_1033, "Requesting service", Some(Facility)),
        (0x0032_1060, "Requested procedure", None),
        (0x0032_1070, "Contrast agent", None),
        (0x0032_4000, "Study comments", None),
        (0x0038_0010, "Admission id", Some(UniqueId)),
        (0x0038_0020, "Admission date", Some(Date)),
        (0x0038_0060, "Service episode id", Some(UniqueId)),
        (0x0038_0300, "Current location", Some(Facility)),
        (0x0038_0400, "Residence", Some(StreetAddress)),
        (0x0038_0500, "Patient state", None),
        (0x0038_4000, "Visit comments", None),
        (0x0040_0006, "Scheduled physician", Some(Person)),
        (0x0040_0007, "Procedure step", None),
        (0x0040_0244, "Procedure date", Some(Date)),
        (0x0040_0253, "Procedure id", Some(UniqueId)),
        (0x0040_0254, "Performed procedure", None),
        (0x0040_1001, "Requested procedure id", Some(UniqueId)),
        (0x0040_1010, "Intended recipient", Some(Person)),
        (0x0040_1400, "Request comments", None),
        (0x0040_2016, "Placer order number", Some(UniqueId)),
        (0x0040_2017, "Filler order number", Some(UniqueId)),
        (0x0040_2008, "Order entered by", Some(Person)),
        (0x0040_2010, "Order callback telephone", Some(PhoneNumber)),
        (0x0040_a075, "Verifying observer", Some(Person)),
        (0x0040_a123, "Person", Some(Person)),
        (0x0040_a160, "Text", None),
        (0x0070_0084, "Content creator", Some(Person)),
        (0x4008_0102, "Interpretation recorder", Some(Person)),
        (0x4008_010b, "Interpretation", None),
        (0x4008_010c, "Interpretation author", Some(Person)),
        (0x4008_0114, "Physician approving", Some(Person)),
        (0x4008_0300, "Impressions", None),
    ]
};

/// Kinds of values that are text (PS3.5 6.2).
const TEXTS: &[&[u8]] = &[b"AE", b"AS", b"CS", b"DA", b"DS", b"DT", b"IS", b"LO", b"LT", b"PN", b"SH", b"ST", b"TM", b"UC", b"UR", b"UT"];

/// Kinds whose length takes four bytes, after two that are empty.
const LONG: &[&[u8]] = &[b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"];

/// An element: tag, kind, and where its value stands; a length that is not told goes on to an end of its own.
struct Element<'b> {
    tag: u32,
    kind: &'b [u8],
    start: usize,
    length: Option<usize>,
}

/// Reads a header.
pub(crate) fn read(bytes: &[u8], _: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let (mut at, mut explicit) = (132, true);
    let mut encoding: &'static Encoding = encoding_rs::WINDOWS_1252;
    let mut read = 0;
    while let Some(element) = element(bytes, at, explicit) {
        read += 1;
        let Element { tag, kind, start, length } = element;
        if tag == PIXELS {
            draft.notes.push(Note::ImagesNotRead { count: 1 });
            break;
        }
        // Items of sequences lie one after the other: they are walked through as if they were not there.
        let has_items = u16_at(bytes, start) == Some(0xfffe) && u16_at(bytes, start + 2) == Some(0xe000) && length != Some(0);
        if kind == b"SQ" || has_items || tag == ITEM || ENDS.contains(&tag) || length.is_none() {
            at = start;
            continue;
        }
        let end = start.saturating_add(length.unwrap_or_default());
        let Some(value) = bytes.get(start..end) else {
            draft.notes.push(Note::PartsNotRead { count: 1 });
            break;
        };
        at = end;
        match tag {
            // The meta group is explicit; what follows it, as it says.
            0x0002_0010 => {
                let syntax = String::from_utf8_lossy(value);
                let syntax = syntax.trim_end_matches(['\0', ' ']);
                if matches!(syntax, "1.2.840.10008.1.2.1.99" | "1.2.840.10008.1.2.2") {
                    return Err(ReadError::Unsupported { found: "dicom, deflated or big endian".into() });
                }
                explicit = syntax != "1.2.840.10008.1.2";
            }
            0x0008_0005 => encoding = charset(value),
            _ => line(draft, tag, kind, value, start, encoding)?,
        }
    }
    if read == 0 { Err(CORRUPT) } else { Ok(()) }
}

/// The element at a place. The meta group is always explicit.
fn element(bytes: &[u8], at: usize, explicit: bool) -> Option<Element<'_>> {
    let (group, number) = (u16_at(bytes, at)?, u16_at(bytes, at + 2)?);
    let tag = u32::from(group) << 16 | u32::from(number);
    let told = |length: u32| (length != u32::MAX).then_some(length as usize);
    if group == 0xfffe {
        return Some(Element { tag, kind: b"", start: at + 8, length: told(u32_at(bytes, at + 4)?) });
    }
    if !explicit && group != 2 {
        let kind: &[u8] = if ATTRIBUTES.iter().any(|(known, ..)| *known == tag) { b"LO" } else { b"UN" };
        return Some(Element { tag, kind, start: at + 8, length: told(u32_at(bytes, at + 4)?) });
    }
    let kind = bytes.get(at + 4..at + 6)?;
    if !kind.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let (start, length) = match LONG.contains(&kind) {
        true => (at + 12, u32_at(bytes, at + 8)?),
        false => (at + 8, u32::from(u16_at(bytes, at + 6)?)),
    };
    Some(Element { tag, kind, start, length: told(length) })
}

/// An attribute as a line, if it is text.
fn line(draft: &mut Draft, tag: u32, kind: &[u8], value: &[u8], start: usize, encoding: &'static Encoding) -> Result<(), ReadError> {
    let known = ATTRIBUTES.iter().find(|(t, ..)| *t == tag);
    // A private or unknown value may be text without saying so.
    let unsaid = kind == b"UN" && value.iter().all(|b| (0x20..0x7f).contains(b) || matches!(b, b'\r' | b'\n' | b'\t' | 0x1b | 0x80..));
    let value = value.trim_ascii_end();
    let value = value.strip_suffix(b"\0").unwrap_or(value);
    if value.len() > VALUE {
        draft.notes.push(Note::PartsNotRead { count: 1 });
        return Ok(());
    }
    if !(TEXTS.contains(&kind) || unsaid) || value.is_empty() || tag >> 16 == 2 {
        return Ok(());
    }
    let (text, _) = encoding.decode_without_bom_handling(value);
    if !text.chars().any(char::is_alphanumeric) {
        return Ok(());
    }
    match known {
        Some((_, name, _)) => draft.made(name)?,
        None => draft.made(&format!("({:04x},{:04x})", tag >> 16, tag & 0xffff))?,
    }
    draft.made(": ")?;
    let place = origin("", start..start + value.len());
    let span = if text.as_bytes() == value { draft.push(&text, place)? } else { draft.shown(&text, place)? };
    let entity = known.and_then(|(.., entity)| *entity).or((kind == b"PN").then_some(EntityType::Person));
    let entity = entity.or((kind == b"DA" || kind == b"DT").then_some(EntityType::Date));
    if let Some(entity) = entity {
        draft.field(span, entity, known.map_or("value of that kind", |(_, name, _)| name));
    }
    draft.made("\n")
}

/// The character set of the text (PS3.3 C.12.1.1.2); the first of several.
fn charset(value: &[u8]) -> &'static Encoding {
    let value = String::from_utf8_lossy(value);
    match value.split('\\').map(str::trim).find(|v| !v.is_empty()).unwrap_or_default() {
        "ISO_IR 192" => encoding_rs::UTF_8,
        "ISO_IR 101" | "ISO 2022 IR 101" => encoding_rs::ISO_8859_2,
        "ISO_IR 109" | "ISO 2022 IR 109" => encoding_rs::ISO_8859_3,
        "ISO_IR 110" | "ISO 2022 IR 110" => encoding_rs::ISO_8859_4,
        "ISO_IR 144" | "ISO 2022 IR 144" => encoding_rs::ISO_8859_5,
        "ISO_IR 127" | "ISO 2022 IR 127" => encoding_rs::ISO_8859_6,
        "ISO_IR 126" | "ISO 2022 IR 126" => encoding_rs::ISO_8859_7,
        "ISO_IR 138" | "ISO 2022 IR 138" => encoding_rs::ISO_8859_8,
        "ISO_IR 148" | "ISO 2022 IR 148" => encoding_rs::WINDOWS_1254,
        "ISO_IR 166" | "ISO 2022 IR 166" => encoding_rs::WINDOWS_874,
        "GB18030" | "GBK" => encoding_rs::GB18030,
        "ISO 2022 IR 149" => encoding_rs::EUC_KR,
        "ISO 2022 IR 87" | "ISO 2022 IR 159" => encoding_rs::ISO_2022_JP,
        "ISO_IR 13" | "ISO 2022 IR 13" => encoding_rs::SHIFT_JIS,
        _ => encoding_rs::WINDOWS_1252,
    }
}
