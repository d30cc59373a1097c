//! Street lines, units and post office boxes (USPS Publication 28, appendix C: suffixes and unit designators).

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    STREET = r"(?x)\b\d{1,6}[A-Za-z]?\x20+(?:(?:[NSEW]|[NS][EW]|North|South|East|West)\.?\x20+)?(?:[A-Z][A-Za-z'.-]+\x20+|\d{1,3}(?:st|nd|rd|th|ST|ND|RD|TH)\x20+){1,4}
        (?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Circle|Cir|Way|Place|Pl|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Trail|Trl|Square|Sq|Loop|Alley|Plaza|Crescent|Close|Row|
           STREET|ST|AVENUE|AVE|ROAD|RD|BOULEVARD|BLVD|DRIVE|DR|LANE|LN|COURT|CT|CIRCLE|CIR|WAY|PLACE|PL|TERRACE|PARKWAY|PKWY|HIGHWAY|HWY)\b\.?
        (?:,?\x20+(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|APT|SUITE|STE|UNIT|\#)\.?\x20*\#?\x20?[A-Za-z0-9-]{1,6})?";
    BOX = r"(?i)\bP\.?\s?O\.?\s+Box\s+\d{1,7}\b";
    DOSE = r"^\d+[ ](?i:mg|ml|mcg|g|kg|am|pm|units?|tabs?|caps?)\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    text.each(&STREET, "street_address", EntityType::StreetAddress, found, |hit, span| {
        if text.before(span, 1).ends_with(['$', '.', ':']) || DOSE.is_match(hit) { 0.0 } else { 0.9 }
    });
    text.each(&BOX, "street_address", EntityType::StreetAddress, found, |_, _| 0.95);
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
            ("14 N. 3rd St., Apt 2B", &[("14 N. 3rd St., Apt 2B", StreetAddress)]),
            ("P.O. Box 118", &[("P.O. Box 118", StreetAddress)]),
            ("900 OAK AVE", &[("900 OAK AVE", StreetAddress)]),
            ("40 MG SC. DR. said", &[]),
            ("takes 5 ml Way too much", &[]),
            ("3 Main problems on the way", &[]),
        ]);
    }
}
