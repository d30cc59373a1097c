//! Passwords by their label, keys and tokens by the prefixes that their makers publish.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    KEY = r"\b(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16}|xox[abp]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{30,})";
    PASSWORD = r"(?i)\b(?:password|passwd|pwd|passphrase|passcode|api\s+key|secret\s+key|access\s+token)\s*(?:is\s+|:|=)\s*(?P<id>[^\s,;]{4,64})";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&KEY, "secret", EntityType::Secret, found, |_, _| 0.97);
    text.each(&PASSWORD, "secret", EntityType::Secret, found, |_, _| 0.9);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("password: hunter22!", &[("hunter22!", Secret)]),
            ("the passcode is 4821-77", &[("4821-77", Secret)]),
            ("key AKIAIOSFODNN7EXAMPLE", &[("AKIAIOSFODNN7EXAMPLE", Secret)]),
            ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", &[("ghp_abcdefghijklmnopqrstuvwxyz0123456789", Secret)]),
            ("a key finding", &[]),
            ("reset the password today", &[]),
        ]);
    }
}
