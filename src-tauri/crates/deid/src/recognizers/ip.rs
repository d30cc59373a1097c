//! Internet addresses: IPv4 (RFC 791), IPv6 (RFC 4291), judged by the standard library.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    V4 = r"\b(?:\d{1,3}\.){3}\d{1,3}\b";
    V6 = r"(?i)\b(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,6}\b|\b(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4})?";
    VERSION = r"(?i)(?:version|v|release|firmware|build)\s?$";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&V4, "ip", EntityType::IpAddress, found, |hit, span| {
        let real = hit.parse::<std::net::Ipv4Addr>().is_ok()
            && text.alone(span)
            && !text.behind(span, 2).strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if real && !text.after(span, &VERSION) { 0.9 } else { 0.0 }
    });
    text.each(&V6, "ip", EntityType::IpAddress, found, |hit, _| if hit.parse::<std::net::Ipv6Addr>().is_ok() { 0.9 } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("from 192.168.4.17.", &[("192.168.4.17", IpAddress)]),
            ("at 2001:db8:85a3::8a2e:370:7334", &[("2001:db8:85a3::8a2e:370:7334", IpAddress)]),
            ("version 1.2.3.4", &[]),
            ("section 1.2.3.4.5", &[]),
            ("300.1.2.3", &[]),
            ("at 10:30:15 h", &[]),
        ]);
    }
}
