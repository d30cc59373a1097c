//! Installs what a fresh Debian or Ubuntu with Rust and Node is missing: system packages and the window's npm packages.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Outcome, npm, root, step};

/// What building and running the app needs: WebKitGTK for the window, OpenSSL for SQLCipher, a compiler;
/// Tesseract for scans.
pub const RUN: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
    "dbus-daemon",
    "libgl1-mesa-dri",
    "libegl-mesa0",
    "fonts-dejavu-core",
    "tesseract-ocr",
    "tesseract-ocr-eng",
    "tesseract-ocr-osd",
];

/// What the tests need on top: a screen that nobody sees and the driver of the window; other readers of what was written (LibreOffice,
/// which is large, is used where it is).
pub const TEST: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
    "dbus-daemon",
    "libgl1-mesa-dri",
    "libegl-mesa0",
    "fonts-dejavu-core",
    "tesseract-ocr",
    "tesseract-ocr-eng",
    "tesseract-ocr-osd",
    "webkit2gtk-driver",
    "xvfb",
    "xauth",
    "poppler-utils",
    "python3",
];

/// Installs the system packages that are missing, through apt. Elsewhere it says what is needed.
pub fn system(packages: &[&str]) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let Ok(known) = Command::new("dpkg-query").args(["-W", "-f", "${Package} ${db:Status-Status}\n"]).stderr(Stdio::null()).output() else {
        println!("no dpkg here; Cordon needs what Debian calls: {}", packages.join(" "));
        return Ok(());
    };
    let known = String::from_utf8_lossy(&known.stdout).into_owned();
    let installed = |package: &&str| known.lines().any(|line| line.strip_prefix(*package) == Some(" installed"));
    let missing: Vec<&str> = packages.iter().filter(|p| !installed(p)).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing system packages: {}", missing.join(" "));
    step(apt(&["update", "--quiet"]))?;
    let arguments: Vec<&str> = ["install", "--yes", "--quiet", "--no-install-recommends"].into_iter().chain(missing).collect();
    step(apt(&arguments))
}

fn apt(arguments: &[&str]) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0"));
    let mut command = if root { Command::new("apt-get") } else { Command::new("sudo") };
    if !root {
        command.arg("apt-get");
    }
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Installs the window's npm packages when the lock file changed, and builds the window when a source is newer.
pub fn ui() -> Outcome {
    let ui = root().join("ui");
    let newer = |a: &Path, b: &Path| match (modified(a), modified(b)) {
        (Some(a), Some(b)) => a > b,
        (_, None) => true,
        (None, _) => false,
    };
    if newer(&ui.join("package-lock.json"), &ui.join("node_modules/.package-lock.json")) {
        step(npm(&["ci", "--no-audit", "--no-fund"]))?;
    }
    let built = ui.join("dist/index.html");
    let sources = ["src", "index.html", "vite.config.ts", "package-lock.json"].map(|name| ui.join(name));
    if !built.is_file() || sources.iter().any(|source| newest(source) > modified(&built)) {
        step(npm(&["run", "build"]))?;
    }
    Ok(())
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    std::fs::metadata(path).and_then(|m| m.modified()).ok()
}

/// When anything in a folder last changed.
fn newest(path: &Path) -> Option<std::time::SystemTime> {
    let inside = std::fs::read_dir(path).into_iter().flatten().flatten().filter_map(|entry| newest(&entry.path())).max();
    inside.max(modified(path))
}
