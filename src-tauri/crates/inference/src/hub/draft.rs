//! The entry of the manifest for a model that a hub described: what a person still has to decide stands in it as `?`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use deid::EntityType;
use serde_json::Value;

use super::{ARCHITECTURES, labels};
use crate::{Manifest, ModelError, ModelFile};

/// What a hub said about a model.
#[derive(Debug, Clone)]
pub struct HubDraft<'d> {
    /// Its name here.
    pub id: &'d str,
    /// The repository, `owner/name`.
    pub repo: &'d str,
    /// The commit.
    pub revision: &'d str,
    /// The licence on its card.
    pub licence: Option<&'d str>,
    /// Its files, pinned as the hub gave them.
    pub files: &'d [ModelFile],
    /// The content of its `config.json`.
    pub config: &'d [u8],
}

/// Tokens of a window where the model has places for more: longer ones cost more for each token.
const WINDOW: u64 = 512;

impl HubDraft<'_> {
    /// The entry as TOML. It is not enabled, and labels whose meaning is not plain stand for `?`, which no model is loaded with.
    pub fn entry(&self) -> Result<String, ModelError> {
        let shape = |what: String| Err(ModelError::Shape(what));
        let config: Value = serde_json::from_slice(self.config).map_err(|e| ModelError::Shape(format!("config.json: {e}")))?;
        let architecture = config.get("model_type").and_then(Value::as_str).unwrap_or_default();
        if !ARCHITECTURES.contains(&architecture) {
            return shape(format!("architecture `{architecture}` is not known; known are {}", ARCHITECTURES.join(", ")));
        }
        if let Some(missing) =
            ["config.json", "tokenizer.json", "model.safetensors"].iter().find(|n| self.files.iter().all(|f| f.name != **n))
        {
            return shape(format!("the repository has no `{missing}`"));
        }
        let of_model = config.get("id2label").and_then(Value::as_object).into_iter().flat_map(|l| l.values()).filter_map(Value::as_str);
        let names: BTreeMap<&str, &str> = of_model.map(|l| labels::split(l).1).filter(|n| *n != "O").map(|n| (n, meaning(n))).collect();
        let number = |name: &str| config.get(name).and_then(Value::as_u64);
        let lost = if architecture.ends_with("roberta") { number("pad_token_id").unwrap_or(1) + 1 } else { 0 };
        let places = number("max_position_embeddings").unwrap_or(WINDOW).saturating_sub(lost).min(WINDOW);

        let quoted = |words: &str| toml::Value::from(words).to_string();
        let mut entry = String::new();
        // Writing to a string does not fail.
        let mut line = |words: std::fmt::Arguments<'_>| entry.write_fmt(format_args!("{words}\n")).unwrap_or_default();
        line(format_args!("\n[[model]]\nid = {}\narchitecture = {}", quoted(self.id), quoted(architecture)));
        line(format_args!("licence = {}", quoted(self.licence.unwrap_or("?"))));
        line(format_args!("\n[model.hub]\nrepo = {}\nrevision = {}", quoted(self.repo), quoted(self.revision)));
        line(format_args!("enabled = false\nmax_tokens = {places}\ntemperature = 1.0\nthreshold = 0.5\n\n[model.hub.labels]"));
        for (name, meaning) in names {
            line(format_args!("{} = {}", quoted(name), quoted(meaning)));
        }
        for file in self.files {
            let (name, sha256) = (quoted(&file.name), quoted(&file.sha256));
            line(format_args!("\n[[model.files]]\npath = {name}\nsize = {}\nsha256 = {sha256}", file.size));
        }
        // Read back, so that what is written is an entry.
        let read: Manifest = toml::from_str(&entry).map_err(|e| ModelError::Manifest(e.message().to_owned()))?;
        read.models.iter().try_for_each(|model| model.check())?;
        Ok(entry)
    }
}

/// The entity type of a label whose name says it, else `?`.
fn meaning(name: &str) -> &'static str {
    let plain = name.to_ascii_uppercase().replace(['-', ' '], "_");
    if let Some(entity) = EntityType::parse(&plain) {
        return entity.name();
    }
    let entity = match plain.as_str() {
        "PER" | "NAME" | "PATIENT" | "DOCTOR" | "STAFF" | "FIRSTNAME" | "LASTNAME" | "MIDDLENAME" | "GIVENNAME" | "SURNAME" => {
            EntityType::Person
        }
        "ORG" | "COMPANYNAME" | "VENDOR" => EntityType::Organization,
        "HOSP" | "HOSPITAL" => EntityType::Facility,
        "STREET" | "STREETADDRESS" => EntityType::StreetAddress,
        "ZIP" | "ZIPCODE" => EntityType::PostalCode,
        "EMAIL" => EntityType::EmailAddress,
        "PHONE" | "PHONENUMBER" | "TELEPHONENUM" => EntityType::PhoneNumber,
        "FAX" => EntityType::FaxNumber,
        "SSN" | "SOCIALNUM" => EntityType::UsSsn,
        "IP" | "IPV4" | "IPV6" => EntityType::IpAddress,
        "DATEOFBIRTH" | "DOB" => EntityType::Date,
        "CREDITCARDNUMBER" => EntityType::CreditCard,
        "PASSWORD" => EntityType::Secret,
        "MEDICALRECORD" => EntityType::MedicalRecordNumber,
        _ => return "?",
    };
    entity.name()
}
