//! Messages of health plans and banks: what is named, what is not, and what damage costs.
#![allow(clippy::type_complexity, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod made;

use deid::EntityType::*;
use formats::{Format, Note};
use made::check::{covered, names, record};
use proptest::prelude::*;

const X12: &str = "ISA*00*          *01*SECRET    *ZZ*SUBMITTERS.ID  *ZZ*RECEIVERS.ID   *240304*1253*^*00501*000000905*1*T*:~
GS*HC*SENDER CODE*RECEIVER*20240304*0802*1*X*005010X222A1~
ST*837*0021*005010X222A1~
BHT*0019*00*244579*20240304*1023*CH~
NM1*41*2*PREMIER BILLING*****46*TGJ23~
PER*IC*JERRY FOX*TE*3055552222*EX*231*EM*jerry@example.com~
NM1*85*2*HILLSIDE CLINIC*****XX*9876543210~
N3*234 SEAWAY ST*SUITE 2~
N4*MIAMI*FL*33111*US~
REF*EI*587654321~
SBR*P*18*2222-SJ*ACME PLAN*****CI~
NM1*IL*1*SMITH*JANE*M**JR*MI*JS00111223333~
DMG*D8*19430501*F~
REF*SY*123456789~
REF*EA*MR884421~
NM1*PR*2*KEY INSURANCE COMPANY*****PI*999996666~
PAT*19**D8*20240101*D8*20240102~
CLM*26463774*100***11:B:1*Y*A*Y*I*P*AA:::FL~
DTP*431*D8*20240301~
DTP*472*RD8*20240302-20240303~
HI*ABK:J020*BH:11:D8:20240228~
NTE*ADD*SEEN WITH HER DAUGHTER INES~
SV1*HC:99213*40*UN*1***1~
SE*23*0021~
GE*1*1~
IEA*1*000000905~
";

#[test]
fn x12_names_what_the_guides_define() {
    let claim = record(X12, "claim.txt");
    assert_eq!(claim.format, Format::X12);
    assert_eq!(*claim.text.expose(), X12);
    names(
        &claim,
        &[
            (Secret, "SECRET"),
            (UniqueId, "SUBMITTERS.ID"),
            (UniqueId, "244579"),
            (Organization, "PREMIER BILLING"),
            (Person, "JERRY FOX"),
            (PhoneNumber, "3055552222"),
            (EmailAddress, "jerry@example.com"),
            (Facility, "HILLSIDE CLINIC"),
            (LicenseNumber, "9876543210"),
            (StreetAddress, "234 SEAWAY ST"),
            (StreetAddress, "SUITE 2"),
            (City, "MIAMI"),
            (PostalCode, "33111"),
            (NationalId, "587654321"),
            (HealthPlanId, "2222-SJ"),
            (Person, "SMITH*JANE*M"),
            (HealthPlanId, "JS00111223333"),
            (Date, "19430501"),
            (UsSsn, "123456789"),
            (MedicalRecordNumber, "MR884421"),
            (Organization, "KEY INSURANCE COMPANY"),
            (Date, "20240102"),
            (UniqueId, "26463774"),
            (Date, "20240302"),
            (Date, "20240303"),
            (Date, "20240228"),
        ],
        &["100", "99213", "J020", "40", "D8", "005010X222A1", "SEEN WITH HER DAUGHTER INES"],
    );
    assert!(claim.notes.is_empty());
    assert!(claim.fields.iter().any(|f| f.source.label() == "field:NM1-03"));
    // The same interchange with other separators, in one line, and two in a file.
    let other = X12.replace("~\n", "!").replace('*', "|").replace(':', "<");
    let twice = record(&format!("{other}{X12}"), "x");
    names(&twice, &[(Person, "SMITH|JANE|M"), (Person, "SMITH*JANE*M"), (Date, "20240228")], &["AA<<<FL"]);
    let lines = record(&X12.replace("~\n", "\r\n"), "x");
    names(&lines, &[(Person, "SMITH*JANE*M"), (Date, "20240303")], &[]);
}

#[test]
fn x12_remittances_eligibility_and_enrolment() {
    let cases: &[(&str, &[(deid::EntityType, &str)], &[&str])] = &[
        (
            "ST*835*1234~BPR*I*1100*C*ACH*CCP*01*888999777*DA*24681012*1935665544**01*111333555*DA*144444*20190316~TRN*1*71700666555*1935665544~\
             DTM*405*20190314~N1*PR*RUSHMORE LIFE~N3*10 SOUTH AVENUET~N1*PE*ACME MEDICAL CENTER*XX*5544667733~CLP*5554555444*1*800*450*300*12*94060555410000~\
             CAS*CO*A2*50~NM1*QC*1*BUDD*WILLIAM****MI*33344555510~PLB*6543210903*20190930*CV:9876514*-1.27~SVC*HC:99211*800*500~",
            &[
                (RoutingNumber, "888999777"),
                (AccountNumber, "24681012"),
                (UniqueId, "1935665544"),
                (Date, "20190316"),
                (UniqueId, "71700666555"),
                (Organization, "RUSHMORE LIFE"),
                (Facility, "ACME MEDICAL CENTER"),
                (LicenseNumber, "5544667733"),
                (UniqueId, "5554555444"),
                (UniqueId, "94060555410000"),
                (Person, "BUDD*WILLIAM"),
                (HealthPlanId, "33344555510"),
                (UniqueId, "9876514"),
            ],
            &["1100", "800", "HC:99211", "A2"],
        ),
        (
            "ST*271*4321~NM1*1P*1*JONES*MARCUS***MD*SV*0202034~NM1*IL*1*SMITH*JOHN*L***MI*444115555~N2*NITA~DTP*346*D8*20060101~EB*1**30*PR*SILVER PLAN~\
             REF*6P*GRP77*ACME INC~MSG*CALL ROSA~",
            &[(Person, "JONES*MARCUS"), (LicenseNumber, "0202034"), (Person, "NITA"), (HealthPlanId, "GRP77"), (Date, "20060101")],
            &["SILVER PLAN", "CALL ROSA"],
        ),
        (
            "ST*834*0001~BGN*00*12456*19980520*1200****2~N1*P5*ACME INC*FI*999888777~INS*Y*18*021*20*A***FT**N*D8*20240105~REF*0F*202443307~\
             NM1*74*1*DOE*JANE*C***34*202443307~DMG*D8*19700112*F*M*C^:RET:2106-3~HD*021**HLT~COB*P*890111*5~",
            &[
                (UniqueId, "12456"),
                (Organization, "ACME INC"),
                (NationalId, "999888777"),
                (Date, "20240105"),
                (HealthPlanId, "202443307"),
                (Person, "DOE*JANE*C"),
                (Date, "19700112"),
                (HealthPlanId, "890111"),
            ],
            &["HLT", "FT"],
        ),
    ];
    for (message, expected, not) in cases {
        names(&record(message, "x"), expected, not);
    }
    // Damage costs a segment and is said.
    let broken = record("ST*837*1~nm1*IL*1*ROSSI~\u{b0}*x~NM1*IL*1*GARCIA*ANA~BIN*9*AAAA~", "x");
    names(&broken, &[(Person, "GARCIA*ANA")], &["ROSSI"]);
    assert_eq!(broken.notes, [Note::PartsNotRead { count: 2 }, Note::AttachmentsNotRead { count: 1 }]);
}

fn ach(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line:<94}\n")).collect()
}

#[test]
fn ach_names_its_columns() {
    let header = "101 231380104 1210428821812060000A094101Federal Reserve Bank   My Bank Name           REF77";
    let payroll = record(
        &ach(&[
            header,
            "5220Hillside Clinic                     1121042882PPDREG.SALARY181206181207   1121042880000001",
            "62223138010412345678         0100000000884421         Maria Garcia            1121042880000001",
            "705thank you Ines                                                                  00010000001",
            "799R1412104288000000118010223138010deceased                                    121042880000002",
            "798C04121042880000001      23138010Garcia Lopez, Maria                         121042880000002",
            "82200000020023138010000000000000000100000000121042882                          121042880000001",
            "9000001000001000000020023138010000000000000000100000000",
        ]),
        "payroll",
    );
    assert_eq!(payroll.format, Format::Nacha);
    names(
        &payroll,
        &[
            (RoutingNumber, "231380104"),
            (Date, "181206"),
            (Organization, "Federal Reserve Bank"),
            (UniqueId, "REF77"),
            (Organization, "Hillside Clinic"),
            (AccountNumber, "12345678"),
            (UniqueId, "884421"),
            (Person, "Maria Garcia"),
            (UniqueId, "121042880000001"),
            (Date, "180102"),
            (Person, "Garcia Lopez, Maria"),
        ],
        &["REG.SALARY", "0100000000", "PPD", "thank you Ines"],
    );
    assert!(payroll.notes.is_empty());
    // In one run, a corporate batch and an international one; and a record of an unknown type.
    let run = ach(&[
        header,
        "5200ACME                                1121042882CCDVENDOR PAY      181207   1121042880000001",
        "62223138010412345678         0100000000884421         Rossi Imports          0121042880000001",
        "5220                FF3               US121042882 IATTRADEPAYMTCADUSD181207   1121042880000001",
        "6221210428820007             0000100000123456789                              1231380100000001",
        "710ANN000000000000100000928383-23938          BEK Enterprises                         0000001",
        "711BEK Solutions                      15 West Place Street                            0000001",
        "712JACOBSTOWN*PA\\                     US*19305\\                                     0000001",
        "?",
    ]);
    let run = record(&run.replace('\n', ""), "x");
    names(
        &run,
        &[
            (Organization, "Rossi Imports"),
            (AccountNumber, "123456789"),
            (UniqueId, "928383-23938"),
            (Person, "BEK Enterprises"),
            (StreetAddress, "15 West Place Street"),
            (City, "JACOBSTOWN"),
            (State, "PA"),
            (PostalCode, "19305"),
        ],
        &["TRADEPAYMT"],
    );
    assert_eq!(run.notes, [Note::PartsNotRead { count: 1 }]);
}

#[test]
fn swift_messages_name_their_options() {
    let payment = "{1:F01BANKBEBBAXXX2222123456}{2:O1031553240304BANKDEFFAXXX22221234562403041553N}{3:{108:MT103 REF}{121:180f1e65-90e0-44d5-a49a-92b55eb3025f}}{4:\r\n\
        :20:REF494931\r\n:23B:CRED\r\n:32A:240304EUR1958,47\r\n:50F:/12345678\r\n1/SMITH JOHN\r\n2/299 PARK AVENUE\r\n3/US/NEW YORK, NY 10017\r\n4/19610103\r\n\
        6/US/HOSP/884421\r\n:52D:/FW021000089\r\nHILLSIDE BANK\r\n1 MAIN ST\r\n:57A:CHASUS33XXX\r\n:59:/DE89370400440532013000\r\nMARIA GARCIA\r\nHAUPTSTR. 1\r\n\
        :70:/INV/7712 FOR INES\r\n:71A:SHA\r\n-}{5:{MAC:00000000}{CHK:19DA346889CC}}\r\n";
    let payment = record(payment, "x.txt");
    assert_eq!(payment.format, Format::Swift);
    names(
        &payment,
        &[
            (RoutingNumber, "BANKBEBBAXXX"),
            (RoutingNumber, "BANKDEFFAXXX"),
            (Date, "240304"),
            (UniqueId, "MT103 REF"),
            (UniqueId, "REF494931"),
            (UniqueId, "180f1e65-90e0-44d5-a49a-92b55eb3025f"),
            (AccountNumber, "12345678"),
            (Person, "SMITH JOHN"),
            (StreetAddress, "299 PARK AVENUE"),
            (Date, "19610103"),
            (UniqueId, "884421"),
            (Organization, "HILLSIDE BANK"),
            (RoutingNumber, "CHASUS33XXX"),
            (Iban, "DE89370400440532013000"),
            (Person, "MARIA GARCIA"),
            (StreetAddress, "HAUPTSTR. 1"),
        ],
        &["CRED", "SHA", "/INV/7712 FOR INES", "19DA346889CC"],
    );
    assert!(payment.notes.is_empty());
    let statement = record(
        "ABNANL2A\n940\n:20:STARTUMS\n:25:50880050/0194787400888\n:28C:00004/00001\n:60F:C070903EUR766656,49\n\
         :61:0709070904CR50990,05NTRFREF99//0724710333343453\nwith ROSA\n:86:166?00GUTSCHRIFT?20rang at 12-09-2014T16\n:26:37 Uhr?30DRESDEFF\n?31DE99700500000000012345\n\
         ?32GARCIA, MA?33RIA?60x\n:62F:C070904EUR817646,54\n-\n:20:A1\n:25:PL29114010810000267002001002\n:25P:12345678\nDEUTDEFF\n:25:GB29NWBK60161331926819/EUR\n",
        "x",
    );
    names(
        &statement,
        &[
            (RoutingNumber, "50880050"),
            (AccountNumber, "0194787400888"),
            (Date, "070903"),
            (Date, "0904"),
            (UniqueId, "REF99"),
            (UniqueId, "0724710333343453"),
            (RoutingNumber, "DRESDEFF"),
            (Iban, "DE99700500000000012345"),
            (Person, "GARCIA, MA"),
            (Date, "070904"),
            (Iban, "PL29114010810000267002001002"),
            (RoutingNumber, "DEUTDEFF"),
            (Iban, "GB29NWBK60161331926819"),
        ],
        &["STARTUMS", "with ROSA", "EUR"],
    );
    let broken = record("{1:F01BANKBEBB\n:20:REF1\n:59:é\n:50F:", "x");
    names(&broken, &[(UniqueId, "REF1")], &[]);
    assert_eq!(broken.notes, [Note::PartsNotRead { count: 1 }]);
}

#[test]
fn ofx_names_its_elements_in_both_dresses() {
    let sgml = record(
        "OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n<OFX><SIGNONMSGSRQV1><SONRQ><DTCLIENT>20240304<USERID>mgarcia61<USERPASS>hunter2<FI><ORG>HILLSIDE CU<FID>1101</FI></SONRQ>\r\n\
         <STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>121042882<ACCTID>12300 000012345678<ACCTTYPE>CHECKING</BANKACCTFROM>\r\n\
         <CCACCTFROM><ACCTID>4111111111111111</CCACCTFROM>\r\n\
         <STMTTRN><TRNTYPE>POS<DTPOSTED>20240304122017.000[-5:EST]<TRNAMT>-6.60<FITID>7712-0001<CHECKNUM>0<NAME>CORNER CAFE<MEMO>for Ines, tax <8\r\n</STMTTRN>\r\n\
         <PAYEE><NAME>Maria Garcia<ADDR1>12 Elm St<CITY>Springfield<STATE>MA<POSTALCODE>01103<PHONE>4135550142</PAYEE></OFX>",
        "x.qfx",
    );
    assert_eq!(sgml.format, Format::Ofx);
    names(
        &sgml,
        &[
            (Username, "mgarcia61"),
            (Secret, "hunter2"),
            (Organization, "HILLSIDE CU"),
            (RoutingNumber, "121042882"),
            (AccountNumber, "12300 000012345678"),
            (CreditCard, "4111111111111111"),
            (Date, "20240304"),
            (UniqueId, "7712-0001"),
            (Person, "Maria Garcia"),
            (StreetAddress, "12 Elm St"),
            (PhoneNumber, "4135550142"),
        ],
        &["CORNER CAFE", "-6.60", "USD", "CHECKING", "for Ines, tax <8"],
    );
    assert!(sgml.notes.is_empty());
    let xml = record(
        "<?xml version=\"1.0\"?>\n<?OFX OFXHEADER=\"200\"?>\n<OFX>\n<ACCTID>77 12</ACCTID><LASTNAME>Garc&#237;a</LASTNAME><DTEND>0<DTSTART",
        "x",
    );
    names(&xml, &[(AccountNumber, "77 12"), (Person, "Garc&#237;a")], &[]);
    assert_eq!(xml.notes, [Note::PartsNotRead { count: 2 }], "a hidden character and an open tag");
}

#[test]
fn metro2_names_its_columns() {
    let pad = |parts: &[(usize, &str)]| {
        let mut line = vec![b' '; parts.iter().map(|(at, words)| at + words.len()).max().unwrap().max(427) - 1];
        parts.iter().for_each(|(at, words)| line[at - 1..at - 1 + words.len()].copy_from_slice(words.as_bytes()));
        String::from_utf8(line).unwrap()
    };
    let header = pad(&[(1, "0426HEADER"), (80, "HILLSIDE CREDIT UNION"), (120, "1 MAIN ST"), (216, "4135550100")]);
    let j2 = "J2 GARCIA                   INES";
    let base = [
        (1, "0826101012024011122"),
        (43, "553723456"),
        (76, "00000000"),
        (84, "000002438"),
        (206, "02022024"),
        (232, "GARCIA"),
        (257, "MARIA"),
        (298, "123456789"),
        (307, "01031961"),
        (330, "12 ELM ST"),
        (394, "SPRINGFIELD"),
        (414, "MA01103"),
        (427, j2),
        (427 + 101, "12 OAK ST"),
        (627, "N1ACME"),
        (627 + 127, "SURGEON"),
        (826, " "),
    ];
    let trailer = pad(&[(1, "0426TRAILER000000001")]);
    let text = format!("{header}\r\n{}\r\n{trailer}\r\n", pad(&base));
    let expected = [
        (Organization, "HILLSIDE CREDIT UNION"),
        (PhoneNumber, "4135550100"),
        (Date, "01012024"),
        (AccountNumber, "553723456"),
        (Date, "02022024"),
        (Person, "GARCIA"),
        (Person, "MARIA"),
        (UsSsn, "123456789"),
        (Date, "01031961"),
        (StreetAddress, "12 ELM ST"),
        (State, "MA"),
        (PostalCode, "01103"),
        (Person, "INES"),
        (StreetAddress, "12 OAK ST"),
        (Organization, "ACME"),
        (Profession, "SURGEON"),
    ];
    let lines = record(&text, "x.dat");
    assert_eq!(lines.format, Format::Metro2);
    names(&lines, &expected, &["000002438", "00000000"]);
    assert!(lines.notes.is_empty());
    // In one run, with the lengths of blocks; and with damage.
    names(&record(&text.replace("\r\n", ""), "x"), &expected, &[]);
    names(&record(&format!("0430{header}0830{}", pad(&base)), "x"), &expected, &[]);
    let broken = record(&format!("{header}\nwhat is this\n{}X9", pad(&base)), "x");
    names(&broken, &expected, &[]);
    assert_eq!(broken.notes, [Note::PartsNotRead { count: 2 }], "a line, and what stands behind the last segment");
}

proptest! {
    #[test]
    fn damage_neither_panics_nor_loses_the_map(which in 0usize..5, edits in prop::collection::vec((any::<usize>(), 0usize..30, prop::sample::select(vec!["~", "*", ":", "\n", "/", "<", ">", "é", "ISA*", "&#1;", "?31", "0426", "{1:F01", "6"])), 0..8)) {
        let mut text = [X12.to_owned(), ach(&["101 231380104 1210428821812060000A094101Federal Reserve Bank   My Bank Name", "6", "705x"]), ":20:A\n:25:x/y\n:61:070907\n:50F:/1\n1/A\n:86:166?31x\n".into(), "<OFX><ACCTID>7</OFX>".into(), format!("0426HEADER{:<417}\n0426101012024{:<413}J2", "", "")][which].clone();
        for (at, gone, new) in edits {
            let start = text.floor_char_boundary(at % (text.len() + 1));
            let end = text.floor_char_boundary((start + gone).min(text.len())).max(start);
            text.replace_range(start..end, new);
        }
        if let Ok(record) = formats::read(text.as_bytes(), "x", &formats::Limits::default()) {
            covered(&record);
        }
    }
}
