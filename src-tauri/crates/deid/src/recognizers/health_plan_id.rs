//! Health plan numbers by their label; the Medicare Beneficiary Identifier by its format (CMS, "Understanding the MBI": 11 places, no S, L, O, I, B, Z), the older HICN (SSN and a suffix).

use super::labelled::{Label, Needs, number};
use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    MBI = r"\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[- ]?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[- ]?[AC-HJKMNP-RT-Y]{2}\d{2}\b";
    HICN = r"\b\d{3}-\d{2}-\d{4}-?[A-DEFHJKMTW]\d?\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "insurance id|member id|memberid|subscriber id|subscriberid",
        needs: Needs::Nothing,
        entity: EntityType::HealthPlanId,
        rule: "health_plan_id",
        sure: 0.92,
        value: number::<4, 20>,
    },
    // What a payer of this name pays for has five places (CPT, HCPCS level II), its numbers have more.
    Label {
        words: "medicare|medicaid|mbi|hicn|hic|medi cal|tricare|medicare beneficiary",
        needs: Needs::Nothing,
        entity: EntityType::HealthPlanId,
        rule: "health_plan_id",
        sure: 0.92,
        value: |place| number::<4, 20>(place).filter(|value| value.at.len() > 5),
    },
    Label {
        words: "member|subscriber|insurance|health insurance|beneficiary|policyholder|plan|health plan|insured|insured s|group|grp|\
            insurance group|insurance policy|insurance member|payer member|enrollee|policy holder|dependent|certificate holder|\
            rxgrp|rxbin|rxpcn|rx group|rx bin|rx grp|rx pcn|rx member|bin|pcn|health card|ohip|versicherten|krankenversicherungs|\
            health insurance policy|cardholder id|plan member|plan beneficiary|coverage|health plan beneficiary|hpid|hpbn",
        needs: Needs::Number,
        entity: EntityType::HealthPlanId,
        rule: "health_plan_id",
        sure: 0.92,
        value: number::<3, 20>,
    },
    Label {
        words: "member|subscriber|rxgrp|rxbin|rxpcn|rx group|rx bin|rx grp|rx pcn|insured id|insurance|health plan|policyholder|\
            health insurance",
        needs: Needs::Mark,
        entity: EntityType::HealthPlanId,
        rule: "health_plan_id",
        sure: 0.88,
        value: number::<4, 20>,
    },
];

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&MBI, "health_plan_id", EntityType::HealthPlanId, found, |_, _| 0.95);
    text.each(&HICN, "health_plan_id", EntityType::HealthPlanId, found, |_, span| if text.alone(span) { 0.9 } else { 0.0 });
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
            ("Medicare part B, Medicare 99204 is paid, Medicaid G0438 not, by Medicare since 2010", &[]),
            ("Member ID\n  W88231177", &[("W88231177", HealthPlanId)]),
            ("subscriberId=ZGP882311704", &[("ZGP882311704", HealthPlanId)]),
            ("Group No. 00421-118", &[("00421-118", HealthPlanId)]),
            ("RxBIN: 610014 RxGRP: 22871X", &[("610014", HealthPlanId), ("22871X", HealthPlanId)]),
            ("HICN 123-45-6789A", &[("123-45-6789A", HealthPlanId)]),
            ("MBI 1EG4 TE5 MK73", &[("1EG4 TE5 MK73", HealthPlanId)]),
            ("Insurance ID: INS.904176746", &[("INS.904176746", HealthPlanId)]),
            ("plan 2 visits, group 3", &[]),
            ("insurance 80/20, copay 20", &[]),
        ]);
    }
}
