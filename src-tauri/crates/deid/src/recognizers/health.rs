//! Medical record numbers and health plan numbers, by their labels; the Medicare Beneficiary Identifier by its format (CMS, MBI
//! format).

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    MRN = r"(?i)\b(?:mrn|m\.r\.n\.?|mr\s?#|med(?:ical)?\.?\s+rec(?:ord)?\.?(?:\s+(?:number|num|no\.?|#))?|medical\s+record|hospital\s+(?:number|no\.?|#)|chart\s*(?:number|no\.?|#)|patient\s+(?:id(?:entifier)?|number|no\.?|#)|pt\s+id|unit\s+(?:number|no\.?|#)|hosp\s+no\.?)\s*(?:number|no\.?|#)?\s*(?:is\s+|:|#|=)?\s*(?:is\s+)?(?P<id>[A-Z]{0,4}-?\d[A-Z0-9-]{2,14})\b";
    PLAN = r"(?i)\b(?:(?:member|subscriber|insurance|beneficiary|policyholder|plan|medicare|medicaid|health\s+plan|hicn|insured(?:'s)?)\s*(?:id(?:entification)?|number|num|no\.?|#)|(?:group)\s*(?:number|num|no\.?|#|id)|medicaid|mbi)\s*(?:number|no\.?|#)?\s*(?:is\s+|:|#|=)?\s*(?P<id>[A-Z]{0,4}[- ]?\d(?:[A-Z0-9]|[- ][A-Z0-9]){3,17})\b";
    MBI = r"\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::{HealthPlanId, MedicalRecordNumber};
    text.each(&MRN, "medical_record_number", MedicalRecordNumber, found, |_, _| 0.95);
    text.each(&PLAN, "health_plan_id", HealthPlanId, found, |_, _| 0.92);
    text.each(&MBI, "health_plan_id", HealthPlanId, found, |_, _| 0.95);
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
            ("Medical Record Number A-22871", &[("A-22871", MedicalRecordNumber)]),
            ("Insurance ID: WXJ 883 220 117", &[("WXJ 883 220 117", HealthPlanId)]),
            ("Medicare 1EG4-TE5-MK73", &[("1EG4-TE5-MK73", HealthPlanId)]),
        ]);
    }
}
