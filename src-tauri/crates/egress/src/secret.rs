//! A key to a provider: it never prints itself and is wiped when dropped.

use zeroize::Zeroizing;

/// A key. Neither `Debug` nor `Display` nor `Serialize` shows it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a key. Spaces and line ends around it, as copying leaves them, are dropped.
    pub fn new(key: impl Into<String>) -> Self {
        let key = Zeroizing::new(key.into());
        Self(Zeroizing::new(key.trim().to_owned()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_nothing_of_the_key() {
        let key = Secret::new(" sk-123\n");
        assert_eq!((format!("{key:?}").as_str(), key.expose()), ("[secret]", "sk-123"));
    }
}
