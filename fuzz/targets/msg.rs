//! The streams of an Outlook mail, each after its length in two bytes: properties, words, subject, page, packed RTF, an attachment's
//! name and the attachment.
#![no_main]

const STREAMS: &[&str] = &[
    "/__properties_version1.0",
    "/__substg1.0_1000001F",
    "/__substg1.0_0037001F",
    "/__substg1.0_10130102",
    "/__substg1.0_10090102",
    "/__attach_version1.0_#00000000/__substg1.0_3707001F",
    "/__attach_version1.0_#00000000/__substg1.0_37010102",
    "/__attach_version1.0_#00000000/__substg1.0_3701000D/__properties_version1.0",
    "/__attach_version1.0_#00000000/__substg1.0_3701000D/__substg1.0_1013001E",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let mut streams = Vec::new();
    for name in STREAMS {
        let Some((length, after)) = rest.split_first_chunk::<2>() else { break };
        let (stream, after) = after.split_at(usize::from(u16::from_le_bytes(*length)).min(after.len()));
        // A property that is not there is another one than an empty one.
        if !stream.is_empty() {
            streams.push((*name, stream));
        }
        rest = after;
    }
    cordon_fuzz::read(&cordon_fuzz::compound(&streams), "record.msg");
});
