//! The main job on the terminal, for a machine without a display: from a record to an answer and its proof.

use std::path::PathBuf;

use workflow::{Cordon, Error, Lane, Options};

use crate::{End, ask, audit, input};

pub async fn demo(mut options: Options, file: Option<PathBuf>) -> Result<End, Error> {
    // A folder and a key for this run alone: nothing of it stays.
    let folder = std::env::temp_dir().join(format!("cordon-demo-{}", std::process::id()));
    options.home = folder.clone();
    options.keychain = false;
    options.passphrase = Some(format!("demo-{}-{:?}", std::process::id(), std::time::SystemTime::now()));
    let done = crate::with(options, async |cordon| main_job(cordon, file).await).await;
    std::fs::remove_dir_all(&folder).map_err(|e| Error::unreadable(format!("the folder of the demo is still there: {}", e.kind())))?;
    done
}

async fn main_job(cordon: &Cordon, file: Option<PathBuf>) -> Result<End, Error> {
    let record = match file {
        Some(file) => cordon.import_record(&input::name(&file), input::read(cordon.engine(), &file, &[]).await?).await?,
        None => cordon.load_sample().await?,
    };
    heading("1. The record");
    println!("{}", record.text.trim_end());
    heading("2. What was found on this machine");
    if let Some(class) = &record.class {
        println!("{} ({}), {:.0} %; {}", class.label, class.domain, class.confidence * 100.0, class.laws.join(", "));
    }
    for d in &record.detections {
        println!("  {:<22} {:>3.0} %  {:<26} -> {}", d.entity, d.confidence * 100.0, d.source, d.placeholder);
    }
    println!("  in {} ms from file to findings", record.elapsed_ms);
    heading("3. What the policy decides");
    let lane = match record.decision.lane {
        Lane::Cloud => "cloud, de-identified",
        Lane::Review => "review first",
        Lane::Local => "stays local",
        Lane::Refuse => "refused",
    };
    println!("{lane}: {}", record.decision.headline);
    for rule in &record.decision.rules {
        println!("  {} {}: {}", rule.effect, rule.id, rule.reason);
    }
    heading("4. Exactly what would be sent, if the policy allowed it");
    println!("{}", record.preview.iter().map(|s| s.text.as_str()).collect::<String>().trim_end());
    heading("5. A question");
    let question = "Which medications does the patient take?";
    println!("{question}");
    let exchange = cordon.ask(&record.id, question, &mut |_| {}).await?;
    println!("{}", exchange.why);
    ask::finish(&exchange);
    heading("6. The audit log");
    audit::list(cordon, crate::arguments::AuditList { limit: 50, record: None, json: false }).await?;
    audit::verify(cordon, false).await
}

fn heading(words: &str) {
    println!("\n== {words} {}", "=".repeat(70usize.saturating_sub(words.len())));
}
