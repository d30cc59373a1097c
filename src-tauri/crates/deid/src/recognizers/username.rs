//! Login names and handles, by their label.

use super::labelled::{Label, Needs, Place, Value, shaped};
use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    NAME = r"(?i)^(?P<id>@?[a-z0-9][a-z0-9._@\\-]{2,40})";
    HANDLE = r"(?:^|[\s(,:])(?P<id>@[A-Za-z][A-Za-z0-9_.]{2,30})";
    HANDLE_WORDS = r"(?i)\b(?:twitter|instagram|insta|ig|tiktok|telegram|snapchat|facebook|handle|follow|venmo|cash\s?app|skype|discord|threads|mastodon|social|dm|tagged|account)\b";
    // Of a conversation with a machine: who speaks.
    SPEAKER = r"\b(?:Bot|Assistant|AI|Agent|System)\s?:";
    AMOUNT = r"^\d+\.\d\d$";
    TILDE = r"(?:/home/|/Users/|C:\\Users\\)(?P<id>[A-Za-z0-9._-]{2,32})";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "username|user name|user id|userid|login|login id|login name|screen name|handle|logon|logon id|user login|uname|\
            twitter|instagram|skype|telegram|nickname|user|loginid|sign in name|windows login|network id|ad account|benutzername|\
            portal login|portal username|user account|discord|venmo|epic id|sign on",
        needs: Needs::Colon,
        entity: EntityType::Username,
        rule: "username",
        sure: 0.88,
        value: login,
    },
    Label {
        words: "username|user name|user id|userid|login id|screen name|user login|portal username",
        needs: Needs::Nothing,
        entity: EntityType::Username,
        rule: "username",
        sure: 0.85,
        value: |place| login(place).filter(|v| place.rest.get(v.at.clone()).is_some_and(unlike_a_word)),
    },
];

fn login(place: &Place<'_>) -> Option<Value> {
    let value = shaped(place.rest, &NAME, |_| false)?;
    let words = place.rest.get(value.at.clone())?.trim_end_matches(['.', '-']);
    let next = place.rest.get(words.len()..).unwrap_or("");
    let sentence =
        next.starts_with(' ') && next.get(1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_lowercase())) && !unlike_a_word(words);
    let said = !unlike_a_word(words) && SPEAKER.is_match(place.rest) || AMOUNT.is_match(words);
    (!sentence && !said && words.len() > 2).then_some(Value { at: 0..words.len(), checked: false })
}

/// Digits, signs or capitals within: no word of a sentence.
fn unlike_a_word(words: &str) -> bool {
    words.chars().skip(1).any(|c| !c.is_ascii_lowercase() && c != '-')
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&HANDLE, "username", EntityType::Username, found, |hit, span| {
        let marked = hit.contains(['_', '.']) || hit.bytes().any(|b| b.is_ascii_digit());
        match (text.near(span, 48, &HANDLE_WORDS), marked) {
            (true, _) => 0.85,
            (false, true) => 0.6,
            _ => 0.0,
        }
    });
    text.each(&TILDE, "username", EntityType::Username, found, |_, _| 0.85);
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
            ("the username is mlopez58", &[("mlopez58", Username)]),
            ("\"userName\": \"klb_77\"", &[("klb_77", Username)]),
            ("follow her on Instagram @ana_r", &[("@ana_r", Username)]),
            ("saved in /home/mlopez/notes", &[("mlopez", Username)]),
            ("login required, user unknown", &[]),
            ("Bot: Order or billing? User: billing. Bot: Amount? User: 49.99 twice. Bot: ok. User: sure? Bot: yes", &[]),
        ]);
    }
}
