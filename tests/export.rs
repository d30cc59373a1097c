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
