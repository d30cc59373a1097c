//! The entity types that engine, policies, audit log and command line share. Changing a name is a migration; adding one is not.

use serde::{Deserialize, Serialize};

macro_rules! entity_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $safe_harbor:literal, $kind:ident;)*) => {
        /// What a detection identifies.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EntityType { $($(#[$doc])* #[serde(rename = $name)] $variant,)* }

        impl EntityType {
            /// Every entity type, in the order of the taxonomy.
            pub const ALL: &'static [EntityType] = &[$(EntityType::$variant,)*];

            /// The name that policies, the log and the command line use, such as `US_SSN`.
            pub fn name(&self) -> &'static str {
                match self { $(EntityType::$variant => $name,)* }
            }

            /// The letters of 45 CFR 164.514(b)(2)(i) that it falls under; empty where Safe Harbor lets it stay.
            pub fn safe_harbor(&self) -> &'static str {
                match self { $(EntityType::$variant => $safe_harbor,)* }
            }

            /// Whether it identifies by itself or only together with others.
            pub fn kind(&self) -> Kind {
                match self { $(EntityType::$variant => Kind::$kind,)* }
            }
        }
    };
}

/// How strongly an entity type identifies a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Identifies by itself: it never leaves.
    Direct,
    /// Identifies together with others (places, dates, ages, employers).
    Quasi,
}

entity_types! {
    /// Any private person's name.
    Person = "PERSON", "A", Direct;
    /// Street line, unit, PO box.
    StreetAddress = "STREET_ADDRESS", "B", Direct;
    /// City, town, county, district.
    City = "CITY", "B", Quasi;
    /// State, province, region.
    State = "STATE", "", Quasi;
    /// ZIP and its kin.
    PostalCode = "POSTAL_CODE", "B", Quasi;
    /// Country.
    Country = "COUNTRY", "", Quasi;
    /// Hospital, clinic, pharmacy, laboratory.
    Facility = "FACILITY", "BR", Quasi;
    /// Employer, school, bank, insurer.
    Organization = "ORGANIZATION", "A", Quasi;
    /// Any date more specific than a year.
    Date = "DATE", "C", Quasi;
    /// Age with its unit.
    Age = "AGE", "C", Quasi;
    /// Telephone number.
    PhoneNumber = "PHONE_NUMBER", "D", Direct;
    /// Fax number.
    FaxNumber = "FAX_NUMBER", "E", Direct;
    /// Electronic mail address.
    EmailAddress = "EMAIL_ADDRESS", "F", Direct;
    /// Web address.
    Url = "URL", "N", Direct;
    /// Internet protocol address.
    IpAddress = "IP_ADDRESS", "O", Direct;
    /// US social security number, whole or last four.
    UsSsn = "US_SSN", "G", Direct;
    /// Other national identifiers.
    NationalId = "NATIONAL_ID", "R", Direct;
    /// Medical record number.
    MedicalRecordNumber = "MEDICAL_RECORD_NUMBER", "H", Direct;
    /// Health plan beneficiary number.
    HealthPlanId = "HEALTH_PLAN_ID", "I", Direct;
    /// Bank, loan, brokerage account.
    AccountNumber = "ACCOUNT_NUMBER", "J", Direct;
    /// Primary account number of a payment card.
    CreditCard = "CREDIT_CARD", "J", Direct;
    /// Card verification value or card PIN: never stored, not in the vault either (PCI DSS 3.3).
    CardSecurityCode = "CARD_SECURITY_CODE", "J", Direct;
    /// International bank account number.
    Iban = "IBAN", "J", Direct;
    /// ABA routing number, sort code, BIC, transit number.
    RoutingNumber = "ROUTING_NUMBER", "J", Quasi;
    /// Driver's, DEA, NPI, professional licence.
    LicenseNumber = "LICENSE_NUMBER", "K", Direct;
    /// VIN or plate.
    VehicleId = "VEHICLE_ID", "L", Direct;
    /// Serial number, implant, IMEI, MAC address.
    DeviceId = "DEVICE_ID", "M", Direct;
    /// Encounter, accession, claim, invoice, case, reference, employee, transaction, policy number.
    UniqueId = "UNIQUE_ID", "R", Direct;
    /// Login name or handle.
    Username = "USERNAME", "R", Direct;
    /// Password, PIN, key, token.
    Secret = "SECRET", "R", Direct;
    /// A job that could identify.
    Profession = "PROFESSION", "", Quasi;
    /// Nationality, religion, ethnicity, political group.
    Nrp = "NRP", "", Quasi;
}

impl EntityType {
    /// The entity type of that name.
    pub fn parse(name: &str) -> Option<EntityType> {
        EntityType::ALL.iter().copied().find(|entity| entity.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_unique_and_parses_back() {
        let names: std::collections::BTreeSet<_> = EntityType::ALL.iter().map(|e| e.name()).collect();
        assert_eq!(names.len(), EntityType::ALL.len());
        for entity in EntityType::ALL {
            assert_eq!(EntityType::parse(entity.name()), Some(*entity));
        }
    }
}
