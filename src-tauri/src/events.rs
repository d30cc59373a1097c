//! What the window hears without asking: files dropped on it, or given to the program.

use std::path::PathBuf;

use serde::Serialize;
use tauri::{AppHandle, DragDropEvent, Emitter, Manager, WindowEvent};
use workflow::{Cordon, ImportEvent};

#[derive(Clone, Serialize)]
struct Pulling {
    file: String,
    percent: u8,
}

#[derive(Clone, Serialize)]
struct Drag {
    over: bool,
}

/// Tells the window how many records were measured.
pub fn measured(handle: AppHandle) -> impl FnMut(u32) + Send + 'static {
    move |records| drop(handle.emit("measured", records))
}

/// Tells the window which file of a model is being pulled, and the share of it that is here.
pub fn pulling(handle: AppHandle) -> impl FnMut(&str, f64) + Send + 'static {
    let mut told = None;
    move |file, share| {
        let percent = (share * 100.0) as u8;
        if told.as_ref() != Some(&(file.to_owned(), percent)) {
            drop(handle.emit("pulling", Pulling { file: file.to_owned(), percent }));
            told = Some((file.to_owned(), percent));
        }
    }
}

/// Files dropped on the window are read in Rust.
pub fn on_window_event(window: &tauri::Window, event: &WindowEvent) {
    // A window that is closing hears nothing; there is nobody left to tell.
    let tell = |over| drop(window.emit("drag", Drag { over }));
    match event {
        // A record that is dragged within the window has no path.
        WindowEvent::DragDrop(DragDropEvent::Enter { paths, .. }) if !paths.is_empty() => tell(true),
        WindowEvent::DragDrop(DragDropEvent::Leave) => tell(false),
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => {
            tell(false);
            import(window.app_handle().clone(), paths.clone());
        }
        _ => {}
    }
}

/// Imports files in the background. What becomes of each is told by [`listen`]; what ends the whole import, here.
pub fn import(handle: AppHandle, paths: Vec<PathBuf>) {
    if paths.is_empty() {
        return;
    }
    tauri::async_runtime::spawn(async move {
        if let Err(error) = handle.state::<Cordon>().import(paths).await {
            drop(handle.emit("import-failed", error));
        }
    });
}

/// Tells the window what imports do, and lets the watched folder be looked at for as long as the program runs.
pub fn listen(handle: &AppHandle) {
    let window = handle.clone();
    handle.state::<Cordon>().on_import(move |event| {
        drop(match event {
            ImportEvent::Progress(progress) => window.emit("import-progress", progress),
            ImportEvent::Outcome(outcome) => window.emit("imported", outcome),
            ImportEvent::Watch(watch) => window.emit("watch", watch),
        });
    });
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move { handle.state::<Cordon>().watch().await });
}
