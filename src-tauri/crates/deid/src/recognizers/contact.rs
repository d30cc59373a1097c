//! Telephone and fax numbers (NANP, ITU-T E.164, E.123), e-mail (RFC 5322 addr-spec, the common part), web addresses (RFC 3986),
//! internet addresses (RFC 791, RFC 4291).

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    NANP = r"(?x) (?:\+?1[\s.-]?)? (?: \([2-9]\d{2}\)\s?[-.]?\s? | [2-9]\d{2}[\s.-]\s? ) [2-9]\d{2} [\s.-]\s? \d{4} (?:\s*(?:x|ext\.?|extension)\s*\d{1,6})?";
    BARE = r"\b[2-9]\d{2}[2-9]\d{6}\b";
    LOCAL = r"\b[2-9]\d{2}[-.]\d{4}\b";
    WORLD = r"\+\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d{1,4}(?:[\s.-]?\d{2,4}){2,4}";
    UK = r"\b0\d{2,4}[\s-]\d{3,4}[\s-]?\d{3,4}\b";
    PHONE_WORDS = r"(?i)(?:phone|tel|telephone|call(?:ed|back)?|cell|mobile|contact|reach(?:ed)?|pager|home|work|dial|text|fax|ph)\b[^\n]{0,30}$";
    FAX_WORDS = r"(?i)\b(?:fax|facsimile)\b[^\n]{0,14}$";
    EMAIL = r"(?i)[a-z0-9](?:[a-z0-9._%+'-]{0,62}[a-z0-9_])?\s?@\s?(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}\b";
    SPELLED = r"(?i)\b[a-z0-9._%+-]{2,40}\s?(?:\(at\)|\[at\]|\sat\s)\s?(?:[a-z0-9-]{2,40})(?:\s?(?:\(dot\)|\[dot\]|\sdot\s)\s?[a-z]{2,12}){1,3}\b";
    URL = r#"(?i)\b(?:https?://|ftp://|www\.)[^\s<>"'\])}]{3,300}"#;
    PATH = r"(?i)\b(?:[a-z0-9-]{2,40}\.){1,3}(?:com|org|net|edu|gov|io|health|app|co|us|uk)/[^\s<>,;)]{1,200}";
    V4 = r"\b(?:\d{1,3}\.){3}\d{1,3}\b";
    V6 = r"(?i)\b(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,6}\b|\b(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4})?";
    VERSION = r"(?i)(?:version|v|release|firmware|build)\s?$";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::{EmailAddress, FaxNumber, IpAddress, PhoneNumber, Url};
    let money = |span| text.before(span, 2).ends_with(['$', '€', '£']) || text.before(span, 1).ends_with(['.', ',']);
    for (entity, fax) in [(PhoneNumber, false), (FaxNumber, true)] {
        let name = if fax { "fax" } else { "phone" };
        let this = |span| text.alone(span) && !money(span) && text.after(span, &FAX_WORDS) == fax;
        text.each(&NANP, name, entity, found, |_, span| if this(span) { 0.95 } else { 0.0 });
        text.each(&WORLD, name, entity, found, |hit, span| {
            let digits = hit.chars().filter(char::is_ascii_digit).count();
            if this(span) && (8..=15).contains(&digits) { 0.92 } else { 0.0 }
        });
        text.each(&UK, name, entity, found, |_, span| {
            if !this(span) {
                0.0
            } else if text.after(span, &PHONE_WORDS) {
                0.9
            } else {
                0.6
            }
        });
        let told = |span| this(span) && text.after(span, &PHONE_WORDS);
        text.each(&BARE, name, entity, found, |_, span| if told(span) { 0.85 } else { 0.0 });
        text.each(&LOCAL, name, entity, found, |_, span| if told(span) { 0.8 } else { 0.0 });
    }
    text.each(&EMAIL, "email", EmailAddress, found, |_, _| 0.99);
    text.each(&SPELLED, "email", EmailAddress, found, |_, _| 0.8);
    for (pattern, confidence) in [(&*URL, 0.97), (&*PATH, 0.85)] {
        for hit in pattern.find_iter(text.0) {
            // The full stop of the sentence is none of the address.
            let end = hit.start() + hit.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?']).len();
            let source = crate::Source::Rule("url".into());
            found.push(Detection { span: crate::Span::new(hit.start(), end), entity: Url, confidence, source });
        }
    }
    text.each(&V4, "ip", IpAddress, found, |hit, span| {
        let real = hit.parse::<std::net::Ipv4Addr>().is_ok() && text.alone(span) && !text.behind(span, 2).starts_with('.');
        if real && !text.after(span, &VERSION) { 0.9 } else { 0.0 }
    });
    text.each(&V6, "ip", IpAddress, found, |hit, _| if hit.parse::<std::net::Ipv6Addr>().is_ok() { 0.9 } else { 0.0 });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Phone: (218) 555-0142", &[("(218) 555-0142", PhoneNumber)]),
            ("Fax 218.555.0143", &[("218.555.0143", FaxNumber)]),
            ("call +44 20 7946 0958 ext", &[("+44 20 7946 0958", PhoneNumber)]),
            ("write to m.lopez+x@mail.example.org.", &[("m.lopez+x@mail.example.org", EmailAddress)]),
            ("see https://portal.example.com/u/123?x=1.", &[("https://portal.example.com/u/123?x=1", Url)]),
            ("from 192.168.4.17, version 1.2.3.4", &[("192.168.4.17", IpAddress)]),
            ("glucose 140-180-2000, 1,415,555 units", &[]),
        ]);
    }
}
