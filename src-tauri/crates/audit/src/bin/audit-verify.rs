//! `audit-verify FILE [HEAD]`: checks an export of the audit log, without the program that wrote it.

use std::io::BufReader;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(file), head) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: audit-verify FILE [HEAD]");
        return ExitCode::from(2);
    };
    let head = head.map(|h| h.to_string_lossy().into_owned());
    let checked = std::fs::File::open(file).and_then(|file| audit::verify_export(&mut BufReader::new(file), head.as_deref()));
    match checked {
        Err(error) => {
            eprintln!("audit-verify: {error}");
            ExitCode::from(2)
        }
        Ok(verdict) if verdict.faults.is_empty() => {
            println!("sound: {} entries, head {}", verdict.checked, verdict.head);
            ExitCode::SUCCESS
        }
        Ok(verdict) => {
            println!("NOT sound: {} entries, {} faults", verdict.checked, verdict.faults.len());
            verdict.faults.iter().for_each(|fault| println!("  {fault}"));
            ExitCode::FAILURE
        }
    }
}
