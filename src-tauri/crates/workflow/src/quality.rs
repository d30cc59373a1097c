//! How good the finders are on records whose identifiers are known: per type with intervals, per document, calibration, speed.
//!
//! Counts are over letters and digits: what stands between them identifies nobody. An identifier is covered when all of its
//! letters and digits are, by detections of any type.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use deid::{Analysis, Cancel, Detection, EntityType, Kind, Pipeline, RecordClass, Span};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::engine::Engine;
use crate::error::{Error, ErrorCode, Result};
use crate::session::Cordon;

/// Documents with at most this many identifiers are also counted apart: a long one is nearly never wholly clean.
const FEW: usize = 10;
const BINS: usize = 10;
/// Groups with fewer identifiers say nothing.
const SMALLEST_GROUP: u32 = 10;

/// A record whose identifiers are known; positions count characters (Unicode scalar values).
#[derive(Deserialize)]
struct Gold {
    text: String,
    spans: Vec<GoldSpan>,
    class: Option<String>,
    /// Only some of its identifiers are labelled: it counts for recall alone.
    #[serde(default)]
    partial: bool,
    /// What it is an example of, such as `caps` or `origin:slavic` (which counts names alone).
    #[serde(default)]
    subgroup: Vec<String>,
}

#[derive(Deserialize)]
struct GoldSpan {
    start: usize,
    end: usize,
    label: String,
}

/// A share with its 95 % interval (Wilson).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// How many are so.
    pub hit: u32,
    /// Of how many.
    pub of: u32,
    /// Lower end, in [0, 1].
    pub low: f64,
    /// Upper end, in [0, 1].
    pub high: f64,
}

/// Something that was counted, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NamedShare {
    /// An entity type or a group of records.
    pub name: String,
    /// Identifiers that are wholly covered, whatever they were taken for.
    pub covered: Share,
    /// And taken for what they are.
    pub labelled: Share,
}

/// Claims of one strength, and how many of them were right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Bin {
    /// Mean of the confidences, in [0, 1].
    pub confidence: f64,
    /// How many were right.
    pub right: u32,
    /// Of how many.
    pub of: u32,
}

/// Whether a confidence is a probability.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Calibration {
    /// Tenths of [0, 1].
    pub bins: Vec<Bin>,
    /// Expected calibration error, in [0, 1].
    pub error: f64,
}

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct QualityReport {
    /// Records read.
    pub records: u32,
    /// Lines that are no record with known identifiers.
    pub unread: u32,
    /// Identifiers wholly covered.
    pub identifiers: Share,
    /// Those that identify by themselves.
    pub direct: Share,
    /// Letters and digits of identifiers that are covered.
    pub characters: Share,
    /// Covered letters and digits that belong to an identifier.
    pub precision: Share,
    /// Records with identifiers of which none is left.
    pub clean: Share,
    /// The same, of records with at most ten identifiers.
    pub clean_few: Share,
    /// Records without identifiers in which something was covered.
    pub harmless_touched: Share,
    /// Their letters and digits that were covered.
    pub harmless_characters: Share,
    /// Records of the right class.
    pub class: Share,
    /// Records of the right domain.
    pub domain: Share,
    /// By entity type.
    pub types: Vec<NamedShare>,
    /// By group of records.
    pub groups: Vec<NamedShare>,
    /// Of detections: right where they touch an identifier.
    pub detections: Calibration,
    /// Of the record's class.
    pub classes: Calibration,
    /// Words a second.
    pub words_per_second: f64,
    /// Median time of a record, ms.
    pub median_ms: f64,
    /// 95th percentile of the time of a record, ms.
    pub slow_ms: f64,
}

/// An identifier that was left, or words that were covered though they are none: for the one who looks for the reason.
pub struct Fault {
    /// Whether it was left (else it was covered for nothing).
    pub missed: bool,
    /// The line, from 1.
    pub line: u32,
    /// The entity type, of the gold or of the detection.
    pub label: String,
    /// The words and a little of what stands around them: of the record, so for this machine alone.
    pub words: String,
}

impl Engine {
    /// Measures on lines `{"text", "spans": [{"start", "end", "label"}], "class"?, "subgroup"?, "partial"?}`. `tell` hears how
    /// many records are done; `fault` hears each error.
    pub fn evaluate(&self, input: impl BufRead, tell: &mut dyn FnMut(u32), fault: &mut dyn FnMut(Fault)) -> Result<QualityReport> {
        measure(&self.pipeline, input, &Cancel::default(), tell, fault)
    }
}

impl Cordon {
    /// Measures on a file. It takes the place of an import: stopping that stops this.
    pub async fn evaluate(&self, path: &Path, mut tell: impl FnMut(u32) + Send + 'static) -> Result<QualityReport> {
        let (pipeline, path, cancel) = (self.engine().pipeline.clone(), path.to_owned(), self.begin_import());
        let measured = tokio::task::spawn_blocking(move || {
            let file = File::open(path).map_err(|e| Error::unreadable(e.kind().to_string()))?;
            measure(&pipeline, BufReader::new(file), &cancel, &mut tell, &mut |_| {})
        });
        measured.await.map_err(crate::engine::stopped)?
    }
}

fn measure(
    pipeline: &Pipeline,
    input: impl BufRead,
    cancel: &Cancel,
    tell: &mut dyn FnMut(u32),
    fault: &mut dyn FnMut(Fault),
) -> Result<QualityReport> {
    if let Some(problem) = pipeline.problem() {
        return Err(Error::new(ErrorCode::Model, format!("without the model there is nothing to measure: {problem}"), ""));
    }
    let mut count = Count::default();
    for (number, line) in (1..).zip(input.lines()) {
        cancel.check().map_err(|_| Error::new(ErrorCode::Cancelled, "the measurement was cancelled", ""))?;
        let line = line.map_err(|e| Error::unreadable(e.kind().to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let Some((gold, spans)) =
            serde_json::from_str::<Gold>(&line).ok().and_then(|gold| placed(&gold.text, &gold.spans).map(|s| (gold, s)))
        else {
            count.unread += 1;
            continue;
        };
        let start = Instant::now();
        let analysis = analysed(pipeline, &gold.text, cancel);
        count.add(number, &gold, &spans, &analysis, start.elapsed(), fault);
        tell(count.records);
    }
    if count.records == 0 {
        let hint = "each line has to be {\"text\": ..., \"spans\": [{\"start\", \"end\", \"label\"}]}, positions in characters";
        return Err(Error::new(ErrorCode::Unsupported, "no line of this file is a record with known identifiers", hint));
    }
    Ok(count.report())
}

/// As a record that is dropped: what a format says of its own text counts too.
fn analysed(pipeline: &Pipeline, text: &str, cancel: &Cancel) -> Analysis {
    match formats::read(text.as_bytes(), "", &formats::Limits::default()) {
        Ok(record) if record.text.expose() == text => pipeline.analyse(text, &record.fields, &record.codes, cancel),
        _ => pipeline.analyse(text, &[], &[], cancel),
    }
}

/// The byte spans of the gold, if they lie in the text.
fn placed(text: &str, spans: &[GoldSpan]) -> Option<Vec<Span>> {
    let at: Vec<usize> = text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect();
    spans.iter().map(|s| Some(Span::new(*at.get(s.start)?, *at.get(s.end).filter(|_| s.start < s.end)?))).collect()
}

/// Letters and digits of a span, by their bytes.
fn alnum(text: &str, span: Span) -> impl Iterator<Item = usize> {
    span.of(text).char_indices().filter(|(_, c)| c.is_alphanumeric()).map(move |(at, _)| span.start + at)
}

#[derive(Default)]
struct Count {
    records: u32,
    unread: u32,
    words: u64,
    times: Vec<Duration>,
    identifiers: [u32; 2],
    direct: [u32; 2],
    characters: [u32; 2],
    precision: [u32; 2],
    clean: [u32; 2],
    clean_few: [u32; 2],
    harmless_touched: [u32; 2],
    harmless_characters: [u32; 2],
    class: [u32; 2],
    domain: [u32; 2],
    types: BTreeMap<String, [[u32; 2]; 2]>,
    groups: BTreeMap<String, [[u32; 2]; 2]>,
    detections: Claims,
    classes: Claims,
}

fn counted(pair: &mut [u32; 2], hit: bool) {
    let [hits, of] = pair;
    *hits += u32::from(hit);
    *of += 1;
}

impl Count {
    fn add(&mut self, line: u32, gold: &Gold, spans: &[Span], analysis: &Analysis, took: Duration, fault: &mut dyn FnMut(Fault)) {
        let text = gold.text.as_str();
        self.records += 1;
        self.words += text.split_whitespace().count() as u64;
        self.times.push(took);
        // For each byte: which detection covers it; whether it is of an identifier.
        let mut cover: Vec<Option<&Detection>> = vec![None; text.len()];
        for d in &analysis.detections {
            cover.get_mut(d.span.start..d.span.end).into_iter().flatten().for_each(|c| *c = Some(d));
        }
        let mut known = vec![false; text.len()];
        for span in spans {
            known.get_mut(span.start..span.end).into_iter().flatten().for_each(|k| *k = true);
        }
        let by = |at: usize| cover.get(at).copied().flatten();
        let is_known = |at: usize| known.get(at) == Some(&true);
        let mut whole = true;
        for (span, label) in spans.iter().zip(gold.spans.iter().map(|s| s.label.as_str())) {
            let covered = alnum(text, *span).all(|at| by(at).is_some());
            let labelled = covered && alnum(text, *span).all(|at| by(at).is_some_and(|d| d.entity.name() == label));
            let kind = EntityType::ALL.iter().find(|e| e.name() == label).map(EntityType::kind);
            whole &= covered;
            counted(&mut self.identifiers, covered);
            if kind.is_none_or(|k| k == Kind::Direct) {
                counted(&mut self.direct, covered);
            }
            let tally = |[any, same]: &mut [[u32; 2]; 2]| {
                counted(any, covered);
                counted(same, labelled);
            };
            tally(self.types.entry(label.to_owned()).or_default());
            for group in gold.subgroup.iter().filter(|group| label == "PERSON" || !group.starts_with("origin")) {
                tally(self.groups.entry(group.clone()).or_default());
            }
            if !covered {
                fault(Fault { missed: true, line, label: label.to_owned(), words: around(text, *span) });
            }
        }
        for at in alnum(text, Span::new(0, text.len())) {
            let (covered, known) = (by(at).is_some(), is_known(at));
            if known {
                counted(&mut self.characters, covered);
            }
            if covered && !gold.partial {
                counted(&mut self.precision, known);
            }
            if spans.is_empty() && !gold.partial {
                counted(&mut self.harmless_characters, covered);
            }
        }
        if !spans.is_empty() {
            counted(&mut self.clean, whole);
            if spans.len() <= FEW {
                counted(&mut self.clean_few, whole);
            }
        } else if !gold.partial {
            counted(&mut self.harmless_touched, !analysis.detections.is_empty());
        }
        for d in analysis.detections.iter().filter(|_| !gold.partial) {
            let right = alnum(text, d.span).any(is_known);
            self.detections.add(d.confidence, right);
            if !right {
                fault(Fault { missed: false, line, label: d.entity.name().to_owned(), words: around(text, d.span) });
            }
        }
        let expected = gold.class.as_deref().and_then(RecordClass::parse);
        if let (Some(expected), Some(class)) = (expected, analysis.class) {
            counted(&mut self.class, class.class == expected);
            counted(&mut self.domain, class.class.domain() == expected.domain());
            self.classes.add(class.confidence, class.class == expected);
        }
    }

    fn report(mut self) -> QualityReport {
        let named =
            |(name, [covered, labelled]): (String, [[u32; 2]; 2])| NamedShare { name, covered: share(covered), labelled: share(labelled) };
        self.groups.retain(|_, [[_, of], _]| *of >= SMALLEST_GROUP);
        self.times.sort_unstable();
        let ms = |part: f64| {
            let at = (self.times.len() as f64 * part) as usize;
            self.times.get(at.min(self.times.len().saturating_sub(1))).map_or(0.0, |t| t.as_secs_f64() * 1000.0)
        };
        QualityReport {
            records: self.records,
            unread: self.unread,
            identifiers: share(self.identifiers),
            direct: share(self.direct),
            characters: share(self.characters),
            precision: share(self.precision),
            clean: share(self.clean),
            clean_few: share(self.clean_few),
            harmless_touched: share(self.harmless_touched),
            harmless_characters: share(self.harmless_characters),
            class: share(self.class),
            domain: share(self.domain),
            words_per_second: self.words as f64 / self.times.iter().sum::<Duration>().as_secs_f64().max(1e-9),
            median_ms: ms(0.5),
            slow_ms: ms(0.95),
            types: self.types.into_iter().map(named).collect(),
            groups: self.groups.into_iter().map(named).collect(),
            detections: self.detections.calibration(),
            classes: self.classes.calibration(),
        }
    }
}

/// Wilson's interval at 95 %.
fn share([hit, of]: [u32; 2]) -> Share {
    let (n, z) = (f64::from(of), 1.96);
    if of == 0 {
        return Share { hit, of, low: 0.0, high: 1.0 };
    }
    let p = f64::from(hit) / n;
    let whole = 1.0 + z * z / n;
    let middle = (p + z * z / (2.0 * n)) / whole;
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / whole;
    Share { hit, of, low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
}

#[derive(Default)]
struct Claims([(f64, u32, u32); BINS]);

impl Claims {
    fn add(&mut self, confidence: f32, right: bool) {
        let at = ((f64::from(confidence) * BINS as f64) as usize).min(BINS - 1);
        if let Some((sum, hits, of)) = self.0.get_mut(at) {
            *sum += f64::from(confidence);
            *hits += u32::from(right);
            *of += 1;
        }
    }

    fn calibration(&self) -> Calibration {
        let bin = |(sum, right, of): &(f64, u32, u32)| Bin { confidence: sum / f64::from(*of).max(1.0), right: *right, of: *of };
        let bins: Vec<Bin> = self.0.iter().map(bin).collect();
        let all: u32 = bins.iter().map(|b| b.of).sum();
        let gap = |b: &Bin| (b.confidence * f64::from(b.of) - f64::from(b.right)).abs();
        Calibration { error: bins.iter().map(gap).sum::<f64>() / f64::from(all).max(1.0), bins }
    }
}

/// The words of a span with a little of what stands around them, on one line.
fn around(text: &str, span: Span) -> String {
    let tail = |t: &str| t.chars().rev().take(28).collect::<Vec<_>>().into_iter().rev().collect::<String>();
    let before = tail(text.get(..span.start).unwrap_or(""));
    let behind: String = text.get(span.end..).unwrap_or("").chars().take(28).collect();
    format!("{before}>>{}<<{behind}", span.of(text)).replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use deid::Source;

    fn found(text: &str, words: &str, entity: EntityType, confidence: f32) -> Detection {
        let start = text.find(words).unwrap();
        Detection { span: Span::new(start, start + words.len()), entity, confidence, source: Source::Model }
    }

    /// Words, their type and how sure it is.
    type Found<'t> = (&'t str, EntityType, f32);

    fn measured(rows: &[(&str, &str, &[Found<'_>])]) -> (QualityReport, Vec<String>) {
        let (mut count, mut faults) = (Count::default(), Vec::new());
        for (line, json, detections) in rows {
            let gold: Gold = serde_json::from_str(json).unwrap();
            let spans = placed(&gold.text, &gold.spans).unwrap();
            let detections: Vec<_> = detections.iter().map(|(words, entity, c)| found(&gold.text, words, *entity, *c)).collect();
            let class = RecordClass::parse(line).map(|class| deid::Classification { class, confidence: 0.9, domain_confidence: 1.0 });
            let analysis = Analysis { detections, class, special: Default::default(), incomplete: None };
            count.add(1, &gold, &spans, &analysis, Duration::from_millis(2), &mut |f| faults.push(f.words));
        }
        (count.report(), faults)
    }

    #[test]
    fn counts_are_over_letters_and_digits_in_characters() {
        use EntityType::*;
        let (report, faults) = measured(&[
            // Covered but for the quote marks; the accent and the emoji count one each.
            (
                "progress_note",
                r#"{"text":"😀 é 'Ana' MRN 77","spans":[{"start":4,"end":9,"label":"PERSON"},{"start":14,"end":16,"label":"MEDICAL_RECORD_NUMBER"}],"class":"progress_note","subgroup":["caps","origin:x"]}"#,
                &[("Ana", Person, 0.95), ("7", MedicalRecordNumber, 0.4)],
            ),
            ("invoice", r#"{"text":"Foley catheter","spans":[],"class":"clinical_other"}"#, &[("Foley", Person, 0.85)]),
            (
                "",
                r#"{"text":"Ana and Bo","spans":[{"start":0,"end":3,"label":"PERSON"}],"partial":true}"#,
                &[("Ana", City, 0.9), ("Bo", Person, 0.9)],
            ),
        ]);
        assert_eq!((report.identifiers.hit, report.identifiers.of), (2, 3));
        assert_eq!((report.characters.hit, report.characters.of), (7, 8));
        assert_eq!((report.precision.hit, report.precision.of), (4, 9), "the partial record does not count");
        assert_eq!((report.clean.hit, report.clean.of), (1, 2));
        assert_eq!((report.harmless_touched.hit, report.harmless_touched.of), (1, 1));
        assert_eq!((report.harmless_characters.hit, report.harmless_characters.of), (5, 13));
        assert_eq!((report.class.hit, report.class.of, report.domain.hit), (1, 2, 1));
        let person = report.types.iter().find(|t| t.name == "PERSON").unwrap();
        assert_eq!((person.covered.hit, person.labelled.hit, person.covered.of), (2, 1, 2));
        assert_eq!(faults, ["😀 é 'Ana' MRN >>77<<", ">>Foley<< catheter"]);
        assert!(report.groups.is_empty(), "too few to say anything");
    }

    #[test]
    fn wilson_and_calibration_as_published() {
        // Wilson 1927; 81 of 263 is Newcombe's example (Statistics in Medicine 17, 1998): 0.2553 to 0.3662.
        let newcombe = share([81, 263]);
        assert!((newcombe.low - 0.2553).abs() < 1e-4 && (newcombe.high - 0.3662).abs() < 1e-4);
        assert_eq!((share([0, 0]).low, share([0, 0]).high), (0.0, 1.0));
        let mut claims = Claims::default();
        for n in 0..10 {
            claims.add(0.75, n < 5);
        }
        assert!((claims.calibration().error - 0.25).abs() < 1e-6);
    }

    #[test]
    fn gold_that_does_not_lie_in_its_text_is_none() {
        let span = |start, end| GoldSpan { start, end, label: "PERSON".into() };
        assert!(placed("abc", &[span(0, 3)]).is_some());
        assert!(placed("abc", &[span(0, 4)]).is_none() && placed("abc", &[span(2, 2)]).is_none() && placed("abc", &[span(2, 1)]).is_none());
    }
}
