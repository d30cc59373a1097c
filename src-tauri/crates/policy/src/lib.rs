//! Facts about a record in, a decision with its rules out: Cedar policies over a floor that none of them can loosen.
#![forbid(unsafe_code)]

mod engine;
mod facts;
mod floor;

use serde::{Deserialize, Serialize};

pub use engine::{PolicyError, PolicySet};
pub use facts::{Facts, ProviderFacts};

/// Where a question about a record may go, from the loosest to the strictest.
///
/// `Local` is stricter than `Review`: what waits for review can still leave once a person approves it, what is local can't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// The de-identified text may go to the provider.
    Cloud,
    /// A person has to approve the de-identified text first.
    Review,
    /// Answered on this computer.
    Local,
    /// Not worked on at all.
    Refuse,
}

impl Lane {
    /// The name in logs and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Cloud => "cloud",
            Lane::Review => "review",
            Lane::Local => "local",
            Lane::Refuse => "refuse",
        }
    }

    fn headline(self) -> &'static str {
        match self {
            Lane::Cloud => "The text without its identifiers may go to the provider.",
            Lane::Review => "A person has to look at the text before it leaves.",
            Lane::Local => "This record is answered on this computer.",
            Lane::Refuse => "This record is not worked on.",
        }
    }
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It lets something happen.
    Permit,
    /// It keeps something from happening, whatever others permit.
    Forbid,
}

impl std::fmt::Display for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Effect::Permit => "permit",
            Effect::Forbid => "forbid",
        })
    }
}

/// A rule that determined a decision. Ids that begin with `floor.` or `engine.` are compiled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// What it does.
    pub effect: Effect,
    /// Why, in words for staff.
    pub reason: String,
}

/// A rule of a policy with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleText {
    /// Its name.
    pub id: String,
    /// What it does.
    pub effect: Effect,
    /// Why, in words for staff.
    pub reason: String,
    /// As written in Cedar.
    pub source: String,
}

/// Where a question may go, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Where.
    pub lane: Lane,
    /// The rules that determined it, never none.
    pub rules: Vec<Rule>,
    /// In one sentence.
    pub headline: String,
    /// The version of the policy that decided.
    pub policy_version: String,
}
