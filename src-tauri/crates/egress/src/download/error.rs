//! What can go wrong with a download, in words that say what to do.

use std::time::Duration;

use crate::SendError;

/// Why a model, or what a hub says about one, did not arrive. It never holds text of the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// The hub's address, a repository, a revision or a file's name is refused.
    #[error("{0} is refused: it is not plainly what it seems to be")]
    BadName(&'static str),
    /// The network cannot be used, or nobody answers.
    #[error("the model hub cannot be reached ({}); check the address, the proxy and the network", .0.code())]
    Network(SendError),
    /// No such file.
    #[error("the model hub has no `{0}` at this revision; check the repository and the revision")]
    NotFound(String),
    /// Nobody without a token, or not this one, may have it.
    #[error("the model hub does not give `{0}` to everybody; accept its licence there and set up a token, or choose another model")]
    NotAllowed(String),
    /// Too many requests.
    #[error("the model hub wants fewer requests; wait{} and pull again, what arrived is kept", wait(*.retry_after))]
    RateLimited {
        /// How long it asked to wait.
        retry_after: Option<Duration>,
    },
    /// The hub has a fault.
    #[error("the model hub is overloaded or has a fault; pull again later, what arrived is kept")]
    Overloaded,
    /// The hub answered something else.
    #[error("the model hub answered with status {0}; check the address")]
    Status(u16),
    /// What came is not what a hub says.
    #[error("what came back is not an answer of a model hub; check its address")]
    Malformed,
    /// The hub pointed to a host that is not on the list.
    #[error("the model hub pointed to the host `{0}`, which is not on the list; it was not followed")]
    Redirected(String),
    /// It pointed on and on.
    #[error("the model hub pointed from one address to the next without end")]
    TooManyRedirects,
    /// It is another commit.
    #[error("the model hub has another commit behind `{0}` than the one that is pinned")]
    OtherRevision(String),
    /// The file has another size than the one pinned. What arrived is removed.
    #[error("`{0}` does not have the size that is pinned, so it was not kept")]
    Size(String),
    /// The file has another sha256 than the one pinned. What arrived is removed.
    #[error("`{0}` does not have the sha256 that is pinned, so it was not kept")]
    Digest(String),
    /// It broke off. What arrived is kept.
    #[error("the download of `{0}` broke off; pull again, it goes on where it stopped")]
    Broken(String),
    /// It cannot be written.
    #[error("the folder of the models cannot be written ({0})")]
    Disk(String),
    /// Another program is at it.
    #[error("`{0}` is being pulled by another program right now")]
    Busy(String),
    /// The user stopped it. What arrived is kept.
    #[error("stopped; pull again, it goes on where it stopped")]
    Cancelled,
}

impl From<std::io::Error> for DownloadError {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error.kind().to_string())
    }
}

fn wait(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(|| " a moment".to_owned(), |d| format!(" {} seconds", d.as_secs().max(1)))
}

impl DownloadError {
    /// A stable name for the user interface and programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadName(_) => "bad_name",
            Self::Network(error) => error.code(),
            Self::NotFound(_) => "not_found",
            Self::NotAllowed(_) => "not_allowed",
            Self::RateLimited { .. } => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::Status(_) => "status",
            Self::Malformed => "malformed",
            Self::Redirected(_) => "redirected",
            Self::TooManyRedirects => "too_many_redirects",
            Self::OtherRevision(_) => "other_revision",
            Self::Size(_) => "size",
            Self::Digest(_) => "digest",
            Self::Broken(_) => "broken",
            Self::Disk(_) => "disk",
            Self::Busy(_) => "busy",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether going on at once may help.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Overloaded | Self::Broken(_) | Self::RateLimited { .. } => true,
            Self::Network(error) => error.is_transient() || matches!(error, SendError::CutStream | SendError::Timeout { .. }),
            _ => false,
        }
    }

    /// What a status other than success means.
    pub(super) fn of_status(status: u16, file: &str, retry_after: Option<Duration>) -> Self {
        match status {
            401 | 403 => Self::NotAllowed(file.to_owned()),
            404 | 410 => Self::NotFound(file.to_owned()),
            429 => Self::RateLimited { retry_after },
            408 | 500.. => Self::Overloaded,
            status => Self::Status(status),
        }
    }
}
