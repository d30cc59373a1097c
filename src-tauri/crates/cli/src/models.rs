//! `cordon models add | pull | remove`: models from a hub.

use std::io::Write;

use workflow::{CancellationToken, Error, HubAccess, Options, add_model, pull_model, remove_model};

use crate::End;
use crate::arguments::{HubArguments, Models};

pub async fn run(options: Options, command: Models) -> Result<End, Error> {
    match command {
        Models::List { json } => return crate::doctor::models(options, json, false).await,
        Models::Verify { json } => return crate::doctor::models(options, json, true).await,
        Models::Pull { id, hub } => {
            let mut shown = u8::MAX;
            let mut tell = |file: &str, share: f64| {
                let percent = (share * 100.0) as u8;
                if percent != shown {
                    shown = percent;
                    eprint!("\r{percent:>3} %  {file}\u{1b}[K");
                    let _ = std::io::stderr().flush();
                }
            };
            let folder = pull_model(&options, &access(hub), &id, &mut tell, &CancellationToken::new()).await;
            eprintln!();
            println!("{id} is in {}; every file is the pinned one", folder?.display());
        }
        Models::Remove { id } => {
            remove_model(&options, &id)?;
            println!("the files of {id} are removed");
        }
        Models::Add(add) => {
            let id = add.id.clone().unwrap_or_else(|| add.repo.rsplit('/').next().unwrap_or_default().to_lowercase());
            let entry = add_model(&options, &access(add.hub), &id, &add.repo, &add.revision).await?;
            println!(
                "This stands now in the list of models, pinned to what the hub gave a moment ago. Compare the sha256 values with another"
            );
            println!("source, say what every `?` means (an entity type, or none), and set `enabled = true`; then: cordon models pull {id}");
            println!("{entry}");
        }
    }
    Ok(End::Done)
}

fn access(hub: HubArguments) -> HubAccess {
    let set = HubAccess::from_env();
    HubAccess { address: hub.hub.or(set.address), ..set }
}
