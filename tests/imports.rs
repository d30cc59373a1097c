//! Importing as a clinic does it: folders, stops in the middle, passwords, a folder that is watched.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use workflow::{Cordon, ErrorCode, ImportEvent, ImportOutcome, ImportProgress, Phi};

use crate::app;

const ZIP: &[u8] = include_bytes!("../src-tauri/crates/formats/tests/made/locked/aes.zip");
const PDF: &[u8] = include_bytes!("../src-tauri/crates/formats/tests/made/locked/aes256.pdf");
const SHEET: &[u8] = include_bytes!("../src-tauri/crates/formats/tests/made/sheet.png");
const PASSWORD: &str = "sesam-7";

fn note(number: usize) -> String {
    format!("PROGRESS NOTE\nPatient: Quentin Abernathy, MRN 7712{number:04}. Takes lisinopril 20 mg daily.\n")
}

fn folder(home: &Path, files: usize) -> PathBuf {
    let folder = home.join("inbox");
    std::fs::create_dir_all(folder.join("deeper")).unwrap();
    for number in 0..files {
        let name = if number % 2 == 0 { format!("visit-{number:02}.txt") } else { format!("deeper/visit-{number:02}.txt") };
        std::fs::write(folder.join(name), note(number)).unwrap();
    }
    folder
}

async fn names(cordon: &Cordon) -> Vec<String> {
    let mut names: Vec<String> = cordon.list_records().await.unwrap().into_iter().map(|record| record.name).collect();
    names.sort();
    names
}

async fn failures(cordon: &Cordon) -> usize {
    cordon.audit_list(None, None).await.unwrap().rows.iter().filter(|row| row.action == "import_failed").count()
}

fn code(outcome: &ImportOutcome) -> Option<ErrorCode> {
    outcome.error.as_ref().map(|error| error.code)
}

/// Waits until something is so.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !so().await {
        assert!(start.elapsed() < Duration::from_secs(90), "{what} takes too long");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_folder_gives_a_result_for_each_file_and_the_same_file_is_known_again() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let told = Arc::new(Mutex::new(Vec::<ImportProgress>::new()));
    let heard = told.clone();
    cordon.on_import(move |event| {
        if let ImportEvent::Progress(progress) = event {
            heard.lock().unwrap().push(progress);
        }
    });
    let folder = folder(home.path(), 3);
    std::fs::write(folder.join("empty.txt"), "").unwrap();
    std::fs::write(folder.join(".hidden.txt"), note(90)).unwrap();
    std::fs::write(folder.join("~$visit.docx"), note(91)).unwrap();
    std::fs::write(home.path().join("elsewhere.txt"), note(92)).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(home.path().join("elsewhere.txt"), folder.join("link.txt")).unwrap();
    std::fs::write(folder.join("visit-00-copy.txt"), note(0)).unwrap();
    let outcomes = cordon.import(vec![folder.clone()]).await.unwrap();
    let by_name: Vec<(&str, bool, Option<ErrorCode>)> = outcomes.iter().map(|o| (o.name.as_str(), o.known, code(o))).collect();
    let expected = [
        ("visit-01.txt", false, None),
        ("empty.txt", false, Some(ErrorCode::Empty)),
        ("visit-00-copy.txt", false, None),
        ("visit-00.txt", true, None),
        ("visit-02.txt", false, None),
    ];
    assert_eq!(by_name, expected);
    assert_eq!(outcomes[3].record.as_ref().unwrap().id, outcomes[2].record.as_ref().unwrap().id, "the copy is the record");
    assert!(outcomes[1].error.as_ref().unwrap().hint.contains("choose"), "what to do is said");
    assert_eq!(names(&cordon).await.len(), 3);
    {
        let told = told.lock().unwrap();
        assert!(told.iter().any(|p| p.running && (p.done, p.of, p.name.as_str()) == (0, 5, "visit-01.txt")), "{told:?}");
        assert!(told.iter().any(|p| p.running && (p.done, p.of) == (5, 5)));
        assert!(!told.last().unwrap().running);
    }
    // Whatever was read before is known, also in another run of the program.
    cordon.close().await;
    let cordon = app::open(&home).await;
    let again = cordon.import(vec![folder]).await.unwrap();
    assert_eq!(again.iter().filter(|o| o.known).count(), 4);
    let nothing = home.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    assert_eq!(cordon.import(vec![nothing]).await.unwrap_err().code, ErrorCode::Empty);
}

/// PCI DSS 3.3: the digest of a file with a security code would tell the code to whoever tries a thousand.
#[tokio::test]
async fn a_file_with_a_security_code_is_not_known_again() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let text = "Card 4111 1111 1111 1111 exp 09/27 CVV 731, Quentin Abernathy\n";
    let first = app::import(&cordon, &home, "pay.txt", text).await;
    assert_ne!(app::import(&cordon, &home, "pay.txt", text).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_waits_when_it_is_told_to_and_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let cordon = Arc::new(app::open(&home).await);
    let folder = folder(home.path(), 6);
    let pausing = Arc::downgrade(&cordon);
    cordon.on_import(move |event| {
        if let (ImportEvent::Outcome(outcome), Some(cordon)) = (event, pausing.upgrade())
            && outcome.name == "visit-03.txt"
        {
            cordon.pause_import(true);
        }
    });
    let work = tokio::spawn({
        let (cordon, folder) = (cordon.clone(), folder.clone());
        async move { cordon.import(vec![folder]).await }
    });
    until("pausing", async || cordon.imports().await.unwrap().progress.paused).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    let waiting = cordon.imports().await.unwrap();
    assert_eq!((waiting.progress.done, waiting.progress.of, waiting.progress.name.as_str()), (2, 6, ""), "{:?}", waiting.progress);
    // What comes meanwhile is taken up by the same run.
    let late = home.path().join("late.txt");
    std::fs::write(&late, note(50)).unwrap();
    assert!(cordon.import(vec![late]).await.unwrap().is_empty());
    cordon.pause_import(false);
    assert_eq!(work.await.unwrap().unwrap().len(), 7);
    assert_eq!(names(&cordon).await.len(), 7);
    cordon.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_ends_the_recognition_of_a_page_at_once() {
    if workflow::tesseract().is_err() {
        println!("skipped: Tesseract is not installed");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let cordon = Arc::new(app::open(&home).await);
    let files: Vec<PathBuf> = (0..3).map(|n| home.path().join(format!("scan-{n}.png"))).collect();
    for (number, file) in files.iter().enumerate() {
        // A chunk of its own after the picture's end makes each file another one.
        std::fs::write(file, [SHEET, &[number as u8][..]].concat()).unwrap();
    }
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    cordon.on_import(move |event| {
        if let ImportEvent::Progress(progress) = event
            && progress.pages > 0
        {
            tell.send(()).unwrap_or_default();
        }
    });
    let work = tokio::spawn({
        let cordon = cordon.clone();
        async move { (cordon.import(files).await, Instant::now()) }
    });
    told.recv().await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    let asked = Instant::now();
    cordon.cancel_import().await.unwrap();
    let (outcomes, ended) = work.await.unwrap();
    let took = ended.saturating_duration_since(asked);
    println!("cancelled within {took:?}");
    assert!(took < Duration::from_millis(1000), "{took:?}");
    assert!(outcomes.unwrap().is_empty() && names(&cordon).await.is_empty());
    let after = cordon.imports().await.unwrap();
    assert!(!after.progress.running && (after.progress.done, after.progress.cancelled) == (0, 3) && after.left == 0, "{after:?}");
    cordon.close().await;
}

const CHILD: &str = "CORDON_IMPORT_CHILD";

/// The child: imports a folder and says each file that is done.
#[tokio::test]
async fn child() {
    let Some(home) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let cordon = Cordon::open(app::options(&home, app::models())).await.unwrap();
    cordon.on_import(|event| {
        if let ImportEvent::Outcome(outcome) = event {
            println!("done {}", outcome.name);
        }
    });
    cordon.import(vec![home.join("inbox")]).await.unwrap();
}

/// The process is killed in the middle, at one file and the other: nothing is lost, nothing is twice.
#[tokio::test]
async fn what_a_kill_leaves_is_gone_on_with() {
    let files = 8;
    for kill_after in [1, 4] {
        let home = tempfile::tempdir().unwrap();
        folder(home.path(), files);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "imports::child", "--nocapture"])
            .env(CHILD, home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let said: BTreeSet<String> = lines.filter_map(|line| Some(line.split("done ").nth(1)?.to_owned())).take(kill_after).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(said.len(), kill_after, "the child has to have worked");
        let cordon = app::open(&home).await;
        let there = names(&cordon).await;
        assert!(said.iter().all(|name| there.contains(name)), "{said:?} {there:?}");
        let left = cordon.imports().await.unwrap().left as usize;
        assert_eq!(there.len() + left, files, "each file is a record or still to do");
        // Nothing goes on by itself, also not behind a file of today.
        app::import(&cordon, &home, "today.txt", &note(70)).await;
        assert_eq!(cordon.imports().await.unwrap().left as usize, left);
        cordon.resume_imports(true).await.unwrap();
        let all = names(&cordon).await;
        assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (files + 1, files + 1), "{all:?}");
        assert_eq!(cordon.imports().await.unwrap().left, 0);
        cordon.close().await;
    }
}

#[tokio::test]
async fn what_was_left_can_be_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let folder = folder(home.path(), 3);
    let cordon = Arc::new(app::open(&home).await);
    let closing = Arc::downgrade(&cordon);
    let (tell, told) = tokio::sync::oneshot::channel();
    let tell = Mutex::new(Some(tell));
    cordon.on_import(move |event| {
        if let (ImportEvent::Outcome(_), Some(cordon)) = (event, closing.upgrade())
            && let Some(tell) = tell.lock().unwrap().take()
        {
            // The window is closed in the middle: what is being read stops, and nothing is thrown away.
            tokio::spawn(async move {
                cordon.close().await;
                tell.send(()).unwrap();
            });
        }
    });
    drop(cordon.import(vec![folder]).await);
    told.await.unwrap();
    drop(cordon);
    let cordon = app::open(&home).await;
    let (there, left) = (names(&cordon).await.len(), cordon.imports().await.unwrap().left as usize);
    assert!(there >= 1 && left >= 1 && there + left == 3, "{there} {left}");
    cordon.resume_imports(false).await.unwrap();
    assert_eq!((names(&cordon).await.len(), cordon.imports().await.unwrap().left), (there, 0));
}

#[tokio::test]
async fn a_password_is_asked_for_and_kept_nowhere() {
    let home = tempfile::tempdir().unwrap();
    let cordon = app::open(&home).await;
    let file = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let files = vec![file("a.zip", ZIP), file("b.pdf", PDF), file("c.txt", note(1).as_bytes())];
    let outcomes = cordon.import(files.clone()).await.unwrap();
    let codes: Vec<_> = outcomes.iter().map(code).collect();
    assert_eq!(codes, [Some(ErrorCode::PasswordNeeded), Some(ErrorCode::PasswordNeeded), None], "the others go on");
    let shown = async || cordon.imports().await.unwrap().outcomes;
    cordon.unlock_import(outcomes[0].id, Some(Phi::from("sesam-8")), true).await.unwrap();
    let wrong = shown().await;
    assert_eq!(wrong.iter().map(code).filter(|c| *c == Some(ErrorCode::WrongPassword)).count(), 1, "{wrong:?}");
    cordon.unlock_import(outcomes[0].id, Some(Phi::from(PASSWORD)), true).await.unwrap();
    let open = shown().await;
    assert!(open.iter().all(|o| o.error.is_none() && o.record.is_some()) && open.len() == 3, "{open:?}");
    let record = cordon.open_record(&open[1].record.as_ref().unwrap().id).await.unwrap();
    assert!(record.text.contains("Ana Ruiz"), "{}", record.text);
    // The file is known by its own bytes, so it asks no second time; and goes back into its own format.
    let again = cordon.import(files).await.unwrap();
    assert!(again.iter().all(|o| o.known), "{again:?}");
    let pdf = open.iter().find(|o| o.name == "b.pdf").unwrap().record.as_ref().unwrap().id.clone();
    assert!(cordon.preview_export(&pdf, &crate::export::request("all_placeholders", false), false).await.unwrap().own_format.is_some());
    // Skipped: it is out of the list, and not offered again.
    let other = file("d.zip", &[ZIP, b"more"].concat());
    let locked = cordon.import(vec![other]).await.unwrap();
    cordon.unlock_import(locked[0].id, None, false).await.unwrap();
    assert!(shown().await.iter().all(|o| o.name != "d.zip"));
    let log = cordon.audit_export_text().await.unwrap();
    assert!(log.contains("password_needed") && log.contains("wrong_password") && !log.contains("sesam"));
    cordon.close().await;
    for entry in std::fs::read_dir(home.path().join("cordon")).unwrap().map(|e| e.unwrap().path()) {
        let bytes = std::fs::read(&entry).unwrap();
        assert!(!bytes.windows(PASSWORD.len()).any(|w| w == PASSWORD.as_bytes()), "{}", entry.display());
    }
    let cordon = app::open(&home).await;
    assert_eq!(cordon.imports().await.unwrap().left, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_gives_each_file_once_and_its_problems_once() {
    let home = tempfile::tempdir().unwrap();
    let watched = folder(home.path(), 1);
    std::fs::write(watched.join("broken.txt"), [0u8, 1, 2, 255].repeat(50)).unwrap();
    let cordon = Arc::new(app::open(&home).await);
    cordon.set_watch(&watched).await.unwrap();
    let watching = |cordon: &Arc<Cordon>| {
        let cordon = cordon.clone();
        tokio::spawn(async move { cordon.watch().await })
    };
    let task = watching(&cordon);
    let view = async |cordon: &Cordon| cordon.imports().await.unwrap().watch.unwrap();
    until("the first look", async || view(&cordon).await.problems.len() == 1 && names(&cordon).await.len() == 1).await;
    assert_eq!(view(&cordon).await.problems[0].name, "broken.txt");
    // Two more looks tell nothing new.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!((failures(&cordon).await, cordon.imports().await.unwrap().outcomes.len()), (1, 2));
    // A file that grows is not read before it has stopped.
    let growing = watched.join("growing.txt");
    std::fs::write(&growing, "PROGRESS").unwrap();
    for part in 1..8 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        std::fs::write(&growing, note(part)).unwrap();
    }
    until("the file that grew", async || names(&cordon).await.contains(&"growing.txt".to_owned())).await;
    let id = cordon.list_records().await.unwrap().iter().find(|r| r.name == "growing.txt").unwrap().id.clone();
    assert!(cordon.open_record(&id).await.unwrap().text.contains("77120007"));
    cordon.pause_watch(true).await.unwrap();
    task.abort();
    cordon.close().await;
    drop(cordon);
    // Another run of the program: paused it stays, and then goes on with what is new only.
    let cordon = Arc::new(app::open(&home).await);
    let task = watching(&cordon);
    std::fs::write(watched.join("new.txt"), note(60)).unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(names(&cordon).await.len(), 2);
    cordon.pause_watch(false).await.unwrap();
    until("the new file", async || names(&cordon).await.len() == 3).await;
    assert_eq!(failures(&cordon).await, 1);
    // Where it was mended, it is read.
    std::fs::write(watched.join("broken.txt"), note(61)).unwrap();
    until("the mended file", async || names(&cordon).await.len() == 4 && view(&cordon).await.problems.is_empty()).await;
    cordon.stop_watch().await.unwrap();
    assert!(cordon.imports().await.unwrap().watch.is_none());
    task.abort();
    cordon.close().await;
}
