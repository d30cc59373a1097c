//! `cordon redact`: one record to the screen, or folders of them to a folder, once or for as long as they come.

use std::collections::{BTreeMap, HashMap};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::json;
use sha2::{Digest, Sha256};
use workflow::{Cordon, Engine, Error, ExportRequest, Options, Phi, Redacted};

use crate::arguments::Redact;
use crate::records::{Ending, in_order};
use crate::{End, input};

/// What was done is noted here, in the folder of results: digests of what was read, and the names of the results.
const DONE: &str = ".cordon-done.jsonl";

pub async fn redact(options: Options, args: Redact) -> Result<End, Error> {
    let passwords = input::passwords(&args.locked, &args.files)?;
    let request = match &args.operators {
        Some(file) => {
            let table = std::fs::read_to_string(file).map_err(|e| Error::unreadable(format!("the table cannot be read: {}", e.kind())))?;
            ExportRequest::of_file(&table, args.own_format)?
        }
        None if workflow::presets().iter().any(|preset| preset.id == args.preset) => {
            ExportRequest { preset: args.preset.clone(), changes: Default::default(), own_format: args.own_format }
        }
        None => {
            let known: Vec<String> = workflow::presets().into_iter().map(|preset| preset.id).collect();
            return Err(Error::unreadable(format!("there is no rule of the name {}; choose one of {}", args.preset, known.join(", "))));
        }
    };
    let mut done = args.out.as_deref().map(|folder| Done::open(folder, &request)).transpose()?;
    let cordon = Cordon::open(options).await?;
    let mut end = Ending::default();
    let mut looked = Looked::default();
    loop {
        let files = input::or_stdin(args.files.clone());
        let files = if args.watch.is_some() { looked.fresh(files) } else { files };
        if !files.is_empty() {
            once(&cordon, &args, files, &passwords, &request, done.as_mut(), &mut end).await?;
        }
        let Some(seconds) = args.watch else { break };
        tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
    }
    let unlogged = !cordon.is_unlocked().await;
    cordon.close().await;
    if unlogged {
        eprintln!("cordon: this is not in the audit log, because there is no keychain here and CORDON_PASSPHRASE is not set");
    }
    Ok(end.end())
}

/// The files of a folder that is watched.
#[derive(Default)]
struct Looked {
    /// As they were at the last look.
    seen: HashMap<PathBuf, String>,
    /// As they were when they were dealt with, well or badly.
    settled: HashMap<PathBuf, String>,
}

impl Looked {
    /// Those that have stopped growing and were not dealt with as they are now.
    fn fresh(&mut self, files: Vec<PathBuf>) -> Vec<PathBuf> {
        let now: HashMap<PathBuf, String> =
            files.into_iter().filter_map(|file| Some((workflow::stamp(&file)?, file))).map(|(s, f)| (f, s)).collect();
        let fresh = now.iter().filter(|(file, stamp)| self.seen.get(*file) == Some(stamp) && self.settled.get(*file) != Some(stamp));
        let fresh: BTreeMap<PathBuf, String> = fresh.map(|(file, stamp)| (file.clone(), stamp.clone())).collect();
        self.seen = now;
        self.settled.extend(fresh.clone());
        fresh.into_keys().collect()
    }
}

async fn once(
    cordon: &Cordon,
    args: &Redact,
    files: Vec<PathBuf>,
    passwords: &[Phi<String>],
    request: &ExportRequest,
    mut done: Option<&mut Done>,
    end: &mut Ending,
) -> Result<(), Error> {
    let (of, terminal) = (files.len(), std::io::stderr().is_terminal() && args.out.is_some());
    let known = done.as_ref().map(|done| done.names.clone()).unwrap_or_default();
    let work = async |file: &Path| {
        let (bytes, name) = input::bytes(cordon.engine(), file).await?;
        let digest = hex::encode(Sha256::digest(&bytes));
        if known.contains_key(&digest) {
            return Ok((digest, None));
        }
        let (record, bytes) = input::unlocked(cordon.engine(), bytes, &name, passwords).await?;
        Ok((digest, Some(cordon.redact(&record, &bytes, &name, request).await?)))
    };
    let mut all = pin!(in_order(files, work).enumerate());
    while let Some((number, (file, result))) = all.next().await {
        if terminal {
            eprint!("\r{} of {of}", number + 1);
        }
        let Some((digest, redacted)) = end.of(&file, result) else { continue };
        let Some(redacted) = redacted else {
            if let Some(name) = known.get(&digest).filter(|_| args.watch.is_none()) {
                eprintln!("cordon: {}: was done before, see {name}", input::name(&file));
            }
            continue;
        };
        for note in &redacted.notes {
            eprintln!("cordon: {}: {note}", input::name(&file));
        }
        let written = done.as_mut().map(|done| done.write(cordon.engine(), &file, number, digest, &redacted)).transpose();
        match written {
            Ok(written) => print(args, &file, &redacted, written),
            Err(error) => end.failed(&file, &error),
        }
    }
    if terminal {
        eprint!("\r");
    }
    Ok(())
}

fn print(args: &Redact, file: &Path, redacted: &Redacted, written: Option<PathBuf>) {
    if args.json {
        let mut line = json!({
            "id": input::name(file), "class": redacted.class, "counts": redacted.counts, "decision": redacted.decision,
            "notes": redacted.notes, "text": redacted.text, "file": written.map(|p| p.display().to_string()),
        });
        if let Some(fields) = line.as_object_mut().filter(|_| args.include_vault) {
            let vault: serde_json::Map<_, _> = redacted.vault.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
            fields.insert("vault".into(), vault.into());
        }
        println!("{line}");
    } else if let Some(written) = written {
        println!("{}", written.display());
    } else if let Some((bytes, _)) = &redacted.file {
        // The reader of the output may have gone.
        let _ = std::io::stdout().lock().write_all(bytes);
    } else {
        print!("{}{}", redacted.text, if redacted.text.ends_with('\n') { "" } else { "\n" });
    }
}

/// The folder of results, and what is in it already: a run that was stopped goes on where it was.
struct Done {
    folder: PathBuf,
    /// The rule and the form: under another rule, a file is done again.
    how: String,
    names: HashMap<String, String>,
}

impl Done {
    fn open(folder: &Path, request: &ExportRequest) -> Result<Done, Error> {
        std::fs::create_dir_all(folder).map_err(|e| Error::unreadable(format!("the folder cannot be made: {}", e.kind())))?;
        let how = format!("{}{}", request.rule(), if request.own_format { "/own" } else { "" });
        let mut names = HashMap::new();
        for line in std::fs::read_to_string(folder.join(DONE)).unwrap_or_default().lines() {
            // The last line may have been cut when the program was; its file is then done again.
            let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            let word = |key: &str| line.get(key).and_then(|v| v.as_str()).map(str::to_owned);
            if let (Some(digest), Some(name), Some(rule)) = (word("sha256"), word("file"), word("how"))
                && rule == how
                && folder.join(&name).is_file()
            {
                names.insert(digest, name);
            }
        }
        Ok(Done { folder: folder.to_owned(), how, names })
    }

    /// Writes the result under the record's own name, unless the name itself tells who it is about: whole or not at all.
    fn write(&mut self, engine: &Engine, file: &Path, number: usize, digest: String, redacted: &Redacted) -> Result<PathBuf, Error> {
        let stem = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = !input::is_stdin(file) && engine.is_plain_name(&stem);
        let stem = if plain { stem } else { format!("record-{:04}", number + 1) };
        let (bytes, extension) = redacted.file.as_ref().map_or((redacted.text.as_bytes(), "txt"), |(b, e)| (b.as_slice(), e.as_str()));
        let failed = |e: std::io::Error| Error::unreadable(format!("the result cannot be written: {}", e.kind()));
        let free = (0..10_000).map(|attempt| match attempt {
            0 => format!("{stem}.redacted.{extension}"),
            _ => format!("{stem}-{attempt}.redacted.{extension}"),
        });
        let name = free.into_iter().find(|name| !self.folder.join(name).exists());
        let name = name.ok_or_else(|| Error::unreadable("the folder holds too many results of that name".into()))?;
        let (path, part) = (self.folder.join(&name), self.folder.join(".cordon-part"));
        std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, &path)).map_err(failed)?;
        let mut done = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.join(DONE)).map_err(failed)?;
        writeln!(done, "{}", json!({ "sha256": digest, "file": name, "how": self.how })).map_err(failed)?;
        self.names.insert(digest, name);
        Ok(path)
    }
}
