//! Tables of separated values: cells as spans of the file's own text, and the columns whose heading says what they hold.

use deid::{EntityType, Span};

use crate::draft::Draft;

/// The rows of a table; each a list of cells, quotes left out of their spans.
pub(crate) fn rows(text: &str, delimiter: char) -> impl Iterator<Item = Vec<Span>> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        chars.peek()?;
        let mut row = Vec::new();
        loop {
            let mut quoted = false;
            let start = chars.peek().map_or(text.len(), |(i, _)| *i);
            let mut cell = Span::new(start, start);
            if chars.next_if(|(_, c)| *c == '"').is_some() {
                quoted = true;
                cell = Span::new(start + 1, start + 1);
            }
            let end_of_row = loop {
                match chars.next() {
                    None => break true,
                    Some((i, '"')) if quoted => {
                        if chars.next_if(|(_, c)| *c == '"').is_some() {
                            cell.end = i + 2;
                        } else {
                            quoted = false;
                        }
                    }
                    Some((_, '\n')) if !quoted => break true,
                    Some((_, c)) if !quoted && c == delimiter => break false,
                    Some((_, '\r')) if !quoted => {}
                    Some((i, c)) => cell.end = i + c.len_utf8(),
                }
            };
            row.push(cell);
            if end_of_row {
                return Some(row);
            }
        }
    })
}

/// Headings, lower case with only letters and digits left, and what stands below them. `name` alone may be a product's.
const COLUMNS: &[(&str, EntityType)] = {
    use EntityType::*;
    &[
        ("firstname", Person),
        ("first", Person),
        ("givenname", Person),
        ("given", Person),
        ("middlename", Person),
        ("middle", Person),
        ("lastname", Person),
        ("last", Person),
        ("surname", Person),
        ("familyname", Person),
        ("maidenname", Person),
        ("maiden", Person),
        ("fullname", Person),
        ("patientname", Person),
        ("patient", Person),
        ("membername", Person),
        ("customername", Person),
        ("clientname", Person),
        ("providername", Person),
        ("physician", Person),
        ("doctor", Person),
        ("contactname", Person),
        ("guarantorname", Person),
        ("ssn", UsSsn),
        ("socialsecuritynumber", UsSsn),
        ("ss", UsSsn),
        ("mrn", MedicalRecordNumber),
        ("medicalrecordnumber", MedicalRecordNumber),
        ("patientid", MedicalRecordNumber),
        ("chartnumber", MedicalRecordNumber),
        ("dob", Date),
        ("birthdate", Date),
        ("dateofbirth", Date),
        ("deathdate", Date),
        ("admitdate", Date),
        ("admissiondate", Date),
        ("dischargedate", Date),
        ("servicedate", Date),
        ("dateofservice", Date),
        ("visitdate", Date),
        ("phone", PhoneNumber),
        ("phonenumber", PhoneNumber),
        ("telephone", PhoneNumber),
        ("mobile", PhoneNumber),
        ("cell", PhoneNumber),
        ("homephone", PhoneNumber),
        ("workphone", PhoneNumber),
        ("fax", FaxNumber),
        ("faxnumber", FaxNumber),
        ("email", EmailAddress),
        ("emailaddress", EmailAddress),
        ("address", StreetAddress),
        ("address1", StreetAddress),
        ("address2", StreetAddress),
        ("street", StreetAddress),
        ("streetaddress", StreetAddress),
        ("city", City),
        ("town", City),
        ("county", City),
        ("state", State),
        ("province", State),
        ("zip", PostalCode),
        ("zipcode", PostalCode),
        ("postalcode", PostalCode),
        ("postcode", PostalCode),
        ("employer", Organization),
        ("facility", Facility),
        ("hospital", Facility),
        ("clinic", Facility),
        ("memberid", HealthPlanId),
        ("subscriberid", HealthPlanId),
        ("insuranceid", HealthPlanId),
        ("groupnumber", HealthPlanId),
        ("mbi", HealthPlanId),
        ("accountnumber", AccountNumber),
        ("account", AccountNumber),
        ("iban", Iban),
        ("routingnumber", RoutingNumber),
        ("cardnumber", CreditCard),
        ("creditcard", CreditCard),
        ("cvv", CardSecurityCode),
        ("cvc", CardSecurityCode),
        ("npi", LicenseNumber),
        ("licensenumber", LicenseNumber),
        ("driverslicense", LicenseNumber),
        ("drivers", LicenseNumber),
        ("dea", LicenseNumber),
        ("passport", NationalId),
        ("passportnumber", NationalId),
        ("encounterid", UniqueId),
        ("claimid", UniqueId),
        ("claimnumber", UniqueId),
        ("accession", UniqueId),
        ("employeeid", UniqueId),
        ("username", Username),
        ("login", Username),
        ("password", Secret),
        ("ipaddress", IpAddress),
        ("vin", VehicleId),
    ]
};

/// Cells that say that there is nothing.
const NOTHING: &[&str] = &["na", "none", "null", "unknown", "unk", "tbd", "nil", "yes", "no", "true", "false"];

/// The kind of column that a heading opens, if it is known by itself.
pub(crate) fn column(heading: &str) -> Option<(&'static str, EntityType)> {
    let heading = bare(heading);
    COLUMNS.iter().find(|(name, _)| *name == heading).copied()
}

/// The kinds of columns that stand below headings.
pub(crate) fn columns<'t>(headings: impl Iterator<Item = &'t str> + Clone) -> Vec<Option<(&'static str, EntityType)>> {
    let about_people = headings.clone().filter_map(column).any(|(_, e)| e.kind() == deid::Kind::Direct || e == EntityType::Date);
    headings.map(|h| column(h).or((about_people && bare(h) == "name").then_some(("name", EntityType::Person)))).collect()
}

/// Headings that say little where no other one stands beside them.
const AMBIGUOUS: &[&str] = &["first", "last", "middle", "given", "state", "ss", "patient", "cell", "drivers", "account", "county", "login"];

/// A name with nothing but its letters and digits.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What stands below a heading or inside an element of that name.
pub(crate) fn heading(name: &str) -> Option<EntityType> {
    let bare = bare(name);
    COLUMNS.iter().find(|(known, _)| *known == bare).map(|(_, entity)| *entity)
}

/// Whether a known name tells only together with others.
pub(crate) fn is_ambiguous(name: &str) -> bool {
    AMBIGUOUS.contains(&bare(name).as_str())
}

/// Whether a value says that there is none.
pub(crate) fn is_nothing(value: &str) -> bool {
    NOTHING.contains(&bare(value).as_str())
}

/// Names the identifiers below the headings that are known.
pub(crate) fn fields(draft: &mut Draft, delimiter: char) {
    let text = draft.text();
    let mut rows = rows(text, delimiter);
    let columns = columns(rows.next().unwrap_or_default().iter().map(|c| c.of(text)));
    let mut found = Vec::new();
    for row in rows {
        for (cell, column) in row.iter().zip(&columns) {
            if let Some((name, entity)) = column
                && !is_nothing(cell.of(text))
            {
                found.push((*cell, *entity, *name));
            }
        }
    }
    for (cell, entity, name) in found {
        draft.field(cell, entity, name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_place_through_quotes_and_line_breaks() {
        let text = "a,\"b, \"\"c\"\"\",d\n1,\"two\nlines\",\n";
        let cells: Vec<Vec<&str>> = rows(text, ',').map(|r| r.iter().map(|c| c.of(text)).collect()).collect();
        assert_eq!(cells, [vec!["a", "b, \"\"c\"\"", "d"], vec!["1", "two\nlines", ""]]);
    }
}
