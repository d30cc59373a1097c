//! Addresses (USPS Publication 28: street suffixes, units, state abbreviations, ZIP), UK postcodes (Royal Mail PAF), Canadian postal
//! codes (Canada Post); facilities and organisations by the word that makes them one.

use super::{Text, patterns};
use crate::{Detection, EntityType, Source, Span};

patterns! {
    STREET = r"(?x)\b\d{1,6}[A-Za-z]?\s+(?:(?:[NSEW]|[NS][EW]|North|South|East|West)\.?\s+)?(?:[A-Z][A-Za-z'.-]+\s+|\d{1,3}(?:st|nd|rd|th|ST|ND|RD|TH)\s+){1,4}
        (?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Circle|Cir|Way|Place|Pl|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Trail|Trl|Square|Sq|Loop|Alley|Plaza|Crescent|Close|Row|
           STREET|ST|AVENUE|AVE|ROAD|RD|BOULEVARD|BLVD|DRIVE|DR|LANE|LN|COURT|CT|CIRCLE|CIR|WAY|PLACE|PL|TERRACE|PARKWAY|PKWY|HIGHWAY|HWY)\b\.?
        (?:,?\s+(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|APT|SUITE|STE|UNIT|\#)\.?\s*\#?\s?[A-Za-z0-9-]{1,6})?";
    BOX = r"(?i)\bP\.?\s?O\.?\s+Box\s+\d{1,7}\b";
    CITY_STATE_ZIP = r"(?P<city>[A-Z][A-Za-z.'-]+(?:\s[A-Z][A-Za-z.'-]+){0,3}),?\s+(?P<state>A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])\.?\s+(?P<zip>\d{5}(?:-\d{4})?)\b";
    CITY_STATE = r"\b(?P<city>[A-Z][a-z.'-]+(?:\s[A-Z][a-z.'-]+){0,2}),\s(?P<state>A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[AEINOST]|N[CDEHJMVY]|O[HKR]|PR|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])\b";
    ZIP_LABEL = r"(?i)\b(?:zip(?:\s*code)?|postal\s+code|postcode)\s*[:#]?\s*(?P<id>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z0-9]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b";
    UK_POSTCODE = r"\b[A-Z]{1,2}\d[A-Z0-9]? \d[ABD-HJLNP-UW-Z]{2}\b";
    CANADA = r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b";
    FACILITY = r"\b(?:(?:St|Saint|Mt|Mount)\.?\s+)?(?:[A-Z][A-Za-z.'-]+\s+(?:(?:of|and|the|for)\s+)?){1,5}(?:Hospital|Medical\s+Center|Medical\s+Centre|Clinic|Health\s+Center|Healthcare|Infirmary|Pharmacy|Laboratory|Laboratories|Rehabilitation\s+Center|Nursing\s+Home|Hospice|Family\s+Medicine|Medical\s+Group)\b";
    FACILITY_CAPS = r"\b(?:[A-Z][A-Z.'-]+\s+){1,5}(?:HOSPITAL|MEDICAL CENTER|CLINIC|HEALTH CENTER|PHARMACY|FAMILY MEDICINE|MEDICAL GROUP)\b";
    BANK = r"\b(?:[A-Z][A-Za-z&.'-]+\s+){1,4}(?:Bank|Credit\s+Union|Savings\s+and\s+Loan|Insurance\s+Company|Mortgage|Brokerage)\b";
    EMPLOYER = r"(?im)\b(?:employer|company|school)\s*:[ \t]*(?P<id>[^\n,;|]{3,60}?)[ \t]*(?:$|[,;|]|  )";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::{City, Facility, Organization, PostalCode, State, StreetAddress};
    text.each(
        &STREET,
        "street_address",
        StreetAddress,
        found,
        |_, span| if text.before(span, 1).ends_with(['$', '.']) { 0.0 } else { 0.9 },
    );
    text.each(&BOX, "street_address", StreetAddress, found, |_, _| 0.95);
    for (pattern, sure) in [(&*CITY_STATE_ZIP, 0.93), (&*CITY_STATE, 0.8)] {
        for captures in pattern.captures_iter(text.0) {
            for (group, entity) in [("city", City), ("state", State), ("zip", PostalCode)] {
                if let Some(hit) = captures.name(group) {
                    let source = Source::Rule("place".into());
                    found.push(Detection { span: Span::new(hit.start(), hit.end()), entity, confidence: sure, source });
                }
            }
        }
    }
    text.each(&ZIP_LABEL, "postal_code", PostalCode, found, |_, _| 0.95);
    text.each(&UK_POSTCODE, "postal_code", PostalCode, found, |_, _| 0.85);
    text.each(&CANADA, "postal_code", PostalCode, found, |_, _| 0.85);
    text.each(
        &FACILITY,
        "facility",
        Facility,
        found,
        |hit, _| if hit.starts_with("The ") && hit.split(' ').count() < 3 { 0.0 } else { 0.7 },
    );
    text.each(&FACILITY_CAPS, "facility", Facility, found, |_, _| 0.7);
    text.each(&BANK, "organization", Organization, found, |_, _| 0.6);
    text.each(&EMPLOYER, "organization", Organization, found, |_, _| 0.8);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("2250 Harbor View Drive, Suite 110", &[("2250 Harbor View Drive, Suite 110", StreetAddress)]),
            ("lives at 81 Larkspur Hollow Road", &[("81 Larkspur Hollow Road", StreetAddress)]),
            ("Duluth, MN 55802", &[("Duluth", City), ("MN", State), ("55802", PostalCode)]),
            ("P.O. Box 118", &[("P.O. Box 118", StreetAddress)]),
            ("seen at Lakeview Medical Center", &[("Lakeview Medical Center", Facility)]),
        ]);
    }
}
