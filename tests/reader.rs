//! The confined reader for tests.

fn main() -> std::process::ExitCode {
    workflow::serve_reader()
}
