//! Web addresses (RFC 3986), also with the dots spelled out.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    URL = r#"(?i)\b(?:(?:https?|ftp|sftp|hxxps?)(?:://|%3A%2F%2F)|www\.)[^\s<>"'\])}|]{3,}"#;
    PATH = r#"(?i)\b(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|health|app|co|us|uk|de|ca|au|me|info|biz|ly|dev|ai)(?:/[^\s<>,;)"']+|:\d{2,5}\b(?:/[^\s<>,;)"']*)?)"#;
    DOMAIN = r"(?i)\b(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|info|biz|co\.uk)\b";
    BROKEN = r"(?i)\b(?:https?\s?:\s?//\s?|www\s?(?:\.|\[\.\]|\(dot\)|\sdot\s)\s?)(?:[a-z0-9-]{2,40}(?:\.|\s?(?:\[\.\]|\(dot\)|\[dot\])\s?|\sdot\s)){1,4}[a-z]{2,10}\b(?:/[^\s<>,;)]*)?";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    for (pattern, confidence) in [(&*URL, 0.97), (&*PATH, 0.85), (&*DOMAIN, 0.7), (&*BROKEN, 0.85)] {
        for hit in pattern.find_iter(text.0) {
            // The full stop of the sentence is none of the address.
            let end = hit.start() + hit.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '`']).len();
            if text.before(crate::Span::new(hit.start(), end), 1).ends_with('@') {
                continue;
            }
            let source = crate::Source::Rule("url".into());
            found.push(Detection { span: crate::Span::new(hit.start(), end), entity: EntityType::Url, confidence, source });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("see https://portal.example.com/u/123?x=1.", &[("https://portal.example.com/u/123?x=1", Url)]),
            ("www.example.org/ana, please", &[("www.example.org/ana", Url)]),
            ("portal.example.com/u/42", &[("portal.example.com/u/42", Url)]),
            ("and/or 1/2 tab e.g. this", &[]),
            ("the U.S. office", &[]),
            ("http is a protocol", &[]),
            ("hxxps://portal.example.com/u/9", &[("hxxps://portal.example.com/u/9", Url)]),
            ("book at clinic-north.example.com:8443/visit", &[("clinic-north.example.com:8443/visit", Url)]),
            ("on lakeview-clinic.com today", &[("lakeview-clinic.com", Url)]),
            ("www dot lakeview dot org", &[("www dot lakeview dot org", Url)]),
            ("end of line.Next one", &[]),
        ]);
    }
}
