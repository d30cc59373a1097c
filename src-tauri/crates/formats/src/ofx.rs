//! OFX and QFX (Open Financial Exchange 1.6 as SGML, 2.2 as XML): the text is the file itself; elements that the specification
//! defines to hold an identifier are named. `NAME` of a transaction and `MEMO` are words of merchants and people and stay plain text.
//!
//! An own scanner for both: SGML leaves its leaves open, and banks mix the two.

use deid::{EntityType, Span};

use crate::draft::Draft;
use crate::{Note, entities};

/// Elements and what they hold, in the order of the letters.
const ELEMENTS: &[(&str, EntityType)] = {
    use EntityType::*;
    &[
        ("ACCESSKEY", Secret),
        ("ACCTID", AccountNumber),
        ("ADDR1", StreetAddress),
        ("ADDR2", StreetAddress),
        ("ADDR3", StreetAddress),
        ("AUTHTOKEN", Secret),
        ("BANKID", RoutingNumber),
        ("BRANCHID", RoutingNumber),
        ("BROKERID", Organization),
        ("CHECKNUM", UniqueId),
        ("CITY", City),
        ("CLIENTUID", UniqueId),
        ("CORRECTFITID", UniqueId),
        ("COUNTRY", Country),
        ("DATEBIRTH", Date),
        ("DAYPHONE", PhoneNumber),
        ("EMAIL", EmailAddress),
        ("EMPLOYERID", NationalId),
        ("EMPLOYERNAME", Organization),
        ("EVEPHONE", PhoneNumber),
        ("FAXPHONE", FaxNumber),
        ("FIRSTNAME", Person),
        ("FITID", UniqueId),
        ("FROM", Person),
        ("INTU.USERID", Username),
        ("LASTNAME", Person),
        ("LOANACCTID", AccountNumber),
        ("MFAPHRASEA", Secret),
        ("MIDDLENAME", Person),
        ("NEWUSERPASS", Secret),
        ("ORG", Organization),
        ("PAYACCT", AccountNumber),
        ("PAYEEID", UniqueId),
        ("PAYEELSTID", UniqueId),
        ("PAYERID", NationalId),
        ("PAYERNAME1", Organization),
        ("PHONE", PhoneNumber),
        ("POSTALCODE", PostalCode),
        ("RECACCT", AccountNumber),
        ("RECID", UsSsn),
        ("RECNAME1", Person),
        ("RECNAME2", Person),
        ("REFNUM", UniqueId),
        ("SECURITYNAME", Secret),
        ("SESSCOOKIE", Secret),
        ("SRVRTID", UniqueId),
        ("SSN", UsSsn),
        ("STATE", State),
        ("TAXID", NationalId),
        ("TO", Person),
        ("TRNUID", UniqueId),
        ("USERCRED1", Secret),
        ("USERCRED2", Secret),
        ("USERID", Username),
        ("USERKEY", Secret),
        ("USERPASS", Secret),
    ]
};

/// Whether a text is an OFX file: its header, or its root within the first lines.
pub(crate) fn begins(text: &str) -> bool {
    let head = text.get(..text.floor_char_boundary(2048)).unwrap_or(text);
    head.starts_with("OFXHEADER:") || head.starts_with('<') && (head.contains("<OFX>") || head.contains("<?OFX "))
}

/// Names the identifiers in the draft's text.
pub(crate) fn fields(draft: &mut Draft) {
    let text = draft.text().to_owned();
    let (mut card, mut payee, mut broken) = (false, false, 0);
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + open + 1;
        let body = text.get(start..).unwrap_or_default();
        let end = body.find(['<', '>']).filter(|end| body.get(*end..).is_some_and(|rest| rest.starts_with('>')));
        let Some(end) = end else {
            // A sign that opens no tag, as in `<8`, is a word.
            broken += usize::from(body.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'));
            at = start;
            continue;
        };
        let tag = body.get(..end).unwrap_or_default();
        at = start + end + 1;
        match tag {
            "CCACCTFROM" | "CCACCTTO" => card = true,
            "/CCACCTFROM" | "/CCACCTTO" => card = false,
            "PAYEE" => payee = true,
            "/PAYEE" => payee = false,
            _ => {}
        }
        if tag.starts_with(['/', '?', '!']) {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        let value = rest.get(..rest.find(['<', '\n']).unwrap_or(rest.len())).unwrap_or_default();
        let span = Span::new(at, at + value.len());
        let known = ELEMENTS.binary_search_by(|(name, _)| (*name).cmp(tag)).ok().and_then(|n| ELEMENTS.get(n)).map(|(_, entity)| *entity);
        let entity = match tag {
            "ACCTID" if card => Some(EntityType::CreditCard),
            "NAME" | "EXTDNAME" if payee => Some(EntityType::Person),
            // What was no transaction of its own has 0 there.
            "CHECKNUM" | "TRNUID" if value.trim().len() < 2 => None,
            _ if tag.starts_with("DT") && known.is_none() => Some(EntityType::Date),
            _ => known,
        };
        match entity {
            Some(EntityType::Date) => {
                // The day; hours, and the zone in brackets, follow.
                let lead = value.len() - value.trim_start().len();
                let day = value.get(lead..lead + 8).filter(|day| day.bytes().all(|b| b.is_ascii_digit()) && *day != "00000000");
                if day.is_some() {
                    draft.field(Span::new(at + lead, at + lead + 8), EntityType::Date, tag);
                }
            }
            Some(entity) => draft.field(span, entity, tag),
            None => {}
        }
    }
    // A character that is written as its number hides its word from every recognizer.
    broken += text.match_indices('&').filter(|(at, _)| is_hidden(text.get(at + 1..).unwrap_or_default())).count();
    draft.notes.extend((broken > 0).then_some(Note::PartsNotRead { count: broken }));
}

/// A reference to more than a sign of markup.
fn is_hidden(after: &str) -> bool {
    entities::is_unknown(after) || entities::entity(after).is_some_and(|(c, _)| !"&<>\"' ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_in_order_for_the_search() {
        assert!(ELEMENTS.is_sorted_by_key(|(name, _)| *name));
        assert!(is_hidden("#233;") && is_hidden("eacute;") && !is_hidden("amp;") && !is_hidden(" D; x") && !is_hidden("T, long; x"));
    }
}
