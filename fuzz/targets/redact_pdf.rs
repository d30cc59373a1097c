//! Every third word is removed: a new file is one that reads without them, or there is none.
#![no_main]

use formats::write::Edit;
use formats::{Limits, OnUnread, RedactOptions};

libfuzzer_sys::fuzz_target!(
    init: cordon_fuzz::only_ours(),
    |bytes: &[u8]| {
        let limits = Limits { max_input: 1 << 20, max_text: 1 << 20, max_pages: 3, ..Limits::default() };
        let Ok(record) = formats::read(bytes, "record.pdf", &limits) else { return };
        let text = record.text.expose();
        let words = text.split_whitespace().step_by(3).map(|word| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            Edit { span: deid::Span::new(start, start + word.len()), replacement: "[X_1]".into() }
        });
        let edits: Vec<Edit> = words.collect();
        for unread in [OnUnread::Keep, OnUnread::Cover] {
            let options = RedactOptions { dpi: 72.0, unread };
            if let Ok(new) = formats::redact_pdf(bytes, &limits, &edits, &options) {
                assert!(new.pages <= 3 && new.bytes.starts_with(b"%PDF"));
                if new.boxes > 0 || !text.is_empty() {
                    let _ = formats::read(&new.bytes, "new.pdf", &Limits::default());
                }
            }
        }
    }
);
