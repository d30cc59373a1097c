//! De-identified files: as text and in the format that came in, with nothing of the originals left.

use workflow::ExportRequest;

use crate::app;

const HL7: &str = "MSH|^~\\&|LAB|NORTHFIELD GENERAL|EHR|CLINIC|20240304101500||ORU^R01|MSG77120|P|2.5.1\r\
PID|1||88213407^^^NG^MR||ABERNATHY^QUENTIN^R||19610217|M|||81 Larkspur Hollow Rd^^Petaluma^CA^94952||^PRN^PH^^1^415^5550198\r\
OBX|1|NM|718-7^Hemoglobin^LN||13.2|g/dL|12.0-16.0|N|||F\r\
NTE|1||Results given to Quentin Abernathy by phone on 3/4/2024.\r";

const CSV: &str = "name,ssn,amount\n\"Abernathy, Quentin\",536-22-8726,12.50\n\"Okafor, Ngozi\",219-44-8163,3.00\n";

pub fn request(preset: &str, own_format: bool) -> ExportRequest {
    ExportRequest { preset: preset.into(), changes: Default::default(), own_format }
}

fn without(file: &str, gone: &[&str]) {
    for word in gone {
        assert!(!file.to_lowercase().contains(&word.to_lowercase()), "{word} is left in {file}");
    }
}

#[tokio::test]
async fn a_record_goes_back_into_its_own_format() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    for (name, content, gone, kept) in [
        (
            "result.hl7",
            HL7,
            &["abernathy", "quentin", "88213407", "larkspur", "5550198", "19610217"][..],
            &["\rOBX|1|NM|718-7^", "^LN||13.2|g/dL|12.0-16.0|N|||F\r", "MSH|^~\\&|", "||ORU^R01|", "^MR|", "^PRN^PH^"][..],
        ),
        (
            "people.csv",
            CSV,
            &["abernathy", "quentin", "536-22-8726", "okafor", "219-44"][..],
            &["name,ssn,amount\n", ",12.50\n", ",3.00\n"][..],
        ),
    ] {
        let id = app::import(&cordon, &home, name, content).await;
        let preview = cordon.preview_export(&id, &request("all_placeholders", true), false).await.unwrap();
        assert!(preview.own_format.is_some(), "{}", preview.why);
        let to = home.path().join("written");
        let written = cordon.export_record(&id, &request("all_placeholders", true), &to).await.unwrap();
        assert_eq!(written.name, "written");
        let file = std::fs::read_to_string(&to).unwrap();
        without(&file, gone);
        assert!(file.contains("[PERSON_1"), "{file}");
        for part in kept {
            assert!(file.contains(part), "{part:?} is missing in {file}");
        }
        assert_eq!(file.matches('\n').count(), content.matches('\n').count());
    }
    let log: Vec<_> = cordon.audit_list(None, None).await.unwrap().rows;
    assert!(log.iter().any(|row| format!("{row:?}").contains("hl7/all_placeholders")), "the log says what was written");
}

/// 45 CFR 164.514(b)(2)(i)(B) and (C), with surrogates for people under the other preset.
#[tokio::test]
async fn a_preset_decides_what_stands_in_the_file() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let text = "Patient: Quentin Abernathy\nDOB: 02/17/1961\nLives at 81 Larkspur Hollow Road in Petaluma, CA 94952.\n\
                Seen on March 4, 2024 and again on March 18, 2024. Mr. Abernathy takes lisinopril.\n";
    let id = app::import(&cordon, &home, "visit.txt", text).await;
    let to = home.path().join("out.txt");
    let mut written = Vec::new();
    for preset in ["hipaa_safe_harbor", "hipaa_limited_data_set", "gdpr_pseudonymization"] {
        cordon.export_record(&id, &request(preset, false), &to).await.unwrap();
        let file = std::fs::read_to_string(&to).unwrap();
        without(&file, &["Abernathy", "Quentin", "Larkspur"]);
        let preview = cordon.preview_export(&id, &request(preset, false), false).await.unwrap();
        assert_eq!(preview.segments.iter().map(|s| s.text.as_str()).collect::<String>(), file, "what was shown is what was written");
        written.push(file);
    }
    let [safe_harbor, limited, pseudonyms] = written.try_into().unwrap();
    without(&safe_harbor, &["03/", "March 4", "94952", "02/17", "Petaluma"]);
    assert!(safe_harbor.contains("2024") && safe_harbor.contains("949"), "{safe_harbor}");
    assert!(limited.contains("March 4, 2024") && limited.contains("94952") && limited.contains("Petaluma"), "{limited}");
    assert!(!pseudonyms.contains("[PERSON") && !pseudonyms.contains("March 4, 2024") && pseudonyms.contains("lisinopril"), "{pseudonyms}");
    assert!(cordon.export_record(&id, &request("none_of_these", false), &to).await.is_err());
}

/// PCI DSS 3.3: a file with a card security code is not kept, so it cannot be written back.
#[tokio::test]
async fn a_file_with_a_security_code_is_not_kept() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let id = app::import(&cordon, &home, "pay.txt", "Card 4111 1111 1111 1111 exp 09/27 CVV 731, Quentin Abernathy\n").await;
    let preview = cordon.preview_export(&id, &request("all_placeholders", true), false).await.unwrap();
    assert!(preview.own_format.is_none() && preview.why.contains("security code"));
    let to = home.path().join("out.txt");
    assert!(cordon.export_record(&id, &request("all_placeholders", true), &to).await.is_err() && !to.exists());
}

#[tokio::test]
async fn a_table_by_type_is_shown_written_named_and_claims_nothing() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let text = "Patient: Quentin Abernathy\nMRN: 77120934\nSeen on March 4, 2024 in Petaluma. Mr. Abernathy takes lisinopril.\n";
    let id = app::import(&cordon, &home, "visit.txt", text).await;
    let as_is = cordon.preview_export(&id, &request("hipaa_safe_harbor", false), false).await.unwrap();
    assert!(as_is.claims.contains("164.514"), "{}", as_is.claims);
    let date = as_is.types.iter().find(|t| t.entity == "DATE").unwrap();
    assert_eq!((date.count, date.operator.as_str()), (1, "year"));
    assert!(date.choices.contains(&"shift_date_by_weeks".into()) && !date.choices.contains(&"mask".into()), "{:?}", date.choices);
    let person = as_is.types.iter().find(|t| t.entity == "PERSON").unwrap();
    assert!(person.count == 2 && !person.choices.contains(&"keep".into()), "{person:?}");

    let mut changed = request("hipaa_safe_harbor", false);
    changed.changes.insert("DATE".into(), "month".into());
    changed.changes.insert("PERSON".into(), "redact".into());
    let preview = cordon.preview_export(&id, &changed, false).await.unwrap();
    assert!(preview.claims.starts_with("Changed: claims nothing"), "{}", preview.claims);
    let to = home.path().join("out.txt");
    cordon.export_record(&id, &changed, &to).await.unwrap();
    let file = std::fs::read_to_string(&to).unwrap();
    without(&file, &["Abernathy", "77120934", "March 4"]);
    assert!(file.contains("March 2024") && file.contains("Patient: █████"), "{file}");
    assert_eq!(preview.segments.iter().map(|s| s.text.as_str()).collect::<String>(), file);
    let log = format!("{:?}", cordon.audit_list(None, Some(&id)).await.unwrap().rows);
    assert!(log.contains("text/hipaa_safe_harbor/changed"), "{log}");
    // What says the same as the preset is the preset.
    let mut same = request("hipaa_safe_harbor", false);
    same.changes.insert("DATE".into(), "year".into());
    assert_eq!(cordon.preview_export(&id, &same, false).await.unwrap().claims, as_is.claims);
    for (entity, operator) in [("PERSON", "keep"), ("SECRET", "mask"), ("DATE", "zip3"), ("NOBODY", "keep"), ("DATE", "nothing")] {
        let mut refused = request("all_placeholders", false);
        refused.changes.insert(entity.into(), operator.into());
        assert!(cordon.preview_export(&id, &refused, false).await.is_err(), "{entity} {operator}");
        assert!(cordon.save_table("bad", &refused).await.is_err());
    }

    cordon.save_table("For research", &changed).await.unwrap();
    cordon.close().await;
    drop(cordon);
    let cordon = app::open(&home).await;
    let tables = cordon.tables().await.unwrap();
    assert_eq!((tables.len(), tables[0].name.as_str(), tables[0].preset.as_str()), (1, "For research", "hipaa_safe_harbor"));
    assert_eq!(tables[0].changes, changed.changes);
    assert!(cordon.delete_table("For research").await.unwrap().is_empty());
    // The same table in a file, as `docs/operators.md` describes it.
    let json = r#"{"preset":"hipaa_safe_harbor","table":{"DATE":{"generalize":"month"},"PERSON":"redact"}}"#;
    assert_eq!(ExportRequest::of_file(json, false).unwrap(), changed);
    assert!(ExportRequest::of_file(r#"{"table":{"PERSON":"keep"}}"#, false).is_err());
}

/// PCI DSS 3.3: one that only a reviewer sees is erased from what is stored, for good.
#[tokio::test]
async fn a_security_code_that_a_reviewer_marks_is_erased() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let text = "Quentin Abernathy paid at aisle 731, not at aisle 7310.\n";
    let id = app::import(&cordon, &home, "pay.txt", text).await;
    assert_eq!(cordon.open_record(&id).await.unwrap().text, text);
    let start = text.find("731").unwrap() as u32;
    let edit = workflow::Edit::Add { start, end: start + 3, entity: "CARD_SECURITY_CODE".into() };
    let view = cordon.edit_record(&id, edit).await.unwrap();
    assert_eq!(view.text, text.replacen("731", "***", 1));
    assert!(view.detections.iter().any(|d| d.entity == "CARD_SECURITY_CODE" && d.start == start && d.end == start + 3));
    let undone = cordon.undo(&id).await.unwrap();
    assert_eq!(undone.text, text.replacen("731", "***", 1), "what was erased does not come back");
    assert!(!undone.detections.iter().any(|d| d.entity == "CARD_SECURITY_CODE"));
    assert_eq!(cordon.redo(&id).await.unwrap().text, undone.text);
    let preview = cordon.preview_export(&id, &request("all_placeholders", false), false).await.unwrap();
    assert!(preview.own_format.is_none(), "its file is forgotten");
}

const CCDA: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="2.16.840.1.113883.19.5" extension="TT988"/>
<code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Summarization of Episode Note"/><title>Visit of Nurse Abernathy</title>
<recordTarget><patientRole><id root="2.16.840.1.113883.19.5" extension="00-4471-2399"/><addr><streetAddressLine>81 Larkspur Hollow Rd</streetAddressLine>
<city>Petaluma</city><state>CA</state><postalCode>94952</postalCode></addr><telecom value="tel:+1(415)555-0198"/>
<patient><name><given>Quentin</given><family>Okonkwo</family></name><birthTime value="19610217"/></patient></patientRole></recordTarget>
<author><time value="20240304"/><assignedAuthor><code code="163W00000X" codeSystem="2.16.840.1.113883.6.101" displayName="Registered nurse"/>
<assignedPerson><name><given>Nurse</given><family>Abernathy</family></name></assignedPerson></assignedAuthor></author>
<component><structuredBody><component><section><code code="30954-2" codeSystem="2.16.840.1.113883.6.1" displayName="Abernathy index"/>
<title>Results</title><text><table><tbody><tr><td>Hemoglobin</td><td>13.2</td></tr></tbody></table><paragraph>Label 00447123 99: Quentin Okonkwo was seen.</paragraph></text>
<entry><observation classCode="OBS" moodCode="EVN"><code code="718-7" codeSystem="2.16.840.1.113883.6.1" displayName="Hemoglobin"/>
<statusCode code="completed"/><value xsi:type="PQ" value="13.2" unit="g/dL"/>
<author><assignedAuthor><code code="163W00000X" codeSystem="2.16.840.1.113883.6.101" displayName="Registered Nurse"/></assignedAuthor></author></observation></entry>
</section></component></structuredBody></component></ClinicalDocument>"#;

/// A bundle with more ids than the number of a licence, which stands in their placeholders then.
fn bundle() -> String {
    let system = "http://snomed.info/sct";
    let observations = (0..60).map(|n| {
        format!(
            r#"{{"fullUrl":"urn:uuid:9f2c{n:04}-1b7e-4d6a-8c35-77aa00bb11cc","resource":{{"resourceType":"Observation","id":"9f2c{n:04}-1b7e-4d6a-8c35-77aa00bb11cc","status":"final",
"code":{{"coding":[{{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin"}}],"text":"Hemoglobin"}},"subject":{{"reference":"urn:uuid:27de96c6-6910-4f0f-8f10-00ce6090f447"}},
"category":[{{"coding":[{{"system":"{system}","code":"428191000124101","display":"Documentation of current medications"}}]}}],"valueQuantity":{{"value":13.25807{n},"unit":"g/dL","system":"http://unitsofmeasure.org","code":"g/dL"}}}}}}"#
        )
    });
    let patient = r#"{"fullUrl":"urn:uuid:27de96c6-6910-4f0f-8f10-00ce6090f447","resource":{"resourceType":"Patient","id":"27de96c6-6910-4f0f-8f10-00ce6090f447",
"identifier":[{"system":"http://hospital.example.org/mrn","value":"4471-2399-08"}],"name":[{"family":"Okonkwo","given":["Quentin"]}],"birthDate":"1961-02-17","telecom":[{"system":"phone","value":"555-0198"}]}}"#;
    let practitioner = r#"{"resource":{"resourceType":"Practitioner","id":"p-7","identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"140"}],"name":[{"family":"Abernathy"}]}}"#;
    let document =
        r#"{"resource":{"resourceType":"DocumentReference","id":"447123990","description":"scan 4471 239908.pdf of Q. Okonkwo"}}"#;
    let entries = [patient, practitioner, document].into_iter().map(str::to_owned).chain(observations).collect::<Vec<_>>().join(",\n");
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{entries}]}}"#)
}

/// What a vocabulary or the format itself says is no one's word: it stays, and it is no reason to refuse the file.
#[tokio::test]
async fn clinical_documents_and_bundles_go_back_without_anyone_and_without_a_refusal() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let codes = ["718-7", "Hemoglobin", "g/dL"];
    for (name, content, gone, kept) in [
        (
            "visit.xml",
            CCDA.to_owned(),
            &[
                "abernathy",
                "quentin",
                "okonkwo",
                "4471-2399",
                "00447123 99",
                "larkspur",
                "94952",
                "555-0198",
                "19610217",
                ">nurse<",
                "=\"Registered Nurse",
            ][..],
            &["statusCode code=\"completed\"", "163W00000X", "value=\"13.2\""][..],
        ),
        (
            "bundle.json",
            bundle(),
            &["abernathy", "quentin", "okonkwo", "4471-2399-08", "4471 2399", "27de96c6", "1961-02", "555-0198", "\"140\""][..],
            &[
                "http://loinc.org",
                "428191000124101",
                "13.258070",
                "\"status\":\"final\"",
                "urn:uuid:",
                "Documentation of current medications",
            ][..],
        ),
    ] {
        let id = app::import(&cordon, &home, name, &content).await;
        let to = home.path().join(name);
        cordon.export_record(&id, &request("all_placeholders", true), &to).await.unwrap();
        let file = std::fs::read_to_string(&to).unwrap();
        without(&file.replace("displayName=\"Registered nurse\"", ""), gone);
        for part in kept.iter().chain(&codes) {
            assert!(file.contains(part), "{part:?} is missing in {file}");
        }
        if name.ends_with("json") {
            let read: serde_json::Value = serde_json::from_str(&file).unwrap();
            assert_eq!(read["entry"].as_array().unwrap().len(), 63);
        }
        let again = app::import(&cordon, &home, name, &file).await;
        assert!(!again.is_empty(), "its own reader takes it");
    }
}
