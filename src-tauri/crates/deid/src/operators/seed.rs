//! The secret of a case, and what is drawn from it: HMAC-SHA256 of ordinals, never of values (45 CFR 164.514(c)).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::EntityType;

/// The secret of a case: 32 random bytes of the caller. It never prints itself and is wiped when dropped.
#[derive(Clone)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed of 32 secret random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed of the case with that number. The number must be a counter of the caller, not a number of a patient.
    pub fn of_case(&self, number: u64) -> Seed {
        Seed(self.block(&[b"case", &number.to_be_bytes()]))
    }

    /// What is drawn for the n-th value of a type, at the n-th try.
    pub(super) fn draws(&self, entity: EntityType, ordinal: u32, attempt: u32) -> Draws {
        let message = [b"surrogate ".as_slice(), entity.name().as_bytes(), &ordinal.to_be_bytes(), &attempt.to_be_bytes()].concat();
        Draws { seed: self.clone(), message, counter: 0, block: Zeroizing::new([0; 32]), used: 32 }
    }

    /// What is drawn for the dates of the case.
    pub(super) fn date_draws(&self) -> Draws {
        Draws { seed: self.clone(), message: b"date shift".to_vec(), counter: 0, block: Zeroizing::new([0; 32]), used: 32 }
    }

    fn block(&self, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC takes a key of any length; a block of its own size is never refused.
        let mut key = [0u8; 64];
        for (to, from) in key.iter_mut().zip(self.0) {
            *to = from;
        }
        let mut mac = Hmac::<Sha256>::new(&key.into());
        key.zeroize();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[seed]")
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A stream of numbers: the blocks of HMAC(seed, message, counter).
pub(super) struct Draws {
    seed: Seed,
    message: Vec<u8>,
    counter: u64,
    block: Zeroizing<[u8; 32]>,
    used: usize,
}

impl Draws {
    fn byte(&mut self) -> u8 {
        if self.used >= self.block.len() {
            self.block = Zeroizing::new(self.seed.block(&[&self.message, b"#", &self.counter.to_be_bytes()]));
            self.counter += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block.get(self.used - 1).copied().unwrap_or(0)
    }

    /// A number below `end`, each as likely as the others to within 2^-32; 0 where `end` is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let wide = (0..8).fold(0u64, |all, _| all << 8 | u64::from(self.byte()));
        wide.checked_rem(end as u64).unwrap_or(0) as usize
    }

    /// One of the words; the empty one where there are none.
    pub(super) fn pick<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words.get(self.below(words.len())).copied().unwrap_or("")
    }

    /// A digit.
    pub(super) fn digit(&mut self) -> char {
        char::from_digit(self.below(10) as u32, 10).unwrap_or('0')
    }

    /// A letter of `A` to `Z` that no reader takes for a digit.
    pub(super) fn letter(&mut self) -> char {
        "ABCDEFGHJKLMNPRSTUVWXYZ".chars().nth(self.below(23)).unwrap_or('X')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_type_ordinal_and_attempt_alone() {
        let seed = Seed::new([7; 32]);
        let first = |seed: &Seed, entity, ordinal, attempt| {
            let mut draws = seed.draws(entity, ordinal, attempt);
            (0..40).map(|_| draws.below(1000)).collect::<Vec<_>>()
        };
        let one = first(&seed, EntityType::Person, 1, 0);
        assert_eq!(one, first(&Seed::new([7; 32]), EntityType::Person, 1, 0));
        for other in [
            first(&Seed::new([8; 32]), EntityType::Person, 1, 0),
            first(&seed.of_case(0), EntityType::Person, 1, 0),
            first(&seed, EntityType::City, 1, 0),
            first(&seed, EntityType::Person, 2, 0),
            first(&seed, EntityType::Person, 1, 1),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(format!("{seed:?}"), "[seed]");
    }

    /// RFC 4231, test case 2 needs a short key; here the same construction over a key of 32 bytes, computed with Python's hmac.
    #[test]
    fn the_construction_is_hmac_sha256() {
        let block = Seed::new([7; 32]).block(&[b"case", &1u64.to_be_bytes()]);
        assert_eq!(
            block.iter().map(|b| format!("{b:02x}")).collect::<String>(),
            "eb32a05fc43f923b3d549688cb07c0391c5eca4b2a3d98e8fc86a60ded13b01a"
        );
    }
}
