//! A sample record, with invented people.

/// Its name.
pub const NAME: &str = "sample-visit-note.txt";

/// Its text.
pub const TEXT: &str = "\
LAKESHORE FAMILY MEDICINE
2250 Harbor View Drive, Suite 110, Duluth, MN 55802
Phone: (218) 555-0142   Fax: (218) 555-0143

PROGRESS NOTE

Patient: Maria Delgado-Quinn        DOB: 03/14/1958
MRN: 44718823                       Visit: November 4, 2024
Provider: Thomas Okafor, MD         Insurance ID: WXJ 883 220 117

Chief complaint: follow-up of type 2 diabetes and blood pressure.

History of present illness:
Mrs. Delgado-Quinn is a 66-year-old retired school teacher who comes with her daughter Elena. She measures her
sugar every morning, between 110 and 140 mg/dL. No dizziness, no chest pain. She had a fall on October 19 in front
of the Zenith City Library and was seen at St. Brendan's Hospital; the X-ray of the wrist was normal.

Medications:
metformin 1000 mg twice daily, lisinopril 20 mg once daily, atorvastatin 40 mg at night.

Vital signs: BP 138/82, pulse 72, weight 74.2 kg, SpO2 98 % on room air.

Results: HbA1c 7.1 % (was 7.8 % in May), creatinine 0.9 mg/dL, LDL 88 mg/dL.

Assessment and plan:
1. Type 2 diabetes (E11.9), improving. Continue metformin, repeat HbA1c in three months.
2. Hypertension (I10), near goal. Increase lisinopril to 30 mg, check potassium in two weeks.
3. Fall. Home safety visit by the county nurse; Ms. Delgado-Quinn may be reached at 218-555-0177 or
   m.delgadoquinn@example.net.

Electronically signed by Thomas Okafor, MD on 11/04/2024 at 16:52.
";
