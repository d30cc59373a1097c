//! De-identified text for a file or another program, without storing anything.

use std::collections::{BTreeMap, BTreeSet};

use deid::{Analysis, Cancel, Reviewed, Seed};
use formats::Record;

use crate::engine::{Circumstances, Engine, decision_view, stopped};
use crate::error::{Error, ErrorCode, Result};
use crate::export;
use crate::jsonl::{self, Class};
use crate::view::{DecisionView, ExportRequest};

/// A record without what identifies people.
pub struct Redacted {
    /// The de-identified text.
    pub text: String,
    /// The record in its own format, where that was asked for, and how such files are called.
    pub file: Option<(Vec<u8>, String)>,
    /// Its class.
    pub class: Option<Class>,
    /// How many of each entity type.
    pub counts: BTreeMap<&'static str, u32>,
    /// Where questions about it may go.
    pub decision: DecisionView,
    /// What the reader left out or could not read.
    pub notes: Vec<String>,
    /// Placeholder and original.
    pub vault: Vec<(String, String)>,
}

impl Engine {
    /// De-identifies a record that was read from `bytes`. Where a finder is missing there is no result: half-found is not
    /// de-identified. Without a `seed` there are placeholders where the preset asks for surrogates.
    pub(crate) async fn redact(
        &self,
        record: &Record,
        (bytes, name): (&[u8], &str),
        request: &ExportRequest,
        seed: Option<Seed>,
        provider: Option<policy::ProviderFacts>,
    ) -> Result<Redacted> {
        let operators = crate::operators::table(&request.preset, &request.changes)?;
        let mut analysis = self.analyse(record, Cancel::default()).await?;
        if let Some(problem) = &analysis.incomplete {
            return Err(Error::new(ErrorCode::Model, problem.to_string(), "nothing was written, because detection would be incomplete"));
        }
        let (pipeline, record_of, detections) = (self.pipeline.clone(), record.clone(), analysis.detections.clone());
        let made = tokio::task::spawn_blocking(move || -> std::result::Result<_, deid::PrepareError> {
            let Record { text, codes, .. } = &record_of;
            let plan = export::plan(operators, seed.as_ref());
            let reviewed = Reviewed { text: text.expose(), detections: &detections, codes, released: &[] };
            match pipeline.deidentify_with(&reviewed, &plan) {
                Err(deid::PrepareError::Residual { .. }) => {
                    let detections = pipeline.unattended(&reviewed, &plan)?;
                    Ok((pipeline.deidentify_with(&Reviewed { detections: &detections, ..reviewed }, &plan)?, detections))
                }
                applied => applied.map(|applied| (applied, detections)),
            }
        });
        let made = made.await.map_err(stopped)?.map_err(|e| Error::new(ErrorCode::NotAllowed, e.to_string(), ""))?;
        let applied;
        (applied, analysis.detections) = made;
        let mut notes: Vec<String> = record.notes.iter().map(ToString::to_string).collect();
        let file = if request.own_format {
            let written = self.write_back(bytes.to_vec(), name, record.text.expose(), &export::edits(&applied)).await;
            let written = written.map_err(|e| Error::new(ErrorCode::NotAllowed, e.to_string(), "leave --own-format out"))?;
            notes.extend(written.notes.iter().map(ToString::to_string));
            Some((written.bytes, export::extension(written.format.name(), name).to_owned()))
        } else {
            None
        };
        let decision = self.decide(
            analysis.class,
            &analysis.special,
            &Circumstances {
                provider,
                released: BTreeSet::new(),
                reviewed: false,
                complete: true,
                unread: record.notes.iter().any(formats::Note::incomplete),
                detections: &analysis.detections,
            },
        );
        let mut vault: Vec<_> = applied.vault.entries().map(|e| (e.placeholder.clone(), e.original.expose().clone())).collect();
        vault.sort();
        Ok(Redacted {
            text: applied.text.expose().clone(),
            file,
            class: jsonl::class(&analysis),
            counts: counts(&analysis),
            decision: decision_view(&decision, false),
            notes,
            vault,
        })
    }
}

/// How many of each entity type were found.
pub fn counts(analysis: &Analysis) -> BTreeMap<&'static str, u32> {
    let mut counts = BTreeMap::new();
    for detection in &analysis.detections {
        *counts.entry(detection.entity.name()).or_default() += 1;
    }
    counts
}
