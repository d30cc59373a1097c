//! What a decision is made of: names and numbers, never text of the record.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Everything that a decision may depend on. Confidences are parts per 10 000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The record's class.
    pub class: String,
    /// `healthcare`, `financial` or `other`.
    pub domain: String,
    /// How sure the class is.
    pub class_confidence: u32,
    /// Entity type to number of detections.
    pub entities: BTreeMap<String, u32>,
    /// Confidence of the least sure detection, 10 000 if there is none.
    pub lowest_confidence: u32,
    /// Recognizers and model all ran over everything that was read.
    pub complete: bool,
    /// Parts of the file were not read, or not for certain.
    pub unread: bool,
    /// Entity types whose detections a reviewer took away.
    pub released: BTreeSet<String>,
    /// A person approved this very version.
    pub reviewed: bool,
    /// Especially protected matters, raised by class or by words.
    pub special: BTreeSet<String>,
    /// Where the question would go.
    pub provider: Option<ProviderFacts>,
    /// `staff`, `compliance` or `administrator`.
    pub actor_role: String,
    /// What the question is for.
    pub purpose: String,
}

/// What is known about a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderFacts {
    /// Its name in the settings.
    pub id: String,
    /// A business associate agreement or its equal is on file.
    pub agreement: bool,
    /// It runs in the own network.
    pub local_network: bool,
}

const HEALTHCARE: &[&str] = &[
    "discharge_summary",
    "progress_note",
    "history_and_physical",
    "referral_letter",
    "consult_letter",
    "radiology_report",
    "pathology_report",
    "lab_report",
    "operative_note",
    "emergency_note",
    "nursing_note",
    "patient_message",
    "phone_encounter",
    "prior_authorization",
    "explanation_of_benefits",
    "medical_claim",
    "prescription",
    "immunization_record",
    "therapy_note",
    "clinical_other",
];
const FINANCIAL: &[&str] = &[
    "bank_statement",
    "card_statement",
    "loan_application",
    "tax_form",
    "pay_stub",
    "invoice",
    "wire_instruction",
    "kyc_form",
    "credit_report",
    "dispute_letter",
    "collections_letter",
    "brokerage_statement",
    "insurance_claim",
    "payment_message",
    "call_transcript",
    "financial_email",
    "financial_other",
];
const OTHER: &[&str] = &["general_correspondence", "policy_document", "other"];
const ENTITIES: &[&str] = &[
    "PERSON",
    "STREET_ADDRESS",
    "CITY",
    "STATE",
    "POSTAL_CODE",
    "COUNTRY",
    "FACILITY",
    "ORGANIZATION",
    "DATE",
    "AGE",
    "PHONE_NUMBER",
    "FAX_NUMBER",
    "EMAIL_ADDRESS",
    "URL",
    "IP_ADDRESS",
    "US_SSN",
    "NATIONAL_ID",
    "MEDICAL_RECORD_NUMBER",
    "HEALTH_PLAN_ID",
    "ACCOUNT_NUMBER",
    "CREDIT_CARD",
    "CARD_SECURITY_CODE",
    "IBAN",
    "ROUTING_NUMBER",
    "LICENSE_NUMBER",
    "VEHICLE_ID",
    "DEVICE_ID",
    "UNIQUE_ID",
    "USERNAME",
    "SECRET",
    "PROFESSION",
    "NRP",
    "BIOMETRIC",
    "FACE",
];
const SPECIAL: &[&str] = &["psychotherapy", "substance_use", "genetic", "hiv", "reproductive", "minor"];

fn known_entity(name: &str) -> bool {
    ENTITIES.contains(&name) || name.strip_prefix("CUSTOM:").is_some_and(|own| !own.is_empty())
}

impl Facts {
    /// Entity types that stand in the record. One that a reviewer took away still counts, so that taking away never loosens.
    pub(crate) fn present(&self) -> BTreeSet<&str> {
        let found = self.entities.iter().filter(|(_, count)| **count > 0).map(|(name, _)| name.as_str());
        found.chain(self.released.iter().map(String::as_str)).collect()
    }

    /// The facts whose value no rule can have been written for. A class outside its own domain is one; roles the schema knows.
    pub(crate) fn unknown(&self) -> Vec<&'static str> {
        let classes = match self.domain.as_str() {
            "healthcare" => HEALTHCARE,
            "financial" => FINANCIAL,
            "other" => OTHER,
            _ => &[],
        };
        let checks = [
            ("kind of record", classes.contains(&self.class.as_str())),
            ("certainty", self.class_confidence <= 10_000 && self.lowest_confidence <= 10_000),
            ("kind of identifier", self.present().iter().all(|name| known_entity(name))),
            ("protected matter", self.special.iter().all(|name| SPECIAL.contains(&name.as_str()))),
        ];
        checks.iter().filter(|(_, known)| !known).map(|(fact, _)| *fact).collect()
    }
}
