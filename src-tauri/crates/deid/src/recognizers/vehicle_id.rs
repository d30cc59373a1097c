//! Vehicles: VIN (49 CFR 565.15, check digit), plates by their label.

use super::labelled::{Label, Needs, Place, Value, shaped};
use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    VIN = r"(?i)\b[A-HJ-NPR-Z0-9]{17}\b";
    VIN_LABEL = r"(?i)^(?:[A-Z0-9]{17}|[A-Z0-9](?:[ -]?[A-Z0-9]){16}|[A-Z0-9]{11,16})\b";
    VIN_WORDS = r"(?i)\b(?:vin|vehicle|car|truck|auto|chassis)\b";
    PLATE = r"(?i)^(?:[A-Z]{2}[ -])?[A-Z0-9]{1,4}[ ·-]?[A-Z0-9]{1,8}(?:[ -][A-Z0-9]{1,4})?\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "vin|vehicle identification|chassis|vehicle id|vin number",
        needs: Needs::Nothing,
        entity: EntityType::VehicleId,
        rule: "vehicle_id",
        sure: 0.92,
        value: |place| {
            let value = shaped(place.rest, &VIN_LABEL, checks::vin)?;
            let digits = place.rest.get(value.at.clone())?.bytes().filter(u8::is_ascii_digit).count();
            (digits > 2).then_some(value)
        },
    },
    Label {
        words: "license plate|licence plate|plate|plate number|number plate|vehicle registration|registration plate|registration|tag|\
            license tag|vehicle plate|reg|vrm|kennzeichen",
        needs: Needs::Mark,
        entity: EntityType::VehicleId,
        rule: "vehicle_id",
        sure: 0.85,
        value: plate,
    },
    Label {
        words: "license plate|licence plate|plate number|number plate|registration plate",
        needs: Needs::Nothing,
        entity: EntityType::VehicleId,
        rule: "vehicle_id",
        sure: 0.85,
        value: plate,
    },
];

fn plate(place: &Place<'_>) -> Option<Value> {
    let hit = PLATE.find(place.rest)?.as_str();
    // Words behind the plate are none of it.
    let mut end = 0;
    for part in hit.split_inclusive([' ', '-', '·']) {
        let plain = part.trim_end_matches([' ', '-', '·']);
        if plain.bytes().any(|b| b.is_ascii_lowercase()) && !plain.bytes().any(|b| b.is_ascii_digit()) {
            break;
        }
        end += part.len();
    }
    let words = hit.get(..end)?.trim_end_matches([' ', '-', '·']);
    let real = words.bytes().any(|b| b.is_ascii_digit())
        && (4..=12).contains(&words.len())
        && words.bytes().filter(u8::is_ascii_alphanumeric).count() > 3;
    real.then_some(Value { at: 0..words.len(), checked: false })
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    let digit = |hit: &str| hit.chars().any(|c| c.is_ascii_digit());
    text.each(&VIN, "vehicle_id", EntityType::VehicleId, found, |hit, span| {
        let mixed = digit(hit) && hit.chars().any(|c| c.is_ascii_alphabetic());
        match (mixed, checks::vin(hit), text.near(span, 38, &VIN_WORDS)) {
            (_, true, true) => 0.99,
            (true, true, false) | (true, false, true) => 0.9,
            _ => 0.0,
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("VIN 1M8GDM9AXKP042788", &[("1M8GDM9AXKP042788", VehicleId)]),
            ("drives 1M8GDM9AXKP042788", &[("1M8GDM9AXKP042788", VehicleId)]),
            ("VIN: 1M8GDM9AXKP042789", &[("1M8GDM9AXKP042789", VehicleId)]),
            ("License plate: 7ABC123", &[("7ABC123", VehicleId)]),
            ("Plate no: KA 4821", &[("KA 4821", VehicleId)]),
            ("17 letters: ABCDEFGHJKLMNPRST", &[]),
            ("a plate of 4 screws", &[]),
            ("vin: 1m8gdm9axkp042788", &[("1m8gdm9axkp042788", VehicleId)]),
            ("VIN 1M8GDM9A XKP042788", &[("1M8GDM9A XKP042788", VehicleId)]),
            ("license plate ABC-1234 was seen", &[("ABC-1234", VehicleId)]),
            ("Plate #: 8XYZ442", &[("8XYZ442", VehicleId)]),
            ("growth plate: normal", &[]),
            ("registration desk 4", &[]),
        ]);
    }
}
