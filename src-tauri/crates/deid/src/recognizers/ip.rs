//! Internet addresses: IPv4 (RFC 791), IPv6 (RFC 4291), judged by the standard library.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    V4 = r"\b(?:\d{1,3}(?:\.|\[\.\]|\(\.\))){3}\d{1,3}(?:/\d{1,2}\b)?";
    V6 = r"(?i)(?:\b[0-9a-f]{1,4}|:):(?:[0-9a-f]{0,4}:){0,6}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{1,4})?(?:%[a-z0-9]+)?(?:/\d{1,3}\b)?";
    VERSION = r"(?i)(?:version|v|release|firmware|build|section|figure|fig|table|oid|clause|chapter)\.?\s?$";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&V4, "ip", EntityType::IpAddress, found, |hit, span| {
        let plain: String = hit.split('/').next().unwrap_or("").chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        let after = text.behind(span, 2);
        let real = plain.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| !ip.is_unspecified())
            && text.alone(span)
            && !text.before(span, 1).ends_with(['.', '-'])
            && !after.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if real && !text.after(span, &VERSION) { 0.9 } else { 0.0 }
    });
    text.each(&V6, "ip", EntityType::IpAddress, found, |hit, span| {
        let plain = hit.split(['/', '%']).next().unwrap_or("");
        let long = plain.len() > 6 && plain.matches(':').count() > 2 || plain.contains("::") && plain.len() > 4;
        let real = plain.parse::<std::net::Ipv6Addr>().is_ok() && long;
        if real && !text.before(span, 1).ends_with(|c: char| c.is_alphanumeric() || c == ':') { 0.9 } else { 0.0 }
    });
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
            ("from 10.22.4.118:8443, 172.16.0.0/12", &[("10.22.4.118", IpAddress), ("172.16.0.0/12", IpAddress)]),
            ("host fe80::1ff:fe23:4567:890a%eth0", &[("fe80::1ff:fe23:4567:890a%eth0", IpAddress)]),
            ("10[.]22[.]4[.]118", &[("10[.]22[.]4[.]118", IpAddress)]),
            ("OID 1.2.840.10008", &[]),
            ("std::vec and a::b", &[]),
        ]);
    }
}
