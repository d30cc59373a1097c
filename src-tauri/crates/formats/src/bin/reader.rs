//! The confined reader as a program of its own, for tests; the app and the command line start themselves instead.

fn main() -> std::process::ExitCode {
    formats::worker::serve()
}
