//! `cordon`: the same use cases without a window.

mod arguments;
mod ask;
mod audit;
mod demo;
mod doctor;
mod eval;
mod input;
mod models;
mod provider;
mod records;
mod redact;

use std::process::ExitCode;

use clap::Parser;
use workflow::{Cordon, Error, ErrorCode, Options};

use crate::arguments::{Arguments, Audit, Command, Policy};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How the program ends; documented in `--help`.
pub(crate) enum End {
    /// All went well.
    Done,
    /// Some input failed, or something is not sound; the rest was done.
    Partly,
    /// A finder was missing: what was printed is incomplete.
    Incomplete,
}

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == workflow::READER_ARGUMENT) {
        return workflow::serve_reader();
    }
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cordon: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments)) {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Partly) => ExitCode::from(1),
        Ok(End::Incomplete) => ExitCode::from(3),
        Err(error) => {
            eprintln!("cordon: {error}");
            match error.code {
                ErrorCode::Locked | ErrorCode::WrongPassphrase | ErrorCode::Keychain => ExitCode::from(4),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

async fn run(arguments: Arguments) -> Result<End, Error> {
    let options = Options::command_line();
    match arguments.command {
        Command::Detect(args) => records::detect(options, args).await,
        Command::Classify(args) => records::classify(options, args).await,
        Command::Redact(args) => redact::redact(options, args).await,
        Command::Eval(args) => eval::eval(options, &args),
        Command::Ask(args) => with(options, async |cordon| ask::ask(cordon, args).await).await,
        Command::Audit(Audit::List(args)) => with(options, async |cordon| audit::list(cordon, args).await).await,
        Command::Audit(Audit::Verify { json }) => with(options, async |cordon| audit::verify(cordon, json).await).await,
        Command::Audit(Audit::Export { file }) => with(options, async |cordon| audit::export(cordon, &file).await).await,
        Command::Provider(command) => with(options, async |cordon| provider::run(cordon, command).await).await,
        Command::Policy(Policy::Check { file, json }) => doctor::check_policy(options, file, json),
        Command::Policy(Policy::Show) => doctor::show_policy(options),
        Command::Models(command) => models::run(options, command).await,
        Command::Doctor { json } => doctor::doctor(options, json).await,
        Command::Demo { file } => demo::demo(options, file).await,
    }
}

/// Works with the records and the audit log, opened with the keychain or with `CORDON_PASSPHRASE`, and closes them.
async fn with(options: Options, work: impl AsyncFnOnce(&Cordon) -> Result<End, Error>) -> Result<End, Error> {
    let cordon = Cordon::open(options).await?;
    cordon.require_unlocked().await?;
    let end = work(&cordon).await;
    cordon.close().await;
    end
}

/// Prints a value as JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(json) => println!("{json}"),
        Err(error) => eprintln!("cordon: {error}"),
    }
}
