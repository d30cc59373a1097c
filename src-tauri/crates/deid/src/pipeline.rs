//! The way of a record: recognize, resolve, propagate; then transform, scan again, seal.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::case::{is_released, joined, left_open, released};
use crate::codes::outside;
use crate::deidentified::{DeidentifiedPrompt, instruction};
use crate::normalize::Normalized;
use crate::operators::{Applied, Case, Piece, Plan};
use crate::placeholder::{Numbering, Segment};
use crate::propagate::propagate;
use crate::terms::weighed;
use crate::{
    Cancel, Classification, Detection, Encoder, EntityType, Gate, Kind, Leak, Phi, Reading, RecognizeError, Source, Span, Vault,
    recognizers, resolve, special_categories,
};

/// What is known about a text after all finders ran.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// What identifies someone: ordered, without overlaps.
    pub detections: Vec<Detection>,
    /// What kind of record it is; none where the model could not say.
    pub class: Option<Classification>,
    /// Special categories that its words or its class raise.
    pub special: BTreeSet<String>,
    /// Why a finder is missing. What the others found is shown, but nothing may be sent.
    pub incomplete: Option<RecognizeError>,
}

/// Why a prompt was not made. Each of them means that nothing is sent.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum PrepareError {
    /// A finder failed on the record or on the question.
    #[error(transparent)]
    Recognize(#[from] RecognizeError),
    /// After the transformation a recognizer still found something that identifies someone.
    #[error("after de-identification the text still holds what looks like {}; mark it in the record and ask again", .entity.name())]
    Residual {
        /// What it looks like.
        entity: EntityType,
    },
    /// An original still stands in the outgoing text.
    #[error(transparent)]
    Leak(#[from] Leak),
}

/// A record as the reviewer left it.
pub struct Reviewed<'r> {
    /// The record's text.
    pub text: &'r str,
    /// Its detections: ordered, without overlaps.
    pub detections: &'r [Detection],
    /// Where the format says that a code of meaning stands: ordered and apart.
    pub codes: &'r [Span],
    /// Words that a reviewer said are no identifiers.
    pub released: &'r [Phi<String>],
}

/// A transformed record: what would be sent of it, and the way back.
pub struct Transformed {
    /// In reading order.
    pub segments: Vec<Segment>,
    /// The originals.
    pub vault: Vault,
}

/// How often a record that no one reviews is looked at again; what is left then is refused.
const LOOKS: usize = 3;

/// The finders, and the one maker of prompts.
pub struct Pipeline {
    encoder: Result<Arc<dyn Encoder>, RecognizeError>,
}

impl Pipeline {
    /// A pipeline over the local encoder, or over the reason why there is none: then rules alone find, and nothing is sent.
    pub fn new(encoder: Result<Arc<dyn Encoder>, RecognizeError>) -> Self {
        Self { encoder }
    }

    /// Why the local encoder is not usable, if it is not.
    pub fn problem(&self) -> Option<&RecognizeError> {
        self.encoder.as_ref().err()
    }

    /// The local encoder.
    pub fn encoder(&self) -> Result<&Arc<dyn Encoder>, RecognizeError> {
        self.encoder.as_ref().map_err(Clone::clone)
    }

    /// Finds what identifies people in `text` and classifies it. `fields` are what the format itself says, `codes` (ordered and
    /// apart) where it says that nothing identifies.
    pub fn analyse(&self, text: &str, fields: &[Detection], codes: &[Span], cancel: &Cancel) -> Analysis {
        let rules = recognizers::recognize(text);
        let reading = self.read(text, cancel);
        let incomplete = [rules.as_ref().err(), reading.as_ref().err()].into_iter().flatten().next().cloned();
        let class = reading.as_ref().ok().map(|r| r.class);
        let mut found = rules.unwrap_or_default();
        found.extend(reading.map(|r| r.detections).unwrap_or_default());
        found = outside(text, codes, found);
        found.extend_from_slice(fields);
        let (detections, incomplete) = match found_everywhere(text, found) {
            Ok(detections) => (detections, incomplete),
            Err((detections, error)) => (detections, Some(error)),
        };
        Analysis { detections, special: special_categories(text, class.as_ref()), class, incomplete }
    }

    /// What would be sent of a record, without a question.
    pub fn transform(&self, text: &str, detections: &[Detection]) -> Transformed {
        let mut numbering = Numbering::new(text);
        let segments = numbering.segments(text, detections);
        Transformed { segments, vault: numbering.vault().clone() }
    }

    /// What the operators of `plan` make of a record, without a question and without the second look: to be shown, not sent.
    pub fn preview(&self, record: &Reviewed<'_>, plan: &Plan<'_>) -> Applied {
        Case::new(plan, record.text).apply(record.text, record.detections, plan.needed_of(0))
    }

    /// The same for the records of a case: one numbering for all, whichever of them is looked at.
    pub fn preview_case(&self, records: &[Reviewed<'_>], plan: &Plan<'_>) -> Vec<Applied> {
        let mut case = Case::of(plan, records, "");
        (0..).zip(records).map(|(n, record)| case.apply(record.text, record.detections, plan.needed_of(n))).collect()
    }

    /// The de-identified text of a reviewed record, for a file or another program; scanned again like a prompt.
    pub fn deidentify(&self, record: &Reviewed<'_>) -> Result<(String, Vault), PrepareError> {
        let applied = self.deidentify_with(record, &Plan::default())?;
        Ok((applied.text.expose().clone(), applied.vault))
    }

    /// The detections of a record that no one reviews, with what the rules see only when the others are replaced: a label whose
    /// value was two things has one then.
    ///
    /// # Errors
    /// Where the rules cannot look.
    pub fn unattended(&self, record: &Reviewed<'_>, plan: &Plan<'_>) -> Result<Vec<Detection>, RecognizeError> {
        let mut all = record.detections.to_vec();
        for _ in 0..LOOKS {
            let applied = self.preview(&Reviewed { detections: &all, ..*record }, plan);
            let left = left(applied.text.expose(), &settled(&applied.pieces, record.codes, 0), record.released)?;
            if left.is_empty() {
                break;
            }
            let back = |at| moved_back(&applied.pieces, at);
            all.extend(left.into_iter().map(|d| Detection { span: Span::new(back(d.span.start), back(d.span.end)), ..d }));
            all = found_everywhere(record.text, all).map_err(|(_, error)| error)?;
        }
        Ok(all)
    }

    /// The same with the operators of `plan`.
    pub fn deidentify_with(&self, record: &Reviewed<'_>, plan: &Plan<'_>) -> Result<Applied, PrepareError> {
        let mut one = self.deidentify_case(std::slice::from_ref(record), 0..1, plan)?;
        one.pop().ok_or(PrepareError::Recognize(RecognizeError::Cancelled))
    }

    /// The same for the records `about` of a case: no original of any of its records stands in them.
    pub fn deidentify_case(&self, records: &[Reviewed<'_>], about: Range<usize>, plan: &Plan<'_>) -> Result<Vec<Applied>, PrepareError> {
        let applied = self.preview_case(records, plan);
        let gate = gate_of(&applied);
        let released = released(records);
        let meant = applied.into_iter().zip(records).enumerate().filter(|(number, _)| about.contains(number));
        meant
            .map(|(_, (one, record))| {
                scan(one.text.expose(), &settled(&one.pieces, record.codes, 0), &released)?;
                gate.check(one.text.expose().as_bytes())?;
                Ok(one)
            })
            .collect()
    }

    /// Makes the prompt for a question about a reviewed record, with placeholders.
    pub fn prepare(&self, record: &Reviewed<'_>, question: &str) -> Result<(DeidentifiedPrompt, Vault), PrepareError> {
        self.prepare_with(record, question, &Plan::default())
    }

    /// Makes the prompt with the operators of `plan`.
    pub fn prepare_with(
        &self,
        record: &Reviewed<'_>,
        question: &str,
        plan: &Plan<'_>,
    ) -> Result<(DeidentifiedPrompt, Vault), PrepareError> {
        self.prepare_case(std::slice::from_ref(record), 0..1, question, plan)
    }

    /// Makes the prompt for a question about the records `about` of a case: the only way to a [`DeidentifiedPrompt`]. All records
    /// of the case take part in the numbering and in the last look; the vault is that of the records asked about.
    pub fn prepare_case(
        &self,
        records: &[Reviewed<'_>],
        about: Range<usize>,
        question: &str,
        plan: &Plan<'_>,
    ) -> Result<(DeidentifiedPrompt, Vault), PrepareError> {
        let released = released(records);
        let asked = self.in_question(records, &released, question)?;
        let mut case = Case::of(plan, records, question);
        let mut all: Vec<Applied> =
            (0..).zip(records).map(|(n, record)| case.apply(record.text, record.detections, plan.needed_of(n))).collect();
        all.push(case.apply_whole(question, &asked));
        let several = about.len() > 1;
        let meant = all.iter().zip(records).enumerate().filter(|(number, _)| about.contains(number)).map(|(_, meant)| meant);
        let headed = (1..).zip(meant).map(|(number, (one, record))| {
            // No name of a file: it identifies.
            let heading = if several { format!("Record {number}:\n") } else { "Record:\n".to_owned() };
            (heading, one, record.codes)
        });
        let nothing: &[Span] = &[];
        let asked = all.last().map(|one| ("Question: ".to_owned(), one, nothing));
        let (mut content, mut known, mut vault) = (String::new(), Vec::new(), Vault::default());
        for (heading, one, codes) in headed.chain(asked) {
            content += if content.is_empty() { "" } else { "\n\n" };
            content += &heading;
            known.extend(settled(&one.pieces, codes, content.len()));
            content += one.text.expose();
            vault.absorb(one.vault.clone());
        }
        scan(&content, &known, &released)?;
        let gate = gate_of(&all);
        gate.check(content.as_bytes())?;
        Ok((DeidentifiedPrompt::seal(instruction(&plan.operators), content, gate), vault))
    }

    /// What the model says, weighed by what else its words may be. Where letters or digits hide it also reads the text as a person does, and says of that what kind it is.
    fn read(&self, text: &str, cancel: &Cancel) -> Result<Reading, RecognizeError> {
        let encoder = self.encoder()?;
        let mut reading = encoder.read(text, cancel)?;
        let view = Normalized::new(text);
        if view.hides() {
            let plain = encoder.read(view.text(), cancel)?;
            let back = plain.detections.into_iter().map(|d| Detection { span: view.original(d.span), ..d });
            reading.detections.extend(back);
            reading.class = plain.class;
        }
        reading.detections = weighed(text, reading.detections);
        Ok(reading)
    }

    /// What identifies people in the question: its own findings, and what the records already know.
    fn in_question(&self, records: &[Reviewed<'_>], released: &[Phi<String>], question: &str) -> Result<Vec<Detection>, PrepareError> {
        let mut found = recognizers::recognize(question)?;
        found.extend(self.read(question, &Cancel::default())?.detections);
        let (mut both, known, _) = joined(records);
        both.push('\n');
        let offset = both.len();
        both += question;
        let known = propagate(&both, &known)?.into_iter().filter(|d| d.span.start >= offset);
        found.extend(known.map(|d| Detection { span: Span::new(d.span.start - offset, d.span.end - offset), ..d }));
        found.retain(|d| !is_released(d.span.of(question), released));
        Ok(resolve(question, found))
    }
}

/// The gate for every original of a case.
fn gate_of(applied: &[Applied]) -> Gate {
    let mut all = Vault::default();
    applied.iter().for_each(|one| all.absorb(one.vault.clone()));
    Gate::new(&all)
}

/// Resolves, and repeats what was found over the whole record.
pub fn found_everywhere(text: &str, found: Vec<Detection>) -> Result<Vec<Detection>, (Vec<Detection>, RecognizeError)> {
    let mut resolved = resolve(text, found);
    for repeat in [propagate, left_open] {
        match repeat(text, &resolved) {
            Ok(repeated) if repeated.is_empty() => {}
            Ok(repeated) => {
                resolved.extend(repeated);
                resolved = resolve(text, resolved);
            }
            Err(error) => return Err((resolved, error)),
        }
    }
    Ok(resolved)
}

/// What needs no second look, moved on by `at`: what an operator treated, and the codes, where they stand now.
fn settled(pieces: &[Piece], codes: &[Span], at: usize) -> Vec<Span> {
    let mut spans: Vec<Span> = pieces.iter().filter(|piece| piece.is_settled()).map(|piece| piece.new).collect();
    let mut before = 0;
    for code in codes {
        before += pieces.get(before..).unwrap_or_default().iter().take_while(|piece| piece.original.end <= code.start).count();
        let touched = pieces.get(before).is_some_and(|piece| piece.original.overlaps(code));
        let (was, is) = before.checked_sub(1).and_then(|last| pieces.get(last)).map_or((0, 0), |p| (p.original.end, p.new.end));
        if !touched {
            spans.push(Span::new(code.start - was + is, code.end - was + is));
        }
    }
    spans.sort_by_key(|span| (span.start, span.end));
    spans.into_iter().map(|span| Span::new(span.start + at, span.end + at)).collect()
}

/// The rules look at the text once more: nothing may be left.
fn scan(content: &str, settled: &[Span], released: &[Phi<String>]) -> Result<(), PrepareError> {
    match left(content, settled, released)?.first() {
        Some(found) => Err(PrepareError::Residual { entity: found.entity }),
        None => Ok(()),
    }
}

/// What the rules surely find in a transformed text. `settled` are the spans that were treated, ordered: what touches one of them
/// is known.
fn left(content: &str, settled: &[Span], released: &[Phi<String>]) -> Result<Vec<Detection>, RecognizeError> {
    let sure = |d: &Detection| d.entity.kind() == Kind::Direct && d.confidence >= 0.8 && matches!(d.source, Source::Rule(_));
    let known = |d: &Detection| {
        // Spans are ordered: the first one that ends behind the finding's start is the only one that can touch it first.
        let next = settled.partition_point(|p| p.end <= d.span.start);
        settled.get(next).is_some_and(|p| p.overlaps(&d.span)) || is_released(d.span.of(content), released)
    };
    let mut found = recognizers::recognize(content)?;
    found.retain(|d| sure(d) && !known(d));
    Ok(found)
}

/// Where a place of the transformed text stood in the record.
fn moved_back(pieces: &[Piece], at: usize) -> usize {
    let before = pieces.partition_point(|piece| piece.new.end <= at);
    let (was, is) = before.checked_sub(1).and_then(|last| pieces.get(last)).map_or((0, 0), |p| (p.original.end, p.new.end));
    at - is + was
}
