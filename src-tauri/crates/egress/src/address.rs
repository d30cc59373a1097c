//! Which addresses the door opens to: https, or http to this computer; nothing hidden in them.

use url::{Host, Url};

use crate::SendError;

/// Whether the address is this computer, by its number or by its pinned name.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Refuses an address that is not plainly what it seems to be.
pub fn check(url: &Url) -> Result<(), SendError> {
    let fault = |why| Err(SendError::BadAddress(why));
    let Some(host) = url.host_str().filter(|h| !h.is_empty()) else { return fault("it names no host") };
    if !url.username().is_empty() || url.password().is_some() {
        return fault("it holds a user name or a password before the host");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return fault("it holds a question mark or a hash sign");
    }
    // A name in another script can look like a known one letter by letter.
    if host.split('.').any(|label| label.starts_with("xn--")) {
        return fault("the host's name is not in plain letters");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => fault("http is allowed to this computer alone; use https"),
        _ => fault("it does not begin with https"),
    }
}

/// The address of one call: the provider's own path where it was typed without one, then the fixed tail.
pub(crate) fn endpoint(base: &Url, own_path: &str, tail: &[&str]) -> Result<Url, SendError> {
    check(base)?;
    let mut url = base.clone();
    if matches!(url.path(), "" | "/") {
        url.set_path(own_path);
    }
    url.path_segments_mut().map_err(|()| SendError::BadAddress("it cannot hold a path"))?.pop_if_empty().extend(tail);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(url: &str) -> bool {
        check(&Url::parse(url).unwrap()).is_ok()
    }

    #[test]
    fn n09_n16_addresses() {
        for url in [
            "https://api.openai.com/v1",
            "https://llm.clinic.example:8443/v1",
            "https://10.0.0.4/v1",
            "http://127.0.0.1:11434/v1",
            "http://127.9.8.7",
            "http://[::1]:8080/v1",
            "http://localhost:1234/v1",
            "http://LOCALHOST",
        ] {
            assert!(allowed(url), "{url}");
        }
        for url in [
            "http://api.openai.com/v1",
            "http://10.0.0.4/v1",
            "http://192.168.1.5:11434",
            "http://0.0.0.0:11434",
            "http://localhost.evil.example",
            "http://x.localhost",
            "http://localhost.",
            "http://127.0.0.1.evil.example",
            "http://[::ffff:127.0.0.1]",
            "http://[fe80::1]",
            "https://api.openai.com@evil.example/v1",
            "https://user:word@api.openai.com/v1",
            "https://:word@api.openai.com/v1",
            "https://api.openai.com/v1?key=x",
            "https://api.openai.com/v1#x",
            "https://\u{430}pi.openai.com/v1",
            "https://xn--pi-7ka.example/v1",
            "ftp://api.openai.com/v1",
            "file:///etc/passwd",
            "data:text/plain,x",
            "socks5://127.0.0.1",
        ] {
            assert!(!allowed(url), "{url}");
        }
    }

    #[test]
    fn n09_the_tail_stays_on_the_host() {
        let at = |base: &str| endpoint(&Url::parse(base).unwrap(), "/v1", &["chat", "completions"]).unwrap().to_string();
        assert_eq!(at("https://a.example"), "https://a.example/v1/chat/completions");
        assert_eq!(at("https://a.example/"), "https://a.example/v1/chat/completions");
        assert_eq!(at("https://a.example:8443/openai/v1/"), "https://a.example:8443/openai/v1/chat/completions");
        let odd = endpoint(&Url::parse("https://a.example/v1").unwrap(), "/v1", &["//evil.example/../x?y#z"]).unwrap();
        assert_eq!((odd.host_str(), odd.query(), odd.fragment()), (Some("a.example"), None, None));
    }
}
