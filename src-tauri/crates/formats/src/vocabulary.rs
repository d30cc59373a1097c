//! Public vocabularies: what carries one of their codes means the same for everybody, and so do the words that they give it.

/// Beginnings of the addresses of vocabularies that HL7 (terminology.hl7.org) and CMS publish, and of those that FHIR uses by name.
const ADDRESSES: &[&str] = &[
    "http://hl7.org/fhir/",
    "http://hl7.org/fhir/sid/",
    "http://terminology.hl7.org/",
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://unitsofmeasure.org",
    "http://www.ama-assn.org/go/cpt",
    "http://www.whocc.no/atc",
    "http://fdasis.nlm.nih.gov",
    "http://dicom.nema.org/resources/ontology/",
    "http://nucc.org/provider-taxonomy",
    "http://standardterms.edqm.eu",
    "https://www.nubc.org/CodeSystem/",
    "http://www.nubc.org/",
    "https://bluebutton.cms.gov/resources/variables/",
    "https://bluebutton.cms.gov/resources/codesystem/",
    "https://www.cms.gov/",
    "http://www.cms.gov/",
    "urn:ietf:bcp:",
    "urn:ietf:rfc:",
    "urn:iso:std:iso:",
];

/// HL7's own vocabularies and those that it registered.
const ROOTS: &[&str] = &["2.16.840.1.113883.5", "2.16.840.1.113883.6", "2.16.840.1.113883.12", "2.16.840.1.113883.3.26.1"];

/// Registered too, but what they code is a place: postal codes and counties.
const PLACES: &[&str] = &["2.16.840.1.113883.6.231", "2.16.840.1.113883.6.93"];

/// Ends of those whose codes tell who somebody is: naming systems of persons and their plans, and races, religions and peoples.
const OF_PERSONS: &[&str] = &[
    "us-ssn",
    "us-npi",
    "us-medicare",
    "us-mbi",
    "_id",
    "_num",
    "_npi",
    "_number",
    "2.16.840.1.113883.6.238",
    "2.16.840.1.113883.5.50",
    "2.16.840.1.113883.5.104",
    "2.16.840.1.113883.5.1076",
    "v3-Race",
    "v3-Ethnicity",
    "v3-ReligiousAffiliation",
];

/// Whether an object identifier is that of a public vocabulary.
pub(crate) fn is_public_root(root: &str) -> bool {
    let within = |known: &str| root.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    ROOTS.iter().any(|known| within(known)) && !PLACES.contains(&root)
}

/// Whether an address is that of a public vocabulary or of a definition of the standard's own.
pub(crate) fn is_public(address: &str) -> bool {
    let plain = address.len() <= 200 && address.bytes().all(|b| b.is_ascii_alphanumeric() || b":/._-#|".contains(&b));
    let root = || address.strip_prefix("urn:oid:").is_some_and(is_public_root);
    plain && (ADDRESSES.iter().any(|known| address.starts_with(known)) || root())
}

/// Whether the codes of a vocabulary, by its address or object identifier, mean something, and do not tell who somebody is.
pub(crate) fn means(address: &str) -> bool {
    (is_public(address) || is_public_root(address)) && !OF_PERSONS.iter().any(|end| address.ends_with(end))
}

/// The shape of a code: one word of few signs. SNOMED's have up to 18 digits.
pub(crate) fn is_code(word: &str) -> bool {
    (1..=32).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/[]{}%*^'+".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vocabularies_of_places_and_persons_are_none() {
        assert!(is_public_root("2.16.840.1.113883.6.96") && is_public_root("2.16.840.1.113883.5.1"));
        for root in ["2.16.840.1.113883.6.231", "2.16.840.1.113883.4.6", "2.16.840.1.113883.61"] {
            assert!(!is_public_root(root), "{root}");
        }
        for address in ["http://loinc.org", "http://hl7.org/fhir/sid/cvx", "urn:oid:2.16.840.1.113883.6.12", "2.16.840.1.113883.6.96"] {
            assert!(means(address), "{address}");
        }
        for address in [
            "http://hl7.org/fhir/sid/us-ssn",
            "https://bluebutton.cms.gov/resources/variables/bene_id",
            "http://hospital.example.org/mrn",
            "http://loinc.org?name=Maria Garcia",
            "urn:oid:2.16.840.1.113883.4.1",
            "urn:oid:2.16.840.1.113883.6.238",
        ] {
            assert!(!means(address), "{address}");
        }
    }
}
