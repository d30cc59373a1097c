//! RTF (specification 1.9.1): text, headers, footnotes, comments, field codes, hidden and deleted text, and what the document says of
//! itself. Pictures and embedded objects are not read, and said to be there.
//!
//! An own tokenizer, as in every reader of RTF that lasts: one pass, groups on a stack, each run of text with its place in the file.

use std::collections::HashMap;
use std::ops::Range;

use deid::{EntityType, Span};
use encoding_rs::{Encoding, WINDOWS_1252};

use crate::draft::Draft;
use crate::rtf_words::{KNOWN, NAMED, SHAPE_WORDS, SIGNS, SKIPPED, charset, code_page};
use crate::{Limits, Note, Origin, ReadError};

/// Groups within groups at most, as a multiple of the limit of XML: RTF nests a few of its own for each.
const DEPTH: usize = 8;

/// Bytes of a picture, written in hexadecimal digits, that is taken for a logo.
const SMALL: usize = 32 << 10;

/// What a document holds besides words.
#[derive(Default)]
pub(crate) struct Unshown {
    /// Groups that say nothing to a reader, and whether they are pictures or objects.
    pub gone: Vec<(Range<usize>, bool)>,
    /// Where a Unicode character ends, and where what stands for it does.
    pub fallbacks: Vec<(usize, usize)>,
}

/// Destinations that a document's look needs.
const LOOKS: &[&str] = &[
    "colortbl",
    "stylesheet",
    "listtable",
    "listoverridetable",
    "latentstyles",
    "rsidtbl",
    "pnseclvl",
    "panose",
    "falt",
    "mmathPr",
    "expandedcolortbl",
    "wgrffmtfilter",
    "nonesttables",
    "pgdsctbl",
    "ftnsep",
    "ftnsepc",
    "aftnsep",
    "aftnsepc",
];

/// Reads a document; what comes back is what it holds besides words.
pub(crate) fn read(text: &str, limits: &Limits, draft: &mut Draft) -> Result<Unshown, ReadError> {
    let mut reader = Reader {
        draft,
        text,
        at: 0,
        groups: Vec::new(),
        group: Group::default(),
        page: Some(WINDOWS_1252),
        fonts: HashMap::new(),
        bytes: (Vec::new(), Span::new(0, 0)),
        units: (None, 0),
        shape: String::new(),
        max_depth: limits.max_depth.saturating_mul(DEPTH),
        found: Found::default(),
        unshown: Unshown::default(),
    };
    reader.read()?;
    let (found, unshown) = (reader.found, reader.unshown);
    let notes = [
        (found.replaced, Note::ReplacedBytes { count: found.replaced }),
        (found.broken, Note::PartsNotRead { count: found.broken }),
        (found.images, Note::ImagesNotRead { count: found.images }),
        (found.small, Note::SmallImagesNotRead { count: found.small }),
        (found.objects, Note::AttachmentsNotRead { count: found.objects }),
        (found.left_out.into(), Note::PropertiesLeftOut),
        (found.hidden.into(), Note::HiddenText),
        (found.comments.into(), Note::Comments),
        (found.deleted.into(), Note::TrackedDeletions),
    ];
    draft.notes.extend(notes.into_iter().filter(|(count, _)| *count > 0).map(|(_, note)| note));
    Ok(unshown)
}

#[derive(Default)]
struct Found {
    replaced: usize,
    broken: usize,
    images: usize,
    small: usize,
    objects: usize,
    left_out: bool,
    hidden: bool,
    comments: bool,
    deleted: bool,
}

/// Where words go.
#[derive(Clone, Copy, PartialEq, Default)]
enum Destination {
    #[default]
    Text,
    Skip,
    Fonts,
    /// The name of a shape's property, which says whether its value is words.
    Property,
}

#[derive(Clone)]
struct Group {
    destination: Destination,
    /// Characters that follow a Unicode one for readers that do not know it.
    fallback: usize,
    font: i64,
    /// Where the group began, and where the label of a named one stands, where its words begin, whether it has a line, what it identifies.
    begun: usize,
    named: Option<(usize, usize, bool, Option<EntityType>)>,
    picture: bool,
    /// Whether it says nothing to a reader, and is a picture or an object.
    gone: Option<bool>,
}

impl Default for Group {
    fn default() -> Self {
        Group { destination: Destination::Text, fallback: 1, font: -1, begun: 0, named: None, picture: false, gone: None }
    }
}

struct Reader<'d, 't> {
    draft: &'d mut Draft,
    text: &'t str,
    at: usize,
    groups: Vec<Group>,
    group: Group,
    /// The document's code page; `None` if it is one that is not known.
    page: Option<&'static Encoding>,
    fonts: HashMap<i64, Option<&'static Encoding>>,
    /// Bytes of the code page that wait to be decoded together, and where they stand.
    bytes: (Vec<u8>, Span),
    /// The first half of a pair, and how many characters are still to be left out.
    units: (Option<(u16, usize)>, usize),
    shape: String,
    max_depth: usize,
    found: Found,
    unshown: Unshown,
}

impl<'t> Reader<'_, 't> {
    fn read(&mut self) -> Result<(), ReadError> {
        while let Some(rest) = self.text.get(self.at..).filter(|r| !r.is_empty()) {
            let start = self.at;
            let plain = rest.find(['\\', '{', '}', '\r', '\n']).unwrap_or(rest.len());
            if plain > 0 {
                self.at += plain;
                self.plain(Span::new(start, self.at))?;
                continue;
            }
            self.at += 1;
            match rest.as_bytes() {
                [b'{', ..] => {
                    self.flush()?;
                    if self.groups.len() >= self.max_depth {
                        return Err(ReadError::Bomb);
                    }
                    self.groups.push(self.group.clone());
                    (self.group.begun, self.group.named, self.group.picture, self.units.1) = (start, None, false, 0);
                    self.group.gone = None;
                }
                [b'}', ..] => self.close()?,
                [b'\\', ..] => self.control(rest.get(1..).unwrap_or_default(), start)?,
                _ => {}
            }
        }
        self.flush()?;
        self.found.broken += usize::from(!self.groups.is_empty());
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        self.flush()?;
        self.units.1 = 0;
        if let Some((label, begun, line, entity)) = self.group.named.take() {
            let span = Span::new(begun, self.draft.text().len());
            if span.of(self.draft.text()).trim().is_empty() {
                self.draft.unmake(label);
            } else {
                entity.into_iter().for_each(|entity| self.draft.field(span, entity, "rtf"));
                if line { self.draft.end_line()? } else { self.draft.made(") ")? }
            }
        }
        if self.group.picture {
            *(if self.at - self.group.begun > SMALL { &mut self.found.images } else { &mut self.found.small }) += 1;
        }
        if let Some(unread) = self.group.gone {
            self.unshown.gone.push((self.group.begun..self.at, unread));
        }
        // A bracket too many ends nothing.
        if let Some(outer) = self.groups.pop() {
            self.group = outer;
        }
        Ok(())
    }

    /// One more of the characters that stand for a Unicode one, up to here.
    fn left_out(&mut self, to: usize) {
        self.units.1 -= 1;
        if let Some((_, end)) = self.unshown.fallbacks.last_mut() {
            *end = to;
        }
    }

    /// Text without any sign of RTF.
    fn plain(&mut self, span: Span) -> Result<(), ReadError> {
        let mut span = span;
        while self.units.1 > 0 && !span.is_empty() {
            span.start += span.of(self.text).chars().next().map_or(1, char::len_utf8);
            self.left_out(span.start);
        }
        if span.is_empty() {
            return Ok(());
        }
        self.flush()?;
        self.add(span.of(self.text), span)
    }

    /// Adds words of the group's destination.
    fn add(&mut self, words: &str, at: Span) -> Result<(), ReadError> {
        match self.group.destination {
            Destination::Text => self.draft.push(words, Origin::Part { name: String::new(), start: at.start, end: at.end }).map(drop),
            Destination::Property if self.shape.len() < 64 => {
                self.shape.push_str(words);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Decodes the bytes that wait.
    fn flush(&mut self) -> Result<(), ReadError> {
        let (bytes, at) = (std::mem::take(&mut self.bytes.0), self.bytes.1);
        if self.units.0.take().is_some() {
            self.found.replaced += 1;
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let encoding = self.fonts.get(&self.group.font).copied().flatten().or(self.page);
        let decode =
            |encoding: Option<&'static Encoding>| encoding.map_or_else(|| "\u{fffd}".into(), |e| e.decode_without_bom_handling(&bytes).0);
        // A font of signs may claim to be of a script that takes two bytes.
        let words = Some(decode(encoding)).filter(|w| bytes.len() > 1 || !w.contains('\u{fffd}')).unwrap_or_else(|| decode(self.page));
        if self.group.destination == Destination::Text {
            self.found.replaced += words.matches('\u{fffd}').count();
        }
        self.add(&words, at)
    }

    /// `body` follows the `\` at `start`.
    fn control(&mut self, body: &'t str, start: usize) -> Result<(), ReadError> {
        let Some(first) = body.chars().next() else { return Ok(()) };
        if !first.is_ascii_alphabetic() {
            self.at = start + 1 + first.len_utf8();
            if first == '\'' {
                return self.byte(body, start);
            }
            if self.units.1 > 0 && !matches!(first, '*' | '\r' | '\n') {
                self.left_out(self.at);
                return Ok(());
            }
            self.flush()?;
            let span = Span::new(start, self.at);
            return match first {
                '\\' | '{' | '}' => self.add(first.encode_utf8(&mut [0; 4]), span),
                '~' => self.add(" ", span),
                '_' => self.add("-", span),
                '\r' | '\n' => self.line(),
                '*' => self.starred(),
                _ => Ok(()),
            };
        }
        let letters = body.bytes().take(32).take_while(u8::is_ascii_alphabetic).count();
        let (word, rest) = body.split_at_checked(letters).unwrap_or((body, ""));
        let sign = usize::from(rest.starts_with('-'));
        let digits = sign + rest.bytes().skip(sign).take(10).take_while(u8::is_ascii_digit).count();
        let number = rest.get(..digits).and_then(|n| n.parse::<i64>().ok());
        let length = letters + if number.is_some() { digits } else { 0 };
        self.at = start + 1 + length + usize::from(body.get(length..).is_some_and(|r| r.starts_with(' ')));
        if word == "u" {
            return self.unicode(number.unwrap_or_default(), start);
        }
        if word == "bin" {
            self.at = self.text.ceil_char_boundary(self.at.saturating_add(usize::try_from(number.unwrap_or(0)).unwrap_or(0)));
        }
        if self.units.1 > 0 {
            self.left_out(self.at);
            return Ok(());
        }
        self.flush()?;
        self.word(word, number, Span::new(start, self.at))
    }

    /// `\'e9`: a byte of the code page.
    fn byte(&mut self, body: &str, start: usize) -> Result<(), ReadError> {
        let Some(byte) = body.get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok()) else {
            self.found.broken += 1;
            return Ok(());
        };
        self.at = start + 4;
        if self.units.1 > 0 {
            self.left_out(self.at);
            return Ok(());
        }
        if self.bytes.0.is_empty() {
            self.flush()?;
            self.bytes.1 = Span::new(start, self.at);
        }
        self.bytes.0.push(byte);
        self.bytes.1.end = self.at;
        Ok(())
    }

    /// `\u8217`: a UTF-16 unit, negative above 32767; what stands for it in the code page follows and is left out.
    fn unicode(&mut self, number: i64, start: usize) -> Result<(), ReadError> {
        let unit = u16::try_from(number.rem_euclid(0x1_0000)).unwrap_or_default();
        let (first, begun) = self.units.0.take().map_or((None, start), |(first, begun)| (Some(first), begun));
        self.flush()?;
        self.units.1 = self.group.fallback;
        self.unshown.fallbacks.push((self.at, self.at));
        if first.is_none() && (0xd800..0xdc00).contains(&unit) {
            self.units.0 = Some((unit, start));
            return Ok(());
        }
        let units = first.into_iter().chain([unit]);
        let words: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
        // A private sign of a symbol font is no letter.
        self.found.replaced += words.matches('\u{fffd}').count();
        self.add(&words, Span::new(begun, self.at))
    }

    /// `{\*\word`: a destination that who does not know it leaves out.
    fn starred(&mut self) -> Result<(), ReadError> {
        let rest = self.text.get(self.at..).unwrap_or_default().trim_start_matches(['\r', '\n', ' ']);
        let word = rest.strip_prefix('\\').map(|r| r.get(..r.bytes().take_while(u8::is_ascii_alphabetic).count()).unwrap_or_default());
        let known = word.is_some_and(|w| NAMED.iter().any(|(name, ..)| *name == w) || KNOWN.contains(&w));
        if !known {
            self.skip();
            self.group.gone = word.is_none_or(|w| !LOOKS.contains(&w)).then_some(false);
        }
        Ok(())
    }

    fn skip(&mut self) {
        self.found.left_out |= self.group.destination == Destination::Text;
        self.group.destination = Destination::Skip;
    }

    fn line(&mut self) -> Result<(), ReadError> {
        if self.group.destination == Destination::Text {
            self.draft.trim_line();
            self.draft.made("\n")?;
        }
        Ok(())
    }

    fn word(&mut self, word: &str, number: Option<i64>, span: Span) -> Result<(), ReadError> {
        if self.group.destination == Destination::Skip {
            // What an object shows is text again.
            if matches!(word, "result" | "shptxt" | "ud") {
                self.group.destination = Destination::Text;
            }
            return Ok(());
        }
        if let Some((_, sign)) = SIGNS.iter().find(|(name, _)| *name == word) {
            return self.add(sign, span);
        }
        if let Some((_, label, line, entity)) = NAMED.iter().find(|(name, ..)| *name == word) {
            return self.name(label, *line, *entity);
        }
        if SKIPPED.contains(&word) {
            self.skip();
            self.group.gone = (!LOOKS.contains(&word)).then_some(word == "objdata");
            return Ok(());
        }
        match word {
            "info" => self.group.gone = Some(false),
            "par" | "line" | "sect" | "page" | "column" | "row" | "nestrow" | "softline" | "lbr" => self.line()?,
            "cell" | "nestcell" if self.group.destination == Destination::Text => self.draft.made(" | ")?,
            "v" if number != Some(0) => self.found.hidden = true,
            "deleted" if number != Some(0) => self.found.deleted = true,
            "uc" => self.group.fallback = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(1).min(16),
            "ansicpg" => self.page = code_page(number.unwrap_or(1252)),
            "mac" => self.page = code_page(10_000),
            "pc" | "pca" => self.page = None,
            "fonttbl" => self.group.destination = Destination::Fonts,
            "f" => self.group.font = number.unwrap_or(-1),
            "fcharset" if self.group.destination == Destination::Fonts => {
                if let Some(page) = charset(number.unwrap_or(0)) {
                    self.fonts.insert(self.group.font, code_page(page));
                }
            }
            "pict" => {
                self.group.picture = true;
                self.group.gone = Some(true);
                self.group.destination = Destination::Skip;
            }
            "object" => {
                self.found.objects += 1;
                self.group.destination = Destination::Skip;
            }
            "sn" => {
                self.shape.clear();
                self.group.destination = Destination::Property;
            }
            "sv" => {
                if SHAPE_WORDS.contains(&self.shape.trim()) {
                    self.name("shape", false, None)?;
                } else {
                    self.group.destination = Destination::Skip;
                }
            }
            // The same twice: in the code page, and in Unicode behind it.
            "upr" => self.group.destination = Destination::Skip,
            "ud" => self.group.destination = Destination::Text,
            _ => {}
        }
        Ok(())
    }

    /// Begins a named destination: its label, on a new line or in brackets.
    fn name(&mut self, label: &str, line: bool, entity: Option<EntityType>) -> Result<(), ReadError> {
        if self.group.named.is_some() || self.group.destination != Destination::Text && label != "shape" {
            return Ok(());
        }
        self.group.destination = Destination::Text;
        self.found.comments |= label == "comment";
        if line {
            self.draft.end_line()?;
        }
        let at = self.draft.text().len();
        let open = line || self.draft.text().is_empty() || self.draft.text().ends_with([' ', '\n']);
        self.draft.made(&format!(
            "{}{label}: ",
            if line {
                ""
            } else if open {
                "("
            } else {
                " ("
            }
        ))?;
        self.group.named = Some((at, self.draft.text().len(), line, entity));
        Ok(())
    }
}
