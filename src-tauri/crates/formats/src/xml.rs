//! XML: a line for every element that says something, with its attributes. Which of them identify is told by the dialect: ISO 20022
//! (pain, pacs, camt) and FHIR by the element's place, any other by telling names such as `lastName`.

use std::ops::Range;

use deid::{EntityType, Span};
use roxmltree::{Attribute, Document, Node};

use crate::draft::Draft;
use crate::fhir::{self, Place};
use crate::json::{Json, Key};
use crate::markup::narrative;
use crate::{Format, Limits, Note, Origin, ReadError, ccda, csv, iso20022};

/// Names of a label: the element's own and those above it.
const LABEL: usize = 3;

/// Levels of an object that the rules of FHIR look at: `identifier.type.coding.code`.
const LOOKED_AT: usize = 4;

/// Members of such an object at most.
const MEMBERS: usize = 64;

/// Reads a document of this dialect.
pub(crate) fn read(text: &str, format: Format, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    // A type definition can give a name any meaning, so no dialect's rules would hold.
    if text.contains("<!DOCTYPE") {
        return Err(ReadError::Unsupported { found: "xml with a document type definition".into() });
    }
    let document: Document<'_> = ccda::parse(text, limits, format)?;
    let mut walk = Walk { draft, text, format, attachments: 0, comments: false };
    for node in document.root().children() {
        let start = Place { resource: node.tag_name().name(), parent: &Json::Null, above: "", above_that: "" };
        walk.node(node, &mut Vec::new(), &start, false)?;
    }
    let (attachments, comments) = (walk.attachments, walk.comments);
    draft.notes.extend((attachments > 0).then_some(Note::AttachmentsNotRead { count: attachments }));
    draft.notes.extend(comments.then_some(Note::Comments));
    Ok(())
}

struct Walk<'d, 't> {
    draft: &'d mut Draft,
    text: &'t str,
    format: Format,
    attachments: usize,
    comments: bool,
}

impl<'a> Walk<'_, '_> {
    /// `place` is where the node stands for FHIR's rules; `telling` is whether a name beside it is one of a person's record.
    fn node(&mut self, node: Node<'a, '_>, path: &mut Vec<&'a str>, place: &Place<'_>, telling: bool) -> Result<(), ReadError> {
        if node.is_comment() || node.is_pi() {
            let words = node.text().or_else(|| node.pi().and_then(|pi| pi.value)).unwrap_or_default();
            let hidden = !(words.trim().is_empty() || node.is_pi() && path.is_empty());
            if hidden {
                self.comments = true;
                self.draft.end_line()?;
                self.draft.made("comment: ")?;
                self.push(words, node.range())?;
                self.draft.made("\n")?;
            }
            return Ok(());
        }
        if !node.is_element() {
            return Ok(());
        }
        path.push(node.tag_name().name());
        let words = |n: &Node<'_, '_>| n.is_text() && n.text().is_some_and(|t| !t.trim().is_empty());
        let elements = node.children().any(|c| c.is_element());
        let has_words = node.children().any(|c| words(&c));
        self.line(node, path, place, telling, has_words && !elements)?;
        if elements && has_words || self.is_narrative(node) {
            self.open(path)?;
            let text = self.text;
            narrative(self.draft, node, &|draft, words, range| push(draft, text, words, range).map(drop))?;
            self.draft.end_line()?;
            for inner in node.descendants().skip(1).filter(|n| n.is_element()) {
                self.line(inner, &[inner.tag_name().name()], place, false, false)?;
            }
            for comment in node.descendants().filter(|n| n.is_comment()) {
                self.node(comment, path, place, false)?;
            }
        } else if self.format == Format::FhirXml {
            self.members(node, path, place)?;
        } else {
            let known = |name: &str| csv::heading(name).is_some() && !csv::is_ambiguous(name);
            let telling = node.children().any(|c| c.is_element() && known(c.tag_name().name()));
            for child in node.children() {
                self.node(child, path, place, telling)?;
            }
        }
        path.pop();
        Ok(())
    }

    /// What an element of FHIR holds: the place of its members, or a resource of its own.
    fn members(&mut self, node: Node<'a, '_>, path: &mut Vec<&'a str>, place: &Place<'_>) -> Result<(), ReadError> {
        let name = node.tag_name().name();
        let is_resource = node.tag_name().name().starts_with(|c: char| c.is_ascii_uppercase());
        if is_resource && !self.draft.text().is_empty() {
            self.draft.end_line()?;
            self.draft.made("\n")?;
        }
        let parent = json(node, LOOKED_AT);
        let inner = if is_resource {
            Place { resource: name, parent: &parent, above: "", above_that: "" }
        } else {
            Place { resource: place.resource, parent: &parent, above: name, above_that: place.above }
        };
        for child in node.children() {
            self.node(child, path, &inner, false)?;
        }
        Ok(())
    }

    fn is_narrative(&self, node: Node<'_, '_>) -> bool {
        self.format == Format::FhirXml && node.tag_name().name() == "div"
    }

    fn open(&mut self, path: &[&str]) -> Result<(), ReadError> {
        self.draft.end_line()?;
        let label = path.get(path.len().saturating_sub(LABEL)..).unwrap_or_default().join(".");
        let label = format!("{label}: ");
        // Any other file has names of its own.
        if self.format == Format::Xml { self.draft.made(&label) } else { self.draft.label(&label) }
    }

    /// `Ntry.Amt: 18.15; Ccy=EUR`, if the element has words or attributes.
    fn line(&mut self, node: Node<'_, '_>, path: &[&str], place: &Place<'_>, telling: bool, has_words: bool) -> Result<(), ReadError> {
        let fhir = self.format == Format::FhirXml;
        let name = node.tag_name().name();
        let value = node.attribute_node("value").filter(|_| fhir);
        let attributes: Vec<Attribute<'_, '_>> = node
            .attributes()
            .filter(|a| !(a.value().trim().is_empty() || fhir && a.name() == "value"))
            .filter(|a| a.namespace() != Some("http://www.w3.org/2001/XMLSchema-instance"))
            .collect();
        let value = value.filter(|v| !v.value().trim().is_empty());
        if !has_words && attributes.is_empty() && value.is_none() {
            return Ok(());
        }
        let begun = self.draft.text().len();
        self.open(path)?;
        let mut said = false;
        if let Some(value) = value {
            said |= self.value(
                value.value(),
                value.range_value(),
                |walk, words, span| {
                    let settled = fhir::settled(words, name, place).len().min(span.len());
                    walk.draft.code(Span::new(span.start, span.start + settled));
                    if let Some((entity, part)) = fhir::identifier(words, name, place) {
                        let above = if place.above.is_empty() { place.resource } else { place.above };
                        walk.draft.field(Span::new(span.end - part.len().min(span.len()), span.end), entity, &format!("{above}.{name}"));
                    }
                },
                place.parent.member("contentType").filter(|_| name == "data"),
            )?;
        } else if has_words {
            let texts: Vec<Node<'_, '_>> = node.children().filter(|c| c.is_text()).collect();
            let range = texts.first().zip(texts.last()).map(|(a, b)| a.range().start..b.range().end).unwrap_or_default();
            let words: String = texts.iter().filter_map(|t| t.text()).collect();
            let entity = self.entity(node, name, &words, telling);
            said |= self.value(&words, range, |walk, _, span| entity.into_iter().for_each(|e| walk.draft.field(span, e, name)), None)?;
        }
        for attribute in attributes {
            if said {
                self.draft.made("; ")?;
            }
            self.draft.made(&format!("{}=", attribute.name()))?;
            let entity = match self.format {
                Format::FhirXml => (attribute.name() == "id" && place.above.is_empty()).then_some(EntityType::UniqueId),
                _ => self.by_name(
                    attribute.name(),
                    attribute.value(),
                    node.attributes().any(|a| !csv::is_ambiguous(a.name()) && csv::heading(a.name()).is_some()),
                ),
            };
            let name = attribute.name();
            said |= self.value(
                attribute.value(),
                attribute.range_value(),
                |walk, _, span| entity.into_iter().for_each(|e| walk.draft.field(span, e, name)),
                None,
            )?;
        }
        if said {
            return self.draft.made("\n");
        }
        self.draft.unmake(begun);
        Ok(())
    }

    /// Adds a value, unless it is what no recognizer can read, and lets it be named.
    fn value(
        &mut self,
        words: &str,
        range: Range<usize>,
        name: impl FnOnce(&mut Self, &str, Span),
        content_type: Option<&str>,
    ) -> Result<bool, ReadError> {
        if content_type.is_some() || fhir::is_base64(words.trim(), "") {
            let Some(text) = content_type.and_then(|kind| fhir::attached(kind, words)) else {
                self.attachments += 1;
                return Ok(false);
            };
            self.draft.push(text.trim(), part(range))?;
            return Ok(true);
        }
        let span = self.push(words, range)?;
        name(self, words.trim(), span);
        Ok(true)
    }

    /// Adds words and where they stand: exactly, where they are written as they read.
    fn push(&mut self, words: &str, range: Range<usize>) -> Result<Span, ReadError> {
        push(self.draft, self.text, words, range)
    }

    fn entity(&self, node: Node<'_, '_>, name: &str, words: &str, telling: bool) -> Option<EntityType> {
        match self.format {
            Format::Iso20022 => iso20022::entity(node, words.trim()),
            _ => self.by_name(name, words, telling),
        }
    }

    fn by_name(&self, name: &str, words: &str, telling: bool) -> Option<EntityType> {
        if self.format == Format::Iso20022 {
            return None;
        }
        csv::heading(name).filter(|_| telling || !csv::is_ambiguous(name)).filter(|entity| match entity {
            EntityType::Date => words.bytes().any(|b| b.is_ascii_digit()),
            EntityType::Person => words.chars().any(char::is_alphabetic),
            _ => !csv::is_nothing(words),
        })
    }
}

/// Adds words with their exact place inside of `range`, where the source has them as they are.
fn push(draft: &mut Draft, text: &str, words: &str, range: Range<usize>) -> Result<Span, ReadError> {
    let raw = text.get(range.clone()).unwrap_or_default();
    let words = words.trim();
    let range = raw.find(words).filter(|_| !words.is_empty()).map_or(range.clone(), |at| range.start + at..range.start + at + words.len());
    draft.push(words, part(range))
}

fn part(range: Range<usize>) -> Origin {
    Origin::Part { name: String::new(), start: range.start, end: range.end }
}

/// An element of FHIR as the object that it is in JSON, as deep as the rules look. They ask for no places.
fn json(node: Node<'_, '_>, depth: usize) -> Json {
    let text = |value: &str| Json::Text(value.to_owned(), 0..0);
    let key = |name: &str| Key { name: name.to_owned(), at: 0..0 };
    if let Some(value) = node.attribute("value") {
        return text(value);
    }
    let mut members: Vec<(Key, Json)> = node.attributes().map(|a| (key(a.name()), text(a.value()))).take(MEMBERS).collect();
    if depth > 0 {
        for child in node.children().filter(Node::is_element) {
            let name = child.tag_name().name();
            // The rules ask for the first of a name, and no element of FHIR has more of them.
            if members.len() >= MEMBERS {
                break;
            }
            if members.iter().all(|(known, _)| known.name != name) {
                let value = json(child, depth - 1);
                // What may repeat is a list in JSON; the rules ask only for these.
                members.push((key(name), if name == "coding" { Json::List(vec![value]) } else { value }));
            }
        }
    }
    Json::Object(members)
}
