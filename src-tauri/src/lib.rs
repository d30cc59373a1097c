//! The shell: the only Rust that knows Tauri. It builds the window, opens the workflow and registers the commands.

mod commands;
mod dialog;
mod events;

use std::path::PathBuf;
use std::process::ExitCode;

use tauri::Manager;
use workflow::Cordon;

/// Every command, with its types, for the router and for the generated bindings.
pub fn ipc() -> tauri_specta::Builder<tauri::Wry> {
    tauri_specta::Builder::<tauri::Wry>::new().disable_serde_phases().commands(tauri_specta::collect_commands![
        commands::status,
        commands::unlock,
        commands::entity_types,
        commands::import_text,
        commands::import_dialog,
        commands::imports,
        commands::pause_import,
        commands::cancel_import,
        commands::resume_imports,
        commands::unlock_import,
        commands::clear_imports,
        commands::watch_dialog,
        commands::pause_watch,
        commands::retry_watch,
        commands::stop_watch,
        commands::load_sample,
        commands::list_records,
        commands::open_record,
        commands::delete_record,
        commands::edit_record,
        commands::undo,
        commands::redo,
        commands::approve,
        commands::ask,
        commands::cancel_ask,
        commands::presets,
        commands::preview_export,
        commands::export_record,
        commands::export_case,
        commands::tables,
        commands::save_table,
        commands::delete_table,
        commands::set_dates,
        commands::question_scope,
        commands::set_question_scope,
        commands::list_cases,
        commands::open_case,
        commands::make_case,
        commands::rename_case,
        commands::dissolve_case,
        commands::put_into_case,
        commands::take_out_of_case,
        commands::ask_case,
        commands::list_providers,
        commands::save_provider,
        commands::delete_provider,
        commands::select_provider,
        commands::audit_list,
        commands::audit_verify,
        commands::audit_export,
        commands::policy,
        commands::models,
        commands::pull_model,
        commands::cancel_pull,
        commands::remove_model,
        commands::evaluate,
    ])
}

/// Runs the window until it is closed. Files named on the command line are imported.
pub fn run() -> ExitCode {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut app = tauri::Builder::default();
    if !is_driven() {
        app = app.plugin(tauri_plugin_single_instance::init(|handle, arguments, folder| {
            if let Some(window) = handle.get_webview_window("main") {
                // The running window comes to the front; where the desktop refuses, the import still happens.
                drop(window.unminimize());
                drop(window.set_focus());
            }
            let paths = arguments.iter().skip(1).map(|name| PathBuf::from(&folder).join(name)).collect();
            events::import(handle.clone(), paths);
        }));
    }
    let result = app
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(ipc().invoke_handler())
        .on_window_event(events::on_window_event)
        .setup(move |app| {
            let resources = app.path().resource_dir().ok();
            // Key and model are opened while the web view's own process starts; no command is heard before this function ends.
            let opening = tauri::async_runtime::spawn(Cordon::open(workflow::Options::desktop(resources)));
            for mut window in app.config().app.windows.clone() {
                // WebKitGTK's driver cannot see a private session; a test's profile is its own.
                window.incognito &= !is_driven();
                tauri::WebviewWindowBuilder::from_config(app.handle(), &window)?.build()?;
            }
            let cordon = tauri::async_runtime::block_on(async {
                let cordon = opening.await??;
                cordon.engine().prepare();
                Ok::<_, Box<dyn std::error::Error>>(cordon)
            })?;
            app.manage(cordon);
            events::listen(app.handle());
            let folder = std::env::current_dir().unwrap_or_default();
            events::import(app.handle().clone(), files.iter().map(|file| folder.join(file)).collect());
            Ok(())
        })
        .build(tauri::generate_context!());
    match result {
        Ok(app) => {
            app.run(|handle, event| {
                if let tauri::RunEvent::Exit = event
                    && let Some(cordon) = handle.try_state::<Cordon>()
                {
                    tauri::async_runtime::block_on(cordon.close());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cordon-desktop: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a WebDriver started this window: each test has one of its own.
fn is_driven() -> bool {
    std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some()
}

#[cfg(test)]
mod tests {
    /// `CORDON_WRITE_BINDINGS=1 cargo test bindings` writes the file again.
    #[test]
    fn the_committed_bindings_are_the_generated_ones() {
        let committed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/ipc/bindings.ts");
        let fresh = tempfile::tempdir().unwrap();
        let target = fresh.path().join("bindings.ts");
        super::ipc().export(specta_typescript::Typescript::default(), &target).unwrap();
        let generated = std::fs::read_to_string(target).unwrap();
        if std::env::var_os("CORDON_WRITE_BINDINGS").is_some() {
            std::fs::write(&committed, &generated).unwrap();
        }
        assert_eq!(std::fs::read_to_string(committed).unwrap(), generated, "the bindings are stale; run with CORDON_WRITE_BINDINGS=1");
    }

    /// T-09, T-10: what the window may call is what is registered, by hand and in full.
    #[test]
    fn t_09_every_registered_command_has_a_permission_and_no_other() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let permissions = std::fs::read_to_string(root.join("src-tauri/permissions/commands.toml")).unwrap();
        let source = std::fs::read_to_string(root.join("src-tauri/src/commands.rs")).unwrap();
        let allowed: std::collections::BTreeSet<&str> =
            permissions.split("commands.allow").nth(1).unwrap().split('"').skip(1).step_by(2).collect();
        let written: std::collections::BTreeSet<&str> =
            source.split("pub async fn ").skip(1).map(|rest| rest.split(['(', '<']).next().unwrap()).collect();
        assert_eq!(allowed, written);
    }
}
