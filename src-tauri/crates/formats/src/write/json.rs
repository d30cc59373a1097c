//! JSON and FHIR, in place.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::charset::{self, Charset, Spelling};
use super::ground::{Change, Ground, Plain, Unit};
use super::html::Html;
use super::{Splice, WriteNote, splice};
use crate::fhir::{self, Reading};
use crate::json::{self, Json};

/// What stands at a place.
enum Leaf<'j> {
    Key(&'j str),
    Literal,
    Text,
    /// A narrative.
    Markup(&'j str),
    /// Base64 of a text, and the object that holds it.
    Attached(&'j str, &'j Json),
    /// Base64 of anything else.
    Unread(&'j Json),
}

/// A JSON text and its leaves by place.
pub(super) struct Document<'t> {
    text: &'t str,
    fhir: bool,
    leaves: Vec<(Range<usize>, Leaf<'t>)>,
}

impl<'t> Document<'t> {
    /// `values` are those of `text`.
    pub fn new(text: &'t str, values: &'t [Json], fhir: bool) -> Self {
        let mut document = Self { text, fhir, leaves: Vec::new() };
        values.iter().for_each(|value| document.walk(value, "", "", value));
        document
    }

    fn walk(&mut self, value: &'t Json, name: &str, above: &str, parent: &'t Json) {
        match value {
            Json::Null => {}
            Json::Bool(_, at) | Json::Number(_, at) => self.leaves.push((at.clone(), Leaf::Literal)),
            Json::Text(text, at) => {
                let leaf = match fhir::reading(text, name, above, parent, self.fhir) {
                    Reading::Itself => Leaf::Text,
                    Reading::Markup => Leaf::Markup(text),
                    Reading::Attached(_) => Leaf::Attached(text, parent),
                    Reading::Unread => Leaf::Unread(parent),
                };
                self.leaves.push((at.clone(), leaf));
            }
            Json::List(list) => list.iter().for_each(|value| self.walk(value, name, above, parent)),
            Json::Object(members) => {
                // A resource begins anew.
                let name = if value.member("resourceType").is_some() { "" } else { name };
                for (key, member) in members {
                    self.leaves.push((key.at.clone(), Leaf::Key(&key.name)));
                    self.walk(member, &key.name, name, value);
                }
            }
        }
    }

    fn leaf(&self, at: usize) -> Option<&(Range<usize>, Leaf<'t>)> {
        self.leaves.get(self.leaves.partition_point(|(range, _)| range.start < at)).filter(|(range, _)| range.start == at)
    }

    /// Whether a place is the name of a member: many labels are read from it.
    pub fn is_key(&self, at: usize) -> bool {
        matches!(self.leaf(at), Some((_, Leaf::Key(_))))
    }

    /// Splices that take out what no text shows.
    pub fn clean(&self, keep_unread: bool, notes: &mut Vec<WriteNote>) -> Vec<Splice> {
        let mut out = Vec::new();
        let (mut unread, mut keys) = (0, 0);
        for (at, leaf) in &self.leaves {
            match leaf {
                Leaf::Key(name) if self.fhir && fhir::safe(name) != *name => {
                    keys += 1;
                    out.push(Splice { at: at.clone(), with: format!("removed{keys}") });
                }
                Leaf::Unread(parent) if !keep_unread => {
                    unread += 1;
                    out.push(Splice { at: at.clone(), with: String::new() });
                    out.extend(self.about(parent, 0));
                }
                Leaf::Markup(inner) => out.extend(self.outward(at, Html::new(inner).clean())),
                Leaf::Attached(..) => out.extend(self.attached(at, leaf, &[], "")),
                _ => {}
            }
        }
        notes.extend((unread > 0).then_some(WriteNote::UnreadRemoved { count: unread }));
        notes.extend((keys > 0).then_some(WriteNote::NamesRemoved { count: keys }));
        out
    }

    /// Splices of a text's inside, as those of the file.
    fn outward(&self, at: &Range<usize>, inner: Vec<Splice>) -> Vec<Splice> {
        let mut places = vec![];
        let mut length = 0;
        for (c, place) in json::characters(self.text.get(at.clone()).unwrap_or_default()).flatten() {
            places.push((length, at.start + place.start));
            length += c.len_utf8();
        }
        places.push((length, at.end));
        let place = |inner: usize| places.get(places.partition_point(|(from, _)| *from < inner)).map_or(at.end, |(_, place)| *place);
        inner.into_iter().map(|s| Splice { at: place(s.at.start)..place(s.at.end), with: escape(&s.with) }).collect()
    }

    /// A text in base64 with changes, encoded anew, and its size with it. Nothing where it stays the same.
    fn attached(&self, at: &Range<usize>, leaf: &Leaf<'_>, changes: &[Change], said: &str) -> Vec<Splice> {
        let Leaf::Attached(value, parent) = leaf else { return Vec::new() };
        match reencode(parent.member("contentType").unwrap_or_default(), value, said, changes) {
            Some((with, size)) => {
                let mut out = vec![Splice { at: at.clone(), with }];
                out.extend(self.about(parent, size));
                out
            }
            None => Vec::new(),
        }
    }

    /// What an attachment's object says of its content: its size in bytes, and a digest, which would tell whether a guess is right.
    fn about(&self, parent: &Json, size: usize) -> Vec<Splice> {
        let mut out = Vec::new();
        if let (true, Some(Json::Number(_, at))) = (self.fhir, parent.get("size")) {
            out.push(Splice { at: at.clone(), with: size.to_string() });
        }
        if let (true, Some(Json::Text(_, at))) = (self.fhir, parent.get("hash")) {
            out.push(Splice { at: at.clone(), with: String::new() });
        }
        out
    }
}

/// Base64 of a text after changes in what was read from it, and the text's bytes; none where it stays as it is or is no text.
pub(super) fn reencode(content_type: &str, value: &str, said: &str, changes: &[Change]) -> Option<(String, usize)> {
    let bytes = fhir::base64_bytes(value)?;
    let text = crate::decode::decode(&bytes, &mut Vec::new()).ok()?;
    let html = content_type.to_ascii_lowercase().contains("html");
    let (splices, spell): (Vec<Splice>, Spelling) = if html {
        let html = Html::new(&text);
        let mut splices = if changes.is_empty() { Vec::new() } else { html.splices(said, &(0..text.len()), changes) };
        splices.extend(html.clean());
        (splices, charset::numeric)
    } else if changes.is_empty() {
        return None;
    } else {
        (Plain(&text).splices(said, &(0..text.len()), changes), charset::unspelled)
    };
    let splices = super::settle(splices);
    if splices.is_empty() {
        return None;
    }
    let (bytes, _) = Charset::of(&bytes).encode(&text, &splices, spell).ok()?;
    Some((STANDARD.encode(&bytes), bytes.len()))
}

/// Text as JSON writes it between quotes.
fn escape(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

impl Ground for Document<'_> {
    fn text(&self) -> &str {
        self.text
    }

    fn units(&self, range: &Range<usize>) -> Vec<Unit> {
        let inside = json::characters(self.text.get(range.clone()).unwrap_or_default());
        inside
            .flatten()
            .map(|(c, at)| Unit { c: if c == '\r' { '\n' } else { c }, at: range.start + at.start..range.start + at.end })
            .collect()
    }

    fn escape(&self, _: &Range<usize>, with: &str) -> String {
        escape(with)
    }

    fn splices(&self, said: &str, range: &Range<usize>, changes: &[Change]) -> Vec<Splice> {
        match self.leaf(range.start) {
            Some((at, Leaf::Markup(inner))) => self.outward(at, Html::new(inner).splices(said, &(0..inner.len()), changes)),
            Some((at, leaf @ Leaf::Attached(..))) => self.attached(at, leaf, changes, said),
            Some((at, Leaf::Literal)) => {
                let edits: Vec<Splice> = changes.iter().map(|c| Splice { at: c.at.clone(), with: c.with.clone() }).collect();
                let edited = splice(said, &edits);
                let number = matches!(json::values(&edited).as_deref(), Some([Json::Number(number, _)]) if *number == edited);
                vec![Splice { at: at.clone(), with: if number { edited } else { format!("\"{}\"", escape(&edited)) } }]
            }
            _ => Inside(self).splices(said, range, changes),
        }
    }
}

/// The inside of a text, with the usual way to change it.
struct Inside<'d, 't>(&'d Document<'t>);

impl Ground for Inside<'_, '_> {
    fn text(&self) -> &str {
        self.0.text
    }

    fn units(&self, range: &Range<usize>) -> Vec<Unit> {
        self.0.units(range)
    }

    fn escape(&self, at: &Range<usize>, with: &str) -> String {
        self.0.escape(at, with)
    }
}
