//! Text that may identify someone: it never prints itself.

use zeroize::Zeroize;

/// A value that may identify a person. Neither `Debug` nor `Display` nor `Serialize` shows it, and it is wiped when dropped.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Phi<T: Zeroize>(T);

impl<T: Zeroize> Phi<T> {
    /// Wraps a value that may identify a person.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every caller answers for where it goes next.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl From<&str> for Phi<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<T: Zeroize> std::fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[phi]")
    }
}

impl<T: Zeroize> Drop for Phi<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::Phi;

    #[test]
    fn debug_shows_nothing_of_the_content() {
        assert_eq!(format!("{:?}", Phi::from("Maria Lopez")), "[phi]");
    }
}
