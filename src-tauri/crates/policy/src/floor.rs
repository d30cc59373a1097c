//! The floor: what keeps a record from the cloud whatever the policy in force permits.

use crate::facts::Facts;
use crate::{Effect, Rule};

/// Kinds that name one person by themselves. A wrong click on one must not send it.
const NEVER_RELEASED: &[&str] = &[
    "US_SSN",
    "CREDIT_CARD",
    "CARD_SECURITY_CODE",
    "ACCOUNT_NUMBER",
    "IBAN",
    "MEDICAL_RECORD_NUMBER",
    "HEALTH_PLAN_ID",
    "NATIONAL_ID",
    "LICENSE_NUMBER",
    "SECRET",
];

pub(crate) fn forbid(id: &str, reason: impl Into<String>) -> Rule {
    Rule { id: id.into(), effect: Effect::Forbid, reason: reason.into() }
}

/// The floor's rules that these facts touch; any of them means that nothing is sent.
pub(crate) fn touched(facts: &Facts) -> Vec<Rule> {
    let mut rules = Vec::new();
    if !facts.complete {
        rules.push(forbid("floor.incomplete", "Not everything that was read could be checked, so it can't be sent."));
    }
    match &facts.provider {
        None => rules.push(forbid("floor.no_provider", "No provider is set up, so nothing can be sent.")),
        // Where special words were found, `other` is not believed.
        Some(provider) if !provider.agreement && !provider.local_network && (facts.domain != "other" || !facts.special.is_empty()) => {
            rules.push(forbid(
                "floor.no_agreement",
                "There is no agreement with this provider on file. Health and financial records may only go to a provider that signed one (45 CFR 164.504(e), 16 CFR 314.4(f)).",
            ));
        }
        Some(_) => {}
    }
    let released: Vec<_> = NEVER_RELEASED.iter().filter(|name| facts.released.contains(**name)).copied().collect();
    if !released.is_empty() {
        let reason =
            format!("A finding of this kind that was taken away can't be sent; restore it or answer locally ({}).", released.join(", "));
        rules.push(forbid("floor.released_identifier", reason));
    }
    let unknown = facts.unknown();
    if !unknown.is_empty() {
        let reason = format!("Something about this record is not known to the rules ({}), so it can't be sent.", unknown.join(", "));
        rules.push(forbid("engine.unknown", reason));
    }
    rules
}
