//! `cordon doctor`, `models`, `policy`: is this installation in order?

use std::path::PathBuf;

use serde_json::json;
use workflow::{Cordon, Engine, Error, Options};

use crate::{End, print_json};

pub async fn doctor(options: Options, json: bool) -> Result<End, Error> {
    let home = options.home.display().to_string();
    let cordon = Cordon::open(options).await?;
    let status = cordon.status().await;
    let mut checks = vec![
        (
            "model",
            status.model.usable,
            status
                .model
                .problem
                .clone()
                .unwrap_or_else(|| format!("{} on {}, sha256 {}", status.model.id, status.model.device, status.model.sha256)),
        ),
        ("reader", true, "files are read in a process of their own".to_owned()),
        // Without it scans are refused, everything else works: no fault of the installation.
        (
            "scans",
            true,
            workflow::tesseract()
                .map_or_else(|how| format!("not read: Tesseract is not installed; {how}"), |p| format!("read by {}", p.display())),
        ),
        ("policy", true, format!("version {}, {} rules", cordon.policy().version, cordon.policy().rules.len())),
        ("home", true, home),
    ];
    match cordon.engine().read_bytes(b"Patient: Ana Ruiz".to_vec(), "check.txt").await {
        Ok(_) => {}
        Err(error) => checks.extend([("reader", false, error.to_string())]),
    }
    let unlocked = cordon.is_unlocked().await;
    let problem = status.lock_problem.clone().unwrap_or_else(|| "set CORDON_PASSPHRASE, or start the window and choose one".into());
    checks.push(("key", unlocked, if unlocked { format!("kept by the {}", status.keystore) } else { problem }));
    if unlocked {
        let found = cordon.audit_verify().await?;
        checks.push(("audit log", found.sound, format!("{} entries, {} faults", found.checked, found.faults.len())));
        checks.push(("provider", true, status.provider.unwrap_or_else(|| "none: every question is answered on this machine".into())));
    }
    cordon.close().await;
    let sound = checks.iter().all(|(_, ok, _)| *ok);
    if json {
        let checks: Vec<_> = checks.iter().map(|(name, ok, detail)| json!({ "check": name, "ok": ok, "detail": detail })).collect();
        print_json(&json!({ "version": status.version, "ok": sound, "checks": checks }));
    } else {
        println!("Cordon {}", status.version);
        for (name, ok, detail) in &checks {
            println!("  {:<10} {:<4} {detail}", name, if *ok { "ok" } else { "NOT" });
        }
    }
    Ok(if sound { End::Done } else { End::Partly })
}

pub async fn models(options: Options, json: bool, verify: bool) -> Result<End, Error> {
    let models = Engine::open(&options)?.models().await?;
    if json {
        print_json(&models);
    } else {
        for m in &models {
            let state = m.problem.clone().unwrap_or_else(|| if verify { "every file is the pinned one".into() } else { "usable".into() });
            println!("{}  {}  {}  {:.1} MB  sha256 {}  {state}", m.id, m.kind, m.licence, m.size / 1e6, m.sha256);
        }
    }
    Ok(if models.iter().all(|m| m.usable) { End::Done } else { End::Partly })
}

pub fn check_policy(options: Options, file: Option<PathBuf>, json: bool) -> Result<End, Error> {
    let checked = match &file {
        Some(file) => {
            std::fs::read_to_string(file).map_err(|e| Error::unreadable(e.kind().to_string())).and_then(|s| Engine::check_policy(&s))
        }
        None => Engine::check_policy(&Engine::open(&options)?.policy().source),
    };
    match (checked, json) {
        (Ok(rules), true) => print_json(&json!({ "ok": true, "rules": rules })),
        (Ok(rules), false) => println!("the policy is valid: {rules} rules"),
        (Err(error), true) => {
            print_json(&json!({ "ok": false, "error": error }));
            return Ok(End::Partly);
        }
        (Err(error), false) => return Err(error),
    }
    Ok(End::Done)
}

pub fn show_policy(options: Options) -> Result<End, Error> {
    let policy = Engine::open(&options)?.policy();
    println!("Policy version {}", policy.version);
    for rule in policy.rules {
        println!("  {:<7} {:<32} {}", rule.effect, rule.id, rule.reason);
    }
    Ok(End::Done)
}
