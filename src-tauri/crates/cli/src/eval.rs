//! `cordon eval`.

use std::io::{BufReader, IsTerminal};

use workflow::quality::{Calibration, Fault, NamedShare, QualityReport, Share};
use workflow::{Engine, Error, Options};

use crate::arguments::Eval;
use crate::{End, input, print_json};

pub fn eval(options: Options, args: &Eval) -> Result<End, Error> {
    let engine = Engine::open(&options)?;
    let unreadable = |e: std::io::Error| Error::unreadable(format!("{}: {}; check its name", input::name(&args.gold), e.kind()));
    let gold = std::fs::File::open(&args.gold).map_err(unreadable)?;
    let terminal = std::io::stderr().is_terminal();
    let mut tell = |done| {
        if terminal {
            eprint!("\r{done} records");
        }
    };
    let mut faults = Vec::new();
    let mut fault = |found: Fault| {
        if faults.len() < args.faults {
            faults.push(found);
        }
    };
    let report = engine.evaluate(BufReader::new(gold), &mut tell, &mut fault)?;
    if terminal {
        eprint!("\r");
    }
    if args.json {
        print_json(&report);
    } else {
        print(&report);
    }
    for f in &faults {
        eprintln!("line {}: {} {}: {}", f.line, if f.missed { "left" } else { "covered for nothing" }, f.label, f.words);
    }
    Ok(if report.unread == 0 { End::Done } else { End::Partly })
}

fn print(report: &QualityReport) {
    println!(
        "{} records, {:.0} words a second, {:.1} ms a record (95 %: {:.1} ms)",
        report.records, report.words_per_second, report.median_ms, report.slow_ms
    );
    if report.unread > 0 {
        println!("{} lines are no record with known identifiers", report.unread);
    }
    let rows = [
        ("identifiers wholly covered", report.identifiers),
        ("direct identifiers wholly covered", report.direct),
        ("their letters and digits covered", report.characters),
        ("precision over letters and digits", report.precision),
        ("records with identifiers wholly clean", report.clean),
        ("  of those with at most ten", report.clean_few),
        ("harmless records touched", report.harmless_touched),
        ("their letters and digits touched", report.harmless_characters),
        ("record class", report.class),
        ("domain", report.domain),
    ];
    for (name, share) in rows {
        println!("{name:<40} {}", percent(&share));
    }
    calibration("confidence of detections", &report.detections);
    calibration("confidence of the class", &report.classes);
    table("entity type", &report.types);
    table("group", &report.groups);
}

fn calibration(name: &str, found: &Calibration) {
    println!("\n{name}: expected calibration error {:.1} points", found.error * 100.0);
    for bin in found.bins.iter().filter(|b| b.of > 0) {
        println!(
            "  said {:>5.1} %  right {:>5.1} %  of {}",
            bin.confidence * 100.0,
            f64::from(bin.right) / f64::from(bin.of) * 100.0,
            bin.of
        );
    }
}

fn table(title: &str, rows: &[NamedShare]) {
    if !rows.is_empty() {
        println!("\n{title:<32} {:<38} and by the right type", "wholly covered");
    }
    for row in rows {
        println!("{:<32} {:<38} {}", row.name, percent(&row.covered), percent(&row.labelled));
    }
}

fn percent(share: &Share) -> String {
    if share.of == 0 {
        return "-".into();
    }
    let rate = f64::from(share.hit) / f64::from(share.of) * 100.0;
    format!("{rate:>5.1} % [{:.1}, {:.1}] ({}/{})", share.low * 100.0, share.high * 100.0, share.hit, share.of)
}
