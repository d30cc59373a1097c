//! Overlapping detections -> one ordered list without overlaps, by a written rule that never uncovers a byte.

use crate::{Detection, Source, Span};

/// Resolves overlaps.
///
/// 1. Detections of one entity type that overlap become one, over their hull, named by the surer one.
/// 2. Then the strongest keeps its span. Strength is, in this order: a reviewer's mark, a field of the format, a
///    confidence of 0.8 or more, the longer span, the higher confidence, the earlier entity type.
/// 3. A weaker one keeps what sticks out, if a letter or digit stands there: what any finder called an identifier
///    stays covered.
pub fn resolve(text: &str, detections: Vec<Detection>) -> Vec<Detection> {
    let mut pending: Vec<Detection> = merge_same_type(detections.into_iter().filter(|d| !d.span.is_empty()).collect());
    pending.sort_by(|a, b| strength(b).partial_cmp(&strength(a)).unwrap_or(std::cmp::Ordering::Equal));
    // Kept spans never overlap, so the ones that touch a new span lie next to each other in this order.
    let mut kept = std::collections::BTreeMap::<usize, Detection>::new();
    for detection in pending {
        let mut at = detection.span.start;
        let mut pieces = Vec::new();
        let before = kept.range(..detection.span.start).next_back().map(|(_, d)| d.span);
        let within = kept.range(detection.span.start..detection.span.end).map(|(_, d)| d.span);
        for taken in before.into_iter().chain(within).filter(|taken| taken.overlaps(&detection.span)) {
            if at < taken.start {
                pieces.push(Span::new(at, taken.start));
            }
            at = at.max(taken.end);
        }
        if at < detection.span.end {
            pieces.push(Span::new(at, detection.span.end));
        }
        let whole = pieces.len() == 1 && pieces.first() == Some(&detection.span);
        for piece in pieces {
            let piece = if whole { piece } else { trimmed(text, piece) };
            if !piece.is_empty() {
                kept.insert(piece.start, Detection { span: piece, ..detection.clone() });
            }
        }
    }
    kept.into_values().collect()
}

fn merge_same_type(mut detections: Vec<Detection>) -> Vec<Detection> {
    detections.sort_by_key(|d| (d.entity, d.span.start, d.span.end));
    let mut merged: Vec<Detection> = Vec::with_capacity(detections.len());
    for detection in detections {
        match merged.last_mut() {
            Some(last) if last.entity == detection.entity && last.span.overlaps(&detection.span) => {
                let span = last.span.hull(&detection.span);
                if strength(&detection) > strength(last) {
                    *last = detection;
                }
                last.span = span;
            }
            _ => merged.push(detection),
        }
    }
    merged
}

fn strength(d: &Detection) -> (u8, bool, usize, f32, std::cmp::Reverse<crate::EntityType>) {
    let authority = match d.source {
        Source::Reviewer => 2,
        Source::Field(_) => 1,
        _ => 0,
    };
    (authority, d.confidence >= 0.8, d.span.len(), d.confidence, std::cmp::Reverse(d.entity))
}

/// The span without the blanks and punctuation at its ends; empty where no letter or digit is left.
pub(crate) fn trimmed(text: &str, span: Span) -> Span {
    let words = span.of(text);
    let start = words.find(char::is_alphanumeric);
    let end = words.char_indices().rev().find(|(_, c)| c.is_alphanumeric()).map(|(i, c)| i + c.len_utf8());
    match (start, end) {
        (Some(start), Some(end)) => Span::new(span.start + start, span.start + end),
        _ => Span::new(span.start, span.start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntityType::{self, *};

    fn found(start: usize, end: usize, entity: EntityType, confidence: f32) -> Detection {
        Detection { span: Span::new(start, end), entity, confidence, source: Source::Model }
    }

    fn spans(text: &str, detections: Vec<Detection>) -> Vec<(usize, usize, EntityType)> {
        resolve(text, detections).iter().map(|d| (d.span.start, d.span.end, d.entity)).collect()
    }

    #[test]
    fn same_type_overlaps_become_their_hull() {
        let text = "Maria Lopez Garcia";
        let got = spans(text, vec![found(0, 11, Person, 0.9), found(6, 18, Person, 0.99)]);
        assert_eq!(got, [(0, 18, Person)]);
    }

    #[test]
    fn the_longer_sure_one_swallows_the_shorter() {
        let text = "maria.lopez@example.org";
        assert_eq!(spans(text, vec![found(0, 23, EmailAddress, 0.95), found(0, 11, Person, 0.99)]), [(0, 23, EmailAddress)]);
    }

    #[test]
    fn what_sticks_out_stays_covered() {
        let text = "12 Oak St, Salem 97301";
        let got = spans(text, vec![found(0, 16, StreetAddress, 0.5), found(11, 22, City, 0.9)]);
        assert_eq!(got, [(0, 9, StreetAddress), (11, 22, City)]);
    }

    #[test]
    fn a_reviewer_wins_over_everything() {
        let text = "Lopez Clinic";
        let mut mark = found(0, 5, Person, 1.0);
        mark.source = Source::Reviewer;
        assert_eq!(spans(text, vec![found(0, 12, Facility, 0.99), mark]), [(0, 5, Person), (6, 12, Facility)]);
    }

    #[test]
    fn touching_ones_both_stay() {
        assert_eq!(spans("abcdef", vec![found(0, 3, City, 0.9), found(3, 6, State, 0.9)]).len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_uncovered_and_nothing_overlaps(
            raw in proptest::collection::vec((0usize..60, 1usize..20, 0usize..6, 0.0f32..1.0), 0..12)
        ) {
            let text = "abcdefghij".repeat(8);
            let all: Vec<_> = raw.iter().map(|(s, l, e, c)| found(*s, s + l, EntityType::ALL[*e], *c)).collect();
            let out = resolve(&text, all.clone());
            for pair in out.windows(2) {
                proptest::prop_assert!(pair[0].span.end <= pair[1].span.start);
            }
            for d in &all {
                for byte in d.span.start..d.span.end {
                    proptest::prop_assert!(out.iter().any(|o| o.span.start <= byte && byte < o.span.end));
                }
            }
        }
    }
}
