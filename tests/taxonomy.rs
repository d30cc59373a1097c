//! The policy knows every name that the engine can give it: a class or an entity type that is new in one room is new in both.

use std::collections::{BTreeMap, BTreeSet};

use deid::{EntityType, RecordClass};
use policy::{Facts, PolicySet};

fn unknown(class: RecordClass, entities: BTreeMap<String, u32>, special: BTreeSet<String>) -> bool {
    let facts = Facts {
        class: class.name().into(),
        domain: class.domain().name().into(),
        class_confidence: 9_000,
        entities,
        lowest_confidence: 9_000,
        complete: true,
        unread: false,
        released: BTreeSet::new(),
        reviewed: false,
        special,
        provider: None,
        actor_role: "staff".into(),
        purpose: "treatment_payment_operations".into(),
    };
    PolicySet::default_policy().decide(&facts).rules.iter().any(|rule| rule.id == "engine.unknown")
}

#[test]
fn every_class_and_entity_type_is_known_to_the_policy() {
    for class in RecordClass::ALL {
        assert!(!unknown(*class, BTreeMap::new(), BTreeSet::new()), "{}", class.name());
    }
    for entity in EntityType::ALL {
        let found = BTreeMap::from([(entity.name().to_owned(), 1)]);
        assert!(!unknown(RecordClass::ALL[0], found, BTreeSet::new()), "{}", entity.name());
    }
    assert!(unknown(RecordClass::ALL[0], BTreeMap::from([("SHOE_SIZE".to_owned(), 1)]), BTreeSet::new()));
}

#[test]
fn every_special_category_that_words_or_a_class_raise_is_known_to_the_policy() {
    let words = "Psychotherapy session. Methadone clinic under 42 CFR Part 2.";
    let mut special = deid::special_categories(words, None);
    for class in RecordClass::ALL {
        let sure = deid::Classification { class: *class, confidence: 1.0, domain_confidence: 1.0 };
        special.extend(deid::special_categories("", Some(&sure)));
    }
    assert!(special.len() >= 2, "{special:?}");
    assert!(!unknown(RecordClass::ALL[0], BTreeMap::new(), special.clone()), "{special:?}");
}
