//! The confined process that reads untrusted bytes, and its other end.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deid::{Detection, Phi, Span};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdout, Command};
use zeroize::Zeroizing;

use crate::ocr::{self, Scan};
use crate::write::{Edit, Order, WriteError, WriteNote, Written};
use crate::{Format, Limits, Note, ReadError, Record, SourceMap};

/// Longest header that the worker takes.
const HEADER: u32 = 64 << 10;

/// Longest answer that is taken, as a multiple of the text limit: JSON escapes, and a map beside the text.
const ANSWER: u64 = 16;

/// Longest complaint of a dying worker that is looked at. It is never shown.
const COMPLAINT: u64 = 4096;

/// What goes before the bytes.
#[derive(Serialize, Deserialize)]
struct Header {
    name: String,
    limits: Limits,
    cpu_seconds: u64,
    /// Bytes of what is to be written, which stands between header and file.
    write: Option<u64>,
    /// The file without its password is wanted: so many bytes of password stand between header and file.
    password: Option<u64>,
    /// These pages are wanted as pictures, and not the record.
    pages: Vec<usize>,
}

/// A written file on the wire: its bytes follow.
#[derive(Serialize, Deserialize)]
struct Head {
    format: Format,
    notes: Vec<WriteNote>,
}

/// A record on the wire: the only form in which its text is written out, from one process of ours to another.
#[derive(Serialize, Deserialize)]
struct Wire {
    format: Format,
    text: String,
    fields: Vec<Detection>,
    codes: Vec<Span>,
    source_map: SourceMap,
    notes: Vec<Note>,
    /// Pages that are still to be recognized.
    scans: Vec<Scan>,
}

impl Wire {
    /// The record and its scans. The worker parsed untrusted bytes: what it says is checked before anyone relies on it.
    fn checked(self, limits: &Limits) -> Result<(Record, Vec<Scan>), ReadError> {
        let empty = |span: &Span| self.text.get(span.start..span.end).is_none_or(str::is_empty);
        let astray = self.fields.iter().any(|field| empty(&field.span)) || self.codes.iter().any(empty);
        let apart = self.codes.iter().is_sorted_by(|a, b| a.end <= b.start);
        let scans_astray = !self.scans.is_sorted_by_key(|s| s.at) || self.scans.iter().any(|s| !self.text.is_char_boundary(s.at));
        if astray || !apart || scans_astray || self.scans.len() > limits.max_pages || !self.source_map.covers(&self.text) {
            return Err(ReadError::Worker);
        }
        let record = Record {
            format: self.format,
            text: Phi::new(self.text),
            fields: self.fields,
            codes: self.codes,
            source_map: self.source_map,
            notes: self.notes,
        };
        Ok((record, self.scans))
    }
}

/// Child's side: takes its rights away, reads one record from standard input, writes it, or the file with its edits made, or the
/// error to standard output.
pub fn serve() -> ExitCode {
    // A panic's message may hold what was read.
    std::panic::set_hook(Box::new(|_| {}));
    let mut arguments = std::env::args_os().skip_while(|argument| argument != ocr::RECOGNIZE);
    if arguments.next().is_some() {
        return ocr::recognize(arguments);
    }
    let answer = std::panic::catch_unwind(answer);
    let Ok(Some(answer)) = answer else { return ExitCode::FAILURE };
    if answer.is_empty() {
        return ExitCode::SUCCESS;
    }
    let mut out = std::io::stdout().lock();
    let length = (answer.len() as u64).to_le_bytes();
    match out.write_all(&length).and_then(|()| out.write_all(&answer)).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer() -> Option<Vec<u8>> {
    let mut input = std::io::stdin().lock();
    let mut length = [0; 4];
    input.read_exact(&mut length).ok()?;
    let length = u32::from_le_bytes(length);
    let mut header = vec![0; usize::try_from(length.min(HEADER)).ok()?];
    input.read_exact(&mut header).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    confine(&header);
    let mut beside = Zeroizing::new(Vec::new());
    let mut bytes = Vec::new();
    let length = header.write.or(header.password).unwrap_or_default();
    let taken =
        input.by_ref().take(length).read_to_end(&mut beside).and_then(|_| input.take(header.limits.max_input + 1).read_to_end(&mut bytes));
    let taken = match taken {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::OutOfMemory => Err(ReadError::Memory),
        Err(_) => return None,
    };
    if header.write.is_some() {
        let order: Order = serde_json::from_slice(&beside).ok()?;
        let written = taken.map_err(WriteError::from).and_then(|()| crate::write::make(&bytes, &header.name, &header.limits, &order));
        return with_file(written.map(|written| (Head { format: written.format, notes: written.notes }, written.bytes)));
    }
    if header.password.is_some() {
        let password = std::str::from_utf8(&beside).ok()?;
        return with_file(taken.and_then(|()| crate::unlock::unlock(&bytes, password, &header.limits)).map(|file| ((), file)));
    }
    if !header.pages.is_empty() {
        taken.ok()?;
        return ocr::serve(&bytes, &header.pages, &header.limits, std::io::stdout()).ok().map(|()| Vec::new());
    }
    let result = taken.and_then(|()| crate::read_part(&bytes, &header.name, &header.limits)).map(|(record, scans)| Wire {
        format: record.format,
        text: record.text.expose().clone(),
        fields: record.fields,
        codes: record.codes,
        source_map: record.source_map,
        notes: record.notes,
        scans,
    });
    serde_json::to_vec(&result).ok()
}

/// A file as an answer: the length of its head, the head, the file.
fn with_file<H: Serialize, E: Serialize>(result: Result<(H, Vec<u8>), E>) -> Option<Vec<u8>> {
    let (head, bytes) = match result {
        Ok((head, bytes)) => (Ok(head), bytes),
        Err(error) => (Err(error), Vec::new()),
    };
    let head = serde_json::to_vec(&head).ok()?;
    Some([&u32::try_from(head.len()).ok()?.to_le_bytes()[..], &head, &bytes].concat())
}

/// The same on the other side.
fn of_file<H: DeserializeOwned, E: DeserializeOwned + From<ReadError>>(answer: &[u8]) -> Result<(H, Vec<u8>), E> {
    let (length, rest) = answer.split_first_chunk::<4>().ok_or(ReadError::Worker)?;
    let (head, file) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(ReadError::Worker)?;
    let head = serde_json::from_slice::<Result<H, E>>(head).map_err(|_| ReadError::Worker)??;
    if file.is_empty() {
        return Err(ReadError::Worker.into());
    }
    Ok((head, file.to_vec()))
}

/// Takes away what a reader never needs. What the system does not know is left out: the process boundary still stands.
#[cfg(unix)]
fn confine(header: &Header) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |resource, value| {
        let _ = setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) });
    };
    limit(Resource::Core, 0);
    limit(Resource::Fsize, 0);
    limit(Resource::Cpu, header.cpu_seconds);
    limit(Resource::As, address_space().saturating_add(header.limits.max_memory));
    #[cfg(target_os = "linux")]
    landlock();
}

#[cfg(not(unix))]
fn confine(_: &Header) {}

/// Bytes of address space in use, as far as the system tells.
#[cfg(unix)]
fn address_space() -> u64 {
    let pages =
        std::fs::read_to_string("/proc/self/statm").ok().and_then(|s| s.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()));
    pages.unwrap_or(0).saturating_mul(rustix::param::page_size() as u64)
}

/// No file may be opened and no TCP connection made, on kernels that can say so.
#[cfg(target_os = "linux")]
fn landlock() {
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr};
    let rules = Ruleset::default().handle_access(AccessFs::from_all(ABI::V5)).and_then(|r| r.handle_access(AccessNet::from_all(ABI::V5)));
    let _ = rules.and_then(|r| r.create()).and_then(|r| r.restrict_self());
}

/// Parent's side: how the worker is started and how long it may take.
#[derive(Debug, Clone)]
pub struct Confined {
    pub(crate) exe: PathBuf,
    pub(crate) args: Vec<String>,
    timeout: Duration,
    pub(crate) limits: Limits,
    /// Where Tesseract is, if it is not looked for.
    tesseract: Option<PathBuf>,
    /// A worker that was started ahead and waits for its one record: starting a program that links a web view takes longer
    /// than reading a page.
    spare: Arc<Mutex<Option<Child>>>,
}

impl Confined {
    /// A worker started as `exe` with `args`, stopped after `timeout`.
    pub fn new(exe: impl Into<PathBuf>, args: Vec<String>, timeout: Duration) -> Self {
        Self { exe: exe.into(), args, timeout, limits: Limits::default(), tesseract: None, spare: Arc::default() }
    }

    /// Starts a worker ahead, for the next record. Within a tokio runtime.
    pub fn prepare(&self) {
        // Where it does not start, the next record's own start says why.
        let worker = self.spawn().ok();
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = worker;
    }

    /// The worker that waits, if it still does, or a new one.
    fn worker(&self) -> std::io::Result<Child> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        match spare.map(|mut child| (child.try_wait(), child)) {
            Some((Ok(None), child)) => Ok(child),
            _ => self.spawn(),
        }
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let mut command = Command::new(&self.exe);
        command.args(&self.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).env_clear();
        // Without it Windows loads no system library.
        #[cfg(windows)]
        command.envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)));
        command.spawn()
    }

    /// The same with more time, or less.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same with other limits.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with the program that reads scans and pictures in this place.
    pub fn with_tesseract(mut self, program: impl Into<PathBuf>) -> Self {
        self.tesseract = Some(program.into());
        self
    }

    /// The program that reads scans and pictures, if there is one.
    pub(crate) fn tesseract(&self) -> Option<PathBuf> {
        self.tesseract.clone().or_else(ocr::find).filter(|program| program.is_file())
    }

    /// Reads a record in a process of its own, which ends with the call, also when the call is dropped.
    pub async fn read(&self, bytes: Vec<u8>, name: &str) -> Result<Record, ReadError> {
        self.read_with(bytes, name, &|_, _| {}).await
    }

    /// The same, and tells how many scanned pages are done, and of how many. They are read by Tesseract, in processes that end
    /// with the call too. The time limit holds for the record without its scans; each page has one of its own.
    pub async fn read_with(
        &self,
        bytes: Vec<u8>,
        name: &str,
        progress: &(dyn Fn(usize, usize) + Send + Sync),
    ) -> Result<Record, ReadError> {
        let again = ocr::may_be_needed(&bytes).then(|| bytes.clone());
        let (record, scans) = self.read_unrecognized(bytes, name).await?;
        match again {
            Some(bytes) if !scans.is_empty() => Ok(ocr::read(self, bytes, record, &scans, progress).await?.0),
            _ if scans.is_empty() => Ok(record),
            _ => Err(ReadError::Worker),
        }
    }

    /// A record without the text of its scans, and where that belongs.
    pub(crate) async fn read_unrecognized(&self, bytes: Vec<u8>, name: &str) -> Result<(Record, Vec<Scan>), ReadError> {
        self.reasonable(&bytes)?;
        let most = (self.limits.max_text as u64).saturating_mul(ANSWER).saturating_add(1 << 20);
        let answer = self.in_time(self.converse(bytes, self.header(name), Zeroizing::default(), most)).await?;
        let wire = serde_json::from_slice::<Result<Wire, ReadError>>(&answer).map_err(|_| ReadError::Worker)??;
        wire.checked(&self.limits)
    }

    /// What a file is without its password, in a process of its own. The password goes there through its standard input, and stands
    /// in no argument and no error. [`ReadError::WrongPassword`] where it is another one, [`ReadError::Encrypted`] where none helps.
    pub async fn unlock(&self, bytes: Vec<u8>, password: &str) -> Result<Vec<u8>, ReadError> {
        self.reasonable(&bytes)?;
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let header = Header { password: Some(password.len() as u64), ..self.header("") };
        let answer = self.in_time(self.converse(bytes, header, password, self.most_of_a_file())).await?;
        of_file::<(), ReadError>(&answer).map(|((), file)| file)
    }

    /// Bytes of a file as an answer at most.
    fn most_of_a_file(&self) -> u64 {
        self.limits.max_input.saturating_add(1 << 20)
    }

    /// Refuses what no worker would take.
    fn reasonable(&self, bytes: &[u8]) -> Result<(), ReadError> {
        match bytes.len() as u64 {
            0 => Err(ReadError::Empty),
            length if length > self.limits.max_input => Err(ReadError::TooLarge { limit: self.limits.max_input }),
            _ => Ok(()),
        }
    }

    fn header(&self, name: &str) -> Header {
        let cpu_seconds = self.timeout.as_secs().saturating_add(2);
        let name = name.chars().take(256).collect();
        Header { name, limits: self.limits.clone(), cpu_seconds, write: None, password: None, pages: Vec::new() }
    }

    /// Writes a file with edits of its record's `text` made, in a process of its own, as [`write`](crate::write::write()) does. `bytes`
    /// and `name` are those that the record was read from; where they now give another text, nothing is written. Scans and pictures
    /// are recognized, drawn anew and recognized again, each page within a time of its own.
    pub async fn write(&self, bytes: Vec<u8>, name: &str, text: &str, edits: &[Edit], keep_unread: bool) -> Result<Written, WriteError> {
        let scan = ocr::may_be_needed(&bytes).then(|| bytes.clone());
        let order =
            Order { edits: edits.to_vec(), keep_unread, everywhere: true, text: Some(crate::write::mark(text)), sheets: Vec::new() };
        match (self.order(bytes, name, order).await, scan) {
            (Err(WriteError::NotRecognized), Some(bytes)) => crate::redact_scan::redact(self, bytes, name, text, edits, keep_unread).await,
            (written, _) => written,
        }
    }

    /// What the worker makes of an order.
    pub(crate) async fn order(&self, bytes: Vec<u8>, name: &str, order: Order) -> Result<Written, WriteError> {
        self.reasonable(&bytes)?;
        let order = Zeroizing::new(serde_json::to_vec(&order).map_err(|_| ReadError::Worker)?);
        let header = Header { write: Some(order.len() as u64), ..self.header(name) };
        let answer = self.in_time(self.converse(bytes, header, order, self.most_of_a_file())).await?;
        let (head, bytes) = of_file::<Head, WriteError>(&answer)?;
        Ok(Written { bytes, format: head.format, notes: head.notes })
    }

    async fn in_time<T>(&self, talk: impl Future<Output = Result<T, ReadError>>) -> Result<T, ReadError> {
        // The child is killed as it is dropped.
        tokio::time::timeout(self.timeout, talk).await.unwrap_or(Err(ReadError::Timeout))
    }

    /// A worker that writes these pages of a file as pictures, and where it writes them to.
    pub(crate) async fn pages(&self, bytes: Vec<u8>, pages: Vec<usize>) -> Result<(Child, ChildStdout), ReadError> {
        let seconds = self.timeout.as_secs().saturating_add(2).saturating_mul(pages.len() as u64);
        let header = Header { cpu_seconds: seconds, pages, ..self.header("") };
        let header = serde_json::to_vec(&header).map_err(|_| ReadError::Worker)?;
        let mut child = self.spawn().map_err(|_| ReadError::Worker)?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else { return Err(ReadError::Worker) };
        drop(child.stderr.take());
        let length = u32::try_from(header.len()).unwrap_or(u32::MAX).to_le_bytes();
        let write = async {
            for part in [&length[..], &header, &bytes] {
                input.write_all(part).await.map_err(|_| ReadError::Worker)?;
            }
            input.shutdown().await.map_err(|_| ReadError::Worker)
        };
        // It reads everything before it writes anything.
        self.in_time(write).await.map(|()| (child, output))
    }

    /// What the worker answers, of `most` bytes at most. `beside` stands between header and file.
    async fn converse(&self, bytes: Vec<u8>, header: Header, beside: Zeroizing<Vec<u8>>, most: u64) -> Result<Vec<u8>, ReadError> {
        let header = serde_json::to_vec(&header).map_err(|_| ReadError::Worker)?;
        let mut child = self.worker().map_err(|_| ReadError::Worker)?;
        let (Some(mut input), Some(output), Some(complaint)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(ReadError::Worker);
        };

        // A worker that refuses early closes its input; its answer counts, not the broken pipe.
        let write = async move {
            let length = u32::try_from(header.len()).unwrap_or(u32::MAX).to_le_bytes();
            for part in [&length[..], &header, &beside, &bytes] {
                if input.write_all(part).await.is_err() {
                    return;
                }
            }
            let _ = input.shutdown().await;
        };
        let mut answer = Vec::new();
        let mut last_words = Vec::new();
        let (mut output, mut complaint) = (output.take(most), complaint.take(COMPLAINT));
        let ((), heard, _) = tokio::join!(write, output.read_to_end(&mut answer), complaint.read_to_end(&mut last_words));
        let status = child.wait().await.map_err(|_| ReadError::Worker)?;
        if heard.is_err() || !status.success() {
            return Err(died(status, &last_words));
        }
        let length = answer.first_chunk::<8>().map(|l| u64::from_le_bytes(*l));
        if length != Some((answer.len() as u64).saturating_sub(8)) {
            return Err(ReadError::Worker);
        }
        answer.drain(..8);
        Ok(answer)
    }
}

/// Why a worker died: the limits speak through its signal or the allocator's last words.
fn died(status: ExitStatus, last_words: &[u8]) -> ReadError {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if status.signal() == Some(rustix::process::Signal::XCPU.as_raw()) {
            return ReadError::Timeout;
        }
    }
    let out_of_memory = b"memory allocation of";
    if !status.success() && last_words.windows(out_of_memory.len()).any(|w| w == out_of_memory) {
        return ReadError::Memory;
    }
    ReadError::Worker
}
