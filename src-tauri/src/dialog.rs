//! The system's file dialogs: paths stay in Rust, the webview never sees one.

use std::path::PathBuf;

use tauri::Runtime;
use tauri_plugin_dialog::Dialog;
use tokio::sync::oneshot;

/// The files that the person chose; none when the dialog was closed.
pub async fn open_files<R: Runtime>(dialog: &Dialog<R>) -> Vec<PathBuf> {
    let (tell, told) = oneshot::channel();
    dialog.file().set_title("Open records").pick_files(move |files| drop(tell.send(files)));
    told.await.ok().flatten().into_iter().flatten().filter_map(|file| file.into_path().ok()).collect()
}

/// The folders that the person chose; none when the dialog was closed.
pub async fn open_folders<R: Runtime>(dialog: &Dialog<R>) -> Vec<PathBuf> {
    let (tell, told) = oneshot::channel();
    dialog.file().set_title("Choose a folder of records").pick_folders(move |folders| drop(tell.send(folders)));
    told.await.ok().flatten().into_iter().flatten().filter_map(|folder| folder.into_path().ok()).collect()
}

/// One file that the person chose; none when the dialog was closed.
pub async fn open_file<R: Runtime>(dialog: &Dialog<R>, title: &str, extension: &str) -> Option<PathBuf> {
    let (tell, told) = oneshot::channel();
    dialog.file().set_title(title).add_filter(extension, &[extension]).pick_file(move |file| drop(tell.send(file)));
    told.await.ok().flatten().and_then(|file| file.into_path().ok())
}

/// A folder that the person chose; none when the dialog was closed.
pub async fn open_folder<R: Runtime>(dialog: &Dialog<R>, title: &str) -> Option<PathBuf> {
    let (tell, told) = oneshot::channel();
    dialog.file().set_title(title).pick_folder(move |folder| drop(tell.send(folder)));
    told.await.ok().flatten().and_then(|folder| folder.into_path().ok())
}

/// Where to write; none when the dialog was closed.
pub async fn save_file<R: Runtime>(dialog: &Dialog<R>, name: &str) -> Option<PathBuf> {
    let (tell, told) = oneshot::channel();
    dialog.file().set_file_name(name).save_file(move |file| drop(tell.send(file)));
    told.await.ok().flatten().and_then(|file| file.into_path().ok())
}
