//! US social security numbers, whole or last four (SSA, "Social Security Number Randomization": areas 000, 666 and 900 to 999, group 00 and serial 0000 are never issued).

use super::{Text, checks, patterns};
use crate::{Detection, EntityType};

patterns! {
    SSN = r"\b\d{3}[- .]\d{2}[- .]\d{4}\b";
    SSN_LABEL = r"(?i)\b(?:ssn|ss\s?#|s\.s\.n\.?|social(?:\s+security)?(?:\s+(?:number|no\.?|num|#))?)\s*[:#=]?\s*(?:is\s+|number\s+)?(?P<id>(?:\d{3}[- .]?\d{2}[- .]?\d{4}|[x*•]{3}[- ]?[x*•]{2}[- ]?\d{4}))\b";
    SSN_LAST = r"(?i)\b(?:last\s+(?:four|4)(?:\s+digits)?(?:\s+of)?(?:\s+(?:the|her|his|my|your))?(?:\s+(?:ssn|social(?:\s+security)?(?:\s+number)?))|(?:ssn|social)\s+(?:ending|ends)\s+in|ssn\s+last\s+(?:four|4))\s*(?:is|are|in|:)?\s*(?P<id>\d{4})\b";
    MASKED = r"(?i)(?:xxx|\*\*\*|•••)[- ]?(?:xx|\*\*|••)[- ]?\d{4}\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&SSN, "us_ssn", EntityType::UsSsn, found, |hit, span| {
        let digits = checks::digits(hit);
        let separators: Vec<char> = hit.chars().filter(|c| !c.is_ascii_digit()).collect();
        let number = |part: Option<&[u32]>| part.unwrap_or(&[]).iter().fold(0, |n, d| n * 10 + d);
        let (area, group, serial) = (number(digits.get(..3)), number(digits.get(3..5)), number(digits.get(5..)));
        let issued = area != 0 && area != 666 && group != 0 && serial != 0;
        if !text.alone(span) || separators.first() != separators.last() {
            0.0
        } else if issued && area < 900 {
            if separators.first() == Some(&'-') { 0.95 } else { 0.85 }
        } else {
            // Never issued: a typing error, an ITIN or an example, and all the same somebody's number in this record.
            0.6
        }
    });
    for (pattern, sure) in [(&*SSN_LABEL, 0.99), (&*SSN_LAST, 0.95), (&*MASKED, 0.85)] {
        text.each(pattern, "us_ssn", EntityType::UsSsn, found, |_, _| sure);
    }
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("SSN: 536-22-8726", &[("536-22-8726", UsSsn)]),
            ("social security number 536228726", &[("536228726", UsSsn)]),
            ("SS# 536 22 8726", &[("536 22 8726", UsSsn)]),
            ("last four of her SSN is 8726", &[("8726", UsSsn)]),
            ("SSN ending in 8726", &[("8726", UsSsn)]),
            ("it ends XXX-XX-8726.", &[("XXX-XX-8726", UsSsn)]),
            ("tax number 912-70-1234 here", &[("912-70-1234", UsSsn)]),
            ("lab 536-22 and 123-45-678", &[]),
            ("score 12-34 of 5678", &[]),
            ("1536-22-87261", &[]),
        ]);
    }
}
