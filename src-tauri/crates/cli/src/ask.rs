//! `cordon ask`.

use std::io::Write;

use workflow::{AskEvent, Cordon, Error, Exchange, ExchangeStatus};

use crate::arguments::Ask;
use crate::{End, input, print_json};

pub async fn ask(cordon: &Cordon, args: Ask) -> Result<End, Error> {
    let passwords = input::passwords(&args.locked, std::slice::from_ref(&args.file))?;
    let record = input::read(cordon.engine(), &args.file, &passwords).await?;
    let view = cordon.import_record(&input::name(&args.file), record).await?;
    if args.local {
        cordon.keep_local(&view.id);
    }
    let quiet = args.json;
    let mut show = |event: AskEvent| match event {
        AskEvent::Routed { why, .. } if !quiet => eprintln!("{why}"),
        AskEvent::Parts { parts } if !quiet => {
            let words: String = parts.iter().map(|p| p.text.as_str()).collect();
            print!("{words}");
            // Where standard output is gone there is nobody to tell.
            drop(std::io::stdout().flush());
        }
        _ => {}
    };
    let answered = cordon.ask(&view.id, &args.question, &mut show).await;
    // The record was only asked about, not taken in: it goes again, and the log keeps that it was here.
    let deleted = cordon.delete_record(&view.id).await;
    let exchange = answered?;
    deleted?;
    if args.json {
        print_json(&exchange);
    } else {
        finish(&exchange);
    }
    Ok(match exchange.status {
        ExchangeStatus::Complete => End::Done,
        _ => End::Partly,
    })
}

/// What the stream did not show: passages, and how it ended.
pub fn finish(exchange: &Exchange) {
    if !exchange.answer.is_empty() {
        println!();
    }
    for passage in &exchange.passages {
        println!("  {:>3.0} %  {}", passage.score * 100.0, passage.text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    match (&exchange.problem, exchange.status) {
        (Some(problem), _) => eprintln!("cordon: {problem}"),
        (None, ExchangeStatus::NoAnswer) => println!("The record does not seem to answer this."),
        _ => {}
    }
}
