//! PDF: a new file of drawn pages with boxes burnt in, [`redact_pdf`].

use super::{Order, WriteError, WriteNote};
use crate::redact_pdf::redact;
use crate::{Limits, OnUnread, ReadError, RedactError, RedactOptions};

pub(super) fn write(bytes: &[u8], limits: &Limits, order: &Order, notes: &mut Vec<WriteNote>) -> Result<Vec<u8>, WriteError> {
    let unread = if order.keep_unread { OnUnread::Keep } else { OnUnread::Cover };
    let redacted = redact(bytes, limits, &order.edits, &order.sheets, &RedactOptions { unread, ..RedactOptions::default() })?;
    let covered: usize = redacted.unread.iter().filter(|_| !order.keep_unread).map(|unread| unread.count).sum();
    let recognized = if order.keep_unread { 0 } else { order.sheets.len() };
    notes.push(WriteNote::PagesDrawn { count: redacted.pages });
    notes.extend((covered > 0).then_some(WriteNote::UnreadCovered { count: covered }));
    notes.extend((recognized > 0).then_some(WriteNote::RecognizedOnly { count: recognized }));
    Ok(redacted.bytes)
}

impl From<RedactError> for WriteError {
    fn from(error: RedactError) -> Self {
        match error {
            RedactError::Read(error) => error.into(),
            RedactError::Edits => WriteError::Astray,
            RedactError::Survived { found } => WriteError::Inspection { found },
            // Only where it is asked to refuse, which no caller here does.
            RedactError::Unread(_) => ReadError::NoText.into(),
        }
    }
}
