//! What is written in the place of a detection: one operator for each entity type, in a table.
//!
//! The law of each preset and the source of each format stand in `docs/operators.md`.

mod age;
mod apply;
mod calendar;
mod generalize;
mod mask;
mod names;
mod needed;
mod numbers;
mod person;
mod places;
mod preset;
mod seed;
mod shift;
mod signs;
mod stand_in;
mod surrogate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use apply::{Applied, Case, Piece};
pub use needed::needed;
pub use preset::Preset;
pub use seed::Seed;
pub use shift::Shift;
pub(crate) use stand_in::StandIns;

use crate::{EntityType, Kind, Span};

/// How often a surrogate is drawn again that stands in the record or means someone else.
const ATTEMPTS: u32 = 128;

/// What is written in the place of a detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// A typed ordinal such as `[PERSON_1]`; comes back in an answer.
    #[default]
    Placeholder,
    /// The original words.
    Keep,
    /// A black mark of a fixed length; nothing comes back.
    Redact,
    /// Asterisks, and the last four signs (PCI DSS 4.0, 3.4.1); nothing comes back.
    Mask,
    /// A realistic stand-in of the same form; comes back in an answer.
    Surrogate,
    /// A date moved by the days of its case; comes back in an answer.
    ShiftDate {
        /// Only whole weeks, so that a Monday stays one: 104 offsets instead of 728.
        keep_weekday: bool,
    },
    /// A coarser value; nothing comes back.
    Generalize(Grain),
}

/// How coarse a generalized value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// The year of a date, aggregated where it shows an age over 89.
    Year,
    /// `Q2 2024`.
    Quarter,
    /// `May 2024`.
    Month,
    /// Ages as they are up to 89, then `90+`.
    Over89,
    /// Ages in bands of five years, then `90+`.
    FiveYears,
    /// Ages in bands of ten years, then `90+`.
    TenYears,
    /// The first three digits of a ZIP, `000` where at most 20,000 people live.
    Zip3,
    /// The state of a town, where the record names it beside the town.
    State,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Operator; 15] = [
        Operator::Placeholder,
        Operator::Keep,
        Operator::Redact,
        Operator::Mask,
        Operator::Surrogate,
        Operator::ShiftDate { keep_weekday: false },
        Operator::ShiftDate { keep_weekday: true },
        Operator::Generalize(Grain::Year),
        Operator::Generalize(Grain::Quarter),
        Operator::Generalize(Grain::Month),
        Operator::Generalize(Grain::Over89),
        Operator::Generalize(Grain::FiveYears),
        Operator::Generalize(Grain::TenYears),
        Operator::Generalize(Grain::Zip3),
        Operator::Generalize(Grain::State),
    ];

    /// Whether what it writes can be turned back in an answer.
    pub fn is_reversible(&self) -> bool {
        matches!(self, Operator::Placeholder | Operator::Keep | Operator::Surrogate | Operator::ShiftDate { .. })
    }

    /// Whether it can be used on values of that type at all.
    fn fits(&self, entity: EntityType, limited: bool) -> bool {
        use EntityType::*;
        let never = matches!(entity, CardSecurityCode | Secret);
        match self {
            Operator::Placeholder | Operator::Redact => true,
            // 45 CFR 164.514(e)(2) does not list other unique numbers; every other direct type is listed.
            Operator::Keep => !never && (entity.kind() == Kind::Quasi || (limited && entity == UniqueId)),
            Operator::Mask => matches!(entity, CreditCard | AccountNumber | Iban),
            Operator::Surrogate => !never && !matches!(entity, Date | Age | State | Country | Profession | Nrp),
            Operator::ShiftDate { .. } => entity == Date,
            Operator::Generalize(Grain::Year | Grain::Quarter | Grain::Month) => entity == Date,
            Operator::Generalize(Grain::Over89 | Grain::FiveYears | Grain::TenYears) => entity == Age,
            Operator::Generalize(Grain::Zip3) => entity == PostalCode,
            Operator::Generalize(Grain::State) => entity == City,
        }
    }
}

/// An operator that may not be used on that type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} may not be treated with {operator:?}", .entity.name())]
pub struct Refused {
    /// The entity type.
    pub entity: EntityType,
    /// The operator.
    pub operator: Operator,
}

/// Which operator each entity type gets: a preset, and what differs from it. The default is placeholders for all.
///
/// No table keeps, masks or stores a card security code or a secret (PCI DSS 4.0, 3.3), and none keeps a direct identifier;
/// one that says so is not made and not read from a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Operators {
    preset: Preset,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    table: BTreeMap<EntityType, Operator>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    preset: Preset,
    #[serde(default)]
    table: BTreeMap<EntityType, Operator>,
}

impl TryFrom<Written> for Operators {
    type Error = Refused;

    fn try_from(written: Written) -> Result<Self, Refused> {
        written.table.into_iter().try_fold(Operators::from(written.preset), |all, (entity, operator)| all.with(entity, operator))
    }
}

impl From<Preset> for Operators {
    fn from(preset: Preset) -> Self {
        Self { preset, table: BTreeMap::new() }
    }
}

impl Operators {
    /// The same table with another operator for one type.
    ///
    /// # Errors
    /// [`Refused`] where the operator may not be used on that type.
    pub fn with(mut self, entity: EntityType, operator: Operator) -> Result<Self, Refused> {
        if !operator.fits(entity, self.preset == Preset::HipaaLimitedDataSet) {
            return Err(Refused { entity, operator });
        }
        self.table.insert(entity, operator);
        Ok(self)
    }

    /// The operator for values of that type.
    pub fn of(&self, entity: EntityType) -> Operator {
        self.table.get(&entity).copied().unwrap_or_else(|| self.preset.operator(entity))
    }

    /// The operators that values of that type may be treated with.
    pub fn choices(&self, entity: EntityType) -> Vec<Operator> {
        let limited = self.preset == Preset::HipaaLimitedDataSet;
        Operator::ALL.into_iter().filter(|operator| operator.fits(entity, limited)).collect()
    }

    /// What differs from the preset. Where anything does, the table claims nothing of what the preset claims.
    pub fn changes(&self) -> impl Iterator<Item = (EntityType, Operator)> {
        self.table.iter().map(|(entity, operator)| (*entity, *operator)).filter(|(entity, o)| *o != self.preset.operator(*entity))
    }

    /// What it started from.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// Whether some values are replaced by others that look real.
    pub(crate) fn has_stand_ins(&self) -> bool {
        let stands_in = |entity: &EntityType| matches!(self.of(*entity), Operator::Surrogate | Operator::ShiftDate { .. });
        EntityType::ALL.iter().any(stands_in)
    }
}

/// A table and what it needs to work on a record. Where something is missing, less leaves: without a seed there are
/// placeholders instead of surrogates and shifted dates.
#[derive(Debug, Clone, Default)]
pub struct Plan<'p> {
    /// The table.
    pub operators: Operators,
    /// The secret of the case, for surrogates and shifted dates.
    pub seed: Option<&'p Seed>,
    /// The year of today (AD), for two-digit years and ages over 89; without it the latest year written in the record.
    pub year: Option<i32>,
    /// What of each record the question needs; the rest is left out, and all of a record that has no entry here. None: all of it,
    /// or under [`Preset::MinimumNecessary`] nothing.
    pub needed: Option<&'p [Vec<Span>]>,
}

impl Plan<'_> {
    /// What is needed of the record of this number.
    pub fn needed_of(&self, record: usize) -> Option<&[Span]> {
        self.needed.map(|all| all.get(record).map(Vec::as_slice).unwrap_or_default())
    }
}
