//! Vehicles (VIN: 49 CFR 565; plates by their label), devices (serials by label, IMEI: 3GPP TS 23.003, MAC: IEEE 802), passwords and
//! keys (prefixes that their makers publish).

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    VIN = r"\b[A-HJ-NPR-Z0-9]{17}\b";
    VIN_WORDS = r"(?i)\b(?:vin|vehicle)\b[^\n]{0,30}$";
    PLATE = r"(?i)\b(?:licen[sc]e\s+plate|plate|registration)\s*(?:number|no\.?|#)?\s*(?:is\s+|:|#)\s*(?:[A-Z]{2}\s+)?(?P<id>[A-Z0-9]{1,4}[- ]?[A-Z0-9]{2,5})\b";
    SERIAL = r"(?i)\b(?:serial|s/n|sn|device\s+id|implant\s+id|udi|lot)\s*(?:number|num|no\.?|#)?\s*[:#]\s*(?P<id>[A-Z0-9][A-Z0-9/-]{4,24})\b";
    IMEI = r"(?i)\bIMEI\s*[:#]?\s*(?P<id>\d{2}-?\d{6}-?\d{6}-?\d)\b";
    MAC = r"(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b";
    KEY = r"\b(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16}|xox[abp]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{30,})";
    PASSWORD = r"(?i)\b(?:password|passwd|pwd|passphrase|passcode|api\s+key|secret\s+key|access\s+token)\s*(?:is\s+|:|=)\s*(?P<id>[^\s,;]{4,64})";
    LOGIN = r"(?i)\b(?:user\s?name|user\s?id|login|screen\s+name|handle)\s*(?:is\s+|:|=)\s*(?P<id>@?[a-z0-9][a-z0-9._-]{2,40})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::{DeviceId, Secret, Username, VehicleId};
    text.each(&VIN, "vehicle_id", VehicleId, found, |hit, span| {
        let mixed = hit.chars().any(|c| c.is_ascii_digit()) && hit.chars().any(|c| c.is_ascii_uppercase());
        match (mixed, checks::vin(hit), text.after(span, &VIN_WORDS)) {
            (_, true, true) => 0.99,
            (true, true, false) => 0.9,
            (true, false, true) => 0.9,
            _ => 0.0,
        }
    });
    let digit = |hit: &str| hit.chars().any(|c| c.is_ascii_digit());
    text.each(&PLATE, "vehicle_id", VehicleId, found, |hit, _| if digit(hit) { 0.85 } else { 0.0 });
    text.each(&SERIAL, "device_id", DeviceId, found, |hit, _| if digit(hit) { 0.88 } else { 0.0 });
    text.each(&IMEI, "device_id", DeviceId, found, |hit, _| if checks::luhn(&checks::digits(hit)) { 0.99 } else { 0.88 });
    text.each(&MAC, "device_id", DeviceId, found, |_, _| 0.95);
    text.each(&KEY, "secret", Secret, found, |_, _| 0.97);
    text.each(&PASSWORD, "secret", Secret, found, |_, _| 0.9);
    text.each(&LOGIN, "username", Username, found, |_, _| 0.88);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("VIN 1M8GDM9AXKP042788", &[("1M8GDM9AXKP042788", VehicleId)]),
            ("License plate: 7ABC123", &[("7ABC123", VehicleId)]),
            ("Serial number: PM-4471-22X", &[("PM-4471-22X", DeviceId)]),
            ("MAC 00:1A:2B:3C:4D:5E", &[("00:1A:2B:3C:4D:5E", DeviceId)]),
            ("password: hunter22!", &[("hunter22!", Secret)]),
            ("Username: mlopez58", &[("mlopez58", Username)]),
        ]);
    }
}
