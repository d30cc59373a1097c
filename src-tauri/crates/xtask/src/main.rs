//! `cargo xtask`: everything that is done with this checkout, from nothing but Rust and Node.

mod bench;
mod setup;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
cargo xtask COMMAND

  run [--headless] [FILE...]   install what is missing, build, open the window; without a display, or with --headless,
                               do the same job on a sample record on the terminal
  test                         install what is missing, run every test: Rust, UI, the real window
  ci                           formatting and lints, then test
  bench                        build for release and print speed and memory
";

/// What went wrong, in words; the task stops there.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or(&[]);
    let outcome = match arguments.first().map(String::as_str) {
        Some("run") => run(rest),
        Some("test") => test(),
        Some("ci") => ci(),
        Some("bench") => bench::bench(),
        _ => {
            print!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Outcome {
    let display = std::env::var_os("DISPLAY").or(std::env::var_os("WAYLAND_DISPLAY")).is_some_and(|d| !d.is_empty());
    let files: Vec<&str> = arguments.iter().map(String::as_str).filter(|a| *a != "--headless").collect();
    let forced = arguments.iter().any(|a| a == "--headless");
    setup::system(setup::RUN)?;
    if forced || (cfg!(target_os = "linux") && !display) {
        let why = if forced { "--headless was given" } else { "there is no display" };
        println!("{why}: doing the main job on a sample record on the terminal instead of in the window\n");
        return step(cargo("run").args(["--quiet", "--package", "cli", "--bin", "cordon", "--", "demo"]).args(files));
    }
    setup::ui()?;
    step(cargo("run").args(["--features", "custom-protocol", "--"]).args(files))
}

fn test() -> Outcome {
    setup::system(setup::TEST)?;
    setup::ui()?;
    step(npm(&["run", "check"]))?;
    step(npm(&["test"]))?;
    // The window serves ui/dist instead of a development server.
    step(on_a_screen(&["cargo", "test", "--workspace", "--no-fail-fast", "--features", "cordon-desktop/custom-protocol"]))
}

fn ci() -> Outcome {
    setup::system(setup::TEST)?;
    setup::ui()?;
    step(cargo("fmt").args(["--all", "--check"]))?;
    step(cargo("clippy").args([
        "--workspace",
        "--all-targets",
        "--features",
        "cordon-desktop/custom-protocol",
        "--",
        "--deny",
        "warnings",
    ]))?;
    test()
}

/// The root of the checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn cargo(task: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(task).current_dir(root());
    command
}

fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(root().join("ui"));
    command
}

/// A command with a screen that nobody sees and a message bus of its own, for the window.
fn on_a_screen(words: &[&str]) -> Command {
    let mut command = Command::new("xvfb-run");
    command.args(["-a", "-s", "-screen 0 1280x860x24", "dbus-run-session", "--"]).args(words);
    command.env("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1").current_dir(root());
    command
}

/// Runs a command, telling which, and stops when it fails.
fn step(command: impl std::borrow::BorrowMut<Command>) -> Outcome {
    let mut command = command;
    let command = command.borrow_mut();
    println!("+ {}", shown(command));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` ended with {status}", shown(command))),
        Err(error) => Err(format!("`{}` did not start: {error}", shown(command))),
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(|w| w.to_string_lossy().into_owned());
    words.collect::<Vec<_>>().join(" ")
}
