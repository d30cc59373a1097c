//! E-mail addresses (RFC 5322 addr-spec, the common part), also spelled out against harvesters.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    EMAIL = r"(?i)[a-z0-9](?:[a-z0-9._%+'-]{0,62}[a-z0-9_])?\s?@\s?(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}\b";
    SPELLED = r"(?i)\b[a-z0-9._%+-]{2,40}\s?(?:\(at\)|\[at\]|\sat\s)\s?(?:[a-z0-9-]{2,40})(?:\s?(?:\(dot\)|\[dot\]|\sdot\s)\s?[a-z]{2,12}){1,3}\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&EMAIL, "email", EntityType::EmailAddress, found, |_, _| 0.99);
    text.each(&SPELLED, "email", EntityType::EmailAddress, found, |_, _| 0.8);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("write to m.lopez+x@mail.example.org.", &[("m.lopez+x@mail.example.org", EmailAddress)]),
            ("ANA@EXAMPLE.COM", &[("ANA@EXAMPLE.COM", EmailAddress)]),
            ("o'neill@example.co.uk", &[("o'neill@example.co.uk", EmailAddress)]),
            ("ana [at] example [dot] org", &[("ana [at] example [dot] org", EmailAddress)]),
            ("ana at example dot org", &[("ana at example dot org", EmailAddress)]),
            ("seen at noon, 2 @ 5 mg", &[]),
            ("@handle and a@b", &[]),
            ("meet at the clinic", &[]),
        ]);
    }
}
