//! What kind of record it is, and the laws that it may fall under.

use serde::{Deserialize, Serialize};

/// The field that a record comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// Care and its billing.
    Healthcare,
    /// Banking, lending, payment, insurance, tax, pay.
    Financial,
    /// Anything else.
    Other,
}

impl Domain {
    /// The name that policies, the log and the command line use.
    pub fn name(&self) -> &'static str {
        match self {
            Domain::Healthcare => "healthcare",
            Domain::Financial => "financial",
            Domain::Other => "other",
        }
    }
}

macro_rules! record_classes {
    ($($variant:ident = $name:literal, $domain:ident;)*) => {
        /// The kind of a record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "each variant is its name in the taxonomy")]
        pub enum RecordClass { $(#[serde(rename = $name)] $variant,)* }

        impl RecordClass {
            /// Every record class, in the order of the taxonomy and of the model's outputs.
            pub const ALL: &'static [RecordClass] = &[$(RecordClass::$variant,)*];

            /// The name that policies, the log and the command line use, such as `progress_note`.
            pub fn name(&self) -> &'static str {
                match self { $(RecordClass::$variant => $name,)* }
            }

            /// The field that it belongs to.
            pub fn domain(&self) -> Domain {
                match self { $(RecordClass::$variant => Domain::$domain,)* }
            }
        }
    };
}

record_classes! {
    DischargeSummary = "discharge_summary", Healthcare;
    ProgressNote = "progress_note", Healthcare;
    HistoryAndPhysical = "history_and_physical", Healthcare;
    ReferralLetter = "referral_letter", Healthcare;
    ConsultLetter = "consult_letter", Healthcare;
    RadiologyReport = "radiology_report", Healthcare;
    PathologyReport = "pathology_report", Healthcare;
    LabReport = "lab_report", Healthcare;
    OperativeNote = "operative_note", Healthcare;
    EmergencyNote = "emergency_note", Healthcare;
    NursingNote = "nursing_note", Healthcare;
    PatientMessage = "patient_message", Healthcare;
    PhoneEncounter = "phone_encounter", Healthcare;
    PriorAuthorization = "prior_authorization", Healthcare;
    ExplanationOfBenefits = "explanation_of_benefits", Healthcare;
    MedicalClaim = "medical_claim", Healthcare;
    Prescription = "prescription", Healthcare;
    ImmunizationRecord = "immunization_record", Healthcare;
    TherapyNote = "therapy_note", Healthcare;
    ClinicalOther = "clinical_other", Healthcare;
    BankStatement = "bank_statement", Financial;
    CardStatement = "card_statement", Financial;
    LoanApplication = "loan_application", Financial;
    TaxForm = "tax_form", Financial;
    PayStub = "pay_stub", Financial;
    Invoice = "invoice", Financial;
    WireInstruction = "wire_instruction", Financial;
    KycForm = "kyc_form", Financial;
    CreditReport = "credit_report", Financial;
    DisputeLetter = "dispute_letter", Financial;
    CollectionsLetter = "collections_letter", Financial;
    BrokerageStatement = "brokerage_statement", Financial;
    InsuranceClaim = "insurance_claim", Financial;
    PaymentMessage = "payment_message", Financial;
    CallTranscript = "call_transcript", Financial;
    FinancialEmail = "financial_email", Financial;
    FinancialOther = "financial_other", Financial;
    GeneralCorrespondence = "general_correspondence", Other;
    PolicyDocument = "policy_document", Other;
    Other = "other", Other;
}

impl RecordClass {
    /// The record class of that name.
    pub fn parse(name: &str) -> Option<RecordClass> {
        RecordClass::ALL.iter().copied().find(|class| class.name() == name)
    }
}

/// A record's class and how sure the classifier is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// The likeliest class.
    pub class: RecordClass,
    /// Probability of that class, in [0, 1].
    pub confidence: f32,
    /// Probability of that class's domain (the sum over its classes), in [0, 1].
    pub domain_confidence: f32,
}
