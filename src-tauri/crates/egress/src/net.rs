//! How connections are made: no redirects, no environment, no pool left open; https, and http to this computer alone.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::{Certificate, Proxy, redirect, retry, tls};
use url::Url;

use crate::{SendError, address};

/// What every request says about its sender.
pub const USER_AGENT: &str = concat!("cordon/", env!("CARGO_PKG_VERSION"));

/// How the network is used. What the environment says about proxies is ignored.
#[derive(Clone)]
pub struct Options {
    /// The proxy that an administrator configured, `http` or `https`. This computer is never reached through it.
    pub proxy: Option<Url>,
    /// Certificate authorities that an administrator added to those of the system, as PEM.
    pub authorities: Vec<Vec<u8>>,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Until the first byte of an answer.
    pub first_byte_timeout: Duration,
    /// Between two parts of an answer.
    pub idle_timeout: Duration,
    /// From beginning to end, all tries together.
    pub total: Duration,
    /// The longest answer.
    pub max_answer_bytes: usize,
    /// How often a request is tried again before anything of an answer arrived.
    pub retries: u32,
    /// The pause before the first new try; it doubles with each, give or take a half.
    pub backoff: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            proxy: None,
            authorities: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(30),
            total: Duration::from_secs(300),
            max_answer_bytes: 4 << 20,
            retries: 2,
            backoff: Duration::from_millis(500),
        }
    }
}

/// The two ways out: to this computer, and to everywhere else. One that could not be built stays shut.
pub(crate) struct Doors {
    loopback: Result<reqwest::Client, SendError>,
    outside: Result<reqwest::Client, SendError>,
}

impl Doors {
    pub(crate) fn new(options: &Options) -> Self {
        Self { loopback: loopback(options), outside: outside(options) }
    }

    /// The way to an address, after the address itself was checked.
    pub(crate) fn to(&self, url: &Url) -> Result<&reqwest::Client, SendError> {
        if address::is_loopback(url) { &self.loopback } else { &self.outside }.as_ref().map_err(Clone::clone)
    }

    /// Why the way to everywhere else is shut, if it is.
    pub(crate) fn problem(&self) -> Option<&SendError> {
        self.outside.as_ref().err()
    }
}

fn builder(options: &Options) -> reqwest::ClientBuilder {
    // An error means that a provider is already there, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .pool_max_idle_per_host(0)
        .tls_version_min(tls::Version::TLS_1_2)
        .connect_timeout(options.connect_timeout)
}

fn authorities(options: &Options) -> Result<Vec<Certificate>, SendError> {
    let mut all = Vec::new();
    for pem in &options.authorities {
        let bundle = Certificate::from_pem_bundle(pem).map_err(|_| SendError::Setup)?;
        if bundle.is_empty() {
            return Err(SendError::Setup);
        }
        all.extend(bundle);
    }
    Ok(all)
}

/// To this computer: never through a proxy, its name never looked up, no public authority trusted.
fn loopback(options: &Options) -> Result<reqwest::Client, SendError> {
    let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    let client = builder(options).resolve_to_addrs("localhost", &here).tls_certs_only(authorities(options)?).build();
    client.map_err(|_| SendError::Setup)
}

/// To everywhere else: https, and the proxy where one is configured. Without the proxy there is no way out then.
fn outside(options: &Options) -> Result<reqwest::Client, SendError> {
    let mut builder = builder(options).https_only(true);
    let extra = authorities(options)?;
    if !extra.is_empty() {
        builder = builder.tls_certs_merge(extra);
    }
    if let Some(proxy) = &options.proxy {
        if !matches!(proxy.scheme(), "http" | "https") || !proxy.has_host() {
            return Err(SendError::Setup);
        }
        builder = builder.proxy(Proxy::all(proxy.clone()).map_err(|_| SendError::Setup)?);
    }
    builder.build().map_err(|_| SendError::Setup)
}
