//! Medical record numbers, by their label (no format of their own: each hospital has one).

use super::labelled::{Label, Needs, number};
use crate::EntityType;

pub const LABELS: &[Label] = &[
    Label {
        words: "mrn|m r n|medical record|med record|med rec|medical rec|medrec|patient id|patient identifier|patient number|\
            patient no|pt id|pt no|pt number|hosp no|hospital number|hospital no|chart number|chart no|chart id|patientid|\
            patientno|patientnumber|mrnumber|medicalrecordnumber|empi|mpi|hospital id|health record|patient file|patient record|\
            record mrn|mr number|mr no|patient identification|emrn|unit record|patient mrn|medical number|medical id|\
            patient reference|nhs patient",
        needs: Needs::Nothing,
        entity: EntityType::MedicalRecordNumber,
        rule: "medical_record_number",
        sure: 0.95,
        value: number::<3, 16>,
    },
    Label {
        words: "mr|chart|record|unit|hospital|patient|pt|pid|urn|umrn|ur|subject|animal|emr|ehr",
        needs: Needs::Number,
        entity: EntityType::MedicalRecordNumber,
        rule: "medical_record_number",
        sure: 0.9,
        value: number::<3, 16>,
    },
];

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
            (
                "MRNs 4478812, 4478820 and 4478833",
                &[("4478812", MedicalRecordNumber), ("4478820", MedicalRecordNumber), ("4478833", MedicalRecordNumber)],
            ),
            ("Ana was seen (MRN 44718823).", &[("44718823", MedicalRecordNumber)]),
            ("Medical Record Number:\n    00-44-71", &[("00-44-71", MedicalRecordNumber)]),
            ("mrn=\"MRN-44718\"", &[("MRN-44718", MedicalRecordNumber)]),
            ("m.r.n. 4478812", &[("4478812", MedicalRecordNumber)]),
            ("the MRN on the wristband was 4478812", &[("4478812", MedicalRecordNumber)]),
            ("{\"patientId\": \"P-44718\"}", &[("P-44718", MedicalRecordNumber)]),
            ("MRN     Ward\n4478812   North\n", &[("4478812", MedicalRecordNumber)]),
            ("MRN: 44O7l88", &[("44O7l88", MedicalRecordNumber)]),
            ("(MRN.2022967), MRN-B80609", &[("MRN.2022967", MedicalRecordNumber), ("MRN-B80609", MedicalRecordNumber)]),
            ("medical record reviewed, 20 pages", &[]),
            ("patient no longer smokes, 2 packs", &[]),
            ("patient number 3 of 12", &[]),
        ]);
    }
}
