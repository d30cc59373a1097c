//! The taxonomy in words for people: labels, colour groups, laws.

use deid::{EntityType, Kind, RecordClass};

use crate::EntityInfo;

/// Every entity type with its label and its colour group.
pub fn entity_types() -> Vec<EntityInfo> {
    let info = |entity: &EntityType| EntityInfo {
        name: entity.name().into(),
        label: label(*entity).into(),
        group: group(*entity).into(),
        direct: entity.kind() == Kind::Direct,
    };
    EntityType::ALL.iter().map(info).collect()
}

fn label(entity: EntityType) -> &'static str {
    use EntityType::*;
    match entity {
        Person => "Name",
        StreetAddress => "Street address",
        City => "City",
        State => "State",
        PostalCode => "Postal code",
        Country => "Country",
        Facility => "Facility",
        Organization => "Organization",
        Date => "Date",
        Age => "Age",
        PhoneNumber => "Phone number",
        FaxNumber => "Fax number",
        EmailAddress => "E-mail address",
        Url => "Web address",
        IpAddress => "IP address",
        UsSsn => "Social security number",
        NationalId => "National identifier",
        MedicalRecordNumber => "Medical record number",
        HealthPlanId => "Health plan number",
        AccountNumber => "Account number",
        CreditCard => "Card number",
        CardSecurityCode => "Card security code",
        Iban => "IBAN",
        RoutingNumber => "Routing number",
        LicenseNumber => "License number",
        VehicleId => "Vehicle identifier",
        DeviceId => "Device identifier",
        UniqueId => "Other unique number",
        Username => "User name",
        Secret => "Password or key",
        Profession => "Profession",
        Nrp => "Nationality, religion, politics",
    }
}

fn group(entity: EntityType) -> &'static str {
    use EntityType::*;
    match entity {
        Person => "person",
        StreetAddress | City | State | PostalCode | Country | Facility => "place",
        Date | Age => "time",
        PhoneNumber | FaxNumber | EmailAddress | Url | IpAddress | Username => "contact",
        UsSsn | NationalId | LicenseNumber => "identity",
        MedicalRecordNumber | HealthPlanId => "health",
        AccountNumber | CreditCard | CardSecurityCode | Iban | RoutingNumber => "finance",
        VehicleId | DeviceId | UniqueId | Secret => "thing",
        Organization | Profession | Nrp => "other",
    }
}

/// The laws that a record may fall under, by its class and the special categories that its words raise.
pub(crate) fn laws(class: RecordClass, special: &std::collections::BTreeSet<String>) -> Vec<String> {
    let mut laws = match class.domain() {
        deid::Domain::Healthcare => vec!["HIPAA"],
        deid::Domain::Financial => vec!["GLBA"],
        deid::Domain::Other => vec![],
    };
    if matches!(class, RecordClass::CardStatement | RecordClass::DisputeLetter | RecordClass::PaymentMessage) {
        laws.push("PCI DSS");
    }
    if special.contains(deid::PSYCHOTHERAPY) {
        laws.push("Psychotherapy notes (45 CFR 164.501)");
    }
    if special.contains(deid::SUBSTANCE_USE) {
        laws.push("42 CFR Part 2");
    }
    laws.into_iter().map(str::to_owned).collect()
}
