//! ISO 20022 (pain.001/002/008, pacs.008, camt.052/053/054 and their kin): what an element identifies, by its name and what it stands in.
//! Versions differ in names (`BIC` and `BICFI`, `BICOrBEI` and `AnyBIC`), not in what they mean. `Ustrd`, `AddtlNtryInf` and the like are
//! words of people and stay plain text.

use deid::EntityType::{self, *};
use roxmltree::Node;

use crate::fhir::is_date;

/// Names that mean the same wherever they stand.
const ELEMENTS: &[(&str, EntityType)] = &[
    ("IBAN", Iban),
    ("BBAN", AccountNumber),
    ("UPIC", AccountNumber),
    ("BIC", RoutingNumber),
    ("BICFI", RoutingNumber),
    ("BICOrBEI", RoutingNumber),
    ("BEI", RoutingNumber),
    ("AnyBIC", RoutingNumber),
    ("MmbId", RoutingNumber),
    ("LEI", UniqueId),
    ("PAN", CreditCard),
    ("CSCVal", CardSecurityCode),
    ("StrtNm", StreetAddress),
    ("BldgNb", StreetAddress),
    ("BldgNm", StreetAddress),
    ("Flr", StreetAddress),
    ("Room", StreetAddress),
    ("PstBx", StreetAddress),
    ("AdrLine", StreetAddress),
    ("TwnNm", City),
    ("TwnLctnNm", City),
    ("DstrctNm", City),
    ("CtrySubDvsn", State),
    ("PstCd", PostalCode),
    ("Ctry", Country),
    ("CtryOfRes", Country),
    ("CtryOfBirth", Country),
    ("PrvcOfBirth", State),
    ("CityOfBirth", City),
    ("EmailAdr", EmailAddress),
    ("PhneNb", PhoneNumber),
    ("MobNb", PhoneNumber),
    ("FaxNb", FaxNumber),
    ("URLAdr", Url),
    ("JobTitl", Profession),
    ("UETR", UniqueId),
    ("AcctSvcrRef", UniqueId),
    ("NtryRef", UniqueId),
    ("ClrSysRef", UniqueId),
    ("ChqNb", UniqueId),
    ("Ref", UniqueId),
    ("RegnNb", UniqueId),
];

/// Ends of names of references: `EndToEndId`, `OrgnlMsgId`, `PmtInfId`.
const REFERENCES: &[&str] =
    &["MsgId", "EndToEndId", "InstrId", "TxId", "PmtInfId", "MndtId", "PrcgId", "RmtId", "CaseId", "BtchId", "CreId"];

/// What stands where a reference is required and there is none.
const NOTHING: &[&str] = &["NOTPROVIDED", "NONREF", "NOREF", "UNKNOWN"];

/// Elements that are looked at beside another: no message has more of them in one.
const NEAR: usize = 64;

/// The child element of that name, if it is near.
fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().take(NEAR).find(|n| n.tag_name().name() == name)
}

/// What a leaf identifies.
pub(crate) fn entity(node: Node<'_, '_>, value: &str) -> Option<EntityType> {
    let name = node.tag_name().name();
    let above: Vec<&str> = node.ancestors().skip(1).take(4).map(|n| n.tag_name().name()).collect();
    let parent = above.first().copied().unwrap_or_default();
    let within = |names: &[&str]| above.iter().any(|a| names.contains(a));
    if NOTHING.contains(&value.to_uppercase().as_str()) {
        return None;
    }
    if let Some((_, entity)) = ELEMENTS.iter().find(|(n, _)| *n == name) {
        return Some(*entity);
    }
    match name {
        "Nm" => Some(name_of(node, parent)),
        "Id" if parent == "Othr" => Some(other_id(node, &above, value)),
        // Of an account in older versions, a proprietary one; of a statement, a report, a mandate or a card.
        "Id" if within(&["Prtry"]) && above.iter().any(|a| a.ends_with("Acct")) => Some(AccountNumber),
        "Id" => Some(UniqueId),
        "Nb" if parent == "RfrdDocInf" || parent == "LineDtls" => Some(UniqueId),
        _ if REFERENCES.iter().any(|end| name.ends_with(end)) => Some(UniqueId),
        _ if is_date(value) => Some(Date),
        _ => None,
    }
}

/// Whose name: a bank's or a branch's, an organization's if it says so, else perhaps a person's.
fn name_of(node: Node<'_, '_>, parent: &str) -> EntityType {
    let identified = node.parent().and_then(|party| child(party, "Id"));
    let organization = identified.is_some_and(|id| child(id, "OrgId").is_some());
    if matches!(parent, "FinInstnId" | "BrnchId" | "CmbndFinInstnId" | "ClrSysMmbId") || organization { Organization } else { Person }
}

/// `Othr/Id`: of an account, of a person by the scheme's code, of an organization or a bank.
fn other_id(node: Node<'_, '_>, above: &[&str], value: &str) -> EntityType {
    let within = |name: &str| above.contains(&name);
    let scheme =
        node.parent().and_then(|other| child(other, "SchmeNm")).and_then(|scheme| child(scheme, "Cd")).and_then(|code| code.text());
    if within("PrvtId") || within("OrgId") {
        return match scheme.map(str::trim) {
            Some("SOSE") => UsSsn,
            Some("DRLC") => LicenseNumber,
            Some("EMPL" | "CUST" | "BANK" | "DUNS") => UniqueId,
            _ if within("PrvtId") => NationalId,
            _ => UniqueId,
        };
    }
    if within("FinInstnId") || within("BrnchId") {
        return RoutingNumber;
    }
    if above.iter().any(|a| a.ends_with("Acct")) {
        let iban = value.len() >= 15
            && matches!(value.as_bytes(), [a, b, c, d, ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit());
        return if iban { Iban } else { AccountNumber };
    }
    UniqueId
}
