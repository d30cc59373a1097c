//! Places that a format defines to hold codes of meaning: what a finder marked there identifies nobody.

use crate::resolve::trimmed;
use crate::{Detection, Span};

/// The detections without what lies in `codes`, which are ordered and apart. What sticks out stays, if a letter or digit is in it.
pub(crate) fn outside(text: &str, codes: &[Span], found: Vec<Detection>) -> Vec<Detection> {
    let mut kept = Vec::with_capacity(found.len());
    for detection in found {
        let first = codes.partition_point(|code| code.end <= detection.span.start);
        let touched = codes.get(first..).unwrap_or_default().iter().take_while(|code| code.start < detection.span.end);
        let (mut at, mut cut) = (detection.span.start, false);
        for code in touched {
            if at < code.start {
                kept.push(Detection { span: trimmed(text, Span::new(at, code.start)), ..detection.clone() });
            }
            (at, cut) = (code.end, true);
        }
        if !cut {
            kept.push(detection);
        } else if at < detection.span.end {
            kept.push(Detection { span: trimmed(text, Span::new(at, detection.span.end)), ..detection });
        }
    }
    kept.retain(|detection| !detection.span.is_empty());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EntityType, Source};

    #[test]
    fn a_code_is_no_finding_and_what_sticks_out_stays_one() {
        let text = "MR^ABERNATHY^QUENTIN^L";
        let found =
            |start, end| Detection { span: Span::new(start, end), entity: EntityType::Person, confidence: 0.9, source: Source::Model };
        let codes = [Span::new(0, 2), Span::new(21, 22)];
        let left = |d: Detection| -> Vec<String> { outside(text, &codes, vec![d]).iter().map(|d| d.span.of(text).to_owned()).collect() };
        assert_eq!(left(found(0, 2)), [""; 0]);
        assert_eq!(left(found(0, 22)), ["ABERNATHY^QUENTIN"]);
        assert_eq!(left(found(3, 12)), ["ABERNATHY"]);
        assert_eq!(outside(text, &[], vec![found(0, 22)]), [found(0, 22)]);
    }
}
