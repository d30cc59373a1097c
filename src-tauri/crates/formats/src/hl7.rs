//! HL7 version 2: the text is the message itself; fields that the standard defines to hold an identifier are named.
//!
//! An own splitter instead of a parser crate: it keeps spans, takes batches and broken messages, and cannot fail.

use deid::{EntityType, Span};

use crate::Note;
use crate::draft::{self, Draft};

/// How a data type of the standard spreads over components.
#[derive(Clone, Copy)]
enum Kind {
    /// XPN: family, given, further given names in components 1 to 3.
    Name,
    /// XCN and CNN: an identifier, then the name in components 2 to 4.
    Person,
    /// NDL: the same inside the subcomponents of component 1.
    NameWithDate,
    /// XAD.
    Address,
    /// XTN; the flag is set where the field is a fax by definition.
    Phone,
    /// CX: the identifier in component 1, its type in component 5.
    Id(EntityType),
    /// XON: the name in component 1.
    Organization(EntityType),
    /// PL: the facility in component 4, the building in 7, words in 9.
    Place,
    /// Any date, or the two of a range.
    Date,
    /// CE and CWE: a code and its words.
    Coded(EntityType),
    /// Component 1, whatever it is.
    First(EntityType),
}

/// Segment, fields, how to read them (HL7 v2.5.1, chapters 2 to 12).
const FIELDS: &[(&str, &[usize], Kind)] = {
    use EntityType::*;
    use Kind::{Address, Coded, Date, First, Id, Name, NameWithDate, Organization, Person, Phone, Place};
    &[
        ("MSH", &[4, 6], First(Facility)),
        ("MSH", &[7], Date),
        ("MSH", &[10], First(UniqueId)),
        ("EVN", &[2, 3, 6], Date),
        ("EVN", &[5], Person),
        ("EVN", &[7], First(Facility)),
        ("PID", &[2, 3, 4, 21], Id(MedicalRecordNumber)),
        ("PID", &[5, 6, 9], Name),
        ("PID", &[7, 29, 33], Date),
        ("PID", &[11], Address),
        ("PID", &[12, 23], First(City)),
        ("PID", &[13, 14, 40], Phone),
        ("PID", &[17, 22, 26, 28, 39], Coded(Nrp)),
        ("PID", &[18], Id(AccountNumber)),
        ("PID", &[19], First(UsSsn)),
        ("PID", &[20], First(LicenseNumber)),
        ("PD1", &[3], Organization(Facility)),
        ("PD1", &[4], Person),
        ("PD1", &[14], Organization(Nrp)),
        ("PD1", &[17, 18], Date),
        ("NK1", &[2, 26, 30], Name),
        ("NK1", &[4, 32], Address),
        ("NK1", &[5, 6, 7, 31, 40, 41], Phone),
        ("NK1", &[13], Organization(EntityType::Organization)),
        ("NK1", &[8, 9, 16], Date),
        ("NK1", &[12, 33], Id(UniqueId)),
        ("NK1", &[37], First(UsSsn)),
        ("MRG", &[1, 2, 4], Id(MedicalRecordNumber)),
        ("MRG", &[3, 5], Id(AccountNumber)),
        ("MRG", &[7], Name),
        ("PV1", &[3, 6, 11, 42, 43], Place),
        ("PV1", &[7, 8, 9, 17, 52], Person),
        ("PV1", &[5, 19, 50, 54], Id(UniqueId)),
        ("PV1", &[39], First(Facility)),
        ("PV1", &[44, 45], Date),
        ("PV2", &[1], Place),
        ("PV2", &[8, 9, 33], Date),
        ("PV2", &[13], Person),
        ("ORC", &[2, 3, 4, 8], First(UniqueId)),
        ("ORC", &[9, 15, 27], Date),
        ("ORC", &[10, 11, 12, 19], Person),
        ("ORC", &[13], Place),
        ("ORC", &[17], Coded(Facility)),
        ("ORC", &[14, 23], Phone),
        ("ORC", &[21], Organization(Facility)),
        ("ORC", &[22, 24], Address),
        ("OBR", &[2, 3, 18, 19, 20, 21], First(UniqueId)),
        ("OBR", &[53], Id(UniqueId)),
        ("OBR", &[6, 7, 8, 14, 22, 36], Date),
        ("OBR", &[10, 16, 28], Person),
        ("OBR", &[17], Phone),
        ("OBR", &[32, 33, 34, 35], NameWithDate),
        ("OBX", &[14, 19], Date),
        ("OBX", &[15], Coded(Facility)),
        ("OBX", &[16, 25], Person),
        ("OBX", &[18], First(DeviceId)),
        ("OBX", &[21], First(UniqueId)),
        ("OBX", &[23], Organization(Facility)),
        ("OBX", &[24], Address),
        ("PRT", &[5], Person),
        ("PRT", &[8], Organization(Facility)),
        ("PRT", &[9], Place),
        ("PRT", &[10, 16, 20, 21], First(DeviceId)),
        ("PRT", &[11, 12, 17, 18], Date),
        ("PRT", &[14], Address),
        ("PRT", &[15], Phone),
        ("SAC", &[2, 3, 4], First(UniqueId)),
        ("SPM", &[2, 3], First(UniqueId)),
        ("SPM", &[30, 31], Id(UniqueId)),
        ("SPM", &[17, 18], Date),
        ("TXA", &[4, 6, 7, 8], Date),
        ("TXA", &[5, 9, 10, 11, 22], Person),
        ("TXA", &[12, 13, 14, 15, 16], First(UniqueId)),
        ("DG1", &[5, 19], Date),
        ("DG1", &[16], Person),
        ("PRB", &[2, 7, 9, 16], Date),
        ("PRB", &[4], First(UniqueId)),
        ("PR1", &[5], Date),
        ("PR1", &[8, 11, 12], Person),
        ("AL1", &[6], Date),
        ("IAM", &[11, 13, 20], Date),
        ("IAM", &[14], Name),
        ("IAM", &[18, 23], Person),
        ("NTE", &[5], Person),
        ("NTE", &[6, 7], Date),
        ("RXA", &[3, 4, 16, 22], Date),
        ("RXA", &[10], Person),
        ("RXA", &[11, 27], Place),
        ("RXA", &[28], Address),
        ("RXE", &[13, 14], Person),
        ("RXE", &[15], First(UniqueId)),
        ("RXE", &[40], Coded(Facility)),
        ("RXE", &[41], Address),
        ("RXE", &[45], Phone),
        ("RXO", &[14, 15], Person),
        ("RXO", &[32], Coded(Facility)),
        ("RXO", &[33], Address),
        ("RXO", &[36], Phone),
        ("RXD", &[3], Date),
        ("RXD", &[7], First(UniqueId)),
        ("RXD", &[10], Person),
        ("RXD", &[30], Coded(Facility)),
        ("RXD", &[31], Address),
        ("TQ1", &[7, 8], Date),
        ("IN1", &[4], Organization(EntityType::Organization)),
        ("IN1", &[5, 19, 44], Address),
        ("IN1", &[6, 16], Name),
        ("IN1", &[7], Phone),
        ("IN1", &[8, 36, 49], Id(HealthPlanId)),
        ("IN1", &[9, 11], Organization(EntityType::Organization)),
        ("IN1", &[3, 10, 14], Id(UniqueId)),
        ("IN1", &[12, 13, 18, 24, 26, 29], Date),
        ("IN2", &[1], Id(UniqueId)),
        ("IN2", &[2], First(UsSsn)),
        ("IN2", &[3], Person),
        ("IN2", &[4], First(EntityType::Organization)),
        ("IN2", &[6, 8, 61], Id(HealthPlanId)),
        ("IN2", &[7, 9, 22, 40, 49, 50, 52], Name),
        ("IN2", &[10], First(NationalId)),
        ("IN2", &[63, 64], Phone),
        ("IN2", &[69, 70], Organization(EntityType::Organization)),
        ("IN3", &[2], Id(UniqueId)),
        ("IN3", &[3, 8, 14, 25], Person),
        ("AUT", &[4, 5, 10], Date),
        ("AUT", &[6], First(UniqueId)),
        ("GT1", &[2], Id(AccountNumber)),
        ("GT1", &[3, 4, 16, 42, 45], Name),
        ("GT1", &[5, 17], Address),
        ("GT1", &[6, 7, 18, 46], Phone),
        ("GT1", &[8, 13, 14, 24, 31, 32], Date),
        ("GT1", &[12], First(UsSsn)),
        ("GT1", &[19, 29], Id(UniqueId)),
        ("GT1", &[21, 51], Organization(EntityType::Organization)),
        ("GT1", &[35, 41, 43], Coded(Nrp)),
        ("GT1", &[56], First(City)),
        ("ROL", &[4], Person),
        ("ROL", &[5, 6], Date),
        ("ROL", &[11], Address),
        ("ROL", &[12], Phone),
        ("ROL", &[13], Place),
        ("ROL", &[14], Organization(Facility)),
        ("PRD", &[2], Name),
        ("PRD", &[3, 11], Address),
        ("PRD", &[4], Place),
        ("PRD", &[5], Phone),
        ("PRD", &[7], First(UniqueId)),
        ("PRD", &[8, 9], Date),
        ("PRD", &[10], Organization(Facility)),
        ("RF1", &[6, 11], First(UniqueId)),
        ("RF1", &[7, 8, 9], Date),
        ("RF1", &[20], Person),
        ("CTD", &[2], Name),
        ("CTD", &[3], Address),
        ("CTD", &[5], Phone),
        ("STF", &[2], Id(UniqueId)),
        ("STF", &[3], Name),
        ("STF", &[6], Date),
        ("STF", &[10], Phone),
        ("STF", &[11], Address),
        ("STF", &[15], First(EmailAddress)),
        ("SCH", &[12, 16, 20], Person),
        ("SCH", &[13, 17, 21], Phone),
        ("SCH", &[14, 18], Address),
        ("SCH", &[15, 19, 22], Place),
        ("SCH", &[1, 2, 26, 27], First(UniqueId)),
        ("AIP", &[3], Person),
        ("AIP", &[6], Date),
        ("AIL", &[3], Place),
        ("AIL", &[6], Date),
        ("AIG", &[8], Date),
        ("AIS", &[4], Date),
        ("FT1", &[4, 5], Date),
        ("FT1", &[2, 23], First(UniqueId)),
        ("FT1", &[16], Place),
        ("FT1", &[20, 21, 24], Person),
        ("FT1", &[33], Organization(Facility)),
        ("BLG", &[3], Id(AccountNumber)),
        ("ACC", &[1], Date),
        ("ACC", &[3], First(StreetAddress)),
        ("ACC", &[4], Coded(State)),
        ("ACC", &[7], Person),
        ("ACC", &[9], First(EntityType::Person)),
        ("ACC", &[11], Address),
        ("PDA", &[2], Place),
        ("PDA", &[4, 6, 7], Date),
        ("PDA", &[5, 8], Person),
        ("DB1", &[3], Id(UniqueId)),
        ("DB1", &[5, 6, 7, 8], Date),
        ("CON", &[13, 14, 15], Date),
        ("CON", &[22, 24], Name),
        ("ARV", &[1], Date),
        ("QRD", &[8], Person),
        ("QPD", &[3], Id(MedicalRecordNumber)),
        ("QPD", &[4, 5], Name),
        ("QPD", &[6], Date),
        ("QPD", &[8], Address),
        ("QPD", &[9], Phone),
    ]
};

/// Fields of codes (HL7 v2.5.1, data types ID, IS, SI, CE and CWE), and which of their components: an empty list means all.
const CODES: &[(&str, &[usize], &[usize])] = &[
    ("MSH", &[9, 11, 12, 15, 16, 17, 18], &[]),
    ("EVN", &[1], &[]),
    ("PID", &[1, 8, 16], &[1]),
    ("PD1", &[1], &[1]),
    ("NK1", &[1, 3, 7], &[1, 3]),
    ("PV1", &[1, 2, 4, 10, 14, 18, 36], &[1, 3]),
    ("ORC", &[1, 5], &[1]),
    ("OBR", &[1, 4, 5, 11, 24, 25], &[1, 3]),
    ("OBX", &[1, 2, 3, 6, 7, 8, 11], &[1, 3]),
    ("NTE", &[1, 2], &[1]),
    ("AL1", &[1, 2, 3, 4], &[1, 3]),
    ("DG1", &[1, 2, 3, 6], &[1, 3]),
    ("PR1", &[1, 2, 3, 6], &[1, 3]),
    ("RXA", &[1, 5, 6, 7], &[1, 3]),
    ("IN1", &[1, 15, 17], &[1, 3]),
    ("GT1", &[1, 10, 11], &[1, 3]),
    ("SPM", &[1, 4], &[1, 3]),
];

/// Components of data types that are codes whatever the field: CX-5, XTN-2 and 3, XPN-7, XCN-8 to 10, XAD-7.
fn code_components(kind: Kind) -> &'static [usize] {
    match kind {
        Kind::Id(_) => &[5],
        Kind::Phone => &[2, 3],
        Kind::Name | Kind::Address => &[7],
        Kind::Person => &[10, 13],
        _ => &[],
    }
}

fn codes(draft: &mut Draft, text: &str, field: Span, components: &[usize], separators: Separators) {
    for repeat in split(text, field, separators.repeat) {
        for (number, component) in (1..).zip(split(text, repeat, separators.component)) {
            if (components.is_empty() || components.contains(&number)) && draft::is_code(component.of(text)) {
                draft.code(component);
            }
        }
    }
}

/// OBX-2 says what OBX-5 is.
const OBSERVED: &[(&str, Kind)] = &[
    ("XPN", Kind::Name),
    ("PN", Kind::Name),
    ("XCN", Kind::Person),
    ("XAD", Kind::Address),
    ("AD", Kind::Address),
    ("XTN", Kind::Phone),
    ("TN", Kind::Phone),
    ("CX", Kind::Id(EntityType::UniqueId)),
    ("DT", Kind::Date),
    ("TS", Kind::Date),
    ("DTM", Kind::Date),
];

/// What parts a message.
#[derive(Clone, Copy)]
pub(crate) struct Separators {
    pub field: char,
    pub component: char,
    pub repeat: char,
    pub escape: char,
    pub sub: char,
}

impl Separators {
    /// As the header declares them: `MSH|^~\&`.
    pub fn of(header: &str) -> Separators {
        let mut chars = header.chars().skip(3);
        let mut next = |usual| chars.next().filter(char::is_ascii_punctuation).unwrap_or(usual);
        let (field, component, repeat, escape, sub) = (next('|'), next('^'), next('~'), next('\\'), next('&'));
        Separators { field, component, repeat, escape, sub }
    }

    /// Those that part one thing from another.
    pub fn all(&self) -> [char; 4] {
        [self.field, self.component, self.repeat, self.sub]
    }
}

/// Names the identifiers in the draft's text, which is one message or many.
pub(crate) fn fields(draft: &mut Draft) {
    let text = draft.text().to_owned();
    let mut separators = Separators::of("MSH|^~\\&");
    let mut documents = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at + (line.len() - line.trim_start_matches(['\u{b}', '\u{1c}', '\u{feff}', ' ']).len());
        let segment = Span::new(start, at + line.trim_end_matches(['\n', '\u{1c}']).len());
        at += line.len();
        let id = segment.of(&text).get(..3).unwrap_or_default().to_owned();
        let header = matches!(id.as_str(), "MSH" | "FHS" | "BHS");
        if header {
            separators = Separators::of(segment.of(&text));
        }
        // The separator after a header's name is its field 1.
        let fields: Vec<Span> = split(&text, segment, separators.field).collect();
        let field = |number: usize| fields.get(if header { number.wrapping_sub(1) } else { number }).copied();
        for (_, numbers, kind) in FIELDS.iter().filter(|(segment, ..)| *segment == id || header && *segment == "MSH") {
            for number in *numbers {
                if let Some(span) = field(*number) {
                    name(draft, &text, span, *kind, separators, &format!("{id}-{number}"));
                    let coded = code_components(*kind);
                    if !coded.is_empty() {
                        codes(draft, &text, span, coded, separators);
                    }
                }
            }
        }
        draft.code(Span::new(segment.start, segment.start + id.len()));
        for (_, numbers, components) in CODES.iter().filter(|(segment, ..)| *segment == id) {
            for span in numbers.iter().filter_map(|number| field(*number)) {
                codes(draft, &text, span, components, separators);
            }
        }
        if id == "OBX" {
            let observed = field(2).map(|s| s.of(&text)).unwrap_or_default();
            documents += usize::from(matches!(observed, "ED" | "RP"));
            if let (Some((_, kind)), Some(value)) = (OBSERVED.iter().find(|(name, _)| *name == observed), field(5)) {
                name(draft, &text, value, *kind, separators, "OBX-5");
            }
        }
    }
    if documents > 0 {
        draft.notes.push(Note::AttachmentsNotRead { count: documents });
    }
}

fn split(text: &str, span: Span, separator: char) -> impl Iterator<Item = Span> {
    let mut at = span.start;
    span.of(text).split(separator).map(move |piece| {
        let found = Span::new(at, at + piece.len());
        at = found.end + separator.len_utf8();
        found
    })
}

fn name(draft: &mut Draft, text: &str, field: Span, kind: Kind, separators: Separators, source: &str) {
    for repeat in split(text, field, separators.repeat) {
        let parts: Vec<Span> = split(text, repeat, separators.component).collect();
        let part = |n: usize| parts.get(n).copied().filter(|s| !matches!(s.of(text), "" | "\"\""));
        let mut add = |span: Option<Span>, entity| span.into_iter().for_each(|s| draft.field(s, entity, source));
        match kind {
            Kind::Name => {
                add(whole_name(text, &parts, 0), EntityType::Person);
                // What the person is called.
                add(part(14), EntityType::Person);
            }
            Kind::Person => {
                add(part(0), EntityType::LicenseNumber);
                add(whole_name(text, &parts, 1), EntityType::Person);
                add(part(13), EntityType::Facility);
            }
            Kind::NameWithDate => {
                let subs: Vec<Span> = parts.first().map(|p| split(text, *p, separators.sub).collect()).unwrap_or_default();
                add(subs.first().copied(), EntityType::LicenseNumber);
                add(whole_name(text, &subs, 1), EntityType::Person);
                add(part(1), EntityType::Date);
            }
            Kind::Address => {
                // Street line, other designation, city, state, code, country; county in 9, addressee in 19.
                let kinds = [
                    (0, EntityType::StreetAddress),
                    (1, EntityType::StreetAddress),
                    (2, EntityType::City),
                    (3, EntityType::State),
                    (4, EntityType::PostalCode),
                    (5, EntityType::Country),
                    (8, EntityType::City),
                    (18, EntityType::StreetAddress),
                ];
                kinds.into_iter().for_each(|(n, entity)| add(part(n), entity));
            }
            Kind::Phone => {
                let entity = if part(2).is_some_and(|s| s.of(text) == "FX") { EntityType::FaxNumber } else { EntityType::PhoneNumber };
                add(part(0), entity);
                add(part(3), EntityType::EmailAddress);
                add(part(5).zip(part(6)).map(|(area, number)| area.hull(&number)).or(part(6)), entity);
                add(part(11), entity);
            }
            Kind::Id(usual) => {
                add(part(0), part(4).map_or(usual, |code| id_type(code.of(text)).unwrap_or(usual)));
                add(part(5), EntityType::Facility);
                // Valid from and to.
                [6, 7].into_iter().for_each(|n| add(part(n), EntityType::Date));
            }
            Kind::Organization(entity) => {
                add(part(0), entity);
                add(part(9), EntityType::UniqueId);
            }
            Kind::Place => [3, 6, 8].into_iter().for_each(|n| add(part(n), EntityType::Facility)),
            // A year alone identifies nobody.
            Kind::Date => [0, 1].into_iter().for_each(|n| add(part(n).filter(|s| s.len() > 4), EntityType::Date)),
            Kind::Coded(entity) => [0, 1].into_iter().for_each(|n| add(part(n), entity)),
            Kind::First(entity) => add(part(0), entity),
        }
    }
}

/// Family, given and further names as one span, so that they become one placeholder.
fn whole_name(text: &str, parts: &[Span], from: usize) -> Option<Span> {
    let names = parts.iter().skip(from).take(3).filter(|s| !matches!(s.of(text), "" | "\"\""));
    names.copied().reduce(|a, b| a.hull(&b))
}

/// Identifier types of HL7 table 0203.
pub(crate) fn id_type(code: &str) -> Option<EntityType> {
    Some(match code {
        "MR" | "MRT" | "PI" | "PT" | "MA-MR" => EntityType::MedicalRecordNumber,
        "SS" | "SB" => EntityType::UsSsn,
        "DL" | "DN" | "LN" | "MD" | "NPI" | "DEA" | "NP" | "PRN" => EntityType::LicenseNumber,
        "PPN" | "NI" | "NH" | "TAX" | "CZ" | "JHN" => EntityType::NationalId,
        "HC" | "MB" | "MC" | "MA" | "MI" | "SN" | "PN" | "WC" => EntityType::HealthPlanId,
        "AN" | "BA" => EntityType::AccountNumber,
        "SNO" | "SER" | "UDI" => EntityType::DeviceId,
        "VN" | "FI" | "EI" | "EN" | "U" | "ACSN" | "FILL" | "PLAC" => EntityType::UniqueId,
        _ => return None,
    })
}
