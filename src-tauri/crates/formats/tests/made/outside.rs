//! Readers that are not ours, where they are installed, and every way to write a word that is looked for.

use std::io::Write;
use std::process::{Command, Stdio};

/// What a program writes about a file that it gets on its standard input; none where it is not installed.
pub fn told(program: &str, arguments: &[&str], bytes: &[u8]) -> Option<String> {
    let run = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = run else {
        println!("skipped: {program} is not installed");
        return None;
    };
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || drop(input.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What poppler reads.
pub fn poppler(bytes: &[u8]) -> Option<String> {
    told("pdftotext", &["-", "-"], bytes)
}

/// What Python's own readers say of a file of this ending: every text, name and value, with the members of archives.
pub fn python(bytes: &[u8], ending: &str) -> Option<String> {
    told("python3", &["-c", READERS, ending], bytes)
}

const READERS: &str = r#"
import csv, email, email.policy, html.parser, io, json, mailbox, os, re, sys, tempfile, zipfile
import xml.etree.ElementTree as tree
sys.stdout.reconfigure(encoding="utf-8", errors="replace")

def walk(value):
    if isinstance(value, dict):
        for key, item in value.items():
            print(key); walk(item)
    elif isinstance(value, list):
        for item in value: walk(item)
    elif value is not None: print(value)

class Page(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes): print(*(v for _, v in attributes if v))
    def handle_data(self, data): print(data)
    def handle_comment(self, data): print(data)

def xml(data):
    for node in tree.fromstring(data).iter():
        print(*node.attrib.values(), node.text or "", node.tail or "")
    print("".join(tree.fromstring(data).itertext()))

def mail(message):
    for part in message.walk():
        for name, value in part.items(): print(name, value)
        if part.is_multipart(): continue
        content = part.get_content()
        read(content if isinstance(content, bytes) else content.encode(), (part.get_filename() or "").rpartition(".")[2] or part.get_content_subtype())

def read(data, ending):
    if ending in ("zip", "docx", "xlsx", "pptx", "odt", "ods"):
        archive = zipfile.ZipFile(io.BytesIO(data))
        print(archive.comment)
        assert archive.testzip() is None
        for entry in archive.infolist():
            print(entry.filename, entry.comment, entry.extra)
            content = archive.read(entry)
            if entry.filename.endswith((".xml", ".rels")): content.strip() and xml(content)
            else: read(content, entry.filename.rpartition(".")[2])
    elif ending in ("csv", "tsv"):
        for row in csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter="\t" if ending == "tsv" else ","): print(*row)
    elif ending == "json": walk(json.loads(data))
    elif ending == "xml": xml(data)
    elif ending == "html": Page().feed(data.decode("utf-8"))
    elif ending == "eml": mail(email.message_from_bytes(data, policy=email.policy.default))
    elif ending == "mbox":
        with tempfile.NamedTemporaryFile() as file:
            file.write(data); file.flush()
            box = mailbox.mbox(file.name, factory=lambda f: email.message_from_binary_file(f, policy=email.policy.default))
            for message in box: mail(message)
    else: print(data.decode("utf-8", "replace"))

read(sys.stdin.buffer.read(), sys.argv[1])
"#;

/// What LibreOffice makes of files, whose names differ before the ending, as files of this other ending; none where it is not
/// installed. It starts once for all of them.
pub fn office(files: &[(&str, Vec<u8>)], ending: &str) -> Option<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
    let paths: Vec<_> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
    paths.iter().zip(files).for_each(|(path, (_, bytes))| std::fs::write(path, bytes).unwrap());
    let options = [profile.as_str(), "--headless", "--norestore", "--convert-to", ending, "--outdir"];
    let Ok(ran) = Command::new("soffice").args(options).arg(&out).args(&paths).output() else {
        println!("skipped: soffice (LibreOffice) is not installed");
        return None;
    };
    let made = |path: &std::path::PathBuf| out.join(path.with_extension(ending).file_name().unwrap());
    let read = |path| std::fs::read(made(path)).unwrap_or_else(|_| panic!("LibreOffice makes no {ending} of {}: {ran:?}", path.display()));
    Some(paths.iter().map(read).collect())
}

/// Each way to write a word that is looked for, in lower case.
pub fn writings(word: &str) -> Vec<(&'static str, Vec<u8>)> {
    use base64::Engine;
    let word = word.to_lowercase();
    let bytes = word.as_bytes();
    let bare: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    let each = |form: fn(char) -> String| word.chars().map(form).collect::<String>().into_bytes();
    let rot13 = |c: char| if c.is_ascii_lowercase() { char::from((c as u8 - b'a' + 13) % 26 + b'a') } else { c };
    let mut all = vec![
        ("as it is", bytes.to_vec()),
        ("without blanks and signs", bare.clone().into_bytes()),
        ("backwards", word.chars().rev().collect::<String>().into_bytes()),
        ("in UTF-16 (little)", word.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("in UTF-16 (big)", word.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("in hexadecimal digits", bytes.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect()),
        (
            "in a URL",
            bytes.iter().flat_map(|b| if b.is_ascii_alphanumeric() { vec![*b] } else { format!("%{b:02x}").into_bytes() }).collect(),
        ),
        (
            "in quoted-printable",
            bytes.iter().flat_map(|b| if b.is_ascii_graphic() { vec![*b] } else { format!("={b:02x}").into_bytes() }).collect(),
        ),
        ("in entities", each(|c| format!("&#{};", u32::from(c)))),
        ("in hexadecimal entities", each(|c| format!("&#x{:x};", u32::from(c)))),
        ("in JSON's escapes", each(|c| format!("\\u{:04x}", u32::from(c)))),
        ("in ROT13", word.chars().map(rot13).collect::<String>().into_bytes()),
    ];
    // The letters that a word decides alone, at each place in a group of three. The case of the word counts there.
    for form in [word.clone(), word.to_uppercase(), word.split(' ').map(|w| w[..1].to_uppercase() + &w[1..]).collect::<Vec<_>>().join(" ")]
    {
        for shift in 0..3 {
            let code = base64::engine::general_purpose::STANDARD_NO_PAD.encode([vec![b'x'; shift], form.clone().into_bytes()].concat());
            let (from, to) = ((shift * 8usize).div_ceil(6), code.len() - usize::from(!(shift + form.len()).is_multiple_of(3)));
            all.push(("in base64", code[from..to].to_lowercase().into_bytes()));
        }
    }
    all
}

/// Fails where a word stands in bytes in any writing.
pub fn nowhere(bytes: &[u8], word: &str, place: &str) {
    let lower = bytes.to_ascii_lowercase();
    for (how, form) in writings(word) {
        assert!(!lower.windows(form.len()).any(|w| w == form), "{word} stands in {place}, {how}");
    }
}
