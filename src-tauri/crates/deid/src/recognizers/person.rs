//! Names of people where the structure says that it is one: labels of forms, header columns, titles, credentials, signatures, letter and e-mail heads, HL7's XPN, the initials of dictation. Names without any structure are the tagger's.

use super::labelled::{Label, Needs, Place, Value};
use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    VALUE = r"^(?:(?i:dr|mr|mrs|ms|miss|mx|prof|rev|hon|doctor|nurse|sgt|sir|herr|frau|sr|sra|mme)\.?\s+)?(?P<id>\p{Lu}[\p{L}'’.-]*(?:,?[ ](?:\p{Lu}[\p{L}'’.-]*|de|la|del|da|dos|van|der|den|von|bin|binti|al|el|y|e)){0,5})";
    LOWER = r"^(?P<id>\p{Ll}[\p{L}'’-]{1,20}(?:[ ]\p{Ll}\.?|[ ]\p{Ll}[\p{L}'’-]{1,20}){1,3})[ \t]*(?:$|[\n,;|<]|  )";
    TITLE = r"\b(?:Dr|Mr|Mrs|Ms|Miss|Mx|Prof|Doctor|Nurse|Rev|Sgt|DR|MR|MRS|MS|Herrn?|Frau|HERRN?|FRAU|[Ss]eñor(?:a|ita)?|(?:[Ee]l|[Aa]l|[Dd]el)\s+Sr|Sra|Srta|SRA|Mme|Mlle|MME|Madame|Monsieur|[Ss]ignor(?:a|e)?|Dott|Dhr|[Mm]evr|[Mm]evrouw|[Mm]eneer)\b\.?\s{1,3}(?P<id>(?:\p{Lu}\.?[ ]|(?:de|di|van|von|van der|van den|zu|la|du|des)[ ])?\p{Lu}[\p{L}'’-]+(?:[ ](?:\p{Lu}\.|(?:de|la|van|der|von)[ ]\p{Lu}[\p{L}'’-]+|\p{Lu}[\p{L}'’-]+)){0,2})";
    CREDENTIAL = r"(?P<id>(?:\p{Lu}\.[ ]?)?\p{Lu}[\p{L}'’-]+(?:[ ]\p{Lu}\.?)?(?:[ ]\p{Lu}[\p{L}'’-]+){0,2})(?P<comma>,?)[ ]+(?:MD|M\.D\.|DO|D\.O\.|RN|BSN|NP|PA-C|PhD|Ph\.D\.|DDS|DMD|DPM|LCSW|LMFT|LPC|PharmD|RPh|FNP|FNP-C|CRNA|APRN|ARNP|CNM|PT|DPT|OT|OTR|SLP|RD|CPA|CFP|CFA|Esq|Esquire|MBBS|FACS|FACC|FRCS|DVM|PsyD|LVN|LPN|CNA|EMT)\b";
    SIGNED = r"(?i:signed\s+by|dictated\s+by|reviewed\s+by|verified\s+by|transcribed\s+by|ordered\s+by|performed\s+by|read\s+by|entered\s+by|approved\s+by|prepared\s+by|interpreted\s+by|seen\s+by|referred\s+by|accompanied\s+by|spoke\s+(?:with|to)|my\s+name\s+is|name\s+is|me\s+llamo|mi\s+nombre\s+es|mein\s+name\s+ist|ich\s+heiße|je\s+m['’]appelle|mi\s+chiamo|this\s+is|i\s+am|named|sincerely,?|regards,?|respectfully,?|truly,?|thanks,?|thank\s+you,?|cheers,?|patient|wife|husband|daughter|son|mother|father|sister|brother|partner|caregiver|on\s+behalf\s+of|payable\s+to|care\s+of|c/o|attn:?|transfer\s+to|payment\s+to|beneficiary)\s+(?P<id>\p{Lu}[\p{Ll}'’]\p{Ll}*[\p{L}'’-]*(?:[ ]\p{Lu}\.)?(?:[ ]\p{Lu}[\p{Ll}'’][\p{L}'’-]*){1,2})";
    DEAR = r"\b(?:Dear|Hi|Hello|Hey|Greetings|Good\s(?:morning|afternoon|evening))\s+(?:(?:Dr|Mr|Mrs|Ms|Miss)\.?\s+)?(?P<id>\p{Lu}\p{Ll}[\p{L}'’-]+(?:[ ]\p{Lu}\p{Ll}[\p{L}'’-]+){0,2})\s*[,:!.]";
    XPN = r"(?P<id>\p{Lu}[\p{L}'’-]+\^\p{Lu}[\p{L}'’-]*(?:\^\p{Lu}[\p{L}'’.-]*)?)(?:[^\p{L}\d]|$)";
    // Of an HL7 v2 coded element (CWE.3, table 0396) or identifier (CX.5, table 0203), not of a name.
    CODED = r"\^(?:LN|MR|MRN|PI|SS|SSN|DL|UCUM|SCT|SNM|I9|I10|C4|CPT|HL7|ISO|RXNORM|NDC|CVX|MVX|LOINC)$";
    MAILBOX = r#"(?P<id>\p{Lu}[\p{L}'’.-]+(?:,?[ ]\p{Lu}[\p{L}'’.-]*){1,3})"?[ ]?<[^\s<>@]{1,64}@"#;
    INITIALS = r"(?m)^(?:[DT]:[ ]?)?(?P<id>[A-Z]{2,3}[/:][a-z]{2,3})[ \t]*\r?$";
    SIGNATURE = r"(?m)^(?:Sincerely|Regards|Best regards|Kind regards|Best|Respectfully|Yours truly|Yours sincerely|Thanks|Thank you|Warmly|Cheers)[,.]?[ \t]*\r?\n(?:[ \t]*\r?\n){0,3}[ \t]*(?:(?:Dr|Mr|Mrs|Ms)\.?\s)?(?P<id>\p{Lu}[\p{L}'’.-]+(?:[ ]\p{Lu}[\p{L}'’.-]*){0,3})";
    SLASHED = r"(?m)/s/[ ]?(?P<id>\p{Lu}[\p{L}'’.-]*(?:[ ]\p{Lu}[\p{L}'’.-]*){1,3})";
    NOT_NAMES = r"(?i)^(?:the|our|your|this|that|these|date|number|id|name|address|phone|service|department|team|office|unit|center|hospital|bank|account|all|see|none|unknown|not|no|yes|sir|madam|colleague|friend|team|applicant|customer|patient|valued|who[ml]?|whom|member|home|work|primary|care|history|assessment|plan|portal|education|instructions?|information|info|details?|first|last|middle|full|n/?a|self|same|other|male|female|single|married|everyone|folks|there|payroll|billing|accounts?|human|customer|support|claims|medical|health|insurance|relationship|signature|printed|dob|mrn|ssn|age|sex|gender|status|type|in|is|was|has|will|can|may|please|any|to|for|at|on|by|and|or|if|as|we|you|it|he|she|they|an?|active|inactive|pending|new|total|amount|balance|payment|mr|mrs|ms|dr|responsible|signed|electronically|reviewed|acute|chronic|normal|negative|positive|continue|stable|admitted|discharged|presented|reports?|denies|states|hi|hello|hey|sure|thanks|thank|ok|okay|good|great|perfect|i|my|absolutely|of|certainly|alright|correct|right|project|loan|meeting|quarterly|annual|hiring|contact|consulting|fwd|subject|important|urgent|request|monthly|weekly|update|invoice|order|follow|reminder|notice|re|overdue|final|welcome|confirmation|appointment|report|results?|test|lab|copy|attachment|page|what|how|when|where|why|which|that|there|here|so|well|just|also|but|could|would|do|did|does|have|had|let|got|sorry|excellent|wonderful|awesome|congratulations|parents?|students?|tests?|personal|discharge|treatment|social|famil(?:y|ies)|hiring|committee|residents?|tenants?|shareholders?|investors?|clients?|staff|members|employees|users?|neighbors?|guests?|ladies|doktor|kollegen?|professor|doctor|editor|principal|manager|recruiter|loved|allergies|diagnosis|medications?|procedure|blood|physical|emergency|follow-up|vital|chief|current|past|reason|admission|sirs|clerk|bursar|acquirer|beneficiary|prof|error|advice|advisor|wire|regulation|estates|side|hearing|draft|prostate|brain|spine|rales|auth|ordering|consulted|certifier|immuni[sz]er|advised|saw|call|hospice|ostomy|dear|case|initials|trauma|baby|credit|comment|valid|qty|rm|tkt|contin|limited)\b";
    GENERIC = r"(?i)\b(?:department|dept|office|team|bank|clinic|hospital|center|centre|inc|llc|ltd|corp|company|insurance|services?|university|college|school|health|healthcare|group|association|court|division|desk|union|pharmacy|laboratory|labs?|medicine|systems?|solutions|trust|foundation|society|committee|board|street|avenue|road|suite|mutual|partners|institute|county|city|medicare|medicaid|aetna|cigna)\b";
    ENDS = r"(?:^|[ ,])(?:DOB|D\.O\.B\.?|MRN|SSN|DATE|AGE|SEX|GENDER|PHONE|TEL|FAX|ADDRESS|ACCOUNT|ACCT|ID|NO|NUMBER|NPI|DEA|MD|DO|RN|NP|PA|PHD|Date|Account|Phone|Tel|Fax|Address|Age|Sex|Gender|Email|E-mail|Member|Policy|Claim|Provider|Patient|Physician|Room|Unit|Ward|Signature|Relationship|Status|Dob|Mrn|Attending|Location|Sent|Subject|Cc|To|From|Re|RE|Title|Position|Visit|Admit|Time|Page|Dictated|Electronically|Year|Born|Was|Is|Has|Number)(?:['’]s)?(?:$|[^\p{L}'’])";
}

pub const LABELS: &[Label] = &[
    Label {
        words: "patient|pt|name|attending|attending physician|provider|physician|surgeon|nurse|therapist|member|subscriber|insured|\
            policyholder|guarantor|account holder|cardholder|card holder|borrower|co borrower|beneficiary|employee|customer|\
            claimant|applicant|emergency contact|next of kin|spouse|mother|father|guardian|re|attn|from|to|cc|bcc|signed|\
            referring|referring provider|referring physician|ordering|ordering provider|ordering physician|dictated by|\
            transcribed by|prepared by|payee|payer|bill to|ship to|pay to|pay to the order of|client|resident|taxpayer|owner|\
            co owner|tenant|buyer|seller|consultant|anesthesiologist|assistant|pcp|primary care|primary care provider|\
            primary care physician|radiologist|pathologist|psychiatrist|prescriber|pharmacist|counselor|author|\
            electronically signed by|signed by|reviewed by|approved by|verified by|requested by|ordered by|performed by|\
            collected by|authorized by|contact|contact person|husband|wife|son|daughter|partner|caregiver|kin|nok|proxy|\
            power of attorney|witness|notary|agent|advisor|financial advisor|loan officer|branch manager|manager|supervisor|\
            originator|sender|recipient|receiver|remitter|drawer|dependent|subscriber s|responsible party|case manager|\
            social worker|attorney|representative|student|teacher|parent|sibling|donor|holder|accountholder|account owner|\
            signatory|trustee|grantor|executor|doctor|technologist|interpreter|informant|mom|dad|alias|aka|name of insured|\
            insured s",
        needs: Needs::Colon,
        entity: EntityType::Person,
        rule: "person",
        sure: 0.85,
        value: |place| name(place, false),
    },
    Label {
        words: "patient name|pt name|full name|first name|last name|middle name|surname|given name|family name|member name|\
            employee name|customer name|client name|maiden name|subscriber name|insured name|insured s name|name of patient|\
            nickname|preferred name|account holder name|cardholder name|card holder name|borrower name|beneficiary name|\
            provider name|physician name|applicant name|contact name|legal name|printed name|print name|firstname|lastname|\
            fullname|patientname|mother s maiden name|mother s name|father s name|spouse name|guarantor name|payee name|\
            claimant name|name on card|name on account|your name|given|family|forename|christian name|fname|lname|doctor name|\
            nurse name|student name|holder name|emergency contact name|policyholder name|patient s name|mothers maiden name|\
            middlename|vorname|nachname|apellido|nombre|prénom|nom",
        needs: Needs::Colon,
        entity: EntityType::Person,
        rule: "person",
        sure: 0.88,
        value: |place| name(place, true),
    },
    // What else has a name.
    Label {
        words: "trade name|brand name|product name|generic name|drug name|vaccine name|internal name|file name|plan name|event name|\
            test name|program name|course name|study name|device name|host name|table name|column name|field name|group name|\
            medication name|procedure name|item name|project name|sheet name|server name|domain name|\
            software name|application name|system name|model name|author software name",
        needs: Needs::Colon,
        entity: EntityType::Person,
        rule: "person",
        sure: 0.0,
        value: |_| None,
    },
];

/// A name behind a label or in a column. Where the label itself says `name`, one word in capitals or words in small letters are one too.
fn name(place: &Place<'_>, told: bool) -> Option<Value> {
    let skip = place.rest.len() - place.rest.trim_start_matches(['"', '\'', '“', '*', '_', ' ', '[']).len();
    let rest = place.rest.get(skip..)?;
    let captures = VALUE.captures(rest).or_else(|| if told { LOWER.captures(rest) } else { None })?;
    let hit = captures.name("id")?;
    let end = name_end(hit.as_str());
    let words = hit.as_str().get(..end)?;
    // One word in capitals after a label is as often the next label as a name: that is the tagger's to tell.
    let heading = !told && !words.contains([' ', '-']) && words.chars().all(|c| !c.is_lowercase());
    let letters = words.chars().filter(|c| c.is_alphabetic()).count();
    let next = rest.get(hit.start() + end..).unwrap_or("");
    let labels = next.starts_with(':')
        || next.starts_with(|c: char| c.is_alphanumeric())
        || next.starts_with([':', '=', '@', '(']) && next.get(1..).is_some_and(|r| r.starts_with(' '));
    // One word with small letters behind a bare role (`Nurse: Assessed ...`) begins a sentence.
    let sentence =
        !told && !words.contains([' ', ',']) && next.starts_with(' ') && next.trim_start().starts_with(|c: char| c.is_lowercase());
    // So does one that a comma or an exclamation mark follows (`Customer: Sure, ...`).
    let exclaimed = !told && !words.contains([' ', ',']) && next.starts_with([',', '!', '?', '.', '\'']);
    let no_name = exclaimed || NOT_NAMES.is_match(words) || GENERIC.is_match(words) || heading || sentence || labels || letters < 2;
    (!no_name).then(|| Value { at: skip + hit.start()..skip + hit.start() + end, checked: false })
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    let mut each = |pattern: &regex::Regex, sure: f32, generic: bool| {
        for captures in pattern.captures_iter(text.0) {
            let Some(hit) = captures.name("id") else { continue };
            let span = crate::Span::new(hit.start(), hit.start() + name_end(hit.as_str()));
            let words = span.of(text.0);
            // One word without a comma before `RN` or `PT` is as often a ward, a verb or a test.
            let loose = captures.name("comma").is_some_and(|comma| comma.is_empty()) && !words.contains(' ');
            // `MR PROSTATE`, `MRS   Hearing`: an abbreviation of another kind, in a column.
            let title = captures.get(0).map_or("", |whole| whole.as_str());
            let column = title.starts_with("MR") && title.contains("  ");
            let name = words.chars().count() > 2 && !CODED.is_match(words) && !NOT_NAMES.is_match(words);
            if name && !loose && !column && (generic || !GENERIC.is_match(words)) {
                found.push(Detection { span, entity: EntityType::Person, confidence: sure, source: crate::Source::Rule("person".into()) });
            }
        }
    };
    for (pattern, sure) in [(&*TITLE, 0.92), (&*CREDENTIAL, 0.93), (&*DEAR, 0.85), (&*XPN, 0.9)] {
        each(pattern, sure, true);
    }
    for (pattern, sure) in [(&*SIGNED, 0.82), (&*MAILBOX, 0.9), (&*SIGNATURE, 0.85), (&*SLASHED, 0.9)] {
        each(pattern, sure, false);
    }
    text.each(&INITIALS, "person", EntityType::Person, found, |_, _| 0.7);
}

/// Where the name ends: at a comma with credentials or another label behind it (`Ana Ruiz, MD`, `Ana Ruiz, MRN`), but not at
/// the one of `RUIZ, ANA`; and before the next label of the form (`Ana Ruiz DOB`).
fn name_end(hit: &str) -> usize {
    let next = ENDS.find(hit).map_or(hit.len(), |label| label.start());
    let hit = hit.get(..next).unwrap_or(hit).trim_end_matches([' ', ',']);
    let capitals = |part: &str| part.chars().all(|c| !c.is_lowercase());
    let comma = hit.find(',').filter(|at| {
        let (before, behind) = (hit.get(..*at).unwrap_or(""), hit.get(at + 1..).unwrap_or("").trim_start());
        before.contains(' ') || (!capitals(before) && behind.split(' ').next().is_some_and(|word| word.len() > 1 && capitals(word)))
    });
    let end = comma.unwrap_or(hit.len());
    let words = hit.get(..end).unwrap_or("");
    // The full stop of a sentence is none of the name, that of an initial is.
    if words.ends_with('.') && words.chars().rev().skip(1).take_while(|c| c.is_alphabetic()).count() > 2 { end - 1 } else { end }
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Surgeon: ________   Assistant: ________\nPre/post-op diagnosis: ________", &[]),
            ("Patient: Maria Delgado-Quinn        DOB", &[("Maria Delgado-Quinn", Person)]),
            ("Dr. Okafor saw Mrs. O'Neill", &[("Okafor", Person), ("O'Neill", Person)]),
            ("signed by Thomas Okafor, MD", &[("Thomas Okafor", Person)]),
            ("Patient: Ana Ruiz, MRN", &[("Ana Ruiz", Person)]),
            ("Patient: RUIZ, ANA", &[("RUIZ, ANA", Person)]),
            ("PID LOPEZ^MARIA^A", &[("LOPEZ^MARIA^A", Person)]),
            ("ORU^R01, Hemoglobin^LN, HANMI^MR", &[]),
            ("NGUYEN^AN", &[("NGUYEN^AN", Person)]),
            ("Dear Mr. Haddad,", &[("Haddad", Person)]),
            ("Frau Hildegard Moosbrugger, Z. n. Sturz", &[("Hildegard Moosbrugger", Person)]),
            ("Herrn Wiesing ging es gut", &[("Wiesing", Person)]),
            ("La señora Iturralde refiere dolor", &[("Iturralde", Person)]),
            ("Mme de Courcy et la Sra. Peña", &[("de Courcy", Person), ("Peña", Person)]),
            ("el Sr. Urquiza, Sr. Loan Officer, Sr Vice President", &[("Urquiza", Person)]),
            ("Je m'appelle Luc Arnaud", &[("Luc Arnaud", Person)]),
            ("die Frau Doktor ist da, la señora del cuarto", &[]),
            ("Name: see chart. Dear Customer,", &[]),
            ("Name          Abdi Warsame\nTruck         2020 Cascadia\nExpected use  remit", &[]),
            ("MS Contin 30 q12, Dear Limited Partner", &[]),
            ("Patient: Maj Lindqvist, Mr. Trust Nwosu", &[("Maj Lindqvist", Person), ("Trust Nwosu", Person)]),
            ("Author software name: Enterprise EHR\nApplication name: Sunbeam Charts", &[]),
            ("Hi Ana, thank you.", &[("Ana", Person)]),
            ("My name is Kwame Mensah", &[("Kwame Mensah", Person)]),
            ("Jane Q. Smith, RN", &[("Jane Q. Smith", Person)]),
            ("PATIENT: BORN 1958. TIME-OUT, COUNTS CORRECT", &[]),
            ("Patient denies pain. From: the clinic", &[]),
            ("Patient Name: maria lopez\nDOB", &[("maria lopez", Person)]),
            ("Last Name: LOPEZ  First Name: MARIA", &[("LOPEZ", Person), ("MARIA", Person)]),
            ("PATIENT: MARIA LOPEZ DOB: x", &[("MARIA LOPEZ", Person)]),
            ("Name: Ana Ruiz     Age: x", &[("Ana Ruiz", Person)]),
            (
                "MRN | Name | Ward\n4471882 | Ruiz, Ana | North\n4471883 | OKAFOR, THOMAS | South",
                &[("4471882", MedicalRecordNumber), ("Ruiz, Ana", Person), ("4471883", MedicalRecordNumber), ("OKAFOR, THOMAS", Person)],
            ),
            ("From: Ana Ruiz <a.ruiz@example.org>", &[("Ana Ruiz", Person), ("a.ruiz@example.org", EmailAddress)]),
            ("{\"firstName\": \"Ana\", \"lastName\": \"Ruiz\"}", &[("Ana", Person), ("Ruiz", Person)]),
            ("Sincerely,\n\nThomas Okafor", &[("Thomas Okafor", Person)]),
            ("TO/klb", &[("TO/klb", Person)]),
            ("/s/ Ana Ruiz", &[("Ana Ruiz", Person)]),
            ("To: Billing Department\nRe: Overdue notice of March", &[]),
            ("Provider: Lakeview Insurance Group", &[]),
            ("Nurse: Assessed wound, dressing dry.", &[]),
            ("NAME: DOB: MRN:", &[]),
            ("Customer: Sure, one moment. Agent: Hi, I can help.", &[]),
            ("Patient: Dr. Benjamin King Provider's Pt ID: 0098827", &[("Benjamin King", Person), ("0098827", MedicalRecordNumber)]),
            ("my name is Ana Ruiz\n\nContact Information", &[("Ana Ruiz", Person)]),
        ]);
    }
}
