//! What a reviewer changes: edits over what was found at import, replayed in order, so that each can be taken back.

use deid::{Detection, EntityType, Phi, Positions, Source, Span, Unit, found_everywhere};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::view::Edit;

/// An edit as it is kept: positions in bytes, not numbers of a list that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum KeptEdit {
    Remove { span: Span, entity: EntityType },
    Add { span: Span, entity: EntityType },
    Retype { span: Span, from: EntityType, to: EntityType },
}

/// A record's detections after the reviewer's edits, and the words that he released.
#[derive(Debug, Clone)]
pub(crate) struct Reviewed {
    pub detections: Vec<Detection>,
    pub released: Vec<(EntityType, Phi<String>)>,
}

/// Turns an edit of the window, made on `current`, into one that can be kept.
pub(crate) fn kept(text: &str, current: &[Detection], edit: &Edit) -> Result<KeptEdit> {
    let entity_type = |name: &str| EntityType::parse(name).ok_or_else(|| Error::invalid("this entity type is not known"));
    let known = |id: u32| current.get(id as usize).ok_or_else(|| Error::not_found("finding"));
    Ok(match edit {
        Edit::Remove { detection } => known(*detection).map(|d| KeptEdit::Remove { span: d.span, entity: d.entity })?,
        Edit::Retype { detection, entity } => {
            let d = known(*detection)?;
            KeptEdit::Retype { span: d.span, from: d.entity, to: entity_type(entity)? }
        }
        Edit::Add { start, end, entity } => {
            let positions = Positions::new(text, Unit::Utf16);
            let span = Span::new(positions.to_byte(*start as usize), positions.to_byte(*end as usize));
            let words = span.of(text);
            let start = span.start + (words.len() - words.trim_start().len());
            let span = Span::new(start, start + words.trim().len());
            if span.is_empty() {
                return Err(Error::invalid("nothing is selected"));
            }
            KeptEdit::Add { span, entity: entity_type(entity)? }
        }
    })
}

/// Replays edits over what was found at import.
pub(crate) fn replay(text: &str, found: Vec<Detection>, edits: &[KeptEdit]) -> Result<Reviewed> {
    let mut state = Reviewed { detections: found, released: Vec::new() };
    for edit in edits {
        apply(text, &mut state, edit)?;
    }
    Ok(state)
}

fn apply(text: &str, state: &mut Reviewed, edit: &KeptEdit) -> Result<()> {
    let same = |a: &Span, b: &Span| a.of(text).trim().to_lowercase() == b.of(text).trim().to_lowercase();
    match edit {
        // All of the same words go together: one left over would be an original that still stands in what is sent.
        KeptEdit::Remove { span, entity } => {
            state.detections.retain(|d| !(d.entity == *entity && same(&d.span, span)));
            state.released.push((*entity, Phi::from(span.of(text).trim())));
        }
        KeptEdit::Retype { span, from, to } => {
            for d in state.detections.iter_mut().filter(|d| d.entity == *from && same(&d.span, span)) {
                (d.entity, d.confidence, d.source) = (*to, 1.0, Source::Reviewer);
            }
        }
        KeptEdit::Add { span, entity } => {
            state.released.retain(|(_, words)| words.expose().to_lowercase() != span.of(text).trim().to_lowercase());
            let mut found = std::mem::take(&mut state.detections);
            found.push(Detection { span: *span, entity: *entity, confidence: 1.0, source: Source::Reviewer });
            state.detections = found_everywhere(text, found).map_err(|(_, e)| Error::new(crate::ErrorCode::Internal, e.to_string(), ""))?;
            let released = |d: &Detection| {
                state.released.iter().any(|(_, words)| words.expose().to_lowercase() == d.span.of(text).trim().to_lowercase())
            };
            let back: Vec<bool> = state.detections.iter().map(|d| d.source == Source::Propagation && released(d)).collect();
            let mut back = back.into_iter();
            state.detections.retain(|_| !back.next().unwrap_or(false));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Maria Lopez saw Lopez; Hope agreed. Call Hope.";

    fn at(words: &str, entity: EntityType) -> Detection {
        let start = TEXT.find(words).unwrap();
        Detection { span: Span::new(start, start + words.len()), entity, confidence: 0.9, source: Source::Model }
    }

    fn shown(state: &Reviewed) -> Vec<(&str, &str)> {
        state.detections.iter().map(|d| (d.span.of(TEXT), d.entity.name())).collect()
    }

    #[test]
    fn removing_takes_all_of_the_same_words_and_undo_is_replay_without_it() {
        let found = found_everywhere(TEXT, vec![at("Maria Lopez", EntityType::Person), at("Hope", EntityType::Person)]).unwrap();
        let state = replay(TEXT, found.clone(), &[]).unwrap();
        assert_eq!(shown(&state), [("Maria Lopez", "PERSON"), ("Lopez", "PERSON"), ("Hope", "PERSON"), ("Hope", "PERSON")]);
        let remove = kept(TEXT, &state.detections, &Edit::Remove { detection: 2 }).unwrap();
        let state = replay(TEXT, found, &[remove]).unwrap();
        assert_eq!(shown(&state), [("Maria Lopez", "PERSON"), ("Lopez", "PERSON")]);
        assert_eq!(state.released.len(), 1);
    }

    #[test]
    fn adding_marks_every_place_and_changing_the_type_too() {
        let add = kept(TEXT, &[], &Edit::Add { start: 22, end: 28, entity: "PERSON".into() }).unwrap();
        let state = replay(TEXT, vec![], std::slice::from_ref(&add)).unwrap();
        assert_eq!(shown(&state), [("Hope", "PERSON"), ("Hope", "PERSON")]);
        let retype = kept(TEXT, &state.detections, &Edit::Retype { detection: 0, entity: "ORGANIZATION".into() }).unwrap();
        assert_eq!(shown(&replay(TEXT, vec![], &[add, retype]).unwrap()), [("Hope", "ORGANIZATION"), ("Hope", "ORGANIZATION")]);
    }

    #[test]
    fn what_was_released_is_not_found_again_by_another_mark() {
        let found = found_everywhere(TEXT, vec![at("Maria Lopez", EntityType::Person)]).unwrap();
        let remove = kept(TEXT, &found, &Edit::Remove { detection: 1 }).unwrap();
        let add = KeptEdit::Add { span: at("Hope", EntityType::Person).span, entity: EntityType::Person };
        let state = replay(TEXT, found, &[remove, add]).unwrap();
        assert_eq!(shown(&state), [("Maria Lopez", "PERSON"), ("Hope", "PERSON"), ("Hope", "PERSON")]);
    }

    #[test]
    fn bad_edits_are_refused() {
        assert!(kept(TEXT, &[], &Edit::Remove { detection: 0 }).is_err());
        assert!(kept(TEXT, &[], &Edit::Add { start: 5, end: 5, entity: "PERSON".into() }).is_err());
        assert!(kept(TEXT, &[], &Edit::Add { start: 0, end: 5, entity: "NOBODY".into() }).is_err());
    }
}
