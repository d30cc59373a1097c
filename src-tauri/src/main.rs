//! Starts the window, or, with the hidden argument, the confined reader.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|argument| argument == workflow::READER_ARGUMENT) {
        return workflow::serve_reader();
    }
    cordon_desktop::run()
}
