//! Sending one request and reading its answer as it comes.

use std::time::Duration;

use audit::Receipt;
use deid::DeidentifiedPrompt;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::answer::Reading;
use crate::net::Doors;
use crate::{Answer, Failure, Options, Outbound, Phase, Provider, SendError, sse};

/// The longest pause that a provider may ask for within one send. If it asks for more, the user is told so at once.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// The envelope of one small piece of text is many times as long as the piece.
const ENVELOPE: usize = 64;

/// The door. It is cheap to keep and holds no connection open between two sends.
pub struct Client {
    doors: Doors,
    options: Options,
}

/// An answer that began, and until when its first byte has to be there.
struct Opened {
    response: reqwest::Response,
    first_byte: Instant,
}

/// A try that brought no answer, and how long the provider asked to wait.
struct Refusal {
    error: SendError,
    retry_after: Option<Duration>,
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Self {
        Self { error, retry_after: None }
    }
}

impl Client {
    /// A client. Nothing is connected yet; a way out that cannot be built stays shut and says so when it is needed.
    pub fn new(options: &Options) -> Self {
        Self { doors: Doors::new(options), options: options.clone() }
    }

    /// Why nothing can leave this computer, if so.
    pub fn problem(&self) -> Option<&SendError> {
        self.doors.problem()
    }

    /// Makes the request and looks at it through the gate. Its digest is what the log entry names before it may be sent.
    pub fn prepare(&self, provider: &Provider, prompt: DeidentifiedPrompt) -> Result<Outbound, SendError> {
        let outbound = Outbound::new(provider, prompt)?;
        self.doors.to(&outbound.url)?;
        Ok(outbound)
    }

    /// Sends exactly the bytes of `outbound`, which the entry of `receipt` announced, and hands the answer's text to `on_text`
    /// as it comes.
    pub async fn send(
        &self,
        outbound: Outbound,
        receipt: Receipt,
        on_text: &mut (dyn FnMut(&str) + Send),
        cancel: &CancellationToken,
    ) -> Result<Answer, Failure> {
        let mut reading = Reading::new(self.options.max_answer_bytes, on_text);
        let result = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(SendError::Cancelled),
            result = timeout(self.options.total, self.exchange(&outbound, receipt, &mut reading)) => {
                result.unwrap_or(Err(SendError::Timeout { phase: Phase::Total }))
            }
        };
        reading.ended(result)
    }

    async fn exchange(&self, outbound: &Outbound, receipt: Receipt, reading: &mut Reading<'_>) -> Result<(), SendError> {
        if receipt.disclosure() != Some(outbound.digest().into()) {
            return Err(SendError::WrongReceipt);
        }
        outbound.check()?;
        let opened = self.open(outbound).await?;
        self.read(outbound, opened, reading).await
    }

    /// Tries until an answer begins. From then on nothing is repeated.
    async fn open(&self, outbound: &Outbound) -> Result<Opened, SendError> {
        let mut left = self.options.retries;
        let mut pause = self.options.backoff;
        loop {
            let refusal = match self.attempt(outbound).await {
                Ok(opened) => return Ok(opened),
                Err(refusal) => refusal,
            };
            if left == 0 || !refusal.error.is_transient() || refusal.retry_after.is_some_and(|asked| asked > MAX_PAUSE) {
                return Err(refusal.error);
            }
            left -= 1;
            sleep(refusal.retry_after.unwrap_or_else(|| jittered(pause))).await;
            pause *= 2;
        }
    }

    async fn attempt(&self, outbound: &Outbound) -> Result<Opened, Refusal> {
        let mut request = self.doors.to(&outbound.url)?.post(outbound.url.clone()).headers(outbound.headers.clone());
        if let Some((name, value)) = &outbound.auth {
            request = request.header(name, value);
        }
        let first_byte = Instant::now() + self.options.first_byte_timeout;
        let response = timeout_at(first_byte, request.body(outbound.bytes().to_vec()).send())
            .await
            .map_err(|_| SendError::Timeout { phase: Phase::FirstByte })?
            .map_err(|error| SendError::from(&error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(SendError::Redirected.into());
        }
        if !status.is_success() {
            let retry_after = retry_after(response.headers());
            let body = self.error_body(response).await;
            return Err(Refusal { error: SendError::of_provider(status.as_u16(), &body, retry_after), retry_after });
        }
        let kind = response.headers().get(CONTENT_TYPE).map(|kind| kind.as_bytes().to_ascii_lowercase());
        if kind.is_some_and(|kind| !kind.starts_with(b"text/event-stream")) {
            return Err(SendError::Malformed.into());
        }
        Ok(Opened { response, first_byte })
    }

    /// A little of what an error says about itself; nothing where that is not JSON.
    async fn error_body(&self, mut response: reqwest::Response) -> Value {
        let mut body = Vec::new();
        let deadline = Instant::now() + self.options.idle_timeout;
        while body.len() < 1 << 16
            && let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await
        {
            body.extend_from_slice(&chunk);
        }
        match serde_json::from_slice(&body).unwrap_or_default() {
            // Gemini wraps an error into a list when it cannot stream.
            Value::Array(list) => list.into_iter().next().unwrap_or_default(),
            value => value,
        }
    }

    async fn read(&self, outbound: &Outbound, opened: Opened, reading: &mut Reading<'_>) -> Result<(), SendError> {
        let Opened { mut response, first_byte } = opened;
        let max = self.options.max_answer_bytes;
        let mut parser = sse::Parser::new(max.saturating_mul(2));
        let (mut deadline, mut phase, mut received) = (first_byte, Phase::FirstByte, 0_usize);
        loop {
            let chunk = match timeout_at(deadline, response.chunk()).await {
                Err(_) => return Err(SendError::Timeout { phase }),
                Ok(Ok(Some(chunk))) => chunk,
                // The end, clean or not: the answer is whole if its last event was there.
                Ok(_) if outbound.format.is_whole(reading) => return Ok(()),
                Ok(_) => return Err(SendError::CutStream),
            };
            received = received.saturating_add(chunk.len());
            if received > max.saturating_mul(ENVELOPE) {
                return Err(SendError::TooLarge);
            }
            parser.push(&chunk, |event| {
                outbound.format.read(&event, reading)?;
                Ok(!reading.done)
            })?;
            if reading.done {
                return Ok(());
            }
            (deadline, phase) = (Instant::now() + self.options.idle_timeout, Phase::Idle);
        }
    }
}

/// Half to one and a half times the pause, so that many clients do not come back at once.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [128];
    // Without randomness the pause is as it is.
    let _ = rustls::crypto::ring::default_provider().secure_random.fill(&mut byte);
    pause / 2 + pause * u32::from(byte[0]) / 256
}

/// `Retry-After` in seconds or as a date, at most a day.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = value.parse().ok().or_else(|| {
        let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
        u64::try_from(at.as_second() - Timestamp::now().as_second()).ok()
    })?;
    Some(Duration::from_secs(seconds.min(86_400)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Option<u64> {
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())])).map(|d| d.as_secs())
    }

    #[test]
    fn n31_retry_after_in_both_forms() {
        assert_eq!(asked("7"), Some(7));
        assert_eq!(asked("99999999"), Some(86_400));
        assert_eq!(asked("Wed, 21 Oct 2065 07:28:00 GMT"), Some(86_400));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), None);
        assert_eq!(asked("soon"), None);
    }

    #[test]
    fn n41_the_pause_varies_within_its_bounds() {
        let pauses: Vec<Duration> = (0..64).map(|_| jittered(Duration::from_secs(1))).collect();
        assert!(pauses.iter().all(|p| (500..1500).contains(&p.as_millis())));
        assert!(pauses.iter().any(|p| *p != pauses[0]));
    }
}
