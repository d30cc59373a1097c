//! ASC X12 (005010X222/X223/X224 837, X221 835, X279 270/271, X212/X214 276/277, X217 278, X220 834, X218 820): the text is the
//! interchange itself; elements that the implementation guides define to hold an identifier are named.
//!
//! An own splitter: it keeps spans, takes the separators from each ISA, and a broken segment costs that segment alone.

use deid::{EntityType, Span};

use crate::Note;
use crate::draft::{Draft, is_code};

/// Segments whose elements always hold the same. Dates here have no format qualifier.
const ELEMENTS: &[(&str, &[usize], EntityType)] = {
    use EntityType::*;
    &[
        ("ISA", &[6, 8, 13], UniqueId),
        ("ISA", &[9], Date),
        ("IEA", &[2], UniqueId),
        ("TA1", &[1], UniqueId),
        ("TA1", &[2], Date),
        ("GS", &[2, 3], UniqueId),
        ("GS", &[4], Date),
        ("BHT", &[3], UniqueId),
        ("BHT", &[4], Date),
        ("BGN", &[2, 6], UniqueId),
        ("BGN", &[3], Date),
        ("BPR", &[7, 13], RoutingNumber),
        ("BPR", &[9, 15], AccountNumber),
        ("BPR", &[10, 11], UniqueId),
        ("BPR", &[16], Date),
        ("DEP", &[1], UniqueId),
        ("DEP", &[2], Date),
        ("DEP", &[6], RoutingNumber),
        ("DEP", &[8], AccountNumber),
        ("TRN", &[2, 3, 4], UniqueId),
        ("N3", &[1, 2], StreetAddress),
        ("N4", &[1], City),
        ("N4", &[2, 7], State),
        ("N4", &[3], PostalCode),
        ("N4", &[4], Country),
        ("DMG", &[2], Date),
        ("DMG", &[5], Nrp),
        ("DMG", &[7], Country),
        ("PAT", &[6], Date),
        ("SBR", &[3], HealthPlanId),
        ("SBR", &[4], Organization),
        ("CLM", &[1], UniqueId),
        ("CLP", &[1, 7], UniqueId),
        ("DTM", &[2], Date),
        ("PWK", &[6], UniqueId),
        ("CN1", &[4], UniqueId),
        ("SVD", &[1], UniqueId),
        ("PS1", &[1], UniqueId),
        ("TS3", &[1], LicenseNumber),
        ("TS3", &[3], Date),
        ("PLB", &[1], LicenseNumber),
        ("PLB", &[2], Date),
        ("INS", &[12], Date),
        ("ACT", &[1], AccountNumber),
        ("ACT", &[2], Organization),
        ("COB", &[2], HealthPlanId),
        ("HCP", &[4], UniqueId),
        ("HCR", &[2], UniqueId),
        ("STC", &[2, 6, 8], Date),
        ("STC", &[9], UniqueId),
        ("RMR", &[2], UniqueId),
    ]
};

/// Where a qualifier says in which format the next element's date or dates are written.
const DATES: &[(&str, usize)] = &[("DTP", 2), ("DTM", 5), ("SVD", 6), ("INS", 11)];

/// Entities of NM101 and N101 that give care; other organizations insure, employ or send.
const PROVIDERS: &[&str] = &[
    "1P", "1T", "2B", "45", "61", "71", "72", "73", "77", "80", "82", "85", "87", "AAJ", "DD", "DK", "DN", "DQ", "FA", "LI", "P3", "PE",
    "PW", "QB", "SJ", "X3", "ZZ",
];

/// The members: a patient, the insured, a dependent and what a person responsible is called.
const MEMBERS: &[&str] = &["IL", "QC", "03", "74", "70", "S1", "QD", "E1", "6Y"];

/// Widths of ISA01 to ISA16.
const ISA: [usize; 16] = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1];

#[derive(Debug, Clone, Copy, PartialEq)]
struct Separators {
    element: char,
    component: char,
    repeat: Option<char>,
    segment: char,
}

impl Separators {
    const USUAL: Separators = Separators { element: '*', component: ':', repeat: None, segment: '~' };

    /// As an ISA declares them: the sign after its name, ISA16, ISA11 from version 00402 on, and the sign behind ISA16.
    fn of(header: &str) -> Option<Separators> {
        let element = header.strip_prefix("ISA")?.chars().next().filter(|c| separates(*c))?;
        let head = header.get(..header.floor_char_boundary(512)).unwrap_or(header);
        let elements: Vec<&str> = head.splitn(17, element).collect();
        let mut last = elements.get(16)?.chars();
        let (component, segment) = (last.next()?, last.next().unwrap_or('\n'));
        let repeat = elements.get(11)?.chars().next().filter(|c| separates(*c));
        let segment = if segment == '\r' { '\n' } else { segment };
        (separates(component) && (separates(segment) || segment == '\n')).then_some(Separators { element, component, repeat, segment })
    }

    /// Those of an interchange whose ISA is missing or broken.
    fn guessed(text: &str) -> Separators {
        let element = text.chars().find(|c| !c.is_ascii_alphanumeric()).filter(|c| separates(*c)).unwrap_or('*');
        Separators { element, segment: if text.contains('~') && element != '~' { '~' } else { '\n' }, ..Separators::USUAL }
    }

    fn are(&self, c: char) -> bool {
        c == self.element || c == self.component || c == self.segment || Some(c) == self.repeat || c.is_control()
    }
}

fn separates(c: char) -> bool {
    !c.is_alphanumeric() && c != ' ' && c != '\n' && c != '\r'
}

/// Whether a text begins as an interchange, a group or a transaction set does.
pub(crate) fn begins(text: &str) -> bool {
    let is = |name: &str, kind: fn(&str) -> bool| {
        let Some(rest) = text.strip_prefix(name) else { return false };
        let Some(separator) = rest.chars().next().filter(|c| separates(*c)) else { return false };
        rest.get(separator.len_utf8()..).and_then(|r| r.split(separator).next()).is_some_and(kind)
    };
    let head = text.get(..text.floor_char_boundary(512)).unwrap_or(text);
    let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    let isa = head.strip_prefix("ISA").and_then(|r| r.chars().next()).filter(|c| separates(*c));
    isa.is_some_and(|element| head.split(element).nth(12).is_some_and(|version| digits(version, 5)))
        || is("GS", |kind| kind.len() == 2 && kind.bytes().all(|b| b.is_ascii_uppercase()))
        || is("ST", |kind| kind.len() == 3 && kind.bytes().all(|b| b.is_ascii_digit()))
}

/// A segment without its terminator, and the separators that hold in it.
struct Segment {
    span: Span,
    separators: Separators,
}

/// Splits a text into segments. White space between them belongs to none.
fn segments(text: &str) -> impl Iterator<Item = Segment> {
    let mut separators = Separators::guessed(text.trim_start());
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..).filter(|r| !r.is_empty())?;
            let start = at + (rest.len() - rest.trim_start().len());
            let body = text.get(start..).unwrap_or_default();
            if let Some(declared) = Separators::of(body) {
                separators = declared;
            }
            let end = body.find(separators.segment).map_or(text.len(), |end| start + end);
            at = (end + separators.segment.len_utf8()).min(text.len());
            let end = start + text.get(start..end).unwrap_or_default().trim_end().len();
            if end > start {
                return Some(Segment { span: Span::new(start, end), separators });
            }
        }
    })
}

fn split(text: &str, span: Span, separator: char) -> impl Iterator<Item = Span> {
    let mut at = span.start;
    span.of(text).split(separator).map(move |piece| {
        let found = Span::new(at, at + piece.len());
        at = found.end + separator.len_utf8();
        found
    })
}

/// Names the identifiers in the draft's text, which is one interchange or many.
pub(crate) fn fields(draft: &mut Draft) {
    let text = draft.text().to_owned();
    let (mut broken, mut binary, mut person) = (0, 0, false);
    for segment in segments(&text) {
        let elements: Vec<Span> = split(&text, segment.span, segment.separators.element).collect();
        let id = elements.first().map(|s| s.of(&text)).unwrap_or_default();
        if !(2..=3).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            broken += 1;
            continue;
        }
        binary += usize::from(matches!(id, "BIN" | "BDS"));
        let mut names = Names { draft, text: &text, id, elements: &elements, separators: segment.separators };
        names.codes();
        names.fixed();
        names.dates();
        names.qualified(&mut person);
    }
    draft.notes.extend((broken > 0).then_some(Note::PartsNotRead { count: broken }));
    draft.notes.extend((binary > 0).then_some(Note::AttachmentsNotRead { count: binary }));
}

struct Names<'d, 't> {
    draft: &'d mut Draft,
    text: &'t str,
    id: &'t str,
    elements: &'d [Span],
    separators: Separators,
}

impl<'t> Names<'_, 't> {
    fn element(&self, number: usize) -> Option<Span> {
        self.elements.get(number).copied().filter(|s| !s.of(self.text).trim().is_empty())
    }

    fn value(&self, number: usize) -> &'t str {
        self.elements.get(number).map(|s| s.of(self.text)).unwrap_or_default()
    }

    fn components(&self, number: usize) -> Vec<Span> {
        self.element(number).map(|s| split(self.text, s, self.separators.component).collect()).unwrap_or_default()
    }

    fn add(&mut self, span: Option<Span>, entity: EntityType, number: usize) {
        if let Some(span) = span {
            self.draft.field(span, entity, &format!("{}-{number:02}", self.id));
        }
    }

    fn name(&mut self, number: usize, entity: EntityType) {
        self.add(self.element(number), entity, number);
    }

    /// Elements that are codes or amounts wherever they are not named: in X12 only messages, notes and descriptions are words.
    fn codes(&mut self) {
        if matches!(self.id, "NTE" | "MSG" | "K3") {
            return;
        }
        for element in self.elements {
            for component in split(self.text, *element, self.separators.component) {
                if is_code(component.of(self.text)) {
                    self.draft.code(component);
                }
            }
        }
    }

    /// One date or the two of a range.
    fn date(&mut self, span: Span, number: usize) {
        for part in split(self.text, span, '-') {
            // A year alone identifies nobody.
            let is_date = part.len() > 4 && part.of(self.text).bytes().all(|b| b.is_ascii_digit() || b == b':');
            self.add(Some(part).filter(|_| is_date), EntityType::Date, number);
        }
    }

    fn fixed(&mut self) {
        let id = self.id;
        for (_, numbers, entity) in ELEMENTS.iter().filter(|(of, ..)| *of == id) {
            for &number in *numbers {
                let Some(span) = self.element(number) else { continue };
                match entity {
                    EntityType::Date => self.date(span, number),
                    EntityType::Nrp => {
                        let repeats: Vec<Span> = split(self.text, span, self.separators.repeat.unwrap_or('^')).collect();
                        repeats.into_iter().for_each(|r| self.add(Some(r), *entity, number));
                    }
                    _ => self.add(Some(span), *entity, number),
                }
            }
        }
    }

    fn dates(&mut self) {
        let id = self.id;
        for (_, qualifier) in DATES.iter().filter(|(of, _)| *of == id) {
            if let Some(span) = self.element(qualifier + 1).filter(|_| self.value(*qualifier) != "TM") {
                self.date(span, qualifier + 1);
            }
        }
        // Codes of the claim with the day on which they happened: `BH:11:D8:20050314`.
        if self.id == "HI" || self.id == "SV3" {
            for number in 1..self.elements.len() {
                let parts = self.components(number);
                for pair in parts.windows(2) {
                    if let [qualifier, value] = pair
                        && matches!(qualifier.of(self.text), "D8" | "RD8" | "DT")
                    {
                        self.date(*value, number);
                    }
                }
            }
        }
    }

    /// What another element says. `person` is whether the party that the segments speak of is one.
    fn qualified(&mut self, person: &mut bool) {
        match self.id {
            "ISA" => {
                for (qualifier, number) in [(1, 2), (3, 4)] {
                    if self.value(qualifier) != "00" {
                        self.name(number, EntityType::Secret);
                    }
                }
            }
            "NM1" => self.party(person),
            "N1" => {
                *person = MEMBERS.contains(&self.value(1));
                let entity = if *person { EntityType::Person } else { organization(self.value(1)) };
                self.name(2, entity);
                self.name(4, party_id(self.value(3), self.value(1)));
            }
            "N2" => [1, 2].into_iter().for_each(|n| self.name(n, if *person { EntityType::Person } else { EntityType::Organization })),
            "N4" if self.value(5) == "CY" => self.name(6, EntityType::City),
            "ENT" => [(3, 4), (6, 7)].into_iter().for_each(|(q, n)| self.name(n, party_id(self.value(q), "IL"))),
            "PER" => {
                self.name(2, EntityType::Person);
                for qualifier in [3, 5, 7] {
                    let entity = match self.value(qualifier) {
                        "FX" | "HF" | "WF" => EntityType::FaxNumber,
                        "EM" => EntityType::EmailAddress,
                        "UR" => EntityType::Url,
                        _ => EntityType::PhoneNumber,
                    };
                    self.name(qualifier + 1, entity);
                }
            }
            "REF" => {
                if let Some(entity) = reference(self.value(1)) {
                    self.name(2, entity);
                }
                for pair in self.components(4).chunks(2) {
                    if let [qualifier, value] = pair
                        && let Some(entity) = reference(qualifier.of(self.text))
                    {
                        self.add(Some(*value), entity, 4);
                    }
                }
            }
            "PRV" if !matches!(self.value(2), "PXC" | "ZZ") => self.name(3, EntityType::LicenseNumber),
            "CLM" => self.add(self.components(11).get(3).copied(), EntityType::State, 11),
            "PLB" => [3, 5, 7, 9, 11, 13].into_iter().for_each(|n| self.add(self.components(n).get(1).copied(), EntityType::UniqueId, n)),
            "CTX" => self.add(self.components(1).get(1).copied(), EntityType::UniqueId, 1),
            _ => {}
        }
    }

    fn party(&mut self, person: &mut bool) {
        let role = self.value(1);
        *person = match self.value(2) {
            "1" => true,
            "2" => false,
            _ => MEMBERS.contains(&role) || self.element(4).is_some(),
        };
        if *person {
            // Surname, given and middle name as one span, so that they become one placeholder.
            let whole = [3, 4, 5].into_iter().filter_map(|n| self.element(n)).reduce(|a, b| a.hull(&b));
            self.add(whole, EntityType::Person, 3);
            self.name(12, EntityType::Person);
        } else {
            self.name(3, organization(role));
            self.name(12, organization(role));
        }
        self.name(9, party_id(self.value(8), role));
    }
}

fn organization(role: &str) -> EntityType {
    if PROVIDERS.contains(&role) { EntityType::Facility } else { EntityType::Organization }
}

/// What NM109 and N104 hold, by the qualifier before them (data element 66) or else by whose they are.
fn party_id(qualifier: &str, role: &str) -> EntityType {
    match qualifier {
        "34" | "SY" => EntityType::UsSsn,
        "24" | "FI" => EntityType::NationalId,
        "MI" | "II" | "HN" | "MR" | "C1" | "N" => EntityType::HealthPlanId,
        "XX" | "BD" | "BP" | "BS" | "MC" | "MP" | "PC" | "SL" | "SV" | "UP" => EntityType::LicenseNumber,
        "ZZ" | "" if MEMBERS.contains(&role) => EntityType::HealthPlanId,
        _ => EntityType::UniqueId,
    }
}

/// What REF02 holds, by data element 128; `None` where it is a code of meaning.
fn reference(qualifier: &str) -> Option<EntityType> {
    Some(match qualifier {
        "SY" => EntityType::UsSsn,
        "EI" | "TJ" => EntityType::NationalId,
        "EA" => EntityType::MedicalRecordNumber,
        "EJ" | "14" | "11" => EntityType::AccountNumber,
        "4A" => EntityType::Secret,
        "0B" | "1A" | "1B" | "1C" | "1D" | "1G" | "1H" | "1J" | "B3" | "EW" | "G2" | "HPI" | "LIC" | "N5" | "X4" | "X5" | "D3" => {
            EntityType::LicenseNumber
        }
        "0F" | "1L" | "1W" | "18" | "23" | "38" | "49" | "6P" | "HJ" | "IG" | "IF" | "MRN" | "NQ" | "Q4" | "ABB" => {
            EntityType::HealthPlanId
        }
        "BLT" | "1S" | "APC" | "CE" | "F4" | "F5" | "RB" | "VP" => return None,
        _ => EntityType::UniqueId,
    })
}

/// The interchange with each span's text replaced; separators inside a span stay, none comes in, and counts and widths are mended.
/// Edits are in order and do not overlap.
pub(crate) fn rewrite(text: &str, edits: &[(Span, String)]) -> String {
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    let mut segments = segments(text).peekable();
    let mut separators = Separators::guessed(text.trim_start());
    for (span, replacement) in edits {
        while let Some(segment) = segments.next_if(|s| s.span.start <= span.start) {
            separators = segment.separators;
        }
        out.push_str(text.get(done..span.start).unwrap_or_default());
        out.extend(replacement.chars().map(|c| if separators.are(c) { ' ' } else { c }));
        out.extend(span.of(text).chars().filter(|c| separators.are(*c)));
        done = span.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    mend(&out)
}

/// Repairs what an exchange of words leaves wrong: the widths of an ISA, and the counts in SE01, GE01 and IEA01. Control numbers stay.
pub(crate) fn mend(text: &str) -> String {
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    let (mut in_set, mut sets, mut groups) = (0usize, 0usize, 0usize);
    for segment in segments(text) {
        let elements: Vec<&str> = segment.span.of(text).split(segment.separators.element).collect();
        let id = elements.first().copied().unwrap_or_default();
        out.push_str(text.get(done..segment.span.start).unwrap_or_default());
        done = segment.span.end;
        in_set += 1;
        let counted = |count: &mut usize| (elements.len() > 1).then(|| std::mem::take(count).to_string());
        let count = match id {
            "ST" => {
                sets += 1;
                in_set = 1;
                None
            }
            "GS" => {
                groups += 1;
                sets = 0;
                None
            }
            "ISA" => {
                groups = 0;
                None
            }
            "SE" => counted(&mut in_set),
            "GE" => counted(&mut sets),
            "IEA" => counted(&mut groups),
            _ => None,
        };
        let joined = |elements: Vec<String>| elements.join(segment.separators.element.encode_utf8(&mut [0; 4]));
        if id == "ISA" && elements.len() == ISA.len() + 1 {
            let widths = std::iter::once(3).chain(ISA);
            out.push_str(&joined(elements.iter().zip(widths).map(|(e, width)| format!("{e:<width$.width$}")).collect()));
        } else if let Some(count) = count {
            let with = |(n, e): (usize, &&str)| if n == 1 { count.clone() } else { (*e).to_owned() };
            out.push_str(&joined(elements.iter().enumerate().map(with).collect()));
        } else {
            out.push_str(segment.span.of(text));
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ISA_LINE: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *030101*1253*^*00501*000000905*1*T*:~";

    #[test]
    fn separators_are_what_the_isa_says() {
        assert_eq!(Separators::of(ISA_LINE), Some(Separators { element: '*', component: ':', repeat: Some('^'), segment: '~' }));
        let lines = ISA_LINE.replace('*', "|").replace('~', "\r\n");
        assert_eq!(Separators::of(&lines), Some(Separators { element: '|', component: ':', repeat: Some('^'), segment: '\n' }));
        assert_eq!(Separators::of("ISA*00*short~"), None);
        assert!(begins(ISA_LINE) && begins("GS*HC*A*B") && begins("ST*837*1~"));
        assert!(!begins("ISA is short for") && !begins("ST. MARY'S") && !begins("GS-12 pay") && !begins("ISA"));
    }

    #[test]
    fn counts_and_widths_are_mended_and_control_numbers_stay() {
        let text = format!("{}\nGS*HC*A*B*20030101*1253*7*X*005010~ST*837*0007~BHT*0019~\nSE*99*0007~GE*0*7~IEA*4*000000905~\n", ISA_LINE);
        let mended = mend(&text.replace("SENDER         ", "[ORGANIZATION_1]!!").replace("RECEIVER       ", "R"));
        assert!(mended.starts_with(&ISA_LINE.replace("SENDER         ", "[ORGANIZATION_1").replace("RECEIVER", "R       ")), "{mended}");
        assert!(mended.ends_with("~BHT*0019~\nSE*3*0007~GE*1*7~IEA*1*000000905~\n"), "{mended}");
        assert_eq!(mend(&mended), mended);
        assert_eq!(mend("ST*837~SE~GE~IEA~ISA~é"), "ST*837~SE~GE~IEA~ISA~é");
    }

    #[test]
    fn a_replacement_keeps_to_its_elements() {
        let text = "ST*837*1~NM1*IL*1*DOE*JOHN*T**JR~NTE*ADD*see John~SE*3*1~";
        let span = |words: &str| text.find(words).map(|at| Span::new(at, at + words.len())).unwrap();
        let edits = [(span("DOE*JOHN*T"), "PERSON~1*".to_owned()), (span("John"), "Rosa".to_owned())];
        assert_eq!(rewrite(text, &edits), "ST*837*1~NM1*IL*1*PERSON 1 ****JR~NTE*ADD*see Rosa~SE*4*1~");
    }

    proptest! {
        #[test]
        fn any_edit_leaves_the_segments_as_they_are(text in "[A-Z0-9*:~^\\n é]{0,300}", cuts in prop::collection::vec((0usize..400, 0usize..40, "[a-z*~:]{0,9}"), 0..6)) {
            let text = format!("{ISA_LINE}GS*HC~ST*837~{text}~SE*1~GE*1~IEA*1~");
            let mut edits: Vec<(Span, String)> = Vec::new();
            for (at, len, with) in cuts {
                let start = text.floor_char_boundary(ISA_LINE.len() + at).max(edits.last().map_or(0, |(s, _)| s.end));
                edits.push((Span::new(start, text.floor_char_boundary(start + len).max(start)), with));
            }
            let new = rewrite(&text, &edits);
            prop_assert_eq!(new.matches('~').count(), text.matches('~').count());
            prop_assert_eq!(new.matches('*').count(), mend(&text).matches('*').count());
            prop_assert_eq!(mend(&new), new);
        }
    }
}
