//! The main job in the real window, as a person does it: drop a record, look, change, ask, read, prove.

mod drop;
mod window;

use std::time::Duration;

use drop::drop_files;
use fantoccini::Locator;
use product_tests::provider::Provider;
use tokio::sync::{Mutex, MutexGuard};
use window::{AppWindow, Outcome};

/// One window on the screen at a time: a drop goes to the only one that takes drops.
static SCREEN: Mutex<()> = Mutex::const_new(());

const RECORD: &str = "\
LAKESHORE FAMILY MEDICINE
Phone: (218) 555-0142

PROGRESS NOTE

Patient: Maria Delgado-Quinn        DOB: 03/14/1958
MRN: 44718823                       Visit: November 4, 2024
Provider: Thomas Okafor, MD

Mrs. Delgado-Quinn is here for follow-up of type 2 diabetes and blood pressure. No dizziness, no chest pain.

Medications: metformin 1000 mg twice daily, lisinopril 20 mg once daily.

Vital signs: BP 138/82, pulse 72, weight 74.2 kg.

Plan: continue metformin, repeat HbA1c in three months. She may be reached at 218-555-0177.
";

/// A record in an archive with a password, made with 7-Zip.
const LOCKED: &[u8] = include_bytes!("../../src-tauri/crates/formats/tests/made/locked/aes.zip");

const PASSPHRASE: &str = "correct horse battery";

async fn unlocked() -> Outcome<(AppWindow, MutexGuard<'static, ()>)> {
    let screen = SCREEN.lock().await;
    let window = AppWindow::start(None).await?;
    window.type_into("unlock-passphrase", PASSPHRASE).await?;
    // A new passphrase is typed twice.
    if let Ok(again) = window.client.find(Locator::Css("[data-testid=unlock-again]")).await {
        again.send_keys(PASSPHRASE).await?;
    }
    window.picture("1-setup").await?;
    window.click("unlock-submit").await?;
    window.see("drop-zone").await?;
    window.picture("2-empty").await?;
    Ok((window, screen))
}

/// A window that hangs fails its test instead of holding up all; each waits here for those before it.
const LONGEST: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn from_a_record_to_an_answer_and_its_proof() -> Outcome<()> {
    tokio::time::timeout(LONGEST, main_job()).await?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_read_and_each_file_has_its_result() -> Outcome<()> {
    tokio::time::timeout(LONGEST, folder()).await?
}

#[tokio::test(flavor = "multi_thread")]
async fn two_records_become_a_case_and_are_asked_together() -> Outcome<()> {
    tokio::time::timeout(LONGEST, case_job()).await?
}

async fn main_job() -> Outcome<()> {
    let (window, _screen) = unlocked().await?;
    let provider = Provider::start(&["[PERS", "ON_1] takes met", "formin and lisinopril."]).await?;

    // Drop a record on the window.
    let file = window.home.path().join("visit.txt");
    std::fs::write(&file, RECORD)?;
    let dropped = file.clone();
    tokio::task::spawn_blocking(move || drop_files(&[&dropped]).map_err(|e| e.to_string())).await??;

    // Read the highlights, the class, the decision.
    window.see_css("[data-testid=detection][data-entity=PERSON]").await?;
    window.see_css("[data-testid=detection][data-entity=MEDICAL_RECORD_NUMBER]").await?;
    let original = window.text("original-pane", |t| t.contains("Delgado-Quinn")).await?;
    assert!(original.contains("metformin 1000 mg"));
    let preview = window.text("preview-pane", |t| t.contains("[PERSON_1]")).await?;
    for hidden in ["Delgado-Quinn", "44718823", "218-555-0177"] {
        assert!(!preview.contains(hidden), "{hidden} would be sent");
    }
    assert!(!window.text("class-label", |t| !t.is_empty()).await?.is_empty());
    window.picture("3-record").await?;

    // Take a finding away, and take that back.
    let before = window.all("detection").await?.len();
    window.see_css("[data-testid=detection][data-entity=PHONE_NUMBER]").await?.click().await?;
    window.picture("4-popover").await?;
    window.click("remove-detection").await?;
    for _ in 0..50 {
        if window.all("detection").await?.len() < before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(window.all("detection").await?.len() < before, "the finding is gone");
    window.click("undo").await?;
    for _ in 0..50 {
        if window.all("detection").await?.len() == before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(window.all("detection").await?.len(), before, "undo brought it back");

    // What a rule makes of the record is shown before it is saved.
    window.click("export-record").await?;
    window.text("export-preview", |t| t.contains("[PERSON_1]")).await?;
    window.client.wait().for_element(Locator::Css("[data-testid=export-preset]")).await?.select_by_value("hipaa_limited_data_set").await?;
    window.text("export-preview", |t| t.contains("[PERSON_1]") && !t.contains("[DATE_1]")).await?;
    // The text is there before it is painted.
    tokio::time::sleep(Duration::from_millis(400)).await;
    window.picture("5-export").await?;
    window.click("export-cancel").await?;

    // Without a provider this machine answers.
    window.type_into("ask-input", "Which medications does the patient take?").await?;
    window.click("ask-send").await?;
    window.see("passage").await?;
    let passage = window.text("passage", |t| t.contains("metformin")).await?;
    assert!(passage.contains("lisinopril"));
    window.picture("5-local-answer").await?;

    // Set a provider up.
    choose(&window, &provider).await?;

    // Ask again; the de-identified prompt goes out, the answer comes back with the real name.
    window.click("nav-records").await?;
    window.click("record-item").await?;
    let lane = window.text("lane-badge", |t| !t.is_empty()).await?;
    if !window.all("approve").await?.is_empty() {
        window.click("approve").await?;
    }
    window.type_into("ask-input", "What does Maria Delgado-Quinn take?").await?;
    window.click("ask-send").await?;
    let answer = window.text("answer", |t| t.contains("Maria Delgado-Quinn takes metformin and lisinopril.")).await;
    window.picture("7-cloud-answer").await?;
    answer.map_err(|e| format!("the lane was {lane}; {e}"))?;
    let requests = provider.requests.lock().map_err(|e| e.to_string())?.clone();
    assert_eq!(requests.len(), 1);
    for hidden in ["Delgado", "Quinn", "44718823", "218-555-0177", "555-0142", "Okafor"] {
        assert!(requests.iter().all(|request| !request.contains(hidden)), "{hidden} was sent");
    }

    // The proof.
    window.click("nav-audit").await?;
    window.see("audit-row").await?;
    window.click("audit-verify").await?;
    window.text("audit-result", |t| t.to_lowercase().contains("sound")).await?;
    window.picture("8-audit").await?;
    window.close().await
}

const LETTER: &str = "\
DISCHARGE SUMMARY

Patient: DELGADO-QUINN, MARIA        MRN: 44718823
Admitted November 20, 2024 with pneumonia, treated with amoxicillin. Discharged home in stable condition.
";

/// Sets the provider up and chooses it.
async fn choose(window: &AppWindow, provider: &Provider) -> Outcome<()> {
    window.click("nav-providers").await?;
    window.click("provider-add").await?;
    window.client.wait().for_element(Locator::Css("[data-testid=provider-wire]")).await?.select_by_value("compatible").await?;
    window.type_into("provider-name", "Loopback").await?;
    let address = window.see("provider-address").await?;
    address.clear().await?;
    address.send_keys(&format!("http://{}/v1", provider.address)).await?;
    window.type_into("provider-model", "test-model").await?;
    window.click("provider-agreement").await?;
    window.picture("6-provider").await?;
    window.click("provider-save").await?;
    window.see_css("[data-testid=provider-item] input[type=radio]").await?.click().await?;
    window.see_css("[data-testid=provider-item].on").await?;
    Ok(())
}

async fn case_job() -> Outcome<()> {
    let (window, _screen) = unlocked().await?;
    // The person of both records has one placeholder in them; it stands in neither of them alone for the other.
    let provider = Provider::start(&["[PERSON_1] takes met", "formin, and took amoxicillin."]).await?;
    choose(&window, &provider).await?;
    window.click("nav-records").await?;
    let files = [window.home.path().join("visit.txt"), window.home.path().join("letter.txt")];
    std::fs::write(&files[0], RECORD)?;
    std::fs::write(&files[1], LETTER)?;
    let dropped = files.clone();
    tokio::task::spawn_blocking(move || drop_files(&[&dropped[0], &dropped[1]]).map_err(|e| e.to_string())).await??;
    window.see_css("li:nth-of-type(2) [data-testid=record-item]").await?;
    // Each is looked at and approved where the policy asks for it.
    for at in 0..2 {
        window.all("record-item").await?.into_iter().nth(at).ok_or("two records")?.click().await?;
        window.see("detection").await?;
        tokio::time::sleep(Duration::from_millis(400)).await;
        if !window.all("approve").await?.is_empty() {
            window.click("approve").await?;
            window.see_css("[data-testid=lane-badge][data-lane=cloud]").await?;
        }
    }
    // By keys: the first record, Shift and down, C.
    let first = window.see("record-item").await?;
    window.client.execute("arguments[0].focus()", vec![serde_json::to_value(first)?]).await?;
    let shift_down = [('\u{e008}', true), ('\u{e015}', true), ('\u{e015}', false), ('\u{e008}', false), ('c', true), ('c', false)];
    let mut keys = fantoccini::actions::KeyActions::new("keys".into());
    for (value, down) in shift_down {
        use fantoccini::actions::{InputSource, KeyAction};
        keys = keys.then(if down { KeyAction::Down { value } } else { KeyAction::Up { value } });
    }
    window.client.perform_actions(keys).await?;
    window.type_into("case-name", "Delgado-Quinn").await?;
    window.picture("10-into-a-case").await?;
    window.click("case-put").await?;
    window.click("case-item").await?;
    window.see_css("li:nth-of-type(2)[data-testid=case-record]").await?;
    let lane = window.text("lane-badge", |t| !t.is_empty()).await?;
    window.type_into("ask-input", "What did Maria Delgado-Quinn take?").await?;
    window.click("ask-send").await?;
    let answer = window.text("answer", |t| t.contains("Maria Delgado-Quinn takes metformin, and took amoxicillin.")).await;
    window.picture("11-case-answer").await?;
    answer.map_err(|e| format!("the lane was {lane}; {e}"))?;
    let requests = provider.requests.lock().map_err(|e| e.to_string())?.clone();
    let [request] = requests.as_slice() else { return Err("one question, one request".into()) };
    assert!(request.contains("Record 2:") && request.contains("amoxicillin") && request.contains("metformin"));
    for hidden in ["Delgado", "DELGADO", "44718823", "218-555-0177", "Okafor", "visit.txt", "letter.txt"] {
        assert!(!request.contains(hidden), "{hidden} was sent");
    }
    // Out of the case, and back.
    window.see("exchange").await?;
    window.click("case-take-out").await?;
    window.see("toast-undo").await?;
    // A message is there before it is painted.
    tokio::time::sleep(Duration::from_millis(400)).await;
    window.picture("12-taken-out").await?;
    window.click("toast-undo").await?;
    window.see_css("li:nth-of-type(2)[data-testid=case-record]").await?;
    // What differs from a rule claims nothing.
    window.click("case-export").await?;
    window.text("export-preview", |t| t.contains("[PERSON_1]")).await?;
    window.click("by-type").await?;
    window.see_css("[data-testid=operator][data-entity=PERSON]").await?.select_by_value("redact").await?;
    window.text("export-preview", |t| t.contains('█')).await?;
    window.text("export-claims", |t| t.contains("claims nothing")).await?;
    tokio::time::sleep(Duration::from_millis(400)).await;
    window.picture("13-by-type").await?;
    window.click("export-cancel").await?;
    window.close().await
}

async fn folder() -> Outcome<()> {
    let (window, _screen) = unlocked().await?;
    let folder = window.home.path().join("inbox");
    std::fs::create_dir_all(folder.join("deeper"))?;
    std::fs::write(folder.join("broken.pdf"), [0u8, 159, 146, 150, 7, 1, 2, 3].repeat(200))?;
    std::fs::write(folder.join("deeper/visit.txt"), RECORD)?;
    std::fs::write(folder.join("empty.txt"), "")?;
    std::fs::write(folder.join("locked.zip"), LOCKED)?;
    tokio::task::spawn_blocking(move || drop_files(&[&folder]).map_err(|e| e.to_string())).await??;

    // The locked one asks, a wrong password is told, the right one opens it.
    window.type_into("file-password", "sesam-8").await?;
    window.click("password-open").await?;
    window.text("password-wrong", |t| t.contains("does not open")).await?;
    window.picture("9-password").await?;
    window.type_into("file-password", "sesam-7").await?;
    window.click("password-open").await?;
    window.text("import-summary", |t| t == "2 added, 2 could not be read").await?;
    // Each with what to do.
    let told = |t: &str| t.contains("Choose one with content.") && t.contains("Save it as text, pdf or docx.");
    window.text("import-results", told).await?;
    window.picture("9-results").await?;
    window.see("record-item").await?;
    assert_eq!(window.all("record-item").await?.len(), 2);
    window.close().await
}
