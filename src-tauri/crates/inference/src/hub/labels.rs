//! What the labels of a model from a hub mean here: its own names, with or without B-, I- and their kin, through the administrator's map.

use std::collections::{BTreeMap, BTreeSet};

use deid::EntityType;

use crate::decode::{Confidence, Labels};
use crate::{HubModel, ModelError};

/// The meaning of every label. One that the map does not name is refused: to leave it out in silence would weaken. So is a line of
/// the map that no label of the model has.
pub(crate) fn labels(of_model: &[String], hub: &HubModel) -> Result<Labels, ModelError> {
    let shape = |what: String| ModelError::Shape(what);
    let mut map = BTreeMap::new();
    for (label, name) in &hub.labels {
        let entity = match name.as_str() {
            "none" => None,
            name => Some(
                EntityType::parse(name)
                    .ok_or_else(|| shape(format!("the label `{label}` stands for `{name}`, which is no entity type")))?,
            ),
        };
        map.insert(label.as_str(), entity);
    }
    let mut used = BTreeSet::new();
    let mut meaning = Vec::new();
    for label in of_model {
        let (begins, name) = split(label);
        let key = if map.contains_key(label.as_str()) { label.as_str() } else { name };
        meaning.push(match map.get(key) {
            Some(entity) => {
                used.insert(key);
                entity.map(|entity| (entity, begins))
            }
            None if label == "O" => None,
            None => {
                return Err(shape(format!(
                    "the label `{label}` of the model stands in no line of the entry's labels; `none` leaves it out"
                )));
            }
        });
    }
    if let Some(unused) = map.keys().find(|key| !used.contains(*key)) {
        return Err(shape(format!("the entry's labels name `{unused}`, which the model does not have")));
    }
    if meaning.iter().all(Option::is_none) || meaning.iter().all(Option::is_some) {
        return Err(shape("the entry's labels leave nothing to find, or nothing to leave".into()));
    }
    let thresholds = meaning.iter().flatten().map(|(entity, _)| (*entity, hub.threshold)).collect();
    Ok(Labels { meaning, thresholds, temperature: hub.temperature, confidence: Confidence::default() })
}

/// Whether the label begins a span, and its name: schemes BIO, BIOES, BILOU, and names alone.
pub(super) fn split(label: &str) -> (bool, &str) {
    match label.split_once('-') {
        Some(("B" | "S" | "U", name)) => (true, name),
        Some(("I" | "E" | "L", name)) => (false, name),
        _ => (false, label),
    }
}
