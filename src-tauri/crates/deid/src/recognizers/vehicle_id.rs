//! Vehicles: VIN (49 CFR 565.15, check digit), plates by their label.

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    VIN = r"\b[A-HJ-NPR-Z0-9]{17}\b";
    VIN_WORDS = r"(?i)\b(?:vin|vehicle)\b[^\n]{0,30}$";
    PLATE = r"(?i)\b(?:licen[sc]e\s+plate|plate|registration)\s*(?:number|no\.?|#)?\s*(?:is\s+|:|#)\s*(?P<id>[A-Z0-9]{1,4}[- ]?[A-Z0-9]{2,8})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    let digit = |hit: &str| hit.chars().any(|c| c.is_ascii_digit());
    text.each(&VIN, "vehicle_id", EntityType::VehicleId, found, |hit, span| {
        let mixed = digit(hit) && hit.chars().any(|c| c.is_ascii_uppercase());
        match (mixed, checks::vin(hit), text.after(span, &VIN_WORDS)) {
            (_, true, true) => 0.99,
            (true, true, false) | (true, false, true) => 0.9,
            _ => 0.0,
        }
    });
    text.each(&PLATE, "vehicle_id", EntityType::VehicleId, found, |hit, _| if digit(hit) { 0.85 } else { 0.0 });
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
        ]);
    }
}
