//! Health plan numbers by their label; the Medicare Beneficiary Identifier by its format (CMS, "Understanding the MBI": 11 places, no S, L, O, I, B, Z).

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    PLAN = r"(?i)\b(?:(?:member|subscriber|insurance|beneficiary|policyholder|plan|medicare|medicaid|health\s+plan|hicn|insured(?:'s)?)\s*(?:id(?:entification)?|number|num|no\.?|#)|(?:group)\s*(?:number|num|no\.?|#|id)|medicaid|mbi)\s*(?:number|no\.?|#)?\s*(?:is\s+|:|#|=)?\s*(?P<id>[A-Z]{0,4}[- ]?\d(?:[A-Z0-9]|[- ][A-Z0-9]){3,17})\b";
    MBI = r"\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&PLAN, "health_plan_id", EntityType::HealthPlanId, found, |_, _| 0.92);
    text.each(&MBI, "health_plan_id", EntityType::HealthPlanId, found, |_, _| 0.95);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Insurance ID: WXJ 883 220 117", &[("WXJ 883 220 117", HealthPlanId)]),
            ("Member # 5512-88", &[("5512-88", HealthPlanId)]),
            ("Medicare 1EG4-TE5-MK73", &[("1EG4-TE5-MK73", HealthPlanId)]),
            ("1EG4TE5MK73", &[("1EG4TE5MK73", HealthPlanId)]),
            ("Medicaid: 88231177A", &[("88231177A", HealthPlanId)]),
            ("Group number: 0042118", &[("0042118", HealthPlanId)]),
            ("a group of 12 members", &[]),
            ("plan: return in 3 months", &[]),
            ("Medicare part B", &[]),
        ]);
    }
}
