//! Cases: records of one patient or client that share their placeholders, so that a question can span them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use audit::Action;
use deid::{Encoder, Phi, Span};
use policy::{Decision, ProviderFacts};
use serde::Serialize;
use specta::Type;
use store::CaseRow;
use uuid::Uuid;

use crate::engine::stopped;
use crate::error::{Error, ErrorCode, Result};
use crate::passages;
use crate::session::{Cordon, Open, Session, label, parse_id, store_problem};
use crate::view::{DecisionView, Exchange, RecordSummary};

const LONGEST_NAME: usize = 120;

/// A case in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseSummary {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
}

/// A case, open.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CaseView {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its records, in the order of their numbers in a prompt.
    pub records: Vec<RecordSummary>,
    /// Where questions over all of them may go; none where it has no records.
    pub decision: Option<DecisionView>,
    /// Questions and answers so far.
    pub exchanges: Vec<Exchange>,
}

/// Records that share a placeholder map: those of a case, or one alone; and which of them are meant.
#[derive(Clone)]
pub(crate) struct Folder {
    /// The case; none for a record alone.
    pub case: Option<Uuid>,
    /// All of them, in the order of their numbers; what is found in one is found in all.
    pub records: Vec<Open>,
    /// Those that are meant.
    pub about: Range<usize>,
    /// Whether the case as such is meant, not a record of it.
    pub whole: bool,
}

impl Folder {
    /// The records that are meant; never none.
    pub fn meant(&self) -> &[Open] {
        self.records.get(self.about.clone()).unwrap_or_default()
    }

    /// The case where it as such is meant.
    pub fn asked_case(&self) -> Option<Uuid> {
        self.case.filter(|_| self.whole)
    }

    /// What the dates and surrogates are drawn for.
    pub fn owner(&self) -> Result<Uuid> {
        match (self.case, self.meant()) {
            (Some(case), _) => Ok(case),
            (None, [open, ..]) => parse_id(&open.id),
            (None, []) => Err(empty()),
        }
    }

    /// The ids of the records that are meant.
    pub fn ids(&self) -> Vec<String> {
        self.meant().iter().map(|open| open.id.clone()).collect()
    }

    /// What a question needs of each record; nothing of those that are not meant.
    pub fn needed(&self, encoder: &dyn Encoder, question: &str) -> Result<Vec<Vec<Span>>> {
        let texts: Vec<&str> = self.meant().iter().map(|open| open.text.expose().as_str()).collect();
        let found = passages::needed(encoder, &texts, question).map_err(|e| crate::ask::model_problem(&e))?;
        if found.iter().all(Vec::is_empty) {
            let hint = "send the whole record, or ask in other words";
            return Err(Error::new(ErrorCode::NotFound, "no passage fits the question", hint));
        }
        let mut needed = vec![Vec::new(); self.about.start];
        needed.extend(found);
        Ok(needed)
    }

    /// Does something with the records as the pipeline takes them.
    pub fn reviewed<T>(&self, work: impl FnOnce(&[deid::Reviewed<'_>]) -> T) -> T {
        let words = |open: &Open| open.reviewed.released.iter().map(|(_, words)| words.clone()).collect::<Vec<_>>();
        let released: Vec<Vec<Phi<String>>> = self.records.iter().map(words).collect();
        let reviewed = self.records.iter().zip(&released).map(|(open, released)| deid::Reviewed {
            text: open.text.expose(),
            detections: &open.reviewed.detections,
            codes: &open.row.codes,
            released,
        });
        work(&reviewed.collect::<Vec<_>>())
    }
}

impl Cordon {
    /// All cases, by name.
    pub async fn list_cases(&self) -> Result<Vec<CaseSummary>> {
        let cases = self.session().await?.store.cases().await.map_err(store_problem)?;
        Ok(cases.into_iter().map(|case| CaseSummary { id: case.id.to_string(), name: case.name.expose().clone() }).collect())
    }

    /// Makes a case of records.
    pub async fn make_case(&self, name: &str, records: &[String]) -> Result<CaseView> {
        let case = CaseRow { id: Uuid::now_v7(), name: named(name)? };
        self.session().await?.store.make_case(&case).await.map_err(store_problem)?;
        self.put_into_case(&case.id.to_string(), records).await
    }

    /// Gives a case another name.
    pub async fn rename_case(&self, id: &str, name: &str) -> Result<CaseView> {
        let session = self.session().await?;
        session.store.rename_case(parse_case(id)?, &named(name)?).await.map_err(store_problem)?;
        self.open_case(id).await
    }

    /// Dissolves a case: its records stay, the questions to it go.
    pub async fn dissolve_case(&self, id: &str) -> Result<()> {
        let session = self.session().await?;
        self.cancel_ask(id);
        let case = parse_case(id)?;
        session.log(None, Action::CaseDissolved { case: label(id)? }).await?;
        session.store.dissolve_case(case).await.map_err(store_problem)
    }

    /// Puts records into a case, out of any other.
    pub async fn put_into_case(&self, id: &str, records: &[String]) -> Result<CaseView> {
        let session = self.session().await?;
        let case = parse_case(id)?;
        session.store.case(case).await.map_err(store_problem)?.ok_or_else(|| Error::not_found("case"))?;
        for record in records {
            session.log(Some(record), Action::PutIntoCase { case: label(id)? }).await?;
            session.store.set_case(parse_id(record)?, Some(case)).await.map_err(store_problem)?;
        }
        self.open_case(id).await
    }

    /// Takes records out of their case.
    pub async fn take_out_of_case(&self, records: &[String]) -> Result<()> {
        let session = self.session().await?;
        for record in records {
            let uuid = parse_id(record)?;
            let row = session.store.record(uuid).await.map_err(store_problem)?.ok_or_else(|| Error::not_found("record"))?;
            let Some(case) = row.case else { continue };
            session.log(Some(record), Action::TakenOutOfCase { case: label(&case.to_string())? }).await?;
            session.store.set_case(uuid, None).await.map_err(store_problem)?;
        }
        Ok(())
    }

    /// One case.
    pub async fn open_case(&self, id: &str) -> Result<CaseView> {
        let session = self.session().await?;
        let uuid = parse_case(id)?;
        let case = session.store.case(uuid).await.map_err(store_problem)?.ok_or_else(|| Error::not_found("case"))?;
        let folder = self.case_folder(&session, uuid).await?;
        let provider = session.selected_facts().await?;
        let lane = |open: &Open| crate::engine::lane(self.decide(open, provider.clone()).lane);
        let reviewed = folder.records.iter().all(Open::is_reviewed);
        Ok(CaseView {
            id: id.to_owned(),
            name: case.name.expose().clone(),
            records: folder.records.iter().map(|open| crate::records::summary(open, lane(open))).collect(),
            decision: self.decide_all(&folder.records, provider.clone()).map(|d| crate::engine::decision_view(&d, reviewed)),
            exchanges: session.exchanges_of_case(uuid).await?,
        })
    }

    /// A record with all that shares its placeholders.
    pub(crate) async fn folder(&self, session: &Session, id: &str) -> Result<Folder> {
        let open = self.alone(session, id).await?;
        let Some(case) = open.row.case else {
            return Ok(Folder { case: None, records: vec![open], about: 0..1, whole: false });
        };
        let folder = self.case_folder(session, case).await?;
        let at = folder.records.iter().position(|one| one.id == open.id).ok_or_else(|| Error::not_found("record"))?;
        Ok(Folder { about: at..at + 1, whole: false, ..folder })
    }

    /// All records of a case.
    pub(crate) async fn case_folder(&self, session: &Session, case: Uuid) -> Result<Folder> {
        let mut records = Vec::new();
        for id in session.store.records_of_case(case).await.map_err(store_problem)? {
            records.push(self.alone(session, &id.to_string()).await?);
        }
        let mut folder = Folder { case: Some(case), about: 0..records.len(), records, whole: true };
        let for_work = folder.clone();
        let found = tokio::task::spawn_blocking(move || for_work.reviewed(deid::found_in_case));
        let found = found.await.map_err(stopped)?.map_err(|e| Error::new(ErrorCode::Internal, e.to_string(), ""))?;
        for (open, detections) in folder.records.iter_mut().zip(found) {
            open.reviewed.detections = detections;
        }
        Ok(folder)
    }

    /// A record with its edits replayed, and with what the other records of its case know.
    pub(crate) async fn opened(&self, session: &Session, id: &str) -> Result<Open> {
        let mut folder = self.folder(session, id).await?;
        let at = folder.about.start;
        if at < folder.records.len() { Ok(folder.records.swap_remove(at)) } else { Err(Error::not_found("record")) }
    }

    /// Records in the order of `ids`; each case is put together once.
    pub(crate) async fn opened_all(&self, session: &Session, ids: &[Uuid]) -> Result<Vec<Open>> {
        let mut cases: HashMap<Uuid, Vec<Open>> = HashMap::new();
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            let open = self.alone(session, &id.to_string()).await?;
            let Some(case) = open.row.case else {
                all.push(open);
                continue;
            };
            if let Entry::Vacant(unread) = cases.entry(case) {
                unread.insert(self.case_folder(session, case).await?.records);
            }
            all.push(cases.get(&case).and_then(|records| records.iter().find(|one| one.id == open.id)).cloned().unwrap_or(open));
        }
        Ok(all)
    }

    /// Where a question over all of these may go: what the strictest of their decisions says. None where there are none.
    pub(crate) fn decide_all(&self, records: &[Open], provider: Option<ProviderFacts>) -> Option<Decision> {
        let decisions: Vec<Decision> = records.iter().map(|open| self.decide(open, provider.clone())).collect();
        let mut strictest = decisions.iter().max_by_key(|decision| decision.lane)?.clone();
        for rule in decisions.into_iter().filter(|d| d.lane == strictest.lane).flat_map(|d| d.rules) {
            if !strictest.rules.iter().any(|known| known.id == rule.id) {
                strictest.rules.push(rule);
            }
        }
        Some(strictest)
    }
}

pub(crate) fn empty() -> Error {
    Error::invalid("this case has no records")
}

pub(crate) fn parse_case(id: &str) -> Result<Uuid> {
    Uuid::parse_str(id).map_err(|_| Error::not_found("case"))
}

fn named(name: &str) -> Result<Phi<String>> {
    match name.trim() {
        "" => Err(Error::invalid("the case has no name")),
        name => Ok(Phi::new(name.chars().take(LONGEST_NAME).collect())),
    }
}
