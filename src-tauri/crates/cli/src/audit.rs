//! `cordon audit`.

use std::path::Path;

use workflow::{Cordon, Error};

use crate::arguments::AuditList;
use crate::{End, input, print_json};

pub async fn list(cordon: &Cordon, args: AuditList) -> Result<End, Error> {
    let mut rows = Vec::new();
    let mut before = None;
    while rows.len() < args.limit as usize {
        let page = cordon.audit_list(before, args.record.as_deref()).await?;
        let more = page.before;
        rows.extend(page.rows);
        if more.is_none() {
            break;
        }
        before = more;
    }
    rows.truncate(args.limit as usize);
    for row in rows.iter().rev() {
        if args.json {
            println!("{}", serde_json::to_string(row).map_err(|e| Error::unreadable(e.to_string()))?);
            continue;
        }
        let detail: Vec<String> = row.detail.iter().map(|(name, value)| format!("{name}={value}")).collect();
        println!("{:>6}  {}  {:<16} {:<22} {:<9} {}", row.sequence, row.at, row.actor, row.action, row.outcome, detail.join(" "));
    }
    Ok(End::Done)
}

pub async fn verify(cordon: &Cordon, json: bool) -> Result<End, Error> {
    let found = cordon.audit_verify().await?;
    if json {
        print_json(&found);
    } else if found.sound {
        println!("sound: {} entries, head {}", found.checked, found.head);
    } else {
        println!("NOT sound: {} entries checked, {} faults", found.checked, found.faults.len());
        for fault in &found.faults {
            let row = fault.sequence.map_or("the log".into(), |s| format!("entry {s}"));
            println!("  {row}: {} ({})", fault.message, fault.kind);
        }
    }
    Ok(if found.sound { End::Done } else { End::Partly })
}

pub async fn export(cordon: &Cordon, file: &Path) -> Result<End, Error> {
    if input::is_stdin(file) {
        print!("{}", cordon.audit_export_text().await?);
    } else {
        println!("{}", cordon.audit_export(file).await?);
    }
    Ok(End::Done)
}
