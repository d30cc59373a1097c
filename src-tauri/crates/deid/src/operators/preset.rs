//! Tables that follow a rule, each with what it claims and what it does not.

use serde::{Deserialize, Serialize};

use super::{Grain, Operator};
use crate::EntityType;

/// A table that follows a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// A placeholder for everything.
    #[default]
    AllPlaceholders,
    /// 45 CFR 164.514(b)(2).
    HipaaSafeHarbor,
    /// 45 CFR 164.514(e).
    HipaaLimitedDataSet,
    /// 16 CFR 314 (GLBA safeguards) and PCI DSS 4.0, 3.3 and 3.4.
    GlbaPci,
    /// GDPR Article 4(5).
    GdprPseudonymization,
    /// 45 CFR 164.502(b).
    MinimumNecessary,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 6] = [
        Preset::AllPlaceholders,
        Preset::HipaaSafeHarbor,
        Preset::HipaaLimitedDataSet,
        Preset::GlbaPci,
        Preset::GdprPseudonymization,
        Preset::MinimumNecessary,
    ];

    /// What it claims and what it does not.
    pub fn claims(self) -> &'static str {
        match self {
            Preset::AllPlaceholders => {
                "Claims that everything found is replaced by a typed ordinal; does not claim that everything that identifies was found."
            }
            Preset::HipaaSafeHarbor => {
                "Claims to transform the found identifiers as 45 CFR 164.514(b)(2)(i) asks; does not claim that all were found, nor (ii) \
                 that you know of no other way to identify someone."
            }
            Preset::HipaaLimitedDataSet => {
                "Claims to replace the found direct identifiers of 45 CFR 164.514(e)(2); does not claim de-identification: it stays PHI \
                 and needs a data use agreement."
            }
            Preset::GlbaPci => {
                "Claims that found card and account numbers show at most their last four and security codes nothing; does not claim \
                 that the text leaves the scope of GLBA or PCI DSS."
            }
            Preset::GdprPseudonymization => {
                "Claims pseudonymization of what was found (GDPR Art. 4(5)), with vault and seed kept apart; does not claim anonymity: it \
                 stays personal data (Recital 26)."
            }
            Preset::MinimumNecessary => {
                "Claims that passages the caller did not call needed are left out and the rest has placeholders; does not claim that the \
                 caller chose rightly (45 CFR 164.502(b))."
            }
        }
    }

    pub(super) fn operator(self, entity: EntityType) -> Operator {
        use EntityType::*;
        match (self, entity) {
            (_, CardSecurityCode | Secret) => Operator::Placeholder,
            (Preset::HipaaSafeHarbor, Date) => Operator::Generalize(Grain::Year),
            (Preset::HipaaSafeHarbor, Age) => Operator::Generalize(Grain::Over89),
            (Preset::HipaaSafeHarbor, PostalCode) => Operator::Generalize(Grain::Zip3),
            (Preset::HipaaSafeHarbor | Preset::GlbaPci | Preset::GdprPseudonymization, State | Country) => Operator::Keep,
            (Preset::HipaaLimitedDataSet, Date | Age | City | State | PostalCode | Country) => Operator::Keep,
            (Preset::GlbaPci, CreditCard | AccountNumber | Iban) => Operator::Mask,
            (Preset::GdprPseudonymization, Date) => Operator::ShiftDate { keep_weekday: true },
            (Preset::GdprPseudonymization, Age) => Operator::Generalize(Grain::FiveYears),
            (Preset::GdprPseudonymization, Profession | Nrp) => Operator::Redact,
            (Preset::GdprPseudonymization, _) => Operator::Surrogate,
            _ => Operator::Placeholder,
        }
    }
}
