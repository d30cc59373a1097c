//! Web addresses (RFC 3986).

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    URL = r#"(?i)\b(?:https?://|ftp://|www\.)[^\s<>"'\])}]{3,300}"#;
    PATH = r"(?i)\b(?:[a-z0-9-]{2,40}\.){1,3}(?:com|org|net|edu|gov|io|health|app|co|us|uk)/[^\s<>,;)]{1,200}";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    for (pattern, confidence) in [(&*URL, 0.97), (&*PATH, 0.85)] {
        for hit in pattern.find_iter(text.0) {
            // The full stop of the sentence is none of the address.
            let end = hit.start() + hit.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?']).len();
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
        ]);
    }
}
