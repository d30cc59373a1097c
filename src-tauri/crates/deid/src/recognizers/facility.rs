//! Hospitals, clinics, pharmacies and laboratories, by the word that makes them one.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    FACILITY = r"\b(?:(?:St|Saint|Mt|Mount)\.?[ ]+)?(?:[A-Z][A-Za-z.'-]+[ ](?:(?:of|and|the|for)[ ])?){1,5}(?:Hospital|Medical[ ]+Center|Medical[ ]+Centre|Clinic|Health[ ]+Center|Healthcare|Infirmary|Pharmacy|Laboratory|Laboratories|Rehabilitation[ ]+Center|Nursing[ ]+Home|Hospice|Family[ ]+Medicine|Medical[ ]+Group)\b";
    FACILITY_CAPS = r"\b(?:[A-Z][A-Z.'-]+[ ]){1,5}(?:HOSPITAL|MEDICAL CENTER|CLINIC|HEALTH CENTER|PHARMACY|FAMILY MEDICINE|MEDICAL GROUP)\b";
    // What kind of clinic it is, or a word of the sentence: no name.
    KIND = r"(?i)^(?:the |a )?(?:pick-?up|employer|dose|pharmacy|consult|travel|assessment|internal|controlled|new|notification|walk-in|fracture|pain|diabetes|anticoagulation|coumadin|wound|memory|lactation|tongue-tie|well|flu|eye|foot|transplant|outpatient|residents?|preferred|local|retail|mail|specialty|compounding)\b|(?-i: IN | WITH | AFTER | TO )";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    let bare = |hit: &str| hit.split(' ').count() < 3 && (hit.starts_with("The ") || hit.starts_with("This ") || hit.starts_with("Our "));
    text.each(&FACILITY, "facility", EntityType::Facility, found, |hit, _| if bare(hit) || KIND.is_match(hit) { 0.0 } else { 0.7 });
    text.each(&FACILITY_CAPS, "facility", EntityType::Facility, found, |hit, _| if KIND.is_match(hit) { 0.0 } else { 0.7 });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("seen at Lakeview Medical Center", &[("Lakeview Medical Center", Facility)]),
            ("LAKESHORE FAMILY MEDICINE", &[("LAKESHORE FAMILY MEDICINE", Facility)]),
            ("St. Brendan's Hospital", &[("St. Brendan's Hospital", Facility)]),
            ("The Clinic is closed", &[]),
            ("hospital course", &[]),
            ("a clinic visit", &[]),
        ]);
    }
}
