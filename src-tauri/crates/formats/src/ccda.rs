//! C-CDA: header fields as labelled lines, then every section's title and narrative, tables as rows.

use deid::{EntityType, Span};
use roxmltree::{Document, Node, ParsingOptions};

use crate::draft::Draft;
use crate::markup::{child, children, is_bomb, narrative};
use crate::{Format, Limits, Note, Origin, ReadError, fhir, vocabulary};

/// Elements of an XML document at most: a tree takes many times the room of its text.
pub(crate) const NODES: u32 = 3_000_000;

const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Ccda };

/// Participants of the header, and what they are called in the text.
const ROLES: &[(&str, &str)] = &[
    ("recordTarget", "Patient"),
    ("author", "Author"),
    ("dataEnterer", "Data enterer"),
    ("informant", "Informant"),
    ("custodian", "Custodian"),
    ("informationRecipient", "Recipient"),
    ("legalAuthenticator", "Legal authenticator"),
    ("authenticator", "Authenticator"),
    ("participant", "Participant"),
    ("inFulfillmentOf", "Order"),
    ("documentationOf", "Service"),
    ("relatedDocument", "Related document"),
    ("authorization", "Consent"),
    ("componentOf", "Encounter"),
    ("guardian", "Guardian"),
    ("birthplace", "Birthplace"),
    ("providerOrganization", "Provider organization"),
    ("representedOrganization", "Organization"),
    ("representedCustodianOrganization", "Custodian organization"),
    ("receivedOrganization", "Recipient organization"),
    ("scopingOrganization", "Organization"),
    ("serviceProviderOrganization", "Provider organization"),
    ("wholeOrganization", "Organization"),
    ("location", "Location"),
    ("performer", "Care provider"),
    ("responsibleParty", "Responsible party"),
    ("encounterParticipant", "Encounter participant"),
];

/// Reads a document.
pub(crate) fn read(text: &str, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let document = parse(text, limits, Format::Ccda)?;
    let root = document.root_element();
    if root.tag_name().name() != "ClinicalDocument" {
        return Err(CORRUPT);
    }
    let mut reader = Reader { draft, entries: 0, attachments: 0, bare_sections: 0 };
    for node in root.children().filter(|n| n.is_element() && n.tag_name().name() != "component") {
        let label = role(node).unwrap_or("Document");
        reader.header(node, label)?;
    }
    for component in children(root, "component") {
        if let Some(body) = child(component, "structuredBody") {
            children(body, "component").filter_map(|c| child(c, "section")).try_for_each(|s| reader.section(s))?;
        }
        if let Some(body) = child(component, "nonXMLBody").and_then(|b| child(b, "text")) {
            reader.unstructured(body)?;
        }
    }
    let (entries, attachments, bare) = (reader.entries, reader.attachments, reader.bare_sections);
    draft.notes.extend((entries > 0).then_some(Note::EntriesLeftOut { count: entries }));
    draft.notes.extend((attachments > 0).then_some(Note::AttachmentsNotRead { count: attachments }));
    draft.notes.extend((bare > 0).then_some(Note::PartsNotRead { count: bare }));
    Ok(())
}

/// Parses XML within the limits; document type definitions, and with them entity bombs, are refused by the parser.
pub(crate) fn parse<'x>(text: &'x str, limits: &Limits, format: Format) -> Result<Document<'x>, ReadError> {
    if is_bomb(text, limits.max_depth) {
        return Err(ReadError::Bomb);
    }
    let options = ParsingOptions { nodes_limit: NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => ReadError::Bomb,
        _ => ReadError::Corrupt { format },
    })
}

fn role(node: Node<'_, '_>) -> Option<&'static str> {
    ROLES.iter().find(|(name, _)| *name == node.tag_name().name()).map(|(_, label)| *label)
}

struct Reader<'d> {
    draft: &'d mut Draft,
    entries: usize,
    attachments: usize,
    bare_sections: usize,
}

fn part(range: std::ops::Range<usize>) -> Origin {
    Origin::Part { name: String::new(), start: range.start, end: range.end }
}

/// `administrativeGenderCode` reads `administrative gender`.
fn readable(name: &str) -> String {
    let mut words = String::new();
    for c in name.trim_end_matches("Code").chars() {
        if c.is_uppercase() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

impl Reader<'_> {
    fn header(&mut self, node: Node<'_, '_>, label: &str) -> Result<(), ReadError> {
        let name = node.tag_name().name();
        match name {
            "templateId" | "realmCode" | "typeId" => return Ok(()),
            "name" => return self.name(node, label),
            "addr" => return self.address(node, label),
            _ => {}
        }
        let (attribute, entity) = match name {
            "telecom" => ("value", Some(EntityType::PhoneNumber)),
            "id" | "setId" => ("extension", Some(id_entity(node))),
            "religiousAffiliationCode" => ("displayName", Some(EntityType::Nrp)),
            _ if name.ends_with("Code") || name == "code" => ("displayName", None),
            _ => ("value", Some(EntityType::Date)),
        };
        self.attribute(node, attribute, label, entity)?;
        for c in node.children() {
            if c.is_element() {
                let nested =
                    role(c).map(|r| if r == label || label == "Document" { r.to_owned() } else { format!("{label} {}", r.to_lowercase()) });
                self.header(c, nested.as_deref().unwrap_or(label))?;
            } else if let Some(words) = c.text().filter(|t| c.is_text() && !t.trim().is_empty()) {
                self.line(label, &readable(name), words, c.range(), None, name)?;
            }
        }
        Ok(())
    }

    fn attribute(&mut self, node: Node<'_, '_>, attribute: &'static str, label: &str, entity: Option<EntityType>) -> Result<(), ReadError> {
        let name = node.tag_name().name();
        // An identifier may be its root alone, if that is no object identifier of a naming system.
        let bare_root = || node.attribute_node("root").filter(|a| name == "id" && a.value().contains('-'));
        let Some(found) = node.attribute_node(attribute).or_else(bare_root) else { return Ok(()) };
        let value = found.value();
        let (value, entity) = match (name, value.split_once(':')) {
            ("telecom", Some(("mailto", rest))) => (rest, Some(EntityType::EmailAddress)),
            ("telecom", Some(("fax", rest))) => (rest, Some(EntityType::FaxNumber)),
            ("telecom", Some(("tel", rest))) => (rest, entity),
            ("telecom", Some(("http" | "https", _))) => (value, Some(EntityType::Url)),
            _ => (value, entity),
        };
        // A year alone identifies nobody, and a value that is no date is none.
        let is_date = value.len() > 4 && value.bytes().take(5).all(|b| b.is_ascii_digit());
        let entity = entity.filter(|e| *e != EntityType::Date || is_date);
        let mut range = found.range_value();
        // Without its scheme, where that is written as it is read.
        let scheme = found.value().len() - value.len();
        if node.document().input_text().get(range.start..).is_some_and(|t| found.value().get(..scheme).is_some_and(|s| t.starts_with(s))) {
            range.start += scheme;
        }
        self.line(label, &readable(name), value, range, entity, name)?;
        // Words that a public vocabulary gives to a code.
        if attribute == "displayName" && entity.is_none() && node.attribute("codeSystem").is_some_and(vocabulary::means) {
            let end = self.draft.text().trim_end().len();
            self.draft.code(Span::new(end - value.trim().len(), end));
        }
        Ok(())
    }

    fn line(
        &mut self,
        label: &str,
        what: &str,
        value: &str,
        range: std::ops::Range<usize>,
        entity: Option<EntityType>,
        source: &str,
    ) -> Result<(), ReadError> {
        self.draft.end_line()?;
        self.draft.label(&format!("{label} {what}: "))?;
        let span = self.draft.push(value.trim(), part(range))?;
        if let Some(entity) = entity {
            self.draft.field(span, entity, source);
        }
        self.draft.made("\n")
    }

    /// A person's or an organization's name: parts in the order of the file, one span.
    fn name(&mut self, node: Node<'_, '_>, label: &str) -> Result<(), ReadError> {
        let holder = node.parent().map(|p| p.tag_name().name()).unwrap_or_default();
        let organization = holder.contains("rganization")
            || matches!(holder, "location" | "place" | "playingEntity" | "assignedAuthoringDevice" | "healthCareFacility");
        self.parts(node, label, "name", |_| if organization { EntityType::Facility } else { EntityType::Person }, true)
    }

    fn address(&mut self, node: Node<'_, '_>, label: &str) -> Result<(), ReadError> {
        let entity = |name: &str| match name {
            "city" | "county" => EntityType::City,
            "state" => EntityType::State,
            "postalCode" => EntityType::PostalCode,
            "country" => EntityType::Country,
            _ => EntityType::StreetAddress,
        };
        self.parts(node, label, "address", entity, false)
    }

    fn parts(
        &mut self,
        node: Node<'_, '_>,
        label: &str,
        what: &str,
        entity: impl Fn(&str) -> EntityType,
        whole: bool,
    ) -> Result<(), ReadError> {
        let texts = node.descendants().filter(|n| n.is_text() && n.text().is_some_and(|t| !t.trim().is_empty()));
        let mut all = None::<Span>;
        for text in texts {
            let name = text.parent().map(|p| p.tag_name().name()).unwrap_or_default();
            if all.is_none() {
                self.draft.end_line()?;
                self.draft.label(&format!("{label} {what}: "))?;
            } else {
                self.draft.made(if whole { " " } else { ", " })?;
            }
            let span = self.draft.push(text.text().unwrap_or_default().trim(), part(text.range()))?;
            // Titles are no part of a name, and times of use none of an address.
            if matches!(name, "prefix" | "suffix" | "low" | "high") {
                all = all.or(Some(Span::new(span.end, span.end)));
                continue;
            }
            if !whole {
                self.draft.field(span, entity(name), "addr");
            }
            all = Some(all.filter(|a| !a.is_empty()).map_or(span, |a| a.hull(&span)));
        }
        if let Some(span) = all {
            if whole {
                self.draft.field(span, entity("name"), "name");
            }
            self.draft.made("\n")?;
        }
        Ok(())
    }

    fn section(&mut self, section: Node<'_, '_>) -> Result<(), ReadError> {
        self.draft.end_line()?;
        if let Some(title) = child(section, "title") {
            self.draft.made("\n")?;
            self.narrative(title)?;
            self.draft.end_line()?;
        }
        let before = self.draft.text().len();
        if let Some(text) = child(section, "text") {
            self.narrative(text)?;
            self.draft.end_line()?;
        }
        let entries = children(section, "entry").count();
        self.entries += entries;
        self.bare_sections += usize::from(entries > 0 && self.draft.text().len() == before);
        self.attachments += section.children().flat_map(|n| n.descendants()).filter(|n| n.tag_name().name() == "observationMedia").count();
        for inner in children(section, "component").filter_map(|c| child(c, "section")) {
            self.section(inner)?;
        }
        Ok(())
    }

    fn narrative(&mut self, node: Node<'_, '_>) -> Result<(), ReadError> {
        narrative(self.draft, node, &|draft, words, range| draft.push(words, part(range)).map(drop))
    }

    fn unstructured(&mut self, body: Node<'_, '_>) -> Result<(), ReadError> {
        let content = body.text().unwrap_or_default();
        self.draft.end_line()?;
        self.draft.made("\n")?;
        if body.attribute("representation") != Some("B64") && !content.trim().is_empty() {
            self.narrative(body)?;
        } else if let Some(text) = fhir::attached(body.attribute("mediaType").unwrap_or_default(), content) {
            let place = body.children().find(Node::is_text).map_or(body.range(), |words| words.range());
            self.draft.push(&text, part(place))?;
        } else {
            self.attachments += 1;
        }
        Ok(())
    }
}

/// What an identifier names: by the naming system where it is known, else by whose it is.
fn id_entity(node: Node<'_, '_>) -> EntityType {
    match node.attribute("root") {
        Some("2.16.840.1.113883.4.1") => EntityType::UsSsn,
        Some("2.16.840.1.113883.4.6" | "2.16.840.1.113883.4.814") => EntityType::LicenseNumber,
        Some("2.16.840.1.113883.4.572" | "2.16.840.1.113883.4.927") => EntityType::HealthPlanId,
        _ if node.parent().is_some_and(|p| p.tag_name().name() == "patientRole") => EntityType::MedicalRecordNumber,
        _ => EntityType::UniqueId,
    }
}
