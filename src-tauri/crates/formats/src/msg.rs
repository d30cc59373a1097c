//! Mails as Outlook keeps them (MS-OXMSG): who, when and what about, the words, what is attached, mails inside included.

use deid::{EntityType, Span};

use crate::archive::origin;
use crate::draft::Draft;
use crate::mail::html;
use crate::number_format::civil;
use crate::ole::{Ole, u32_at, utf16};
use crate::{Limits, Note, ReadError, decode, inside};

/// Properties of a person or an appointment (MS-OXPROPS) and what they are; those of a program's own choosing begin at 8000.
const PERSONAL: &[(u16, EntityType)] = {
    use EntityType::*;
    &[
        (0x3001, Person),
        (0x3a05, Person),
        (0x3a06, Person),
        (0x3a08, PhoneNumber),
        (0x3a09, PhoneNumber),
        (0x3a11, Person),
        (0x3a15, StreetAddress),
        (0x3a16, Organization),
        (0x3a18, Organization),
        (0x3a1a, PhoneNumber),
        (0x3a1c, PhoneNumber),
        (0x3a24, FaxNumber),
        (0x3a25, FaxNumber),
        (0x3a27, City),
        (0x3a28, State),
        (0x3a29, StreetAddress),
        (0x3a2a, PostalCode),
        (0x3a44, Person),
        (0x3a45, Person),
        (0x3a48, Person),
        (0x3a4f, Person),
        (0x3a59, City),
        (0x3a5b, PostalCode),
        (0x3a5c, State),
        (0x3a5d, StreetAddress),
    ]
};

/// A mail in a storage.
struct Mail<'m, 'o> {
    ole: &'m mut Ole<'o>,
    limits: &'m Limits,
}

/// Reads a mail.
pub(crate) fn read(ole: &mut Ole<'_>, root: &str, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let mut mail = Mail { ole, limits };
    let class = mail.text(root, 0x001a, draft)?.map(|(class, _)| class).unwrap_or_default();
    draft.made("From: ")?;
    mail.person(root, &[0x0c1a, 0x0042], &[0x5d01, 0x0c1f, 0x5d02, 0x0065], draft)?;
    draft.made("\n")?;
    let recipients = mail.ole.storages(root, &["/__recip_version1.0_"]);
    for recipient in &recipients {
        let properties = mail.ole.stream(recipient, "__properties_version1.0", draft)?.unwrap_or_default();
        draft.made(match property(&properties, 8, 0x0c15).and_then(|v| u32_at(&v, 0)) {
            Some(2) => "Cc: ",
            Some(3) => "Bcc: ",
            _ => "To: ",
        })?;
        mail.person(recipient, &[0x3001], &[0x39fe, 0x3003], draft)?;
        draft.made("\n")?;
    }
    mail.line(root, "Subject: ", 0x0037, draft)?;
    let properties = mail.ole.stream(root, "__properties_version1.0", draft)?.unwrap_or_default();
    // The head is shorter in a mail inside another one.
    let head = if root.is_empty() { 32 } else { 24 };
    if let Some(date) = [0x0039, 0x0e06, 0x3007].iter().find_map(|id| property(&properties, head, *id)).and_then(time) {
        draft.made("Date: ")?;
        let span = draft.shown(&date, origin("__properties_version1.0", 0..properties.len()))?;
        draft.field(span, EntityType::Date, "Date");
        draft.made("\n")?;
    }
    if recipients.is_empty() {
        for (label, id) in [("To: ", 0x0e04), ("Cc: ", 0x0e03), ("Bcc: ", 0x0e02)] {
            mail.line(root, label, id, draft)?;
        }
    }
    draft.made("\n")?;
    mail.body(root, draft)?;
    if !class.to_ascii_lowercase().starts_with("ipm.note") {
        mail.others(root, draft)?;
    }
    for attached in mail.ole.storages(root, &["/__attach_version1.0_"]) {
        mail.attachment(&attached, draft)?;
    }
    draft.notes.push(Note::PropertiesLeftOut);
    draft.end_line()
}

impl Mail<'_, '_> {
    /// A property that is text, and the stream it stands in.
    fn text(&mut self, root: &str, id: u16, draft: &mut Draft) -> Result<Option<(String, String)>, ReadError> {
        let wide = format!("__substg1.0_{id:04X}001F");
        if let Some(bytes) = self.ole.stream(root, &wide, draft)? {
            return Ok(Some((utf16(&bytes).trim_end_matches('\0').to_owned(), wide)));
        }
        let narrow = format!("__substg1.0_{id:04X}001E");
        let Some(bytes) = self.ole.stream(root, &narrow, draft)? else { return Ok(None) };
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        let text = decode::decode(bytes.get(..end).unwrap_or_default(), &mut draft.notes).unwrap_or_default();
        Ok(Some((text, narrow)))
    }

    /// Writes a property, if it says something.
    fn say(&mut self, root: &str, id: u16, draft: &mut Draft) -> Result<Option<Span>, ReadError> {
        let Some((text, stream)) = self.text(root, id, draft)?.filter(|(text, _)| !text.trim().is_empty()) else { return Ok(None) };
        let part = format!("{root}/{stream}");
        draft.shown(&text, origin(part.trim_start_matches('/'), 0..text.len())).map(Some)
    }

    fn line(&mut self, root: &str, label: &str, id: u16, draft: &mut Draft) -> Result<(), ReadError> {
        let before = draft.text().len();
        draft.made(label)?;
        match self.say(root, id, draft)? {
            Some(_) => draft.made("\n"),
            None => {
                draft.cut(before);
                Ok(())
            }
        }
    }

    /// A name and an address, each from the first property that has one.
    fn person(&mut self, root: &str, names: &[u16], addresses: &[u16], draft: &mut Draft) -> Result<(), ReadError> {
        for id in names {
            if let Some(span) = self.say(root, *id, draft)? {
                let entity = if span.of(draft.text()).contains('@') { EntityType::EmailAddress } else { EntityType::Person };
                draft.field(span, entity, "name");
                break;
            }
        }
        draft.made(" <")?;
        for id in addresses {
            if let Some(span) = self.say(root, *id, draft)? {
                // Inside a company an address is a path of its directory.
                let entity = if span.of(draft.text()).contains('@') { EntityType::EmailAddress } else { EntityType::Username };
                draft.field(span, entity, "address");
                break;
            }
        }
        draft.made(">")
    }

    /// The words: plain, or else as HTML, or else as RTF.
    fn body(&mut self, root: &str, draft: &mut Draft) -> Result<(), ReadError> {
        if self.say(root, 0x1000, draft)?.is_some() {
            return draft.end_line();
        }
        let part = |stream: &str| format!("{root}/{stream}").trim_start_matches('/').to_owned();
        let page = match self.text(root, 0x1013, draft)? {
            Some((page, _)) => Some(page),
            None => {
                let bytes = self.ole.stream(root, "__substg1.0_10130102", draft)?;
                bytes.and_then(|bytes| decode::decode(&bytes, &mut draft.notes).ok())
            }
        };
        if let Some(page) = page {
            draft.shown(&html(&page), origin(&part("__substg1.0_10130102"), 0..page.len()))?;
            return draft.end_line();
        }
        if let Some(packed) = self.ole.stream(root, "__substg1.0_10090102", draft)? {
            match unpack(&packed, draft.budget.unpacked)? {
                Some(rtf) => drop(inside::read(draft, self.limits, &rtf, &part("__substg1.0_10090102"), "body.rtf")?),
                None => draft.notes.push(Note::PartsNotRead { count: 1 }),
            }
        }
        Ok(())
    }

    /// What a contact, an appointment or a task says in properties of its own.
    fn others(&mut self, root: &str, draft: &mut Draft) -> Result<(), ReadError> {
        for name in self.ole.names(root) {
            let id = name.strip_prefix("__substg1.0_").and_then(|n| n.strip_suffix("001F").or_else(|| n.strip_suffix("001E")));
            let Some(id) = id.and_then(|id| u16::from_str_radix(id, 16).ok()) else { continue };
            if !(matches!(id, 0x3001 | 0x3a00..=0x3aff) || id >= 0x8000) {
                continue;
            }
            if let Some(span) = self.say(root, id, draft)? {
                if let Some((_, entity)) = PERSONAL.iter().find(|(known, _)| *known == id) {
                    draft.field(span, *entity, "contact");
                }
                draft.made("\n")?;
            }
        }
        Ok(())
    }

    fn attachment(&mut self, attached: &str, draft: &mut Draft) -> Result<(), ReadError> {
        draft.end_line()?;
        draft.made("Attachment: ")?;
        let mut name = String::new();
        for id in [0x3707, 0x3704, 0x3001] {
            if let Some(span) = self.say(attached, id, draft)? {
                name = span.of(draft.text()).to_owned();
                break;
            }
        }
        draft.made("\n")?;
        let part = attached.trim_start_matches('/');
        if let Some(bytes) = self.ole.stream(attached, "__substg1.0_37010102", draft)? {
            return inside::read(draft, self.limits, &bytes, part, &name).map(drop);
        }
        let inner = format!("{attached}/__substg1.0_3701000D");
        let failed = inside::nest(draft, part, |draft| self.ole.document(&inner, self.limits, draft).map(drop))?;
        draft.notes.extend(failed.is_some().then_some(Note::AttachmentsNotRead { count: 1 }));
        Ok(())
    }
}

/// The value of a property of fixed size; `head` bytes stand before the list (2.4).
fn property(properties: &[u8], head: usize, id: u16) -> Option<[u8; 8]> {
    let list = properties.get(head..)?.as_chunks::<16>().0;
    let entry = list.iter().find(|e| e.get(2..4) == Some(&id.to_le_bytes()))?;
    entry.last_chunk::<8>().copied()
}

/// Tenths of microseconds since 1601 as a time, UTC.
fn time(value: [u8; 8]) -> Option<String> {
    let seconds = i64::try_from(u64::from_le_bytes(value) / 10_000_000).ok().filter(|s| *s > 0)? - 11_644_473_600;
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let clock = seconds.rem_euclid(86_400);
    Some(format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", clock / 3600, clock / 60 % 60))
}

/// What every packed RTF has been preceded by (MS-OXRTFCP 2.1.3.1.4).
const BEFORE: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Unpacks RTF (MS-OXRTFCP); none where it is damaged.
fn unpack(packed: &[u8], limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
    let (Some(kind), Some(raw)) = (u32_at(packed, 8), packed.get(16..)) else { return Ok(None) };
    if kind == 0x414c_454d {
        return Ok(Some(raw.to_vec()));
    }
    if kind != 0x7546_5a4c {
        return Ok(None);
    }
    let mut window = [b' '; 4096];
    for (place, byte) in window.iter_mut().zip(BEFORE) {
        *place = *byte;
    }
    let (mut write, mut out) = (BEFORE.len(), Vec::new());
    let mut put = |byte: u8, out: &mut Vec<u8>, window: &mut [u8; 4096]| {
        out.push(byte);
        if let Some(place) = window.get_mut(write % 4096) {
            *place = byte;
        }
        write += 1;
    };
    let mut bytes = raw.iter().copied();
    let mut at = BEFORE.len();
    'all: while let Some(control) = bytes.next() {
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                let Some(byte) = bytes.next() else { break 'all };
                put(byte, &mut out, &mut window);
                at += 1;
                continue;
            }
            let (Some(high), Some(low)) = (bytes.next(), bytes.next()) else { break 'all };
            let reference = usize::from(high) << 8 | usize::from(low);
            let (offset, length) = (reference >> 4, (reference & 15) + 2);
            // A reference to where the next byte will stand is the end.
            if offset == at % 4096 {
                break 'all;
            }
            for step in 0..length {
                let byte = window.get((offset + step) % 4096).copied().unwrap_or_default();
                put(byte, &mut out, &mut window);
            }
            at += length;
        }
        if out.len() as u64 > limit {
            return Err(ReadError::Bomb);
        }
    }
    Ok(Some(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_rtf_unpacks() {
        // The first example of the specification (3.1.1).
        let packed = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0, 0x0a, 0, 0x72, 0x63, 0x70, 0x67, 0x31,
            0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a,
            0x80, 0x0f, 0xa0,
        ];
        let rtf = unpack(&packed, 1000).unwrap().unwrap();
        assert_eq!(String::from_utf8(rtf).unwrap(), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(unpack(&packed, 10), Err(ReadError::Bomb));
        assert_eq!(unpack(b"short", 10), Ok(None));
    }
}
