//! The letters and digits of records, to be asked whether a surrogate stands among them.

use std::collections::HashMap;

/// Letters and digits of a text, in lower case.
pub(super) fn signs(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Bytes that are looked up at once.
const GRAM: usize = 4;

/// The signs of all texts so far. Thousands of surrogates may be looked for in millions of signs, so places are kept by what begins
/// there; they are collected when the first is asked for.
#[derive(Default)]
pub(super) struct Signs {
    all: Vec<u8>,
    collected: usize,
    places: HashMap<[u8; GRAM], Vec<u32>>,
}

impl Signs {
    pub fn add(&mut self, signs: &str) {
        self.all.extend_from_slice(signs.as_bytes());
        self.all.push(b'\n');
    }

    /// Whether they stand in one of the texts, without a break.
    pub fn hold(&mut self, signs: &str) -> bool {
        let key = signs.as_bytes();
        for (at, gram) in self.all.windows(GRAM).enumerate().skip(self.collected) {
            if let (Ok(gram), Ok(at)) = (gram.try_into(), u32::try_from(at)) {
                self.places.entry(gram).or_default().push(at);
            }
        }
        self.collected = (self.all.len() + 1).saturating_sub(GRAM);
        let mut rarest: Option<(usize, &[u32])> = None;
        for (from, gram) in key.windows(GRAM).enumerate() {
            let Some(places) = gram.try_into().ok().and_then(|gram: [u8; GRAM]| self.places.get(&gram)) else { return false };
            if rarest.is_none_or(|(_, least)| places.len() < least.len()) {
                rarest = Some((from, places));
            }
        }
        match rarest {
            Some((from, places)) => places.iter().any(|at| {
                let start = (*at as usize).checked_sub(from);
                start.and_then(|start| self.all.get(start..start + key.len())) == Some(key)
            }),
            // Shorter than what is looked up.
            None => self.all.windows(key.len().max(1)).any(|window| window == key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_found_as_a_search_would_find_them(texts in prop::collection::vec("[abé1 ]{0,40}", 1..5), key in "[abé1]{1,9}") {
            let mut all = Signs::default();
            let mut plain = String::new();
            for text in &texts {
                all.add(&signs(text));
                plain += &(signs(text) + "\n");
                prop_assert_eq!(all.hold(&key), plain.contains(&key), "{} in {:?}", key, plain);
            }
        }
    }
}
