//! The tokens of an XML text and their places, so that it can be changed without being written anew.

use std::ops::Range;

use super::charset::touch;
use super::ground::{Ground, Unit};
use crate::entities::entity;

/// An attribute: places of its name, of its value without quotes, and of all of it with the white space before it.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub name: Range<usize>,
    pub value: Range<usize>,
    pub whole: Range<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Text,
    /// The place of what stands in it.
    Data(Range<usize>),
    Open {
        name: Range<usize>,
        attributes: Vec<Attribute>,
        empty: bool,
    },
    Close,
    /// A comment, an instruction, a declaration.
    Aside,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: Kind,
    pub at: Range<usize>,
}

/// A well-formed text, as its tokens.
pub(super) struct Xml<'t> {
    pub text: &'t str,
    pub tokens: Vec<Token>,
}

impl<'t> Xml<'t> {
    pub fn new(text: &'t str) -> Self {
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
            let until = |close: &str| rest.find(close).map_or(rest.len(), |end| end + close.len());
            let (kind, length) = if rest.starts_with("<!--") {
                (Kind::Aside, until("-->"))
            } else if rest.starts_with("<![CDATA[") {
                let length = until("]]>");
                (Kind::Data(at + 9..(at + length).saturating_sub(3).max(at + 9)), length)
            } else if rest.starts_with("<?") {
                (Kind::Aside, until("?>"))
            } else if rest.starts_with("<!") {
                (Kind::Aside, until(">"))
            } else if rest.starts_with("</") {
                (Kind::Close, until(">"))
            } else if rest.starts_with('<') {
                open(rest, at)
            } else {
                (Kind::Text, rest.find('<').unwrap_or(rest.len()))
            };
            tokens.push(Token { kind, at: at..at + length });
            at += length;
        }
        Self { text, tokens }
    }

    pub fn of(&self, range: &Range<usize>) -> &'t str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// A name without its prefix.
    pub fn local(&self, name: &Range<usize>) -> &'t str {
        let name = self.of(name);
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }

    /// The index of the token at a place.
    pub fn token(&self, at: usize) -> usize {
        self.tokens.partition_point(|t| t.at.end <= at)
    }

    /// The name of the element that begins right before a text.
    pub fn inside(&self, at: usize) -> &'t str {
        let before = self.token(at).checked_sub(1).and_then(|i| self.tokens.get(i));
        match before.map(|t| &t.kind) {
            Some(Kind::Open { name, .. }) => self.local(name),
            _ => "",
        }
    }

    /// The end of the element that the token with this index opens.
    pub fn element(&self, index: usize) -> Range<usize> {
        let start = self.tokens.get(index).map_or(0, |t| t.at.start);
        let mut depth = 0usize;
        for token in self.tokens.get(index..).unwrap_or_default() {
            match token.kind {
                Kind::Open { empty: false, .. } => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return start..token.at.end;
            }
        }
        start..self.text.len()
    }

    /// The text tokens that a parser takes for one text with the one at this place.
    pub fn run(&self, at: usize) -> &[Token] {
        let is_text = |t: &Token| matches!(t.kind, Kind::Text | Kind::Data(_));
        let found = self.token(at);
        let before = self.tokens.get(..found).unwrap_or_default().iter().rev().take_while(|t| is_text(t)).count();
        let from = self.tokens.get(found - before..).unwrap_or_default();
        from.get(..from.iter().take_while(|t| is_text(t)).count()).unwrap_or_default()
    }

    /// The text tokens of a place: those that are one with its first, and the others inside of it, where comments part them.
    fn texts(&self, range: &Range<usize>) -> impl Iterator<Item = &Token> {
        let run = self.run(range.start);
        let end = run.last().map_or(range.start, |t| t.at.end);
        let more = self.tokens.get(self.token(end)..).unwrap_or_default().iter().take_while(|t| t.at.start < range.end);
        run.iter().chain(more.filter(|t| matches!(t.kind, Kind::Text | Kind::Data(_))))
    }

    /// The value that a place stands in, if it is inside of a tag.
    fn value(&self, range: &Range<usize>) -> Option<Range<usize>> {
        match &self.tokens.get(self.token(range.start))?.kind {
            Kind::Open { attributes, .. } => {
                attributes.iter().map(|a| &a.value).find(|v| v.start <= range.end && range.end <= v.end).cloned()
            }
            _ => None,
        }
    }
}

/// An opening tag and its length.
pub(super) fn open(rest: &str, at: usize) -> (Kind, usize) {
    let bytes = rest.as_bytes();
    let byte = |i: usize| bytes.get(i).copied();
    let space = |mut i: usize| {
        while byte(i).is_some_and(|b| b.is_ascii_whitespace()) {
            i += 1;
        }
        i
    };
    let word = |mut i: usize| {
        while byte(i).is_some_and(|b| !b.is_ascii_whitespace() && !b"=/>".contains(&b)) {
            i += 1;
        }
        i
    };
    let mut i = word(1);
    let name = at + 1..at + i;
    let mut attributes = Vec::new();
    loop {
        let begun = i;
        i = space(i);
        match byte(i) {
            None => return (Kind::Open { name, attributes, empty: false }, rest.len()),
            Some(b'>') => return (Kind::Open { name, attributes, empty: byte(i.wrapping_sub(1)) == Some(b'/') }, i + 1),
            Some(b'/' | b'=') => i += 1,
            Some(_) => {
                let named = i;
                i = word(i);
                let name = at + named..at + i;
                let after = space(i);
                if byte(after) != Some(b'=') {
                    continue;
                }
                let quoted = space(after + 1);
                let Some(quote) = byte(quoted).filter(|b| b"\"'".contains(b)) else {
                    // HTML's bare values.
                    i = word(quoted).max(quoted + 1).min(rest.len());
                    attributes.push(Attribute { name, value: at + quoted..at + i, whole: at + begun..at + i });
                    continue;
                };
                let inside = bytes.get(quoted + 1..).unwrap_or_default();
                let length = inside.iter().position(|b| *b == quote).unwrap_or(inside.len());
                i = (quoted + length + 2).min(rest.len());
                attributes.push(Attribute { name, value: at + quoted + 1..at + quoted + 1 + length, whole: at + begun..at + i });
            }
        }
    }
}

/// Text with its entities read.
pub(super) fn read(text: &str, from: usize, units: &mut Vec<Unit>) {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        let written = rest.strip_prefix('&').and_then(entity).map(|(c, length)| (c, length + 1));
        let (c, length) = written.or_else(|| super::ground::plain(rest)).unwrap_or((' ', rest.len()));
        units.push(Unit { c, at: from + at..from + at + length });
        at += length;
    }
}

/// Text as XML writes it, also between quotes. What XML cannot hold becomes a space.
pub(super) fn escape(text: &str, quoted: bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if quoted => out.push_str("&quot;"),
            '\'' if quoted => out.push_str("&#39;"),
            '\n' | '\t' if quoted => out.push_str(&format!("&#{};", u32::from(c))),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() && c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

impl Ground for Xml<'_> {
    fn text(&self) -> &str {
        self.text
    }

    fn units(&self, range: &Range<usize>) -> Vec<Unit> {
        let mut units = Vec::new();
        if let Some(value) = self.value(range) {
            let from = range.start.max(value.start);
            read(self.of(&(from..value.end)), from, &mut units);
            return units;
        }
        for token in self.texts(range) {
            match &token.kind {
                Kind::Data(inside) => {
                    let mut at = inside.start;
                    while let Some((c, length)) = super::ground::plain(self.of(&(at..inside.end))) {
                        units.push(Unit { c, at: at..at + length });
                        at += length;
                    }
                }
                _ => read(self.of(&token.at), token.at.start, &mut units),
            }
        }
        units
    }

    fn whole(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        if let Some(value) = self.value(range) {
            return vec![value];
        }
        let inside = |token: &Token| match &token.kind {
            Kind::Data(inside) => inside.clone(),
            _ => token.at.clone(),
        };
        self.texts(range).map(inside).collect()
    }

    fn escape(&self, at: &Range<usize>, with: &str) -> String {
        match self.tokens.get(self.token(at.start)).map(|t| &t.kind) {
            Some(Kind::Data(inside)) if touch(inside, at) || inside == at => {
                with.replace("]]>", "]]]]><![CDATA[>").replace(|c: char| c < ' ' && !"\n\t".contains(c), " ")
            }
            Some(Kind::Open { .. }) => escape(with, true),
            _ => escape(with, false),
        }
    }
}
