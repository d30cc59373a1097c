//! PDF: a new file of drawn pages with boxes burnt in, [`redact_pdf`].

use super::{Edit, WriteError, WriteNote};
use crate::{Limits, OnUnread, ReadError, RedactError, RedactOptions, redact_pdf};

pub(super) fn write(
    bytes: &[u8],
    limits: &Limits,
    edits: &[Edit],
    keep_unread: bool,
    notes: &mut Vec<WriteNote>,
) -> Result<Vec<u8>, WriteError> {
    let unread = if keep_unread { OnUnread::Keep } else { OnUnread::Cover };
    let redacted = redact_pdf(bytes, limits, edits, &RedactOptions { unread, ..RedactOptions::default() })?;
    let covered: usize = redacted.unread.iter().filter(|_| !keep_unread).map(|unread| unread.count).sum();
    notes.push(WriteNote::PagesDrawn { count: redacted.pages });
    notes.extend((covered > 0).then_some(WriteNote::UnreadCovered { count: covered }));
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
