//! Medical record numbers, by their label (no format of their own: each hospital has one).

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    MRN = r"(?i)\b(?:mrn|m\.r\.n\.?|mr\s?#|med(?:ical)?\.?\s+rec(?:ord)?\.?(?:\s+(?:number|num|no\.?|#))?|medical\s+record|hospital\s+(?:number|no\.?|#)|chart\s*(?:number|no\.?|#)|patient\s+(?:id(?:entifier)?|number|no\.?|#)|pt\s+id|unit\s+(?:number|no\.?|#)|hosp\s+no\.?)\s*(?:number|no\.?|#)?\s*(?:is\s+|:|#|=)?\s*(?:is\s+)?(?P<id>[A-Z]{0,4}-?\d[A-Z0-9-]{2,14})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&MRN, "medical_record_number", EntityType::MedicalRecordNumber, found, |_, _| 0.95);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("MRN: 44718823", &[("44718823", MedicalRecordNumber)]),
            ("mrn 4478812 today", &[("4478812", MedicalRecordNumber)]),
            ("MR# A-22871", &[("A-22871", MedicalRecordNumber)]),
            ("Medical Record Number A-22871", &[("A-22871", MedicalRecordNumber)]),
            ("Patient ID 99-18823", &[("99-18823", MedicalRecordNumber)]),
            ("Chart no. 5512", &[("5512", MedicalRecordNumber)]),
            ("the medical record of 3 visits", &[]),
            ("MRI of 2024", &[]),
            ("chart review", &[]),
        ]);
    }
}
