//! The process that becomes Tesseract: it gives its rights away first.

use std::ffi::OsString;
use std::process::ExitCode;

/// The argument after which a program to run and its arguments stand.
pub(crate) const RECOGNIZE: &str = "__recognize";

/// Bytes of address space. A page of 24 million pixels takes 500 MiB.
#[cfg(unix)]
const MEMORY: u64 = 2 << 30;

/// Child's side: becomes the program that is named first, which can then read programs and their data, write to its standard
/// output, and nothing else. Returns only where that does not succeed.
#[cfg(unix)]
pub(crate) fn recognize(mut command: impl Iterator<Item = OsString>) -> ExitCode {
    use std::os::unix::process::CommandExt;

    use rustix::process::{Resource, Rlimit, setrlimit};
    let Some(program) = command.next() else { return ExitCode::FAILURE };
    let seconds = super::tesseract::TIME.as_secs();
    for (resource, value) in [(Resource::Core, 0), (Resource::Fsize, 0), (Resource::Cpu, seconds), (Resource::As, MEMORY)] {
        let _ = setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) });
    }
    #[cfg(target_os = "linux")]
    landlock(std::path::Path::new(&program));
    let _ = std::process::Command::new(program).args(command).exec();
    ExitCode::FAILURE
}

#[cfg(not(unix))]
pub(crate) fn recognize(_: impl Iterator<Item = OsString>) -> ExitCode {
    ExitCode::FAILURE
}

/// Only what is installed may be read, nothing written, and no TCP connection made, on kernels that can say so.
#[cfg(target_os = "linux")]
fn landlock(program: &std::path::Path) {
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, path_beneath_rules};
    let installed = ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/nix/store", "/opt"].map(std::path::PathBuf::from);
    let data = std::env::var_os("TESSDATA_PREFIX").map(Into::into);
    let own = std::fs::canonicalize(program).ok();
    let readable = path_beneath_rules(installed.into_iter().chain(data).chain(own), AccessFs::from_read(ABI::V5));
    let rules = Ruleset::default().handle_access(AccessFs::from_all(ABI::V5)).and_then(|r| r.handle_access(AccessNet::from_all(ABI::V5)));
    let _ = rules.and_then(|r| r.create()).and_then(|r| r.add_rules(readable)).and_then(|r| r.restrict_self());
}
