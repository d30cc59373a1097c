//! Which operator each entity type gets: presets, tables that a person made and named, and how dates go into questions.

use std::collections::BTreeMap;

use audit::Action;
use deid::{Detection, EntityType, Grain, Operator, Operators, Preset};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::error::{Error, Result};
use crate::session::{Cordon, Session, label, store_problem};
use crate::view::{ExportRequest, PresetView};

/// Where the tables and the choice for questions are kept among the settings.
const TABLES: &str = "operators";
const DATES: &str = "dates_in_questions";
const SCOPE: &str = "scope_of_questions";

const LONGEST_NAME: usize = 80;

/// A table of operators that a person made and named.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableView {
    /// What it is called.
    pub name: String,
    /// The preset that it started from.
    pub preset: String,
    /// Entity type and operator where it differs.
    pub changes: BTreeMap<String, String>,
}

/// An entity type of a record, and what may be written in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TypeChoice {
    /// The entity type.
    pub entity: String,
    /// How many of it were found.
    pub count: u32,
    /// The operator that it gets.
    pub operator: String,
    /// The operators that fit it.
    pub choices: Vec<String>,
}

/// How dates go into a question. Everything else goes as a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Dates {
    /// As placeholders.
    #[default]
    Placeholders,
    /// Moved by the same days in a record or a case: intervals stay.
    Shifted,
    /// Moved by whole weeks: weekdays stay too.
    ShiftedWeeks,
}

/// How much of the records goes with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All of it.
    #[default]
    Whole,
    /// The passages that fit the question (45 CFR 164.502(b), minimum necessary); where none does, nothing is sent.
    Fitting,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    operators: Operators,
}

/// Every preset that needs no question, with what it claims.
pub fn presets() -> Vec<PresetView> {
    let offered = Preset::ALL.into_iter().filter(|preset| *preset != Preset::MinimumNecessary);
    offered.map(|preset| PresetView { id: preset_name(preset), claims: preset.claims().into() }).collect()
}

impl ExportRequest {
    /// The request that a table in a file asks for; `docs/operators.md` describes the file.
    ///
    /// # Errors
    /// Where it is no table, or one that may not be.
    pub fn of_file(json: &str, own_format: bool) -> Result<ExportRequest> {
        let table: Operators = serde_json::from_str(json).map_err(|e| Error::invalid(format!("the table of operators: {e}")))?;
        Ok(ExportRequest { preset: preset_name(table.preset()), changes: changes(&table), own_format })
    }

    /// By which rule it is written: the preset, and what differs from it.
    pub fn rule(&self) -> String {
        let changes = self.changes.iter().map(|(entity, operator)| format!("+{entity}={operator}"));
        std::iter::once(self.preset.clone()).chain(changes).collect()
    }
}

/// The table that a request asks for.
pub(crate) fn table(preset: &str, changes: &BTreeMap<String, String>) -> Result<Operators> {
    let preset: Preset =
        serde_json::from_value(preset.into()).map_err(|_| Error::invalid("there is no such preset; choose one from the list"))?;
    changes.iter().try_fold(Operators::from(preset), |all, (entity, word)| {
        let entity = EntityType::parse(entity).ok_or_else(|| Error::invalid("this entity type is not known"))?;
        let operator = Operator::ALL.into_iter().find(|operator| name(*operator) == word);
        let operator = operator.ok_or_else(|| Error::invalid("this operator is not known"))?;
        all.with(entity, operator).map_err(|e| Error::invalid(e.to_string()))
    })
}

/// What the table claims, and its name in the log.
pub(crate) fn claims(table: &Operators) -> (String, String) {
    let preset = preset_name(table.preset());
    if table.changes().next().is_none() {
        return (table.preset().claims().into(), preset);
    }
    ("Changed: claims nothing. What the preset says about the law does not hold for this table.".into(), format!("{preset}/changed"))
}

/// The entity types of records with what the table does to them.
pub(crate) fn types<'d>(table: &Operators, detections: impl Iterator<Item = &'d Detection>) -> Vec<TypeChoice> {
    let mut counts = BTreeMap::<EntityType, u32>::new();
    detections.for_each(|d| *counts.entry(d.entity).or_default() += 1);
    let choice = |(entity, count): (EntityType, u32)| TypeChoice {
        entity: entity.name().into(),
        count,
        operator: name(table.of(entity)).into(),
        choices: table.choices(entity).into_iter().map(|operator| name(operator).to_owned()).collect(),
    };
    counts.into_iter().map(choice).collect()
}

fn changes(table: &Operators) -> BTreeMap<String, String> {
    table.changes().map(|(entity, operator)| (entity.name().to_owned(), name(operator).to_owned())).collect()
}

fn preset_name(preset: Preset) -> String {
    serde_json::to_value(preset).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// An operator in requests.
fn name(operator: Operator) -> &'static str {
    match operator {
        Operator::Placeholder => "placeholder",
        Operator::Keep => "keep",
        Operator::Redact => "redact",
        Operator::Mask => "mask",
        Operator::Surrogate => "surrogate",
        Operator::ShiftDate { keep_weekday: false } => "shift_date",
        Operator::ShiftDate { keep_weekday: true } => "shift_date_by_weeks",
        Operator::Generalize(Grain::Year) => "year",
        Operator::Generalize(Grain::Quarter) => "quarter",
        Operator::Generalize(Grain::Month) => "month",
        Operator::Generalize(Grain::Over89) => "over89",
        Operator::Generalize(Grain::FiveYears) => "five_years",
        Operator::Generalize(Grain::TenYears) => "ten_years",
        Operator::Generalize(Grain::Zip3) => "zip3",
        Operator::Generalize(Grain::State) => "state",
    }
}

impl Cordon {
    /// The tables that a person made, by name.
    pub async fn tables(&self) -> Result<Vec<TableView>> {
        let kept = self.session().await?.tables().await?;
        let view = |Kept { name, operators }| TableView { name, preset: preset_name(operators.preset()), changes: changes(&operators) };
        Ok(kept.into_iter().map(view).collect())
    }

    /// Keeps a table under a name, in place of the one of that name.
    pub async fn save_table(&self, called: &str, request: &ExportRequest) -> Result<Vec<TableView>> {
        let (session, called) = (self.session().await?, called.trim());
        if called.is_empty() || called.chars().count() > LONGEST_NAME {
            return Err(Error::invalid("the name has to have 1 to 80 characters"));
        }
        let mut all = session.tables().await?;
        all.retain(|kept| kept.name != called);
        all.push(Kept { name: called.to_owned(), operators: table(&request.preset, &request.changes)? });
        all.sort_by_key(|kept| kept.name.to_lowercase());
        session.keep(TABLES, &all).await?;
        self.tables().await
    }

    /// Forgets a table.
    pub async fn delete_table(&self, called: &str) -> Result<Vec<TableView>> {
        let session = self.session().await?;
        let mut all = session.tables().await?;
        all.retain(|kept| kept.name != called);
        session.keep(TABLES, &all).await?;
        self.tables().await
    }

    /// How much of the records goes with a question.
    pub async fn question_scope(&self) -> Result<Scope> {
        self.session().await?.scope().await
    }

    /// Chooses how much of the records goes with questions from now on.
    pub async fn set_question_scope(&self, scope: Scope) -> Result<()> {
        let session = self.session().await?;
        let name = match scope {
            Scope::Whole => "whole",
            Scope::Fitting => "fitting",
        };
        session.log(None, Action::ScopeChosen { scope: label(name)? }).await?;
        session.keep(SCOPE, &scope).await
    }

    /// Chooses how dates go into questions. What was approved with the dates of before is no longer what would be sent.
    pub async fn set_dates(&self, dates: Dates) -> Result<()> {
        let session = self.session().await?;
        session.log(None, Action::DatesChosen { dates: label(dates.name())? }).await?;
        session.keep(DATES, &dates).await
    }
}

impl Session {
    async fn tables(&self) -> Result<Vec<Kept>> {
        self.kept(TABLES).await
    }

    pub(crate) async fn scope(&self) -> Result<Scope> {
        self.kept(SCOPE).await
    }

    /// How dates go into questions.
    pub(crate) async fn dates(&self) -> Result<Dates> {
        self.kept(DATES).await
    }

    async fn keep(&self, key: &str, value: &impl Serialize) -> Result<()> {
        let json = serde_json::to_string(value).map_err(|e| Error::invalid(e.to_string()))?;
        self.store.set_setting(key, &json).await.map_err(store_problem)
    }

    async fn kept<T: serde::de::DeserializeOwned + Default>(&self, key: &str) -> Result<T> {
        let json = self.store.setting(key).await.map_err(store_problem)?;
        json.map_or_else(|| Ok(T::default()), |json| serde_json::from_str(&json).map_err(|_| crate::session::damaged_row()))
    }
}

impl Dates {
    /// The name in the log and beside an approval.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Dates::Placeholders => "placeholders",
            Dates::Shifted => "shifted",
            Dates::ShiftedWeeks => "shifted_weeks",
        }
    }

    pub(crate) fn operators(self) -> Operators {
        let shifted = |keep_weekday| Operators::default().with(EntityType::Date, Operator::ShiftDate { keep_weekday });
        // A table that could not be made would leave placeholders, which say less.
        match self {
            Dates::Placeholders => Operators::default(),
            Dates::Shifted => shifted(false).unwrap_or_default(),
            Dates::ShiftedWeeks => shifted(true).unwrap_or_default(),
        }
    }
}
