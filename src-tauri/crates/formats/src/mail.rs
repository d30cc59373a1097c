//! Mails: what their heads say, their words, plain and as HTML, and what is attached. One to a file, or many (mbox, RFC 4155).

use std::ops::Range;

use deid::{EntityType, Span};
use mail_parser::{Addr, Address, Header, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::draft::Draft;
use crate::{Format, Limits, Note, Origin, ReadError, inside, markup};

/// Lines of a body that have a stretch of their own; a longer body has one for all.
const LINES: usize = 500_000;

/// Between one name of a field and the next stand a few signs.
const NEAR: usize = 1000;

/// Fields of the head that are read; what else stands there is between machines.
pub(crate) const SHOWN: &[&str] = &[
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "resent-from",
    "resent-to",
    "resent-cc",
    "resent-date",
    "return-path",
    "delivered-to",
    "x-original-to",
    "comments",
    "keywords",
    "organization",
    "thread-topic",
    "disposition-notification-to",
];

/// Reads one mail.
pub(crate) fn read(bytes: &[u8], limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    // A mark or blank lines may stand before the head.
    let mail_bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    mail(mail_bytes, bytes.len() - mail_bytes.len(), "", limits, draft)
}

/// Reads every mail of a file. One that cannot be parsed costs a note.
pub(crate) fn read_all(bytes: &[u8], limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    for (index, range) in mails(bytes).into_iter().enumerate() {
        draft.end_line()?;
        if index > 0 {
            draft.made("\n")?;
        }
        let base = range.start;
        match mail(bytes.get(range).unwrap_or_default(), base, &format!("mail/{}/", index + 1), limits, draft) {
            Err(ReadError::Corrupt { .. } | ReadError::Encrypted | ReadError::PasswordNeeded) => {
                draft.notes.push(Note::PartsNotRead { count: 1 })
            }
            done => done?,
        }
    }
    Ok(())
}

/// Whether a line parts two mails: `From `, somebody, a time and a year.
pub(crate) fn is_envelope(line: &[u8]) -> bool {
    let digits = |d: &[u8]| d.iter().all(u8::is_ascii_digit);
    let time = |w: &[u8]| matches!(w, [a, b, b':', c, d] if digits(&[*a, *b, *c, *d]));
    let year = |w: &[u8]| matches!(w, [b' ', b'1' | b'2', b'9' | b'0', c, d] if digits(&[*c, *d]));
    line.starts_with(b"From ") && line.len() < 1000 && line.windows(5).any(time) && line.windows(5).any(year)
}

/// The mails of an mbox, without the lines that part them.
pub(crate) fn mails(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let (mut at, mut blank) = (0, true);
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let next = at + line.len();
        if blank && is_envelope(line) {
            if let Some(last) = found.last_mut() {
                last.end = at;
            }
            found.push(next..bytes.len());
        }
        blank = line.iter().all(u8::is_ascii_whitespace);
        at = next;
    }
    found
}

/// A mail taken apart. A panic in the parser means a damaged one.
pub(crate) fn parsed(bytes: &[u8], format: Format) -> Result<Message<'_>, ReadError> {
    let message = std::panic::catch_unwind(|| MessageParser::default().parse(bytes));
    message.ok().flatten().ok_or(ReadError::Corrupt { format })
}

/// `base` is where the mail begins in the file, `prefix` goes before the names of its bodies.
fn mail(bytes: &[u8], base: usize, prefix: &str, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let message = parsed(bytes, Format::Eml)?;
    let begun = draft.text().len();
    let mut left_out = false;
    for header in message.headers() {
        left_out |= !field(draft, bytes, base, header)?;
    }
    draft.notes.extend(left_out.then_some(Note::PropertiesLeftOut));
    draft.made("\n")?;
    let (mut said, mut locked) = (false, false);
    for (index, part) in message.parts.iter().enumerate() {
        let name = format!("{prefix}body/{index}");
        match &part.body {
            PartType::Multipart(_) => locked |= is_locked(part),
            PartType::Text(text) if is_body(part) => {
                said |= !text.trim().is_empty();
                draft.end_line()?;
                let (start, end) = (part.offset_body as usize, part.offset_end as usize);
                // A body that is not encoded stands in the file as it is.
                let plain = bytes.get(start..end).and_then(|raw| raw.strip_prefix(text.as_bytes())).is_some();
                lines(draft, text, |range| match plain {
                    true => Origin::Bytes { start: base + start + range.start, end: base + start + range.end },
                    false => Origin::Part { name: name.clone(), start: range.start, end: range.end },
                })?;
            }
            PartType::Html(markup) if is_body(part) => {
                let words = html(markup);
                said |= !words.is_empty();
                if !same_words(draft.text().get(begun..).unwrap_or_default(), &words) {
                    draft.end_line()?;
                    draft.shown(&words, Origin::Part { name, start: 0, end: markup.len() })?;
                }
            }
            _ if is_signature(part) => draft.notes.push(Note::PropertiesLeftOut),
            _ => {
                locked |= is_locked(part);
                said |= attachment(draft, limits, &message, part, &format!("{prefix}attachment/{index}"))?;
            }
        }
    }
    draft.end_line()?;
    if locked && !said {
        return Err(ReadError::Encrypted);
    }
    Ok(())
}

/// One field of the head as a line; whether it is one that is read.
fn field(draft: &mut Draft, bytes: &[u8], base: usize, header: &Header<'_>) -> Result<bool, ReadError> {
    let name = header.name();
    if !SHOWN.contains(&name.to_ascii_lowercase().as_str()) {
        return Ok(matches!(header.name, HeaderName::ContentType | HeaderName::ContentTransferEncoding | HeaderName::MimeVersion));
    }
    let start = header.offset_start as usize;
    let Some(raw) = bytes.get(start..header.offset_end as usize) else { return Ok(false) };
    draft.made(name)?;
    draft.made(": ")?;
    let begun = draft.text().len();
    match str::from_utf8(raw) {
        Ok(raw) if !raw.contains("=?") => {
            // A long field goes on in lines that begin with white space.
            let mut at = base + start;
            for (index, line) in raw.split_inclusive('\n').enumerate() {
                let (lead, words) = (line.len() - line.trim_start().len(), line.trim());
                if !words.is_empty() {
                    draft.made(if index > 0 { " " } else { "" })?;
                    draft.push(words, Origin::Bytes { start: at + lead, end: at + lead + words.len() })?;
                }
                at += line.len();
            }
        }
        _ => drop(draft.shown(&decoded(&header.value, raw), Origin::Bytes { start: base + start, end: base + start + raw.len() })?),
    }
    let span = Span::new(begun, draft.text().len());
    for (found, entity) in named(&header.value, span.of(draft.text())) {
        draft.field(Span::new(begun + found.start, begun + found.end), entity, name);
    }
    draft.made("\n")?;
    Ok(true)
}

/// What a field says whose words are encoded.
fn decoded(value: &HeaderValue<'_>, raw: &[u8]) -> String {
    match value {
        HeaderValue::Text(text) => text.trim().to_owned(),
        HeaderValue::TextList(list) => list.join(", "),
        HeaderValue::Address(address) => {
            let one = |a: &mail_parser::Addr<'_>| match (&a.name, &a.address) {
                (Some(name), Some(address)) => format!("{name} <{address}>"),
                (name, address) => name.as_deref().or(address.as_deref()).unwrap_or_default().to_owned(),
            };
            address.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        _ => encoding_rs::WINDOWS_1252.decode(raw).0.trim().to_owned(),
    }
}

/// People and addresses in a field's text, and the time in that of a date.
fn named<'v>(value: &'v HeaderValue<'_>, text: &str) -> Vec<(Range<usize>, EntityType)> {
    let mut found = Vec::new();
    match value {
        HeaderValue::DateTime(_) => found.push((0..text.len(), EntityType::Date)),
        HeaderValue::Address(address) => {
            let words = |a: &'v Addr<'_>| -> Vec<&'v str> { [a.name.as_deref(), a.address.as_deref()].into_iter().flatten().collect() };
            let words: Vec<&str> = match address {
                Address::List(list) => list.iter().flat_map(words).collect(),
                Address::Group(groups) => {
                    groups.iter().flat_map(|g| g.name.as_deref().into_iter().chain(g.addresses.iter().flat_map(words))).collect()
                }
            };
            let mut at = 0;
            for word in words.into_iter().filter(|w| !w.is_empty()) {
                let near = text.get(at..text.floor_char_boundary(at + word.len() + NEAR)).unwrap_or_default();
                if let Some(place) = near.find(word) {
                    found.push((
                        at + place..at + place + word.len(),
                        if word.contains('@') { EntityType::EmailAddress } else { EntityType::Person },
                    ));
                    at += place + word.len();
                }
            }
        }
        _ => {}
    }
    found
}

/// Adds a body line by line, each with its place in it.
fn lines(draft: &mut Draft, text: &str, origin: impl Fn(Range<usize>) -> Origin) -> Result<(), ReadError> {
    if !text.contains('\r') || text.matches('\r').count() > LINES {
        return draft.push(text, origin(0..text.len())).map(drop);
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim_end_matches(['\r', '\n']);
        draft.push(words, origin(at..at + words.len()))?;
        if words.len() < line.len() {
            draft.made("\n")?;
        }
        at += line.len();
    }
    Ok(())
}

fn subtype<'p>(part: &'p MessagePart<'_>) -> (&'p str, &'p str) {
    part.content_type().map_or(("text", "plain"), |t| (t.ctype(), t.subtype().unwrap_or_default()))
}

/// Text that a mail program shows, not a file.
pub(crate) fn is_body(part: &MessagePart<'_>) -> bool {
    let attached = part.content_disposition().is_some_and(|d| d.is_attachment());
    !attached
        && part.attachment_name().is_none()
        && matches!(subtype(part), ("text", kind) if ["plain", "html", ""].contains(&kind.to_ascii_lowercase().as_str()))
}

/// A signature says who signed, and nothing that is shown.
fn is_signature(part: &MessagePart<'_>) -> bool {
    let kind = subtype(part).1.to_ascii_lowercase();
    kind.ends_with("pkcs7-signature") || kind == "pgp-signature"
}

fn is_locked(part: &MessagePart<'_>) -> bool {
    let kind = subtype(part).1.to_ascii_lowercase();
    let signed = part.content_type().and_then(|t| t.attribute("smime-type")).is_some_and(|kind| kind.contains("signed"));
    kind == "encrypted" || kind.ends_with("pkcs7-mime") && !signed
}

/// Reads a file that comes with the mail; whether it could be read.
fn attachment(draft: &mut Draft, limits: &Limits, message: &Message<'_>, part: &MessagePart<'_>, place: &str) -> Result<bool, ReadError> {
    draft.end_line()?;
    draft.made("Attachment: ")?;
    let name = part.attachment_name().unwrap_or_default().to_owned();
    // Its name stands in the head of the part, encoded in one of several ways.
    let head = Origin::Path { path: format!("{place}/name") };
    draft.push(&name, head)?;
    draft.made("\n")?;
    let bytes = match &part.body {
        PartType::Message(inner) if inner.raw_message().is_empty() => {
            message.raw_message().get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default()
        }
        _ => part.contents(),
    };
    // What is declared a picture and is none is not shown as text either.
    if matches!(subtype(part).0.to_ascii_lowercase().as_str(), "image" | "audio" | "video") {
        draft.notes.push(inside::picture(bytes));
        return Ok(false);
    }
    inside::read(draft, limits, bytes, place, &name).map(|failed| failed.is_none())
}

/// Whether a text says, word for word, all that another one says.
fn same_words(text: &str, other: &str) -> bool {
    let mut words = text.split_whitespace();
    other.split_whitespace().all(|word| words.any(|w| w == word))
}

/// Elements whose words no page shows.
const UNSEEN: &[&str] = &["style", "script", "title"];

/// The words of a page, without what programs read.
pub(crate) fn html(page: &str) -> String {
    markup::to_text(&visible(page))
}

/// A page without the elements whose words no page shows.
pub(crate) fn visible(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let (mut kept, mut at) = (String::new(), 0);
    for (start, _) in
        page.match_indices('<').filter(|(start, _)| lower.get(start + 1..).is_some_and(|t| UNSEEN.iter().any(|u| t.starts_with(u))))
    {
        if start < at {
            continue;
        }
        kept.push_str(page.get(at..start).unwrap_or_default());
        let rest = lower.get(start..).unwrap_or_default();
        let tag = UNSEEN.iter().find(|tag| rest.get(1..).is_some_and(|r| r.starts_with(*tag))).copied().unwrap_or_default();
        at = rest.find(&format!("</{tag}")).map_or(page.len(), |i| start + i);
        // Its closing tag opens nothing.
        at += page.get(at..).and_then(|rest| rest.find('>')).map_or(0, |end| end + 1);
    }
    kept.push_str(page.get(at..).unwrap_or_default());
    kept
}
