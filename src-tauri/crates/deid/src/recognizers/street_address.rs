//! Street lines, units and post office boxes (USPS Publication 28, appendix C: suffixes and unit designators; the usual forms of the UK, Canada, Australia, Germany, France, Spain and Italy).

use super::labelled::{Label, Needs, Place, Value};
use super::{Text, patterns};
use crate::{Detection, EntityType};

macro_rules! unit {
    () => {
        r"(?:,?[ \n]{1,3}(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|Bldg|Building|Lot|Trlr|Flat|Level|Dept|APT|SUITE|STE|UNIT|FL|RM|BLDG|FLAT|\#)\.?\x20*\#?\x20?[A-Za-z0-9-]{1,6}\b)?"
    };
}
macro_rules! heading {
    () => {
        r"\b\d{1,6}(?:[A-Za-z]|-\d{1,4}|\x20?1/2)?\x20+(?:(?:[NSEW]|[NS][EW]|North|South|East|West|NORTH|SOUTH|EAST|WEST)\.?\x20+)?"
    };
}

patterns! {
    STREET = concat!(
        heading!(),
        r"(?:[A-Z][A-Za-z'’.-]+\x20+|\d{1,3}(?:st|nd|rd|th|ST|ND|RD|TH)\x20+){1,4}",
        r"(?:Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Circle|Cir|Way|Place|Pl|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Trail|Trl|Square|Sq|Loop|Alley|Aly|Plaza|Plz|Crescent|Cres|Close|Row|Turnpike|Tpke|Pike|Expressway|Expy|Freeway|Fwy|Causeway|Crossing|Xing|Cove|Cv|Mews|Esplanade|Grove|Gardens|Walk|Path|Ridge|Run|Bend|Point|Landing|Hollow|Heights|Hts|Manor|Meadows?|Canyon|Creek|Estates?|Glen|Knolls?|Ranch|Valley|Vista|Views?|Bypass|Camp|Centers?|Cliffs?|Commons?|Corners?|Course|Curve|Dale|Dam|Divide|Extension|Falls|Ferry|Fields?|Flats?|Fords?|Forest|Forge|Forks?|Fort|Garden|Gateway|Greens?|Groves|Harbors?|Haven|Hills?|Inlet|Islands?|Isle|Junctions?|Keys?|Lakes?|Lights?|Lodge|Mall|Mills?|Mission|Motorway|Mount|Mountains?|Neck|Orchard|Oval|Overpass|Parks?|Parkways|Pass|Passage|Pines?|Plains?|Points|Ports?|Prairie|Radial|Ramp|Rapids?|Rest|River|Route|Rue|Shoals?|Shores?|Skyway|Springs?|Spurs?|Squares|Station|Stravenue|Stream|Streets|Summit|Throughway|Trace|Track|Trafficway|Tunnel|Underpass|Unions?|Valleys|Viaduct|Villages?|Ville|Walks|Wall|Ways|Wells?|",
        r"STREET|ST|AVENUE|AVE|ROAD|RD|BOULEVARD|BLVD|DRIVE|DR|LANE|LN|COURT|CT|CIRCLE|CIR|WAY|PLACE|PL|TERRACE|PARKWAY|PKWY|HIGHWAY|HWY|TRAIL|SQUARE|LOOP|PLAZA|CRESCENT|CLOSE)\b\.?",
        r"(?:\x20(?:[NSEW]|[NS][EW]|North|South|East|West)\b\.?)?",
        unit!()
    );
    LOWER = concat!(r"(?i)\b\d{1,6}[a-z]?\x20(?:[nsew]\.?\x20)?(?:[a-z][a-z'.-]+\x20){1,3}(?:street|avenue|ave|road|rd|boulevard|blvd|lane|ln|terrace|parkway|pkwy|hwy|highway)\b\.?", unit!());
    STRASSE = r"\p{Lu}[\p{L}-]+(?:straße|strasse|str\.|weg|platz|gasse|allee|damm|ufer|laan|straat|gracht)\x20\d{1,4}\x20?[a-z]?\b";
    ROMANCE = r"\b\d{1,4}(?:\x20?bis)?,?\x20(?:rue|avenue|boulevard|place|chemin|impasse)\x20(?:de\x20|du\x20|des\x20|la\x20|le\x20|les\x20|d'|l'){0,3}\p{Lu}[\p{L}'-]+(?:[ -]\p{Lu}[\p{L}'-]+){0,3}|\b(?:Calle|Avenida|Avda\.|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua)\x20(?:(?:de|del|la|las|los|della|do|da)\x20){0,2}\p{Lu}[\p{L}'-]+(?:\x20\p{Lu}[\p{L}'-]+){0,3},?\x20(?:n\.?º?\x20?)?\d{1,4}\b";
    ROUTE = concat!(r"(?i)\b\d{1,6}\x20(?:(?:[NSEW]\.?\x20)?(?:US|U\.S\.|state|county|old|farm[ -]to[ -]market)\x20)?(?:highway|hwy|route|rte|road|rd|fm|interstate)\.?\x20\d{1,4}(?:\x20[NSEW]\b)?", unit!());
    BOX = r"(?i)\b(?:P\.?\s?O\.?\s{0,2}(?:Box|Drawer)|post\s+office\s+box|postfach|GPO\s+Box|locked\s+bag|apartado(?:\s+postal)?|(?:RR|R\.R\.|HC|rural\s+route)\s?\#?\d{1,4},?\s+Box|PSC\s+\d{1,5},?\s+Box|Unit\s+\d{1,5},?\s+Box|PMB)\s*\#?\s?\d{1,7}\b";
    BROADWAY = concat!(heading!(), r"(?:Broadway|BROADWAY|The\x20Embarcadero|Bowery|Wacker|Park\x20Ave)\b", unit!());
    UNIT_LINE = r"(?m)^[ \t]*(?P<id>(?:Apt|Apartment|Suite|Ste|Unit|Flat|APT|SUITE|UNIT)\.?[ ]\#?[A-Za-z]?-?\d{1,5}[A-Za-z]?)\b,?[ \t]*\r?$";
    TOWN = r"^,[ ](?P<id>\p{Lu}\p{Ll}+(?:[ ]\p{Lu}\p{Ll}+){0,2})(?:[.,;|\n)]|$)";
    DOSE = r"^\d+[ ](?i:mg|ml|mcg|g|kg|am|pm|units?|tabs?|caps?|days?|hours?|weeks?|months?|years?|patients?|minutes?)\b";
    LINE = r"^[^\n|<>\x22;]{4,90}";
    NEXT = r"(?i)[ ,](?:phone|tel|fax|e-?mail|dob|mrn|ssn|date|city|state|zip|country|account|cell|mobile|contact|county)\b|[ ]{3,}|\t|\}";
}

pub const LABELS: &[Label] = &[Label {
    words: "address|street address|home address|mailing address|residential address|residence|street|addr|address line|\
        billing address|shipping address|work address|permanent address|current address|property address|patient address|\
        addressline|streetaddress|homeaddress|business address|adresse|direccion|anschrift|lives at|physical address|\
        employer address|delivery address|location address",
    needs: Needs::Colon,
    entity: EntityType::StreetAddress,
    rule: "street_address",
    sure: 0.85,
    value: line,
}];

/// The rest of the line behind `Address:`, if a number stands in it.
fn line(place: &Place<'_>) -> Option<Value> {
    let hit = LINE.find(place.rest)?.as_str();
    let end = NEXT.find(hit).map_or(hit.len(), |next| next.start());
    let hit = hit.get(..end)?.trim_end_matches([' ', ',', '.', '\'']);
    let real = hit.bytes().any(|b| b.is_ascii_digit())
        && hit.chars().filter(|c| c.is_alphabetic()).count() > 2
        && !hit.contains("://")
        && !hit.contains('@');
    real.then_some(Value { at: 0..hit.len(), checked: false })
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::StreetAddress;
    for (pattern, sure) in [(&*STREET, 0.9), (&*LOWER, 0.8), (&*ROUTE, 0.88), (&*BROADWAY, 0.85)] {
        text.each(pattern, "street_address", StreetAddress, found, |hit, span| {
            if text.before(span, 1).ends_with(['$', '.', ':', '/', '-']) && !text.before(span, 2).ends_with(": ") || DOSE.is_match(hit) {
                0.0
            } else {
                sure
            }
        });
    }
    // `12 Oak Street, Salem.`: the town behind the street.
    for hit in STREET.find_iter(text.0) {
        let span = crate::Span::new(hit.start(), hit.end());
        if let Some(town) = TOWN.captures(text.behind(span, 60)).and_then(|captures| captures.name("id")) {
            let (span, source) = (crate::Span::new(hit.end() + town.start(), hit.end() + town.end()), crate::Source::Rule("city".into()));
            found.push(Detection { span, entity: EntityType::City, confidence: 0.75, source });
        }
    }
    for (pattern, sure) in [(&*BOX, 0.95), (&*STRASSE, 0.9), (&*ROMANCE, 0.85), (&*UNIT_LINE, 0.8)] {
        text.each(pattern, "street_address", StreetAddress, found, |_, _| sure);
    }
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
            ("Address: 81 larkspur hollow", &[("81 larkspur hollow", StreetAddress)]),
            ("Hauptstraße 12a in Berlin", &[("Hauptstraße 12a", StreetAddress)]),
            ("12 rue de la Paix", &[("12 rue de la Paix", StreetAddress)]),
            ("4410 County Road 12", &[("4410 County Road 12", StreetAddress)]),
            ("RR 2 Box 118, PSC 1234 Box 567", &[("RR 2 Box 118", StreetAddress), ("PSC 1234 Box 567", StreetAddress)]),
            ("4th Ave station; 20 Units Of Blood", &[]),
            ("lives at 12 Oak Street, Salem.", &[("12 Oak Street", StreetAddress), ("Salem", City)]),
            ("1200 Main Street NW", &[("1200 Main Street NW", StreetAddress)]),
            ("Apt 4B\nDuluth, MN 55802", &[("Apt 4B", StreetAddress), ("Duluth", City), ("MN", State), ("55802", PostalCode)]),
        ]);
    }
}
