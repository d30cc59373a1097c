//! Login names and handles, by their label.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    LOGIN = r"(?i)\b(?:user\s?name|user\s?id|login|screen\s+name|handle)\s*(?:is\s+|:|=)\s*(?P<id>@?[a-z0-9][a-z0-9._-]{2,40})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&LOGIN, "username", EntityType::Username, found, |_, _| 0.88);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Username: mlopez58", &[("mlopez58", Username)]),
            ("user id = ana.ruiz", &[("ana.ruiz", Username)]),
            ("login: @ana_r", &[("@ana_r", Username)]),
            ("the user named it", &[]),
            ("login page", &[]),
        ]);
    }
}
