//! However an answer is cut, the same originals come back, and nothing but placeholders is replaced.
#![no_main]

use deid::{EntityType, Phi, Vault, VaultEntry};

libfuzzer_sys::fuzz_target!(|input: (u8, &str)| {
    let (size, answer) = input;
    let vault = Vault::from_entries(
        [("[PERSON_1]", EntityType::Person, "Maria Lopez"), ("[DATE_12]", EntityType::Date, "[DATE_1]")]
            .map(|(placeholder, entity, original)| VaultEntry { placeholder: placeholder.into(), entity, original: Phi::from(original) }),
    );
    let joined = |parts: Vec<deid::Part>| parts.iter().map(|p| p.text.expose().clone()).collect::<String>();
    let whole = joined(vault.restore(answer));
    let mut restorer = vault.restorer();
    let mut cut = String::new();
    let mut rest = answer;
    while !rest.is_empty() {
        let at = rest.ceil_char_boundary(usize::from(size).clamp(1, rest.len()));
        let (piece, after) = rest.split_at(at);
        cut.push_str(&joined(restorer.push(piece)));
        rest = after;
    }
    cut.push_str(&joined(restorer.finish()));
    assert_eq!(whole, cut);
});
