//! `cordon detect --jsonl`: the contract that other programs rely on. One line in, one line out, in order, at constant memory.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread::{Scope, ScopedJoinHandle};

use deid::{Analysis, Cancel, Positions, Unit};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::Engine;

/// Lines longer than this are refused, bytes.
const LONGEST_LINE: u64 = 64 << 20;
/// Lines are worked on side by side in groups of at most this many lines and about this many bytes.
const GROUP: usize = 64;
const GROUP_BYTES: usize = 1 << 20;
/// Lines that are read before they are needed.
const AHEAD: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: Value,
    text: String,
}

#[derive(Serialize)]
struct Found<'a> {
    id: &'a Value,
    class: Option<Class>,
    detections: Vec<Detected>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<String>,
}

/// A record's class.
#[derive(Debug, Clone, Serialize)]
pub struct Class {
    /// Its name.
    pub label: &'static str,
    /// Its domain.
    pub domain: &'static str,
    /// Probability, in [0, 1].
    pub confidence: f64,
}

/// A detection in the unit that was asked for.
#[derive(Debug, Clone, Serialize)]
pub struct Detected {
    /// First position.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Entity type.
    pub label: &'static str,
    /// Probability, in [0, 1].
    pub confidence: f64,
    /// Who found it.
    pub source: String,
}

/// What happened over all lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines read.
    pub lines: u64,
    /// Lines that were answered with an error.
    pub errors: u64,
    /// Lines on which a finder was missing.
    pub incomplete: u64,
}

/// Reads lines `{"id","text"}` and writes what was found, in order. A line is answered as soon as no further one is at
/// hand, so a program may also wait for each answer.
pub fn detect_lines(engine: &Engine, input: impl BufRead + Send + 'static, mut output: impl Write, unit: Unit) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let (tell, lines) = mpsc::sync_channel(AHEAD);
    // Not joined: when the output is gone, this thread may wait for input that never comes.
    std::thread::spawn(move || read_lines(input, &tell));
    std::thread::scope(|scope| {
        // The same threads for all lines: what the patterns remember, they remember for each thread.
        let workers: Vec<_> = (0..cores).map(|_| Worker::start(scope, engine, unit)).collect();
        let done = (|| {
            while let Ok(first) = lines.recv() {
                let mut group = vec![first?];
                let mut bytes = 0;
                while group.len() < GROUP && bytes < GROUP_BYTES {
                    let Ok(line) = lines.try_recv() else { break };
                    let line: Vec<u8> = line?;
                    bytes += line.len();
                    group.push(line);
                }
                let each = group.len().div_ceil(cores);
                let mut numbered = (tally.lines + 1..).zip(group);
                let parts = workers.iter().map(|worker| (worker, numbered.by_ref().take(each).collect::<Vec<_>>()));
                let busy: Vec<&Worker> =
                    parts.filter(|(_, part)| !part.is_empty()).map(|(worker, part)| worker.ask(part)).collect::<io::Result<_>>()?;
                for worker in busy {
                    for answer in worker.answers()? {
                        output.write_all(answer.json.as_bytes())?;
                        output.write_all(b"\n")?;
                        tally.lines += 1;
                        tally.errors += u64::from(answer.error);
                        tally.incomplete += u64::from(answer.incomplete);
                    }
                }
                output.flush()?;
            }
            Ok(tally)
        })();
        workers.into_iter().for_each(Worker::end);
        done
    })
}

type Numbered = Vec<(u64, Vec<u8>)>;

/// A thread that answers lines.
struct Worker<'scope> {
    ask: Sender<Numbered>,
    hear: Receiver<Vec<Answer>>,
    thread: ScopedJoinHandle<'scope, ()>,
}

impl<'scope> Worker<'scope> {
    fn start<'env>(scope: &'scope Scope<'scope, 'env>, engine: &'env Engine, unit: Unit) -> Worker<'scope> {
        let (ask, asked) = mpsc::channel::<Numbered>();
        let (tell, hear) = mpsc::channel();
        let thread = scope.spawn(move || {
            for part in asked {
                if tell.send(part.iter().map(|line| answer(engine, line, unit)).collect()).is_err() {
                    return;
                }
            }
        });
        Worker { ask, hear, thread }
    }

    fn ask(&self, part: Numbered) -> io::Result<&Self> {
        self.ask.send(part).map(|()| self).map_err(|_| Self::gone())
    }

    fn answers(&self) -> io::Result<Vec<Answer>> {
        self.hear.recv().map_err(|_| Self::gone())
    }

    fn gone() -> io::Error {
        io::Error::other("a thread of this program ended unexpectedly")
    }

    fn end(self) {
        drop(self.ask);
        // One that ended in a panic was told by `gone`.
        let _ = self.thread.join();
    }
}

/// Sends each line; one that is too long is cut to a single zero byte, which no line can be.
fn read_lines(mut input: impl BufRead, tell: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut line = Vec::new();
        let read = io::Read::take(&mut input, LONGEST_LINE).read_until(b'\n', &mut line);
        let line = match read {
            Ok(0) => return,
            Ok(_) if line.len() as u64 == LONGEST_LINE && line.last() != Some(&b'\n') => input.skip_until(b'\n').map(|_| vec![0]),
            Ok(_) => Ok(line),
            Err(error) => Err(error),
        };
        let broken = line.is_err();
        if tell.send(line).is_err() || broken {
            return;
        }
    }
}

struct Answer {
    json: String,
    error: bool,
    incomplete: bool,
}

fn answer(engine: &Engine, (number, bytes): &(u64, Vec<u8>), unit: Unit) -> Answer {
    let failed = |id: Option<Value>, code: &str, message: &str| {
        let (key, value) = id.map_or(("line", Value::from(*number)), |id| ("id", id));
        let json = serde_json::json!({ key: value, "error": { "code": code, "message": message } }).to_string();
        Answer { json, error: true, incomplete: false }
    };
    if bytes == &[0] {
        return failed(None, "too_large", "the line is longer than 64 MiB");
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return failed(None, "invalid_utf8", "the line is not UTF-8") };
    let line: Line = match serde_json::from_str(text) {
        Ok(line) => line,
        Err(error) if error.is_syntax() || error.is_eof() => return failed(None, "invalid_json", "the line is not JSON"),
        Err(_) => {
            let id = serde_json::from_str::<Value>(text).ok().and_then(|v| v.get("id").cloned());
            return failed(id, "invalid_line", "the line is not {\"id\": ..., \"text\": \"...\"}");
        }
    };
    let analysis = engine.pipeline.analyse(&line.text, &[], &[], &Cancel::default());
    let incomplete = analysis.incomplete.as_ref().map(ToString::to_string);
    let found = Found { id: &line.id, class: class(&analysis), detections: detected(&line.text, &analysis, unit), incomplete };
    match serde_json::to_string(&found) {
        Ok(json) => Answer { json, error: false, incomplete: found.incomplete.is_some() },
        Err(_) => failed(Some(line.id), "internal", "the answer could not be written"),
    }
}

/// The class of an analysed text.
pub fn class(analysis: &Analysis) -> Option<Class> {
    analysis.class.map(|c| Class { label: c.class.name(), domain: c.class.domain().name(), confidence: rounded(c.confidence) })
}

/// The detections of an analysed text, counted in `unit`.
pub fn detected(text: &str, analysis: &Analysis, unit: Unit) -> Vec<Detected> {
    let mut positions = Positions::new(text, unit);
    let one = |d: &deid::Detection| Detected {
        start: positions.of_byte(d.span.start),
        end: positions.of_byte(d.span.end),
        label: d.entity.name(),
        confidence: rounded(d.confidence),
        source: d.source.label(),
    };
    analysis.detections.iter().map(one).collect()
}

fn rounded(confidence: f32) -> f64 {
    (f64::from(confidence) * 10_000.0).round() / 10_000.0
}
