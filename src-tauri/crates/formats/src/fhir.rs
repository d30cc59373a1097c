//! FHIR as JSON, by path: a line for every leaf, identifiers named by where they stand. Other JSON gets the lines alone.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use deid::{EntityType, Span};

use crate::draft::Draft;
use crate::json::Json;
use crate::{Format, Limits, Note, Origin, ReadError, decode, hl7, markup};

/// Longest `data` that is decoded.
const ATTACHMENT: usize = 8 << 20;

/// Reads one value, or several after one another (NDJSON).
pub(crate) fn read(text: &str, limits: &Limits, draft: &mut Draft) -> Result<Format, ReadError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut format = Format::Json;
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Json>() {
        let value = value.map_err(|_| ReadError::Corrupt { format: Format::Fhir })?;
        if value.member("resourceType").is_some() {
            format = Format::Fhir;
        }
        values.push(value);
    }
    let alone = values.len() == 1;
    let mut walk = Walk { draft, max_depth: limits.max_depth, fhir: format == Format::Fhir, attachments: 0 };
    for (index, value) in values.iter().enumerate() {
        let kind = value.member("resourceType").unwrap_or(if alone { "" } else { "line" });
        let path = if alone { safe(kind) } else { format!("{}[{index}]", safe(kind)) };
        walk.resource(value, &path, 0)?;
    }
    if walk.attachments > 0 {
        let count = walk.attachments;
        draft.notes.push(Note::AttachmentsNotRead { count });
    }
    Ok(format)
}

/// What a path may hold: a member's name can be anything, and the source map is no place for it.
fn safe(name: &str) -> String {
    if name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-$".contains(c)) { name.to_owned() } else { "?".to_owned() }
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
    attachments: usize,
}

impl Walk<'_> {
    fn resource(&mut self, value: &Json, path: &str, depth: usize) -> Result<(), ReadError> {
        let kind = value.member("resourceType").unwrap_or_default().to_owned();
        if !self.draft.text().is_empty() {
            self.draft.end_line()?;
            self.draft.made("\n")?;
        }
        let place = Place { resource: &kind, parent: value, above: "", above_that: "" };
        self.walk(value, "", &place, path, &safe(&kind), depth)
    }

    /// `path` is the full one, for the map; `label` starts at the resource, for the reader.
    fn walk(&mut self, value: &Json, name: &str, place: &Place<'_>, path: &str, label: &str, depth: usize) -> Result<(), ReadError> {
        if depth > self.max_depth {
            return Err(ReadError::Bomb);
        }
        match value {
            Json::Null => Ok(()),
            Json::Bool(value) => self.line(if *value { "true" } else { "false" }, name, place, path, label),
            Json::Number(value) => self.line(value, name, place, path, label),
            Json::Text(value) => self.line(value, name, place, path, label),
            Json::List(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.walk(value, name, place, &format!("{path}[{index}]"), &format!("{label}[{index}]"), depth + 1)?;
                }
                Ok(())
            }
            Json::Object(_) if depth > 0 && value.member("resourceType").is_some() && !name.is_empty() => {
                self.resource(value, path, depth + 1)
            }
            Json::Object(members) => {
                let inner = Place { resource: place.resource, parent: value, above: name, above_that: place.above };
                for (key, value) in members {
                    let step = if self.fhir { safe(key) } else { key.clone() };
                    let join = |head: &str, step: &str| if head.is_empty() { step.to_owned() } else { format!("{head}.{step}") };
                    self.walk(value, key, &inner, &join(path, &safe(key)), &join(label, &step), depth + 1)?;
                }
                Ok(())
            }
        }
    }

    fn line(&mut self, value: &str, name: &str, place: &Place<'_>, path: &str, label: &str) -> Result<(), ReadError> {
        let decoded;
        let mut value = value;
        if self.fhir && name == "div" && place.above == "text" {
            decoded = markup::to_text(value);
            value = &decoded;
        } else if self.fhir && name == "data" && place.parent.get("contentType").is_some() || is_base64(value, name) {
            // Base64 hides its words from every recognizer, so it is text when decoded and nothing otherwise.
            match attached(place.parent.member("contentType").unwrap_or_default(), value) {
                Some(text) => decoded = text,
                None => {
                    self.attachments += 1;
                    return Ok(());
                }
            }
            value = &decoded;
        }
        let value = value.trim();
        if value.is_empty() {
            return Ok(());
        }
        self.draft.end_line()?;
        self.draft.made(&format!("{label}:{}", if value.contains('\n') { "\n" } else { " " }))?;
        let span = self.draft.push(value, Origin::Path { path: path.to_owned() })?;
        self.draft.made("\n")?;
        if self.fhir
            && let Some((entity, part)) = identifier(value, name, place)
        {
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

fn base64_bytes(data: &str) -> Option<Vec<u8>> {
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
        "id" if above.is_empty() => UniqueId,
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
