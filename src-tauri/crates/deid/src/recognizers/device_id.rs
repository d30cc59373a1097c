//! Devices: IMEI (3GPP TS 23.003, Luhn), MAC addresses (IEEE 802), unique device identifiers (21 CFR 801.40; GS1 General Specifications, HIBC, ICCBBA), serial numbers by their label.

use super::labelled::{Label, Needs, Place, Value, number, shaped};
use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    IMEI = r"\b\d{2}[- ]?\d{6}[- ]?\d{6}[- ]?\d(?:[- ]?\d{1,2})?\b";
    IMEI_LABEL = r"^\d{2}[- /.]?\d{6}[- /.]?\d{6}[- /.]?\d(?:[- /]?\d{1,2})?\b|^\d{14,17}\b";
    IMEI_WORDS = r"(?i)\b(?:imei|phone|handset|mobile|device|cell)\b";
    MAC = r"(?i)\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b|\b(?:[0-9a-f]{2}-){5}[0-9a-f]{2}\b|\b(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b";
    MAC_LABEL = r"(?i)^(?:[0-9a-f]{2}[:. -]?){5}[0-9a-f]{2}\b";
    GS1 = r"\(01\)\s?\d{14}(?:\s?\((?:10|11|17|21|240|30|91)\)\s?[A-Za-z0-9/.-]{1,20}){0,4}";
    HIBC = r"\+[A-Z]\d{3}[A-Z0-9]{3,14}\d/\$[A-Z0-9$+/.-]{4,40}";
    ICCBBA = r"=/[A-Z0-9]{16}(?:=[,>}&A-Z0-9]{4,20}){0,4}";
    SERIAL = r"^[A-Za-z]{0,8}[-_/ ]?[A-Za-z0-9]{0,10}(?:[-_/.][A-Za-z0-9]{1,12}){0,5}\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "serial|serial number|s n|sn|device id|device identifier|device|device serial|implant id|implant|udi|\
            implant serial|pacemaker serial|meid|imsi|iccid|esn|idfa|gaid|android id|advertising id|machine id|hardware id|\
            asset tag|deviceid|serialnumber|device uid|sim",
        needs: Needs::Mark,
        entity: EntityType::DeviceId,
        rule: "device_id",
        sure: 0.88,
        value: serial,
    },
    Label {
        words: "imei|imei sv|imeisv",
        needs: Needs::Nothing,
        entity: EntityType::DeviceId,
        rule: "device_id",
        sure: 0.9,
        value: |place| shaped(place.rest, &IMEI_LABEL, |hit| checks::luhn(&checks::digits(hit))),
    },
    Label {
        words: "mac|mac address|hardware address|ethernet address|bssid|bluetooth address",
        needs: Needs::Nothing,
        entity: EntityType::DeviceId,
        rule: "device_id",
        sure: 0.95,
        value: |place| shaped(place.rest, &MAC_LABEL, |_| false),
    },
];

fn serial(place: &Place<'_>) -> Option<Value> {
    number::<4, 24>(place).or_else(|| {
        let value = shaped(place.rest, &SERIAL, |_| false)?;
        let words = place.rest.get(value.at.clone())?;
        (words.len() > 4 && words.bytes().filter(u8::is_ascii_digit).count() > 1 && !words.contains(' ')).then_some(value)
    })
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::DeviceId;
    text.each(&IMEI, "device_id", DeviceId, found, |hit, span| {
        let known = text.alone(span) && checks::luhn(&checks::digits(hit)) && text.near(span, 40, &IMEI_WORDS);
        if known { 0.85 } else { 0.0 }
    });
    for pattern in [&*MAC, &*GS1, &*HIBC, &*ICCBBA] {
        text.each(pattern, "device_id", DeviceId, found, |_, span| if text.alone(span) { 0.95 } else { 0.0 });
    }
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
            ("lot # A44-1188", &[]),
            ("a lot of pain", &[]),
            ("serial troponins: negative", &[]),
            ("UDI: (01)00844588003288(17)261118(21)A22871", &[("(01)00844588003288(17)261118(21)A22871", DeviceId)]),
            ("scanned (01)00844588003288(10)B44", &[("(01)00844588003288(10)B44", DeviceId)]),
            ("MAC address: 00-1a-2b-3c-4d-5e", &[("00-1a-2b-3c-4d-5e", DeviceId)]),
            ("switch 001a.2b3c.4d5e", &[("001a.2b3c.4d5e", DeviceId)]),
            ("IMEI: 49-015420-323751-8", &[("49-015420-323751-8", DeviceId)]),
            ("Device ID: DEV-88213", &[("DEV-88213", DeviceId)]),
            ("SN# BZW-22187", &[("BZW-22187", DeviceId)]),
            ("implant: titanium, size 4", &[]),
            ("device: 3 leads, 2 coils", &[]),
            ("serial sevens 93, 86, 79", &[]),
        ]);
    }
}
