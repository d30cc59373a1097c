//! E-mail addresses (RFC 5322 addr-spec, the common part; RFC 6531 letters; UPI handles, NPCI), also spelled out against harvesters.

use super::{Text, patterns};
use crate::{Detection, EntityType, Source, Span};

macro_rules! local {
    () => {
        r"(?i)\b[a-z0-9](?:[a-z0-9._%+-]|[ ]?[(\[{]?\bdot\b[)\]}]?[ ]?|[ ]?\bunderscore\b[ ]?)+"
    };
}
macro_rules! dot {
    () => {
        r"(?:[ ]?[(\[{<][ ]?dot[ ]?[)\]}>][ ]?|[ ]dot[ ]|\.)"
    };
}

patterns! {
    DOMAIN = r"(?i)^[ ]?(?:[\p{L}0-9-]+\.[ \n]?)+\p{L}+|^(?:\[[0-9a-f:.]+\]|[0-9.]+[0-9]|(?:localhost|upi|ok(?:sbi|icici|axis|hdfcbank)|ybl|paytm|ibl|axl|apl)\b)";
    SPELLED = concat!(local!(), r"[ ]?(?:[(\[{<][ ]?at[ ]?[)\]}>]|_at_)[ ]?[a-z0-9-]+(?:", dot!(), r"[a-z]+)+\b");
    DICTATED = concat!(local!(), r"(?:[ ]at[ ]|@|[ ]@[ ])[a-z0-9-]+(?:", dot!(), r"[a-z0-9-]+)*", dot!(), r"(?:com|org|net|edu|gov|mil|int|info|biz|io|co|me|ai|us|uk|de|ca|au|fr|es|it|nl|eu|nz|ie|ch|health|clinic)\b");
    DOT = r"(?i)\bdot\b";
}

/// The longest local part and domain (RFC 5321 4.5.3.1), in bytes.
const LOCAL: usize = 64;
const WHOLE_DOMAIN: usize = 255;

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    let mut add = |span, confidence| {
        found.push(Detection { span, entity: EntityType::EmailAddress, confidence, source: Source::Rule("email".into()) });
    };
    for sign in ["@", "%40"] {
        for (at, _) in text.0.match_indices(sign) {
            if let Some((span, blank)) = around(text, Span::new(at, at + sign.len())) {
                add(span, if blank { 0.85 } else { 0.99 });
            }
        }
    }
    if DOT.is_match(text.0) {
        let spelled = SPELLED.find_iter(text.0).chain(DICTATED.find_iter(text.0));
        for hit in spelled.filter(|hit| DOT.is_match(hit.as_str())) {
            add(Span::new(hit.start(), hit.end()), 0.85);
        }
    }
}

/// The address around an at sign, and whether a blank stands in it.
fn around(text: &Text<'_>, sign: Span) -> Option<(Span, bool)> {
    let before = text.before(sign, LOCAL);
    let near = before.strip_suffix(' ').unwrap_or(before);
    let local = near
        .rfind(|c: char| !(c.is_alphanumeric() || "._%+'&=~#-".contains(c)))
        .map_or(near, |i| near.get(i..).map_or("", |r| r.get(r.chars().next().map_or(0, char::len_utf8)..).unwrap_or("")));
    let local = local.trim_start_matches(|c: char| !c.is_alphanumeric());
    let behind = text.behind(sign, WHOLE_DOMAIN);
    let domain = DOMAIN.find(behind)?;
    // `jane@example.org. Then` ends a sentence: a blank within belongs to no address that is whole before it.
    let words = domain.as_str();
    let whole = words
        .find(['\n', ' '])
        .filter(|at| *at > 0)
        .and_then(|at| words.get(..at))
        .map(|cut| cut.trim_end_matches('.'))
        .filter(|cut| cut.contains('.'));
    let words = whole.unwrap_or(words);
    let last = words.rsplit('.').next().unwrap_or("").trim();
    let blank = near.len() < before.len() || words.contains([' ', '\n']);
    let named = last.chars().all(char::is_alphabetic) && (2..=24).contains(&last.chars().count());
    // `384 SF @ 2.71. Apply` is a price, and `jane @ 163.com` none.
    let number = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit());
    let mut labels = words.trim_start().split('.');
    let priced = blank
        && labels.next().is_some_and(number)
        && labels.next().is_none_or(|label| number(label) || label.starts_with(char::is_whitespace));
    let real = !local.is_empty() && !priced && if blank || words.contains('.') && named { named } else { words.len() > 2 };
    let start = sign.start - (before.len() - near.len()) - local.len();
    real.then_some((Span::new(start, sign.end + words.len()), blank))
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
            ("seen at noon, 2 @ 5 mg, NS @75. Norton 14, 384 SF @ 2.71. Apply two coats", &[]),
            ("@handle and a@b", &[]),
            ("meet at the clinic", &[]),
            ("ana dot ruiz at example dot org", &[("ana dot ruiz at example dot org", EmailAddress)]),
            ("ana_r (at) mail (dot) example (dot) org", &[("ana_r (at) mail (dot) example (dot) org", EmailAddress)]),
            ("josé@example.org", &[("josé@example.org", EmailAddress)]),
            ("root@10.2.4.18", &[("root@10.2.4.18", EmailAddress)]),
            ("Email: ana dot ruiz7 at example dot com. Phone", &[("ana dot ruiz7 at example dot com", EmailAddress)]),
            ("write me at ana dot ruiz at example dot com if", &[("ana dot ruiz at example dot com", EmailAddress)]),
            ("jane @ 163.com", &[("jane @ 163.com", EmailAddress)]),
            ("look at the dot on the film", &[]),
        ]);
    }
}
