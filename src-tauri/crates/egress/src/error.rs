//! What can go wrong on the way out and back, in words that say what to do.

use std::time::Duration;

use serde_json::Value;

/// Why nothing, or not everything, came back. It never holds text of the record, the answer or the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The network cannot be used as it is set up.
    #[error("the proxy or the certificates of this computer cannot be used; check the network settings")]
    Setup,
    /// The provider wants a key and there is none.
    #[error("the provider has no key yet; enter one in the settings")]
    NoKey,
    /// The provider's address is refused.
    #[error("the provider's address is refused: {0}")]
    BadAddress(&'static str),
    /// The model's name is refused.
    #[error("the model's name is empty or holds characters that no model name has; correct it in the settings")]
    BadModel,
    /// The provider refused the key.
    #[error("the provider refused the key; check the key and what it may be used for")]
    WrongKey,
    /// No such model, or no such address.
    #[error("the provider does not know this model or address; check both in the settings")]
    NotFound,
    /// The account is used up.
    #[error("the account at the provider has no credit left; check its billing")]
    NoCredit,
    /// Too many requests.
    #[error("the provider wants fewer requests; wait{} and try again", wait(*.retry_after))]
    RateLimited {
        /// How long the provider asked to wait.
        retry_after: Option<Duration>,
    },
    /// The provider has a fault or too much to do.
    #[error("the provider is overloaded or has a fault; try again later")]
    Overloaded,
    /// Nobody listens at the address.
    #[error("the connection was refused; check the address, the proxy, and that the server runs")]
    Refused,
    /// The address cannot be reached.
    #[error("the provider cannot be reached; check the address and the network")]
    Unreachable,
    /// The connection is not trustworthy.
    #[error("the connection is not secure: the server's certificate is not trusted for this address; ask your administrator")]
    Tls,
    /// It took too long.
    #[error("the provider took too long {}; try again", .phase.words())]
    Timeout {
        /// Where the time ran out.
        phase: Phase,
    },
    /// The answer broke off.
    #[error("the answer broke off before its end; what arrived is kept")]
    CutStream,
    /// What came back is not an answer.
    #[error("what came back is not an answer of this kind of provider; check the kind and the address in the settings")]
    Malformed,
    /// The request is longer than the model can read.
    #[error("the record is too long for this model; choose another model or send less of it")]
    TooLong,
    /// The answer is larger than allowed.
    #[error("the answer is larger than allowed and was stopped; what arrived is kept")]
    TooLarge,
    /// The provider pointed elsewhere; it was not followed.
    #[error("the provider pointed to another address, which was not followed; check the address in the settings")]
    Redirected,
    /// The provider could not use the request.
    #[error("the provider could not use the request ({}); check the model, or send less of the record", number(*.status, .code.as_ref()))]
    BadRequest {
        /// The HTTP status.
        status: u16,
        /// The provider's code, if it gave a plain one.
        code: Option<Code>,
    },
    /// The provider's filter stopped the answer.
    #[error("the provider's content filter stopped the answer; the local answer is not affected")]
    ContentFiltered,
    /// The user stopped it.
    #[error("stopped; what was already sent cannot be taken back")]
    Cancelled,
    /// The log's entry announced other bytes than these.
    #[error("the audit log announced something else than what would be sent, so nothing was sent; ask again")]
    WrongReceipt,
    /// An original stands in what would be sent.
    #[error(transparent)]
    Leak(#[from] deid::Leak),
}

/// Where time can run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Until the connection stands.
    Connect,
    /// Until the first byte of the answer.
    FirstByte,
    /// Between two parts of the answer.
    Idle,
    /// From beginning to end.
    Total,
}

impl Phase {
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "to connect",
            Self::FirstByte => "to begin its answer",
            Self::Idle => "to go on with its answer",
            Self::Total => "for the whole answer",
        }
    }
}

/// A provider's error code: letters, digits, `_`, `.` and `-`, at most 48. Anything else is dropped, not shortened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    fn of(words: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        ((1..=48).contains(&words.len()) && words.chars().all(plain)).then(|| Self(words.to_owned()))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn number(status: u16, code: Option<&Code>) -> String {
    code.map_or_else(|| status.to_string(), |code| format!("{status}, {}", code.0))
}

fn wait(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(|| " a moment".to_owned(), |d| format!(" {} seconds", d.as_secs().max(1)))
}

impl SendError {
    /// A stable name for the user interface, the log and the exit code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Setup => "network_setup",
            Self::NoKey => "no_key",
            Self::BadAddress(_) => "bad_address",
            Self::BadModel => "bad_model",
            Self::WrongKey => "wrong_key",
            Self::NotFound => "not_found",
            Self::NoCredit => "no_credit",
            Self::RateLimited { .. } => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Timeout { .. } => "timeout",
            Self::CutStream => "cut_stream",
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
            Self::TooLarge => "too_large",
            Self::Redirected => "redirected",
            Self::BadRequest { .. } => "bad_request",
            Self::ContentFiltered => "content_filtered",
            Self::Cancelled => "cancelled",
            Self::WrongReceipt => "wrong_receipt",
            Self::Leak(_) => "leak",
        }
    }

    /// Whether trying again at once, before anything of an answer arrived, may help and repeats nothing.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Overloaded | Self::Refused | Self::Unreachable | Self::Timeout { phase: Phase::Connect }
        )
    }

    /// What an error object of a provider means: one with a status, or one that came in mid-stream with status 200.
    pub(crate) fn of_provider(status: u16, body: &Value, retry_after: Option<Duration>) -> Self {
        let error = body.get("error").filter(|e| !e.is_null()).unwrap_or(body);
        let reasons = error.get("details").and_then(Value::as_array).into_iter().flatten().filter_map(|d| d.get("reason"));
        let words: Vec<&str> =
            ["code", "type", "status"].iter().filter_map(|key| error.get(key)).chain(reasons).filter_map(Value::as_str).collect();
        if let Some(known) = words.iter().find_map(|word| Self::of_code(word, retry_after)) {
            return known;
        }
        let inner = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let status = if status == 200 { inner.unwrap_or(status) } else { status };
        match status {
            401 | 403 | 407 => Self::WrongKey,
            402 => Self::NoCredit,
            404 => Self::NotFound,
            413 => Self::TooLong,
            429 => Self::RateLimited { retry_after },
            408 | 500.. => Self::Overloaded,
            _ => Self::BadRequest { status, code: words.first().and_then(|word| Code::of(word)) },
        }
    }

    fn of_code(code: &str, retry_after: Option<Duration>) -> Option<Self> {
        Some(match code {
            "invalid_api_key"
            | "authentication_error"
            | "permission_error"
            | "UNAUTHENTICATED"
            | "PERMISSION_DENIED"
            | "API_KEY_INVALID" => Self::WrongKey,
            "model_not_found" | "not_found_error" | "NOT_FOUND" => Self::NotFound,
            "insufficient_quota" | "billing_error" | "billing_hard_limit_reached" => Self::NoCredit,
            "rate_limit_exceeded" | "rate_limit_error" | "RESOURCE_EXHAUSTED" => Self::RateLimited { retry_after },
            "server_error" | "overloaded_error" | "api_error" | "timeout_error" | "UNAVAILABLE" | "INTERNAL" | "DEADLINE_EXCEEDED" => {
                Self::Overloaded
            }
            "context_length_exceeded" | "request_too_large" => Self::TooLong,
            "content_filter" | "content_policy_violation" | "invalid_prompt" => Self::ContentFiltered,
            _ => return None,
        })
    }
}

/// What kept a request from arriving.
impl From<&reqwest::Error> for SendError {
    fn from(error: &reqwest::Error) -> Self {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        let (mut refused, mut tls) = (false, false);
        while let Some(one) = cause {
            tls |= one.is::<rustls::Error>();
            let io = one.downcast_ref::<std::io::Error>();
            refused |= io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused);
            // The source of an io::Error is its inner error's source: the inner one has to be asked for by itself.
            cause = match io.and_then(std::io::Error::get_ref) {
                Some(inner) => Some(inner),
                None => one.source(),
            };
        }
        match () {
            () if tls => Self::Tls,
            () if error.is_timeout() => Self::Timeout { phase: Phase::Connect },
            () if refused => Self::Refused,
            () if error.is_connect() => Self::Unreachable,
            // The connection stood and broke before an answer began: the request may have arrived, so it is not repeated.
            () => Self::CutStream,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_errors_are_understood() {
        let of = |status, body| SendError::of_provider(status, &serde_json::from_str(body).unwrap(), None).code();
        assert_eq!(of(401, "null"), "wrong_key");
        assert_eq!(of(400, r#"{"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#), "wrong_key");
        assert_eq!(of(404, r#"{"error":{"code":"model_not_found"}}"#), "not_found");
        assert_eq!(of(429, r#"{"error":{"type":"insufficient_quota"}}"#), "no_credit");
        assert_eq!(of(402, "{}"), "no_credit");
        assert_eq!(of(400, r#"{"error":{"code":"context_length_exceeded"}}"#), "too_long");
        assert_eq!(of(400, r#"{"error":{"code":"content_filter"}}"#), "content_filtered");
        assert_eq!(of(200, r#"{"error":{"code":503,"status":"UNAVAILABLE"}}"#), "overloaded");
        assert_eq!(of(200, r#"{"error":{"code":429}}"#), "rate_limited");
        assert_eq!(of(529, r#"{"type":"error","error":{"type":"overloaded_error"}}"#), "overloaded");
        assert_eq!(of(422, "[]"), "bad_request");
    }

    #[test]
    fn n52_nothing_but_a_plain_code_of_the_server_is_shown() {
        let of =
            |code: &str| SendError::of_provider(400, &serde_json::json!({ "error": { "code": code, "message": "Maria Lopez" } }), None);
        assert!(of("unsupported_parameter").to_string().contains("(400, unsupported_parameter)"));
        for code in ["Maria Lopez", "<script>", "a\nb", "", &"x".repeat(49)] {
            assert_eq!(of(code), SendError::BadRequest { status: 400, code: None });
        }
    }
}
