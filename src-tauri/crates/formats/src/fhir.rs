//! FHIR as JSON, by path: a line for every leaf, identifiers named by where they stand. Other JSON gets the lines alone.

use std::ops::Range;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use deid::{EntityType, Span};

use crate::draft::Draft;
use crate::json::{self, Json};
use crate::{Format, Limits, Note, Origin, ReadError, decode, hl7, markup, vocabulary};

/// Longest `data` that is decoded.
const ATTACHMENT: usize = 8 << 20;

/// Reads one value, or several after one another (NDJSON).
pub(crate) fn read(text: &str, limits: &Limits, draft: &mut Draft) -> Result<Format, ReadError> {
    let values = json::values(text).ok_or(ReadError::Corrupt { format: Format::Fhir })?;
    let fhir = values.iter().any(|value| value.member("resourceType").is_some());
    let mut walk = Walk { draft, max_depth: limits.max_depth, fhir, label: String::new(), keys: Vec::new(), attachments: 0 };
    for value in &values {
        walk.resource(value, 0)?;
    }
    if walk.attachments > 0 {
        let count = walk.attachments;
        draft.notes.push(Note::AttachmentsNotRead { count });
    }
    Ok(if fhir { Format::Fhir } else { Format::Json })
}

/// The name of a resource's member or type, where it is one that the standard can have given.
pub(crate) fn safe(name: &str) -> &str {
    if name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-$".contains(c)) { name } else { "?" }
}

/// Where a leaf stands.
pub(crate) struct Place<'j> {
    /// The resource's type.
    pub resource: &'j str,
    /// The object that holds it.
    pub parent: &'j Json,
    /// Name of the member that holds the object.
    pub above: &'j str,
    /// And of the one above that.
    pub above_that: &'j str,
}

struct Walk<'d> {
    draft: &'d mut Draft,
    max_depth: usize,
    fhir: bool,
    /// What stands before the next leaf, from its resource on.
    label: String,
    /// The names in the label that the file chose itself: where in the label, where in the file.
    keys: Vec<(Span, Range<usize>)>,
    attachments: usize,
}

impl Walk<'_> {
    fn resource(&mut self, value: &Json, depth: usize) -> Result<(), ReadError> {
        let kind = value.member("resourceType").unwrap_or_default();
        if !self.draft.text().is_empty() {
            self.draft.end_line()?;
            self.draft.made("\n")?;
        }
        let place = Place { resource: kind, parent: value, above: "", above_that: "" };
        let outer = std::mem::replace(&mut self.label, safe(kind).to_owned());
        self.walk(value, "", &place, depth)?;
        self.label = outer;
        Ok(())
    }

    fn walk(&mut self, value: &Json, name: &str, place: &Place<'_>, depth: usize) -> Result<(), ReadError> {
        if depth > self.max_depth {
            return Err(ReadError::Bomb);
        }
        let (label, keys) = (self.label.len(), self.keys.len());
        match value {
            Json::Null => {}
            Json::Bool(value, at) => self.line(if *value { "true" } else { "false" }, at, name, place)?,
            Json::Number(value, at) | Json::Text(value, at) => self.line(value, at, name, place)?,
            Json::List(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.label.push_str(&format!("[{index}]"));
                    self.walk(value, name, place, depth + 1)?;
                    self.label.truncate(label);
                }
            }
            Json::Object(_) if depth > 0 && value.member("resourceType").is_some() && !name.is_empty() => {
                self.resource(value, depth + 1)?
            }
            Json::Object(members) => {
                let inner = Place { resource: place.resource, parent: value, above: name, above_that: place.above };
                for (key, value) in members {
                    if !self.label.is_empty() {
                        self.label.push('.');
                    }
                    let start = self.label.len();
                    self.label.push_str(if self.fhir { safe(&key.name) } else { &key.name });
                    if !self.fhir {
                        self.keys.push((Span::new(start, self.label.len()), key.at.clone()));
                        // A name without a value may name someone, too.
                        if empty(value) && !key.name.is_empty() {
                            self.label(":")?;
                            self.draft.made("\n")?;
                        }
                    }
                    self.walk(value, &key.name, &inner, depth + 1)?;
                    self.label.truncate(label);
                    self.keys.truncate(keys);
                }
            }
        }
        Ok(())
    }

    fn line(&mut self, value: &str, at: &Range<usize>, name: &str, place: &Place<'_>) -> Result<(), ReadError> {
        let read = match reading(value, name, place.above, place.parent, self.fhir) {
            Reading::Itself => value.to_owned(),
            Reading::Markup => markup::to_text(value),
            Reading::Attached(text) => text,
            Reading::Unread => {
                self.attachments += 1;
                String::new()
            }
        };
        let value = read.trim();
        if value.is_empty() {
            if !self.fhir && !self.keys.is_empty() {
                self.label(":")?;
                self.draft.made("\n")?;
            }
            return Ok(());
        }
        self.label(if value.contains('\n') { ":\n" } else { ": " })?;
        let span = self.draft.push(value, origin(at))?;
        self.draft.made("\n")?;
        if !self.fhir {
            return Ok(());
        }
        let settled = settled(value, name, place);
        self.draft.code(Span::new(span.start, span.start + settled.len()));
        if let Some((entity, part)) = identifier(value, name, place) {
            let span = if part == value { span } else { Span::new(span.end - part.len(), span.end) };
            // The rule's name, not the path: that could hold anything.
            self.draft.field(
                span,
                entity,
                &format!("{}.{}", safe(if place.above.is_empty() { place.resource } else { place.above }), safe(name)),
            );
        }
        Ok(())
    }

    /// The label of a leaf, on a line of its own.
    fn label(&mut self, end: &str) -> Result<(), ReadError> {
        self.draft.end_line()?;
        let mut done = 0;
        for (span, at) in &self.keys {
            self.draft.made(Span::new(done, span.start).of(&self.label))?;
            self.draft.push(span.of(&self.label), origin(at))?;
            done = span.end;
        }
        let label = format!("{}{end}", Span::new(done, self.label.len()).of(&self.label));
        if self.fhir { self.draft.label(&label) } else { self.draft.made(&label) }
    }
}

fn origin(at: &Range<usize>) -> Origin {
    Origin::Bytes { start: at.start, end: at.end }
}

/// Whether a value gets no line.
fn empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::List(list) => list.iter().all(empty),
        Json::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// How a leaf's text is read.
pub(crate) enum Reading {
    /// As it stands.
    Itself,
    /// As the words of a narrative.
    Markup,
    /// As the text that its base64 says.
    Attached(String),
    /// Not at all.
    Unread,
}

/// How a leaf is read, by its name, the name of the object that holds it, and that object.
pub(crate) fn reading(value: &str, name: &str, above: &str, parent: &Json, fhir: bool) -> Reading {
    if fhir && name == "div" && above == "text" {
        Reading::Markup
    } else if fhir && name == "data" && parent.get("contentType").is_some() || is_base64(value, name) {
        // Base64 hides its words from every recognizer, so it is text when decoded and nothing otherwise.
        attached(parent.member("contentType").unwrap_or_default(), value).map_or(Reading::Unread, Reading::Attached)
    } else {
        Reading::Itself
    }
}

/// Longest word that is taken for itself although it could be base64: hashes and tokens are shorter. In `data` nothing else stands.
fn longest_word(name: &str) -> usize {
    if name == "data" { 64 } else { 256 }
}

/// Long lines of nothing but base64's letters, as they are or in a `data:` address.
pub(crate) fn is_base64(value: &str, name: &str) -> bool {
    let body = value.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")).map_or(value, |(_, body)| body);
    body.len() > longest_word(name)
        && body.split_whitespace().next().is_some_and(|line| line.len() >= 60)
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || b"+/=-_".contains(&b))
}

pub(crate) fn base64_bytes(data: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));
    let bare: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    (bare.len() <= ATTACHMENT).then(|| lenient.decode(bare).ok()).flatten()
}

/// The text of an attachment, if that is what it is.
pub(crate) fn attached(content_type: &str, data: &str) -> Option<String> {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(
        kind.as_str(),
        "text/plain" | "text/html" | "application/xhtml+xml" | "text/markdown" | "text/csv" | "text/x-hl7-ft" | "text/hl7v2"
    ) {
        return None;
    }
    let mut notes = Vec::new();
    let text = decode::decode(&base64_bytes(data)?, &mut notes).ok().filter(|_| !notes.iter().any(Note::incomplete))?;
    Some(if kind.contains("html") { markup::to_text(&text) } else { text })
}

/// What a leaf begins with that the standard or a public vocabulary wrote.
pub(crate) fn settled<'v>(value: &'v str, name: &str, place: &Place<'_>) -> &'v str {
    let public = || place.parent.member("system").is_some_and(vocabulary::means);
    let word = || value.len() <= 40 && value.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    let by_coding = || {
        let codings = place.parent.get("coding").map(Json::list).unwrap_or_default();
        codings.iter().any(|c| c.member("system").is_some_and(vocabulary::means) && c.member("display") == Some(value))
    };
    let all = match name {
        "system" | "url" | "profile" | "instantiatesCanonical" | "valueSet" if vocabulary::is_public(value) => true,
        "system" => value.strip_prefix("urn:oid:").is_some_and(|oid| oid.bytes().all(|b| b.is_ascii_digit() || b == b'.')),
        // Of a request in a bundle.
        "url" => place.parent.member("method").is_some() && word(),
        "code" => public() && vocabulary::is_code(value),
        "value" => measured(value, place.parent),
        "sequence" => value.len() <= 4 && value.bytes().all(|b| b.is_ascii_digit()),
        "display" => public(),
        "unit" => public() || vocabulary::is_code(value) && value.len() <= 12,
        "text" => by_coding(),
        // Codes of the standard's own, by the binding of their element.
        "resourceType" | "status" | "use" | "mode" | "intent" | "gender" | "comparator" => word(),
        "fullUrl" | "reference" => {
            let kind = |kind: &str| kind.bytes().all(|b| b.is_ascii_alphabetic()) && kind.starts_with(|c: char| c.is_ascii_uppercase());
            let of_kind = value.find('/').filter(|at| value.get(..*at).is_some_and(kind)).map_or(0, |at| at + 1);
            let scheme = ["urn:uuid:", "urn:oid:"].into_iter().find(|scheme| value.starts_with(scheme)).map_or(of_kind, str::len);
            return value.get(..scheme).unwrap_or_default();
        }
        _ => false,
    };
    if all { value } else { "" }
}

/// Whether a value is a number of units or of money, which no age is.
fn measured(value: &str, quantity: &Json) -> bool {
    let number = value.len() <= 24 && value.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let unit = ["code", "unit", "currency"].into_iter().find_map(|name| quantity.member(name)).unwrap_or_default();
    number && !unit.is_empty() && !matches!(unit.to_ascii_lowercase().as_str(), "a" | "y" | "yr" | "yrs" | "year" | "years")
}

/// The entity type of a leaf by its place, and the part of it that identifies.
pub(crate) fn identifier<'v>(value: &'v str, name: &str, place: &Place<'_>) -> Option<(EntityType, &'v str)> {
    use EntityType::*;
    let (above, above_that) = (place.above, place.above_that);
    let address = above == "address" || above.ends_with("Address");
    let extension =
        |word: &str| place.parent.member("url").is_some_and(|url| url.to_ascii_lowercase().ends_with(&word.to_ascii_lowercase()));
    let entity = match name {
        "family" | "given" => Person,
        "text" if above == "name" || above.ends_with("HumanName") || above_that == "name" => Person,
        "text" if address => StreetAddress,
        "line" if address => StreetAddress,
        "city" | "district" if address => City,
        "state" if address => State,
        "postalCode" if address => PostalCode,
        "country" if address => Country,
        "latitude" | "longitude" => StreetAddress,
        "valueDecimal" if extension("latitude") || extension("longitude") => StreetAddress,
        "valueString" if extension("mothersMaidenName") => Person,
        "value" if above == "telecom" || above.ends_with("ContactPoint") => match place.parent.member("system") {
            Some("email") => EmailAddress,
            Some("fax") => FaxNumber,
            Some("url") => Url,
            _ => PhoneNumber,
        },
        "value" if above == "identifier" || above.ends_with("Identifier") || above == "accession" => identifier_type(place),
        "subscriberId" | "beneficiaryId" | "memberId" => HealthPlanId,
        "serialNumber" | "deviceIdentifier" | "carrierHRF" | "carrierAIDC" | "distinctIdentifier" => DeviceId,
        "name" if matches!(place.resource, "Organization" | "Location" | "HealthcareService") && above.is_empty() => Facility,
        // Some systems write the whole name as one string.
        "name" if matches!(place.resource, "Patient" | "Practitioner" | "RelatedPerson" | "Person") => Person,
        // Within another resource some systems call it what it is.
        "id" if above.is_empty() && !(value.eq_ignore_ascii_case(place.resource) || value == "referral") => UniqueId,
        "authorString" => Person,
        "reference" => return reference(value).map(|part| (UniqueId, part)),
        "fullUrl" => return value.rsplit([':', '/']).next().filter(|part| part.len() >= 8).map(|part| (UniqueId, part)),
        "display" => referenced(place)?,
        _ if is_date(value) => Date,
        _ => return None,
    };
    Some((entity, value))
}

fn identifier_type(place: &Place<'_>) -> EntityType {
    let codings = place.parent.get("type").and_then(|t| t.get("coding")).map(Json::list).unwrap_or_default();
    let by_type = codings.iter().filter_map(|c| c.member("code")).find_map(hl7::id_type);
    let system = place.parent.member("system").unwrap_or_default().to_ascii_lowercase();
    let by_system = [
        ("us-ssn", EntityType::UsSsn),
        ("2.16.840.1.113883.4.1", EntityType::UsSsn),
        ("us-npi", EntityType::LicenseNumber),
        ("us-medicare", EntityType::HealthPlanId),
        ("us-mbi", EntityType::HealthPlanId),
    ]
    .into_iter()
    .find_map(|(end, entity)| system.ends_with(end).then_some(entity));
    by_type.or(by_system).unwrap_or(match place.resource {
        "Patient" | "Person" => EntityType::MedicalRecordNumber,
        "Practitioner" | "PractitionerRole" => EntityType::LicenseNumber,
        "Coverage" => EntityType::HealthPlanId,
        "Device" => EntityType::DeviceId,
        _ => EntityType::UniqueId,
    })
}

/// `Patient/123` and `urn:uuid:...`: the last part identifies. A contained one (`#p1`) identifies nobody.
fn reference(value: &str) -> Option<&str> {
    let value = value.split_once("/_history").map_or(value, |(head, _)| head);
    if value.starts_with('#') || !value.contains(['/', ':']) || value.contains('?') {
        return None;
    }
    value.rsplit(['/', ':']).next()
}

/// What the `display` beside a reference names: the target's type says it, or else the member that holds the reference.
fn referenced(place: &Place<'_>) -> Option<EntityType> {
    let target = place.parent.member("reference").or_else(|| place.parent.member("type"))?;
    let kind = target.split(['/', '?']).find(|s| s.chars().next().is_some_and(|c| c.is_ascii_uppercase())).unwrap_or_default();
    match kind {
        "Patient" | "Practitioner" | "RelatedPerson" | "Person" | "PractitionerRole" => return Some(EntityType::Person),
        "Organization" | "Location" | "HealthcareService" => return Some(EntityType::Facility),
        "" => {}
        _ => return None,
    }
    const PEOPLE: &[&str] = &[
        "subject",
        "patient",
        "individual",
        "performer",
        "actor",
        "author",
        "requester",
        "practitioner",
        "provider",
        "recorder",
        "asserter",
        "beneficiary",
        "subscriber",
        "who",
        "member",
        "source",
        "sender",
        "recipient",
        "participant",
        "informationSource",
        "generalPractitioner",
        "enterer",
        "party",
    ];
    const PLACES: &[&str] =
        &["serviceProvider", "location", "managingOrganization", "custodian", "facility", "insurer", "organization", "payor"];
    if PEOPLE.contains(&place.above) {
        Some(EntityType::Person)
    } else if PLACES.contains(&place.above) {
        Some(EntityType::Facility)
    } else {
        None
    }
}

/// A FHIR date or dateTime that says more than the year.
pub(crate) fn is_date(value: &str) -> bool {
    let shape: String = value.chars().take(10).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match value.len() {
        7 => shape == "0000-00",
        10 => shape == "0000-00-00",
        _ => shape == "0000-00-00" && value.get(10..).is_some_and(|t| t.starts_with('T')),
    }
}
