//! Passwords by their label, keys and tokens by the prefixes that their makers publish (AWS, GitHub, GitLab, Google, OpenAI, Slack, Stripe, SendGrid, Twilio, npm, Hugging Face), JSON web tokens (RFC 7519), private keys (RFC 7468).

use super::labelled::{Label, Needs, Place, Value};
use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    KEY = r"\b(?:sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,16}|xox[abeprs]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|(?:sk|pk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{10,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|(?:AC|SK)[0-9a-f]{32}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}|eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?)";
    PEM = r"-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----[A-Za-z0-9+/= \n\r]*(?:-----END [A-Z ]{0,24}PRIVATE KEY-----)?";
    BEARER = r"(?i)\b(?:bearer|authorization:\s*basic)\s+(?P<id>[A-Za-z0-9._~+/=-]{16,})";
    IN_URL = r"(?i)\b[a-z][a-z0-9+]{1,12}://[^\s:/@]{1,64}:(?P<id>[^\s@/]{3,64})@";
    BESIDE = r"@[A-Za-z0-9.-]+\.[A-Za-z]{2,}[ ]?(?:/|:|\|)[ ]?(?P<id>[^\s,;|/]{5,64})";
    WALLET = r"\b(?:bc1[a-z0-9]{25,60}|0x[0-9a-fA-F]{40})\b";
    VALUE = r#"^(?P<id>[^\s"'<>,;]{4,})"#;
}

pub const LABELS: &[Label] = &[Label {
    words: "password|db pass|dbpass|user pass|passwd|pwd|passphrase|passcode|api key|apikey|secret key|access token|auth token|\
        refresh token|secret access key|client secret|private key|access key|temporary password|pass word|pass phrase|\
        aws secret|session token|id token|api token|api secret|bearer token|token|secret|otp|one time code|verification code|\
        recovery code|backup code|security answer|passwort|contraseña|mot de passe|encryption key|signing key|webhook secret|\
        license key|product key|activation code|x api key|pass code",
    needs: Needs::Nothing,
    entity: EntityType::Secret,
    rule: "secret",
    sure: 0.9,
    value: secret,
}];

/// Behind a colon or an equals sign anything; behind `is` and the like only what is no word.
fn secret(place: &Place<'_>) -> Option<Value> {
    let hit = VALUE.captures(place.rest)?.name("id")?;
    let words = hit.as_str().trim_end_matches(['.', ')', ']', '}', '?', '`', '*', '|']);
    let plain = words.chars().all(|c| c.is_ascii_lowercase() || "-'/".contains(c)) || words.chars().skip(1).all(|c| c.is_ascii_lowercase());
    let marked = place.marked == Needs::Mark || place.marked == Needs::Colon;
    let known = matches!(
        words.to_ascii_lowercase().as_str(),
        "none" | "null" | "true" | "false" | "reset" | "required" | "expired" | "changed" | "yes" | "number" | "n/a"
    );
    let long = words.len() >= 4 && !words.starts_with(['$', '[', '(', '{', '/']) && words.chars().any(|c| c.is_alphanumeric());
    (long && !known && (marked || !plain)).then_some(Value { at: 0..words.len(), checked: false })
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    for pattern in [&*KEY, &*PEM, &*BEARER, &*IN_URL] {
        text.each(pattern, "secret", EntityType::Secret, found, |hit, _| if hit.bytes().any(|b| b.is_ascii_digit()) { 0.97 } else { 0.8 });
    }
    // Behind an e-mail address and a stroke, as in lists of credentials.
    text.each(&BESIDE, "secret", EntityType::Secret, found, |hit, _| {
        let sign = |c: char| c.is_ascii_digit() || "!@#$%^&*?".contains(c);
        let mixed = hit.chars().any(|c| c.is_ascii_alphabetic()) && hit.chars().any(sign) && !hit.ends_with(':');
        if mixed { 0.75 } else { 0.0 }
    });
    text.each(&WALLET, "wallet", EntityType::AccountNumber, found, |_, span| if text.alone(span) { 0.95 } else { 0.0 });
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
            ("Password is Tr0ub4dor&3", &[("Tr0ub4dor&3", Secret)]),
            ("{\"api_key\": \"q8Zx-118\"}", &[("q8Zx-118", Secret)]),
            ("Authorization: Bearer abcd1234efgh5678ijkl", &[("abcd1234efgh5678ijkl", Secret)]),
            ("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", &[("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", Secret)]),
            ("sk_live_4eC39HqLyjWDarjtT1", &[("sk_live_4eC39HqLyjWDarjtT1", Secret)]),
            ("pay to 0x52908400098527886E0F7030069857D2E4169EE7", &[("0x52908400098527886E0F7030069857D2E4169EE7", AccountNumber)]),
            ("the password is required", &[]),
            ("token economy therapy", &[]),
            ("the secret of success", &[]),
        ]);
    }
}
