//! Cedar policies: loaded only if the validator proves them sound, evaluated so that every error is a no.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr;

use cedar_policy as cedar;
use cedar_policy::RestrictedExpression as Value;
use miette::Diagnostic;
use sha2::{Digest, Sha256};

use crate::facts::Facts;
use crate::floor::{self, forbid};
use crate::{Decision, Effect, Lane, Rule, RuleText};

const SCHEMA: &str = include_str!("../policies/schema.cedarschema");
const DEFAULT: &str = include_str!("../policies/default.cedar");

/// Why a policy was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It isn't Cedar, or the validator can't prove that it never fails.
    #[error("line {line}: {reason}")]
    Unsound {
        /// Where, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A rule without a name of its own or without a reason.
    #[error("line {line}: every rule needs its own @id and a @reason: {reason}")]
    Unexplained {
        /// Where, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The schema that is compiled in can't be read.
    #[error("the schema can't be read: {0}")]
    Schema(String),
}

/// A policy in force: its rules, checked, and the engine that asks them.
#[derive(Debug, Clone)]
pub struct PolicySet {
    source: String,
    version: String,
    rules: Vec<RuleText>,
    /// None if the policy compiled in could not be loaded: then everything is refused.
    engine: Option<Engine>,
}

#[derive(Debug, Clone)]
struct Engine {
    schema: cedar::Schema,
    policies: cedar::PolicySet,
    /// Cedar's number for a rule, to its place in `rules`.
    places: HashMap<cedar::PolicyId, usize>,
    role: cedar::EntityTypeName,
    record: cedar::EntityUid,
    process: cedar::EntityUid,
    send: cedar::EntityUid,
    waive: cedar::EntityUid,
}

/// What the rules say to one action.
enum Answer {
    Permitted(Vec<Rule>),
    Forbidden(Vec<Rule>),
    NothingPermits,
    Failed(Rule),
}

impl PolicySet {
    /// The policy that comes with the program.
    pub fn default_policy() -> PolicySet {
        PolicySet::load(DEFAULT).unwrap_or_else(|_| PolicySet {
            source: DEFAULT.into(),
            version: version(DEFAULT),
            rules: Vec::new(),
            engine: None,
        })
    }

    /// A policy in Cedar, refused unless the strict validator passes it without a warning.
    pub fn load(source: &str) -> Result<PolicySet, PolicyError> {
        let policies = cedar::PolicySet::from_str(source).map_err(|e| match e.iter().next() {
            Some(first) => unsound(source, first, first.to_string()),
            None => PolicyError::Unsound { line: 1, reason: e.to_string() },
        })?;
        if let Some(template) = policies.templates().next() {
            let line = line_of(source, &template.to_cedar());
            return Err(PolicyError::Unsound { line, reason: "a rule with a slot is never asked; write it without".into() });
        }
        let (schema, _) = cedar::Schema::from_cedarschema_str(SCHEMA).map_err(|e| PolicyError::Schema(e.to_string()))?;
        let checked = cedar::Validator::new(schema.clone()).validate(&policies, cedar::ValidationMode::Strict);
        if let Some(error) = checked.validation_errors().next() {
            return Err(unsound(source, error, error.to_string()));
        }
        // A warning is a rule that can never apply or text that reads otherwise than it looks: a forbid lost without a word.
        if let Some(warning) = checked.validation_warnings().next() {
            return Err(unsound(source, warning, warning.to_string()));
        }
        let mut rules = Vec::new();
        for policy in policies.policies() {
            let text = policy.to_cedar().unwrap_or_else(|| policy.to_string());
            rules.push((line_of(source, &text), policy.id().clone(), explained(policy, text, source)?));
        }
        // Cedar keeps no order: the file's is the one that people know.
        rules.sort_by_key(|(line, id, _)| (*line, id.to_string()));
        let mut ids = BTreeSet::new();
        for (line, _, rule) in &rules {
            if !ids.insert(&rule.id) {
                return Err(PolicyError::Unexplained { line: *line, reason: format!("`{}` is used twice", rule.id) });
            }
        }
        let places = rules.iter().enumerate().map(|(place, (_, id, _))| (id.clone(), place)).collect();
        let engine = Engine::new(schema, policies, places)?;
        let rules = rules.into_iter().map(|(_, _, rule)| rule).collect();
        Ok(PolicySet { source: source.into(), version: version(source), rules, engine: Some(engine) })
    }

    /// The lane for these facts. Total: whatever can't be evaluated is not sent.
    pub fn decide(&self, facts: &Facts) -> Decision {
        let (lane, rules) = self.judge(facts);
        Decision { lane, rules, headline: lane.headline().into(), policy_version: self.version.clone() }
    }

    /// The rules, in the order of the file.
    pub fn rules(&self) -> Vec<RuleText> {
        self.rules.clone()
    }

    /// The policy as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The first 16 digits of the source's SHA-256.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn judge(&self, facts: &Facts) -> (Lane, Vec<Rule>) {
        let Some(engine) = &self.engine else {
            return (Lane::Refuse, vec![forbid("engine.error", "The rules could not be loaded, so nothing is done with this record.")]);
        };
        let mut kept = floor::touched(facts);
        let asked = engine.entities(facts);
        let ask = |action| match &asked {
            Some((principal, entities)) => self.ask(engine, principal, action, entities),
            None => Answer::Failed(forbid("engine.error", "The facts about this record could not be put to the rules.")),
        };
        match ask(&engine.process) {
            Answer::Forbidden(rules) => return (Lane::Refuse, rules),
            Answer::Failed(rule) => return (Lane::Refuse, vec![rule]),
            Answer::Permitted(_) | Answer::NothingPermits => {}
        }
        let mut sent = Vec::new();
        match ask(&engine.send) {
            Answer::Permitted(rules) => sent = rules,
            Answer::Forbidden(rules) => kept.extend(rules),
            Answer::Failed(rule) => kept.push(rule),
            Answer::NothingPermits => kept.push(forbid("engine.nothing_permits", "No rule lets this record leave this computer.")),
        }
        let waived = ask(&engine.waive);
        if let Answer::Failed(rule) = waived {
            kept.push(rule);
            return (Lane::Local, kept);
        }
        if !kept.is_empty() {
            return (Lane::Local, kept);
        }
        match waived {
            _ if facts.reviewed => {
                let reason = "A person looked at this version of the text and approved it.".into();
                sent.push(Rule { id: "engine.reviewed".into(), effect: Effect::Permit, reason });
                (Lane::Cloud, sent)
            }
            Answer::Permitted(rules) => {
                sent.extend(rules);
                (Lane::Cloud, sent)
            }
            Answer::Forbidden(rules) => (Lane::Review, rules),
            Answer::NothingPermits | Answer::Failed(_) => {
                (Lane::Review, vec![forbid("engine.review_first", "No rule lets this record leave without a person's look.")])
            }
        }
    }

    fn ask(&self, engine: &Engine, principal: &cedar::EntityUid, action: &cedar::EntityUid, entities: &cedar::Entities) -> Answer {
        let failed = || {
            Answer::Failed(forbid(
                "engine.error",
                "A rule could not be evaluated, so this record is kept here. Tell the person who keeps the rules.",
            ))
        };
        let record = engine.record.clone();
        let Ok(request) = cedar::Request::new(principal.clone(), action.clone(), record, cedar::Context::empty(), Some(&engine.schema))
        else {
            return failed(); // also where the schema doesn't know the role
        };
        let response = cedar::Authorizer::new().is_authorized(&request, &engine.policies, entities);
        // Cedar skips a rule that fails, even one that forbids: an allow beside an error is worth nothing.
        if response.diagnostics().errors().next().is_some() {
            return failed();
        }
        let places: BTreeSet<_> = response.diagnostics().reason().filter_map(|id| engine.places.get(id)).collect();
        let rules: Vec<_> = places.into_iter().filter_map(|place| self.rules.get(*place)).collect();
        let rules: Vec<_> = rules.into_iter().map(|r| Rule { id: r.id.clone(), effect: r.effect, reason: r.reason.clone() }).collect();
        match response.decision() {
            cedar::Decision::Allow => Answer::Permitted(rules),
            cedar::Decision::Deny if rules.is_empty() => Answer::NothingPermits,
            cedar::Decision::Deny => Answer::Forbidden(rules),
        }
    }
}

impl Engine {
    fn new(schema: cedar::Schema, policies: cedar::PolicySet, places: HashMap<cedar::PolicyId, usize>) -> Result<Engine, PolicyError> {
        let uid = |text: &str| cedar::EntityUid::from_str(text).map_err(|e| PolicyError::Schema(e.to_string()));
        let role = cedar::EntityTypeName::from_str("Role").map_err(|e| PolicyError::Schema(e.to_string()))?;
        let record = uid(r#"Record::"record""#)?;
        let (process, send, waive) = (uid(r#"Action::"process""#)?, uid(r#"Action::"send""#)?, uid(r#"Action::"waive_review""#)?);
        Ok(Engine { schema, policies, places, role, record, process, send, waive })
    }

    /// The person's role and the record as Cedar sees it, checked against the schema.
    fn entities(&self, facts: &Facts) -> Option<(cedar::EntityUid, cedar::Entities)> {
        let set = |names: &mut dyn Iterator<Item = &str>| Value::new_set(names.map(|name| Value::new_string(name.into())));
        let text = |value: &str| Value::new_string(value.into());
        let provider = facts.provider.as_ref();
        let detections: i64 = facts.entities.values().fold(0, |sum: i64, count| sum.saturating_add(i64::from(*count)));
        let attributes = [
            ("class", text(&facts.class)),
            ("domain", text(&facts.domain)),
            ("classConfidence", Value::new_long(facts.class_confidence.into())),
            ("lowestConfidence", Value::new_long(facts.lowest_confidence.into())),
            ("detections", Value::new_long(detections)),
            ("entities", set(&mut facts.present().into_iter())),
            ("released", set(&mut facts.released.iter().map(String::as_str))),
            ("special", set(&mut facts.special.iter().map(String::as_str))),
            ("complete", Value::new_bool(facts.complete)),
            ("unread", Value::new_bool(facts.unread)),
            ("reviewed", Value::new_bool(facts.reviewed)),
            ("hasProvider", Value::new_bool(provider.is_some())),
            ("hasAgreement", Value::new_bool(provider.is_some_and(|p| p.agreement))),
            ("providerLocal", Value::new_bool(provider.is_some_and(|p| p.local_network))),
            ("provider", text(provider.map_or("", |p| p.id.as_str()))),
            ("purpose", text(&facts.purpose)),
        ];
        let attributes = attributes.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let record = cedar::Entity::new(self.record.clone(), attributes, HashSet::new()).ok()?;
        let entities = cedar::Entities::from_entities([record], Some(&self.schema)).ok()?;
        Some((cedar::EntityUid::from_type_name_and_id(self.role.clone(), cedar::EntityId::new(&facts.actor_role)), entities))
    }
}

fn explained(policy: &cedar::Policy, text: String, source: &str) -> Result<RuleText, PolicyError> {
    let refuse = |reason: &str| PolicyError::Unexplained { line: line_of(source, &text), reason: reason.into() };
    let id = policy.annotation("id").map(str::trim).filter(|id| !id.is_empty()).ok_or_else(|| refuse("no @id"))?.to_owned();
    let reason = policy.annotation("reason").map(str::trim).filter(|r| !r.is_empty()).ok_or_else(|| refuse("no @reason"))?.to_owned();
    if id.starts_with("floor.") || id.starts_with("engine.") {
        return Err(refuse("ids that begin with `floor.` or `engine.` are the program's own"));
    }
    let effect = match policy.effect() {
        cedar::Effect::Permit => Effect::Permit,
        cedar::Effect::Forbid => Effect::Forbid,
    };
    Ok(RuleText { id, effect, reason, source: text })
}

fn unsound(source: &str, diagnostic: &dyn Diagnostic, reason: String) -> PolicyError {
    let start = diagnostic.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
    PolicyError::Unsound { line: line_at(source, start), reason }
}

fn line_of(source: &str, text: &str) -> usize {
    line_at(source, source.find(text).unwrap_or(0))
}

fn line_at(source: &str, offset: usize) -> usize {
    1 + source.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

fn version(source: &str) -> String {
    hex::encode(Sha256::digest(source.as_bytes())).chars().take(16).collect()
}
