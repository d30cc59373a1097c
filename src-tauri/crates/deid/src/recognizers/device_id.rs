//! Devices: IMEI (3GPP TS 23.003, Luhn), MAC addresses (IEEE 802), serial and lot numbers by their label (21 CFR 801.40, UDI).

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    SERIAL = r"(?i)\b(?:serial|s/n|sn|device\s+id|implant\s+id|udi|lot)\s*(?:number|num|no\.?|#)?\s*[:#]\s*(?P<id>[A-Z0-9][A-Z0-9/-]{4,24})\b";
    IMEI = r"(?i)\bIMEI\s*[:#]?\s*(?P<id>\d{2}-?\d{6}-?\d{6}-?\d)\b";
    MAC = r"(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::DeviceId;
    let digit = |hit: &str| hit.chars().any(|c| c.is_ascii_digit());
    text.each(&SERIAL, "device_id", DeviceId, found, |hit, _| if digit(hit) { 0.88 } else { 0.0 });
    text.each(&IMEI, "device_id", DeviceId, found, |hit, _| if checks::luhn(&checks::digits(hit)) { 0.99 } else { 0.88 });
    text.each(&MAC, "device_id", DeviceId, found, |_, _| 0.95);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Serial number: PM-4471-22X", &[("PM-4471-22X", DeviceId)]),
            ("S/N: 8821177", &[("8821177", DeviceId)]),
            ("IMEI 490154203237518", &[("490154203237518", DeviceId)]),
            ("MAC 00:1A:2B:3C:4D:5E", &[("00:1A:2B:3C:4D:5E", DeviceId)]),
            ("lot # A44-1188", &[("A44-1188", DeviceId)]),
            ("a lot of pain", &[]),
            ("serial troponins: negative", &[]),
        ]);
    }
}
