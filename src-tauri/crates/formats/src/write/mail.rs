//! Mails, put together anew from their own pieces: fields of the head that are read, and every part in the encoding it came in. What
//! machines told each other on the way goes, and so does a file that came along and cannot be written.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use super::ground::{Change, Ground, Plain};
use super::html::Html;
use super::{Edit, Splice, WriteError, WriteNote, assign, settle, splice, xml};
use crate::mail::{SHOWN, is_body, mails, visible};
use crate::markup::to_text;
use crate::{Format, Limits, Origin, Record, Stretch};

/// Longest line of an encoded body.
const LINE: usize = 76;

/// Writes one mail or many.
pub(super) fn write(
    bytes: &[u8],
    limits: &Limits,
    record: &Record,
    edits: &[Edit],
    keep_unread: bool,
    notes: &mut Vec<WriteNote>,
) -> Result<Vec<u8>, WriteError> {
    let changes = assign(record, edits, |_| false)?;
    let mut writer = Writer { record, edits, changes, limits, keep_unread, unread: 0, unseen: 0, past: 0, out: Vec::new() };
    if record.format == Format::Mbox {
        for (index, range) in mails(bytes).into_iter().enumerate() {
            // Who sent it when stands in its head again.
            writer.out.extend(b"From sender Thu Jan  1 00:00:00 1970\n");
            writer.mail(bytes.get(range.clone()).unwrap_or_default(), range.start, &format!("mail/{}/", index + 1))?;
        }
    } else {
        let mail = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        writer.mail(mail, bytes.len() - mail.len(), "")?;
    }
    let note = |count: usize, note: WriteNote| (count > 0).then_some(note);
    notes.extend(note(writer.unread, WriteNote::UnreadRemoved { count: writer.unread }));
    notes.extend(note(writer.unseen, WriteNote::UnseenRemoved { count: writer.unseen }));
    Ok(writer.out)
}

struct Writer<'r> {
    record: &'r Record,
    edits: &'r [Edit],
    changes: Vec<(Stretch, Vec<Change>)>,
    limits: &'r Limits,
    keep_unread: bool,
    unread: usize,
    unseen: usize,
    /// Up to where in the record's text files that came along were found.
    past: usize,
    out: Vec<u8>,
}

/// What the head of a part says from now on.
enum Head {
    Same,
    /// Text of this kind in UTF-8.
    Text(&'static str),
    /// A file of this name.
    File(String),
    Gone,
}

/// One mail: its bytes, where they begin in the file, and what goes before the names of its parts.
struct Mail<'m> {
    bytes: &'m [u8],
    base: usize,
    prefix: &'m str,
    message: &'m Message<'m>,
    end: &'static str,
}

impl Writer<'_> {
    fn mail(&mut self, bytes: &[u8], base: usize, prefix: &str) -> Result<(), WriteError> {
        let format = self.record.format;
        let message = crate::mail::parsed(bytes, format)?;
        let end = if bytes.windows(2).any(|w| w == b"\r\n") { "\r\n" } else { "\n" };
        let mail = Mail { bytes, base, prefix, message: &message, end };
        self.part(&mail, 0, &mut String::new())?;
        if !self.out.ends_with(b"\n") {
            self.out.extend(end.bytes());
        }
        if format == Format::Mbox && !self.out.ends_with(b"\n\n") && !self.out.ends_with(b"\r\n\r\n") {
            self.out.extend(end.bytes());
        }
        Ok(())
    }

    /// `plain` is what the last plain body says, for the page that repeats it.
    fn part(&mut self, mail: &Mail<'_>, index: usize, plain: &mut String) -> Result<(), WriteError> {
        let Some(part) = mail.message.parts.get(index) else { return Ok(()) };
        let raw = mail.bytes.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default();
        let name = format!("{}body/{index}", mail.prefix);
        match &part.body {
            PartType::Multipart(children) => {
                let boundary = part.content_type().and_then(|t| t.attribute("boundary"));
                let boundary = boundary.ok_or(WriteError::NotWritable { format: self.record.format })?;
                self.head(mail, index, part, Head::Same);
                for child in children {
                    self.line(&format!("--{boundary}"), mail.end);
                    self.part(mail, usize::try_from(*child).unwrap_or(usize::MAX), plain)?;
                }
                self.line(&format!("--{boundary}--"), mail.end);
            }
            PartType::Text(text) if is_body(part) => {
                let start = mail.base + part.offset_body as usize;
                let own = self.own(|origin| matches!(origin, Origin::Part { name: n, .. } if *n == name));
                let exact = self.own(|o| matches!(o, Origin::Bytes { start: s, end: e } if *s >= start && *e <= start + raw.len()));
                if own.is_empty() {
                    let utf8 = part.content_type().and_then(|t| t.attribute("charset")).is_some_and(|c| c.eq_ignore_ascii_case("utf-8"));
                    let splices = self.splices(&exact, &Shifted(&String::from_utf8_lossy(raw), start, utf8, mail.end));
                    *plain = if exact.is_empty() { text.to_string() } else { splice(&String::from_utf8_lossy(raw), &splices) };
                    self.head(mail, index, part, Head::Same);
                    if exact.is_empty() {
                        self.out.extend(raw);
                    } else {
                        self.out.extend(plain.bytes());
                    }
                } else {
                    *plain = splice(text, &self.splices(&own, &Plain(text)));
                    self.head(mail, index, part, Head::Text("plain"));
                    self.body(part.encoding, plain, mail.end);
                }
            }
            PartType::Html(page) if is_body(part) => {
                let own = self.own(|origin| matches!(origin, Origin::Part { name: n, .. } if *n == name));
                let page_seen = visible(page);
                let html = Html::new(&page_seen);
                let mut splices = html.clean();
                for (stretch, changes) in &own {
                    splices.extend(html.splices(stretch.span.of(self.record.text.expose()), &(0..page_seen.len()), changes));
                }
                let shown =
                    self.record.source_map.stretches().iter().any(|s| matches!(&s.origin, Origin::Part { name: n, .. } if *n == name));
                let mut written = splice(&page_seen, &settle(splices));
                if !shown && !to_text(&written).is_empty() && !self.edits.is_empty() {
                    // It repeats the plain words, which may have changed.
                    written = format!("<html><body><pre>{}</pre></body></html>", xml::escape(&plain.replace("\r\n", "\n"), false));
                }
                if written == **page {
                    self.head(mail, index, part, Head::Same);
                    self.out.extend(raw);
                } else {
                    self.unseen += usize::from(own.is_empty());
                    self.head(mail, index, part, Head::Text("html"));
                    self.body(part.encoding, &written, mail.end);
                }
            }
            _ => self.file(mail, index, part, raw)?,
        }
        Ok(())
    }

    /// A file that came along, written as what it is.
    fn file(&mut self, mail: &Mail<'_>, index: usize, part: &MessagePart<'_>, raw: &[u8]) -> Result<(), WriteError> {
        let name = part.attachment_name().unwrap_or_default().to_owned();
        let is_mail = matches!(&part.body, PartType::Message(_));
        let bytes = match &part.body {
            PartType::Message(inner) if inner.raw_message().is_empty() => raw,
            _ => part.contents(),
        };
        let path = format!("{}attachment/{index}/name", mail.prefix);
        let renamed = self.own(|origin| matches!(origin, Origin::Path { path: p } if *p == path));
        let called = renamed.iter().fold(name.clone(), |said, (_, changes)| {
            splice(&said, &changes.iter().map(|c| Splice { at: c.at.clone(), with: c.with.clone() }).collect::<Vec<_>>())
        });
        let text = self.record.text.expose();
        let inner = crate::read(bytes, &name, self.limits).ok();
        let found = inner.as_ref().and_then(|inner| {
            let said = inner.text.expose();
            let at = text.get(self.past..)?.find(said.as_str())? + self.past;
            Some((at, at + said.len()))
        });
        let written = found.and_then(|(start, end)| {
            self.past = end;
            let inside = self.edits.iter().filter(|e| start <= e.span.start && e.span.end <= end);
            let edits: Vec<Edit> = inside
                .map(|e| Edit { span: deid::Span::new(e.span.start - start, e.span.end - start), replacement: e.replacement.clone() })
                .collect();
            let across =
                self.edits.iter().any(|e| e.span.start < end && start < e.span.end && !(start <= e.span.start && e.span.end <= end));
            (!across).then(|| super::write(bytes, &name, self.limits, &edits, self.keep_unread).ok()).flatten()
        });
        match written {
            Some(written) if is_mail => {
                self.head(mail, index, part, Head::Same);
                self.out.extend(written.bytes);
            }
            Some(written) => {
                self.head(mail, index, part, Head::File(called));
                self.base64(&written.bytes, mail.end);
            }
            None if self.keep_unread && found.is_none() && renamed.is_empty() => {
                self.head(mail, index, part, Head::Same);
                self.out.extend(raw);
            }
            None => {
                self.unread += 1;
                self.head(mail, index, part, Head::Gone);
            }
        }
        Ok(())
    }

    fn own(&self, of: impl Fn(&Origin) -> bool) -> Vec<(Stretch, Vec<Change>)> {
        self.changes.iter().filter(|(stretch, _)| of(&stretch.origin)).cloned().collect()
    }

    fn splices(&self, own: &[(Stretch, Vec<Change>)], ground: &impl Ground) -> Vec<Splice> {
        let place = |origin: &Origin| match origin {
            Origin::Part { start, end, .. } => *start..*end,
            Origin::Bytes { start, end } => *start..*end,
            _ => 0..0,
        };
        let said = |stretch: &Stretch| stretch.span.of(self.record.text.expose()).to_owned();
        settle(own.iter().flat_map(|(stretch, changes)| ground.splices(&said(stretch), &place(&stretch.origin), changes)).collect())
    }

    fn line(&mut self, line: &str, end: &str) {
        if !self.out.is_empty() && !self.out.ends_with(b"\n") {
            self.out.extend(end.bytes());
        }
        self.out.extend(line.bytes().chain(end.bytes()));
    }

    /// The head of a part and the empty line below it.
    fn head(&mut self, mail: &Mail<'_>, index: usize, part: &MessagePart<'_>, head: Head) {
        for header in &part.headers {
            let field = header.name();
            let (start, end) = (header.offset_start as usize, header.offset_end as usize);
            let raw = mail.bytes.get(start..end).unwrap_or_default();
            let kind = || part.content_type().map_or("text/plain".into(), |t| format!("{}/{}", t.ctype(), t.subtype().unwrap_or("plain")));
            let is_multipart = matches!(part.body, PartType::Multipart(_));
            let line = match (field.to_ascii_lowercase().as_str(), &head) {
                ("content-type", Head::Text(kind)) => Some(format!(" text/{kind}; charset=utf-8")),
                ("content-type", Head::File(name)) => Some(format!(" {}; name=\"{}\"", kind(), quoted(name))),
                ("content-type", Head::Gone) => Some(" text/plain".into()),
                ("content-disposition", Head::File(name)) => Some(format!(" attachment; filename=\"{}\"", quoted(name))),
                ("content-transfer-encoding", Head::File(_)) => Some(" base64".into()),
                ("content-disposition" | "content-transfer-encoding", Head::Gone) => None,
                ("content-type" | "content-transfer-encoding" | "mime-version", _) => Some(String::from_utf8_lossy(raw).into_owned()),
                ("content-disposition", _) if !is_multipart => Some(String::from_utf8_lossy(raw).into_owned()),
                (name, _) if index == 0 && SHOWN.contains(&name) => Some(self.value(mail, name, raw, start)),
                _ => None,
            };
            match line {
                Some(line) => self.line(&format!("{field}:{}", line.trim_end_matches(['\r', '\n'])), mail.end),
                None => self.unseen += 1,
            }
        }
        if matches!(head, Head::File(_)) && !part.headers.iter().any(|h| h.name().eq_ignore_ascii_case("content-transfer-encoding")) {
            self.line("Content-Transfer-Encoding: base64", mail.end);
        }
        // What else told that it is a mail may be gone.
        if index == 0 && !part.headers.iter().any(|h| h.name().eq_ignore_ascii_case("mime-version")) {
            self.line("MIME-Version: 1.0", mail.end);
        }
        self.line("", mail.end);
    }

    /// A field's value with its changes: where it stands, or as a whole where its words are encoded.
    fn value(&self, mail: &Mail<'_>, name: &str, raw: &[u8], start: usize) -> String {
        let place = mail.base + start..mail.base + start + raw.len();
        let own = self.own(|origin| matches!(origin, Origin::Bytes { start, end } if place.start <= *start && *end <= place.end));
        let structured = !matches!(name, "subject" | "comments" | "keywords" | "organization" | "thread-topic");
        let safe = |with: &str| -> String {
            with.chars().map(|c| if c.is_control() || structured && "<>,;:\"()\\".contains(c) { ' ' } else { c }).collect()
        };
        let text = String::from_utf8_lossy(raw).into_owned();
        let whole = own.iter().find(|(stretch, _)| stretch.origin == Origin::Bytes { start: place.start, end: place.end });
        if let Some((stretch, changes)) = whole.filter(|_| text.contains("=?") || matches!(text, ref t if t.contains('\u{fffd}'))) {
            let said = stretch.span.of(self.record.text.expose());
            let edits: Vec<Splice> = changes.iter().map(|c| Splice { at: c.at.clone(), with: safe(&c.with) }).collect();
            return format!(" {}", encoded_words(&splice(said, &edits)));
        }
        let changes = own.iter().flat_map(|(stretch, changes)| {
            let Origin::Bytes { start: from, .. } = stretch.origin else { return Vec::new() };
            let from = from - place.start;
            changes.iter().map(|c| Splice { at: from + c.at.start..from + c.at.end, with: safe(&c.with) }).collect()
        });
        splice(&text, &settle(changes.collect()))
    }

    fn body(&mut self, encoding: Encoding, text: &str, end: &str) {
        let text = text.replace("\r\n", "\n").replace('\n', end);
        match encoding {
            Encoding::Base64 => self.base64(text.as_bytes(), end),
            Encoding::QuotedPrintable => self.out.extend(quoted_printable(&text, end).bytes()),
            Encoding::None => self.out.extend(text.replace("\n--", "\n --").replace("\nFrom ", "\n From ").bytes()),
        }
    }

    fn base64(&mut self, bytes: &[u8], end: &str) {
        for line in STANDARD.encode(bytes).as_bytes().chunks(LINE) {
            self.out.extend(line.iter().copied().chain(end.bytes()));
        }
    }
}

/// A body as it stands in the file: where it begins there, whether it may hold any character, and its line end.
struct Shifted<'t>(&'t str, usize, bool, &'static str);

impl Ground for Shifted<'_> {
    fn text(&self) -> &str {
        ""
    }

    fn units(&self, _: &Range<usize>) -> Vec<super::ground::Unit> {
        Vec::new()
    }

    fn escape(&self, _: &Range<usize>, with: &str) -> String {
        let with: String = with.chars().map(|c| if self.2 || c.is_ascii() { c } else { '?' }).collect();
        // No line of it may part mails or parts.
        with.replace("\n--", "\n --").replace("\nFrom ", "\n From ").replace('\n', self.3)
    }

    fn splices(&self, said: &str, range: &Range<usize>, changes: &[Change]) -> Vec<Splice> {
        let from = range.start - self.1;
        if self.0.get(from..from + range.len()).is_some_and(|t| t.len() == said.len()) {
            let moved = |c: &Change| from + c.at.start..from + c.at.end;
            return changes.iter().map(|c| Splice { at: moved(c), with: self.escape(range, &c.with) }).collect();
        }
        let whole = changes.iter().map(|c| Splice { at: c.at.clone(), with: self.escape(range, &c.with) }).collect::<Vec<_>>();
        vec![Splice { at: from..from + range.len(), with: splice(said, &whole) }]
    }
}

fn quoted(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || c == '"' || c == '\\' { '_' } else { c }).collect()
}

/// Words that are not ASCII, and those beside them, as encoded words (RFC 2047).
fn encoded_words(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let groups = words.chunk_by(|a, b| a.is_ascii() == b.is_ascii());
    let written = groups.map(|group| match group.first() {
        Some(first) if !first.is_ascii() => {
            let pieces = group.join(" ").chars().collect::<Vec<_>>();
            let one = |piece: &[char]| format!("=?utf-8?B?{}?=", STANDARD.encode(piece.iter().collect::<String>()));
            pieces.chunks(10).map(one).collect::<Vec<_>>().join(" ")
        }
        _ => group.join(" "),
    });
    written.collect::<Vec<_>>().join(" ")
}

/// Text as quoted-printable (RFC 2045, section 6.7).
fn quoted_printable(text: &str, end: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let words = line.trim_end_matches(['\r', '\n']);
        let mut width = 0;
        for (at, byte) in words.bytes().enumerate() {
            let last = at + 1 == words.len();
            // What parts mails, or the parts of one, does not begin a line.
            let parts = at == 0 && (words.starts_with("--") || words.starts_with("From "));
            let plain = (b'!'..=b'~').contains(&byte) && byte != b'=' && !parts || byte == b' ' && !last;
            let sign = if plain { char::from(byte).to_string() } else { format!("={byte:02X}") };
            if width + sign.len() >= LINE {
                out.push('=');
                out.push_str(end);
                width = 0;
            }
            width += sign.len();
            out.push_str(&sign);
        }
        if words.len() < line.len() {
            out.push_str(end);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_encoded_as_mail_demands() {
        assert_eq!(encoded_words("José Ruiz <j@x>"), "=?utf-8?B?Sm9zw6k=?= Ruiz <j@x>");
        assert_eq!(quoted_printable("a=é \r\n--b ", "\r\n"), "a=3D=C3=A9=20\r\n=2D-b=20");
        let long = quoted_printable(&"é".repeat(60), "\n");
        assert!(long.lines().all(|l| l.len() <= LINE) && long.contains("=\n"));
    }
}
