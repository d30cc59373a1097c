//! The confined process, started for real.
#![allow(clippy::unwrap_used, reason = "tests")]

mod made;

use std::time::Duration;

use formats::write::{Edit, WriteError, write};
use formats::{Limits, ReadError, read, worker::Confined};
use made::{BODY, HL7, docx, line, pdf};

const READER: &str = env!("CARGO_BIN_EXE_formats-reader");

fn worker() -> Confined {
    Confined::new(READER, vec!["__read".into()], Duration::from_secs(60))
}

#[tokio::test]
async fn a_record_comes_back_whole() {
    for (bytes, name) in
        [(HL7.as_bytes().to_vec(), "a.hl7"), (docx(BODY), "b.docx"), (pdf(&[&line(72, 700, "Maria Garcia")], "", "", &[]), "c.pdf")]
    {
        let here = read(&bytes, name, &Limits::default()).unwrap();
        let there = worker().read(bytes, name).await.unwrap();
        assert_eq!(there.text.expose(), here.text.expose());
        assert_eq!((there.format, there.fields, there.source_map, there.notes), (here.format, here.fields, here.source_map, here.notes));
    }
}

#[tokio::test]
async fn errors_come_back_typed() {
    assert_eq!(worker().read(made::encrypted_pdf(), "").await.unwrap_err(), ReadError::PasswordNeeded);
    assert_eq!(worker().read(b"a\0b".to_vec(), "").await.unwrap_err(), ReadError::Binary);
    assert_eq!(worker().read(Vec::new(), "").await.unwrap_err(), ReadError::Empty);
    let small = Limits { max_input: 3, ..Limits::default() };
    assert_eq!(worker().with_limits(small).read(HL7.into(), "").await.unwrap_err(), ReadError::TooLarge { limit: 3 });
    assert_eq!(
        Confined::new("/nowhere/reader", vec![], Duration::from_secs(60)).read(HL7.into(), "").await.unwrap_err(),
        ReadError::Worker
    );
}

#[tokio::test]
#[cfg(unix)]
async fn hangs_crashes_and_lies_are_told_apart() {
    let shell = |script: &str, seconds| Confined::new("/bin/sh", vec!["-c".into(), script.into()], Duration::from_secs(seconds));
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let hang = shell(&format!("echo $$ > {}; exec sleep 600", pid.display()), 2);
    assert_eq!(hang.read(HL7.into(), "").await.unwrap_err(), ReadError::Timeout);
    let pid = rustix::process::Pid::from_raw(std::fs::read_to_string(pid).unwrap().trim().parse().unwrap()).unwrap();
    // Killed as it was dropped; reaped soon after.
    let mut gone = false;
    for _ in 0..100 {
        gone = rustix::process::test_kill_process(pid).is_err();
        if gone {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(gone, "the worker outlived its time");
    for lie in ["kill -SEGV $$", "exit 3", "cat >/dev/null", "printf '\\5\\0\\0\\0\\0\\0\\0\\0hello'", "head -c 100000 /dev/zero"] {
        assert_eq!(shell(lie, 60).read(HL7.into(), "").await.unwrap_err(), ReadError::Worker, "{lie}");
    }
}

#[tokio::test]
#[cfg(unix)]
async fn spans_that_do_not_fit_the_text_are_a_lie() {
    let folder = tempfile::tempdir().unwrap();
    let answer = folder.path().join("answer");
    let stretch = |start: usize, end: usize| format!("{{\"span\":{{\"start\":{start},\"end\":{end}}},\"origin\":{{\"from\":\"made\"}}}}");
    let span = |start: usize, end: usize| format!("{{\"start\":{start},\"end\":{end}}}");
    let scan = |at: usize| format!("{{\"page\":1,\"at\":{at}}}");
    let whole = || vec![stretch(0, 2), stretch(2, 7)];
    let cases = [
        (whole(), vec![], vec![], true),
        (whole(), vec![span(0, 3), span(4, 7)], vec![], true),
        (vec![], vec![], vec![], false),
        (vec![stretch(0, 6)], vec![], vec![], false),
        (vec![stretch(2, 7)], vec![], vec![], false),
        (vec![stretch(0, 6), stretch(6, 7)], vec![], vec![], false),
        (vec![stretch(0, 3), stretch(2, 7)], vec![], vec![], false),
        (vec![stretch(0, 7), stretch(7, 3)], vec![], vec![], false),
        (vec![stretch(0, 99)], vec![], vec![], false),
        (whole(), vec![span(4, 8)], vec![], false),
        (whole(), vec![span(0, 3), span(2, 4)], vec![], false),
        (whole(), vec![], vec![scan(6)], false),
        (whole(), vec![], vec![scan(99)], false),
        (whole(), vec![], vec![scan(7), scan(0)], false),
        // A text has no pages that are still to be recognized.
        (whole(), vec![], vec![scan(7)], false),
    ];
    for (map, codes, scans, true_to_text) in cases {
        let (map, codes, scans) = (map.join(","), codes.join(","), scans.join(","));
        let body = format!(
            "{{\"Ok\":{{\"format\":\"text\",\"text\":\"Ana M\u{ed}\",\"fields\":[],\"codes\":[{codes}],\"source_map\":[{map}],\"notes\":[],\"scans\":[{scans}]}}}}"
        );
        std::fs::write(&answer, [&(body.len() as u64).to_le_bytes()[..], body.as_bytes()].concat()).unwrap();
        let liar = Confined::new("/bin/sh", vec!["-c".into(), format!("cat {}", answer.display())], Duration::from_secs(60));
        assert_eq!(liar.read(HL7.into(), "").await.map(drop), if true_to_text { Ok(()) } else { Err(ReadError::Worker) }, "{body}");
    }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn memory_is_bounded_from_outside_the_parser() {
    let limits = Limits { max_memory: 16 << 20, ..Limits::default() };
    let long = "Maria Garcia was seen. ".repeat(1 << 20).into_bytes();
    assert_eq!(worker().with_limits(limits).read(long, "").await.unwrap_err(), ReadError::Memory);
}

#[tokio::test]
async fn a_worker_that_was_started_ahead_reads_one_record_and_one_that_died_is_replaced() {
    let marker = "started-ahead";
    let confined = Confined::new(READER, vec!["__read".into(), marker.into()], Duration::from_secs(60));
    confined.prepare();
    for text in ["first", "second", "third"] {
        let record = confined.read(text.as_bytes().to_vec(), "a.txt").await.unwrap();
        assert_eq!(record.text.expose().trim_end(), text);
        confined.prepare();
    }
    // The spare one is killed from outside while it waits.
    let killed = std::process::Command::new("pkill").args(["-9", "-f", &format!("{READER} __read {marker}")]).status();
    if cfg!(target_os = "linux") {
        assert!(killed.is_ok_and(|status| status.success()), "a spare worker was waiting");
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(confined.read(b"fourth".to_vec(), "a.txt").await.unwrap().text.expose().trim_end(), "fourth");
}

#[tokio::test]
async fn a_file_is_written_in_the_confined_process() {
    let page = pdf(&[&line(72, 700, "Seen with Ines")], "", "", &[]);
    for (bytes, name) in [(HL7.as_bytes().to_vec(), "a.hl7"), (docx(BODY), "b.docx"), (page, "c.pdf")] {
        let record = read(&bytes, name, &Limits::default()).unwrap();
        let edits: Vec<Edit> = record.text.expose().match_indices("Ines").map(|(at, word)| edit(at, at + word.len(), "[P]")).collect();
        assert!(!edits.is_empty());
        let here = write(&bytes, name, &Limits::default(), &edits, false).unwrap();
        let text = record.text.expose();
        assert_eq!(worker().write(bytes.clone(), name, text, &edits, false).await.unwrap(), here);
        let other = worker().write(bytes, name, &text.replacen("Ines", "Iris", 1), &edits, false).await;
        assert_eq!(other, Err(WriteError::Astray), "the edits are those of another text");
    }
    let error = |bytes: &[u8], edits: Vec<Edit>| {
        let bytes = bytes.to_vec();
        let text = read(&bytes, "a.txt", &Limits::default()).map(|r| r.text.expose().clone()).unwrap_or_default();
        async move { worker().with_tesseract("/nowhere/tesseract").write(bytes, "a.txt", &text, &edits, false).await.unwrap_err() }
    };
    let both = worker().write(b"Ana saw Ana".to_vec(), "a.txt", "Ana saw Ana", &[edit(0, 3, "X")], false).await.unwrap();
    assert_eq!((both.bytes.as_slice(), both.notes), (b"X saw X".as_slice(), vec![formats::write::WriteNote::Repeated { count: 1 }]));
    assert_eq!(error(b"Ana", vec![edit(0, 9, "X")]).await, WriteError::Astray);
    assert_eq!(error(include_bytes!("made/sheet.png"), vec![]).await, WriteError::Read { error: ReadError::OcrMissing });
    assert_eq!(error(b"a\0b", vec![]).await, WriteError::Read { error: ReadError::Binary });
    assert_eq!(error(b"", vec![]).await, WriteError::Read { error: ReadError::Empty });
    let dead = Confined::new("/nowhere/reader", vec![], Duration::from_secs(60));
    assert_eq!(dead.write(HL7.into(), "", "", &[], false).await.unwrap_err(), WriteError::Read { error: ReadError::Worker });
}

#[tokio::test]
#[cfg(unix)]
async fn a_worker_that_lies_about_a_written_file_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let answer = folder.path().join("answer");
    let head = br#"{"Ok":{"format":"text","notes":[]}}"#;
    let length = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let cases = [
        ([&length(head.len())[..], head, b"file"].concat(), true),
        ([&length(head.len())[..], head].concat(), false),
        ([&length(9999)[..], head, b"file"].concat(), false),
        ([&length(3)[..], head, b"file"].concat(), false),
        (vec![1], false),
    ];
    for (body, true_answer) in cases {
        std::fs::write(&answer, [&(body.len() as u64).to_le_bytes()[..], &body].concat()).unwrap();
        let liar = Confined::new("/bin/sh", vec!["-c".into(), format!("cat {}", answer.display())], Duration::from_secs(60));
        let written = liar.write(b"file".to_vec(), "", "", &[], false).await.map(|w| w.bytes);
        assert_eq!(written, if true_answer { Ok(b"file".to_vec()) } else { Err(WriteError::Read { error: ReadError::Worker }) });
    }
}

fn edit(start: usize, end: usize, replacement: &str) -> Edit {
    Edit { span: deid::Span::new(start, end), replacement: replacement.into() }
}
