//! The commands of the window: a line each.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::DialogExt;
use workflow::quality::QualityReport;
use workflow::{
    AskEvent, AuditPage, CaseFile, CaseSummary, CaseView, Cordon, Dates, Edit, EntityInfo, Error, Exchange, ExportPreview, ExportRequest,
    Exported, ImportsView, ModelView, Phi, PolicyView, PresetView, ProviderRequest, ProviderView, RecordSummary, RecordView, Scope, Status,
    TableView, VerificationView,
};

type App<'a> = State<'a, Cordon>;
type Answer<T> = Result<T, Error>;

/// The state of the app.
#[tauri::command]
#[specta::specta]
pub async fn status(app: App<'_>) -> Answer<Status> {
    Ok(app.status().await)
}

/// Opens the records with a passphrase; on the first start it becomes the passphrase.
#[tauri::command]
#[specta::specta]
pub async fn unlock(app: App<'_>, passphrase: String) -> Answer<Status> {
    app.unlock(Some(passphrase)).await
}

/// What can be found.
#[tauri::command]
#[specta::specta]
pub async fn entity_types() -> Answer<Vec<EntityInfo>> {
    Ok(workflow::entity_types())
}

/// Imports pasted text.
#[tauri::command]
#[specta::specta]
pub async fn import_text(app: App<'_>, name: String, text: String) -> Answer<RecordView> {
    app.import_text(&name, &text).await
}

/// Lets the person choose files, or folders, and imports them.
#[tauri::command]
#[specta::specta]
pub async fn import_dialog(handle: AppHandle, folders: bool) -> Answer<()> {
    let chosen =
        if folders { crate::dialog::open_folders(handle.dialog()).await } else { crate::dialog::open_files(handle.dialog()).await };
    crate::events::import(handle, chosen);
    Ok(())
}

/// Everything about imports.
#[tauri::command]
#[specta::specta]
pub async fn imports(app: App<'_>) -> Answer<ImportsView> {
    app.imports().await
}

/// Lets the import wait before its next file, or go on.
#[tauri::command]
#[specta::specta]
pub async fn pause_import(app: App<'_>, paused: bool) -> Answer<()> {
    app.pause_import(paused);
    Ok(())
}

/// Stops the import that is running.
#[tauri::command]
#[specta::specta]
pub async fn cancel_import(app: App<'_>) -> Answer<()> {
    app.cancel_import().await
}

/// Goes on with what an earlier run of the program did not come to, or forgets it.
#[tauri::command]
#[specta::specta]
pub async fn resume_imports(app: App<'_>, go_on: bool) -> Answer<()> {
    app.resume_imports(go_on).await
}

/// Opens a file that waits for its password, and where asked all others that it opens; without one the file is left out.
#[tauri::command]
#[specta::specta]
pub async fn unlock_import(app: App<'_>, id: u32, password: Option<String>, others: bool) -> Answer<()> {
    app.unlock_import(id, password.map(Phi::new), others).await
}

/// Clears the results of imports away.
#[tauri::command]
#[specta::specta]
pub async fn clear_imports(app: App<'_>) -> Answer<()> {
    app.clear_imports().await
}

/// Lets the person choose the folder whose new files are imported.
#[tauri::command]
#[specta::specta]
pub async fn watch_dialog(handle: AppHandle, app: App<'_>) -> Answer<()> {
    match crate::dialog::open_folders(handle.dialog()).await.first() {
        Some(folder) => app.set_watch(folder).await,
        None => Ok(()),
    }
}

/// Lets the files of the watched folder wait, or not.
#[tauri::command]
#[specta::specta]
pub async fn pause_watch(app: App<'_>, paused: bool) -> Answer<()> {
    app.pause_watch(paused).await
}

/// Tries the files of the watched folder again that could not be read.
#[tauri::command]
#[specta::specta]
pub async fn retry_watch(app: App<'_>) -> Answer<()> {
    app.retry_watch().await
}

/// Watches no folder any more.
#[tauri::command]
#[specta::specta]
pub async fn stop_watch(app: App<'_>) -> Answer<()> {
    app.stop_watch().await
}

/// A sample record.
#[tauri::command]
#[specta::specta]
pub async fn load_sample(app: App<'_>) -> Answer<RecordView> {
    app.load_sample().await
}

/// All records, newest first.
#[tauri::command]
#[specta::specta]
pub async fn list_records(app: App<'_>) -> Answer<Vec<RecordSummary>> {
    app.list_records().await
}

/// One record.
#[tauri::command]
#[specta::specta]
pub async fn open_record(app: App<'_>, id: String) -> Answer<RecordView> {
    app.open_record(&id).await
}

/// Deletes a record with its originals.
#[tauri::command]
#[specta::specta]
pub async fn delete_record(app: App<'_>, id: String) -> Answer<()> {
    app.delete_record(&id).await
}

/// Changes what was found.
#[tauri::command]
#[specta::specta]
pub async fn edit_record(app: App<'_>, id: String, edit: Edit) -> Answer<RecordView> {
    app.edit_record(&id, edit).await
}

/// Takes the last edit back.
#[tauri::command]
#[specta::specta]
pub async fn undo(app: App<'_>, id: String) -> Answer<RecordView> {
    app.undo(&id).await
}

/// Makes the edit again that was taken back.
#[tauri::command]
#[specta::specta]
pub async fn redo(app: App<'_>, id: String) -> Answer<RecordView> {
    app.redo(&id).await
}

/// A person approves this version of the record.
#[tauri::command]
#[specta::specta]
pub async fn approve(app: App<'_>, id: String) -> Answer<RecordView> {
    app.approve(&id).await
}

/// Asks a question about a record.
#[tauri::command]
#[specta::specta]
pub async fn ask(app: App<'_>, id: String, question: String, on_event: Channel<AskEvent>) -> Answer<Exchange> {
    // A window that went away hears nothing; the exchange is kept all the same.
    app.ask(&id, &question, &mut |event| drop(on_event.send(event))).await
}

/// Stops the question that is being answered.
#[tauri::command]
#[specta::specta]
pub async fn cancel_ask(app: App<'_>, id: String) -> Answer<()> {
    app.cancel_ask(&id);
    Ok(())
}

/// The presets for a de-identified file.
#[tauri::command]
#[specta::specta]
pub async fn presets() -> Answer<Vec<PresetView>> {
    Ok(workflow::presets())
}

/// What a table of operators makes of a record.
#[tauri::command]
#[specta::specta]
pub async fn preview_export(app: App<'_>, id: String, request: ExportRequest, whole: bool) -> Answer<ExportPreview> {
    app.preview_export(&id, &request, whole).await
}

/// Writes the de-identified record to a file that the person chooses.
#[tauri::command]
#[specta::specta]
pub async fn export_record(handle: AppHandle, app: App<'_>, id: String, request: ExportRequest) -> Answer<Option<Exported>> {
    let name = app.export_name(&id, &request).await?;
    match crate::dialog::save_file(handle.dialog(), &name).await {
        Some(path) => app.export_record(&id, &request, &path).await.map(Some),
        None => Ok(None),
    }
}

/// Writes the de-identified records of a case to a folder that the person chooses.
#[tauri::command]
#[specta::specta]
pub async fn export_case(handle: AppHandle, app: App<'_>, id: String, request: ExportRequest) -> Answer<Option<Vec<CaseFile>>> {
    match crate::dialog::open_folder(handle.dialog(), "Save the records of the case").await {
        Some(folder) => app.export_case(&id, &request, &folder).await.map(Some),
        None => Ok(None),
    }
}

/// The tables of operators that a person made.
#[tauri::command]
#[specta::specta]
pub async fn tables(app: App<'_>) -> Answer<Vec<TableView>> {
    app.tables().await
}

/// Keeps a table of operators under a name.
#[tauri::command]
#[specta::specta]
pub async fn save_table(app: App<'_>, name: String, request: ExportRequest) -> Answer<Vec<TableView>> {
    app.save_table(&name, &request).await
}

/// Forgets a table of operators.
#[tauri::command]
#[specta::specta]
pub async fn delete_table(app: App<'_>, name: String) -> Answer<Vec<TableView>> {
    app.delete_table(&name).await
}

/// How much of the records goes with a question.
#[tauri::command]
#[specta::specta]
pub async fn question_scope(app: App<'_>) -> Answer<Scope> {
    app.question_scope().await
}

/// Chooses how much of the records goes with questions from now on.
#[tauri::command]
#[specta::specta]
pub async fn set_question_scope(app: App<'_>, scope: Scope) -> Answer<()> {
    app.set_question_scope(scope).await
}

/// Chooses how dates go into questions.
#[tauri::command]
#[specta::specta]
pub async fn set_dates(app: App<'_>, dates: Dates) -> Answer<()> {
    app.set_dates(dates).await
}

/// All cases, by name.
#[tauri::command]
#[specta::specta]
pub async fn list_cases(app: App<'_>) -> Answer<Vec<CaseSummary>> {
    app.list_cases().await
}

/// One case.
#[tauri::command]
#[specta::specta]
pub async fn open_case(app: App<'_>, id: String) -> Answer<CaseView> {
    app.open_case(&id).await
}

/// Makes a case of records.
#[tauri::command]
#[specta::specta]
pub async fn make_case(app: App<'_>, name: String, records: Vec<String>) -> Answer<CaseView> {
    app.make_case(&name, &records).await
}

/// Gives a case another name.
#[tauri::command]
#[specta::specta]
pub async fn rename_case(app: App<'_>, id: String, name: String) -> Answer<CaseView> {
    app.rename_case(&id, &name).await
}

/// Dissolves a case; its records stay.
#[tauri::command]
#[specta::specta]
pub async fn dissolve_case(app: App<'_>, id: String) -> Answer<()> {
    app.dissolve_case(&id).await
}

/// Puts records into a case, out of any other.
#[tauri::command]
#[specta::specta]
pub async fn put_into_case(app: App<'_>, id: String, records: Vec<String>) -> Answer<CaseView> {
    app.put_into_case(&id, &records).await
}

/// Takes records out of their case.
#[tauri::command]
#[specta::specta]
pub async fn take_out_of_case(app: App<'_>, records: Vec<String>) -> Answer<()> {
    app.take_out_of_case(&records).await
}

/// Asks a question about all records of a case.
#[tauri::command]
#[specta::specta]
pub async fn ask_case(app: App<'_>, id: String, question: String, on_event: Channel<AskEvent>) -> Answer<Exchange> {
    app.ask_case(&id, &question, &mut |event| drop(on_event.send(event))).await
}

/// The providers.
#[tauri::command]
#[specta::specta]
pub async fn list_providers(app: App<'_>) -> Answer<Vec<ProviderView>> {
    app.list_providers().await
}

/// Adds or changes a provider.
#[tauri::command]
#[specta::specta]
pub async fn save_provider(app: App<'_>, request: ProviderRequest) -> Answer<Vec<ProviderView>> {
    app.save_provider(request).await
}

/// Deletes a provider and its key.
#[tauri::command]
#[specta::specta]
pub async fn delete_provider(app: App<'_>, id: String) -> Answer<Vec<ProviderView>> {
    app.delete_provider(&id).await
}

/// Chooses the provider that questions go to; none keeps everything local.
#[tauri::command]
#[specta::specta]
pub async fn select_provider(app: App<'_>, id: Option<String>) -> Answer<Vec<ProviderView>> {
    app.select_provider(id.as_deref()).await
}

/// Rows of the audit log.
#[tauri::command]
#[specta::specta]
pub async fn audit_list(app: App<'_>, before: Option<u32>, record: Option<String>) -> Answer<AuditPage> {
    app.audit_list(before, record.as_deref()).await
}

/// Checks the whole audit log.
#[tauri::command]
#[specta::specta]
pub async fn audit_verify(app: App<'_>) -> Answer<VerificationView> {
    app.audit_verify().await
}

/// Writes the audit log to a file that the person chooses.
#[tauri::command]
#[specta::specta]
pub async fn audit_export(handle: AppHandle, app: App<'_>) -> Answer<Option<String>> {
    match crate::dialog::save_file(handle.dialog(), "cordon-audit.jsonl").await {
        Some(path) => app.audit_export(&path).await.map(Some),
        None => Ok(None),
    }
}

/// The policy in force.
#[tauri::command]
#[specta::specta]
pub async fn policy(app: App<'_>) -> Answer<PolicyView> {
    Ok(app.policy())
}

/// The local models.
#[tauri::command]
#[specta::specta]
pub async fn models(app: App<'_>) -> Answer<Vec<ModelView>> {
    app.models().await
}

/// Pulls a model of the list from its hub.
#[tauri::command]
#[specta::specta]
pub async fn pull_model(handle: AppHandle, app: App<'_>, id: String) -> Answer<Vec<ModelView>> {
    app.pull_model(&id, &mut crate::events::pulling(handle)).await
}

/// Stops the pull of a model that is running.
#[tauri::command]
#[specta::specta]
pub async fn cancel_pull(app: App<'_>) -> Answer<()> {
    app.cancel_pull();
    Ok(())
}

/// Removes the files of a model from a hub.
#[tauri::command]
#[specta::specta]
pub async fn remove_model(app: App<'_>, id: String) -> Answer<Vec<ModelView>> {
    app.remove_model(&id).await
}

/// Lets the person choose a file of records whose identifiers are known, and measures on it.
#[tauri::command]
#[specta::specta]
pub async fn evaluate(handle: AppHandle, app: App<'_>) -> Answer<Option<QualityReport>> {
    match crate::dialog::open_file(handle.dialog(), "Open records with known identifiers", "jsonl").await {
        Some(path) => app.evaluate(&path, crate::events::measured(handle)).await.map(Some),
        None => Ok(None),
    }
}
