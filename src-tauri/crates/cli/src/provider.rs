//! `cordon provider`.

use std::io::Read;

use workflow::{Cordon, Error, ProviderRequest, ProviderView};

use crate::End;
use crate::arguments::{Provider, ProviderAdd};

pub async fn run(cordon: &Cordon, command: Provider) -> Result<End, Error> {
    match command {
        Provider::List { json: true } => crate::print_json(&cordon.list_providers().await?),
        Provider::List { json: false } => show(&cordon.list_providers().await?),
        Provider::Use { id } => show(&cordon.select_provider(Some(&id)).await?),
        Provider::None => show(&cordon.select_provider(None).await?),
        Provider::Remove { id } => show(&cordon.delete_provider(&id).await?),
        Provider::Add(args) => show(&add(cordon, args).await?),
    }
    Ok(End::Done)
}

async fn add(cordon: &Cordon, args: ProviderAdd) -> Result<Vec<ProviderView>, Error> {
    let mut key = String::new();
    if !args.no_key {
        eprintln!("The key of the provider, then Enter and Ctrl+D:");
        std::io::stdin().take(4096).read_to_string(&mut key).map_err(|e| Error::unreadable(e.kind().to_string()))?;
    }
    let key = Some(key.trim().to_owned()).filter(|k| !k.is_empty());
    let before: Vec<String> = cordon.list_providers().await?.into_iter().map(|p| p.id).collect();
    let name = args.name.unwrap_or_else(|| args.model.clone());
    let request =
        ProviderRequest { id: None, name, wire: args.wire, base_url: args.address, model: args.model, key, agreement: args.agreement };
    let after = cordon.save_provider(request).await?;
    match after.iter().find(|p| !before.contains(&p.id)) {
        Some(added) => cordon.select_provider(Some(&added.id)).await,
        None => Ok(after),
    }
}

fn show(providers: &[ProviderView]) {
    if providers.is_empty() {
        println!("no provider: every question is answered on this machine");
    }
    for p in providers {
        let marks = [(p.selected, "in use"), (p.agreement, "agreement on file"), (!p.has_key, "no key")];
        let marks: Vec<&str> = marks.iter().filter(|(set, _)| *set).map(|(_, words)| *words).collect();
        println!("{}  {}  {} {} at {}  {}", p.id, p.name, p.wire, p.model, p.base_url, marks.join(", "));
    }
}
