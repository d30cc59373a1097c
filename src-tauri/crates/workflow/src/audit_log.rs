//! The audit log as people read it. Reading, checking and exporting it are themselves entries.

use std::path::Path;

use audit::{Action, Filter};
use store::ProviderRow;

use crate::error::Result;
use crate::session::{Cordon, audit_problem, parse_id, store_problem};
use crate::view::{AuditPage, AuditRow, FaultView, VerificationView};

const PAGE: u32 = 100;

impl Cordon {
    /// A page of the log, newest first.
    pub async fn audit_list(&self, before: Option<u32>, record: Option<&str>) -> Result<AuditPage> {
        let session = self.session().await?;
        let filter = Filter { before: before.map(u64::from), limit: PAGE, record: record.map(parse_id).transpose()?, action: None };
        let page = session.log.list(&filter).await.map_err(audit_problem)?;
        // One entry for looking at it, not one for each page that is turned; a damaged log can be read without.
        if before.is_none() {
            let read = session.log(None, Action::AuditRead { rows: page.entries.len() as u64 }).await;
            if session.log.damage().is_none() {
                read?;
            }
        }
        let (total, before) = (page.total as u32, page.before.map(|b| b as u32));
        let providers = session.store.providers().await.map_err(store_problem)?;
        let rows = page.entries.into_iter().map(|e| AuditRow {
            sequence: e.sequence as u32,
            detail: e.fields().into_iter().filter(|(_, value)| value != "none").map(|field| named(field, &providers)).collect(),
            actor: format!("{} ({})", e.actor, e.role),
            at: e.at,
            action: e.action,
            outcome: e.outcome,
            record: Some(e.record).filter(|r| !r.is_empty()),
            hash: e.hash,
            previous: e.previous,
        });
        Ok(AuditPage { rows: rows.collect(), total, before })
    }

    /// Checks the whole log and says everything that is wrong with it.
    pub async fn audit_verify(&self) -> Result<VerificationView> {
        let session = self.session().await?;
        let found = session.log.verify().await.map_err(audit_problem)?;
        let action = Action::AuditVerified { sound: found.sound, checked: found.checked, faults: found.faults.len() as u64 };
        let logged = session.log(None, action).await;
        if found.sound {
            logged?;
        }
        let faults = found.faults.iter().map(|f| FaultView {
            sequence: f.sequence.map(|s| s as u32),
            kind: f.kind.name().into(),
            message: f.message.clone(),
        });
        Ok(VerificationView { sound: found.sound, checked: found.checked as u32, faults: faults.collect(), head: found.head })
    }

    /// The whole log as JSON lines, for archives and for the second verifier.
    pub async fn audit_export_text(&self) -> Result<String> {
        let session = self.session().await?;
        let mut lines = Vec::new();
        let rows = session.log.export(&mut lines).await.map_err(audit_problem)?;
        session.log(None, Action::AuditExported { rows }).await?;
        Ok(String::from_utf8_lossy(&lines).into_owned())
    }

    /// Writes the whole log to a file; gives the file's name.
    pub async fn audit_export(&self, path: &Path) -> Result<String> {
        let text = self.audit_export_text().await?;
        crate::records::write_file(path, text).await
    }
}

/// A field of an entry; the log holds a provider's id, people know its name.
fn named((name, value): (String, String), providers: &[ProviderRow]) -> (String, String) {
    match providers.iter().find(|p| name == "provider" && p.id == value) {
        Some(provider) => (name, format!("{} ({value})", provider.name)),
        None => (name, value),
    }
}
