//! The reader of streamed answers, which is private to `egress`: its file is built in here. However the stream is cut, the
//! events are the same.
#![no_main]
#![allow(dead_code)]

#[path = "../../src-tauri/crates/egress/src/sse.rs"]
mod sse;

/// What `sse.rs` needs of its crate.
#[derive(Debug, PartialEq)]
enum SendError {
    TooLarge,
    Malformed,
}

fn events<'b>(chunks: impl Iterator<Item = &'b [u8]>) -> (Vec<sse::Event>, Result<(), SendError>) {
    let mut parser = sse::Parser::new(1 << 12);
    let mut events = Vec::new();
    let result = chunks.into_iter().try_for_each(|chunk| {
        parser.push(chunk, |event| {
            events.push(event);
            Ok(true)
        })
    });
    (events, result)
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((size, stream)) = bytes.split_first() else { return };
    let whole = events(std::iter::once(stream));
    let cut = events(stream.chunks(usize::from(*size).max(1)));
    assert_eq!(whole, cut);
});
