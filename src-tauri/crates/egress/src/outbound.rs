//! One request, whole and sealed: what is shown, digested, logged and sent are the same bytes.

use deid::DeidentifiedPrompt;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use url::Url;

use crate::provider::{Format, Provider};
use crate::{SendError, net};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A request that passed the gate. Only [`crate::Client::prepare`] makes one, only [`crate::Client::send`] takes one.
///
/// ```compile_fail,E0624
/// fn forged(provider: egress::Provider, prompt: deid::DeidentifiedPrompt) {
///     let _ = egress::Outbound::new(&provider, prompt);
/// }
/// ```
/// ```compile_fail,E0616
/// fn changed(mut outbound: egress::Outbound) {
///     outbound.body = "Maria Lopez".to_string();
/// }
/// ```
/// ```compile_fail,E0277
/// let forged: egress::Outbound = "Maria Lopez".to_string().into();
/// ```
/// ```compile_fail,E0599
/// fn twice(outbound: egress::Outbound) { let _ = outbound.clone(); }
/// ```
pub struct Outbound {
    prompt: DeidentifiedPrompt,
    pub(crate) format: &'static dyn Format,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// The one header that the gate does not look at: it holds the key alone.
    pub(crate) auth: Option<(HeaderName, HeaderValue)>,
    body: String,
}

impl Outbound {
    pub(crate) fn new(provider: &Provider, prompt: DeidentifiedPrompt) -> Result<Self, SendError> {
        let format = provider.wire.format();
        let model = provider.model.trim();
        if model.is_empty() || model.len() > 200 || !model.chars().all(|c| c.is_ascii_graphic()) {
            return Err(SendError::BadModel);
        }
        let url = format.url(&provider.base_url, model)?;
        let body = format.body(model, prompt.instruction(), prompt.content()).to_string();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        headers.insert(HeaderName::from_static(IDEMPOTENCY_KEY), idempotency_key()?);
        headers.extend(format.headers());
        let outbound = Self { prompt, format, url, headers, auth: provider.auth()?, body };
        outbound.check()?;
        Ok(outbound)
    }

    /// The last look: at the body, the address and every header but the key's.
    pub(crate) fn check(&self) -> Result<(), SendError> {
        let gate = self.prompt.gate();
        gate.check(self.body.as_bytes())?;
        gate.check(self.url.as_str().as_bytes())?;
        gate.check(net::USER_AGENT.as_bytes())?;
        self.headers.values().try_for_each(|value| gate.check(value.as_bytes()))?;
        Ok(())
    }

    /// The SHA-256 of the bytes that leave.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.body.as_bytes()).into()
    }

    /// The bytes that leave.
    pub fn bytes(&self) -> &[u8] {
        self.body.as_bytes()
    }

    /// The bytes that leave, as text: JSON in the provider's format.
    pub fn text(&self) -> &str {
        &self.body
    }

    /// The random name of this request, the same on every try: a provider that knows it answers only once.
    pub fn idempotency_key(&self) -> &str {
        self.headers.get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The address to which they go.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// 128 random bits in the letters a to p: without digits, it cannot look like a number of the record to the gate.
fn idempotency_key() -> Result<HeaderValue, SendError> {
    let mut bytes = [0; 16];
    rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes).map_err(|_| SendError::Setup)?;
    let letters: Vec<u8> = bytes.iter().flat_map(|b| [b'a' + (b >> 4), b'a' + (b & 15)]).collect();
    HeaderValue::from_bytes(&letters).map_err(|_| SendError::Setup)
}
