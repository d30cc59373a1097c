//! The default policy against a table, a second implementation of it, and the floor against a policy that permits everything.
#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use std::collections::{BTreeMap, BTreeSet};

use policy::{Decision, Facts, Lane, PolicySet, ProviderFacts};

const HOSTILE: &str = "@id(\"all\") @reason(\"all\") permit(principal, action, resource);";

fn names(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|name| (*name).into()).collect()
}

fn counts(of: &[(&str, u32)]) -> BTreeMap<String, u32> {
    of.iter().map(|(name, count)| ((*name).into(), *count)).collect()
}

fn provider(agreement: bool, local_network: bool) -> Option<ProviderFacts> {
    Some(ProviderFacts { id: "p".into(), agreement, local_network })
}

/// A clear progress note that may go.
fn note() -> Facts {
    Facts {
        class: "progress_note".into(),
        domain: "healthcare".into(),
        class_confidence: 9_000,
        entities: counts(&[("PERSON", 2), ("DATE", 3)]),
        lowest_confidence: 8_000,
        complete: true,
        unread: false,
        released: names(&[]),
        reviewed: false,
        special: names(&[]),
        provider: provider(true, false),
        actor_role: "staff".into(),
        purpose: "treatment_payment_operations".into(),
    }
}

fn with(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = note();
    change(&mut facts);
    facts
}

fn class(facts: &mut Facts, class: &str, domain: &str) {
    (facts.class, facts.domain) = (class.into(), domain.into());
}

fn ids(decision: &Decision) -> Vec<&str> {
    decision.rules.iter().map(|rule| rule.id.as_str()).collect()
}

#[test]
fn default_policy_by_table() {
    let policy = PolicySet::default_policy();
    let table: Vec<(Facts, Lane, &[&str])> = vec![
        (note(), Lane::Cloud, &["send_under_agreement", "sure_record"]),
        (with(|f| f.provider = provider(false, true)), Lane::Cloud, &["send_within_own_network", "sure_record"]),
        (with(|f| f.entities = counts(&[("CREDIT_CARD", 1), ("CARD_SECURITY_CODE", 1)])), Lane::Refuse, &["card_with_security_code"]),
        (with(|f| class(f, "therapy_note", "healthcare")), Lane::Local, &["psychotherapy_stays"]),
        (with(|f| f.special = names(&["psychotherapy"])), Lane::Local, &["psychotherapy_stays"]),
        (with(|f| f.special = names(&["substance_use"])), Lane::Local, &["substance_use_stays"]),
        (with(|f| f.special = names(&["hiv"])), Lane::Review, &["special_reviewed"]),
        (with(|f| f.entities = counts(&[("SECRET", 1)])), Lane::Local, &["secret_stays"]),
        (with(|f| class(f, "kyc_form", "financial")), Lane::Review, &["identity_file"]),
        (with(|f| class(f, "credit_report", "financial")), Lane::Review, &["identity_file"]),
        (with(|f| class(f, "tax_form", "financial")), Lane::Review, &["identity_file"]),
        (with(|f| class(f, "bank_statement", "financial")), Lane::Cloud, &["send_under_agreement", "sure_record"]),
        (with(|f| f.class_confidence = 5_999), Lane::Review, &["unsure_class"]),
        (with(|f| f.lowest_confidence = 4_999), Lane::Review, &["unsure_detection"]),
        (with(|f| f.entities = counts(&[("DATE", 200)])), Lane::Cloud, &["send_under_agreement", "sure_record"]),
        (with(|f| f.entities = counts(&[("DATE", 200), ("AGE", 1)])), Lane::Review, &["many_detections"]),
        (with(|f| f.actor_role = "compliance".into()), Lane::Review, &["only_staff_send"]),
        (with(|f| f.actor_role = "administrator".into()), Lane::Review, &["only_staff_send"]),
        (with(|f| class(f, "other", "other")), Lane::Review, &["engine.review_first"]),
        (
            with(|f| {
                class(f, "policy_document", "other");
                f.entities.clear();
            }),
            Lane::Cloud,
            &["send_under_agreement", "nothing_personal"],
        ),
        (
            with(|f| {
                f.lowest_confidence = 100;
                f.reviewed = true;
            }),
            Lane::Cloud,
            &["send_under_agreement", "engine.reviewed"],
        ),
        (with(|f| f.unread = true), Lane::Review, &["unread_parts"]),
        (
            with(|f| {
                f.unread = true;
                f.reviewed = true;
            }),
            Lane::Cloud,
            &["send_under_agreement", "engine.reviewed"],
        ),
        (with(|f| f.complete = false), Lane::Local, &["floor.incomplete", "engine.nothing_permits"]),
        (with(|f| f.provider = None), Lane::Local, &["floor.no_provider", "engine.nothing_permits"]),
    ];
    for (facts, lane, rules) in table {
        let decision = policy.decide(&facts);
        assert_eq!((decision.lane, ids(&decision)), (lane, rules.to_vec()), "{facts:?}");
        assert!(decision.rules.iter().all(|rule| !rule.reason.is_empty()) && decision.policy_version == policy.version());
    }
}

/// Every combination of the values at which the default policy or the floor turns.
fn space() -> Vec<Facts> {
    let mut all = vec![note()];
    let mut vary = |changes: &[&dyn Fn(&mut Facts)]| {
        all = all
            .iter()
            .flat_map(|facts| {
                changes.iter().map(|change| {
                    let mut facts = facts.clone();
                    change(&mut facts);
                    facts
                })
            })
            .collect();
    };
    vary(&[
        &|_| {},
        &|f| class(f, "therapy_note", "healthcare"),
        &|f| class(f, "kyc_form", "financial"),
        &|f| class(f, "other", "other"),
        &|f| class(f, "unheard_of", "healthcare"),
    ]);
    vary(&[&|_| {}, &|f| f.class_confidence = 5_999]);
    vary(&[&|_| {}, &|f| f.lowest_confidence = 4_999]);
    vary(&[
        &|f| f.entities.clear(),
        &|_| {},
        &|f| f.entities = counts(&[("DATE", 201)]),
        &|f| f.entities = counts(&[("CREDIT_CARD", 1)]),
        &|f| f.entities = counts(&[("CREDIT_CARD", 1), ("CARD_SECURITY_CODE", 1)]),
        &|f| f.entities = counts(&[("SECRET", 1)]),
    ]);
    vary(&[&|_| {}, &|f| f.complete = false, &|f| f.unread = true]);
    vary(&[&|_| {}, &|f| f.released = names(&["PERSON"]), &|f| f.released = names(&["CARD_SECURITY_CODE"])]);
    vary(&[&|_| {}, &|f| f.reviewed = true]);
    vary(&[&|_| {}, &|f| f.special = names(&["psychotherapy"]), &|f| f.special = names(&["substance_use"]), &|f| {
        f.special = names(&["hiv"])
    }]);
    vary(&[&|_| {}, &|f| f.provider = None, &|f| f.provider = provider(false, false), &|f| f.provider = provider(false, true)]);
    vary(&[&|_| {}, &|f| f.actor_role = "compliance".into(), &|f| f.actor_role = "visitor".into()]);
    all
}

/// The default policy and the floor once more, without Cedar.
fn reference(f: &Facts) -> Lane {
    let has = |name: &str| f.entities.contains_key(name) || f.released.contains(name);
    if (has("CREDIT_CARD") && has("CARD_SECURITY_CODE")) || f.actor_role == "visitor" {
        return Lane::Refuse;
    }
    let leaves = f.complete && f.provider.as_ref().is_some_and(|p| p.agreement || p.local_network);
    let protected = f.class == "therapy_note" || f.special.contains("psychotherapy") || f.special.contains("substance_use");
    if !leaves || protected || has("SECRET") || f.released.contains("CARD_SECURITY_CODE") || f.class == "unheard_of" {
        return Lane::Local;
    }
    let sure = f.class_confidence >= 6_000 && f.lowest_confidence >= 5_000;
    let plain = !f.unread && f.class != "kyc_form" && f.special.is_empty() && f.entities.values().sum::<u32>() <= 200;
    let impersonal = f.domain != "other" || (f.entities.is_empty() && f.released.is_empty());
    if f.reviewed || (sure && plain && impersonal && f.actor_role == "staff") { Lane::Cloud } else { Lane::Review }
}

#[test]
fn p_01_equals_the_reference_and_p_02_total_everywhere() {
    let (policy, space) = (PolicySet::default_policy(), space());
    assert_eq!(space.len(), 5 * 2 * 2 * 6 * 3 * 3 * 2 * 4 * 4 * 3);
    let mut seen = BTreeSet::new();
    for facts in &space {
        let decision = policy.decide(facts);
        assert_eq!(decision.lane, reference(facts), "{facts:?} {:?}", ids(&decision));
        assert!(!decision.rules.is_empty() && !decision.headline.is_empty());
        seen.insert(decision.lane);
    }
    assert_eq!(seen.len(), 4, "the space reaches every lane");
}

#[test]
fn p_03_deterministic() {
    let (one, other) = (PolicySet::default_policy(), PolicySet::default_policy());
    for facts in space().iter().step_by(97) {
        let decision = one.decide(facts);
        assert_eq!(decision, one.decide(facts));
        assert_eq!(decision, other.decide(facts));
    }
}

#[test]
fn p_04_an_identifier_or_a_flag_never_loosens() {
    let policy = PolicySet::default_policy();
    for facts in space().iter().step_by(101) {
        let before = policy.decide(facts).lane;
        let tighter = |change: &dyn Fn(&mut Facts), what: &str| {
            let mut more = facts.clone();
            change(&mut more);
            assert!(policy.decide(&more).lane >= before, "{what} loosened {facts:?}");
        };
        for name in ["PERSON", "US_SSN", "CREDIT_CARD", "CARD_SECURITY_CODE", "SECRET", "CUSTOM:ward", "UNHEARD_OF"] {
            tighter(&|f| *f.entities.entry(name.into()).or_default() += 1, name);
            tighter(&|f| f.released.extend(names(&[name])), name);
        }
        for name in ["psychotherapy", "substance_use", "hiv", "unheard_of"] {
            tighter(&|f| f.special.extend(names(&[name])), name);
        }
    }
}

#[test]
fn p_05_a_forbid_wins_over_every_permit() {
    let source = format!("{HOSTILE} @id(\"no\") @reason(\"no\") forbid(principal, action == Action::\"send\", resource);");
    let decision = PolicySet::load(&source).unwrap().decide(&note());
    assert_eq!((decision.lane, ids(&decision)), (Lane::Local, vec!["no"]));
}

#[test]
fn p_06_an_empty_policy_sends_nothing() {
    let decision = PolicySet::load("").unwrap().decide(&with(|f| f.reviewed = true));
    assert_eq!((decision.lane, ids(&decision)), (Lane::Local, vec!["engine.nothing_permits"]));
}

#[test]
fn p_07_contradiction_on_processing_is_refused() {
    let source = format!("{HOSTILE} @id(\"no\") @reason(\"no\") forbid(principal, action, resource);");
    assert_eq!(PolicySet::load(&source).unwrap().decide(&note()).lane, Lane::Refuse);
}

/// The hostile policy alone sends this record: what follows is the floor's work.
fn hostile(facts: &Facts) -> Decision {
    let policy = PolicySet::load(HOSTILE).unwrap();
    assert_eq!(policy.decide(&note()).lane, Lane::Cloud);
    policy.decide(facts)
}

#[test]
fn p_08_an_unknown_value_is_never_sent() {
    let unknown = [
        with(|f| f.class = "unheard_of".into()),
        with(|f| f.class = "unknown".into()),
        with(|f| f.domain = "other".into()),
        with(|f| f.domain = "Healthcare".into()),
        with(|f| f.class_confidence = 10_001),
        with(|f| f.lowest_confidence = u32::MAX),
        with(|f| f.entities = counts(&[("US_SNN", 1)])),
        with(|f| f.special = names(&["unheard_of"])),
    ];
    for facts in unknown {
        let decision = hostile(&facts);
        assert_eq!((decision.lane, ids(&decision)), (Lane::Local, vec!["engine.unknown"]), "{facts:?}");
    }
    let decision = hostile(&with(|f| f.actor_role = "visitor".into()));
    assert_eq!((decision.lane, ids(&decision)), (Lane::Refuse, vec!["engine.error"]));
}

#[test]
fn p_09_floor_incomplete() {
    let decision = hostile(&with(|f| f.complete = false));
    assert_eq!((decision.lane, ids(&decision)), (Lane::Local, vec!["floor.incomplete"]));
}

#[test]
fn p_10_floor_no_provider() {
    let decision = hostile(&with(|f| f.provider = None));
    assert_eq!((decision.lane, ids(&decision)), (Lane::Local, vec!["floor.no_provider"]));
}

#[test]
fn p_11_floor_health_record_without_agreement() {
    let decision = hostile(&with(|f| f.provider = provider(false, false)));
    assert_eq!((decision.lane, ids(&decision)), (Lane::Local, vec!["floor.no_agreement"]));
    assert_eq!(hostile(&with(|f| f.provider = provider(false, true))).lane, Lane::Cloud);
}

#[test]
fn p_12_floor_financial_record_without_agreement() {
    let unsigned = |name: &'static str, domain: &'static str| {
        with(|f| {
            class(f, name, domain);
            f.provider = provider(false, false);
        })
    };
    assert_eq!(ids(&hostile(&unsigned("invoice", "financial"))), ["floor.no_agreement"]);
    assert_eq!(hostile(&unsigned("other", "other")).lane, Lane::Cloud);
    let mut flagged = unsigned("other", "other");
    flagged.special = names(&["hiv"]);
    assert_eq!(ids(&hostile(&flagged)), ["floor.no_agreement"]);
}

#[test]
fn p_13_floor_released_identifier() {
    let kinds = [
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
    for kind in kinds {
        let decision = hostile(&with(|f| f.released = names(&["PERSON", kind])));
        assert_eq!((decision.lane, ids(&decision)), (Lane::Local, vec!["floor.released_identifier"]), "{kind}");
    }
    assert_eq!(hostile(&with(|f| f.released = names(&["PERSON"]))).lane, Lane::Cloud);
}

#[test]
fn p_14_floor_holds_after_review() {
    let changes: [fn(&mut Facts); 4] =
        [|f| f.complete = false, |f| f.provider = None, |f| f.provider = provider(false, false), |f| f.released = names(&["US_SSN"])];
    for change in changes {
        let mut facts = with(|f| f.reviewed = true);
        assert_eq!(hostile(&facts).lane, Lane::Cloud);
        change(&mut facts);
        assert_eq!(hostile(&facts).lane, Lane::Local, "{facts:?}");
    }
}
