//! HTML as a person sees it (WHATWG HTML, tokenization), and what it holds besides: comments, hidden text, and the attributes that
//! say something. Nothing is fetched. Scripts and styles are left out, and said to be.
//!
//! An own tokenizer: no HTML parser keeps the place of a word in the file. It builds no tree, so nothing can nest too deep.

use std::ops::Range;

use deid::{EntityType, Span};

use crate::draft::Draft;
use crate::entities;
use crate::markup::{is_block, is_cell};
use crate::{Note, Origin, ReadError, fhir};

/// Elements that stand on lines of their own, besides those of narrative.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "body",
    "button",
    "center",
    "details",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "head",
    "header",
    "html",
    "legend",
    "main",
    "menu",
    "nav",
    "optgroup",
    "option",
    "select",
    "summary",
    "textarea",
    "title",
    "template",
];

/// Attributes that are words, addresses or values.
const ATTRIBUTES: &[&str] = &[
    "alt",
    "title",
    "href",
    "value",
    "placeholder",
    "content",
    "label",
    "summary",
    "datetime",
    "cite",
    "action",
    "download",
    "aria-label",
];

/// Longest picture inside an address that is taken for a logo.
const SMALL: usize = 16 << 10;

/// What a page holds besides words, with its place.
pub(crate) enum Mark {
    /// A comment, an instruction, a script, a tag that never ends.
    Gone(Range<usize>),
    /// What a style sheet says.
    Style(Range<usize>),
    /// A tag with the places of its attributes' values.
    Tag { at: Range<usize>, name: String, attributes: Vec<(String, Range<usize>)> },
}

impl Mark {
    pub fn at(&self) -> &Range<usize> {
        match self {
            Mark::Gone(at) | Mark::Style(at) | Mark::Tag { at, .. } => at,
        }
    }
}

/// Reads a page; what comes back are its marks, in order.
pub(crate) fn read(text: &str, draft: &mut Draft) -> Result<Vec<Mark>, ReadError> {
    let mut page = Page {
        draft,
        text,
        at: 0,
        pre: 0,
        broken: 0,
        images: 0,
        small: 0,
        attachments: 0,
        left_out: false,
        hidden: false,
        comments: false,
        marks: Vec::new(),
    };
    page.read()?;
    let marks = std::mem::take(&mut page.marks);
    let counts = [
        (page.broken, Note::PartsNotRead { count: page.broken }),
        (page.images, Note::ImagesNotRead { count: page.images }),
        (page.small, Note::SmallImagesNotRead { count: page.small }),
        (page.attachments, Note::AttachmentsNotRead { count: page.attachments }),
        (page.left_out.into(), Note::PropertiesLeftOut),
        (page.hidden.into(), Note::HiddenText),
        (page.comments.into(), Note::Comments),
    ];
    draft.notes.extend(counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, note)| note));
    Ok(marks)
}

struct Page<'d, 't> {
    draft: &'d mut Draft,
    text: &'t str,
    at: usize,
    /// How many elements are open that keep their white space.
    pre: usize,
    broken: usize,
    images: usize,
    small: usize,
    attachments: usize,
    left_out: bool,
    hidden: bool,
    comments: bool,
    marks: Vec<Mark>,
}

impl<'t> Page<'_, 't> {
    fn read(&mut self) -> Result<(), ReadError> {
        while let Some(rest) = self.text.get(self.at..).filter(|r| !r.is_empty()) {
            // A sign that opens no tag is a word, as in `Hb <8`.
            let opens = |(at, _): &(usize, &str)| {
                rest.get(at + 1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)))
            };
            let Some((open, _)) = rest.match_indices('<').find(opens) else { return self.words(Span::new(self.at, self.text.len())) };
            self.words(Span::new(self.at, self.at + open))?;
            self.at += open;
            self.tag(rest.get(open + 1..).unwrap_or_default())?;
        }
        Ok(())
    }

    /// `body` is what follows the `<` at `self.at`; moves behind the tag.
    fn tag(&mut self, body: &'t str) -> Result<(), ReadError> {
        let start = self.at + 1;
        if let Some(comment) = body.strip_prefix("!--") {
            let (words, skip) =
                comment.find("-->").map_or((comment, comment.len()), |end| (comment.get(..end).unwrap_or_default(), end + 3));
            self.marks.push(Mark::Gone(self.at..start + 3 + skip));
            self.at = start + 3 + skip;
            return self.comment(words, start + 3);
        }
        if body.starts_with(['!', '?'])
            || body.starts_with("/") && !body.get(1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            let end = body.find('>');
            self.broken += usize::from(end.is_none());
            let begun = std::mem::replace(&mut self.at, start + end.map_or(body.len(), |end| end + 1));
            if !body.get(..8).is_some_and(|b| b.eq_ignore_ascii_case("!doctype")) || end.is_none() {
                self.marks.push(Mark::Gone(begun..self.at));
            }
            return Ok(());
        }
        let closing = body.starts_with('/');
        let Some((name, attributes, length)) = parse(body.get(usize::from(closing)..).unwrap_or_default()) else {
            // It never ends, and what it swallows may be anything.
            self.broken += 1;
            self.marks.push(Mark::Gone(self.at..self.text.len()));
            self.at = self.text.len();
            return Ok(());
        };
        let begun = start + usize::from(closing);
        let value = |span: &Span| begun + span.start..begun + span.end;
        self.marks.push(Mark::Tag {
            at: self.at..begun + length,
            name: name.clone(),
            attributes: attributes.iter().map(|(name, span)| (name.clone(), value(span))).collect(),
        });
        self.at = begun + length;
        self.lines(&name, closing)?;
        if matches!(name.as_str(), "pre" | "textarea") {
            self.pre = if closing { self.pre.saturating_sub(1) } else { self.pre + 1 };
        }
        if closing {
            return Ok(());
        }
        self.attributes(&name, &attributes, begun)?;
        let left_out = matches!(name.as_str(), "script" | "style");
        if !left_out && !matches!(name.as_str(), "title" | "textarea" | "xmp") {
            return Ok(());
        }
        // Their content has no tags.
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = closing_tag(rest, &name).unwrap_or(rest.len());
        if left_out {
            self.left_out |= !rest.get(..end).unwrap_or_default().trim().is_empty();
            let at = self.at..self.at + end;
            self.marks.push(if name == "style" { Mark::Style(at) } else { Mark::Gone(at) });
        } else {
            self.words(Span::new(self.at, self.at + end))?;
        }
        self.at += end;
        Ok(())
    }

    fn lines(&mut self, name: &str, closing: bool) -> Result<(), ReadError> {
        if is_block(name) || BLOCKS.contains(&name) {
            self.draft.trim_line();
            return self.draft.end_line();
        }
        if is_cell(name) && !closing && !self.draft.text().is_empty() && !self.draft.text().ends_with('\n') {
            self.draft.made(" | ")?;
        }
        Ok(())
    }

    fn comment(&mut self, words: &str, start: usize) -> Result<(), ReadError> {
        if words.trim().is_empty() {
            return Ok(());
        }
        self.comments = true;
        self.draft.end_line()?;
        self.draft.made("comment: ")?;
        self.words(Span::new(start, start + words.len()))?;
        self.lines("p", true)
    }

    fn attributes(&mut self, tag: &str, attributes: &[(String, Span)], begun: usize) -> Result<(), ReadError> {
        let value = |span: &Span| self.text.get(begun + span.start..begun + span.end).unwrap_or_default();
        let of = |name: &str| attributes.iter().find(|(n, _)| n == name).map(|(_, span)| value(span)).unwrap_or_default();
        let style: String = of("style").chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        let unseen = ["display:none", "visibility:hidden", "opacity:0", "font-size:0"].iter().any(|s| style.contains(s));
        let hidden =
            unseen || of("type").eq_ignore_ascii_case("hidden") || attributes.iter().any(|(n, _)| n == "hidden") || tag == "template";
        // How a page looks, and in which characters it is written, says nothing of people.
        let technical =
            tag == "meta" && (!of("http-equiv").is_empty() || matches!(of("name"), "viewport" | "generator" | "robots" | "theme-color"));
        let technical = technical || tag == "link" || tag == "base";
        self.hidden |= hidden;
        self.left_out |= technical;
        for (name, span) in attributes {
            let words = self.text.get(begun + span.start..begun + span.end).unwrap_or_default();
            let at = Span::new(begun + span.start, begun + span.end);
            if let Some(data) = words.trim_start().get(..5).filter(|head| head.eq_ignore_ascii_case("data:")) {
                let picture = tag == "img" || words.get(data.len()..).is_some_and(|rest| rest.starts_with("image/"));
                match (picture, words.len() > SMALL) {
                    (true, true) => self.images += 1,
                    (true, false) => self.small += 1,
                    _ => self.attachments += 1,
                }
            } else if name == "srcdoc" || fhir::is_base64(words, "") {
                self.attachments += 1;
            } else if technical || words.trim().is_empty() || name == "href" && words.starts_with('#') {
            } else if ATTRIBUTES.contains(&name.as_str()) || name.starts_with("data-") {
                self.attribute(name, at)?;
            } else {
                self.left_out |= matches!(name.as_str(), "src" | "srcset" | "id" | "onclick" | "poster" | "background");
            }
        }
        Ok(())
    }

    /// ` (href: mailto:maria@example.com) `
    fn attribute(&mut self, name: &str, at: Span) -> Result<(), ReadError> {
        let open = self.draft.text().is_empty() || self.draft.text().ends_with([' ', '\n']);
        self.draft.made(&format!("{}({name}: ", if open { "" } else { " " }))?;
        let begun = self.draft.text().len();
        self.words(at)?;
        let span = Span::new(begun, self.draft.text().len());
        let (scheme, rest) = span.of(self.draft.text()).split_once(':').unwrap_or_default();
        let target = Span::new(
            span.end - rest.split('?').next().map_or(0, |_| rest.len()),
            span.end - rest.find('?').map_or(0, |at| rest.len() - at),
        );
        let entity = match scheme.to_ascii_lowercase().as_str() {
            "mailto" => Some(EntityType::EmailAddress),
            "tel" | "sms" | "callto" => Some(EntityType::PhoneNumber),
            "fax" => Some(EntityType::FaxNumber),
            _ => None,
        };
        if let Some(entity) = entity.filter(|_| name == "href" && target.start < target.end) {
            self.draft.field(target, entity, "href");
        }
        self.draft.made(") ")
    }

    /// Adds words: runs as they are written, with their exact place; white space folded and references resolved, with theirs.
    fn words(&mut self, span: Span) -> Result<(), ReadError> {
        let mut at = span.start;
        let part = |start: usize, end: usize| Origin::Part { name: String::new(), start, end };
        while let Some(rest) = self.text.get(at..span.end).filter(|r| !r.is_empty()) {
            let blank = rest.len() - rest.trim_start_matches(is_blank).len();
            if blank > 0 {
                let raw = rest.get(..blank).unwrap_or_default();
                let open = self.draft.text().is_empty() || self.draft.text().ends_with([' ', '\n']);
                if self.pre > 0 {
                    self.draft.push(raw, part(at, at + blank))?;
                } else if !open {
                    self.draft.push(" ", part(at, at + blank))?;
                }
                at += blank;
                continue;
            }
            if let Some((c, length)) = rest.strip_prefix('&').and_then(entities::entity) {
                self.draft.push(c.encode_utf8(&mut [0; 4]), part(at, at + length + 1))?;
                at += length + 1;
                continue;
            }
            // A single space between words is part of the run.
            let mut end = 0;
            let mut chars = rest.char_indices().peekable();
            while let Some((i, c)) = chars.next_if(|(_, c)| !is_blank(*c) || *c == ' ') {
                if c == '&' {
                    let after = rest.get(i + 1..).unwrap_or_default();
                    if entities::entity(after).is_some() {
                        break;
                    }
                    self.broken += usize::from(entities::is_unknown(after));
                }
                if c == ' ' && chars.peek().is_none_or(|(_, next)| is_blank(*next)) {
                    break;
                }
                end = i + c.len_utf8();
            }
            self.draft.push(rest.get(..end).unwrap_or_default(), part(at, at + end))?;
            at += end.max(1);
        }
        Ok(())
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\r' | '\t' | '\u{c}')
}

/// A tag's name, its attributes with the places of their values, and its length with the `>`. `None` if it does not end.
#[expect(clippy::type_complexity, reason = "three things, each named above")]
fn parse(body: &str) -> Option<(String, Vec<(String, Span)>, usize)> {
    let end_of = |at: usize, stop: fn(char) -> bool| body.get(at..).and_then(|rest| rest.find(stop)).map(|n| at + n);
    let mut at = end_of(0, |c| is_blank(c) || c == '>' || c == '/')?;
    let name = body.get(..at)?.to_ascii_lowercase();
    let mut attributes = Vec::new();
    loop {
        at = end_of(at, |c| !is_blank(c) && c != '/')?;
        if body.get(at..)?.starts_with('>') {
            return Some((name, attributes, at + 1));
        }
        // A name may begin with a `=`.
        let first = body.get(at..)?.chars().next()?.len_utf8();
        let end = end_of(at + first, |c| is_blank(c) || "=>/".contains(c))?;
        let attribute = body.get(at..end)?.to_ascii_lowercase();
        at = end_of(end, |c| !is_blank(c))?;
        let mut value = Span::new(end, end);
        if body.get(at..)?.starts_with('=') {
            at = end_of(at + 1, |c| !is_blank(c))?;
            let open = body.get(at..)?.chars().next()?;
            if open == '"' || open == '\'' {
                let close = body.get(at + 1..)?.find(open)? + at + 1;
                value = Span::new(at + 1, close);
                at = close + 1;
            } else {
                let close = end_of(at, |c| is_blank(c) || c == '>')?;
                value = Span::new(at, close);
                at = close;
            }
        }
        attributes.push((attribute, value));
    }
}

/// Where the closing tag of that name begins.
fn closing_tag(text: &str, name: &str) -> Option<usize> {
    text.match_indices("</")
        .map(|(at, _)| at)
        .find(|at| text.get(at + 2..at + 2 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)))
}
