//! What the window hears without asking: files dropped on it, or given to the program.

use std::path::PathBuf;

use serde::Serialize;
use tauri::{AppHandle, DragDropEvent, Emitter, Manager, WindowEvent};
use workflow::Cordon;

#[derive(Clone, Serialize)]
struct Names {
    names: Vec<String>,
}

#[derive(Clone, Serialize)]
struct Drag {
    over: bool,
}

/// Tells the window how many records were measured.
pub fn measured(handle: AppHandle) -> impl FnMut(u32) + Send + 'static {
    move |records| drop(handle.emit("measured", records))
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

/// Imports files in the background and tells the window.
pub fn import(handle: AppHandle, paths: Vec<PathBuf>) {
    if paths.is_empty() {
        return;
    }
    tauri::async_runtime::spawn(async move {
        started(&handle, &paths);
        let outcomes = handle.state::<Cordon>().import_files(&paths).await;
        drop(handle.emit("imported", outcomes));
    });
}

/// Tells the window what is being read.
pub fn started(handle: &AppHandle, paths: &[PathBuf]) {
    if !paths.is_empty() {
        let names = paths.iter().map(|path| workflow::display_name(path)).collect();
        drop(handle.emit("import-started", Names { names }));
    }
}
