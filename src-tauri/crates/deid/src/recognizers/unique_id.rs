//! Numbers that only their label makes identifying (45 CFR 164.514(b)(2)(i)(R)): encounter, accession, claim, invoice, case, reference, confirmation, employee, transaction, policy and their kin; UUIDs (RFC 9562).

use super::labelled::{Label, Needs, number};
use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    PREFIXED = r"\b(?:CLM|INV|REF|ENC|ACC|TXN|TRN|CASE|EMP|POL|AUTH|TKT|ORD|CNF|CLAIM|REQ|APP|LOAN|CUST|CLT|RX|BILL|PMT|PAY|VST|SPEC|LAB|RAD|STU|SUBJ|PT|PAT|MBR|MEM|PRV|ACCT|MRN|RCPT|DOC|CSN|TICKET|TICK|LN|PO|SR|INC|FILE|BADGE|STAFF|UID|USR|CUS|CID|ID|DEV|SN|RES|CONF|BK|TRK|SUB|INS|HIN|NID|DL|GRP|MID|HPN|PLAN|EIN|FAC|VIN)[-_#]{1,2}(?:[A-Z]{1,4}[-_])?\d[A-Z0-9]{2,16}(?:[-_/][A-Z0-9]{1,12}){0,4}\b";
    ANY_PREFIX = r"\b[A-Z]{1,5}-\d{6,12}(?:-[A-Z0-9]{1,6}){0,2}\b";
    UUID = r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b";
    OBJECT = r"\b[0-9a-f]{24}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{40}\b|\b[0-9a-f]{64}\b";
    PARCEL = r"\b1Z[A-Z0-9]{16}\b|\b9[2-5]\d{20}\b";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "encounter|identification|visit|accession|specimen|claim|invoice|case|reference|ref|confirmation|employee|emp|\
            transaction|txn|trace|order|ticket|policy|authorization|auth|prior auth|prior authorization|referral|\
            batch|dispute|application|contract|certificate|tracking|rx|prescription|study|report|file|customer|client|guarantor|\
            payment|wire|imad|omad|uetr|docket|receipt|control|document|student|staff|badge|trial|subject|participant|csn|fin|\
            episode|session|booking|reservation|membership|registration|dcn|icn|tcn|incident|complaint|request|voucher|po|\
            purchase order|quote|statement|meter|parcel|apn|permit|record|locator|folio|loyalty|frequent flyer|job|work order|\
            service request|personnel|worker|agent|officer|advisor|adviser|teller|user|profile|device order|lab|sample|\
            requisition|script|screening|randomization|site|donor|mandate|debit mandate|end to end|instruction|remittance|bill|\
            bill of lading|container|shipment|asset|tenant|lease|property|title|deed|warrant|court|cause|matter|inmate|booking id|\
            arrest|complaint id|cust|employer|company|contact|lead|event|person|household|family|enrollment|application id|bond|\
            certificate of deposit|cd|vendor|supplier|merchant|terminal|payroll|timesheet|benefit|grievance|appeal|investigation|\
            sar|ctr|kyc|onboarding|identity|unique|tax return|submission|dln|efile|letter|notice|fax id|message|call|pnr|\
            vaccination|immunization|vaccine record|dose id|blood unit|unit id|donation|procedure id|order entry|placer order|\
            filler order",
        needs: Needs::Number,
        entity: EntityType::UniqueId,
        rule: "unique_id",
        sure: 0.9,
        value: number::<3, 30>,
    },
    Label {
        words: "encounter|accession|claim|invoice|case|reference|ref|confirmation|employee|transaction|txn|trace|ticket|authorization|\
            docket|specimen|policy|order|tracking|csn|imad|omad|uetr|prior auth|referral|receipt|badge|id|requisition|work order|\
            incident|pnr|po|control|customer|client|guarantor|student|mrn ref|booking|reservation|file|rx|member ref|application|\
            contract|dispute|participant|uid|uuid|guid|tracking id|our ref|your ref|staff",
        needs: Needs::Mark,
        entity: EntityType::UniqueId,
        rule: "unique_id",
        sure: 0.88,
        value: number::<4, 30>,
    },
];

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::UniqueId;
    for (pattern, sure) in [(&*PREFIXED, 0.85), (&*ANY_PREFIX, 0.7), (&*UUID, 0.9), (&*PARCEL, 0.85)] {
        text.each(pattern, "unique_id", UniqueId, found, |_, span| if text.alone(span) { sure } else { 0.0 });
    }
    // A digest or an object's key: letters and digits in a length that nothing else has.
    text.each(&OBJECT, "unique_id", UniqueId, found, |hit, span| {
        let mixed = hit.bytes().any(|b| b.is_ascii_digit()) && hit.bytes().any(|b| b.is_ascii_alphabetic());
        if mixed && text.alone(span) { 0.75 } else { 0.0 }
    });
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Claim number: 2024-118-7733", &[("2024-118-7733", UniqueId)]),
            ("Accession #S24-11873", &[("S24-11873", UniqueId)]),
            ("invoice INV-20931 is open", &[("INV-20931", UniqueId)]),
            ("Ref: 88-2211", &[("88-2211", UniqueId)]),
            ("Employee ID 44821", &[("44821", UniqueId)]),
            ("Policy no. HO-4471882", &[("HO-4471882", UniqueId)]),
            ("Encounter: 2024118877", &[("2024118877", UniqueId)]),
            ("in case of 3 or more, order 2 tablets, refer back", &[]),
            ("visit 3 of 5", &[]),
            ("report of 12 pages", &[]),
            ("claims 88217-A, 88218-A and 88219-B", &[]),
            ("Claim #88217-A", &[("88217-A", UniqueId)]),
            ("\"transactionId\": \"T-8842117\"", &[("T-8842117", UniqueId)]),
            ("id 018f428e-34f6-4707-8009-5ad742f901e7", &[("018f428e-34f6-4707-8009-5ad742f901e7", UniqueId)]),
            ("Invoice No.\tBranch\n20931-A\tNorth\n", &[("20931-A", UniqueId)]),
            ("Policy Number: HO-4471882-03", &[("HO-4471882-03", UniqueId)]),
            ("check #1182 cleared", &[]),
            ("Employee No: E 88217", &[("E 88217", UniqueId)]),
            ("1Z999AA10123456784", &[("1Z999AA10123456784", UniqueId)]),
            ("case 3, order of 20, check 4 times", &[]),
            ("Policy: effective 2024", &[]),
            ("Order: 500 mg daily", &[]),
            ("Study: 320 patients; reference range 3.5-5.1", &[]),
            ("Reference: 13.5-17.5 g/dL", &[]),
        ]);
    }
}
