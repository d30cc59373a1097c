//! Stand-ins that look real and are nobody's.

use super::seed::Draws;
use super::{numbers, places};
use crate::EntityType;

/// A stand-in for a value of any type but a person's name; none where there is none for that form.
pub(super) fn drawn(entity: EntityType, words: &str, draws: &mut Draws) -> Option<String> {
    use EntityType::*;
    match entity {
        City => Some(places::town(words, draws)),
        StreetAddress | Facility | Organization => places::named(words, draws),
        PostalCode => numbers::postal_code(words, draws),
        EmailAddress => Some(places::email(words, draws)),
        Url => Some(places::url(words, draws)),
        IpAddress => places::ip(words, draws),
        Username => Some(places::username(words, draws)),
        Person | State | Country | Date | Age | CardSecurityCode | Secret | Profession | Nrp => None,
        _ => numbers::drawn(entity, words, draws),
    }
}

/// Whether an answer may write the value with other separators and still mean it.
pub(super) fn is_number(entity: EntityType) -> bool {
    use EntityType::*;
    matches!(
        entity,
        PhoneNumber
            | FaxNumber
            | UsSsn
            | NationalId
            | MedicalRecordNumber
            | HealthPlanId
            | AccountNumber
            | CreditCard
            | Iban
            | RoutingNumber
            | LicenseNumber
            | VehicleId
            | DeviceId
            | UniqueId
    )
}
