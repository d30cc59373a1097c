//! Names of people where the structure says that it is one: labels of forms, titles, credentials, signatures, HL7's XPN. Names
//! without any structure are the tagger's.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    LABEL = r"(?m)\b(?i:patient(?:\s+name)?|pt(?:\s+name)?|name|full\s+name|first\s+name|last\s+name|attending(?:\s+physician)?|provider|physician|surgeon|nurse|therapist|member(?:\s+name)?|subscriber|insured|policyholder|guarantor|account\s+holder|card\s?holder|borrower|co-borrower|beneficiary|employee(?:\s+name)?|customer(?:\s+name)?|claimant|applicant|emergency\s+contact|next\s+of\s+kin|spouse|mother|father|guardian|re|attn|from|to|cc|signed|referring(?:\s+provider)?|ordering(?:\s+provider)?|dictated\s+by|transcribed\s+by|prepared\s+by|payee|bill\s+to)\s*:[ \t]*(?i:(?:dr|mr|mrs|ms|miss|prof)\.?\s+)?(?P<id>\p{Lu}[\p{L}'.-]*(?:,?[ ](?:\p{Lu}[\p{L}'.-]*|de|la|van|der|von|bin|al)){1,4})";
    TITLE = r"\b(?:Dr|Mr|Mrs|Ms|Miss|Prof|Doctor|Nurse|DR|MR|MRS|MS)\.?\s+(?P<id>\p{Lu}[\p{L}'-]+(?:\s(?:\p{Lu}\.|\p{Lu}[\p{L}'-]+)){0,2})";
    CREDENTIAL = r"\b(?P<id>\p{Lu}[\p{L}'-]+(?:\s\p{Lu}\.?)?(?:\s\p{Lu}[\p{L}'-]+){1,2}),?\s+(?:MD|M\.D\.|DO|RN|NP|PA-C|PhD|DDS|DPM|LCSW|PharmD|FNP|CRNA|APRN|CPA|Esq)\b";
    SIGNED = r"(?i:signed\s+by|dictated\s+by|reviewed\s+by|verified\s+by|seen\s+by|spoke\s+with|my\s+name\s+is|this\s+is|sincerely,?|regards,?|patient)\s+(?P<id>\p{Lu}\p{Ll}[\p{L}'-]*(?:\s\p{Lu}\.)?(?:\s\p{Lu}\p{Ll}[\p{L}'-]*){1,2})";
    DEAR = r"\b(?:Dear|Hi|Hello)\s+(?:(?:Dr|Mr|Mrs|Ms|Miss)\.?\s+)?(?P<id>\p{Lu}\p{Ll}[\p{L}'-]+(?:\s\p{Lu}\p{Ll}[\p{L}'-]+){0,2})\s*[,:]";
    XPN = r"\b(?P<id>\p{Lu}[\p{L}'-]+\^\p{Lu}[\p{L}'-]*(?:\^\p{Lu}[\p{L}'-]*)?)";
    NOT_NAMES = r"(?i)^(?:the|our|your|this|date|number|id|name|address|phone|service|department|team|office|unit|center|hospital|bank|account|all|see|none|unknown|not|sir|madam|colleague|friend|team|applicant|customer|patient|valued|who[ml]?|whom|member|home|work|primary|care|history|assessment|plan|portal|education|instructions?)\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    let name = |hit: &str| !NOT_NAMES.is_match(hit);
    for hit in LABEL.captures_iter(text.0).filter_map(|captures| captures.name("id")).filter(|hit| name(hit.as_str())) {
        let span = crate::Span::new(hit.start(), hit.start() + name_end(hit.as_str()));
        // One word in capitals after a label is as often the next label as a name: that is the tagger's to tell.
        let words = span.of(text.0);
        if !words.contains([' ', '-']) && words.chars().all(|c| !c.is_lowercase()) {
            continue;
        }
        found.push(Detection { span, entity: EntityType::Person, confidence: 0.85, source: crate::Source::Rule("person".into()) });
    }
    for (pattern, sure) in [(&*TITLE, 0.92), (&*CREDENTIAL, 0.93), (&*SIGNED, 0.82), (&*DEAR, 0.85), (&*XPN, 0.9)] {
        text.each(pattern, "person", EntityType::Person, found, |hit, _| if name(hit) { sure } else { 0.0 });
    }
}

/// Where the name ends: at a comma with credentials or another label behind it (`Ana Ruiz, MD`, `Ana Ruiz, MRN`), but not at
/// the one of `RUIZ, ANA`.
fn name_end(hit: &str) -> usize {
    let capitals = |part: &str| part.chars().all(|c| !c.is_lowercase());
    let comma = hit.find(',').filter(|at| {
        let (before, behind) = (hit.get(..*at).unwrap_or(""), hit.get(at + 1..).unwrap_or("").trim_start());
        before.contains(' ') || (!capitals(before) && behind.split(' ').next().is_some_and(|word| word.len() > 1 && capitals(word)))
    });
    comma.unwrap_or(hit.len())
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Patient: Maria Delgado-Quinn        DOB", &[("Maria Delgado-Quinn", Person)]),
            ("Dr. Okafor saw Mrs. O'Neill", &[("Okafor", Person), ("O'Neill", Person)]),
            ("signed by Thomas Okafor, MD", &[("Thomas Okafor", Person)]),
            ("Patient: Ana Ruiz, MRN", &[("Ana Ruiz", Person)]),
            ("Patient: RUIZ, ANA", &[("RUIZ, ANA", Person)]),
            ("PID LOPEZ^MARIA^A", &[("LOPEZ^MARIA^A", Person)]),
            ("Dear Mr. Haddad,", &[("Haddad", Person)]),
            ("Name: see chart. Dear Customer,", &[]),
            ("Hi Ana, thank you.", &[("Ana", Person)]),
            ("My name is Kwame Mensah", &[("Kwame Mensah", Person)]),
            ("Jane Q. Smith, RN", &[("Jane Q. Smith", Person)]),
            ("PATIENT: BORN 1958. TIME-OUT, COUNTS CORRECT", &[]),
            ("Patient denies pain. From: the clinic", &[]),
        ]);
    }
}
