//! What a policy has to be before it is in force, and what a rule that fails does.
#![allow(clippy::unwrap_used, reason = "a test may stop at once")]

use policy::{Effect, Facts, Lane, PolicySet, ProviderFacts};

const PERMIT: &str = "@id(\"all\") @reason(\"all\") permit(principal, action, resource);\n";

fn facts() -> Facts {
    Facts {
        class: "lab_report".into(),
        domain: "healthcare".into(),
        class_confidence: 10_000,
        entities: [("PERSON".to_owned(), 2)].into(),
        lowest_confidence: 10_000,
        complete: true,
        unread: false,
        released: Default::default(),
        reviewed: true,
        special: Default::default(),
        provider: Some(ProviderFacts { id: "p".into(), agreement: true, local_network: false }),
        actor_role: "staff".into(),
        purpose: String::new(),
    }
}

#[test]
fn refused_with_line_and_reason() {
    let rule = |body: &str| format!("{PERMIT}@id(\"x\") @reason(\"x\")\n{body}");
    let cases = [
        (rule("forbid(principal, action, resource) when { resource.risk > 3 };"), "line 3: ", "risk"),
        (rule("forbid(principal, action, resource) when { context.risk > 3 };"), "line 3: ", "risk"),
        (rule("forbid(principal, action, resource) when { resource.class > 3 };"), "line 3: ", "String"),
        (rule("forbid(principal == Role::\"stff\", action, resource);"), "line ", "stff"),
        (rule("forbid(principal, action == Action::\"sned\", resource);"), "line ", "sned"),
        (rule("forbid(principal, action, resource) when { false };"), "line 2: ", "false"),
        (rule("forbid(principal == ?principal, action, resource);"), "line 2: ", "slot"),
        (rule("forbid(principal, action, resource"), "line 3: ", "unexpected"),
        (format!("{PERMIT}\n@id(\"y\") forbid(principal, action, resource);"), "line 3: ", "@reason"),
        (format!("{PERMIT}@reason(\"y\") forbid(principal, action, resource);"), "line 2: ", "@id"),
        (format!("{PERMIT}@id(\"all\") @reason(\"y\") forbid(principal, action, resource);"), "line 2: ", "twice"),
        (format!("{PERMIT}@id(\"floor.x\") @reason(\"y\") forbid(principal, action, resource);"), "line 2: ", "own"),
    ];
    for (source, line, word) in cases {
        let said = PolicySet::load(&source).unwrap_err().to_string();
        assert!(said.starts_with(line) && said.contains(word), "{source}\n{said}");
    }
}

#[test]
fn a_rule_that_fails_is_not_skipped() {
    // Sound by its types, but the product overflows: Cedar alone would skip the rule and allow.
    let overflow = |effect: &str, action: &str| {
        format!(
            "{PERMIT}@id(\"o\") @reason(\"o\") {effect}(principal, action == Action::\"{action}\", resource) when {{ resource.detections * 9223372036854775807 < 0 }};"
        )
    };
    assert_eq!(PolicySet::load(PERMIT).unwrap().decide(&facts()).lane, Lane::Cloud);
    for effect in ["forbid", "permit"] {
        for (action, lane) in [("process", Lane::Refuse), ("send", Lane::Local), ("waive_review", Lane::Local)] {
            let decision = PolicySet::load(&overflow(effect, action)).unwrap().decide(&facts());
            assert_eq!(decision.lane, lane, "{effect} {action}");
            assert!(decision.rules.iter().any(|rule| rule.id == "engine.error"));
        }
    }
}

#[test]
fn default_policy_explains_itself() {
    let policy = PolicySet::default_policy();
    assert_eq!(PolicySet::load(policy.source()).unwrap().version(), policy.version());
    assert_eq!(policy.version().len(), 16);
    assert_ne!(policy.version(), PolicySet::load(PERMIT).unwrap().version());
    let rules = policy.rules();
    assert_eq!(rules.len(), policy.source().matches("@id(").count());
    assert_eq!(rules.first().map(|r| (r.id.as_str(), r.effect)), Some(("card_with_security_code", Effect::Forbid)));
    assert_eq!(rules.last().map(|r| r.id.as_str()), Some("only_staff_send"));
    for rule in rules {
        assert!(policy.source().contains(&rule.source) && rule.source.contains(&rule.id) && rule.reason.ends_with('.'), "{}", rule.id);
    }
}

#[test]
fn lanes_are_ordered_by_strictness() {
    assert!(Lane::Cloud < Lane::Review && Lane::Review < Lane::Local && Lane::Local < Lane::Refuse);
    assert_eq!([Lane::Cloud, Lane::Review, Lane::Local, Lane::Refuse].map(Lane::name), ["cloud", "review", "local", "refuse"]);
}
